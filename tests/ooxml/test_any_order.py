"""Any new order of rows against a simple model: what belongs to a key is found with that key, read back by openpyxl."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import openpyxl
import pytest
from attrs import frozen
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from xlsxwriter import Workbook

from tests.ooxml.books import COLUMNS, check_package, patched, written


@frozen
class Case:
    """`count` old rows K0 …, `new` keys in their new order; which features stand in the book."""

    count: int
    new: tuple[str, ...]
    table: bool
    below: bool
    openpyxl: bool


@st.composite
def cases(draw: st.DrawFn) -> Case:
    count = draw(st.integers(1, 7))
    kept = draw(st.lists(st.sampled_from([f"K{i}" for i in range(count)]), unique=True))
    fresh = [f"N{i}" for i in range(draw(st.integers(0, 3)))]
    new = tuple(draw(st.permutations([*kept, *fresh])))
    return Case(count, new, draw(st.booleans()), draw(st.booleans()), draw(st.booleans()))


def has(key: str, every: int) -> bool:
    """Features are spread over keys: every second, third … one."""
    return key.startswith("K") and int(key[1:]) % every == 0


def book_of(case: Case) -> bytes:
    def fill(book: Workbook) -> None:
        sheet, other = book.add_worksheet("数据"), book.add_worksheet("其他")
        bold = book.add_format({"bold": True})
        last = case.count + 1
        if not case.table:
            sheet.write_row(0, 0, COLUMNS)
        else:
            sheet.add_table(
                0, 0, case.count, 2, {"columns": [{"header": name} for name in COLUMNS], "name": "表"}
            )
        for i in range(case.count):
            key, row = f"K{i}", i + 1
            sheet.write_row(row, 0, [key, i, f"说明{key}"])
            sheet.write_string(row, 3, f"备注{key}", bold if has(key, 2) else None)
            sheet.write_formula(row, 4, f"=B{row + 1}*2+SUM(B$2:B${last})", None, i * 2)
            if has(key, 2):
                sheet.set_row(row, 30 + 3 * i)
                sheet.write_comment(row, 2, f"注{key}")
            if has(key, 3):
                sheet.write_url(row, 5, f"https://a.example/{key}", string=f"链接{key}")
                sheet.merge_range(row, 6, row, 7, f"合并{key}")
                sheet.data_validation(row, 8, row, 8, {"validate": "list", "source": [key, "甲"]})
            if has(key, 4):
                sheet.set_row(row, 15, None, {"hidden": True, "level": 1})
                sheet.write_formula(row, 9, f"=B{row + 1}+数据!$B${last}", None, 0)
            other.write_formula(row, 0, f"=数据!B{row + 1}", None, i)
        sheet.data_validation(1, 1, case.count, 1, {"validate": "integer", "criteria": ">=", "value": 0})
        sheet.conditional_format(
            1, 2, case.count, 2, {"type": "formula", "criteria": "=$B2>5", "format": bold}
        )
        if case.below:
            # column A would make it one of our rows
            sheet.write_string(case.count + 2, 5, "下面")
            sheet.write_formula(case.count + 2, 6, f"=SUM(B2:B{last})", None, 0)
        other.write_formula("C1", f"=SUM(数据!$B$2:$B${last})", None, 0)
        other.write_formula("C2", '="数据!B2"&COUNTA(数据!A:A)', None, "")
        book.define_name("范围", f"=数据!$A$2:$C${last}")
        sheet.print_area(0, 0, case.count, 3)

    data = written(fill)
    if case.openpyxl:
        out = BytesIO()
        openpyxl.load_workbook(BytesIO(data)).save(out)
        data = out.getvalue()
    return data


def expected(case: Case, key: str, row: int, last: int) -> dict[str, Any]:
    """What a row of the new book must have."""
    old = key.startswith("K")
    here: dict[str, Any] = {
        "ours": (key, int(key[1:]), f"说明{key}") if old else (key, 0, "新增"),
        "remark": f"备注{key}" if old else None,
        "filled": f"=B{row}*2+SUM(B$2:B${last})",
        "height": 30.0 + 3 * int(key[1:]) if has(key, 2) else None,
        "note": f"注{key}" if has(key, 2) else None,
        "link": f"https://a.example/{key}" if has(key, 3) else None,
        "merged": f"合并{key}" if has(key, 3) else None,
        "hidden": has(key, 4),
    }
    if has(key, 4):
        # set last, so it wins
        here["height"] = 15.0 if not has(key, 2) else here["height"]
    return here


def actual(sheet: Any, row: int) -> dict[str, Any]:
    note = sheet.cell(row, 3).comment
    link = sheet.cell(row, 6).hyperlink
    return {
        "ours": tuple(sheet.cell(row, c).value for c in (1, 2, 3)),
        "remark": sheet.cell(row, 4).value,
        "filled": sheet.cell(row, 5).value,
        "height": sheet.row_dimensions[row].height,
        "note": note.text if note else None,
        "link": link.target if link else None,
        "merged": sheet.cell(row, 7).value,
        "hidden": bool(sheet.row_dimensions[row].hidden),
    }


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(cases())
def test_any_order(case: Case) -> None:
    data = book_of(case)
    new, package = patched(data, case.new)
    check_package(new)
    assert package.notes == []
    book = openpyxl.load_workbook(BytesIO(new))
    sheet = book["数据"]
    count = max(1, len(case.new))
    last = count + 1
    place = {key: row for row, key in enumerate(case.new, 2)}
    for key, row in place.items():
        wanted = expected(case, key, row, last)
        if has(key, 4):
            wanted.pop("height")
        got = actual(sheet, row)
        assert {name: got[name] for name in wanted} == wanted, (key, row)
        if has(key, 2):
            assert sheet.cell(row, 4).font.b
    end = place.get(f"K{case.count - 1}")
    for key, row in place.items():
        if has(key, 4):
            assert sheet.cell(row, 10).value == (f"=B{row}+数据!$B${end}" if end else f"=B{row}+数据!#REF!")
    merges = {str(area) for area in sheet.merged_cells.ranges}
    assert merges == {f"G{row}:H{row}" for key, row in place.items() if has(key, 3)}
    rules = {str(rule.sqref): rule for rule in sheet.data_validations.dataValidation}
    singles = {f"I{row}" for key, row in place.items() if has(key, 3)}
    if case.count == 1:
        # one cell of the only row is a whole column too
        singles = {f"I2:I{last}" if last > 2 else "I2"}
    columns = {area for area in rules if area not in singles}
    assert singles <= set(rules) and columns == {f"B2:B{last}" if last > 2 else "B2"}
    assert [str(area.sqref) for area in sheet.conditional_formatting] == [f"C2:C{last}" if last > 2 else "C2"]
    other = book["其他"]
    for i in range(case.count):
        row = place.get(f"K{i}")
        # with a single row the whole column and the one cell look alike only as a range
        assert other.cell(i + 2, 1).value == (f"=数据!B{row}" if row else "=数据!#REF!")
    assert other["C1"].value == f"=SUM(数据!$B$2:$B${last})"
    assert other["C2"].value == '="数据!B2"&COUNTA(数据!A:A)'
    assert book.defined_names["范围"].attr_text == f"数据!$A$2:$C${last}"
    assert sheet.print_area == f"'数据'!$A$1:$D${last}"
    if case.table:
        assert [table.ref for table in sheet.tables.values()] == [f"A1:C{last}"]
    if case.below:
        assert sheet.cell(last + 2, 6).value == "下面"
        assert sheet.cell(last + 2, 7).value == f"=SUM(B2:B{last})"
    assert_again(case, new)


def assert_again(case: Case, new: bytes) -> None:
    """The same rows once more change nothing."""
    again, package = patched(new, case.new)
    assert package.touched == [] or not case.new
    if case.new:
        assert again == new or sorted(package.touched) == []


@pytest.mark.parametrize("table", [True, False])
def test_a_long_way_there_and_back(table: bool) -> None:
    """Reversed twice, everything stands where it stood."""
    case = Case(7, tuple(f"K{i}" for i in reversed(range(7))), table, True, False)
    data = book_of(case)
    there, _ = patched(data, case.new)
    back, _ = patched(there, tuple(reversed(case.new)))
    first, second = (openpyxl.load_workbook(BytesIO(x)) for x in (data, back))
    for name in ("数据", "其他"):
        for row in range(1, 12):
            for column in range(1, 12):
                a, b = (book[name].cell(row, column) for book in (first, second))
                assert (a.value, a.style_id) == (b.value, b.style_id), a.coordinate
    assert {str(r.sqref) for r in first["数据"].data_validations.dataValidation} == {
        str(r.sqref) for r in second["数据"].data_validations.dataValidation
    }
