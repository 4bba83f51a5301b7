"""The master workbook as other programs read it: sheets, fixed names, odd texts, empty and big masters."""

from __future__ import annotations

import re
import zipfile
from datetime import date, datetime
from io import BytesIO
from itertools import pairwise
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from attrs import evolve
from openpyxl.worksheet.worksheet import Worksheet
from python_calamine import CalamineWorkbook, SheetVisibleEnum

from eduxl import labels as L
from eduxl.tracker.author import master_bytes, write_master
from eduxl.tracker.layout.overview import overview_layout
from eduxl.tracker.layout.sheets import CODE_NAMES
from eduxl.tracker.layout.style import clean, column_width, text_lines
from eduxl.tracker.tables import Master

from .masters import AS_OF, fake_master

TABLES = {
    "tblTasks": L.TASKS,
    "tblEntries": L.ENTRIES,
    "tblHistory": L.HISTORY,
    "tblAlerts": L.ALERTS,
    "tblIndicators": L.INDICATORS,
    "tblProblems": L.PROBLEMS,
    "tblRoster": L.ROSTER,
    "tblRules": L.ROSTER,
    "tblRejected": L.REJECTED,
    "tblReminders": L.REMINDERS,
    "tblLog": L.LOG,
}
CLERK_HEADER, OUR_HEADER = "FFA8651B", "FF1F4E79"


@pytest.fixture(scope="module")
def master() -> Master:
    return fake_master(12, 6)


