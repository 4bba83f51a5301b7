"""Adapter for plain text: UTF-8 with or without BOM, GB18030, UTF-16. One paragraph a line."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator

from eduxl.errors import PlanError
from eduxl.plan.blocks import Block, line_blocks
from eduxl.plan.limits import LARGEST_TEXT, too_large

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
#: Control characters that no text has.
_CONTROL = re.compile("[\x01-\x08\x0e-\x19\x1b-\x1f]")


def decode(data: bytes) -> str | None:
    """The text in `data`, None where it is no text in an encoding that occurs."""
    for bom, encoding in _BOMS:
        if data.startswith(bom) and (encoding != "utf-32" or len(data) % 4 == 0):
            try:
                return data.decode(encoding)
            except UnicodeDecodeError:
                return None
    tries = ["utf-8", "gb18030"]
    if b"\0" in data.rstrip(b"\0"):
        # No BOM: every other byte of ASCII (line ends, digits) is zero, on the odd side when little-endian.
        # (Zeros at the end alone are the padding of old export programs.)
        tries = ["utf-16-le" if data[1::2].count(0) >= data[::2].count(0) else "utf-16-be"]
    for encoding in tries:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        return None if _binary(text) else text
    return None


def _binary(text: str) -> bool:
    return _CONTROL.search(text) is not None or "\0" in text.rstrip("\0")


def blocks(data: bytes, source: str) -> Iterator[Block]:
    """The lines of a text file as blocks. Raises PlanError `not-a-plan` where the bytes are no text."""
    if len(data) > LARGEST_TEXT:
        raise too_large(source)
    text = decode(data)
    if text is None:
        raise PlanError(f"“{source}”不是能读的文字文件；请选择 .docx 或 .txt 格式的工作要点。")
    clean = text.replace("\x1a", "").replace("\0", "").replace("\f", "\n")
    for i, line in enumerate(clean.splitlines(), 1):
        yield from line_blocks(line, f"第{i}行")
