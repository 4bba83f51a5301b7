"""Where ranges, formulas and floating objects of one sheet go, given the moves of all sheets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

from attrs import field, frozen

from eduxl.ooxml.areas import listed, minus, together
from eduxl.ooxml.moves import SheetMoves
from eduxl.ooxml.references import Area, area, moved

_ALL_ROWS = SheetMoves(None)


@frozen
class Follower:
    """Where ranges of the sheet `own` go, given the moves of all sheets (lower-case names)."""

    own: str
    moves: Mapping[str, SheetMoves]
    notes: list[str] = field(factory=list)

    @property
    def here(self) -> SheetMoves:
        return self.moves.get(self.own.lower(), _ALL_ROWS)

    def areas(self, text: str) -> list[Area]:
        """The new places of a list of ranges, in order of rows where they came apart.

        Where several together hold all rows of a table, new rows belong to them too: LibreOffice writes a column from 2 to
        27 as `AO2:AO6 AO7:AP7 AO8:AO27`.
        """
        old = listed(text)
        found = [new for one in old for new in self.parts(one)]
        whole = list(self._whole(old))
        return together([*whole, *minus(found, whole)]) if minus(whole, found) else found

    def _whole(self, old: Sequence[Area]) -> Iterator[Area]:
        """The new rows of tables, for the columns in which some ranges together hold all old rows."""
        edges = sorted({edge for one in old for edge in (one.left, one.right + 1)})
        for left, beyond in pairwise(edges):
            moves = self.here.of(left, beyond - 1)
            if moves is not None and not minus([Area(moves.first, left, moves.last, beyond - 1)], old):
                yield Area(moves.first, left, moves.new_last, beyond - 1)

    def parts(self, old: Area) -> list[Area]:
        """The new places of one range."""
        runs = self.here.runs(old.top, old.bottom, old.left, old.right)
        return [Area(top, old.left, bottom, old.right) for top, bottom in runs]

    def of_rows(self, old: Area) -> list[Area]:
        """As `parts`, for what belongs to its rows: the only row of a table is no whole column."""
        if old.top != old.bottom:
            return self.parts(old)
        moves = self.here.of(old.left, old.right)
        new = old.top if moves is None else moves.row(old.top)
        return [] if new is None else [Area(new, old.left, new, old.right)]

    def onward(self, row: int, column: int) -> int | None:
        """The new place of a row or, where it is gone, of the next that is left; None when that is off the sheet."""
        moves = self.here.of(column, column)
        return row if moves is None else moves.onward(row)

    def whole(self, text: str) -> str | None:
        """One range around the new places; None when all rows are gone."""
        old = area(text)
        if old is None:
            return text
        span = self.here.span(old.top, old.bottom, old.left, old.right)
        return None if span is None else str(Area(span[0], old.left, span[1], old.right))

    def formula(self, text: str) -> str:
        return moved(text, self.own, self.moves)

    def float_by(self, first: int, last: int, last_offset: int, column: int) -> int:
        """By how many rows an object goes that reaches from row `first` to `last` of `column` (all from 0).

        One within a row goes with it; a larger one stays, unless it lies below the rows that move. `last_offset` is how far
        it reaches into its last row: not at all, and the row before is its last.
        """
        moves = self.here.of(column + 1, column + 1)
        if moves is None:
            return 0
        if last == first + 1 and last_offset == 0:
            last = first
        if first >= moves.last:
            return moves.delta
        if first == last and (new := moves.row(first + 1)) is not None:
            return new - first - 1
        return 0
