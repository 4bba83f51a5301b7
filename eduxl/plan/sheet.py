"""Adapter for workbooks (.xlsx, .xlsm, .xls, .et, .ods): visible sheets as tables, merged cells read once.

python-calamine reads the cells within the bounds of `returns.sheets`; how a date is shown, which decides
whether a month or a day is meant, is asked for only where dates occur.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from attrs import evolve

from eduxl.errors import PlanError
from eduxl.model import Passage, Plan
from eduxl.plan import review
from eduxl.plan.blocks import Block, Cell, Heading, Paragraph, TableRow
from eduxl.plan.deadlines import date_cell
from eduxl.plan.grammar import to_plan
from eduxl.plan.limits import MOST_CELLS, encrypted_file, too_large
from eduxl.plan.tables import read_table
from eduxl.plan.workbook_reading import EMPTY, SheetCell, has_cover, read_plan_workbook

if TYPE_CHECKING:
    from eduxl.spreadsheet.bounds import Place
    from eduxl.spreadsheet.sheets import Book, Grid

_Grid = Sequence[Sequence[Any]]
_Shown = Mapping["Place", str]
#: Rows of merged cells that are followed; overlapping areas, which no program writes, could ask for billions.
_MOST_MERGED = 300_000
#: Empty places too of all sheets; one sheet is bounded where it is opened.
_MOST_PLACES = 8_000_000
#: Bytes of the texts and of the styles that the sheets of a workbook share.
_LARGEST_BESIDE = 12 << 20
_BESIDE = re.compile(r"xl/(?:sharedStrings|styles|workbook)\.(?:xml|bin)", re.IGNORECASE)
#: Columns that are looked at in the plan workbook; it has 15 of its own.
_MOST_COLUMNS = 100
_UNNAMED = re.compile(r"(?:sheet|工作表|表)\s*\d*", re.IGNORECASE)


def read_sheet_plan(data: bytes, source: str) -> Plan:
    """The plan in a workbook's bytes: the plan workbook by its cover, any other by its tables of tasks.

    Raises PlanError `not-a-plan`, `no-tasks`, `no-year`, `unsupported` (a matrix of marks), `unreadable`.
    """
    from eduxl.plan.sheet_details import ods_merged
    from eduxl.spreadsheet.package import BadPackage
    from eduxl.spreadsheet.sheets import Unreadable, open_book

    try:
        if data.startswith(b"PK") and _largest_beside_sheets(data) > _LARGEST_BESIDE:
            raise too_large(source)
        book = open_book(data)
        if "_eduxl" in book.names:
            raise PlanError(f"“{source}”是总台账或填报表，不是计划；请选择工作要点原文或计划工作簿。")
        names = _visible(data)
        grids = list(_filled_grids(book, [name for name in book.names if name in names], source))
        formats = _formats(book, data, grids)
        merged = ods_merged(data) if data.startswith(b"PK") else {}
    except BadPackage as problem:
        raise _problem(source, "too-large" if problem.too_large else "", str(problem)) from problem
    except Unreadable as problem:
        raise _problem(source, problem.code, problem.what) from problem
    grids = [evolve(g, merged=[*g.merged, *merged.get(g.name, ())]) for g in grids]
    if any(has_cover([_texts(r) for r in g.rows[:40]]) for g in grids):
        plan = read_plan_workbook({g.name: _cells(g, formats.get(g.name, {})) for g in grids}, source)
    else:
        sheets = [(g.name, list(_rows(g, formats.get(g.name, {}), no))) for no, g in enumerate(grids, 1)]
        plan = _read_tables([(name, rows) for name, rows in sheets if rows], source)
    if book.cut:
        cut = review.not_read(Passage(f"单元格{'、'.join(book.cut)}", "表格最边上"))
        plan = evolve(plan, review=(*plan.review, cut))
    return plan


_Sheets = Sequence[tuple[str, Sequence[TableRow]]]


def _read_tables(sheets: _Sheets, source: str) -> Plan:
    try:
        return to_plan(_blocks(sheets), source)
    except PlanError as error:
        readings = (read_table(rows) for _, rows in sheets)
        if any(r.layout or r.matrix or r.texts for r in readings):
            raise
        raise PlanError(
            f"“{source}”里没有找到任务表：要有“工作任务”和“责任单位”或“完成时限”这样的表头；"
            "请核对是不是选错了文件。"
        ) from error


def _blocks(sheets: _Sheets) -> Iterator[Block]:
    """The tables; where each project has a sheet of its own, with the sheet's name as heading."""
    tasks = {name: r for name, rows in sheets if len(sheets) > 1 and (r := read_table(rows)).has_tasks}
    named = len(tasks) > 1 and not any(r.has_projects or _UNNAMED.fullmatch(n) for n, r in tasks.items())
    if named:
        # The title stands over the first project's table.
        yield from (Paragraph(above.text, above.position) for above in next(iter(tasks.values())).above)
    for name, rows in sheets:
        if named and name in tasks:
            yield Heading(name, 1, name)
        yield from rows


def _problem(source: str, code: str, what: str) -> PlanError:
    if code == "encrypted":
        return encrypted_file(source)
    if code == "too-large":
        return too_large(source, what)
    return PlanError(
        f"“{source}”打不开（{what}）；请用 Excel 或 WPS 打开后另存为 .xlsx 再试。", code="unreadable"
    )


