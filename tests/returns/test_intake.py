"""Which files in a folder are returns, and what is said about the others."""

from __future__ import annotations

import os
import socket
import struct
import zipfile
from datetime import datetime
from io import BytesIO
from pathlib import Path

import pytest
from attrs import evolve

from eduxl.errors import FileProblem
from eduxl.model import Unit
from eduxl.returns.intake import JUNK, Source, collect

from .files import CONTEXT, ROSTER, TASKS, answered, read, read_return, saved, table


def put(folder: Path, name: str, content: bytes) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def notes(folder: Path) -> dict[str, str]:
    return {ignored.path: ignored.note for ignored in collect([folder]).ignored}


def test_files_come_in_the_order_of_their_paths_with_folders_shown(tmp_path: Path) -> None:
    book = saved(answered())
    for name in ("b.xlsx", "六坝学区/一小.xlsx", "a.xlsx"):
        put(tmp_path, name, book + name.encode())
    assert [s.path for s in collect([tmp_path]).sources] == ["a.xlsx", "b.xlsx", "六坝学区/一小.xlsx"]


def test_a_file_given_by_name_is_shown_by_its_name(tmp_path: Path) -> None:
    path = put(tmp_path, "深/一中.xlsx", saved(answered()))
    (source,) = collect([path]).sources
    assert (source.path, source.name) == ("一中.xlsx", "一中.xlsx")


def test_a_file_reached_twice_is_taken_once(tmp_path: Path) -> None:
    path = put(tmp_path, "一中.xlsx", saved(answered()))
    assert len(collect([tmp_path, path, tmp_path]).sources) == 1


def test_a_source_knows_time_hash_and_content(tmp_path: Path) -> None:
    book = saved(answered())
    path = put(tmp_path, "一中.xlsx", book)
    moment = datetime(2022, 6, 18, 9, 30)
    os.utime(path, (moment.timestamp(), moment.timestamp()))
    (source,) = collect([path]).sources
    assert source.file_time == moment
    assert source.size == len(book)
    assert source.data == book
    assert source.sha256 == Source.of_bytes("x", book, moment).sha256


def test_a_folder_that_is_not_there_is_said_at_once(tmp_path: Path) -> None:
    with pytest.raises(FileProblem, match="找不到") as error:
        collect([tmp_path / "没有"])
    assert error.value.code == "no-such-path"


def test_a_workbook_is_known_by_its_content_under_any_name(tmp_path: Path) -> None:
    for name in ("无后缀", "一中.xlsm", "一中.dat", "一中.XLSX", "一中.zip"):
        put(tmp_path, name, saved(answered()))
    assert len(collect([tmp_path]).sources) == 5


@pytest.mark.parametrize(
    "name",
    ["~$一中.xlsx", ".DS_Store", "Thumbs.db", "desktop.ini", "__MACOSX/._一中.xlsx", ".~lock.一中.xlsx#"],
)
def test_junk_of_systems_and_office_is_ignored_and_listed(tmp_path: Path, name: str) -> None:
    put(tmp_path, name, b"\x00\x05")
    assert notes(tmp_path) == {name: JUNK}


def docx(text: str = "") -> bytes:
    target = BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("word/document.xml", f"<w:document><w:t>{text}</w:t></w:document>")
    return target.getvalue()


def package(*parts: str) -> bytes:
    target = BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for part in parts:
            archive.writestr(part, "…")
    return target.getvalue()


def doc(text: str = "") -> bytes:
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + f"WordDocument\0{text}".encode("utf-16-le")


#: What old systems export under the name .xls.
WEB_TABLE = (
    "<html><head><meta charset='gbk'></head><table><tr><td>任务编号</td><td>完成状态</td></tr></table>"
)
MHT = "MIME-Version: 1.0\r\nX-Document-Type: Workbook\r\nContent-Type: multipart/related; boundary=x\r\n\r\n--x\r\n"
XML_TABLE = (
    '<?xml version="1.0"?>\n<?mso-application progid="Excel.Sheet"?>\n'
    '<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"><Worksheet/></Workbook>'
)
MAIL = "Received: from mx\r\nFrom: a@b.cn\r\nSubject: 6月填报\r\nMIME-Version: 1.0\r\n\r\n请查收"


