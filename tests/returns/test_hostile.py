"""Hostile and monstrous workbooks: each is refused with its code or read, within 300 MB of memory.

Every file is built here, small on disk, and read in a process of its own whose memory is looked at behind it.
"""

from __future__ import annotations

import os
import struct
import zipfile
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest

from eduxl.spreadsheet import ole
from tests.children import told_by_child
from tests.spreadsheet.test_sheets import biff, compound, ods_cell, records, spreadsheet

resource = pytest.importorskip("resource", reason="no limits of memory on this system")

MEGABYTE = 2**20
MOST_MEMORY = 300 * MEGABYTE
#: Address space, which is always more than memory.
LIMIT = 1500 * MEGABYTE
#: For the whole process; generous, since machines differ.
SECONDS = 60

#: Reads one return and tells what came of it and how much memory that took.
_CHILD = """
import time
from datetime import datetime
started = time.perf_counter()
from eduxl.returns.intake import Source
from eduxl.returns.reader import Context, read_return
path = Path(sys.argv[1])
reading = read_return(Source.of_bytes(path.name, path.read_bytes(), datetime(2022, 6, 18)), Context())
told = {"code": reading.rejected and reading.rejected.code, "note": reading.rejected and reading.rejected.note,
        "tasks": sum(len(item.entries) for item in reading.items),
        "reports": [len(entry.report) for item in reading.items for entry in item.entries],
        "cells": [w.cell for item in reading.items for w in item.warnings],
        "seconds": time.perf_counter() - started}
"""


def read(path: Path) -> dict[str, Any]:
    """What the reader says of a file: `code` and `note`, or `tasks`, `reports` and `cells`; and `memory` in bytes."""
    told = told_by_child(_CHILD, path, limit=LIMIT, seconds=SECONDS)
    assert told["memory"] < MOST_MEMORY
    return told


# --- builders -------------------------------------------------------------------------------------
Content = str | bytes | Iterable[bytes]

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_TYPES = (
    '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{_SHEET}.sheet.main+xml"/>'
    f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_SHEET}.worksheet+xml"/></Types>'
)
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"


