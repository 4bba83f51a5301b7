"""The container of old Office files (OLE compound file): the names at its top, and one stream out of it.
Damaged ones raise, and never loop.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator, Sequence

from eduxl.spreadsheet.package import BadPackage

MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
#: Sector numbers from here on mark free sectors and ends of chains.
_LAST = 0xFFFF_FFFA
#: Bytes of an entry in the directory, and the mark of "no entry" in its links.
_ENTRY, _NONE = 128, 0xFFFF_FFFF


def stream(data: bytes, names: tuple[str, ...]) -> bytes:
    """The content of the first of these streams that there is. Raises BadPackage where none is, or it is
    damaged.
    """
    try:
        return _stream(data, names)
    except (struct.error, IndexError) as error:
        raise BadPackage("文件已损坏") from error


def overwritten(data: bytes, name: str, changes: Iterable[tuple[int, bytes]]) -> bytes:
    """The container with these bytes written over a stream's own, each from its place in the stream on. Raises
    BadPackage where there is no such stream in sectors of its own, or it ends before.
    """
    try:
        container = _Container(data)
        start, length = container.entry(name)
        if length < container.cutoff:
            raise BadPackage("文件已损坏")
        sectors = list(container.sectors(start))
        made = bytearray(data)
        for at, content in changes:
            for place, byte in enumerate(content, at):
                made[container.place(sectors, place)] = byte
        return bytes(made)
    except (struct.error, IndexError) as error:
        raise BadPackage("文件已损坏") from error


def names(data: bytes) -> set[str]:
    """The streams and folders at the top of the container, not those of objects embedded further down. Raises
    BadPackage where it is damaged.
    """
    try:
        entries = _Container(data).directory
        found: set[str] = set()
        seen: set[int] = set()
        # The entries of a folder are a tree, whose root the folder's own entry names.
        waiting = [_links(entries, 0)[2]]
        while waiting:
            number = waiting.pop()
            if number == _NONE or number in seen:
                continue
            seen.add(number)
            left, right, _ = _links(entries, number)
            waiting += [left, right]
            found.add(_name(entries, number))
        return found
    except (struct.error, IndexError) as error:
        raise BadPackage("文件已损坏") from error


def _links(entries: bytes, number: int) -> tuple[int, int, int]:
    """The entry's left and right neighbours and its first child."""
    left, right, child = struct.unpack_from("<3L", entries, number * _ENTRY + 68)
    return left, right, child


def _name(entries: bytes, number: int) -> str:
    (length,) = struct.unpack_from("<H", entries, number * _ENTRY + 64)
    raw = entries[number * _ENTRY : number * _ENTRY + max(0, min(length, 64) - 2)]
    return raw.decode("utf-16-le", "replace")


class _Container:
    """The sectors of a container: its table of chains and its directory."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._shift, small_shift = struct.unpack_from("<2H", data, 30)
        if self._shift not in (9, 12) or small_shift != 6:
            raise BadPackage("文件已损坏")
        (table_count,) = struct.unpack_from("<L", data, 44)
        start, _, self.cutoff, self.small_start, _, more_start, more_count = struct.unpack_from(
            "<7L", data, 48
        )
        size = 1 << self._shift
        # A sector of the table stands for `size // 4` sectors; a list of such sectors that loops would go on.
        most = (len(data) >> self._shift) // (size // 4) + 2
        places = list(struct.unpack_from("<109L", data, 76))
        for _ in range(min(more_count, most)):
            if more_start >= _LAST:
                break
            *more, more_start = struct.unpack(f"<{size // 4}L", self._sector(more_start))
            places += more
        self._table: list[int] = []
        for place in [p for p in places[:table_count] if p < _LAST][:most]:
            self._table += struct.unpack(f"<{size // 4}L", self._sector(place))
        self.directory = self.chain(start)

    def _sector(self, number: int) -> bytes:
        return self._data[(number + 1) << self._shift : (number + 2) << self._shift]

    def sectors(self, start: int) -> Iterator[int]:
        """The numbers of the sectors from `start` on. Raises BadPackage where they loop."""
        seen = 0
        while start < _LAST:
            yield start
            start = self._table[start]
            seen += 1
            if seen > len(self._table):
                raise BadPackage("文件已损坏")

    def chain(self, start: int) -> bytes:
        """What the sectors from `start` on hold."""
        return b"".join(map(self._sector, self.sectors(start)))

    def place(self, sectors: Sequence[int], at: int) -> int:
        """Where in the file a stream in these sectors has its byte `at`."""
        size = int(1 << self._shift)
        return (sectors[at // size] + 1) * size + at % size

    def entry(self, *names: str) -> tuple[int, int]:
        """The first sector and the length in bytes of the first of these streams that there is. Raises BadPackage
        where none is.
        """
        for encoded in (name.encode("utf-16-le") + b"\0\0" for name in names):
            for at in range(0, len(self.directory) - _ENTRY + 1, _ENTRY):
                if self.directory[at : at + len(encoded)] == encoded:
                    start, length = struct.unpack_from("<2L", self.directory, at + 116)
                    return int(start), int(length)
        raise BadPackage("文件已损坏")


def _stream(data: bytes, names: tuple[str, ...]) -> bytes:
    container = _Container(data)
    start, length = container.entry(*names)
    if length >= container.cutoff:
        return container.chain(start)[:length]
    root = container.chain(container.entry("Root Entry")[0])
    return _small(root, container.chain(container.small_start), start, 6)[:length]


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
