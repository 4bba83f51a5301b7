"""The container and the package: raw copies, refusals, calculation, shared strings, values, odd ways of writing."""

from __future__ import annotations

import re
import zipfile
from datetime import date, datetime
from io import BytesIO
from pathlib import Path

import openpyxl
import pytest
from xlsxwriter import Workbook

from eduxl.ooxml import KEEP, Formula, Link, NewRow, Package, Refused, strings
from eduxl.ooxml.container import Container
from tests.ooxml.books import (
    COLUMNS,
    MAIN,
    STRICT,
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
    zipped,
)

SHARED = ["编码", "数量", "说明", "K2", "甲", "K3", "乙"]


def shared_rows() -> str:
    def cell(ref: str, index: int) -> str:
        return f'<c r="{ref}" t="s"><v>{index}</v></c>'

    head = "".join(cell(f"{letter}1", i) for i, letter in enumerate("ABC"))
    return (
        f'<row r="1">{head}</row>'
        f'<row r="2">{cell("A2", 3)}<c r="B2"><v>1</v></c>{cell("C2", 4)}</row>'
        f'<row r="3">{cell("A3", 5)}<c r="B3"><v>2</v></c>{cell("C3", 6)}</row>'
    )


def rows_of(data: bytes, sheet: str = "数据") -> list[list[object]]:
    book = openpyxl.load_workbook(BytesIO(data))
    return [[cell.value for cell in row] for row in book[sheet].iter_rows()]


def test_untouched_parts_keep_their_compressed_bytes() -> None:
    # level 9 packs differently from what the patcher would write
    source = parts(by_hand({"数据": worksheet(simple_rows()), "其他": worksheet("<row r='1'/>")}))
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, content in source.items():
            archive.writestr(name, content)
        archive.writestr("xl/media/图.bin", b"\0\1" * 5000)
        archive.writestr(zipfile.ZipInfo("xl/stored.bin"), b"stored")
    data = out.getvalue()
    new, package = patched(data, ["K3", "K2", "K5"])
    before, after = Container(data), Container(new)
    assert sorted(package.touched) == ["xl/workbook.xml", "xl/worksheets/sheet1.xml"]
    for name in before.names:
        if name not in package.touched:
            assert before.packed(name) == after.packed(name)
    assert zipfile.ZipFile(BytesIO(new)).testzip() is None
    assert [i.filename for i in zipfile.ZipFile(BytesIO(new)).infolist()] == before.names


def test_streamed_archives_are_read() -> None:
    class Pipe(BytesIO):
        """Cannot seek: zipfile then writes sizes behind the data."""

        def seekable(self) -> bool:
            return False

        def seek(self, *_: object) -> int:
            raise OSError

        def tell(self) -> int:
            raise OSError

    out = Pipe()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts(by_hand({"数据": worksheet(simple_rows())})).items():
            archive.writestr(name, content)
    new, _ = patched(out.getvalue(), ["K3", "K2"])
    assert zipfile.ZipFile(BytesIO(new)).testzip() is None
    assert [row[0] for row in rows_of(new)] == ["编码", "K3", "K2"]


def test_nothing_changed_changes_no_part() -> None:
    data = by_hand({"数据": worksheet(shared_rows())}, strings=SHARED)
    once, _ = patched(data, ["K2", "K3"], new={"K2": ("K2", 1, "甲"), "K3": ("K3", 2, "乙")})
    assert parts(once) == parts(data)
    changed, _ = patched(data, ["K3", "K2", "K9"])
    again, package = patched(changed, ["K3", "K2", "K9"], new={"K9": ("K9", 0, "新增")})
    assert package.touched == [] and parts(again) == parts(changed)


def test_shared_strings_are_reused_appended_and_counted() -> None:
    data = by_hand({"数据": worksheet(shared_rows())}, strings=SHARED)
    new, _ = patched(data, ["K3", "K8"], new={"K3": ("K3", 2, "甲"), "K8": ("K8", 3, " <新>&\n")})
    check_package(new)
    assert rows_of(new)[1:] == [["K3", 2, "甲"], ["K8", 3, " <新>&\n"]]
    table = found(new, "xl/sharedStrings.xml", "sst")[0]
    assert (table.get("count"), table.get("uniqueCount")) == ("7", "9")


