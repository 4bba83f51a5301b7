"""How much the cells of a workbook ask for, told from its bytes before a parser lays them out in memory.

A few bytes can ask for billions of places (.ods, .xls, .xlsb; an .xlsx is mended instead, see `sheet_xml`) or
for one long text in each of ten thousand cells. On the way the error values are noted that a parser gives as
empty.
"""

from __future__ import annotations

import re
import struct
from collections import Counter
from collections.abc import Iterable, Iterator
from html import unescape

from attrs import define, field

from eduxl.spreadsheet.package import BadPackage

#: Places that all sheets together may span: a list of Python takes 8 bytes for one, the parser 24 before.
MAX_PLACES = 3_000_000
#: Bytes of all cells' texts, each counted for every cell that shows it.
MAX_TEXT = 32 << 20
#: Rows and cells, records or tags that are looked at one by one.
_MOST_LOOKED_AT = 1_500_000
#: Merged areas of an .xls, which no program makes one by one.
MAX_MERGED = 200_000

Place = tuple[int, int]


@define
class Extent:
    """What cells ask for: places of their grids, bytes of their texts; `errors` are by place, from 0."""

    places: int = 0
    text: int = 0
    #: records or tags that were looked at one by one
    looked_at: int = 0
    errors: dict[Place, str] = field(factory=dict)

    def add(self, other: Extent) -> None:
        """Count another sheet in. Raises BadPackage where that is more than is read."""
        self.places += other.places
        self.text += other.text
        self.looked_at += other.looked_at
        if self.looked_at > _MOST_LOOKED_AT:
            raise too_wide()
        if self.places > MAX_PLACES:
            raise too_wide()
        if self.text > MAX_TEXT:
            raise BadPackage("单元格里的文字过多", too_large=True)


def check(extents: Iterable[Extent]) -> None:
    """Raise BadPackage where sheets together ask for more than is read."""
    whole = Extent()
    for extent in extents:
        whole.add(extent)


def too_wide() -> BadPackage:
    """Told of cells that lie absurdly far out, or of absurdly many."""
    return BadPackage("表格范围异常大，请删去表格下面和右边多余的行和列", too_large=True)


def check_count(count: int, size: int) -> None:
    """Raise BadPackage for more texts than `size` bytes can hold: calamine reserves memory for all that are
    declared.
    """
    if count > size:
        raise BadPackage("文件已损坏，声明的文字数与内容不符")


#: Codes of error values in all binary formats.
_ERRORS = {
    0x00: "#NULL!", 0x07: "#DIV/0!", 0x0F: "#VALUE!", 0x17: "#REF!", 0x1D: "#NAME?", 0x24: "#NUM!", 0x2A: "#N/A",
}  # fmt: skip
_ERROR = "#ERROR!"

# --- .ods -----------------------------------------------------------------------------------------
_TAG = re.compile(rb"<(/?)table:(table|table-row|(?:covered-)?table-cell)(?=[\s/>])([^<>]*)>")
_ROWS = re.compile(rb'number-rows-repeated\s*=\s*["\'](\d+)')
_COLUMNS = re.compile(rb'number-columns-repeated\s*=\s*["\'](\d+)')
_NAME = re.compile(rb"""\btable:name\s*=\s*["']([^"']*)""")
_BLANKS = re.compile(rb"""\btext:c\s*=\s*["'](\d+)""")
_IS_ERROR = re.compile(rb"""\bcalcext:value-type\s*=\s*["']error""")
_SHOWN = re.compile(rb"<text:p[^<>]*>((?:#|Err:)[^<]+)")


def _times(pattern: re.Pattern[bytes], attributes: bytes) -> int:
    match = pattern.search(attributes)
    return int(match[1][:12]) if match else 1


