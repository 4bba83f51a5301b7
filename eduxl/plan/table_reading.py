"""What one table comes to: its projects and tasks in reading order, and the rows that are neither."""

from __future__ import annotations

from attrs import define, field, frozen

from eduxl.model import Passage
from eduxl.plan.table_columns import Layout
from eduxl.plan.units import Statement


@frozen
class TableProject:
    """A project's name as it stands in a section row or a cell, line breaks joined, number still in front."""

    text: str
    where: str


@define
class TableTask:
    """`lines` are title and body; `titled` that the first is a title column's and no part of the body."""

    no: int | None
    lines: list[str]
    statements: list[Statement]
    titled: bool
    where: str
    #: its rows as they stand there
    passage: list[str]
    #: cells that were taken already, so that a merged one counts once
    seen: set[tuple[str, str]] = field(factory=set)
    #: the quarters or months, by the headers of their columns, that its steps stand under
    periods: list[str] = field(factory=list)


@define
class TableReading:
    """`above` are the texts over the header, `entries` in reading order, `unread` rows that look like tasks and are none."""

    above: list[Passage] = field(factory=list)
    entries: list[TableProject | TableTask] = field(factory=list)
    unread: list[Passage] = field(factory=list)
    #: totals, footnotes, groupings
    left: list[Passage] = field(factory=list)
    layout: Layout | None = None
    #: offices as columns with ★ or ○ in them, which is not read
    matrix: bool = False
    #: without a header of its own, read with that of the table before
    continued: bool = False
    #: one column only: a frame around text
    texts: list[Passage] = field(factory=list)

    @property
    def has_projects(self) -> bool:
        return any(isinstance(e, TableProject) for e in self.entries)

    @property
    def has_tasks(self) -> bool:
        return any(isinstance(e, TableTask) for e in self.entries)