def test_entries_that_nobody_uses_are_refilled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(strings, "_LARGE", 1000)

    def with_texts(data: bytes, turn: int) -> bytes:
        keys = [f"K{i}" for i in range(1500)]
        return patched(data, keys, new={key: (key, 1, f"第{turn}次的说明，{key}") for key in keys})[0]

    data = by_hand({"数据": worksheet(shared_rows()), "其他": worksheet(simple_rows())}, strings=SHARED)
    sizes = []
    for turn in range(4):
        data = with_texts(data, turn)
        check_package(data)
        assert [row[2] for row in rows_of(data)[1:]] == [f"第{turn}次的说明，K{i}" for i in range(1500)]
        sizes.append(len(found(data, "xl/sharedStrings.xml", "si")))
    assert rows_of(data, "其他") == rows_of(by_hand({"其他": worksheet(simple_rows())}), "其他")
    # keys, the texts in use and those of the turn before
    assert sizes[3] == sizes[2] <= 3 * 1500 + len(SHARED)


def test_values_of_every_kind() -> None:
    data = by_hand({"数据": worksheet(simple_rows(1))})
    given = [
        date(2022, 6, 30), datetime(2022, 6, 30, 18, 0), True, 0.5, Formula("=B1&\"<\"", "x<"), "=1+1", "_x0041_\r", "𠮷\x07",
        Link("查看", location="'数据'!A1", tip="看"), Link("网址", url="https://a.example/?a=1&b=2"), "", None,
    ]  # fmt: skip
    rows = {f"V{i}": (f"V{i}", value, "") for i, value in enumerate(given)}
    new, _ = patched(data, list(rows), new=rows)
    check_package(new)
    sheet = openpyxl.load_workbook(BytesIO(new))["数据"]
    column = [sheet.cell(row, 2) for row in range(2, 2 + len(given))]
    assert column[0].value == datetime(2022, 6, 30) and column[0].is_date
    assert column[1].value == datetime(2022, 6, 30, 18)
    assert [cell.value for cell in column[2:5]] == [True, 0.5, '=B1&"<"']
    assert column[5].value == "=1+1" and column[5].data_type == "s" and column[5].quotePrefix
    # openpyxl does not undo the escapes of the other two
    assert Package.open(new).sheet("数据").cell("B8") == "_x0041_\r"
    assert Package.open(new).sheet("数据").cell("B9") == "𠮷\x07"
    assert column[8].hyperlink.location == "'数据'!A1" and column[8].value == "查看"
    assert column[9].hyperlink.target == "https://a.example/?a=1&b=2"
    assert column[10].value is None and column[11].value is None


def test_a_link_that_gave_way_is_gone() -> None:
    data = by_hand({"数据": worksheet(simple_rows(2))})
    first, _ = patched(
        data, ["K2", "K3"], new={k: (k, Link("去", location="数据!A1"), "") for k in ("K2", "K3")}
    )
    second, _ = patched(
        first, ["K3", "K2"], new={"K2": ("K2", 5, ""), "K3": ("K3", Link("去", location="数据!A9"), "")}
    )
    links = found(second, "xl/worksheets/sheet1.xml", "hyperlink")
    assert [(el.get("ref"), el.get("location")) for el in links] == [("B2", "数据!A9")]


def test_dates_in_a_workbook_of_1904() -> None:
    data = edited(
        by_hand({"数据": worksheet(simple_rows(1))}),
        workbook_xml=lambda text: text.replace("<sheets>", '<workbookPr date1904="1"/><sheets>'),
    )
    new, _ = patched(data, ["X"], new={"X": ("X", date(2022, 6, 30), "")})
    assert openpyxl.load_workbook(BytesIO(new))["数据"]["B2"].value == datetime(2022, 6, 30)


