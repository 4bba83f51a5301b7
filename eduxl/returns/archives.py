"""What lies in an archive, member by member, within bounds. No member is written to disk.

A zip is read here: its directory may stand in any of the ways programs write Chinese names, and is not
believed about sizes. A tar is read by the standard library; .rar and .7z by `bsdtar` or 7-Zip, where the
machine has one, through a pipe. What the members mean is `intake`'s business.
"""

from __future__ import annotations

import os
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import threading
import time
import zlib
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import IO, TYPE_CHECKING, BinaryIO

from attrs import define, field, frozen

if TYPE_CHECKING:
    from tarfile import TarFile, TarInfo

#: More members, or a longer list of them in bytes, than any school packs.
MOST_MEMBERS, LONGEST_LIST = 10_000, 4 << 20
#: What is unpacked of one file on disk: this much, or this many times its size where that is more. Pictures
#: do not count, since only their first bytes are unpacked.
MOST_UNPACKED, MOST_TIMES = 100 << 20, 5
#: Largest member that is unpacked as a whole.
MAX_MEMBER = 100 << 20
#: From this size on, a member that was packed more than 100 times is a bomb.
RATIO_FROM, MAX_RATIO = 100 << 10, 100
#: Seconds in which the programs must be done with a file on disk, however often they are started for it.
TIMEOUT = 60
_BLOCK = 1 << 16
_TOO_MANY = f"里面超过 {MOST_MEMBERS} 个文件"


class Refused(Exception):
    """An archive or a member is not unpacked: `code` is a reject code, `what` fills its sentence.

    `whole` means that nothing of the archive may be used, also not what came before.
    """

    def __init__(self, code: str, what: str, *, whole: bool = True) -> None:
        super().__init__(what)
        self.code = code
        self.what = what
        self.whole = whole


class NoProgram(Exception):
    """No program of this machine opens the archive."""


@define
class Budget:
    """How many bytes and members may still come out of one file on disk, nested archives included, and for how long."""

    unpacked: int
    members: int = MOST_MEMBERS
    #: on the clock of `time.monotonic`, None before the first program is started
    deadline: float | None = None

    @classmethod
    def of(cls, size: int) -> Budget:
        """What an archive of `size` bytes may hold."""
        return cls(max(MOST_UNPACKED, MOST_TIMES * size))

    def take(self, count: int) -> None:
        """Spend bytes. Raises Refused where there are too many."""
        self.unpacked -= count
        if self.unpacked < 0:
            raise Refused("unsafe-archive", "解压后的大小异常")

    def member(self, count: int = 1) -> None:
        """Spend members. Raises Refused where there are too many."""
        self.members -= count
        if self.members < 0:
            raise Refused("unsafe-archive", _TOO_MANY)

    def seconds(self) -> float:
        """How long programs may still run. Raises Refused where the time is over."""
        if self.deadline is None:
            self.deadline = time.monotonic() + TIMEOUT
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise Refused("unsafe-archive", f"{TIMEOUT} 秒还没有解压完")
        return left


@frozen
class Member:
    """A file in an archive: `name` with "/" between folders; `moment` local, None where the archive has none
    that can be; `size` as declared. `link` is True for a link, whose content is a path, and `costly` where a look
    at the content starts a program.
    """

    name: str
    moment: datetime | None
    size: int
    packed: int
    encrypted: bool
    link: bool
    _read: Callable[[int], bytes] = field(repr=False)
    #: of a zip, by which `read_entry` finds it again
    entry: Entry | None = field(default=None, repr=False)
    costly: bool = False

    @property
    def bomb(self) -> bool:
        """True where far more would come out than went in."""
        return self.size > RATIO_FROM and self.size > self.packed * MAX_RATIO

    def head(self, size: int) -> bytes:
        """At most the first `size` bytes. Raises Refused where it is damaged."""
        return self._read(size)

    def content(self) -> bytes:
        """All of it, until the next member is asked for. Raises Refused where it is damaged or too large."""
        if self.size > MAX_MEMBER:
            raise Refused("too-large", f"解压后 {self.size >> 20} MB", whole=False)
        return self._read(-1)


