"""The zip container: parts read on demand, and written again with untouched parts' compressed bytes as they were.

`zipfile` reads the directory; writing is done here, because `zipfile` cannot copy a member without
inflating it.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable
from io import BytesIO
from itertools import chain
from typing import BinaryIO
from zipfile import BadZipFile, ZipFile, ZipInfo

from eduxl.ooxml.refusal import Refused

_LOCAL = struct.Struct("<4s5H3L2H")
_CENTRAL = struct.Struct("<4s6H3L5H2L")
_END = struct.Struct("<4s4H2LH")
_LIMIT = 0xFFFF_FFFF
#: Parts above this size are packed quickly: level 1 takes a third of level 6's time for a tenth more bytes.
_LARGE = 1 << 18
#: All parts together inflated; a workbook of a million filled cells has a tenth of it.
_MOST_INFLATED = 2 << 30
_UTF8 = 0x800
_DESCRIPTOR = 0x8
_ENCRYPTED = 0x1
_KNOWN_FLAGS = 0x6 | _UTF8
_DEFLATED = 8

_DAMAGED = "工作簿文件已损坏或不完整。请用 Excel 打开并修复，或者从备份里取回上一份。"


class Container:
    """Parts by name as the zip directory spells it; names are looked up without regard to case, as OPC asks."""

    def __init__(self, data: bytes) -> None:
        self._data = memoryview(data)
        try:
            self._zip = ZipFile(BytesIO(data))
        except (BadZipFile, ValueError, OverflowError, NotImplementedError, struct.error) as error:
            raise Refused(_DAMAGED, code="damaged") from error
        infos = self._zip.infolist()
        if sum(info.file_size for info in infos) > _MOST_INFLATED:
            raise Refused("工作簿解压后过大，无法处理。请删去不用的大工作表后再试。", code="too-large")
        if any(info.flag_bits & _ENCRYPTED for info in infos):
            raise Refused(
                "工作簿的压缩包设了密码。请在 Excel 或 WPS 里重新存一份不带密码的再试。", code="encrypted"
            )
        self._infos = {info.filename: info for info in infos}
        self._spelling = {_plain(name): name for name in self._infos}
        self._changed: dict[str, bytes | Iterable[bytes]] = {}
        self._dropped: set[str] = set()

    @property
    def names(self) -> list[str]:
        """Present part names in the order of the zip directory, new ones last."""
        return [name for name in (*self._infos, *self._new) if name not in self._dropped]

    @property
    def _new(self) -> list[str]:
        return [name for name in self._changed if name not in self._infos]

    def __contains__(self, name: str) -> bool:
        found = self._find(name)
        return found is not None and found not in self._dropped

    def _find(self, name: str) -> str | None:
        if name in self._infos or name in self._changed:
            return name
        return self._spelling.get(_plain(name))

    def read(self, name: str) -> bytes:
        """A part's content as it stands now. Raises `Refused` where it is missing or damaged."""
        found = self._find(name)
        if found is None or found in self._dropped:
            raise Refused(f"工作簿缺少内部文件 {name}。{_DAMAGED}", code="damaged")
        if found in self._changed:
            changed = self._changed[found]
            return changed if isinstance(changed, bytes) else b"".join(changed)
        return self.original(found)

    def original(self, name: str) -> bytes:
        """A part's content in the file that was opened; of a part that was added since, the present one."""
        found = self._find(name) or name
        if found not in self._infos and found in self._changed:
            return self.read(found)
        try:
            return self._zip.read(found)
        except (BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
            raise Refused(f"工作簿的内部文件 {name} 读不出。{_DAMAGED}", code="damaged") from error

    def write(self, name: str, content: bytes | Iterable[bytes]) -> None:
        """Replace or add a part; pieces, which are gone through each time it is read or saved, save joining them."""
        found = self._find(name) or name
        self._changed[found] = content
        self._dropped.discard(found)

    def drop(self, name: str) -> None:
        """Leave a part out."""
        found = self._find(name)
        if found is not None:
            self._dropped.add(found)
            self._changed.pop(found, None)

    @property
    def touched(self) -> list[str]:
        """Names of the parts that were changed, added or dropped."""
        return [*self._changed, *self._dropped]

    def save(self, out: BinaryIO) -> None:
        """Write the package to a binary stream."""
        central: list[bytes] = []
        at = 0
        for name in self.names:
            entry = self._changed.get(name)
            info = self._infos.get(name)
            pieces, head = self._copied(self._infos[name]) if entry is None else _packed(name, info, entry)
            local, record = head.headers(at)
            if at > _LIMIT:
                raise Refused("工作簿超过 4 GB，无法处理。请删去不用的大工作表后再试。", code="too-large")
            out.write(local)
            at += len(local)
            for piece in pieces:
                out.write(piece)
                at += len(piece)
            central.append(record)
        directory = b"".join(central)
        out.write(directory)
        comment = self._zip.comment
        out.write(
            _END.pack(b"PK\5\6", 0, 0, len(central), len(central), len(directory), at, len(comment)) + comment
        )

    def _copied(self, info: ZipInfo) -> tuple[Iterable[bytes | memoryview], _Head]:
        start = info.header_offset
        local = _LOCAL.unpack_from(self._data, start)
        if local[0] != b"PK\3\4":
            raise Refused(_DAMAGED, code="damaged")
        start += _LOCAL.size + local[9] + local[10]
        return [self._data[start : start + info.compress_size]], _Head.of(info)

    def packed(self, name: str) -> bytes:
        """A part's compressed bytes as they lie in the file that was opened."""
        return bytes(next(iter(self._copied(self._infos[name])[0])))


class _Head:
    """What the local and the central header say of a member."""

    def __init__(
        self, name: bytes, flags: int, method: int, when: tuple[int, int], crc: int, packed: int, size: int,
        made_by: int = 20, needs: int = 20, attributes: tuple[int, int] = (0, 0),
    ) -> None:  # fmt: skip
        self.name, self.flags, self.method, self.when = name, flags, method, when
        self.crc, self.packed, self.size = crc, packed, size
        self.made_by, self.needs, self.attributes = made_by, needs, attributes

    @classmethod
    def of(cls, info: ZipInfo) -> _Head:
        raw = info.orig_filename.encode("utf-8" if info.flag_bits & _UTF8 else "cp437")
        # sizes go into the header, so no data descriptor follows; zip64 fields are not needed below 4 GB
        return cls(
            raw, info.flag_bits & _KNOWN_FLAGS, info.compress_type, _dos(info), info.CRC, info.compress_size,
            info.file_size, info.create_version | info.create_system << 8, min(info.extract_version, 20),
            (info.internal_attr, info.external_attr),
        )  # fmt: skip

    def headers(self, at: int) -> tuple[bytes, bytes]:
        time, date = self.when
        sizes = (self.crc, self.packed, self.size)
        local = _LOCAL.pack(
            b"PK\3\4", self.needs, self.flags, self.method, time, date, *sizes, len(self.name), 0
        )
        central = _CENTRAL.pack(
            b"PK\1\2", self.made_by, self.needs, self.flags, self.method, time, date, *sizes,
            len(self.name), 0, 0, 0, *self.attributes, at,
        )  # fmt: skip
        return local + self.name, central + self.name


def _packed(
    name: str, info: ZipInfo | None, content: bytes | Iterable[bytes]
) -> tuple[Iterable[bytes | memoryview], _Head]:
    pieces = iter([content] if isinstance(content, bytes) else content)
    first: list[bytes] = []
    while sum(map(len, first)) <= _LARGE and (piece := next(pieces, None)) is not None:
        first.append(piece)
    packer = zlib.compressobj(1 if sum(map(len, first)) > _LARGE else 6, zlib.DEFLATED, -15)
    crc = size = 0
    packed: list[bytes | memoryview] = []
    for piece in chain(first, pieces):
        crc = zlib.crc32(piece, crc)
        size += len(piece)
        packed.append(packer.compress(piece))
    packed.append(packer.flush())
    length = sum(len(piece) for piece in packed)
    if info is None:
        flags = 0 if name.isascii() else _UTF8
        return packed, _Head(name.encode(), flags, _DEFLATED, (0, 0x21), crc, length, size)
    head = _Head.of(info)
    head.method, head.crc, head.packed, head.size = _DEFLATED, crc, length, size
    head.flags &= _UTF8
    return packed, head


def _dos(info: ZipInfo) -> tuple[int, int]:
    year, month, day, hour, minute, second = info.date_time
    return hour << 11 | minute << 5 | second // 2, max(0, year - 1980) << 9 | month << 5 | day


def _plain(name: str) -> str:
    return name.replace("\\", "/").lower()
