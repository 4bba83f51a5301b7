"""What lies over ranges of cells: validations, conditional formats, sparklines, ignored errors, protection, printing."""

from __future__ import annotations

import re
from typing import Any

from lxml import etree
from openpyxl.formatting.rule import CellIsRule, ColorScaleRule, DataBarRule, IconSetRule
from openpyxl.styles import PatternFill, Protection
from openpyxl.utils import get_column_letter
from openpyxl.workbook import Workbook
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.pagebreak import Break
from openpyxl.worksheet.views import Selection

from eduxl import labels as L
from tests.survival.book import MAIN, REL, Book, area
from tests.survival.changes.kinds import CHANGING, COLUMNS, LATE, QUIET, SILENT, A, E, H, Kind, T, row_of
from tests.survival.edit import Edit, element

_RATING = get_column_letter(COLUMNS["评级"])
_SCORE = get_column_letter(COLUMNS["得分"])


def _over_all(book: Book, letters: str, sheet: str = E) -> str:
    made = book.sheet(sheet)
    return f"{letters}{made.first}:{letters}{made.last}"


class Validations(Kind):
    """Drop-downs over a column of the clerk's and over one row, and on a column of ours."""

    _list = '"优,良,差"'

    def _ranges(self, book: Book) -> list[str]:
        number = get_column_letter(book.sheet(E).column(L.PHONE))
        return [
            _over_all(book, _RATING),
            f"{_SCORE}{row_of(book, CHANGING)}",
            f"{number}{row_of(book, QUIET)}",
        ]

    def package(self, edit: Edit) -> None:
        listed = edit.sheet(E).place(element("<dataValidations/>"))
        for ref in self._ranges(edit.book):
            listed.append(
                element(
                    f'<dataValidation type="list" allowBlank="1" showErrorMessage="1" errorTitle="科室" sqref="{ref}">'
                    f"<formula1>{self._list}</formula1></dataValidation>"
                )
            )
        listed.set("count", str(len(listed)))

    def openpyxl(self, book: Workbook, read: Book) -> None:
        for ref in self._ranges(read):
            book[E].add_data_validation(DataValidation("list", self._list, errorTitle="科室", sqref=ref))

    def uno(self, read: Book) -> list[list[Any]]:
        return [["validate", E, ref, self._list, "科室"] for ref in self._ranges(read)]

    def seen(self, book: Book) -> Any:
        """Column → its rows, or "all": LibreOffice makes other ranges of the same cells."""
        sheet = book.sheet(E)
        found: dict[str, set[str]] = {}
        for el in sheet.all("dataValidation"):
            if el.get("errorTitle") == "科室" and el.findtext(f"{MAIN}formula1") == self._list:
                for ref in el.get("sqref").split():
                    top, left, bottom, right = area(ref)
                    for column in range(left, right + 1):
                        rows = found.setdefault(sheet.column_name(column), set())
                        rows.update(sheet.row_name(row) for row in range(top, bottom + 1))
        every = {sheet.row_name(row) for row in sheet.keys}
        return {column: "all" if rows == every else sorted(rows) for column, rows in found.items()}


class ListValidation(Kind):
    """A drop-down whose choices stand on another sheet, as Excel 2010 writes it in an extension."""

    def package(self, edit: Edit) -> None:
        ref = f"N{row_of(edit.book, (L.F_MISSING, 'S008', ''), A)}"
        edit.sheet(A).extension(
            "{CCE6A557-97BC-4b89-ADB6-D9C93CAAB3DF}",
            '<x14:dataValidations count="1"><x14:dataValidation type="list" allowBlank="1" showErrorMessage="1">'
            f"<x14:formula1><xm:f>{L.ROSTER}!$B$2:$B$12</xm:f></x14:formula1><xm:sqref>{ref}</xm:sqref>"
            "</x14:dataValidation></x14:dataValidations>",
        )

    def seen(self, book: Book) -> Any:
        found = [el for el in book.sheet(A).tree.iter("{*}dataValidation") if el.find("{*}sqref") is not None]
        return [
            (book.told(el.findtext("{*}formula1/{*}f")), book.told(el.findtext("{*}sqref"), A))
            for el in found
        ]


