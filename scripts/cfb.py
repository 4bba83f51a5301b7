"""Writes compound files ([MS-CFB], version 3): storages and streams in one file, as Office keeps VBA projects.

Only writing, only small files, nothing of the machine in them: no times, no class ids. Equal trees give equal
bytes.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TypeAlias

#: A storage: names to streams (bytes) or storages. The order of the names makes no difference.
Storage: TypeAlias = "Mapping[str, bytes | Storage]"

SECTOR, MINI_SECTOR, MINI_LIMIT = 512, 64, 4096  # bytes; a shorter stream lies in the mini stream
_PER_SECTOR = SECTOR // 4
_DIFAT_IN_HEADER = 109

# Special sector numbers (section 2.1) and stream ids (section 2.6.1).
_FAT_SECTOR, _END_OF_CHAIN, _FREE = 0xFFFFFFFD, 0xFFFFFFFE, 0xFFFFFFFF
_NO_STREAM = 0xFFFFFFFF
_STORAGE, _STREAM, _ROOT = 1, 2, 5
_RED, _BLACK = 0, 1


@dataclass
class _Entry:
    """A directory entry (section 2.6.1); left, right and child are indices into the directory."""

    name: str
    kind: int
    colour: int = _BLACK
    left: int = _NO_STREAM
    right: int = _NO_STREAM
    child: int = _NO_STREAM
    start: int = 0
    size: int = 0
    data: bytes = field(default=b"", repr=False)

    def packed(self) -> bytes:
        name = self.name.encode("utf-16-le")
        return struct.pack(
            "<64sHBBIII16sIQQIQ",
            name, len(name) + 2, self.kind, self.colour, self.left, self.right, self.child,
            bytes(16), 0, 0, 0, self.start, self.size,
        )  # fmt: skip


_UNUSED_ENTRY = struct.pack("<64sHBBIII16sIQQIQ", b"", 0, 0, 0, *(_NO_STREAM,) * 3, bytes(16), *(0,) * 5)


def compound_file(tree: Storage) -> bytes:
    """The file whose root storage is `tree`.

    Raises ValueError for a name that the standard forbids (section 2.6.1: at most 31 UTF-16 units, none of
    `/ \\ : !`), for two names in one storage that differ only in case, and for a file over about 7 MB, which
    would need sectors that this writer does not make.
    """
    entries = [_Entry("Root Entry", _ROOT)]
    entries[0].child = _add(tree, entries)
    file = _Sectors()
    mini = _Sectors(MINI_SECTOR)
    for entry in entries:
        entry.size = len(entry.data)
        if entry.kind == _STREAM:
            entry.start = (mini if entry.size < MINI_LIMIT else file).put(entry.data)
    # The mini stream is the root's own.
    entries[0].size = len(mini.content)
    entries[0].start = file.put(bytes(mini.content))
    mini_fat = _words(mini.next)
    mini_start, mini_count = file.put(mini_fat), len(mini_fat) // SECTOR
    directory = b"".join(entry.packed() for entry in entries)
    directory += _UNUSED_ENTRY * (-len(entries) % (SECTOR // 128))
    directory_start = file.put(directory)
    fat_sectors = file.end_with_fat()
    if len(fat_sectors) > _DIFAT_IN_HEADER:
        raise ValueError(f"{len(file.content)} bytes are too many for this writer")
    header = struct.pack(
        "<8s16sHHHHH6sIIIIIIIII",
        bytes.fromhex("D0CF11E0A1B11AE1"), bytes(16), 0x3E, 3, 0xFFFE, 9, 6, bytes(6),
        0, len(fat_sectors), directory_start, 0, MINI_LIMIT, mini_start, mini_count, _END_OF_CHAIN, 0,
    )  # fmt: skip
    difat = [*fat_sectors, *(_FREE,) * (_DIFAT_IN_HEADER - len(fat_sectors))]
    return header + struct.pack(f"<{_DIFAT_IN_HEADER}I", *difat) + bytes(file.content)


class _Sectors:
    """Sectors one after the other, and for each the number of the next in its chain."""

    def __init__(self, size: int = SECTOR) -> None:
        self.size, self.content, self.next = size, bytearray(), list[int]()

    def put(self, data: bytes) -> int:
        """Append a stream; the number of its first sector, or the end of a chain if it is empty."""
        count = -(-len(data) // self.size)
        if not count:
            return _END_OF_CHAIN
        start = len(self.next)
        self.content += data.ljust(count * self.size, b"\0")
        self.next += [*range(start + 1, start + count), _END_OF_CHAIN]
        return start

    def end_with_fat(self) -> list[int]:
        """Append the chains themselves (section 2.3); the numbers of their sectors, which they count too."""
        used, count = len(self.next), 1
        while used + count > count * _PER_SECTOR:
            count += 1
        self.next += [_FAT_SECTOR] * count
        self.content += _words(self.next)
        return list(range(used, used + count))


def _words(numbers: list[int]) -> bytes:
    """Sector numbers as whole sectors, the rest of the last one free."""
    numbers = numbers + [_FREE] * (-len(numbers) % _PER_SECTOR)
    return struct.pack(f"<{len(numbers)}I", *numbers)


# --- the directory --------------------------------------------------------------------------------
def _add(storage: Storage, entries: list[_Entry]) -> int:
    """Append what is in a storage; the index of the root of its tree."""
    names = sorted(storage, key=_order)
    for name in names:
        if not name or len(_order(name)[1]) > 31 or any(c in "/\\:!\0" for c in name):
            raise ValueError(f"not a name of a stream or storage: {name!r}")
    for one, other in pairwise(names):
        if _order(one) == _order(other):
            raise ValueError(f"{one!r} and {other!r} are the same name")
    first = len(entries)
    entries += [_Entry(name, _STREAM if isinstance(storage[name], bytes) else _STORAGE) for name in names]
    root = _link(entries, first, len(entries), 0, len(names).bit_length() - 1)
    for entry, name in zip(entries[first : first + len(names)], names, strict=True):
        content = storage[name]
        if isinstance(content, bytes):
            entry.data = content
        else:
            entry.child = _add(content, entries)
    return root


def _order(name: str) -> tuple[int, tuple[int, ...]]:
    """The order of names in a storage (section 2.6.4): by length, then by upper-case UTF-16 units.

    A letter whose upper case is longer, as of ß, stays as it is.
    """
    text = "".join(upper if len(upper := c.upper()) == 1 else c for c in name).encode("utf-16-le")
    units = struct.unpack(f"<{len(text) // 2}H", text)
    return len(units), units


def _link(entries: list[_Entry], first: int, end: int, depth: int, deepest: int) -> int:
    """Make a red-black tree of sorted entries by halving; the index of its root.

    All levels but the last are full, so every path has as many black nodes when only the last level is red.
    """
    if first == end:
        return _NO_STREAM
    middle = (first + end) // 2
    entry = entries[middle]
    entry.colour = _RED if depth and depth == deepest else _BLACK
    entry.left = _link(entries, first, middle, depth + 1, deepest)
    entry.right = _link(entries, middle + 1, end, depth + 1, deepest)
    return middle
