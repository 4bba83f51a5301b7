"""Which files in a folder are returns, and what is said about the others."""

from __future__ import annotations

import os
import zipfile
from datetime import datetime
from pathlib import Path

import pytest

from eduxl.errors import FileProblem
from eduxl.returns.intake import JUNK, Source, collect

from .files import answered, saved


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


def docx() -> bytes:
    from io import BytesIO

    target = BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("word/document.xml", "<document/>")
    return target.getvalue()


def archive() -> bytes:
    from io import BytesIO

    target = BytesIO()
    with zipfile.ZipFile(target, "w") as packed:
        packed.writestr("一中.xlsx", saved(answered()))
    return target.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "word"),
    [
        ("总结.docx", docx(), "填在 Excel 模板里"),
        (
            "总结.doc",
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "WordDocument\0".encode("utf-16-le"),
            "填在 Excel 模板里",
        ),
        ("一中.zip", archive(), "请解压后再合并"),
        ("一中.rar", b"Rar!\x1a\x07", "请解压后再合并"),
        ("一中.pdf", b"%PDF-1.4", "PDF"),
        ("照片.jpg", b"\xff\xd8\xff\xe0", "图片"),
        ("录像.mp4", b"\0\0\0\x18ftypmp42", "图片"),
        ("说明.txt", "请查收".encode(), "文本文件"),
        ("表.csv", "任务编号,完成状态".encode("gb18030"), "另存为 Excel"),
        ("空.dat", b"", "空文件"),
        ("乱.bin", b"\x01\x00\x02", "不是表格文件"),
        ("坏.zip", b"PK\x03\x04", "不是表格文件"),
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


def test_a_dangling_link_is_listed(tmp_path: Path) -> None:
    (tmp_path / "一中.xlsx").symlink_to(tmp_path / "移走了.xlsx")
    assert "打不开" in notes(tmp_path)["一中.xlsx"]


def test_a_file_that_changes_after_it_was_hashed_is_not_taken_for_the_old_one(tmp_path: Path) -> None:
    path = put(tmp_path, "一中.xlsx", saved(answered()))
    (source,) = collect([path]).sources
    path.write_bytes(b"other")
    with pytest.raises(FileProblem, match="被改动"):
        _ = source.data
    path.unlink()
    with pytest.raises(FileProblem, match="读不出来"):
        _ = source.data
