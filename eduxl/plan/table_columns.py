"""Columns of a table by what they hold, and a row's cells by column.

Pure. What a header's words mean is said here; which row is the header is found in `table_headers`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from attrs import define, frozen

from eduxl.plan import words
from eduxl.plan.blocks import Cell, TableRow
from eduxl.plan.labelled import label_kind
from eduxl.plan.words import ColumnKind, LabelKind

LONGEST_HEADER = 24
UNITS: tuple[LabelKind, ...] = ("lead", "responsible", "support", "schools")
#: Kinds that say who or when.
STATED: tuple[LabelKind, ...] = (*UNITS, "due")
_PATTERNS = [(kind, re.compile(pattern)) for kind, pattern in words.TABLE_PATTERNS]


def column_kind(header: str) -> ColumnKind | None:
    """What a column with this header holds, None where the words do not say."""
    bare = re.sub(r"[\s:：*＊_]+", "", header)
    if not bare or len(bare) > LONGEST_HEADER:
        return None
    short = re.sub(r"[（(][^（）()]*[）)]$", "", bare) or bare
    known = words.TABLE_COLUMNS.get(bare) or words.TABLE_COLUMNS.get(short) or label_kind(bare)
    if known:
        return known
    if re.search(r"[。，,；;\d]", short) and not short[0].isdigit():
        return None
    return next((kind for kind, pattern in _PATTERNS if pattern.search(short)), None)


class Column(NamedTuple):
    """Grid columns from `start` to before `end` that hold one kind of thing."""

    start: int
    end: int
    kind: ColumnKind
    header: str


@frozen
class Layout:
    """Which kind of thing stands where; `width` in grid columns."""

    columns: tuple[Column, ...]
    width: int

    def kind_at(self, place: int) -> ColumnKind:
        return next((c.kind for c in self.columns if c.start <= place < c.end), "other")

    def has(self, *kinds: ColumnKind) -> bool:
        return any(c.kind in kinds for c in self.columns)


def filled(row: TableRow) -> list[Cell]:
    return [c for c in row.cells if c.text.strip()]


def width(rows: Iterable[TableRow]) -> int:
    """How many grid columns the rows take."""
    return max((c.column + c.span for row in rows for c in row.cells), default=0)


@define
class Record:
    """A row's filled cells by kind of column; `table_headers` by the cell's place."""

    row: TableRow
    cells: dict[ColumnKind, list[Cell]]
    headers: dict[int, str]

    @classmethod
    def of(cls, row: TableRow, layout: Layout) -> Record:
        cells: dict[ColumnKind, list[Cell]] = {}
        headers: dict[int, str] = {}
        for cell in filled(row):
            for start, end, kind, header in layout.columns:
                if cell.column < end and start < cell.column + cell.span:
                    # A cell over several columns is what the first of them is.
                    cells.setdefault(kind, []).append(cell)
                    headers[cell.column] = header
                    break
            else:
                cells.setdefault("other", []).append(cell)
        return cls(row, cells, headers)

    def cell(self, *kinds: ColumnKind) -> Cell | None:
        return next((c for kind in kinds for c in self.cells.get(kind, ())), None)

    def text(self, *kinds: ColumnKind) -> str:
        cell = self.cell(*kinds)
        return cell.text.strip() if cell else ""

    def fresh(self, *kinds: ColumnKind) -> list[Cell]:
        """Cells of these kinds that do not continue the row above."""
        return [c for kind in kinds for c in self.cells.get(kind, ()) if not c.continued]
