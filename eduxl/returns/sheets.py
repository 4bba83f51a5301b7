"""The bytes of a workbook → grids of cells, within bounds. Knows spreadsheets, nothing about returns.

python-calamine reads; around it stands what it does not do: sizes are checked before anything is inflated,
cells that lie absurdly far out are cut off before it lays out a grid to hold them, and formulas without a
stored result and error values, which it silently gives as empty, are put back as text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import lru_cache
from html import unescape
from io import BytesIO
from typing import TYPE_CHECKING

from attrs import define, field, frozen

from eduxl.returns import bounds, kinds, ole
from eduxl.returns.normalise import Cell
from eduxl.returns.package import BadPackage, Member, directory, inflate

if TYPE_CHECKING:
    from python_calamine import CalamineWorkbook

#: Largest file, largest content and largest single part that are read, in bytes. A return has 30 KB.
MAX_FILE = 50 << 20
MAX_CONTENT = 300 << 20
MAX_PART = 100 << 20
#: From this size on a part that was packed more than 100 times is a bomb; long texts that repeat themselves
#: stay below.
RATIO_FROM, MAX_RATIO = 10 << 20, 100
#: Cells beyond are cut off and reported; together they bound a grid to 7 million places.
MAX_ROWS, MAX_COLUMNS = 9_999, 702
#: Deflate never packs better than this, so a packed size bounds the full one whatever the file declares.
_DEFLATE_LIMIT = 1_032
_TRUSTED = 16 << 20

Merged = tuple[tuple[int, int], tuple[int, int]]


class Unreadable(Exception):
    """Nothing can be read: `code` is a reject code, `what` fills its sentence."""

    def __init__(self, code: str, what: str) -> None:
        super().__init__(what)
        self.code = code
        self.what = what


@frozen
class Grid:
    """One sheet. `rows` are equally long lists of cells from A1 on, "" where empty; `merged` are corner pairs
    from 0.
    """

    name: str
    rows: list[list[Cell]]
    merged: list[Merged]


@define
class Book:
    """An open workbook: its sheets' names in order, grids on demand."""

    names: tuple[str, ...]
    #: The workbook's own last-modified moment, UTC without zone; None where it has none.
    modified: datetime | None
    #: References of cells that were cut off because they lie too far out.
    cut: tuple[str, ...]
    _workbook: CalamineWorkbook
    #: sheet → (row, column) → text that calamine loses
    _lost: dict[str, dict[tuple[int, int], str]] = field(factory=dict)

    def grid(self, name: str) -> Grid:
        """The cells of a sheet. Raises Unreadable where the sheet is damaged."""
        with _told(f"工作表“{name}”已损坏"):
            sheet = self._workbook.get_sheet_by_name(name)
            rows: list[list[Cell]] = sheet.to_python(skip_empty_area=False)  # type: ignore[assignment]
            merged = sheet.merged_cell_ranges or []
        _put_back(rows, self._lost.get(name, {}))
        return Grid(name, rows, merged)


def _put_back(rows: list[list[Cell]], lost: dict[tuple[int, int], str]) -> None:
    """Write texts into empty places, which may lie outside of what calamine found filled."""
    if not lost:
        return
    width = max(len(rows[0]) if rows else 0, 1 + max(column for _, column in lost))
    rows.extend([] for _ in range(1 + max(row for row, _ in lost) - len(rows)))
    for line in rows:
        line.extend([""] * (width - len(line)))
    for (row, column), text in lost.items():
        if rows[row][column] == "":
            rows[row][column] = text


def check_size(size: int) -> None:
    """Raise Unreadable for a file of more bytes than are read."""
    if size > MAX_FILE:
        raise Unreadable("too-large", f"{size >> 20} MB")


def open_book(data: bytes) -> Book:
    """Open a workbook of any kind that is read. Raises Unreadable with the reject code."""
    check_size(len(data))
    try:
        members = _members(data)
        kind = kinds.kind_of(data) if members is None else kinds.kind_of_zip(members, data)
        if kind not in kinds.WORKBOOKS:
            raise Unreadable("not-a-workbook", kinds.NAMES[kind])
        if members is not None:
            package = _inspect(data, members, kind)
        else:
            package = _Package()
            if kind == "xls":
                _check_places(bounds.xls_places(ole.stream(data, ("Workbook", "Book"))))
    except BadPackage as problem:
        if problem.encrypted:
            raise Unreadable("encrypted", "") from problem
        raise Unreadable("too-large" if problem.too_large else "not-a-workbook", str(problem)) from problem
    if kind == "encrypted":
        raise Unreadable("encrypted", "")
    workbook = _open(package.data or data)
    names = tuple(sheet.name for sheet in workbook.sheets_metadata if _is_worksheet(sheet.typ))
    lost = {name: package.lost[part] for part, name in package.sheet_names.items() if part in package.lost}
    return Book(names, package.modified, tuple(package.cut), workbook, lost)


