"""The quick way of writing ordinary rows gives, byte for byte, what the general way gives."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime

import pytest
from xlsxwriter import Workbook

from eduxl.ooxml import KEEP, Formula, Link, NewRow, Package, Value
from eduxl.ooxml.cells import QuickRows
from eduxl.ooxml.rows import Row
from tests.ooxml.books import check_package, parts, written

NAMES = ("编码", "数量", "说明", "日期", "收到")


def book_with(clerk: bool, order: tuple[int, ...]) -> bytes:
    """Our columns A–E in any order, the clerk's behind them: a constant, a filled formula."""

    def fill(book: Workbook) -> None:
        sheet = book.add_worksheet("数据")
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        for place, column in enumerate(order):
            sheet.write_string(0, place, NAMES[column])
            for i in range(1, 9):
                values = (f"K{i}", i / 4, f"说明{i % 3}", date(2022, 6, i), datetime(2022, 6, i, 9, 30))
                value = values[column]
                if isinstance(value, date):
                    sheet.write_datetime(i, place, value, day)
                elif i != 5 or column == 0:
                    sheet.write(i, place, value, day if i == 2 else None)
                else:
                    sheet.write_blank(i, place, None, day)
        if clerk:
            for i in range(1, 9):
                sheet.write_string(i, 6, f"备注{i}")
                sheet.write_formula(i, 7, f"=B{i + 1}*2", None, i / 2)

    return written(fill)


VALUES: tuple[tuple[Value, ...], ...] = (
    ("K1", 0.25, "说明1", date(2022, 6, 1), datetime(2022, 6, 1, 9, 30)),
    ("K8", 1, "=不是公式", None, None),
    ("K3", True, "新的 说明", date(2022, 7, 1), date(2022, 7, 1)),
    ("新", 5, "说明2", date(2022, 1, 1), None),
    ("K2", 1.0, KEEP, KEEP, datetime(2022, 6, 2)),
    ("K5", None, "", "待定", "-"),
    ("K6", Formula("=1+1", 2), "说明0", None, None),
)


@pytest.mark.parametrize("clerk", [True, False])
@pytest.mark.parametrize("order", [(0, 1, 2, 3, 4), (4, 2, 0, 1, 3)])
@pytest.mark.parametrize("extra", [(), (("K4", Link("去", location="数据!A1"), "", None, None),)])
def test_equal_to_the_general_way(
    monkeypatch: pytest.MonkeyPatch, clerk: bool, order: tuple[int, ...], extra: tuple[tuple[Value, ...], ...]
) -> None:
    data = book_with(clerk, order)
    quick_rows = 0
    original: Callable[..., str | None] = QuickRows.body

    def counted(self: QuickRows, row: Row, values: tuple[Value, ...], number: int) -> str | None:
        nonlocal quick_rows
        body = original(self, row, values, number)
        quick_rows += body is not None
        return body

    def run() -> dict[str, bytes]:
        package = Package.open(data)
        sheet = package.sheet("数据")
        region = sheet.region(1, NAMES)
        keys = [row[0] for row in sheet.values(region, ["编码"])]
        sheet.replace(region, keys, [NewRow(row[0], row) for row in (*VALUES, *extra)])
        new = package.content()
        check_package(new)
        return parts(new)

    monkeypatch.setattr(QuickRows, "body", counted)
    quick = run()
    assert quick_rows == (0 if extra else 5)
    monkeypatch.setattr(QuickRows, "body", lambda *_: None)
    general = run()
    assert quick["xl/worksheets/sheet1.xml"] == general["xl/worksheets/sheet1.xml"]
    assert quick == general
