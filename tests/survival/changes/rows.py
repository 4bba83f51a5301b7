"""Rows as the clerk leaves them: heights, hidden, grouped, filtered, sorted, deleted, doubled, typed between ours."""

from __future__ import annotations

from typing import Any

from lxml import etree
from openpyxl.utils import get_column_letter
from openpyxl.workbook import Workbook
from openpyxl.worksheet.filters import (
    CustomFilter,
    CustomFilters,
    DateGroupItem,
    FilterColumn,
    Filters,
    SortCondition,
    SortState,
)

from eduxl import labels as L
from tests.survival.book import MAIN, Book, Key, area
from tests.survival.changes.kinds import CHANGING, LATE, QUIET, SILENT, A, E, H, Kind, M, R, T, row_of
from tests.survival.edit import Edit, element


class Heights(Kind):
    """Rows made higher by hand, one of which changes, and one of the roster."""

    _rows = ((E, CHANGING, 123.75), (E, SILENT, 50.25), (R, ("S004",), 61.5))

    def package(self, edit: Edit) -> None:
        for sheet, key, height in self._rows:
            line = edit.sheet(sheet).row(row_of(edit.book, key, sheet))
            line.set("ht", str(height))
            line.set("customHeight", "1")

    def openpyxl(self, book: Workbook, read: Book) -> None:
        for sheet, key, height in self._rows:
            book[sheet].row_dimensions[row_of(read, key, sheet)].height = height

    def uno(self, read: Book) -> list[list[Any]]:
        return [["height", sheet, row_of(read, key, sheet), height] for sheet, key, height in self._rows]

    def seen(self, book: Book) -> Any:
        return {
            key: round(float(book.sheet(sheet).lines[row_of(book, key, sheet)].get("ht", 0)))
            for sheet, key, _ in self._rows
        }


class HiddenRows(Kind):
    """Rows hidden by hand."""

    group = "hidden"
    _rows = ((E, ("S006", "4")), (E, ("S003", "3")), (A, (L.F_MISSING, "S008", "")))

    def package(self, edit: Edit) -> None:
        for sheet, key in self._rows:
            edit.sheet(sheet).row(row_of(edit.book, key, sheet)).set("hidden", "1")

    def openpyxl(self, book: Workbook, read: Book) -> None:
        for sheet, key in self._rows:
            book[sheet].row_dimensions[row_of(read, key, sheet)].hidden = True

    def uno(self, read: Book) -> list[list[Any]]:
        return [["hide", sheet, row_of(read, key, sheet)] for sheet, key in self._rows]

    def seen(self, book: Book) -> Any:
        return {sheet: hidden(book, sheet) for sheet in (E, A)}


def hidden(book: Book, name: str) -> set[Key]:
    sheet = book.sheet(name)
    return {
        key
        for row, key in sheet.keys.items()
        if row in sheet.lines and sheet.lines[row].get("hidden") in ("1", "true")
    }


class GroupedRows(Kind):
    """The rows of a unit as a group, folded up, and one more level within."""

    group = "hidden"

    def _keys(self, book: Book) -> list[Key]:
        return [key for key in book.sheet(E).rows if key[0] == "S002"]

    def package(self, edit: Edit) -> None:
        sheet = edit.sheet(E)
        keys = self._keys(edit.book)
        for key in keys:
            sheet.row(row_of(edit.book, key)).set("outlineLevel", "2" if key == keys[-1] else "1")
        sheet.tree.find(f"{MAIN}sheetFormatPr").set("outlineLevelRow", "2")

    def openpyxl(self, book: Workbook, read: Book) -> None:
        for key in self._keys(read):
            book[E].row_dimensions[row_of(read, key)].outlineLevel = 1

    def uno(self, read: Book) -> list[list[Any]]:
        rows = [row_of(read, key) for key in self._keys(read)]
        return [["group", E, min(rows), max(rows)]]

    def seen(self, book: Book) -> Any:
        sheet = book.sheet(E)
        return {
            key: level
            for row, key in sheet.keys.items()
            if (level := sheet.lines[row].get("outlineLevel", "0")) != "0"
        }

    def also(self, before: Book, after: Book) -> None:
        level = after.sheet(E).one("sheetFormatPr").get("outlineLevelRow", "0")
        assert level == before.sheet(E).one("sheetFormatPr").get("outlineLevelRow", "0")