def _members(data: bytes) -> list[Member] | None:
    """What a zip container lists; None for any other file."""
    return directory(data) if data.startswith(b"PK") else None


def _is_worksheet(kind: object) -> bool:
    from python_calamine import SheetTypeEnum

    return kind == SheetTypeEnum.WorkSheet


def _open(data: bytes) -> CalamineWorkbook:
    from python_calamine import CalamineWorkbook

    with _told("文件已损坏"):
        return CalamineWorkbook.from_filelike(BytesIO(data))


@contextmanager
def _told(what: str) -> Iterator[None]:
    """Turn whatever the parser says about a damaged file into Unreadable."""
    from python_calamine import CalamineError, PasswordError

    try:
        yield
    except PasswordError as error:
        raise Unreadable("encrypted", "") from error
    except (CalamineError, OSError, ValueError) as error:
        raise Unreadable("not-a-workbook", what) from error
    except BaseException as error:
        # A panic of the Rust code is no Exception and its class cannot be imported.
        if type(error).__name__ != "PanicException":
            raise
        raise Unreadable("not-a-workbook", what) from error


# --- inside the container -------------------------------------------------------------------------
@define
class _Package:
    """What was found inside: `data` is the mended container, b"" where the original will do."""

    data: bytes = b""
    modified: datetime | None = None
    cut: list[str] = field(factory=list)
    #: part → (row, column) → text
    lost: dict[str, dict[tuple[int, int], str]] = field(factory=dict)
    #: part → name of its sheet; filled only where something was lost
    sheet_names: dict[str, str] = field(factory=dict)


#: Parts without cells; the rest is looked through, since a sheet may lie anywhere.
_NO_CELLS = re.compile(
    r"\[Content_Types\]\.xml$|_rels/|docProps/|customXml/|xl/(theme|media|drawings|charts|printerSettings|embeddings)/"
    r"|xl/(styles|sharedStrings|workbook|metadata|calcChain)\.xml$|.*\.(png|jpe?g|gif|emf|wmf|bin|vml|rels)$",
    re.IGNORECASE,
)
_CORE = "docProps/core.xml"
_MODIFIED = re.compile(
    rb"<(?:\w+:)?modified[^<>]*>\s*(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.\d+)?(Z|[+-]\d\d:\d\d)?"
)


def _inspect(data: bytes, members: list[Member], kind: str) -> _Package:
    """Check the sizes of everything inside, and look through the sheets. Raises BadPackage."""
    _check_sizes(members)
    package = _Package()
    mended: dict[str, bytes] = {}
    for member in members:
        is_sheet = _may_have_cells(member.name, kind)
        # A declared size is believed only where the packed one already bounds it.
        if not is_sheet and member.name != _CORE and member.packed * _DEFLATE_LIMIT <= _TRUSTED:
            continue
        content = inflate(data, member, member.size)
        if member.name == _CORE:
            package.modified = _modified(content)
        elif is_sheet and kind == "xlsx":
            _look_through(member.name, content, package, mended)
        elif is_sheet:
            _check_places(bounds.ods_places(content) if kind == "ods" else bounds.xlsb_places(content))
    if mended:
        package.data = _replace(data, members, mended)
    if package.lost:
        package.sheet_names = _sheet_names(data, members)
    return package


def _may_have_cells(part: str, kind: str) -> bool:
    if kind == "ods":
        return part == "content.xml"
    if kind == "xlsb":
        return "sheets/" in part and part.endswith(".bin")
    return not _NO_CELLS.match(part)


def _check_places(places: int) -> None:
    if places > MAX_ROWS * MAX_COLUMNS:
        raise BadPackage("表格范围异常大", too_large=True)


def _check_sizes(members: list[Member]) -> None:
    total = 0
    for member in members:
        if member.encrypted:
            raise BadPackage("有密码", encrypted=True)
        total += member.size
        if member.size > MAX_PART or total > MAX_CONTENT:
            raise BadPackage(f"解压后超过 {MAX_PART >> 20} MB", too_large=True)
        if member.size > RATIO_FROM and member.size > member.packed * MAX_RATIO:
            raise BadPackage("解压后异常膨胀", too_large=True)


