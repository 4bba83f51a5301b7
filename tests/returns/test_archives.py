"""Archives as schools pack them, and as nobody should: every member ends as a source or as ignored."""

from __future__ import annotations

import json
import os
import struct
import subprocess
import tarfile
import zipfile
import zlib
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from attrs import field, frozen

from eduxl.returns import archives
from eduxl.returns.intake import JUNK, Collected, collect
from eduxl.returns.reader import read_return

from .files import CONTEXT, answered, saved

BOOK = saved(answered())
CAME = datetime(2022, 6, 20, 8, 0)


@frozen
class Packed:
    """A member as any program might write it; what is not given is what it should be."""

    name: bytes
    content: bytes = BOOK
    flags: int = 0
    extra: bytes = b""
    method: int = 8
    moment: datetime | None = datetime(2022, 6, 18, 9, 30)
    size: int | None = None
    mode: int = 0
    packed: bytes = field(init=False)

    @packed.default
    def _deflated(self) -> bytes:
        if self.method != 8:
            return self.content
        deflate = zlib.compressobj(9, zlib.DEFLATED, -15)
        return deflate.compress(self.content) + deflate.flush()

    @property
    def fields(self) -> bytes:
        """Version to extra length, as both headers of a member have them."""
        day = clock = 0
        if m := self.moment:
            day, clock = (
                (m.year - 1980) << 9 | m.month << 5 | m.day,
                m.hour << 11 | m.minute << 5 | m.second // 2,
            )
        size = len(self.content) if self.size is None else self.size
        sizes = (zlib.crc32(self.content), len(self.packed), size, len(self.name), len(self.extra))
        return struct.pack("<5H3L2H", 20, self.flags, self.method, clock, day, *sizes)


def zipped(*members: Packed) -> bytes:
    body, directory = b"", b""
    for m in members:
        directory += b"PK\x01\x02\x14\x03" + m.fields + struct.pack("<3H2L", 0, 0, 0, m.mode << 16, len(body))
        directory += m.name + m.extra
        body += b"PK\x03\x04" + m.fields + m.name + m.extra + m.packed
    end = struct.pack(
        "<4s4H2LH", b"PK\x05\x06", 0, 0, len(members), len(members), len(directory), len(body), 0
    )
    return body + directory + end


def collected(folder: Path, content: bytes, name: str = "六坝.zip") -> Collected:
    path = folder / name
    path.write_bytes(content)
    os.utime(path, (CAME.timestamp(), CAME.timestamp()))
    return collect([folder])


def paths(found: Collected) -> list[str]:
    return [source.path for source in found.sources]


def refusals(found: Collected) -> dict[str, str]:
    return {source.path: source.refused.code for source in found.sources if source.refused}


def members_named(folder: Path, *names: bytes) -> Collected:
    return collected(folder, zipped(*(Packed(name, BOOK + name) for name in names)))


def test_the_members_of_a_zip_are_returns(tmp_path: Path) -> None:
    found = members_named(tmp_path, b"a.xlsx", "学校/一中.xlsx".encode())
    (first, second) = found.sources
    assert (first.path, first.name) == ("六坝.zip/a.xlsx", "六坝.zip/a.xlsx")
    assert second.path == "六坝.zip/学校/一中.xlsx"
    assert first.data == BOOK + b"a.xlsx"
    assert read_return(first, CONTEXT).items[0].unit == "S001"
    assert found.ignored == ()


def test_a_zip_in_a_folder_is_shown_with_the_folder_and_named_without(tmp_path: Path) -> None:
    (tmp_path / "学区").mkdir()
    found = collected(tmp_path, zipped(Packed(b"a.xlsx")), "学区/六坝.zip")
    assert (found.sources[0].path, found.sources[0].name) == ("学区/六坝.zip/a.xlsx", "六坝.zip/a.xlsx")


def test_a_zip_is_one_whatever_it_is_called(tmp_path: Path) -> None:
    assert paths(collected(tmp_path, zipped(Packed(b"a.xlsx")), "一中.xlsx")) == ["一中.xlsx/a.xlsx"]