class Conditions(Kind):
    """Conditional formats: a formula over all rows of ours, a colour scale, icons, and one of a single row."""

    def package(self, edit: Edit) -> None:
        book, sheet = edit.book, edit.sheet(E)
        look = edit.dxf('<font><b/></font><fill><patternFill><bgColor rgb="FFFFEB9C"/></patternFill></fill>')
        progress = get_column_letter(book.sheet(E).column(L.PROGRESS))
        everything, row = _over_all(book, progress), row_of(book, CHANGING)
        for ref, inner in (
            (everything, f'type="expression" dxfId="{look}" priority="101"><formula>AND(${progress}2&gt;0.3,1)</formula>'),
            (_over_all(book, _SCORE), 'type="colorScale" priority="102"><colorScale><cfvo type="min"/><cfvo type="max"/>'
             '<color rgb="FFF8696B"/><color rgb="FF63BE7B"/></colorScale>'),
            (_over_all(book, _RATING), 'type="iconSet" priority="103"><iconSet iconSet="3Arrows"><cfvo type="percent" val="0"/>'
             '<cfvo type="percent" val="33"/><cfvo type="percent" val="67"/></iconSet>'),
            (f"B{row}:D{row}", f'type="expression" dxfId="{look}" priority="104"><formula>$L{row}="{L.UNDER_WAY}"</formula>'),
        ):  # fmt: skip
            made = element(
                f'<conditionalFormatting sqref="{ref}"><cfRule {inner}</cfRule></conditionalFormatting>'
            )
            sheet.place(made)

    def openpyxl(self, book: Workbook, read: Book) -> None:
        fill = PatternFill(bgColor="FFFFEB9C")
        progress = get_column_letter(read.sheet(E).column(L.PROGRESS))
        rules = book[E].conditional_formatting
        rules.add(_over_all(read, progress), CellIsRule("greaterThan", ["0.33"], fill=fill))
        rules.add(_over_all(read, _SCORE), ColorScaleRule("min", None, "FFF8696B", "max", None, "FF63BE7B"))
        rules.add(_over_all(read, _RATING), IconSetRule("3Arrows", "percent", [0, 33, 67]))
        rules.add(_over_all(read, "AR"), DataBarRule("min", None, "max", None, "FF638EC6"))

    def uno(self, read: Book) -> list[list[Any]]:
        progress = get_column_letter(read.sheet(E).column(L.PROGRESS))
        return [["condition", E, _over_all(read, progress), "0.33"]]

    def seen(self, book: Book) -> Any:
        found = {}
        for el in book.sheet(E).all("conditionalFormatting"):
            for rule in el.iter(f"{MAIN}cfRule"):
                place = book.told_ranges(el.get("sqref"), E)
                first = int(re.search(r"[0-9]+", el.get("sqref"))[0])  # type: ignore[index]
                texts = [book.told(f.text or "", E, first) for f in rule.findall(f"{MAIN}formula")]
                look = rule.get("dxfId")
                looks = book.styles.find(f"{MAIN}dxfs")
                found[place, rule.get("type"), *texts] = look and etree.tostring(
                    looks[int(look)], method="c14n2"
                )
        return found


class DataBar(Kind):
    """A data bar as Excel 2010 writes it: half in the old element, half in an extension."""

    _id = "{DA7ABA51-0000-4000-8000-0000000000AA}"

    def package(self, edit: Edit) -> None:
        ref = _over_all(edit.book, "M", T)
        edit.sheet(T).place(
            element(
                f'<conditionalFormatting sqref="{ref}"><cfRule type="dataBar" priority="111"><dataBar><cfvo type="min"/>'
                '<cfvo type="max"/><color rgb="FF638EC6"/></dataBar><extLst>'
                '<ext uri="{B025F937-C7B1-47D3-B67F-A62EFF666E3E}">'
                f"<x14:id>{self._id}</x14:id></ext></extLst></cfRule></conditionalFormatting>"
            )
        )
        edit.sheet(T).extension(
            "{78C0D931-6437-407d-A8EE-F0AAD7539E65}",
            f'<x14:conditionalFormattings><x14:conditionalFormatting><x14:cfRule type="dataBar" id="{self._id}">'
            '<x14:dataBar minLength="0" maxLength="100" gradient="0"><x14:cfvo type="autoMin"/><x14:cfvo type="autoMax"/>'
            '<x14:negativeFillColor rgb="FFFF0000"/><x14:axisColor rgb="FF000000"/></x14:dataBar></x14:cfRule>'
            f"<xm:sqref>{ref}</xm:sqref></x14:conditionalFormatting></x14:conditionalFormattings>",
        )

    def seen(self, book: Book) -> Any:
        sheet = book.sheet(T)
        old = [
            (book.told_ranges(el.get("sqref"), T), el.findtext(".//{*}id"))
            for el in sheet.all("conditionalFormatting")
            if el.find(f"{MAIN}cfRule/{MAIN}dataBar") is not None
        ]
        new = [
            (rule.get("id"), book.told_ranges(rule.getparent().findtext("{*}sqref"), T), len(rule[0]))
            for rule in sheet.all("cfRule")
            if rule.get("id")
        ]
        return old, new