# --- filters ------------------------------------------------------------------------------------------
class _Filter(Kind):
    """A filter with criteria, which new and changed rows obey."""

    group = "filter"
    sheet: str
    title: str
    criteria: str

    def shows(self, value: Any) -> bool:
        raise NotImplementedError

    def _hide(self, book: Book) -> list[int]:
        sheet = book.sheet(self.sheet)
        column = sheet.column(self.title)
        return [row for row in sheet.keys if not self.shows(sheet.value(row, column))]

    def package(self, edit: Edit) -> None:
        book, sheet = edit.book, edit.sheet(self.sheet)
        colid = book.sheet(self.sheet).column(self.title) - area(sheet.table.get("ref")).left
        sheet.table.find(f"{MAIN}autoFilter").append(
            element(f'<filterColumn colId="{colid}">{self.criteria}</filterColumn>')
        )
        for row in self._hide(book):
            sheet.row(row).set("hidden", "1")

    def seen(self, book: Book) -> Any:
        sheet = book.sheet(self.sheet)
        found = {}
        for el in sheet.table.iter(f"{MAIN}filterColumn"):
            title = sheet.column_name(int(el.get("colId")) + area(sheet.table.get("ref")).left)
            found[title] = [
                (etree.QName(c).localname, *sorted(c.attrib.items())) for c in el.iter() if c is not el
            ]
        return found

    def also(self, before: Book, after: Book) -> None:
        """Hidden is what was, and what the filter says; as in Excel, who shows a row again is the clerk."""
        now = hidden(after, self.sheet)
        told = {after.sheet(self.sheet).keys[row] for row in self._hide(after)}
        assert told <= now
        assert now and now != set(after.sheet(self.sheet).rows)


class FilterByValues(_Filter):
    sheet, title = E, L.STATUS
    criteria = f'<filters blank="1"><filter val="{L.UNDER_WAY}"/><filter val="{L.COMPLETED}"/></filters>'

    def shows(self, value: Any) -> bool:
        return value in (None, "", L.UNDER_WAY, L.COMPLETED)

    def openpyxl(self, book: Workbook, read: Book) -> None:
        column = read.sheet(E).column(self.title) - 1
        made = FilterColumn(colId=column, filters=Filters(filter=[L.UNDER_WAY, L.COMPLETED], blank=True))
        book[E].tables["tblEntries"].autoFilter.filterColumn.append(made)
        for row in self._hide(read):
            book[E].row_dimensions[row].hidden = True


class FilterByComparison(_Filter):
    sheet, title = T, L.EXPECTED
    criteria = '<customFilters><customFilter operator="greaterThanOrEqual" val="7"/></customFilters>'

    def shows(self, value: Any) -> bool:
        return isinstance(value, float) and value >= 7

    def openpyxl(self, book: Workbook, read: Book) -> None:
        column = read.sheet(T).column(self.title) - 1
        custom = CustomFilters(customFilter=[CustomFilter(operator="greaterThanOrEqual", val="7")])
        book[T].tables["tblTasks"].autoFilter.filterColumn.append(
            FilterColumn(colId=column, customFilters=custom)
        )
        for row in self._hide(read):
            book[T].row_dimensions[row].hidden = True


class FilterByDate(_Filter):
    sheet, title = H, L.DUE
    criteria = '<filters><dateGroupItem year="2022" month="6" dateTimeGrouping="month"/></filters>'

    def shows(self, value: Any) -> bool:
        return isinstance(value, float) and 44_713 <= value < 44_743

    def openpyxl(self, book: Workbook, read: Book) -> None:
        column = read.sheet(H).column(self.title) - 1
        group = DateGroupItem(year=2022, month=6, dateTimeGrouping="month")
        made = FilterColumn(colId=column, filters=Filters(dateGroupItem=[group]))
        book[H].tables["tblHistory"].autoFilter.filterColumn.append(made)
        for row in self._hide(read):
            book[H].row_dimensions[row].hidden = True


