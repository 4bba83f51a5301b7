"""The content of a part out of its transfer encoding, as well as it can be got. Nothing here raises."""

from __future__ import annotations

import base64
import binascii
import re

_LETTERS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_NO_LETTERS = bytes(set(range(256)) - set(_LETTERS))
_ONLY_BASE64 = re.compile(rb"[A-Za-z0-9+/=\s]*")
_UU = re.compile(rb"^begin(?:-base64)? [0-7]{3,4} ([^\r\n]{1,500})\r?$", re.M)
_UU_END = re.compile(rb"^end[ \t]*\r?$", re.M)
#: First bytes of files that nobody sends as text: zip, OLE, RAR, 7-Zip, PDF.
FILES = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"Rar!", b"7z\xbc\xaf", b"%PDF")

#: Pieces of base64 one behind the other in one part, and uuencoded files in one text, that are taken.
_MOST_PIECES, _MOST_FILES = 20_000, 1_000


def content(data: bytes, encoding: str) -> bytes:
    """The bytes that were encoded. An encoding that is not known counts as none."""
    if encoding == "base64":
        return from_base64(data)
    if encoding == "quoted-printable":
        return binascii.a2b_qp(data)
    if encoding in ("x-uuencode", "uuencode", "x-uue", "uue"):
        files = uuencoded(data)
        return files[0][1] if files else data
    return data


def content_of_file(data: bytes, encoding: str) -> bytes:
    """As `content`, for a part that is a file: base64 of which the part does not tell is seen by its first bytes."""
    found = content(data, encoding)
    if encoding not in ("base64", "quoted-printable") and _ONLY_BASE64.fullmatch(found[:512]):
        begun = from_base64(found[:512])
        if begun.startswith(FILES) and _ONLY_BASE64.fullmatch(found):
            return from_base64(found)
    return found


def from_base64(data: bytes) -> bytes:
    """Broken lines, strange characters and missing padding do not matter; what follows the padding counts where it
    is base64 too, as of programs that encode piece by piece, and not where a server added a notice.
    """
    end = data.find(b"=")
    if end < 0:
        return _run(data)
    pieces = [_run(data[:end])]
    rest = data[end:]
    if rest.count(b"=") <= _MOST_PIECES and _ONLY_BASE64.fullmatch(rest):
        pieces += [_run(piece) for piece in re.split(rb"[=\s]*=[=\s]*", rest) if piece]
    return b"".join(pieces)


def _run(data: bytes) -> bytes:
    letters = data.translate(None, _NO_LETTERS)
    if len(letters) % 4 == 1:
        letters = letters[:-1]
    return base64.b64decode(letters + b"=" * (-len(letters) % 4))


def uuencoded(text: bytes) -> list[tuple[bytes, bytes]]:
    """(name as written, content) of the files that stand uuencoded in a text, in their order."""
    files: list[tuple[bytes, bytes]] = []
    at = 0
    while len(files) < _MOST_FILES and (begin := _UU.search(text, at)):
        ended = _UU_END.search(text, begin.end())
        end = ended.start() if ended else len(text)
        body = text[begin.end() : end]
        if begin[0].startswith(b"begin-base64"):
            found = from_base64(body)
        else:
            found = b"".join(_uu_line(line) for line in body.split(b"\n") if len(line) > 1)
        # "begin 644 …" can stand in a sentence; without a line that decodes it was one.
        if found or not body.strip():
            files.append((begin[1].strip(), found))
        at = end
        if ended is None:
            break
    return files


def without_uuencoded(text: bytes) -> bytes:
    """The text up to the first file in it."""
    begin = _UU.search(text)
    return text[: begin.start()] if begin else text


def _uu_line(line: bytes) -> bytes:
    line = line.rstrip(b"\r")
    if not line or not 32 < line[0] <= 96 or line[0] == 96:
        return b""
    count = (line[0] - 32) & 63
    # Mail servers strip blanks off the ends of lines, and old programs add a checksum.
    letters = line[1 : 1 + (count + 2) // 3 * 4].ljust((count + 2) // 3 * 4)
    try:
        return binascii.a2b_uu(line[:1] + letters)
    except binascii.Error:
        return b""
