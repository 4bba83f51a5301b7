"""The pace of a batch and its pauses, with a clock that only sleeping moves."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eduxl.mail.throttle import Throttle
from tests.mail.mailing import Clock


def throttle(clock: Clock, **options: object) -> Throttle:
    return Throttle(clock=clock, sleep=clock.sleep, **options)  # type: ignore[arg-type]


@given(st.integers(1, 120), st.lists(st.floats(0, 90), max_size=60))
def test_never_more_messages_in_a_minute_than_the_provider_takes(per_minute: int, work: list[float]) -> None:
    clock = Clock()
    pace = throttle(clock, per_minute=per_minute)
    moments = []
    for seconds in work:
        pace.wait()
        moments.append(clock.now)
        clock.now += seconds
    for first, beyond in zip(moments, moments[per_minute:], strict=False):
        assert beyond - first >= 60 - 1e-6


def test_the_first_message_goes_at_once_and_slow_ones_do_not_wait() -> None:
    clock = Clock()
    pace = throttle(clock, per_minute=10)
    pace.wait()
    clock.now += 7
    pace.wait()
    assert clock.slept == []


def test_time_that_was_not_used_is_not_saved_up_for_a_burst() -> None:
    clock = Clock()
    pace = throttle(clock, per_minute=10)
    pace.wait()
    clock.now += 600
    pace.wait()
    pace.wait()
    assert clock.slept == [pytest.approx(6)]


def test_without_a_pace_nothing_waits_and_pauses_begin_at_a_second() -> None:
    clock = Clock()
    pace = Throttle.off(clock, clock.sleep)
    for _ in range(1000):
        pace.wait()
    assert clock.slept == []
    assert not pace.is_full(100_000)
    assert [pace.back_off() for _ in range(6)] == [1, 2, 4, 8, 16, None]


def test_pauses_double_up_to_the_longest_and_end_after_so_many() -> None:
    pace = throttle(Clock(), first=60, longest=300, tries=5)
    assert [pace.back_off() for _ in range(7)] == [60, 120, 240, 300, 300, None, None]


def test_an_accepted_message_lets_pauses_be_counted_anew_and_grow_shorter() -> None:
    pace = throttle(Clock(), first=10, longest=300, tries=3)
    assert [pace.back_off() for _ in range(3)] == [10, 20, 40]
    pace.accepted()
    assert pace.back_off() == 40
    for _ in range(5):
        pace.accepted()
    assert [pace.back_off() for _ in range(4)] == [10, 20, 40, None]


def test_a_connection_is_full_at_its_number_of_messages() -> None:
    pace = throttle(Clock(), per_connection=20)
    assert not pace.is_full(19)
    assert pace.is_full(20)
