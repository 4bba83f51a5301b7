"""What is odd about a return once the tracker is known."""

from __future__ import annotations

from datetime import date

import pytest
from attrs import evolve

from eduxl.model import Entry
from eduxl.returns import checks
from eduxl.returns.checks import check_reading, own_entries
from eduxl.returns.reader import Context, UnitReading

CONTEXT = Context(assigned={"S001": (1, 2)}, received=date(2022, 6, 20))


def reading(*entries: Entry, unit: str = "S001") -> UnitReading:
    return UnitReading(unit, unit, "2022-06", entries)


def codes_of(entry: Entry, previous: Entry | None = None, context: Context = CONTEXT) -> list[str]:
    return [w.code for w in checks.check_entry(entry, context, previous)]


def test_an_ordinary_answer_to_everything_raises_nothing() -> None:
    first = Entry(1, "推进中", 80, report="已动员")
    second = Entry(2, "已完成", 100, date(2022, 6, 15))
    assert check_reading(reading(first, second), CONTEXT) == ()


# --- missing --------------------------------------------------------------------------------------
def test_a_task_without_a_row_is_missing() -> None:
    (warning,) = check_reading(reading(Entry(1, "推进中", 80)), CONTEXT, {})
    assert (warning.code, warning.level, warning.task, warning.cell) == ("missing-entry", "must", 2, "")


def test_an_empty_row_is_missing_and_its_place_is_named() -> None:
    (warning,) = check_reading(reading(Entry(1, "推进中", 80), Entry(2, cell="填报表!F6")), CONTEXT, {})
    assert (warning.code, warning.task, warning.cell) == ("missing-entry", 2, "填报表!F6")


def test_a_row_with_only_a_reporter_is_missing() -> None:
    (warning,) = check_reading(
        reading(Entry(1, "推进中", 80), Entry(2, reporter="张三", phone="139")), CONTEXT, {}
    )
    assert (warning.code, warning.task) == ("missing-entry", 2)


def test_an_untouched_return_misses_everything() -> None:
    assert [w.task for w in check_reading(reading(Entry(1), Entry(2)), CONTEXT, {})] == [1, 2]


def test_without_a_tracker_the_rows_that_are_there_are_asked_for() -> None:
    warnings = check_reading(reading(Entry(7), unit=""), Context())
    assert [(w.code, w.task) for w in warnings] == [("missing-entry", 7)]


# --- not assigned -----------------------------------------------------------------------------------
def test_an_answer_to_a_task_of_others_is_told_and_does_not_count() -> None:
    item = reading(Entry(1, "推进中", 80), Entry(2, "推进中", 80), Entry(3, "已完成", 100, cell="填报表!F7"))
    (warning,) = check_reading(item, CONTEXT, {})
    assert (warning.code, warning.level, warning.task, warning.cell) == (
        "not-assigned",
        "explain",
        3,
        "填报表!F7",
    )
    assert [entry.task for entry in own_entries(item, CONTEXT)] == [1, 2]


def test_an_untouched_row_of_a_task_of_others_is_nothing() -> None:
    item = reading(Entry(1, "推进中", 80), Entry(2, "推进中", 80), Entry(3))
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
    (warning,) = checks.check_entry(Entry(1, "未启动", 50, date(2022, 6, 1)), CONTEXT, None)
    assert "50%" in warning.note and "2022-06-01" in warning.note


# --- dates ------------------------------------------------------------------------------------------
def test_done_after_the_return_came_is_told() -> None:
    entry = Entry(1, "已完成", 100, date(2022, 6, 21))
    assert codes_of(entry) == ["future-date"]
    assert codes_of(entry, context=evolve(CONTEXT, received=None)) == []


# --- steps back -------------------------------------------------------------------------------------
LAST = Entry(1, "推进中", 60, report="已动员", problems="缺经费")


@pytest.mark.parametrize(
    ("now", "before"),
    [
        (Entry(1, "推进中", 50, report="已动员"), LAST),
        (Entry(1, "未启动"), LAST),
        (Entry(1, "持续推进", 100), Entry(1, "已完成", 100)),
        (Entry(1, "推进中", 50, report="已动员", problems="缺经费"), LAST),
    ],
)
def test_a_step_back_without_a_new_reason_asks_for_one(now: Entry, before: Entry) -> None:
    (warning,) = checks.check_entry(now, CONTEXT, before)
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


@pytest.mark.parametrize("reason", [{"problems": "设备损坏需返工"}, {"report": "设备损坏，重新采购"}])
def test_a_new_reason_answers_for_a_step_back(reason: dict[str, str]) -> None:
    assert codes_of(Entry(1, "推进中", 50, **reason), LAST) == []  # type: ignore[arg-type]
