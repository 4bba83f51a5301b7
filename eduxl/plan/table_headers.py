"""Which row is a table's header, and what its columns hold once the rows below are known.

Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from attrs import define, evolve

from eduxl.plan import words
from eduxl.plan.blocks import Cell, TableRow
from eduxl.plan.table_columns import (
    LONGEST_HEADER,
    STATED,
    UNITS,
    Column,
    Layout,
    Record,
    column_kind,
    filled,
)
from eduxl.plan.words import ColumnKind


# --- the header's own words -----------------------------------------------------------------------
def header_at(rows: Sequence[TableRow], at: int, width: int) -> tuple[Layout, int] | None:
    """The layout that a header at `rows[at]` gives and how many rows it takes (1 or 2)."""
    row = rows[at]
    top = [c for c in filled(row) if not c.continued]
    if len(top) < 2 or any(len(c.text) > LONGEST_HEADER + 10 for c in top):
        return None
    if {re.sub(r"\s", "", c.text) for c in top}.issuperset(words.FORM_COLUMNS):
        return None
    kinds = [(c, column_kind(c.text)) for c in top]
    known = sum(kind is not None for _, kind in kinds)
    if known < 2 or known * 3 < len(top):
        return None
    below = _second_row(row, rows[at + 1]) if at + 1 < len(rows) else None
    columns: list[Column] = []
    for cell, kind in kinds:
        places = range(cell.column, cell.column + cell.span)
        under = [c for c in below or () if c.column in places]
        columns += (_column(c, column_kind(c.text) or kind) for c in under)
        covered = {i for c in under for i in range(c.column, c.column + c.span)}
        rest = [i for i in places if i not in covered]
        if rest:
            columns.append(Column(rest[0], rest[-1] + 1, kind or "other", cell.text))
    for c in below or ():
        if not any(start <= c.column < end for start, end, _, _ in columns):
            columns.append(_column(c, column_kind(c.text)))
    if not _is_header([c.kind for c in columns]):
        return None
    return Layout(tuple(sorted(columns)), width), 1 if below is None else 2


def _column(cell: Cell, kind: ColumnKind | None) -> Column:
    return Column(cell.column, cell.column + cell.span, kind or "other", cell.text)


def _is_header(kinds: Sequence[ColumnKind]) -> bool:
    titled = "title" in kinds or "weak-title" in kinds
    if "other" in kinds and "due" in kinds and not {*kinds}.isdisjoint(UNITS):
        return True  # Who and when of something that its header calls otherwise.
    if not (titled or "body" in kinds or "project" in kinds):
        return False
    if any(kind in STATED for kind in kinds):
        return True
    return titled and ("people" in kinds or kinds.count("quarter") >= 2)


def _second_row(row: TableRow, following: TableRow) -> list[Cell] | None:
    """The lower labels of a header of two rows, None where the next row is no header."""
    lower = [c for c in filled(following) if not c.continued]
    if not lower or len(lower) >= len(filled(row)) + 4:
        return None
    spans = [c for c in filled(row) if c.span > 1]
    empty = {c.column for c in row.cells if not c.text.strip()}
    beside = any(c.continued for c in following.cells)
    for c in lower:
        under = any(s.column <= c.column < s.column + s.span for s in spans)
        if column_kind(c.text) is None or not (under or beside or c.column in empty):
            return None
    return lower


# --- what the rows below tell ---------------------------------------------------------------------
def adapt(layout: Layout, rows: Sequence[TableRow]) -> Layout:
    """The layout with title and project columns told apart by how their cells are merged."""
    columns = _Columns(list(with_nameless(layout, rows).columns), rows, _are_numbered(layout, rows))
    columns.tell_titles()
    columns.tell_projects()
    if columns.of("lead"):
        columns.turn(columns.of("responsible"), "support")
    return evolve(layout, columns=tuple(columns.all))


def _are_numbered(layout: Layout, rows: Sequence[TableRow]) -> bool:
    """True where rows have numbers of their own: those whose title cell is merged are the tasks then."""
    numbers = [c for row in rows for c in Record.of(row, layout).cells.get("no", ())]
    return len({c.text for c in numbers}) > 1 and not any(c.continued for c in numbers)


@define
class _Columns:
    """Columns while they are told apart; an index counts in `all`."""

    all: list[Column]
    rows: Sequence[TableRow]
    numbered: bool

    def of(self, kind: ColumnKind) -> list[int]:
        return [i for i, column in enumerate(self.all) if column.kind == kind]

    def turn(self, indices: Iterable[int], kind: ColumnKind) -> None:
        for i in indices:
            self.all[i] = self.all[i]._replace(kind=kind)

    def tell_titles(self) -> None:
        weak = self.of("weak-title")
        if not self.of("title"):
            self.turn(weak[:1], "title")
            weak = weak[1:]
        self.turn(weak, "body")
        titles, bodies, projects = self.of("title"), self.of("body"), self.of("project")
        if len(titles) > 1:
            if not projects and self.is_merged(titles[0]) and not self.is_merged(titles[1]):
                self.turn(titles[:1], "project")
            else:
                self.turn(titles[1:2], "body")
            self.turn(titles[2:], "body")
        elif titles and bodies and not projects and self.numbered and self.is_merged(titles[0]):
            self.turn(titles, "project")
            self.turn(bodies[:1], "title")
        elif bodies and not titles:
            own = projects and not self.groups_rows(projects[0])
            self.turn(projects[:1] if own else bodies[:1], "title")
        elif projects and not titles:
            self.turn(projects[-1:], "title")

    def tell_projects(self) -> None:
        self.turn(self.of("project")[1:], "other")  # a grouping inside the project
        if self.of("project") or not self.of("title"):
            return
        title, first = self.all[self.of("title")[0]].start, min(column.start for column in self.all)
        left = [i for i in self.of("other") if self.all[i].start < title and self.is_merged(i)]
        if left:
            self.turn(left[:1], "project")
        elif first > 0 and any(c.continued for c in self.cells(0)):
            self.all.insert(0, Column(0, first, "project", ""))

    def cells(self, place: int) -> Iterator[Cell]:
        """The cells that begin at this place, row by row."""
        return (cell for row in self.rows for cell in row.cells if cell.column == place)

    def is_merged(self, index: int) -> bool:
        return any(cell.continued for cell in self.cells(self.all[index].start))

    def groups_rows(self, index: int) -> bool:
        """True where one of the column's cells stands for several rows: merged, left empty below or repeated."""
        texts = [cell.text for cell in self.cells(self.all[index].start) if cell.text.strip()]
        return self.is_merged(index) or 0 < len(texts) < len(self.rows) or len(set(texts)) < len(texts)


