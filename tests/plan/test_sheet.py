"""Workbooks with tables of tasks, as Excel and WPS keep them."""

from __future__ import annotations

import io
import subprocess
import time
import zipfile
from collections.abc import Callable, Sequence
from datetime import date, datetime
from pathlib import Path
from shutil import which
from typing import Any

import openpyxl
import pytest
from xlsxwriter import Workbook

from eduxl.errors import PlanError
from eduxl.plan import read_plan
from tests.plan.builders import TITLE, units

HEADER = ["序号", "工作任务", "责任单位", "完成时限"]


def save(path: Path, *rows: Sequence[Any], change: Callable[[Any], None] | None = None) -> Path:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(row)
    if change is not None:
        change(sheet)
    book.save(path)
    return path


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "任务表.xlsx"


def county_table(sheet: Any) -> None:
    sheet.merge_cells("A1:F1")
    sheet.merge_cells("A4:A5")
    sheet.merge_cells("D4:D5")
    sheet["E4"].number_format = 'yyyy"年"m"月"'
    sheet["E5"].number_format = "yyyy/m/d"
    for row in range(9, 200):
        sheet.cell(row, 1).number_format = "@"


COUNTY: list[list[Any]] = [
    [TITLE],
    ["填报单位：教育局", None, None, None, "2022年3月"],
    ["重点\n工程", "序号", "工作任务", "牵头单位", "完成时限", "备注"],
    ["一、党\n建", "1", "甲事。抓好学习。", "党办\n各学区", datetime(2022, 6, 1), None],
    [None, "2", "乙事", None, datetime(2022, 6, 1), "见附件"],
    ["二、教学", 3.0, "丙事", "教研室", "三季度", None],
    ["合计", None, "3项"],
    ["注：按时报送。"],
]


def test_a_county_table(path: Path) -> None:
    plan = read_plan(save(path, *COUNTY, change=county_table))
    assert (plan.title, plan.year, [p.title for p in plan.projects]) == (TITLE, 2022, ["党建", "教学"])
    assert [(t.no, t.project, t.title) for t in plan.tasks] == [
        (1, 1, "甲事"),
        (2, 1, "乙事"),
        (3, 2, "丙事"),
    ]
    assert [t.due for t in plan.tasks] == [date(2022, 6, 30), date(2022, 6, 1), date(2022, 9, 30)]
    assert [t.due_text for t in plan.tasks] == ["2022年6月", "2022-06-01", "三季度"]
    assert units(plan.tasks[1]) == (("党办",), (), ("各学区",))
    assert plan.review == ()


@pytest.mark.skipif(which("soffice") is None, reason="LibreOffice makes the old formats")
@pytest.mark.parametrize("suffix", ["xls", "ods", "et"])
def test_other_kinds_of_workbook(path: Path, suffix: str) -> None:
    save(path, *COUNTY, change=county_table)
    kind = "xls" if suffix == "et" else suffix
    profile = f"-env:UserInstallation=file://{path.parent}/lo"
    subprocess.run(
        ["soffice", profile, "--headless", "--convert-to", kind, "--outdir", str(path.parent), str(path)],
        check=True, capture_output=True, timeout=120,
    )  # fmt: skip
    made = path.with_suffix(f".{kind}").rename(path.with_suffix(f".{suffix}"))
    plan = read_plan(made)
    assert [(t.no, t.project, t.title) for t in plan.tasks] == [
        (1, 1, "甲事"),
        (2, 1, "乙事"),
        (3, 2, "丙事"),
    ]
    assert units(plan.tasks[1]) == (("党办",), (), ("各学区",))
    # How a date is shown is not known here; a month's first means the month.
    assert [t.due for t in plan.tasks] == [date(2022, 6, 30), date(2022, 6, 30), date(2022, 9, 30)]


def test_months_in_the_formats_of_chinese_excel_and_as_numbers(tmp_path: Path) -> None:
    path = tmp_path / "任务表.xlsx"
    book = Workbook(str(path))
    sheet = book.add_worksheet()
    sheet.write(0, 0, TITLE)
    sheet.write_row(1, 0, HEADER)
    for r, (value, number_format) in enumerate(
        [
            (44713, "General"),
            (44742, "General"),
            (2022.10, "0.00"),
            (44713, "yyyy-mm-dd"),
            (44713, "[$-804]yyyy年m月"),
        ]
    ):
        sheet.write_row(r + 2, 0, [r + 1, f"第{r}件", "党办"])
        sheet.write_number(r + 2, 3, value, book.add_format({"num_format": number_format}))
    book.close()
    assert [t.due for t in read_plan(path).tasks] == [
        date(2022, 6, 30), date(2022, 6, 30), date(2022, 10, 31), date(2022, 6, 1), date(2022, 6, 30),
    ]  # fmt: skip


