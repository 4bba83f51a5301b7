"""Whether a part that was packed more than 100 times is a bomb.

Schools write bombs too: a text of 32,767 times the same character packs a thousand times, and so does what is
left empty, but formatted. So a part with cells is judged by what remains without the texts of its cells.
"""

from __future__ import annotations

import re
import zlib
from html import unescape

from eduxl.spreadsheet import bounds
from eduxl.spreadsheet.package import Member, inflate

#: From this size on a part that was packed more often is looked at; up to the other it is looked into.
RATIO_FROM, MAX_RATIO = 100 << 10, 100
_LOOKED_INTO = 8 << 20
#: Parts with texts of cells.
_CELLS = re.compile(r"(?:xl/(?:sharedStrings|worksheets/[^/]*)\.(?:xml|bin)|content\.xml)", re.IGNORECASE)
#: Characters that a cell can hold in Excel.
_LONGEST_TEXT = 32_767
_CELL_END = re.compile(rb"</(?:\w+:)?(?:si|c|table-cell)\s*>")
_TEXT = re.compile(rb">([^<>]+)<")
_EMPTY = re.compile(rb"<(?:\w+:)?(?:row|c)(?=[\s/])[^<>]*/>")


def is_bomb(data: bytes, member: Member) -> bool:
    """True for a member of the container `data` that is none of what people write. Raises BadPackage."""
    if not _inflated(member.size, member.packed):
        return False
    if member.size > _LOOKED_INTO or not _CELLS.fullmatch(member.name):
        return True
    content = inflate(data, member, member.size)
    rest = bounds.xlsb_rest(content) if member.name.endswith(".bin") else _without_texts(content)
    return _inflated(len(rest), len(zlib.compress(rest)))


def _inflated(size: int, packed: int) -> bool:
    return size > RATIO_FROM and size > packed * MAX_RATIO


def _without_texts(xml: bytes) -> bytes:
    """The part without empty cells, and without the texts of cells that hold no more than a cell can."""
    pieces = _CELL_END.split(_EMPTY.sub(b"", xml))
    return b"".join(_TEXT.sub(b"><", piece) if _length(piece) <= _LONGEST_TEXT else piece for piece in pieces)


def _length(piece: bytes) -> int:
    """Characters of the texts in a cell."""
    texts = _TEXT.findall(piece)
    size = sum(map(len, texts))
    # Some programs write each Chinese character as a number: &#38271;
    return size if size <= _LONGEST_TEXT else len(unescape(b"".join(texts).decode("utf-8", "replace")))
