"""A worksheet that is open in a spreadsheet program, seen as `eduxl.ooxml.Sheet` shows one in a file.

It is read once as a 2-D array, answers and takes what `tracker.patch` asks of a sheet, and is written back as a few whole
ranges. So which row is which is decided in one place for both sinks. Only xlwings' own interface is used.
Columns and formats that only a file's patch can give back are refused (`Refused`, `not-open`) before anything is written.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from eduxl.addin.steps import Steps
from eduxl.ooxml.references import Area, area, shifted
from eduxl.ooxml.refusal import Refused
from eduxl.ooxml.region import NewRow, Region
from eduxl.ooxml.sheet import header_texts
from eduxl.ooxml.values import KEEP, Formula, Link, serial
from eduxl.tracker.layout.style import row_height
from eduxl.tracker.patch.tables import is_one_of

if TYPE_CHECKING:
    import xlwings as xw

#: What a range of an open workbook takes: text (a formula begins with `=`), numbers, truth values, nothing.
Plain = str | float | bool | None
#: Writes to one sheet at most.
WRITES = 3
#: So many runs of rows are given a height at most: each is a call to the program.
_MOST_HEIGHTS = 200
#: Heights that we give to rows; another one is the clerk's.
_OUR_HEIGHTS = [row_height(lines) for lines in range(1, 15)]
#: Formula text as it is compared: programs space and separate differently.
_NORMAL = str.maketrans({" ": None, "$": None, ";": ","})


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
    """As `ooxml.cells.Cell`, as far as a patch looks at one."""

    inner: str


class _Rows:
    """The rows of a sheet as a patch walks through them."""

    formula_mark = "f"

    def __init__(self, sheet: OpenSheet) -> None:
        self._sheet = sheet

    @property
    def numbers(self) -> range:
        return range(1, len(self._sheet.cells) + 1)

    def row(self, number: int) -> int:
        return number

    def cells(self, number: int) -> dict[int, _Cell]:
        """Filled cells by column (A is 1)."""
        found = self._sheet.line(number)
        return {
            column: _Cell("f" if isinstance(value, Formula) else "v")
            for column, value in enumerate(found, 1)
            if value not in (None, "")
        }


class _Replaced(NamedTuple):
    region: Region
    rows: Sequence[NewRow]
    #: for each new row the number of the old row that it was, None for a new one
    sources: list[int | None]


class OpenSheet:
    """One worksheet. Rows and columns count from 1; `cells` holds what stood there when it was read."""

    def __init__(self, xl: xw.Sheet) -> None:
        self._xl = xl
        self.name: str = xl.name
        self.cells: list[list[Any]] = read(xl)
        self.tables = [_table(table) for table in xl.tables]
        self.rows = _Rows(self)
        self.page_header = ""
        #: whether a filter hides rows: programs then delete and insert visible rows only
        self._filtered = getattr(xl.api, "FilterMode", False) is True
        self._replaced: list[_Replaced] = []
        self._written: dict[tuple[int, int], Any] = {}
        self._heights: dict[int, float] = {}

    # --- looking --------------------------------------------------------------------------------------
    def line(self, row: int) -> Sequence[Any]:
        """The cells of a row from A on; a formula is a `Formula` with the value it shows."""
        return self.cells[row - 1] if 0 < row <= len(self.cells) else ()

    def _at(self, row: int, column: int) -> Any:
        line = self.line(row)
        return line[column - 1] if column <= len(line) else None

    def cell(self, ref: str) -> Any:
        place = area(ref)
        assert place is not None
        return shown(self._at(place.top, place.left))

    def _texts(self, row: int) -> dict[int, str]:
        values = dict(enumerate(map(shown, self.line(row)), 1))
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
        best: dict[str, int] = {}
        for table in self.tables:
            if table.area.top == header_row:
                within = reversed(self._texts(header_row).items())
                held = {
                    text: column
                    for column, text in within
                    if text in columns and table.area.left <= column <= table.area.right
                }
                best = max(best, held, key=len)
        at |= best
        places = {column: at[column] for column in columns}
        first = first_row or header_row + 1
        own = next((table for table in self.tables if _covers(table, header_row, first, places)), None)
        last = own.rows[1] if own else last_row or self._last_filled(first, set(places.values()))
        return Region(self.name, header_row, first, max(first, last), places, own)  # type: ignore[arg-type]

    def _last_filled(self, first: int, columns: set[int]) -> int:
        for row in range(len(self.cells), first - 1, -1):
            if any(self._at(row, column) not in (None, "") for column in columns):
                return row
        return first

    def values(self, region: Region, columns: Sequence[str] | None = None) -> list[list[Any]]:
        wanted = [region.columns[column] for column in (columns or region.columns)]
        return [
            [shown(self._at(row, column)) for column in wanted]
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
        below = self.cells[region.last : region.first - 1 + len(rows)]
        if self._filtered and any(value not in (None, "") for line in below for value in line):
            raise Refused(
                f"工作表“{self.name}”正在筛选，表格下面又有内容，新的行放不下。请先清除筛选（“数据→清除”），再点一次。",
                code="filtered",
            )
        self._replaced.append(_Replaced(region, rows, [known.get(row.key) for row in rows]))

    def write(self, cells: Mapping[str, Any]) -> None:
        """Give single cells other values; keys as `B3`, by their places before any move."""
        for ref, value in cells.items():
            place = area(ref)
            assert place is not None
            self._written[place.top, place.left] = value

    def match_headers(self, region: Region) -> None:
        """Nothing: the program names the columns of its tables itself."""

    def untabled(self, header_row: int, columns: Sequence[str]) -> None:
        """None: an open sheet's cells are not made a table again; the next merge of the file does so."""

    def set_height(self, row: int, points: float) -> None:
        """Make a row above or outside of the regions so high."""
        self._heights[row] = points

    def set_page_header(self, text: str) -> None:
        """Nothing: the next merge of the file renews what is printed above pages."""

    def rename_in_formulas(self, old: str, new: str) -> None:
        """Nothing: only a sheet that was just made has formulas to rename, and none is made here."""

    def add_columns(self, header_row: int, *_: object, **__: object) -> None:
        """Refused: a column of ours comes with colours and rules that only the file's patch has."""
        raise not_open(f"工作表“{self.name}”缺少本系统的列，或计划修订后要加新的任务列")

    # --- writing --------------------------------------------------------------------------------------
    def flush(self) -> int:
        """Write what has changed; returns how many ranges were written, at most `WRITES`."""
        writes = 0
        moved: list[tuple[int, int]] = []  # last old row of a region, and by how much rows below it shift
        for replaced in self._replaced:
            writes += self._flush_rows(replaced)
            if replaced.region.table is None or len(self._replaced) == 1:
                moved.append(
                    (
                        replaced.region.last,
                        0
                        if self._filtered
                        else len(replaced.rows) - (replaced.region.last - replaced.region.first + 1),
                    )
                )
        for row, points in self._heights.items():
            self._xl.range(f"{row}:{row}").row_height = points
        return writes + self._flush_cells(moved, max(1, WRITES - writes))

    def _beside(self, region: Region) -> bool:
        """Whether another table stands left or right of a region."""
        left, right = region.extent
        return any(table.area.right < left or table.area.left > right for table in self.tables)

    def _flush_rows(self, replaced: _Replaced) -> int:
        region, rows, sources = replaced
        left, right = region.extent
        ours = list(region.columns.values())
        beside = self._beside(region)
        steps = Steps.between(region.first, region.last, sources, still=self._filtered)
        width = max(right, 0 if beside else max(map(len, self.cells), default=0))
        block_left = left if beside else 1
        others = [column for column in range(block_left, width + 1) if column not in set(ours)]
        wanted = [
            self._wanted(row, source, at, ours)
            for at, (row, source) in enumerate(zip(rows, sources, strict=True), region.first)
        ]
        plain = _Literals()
        written = [plain.line(cells) for cells in wanted]
        changed = [
            i
            for i, number in enumerate(steps.physical)
            if number is None or not self._shows(number, ours, wanted[i], written[i], plain)
        ]
        filled = self._filled(region, others)
        if not changed and not steps.moves and not steps.permuted:
            return 0
        self._step(steps, region, beside, left, right)
        self._make_high(replaced, steps, changed)
        runs = list(_runs(sorted(ours)))
        fills = bool(filled) and any(number is None for number in steps.physical)
        if not steps.permuted and not fills and len(runs) < WRITES:
            if not changed:
                return 0
            lines = range(changed[0], changed[-1] + 1)
            for begin, end in runs:
                at = [ours.index(column) for column in range(begin, end + 1)]
                self._put(region.first + lines.start, begin, [[written[i][j] for j in at] for i in lines])
            return len(runs)
        block: list[list[Any]]
        if steps.permuted:
            block = [
                [
                    self._carried(source, at, column)
                    if source
                    else _as_formula(filled.get(column), at, self.name)
                    for column in range(block_left, width + 1)
                ]
                for at, source in enumerate(sources, region.first)
            ]
        else:
            block = read(self._xl, region.first, block_left, region.first + len(rows) - 1, width)
            for i, number in enumerate(steps.physical):
                for column, formula in filled.items() if number is None else ():
                    block[i][column - block_left] = _as_formula(formula, region.first + i, self.name)
        block = [plain.line(line) for line in block]
        for line, cells in zip(block, written, strict=True):
            for column, value in zip(ours, cells, strict=True):
                line[column - block_left] = value
        # rows that could not be taken out are emptied
        block += [[None] * (width - block_left + 1)] * steps.emptied
        self._put(region.first, block_left, block)
        return 1

    def _shows(
        self, row: int, ours: Sequence[int], wanted: Sequence[Any], written: list[Plain], plain: _Literals
    ) -> bool:
        """Whether our cells of an old row hold already what is wanted."""
        line = self.line(row)
        old = [line[column - 1] for column in ours] if line else [None] * len(ours)
        if plain.line(old) == written and bool not in map(type, old):
            return True
        return all(map(_same, old, wanted))

    def _wanted(self, row: NewRow, source: int | None, at: int, ours: list[int]) -> list[Any]:
        """What our cells of a row are to hold."""
        if row.values is None:
            return [self._carried(source, at, column) for column in ours]
        return [
            self._carried(source, at, column) if value is KEEP else value
            for column, value in zip(ours, row.values, strict=True)
        ]

    def _carried(self, source: int | None, at: int, column: int) -> Any:
        """An old cell as it reads in row `at`: the references of a formula to its own sheet go along."""
        value = self._at(source, column) if source else None
        if isinstance(value, Formula) and source and at != source:
            return _as_formula((source, value), at, self.name)
        return value

    def _filled(self, region: Region, columns: Iterable[int]) -> dict[int, tuple[int, Formula]]:
        """Columns beside ours that hold one filled formula in every row; the first row's."""
        found = {}
        for column in columns:
            first = self._at(region.first, column)
            if isinstance(first, Formula) and all(
                isinstance(other := self._at(row, column), Formula)
                and _normal(other.text) == _normal(shifted(first.text, self.name, row - region.first))
                for row in range(region.first + 1, region.last + 1)
            ):
                found[column] = region.first, first
        return found

    def _step(self, steps: Steps, region: Region, beside: bool, left: int, right: int) -> None:
        """Take rows out and put rows in, from the lowest up, so that what the clerk has on a row stays on it."""
        for move in steps.moves:
            if beside:
                place = self._xl.range((move.row, left), (move.row + move.rows - 1, right))
            else:
                place = self._xl.range(f"{move.row}:{move.row + move.rows - 1}")
            if move.out:
                place.delete("up")
            else:
                below = move.row == region.first
                place.insert(
                    "down", copy_origin="format_from_right_or_below" if below else "format_from_left_or_above"
                )
        if len(steps.physical) != region.last - region.first + 1 and region.table is not None:
            last = region.first + len(steps.physical) - 1
            table = self._xl.tables[region.table.name]
            table.resize(self._xl.range((region.header_row, left), (last, right)))

    def _make_high(self, replaced: _Replaced, steps: Steps, changed: Sequence[int]) -> None:
        """Give rows whose text changed the height that it needs, unless the clerk gave them one."""
        runs: list[tuple[int, int, float]] = []
        for i in changed:
            height = replaced.rows[i].height
            if height is None:
                continue
            if runs and runs[-1][1:] == (i - 1, height):
                runs[-1] = runs[-1][0], i, height
            else:
                runs.append((i, i, height))
        if len(runs) > _MOST_HEIGHTS:
            return
        for begin, end, height in runs:
            place = self._xl.range(f"{replaced.region.first + begin}:{replaced.region.first + end}")
            new = all(steps.physical[i] is None for i in range(begin, end + 1))
            had = place.row_height
            ours = new or had is None or is_one_of(had, _OUR_HEIGHTS)
            if ours and (had is None or not is_one_of(had, [height])):
                place.row_height = height

    def _flush_cells(self, moved: list[tuple[int, int]], budget: int) -> int:
        new: dict[tuple[int, int], Any] = {}
        for (row, column), value in self._written.items():
            if not _same(self._at(row, column), value):
                new[row + sum(by for last, by in moved if row > last), column] = value
        if not new:
            return 0
        boxes = _boxes(new)
        if len(boxes) > budget:
            boxes = [_around(new)]
        for box in boxes:
            full = all(
                (r, c) in new for r in range(box.top, box.bottom + 1) for c in range(box.left, box.right + 1)
            )
            block = (
                [[None] * (box.right - box.left + 1) for _ in range(box.bottom - box.top + 1)]
                if full
                else read(self._xl, box.top, box.left, box.bottom, box.right)
            )
            for (row, column), value in new.items():
                if box.top <= row <= box.bottom and box.left <= column <= box.right:
                    block[row - box.top][column - box.left] = value
            self._put(box.top, box.left, [[literal(value) for value in line] for line in block])
        return len(boxes)

    def _put(self, top: int, left: int, values: list[list[Plain]]) -> None:
        place = self._xl.range((top, left), (top + len(values) - 1, left + len(values[0]) - 1))
        place.options(chunksize=None).value = values