Members = Generator[Member, None, None]


def is_outside(name: str) -> bool:
    """True for a name that leads out of the folder in which it would be unpacked."""
    if name.startswith("/") or re.match(r"[A-Za-z]:", name):
        return True
    depth = 0
    for part in name.split("/"):
        depth += -1 if part == ".." else part not in ("", ".")
        if depth < 0:
            return True
    return False


def _checked(name: str) -> str:
    if is_outside(name):
        raise Refused("unsafe-archive", f"里面的路径“{name[:60]}”指到文件夹之外")
    return name


# --- zip ------------------------------------------------------------------------------------------
_ENTRY = struct.Struct("<4s4B4HL2L5H2L")
_ELSEWHERE = 0xFFFF_FFFF
_ENCRYPTED, _UTF8 = 0x1, 0x800
#: Identifiers of extra fields.
_ZIP64, _TIMES, _UNICODE_PATH = 0x0001, 0x5455, 0x7075
_BROKEN = "压缩包不完整，可能没有传完"
_DAMAGED = "已损坏，解压不出来"


@frozen
class Entry:
    """A member of a zip as its directory lists it."""

    name: str
    flags: int
    method: int
    crc: int
    packed: int
    size: int
    offset: int
    moment: datetime | None
    link: bool

    @property
    def is_folder(self) -> bool:
        return self.name.endswith("/")


def entries(file: BinaryIO) -> list[Entry]:
    """The directory of a zip. Raises Refused where there is none, or it is too long."""
    start, length, shift = _directory_place(file)
    if length > LONGEST_LIST:
        raise Refused("unsafe-archive", _TOO_MANY)
    file.seek(start)
    data = file.read(length)
    found: list[Entry] = []
    at = 0
    while at + _ENTRY.size <= len(data):
        fields = _ENTRY.unpack_from(data, at)
        if fields[0] != b"PK\x01\x02":
            break
        name_length, extra_length, comment_length = fields[12:15]
        raw = data[at + 46 : at + 46 + name_length]
        extra = dict(_extra_fields(data[at + 46 + name_length : at + 46 + name_length + extra_length]))
        packed, size, offset = _sizes(fields[10], fields[11], fields[18], extra.get(_ZIP64, b""))
        made_by_unix, mode = fields[2] == 3, fields[17] >> 16
        found.append(
            Entry(
                _name(raw, fields[5], extra.get(_UNICODE_PATH, b"")),
                fields[5],
                fields[6],
                fields[9],
                packed,
                size,
                offset + shift,
                _moment(fields[8], fields[7], extra.get(_TIMES, b"")),
                made_by_unix and mode & 0o170000 == 0o120000,
            )
        )
        at += 46 + name_length + extra_length + comment_length
        if len(found) > MOST_MEMBERS:
            raise Refused("unsafe-archive", _TOO_MANY)
    if at != len(data):
        raise Refused("not-a-workbook", _BROKEN)
    return found


def _directory_place(file: BinaryIO) -> tuple[int, int, int]:
    """Where the directory starts, how long it is, and by how much all offsets are off."""
    whole = file.seek(0, os.SEEK_END)
    file.seek(max(0, whole - 65_557))
    tail = file.read()
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) < at + 22:
        raise Refused("not-a-workbook", _BROKEN)
    disk, _, _, count, length, start = struct.unpack_from("<4H2L", tail, at + 4)
    end = whole - len(tail) + at
    if 0xFFFF in (disk, count) or _ELSEWHERE in (length, start):
        file.seek(max(0, end - 20))
        locator = file.read(20)
        if locator[:4] == b"PK\x06\x07":
            (end,) = struct.unpack_from("<Q", locator, 8)
            if end > whole:
                raise Refused("not-a-workbook", _BROKEN)
            file.seek(end)
            record = file.read(56)
            if len(record) < 56 or record[:4] != b"PK\x06\x06":
                raise Refused("not-a-workbook", _BROKEN)
            length, start = struct.unpack_from("<2Q", record, 40)
    elif disk:
        raise Refused("not-a-workbook", "是分卷压缩包的一卷")
    # Bytes put in front of the archive shift every offset by the same distance.
    shift = end - length - start
    if shift < 0:
        raise Refused("not-a-workbook", _BROKEN)
    return end - length, length, shift


