"""Lines → groups and items: walks the lines behind the plan's front and gives each its place.

Pure. No line is lost: what is neither project nor task goes to `aside`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import zip_longest

from attrs import define, evolve, field

from eduxl.model import Passage
from eduxl.plan import review
from eduxl.plan.front import Front
from eduxl.plan.items import EDGES, Aside, Collected, Group, Item, without
from eduxl.plan.labelled import brackets
from eduxl.plan.levels import Levels
from eduxl.plan.lines import Line
from eduxl.plan.numbering import printed_number
from eduxl.plan.phrases import is_attachment, is_default_due, is_page_tail, is_signed, is_signer
from eduxl.plan.table_reading import TableProject, TableReading, TableTask


def put_aside(lines: Iterable[Line], front: Front) -> Aside:
    """What stands before the plan and is not its title."""
    aside = Aside()
    for line in lines:
        if line.table is not None:
            aside.put_rest(line.table)
        elif not front.repeats(line):
            aside.put(line)
    return aside


def collect(lines: Sequence[Line], levels: Levels) -> Collected:
    """What the lines behind the plan's front come to."""
    walk = _Walk(levels)
    for line, following in zip_longest(lines, lines[1:]):
        walk.take(line, following)
    return walk.found


@define
class _Walk:
    levels: Levels
    found: Collected = field(factory=Collected)
    #: the project and the task that a line belongs to
    group: Group | None = None
    item: Item | None = None
    #: the line before, where it is a label line of the task
    label: Line | None = None
    #: the last words that were left out between a heading and the next line
    before: Passage | None = None
    #: behind the signature
    ended: bool = False
    #: projects named in tables by title
    tabled: dict[str, Group] = field(factory=dict)
    #: tasks that stood before a table, by title and number; how many of the items are in it
    seen: set[tuple[str, int | None]] = field(factory=set)
    indexed: int = 0

    def take(self, line: Line, following: Line | None) -> None:
        """Gives a line its place; `following` is the one behind it."""
        label, self.label = self.label, None
        if line.table is not None:
            self.take_table(line.table)
        elif self.ended:
            self.found.aside.put(line)
        elif self.levels.opens_task(line):
            self.open_task(line)
        elif self.levels.is_heading(line):
            self.open_heading(line)
        elif line.statements:
            self.take_label(line)
        elif self.found.items and _is_end(line, following):
            self.item, self.ended = None, True
            self.found.aside.left.append(line.passage)
        elif is_default_due(line.raw):
            self.found.notes.append(review.sentence_default_due(line.raw, line.where))
        elif self.item is not None:
            self.take_text(self.item, line, label)
        else:
            aside = self.found.aside
            aside.put(line)
            self.before = aside.left[-1] if aside.left else None

    def open_task(self, line: Line) -> None:
        if self.item is not None and self.item.after:
            self.item.lines += self.item.after
            self.item.after = []
            self.found.resumed += 1
        text = [line.text] if line.text else []
        self.item = Item(line.no, self.group, text, position=line.where, passage=[line.raw])
        self.found.items.append(self.item)
        self.found.order.append(self.item)

    def open_heading(self, line: Line) -> None:
        self.item = self.before = None
        self.found.order.append(line)
        if self.levels.opens_project(line):
            self.group = Group.of(line)
            self.found.groups.append(self.group)
            return
        self.found.aside.left.append(line.passage)
        if self.levels.is_around_projects(line):
            self.group = None

    def take_label(self, line: Line) -> None:
        """Units and dates of the task, or of the project whose heading has no task yet."""
        if self.item is not None:
            self.item.statements += line.statements
            self.item.passage.append(line.raw)
            self.label = line
            return
        items, aside = self.found.items, self.found.aside
        if self.group is None or (items and items[-1].group is self.group):
            aside.put(line)
            return
        self.group.statements += line.statements
        heading = self.found.order[-1]
        if isinstance(heading, Line):
            heading.labelled = True
        if aside.left and aside.left[-1] is self.before:
            # Words between a heading and its label lines may be a task without its number.
            aside.unread.append(aside.left.pop())

    def take_text(self, item: Item, line: Line, label: Line | None) -> None:
        """A further line of the task, or the rest of a label line that was broken over two."""
        item.passage.append(line.raw)
        if label is not None and _continues_label(label, line):
            last = item.statements[-1]
            item.statements[-1] = evolve(last, text=f"{last.text}、{line.raw}" if last.text else line.raw)
        elif item.statements and line.style is None and item.lines:
            item.after.append(line.raw)
        else:
            # A step goes on with the task even behind a label line of the step before.
            item.lines.append(line.raw)

    def take_table(self, table: TableReading) -> None:
        """A table's projects and tasks. Under a heading that is a project its own sections are groupings.

        A task that stood before in another form, as in a list of tasks attached to a text, is not taken twice.
        """
        if table.entries:
            self.item = None
        self.found.aside.put_rest(table)
        items = self.found.items
        self.seen.update(
            (_title(it.lines), it.no) for it in items[self.indexed :] if it.lines and it.no is not None
        )
        self.indexed = len(items)
        group = self.group
        nested = group is not None and self.levels.projects is not None
        for entry in table.entries:
            if isinstance(entry, TableTask):
                if not (entry.lines and (_title(entry.lines), entry.no) in self.seen):
                    items.append(_item(entry, group))
            elif not nested:
                group = self.table_group(entry)

    def table_group(self, entry: TableProject) -> Group:
        """The project that a table names, the same one each time it does."""
        marked = printed_number(entry.text)
        made = Group.of(Line(marked[2] if marked else entry.text, raw=entry.text, where=entry.where))
        if made.title not in self.tabled:
            self.tabled[made.title] = made
            self.found.groups.append(made)
        return self.tabled[made.title]


def _title(lines: Sequence[str]) -> str:
    """The first sentence of a task, by which the text and a table attached to it name the same one."""
    return without(lines[0], brackets(lines[0])).split("。", 1)[0].strip(EDGES)


def _item(task: TableTask, group: Group | None) -> Item:
    return Item(
        task.no,
        group,
        task.lines,
        task.statements,
        titled=task.titled,
        tabled=True,
        periods=task.periods,
        position=task.where,
        passage=task.passage,
    )


def _is_end(line: Line, following: Line | None) -> bool:
    """True at the signature, the date, the list of attachments or the web page's links behind the last task."""
    if line.style is not None:
        return False
    if is_signed(line.raw) or is_attachment(line.raw) or is_page_tail(line.raw):
        return True
    if not is_signer(line.raw):
        return False
    if following is None or is_signed(following.raw):
        return True
    return following.style is None and not following.statements and is_signer(following.raw)


def _continues_label(label: Line, line: Line) -> bool:
    """True for the rest of a label line that was broken in the middle: 责任单位：党办、 / 教研室."""
    if line.style is not None or "。" in line.raw.rstrip("。") or len(line.raw) > 60:
        return False
    return label.raw.endswith(("、", "，", ",")) or not label.statements[-1].text
