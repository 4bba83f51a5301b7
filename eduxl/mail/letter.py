"""One message to one unit, and its bytes as they go to the server. Pure, but for reading the attachments.

A Chinese file name is written twice, for no one way is understood by all: Outlook, Foxmail and the web mail of 163 and
QQ read either the encoded `name` of Content-Type (RFC 2047) or the `filename*` of Content-Disposition (RFC 2231).
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from base64 import b64encode, encodebytes
from collections.abc import Callable, Iterator
from datetime import datetime
from email.utils import format_datetime
from pathlib import Path
from typing import Literal
from urllib.parse import quote

from attrs import frozen

from eduxl import files
from eduxl.errors import MailError

Kind = Literal["模板", "未报", "退回", "回执"]

#: An address as it may stand in a header: ASCII, and nothing that could end the header or start another recipient.
ADDRESS = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@(?:(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)*[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?)"
)
_LONGEST_ADDRESS = 254
_MESSAGE_ID = re.compile(r"<[A-Za-z0-9._-]+@[A-Za-z0-9.-]+>")
#: So many bytes of text go into an encoded word, so that `Subject: `, `name="` and it fit in a line of 78.
_WORD = 42
#: So many characters go into one piece of `filename*`, for the same reason.
_PIECE = 54
_PLAIN = re.compile(r"[A-Za-z0-9 ,.:_()/-]*")
_PLAIN_NAME = re.compile(r"[A-Za-z0-9_-](?:[A-Za-z0-9 ._()-]*[A-Za-z0-9_)-])?")
_SHORT = 50

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_TYPES = {".xlsx": _XLSX, ".xls": "application/vnd.ms-excel", ".zip": "application/zip"}


@frozen
class Attachment:
    """A file that goes along. `data` is read when the message is built, so that only one is held at a time."""

    name: str
    data: Callable[[], bytes] | Path

    def read(self) -> bytes:
        """The content. Raises `FileProblem` where the file is gone, and what `data` raises."""
        if isinstance(self.data, Path):
            with files.explained(f"读附件“{self.name}”"):
                return self.data.read_bytes()
        return self.data()


@frozen
class Letter:
    """A message that is to go out. `unit` is the code, `label` "code name"; `key` names what it is for.

    `count` is which message of its kind in the round it is for the unit, from 1; `sha256` that of what it carries;
    `version` that of the template in it, "" for none.
    """

    unit: str
    label: str
    to: str
    kind: Kind
    subject: str
    body: str
    attachments: tuple[Attachment, ...]
    message_id: str
    key: str
    round: str = ""
    count: int = 1
    sha256: str = ""
    version: str = ""


def key_of(round_id: str, unit: str, kind: Kind) -> str:
    """What a letter is for: of one key no second letter goes out by itself."""
    return f"{round_id}/{unit}/{kind}"


def message_id(
    tracker: str, round_id: str, unit: str, kind: Kind, count: int, sha256: str, domain: str
) -> str:
    """The Message-ID of a letter, the same in every run: `<hex@domain>`."""
    told = "\0".join((tracker, round_id, unit, kind, str(count), sha256))
    host = re.sub(r"[^A-Za-z0-9.-]", "", domain).strip(".-") or "localhost"
    return f"<{hashlib.sha256(told.encode('utf-8', 'replace')).hexdigest()[:40]}@{host}>"


def domain_of(address: str) -> str:
    """What stands behind the @."""
    return address.rpartition("@")[2]


# --- bytes ----------------------------------------------------------------------------------------
def as_bytes(letter: Letter, address: str, name: str, date: datetime) -> bytes:
    """The message in MIME with CRLF, from `address`, whose owner goes by `name`; a `date` without zone is local time.

    Nothing in a name or a text can end a header. Raises `MailError` (`bad-address`), and what the attachments raise.
    """
    if not _MESSAGE_ID.fullmatch(letter.message_id):
        raise ValueError(f"not a message id: {letter.message_id!r}")
    boundary = "=_" + hashlib.sha256(letter.message_id.encode()).hexdigest()[:32]
    head = [
        f"Date: {format_datetime(date.astimezone())}",
        f"From: {_from(name, _checked(address))}",
        f"To: {_checked(letter.to)}",
        f"Subject: {_text(letter.subject)}",
        f"Message-ID: {letter.message_id}",
        "MIME-Version: 1.0",
        f'Content-Type: multipart/mixed;\r\n boundary="{boundary}"',
        "",
        "",
    ]
    body = "\r\n".join(letter.body.splitlines()) + "\r\n"
    parts = [_part(['Content-Type: text/plain; charset="utf-8"'], body.encode("utf-8", "replace"))]
    parts += [_part(_headers(each.name), each.read()) for each in letter.attachments]
    mark = f"--{boundary}".encode()
    return b"".join(
        ["\r\n".join(head).encode("ascii"), *(mark + b"\r\n" + part for part in parts), mark, b"--\r\n"]
    )


def _part(head: list[str], content: bytes) -> bytes:
    lines = "\r\n".join([*head, "Content-Transfer-Encoding: base64", "", ""])
    return lines.encode("ascii") + encodebytes(content).replace(b"\n", b"\r\n")


def _checked(address: str) -> str:
    if len(address) > _LONGEST_ADDRESS or not ADDRESS.fullmatch(address):
        raise MailError(f"“{_clean(address)}”不是一个邮箱地址，请改正后再试。", code="bad-address")
    return address


def _from(name: str, address: str) -> str:
    name = _clean(name)
    return f"{_text(name)}\r\n <{address}>" if name else address


def _headers(name: str) -> list[str]:
    """Content-Type and Content-Disposition of an attachment."""
    name = _clean(name) or "attachment"
    kind = _TYPES.get(Path(name).suffix.lower(), "application/octet-stream")
    if len(name) <= _SHORT and _PLAIN_NAME.fullmatch(name):
        return [
            f'Content-Type: {kind};\r\n name="{name}"',
            f'Content-Disposition: attachment;\r\n filename="{name}"',
        ]
    return [
        f'Content-Type: {kind};\r\n name="{_encoded(name)}"',
        f"Content-Disposition: attachment;\r\n {_extended(name)}",
    ]


def _text(value: str) -> str:
    """A header's text, in encoded words where it is not plain ASCII that fits a line."""
    value = _clean(value)
    return value if len(value) <= _SHORT and _PLAIN.fullmatch(value) else _encoded(value)


