"""Columns, cells and formulas of the clerk's beside and between ours."""

from __future__ import annotations

from datetime import date
from typing import Any

from lxml import etree
from openpyxl.comments import Comment
from openpyxl.styles import Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.workbook import Workbook
from openpyxl.worksheet.table import TableColumn, TableFormula

from eduxl import labels as L
from tests.survival.book import MAIN, Book, Key, area, canonical
from tests.survival.changes.kinds import (
    CHANGING,
    COLUMNS,
    LATE,
    QUIET,
    ROWS,
    SILENT,
    A,
    E,
    H,
    Kind,
    M,
    R,
    T,
    grown,
    put_title,
    row_of,
)
from tests.survival.edit import Edit, element

YELLOW = '<fill><patternFill patternType="solid"><fgColor rgb="FFFFFF00"/><bgColor indexed="64"/></patternFill></fill>'
PINK = YELLOW.replace("FFFFFF00", "FFFFC0CB")
BIG = '<font><b/><sz val="16"/><color rgb="FF7030A0"/><name val="黑体"/><family val="3"/><charset val="134"/></font>'


# --- columns of texts ---------------------------------------------------------------------------------
class Texts(Kind):
    """A column of texts right of everything on a sheet."""

    sheet: str
    title = "科室备注"
    keys: tuple[Key, ...]
    #: how many columns are left empty before it
    gap = 0

    def column(self, book: Book) -> int:
        sheet = book.sheet(self.sheet)
        return max(column for row, column in sheet.cells if row == sheet.header) + 1 + self.gap

    def words(self, key: Key) -> str:
        return f"{self.title}：{'、'.join(key)} <&> 二"

    def package(self, edit: Edit) -> None:
        book = edit.book
        column, sheet = self.column(book), edit.sheet(self.sheet)
        put_title(edit, self.sheet, column, self.title)
        for key in self.keys:
            sheet.put(row_of(book, key, self.sheet), column, self.words(key))

    def openpyxl(self, book: Workbook, read: Book) -> None:
        column, sheet = self.column(read), book[self.sheet]
        sheet.cell(read.sheet(self.sheet).header, column, self.title)
        for key in self.keys:
            sheet.cell(row_of(read, key, self.sheet), column, self.words(key))

    def uno(self, read: Book) -> list[list[Any]]:
        column = self.column(read)
        return [
            ["value", self.sheet, read.sheet(self.sheet).header, column, self.title],
            *(
                ["value", self.sheet, row_of(read, key, self.sheet), column, self.words(key)]
                for key in self.keys
            ),
        ]

    def seen(self, book: Book) -> Any:
        return book.sheet(self.sheet).by_key(self.title)


class TextsBesideTasks(Texts):
    sheet, keys = T, (("1",), ("3",), ("4",))


class TextsBesideAlerts(Texts):
    sheet, keys = A, ((L.F_MISSING, "G02", ""), (L.F_MISSING, "S008", ""))


class TextsBesideTheMatrix(Texts):
    """Beyond the tasks: a fifth task must not cover them."""

    sheet, keys = M, (("G02",), ("S001",), ("S008",))


class TextsBesideTheRoster(Texts):
    """Beyond the rules, which are ours too."""

    sheet, keys, gap = R, (("G01",), ("S004",), ("S008",)), 1


class TextsBesideHistory(Texts):
    sheet, keys = H, (("2022-05", "S001", "1"), ("2022-05", "S008", "4"))


class TextsBesideRejected(Texts):
    sheet = L.REJECTED
    keys = ()

    def package(self, edit: Edit) -> None:
        self.keys = tuple(edit.book.sheet(self.sheet).rows)
        super().package(edit)

    def openpyxl(self, book: Workbook, read: Book) -> None:
        self.keys = tuple(read.sheet(self.sheet).rows)
        super().openpyxl(book, read)

    def uno(self, read: Book) -> list[list[Any]]:
        self.keys = tuple(read.sheet(self.sheet).rows)
        return super().uno(read)


class TextsBesideReminders(Texts):
    sheet, keys = L.REMINDERS, (("S003", "4", "任务漏填", "填报表!F7"),)


class TextsBeyondAnEmptyColumn(Texts):
    sheet, keys, title = E, ROWS, "组长意见"

    def column(self, book: Book) -> int:
        return COLUMNS[self.title]


