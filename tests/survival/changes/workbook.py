"""Names, sheets and what belongs to the whole file."""

from __future__ import annotations

from typing import Any

from lxml import etree
from openpyxl.workbook import Workbook
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.workbook.protection import WorkbookProtection

from eduxl import labels as L
from tests.survival.book import MAIN, REL, Book, area
from tests.survival.changes.kinds import CHANGING, FIGURES, OWN, QUIET, A, E, Kind, M, R, T, row_of
from tests.survival.edit import OFFICE, Edit, element


class Names(Kind):
    """Names for a row, a whole column of ours, a constant, and one of a single sheet."""

    def _names(self, book: Book) -> dict[tuple[str, str], str]:
        last, row = book.sheet(E).last, row_of(book, CHANGING)
        return {
            ("", "重点行"): f"{E}!$A${row}:$AA${row}",
            ("", "全部进度"): f"{E}!$M$2:$M${last}",
            ("", "催报上限"): "3",
            ("", "带头格"): f"{E}!$A$1:$M${last}",
            (A, "本表首格"): f"{A}!$D${row_of(book, (L.F_MISSING, 'S008', ''), A)}",
        }

    def package(self, edit: Edit) -> None:
        for (sheet, name), text in self._names(edit.book).items():
            edit.define(name, text, sheet or None)

    def openpyxl(self, book: Workbook, read: Book) -> None:
        for (sheet, name), text in self._names(read).items():
            (book[sheet] if sheet else book).defined_names[name] = DefinedName(name, attr_text=text)

    def uno(self, read: Book) -> list[list[Any]]:
        return [["name", name, text] for (sheet, name), text in self._names(read).items() if not sheet]

    def seen(self, book: Book) -> Any:
        names = book.defined_names()
        wanted = ("重点行", "全部进度", "催报上限", "带头格", "本表首格")
        return {key: book.told(text.replace("'", "")) for key, text in names.items() if key[1] in wanted}


class FiguresSheet(Kind):
    """A sheet of the clerk's that counts over ours in every way there is."""

    def _formulas(self, book: Book, *, tables: bool = True) -> list[str]:
        last, row = book.sheet(E).last, row_of(book, CHANGING)
        structured = [
            "SUM(tblEntries[完成进度])", "COUNTIFS(tblAlerts[预警],\"未报\")", "ROWS(tblEntries[#All])",
        ]  # fmt: skip
        return [
            f"{E}!L{row}",
            f"{E}!$M${row_of(book, QUIET)}*100",
            f"SUM({E}!M2:M{last})",
            f"SUM({E}!M:M)",
            f'SUMIFS({E}!$M$2:$M${last},{E}!$B$2:$B${last},"S001")',
            f'VLOOKUP("S001",{E}!$B$2:$M${last},12,FALSE)',
            f'INDEX({E}!$O$2:$O${last},MATCH("S003",{E}!$B$2:$B${last},0))',
            f"COUNTA('{T}'!A2:A5)",
            f"{M}!F5&{M}!E4",
            f"{A}!D{row_of(book, (L.F_MISSING, 'S008', ''), A)}",
            f"COUNTA({R}!A1:A12)",
            *(structured if tables else []),
        ]

    def package(self, edit: Edit) -> None:
        formulas = self._formulas(edit.book)
        sheet = edit.new_sheet(FIGURES)
        sheet.put(1, 1, "科室自己的统计")
        for row, formula in enumerate(formulas, 2):
            sheet.put(row, 2, 1, formula=formula)

    def openpyxl(self, book: Workbook, read: Book) -> None:
        sheet = book.create_sheet(FIGURES)
        sheet["A1"] = "科室自己的统计"
        for row, formula in enumerate(self._formulas(read), 2):
            sheet.cell(row, 2, f"={formula}")

    def uno(self, read: Book) -> list[list[Any]]:
        return [
            ["sheet", FIGURES],
            ["value", FIGURES, 1, 1, "科室自己的统计"],
            *(
                ["formula", FIGURES, row, 2, f"={text}"]
                for row, text in enumerate(self._formulas(read, tables=False), 2)
            ),
        ]

    def seen(self, book: Book) -> Any:
        sheet = book.sheet(FIGURES)
        return {
            row: book.told(cell.formula.replace("'", ""), FIGURES, row)
            for (row, column), cell in sheet.cells.items()
            if cell.formula
        }


