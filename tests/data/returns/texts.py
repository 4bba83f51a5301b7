"""A grid as text: delimited, HTML, XML 2003, a Word table."""

# ruff: noqa: E501
from __future__ import annotations

import csv
import io
from datetime import date
from typing import Any
from xml.sax.saxutils import escape

from tests.data.returns.workbooks import Grid


def text_table(grid: Grid, delimiter: str, encoding: str) -> bytes:
    """The table as Excel saves it as text: shares as per cent, dates with slashes."""
    stream = io.StringIO()
    writer = csv.writer(stream, delimiter=delimiter, lineterminator="\r\n")
    writer.writerows([[as_text(value) for value in row] for row in grid])
    return stream.getvalue().encode(encoding)


def as_text(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.0%}"
    if isinstance(value, date):
        return f"{value.year}/{value.month}/{value.day}"
    return "" if value is None else str(value)


def docx(grid: Grid) -> bytes:
    from docx import Document

    document = Document()
    document.add_paragraph("填报表")
    table = document.add_table(len(grid), len(grid[0]))
    for r, row in enumerate(grid):
        for c, value in enumerate(row):
            table.cell(r, c).text = as_text(value)
    stream = io.BytesIO()
    document.save(stream)
    return stream.getvalue()


def html(grid: Grid) -> str:
    rows = "".join("<tr>" + "".join(f"<td>{escape(as_text(v))}</td>" for v in row) + "</tr>" for row in grid)
    return f'<html><head><meta charset="utf-8"></head><body><table>{rows}</table></body></html>'


def xml_2003(grid: Grid) -> str:
    rows = ""
    for row in grid:
        cells = (f'<Cell><Data ss:Type="String">{escape(as_text(v))}</Data></Cell>' for v in row)
        rows += f"<Row>{''.join(cells)}</Row>"
    urn = "urn:schemas-microsoft-com:office:spreadsheet"
    return f'<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?><Workbook xmlns="{urn}" xmlns:ss="{urn}"><Worksheet ss:Name="Sheet1"><Table>{rows}</Table></Worksheet></Workbook>'
