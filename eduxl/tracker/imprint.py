"""What a workbook of ours shows row by row, as hashes: rows that still say the same are left alone at the next merge.

`imprint.json` in the memory folder speaks of one workbook, known by its hash. It only spares work: where it is gone,
torn or speaks of another workbook, every row is compared in the workbook itself.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path
from typing import Any, NamedTuple

from eduxl import __version__, files
from eduxl.errors import FileProblem
from eduxl.tracker.layout.sheets import ALERTS, TABLES
from eduxl.tracker.tables import Master

NAME = "imprint.json"
#: Bytes of a row's hash.
_SIZE = 12


class Imprint(NamedTuple):
    """`head`: what stands above printed pages. `rows`: name of each table of ours → hashes of its rows, in their order."""

    head: tuple[str, str]
    rows: Mapping[str, Sequence[str]]

    @classmethod
    def of(cls, view: Master) -> Imprint:
        """What a workbook with this view shows."""
        return cls(head_of(view), {name: list(_hashes(name, view)) for name in TABLES})

    def write(self, memory: Path, sha256: str) -> None:
        """Keep it beside the ledger for the workbook of this hash; not kept where that cannot be done."""
        rows = {name: "".join(hashes) for name, hashes in self.rows.items()}
        kept = {"version": __version__, "master": sha256, "head": self.head, "rows": rows}
        with suppress(OSError, FileProblem), files.replacing(memory / NAME, durable=False) as beside:
            beside.write_text(json.dumps(kept), encoding="ascii")


def head_of(view: Master) -> tuple[str, str]:
    """What page headers say of a view."""
    return view.home.title, view.home.round


def recall(memory: Path, sha256: str) -> Imprint | None:
    """The imprint of the workbook of this hash, None where there is none."""
    try:
        kept: dict[str, Any] = json.loads((memory / NAME).read_bytes())
        if (kept["version"], kept["master"]) != (__version__, sha256):
            return None
        title, round_ = kept["head"]
        rows = {name: _cut(kept["rows"][name]) for name in TABLES}
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return None
    return Imprint((title, round_), rows)


def _cut(hashes: str) -> list[str]:
    return [hashes[i : i + 2 * _SIZE] for i in range(0, len(hashes), 2 * _SIZE)]


def _hashes(name: str, view: Master) -> Iterator[str]:
    """A hash of each row; a row of 预警清单 also says where 定位 leads."""
    rows: Iterable[Any] = TABLES[name].rows(view).rows
    if name == ALERTS:
        rows = zip(rows, view.alert_targets, strict=True)
    return (blake2b(repr(row).encode(), digest_size=_SIZE).hexdigest() for row in rows)