def test_new_styles_are_appended_and_found_again() -> None:
    data = by_hand({"数据": worksheet(simple_rows(1))})
    once, _ = patched(data, ["X"], new={"X": ("X", date(2022, 6, 30), "=a")})
    assert len(found(once, "xl/styles.xml", "cellXfs")[0]) == 5
    twice, _ = patched(
        once, ["Y", "X"], new={"X": ("X", date(2022, 7, 30), "=b"), "Y": ("Y", date(2022, 1, 1), "@")}
    )
    assert len(found(twice, "xl/styles.xml", "cellXfs")[0]) == 5


@pytest.mark.parametrize(
    "spelling", ["no r", "strict", "prefix", "cdata", "utf-16", "single quotes", "no dimension"]
)
def test_odd_spellings(spelling: str) -> None:
    rows = simple_rows(3)
    strict = spelling == "strict"
    text = worksheet(rows, main=STRICT if strict else MAIN, before='<dimension ref="A1:C4"/>')
    part: str | bytes = text
    if spelling == "no r":
        part = re.sub(r' r="[A-Z0-9]+"', "", text)
    elif spelling == "prefix":
        part = re.sub(r"<(/?)(?=[a-z])", r"<\1x:", text).replace("xmlns=", "xmlns:x=")
    elif spelling == "cdata":
        part = text.replace("<t>说明3</t>", '<t><![CDATA[<c r="Z9"/>]]></t>').replace(
            "</row><row", '</row><!-- <row r="9"> --><row'
        )
    elif spelling == "utf-16":
        part = text.replace("UTF-8", "UTF-16").encode("utf-16")
    elif spelling == "single quotes":
        part = text.replace('"', "'")
    elif spelling == "no dimension":
        part = text.replace('<dimension ref="A1:C4"/>', "")
    data = by_hand({"数据": part}, strict=strict)  # type: ignore[dict-item]
    new, _ = patched(data, ["K4", "新", "K3"])
    check_package(new)
    shown = '<c r="Z9"/>' if spelling == "cdata" else "说明3"
    book = Package.open(new).sheet("数据")
    region = book.region(1, COLUMNS)
    assert book.values(region) == [["K4", 40, "说明4"], ["新", 0, "新增"], ["K3", 30, shown]]
    dimension = [el.get("ref") for el in found(new, "xl/worksheets/sheet1.xml", "dimension")]
    assert dimension == ([] if spelling == "no dimension" else ["A1:C4"])


def test_prefixes_everywhere() -> None:
    """As programs on Open XML SDK write: every element of every part has a prefix."""

    def prefixed(text: str) -> str:
        return re.sub(r"<(/?)(?=[a-z])", r"<\1x:", text).replace("xmlns=", "xmlns:x=")

    other = worksheet('<row r="1"><c r="A1"><f>数据!B3</f></c></row>')
    sheets = {"数据": worksheet(shared_rows()), "其他": other}
    data = by_hand(sheets, strings=SHARED, names={"名": "数据!$A$2:$A$3"})
    names = ("workbook_xml", "sheet1_xml", "sheet2_xml", "sharedStrings_xml", "styles_xml")
    data = edited(data, **dict.fromkeys(names, prefixed))
    new, _ = patched(data, ["K3", "新", "K2"], new={"新": ("新", date(2022, 6, 1), "=甲")})
    check_package(new)
    package = Package.open(new)
    sheet = package.sheet("数据")
    assert [row[0] for row in sheet.values(sheet.region(1, COLUMNS))] == ["K3", "新", "K2"]
    assert [name.text for name in package.defined_names] == ["数据!$A$2:$A$4"]
    assert "<x:f>数据!B2</x:f>" in parts(new)["xl/worksheets/sheet2.xml"].decode()
    assert found(new, "xl/workbook.xml", "calcPr") and b"<calcPr" not in parts(new)["xl/workbook.xml"]
    assert openpyxl.load_workbook(BytesIO(new))["数据"]["B3"].is_date