@pytest.fixture(scope="module")
def path(master: Master, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("master") / "总台账.xlsm"
    write_master(master, path)
    return path


@pytest.fixture(scope="module")
def book(path: Path) -> openpyxl.Workbook:
    return openpyxl.load_workbook(path)


def sheet(book: openpyxl.Workbook, name: str) -> Worksheet:
    found = book[name]
    assert isinstance(found, Worksheet)
    return found


def with_entry(master: Master, **values: object) -> Master:
    """The master with some cells of the first entry replaced, by column name."""
    first = dict(zip(L.ENTRY_COLUMNS, master.entries.rows[0], strict=True)) | values
    rows = (tuple(first.values()), *master.entries.rows[1:])
    return evolve(master, entries=evolve(master.entries, rows=rows))


def named_cell(book: openpyxl.Workbook, name: str) -> object:
    title, ref = next(book.defined_names[name].destinations)
    return sheet(book, title)[ref.replace("$", "")].value


# --- package --------------------------------------------------------------------------------------
def test_the_same_master_gives_the_same_bytes(master: Master) -> None:
    assert master_bytes(master, macros=True) == master_bytes(fake_master(12, 6), macros=True)


@pytest.mark.parametrize(
    ("name", "content_type"),
    [
        ("总台账.xlsm", "application/vnd.ms-excel.sheet.macroEnabled.main+xml"),
        ("总台账.xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"),
    ],
)
def test_the_content_type_fits_the_suffix(
    master: Master, tmp_path: Path, name: str, content_type: str
) -> None:
    write_master(master, tmp_path / name)
    with zipfile.ZipFile(tmp_path / name) as package:
        declared = package.read("[Content_Types].xml").decode()
    assert re.findall(r'PartName="/xl/workbook.xml" ContentType="([^"]+)"', declared) == [content_type]


def test_every_sheet_has_its_code_name(path: Path) -> None:
    with zipfile.ZipFile(path) as package:
        named = [
            re.findall(r'<sheetPr codeName="(\w+)"', package.read(f"xl/worksheets/sheet{i}.xml").decode())
            for i in range(1, len(L.MASTER_SHEETS) + 1)
        ]
        workbook = package.read("xl/workbook.xml").decode()
    assert named == [[CODE_NAMES[name]] for name in L.MASTER_SHEETS]
    assert 'codeName="ThisWorkbook"' in workbook


def test_a_vba_project_goes_into_the_xlsm_only(master: Master, tmp_path: Path) -> None:
    project = tmp_path / "vbaProject.bin"
    project.write_bytes(b"\xd0\xcf\x11\xe0 project")
    for name, expected in (("a.xlsm", [project.read_bytes()]), ("a.xlsx", [])):
        write_master(master, tmp_path / name, vba_project=project)
        with zipfile.ZipFile(tmp_path / name) as package:
            assert [package.read(n) for n in package.namelist() if n.endswith("vbaProject.bin")] == expected


def test_sheets_stand_in_order_and_the_memory_is_very_hidden(path: Path) -> None:
    sheets = CalamineWorkbook.from_path(path).sheets_metadata
    assert tuple(s.name for s in sheets) == L.MASTER_SHEETS
    assert [s.name for s in sheets if s.visible is SheetVisibleEnum.VeryHidden] == [L.META]


def test_properties_are_chinese_and_dated_by_the_as_of_day(book: openpyxl.Workbook) -> None:
    properties = book.properties
    assert (properties.title, properties.creator) == ("民乐县2022年教育工作要点 总台账", "eduxl")
    assert properties.created == datetime(2022, 6, 30)
    assert properties.modified == datetime(2022, 6, 30)


# --- tables ---------------------------------------------------------------------------------------
def test_tables_have_the_fixed_columns_and_all_rows(book: openpyxl.Workbook, master: Master) -> None:
    found = {table.name: (ws.title, table) for ws in book.worksheets for table in ws.tables.values()}
    assert {name: title for name, (title, _) in found.items()} == TABLES
    for name, table in (
        ("tblTasks", master.tasks), ("tblEntries", master.entries), ("tblHistory", master.history),
        ("tblAlerts", master.alerts), ("tblProblems", master.problems), ("tblRoster", master.roster),
        ("tblRules", master.rules), ("tblRejected", master.rejected), ("tblLog", master.log),
    ):  # fmt: skip
        columns = tuple(column.name for column in found[name][1].tableColumns)
        last_row = int(re.sub(r".*:[A-Z]+", "", found[name][1].ref))
        assert (columns, last_row) == (table.columns, 1 + len(table.rows)), name


def test_pandas_reads_the_entries_back(path: Path, master: Master) -> None:
    frame = pd.read_excel(
        path, sheet_name=L.ENTRIES, engine="calamine", dtype={L.UNIT_CODE: str, L.PHONE: str}
    )
    assert tuple(frame.columns) == L.ENTRY_COLUMNS
    for i in (0, 1, len(frame) - 1):
        row = frame.iloc[i]
        expected = dict(zip(L.ENTRY_COLUMNS, master.entries.rows[i], strict=True))
        for column in (L.UNIT_CODE, L.UNIT_NAME, L.TASK_NO, L.STATUS, L.PROGRESS, L.REPORT, L.LIGHT, L.FLAGS):
            assert (None if pd.isna(row[column]) else row[column]) == expected[column], column
        assert (None if pd.isna(row[L.DUE]) else row[L.DUE].date()) == expected[L.DUE]
        assert (None if pd.isna(row[L.RECEIVED]) else row[L.RECEIVED].to_pydatetime()) == expected[L.RECEIVED]


def test_number_formats(book: openpyxl.Workbook) -> None:
    entries, tasks = sheet(book, L.ENTRIES), sheet(book, L.TASKS)
    at = {name: entries.cell(2, i) for i, name in enumerate(L.ENTRY_COLUMNS, 1)}
    assert at[L.DUE].number_format == at[L.EXTENDED_TO].number_format == "yyyy-mm-dd"
    assert at[L.RECEIVED].number_format == "yyyy-mm-dd hh:mm"
    assert at[L.PROGRESS].number_format == "0%"
    assert tasks.cell(2, 1 + L.TASK_COLUMNS.index(L.AVERAGE)).number_format == "0%"


def test_clerk_columns_have_their_own_header_colour(book: openpyxl.Workbook) -> None:
    for name, columns in (
        (L.ENTRIES, {L.REVIEW, L.REVIEW_NOTE, L.EXTENDED_TO}),
        (L.TASKS, {L.CLOSED, L.REMARK}),
        (L.REJECTED, {L.CONFIRM_UNIT}),
    ):
        colours = {cell.value: cell.fill.fgColor.rgb for cell in sheet(book, name)[1]}
        assert {column for column, colour in colours.items() if colour == CLERK_HEADER} == columns
        assert set(colours.values()) == {CLERK_HEADER, OUR_HEADER}


def test_drop_downs_offer_what_the_reader_takes(book: openpyxl.Workbook, master: Master) -> None:
    def lists(name: str) -> dict[str, str]:
        rules = sheet(book, name).data_validations.dataValidation
        return {str(rule.sqref): rule.formula1 for rule in rules if rule.type == "list"}

    assert lists(L.ENTRIES) == {f"Y2:Y{1 + len(master.entries.rows)}": '"通过,退回"'}
    assert lists(L.TASKS) == {f"Q2:Q{1 + len(master.tasks.rows)}": '"已销号,未销号"'}


def test_alerts_link_to_their_rows(path: Path, book: openpyxl.Workbook, master: Master) -> None:
    column = 1 + L.ALERT_COLUMNS.index(L.LOCATE)
    target = master.alert_targets[0]
    assert target is not None
    formula = sheet(book, L.ALERTS).cell(2, column).value
    assert formula == f'=HYPERLINK("#\'填报明细\'!A{target + 2}","查看")'
    cached = openpyxl.load_workbook(path, data_only=True)
    assert sheet(cached, L.ALERTS).cell(2, column).value == "查看"


def test_a_unit_alert_links_to_the_units_first_row(master: Master) -> None:
    unit = master.entries.rows[-1][1]
    first = next(i for i, row in enumerate(master.entries.rows) if row[1] == unit)
    known = (L.RED, L.F_MISSING, unit, "x", None, None, "", "", None)
    unknown = (L.RED, L.F_MISSING, "NONE", "x", None, None, "", "", None)
    changed = evolve(master, alerts=evolve(master.alerts, rows=(known, unknown)), alert_targets=(None, None))
    links = [row[-1] for row in _rows(changed, L.ALERTS, formulas=True)[1:]]
    assert links == [f'=HYPERLINK("#\'填报明细\'!A{first + 2}","查看")', None]


def _rows(master: Master, name: str, *, formulas: bool = False) -> list[tuple[object, ...]]:
    book = openpyxl.load_workbook(BytesIO(master_bytes(master, macros=False)), data_only=not formulas)
    return list(sheet(book, name).iter_rows(values_only=True))


# --- texts ----------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+86",
        "-3",
        "@x",
        "http://example.org/",
        "mailto:a@b.cn",
        "0012",
        "1e5",
        "2022-06-30",
        "𠮷 😀",
        "第一行\n第二行",
        "{=A1}",
    ],
)
def test_text_stays_text(master: Master, text: str) -> None:
    changed = with_entry(master, **{L.REPORT: text, L.UNIT_NAME: text, L.REVIEW_NOTE: text})
    ws = sheet(openpyxl.load_workbook(BytesIO(master_bytes(changed, macros=False))), L.ENTRIES)
    for column in (L.REPORT, L.UNIT_NAME, L.REVIEW_NOTE):
        cell = ws.cell(2, 1 + L.ENTRY_COLUMNS.index(column))
        assert (cell.value, cell.data_type, cell.hyperlink) == (text, "s", None)
        assert bool(cell.quotePrefix) == (text[0] in "=+-@")


