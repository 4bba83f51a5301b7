"""What is odd about a return once the tracker is known."""

from __future__ import annotations

from datetime import date

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from eduxl import labels as L
from eduxl.model import Entry, Indicator, IndicatorValue, Task, Warning
from eduxl.returns import checks
from eduxl.returns.checks import check_reading, own_entries
from eduxl.returns.normalise import squeeze
from eduxl.returns.reader import Context, UnitReading

CONTEXT = Context(assigned={"S001": (1, 2)}, received=date(2022, 6, 20))


FIRST = Entry(1, "推进中", 80, report="已动员部署")
SECOND = Entry(2, "已完成", 100, date(2022, 6, 15))


def reading(*entries: Entry, unit: str = "S001") -> UnitReading:
    return UnitReading(unit, unit, "2022-06", entries)


def warned(entry: Entry, previous: Entry | None = None, context: Context = CONTEXT) -> list[Warning]:
    """The warnings about a row, gaps apart: most rows here say only what their test is about."""
    return [w for w in checks.check_entry(entry, context, previous) if w.code != "missing-cell"]


def codes_of(entry: Entry, previous: Entry | None = None, context: Context = CONTEXT) -> list[str]:
    return [w.code for w in warned(entry, previous, context)]


def test_an_ordinary_answer_to_everything_raises_nothing() -> None:
    assert check_reading(reading(FIRST, SECOND), CONTEXT) == ()


# --- missing --------------------------------------------------------------------------------------
def test_a_task_without_a_row_is_missing() -> None:
    (warning,) = check_reading(reading(FIRST), CONTEXT, {})
    assert (warning.code, warning.level, warning.task, warning.cell) == ("missing-entry", "must", 2, "")


def test_an_empty_row_is_missing_and_its_place_is_named() -> None:
    (warning,) = check_reading(reading(FIRST, Entry(2, cell="填报表!F6")), CONTEXT, {})
    assert (warning.code, warning.task, warning.cell) == ("missing-entry", 2, "填报表!F6")


def test_a_row_with_only_a_reporter_is_missing() -> None:
    (warning,) = check_reading(reading(FIRST, Entry(2, reporter="张三", phone="139")), CONTEXT, {})
    assert (warning.code, warning.task) == ("missing-entry", 2)


def test_an_untouched_return_misses_everything() -> None:
    assert [w.task for w in check_reading(reading(Entry(1), Entry(2)), CONTEXT, {})] == [1, 2]


def test_without_a_tracker_the_rows_that_are_there_are_asked_for() -> None:
    warnings = check_reading(reading(Entry(7), unit=""), Context())
    assert [(w.code, w.task) for w in warnings] == [("missing-entry", 7)]


# --- not assigned -----------------------------------------------------------------------------------
def test_an_answer_to_a_task_of_others_is_told_and_does_not_count() -> None:
    item = reading(FIRST, SECOND, Entry(3, "已完成", 100, cell="填报表!F7"))
    (warning,) = check_reading(item, CONTEXT, {})
    assert (warning.code, warning.level, warning.task, warning.cell) == (
        "not-assigned",
        "explain",
        3,
        "填报表!F7",
    )
    assert [entry.task for entry in own_entries(item, CONTEXT)] == [1, 2]


def test_an_untouched_row_of_a_task_of_others_is_nothing() -> None:
    item = reading(FIRST, SECOND, Entry(3))
    assert check_reading(item, CONTEXT, {}) == ()


def test_without_a_tracker_every_entry_counts() -> None:
    item = reading(Entry(1), Entry(9), unit="")
    assert own_entries(item, Context()) == item.entries


# --- contradictions ---------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "entry",
    [
        Entry(1, "未启动", 10),
        Entry(1, "未启动", 100),
        Entry(1, "推进中", 100),
        Entry(1, "已完成", 99),
        Entry(1, "推进中", 80, date(2022, 6, 1)),
        Entry(1, "未启动", None, date(2022, 6, 1)),
    ],
)
def test_status_against_progress_or_date_is_a_conflict(entry: Entry) -> None:
    assert codes_of(entry) == ["status-conflict"]


@pytest.mark.parametrize(
    "entry",
    [
        Entry(1, "未启动", 0),
        Entry(1, "未启动"),
        Entry(1, "推进中", 99),
        Entry(1, "推进中", 0),
        Entry(1, "已完成"),
        Entry(1, "已完成", 100, date(2022, 6, 20)),
        Entry(1, "持续推进", 100),
        Entry(1, "无法完成", 30),
        Entry(1, "", 100, date(2022, 6, 1)),
    ],
)
def test_answers_that_fit_each_other_are_no_conflict(entry: Entry) -> None:
    assert codes_of(entry) == []


def test_two_contradictions_in_a_row_are_one_warning_that_names_both() -> None:
    (warning,) = warned(Entry(1, "未启动", 50, date(2022, 6, 1)))
    assert "50%" in warning.note and "2022-06-01" in warning.note