class TextsOnAVanishingAlert(Kind):
    """未报 of S004 goes when its return comes; what the clerk wrote about it is not lost without a word."""

    _key, _title, _words = (L.F_MISSING, "S004", ""), "跟踪", "已电话催过两次，园长答应本周报"

    def _column(self, book: Book) -> int:
        return len(L.ALERT_COLUMNS) + 3

    def package(self, edit: Edit) -> None:
        put_title(edit, A, self._column(edit.book), self._title)
        edit.sheet(A).put(row_of(edit.book, self._key, A), self._column(edit.book), self._words)

    def openpyxl(self, book: Workbook, read: Book) -> None:
        book[A].cell(1, self._column(read), self._title)
        book[A].cell(row_of(read, self._key, A), self._column(read), self._words)

    def seen(self, book: Book) -> Any:
        return [cell.value for cell in book.sheet(A).cells.values() if cell.value == self._words]


class TextsInTheGrownTable(Kind):
    _title = "科室备注"

    def package(self, edit: Edit) -> None:
        grown(edit, E, COLUMNS[self._title], self._title)
        for key in ROWS:
            edit.sheet(E).put(row_of(edit.book, key), COLUMNS[self._title], f"备注 {key[0]}")

    def openpyxl(self, book: Workbook, read: Book) -> None:
        _grow(book, COLUMNS[self._title], self._title)
        for key in ROWS:
            book[E].cell(row_of(read, key), COLUMNS[self._title], f"备注 {key[0]}")

    def seen(self, book: Book) -> Any:
        sheet = book.sheet(E)
        titles = [el.get("name") for el in sheet.table.iter(f"{MAIN}tableColumn")]
        return {**sheet.by_key(self._title), "table": titles[:28]}


def _grow(book: Workbook, column: int, title: str, formula: str | None = None) -> None:
    sheet = book[E]
    sheet.cell(1, column, title)
    table = sheet.tables["tblEntries"]
    bottom = area(table.ref).bottom
    assert area(table.ref).right == column - 1
    table.ref = table.autoFilter.ref = f"A1:{get_column_letter(column)}{bottom}"
    made = TableColumn(id=column, name=title)
    if formula:
        made.calculatedColumnFormula = TableFormula(attr_text=formula)
    table.tableColumns.append(made)


# --- formulas -----------------------------------------------------------------------------------------
class Filled(Kind):
    """A column that is one formula in every row of ours."""

    title: str
    #: as Excel's file has it, `{row}` for the row
    formula: str
    partly: tuple[Key, ...] = ()

    def _rows(self, book: Book) -> list[int]:
        sheet = book.sheet(E)
        return [row for row, key in sheet.keys.items() if not self.partly or key in self.partly]

    def package(self, edit: Edit) -> None:
        put_title(edit, E, COLUMNS[self.title], self.title)
        sheet = edit.sheet(E)
        for row in self._rows(edit.book):
            sheet.put(row, COLUMNS[self.title], 0, formula=self.formula.format(row=row))

    def openpyxl(self, book: Workbook, read: Book) -> None:
        book[E].cell(1, COLUMNS[self.title], self.title)
        for row in self._rows(read):
            book[E].cell(row, COLUMNS[self.title], "=" + self.formula.format(row=row))

    def uno(self, read: Book) -> list[list[Any]]:
        return [
            ["value", E, 1, COLUMNS[self.title], self.title],
            *(
                ["formula", E, row, COLUMNS[self.title], "=" + self.formula.format(row=row)]
                for row in self._rows(read)
            ),
        ]

    def seen(self, book: Book) -> Any:
        return book.sheet(E).formulas_by_key(self.title)

    def also(self, before: Book, after: Book) -> None:
        """On new rows too, unless it was filled in part only."""
        found = after.sheet(E).formulas_by_key(self.title)
        if self.partly:
            assert set(found) == set(self.partly)
        else:
            assert set(found) == set(after.sheet(E).rows) and len(set(found.values())) == 1, found


class FilledFormula(Filled):
    title, formula = "核对", 'IF(M{row}>=0.5,B{row}&"已过半","")'


class PartlyFilledFormula(Filled):
    title, formula, partly = "抽查", 'UPPER(B{row})&"-"&G{row}', (CHANGING, QUIET)