def _modified(core: bytes) -> datetime | None:
    from datetime import UTC

    match = _MODIFIED.search(core)
    if match is None:
        return None
    zone = match[2].decode() if match[2] else "Z"
    try:
        moment = datetime.fromisoformat(match[1].decode() + zone.replace("Z", "+00:00"))
        return moment.astimezone(UTC).replace(tzinfo=None)
    except (ValueError, OverflowError):
        return None


# A reference with three letters or five digits, in a cell or a row: only then a sheet is looked at cell by
# cell.
_FAR = re.compile(rb"""r\s*=\s*["'](?:[A-Za-z]{3}|[A-Za-z]{0,2}[0-9]{5})""")
# All patterns here stop at the next tag: one that could run on to the end of a sheet takes hours on a sheet
# without end tags.
_FAR_ROW = re.compile(rb"""<(?:\w+:)?row\b[^<>]*?\br\s*=\s*["'](\d{5,})["']""")
_FAR_CELL = re.compile(rb"""<(?:\w+:)?c\b[^<>]*?\br\s*=\s*["']([A-Za-z]{3,}\d+|[A-Za-z]{1,2}\d{5,})["']""")
_CELL = re.compile(rb"""<(?:\w+:)?c\b[^<>]*?\br\s*=\s*["']([A-Za-z]+\d+)["']""")
_ROW_END, _CELL_END = re.compile(rb"</(?:\w+:)?row\s*>"), re.compile(rb"</(?:\w+:)?c\s*>")
_UNPLACED = re.compile(rb"""<(?:\w+:)?(?:row|c)(?=[\s/>])(?![^<>]*?\sr\s*=)""")
#: Rows and cells, also those that do not say where they stand.
_PLACED = re.compile(rb"""<(?:\w+:)?(row|c)(?=[\s/>])([^<>]*)""")
_PLACE = re.compile(rb"""(?:^|\s)r\s*=\s*["']([A-Za-z]{0,9})(\d+)["']""")
_FILLED = re.compile(rb"<(?:\w+:)?(?:v>[^<]|is[ >]|f[ >])")
_REFERENCE = re.compile(rb"""\br\s*=\s*["']([A-Za-z]+\d+)["']""")
#: A formula without a result.
_NO_RESULT = re.compile(
    rb"""<f\b[^<>]*?(?:/>|>([^<]*)</f>)(?:\s*(?:<v\s*/>|<v>\s*</v>))?\s*</c>""",
)
_NO_RESULT_PREFIXED = re.compile(
    rb"""<\w+:f\b[^<>]*?(?:/>|>([^<]*)</\w+:f>)(?:\s*(?:<\w+:v\s*/>|<\w+:v>\s*</\w+:v>))?\s*</\w+:c>""",
)
_ERROR = re.compile(rb"<v>(#[^<]+)</v>")
_CUT_SHOWN = 20


def _look_through(part: str, xml: bytes, package: _Package, mended: dict[str, bytes]) -> None:
    """Find what calamine cannot bear (cells far out) or loses (formulas without a result, errors) in one
    sheet.
    """
    if xml[:2] in (b"\xff\xfe", b"\xfe\xff"):
        xml = xml.decode("utf-16", "replace").encode()
    if _FAR.search(xml):
        cut: list[str] = []
        nearer = _without_far(xml, _FAR_ROW, _ROW_END, cut)
        nearer = _without_far(nearer, _FAR_CELL, _CELL_END, cut)
        if len(nearer) != len(xml):
            mended[part] = nearer
            package.cut += cut[:_CUT_SHOWN]
            xml = nearer
    _check_unplaced(xml)
    lost: dict[tuple[int, int], str] = {}
    for match in _NO_RESULT.finditer(xml):
        _note_lost(xml, match, "=", lost)
    if b":f>" in xml:
        for match in _NO_RESULT_PREFIXED.finditer(xml):
            _note_lost(xml, match, "=", lost)
    for match in _ERROR.finditer(xml):
        _note_lost(xml, match, "", lost)
    if lost:
        package.lost[part] = lost


def _note_lost(xml: bytes, match: re.Match[bytes], sign: str, lost: dict[tuple[int, int], str]) -> None:
    """Keep the text of a formula or error under the place of the cell around it."""
    # The cell's own tag stands right before.
    window = max(0, match.start() - 500)
    cell = max(xml.rfind(b"<c ", window, match.start()), xml.rfind(b":c ", window, match.start()), window)
    if (reference := _REFERENCE.search(xml, cell, match.start())) and not _is_far(reference[1]):
        place = _place(reference[1].decode())
        lost[place] = sign + unescape((match[1] or b"").decode("utf-8", "replace"))


