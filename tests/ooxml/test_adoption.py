"""Worksheets of a freshly written workbook brought into one that other programs have saved."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.cell.cell import MergedCell
from openpyxl.worksheet.worksheet import Worksheet as ReadSheet
from python_calamine import load_workbook
from xlsxwriter import Workbook

from eduxl.ooxml import NewRow, Package, Refused, Sheet
from tests.ooxml.books import (
    COLUMNS,
    MAIN,
    STRICT,
    by_hand,
    check_package,
    edited,
    found,
    parts,
    simple_rows,
    worksheet,
    written,
)
from tests.ooxml.test_programs import SOFFICE, findings, resaved

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:openpyxl")
SHEETS = ("首页", "图表", "数据", "_内部")
ROWS = 5
#: A row whose cell is the first shared string.
ONE = '<row r="1"><c r="A1" t="s"><v>0</v></c></row>'


def master(book: Workbook, *, codes: bool = False) -> None:
    """What our own author makes: tables, rules, validations, charts, links, a very hidden sheet, names."""
    home, charts, data, inner = sheets = [book.add_worksheet(name) for name in SHEETS]
    if codes:
        book.set_vba_name("ThisWorkbook")
        for sheet, code in zip(sheets, ("shHome", "shCharts", "shData", "shInner"), strict=True):
            sheet.set_vba_name(code)
    head = book.add_format({"bold": True, "bg_color": "#1F4E79", "font_color": "#FFFFFF", "border": 1})
    day = book.add_format({"num_format": "yyyy-mm-dd", "align": "center", "font_name": "微软雅黑"})
    odd = book.add_format({"num_format": '0.0"分"', "font_size": 9})
    red = book.add_format({"bg_color": "#F6C7C4", "font_color": "#8E1B16"})
    green = book.add_format({"bg_color": "#CFE8CB", "font_color": "#2C5E2A", "num_format": "0.000"})
    home.write_string("A1", "标题", head)
    home.write_string("B1", "没有格式")
    home.write_rich_string("A2", "前", head, "粗 ", "后")
    home.write_url("A3", "internal:'数据'!A1", string="去数据")
    home.write_url("A4", "https://a.example/", string="外链")
    home.write_formula("B2", "=SUM(数据!$B$2:$B$6)", odd, 100)
    home.write_comment("C1", "一条批注")
    home.print_area("A1:C9")
    home.set_column("A:A", 20.5, day)
    home.set_row(4, 33, head)
    home.activate()
    chart = book.add_chart({"type": "column"})
    chart.add_series(
        {"categories": "=数据!$A$2:$A$6", "values": "=数据!$B$2:$B$6", "data_labels": {"value": True}}
    )
    chart.set_title({"name": "数量"})
    charts.insert_chart("B2", chart)
    charts.write("A1", "图表在右边")
    for i in range(ROWS):
        data.write_row(i + 1, 0, [f"K{i}", i * 10, f"说明{i % 2}"])
        data.write_datetime(i + 1, 3, datetime(2022, 6, i + 1), day)
    data.add_table(0, 0, ROWS, 4, {
        "name": "tblData",
        "columns": [
            {"header": "编码", "header_format": head}, {"header": "数量", "format": odd}, {"header": "说明"},
            {"header": "日期"}, {"header": "倍数", "formula": "=tblData[[#This Row],[数量]]*2"},
        ],
    })  # fmt: skip
    rules(data, red, green)
    data.autofilter("G1:H3")
    data.repeat_rows(0)
    data.freeze_panes(1, 1)
    data.ignore_errors({"number_stored_as_text": "A1:XFD1048576"})
    inner.write("A1", "schema")
    inner.very_hidden()
    book.define_name("设置", "='首页'!$B$1")
    book.define_name("键", "='_内部'!$A$1:$A$1")


def rules(sheet: Any, red: Any, green: Any, last: int = ROWS + 1) -> None:
    """Three conditional formats in an order that matters, and two validations."""
    sheet.conditional_format(
        "B2",
        {
            "type": "formula",
            "criteria": '=$C2="说明1"',
            "format": red,
            "multi_range": f"B2:B{last} D2:D{last}",
        },
    )
    sheet.conditional_format(f"B2:C{last}", {"type": "formula", "criteria": "=LEN(B2)>设置", "format": green})
    sheet.conditional_format(f"B2:B{last}", {"type": "cell", "criteria": ">", "value": 30, "format": red})
    sheet.data_validation(f"C2:C{last}", {"validate": "list", "source": ["说明0", "说明1"]})
    sheet.data_validation(f"B2:B{last}", {"validate": "custom", "value": "=B2>=0"})


MASTER = written(master)


def without(data: bytes, *names: str, rename: str = "") -> bytes:
    """The workbook after openpyxl took out sheets, or gave one another name."""
    book = openpyxl.load_workbook(BytesIO(data), keep_vba=False)
    for name in names:
        if rename:
            book[name].title = rename
        else:
            del book[name]
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def adopted(
    data: bytes, name: str, *, before: str | None = None, donor: bytes = MASTER
) -> tuple[bytes, Package]:
    package = Package.open(data)
    assert isinstance(package.adopt(Package.open(donor), name, before=before), Sheet)
    new = package.content()
    check_package(new)
    return new, package


def colour(value: Any) -> Any:
    return value and (value.rgb if value.type == "rgb" else (value.type, value.value))


def look(sheet: ReadSheet) -> dict[str, Any]:
    """All of a sheet that openpyxl sees."""
    cells = {}
    for row in sheet.iter_rows():
        for cell in row:
            if isinstance(cell, MergedCell) or (cell.value is None and not cell.has_style):
                continue
            value = cell.value
            font, fill = cell.font, cell.fill
            cells[cell.coordinate] = (
                # a rich text names its fonts
                str(value), cell.number_format, font.b, font.sz, font.name, colour(font.color),
                fill.fill_type and colour(fill.fgColor), cell.border.left.style, cell.alignment.horizontal,
                cell.comment and cell.comment.text, cell.hyperlink and (cell.hyperlink.location, cell.hyperlink.target),
            )  # fmt: skip
    formats = [
        (str(block.sqref), rule.formula, rule.priority, rule.dxf and colour(rule.dxf.fill.bgColor))
        for block in sheet.conditional_formatting
        for rule in block.rules
    ]
    return {
        "cells": cells,
        "state": sheet.sheet_state,
        "formats": formats,
        "validations": [(str(v.sqref), v.formula1) for v in sheet.data_validations.dataValidation],
        "tables": [
            (t.name, t.ref, [(c.name, c.calculatedColumnFormula and c.calculatedColumnFormula.attr_text) for c in t.tableColumns])
            for t in sheet.tables.values()
        ],
        "charts": [len(chart.series) for chart in sheet._charts],
        "printed": (sheet.print_title_rows, sheet.print_area),
        "columns": {at: (c.min, c.max, c.width) for at, c in sheet.column_dimensions.items()},
        "heights": {at: r.height for at, r in sheet.row_dimensions.items() if r.height},
    }  # fmt: skip


def opened(data: bytes) -> openpyxl.Workbook:
    return openpyxl.load_workbook(BytesIO(data), rich_text=True)


def agree(new: bytes, name: str, donor: bytes = MASTER) -> None:
    """The sheet is the donor's, for openpyxl and for calamine."""
    assert look(opened(new)[name]) == look(opened(donor)[name])
    values = [load_workbook(BytesIO(data)).get_sheet_by_name(name).to_python() for data in (new, donor)]
    assert values[0] == values[1]


