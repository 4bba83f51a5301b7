"""What in a workbook could act on its own, so that people can be told: macros, links to elsewhere, embedded objects.

It is found by the names of parts and by marks in their bytes. Nothing is ever opened or run.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterable, Iterator
from functools import lru_cache

from eduxl.spreadsheet import bounds

MACRO, MACRO_SHEET = "宏", "宏表"
LINK, DDE, DATA = "外部链接", "DDE 链接", "数据连接"
OBJECT, CONTROL = "嵌入的对象", "ActiveX 控件"
MACROS = frozenset({MACRO, MACRO_SHEET})

#: Names of parts in .xlsx, .xlsm, .xlsb and .ods.
_PARTS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), name)
    for pattern, name in (
        (r"(?:.*/)?vbaProject\.bin|Basic/(?:.*/)?(?!script-l[bc]\.xml)[^/]+|Scripts/.*[^/]", MACRO),
        (r"xl/(?:macrosheets|dialogsheets)/[^/]+", MACRO_SHEET),
        (r"xl/externalLinks/[^/]+", LINK),
        (r"xl/connections\.(?:xml|bin)", DATA),
        (r"xl/embeddings/[^/]+|Object [^/]+", OBJECT),
        (r"xl/activeX/[^/]+", CONTROL),
    )
)
_XLSX_LINK = re.compile(r"xl/externalLinks/[^/]+", re.IGNORECASE)
#: In an external link of an .xlsx, and in the content of an .ods.
_DDE_MARKS = (b"ddeLink", b"<table:dde-link", b"<office:dde-source")
_ODS_MARKS = (
    (b"<table:table-source", LINK), (b"<table:cell-range-source", LINK), (b"<script:event-listener", MACRO),
)  # fmt: skip


def in_parts(names: Iterable[str]) -> set[str]:
    """What the names of the parts of a container tell."""
    return set().union(*map(_in_name, names))


@lru_cache(maxsize=256)
def _in_name(part: str) -> frozenset[str]:
    return frozenset(found for pattern, found in _PARTS if pattern.fullmatch(part))


@lru_cache(maxsize=256)
def is_link(part: str) -> bool:
    """True for the part of an .xlsx whose content says what it links to."""
    return _XLSX_LINK.fullmatch(part) is not None


def in_content(content: bytes) -> set[str]:
    """What the content of an external link, or of an .ods, tells."""
    found = {name for mark, name in _ODS_MARKS if mark in content}
    return found | {DDE} if any(mark in content for mark in _DDE_MARKS) else found


_SHEET, _BOOK = 0x0085, 0x01AE
_OWN_SHEETS, _ADD_IN = 0x0401, 0x3A01


def in_xls(stream: bytes, names: Iterable[str]) -> set[str]:
    """What the Workbook stream of an .xls and the names at the top of its container tell."""
    found = set(_in_records(stream))
    for name in names:
        if name.startswith("_VBA_PROJECT"):
            found.add(MACRO)
        elif name.startswith("MBD"):
            found.add(OBJECT)
    return found


def _in_records(stream: bytes) -> Iterator[str]:
    for kind, at, length in bounds.records(stream, 0):
        if kind == _SHEET and length >= 6 and stream[at + 5] == 1:
            yield MACRO_SHEET
        elif kind == _BOOK and length >= 4:
            sheets, what = struct.unpack_from("<2H", stream, at)
            if what not in (_OWN_SHEETS, _ADD_IN):
                yield LINK if sheets else DDE
