"""What must not happen when a workbook is opened: running out of memory, or losing cells without a word."""

from __future__ import annotations

import re
import struct
import subprocess
import tracemalloc
import zipfile
from collections.abc import Callable
from datetime import datetime
from io import BytesIO
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eduxl.plan import office
from eduxl.spreadsheet import active, number_formats, ole, sheet_xml, sheets
from eduxl.spreadsheet import saved as saved_moment
from eduxl.spreadsheet.bounds import check_strings, xls_extents, xlsb_extent, xlsb_strings
from eduxl.spreadsheet.package import BadPackage, directory, inflate
from eduxl.spreadsheet.sheets import Unreadable, open_book
from tests.returns.files import CONTEXT, TASKS, answered, listed, one, read, saved, table, template

ROW = (1, TASKS[1].title, "推进中", "80%", "已动员")
SHEET = "xl/worksheets/sheet1.xml"


def repacked(data: bytes, change: Callable[[str, bytes], bytes | None], **options: int) -> bytes:
    """The container with each part changed; None leaves a part out."""
    target = BytesIO()
    with zipfile.ZipFile(BytesIO(data)) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            content = change(name, old.read(name))
            if content is not None:
                new.writestr(name, content)
    return target.getvalue()


def in_sheet(data: bytes, old: bytes, new: bytes) -> bytes:
    return repacked(data, lambda name, content: content.replace(old, new) if name == SHEET else content)


# --- size ---------------------------------------------------------------------------------------------
def test_a_part_that_inflates_beyond_measure_is_refused_unread() -> None:
    bomb = repacked(saved(table([ROW])), lambda n, c: b"<a/>" + b" " * (120 << 20) if n == SHEET else c)
    tracemalloc.start()
    reading = read(bomb)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert reading.rejected is not None and reading.rejected.code == "too-large"
    assert peak < 20 << 20


def test_a_part_packed_a_thousand_times_is_refused() -> None:
    bomb = repacked(saved(table([ROW])), lambda n, c: c + b" " * (20 << 20) if n == SHEET else c)
    assert len(bomb) < 100_000
    with pytest.raises(Unreadable) as error:
        open_book(bomb)
    assert error.value.code == "too-large"


def test_a_long_text_repeated_is_no_bomb() -> None:
    book = table([(1, "", "推进中", "", "长" * 32_767), (2, "", "推进中", "", "字" * 32_767)])
    assert [len(e.report) for e in one(book).entries] == [32_767, 32_767]


@pytest.mark.parametrize(("real", "code"), [(1 << 20, "not-a-workbook"), (20 << 20, "too-large")])
def test_a_part_that_is_larger_than_it_says_is_refused(real: int, code: str) -> None:
    data = bytearray(repacked(saved(table([ROW])), lambda n, c: c + b" " * real if n == SHEET else c))
    at = data.rfind(SHEET.encode()) - 46
    assert data[at : at + 4] == b"PK\x01\x02"
    struct.pack_into("<L", data, at + 24, 500)
    with pytest.raises(Unreadable) as error:
        open_book(bytes(data))
    assert error.value.code == code


def test_a_file_too_large_is_refused_before_it_is_read() -> None:
    from eduxl.returns.intake import Source
    from eduxl.returns.reader import read_return

    huge = Source("大.xlsx", datetime(2022, 6, 1), "0" * 64, sheets.MAX_FILE + 1)
    rejected = read_return(huge, CONTEXT).rejected
    assert rejected is not None and rejected.code == "too-large"
    with pytest.raises(Unreadable, match="MB"):
        open_book(b"PK" + bytes(sheets.MAX_FILE))


# --- cells far out ------------------------------------------------------------------------------------
@pytest.mark.parametrize("cell", ["XFD1048576", "A1048576", "XFD1", "AAA9", "B10000"])
def test_a_stray_cell_far_out_costs_nothing_and_is_told(cell: str) -> None:
    book = answered()
    book["填报表"][cell] = "x"
    item = one(book)
    assert [e.status for e in item.entries] == ["推进中"] * 4
    (warning,) = item.warnings
    assert (warning.code, warning.level, warning.cell) == ("unknown-task", "explain", cell)


def test_an_empty_cell_far_out_is_nothing() -> None:
    book = answered()
    book["填报表"]["XFD1048576"].number_format = "0%"
    assert one(book).warnings == ()