def before_of(name: str) -> str | None:
    at = SHEETS.index(name) + 1
    return SHEETS[at] if at < len(SHEETS) else None


# --- the sheet and what hangs on it ------------------------------------------------------------------
@pytest.mark.parametrize("name", SHEETS)
def test_a_deleted_sheet_comes_back_as_in_the_donor(tmp_path: Path, name: str) -> None:
    data = without(MASTER, name)
    new, _ = adopted(data, name, before=before_of(name))
    agree(new, name)
    book = opened(new)
    assert book.sheetnames == list(SHEETS)
    for other in SHEETS:
        assert look(book[other])["printed"] == look(opened(MASTER)[other])["printed"]
    assert set(findings(new, tmp_path / "new.xlsx")) <= set(findings(data, tmp_path / "old.xlsx"))
    # a group of selected sheets would be edited together
    selected = [part for part in parts(new) if b'tabSelected="1"' in parts(new)[part]]
    assert len(selected) <= 1


@pytest.mark.office
@pytest.mark.skipif(SOFFICE is None, reason="LibreOffice is not installed")
def test_into_a_workbook_saved_by_libreoffice(tmp_path: Path) -> None:
    for i, name in enumerate(SHEETS):
        data = resaved(without(MASTER, name), tmp_path / str(i), "总台账")
        new, _ = adopted(data, name, before=before_of(name))
        agree(new, name)
        again = openpyxl.load_workbook(BytesIO(resaved(new, tmp_path / f"{i}b", "总台账")), data_only=True)
        assert again.sheetnames == list(SHEETS)
        assert again["首页"]["B2"].value == 100


