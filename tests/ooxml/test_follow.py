"""What goes with a row, and what follows it from elsewhere, as Excel writes it."""

from __future__ import annotations

import re
from io import BytesIO
from typing import Any

import openpyxl
import pytest
from xlsxwriter import Workbook

from eduxl.ooxml import NewRow, Package
from tests.ooxml.books import (
    COLUMNS,
    by_hand,
    check_package,
    edited,
    found,
    inline,
    parts,
    patched,
    simple_rows,
    worksheet,
    written,
)

SHEET = "xl/worksheets/sheet1.xml"
X14 = 'xmlns:x14="http://schemas.microsoft.com/office/spreadsheetml/2009/9/main"'
XM = 'xmlns:xm="http://schemas.microsoft.com/office/excel/2006/main"'
#: K2 … K5 stand in rows 2–5; K4 comes first, K3 goes, two new ones come, K5 is last.
ORDER = ("K4", "N1", "K2", "N2", "K5")


def refs(data: bytes, local: str, key: str = "ref", part: str = SHEET) -> list[Any]:
    return [el.get(key) for el in found(data, part, local)]


def texts(data: bytes, local: str, part: str = SHEET) -> list[Any]:
    return [el.text for el in found(data, part, local)]


def formulas(data: bytes, sheet: str = "数据") -> dict[str, Any]:
    book = openpyxl.load_workbook(BytesIO(data))
    cells = (cell for row in book[sheet].iter_rows() for cell in row)
    return {cell.coordinate: cell.value for cell in cells if str(cell.value).startswith("=")}


def test_heights_groups_and_clerk_cells() -> None:
    rows = simple_rows(4, lambda row: f'<c r="E{row}" s="2"><v>{row}</v></c>').replace(
        '<row r="4">', '<row r="4" spans="1:5" ht="44.5" customHeight="1" hidden="1" outlineLevel="1">'
    )
    rows += f'<row r="6" ht="9">{inline("A6", "合计")}</row>'
    data = edited(by_hand({"数据": worksheet(rows)}), sheet1_xml=lambda t: t.replace("合计", ""))
    data = by_hand({"数据": worksheet(rows.replace(inline("A6", "合计"), '<c r="F6"><v>1</v></c>'))})
    new, _ = patched(data, ORDER)
    check_package(new)
    sheet = openpyxl.load_workbook(BytesIO(new))["数据"]
    assert [sheet.cell(row, 5).value for row in range(2, 7)] == [4, None, 2, None, 5]
    assert [sheet.cell(row, 5).number_format for row in range(2, 7)] == ["0%"] * 5
    top = sheet.row_dimensions[2]
    assert (top.height, top.hidden, top.outlineLevel) == (44.5, True, 1)
    assert sheet.row_dimensions[4].height is None
    # what lies below is pushed down
    assert sheet["F7"].value == 1 and sheet.row_dimensions[7].height == 9


def test_height_is_given_where_it_is_asked_for() -> None:
    package = Package.open(
        by_hand({"数据": worksheet(simple_rows(2).replace('<row r="2">', '<row r="2" ht="20">'))})
    )
    sheet = package.sheet("数据")
    region = sheet.region(1, COLUMNS)
    assert sheet.heights(region) == [20, None]
    sheet.replace(region, ["a", "b"], [NewRow("b", None), NewRow("a", None, height=33)])
    new = openpyxl.load_workbook(BytesIO(package.content()))["数据"]
    assert (new.row_dimensions[2].height, new.row_dimensions[3].height) == (None, 33)