class DynamicArray(Kind):
    """A formula of Excel 365 that spills, with the metadata that say so."""

    def package(self, edit: Edit) -> None:
        edit.add(
            "xl/metadata.xml",
            f'<metadata xmlns="{MAIN[1:-1]}" xmlns:xda="http://schemas.microsoft.com/office/spreadsheetml/2017/dynamicarray">'
            '<metadataTypes count="1"><metadataType name="XLDAPR" minSupportedVersion="120000" copy="1" pasteAll="1" '
            'pasteValues="1" merge="1" splitFirst="1" rowColShift="1" clearFormats="1" clearComments="1" assign="1" '
            'coerce="1" cellMeta="1"/></metadataTypes><futureMetadata name="XLDAPR" count="1"><bk><extLst>'
            '<ext uri="{bdbb8cdc-fa1e-496e-a857-3c3f30c029c3}"><xda:dynamicArrayProperties fDynamic="1" fCollapsed="0"/>'
            '</ext></extLst></bk></futureMetadata><cellMetadata count="1"><bk><rc t="1" v="0"/></bk></cellMetadata></metadata>',
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheetMetadata+xml",
        )
        edit.relate("xl/workbook.xml", "sheetMetadata", "xl/metadata.xml")
        sheet = edit.new_sheet("去重")
        f = etree.Element(f"{MAIN}f", t="array", ref="A1")
        f.text = "_xlfn.UNIQUE(tblEntries[单位名称])"
        sheet.put(1, 1, "党办", formula=f).set("cm", "1")

    def seen(self, book: Book) -> Any:
        cell = book.sheet("去重").cells[1, 1]
        return cell.element.get("cm"), cell.formula, book.parts.get("xl/metadata.xml")


class OwnSheet(Kind):
    """A sheet that has nothing to do with ours: its bytes stay."""

    def package(self, edit: Edit) -> None:
        sheet = edit.new_sheet(OWN)
        for row, (name, phone) in enumerate((("王科长", "0936-4421001"), ("李干事", "0936-4421002")), 1):
            sheet.put(row, 1, name)
            sheet.put(row, 2, phone)
        sheet.put(4, 2, 2, formula="COUNTA(B1:B2)")

    def openpyxl(self, book: Workbook, read: Book) -> None:
        sheet = book.create_sheet(OWN)
        sheet.append(["王科长", "0936-4421001"])
        sheet["B4"] = "=COUNTA(B1:B2)"

    def uno(self, read: Book) -> list[list[Any]]:
        return [["sheet", OWN], ["value", OWN, 1, 1, "王科长"], ["formula", OWN, 4, 2, "=COUNTA(B1:B2)"]]

    def seen(self, book: Book) -> Any:
        sheet = book.sheet(OWN)
        return {
            at: (cell.value if not cell.formula else None, cell.formula) for at, cell in sheet.cells.items()
        }, (book.parts[sheet.part])


class TabColours(Kind):
    def package(self, edit: Edit) -> None:
        for name in (E, T):
            edit.sheet(name).tree.find(f"{MAIN}sheetPr/{MAIN}tabColor").set("rgb", "FF00B0F0")

    def openpyxl(self, book: Workbook, read: Book) -> None:
        for name in (E, T):
            book[name].sheet_properties.tabColor = "FF00B0F0"

    def uno(self, read: Book) -> list[list[Any]]:
        return [["tab", name, 0x00B0F0] for name in (E, T)]

    def seen(self, book: Book) -> Any:
        return {name: book.sheet(name).one("tabColor").get("rgb") for name in (E, T)}