def test_nothing_that_was_there_changes() -> None:
    data = without(MASTER, "数据")
    new, package = adopted(data, "数据", before="_内部")
    old, now = parts(data), parts(new)
    changed = {part for part in old if old[part] != now[part]}
    assert changed <= {
        "[Content_Types].xml", "xl/workbook.xml", "xl/_rels/workbook.xml.rels", "xl/styles.xml", "xl/sharedStrings.xml",
    }  # fmt: skip
    assert set(package.touched) == changed | (now.keys() - old.keys())
    before, after = (found(one, "xl/styles.xml", "cellXfs")[0] for one in (data, new))
    assert [dict(xf.attrib) for xf in before] == [dict(xf.attrib) for xf in after][: len(before)]


def test_repeating_it_does_not_make_the_styles_grow() -> None:
    once, _ = adopted(without(MASTER, "数据"), "数据", before="_内部")
    package = Package.open(without(once, "数据"))
    first = adopted(without(once, "数据"), "数据")[0]
    second = adopted(without(first, "数据"), "数据")[0]
    assert parts(first)["xl/styles.xml"] == parts(second)["xl/styles.xml"]
    assert "数据" not in [entry.name for entry in package.sheets]
    # into the very workbook that it was taken from
    package = Package.open(edited(MASTER, workbook_xml=lambda text: text.replace('"首页"', '"旧首页"', 1)))
    package.adopt(Package.open(MASTER), "首页")
    assert "xl/styles.xml" not in Package.open(package.content()).touched + package.touched
    table = found(package.content(), "xl/sharedStrings.xml", "sst")[0]
    assert table.get("uniqueCount") == found(MASTER, "xl/sharedStrings.xml", "sst")[0].get("uniqueCount")


def test_refusals() -> None:
    package = Package.open(MASTER)
    donor = Package.open(MASTER)
    with pytest.raises(ValueError, match="already"):
        package.adopt(donor, "首页")
    with pytest.raises(Refused) as refused:
        package.adopt(donor, "没有这张")
    assert refused.value.code == "no-sheet"
    with pytest.raises(ValueError, match="no sheet"):
        Package.open(without(MASTER, "首页")).adopt(donor, "首页", before="没有")
    assert parts(package.content()) == parts(MASTER)
    package = Package.open(without(MASTER, "数据"))
    package.set_name("TBLDATA", "'首页'!$A$1")
    with pytest.raises(Refused) as refused:
        package.adopt(donor, "数据")
    assert refused.value.code == "name-taken"


def test_tabs_and_local_names_keep_meaning_what_they_did() -> None:
    book = openpyxl.load_workbook(BytesIO(without(MASTER, "首页")))
    book.active = book.sheetnames.index("数据")
    out = BytesIO()
    book.save(out)
    new, package = adopted(out.getvalue(), "首页", before="图表")
    assert opened(new).active.title == "数据"  # type: ignore[union-attr]
    names = {(one.name, one.sheet): one.text for one in package.defined_names}
    assert names["_xlnm.Print_Titles", "数据"] == "'数据'!$1:$1"
    assert names["_xlnm._FilterDatabase", "数据"] == "'数据'!$G$1:$H$3"
    assert names["_xlnm.Print_Area", "首页"] == "首页!$A$1:$C$9"
    ids = [sheet.get("sheetId") for sheet in found(new, "xl/workbook.xml", "sheet")]
    assert len(set(ids)) == len(SHEETS)