def ods_extents(content: bytes) -> dict[str, Extent]:
    """sheet → what it asks for, of an .ods `content.xml`. Rows down to the last filled one count, columns
    likewise. Raises BadPackage for more cells than are looked at.
    """
    found: dict[str, Extent] = {}
    sheet = Extent()
    row = height = width = column = filled = down = 0
    cell: tuple[int, int, bytes] | None = None
    has_blanks = b"text:c" in content
    for looked_at, match in enumerate(_TAG.finditer(content)):
        if looked_at > _MOST_LOOKED_AT:
            raise too_wide()
        closing, tag, attributes = match.groups()
        if tag == b"table":
            sheet.places += height * width
            if not closing:
                name = _NAME.search(attributes)
                sheet = Extent()
                found[unescape(name[1].decode("utf-8", "replace")) if name else str(len(found))] = sheet
            row = height = width = 0
        elif tag == b"table-row":
            if filled:
                height, width = row, max(width, filled)
            column = filled = 0
            if not closing:
                down = _times(_ROWS, attributes)
                row += down
        elif closing:
            if cell is not None:
                start, across, said = cell
                text = match.start() - start
                if has_blanks:
                    text += sum(int(count[:12]) for count in _BLANKS.findall(content, start, match.start()))
                sheet.text += text * across * down
                if _IS_ERROR.search(said) and (shown := _SHOWN.search(content, start, match.start())):
                    sheet.errors[row - down, column - across] = unescape(shown[1].decode("utf-8", "replace"))
            cell = None
        else:
            across = _times(_COLUMNS, attributes)
            column += across
            if not attributes.endswith(b"/"):
                cell = (match.end(), across, attributes)
                filled = column
            elif b"value" in attributes or b"formula" in attributes:
                filled = column
                sheet.text += len(attributes) * across * down
    sheet.places += height * width
    return found


# --- .xlsx ----------------------------------------------------------------------------------------
_STRING_END = re.compile(rb"</(?:\w+:)?si\s*>|<(?:\w+:)?si\s*/>")
#: A cell that shows a shared text: `t="s"`, and the text's number where it stands where every program puts it.
#: Where the first tag of a part is looked for.
_HEAD = 4096
_SHORTEST_CELL = len('<c t="s"><v>0</v></c>')
_SHARED = re.compile(rb"""["']s["'][^<>]*>\s*<(?:\w+:)?v[^<>]*>\s*(\d{1,9})""")


_UNIQUE = re.compile(rb"""<(?:\w+:)?sst\b[^<>]*?\buniqueCount\s*=\s*["'](\d+)""")


def check_strings(xml: bytes) -> None:
    """`check_count` for the `sharedStrings.xml` of an .xlsx."""
    if declared := _UNIQUE.search(xml, 0, _HEAD):
        check_count(int(declared[1][:20]), len(xml))


def string_lengths(xml: bytes) -> list[int]:
    """Bytes of each text in the `sharedStrings.xml` of an .xlsx, its tags included."""
    return [len(text) for text in _STRING_END.split(xml)]


def most_shared(sheet: bytes) -> int:
    """At most so many cells of a sheet's XML show a shared text."""
    return len(sheet) // _SHORTEST_CELL


def shared_text(sheet: bytes, lengths: list[int]) -> int:
    """Bytes of the shared texts in all cells of a sheet that show one."""
    found = [int(index) for index in _SHARED.findall(sheet)]
    elsewhere = sheet.count(b'"s"') + sheet.count(b"'s'") - len(found)
    return sum(lengths[index] for index in found if index < len(lengths)) + elsewhere * max(
        lengths, default=0
    )


# --- .xlsb ----------------------------------------------------------------------------------------
_ROW_HEADER, _ERROR_CELL, _SHARED_CELL, _ERROR_RESULT, _STRING, _BUNDLE = 0, 3, 7, 11, 19, 156
_BEGIN_STRINGS = 159
#: BrtCellRk … BrtFmlaError: every cell that holds something. 1 is a blank one.
_FILLED = range(2, 12)
#: Records of which a sheet has as many as it has cells, and those that hold a text.
_ANY_NUMBER = frozenset({0, 1, 6, 8, _STRING})


def xlsb_records(part: bytes) -> Iterator[tuple[int, int, int]]:
    """(kind, place, length) of the records of a binary part."""
    at, size = 0, len(part)
    while at + 2 <= size:
        kind = part[at]
        at += 1
        if kind & 0x80:
            kind = (kind & 0x7F) | (part[at] & 0x7F) << 7
            at += 1
        length = 0
        for shift in (0, 7, 14, 21):
            if at >= size:
                return
            byte = part[at]
            at += 1
            length |= (byte & 0x7F) << shift
            if not byte & 0x80:
                break
        yield kind, at, min(length, size - at)
        at += length