def test_odd_shared_strings() -> None:
    table = by_hand({"数据": worksheet(shared_rows())}, strings=SHARED)
    rich = '<si/><si><r><t>富</t></r><r><t>文本</t></r><rPh sb="0" eb="1"><t>fu</t></rPh></si><si/></sst>'
    data = edited(
        table,
        sharedStrings_xml=lambda text: text.replace("</sst>", rich).replace('count="7" uniqueCount="7"', ""),
        sheet1_xml=lambda text: text.replace("<v>6</v>", "<v>8</v>"),
    )
    sheet = Package.open(data).sheet("数据")
    assert sheet.cell("C3") == "富文本"
    new, _ = patched(data, ["K3", "K2", "甲"], new={"甲": ("甲", 1, "新的")})
    check_package(new)
    assert Package.open(new).sheet("数据").cell("C2") == "富文本"
    assert Package.open(new).sheet("数据").cell("C4") == "新的"


def test_dimension_grows() -> None:
    data = by_hand({"数据": worksheet(simple_rows(2), before='<dimension ref="A1:C3"/>')})
    new, _ = patched(data, ["K2", "K3", "K7", "K8"])
    assert found(new, "xl/worksheets/sheet1.xml", "dimension")[0].get("ref") == "A1:C5"


def test_calculation_chain_is_dropped_when_formulas_move() -> None:
    rows = simple_rows(2, lambda row: f'<c r="D{row}"><f>B{row}*2</f><v>1</v></c>')
    data = by_hand({"数据": worksheet(rows)}, calc=True)
    new, _ = patched(data, ["K3", "K2"])
    check_package(new)
    assert "xl/calcChain.xml" not in parts(new)
    assert found(new, "xl/workbook.xml", "calcPr")[0].get("fullCalcOnLoad") == "1"
    # values alone move no formula, but sums over them are to be worked out again
    kept, _ = patched(data, ["K2", "K3"], new={"K2": ("K2", 99, "")})
    assert "xl/calcChain.xml" in parts(kept)
    assert found(kept, "xl/workbook.xml", "calcPr")[0].get("fullCalcOnLoad") == "1"


def test_kept_cells_and_rows() -> None:
    rows = simple_rows(2).replace("<t>说明2</t>", "<r><rPr><b/></rPr><t>说</t></r><r><t>明2</t></r>")
    data = by_hand({"数据": worksheet(rows)})
    new, _ = patched(data, ["K3", "K2"], new={"K2": ("K2", 7, KEEP)})
    assert "<r><rPr><b/></rPr><t>说</t></r>" in parts(new)["xl/worksheets/sheet1.xml"].decode()
    assert rows_of(new)[2][:2] == ["K2", 7]


def test_single_cells() -> None:
    data = by_hand({"数据": worksheet(simple_rows(1))})
    package = Package.open(data)
    package.sheet("数据").write({"C1": "备注", "E9": 5})
    new = package.content()
    assert rows_of(new)[0][:3] == ["编码", "数量", "备注"] and rows_of(new)[8][4] == 5


def test_without_rows_one_empty_row_remains() -> None:
    new, _ = patched(written(table_book), [])
    check_package(new)
    assert found(new, "xl/tables/table1.xml", "table")[0].get("ref") == "A1:D2"
    assert rows_of(new) == [[*COLUMNS, "本单位"]]
    back, _ = patched(new, ["K1", "K2", "K3"])
    assert found(back, "xl/tables/table1.xml", "table")[0].get("ref") == "A1:D4"


def table_book(book: Workbook) -> None:
    sheet = book.add_worksheet("数据")
    rows = [[f"K{i}", i, f"说明{i}", i] for i in range(2, 6)]
    sheet.add_table(
        0, 0, 4, 3, {"data": rows, "columns": [{"header": name} for name in (*COLUMNS, "本单位")]}
    )