@pytest.mark.parametrize(
    ("name", "content", "word"),
    [
        ("总结.docx", docx(), "填在 Excel 模板里"),
        ("填报.docx", docx("任务</w:t><w:t>编号，完成状态"), "里面有填报表格，不能汇总；请填在 Excel 模板里"),
        ("总结.doc", doc(), "填在 Excel 模板里"),
        ("填报.doc", doc("任务编号 完成状态"), "里面有填报表格，不能汇总；请填在 Excel 模板里"),
        ("一中.pdf", b"%PDF-1.4", "PDF"),
        ("一中.ofd", package("OFD.xml", "Doc_0/Document.xml"), "OFD"),
        ("照片.jpg", b"\xff\xd8\xff\xe0", "图片"),
        ("录像.mp4", b"\0\0\0\x18ftypmp42", "图片"),
        ("说明.txt", "请查收。工作进展，存在问题，下一步措施都在附件里。".encode(), "文本文件"),
        ("不全.csv", "任务编号,完成状态".encode("gb18030"), "没有填报表的表头"),
        (
            "问号.csv",
            "任务编号,完成状态,进展情况\n1,已完成,建成一间\n".encode("ascii", "replace"),
            "都成了问号",
        ),
        ("空.dat", b"", "空文件"),
        ("空.txt", b"", "空文件"),
        ("乱.bin", b"\x01\x00\x02", "不是表格文件"),
        ("坏.docx", b"PK\x03\x04", "不是表格文件"),
        ("一中.html", WEB_TABLE.encode("gbk"), "是网页"),
        ("一中.mht", MHT.encode(), "是网页"),
        ("回复.eml", MAIL.encode(), "请把附件另存后再合并"),
        ("一中.xlsx.lnk", b"L\0\0\0\x01\x14\x02\0" + bytes(60), "快捷方式"),
        ("云盘.url", b"[InternetShortcut]\r\nURL=https://example.cn/\r\n", "快捷方式"),
        ("一中.xlsx.crdownload", b"PK\x03\x04", "重新下载"),
        ("一中.xlsx.baiduyun.p.downloading", b"PK\x03\x04", "重新下载"),
        (".一中.xlsx.icloud", b"bplist00", "云盘"),
        ("填报.exe", b"MZ\x90\0", "自解压"),
    ],
)
def test_what_is_no_workbook_is_listed_with_what_to_do(
    tmp_path: Path, name: str, content: bytes, word: str
) -> None:
    put(tmp_path, name, content)
    (note,) = notes(tmp_path).values()
    assert word in note
    assert collect([tmp_path]).sources == ()


def test_a_file_that_calls_itself_a_workbook_is_left_to_the_reader(tmp_path: Path) -> None:
    put(tmp_path, "一中.xlsx", "不是表格".encode())
    put(tmp_path, "二中.et", b"")
    assert len(collect([tmp_path]).sources) == 2


@pytest.mark.parametrize(
    ("name", "content", "word"),
    [
        ("一中.xls", WEB_TABLE.encode("gbk"), "其实是网页"),
        ("一中.xls", MHT.encode(), "其实是网页"),
        ("一中.xls", XML_TABLE.encode(), "XML 格式的表格"),
        ("一中.xml", XML_TABLE.encode(), "XML 格式的表格"),
        ("一中.numbers", package("Index/Document.iwa", "preview.jpg"), "Numbers"),
        (
            "一中.fods",
            b"<office:document office:mimetype='application/vnd.oasis.opendocument.spreadsheet'>",
            "XML",
        ),
        ("一中.csv", "任务编号,任务名称,完成状态,进展情况\n1,甲,推进中,".encode() + b"\xff\xfe\n", "编码"),
        ("一中.csv", b"\x01\x00\x02", "不认识的格式"),
    ],
)
def test_tables_that_are_not_read_are_refused_with_what_to_do(
    tmp_path: Path, name: str, content: bytes, word: str
) -> None:
    put(tmp_path, name, content)
    (source,) = collect([tmp_path]).sources
    why = read_return(source, CONTEXT).rejected
    assert why is not None and why.code == "not-a-workbook"
    assert word in why.note and "另存为“Excel 工作簿（.xlsx）”" in why.note


def test_an_old_word_file_with_a_spreadsheet_in_it_is_a_word_file(tmp_path: Path) -> None:
    put(tmp_path, "总结.doc", compound("WordDocument", inside="Workbook"))
    put(tmp_path, "一中.bak", compound("Workbook", inside="WordDocument"))
    assert "Word" in notes(tmp_path)["总结.doc"]
    assert [source.path for source in collect([tmp_path]).sources] == ["一中.bak"]


