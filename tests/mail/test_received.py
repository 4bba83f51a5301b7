"""The received time of a mail: its own date where that can be, else the server's."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eduxl.mail.message import read
from eduxl.mail.received import moment, received

from .letters import DATE, attached, with_part

NOON = datetime(2022, 6, 20, 12, 0)
NOW = datetime(2022, 6, 25, 9, 0)


@pytest.fixture(autouse=True)
def in_china() -> Iterator[None]:
    """The clock of the machine as in a Chinese office."""
    if not hasattr(time, "tzset"):
        if datetime(2022, 6, 20).astimezone().utcoffset() != timedelta(hours=8):
            pytest.skip("this system's time zone cannot be set for a test")
        yield
        return
    before = os.environ.get("TZ")
    os.environ["TZ"] = "Asia/Shanghai"
    time.tzset()
    yield
    if before is None:
        del os.environ["TZ"]
    else:
        os.environ["TZ"] = before
    time.tzset()


@pytest.mark.parametrize(
    "written",
    [
        "Mon, 20 Jun 2022 12:00:00 +0800",
        "Mon, 20 Jun 2022 12:00:00 +0800 (CST)",
        "Mon, 20 Jun 2022 12:00:00 +0800 (GMT+08:00)",
        "20 Jun 2022 04:00:00 GMT",
        "Mon, 20 Jun 2022 04:00:00 -0000",
        "Sun, 19 Jun 2022 21:00:00 -0700 (PDT)",
        "Mon, 20 Jun 2022 12:00:00 CST",
        "Mon, 20 Jun 2022 12:00 +0800",
        "Mon, 20 Jun 22 12:00:00 +0800",
        "Mon,20 Jun 2022 12:00:00+0800",
        "Mon, 20 June 2022 12:00:00 +08:00",
        "Mon, 20-Jun-2022 12:00:00 +0800",
        "Mon Jun 20 12:00:00 2022",
        "Mon Jun 20 12:00:00 CST 2022",
        "2022-06-20 12:00:00",
        "2022-06-20 12:00:00 +0800",
        "2022-06-20T04:00:00Z",
        "2022/6/20 12:00:00",
        "2022年6月20日 12:00:00",
        "2022年06月20日 12时00分",
        "周一, 20 6月 2022 12:00:00 +0800",
        "周一, 20 六月 2022 12:00:00 +0800",
        "Mon, 20 Jun 2022 12:00:00",
    ],
)
def test_a_date_is_read_in_local_time(written: str) -> None:
    assert moment(written) == NOON


def test_months_of_two_numerals_are_read() -> None:
    assert moment("周二, 20 十二月 2022 12:00:00 +0800") == datetime(2022, 12, 20, 12, 0)


@pytest.mark.parametrize(
    "written",
    [
        "",
        "yesterday",
        "Mon, 32 Jun 2022 12:00:00 +0800",
        "Mon, 20 Foo 2022 12:00:00",
        "0000-00-00 00:00:00",
        "20 Jun 9999 12:00:00",
        "20 Jun 1970 00:00:00 +0000",
        "Mon, 20 Jun 2022 25:61:00 +0800",
        "99999999999999999999",
        "2022-13-01",
        "20 十月十月 2022",
    ],
)
def test_what_is_no_date_is_none(written: str) -> None:
    assert moment(written) is None


def test_a_zone_that_cannot_be_counts_as_none() -> None:
    assert moment("Mon, 20 Jun 2022 12:00:00 +9959") == NOON


@given(st.text(max_size=80) | st.from_regex(r"[0-9 :+-]{0,40}(Jun|Dec|六月|十一月)?[0-9 :+-]{0,20}"))
def test_no_text_makes_it_fail(text: str) -> None:
    found = moment(text)
    assert found is None or found.tzinfo is None


def test_a_date_within_a_day_of_the_servers_counts() -> None:
    for apart in (timedelta(0), timedelta(days=1), timedelta(days=-1)):
        result = received(NOON, NOON + apart, NOW)
        assert (result.at, result.doubtful, result.note) == (NOON, False, "")


@pytest.mark.parametrize(
    "apart", [timedelta(days=1, seconds=1), timedelta(days=-1, seconds=-1), timedelta(days=4000)]
)
def test_a_date_farther_away_does_not(apart: timedelta) -> None:
    result = received(NOON - apart, NOON, NOW)
    assert (result.at, result.doubtful) == (NOON, True)
    assert "2022-06-20 12:00" in result.note and "服务器" in result.note


def test_without_a_date_the_servers_time_counts() -> None:
    result = received(None, NOON, NOW)
    assert (result.at, result.doubtful) == (NOON, True)


def test_without_the_servers_time_the_date_counts_unless_it_is_still_to_come() -> None:
    assert received(NOON, None, NOW).at == NOON
    later = received(NOW + timedelta(days=2), None, NOW)
    assert (later.at, later.doubtful) == (NOW, True)
    nothing = received(None, None, NOW)
    assert (nothing.at, nothing.doubtful) == (NOW, True)


def test_a_mail_gives_its_date_and_when_the_last_server_had_it() -> None:
    message = read(with_part(attached(b"x", "a.xlsx")))
    assert message.date == moment(DATE) == datetime(2022, 6, 20, 10, 10, 10)
    assert message.delivered == datetime(2022, 6, 20, 10, 10, 12)


@pytest.mark.parametrize("date", ["", "Mon, 99 Jun 2022", "tomorrow"])
def test_a_mail_with_a_broken_date_has_none(date: str) -> None:
    assert read(with_part(attached(b"x", "a.xlsx"), date=date)).date is None


def test_a_date_in_the_future_is_read_as_written_and_not_believed() -> None:
    message = read(with_part(attached(b"x", "a.xlsx"), date="Fri, 20 Jun 2036 10:10:10 +0800"))
    assert message.date == datetime(2036, 6, 20, 10, 10, 10)
    assert received(message.date, message.delivered, NOW).at == message.delivered