class MovedSheets(Kind):
    """预警清单 pulled to the front, 任务台账 to the end."""

    def package(self, edit: Edit) -> None:
        sheets = edit.workbook.find(f"{MAIN}sheets")
        before = [el.get("name") for el in sheets]
        by_name = {el.get("name"): el for el in sheets}
        sheets.insert(0, by_name[A])
        sheets.append(by_name[T])
        after = [el.get("name") for el in sheets]
        for el in edit.workbook.iter(f"{MAIN}definedName"):
            if el.get("localSheetId"):
                el.set("localSheetId", str(after.index(before[int(el.get("localSheetId"))])))
        names = edit.workbook.find(f"{MAIN}definedNames")
        names[:] = sorted(names, key=lambda el: (el.get("name").lower(), int(el.get("localSheetId", -1))))

    def openpyxl(self, book: Workbook, read: Book) -> None:
        book.move_sheet(A, -20)
        book.move_sheet(T, 20)

    def uno(self, read: Book) -> list[list[Any]]:
        return [["move_sheet", A, 0], ["move_sheet", T, 99]]

    def seen(self, book: Book) -> Any:
        return [name for name in book.sheet_names if name in L.MASTER_SHEETS]


class HiddenSheets(Kind):
    _names = (L.HISTORY, L.INDICATORS)

    def package(self, edit: Edit) -> None:
        for el in edit.workbook.find(f"{MAIN}sheets"):
            if el.get("name") in self._names:
                el.set("state", "hidden")

    def openpyxl(self, book: Workbook, read: Book) -> None:
        for name in self._names:
            book[name].sheet_state = "hidden"

    def uno(self, read: Book) -> list[list[Any]]:
        return [["hide_sheet", name] for name in self._names]

    def seen(self, book: Book) -> Any:
        return {name: book.sheet(name).entry.get("state", "visible") for name in (*self._names, E, L.META)}


class WorkbookStructure(Kind):
    """Sheets cannot be added or moved without the password, which a merge does not need."""

    def package(self, edit: Edit) -> None:
        edit.in_workbook(
            element(
                '<workbookProtection workbookAlgorithmName="SHA-512" workbookHashValue="aGFzaA==" workbookSaltValue="c2FsdA==" '
                'workbookSpinCount="100000" lockStructure="1"/>'
            )
        )

    def openpyxl(self, book: Workbook, read: Book) -> None:
        book.security = WorkbookProtection(lockStructure=True)

    def uno(self, read: Book) -> list[list[Any]]:
        return [["protect_workbook", "bm"]]

    def seen(self, book: Book) -> Any:
        found = book.workbook.find(f"{MAIN}workbookProtection")
        return None if found is None else sorted(found.attrib.items())


class CustomProperties(Kind):
    """Properties of the document that the clerk's office numbers its files by."""

    def package(self, edit: Edit) -> None:
        edit.add(
            "docProps/custom.xml",
            '<Properties xmlns="http://schemas.openxmlformats.org/officeDocument/2006/custom-properties" '
            'xmlns:vt="http://schemas.openxmlformats.org/officeDocument/2006/docPropsVTypes">'
            '<property fmtid="{D5CDD505-2E9C-101B-9397-08002B2CF9AE}" pid="2" name="文号">'
            "<vt:lpwstr>民教发〔2022〕7号</vt:lpwstr>"
            "</property></Properties>",
            "application/vnd.openxmlformats-officedocument.custom-properties+xml",
        )
        edit.relate("", "custom-properties", "docProps/custom.xml")

    def openpyxl(self, book: Workbook, read: Book) -> None:
        from openpyxl.packaging.custom import StringProperty

        book.custom_doc_props.append(StringProperty(name="文号", value="民教发〔2022〕7号"))

    def uno(self, read: Book) -> list[list[Any]]:
        return [["property", "文号", "民教发〔2022〕7号"]]

    def seen(self, book: Book) -> Any:
        return book.parts.get("docProps/custom.xml"), "custom-properties" in {
            k for k, _, _ in book.rels("").values()
        }


class Theme(Kind):
    """Other colours and fonts for the whole file."""

    def package(self, edit: Edit) -> None:
        text = edit.parts["xl/theme/theme1.xml"].decode()
        edit.parts["xl/theme/theme1.xml"] = (
            text.replace("4F81BD", "C00000").replace("Cambria", "华文中宋").encode()
        )

    def seen(self, book: Book) -> Any:
        theme = book.parts["xl/theme/theme1.xml"]
        return theme if b"C00000" in theme else None