def _filled_grids(book: Book, names: Sequence[str], source: str) -> Iterator[Grid]:
    """The sheets without the empty rows and cells behind what is filled.

    Raises PlanError `not-a-plan` where they ask for more places or have more cells than any plan has.
    """
    places = cells = 0
    for name in names:
        grid = book.grid(name)
        places += sum(map(len, grid.rows))
        rows = [_without_end(row) for row in grid.rows]
        cells += sum(len(row) - row.count("") for row in rows)
        if places > _MOST_PLACES or cells > MOST_CELLS:
            raise too_large(source)
        yield evolve(grid, rows=rows)


def _without_end(row: list[Any]) -> list[Any]:
    end = len(row)
    while end and row[end - 1] == "":
        end -= 1
    return row[:end]


def _visible(data: bytes) -> set[str]:
    from python_calamine import CalamineWorkbook, SheetVisibleEnum

    book = CalamineWorkbook.from_filelike(io.BytesIO(data))
    return {s.name for s in book.sheets_metadata if s.visible == SheetVisibleEnum.Visible}


# --- cells ----------------------------------------------------------------------------------------
def _texts(row: Sequence[Any]) -> list[str]:
    return [_text(value, None) for value in row]


def _text(value: Any, number_format: str | None) -> str:
    """A cell as a person reads it. A date of unknown format that is a month's first means the month."""
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, datetime | date):
        if number_format is None:
            number_format = "yyyy/m" if value.day == 1 else "yyyy/m/d"
        return date_cell(value, number_format).text
    if isinstance(value, time | timedelta):
        return str(value)
    if isinstance(value, float):
        if value.is_integer() and abs(value) < 1e15:
            return str(int(value))
        # 2022.10 typed as a number is 2022.1 and only its format tells.
        decimals = re.fullmatch(r"0\.(0+)(?:_.*)?", number_format or "")
        return f"{value:.{len(decimals[1])}f}" if decimals else repr(value)
    return str(value).replace("_x000D_", "").replace("\r\n", "\n").replace("\r", "\n").strip()


def _needs_format(value: Any) -> bool:
    return isinstance(value, datetime | date) or (
        isinstance(value, float) and 1990 < value < 2100 and not value.is_integer()
    )


def _formats(book: Book, data: bytes, grids: Sequence[Grid]) -> dict[str, dict[Place, str]]:
    """sheet → place → number format of the cells whose meaning depends on it."""
    from eduxl.plan.sheet_details import number_formats

    wanted = {grid.name: list(_shown_places(grid.rows)) for grid in grids}
    return number_formats(data, wanted) or {
        name: {place: shown for place in places if (shown := book.shown(name, *place)) is not None}
        for name, places in wanted.items()
    }


def _shown_places(rows: _Grid) -> Iterator[tuple[int, int]]:
    for r, row in enumerate(rows):
        for c, value in enumerate(row):
            if value != "" and _needs_format(value):
                yield r, c


def _rows(grid: Grid, shown: _Shown, table: int) -> Iterator[TableRow]:
    """The filled rows of a sheet; of a merged cell the first row has the text, those below continue it."""
    filled: list[dict[int, Cell]] = []
    width = 0
    for r, row in enumerate(grid.rows):
        cells: dict[int, Cell] = {}
        for c, value in enumerate(row):
            if value != "" and (text := _text(value, shown.get((r, c)))):
                cells[c] = Cell(text, c)
                width = max(width, c + 1)
        filled.append(cells)
    followed = 0
    for (top, left), (bottom, right) in grid.merged:
        cell = filled[top].get(left) if top < len(filled) else None
        if cell is None:
            continue
        cell = evolve(cell, span=min(right, width - 1) - left + 1)
        filled[top][left] = cell
        for r in range(top + 1, min(bottom + 1, len(filled))):
            filled[r].setdefault(left, evolve(cell, continued=True))
            followed += 1
        if followed > _MOST_MERGED:
            break
    for r, cells in enumerate(filled, 1):
        if cells:
            yield TableRow(tuple(cells[c] for c in sorted(cells)), table, f"工作表“{grid.name}”第{r}行")


def _cells(grid: Grid, shown: _Shown) -> list[list[SheetCell]]:
    """The cells of a sheet of the plan workbook; one merged downwards has its value in every row."""
    rows = [
        [
            EMPTY if value == "" else SheetCell(value, _text(value, shape := shown.get((r, c))), shape or "")
            for c, value in enumerate(row[:_MOST_COLUMNS])
        ]
        for r, row in enumerate(grid.rows)
    ]
    followed = 0
    for (top, left), (bottom, right) in grid.merged:
        if left != right or top >= len(rows) or left >= len(rows[top]) or followed > _MOST_MERGED:
            continue
        for row in rows[top + 1 : bottom + 1]:
            row.extend([EMPTY] * (left + 1 - len(row)))
            row[left] = rows[top][left]
            followed += 1
    return rows


def _largest_beside_sheets(data: bytes) -> int:
    """Bytes, as declared, of the largest part that all sheets share; `open_book` holds it to them."""
    from eduxl.spreadsheet.package import directory

    return max((m.size for m in directory(data) if _BESIDE.fullmatch(m.name)), default=0)
