"""What a workbook of another kind than .xlsx says beside its cells: how single ones are shown, and what an .ods merges.

python-calamine tells neither; for an .xlsx see `returns.sheets.Book`. Read tag by tag and record by record after
`returns.sheets` has held the file to its bounds: no tree is built, and what is kept is bounded by the cells asked for.
"""

from __future__ import annotations

import re
import struct
from bisect import bisect_right
from collections.abc import Collection, Iterator, Mapping
from html import unescape
from typing import NamedTuple

from eduxl.spreadsheet import bounds, ole
from eduxl.spreadsheet.bounds import Place
from eduxl.spreadsheet.number_formats import BUILT_IN, GENERAL
from eduxl.spreadsheet.package import Member, directory, inflate

#: first and last place
Area = tuple[Place, Place]
Formats = dict[str, dict[Place, str]]

#: Styles that are looked at; Excel has 65,490 of cells at most.
_MOST_STYLES = 65_536
_MOST_MERGED = 300_000


def number_formats(data: bytes, wanted: Mapping[str, Collection[Place]]) -> Formats:
    """sheet → place → number format, in Excel's letters, of the cells at the `wanted` places of an .xls or .ods.

    Places of which the file says nothing are missing, as are all of other kinds of file.
    """
    asked = {name: set(places) for name, places in wanted.items() if places}
    if not asked:
        return {}
    if data.startswith(ole.MAGIC):
        return _of_xls(data, asked)
    members = {m.name: m for m in directory(data)} if data.startswith(b"PK") else {}
    return _of_ods(data, members, asked) if "content.xml" in members else {}


def _part(data: bytes, members: Mapping[str, Member], name: str) -> bytes:
    member = members.get(name)
    return b"" if member is None else inflate(data, member, member.size)


# --- .xls -----------------------------------------------------------------------------------------
_BOF, _SHEET, _FORMAT, _XF, _MANY = 0x0809, 0x0085, 0x041E, 0x00E0, 0x00BD
#: FORMULA, NUMBER and RK in the versions of BIFF: row, column and style come first.
_NUMBERS = frozenset({0x0006, 0x0206, 0x0406, 0x0203, 0x027E})
_BIFF8 = 0x0600


def _of_xls(data: bytes, wanted: Mapping[str, set[Place]]) -> Formats:
    stream = ole.stream(data, ("Workbook", "Book"))
    new = False
    texts: dict[int, str] = {}
    styles: list[int] = []
    starts: dict[str, int] = {}
    for kind, at, length in bounds.records(stream, 0):
        if kind == _BOF and length >= 2:
            new = stream[at : at + 2] == _BIFF8.to_bytes(2, "little")
        elif kind == _FORMAT and length >= 3:
            (no,) = struct.unpack_from("<H", stream, at)
            texts[no] = _biff_text(stream[at + 2 : at + length], 2 if new else 1, new)
        elif kind == _XF and length >= 4 and len(styles) < _MOST_STYLES:
            styles += struct.unpack_from("<H", stream, at + 2)
        elif kind == _SHEET and length >= 8:
            (start,) = struct.unpack_from("<L", stream, at)
            starts.setdefault(_biff_text(stream[at + 6 : at + length], 1, new), start)
    shown = [texts.get(no) or BUILT_IN.get(no, GENERAL) for no in styles]
    return {
        name: {
            place: shown[style]
            for place, style in _xls_cells(stream, start)
            if place in wanted[name] and style < len(shown)
        }
        for name, start in starts.items()
        if name in wanted
    }


def _biff_text(raw: bytes, counted_in: int, new: bool) -> str:
    """A text behind its length, which takes `counted_in` bytes; since BIFF8 in UTF-16, or its lower bytes alone."""
    count = int.from_bytes(raw[:counted_in], "little")
    if not new:
        return raw[counted_in : counted_in + count].decode("gb18030", "replace")
    wide = bool(raw[counted_in : counted_in + 1] and raw[counted_in] & 1)
    text = raw[counted_in + 1 :]
    return text[: 2 * count].decode("utf-16-le", "replace") if wide else text[:count].decode("latin-1")