class CalculatedColumn(Filled):
    """A column of the table that Excel fills itself."""

    title, formula = "剩余天数", "tblEntries[[#This Row],[完成时限]]-DATE(2022,6,1)"

    def package(self, edit: Edit) -> None:
        made = grown(edit, E, COLUMNS[self.title], self.title)
        etree.SubElement(made, f"{MAIN}calculatedColumnFormula").text = self.formula
        super().package(edit)

    def openpyxl(self, book: Workbook, read: Book) -> None:
        _grow(book, COLUMNS[self.title], self.title, self.formula)
        super().openpyxl(book, read)

    uno = Kind.uno

    def also(self, before: Book, after: Book) -> None:
        super().also(before, after)
        columns = after.sheet(E).table.iter(f"{MAIN}tableColumn")
        own = next(el for el in columns if el.get("name") == self.title)
        assert own.findtext(f"{MAIN}calculatedColumnFormula") == self.formula


class SharedFormula(Filled):
    """Filled down in Excel: one formula in the file, the other cells share it."""

    title, formula = "行号", 'B{row}&"|"&$G{row}&"|"&COUNTIF($B$2:$B$27,B{row})'

    def package(self, edit: Edit) -> None:
        grown(edit, E, COLUMNS[self.title], self.title)
        sheet = edit.sheet(E)
        rows = self._rows(edit.book)
        letters = get_column_letter(COLUMNS[self.title])
        for row in rows:
            f = etree.Element(f"{MAIN}f", t="shared", si="0")
            if row == rows[0]:
                f.set("ref", f"{letters}{rows[0]}:{letters}{rows[-1]}")
                f.text = self.formula.format(row=row)
            sheet.put(row, COLUMNS[self.title], "x", formula=f)

    openpyxl = Kind.openpyxl
    uno = Kind.uno


class ArrayFormula(Kind):
    """An old array formula in a cell of a row, entered with Ctrl+Shift+Enter."""

    _title = "得分"

    def package(self, edit: Edit) -> None:
        put_title(edit, E, COLUMNS[self._title], self._title)
        letters = get_column_letter(COLUMNS[self._title])
        for key in (CHANGING, QUIET):
            row = row_of(edit.book, key)
            f = etree.Element(f"{MAIN}f", t="array", ref=f"{letters}{row}")
            f.text = f"SUM(($M$2:$M$27>M{row})*1)"
            edit.sheet(E).put(row, COLUMNS[self._title], 3, formula=f)

    def openpyxl(self, book: Workbook, read: Book) -> None:
        from openpyxl.worksheet.formula import ArrayFormula as Made

        book[E].cell(1, COLUMNS[self._title], self._title)
        for key in (CHANGING, QUIET):
            cell = book[E].cell(row_of(read, key), COLUMNS[self._title])
            cell.value = Made(cell.coordinate, f"=SUM(($M$2:$M$27>M{cell.row})*1)")

    def seen(self, book: Book) -> Any:
        sheet = book.sheet(E)
        found = {}
        for row, key in sheet.keys.items():
            cell = sheet.cells.get((row, sheet.column(self._title)))
            if cell and cell.formula and (f := cell.element.find(f"{MAIN}f")).get("t") == "array":
                found[key] = sheet.place(f.get("ref")), book.told(cell.formula, E, row)
        return found


# --- what cells look like -----------------------------------------------------------------------------
class Colours(Kind):
    """A fill and a font on cells of ours, one of which changes."""

    _cells = ((CHANGING, L.REPORT), (QUIET, L.UNIT_NAME), (SILENT, L.STATUS))

    def package(self, edit: Edit) -> None:
        book, sheet = edit.book, edit.sheet(E)
        for key, title in self._cells:
            row, column = row_of(book, key), book.sheet(E).column(title)
            cell = sheet.cell(row, column)
            cell.set("s", str(edit.style(int(cell.get("s")), fill=YELLOW, font=BIG)))

    def openpyxl(self, book: Workbook, read: Book) -> None:
        for key, title in self._cells:
            cell = book[E].cell(row_of(read, key), read.sheet(E).column(title))
            cell.fill = PatternFill("solid", fgColor="FFFFFF00")
            cell.font = Font(name="黑体", size=16, bold=True, color="FF7030A0")

    def uno(self, read: Book) -> list[list[Any]]:
        return [
            [
                "look",
                E,
                row_of(read, key),
                read.sheet(E).column(title),
                read.sheet(E).column(title),
                0xFFFF00,
                16,
            ]
            for key, title in self._cells
        ]

    def seen(self, book: Book) -> Any:
        return {
            (key, title): book.style(cell.style, "fill", "font")
            for key, title in self._cells
            if (cell := book.sheet(E).at(key, title))
        }