class RenamedSheet(Kind):
    """填报明细 renamed: ours comes back, hers is kept, and a formula of hers goes on looking at the one it looked at."""

    group = "sheet renamed"
    _own = "明细（科室改）"

    def package(self, edit: Edit) -> None:
        edit.sheet(E).put(row_of(edit.book, QUIET), 29, "随表走")
        entry = next(el for el in edit.workbook.find(f"{MAIN}sheets") if el.get("name") == E)
        entry.set("name", self._own)
        for el in edit.workbook.iter(f"{MAIN}definedName"):
            el.text = el.text.replace(f"{E}!", f"'{self._own}'!").replace(f"'{E}'!", f"'{self._own}'!")

    def openpyxl(self, book: Workbook, read: Book) -> None:
        book[E].cell(row_of(read, QUIET), 29, "随表走")
        book[E].title = self._own

    def uno(self, read: Book) -> list[list[Any]]:
        return [["value", E, row_of(read, QUIET), 29, "随表走"], ["rename", E, self._own]]

    def seen(self, book: Book) -> Any:
        return self._own in book.sheet_names, [
            (name, cell.value)
            for name in book.sheet_names
            for cell in book.sheet(name).cells.values()
            if cell.value == "随表走"
        ]

    def also(self, before: Book, after: Book) -> None:
        assert all(name in after.sheet_names for name in L.MASTER_SHEETS)


class DeletedSheets(Kind):
    """总览, 填报矩阵 and 日志 deleted: they come back."""

    group = "sheet deleted"
    _gone = (L.OVERVIEW, M, L.LOG)

    def package(self, edit: Edit) -> None:
        edit.sheet(E).put(row_of(edit.book, QUIET), 29, "还在")
        book = edit.book
        sheets = edit.workbook.find(f"{MAIN}sheets")
        names = book.sheet_names
        rels = edit.tree("xl/_rels/workbook.xml.rels")
        types = edit.tree("[Content_Types].xml")
        for name in self._gone:
            entry = next(el for el in sheets if el.get("name") == name)
            parts = [book.sheet(name).part]
            for part in parts:
                parts += [target for _, target, outside in book.rels(part).values() if not outside]
            for part in parts:
                folder, _, short = part.rpartition("/")
                for gone in (part, f"{folder}/_rels/{short}.rels"):
                    edit.parts.pop(gone, None)
                for el in list(types):
                    if el.get("PartName") == f"/{part}":
                        types.remove(el)
            for rel in list(rels):
                if rel.get("Id") == entry.get(f"{REL}id"):
                    rels.remove(rel)
            sheets.remove(entry)
        kept = [el.get("name") for el in sheets]
        for el in list(edit.workbook.iter(f"{MAIN}definedName")):
            if (at := el.get("localSheetId")) is not None:
                if names[int(at)] in kept:
                    el.set("localSheetId", str(kept.index(names[int(at)])))
                else:
                    el.getparent().remove(el)
        for el in edit.workbook.iter(f"{MAIN}definedName"):
            for name in self._gone:
                el.text = (el.text or "").replace(f"'{name}'!", "#REF!").replace(f"{name}!", "#REF!")

    def openpyxl(self, book: Workbook, read: Book) -> None:
        book[E].cell(row_of(read, QUIET), 29, "还在")
        for name in self._gone:
            del book[name]

    def uno(self, read: Book) -> list[list[Any]]:
        return [
            ["value", E, row_of(read, QUIET), 29, "还在"],
            *(["delete_sheet", name] for name in self._gone),
        ]

    def seen(self, book: Book) -> Any:
        return [cell.value for cell in book.sheet(E).cells.values() if cell.value == "还在"]

    def also(self, before: Book, after: Book) -> None:
        assert all(name in after.sheet_names for name in L.MASTER_SHEETS)
        log = [str(cell.value) for cell in after.sheet(L.LOG).cells.values()]
        assert any(self._gone[0] in text for text in log) and any(M in text for text in log)
        names = {name: text for (_, name), text in after.defined_names().items() if name.startswith("eduxl_")}
        assert names and not [name for name, text in names.items() if "#REF!" in text], names


