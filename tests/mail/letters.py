"""Mails as programs really write them, as raw bytes, each with what must come out of it.

`samples(book)` builds them around the workbooks that `book` gives: `book("blank")` is our template as it went out,
`book("S001")` … what a school filled in. `samples()` has small stand-ins for them.
"""

from __future__ import annotations

import base64
import quopri
import zipfile
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from io import BytesIO

from attrs import frozen

Book = Callable[[str], bytes]
EOL = "\r\n"
OURS = "minle_jyj@163.com"
SCHOOL = "yizhong@qq.com"
SUBJECT = "关于报送2022年教育工作要点落实情况的回复"
NAME = "S001 民乐县第一中学 填报表.xlsx"
OTHER = "S002 洪水镇初级中学 填报表.xlsx"
BLANK = "S001 民乐县第一中学 填报表（空白）.xlsx"
DATE = "Mon, 20 Jun 2022 10:10:10 +0800"
CHINA = timezone(timedelta(hours=8))
SENT = datetime(2022, 6, 20, 10, 10, 10, tzinfo=CHINA)
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


@frozen
class Held:
    """A file that must come out."""

    name: str
    data: bytes
    inline: bool = False


@frozen
class Sample:
    """A mail and what it says. `failed` and `delayed` are the addresses of a 退信; `links` are names of services; `date`
    has its zone, and is None where the mail has none that can be read.
    """

    title: str
    raw: bytes
    files: tuple[Held, ...] = ()
    subject: str = SUBJECT
    sender: str = SCHOOL
    is_bounce: bool = False
    failed: tuple[str, ...] = ()
    delayed: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    auto_reply: bool = False
    says: str = ""
    date: datetime | None = SENT


def small(key: str) -> bytes:
    """A zip with a workbook's parts, enough to be taken for an .xlsx, with zeros at its end as every zip has."""
    file = BytesIO()
    with zipfile.ZipFile(file, "w") as package:
        for name in ("[Content_Types].xml", "xl/workbook.xml", "xl/worksheets/sheet1.xml"):
            package.writestr(zipfile.ZipInfo(name), f"<{key}/>" * 20)
    return file.getvalue()


def gbk_zip(files: dict[str, bytes]) -> bytes:
    """A zip as Windows in Chinese packs it: names in GBK, and no flag that says so."""
    packed = BytesIO()
    places = {f"{number:03}".ljust(len(name.encode("gbk")), "x"): name for number, name in enumerate(files)}
    with zipfile.ZipFile(packed, "w") as archive:
        for place, name in places.items():
            archive.writestr(zipfile.ZipInfo(place), files[name])
    whole = packed.getvalue()
    for place, name in places.items():
        whole = whole.replace(place.encode(), name.encode("gbk"))
    return whole


def samples(book: Book = small) -> list[Sample]:
    """All of them."""
    from . import by_names, by_people, by_programs, notices  # which are built of what stands here

    return [
        sample
        for group in (
            by_programs.outlook, by_programs.winmail, by_programs.web, by_programs.phones, by_names.names, by_names.types,
            by_people.forwards, by_people.texts, by_people.clouds, by_people.headers, by_people.broken,
            notices.notices, notices.answers,
        )
        for sample in group(book)
    ]  # fmt: skip


# --- how mails are put together -------------------------------------------------------------------
Text = str | bytes


def lines(*pieces: Text) -> bytes:
    """Lines with CRLF; text in UTF-8, as in `bytes` what is not."""
    return b"\r\n".join(piece if isinstance(piece, bytes) else piece.encode() for piece in pieces)


def mail(fields: list[Text], body: bytes) -> bytes:
    """A mail, or a part of one."""
    return lines(*fields, "", body)


def many(boundary: str, *parts: bytes, ended: bool = True) -> bytes:
    """The body of a multipart."""
    body = b"".join(f"--{boundary}\r\n".encode() + part + b"\r\n" for part in parts)
    return body + (f"--{boundary}--\r\n".encode() if ended else b"")


def b64(data: bytes, width: int = 76) -> bytes:
    """Base64 in lines."""
    encoded = base64.b64encode(data)
    return b"\r\n".join(encoded[at : at + width] for at in range(0, len(encoded), width))


def word(text: str, charset: str = "utf-8", how: str = "B") -> str:
    """One encoded word."""
    data = text.encode(charset)
    if how == "B":
        return f"=?{charset}?B?{base64.b64encode(data).decode()}?="
    return f"=?{charset}?Q?{''.join(f'={byte:02X}' for byte in data)}?="


def cut(text: str, charset: str, size: int) -> str:
    """Encoded words of `size` bytes each, which cut characters where it comes."""
    data = text.encode(charset)
    pieces = [data[at : at + size] for at in range(0, len(data), size)]
    return "\r\n ".join(f"=?{charset}?B?{base64.b64encode(piece).decode()}?=" for piece in pieces)


def percent(text: str, charset: str = "utf-8") -> str:
    """As RFC 2231 and browsers write it."""
    return "".join(f"%{byte:02X}" for byte in text.encode(charset))


def top(*more: Text, subject: Text = "", sender: Text = "", date: str = DATE, ident: str = "1") -> list[Text]:
    """The fields at the top of a mail from a school."""
    if isinstance(subject, str):
        subject = subject or word(SUBJECT)
        subject = subject.encode()
    sender = sender or f"{word('民乐一中')} <{SCHOOL}>"
    sender = sender if isinstance(sender, bytes) else sender.encode()
    return [
        b"Received: from smtpbg.qq.com (unknown [203.205.1.1]) by mx10 (Coremail) with SMTP id QMCowAB3;",
        b"\tMon, 20 Jun 2022 10:10:12 +0800 (CST)",
        b"From: " + sender,
        f"To: {word('县教育局')} <{OURS}>",
        b"Subject: " + subject,
        f"Date: {date}",
        f"Message-ID: <{ident}.letters@qq.com>",
        "MIME-Version: 1.0",
        *more,
    ]


SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def attached(data: bytes, name: str, kind: str = SHEET) -> bytes:
    """An attachment whose name stands in the ordinary way in both fields."""
    return mail(
        [
            f'Content-Type: {kind};\r\n\tname="{word(name)}"',
            "Content-Transfer-Encoding: base64",
            f'Content-Disposition: attachment;\r\n\tfilename="{word(name)}"',
        ],
        b64(data),
    )


def note(text: str = "附件是我校的填报表，请查收。", charset: str = "utf-8") -> bytes:
    """A text part."""
    return mail(
        [f'Content-Type: text/plain; charset="{charset}"', "Content-Transfer-Encoding: base64"],
        b64(text.encode(charset)),
    )


def page(text: str, charset: str = "utf-8") -> bytes:
    """A web page as a part."""
    body = f"<html><head><style>p{{color:red}}</style></head><body><p>{text}</p></body></html>"
    return mail(
        [f'Content-Type: text/html; charset="{charset}"', "Content-Transfer-Encoding: quoted-printable"],
        quopri.encodestring(body.encode(charset)).replace(b"\n", b"\r\n"),
    )


def with_part(part: bytes, *more: bytes, **fields: str) -> bytes:
    """A mail with a text and these parts."""
    boundary = "----=_Part_7_1655691010"
    kind = f'Content-Type: multipart/mixed; boundary="{boundary}"'
    return mail(top(kind, **fields), many(boundary, note(), part, *more))
