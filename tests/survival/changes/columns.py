"""Columns of ours moved, renamed, deleted; columns of the clerk's put between; how columns look."""

from __future__ import annotations

import re
from typing import Any

from openpyxl.utils import get_column_letter
from openpyxl.workbook import Workbook

from eduxl import labels as L
from tests.survival.book import MAIN, REL, Book, rels_name
from tests.survival.changes.kinds import ROWS, E, Kind, M, T, row_of
from tests.survival.edit import Edit


class Widths(Kind):
    """Columns made wider, and two hidden."""

    _columns = (
        (E, L.REPORT, 61.5, False),
        (E, L.STAGES, 9.0, True),
        (T, L.TASK_BODY, 20.25, False),
        (T, L.LEAD_REPORT, 9.0, True),
    )

    def package(self, edit: Edit) -> None:
        for sheet, title, width, is_hidden in self._columns:
            column = edit.book.sheet(sheet).column(title)
            edit.sheet(sheet).column_format(
                column, width=str(width), customWidth="1", **({"hidden": "1"} if is_hidden else {})
            )

    def openpyxl(self, book: Workbook, read: Book) -> None:
        for sheet, title, width, is_hidden in self._columns:
            made = book[sheet].column_dimensions[get_column_letter(read.sheet(sheet).column(title))]
            made.width, made.hidden = width, is_hidden

    def uno(self, read: Book) -> list[list[Any]]:
        return [
            ["hide_column", sheet, read.sheet(sheet).column(title)]
            if is_hidden
            else ["width", sheet, read.sheet(sheet).column(title), 12_000]
            for sheet, title, _, is_hidden in self._columns
        ]

    def seen(self, book: Book) -> Any:
        return {(sheet, title): column_looks(book, sheet, title) for sheet, title, _, _ in self._columns}


def column_looks(book: Book, sheet: str, title: str) -> tuple[str | None, ...]:
    """Width, hidden, outline level of a column."""
    made = book.sheet(sheet)
    column = made.column(title)
    for col in made.tree.iterfind(f"{MAIN}cols/{MAIN}col"):
        if int(col.get("min")) <= column <= int(col.get("max")):
            return col.get("width"), str(col.get("hidden") in ("1", "true")), col.get("outlineLevel", "0")
    return ()


class GroupedColumns(Kind):
    _titles = (L.PROJECT, L.TASK_TITLE, L.ROLE)

    def package(self, edit: Edit) -> None:
        for title in self._titles:
            edit.sheet(E).column_format(edit.book.sheet(E).column(title), outlineLevel="1")
        edit.sheet(E).tree.find(f"{MAIN}sheetFormatPr").set("outlineLevelCol", "1")

    def openpyxl(self, book: Workbook, read: Book) -> None:
        for title in self._titles:
            book[E].column_dimensions[get_column_letter(read.sheet(E).column(title))].outlineLevel = 1

    def uno(self, read: Book) -> list[list[Any]]:
        columns = [read.sheet(E).column(title) for title in self._titles]
        return [["group_columns", E, min(columns), max(columns)]]

    def seen(self, book: Book) -> Any:
        found = {title: column_looks(book, E, title)[2] for title in self._titles}
        return found if set(found.values()) == {"1"} else {}


class _Columns(Kind):
    """The clerk's texts beside 填报明细 tell each row; then columns of ours are upset."""

    group = "columns"
    title = "科室备注"

    def _mark(self, edit: Edit) -> None:
        from tests.survival.changes.kinds import put_title

        if self.title not in edit.book.sheet(E).titles:
            column = max(edit.book.sheet(E).titles.values()) + 2
            put_title(edit, E, column, self.title)
            for key in ROWS:
                edit.sheet(E).put(row_of(edit.book, key), column, f"给 {key[0]}")

    def _steps(self, read: Book) -> list[list[Any]]:
        return [
            ["value", E, 1, 29, self.title],
            *(["value", E, row_of(read, key), 29, f"给 {key[0]}"] for key in ROWS),
        ]

    def _type(self, book: Workbook, read: Book) -> None:
        book[E].cell(1, 29, self.title)
        for key in ROWS:
            book[E].cell(row_of(read, key), 29, f"给 {key[0]}")

    def seen(self, book: Book) -> Any:
        return book.sheet(E).by_key(self.title)

    def also(self, before: Book, after: Book) -> None:
        """All columns of ours are there, once each."""
        sheet = after.sheet(E)
        heads = [sheet.value(sheet.header, column) for column in range(1, 60)]
        assert all(heads.count(title) == 1 for title in L.ENTRY_COLUMNS), heads


