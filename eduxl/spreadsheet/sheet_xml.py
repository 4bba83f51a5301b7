"""The XML of one sheet of an .xlsx, looked through before and beside python-calamine.

What calamine cannot bear (cells far out, rows without number) is cut off or refused; what it loses (formulas
without a result, error values) is noted by place.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from html import unescape
from typing import Literal

from attrs import define, field

from eduxl.spreadsheet.bounds import MAX_MERGED, MAX_PLACES, Place, too_wide
from eduxl.spreadsheet.package import BadPackage

#: Cells beyond are cut off and reported: more rows than people fill in, and as many columns as an .xls can have.
MAX_ROWS, MAX_COLUMNS = 9_999, 256
#: Rows of one sheet, and cells of it that lie beyond those. Empty but formatted they cost little, a million too much.
_MOST_ROWS, _MOST_FAR = 200_000, 200_000
#: Cells that are looked at one by one.
_MOST_CELLS = 1_500_000
#: Bytes of a sheet that cannot hold so many.
_SMALL = 5 * 200_000
#: Formulas without a result in one sheet, and error values.
_MOST_LOST = 50_000
#: References of cells cut off that are told.
_CUT_SHOWN = 20

#: What calamine gives as empty: a formula that was never calculated, and an error value.
LostKind = Literal["no-result", "error"]
Lost = tuple[LostKind, str]

# A reference that lies beyond, in a cell or a row: only then a sheet is looked at cell by cell.
_FAR_COLUMN = rb"(?:[A-Za-z]{3,}|[J-Zj-z][A-Za-z]|[Ii][W-Zw-z])"
# Told apart from the plain r="A1" first, of which a sheet has as many as cells.
_FAR = re.compile(rb"""r(?!="[A-Z]\d{1,4}")\s*=\s*["'](?:%s\d|[A-Za-z]{0,2}[0-9]{5})""" % _FAR_COLUMN)
# All patterns here stop at the next tag: one that could run on to the end of a sheet takes hours on a sheet
# without end tags.
_FAR_ROW = re.compile(rb"""<(?:\w+:)?row\b[^<>]*?\br\s*=\s*["'](\d{5,})["']""")
_FAR_CELL = re.compile(
    rb"""<(?:\w+:)?c\b[^<>]*?\br\s*=\s*["'](%s\d+|[A-Za-z]{1,2}\d{5,})["']""" % _FAR_COLUMN
)
_NEAR_ROW = re.compile(rb"""<(?:\w+:)?row\b[^<>]*?\br\s*=\s*["']\d{1,4}["']""")
_DATA_END = re.compile(rb"</(?:\w+:)?sheetData\s*>")
_ROW_END, _CELL_END = re.compile(rb"</(?:\w+:)?row\s*>"), re.compile(rb"</(?:\w+:)?c\s*>")
#: A row or cell that does not say where it stands.
_UNPLACED = re.compile(rb"""<(?:row|c)(?! r=")(?:[>/]|\s(?!r\s*=)(?![^<>]*?\sr\s*=))""")
_UNPLACED_PREFIXED = re.compile(rb"""<\w+:(?:row|c)(?=[\s/>])(?![^<>]*?\sr\s*=)""")
#: Rows and cells, also those that do not say where they stand.
_PLACED = re.compile(rb"""<(?:\w+:)?(row|c)(?=[\s/>])([^<>]*)""")
_PLACE = re.compile(rb"""(?:^|\s)r\s*=\s*["']([A-Za-z]{0,9})(\d+)["']""")
_FILLED = re.compile(rb"<(?:\w+:)?(?:v>[^<]|is[ >]|f[ >])")
_REFERENCE = re.compile(rb"""\br\s*=\s*["']([A-Za-z]+\d+)["']""")
#: A formula without a result.
_NO_RESULT = re.compile(
    rb"""<f\b[^<>]*?(?:/>|>([^<]*)</f>)(\s*(?:<v[^<>]*/>|<v[^<>]*>\s*</v>))?\s*</c>""",
)
_NO_RESULT_PREFIXED = re.compile(
    rb"""<\w+:f\b[^<>]*?(?:/>|>([^<]*)</\w+:f>)(\s*(?:<\w+:v[^<>]*/>|<\w+:v[^<>]*>\s*</\w+:v>))?\s*</\w+:c>""",
)
_ERROR = re.compile(rb"<v>(#[^<]+)</")
_ERROR_PREFIXED = re.compile(rb"<(?:\w+:)?v>(#[^<]+)</")
_OF_TEXT = re.compile(rb"""\bt\s*=\s*["']str["']""")


