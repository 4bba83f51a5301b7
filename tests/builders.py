"""Small plans, rosters and answers for tests, so that a test states only what it is about."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import openpyxl

from eduxl import labels as L
from eduxl.model import Entry, Plan, Project, Task, Unit
from eduxl.roster import Roster, shipped_rules

UNITS = (
    Unit("G01", "党办", kind="股室"),
    Unit("G02", "教研室", kind="股室"),
    Unit("X01", "洪水学区", ("洪水镇学区",), kind="学区"),
    Unit("S001", "民乐县第一中学", ("民乐一中", "一中"), stages=("高中",), ownership="公办", district="县直"),
    Unit("S002", "洪水镇初级中学", ("洪水中学",), stages=("初中",), ownership="公办", district="洪水学区"),
    Unit("S003", "洪水镇中心小学", (), stages=("小学",), ownership="公办", district="洪水学区"),
    Unit("S004", "民乐县第一幼儿园", ("一幼",), stages=("幼儿园",), ownership="公办", district="县直"),
)


def small_roster() -> Roster:
    """Two offices, a 学区, a senior and a junior middle school, a primary school and a kindergarten."""
    return Roster(UNITS, shipped_rules())


def small_plan(*tasks: Task) -> Plan:
    """A plan of one project; by default two tasks: 1 党办 + 各中小学 by 30 June, 2 教研室 + 一幼 all year."""
    return Plan(
        title="民乐县2022年教育工作要点",
        year=2022,
        source="要点.txt",
        projects=(Project(1, "质量提升工程"),),
        tasks=tasks
        or (
            Task(
                1, 1, "加强实验教学", "加强实验教学。建好实验室。", ("党办",), (), ("各中小学",),
                date(2022, 6, 30), None, "2022年6月",
            ),
            Task(
                2, 1, "推进幼小衔接", "推进幼小衔接。", ("教研室",), (), ("一幼",), date(2022, 12, 31), "ongoing", "全年",
            ),
        ),
    )  # fmt: skip


def answer(status: str = L.UNDER_WAY, progress: float | None = 50, **more: Any) -> Entry:
    """An entry of task 1; by default an ordinary 推进中 at 50 % with a report."""
    values: dict[str, Any] = {
        "task": 1,
        "status": status,
        "progress": progress,
        "report": "已完成前期准备工作",
    }
    values.update(more)
    return Entry(**values)


def fill(form: Path, target: Path, rows: Mapping[int, Mapping[str, Any]], received: date | datetime) -> Path:
    """Type answers (task → column name → value) into a template with openpyxl and save it as if received then."""
    book = openpyxl.load_workbook(form)
    sheet = book[L.FORM]
    header = next(row for row in sheet.iter_rows() if any(c.value == L.TASK_NO for c in row))
    at = {cell.value: cell.column for cell in header if cell.value}
    for line in range(header[0].row + 1, sheet.max_row + 1):
        task = sheet.cell(line, at[L.TASK_NO]).value
        for column, value in rows.get(task, {}).items():
            sheet.cell(line, at[column]).value = value
    target.parent.mkdir(parents=True, exist_ok=True)
    book.save(target)
    moment = received if isinstance(received, datetime) else datetime.combine(received, time(9))
    os.utime(target, (moment.timestamp(), moment.timestamp()))
    return target


def sheet_rows(path: Path, sheet: str, column: str) -> list[dict[str, Any]]:
    """Rows of a table in a workbook as dicts, found by a header cell that says `column`."""
    book = openpyxl.load_workbook(path, data_only=True)
    rows = list(book[sheet].iter_rows(values_only=True))
    start = next(i for i, row in enumerate(rows) if column in row)
    return [
        dict(zip(rows[start], row, strict=True))
        for row in rows[start + 1 :]
        if any(value is not None for value in row)
    ]
