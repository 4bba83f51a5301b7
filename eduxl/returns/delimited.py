"""A table in a text file (.csv, .tsv, Excel's “Unicode 文本”) → a book of one sheet. Values stay the text they are.

Nothing in such a file says how it is written: separator and encoding are those under which it has a table of
ours. Where quotes do not come in pairs, or a row has more fields than the header, it is refused: nothing is
swallowed or shifted in silence.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from io import StringIO
from itertools import islice

from attrs import frozen

from eduxl import labels as L
from eduxl.returns.normalise import task_number
from eduxl.returns.tables import Table, find_tables
from eduxl.spreadsheet.cells import Cell
from eduxl.spreadsheet.sheet_xml import MAX_COLUMNS, MAX_ROWS
from eduxl.spreadsheet.sheets import Book, Grid, Unreadable, column_letters

#: Most bytes and rows of a text that are read. A return has 30 KB.
MAX_TEXT, _MAX_LINES = 4 << 20, 100_000
#: As programs write them, the rarest last.
_SEPARATORS = ("\t", ",", ";", "，", "；", "|")
#: The name of the one sheet.
SHEET = "文本"
#: A table's header lies within so many rows and characters.
_TOP, _TOP_SIZE = 30, 1 << 18
#: Cells cut off that are named.
_CUT_SHOWN = 20
_CODING = "文字的编码读不出来，可能有乱码"
_QUOTES = "引号不成对，分不清哪些内容属于一格"


class _TextBook(Book):
    """A book whose one sheet is there already."""

    def __init__(self, grid: Grid, cut: tuple[str, ...]) -> None:
        self.names = (grid.name,)
        self.modified = None
        self.cut = cut
        self._grid = grid

    def grid(self, name: str) -> Grid:
        return self._grid


def is_table(data: bytes) -> bool:
    """True for a text with a table of ours, also for one that `open_text` then refuses."""
    if len(data) > MAX_TEXT:
        return False
    text = _decoded(data)
    if text is not None:
        return _layout(text) is not None
    return any(_layout(data.decode(encoding, "replace")) for encoding in ("utf-8", "gb18030"))


def open_text(data: bytes) -> Book | None:
    """The table as a book, None where there is none. Raises Unreadable with the reject code."""
    if len(data) > MAX_TEXT:
        raise Unreadable("too-large", f"{len(data) >> 20} MB")
    text = _decoded(data)
    if text is None and is_table(data):
        raise Unreadable("not-a-workbook", _CODING)
    layout = _layout(text) if text is not None else None
    if text is None or layout is None:
        return None
    rows = _quoted_rows(text, layout)
    if rows is None:
        rows = _plain_rows(text, layout)
    return _book(rows, layout)


# --- encoding -------------------------------------------------------------------------------------
#: Control characters that no text has.
_CONTROL = re.compile("[\x01-\x08\x0e-\x19\x1b-\x1f]")


def _decoded(data: bytes) -> str | None:
    """The text, None where the bytes are not wholly in one of the encodings that occur."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings = ["utf-16"]
    elif b"\0" in data.rstrip(b"\0"):
        encodings = ["utf-16-le" if data[1::2].count(0) >= data[::2].count(0) else "utf-16-be"]
    else:
        encodings = ["utf-8-sig", "gb18030"]
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        # Old export programs end a file with ^Z and fill it up with zeros.
        text = text.rstrip("\0\x1a")
        return None if "\0" in text or _CONTROL.search(text) else text
    return None


# --- layout ---------------------------------------------------------------------------------------
@frozen
class _Layout:
    """How a text is written. `header` is the row of the header from 0, `width` its number of fields."""

    separator: str
    start: int
    header: int
    width: int
    #: Place of the task number, None where the table has none.
    key: int | None


#: Excel's first line `sep=;`, which it does not show as a row.
_TOLD = re.compile(r'"?sep=(.)"?[^\S\r\n]*(?:\r\n|\r|\n)', re.IGNORECASE)


def _layout(text: str) -> _Layout | None:
    """The layout under which the text has the table with most of our columns; None where none has one."""
    text = text[:_TOP_SIZE]
    told = _TOLD.match(text)
    start = told.end() if told else 0
    best: _Layout | None = None
    most = 0
    for separator in told[1] if told else _SEPARATORS:
        if separator not in text:
            continue
        # The second way is for a quote above the table that never ends.
        for reader in (csv.reader(_lines(text, start), delimiter=separator), _split(text, start, separator)):
            try:
                top = list(islice(reader, _TOP))
            except csv.Error:
                continue
            table = _table(top)
            if table is None:
                continue
            if len(table.columns) > most:
                most = len(table.columns)
                width = max(len(row) for row in top[table.first : table.last + 1])
                best = _Layout(separator, start, table.last, width, table.columns.get(L.TASK_NO))
            break
    return best


