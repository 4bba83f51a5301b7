"""An engine for xlwings over LibreOffice's UNO bridge, named "excel", so that code for an open Excel workbook runs here.

It is as Excel is where that matters: text that looks like a number becomes one unless `'` stands before it, days come
back as datetimes, formulas are spoken in Excel's grammar. `writes` counts the ranges written.
Only for a subprocess: `uno` may take the interpreter down when it ends.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlparse

#: Where Debian has `uno`; behind all else, for its other packages are not ours.
if (debian := "/usr/lib/python3/dist-packages") not in sys.path and Path(debian).is_dir():
    sys.path.append(debian)

import uno  # type: ignore[import-not-found]
import xlwings as xw
from com.sun.star.beans import PropertyValue  # type: ignore[import-not-found]
from com.sun.star.table import CellRangeAddress  # type: ignore[import-not-found]

#: CellFlags (com.sun.star.sheet): DATETIME, FORMULA.
_DATETIME, _FORMULA = 2, 16
#: CellFlags of all that is no format.
_CONTENT = 1 | 2 | 4 | 8 | 16
_BELOW = "format_from_right_or_below"
#: What stands before a cell of another sheet.
_CALC_SHEET = re.compile(r"\$?('[^']*'|\w+)\.(?=\$?[A-Z]{1,3}\$?\d)")
_EXCEL_SHEET = re.compile(r"('[^']*'|\w+)!")
_FILTERS = {".xlsm": "Calc MS Excel 2007 VBA XML", ".xlsx": "Calc MS Excel 2007 XML"}
_ZERO = datetime(1899, 12, 30)
#: Seconds that LibreOffice has to start.
_STARTING = 60.0
#: What Excel takes for a number or a day when it is put into a cell as text (roughly).
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?(e[+-]?\d+)?%?|\d{1,4}[-/]\d{1,2}([-/]\d{1,2})?", re.IGNORECASE)
_PLACE = re.compile(r"\$?([A-Za-z]{1,3})?\$?(\d+)?")


class Engine:
    name = "excel"
    type = "desktop"

    @property
    def apps(self) -> Apps:
        return APPS

    @staticmethod
    def prepare_xl_data_element(value: Any, options: Any) -> Any:
        return "" if value is None else value

    @staticmethod
    def clean_value_data(data: Any, dates: Any, empty: Any, numbers: Any, errors: Any) -> list[list[Any]]:
        return [[empty if value == "" else value for value in line] for line in data]


def properties(**values: Any) -> tuple[Any, ...]:
    made = []
    for name, value in values.items():
        made.append(PropertyValue())
        made[-1].Name, made[-1].Value = name, value
    return tuple(made)


def _enum(kind: str, value: str) -> Any:
    return uno.Enum(f"com.sun.star.sheet.{kind}", value)


class _Switch:
    """A switch of Excel's that LibreOffice lacks: the app keeps it, and its `history` tells what was set when."""

    def __init__(self, at_first: Any) -> None:
        self._at_first = at_first

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    def __get__(self, app: Any, owner: type) -> Any:
        return app.switches.get(self._name, self._at_first)

    def __set__(self, app: Any, value: Any) -> None:
        app.switches[self._name] = value
        app.history.append([self._name, value])
        if app.kept:
            app.kept.write_text(json.dumps(app.switches), encoding="utf-8")