class Sparklines(Kind):
    """Little charts of a row's own figures in a cell of it."""

    def package(self, edit: Edit) -> None:
        letters = get_column_letter(COLUMNS["趋势"])
        lines = "".join(
            f"<x14:sparkline><xm:f>{E}!L{row}:N{row}</xm:f><xm:sqref>{letters}{row}</xm:sqref></x14:sparkline>"
            for row in sorted(row_of(edit.book, key) for key in (CHANGING, SILENT, LATE))
        )
        edit.sheet(E).extension(
            "{05C60535-1F16-4fd2-B633-F4F36F0B64E0}",
            '<x14:sparklineGroups><x14:sparklineGroup displayEmptyCellsAs="gap"><x14:colorSeries rgb="FF376092"/>'
            '<x14:colorNegative rgb="FFD00000"/><x14:colorAxis rgb="FF000000"/><x14:colorMarkers rgb="FFD00000"/>'
            '<x14:colorFirst rgb="FFD00000"/><x14:colorLast rgb="FFD00000"/><x14:colorHigh rgb="FFD00000"/>'
            f'<x14:colorLow rgb="FFD00000"/><x14:sparklines>{lines}</x14:sparklines></x14:sparklineGroup>'
            "</x14:sparklineGroups>",
        )

    def seen(self, book: Book) -> Any:
        return sorted(
            (book.told(el.findtext("{*}f")), book.told(el.findtext("{*}sqref"), E))
            for el in book.sheet(E).all("sparkline")
        )


class IgnoredErrors(Kind):
    """Green corners that the clerk switched off on a column of hers."""

    def package(self, edit: Edit) -> None:
        listed = edit.sheet(E).place(element("<ignoredErrors/>"))
        listed.append(
            element(f'<ignoredError sqref="{_over_all(edit.book, _SCORE)}" formula="1" unlockedFormula="1"/>')
        )
        listed.append(element(f'<ignoredError sqref="M{row_of(edit.book, QUIET)}" evalError="1"/>'))

    def seen(self, book: Book) -> Any:
        return {
            book.told_ranges(el.get("sqref"), E): sorted(k for k in el.attrib if k != "sqref")
            for el in book.sheet(E).all("ignoredError")
        }


class SheetProtection(Kind):
    """A sheet protected with a password, the answers of the clerk open, and a range of others'."""

    _cells = ((L.REVIEW, QUIET), (L.REVIEW_NOTE, CHANGING))

    def package(self, edit: Edit) -> None:
        book, sheet = edit.book, edit.sheet(H)
        sheet.place(
            element(
                '<sheetProtection algorithmName="SHA-512" hashValue="c2FsdGVkaGFzaHZhbHVl" saltValue="c2FsdHNhbHQ=" '
                'spinCount="100000" sheet="1" objects="1" scenarios="1" formatColumns="0" autoFilter="0" sort="0"/>'
            )
        )
        edit.sheet(E).place(element('<sheetProtection password="CC1A" sheet="1" objects="1" scenarios="1"/>'))
        sheet.place(
            element(
                f'<protectedRanges><protectedRange sqref="{_over_all(book, "AB", H)}" name="科室填写"/></protectedRanges>'
            )
        )
        for title, key in self._cells:
            at = ("2022-05", *QUIET) if key == QUIET else ("2022-05", "S001", "3")
            cell = sheet.cell(row_of(book, at, H), book.sheet(H).column(title))
            cell.set("s", str(edit.style(int(cell.get("s")), protection='<protection locked="0"/>')))

    def openpyxl(self, book: Workbook, read: Book) -> None:
        book[H].protection.sheet = True
        book[H].protection.formatColumns = False
        for title, key in self._cells:
            at = ("2022-05", *QUIET) if key == QUIET else ("2022-05", "S001", "3")
            book[H].cell(row_of(read, at, H), read.sheet(H).column(title)).protection = Protection(
                locked=False
            )

    def uno(self, read: Book) -> list[list[Any]]:
        return [["protect", H, "bm"]]

    def seen(self, book: Book) -> Any:
        sheet = book.sheet(H)
        found: dict[object, Any] = {"sheet": sorted(sheet.one("sheetProtection").attrib.items())}
        if (own := book.sheet(E).one("sheetProtection")) is not None:
            found["ours"] = sorted(own.attrib.items())
        for el in sheet.all("protectedRange"):
            found[el.get("name")] = book.told_ranges(el.get("sqref"), H)
        for title, key in self._cells:
            cell = sheet.at(("2022-05", *QUIET) if key == QUIET else ("2022-05", "S001", "3"), title)
            found[title, key] = cell and book.style(cell.style, "protection")
        return found


