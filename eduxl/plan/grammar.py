"""Blocks → Plan: the steps of reading, one module each, and the refusals where there is no plan.

Pure. Nothing here knows a file kind. `lines` tells the printed numbers and reads the tables, `front` finds title and
year, `levels` which numbering is whose, `walk` gives each line its place, `suspicions` asks about what may be lost,
`tasks` makes the tasks.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from eduxl.errors import PlanError
from eduxl.model import Note, Plan, Project, Task
from eduxl.plan import review, suspicions
from eduxl.plan.blocks import Block
from eduxl.plan.front import Front, first_year, read_front
from eduxl.plan.items import Collected
from eduxl.plan.levels import find_levels
from eduxl.plan.lines import Line, to_lines
from eduxl.plan.phrases import year_in
from eduxl.plan.tasks import to_tasks
from eduxl.plan.walk import collect, put_aside


def to_plan(blocks: Iterable[Block], source: str) -> Plan:
    """The plan that `blocks` state; `source` is the file's name.

    Raises PlanError `not-a-plan` where nothing looks like a work plan, `no-tasks` where there is a plan
    without readable tasks, `unsupported` where a table has no header that is known, `no-year` where no year is named
    anywhere.
    """
    lines = to_lines(blocks)
    front = read_front(lines)
    early = put_aside(lines[: front.start], front)
    found = _collected(lines[front.start :])
    speaks = any(line.speaks or line.has_tasks for line in lines)
    if not found.items:
        raise _without_tasks(lines, front, speaks, source)
    if not (front.named or speaks):
        raise PlanError(
            f"“{source}”不像工作要点：没有标题，也没有责任单位和完成时间；请核对是不是选错了文件。"
        )
    year = _year(lines, front, found, source)
    tasks = to_tasks(found, year)
    return Plan(
        title=front.title or source,
        year=year,
        source=source,
        projects=tuple(Project(no, group.title) for no, group in enumerate(found.groups, 1)),
        tasks=tuple(tasks),
        review=(*_questions(found, tasks), *map(review.not_read, early.unread + found.aside.unread)),
        left_out=(*early.left, *found.aside.left),
    )


def _collected(lines: Sequence[Line]) -> Collected:
    """What the lines behind the plan's front come to, with all that is to be asked about them."""
    levels = find_levels(lines)
    found = collect(lines, levels)
    found.aside.unread += suspicions.swallowed(found.items)
    found.settle()
    found.aside.unread += suspicions.joined_lines(found.order, levels)
    found.aside.unread += suspicions.unneeded(found)
    found.drop_frame()
    return found


def _questions(found: Collected, tasks: Sequence[Task]) -> Iterator[Note]:
    """The questions about the plan as a whole."""
    filled = {item.group for item in found.items}
    empty = ((group.title, group.position) for group in found.groups if group not in filled)
    yield from review.plan_notes(((task.no, task.position) for task in tasks), empty)
    unnumbered = [item.position for item in found.items if item.no is None]
    if unnumbered and len(unnumbered) < len(found.items):
        yield review.unnumbered(unnumbered)
    yield from suspicions.number_gaps(found, [task.no for task in tasks])
    yield from found.notes


def _year(lines: Sequence[Line], front: Front, found: Collected, source: str) -> int:
    """The plan's year: that of its title, of its text, of the file's name, of a deadline in a table."""
    deadlines = (s.text for item in found.items for s in item.statements if s.kind == "due")
    year = (
        front.year
        or first_year(lines)
        or year_in(source)
        or next(filter(None, map(year_in, deadlines)), None)
    )
    if year is None:
        raise PlanError(
            f"“{source}”没有写是哪一年的计划；请在标题里写上年份（如“2022年”）后再试。", code="no-year"
        )
    return year


def _without_tasks(lines: Sequence[Line], front: Front, speaks: bool, source: str) -> PlanError:
    """What is wrong with a file in which no task was found. `speaks`: it says who or when."""
    tables = [line.table for line in lines if line.table is not None]
    if any(table.matrix for table in tables):
        return PlanError(
            f"“{source}”的表格用★、○等符号标出各单位的任务，读不了这种表；"
            "请改成每项任务一行，用“牵头单位”“配合单位”两列写出单位名称后再试。",
            code="unsupported",
        )
    if any(table.layout is not None for table in tables):
        return PlanError(f"“{source}”的表里一项任务也没有；请在表头下面填上任务后再试。", code="no-tasks")
    if any(not table.texts for table in tables):
        return PlanError(
            f"“{source}”的表格里没有认出任务；表头要有“工作任务”和“责任单位”或“完成时限”，"
            "请补上表头，或者改成一项任务一段（“1.任务名称。……”），再试一次。",
            code="unsupported",
        )
    if front.named or speaks or not lines:
        return PlanError(
            f"“{source}”里没有读到任务；任务前要有编号（如“1.”），请核对原文后再试。", code="no-tasks"
        )
    return PlanError(f"“{source}”不像工作要点；请选择写有工程、任务、责任单位和完成时间的文件。")
