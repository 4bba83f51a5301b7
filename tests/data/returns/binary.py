"""Workbooks of the binary formats: Excel 97 in its compound file, and .xlsb."""

# ruff: noqa: E501
from __future__ import annotations

import struct
from collections.abc import Mapping
from datetime import date
from typing import Any

from tests.data.returns.package import PACKAGE, relations, zipped
from tests.data.returns.workbooks import Grid, serial


def ole(streams: Mapping[str, bytes]) -> bytes:
    """An OLE compound file (MS-CFB, version 3) with these streams in its root."""
    padded = {
        name: data.ljust(max(4096, -(-len(data) // 512) * 512), b"\0") for name, data in streams.items()
    }
    names = sorted(padded, key=lambda name: (len(name), name.upper()))
    directory_sectors = (len(names) + 4) // 4
    data_sectors = sum(len(data) // 512 for data in padded.values())
    fat_sectors = 1
    while fat_sectors * 128 < fat_sectors + directory_sectors + data_sectors:
        fat_sectors += 1
    fat = [0xFFFFFFFD] * fat_sectors

    def chain(count: int) -> int:
        start = len(fat)
        fat.extend([*range(start + 1, start + count), 0xFFFFFFFE])
        return start

    def entry(name: str, kind: int, child: int, right: int, start: int, size: int) -> bytes:
        label = name.encode("utf-16-le") + b"\0\0"
        links = struct.pack("<HBBIII", len(label), kind, 1, 0xFFFFFFFF, right, child)
        return label.ljust(64, b"\0") + links + bytes(36) + struct.pack("<IQ", start, size)

    directory = chain(directory_sectors)
    entries = entry("Root Entry", 5, 1, 0xFFFFFFFF, 0xFFFFFFFE, 0)
    for number, name in enumerate(names, 1):
        right = number + 1 if number < len(names) else 0xFFFFFFFF
        size = len(padded[name])
        entries += entry(name, 2, 0xFFFFFFFF, right, chain(size // 512), size)
    fat += [0xFFFFFFFF] * (fat_sectors * 128 - len(fat))
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16)
    head += struct.pack(
        "<HHHHH6xIIIIIIIII",
        0x3E,
        3,
        0xFFFE,
        9,
        6,
        0,
        fat_sectors,
        directory,
        0,
        4096,
        0xFFFFFFFE,
        0,
        0xFFFFFFFE,
        0,
    )
    head += struct.pack("<109I", *range(fat_sectors), *[0xFFFFFFFF] * (109 - fat_sectors))
    table = struct.pack(f"<{len(fat)}I", *fat)
    return (
        head
        + table
        + entries.ljust(directory_sectors * 512, b"\0")
        + b"".join(padded[name] for name in names)
    )


def xls(sheets: Mapping[str, Grid] | Grid, very_hidden: tuple[str, ...] = (), locked: bool = False) -> bytes:
    """An Excel 97 workbook (MS-XLS): labels and numbers; `locked` puts the record of an encrypted file in front."""
    grids = sheets if isinstance(sheets, Mapping) else {"Sheet1": sheets}

    def record(kind: int, data: bytes = b"") -> bytes:
        return struct.pack("<HH", kind, len(data)) + data

    def cell(r: int, c: int, value: Any) -> bytes:
        if isinstance(value, date):
            return record(0x0203, struct.pack("<HHHd", r, c, 1, serial(value)))
        if isinstance(value, int | float):
            return record(0x0203, struct.pack("<HHHd", r, c, 2 if isinstance(value, float) else 0, value))
        text = str(value).encode("utf-16-le")
        return record(0x0204, struct.pack("<HHHHB", r, c, 0, len(text) // 2, 1) + text)

    def page(grid: Grid) -> bytes:
        width = max(map(len, grid))
        cells = (cell(r, c, v) for r, row in enumerate(grid) for c, v in enumerate(row) if v is not None)
        size = record(0x0200, struct.pack("<IIHHH", 0, len(grid), 0, width, 0))
        return (
            record(0x0809, struct.pack("<HHHHII", 0x600, 0x10, 0x1BBB, 1997, 0x41, 6))
            + size
            + b"".join(cells)
            + record(0x0A)
        )

    def bound(name: str, offset: int) -> bytes:
        label = name.encode("utf-16-le")
        state = 2 if name in very_hidden else 0
        return record(0x85, struct.pack("<IBBBB", offset, state, 0, len(label) // 2, 1) + label)

    start = record(0x0809, struct.pack("<HHHHII", 0x600, 5, 0x1BBB, 1997, 0x41, 6))
    start += record(0x2F, struct.pack("<HHH", 1, 1, 1) + bytes(range(48))) if locked else b""
    start += record(0x42, struct.pack("<H", 1200))
    for number_format in (0, 14, 9):
        start += record(0xE0, struct.pack("<HHHBBBBIIH", 0, number_format, 0, 0x20, 0, 0, 0, 0, 0, 0x20C0))
    offset = len(start) + sum(len(bound(name, 0)) for name in grids) + 4
    bounds, pages = b"", b""
    for name, grid in grids.items():
        bounds += bound(name, offset + len(pages))
        pages += page(grid)
    return ole({"Workbook": start + bounds + record(0x0A) + pages})


def xlsb(grid: Grid) -> bytes:
    """A binary workbook (MS-XLSB) with one sheet."""

    def record(kind: int, data: bytes = b"") -> bytes:
        code = bytes([kind]) if kind < 128 else bytes([kind & 0x7F | 0x80, kind >> 7])
        size, length = b"", len(data)
        while length > 127:
            size, length = size + bytes([length & 0x7F | 0x80]), length >> 7
        return code + size + bytes([length]) + data

    def wide(text: str) -> bytes:
        return struct.pack("<I", len(text.encode("utf-16-le")) // 2) + text.encode("utf-16-le")

    def cell(c: int, value: Any) -> bytes:
        if isinstance(value, date | int | float):
            style = 1 if isinstance(value, date) else 0
            number = serial(value) if isinstance(value, date) else value
            return record(5, struct.pack("<IId", c, style, number))
        return record(6, struct.pack("<II", c, 0) + wide(value))

    rows = b""
    for r, row in enumerate(grid):
        rows += record(0, struct.pack("<IIHBBBI", r, 0, 300, 0, 0, 0, 0))
        rows += b"".join(cell(c, value) for c, value in enumerate(row) if value is not None)
    size = struct.pack("<IIII", 0, len(grid) - 1, 0, max(map(len, grid)) - 1)
    formats = b"".join(record(47, struct.pack("<HHHHHBBHH", 0, f, 0, 0, 0, 0, 0, 0, 0)) for f in (0, 14))
    types = "application/vnd.ms-excel"
    return zipped(
        {
            "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            f'<Default Extension="bin" ContentType="{types}.sheet.binary.macroEnabled.main"/><Override PartName="/xl/worksheets/sheet1.bin" ContentType="{types}.worksheet"/>'
            f'<Override PartName="/xl/styles.bin" ContentType="{types}.styles"/></Types>'.encode(),
            "_rels/.rels": relations(("officeDocument", "xl/workbook.bin")),
            "xl/_rels/workbook.bin.rels": relations(
                ("worksheet", "worksheets/sheet1.bin"), ("styles", "styles.bin")
            ),
            "xl/workbook.bin": record(131)
            + record(143)
            + record(156, struct.pack("<II", 0, 1) + wide("rId1") + wide("Sheet1"))
            + record(144)
            + record(132),
            "xl/styles.bin": record(278)
            + record(617, struct.pack("<I", 2))
            + formats
            + record(618)
            + record(279),
            "xl/worksheets/sheet1.bin": record(129)
            + record(148, size)
            + record(145)
            + rows
            + record(146)
            + record(130),
        }
    )