class WholeRows(Kind):
    """Whole rows coloured by their heads: the row's own format and that of its cells."""

    _keys = (LATE, ("S005", "1"))

    def package(self, edit: Edit) -> None:
        book, sheet = edit.book, edit.sheet(E)
        for key in self._keys:
            line = sheet.row(row_of(book, key))
            line.set("s", str(edit.style(0, fill=PINK)))
            line.set("customFormat", "1")
            for cell in line:
                cell.set("s", str(edit.style(int(cell.get("s", "0")), fill=PINK)))

    def openpyxl(self, book: Workbook, read: Book) -> None:
        for key in self._keys:
            for cell in book[E][row_of(read, key)]:
                cell.fill = PatternFill("solid", fgColor="FFFFC0CB")

    def uno(self, read: Book) -> list[list[Any]]:
        return [["look", E, row_of(read, key), 1, 40, 0xFFC0CB, 0] for key in self._keys]

    def seen(self, book: Book) -> Any:
        sheet = book.sheet(E)
        found: dict[object, Any] = {}
        for key in self._keys:
            line = sheet.lines[sheet.rows[key]]
            own = book.style(int(line.get("s", "0")), "fill") if line.get("customFormat") else ""
            found[key, "row"] = own
            for title in L.ENTRY_COLUMNS:
                cell = sheet.at(key, title)
                found[key, title] = book.style(cell.style, "fill") if cell else own
        return found


class NumberFormats(Kind):
    """Days that the clerk typed, in a format of its own."""

    _title = "约谈日期"

    def package(self, edit: Edit) -> None:
        put_title(edit, E, COLUMNS[self._title], self._title)
        look = edit.style(0, numFmt='yyyy"年"m"月"d"日";@')
        for key, day in zip(ROWS, range(44_740, 44_744), strict=True):
            edit.sheet(E).put(row_of(edit.book, key), COLUMNS[self._title], day, style=look)

    def openpyxl(self, book: Workbook, read: Book) -> None:
        book[E].cell(1, COLUMNS[self._title], self._title)
        for number, key in enumerate(ROWS, 1):
            cell = book[E].cell(row_of(read, key), COLUMNS[self._title], date(2022, 7, number))
            cell.number_format = 'yyyy"年"m"月"d"日";@'

    def seen(self, book: Book) -> Any:
        sheet = book.sheet(E)
        return {
            key: (cell.value, book.style(cell.style, "numFmt"))
            for key in ROWS
            if (cell := sheet.at(key, self._title))
        }


class CellStyle(Kind):
    """A cell style of the clerk's own."""

    _title = "评级"

    def package(self, edit: Edit) -> None:
        put_title(edit, E, COLUMNS[self._title], self._title)
        styles = edit.tree("xl/styles.xml")
        fonts, fills = styles.find(f"{MAIN}fonts"), styles.find(f"{MAIN}fills")
        for listed, xml in ((fonts, BIG), (fills, YELLOW)):
            listed.append(element(xml))
            listed.set("count", str(len(listed)))
        xfs = styles.find(f"{MAIN}cellStyleXfs")
        look = f'numFmtId="0" fontId="{len(fonts) - 1}" fillId="{len(fills) - 1}" borderId="0"'
        xfs.append(element(f"<xf {look}/>"))
        named = styles.find(f"{MAIN}cellStyles")
        named.append(element(f'<cellStyle name="科室重点" xfId="{len(xfs) - 1}"/>'))
        cells = styles.find(f"{MAIN}cellXfs")
        cells.append(element(f'<xf {look} xfId="{len(xfs) - 1}" applyFont="1" applyFill="1"/>'))
        for listed in (xfs, named, cells):
            listed.set("count", str(len(listed)))
        for key in (CHANGING, QUIET):
            edit.sheet(E).put(row_of(edit.book, key), COLUMNS[self._title], "优", style=len(cells) - 1)

    def openpyxl(self, book: Workbook, read: Book) -> None:
        from openpyxl.styles import NamedStyle

        look = NamedStyle(
            "科室重点", font=Font(size=16, bold=True), fill=PatternFill("solid", fgColor="FFFFFF00")
        )
        book.add_named_style(look)
        book[E].cell(1, COLUMNS[self._title], self._title)
        for key in (CHANGING, QUIET):
            cell = book[E].cell(row_of(read, key), COLUMNS[self._title], "优")
            cell.style = "科室重点"

    def seen(self, book: Book) -> Any:
        sheet = book.sheet(E)
        return {
            key: (cell.value, *book.style(cell.style, "cellStyle", "font", "fill"))
            for key in (CHANGING, QUIET)
            if (cell := sheet.at(key, self._title))
        }

    def also(self, before: Book, after: Book) -> None:
        assert len(after.styles.findall(f"{MAIN}cellStyles/{MAIN}cellStyle[@name='科室重点']")) == 1


