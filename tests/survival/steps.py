"""Runs in the Python that has LibreOffice's `uno`: opens workbooks, does what a clerk does, saves them.

    python3 steps.py SOFFICE PROFILE JOBS.json

Each job has `source`, `target` and `steps` (see `Desk`). Nothing of eduxl is imported here.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import uno  # type: ignore[import-not-found]
from com.sun.star.awt import Point, Rectangle, Size  # type: ignore[import-not-found]
from com.sun.star.beans import PropertyValue  # type: ignore[import-not-found]
from com.sun.star.table import CellRangeAddress  # type: ignore[import-not-found]

_FILTERS = {".xlsm": "Calc MS Excel 2007 VBA XML", ".xlsx": "Calc MS Excel 2007 XML", ".xls": "MS Excel 97"}


def properties(**values: Any) -> tuple[PropertyValue, ...]:
    made = []
    for name, value in values.items():
        made.append(PropertyValue())
        made[-1].Name, made[-1].Value = name, value
    return tuple(made)


class Clerk:
    """One open workbook; each method is a step. Rows and columns count from 1."""

    def __init__(self, book: Any) -> None:
        self.book = book

    def _sheet(self, name: str) -> Any:
        return self.book.Sheets.getByName(name)

    def _cell(self, sheet: str, row: int, column: int) -> Any:
        return self._sheet(sheet).getCellByPosition(column - 1, row - 1)

    def _place(self, sheet: str, ref: str) -> Any:
        return self._sheet(sheet).getCellRangeByName(ref)

    def _own(self, formula: str) -> str:
        """Excel's way of naming sheets as LibreOffice's."""
        for name in sorted(self.book.Sheets.ElementNames, key=len, reverse=True):
            for written in (f"'{name}'!", f"{name}!"):
                formula = formula.replace(written, f"$'{name}'.")
        return formula

    def has_sheets(self, *names: Any) -> None:
        assert list(self.book.Sheets.ElementNames) == list(names[0]), self.book.Sheets.ElementNames

    def value(self, sheet: str, row: int, column: int, value: Any) -> None:
        cell = self._cell(sheet, row, column)
        if isinstance(value, str):
            cell.String = value
        else:
            cell.Value = value

    def formula(self, sheet: str, row: int, column: int, formula: str) -> None:
        parser = self.book.createInstance("com.sun.star.sheet.FormulaParser")
        parser.CompileEnglish = True
        place = self._cell(sheet, row, column)
        tokens = parser.parseFormula(self._own(formula)[1:].replace(",", ";"), place.CellAddress)
        place.setTokens(tokens)

    def look(self, sheet: str, row: int, first: int, last: int, colour: int, size: int) -> None:
        place = self._sheet(sheet).getCellRangeByPosition(first - 1, row - 1, last - 1, row - 1)
        place.CellBackColor = colour
        if size:
            place.CharHeight = place.CharHeightAsian = size

    def height(self, sheet: str, row: int, points: float) -> None:
        self._sheet(sheet).Rows.getByIndex(row - 1).Height = round(points * 35.2778)

    def hide(self, sheet: str, row: int) -> None:
        self._sheet(sheet).Rows.getByIndex(row - 1).IsVisible = False

    def _rows(self, sheet: str, first: int, last: int) -> Any:
        return self._sheet(sheet).getCellRangeByPosition(0, first - 1, 0, last - 1).RangeAddress

    def group(self, sheet: str, first: int, last: int) -> None:
        self._sheet(sheet).group(
            self._rows(sheet, first, last), uno.Enum("com.sun.star.table.TableOrientation", "ROWS")
        )

    def group_columns(self, sheet: str, first: int, last: int) -> None:
        place = self._sheet(sheet).getCellRangeByPosition(first - 1, 0, last - 1, 0).RangeAddress
        self._sheet(sheet).group(place, uno.Enum("com.sun.star.table.TableOrientation", "COLUMNS"))

    def width(self, sheet: str, column: int, hundredths: int) -> None:
        self._sheet(sheet).Columns.getByIndex(column - 1).Width = hundredths

    def hide_column(self, sheet: str, column: int) -> None:
        self._sheet(sheet).Columns.getByIndex(column - 1).IsVisible = False

    def note(self, sheet: str, row: int, column: int, text: str) -> None:
        self._sheet(sheet).Annotations.insertNew(self._cell(sheet, row, column).CellAddress, text)

    def link(self, sheet: str, row: int, column: int, url: str, text: str) -> None:
        cell = self._cell(sheet, row, column)
        field = self.book.createInstance("com.sun.star.text.TextField.URL")
        field.URL, field.Representation = url, text
        cell.String = ""
        cell.insertTextContent(cell.createTextCursor(), field, False)

    def merge(self, sheet: str, row: int, first: int, last: int) -> None:
        self._sheet(sheet).getCellRangeByPosition(first - 1, row - 1, last - 1, row - 1).merge(True)

    def validate(self, sheet: str, ref: str, choices: str, title: str) -> None:
        place = self._place(sheet, ref)
        rule = place.Validation
        rule.Type = uno.Enum("com.sun.star.sheet.ValidationType", "LIST")
        rule.setFormula1(choices.strip('"').join('""').replace(",", '";"'))
        rule.ErrorTitle, rule.ShowErrorMessage = title, True
        place.Validation = rule

    def condition(self, sheet: str, ref: str, limit: str) -> None:
        styles = self.book.StyleFamilies.getByName("CellStyles")
        style = self.book.createInstance("com.sun.star.style.CellStyle")
        styles.insertByName("科室条件", style)
        style.CellBackColor = 0xFFEB9C
        rules = self._place(sheet, ref).ConditionalFormat
        rules.clear()
        operator = uno.Enum("com.sun.star.sheet.ConditionOperator", "GREATER")
        rules.addNew(properties(Operator=operator, Formula1=limit, StyleName="科室条件"))
        self._place(sheet, ref).ConditionalFormat = rules

    def name(self, name: str, text: str) -> None:
        self.book.NamedRanges.addNewByName(
            name, self._own(text), self._cell(self.book.Sheets.ElementNames[0], 1, 1).CellAddress, 0
        )

    def sheet(self, name: str) -> None:
        self.book.Sheets.insertNewByName(name, self.book.Sheets.Count)

    def rename(self, old: str, new: str) -> None:
        self._sheet(old).Name = new

    def delete_sheet(self, name: str) -> None:
        self.book.Sheets.removeByName(name)

    def move_sheet(self, name: str, place: int) -> None:
        self.book.Sheets.moveByName(name, min(place, self.book.Sheets.Count))

    def hide_sheet(self, name: str) -> None:
        self._sheet(name).IsVisible = False

    def tab(self, name: str, colour: int) -> None:
        self._sheet(name).TabColor = colour

    def insert_column(self, sheet: str, column: int) -> None:
        self._sheet(sheet).Columns.insertByIndex(column - 1, 1)

    def delete_column(self, sheet: str, column: int) -> None:
        self._sheet(sheet).Columns.removeByIndex(column - 1, 1)

    def move_column(self, sheet: str, old: int, new: int) -> None:
        made = self._sheet(sheet)
        made.Columns.insertByIndex(new - 1, 1)
        old += old >= new
        rows = made.getCellRangeByPosition(old - 1, 0, old - 1, 1_048_575).RangeAddress
        made.moveRange(made.getCellByPosition(new - 1, 0).CellAddress, rows)
        made.Columns.removeByIndex(old - 1, 1)

    def insert_row(self, sheet: str, row: int) -> None:
        self._sheet(sheet).Rows.insertByIndex(row - 1, 1)

    def delete_row(self, sheet: str, row: int) -> None:
        self._sheet(sheet).Rows.removeByIndex(row - 1, 1)

    def sort(self, sheet: str, first: int, last: int, columns: int, by: int, up: bool) -> None:
        place = self._sheet(sheet).getCellRangeByPosition(0, first - 1, columns - 1, last - 1)
        field = uno.createUnoStruct("com.sun.star.table.TableSortField")
        field.Field, field.IsAscending = by - 1, up
        fields = uno.Any("[]com.sun.star.table.TableSortField", (field,))
        uno.invoke(place, "sort", (properties(SortFields=fields, ContainsHeader=False),))

    def protect(self, sheet: str, password: str) -> None:
        self._sheet(sheet).protect(password)

    def protect_workbook(self, password: str) -> None:
        self.book.protect(password)

    def print_area(self, sheet: str, ref: str) -> None:
        self._sheet(sheet).setPrintAreas((self._place(sheet, ref).RangeAddress,))

    def __getattr__(self, name: str) -> Any:
        return {"break": self.page_break}[name]

    def page_break(self, sheet: str, row: int) -> None:
        self._sheet(sheet).Rows.getByIndex(row - 1).IsStartOfNewPage = True

    def chart(self, sheet: str, source: str, ref: str) -> None:
        place = self._place(source, ref).RangeAddress
        assert isinstance(place, CellRangeAddress)
        self._sheet(sheet).Charts.addNewByName(
            "科室图", Rectangle(1000, 1000, 9000, 7000), (place,), True, False
        )

    def shape(self, sheet: str, row: int, column: int, name: str) -> None:
        shape = self.book.createInstance("com.sun.star.drawing.RectangleShape")
        corner = self._cell(sheet, row, column).Position
        shape.Size, shape.Position = Size(800, 300), Point(corner.X + 50, corner.Y + 50)
        self._sheet(sheet).DrawPage.add(shape)
        shape.Name = name
        shape.Anchor = self._cell(sheet, row, column)

    def property(self, name: str, value: str) -> None:
        self.book.DocumentProperties.UserDefinedProperties.addProperty(name, 128, value)


def desktop(soffice: str, profile: str) -> tuple[Any, subprocess.Popen[bytes]]:
    pipe = f"eduxl{abs(hash(profile)) % 10**9}"
    program = subprocess.Popen(
        [soffice, f"-env:UserInstallation={Path(profile).as_uri()}", "--headless", "--norestore", "--nologo",
         f"--accept=pipe,name={pipe};urp;"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    local = uno.getComponentContext()
    resolver = local.ServiceManager.createInstanceWithContext("com.sun.star.bridge.UnoUrlResolver", local)
    for _ in range(300):
        try:
            remote = resolver.resolve(f"uno:pipe,name={pipe};urp;StarOffice.ComponentContext")
            break
        except Exception:
            if program.poll() is not None:
                raise
            time.sleep(0.2)
    else:
        program.kill()
        raise TimeoutError("LibreOffice did not answer")
    return remote.ServiceManager.createInstanceWithContext("com.sun.star.frame.Desktop", remote), program


def main() -> None:
    soffice, profile, jobs = sys.argv[1:]
    top, program = desktop(soffice, profile)
    try:
        for job in json.loads(Path(jobs).read_text(encoding="utf-8")):
            book = top.loadComponentFromURL(
                Path(job["source"]).as_uri(), "_blank", 0, properties(Hidden=True, RepairPackage=False)
            )
            if book is None:
                raise ValueError(f"LibreOffice does not open {job['source']}")
            clerk = Clerk(book)
            for step, *given in job["steps"]:
                try:
                    getattr(clerk, step)(*given)
                except Exception as error:
                    raise RuntimeError(f"{step} {given}: {error!r}") from error
            if job["target"]:
                target = Path(job["target"])
                book.storeToURL(target.as_uri(), properties(FilterName=_FILTERS[target.suffix]))
            book.close(True)
        top.terminate()
    finally:
        try:
            program.wait(20)
        except subprocess.TimeoutExpired:
            program.kill()


if __name__ == "__main__":
    main()
