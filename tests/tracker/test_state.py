"""Replaying the ledger: which returns count, how long decisions stand, what a past day looked like."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime
from datetime import date as D
from itertools import count
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from eduxl import labels as L
from eduxl.errors import RoundError
from eduxl.model import Return, Task
from eduxl.tracker.records import (
    Closure,
    Confirmation,
    Event,
    Extension,
    Fact,
    Issued,
    Misread,
    Records,
    Rejected,
    Remark,
    Review,
    RoundClosed,
    RoundOpened,
    SeenBefore,
    Setting,
)
from eduxl.tracker.rows import Row, look
from eduxl.tracker.state import State, last_known, period, replay
from eduxl.tracker.views import digest, master_view
from tests.builders import answer, small_plan, small_roster

_ids = count(1)


class Story:
    """Records told step by step: `story(day, fact, …)` is one event."""

    def __init__(self, *tasks: Task) -> None:
        self.records = Records()
        self._seq: Iterator[int] = count(1)
        self(D(2022, 1, 5), small_plan(*tasks), small_roster())

    def __call__(self, day: date, *facts: Fact) -> Story:
        self.records.add(Event(next(self._seq), day, "步骤"), facts)
        return self

    @property
    def state(self) -> State:
        return replay(self.records)

    def row(self, unit: str, task: int, as_of: date) -> Row:
        state = self.state
        assert state.current
        seen = look(state, state.current, as_of)
        return next(r for r in seen.rows if (r.unit.code, r.task.no) == (unit, task))


def came(unit: str = "S002", round_id: str = "2022-06", day: int = 20, *entries: Any, **more: Any) -> Return:
    """A return received on a day of June 2022 at nine o'clock."""
    moment = datetime(2022, 6, day, 9)
    values: dict[str, Any] = {
        "id": next(_ids),
        "sha256": f"{unit}{round_id}{day}{more.get('sha256', '')}",
        "path": f"{unit}.xlsx",
        "unit": unit,
        "round": round_id,
        "received": moment,
        "modified": moment,
        "file_time": moment,
        "entries": entries or (answer(),),
    }
    return Return(**{**values, **more})


def june() -> Story:
    return Story()(D(2022, 6, 1), RoundOpened("2022-06", D(2022, 6, 25)))


# --- which return counts --------------------------------------------------------------------------
def test_the_latest_return_wins_whatever_came_in_first() -> None:
    old, new = came(day=20), came("S002", "2022-06", 22, answer(progress=80))
    for order in ([old, new], [new, old]):
        state = june()(D(2022, 6, 26), *order).state
        assert state.winners["2022-06", "S002"] == new
        entry = state.entry("2022-06", "S002", 1)
        assert entry is not None and entry.progress == 80


def test_a_correction_after_the_due_date_is_not_late() -> None:
    story = june()(D(2022, 6, 30), came(day=24), came(day=28))
    current = story.state.current
    assert current is not None
    assert look(story.state, current, D(2022, 6, 30)).late == ()
    alone = june()(D(2022, 6, 30), came(day=28))
    assert [u.unit.code for u in look(alone.state, current, D(2022, 6, 30)).late] == ["S002"]


def test_empty_rows_are_no_entries() -> None:
    blank = answer("", None, report="", reporter="张三", phone="0936")
    state = june()(D(2022, 6, 26), came("S002", "2022-06", 20, blank)).state
    assert state.entry("2022-06", "S002", 1) is None
    assert june()(D(2022, 6, 26)).state.entry("2022-06", "S002", 1) is None


# --- periods --------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("recurrence", "round_id", "expected"),
    [
        (None, "2022-06", ""),
        ("ongoing", "2022-06", ""),
        ("weekly", "2022-06", "2022-06"),
        ("monthly", "2022-06-2", "2022-06"),
        ("quarterly", "2022-03", "2022Q1"),
        ("quarterly", "2022-04", "2022Q2"),
        ("quarterly", "2022-12", "2022Q4"),
        ("monthly", "odd", "odd"),
    ],
)
def test_period(recurrence: Any, round_id: str, expected: str) -> None:
    assert period(recurrence, round_id) == expected