class RichText(Kind):
    """One word of a cell in bold, and a text with blanks at its ends."""

    _title = "要点"
    _runs = (
        '<r><rPr><b/><sz val="11"/><color rgb="FFFF0000"/><rFont val="宋体"/><charset val="134"/></rPr><t>重点</t></r>'
        '<r><rPr><sz val="11"/><rFont val="宋体"/><charset val="134"/></rPr><t xml:space="preserve"> 盯住工期 </t></r>'
    )

    def package(self, edit: Edit) -> None:
        put_title(edit, E, COLUMNS[self._title], self._title)
        sheet = edit.sheet(E)
        for key in (CHANGING, LATE):
            cell = sheet.put(row_of(edit.book, key), COLUMNS[self._title], 0)
            cell.set("t", "s")
            cell.find(f"{MAIN}v").text = str(edit.string(self._runs))
        sheet.put(row_of(edit.book, QUIET), COLUMNS[self._title], "  前后有空格 ")

    def seen(self, book: Book) -> Any:
        sheet = book.sheet(E)
        found = {}
        for key in (CHANGING, LATE, QUIET):
            cell = sheet.at(key, self._title)
            if cell and cell.value:
                found[key] = canonical(book.strings[int(cell.element.findtext(f"{MAIN}v"))])
        return found


class ErrorsAndTruths(Kind):
    """Cells that hold an error or TRUE."""

    _title = "其他"

    def package(self, edit: Edit) -> None:
        put_title(edit, E, COLUMNS[self._title], self._title)
        sheet = edit.sheet(E)
        sheet.put(row_of(edit.book, QUIET), COLUMNS[self._title], True)
        cell = sheet.put(row_of(edit.book, CHANGING), COLUMNS[self._title], 1)
        cell.set("t", "e")
        cell.find(f"{MAIN}v").text = "#N/A"

    def openpyxl(self, book: Workbook, read: Book) -> None:
        book[E].cell(1, COLUMNS[self._title], self._title)
        book[E].cell(row_of(read, QUIET), COLUMNS[self._title], True)
        book[E].cell(row_of(read, CHANGING), COLUMNS[self._title], "#N/A")

    def seen(self, book: Book) -> Any:
        sheet = book.sheet(E)
        return {
            key: (cell.element.get("t"), cell.value)
            for key in (QUIET, CHANGING)
            if (cell := sheet.at(key, self._title))
        }


class MergedCells(Kind):
    """Two cells of the clerk's columns as one, within a row."""

    _titles = ("会签", "会签二")

    def package(self, edit: Edit) -> None:
        left, right = (COLUMNS[title] for title in self._titles)
        sheet = edit.sheet(E)
        for title in self._titles:
            put_title(edit, E, COLUMNS[title], title)
        listed = sheet.place(element("<mergeCells/>"))
        for key in (CHANGING, SILENT):
            row = row_of(edit.book, key)
            sheet.put(row, left, f"会签 {key[0]}")
            listed.append(
                element(f'<mergeCell ref="{get_column_letter(left)}{row}:{get_column_letter(right)}{row}"/>')
            )
        listed.set("count", str(len(listed)))

    def openpyxl(self, book: Workbook, read: Book) -> None:
        left, right = (COLUMNS[title] for title in self._titles)
        for title in self._titles:
            book[E].cell(1, COLUMNS[title], title)
        for key in (CHANGING, SILENT):
            row = row_of(read, key)
            book[E].cell(row, left, f"会签 {key[0]}")
            book[E].merge_cells(start_row=row, end_row=row, start_column=left, end_column=right)

    def uno(self, read: Book) -> list[list[Any]]:
        left, right = (COLUMNS[title] for title in self._titles)
        rows = {key: row_of(read, key) for key in (CHANGING, SILENT)}
        return [
            *(["value", E, 1, COLUMNS[title], title] for title in self._titles),
            *(["value", E, row, left, f"会签 {key[0]}"] for key, row in rows.items()),
            *(["merge", E, row, left, right] for row in rows.values()),
        ]

    def seen(self, book: Book) -> Any:
        sheet = book.sheet(E)
        return {
            **{sheet.place(el.get("ref")): True for el in sheet.all("mergeCell")},
            **sheet.by_key(self._titles[0]),
        }


