"""The rows of one region of an open sheet become other rows: put in and taken out, made high, and written."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from eduxl.addin.boxes import runs
from eduxl.addin.grid import Grid, put, read
from eduxl.addin.literals import Literals, Plain, same
from eduxl.addin.steps import Steps
from eduxl.ooxml.region import NewRow, Region
from eduxl.ooxml.values import KEEP
from eduxl.tracker.layout.style import row_height
from eduxl.tracker.patch.tables import is_one_of

if TYPE_CHECKING:
    import xlwings as xw

#: Writes to one sheet at most.
WRITES = 3
#: So many runs of rows are given a height at most: each is a call to the program.
_MOST_HEIGHTS = 200
#: Heights that we give to rows; another one is the clerk's.
_OUR_HEIGHTS = [row_height(lines) for lines in range(1, 15)]


class Replaced(NamedTuple):
    """A region and the rows that it is to have."""

    region: Region
    rows: Sequence[NewRow]
    #: for each new row the number of the old row that it was, None for a new one
    sources: list[int | None]

    @property
    def grows(self) -> int:
        """By how many rows."""
        return len(self.rows) - (self.region.last - self.region.first + 1)


class RowWriter:
    """Writes the rows of a region, by at most `WRITES` - 1 ranges.

    `beside`: another table stands left or right of it, so that only its own columns may move. `still`: no row may be put
    in or taken out.
    """

    def __init__(self, xl: xw.Sheet, grid: Grid, replaced: Replaced, *, beside: bool, still: bool) -> None:
        self._xl, self._grid = xl, grid
        self._region, self._rows, self._sources = replaced
        self._beside = beside
        self._left, self._right = self._region.extent
        self._ours = list(self._region.columns.values())
        self._steps = Steps.between(self._region.first, self._region.last, self._sources, still=still)
        self._literals = Literals()

    def flush(self) -> int:
        """Let the sheet have the rows; returns how many ranges were written."""
        steps = self._steps
        written, changed = self._compare()
        block_left = self._left if self._beside else 1
        width = max(self._right, 0 if self._beside else self._grid.width)
        others = [column for column in range(block_left, width + 1) if column not in set(self._ours)]
        filled = self._grid.filled(self._region, others)
        if not changed and not steps.moves and not steps.permuted:
            return 0
        self._step()
        self._make_high(changed)
        fills = bool(filled) and any(number is None for number in steps.physical)
        if not steps.permuted and not fills and len(list(runs(sorted(self._ours)))) < WRITES:
            return self._write_ours(written, changed)
        if steps.permuted:
            block: list[list[Any]] = [
                [
                    self._grid.carried(source, at, column)
                    if source
                    else self._grid.as_formula(filled.get(column), at)
                    for column in range(block_left, width + 1)
                ]
                for at, source in enumerate(self._sources, self._region.first)
            ]
        else:
            last = self._region.first + len(self._rows) - 1
            block = read(self._xl, self._region.first, block_left, last, width)
            for i, number in enumerate(steps.physical):
                for column, formula in filled.items() if number is None else ():
                    block[i][column - block_left] = self._grid.as_formula(formula, self._region.first + i)
        self._write_block(block, block_left, written)
        return 1

    # --- what is to be written ------------------------------------------------------------------------
    def _compare(self) -> tuple[list[list[Plain]], list[int]]:
        """What our cells of each row take, and which rows (from 0) do not show it yet once all have been moved."""
        wanted = [
            self._wanted(row, source, at)
            for at, (row, source) in enumerate(
                zip(self._rows, self._sources, strict=True), self._region.first
            )
        ]
        written = [self._literals.line(cells) for cells in wanted]
        changed = [
            i
            for i, number in enumerate(self._steps.physical)
            if number is None or not self._shows(number, wanted[i], written[i])
        ]
        return written, changed

    def _wanted(self, row: NewRow, source: int | None, at: int) -> list[Any]:
        """What our cells of a row are to hold."""
        if row.values is None:
            return [self._grid.carried(source, at, column) for column in self._ours]
        return [
            self._grid.carried(source, at, column) if value is KEEP else value
            for column, value in zip(self._ours, row.values, strict=True)
        ]

    def _shows(self, row: int, wanted: Sequence[Any], written: list[Plain]) -> bool:
        """Whether our cells of an old row hold already what is wanted."""
        line = self._grid.line(row)
        old = [line[column - 1] for column in self._ours] if line else [None] * len(self._ours)
        if self._literals.line(old) == written and bool not in map(type, old):
            return True
        return all(map(same, old, wanted))

    # --- writing --------------------------------------------------------------------------------------
    def _step(self) -> None:
        """Take rows out and put rows in, from the lowest up, so that what the clerk has on a row stays on it."""
        region = self._region
        for move in self._steps.moves:
            if self._beside:
                place = self._xl.range((move.row, self._left), (move.row + move.rows - 1, self._right))
            else:
                place = self._xl.range(f"{move.row}:{move.row + move.rows - 1}")
            if move.out:
                place.delete("up")
            else:
                below = move.row == region.first
                place.insert(
                    "down", copy_origin="format_from_right_or_below" if below else "format_from_left_or_above"
                )
        has = len(self._steps.physical)
        if has != region.last - region.first + 1 and region.table is not None:
            table = self._xl.tables[region.table.name]
            last = region.first + has - 1
            table.resize(self._xl.range((region.header_row, self._left), (last, self._right)))

    def _make_high(self, changed: Sequence[int]) -> None:
        """Give rows whose text changed the height that it needs, unless the clerk gave them one."""
        alike: list[tuple[int, int, float]] = []
        for i in changed:
            height = self._rows[i].height
            if height is None:
                continue
            if alike and alike[-1][1:] == (i - 1, height):
                alike[-1] = alike[-1][0], i, height
            else:
                alike.append((i, i, height))
        if len(alike) > _MOST_HEIGHTS:
            return
        for begin, end, height in alike:
            place = self._xl.range(f"{self._region.first + begin}:{self._region.first + end}")
            new = all(self._steps.physical[i] is None for i in range(begin, end + 1))
            had = place.row_height
            ours = new or had is None or is_one_of(had, _OUR_HEIGHTS)
            if ours and (had is None or not is_one_of(had, [height])):
                place.row_height = height

    def _write_ours(self, written: Sequence[list[Plain]], changed: Sequence[int]) -> int:
        """Write our columns from the first row that changed to the last one, a range for columns side by side."""
        if not changed:
            return 0
        lines = range(changed[0], changed[-1] + 1)
        ends = list(runs(sorted(self._ours)))
        for begin, end in ends:
            at = [self._ours.index(column) for column in range(begin, end + 1)]
            put(
                self._xl,
                self._region.first + lines.start,
                begin,
                [[written[i][j] for j in at] for i in lines],
            )
        return len(ends)

    def _write_block(self, block: list[list[Any]], left: int, written: Sequence[list[Plain]]) -> None:
        """Write all columns of all rows at once; `block` has what is to stand beside our cells."""
        out = [self._literals.line(line) for line in block]
        for line, cells in zip(out, written, strict=True):
            for column, value in zip(self._ours, cells, strict=True):
                line[column - left] = value
        # rows that could not be taken out are emptied
        out += [[None] * len(out[0])] * self._steps.emptied
        put(self._xl, self._region.first, left, out)