def unicode_path(raw: bytes, name: str) -> bytes:
    field = struct.pack("<BL", 1, zlib.crc32(raw)) + name.encode()
    return struct.pack("<2H", 0x7075, len(field)) + field


GBK = "民乐一中.xlsx".encode("gbk")


@pytest.mark.parametrize(
    "member",
    [
        Packed("民乐一中.xlsx".encode(), flags=0x800),
        Packed("民乐一中.xlsx".encode()),
        Packed(GBK),
        Packed(GBK, flags=0x800),
        Packed(GBK.decode("cp437").encode(), flags=0x800),
        Packed(b"??.xlsx", extra=unicode_path(b"??.xlsx", "民乐一中.xlsx")),
        Packed(GBK, extra=unicode_path(b"something else", "民乐二中.xlsx")),
    ],
    ids=[
        "utf-8",
        "utf-8 unflagged",
        "gbk",
        "gbk flagged utf-8",
        "gbk as cp437",
        "unicode path",
        "stale path",
    ],
)
def test_chinese_names_are_read_however_they_are_written(tmp_path: Path, member: Packed) -> None:
    assert paths(collected(tmp_path, zipped(member))) == ["六坝.zip/民乐一中.xlsx"]


def test_a_short_gbk_name_that_would_be_utf8_too_is_chinese(tmp_path: Path) -> None:
    assert paths(members_named(tmp_path, "陆.xlsx".encode("gbk"))) == ["六坝.zip/陆.xlsx"]


def test_names_with_backslashes_ends_and_control_characters_are_shown_plainly(tmp_path: Path) -> None:
    found = members_named(tmp_path, "学区\\乗.xlsx".encode("gbk"), b"./a\n\x07b.xlsx", b"x" * 3000 + b".xlsx")
    first, second, third = paths(found)
    assert (first, second) == ("六坝.zip/学区/乗.xlsx", "六坝.zip/a b.xlsx")
    assert len(third) < 250 and third.endswith("x.xlsx")


def extended(moment: datetime) -> bytes:
    return struct.pack("<2HBl", 0x5455, 5, 1, int(moment.timestamp()))


@pytest.mark.parametrize(
    ("member", "expected"),
    [
        (Packed(b"a.xlsx", moment=datetime(2022, 6, 18, 9, 30)), datetime(2022, 6, 18, 9, 30)),
        (Packed(b"a.xlsx", extra=extended(datetime(2022, 6, 17, 1, 2, 3))), datetime(2022, 6, 17, 1, 2, 3)),
        (Packed(b"a.xlsx", moment=CAME + timedelta(hours=20)), CAME + timedelta(hours=20)),
        (Packed(b"a.xlsx", moment=CAME + timedelta(days=2)), CAME),
        (Packed(b"a.xlsx", moment=datetime(1980, 1, 1)), CAME),
        (Packed(b"a.xlsx", moment=None), CAME),
    ],
)
def test_a_member_has_its_own_time_and_comes_with_its_archive(
    tmp_path: Path, member: Packed, expected: datetime
) -> None:
    (source,) = collected(tmp_path, zipped(member)).sources
    assert source.file_time == expected
    assert source.received == CAME


def test_a_zip_in_a_zip_is_opened_and_a_third_one_is_not(tmp_path: Path) -> None:
    third = zipped(Packed(b"deep.xlsx"))
    second = zipped(Packed(b"b.xlsx"), Packed("再套.zip".encode(), third))
    found = collected(tmp_path, zipped(Packed("内.zip".encode(), second), Packed(b"a.xlsx", BOOK + b"a")))
    assert paths(found) == ["六坝.zip/内.zip/b.xlsx", "六坝.zip/内.zip/再套.zip", "六坝.zip/a.xlsx"]
    assert refusals(found) == {"六坝.zip/内.zip/再套.zip": "unsafe-archive"}
    inner, refused, _ = found.sources
    assert inner.data == BOOK and inner.archive == "六坝.zip"
    why = read_return(refused, CONTEXT).rejected
    assert why is not None and "一层套一层" in why.note