def xlsb_strings(part: bytes) -> list[int]:
    """Bytes of each text in the `sharedStrings.bin` of an .xlsb. Raises BadPackage as `check_count` does."""
    lengths = []
    for kind, at, length in xlsb_records(part):
        if kind == _STRING:
            lengths.append(length)
        elif kind == _BEGIN_STRINGS and length >= 8:
            check_count(int.from_bytes(part[at + 4 : at + 8], "little"), len(part))
    return lengths


def xlsb_sheets(workbook: bytes) -> Iterator[tuple[str, str]]:
    """(relation, sheet name) of each sheet that `workbook.bin` lists."""
    for kind, at, length in xlsb_records(workbook):
        if kind == _BUNDLE and length >= 12:
            relation, after = _wide_text(workbook, at + 8)
            yield relation, _wide_text(workbook, after)[0]


def _wide_text(part: bytes, at: int) -> tuple[str, int]:
    """A text behind its length, and the place after it."""
    count = int.from_bytes(part[at : at + 4], "little")
    end = at + 4 + 2 * count
    return part[at + 4 : end].decode("utf-16-le", "replace"), end


def xlsb_extent(part: bytes, lengths: list[int]) -> Extent:
    """What one binary sheet asks for; nothing for a part that is none. `lengths` are those of its texts.

    Raises BadPackage for more cells than are looked at.
    """
    extent = Extent()
    row = height = width = 0
    for kind, at, length in xlsb_records(part):
        extent.looked_at += 1
        if extent.looked_at > _MOST_LOOKED_AT:
            raise too_wide()
        if length < 4:
            continue
        if kind == _ROW_HEADER:
            (row,) = struct.unpack_from("<L", part, at)
        elif kind in _FILLED:
            (column,) = struct.unpack_from("<L", part, at)
            height, width = max(height, row + 1), max(width, column + 1)
            if kind == _SHARED_CELL and length >= 12:
                (index,) = struct.unpack_from("<L", part, at + 8)
                extent.text += lengths[index] if index < len(lengths) else 0
            elif kind in (_ERROR_CELL, _ERROR_RESULT) and length >= 9:
                extent.errors[row, column] = _ERRORS.get(part[at + 8], _ERROR)
    extent.places = height * width
    return extent


def xlsb_rest(part: bytes) -> bytes:
    """The part without the records that there are as many of as cells."""
    return b"".join(
        part[at : at + n] for kind, at, n in xlsb_records(part) if kind not in _ANY_NUMBER or n > _WIDEST
    )


#: Bytes of a record with a text as long as a cell may hold.
_WIDEST = 2 * 32_767 + 64

# --- .xls -----------------------------------------------------------------------------------------
_SHEET, _END, _PASSWORD, _EXTENT, _RANGE_OF_NUMBERS = 0x0085, 0x000A, 0x002F, 0x0200, 0x00BD
_SHARED_TEXTS, _CONTINUED, _SHARED_LABEL, _BOOL_OR_ERROR, _MERGED = 0x00FC, 0x003C, 0x00FD, 0x0205, 0x00E5
_FORMULAS = frozenset({0x0006, 0x0206, 0x0406})
#: INTEGER, NUMBER, LABEL, BOOLERR, FORMULA, RK, LABELSST, RSTRING in the versions of BIFF: row and column
#: come first.
_FILLED_XLS = frozenset(
    {0x0002, 0x0003, 0x0004, 0x0005, 0x0006, 0x0203, 0x0204, 0x0205, 0x0206, 0x0406, 0x027E, 0x00FD, 0x00D6}
)
#: All that an .xls can hold. A declared extent reserves memory, but does not fill it.
_WHOLE_XLS = 65_536 * 256