class ColumnBetween(_Columns):
    """A column of the clerk's inserted between ours."""

    group = "column between"
    _own = "核实情况"

    def package(self, edit: Edit) -> None:
        self._mark(edit)
        at = edit.book.sheet(E).column(L.REPORT)
        edit.sheet(E).shift(columns=lambda column: column + (column >= at))
        sheet = edit.sheet(E)
        sheet.put(1, at, self._own)
        columns = list(sheet.table.iter(f"{MAIN}tableColumn"))
        columns[at - 1].set("name", self._own)
        for key in ROWS:
            sheet.put(row_of(edit.book, key), at, f"核实 {key[0]}")

    def uno(self, read: Book) -> list[list[Any]]:
        at = read.sheet(E).column(L.REPORT)
        return [
            *self._steps(read),
            ["insert_column", E, at],
            ["value", E, 1, at, self._own],
            *(["value", E, row_of(read, key), at, f"核实 {key[0]}"] for key in ROWS),
        ]

    def seen(self, book: Book) -> Any:
        sheet = book.sheet(E)
        return {**super().seen(book), **{("own", k): v for k, v in sheet.by_key(self._own).items()}}

    def also(self, before: Book, after: Book) -> None:
        super().also(before, after)
        sheet = after.sheet(E)
        assert sheet.column(L.REPORT) == sheet.column(self._own) + 1, "hers lies where she put it"


class MovedColumn(_Columns):
    """来源文件 cut and put before 完成状态; 预警 likewise before 单位编码."""

    group = "column moved"

    def package(self, edit: Edit) -> None:
        self._mark(edit)
        for title, before in ((L.SOURCE, L.STATUS), (L.FLAGS, L.UNIT_CODE)):
            old, new = (edit.book.sheet(E).column(name) for name in (title, before))
            edit.sheet(E).shift(
                columns=lambda c, old=old, new=new: new if c == old else c + 1 if new <= c < old else c
            )

    def uno(self, read: Book) -> list[list[Any]]:
        old, new = (read.sheet(E).column(name) for name in (L.SOURCE, L.STATUS))
        return [*self._steps(read), ["move_column", E, old, new]]

    def also(self, before: Book, after: Book) -> None:
        super().also(before, after)
        ours = [title for title in before.sheet(E).titles if title in L.ENTRY_COLUMNS]
        now = [title for title in after.sheet(E).titles if title in L.ENTRY_COLUMNS]
        assert now == ours, "ours lie as she put them"


class RenamedColumn(_Columns):
    """进展情况 renamed 工作进展: ours comes back, hers is kept."""

    group = "column renamed"
    _own = "工作进展"

    def package(self, edit: Edit) -> None:
        self._mark(edit)
        at = edit.book.sheet(E).column(L.REPORT)
        edit.sheet(E).put(1, at, self._own, style=edit.book.sheet(E).cells[1, at].style)
        list(edit.sheet(E).table.iter(f"{MAIN}tableColumn"))[at - 1].set("name", self._own)

    def openpyxl(self, book: Workbook, read: Book) -> None:
        self._type(book, read)
        at = read.sheet(E).column(L.REPORT)
        book[E].cell(1, at).value = self._own
        book[E].tables["tblEntries"].tableColumns[at - 1].name = self._own

    def uno(self, read: Book) -> list[list[Any]]:
        return [*self._steps(read), ["value", E, 1, read.sheet(E).column(L.REPORT), self._own]]

    def seen(self, book: Book) -> Any:
        sheet = book.sheet(E)
        return {**super().seen(book), **{("own", k): v for k, v in sheet.by_key(self._own).items()}}


