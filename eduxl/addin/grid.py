"""The cells of a worksheet that is open in a spreadsheet program, read and written as 2-D arrays.

Each range is one call to the program, whatever its size. Only xlwings' own interface is used.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from eduxl.addin.literals import Plain, normal
from eduxl.ooxml.references import shifted
from eduxl.ooxml.region import Region
from eduxl.ooxml.values import Formula

if TYPE_CHECKING:
    import xlwings as xw


def read(
    xl: xw.Sheet, top: int = 1, left: int = 1, bottom: int | None = None, right: int | None = None
) -> list[list[Any]]:
    """Cells of a sheet, by default from A1 to the last used one, a list per row; formulas as `Formula`."""
    if bottom is None or right is None:
        last = xl.used_range.last_cell
        bottom, right = last.row, last.column
    place = xl.range((top, left), (bottom, right))
    values: list[list[Any]] = place.options(ndim=2).value
    width = right - left + 1
    given: Any = place.formula
    if isinstance(given, str) or given is None:
        given = [[given]]
    elif given and not isinstance(given[0], list | tuple):
        given = [given] if width > 1 else [[text] for text in given]
    for line, texts in zip(values, given, strict=True):
        for i, text in enumerate(texts):
            if isinstance(text, str) and text.startswith("=") and text != line[i]:
                line[i] = Formula(text[1:], line[i])
    return values


def put(xl: xw.Sheet, top: int, left: int, values: list[list[Plain]]) -> None:
    """Write one range, its lines all of one length."""
    place = xl.range((top, left), (top + len(values) - 1, left + len(values[0]) - 1))
    place.options(chunksize=None).value = values


def shown(value: Any) -> Any:
    """What a cell shows: a formula's value."""
    return value.cached if isinstance(value, Formula) else value


class Grid:
    """What stood in a sheet when it was read. Rows and columns count from 1; beyond the last used cell all is empty."""

    def __init__(self, xl: xw.Sheet) -> None:
        self.sheet: str = xl.name
        self.cells: list[list[Any]] = read(xl)

    @property
    def width(self) -> int:
        return max(map(len, self.cells), default=0)

    def line(self, row: int) -> Sequence[Any]:
        """The cells of a row from A on; a formula is a `Formula` with the value it shows."""
        return self.cells[row - 1] if 0 < row <= len(self.cells) else ()

    def at(self, row: int, column: int) -> Any:
        line = self.line(row)
        return line[column - 1] if column <= len(line) else None

    def last_filled(self, first: int, columns: set[int]) -> int:
        """The last row from `first` on with something in one of the columns; `first` where there is none."""
        for row in range(len(self.cells), first - 1, -1):
            if any(self.at(row, column) not in (None, "") for column in columns):
                return row
        return first

    def carried(self, source: int | None, at: int, column: int) -> Any:
        """An old cell as it reads in row `at`: the references of a formula to its own sheet go along."""
        value = self.at(source, column) if source else None
        if isinstance(value, Formula) and source and at != source:
            return self.as_formula((source, value), at)
        return value

    def as_formula(self, filled: tuple[int, Formula] | None, at: int) -> Formula | None:
        """A formula of one row as it reads in row `at`."""
        if filled is None:
            return None
        row, formula = filled
        return Formula(shifted(formula.text, self.sheet, at - row, follow=True))

    def filled(self, region: Region, columns: Iterable[int]) -> dict[int, tuple[int, Formula]]:
        """Columns that hold one filled formula in every row of a region; its first row's."""
        found = {}
        for column in columns:
            first = self.at(region.first, column)
            if isinstance(first, Formula) and all(
                isinstance(other := self.at(row, column), Formula)
                and normal(other.text) == normal(shifted(first.text, self.sheet, row - region.first))
                for row in range(region.first + 1, region.last + 1)
            ):
                found[column] = region.first, first
        return found
