"""Which rows of a sheet a reading speaks of."""

from __future__ import annotations

import re
from collections.abc import Iterable

from eduxl.returns.reader import UnitReading


def spoken_rows(items: Iterable[UnitReading], sheet: str, rows: Iterable[int]) -> set[int]:
    """Those rows (from 1) of the sheet that an entry, a figure or a warning speaks of.

    A warning may list several rows, or so many that it says how many; it may also speak of the whole sheet, or of
    everything from a cell on.
    """
    wanted, named = set(rows), set()
    for item in items:
        cells = [e.cell for e in item.entries] + [i.cell for i in item.indicators]
        for cell in cells + [w.cell for w in item.warnings]:
            page, _, place = cell.rpartition("!")
            if page.strip("'") == sheet:
                named.add(int("".join(filter(str.isdigit, place))))
        for warning in item.warnings:
            if sheet not in warning.note:
                continue
            named |= {int(no) for no in re.findall(r"(\d+)(?=、|\s*行)", warning.note)}
            if (
                "起" in warning.note
                or f"工作表“{sheet}”" in warning.note
                or re.search(r"等 \d+ 行", warning.note)
            ):
                start = int("".join(filter(str.isdigit, warning.cell.rpartition("!")[2])))
                named |= {row for row in wanted if row >= start}
    return wanted & named