class DeletedColumn(_Columns):
    """下一步措施 and 预警 deleted: they come back."""

    group = "column deleted"

    def package(self, edit: Edit) -> None:
        self._mark(edit)
        for title in (L.NEXT_STEPS, L.PHONE):
            gone = edit.book.sheet(E).column(title)
            edit.sheet(E).shift(columns=lambda c, gone=gone: None if c == gone else c - (c > gone))

    def uno(self, read: Book) -> list[list[Any]]:
        return [*self._steps(read), ["delete_column", E, read.sheet(E).column(L.NEXT_STEPS)]]


class DeletedKeyColumn(_Columns):
    """单位编码 deleted, which tells the rows: it comes back, and no row's own texts go to another row."""

    group = "key column deleted"

    def package(self, edit: Edit) -> None:
        self._mark(edit)
        gone = edit.book.sheet(E).column(L.UNIT_CODE)
        edit.sheet(E).shift(columns=lambda c: None if c == gone else c - (c > gone))

    def seen(self, book: Book) -> Any:
        """By the unit's name while the code is not there."""
        sheet = book.sheet(E)
        name, task, own = (sheet.column(title) for title in (L.UNIT_NAME, L.TASK_NO, self.title))
        return {
            (sheet.value(row, name), sheet.value(row, task)): sheet.value(row, own)
            for row in range(2, sheet.last + 1 if sheet.keys else 40)
            if sheet.value(row, own)
        }


class MatrixColumnHidden(Kind):
    """A task's column of the matrix hidden: it stays that task's."""

    def package(self, edit: Edit) -> None:
        edit.sheet(M).column_format(edit.book.sheet(M).column("2"), hidden="1")

    def openpyxl(self, book: Workbook, read: Book) -> None:
        from copy import copy

        # openpyxl keeps one entry for a group of equal columns: each gets its own
        letters = get_column_letter(read.sheet(M).column("2"))
        sheet = book[M]
        group = next(
            d
            for d in sheet.column_dimensions.values()
            if d.min and d.min <= read.sheet(M).column("2") <= d.max
        )
        for at in range(group.min, group.max + 1):
            own = sheet.column_dimensions[get_column_letter(at)]
            own.width, own.min, own.max = copy(group.width), at, at
        sheet.column_dimensions[letters].hidden = True

    def uno(self, read: Book) -> list[list[Any]]:
        return [["hide_column", M, read.sheet(M).column("2")]]

    def seen(self, book: Book) -> Any:
        return {title: column_looks(book, M, title)[1] for title in ("1", "2", "3", "4")}


class TableTurnedIntoRange(_Columns):
    """表格工具 → 转换为区域: the table part is gone, formulas that named it name its cells."""

    group = "table to range"

    def package(self, edit: Edit) -> None:
        self._mark(edit)
        book, sheet = edit.book, edit.sheet(E)
        first, last = book.sheet(E).first, book.sheet(E).last
        listed = sheet.tree.find(f"{MAIN}tableParts")
        sheet.tree.remove(listed)
        [part] = edit.targets(sheet.part, "table")
        rels, types = edit.tree(rels_name(sheet.part)), edit.tree("[Content_Types].xml")
        for tree, name, value in ((rels, "Id", listed[0].get(f"{REL}id")), (types, "PartName", f"/{part}")):
            tree.remove(next(el for el in tree if el.get(name) == value))
        del edit.parts[part]

        def cells(found: re.Match[str]) -> str:
            letters = get_column_letter(book.sheet(E).column(found[1]))
            return f"{E}!${letters}${first}:${letters}${last}"

        for name in book.sheet_names:
            for f in edit.sheet(name).tree.iter(f"{MAIN}f"):
                if "tblEntries[" in (f.text or ""):
                    f.text = re.sub(r"tblEntries\[([^\]]+)\]", cells, f.text)
