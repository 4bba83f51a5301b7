"""Zip containers, byte by byte: OOXML packages with parts changed, archives with names as other programs write them."""

from __future__ import annotations

import io
import re
import struct
import zipfile
import zlib
from collections.abc import Callable, Mapping
from datetime import datetime

from openpyxl.workbook import Workbook

STAMP = datetime(2022, 6, 20, 8, 0)
ZIP_STAMP = (2022, 6, 20, 8, 0, 0)


PartChange = Callable[[bytes], bytes] | bytes


def substituted(pattern: bytes, new: bytes) -> Callable[[bytes], bytes]:
    return lambda part: re.sub(pattern, new, part)


def saved(book: Workbook) -> bytes:
    stream = io.BytesIO()
    book.save(stream)
    return dated(stream.getvalue())


def dated(package: bytes, stamp: datetime = STAMP) -> bytes:
    """The package as if last saved at `stamp`: openpyxl always writes the present moment."""
    text = f"{stamp:%Y-%m-%dT%H:%M:%SZ}</dcterms:modified>".encode()
    core = substituted(rb"[^>]*</dcterms:modified>", text)
    return repacked(package, {"docProps/core.xml": core})


def repacked(package: bytes, change: Mapping[str, PartChange]) -> bytes:
    """The package with some parts changed (a function) or replaced or added (bytes)."""
    with zipfile.ZipFile(io.BytesIO(package)) as source:
        parts = {name: source.read(name) for name in source.namelist()}
    for name, new in change.items():
        if isinstance(new, bytes):
            parts[name] = new
        else:
            parts[name] = new(parts[name])
    return zipped(parts)


def zipped(members: Mapping[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as package:
        for name, data in members.items():
            info = zipfile.ZipInfo(name, ZIP_STAMP)
            info.compress_type = method
            package.writestr(info, data)
    return stream.getvalue()


def zipped_raw_names(members: Mapping[bytes, bytes]) -> bytes:
    """A zip whose names are these bytes without the UTF-8 flag, as Windows and 好压 write them."""
    with io.BytesIO() as stream:
        with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as package:
            for number, (name, data) in enumerate(members.items()):
                package.writestr(zipfile.ZipInfo(f"{number}".ljust(len(name), "~"), ZIP_STAMP), data)
        archive = stream.getvalue()
    for number, name in enumerate(members):
        archive = archive.replace(f"{number}".ljust(len(name), "~").encode(), name)
    return archive


PACKAGE = "http://schemas.openxmlformats.org/package/2006"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def relations(*targets: tuple[str, str], first: int = 1) -> bytes:
    inner = "".join(
        f'<Relationship Id="rId{i}" Type="{OFFICE}/{kind}" Target="{target}"/>'
        for i, (kind, target) in enumerate(targets, first)
    )
    return f'<?xml version="1.0"?><Relationships xmlns="{PACKAGE}/relationships">{inner}</Relationships>'.encode()


def seven_zip(name: str, data: bytes) -> bytes:
    """A .7z archive of one member, stored (7zFormat.txt of the LZMA SDK)."""

    def number(value: int) -> bytes:
        more = next(n for n in range(8) if value < 1 << 7 * (n + 1))
        return bytes([0xFF00 >> more & 0xFF | value >> 8 * more]) + (value & (1 << 8 * more) - 1).to_bytes(
            more, "little"
        )

    size, label = number(len(data)), name.encode("utf-16-le") + b"\0\0"
    packed = b"\6\0\1\x09" + size + b"\0"
    folder = b"\7\x0b\1\0\1\1\0\x0c" + size + b"\0"
    digest = b"\x08\x0a\1" + struct.pack("<I", zlib.crc32(data)) + b"\0"
    files = b"\5\1\x11" + number(len(label) + 1) + b"\0" + label + b"\0"
    header = b"\1\4" + packed + folder + digest + b"\0" + files + b"\0"
    start = struct.pack("<QQI", len(data), len(header), zlib.crc32(header))
    return b"7z\xbc\xaf\x27\x1c\0\4" + struct.pack("<I", zlib.crc32(start)) + start + data + header


def linked_zip(members: Mapping[str, bytes], link: str, target: str) -> bytes:
    """A zip with a symbolic link among its members."""
    stream = io.BytesIO(zipped(members))
    with zipfile.ZipFile(stream, "a") as package:
        info = zipfile.ZipInfo(link, ZIP_STAMP)
        info.create_system, info.external_attr = 3, 0o120777 << 16
        package.writestr(info, target)
    return stream.getvalue()


def locked_zip(archive_: bytes) -> bytes:
    """Set the bit that says a member is encrypted, in both of its headers."""
    data = bytearray(archive_)
    data[6] |= 1
    data[archive_.index(b"PK\1\2") + 8] |= 1
    return bytes(data)