class Printing(Kind):
    """Print area, titles, header and footer, margins, page breaks, and what the printer wants to remember."""

    def package(self, edit: Edit) -> None:
        book, sheet = edit.book, edit.sheet(E)
        part = edit.add(
            edit.free("xl/printerSettings/printerSettings{}.bin"), bytes(range(256)) * 2,
            "application/vnd.openxmlformats-officedocument.spreadsheetml.printerSettings", default=True,
        )  # fmt: skip
        setup = sheet.tree.find(f"{MAIN}pageSetup")
        setup.set(f"{REL}id", sheet.relate("printerSettings", part))
        setup.set("paperSize", "8")
        setup.set("horizontalDpi", "600")
        sheet.tree.find(f"{MAIN}pageMargins").set("left", "0.25")
        sheet.tree.find(f"{MAIN}headerFooter/{MAIN}oddFooter").text = "&L科室内部&R&P/&N"
        row = row_of(book, LATE)
        sheet.place(
            element(
                f'<rowBreaks count="1" manualBreakCount="1"><brk id="{row - 1}" max="16383" man="1"/></rowBreaks>'
            )
        )
        sheet.place(
            element(
                '<colBreaks count="1" manualBreakCount="1"><brk id="11" max="1048575" man="1"/></colBreaks>'
            )
        )
        edit.define("_xlnm.Print_Area", f"{E}!$A$1:$AA${book.sheet(E).last}", E)

    def openpyxl(self, book: Workbook, read: Book) -> None:
        sheet = book[E]
        sheet.print_area = f"A1:AA{read.sheet(E).last}"
        sheet.oddFooter.left.text = "科室内部"
        sheet.page_margins.left = 0.25
        sheet.row_breaks.append(Break(id=row_of(read, LATE) - 1))

    def uno(self, read: Book) -> list[list[Any]]:
        return [["print_area", E, f"A1:AA{read.sheet(E).last}"], ["break", E, row_of(read, LATE)]]

    def seen(self, book: Book) -> Any:
        sheet = book.sheet(E)
        found = {
            "area": book.told(book.defined_names().get((E, "_xlnm.Print_Area"), "")),
            "setup": sorted((k, v) for k, v in sheet.one("pageSetup").attrib.items() if k != f"{REL}id"),
            "margins": sorted(sheet.one("pageMargins").attrib.items()),
            "footer": "".join(el.text or "" for el in sheet.all("oddFooter")),
            "printer": [book.parts[part] for part in book.targets(sheet.part, "printerSettings")],
            "columns": [el.get("id") for el in sheet.tree.iterfind(f"{MAIN}colBreaks/{MAIN}brk")],
        }
        # a break is before the row that follows it
        breaks = [
            sheet.row_name(int(el.get("id")) + 1) for el in sheet.tree.iterfind(f"{MAIN}rowBreaks/{MAIN}brk")
        ]
        return {**found, "rows": breaks}


