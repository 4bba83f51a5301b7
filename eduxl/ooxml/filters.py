"""Whether an autofilter shows a row: pure, on the values of its columns.

Value lists, blanks, dates by group and comparisons with wildcards are worked out. Top ten, averages, periods, colours and icons
are not: then a row stays as it was.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import NamedTuple

from eduxl.ooxml.markup import Element, name
from eduxl.ooxml.values import Read

#: What a column's criteria say of a cell: shown, hidden, or (None) not to be told.
Verdict = bool | None


class Shown(NamedTuple):
    """A cell as a filter sees it: its value, how it is displayed ("" where unknown), its moment if it shows a date."""

    value: Read
    display: str = ""
    moment: datetime | None = None


class Filter:
    """The criteria of one `autoFilter` element; `columns` are numbers on the sheet (A is 1)."""

    def __init__(self, element: Element, first_column: int) -> None:
        self._tests: dict[int, Callable[[Shown], Verdict]] = {}
        for column in element:
            if name(column) != "filterColumn":
                continue
            at = first_column + int(column.get("colId", 0))
            for criteria in column:
                test = _test(criteria)
                if test is not None:
                    self._tests[at] = test

    @property
    def columns(self) -> tuple[int, ...]:
        """Columns with criteria that are worked out."""
        return tuple(self._tests)

    def hides(self, cells: Mapping[int, Shown]) -> bool:
        """Whether a row with these cells is hidden for certain."""
        empty = Shown(None)
        return any(test(cells.get(column, empty)) is False for column, test in self._tests.items())


def _test(criteria: Element) -> Callable[[Shown], Verdict] | None:
    kind = name(criteria)
    if kind == "filters":
        return _values(criteria)
    if kind == "customFilters":
        return _comparisons(criteria)
    return None


def _values(criteria: Element) -> Callable[[Shown], Verdict]:
    blank = criteria.get("blank") in ("1", "true")
    values = {item.get("val", "").casefold() for item in criteria if name(item) == "filter"}
    groups = [_group(item) for item in criteria if name(item) == "dateGroupItem"]

    def test(cell: Shown) -> Verdict:
        if _is_blank(cell):
            return blank
        if isinstance(cell.value, str):
            return cell.value.strip().casefold() in values or cell.value.casefold() in values
        if isinstance(cell.value, bool):
            return str(cell.value).casefold() in values
        if cell.moment is not None and groups:
            parts = cell.moment.timetuple()[:6]
            if any(parts[: len(group)] == group for group in groups):
                return True
        assert cell.value is not None
        if _number_text(cell.value) in values or cell.display.casefold() in values:
            return True
        if cell.display or (cell.moment is not None and groups):
            return False
        return None

    return test


_GROUPS = ("year", "month", "day", "hour", "minute", "second")


def _group(item: Element) -> tuple[int, ...]:
    depth = _GROUPS.index(item.get("dateTimeGrouping", "day")) + 1
    return tuple(int(item.get(part, 0)) for part in _GROUPS[:depth])


_COMPARE: Mapping[str, Callable[[float, float], bool]] = {
    "equal": lambda a, b: a == b,
    "notEqual": lambda a, b: a != b,
    "lessThan": lambda a, b: a < b,
    "lessThanOrEqual": lambda a, b: a <= b,
    "greaterThan": lambda a, b: a > b,
    "greaterThanOrEqual": lambda a, b: a >= b,
}


def _comparisons(criteria: Element) -> Callable[[Shown], Verdict]:
    both = criteria.get("and") in ("1", "true")
    tests = [
        _comparison(item.get("operator", "equal"), item.get("val", ""))
        for item in criteria
        if name(item) == "customFilter"
    ]

    def test(cell: Shown) -> Verdict:
        found = [one(cell) for one in tests]
        if both:
            return False if False in found else None if None in found else True
        return True if True in found else None if None in found else False

    return test


def _comparison(operator: str, wanted: str) -> Callable[[Shown], Verdict]:
    compare = _COMPARE.get(operator)
    number = _as_number(wanted)
    pattern = _wildcard(wanted)

    def test(cell: Shown) -> Verdict:
        if compare is None:
            return None
        if wanted.strip() == "" and operator in ("equal", "notEqual"):
            # Excel writes " " for blank
            return _is_blank(cell) == (operator == "equal")
        if _is_blank(cell):
            return operator == "notEqual"
        value = cell.value
        if isinstance(value, str):
            if operator in ("equal", "notEqual"):
                return bool(pattern.fullmatch(value)) == (operator == "equal")
            if number is not None:
                return False
            a, b = value.casefold(), wanted.casefold()
            return compare((a > b) - (a < b), 0)
        if isinstance(value, bool):
            return None
        if number is None:
            # a text or wildcard criterion never finds a number
            return operator == "notEqual"
        assert value is not None
        return compare(value, number)

    return test


def _wildcard(text: str) -> re.Pattern[str]:
    pieces = []
    for token in re.findall(r"~[*?~]|\*|\?|[^*?~]+|~", text):
        if token == "*":
            pieces.append(".*")
        elif token == "?":
            pieces.append(".")
        else:
            pieces.append(re.escape(token[1:] if len(token) == 2 and token[0] == "~" else token))
    return re.compile("".join(pieces), re.IGNORECASE | re.DOTALL)


def _as_number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _is_blank(cell: Shown) -> bool:
    return cell.value is None or (isinstance(cell.value, str) and cell.value.strip() == "")


def _number_text(value: float) -> str:
    return f"{value:.15g}"


_FIXED = re.compile(r"^(#,##)?0(?:\.(0+))?(%)?(?:[_;].*)?$")
_DAY = re.compile(r"^y{2,4}[-/年.]m{1,2}[-/月.]d{1,2}(日)?(?:;@)?$")


def displayed(value: float, code: str, moment: datetime | None) -> str:
    """A number as a cell of that format shows it, for the common formats; "" for others."""
    if code in ("General", "@"):
        return _number_text(value)
    if fixed := _FIXED.match(code):
        decimals = len(fixed[2] or "")
        scaled = value * 100 if fixed[3] else value
        return f"{scaled:{',' if fixed[1] else ''}.{decimals}f}{fixed[3] or ''}"
    plain = re.sub(r'"([^"]*)"|\\(.)', r"\1\2", code).lower()
    if moment is not None and _DAY.match(plain):
        plain = plain.removesuffix(";@")
        for token, text in (
            ("yyyy", f"{moment.year:04}"), ("yy", f"{moment.year % 100:02}"), ("mm", f"{moment.month:02}"),
            ("m", str(moment.month)), ("dd", f"{moment.day:02}"), ("d", str(moment.day)),
        ):  # fmt: skip
            if token in plain:
                plain = plain.replace(token, text, 1)
        return plain
    return ""
