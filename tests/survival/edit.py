"""A package edited the way Excel leaves it: shared strings, styles, relationships and content types kept in order.

Parts that are not asked for keep their bytes.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable
from copy import deepcopy
from io import BytesIO
from typing import Any

from lxml import etree
from openpyxl.utils import column_index_from_string, get_column_letter

from tests.survival.book import MAIN, REL, Book, Parts, area, rels_name, text_of

#: Old row or column → new one, None for a deleted one.
Map = Callable[[int], int | None]
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_SPREADSHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml"
NS = (
    f'xmlns="{MAIN[1:-1]}" xmlns:r="{OFFICE}" xmlns:x14="http://schemas.microsoft.com/office/spreadsheetml/2009/9/main" '
    'xmlns:xm="http://schemas.microsoft.com/office/excel/2006/main" '
    'xmlns:x15="http://schemas.microsoft.com/office/spreadsheetml/2010/11/main" '
    'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" '
    'xmlns:xdr="http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing"'
)
#: Children of a worksheet, in the order of the schema.
ORDER = [
    "sheetPr",
    "dimension",
    "sheetViews",
    "sheetFormatPr",
    "cols",
    "sheetData",
    "sheetCalcPr",
    "sheetProtection",
    "protectedRanges",
    "scenarios",
    "autoFilter",
    "sortState",
    "dataConsolidate",
    "customSheetViews",
    "mergeCells",
    "phoneticPr",
    "conditionalFormatting",
    "dataValidations",
    "hyperlinks",
    "printOptions",
    "pageMargins",
    "pageSetup",
    "headerFooter",
    "rowBreaks",
    "colBreaks",
    "customProperties",
    "cellWatches",
    "ignoredErrors",
    "smartTags",
    "drawing",
    "legacyDrawing",
    "legacyDrawingHF",
    "drawingHF",
    "picture",
    "oleObjects",
    "controls",
    "webPublishItems",
    "tableParts",
    "extLst",
]
WORKBOOK_ORDER = [
    "fileVersion",
    "fileSharing",
    "workbookPr",
    "workbookProtection",
    "bookViews",
    "sheets",
    "functionGroups",
    "externalReferences",
    "definedNames",
    "calcPr",
    "oleSize",
    "customWorkbookViews",
    "pivotCaches",
    "smartTagPr",
    "smartTagTypes",
    "webPublishing",
    "fileRecoveryPr",
    "webPublishObjects",
    "extLst",
]


def element(xml: str) -> Any:
    """One element; the usual prefixes may be used in it without being declared."""
    root = etree.fromstring(f"<root {NS}>{xml}</root>")
    child = root[0]
    root.remove(child)
    required = [el.get("Requires") for el in child.iter() if el.get("Requires")]
    etree.cleanup_namespaces(child, keep_ns_prefixes=required)
    return child


class Edit(Parts):
    """A package being changed."""

    def __init__(self, data: bytes) -> None:
        super().__init__()
        self.parts = Book(data).parts

    @property
    def book(self) -> Book:
        """As it stands now."""
        return Book(self._written())

    def _written(self) -> dict[str, bytes]:
        return {
            name: etree.tostring(self._trees[name], xml_declaration=True, encoding="UTF-8", standalone=True)
            if name in self._trees
            else content
            for name, content in self.parts.items()
        }

    def content(self) -> bytes:
        """The bytes of the package."""
        table = self.tree("xl/sharedStrings.xml")
        sheets = [name for name in self.parts if name.startswith("xl/worksheets/sheet")]
        uses = sum(cell.get("t") == "s" for name in sheets for cell in self.tree(name).iter(f"{MAIN}c"))
        table.set("count", str(uses))
        out = BytesIO()
        with zipfile.ZipFile(out, "w") as archive:
            for name, content in self._written().items():
                archive.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), content, zipfile.ZIP_DEFLATED)
        return out.getvalue()

    # --- parts ----------------------------------------------------------------------------------------
    def add(self, part: str, content: str | bytes, content_type: str, *, default: bool = False) -> str:
        """A new part; `default` types it by its extension."""
        assert part not in self.parts, part
        self.parts[part] = content.encode() if isinstance(content, str) else content
        types = self.tree("[Content_Types].xml")
        extension = part.rsplit(".", 1)[-1]
        if default:
            if not any(el.get("Extension") == extension for el in types):
                types.insert(0, types.makeelement(f"{{{_PACKAGE}/content-types}}Default", {}))
                types[0].set("Extension", extension)
                types[0].set("ContentType", content_type)
        else:
            etree.SubElement(
                types, f"{{{_PACKAGE}/content-types}}Override", PartName=f"/{part}", ContentType=content_type
            )
        return part

    def relate(self, part: str, kind: str, target: str, *, external: bool = False) -> str:
        """A relationship of `part` ("" for the package) to a part or an address; returns its id."""
        rels = rels_name(part)
        if rels not in self.parts:
            self.parts[rels] = f'<Relationships xmlns="{_PACKAGE}/relationships"/>'.encode()
        tree = self.tree(rels)
        numbers = [int(found[1]) for el in tree if (found := re.fullmatch(r"rId(\d+)", el.get("Id")))]
        r_id = f"rId{max(numbers, default=0) + 1}"
        kind = kind if "/" in kind else f"{OFFICE}/{kind}"
        rel = etree.SubElement(
            tree, f"{{{_PACKAGE}/relationships}}Relationship", Id=r_id, Type=kind,
            Target=target if external else f"/{target}",
        )  # fmt: skip
        if external:
            rel.set("TargetMode", "External")
        return r_id

    def free(self, pattern: str) -> str:
        """The first free part name, `xl/drawings/drawing{}.xml` for instance."""
        number = 1
        while pattern.format(number) in self.parts:
            number += 1
        return pattern.format(number)

    # --- the workbook ---------------------------------------------------------------------------------
    @property
    def workbook(self) -> Any:
        return self.tree("xl/workbook.xml")

    def in_workbook(self, child: Any) -> Any:
        """Put an element into the workbook part; the existing one of that name is given instead."""
        return _placed(self.workbook, child, WORKBOOK_ORDER)

    def define(self, name: str, text: str, sheet: str | None = None) -> None:
        names = self.in_workbook(element("<definedNames/>"))
        made = etree.Element(f"{MAIN}definedName", name=name)
        made.text = text
        if sheet is not None:
            made.set("localSheetId", str(self.book.sheet_names.index(sheet)))
        names.append(made)
        names[:] = sorted(names, key=lambda el: (el.get("name").lower(), int(el.get("localSheetId", -1))))

    def new_sheet(self, name: str, after: int | None = None) -> Sheet:
        """An empty sheet at the end."""
        part = self.free("xl/worksheets/sheet{}.xml")
        self.add(
            part,
            f'<worksheet xmlns="{MAIN[1:-1]}" xmlns:r="{OFFICE}"><dimension ref="A1"/><sheetData/></worksheet>',
            f"{_SPREADSHEET}.worksheet+xml",
        )
        sheets = self.workbook.find(f"{MAIN}sheets")
        number = max(int(el.get("sheetId")) for el in sheets) + 1
        entry = etree.SubElement(sheets, f"{MAIN}sheet", name=name, sheetId=str(number))
        entry.set(f"{REL}id", self.relate("xl/workbook.xml", "worksheet", part))
        return Sheet(self, part)

    def sheet(self, name: str) -> Sheet:
        entry = next(el for el in self.workbook.find(f"{MAIN}sheets") if el.get("name") == name)
        return Sheet(self, self.rels("xl/workbook.xml")[entry.get(f"{REL}id")][1])

    # --- strings and styles ---------------------------------------------------------------------------
    def string(self, item: str) -> int:
        """The index of a shared string given as text, or as the XML of its runs."""
        table = self.tree("xl/sharedStrings.xml")
        table.set("count", str(int(table.get("count")) + 1))
        rich = item.startswith("<r>")
        if not rich:
            for index, si in enumerate(table):
                if len(si) == 1 and text_of(si) == item:
                    return index
        if rich:
            table.append(element(f"<si>{item}</si>"))
        else:
            made = etree.SubElement(etree.SubElement(table, f"{MAIN}si"), f"{MAIN}t")
            made.text = item
            if item != item.strip():
                made.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
        table.set("uniqueCount", str(len(table)))
        return len(table) - 1

    def style(self, base: int, **looks: str) -> int:
        """A cell format like `base` with a font, fill, border or number format given as XML (`numFmt` as its code)."""
        styles = self.tree("xl/styles.xml")
        xfs = styles.find(f"{MAIN}cellXfs")
        xf = deepcopy(xfs[base])
        for name, xml in looks.items():
            if name == "numFmt":
                formats = styles.find(f"{MAIN}numFmts")
                if formats is None:
                    formats = element('<numFmts count="0"/>')
                    styles.insert(0, formats)
                number = max([163, *(int(el.get("numFmtId")) for el in formats)]) + 1
                etree.SubElement(formats, f"{MAIN}numFmt", numFmtId=str(number), formatCode=xml)
                formats.set("count", str(len(formats)))
                xf.set("numFmtId", str(number))
                xf.set("applyNumberFormat", "1")
            elif name in ("protection", "alignment"):
                for old in xf.findall(f"{MAIN}{name}"):
                    xf.remove(old)
                xf.insert(0 if name == "alignment" else len(xf), element(xml))
                xf.set(f"apply{name.capitalize()}", "1")
            else:
                listed = styles.find(f"{MAIN}{name}s")
                listed.append(element(xml))
                listed.set("count", str(len(listed)))
                xf.set(f"{name}Id", str(len(listed) - 1))
                xf.set(f"apply{name.capitalize()}", "1")
        xfs.append(xf)
        xfs.set("count", str(len(xfs)))
        return len(xfs) - 1

    def dxf(self, xml: str) -> int:
        """A differential format, for conditional formats."""
        listed = self.tree("xl/styles.xml").find(f"{MAIN}dxfs")
        listed.append(element(f"<dxf>{xml}</dxf>"))
        listed.set("count", str(len(listed)))
        return len(listed) - 1


def _placed(tree: Any, child: Any, order: list[str]) -> Any:
    local = etree.QName(child).localname
    existing = tree.find(f"{MAIN}{local}")
    if existing is not None and local != "conditionalFormatting":
        return existing
    rank = order.index(local)
    names = (etree.QName(el).localname for el in tree if isinstance(el.tag, str))
    # Excel puts controls into an alternate content
    at = sum(order.index("controls" if name == "AlternateContent" else name) <= rank for name in names)
    tree.insert(at, child)
    return child


class Sheet:
    """A worksheet being changed; looks up keys and titles as `book.Sheet` does."""

    def __init__(self, edit: Edit, part: str) -> None:
        self.edit, self.part = edit, part
        self.tree = edit.tree(part)

    @property
    def data(self) -> Any:
        return self.tree.find(f"{MAIN}sheetData")

    @property
    def name(self) -> str:
        return next(
            el.get("name") for el in self.edit.workbook.find(f"{MAIN}sheets")
            if self._part(el.get(f"{REL}id")) == self.part
        )  # fmt: skip

    def _part(self, r_id: str) -> str:
        return self.edit.rels("xl/workbook.xml")[r_id][1]

    @property
    def read(self) -> Any:
        """The sheet as it stands, for reading (made anew each time)."""
        return self.edit.book.sheet(self.name)

    def place(self, child: Any) -> Any:
        """Put an element among the sheet's children; the existing one of that name is given instead."""
        return _placed(self.tree, child, ORDER)

    def extension(self, uri: str, xml: str) -> Any:
        """An element in an extension of the sheet."""
        listed = self.place(element("<extLst/>"))
        for ext in listed:
            if ext.get("uri") == uri:
                return ext[0]
        listed.append(element(f'<ext uri="{uri}">{xml}</ext>'))
        return listed[-1][0]

    def row(self, number: int) -> Any:
        at = 0
        for at, line in enumerate(self.data, 1):
            if int(line.get("r")) == number:
                return line
            if int(line.get("r")) > number:
                at -= 1
                break
        line = etree.Element(f"{MAIN}row", r=str(number))
        self.data.insert(at, line)
        return line

    def cell(self, row: int, column: int) -> Any:
        line = self.row(row)
        if line.get("spans"):
            del line.attrib["spans"]
        at = 0
        for at, cell in enumerate(line, 1):
            place = area(cell.get("r")).left
            if place == column:
                return cell
            if place > column:
                at -= 1
                break
        cell = etree.Element(f"{MAIN}c", r=f"{get_column_letter(column)}{row}")
        line.insert(at, cell)
        self._widen(row, column)
        return cell

    def _widen(self, row: int, column: int) -> None:
        dimension = self.tree.find(f"{MAIN}dimension")
        if dimension is not None:
            top, left, bottom, right = area(dimension.get("ref"))
            first = f"{get_column_letter(min(left, column))}{min(top, row)}"
            dimension.set("ref", f"{first}:{get_column_letter(max(right, column))}{max(bottom, row)}")

    def put(
        self, row: int, column: int, value: Any = None, *, formula: Any = None, style: int | None = None
    ) -> Any:
        """Type a value (text, number, bool), or a formula (text, or an `f` element) with its cached value."""
        cell = self.cell(row, column)
        for child in list(cell):
            cell.remove(child)
        cell.attrib.pop("t", None)
        if style is not None:
            cell.set("s", str(style))
        if formula is not None:
            f = etree.SubElement(cell, f"{MAIN}f") if isinstance(formula, str) else formula
            if isinstance(formula, str):
                f.text = formula
            else:
                cell.append(f)
            if isinstance(value, str):
                cell.set("t", "str")
                etree.SubElement(cell, f"{MAIN}v").text = value
            elif value is not None:
                etree.SubElement(cell, f"{MAIN}v").text = str(value)
        elif isinstance(value, bool):
            cell.set("t", "b")
            etree.SubElement(cell, f"{MAIN}v").text = str(int(value))
        elif isinstance(value, str):
            cell.set("t", "s")
            etree.SubElement(cell, f"{MAIN}v").text = str(self.edit.string(value))
        elif value is not None:
            etree.SubElement(cell, f"{MAIN}v").text = str(value)
        return cell

    def relate(self, kind: str, target: str, *, external: bool = False) -> str:
        return self.edit.relate(self.part, kind, target, external=external)

    @property
    def table(self) -> Any:
        """The element of the leftmost table part."""
        parts = self.edit.targets(self.part, "table")
        return min((self.edit.tree(part) for part in parts), key=lambda el: area(el.get("ref")).left)

    def column_format(self, column: int, **attributes: str) -> None:
        """Attributes of a column (width, hidden, outlineLevel); groups of columns are split."""
        cols = self.place(element("<cols/>"))
        for col in list(cols):
            low, high = int(col.get("min")), int(col.get("max"))
            if low <= column <= high:
                for a, b in ((low, column - 1), (column + 1, high)):
                    if a <= b:
                        piece = deepcopy(col)
                        piece.set("min", str(a))
                        piece.set("max", str(b))
                        col.addprevious(piece) if a == low else col.addnext(piece)
                col.set("min", str(column))
                col.set("max", str(column))
                break
        else:
            col = etree.Element(f"{MAIN}col", min=str(column), max=str(column), width="9.140625")
            at = sum(int(el.get("min")) < column for el in cols)
            cols.insert(at, col)
        for name, value in attributes.items():
            col.set(name, value)

    # --- whole rows and columns -------------------------------------------------------------------------
    def shift(
        self,
        rows: Map = lambda row: row,
        columns: Map = lambda column: column,
    ) -> None:
        """Move rows and columns with all that refers to them, as Excel does when they are inserted, cut or deleted.

        The maps give a new number, or None for what is deleted. Ranges keep together by their ends.
        """
        moved: list[tuple[int, Any]] = []
        for line in list(self.data):
            number = rows(int(line.get("r")))
            self.data.remove(line)
            if number is None:
                continue
            line.set("r", str(number))
            line.attrib.pop("spans", None)
            cells = []
            for cell in list(line):
                line.remove(cell)
                at = columns(area(cell.get("r")).left)
                if at is not None:
                    cell.set("r", f"{get_column_letter(at)}{number}")
                    cells.append((at, cell))
            line.extend(cell for _, cell in sorted(cells, key=lambda pair: pair[0]))
            moved.append((number, line))
        self.data.extend(line for _, line in sorted(moved, key=lambda pair: pair[0]))

        def ref(text: str) -> str:
            return " ".join(filter(None, (_moved(one, rows, columns) for one in text.split())))

        def ranges(text: str) -> str:
            """Columns that come apart, as ranges of their own."""
            found = []
            for one in text.split():
                top, left, bottom, right = area(one)
                at = [columns(column) for column in range(left, min(right, 200) + 1)]
                if right > 200 or at == list(range(at[0] or 0, (at[0] or 0) + len(at))):
                    found.append(_moved(one, rows, columns))
                else:
                    letters = [get_column_letter(column) for column in at if column is not None]
                    found += [_moved(f"{c}{top}:{c}{bottom}", rows, lambda column: column) for c in letters]
            return " ".join(filter(None, found))

        def formula(text: str, own: bool) -> str:
            return _REFERENCES.sub(
                lambda found: found[0]
                if found["text"] or ((found["sheet"] or "").strip("'") != self.name if found["sheet"] else not own)
                else (found["sheet"] or "") + ("!" if found["sheet"] else "") + (_moved(found["ref"], rows, columns) or "#REF!"),
                text,
            )  # fmt: skip

        name = self.name
        for el in self.tree.iter():
            local = etree.QName(el).localname if isinstance(el.tag, str) else ""
            for attribute in ("ref", "sqref"):
                if (
                    el.get(attribute)
                    and local not in ("c", "hyperlink", "ignoredError")
                    and el.get(attribute) != "A1"
                ):
                    el.set(attribute, (ranges if attribute == "sqref" else ref)(el.get(attribute)))
            if local == "hyperlink":
                el.set("ref", ref(el.get("ref")))
            if local in ("f", "formula", "formula1", "formula2") and el.text:
                el.text = formula(el.text, True)
        cols = self.tree.find(f"{MAIN}cols")
        if cols is not None:
            found = []
            for col in list(cols):
                cols.remove(col)
                for at in range(int(col.get("min")), int(col.get("max")) + 1):
                    if (new := columns(at)) is not None:
                        piece = deepcopy(col)
                        piece.set("min", str(new))
                        piece.set("max", str(new))
                        found.append((new, piece))
            cols.extend(piece for _, piece in sorted(found, key=lambda pair: pair[0]))
        for part in self.edit.targets(self.part, "table"):
            self._shift_table(self.edit.tree(part), rows, columns)
        for el in self.edit.workbook.iter(f"{MAIN}definedName"):
            if el.text and name in el.text:
                el.text = formula(el.text, False)
        for other in [part for part in self.edit.parts if re.match(r"xl/worksheets/sheet\d+\.xml$", part)]:
            if other != self.part and (other in self.edit._trees or name in self.edit.parts[other].decode()):
                for f in self.edit.tree(other).iter(f"{MAIN}f"):
                    if f.text:
                        f.text = formula(f.text, False)
        for chart in [part for part in self.edit.parts if part.startswith("xl/charts/")]:
            for f in self.edit.tree(chart).iter("{*}f"):
                f.text = formula(f.text or "", False)

    def _shift_table(self, table: Any, rows: Map, columns: Map) -> None:
        place = area(table.get("ref"))
        listed = table.find(f"{MAIN}tableColumns")
        at = {}
        for number, column in enumerate(list(listed), place.left):
            listed.remove(column)
            if (new := columns(number)) is not None:
                at[new] = column
        low, high = min(at), max(at)
        fresh = max(int(el.get("id")) for el in at.values())
        for number in range(low, high + 1):
            if number not in at:
                fresh += 1
                at[number] = etree.Element(f"{MAIN}tableColumn", id=str(fresh), name=f"列{fresh}")
                self.put(rows(place.top) or 1, number, f"列{fresh}")
            listed.append(at[number])
        listed.set("count", str(len(listed)))
        bottom = next(row for old in range(place.bottom, 0, -1) if (row := rows(old)) is not None)
        new_ref = f"{get_column_letter(low)}{rows(place.top)}:{get_column_letter(high)}{bottom}"
        table.set("ref", new_ref)
        for el in table.iter(f"{MAIN}autoFilter"):
            el.set("ref", new_ref)
        for el in table.iter(f"{MAIN}sortState", f"{MAIN}sortCondition"):
            el.set("ref", _moved(el.get("ref"), rows, columns) or new_ref)