class App:
    """A running LibreOffice; `top` is its desktop, `hwnd` the number by which its window is asked for.

    `kept` is a file where its switches outlive this process, as those of Excel do.
    """

    engine = Engine()
    version, pid = "7", 0
    screen_updating, enable_events, display_alerts, interactive = (_Switch(True) for _ in range(4))
    status_bar, calculation = _Switch(False), _Switch("automatic")

    def __init__(self, top: Any, hwnd: int = 0, kept: Path | None = None) -> None:
        self.api, self.hwnd, self.kept = top, hwnd, kept
        self.writes: list[str] = []
        #: told the sheet before each write to one; what it raises is the program's refusal
        self.before_write: Callable[[str], None] = lambda sheet: None
        self.switches: dict[str, Any] = {}
        if kept and kept.exists():
            self.switches |= json.loads(kept.read_text(encoding="utf-8"))
        self.history: list[list[Any]] = []
        self.opened: list[Book] = []

    def open(self, path: Path) -> xw.Book:
        """Open a workbook, without a window."""
        document = self.api.loadComponentFromURL(
            path.as_uri(), "_blank", 0, properties(Hidden=True, MacroExecutionMode=0)
        )
        if document is None:
            raise ValueError(f"LibreOffice does not open {path}")
        self.opened.append(Book(self, document))
        return xw.Book(impl=self.opened[-1])

    @property
    def books(self) -> Books:
        return Books(self)

    @property
    def selection(self) -> None:
        return None

    def quit(self) -> None:
        self.api.terminate()


class Book:
    def __init__(self, app: App, document: Any) -> None:
        self.app, self.api = app, document
        self.sheets, self.names = Sheets(self), Names(self)

    @property
    def fullname(self) -> str:
        return unquote(urlparse(self.api.URL).path)

    @property
    def name(self) -> str:
        return Path(self.fullname).name

    def save(self, path: str | None = None, password: str | None = None) -> None:
        target = Path(path or self.fullname)
        self.api.storeAsURL(target.as_uri(), properties(FilterName=_FILTERS[target.suffix]))

    def close(self) -> None:
        self.app.opened.remove(self)
        self.api.close(True)

    def activate(self) -> None:
        """Nothing: there is no window."""


class _Named:
    """A collection whose members have names; not found is a KeyError."""

    def __iter__(self) -> Iterator[Any]:
        raise NotImplementedError

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __contains__(self, key: Any) -> bool:
        return any(item.name == key for item in self)

    def __call__(self, key: Any) -> Any:
        items = [*self]
        if isinstance(key, int):
            return items[key - 1]
        for item in items:
            if item.name == key:
                return item
        raise KeyError(key)


class Books(_Named):
    def __init__(self, app: App) -> None:
        self.app = app

    def __iter__(self) -> Iterator[Any]:
        return iter(self.app.opened)

    @property
    def active(self) -> Book:
        return self.app.opened[-1]


class Apps:
    """The one program that was started here."""

    running: list[App]

    def __init__(self) -> None:
        self.running = []

    def __iter__(self) -> Iterator[App]:
        return iter(self.running)

    def __len__(self) -> int:
        return len(self.running)

    def keys(self) -> list[int]:
        return [app.pid for app in self.running]

    def __getitem__(self, pid: int) -> App:
        return next(app for app in self.running if app.pid == pid)


class Sheets(_Named):
    def __init__(self, book: Book) -> None:
        self.book = book

    def __iter__(self) -> Iterator[Any]:
        found = self.book.api.Sheets
        return (Sheet(self.book, found.getByIndex(i)) for i in range(found.Count))

    @property
    def active(self) -> Sheet:
        return Sheet(self.book, self.book.api.CurrentController.ActiveSheet)


class Names:
    def __init__(self, book: Book) -> None:
        self.book = book

    def snapshot(self) -> list[tuple[str, Name]]:
        found = self.book.api.NamedRanges
        return [(name, Name(self.book, found.getByName(name))) for name in found.ElementNames]

    def contains(self, name: str) -> bool:
        return bool(self.book.api.NamedRanges.hasByName(name))

    def __call__(self, name: str) -> Name:
        return Name(self.book, self.book.api.NamedRanges.getByName(name))

    def add(self, name: str, refers_to: str) -> Name:
        """Like Excel's: a name that is there refers to other cells from now on."""
        found = self.book.api.NamedRanges
        first = uno.createUnoStruct("com.sun.star.table.CellAddress")
        sheet, _, cells = refers_to.removeprefix("=").rpartition("!")
        content = f"${sheet}.{cells}"
        if found.hasByName(name):
            found.getByName(name).setContent(content)
        else:
            found.addNewByName(name, content, first, 0)
        return self(name)