def xls_extents(stream: bytes) -> list[Extent]:
    """What the sheets in the Workbook stream of an .xls ask for, in their order. Raises BadPackage where a
    password hides the cells, and for more than is looked at.
    """
    starts: list[int] = []
    lengths: list[int] = []
    for kind, at, length in records(stream, 0):
        if kind == _PASSWORD:
            raise BadPackage("有密码", encrypted=True)
        if kind == _SHEET and length >= 4:
            starts += struct.unpack_from("<L", stream, at)
        elif kind == _SHARED_TEXTS and length >= 8:
            check_count(struct.unpack_from("<2L", stream, at)[1], len(stream))
            lengths = _shared_lengths(stream, at, length)
    found: dict[int, Extent] = {}
    left = _MOST_LOOKED_AT
    for start, times in Counter(starts).items():  # a sheet that is listed twice is laid out twice
        found[start] = _xls_sheet(stream, start, lengths, left)
        left -= found[start].looked_at * times
        if left < 0:
            raise too_wide()
    return [found[start] for start in starts]


def records(stream: bytes, at: int) -> Iterator[tuple[int, int, int]]:
    """(kind, place, length) of the records from `at` to the end of that part of the stream."""
    while at + 4 <= len(stream):
        kind, length = struct.unpack_from("<2H", stream, at)
        at += 4
        if kind == _END or at + length > len(stream):
            return
        yield kind, at, length
        at += length


def _shared_lengths(stream: bytes, at: int, length: int) -> list[int]:
    """Bytes, in UTF-8 at most, of the texts that all sheets of an .xls share, as far as they make sense."""
    pieces = [stream[at + 8 : at + length]]
    for kind, start, size in records(stream, at + length):
        if kind != _CONTINUED:
            break
        pieces.append(stream[start : start + size])
    lengths: list[int] = []
    following = iter(pieces)
    piece, place = next(following), 0
    try:
        while True:
            if place >= len(piece):
                piece, place = next(following), 0
            count, flags = struct.unpack_from("<HB", piece, place)
            place += 3
            skipped = 0
            if flags & 8:
                skipped += 4 * struct.unpack_from("<H", piece, place)[0]
                place += 2
            if flags & 4:
                skipped += struct.unpack_from("<L", piece, place)[0]
                place += 4
            lengths.append(3 * count)
            while count:  # where a text goes on in the next record, that begins with new flags
                width = 1 + (flags & 1)
                taken = min(count, max(0, len(piece) - place) // width)
                place += taken * width
                count -= taken
                if count:
                    piece, place = next(following), 1
                    flags = piece[0]
            while skipped > len(piece) - place:
                skipped -= max(0, len(piece) - place)
                piece, place = next(following), 0
            place += skipped
    except (StopIteration, struct.error, IndexError):
        return lengths


def _xls_sheet(stream: bytes, start: int, lengths: list[int], most: int) -> Extent:
    extent = Extent()
    height = width = merged = 0
    for kind, at, length in records(stream, start):
        extent.looked_at += 1
        if extent.looked_at > most:
            raise too_wide()
        if kind in _FILLED_XLS and length >= 4:
            row, column = struct.unpack_from("<2H", stream, at)
            height, width = max(height, row + 1), max(width, column + 1)
            if kind == _SHARED_LABEL and length >= 10:
                (index,) = struct.unpack_from("<L", stream, at + 6)
                extent.text += lengths[index] if index < len(lengths) else 0
            elif kind == _BOOL_OR_ERROR and length >= 8 and stream[at + 7]:
                extent.errors[row, column] = _ERRORS.get(stream[at + 6], _ERROR)
            elif (
                kind in _FORMULAS
                and length >= 14
                and stream[at + 6] == 2
                and stream[at + 12 : at + 14] == b"\xff\xff"
            ):
                extent.errors[row, column] = _ERRORS.get(stream[at + 8], _ERROR)
        elif kind == _RANGE_OF_NUMBERS and length >= 6:
            (row,) = struct.unpack_from("<H", stream, at)
            (column,) = struct.unpack_from("<H", stream, at + length - 2)
            height, width = max(height, row + 1), max(width, column + 1)
        elif kind == _MERGED and length >= 2:
            merged += struct.unpack_from("<H", stream, at)[0]
            if merged > MAX_MERGED:
                raise BadPackage("合并单元格过多", too_large=True)
        elif kind == _EXTENT and length >= 8:
            # BIFF8 has longer row numbers than what came before it.
            layout = "<2L2H" if length >= 14 else "<4H"
            top, bottom, left, right = struct.unpack_from(layout, stream, at)
            if top > bottom or left > right or bottom * right > _WHOLE_XLS:
                raise too_wide()
    extent.places = height * width
    return extent