def _is_far(reference: bytes) -> bool:
    """True for A10000, 10000 and AAA1: more rows or columns than are read."""
    letters = reference.rstrip(b"0123456789")
    digits = reference[len(letters) :]
    return len(letters) > 2 or len(digits) > 9 or int(digits) > MAX_ROWS


def _without_far(xml: bytes, opening: re.Pattern[bytes], closing: re.Pattern[bytes], cut: list[str]) -> bytes:
    """The sheet without rows or cells that lie too far out; the filled cells among them are added to `cut`."""
    kept: list[bytes] = []
    start = at = 0
    while (match := opening.search(xml, at)) is not None:
        at = match.end()
        if not _is_far(match[1]):
            continue
        tag_end = xml.find(b">", at)
        if tag_end < 0 or xml[tag_end - 1] == 0x2F:  # <c …/>
            end = tag_end + 1 if tag_end >= 0 else len(xml)
        else:
            closed = closing.search(xml, tag_end)
            end = closed.end() if closed else len(xml)
        if len(cut) < _CUT_SHOWN:
            cut += _filled(xml, match.start(), end, _CUT_SHOWN - len(cut))
        kept.append(xml[start : match.start()])
        start = at = end
    return b"".join([*kept, xml[start:]]) if kept else xml


def _filled(xml: bytes, start: int, end: int, most: int) -> list[str]:
    """References of the first `most` cells between two places that hold something."""
    found: list[str] = []
    cell = _CELL.search(xml, start, end)
    while cell is not None and len(found) < most:
        following = _CELL.search(xml, cell.end(), end)
        if _FILLED.search(xml, cell.end(), following.start() if following else end):
            found.append(cell[1].decode())
        cell = following
    return found


def _check_unplaced(xml: bytes) -> None:
    """Cells that do not say where they stand come after the one before. Raises BadPackage for too wide a grid."""
    if _UNPLACED.search(xml) is None:
        return
    row = column = height = width = 0
    for match in _PLACED.finditer(xml):
        place = _PLACE.search(match[2])
        if match[1] == b"row":
            row = int(place[2][:9]) if place else row + 1
            column = 0
            continue
        column = _place((place[1] + b"1").decode())[1] + 1 if place else column + 1
        if not match[2].endswith(b"/"):
            height, width = max(height, row), max(width, column)
    if height * width > MAX_ROWS * MAX_COLUMNS:
        raise BadPackage("表格范围异常大", too_large=True)


def _place(reference: str) -> tuple[int, int]:
    """B3 → (2, 1)."""
    letters = reference.rstrip("0123456789")
    column = 0
    for letter in letters.upper():
        column = column * 26 + ord(letter) - 64
    return int(reference[len(letters) :]) - 1, column - 1


@lru_cache(maxsize=1024)
def column_letters(column: int) -> str:
    """0 → A, 26 → AA."""
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def _replace(data: bytes, members: list[Member], mended: dict[str, bytes]) -> bytes:
    """The container with some parts exchanged, stored unpacked."""
    from zipfile import ZipFile

    target = BytesIO()
    with ZipFile(target, "w") as archive:
        for member in members:
            archive.writestr(member.name, mended.get(member.name) or inflate(data, member, member.size))
    return target.getvalue()


_SHEET = re.compile(rb"<(?:\w+:)?sheet\b([^<>]*)>")
_RELATION = re.compile(rb"<(?:\w+:)?Relationship\b([^<>]*)>")
_ATTRIBUTE = re.compile(rb"""([\w:]+)\s*=\s*(?:"([^"]*)"|'([^']*)')""")


def _attributes(tag: bytes) -> dict[str, str]:
    return {
        name.decode().rpartition(":")[2]: unescape((one or other).decode("utf-8", "replace"))
        for name, one, other in _ATTRIBUTE.findall(tag)
    }


def _sheet_names(data: bytes, members: list[Member]) -> dict[str, str]:
    """part → sheet name, from xl/workbook.xml and its relations."""
    parts = {m.name: m for m in members}
    if "xl/workbook.xml" not in parts or "xl/_rels/workbook.xml.rels" not in parts:
        return {}
    relations = {}
    for tag in _RELATION.findall(inflate(data, parts["xl/_rels/workbook.xml.rels"], MAX_PART)):
        found = _attributes(tag)
        target = found.get("Target", "").replace("\\", "/")
        relations[found.get("Id", "")] = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
    names = {}
    for tag in _SHEET.findall(inflate(data, parts["xl/workbook.xml"], MAX_PART)):
        found = _attributes(tag)
        part = relations.get(found.get("id", ""))
        if part and "name" in found:
            names[part] = found["name"]
    return names