# --- dates ------------------------------------------------------------------------------------------
def test_done_after_the_return_came_is_told() -> None:
    entry = Entry(1, "已完成", 100, date(2022, 6, 21))
    assert codes_of(entry) == ["future-date"]
    assert codes_of(entry, context=evolve(CONTEXT, received=None)) == []


# --- steps back -------------------------------------------------------------------------------------
LAST = Entry(1, "推进中", 60, report="已动员部署", problems="缺经费")


@pytest.mark.parametrize(
    ("now", "before"),
    [
        (Entry(1, "推进中", 50, report="已动员部署"), LAST),
        (Entry(1, "未启动"), LAST),
        (Entry(1, "持续推进", 100), Entry(1, "已完成", 100)),
        (Entry(1, "推进中", 50, report="已动员部署", problems="缺经费"), LAST),
    ],
)
def test_a_step_back_without_a_new_reason_asks_for_one(now: Entry, before: Entry) -> None:
    (warning,) = warned(now, before)
    assert (warning.code, warning.level) == ("progress-regressed", "explain")


@pytest.mark.parametrize(
    "now",
    [
        Entry(1, "推进中", 60),
        Entry(1, "推进中", 70),
        Entry(1, "推进中"),
        Entry(1, "", None, report="x"),
        Entry(1, "已完成", 100),
        Entry(1, "无法完成", 60),
    ],
)
def test_no_step_back(now: Entry) -> None:
    assert codes_of(now, LAST) == []


@pytest.mark.parametrize(
    ("now", "told"),
    [
        (Entry(1, "推进中", 95, report="已动员部署", problems="缺经费"), True),
        (Entry(1, "推进中", 80, report="已动员部署", problems="缺经费"), False),
        (Entry(1, "推进中", 95, report="器材已全部到位", problems="缺经费"), False),
        (Entry(1, "推进中", 95, report="已动员部署", problems="经费到位，一次建成"), False),
    ],
)
def test_far_more_progress_in_the_same_words_is_told(now: Entry, told: bool) -> None:
    before = Entry(1, "推进中", 40, report="已动员部署", problems="缺经费")
    assert (codes_of(now, before) == ["progress-jump"]) is told


@pytest.mark.parametrize("reason", [{"problems": "设备损坏需返工"}, {"report": "设备损坏，重新采购"}])
def test_a_new_reason_answers_for_a_step_back(reason: dict[str, str]) -> None:
    assert codes_of(Entry(1, "推进中", 50, **reason), LAST) == []  # type: ignore[arg-type]


# --- the place of a warning -------------------------------------------------------------------------
#: 填报表!F5 to L5.
PLACES = {column: f"填报表!{letter}5" for letter, column in zip("FGHIJKL", L.ANSWER_COLUMNS, strict=False)}


@pytest.mark.parametrize(
    ("entry", "code", "column", "value"),
    [
        (
            Entry(1, "已完成", 100, date(2022, 12, 15), raw={L.DONE_ON: "12月15日"}),
            "future-date", L.DONE_ON, "12月15日",
        ),
        (Entry(1, "已完成", 100, date(2021, 6, 1)), "date-before-year", L.DONE_ON, "2021-06-01"),
        (Entry(1, "推进中", 50, report="在做"), "short-text", L.REPORT, "在做"),
        (Entry(1, "已完成", 100, evidence="无"), "missing-evidence", L.EVIDENCE, "无"),
        (Entry(1, "推进中", 30, raw={L.PROGRESS: "三成"}), "progress-regressed", L.PROGRESS, "三成"),
        (Entry(1, "未启动"), "progress-regressed", L.STATUS, "未启动"),
        (
            Entry(1, "推进中", 95, report=LAST.report, problems=LAST.problems, raw={L.PROGRESS: "完成95%"}),
            "progress-jump", L.PROGRESS, "完成95%",
        ),
        (Entry(1, "推进中", 50), "missing-cell", L.REPORT, ""),
    ],
)  # fmt: skip
def test_a_warning_names_the_cell_it_is_about_and_what_stands_there(
    entry: Entry, code: str, column: str, value: str
) -> None:
    context = evolve(CONTEXT, year=2022, tasks={1: Task(1, None, "建好台账", "留存佐证材料。")})
    before = LAST if code == "progress-regressed" else evolve(LAST, progress=40)
    entry = evolve(entry, cell=PLACES[L.STATUS], cells=PLACES)
    (warning,) = (w for w in checks.check_entry(entry, context, before) if w.code == code)
    assert (warning.cell, warning.value) == (PLACES[column], value)
    # From the ledger only the row is known.
    (warning,) = (w for w in checks.check_entry(evolve(entry, cells={}), context, before) if w.code == code)
    assert warning.cell == PLACES[L.STATUS]


# --- gaps in an answered row ------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("entry", "columns"),
    [
        (Entry(1, "已完成", 100), ["完成日期"]),
        (Entry(1, "推进中"), ["完成进度", "进展情况"]),
        (Entry(1, "持续推进", 50), ["进展情况"]),
        (Entry(1, "无法完成"), ["存在问题"]),
        (Entry(1, "", 50), ["完成状态"]),
    ],
)
def test_an_empty_cell_that_the_status_asks_for_is_told(entry: Entry, columns: list[str]) -> None:
    (warning,) = checks.check_entry(entry, CONTEXT, None)
    assert (warning.code, warning.level) == ("missing-cell", "must")
    assert all(f"“{column}”" in warning.note for column in columns)