def spreadsheet(rows: bytes, doctype: str = "") -> bytes:
    """An .ods with one sheet of these rows."""
    names = " ".join(
        f'xmlns:{short}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
        for short, name in (("office", "office"), ("table", "table"), ("text", "text"))
    )
    content = (
        (
            f'{doctype}<office:document-content {names} office:version="1.2"><office:body><office:spreadsheet>'
            '<table:table table:name="S">'
        ).encode()
        + rows
        + b"</table:table></office:spreadsheet></office:body></office:document-content>"
    )
    target = BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", content)
        archive.writestr(
            "META-INF/manifest.xml",
            '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>',
        )
    return target.getvalue()


def ods_cell(text: str, times: int = 1) -> bytes:
    repeated = f' table:number-columns-repeated="{times}"' if times > 1 else ""
    start = f'<table:table-cell office:value-type="string"{repeated}>'
    return f"{start}<text:p>{text}</text:p></table:table-cell>".encode()


def test_a_sheet_of_libreoffice_ends_in_a_million_empty_rows() -> None:
    header = (
        b"<table:table-row>"
        + b"".join(map(ods_cell, ("任务编号", "完成状态", "进展情况")))
        + b"</table:table-row>"
    )
    row = b"<table:table-row>" + b"".join(map(ods_cell, ("1", "推进中", "已动员")))
    row += b'<table:table-cell table:number-columns-repeated="16381"/></table:table-row>'
    rest = b'<table:table-row table:number-rows-repeated="1048574"><table:table-cell/></table:table-row>'
    item = one(spreadsheet(header + row + rest), "洪水中学.ods")
    assert [(e.task, e.status) for e in item.entries] == [(1, "推进中")]


@pytest.mark.parametrize(("rows", "columns"), [(1_000_000, 10), (1_000, 16_000)])
def test_a_cell_repeated_a_million_times_is_refused(rows: int, columns: int) -> None:
    row = (
        f'<table:table-row table:number-rows-repeated="{rows}">'.encode()
        + ods_cell("x", columns)
        + b"</table:table-row>"
    )
    rejected = read(spreadsheet(row), "洪水中学.ods").rejected
    assert rejected is not None and rejected.code == "too-large"


def records(*parts: tuple[int, bytes]) -> bytes:
    """A binary sheet: each record as kind, length, content."""
    stream = b""
    for kind, content in parts:
        stream += bytes([kind]) if kind < 128 else bytes([kind & 127 | 128, kind >> 7])
        stream += (
            bytes([len(content) & 127 | 128, len(content) >> 7])
            if len(content) > 127
            else bytes([len(content)])
        )
        stream += content
    return stream


def xlsb_places(part: bytes) -> int:
    return xlsb_extent(part, []).places


def test_the_grid_of_a_binary_sheet_is_measured_by_its_filled_cells() -> None:
    row, blank, real = 0, 1, 5
    small = records(
        (129, b""), (row, struct.pack("<L", 4)), (real, struct.pack("<Ld", 2, 1.0)), (148, bytes(200))
    )
    assert xlsb_places(small) == 5 * 3
    far = records((row, struct.pack("<L", 1_048_575)), (blank, struct.pack("<L", 16_383)))
    assert xlsb_places(small + far) == 5 * 3
    far = records((row, struct.pack("<L", 1_048_575)), (real, struct.pack("<Ld", 16_383, 1.0)))
    assert xlsb_places(small + far) == 1_048_576 * 16_384
    assert xlsb_places(small + far[:3]) == 5 * 3
    assert xlsb_places(b"\x81\x01\x83") == 0


def test_a_binary_workbook_with_a_stray_cell_is_refused() -> None:
    far = records((0, struct.pack("<L", 1_048_575)), (5, struct.pack("<Ld", 16_383, 1.0)))
    target = BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("xl/workbook.bin", b"")
        archive.writestr("xl/worksheets/sheet1.bin", far)
    rejected = read(target.getvalue(), "洪水中学.xlsb").rejected
    assert rejected is not None and rejected.code == "too-large"


def biff(*parts: tuple[int, bytes]) -> bytes:
    """The Workbook stream of an .xls with one sheet of these records."""
    start = 4 + 8 + 4
    head = struct.pack("<2H2L", 0x0085, 8, start, 0) + struct.pack("<2H", 0x000A, 0)
    return head + b"".join(struct.pack("<2H", kind, len(content)) + content for kind, content in parts)