# --- notes and links ----------------------------------------------------------------------------------
class Notes(Kind):
    """Notes on a cell of ours and on one of the clerk's, with boxes."""

    _notes = (
        ((CHANGING, L.REPORT), "与校长核对过"),
        ((SILENT, "组长意见"), "党组会上说过"),
        ((LATE, L.UNIT_CODE), "新园长"),
    )

    def _column(self, book: Book, title: str) -> int:
        return COLUMNS.get(title) or book.sheet(E).column(title)

    def package(self, edit: Edit) -> None:
        book, sheet = edit.book, edit.sheet(E)
        places = [(row_of(book, key), self._column(book, title), text) for (key, title), text in self._notes]
        comments = "".join(
            f'<comment ref="{get_column_letter(column)}{row}" authorId="0"><text><r><rPr><sz val="9"/>'
            f'<rFont val="宋体"/></rPr><t>{text}</t></r></text></comment>'
            for row, column, text in sorted(places)
        )
        part = edit.add(
            edit.free("xl/comments{}.xml"),
            f'<comments xmlns="{MAIN[1:-1]}"><authors><author>科长</author></authors>'
            f"<commentList>{comments}</commentList></comments>",
            "application/vnd.openxmlformats-officedocument.spreadsheetml.comments+xml",
        )
        sheet.relate("comments", part)
        for number, (row, column, _) in enumerate(places, 1):
            add_shape(edit, E, note_shape(number, row, column))

    def openpyxl(self, book: Workbook, read: Book) -> None:
        for (key, title), text in self._notes:
            book[E].cell(row_of(read, key), self._column(read, title)).comment = Comment(text, "科长")

    def uno(self, read: Book) -> list[list[Any]]:
        return [
            ["note", E, row_of(read, key), self._column(read, title), text]
            for (key, title), text in self._notes
        ]

    def seen(self, book: Book) -> Any:
        return {
            place: text
            for place, text in notes(book, E).items()
            if any(text == own for _, own in self._notes)
        }

    def also(self, before: Book, after: Book) -> None:
        assert boxes(after, E) == boxes(before, E)


def notes(book: Book, name: str) -> dict[str, str]:
    """Place → text of the notes of a sheet."""
    sheet = book.sheet(name)
    return {
        sheet.place(el.get("ref")): "".join(t.text or "" for t in el.iter(f"{MAIN}t"))
        for _, tree in sheet.related("comments")
        for el in tree.iter(f"{MAIN}comment")
    }


def boxes(book: Book, name: str) -> set[str]:
    """The cells that the boxes of notes say they belong to."""
    sheet = book.sheet(name)
    found = set()
    for part in book.targets(sheet.part, "vmlDrawing"):
        for data in book.tree(part).iter("{urn:schemas-microsoft-com:office:excel}ClientData"):
            if data.get("ObjectType") == "Note":
                row, column = (
                    int(data.findtext(f"{{urn:schemas-microsoft-com:office:excel}}{name}"))
                    for name in ("Row", "Column")
                )
                found.add(sheet.place(f"{get_column_letter(column + 1)}{row + 1}"))
    return found


_VML = (
    '<xml xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office" '
    'xmlns:x="urn:schemas-microsoft-com:office:excel"><o:shapelayout v:ext="edit"><o:idmap v:ext="edit" data="{data}"/>'
    '</o:shapelayout><v:shapetype id="_x0000_t202" coordsize="21600,21600" o:spt="202" path="m,l,21600r21600,l21600,xe">'
    '<v:stroke joinstyle="miter"/><v:path gradientshapeok="t" o:connecttype="rect"/></v:shapetype>'
    '<v:shapetype id="_x0000_t201" coordsize="21600,21600" o:spt="201" path="m,l,21600r21600,l21600,xe">'
    '<v:stroke joinstyle="miter"/><v:path shadowok="f" o:extrusionok="f" strokeok="f" fillok="f" o:connecttype="rect"/>'
    '<o:lock v:ext="edit" shapetype="t"/></v:shapetype></xml>'
)