ATTACHED = (
    '<protectedRanges><protectedRange sqref="C2:C5" name="说明"/><protectedRange sqref="B3" name="单格"/></protectedRanges>'
    '<mergeCells count="4"><mergeCell ref="E4:F4"/><mergeCell ref="E3:F3"/><mergeCell ref="G2:G3"/>'
    '<mergeCell ref="H7:I8"/></mergeCells>'
    '<conditionalFormatting sqref="B2:B5"><cfRule type="expression" priority="1">'
    "<formula>$B2&gt;SUM($B$2:$B$5)</formula></cfRule>"
    "</conditionalFormatting>"
    '<conditionalFormatting sqref="A4:C4"><cfRule type="expression" priority="2">'
    "<formula>AND($B4&gt;0,$B$2&gt;0)</formula></cfRule>"
    "</conditionalFormatting>"
    '<conditionalFormatting sqref="A3"><cfRule type="expression" priority="3"><formula>TRUE</formula></cfRule>'
    "</conditionalFormatting>"
    '<conditionalFormatting sqref="B2:B5"><cfRule type="colorScale" priority="4"><colorScale><cfvo type="num" val="$B$4"/>'
    '<cfvo type="max"/><color rgb="FFFF0000"/><color rgb="FF00FF00"/></colorScale></cfRule></conditionalFormatting>'
    '<dataValidations count="3"><dataValidation type="list" sqref="C2:C1048576"><formula1>"甲,乙"</formula1>'
    "</dataValidation>"
    '<dataValidation type="custom" sqref="B2 B4:B5"><formula1>B2&gt;$B$5</formula1></dataValidation>'
    '<dataValidation type="whole" sqref="B3"><formula1>1</formula1></dataValidation></dataValidations>'
    '<hyperlinks><hyperlink ref="C2" location="数据!A4"/><hyperlink ref="E3" location="数据!A2"/>'
    '<hyperlink ref="E5" location="\'数据\'!A3"/></hyperlinks>'
    '<rowBreaks count="2" manualBreakCount="2"><brk id="4" max="16383" man="1"/><brk id="3" max="16383" man="1"/>'
    "</rowBreaks>"
    '<ignoredErrors><ignoredError sqref="A1:XFD1048576" numberStoredAsText="1"/>'
    '<ignoredError sqref="B3:B4" formula="1"/></ignoredErrors>'
    f"<extLst>"
    f'<ext {X14} uri="{{78C0D931-6437-407d-A8EE-F0AAD7539E65}}"><x14:conditionalFormattings><x14:conditionalFormatting {XM}>'
    '<x14:cfRule type="dataBar" id="{0}"><x14:dataBar><x14:cfvo type="num"><xm:f>$B$4</xm:f></x14:cfvo>'
    '<x14:cfvo type="autoMax"/>'
    "</x14:dataBar></x14:cfRule><xm:sqref>B2:B5</xm:sqref></x14:conditionalFormatting></x14:conditionalFormattings></ext>"
    f'<ext {X14} uri="{{CCE6A557-97BC-4b89-ADB6-D9C93CAAB3DF}}"><x14:dataValidations {XM} count="2">'
    '<x14:dataValidation type="list"><x14:formula1><xm:f>其他!$A$1:$A$9</xm:f></x14:formula1><xm:sqref>C4</xm:sqref>'
    "</x14:dataValidation>"
    '<x14:dataValidation type="list"><x14:formula1><xm:f>数据!$A$2:$A$5</xm:f></x14:formula1><xm:sqref>C3</xm:sqref>'
    "</x14:dataValidation>"
    "</x14:dataValidations></ext>"
    f'<ext {X14} uri="{{05C60535-1F16-4fd2-B633-F4F36F0B64E0}}"><x14:sparklineGroups {XM}><x14:sparklineGroup>'
    f"<x14:sparklines>"
    "<x14:sparkline><xm:f>数据!A4:C4</xm:f><xm:sqref>J4</xm:sqref></x14:sparkline>"
    "<x14:sparkline><xm:f>数据!A3:C3</xm:f><xm:sqref>J3</xm:sqref></x14:sparkline></x14:sparklines></x14:sparklineGroup>"
    "</x14:sparklineGroups></ext></extLst>"
)


def test_everything_attached_to_rows() -> None:
    data = by_hand({"数据": worksheet(simple_rows(4), after=ATTACHED), "其他": worksheet("")})
    new, package = patched(data, ORDER)
    check_package(new)
    # K4 4→2, K2 2→4, K5 5→6, K3 gone; five rows instead of four
    assert refs(new, "protectedRange", "sqref") == ["C2:C6"]
    assert refs(new, "mergeCell") == ["E2:F2", "H8:I9"]
    assert package.notes == []
    assert refs(new, "conditionalFormatting", "sqref")[:3] == ["B2:B6", "A2:C2", "B2:B6"]
    assert texts(new, "formula") == ["$B2>SUM($B$2:$B$6)", "AND($B2>0,$B$4>0)"]
    assert refs(new, "cfvo", "val")[:1] == ["$B$2"]
    assert refs(new, "dataValidation", "sqref")[:2] == ["C2:C1048576", "B4 B2 B6"]
    assert refs(new, "dataValidations", "count") == ["2", "1"]
    assert texts(new, "formula1")[:2] == ['"甲,乙"', "B2>$B$6"]
    assert [
        (a, b) for a, b in zip(refs(new, "hyperlink"), refs(new, "hyperlink", "location"), strict=True)
    ] == [
        ("C4", "数据!A2"),
        ("E6", "'数据'!#REF!"),
    ]
    # a break lies below the row of its id (ECMA-376 part 1, 18.3.1.3): those here are above K5 and K4
    assert refs(new, "brk", "id") == ["5", "1"] and refs(new, "rowBreaks", "manualBreakCount") == ["2"]
    assert refs(new, "ignoredError", "sqref") == ["A1:XFD1048576", "B2"]
    assert texts(new, "sqref") == ["B2:B6", "C2", "J2"]
    assert texts(new, "f") == ["$B$2", "其他!$A$1:$A$9", "数据!A2:C2"]