def xls_places(stream: bytes) -> int:
    return sum(extent.places for extent in xls_extents(stream))


NUMBER, NUMBERS, EXTENT, PASSWORD = 0x0203, 0x00BD, 0x0200, 0x002F


@pytest.mark.parametrize(
    ("records", "places"),
    [
        ([(NUMBER, struct.pack("<3Hd", 4, 2, 0, 1.0))], 5 * 3),
        ([(NUMBERS, struct.pack("<2H", 4, 0) + bytes(18) + struct.pack("<H", 2))], 5 * 3),
        ([(EXTENT, struct.pack("<2L3H", 0, 5, 0, 3, 0)), (NUMBER, struct.pack("<3Hd", 0, 0, 0, 1.0))], 1),
        ([(NUMBER, struct.pack("<3Hd", 65_535, 255, 0, 1.0))], 65_536 * 256),
        ([], 0),
    ],
)
def test_the_grid_of_an_old_workbook_is_measured_by_its_filled_cells(
    records: list[tuple[int, bytes]], places: int
) -> None:
    assert xls_places(biff(*records)) == places


@pytest.mark.parametrize(
    "extent",
    [
        struct.pack("<2L3H", 9, 5, 0, 3, 0),
        struct.pack("<2L3H", 0, 1 << 30, 0, 256, 0),
        struct.pack("<4H", 0, 5, 9, 3),
    ],
)
def test_an_absurd_extent_of_an_old_workbook_is_not_believed(extent: bytes) -> None:
    with pytest.raises(BadPackage):
        xls_places(biff((EXTENT, extent)))


def test_cells_that_a_password_hides_are_told() -> None:
    far = (NUMBER, struct.pack("<3Hd", 65_535, 65_535, 0, 1.0))
    with pytest.raises(BadPackage) as refused:
        xls_places(struct.pack("<3H", PASSWORD, 2, 1) + biff(far))
    assert refused.value.encrypted


def test_more_texts_than_the_file_can_hold_are_refused() -> None:
    """calamine reserves memory for as many as are declared."""
    with pytest.raises(BadPackage):
        check_strings(b'<sst xmlns="x" count="9" uniqueCount="4294967295"><si><t>a</t></si></sst>')
    check_strings(b'<sst xmlns="x" count="9" uniqueCount="1"><si><t>a</t></si></sst>')
    with pytest.raises(BadPackage):
        xlsb_strings(b"\x9f\x01\x08" + struct.pack("<2L", 1, 4_000_000_000))
    with pytest.raises(BadPackage):
        xls_places(struct.pack("<2H2L", 0x00FC, 8, 1, 4_000_000_000) + biff())


