"""The zip container of a workbook, looked at before any library inflates it: its directory, and bounded
inflating.

`zipfile` is not used here: it costs more than reading the sheets does, and it believes the sizes that a file
declares.
"""

from __future__ import annotations

import struct
import zlib
from functools import lru_cache
from typing import NamedTuple

_END = b"PK\x05\x06"
#: Of an entry: mark, flags, method, packed size, size, lengths of name, extra field and comment, place.
_ENTRY = struct.Struct("<4s4x2H8x2L3H8xL")
_LOCAL = struct.Struct("<4s2B4HL2L2H")
_ENCRYPTED = 0x1
_UTF8 = 0x800
_BOMB_FROM = 16 << 20
#: As many as the plain format can count; zip64 could list millions.
_MOST_MEMBERS = 0xFFFF
#: Marks a size or place that is written elsewhere (zip64), as some Java and .NET programs do for small files
#: too.
_ELSEWHERE = 0xFFFF_FFFF


class BadPackage(Exception):
    """The container is damaged, or too large inside (`too_large`) or has a password (`encrypted`)."""

    def __init__(self, what: str, *, too_large: bool = False, encrypted: bool = False) -> None:
        super().__init__(what)
        self.too_large = too_large
        self.encrypted = encrypted


class Member(NamedTuple):
    """One file in the container; sizes in bytes, as declared."""

    name: str
    method: int
    packed: int
    size: int
    offset: int
    encrypted: bool


def directory(data: bytes) -> list[Member]:
    """The members as the central directory lists them. Raises BadPackage where there is none."""
    end = data.rfind(_END, max(0, len(data) - 65_557))
    if end < 0 or len(data) < end + 22:
        raise BadPackage("文件不完整")
    count, size, start = struct.unpack_from("<H2L", data, end + 10)
    if start == _ELSEWHERE or count == 0xFFFF:
        return _directory_of_zip64(data)
    # Bytes put in front of the archive shift every offset by the same distance.
    shift = end - size - start
    at = end - size
    if at < 0 or shift < 0:
        raise BadPackage("文件不完整")
    members = []
    for _ in range(count):
        try:
            mark, flags, method, packed, full, length, extra, comment, offset = _ENTRY.unpack_from(data, at)
        except struct.error as error:
            raise BadPackage("文件不完整") from error
        if mark != b"PK\x01\x02":
            raise BadPackage("文件不完整")
        if _ELSEWHERE in (packed, full, offset):
            return _directory_of_zip64(data)
        raw = data[at + 46 : at + 46 + length]
        name = (
            raw.decode("utf-8", "replace")
            if flags & _UTF8 or raw.isascii()
            else raw.decode("gb18030", "replace")
        )
        members.append(Member(name, method, packed, full, offset + shift, bool(flags & _ENCRYPTED)))
        at += 46 + length + extra + comment
    return members


def _directory_of_zip64(data: bytes) -> list[Member]:
    from io import BytesIO
    from zipfile import BadZipFile, ZipFile

    if data.count(b"PK\x01\x02") > _MOST_MEMBERS:
        raise BadPackage("文件过多", too_large=True)
    try:
        with ZipFile(BytesIO(data)) as archive:
            found = archive.infolist()
    except (BadZipFile, ValueError, OverflowError, NotImplementedError, struct.error) as error:
        raise BadPackage("文件不完整") from error
    return [
        Member(
            i.filename,
            i.compress_type,
            i.compress_size,
            i.file_size,
            i.header_offset,
            bool(i.flag_bits & _ENCRYPTED),
        )
        for i in found
    ]


def inflate(data: bytes, member: Member, limit: int) -> bytes:
    """The content of one member, never more than `limit` bytes. Raises BadPackage."""
    try:
        local = _LOCAL.unpack_from(data, member.offset)
    except struct.error as error:
        raise BadPackage("文件不完整") from error
    if local[0] != b"PK\x03\x04":
        raise BadPackage("文件不完整")
    start = member.offset + 30 + local[10] + local[11]
    packed = data[start : start + member.packed]
    if member.method == 0:
        if len(packed) > limit:
            raise BadPackage("内容与声明的大小不符")
        return packed
    if member.method != 8:
        raise BadPackage("压缩方式不支持")
    # Copies of one form have the same small parts: relations, the sheets that nobody fills in.
    return _known_content(packed, limit) if limit < _SMALL > len(packed) else _content(packed, limit)


def _content(packed: bytes, limit: int) -> bytes:
    reader = zlib.decompressobj(-15)
    try:
        content = reader.decompress(packed, max(limit, _BOMB_FROM) + 1)
    except zlib.error as error:
        raise BadPackage("文件已损坏") from error
    if len(content) > limit:
        # More than declared: damaged if it is little, made on purpose if it is much.
        raise BadPackage("内容与声明的大小不符", too_large=len(content) > _BOMB_FROM)
    return content


_known_content = lru_cache(maxsize=128)(_content)
#: Bytes of a part that is kept for the next file.
_SMALL = 8 << 10