def test_names_of_deleted_sheets_are_given_back() -> None:
    data = without(MASTER, "_内部", "首页")
    data = edited(
        data, workbook_xml=lambda text: re.sub(r"(<definedName name=\"(?:设置|键)\">)[^<]*", r"\1#REF!", text)
    )
    package = Package.open(data)
    assert {one.text for one in package.defined_names if one.sheet is None} == {"#REF!"}
    package.adopt(Package.open(MASTER), "首页", before="图表")
    package.adopt(Package.open(MASTER), "_内部")
    package.set_name("设置", "'首页'!$B$1")
    package.set_name("键", "'_内部'!$A$1:$A$1")
    new = package.content()
    check_package(new)
    assert {n: d.attr_text for n, d in opened(new).defined_names.items()} == {
        "设置": "'首页'!$B$1", "键": "'_内部'!$A$1:$A$1",
    }  # fmt: skip
    # a workbook without names, as openpyxl writes it
    bare = edited(
        by_hand({"数据": worksheet(simple_rows())}),
        workbook_xml=lambda t: t.replace("</sheets>", "</sheets><definedNames/>"),
    )
    package = Package.open(bare)
    package.set_name("新", "'数据'!$A$1")
    assert len(found(package.content(), "xl/workbook.xml", "definedNames")) == 1


def test_charts_look_the_same_whatever_version_the_workbook_declares() -> None:
    """Without a word on it, XlsxWriter's labels have no names; in a workbook of another program they would."""
    new, _ = adopted(without(MASTER, "图表"), "图表")
    chart = next(part for part in parts(new) if part.startswith("xl/charts/chart"))
    for flag, value in {
        "showVal": "1", "showSerName": "0", "showCatName": "0", "showLegendKey": "0", "roundedCorners": "0",
        "overlay": "0", "varyColors": "0", "dispBlanksAs": "gap",
    }.items():  # fmt: skip
        assert {element.get("val") for element in found(new, chart, flag)} == {value}, flag


@pytest.mark.parametrize("strings", [None, ["编码"]])
def test_into_workbooks_written_by_hand(strings: list[str] | None) -> None:
    """Without shared strings texts stand in the cells."""
    new, _ = adopted(
        by_hand({"旧": worksheet(ONE if strings else simple_rows())}, strings=strings, calc=True),
        "首页",
        before="旧",
    )
    agree(new, "首页")
    assert ("xl/sharedStrings.xml" in parts(new)) == (strings is not None)
    assert "xl/calcChain.xml" not in parts(new)


def test_into_prefixed_and_strict_workbooks() -> None:
    def prefixed(text: str) -> str:
        text = re.sub(r"<(/?)(?=[a-zA-Z])", r"<\1x:", text)
        return text.replace(f'xmlns="{MAIN}"', f'xmlns:x="{MAIN}"')

    sheets = {"旧": worksheet(ONE)}
    data = edited(
        by_hand(sheets, strings=["编码"]),
        xl_workbook_xml=prefixed, xl_styles_xml=prefixed, xl_sharedStrings_xml=prefixed,
    )  # fmt: skip
    for name in SHEETS:
        agree(adopted(data, name)[0], name)
    strict = by_hand({"旧": worksheet(ONE, main=STRICT)}, strings=["编码"], strict=True)
    for name in SHEETS:
        new = adopted(strict, name)[0]
        said = {
            part
            for part, text in parts(new).items()
            if b"schemas.openxmlformats.org/spreadsheetml/2006/main" in text
        }
        assert said == set(), said
        package = Package.open(new)
        assert package.sheet(name).tables == [] or package.sheet(name).tables[0].name == "tblData"