@pytest.mark.parametrize(
    "name", ["../a.xlsx", "x/../../a.xlsx", "/etc/a.xlsx", "C:\\a.xlsx", "..\\a.xlsx", "\\\\pc\\a.xlsx"]
)
def test_a_path_that_leaves_the_folder_refuses_the_archive(tmp_path: Path, name: str) -> None:
    found = members_named(tmp_path, b"good.xlsx", name.encode())
    assert refusals(found) == {"六坝.zip": "unsafe-archive"}
    assert paths(found) == ["六坝.zip"]
    assert [path.name for path in tmp_path.rglob("*.xlsx")] == []


def test_a_path_that_turns_back_inside_of_the_folder_is_harmless(tmp_path: Path) -> None:
    assert refusals(members_named(tmp_path, b"x/../a.xlsx")) == {}


@pytest.mark.parametrize("name", [b"big.xlsx", b"big.csv", b"big"])
def test_a_bomb_is_refused_and_the_others_are_read(tmp_path: Path, name: bytes) -> None:
    bomb = Packed(name, b" " * (64 << 20))
    found = collected(tmp_path, zipped(Packed(b"a.xlsx"), bomb, Packed(b"b.xlsx", BOOK + b"b")))
    if name == b"big":
        assert [ignored.path for ignored in found.ignored] == ["六坝.zip/big"]
    else:
        assert refusals(found) == {f"六坝.zip/{name.decode()}": "unsafe-archive"}
    assert {"六坝.zip/a.xlsx", "六坝.zip/b.xlsx"} <= set(paths(found))


def test_a_member_beyond_any_return_is_too_large(tmp_path: Path) -> None:
    noise = os.urandom(1 << 20) * 101
    found = collected(tmp_path, zipped(Packed(b"a.xlsx"), Packed(b"big.xlsx", noise, method=0)))
    assert refusals(found) == {"六坝.zip/big.xlsx": "too-large"}


def test_a_size_that_is_a_lie_unpacks_no_more_than_it_says(tmp_path: Path) -> None:
    found = collected(tmp_path, zipped(Packed(b"a.xlsx", bytes(64 << 20), size=1000), Packed(b"b.xlsx")))
    assert refusals(found) == {"六坝.zip/a.xlsx": "not-a-workbook"}


def test_members_that_share_their_bytes_cannot_add_up_to_a_bomb(tmp_path: Path) -> None:
    """Each is harmless alone; together they are 90 times what a zip of this size may hold."""
    one = Packed(b"a.xlsx", (os.urandom(20_000) + bytes(1 << 20)) * 10)
    end, count = zipped(one), 2_000
    body = len(b"PK\x03\x04" + one.fields + one.name + one.packed)
    entry = end[body:-22]
    tail = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, count, count, len(entry) * count, body, 0)
    found = collected(tmp_path, end[:body] + entry * count + tail)
    assert refusals(found) == {"六坝.zip": "unsafe-archive"}


def test_too_many_members_refuse_the_archive(tmp_path: Path) -> None:
    found = collected(tmp_path, zipped(*[Packed(b"%d" % n, b"", method=0) for n in range(10_001)]))
    assert refusals(found) == {"六坝.zip": "unsafe-archive"}


def test_pictures_do_not_count_towards_what_is_unpacked(tmp_path: Path) -> None:
    picture = b"\x89PNG" + os.urandom(1 << 20) * 50
    found = collected(
        tmp_path, zipped(*[Packed(b"%d.png" % n, picture, method=0) for n in range(3)], Packed(b"a.xlsx"))
    )
    assert paths(found) == ["六坝.zip/a.xlsx"]
    assert len(found.ignored) == 3