def compound(content: bytes, *, small: bool = False, name: str = "Workbook") -> bytes:
    """A compound file with one stream: first its table, then a sector of the directory, one of the small table
    and the content.
    """
    end, free, size = 0xFFFF_FFFE, 0xFFFF_FFFF, 512
    count = -(-len(content) // size)
    tables = next(n for n in range(1, 110) if n * 128 >= n + 2 + count)
    first = tables + 2
    chain = [*range(first + 1, first + count), end]
    table = [*[0xFFFF_FFFD] * tables, end, end, *chain]
    small_table = [*range(1, count * 8), end] if small else []

    def sectors(numbers: list[int], count: int) -> bytes:
        return struct.pack(f"<{128 * count}L", *numbers, *[free] * (128 * count - len(numbers)))

    def entry(name: str, start: int, length: int, child: int = free) -> bytes:
        written = name.encode("utf-16-le") + bytes(2)
        return (
            written.ljust(64, b"\0")
            + struct.pack("<H", len(written))
            + struct.pack("<H3L36x", 0, free, free, child)
            + struct.pack("<2LL", start, length, 0)
        )

    head = ole.MAGIC + bytes(16) + struct.pack("<4H", 62, 3, 0xFFFE, 9) + struct.pack("<H", 6) + bytes(10)
    head += struct.pack("<L7L", tables, tables, 0, 4096, tables + 1, 1, end, 0)
    head += struct.pack("<109L", *range(tables), *[free] * (109 - tables))
    root = entry("Root Entry", first if small else end, len(content) if small else 0, 1)
    directory = root + entry(name, 0 if small else first, len(content))
    body = sectors(table, tables) + directory.ljust(size, b"\0") + sectors(small_table, 1)
    return head + body + content.ljust(count * size, b"\0")


@pytest.mark.parametrize("small", [False, True])
def test_a_stream_of_an_old_office_file(small: bool) -> None:
    content = bytes(range(256)) * (4 if small else 20)
    assert ole.stream(compound(content, small=small), ("Workbook", "Book")) == content


def test_an_old_workbook_with_a_stray_cell_is_refused() -> None:
    far = biff((NUMBER, struct.pack("<3Hd", 65_535, 255, 0, 1.0)))
    rejected = read(compound(far.ljust(5000, b"\0"))).rejected
    assert rejected is not None and rejected.code == "too-large"


@pytest.mark.parametrize("place", [30, 48, 60, 512, 516])
def test_a_damaged_old_office_file_ends_in_an_error_and_never_in_a_loop(place: int) -> None:
    for value in (0, 1, 3, 5, 0x7FFF_FFFF):
        for small in (False, True):
            data = bytearray(compound(bytes(range(256)) * (4 if small else 20), small=small))
            struct.pack_into("<L", data, place, value)
            try:
                ole.stream(bytes(data), ("Workbook",))
            except BadPackage:
                continue


def test_a_chain_that_bites_its_tail_is_damage() -> None:
    data = bytearray(compound(bytes(5000)))
    struct.pack_into("<L", data, 512 + 4 * 4, 3)
    with pytest.raises(BadPackage):
        ole.stream(bytes(data), ("Workbook",))
    with pytest.raises(BadPackage):
        ole.stream(compound(bytes(5000)), ("WordDocument",))


# --- what the parser loses ----------------------------------------------------------------------------
def test_an_error_value_is_kept_as_text() -> None:
    data = in_sheet(saved(table([(1, "", "推进中", 0.5)])), b"<v>0.5</v>", b"<v>#DIV/0!</v>")
    data = in_sheet(data, b'r="D3" t="n"', b'r="D3" t="e"')
    item = one(data)
    assert item.entries[0].raw == {"完成进度": "#DIV/0!"}
    assert listed(item) == ["bad-progress"]


def test_a_formula_with_a_result_is_its_result() -> None:
    data = in_sheet(saved(table([(1, "", "推进中", 0.5)])), b"<v>0.5</v>", b"<f>1/2</f><v>0.5</v>")
    assert (one(data).entries[0].progress, one(data).warnings) == (50, ())


def test_a_formula_without_a_result_in_a_prefixed_sheet() -> None:
    data = saved(table([(1, "", "推进中", "=A3/2")]))

    def prefix(name: str, content: bytes) -> bytes:
        if name != SHEET:
            return content
        for tag in (b"worksheet", b"sheetData", b"row", b"c", b"f", b"v"):
            content = content.replace(b"<" + tag + b" ", b"<x:" + tag + b" ")
            content = content.replace(b"<" + tag + b">", b"<x:" + tag + b">")
            content = content.replace(b"</" + tag + b">", b"</x:" + tag + b">")
            content = content.replace(b"<" + tag + b"/>", b"<x:" + tag + b"/>")
        return content.replace(b"<x:worksheet xmlns=", b"<x:worksheet xmlns:x=")

    assert one(repacked(data, prefix)).entries[0].raw == {"完成进度": "=A3/2"}


def test_a_shared_formula_without_a_result_is_kept() -> None:
    data = in_sheet(
        saved(table([(1, "", "推进中", 0.5)])),
        b"<v>0.5</v>",
        b'<f t="shared" ref="D3:D4" si="0">A3/2</f><v></v>',
    )
    assert one(data).entries[0].raw == {"完成进度": "=A3/2"}


def test_a_lost_value_outside_of_what_else_is_filled() -> None:
    book = table([(1, "", "推进中")])
    book.active["H9"] = "=1+1"
    assert [w.cell for w in one(book).warnings] == ["Sheet1!H9"]


def test_what_is_lost_is_told_from_what_is_typed() -> None:
    book = table([(1, "", "推进中", "=A3/2", "=A3/2"), (2, "", "推进中", 0.5, "#REF!")])
    book.active["E3"].data_type = book.active["E4"].data_type = "s"
    data = in_sheet(saved(book), b'r="D4" t="n"><v>0.5</v>', b'r="D4" t="e"><f>1/0</f><v>#DIV/0!</v>')
    grid = open_book(data).grid("Sheet1")
    assert (grid.rows[2][3:], grid.rows[3][3:]) == (["=A3/2", "=A3/2"], ["#DIV/0!", "#REF!"])
    assert grid.lost == {(2, 3): "no-result", (3, 3): "error"}


@pytest.mark.parametrize("value", [b"<v></v>", b"<v/>", b'<v xml:space="preserve"></v>'])
def test_a_formula_whose_result_is_an_empty_text(value: bytes) -> None:
    data = saved(table([(1, "", "推进中", 0.5)]))
    formula = b"<f>IF(1,&quot;&quot;)</f>" + value
    told = {
        kind: open_book(in_sheet(data, b't="n"><v>0.5</v>', b't="' + kind + b'">' + formula)).grid("Sheet1")
        for kind in (b"str", b"n")
    }
    assert (told[b"str"].rows[2][3], told[b"str"].lost) == ("", {})
    assert (told[b"n"].rows[2][3], told[b"n"].lost) == ('=IF(1,"")', {(2, 3): "no-result"})


def test_an_error_value_of_an_ods() -> None:
    error = (
        b'<table:table-cell table:formula="of:=1/0" office:value-type="string" office:string-value="" '
        b'calcext:value-type="error"><text:p>#DIV/0!</text:p></table:table-cell>'
    )
    rows = (
        b'<table:table-row table:number-rows-repeated="2">'
        + ods_cell("x", 2)
        + error
        + b'<table:table-cell office:value-type="boolean" office:boolean-value="true"><text:p>TRUE</text:p>'
        b"</table:table-cell></table:table-row>"
    )
    grid = open_book(spreadsheet(b"<table:table-row/>" + rows)).grid("S")
    assert grid.rows[1] == ["x", "x", "#DIV/0!", True]
    assert grid.lost == {(1, 2): "error"}


def test_error_values_of_the_binary_kinds() -> None:
    stream = biff(
        (0x0205, struct.pack("<3H2B", 1, 2, 0, 0x17, 1)),
        (0x0205, struct.pack("<3H2B", 1, 3, 0, 1, 0)),
        (0x0006, struct.pack("<3H2B2B2BHLH", 2, 2, 0, 2, 0, 0x2A, 0, 0, 0, 0xFFFF, 0, 0)),
        (0x0006, struct.pack("<3HdHL", 3, 2, 0, 1.5, 0, 0)),
    )
    assert [extent.errors for extent in xls_extents(stream)] == [{(1, 2): "#REF!", (2, 2): "#N/A"}]
    part = records(
        (0, struct.pack("<L", 4)), (3, struct.pack("<2LB", 1, 0, 0x07)), (11, struct.pack("<2LB", 2, 0, 0x99))
    )
    assert xlsb_extent(part, []).errors == {(4, 1): "#DIV/0!", (4, 2): "#ERROR!"}


@pytest.mark.office
@pytest.mark.skipif(office.program() is None, reason="LibreOffice is not installed")
@pytest.mark.parametrize("kind", ["ods", "xls", "xlsx"])
def test_what_libreoffice_writes(tmp_path: Path, kind: str) -> None:
    book = table([(1, "", "推进中", "=1/0", True), (2, "", "推进中", "=1+1", "=NA()")])
    (tmp_path / "a.xlsx").write_bytes(saved(book))
    command = [office.program(), "--headless", f"-env:UserInstallation={(tmp_path / 'lo').as_uri()}"]
    command += ["--convert-to", kind, "--outdir", str(tmp_path / "out"), str(tmp_path / "a.xlsx")]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    opened = open_book((tmp_path / "out" / f"a.{kind}").read_bytes())
    grid = opened.grid("Sheet1")
    assert [row[3:] for row in grid.rows[2:4]] == [["#DIV/0!", True], [2, "#N/A"]]
    assert grid.lost == {(2, 3): "error", (3, 4): "error"}
    assert opened.modified is not None and opened.modified.year == book.properties.modified.year
    assert opened.active == ()


# --- how cells are shown ------------------------------------------------------------------------------
def test_the_number_format_of_a_cell() -> None:
    book = table([(1, "", "推进中", 0.5, "x")])
    page = book.active
    page["F3"], page["F3"].number_format = 936, "00000"
    page["G3"], page["G3"].number_format = 44000, "yyyy/m"
    page["D3"].number_format = "0%"
    opened = open_book(saved(book))
    shown = [opened.shown("Sheet1", 2, column) for column in (0, 3, 5, 6, 50)]
    assert shown == ["General", "0%", "00000", "yyyy/m", "General"]
    other = open_book(spreadsheet(b"<table:table-row>" + ods_cell("x") + b"</table:table-row>"))
    assert other.shown("S", 0, 0) is None


def test_formats_that_chinese_excel_has_by_number_alone() -> None:
    styles = b'<cellXfs><xf numFmtId="27"/><xf numFmtId="31"><alignment/></xf><xf/></cellXfs>'
    assert number_formats.of_styles(styles) == ['yyyy"年"m"月"', 'yyyy"年"m"月"d"日"', "General"]
    assert number_formats.of_cells(
        b'<row><c s="1"/><c r="D1" s="0"/></row><row><c/></row>', ["General", "0%"]
    ) == {(0, 0): "0%"}


# --- what could act on its own ------------------------------------------------------------------------
def with_parts(data: bytes, **parts: bytes) -> bytes:
    target = BytesIO(data)
    with zipfile.ZipFile(target, "a") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return target.getvalue()


@pytest.mark.parametrize(
    ("part", "content", "told"),
    [
        ("xl/vbaProject.bin", b"x", "宏"),
        ("xl/macrosheets/sheet1.xml", b"<a/>", "宏表"),
        ("xl/externalLinks/externalLink1.xml", b"<externalLink><externalBook/></externalLink>", "外部链接"),
        ("xl/externalLinks/externalLink1.xml", b"<externalLink><ddeLink/></externalLink>", "DDE 链接"),
        ("xl/embeddings/oleObject1.bin", b"x", "嵌入的对象"),
        ("xl/activeX/activeX1.xml", b"<a/>", "ActiveX 控件"),
        ("xl/connections.xml", b"<a/>", "数据连接"),
    ],
)
def test_what_could_act_on_its_own_is_told(part: str, content: bytes, told: str) -> None:
    data = with_parts(saved(answered()), **{part: content})
    opened = open_book(data)
    assert told in opened.active
    assert opened.has_macros is told.startswith("宏")
    assert len(one(data).entries) == 4


def test_what_could_act_on_its_own_in_other_kinds() -> None:
    data = spreadsheet(b"<table:table-row>" + ods_cell("x") + b"</table:table-row>")
    assert open_book(data).active == ()
    macros = with_parts(
        data, **{"Basic/Standard/script-lb.xml": b"<a/>", "Basic/Standard/Module1.xml": b"<a/>"}
    )
    assert (open_book(macros).active, open_book(macros).has_macros) == (("宏",), True)
    empty = with_parts(data, **{"Basic/Standard/script-lb.xml": b"<a/>"})
    assert open_book(empty).active == ()
    dde = spreadsheet(b"<table:dde-links><table:dde-link/></table:dde-links>")
    assert open_book(dde).active == ("DDE 链接",)
    sheet = struct.pack("<2HL2B", 0x0085, 6, 0, 0, 1)
    own, linked, dde = (struct.pack("<4H", 0x01AE, 4, *book) for book in ((3, 0x0401), (2, 9), (0, 9)))
    assert active.in_xls(own, ["Workbook"]) == set()
    assert active.in_xls(sheet + own + linked + dde, ["Workbook", "_VBA_PROJECT_CUR", "MBD0001"]) == {
        "宏", "宏表", "外部链接", "DDE 链接", "嵌入的对象",
    }  # fmt: skip


# --- merged cells -------------------------------------------------------------------------------------
def test_merged_areas_end_with_the_rows_and_cover_them_once() -> None:
    areas = ("A3:XFD1048576", "A1:B2", "A1:C3", "A50:B60")
    xml = b"<mergeCells>" + b"".join(f'<mergeCell ref="{a}"/>'.encode() for a in areas) + b"</mergeCells>"
    data = in_sheet(saved(table([ROW])), b"</sheetData>", b"</sheetData>" + xml)
    grid = open_book(data).grid("Sheet1")
    assert (len(grid.rows), len(grid.rows[0])) == (3, 5)
    assert grid.merged == [((2, 0), (2, 4)), ((0, 0), (1, 1))]


# --- kinds --------------------------------------------------------------------------------------------
def test_a_password_for_opening() -> None:
    ole = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504) + "EncryptedPackage\0".encode("utf-16-le")
    rejected = read(ole).rejected
    assert rejected is not None and rejected.code == "encrypted"


