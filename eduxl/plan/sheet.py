"""Adapter for workbooks (.xlsx, .xlsm, .xls, .et, .ods): visible sheets as tables, merged cells read once.

python-calamine reads the cells within the bounds of `returns.sheets`; how a date is shown, which decides
whether a month or a day is meant, comes from the package, and only where dates occur.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from attrs import evolve

from eduxl.errors import PlanError
from eduxl.model import Passage, Plan
from eduxl.plan import cells as C
from eduxl.plan import review, workbook_reading
from eduxl.plan.blocks import Block, Cell, Heading, Paragraph, TableRow
from eduxl.plan.deadlines import date_cell
from eduxl.plan.grammar import to_plan
from eduxl.plan.limits import MOST_CELLS, encrypted_file, too_large
from eduxl.plan.tables import TableReading, read_table

if TYPE_CHECKING:
    from eduxl.returns.sheets import Book, Grid

_Grid = Sequence[Sequence[Any]]
#: ((first row, first column), (last row, last column)), from 0
_Area = tuple[tuple[int, int], tuple[int, int]]
#: Rows of merged cells that are followed; overlapping areas, which no program writes, could ask for billions.
_MOST_MERGED = 300_000
#: Empty places too of all sheets; one sheet is bounded where it is opened.
_MOST_PLACES = 8_000_000
#: Bytes of XML up to which openpyxl is let at a workbook; it takes some fifty times as much memory.
_MOST_FOR_OPENPYXL = 6 << 20
#: Bytes of the texts and of the styles that the sheets of a workbook share.
_LARGEST_BESIDE = 12 << 20
_BESIDE = re.compile(r"xl/(?:sharedStrings|styles|workbook)\.(?:xml|bin)", re.IGNORECASE)
#: Formats of Chinese Excel that have a number and no text: 2022年6月.
_MONTH_FORMATS = frozenset({27, 36, 50, 52, 57})
_UNNAMED = re.compile(r"(?:sheet|工作表|表)\s*\d*", re.IGNORECASE)


def read_sheet_plan(data: bytes, source: str) -> Plan:
    """The plan in a workbook's bytes: the plan workbook by its cover, any other by its tables of tasks.

    Raises PlanError `not-a-plan`, `no-tasks`, `no-year`, `unsupported` (a matrix of marks), `unreadable`.
    """
    from eduxl.returns.package import BadPackage
    from eduxl.returns.sheets import Unreadable, open_book

    try:
        if data.startswith(b"PK") and _largest_beside_sheets(data) > _LARGEST_BESIDE:
            raise too_large(source)
        book = open_book(data)
        if "_eduxl" in book.names:
            raise PlanError(f"“{source}”是总台账或填报表，不是计划；请选择工作要点原文或计划工作簿。")
        names = _visible(data)
        grids = list(_filled_grids(book, [name for name in book.names if name in names], source))
    except BadPackage as problem:
        raise _problem(source, "too-large" if problem.too_large else "", str(problem)) from problem
    except Unreadable as problem:
        raise _problem(source, problem.code, problem.what) from problem
    is_xlsx = data.startswith(b"PK") and b"xl/workbook.xml" in data
    plan_workbook = any(workbook_reading.has_cover([_texts(r) for r in g.rows[:40]]) for g in grids)
    if plan_workbook and not is_xlsx:
        # Saved in another format it is read as a table of tasks; its lists are none.
        grids = [g for g in grids if g.name not in C.LIST_SHEETS]
    if plan_workbook and is_xlsx:
        if _unpacked(data) > _MOST_FOR_OPENPYXL:
            raise too_large(source)
        return workbook_reading.read_plan_workbook(data, source)
    formats = _formats(data, {g.name: list(_shown_places(g.rows)) for g in grids}) if is_xlsx else {}
    spans = {} if is_xlsx or not data.startswith(b"PK") else _ods_merged(data)
    sheets = [
        (
            g.name,
            list(_rows(g.rows, [*g.merged, *spans.get(g.name, ())], formats.get(g.name, {}), no, g.name)),
        )
        for no, g in enumerate(grids, 1)
    ]
    readings = [(name, rows, read_table(rows)) for name, rows in sheets if rows]
    if not any(r.layout or r.matrix or r.texts for _, _, r in readings):
        raise PlanError(
            f"“{source}”里没有找到任务表：要有“工作任务”和“责任单位”或“完成时限”这样的表头；"
            "请核对是不是选错了文件。"
        )
    plan = to_plan(_blocks(readings), source)
    if book.cut:
        cut = review.not_read(Passage(f"单元格{'、'.join(book.cut)}", "表格最边上"))
        plan = evolve(plan, review=(*plan.review, cut))
    return plan


def _blocks(readings: Sequence[tuple[str, list[TableRow], TableReading]]) -> Iterator[Block]:
    """The tables; where each project has a sheet of its own, with the sheet's name as heading."""
    tasks = [(name, r) for name, _, r in readings if r.has_tasks]
    named = len(tasks) > 1 and not any(r.has_projects or _UNNAMED.fullmatch(n) for n, r in tasks)
    if named:
        # The title stands over the first project's table.
        yield from (Paragraph(above.text, above.position) for above in tasks[0][1].above)
    for name, rows, reading in readings:
        if named and reading.has_tasks:
            yield Heading(name, 1, name)
        yield from rows


