"""What a sheet is asked to hold: regions, new rows, and what replacing one by the other means for row numbers."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from itertools import chain
from typing import NamedTuple

from attrs import define, field, frozen

from eduxl.ooxml.moves import RowMoves
from eduxl.ooxml.tables import Table
from eduxl.ooxml.values import Link, Value


@frozen
class Region:
    """Rows `first`..`last` under `header_row`; `columns` has our names and where they stand (A is 1).

    `table` is the table part that covers them, if any.
    """

    sheet: str
    header_row: int
    first: int
    last: int
    columns: dict[str, int]
    table: Table | None = field(default=None, repr=False)

    @property
    def extent(self) -> tuple[int, int]:
        """First and last column: the table's, else of our columns."""
        if self.table is not None:
            return self.table.area.left, self.table.area.right
        return min(self.columns.values()), max(self.columns.values())


class NewRow(NamedTuple):
    """What a row shall hold: `values` in the order of the region's columns, or None to keep a known row as it is.

    `height` in points replaces the row's height; None keeps it.
    """

    key: object
    values: Sequence[Value] | None
    height: float | None = None


@define
class Replacement:
    region: Region
    moves: RowMoves
    rows: Sequence[NewRow]
    like: int | None

    @cached_property
    def kinds(self) -> set[type]:
        """The types of all new values."""
        return set(map(type, chain.from_iterable(row.values for row in self.rows if row.values is not None)))

    @property
    def our(self) -> set[int]:
        return set(self.region.columns.values())


#: So many rows show what is usual in a column.
SAMPLE = 100

#: Hyperlinks by row and column; None where one has to go.
Links = dict[tuple[int, int], Link | None]


@define
class Outcome:
    """What writing a sheet came to."""

    pieces: list[bytes]
    changed: bool
    formulas_moved: bool
    links: Links