@define
class Findings:
    """What came out: `mended` is the sheet without what lies too far out, None where nothing does."""

    mended: bytes | None = None
    #: references of filled cells that were cut off
    cut: list[str] = field(factory=list)
    lost: dict[Place, Lost] = field(factory=dict)


def look_through(xml: bytes) -> Findings:
    """Look through one sheet. Raises BadPackage for one that asks for more than is read.

    What is found in a small sheet is kept, for copies of one form have the same ones; it is not to be changed.
    """
    return _known_findings(xml) if len(xml) < _SHORT else _look_through(xml)


def _look_through(xml: bytes) -> Findings:
    found = Findings()
    if len(xml) > _SMALL:
        _check_counts(xml)
    if _FAR.search(xml):
        nearer = _without_far(xml, _FAR_ROW, _ROW_END, found.cut)
        nearer = _without_far(nearer, _FAR_CELL, _CELL_END, found.cut)
        if len(nearer) != len(xml):
            found.mended = xml = nearer
    # Hardly a program writes <x:c>; patterns that allow for it are several times slower.
    prefixed = b":c>" in xml
    if _UNPLACED.search(xml) or (prefixed and _UNPLACED_PREFIXED.search(xml)):
        _check_places(xml)
    for pattern, mark in ((_NO_RESULT, b"<f"), (_NO_RESULT_PREFIXED, b":f"))[: 1 + prefixed]:
        if mark in xml:
            for match in _few(pattern, xml):
                _note_lost(xml, match, found.lost)
    if b">#" in xml:
        for match in _few(_ERROR_PREFIXED if prefixed else _ERROR, xml):
            if place := _near_place(_cell_around(xml, match)):
                found.lost[place] = ("error", _said(match))
    return found


_known_findings = lru_cache(maxsize=64)(_look_through)
#: Bytes of a sheet that is kept.
_SHORT = 8 << 10


def _check_counts(xml: bytes) -> None:
    rows = xml.count(b"<row") + xml.count(b":row")
    if rows > _MOST_ROWS:
        raise BadPackage(
            f"一张工作表有 {rows} 行，多半是设了格式的空行，请删去表格下面的空行", too_large=True
        )
    if xml.count(b"<mergeCell ") + xml.count(b":mergeCell ") > MAX_MERGED:
        raise BadPackage("合并单元格过多", too_large=True)


def _few(pattern: re.Pattern[bytes], xml: bytes) -> Iterator[re.Match[bytes]]:
    for count, match in enumerate(pattern.finditer(xml)):
        if count == _MOST_LOST:
            raise BadPackage("没有算出结果的公式或错误值过多", too_large=True)
        yield match


def _note_lost(xml: bytes, match: re.Match[bytes], lost: dict[Place, Lost]) -> None:
    """Keep a formula that has no result under the place of the cell around it."""
    tag = _cell_around(xml, match)
    # A text of no characters is a result.
    if not (match[2] and _OF_TEXT.search(tag)) and (place := _near_place(tag)):
        lost[place] = ("no-result", "=" + _said(match))


def _cell_around(xml: bytes, match: re.Match[bytes]) -> bytes:
    """The cell from its own tag on, which stands right before."""
    window = max(0, match.start() - 500)
    start = max(xml.rfind(b"<c ", window, match.start()), xml.rfind(b":c ", window, match.start()), window)
    return xml[start : match.start()]


def _near_place(tag: bytes) -> Place | None:
    reference = _REFERENCE.search(tag)
    return None if reference is None or _is_far(reference[1]) else place_of(reference[1].decode())


