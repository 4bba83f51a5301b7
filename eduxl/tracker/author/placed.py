"""Cells with a place of their own: what 首页 and 总览 are made of, as data.

The layout functions of those two sheets return such cells without writing anything, so that what stands where
can be asked without a workbook; `put` writes them.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from attrs import field, frozen
from xlsxwriter.worksheet import Worksheet  # type: ignore[import-untyped]

from eduxl.tracker.author.sheet import serial
from eduxl.tracker.author.style import LINE, Formats, clean, starts_like_formula
from eduxl.tracker.tables import Value


@frozen
class Formula:
    """An Excel formula, `=` included, and the value it has now."""

    text: str
    cached: str | int | float


@frozen
class Link:
    """A link to the sheet of that name."""

    sheet: str


@frozen
class Placed:
    """`value` at a zero-based cell, merged through (`to_row`, `to_col`) where they are given."""

    row: int
    col: int
    value: Value | Formula | Link
    look: dict[str, Any] = field(factory=dict)
    to_col: int | None = None
    to_row: int | None = None


def boxed(**look: Any) -> dict[str, Any]:
    """The look with a thin border."""
    return {"border": 1, "border_color": LINE, **look}


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
            ws.write_url(
                cell.row, cell.col, f"internal:'{value.sheet}'!A1", fmt, value.sheet, f"打开“{value.sheet}”"
            )
        elif isinstance(value, str):
            text = clean(value)
            if starts_like_formula(text):
                fmt = formats.get(**cell.look, quote_prefix=True)
            ws.write_string(cell.row, cell.col, text, fmt)
        elif isinstance(value, date):
            ws.write_number(cell.row, cell.col, serial(value), fmt)
        else:
            ws.write_number(cell.row, cell.col, value, fmt)