def test_what_a_cell_cannot_hold_is_left_out(master: Master) -> None:
    assert clean("a\x00b\x0bc\r\nd\ud800e\uffff") == "abc\nde"
    long = "字" * 32_766 + "😀"
    assert clean(long) == "字" * 32_766
    assert clean("字" * 32_767) == "字" * 32_767
    changed = with_entry(master, **{L.REPORT: "\x00\x01", L.PROBLEM: long})
    row = _rows(changed, L.ENTRIES)[1]
    assert row[L.ENTRY_COLUMNS.index(L.REPORT)] is None
    assert row[L.ENTRY_COLUMNS.index(L.PROBLEM)] == "字" * 32_766


def test_a_reminder_quotes_the_school_as_text_and_has_its_levels_coloured(
    book: openpyxl.Workbook, master: Master
) -> None:
    ws = sheet(book, L.REMINDERS)
    cell = ws.cell(2, 1 + L.REMINDER_COLUMNS.index(L.ORIGINAL))
    assert (cell.value, cell.data_type, cell.quotePrefix) == ("=差不多了", "s", True)
    assert cell.alignment.wrap_text and ws.freeze_panes == "E2"
    rules = dict(_conditions(master, L.REMINDERS))
    assert rules == {"A2:A3": ['$A2="必须改"', '$A2="请核对"']}


