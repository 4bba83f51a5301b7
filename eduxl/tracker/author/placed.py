"""Writes cells that have a place of their own."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from xlsxwriter.worksheet import Worksheet  # type: ignore[import-untyped]

from eduxl.ooxml.values import Formula, Link, serial
from eduxl.tracker.author.formats import Formats
from eduxl.tracker.layout.placed import Placed
from eduxl.tracker.layout.style import clean, starts_like_formula


def put(ws: Worksheet, formats: Formats, cells: Iterable[Placed]) -> None:
    for cell in cells:
        fmt = formats.get(**cell.look)
        to_row = cell.row if cell.to_row is None else cell.to_row
        to_col = cell.col if cell.to_col is None else cell.to_col
        if (to_row, to_col) != (cell.row, cell.col):
            ws.merge_range(cell.row, cell.col, to_row, to_col, "", fmt)
        value = cell.value
        if value is None or value == "":
            ws.write_blank(cell.row, cell.col, None, fmt)
        elif isinstance(value, Formula):
            ws.write_formula(cell.row, cell.col, value.text, fmt, value.cached)
        elif isinstance(value, Link):
            ws.write_url(cell.row, cell.col, f"internal:{value.location}", fmt, value.text, value.tip)
        elif isinstance(value, str):
            text = clean(value)
            if starts_like_formula(text):
                fmt = formats.get(**cell.look, quote_prefix=True)
            ws.write_string(cell.row, cell.col, text, fmt)
        elif isinstance(value, date):
            ws.write_number(cell.row, cell.col, serial(value), fmt)
        else:
            ws.write_number(cell.row, cell.col, value, fmt)
