"""Hostile and broken files: each ends in one sentence or is read, within 500 MB of memory.

Every file is built here, small on disk, and read in a process of its own whose memory is looked at behind it.
"""

from __future__ import annotations

import json
import os
import random
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest

from eduxl.plan import office
from tests.children import told_by_child
from tests.plan.test_office import ole

resource = pytest.importorskip("resource", reason="no limits of memory on this system")

MEGABYTE = 2**20
MOST_MEMORY = 500 * MEGABYTE
#: For the whole process; generous, since machines differ.
SECONDS = 60

TITLE = "某县2022年教育工作要点"
TASKS = (TITLE, "一、质量工程", "1.甲事。做好甲事。", "责任单位：党办", "完成时限：6月底前")

#: Reads one plan and tells what came of it and how much memory that took, its own processes included.
_CHILD = """
from eduxl.errors import EduxlError
from eduxl.plan import read_plan
try:
    plan = read_plan(Path(sys.argv[1]))
    told = {"tasks": len(plan.tasks), "notes": sorted({n.code for n in plan.review})}
except EduxlError as error:
    told = {"kind": type(error).__name__, "code": error.code, "says": str(error)}
"""


def read(path: Path, limit: int = 2048 * MEGABYTE) -> dict[str, Any]:
    """What `read_plan` says of a file: `tasks` and `notes`, or `kind`, `code` and `says`; and `memory` in bytes."""
    told = told_by_child(_CHILD, path, limit=limit, seconds=SECONDS)
    assert told["memory"] < MOST_MEMORY
    if "says" in told:
        assert any("\u4e00" <= c <= "\u9fff" for c in told["says"])
    return told


# --- containers -----------------------------------------------------------------------------------
Content = str | bytes | Iterable[bytes]


