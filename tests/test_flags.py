"""The flag table of docs/design.md, row by row: a = as-of, r = round due, d = task due, t = received."""

from __future__ import annotations

from datetime import date
from datetime import date as D
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eduxl import flags as F
from eduxl import labels as L
from eduxl.flags import Clock, Situation, assignment_flags, unit_flags
from eduxl.model import Entry
from tests.builders import answer


def clock(as_of: date, *, due: date = D(2022, 6, 25), warn: int = 15, lag: int = 20) -> Clock:
    return Clock(as_of=as_of, round_due=due, year=2022, warn_days=warn, lag_points=lag)


def situation(entry: Entry | None = None, **changes: Any) -> Situation:
    """A task due 30 June, the return received 24 June; `known` follows the entry unless given."""
    values: dict[str, Any] = {
        "due": D(2022, 6, 30),
        "recurrence": None,
        "closed": False,
        "accepted": True,
        "received": D(2022, 6, 24),
        "entry": entry,
        "known": entry if entry and entry.status else None,
        "known_sent_back": False,
        "earlier": None,
        "sent_back": False,
        "copied": False,
    }
    return Situation(**{**values, **changes})


MARCH = D(2022, 3, 1)  # 59 of 180 days to 30 June are gone: 33 %; minus 20 points: behind below 13 %
ORDINARY = answer(progress=50)


# --- 未报 and 迟报 ----------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("as_of", "expected"),
    [(D(2022, 6, 25), ()), (D(2022, 6, 26), (L.F_MISSING,))],
    ids=["due day", "day after"],
)
def test_missing_from_the_day_after(as_of: date, expected: tuple[str, ...]) -> None:
    assert unit_flags(accepted=False, first_received=None, clock=clock(as_of)) == expected


@pytest.mark.parametrize(
    ("first", "expected"), [(D(2022, 6, 25), ()), (D(2022, 6, 26), (L.F_LATE,))], ids=["due day", "day after"]
)
def test_late_by_the_first_return(first: date, expected: tuple[str, ...]) -> None:
    assert unit_flags(accepted=True, first_received=first, clock=clock(D(2022, 7, 9))) == expected


# --- date flags -----------------------------------------------------------------------------------
def test_ordinary_answer_raises_nothing() -> None:
    assert assignment_flags(situation(ORDINARY), clock(MARCH)) == ()


@pytest.mark.parametrize(
    ("as_of", "expected"),
    [
        (D(2022, 6, 14), ()),  # 16 days left
        (D(2022, 6, 15), (L.F_DUE_SOON,)),  # 15 days left
        (D(2022, 6, 30), (L.F_DUE_SOON,)),  # the day itself
        (D(2022, 7, 1), (L.F_OVERDUE,)),  # the day after
    ],
)
def test_due_soon_then_overdue(as_of: date, expected: tuple[str, ...]) -> None:
    assert assignment_flags(situation(answer(progress=90)), clock(as_of)) == expected


def test_a_silent_assignment_is_overdue_too() -> None:
    silent = situation(None, accepted=False, received=None)
    assert assignment_flags(silent, clock(D(2022, 7, 1))) == (L.F_OVERDUE,)


def test_done_is_never_overdue_but_a_sent_back_done_is() -> None:
    done = answer(L.COMPLETED, 100, done_on=D(2022, 6, 20))
    assert assignment_flags(situation(done), clock(D(2022, 7, 1))) == ()
    refused = situation(done, known_sent_back=True)
    assert assignment_flags(refused, clock(D(2022, 7, 1))) == (L.F_OVERDUE,)
    assert assignment_flags(refused, clock(D(2022, 6, 30))) == (L.F_DUE_SOON,)


def test_done_after_the_due_date() -> None:
    late = answer(L.COMPLETED, 100, done_on=D(2022, 7, 1))
    seen = situation(late, received=D(2022, 7, 2))
    assert assignment_flags(seen, clock(D(2022, 7, 3))) == (L.F_DONE_LATE,)