@pytest.mark.parametrize(
    ("old", "order", "new"),
    [
        ([2], ORDER, [1]),  # above K3, which is gone: above K4, the next that is left
        ([2, 3], ORDER, [1]),  # two that come together are one
        ([4], ("K2", "K3"), [3]),  # above the last, which is gone: below the table
        ([5, 8], ORDER, [6, 9]),  # below the table
        ([1], ("K3", "K2", "K4", "K5"), [2]),  # above the first row, which is second now
        ([1_048_575], ORDER, []),
    ],
)
def test_a_break_goes_with_the_row_below_it(old: list[int], order: tuple[str, ...], new: list[int]) -> None:
    breaks = "".join(f'<brk id="{row}" max="16383" man="1"/>' for row in old)
    after = f'<rowBreaks count="{len(old)}" manualBreakCount="{len(old)}">{breaks}</rowBreaks>'
    after += '<colBreaks count="1" manualBreakCount="1"><brk id="2" max="1048575" man="1"/></colBreaks>'
    data, _ = patched(by_hand({"数据": worksheet(simple_rows(4), after=after)}), order)
    assert refs(data, "brk", "id") == [*map(str, new), "2"]
    assert refs(data, "rowBreaks", "count") == ([str(len(new))] if new else [])


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("E2:E3 E4:F4 E5", "E2:E6 F2"),  # E is whole, of F only K4
        ("E5 E2:E4", "E2:E6"),
        ("E2:E3 E4:F5 F2:F3", "E2:F6"),
        ("E1:E3 E4:E9", "E1:E10"),
        ("E2:E3 E5", "E4 E6"),  # without K4
        ("F2:F5 E2:E5", "F2:F6 E2:E6"),  # each whole by itself: left as written
    ],
)
def test_ranges_that_hold_a_column_together_take_in_new_rows(old: str, new: str) -> None:
    after = (
        f'<conditionalFormatting sqref="{old}"><cfRule type="expression" priority="1"><formula>E2&gt;0</formula></cfRule>'
        f'</conditionalFormatting><dataValidations count="1"><dataValidation type="list" sqref="{old}">'
        '<formula1>"甲,乙"</formula1></dataValidation></dataValidations>'
    )
    data, _ = patched(by_hand({"数据": worksheet(simple_rows(4), after=after)}), ORDER)
    assert refs(data, "conditionalFormatting", "sqref") == [new]
    assert refs(data, "dataValidation", "sqref") == [new]


def test_merged_rows_stay_merged_only_while_adjacent() -> None:
    merges = '<mergeCells count="3"><mergeCell ref="E2:E3"/><mergeCell ref="F4:F5"/><mergeCell ref="G2:G5"/></mergeCells>'
    data = by_hand({"数据": worksheet(simple_rows(4), after=merges)})
    new, package = patched(data, ("K4", "K5", "K2", "N1", "K3"))
    assert refs(new, "mergeCell") == ["F2:F3", "G2:G6"]
    assert package.notes == [
        "工作表“数据”的合并单元格 E2:E3 已取消合并：其中的行不再相邻。内容仍在原来各行。"
    ]


def test_formulas_follow_and_filled_columns_are_filled() -> None:
    def clerk(row: int) -> str:
        one = '<c r="F3"><f>B4+$B$2</f><v>1</v></c>' if row == 3 else ""
        return f'<c r="E{row}" s="2"><f>B{row}/SUM(B$2:B$5)+数据!$B$1</f><v>0.1</v></c>{one}'

    rows = simple_rows(4, clerk) + '<row r="7"><c r="H7"><f>SUM(B2:B5)+B3</f><v>140</v></c></row>'
    other = worksheet(
        '<row r="1"><c r="A1"><f>数据!B4</f></c><c r="B1"><f>SUM(数据!$B$2:$B$5)</f></c><c r="C1">'
        '<f>VLOOKUP("K2",数据!A:C,2,0)</f></c>'
        '<c r="D1"><f>SUM(B2:B5)</f></c><c r="E1" t="str"><f>"数据!B4"&amp;数据!B3</f><v>x</v></c></row>'
    )
    silent = worksheet('<row r="1"><c r="A1"><f>B4</f></c></row>')
    names = {
        "范围": "数据!$A$2:$C$5", "单格": "数据!$B$4", "表头": "数据!$1:$1", "相对": "数据!B4", "没了": "数据!$B$3",
        "两处": "数据!$A$4,数据!$A$1:$A$5",
    }  # fmt: skip
    data = by_hand({"数据": worksheet(rows), "其他": other, "不相干": silent}, names=names)
    new, package = patched(data, ("K4", "N1", "K2", "K5", "N2"))
    check_package(new)
    assert formulas(new) == {
        **{f"E{row}": f"=B{row}/SUM(B$2:B$6)+数据!$B$1" for row in range(2, 7)},
        "H8": "=SUM(B2:B6)+#REF!",
    }
    assert formulas(new, "其他") == {
        "A1": "=数据!B2", "B1": "=SUM(数据!$B$2:$B$6)", "C1": '=VLOOKUP("K2",数据!A:C,2,0)', "D1": "=SUM(B2:B5)",
        "E1": '="数据!B4"&数据!#REF!',
    }  # fmt: skip
    assert {name.name: name.text for name in Package.open(new).defined_names} == {
        "范围": "数据!$A$2:$C$6", "单格": "数据!$B$2", "表头": "数据!$1:$1", "相对": "数据!B4", "没了": "数据!#REF!",
        "两处": "数据!$A$2,数据!$A$1:$A$6",
    }  # fmt: skip
    assert "xl/worksheets/sheet3.xml" not in package.touched
    again, _ = patched(data, ("K2", "K3", "K4", "K5", "N9"))
    assert formulas(again)["F3"] == "=B4+$B$2"