def _problem(source: str, code: str, what: str) -> PlanError:
    if code == "encrypted":
        return encrypted_file(source)
    if code == "too-large":
        return PlanError(f"“{source}”解开后过大（{what}），不像工作要点；请核对是不是选错了文件。")
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


def _shown_places(rows: _Grid) -> Iterator[tuple[int, int]]:
    for r, row in enumerate(rows):
        for c, value in enumerate(row):
            if value != "" and _needs_format(value):
                yield r, c


def _rows(
    rows: _Grid, merged: Sequence[_Area], formats: Mapping[tuple[int, int], str], table: int, name: str
) -> Iterator[TableRow]:
    """The filled rows of a sheet; of a merged cell the first row has the text, those below continue it."""
    filled: list[dict[int, Cell]] = []
    width = 0
    for r, row in enumerate(rows):
        cells: dict[int, Cell] = {}
        for c, value in enumerate(row):
            if value != "" and (text := _text(value, formats.get((r, c)))):
                cells[c] = Cell(text, c)
                width = max(width, c + 1)
        filled.append(cells)
    followed = 0
    for (top, left), (bottom, right) in merged:
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
            yield TableRow(tuple(cells[c] for c in sorted(cells)), table, f"工作表“{name}”第{r}行")


# --- what calamine does not tell ------------------------------------------------------------------
def _formats(
    data: bytes, places: Mapping[str, Sequence[tuple[int, int]]]
) -> dict[str, dict[tuple[int, int], str]]:
    """sheet → place → number format of the cells at `places` of an .xlsx."""
    wanted = {name: set(found) for name, found in places.items() if found}
    if not wanted or _unpacked(data) > _MOST_FOR_OPENPYXL:
        return {}
    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    formats: dict[str, dict[tuple[int, int], str]] = {}
    try:
        book = load_workbook(io.BytesIO(data), read_only=True, data_only=True)
        for name, found in wanted.items():
            top, left = min(r for r, _ in found), min(c for _, c in found)
            bottom, right = max(r for r, _ in found), max(c for _, c in found)
            cells = book[name].iter_rows(
                min_row=top + 1, max_row=bottom + 1, min_col=left + 1, max_col=right + 1
            )
            formats[name] = {
                (r, c): _format(cell)
                for r, row in enumerate(cells, top)
                for c, cell in enumerate(row, left)
                if (r, c) in found
            }
    except (InvalidFileException, zipfile.BadZipFile, KeyError, ValueError, TypeError, IndexError):
        # calamine read the cells; a package that openpyxl refuses only loses how its dates are shown.
        return formats
    return formats


def _largest_beside_sheets(data: bytes) -> int:
    """Bytes, as declared, of the largest part that all sheets share; `open_book` holds it to them."""
    from eduxl.returns.package import directory

    return max((m.size for m in directory(data) if _BESIDE.fullmatch(m.name)), default=0)


def _unpacked(data: bytes) -> int:
    """Bytes of all parts but pictures, as declared; `open_book` has held the larger ones to it."""
    from eduxl.returns.package import directory

    return sum(m.size for m in directory(data) if "media/" not in m.name)


def _format(cell: Any) -> str:
    style = getattr(cell, "_style_id", None)
    if style is not None and cell.style_array.numFmtId in _MONTH_FORMATS:
        return "yyyy/m"
    return str(cell.number_format)


def _ods_merged(data: bytes) -> dict[str, list[_Area]]:
    """sheet → merged areas of an .ods, whose size was looked at before."""
    from lxml import etree

    from eduxl.returns.package import directory, inflate

    member = next((m for m in directory(data) if m.name == "content.xml"), None)
    content = b"" if member is None else inflate(data, member, member.size)
    if b"-spanned" not in content:
        return {}
    table = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
    found: dict[str, list[_Area]] = {}
    areas: list[_Area] = []
    row = column = 0
    parser = etree.iterparse(
        io.BytesIO(content), events=("start", "end"), resolve_entities=False, no_network=True, huge_tree=False
    )
    try:
        for event, node in parser:
            if event == "start" and node.tag == table + "table":
                areas, row, column = found.setdefault(node.get(table + "name") or "", []), 0, 0
            elif event == "start" and node.tag in (table + "table-cell", table + "covered-table-cell"):
                down, across = (
                    _times(node.get(f"{table}number-{which}-spanned")) for which in ("rows", "columns")
                )
                if (down > 1 or across > 1) and len(areas) < _MOST_MERGED:
                    areas.append(((row, column), (row + down - 1, column + across - 1)))
                column += _times(node.get(table + "number-columns-repeated"))
            elif event == "end" and node.tag == table + "table-row":
                row += _times(node.get(table + "number-rows-repeated"))
                column = 0
                node.clear()
    except etree.XMLSyntaxError:
        # calamine read the cells; what lies behind the damage only loses that it is merged.
        return found
    return found


def _times(count: str | None) -> int:
    """A count as the format has it, 1 where there is none that a sheet could hold."""
    return int(count) if count and re.fullmatch(r"[0-9]{1,7}", count) else 1
