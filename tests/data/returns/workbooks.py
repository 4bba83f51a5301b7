"""Workbooks of today's formats from a grid of values: OOXML (by a library, or as bare XML) and OpenDocument."""

# ruff: noqa: E501
from __future__ import annotations

import io
import re
import subprocess
import tempfile
import zipfile
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import xlsxwriter  # type: ignore[import-untyped]
from attrs import frozen

from tests.data.returns.package import MAIN, OFFICE, PACKAGE, STAMP, relations, zipped

Grid = list[list[Any]]


@frozen
class Formula:
    """A formula and the result that the program saved with it."""

    text: str
    value: Any = ""


@frozen
class Shown:
    """A number and the number format it is shown in."""

    value: float
    number_format: str


def xlsx(sheets: Mapping[str, Grid] | Grid, **options: Any) -> bytes:
    """A new workbook with nothing but values, formulas and number formats."""
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"in_memory": True, "strings_to_formulas": False, **options}) as book:
        book.set_properties({"created": STAMP})
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        for name, grid in (sheets if isinstance(sheets, Mapping) else {"Sheet1": sheets}).items():
            page = book.add_worksheet(name)
            for r, row in enumerate(grid):
                for c, value in enumerate(row):
                    if isinstance(value, Formula):
                        page.write_formula(r, c, value.text, None, value.value)
                    elif isinstance(value, Shown):
                        page.write_number(
                            r, c, value.value, book.add_format({"num_format": value.number_format})
                        )
                    elif isinstance(value, date):
                        page.write_datetime(r, c, value, day)
                    elif isinstance(value, str):
                        page.write_string(r, c, value)
                    elif value is not None:
                        page.write(r, c, value)
    return stream.getvalue()


def serial(day: date) -> int:
    return (day - date(1899, 12, 30)).days


def raw_rows(grid: Grid) -> str:
    """Rows with the texts in the cells themselves, as programs without a table of strings write them."""
    return "".join(f'<row r="{r}">{_raw_cells(r, row)}</row>' for r, row in enumerate(grid, 1))


def _raw_cells(r: int, row: list[Any]) -> str:
    cells = ""
    for c, value in enumerate(row):
        name = f"{chr(65 + c)}{r}"
        if isinstance(value, date | int | float):
            number = serial(value) if isinstance(value, date) else value
            cells += f'<c r="{name}" s="{int(isinstance(value, date))}"><v>{number}</v></c>'
        elif value is not None:
            cells += f'<c r="{name}" t="inlineStr"><is><t xml:space="preserve">{escape(value)}</t></is></c>'
    return cells


def raw_xlsx(
    sheet_data: str,
    before: str = "",
    after: str = "",
    prefix: str = "",
    parts: Mapping[str, bytes] | None = None,
) -> bytes:
    """A workbook as bare as can be, from the XML inside `sheetData`; with `prefix` every element has it."""
    sheet = f'<worksheet xmlns="{MAIN}" xmlns:r="{OFFICE}">{before}<sheetData>{sheet_data}</sheetData>{after}</worksheet>'
    book = f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets><sheet name="Sheet1" sheetId="1" r:id="rId1"/></sheets></workbook>'
    styles = f'<styleSheet xmlns="{MAIN}"><fonts><font/></fonts><fills><fill/></fills><borders><border/></borders><cellStyleXfs><xf/></cellStyleXfs><cellXfs><xf/><xf numFmtId="14" applyNumberFormat="1"/></cellXfs></styleSheet>'
    if prefix:
        sheet, book, styles = (
            re.sub(r"<(/?)(?=\w)", rf"<\1{prefix}:", x).replace("xmlns=", f"xmlns:{prefix}=")
            for x in (sheet, book, styles)
        )
    base = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    return zipped(
        {
            "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            f'<Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="{base}.sheet.main+xml"/>'
            f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{base}.worksheet+xml"/><Override PartName="/xl/styles.xml" ContentType="{base}.styles+xml"/></Types>'.encode(),
            "_rels/.rels": relations(("officeDocument", "xl/workbook.xml")),
            "xl/workbook.xml": book.encode(),
            "xl/_rels/workbook.xml.rels": relations(
                ("worksheet", "worksheets/sheet1.xml"), ("styles", "styles.xml")
            ),
            "xl/styles.xml": styles.encode(),
            "xl/worksheets/sheet1.xml": sheet.encode(),
            **(parts or {}),
        }
    )


