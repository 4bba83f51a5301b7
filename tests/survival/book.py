"""A workbook as its package says it is: cells by the row's key and the column's title, never by position.

`Book(data)` reads; nothing is written here. References in formulas and ranges are retold by `Book.told`, so that what
a merge had to renumber can be compared with what stood there before.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator, Mapping
from functools import cached_property
from io import BytesIO
from posixpath import dirname, join, normpath
from typing import Any, NamedTuple

from lxml import etree
from openpyxl.formula.translate import Translator
from openpyxl.utils import column_index_from_string, get_column_letter

from eduxl import labels as L

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
REL = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"

#: The columns that tell a row of ours apart. The matrix has its header in three rows.
KEYS = {
    L.TASKS: (L.TASK_NO,),
    L.MATRIX: (L.UNIT_CODE,),
    L.ENTRIES: (L.UNIT_CODE, L.TASK_NO),
    L.HISTORY: (L.ROUND, L.UNIT_CODE, L.TASK_NO),
    L.ALERTS: (L.FLAGS, L.UNIT_CODE, L.TASK_NO),
    L.INDICATORS: (L.TASK_NO, *L.INDICATOR_COLUMNS[2:4]),
    L.PROBLEMS: (L.UNIT_CODE, L.TASK_NO, L.PROBLEM),
    L.ROSTER: (L.UNIT_CODE,),
    L.REJECTED: (L.REJECTED_COLUMNS[0],),
    L.REMINDERS: (L.UNIT_CODE, L.TASK_NO, L.REMINDER, L.CELL),
    L.LOG: L.LOG_COLUMNS,
}
_MATRIX_HEADER = 3

Key = tuple[str, ...]


class Area(NamedTuple):
    """Rows and columns from 1, both ends included."""

    top: int
    left: int
    bottom: int
    right: int


def area(text: str) -> Area:
    """`B2:C9` or `B2`, with or without `$`."""
    first, _, last = text.replace("$", "").partition(":")
    (c1, r1), (c2, r2) = _split(first), _split(last or first)
    return Area(r1, c1, r2, c2)


def _split(ref: str) -> tuple[int, int]:
    found = re.fullmatch(r"([A-Za-z]{1,3})([0-9]+)", ref)
    assert found, ref
    return column_index_from_string(found[1].upper()), int(found[2])


def text_of(element: Any) -> str:
    """The text of a string item, phonetic hints left out."""
    return "".join(
        t.text or "" for t in element.iter(f"{MAIN}t") if etree.QName(t.getparent()).localname != "rPh"
    )


def plain(value: object) -> str:
    """A value as text: 3 for 3.0."""
    if value is None:
        return ""
    if isinstance(value, float) and value == int(value):
        return str(int(value))
    return str(value)


class Cell(NamedTuple):
    #: text, number, bool or None; of a formula its cached value
    value: Any
    formula: str | None
    style: int
    #: the element
    element: Any


class Parts:
    """The parts of a package and how they hang together."""

    parts: dict[str, bytes]

    def __init__(self) -> None:
        self._trees: dict[str, Any] = {}

    def tree(self, part: str) -> Any:
        if part not in self._trees:
            self._trees[part] = etree.fromstring(self.parts[part])
        return self._trees[part]

    def rels(self, part: str) -> dict[str, tuple[str, str, bool]]:
        """Relationships of a part ("" for the package): id → last word of the type, target, whether it is outside.

        The target is a part's name, or as given.
        """
        rels = rels_name(part)
        if rels not in self.parts:
            return {}
        found = {}
        for rel in self.tree(rels):
            target, outside = rel.get("Target"), rel.get("TargetMode") == "External"
            if not outside:
                target = (
                    target.lstrip("/") if target.startswith("/") else normpath(join(dirname(part), target))
                )
            found[rel.get("Id")] = (rel.get("Type").rsplit("/", 1)[-1], target, outside)
        return found

    def targets(self, part: str, kind: str) -> list[str]:
        return [target for type_, target, _ in self.rels(part).values() if type_ == kind]


def rels_name(part: str) -> str:
    folder, _, name = part.rpartition("/")
    return f"{folder}/_rels/{name}.rels" if folder else f"_rels/{name}.rels"


class Book(Parts):
    """A workbook for reading."""

    def __init__(self, source: bytes | Mapping[str, bytes]) -> None:
        super().__init__()
        if isinstance(source, bytes):
            with zipfile.ZipFile(BytesIO(source)) as archive:
                names = archive.namelist()
                assert len(names) == len(set(names)), "two parts of one name"
                self.parts = {name: archive.read(name) for name in names}
        else:
            self.parts = dict(source)
        self._sheets: dict[str, Sheet] = {}

    @cached_property
    def workbook(self) -> Any:
        return self.tree("xl/workbook.xml")

    @cached_property
    def strings(self) -> list[Any]:
        if "xl/sharedStrings.xml" not in self.parts:
            return []
        return self.tree("xl/sharedStrings.xml").findall(f"{MAIN}si")

    @cached_property
    def styles(self) -> Any:
        return self.tree("xl/styles.xml")

    def style(self, index: int, *wanted: str) -> tuple[str, ...]:
        """What a cell format says, by name: font, fill, border, numFmt, alignment, protection, cellStyle."""
        xf = self.styles.find(f"{MAIN}cellXfs")[index]
        return tuple(self._look(xf, name) for name in wanted)

    def _look(self, xf: Any, name: str) -> str:
        if name in ("alignment", "protection"):
            found = xf.find(f"{MAIN}{name}")
            return "" if found is None else canonical(found)
        if name == "cellStyle":
            names = self.styles.findall(f"{MAIN}cellStyles/{MAIN}cellStyle")
            return next((el.get("name") for el in names if el.get("xfId") == xf.get("xfId", "0")), "")
        if name == "numFmt":
            number = xf.get("numFmtId", "0")
            codes = self.styles.findall(f"{MAIN}numFmts/{MAIN}numFmt")
            return next((el.get("formatCode") for el in codes if el.get("numFmtId") == number), number)
        return canonical(self.styles.find(f"{MAIN}{name}s")[int(xf.get(f"{name}Id", "0"))])

    # --- sheets ---------------------------------------------------------------------------------------
    @cached_property
    def sheet_names(self) -> list[str]:
        return [el.get("name") for el in self.workbook.find(f"{MAIN}sheets")]

    def sheet(self, name: str) -> Sheet:
        if name not in self._sheets:
            entry = next(el for el in self.workbook.find(f"{MAIN}sheets") if el.get("name") == name)
            _, part, _ = self.rels("xl/workbook.xml")[entry.get(f"{REL}id")]
            self._sheets[name] = Sheet(self, name, part, entry)
        return self._sheets[name]

    def defined_names(self) -> dict[tuple[str, str], str]:
        """(sheet or "", name) → text."""
        names = self.workbook.find(f"{MAIN}definedNames")
        return {
            (
                self.sheet_names[int(el.get("localSheetId"))] if el.get("localSheetId") else "",
                el.get("name"),
            ): el.text or ""
            for el in (() if names is None else names)
        }

    # --- references by key ----------------------------------------------------------------------------
    def told(self, formula: str, own: str = "", row: int = 0) -> str:
        """A formula with its references named by title and key: `填报明细!完成进度@(S001,3)`.

        `own` and `row` say where it stands; a reference into the same row is `@here`, one over all rows of a table
        `@all`, with the header `@header+all`.
        """

        def retold(found: re.Match[str]) -> str:
            if found["text"]:
                return found[0]
            sheet = (found["sheet"] or "").strip("'").replace("''", "'") or own
            if sheet not in self.sheet_names:
                return found[0]
            return f"{found['sheet'] or ''}{'!' if found['sheet'] else ''}{self._place(sheet, found['ref'], own, row)}"

        return _REFERENCE.sub(retold, formula)

    def _place(self, name: str, ref: str, own: str, row: int) -> str:
        sheet = self.sheet(name)
        first, _, last = ref.replace("$", "").partition(":")
        if first.isdigit():  # whole rows
            return f"rows {sheet.row_name(int(first))}:{sheet.row_name(int(last))}"
        if first.isalpha():
            return ":".join(sheet.column_name(column_index_from_string(letters)) for letters in (first, last))
        place = area(ref)
        columns = sheet.column_name(place.left)
        if place.right != place.left:
            columns += f":{sheet.column_name(place.right)}"
        return f"{columns}@{self._rows(sheet, place, own, row)}"

    def _rows(self, sheet: Sheet, place: Area, own: str, row: int) -> str:
        if place.top == place.bottom == row and sheet.name == own:
            return "here"
        if place.bottom == sheet.last and place.top in (sheet.first, sheet.header) and sheet.keys:
            return "all" if place.top == sheet.first else "header+all"
        if place.top == place.bottom:
            return sheet.row_name(place.top)
        return f"{sheet.row_name(place.top)}:{sheet.row_name(place.bottom)}"

    def told_ranges(self, sqref: str, own: str) -> str:
        """A list of ranges likewise."""
        return " ".join(self.told(ref, own) for ref in sqref.split())


_REFERENCE = re.compile(
    r"""(?P<text>"(?:[^"]|"")*"|\[[^\]]*\])
      | (?:(?P<sheet>'(?:[^']|'')+'|[\w.]+)!)?
        (?P<ref>\$?[A-Z]{1,3}\$?[0-9]+(?::\$?[A-Z]{1,3}\$?[0-9]+)?|\$?[A-Z]{1,3}:\$?[A-Z]{1,3}|\$?[0-9]+:\$?[0-9]+)
        (?![\w(!.\[])""",
    re.VERBOSE,
)


def canonical(element: Any) -> str:
    """An element as text whatever prefixes and order of attributes."""
    return etree.tostring(element, method="c14n2", strip_text=False, with_tail=False).decode()


class Sheet:
    """A worksheet. Rows of ours are in `keys` (row number → key) and `rows` (key → row number)."""

    def __init__(self, book: Book, name: str, part: str, entry: Any) -> None:
        self.book, self.name, self.part, self.entry = book, name, part, entry
        self.tree = book.tree(part)

    def all(self, local: str) -> list[Any]:
        """Elements of that name, whatever the namespace."""
        return [el for el in self.tree.iter("{*}" + local)]

    def one(self, local: str) -> Any:
        found = self.all(local)
        return found[0] if found else None

    @cached_property
    def lines(self) -> dict[int, Any]:
        """Row elements by number."""
        return {int(el.get("r")): el for el in self.tree.find(f"{MAIN}sheetData")}

    @cached_property
    def cells(self) -> dict[tuple[int, int], Cell]:
        found: dict[tuple[int, int], Cell] = {}
        shared: dict[str, tuple[str, str]] = {}
        for element in self.tree.find(f"{MAIN}sheetData").iter(f"{MAIN}c"):
            ref = element.get("r")
            column, row = _split(ref)
            found[row, column] = Cell(
                self._value(element), self._formula(element, ref, shared), int(element.get("s", "0")), element
            )
        return found

    def _value(self, element: Any) -> Any:
        kind, value = element.get("t", "n"), element.findtext(f"{MAIN}v")
        if kind == "inlineStr":
            return text_of(element)
        if value is None or (not value and kind == "n"):
            return None
        if kind == "s":
            return text_of(self.book.strings[int(value)])
        if kind == "b":
            return value == "1"
        return float(value) if kind == "n" else value

    @staticmethod
    def _formula(element: Any, ref: str, shared: dict[str, tuple[str, str]]) -> str | None:
        given = element.find(f"{MAIN}f")
        if given is None:
            return None
        if given.get("t") == "shared":
            if given.text:
                shared[given.get("si")] = (given.text, ref)
            text, at = shared[given.get("si")]
            return Translator(f"={text}", at).translate_formula(ref)[1:]
        return given.text or ""

    def value(self, row: int, column: int) -> Any:
        cell = self.cells.get((row, column))
        return None if cell is None else cell.value

    # --- our table ------------------------------------------------------------------------------------
    @cached_property
    def header(self) -> int:
        """The header row: the one with the most of our key's titles among the first ten; 0 without."""
        names = KEYS.get(self.name, ())
        best = max(range(1, 11), key=lambda r: sum(str(self.value(r, c)) in names for c in range(1, 80)))
        return best if any(str(self.value(best, c)) in names for c in range(1, 80)) else 0

    @cached_property
    def titles(self) -> dict[str, int]:
        """Column titles (numbers of tasks too) → columns; of equal ones the first."""
        found: dict[str, int] = {}
        if self.header:
            for (row, column), cell in sorted(self.cells.items()):
                if row == self.header and plain(cell.value):
                    found.setdefault(plain(cell.value), column)
        return found

    def column(self, title: object) -> int:
        return self.titles[plain(title)]

    def column_name(self, column: int) -> str:
        names = {at: title for title, at in self.titles.items()}
        return names.get(column, get_column_letter(column))

    @cached_property
    def keys(self) -> dict[int, Key]:
        """Keys by row, of equal ones the first; rows without a full name of ours have none."""
        names = KEYS.get(self.name, ())
        if not names or any(name not in self.titles for name in names):
            return {}
        start = self.header + (_MATRIX_HEADER if self.name == L.MATRIX else 1)
        found: dict[int, Key] = {}
        seen: set[Key] = set()
        for row in sorted({row for row, _ in self.cells if row >= start}):
            key = tuple(plain(self.value(row, self.titles[name])) for name in names)
            if key[0] and any(key[1:] or key) and key not in seen and self._is_ours(key):
                found[row] = key
                seen.add(key)
        return found

    def _is_ours(self, key: Key) -> bool:
        """Not a total or words of the clerk's in the column of the codes."""
        if self.name in (L.ENTRIES, L.MATRIX, L.ROSTER):
            return bool(re.fullmatch(r"[A-Z][0-9]+", key[0]))
        if self.name == L.TASKS:
            return key[0].isdigit()
        return True

    @cached_property
    def rows(self) -> dict[Key, int]:
        return {key: row for row, key in self.keys.items()}

    @cached_property
    def tables(self) -> list[Any]:
        """Its table parts' elements, leftmost first."""
        found = [self.book.tree(part) for part in self.book.targets(self.part, "table")]
        return sorted(found, key=lambda el: area(el.get("ref")).left)

    @property
    def table(self) -> Any:
        """Our table (of several the leftmost), None where there is none."""
        return self.tables[0] if self.tables and self.keys else None

    @property
    def first(self) -> int:
        """First row of data."""
        if self.table is not None:
            return area(self.table.get("ref")).top + 1
        return min(self.keys, default=0)

    @property
    def last(self) -> int:
        if self.table is not None:
            return area(self.table.get("ref")).bottom - int(self.table.get("totalsRowCount", "0"))
        return max(self.keys, default=0)

    def row_name(self, row: int) -> str:
        if row == self.header:
            return "header"
        return f"({','.join(self.keys[row])})" if row in self.keys else f"row {row}"

    def at(self, key: Key, title: object) -> Cell | None:
        """The cell of a row of ours in a column."""
        return self.cells.get((self.rows[key], self.column(title)))

    def by_key(self, title: object) -> dict[Key, Any]:
        """What a column holds in the rows of ours, empty cells left out."""
        column = self.column(title)
        return {
            key: value
            for row, key in self.keys.items()
            if (value := self.value(row, column)) not in (None, "")
        }

    def formulas_by_key(self, title: object) -> dict[Key, str]:
        column = self.column(title)
        return {
            key: self.book.told(cell.formula, self.name, row)
            for row, key in self.keys.items()
            if (cell := self.cells.get((row, column))) and cell.formula is not None
        }

    def place(self, ref: str) -> str:
        """A cell or range by title and key."""
        return self.book.told(ref, self.name)

    def related(self, kind: str) -> Iterator[tuple[str, Any]]:
        """Parts of that relationship's kind with their elements."""
        for part in self.book.targets(self.part, kind):
            yield part, self.book.tree(part)