class ExternalLink(Kind):
    """A formula into another workbook."""

    def package(self, edit: Edit) -> None:
        part = edit.add(
            "xl/externalLinks/externalLink1.xml",
            f'<externalLink xmlns="{MAIN[1:-1]}" xmlns:r="{OFFICE}"><externalBook r:id="rId1"><sheetNames>'
            '<sheetName val="经费"/></sheetNames><sheetDataSet><sheetData sheetId="0"><row r="1"><cell r="A1"><v>5</v></cell>'
            "</row></sheetData></sheetDataSet></externalBook></externalLink>",
            "application/vnd.openxmlformats-officedocument.spreadsheetml.externalLink+xml",
        )
        edit.relate(part, "externalLinkPath", "经费表.xlsx", external=True)
        r_id = edit.relate("xl/workbook.xml", "externalLink", part)
        edit.in_workbook(element("<externalReferences/>")).append(
            element(f'<externalReference r:id="{r_id}"/>')
        )
        edit.new_sheet("经费").put(1, 1, 5, formula="[1]经费!$A$1")

    def seen(self, book: Book) -> Any:
        return (
            book.sheet("经费").cells[1, 1].formula,
            book.parts.get("xl/externalLinks/externalLink1.xml"),
            book.parts.get("xl/externalLinks/_rels/externalLink1.xml.rels"),
            len(book.workbook.findall(f"{MAIN}externalReferences/{MAIN}externalReference")),
        )


class CustomXml(Kind):
    """Data of the county's document system, and a part that nobody knows."""

    def package(self, edit: Edit) -> None:
        edit.add(
            "customXml/item1.xml", '<gw xmlns="urn:gov:oa"><id>7</id></gw>', "application/xml", default=True
        )
        edit.add(
            "customXml/itemProps1.xml",
            '<ds:datastoreItem ds:itemID="{A1B2C3D4-0000-4000-8000-000000000007}" '
            'xmlns:ds="http://schemas.openxmlformats.org/officeDocument/2006/customXml"><ds:schemaRefs/></ds:datastoreItem>',
            "application/vnd.openxmlformats-officedocument.customXmlProperties+xml",
        )
        edit.relate("xl/workbook.xml", "customXml", "customXml/item1.xml")
        edit.relate("customXml/item1.xml", "customXmlProps", "customXml/itemProps1.xml")
        edit.add("xl/future/thing1.bin", bytes(range(255, -1, -1)), "application/vnd.example.thing")
        edit.relate("xl/workbook.xml", "http://example.org/2030/thing", "xl/future/thing1.bin")

    def seen(self, book: Book) -> Any:
        return {
            name: data for name, data in book.parts.items() if name.startswith(("customXml/", "xl/future/"))
        }


class VbaProject(Kind):
    """A macro project that the clerk edited: not a byte of it is touched."""

    def package(self, edit: Edit) -> None:
        edit.parts["xl/vbaProject.bin"] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(range(256)) * 9

    def seen(self, book: Book) -> Any:
        return book.parts.get("xl/vbaProject.bin"), "vbaProject" in {
            k for k, _, _ in book.rels("xl/workbook.xml").values()
        }

    def also(self, before: Book, after: Book) -> None:
        names = [
            el.get("codeName")
            for name in after.sheet_names
            if (el := after.sheet(name).one("sheetPr")) is not None
        ]
        assert "shEntries" in names and len(names) == len(set(names))
        assert after.workbook.find(f"{MAIN}workbookPr").get("codeName") == "ThisWorkbook"


