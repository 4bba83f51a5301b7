"""Where the rows of a sheet go: pure arithmetic on row numbers, counted from 1.

A `RowMoves` says it for one table's rows: each old row has a new place or is deleted, what lies below shifts.
A `SheetMoves` holds those of a whole sheet, for tables that lie side by side share rows but not moves.
"""

from __future__ import annotations

from collections.abc import Sequence

from attrs import field, frozen

LAST_ROW = 1_048_576

Span = tuple[int, int]


@frozen
class RowMoves:
    """Old rows `first`..`last` become `first`..`new_last`; `order` has, for each new row, its old row or None."""

    first: int
    last: int
    order: tuple[int | None, ...]
    _new: dict[int, int] = field(init=False, repr=False, eq=False)

    def __attrs_post_init__(self) -> None:
        new = {old: self.first + i for i, old in enumerate(self.order) if old is not None}
        object.__setattr__(self, "_new", new)

    @property
    def new_last(self) -> int:
        return self.first + len(self.order) - 1

    @property
    def delta(self) -> int:
        """By how much the rows below shift."""
        return self.new_last - self.last

    @property
    def still(self) -> bool:
        """Whether every row stays where it is."""
        return self.delta == 0 and all(old == self.first + i for i, old in enumerate(self.order))

    def row(self, row: int) -> int | None:
        """New place of a row, None if it is deleted or pushed off the sheet."""
        if row < self.first:
            return row
        if row > self.last:
            row += self.delta
            return row if row <= LAST_ROW else None
        return self._new.get(row)

    def onward(self, row: int) -> int | None:
        """New place of a row or, where it is deleted, of the next that is left; None if pushed off the sheet."""
        while self.first <= row <= self.last and row not in self._new:
            row += 1
        return self.row(row)

    def edge(self, row: int) -> int:
        """New place of a row as a fixed end of a range that grows: the table's first and last row stay such."""
        if row == self.first:
            return row
        if row >= self.last:
            return min(row + self.delta, LAST_ROW)
        return self._new.get(row, row)

    def covers(self, top: int, bottom: int) -> bool:
        """Whether a range holds all of the table's rows."""
        return top <= self.first and bottom >= self.last

    def runs(self, top: int, bottom: int) -> list[Span]:
        """New places of the rows `top`..`bottom` as runs in ascending order; [] when all of them are gone."""
        if bottom < self.first:
            return [(top, bottom)]
        if top > self.last:
            return (
                [(top + self.delta, min(bottom + self.delta, LAST_ROW))]
                if top + self.delta <= LAST_ROW
                else []
            )
        below = LAST_ROW if bottom == LAST_ROW else min(bottom + self.delta, LAST_ROW)
        if self.covers(top, bottom):
            return [(top, self.new_last if bottom == self.last else below)]
        spans: list[Span] = []
        if top < self.first:
            spans.append((top, self.first - 1))
        inside = range(max(top, self.first), min(bottom, self.last) + 1)
        spans += _runs(sorted(self._new[row] for row in inside if row in self._new))
        if bottom > self.last and below > self.new_last:
            spans.append((self.new_last + 1, below))
        return _touching(spans)

    def span(self, top: int, bottom: int) -> Span | None:
        """One range around the new places of `top`..`bottom`; None when all of them are gone."""
        runs = self.runs(top, bottom)
        return (runs[0][0], runs[-1][1]) if runs else None


def _runs(rows: Sequence[int]) -> list[Span]:
    spans: list[Span] = []
    for row in rows:
        if spans and spans[-1][1] == row - 1:
            spans[-1] = spans[-1][0], row
        else:
            spans.append((row, row))
    return spans


def _touching(spans: Sequence[Span]) -> list[Span]:
    joined: list[Span] = []
    for top, bottom in spans:
        if joined and joined[-1][1] >= top - 1:
            joined[-1] = joined[-1][0], max(bottom, joined[-1][1])
        else:
            joined.append((top, bottom))
    return joined


@frozen
class Band:
    """Columns `left`..`right` whose cells do not follow the rows; `moves` is None where they stay."""

    left: int
    right: int
    moves: RowMoves | None = None


@frozen
class SheetMoves:
    """All moves of a sheet: `main` moves whole rows, except in the bands (other tables beside ours)."""

    main: RowMoves | None
    bands: tuple[Band, ...] = ()

    @property
    def still(self) -> bool:
        return all(
            moves is None or moves.still for moves in (self.main, *(band.moves for band in self.bands))
        )

    def of(self, left: int, right: int) -> RowMoves | None:
        """The moves that hold for a range of columns: a band's if it lies within the band, else the rows'."""
        for band in self.bands:
            if band.left <= left and right <= band.right:
                return band.moves
        return self.main

    def in_band(self, column: int) -> bool:
        return any(band.left <= column <= band.right for band in self.bands)

    def row(self, row: int, column: int) -> int | None:
        moves = self.of(column, column)
        return row if moves is None else moves.row(row)

    def span(self, top: int, bottom: int, left: int, right: int) -> Span | None:
        moves = self.of(left, right)
        return (top, bottom) if moves is None else moves.span(top, bottom)

    def runs(self, top: int, bottom: int, left: int, right: int) -> list[Span]:
        moves = self.of(left, right)
        return [(top, bottom)] if moves is None else moves.runs(top, bottom)

    def edge(self, row: int, left: int, right: int) -> int:
        moves = self.of(left, right)
        return row if moves is None else moves.edge(row)