def test_a_zip_with_a_password_says_so(tmp_path: Path) -> None:
    found = collected(tmp_path, zipped(Packed(b"a.xlsx", flags=1), Packed(b"b.png", flags=1)))
    assert refusals(found) == {"六坝.zip": "encrypted"}


def test_of_a_zip_partly_with_a_password_the_rest_is_read(tmp_path: Path) -> None:
    found = collected(
        tmp_path, zipped(Packed(b"a.xlsx", flags=1), Packed(b"b.xlsx"), Packed(b"c.png", flags=1))
    )
    assert refusals(found) == {"六坝.zip/a.xlsx": "encrypted"}
    assert paths(found) == ["六坝.zip/a.xlsx", "六坝.zip/b.xlsx"]
    assert "密码" in found.ignored[0].note


def test_a_zip_that_was_cut_off_is_refused(tmp_path: Path) -> None:
    found = collected(tmp_path, zipped(Packed(b"a.xlsx"), Packed(b"b.xlsx"))[:-400])
    assert refusals(found) == {"六坝.zip": "not-a-workbook"}
    assert "没有传完" in str(found.sources[0].refused)


@pytest.mark.parametrize(
    "content", [b"PK\x03\x04", zipped(Packed(b"a.xlsx"))[:-1], b"PK\x05\x06" + bytes(18) * 3]
)
def test_rubbish_that_begins_like_a_zip_never_crashes(tmp_path: Path, content: bytes) -> None:
    found = collected(tmp_path, content)
    assert len(found.sources) + len(found.ignored) == 1


def test_one_damaged_member_leaves_the_others(tmp_path: Path) -> None:
    good, bad = Packed(b"a.xlsx"), Packed(b"b.xlsx")
    content = bytearray(zipped(bad, good))
    content[200:220] = bytes(20)
    found = collected(tmp_path, bytes(content))
    assert refusals(found) == {"六坝.zip/b.xlsx": "not-a-workbook"}
    assert paths(found) == ["六坝.zip/b.xlsx", "六坝.zip/a.xlsx"]


def test_a_way_of_packing_that_is_not_known_is_said(tmp_path: Path) -> None:
    found = collected(tmp_path, zipped(Packed(b"a.xlsx", method=99)))
    assert "压缩方式不支持" in str(found.sources[0].refused)


def test_refused_members_are_told_from_each_other(tmp_path: Path) -> None:
    found = collected(tmp_path, zipped(*[Packed(b"%d.xlsx" % n, flags=n < 2) for n in range(3)]))
    assert len({source.sha256 for source in found.sources}) == 3


def test_junk_and_links_in_a_zip_are_ignored_with_notes(tmp_path: Path) -> None:
    found = collected(
        tmp_path,
        zipped(
            Packed(b"__MACOSX/._a.xlsx", b"\0\5"),
            Packed(b"~$a.xlsx", b"\0\5"),
            Packed("说明.txt".encode(), "请查收".encode()),
            Packed(b"link.xlsx", b"/etc/passwd", mode=0o120777),
            Packed(b"empty/", b"", method=0),
            Packed(b"a.xlsx"),
        ),
    )
    told = {ignored.path: ignored.note for ignored in found.ignored}
    assert told["六坝.zip/__MACOSX/._a.xlsx"] == told["六坝.zip/~$a.xlsx"] == JUNK
    assert "文本文件" in told["六坝.zip/说明.txt"]
    assert "快捷方式" in told["六坝.zip/link.xlsx"]
    assert len(told) == 4 and paths(found) == ["六坝.zip/a.xlsx"]


def test_an_empty_zip_is_listed(tmp_path: Path) -> None:
    assert collected(tmp_path, zipped()).ignored[0].note == "是空的压缩包"


def test_an_archive_names_the_unit_where_nothing_else_does(tmp_path: Path) -> None:
    from .files import TASKS, table

    sheet = saved(table([[1, TASKS[1].title, "推进中", 0.5, "已制定方案并动员部署"]], above=()))
    found = collected(tmp_path, zipped(Packed("填报表.xlsx".encode(), sheet)), "S002_6月.zip")
    assert read_return(found.sources[0], CONTEXT).items[0].unit == "S002"