def test_an_unreadable_extension_stays_as_text(master: Master) -> None:
    changed = with_entry(master, **{L.EXTENDED_TO: "下个月"})
    assert _rows(changed, L.ENTRIES)[1][-1] == "下个月"


def test_a_text_longer_than_its_row_starts_at_the_top(master: Master) -> None:
    changed = with_entry(master, **{L.REPORT: "一\n" * 40, L.PROBLEM: "无"})
    ws = sheet(openpyxl.load_workbook(BytesIO(master_bytes(changed, macros=False))), L.ENTRIES)
    at = {name: ws.cell(2, i) for i, name in enumerate(L.ENTRY_COLUMNS, 1)}
    assert (at[L.REPORT].alignment.vertical, at[L.UNIT_NAME].alignment.vertical) == ("top", "center")
    assert ws.row_dimensions[2].height < 120


def test_roster_rows_are_high_enough_for_the_rules_beside_them(master: Master) -> None:
    names = "、".join(["各中小学校", "各义务教育学校"] * 4)
    rules = evolve(master.rules, rows=((names, *[None] * (len(master.rules.columns) - 1)),))
    ws = sheet(
        openpyxl.load_workbook(BytesIO(master_bytes(evolve(master, rules=rules), macros=False))), L.ROSTER
    )
    assert ws.row_dimensions[2].height > 2.5 * ws.row_dimensions[3].height


def test_widths_and_lines_count_chinese_characters_double() -> None:
    assert text_lines("字" * 20, 21) == 2
    assert text_lines("a" * 20, 21) == 1
    assert text_lines("一\n二\n\n四", 21) == 4
    assert column_width(L.UNIT_NAME, ["民乐县第一中学"]) == 16
    assert column_width(L.UNIT_NAME, ["字" * 40]) == 26
    assert column_width("校长", ["字" * 10]) == 22


# --- lights ---------------------------------------------------------------------------------------
def _conditions(master: Master, name: str) -> list[tuple[str, list[str]]]:
    ws = sheet(openpyxl.load_workbook(BytesIO(master_bytes(master, macros=False))), name)
    return [
        (str(area.sqref), [rule.formula[0] for rule in rules])
        for area, rules in ws.conditional_formatting._cf_rules.items()
    ]


@pytest.mark.parametrize("name", [L.TASKS, L.MATRIX, L.ENTRIES, L.HISTORY, L.ALERTS])
def test_rules_do_not_grow_with_the_rows(name: str) -> None:
    small, big = _conditions(fake_master(3, 2), name), _conditions(fake_master(30, 12), name)
    assert small
    assert [formulas for _, formulas in small] == [formulas for _, formulas in big]


def test_lights_follow_the_calendar(master: Master) -> None:
    formulas = " ".join(f for _, rules in _conditions(master, L.ENTRIES) for f in rules)
    assert "TODAY()" in formulas
    assert {"eduxl_as_of", "eduxl_settled", "eduxl_warn_days"} <= set(re.findall(r"eduxl_\w+", formulas))
    matrix = " ".join(f for _, rules in _conditions(master, L.MATRIX) for f in rules)
    assert {"eduxl_as_of", "eduxl_settled", "eduxl_extended"} <= set(re.findall(r"eduxl_\w+", matrix))


def test_matrix_says_the_light_in_words(book: openpyxl.Workbook, master: Master) -> None:
    ws = sheet(book, L.MATRIX)
    assert [cell.value for cell in ws[1]] == ["单位编码", "单位名称", "类别", "所属学区", 1, 2, 3, 4, 5, 6]
    assert ws["E2"].value == master.matrix.tasks[0].title
    assert ws["F3"].value == datetime(2022, 12, 31)
    unit = master.matrix.units[0]
    cell = master.matrix.cells[unit.code, 1]
    assert (ws["A4"].value, ws["E4"].value) == (unit.code, f"{cell.light} {cell.text}")
    assert (ws.freeze_panes, ws.auto_filter.ref) == ("C4", f"A3:J{3 + len(master.matrix.units)}")