class View(Kind):
    """How the clerk looks at the sheet: zoom, frozen columns, no grid, no zeros, a split between other rows."""

    def package(self, edit: Edit) -> None:
        for name in (E, T):
            tree = edit.sheet(name).tree
            view = tree.find(f"{MAIN}sheetViews/{MAIN}sheetView")
            view.set("zoomScale", "85")
            view.set("zoomScaleNormal", "85")
            view.set("showGridLines", "0")
            view.set("showZeros", "0")
            pane = view.find(f"{MAIN}pane")
            pane.set("xSplit", "2")
            pane.set("topLeftCell", "C2")

    def openpyxl(self, book: Workbook, read: Book) -> None:
        for name in (E, T):
            book[name].sheet_view.selection = [Selection()]
            book[name].freeze_panes = "C2"
            book[name].sheet_view.zoomScale = 85
            book[name].sheet_view.showGridLines = False

    def seen(self, book: Book) -> Any:
        found = {}
        for name in (E, T):
            view = book.sheet(name).one("sheetView")
            pane = book.sheet(name).one("pane")
            wanted = ("zoomScale", "showGridLines", "showZeros")
            found[name] = [view.get(key) for key in wanted], sorted(pane.attrib.items())
        return found


class UnknownExtensions(Kind):
    """Extensions that no program of today knows, in the sheet, its table and the workbook."""

    _uri = "{00000000-1234-4567-89AB-000000000001}"

    def package(self, edit: Edit) -> None:
        xml = '<n:note xmlns:n="urn:example:future"><n:word kind="7">以后的功能</n:word></n:note>'
        edit.sheet(E).extension(self._uri, xml)
        edit.in_workbook(element("<extLst/>")).append(element(f'<ext uri="{self._uri}">{xml}</ext>'))
        edit.sheet(E).table.append(element(f'<extLst><ext uri="{self._uri}">{xml}</ext></extLst>'))

    def seen(self, book: Book) -> Any:
        sheet = book.sheet(E)
        return [
            etree.tostring(el[0], method="c14n2", with_tail=False, exclusive=True)
            for tree in (sheet.tree, book.workbook, sheet.table)
            for el in tree.iter(f"{MAIN}ext")
            if el.get("uri") == self._uri
        ]


class ClerksInputs(Kind):
    """审核结果, 审核意见, 延期至 and 销号: read, obeyed, still shown."""

    def package(self, edit: Edit) -> None:
        book, sheet = edit.book, edit.sheet(E)
        for key, title, value in self._typed():
            sheet.put(row_of(book, key), book.sheet(E).column(title), value)
        edit.sheet(T).put(row_of(book, ("4",), T), book.sheet(T).column(L.CLOSED), L.CLOSED_YES)
        edit.sheet(T).put(row_of(book, ("2",), T), book.sheet(T).column(L.REMARK), "局长关注")

    def openpyxl(self, book: Workbook, read: Book) -> None:
        for key, title, value in self._typed():
            book[E].cell(row_of(read, key), read.sheet(E).column(title)).value = value
        book[T].cell(row_of(read, ("4",), T), read.sheet(T).column(L.CLOSED)).value = L.CLOSED_YES
        book[T].cell(row_of(read, ("2",), T), read.sheet(T).column(L.REMARK)).value = "局长关注"

    def uno(self, read: Book) -> list[list[Any]]:
        return [
            *(
                ["value", E, row_of(read, key), read.sheet(E).column(title), value]
                for key, title, value in self._typed()
            ),
            ["value", T, row_of(read, ("4",), T), read.sheet(T).column(L.CLOSED), L.CLOSED_YES],
            ["value", T, row_of(read, ("2",), T), read.sheet(T).column(L.REMARK), "局长关注"],
        ]

    @staticmethod
    def _typed() -> list[tuple[tuple[str, str], str, Any]]:
        return [
            (QUIET, L.REVIEW, L.PASSED),
            (("S003", "3"), L.REVIEW, L.SENT_BACK),
            (("S003", "3"), L.REVIEW_NOTE, "请补照片"),
            (("S008", "1"), L.EXTENDED_TO, 44_834),
        ]

    def seen(self, book: Book) -> Any:
        sheet = book.sheet(E)
        found = {
            (key, title): (cell := sheet.at(key, title)) and cell.value for key, title, _ in self._typed()
        }
        return {
            **found,
            "closed": book.sheet(T).by_key(L.CLOSED).get(("4",)),
            "remark": book.sheet(T).by_key(L.REMARK).get(("2",)),
        }