class Name:
    def __init__(self, book: Book, api: Any) -> None:
        self.book, self.api = book, api

    @property
    def name(self) -> str:
        return str(self.api.Name)

    @property
    def refers_to(self) -> str:
        sheet, _, cells = str(self.api.Content).rpartition(".")
        first = sheet.split(":")[0].removeprefix("$")
        if ":" in sheet:  # '$Sheet.$A$1:.$A$5' or '$Sheet.$A$1:$Sheet.$A$5'
            first, _, begin = sheet.split(":")[0].removeprefix("$").rpartition(".")
            return f"={first}!{begin}:{cells}"
        return f"={first}!{cells}"


class SheetApi:
    """LibreOffice's own sheet, with what code asks Excel's for."""

    def __init__(self, own: Any, tables: Tables) -> None:
        self._own, self._tables = own, tables

    def __getattr__(self, name: str) -> Any:
        return getattr(self._own, name)

    @property
    def FilterMode(self) -> bool:
        return any(table.api.getFilterDescriptor().getFilterFields2() for table in self._tables)


class Sheet:
    def __init__(self, book: Book, own: Any) -> None:
        self.book, self._own = book, own
        self.api = SheetApi(own, self.tables)

    @property
    def name(self) -> str:
        return str(self.api.Name)

    @property
    def index(self) -> int:
        return int(self.api.RangeAddress.Sheet) + 1

    @property
    def used_range(self) -> Range:
        cursor = self.api.createCursor()
        cursor.gotoEndOfUsedArea(False)
        end = cursor.RangeAddress
        return Range(self, 1, 1, end.EndRow + 1, end.EndColumn + 1)

    @property
    def tables(self) -> Tables:
        return Tables(self)

    @property
    def notes(self) -> list[Note]:
        found = self.api.Annotations
        return [Note(self, found.getByIndex(i)) for i in range(found.Count)]

    def range(self, one: Any, other: Any = None) -> Range:
        top, left, bottom, right = _place(one)
        if other is not None:
            _, _, bottom, right = _place(other)
        return Range(self, top, left, bottom, right)

    def activate(self) -> None:
        self.book.api.CurrentController.ActiveSheet = self._own


def _place(given: Any) -> tuple[int, int, int, int]:
    if isinstance(given, Range):
        return given.row, given.column, given.row + given.shape[0] - 1, given.column + given.shape[1] - 1
    if isinstance(given, tuple):
        return given[0], given[1], given[0], given[1]
    ends = []
    for text in given.split(":"):
        found = _PLACE.fullmatch(text)
        assert found, given
        column = 0
        for letter in (found[1] or "").upper():
            column = column * 26 + ord(letter) - 64
        ends.append((int(found[2] or 0), column))
    (top, left), (bottom, right) = ends[0], ends[-1]
    return top or 1, left or 1, bottom or 1_048_576, right or 1024


class Note:
    def __init__(self, sheet: Sheet, api: Any) -> None:
        self.api = api
        self.location = Range(sheet, api.Position.Row + 1, api.Position.Column + 1, 0, 0)


class Tables(_Named):
    """The database ranges of a sheet: what LibreOffice makes of an Excel table."""

    def __init__(self, sheet: Sheet) -> None:
        self.sheet = sheet

    @property
    def api(self) -> Any:
        return self.sheet.book.api.DatabaseRanges

    def __iter__(self) -> Iterator[Any]:
        for name in self.api.ElementNames:
            found = self.api.getByName(name)
            if found.DataArea.Sheet == self.sheet.index - 1 and not name.startswith("__Anonymous"):
                yield Table(self.sheet, found)


class Table:
    def __init__(self, sheet: Sheet, api: Any) -> None:
        self.parent, self.api = sheet, api

    @property
    def name(self) -> str:
        return str(self.api.Name)

    @property
    def range(self) -> Range:
        place = self.api.DataArea
        return Range(
            self.parent, place.StartRow + 1, place.StartColumn + 1, place.EndRow + 1, place.EndColumn + 1
        )

    def resize(self, place: xw.Range) -> None:
        self.api.DataArea = place.impl.address_of