def test_cells_that_are_not_assigned_are_empty(master: Master) -> None:
    code = master.matrix.units[0].code
    cells = {key: cell for key, cell in master.matrix.cells.items() if key != (code, 2)}
    rows = _rows(evolve(master, matrix=evolve(master.matrix, cells=cells)), L.MATRIX)
    assert rows[3][4] is not None
    assert rows[3][5] is None


def test_hidden_sheet_holds_the_schema_first_and_the_settled_keys(
    book: openpyxl.Workbook, master: Master
) -> None:
    ws = sheet(book, L.META)
    rows = {row[0]: row[1] for row in ws.iter_rows(max_col=2, values_only=True) if row[0]}
    assert ws["A1"].value == "schema"
    assert rows == master.meta
    for name, keys in (("eduxl_settled", master.settled), ("eduxl_extended", master.extended)):
        title, ref = next(book.defined_names[name].destinations)
        first, _, last = ref.replace("$", "").partition(":")
        cells = ws[f"{first}:{last or first}"]
        assert tuple(row[0].value for row in cells if row[0].value) == keys, (title, ref)


# --- 首页 and 总览 ----------------------------------------------------------------------------------
def test_home_holds_the_settings_under_their_names(book: openpyxl.Workbook) -> None:
    assert named_cell(book, "eduxl_warn_days") == 15
    assert named_cell(book, "eduxl_lag_points") == 20
    assert named_cell(book, "eduxl_as_of") == datetime.combine(AS_OF, datetime.min.time())


def test_an_open_date_means_today(tmp_path: Path) -> None:
    write_master(fake_master(3, 2, pinned=False), tmp_path / "m.xlsx")
    book = openpyxl.load_workbook(tmp_path / "m.xlsx")
    assert named_cell(book, "eduxl_as_of") is None
    title, ref = next(book.defined_names["eduxl_as_of"].destinations)
    assert not sheet(book, title)[ref.replace("$", "")].protection.locked


def test_home_shows_the_round(master: Master) -> None:
    values = [value for row in _rows(master, L.HOME) for value in row if value is not None]
    for expected in (
        "民乐县2022年教育工作要点", master.home.expected, master.home.received, master.home.missing,
        f"1. {master.home.next_steps[0]}", *L.FLAG_NAMES,
    ):  # fmt: skip
        assert expected in values
    red = sum(row[0] == L.RED for row in master.alerts.rows)
    flat = _rows(master, L.HOME)
    numbers = next(row for row in flat if row[1] == master.home.expected)
    assert [value for value in numbers if value is not None][-1] == red


def test_home_links_to_every_other_visible_sheet(book: openpyxl.Workbook) -> None:
    links = {
        cell.hyperlink.location for row in sheet(book, L.HOME).iter_rows() for cell in row if cell.hyperlink
    }
    assert links == {f"'{name}'!A1" for name in L.MASTER_SHEETS if name not in (L.HOME, L.META)}


def test_more_steps_than_lines_lose_nothing(master: Master) -> None:
    steps = tuple(f"第{i}步" for i in range(1, 16))
    changed = evolve(master, home=evolve(master.home, next_steps=steps))
    shown = "\n".join(str(value) for row in _rows(changed, L.HOME) for value in row if value is not None)
    assert all(step in shown for step in steps)


def test_before_the_due_date_silence_is_not_yet_a_fault(master: Master) -> None:
    early = evolve(master, home=evolve(master.home, as_of=date(2022, 6, 25)))
    labels = [value for row in _rows(early, L.HOME) for value in row]
    assert "待报" in labels
    assert "待报" not in [value for row in _rows(master, L.HOME) for value in row]


def test_overview_has_the_tallies_as_cached_values(master: Master) -> None:
    rows = {row[1]: row[2:9] for row in _rows(master, L.OVERVIEW) if row[1]}
    for tally in (*master.overview.by_project, *master.overview.by_district, *master.overview.by_stage):
        shown = rows[tally.name]
        assert (shown[0], shown[1], shown[4], shown[6]) == (
            tally.expected,
            tally.reported,
            tally.done,
            tally.average,
        )
    formulas = {row[1]: row[2:9] for row in _rows(master, L.OVERVIEW, formulas=True) if row[1]}
    assert all(str(value).startswith("=") for value in formulas[master.overview.by_project[0].name])