def _xls_cells(stream: bytes, start: int) -> Iterator[tuple[Place, int]]:
    """The numbers of a sheet and their styles."""
    for kind, at, length in bounds.records(stream, start):
        if kind in _NUMBERS and length >= 6:
            row, column, style = struct.unpack_from("<3H", stream, at)
            yield (row, column), style
        elif kind == _MANY:
            row, first = struct.unpack_from("<2H", stream, at) if length >= 6 else (0, 0)
            for i in range((length - 6) // 6):
                yield (row, first + i), struct.unpack_from("<H", stream, at + 4 + 6 * i)[0]


# --- .ods -----------------------------------------------------------------------------------------
_ODS_STYLE = re.compile(
    rb"<(/?)(style:style|number:(?:date-style|number-style|number|year|month|day))(?=[\s/>])([^<>]*)"
)
_ODS_TAG = re.compile(rb"<(/?)table:(table|table-column|table-row|(?:covered-)?table-cell)(?=[\s/>])([^<>]*)")
_LETTERS = {b"number:year": "y", b"number:month": "m", b"number:day": "d"}
_DECIMALS = re.compile(rb"""number:decimal-places\s*=\s*["'](\d{1,2})["']""")
_NAME, _CELL_STYLE, _DEFAULT_STYLE, _STYLE_NAME, _DATA_STYLE, _PARENT_STYLE = (
    re.compile(rb"""(?:^|\s)%s\s*=\s*(?:"([^"]*)"|'([^']*)')""" % name)
    for name in (
        b"table:name", b"table:style-name", b"table:default-cell-style-name",
        b"style:name", b"style:data-style-name", b"style:parent-style-name",
    )
)  # fmt: skip
_REPEATED, _SPANNED = (
    {
        which: re.compile(rb"""table:number-%s-%s\s*=\s*["'](\d{1,7})["']""" % (which, what))
        for which in (b"rows", b"columns")
    }
    for what in (b"repeated", b"spanned")
)


class _OdsCell(NamedTuple):
    """A cell of an .ods, for all the rows and columns that it is repeated over."""

    sheet: str
    place: Place
    rows: int
    columns: int
    attributes: bytes
    #: the style of its row
    row_style: str
    #: first columns, and the style that cells from there on have by default
    defaults: tuple[list[int], list[str]]

    def style(self, column: int) -> str:
        at = bisect_right(self.defaults[0], column) - 1
        return (
            _said(_CELL_STYLE, self.attributes) or self.row_style or (self.defaults[1][at] if at >= 0 else "")
        )


def _said(pattern: re.Pattern[bytes], tag: bytes) -> str:
    match = pattern.search(tag)
    return "" if match is None else unescape((match[1] or match[2] or b"").decode("utf-8", "replace"))


def _times(pattern: re.Pattern[bytes], tag: bytes) -> int:
    match = pattern.search(tag)
    return int(match[1]) if match else 1


def _ods_cells(content: bytes) -> Iterator[_OdsCell]:
    sheet = row_style = ""
    row = column = down = 0
    defaults: tuple[list[int], list[str]] = ([], [])
    for match in _ODS_TAG.finditer(content):
        closing, tag, said = match.groups()
        if tag == b"table-row":
            row, column = row + down, 0
            down = 0 if closing else _times(_REPEATED[b"rows"], said)
            row_style = _said(_DEFAULT_STYLE, said)
            if said.endswith(b"/"):
                row, down = row + down, 0
        elif closing:
            continue
        elif tag == b"table":
            sheet, row, column, down, defaults = _said(_NAME, said), 0, 0, 0, ([], [])
        elif tag == b"table-column":
            if len(defaults[0]) < _MOST_STYLES:
                defaults[0].append(column)
                defaults[1].append(_said(_DEFAULT_STYLE, said))
            column += _times(_REPEATED[b"columns"], said)
        else:
            across = _times(_REPEATED[b"columns"], said)
            yield _OdsCell(sheet, (row, column), down, across, said, row_style, defaults)
            column += across


def _of_ods(data: bytes, members: Mapping[str, Member], wanted: Mapping[str, set[Place]]) -> Formats:
    content = _part(data, members, "content.xml")
    # What the file itself makes up comes last, so that it holds.
    shown = _ods_styles(_part(data, members, "styles.xml") + content[: content.find(b"<office:body")])
    ends = {name: max(row for row, _ in places) + 1 for name, places in wanted.items()}
    columns: dict[tuple[str, int], list[int]] = {}
    for name, places in wanted.items():
        for row, column in places:
            columns.setdefault((name, row), []).append(column)
    found: Formats = {}
    for cell in _ods_cells(content):
        if b"value-type" not in cell.attributes:
            continue
        top, left = cell.place
        for row in range(top, min(top + cell.rows, ends.get(cell.sheet, 0))):
            for column in columns.get((cell.sheet, row), ()):
                if left <= column < left + cell.columns and (text := shown.get(cell.style(column))):
                    found.setdefault(cell.sheet, {})[row, column] = text
    return found


def _ods_styles(xml: bytes) -> dict[str, str]:
    """cell style → number format, of the styles that show dates or decimals."""
    formats: dict[str, str] = {}
    styles: dict[str, tuple[str, str]] = {}
    current = ""
    for match in _ODS_STYLE.finditer(xml):
        closing, tag, said = match.groups()
        if len(formats) > _MOST_STYLES or len(styles) > _MOST_STYLES:
            break
        if tag in (b"number:date-style", b"number:number-style"):
            current = "" if closing else _said(_STYLE_NAME, said)
            if current:
                formats[current] = ""
        elif tag == b"style:style" and not closing:
            styles[_said(_STYLE_NAME, said)] = _said(_DATA_STYLE, said), _said(_PARENT_STYLE, said)
        elif current and tag == b"number:number":
            places = _DECIMALS.search(said)
            formats[current] = f"0.{'0' * int(places[1])}" if places and int(places[1]) else "0"
        elif current and tag in _LETTERS:
            formats[current] += _LETTERS[tag]

    def shown(name: str) -> str:
        for _ in range(20):  # styles that inherit from one another in a circle go on for ever
            data_style, name = styles.get(name, ("", ""))
            if data_style in formats:
                return formats[data_style]
        return ""

    return {name: text for name in styles if (text := shown(name))}


def ods_merged(data: bytes) -> dict[str, list[Area]]:
    """sheet → merged areas of an .ods; nothing for other files."""
    content = _part(data, {m.name: m for m in directory(data)}, "content.xml")
    found: dict[str, list[Area]] = {}
    if b"-spanned" not in content:
        return found
    for cell in _ods_cells(content):
        if b"-spanned" not in cell.attributes:
            continue
        row, column = cell.place
        down, across = (_times(_SPANNED[which], cell.attributes) for which in (b"rows", b"columns"))
        areas = found.setdefault(cell.sheet, [])
        if (down > 1 or across > 1) and len(areas) < _MOST_MERGED:
            areas.append(((row, column), (row + down - 1, column + across - 1)))
    return found
