"""Words of deadlines, one line a reading."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from eduxl.plan.deadlines import Deadline, date_cell, looks_like_deadline, read_deadline

DATES = """
2022年12月 2022-12-31
2022年12月底前 2022-12-31
2022年12月末 2022-12-31
12月底 2022-12-31
12月 2022-12-31
12月份 2022-12-31
十二月底前 2022-12-31
２０２２年１２月 2022-12-31
2022.12 2022-12-31
2022-12 2022-12-31
2022/2 2022-02-28
2022年2月 2022-02-28
6月30日前 2022-06-30
6月30号前 2022-06-30
2022年6月30日 2022-06-30
2022.6.30 2022-06-30
2022/6/30 2022-06-30
2022-06-30 2022-06-30
20220630 2022-06-30
6.30前 2022-06-30
二〇二二年六月三十日 2022-06-30
二○二二年六月三十日 2022-06-30
十月一日 2022-10-01
6月31日前 2022-06-30
2022年3-11月 2022-11-30
2023年3至11月底前 2023-11-30
2022年6、11月 2022-11-30
2022年第1-3季度 2022-09-30
5月初 2022-05-10
5月上旬 2022-05-10
5月中旬 2022-05-20
5月下旬 2022-05-31
五月上中旬 2022-05-20
5月上旬至下旬 2022-05-31
第三季度 2022-09-30
三季度 2022-09-30
三季度末 2022-09-30
三季度末前 2022-09-30
Q3 2022-09-30
q1 2022-03-31
第二、三季度 2022-09-30
2023年一季度 2023-03-31
上半年 2022-06-30
2023年上半年 2023-06-30
下半年 2022-12-31
年底前 2022-12-31
年内 2022-12-31
年度内 2022-12-31
本年度内 2022-12-31
今年年底 2022-12-31
2022年底前 2022-12-31
2022年 2022-12-31
12月31日 2022-12-31
明年底 2023-12-31
春季开学前 2022-02-28
春季学期开学前 2022-02-28
秋季开学前 2022-08-31
秋季学期开学前 2022-08-31
暑假期间 2022-08-31
寒假期间 2022-02-28
2023年1月底前 2023-01-31
23年1月 2023-01-31
次年1月 2023-01-31
2022年9月至次年1月 2023-01-31
2023年9月至次年1月 2024-01-31
2023年1月至3月 2023-03-31
11月至1月 2023-01-31
3月启动，11月底前完成 2022-11-30
11月底前完成，3月启动 2022-11-30
3月启动 2022-03-31
3月—11月 2022-11-30
3-11月 2022-11-30
2022.3-2022.12 2022-12-31
2022.3-12 2022-12-31
2022.3.1—6.30 2022-06-30
6月25日至30日 2022-06-30
6月25日-12 2022-06-25
即日起至11月30日 2022-11-30
6月、11月各一次 2022-11-30
分别于6月、11月底前 2022-11-30
6月起草，9月印发 2022-09-30
"""
RECURRING = """
全年 2022-12-31 ongoing
贯穿全年 2022-12-31 ongoing
持续推进 2022-12-31 ongoing
长期坚持 2022-12-31 ongoing
长期 2022-12-31 ongoing
常态化 2022-12-31 ongoing
常态化推进 2022-12-31 ongoing
常态化开展 2022-12-31 ongoing
常年 2022-12-31 ongoing
每学期开学前 2022-12-31 ongoing
每学期一次 2022-12-31 ongoing
每半年 2022-12-31 ongoing
每年 2022-12-31 ongoing
每两个月一次 2022-12-31 ongoing
每月25日前 2022-12-31 monthly
每月二十五日前 2022-12-31 monthly
每月底 2022-12-31 monthly
按月 2022-12-31 monthly
每月 2022-12-31 monthly
每月5日、20日 2022-12-31 monthly
每季度末 2022-12-31 quarterly
每季度末前 2022-12-31 quarterly
每季度一次 2022-12-31 quarterly
按季度 2022-12-31 quarterly
每周五 2022-12-31 weekly
每周 2022-12-31 weekly
全年每周一次 2022-12-31 weekly
9月起，每月25日前 2022-12-31 monthly
9月起，长期坚持 2022-12-31 ongoing
6月底前建立，并长期坚持 2022-06-30 ongoing
每月25日前报送，12月10日前总结 2022-12-10 monthly
"""
NOTHING = ["立行立改", "按上级要求", "视情况", "适时", "开学前", "15日前", "13月", "2月40日", "三年内"]
NOTHING += ["10个工作日内", "1个月内", "2022—2023学年", "99999999"]
NOTHING += ["0月", "13月上旬", "第5季度", "0.0前", "2022.13", "1234"]


def _rows(table: str) -> list[list[str]]:
    return [line.split(" ") for line in table.split("\n") if line]


@pytest.mark.parametrize(("words", "due"), _rows(DATES))
def test_dates(words: str, due: str) -> None:
    assert read_deadline(words, 2022) == Deadline(date.fromisoformat(due), None, words)


@pytest.mark.parametrize(("words", "due", "recurrence"), _rows(RECURRING))
def test_recurrences(words: str, due: str, recurrence: str) -> None:
    found = read_deadline(words, 2022)
    assert (str(found.due), found.recurrence, found.text) == (due, recurrence, words)


@pytest.mark.parametrize("words", NOTHING)
def test_words_without_a_date(words: str) -> None:
    assert read_deadline(words, 2022) == Deadline(None, None, words)


@pytest.mark.parametrize("words", ["", " ", "无", "—", "/", "。", "暂无"])
def test_nothing_filled_in(words: str) -> None:
    assert read_deadline(words, 2022) == Deadline()


def test_the_text_is_as_written_without_outer_punctuation() -> None:
    assert read_deadline(" 2022 年 12 月 底前。", 2022) == Deadline(
        date(2022, 12, 31), None, "2022 年 12 月 底前"
    )


def test_february_of_a_leap_year() -> None:
    assert read_deadline("2月", 2024).due == date(2024, 2, 29)
    assert read_deadline("春季学期开学前", 2024).due == date(2024, 2, 29)


def test_a_year_carries_over_a_range_and_no_further() -> None:
    assert read_deadline("2023年1月—3月", 2022).due == date(2023, 3, 31)
    assert read_deadline("2021年9月启动，12月完成", 2022).due == date(2022, 12, 31)


def test_years_at_the_ends_of_the_calendar() -> None:
    assert read_deadline("次年1月", 9999).due is None
    assert read_deadline("每月", 0).due is None
    assert read_deadline("12月至1月", 9999).due == date(9999, 12, 31)


@pytest.mark.parametrize(
    "words", [r[0] for r in _rows(DATES) + _rows(RECURRING) if r[0] not in ("6月起草，9月印发",)]
)
def test_a_deadline_looks_like_one(words: str) -> None:
    assert looks_like_deadline(words)


@pytest.mark.parametrize(
    "words",
    [
        "每季度至少一次", "长期坚持、常抓不懈", "6月底前取得阶段性成效，长期坚持", "每季度第一个月10日前", "每月最后一个工作日",
        "分阶段推进，12月底前完成", "长期坚持，6月底前建立机制",
    ],
)  # fmt: skip
def test_longer_words_look_like_one_too(words: str) -> None:
    assert looks_like_deadline(words)


@pytest.mark.parametrize(
    "words", ["立行立改", "视情况", "按上级要求", "按上级要求推进", "立行立改，长期坚持", "适时开展"]
)
def test_words_that_name_no_day_are_a_deadline_too(words: str) -> None:
    assert looks_like_deadline(words)


@pytest.mark.parametrize(
    "words",
    [
        "党办",
        "九年一贯制学校",
        "三月三学校",
        "每月之星幼儿园",
        "试行",
        "含民办",
        "2021版",
        "2021—2030",
        "",
        "按上级要求整改办",
        "6月" * 40,
    ],
)
def test_a_name_or_remark_does_not(words: str) -> None:
    assert not looks_like_deadline(words)


@pytest.mark.parametrize(
    ("value", "shape", "due", "text"),
    [
        (datetime(2022, 6, 1), 'yyyy"年"m"月"', date(2022, 6, 30), "2022年6月"),
        (datetime(2022, 6, 1), 'yyyy"年"m"月";@', date(2022, 6, 30), "2022年6月"),
        (datetime(2022, 6, 1), "yyyy\\-mm", date(2022, 6, 30), "2022年6月"),
        (date(2022, 12, 1), "mmm-yy", date(2022, 12, 31), "2022年12月"),
        (datetime(2022, 6, 1), 'yyyy"年"m"月"d"日"', date(2022, 6, 1), "2022-06-01"),
        (datetime(2022, 6, 1), "[$-804]yyyy/m/d", date(2022, 6, 1), "2022-06-01"),
        (datetime(2022, 6, 1), "General", date(2022, 6, 1), "2022-06-01"),
    ],
)
def test_real_dates_mean_what_they_show(value: date, shape: str, due: date, text: str) -> None:
    assert date_cell(value, shape) == Deadline(due, None, text)


WORDS = st.text(
    st.sampled_from(
        "0123456789年月日号底前初末上中下旬第季度半春秋学期开暑寒假每周按长期全"
        "至到起—-~./、，。一二三十〇廿次明今本Qq 内２"
    ),
    max_size=40,
)


@given(st.one_of(WORDS, st.text(max_size=60)), st.integers(1, 9999))
@example("٣月", 2022)
@example("²月", 2022)
def test_any_text_is_read_without_an_exception(words: str, year: int) -> None:
    found = read_deadline(words, year)
    assert found.due is None or isinstance(found.due, date)
    assert found.text in words
    assert isinstance(looks_like_deadline(words), bool)
    if found.recurrence:
        assert found.due is not None


@given(st.dates(date(1950, 1, 1), date(2090, 12, 31)), st.integers(1990, 2050))
def test_a_full_date_is_that_day_in_every_writing(day: date, year: int) -> None:
    for words in (
        f"{day.year}年{day.month}月{day.day}日前",
        f"{day.year}.{day.month}.{day.day}",
        day.isoformat(),
        f"{day:%Y%m%d}",
    ):
        assert read_deadline(words, year).due == day


@given(st.integers(1, 12), st.integers(1, 12))
def test_of_several_months_the_last_counts(a: int, b: int) -> None:
    due = read_deadline(f"{a}月、{b}月各一次", 2022).due
    assert due is not None and due.month == max(a, b)
