"""Answers that are none by themselves: “同上”, formulas without a result, error values."""

from __future__ import annotations

from collections.abc import Iterable

from eduxl import labels as L
from eduxl.model import Warning
from eduxl.returns import codes, synonyms
from eduxl.returns.normalise import plain, squeeze
from eduxl.returns.tables import ANSWERS, Row
from eduxl.spreadsheet.cells import Cell
from eduxl.spreadsheet.sheet_xml import LostKind

_CODES: dict[LostKind, str] = {"no-result": "no-result", "error": "error-value"}
#: Columns of one value: what stands there and is none is refused when it is read (`bad-status` and the like).
_VALUES = frozenset((L.STATUS, L.PROGRESS, L.DONE_ON))
#: What a pointer to another answer begins with; all other cells are left alone unread.
_STARTS = frozenset(word[0] for word in (*synonyms.DITTO_ABOVE, *synonyms.DITTO_EARLIER))


def resolve(rows: Iterable[Row], warnings: list[Warning]) -> None:
    """Put the answer above in the place of “同上”, and empty text cells that hold a formula or an error; adds to
    `warnings`.

    What stood in a cell that was changed is kept in `Row.changed`.
    """
    tables: dict[int, list[Row]] = {}
    for row in rows:
        tables.setdefault(id(row.table), []).append(row)
    for group in tables.values():
        group.sort(key=lambda row: row.at)
        table = group[0].table
        lost = table.grid.lost
        columns = [(name, place) for name, place in table.columns.items() if name in ANSWERS]
        for number, row in enumerate(group):
            for name, place in columns:
                cell = row.cells[place]
                if not isinstance(cell, str) or not cell:
                    continue
                if lost and name not in _VALUES and (kind := lost.get((row.at, place))):
                    _change(row, name, place, "")
                    warnings.append(_warning(row, place, _CODES[kind], plain(cell)))
                elif cell.strip()[:1] in _STARTS:
                    _follow(row, name, place, group[:number], warnings)


def _follow(row: Row, name: str, place: int, above: list[Row], warnings: list[Warning]) -> None:
    """Read “同上” as the nearest answer above in the same column; warn of what points elsewhere."""
    said = plain(row.cells[place])
    word = squeeze(said).rstrip("。.")
    if word in synonyms.DITTO_ABOVE:
        source = next((r for r in reversed(above) if plain(r.cells[place])), None)
        if source is not None:
            what = f"已照任务 {source.task} 的“{name}”计入"
            warnings.append(_warning(row, place, "ditto", said, what=what))
            _change(row, name, place, source.cells[place])
        elif name not in _VALUES:
            warnings.append(_warning(row, place, "ditto", said, what="上面没有可以照抄的内容"))
    elif word in synonyms.DITTO_EARLIER and name not in _VALUES:
        warnings.append(_warning(row, place, "ditto", said, what="指的是以前的填报，在这张表里看不到"))


def _change(row: Row, name: str, place: int, instead: Cell) -> None:
    row.changed[name] = plain(row.cells[place])
    row.cells = [*row.cells[:place], instead, *row.cells[place + 1 :]]


def _warning(row: Row, place: int, code: str, said: str, what: str = "") -> Warning:
    return codes.warning(code, task=row.task, cell=row.table.at(row.at, place), value=said, what=what)
