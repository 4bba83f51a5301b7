"""The quick way of writing ordinary rows gives, byte for byte, what the general way gives."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from xlsxwriter import Workbook

from eduxl.ooxml import KEEP, Formula, Link, NewRow, Package, Value
from eduxl.ooxml.quick import QuickRows
from tests.ooxml.books import check_package, parts, written

NAMES = ("编码", "数量", "说明", "日期", "收到")


def book_with(clerk: bool, order: tuple[int, ...]) -> bytes:
    """Our columns A–E in any order, the clerk's behind them: a constant, a filled formula."""

    def fill(book: Workbook) -> None:
        sheet = book.add_worksheet("数据")
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        for place, column in enumerate(order):
            sheet.write_string(0, place, NAMES[column])
            for i in range(1, 11):
                values = (f"K{i}", i / 4, f"说明{i % 3}", date(2022, 6, i), datetime(2022, 6, i, 9, 30))
                value = values[column]
                if isinstance(value, date):
                    sheet.write_datetime(i, place, value, day)
                elif i != 5 or column == 0:
                    sheet.write(i, place, value, day if i == 2 else None)
                else:
                    sheet.write_blank(i, place, None, day)
        if clerk:
            for i in range(1, 11):
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
    ("K7", 1.75, "说明1", date(2022, 6, 7), datetime(2022, 6, 7, 9, 30)),
    ("K9", 10**15, "长" * 40, date(2022, 6, 1), None),
    ("K10", 1e15, " 前后 ", None, "<&>"),
    ("又", 0.0, "说明0", None, date(2022, 6, 1)),
)


def patched(data: bytes, rows: Sequence[Sequence[Value]]) -> dict[str, bytes]:
    package = Package.open(data)
    sheet = package.sheet("数据")
    region = sheet.region(1, NAMES)
    keys = [row[0] for row in sheet.values(region, ["编码"])]
    sheet.replace(region, keys, [NewRow(row[0], row) for row in rows])
    new = package.content()
    check_package(new)
    return parts(new)


def generally_patched(
    monkeypatch: pytest.MonkeyPatch, data: bytes, rows: Sequence[Sequence[Value]]
) -> dict[str, bytes]:
    with monkeypatch.context() as without:
        without.setattr(QuickRows, "body", lambda *_: None)
        without.setattr(QuickRows, "fresh", lambda *_: None)
        return patched(data, rows)


@pytest.mark.parametrize("clerk", [True, False])
@pytest.mark.parametrize("order", [(0, 1, 2, 3, 4), (4, 2, 0, 1, 3)])
@pytest.mark.parametrize("extra", [(), (("K4", Link("去", location="数据!A1"), "", None, None),)])
def test_equal_to_the_general_way(
    monkeypatch: pytest.MonkeyPatch, clerk: bool, order: tuple[int, ...], extra: tuple[tuple[Value, ...], ...]
) -> None:
    data = book_with(clerk, order)
    rows = (*VALUES, *extra)
    quick_rows: list[str] = []
    for way in ("body", "fresh"):
        original: Callable[..., str | None] = getattr(QuickRows, way)

        def counted(
            self: QuickRows, *given: object, original: Callable[..., str | None] = original, way: str = way
        ) -> str | None:
            body = original(self, *given)
            quick_rows.extend([way] * (body is not None))
            return body

        monkeypatch.setattr(QuickRows, way, counted)
    quick = patched(data, rows)
    # K2, K3 and K6 are told to keep a cell, and given a truth value and a formula; a clerk's formula is filled in new rows
    assert quick_rows.count("body") == (0 if extra else 6)
    assert quick_rows.count("fresh") == (0 if extra or clerk else 2)
    general = generally_patched(monkeypatch, data, rows)
    assert quick["xl/worksheets/sheet1.xml"] == general["xl/worksheets/sheet1.xml"]
    assert quick == general


POOL: tuple[Value, ...] = (
    None, "", "说明1", "新", "=x", "长" * 40, "a&<b>", " x", "_x0041_", "换\n行", 0, 0.0, 1, True, 0.25, -0.0, 10**15, 1e15,
    date(2022, 6, 1), datetime(2022, 6, 1), datetime(2022, 6, 1, 9, 30), KEEP, Formula("=1+1", 2),
)  # fmt: skip


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    clerk=st.booleans(),
    keys=st.lists(st.sampled_from([*(f"K{i}" for i in range(1, 11)), "新", "又"]), unique=True, min_size=1),
    values=st.data(),
)
def test_any_values(
    monkeypatch: pytest.MonkeyPatch, clerk: bool, keys: list[str], values: st.DataObject
) -> None:
    data = book_with(clerk, (0, 1, 2, 3, 4))
    four = st.lists(st.sampled_from(POOL), min_size=4, max_size=4)
    rows = [(key, *values.draw(four)) for key in keys]
    assert patched(data, rows) == generally_patched(monkeypatch, data, rows)


def test_rows_that_hold_their_values_keep_their_bytes() -> None:
    data = book_with(True, (0, 1, 2, 3, 4))
    sheet = Package.open(data).sheet("数据")
    rows = sheet.values(sheet.region(1, NAMES))
    assert patched(data, rows) == parts(data)
