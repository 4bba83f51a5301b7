"""What all sheets of the master share: printing, table bodies, tables with filters, lights by condition.

Rows go in as they come from `tables.Table`; text is written as text whatever it looks like.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from attrs import frozen
from xlsxwriter.format import Format  # type: ignore[import-untyped]
from xlsxwriter.utility import xl_col_to_name, xl_range  # type: ignore[import-untyped]
from xlsxwriter.worksheet import Worksheet  # type: ignore[import-untyped]

from eduxl import labels as L
from eduxl.ooxml.values import serial
from eduxl.tracker.author.formats import ColumnFormats, Formats
from eduxl.tracker.layout.page import page_header
from eduxl.tracker.layout.sheets import TableSheet
from eduxl.tracker.layout.style import FONT, HEADER_HEIGHT, OTHER_COLUMN, clean, column_width, row_heights
from eduxl.tracker.tables import Master, Value

#: The day the lights are for: the pinned date of 首页, else today.
AS_OF = "IF(ISNUMBER(eduxl_as_of),eduxl_as_of,TODAY())"


@frozen
class Region:
    """Where a table's rows lie: zero-based rows and first column; columns and their widths as written."""

    first_row: int
    last_row: int
    first_col: int
    columns: tuple[str, ...]
    widths: tuple[float, ...]

    def letter(self, column: str) -> str:
        """`W` for the column 亮灯, say."""
        name: str = xl_col_to_name(self.first_col + self.columns.index(column))
        return name

    def range(self, column: str, last: str | None = None) -> str:
        """A1 reference of the column's cells (through column `last`), without the header."""
        left = self.first_col + self.columns.index(column)
        right = left if last is None else self.first_col + self.columns.index(last)
        area: str = xl_range(self.first_row, left, self.last_row, right)
        return area

    @property
    def top(self) -> int:
        """One-based number of the first row, as formulas name it."""
        return self.first_row + 1


def set_page(
    ws: Worksheet, title: str, *, wide: int = 1, tall: int = 0, header_rows: int = 1, label: str = ""
) -> None:
    """A4 landscape, `wide` pages wide, title above, sheet name and page number below, headers repeated."""
    ws.set_landscape()
    ws.set_paper(9)
    ws.fit_to_pages(wide, tall)
    ws.set_margins(left=0.4, right=0.4, top=0.75 if header_rows else 0.5, bottom=0.65)
    ws.center_horizontally()
    if header_rows:
        ws.set_header(page_header(title, label), {"margin": 0.35})
        ws.repeat_rows(0, header_rows - 1)
    ws.set_footer(f'&L&9&"{FONT},Regular"&A&C&9第 &P 页 共 &N 页&R&9{L_PRODUCT}', {"margin": 0.3})


#: Bottom right of each page: whose table this is.
L_PRODUCT = "教育工作要点台账"


def write_rows(
    ws: Worksheet,
    first_row: int,
    first_col: int,
    rows: Sequence[Sequence[Value]],
    formats: Sequence[ColumnFormats],
) -> None:
    """Write rows of values; empty cells get their format too, so borders are closed."""
    # What the public methods call after asking whether the cell was named "A1" or (0, 0): a fifth of the time
    # of a sheet of 300,000 cells.
    string, number, blank = ws._write_string, ws._write_number, ws._write_blank
    texts: dict[str, tuple[str, Format]]
    columns: list[tuple[int, ColumnFormats, dict[str, tuple[str, Format]]]]
    columns = [(c, fmt, {}) for c, fmt in enumerate(formats, first_col)]
    for r, row in enumerate(rows, first_row):
        for (c, fmt, texts), value in zip(columns, row, strict=True):
            if value is None:
                blank(r, c, None, fmt.plain)
            elif isinstance(value, str):
                known = texts.get(value)
                if known is None:
                    text = clean(value)
                    known = texts[value] = text, fmt.for_text(text)
                if known[0]:
                    string(r, c, known[0], known[1])
                else:
                    blank(r, c, None, fmt.plain)
            elif isinstance(value, datetime):
                number(r, c, serial(value), fmt.moment)
            elif isinstance(value, date):
                number(r, c, serial(value), fmt.day)
            else:
                number(r, c, value, fmt.plain)


