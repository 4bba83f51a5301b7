"""Answers that are none by themselves: “同上”, formulas without a result, error values."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from operator import attrgetter

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
#: Who filled in is the same all the way down: nothing to tell.
_PEOPLE = frozenset((L.REPORTER, L.PHONE))
_ABOVE, _EARLIER = (
    frozenset(map(squeeze, words)) for words in (synonyms.DITTO_ABOVE, synonyms.DITTO_EARLIER)
)
#: A pointer is no longer than this.
_LONGEST = 16
#: What a pointer to another answer begins with, or white space; all other cells are left alone unread.
_STARTS = frozenset(
    (*" \t\n\u00a0\u3000", *(word[0] for word in (*synonyms.DITTO_ABOVE, *synonyms.DITTO_EARLIER)))
)


def resolve(rows: Iterable[Row], warnings: list[Warning]) -> None:
    """Put the answer above in the place of “同上”, and empty text cells that hold a formula or an error; adds to
    `warnings`.

    What stood in a cell that was changed is kept in `Row.changed`.
    """
    tables: dict[int, list[Row]] = {}
    for row in rows:
        tables.setdefault(id(row.table), []).append(row)
    for group in tables.values():
        group.sort(key=_place)
        table = group[0].table
        lost = table.grid.lost
        columns = [(name, place) for name, place in table.columns.items() if name in ANSWERS]
        above: _Above | None = None
        for row in group:
            cells = row.cells
            for name, place in columns:
                cell = cells[place]
                if not (cell.__class__ is str and cell and (lost or cell[0] in _STARTS)):
                    continue
                if name not in _VALUES and (kind := lost.get((row.at, place))):
                    _change(row, name, place, "")
                    warnings.append(_warning(row, place, _CODES[kind], plain(cell)))
                else:
                    above = above or _Above(group)
                    above.follow(row, name, place, warnings)


_place = attrgetter("at")


class _Above:
    """What “同上” means in the task rows of one table, which are asked from the top down."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self._rows = {row.at: row for row in rows}
        self._row_above: dict[int, Row | None] = {}
        #: The task whose answer was copied, by place of the copy.
        self._task: dict[tuple[int, str], int] = {}

    def follow(self, row: Row, name: str, place: int, warnings: list[Warning]) -> None:
        """Read “同上” as the answer in the row above; warn of what points elsewhere."""
        said = plain(row.cells[place])
        word = _word(said) if len(said) <= _LONGEST else ""
        if word in _ABOVE:
            source = self._above(row)
            answer = "" if source is None else source.cells[place]
            if source is not None and plain(answer) and not _is_ditto(answer):
                task = self._task[row.at, name] = self._task.get((source.at, name), source.task)
                if name not in _PEOPLE:
                    what = f"已照任务 {task} 的“{name}”计入"
                    warnings.append(_warning(row, place, "ditto", said, what=what))
                _change(row, name, place, answer)
            elif name not in _VALUES:
                warnings.append(_warning(row, place, "ditto", said, what="上面一行没有可以照抄的内容"))
        elif word in _EARLIER and name not in _VALUES:
            warnings.append(_warning(row, place, "ditto", said, what="指的是以前的填报，在这张表里看不到"))

    def _above(self, row: Row) -> Row | None:
        """The row right above in the sheet, blank ones and repeated headers passed over; None if it is no task's."""
        if row.at not in self._row_above:
            table, rows = row.table, row.table.grid.rows
            at = row.at - 1
            while at > table.last and (
                at not in self._rows and (not any(map(plain, rows[at])) or table.repeats_header(rows[at]))
            ):
                at -= 1
            self._row_above[row.at] = self._rows.get(at)
        return self._row_above[row.at]


def _word(said: str) -> str:
    return squeeze(said).rstrip("。.")


def _is_ditto(cell: Cell) -> bool:
    return isinstance(cell, str) and len(cell) <= _LONGEST and _word(cell) in _ABOVE | _EARLIER


def _change(row: Row, name: str, place: int, instead: Cell) -> None:
    row.changed[name] = plain(row.cells[place])
    row.cells = [*row.cells[:place], instead, *row.cells[place + 1 :]]


def _warning(row: Row, place: int, code: str, said: str, what: str = "") -> Warning:
    return codes.warning(code, task=row.task, cell=row.table.at(row.at, place), value=said, what=what)