def test_a_zip_password() -> None:
    data = bytearray(saved(table([ROW])))
    data[data.rfind(SHEET.encode()) - 46 + 8] |= 1
    rejected = read(bytes(data)).rejected
    assert rejected is not None and rejected.code == "encrypted"


def test_old_office_files_that_are_no_workbook() -> None:
    ole = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)
    for stream in ("WordDocument\0", "PowerPoint Document\0", "Something\0", "Workbook\0"):
        rejected = read(ole + stream.encode("utf-16-le")).rejected
        assert rejected is not None and rejected.code == "not-a-workbook"


@pytest.mark.parametrize("cut", [100, 2000, -30])
def test_a_file_cut_off_in_the_mail(cut: int) -> None:
    rejected = read(saved(answered())[:cut]).rejected
    assert rejected is not None and rejected.code == "not-a-workbook"


def test_a_damaged_part() -> None:
    data = bytearray(saved(answered()))
    at = data.find(SHEET.encode()) + len(SHEET) + 20
    data[at : at + 40] = bytes(40)
    rejected = read(bytes(data)).rejected
    assert rejected is not None and rejected.code == "not-a-workbook"


def test_bytes_in_front_of_the_container_do_no_harm_to_its_directory() -> None:
    data = saved(table([ROW]))
    assert [m.offset - 10 for m in directory(b"x" * 10 + data)] == [m.offset for m in directory(data)]