class FilterOfTheMatrix(_Filter):
    """A filter of the sheet's own, by the light at the start of a cell."""

    sheet, title = M, "1"
    criteria = '<customFilters><customFilter val="红*"/></customFilters>'

    def shows(self, value: Any) -> bool:
        return isinstance(value, str) and value.startswith("红")

    def package(self, edit: Edit) -> None:
        book, sheet = edit.book, edit.sheet(M)
        own = sheet.tree.find(f"{MAIN}autoFilter")
        colid = book.sheet(M).column(self.title) - area(own.get("ref")).left
        own.append(element(f'<filterColumn colId="{colid}">{self.criteria}</filterColumn>'))
        for row in self._hide(book):
            sheet.row(row).set("hidden", "1")

    def seen(self, book: Book) -> Any:
        return [(el.get("colId"), el[0][0].get("val")) for el in book.sheet(M).all("filterColumn")]


class SortMark(Kind):
    """The table says by which column it was sorted last."""

    group = "filter"

    def _ref(self, book: Book, title: str | None) -> str:
        sheet = book.sheet(T)
        if title is None:
            return f"A{sheet.first}:{get_column_letter(area(sheet.table.get('ref')).right)}{sheet.last}"
        letters = get_column_letter(sheet.column(title))
        return f"{letters}{sheet.first}:{letters}{sheet.last}"

    def package(self, edit: Edit) -> None:
        table = edit.sheet(T).table
        state = element(
            f'<sortState ref="{self._ref(edit.book, None)}">'
            f'<sortCondition descending="1" ref="{self._ref(edit.book, L.AVERAGE)}"/></sortState>'
        )
        table.insert(1, state)

    def openpyxl(self, book: Workbook, read: Book) -> None:
        condition = SortCondition(ref=self._ref(read, L.AVERAGE), descending=True)
        book[T].tables["tblTasks"].sortState = SortState(ref=self._ref(read, None), sortCondition=[condition])

    def seen(self, book: Book) -> Any:
        sheet = book.sheet(T)
        return [
            (etree.QName(el).localname, sheet.place(el.get("ref")), el.get("descending"))
            for el in sheet.table.iter(f"{MAIN}sortState", f"{MAIN}sortCondition")
        ]


# --- order, loss and gain of rows ---------------------------------------------------------------------
class _Rows(Kind):
    """Clerk's texts and a note of colour tell each row; the rows are then upset."""

    group = "rows"
    _title = "科室备注"

    def _mark(self, edit: Edit) -> None:
        from tests.survival.changes.kinds import put_title

        if "科室备注" not in edit.book.sheet(E).titles:
            put_title(edit, E, 29, self._title)
            for row, key in edit.book.sheet(E).keys.items():
                edit.sheet(E).put(row, 29, f"给 {key[0]} 任务{key[1]}")

    def seen(self, book: Book) -> Any:
        return {key: text for key, text in book.sheet(E).by_key(self._title).items()}


class SortedRows(_Rows):
    """填报明细 sorted by task, then unit backwards: cells move, heights stay."""

    group = "sorted"

    def _order(self, book: Book) -> dict[int, int]:
        sheet = book.sheet(E)
        rows = sorted(sorted(sheet.keys.items(), key=lambda i: i[1][0], reverse=True), key=lambda i: i[1][1])
        return {old: new for new, (old, _) in enumerate(rows, sheet.first)}

    def package(self, edit: Edit) -> None:
        self._mark(edit)
        sheet = edit.sheet(E)
        order = self._order(edit.book)
        cells = {row: list(sheet.row(row)) for row in order}
        for old, new in order.items():
            line = sheet.row(new)
            for cell in cells[old]:
                line.remove(cell) if cell.getparent() is line else None
        for old, new in order.items():
            line = sheet.row(new)
            for cell in cells[old]:
                cell.set("r", f"{cell.get('r').rstrip('0123456789')}{new}")
                line.append(cell)

    def openpyxl(self, book: Workbook, read: Book) -> None:
        sheet = book[E]
        sheet.cell(1, 29, self._title)
        for row, key in read.sheet(E).keys.items():
            sheet.cell(row, 29, f"给 {key[0]} 任务{key[1]}")
        values = {row: [cell.value for cell in sheet[row]] for row in read.sheet(E).keys}
        for old, new in self._order(read).items():
            for column, value in enumerate(values[old], 1):
                sheet.cell(new, column).value = value

    def uno(self, read: Book) -> list[list[Any]]:
        keys = read.sheet(E).keys
        steps: list[list[Any]] = [["value", E, 1, 29, self._title]]
        steps += [["value", E, row, 29, f"给 {key[0]} 任务{key[1]}"] for row, key in keys.items()]
        return [*steps, ["sort", E, min(keys), max(keys), 29, 2, False]]