def package(path: Path, members: Mapping[str, Content]) -> Path:
    """A zip container; a member may be given in pieces, which are never held together in memory."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            if isinstance(content, str | bytes):
                archive.writestr(name, content)
            else:
                with archive.open(name, "w") as part:
                    for piece in content:
                        part.write(piece)
    return path


def relations(*targets: str, kind: str = "worksheet") -> str:
    rows = "".join(
        f'<Relationship Id="rId{i}" Type="{_OFFICE}/{kind}" Target="{target}"/>'
        for i, target in enumerate(targets, 1)
    )
    return f'<?xml version="1.0"?><Relationships xmlns="{_PACKAGE}">{rows}</Relationships>'


def listing(*sheets: int, doctype: str = "") -> str:
    """A `workbook.xml` whose sheets have these relations."""
    rows = "".join(f'<sheet name="表{i}" sheetId="{i}" r:id="rId{no}"/>' for i, no in enumerate(sheets, 1))
    return f'<?xml version="1.0"?>{doctype}<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>{rows}</sheets></workbook>'


def cell(place: str, text: str) -> str:
    return f'<c r="{place}" t="inlineStr"><is><t>{text}</t></is></c>'


def row(no: int, *texts: str, more: str = "") -> str:
    cells = "".join(cell(f"{letter}{no}", text) for letter, text in zip("ABC", texts, strict=False))
    return f'<row r="{no}">{cells}{more}</row>'


HEADER = row(1, "任务编号", "完成状态", "进展情况")
TABLE = HEADER + row(2, "1", "推进中", "已动员")


def around(pieces: Iterable[Content], before: str, after: str, doctype: str = "") -> Iterable[bytes]:
    """A part of main XML in pieces."""
    yield f'<?xml version="1.0"?>{doctype}{before}'.encode()
    for piece in pieces:
        if isinstance(piece, str):
            yield piece.encode()
        elif isinstance(piece, bytes):
            yield piece
        else:
            yield from piece
    yield after.encode()


def xlsx(
    path: Path,
    *pieces: Content,
    doctype: str = "",
    behind: str = "",
    more: Mapping[str, Content] | None = None,
) -> Path:
    """A workbook of one sheet with this XML in its sheetData and `behind` it; `more` are parts besides."""
    sheet = around(
        pieces, f'<worksheet xmlns="{_MAIN}"><sheetData>', f"</sheetData>{behind}</worksheet>", doctype
    )
    return package(
        path,
        {
            "[Content_Types].xml": _TYPES,
            "_rels/.rels": relations("xl/workbook.xml", kind="officeDocument"),
            "xl/workbook.xml": listing(1),
            "xl/_rels/workbook.xml.rels": relations("worksheets/sheet1.xml").replace(
                "</R", f'<Relationship Id="s" Type="{_OFFICE}/sharedStrings" Target="sharedStrings.xml"/></R'
            ),
            "xl/worksheets/sheet1.xml": sheet,
            **(more or {}),
        },
    )


def strings(*pieces: Content, doctype: str = "") -> dict[str, Content]:
    return {"xl/sharedStrings.xml": around(pieces, f'<sst xmlns="{_MAIN}">', "</sst>", doctype)}


def times(text: str, count: int) -> Iterable[bytes]:
    """`text` many times over, in pieces of about a megabyte."""
    unit = text.encode()
    each = max(1, MEGABYTE // len(unit))
    while count > 0:
        yield unit * min(each, count)
        count -= each


def numbered(pattern: str, first: int, last: int) -> Iterable[bytes]:
    """The pattern with each number in place of {0}."""
    for start in range(first, last + 1, 10_000):
        yield "".join(pattern.format(i) for i in range(start, min(start + 10_000, last + 1))).encode()


def letters(column: int) -> str:
    """0 → A, 26 → AA, 16383 → XFD."""
    text, column = "", column + 1
    while column:
        column, rest = divmod(column - 1, 26)
        text = chr(65 + rest) + text
    return text


def wide(first: int, last: int) -> Iterable[bytes]:
    """Rows with a formatted cell in each of 16,384 columns."""
    columns = [letters(i) for i in range(16_384)]
    for no in range(first, last + 1):
        cells = "".join(f'<c r="{column}{no}" s="1"/>' for column in columns)
        yield f'<row r="{no}">{cells}</row>'.encode()


def cells(inside: str) -> str:
    """A row of thirty cells, each with this in it, its own number for {no}, as a pattern of rows."""
    row = "".join(f'<c r="{letters(no)}{{0}}">{inside.replace("{no}", str(no))}</c>' for no in range(30))
    return f'<row r="{{0}}">{row}</row>'


def merged(*areas: str) -> str:
    return "<mergeCells>" + "".join(f'<mergeCell ref="{area}"/>' for area in areas) + "</mergeCells>"


def written(data: Callable[[], bytes]) -> Callable[[Path], Path]:
    def build(path: Path) -> Path:
        path.write_bytes(data())
        return path

    return build


_LAUGHS = (
    '<!DOCTYPE x [<!ENTITY a "笑">'
    + "".join(f'<!ENTITY {b} "{f"&{a};" * 20}">' for a, b in zip("abcdefgh", "bcdefghi", strict=True))
    + "]>"
)
_OUTSIDE = '<!DOCTYPE x [<!ENTITY out SYSTEM "file:///etc/hostname">]>'
_SHEET_RELATIONS = "xl/worksheets/_rels/sheet1.xml.rels"
_LONG = "长" * 32_767


def shared(no: int, index: int) -> str:
    return f'<row r="{no}"><c r="A{no}" t="s"><v>{index}</v></c></row>'


def xlsb(path: Path, *cells: bytes, texts: bytes = b"") -> Path:
    """A binary workbook of one sheet with these records, as far as it is read before it is refused."""
    return package(
        path,
        {
            "xl/workbook.bin": b"",
            "xl/worksheets/sheet1.bin": b"".join(cells),
            "xl/sharedStrings.bin": texts,
        },
    )


def many_labels() -> bytes:
    """An .xls with 3,000 cells that show one text of 32,767 characters."""
    label, texts, continued = 0x00FD, 0x00FC, 0x003C
    head = struct.pack("<2L", 1, 1) + struct.pack("<HB", 32_767, 0)
    whole = b"x" * 32_767
    pieces = [head + whole[:8000], *(b"\0" + whole[i : i + 8000] for i in range(8000, 32_767, 8000))]
    table = b"".join(
        struct.pack("<2H", continued if i else texts, len(piece)) + piece for i, piece in enumerate(pieces)
    )
    start = 4 + 8 + len(table) + 4
    stream = struct.pack("<2H2L", 0x0085, 8, start, 0) + table + struct.pack("<2H", 0x000A, 0)
    return stream + b"".join(struct.pack("<2H3HL", label, 10, no, 0, 0, 0) for no in range(3_000))


def ods_rows(repeated: int, *cells: bytes) -> bytes:
    start = f'<table:table-row table:number-rows-repeated="{repeated}">'.encode()
    return start + b"".join(cells) + b"</table:table-row>"


def locked(path: Path) -> Path:
    """An .ods with a password, as LibreOffice writes it since 24.8."""
    mimetype = "application/vnd.oasis.opendocument.spreadsheet"
    return package(path, {"mimetype": mimetype, "encrypted-package": os.urandom(5000)})


def twice(path: Path) -> Path:
    """Two parts of one name: which of them counts, each program decides for itself."""
    xlsx(path, TABLE)
    with zipfile.ZipFile(path, "a") as archive, pytest.warns(UserWarning):
        archive.writestr("xl/worksheets/sheet1.xml", "<worksheet/>")
    return path


REFUSED = {
    # --- bombs
    "sheet-padded": ("a.xlsx", "too-large", lambda q: xlsx(q, TABLE, times(" ", 200_000))),
    "sheet-of-80-MB": ("a.xlsx", "too-large", lambda q: xlsx(q, TABLE, numbered(' <row r="{0:07}" ht="20.25"/>', 3, 2_500_000))),
    "one-endless-text": (
        "a.xlsx", "too-large", lambda q: xlsx(q, TABLE, more=strings("<si><t>", times("A", 10_000_000), "</t></si>")),
    ),
    "texts-in-pieces": (
        "a.xlsx", "too-large",
        lambda q: xlsx(q, TABLE, more=strings("<si>", times(f"<r><t>{'A' * 30_000}</t></r>", 100), "</si>")),
    ),
    "unknown-part": ("a.xlsx", "too-large", lambda q: xlsx(q, TABLE, more={"xl/x.xml": times(" ", 200_000)})),
    "picture": ("a.xlsx", "too-large", lambda q: xlsx(q, TABLE, more={"xl/media/a.bmp": times("\0", 40_000_000)})),
    "notes": ("a.xlsx", "too-large", lambda q: xlsx(q, TABLE, more={"xl/comments1.xml": times("<a/>", 100_000)})),
    "styles": ("a.xlsx", "too-large", lambda q: xlsx(q, TABLE, more={"xl/styles.xml": times("<xf/>", 100_000)})),
    "a-text-in-ten-thousand-cells": (
        "a.xlsx", "too-large",
        lambda q: xlsx(
            q, HEADER, (shared(i, 0).encode() for i in range(2, 9_999)), more=strings(f"<si><t>{_LONG}</t></si>")
        ),
    ),
    "a-text-behind-something": (
        "a.xlsx", "too-large",
        lambda q: xlsx(
            q, HEADER, numbered('<row r="{0}"><c r="A{0}" t="s"><!-- --><v>0</v></c></row>', 2, 9_999),
            more=strings(f"<si><t>{_LONG}</t></si>"),
        ),
    ),
    "a-million-texts": (
        "a.xlsx", "too-large", lambda q: xlsx(q, TABLE, more=strings(numbered("<si><t>{0:x}</t></si>", 1, 1_000_000))),
    ),
    # --- cells
    "a-million-formatted-rows": (
        "a.xlsx", "too-large",
        lambda q: xlsx(
            q, TABLE, numbered('<row r="{0}" spans="1:14" s="3" customFormat="1" ht="20"/>', 3, 600_000),
        ),
    ),
    "all-rows": ("a.xlsx", "too-large", lambda q: xlsx(q, TABLE, numbered('<row r="{0}" s="1"/>', 3, 1_048_576))),
    "all-rows-prefixed": (
        "a.xlsx", "too-large", lambda q: xlsx(q, TABLE, numbered('<x:row r="{0}" s="1"/>', 3, 300_000)),
    ),
    "all-columns": ("a.xlsx", "too-large", lambda q: xlsx(q, TABLE, wide(3, 40))),
    "places-not-said": (
        "a.xlsx", "too-large",
        lambda q: xlsx(
            q, TABLE, '<row r="3">', numbered("<c><v>{0}</v></c>", 1, 100_000), "</row>",
            '<row r="9999"><c r="A9999"><v>1</v></c></row>',
        ),
    ),
    "formulas-without-result": (
        "a.xlsx", "too-large", lambda q: xlsx(q, TABLE, numbered(cells("<f>{no}+{0}</f>"), 3, 3_000)),
    ),
    "error-values": (
        "a.xlsx", "too-large", lambda q: xlsx(q, TABLE, numbered(cells("<v>#REF!{no}</v>"), 3, 3_000)),
    ),
    "a-million-merged": (
        "a.xlsx", "too-large",
        lambda q: xlsx(
            q, TABLE, behind=merged(*(f"A{i}:C{i}" for i in range(3, 500_000))),
        ),
    ),
    "sheets-of-one-part": (
        "a.xlsx", "not-a-workbook",
        lambda q: xlsx(
            q, TABLE, numbered('<row r="{0}"><c r="A{0}"><v>1</v></c></row>', 3, 9_999),
            more={"xl/workbook.xml": listing(*[1] * 5_000)},
        ),
    ),
    "ods-rows": ("a.ods", "too-large", written(lambda: spreadsheet(ods_rows(1_048_576, ods_cell("x", 3))))),
    "ods-columns": (
        "a.ods", "too-large", written(lambda: spreadsheet(ods_rows(1_000, ods_cell("x", 16_384)))),
    ),
    "ods-a-text-in-ten-thousand-cells": (
        "a.ods", "too-large", written(lambda: spreadsheet(ods_rows(9_999, ods_cell(_LONG)))),
    ),
    "ods-blanks": (
        "a.ods", "too-large", written(lambda: spreadsheet(ods_rows(1, ods_cell('x<text:s text:c="1000000000"/>')))),
    ),
    "ods-many-sheets": (
        "a.ods", "too-large",
        written(
            lambda: spreadsheet(
                b'</table:table><table:table table:name="T">'.join([ods_rows(9_999, ods_cell("x", 200))] * 20)
            )
        ),
    ),
    "xlsb-a-text-in-ten-thousand-cells": (
        "a.xlsb", "too-large",
        lambda q: xlsb(
            q, records((0, bytes(4)), *[(7, struct.pack("<3L", i, 0, 0)) for i in range(10_000)]),
            texts=records((19, bytes(1) + struct.pack("<L", 8_000) + b"x\0" * 8_000)),
        ),
    ),
    "xlsb-two-million-records": (
        "a.xlsb", "too-large",
        lambda q: xlsb(q, b"".join(b"\x01\x02" + i.to_bytes(3, "little")[:2] for i in range(2_000_000))),
    ),
    "xls-a-text-in-many-cells": ("a.xls", "too-large", written(lambda: compound(many_labels()))),
    "xls-sheets-of-one-part": (
        "a.xls", "too-large",
        written(
            lambda: compound(
                struct.pack("<2H2L", 0x0085, 8, 12 * 2_000 + 4, 0) * 2_000
                + struct.pack("<2H", 0x000A, 0)
                + b"".join(struct.pack("<2H3Hd", 0x0203, 14, i, 0, 0, 1.0) for i in range(2_000))
            )
        ),
    ),
    # --- XML
    "entity-in-a-sheet": (
        "a.xlsx", "not-a-workbook", lambda q: xlsx(q, TABLE, row(3, "2", "推进中", "&out;"), doctype=_OUTSIDE),
    ),
    "entity-in-the-texts": (
        "a.xlsx", "not-a-workbook",
        lambda q: xlsx(q, TABLE, shared(3, 0), more=strings("<si><t>&out;</t></si>", doctype=_OUTSIDE)),
    ),
    "entity-in-the-workbook": (
        "a.xlsx", "not-a-workbook", lambda q: xlsx(q, TABLE, more={"xl/workbook.xml": listing(1, doctype=_OUTSIDE)}),
    ),
    "laughs": ("a.xlsx", "not-a-workbook", lambda q: xlsx(q, TABLE, row(3, "&i;"), doctype=_LAUGHS)),
    "ods-laughs": (
        "a.ods", "not-a-workbook", written(lambda: spreadsheet(ods_rows(1, ods_cell("&i;")), _LAUGHS)),
    ),
    "tags-without-end": (
        "a.xlsx", "not-a-workbook",
        lambda q: xlsx(q, TABLE, numbered('<row r="1{0}"><c r="A1{0}">', 10_000, 90_000)),
    ),
    "formulas-without-end": ("a.xlsx", "too-large", lambda q: xlsx(q, TABLE, times("<f ", 1_500_000))),
    # --- how the parts belong together
    "sheet-leads-to-the-workbook": (
        "a.xlsx", "not-a-workbook", lambda q: xlsx(q, TABLE, more={_SHEET_RELATIONS: relations("../workbook.xml")}),
    ),
    "drawing-leads-to-its-sheet": (
        "a.xlsx", "not-a-workbook",
        lambda q: xlsx(
            q, TABLE,
            more={
                _SHEET_RELATIONS: relations("/xl/drawings/drawing1.xml"),
                "xl/drawings/_rels/drawing1.xml.rels": relations("../worksheets/sheet1.xml"),
            },
        ),
    ),
    "workbook-is-its-sheet": (
        "a.xlsx", "not-a-workbook", lambda q: xlsx(q, TABLE, more={"xl/_rels/workbook.xml.rels": relations("workbook.xml")}),
    ),
    "two-parts-of-one-name": ("a.xlsx", "not-a-workbook", twice),
    # --- passwords
    "password": ("a.xlsx", "encrypted", written(lambda: compound(bytes(5000), name="EncryptedPackage"))),
    "ods-password": ("a.ods", "encrypted", locked),
}  # fmt: skip


@pytest.mark.parametrize(("name", "code", "build"), REFUSED.values(), ids=REFUSED)
def test_what_is_refused(tmp_path: Path, name: str, code: str, build: Callable[[Path], Path]) -> None:
    assert read(build(tmp_path / name))["code"] == code


def formatted(no: int) -> str:
    cells = "".join(f'<c r="{column}{no}" s="3"/>' for column in "ABCDEFGHIJKLMN")
    return f'<row r="{no}" ht="20" customHeight="1">{cells}</row>'


READ = {
    "65536-formatted-rows": (
        "a.xlsx", 1, lambda q: xlsx(q, TABLE, (formatted(i).encode() for i in range(3, 65_537))),
    ),
    "200000-formatted-rows": (
        "a.xlsx", 1, lambda q: xlsx(q, TABLE, numbered('<row r="{0}" spans="1:14" ht="20" s="3"/>', 3, 199_000)),
    ),
    "a-few-rows-of-16384-columns": ("a.xlsx", 1, lambda q: xlsx(q, TABLE, wide(3, 8))),
    "two-corners": (
        "a.xlsx", 1,
        lambda q: xlsx(
            q, TABLE, '<row r="3"><c r="IV3"><v>1</v></c></row><row r="9999"><c r="A9999"><v>1</v></c></row>',
        ),
    ),
    "long-texts-in-cells": (
        "a.xlsx", 20,
        lambda q: xlsx(q, HEADER, (row(i, str(i), "推进中", _LONG).encode() for i in range(2, 22))),
    ),
    "long-texts-shared": (
        "a.xlsx", 20,
        lambda q: xlsx(
            q, HEADER,
            (row(i, str(i), "推进中", more=f'<c r="C{i}" t="s"><v>{i}</v></c>').encode() for i in range(2, 22)),
            more=strings(*[f"<si><t>{_LONG}</t></si>"] * 22),
        ),
    ),
    "long-texts-in-an-ods": (
        "a.ods", 1,
        written(
            lambda: spreadsheet(
                ods_rows(1, *map(ods_cell, ("任务编号", "完成状态", "进展情况")))
                + ods_rows(1, *map(ods_cell, ("1", "推进中", _LONG)))
                + ods_rows(1_048_574, b'<table:table-cell table:style-name="ce1" table:number-columns-repeated="16384"/>')
            )
        ),
    ),
    "empty-cells-that-repeat": (
        "a.xlsx", 1, lambda q: xlsx(q, TABLE, times("<row>" + '<c s="1"/>' * 14 + "</row>", 5_000)),
    ),
    "100000-merged": (
        "a.xlsx", 1,
        lambda q: xlsx(
            q, TABLE, behind=merged(*(f"A{i}:C{i}" for i in range(3, 100_003))),
        ),
    ),
    "merged-over-one-another": (
        "a.xlsx", 9_000,
        lambda q: xlsx(
            q, HEADER, numbered('<row r="{0}"><c r="A{0}"><v>{0}</v></c><c r="C{0}"><v>1</v></c></row>', 2, 9_001),
            behind=merged("B2:XFD1048576", *["B2:B1048576"] * 50_000),
        ),
    ),
    "a-sheet-among-the-themes": (
        "a.xlsx", 1,
        lambda q: xlsx(
            q, TABLE,
            more={
                "xl/_rels/workbook.xml.rels": relations("theme/theme1.xml"),
                "xl/theme/theme1.xml": f'<worksheet xmlns="{_MAIN}"><sheetData>{TABLE}'
                '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData></worksheet>',
            },
        ),
    ),
    "a-link-within-the-workbook": (
        "a.xlsx", 1, lambda q: xlsx(q, TABLE, more={_SHEET_RELATIONS: relations("#Sheet1!A1", "")}),
    ),
}  # fmt: skip


@pytest.mark.parametrize(("name", "tasks", "build"), READ.values(), ids=READ)
def test_what_is_read_all_the_same(
    tmp_path: Path, name: str, tasks: int, build: Callable[[Path], Path]
) -> None:
    told = read(build(tmp_path / name))
    assert (told["code"], told["tasks"]) == (None, tasks)


def test_long_texts_come_whole(tmp_path: Path) -> None:
    for name in ("long-texts-in-cells", "long-texts-shared"):
        _, _, build = READ[name]
        assert read(build(tmp_path / "a.xlsx"))["reports"] == [32_767] * 20


def test_what_is_too_large_is_told_with_what_to_do(tmp_path: Path) -> None:
    for name, words in (("all-rows", "删去表格下面的空行"), ("all-columns", "删去表格右边的空列")):
        _, _, build = REFUSED[name]
        assert words in read(build(tmp_path / "a.xlsx"))["note"]


@pytest.mark.parametrize("share", [0.01, 0.3, 0.6, 0.95, 0.999])
def test_files_cut_short(tmp_path: Path, share: float) -> None:
    files = (
        xlsx(tmp_path / "a.xlsx", TABLE),
        written(lambda: spreadsheet(ods_rows(1, ods_cell("x"))))(tmp_path / "a.ods"),
        written(lambda: compound(biff((0x0203, struct.pack("<3Hd", 0, 0, 0, 1.0))).ljust(5000, b"\0")))(tmp_path / "a.xls"),
    )  # fmt: skip
    for path in files:
        data = path.read_bytes()
        path.write_bytes(data[: int(len(data) * share)])
        assert read(path)["code"] in ("not-a-workbook", "no-entry-table")


def test_the_magic_of_old_office_files_alone(tmp_path: Path) -> None:
    path = tmp_path / "a.xls"
    path.write_bytes(ole.MAGIC + os.urandom(MEGABYTE))
    assert read(path)["code"] == "not-a-workbook"
