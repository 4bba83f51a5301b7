"""The bytes of a workbook → grids of cells, within bounds. Knows spreadsheets, nothing about what they say.

python-calamine reads; around it stands what it does not do: sizes are checked before anything is inflated
(`parts`), cells that lie absurdly far out are cut off before it lays out a grid to hold them (`sheet_xml`), and
formulas without a stored result and error values, which it silently gives as empty, are put back as text.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import lru_cache
from io import BytesIO
from typing import TYPE_CHECKING

from attrs import field, frozen

from eduxl.spreadsheet import active, bounds, kinds, ole, parts, saved
from eduxl.spreadsheet.bounds import Place
from eduxl.spreadsheet.cells import Cell
from eduxl.spreadsheet.package import BadPackage, Member, directory, inflate
from eduxl.spreadsheet.sheet_xml import Lost, LostKind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from python_calamine import CalamineWorkbook

#: Largest file that is read, in bytes. A filled-in form has 30 KB.
MAX_FILE = 50 << 20
#: Merged areas of a sheet that are told.
_MOST_MERGED = 10_000

Merged = tuple[Place, Place]


class Unreadable(Exception):
    """Nothing can be read: `code` is not-a-workbook, encrypted or too-large, `what` Chinese words on what was found."""

    def __init__(self, code: str, what: str) -> None:
        super().__init__(what)
        self.code = code
        self.what = what


@frozen
class Grid:
    """One sheet. `rows` are equally long lists of cells from A1 on, "" where empty; `merged` are corner pairs
    from 0, none outside of the rows. `lost` are the places whose text is no typed one: a formula that was never
    calculated, as "=…", or an error value such as "#REF!".
    """

    name: str
    rows: list[list[Cell]]
    merged: list[Merged]
    lost: Mapping[Place, LostKind] = field(factory=dict)


class Book:
    """An open workbook: its sheets' names in order, grids on demand."""

    names: tuple[str, ...]
    #: The workbook's own last-modified moment, UTC without zone; None where it has none.
    modified: datetime | None
    #: References of cells that were cut off because they lie too far out.
    cut: tuple[str, ...]
    #: What in it could act on its own (`active`), in words for people; nothing of it is ever run.
    active: tuple[str, ...] = ()

    _formats: _Formats | None = None

    def __init__(
        self, workbook: CalamineWorkbook, found: parts.Inspection, formats: _Formats | None = None
    ) -> None:
        from python_calamine import SheetTypeEnum

        listed = workbook.sheets_metadata
        self.names = tuple(sheet.name for sheet in listed if sheet.typ == SheetTypeEnum.WorkSheet)
        self.modified = found.modified
        self.cut = tuple(found.cut)
        self.active = tuple(sorted(found.active))
        self._workbook = workbook
        self._lost = found.lost
        self._formats = formats
        self._places: dict[str, int] = {}

    @property
    def has_macros(self) -> bool:
        """True for a workbook that carries macros of any kind."""
        return not active.MACROS.isdisjoint(self.active)

    def grid(self, name: str) -> Grid:
        """The cells of a sheet. Raises Unreadable where the sheet is damaged, or all that were asked for are too
        large together.
        """
        with _told(f"工作表“{name}”已损坏"):
            sheet = self._workbook.get_sheet_by_name(name)
            self._places[name] = sheet.total_height * sheet.total_width
            if sum(self._places.values()) > bounds.MAX_PLACES:
                raise Unreadable("too-large", str(bounds.too_wide()))
            rows: list[list[Cell]] = sheet.to_python(skip_empty_area=False)  # type: ignore[assignment]
            merged = sheet.merged_cell_ranges or []
        lost = _put_back(rows, self._lost.get(name, {}))
        return Grid(name, rows, _within(merged, rows), lost)

    def shown(self, sheet: str, row: int, column: int) -> str | None:
        """The number format of a cell of an .xlsx, in Excel's letters: `0%`, `00000`, `General`. Row and column
        are from 0. None where the file does not say.
        """
        return None if self._formats is None else self._formats.of(sheet, row, column)