def not_open(what: str) -> Refused:
    """What cannot be done in an open workbook, and how to have it done."""
    return Refused(
        f"{what}，在打开的工作簿里补不了。请保存并关闭总台账，再用“汇总”快捷方式或 eduxl 命令做一次，会自动补上。",
        code="not-open",
    )


# --- reading and values -------------------------------------------------------------------------------
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


def shown(value: Any) -> Any:
    """What a cell shows: a formula's value."""
    return value.cached if isinstance(value, Formula) else value


def literal(value: Any) -> Plain:
    """A value as a range takes it. Text that a program would read as a number, a day or a formula is marked as text."""
    if isinstance(value, Formula):
        return f"={value.text.removeprefix('=')}"
    if isinstance(value, Link):
        value = value.text
    if isinstance(value, datetime | date):
        return serial(value)
    if isinstance(value, str):
        if not value:
            return None
        doubtful = value[0] in "=+-@'" or value.upper() in ("TRUE", "FALSE")
        return f"'{value}" if doubtful or any(map(str.isnumeric, value)) else value
    if value is None or isinstance(value, bool | float):
        return value
    return float(value)


class _Literals(dict[Any, Plain]):
    """`literal` of texts and days, each worked out once."""

    def __missing__(self, value: Any) -> Plain:
        self[value] = found = literal(value)
        return found

    def line(self, values: Iterable[Any]) -> list[Plain]:
        return [self[value] if type(value) in _ONCE else literal(value) for value in values]