_REFERENCES = re.compile(
    r"""(?P<text>"(?:[^"]|"")*"|\[[^\]]*\])
      | (?:(?P<sheet>'(?:[^']|'')+'|[\w.]+)!)?
        (?P<ref>\$?[A-Z]{1,3}\$?[0-9]+(?::\$?[A-Z]{1,3}\$?[0-9]+)?|\$?[A-Z]{1,3}:\$?[A-Z]{1,3}|\$?[0-9]+:\$?[0-9]+)
        (?![\w(!.\[])""",
    re.VERBOSE,
)
_PIECE = re.compile(r"(\$?)([A-Z]*)(\$?)([0-9]*)")


def _moved(ref: str, rows: Map, columns: Map) -> str | None:
    """A reference after the move; a range shrinks by what is deleted at its ends, None where nothing is left."""
    ends = [_PIECE.fullmatch(end) for end in ref.split(":")]
    pieces = []
    for at, end in enumerate(ends):
        assert end, ref
        fixed, letters, row_fixed, number = end.groups()
        step = 0 if len(ends) == 1 else -1 if at else 1
        if letters:
            other = column_index_from_string((ends[1 - at] if step else end)[2])
            column = _survivor(column_index_from_string(letters), other, step, columns, 16_384)
            if column is None:
                return None
            letters = get_column_letter(column)
        if number:
            if not letters:  # whole rows: the regular expression takes their $ for the column's
                fixed, row_fixed = "", fixed
            other = int((ends[1 - at] if step else end)[4])
            row = _survivor(int(number), other, step, rows, 1_048_576)
            if row is None:
                return None
            number = str(row)
        pieces.append(f"{fixed}{letters}{row_fixed}{number}")
    return ":".join(pieces)


def _survivor(number: int, other: int, step: int, new: Map, limit: int) -> int | None:
    """Where the first of `number`, and those after it up to `other`, that is not deleted goes."""
    if number == limit:
        return number
    for old in (
        range(number, (min(other, number + 5000) if step > 0 else max(other, number - 5000)) + step, step)
        if step
        else (number,)
    ):
        if (at := new(old)) is not None:
            return at
    return None
