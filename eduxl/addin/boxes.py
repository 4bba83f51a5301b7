"""Cells put together to rectangles, so that many are written by few calls. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from eduxl.ooxml.references import Area


def runs(numbers: Sequence[int]) -> Iterable[tuple[int, int]]:
    """Runs of consecutive numbers, given in rising order."""
    begin = numbers[0]
    for one, other in zip(numbers, [*numbers[1:], -1], strict=True):
        if other != one + 1:
            yield begin, one
            begin = other


def boxes(cells: Iterable[tuple[int, int]]) -> list[Area]:
    """Rectangles that cover exactly these cells (row, column)."""
    by_row: dict[int, list[int]] = {}
    for row, column in sorted(cells):
        by_row.setdefault(row, []).append(column)
    done: list[Area] = []
    growing: dict[tuple[int, int], Area] = {}
    for row, columns in by_row.items():
        now = {}
        for begin, end in runs(columns):
            above = growing.get((begin, end))
            grows = above is not None and above.bottom == row - 1
            now[begin, end] = above._replace(bottom=row) if above and grows else Area(row, begin, row, end)
        done += [box for ends, box in growing.items() if ends not in now or now[ends].top != box.top]
        growing = now
    return [*done, *growing.values()]


def around(cells: Iterable[tuple[int, int]]) -> Area:
    """The smallest rectangle that has these cells."""
    rows, columns = zip(*cells, strict=True)
    return Area(min(rows), min(columns), max(rows), max(columns))