def quarterly() -> Task:
    return Task(
        1, 1, "季度检查", "", ("党办",), (), ("洪水镇初级中学",), D(2022, 12, 31), "quarterly", "每季度"
    )


def test_what_was_known_in_the_last_quarter_does_not_count_in_this_one() -> None:
    story = Story(quarterly())
    story(D(2022, 5, 1), RoundOpened("2022-05", D(2022, 5, 25)))
    done = answer(L.COMPLETED, 100, done_on=D(2022, 5, 2))
    story(D(2022, 5, 26), came("S002", "2022-05", 20, done))
    story(D(2022, 6, 1), RoundOpened("2022-06", D(2022, 6, 25)))
    june_row = story.row("S002", 1, D(2022, 6, 2))
    assert june_row.known == done and june_row.light == L.GREEN and june_row.earlier_round == "2022-05"
    story(D(2022, 7, 1), RoundOpened("2022-07", D(2022, 7, 25)))
    july_row = story.row("S002", 1, D(2022, 7, 2))
    assert july_row.known is None and july_row.light == "" and july_row.earlier is None


def test_last_known_skips_entries_without_a_status() -> None:
    story = june()(D(2022, 6, 26), came("S002", "2022-06", 20, answer(progress=30)))
    story(D(2022, 7, 1), RoundOpened("2022-07", D(2022, 7, 25)))
    story(D(2022, 7, 26), came("S002", "2022-07", 30, answer("", 60)))
    story(D(2022, 8, 1), RoundOpened("2022-08", D(2022, 8, 25)))
    state = story.state
    task = state.plan.tasks[0]
    current = state.current
    assert current is not None
    known = last_known(state, current, "S002", task)
    assert known is not None and known[1].progress == 30
    row = story.row("S002", 1, D(2022, 8, 2))
    assert row.earlier is not None and row.earlier.progress == 60
    assert last_known(state, current, "S003", task) is None


# --- the clerk's decisions ------------------------------------------------------------------------
BACK = Review("2022-06", "S002", 1, L.SENT_BACK, "附件缺失")


def test_sent_back_stands_until_a_newer_return_comes() -> None:
    story = june()(D(2022, 6, 21), came(day=20))(D(2022, 6, 22), BACK)
    assert story.row("S002", 1, D(2022, 6, 23)).flags[0] == L.F_SENT_BACK
    story(D(2022, 6, 23), came(day=19))  # older than what counts: not an answer
    assert story.state.is_sent_back("S002", 1)
    story(D(2022, 6, 24), came(day=23))
    assert not story.state.is_sent_back("S002", 1)
    assert L.F_SENT_BACK not in story.row("S002", 1, D(2022, 6, 24)).flags


def test_a_newer_return_empties_every_review_of_the_unit() -> None:
    passed = Review("2022-06", "S002", 2, L.PASSED, "好")
    other = Review("2022-06", "S003", 1, L.PASSED, "好")
    story = june()(D(2022, 6, 21), came(day=20))(D(2022, 6, 22), BACK, passed, other)
    assert set(story.state.reviews) == {("S002", 1), ("S002", 2), ("S003", 1)}
    story(D(2022, 6, 24), came(day=23))
    assert set(story.state.reviews) == {("S003", 1)}


def test_sent_back_outlives_the_round_but_passed_does_not() -> None:
    passed = Review("2022-06", "S003", 1, L.PASSED, "")
    story = june()(D(2022, 6, 21), came(day=20), came("S003"))(D(2022, 6, 22), BACK, passed)
    story(D(2022, 7, 1), RoundOpened("2022-07", D(2022, 7, 25)))
    assert set(story.state.reviews) == {("S002", 1)}
    assert L.F_SENT_BACK in story.row("S002", 1, D(2022, 7, 2)).flags


def test_a_sent_back_completion_never_counts_as_done_again() -> None:
    done = answer(L.COMPLETED, 100, done_on=D(2022, 6, 1))
    story = june()(D(2022, 6, 21), came("S002", "2022-06", 20, done))(D(2022, 6, 22), BACK)
    assert L.F_OVERDUE in story.row("S002", 1, D(2022, 7, 1)).flags
    story(D(2022, 7, 1), RoundOpened("2022-07", D(2022, 7, 25)))
    blank = answer("", None, report="")
    story(D(2022, 7, 5), came("S002", "2022-07", 28, blank))
    row = story.row("S002", 1, D(2022, 7, 6))
    assert L.F_OVERDUE in row.flags and L.F_SENT_BACK not in row.flags and not row.settled