def package(path: Path, members: Mapping[str, Content]) -> Path:
    """A zip container; a member may be given in pieces, which are never held together in memory."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            pieces = (
                [content.encode() if isinstance(content, str) else content]
                if isinstance(content, str | bytes)
                else content
            )
            with archive.open(name, "w", force_zip64=False) as part:
                for piece in pieces:
                    part.write(piece)
    return path


def lying(path: Path, member: str, size: int) -> Path:
    """The container with another inflated size declared for one member, in both of its headers."""
    data = bytearray(path.read_bytes())
    for magic, at_size, at_length, at_name in ((b"PK\x03\x04", 22, 26, 30), (b"PK\x01\x02", 24, 28, 46)):
        at = data.find(magic)
        while at >= 0:
            (length,) = struct.unpack_from("<H", data, at + at_length)
            if data[at + at_name : at + at_name + length] == member.encode():
                struct.pack_into("<L", data, at + at_size, size)
            at = data.find(magic, at + 4)
    path.write_bytes(data)
    return path


_RELS = "http://schemas.openxmlformats.org/package/2006/relationships"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
_W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def relations(*targets: tuple[str, str]) -> str:
    rows = "".join(
        f'<Relationship Id="rId{i}" Type="{_OFFICE}/{kind}" Target="{target}"/>'
        for i, (kind, target) in enumerate(targets, 1)
    )
    return f'<?xml version="1.0"?><Relationships xmlns="{_RELS}">{rows}</Relationships>'


def types(**parts: str) -> str:
    rows = "".join(f'<Override PartName="{p}" ContentType="{t}"/>' for p, t in parts.items())
    return (
        f'<?xml version="1.0"?><Types xmlns="{_TYPES}"><Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Default Extension="xml" ContentType="application/xml"/>{rows}</Types>'
    )


def p(text: str) -> str:
    return f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>"


def around(*body: Content, doctype: str = "") -> Iterable[bytes]:
    """A main part of Word in pieces."""
    yield f'<?xml version="1.0"?>{doctype}<w:document xmlns:w="{_W}"><w:body>'.encode()
    for piece in body:
        if isinstance(piece, str):
            yield piece.encode()
        elif isinstance(piece, bytes):
            yield piece
        else:
            yield from piece
    yield b"</w:body></w:document>"


def docx(path: Path, *body: Content, doctype: str = "", more: Mapping[str, Content] | None = None) -> Path:
    """A Word document with this XML in its body; `more` are parts besides."""
    word = "application/vnd.openxmlformats-officedocument.wordprocessingml"
    return package(
        path,
        {
            "[Content_Types].xml": types(
                **{
                    "/word/document.xml": f"{word}.document.main+xml",
                    "/word/styles.xml": f"{word}.styles+xml",
                    "/word/numbering.xml": f"{word}.numbering+xml",
                }
            ),
            "_rels/.rels": relations(("officeDocument", "word/document.xml")),
            "word/_rels/document.xml.rels": relations(
                ("styles", "styles.xml"), ("numbering", "numbering.xml")
            ),
            "word/styles.xml": f'<w:styles xmlns:w="{_W}"/>',
            "word/numbering.xml": f'<w:numbering xmlns:w="{_W}"/>',
            "word/document.xml": around(*body, doctype=doctype),
            **(more or {}),
        },
    )


def tc(text: str, properties: str = "") -> str:
    return f"<w:tc><w:tcPr>{properties}</w:tcPr>{p(text)}</w:tc>"


def tbl(*rows: Iterable[str]) -> str:
    return "<w:tbl>" + "".join(f"<w:tr>{''.join(row)}</w:tr>" for row in rows) + "</w:tbl>"


def header() -> list[str]:
    return [tc(x) for x in ("序号", "工作任务", "责任单位", "完成时限")]


def row(i: int) -> list[str]:
    return [tc(str(i)), tc(f"第{i}件事。做好工作。"), tc("党办"), tc("6月")]


def xlsx(
    path: Path, *pieces: Content, dimension: str = "", more: Mapping[str, Content] | None = None
) -> Path:
    """A workbook of one sheet with this XML in its sheetData."""
    sheet = "application/vnd.openxmlformats-officedocument.spreadsheetml"

    def body() -> Iterable[bytes]:
        yield f'<?xml version="1.0"?><worksheet xmlns="{_MAIN}">{dimension}<sheetData>'.encode()
        for piece in pieces:
            if isinstance(piece, str):
                yield piece.encode()
            elif isinstance(piece, bytes):
                yield piece
            else:
                yield from piece
        yield b"</sheetData></worksheet>"

    return package(
        path,
        {
            "[Content_Types].xml": types(
                **{
                    "/xl/workbook.xml": f"{sheet}.sheet.main+xml",
                    "/xl/worksheets/sheet1.xml": f"{sheet}.worksheet+xml",
                    "/xl/sharedStrings.xml": f"{sheet}.sharedStrings+xml",
                    "/xl/styles.xml": f"{sheet}.styles+xml",
                }
            ),
            "_rels/.rels": relations(("officeDocument", "xl/workbook.xml")),
            "xl/_rels/workbook.xml.rels": relations(
                ("worksheet", "worksheets/sheet1.xml"),
                ("sharedStrings", "sharedStrings.xml"),
                ("styles", "styles.xml"),
            ),
            "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>'
            '<sheet name="表" sheetId="1" r:id="rId1"/></sheets></workbook>',
            "xl/styles.xml": f'<styleSheet xmlns="{_MAIN}"><cellXfs count="1"><xf numFmtId="0"/></cellXfs></styleSheet>',
            "xl/sharedStrings.xml": f'<sst xmlns="{_MAIN}"/>',
            "xl/worksheets/sheet1.xml": body(),
            **(more or {}),
        },
    )


def line(no: int, *values: str) -> str:
    """A row of a sheet."""
    cells = "".join(
        f'<c r="{chr(65 + i)}{no}" t="inlineStr"><is><t>{v}</t></is></c>' for i, v in enumerate(values)
    )
    return f'<row r="{no}">{cells}</row>'


def table_lines(tasks: int = 1) -> str:
    head = line(1, TITLE) + line(2, "序号", "工作任务", "责任单位", "完成时限")
    return head + "".join(
        line(i + 2, str(i), f"第{i}件事。做好工作。", "党办", "6月") for i in range(1, tasks + 1)
    )


_ODS = (
    '<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
    'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" office:version="1.2"><office:body>'
    "<office:spreadsheet>"
)


def ods(path: Path, *rows: Content, doctype: str = "") -> Path:
    """An OpenDocument workbook with this XML in its only table."""
    kind = "application/vnd.oasis.opendocument.spreadsheet"

    def body() -> Iterable[bytes]:
        yield f'<?xml version="1.0"?>{doctype}{_ODS}<table:table table:name="表">'.encode()
        for piece in rows:
            if isinstance(piece, str):
                yield piece.encode()
            elif isinstance(piece, bytes):
                yield piece
            else:
                yield from piece
        yield b"</table:table></office:spreadsheet></office:body></office:document-content>"

    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", kind, zipfile.ZIP_STORED)
        archive.writestr(
            "META-INF/manifest.xml",
            '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
            f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{kind}"/></manifest:manifest>',
        )
        with archive.open("content.xml", "w") as part:
            for piece in body():
                part.write(piece)
    return path


def ods_line(*values: str, attributes: str = "") -> str:
    cells = "".join(
        f'<table:table-cell office:value-type="string"><text:p>{v}</text:p></table:table-cell>'
        for v in values
    )
    return f"<table:table-row {attributes}>{cells}</table:table-row>"


def ods_table() -> str:
    return (
        ods_line(TITLE)
        + ods_line("序号", "工作任务", "责任单位", "完成时限")
        + ods_line("1", "甲事。", "党办", "6月")
    )


def times(text: str, count: int) -> Iterable[bytes]:
    """`text` many times over, in pieces of about a megabyte."""
    unit = text.encode()
    each = max(1, MEGABYTE // len(unit))
    while count > 0:
        yield unit * min(each, count)
        count -= each


_LAUGHS = (
    "<!DOCTYPE lolz ["
    + '<!ENTITY a "笑">'
    + "".join(f'<!ENTITY {b} "{f"&{a};" * 20}">' for a, b in zip("abcdefgh", "bcdefghi", strict=True))
    + "]>"
)


def outside(secret: Path) -> str:
    return f'<!DOCTYPE x [<!ENTITY out SYSTEM "{secret.as_uri()}">]>'


def written(data: bytes | Callable[[], bytes]) -> Callable[[Path], Path]:
    def build(path: Path) -> Path:
        path.write_bytes(data if isinstance(data, bytes) else data())
        return path

    return build


def plan_xml() -> str:
    return "".join(p(text) for text in TASKS)


def changed(path: Path, member: str, old: bytes, new: bytes) -> Path:
    """The container with something replaced in one member."""
    with zipfile.ZipFile(path) as archive:
        parts: dict[str, Content] = {name: archive.read(name) for name in archive.namelist()}
    content = parts[member]
    assert isinstance(content, bytes) and old in content
    return package(path, {**parts, member: content.replace(old, new)})


def page(body: str) -> Callable[[Path], Path]:
    """A web page with a plan of one task and this behind it."""
    lines = "".join(f"<p>{text}</p>" for text in TASKS)
    return written(f"<html><body><h1>{TITLE}</h1>{lines}{body}</body></html>".encode())


def many_entries(path: Path) -> Path:
    docx(path, plan_xml())
    with zipfile.ZipFile(path, "a") as archive:
        for i in range(0x10000):
            archive.writestr(f"word/media/{i}", b"")
    return path


def overlapping(path: Path) -> Path:
    """60,000 entries of the directory that stand for one and the same member, 9 MB each."""
    docx(path, plan_xml(), more={"word/media/a.bin": times("\0" * 1000, 9000)})
    data = path.read_bytes()
    end = data.rfind(b"PK\x05\x06")
    count, size, start = struct.unpack_from("<H2L", data, end + 10)
    directory = data[start : start + size]
    entry = directory[directory.find(b"word/media/a.bin") - 46 :][: 46 + len("word/media/a.bin")]
    directory += b"".join(entry.replace(b"a.bin", b"%05d" % i) for i in range(60_000))
    total = count + 60_000
    tail = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, total, total, len(directory), start, 0)
    path.write_bytes(data[:start] + directory + tail)
    return path


def letters(column: int) -> str:
    """0 → A, 26 → AA, 702 → AAA."""
    text, column = "", column + 1
    while column:
        column, rest = divmod(column - 1, 26)
        text = chr(65 + rest) + text
    return text


def pdf(objects: Iterable[bytes]) -> bytes:
    """A PDF of these objects; the first is its catalogue."""
    data, places = b"%PDF-1.7\n", []
    for i, content in enumerate(objects, 1):
        places.append(len(data))
        data += b"%d 0 obj\n%b\nendobj\n" % (i, content)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    count = len(places) + 1
    return data + b"xref\n0 %d\n0000000000 65535 f \n%btrailer <</Size %d /Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % (
        count, table, count, len(data),
    )  # fmt: skip


def stream(content: bytes, more: bytes = b"") -> bytes:
    packed = zlib.compress(content, 9)
    return b"<</Length %d %b>>\nstream\n%b\nendstream" % (
        len(packed),
        more or b"/Filter /FlateDecode",
        packed,
    )


def one_page(contents: bytes) -> bytes:
    return pdf(
        [
            b"<</Type /Catalog /Pages 2 0 R>>",
            b"<</Type /Pages /Kids [3 0 R] /Count 1>>",
            b"<</Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R>>",
            contents,
        ]
    )


_FILLED = '<table:table-cell office:value-type="string"{}><text:p>x</text:p></table:table-cell>'
_TABLE = "<table><tr><td>序号</td><td>工作任务</td><td>责任单位</td><td>完成时限</td></tr>"
_LEVEL = "<w:tbl><w:tr><w:tc>{}</w:tc></w:tr></w:tbl>"
_BOX = "<w:p><w:r><w:t>a</w:t></w:r><w:r><w:pict><w:txbxContent>{}</w:txbxContent></w:pict></w:r></w:p>"
_LIST = (
    f'<w:numbering xmlns:w="{_W}"><w:abstractNum w:abstractNumId="0"><w:lvl w:ilvl="0"><w:start w:val="-20"/>'
    '<w:numFmt w:val="chineseCounting"/><w:lvlText w:val="{}"/></w:lvl></w:abstractNum>'
    '<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num></w:numbering>'
)
_LISTED = '<w:p><w:pPr><w:numPr><w:ilvl w:val="0"/><w:numId w:val="1"/></w:numPr></w:pPr><w:r><w:t>事</w:t></w:r></w:p>'


def nested(pattern: str, depth: int, inside: str) -> str:
    before, after = pattern.split("{}")
    return before * depth + inside + after * depth


REFUSED = {
    "docx-ratio": ("a.docx", "not-a-plan", lambda q: docx(q, plan_xml(), times(" " * 1000, 210_000))),
    "docx-lies": (
        "a.docx", "not-a-plan",
        lambda q: lying(docx(q, plan_xml(), times("<w:p/>", 10_000_000)), "word/document.xml", 5000),
    ),
    "docx-entries": ("a.docx", "not-a-plan", many_entries),
    "docx-many-elements": (
        "a.docx", "not-a-plan", lambda q: docx(q, plan_xml(), times('<w:p a="1"><w:r b="1"/></w:p>', 1_000_000)),
    ),
    "docx-laughs": ("a.docx", "unreadable", lambda q: docx(q, plan_xml(), p("&i;"), doctype=_LAUGHS)),
    "docx-deep": ("a.docx", "unreadable", lambda q: docx(q, plan_xml(), nested(_LEVEL, 5000, p("x")))),
    "docx-merged": (
        "a.docx", "not-a-plan",
        lambda q: docx(
            q, "<w:tbl><w:tr>", tc("工程" * 200_000, '<w:vMerge w:val="restart"/>'), "</w:tr>",
            times(f"<w:tr>{tc('', '<w:vMerge/>')}</w:tr>", 5000), "</w:tbl>",
        ),
    ),
    "docx-encrypted": ("a.docx", "encrypted", written(ole("EncryptedPackage", b"1"))),
    "xlsx-encrypted": ("a.xlsx", "encrypted", written(ole("EncryptedPackage", b"1"))),
    "encrypted-and-cut": ("a.xlsx", "encrypted", written(ole("EncryptedPackage", b"1")[:1600])),
    "zip-as-docx": ("a.docx", "not-a-plan", lambda q: package(q, {"a.txt": "1"})),
    "ole-noise": (
        "a.doc", "unsupported", written(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + random.Random(1).randbytes(MEGABYTE)),
    ),
    "xlsx-ratio": ("a.xlsx", "not-a-plan", lambda q: xlsx(q, table_lines(), times(" " * 1000, 90_000))),
    "xlsx-laughs": (
        "a.xlsx", "unreadable",
        lambda q: changed(
            xlsx(q, table_lines(), line(5, "2", "&i;")), "xl/worksheets/sheet1.xml", b"?>", b"?>" + _LAUGHS.encode()
        ),
    ),
    "xlsx-places-not-said": (
        "a.xlsx", "not-a-plan",
        lambda q: xlsx(
            q, table_lines(), "<row>", times("<c><v>1</v></c>", 100_000), "</row>",
            '<row r="9999"><c r="A9999"><v>1</v></c></row>',
        ),
    ),
    "xlsx-rows-without-end": (
        "a.xlsx", "not-a-plan", lambda q: xlsx(q, table_lines(), times('<row r="10000"><c r="A10000">', 200_000)),
    ),
    "xlsx-formulas-without-end": ("a.xlsx", "not-a-plan", lambda q: xlsx(q, table_lines(), times("<f ", 1_500_000))),
    "xlsx-all-rows": (
        "a.xlsx", "not-a-plan",
        lambda q: xlsx(q, table_lines(), [f'<row r="{i}" s="1"/>'.encode() for i in range(4, 1_048_577)]),
    ),
    "xlsx-strings": (
        "a.xlsx", "not-a-plan",
        lambda q: xlsx(q, table_lines(), more={"xl/sharedStrings.xml": times("<si/>", 3_000_000)}),
    ),
    "xlsx-cover": (
        "a.xlsx", "not-a-plan",
        lambda q: xlsx(
            q, line(1, "计划名称", TITLE), line(2, "任务编号", "任务名称", "牵头单位", "完成时限"),
            [f'<row r="{i}" ht="20"/>'.encode() for i in range(4, 400_000)],
        ),
    ),
    "ods-columns": (
        "a.ods", "not-a-plan",
        lambda q: ods(
            q, ods_table(), "<table:table-row>",
            _FILLED.format(' table:number-columns-repeated="3000000000"'), "</table:table-row>",
        ),
    ),
    "ods-rows": (
        "a.ods", "not-a-plan",
        lambda q: ods(q, ods_table(), ods_line("x", attributes='table:number-rows-repeated="3000000000"')),
    ),
    "ods-many-digits": (
        "a.ods", "not-a-plan",
        lambda q: ods(q, ods_table(), ods_line("x", attributes=f'table:number-rows-repeated="{"9" * 5000}"')),
    ),
    "ods-laughs": ("a.ods", "unreadable", lambda q: ods(q, ods_table(), ods_line("&i;"), doctype=_LAUGHS)),
    "html-nested": ("a.html", "not-a-plan", page("<div>" * 1_000_000)),
    "html-merged": ("a.html", "not-a-plan", page(_TABLE + "<tr><td rowspan=9999>1<td>x" * 2000 + "</table>")),
    "html-attributes": ("a.html", "not-a-plan", page("<p " + "a=1 " * 1_000_000 + ">x")),
    "pdf-of-pages-in-a-loop": (
        "a.pdf", "not-a-plan",
        written(
            pdf(
                [
                    b"<</Type /Catalog /Pages 2 0 R>>",
                    b"<</Type /Pages /Kids [3 0 R 2 0 R] /Count 100000>>",
                    b"<</Type /Pages /Parent 2 0 R /Kids [2 0 R 3 0 R] /Count 99999>>",
                ]
            )
        ),
    ),
    "pdf-refers-to-itself": ("a.pdf", "unreadable", written(pdf([b"1 0 R"]))),
    "pdf-stream": ("a.pdf", "unreadable", written(lambda: one_page(stream(b"q " * 20_000_000)))),
    "pdf-stream-in-a-stream": (
        "a.pdf", "unreadable",
        written(
            lambda: one_page(stream(zlib.compress(bytes(300_000_000), 9), b"/Filter [/FlateDecode /FlateDecode]"))
        ),
    ),
    "text-200-MB": ("a.txt", "not-a-plan", lambda q: sparse(q, 200 * MEGABYTE)),
    "text-one-line-of-50-MB": ("a.txt", "not-a-plan", written(lambda: b"1." * 25 * MEGABYTE)),
    "text-a-million-lines": ("a.txt", "not-a-plan", written(TITLE.encode() + "\n事".encode() * 1_000_000)),
    "text-empty": ("a.txt", "no-tasks", written(b"")),
}  # fmt: skip


def sparse(path: Path, size: int) -> Path:
    """A file of zeros that takes no room."""
    path.write_bytes(b"")
    os.truncate(path, size)
    return path


@pytest.mark.parametrize(("name", "code", "build"), REFUSED.values(), ids=REFUSED)
def test_what_is_refused(tmp_path: Path, name: str, code: str, build: Callable[[Path], Path]) -> None:
    assert read(build(tmp_path / name))["code"] == code


READ = {
    "docx-overlapping-members": ("a.docx", 1, overlapping),
    "docx-a-million-empty-paragraphs": ("a.docx", 1, lambda q: docx(q, plan_xml(), times("<w:p/>", 1_000_000))),
    "docx-nested-tables": ("a.docx", 1, lambda q: docx(q, plan_xml(), nested(_LEVEL, 80, "<w:p/>" * 100_000))),
    "docx-nested-boxes": ("a.docx", 1, lambda q: docx(q, plan_xml(), nested(_BOX, 40, p("x")))),
    "docx-wide-cell": (
        "a.docx", 1,
        lambda q: docx(
            q, p(TITLE) + tbl(header(), row(1), [tc("总计", f'<w:gridSpan w:val="{10**9}"/>')]),
        ),
    ),
    "docx-digits": (
        "a.docx", 1,
        lambda q: docx(q, p(TITLE) + tbl(header(), [tc("1", f'<w:gridSpan w:val="{"9" * 5000}"/>'), *row(1)[1:]])),
    ),
    "docx-list": (
        "a.docx", 1,
        lambda q: docx(q, plan_xml(), _LISTED * 20, more={"word/numbering.xml": _LIST.format("%1级" * 100_000)}),
    ),
    "docx-rows": ("a.docx", 5000, lambda q: docx(q, p(TITLE) + tbl(header(), *(row(i) for i in range(1, 5001))))),
    "xlsx-columns": (
        "a.xlsx", 1,
        lambda q: xlsx(
            q, table_lines(), '<row r="4">', [f'<c r="{letters(i)}4"/>'.encode() for i in range(100_000)], "</row>"
        ),
    ),
    "xlsx-empty-rows": (
        "a.xlsx", 1,
        lambda q: xlsx(
            q, table_lines(), [f'<row r="{i}" s="1" customFormat="1"/>'.encode() for i in range(4, 150_000)]
        ),
    ),
    "ods-empty-columns-and-rows": (
        "a.ods", 1,
        lambda q: ods(
            q, ods_table(), '<table:table-row table:number-rows-repeated="3000000000"><table:table-cell '
            'table:number-columns-repeated="3000000000"/></table:table-row>',
        ),
    ),
    "ods-spans": (
        "a.ods", 1,
        lambda q: ods(
            q, ods_table(), "<table:table-row>",
            _FILLED.format(' table:number-rows-spanned="1000000000" table:number-columns-spanned="x"'),
            "</table:table-row>",
        ),
    ),
    "html-spans": (
        "a.html", 2,
        page(_TABLE + "<tr>" + "<td rowspan=1000000000 colspan=1000000000>1</td>" * 500 + "</table>"),
    ),
    "html-footers": ("a.html", 1, page("<div>" * 100 + "<div><p>x</p>ICP备</div>" * 2000)),
    "text-digits": ("a.txt", 1, written("\n".join((*TASKS, "1" * 1_000_000)).encode())),
}  # fmt: skip


@pytest.mark.parametrize(("name", "tasks", "build"), READ.values(), ids=READ)
def test_what_is_read_all_the_same(
    tmp_path: Path, name: str, tasks: int, build: Callable[[Path], Path]
) -> None:
    assert read(build(tmp_path / name))["tasks"] == tasks


def test_no_other_file_is_read_through_an_entity(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("机密单位")
    doctype = outside(secret)
    text = f"<html><body><h1>{TITLE}</h1><p>1.甲事&out;</p><p>责任单位：党办</p></body></html>"
    files = (
        docx(tmp_path / "a.docx", plan_xml() + p("2.乙事&out;"), doctype=doctype),
        ods(tmp_path / "a.ods", ods_table(), ods_line("2", "乙事", "&out;", "6月"), doctype=doctype),
        written((doctype + text).encode())(tmp_path / "a.html"),
    )
    assert all("机密" not in json.dumps(read(path), ensure_ascii=False) for path in files)


def test_a_link_to_itself_and_a_folder(tmp_path: Path) -> None:
    loop = tmp_path / "a.txt"
    loop.symlink_to(loop)
    for path in (loop, tmp_path):
        told = read(path)
        assert (told["kind"], told["code"]) == ("FileProblem", "no-such-path")


@pytest.mark.parametrize("share", [0.3, 0.6, 0.95])
def test_files_cut_short(tmp_path: Path, share: float) -> None:
    files = (
        docx(tmp_path / "a.docx", plan_xml()),
        xlsx(tmp_path / "a.xlsx", table_lines()),
        ods(tmp_path / "a.ods", ods_table()),
        written(one_page(stream(b"BT ET")))(tmp_path / "a.pdf"),
    )
    for path in files:
        data = path.read_bytes()
        path.write_bytes(data[: int(len(data) * share)])
        assert read(path)["code"] in ("unreadable", "scan")


@pytest.mark.office
@pytest.mark.skipif(office.program() is None, reason="LibreOffice is not installed")
def test_a_word_file_of_noise(tmp_path: Path) -> None:
    path = written(ole("WordDocument", random.Random(1).randbytes(4000)))(tmp_path / "a.doc")
    assert read(path, limit=1 << 42)["code"] in ("unsupported", "not-a-plan", "no-tasks")
