"""The clerk's and the schools' side of the table: run commands, fill templates, type into the master.

Everything goes through what people have: the command line and workbooks. Columns are found by their names.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import zipfile
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import python_calamine
from click.testing import CliRunner
from openpyxl.worksheet.worksheet import Worksheet

from .reference import ANSWERS, Row
from .simulate import UNITS

ROSTER_COLUMNS = [
    "单位编码",
    "单位名称",
    "别名",
    "类别",
    "学段",
    "办学性质",
    "所属学区",
    "联系人",
    "联系电话",
    "邮箱",
]
NOTE_COLUMN = "科室备注"


def run(*arguments: str, code: int = 0) -> str:
    """One command; its standard output. Fails when the exit code is not the one expected."""
    from eduxl.cli import main

    result = CliRunner().invoke(main, list(arguments), catch_exceptions=False)
    said = f"eduxl {' '.join(arguments)}\n{result.stdout}\n{result.stderr}"
    assert result.exit_code == code, f"exit {result.exit_code}, expected {code}: {said}"
    return result.stdout


def run_json(*arguments: str, code: int = 0) -> Any:
    return json.loads(run(*arguments, "--json", code=code))


def write_roster(path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    sheet.title = "名册"
    sheet.append(ROSTER_COLUMNS)
    for code, name, kind, stages, district in UNITS:
        owner = "公办" if kind == "学校" else ""
        mail = f"{code.lower()}@edu.example"
        sheet.append([code, name, "", kind, stages, owner, district, f"{name}联系人", "0936-4421000", mail])
    book.save(path)


# --- a school fills in its template ---------------------------------------------------------------
def header(sheet: Any, *names: str) -> tuple[int, dict[str, int]]:
    """Row number of the header that has all `names`, and column numbers by name."""
    for number, cells in enumerate(sheet.iter_rows(min_row=1, max_row=20, values_only=True), 1):
        words = [str(v).split("\n")[0].strip() if v is not None else "" for v in cells]
        if all(name in words for name in names):
            return number, {word: at for at, word in enumerate(words, 1) if word}
    raise AssertionError(f"{sheet.title}: no header row with {names}")


def read_template(path: Path) -> dict[int, Row]:
    """What the entry cells of a template hold, by task; rows with nothing in them are left out."""
    book = openpyxl.load_workbook(path)
    sheet = book["填报表"]
    top, at = header(sheet, "任务编号", "完成状态")
    out = {}
    for number in range(top + 1, sheet.max_row + 1):
        no = sheet.cell(number, at["任务编号"]).value
        if isinstance(no, int | float):
            row = {c: plain(c, sheet.cell(number, at[c]).value) for c in ANSWERS}
            out[int(no)] = row
    return out


def written(column: str, value: Any, way: dict[str, Any]) -> Any:
    """A value as this school's clerk writes it."""
    if value is None:
        return None
    if column == "完成进度":
        if way["progress_as"] == "text" or value == 100:
            return f"{value}%"
        return value / 100 if way["progress_as"] == "share" else value
    if column == "完成日期":
        if way["dates_as"] == "dots":
            return f"{value.year}.{value.month}.{value.day}"
        if way["dates_as"] == "words" and str(value.year) == way["round"][:4]:
            return f"{value.month}月{value.day}日"
        return datetime(value.year, value.month, value.day)
    return value


def fill(template: Path, target: Path, spec: dict[str, Any], carried: dict[int, Row]) -> None:
    """Write `spec` (see `Year.submission`) into a copy of a template; carried rows stay as they are."""
    book = openpyxl.load_workbook(template)
    sheet = book["填报表"]
    top, at = header(sheet, "任务编号", "完成状态")
    gone = []
    for number in range(top + 1, sheet.max_row + 1):
        no = sheet.cell(number, at["任务编号"]).value
        if not isinstance(no, int | float):
            continue
        if int(no) not in spec["rows"]:
            gone.append(number)
            continue
        row = spec["rows"][int(no)]
        for column in ANSWERS:
            if row == carried.get(int(no)) and column not in ("填报人", "联系电话"):
                continue
            cell = sheet.cell(number, at[column])
            cell.value = written(column, row.get(column), spec)
            if column == "完成日期" and isinstance(cell.value, datetime):
                cell.number_format = "yyyy-mm-dd"
    for number in reversed(gone):
        sheet.delete_rows(number)
    book.save(target)
    stamp(target, spec["modified"])
    moment = spec["received"].timestamp()
    os.utime(target, (moment, moment))


