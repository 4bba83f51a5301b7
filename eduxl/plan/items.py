"""What the lines of a plan come to while it is read: groups (projects), items (tasks), and what is neither.

Pure. `walk` fills these from lines, `tasks` makes the plan's tasks of them.
"""

from __future__ import annotations

from collections.abc import Sequence

from attrs import define, field

from eduxl.model import Note, Passage
from eduxl.plan.labelled import Bracket, brackets
from eduxl.plan.lines import Line
from eduxl.plan.phrases import is_frame_section
from eduxl.plan.table_reading import TableReading
from eduxl.plan.units import Statement

#: What a title or a value neither begins nor ends with.
EDGES = " \t\u3000；;：:，,、。"


def without(text: str, spans: Sequence[Bracket]) -> str:
    """The text without these brackets, which are in order."""
    for bracket in reversed(spans):
        text = text[: bracket.start] + text[bracket.end :]
    return text


@define(eq=False)
class Group:
    """A project, by its heading; `statements` hold for its tasks that have none of their own."""

    title: str
    statements: list[Statement]
    position: str = ""
    no: int | None = None

    @classmethod
    def of(cls, line: Line) -> Group:
        """The project that a heading names; a bracket with units or a date is no part of its title."""
        stated = brackets(line.text)
        title = without(line.text, stated).strip(EDGES) or line.raw.strip(EDGES)
        return cls(title, [s for b in stated for s in b.statements], line.where, line.no)


@define(eq=False)
class Item:
    """A task while it is read: `lines` its text, `after` what follows its label lines, its own or not."""

    no: int | None
    group: Group | None
    lines: list[str]
    statements: list[Statement] = field(factory=list)
    after: list[str] = field(factory=list)
    #: the first line is a title of its own and no part of the body
    titled: bool = False
    #: rows of a table say who and when for each step
    tabled: bool = False
    #: quarters or months that its steps stand under
    periods: list[str] = field(factory=list)
    position: str = ""
    #: its lines as they stand in the source, label lines too
    passage: list[str] = field(factory=list)


@define
class Aside:
    """What is neither project nor task. `unread` looks like a task and is asked about, `left` is only listed."""

    unread: list[Passage] = field(factory=list)
    left: list[Passage] = field(factory=list)

    def put(self, line: Line) -> None:
        """A line that belongs to no task: a question where it says who or when, else left out."""
        says = any(s.kind != "people" and s.text for s in line.statements) or _names_units(line)
        (self.unread if says else self.left).append(line.passage)

    def put_rest(self, table: TableReading) -> None:
        """The rows of a table that are no tasks."""
        self.unread += table.unread
        self.left += table.left


def _names_units(line: Line) -> bool:
    """True for a paragraph with a bracket that names units."""
    return any(s.kind not in ("due", "people") for b in brackets(line.text) for s in b.statements)


@define
class Collected:
    """What the lines behind the plan's front come to."""

    groups: list[Group] = field(factory=list)
    items: list[Item] = field(factory=list)
    #: sections around the tasks, which are no projects
    frame: list[Group] = field(factory=list)
    aside: Aside = field(factory=Aside)
    notes: list[Note] = field(factory=list)
    #: numbered headings and tasks of the text as they came
    order: list[Line | Item] = field(factory=list)
    #: tasks whose text goes on behind their label lines
    resumed: int = 0

    def settle(self) -> None:
        """Gives what follows label lines to its task where that is how the plan is written, else asks about it.

        Items of nothing are dropped.
        """
        own = self.resumed * 2 >= len(self.items)
        for item in self.items:
            if own:
                item.lines += item.after
            else:
                self.aside.unread += [Passage(text, item.position) for text in item.after]
        self.items = [item for item in self.items if item.lines or item.statements]

    def drop_frame(self) -> None:
        """Takes out sections like 总体要求 and 保障措施 that say neither who nor when, where others do.

        Where the tasks have no projects such a section looks like a task.
        """
        speaking = {item.group for item in self.items if _says(item)}
        if not speaking:
            return
        self.frame = [
            g for g in self.groups if g not in speaking and not g.statements and is_frame_section(g.title)
        ]
        inside = [item for item in self.items if item.group in self.frame or _is_frame(item)]
        self.aside.unread += [Passage(item.passage[0], item.position) for item in inside]
        self.aside.left += [Passage(group.title, group.position) for group in self.frame]
        self.items = [item for item in self.items if item not in inside]
        self.groups = [group for group in self.groups if group not in self.frame]


def _is_frame(item: Item) -> bool:
    return (
        item.group is None
        and not _says(item)
        and bool(item.lines)
        and is_frame_section(item.lines[0].strip(EDGES))
    )


def _says(item: Item) -> bool:
    return bool(item.statements) or any(brackets(line) for line in item.lines)
