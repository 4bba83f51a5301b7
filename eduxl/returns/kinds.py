"""What a file is, by content and never by name: a spreadsheet, or what else, in words for the clerk."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

from eduxl.returns.ole import MAGIC

if TYPE_CHECKING:
    from eduxl.returns.package import Member

Kind = Literal[
    "xlsx",
    "xlsb",
    "ods",
    "xls",
    "encrypted",
    "word",
    "slides",
    "archive",
    "pdf",
    "picture",
    "text",
    "empty",
    "other",
]

#: Kinds that are read as returns.
WORKBOOKS: frozenset[str] = frozenset({"xlsx", "xlsb", "ods", "xls", "encrypted"})

#: What people call a kind.
NAMES: dict[str, str] = {
    "xlsx": "Excel 工作簿",
    "xlsb": "Excel 二进制工作簿",
    "ods": "ODS 表格",
    "xls": "Excel 97 工作簿",
    "encrypted": "设了密码的文件",
    "word": "Word 文档",
    "slides": "演示文稿",
    "archive": "压缩包",
    "pdf": "PDF 文件",
    "picture": "图片或影音",
    "text": "文本文件",
    "empty": "空文件",
    "other": "不认识的格式",
}

_STARTS: tuple[tuple[bytes, Kind], ...] = (
    (b"%PDF", "pdf"),
    (b"\x89PNG", "picture"),
    (b"\xff\xd8\xff", "picture"),
    (b"GIF8", "picture"),
    (b"BM", "picture"),
    (b"RIFF", "picture"),
    (b"II*\x00", "picture"),
    (b"MM\x00*", "picture"),
    (b"Rar!", "archive"),
    (b"7z\xbc\xaf", "archive"),
    (b"\x1f\x8b", "archive"),
)
#: Names of streams in an old Office file, as its directory has them.
_STREAMS: tuple[tuple[str, Kind], ...] = (
    ("EncryptedPackage", "encrypted"),
    ("Workbook", "xls"),
    ("WordDocument", "word"),
    ("PowerPoint Document", "slides"),
    ("Book", "xls"),
)
#: Bytes that are enough to look at for `kind_of` where the file is no zip and no old Office file.
HEAD = 4096


def needs_all(head: bytes) -> bool:
    """True when the first bytes alone do not tell: zip and old Office containers."""
    return head.startswith(b"PK") or head.startswith(MAGIC)


def kind_of(data: bytes) -> Kind:
    """The kind of a file's content; `data` may be its first `HEAD` bytes where `needs_all` says so. Never
    raises.
    """
    if not data:
        return "empty"
    if data.startswith((b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")):
        return _of_zip(data)
    if data.startswith(MAGIC):
        for name, kind in _STREAMS:
            if f"{name}\0".encode("utf-16-le") in data:
                return kind
        return "other"
    for start, kind in _STARTS:
        if data.startswith(start):
            return kind
    if data[4:8] == b"ftyp":
        return "picture"
    head = data[:HEAD]
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "text"
    return "other" if b"\0" in head else "text"


def _of_zip(data: bytes) -> Kind:
    from eduxl.returns.package import BadPackage, directory

    try:
        return kind_of_zip(directory(data), data)
    except BadPackage:
        return "other"


def kind_of_zip(members: Sequence[Member], data: bytes) -> Kind:
    """The kind of a zip container with these members. Raises BadPackage where it is damaged."""
    from eduxl.returns.package import inflate

    mimetype = None
    for member in members:
        part = member.name.lower().replace("\\", "/")
        if part == "xl/workbook.xml":
            return "xlsx"
        if part == "xl/workbook.bin":
            return "xlsb"
        if part.startswith("word/"):
            return "word"
        if part.startswith("ppt/"):
            return "slides"
        if part == "mimetype":
            mimetype = inflate(data, member, 200)
    if mimetype is None:
        return "archive"
    if b"opendocument.spreadsheet" in mimetype:
        return "ods"
    return "word" if b"opendocument.text" in mimetype else "other"