def stamp(path: Path, modified: datetime | None) -> None:
    """Set the workbook's own last-modified moment (local time), or take it out."""
    text = b""
    if modified is not None:
        utc = modified.astimezone(UTC)
        stamped = f"{utc:%Y-%m-%dT%H:%M:%SZ}"
        text = f'<dcterms:modified xsi:type="dcterms:W3CDTF">{stamped}</dcterms:modified>'.encode()
    other = path.with_suffix(".tmp")
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(other, "w", zipfile.ZIP_DEFLATED) as copy:
        for item in source.infolist():
            data = source.read(item)
            if item.filename == "docProps/core.xml":
                data, hits = re.subn(rb"<dcterms:modified.*?</dcterms:modified>", text, data, flags=re.S)
                assert hits == 1
            copy.writestr(item, data)
    shutil.move(other, path)


# --- the master -----------------------------------------------------------------------------------
def plain(column: str, value: Any) -> Any:
    """A cell's value as the reference has it: percent, dates without a time, None for nothing."""
    if value is None or value == "":
        return None
    if column in ("完成进度", "平均进度") and isinstance(value, int | float):
        return round(value * 100, 6)
    if column in ("完成日期", "完成时限", "延期至") and isinstance(value, datetime):
        return value.date()
    if column == "收到时间" and isinstance(value, datetime):
        return value.replace(microsecond=0)
    if column == "任务编号" and isinstance(value, float):
        return int(value)
    return value


def read_master(path: Path, *sheets: str) -> dict[str, list[Row]]:
    """Rows of our sheets under the names of their columns, clerk columns too.

    Rows marked 已移出 stay for the clerk's own notes in them and are none of the round's.
    """
    book = python_calamine.CalamineWorkbook.from_path(path)
    out = {}
    for name in sheets:
        lines = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
        top = next(n for n, line in enumerate(lines) if "任务编号" in line and "任务名称" in line)
        rows = []
        for line in lines[top + 1 :]:
            row = {
                str(column): plain(str(column), value)
                for column, value in zip(lines[top], line, strict=True)
                if column
            }
            if any(v is not None for v in row.values()) and "已移出" not in row.values():
                rows.append(row)
        out[name] = rows
    return out


def check_links(path: Path) -> list[str]:
    """定位 of each row of 预警清单 must lead to the row of 填报明细 with the same keys."""
    book = openpyxl.load_workbook(path)
    alerts, entries = book["预警清单"], book["填报明细"]
    top, at = header(alerts, "级别", "定位")
    _, there = header(entries, "任务编号", "单位编码")
    out = []
    for number in range(top + 1, alerts.max_row + 1):
        unit, no = (alerts.cell(number, at[c]).value for c in ("单位编码", "任务编号"))
        if not unit:
            continue
        cell = alerts.cell(number, at["定位"])
        target = cell.hyperlink.location if cell.hyperlink else str(cell.value)
        found = re.search(r"填报明细'?!\$?[A-Z]+\$?(\d+)", target or "")
        if found is None:
            out.append(f"定位 of {unit}/{no}: {target!r}")
            continue
        row = int(found[1])
        key = entries.cell(row, there["单位编码"]).value, entries.cell(row, there["任务编号"]).value
        if key[0] != unit or (no is not None and key[1] != no):
            out.append(f"定位 of {unit}/{no} leads to {key}")
    return out


def type_into(path: Path, cells: list[tuple[Any, str, Any]]) -> None:
    """The clerk's sitting: rows are found by their keys, a column of his own beside ours gets its notes."""
    book = openpyxl.load_workbook(path, keep_vba=path.suffix == ".xlsm")
    entries, tasks = book["填报明细"], book["任务台账"]
    top, at = header(entries, "任务编号", "单位编码")
    if NOTE_COLUMN not in at:
        at[NOTE_COLUMN] = max(at.values()) + 1
        entries.cell(top, at[NOTE_COLUMN]).value = NOTE_COLUMN
    rows = {}
    for number in range(top + 1, entries.max_row + 1):
        unit, no = entries.cell(number, at["单位编码"]).value, entries.cell(number, at["任务编号"]).value
        if isinstance(no, int | float):
            rows[unit, int(no)] = number
            entries.cell(number, at[NOTE_COLUMN]).value = f"{unit}/{int(no)}"
    task_top, task_at = header(tasks, "任务编号", "销号")
    for where, column, value in cells:
        if column in ("warn", "lag"):
            name = book.defined_names["eduxl_warn_days" if column == "warn" else "eduxl_lag_points"]
            [(sheet, place)] = list(name.destinations)
            book[sheet][place.replace("$", "")].value = value
        elif column == "销号":
            for number in range(task_top + 1, tasks.max_row + 1):
                if tasks.cell(number, task_at["任务编号"]).value == where:
                    tasks.cell(number, task_at["销号"]).value = value
        else:
            cell = entries.cell(rows[where], at[column])
            cell.value = datetime(value.year, value.month, value.day) if isinstance(value, date) else value
    book.save(path)