# --- names that only one can have --------------------------------------------------------------------
def test_the_old_table_makes_room_for_the_new_one() -> None:
    def renamed(text: str) -> str:
        return text.replace('name="数据"', 'name="旧的"').replace("数据!", "旧的!")

    data = edited(MASTER, xl_workbook_xml=renamed)
    data = edited(
        data,
        sheet3_xml=lambda text: text.replace("<formula>LEN(B2)", "<formula>ROWS(tblData)&gt;LEN(B2)").replace(
            "</sheetData>",
            '<row r="20"><c r="G20"><f>SUM(tblData[数量])&amp;"tblData"</f><v>1</v></c></row></sheetData>',
        ),
        sheet1_xml=lambda text: text.replace("</sheetData>", '<row r="20"><c r="G20"><f>ROWS(TblData)</f></c></row></sheetData>'),
    )  # fmt: skip
    new, package = adopted(data, "数据", before="_内部")
    book = opened(new)
    assert list(book["数据"].tables) == ["tblData"] and list(book["旧的"].tables) == ["tblData_1"]
    old = book["旧的"]
    assert old["G20"].value == '=SUM(tblData_1[数量])&"tblData"'
    assert "tblData_1[" in str(old["E2"].value)
    assert look(old)["tables"][0][2][4][1].startswith("tblData_1[")
    assert any("ROWS(tblData_1)" in rule[1][0] for rule in look(old)["formats"])
    # formulas elsewhere mean the new one
    assert book["首页"]["G20"].value == "=ROWS(TblData)"
    ids = [found(new, part, "table")[0].get("id") for part in parts(new) if "/tables/table" in part]
    assert len(set(ids)) == len(ids) == 2
    assert package.notes == []
    # and once more: the next free number
    data = edited(new, xl_workbook_xml=lambda text: text.replace('name="数据"', 'name="又一张"', 1))
    again, _ = adopted(data, "数据")
    assert list(opened(again)["又一张"].tables) == ["tblData_2"]


def test_the_code_name_goes_to_the_new_sheet() -> None:
    donor = written(lambda book: master(book, codes=True))
    data = edited(donor, xl_workbook_xml=lambda text: text.replace('name="数据"', 'name="旧的"'))
    package = Package.open(data)
    package.sheet("旧的").set_code_name("SHDATA")
    package.adopt(Package.open(donor), "数据")
    package = Package.open(package.content())
    assert {entry.name: package.sheet(entry.name).code_name for entry in package.sheets} == {
        "首页": "shHome", "图表": "shCharts", "旧的": "", "_内部": "shInner", "数据": "shData",
    }  # fmt: skip


# --- going on with the sheet ------------------------------------------------------------------------
def test_rows_are_put_into_an_adopted_sheet() -> None:
    package = Package.open(without(MASTER, "数据"))
    sheet = package.adopt(Package.open(MASTER), "数据", before="_内部")
    region = sheet.region(1, COLUMNS)
    assert [row[0] for row in sheet.values(region)] == [f"K{i}" for i in range(ROWS)]
    rows = [NewRow(f"N{i}", (f"N{i}", i, "新")) for i in range(8)]
    sheet.replace(region, [None] * ROWS, rows)
    sheet.set_height(12, 40.5)
    sheet.write({"A12": "表下"})
    new = package.content()
    check_package(new)
    book = opened(new)
    assert [cell.value for cell in book["数据"]["A"]] == [
        "编码",
        *(f"N{i}" for i in range(8)),
        None,
        None,
        None,
        None,
        None,
        "表下",
    ]
    assert book["数据"].row_dimensions[15].height == 40.5
    assert book["数据"].tables["tblData"].ref == "A1:E9"
    assert book["首页"]["B2"].value == "=SUM(数据!$B$2:$B$9)"


def test_heights() -> None:
    package = Package.open(MASTER)
    sheet = package.sheet("首页")
    with pytest.raises(ValueError, match="high"):
        sheet.set_height(1, 410)
    sheet.set_height(1, 30)
    sheet.set_height(77, 12.5)
    new = package.content()
    rows = opened(new)["首页"].row_dimensions
    assert (rows[1].height, rows[5].height, rows[77].height) == (30, 33, 12.5)
    assert package.touched == ["xl/worksheets/sheet1.xml"]


def test_thousands_of_single_cells() -> None:
    package = Package.open(MASTER)
    sheet = package.sheet("首页")
    sheet.write({f"{letter}{row}": f"{letter}{row % 7}" for row in range(1, 2001) for letter in "CAB"})
    new = package.content()
    check_package(new)
    read = opened(new)["首页"]
    assert all(read[f"{c}{row}"].value == f"{c}{row % 7}" for row in range(1, 2001) for c in "ABC")
    assert read["A1"].font.b and read.row_dimensions[5].height == 33