def test_a_container_with_sizes_as_zip64() -> None:
    target = BytesIO()
    with zipfile.ZipFile(BytesIO(saved(table([ROW])))) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            with new.open(name, "w", force_zip64=True) as part:
                part.write(old.read(name))
    data = bytearray(target.getvalue())
    assert len(one(bytes(data)).entries) == 1


def test_a_directory_that_is_nonsense() -> None:
    data = saved(table([ROW]))
    end = data.rfind(b"PK\x05\x06")
    for broken in (
        data[:end] + struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 9, 9, 1 << 30, 0, 0),
        data[:end] + struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 9, 9, 10, 0, 0),
        data[:end] + struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 0xFFFF, 0xFFFF, 10, 0xFFFFFFFF, 0),
    ):
        with pytest.raises(BadPackage):
            directory(broken)


@pytest.mark.parametrize(
    "moment",
    [
        b"2022-06-18T09:30:00+08:00",
        b"2022-06-18T01:30:00Z",
        b"2022-06-18T01:30:00.5Z",
        b"2022-06-18T01:30:00",
    ],
)
def test_the_moment_of_the_last_save_is_read_in_utc(moment: bytes) -> None:
    def dated(name: str, content: bytes) -> bytes:
        if name != "docProps/core.xml":
            return content
        head, _, tail = content.partition(b"<dcterms:modified")
        rest = tail.partition(b"<")[2]
        return head + b'<dcterms:modified xsi:type="dcterms:W3CDTF">' + moment + b"<" + rest

    assert one(repacked(saved(answered()), dated)).modified == datetime(2022, 6, 18, 1, 30)