class DeletedRow(_Rows):
    """Two rows of 填报明细 and one of 任务台账 and 单位名册 deleted: they come back, without what hung on them."""

    _gone = (("S002", "4"), ("S005", "1"))

    def package(self, edit: Edit) -> None:
        self._mark(edit)
        for sheet, keys in ((E, self._gone), (T, (("2",),)), (R, (("S007",),))):
            for key in keys:
                gone = row_of(edit.book, key, sheet)
                edit.sheet(sheet).shift(
                    rows=lambda row, gone=gone: None if row == gone else row - (row > gone)
                )

    def uno(self, read: Book) -> list[list[Any]]:
        keys = read.sheet(E).keys
        steps: list[list[Any]] = [["value", E, 1, 29, self._title]]
        steps += [["value", E, row, 29, f"给 {key[0]} 任务{key[1]}"] for row, key in keys.items()]
        for sheet, gone in ((E, self._gone), (T, (("2",),))):
            steps += [
                ["delete_row", sheet, row]
                for row in sorted((row_of(read, k, sheet) for k in gone), reverse=True)
            ]
        return steps

    def also(self, before: Book, after: Book) -> None:
        assert set(self._gone) <= set(after.sheet(E).rows)
        assert ("2",) in after.sheet(T).rows and ("S007",) in after.sheet(R).rows


class DoubledRow(_Rows):
    """A row of ours copied below itself: one of the two stays ours, and there is no third."""

    group = "doubled"

    def package(self, edit: Edit) -> None:
        from copy import deepcopy

        self._mark(edit)
        at = row_of(edit.book, CHANGING)
        sheet = edit.sheet(E)
        sheet.shift(rows=lambda row: row + (row > at))
        copy = deepcopy(sheet.row(at))
        copy.set("r", str(at + 1))
        for cell in copy:
            cell.set("r", f"{cell.get('r').rstrip('0123456789')}{at + 1}")
        sheet.row(at).addnext(copy)

    def also(self, before: Book, after: Book) -> None:
        sheet = after.sheet(E)
        code, task = sheet.column(L.UNIT_CODE), sheet.column(L.TASK_NO)
        pairs = [(sheet.value(row, code), sheet.value(row, task)) for row in range(2, sheet.last + 1)]
        assert pairs.count(("S001", 3.0)) in (1, 2)


class TypedRow(_Rows):
    """A row of the clerk's own typed between two of ours and one below the table: their words are somewhere still."""

    group = "typed"
    _between, _below = "小计：以上为股室", "合计（手工）"

    def package(self, edit: Edit) -> None:
        self._mark(edit)
        at = row_of(edit.book, SILENT)
        sheet = edit.sheet(E)
        sheet.shift(rows=lambda row: row + (row > at))
        sheet.put(at + 1, 3, self._between)
        sheet.put(at + 1, 29, "股室备注")
        last = edit.book.sheet(E).last
        sheet.put(last + 2, 3, self._below)
        sheet.put(last + 2, 13, 0, formula=f"SUM(M2:M{last})")

    def openpyxl(self, book: Workbook, read: Book) -> None:
        last = read.sheet(E).last
        book[E].cell(1, 29, self._title)
        for row, key in read.sheet(E).keys.items():
            book[E].cell(row, 29, f"给 {key[0]} 任务{key[1]}")
        book[E].cell(last + 2, 3, self._below)
        book[E].cell(last + 2, 13, f"=SUM(M2:M{last})")

    def uno(self, read: Book) -> list[list[Any]]:
        last, keys = read.sheet(E).last, read.sheet(E).keys
        return [
            ["value", E, 1, 29, self._title],
            *(["value", E, row, 29, f"给 {key[0]} 任务{key[1]}"] for row, key in keys.items()),
            ["value", E, last + 2, 3, self._below],
            ["formula", E, last + 2, 13, f"=SUM(M2:M{last})"],
        ]

    def seen(self, book: Book) -> Any:
        sheet = book.sheet(E)
        sums = {
            f"sum {at}": book.told(cell.formula, E, row)
            for (row, at), cell in sheet.cells.items()
            if cell.formula and cell.formula.startswith("SUM(")
        }
        words = {
            f"word {cell.value}": 1
            for cell in sheet.cells.values()
            if cell.value in (self._between, self._below, "股室备注")
        }
        return {**super().seen(book), **sums, **words}

    def also(self, before: Book, after: Book) -> None:
        """The total stays below the table."""
        sheet = after.sheet(E)
        row = next(row for (row, _), cell in sheet.cells.items() if cell.value == self._below)
        assert row > sheet.last


