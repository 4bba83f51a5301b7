"""What a file is, by content and never by name: a spreadsheet, or what else, in words for the clerk."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Literal

from eduxl.spreadsheet import ole

if TYPE_CHECKING:
    from eduxl.spreadsheet.package import Member

Kind = Literal[
    "xlsx",
    "xlsb",
    "ods",
    "xls",
    "encrypted",
    "flat",
    "numbers",
    "word",
    "slides",
    "zip",
    "tar",
    "archive",
    "pdf",
    "picture",
    "web",
    "mail",
    "link",
    "program",
    "text",
    "empty",
    "other",
]

#: Kinds of spreadsheets that are read, or that only a password keeps from being read.
WORKBOOKS: frozenset[str] = frozenset({"xlsx", "xlsb", "ods", "xls", "encrypted"})
#: Kinds that are spreadsheets, but are refused with what to do: nothing here reads them.
UNREAD: frozenset[str] = frozenset({"flat", "numbers"})
#: Kinds that hold files: `tar` may be packed as a whole (.gz, .bz2), `archive` needs a program of the machine.
ARCHIVES: frozenset[str] = frozenset({"zip", "tar", "archive"})

#: What people call a kind.
NAMES: dict[str, str] = {
    "xlsx": "Excel 工作簿",
    "xlsb": "Excel 二进制工作簿",
    "ods": "ODS 表格",
    "xls": "Excel 97 工作簿",
    "encrypted": "设了密码的文件",
    "flat": "是 XML 格式的表格，不是 Excel 工作簿",
    "numbers": "是苹果 Numbers 表格",
    "word": "Word 文档",
    "slides": "演示文稿",
    "zip": "压缩包",
    "tar": "压缩包",
    "archive": "压缩包",
    "pdf": "PDF 文件",
    "picture": "图片或影音",
    "web": "其实是网页，只是用了表格的扩展名",
    "mail": "是一封邮件",
    "link": "是快捷方式，不是文件本身",
    "program": "程序文件",
    "text": "文本文件，里面没有表格",
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
    (b"ID3", "picture"),
    (b"Rar!", "archive"),
    (b"7z\xbc\xaf", "archive"),
    (b"\x1f\x8b", "tar"),
    (b"BZh", "tar"),
    (b"\xfd7zXZ\0", "archive"),
    (b"L\0\0\0\x01\x14\x02\0", "link"),
    (b"MZ", "program"),
    (b"\x7fELF", "program"),
)
#: Streams at the top of an old Office file.
_STREAMS: tuple[tuple[str, Kind], ...] = (
    ("EncryptedPackage", "encrypted"),
    ("Workbook", "xls"),
    ("Book", "xls"),
    ("WordDocument", "word"),
    ("PowerPoint Document", "slides"),
    ("__properties_version1.0", "mail"),
)
#: Parts that only one kind of zip container has.
_PARTS: dict[str, Kind] = {
    "xl/workbook.xml": "xlsx",
    "xl/workbook.bin": "xlsb",
    "ofd.xml": "pdf",
    "index/document.iwa": "numbers",
    "index.zip": "numbers",
}
_ZIP_STARTS = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
#: First parts of the packages that spreadsheet programs write.
_PACKAGE_STARTS = (
    b"[Content_Types].xml", b"_rels/", b"docProps/", b"xl/", b"customXml/", b"mimetype", b"theme/",
)  # fmt: skip
#: Bytes that are enough to look at for `kind_of` where the file is no zip and no old Office file.
HEAD = 4096

#: The first line of a mail or of a web page saved as one file, and what tells the second from the first.
_MAIL = re.compile(
    rb"(?:Received|From|To|Subject|Date|MIME-Version|Return-Path|Delivered-To|Message-ID|X-[\w-]+)\s*:", re.I
)
_MAIL_TOO = re.compile(rb"^(?:MIME-Version|Content-Type|Message-ID|Received)\s*:", re.I | re.M)
_SAVED_PAGE = re.compile(
    rb"^X-Document-Type\s*:|^Snapshot-Content-Location\s*:|^From\s*:\s*\W*Saved by", re.I | re.M
)
_FLAT = re.compile(rb"urn:schemas-microsoft-com:office:spreadsheet|opendocument\.spreadsheet|<Workbook[\s>]")
_WEB = re.compile(rb"<!doctype\s+html|<html[\s>]|<table[\s>]|<meta\s|<head[\s>]", re.I)


def is_zip(head: bytes) -> bool:
    """True for the first bytes of a zip container of any kind."""
    return head.startswith(_ZIP_STARTS)


def is_package(head: bytes) -> bool:
    """True for the first bytes of a zip container that some Office program wrote, of whatever kind."""
    return head.startswith(b"PK\x03\x04") and head[30:].startswith(_PACKAGE_STARTS)


def is_old_office(head: bytes) -> bool:
    """True for the first bytes of an OLE container."""
    return head.startswith(ole.MAGIC)


def kind_of(data: bytes) -> Kind:
    """The kind of a file's content. Its first `HEAD` bytes will do where it is neither `is_zip` nor
    `is_old_office`. Never raises.
    """
    if not data:
        return "empty"
    if is_zip(data):
        return _of_zip(data)
    if is_old_office(data):
        return _of_ole(data)
    for start, kind in _STARTS:
        if data.startswith(start):
            return kind
    if data[4:8] == b"ftyp":
        return "picture"
    if data[257:262] == b"ustar":
        return "tar"
    return _of_text(data[:HEAD])


def _of_text(head: bytes) -> Kind:
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return _of_written(head[2:].replace(b"\0", b"")) or "text"
    # Old export programs fill a text up with zeros.
    head = head.rstrip(b"\0")
    if b"\0" in head or not head:
        # UTF-16 without a mark: every other byte of its ASCII is zero, and few between (as in 一, U+4E00).
        few, many = sorted((head[1::2].count(0), head[::2].count(0)))
        return "text" if many >= 8 and many > few * 4 else "other"
    return _of_written(head.removeprefix(b"\xef\xbb\xbf").lstrip()) or "text"


def _of_written(head: bytes) -> Kind | None:
    """What a text is written for; None for text alone."""
    if head.startswith(b"[InternetShortcut"):
        return "link"
    if _MAIL.match(head) and _MAIL_TOO.search(head):
        return "web" if _SAVED_PAGE.search(head) else "mail"
    if head.startswith(b"<"):
        if _FLAT.search(head) and not re.match(rb"(?:<!doctype\s+)?<?html", head, re.I):
            return "flat"
        return "web" if _WEB.search(head) else None
    return None


def _of_ole(data: bytes) -> Kind:
    from eduxl.spreadsheet.package import BadPackage

    try:
        streams = ole.names(data)
    except BadPackage:
        # Cut off or damaged: the names may still stand somewhere.
        streams = {name for name, _ in _STREAMS if f"{name}\0".encode("utf-16-le") in data}
    return next((kind for name, kind in _STREAMS if name in streams), "other")


def _of_zip(data: bytes) -> Kind:
    from eduxl.spreadsheet.package import BadPackage, directory

    try:
        return kind_of_zip(directory(data), data)
    except BadPackage:
        return "other"


def kind_of_zip(members: Sequence[Member], data: bytes) -> Kind:
    """The kind of a zip container with these members. Raises BadPackage where it is damaged."""
    from eduxl.spreadsheet.package import inflate

    by_name = {member.name: member for member in members}
    return kind_of_parts(by_name, lambda: inflate(data, by_name["mimetype"], 200))


def kind_of_parts(names: Iterable[str], mimetype: Callable[[], bytes]) -> Kind:
    """The kind of a zip container by its members' names; `mimetype` gives the content of the one of that name."""
    listed = list(names)
    parts = {name.lower().replace("\\", "/") for name in listed}
    for part, kind in _PARTS.items():
        if part in parts:
            return kind
    if "[content_types].xml" in parts:
        if any(part.startswith("word/") for part in parts):
            return "word"
        if any(part.startswith("ppt/") for part in parts):
            return "slides"
    if "mimetype" not in listed:
        return "zip"
    named = mimetype()
    if b"opendocument.spreadsheet" in named:
        return "ods"
    if b"opendocument.text" in named:
        return "word"
    return "slides" if b"opendocument.presentation" in named else "zip"