def test_a_large_zip_is_listed_by_the_zip64_directory(tmp_path: Path) -> None:
    target = BytesIO()
    with zipfile.ZipFile(target, "w") as archive, archive.open("a.xlsx", "w", force_zip64=True) as member:
        member.write(BOOK)
    content = target.getvalue()
    at = content.rfind(b"PK\x05\x06")
    count, length, start = struct.unpack_from("<H2L", content, at + 10)
    record = struct.pack("<4sQ2H2L4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, count, count, length, start)
    locator = struct.pack("<4sLQL", b"PK\x06\x07", 0, at, 1)
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)
    found = collected(tmp_path, content[:at] + record + locator + end)
    assert found.sources[0].data == BOOK


def test_a_zip_that_changes_after_it_was_looked_at_is_not_taken_for_the_old_one(tmp_path: Path) -> None:
    from eduxl.errors import FileProblem

    (source,) = collected(tmp_path, zipped(Packed(b"a.xlsx"))).sources
    for content in (zipped(Packed(b"a.xlsx", b"!" + BOOK)), b"other"):
        (tmp_path / "六坝.zip").write_bytes(content)
        with pytest.raises(FileProblem, match="被改动"):
            _ = source.data


# --- tar and programs -----------------------------------------------------------------------------
FILES = {
    "学校/民乐一中.xlsx": BOOK,
    "[a]*?.xlsx": BOOK + b"a",
    "照片.png": b"\x89PNG",
    "内.zip": zipped(Packed(b"b.xlsx")),
}
FOUND = ["[a]*?.xlsx", "内.zip/b.xlsx", "学校/民乐一中.xlsx"]


def put_files(folder: Path) -> Path:
    for name, content in FILES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        os.utime(path, (1_655_516_000, 1_655_516_000))
    return folder


def check_files(found: Collected, archive: str) -> None:
    assert sorted(paths(found)) == sorted(f"{archive}/{name}" for name in FOUND)
    assert [ignored.path for ignored in found.ignored] == [f"{archive}/照片.png"]
    assert {source.received for source in found.sources} == {CAME}
    (own,) = (source for source in found.sources if source.path.endswith("民乐一中.xlsx"))
    assert own.data == BOOK
    assert own.file_time == datetime.fromtimestamp(1_655_516_000)


@pytest.mark.parametrize("mode", ["w", "w:gz", "w:bz2"])
def test_a_tar_is_opened(tmp_path: Path, mode: str) -> None:
    target = BytesIO()
    with tarfile.open(fileobj=target, mode=mode) as archive:  # type: ignore[call-overload]
        archive.add(put_files(tmp_path / "in"), ".")
    (tmp_path / "out").mkdir()
    check_files(collected(tmp_path / "out", target.getvalue(), "六坝.tar"), "六坝.tar")


def test_a_single_packed_file_is_opened(tmp_path: Path) -> None:
    import gzip

    found = collected(tmp_path, gzip.compress(BOOK), "一中.xlsx.gz")
    assert found.sources[0].path == "一中.xlsx.gz/一中.xlsx" and found.sources[0].data == BOOK


def test_a_tar_that_leaves_its_folder_or_is_a_bomb_is_refused(tmp_path: Path) -> None:
    import gzip

    for name, size in (("../a.xlsx", 10), ("b.xlsx", 150 << 20)):
        target = BytesIO()
        with tarfile.open(fileobj=target, mode="w") as archive:
            info = tarfile.TarInfo(name)
            info.size = size
            archive.addfile(info, BytesIO(bytes(size)))
        found = collected(tmp_path, gzip.compress(target.getvalue(), 1), "六坝.tgz")
        assert refusals(found) == {"六坝.tgz": "unsafe-archive"}