def with_nameless(layout: Layout, rows: Sequence[TableRow]) -> Layout:
    """The layout, where it has no column of tasks with the one that has no header or one that says nothing."""
    if layout.has("title", "weak-title", "body"):
        return layout
    known = _Columns([c for c in layout.columns if not _says_nothing(c)], rows, False)
    if any(not known.groups_rows(i) for i in known.of("project")):
        known.all = list(layout.columns)  # The tasks stand in the column of projects.
    found = _nameless(rows, known.all)
    if found is None:
        return layout
    named = next((c for c in layout.columns if c.start <= found.start < c.end), found)
    rest = (c for c in layout.columns if c is not named)
    return evolve(layout, columns=tuple(sorted([*rest, named._replace(kind="title")])))


def _says_nothing(column: Column) -> bool:
    return column.kind == "other" and words.TABLE_COLUMNS.get(column.header) is None


def _nameless(rows: Sequence[TableRow], columns: Iterable[Column]) -> Column | None:
    """The column, of those not in `columns`, that has texts of its own in half the rows or more: the tasks."""
    covered = {i for column in columns for i in range(column.start, column.end)}
    texts: dict[int, list[str]] = {}
    for row in rows:
        for c in row.cells:
            if c.column not in covered and len(c.text.strip()) >= 4 and not c.continued:
                texts.setdefault(c.column, []).append(c.text)
    usual = [at for at, found in texts.items() if len(found) * 2 >= len(rows)]
    at = max(usual, key=lambda at: sum(map(len, texts[at])), default=None)
    return None if at is None else Column(at, at + 1, "title", "")
