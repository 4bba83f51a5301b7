"""Items → the plan's tasks: number, title, body, units and deadline of each, with the questions about it.

Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from eduxl.model import Task
from eduxl.plan import findings, review, words
from eduxl.plan.deadlines import Deadline, read_deadline
from eduxl.plan.items import EDGES, Collected, Group, Item, without
from eduxl.plan.labelled import brackets, separate_dates
from eduxl.plan.units import Statement, assign


def to_tasks(found: Collected, year: int) -> list[Task]:
    """The tasks of the plan of `year` in order; what an item does not say its project says for it."""
    projects = {group: no for no, group in enumerate(found.groups, 1)}
    printed: set[tuple[Group | None, int]] = set()
    tasks: list[Task] = []
    above: list[Statement] = []
    for item, no in zip(found.items, _numbers(found.items), strict=True):
        title, body, stated = _texts(item)
        shared = separate_dates(item.group.statements) if item.group is not None else ()
        statements = _with_lead(_resolve([*stated, *item.statements], above), shared)
        above = statements or above
        units = assign(statements) or assign(shared)
        deadline = _deadline(statements, year)
        if not deadline.text:
            deadline = _deadline(shared, year)
        of_steps = bool(item.periods) and not deadline.text
        if of_steps:
            deadline = read_deadline("、".join(item.periods), year)
        asked = review.task_notes(units.all, deadline.due, deadline.text, year, item.position)
        if of_steps:
            asked = (*asked, review.due_of_steps(item.periods, item.position))
        if item.no is not None:
            if (item.group, item.no) in printed:
                asked = (*asked, review.duplicate_number(item.no, no, item.position))
            printed.add((item.group, item.no))
        tasks.append(
            Task(
                no=no,
                project=projects[item.group] if item.group is not None else None,
                title=title or body,
                body=body or title,
                lead_units=units.lead,
                support_units=units.support,
                school_groups=units.schools,
                due=deadline.due,
                recurrence=deadline.recurrence,
                due_text=deadline.text,
                indicators=findings.indicators(body, year),
                checklist=findings.checklist(body),
                review=asked,
                position=item.position,
                passage="\n".join(item.passage),
            )
        )
    return tasks


def _numbers(items: Sequence[Item]) -> list[int]:
    """The printed numbers where all items have one and none stands twice, else 1, 2, 3 …"""
    printed = [item.no for item in items if item.no]
    if len(printed) == len(items) == len(set(printed)):
        return printed
    return list(range(1, len(items) + 1))


def _texts(item: Item) -> tuple[str, str, list[Statement]]:
    """(title, body, statements of its brackets).

    A bracket that closes the task leaves the body, since it is all in the fields; brackets of steps stay.
    """
    lines = list(item.lines)
    stated = [brackets(line) for line in lines]
    head = without(lines[0], stated[0]) if lines else ""
    title = head.split("。", 1)[0].strip(EDGES)
    carrying = [at for at, found in enumerate(stated) if found]
    if len(carrying) == 1:
        at = carrying[0]
        closing = all(b.closing for b in stated[at])
        in_title = at == 0 and all(b.start <= len(lines[0].split("。", 1)[0]) for b in stated[0])
        if closing or in_title:
            lines[at] = without(lines[at], stated[at]).strip()
    elif carrying and carrying[0] == 0 and len(lines) > 1 and "。" not in head.strip("。"):
        lines[0] = head
    if item.titled:
        lines = lines[1:]
    return title, "\n".join(filter(None, lines)), [s for found in stated for b in found for s in b.statements]


# --- who and when ---------------------------------------------------------------------------------
def _resolve(statements: Iterable[Statement], above: Sequence[Statement]) -> list[Statement]:
    """同上 replaced by what the task above says under the same kind of label."""
    result: list[Statement] = []
    for s in separate_dates(statements):
        if s.text.strip(EDGES) in words.SAME_AS_ABOVE:
            result += [a for a in above if a.kind == s.kind]
        else:
            result.append(s)
    return result


def _with_lead(statements: list[Statement], shared: Iterable[Statement]) -> list[Statement]:
    """The task's statements; who only helps with a task leaves it with the project's own lead."""
    who = {s.kind for s in statements} - {"due", "people"}
    return (
        statements + [s for s in shared if s.kind in ("lead", "responsible")]
        if who == {"support"}
        else statements
    )


def _deadline(statements: Iterable[Statement], year: int) -> Deadline:
    texts = [s.text for s in statements if s.kind == "due" and s.text]
    return read_deadline("；".join(texts), year)