def _said(match: re.Match[bytes]) -> str:
    return unescape((match[1] or b"").decode("utf-8", "replace"))


def _is_far(reference: bytes) -> bool:
    """True for A10000, 10000 and IW1: more rows or columns than are read."""
    letters = reference.rstrip(b"0123456789")
    digits = reference[len(letters) :]
    if len(letters) > 2 or len(digits) > 9 or int(digits) > MAX_ROWS:
        return True
    return len(letters) == 2 and place_of(reference.decode())[1] >= MAX_COLUMNS


def _without_far(xml: bytes, opening: re.Pattern[bytes], closing: re.Pattern[bytes], cut: list[str]) -> bytes:
    """The sheet without rows or cells that lie too far out; the filled cells among them are added to `cut`.
    Raises BadPackage where there are too many.
    """
    kept: list[bytes] = []
    start = at = count = 0
    while (match := opening.search(xml, at)) is not None:
        at = match.end()
        if not _is_far(match[1]):
            continue
        count += 1
        if count > _MOST_FAR:
            raise BadPackage(
                "一张工作表右边有很多列，多半是设了格式的空列，请删去表格右边的空列", too_large=True
            )
        tag_end = xml.find(b">", at)
        if count == 1 and opening is _FAR_ROW and (rest := _all_far_until(xml, at)):
            end = rest  # so it is in what programs write
        elif tag_end < 0 or xml[tag_end - 1] == 0x2F:  # <c …/>
            end = tag_end + 1 if tag_end >= 0 else len(xml)
        else:
            closed = closing.search(xml, tag_end)
            end = closed.end() if closed else len(xml)
        _add_filled(xml, match.start(), end, cut)
        kept.append(xml[start : match.start()])
        start = at = end
    return b"".join([*kept, xml[start:]]) if kept else xml


def _all_far_until(xml: bytes, start: int) -> int | None:
    """Where the rows end, if all of them from `start` on lie too far out."""
    if _NEAR_ROW.search(xml, start) or (end := _DATA_END.search(xml, start)) is None:
        return None
    return end.start() if xml[end.start() - 100 : end.start()].rstrip().endswith((b"row>", b"/>")) else None


def _add_filled(xml: bytes, start: int, end: int, cut: list[str]) -> None:
    """Add the references of cells between two places that hold something, as far as they are shown."""
    # An empty cell has no end tag.
    while len(cut) < _CUT_SHOWN and (closed := xml.find(b"c>", start, end)) >= 0:
        opened = max(xml.rfind(b"<c ", start, closed), xml.rfind(b":c ", start, closed), start)
        if (cell := _REFERENCE.search(xml, opened, closed)) and _FILLED.search(xml, cell.end(), closed):
            cut.append(cell[1].decode())
        start = closed + 2


def _check_places(xml: bytes) -> None:
    """Raise BadPackage for too wide a grid, which cells that do not say where they stand may ask for."""
    height = width = 0
    for count, ((row, column), attributes) in enumerate(cells(xml)):
        if count > _MOST_CELLS:
            raise too_wide()
        if not attributes.endswith(b"/"):
            height, width = max(height, row + 1), max(width, column + 1)
    if height * width > MAX_PLACES:
        raise too_wide()


def cells(xml: bytes) -> Iterator[tuple[Place, bytes]]:
    """(place, attributes) of each cell; one that does not say where it stands follows the one before."""
    row = column = -1
    for match in _PLACED.finditer(xml):
        place = _PLACE.search(match[2])
        if match[1] == b"row":
            row, column = int(place[2][:9]) - 1 if place else row + 1, -1
            continue
        column = place_of((place[1] + b"1").decode())[1] if place else column + 1
        yield (row, column), match[2]


def place_of(reference: str) -> Place:
    """B3 → (2, 1)."""
    letters = reference.rstrip("0123456789")
    column = 0
    for letter in letters.upper():
        column = column * 26 + ord(letter) - 64
    return int(reference[len(letters) :]) - 1, column - 1
