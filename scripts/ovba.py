"""Makes VBA projects ([MS-OVBA]) from source text: what goes into `vbaProject.bin` of a workbook.

Source only, no compiled code: `_VBA_PROJECT` says version 0xFFFF, at which Office compiles the source itself.
Everything is ASCII. Knows nothing of eduxl; equal projects give equal bytes.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass

from cfb import Storage, compound_file

CHUNK = 4096  # bytes of source in a chunk, and at most so many of compressed data
#: Class ids of the objects that document modules stand for, in Excel's own type library.
WORKBOOK_CLASS = "{00020819-0000-0000-C000-000000000046}"
WORKSHEET_CLASS = "{00020820-0000-0000-C000-000000000046}"

_CODE_PAGE = 1252
_LOCALE = 0x409
_STDOLE = (
    "stdole",
    r"*\G{00020430-0000-0000-C000-000000000046}#2.0#0#C:\Windows\System32\stdole2.tlb#OLE Automation",
)
_VBE_CLASS = "{3832D640-CF90-11CF-8E43-00A0C911005A}"
#: Section 2.3.4.1: no cache of compiled code that any version could take.
_NO_CACHE = bytes.fromhex("CC61FFFF000000")
#: Where the standard takes a random byte; its bits 1 and 2 say how many bytes of padding follow.
_SEED = 0x08


@dataclass(frozen=True)
class Module:
    """`source` is VBA text with any line ends and no attributes; `document` is "" or the class of a document."""

    name: str
    source: str
    document: str = ""

    @property
    def text(self) -> str:
        """What stands in the file: attributes (section 4.1 of [MS-VBAL]), then the source; lines end in CR LF."""
        lines = [f'Attribute VB_Name = "{self.name}"']
        if self.document:
            lines += [
                f'Attribute VB_Base = "0{self.document}"',
                "Attribute VB_GlobalNameSpace = False",
                "Attribute VB_Creatable = False",
                "Attribute VB_PredeclaredId = True",
                "Attribute VB_Exposed = True",
                "Attribute VB_TemplateDerived = False",
                "Attribute VB_Customizable = True",
            ]
        lines += self.source.rstrip().splitlines()
        return "".join(f"{line}\r\n" for line in lines)


@dataclass(frozen=True)
class Project:
    """`identity` is any GUID in braces, upper case; `modules` in the order the editor shows them."""

    name: str
    identity: str
    modules: Sequence[Module]

    def built(self) -> bytes:
        """The compound file. Raises ValueError for a name or text that is not ASCII, and for names used twice."""
        names = [module.name.lower() for module in self.modules]
        if len(set(names)) < len(names):
            raise ValueError(f"two modules have the same name: {', '.join(sorted(names))}")
        streams: dict[str, bytes] = {module.name: compress(_ascii(module.text)) for module in self.modules}
        streams |= {"dir": compress(self._dir()), "_VBA_PROJECT": _NO_CACHE}
        tree: Storage = {"VBA": streams, "PROJECT": self._project(), "PROJECTwm": self._names()}
        return compound_file(tree)

    def _dir(self) -> bytes:
        """Section 2.3.4.2: the project, its one reference, its modules; each source begins its stream."""
        name, library = _STDOLE
        out = [
            _record(0x01, struct.pack("<I", 1)),  # a 32-bit Windows; 64-bit Office does not mind
            _record(0x02, struct.pack("<I", _LOCALE)),
            _record(0x14, struct.pack("<I", _LOCALE)),
            _record(0x03, struct.pack("<H", _CODE_PAGE)),
            _record(0x04, _ascii(self.name)),
            _record(0x05, b"") + _record(0x40, b""),  # description
            _record(0x06, b"") + _record(0x3D, b""),  # help file
            _record(0x07, struct.pack("<I", 0)),
            _record(0x08, struct.pack("<I", 0)),
            struct.pack("<HIIH", 0x09, 4, 1, 0),  # version 1.0
            _record(0x0C, b"") + _record(0x3C, b""),  # constants
            _record(0x16, _ascii(name)) + _record(0x3E, name.encode("utf-16-le")),
            _record(0x0D, struct.pack("<I", len(library)) + _ascii(library) + bytes(6)),
            _record(0x0F, struct.pack("<H", len(self.modules))),
            _record(0x13, b"\xff\xff"),
        ]
        for module in self.modules:
            wide = module.name.encode("utf-16-le")
            out += [
                _record(0x19, _ascii(module.name)) + _record(0x47, wide),
                _record(0x1A, _ascii(module.name)) + _record(0x32, wide),
                _record(0x1C, b"") + _record(0x48, b""),  # description
                _record(0x31, struct.pack("<I", 0)),  # offset of the source in its stream
                _record(0x1E, struct.pack("<I", 0)),
                _record(0x2C, b"\xff\xff"),
                _record(0x22 if module.document else 0x21, b""),
                _record(0x2B, b""),
            ]
        return b"".join((*out, _record(0x10, b"")))

    def _project(self) -> bytes:
        """Section 2.3.1: not protected (CMG), without password (DPB), shown in the editor (GC)."""
        key = sum(_ascii(self.identity)) & 0xFF
        kinds = (f"Document={m.name}/&H00000000" if m.document else f"Module={m.name}" for m in self.modules)
        lines = [
            f'ID="{self.identity}"',
            *kinds,
            f'Name="{self.name}"',
            'HelpContextID="0"',
            'VersionCompatible32="393222000"',
            f'CMG="{encrypted(bytes(4), key).hex().upper()}"',
            f'DPB="{encrypted(bytes(1), key).hex().upper()}"',
            f'GC="{encrypted(bytes([255]), key).hex().upper()}"',
            "",
            "[Host Extender Info]",
            f"&H00000001={_VBE_CLASS};VBE;&H00000000",
            "",
            "[Workspace]",
            *(f"{module.name}=0, 0, 0, 0, C" for module in self.modules),
        ]
        return _ascii("".join(f"{line}\r\n" for line in lines))

    def _names(self) -> bytes:
        """Section 2.3.3: each module's name twice, in the code page and in Unicode."""
        pairs = ((_ascii(module.name), module.name.encode("utf-16-le")) for module in self.modules)
        return b"".join(name + b"\0" + wide + b"\0\0" for name, wide in pairs) + b"\0\0"