@pytest.mark.parametrize("moment", [b"2022-13-45T99:99:99Z", b"gestern"])
def test_a_last_saved_moment_that_is_none(moment: bytes) -> None:
    def broken(name: str, content: bytes) -> bytes | None:
        return (
            b"<dcterms:modified>" + moment + b"</dcterms:modified>"
            if name == "docProps/core.xml"
            else content
        )

    assert one(repacked(saved(answered()), broken)).modified is None


@pytest.mark.parametrize(
    ("date", "moment"),
    [
        (b"2022-06-18T09:30:00.123456789", datetime(2022, 6, 18, 1, 30)),
        (b"2022-06-18T09:30:00Z", datetime(2022, 6, 18, 9, 30)),
        (b"2022-06-32T09:30:00", None),
    ],
)
def test_the_moment_of_the_last_save_of_an_ods(date: bytes, moment: datetime | None) -> None:
    data = spreadsheet(b"<table:table-row>" + ods_cell("x") + b"</table:table-row>")
    meta = b"<office:document-meta><dc:date>" + date + b"</dc:date></office:document-meta>"
    assert open_book(with_parts(data, **{"meta.xml": meta})).modified == moment


def test_the_moment_of_the_last_save_of_an_xls() -> None:
    ticks = int((datetime(2022, 6, 18, 1, 30) - datetime(1601, 1, 1)).total_seconds()) * 10_000_000
    head = struct.pack("<2HL16xL16xL", 0xFFFE, 0, 0, 1, 48)
    properties = struct.pack("<2L", 44, 2) + struct.pack("<4L", 12, 24, 13, 36)
    stream = head + properties + struct.pack("<LQ", 0x40, 1) + struct.pack("<LQ", 0x40, ticks)
    assert saved_moment.of_properties(stream) == datetime(2022, 6, 18, 1, 30)
    assert saved_moment.of_properties(stream[:-1]) is None
    assert saved_moment.of_properties(stream[:60]) is None