def _extra_fields(data: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at + 4 <= len(data):
        kind, length = struct.unpack_from("<2H", data, at)
        yield kind, data[at + 4 : at + 4 + length]
        at += 4 + length


def _sizes(packed: int, size: int, offset: int, zip64: bytes) -> tuple[int, int, int]:
    """Packed size, size and place; those that do not fit stand in the zip64 field, in the order size, packed,
    place.
    """
    longer = iter(struct.unpack(f"<{len(zip64) // 8}Q", zip64[: len(zip64) // 8 * 8]))
    size = next(longer, size) if size == _ELSEWHERE else size
    packed = next(longer, packed) if packed == _ELSEWHERE else packed
    offset = next(longer, offset) if offset == _ELSEWHERE else offset
    return packed, size, offset


def _name(raw: bytes, flags: int, unicode_path: bytes) -> str:
    """The name in the ways programs write it: the Unicode field, UTF-8 (flagged or not), GB18030."""
    if len(unicode_path) > 5 and struct.unpack_from("<L", unicode_path, 1)[0] == zlib.crc32(raw):
        name = unicode_path[5:].decode("utf-8", "replace")
    else:
        name = _decoded(raw, bool(flags & _UTF8))
    return name.split("\0")[0].replace("\\", "/")


#: Half of what old DOS programs show where a Chinese name should be; no real name has them.
_BOXES = re.compile("[\u2500-\u25ff]")


def _decoded(raw: bytes, is_utf8: bool) -> str:
    tries = ["utf-8", "gb18030"]
    if not is_utf8 and not any(byte >= 0xE3 for byte in raw):
        # Two bytes each in both encodings, so that either might be meant: no Chinese is that short in UTF-8.
        tries.reverse()
    for encoding in tries:
        try:
            name = raw.decode(encoding)
        except UnicodeDecodeError:
            continue
        if _BOXES.search(name):
            # Chinese in GBK that a program took for DOS text and wrote as UTF-8.
            try:
                return name.encode("cp437").decode("gb18030")
            except UnicodeError:
                pass
        return name
    return raw.decode("utf-8", "replace")


def _moment(day: int, clock: int, times: bytes) -> datetime | None:
    """The time of a member: in UTC where it has that, else as the clock on the wall showed it."""
    try:
        if len(times) >= 5 and times[0] & 1:
            return local_time(struct.unpack_from("<l", times, 1)[0])
        if day >> 9 == 0:  # 1980: where the program that packed has set none
            return None
        return datetime(
            1980 + (day >> 9), day >> 5 & 15, day & 31, clock >> 11, clock >> 5 & 63, (clock & 31) * 2
        )
    except ValueError:
        return None


def local_time(stamp: float) -> datetime | None:
    """Seconds since 1970 as local time without zone; None before 1981, where no time was set."""
    try:
        moment = datetime.fromtimestamp(stamp, UTC).astimezone().replace(tzinfo=None)
    except (ValueError, OverflowError, OSError):
        return None
    return moment if moment.year > 1980 else None


def read_entry(file: BinaryIO, entry: Entry, limit: int) -> bytes:
    """At most the first `limit` bytes of a member, all of it where that is negative. Raises Refused."""
    file.seek(entry.offset)
    local = file.read(30)
    if len(local) < 30 or local[:4] != b"PK\x03\x04":
        raise Refused("not-a-workbook", _BROKEN, whole=False)
    file.seek(sum(struct.unpack_from("<2H", local, 26)), os.SEEK_CUR)
    most = entry.size if limit < 0 else min(limit, entry.size)
    if entry.method == 0:
        content = file.read(min(most, entry.packed))
    elif entry.method == 8:
        content = _inflated(file, entry.packed, most)
    else:
        raise Refused("not-a-workbook", "压缩方式不支持", whole=False)
    if limit < 0 and (len(content) != entry.size or zlib.crc32(content) != entry.crc):
        raise Refused("not-a-workbook", _DAMAGED, whole=False)
    return content


def _inflated(file: BinaryIO, packed: int, most: int) -> bytes:
    reader = zlib.decompressobj(-15)
    pieces: list[bytes] = []
    while most > 0 and packed > 0 and not reader.eof:
        block = file.read(min(_BLOCK, packed))
        if not block:
            break
        packed -= len(block)
        try:
            # One block makes a thousand times as much at most.
            pieces.append(reader.decompress(block, most))
        except zlib.error as error:
            raise Refused("not-a-workbook", _DAMAGED, whole=False) from error
        most -= len(pieces[-1])
    return b"".join(pieces)


def _of_zip(file: BinaryIO, budget: Budget) -> Members:
    listed = [entry for entry in entries(file) if not entry.is_folder]
    budget.member(len(listed))
    for entry in listed:
        _checked(entry.name)
    if listed and all(entry.flags & _ENCRYPTED for entry in listed):
        raise Refused("encrypted", "")
    for entry in listed:

        def read(limit: int, entry: Entry = entry) -> bytes:
            content = read_entry(file, entry, limit)
            budget.take(len(content))
            return content

        yield Member(
            entry.name,
            entry.moment,
            entry.size,
            entry.packed,
            bool(entry.flags & _ENCRYPTED),
            entry.link,
            read,
            entry,
        )


# --- tar, and what a program makes a tar of -------------------------------------------------------
class _Bounded:
    """A stream that ends with Refused where more comes than is allowed."""

    def __init__(self, file: IO[bytes], most: int) -> None:
        self._file = file
        self._left = most

    def read(self, size: int = -1) -> bytes:
        data = self._file.read(size)
        self._left -= len(data)
        if self._left < 0:
            raise Refused("unsafe-archive", "解压后的大小异常")
        return data


def _of_tar(file: IO[bytes], budget: Budget) -> Members:
    """Members in the order of a stream: each can be read until the next one is asked for."""
    import tarfile

    stream = _Bounded(file, budget.unpacked)
    with _damage_told():
        archive = tarfile.TarFile.open(fileobj=stream, mode="r|", encoding="utf-8", errors="surrogateescape")  # type: ignore[call-overload]
    while True:
        with _damage_told():
            info = archive.next()
        if info is None:
            return
        budget.member()
        if info.isdir():
            continue
        name = _checked(_decoded(info.name.encode("utf-8", "surrogateescape"), True).replace("\\", "/"))
        content = _TarContent(archive, info, budget)
        yield Member(name, local_time(info.mtime), info.size, info.size, False, not info.isreg(), content)


class _TarContent:
    """Reads a member of a stream, which goes forward only: what was read before is kept."""

    def __init__(self, archive: TarFile, info: TarInfo, budget: Budget) -> None:
        self._archive = archive
        self._info = info
        self._budget = budget
        self._file: IO[bytes] | None = None
        self._got = b""

    def __call__(self, limit: int) -> bytes:
        most = self._info.size if limit < 0 else min(limit, self._info.size)
        with _damage_told():
            if self._file is None:
                self._file = self._archive.extractfile(self._info)
            if self._file is not None and len(self._got) < most:
                more = self._file.read(most - len(self._got))
                self._budget.take(len(more))
                self._got += more
        return self._got[:most]


@contextmanager
def _damage_told() -> Iterator[None]:
    import tarfile

    try:
        yield
    except (tarfile.TarError, OSError, EOFError, zlib.error, ValueError, OverflowError) as error:
        raise Refused("not-a-workbook", _DAMAGED, whole=False) from error


def _of_packed(file: BinaryIO, name: str, budget: Budget) -> Members:
    """A tar, packed as a whole or not, or one file that is packed alone (一中.xlsx.gz)."""
    import bz2
    import gzip

    packed = file.seek(0, os.SEEK_END)
    file.seek(0)
    start = file.read(3)
    file.seek(0)
    if start[:2] != b"\x1f\x8b" and start != b"BZh":
        yield from _of_tar(file, budget)
        return
    unpacked: gzip.GzipFile | bz2.BZ2File = (
        gzip.GzipFile(fileobj=file) if start[:2] == b"\x1f\x8b" else bz2.BZ2File(file)
    )
    with _damage_told():
        head = unpacked.read(512)
        unpacked.seek(0)
    if head[257:262] == b"ustar":
        yield from _of_tar(unpacked, budget)  # type: ignore[arg-type]
        return

    def read(limit: int) -> bytes:
        with _damage_told():
            unpacked.seek(0)
            content = unpacked.read(MAX_MEMBER + 1 if limit < 0 else limit)
        budget.take(len(content))
        if len(content) > MAX_MEMBER:
            raise Refused("too-large", f"解压后超过 {MAX_MEMBER >> 20} MB", whole=False)
        if limit < 0 and len(content) > RATIO_FROM and len(content) > packed * MAX_RATIO:
            raise Refused("unsafe-archive", "解压后的大小异常", whole=False)
        return content

    budget.member()
    # How large it is inside is known only when it is unpacked.
    yield Member(name.rpartition(".")[0] or name, None, packed, packed, False, False, read)


# --- programs -------------------------------------------------------------------------------------
_NO_WINDOW = getattr(subprocess, "CREATE_NO_WINDOW", 0)
_ENCRYPTION = re.compile("crypt|passphrase|password", re.IGNORECASE)
#: A workbook stored at the end of a .rar makes bsdtar take the whole for that workbook.
_PART_OF_PACKAGE = "[Content_Types].xml"
_UNOPENED = "压缩包打不开，可能没有传完、设了密码或者是分卷"


@lru_cache(maxsize=1)
def bsdtar() -> str | None:
    """libarchive's tar, which Windows and macOS have as `tar`; None where there is none."""
    # Git brings another tar, which may stand before that of Windows.
    windows = os.path.join(os.environ.get("SYSTEMROOT", ""), "System32", "tar.exe")
    for found in filter(None, map(shutil.which, ("bsdtar", "tar", windows))):
        said = subprocess.run(
            [found, "--version"], stdin=subprocess.DEVNULL, capture_output=True, creationflags=_NO_WINDOW
        )
        if b"bsdtar" in said.stdout:
            return found
    return None


@lru_cache(maxsize=1)
def seven_zip() -> str | None:
    """7-Zip's command, also where its installer puts it on Windows; None where there is none."""
    folders = [os.path.join(os.environ[name], "7-Zip") for name in ("ProgramFiles",) if name in os.environ]
    places = os.pathsep.join([os.environ.get("PATH", os.defpath), *folders])
    return next((found for name in ("7zz", "7z", "7za") if (found := shutil.which(name, path=places))), None)


def _of_program(file: BinaryIO, budget: Budget) -> Members:
    """The members of a .rar, .7z and so on, by whichever program knows it. Raises NoProgram."""
    if bsdtar() is None and seven_zip() is None:
        raise NoProgram
    with _as_path(file) as path:
        begun = False
        if tar := bsdtar():
            try:
                for member in _through_bsdtar(tar, path, budget):
                    begun = True
                    yield member
                return
            except Refused as why:
                if begun or seven_zip() is None or why.code == "unsafe-archive":
                    raise
        if other := seven_zip():
            yield from _through_seven_zip(other, path, budget)


@contextmanager
def _as_path(file: BinaryIO) -> Iterator[str]:
    """The file's path; one that lies inside of another archive is put into a private temporary file."""
    if not isinstance(file, BytesIO):
        yield os.path.abspath(file.name)
        return
    with tempfile.TemporaryDirectory(prefix="eduxl-") as folder:
        path = os.path.join(folder, "archive")
        Path(path).write_bytes(file.getbuffer())
        yield path


@contextmanager
def _running(command: list[str], budget: Budget) -> Iterator[tuple[subprocess.Popen[bytes], IO[bytes]]]:
    """A program and what it says about errors; stopped when it takes too long or is no longer needed. Raises Refused."""
    seconds = budget.seconds()
    # With Chinese names a program must know that they are UTF-8.
    environment = os.environ | ({} if sys.platform == "win32" else {"LC_ALL": "C.UTF-8"})
    with tempfile.TemporaryFile() as errors:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors, env=environment,
            creationflags=_NO_WINDOW,
        )  # fmt: skip
        timer = threading.Timer(seconds, process.kill)
        timer.start()
        try:
            yield process, errors
        finally:
            timer.cancel()
            process.kill()
            process.communicate()


def _through_bsdtar(program: str, path: str, budget: Budget) -> Members:
    """The program turns the archive into a tar on its output."""
    with _running([program, "-cf", "-", "--format=pax", "@" + path], budget) as (process, errors):
        assert process.stdout is not None
        try:
            for member in _of_tar(process.stdout, budget):
                if member.name == _PART_OF_PACKAGE:
                    raise Refused("not-a-workbook", _UNOPENED)
                yield member
            # It waits to be read to the end.
            while process.stdout.read(_BLOCK):
                pass
        except Refused as why:
            if why.whole:
                raise
        else:
            if process.wait() == 0:
                return
        process.kill()
        raise _failed(errors, budget)


def _failed(errors: IO[bytes], budget: Budget) -> Refused:
    """Why a program gave up, as far as it says. Raises Refused itself where it was stopped."""
    budget.seconds()
    errors.seek(0)
    if _ENCRYPTION.search(errors.read(_BLOCK).decode("utf-8", "replace")):
        return Refused("encrypted", "", whole=False)
    return Refused("not-a-workbook", _UNOPENED, whole=False)


def _through_seven_zip(program: str, path: str, budget: Budget) -> Members:
    """The program lists the archive, then is run once for each member that is looked at."""
    # An empty password, so that none is asked for.
    common = ["-p", "-sccUTF-8", "-spd"]
    with _running([program, "l", "-slt", "-ba", *common, "--", path], budget) as (process, errors):
        assert process.stdout is not None
        text = process.stdout.read(LONGEST_LIST + 1)
        if len(text) > LONGEST_LIST:
            raise Refused("unsafe-archive", _TOO_MANY)
        if process.wait() != 0:
            raise _failed(errors, budget)
    for block in text.decode("utf-8", "replace").replace("\r\n", "\n").split("\n\n"):
        fields = dict(line.split(" = ", 1) for line in block.splitlines() if " = " in line)
        attributes = fields.get("Attributes", "")
        if "Path" not in fields or attributes.startswith("D") or fields.get("Folder") == "+":
            continue
        budget.member()
        listed = fields["Path"]
        name = _checked(listed.replace("\\", "/"))
        command = [program, "x", "-so", "-bd", *common, "-i!" + listed, "--", path]

        def read(limit: int, command: list[str] = command) -> bytes:
            return _printed(command, limit, budget)

        size = int(fields["Size"]) if fields.get("Size", "").isdigit() else 0
        is_link = attributes.split(" ")[-1].startswith("l")
        encrypted = fields.get("Encrypted") == "+"
        yield Member(
            name, _listed_time(fields.get("Modified", "")), size, size, encrypted, is_link, read, costly=True
        )


def _printed(command: list[str], limit: int, budget: Budget) -> bytes:
    with _running(command, budget) as (process, errors):
        assert process.stdout is not None
        content = process.stdout.read(MAX_MEMBER + 1 if limit < 0 else limit)
        budget.seconds()
        budget.take(len(content))
        if len(content) > MAX_MEMBER:
            raise Refused("too-large", f"解压后超过 {MAX_MEMBER >> 20} MB", whole=False)
        if limit < 0 and process.wait() != 0:
            raise _failed(errors, budget)
    return content


def _listed_time(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text[:19])
    except ValueError:
        return None
    return moment if moment.year > 1980 else None


def members(file: BinaryIO, kind: str, name: str, budget: Budget) -> Members:
    """The files in an archive of a kind of `kinds.ARCHIVES`, in its order.

    Raises Refused where it is damaged, unsafe or has a password, and NoProgram where this machine cannot open
    it. A member can be read until the next one is asked for.
    """
    if kind == "zip":
        return _of_zip(file, budget)
    if kind == "tar":
        return _of_packed(file, name, budget)
    return _of_program(file, budget)