def _lines(text: str, start: int) -> StringIO:
    """The lines with their ends, which are the only white space that ends a line of a spreadsheet."""
    lines = StringIO(text, newline="")
    lines.seek(start)
    return lines


def _split(text: str, start: int, separator: str) -> Iterator[list[str]]:
    """Rows where quotes have no meaning, but around a whole field."""
    for line in _lines(text, start):
        yield [_unwrapped(field) for field in line.rstrip("\r\n").split(separator)]


def _unwrapped(field: str) -> str:
    """The text between quotes that are around all of it."""
    inner = field[1:-1]
    whole = len(field) > 1 and field[0] == field[-1] == '"' and '"' not in inner.replace('""', "")
    return inner.replace('""', '"') if whole else field


def _table(rows: Sequence[Sequence[str]]) -> Table | None:
    found = find_tables(_TextBook(_grid(rows), ()))
    return next(iter(found.entries + found.indicators + found.problems), None)


# --- rows -----------------------------------------------------------------------------------------
def _quoted_rows(text: str, layout: _Layout) -> list[list[str]] | None:
    """The rows as spreadsheet programs write them; None where a quote is out of place."""
    lines = list(_lines(text, layout.start))
    reader = csv.reader(lines, delimiter=layout.separator, strict=True)
    rows: list[list[str]] = []
    read = 0
    try:
        for row in reader:
            if any(_is_whole(line, layout) for line in lines[read + 1 : reader.line_num]):
                return None
            read = reader.line_num
            rows.append(row)
            _check_count(rows)
    except csv.Error:
        return None
    return rows


def _is_whole(line: str, layout: _Layout) -> bool:
    """True for a line within quotes that is a row of its own, which an earlier quote would swallow."""
    fields = line.rstrip("\r\n").split(layout.separator)
    if len(fields) != layout.width or layout.width < 3:
        return False
    return layout.key is None or task_number(_unwrapped(fields[layout.key])) is not None


def _plain_rows(text: str, layout: _Layout) -> list[list[str]]:
    """The rows line by line, quotes being text. Raises Unreadable where that does not give whole rows."""
    rows = list(islice(_split(text, layout.start, layout.separator), _MAX_LINES + 1))
    _check_count(rows)
    for row in rows[layout.header + 1 :]:
        if len(row) != layout.width and any('"' in field for field in row):
            raise Unreadable("not-a-workbook", _QUOTES)
    return rows


def _check_count(rows: Sequence[object]) -> None:
    if len(rows) > _MAX_LINES:
        raise Unreadable("too-large", f"超过 {_MAX_LINES} 行")


def _book(rows: list[list[str]], layout: _Layout) -> Book:
    for number, row in enumerate(rows[layout.header + 1 :], layout.header + 2):
        if any(field.strip() for field in row[layout.width :]):
            what = f"第{number}行的内容比表头多，可能有一格里的“{layout.separator}”没有加引号"
            raise Unreadable("not-a-workbook", what)
    cut: list[str] = []
    for r, row in enumerate(rows):
        for c in range(0 if r >= MAX_ROWS else MAX_COLUMNS, len(row)):
            if row[c].strip() and len(cut) < _CUT_SHOWN:
                cut.append(f"{column_letters(c)}{r + 1}")
    return _TextBook(_grid([row[:MAX_COLUMNS] for row in rows[:MAX_ROWS]]), tuple(cut))


def _grid(rows: Sequence[Sequence[str]]) -> Grid:
    width = max((len(row) for row in rows), default=0)
    cells: list[list[Cell]] = [[*map(_cell, row), *[""] * (width - len(row))] for row in rows]
    return Grid(SHEET, cells, [])


#: What keeps a spreadsheet from taking a text for a number or a formula: ="0931", '0931, '=1+1.
_APOSTROPHE = re.compile(r"'(?=[0-9=+\-@][^']*$)")


def _cell(field: str) -> str:
    if not field or field[0] not in "='":
        return field
    guarded = field[1:].rstrip()
    if field[0] == "=" and _unwrapped(guarded) is not guarded:
        return _unwrapped(guarded)
    return _APOSTROPHE.sub("", field, count=1)
