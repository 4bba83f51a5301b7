"""What every package must hold and a patch can break; `broken(book)` lists what does not.

Also `ours_wrong`: cells of ours that do not say what the tracker's view says, told by key.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from itertools import pairwise
from typing import Any

from lxml import etree
from openpyxl.utils import get_column_letter

from eduxl import labels as L
from eduxl.ooxml import Formula, Link
from eduxl.tracker.layout.home import home_cells
from eduxl.tracker.layout.overview import overview_layout
from eduxl.tracker.layout.placed import Placed
from eduxl.tracker.tables import Master, Table
from tests.survival.book import KEYS, MAIN, REL, Area, Book, Key, Sheet, area, plain

_TYPES = "{http://schemas.openxmlformats.org/package/2006/content-types}"
_EXCEL = "{urn:schemas-microsoft-com:office:excel}"
_ROWS, _COLUMNS = 1_048_576, 16_384


def broken(book: Book) -> list[str]:
    """Sentences on what does not hold."""
    return [
        *_package(book),
        *_workbook(book),
        *_strings(book),
        *(s for name in book.sheet_names for s in _sheet(book, name)),
    ]


# --- the package --------------------------------------------------------------------------------------
def _package(book: Book) -> Iterator[str]:
    types = book.tree("[Content_Types].xml")
    overrides = [el.get("PartName").lstrip("/") for el in types.findall(f"{_TYPES}Override")]
    defaults = {el.get("Extension").lower() for el in types.findall(f"{_TYPES}Default")}
    yield from (f"two content types: {name}" for name, times in Counter(overrides).items() if times > 1)
    yield from (f"content type of nothing: {name}" for name in overrides if name not in book.parts)
    reached = {"[Content_Types].xml"}
    for name in book.parts:
        if (
            name not in overrides
            and name.rsplit(".", 1)[-1].lower() not in defaults | {"xml]"}
            and name not in reached
        ):
            yield f"no content type: {name}"
        if name.endswith((".xml", ".rels", ".vml")):
            try:
                book.tree(name)
            except etree.XMLSyntaxError as error:
                yield f"not XML: {name}: {error}"
        if name.endswith(".rels"):
            reached.add(name)
            owner = re.sub(r"_rels/([^/]*)\.rels$", r"\1", name)
            if owner and owner not in book.parts:
                yield f"relationships of nothing: {name}"
            ids = [el.get("Id") for el in book.tree(name)]
            if len(ids) != len(set(ids)):
                yield f"two relationships of one id: {name}"
            for kind, target, outside in book.rels(owner).values():
                reached.add(target)
                if not outside and target not in book.parts and not target.startswith("#"):
                    yield f"{owner} relates to nothing: {kind} {target}"
    yield from (f"nobody relates to {name}" for name in book.parts if name not in reached)
    for name in book.parts:
        if name.endswith((".xml", ".vml")) and not name.startswith("["):
            used = {
                value for el in book.tree(name).iter() for key, value in el.attrib.items()
                if key.startswith(REL) and value
            }  # fmt: skip
            if missing := used - set(book.rels(name)):
                yield f"{name} uses relationships that are not there: {sorted(missing)}"


def _workbook(book: Book) -> Iterator[str]:
    sheets = list(book.workbook.find(f"{MAIN}sheets"))
    for what in ("name", "sheetId", f"{REL}id"):
        values = [el.get(what, "").lower() for el in sheets]
        if len(values) != len(set(values)):
            yield f"two sheets of one {what}: {values}"
    yield from (
        f"bad name of a sheet: {n}" for n in book.sheet_names if len(n) > 31 or re.search(r"[\[\]:*?/\\]", n)
    )
    codes = [
        el.get("codeName")
        for n in book.sheet_names
        for el in book.sheet(n).all("sheetPr")
        if el.get("codeName")
    ]
    if len(codes) != len(set(codes)):
        yield f"two sheets of one code name: {codes}"
    names = book.workbook.find(f"{MAIN}definedNames")
    keys = [(el.get("name").lower(), el.get("localSheetId")) for el in (() if names is None else names)]
    yield from (f"two names {key}" for key, times in Counter(keys).items() if times > 1)
    yield from (f"name of a sheet that is not there: {k}" for k in keys if k[1] and int(k[1]) >= len(sheets))
    tables = [table for name in book.sheet_names for table in book.sheet(name).tables]
    for what in ("id", "displayName"):
        values = [el.get(what).lower() for el in tables]
        if len(values) != len(set(values)):
            yield f"two tables of one {what}: {values}"
    table_names = {el.get("displayName").lower() for el in tables}
    for (sheet, name), text in book.defined_names().items():
        if name.lower() in table_names:
            yield f"name {name} is a table's too"
        yield from (f"name {sheet} {name}: {wrong}" for wrong in _wrong_references(book, text, table_names))
    view = book.workbook.find(f"{MAIN}bookViews/{MAIN}workbookView")
    if view is not None:
        for what in ("activeTab", "firstSheet"):
            if int(view.get(what, "0")) >= len(sheets):
                yield f"{what} shows no sheet"
        if sheets[min(int(view.get("activeTab", "0")), len(sheets) - 1)].get("state", "visible") != "visible":
            yield "the active sheet is hidden"


def _wrong_references(book: Book, text: str, tables: set[str]) -> Iterator[str]:
    """Sheets and tables that a formula names and that are not there."""
    bare = re.sub(r'"(?:[^"]|"")*"', '""', text)
    for quoted, word in re.findall(r"(?:'((?:[^']|'')+)'|([\w.]+))!", bare):
        name = quoted.replace("''", "'") or word
        if name not in book.sheet_names and "[" not in name and f"]{name}!" not in bare and name != "REF":
            yield f"no sheet {name}: {text}"
    for word in re.findall(r"(\w+)\[", bare):
        if word.lower() not in tables:
            yield f"no table {word}: {text}"


def _strings(book: Book) -> Iterator[str]:
    uses = Counter(
        int(cell.element.findtext(f"{MAIN}v"))
        for name in book.sheet_names
        for cell in book.sheet(name).cells.values()
        if cell.element.get("t") == "s"
    )
    if "xl/sharedStrings.xml" not in book.parts:
        return
    table = book.tree("xl/sharedStrings.xml")
    if uses and max(uses) >= len(book.strings):
        yield "a cell has a string that is not there"
    for what, number in (("count", sum(uses.values())), ("uniqueCount", len(book.strings))):
        if table.get(what) not in (None, str(number)):
            yield f"shared strings: {what} says {table.get(what)}, there are {number}"


# --- a sheet ------------------------------------------------------------------------------------------
def _sheet(book: Book, name: str) -> Iterator[str]:
    sheet = book.sheet(name)
    for sentence in (
        *_cells(book, sheet),
        *_ranges(book, sheet),
        *_tables(book, sheet),
        *_notes(book, sheet),
    ):
        yield f"{name}: {sentence}"


def _cells(book: Book, sheet: Sheet) -> Iterator[str]:
    data = sheet.tree.find(f"{MAIN}sheetData")
    numbers = [int(row.get("r")) for row in data]
    if numbers != sorted(set(numbers)):
        yield "rows out of order"
    looks = len(book.styles.find(f"{MAIN}cellXfs"))
    tables = {el.get("displayName").lower() for name in book.sheet_names for el in book.sheet(name).tables}
    groups: dict[str, Area] = {}
    for row in data:
        columns = [area(cell.get("r")) for cell in row]
        if [c.left for c in columns] != sorted({c.left for c in columns}):
            yield f"cells out of order in row {row.get('r')}"
        if any(c.top != int(row.get("r")) for c in columns):
            yield f"a cell in the wrong row {row.get('r')}"
        if int(row.get("s", "0")) >= looks:
            yield f"no such format: row {row.get('r')}"
        for cell in row:
            ref = cell.get("r")
            if int(cell.get("s", "0")) >= looks:
                yield f"no such format: {ref}"
            f = cell.find(f"{MAIN}f")
            if f is None:
                continue
            if f.get("t") == "shared" and f.text:
                groups[f.get("si")] = area(f.get("ref"))
            if f.get("t") == "shared":
                group = groups.get(f.get("si"))
                at = area(ref)
                if group is None or not (
                    group.top <= at.top <= group.bottom and group.left <= at.left <= group.right
                ):
                    yield f"{ref} shares a formula that does not reach it"
            if f.text:
                yield from (f"{ref}: {wrong}" for wrong in _wrong_references(book, f.text, tables))


def _ranges(book: Book, sheet: Sheet) -> Iterator[str]:
    for el in sheet.tree.iter():
        if not isinstance(el.tag, str):
            continue
        local = etree.QName(el).localname
        texts = [el.get("ref", ""), el.get("sqref", ""), (el.text or "") if local == "sqref" else ""]
        for ref in " ".join(texts).split():
            try:
                top, left, bottom, right = area(ref)
            except AssertionError:
                yield f"no range: {local} {ref}"
                continue
            if not (1 <= top <= bottom <= _ROWS and 1 <= left <= right <= _COLUMNS):
                yield f"outside the sheet: {local} {ref}"
        if "sqref" in el.attrib and not el.get("sqref").strip():
            yield f"no range: {local}"
        counts = {"mergeCells", "dataValidations", "tableParts", "rowBreaks", "colBreaks"}
        if local in counts and el.get("count") not in (None, str(len(el))) and el.tag.startswith(MAIN):
            yield f"{local} says {el.get('count')}, there are {len(el)}"
        if local in counts | {
            "hyperlinks",
            "ignoredErrors",
            "protectedRanges",
            "conditionalFormatting",
        } and not len(el):
            yield f"{local} is empty"
    looks = book.styles.find(f"{MAIN}dxfs")
    for rule in sheet.all("cfRule"):
        if rule.get("dxfId") and int(rule.get("dxfId")) >= len(looks):
            yield f"no such format: rule {rule.get('dxfId')}"
        if rule.tag.startswith(MAIN) and not rule.get("priority"):
            yield "a rule without a rank"
    cols = sheet.tree.findall(f"{MAIN}cols/{MAIN}col")
    spans = [(int(el.get("min")), int(el.get("max"))) for el in cols]
    if any(a[1] >= b[0] for a, b in pairwise(spans)) or any(a > b for a, b in spans):
        yield f"columns overlap: {spans}"
    merged = [area(el.get("ref")) for el in sheet.all("mergeCell")]
    tabled = [area(el.get("ref")) for el in sheet.tables]
    yield from (f"merged cells overlap: {pair}" for pair in _overlaps(merged))
    yield from (f"tables overlap: {pair}" for pair in _overlaps(tabled))
    yield from (
        f"merged cells in a table: {m}"
        for m in merged
        for t in tabled
        if _overlap(m, t) and m.bottom != m.top
    )
    dimension = sheet.one("dimension")
    if dimension is not None and sheet.cells:
        place = area(dimension.get("ref"))
        last = max(row for row, _ in sheet.cells), max(column for _, column in sheet.cells)
        if last > (place.bottom, _COLUMNS) or max(c for _, c in sheet.cells) > place.right:
            yield f"the sheet is larger than it says: {dimension.get('ref')}, {last}"
    own = sheet.tree.find(f"{MAIN}autoFilter")
    if own is not None:
        text = book.defined_names().get((sheet.name, "_xlnm._FilterDatabase"), "")
        if text and text.replace("$", "").rpartition("!")[2] != own.get("ref"):
            yield f"the filter's name says {text}, the filter {own.get('ref')}"


def _overlap(a: Area, b: Area) -> bool:
    return a.top <= b.bottom and b.top <= a.bottom and a.left <= b.right and b.left <= a.right


def _overlaps(areas: list[Area]) -> Iterator[tuple[Area, Area]]:
    for i, one in enumerate(areas):
        yield from ((one, other) for other in areas[i + 1 :] if _overlap(one, other))


def _tables(book: Book, sheet: Sheet) -> Iterator[str]:
    parts = {el.get(f"{REL}id") for el in sheet.all("tablePart")}
    related = {r_id for r_id, (kind, _, _) in book.rels(sheet.part).items() if kind == "table"}
    if parts != related:
        yield f"tables {sorted(parts)} of the sheet, {sorted(related)} related"
    for table in sheet.tables:
        place, name = area(table.get("ref")), table.get("displayName")
        columns = [el.get("name") for el in table.iter(f"{MAIN}tableColumn")]
        heads = [plain(sheet.value(place.top, c)) for c in range(place.left, place.right + 1)]
        if columns != heads:
            yield f"{name}: columns {columns} under headers {heads}"
        if len({c.lower() for c in columns}) != len(columns):
            yield f"{name}: two columns of one name"
        ids = [el.get("id") for el in table.iter(f"{MAIN}tableColumn")]
        if len(ids) != len(set(ids)):
            yield f"{name}: two columns of one id"
        if int(table.find(f"{MAIN}tableColumns").get("count")) != len(columns):
            yield f"{name}: a wrong count of columns"
        if place.bottom - int(table.get("totalsRowCount", "0")) <= place.top:
            yield f"{name}: no row"
        own = table.find(f"{MAIN}autoFilter")
        if own is not None:
            want = place._replace(bottom=place.bottom - int(table.get("totalsRowCount", "0")))
            if area(own.get("ref")) != want:
                yield f"{name}: filter {own.get('ref')}, table {table.get('ref')}"
        if any(
            sheet.cells[place.top, c].formula
            for c in range(place.left, place.right + 1)
            if (place.top, c) in sheet.cells
        ):
            yield f"{name}: a formula as header"


def _notes(book: Book, sheet: Sheet) -> Iterator[str]:
    noted: list[str] = []
    for _, tree in sheet.related("comments"):
        noted += [el.get("ref") for el in tree.iter(f"{MAIN}comment")]
    if len(noted) != len(set(noted)):
        yield f"two notes on a cell: {noted}"
    boxes = []
    for part in book.targets(sheet.part, "vmlDrawing"):
        ids = [el.get("id") for el in book.tree(part).iter("{urn:schemas-microsoft-com:vml}shape")]
        if len(ids) != len(set(ids)):
            yield f"two shapes of one id: {ids}"
        for data in book.tree(part).iter(f"{_EXCEL}ClientData"):
            if data.get("ObjectType") == "Note":
                row, column = (int(data.findtext(f"{_EXCEL}{what}")) for what in ("Row", "Column"))
                boxes.append(f"{get_column_letter(column + 1)}{row + 1}")
    if sorted(noted) != sorted(boxes):
        yield f"notes {sorted(noted)}, boxes {sorted(boxes)}"
    for _, tree in sheet.related("threadedComment"):
        for el in tree:
            if el.get("ref") not in noted:
                yield f"a talk without its note: {el.get('ref')}"


# --- what our cells say ---------------------------------------------------------------------------------
_DAY_ZERO = datetime(1899, 12, 30)


def serial(value: Any) -> Any:
    if isinstance(value, datetime):
        return (value - _DAY_ZERO).total_seconds() / 86_400
    if isinstance(value, date):
        return (datetime(value.year, value.month, value.day) - _DAY_ZERO).days
    return value


def _same(wanted: Any, found: Any) -> bool:
    wanted = serial(wanted)
    if isinstance(wanted, int | float):
        return isinstance(found, float) and abs(found - wanted) < 1e-6
    return (wanted or "") == (found or "")


def ours_wrong(book: Book, master: Master) -> list[str]:
    """Where our cells differ from a view, by key and title; also rows that are missing or stand there twice."""
    tables = (
        master.tasks, master.entries, master.history, master.alerts, master.indicators, master.problems, master.roster,
        master.rejected, master.reminders, master.log,
    )  # fmt: skip
    return [
        *(sentence for table in tables for sentence in _table_wrong(book, table)),
        *_matrix_wrong(book, master),
        *_rules_wrong(book, master),
        *_placed_wrong(book, L.HOME, home_cells(master)),
        *_placed_wrong(book, L.OVERVIEW, overview_layout(master).cells),
    ]


def _table_wrong(book: Book, table: Table) -> Iterator[str]:
    if table.sheet not in book.sheet_names:
        yield f"no sheet {table.sheet}"
        return
    sheet = book.sheet(table.sheet)
    if lacking := [title for title in table.columns if title not in sheet.titles]:
        yield f"{table.sheet}: no columns {lacking}"
        return
    names = [table.columns.index(name) for name in KEYS[table.sheet]]
    wanted: dict[Key, Any] = {}
    for row in table.rows:
        wanted.setdefault(tuple(plain(serial(row[i])) for i in names), row)
    if missing := [key for key in wanted if key not in sheet.rows]:
        yield f"{table.sheet}: no rows {missing}"
    for key, row in wanted.items():
        if key not in sheet.rows:
            continue
        for title, value in zip(table.columns, row, strict=True):
            cell = sheet.at(key, title)
            if title != L.LOCATE and not _same(value, cell and cell.value):
                yield f"{table.sheet} {key} {title}: {cell and cell.value!r} for {value!r}"
        if L.LOCATE in table.columns and key[1] and (cell := sheet.at(key, L.LOCATE)):
            yield from _locate_wrong(book, key, cell.formula or "")
    inside = [row for row in sheet.keys if not sheet.first <= row <= sheet.last]
    if inside:
        yield f"{table.sheet}: rows {inside} outside the table {sheet.first}–{sheet.last}"


def _locate_wrong(book: Book, key: Key, formula: str) -> Iterator[str]:
    found = re.search(r"'填报明细'!A([0-9]+)", formula)
    led = book.sheet(L.ENTRIES).keys.get(int(found[1])) if found else None
    if led is None or led[0] != key[1] or (key[2] and led[1] != key[2]):
        yield f"定位 of {key} leads to {led}: {formula}"


def _matrix_wrong(book: Book, master: Master) -> Iterator[str]:
    sheet = book.sheet(L.MATRIX) if L.MATRIX in book.sheet_names else None
    if sheet is None or L.UNIT_CODE not in sheet.titles:
        yield "no matrix"
        return
    for unit in master.matrix.units:
        for task in master.matrix.tasks:
            wanted = master.matrix.cells.get((unit.code, task.no))
            text = f"{wanted.light} {wanted.text}".strip() if wanted else ""
            if (unit.code,) not in sheet.rows or plain(task.no) not in sheet.titles:
                yield f"{L.MATRIX}: no place for {unit.code} {task.no}"
                continue
            cell = sheet.at((unit.code,), task.no)
            if ((cell and cell.value) or "") != text:
                yield f"{L.MATRIX} {unit.code} {task.no}: {cell and cell.value!r} for {text!r}"


def _rules_wrong(book: Book, master: Master) -> Iterator[str]:
    """The rules right of the roster, which have titles in common with it."""
    sheet, rules = book.sheet(L.ROSTER), master.rules
    table = next((el for el in sheet.tables if el.get("displayName") == "tblRules"), None)
    if table is None:
        yield "no table of the rules"
        return
    place = area(table.get("ref"))
    heads = [plain(sheet.value(place.top, column)) for column in range(place.left, place.right + 1)]
    if lacking := [title for title in rules.columns if title not in heads]:
        yield f"rules: no columns {lacking} among {heads}"
        return
    at = [place.left + heads.index(title) for title in rules.columns]
    rows = {sheet.value(row, at[0]): row for row in range(place.top + 1, place.bottom + 1)}
    for wanted in rules.rows:
        row = rows.get(wanted[0], 0)
        found = [sheet.value(row, column) for column in at]
        if not all(_same(value, cell) for value, cell in zip(wanted, found, strict=True)):
            yield f"rule {wanted}: {found}"


def _placed_wrong(book: Book, name: str, cells: Sequence[Placed]) -> Iterator[str]:
    """Single cells of ours, wherever the first of them stands now."""
    if name not in book.sheet_names:
        yield f"no sheet {name}"
        return
    sheet = book.sheet(name)
    first = cells[0]
    place = next((at for at, cell in sorted(sheet.cells.items()) if cell.value == first.value), None)
    if place is None:
        yield f"{name}: nowhere {first.value!r}"
        return
    down, right = place[0] - first.row, place[1] - first.col
    for cell in cells:
        value = cell.value
        found = sheet.cells.get((cell.row + down, cell.col + right))
        wanted = (
            value.cached if isinstance(value, Formula) else value.text if isinstance(value, Link) else value
        )
        if not _same(wanted, found and found.value):
            yield f"{name} {get_column_letter(cell.col + right + 1)}: {found and found.value!r} for {wanted!r}"