def add_shape(edit: Edit, name: str, xml: str) -> None:
    """A shape in the sheet's legacy drawing; `{base}` in it is the first free number of the sheet's block."""
    sheet = edit.sheet(name)
    number = int(sheet.part.rsplit("sheet", 1)[1].split(".")[0])
    parts = edit.targets(sheet.part, "vmlDrawing")
    legacy = sheet.tree.find(f"{MAIN}legacyDrawing")
    if legacy is None:
        part = edit.add(
            edit.free("xl/drawings/vmlDrawing{}.vml"), _VML.format(data=number),
            "application/vnd.openxmlformats-officedocument.vmlDrawing", default=True,
        )  # fmt: skip
        sheet.place(element(f'<legacyDrawing r:id="{sheet.relate("vmlDrawing", part)}"/>'))
    else:
        part = parts[0]
    spaces = (
        'xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office" '
        'xmlns:x="urn:schemas-microsoft-com:office:excel"'
    )
    edit.tree(part).append(
        etree.fromstring(f"<xml {spaces}>{xml.replace('{base}', str(number * 1024))}</xml>")[0]
    )


def note_shape(number: int, row: int, column: int) -> str:
    place = f"{column}, 15, {row - 1}, 2, {column + 2}, 15, {row + 3}, 4"
    return (
        f'<v:shape id="_x0000_s{{base}}{number}" type="#_x0000_t202" style="position:absolute;width:108pt;height:59.25pt;'
        f'z-index:{number};visibility:hidden" fillcolor="#ffffe1" o:insetmode="auto"><v:fill color2="#ffffe1"/>'
        '<v:path o:connecttype="none"/><v:textbox><div style="text-align:left"></div></v:textbox>'
        '<x:ClientData ObjectType="Note"><x:MoveWithCells/><x:SizeWithCells/>'
        f"<x:Anchor>{place}</x:Anchor><x:AutoFill>False</x:AutoFill><x:Row>{row - 1}</x:Row>"
        f"<x:Column>{column - 1}</x:Column></x:ClientData></v:shape>"
    )


class ThreadedComments(Kind):
    """A talk on an alert: Excel's new comments with their persons, and the old notes it writes for old programs."""

    _key, _title = (L.F_MISSING, "G02", ""), L.FLAGS
    _ids = ("{9B4A5B1E-0000-4000-8000-000000000001}", "{9B4A5B1E-0000-4000-8000-000000000002}")
    _person = "{52A1D3C4-0000-4000-8000-00000000000A}"

    def package(self, edit: Edit) -> None:
        book, sheet = edit.book, edit.sheet(A)
        row, column = row_of(book, self._key, A), book.sheet(A).column(self._title)
        ref = f"{get_column_letter(column)}{row}"
        space = "http://schemas.microsoft.com/office/spreadsheetml/2018/threadedcomments"
        kinds = "http://schemas.microsoft.com/office/2017/10/relationships"
        threads = "".join(
            f'<threadedComment ref="{ref}" dT="2022-06-26T0{i}:00:00.00" personId="{self._person}" id="{id_}"'
            f"{parent}><text>{text}</text></threadedComment>"
            for i, (id_, parent, text) in enumerate(
                (
                    (self._ids[0], "", "教研室为什么不报？"),
                    (self._ids[1], f' parentId="{self._ids[0]}"', "已催。"),
                ),
                1,
            )
        )
        types = "application/vnd.ms-excel"
        part = edit.add(
            "xl/threadedComments/threadedComment1.xml", f'<ThreadedComments xmlns="{space}">{threads}</ThreadedComments>',
            f"{types}.threadedcomments+xml",
        )  # fmt: skip
        sheet.relate(f"{kinds}/threadedComment", part)
        person = edit.add(
            "xl/persons/person.xml",
            f'<personList xmlns="{space}"><person displayName="王科长" id="{self._person}" userId="王" providerId="None"/>'
            "</personList>",
            f"{types}.person+xml",
        )
        edit.relate("xl/workbook.xml", f"{kinds}/person", person)
        legacy = edit.add(
            edit.free("xl/comments{}.xml"),
            f'<comments xmlns="{MAIN[1:-1]}"><authors><author>tc={self._ids[0]}</author></authors><commentList>'
            f'<comment ref="{ref}" authorId="0" shapeId="0"><text><t>[线程批注] 教研室为什么不报？</t></text></comment>'
            "</commentList></comments>",
            "application/vnd.openxmlformats-officedocument.spreadsheetml.comments+xml",
        )
        sheet.relate("comments", legacy)
        add_shape(edit, A, note_shape(1, row, column))

    def seen(self, book: Book) -> Any:
        sheet = book.sheet(A)
        talk = [
            (
                sheet.place(el.get("ref")),
                el.get("id"),
                el.get("parentId"),
                el.get("personId"),
                el.findtext("{*}text"),
            )
            for _, tree in sheet.related("threadedComment")
            for el in tree
        ]
        return talk, notes(book, A), boxes(book, A), book.parts.get("xl/persons/person.xml")