def set_heights(
    ws: Worksheet, first_row: int, rows: Sequence[Sequence[Value]], widths: Sequence[float], max_lines: int
) -> None:
    """Heights by the number of wrapped lines, at most `max_lines`: Excel would show a long report in full."""
    for r, height in enumerate(row_heights(rows, widths, max_lines), first_row):
        ws.set_row(r, height)


def write_table(
    ws: Worksheet,
    formats: Formats,
    master: Master,
    spec: TableSheet,
    *,
    header: int = 0,
    first_col: int = 0,
    heights: bool = True,
) -> Region:
    """A filtered Excel table with its `header` in row 1 or another. `heights=False` leaves the heights of rows open.

    Without rows the table keeps one empty row, as Excel demands.
    """
    table, clerk, max_lines = spec.rows(master), spec.clerk, spec.max_lines
    looks = [spec.widths.get(column, OTHER_COLUMN) for column in table.columns]
    widths = tuple(
        column_width(column, (*(row[i] for row in table.rows), *known_values(master, column)), look)
        for i, (column, look) in enumerate(zip(table.columns, looks, strict=True))
    )
    for i, width in enumerate(widths):
        ws.set_column(first_col + i, first_col + i, width)
    last_row = header + max(1, len(table.rows))
    region = Region(header + 1, last_row, first_col, table.columns, widths)
    ws.add_table(
        header,
        first_col,
        last_row,
        first_col + len(table.columns) - 1,
        {
            "name": spec.name,
            "style": "Table Style Medium 2",
            "banded_rows": False,
            "columns": [
                {"header": column, "header_format": formats.header(clerk=column in clerk)}
                for column in table.columns
            ],
        },
    )
    ws.set_row(header, HEADER_HEIGHT)
    styles = [
        formats.column(look.kind, clerk=column in clerk)
        for column, look in zip(table.columns, looks, strict=True)
    ]
    rows = table.rows or ((None,) * len(table.columns),)
    write_rows(ws, header + 1, first_col, rows, styles)
    if heights:
        set_heights(ws, header + 1, rows, widths, max_lines)
    # Codes and telephone numbers are text on purpose: no green corners.
    ws.ignore_errors({"number_stored_as_text": "A1:XFD1048576"})
    return region


def known_values(master: Master, column: str) -> list[Value]:
    """What a column will hold sooner or later: units and tasks are known before anything is reported."""
    return [
        row[table.columns.index(column)]
        for table in (master.roster, master.tasks)
        if column in table.columns
        for row in table.rows
    ]


def rule(ws: Worksheet, area: str, formula: str, formats: Formats, light: str, *, stop: bool = True) -> None:
    """One conditional format over `area`, which may name several ranges (`K2:K9 W2:X9`)."""
    first = area.split(" ")[0]
    options = {"type": "formula", "criteria": formula, "format": formats.light(light), "stop_if_true": stop}
    if " " in area:
        options["multi_range"] = area
    ws.conditional_format(first, options)


def rules_by_light(
    ws: Worksheet, area: str, cell: str, formats: Formats, lights: Sequence[str] = L.LIGHTS
) -> None:
    """Colour `area` by the light that stands as text at the start of `cell` (`$W2`)."""
    for light in lights:
        rule(ws, area, f'=LEFT({cell},1)="{light}"', formats, light)


def lights_and_flags(ws: Worksheet, table: Region, formats: Formats) -> None:
    """Colour 亮灯 by its own text, and 预警 beside it where there is something to see."""
    cell = f"${table.letter(L.LIGHT)}{table.top}"
    rules_by_light(ws, table.range(L.LIGHT, L.FLAGS), cell, formats, (L.RED, L.YELLOW, L.BLUE))
    rules_by_light(ws, table.range(L.LIGHT), cell, formats, (L.GREEN,))