# --- widths ------------------------------------------------------------------------------------------
def test_widths_are_read_and_given_to_restored_columns() -> None:
    def fill(book: Workbook) -> None:
        sheet = book.add_worksheet("数据")
        sheet.write_row("A1", ["编码", "数量", "说明", "客"])
        sheet.write_row("A2", ["K2", 1, "甲", "x"])
        sheet.set_column("A:A", 12)
        sheet.set_column("C:I", 5, None, {"hidden": True})

    package = Package.open(written(fill))
    sheet = package.sheet("数据")
    widths = sheet.widths(sheet.region(1, ("说明", "数量", "编码")))
    assert widths == pytest.approx([5.71, 8.43, 12.71], abs=0.01)
    sheet.add_columns(1, ["亮灯", "预警", "备注"], COLUMNS, widths=[9.5, None, 30])
    assert sheet.widths(sheet.region(1, ("亮灯", "备注"))) == [9.5, 30]
    cols = found(package.content(), "xl/worksheets/sheet1.xml", "col")
    runs = [
        (int(col.get("min")), int(col.get("max")), float(col.get("width")), col.get("hidden")) for col in cols
    ]
    assert runs == [
        (1, 1, pytest.approx(12.71, abs=0.01), None), (3, 4, pytest.approx(5.71, abs=0.01), "1"), (5, 5, 9.5, None),
        (6, 6, pytest.approx(5.71, abs=0.01), "1"), (7, 7, 30, None), (8, 9, pytest.approx(5.71, abs=0.01), "1"),
    ]  # fmt: skip


def test_the_default_width_of_a_sheet() -> None:
    text = worksheet(simple_rows(), before='<sheetFormatPr defaultColWidth="11.5" defaultRowHeight="15"/>')
    sheet = Package.open(by_hand({"数据": text})).sheet("数据")
    assert sheet.widths(sheet.region(1, COLUMNS)) == [11.5] * 3


# --- rules -------------------------------------------------------------------------------------------
def ruled(change: Callable[[Any], None]) -> bytes:
    """The master after openpyxl changed the sheet 数据."""
    book = openpyxl.load_workbook(BytesIO(MASTER))
    change(book["数据"])
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def with_rules(data: bytes, rows: tuple[int, int]) -> tuple[dict[str, Any], Package]:
    package = Package.open(data)
    package.sheet("数据").adopt_rules(Package.open(MASTER).sheet("数据"), rows=rows)
    new = package.content()
    check_package(new)
    return look(opened(new)["数据"]), package


def test_all_rules_come_into_a_sheet_without_any() -> None:
    def clear(sheet: Any) -> None:
        sheet.conditional_formatting = type(sheet.conditional_formatting)()
        sheet.data_validations.dataValidation = []

    seen, _ = with_rules(ruled(clear), (2, 6))
    wanted = look(opened(MASTER)["数据"])
    assert (sorted(seen["formats"]), sorted(seen["validations"])) == (
        sorted(wanted["formats"]), sorted(wanted["validations"]),
    )  # fmt: skip
    # further rows, another first one
    seen, _ = with_rules(ruled(clear), (3, 99))
    assert {(ranges, rule[0]) for ranges, rule, *_ in seen["formats"]} == {
        ("B3:B99 D3:D99", '$C3="说明1"'), ("B3:C99", "LEN(B3)>设置"), ("B3:B99", "30"),
    }  # fmt: skip
    assert seen["validations"] == [("C3:C99", '"说明0,说明1"'), ("B3:B99", "B3>=0")]