class NoteOnAVanishingAlert(Kind):
    """未报 of S004 goes when its return comes: the note on it is not lost without a word."""

    group = "vanishing"
    _words = "园长出差，周五补报"

    def package(self, edit: Edit) -> None:
        row = row_of(edit.book, (L.F_MISSING, "S004", ""), A)
        part = edit.add(
            edit.free("xl/comments{}.xml"),
            f'<comments xmlns="{MAIN[1:-1]}"><authors><author>科长</author></authors><commentList>'
            f'<comment ref="D{row}" authorId="0"><text><t>{self._words}</t></text></comment></commentList></comments>',
            "application/vnd.openxmlformats-officedocument.spreadsheetml.comments+xml",
        )
        edit.sheet(A).relate("comments", part)
        add_shape(edit, A, note_shape(1, row, 4))

    def openpyxl(self, book: Workbook, read: Book) -> None:
        book[A].cell(row_of(read, (L.F_MISSING, "S004", ""), A), 4).comment = Comment(self._words, "科长")

    def seen(self, book: Book) -> Any:
        said = [cell.value for cell in book.sheet(L.LOG).cells.values() if self._words in str(cell.value)]
        return bool(said) or self._words in "".join(notes(book, A).values())


class Links(Kind):
    """Links on cells: to the web and to a row of ours."""

    _title = "链接"

    def package(self, edit: Edit) -> None:
        book, sheet = edit.book, edit.sheet(E)
        put_title(edit, E, COLUMNS[self._title], self._title)
        letters = get_column_letter(COLUMNS[self._title])
        listed = sheet.place(element("<hyperlinks/>"))
        for key, location in (
            (CHANGING, ""),
            (QUIET, f"{E}!L{row_of(book, LATE)}"),
            (SILENT, f"{T}!A{row_of(book, ('3',), T)}"),
        ):
            row = row_of(book, key)
            sheet.put(row, COLUMNS[self._title], f"看 {key[0]}")
            if location:
                listed.append(
                    element(f'<hyperlink ref="{letters}{row}" location="{location}" display="看"/>')
                )
            else:
                r_id = sheet.relate("hyperlink", "https://edu.example/xmjz?a=1&b=2", external=True)
                listed.append(element(f'<hyperlink ref="{letters}{row}" r:id="{r_id}" tooltip="进展"/>'))
        r_id = sheet.relate("hyperlink", "mailto:s004@edu.example", external=True)
        listed.append(element(f'<hyperlink ref="C{row_of(book, LATE)}" r:id="{r_id}"/>'))

    def openpyxl(self, book: Workbook, read: Book) -> None:
        from openpyxl.worksheet.hyperlink import Hyperlink

        book[E].cell(1, COLUMNS[self._title], self._title)
        for key, location in ((CHANGING, ""), (QUIET, f"{E}!L{row_of(read, LATE)}")):
            cell = book[E].cell(row_of(read, key), COLUMNS[self._title], f"看 {key[0]}")
            cell.hyperlink = (
                Hyperlink(ref=cell.coordinate, location=location)
                if location
                else "https://edu.example/xmjz?a=1&b=2"
            )

    def uno(self, read: Book) -> list[list[Any]]:
        return [
            ["value", E, 1, COLUMNS[self._title], self._title],
            [
                "link",
                E,
                row_of(read, CHANGING),
                COLUMNS[self._title],
                "https://edu.example/xmjz?a=1&b=2",
                "看 S001",
            ],
            ["link", E, row_of(read, QUIET), COLUMNS[self._title], f"#{E}.L{row_of(read, LATE)}", "看 S003"],
        ]

    def seen(self, book: Book) -> Any:
        sheet = book.sheet(E)
        rels = book.rels(sheet.part)
        from tests.survival.book import REL

        found = {}
        for el in sheet.all("hyperlink"):
            where = book.told((el.get("location") or "").lstrip("#"))
            found[sheet.place(el.get("ref"))] = rels[el.get(f"{REL}id")][1] if el.get(f"{REL}id") else where
        return found