def test_data_may_begin_further_down() -> None:
    head = inline("A1", "编码") + inline("B1", "数量")
    rows = (
        f'<row r="1">{head}<c r="C1"><v>7</v></c></row><row r="2"><c r="C2"><v>44742</v></c></row>'
        f'<row r="3">{inline("A3", "K2")}<c r="C3"><v>1</v></c></row><row r="4">{inline("A4", "K3")}<c r="C4"><v>2</v></c></row>'
    )
    after = '<autoFilter ref="A2:C4"/><mergeCells count="1"><mergeCell ref="A1:A2"/></mergeCells>'
    package = Package.open(by_hand({"数据": worksheet(rows, after=after)}))
    sheet = package.sheet("数据")
    region = sheet.region(1, ["编码", "7"], first_row=3)
    assert sheet.values(region) == [["K2", 1], ["K3", 2]]
    sheet.replace(region, ["K2", "K3"], [NewRow("K3", None), NewRow("N", ("N", 3)), NewRow("K2", None)])
    new = package.content()
    check_package(new)
    assert [row[2] for row in rows_of(new)] == [7, 44742, 2, 3, 1]
    assert found(new, "xl/worksheets/sheet1.xml", "autoFilter")[0].get("ref") == "A2:C5"


def test_code_name_is_given_back() -> None:
    package = Package.open(written(table_book))
    sheet = package.sheet("数据")
    assert sheet.code_name == ""
    sheet.set_code_name("shData")
    new = package.content()
    assert Package.open(new).sheet("数据").code_name == "shData"
    assert found(new, "xl/worksheets/sheet1.xml", "worksheet")[0][0].tag.endswith("sheetPr")


def test_a_column_that_is_gone_comes_back() -> None:
    data = written(table_book)
    package = Package.open(data)
    sheet = package.sheet("数据")
    wanted = [*COLUMNS, "亮灯", "预警"]
    sheet.add_columns(1, ["亮灯", "预警"], COLUMNS)
    region = sheet.region(1, wanted)
    assert region.columns == {"编码": 1, "数量": 2, "说明": 3, "亮灯": 5, "预警": 6}
    sheet.replace(
        region, ["a", "b", "c", "d"], [NewRow("a", ("K2", 2, "说明2", "红", "逾期")), NewRow("b", None)]
    )
    new = package.content()
    check_package(new)
    assert rows_of(new)[:2] == [[*COLUMNS, "本单位", "亮灯", "预警"], ["K2", 2, "说明2", 2, "红", "逾期"]]
    table = found(new, "xl/tables/table1.xml", "table")[0]
    assert (table.get("ref"), table.find("{*}autoFilter").get("ref")) == ("A1:F3", "A1:F3")


def test_a_range_becomes_a_table_again() -> None:
    """The clerk's headers beside ours are no texts or one text twice; the sheet's filter has criteria, cells are merged."""
    over_one = '<customFilter operator="greaterThan" val="1"/>'
    criteria = f'<filterColumn colId="1"><customFilters>{over_one}</customFilters></filterColumn>'
    sheet_rows = simple_rows().replace(
        inline("C1", "说明"),
        inline("C1", "说明") + inline("D1", "数量") + '<c r="F1"><v>7</v></c>' + inline("G1", "亮灯"),
    )
    after = f'<autoFilter ref="A1:C5">{criteria}</autoFilter><mergeCells count="1"><mergeCell ref="D2:D3"/></mergeCells>'
    assert "G1" in sheet_rows
    package = Package.open(by_hand({"数据": worksheet(sheet_rows, after=after)}))
    sheet = package.sheet("数据")
    wanted = [*COLUMNS, "亮灯"]
    place = sheet.untabled(1, wanted)
    assert place is not None and not package.has_table("tblData")
    package.add_table("数据", "tblData", 1, place.left, place.right, place.bottom)
    assert package.has_table("TBLDATA") and sheet.untabled(1, wanted) is None
    with pytest.raises(ValueError, match="already"):
        package.add_table("数据", "tbldata", 1, 9, 9, 2)
    region = sheet.region(1, wanted)
    old = [row[0] for row in sheet.values(region)]
    assert region.table is not None
    rows = [NewRow(old[1], None), NewRow("N1", ("N1", 9, "新", "绿")), NewRow("N2", ("N2", 0, "新", "红"))]
    sheet.replace(region, old, [*rows, *(NewRow(key, None) for key in (old[0], *old[2:]))])
    new = package.content()
    check_package(new)
    assert "xl/tables/table1.xml" in package.touched and any("D2:D3" in note for note in package.notes)
    assert rows_of(new)[0] == [*COLUMNS, "数量2", "列5", "7", "亮灯"]
    [table] = found(new, "xl/tables/table1.xml", "table")
    assert (table.get("displayName"), table.get("id")) == ("tblData", "1")
    assert table.get("ref") == table.find("{*}autoFilter").get("ref") == f"A1:G{len(old) + 3}"
    assert table.find("{*}autoFilter/{*}filterColumn").get("colId") == "1"
    assert [column.get("name") for column in table.iter("{*}tableColumn")] == rows_of(new)[0]
    part = "xl/worksheets/sheet1.xml"
    assert not found(new, part, "autoFilter") and not found(new, part, "mergeCells")
    assert found(new, part, "tableParts")[0].get("count") == "1"
    hidden = {row.get("r") for row in found(new, part, "row") if row.get("hidden")}
    assert "4" in hidden and "3" not in hidden
    again = Package.open(new)
    assert again.sheet("数据").region(1, wanted).table is not None


