"""Rectangles of cells put together and taken from each other; for the lists of ranges that rules hold for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from eduxl.ooxml.references import Area, area


def listed(text: str) -> list[Area]:
    """The rectangles of a `sqref`."""
    return [found for piece in text.split() if (found := area(piece)) is not None]


def apart(one: Area, other: Area) -> bool:
    """Whether two rectangles have no cell in common."""
    return (
        one.bottom < other.top or other.bottom < one.top or one.right < other.left or other.right < one.left
    )


def minus(areas: Iterable[Area], holes: Sequence[Area]) -> list[Area]:
    """What is left of some rectangles without the cells of others, as few rectangles as that gives."""
    left = list(areas)
    for hole in holes:
        left = [piece for one in left for piece in _minus_one(one, hole)]
    return together(left)


def _minus_one(one: Area, hole: Area) -> list[Area]:
    if apart(one, hole):
        return [one]
    top, bottom = max(one.top, hole.top), min(one.bottom, hole.bottom)
    pieces = [
        Area(one.top, one.left, top - 1, one.right),
        Area(top, one.left, bottom, hole.left - 1),
        Area(top, hole.right + 1, bottom, one.right),
        Area(bottom + 1, one.left, one.bottom, one.right),
    ]
    return [piece for piece in pieces if piece.top <= piece.bottom and piece.left <= piece.right]


def together(areas: Iterable[Area]) -> list[Area]:
    """The same cells in fewer rectangles, from top to bottom: those side by side or one above the other joined."""
    done: list[Area] = []
    for one in areas:
        while True:
            other = next((other for other in done if _touch(one, other)), None)
            if other is None:
                break
            done.remove(other)
            one = around([one, other])
        done.append(one)
    return sorted(done)


def _touch(one: Area, other: Area) -> bool:
    level = (one.top, one.bottom) == (other.top, other.bottom)
    under = (one.left, one.right) == (other.left, other.right)
    return (level and one.left <= other.right + 1 and other.left <= one.right + 1) or (
        under and one.top <= other.bottom + 1 and other.top <= one.bottom + 1
    )


def around(areas: Iterable[Area]) -> Area:
    """The rectangle around all of them."""
    tops, lefts, bottoms, rights = zip(*areas, strict=True)
    return Area(min(tops), min(lefts), max(bottoms), max(rights))