def ods(grid: Grid, filler: str = "") -> bytes:
    """An OpenDocument table; empty cells and rows run to the sheet's end, as LibreOffice writes them."""

    def cell(value: Any) -> str:
        if isinstance(value, date):
            return f'<table:table-cell office:value-type="date" office:date-value="{value}"><text:p>{value}</text:p></table:table-cell>'
        if isinstance(value, float):
            return f'<table:table-cell office:value-type="percentage" office:value="{value}"><text:p>{value:.0%}</text:p></table:table-cell>'
        if isinstance(value, int):
            return f'<table:table-cell office:value-type="float" office:value="{value}"><text:p>{value}</text:p></table:table-cell>'
        if value is None:
            return "<table:table-cell/>"
        lines = "".join(f"<text:p>{escape(line)}</text:p>" for line in value.split("\n"))
        return f'<table:table-cell office:value-type="string">{lines}</table:table-cell>'

    rest = '<table:table-cell table:number-columns-repeated="16370"/>'
    rows = "".join(f"<table:table-row>{''.join(map(cell, row))}{rest}</table:table-row>" for row in grid)
    last = (
        filler
        or '<table:table-row table:number-rows-repeated="1048500"><table:table-cell table:number-columns-repeated="16384"/></table:table-row>'
    )
    urn = "urn:oasis:names:tc:opendocument:xmlns"
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document-content xmlns:office="{urn}:office:1.0" xmlns:table="{urn}:table:1.0" xmlns:text="{urn}:text:1.0" office:version="1.2">'
        f'<office:body><office:spreadsheet><table:table table:name="Sheet1">{rows}{last}</table:table></office:spreadsheet></office:body></office:document-content>'
    )
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    manifest = f'<manifest:manifest xmlns:manifest="{urn}:manifest:1.0"><manifest:file-entry manifest:full-path="/" manifest:media-type="{kind}"/><manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/></manifest:manifest>'
    members = {
        "mimetype": kind.encode(),
        "content.xml": content.encode(),
        "META-INF/manifest.xml": manifest.encode(),
    }
    return zipped(members)


def by_office(package: bytes, kind: str) -> bytes:
    """The workbook, saved by LibreOffice as `kind`."""
    with tempfile.TemporaryDirectory() as temporary:
        source = Path(temporary, "return.xlsx")
        source.write_bytes(package)
        profile = Path(temporary, "profile").as_uri()
        target = f"{kind}:Text - txt - csv (StarCalc):44,34,76,1" if kind == "csv" else kind
        command = ["soffice", f"-env:UserInstallation={profile}", "--headless", "--convert-to", target]
        subprocess.run([*command, "--outdir", temporary, str(source)], check=True, capture_output=True)
        return source.with_suffix(f".{kind}").read_bytes()


def strict(package: bytes) -> bytes:
    """The same workbook in the namespaces of ISO/IEC 29500 Strict."""
    with zipfile.ZipFile(io.BytesIO(package)) as source:
        parts = {name: source.read(name) for name in source.namelist()}
    old = b"http://schemas.openxmlformats.org/"
    new = b"http://purl.oclc.org/ooxml/"
    swaps = (
        (b"spreadsheetml/2006/main", b"spreadsheetml/main"),
        (b"officeDocument/2006/relationships", b"officeDocument/relationships"),
    )
    for before, after_ in swaps:
        parts = {name: part.replace(old + before, new + after_) for name, part in parts.items()}
    return zipped(parts)