def compound(stream: str, inside: str) -> bytes:
    """An old Office file with a stream at its top, and an embedded object with another one."""

    def entry(name: str, kind: int, *links: int) -> bytes:
        raw = (name.encode("utf-16-le") + b"\0\0").ljust(64, b"\0")
        return (
            raw
            + struct.pack("<H2B3L", len(name) * 2 + 2, kind, 1, *links)
            + bytes(36)
            + struct.pack("<3L", 0, 0, 0)
        )

    none = 0xFFFF_FFFF
    head = (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<5H", 62, 3, 0xFFFE, 9, 6) + bytes(10)
    )
    head += struct.pack("<9L", 1, 1, 0, 4096, none - 1, 0, none - 1, 0, 0) + b"\xff" * (4 * 108)
    table = struct.pack("<2L", 0xFFFF_FFFD, none - 1).ljust(512, b"\xff")
    folder = entry("Root Entry", 5, none, none, 1) + entry("ObjectPool", 1, none, 2, 3)
    folder += entry(stream, 2, none, none, none) + entry(inside, 2, none, none, none)
    return head + table + folder


def test_a_dangling_link_is_listed(tmp_path: Path) -> None:
    (tmp_path / "一中.xlsx").symlink_to(tmp_path / "移走了.xlsx")
    assert "打不开" in notes(tmp_path)["一中.xlsx"]


@pytest.mark.skipif(os.name == "nt", reason="needs links, pipes and names of bytes")
def test_what_is_odd_on_the_disk_is_listed_and_never_followed(tmp_path: Path) -> None:
    put(tmp_path, "一中.xlsx", saved(answered()))
    (tmp_path / "里").mkdir()
    (tmp_path / "里" / "回到上面").symlink_to(tmp_path)
    (tmp_path / "又是一中.xlsx").symlink_to(tmp_path / "一中.xlsx")
    (tmp_path / "圈.xlsx").symlink_to(tmp_path / "圈.xlsx")
    os.mkfifo(tmp_path / "管道.xlsx")
    with socket.socket(socket.AF_UNIX) as plug:
        plug.bind(os.path.relpath(tmp_path / "插座.xlsx"))
    assert [source.path for source in collect([tmp_path]).sources] == ["一中.xlsx"]
    told = notes(tmp_path)
    assert "指向文件夹的快捷方式" in told["里/回到上面"]
    assert told["又是一中.xlsx"] == "与“一中.xlsx”是同一个文件"
    assert "打不开" in told["圈.xlsx"]
    assert "不是普通文件" in told["管道.xlsx"] and "不是普通文件" in told["插座.xlsx"]
    assert len(told) == 5


@pytest.mark.skipif(os.name == "nt", reason="needs names of bytes")
def test_names_that_cannot_be_printed_are_shown_in_a_way_that_can(tmp_path: Path) -> None:
    for raw in (
        "民乐一中.xlsx".encode("gb18030"),
        "换\n行\u202e.xlsx".encode(),
        b"\xff\xff.xlsx",
        b"a" * 250 + b".xlsx",
    ):
        Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + raw)).write_bytes(saved(answered()) + raw)
    paths = [source.path for source in collect([tmp_path]).sources]
    assert {"民乐一中.xlsx", "换 行 .xlsx"} <= set(paths)
    assert all(path.isprintable() and path.encode() and len(path) < 210 for path in paths)
    assert len(paths) == 4


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("民乐一中/填报表.xlsx", "S001"),
        ("民乐一中/6月/新建.xlsx", "S001"),
        ("民乐一中/民乐二中.xlsx", "S002"),
        ("民乐一中/S002/民乐一中和民乐二中/填报表.xlsx", "S002"),
        ("洪水学区/填报表.xlsx", None),
        ("全部/填报表.xlsx", None),
    ],
)
def test_a_folder_names_the_unit_where_the_file_does_not(path: str, code: str | None) -> None:
    roster = evolve(ROSTER, units=(*ROSTER.units, Unit("X01", "洪水学区", kind="学区")))
    sheet = table([[1, TASKS[1].title, "推进中", 0.5, "已制定方案并动员部署"]], above=())
    reading = read(sheet, path, evolve(CONTEXT, roster=roster))
    assert [item.unit for item in reading.items] == ([code] if code else [])
    assert code or (reading.rejected and reading.rejected.code == "unknown-unit")


def test_a_file_that_changes_after_it_was_hashed_is_not_taken_for_the_old_one(tmp_path: Path) -> None:
    path = put(tmp_path, "一中.xlsx", saved(answered()))
    (source,) = collect([path]).sources
    path.write_bytes(b"other")
    with pytest.raises(FileProblem, match="被改动"):
        _ = source.data
    path.unlink()
    with pytest.raises(FileProblem, match="读不出来"):
        _ = source.data
