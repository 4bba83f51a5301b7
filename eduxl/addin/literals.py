"""Values as a spreadsheet program takes them, and whether a cell holds one already. Pure.

A program reads text given to a range as if it were typed, keeps days as numbers, and writes formulas in its own way.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from eduxl.ooxml.values import Formula, Link, serial

#: What a range of an open workbook takes: text (a formula begins with `=`), numbers, truth values, nothing.
Plain = str | float | bool | None
#: Formula text as it is compared: programs space and separate differently.
_NORMAL = str.maketrans({" ": None, "$": None, ";": ","})
#: Types whose literals take long enough to be kept.
_ONCE = {str, date, datetime}


def literal(value: Any) -> Plain:
    """A value as a range takes it. Text that a program would read as a number, a day or a formula is marked as text."""
    if isinstance(value, Formula):
        return f"={value.text.removeprefix('=')}"
    if isinstance(value, Link):
        value = value.text
    if isinstance(value, datetime | date):
        return serial(value)
    if isinstance(value, str):
        if not value:
            return None
        doubtful = value[0] in "=+-@'" or value.upper() in ("TRUE", "FALSE")
        return f"'{value}" if doubtful or any(map(str.isnumeric, value)) else value
    if value is None or isinstance(value, bool | float):
        return value
    return float(value)


class Literals(dict[Any, Plain]):
    """`literal` of texts and days, each worked out once."""

    def __missing__(self, value: Any) -> Plain:
        self[value] = found = literal(value)
        return found

    def line(self, values: Iterable[Any]) -> list[Plain]:
        return [self[value] if type(value) in _ONCE else literal(value) for value in values]


def same(old: Any, new: Any) -> bool:
    """Whether a cell holds already what it is to hold."""
    if isinstance(new, Formula) or isinstance(old, Formula):
        return isinstance(new, Formula) and isinstance(old, Formula) and normal(old.text) == normal(new.text)
    old, new = _compared(old), _compared(new)
    if isinstance(old, float) and isinstance(new, float):
        return abs(old - new) <= 1e-12 * max(abs(old), abs(new))
    return type(old) is type(new) and bool(old == new)


def _compared(value: Any) -> Any:
    if isinstance(value, Link):
        value = value.text
    if isinstance(value, date):
        value = serial(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if isinstance(value, str):
        return value.replace("\r\n", "\n").replace("\r", "\n") or None
    return value


def normal(text: str) -> str:
    """The text of a formula as it is compared with another one's."""
    return text.removeprefix("=").translate(_NORMAL).upper()