def test_shared_formulas_come_apart() -> None:
    shared = {
        2: '<c r="E2"><f t="shared" ref="E2:E5" si="0">B2*2</f><v>40</v></c>',
        **{row: f'<c r="E{row}"><f t="shared" si="0"/><v>{row * 20}</v></c>' for row in (3, 4, 5)},
    }
    other = worksheet(
        '<row r="1"><c r="A1"><f t="shared" ref="A1:B2" si="0">数据!B2</f></c><c r="B1"><f t="shared" si="0"/></c></row>'
        '<row r="2"><c r="A2"><f t="shared" si="0"/></c><c r="B2"><f t="shared" si="0"/></c></row>'
    )
    data = by_hand({"数据": worksheet(simple_rows(4, lambda row: shared[row])), "其他": other})
    new, _ = patched(data, ORDER)
    check_package(new)
    assert formulas(new) == {f"E{row}": f"=B{row}*2" for row in range(2, 7)}
    assert formulas(new, "其他") == {
        "A1": "=数据!B4",
        "B1": "=数据!C4",
        "A2": "=数据!#REF!",
        "B2": "=数据!#REF!",
    }
    assert 't="shared"' not in parts(new)["xl/worksheets/sheet2.xml"].decode()
    values = openpyxl.load_workbook(BytesIO(new), data_only=True)["数据"]
    assert [values.cell(row, 5).value for row in range(2, 7)] == [80, None, 40, None, 100]


def test_array_formulas() -> None:
    def arrays(row: int) -> str:
        whole = (
            f'<c r="E{row}">'
            + ('<f t="array" ref="E2:E5">B2:B5*2</f>' if row == 2 else "")
            + f"<v>{row * 20}</v></c>"
        )
        pair = (
            f'<c r="F{row}">'
            + ('<f t="array" ref="F2:F3">B2:B3</f>' if row == 2 else "")
            + f"<v>{row}</v></c>"
        )
        single = f'<c r="G{row}"><f t="array" ref="G{row}">SUM(B{row}*1)</f><v>1</v></c>'
        return whole + pair + single

    data = by_hand({"数据": worksheet(simple_rows(4, arrays))})
    new, package = patched(data, ("K5", "K2", "K4", "N1", "K3"))
    check_package(new)
    kept = {(el.getparent().get("r"), el.get("ref"), el.text) for el in found(new, SHEET, "f")}
    assert ("E2", "E2:E6", "B2:B6*2") in kept and len([k for k in kept if k[0].startswith("E")]) == 1
    assert not [k for k in kept if k[0].startswith("F")]
    assert {k for k in kept if k[0].startswith("G")} == {
        (f"G{r}", f"G{r}", f"SUM(B{r}*1)") for r in range(2, 7)
    }
    assert package.notes == [
        "工作表“数据”F2:F3 的数组公式已改为数值：其中的行不再相邻。需要时请重新输入公式。"
    ]


