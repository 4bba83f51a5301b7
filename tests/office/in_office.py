"""What the sink's tests do inside the Python that has LibreOffice's `uno`, a job each; started by `test_sink.py`.

    python in_office.py PROFILE JOB.json    a job in a LibreOffice of its own
    python in_office.py --at PIPE           steps from standard input, in the LibreOffice that listens there

A job is a list of steps `[name, *arguments]`; prints a JSON list with what each gave. From standard input a step is a
line of JSON, and what it gave is one too.
"""

from __future__ import annotations

import json
import sys
import time
import traceback
from datetime import date
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.office import uno_engine

import uno  # type: ignore[import-not-found]  # isort: skip

_EQUAL = uno.Enum("com.sun.star.sheet.FilterOperator", "EQUAL")
#: The colour that a clerk gives a row, as 0xRRGGBB.
PAINT = 0xFFCC99


class Screen:
    """One LibreOffice and what a clerk does in it."""

    def __init__(self, app: uno_engine.App) -> None:
        self.app = app
        self.books: dict[str, Any] = {}

    def open(self, path: str) -> None:
        self.books[path] = self.app.open(Path(path))

    def close(self, path: str) -> None:
        self.books.pop(path).close()

    def close_if_open(self, path: str) -> None:
        if path in self.books:
            self.close(path)

    def save(self, path: str) -> None:
        self.books[path].save()

    def put(self, path: str, sheet: str, ref: str, value: Any) -> None:
        self.books[path].sheets[sheet].range(ref).value = value

    def get(self, path: str, sheet: str, ref: str) -> Any:
        found = self.books[path].sheets[sheet].range(ref)
        return [found.options(ndim=2).value, found.impl.formula]

    def sort(self, path: str, sheet: str, ref: str, column: int) -> None:
        """From the greatest down, all columns together, without a header; `column` counts from 0."""
        key = uno.createUnoStruct("com.sun.star.table.TableSortField")
        key.Field, key.IsAscending = column, False
        place = self.books[path].sheets[sheet].range(ref).impl.api
        fields = uno.Any("[]com.sun.star.table.TableSortField", (key,))
        place.sort(uno_engine.properties(SortFields=fields, ContainsHeader=False))

    def move_sheet(self, path: str, sheet: str, place: int) -> None:
        self.books[path].impl.api.Sheets.moveByName(sheet, place)

    def hide_column(self, path: str, sheet: str, column: int) -> None:
        self.books[path].sheets[sheet].api.Columns.getByIndex(column).IsVisible = False

    def column_hidden(self, path: str, sheet: str, column: int) -> bool:
        return not self.books[path].sheets[sheet].api.Columns.getByIndex(column).IsVisible

    def filter(self, path: str, sheet: str, column: int, text: str) -> bool:
        """Let the sheet's table show only rows with that text; `column` counts from 0. Whether the sheet says so."""
        field = uno.createUnoStruct("com.sun.star.sheet.TableFilterField2")
        field.Field, field.Operator, field.StringValue = column, _EQUAL, text
        (table,) = self.books[path].sheets[sheet].impl.tables
        rule = table.api.getFilterDescriptor()
        rule.ContainsHeader = True
        rule.setFilterFields2((field,))
        table.api.refresh()
        return bool(self.books[path].sheets[sheet].api.FilterMode)

    def visible(self, path: str, sheet: str, column: int) -> list[Any]:
        """The texts of a column in the rows that a filter lets through."""
        (table,) = self.books[path].sheets[sheet].impl.tables
        cells, rows = table.range.api, table.range.api.Rows
        shown = (row for row in range(table.range.shape[0]) if not rows.getByIndex(row).IsFiltered)
        return [cells.getCellByPosition(column, row).String for row in shown]

    def look_at(self, path: str, sheet: str, ref: str, row: int) -> None:
        """Bring a sheet to the front, select cells there, and scroll so that `row`, from 0, is the first below the header."""
        view = self.books[path].impl.api.CurrentController
        view.ActiveSheet = self.books[path].impl.api.Sheets.getByName(sheet)
        view.select(view.ActiveSheet.getCellRangeByName(ref))
        view.FirstVisibleRow = row

    def seen(self, path: str) -> list[Any]:
        """The sheet in front, the selected cells, the first row and column in sight."""
        view = self.books[path].impl.api.CurrentController
        selected = self.books[path].impl.api.CurrentSelection.AbsoluteName
        return [view.ActiveSheet.Name, selected, view.FirstVisibleRow, view.FirstVisibleColumn]

    def paint(self, path: str, sheet: str, ref: str) -> None:
        self.books[path].sheets[sheet].range(ref).impl.api.CellBackColor = PAINT

    def painted(self, path: str, sheet: str, ref: str) -> bool:
        return bool(self.books[path].sheets[sheet].range(ref).impl.api.CellBackColor == PAINT)

    def press(self, action: str, path: str, day: str, *folders: str) -> dict[str, Any]:
        """A command at the open workbook's desk, on a named day; what it wrote."""
        from eduxl.addin.open_desk import open_desk

        desk = open_desk(Path(path), 0)
        tracker = desk.tracker()
        self.app.writes.clear()
        assert action == "merge"
        begun = time.perf_counter()
        with desk.progress("汇总") as step:
            result = tracker.merge(list(folders), as_of=date.fromisoformat(day), progress=step)
        return {
            "changed": result.changed,
            "notes": tracker.notes,
            "writes": list(self.app.writes),
            "seconds": round(time.perf_counter() - begun, 2),
            "state": [
                self.app.screen_updating,
                self.app.interactive,
                self.app.calculation,
                self.app.status_bar,
            ],
        }

    def same_inputs(self, path: str) -> list[bool]:
        """Whether the clerk's cells read from the open workbook are those read from the file."""
        from eduxl.addin.open_master import OpenMasterBook
        from eduxl.tracker.inputs import read_inputs

        here, there = OpenMasterBook(self.books[path], Path(path)).inputs(), read_inputs(Path(path))
        return [
            here.to_json() == there.to_json(),
            here.cells_digest == there.cells_digest,
            here.meta == there.meta,
            here.lacking == there.lacking,
        ]

    def button(self, action: str, path: str) -> dict[str, str]:
        """A button as the macro presses it; its answer."""
        from eduxl.addin.open_desk import open_desk
        from eduxl.addin.press import pressed, spoken

        return spoken(action, lambda: pressed(action, open_desk(Path(path), 0))).to_json()

    def resave(self, path: str) -> None:
        """Open, calculate all and save, as a person does who only looks."""
        self.open(path)
        self.books[path].impl.api.calculateAll()
        self.save(path)
        self.close(path)

    def refused(self, step: str, *given: Any) -> str:
        """The sentence with which a step is refused."""
        from eduxl.errors import EduxlError

        try:
            getattr(self, step)(*given)
        except EduxlError as error:
            return f"{error.code}: {error}"
        return ""


def attend(pipe: str) -> None:
    """Do the steps of standard input until it ends, then let LibreOffice end."""
    screen = Screen(uno_engine.connect(pipe))
    for line in sys.stdin:
        name, *arguments = json.loads(line)
        try:
            told = {"gave": getattr(screen, name)(*arguments)}
        except Exception:
            told = {"error": traceback.format_exc()}
        print(json.dumps(told, default=str), flush=True)
    screen.app.quit()


def main() -> None:
    if sys.argv[1] == "--at":
        attend(sys.argv[2])
        return
    profile, job = sys.argv[1:]
    app, program = uno_engine.start(Path(profile))
    try:
        screen = Screen(app)
        given = []
        for name, *arguments in json.loads(Path(job).read_text(encoding="utf-8")):
            given.append(getattr(screen, name)(*arguments))
        app.quit()
        sys.stdout.buffer.write(json.dumps(given, default=str).encode())
        sys.stdout.buffer.flush()
    finally:
        try:
            program.wait(20)
        except Exception:
            program.kill()


if __name__ == "__main__":
    main()