def test_a_range_beside_tables_becomes_one() -> None:
    def fill(book: Workbook) -> None:
        table_book(book)
        sheet = book.worksheets()[0]
        sheet.write_row(0, 5, ["编码", "开启"])
        sheet.write_row(1, 5, ["W01", "是"])
        sheet.write_row(2, 5, ["W02", "否"])
        sheet.autofilter(0, 4, 2, 6)

    package = Package.open(written(fill))
    sheet = package.sheet("数据")
    place = sheet.untabled(1, ["编码", "开启"])
    assert str(place) == "F1:G3"
    assert sheet.untabled(1, ["编码", "数量"]) is None
    package.set_name("tblNames", "'数据'!$A$1")
    with pytest.raises(Refused) as refused:
        package.add_table("数据", "TblNames", 1, 6, 7, 3)
    assert refused.value.code == "name-taken"
    table = package.add_table("数据", "tblRules", 1, 6, 7, 3)
    assert table.number == 2 and table.auto_filter is None, "the sheet's filter reaches beyond"
    assert sheet.region(1, ["编码", "开启"]).extent == (6, 7)
    new = package.content()
    check_package(new)
    assert found(new, "xl/worksheets/sheet1.xml", "tableParts")[0].get("count") == "2"
    assert found(new, "xl/tables/table2.xml", "table")[0].get("ref") == "F1:G3"


def test_a_column_that_is_gone_comes_back_behind_the_clerks() -> None:
    data = edited(
        written(table_book), sheet1_xml=lambda text: text.replace("</row>", '<c r="E1"><v>1</v></c></row>', 1)
    )
    package = Package.open(data)
    sheet = package.sheet("数据")
    sheet.add_columns(1, ["亮灯"], COLUMNS)
    region = sheet.region(1, [*COLUMNS, "亮灯"])
    assert region.columns["亮灯"] == 6 and region.table is not None
    sheet.replace(region, ["a", "b", "c", "d"], [NewRow("b", ("K3", 3, "", "红"))])
    new = package.content()
    check_package(new)
    assert rows_of(new)[1] == ["K3", 3, None, 3, None, "红"]


def test_names_are_set_and_added() -> None:
    data = by_hand({"数据": worksheet(simple_rows())}, names={"旧": "数据!$A$1"})
    for start in (data, by_hand({"数据": worksheet(simple_rows())})):
        package = Package.open(start)
        package.set_name("旧", "=数据!$A$1:$A$9")
        package.set_name("新", "数据!$B$2")
        names = {name.name: name.text for name in Package.open(package.content()).defined_names}
        assert names == {"旧": "数据!$A$1:$A$9", "新": "数据!$B$2"}