def test_table_grows_with_filter_totals_and_other_tables() -> None:
    def fill(book: Workbook) -> None:
        sheet = book.add_worksheet("数据")
        rows = [[f"K{i}", i, f"说明{i}", None] for i in range(2, 6)]
        columns = [{"header": name} for name in COLUMNS] + [
            {"header": "倍数", "formula": "=甲[[#This Row],[数量]]*2"}
        ]
        columns[1]["total_function"] = "sum"
        sheet.add_table(0, 0, 5, 3, {"data": rows, "columns": columns, "total_row": True, "name": "甲"})
        sheet.add_table(1, 6, 3, 7, {"data": [["左", 1], ["右", 2]], "name": "旁"})
        sheet.add_table(8, 0, 9, 1, {"data": [["下", 1]], "name": "下"})
        sheet.write("K3", "随行")
        chart = book.add_chart({"type": "column"})
        chart.add_series({"categories": "=数据!$A$2:$A$5", "values": "=数据!$B$2:$B$5"})
        chart.add_series({"values": "=数据!$B$4:$B$4", "name": "=数据!$A$4"})
        sheet.insert_chart("N2", chart)
        sheet.print_area(0, 0, 4, 3)
        sheet.repeat_rows(0)

    data = written(fill)
    new, _ = patched(data, ORDER)
    check_package(new)
    tables = {
        el.get("name"): el.get("ref")
        for n in (1, 2, 3)
        for el in found(new, f"xl/tables/table{n}.xml", "table")
    }
    assert tables == {"甲": "A1:D7", "旁": "G2:H4", "下": "A10:B11"}
    assert refs(new, "autoFilter", part="xl/tables/table1.xml") == ["A1:D6"]
    sheet = openpyxl.load_workbook(BytesIO(new))["数据"]
    assert [sheet.cell(row, 4).value for row in range(2, 7)] == ["=甲[[#This Row],[数量]]*2"] * 5
    assert sheet["B7"].value == "=SUBTOTAL(109,[数量])"
    # the table beside stays, the clerk's cell beyond it goes with its row (which is gone)
    assert [[sheet.cell(row, c).value for c in (7, 8)] for row in (2, 3, 4)] == [
        ["Column1", "Column2"],
        ["左", 1],
        ["右", 2],
    ]
    assert sheet["K3"].value is None and sheet["A11"].value == "下"
    assert texts(new, "f", "xl/charts/chart1.xml") == [
        "数据!$A$2:$A$6", "数据!$B$2:$B$6", "数据!$A$2", "数据!$B$2:$B$2",
    ]  # fmt: skip
    assert not found(new, "xl/charts/chart1.xml", "numCache")
    names = {name.name: name.text for name in Package.open(new).defined_names}
    assert names == {"_xlnm.Print_Area": "数据!$A$1:$D$6", "_xlnm.Print_Titles": "数据!$1:$1"}


def test_two_tables_side_by_side_are_both_replaced() -> None:
    def fill(book: Workbook) -> None:
        sheet = book.add_worksheet("数据")
        sheet.add_table(
            0,
            0,
            2,
            2,
            {"data": [["K2", 2, "a"], ["K3", 3, "b"]], "columns": [{"header": c} for c in COLUMNS]},
        )
        sheet.add_table(
            0,
            4,
            3,
            5,
            {"data": [["x", 1], ["y", 2], ["z", 3]], "columns": [{"header": "规则"}, {"header": "值"}]},
        )
        sheet.set_row(2, 39)
        sheet.write_formula("H3", "=B3+F4+SUM(F2:F4)")
        sheet.write_comment("F3", "规则注")

    package = Package.open(written(fill))
    sheet = package.sheet("数据")
    left, right = sheet.region(1, COLUMNS), sheet.region(1, ["规则", "值"])
    sheet.replace(
        left, ["K2", "K3"], [NewRow("K3", ("K3", 3, "b")), NewRow("N", ("N", 0, None)), NewRow("K2", None)]
    )
    sheet.replace(right, ["x", "y", "z"], [NewRow("z", None), NewRow("y", ("y", 22))])
    new = package.content()
    check_package(new)
    cells = openpyxl.load_workbook(BytesIO(new))["数据"]
    assert [[cells.cell(row, c).value for c in (1, 2, 5, 6)] for row in range(2, 5)] == [
        ["K3", 3, "z", 3], ["N", 0, "y", 22], ["K2", 2, None, None],
    ]  # fmt: skip
    assert cells.row_dimensions[2].height == 39
    assert cells["H2"].value == "=B2+F2+SUM(F2:F3)"
    assert cells["F3"].comment.text == "规则注"
    assert [table.ref for table in cells.tables.values()] == ["A1:C4", "E1:F3"]


def test_notes_go_with_their_rows() -> None:
    def fill(book: Workbook) -> None:
        sheet = book.add_worksheet("数据")
        for row, values in enumerate([COLUMNS, *[(f"K{i}", i, "") for i in range(2, 6)]]):
            sheet.write_row(row, 0, values)
        for row in (2, 3, 4):
            sheet.write_comment(row - 1, 2, f"注{row}", {"y_scale": row})
        sheet.write_comment("A1", "表头注")
        sheet.write_comment("H9", "下面的注")

    new, _ = patched(written(fill), ORDER)
    check_package(new)
    sheet = openpyxl.load_workbook(BytesIO(new))["数据"]
    notes = {cell.coordinate: cell.comment.text for row in sheet.iter_rows() for cell in row if cell.comment}
    assert notes == {"A1": "表头注", "C2": "注4", "C4": "注2", "H10": "下面的注"}
    vml = parts(new)["xl/drawings/vmlDrawing1.vml"].decode()
    shapes = re.findall(
        r"<x:Anchor>\s*(.*?)</x:Anchor>.*?<x:Row>(\d+)</x:Row>\s*<x:Column>(\d+)<", vml, re.DOTALL
    )
    assert sorted((int(row), int(column)) for _, row, column in shapes) == [(0, 0), (1, 2), (3, 2), (9, 7)]
    for anchor, row, _ in shapes:
        top = int(anchor.split(",")[2])
        assert 0 <= int(row) - top <= 1