class Range:
    """Rows and columns from 1, both ends included."""

    max_cells_per_read = max_cells_per_write = None
    options: Any = None

    def __init__(self, sheet: Sheet, top: int, left: int, bottom: int, right: int) -> None:
        self.sheet, self.row, self.column = sheet, top, left
        self.shape = max(1, bottom - top + 1), max(1, right - left + 1)

    @property
    def address_of(self) -> Any:
        place = CellRangeAddress()
        place.Sheet = self.sheet.index - 1
        place.StartRow, place.StartColumn = self.row - 1, self.column - 1
        place.EndRow = place.StartRow + self.shape[0] - 1
        place.EndColumn = place.StartColumn + self.shape[1] - 1
        return place

    @property
    def api(self) -> Any:
        place = self.address_of
        return self.sheet.api.getCellRangeByPosition(
            place.StartColumn, place.StartRow, place.EndColumn, place.EndRow
        )

    @property
    def address(self) -> str:
        return str(self.api.AbsoluteName).rpartition(".")[2]

    def __len__(self) -> int:
        return self.shape[0] * self.shape[1]

    def __call__(self, row: int, column: int) -> Range:
        at = self.row + row - 1, self.column + column - 1
        return Range(self.sheet, *at, *at)

    def _cells(self, flags: int) -> Iterator[tuple[int, int]]:
        """Rows and columns, from 0 within the range, of the cells with such content."""
        for place in self.api.queryContentCells(flags).RangeAddresses:
            for row in range(place.StartRow, place.EndRow + 1):
                for column in range(place.StartColumn, place.EndColumn + 1):
                    yield row - self.row + 1, column - self.column + 1

    @property
    def raw_value(self) -> list[list[Any]]:
        data = [list(line) for line in self.api.getDataArray()]
        for row, column in self._cells(_DATETIME):
            value = data[row][column]
            if isinstance(value, float):
                data[row][column] = _ZERO + timedelta(days=round(value * 86_400) / 86_400)
        return data

    @raw_value.setter
    def raw_value(self, data: Any) -> None:
        lines = data if isinstance(data, list | tuple) else [[data]]
        app = self.sheet.book.app
        app.writes.append(f"{self.sheet.name}!{self.address}")
        app.before_write(self.sheet.name)
        formulas = []
        plain = []
        for i, line in enumerate(lines):
            out = []
            for j, value in enumerate(line):
                if isinstance(value, str) and value.startswith("="):
                    formulas.append((i, j, value))
                    value = ""
                out.append(_taken(value))
            plain.append(tuple(out))
        self.api.setDataArray(tuple(plain))
        sheet = self.sheet.api
        for i, j, text in formulas:
            sheet.getCellByPosition(self.column - 1 + j, self.row - 1 + i).setFormula(_to_calc(text))

    @property
    def row_height(self) -> float | None:
        """In points; None where rows differ."""
        first, last = self.address_of.StartRow, self.address_of.EndRow
        rows = self.sheet.api.Rows
        found = {rows.getByIndex(row).Height for row in range(first, last + 1)}
        return round(found.pop() * 72 / 2540, 2) if len(found) == 1 else None

    @row_height.setter
    def row_height(self, points: float) -> None:
        rows = self.sheet.api.Rows
        for row in range(self.address_of.StartRow, self.address_of.EndRow + 1):
            rows.getByIndex(row).Height = round(points * 2540 / 72)

    @property
    def column_width(self) -> float:
        """Of the first column, in characters of seven pixels."""
        pixels = self.sheet.api.Columns.getByIndex(self.column - 1).Width * 96 / 2540
        return max(0.0, float(round((pixels - 5) / 7, 2)))

    @property
    def formula(self) -> list[list[str]]:
        data = [list(line) for line in self.api.getFormulaArray()]
        for row, column in self._cells(_FORMULA):
            data[row][column] = _to_excel(data[row][column])
        return data

    def insert(self, shift: str, copy_origin: str | None = None) -> None:
        whole = self.shape[1] >= 1024
        if whole and copy_origin == "format_from_left_or_above":
            self.sheet.api.Rows.insertByIndex(self.row - 1, self.shape[0])
        else:
            self.sheet.api.insertCells(self.address_of, _enum("CellInsertMode", "ROWS" if whole else "DOWN"))
            self._look_like(self.row + self.shape[0] if copy_origin == _BELOW else self.row - 1)

    def _look_like(self, row: int) -> None:
        """Give the cells the formats of those in another row."""
        there = Range(self.sheet, row, self.column, row, self.column + self.shape[1] - 1)
        target = uno.createUnoStruct("com.sun.star.table.CellAddress")
        target.Sheet, target.Column = self.sheet.index - 1, self.column - 1
        for i in range(self.shape[0]):
            target.Row = self.row - 1 + i
            self.sheet.api.copyRange(target, there.address_of)
        self.api.clearContents(_CONTENT)

    def delete(self, shift: str | None = None) -> None:
        whole = self.shape[1] >= 1024
        self.sheet.api.removeRange(self.address_of, _enum("CellDeleteMode", "ROWS" if whole else "UP"))