# --- refusals ---------------------------------------------------------------------------------------
def _with(name: str, kind: str) -> bytes:
    content: dict[str, str | bytes] = dict(parts(by_hand({"数据": worksheet(simple_rows())})))
    rels = "_rels/.rels" if kind == "origin" else "xl/_rels/workbook.xml.rels"
    target = name if kind == "origin" else name.removeprefix("xl/")
    new = f'<Relationship Id="rId77" Type="http://x/{kind}" Target="{target}"/></Relationships>'
    content[rels] = bytes(content[rels]).decode().replace("</Relationships>", new)  # type: ignore[arg-type]
    content[name] = b"x"
    return zipped(content)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (_with("_xmlsignatures/origin.sigs", "origin"), "signed"),
        (_with("xl/revisions/revisionHeaders.xml", "revisionHeaders"), "shared-workbook"),
        (_with("xl/workbook.bin", "something"), "binary-format"),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600 + "EncryptedPackage".encode("utf-16-le"),
            "encrypted",
        ),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "old-format"),
        (b"<html>", "not-a-workbook"),
        (b"PK\3\4broken", "damaged"),
        (by_hand({"数据": worksheet(simple_rows())})[:-40], "damaged"),
    ],
)
def test_refused_by_name(data: bytes, code: str) -> None:
    with pytest.raises(Refused) as refused:
        Package.open(data)
    assert refused.value.code == code
    assert "请" in str(refused.value)


@pytest.mark.parametrize("part", ["sheet1_xml", "sharedStrings_xml", "styles_xml"])
def test_a_damaged_part_is_refused(part: str) -> None:
    data = by_hand({"数据": worksheet(shared_rows())}, strings=SHARED)
    package = Package.open(edited(data, **{part: lambda text: text[: len(text) // 2].replace("sst", "x")}))
    with pytest.raises(Refused) as refused:
        package.sheet("数据")
    assert refused.value.code == "damaged"


def test_what_cannot_be_found_is_named() -> None:
    package = Package.open(by_hand({"数据": worksheet(simple_rows())}))
    with pytest.raises(Refused, match="没有工作表“填报明细”") as refused:
        package.sheet("填报明细")
    assert refused.value.code == "no-sheet"
    with pytest.raises(Refused, match="找不到列：亮灯、预警") as refused:
        package.sheet("数据").region(1, ["编码", "亮灯", "预警"])
    assert refused.value.code == "no-header"


def test_a_full_sheet_is_refused_before_writing(tmp_path: Path) -> None:
    rows = simple_rows(1) + f'<row r="1048576">{inline("A1048576", "底")}</row>'
    data = by_hand({"数据": worksheet(rows)})
    package = Package.open(data)
    sheet = package.sheet("数据")
    region = sheet.region(1, COLUMNS)
    assert region.last == 1_048_576
    empty = simple_rows(1) + '<row r="1048576"><c r="E1048576"><v>1</v></c></row>'
    package = Package.open(by_hand({"数据": worksheet(empty)}))
    sheet = package.sheet("数据")
    region = sheet.region(1, COLUMNS)
    sheet.replace(region, ["K2"], [NewRow("K2", None), NewRow("K3", ("K3", 1, None))])
    with pytest.raises(Refused) as refused:
        package.save(tmp_path / "out.xlsx")
    assert refused.value.code == "sheet-full" and not (tmp_path / "out.xlsx").exists()


def test_keys_must_be_unambiguous() -> None:
    sheet = Package.open(by_hand({"数据": worksheet(simple_rows(2))})).sheet("数据")
    region = sheet.region(1, COLUMNS)
    with pytest.raises(ValueError, match="two old rows"):
        sheet.replace(region, ["a", "a"], [])
    with pytest.raises(ValueError, match="two new rows"):
        sheet.replace(region, ["a", "b"], [NewRow("a", None), NewRow("a", None)])
    with pytest.raises(ValueError, match="no old row"):
        sheet.replace(region, ["a", "b"], [NewRow("c", None)])