def test_a_cell_that_could_not_be_read_is_not_empty() -> None:
    assert checks.check_entry(Entry(1, "已完成", 100, raw={"完成日期": "上周"}), CONTEXT, None) == []
    assert checks.check_entry(Entry(1, "未启动"), CONTEXT, None) == []


# --- unlikely, but possible -------------------------------------------------------------------------
def test_done_before_the_year_is_told_unless_explained() -> None:
    context = evolve(CONTEXT, year=2022)
    assert codes_of(Entry(1, "已完成", 100, date(2021, 6, 1)), None, context) == ["date-before-year"]
    assert codes_of(Entry(1, "已完成", 100, date(2022, 1, 1)), None, context) == []
    assert codes_of(Entry(1, "已完成", 100, date(2021, 6, 1), problems="上年已建成"), None, context) == []
    (warning,) = check_reading(
        reading(evolve(SECOND, done_on=date(2021, 6, 1))), evolve(CONTEXT, assigned={"S001": (2,)})
    )
    assert warning.code == "date-before-year"  # the round tells the year where no plan does


@pytest.mark.parametrize(
    ("entry", "told"),
    [
        (Entry(1, "推进中", 50, report="在做。"), True),
        (Entry(1, "推进中", 50, report="正常 推进"), True),
        (Entry(1, "推进中", 50, report="已完成招标"), False),
        (Entry(1, "持续推进", 50, report="在做"), False),
        (Entry(1, "推进中", 50), False),
        (Entry(1, "推进中", 50, report="在做", problems="资金未到位"), False),
        (Entry(1, "推进中", 50, report="在做", problems="无"), True),
    ],
)
def test_a_report_of_a_few_characters_is_told(entry: Entry, told: bool) -> None:
    assert (codes_of(entry) == ["short-text"]) is told


@pytest.mark.parametrize(
    ("task", "entry", "told"),
    [
        (Task(1, None, "建好台账", "留存佐证材料。"), Entry(1, "已完成", 100), True),
        (Task(1, None, "建好台账", "留存佐证材料。"), Entry(1, "已完成", 100, evidence="无"), True),
        (
            Task(1, None, "建好台账", "留存佐证材料。"),
            Entry(1, "已完成", 100, evidence="教发〔2022〕3号"),
            False,
        ),
        (Task(1, None, "建好台账", checklist=("报送印证材料",)), Entry(1, "已完成", 100), True),
        (Task(1, None, "建好台账", "留存佐证材料。"), Entry(1, "推进中", 50), False),
        (Task(1, None, "建好台账"), Entry(1, "已完成", 100), False),
    ],
)
def test_evidence_is_asked_for_where_the_task_does(task: Task, entry: Entry, told: bool) -> None:
    assert (codes_of(entry, None, evolve(CONTEXT, tasks={1: task})) == ["missing-evidence"]) is told


@pytest.mark.parametrize(
    ("value", "unit", "target", "told"),
    [
        (-1, "人", 50.0, True),
        (0, "人", 50.0, False),
        (101, "%", 95.0, True),
        (101, "%", 120.0, False),
        (100, "%", None, False),
        (501, "万元", 50.0, True),
        (500, "万元", 50.0, False),
        (9999, "人", None, False),
    ],
)
def test_an_unlikely_figure_is_told(value: float, unit: str, target: float | None, told: bool) -> None:
    task = Task(1, None, "培训教师", indicators=(Indicator("培训", target, unit),))
    context = evolve(CONTEXT, tasks={1: task})
    figure = IndicatorValue(1, "培训", value, cell="指标填报!F4")
    item = evolve(reading(FIRST, SECOND), indicators=(figure,))
    found = check_reading(item, context)
    assert [(w.code, w.cell) for w in found] == [("number-out-of-range", "指标填报!F4")] * told
    explained = evolve(item, indicators=(evolve(figure, note="含上年结转"),))
    assert check_reading(explained, context) == ()


@pytest.mark.parametrize(
    ("theirs", "ours", "told"),
    [("1", "1.1", True), ("1.9", "1.10", True), ("1.1", "1.1", False), ("", "1.1", False)],
)
def test_a_template_from_before_the_plan_was_revised_is_told(theirs: str, ours: str, told: bool) -> None:
    item = evolve(reading(FIRST, SECOND), version=theirs)
    assert [w.code for w in check_reading(item, evolve(CONTEXT, version=ours))] == ["old-template"] * told


@given(st.text(st.sampled_from("已动员 \u3000\u200b\nab①㍿가\u1100\u1161e\u0301，。１"), max_size=20))
def test_a_text_is_short_by_its_characters(text: str) -> None:
    assert checks.is_short(text) is (0 < len(squeeze(text)) < checks.SHORT_TEXT)
