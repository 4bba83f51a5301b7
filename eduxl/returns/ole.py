"""The container of old Office files (OLE compound file): one stream out of it. Damaged ones raise, and never
loop.
"""

from __future__ import annotations

import struct

from eduxl.returns.package import BadPackage

MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
#: Sector numbers from here on mark free sectors and ends of chains.
_LAST = 0xFFFF_FFFA


def stream(data: bytes, names: tuple[str, ...]) -> bytes:
    """The content of the first of these streams that there is. Raises BadPackage where none is, or it is
    damaged.
    """
    try:
        return _stream(data, names)
    except (struct.error, IndexError) as error:
        raise BadPackage("文件已损坏") from error


def _stream(data: bytes, names: tuple[str, ...]) -> bytes:
    shift, small_shift = struct.unpack_from("<2H", data, 30)
    if shift not in (9, 12) or small_shift != 6:
        raise BadPackage("文件已损坏")
    size = 1 << shift
    (table_count,) = struct.unpack_from("<L", data, 44)
    directory_start, _, cutoff, small_start, _, more_start, more_count = struct.unpack_from("<7L", data, 48)

    def sector(number: int) -> bytes:
        return data[(number + 1) << shift : (number + 2) << shift]

    # A sector of the table stands for `size // 4` sectors; a list of such sectors that loops would go on.
    most = (len(data) >> shift) // (size // 4) + 2
    places = list(struct.unpack_from("<109L", data, 76))
    for _ in range(min(more_count, most)):
        if more_start >= _LAST:
            break
        *more, more_start = struct.unpack(f"<{size // 4}L", sector(more_start))
        places += more
    table: list[int] = []
    for place in [p for p in places[:table_count] if p < _LAST][:most]:
        table += struct.unpack(f"<{size // 4}L", sector(place))

    def chain(start: int) -> bytes:
        found, seen = [], 0
        while start < _LAST:
            found.append(sector(start))
            start = table[start]
            seen += 1
            if seen > len(table):
                raise BadPackage("文件已损坏")
        return b"".join(found)

    entries = chain(directory_start)
    root = b""
    for name in ("Root Entry", *names):
        encoded = name.encode("utf-16-le") + b"\0\0"
        for at in range(0, len(entries) - 127, 128):
            if entries[at : at + len(encoded)] != encoded:
                continue
            start, length = struct.unpack_from("<2L", entries, at + 116)
            if name == "Root Entry":
                root = chain(start)
                break
            if length >= cutoff:
                return chain(start)[:length]
            return _small(root, chain(small_start), start, small_shift)[:length]
    raise BadPackage("文件已损坏")


def _small(root: bytes, table: bytes, start: int, shift: int) -> bytes:
    """A stream below the cutoff: in sectors of 64 bytes inside of the root's own stream."""
    following = struct.unpack(f"<{len(table) // 4}L", table[: len(table) // 4 * 4])
    found = []
    while start < _LAST:
        found.append(root[start << shift : (start + 1) << shift])
        start = following[start]
        if len(found) > len(following):
            raise BadPackage("文件已损坏")
    return b"".join(found)