def test_what_is_there_stays_and_what_is_broken_goes() -> None:
    def damage(sheet: Any) -> None:
        blocks = {str(block.sqref): block.rules for block in sheet.conditional_formatting}
        blocks["B2:B6 D2:D6"][0].formula = ['#REF!="说明1"']
        kept = blocks["B2:C6"][0]
        kept.dxf.fill.bgColor = "FF00FF00"
        del sheet.conditional_formatting["B2:C6"]
        sheet.conditional_formatting.add("B2:B6", kept)
        own = openpyxl.formatting.rule.FormulaRule(formula=["$H2>1"])
        own.priority = 9
        sheet.conditional_formatting.add("H2:H6", own)
        broken = openpyxl.formatting.rule.FormulaRule(formula=["#REF!>1"])
        broken.priority = 10
        sheet.conditional_formatting.add("I2:I6", broken)
        sheet.data_validations.dataValidation[0].sqref = openpyxl.worksheet.cell_range.MultiCellRange("C3:C4")
        sheet.data_validations.dataValidation[1].formula1 = "#REF!>=0"

    seen, package = with_rules(ruled(damage), (2, 6))
    in_order = sorted(seen["formats"], key=lambda one: one[2])
    assert [(ranges, rule[0]) for ranges, rule, *_ in in_order] == [
        # the donor's order: the first of its rules before those of ours that it also has
        ("B2:B6 D2:D6", '$C2="说明1"'),
        ("B2:B6", "LEN(B2)>设置"),
        ("C2:C6", "LEN(C2)>设置"),
        ("B2:B6", "30"),
        # the clerk's
        ("H2:H6", "$H2>1"),
        ("I2:I6", "#REF!>1"),
    ]
    assert [one[2] for one in in_order] == list(range(1, 7))
    # the clerk's colour stays
    assert in_order[1][3] == "FF00FF00"
    assert sorted(seen["validations"]) == [
        ("B2:B6", "B2>=0"), ("C2 C5:C6", '"说明0,说明1"'), ("C3:C4", '"说明0,说明1"'),
    ]  # fmt: skip
    # once more changes nothing
    again = package.content()
    assert (
        parts(again)["xl/worksheets/sheet3.xml"]
        == parts(with_rules(again, (2, 6))[1].content())["xl/worksheets/sheet3.xml"]
    )


@pytest.mark.office
@pytest.mark.skipif(SOFFICE is None, reason="LibreOffice is not installed")
def test_rules_are_known_again_as_libreoffice_writes_them(tmp_path: Path) -> None:
    def more(book: Workbook) -> None:
        master(book)
        sheet, look = book.get_worksheet_by_name("数据"), book.add_format({"bold": True})
        sheet.conditional_format(
            "D2:D6", {"type": "formula", "criteria": "=IF(D2>0,FALSE,TRUE)", "format": look}
        )
        sheet.conditional_format("D2:D6", {"type": "blanks", "format": look})

    donor = written(more)
    data = resaved(donor, tmp_path, "总台账")
    package = Package.open(data)
    sheet = package.sheet("数据")
    sheet.adopt_rules(Package.open(donor).sheet("数据"), rows=(2, 6))
    assert not sheet.touched


def test_adopted_rules_follow_the_rows() -> None:
    package = Package.open(MASTER)
    sheet = package.sheet("数据")
    region = sheet.region(1, COLUMNS)
    sheet.adopt_rules(Package.open(MASTER).sheet("数据"), rows=(region.first, region.last))
    assert not sheet.touched
    keys = [row[0] for row in sheet.values(region)]
    sheet.replace(region, keys, [NewRow(key, None) for key in keys] + [NewRow("N", ("N", 1, "新"))])
    assert {one[0] for one in look(opened(package.content())["数据"])["formats"]} == {
        "B2:B7 D2:D7",
        "B2:C7",
        "B2:B7",
    }


def test_rules_of_a_column_hold_in_further_ones() -> None:
    package = Package.open(MASTER)
    package.sheet("数据").extend_rules(3, [4, 6])
    new = package.content()
    check_package(new)
    seen = look(opened(new)["数据"])
    assert {(ranges, rule[0]) for ranges, rule, *_ in seen["formats"]} == {
        ("B2:B6 D2:D6", '$C2="说明1"'), ("B2:D6 F2:F6", "LEN(B2)>设置"), ("B2:B6", "30"),
    }  # fmt: skip
    assert sorted(seen["validations"]) == [("B2:B6", "B2>=0"), ("C2:D6 F2:F6", '"说明0,说明1"')]
    # to the left: formulas are written for the first cell; where another validation stands it stays
    package = Package.open(MASTER)
    package.sheet("数据").extend_rules(2, [1, 3])
    seen = look(opened(package.content())["数据"])
    assert ("A2:C6", "LEN(A2)>设置") in {(ranges, rule[0]) for ranges, rule, *_ in seen["formats"]}
    assert sorted(seen["validations"]) == [("A2:B6", "A2>=0"), ("C2:C6", '"说明0,说明1"')]