def test_threaded_comments_go_with_their_rows() -> None:
    thread = (
        '<ThreadedComments xmlns="http://schemas.microsoft.com/office/spreadsheetml/2018/threadedcomments">'
        '<threadedComment ref="C4" personId="{1}" id="{2}"><text>再看看</text></threadedComment>'
        '<threadedComment ref="C3" personId="{1}" id="{3}"><text>没了</text></threadedComment></ThreadedComments>'
    )
    rels = (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" '
        'Type="http://schemas.microsoft.com/office/2017/10/relationships/threadedComment" '
        'Target="../threadedComments/threadedComment1.xml"/></Relationships>'
    )
    more = {"xl/threadedComments/threadedComment1.xml": thread, "xl/worksheets/_rels/sheet1.xml.rels": rels}
    new, _ = patched(by_hand({"数据": worksheet(simple_rows(4))}, more=more), ORDER)
    part = "xl/threadedComments/threadedComment1.xml"
    assert refs(new, "threadedComment", part=part) == ["C2"] and texts(new, "text", part) == ["再看看"]


def test_small_pictures_go_with_rows_and_large_ones_stay() -> None:
    def anchor(first: int, last: int, name: str) -> str:
        return (
            f"<xdr:twoCellAnchor><xdr:from><xdr:col>5</xdr:col><xdr:colOff>0</xdr:colOff>"
            f"<xdr:row>{first}</xdr:row><xdr:rowOff>9</xdr:rowOff>"
            f"</xdr:from><xdr:to><xdr:col>6</xdr:col><xdr:colOff>0</xdr:colOff><xdr:row>{last}</xdr:row>"
            f"<xdr:rowOff>9</xdr:rowOff></xdr:to>"
            f'<xdr:sp macro="" textlink="数据!$B$4"><xdr:nvSpPr><xdr:cNvPr id="2" name="{name}"/></xdr:nvSpPr>'
            f"</xdr:sp></xdr:twoCellAnchor>"
        )

    drawing = (
        '<xdr:wsDr xmlns:xdr="http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing">'
        f"{anchor(3, 3, '小')}{anchor(1, 4, '大')}{anchor(8, 12, '下')}</xdr:wsDr>"
    )
    rels = (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" '
        'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/drawing" '
        'Target="../drawings/drawing1.xml"/></Relationships>'
    )
    more = {"xl/drawings/drawing1.xml": drawing, "xl/worksheets/_rels/sheet1.xml.rels": rels}
    data = by_hand({"数据": worksheet(simple_rows(4), after='<drawing r:id="rId1"/>')}, more=more)
    new, _ = patched(data, ORDER)
    assert texts(new, "row", "xl/drawings/drawing1.xml") == ["1", "1", "1", "4", "9", "13"]
    assert refs(new, "sp", "textlink", "xl/drawings/drawing1.xml") == ["数据!$B$2"] * 3


def test_controls_go_with_their_rows() -> None:
    def control(first: int, last: int) -> str:
        return (
            '<control shapeId="1" r:id="rId1"><controlPr><anchor><from><xdr:col>5</xdr:col><xdr:colOff>0</xdr:colOff>'
            f"<xdr:row>{first}</xdr:row><xdr:rowOff>9</xdr:rowOff></from><to><xdr:col>6</xdr:col><xdr:colOff>0</xdr:colOff>"
            f"<xdr:row>{last}</xdr:row><xdr:rowOff>9</xdr:rowOff></to></anchor></controlPr></control>"
        )

    drawing = 'xmlns:xdr="http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing"'
    after = f"<controls {drawing}>{control(3, 3)}{control(1, 4)}{control(6, 7)}</controls>"
    new, _ = patched(by_hand({"数据": worksheet(simple_rows(4), after=after)}), ORDER)
    rows = [
        el.text for el in found(new, SHEET, "row") if el.text and el.tag.endswith("spreadsheetDrawing}row")
    ]
    assert rows == ["1", "1", "1", "4", "7", "8"]


