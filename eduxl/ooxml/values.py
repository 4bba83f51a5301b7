"""What a cell can be given: text, numbers, truth values, dates, formulas, links, or leave to keep it."""

from __future__ import annotations

from datetime import date, datetime
from enum import Enum

from attrs import frozen


@frozen
class Formula:
    """A formula (a leading `=` is ignored) in A1 notation and the value it has now; None lets Excel work it out."""

    text: str
    cached: str | int | float | bool | None = None


@frozen
class Link:
    """Text that leads to a place in the workbook (`location`, as `'填报明细'!A2`) or to an address (`url`)."""

    text: str
    location: str = ""
    url: str = ""
    tip: str = ""


class Keep(Enum):
    """The only member says: leave this cell of a known row as it stands."""

    KEEP = "keep"


KEEP = Keep.KEEP

Value = str | int | float | bool | date | datetime | Formula | Link | Keep | None

#: What reading a cell gives: dates are numbers, errors their text (`#N/A`).
Read = str | float | bool | None

_DAY_ZERO = date(1899, 12, 30)
_MOMENT_ZERO = datetime(1899, 12, 30)
_SINCE_1904 = 1462


def serial(value: date, *, since_1904: bool = False) -> float:
    """Excel's number for a day or moment, in the 1900 date system or that of 1904."""
    less = _SINCE_1904 if since_1904 else 0
    if isinstance(value, datetime):
        delta = value.replace(tzinfo=None) - _MOMENT_ZERO
        return delta.days - less + round(delta.seconds / 86_400, 10)
    return (value - _DAY_ZERO).days - less


def moment(number: float, *, since_1904: bool = False) -> datetime | None:
    """The moment that a number stands for; None outside of what a calendar has."""
    from datetime import timedelta

    try:
        return _MOMENT_ZERO + timedelta(days=number + (_SINCE_1904 if since_1904 else 0))
    except OverflowError:
        return None