class HomeWords(Kind):
    """On 首页 and 总览 the clerk's words and figures stand beside ours, and 提醒天数 is changed."""

    def package(self, edit: Edit) -> None:
        for name, column in ((L.HOME, 18), (L.OVERVIEW, 21)):
            sheet = edit.sheet(name)
            sheet.put(6, column, "本周重点：催报教研室")
            sheet.put(7, column, 1, formula=f"COUNTA({T}!$A$2:$A$5)")
        row, column = self._setting(edit.book)
        edit.sheet(L.HOME).put(row, column, 9)

    def openpyxl(self, book: Workbook, read: Book) -> None:
        book[L.HOME].cell(6, 18, "本周重点：催报教研室")
        row, column = self._setting(read)
        book[L.HOME].cell(row, column).value = 9

    def uno(self, read: Book) -> list[list[Any]]:
        row, column = self._setting(read)
        return [["value", L.HOME, 6, 18, "本周重点：催报教研室"], ["value", L.HOME, row, column, 9]]

    @staticmethod
    def _setting(book: Book) -> tuple[int, int]:
        place = area(book.defined_names()["", "eduxl_warn_days"].rpartition("!")[2].replace("$", ""))
        return place.top, place.left

    def seen(self, book: Book) -> Any:
        found: dict[Any, Any] = {"setting": book.sheet(L.HOME).value(*self._setting(book))}
        for name, column in ((L.HOME, 18), (L.OVERVIEW, 21)):
            for row in (6, 7):
                cell = book.sheet(name).cells.get((row, column))
                if cell:
                    found[name, row] = book.told(cell.formula) if cell.formula else cell.value
        return found

    def also(self, before: Book, after: Book) -> None:
        assert self.seen(after)["setting"] == 9


class CopiedSheet(Kind):
    """填报明细 copied as Excel does it, to be handed on: with a table of its own, and nobody's twin."""

    group = "copied"
    _own = f"{E} (2)"

    def package(self, edit: Edit) -> None:
        source = edit.sheet(E)
        sheet = edit.new_sheet(self._own)
        tree = etree.fromstring(etree.tostring(source.tree))
        tree.find(f"{MAIN}sheetPr").set("codeName", "shEntries1")
        [part] = edit.targets(source.part, "table")
        table = etree.fromstring(edit.parts[part])
        table.set("id", "77")
        for name in ("name", "displayName"):
            table.set(name, "tblEntries4")
        copy = edit.add(
            edit.free("xl/tables/table{}.xml"), etree.tostring(table),
            "application/vnd.openxmlformats-officedocument.spreadsheetml.table+xml",
        )  # fmt: skip
        tree.find(f"{MAIN}tableParts/{MAIN}tablePart").set(f"{REL}id", edit.relate(sheet.part, "table", copy))
        edit.parts[sheet.part] = etree.tostring(tree, xml_declaration=True, encoding="UTF-8", standalone=True)
        edit._trees.pop(sheet.part)
        edit.define("_xlnm.Print_Titles", f"'{self._own}'!$B:$I,'{self._own}'!$1:$1", self._own)

    def seen(self, book: Book) -> Any:
        sheet = book.sheet(self._own)
        values = {at: cell.value for at, cell in sheet.cells.items()}
        return values, [(t.get("displayName"), t.get("ref")) for t in sheet.tables], len(sheet.all("cfRule"))


class RowsAboveHome(Kind):
    """Two rows inserted at the top of 首页 and 总览: ours go on below them."""

    group = "home"
    _words = "民乐县教育局督导办"

    def package(self, edit: Edit) -> None:
        for name in (L.HOME, L.OVERVIEW):
            sheet = edit.sheet(name)
            sheet.shift(rows=lambda row: row + 2)
            for part in edit.targets(sheet.part, "drawing"):
                for el in edit.tree(part).iter("{*}row"):
                    el.text = str(int(el.text) + 2)
            sheet.put(1, 2, self._words)

    def uno(self, read: Book) -> list[list[Any]]:
        steps: list[list[Any]] = []
        for name in (L.HOME, L.OVERVIEW):
            steps += [["insert_row", name, 1], ["insert_row", name, 1], ["value", name, 1, 2, self._words]]
        return steps

    def seen(self, book: Book) -> Any:
        return {name: book.sheet(name).value(1, 2) for name in (L.HOME, L.OVERVIEW)}