class TotalsRow(_Rows):
    """The table's own row of totals."""

    group = "totals"

    def package(self, edit: Edit) -> None:
        self._mark(edit)
        sheet = edit.sheet(E)
        last = edit.book.sheet(E).last
        table = sheet.table
        place = area(table.get("ref"))
        table.set("ref", f"A1:{get_column_letter(place.right)}{last + 1}")
        table.set("totalsRowCount", "1")
        table.attrib.pop("totalsRowShown", None)
        columns = list(table.iter(f"{MAIN}tableColumn"))
        columns[0].set("totalsRowLabel", "汇总")
        columns[12].set("totalsRowFunction", "average")
        sheet.put(last + 1, 1, "汇总")
        sheet.put(last + 1, 13, 0.3, formula="SUBTOTAL(101,tblEntries[完成进度])")

    def seen(self, book: Book) -> Any:
        sheet = book.sheet(E)
        bottom = area(sheet.table.get("ref")).bottom
        cell = sheet.cells.get((bottom, 13))
        return {
            **super().seen(book),
            "total": (sheet.table.get("totalsRowCount"), sheet.value(bottom, 1), cell and cell.formula),
        }


class TitleRow(_Rows):
    """A title typed in a new row above the header."""

    group = "title"
    _words = "2022年填报明细（科室用）"

    def package(self, edit: Edit) -> None:
        self._mark(edit)
        sheet = edit.sheet(E)
        sheet.shift(rows=lambda row: row + 1)
        sheet.put(1, 1, self._words)

    def uno(self, read: Book) -> list[list[Any]]:
        keys = read.sheet(E).keys
        return [
            ["value", E, 1, 29, self._title],
            *(["value", E, row, 29, f"给 {key[0]} 任务{key[1]}"] for row, key in keys.items()),
            ["insert_row", E, 1],
            ["value", E, 1, 1, self._words],
        ]

    def seen(self, book: Book) -> Any:
        sheet = book.sheet(E)
        return {**super().seen(book), "title": (sheet.value(1, 1), sheet.header)}


class TypedOver(_Rows):
    """Cells of ours typed over: they come back; the clerk's own cells beside them stay."""

    group = "rows"

    def package(self, edit: Edit) -> None:
        self._mark(edit)
        book, sheet = edit.book, edit.sheet(E)
        for key, title in ((QUIET, L.REPORT), (LATE, L.UNIT_NAME), (CHANGING, L.STATUS)):
            sheet.put(row_of(book, key), book.sheet(E).column(title), "手工改过")

    def openpyxl(self, book: Workbook, read: Book) -> None:
        book[E].cell(1, 29, self._title)
        for row, key in read.sheet(E).keys.items():
            book[E].cell(row, 29, f"给 {key[0]} 任务{key[1]}")
        for key, title in ((QUIET, L.REPORT), (LATE, L.UNIT_NAME)):
            book[E].cell(row_of(read, key), read.sheet(E).column(title), "手工改过")

    def also(self, before: Book, after: Book) -> None:
        assert not [cell for cell in after.sheet(E).cells.values() if cell.value == "手工改过"]
