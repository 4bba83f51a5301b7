"""Chinese and full-width numerals."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eduxl.numerals import date_digits, number
from eduxl.plan.docx import _chinese


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("12", 12), ("１２", 12), ("01", 1), ("一", 1), ("十", 10), ("十二", 12), ("二十", 20),
        ("廿三", 23), ("卅", 30),
        ("一百零三", 103), ("百二十", 120), ("两", 2), ("", None), ("二二", None), ("甲", None),
        ("一甲", None), ("1" * 10, None),
    ],
)  # fmt: skip
def test_number(text: str, value: int | None) -> None:
    assert number(text) == value


def test_numerals_of_dates_only() -> None:
    assert date_digits("二〇二二年十二月三十一日") == "2022年12月31日"
    assert date_digits("第三季度一次") == "第3季度一次"
    assert date_digits("二二月") == "二二月"


@given(st.integers(1, 99))
def test_numbers_as_word_prints_them(value: int) -> None:
    assert number(_chinese(value)) == value
