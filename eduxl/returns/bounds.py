"""How large a grid the cells of a sheet span, told from its bytes before a parser lays that grid out in
memory.

For .ods, .xls and .xlsb, where a few bytes can ask for billions of places; an .xlsx is mended instead
(`sheets`).
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator

_TAG = re.compile(rb"<(/?)table:(table|table-row|(?:covered-)?table-cell)(?=[\s/>])([^<>]*)>")
_ROWS = re.compile(rb'number-rows-repeated\s*=\s*["\'](\d+)')
_COLUMNS = re.compile(rb'number-columns-repeated\s*=\s*["\'](\d+)')


def _times(pattern: re.Pattern[bytes], attributes: bytes) -> int:
    match = pattern.search(attributes)
    return int(match[1][:12]) if match else 1


def ods_places(content: bytes) -> int:
    """Places of the largest grid in an .ods `content.xml`: rows down to the last filled one × columns
    likewise.
    """
    largest = row = height = width = column = filled = 0
    for match in _TAG.finditer(content):
        closing, tag, attributes = match.groups()
        if tag == b"table":
            largest = max(largest, height * width)
            row = height = width = 0
        elif tag == b"table-row":
            if filled:
                height, width = row, max(width, filled)
            column = filled = 0
            if not closing:
                row += _times(_ROWS, attributes)
        elif not closing:
            column += _times(_COLUMNS, attributes)
            if not attributes.endswith(b"/") or b"value" in attributes or b"formula" in attributes:
                filled = column
    return max(largest, height * width)


_ROW_HEADER = 0
#: BrtCellRk … BrtFmlaError: every cell that holds something. 1 is a blank one.
_FILLED = range(2, 12)


def xlsb_places(part: bytes) -> int:
    """Places of the grid in one binary sheet; 0 for a part that is none."""
    at, row, height, width = 0, 0, 0, 0
    size = len(part)
    while at + 2 <= size:
        kind = part[at]
        at += 1
        if kind & 0x80:
            kind = (kind & 0x7F) | (part[at] & 0x7F) << 7
            at += 1
        length = 0
        for shift in (0, 7, 14, 21):
            if at >= size:
                return height * width
            byte = part[at]
            at += 1
            length |= (byte & 0x7F) << shift
            if not byte & 0x80:
                break
        if length >= 4 and at + 4 <= size:
            if kind == _ROW_HEADER:
                (row,) = struct.unpack_from("<L", part, at)
            elif kind in _FILLED:
                (column,) = struct.unpack_from("<L", part, at)
                height, width = max(height, row + 1), max(width, column + 1)
        at += length
    return height * width


_SHEET, _END, _PASSWORD, _EXTENT, _RANGE_OF_NUMBERS = 0x0085, 0x000A, 0x002F, 0x0200, 0x00BD
#: INTEGER, NUMBER, LABEL, BOOLERR, FORMULA, RK, LABELSST, RSTRING in the versions of BIFF: row and column
#: come first.
_FILLED_XLS = frozenset(
    {0x0002, 0x0003, 0x0004, 0x0005, 0x0006, 0x0203, 0x0204, 0x0205, 0x0206, 0x0406, 0x027E, 0x00FD, 0x00D6}
)
#: All that an .xls can hold. A declared extent reserves memory, but does not fill it.
_WHOLE_XLS = 65_536 * 256
_ABSURD = 1 << 40
_MOST_LOOKED_AT = 2 << 30


def xls_places(stream: bytes) -> int:
    """Places of the largest grid in the Workbook stream of an .xls; 0 where a password hides the cells."""
    starts = set()
    for kind, at, length in _records(stream, 0):
        if kind == _PASSWORD:
            return 0
        if kind == _SHEET and length >= 4:
            starts.add(struct.unpack_from("<L", stream, at)[0])
    if len(starts) * len(stream) > _MOST_LOOKED_AT:  # sheets inside of one another
        return _ABSURD
    return max((_xls_sheet(stream, start) for start in starts), default=0)


def _records(stream: bytes, at: int) -> Iterator[tuple[int, int, int]]:
    """(kind, place, length) of the records from `at` to the end of that part of the stream."""
    while at + 4 <= len(stream):
        kind, length = struct.unpack_from("<2H", stream, at)
        at += 4
        if kind == _END or at + length > len(stream):
            return
        yield kind, at, length
        at += length


def _xls_sheet(stream: bytes, start: int) -> int:
    height, width = 0, 0
    for kind, at, length in _records(stream, start):
        if kind in _FILLED_XLS and length >= 4:
            row, column = struct.unpack_from("<2H", stream, at)
            height, width = max(height, row + 1), max(width, column + 1)
        elif kind == _RANGE_OF_NUMBERS and length >= 6:
            (row,) = struct.unpack_from("<H", stream, at)
            (column,) = struct.unpack_from("<H", stream, at + length - 2)
            height, width = max(height, row + 1), max(width, column + 1)
        elif kind == _EXTENT and length >= 8:
            # BIFF8 has longer row numbers than what came before it.
            layout = "<2L2H" if length >= 14 else "<4H"
            top, bottom, left, right = struct.unpack_from(layout, stream, at)
            if top > bottom or left > right or bottom * right > _WHOLE_XLS:
                return _ABSURD
    return height * width