_ONCE = {str, date, datetime}


def _same(old: Any, new: Any) -> bool:
    """Whether a cell holds already what it is to hold."""
    if isinstance(new, Formula) or isinstance(old, Formula):
        return (
            isinstance(new, Formula) and isinstance(old, Formula) and _normal(old.text) == _normal(new.text)
        )
    old, new = _compared(old), _compared(new)
    if isinstance(old, float) and isinstance(new, float):
        return abs(old - new) <= 1e-12 * max(abs(old), abs(new))
    return type(old) is type(new) and bool(old == new)


def _compared(value: Any) -> Any:
    if isinstance(value, Link):
        value = value.text
    if isinstance(value, date):
        value = serial(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if isinstance(value, str):
        return value.replace("\r\n", "\n").replace("\r", "\n") or None
    return value


def _normal(text: str) -> str:
    return text.removeprefix("=").translate(_NORMAL).upper()


def _as_formula(filled: tuple[int, Formula] | None, at: int, sheet: str) -> Formula | None:
    """A formula of one row as it reads in row `at`."""
    if filled is None:
        return None
    row, formula = filled
    return Formula(shifted(formula.text, sheet, at - row, follow=True))


def _table(table: Any) -> OpenTable:
    place = table.range
    rows, columns = place.shape
    return OpenTable(
        table.name, Area(place.row, place.column, place.row + rows - 1, place.column + columns - 1)
    )


def _covers(table: OpenTable, header_row: int, first: int, places: Mapping[str, int]) -> bool:
    held = sum(table.area.left <= column <= table.area.right for column in places.values())
    return table.area.top == header_row and table.rows[0] == first and 2 * held > len(places)


def _runs(numbers: Sequence[int]) -> Iterable[tuple[int, int]]:
    """Runs of consecutive numbers, given in rising order."""
    begin = numbers[0]
    for one, other in zip(numbers, [*numbers[1:], -1], strict=True):
        if other != one + 1:
            yield begin, one
            begin = other


def _boxes(cells: Iterable[tuple[int, int]]) -> list[Area]:
    """Rectangles that cover exactly these cells."""
    by_row: dict[int, list[int]] = {}
    for row, column in sorted(cells):
        by_row.setdefault(row, []).append(column)
    done: list[Area] = []
    growing: dict[tuple[int, int], Area] = {}
    for row, columns in by_row.items():
        now = {}
        for begin, end in _runs(columns):
            above = growing.get((begin, end))
            grows = above is not None and above.bottom == row - 1
            now[begin, end] = above._replace(bottom=row) if above and grows else Area(row, begin, row, end)
        done += [box for ends, box in growing.items() if ends not in now or now[ends].top != box.top]
        growing = now
    return [*done, *growing.values()]


def _around(cells: Iterable[tuple[int, int]]) -> Area:
    rows, columns = zip(*cells, strict=True)
    return Area(min(rows), min(columns), max(rows), max(columns))
