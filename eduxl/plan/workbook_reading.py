"""Reads the plan workbook back, also after a clerk moved columns, added or deleted rows and corrected cells.

Columns are found by their headers and rows by what is in them, never by position. The questions to the
clerk are asked anew, so that a corrected row loses its note.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

from attrs import frozen

from eduxl import labels as L
from eduxl.errors import PlanError
from eduxl.model import Passage, Plan, Project, Recurrence, Task
from eduxl.numerals import date_digits, half_width, number
from eduxl.plan import cells as C
from eduxl.plan import findings, review
from eduxl.plan.deadlines import Deadline, date_cell, read_deadline
from eduxl.plan.units import Statement, assign

_HEADER_WITHIN = 30
_SUMS = ("合计", "小计", "总计")
_REMARK = re.compile(r"(?:注|备注|说明|填表说明)\s*[：:]")
#: 2000-01-01 and 2100-01-01 as Excel counts days.
_SERIALS = range(36526, 73051)


@frozen
class SheetCell:
    """`value` as python-calamine gives it, `text` as a person reads it, `number_format` "" where it is not known."""

    value: Any
    text: str
    number_format: str = ""


EMPTY = SheetCell("", "")
_Row = Mapping[str, SheetCell]


def read_plan_workbook(sheets: Mapping[str, Sequence[Sequence[SheetCell]]], source: str) -> Plan:
    """The plan in the visible sheets of a workbook. Raises PlanError `not-a-plan`, `no-tasks`, `no-year`."""
    ordered = sorted(sheets, key=lambda name: name != C.PLAN_SHEET)
    found = next(((name, h) for name in ordered if (h := _header(sheets[name])) is not None), None)
    if found is None:
        raise PlanError(
            f"“{source}”不是计划工作簿：没有找到“{L.TASK_TITLE}”“{L.LEADS}”“{L.DUE}”这一行表头；"
            "请用 eduxl plan 生成的计划工作簿。"
        )
    name, (at, columns) = found
    rows = sheets[name]
    cover = _cover(rows[:at])
    year = _year(cover)
    if year is None:
        raise PlanError(
            f"“{source}”没有写年度；请在表头上方“{C.PLAN_YEAR}”右边的单元格填上年份（如 2022）后再试。",
            code="no-year",
        )
    listed = _listed(sheets.get(C.PROJECT_SHEET))
    records = [_record(row, columns) for row in rows[at + 1 :]]
    tasks, projects = _tasks([r for r in records if _is_task(r)], columns, listed, year)
    if not tasks:
        raise PlanError(f"“{source}”的表里一项任务也没有；请在表头下面填上任务后再试。", code="no-tasks")
    used = {t.project for t in tasks}
    empty = ((p.title, "") for p in projects if p.no not in used)
    asked = review.plan_notes(((t.no, t.position) for t in tasks), empty)
    notes = C.notes_from(cover.get(C.TO_CONFIRM, EMPTY).text, asked, review.DERIVED_FOR_PLAN, ())
    title = cover.get(C.PLAN_TITLE, EMPTY).text or source
    left = _left_out(sheets.get(C.LEFT_OUT_SHEET))
    return Plan(title, year, source, tuple(projects), tuple(tasks), notes, left)


def has_cover(rows: Sequence[Sequence[str]]) -> bool:
    """True where a sheet begins like the plan workbook: 计划名称 or 年度 with a value, and a header below."""
    cells = [[SheetCell(text, text) for text in row] for row in rows]
    header = _header(cells)
    if header is None:
        return False
    filled = [[c for c in row if c.text] for row in cells[: header[0]]]
    covered = any(
        C.column_of(label.text) in (C.PLAN_TITLE, C.PLAN_YEAR) for row in filled for label, _ in pairwise(row)
    )
    return covered or C.TO_CONFIRM in header[1] or C.DUE_TEXT in header[1]


# --- header and cover -----------------------------------------------------------------------------
def _header(rows: Sequence[Sequence[SheetCell]]) -> tuple[int, dict[str, int]] | None:
    """(index of the header row, column → place). A sheet that asks for answers (完成状态) is no plan."""
    for at, row in enumerate(rows[:_HEADER_WITHIN]):
        columns: dict[str, int] = {}
        for place, cell in enumerate(row):
            name = C.column_of(cell.text)
            if name in C.COLUMNS:
                columns.setdefault(name, place)
        if any(cell.text in (L.STATUS, L.PROGRESS) for cell in row):
            return None
        if not (L.TASK_TITLE in columns or L.TASK_BODY in columns):
            continue
        if any(c in columns for c in (L.LEADS, L.SUPPORTS, L.SCHOOLS, L.DUE)):
            return at, columns
    return None


def _cover(rows: Sequence[Sequence[SheetCell]]) -> dict[str, SheetCell]:
    """The cells right of 计划名称, 年度 and 待确认; a cover without labels is a title."""
    cover: dict[str, SheetCell] = {}
    for row in rows:
        filled = [c for c in row if c.text]
        for label, cell in pairwise(filled):
            name = C.column_of(label.text)
            if name in (C.PLAN_TITLE, C.PLAN_YEAR, C.TO_CONFIRM):
                cover.setdefault(name, cell)
        if len(filled) == 1 and C.column_of(filled[0].text) is None:
            cover.setdefault(C.PLAN_TITLE, filled[0])
    return cover


def _year(cover: Mapping[str, SheetCell]) -> int | None:
    for name in (C.PLAN_YEAR, C.PLAN_TITLE):
        match = re.search(r"(?<!\d)(?:19|20)\d\d(?!\d)", date_digits(half_width(cover.get(name, EMPTY).text)))
        if match:
            return int(match[0])
    return None


def _listed(rows: Sequence[Sequence[SheetCell]] | None) -> list[tuple[str, bool]]:
    """(title, whether it had no task when written) of 工程清单."""
    found = []
    for row in (rows or [])[1:]:
        title = row[1].text if len(row) > 1 else ""
        if title:
            found.append((title, len(row) > 2 and row[2].text == "0"))
    return found


def _left_out(rows: Sequence[Sequence[SheetCell]] | None) -> tuple[Passage, ...]:
    """The rows of 未读入内容."""
    pairs = ((row[1].text, row[0].text) for row in (rows or [])[1:] if len(row) > 1)
    return tuple(Passage(text, position) for text, position in pairs if text)


# --- tasks ----------------------------------------------------------------------------------------
def _record(row: Sequence[SheetCell], columns: Mapping[str, int]) -> dict[str, SheetCell]:
    return {name: row[place] if place < len(row) else EMPTY for name, place in columns.items()}


def _is_task(record: _Row) -> bool:
    said = [record[c].text for c in (L.TASK_TITLE, L.TASK_BODY) if c in record and record[c].text]
    if not said or any(cell.text in _SUMS for cell in record.values()):
        return False
    return not (len([c for c in record.values() if c.text]) == 1 and _REMARK.match(said[0]))


def _tasks(
    records: Sequence[_Row], columns: Mapping[str, int], listed: Sequence[tuple[str, bool]], year: int
) -> tuple[list[Task], list[Project]]:
    titles = [r[L.PROJECT].text if L.PROJECT in r else "" for r in records]
    # A renamed project leaves its old name in the list; one that had no task from the start stays.
    kept = [title for title, was_empty in listed if was_empty or title in titles]
    projects = [Project(i, title) for i, title in enumerate(kept, 1)]
    numbers, repeated = _numbers(records)
    tasks: list[Task] = []
    project = 0
    for record, title, no, again in zip(records, titles, numbers, repeated, strict=True):
        if title:
            same = [p.no for p in projects if p.title == title]
            if not same:
                projects.append(Project(len(projects) + 1, title))
                same = [len(projects)]
            project = next((n for n in same if n >= project), same[0])
        tasks.append(_task(record, columns, no, project if title else None, year, again))
    return tasks, projects


def _numbers(records: Sequence[_Row]) -> tuple[list[int], list[bool]]:
    """The tasks' numbers; a row without one, or with one that stands above, takes the next free one."""
    given = [
        number(r[C.NO].text.strip(" .、．TtＴ")) if C.NO in r and r[C.NO].text else None for r in records
    ]
    following = max((n for n in given if n), default=0) + 1
    numbers: list[int] = []
    repeated: list[bool] = []
    seen: set[int] = set()
    for no in given:
        again = no in seen
        if not no or again:
            no, following = following, following + 1
        numbers.append(no)
        repeated.append(again)
        seen.add(no)
    return numbers, repeated


