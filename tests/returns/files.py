"""Returns as schools make them: our own template filled in, or a table somebody typed. With openpyxl."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from io import BytesIO
from typing import Any

import openpyxl
from openpyxl.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from eduxl import labels as L
from eduxl.model import Indicator, Round, Task, Unit
from eduxl.returns.intake import Source
from eduxl.returns.reader import Context, Reading, UnitReading, read_return
from eduxl.roster import Roster
from eduxl.template import Form, FormRow, form_bytes

FIRST = Unit("S001", "民乐县第一中学", ("民乐一中", "一中"))
SECOND = Unit("S002", "民乐县第二中学", ("民乐二中",))
HONGSHUI = Unit("S008", "洪水镇初级中学", ("洪水中学",))
ROSTER = Roster((FIRST, SECOND, HONGSHUI))
JUNE = Round("2022-06", date(2022, 6, 25), date(2022, 6, 1))
DUE = date(2022, 12, 31)
TASKS = {
    1: Task(1, 1, "持续开展清廉校园创建活动", due=DUE),
    2: Task(2, 1, "推进党组织领导的校长负责制建设", due=DUE),
    3: Task(3, 1, "巩固义务教育均衡发展成果", body="建立问题清单，明确整改时限", due=DUE),
    4: Task(4, 1, "扩充优质教育资源", due=DUE, indicators=(Indicator("年度投资", 10256, "万元"),)),
}
CONTEXT = Context(
    tracker="minle-2022",
    round=JUNE,
    year=2022,
    roster=ROSTER,
    tasks=TASKS,
    assigned={FIRST.code: (1, 2, 3, 4), SECOND.code: (1, 2)},
    due={(no, FIRST.code): DUE for no in TASKS},
    received=date(2022, 6, 20),
)
SENT = datetime(2022, 6, 18, 9, 30)
#: An ordinary answer, as typed into the template: progress 0.8 in a cell that shows 80%.
ANSWER: dict[str, Any] = {L.STATUS: "推进中", L.PROGRESS: 0.8, L.REPORT: "已制定方案并动员部署"}


def template(unit: Unit = FIRST, *, tracker: str = "minle-2022", round_id: str = "2022-06") -> Workbook:
    """The template of a unit as it is sent out, opened in openpyxl."""
    form = Form(
        tracker=tracker,
        title="民乐县2022年教育工作要点",
        year=2022,
        unit=unit,
        round=Round(round_id, JUNE.due, JUNE.opened),
        rows=tuple(FormRow(task, "着力实施党建工程", "落实", DUE) for task in TASKS.values()),
        as_of=date(2022, 6, 1),
        version="1",
    )
    return openpyxl.load_workbook(BytesIO(form_bytes(form)))


def places(sheet: Worksheet) -> tuple[int, dict[str, int]]:
    """(header row, header → column) of 填报表, from 1."""
    for row in sheet.iter_rows(max_row=30):
        names = {cell.value: cell.column for cell in row if cell.value}
        if L.TASK_NO in names:
            return row[0].row, names
    raise AssertionError("no header")


def fill(book: Workbook, answers: Mapping[int, Mapping[str, Any]]) -> Workbook:
    """Type answers into the template: task → column → value."""
    sheet = book[L.FORM]
    header, columns = places(sheet)
    for row in range(header + 1, sheet.max_row + 1):
        for column, value in answers.get(sheet.cell(row, 1).value, {}).items():
            sheet.cell(row, columns[column]).value = value
    return book


def answered() -> Workbook:
    """The first school's template with an ordinary answer to each task."""
    return fill(template(), dict.fromkeys(TASKS, ANSWER))


def table(
    rows: Sequence[Sequence[Any]],
    columns: Sequence[str] = (L.TASK_NO, L.TASK_TITLE, L.STATUS, L.PROGRESS, L.REPORT),
    *,
    above: Sequence[Sequence[Any]] = (("单位：民乐县第一中学",),),
    sheet: str = "Sheet1",
) -> Workbook:
    """A table that a school typed into a new workbook, without our hidden sheet."""
    book = openpyxl.Workbook()
    page = book.active
    page.title = sheet
    for row in (*above, columns, *rows):
        page.append(list(row))
    return book


def saved(book: Workbook) -> bytes:
    target = BytesIO()
    book.save(target)
    return target.getvalue()


def source(content: Workbook | bytes, path: str = "收回.xlsx") -> Source:
    return Source.of_bytes(path, content if isinstance(content, bytes) else saved(content), SENT)


def read(
    content: Workbook | bytes, path: str = "收回.xlsx", context: Context = CONTEXT, **options: Any
) -> Reading:
    return read_return(source(content, path), context, **options)


def one(content: Workbook | bytes, path: str = "收回.xlsx", context: Context = CONTEXT) -> UnitReading:
    """The only unit's part of a file that is expected to be read."""
    reading = read(content, path, context)
    assert reading.rejected is None, reading.rejected
    (item,) = reading.items
    return item


def listed(item: UnitReading) -> list[str]:
    """The codes of its warnings."""
    return [warning.code for warning in item.warnings]