def test_a_withdrawn_sent_back_leaves_no_trace() -> None:
    done = answer(L.COMPLETED, 100, done_on=D(2022, 6, 1))
    story = june()(D(2022, 6, 21), came("S002", "2022-06", 20, done))(D(2022, 6, 22), BACK)
    story(D(2022, 6, 23), evolve(BACK, result="", note=""))
    row = story.row("S002", 1, D(2022, 7, 1))
    assert L.F_OVERDUE not in row.flags and row.settled
    assert story.state.reviews == {}


def test_sending_back_a_silent_row_and_one_without_status() -> None:
    story = june()(D(2022, 6, 22), BACK)
    assert story.state.reviews["S002", 1].targets == frozenset()
    story = june()(D(2022, 6, 21), came("S002", "2022-06", 20, answer("", 30)))(D(2022, 6, 22), BACK)
    assert len(story.state.reviews["S002", 1].targets) == 1


def test_extension_moves_the_due_date_and_an_emptied_cell_withdraws_it() -> None:
    story = june()(D(2022, 6, 20), Extension("S002", 1, D(2022, 7, 31)))
    assert L.F_OVERDUE not in story.row("S002", 1, D(2022, 7, 1)).flags
    assert L.F_OVERDUE in story.row("S003", 1, D(2022, 7, 1)).flags
    story(D(2022, 7, 1), RoundOpened("2022-07", D(2022, 7, 25)))
    assert story.row("S002", 1, D(2022, 7, 2)).due == D(2022, 7, 31)
    story(D(2022, 7, 3), Extension("S002", 1, None))
    assert L.F_OVERDUE in story.row("S002", 1, D(2022, 7, 4)).flags
    assert story.state.due("S002", story.state.plan.tasks[0]) == D(2022, 6, 30)


def test_closing_a_task_keeps_this_rounds_rows_and_asks_nothing_later() -> None:
    story = june()(D(2022, 6, 20), Closure(1, L.CLOSED_YES))
    assert L.F_OVERDUE not in story.row("S002", 1, D(2022, 7, 1)).flags
    story(D(2022, 7, 1), RoundOpened("2022-07", D(2022, 7, 25)))
    assert {a.task for a in story.state.asked("2022-07")} == {2}
    assert {a.task for a in story.state.asked("2022-06")} == {1, 2}
    story(D(2022, 7, 2), Closure(1, L.CLOSED_NO))(D(2022, 8, 1), RoundOpened("2022-08", D(2022, 8, 25)))
    assert {a.task for a in story.state.asked("2022-08")} == {1, 2}
    story(D(2022, 8, 2), Closure(1, ""))
    assert 1 not in story.state.closed_tasks


def test_settings_remarks_confirmations_and_rejects() -> None:
    bad = Rejected("ff00", "x.xlsx", "2022-06", "unknown-unit", "认不出", datetime(2022, 6, 2))
    story = june()(
        D(2022, 6, 3), Setting("eduxl_warn_days", 30), Remark(1, "重点"), bad, Confirmation("ff00", "S002")
    )
    state = story.state
    assert (state.warn_days, state.lag_points, state.remarks) == (30, 20, {1: "重点"})
    assert state.confirmations == {"ff00": "S002"} and list(state.rejects.values()) == [bad]
    story(D(2022, 6, 4), came("S002", sha256="ff00"), Remark(1, ""), Confirmation("ff00", ""))
    assert story.state.rejects == {} and story.state.remarks == {} and story.state.confirmations == {}