def test_hidden_sheets_covers_and_hidden_columns(path: Path) -> None:
    book = openpyxl.Workbook()
    cover = book.active
    assert cover is not None
    cover.title = "填报说明"
    for text in ("填报说明", "1.责任单位：填写股室全称。", "2.完成时限：填写年月。"):
        cover.append([text])
    hidden = book.create_sheet("旧表")
    sheet = book.create_sheet("任务表")
    for s, task in ((hidden, "旧事"), (sheet, "甲事")):
        for row in ([TITLE], HEADER, [1, task, "党办", "6月"]):
            s.append(row)
    hidden.sheet_state = "hidden"
    sheet.column_dimensions["C"].hidden = True
    book.save(path)
    plan = read_plan(path)
    assert [(t.title, units(t)) for t in plan.tasks] == [("甲事", (("党办",), (), ()))]
    assert plan.review == ()


def test_a_sheet_for_each_project(path: Path) -> None:
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for name in ("党建工程", "教学工程"):
        sheet = book.create_sheet(name)
        sheet.append([TITLE])
        sheet.append(HEADER)
        sheet.append([1, f"{name}的事", "党办", "6月"])
    book.save(path)
    plan = read_plan(path)
    assert (plan.title, [p.title for p in plan.projects]) == (TITLE, ["党建工程", "教学工程"])
    assert [(t.no, t.project) for t in plan.tasks] == [(1, 1), (2, 2)]


def test_section_rows_merged_or_not(path: Path) -> None:
    plan = read_plan(
        save(
            path,
            [TITLE],
            HEADER,
            ["一、党建工程"],
            [1, "甲事", "党办", "6月"],
            ["二、教学工程"],
            [2, "乙事", "教研室", "6月"],
            [None, "三、安全工程"],
            [3, "丙事", "安全股", "6月"],
            change=lambda sheet: sheet.merge_cells("A3:D3"),
        )
    )
    assert [p.title for p in plan.projects] == ["党建工程", "教学工程", "安全工程"]
    assert [(t.no, t.project) for t in plan.tasks] == [(1, 1), (2, 2), (3, 3)]


def test_paragraphs_in_a_single_column(path: Path) -> None:
    rows = [[TITLE], ["1.甲事。"], ["责任单位：党办"], ["完成时间：6月"]]
    assert [t.title for t in read_plan(save(path, *rows)).tasks] == ["甲事"]


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        ([["姓名", "电话"], ["张三", "123"]], "not-a-plan"),
        ([[TITLE], HEADER], "no-tasks"),
        ([HEADER, [1, "甲事", "党办", "6月"]], "no-year"),
        (
            [[TITLE], ["序号", "任务", "党办", "工会"], [1, "甲", "★", "○"], [2, "乙", "○", "★"]],
            "unsupported",
        ),
    ],
)
def test_what_is_no_table_of_tasks(path: Path, rows: list[list[Any]], code: str) -> None:
    with pytest.raises(PlanError) as error:
        read_plan(save(path, *rows))
    assert error.value.code == code


def test_five_hundred_rows(path: Path) -> None:
    rows = [
        [i, f"第{i}件事。" + "做好工作，" * 30, "党办，各学区", datetime(2022, 6, 30)] for i in range(1, 501)
    ]
    save(path, [TITLE], HEADER, *rows)
    assert len(read_plan(path).tasks) == 500


def rewritten(path: Path, change: Callable[[bytes], bytes]) -> Path:
    """The workbook with its first sheet's XML changed."""
    memory = io.BytesIO()
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(memory, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            data = old.read(name)
            new.writestr(name, change(data) if name == "xl/worksheets/sheet1.xml" else data)
    path.write_bytes(memory.getvalue())
    return path


def far_cells(xml: bytes) -> bytes:
    far = "".join(f'<c r="{letters}1" t="str"><v>x</v></c>' for letters in ("ZZZ", "XFD"))
    return xml.replace(b"</sheetData>", f'<row r="1048576">{far}</row></sheetData>'.encode())


def test_cells_far_out_are_cut_off_and_reported(path: Path) -> None:
    rewritten(save(path, [TITLE], HEADER, [1, "甲事", "党办", "6月"]), far_cells)
    start = time.perf_counter()
    plan = read_plan(path)
    assert time.perf_counter() - start < 10
    assert ([t.title for t in plan.tasks], [n.code for n in plan.review]) == (["甲事"], ["not-read"])


def test_bombs_and_damage_end_in_a_sentence(path: Path) -> None:
    rewritten(save(path, [TITLE]), lambda xml: xml + b" " * (150 << 20))
    start = time.perf_counter()
    with pytest.raises(PlanError, match="过大") as error:
        read_plan(path)
    assert (error.value.code, time.perf_counter() - start < 10) == ("not-a-plan", True)
    path.write_bytes(save(path, [TITLE]).read_bytes()[:-60])
    with pytest.raises(PlanError) as error:
        read_plan(path)
    assert error.value.code == "unreadable"