def test_closed_silences_overdue_due_soon_and_behind_only() -> None:
    slow = answer(progress=0.5)
    assert assignment_flags(situation(slow, closed=True), clock(D(2022, 7, 1))) == ()
    assert assignment_flags(situation(slow, closed=True), clock(D(2022, 6, 20))) == ()
    late = answer(L.COMPLETED, 100, done_on=D(2022, 7, 1))
    seen = situation(late, closed=True, received=D(2022, 7, 2), sent_back=True)
    assert assignment_flags(seen, clock(D(2022, 7, 3))) == (L.F_SENT_BACK, L.F_DONE_LATE)


def test_no_due_date_no_date_flags() -> None:
    assert assignment_flags(situation(answer(progress=0.5), due=None), clock(D(2022, 12, 31))) == ()


@pytest.mark.parametrize(
    ("progress", "behind"),
    [(12.0, True), (13.0, False), (None, True)],  # 100·59/180 − 20 = 12.78
)
def test_behind_the_time_gone(progress: float | None, behind: bool) -> None:
    entry = answer(progress=progress)
    assert (L.F_BEHIND in assignment_flags(situation(entry), clock(MARCH))) is behind


def test_behind_only_before_the_due_date_and_not_for_recurring_tasks() -> None:
    slow = answer(progress=1)
    assert L.F_BEHIND not in assignment_flags(situation(slow), clock(D(2022, 7, 1)))
    assert L.F_BEHIND in assignment_flags(situation(slow), clock(D(2022, 6, 30)))
    for recurrence in ("weekly", "monthly", "quarterly", "ongoing"):
        seen = situation(slow, recurrence=recurrence)
        assert L.F_BEHIND not in assignment_flags(seen, clock(MARCH))


def test_behind_uses_not_started_but_no_other_status() -> None:
    assert L.F_BEHIND in assignment_flags(situation(answer(L.NOT_STARTED, None)), clock(MARCH))
    assert L.F_BEHIND not in assignment_flags(situation(answer(L.ONGOING, 1)), clock(MARCH))


def test_behind_is_undefined_for_a_task_due_on_new_years_day() -> None:
    assert not F.is_behind(0, D(2022, 1, 1), clock(D(2021, 12, 31)))


def test_date_flags_use_the_last_known_status() -> None:
    """This round's row was left empty, an earlier round said 已完成."""
    seen = situation(None, known=answer(L.COMPLETED, 100, done_on=D(2022, 5, 1)))
    assert assignment_flags(seen, clock(D(2022, 7, 1))) == (L.F_GAPS,)


# --- 漏填 -------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("entry", "missing"),
    [
        (answer("", 50), (L.STATUS,)),
        (answer(L.UNDER_WAY, None), (L.PROGRESS,)),
        (answer(L.UNDER_WAY, 50, report=""), (L.REPORT,)),
        (answer(L.ONGOING, None, report=""), (L.PROGRESS, L.REPORT)),
        (answer(L.COMPLETED, None), (L.DONE_ON,)),
        (answer(L.COMPLETED, None, done_on=D(2022, 5, 1), report=""), ()),
        (answer(L.IMPOSSIBLE, None, report=""), (L.PROBLEM,)),
        (answer(L.IMPOSSIBLE, None, problems="没有场地"), ()),
        (answer(L.NOT_STARTED, None, report=""), ()),
    ],
)
def test_gaps_by_status(entry: Entry, missing: tuple[str, ...]) -> None:
    assert F.missing_fields(entry) == missing
    assert (L.F_GAPS in assignment_flags(situation(entry), clock(MARCH))) is bool(missing)


def test_a_missing_row_is_a_gap_only_when_a_return_came() -> None:
    assert assignment_flags(situation(None), clock(MARCH)) == (L.F_GAPS,)
    assert assignment_flags(situation(None, accepted=False, received=None), clock(MARCH)) == ()