def _to_calc(formula: str) -> str:
    """A formula of Excel's as LibreOffice's own grammar has it: `'明细'!A1,2` is `$'明细'.A1;2`."""
    return _translated(formula, ",", ";", _EXCEL_SHEET, r"$\1.")


def _to_excel(formula: str) -> str:
    return _translated(formula, ";", ",", _CALC_SHEET, r"\1!")


def _translated(formula: str, old: str, new: str, sheet: re.Pattern[str], as_: str) -> str:
    texts: list[str] = []

    def kept(found: re.Match[str]) -> str:
        texts.append(found[0])
        return f"\0{len(texts) - 1}\0"

    bare = re.sub(r'"[^"]*"', kept, formula).replace(old, new)
    bare = sheet.sub(as_, bare)
    return re.sub("\0(\\d+)\0", lambda found: texts[int(found[1])], bare)


def _taken(value: Any) -> Any:
    """A value as Excel would take it."""
    if isinstance(value, datetime):
        return (value - _ZERO) / timedelta(days=1)
    if isinstance(value, bool):
        return float(value)
    if isinstance(value, str):
        if value.startswith("'"):
            return value[1:]
        if _NUMBER.fullmatch(value):
            # a day, a share or such: which number Excel makes of it does not matter, but that the text is lost
            return float(value) if value.replace(".", "", 1).isdigit() else -1.0
    return value


APPS = Apps()
xw.engines.add(xw.main.Engine(impl=Engine()))
xw.engines["excel"].activate()


def connect(pipe: str, hwnd: int = 0, kept: Path | None = None) -> App:
    """The LibreOffice that listens at a pipe, with the workbooks that it has open. Raises TimeoutError."""
    local = uno.getComponentContext()
    resolver = local.ServiceManager.createInstanceWithContext("com.sun.star.bridge.UnoUrlResolver", local)
    end = time.monotonic() + _STARTING
    while True:
        try:
            remote = resolver.resolve(f"uno:pipe,name={pipe};urp;StarOffice.ComponentContext")
            break
        except Exception as error:  # it is still starting
            if time.monotonic() > end:
                raise TimeoutError("LibreOffice did not answer") from error
            time.sleep(0.1)
    top = remote.ServiceManager.createInstanceWithContext("com.sun.star.frame.Desktop", remote)
    app = App(top, hwnd, kept)
    app.opened = [Book(app, one) for one in app.api.Components if getattr(one, "URL", "").startswith("file:")]
    APPS.running.append(app)
    return app


def start(profile: Path) -> tuple[App, subprocess.Popen[bytes]]:
    """A LibreOffice of its own, without a window, and its process."""
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "survival"))
    import shutil

    from steps import desktop  # type: ignore[import-not-found]

    soffice = shutil.which("soffice") or shutil.which("libreoffice")
    assert soffice
    top, program = desktop(soffice, str(profile))
    app = App(top)
    APPS.running.append(app)
    return app, program