def _record(kind: int, data: bytes) -> bytes:
    return struct.pack("<HI", kind, len(data)) + data


def _ascii(text: str) -> bytes:
    return text.encode("ascii")


def encrypted(data: bytes, key: int, seed: int = _SEED) -> bytes:
    """Section 2.4.3.2: `data` of the PROJECT stream hidden with a seed and the project's key, a byte each."""
    version = 2
    last, before = seed ^ key, seed ^ version
    out, plain = [seed, before, last], key
    for byte in (*bytes((seed & 6) // 2), *struct.pack("<I", len(data)), *data):
        hidden = byte ^ ((before + plain) & 0xFF)
        out.append(hidden)
        before, last, plain = last, hidden, byte
    return bytes(out)


# --- compression (section 2.4.1) --------------------------------------------------------------------
def compress(data: bytes) -> bytes:
    """`data` as a compressed container.

    As the standard has it, a chunk that does not get smaller is stored as it is and filled up with zeros to
    4,096 bytes. This adds zeros only to an end of 3,641 to 4,095 bytes of noise, which no source text is.
    """
    chunks = (data[at : at + CHUNK] for at in range(0, len(data), CHUNK))
    return b"\x01" + b"".join(_compressed_chunk(chunk) for chunk in chunks)


def _compressed_chunk(chunk: bytes) -> bytes:
    tokens = _tokens(chunk)
    if len(tokens) > CHUNK:
        return struct.pack("<H", 0x3000 | (CHUNK - 1)) + chunk.ljust(CHUNK, b"\0")
    return struct.pack("<H", 0xB000 | (len(tokens) - 1)) + tokens


def _tokens(chunk: bytes) -> bytes:
    """Groups of up to eight tokens, each group led by a byte whose bits say which of them are copies."""
    out, seen = bytearray(), dict[bytes, list[int]]()
    at = noted = 0
    while at < len(chunk):
        flags, group = 0, bytearray()
        for bit in range(8):
            if at >= len(chunk):
                break
            for place in range(noted, at):
                seen.setdefault(chunk[place : place + 3], []).append(place)
            noted = at
            # The longer the text before, the more bits an offset takes (section 2.4.1.3.19.1).
            length_bits = 16 - max((at - 1).bit_length(), 4) if at else 12
            offset, length = _match(chunk, at, seen, (1 << length_bits) + 2)
            if length:
                flags |= 1 << bit
                group += struct.pack("<H", (offset - 1) << length_bits | (length - 3))
            else:
                group.append(chunk[at])
            at += length or 1
        out.append(flags)
        out += group
    return bytes(out)


def _match(chunk: bytes, at: int, seen: dict[bytes, list[int]], most: int) -> tuple[int, int]:
    """The longest earlier text equal to what follows `at`, the nearest such; offset and length, or 0 and 0."""
    most = min(most, len(chunk) - at)
    best = place = 0
    if most >= 3:
        for candidate in reversed(seen.get(chunk[at : at + 3], ())):
            length = 3
            while length < most and chunk[candidate + length] == chunk[at + length]:
                length += 1
            if length > best:
                best, place = length, candidate
                if best == most:
                    break
    return (at - place, best) if best else (0, 0)