def test_charts_stand_right_of_the_tables_and_below_one_another(path: Path) -> None:
    with zipfile.ZipFile(path) as package:
        drawing = package.read("xl/drawings/drawing1.xml").decode()
        charts = [name for name in package.namelist() if name.startswith("xl/charts/chart")]
    anchors = re.findall(
        r"<xdr:from><xdr:col>(\d+)</xdr:col>.*?<xdr:row>(\d+)</xdr:row>.*?<xdr:to>.*?<xdr:row>(\d+)</xdr:row>",
        drawing,
    )
    assert len(charts) == len(anchors) == 5
    assert min(int(col) for col, _, _ in anchors) >= 10
    stacked = [(int(top), int(bottom)) for _, top, bottom in anchors[1:]]
    assert all(above[1] < below[0] for above, below in pairwise(stacked))


def test_no_two_cells_of_the_overview_overlap() -> None:
    for master in (fake_master(0, 0), fake_master(60, 30)):
        taken: set[tuple[int, int]] = set()
        for cell in overview_layout(master).cells:
            area = {
                (row, col)
                for row in range(cell.row, (cell.to_row or cell.row) + 1)
                for col in range(cell.col, (cell.to_col or cell.col) + 1)
            }
            assert not taken & area, cell
            taken |= area


def test_every_page_is_landscape_a4_with_page_numbers(book: openpyxl.Workbook) -> None:
    for ws in book.worksheets:
        if ws.title == L.META:
            continue
        assert (ws.page_setup.orientation, ws.page_setup.paperSize) == ("landscape", 9)
        wide = 2 if ws.title in (L.ENTRIES, L.HISTORY) else 1  # 27 columns on one page could not be read
        assert (ws.page_setup.fitToWidth or 1) == wide
        assert ws.sheet_properties.pageSetUpPr.fitToPage
        assert "第 &P 页 共 &N 页" in ws.oddFooter.center.text
        assert ws.oddFooter.left.text == "&A"
        if ws.title not in (L.HOME, L.OVERVIEW):
            assert ws.print_title_rows == ("$1:$3" if ws.title == L.MATRIX else "$1:$1")


# --- sizes ----------------------------------------------------------------------------------------
@pytest.mark.parametrize(("units", "tasks"), [(0, 0), (0, 5), (1, 1), (3, 60), (70, 2)])
def test_every_size_makes_a_workbook(units: int, tasks: int, tmp_path: Path) -> None:
    master = fake_master(units, tasks, history=False)
    write_master(master, tmp_path / "m.xlsm")
    book = openpyxl.load_workbook(tmp_path / "m.xlsm")
    assert tuple(book.sheetnames) == L.MASTER_SHEETS
    for table, rows in (("tblEntries", units * tasks), ("tblHistory", 0), ("tblTasks", tasks)):
        ws = sheet(book, TABLES[table])
        assert ws.tables[table].ref.split(":")[0] == "A1"
        assert ws.tables[table].ref.endswith(str(1 + max(1, rows)))
    assert sheet(book, L.MATRIX).max_row == 3 + max(1, units)


def test_a_table_without_rows_keeps_an_empty_one(master: Master) -> None:
    names = ["tasks", "entries", "history", "alerts", "indicators", "problems"]
    names += ["roster", "rules", "rejected", "reminders", "log"]
    bare = {name: evolve(getattr(master, name), rows=()) for name in names}
    rows = _rows(evolve(master, **bare, alert_targets=(), settled=(), extended=()), L.LOG)
    assert rows == [L.LOG_COLUMNS, (None, None, None)]


def test_many_tasks_print_on_several_pages_with_the_unit_names_repeated(tmp_path: Path) -> None:
    write_master(fake_master(2, 60), tmp_path / "m.xlsx")
    ws = sheet(openpyxl.load_workbook(tmp_path / "m.xlsx"), L.MATRIX)
    assert ws.page_setup.fitToWidth == 3
    assert ws.print_title_cols == "$A:$B"
