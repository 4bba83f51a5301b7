"""Workbooks with tables of tasks, as Excel and WPS keep them."""

from __future__ import annotations

import io
import time
import zipfile
from collections.abc import Callable, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from xlsxwriter import Workbook

from eduxl.errors import PlanError
from eduxl.plan import read_plan
from tests.plan.builders import TITLE, units
from tests.plan.test_office import converted, needs_office

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


@pytest.mark.office
@needs_office
@pytest.mark.parametrize("suffix", ["xls", "ods", "et"])
def test_other_kinds_of_workbook(path: Path, suffix: str) -> None:
    save(path, *COUNTY, change=county_table)
    made = converted(path, "xls" if suffix == "et" else suffix).rename(path.with_suffix(f".{suffix}"))
    plan = read_plan(made)
    assert [(t.no, t.project, t.title) for t in plan.tasks] == [
        (1, 1, "甲事"),
        (2, 1, "乙事"),
        (3, 2, "丙事"),
    ]
    assert units(plan.tasks[1]) == (("党办",), (), ("各学区",))
    assert [t.due for t in plan.tasks] == [date(2022, 6, 30), date(2022, 6, 1), date(2022, 9, 30)]


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


@pytest.fixture
def dates(tmp_path: Path) -> Path:
    """The same day shown in several ways: by cells, by a column, and twice in a row."""
    path = tmp_path / "任务表.xlsx"
    book = Workbook(str(path))
    sheet = book.add_worksheet("任务、表<1>")
    month, day = (book.add_format({"num_format": f'yyyy"年"m"月"{d}'}) for d in ("", 'd"日"'))
    sheet.set_column(3, 3, 12, month)
    sheet.write(0, 0, TITLE)
    sheet.write_row(1, 0, [*HEADER, "启动时间"])
    for row, cells in enumerate(
        [(44713, None), (44713, month), (44713, day), (44742, day), (44713, None)], 2
    ):
        sheet.write_row(row, 0, [row - 1, f"第{row}件", "党办"])
        sheet.write_number(row, 3, *cells)
        sheet.write_number(row, 4, 44713, day)
    sheet.write_row(7, 0, [6, "第8件", "党办"])
    sheet.write_number(7, 3, 2022.10, book.add_format({"num_format": "0.00"}))
    # The numbers of built-in formats, which have no text in the file.
    for row, (number_format, place) in enumerate([(17, 8), (14, 9)], 8):
        sheet.write_row(row, 0, [place - 1, f"第{place}件", "党办"])
        sheet.write_number(row, 3, 44713, book.add_format({"num_format": number_format}))
    sheet.merge_range(9, 2, 10, 2, "党办")
    sheet.write_row(10, 0, [9, "第10件"])
    sheet.write_number(10, 3, 44713, day)
    book.close()
    return path


@pytest.mark.office
@needs_office
@pytest.mark.parametrize("suffix", ["xlsx", "xls", "ods"])
def test_a_month_shown_is_the_month_and_a_day_shown_the_day(dates: Path, suffix: str) -> None:
    plan = read_plan(dates if suffix == "xlsx" else converted(dates, suffix))
    june, first = date(2022, 6, 30), date(2022, 6, 1)
    assert [t.due for t in plan.tasks] == [
        june, june, first, june, june, date(2022, 10, 31), june, first, first,
    ]  # fmt: skip
    assert {t.lead_units for t in plan.tasks} == {("党办",)}


def test_an_ods_of_another_program(tmp_path: Path) -> None:
    """An .ods as another program writes it: the style of a row, cells repeated, styles that inherit."""
    style = '<style:style style:family="table-cell" style:name="{}" style:parent-style-name="{}" {}/>'
    styles = (
        '<number:date-style style:name="N1"><number:year/><number:text>年</number:text><number:month/></number:date-style>'
        '<number:date-style style:name="N2"><number:year/><number:month/><number:day/></number:date-style>'
        + style.format("月", "底", "")
        + style.format("底", "", 'style:data-style-name="N1"')
        + style.format("日", "", 'style:data-style-name="N2"')
        + style.format("圈", "环", "")
        + style.format("环", "圈", "")
    )
    day = 'office:value-type="date" office:date-value="2022-06-01"'

    def row(cells: str, *texts: str, of_row: str = "") -> str:
        said = "".join(
            f'<table:table-cell office:value-type="string"><text:p>{t}</text:p></table:table-cell>'
            for t in texts
        )
        return f"<table:table-row {of_row}>{said}{cells}</table:table-row>"

    rows = (
        row("", TITLE)
        + row("", "工作任务", "责任单位", "完成时限", "启动时间")
        + row(f'<table:table-cell table:style-name="日" table:number-columns-repeated="2" {day}/>', "甲", "党办")
        + row(f"<table:table-cell {day}/>", "乙", "党办", of_row='table:default-cell-style-name="月"')
        + row(f'<table:table-cell table:style-name="圈" {day}/>', "丙", "党办")
        + row(
            f'<table:table-cell table:style-name="日" {day}/>', "丁", "党办",
            of_row='table:number-rows-repeated="2"',
        )
    )  # fmt: skip
    uris = "".join(
        f' xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{uri}:1.0"'
        for name, uri in (
            ("office", "office"), ("table", "table"), ("text", "text"), ("style", "style"), ("number", "datastyle"),
        )
    )  # fmt: skip
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    made = tmp_path / "任务表.ods"
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", kind, zipfile.ZIP_STORED)
        archive.writestr(
            "META-INF/manifest.xml",
            '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
            f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{kind}"/></manifest:manifest>',
        )
        archive.writestr(
            "content.xml",
            f'<?xml version="1.0"?><office:document-content{uris}><office:automatic-styles>{styles}'
            "</office:automatic-styles><office:body><office:spreadsheet>"
            f'<table:table table:name="表">{rows}</table:table>'
            "</office:spreadsheet></office:body></office:document-content>",
        )
    june, first = date(2022, 6, 30), date(2022, 6, 1)
    # Where nothing says how it is shown, a month's first means the month.
    assert [t.due for t in read_plan(made).tasks] == [first, june, june, first, first]


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