@pytest.mark.parametrize(
    ("criteria", "hidden"),
    [
        ('<filters><filter val="新增"/></filters>', [True, False, True, False]),
        ('<filters blank="1"><filter val="说明2"/></filters>', [True, True, False, True]),
        ('<customFilters><customFilter val="*2"/></customFilters>', [True, True, False, True]),
        (
            '<customFilters and="1"><customFilter operator="notEqual" val="新增"/></customFilters>',
            [False, True, False, True],
        ),
        ('<top10 val="1"/>', [False, False, False, False]),
    ],
)
def test_a_filter_keeps_its_criteria_and_hides_by_them(criteria: str, hidden: list[bool]) -> None:
    after = f'<autoFilter ref="A1:C5"><filterColumn colId="2">{criteria}</filterColumn></autoFilter>'
    data = by_hand({"数据": worksheet(simple_rows(4), after=after)})
    new, _ = patched(data, ("K4", "N1", "K2", "N2"))
    sheet = openpyxl.load_workbook(BytesIO(new))["数据"]
    assert [sheet.row_dimensions[row].hidden for row in range(2, 6)] == hidden
    assert refs(new, "autoFilter") == ["A1:C5"] and found(new, SHEET, "filterColumn")


def test_pivot_caches_are_refreshed() -> None:
    cache = (
        '<pivotCacheDefinition xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" recordCount="4">'
        '<cacheSource type="worksheet"><worksheetSource {}/></cacheSource><cacheFields count="0"/></pivotCacheDefinition>'
    )
    more = {
        "xl/pivotCache/pivotCacheDefinition1.xml": cache.format('ref="A1:C5" sheet="数据"'),
        "xl/pivotCache/pivotCacheDefinition2.xml": cache.format('name="范围"'),
        "xl/pivotCache/pivotCacheDefinition3.xml": cache.format('ref="A1:C5" sheet="其他"'),
    }
    data = by_hand(
        {"数据": worksheet(simple_rows(4)), "其他": worksheet("")},
        names={"范围": "数据!$A$1:$C$5"},
        more=more,
    )
    new, package = patched(data, ORDER)
    source = [refs(new, "worksheetSource", part=f"xl/pivotCache/pivotCacheDefinition{n}.xml") for n in (1, 3)]
    assert source == [["A1:C6"], ["A1:C5"]]
    fresh = [
        refs(new, "pivotCacheDefinition", "refreshOnLoad", f"xl/pivotCache/pivotCacheDefinition{n}.xml")
        for n in (1, 2, 3)
    ]
    assert fresh == [["1"], ["1"], [None]]
    assert "xl/pivotCache/pivotCacheDefinition3.xml" not in package.touched


def test_pivot_tables_beside_and_below() -> None:
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    pivot = f'<pivotTableDefinition xmlns="{main}"><location ref="{{}}"/></pivotTableDefinition>'
    kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/pivotTable"
    rels = "".join(
        f'<Relationship Id="rId{n}" Type="{kind}" Target="../pivotTables/pivotTable{n}.xml"/>' for n in (1, 2)
    )
    more = {
        "xl/pivotTables/pivotTable1.xml": pivot.format("F2:G4"),
        "xl/pivotTables/pivotTable2.xml": pivot.format("A9:B12"),
        "xl/worksheets/_rels/sheet1.xml.rels": (
            f'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{rels}</Relationships>'
        ),
    }
    rows = simple_rows(4, lambda row: f'<c r="F{row}"><v>{row}</v></c><c r="J{row}"><v>{row}</v></c>')
    new, _ = patched(by_hand({"数据": worksheet(rows)}, more=more), ORDER)
    # the pivot's cells stay where they are, the clerk's beyond it go with their rows
    sheet = Package.open(new).sheet("数据")
    assert [[sheet.cell(f"{c}{row}") for c in "FJ"] for row in range(2, 7)] == [
        [2, 4], [3, None], [4, 2], [5, None], [None, 5],
    ]  # fmt: skip
    assert [refs(new, "location", part=f"xl/pivotTables/pivotTable{n}.xml") for n in (1, 2)] == [
        ["F2:G4"],
        ["A10:B13"],
    ]


def test_links_written_as_addresses() -> None:
    rels = (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" '
        'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/hyperlink" '
        'Target="#数据!A4" TargetMode="External"/>'
        "</Relationships>"
    )
    after = '<hyperlinks><hyperlink ref="C3" r:id="rId1"/><hyperlink ref="C4" r:id="rId1"/></hyperlinks>'
    more = {"xl/worksheets/_rels/sheet1.xml.rels": rels}
    new, _ = patched(by_hand({"数据": worksheet(simple_rows(4), after=after)}, more=more), ORDER)
    assert refs(new, "Relationship", "Target", "xl/worksheets/_rels/sheet1.xml.rels") == ["#数据!A2"]
    assert refs(new, "hyperlink") == ["C2"]


def test_a_sheet_name_that_needs_escaping() -> None:
    other = worksheet("<row r=\"1\"><c r=\"A1\"><f>'甲&amp;乙''丙'!B4</f></c></row>")
    data = by_hand({"甲&amp;乙'丙": worksheet(simple_rows(4)), "其他": other})
    new, _ = patched(data, ORDER, sheet="甲&乙'丙")
    assert formulas(new, "其他") == {"A1": "='甲&乙''丙'!B2"}