def _encoded(text: str) -> str:
    """Encoded words (RFC 2047), one a line; no character is split between two."""
    pieces = _pieces(((char, len(char.encode())) for char in text), _WORD)
    return "\r\n ".join(f"=?UTF-8?B?{b64encode(piece.encode()).decode()}?=" for piece in pieces)


def _extended(name: str) -> str:
    """`filename*` (RFC 2231), in numbered pieces where it is long; no character is split between two."""
    quoted = (quote(char, safe="") for char in name)
    pieces = list(_pieces(((each, len(each)) for each in quoted), _PIECE))
    if len(pieces) == 1:
        return f"filename*=UTF-8''{pieces[0]}"
    first, *rest = pieces
    return ";\r\n ".join(
        [f"filename*0*=UTF-8''{first}", *(f"filename*{n}*={piece}" for n, piece in enumerate(rest, 1))]
    )


def _pieces(units: Iterator[tuple[str, int]], room: int) -> Iterator[str]:
    """Units with their sizes, joined to pieces of at most `room`."""
    piece, size = "", 0
    for unit, more in units:
        if size + more > room:
            yield piece
            piece, size = "", 0
        piece, size = piece + unit, size + more
    yield piece


def _clean(text: str) -> str:
    """Without what is no character (halves of pairs) and with one blank for each run of white space and controls."""
    text = text.encode("utf-8", "replace").decode()
    shown = "".join(" " if unicodedata.category(char) in ("Cc", "Zl", "Zp") else char for char in text)
    return " ".join(shown.split())