class _Formats:
    """The number formats of an .xlsx, each sheet read when it is first asked for."""

    def __init__(self, data: bytes, members: Sequence[Member]) -> None:
        self._data = data
        self._members = {member.name: member for member in members}
        self._part_of: dict[str, str] | None = None
        self._styles: list[str] = []
        self._sheets: dict[str, dict[Place, str]] = {}

    def of(self, sheet: str, row: int, column: int) -> str | None:
        from eduxl.spreadsheet import number_formats

        if self._part_of is None:
            names = parts.sheet_names(self._data, list(self._members.values()))
            self._part_of = {name: part for part, name in names.items()}
            self._styles = number_formats.of_styles(self._read("xl/styles.xml"))
        if sheet not in self._sheets:
            xml = self._read(self._part_of.get(sheet, ""))
            self._sheets[sheet] = number_formats.of_cells(xml, self._styles)
        return self._sheets[sheet].get((row, column), number_formats.GENERAL) if self._styles else None

    def _read(self, part: str) -> bytes:
        member = self._members.get(part)
        return b"" if member is None else inflate(self._data, member, member.size)


def _put_back(rows: list[list[Cell]], lost: Mapping[Place, Lost]) -> dict[Place, LostKind]:
    """Write texts into empty places, which may lie outside of what calamine found filled. Returns where."""
    if not lost:
        return {}
    width = max(len(rows[0]) if rows else 0, 1 + max(column for _, column in lost))
    rows.extend([] for _ in range(1 + max(row for row, _ in lost) - len(rows)))
    for line in rows:
        line.extend([""] * (width - len(line)))
    written: dict[Place, LostKind] = {}
    for (row, column), (kind, text) in lost.items():
        if rows[row][column] == "":
            rows[row][column] = text
            written[row, column] = kind
    return written


def _within(merged: Sequence[Merged], rows: list[list[Cell]]) -> list[Merged]:
    """The merged areas that reach into the rows, cut off at the last one and at the last column.

    Areas never overlap in a workbook that a program wrote, so together they cover no more than the rows do; what
    goes beyond is left out.
    """
    if not merged or not rows:
        return []
    bottom, right = len(rows) - 1, len(rows[0]) - 1
    left_to_cover = len(rows) * len(rows[0])
    found: list[Merged] = []
    for (top, left), (last_row, last_column) in merged:
        last_row, last_column = min(last_row, bottom), min(last_column, right)
        left_to_cover -= max(0, last_row - top + 1) * max(0, last_column - left + 1)
        if left_to_cover < 0 or len(found) == _MOST_MERGED:
            break
        if top <= last_row and left <= last_column:
            found.append(((top, left), (last_row, last_column)))
    return found


def check_size(size: int) -> None:
    """Raise Unreadable for a file of more bytes than are read."""
    if size > MAX_FILE:
        raise Unreadable("too-large", f"{size >> 20} MB")


def open_book(data: bytes) -> Book:
    """Open a workbook of any kind that is read. Raises Unreadable."""
    check_size(len(data))
    try:
        members = _members(data)
        kind = kinds.kind_of(data) if members is None else kinds.kind_of_zip(members, data)
        if kind not in kinds.WORKBOOKS:
            raise Unreadable("not-a-workbook", kinds.NAMES[kind])
        found = parts.inspect(data, members, kind) if members is not None else parts.Inspection()
        extents = _inspect_xls(data, found) if kind == "xls" else []
    except BadPackage as problem:
        if problem.encrypted:
            raise Unreadable("encrypted", "") from problem
        raise Unreadable("too-large" if problem.too_large else "not-a-workbook", str(problem)) from problem
    if kind == "encrypted":
        raise Unreadable("encrypted", "")
    workbook = _open(found.data or data)
    for sheet, extent in zip(workbook.sheets_metadata, extents, strict=False):
        found.lost[sheet.name] = parts.errors(extent)
    return Book(workbook, found, _Formats(data, members) if members and kind == "xlsx" else None)


def _inspect_xls(data: bytes, found: parts.Inspection) -> list[bounds.Extent]:
    """What the sheets of an .xls ask for, in their order. Raises BadPackage for more than is read."""
    stream = ole.stream(data, ("Workbook", "Book"))
    extents = bounds.xls_extents(stream)
    bounds.check(extents)
    names = ole.names(data)
    found.active = active.in_xls(stream, names)
    if saved.PROPERTIES in names:
        found.modified = saved.of_properties(ole.stream(data, (saved.PROPERTIES,)))
    return extents


def _members(data: bytes) -> list[Member] | None:
    """What a zip container lists; None for any other file."""
    return directory(data) if data.startswith(b"PK") else None


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


@lru_cache(maxsize=1024)
def column_letters(column: int) -> str:
    """0 → A, 26 → AA."""
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
