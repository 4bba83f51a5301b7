"""A worksheet that is open in a spreadsheet program, seen as `eduxl.ooxml.Sheet` shows one in a file (`patch.target.Sheet`).

It is read once as a 2-D array, answers and takes what `tracker.patch` asks of a sheet, and is written back as a few whole
ranges. So which row is which is decided in one place for both sinks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any, NamedTuple

from eduxl.addin.boxes import around, boxes
from eduxl.addin.grid import Grid, put, read, shown
from eduxl.addin.literals import literal, same
from eduxl.addin.open_rows import WRITES, Replaced, RowWriter
from eduxl.ooxml.references import Area, area
from eduxl.ooxml.refusal import Refused
from eduxl.ooxml.region import NewRow, Region
from eduxl.ooxml.sheet import header_texts
from eduxl.ooxml.values import Formula, serial

if TYPE_CHECKING:
    import xlwings as xw


class OpenTable(NamedTuple):
    """A table (ListObject) with one header row; `rows` are its first and last data row."""

    name: str
    area: Area

    @property
    def header_rows(self) -> int:
        return 1

    @property
    def rows(self) -> tuple[int, int]:
        return self.area.top + 1, max(self.area.top + 1, self.area.bottom)


class _Cell(NamedTuple):
    """As `ooxml.rows.Cell`, as far as a patch looks at one."""

    inner: str


class _Rows:
    """The rows of a sheet as a patch walks through them."""

    formula_mark = "f"

    def __init__(self, grid: Grid) -> None:
        self._grid = grid

    @property
    def numbers(self) -> range:
        return range(1, len(self._grid.cells) + 1)

    def row(self, number: int) -> int:
        return number

    def cells(self, row: int) -> dict[int, _Cell]:
        """Filled cells by column (A is 1)."""
        return {
            column: _Cell("f" if isinstance(value, Formula) else "v")
            for column, value in enumerate(self._grid.line(row), 1)
            if value not in (None, "")
        }


class OpenSheet:
    """One worksheet. Rows and columns count from 1; `grid` has what stood there when it was read."""

    def __init__(self, xl: xw.Sheet) -> None:
        self._xl = xl
        self.name: str = xl.name
        self.grid = Grid(xl)
        self.tables = [_table(table) for table in xl.tables]
        self.rows = _Rows(self.grid)
        #: whether a filter hides rows: programs then delete and insert visible rows only
        self._filtered = getattr(xl.api, "FilterMode", False) is True
        self._replaced: list[Replaced] = []
        self._written: dict[tuple[int, int], Any] = {}
        self._heights: dict[int, float] = {}

    # --- looking --------------------------------------------------------------------------------------
    def cell(self, ref: str) -> Any:
        place = area(ref)
        assert place is not None
        return shown(self.grid.at(place.top, place.left))

    def _texts(self, row: int) -> dict[int, str]:
        values = dict(enumerate(map(shown, self.grid.line(row)), 1))
        values |= {column: value for (at, column), value in self._written.items() if at == row}
        return header_texts({c: serial(v) if isinstance(v, date) else v for c, v in values.items()})

    def header(self, row: int) -> dict[str, int]:
        """Texts of a row and their columns; of equal texts the first one's."""
        found: dict[str, int] = {}
        for column, text in self._texts(row).items():
            found.setdefault(text, column)
        return found

    def region(
        self,
        header_row: int,
        columns: Sequence[str],
        *,
        first_row: int | None = None,
        last_row: int | None = None,
    ) -> Region:
        """As `ooxml.Sheet.region`. Raises `Refused` (`no-header`)."""
        at = self.header(header_row)
        if missing := [column for column in columns if column not in at]:
            raise Refused(
                f"工作表“{self.name}”第 {header_row} 行里找不到列：{'、'.join(missing)}。请把列名改回原样后再试。",
                code="no-header",
            )
        at |= self._in_one_table(header_row, columns)
        places = {column: at[column] for column in columns}
        first = first_row or header_row + 1
        own = next((table for table in self.tables if _covers(table, header_row, first, places)), None)
        last = own.rows[1] if own else last_row or self.grid.last_filled(first, set(places.values()))
        return Region(self.name, header_row, first, max(first, last), places, own)  # type: ignore[arg-type]

    def _in_one_table(self, header_row: int, columns: Sequence[str]) -> dict[str, int]:
        """The columns where the table that has most of them has them: tables side by side may share titles."""
        best: dict[str, int] = {}
        for table in self.tables:
            if table.area.top == header_row:
                held = {
                    text: column
                    for column, text in reversed(self._texts(header_row).items())
                    if text in columns and table.area.left <= column <= table.area.right
                }
                best = max(best, held, key=len)
        return best

    def values(self, region: Region, columns: Sequence[str] | None = None) -> list[list[Any]]:
        wanted = [region.columns[column] for column in (columns or region.columns)]
        return [
            [shown(self.grid.at(row, column)) for column in wanted]
            for row in range(region.first, region.last + 1)
        ]

    def heights(self, region: Region) -> list[float | None]:
        """None for each row, so that each is given one; which rows keep theirs is seen when they are written."""
        return [None] * (region.last - region.first + 1)

    def height(self, row: int) -> float:
        return self._xl.range(f"{row}:{row}").row_height or 0.0

    def widths(self, region: Region) -> list[float]:
        return [self._xl.range((1, column)).column_width or 0.0 for column in region.columns.values()]

    # --- changing -------------------------------------------------------------------------------------
    def replace(self, region: Region, old_keys: Sequence[object], rows: Sequence[NewRow]) -> None:
        """As `ooxml.Sheet.replace`; done by `flush`. Raises `Refused` (`filtered`) where a filter leaves no room."""
        known = {key: row for row, key in enumerate(old_keys, region.first) if key is not None}
        rows = rows or [NewRow(None, (None,) * len(region.columns))]
        below = self.grid.cells[region.last : region.first - 1 + len(rows)]
        if self._filtered and any(value not in (None, "") for line in below for value in line):
            raise Refused(
                f"工作表“{self.name}”正在筛选，表格下面又有内容，新的行放不下。请先清除筛选（“数据→清除”），再点一次。",
                code="filtered",
            )
        self._replaced.append(Replaced(region, rows, [known.get(row.key) for row in rows]))

    def write(self, cells: Mapping[str, Any]) -> None:
        """Give single cells other values; keys as `B3`, by their places before any move."""
        for ref, value in cells.items():
            place = area(ref)
            assert place is not None
            self._written[place.top, place.left] = value

    def set_height(self, row: int, points: float) -> None:
        """Make a row above or outside of the regions so high."""
        self._heights[row] = points

    # --- writing --------------------------------------------------------------------------------------
    def flush(self) -> int:
        """Write what has changed; returns how many ranges were written, at most `WRITES`."""
        writes = 0
        moved: list[tuple[int, int]] = []  # last old row of a region, and by how much rows below it shift
        for replaced in self._replaced:
            beside = self._beside(replaced.region)
            writes += RowWriter(self._xl, self.grid, replaced, beside=beside, still=self._filtered).flush()
            if replaced.region.table is None or len(self._replaced) == 1:
                moved.append((replaced.region.last, 0 if self._filtered else replaced.grows))
        for row, points in self._heights.items():
            self._xl.range(f"{row}:{row}").row_height = points
        return writes + self._flush_cells(moved, max(1, WRITES - writes))

    def _beside(self, region: Region) -> bool:
        """Whether another table stands left or right of a region."""
        left, right = region.extent
        return any(table.area.right < left or table.area.left > right for table in self.tables)

    def _flush_cells(self, moved: Sequence[tuple[int, int]], budget: int) -> int:
        """Write the single cells that hold something else, by so many ranges at most."""
        new: dict[tuple[int, int], Any] = {}
        for (row, column), value in self._written.items():
            if not same(self.grid.at(row, column), value):
                new[row + sum(by for last, by in moved if row > last), column] = value
        if not new:
            return 0
        places = boxes(new)
        if len(places) > budget:
            places = [around(new)]
        for box in places:
            self._write_box(box, new)
        return len(places)

    def _write_box(self, box: Area, new: Mapping[tuple[int, int], Any]) -> None:
        rows, columns = range(box.top, box.bottom + 1), range(box.left, box.right + 1)
        full = all((row, column) in new for row in rows for column in columns)
        there = [[None] * len(columns)] * len(rows) if full else read(self._xl, *box)
        block = [
            [literal(new.get((row, column), value)) for column, value in zip(columns, line, strict=True)]
            for row, line in zip(rows, there, strict=True)
        ]
        put(self._xl, box.top, box.left, block)


def _table(table: Any) -> OpenTable:
    place = table.range
    rows, columns = place.shape
    return OpenTable(
        table.name, Area(place.row, place.column, place.row + rows - 1, place.column + columns - 1)
    )


def _covers(table: OpenTable, header_row: int, first: int, places: Mapping[str, int]) -> bool:
    held = sum(table.area.left <= column <= table.area.right for column in places.values())
    return table.area.top == header_row and table.rows[0] == first and 2 * held > len(places)
