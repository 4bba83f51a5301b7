"""Each cell has one reading or is refused with its text kept."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eduxl import labels as L
from eduxl.returns import normalise, synonyms
from eduxl.returns.normalise import Result, progress_column

cells = st.one_of(
    st.text(max_size=30),
    st.text("0123456789.%％年月日-/完成百分之八十五成点.,:TZ１２ ", max_size=14),
    st.floats(),
    st.integers(),
    st.booleans(),
    st.dates(),
    st.datetimes(),
    st.times(),
    st.timedeltas(),
    st.none(),
)


# --- text -----------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ("  已完成动员 \n", "已完成动员"),
        ("\u3000\u200b全角空格\ufeff", "全角空格"),
        ("第一行\r\n第二行", "第一行\n第二行"),
        ("第一行\r第二行", "第一行\n第二行"),
        ("𠮷校长🙂", "𠮷校长🙂"),
        ("钟\x0b声", "钟声"),
        (13812345678.0, "13812345678"),
        (0.5, "0.5"),
        (3, "3"),
        (1e20, "100000000000000000000"),
        (620722198001011234.0, "620722198001011000"),
        (1.5e-7, "0.00000015"),
        (0.1 + 0.2, "0.3"),
        (float("nan"), "nan"),
        (True, "TRUE"),
        (False, "FALSE"),
        (date(2022, 6, 15), "2022-06-15"),
        (datetime(2022, 6, 15), "2022-06-15"),
        (datetime(2022, 6, 15, 8, 30), "2022-06-15 08:30"),
        (time(8, 30), "08:30"),
        (timedelta(hours=30), "1 day, 6:00:00"),
        (None, ""),
        ("", ""),
    ],
)
def test_text_is_what_a_person_sees_in_the_cell(cell: normalise.Cell, text: str) -> None:
    assert normalise.plain(cell) == text


def test_the_longest_text_of_a_cell_survives() -> None:
    longest = "长" * 32_767
    assert normalise.text(longest) == Result(longest)


@pytest.mark.parametrize(
    "text",
    ["=1+1", "=SUM(A1:A3)", "='Sheet 1'!A1", "=cmd|' /C calc'!A0", "+SUM(1)", "@SUM(1,2)", "-A1", "+B2*3",
    "= A1",
     "-2+3+cmd|' /C calc'!A0"],
)  # fmt: skip
def test_text_that_looks_like_a_formula_stays_text_and_is_told(text: str) -> None:
    assert normalise.text(text) == Result(text, "", "formula-neutralised")


@pytest.mark.parametrize(
    "text",
    [
        "-",
        "—",
        "+86 13812345678",
        "-完成动员",
        "@张三",
        "= 完成",
        "-5%",
        "=====",
        "- 一是PPT展示(3次)",
        "-B1楼维修",
    ],
)
def test_ordinary_text_with_a_sign_in_front_is_no_formula(text: str) -> None:
    assert normalise.text(text) == Result(text)


def test_a_phone_number_typed_as_a_number_has_no_decimals() -> None:
    assert normalise.phone(13812345678.0).value == "13812345678"


# --- task numbers ---------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "cell",
    [3.0, 3, "3", "３", "3.", "3、", "３．", "T03", "t3", "03", " 3 ", "任务3", "第3项", "3.0", "3号", "T-3"],
)
def test_a_task_number_in_any_usual_spelling(cell: normalise.Cell) -> None:
    assert normalise.task_number(cell) == 3


@pytest.mark.parametrize(
    "cell",
    ["", None, "3.1", 3.1, "3-1", "(3)", "（3）", "①", "3)", "三", "合计", 0, 0.0, -3.0, True, date(2022, 3,
    1), "3个",
     1e9, "1234567", float("nan"), float("inf")],
)  # fmt: skip
def test_steps_totals_and_other_things_are_no_task_number(cell: normalise.Cell) -> None:
    assert normalise.task_number(cell) is None


# --- status ---------------------------------------------------------------------------------------
@pytest.mark.parametrize("status", L.STATUSES)
def test_a_status_of_ours_is_taken_as_it_is(status: str) -> None:
    assert normalise.status(status) == Result(status)
    assert normalise.status(f" {status}\n") == Result(status)


@pytest.mark.parametrize(
    ("cell", "status"),
    [
        ("完成了", "已完成"),
        ("√", "已完成"),
        ("已 完 成。", "已完成"),
        ("进行中", "推进中"),
        ("还未启动", "未启动"),
        ("暂未启动", "未启动"),
        ("暂未开始。", "未启动"),
        ("暂未开展", "未启动"),
        ("已启动", "推进中"),
        ("常态化推进", "持续推进"),
        ("完成不了", "无法完成"),
    ],
)
def test_another_word_for_a_status_is_read_without_a_warning_and_kept(cell: str, status: str) -> None:
    assert normalise.status(cell) == Result(status, cell)


@pytest.mark.parametrize(
    "cell", ["未完成", "基本完成", "×", "完成80%", "见附件", 1.0, True, date(2022, 6, 1)]
)
def test_a_status_with_no_single_reading_is_refused_and_kept(cell: normalise.Cell) -> None:
    result = normalise.status(cell)
    assert result == Result("", normalise.plain(cell), "bad-status")


@pytest.mark.parametrize("cell", ["", None, "  "])
def test_an_empty_status_is_no_mistake(cell: normalise.Cell) -> None:
    assert normalise.status(cell) == Result("")


def test_a_dash_is_an_empty_status_but_not_forgotten() -> None:
    assert normalise.status("—") == Result("", "—")


def test_every_word_for_a_status_means_one_of_the_five() -> None:
    assert set(synonyms.STATUSES.values()) == set(L.STATUSES)


# --- progress -------------------------------------------------------------------------------------
def column(*cells: normalise.Cell, status: str = "推进中") -> list[float | None]:
    return [r.value for r in progress_column(cells, [status] * len(cells))]


def test_a_column_of_shares_is_read_as_shares() -> None:
    assert column(0.8, 1.0, 0.0, 0.29) == [80, 100, 0, 29]


def test_a_column_of_percents_is_read_as_percents() -> None:
    assert column(80.0, 100.0, 5.0, 0.0) == [80, 100, 5, 0]


def test_numbers_typed_as_text_are_judged_like_numbers() -> None:
    assert column("80", "１００", "5") == [80, 100, 5]
    assert column("0.8", " .5 ", "1") == [80, 50, 100]


def test_in_a_mixed_column_each_number_has_its_own_reading() -> None:
    assert column(80.0, 0.8) == [80, 80]


@pytest.mark.parametrize(
    ("cell", "percent"),
    [
        ("80%", 80),
        ("80％", 80),
        ("80.5 %", 80.5),
        ("0.8%", 0.8),
        ("完成80%", 80),
        ("已完成 80%", 80),
        ("完成80", 80),
        ("约80%", 80),
        ("80%左右", 80),
        ("80%以上", 80),
        ("总体进度80%。", 80),
        ("完成率：80%", 80),
        ("百分之80", 80),
        ("百分之八十五", 85),
        ("百分之十", 10),
        ("百分之百", 100),
        ("百分之一百", 100),
        ("百分之六十点五", 60.5),
        ("完成百分之八十", 80),
        ("八成", 80),
        ("8成", 80),
        ("100%完成", 100),
        ("全部完成", 100),
        ("未启动", 0),
        ("完成0.8", 80),
    ],
)
def test_percent_in_words(cell: str, percent: float) -> None:
    assert column(cell) == [percent]


@pytest.mark.parametrize("cell", ["80%", "0.8", "80", 0.8, 80.0])
def test_a_plain_number_or_percentage_needs_no_raw_text(cell: normalise.Cell) -> None:
    (result,) = progress_column([cell], ["推进中"])
    assert result == Result(80.0)


def test_words_around_a_percentage_are_kept() -> None:
    (result,) = progress_column(["完成80%"], ["推进中"])
    assert result == Result(80.0, "完成80%")


@pytest.mark.parametrize(
    "cell",
    ["过半", "80%-90%", "增长20%，完成5%", "较上年增长20%", "八九成", "百分之二三", "百分之", "百分之八点",
    "1.2.3", "120%", "-5%",
     120.0, -5.0, True, date(2022, 6, 1), "4/5", float("nan"), "=A1/B1", "点五"],
)  # fmt: skip
def test_progress_with_no_single_reading_is_refused_and_kept(cell: normalise.Cell) -> None:
    (result,) = progress_column([cell], ["推进中"])
    assert result == Result(None, normalise.plain(cell), "bad-progress")


@pytest.mark.parametrize("cell", ["", None, " ", "—", "/", "无"])
def test_nothing_in_the_progress_cell_is_no_mistake(cell: normalise.Cell) -> None:
    (result,) = progress_column([cell], ["推进中"])
    assert (result.value, result.code) == (None, "")


def test_a_lone_one_is_everything_where_the_task_is_done() -> None:
    assert progress_column([1.0], ["已完成"]) == [Result(100.0)]


@pytest.mark.parametrize("others", [[], [0.0], [""], [80.0, 0.5]])
def test_a_lone_one_that_the_column_cannot_decide_is_one_percent_with_a_warning(
    others: list[normalise.Cell],
) -> None:
    results = progress_column([1.0, *others], ["推进中"] * (1 + len(others)))
    assert results[0] == Result(1.0, "1", "bad-progress")


def test_a_one_among_percents_is_one_percent() -> None:
    assert progress_column([1.0, 80.0], ["推进中", "推进中"])[0] == Result(1.0)


def test_a_one_among_percents_is_everything_where_the_task_is_done() -> None:
    assert progress_column([1.0, 80.0], ["已完成", "推进中"])[0] == Result(100.0)


def test_a_refused_number_leaves_the_rest_of_the_column_alone() -> None:
    assert column(120.0, 80.0, 50.0) == [None, 80, 50]


@given(st.lists(st.tuples(cells, st.sampled_from((*L.STATUSES, ""))), max_size=8))
def test_progress_never_fails_and_stays_within_0_to_100(rows: list[tuple[normalise.Cell, str]]) -> None:
    results = progress_column([cell for cell, _ in rows], [status for _, status in rows])
    assert len(results) == len(rows)
    for (cell, _), result in zip(rows, results, strict=True):
        assert result.value is None or 0 <= result.value <= 100
        # Whatever is refused is kept.
        assert result.value is not None or result.raw == normalise.plain(cell)


@given(st.lists(st.integers(0, 100), min_size=1, max_size=20))
def test_shares_and_percents_of_a_column_mean_the_same(values: list[int]) -> None:
    states = ["推进中"] * len(values) + ["推进中", "推进中"]
    # 50 settles what the column is; a single 1 would not.
    percents = progress_column([float(v) for v in values] + [50.0, 100.0], states)
    shares = progress_column([v / 100 for v in values] + [0.5, 1.0], states)
    assert [r.value for r in percents] == [r.value for r in shares]


# --- dates ----------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "cell",
    [
        date(2022, 6, 15),
        datetime(2022, 6, 15, 10, 30),
        44727.0,
        44727.4375,
        "44727",
        20220615.0,
        "20220615",
        "2022-06-15",
        "2022-6-15",
        "2022.6.15",
        "2022/6/15",
        "2022年6月15日",
        "2022年6月15号",
        "2022年 6月 15日",
        "２０２２．６．１５",
        "2022。6。15",
        "2022、6、15",
        "2022-06-15 10:30",
        "2022-06-15T10:30:00Z",
        "22年6月15日",
        "6月15日",
        "6月15",
        "6.15",
        "6-15",
        "6/15",
        "22.6.15",
        "22-6-15",
        "'2022-6-15",
        "2022 6 15",
        "二〇二二年六月十五日",
        "六月十五日",
        "2022年6月15日验收",
        "于6月15日完成",
        " 2022.6.15。",
    ],
)
def test_a_date_in_any_usual_spelling(cell: normalise.Cell) -> None:
    result = normalise.day(cell, 2022)
    assert (result.value, result.code) == (date(2022, 6, 15), "")


def test_a_date_as_a_date_is_not_kept_as_text_and_another_spelling_is() -> None:
    assert normalise.day("2022-06-15", 2022).raw == ""
    assert normalise.day("6月15日", 2022).raw == "6月15日"
    assert normalise.day(44727.0, 2022).raw == "44727"


@pytest.mark.parametrize(
    "cell",
    ["2022年6月", "6月底", "六月十五", "2022.13.1", "2022-2-30", "12.6.15", "6.15-6.20", "已完成", 6.15,
    "2022年6月15日前", "计划6月15日完成", "6月1日至15日", "第3批2022年6月15日", "约6月15日",
    3.0, -1.0, True,
     time(8), timedelta(1), date(1900, 1, 6), "1922-06-15", "123456789", 20221315.0, float("nan"), "²"],
)  # fmt: skip
def test_what_is_no_certain_date_is_refused_and_kept(cell: normalise.Cell) -> None:
    assert normalise.day(cell, 2022) == Result(None, normalise.plain(cell), "bad-date")


def test_without_a_year_to_take_a_short_date_is_refused() -> None:
    assert normalise.day("6月15日", None).code == "bad-date"


@pytest.mark.parametrize("cell", ["", None, " ", "—", "/"])
def test_no_date_is_no_mistake(cell: normalise.Cell) -> None:
    result = normalise.day(cell, 2022)
    assert (result.value, result.code) == (None, "")


def test_the_date_of_a_clerk_reads_like_the_date_of_a_school() -> None:
    assert normalise.read_date("2022.6.15", None) == date(2022, 6, 15)
    assert normalise.read_date("尽快", 2022) is None


@given(st.dates(date(2000, 1, 1), date(2099, 12, 31)))
def test_every_way_to_write_a_date_gives_the_same_date(day: date) -> None:
    serial = float((day - date(1899, 12, 30)).days)
    words = f"{day.year}年{day.month}月{day.day}日"
    for cell in (day, serial, words, f"{day:%Y%m%d}", f"{day.year}.{day.month}.{day.day}", day.isoformat()):
        assert normalise.day(cell, None).value == day


# --- figures --------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("cell", "value", "raw"),
    [
        (1256.5, 1256.5, ""),
        ("1,256.5", 1256.5, ""),
        ("1256.5万元", 1256.5, "1256.5万元"),
        ("１２", 12, ""),
        (3, 3, ""),
        ("", None, ""),
    ],
)
def test_a_figure(cell: normalise.Cell, value: float | None, raw: str) -> None:
    assert normalise.amount(cell, "万元") == Result(value, raw)


@pytest.mark.parametrize("cell", ["1256元", "约1000", "1千", "一千", True, date(2022, 6, 1), float("inf")])
def test_what_is_no_figure_is_refused_and_kept(cell: normalise.Cell) -> None:
    assert normalise.amount(cell, "万元") == Result(None, normalise.plain(cell), "bad-number")


def test_a_dash_is_no_figure_and_no_mistake() -> None:
    assert normalise.amount("—", "万元") == Result(None, "—")


# --- whatever comes ---------------------------------------------------------------------------------
@given(cells, st.one_of(st.none(), st.integers(2000, 2099)))
def test_no_cell_makes_reading_fail_or_loses_its_text(cell: normalise.Cell, year: int | None) -> None:
    seen = normalise.plain(cell)
    status, day, amount = normalise.status(cell), normalise.day(cell, year), normalise.amount(cell, "个")
    assert status.value or status.raw == seen
    assert day.value is not None or day.raw == seen
    assert amount.value is not None or amount.raw == seen
    assert normalise.text(cell).value == seen
    number = normalise.task_number(cell)
    assert number is None or number > 0


def test_cells_that_are_equal_to_python_stay_apart() -> None:
    for _ in range(2):
        assert [normalise.text(cell).value for cell in ("1", 1.0, True, "True", "")] == [
            "1", "1", "TRUE", "True", "",
        ]  # fmt: skip
        assert normalise.text("=SUM(A1)") == Result("=SUM(A1)", "", "formula-neutralised")
        assert normalise.phone("1.39E+10") == Result("1.39E+10", "", "bad-phone")
        assert normalise.phone("13900000000") == Result("13900000000")