# --- 矛盾 -------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("entry", "conflicting"),
    [
        (answer(L.NOT_STARTED, 1), True),
        (answer(L.NOT_STARTED, 0), False),
        (answer(L.UNDER_WAY, 100), True),
        (answer(L.UNDER_WAY, 99), False),
        (answer(L.ONGOING, 100), False),
        (answer(L.COMPLETED, 99, done_on=D(2022, 6, 1)), True),
        (answer(L.COMPLETED, None, done_on=D(2022, 6, 1)), False),
        (answer(L.UNDER_WAY, 50, done_on=D(2022, 6, 1)), True),
        (answer(L.COMPLETED, 100, done_on=D(2022, 6, 24)), False),  # the day it came in
        (answer(L.COMPLETED, 100, done_on=D(2022, 6, 25)), True),  # the day after
        (answer("", None, done_on=D(2022, 6, 1)), False),  # a date without a status is 漏填 only
        (answer("", None, done_on=D(2022, 6, 25)), False),  # also one after the day it came in
    ],
)
def test_conflicts(entry: Entry, conflicting: bool) -> None:
    assert bool(F.conflicts(entry, D(2022, 6, 24))) is conflicting
    assert (L.F_CONFLICT in assignment_flags(situation(entry), clock(MARCH))) is conflicting


# --- 倒退 -------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("before", "now", "regressed"),
    [
        (answer(progress=60), answer(progress=50), True),
        (answer(progress=50), answer(progress=50), False),
        (answer(progress=None), answer(progress=50), False),
        (answer(L.COMPLETED, None), answer(L.ONGOING, None), True),
        (answer(L.COMPLETED, None), answer("", None), False),
        (answer(L.COMPLETED, 100), answer(L.COMPLETED, 100), False),
        (answer(L.UNDER_WAY, None), answer(L.NOT_STARTED, None), True),
        (answer(L.NOT_STARTED, None), answer(L.UNDER_WAY, None), False),
        (answer(L.IMPOSSIBLE, None), answer(L.NOT_STARTED, None), False),
    ],
)
def test_regressed(before: Entry, now: Entry, regressed: bool) -> None:
    assert F.has_regressed(now, before) is regressed
    assert (L.F_REGRESSED in assignment_flags(situation(now, earlier=before), clock(MARCH))) is regressed


def test_copied_flag_needs_an_entry() -> None:
    assert assignment_flags(situation(ORDINARY, copied=True), clock(MARCH)) == (L.F_COPIED,)
    assert assignment_flags(situation(None, copied=True), clock(MARCH)) == (L.F_GAPS,)


# --- lights ---------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("flags", "has_entry", "missing", "expected"),
    [
        ((L.F_OVERDUE, L.F_GAPS), True, False, L.RED),
        ((L.F_BEHIND, L.F_DUE_SOON), True, False, L.YELLOW),
        ((L.F_DUE_SOON,), False, False, L.BLUE),
        ((L.F_LATE, L.F_DONE_LATE), True, False, L.GREEN),
        ((), True, False, L.GREEN),
        ((), False, False, ""),
        ((), False, True, L.RED),
    ],
)
def test_light(flags: tuple[str, ...], has_entry: bool, missing: bool, expected: str) -> None:
    assert F.light(flags, has_entry=has_entry, unit_missing=missing) == expected


def test_worst_light() -> None:
    assert F.worst(["绿", "", "蓝"]) == "蓝"
    assert F.worst([""]) == ""


entries = st.builds(
    Entry,
    task=st.just(1),
    status=st.sampled_from(["", *L.STATUSES]),
    progress=st.none() | st.floats(0, 100),
    done_on=st.none() | st.dates(D(2021, 12, 1), D(2023, 1, 31)),
    report=st.sampled_from(["", "已召开专题会议研究部署，各项工作有序推进"]),
    problems=st.sampled_from(["", "缺经费"]),
)


@given(entries, entries | st.none(), st.dates(D(2022, 1, 1), D(2023, 1, 31)), st.booleans())
def test_flags_are_always_in_order_and_each_once(
    entry: Entry, earlier: Entry | None, as_of: date, closed: bool
) -> None:
    found = assignment_flags(situation(entry, earlier=earlier, closed=closed), clock(as_of))
    assert list(found) == [name for name in L.FLAG_NAMES if name in found]
    assert not {L.F_OVERDUE, L.F_DUE_SOON} <= set(found)