def rar(files: Sequence[tuple[str, bytes]]) -> bytes:
    """A RAR 4 archive with stored members, written by hand: no free program makes one."""

    def block(kind: int, flags: int, body: bytes) -> bytes:
        head = struct.pack("<B2H", kind, flags, len(body) + 7) + body
        return struct.pack("<H", zlib.crc32(head) & 0xFFFF) + head

    content = b"Rar!\x1a\x07\x00" + block(0x73, 0, bytes(6))
    for name, data in files:
        raw = name.encode()
        day = (2022 - 1980) << 25 | 6 << 21 | 18 << 16 | 9 << 11 | 30 << 5
        body = struct.pack(
            "<2LBLLBBHL", len(data), len(data), 3, zlib.crc32(data), day, 20, 0x30, len(raw), 0o100644
        )
        content += block(0x74, 0x8000, body + raw) + data
    return content + block(0x7B, 0x4000, b"")


needs_bsdtar = pytest.mark.skipif(archives.bsdtar() is None, reason="needs bsdtar (libarchive-tools)")
needs_seven_zip = pytest.mark.skipif(archives.seven_zip() is None, reason="needs 7-Zip (7zip)")


@needs_bsdtar
def test_a_rar_is_opened_by_bsdtar(tmp_path: Path) -> None:
    picture = b"\x89PNG" + os.urandom(20_000)
    found = collected(tmp_path, rar([("学校/民乐一中.xlsx", BOOK), ("照片.png", picture)]), "六坝.rar")
    assert paths(found) == ["六坝.rar/学校/民乐一中.xlsx"]
    assert found.sources[0].data == BOOK
    assert found.sources[0].file_time == datetime(2022, 6, 18, 9, 30)
    assert [ignored.path for ignored in found.ignored] == ["六坝.rar/照片.png"]


@needs_bsdtar
def test_a_rar_that_bsdtar_takes_for_the_workbook_at_its_end_is_refused(tmp_path: Path) -> None:
    found = collected(tmp_path, rar([("民乐一中.xlsx", BOOK)]), "六坝.rar")
    assert refusals(found) == {"六坝.rar": "not-a-workbook"} and found.ignored == ()


def seven_zipped(folder: Path, *options: str) -> bytes:
    program = archives.seven_zip()
    assert program
    target = folder.parent / "packed.7z"
    target.unlink(missing_ok=True)
    subprocess.run(
        [program, "a", "-bd", "-y", *options, str(target), "."], cwd=folder, check=True, capture_output=True
    )
    return target.read_bytes()