def _task(
    record: _Row, columns: Mapping[str, int], no: int, project: int | None, year: int, again: bool
) -> Task:
    def text(name: str) -> str:
        return record.get(name, EMPTY).text

    body = text(L.TASK_BODY) or text(L.TASK_TITLE)
    title = text(L.TASK_TITLE) or re.split(r"[。\n]", body, maxsplit=1)[0].strip()
    units = assign(
        [
            Statement("lead", text(L.LEADS)),
            Statement("support", text(L.SUPPORTS)),
            Statement("schools", text(L.SCHOOLS)),
        ]
    )
    deadline = _deadline(record, year)
    recurrence: Recurrence | None = C.recurrence_from(text(L.RECURRENCE)) or deadline.recurrence
    position = text(C.POSITION)
    asked = list(review.task_notes(units.all, deadline.due, deadline.text, year, position))
    settled: tuple[str, ...] = review.DERIVED
    if deadline.due != read_deadline(text(C.DUE_TEXT), year).due:
        settled += (review.DUE_OF_STEPS,)
    if again:
        asked.append(review.duplicate_number(text(C.NO), no, position))
    return Task(
        no=no,
        project=project,
        title=title,
        body=body,
        lead_units=units.lead,
        support_units=units.support,
        school_groups=units.schools,
        due=deadline.due,
        recurrence=recurrence,
        due_text=deadline.text,
        indicators=C.indicators_from(text(C.INDICATORS))
        if C.INDICATORS in columns
        else findings.indicators(body, year),
        checklist=C.checklist_from(text(C.CHECKLIST)) if C.CHECKLIST in columns else findings.checklist(body),
        review=C.notes_from(text(C.TO_CONFIRM), asked, settled, units.all, position),
        position=position,
        passage=text(C.PASSAGE),
    )


def _deadline(record: _Row, year: int) -> Deadline:
    """完成时限 decides; where it is empty the words of 时限原文 do. The words as written in the plan stay."""
    cell, words = record.get(L.DUE, EMPTY), record.get(C.DUE_TEXT, EMPTY).text
    value = cell.value
    if isinstance(value, int | float) and not isinstance(value, bool) and int(value) in _SERIALS:
        value = date(1899, 12, 30) + timedelta(days=int(value))
    if isinstance(value, date):  # datetime too
        read = date_cell(value, cell.number_format)
        return Deadline(read.due, None, words or read.text)
    if not cell.text:
        read = read_deadline(words, year)
        return Deadline(read.due, read.recurrence, words)
    read = read_deadline(cell.text, year)
    return Deadline(read.due, read.recurrence, words or read.text)
