"""指标填报: values are booked under the plan's names and in its units, or told."""

from __future__ import annotations

from typing import Any

import pytest
from openpyxl.workbook import Workbook

from eduxl import labels as L
from eduxl.model import IndicatorValue
from eduxl.returns.reader import Context, UnitReading
from tests.returns.files import answered, one


def sheet(*rows: tuple[Any, Any, Any, Any, Any]) -> Workbook:
    """The first school's template with rows of (任务编号, 指标名称, 计量单位, 本期完成值, 说明) in 指标填报."""
    book = answered()
    page = book[L.FORM_INDICATORS]
    for at, row in enumerate(rows, 3):
        for column, value in zip("ACEFG", row, strict=True):
            page[f"{column}{at}"] = value
    return book


def told(item: UnitReading) -> list[tuple[str, str, str]]:
    return [(w.code, w.level, w.cell) for w in item.warnings]


def value(figure: float | None, note: str = "", raw: str = "", cell: str = "指标填报!F3") -> IndicatorValue:
    return IndicatorValue(4, "年度投资", figure, note, raw, cell)


def test_the_sheet_is_as_the_helper_thinks() -> None:
    page = answered()[L.FORM_INDICATORS]
    assert [page[f"{c}2"].value for c in "ACEFG"] == [
        "任务编号",
        "指标名称",
        "计量单位",
        "本期完成值",
        "说明",
    ]


def test_white_space_in_a_name_is_no_other_name() -> None:
    item = one(sheet((4, "年度 投资\n", "万元", 500, None)))
    assert item.indicators == (value(500.0),) and told(item) == []


def test_a_renamed_indicator_is_told() -> None:
    item = one(sheet((4, "投资额", "万元", 500, None)))
    assert item.indicators == () and told(item) == [("unknown-task", "must", "指标填报!C3")]
    (warning,) = item.warnings
    assert "年度投资" in warning.note and "500" in warning.value


def test_a_row_without_an_answer_is_told_mildly() -> None:
    item = one(sheet((4, "年度投资", "万元", 500, None), (4, "其中：土建", None, None, None)))
    assert item.indicators == (value(500.0),) and told(item) == [("unknown-task", "explain", "指标填报!C4")]


@pytest.mark.parametrize(
    ("unit", "written", "figure", "raw"),
    [
        ("元", "9000元", None, "9000元"),
        ("元", 9000, None, "9000元"),
        ("亿元", 0.5, None, "0.5亿元"),
        ("万元", "9000元", None, "9000元"),
        ("万 元", 9000, 9000.0, ""),
        (None, "9000万元", 9000.0, "9000万元"),
        ("元", None, None, ""),
    ],
)
def test_a_value_counts_in_the_unit_of_the_plan_only(
    unit: str | None, written: Any, figure: float | None, raw: str
) -> None:
    item = one(sheet((4, "年度投资", unit, written, None)))
    assert item.indicators == (value(figure, raw=raw),)
    refused = figure is None and written is not None
    assert told(item) == [("bad-number", "must", "指标填报!F3")] * refused


@pytest.mark.parametrize(
    ("first", "second", "used", "warned"),
    [
        ((10, None), (99, None), value(10.0), True),
        ((10, None), (10, None), value(10.0), False),
        ((10, None), (None, None), value(10.0), False),
        ((None, None), (99, "追加"), value(99.0, "追加", cell="指标填报!F4"), False),
        ((10, None), (10, "含上年结转"), value(10.0), True),
    ],
)
def test_an_indicator_with_two_rows(
    first: tuple[Any, Any], second: tuple[Any, Any], used: IndicatorValue, warned: bool
) -> None:
    item = one(sheet(*((4, "年度投资", "万元", *said) for said in (first, second))))
    assert item.indicators == (used,)
    assert told(item) == [("duplicate-task", "must", "指标填报!F4")] * warned


def test_without_a_plan_names_and_units_are_as_written() -> None:
    item = one(sheet((4, "投资额", "元", "9000元", None)), context=Context())
    assert item.indicators == (IndicatorValue(4, "投资额", 9000.0, "", "9000元", "指标填报!F3"),)