def with_only(program: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave one of the two programs to be found; skip where it is missing."""
    if getattr(archives, program)() is None:
        pytest.skip(f"needs {program}")
    other = {"bsdtar": "seven_zip", "seven_zip": "bsdtar"}[program]
    monkeypatch.setattr(archives, other, lambda: None)


@needs_seven_zip
@pytest.mark.parametrize("program", ["bsdtar", "seven_zip"])
def test_a_7z_is_opened_by_either_program(
    tmp_path: Path, program: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = seven_zipped(put_files(tmp_path / "in"))
    (tmp_path / "out").mkdir()
    with_only(program, monkeypatch)
    check_files(collected(tmp_path / "out", content, "六坝.7z"), "六坝.7z")


@needs_seven_zip
@pytest.mark.parametrize("option", ["-mhe=off", "-mhe=on"])
def test_a_7z_with_a_password_says_so(tmp_path: Path, option: str) -> None:
    content = seven_zipped(put_files(tmp_path / "in"), "-p密码", option)
    (tmp_path / "out").mkdir()
    found = collected(tmp_path / "out", content, "六坝.7z")
    assert found.sources and set(refusals(found).values()) == {"encrypted"}
    assert len(found.sources) == len(refusals(found))


@needs_seven_zip
def test_a_7z_that_is_a_bomb_or_cut_off_is_refused(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.xlsx").write_bytes(bytes(150 << 20))
    content = seven_zipped(tmp_path / "in", "-mx1")
    (tmp_path / "out").mkdir()
    found = collected(tmp_path / "out", content, "六坝.7z")
    assert set(refusals(found).values()) <= {"unsafe-archive", "too-large"} and len(found.sources) == 1
    found = collected(tmp_path / "out", content[: len(content) // 2], "六坝.7z")
    assert refusals(found) == {"六坝.7z": "not-a-workbook"}


@needs_seven_zip
def test_a_7z_in_a_zip_is_opened(tmp_path: Path) -> None:
    content = seven_zipped(put_files(tmp_path / "in"))
    (tmp_path / "out").mkdir()
    found = collected(tmp_path / "out", zipped(Packed("内.7z".encode(), content, method=0)))
    names = {path for path in paths(found)}
    assert "六坝.zip/内.7z/学校/民乐一中.xlsx" in names
    assert refusals(found) == {"六坝.zip/内.7z/内.zip": "unsafe-archive"}


@needs_seven_zip
def test_pictures_start_no_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """7-Zip is started once to list the archive and once for each member that may be a return."""
    (tmp_path / "in").mkdir()
    for number in range(30):
        (tmp_path / "in" / f"照片{number}.JPG").write_bytes(b"\xff\xd8\xff" + os.urandom(100))
    (tmp_path / "in" / "民乐一中.xlsx").write_bytes(BOOK)
    content = seven_zipped(tmp_path / "in")
    (tmp_path / "out").mkdir()
    monkeypatch.setattr(archives, "bsdtar", lambda: None)
    started: list[list[str]] = []
    run = archives._running

    def counted(command: list[str], budget: archives.Budget) -> Any:
        started.append(command)
        return run(command, budget)

    monkeypatch.setattr(archives, "_running", counted)
    found = collected(tmp_path / "out", content, "六坝.7z")
    assert paths(found) == ["六坝.7z/民乐一中.xlsx"] and len(found.ignored) == 30
    assert all("图片" in ignored.note for ignored in found.ignored)
    assert len(started) <= 3


@needs_seven_zip
@pytest.mark.parametrize("program", ["bsdtar", "seven_zip"])
def test_the_programs_have_one_deadline_for_the_whole_archive(
    tmp_path: Path, program: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = seven_zipped(put_files(tmp_path / "in"))
    (tmp_path / "out").mkdir()
    with_only(program, monkeypatch)
    monkeypatch.setattr(archives, "TIMEOUT", 0)
    found = collected(tmp_path / "out", content, "六坝.7z")
    assert refusals(found) == {"六坝.7z": "unsafe-archive"}


def test_a_budget_runs_out_of_time_once() -> None:
    budget = archives.Budget.of(1)
    first, second = budget.seconds(), budget.seconds()
    assert 0 < second <= first <= archives.TIMEOUT
    budget.deadline = 0.0
    with pytest.raises(archives.Refused, match="还没有解压完"):
        budget.seconds()


def test_without_a_program_a_rar_is_to_be_unpacked_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archives, "bsdtar", lambda: None)
    monkeypatch.setattr(archives, "seven_zip", lambda: None)
    found = collected(tmp_path, rar([("民乐一中.xlsx", BOOK)]), "六坝.rar")
    assert found.sources == () and "请解压后再合并" in found.ignored[0].note


# --- all together ---------------------------------------------------------------------------------
def test_every_file_ends_as_a_source_or_as_ignored(tmp_path: Path) -> None:
    kept = {
        "民乐一中.xlsx": BOOK,
        "六坝学区/二中.dat": BOOK + b"2",
        "六坝学区/~$二中.xlsx": b"\0",
        "Thumbs.db": b"\0",
        "照片.jpg": b"\xff\xd8\xff",
        "说明.txt": "请查收".encode("gb18030"),
        "一中.csv": "任务编号,任务名称,完成状态,进展情况\n1,甲,推进中,在做\n".encode("gb18030"),
        "空": b"",
        "空.xlsx": b"",
        "半.xlsx.part": b"PK",
        "坏.zip": b"PK\x03\x04",
        "密.zip": zipped(Packed(b"a.xlsx", flags=1)),
        "坏.rar": b"Rar!\x1a\x07\x00",
        "出去.zip": zipped(Packed(b"../a.xlsx")),
        "空.zip": zipped(),
    }
    packed = [
        Packed(name.encode("gb18030"), content) for name, content in kept.items() if not name.endswith(".zip")
    ]
    kept["全部.zip"] = zipped(*packed)
    for name, content in kept.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)
    found = collect([tmp_path])
    listed = paths(found) + [ignored.path for ignored in found.ignored]
    assert len(listed) == len(set(listed)) == len(kept) - 1 + len(packed)
    # In the zip there is all that is beside it.
    inside = {path.removeprefix("全部.zip/") for path in listed if path.startswith("全部.zip/")}
    assert inside == {name for name in kept if not name.endswith(".zip")}
    assert all(ignored.note for ignored in found.ignored)
    json.dumps(listed).encode()


def test_a_merge_takes_the_members_as_received_with_the_archive(tmp_path: Path) -> None:
    from eduxl import labels as L
    from eduxl.tracker.tracker import Tracker
    from tests.builders import fill, sheet_rows, small_plan, small_roster

    tracker = Tracker.create(small_plan(), small_roster(), tmp_path / "总台账.xlsm", as_of=date(2022, 6, 1))
    tracker.open_round("2022-06", date(2022, 6, 18), as_of=date(2022, 6, 1))
    forms = {path.name[:4]: path for path in tracker.write_templates(as_of=date(2022, 6, 2))}
    answers = {1: {L.STATUS: L.UNDER_WAY, L.PROGRESS: 0.5, L.REPORT: "实验室已建成一间"}}
    own, other = (
        fill(forms[code], tmp_path / f"{code}.xlsx", answers, CAME).read_bytes() for code in ("S002", "S003")
    )
    (tmp_path / "收回").mkdir()
    (tmp_path / "收回" / "学区").mkdir()
    collected(
        tmp_path / "收回",
        zipped(
            Packed("洪水中学.xlsx".encode("gbk"), own),
            Packed("内.zip".encode(), zipped(Packed(b"S003.xlsx", other))),
            Packed(b"bomb.xlsx", bytes(1 << 20)),
            Packed("照片.png".encode(), b"\x89PNG"),
        ),
        "学区/洪水.zip",
    )
    (tmp_path / "收回" / "又一份.xlsx").write_bytes(own)
    result = tracker.merge([tmp_path / "收回"], as_of=date(2022, 6, 26))
    files = result.files
    # The copy beside came later than the zip; the zip came late, whenever its members were saved.
    assert [(m.path, m.unit) for m in files.merged] == [
        ("洪水.zip/洪水中学.xlsx", "S002 洪水镇初级中学"), ("洪水.zip/内.zip/S003.xlsx", "S003 洪水镇中心小学"),
    ]  # fmt: skip
    assert files.superseded == (("又一份.xlsx", "洪水.zip/洪水中学.xlsx"),)
    assert [(r.path, r.code) for r in files.rejected] == [("洪水.zip/bomb.xlsx", "unsafe-archive")]
    assert [i.path for i in files.ignored] == ["学区/洪水.zip/照片.png"]
    assert result.status.late == ("S002 洪水镇初级中学", "S003 洪水镇中心小学")
    (row,) = (r for r in sheet_rows(tracker.path, L.ENTRIES, L.TASK_NO) if r[L.UNIT_CODE] == "S002")
    assert (row[L.RECEIVED], row[L.SOURCE]) == (CAME, "洪水.zip/洪水中学.xlsx")
    assert {path.read_bytes() for path in (tracker.memory / "archive").rglob("*.xlsx")} == {own, other}
    again = tracker.merge([tmp_path / "收回"], as_of=date(2022, 6, 26))
    assert not again.changed and again.files == files
