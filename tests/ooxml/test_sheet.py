"""What a sheet is given beside rows: further columns, a wider filter, names of its own, a page header."""

from __future__ import annotations

from datetime import date, datetime
from io import BytesIO

import openpyxl
import pytest
from xlsxwriter import Workbook

from eduxl.ooxml import NewRow, Package
from tests.ooxml.books import by_hand, check_package, found, simple_rows, worksheet, written


def grid_book(book: Workbook) -> None:
    """No table, but a filter, a column of dates and, right of them, an empty column and a note."""
    sheet = book.add_worksheet("数据")
    bold, day = book.add_format({"bold": True}), book.add_format({"num_format": "yyyy-mm-dd", "italic": True})
    sheet.write_row(0, 0, ["编码", "1"], bold)
    sheet.write_datetime(1, 1, datetime(2022, 6, 1), day)
    for row in range(2, 4):
        sheet.write_string(row, 0, f"K{row}")
        sheet.write_datetime(row, 1, datetime(2022, 6, row), day)
    sheet.write(0, 3, "备注")
    sheet.autofilter(1, 0, 3, 1)


def test_further_columns_look_like_the_last_and_are_filtered() -> None:
    package = Package.open(written(grid_book))
    sheet = package.sheet("数据")
    sheet.add_columns(1, ["2", "3"], ["编码", "1"], alike=True)
    assert str(sheet.extend_filter(2, [5, 6])) == "A2:F4"
    package.set_name("'数据'!_xlnm._FilterDatabase", "数据!$A$2:$F$4")
    region = sheet.region(1, ["编码", "1", "2", "3"], first_row=3)
    rows = [NewRow(key, (key, None, date(2022, 7, 1), None)) for key in ("K2", "K3", "K4")]
    sheet.replace(region, ["K2", "K3"], rows)
    sheet.write({"E2": date(2022, 7, 2), "C2": 5})
    new = package.content()
    check_package(new)
    after = openpyxl.load_workbook(BytesIO(new))["数据"]
    for row in after.iter_rows(min_row=1, max_row=5):
        looks = [(cell.font.b, cell.font.i, cell.number_format) for cell in (row[1], row[4])]
        assert looks[0] == looks[1]
    assert (after["E2"].value, after["E5"].value) == (datetime(2022, 7, 2), datetime(2022, 7, 1))
    assert after["C2"].number_format == "General"
    assert found(new, "xl/worksheets/sheet1.xml", "autoFilter")[0].get("ref") == "A2:F5"
    names = {(one.name, one.sheet): one.text for one in Package.open(new).defined_names}
    assert names == {("_xlnm._FilterDatabase", "数据"): "数据!$A$2:$F$5"}


def test_a_filter_stays_where_a_table_is_in_the_way() -> None:
    def fill(book: Workbook) -> None:
        grid_book(book)
        book.get_worksheet_by_name("数据").add_table("D1:D4", {"columns": [{"header": "备注"}]})

    sheet = Package.open(written(fill)).sheet("数据")
    assert sheet.extend_filter(2, [3]) is not None
    assert sheet.extend_filter(2, [5]) is None
    assert sheet.extend_filter(7, [8]) is None


def test_names_of_one_sheet_are_added_to_it() -> None:
    package = Package.open(by_hand({"数据": worksheet(simple_rows())}, names={"旧": "数据!$A$1"}))
    package.set_name("'数据'!旧", "数据!$A$2")
    names = {(one.name, one.sheet): one.text for one in Package.open(package.content()).defined_names}
    assert names == {("旧", None): "数据!$A$1", ("旧", "数据"): "数据!$A$2"}
    with pytest.raises(ValueError):
        package.set_name("'没有'!旧", "数据!$A$2")


def test_page_header_is_set() -> None:
    for after in ("", "<headerFooter><oddFooter>x</oddFooter></headerFooter>"):
        package = Package.open(by_hand({"数据": worksheet(simple_rows(), after=after)}))
        sheet = package.sheet("数据")
        assert sheet.page_header == ""
        sheet.set_page_header("&C甲 && 乙")
        new = package.content()
        check_package(new)
        assert Package.open(new).sheet("数据").page_header == "&C甲 && 乙"
        around = found(new, "xl/worksheets/sheet1.xml", "headerFooter")[0]
        assert around[0].tag.endswith("oddHeader") and len(around) == 1 + bool(after)
