"""How the rows of an open sheet become other rows: which go out, where some come in, and what is left to write. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

#: So many insertions and deletions at most; beyond that cells are carried instead of rows.
_MOST = 60


class Move(NamedTuple):
    """`rows` rows taken out from `row` on, or put in before it."""

    row: int
    rows: int
    out: bool


class Steps(NamedTuple):
    """`moves` from the lowest row up; after them `physical` says for each row which old row it is, None a blank one.

    `permuted`: rows change places, so that the cells beside ours have to be carried too.
    """

    moves: list[Move]
    physical: list[int | None]
    permuted: bool
    #: so many rows behind the new ones are left over and to be emptied
    emptied: int = 0

    @classmethod
    def between(cls, first: int, last: int, sources: Sequence[int | None], *, still: bool = False) -> Steps:
        """For old rows `first`..`last` and, of each new row, the old one that it was.

        `still`: no row is put in or taken out; new ones take the cells below, what is left over is emptied.
        """
        stay = [source for source in sources if source is not None]
        if not still and all(one < other for one, other in pairwise(stay)):
            steps = cls._in_order(first, last, sources)
            if len(steps.moves) <= _MOST:
                return steps
        had, has = last - first + 1, len(sources)
        physical: list[int | None] = [first + i if i < had else None for i in range(has)]
        if still:
            same = list(sources) == physical
            return cls([], physical, not same or has < had, max(0, had - has))
        if has > had:
            return cls([Move(last + 1, has - had, False)], physical, True)
        return cls([Move(first + has, had - has, True)] if has < had else [], physical, True)

    @classmethod
    def _in_order(cls, first: int, last: int, sources: Sequence[int | None]) -> Steps:
        """Between two rows that stay, new ones take the places of those that go, as far as there are any."""
        moves: list[Move] = []
        physical: list[int | None] = []
        at, new = first, 0
        for source in (*sources, last + 1):
            if source is None:
                new += 1
                continue
            gone = source - at
            both = min(gone, new)
            physical += range(at, at + both)
            if gone > both:
                moves.append(Move(at + both, gone - both, True))
            elif new > both:
                moves.append(Move(at + both, new - both, False))
                physical += [None] * (new - both)
            if source <= last:
                physical.append(source)
            at, new = source + 1, 0
        return cls(moves[::-1], physical, False)