class CalcChain(Kind):
    """The order in which Excel worked formulas out: it lists every cell with one."""

    def package(self, edit: Edit) -> None:
        book = edit.book
        cells = []
        for name in book.sheet_names:
            sheet = book.sheet(name)
            number = sheet.entry.get("sheetId")
            formulas = [cell.element.get("r") for cell in sheet.cells.values() if cell.formula]
            cells += [f'<c r="{ref}" i="{number}"/>' for ref in formulas]
        edit.add(
            "xl/calcChain.xml", f'<calcChain xmlns="{MAIN[1:-1]}">{"".join(cells)}</calcChain>',
            "application/vnd.openxmlformats-officedocument.spreadsheetml.calcChain+xml",
        )  # fmt: skip
        edit.relate("xl/workbook.xml", "calcChain", "xl/calcChain.xml")

    def seen(self, book: Book) -> Any:
        """Excel makes it anew where it is not there; one that lists other cells makes it repair the file."""
        chain = book.tree("xl/calcChain.xml") if "xl/calcChain.xml" in book.parts else []
        sheets = {book.sheet(name).entry.get("sheetId"): book.sheet(name) for name in book.sheet_names}
        for el in chain:
            cell = sheets[el.get("i")].cells[area(el.get("r")).top, area(el.get("r")).left]
            assert cell.formula, el.get("r")
        return True


class ExcelDialect(Kind):
    """What Chinese Excel of today writes besides: ids of revisions, row descents, phonetic hints of every string."""

    _spaces = (
        ("mc", "http://schemas.openxmlformats.org/markup-compatibility/2006"),
        ("x14ac", "http://schemas.microsoft.com/office/spreadsheetml/2009/9/ac"),
        ("xr", "http://schemas.microsoft.com/office/spreadsheetml/2014/revision"),
        ("xr3", "http://schemas.microsoft.com/office/spreadsheetml/2016/revision3"),
    )

    def package(self, edit: Edit) -> None:
        _, (_, ac), (_, xr), (_, xr3) = self._spaces
        for name in edit.book.sheet_names:
            sheet = edit.sheet(name)
            self._declare(edit, sheet.part, "x14ac xr xr3", 1)
            root = edit.tree(sheet.part)
            sheet.tree = root
            form = root.find(f"{MAIN}sheetFormatPr")
            if form is not None:
                form.set(f"{{{ac}}}dyDescent", "0.15")
            for row in root.find(f"{MAIN}sheetData"):
                row.set(f"{{{ac}}}dyDescent", "0.15")
            sheet.place(element('<phoneticPr fontId="1" type="noConversion"/>'))
            for part in edit.targets(sheet.part, "table"):
                self._declare(edit, part, "xr xr3", 2)
                for number, el in enumerate(edit.tree(part).iter(f"{MAIN}autoFilter", f"{MAIN}tableColumn")):
                    space = xr if el.tag.endswith("autoFilter") else xr3
                    el.set(f"{{{space}}}uid", f"{{0000000{number % 10}-0009-0000-0100-{number:012}}}")
        strings = edit.tree("xl/sharedStrings.xml")
        for si in strings:
            si.append(element('<phoneticPr fontId="1" type="noConversion"/>'))

    def _declare(self, edit: Edit, part: str, ignorable: str, number: int) -> None:
        """The part with the names of its dialect declared at its root."""
        root = edit.tree(part)
        made = etree.Element(root.tag, nsmap={**root.nsmap, **dict(self._spaces)})
        made.attrib.update(root.attrib)
        made.set(f"{{{self._spaces[0][1]}}}Ignorable", ignorable)
        made.set(f"{{{self._spaces[2][1]}}}uid", f"{{00000000-0001-0000-0{number}00-000000000000}}")
        made.extend(list(root))
        edit._trees[part] = made

    def seen(self, book: Book) -> Any:
        found: dict[Any, Any] = {}
        for name in (E, T, A):
            sheet = book.sheet(name)
            found[name] = sorted(sheet.tree.attrib.items()), sorted(sheet.table.attrib.items())[1:3]
            columns = sheet.table.iter(f"{MAIN}tableColumn")
            found[name, "columns"] = [el.get(f"{{{self._spaces[3][1]}}}uid") for el in columns]
        return found