def test_without_movement_nothing_else_is_touched() -> None:
    data = by_hand(
        {
            "数据": worksheet(simple_rows(4), after=ATTACHED),
            "其他": worksheet('<row r="1"><c r="A1"><f>数据!B4</f></c></row>'),
        }
    )
    new, package = patched(data, ("K2", "K3", "K4", "K5"), new={"K3": ("K3", 1, "改")})
    assert sorted(package.touched) == ["xl/workbook.xml", SHEET]
    assert refs(new, "conditionalFormatting", "sqref") == refs(data, "conditionalFormatting", "sqref")


def test_two_sheets_that_look_at_each_other() -> None:
    def rows(other: str) -> str:
        return worksheet(
            simple_rows(3, lambda row: f'<c r="E{row}"><f>{other}!B{6 - row}+B{row}</f><v>1</v></c>')
        )

    package = Package.open(by_hand({"甲": rows("乙"), "乙": rows("甲")}))
    for name, order in (("甲", ("K3", "K2", "K4")), ("乙", ("K2", "K9", "K4", "K3"))):
        sheet = package.sheet(name)
        region = sheet.region(1, COLUMNS)
        keys = [row[0] for row in sheet.values(region)]
        new = [NewRow(key, None if key in keys else (key, 0, "")) for key in order]
        sheet.replace(region, keys, new)
    new_book = package.content()
    check_package(new_book)
    # 甲: K2 looked at K4 of 乙, K3 at K3, K4 at K2; new places in 乙 are K2 2, K4 4, K3 5
    assert formulas(new_book, "甲") == {"E2": "=乙!B5+B2", "E3": "=乙!B4+B3", "E4": "=乙!B2+B4"}
    assert formulas(new_book, "乙") == {"E2": "=甲!B4+B2", "E4": "=甲!B3+B4", "E5": "=甲!B2+B5"}


def test_new_rows_look_like_the_row_that_is_named() -> None:
    rows = simple_rows(3).replace('<row r="3">', '<row r="3" ht="22" customHeight="1" hidden="1">')
    rows = rows.replace('<c r="B3">', '<c r="B3" s="2">')
    package = Package.open(by_hand({"数据": worksheet(rows)}))
    sheet = package.sheet("数据")
    region = sheet.region(1, COLUMNS)
    sheet.replace(region, ["a", "b", "c"], [NewRow("n", ("N", 0.5, None)), NewRow("a", None)], like=3)
    new = openpyxl.load_workbook(BytesIO(package.content()))["数据"]
    assert new["B2"].number_format == "0%" and new.row_dimensions[2].height == 22
    assert not new.row_dimensions[2].hidden


def test_pictures_of_one_anchor_and_check_boxes() -> None:
    def picture(row: int, height: int) -> str:
        return (
            f"<xdr:oneCellAnchor><xdr:from><xdr:col>5</xdr:col><xdr:colOff>0</xdr:colOff><xdr:row>{row}</xdr:row>"
            f'<xdr:rowOff>0</xdr:rowOff></xdr:from><xdr:ext cx="9" cy="{height}"/><xdr:pic/></xdr:oneCellAnchor>'
        )

    drawing = (
        '<xdr:wsDr xmlns:xdr="http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing">'
        f"{picture(3, 12700 * 10)}{picture(3, 12700 * 90)}</xdr:wsDr>"
    )
    box = (
        '<xml xmlns:v="urn:schemas-microsoft-com:vml" xmlns:x="urn:schemas-microsoft-com:office:excel">'
        '<v:shapetype id="_x0000_t201"></v:shapetype><v:shape id="box" type="#_x0000_t201">'
        "<v:textbox><div>选<br></div></v:textbox>"
        '<x:ClientData ObjectType="Checkbox"><x:Anchor>\n  5, 0, 3, 2, 6, 0, 3, 9</x:Anchor><x:FmlaLink>$E$4</x:FmlaLink>'
        "</x:ClientData></v:shape></xml>"
    )
    kinds = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    rels = (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        f'<Relationship Id="rId1" Type="{kinds}/drawing" Target="../drawings/drawing1.xml"/>'
        f'<Relationship Id="rId2" Type="{kinds}/vmlDrawing" Target="../drawings/vmlDrawing1.vml"/></Relationships>'
    )
    more = {
        "xl/drawings/drawing1.xml": drawing,
        "xl/drawings/vmlDrawing1.vml": box,
        "xl/worksheets/_rels/sheet1.xml.rels": rels,
    }
    new, _ = patched(by_hand({"数据": worksheet(simple_rows(4))}, more=more), ORDER)
    assert texts(new, "row", "xl/drawings/drawing1.xml") == ["1", "3"]
    vml = parts(new)["xl/drawings/vmlDrawing1.vml"].decode()
    assert "5, 0, 1, 2, 6, 0, 1, 9" in vml and "<x:FmlaLink>$E$2</x:FmlaLink>" in vml and "<br>" in vml