def test_identical_bytes_keep_their_first_received_time() -> None:
    late = came(day=28)
    story = june()(D(2022, 6, 30), came("S003"), late)
    story(
        D(2022, 7, 1),
        SeenBefore("2022-06", late.sha256, "副本.xlsx", datetime(2022, 6, 24, 9), datetime(2022, 6, 24, 9)),
    )
    state = story.state
    assert state.winners["2022-06", "S002"].received == datetime(2022, 6, 24, 9)
    assert L.F_LATE not in look(state, state.rounds[0], D(2022, 7, 1)).units[3].flags
    story(
        D(2022, 7, 1),
        SeenBefore("2022-06", late.sha256, "副本.xlsx", datetime(2022, 6, 29, 9), datetime(2022, 6, 29, 9)),
    )
    assert story.state.winners["2022-06", "S002"].received == datetime(2022, 6, 24, 9)
    story(D(2022, 7, 2), came(day=29))(
        D(2022, 7, 3),
        SeenBefore("2022-06", late.sha256, "副本.xlsx", datetime(2022, 6, 1, 9), datetime(2022, 6, 1, 9)),
    )
    assert story.state.winners["2022-06", "S002"].received == datetime(2022, 6, 29, 9)


def test_a_text_without_meaning_leaves_the_decision_and_goes_with_a_newer_return() -> None:
    story = june()(D(2022, 6, 21), came(day=20))(D(2022, 6, 22), BACK, Misread(L.REVIEW, "S002", 1, "不行"))
    assert story.state.is_sent_back("S002", 1) and story.state.misread == {(L.REVIEW, "S002", 1): "不行"}
    story(D(2022, 6, 22), Misread(L.CLOSED, "", 1, "算了"), Issued("2022-06", "S002", "ff"))
    story(D(2022, 6, 24), came(day=23))
    assert story.state.misread == {(L.CLOSED, "", 1): "算了"} and story.state.issued == {"ff"}
    story(D(2022, 6, 25), Misread(L.CLOSED, "", 1, ""))
    assert story.state.misread == {}


# --- rounds and days ------------------------------------------------------------------------------
def test_unknown_round_names_those_there_are() -> None:
    with pytest.raises(RoundError, match="2022-06"):
        june().state.round("2022-09")
    with pytest.raises(RoundError, match="还没有轮次"):
        Story().state.round("2022-09")
    assert Story().state.current is None


def test_closing_keeps_the_rows_as_they_stood() -> None:
    story = june()(D(2022, 6, 30), RoundClosed("2022-06", (("2022-06", "S002"),)))
    current = story.state.current
    assert current is not None and current.closed == D(2022, 6, 30)
    assert story.state.history == [("2022-06", "S002")]


def test_a_past_day_shows_what_was_recorded_by_then() -> None:
    story = june()(D(2022, 6, 21), came(day=20))(D(2022, 6, 28), came("S003", day=27))
    story(D(2022, 7, 1), RoundOpened("2022-07", D(2022, 7, 25)))
    past = replay(story.records.until(D(2022, 6, 25)))
    assert past.current is not None and past.current.id == "2022-06"
    assert set(past.winners) == {("2022-06", "S002")}
    assert past.roster == story.state.roster
    assert replay(story.records.until(D(2021, 1, 1))).current is None


def test_a_round_dated_after_its_returns_is_there_from_the_first_of_them() -> None:
    story = Story()(D(2026, 1, 1), RoundOpened("2022-06", D(2022, 6, 25)))(D(2022, 6, 30), came(day=20))
    past = replay(story.records.until(D(2022, 6, 30)))
    assert past.current is not None and past.current.id == "2022-06"


@given(st.permutations([came(day=day, sha256=str(day)) for day in (18, 20, 22, 24)]))
def test_any_order_of_merging_shows_the_same(order: list[Return]) -> None:
    def view(returns: list[Return]) -> str:
        story = june()
        for r in returns:
            story(D(2022, 6, 26), r)
        shown = master_view(story.state, D(2022, 6, 26), tracker="t", generation=1)
        return repr(shown.entries) + repr(shown.alerts)

    assert view(order) == view(sorted(order, key=lambda r: r.sha256))


def test_the_digest_ignores_only_the_generation() -> None:
    state = june()(D(2022, 6, 21), came(day=20)).state
    make: Callable[..., Any] = lambda day, n: master_view(state, day, tracker="t", generation=n)  # noqa: E731
    assert digest(make(D(2022, 6, 22), 1)) == digest(make(D(2022, 6, 22), 2))
    assert digest(make(D(2022, 6, 22), 1)) != digest(make(D(2022, 6, 23), 1))