def test_dates_counted_from_1904() -> None:
    book = template()
    book.epoch = openpyxl.utils.datetime.CALENDAR_MAC_1904
    page = book["填报表"]
    page["F5"], page["H5"] = "已完成", datetime(2022, 6, 15)
    assert str(one(book).entries[0].done_on) == "2022-06-15"


CELLS = st.builds(
    "<{}{}{}{}>".format,
    st.sampled_from(["c", "row", "col", "x:c", "cfRule"]),
    st.sampled_from(["", " ", "\n", ' s="1" ', ' x:r="1" ', ' spans="1:3"\t']),
    st.sampled_from(["", "r={}", "r ={}", "r= {}", "hr={}"]).flatmap(
        lambda name: st.sampled_from(
            ["A1", "a1", "IV9999", "IW1", "AAA1", "B10000", "12345", "9999", "JA3", "Z99999", "ZZ", ""]
        ).flatmap(lambda at: st.sampled_from([name.format(f'"{at}"'), name.format(f"'{at}'")]))
    ),
    st.sampled_from(["", "/", ' t="s"']),
)


@given(st.lists(CELLS, max_size=6).map("".join))
def test_a_place_is_far_or_missing_in_every_spelling(xml: str) -> None:
    far = re.search(
        r"""r\s*=\s*["'](?:(?:[A-Za-z]{3,}|[J-Zj-z][A-Za-z]|[Ii][W-Zw-z])\d|[A-Za-z]{0,2}\d{5})""", xml
    )
    unplaced = re.search(r"""<(?:row|c)(?:[>/]|\s(?!r\s*=)(?![^<>]*?\sr\s*=))""", xml)
    assert bool(sheet_xml._FAR.search(xml.encode())) is bool(far)
    assert bool(sheet_xml._UNPLACED.search(xml.encode())) is bool(unplaced)


def test_equal_parts_of_two_files_are_looked_through_alike() -> None:
    lost = b'<c r="B2"><f>1+1</f></c><c r="C2" t="e"><v>#N/A</v></c><c r="IW2"><v>1</v></c>'
    sheet = b'<worksheet><sheetData><row r="2">' + lost + b"</row></sheetData></worksheet>"
    large = sheet.replace(b"</row>", b"</row>" + b" " * (16 << 10))
    small, again, plain = map(sheet_xml.look_through, (sheet, bytes(bytearray(sheet)), large))
    assert small == again
    assert small.lost == plain.lost == {(1, 1): ("no-result", "=1+1"), (1, 2): ("error", "#N/A")}
    assert small.cut == plain.cut == ["IW2"]
    assert small.mended and b"IW2" not in small.mended


def test_a_part_is_never_more_than_its_limit_however_often_it_is_asked_for() -> None:
    target = BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("part.xml", b"<a/>" * 100)
    data = target.getvalue()
    (member,) = directory(data)
    for _ in range(2):
        assert inflate(data, member, member.size) == b"<a/>" * 100
        with pytest.raises(BadPackage):
            inflate(data, member, member.size - 1)
