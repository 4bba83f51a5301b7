"""Workbooks for the patcher's tests, written as several programs write them, and ways to look into a package."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable, Mapping, Sequence
from io import BytesIO
from typing import Any

from lxml import etree
from xlsxwriter import Workbook

from eduxl.ooxml import NewRow, Package, Value

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
STRICT = "http://purl.oclc.org/ooxml/spreadsheetml/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_STRICT_OFFICE = "http://purl.oclc.org/ooxml/officeDocument/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_SPREADSHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml"
COLUMNS = ("编码", "数量", "说明")

STYLES = (
    f'<styleSheet xmlns="{MAIN}"><fonts count="1"><font><sz val="11"/><name val="等线"/></font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills>'
    '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
    '<cellXfs count="3"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
    '<xf numFmtId="14" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
    '<xf numFmtId="9" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/></cellXfs>'
    '<cellStyles count="1"><cellStyle name="常规" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
)


def zipped(parts: Mapping[str, str | bytes]) -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return out.getvalue()


def parts(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def edited(data: bytes, **changes: Callable[[str], str]) -> bytes:
    """The package with parts rewritten; keywords are the ends of their names, `_` for `.` and `/`."""
    content: dict[str, str | bytes] = dict(parts(data))
    for name in list(content):
        for key, change in changes.items():
            if re.sub(r"\W", "_", name).endswith(key):
                content[name] = change(bytes(content[name]).decode())
    return zipped(content)


def by_hand(
    sheets: Mapping[str, str], *, strings: Sequence[str] | None = None, strict: bool = False,
    names: Mapping[str, str] | None = None, more: Mapping[str, str | bytes] | None = None,
    links: Mapping[str, str] | None = None, types: str = "", calc: bool = False,
) -> bytes:  # fmt: skip
    """A package of worksheets given as XML. `links` has relationships of the first sheet as XML by nothing but text."""
    office, main = (_STRICT_OFFICE, STRICT) if strict else (_OFFICE, MAIN)
    worksheets = list(sheets)
    rels = "".join(
        f'<Relationship Id="rId{i}" Type="{office}/worksheet" Target="worksheets/sheet{i}.xml"/>'
        for i in range(1, len(worksheets) + 1)
    )
    rels += f'<Relationship Id="rId90" Type="{office}/styles" Target="styles.xml"/>'
    overrides = "".join(
        f'<Override PartName="/xl/worksheets/sheet{i}.xml" ContentType="{_SPREADSHEET}.worksheet+xml"/>'
        for i in range(1, len(worksheets) + 1)
    )
    content: dict[str, str | bytes] = {}
    if strings is not None:
        items = "".join(f"<si><t>{text}</t></si>" for text in strings)
        content["xl/sharedStrings.xml"] = (
            f'<sst xmlns="{main}" count="{len(strings)}" uniqueCount="{len(strings)}">{items}</sst>'
        )
        rels += f'<Relationship Id="rId91" Type="{office}/sharedStrings" Target="sharedStrings.xml"/>'
        overrides += (
            f'<Override PartName="/xl/sharedStrings.xml" ContentType="{_SPREADSHEET}.sharedStrings+xml"/>'
        )
    if calc:
        content["xl/calcChain.xml"] = f'<calcChain xmlns="{main}"><c r="D2" i="1"/></calcChain>'
        rels += f'<Relationship Id="rId92" Type="{office}/calcChain" Target="calcChain.xml"/>'
        overrides += f'<Override PartName="/xl/calcChain.xml" ContentType="{_SPREADSHEET}.calcChain+xml"/>'
    defined = "".join(
        f'<definedName name="{name}">{text}</definedName>' for name, text in (names or {}).items()
    )
    listed = "".join(
        f'<sheet name="{name}" sheetId="{i}" r:id="rId{i}"/>' for i, name in enumerate(worksheets, 1)
    )
    return zipped(
        {
            "[Content_Types].xml": (
                f'<Types xmlns="{_PACKAGE}/content-types"><Default Extension="rels" '
                'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
                '<Default Extension="xml" ContentType="application/xml"/>'
                f'<Override PartName="/xl/workbook.xml" ContentType="{_SPREADSHEET}.sheet.main+xml"/>{overrides}'
                f'<Override PartName="/xl/styles.xml" ContentType="{_SPREADSHEET}.styles+xml"/>{types}</Types>'
            ),
            "_rels/.rels": (
                f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1" '
                f'Type="{office}/officeDocument" Target="xl/workbook.xml"/></Relationships>'
            ),
            "xl/workbook.xml": (
                f'<workbook xmlns="{main}" xmlns:r="{office}"><sheets>{listed}</sheets>'
                + (f"<definedNames>{defined}</definedNames>" if defined else "")
                + "</workbook>"
            ),
            "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">{rels}</Relationships>',
            "xl/styles.xml": STYLES.replace(MAIN, main),
            **{f"xl/worksheets/sheet{i}.xml": sheets[name] for i, name in enumerate(worksheets, 1)},
            **content,
            **(more or {}),
        }
    )


def worksheet(rows: str, *, before: str = "", after: str = "", main: str = MAIN) -> str:
    return (
        f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<worksheet xmlns="{main}" '
        f'xmlns:r="{_STRICT_OFFICE if main == STRICT else _OFFICE}">{before}<sheetData>{rows}</sheetData>{after}</worksheet>'
    )


def inline(ref: str, text: str) -> str:
    return f'<c r="{ref}" t="inlineStr"><is><t>{text}</t></is></c>'


def simple_rows(count: int = 4, extra: Callable[[int], str] = lambda row: "") -> str:
    """A header and rows with keys K2, K3 … in column A, as inline strings; `extra` gives more cells of a row."""
    head = "".join(inline(f"{letter}1", name) for letter, name in zip("ABC", COLUMNS, strict=True))
    body = "".join(
        f'<row r="{row}">{inline(f"A{row}", f"K{row}")}<c r="B{row}"><v>{row * 10}</v></c>{inline(f"C{row}", f"说明{row}")}'
        f"{extra(row)}</row>"
        for row in range(2, count + 2)
    )
    return f'<row r="1">{head}</row>{body}'


def patched(
    data: bytes, keys: Sequence[str], *, sheet: str = "数据", new: Mapping[str, Sequence[Value]] | None = None
) -> tuple[bytes, Package]:
    """The package with the rows of `sheet` in this order; rows of unknown keys get 0 and 新增 or what `new` says."""
    package = Package.open(data)
    ours = package.sheet(sheet)
    region = ours.region(1, COLUMNS)
    old = [row[0] for row in ours.values(region)]
    rows = []
    for key in keys:
        given = (new or {}).get(key)
        if given is not None:
            rows.append(NewRow(key, given))
        else:
            rows.append(NewRow(key, None) if key in old else NewRow(key, (key, 0, "新增")))
    ours.replace(region, old, rows)
    return package.content(), package


def tree(data: bytes, part: str) -> Any:
    return etree.fromstring(parts(data)[part])


def found(data: bytes, part: str, local: str) -> list[Any]:
    """Elements of that name in a part, whatever the namespace."""
    return [el for el in tree(data, part).iter() if etree.QName(el).localname == local] if part else []


def written(fill: Callable[[Workbook], None]) -> bytes:
    """A workbook written by XlsxWriter."""
    out = BytesIO()
    book = Workbook(out, {"in_memory": True})
    fill(book)
    book.close()
    return out.getvalue()


def check_package(data: bytes) -> None:
    """What every package must hold: types, relationships, string indexes and counts, headers, ranges, no overlaps."""
    content = parts(data)
    types = etree.fromstring(content["[Content_Types].xml"])
    overrides = {el.get("PartName", "").lstrip("/") for el in types if el.get("PartName")}
    defaults = {el.get("Extension", "").lower() for el in types if el.get("Extension")}
    assert overrides <= set(content), overrides - set(content)
    for name in content:
        assert (
            name in overrides or name.rsplit(".", 1)[-1].lower() in defaults or name == "[Content_Types].xml"
        ), name
        if name.endswith(".rels"):
            folder = name.rsplit("/_rels/", 1)[0] if "/_rels/" in name else ""
            for rel in etree.fromstring(content[name]):
                if rel.get("TargetMode") != "External":
                    target = rel.get("Target")
                    steps = (
                        folder.split("/") if folder and not target.startswith("/") else []
                    ) + target.lstrip("/").split("/")
                    path: list[str] = []
                    for step in steps:
                        path = path[:-1] if step == ".." else [*path, step]
                    assert "/".join(path) in content, (name, target)
    _check_strings(content)
    for name in content:
        if re.match(r"xl/worksheets/sheet\d+\.xml$", name):
            _check_sheet(content, name)


def _check_strings(content: Mapping[str, bytes]) -> None:
    uses = 0
    used: set[int] = set()
    for name, data in content.items():
        if name.startswith("xl/worksheets/sheet"):
            for cell in etree.fromstring(data).iter("{*}c"):
                if cell.get("t") == "s":
                    uses += 1
                    used.add(int(cell.findtext("{*}v")))
    if "xl/sharedStrings.xml" not in content:
        assert not uses
        return
    table = etree.fromstring(content["xl/sharedStrings.xml"])
    size = len(table.findall("{*}si"))
    assert not used or max(used) < size
    if table.get("uniqueCount"):
        assert int(table.get("uniqueCount")) == size
    if table.get("count"):
        assert int(table.get("count")) == uses


def _check_sheet(content: Mapping[str, bytes], name: str) -> None:
    from eduxl.ooxml.references import Area, area

    root = etree.fromstring(content[name])
    rows = [int(row.get("r", 0)) for row in root.iter("{*}row")]
    named = [row for row in rows if row]
    assert named == sorted(set(named))
    for row in root.iter("{*}row"):
        cells = [area(cell.get("r")) for cell in row.iter("{*}c") if cell.get("r")]
        assert [c.left for c in cells if c] == sorted({c.left for c in cells if c})
        assert not row.get("r") or all(c.top == int(row.get("r")) for c in cells if c)
    for el in root.iter():
        for text in (el.get("ref"), *(el.get("sqref") or "").split()):
            if text:
                place = area(text)
                assert place and 1 <= place.top <= place.bottom <= 1_048_576, text
    merges = [area(el.get("ref")) for el in root.iter("{*}mergeCell")]
    for listed in root.iter("{*}mergeCells"):
        assert listed.get("count") in (None, str(len(merges)))
    tables = []
    for rel_name, data in content.items():
        if rel_name == f"xl/worksheets/_rels/{name.rsplit('/', 1)[-1]}.rels":
            for rel in etree.fromstring(data):
                if rel.get("Type").endswith("/table"):
                    tables.append(
                        etree.fromstring(content["xl/tables/" + rel.get("Target").rsplit("/", 1)[-1]])
                    )
    areas = [area(table.get("ref")) for table in tables]
    for places in (merges, areas):
        for i, one in enumerate(places):
            for other in places[i + 1 :]:
                assert isinstance(one, Area) and isinstance(other, Area)
                apart = (
                    one.bottom < other.top
                    or other.bottom < one.top
                    or one.right < other.left
                    or other.right < one.left
                )
                assert apart, (str(one), str(other))
    if tables:
        package = Package.open(zipped(content))
        title = next(e.name for e in package.sheets if package.sheet(e.name).part == name)
        sheet = package.sheet(title)
        for table, place in zip(tables, areas, strict=True):
            assert place is not None
            header = [
                sheet.cell(str(Area(place.top, c, place.top, c))) for c in range(place.left, place.right + 1)
            ]
            assert header == [el.get("name") for el in table.iter("{*}tableColumn")]
