"""The text of header fields: encoded words (RFC 2047), parameters (RFC 2045 and 2231), addresses, raw bytes.

Nothing here raises: whatever stands in a field comes out as text.
"""

from __future__ import annotations

import base64
import binascii
import re
import unicodedata
from urllib.parse import unquote_to_bytes

from eduxl.mail.charsets import decoded

#: What is looked at of one field, in bytes: a list of a thousand recipients fits in.
LONGEST_FIELD = 1 << 16
_WORD = re.compile(rb"=\?([^?\s]{1,60})\?([bBqQ])\?([^?]*)\?=")
_NEITHER_BASE64 = bytes(
    set(range(256)) - set(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
)
#: Characters that show nothing, or turn the order of what stands behind them.
_UNSEEN = re.compile("[\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]")
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
#: Programs encode what is encoded already when they forward; deeper than this nobody does.
_MOST_TIMES = 3


def clean(text: str) -> str:
    """One line without control characters, invisible ones and marks of direction; NFC."""
    line = _UNSEEN.sub("", _CONTROL.sub(" ", text))
    return unicodedata.normalize("NFC", " ".join(line.split()))


def text_of(value: bytes) -> str:
    """A field as people read it."""
    return clean(words(value[:LONGEST_FIELD]))


def words(value: bytes) -> str:
    """Encoded words decoded, neighbours as one run of bytes, since programs cut characters in two."""
    text = _once(value)
    for _ in range(_MOST_TIMES - 1):
        if not (text.isascii() and _WORD.search(text.encode())):
            break
        text = _once(text.encode())
    return text


def _once(value: bytes) -> str:
    pieces: list[str] = []
    run: list[bytes] = []
    label, unfinished, at = "", b"", 0
    for word in _WORD.finditer(value):
        between = value[at : word.start()]
        charset = word[1].split(b"*")[0].decode("ascii", "replace").lower()
        if run and (between.strip() or charset != label):
            pieces.append(decoded(b"".join(run), label))
            run, unfinished = [], b""
        if between.strip() or not at:
            pieces.append(decoded(between))
        label, at = charset, word.end()
        if word[2] in b"bB":
            # The base64 of one text may be cut anywhere too.
            encoded = unfinished + word[3].translate(None, _NEITHER_BASE64)
            if unfinished:
                run.pop()
            run.append(_base64(encoded))
            unfinished = encoded if len(encoded) % 4 and b"=" not in word[3] else b""
        else:
            run.append(binascii.a2b_qp(word[3].strip(b"\r\n"), header=True))
            unfinished = b""
    if run:
        pieces.append(decoded(b"".join(run), label))
    rest = value[at:]
    return "".join(pieces) + (decoded(rest) if rest else "")


def _base64(letters: bytes) -> bytes:
    if len(letters) % 4 == 1:
        letters = letters[:-1]
    return base64.b64decode(letters + b"=" * (-len(letters) % 4))


# --- parameters -----------------------------------------------------------------------------------
_BETWEEN = re.compile(rb"[\s;]*")
_NAME = re.compile(rb"([^\s;=\"]{1,80}?)\s*=\s*")
_CLOSING = re.compile(rb'"\s*(?:;|$|(?=[\w*-]+=))')
_SECTION = re.compile(r"(.+?)\*(?:(\d{1,4})(\*)?)?")


def parameters(value: bytes) -> tuple[str, dict[str, str]]:
    """What stands before the first semicolon, in lower case, and the parameters by their names in lower case.

    A parameter that is written plainly and by RFC 2231 is found under "filename" and "filename*".
    """
    value = value[:LONGEST_FIELD].replace(b"\r", b"").replace(b"\n", b"")
    first, _, rest = value.partition(b";")
    main = first.strip().decode("ascii", "replace").lower()
    if b"=" in main.encode() and b"/" not in first:  # a field that begins with its parameters
        main, rest = "", value
    plain: dict[str, bytes] = {}
    sections: dict[str, dict[int, tuple[bytes, bool]]] = {}
    for name, content in _pairs(rest):
        section = _SECTION.fullmatch(name)
        if section is None:
            plain.setdefault(name, content)
        else:
            number = int(section[2] or 0)
            encoded = section[2] is None or bool(section[3])
            sections.setdefault(section[1], {}).setdefault(number, (content, encoded))
    found = {name: clean(_plainly(content)) for name, content in plain.items()}
    for name, numbered in sections.items():
        found[f"{name}*"] = clean(_joined(numbered))
    return main, found


def _pairs(rest: bytes) -> list[tuple[str, bytes]]:
    pairs: list[tuple[str, bytes]] = []
    at = 0
    while at < len(rest):
        between = _BETWEEN.match(rest, at)
        assert between  # it may be empty
        at = between.end()
        named = _NAME.match(rest, at)
        if named is None:
            at = rest.find(b";", at) + 1
            if not at:
                break
            continue
        name = named[1].decode("ascii", "replace").lower()
        at = named.end()
        # A quotation mark inside of a name is seldom escaped: the one before a semicolon or the end closes.
        closing = _CLOSING.search(rest, at + 1) if rest[at : at + 1] == b'"' else None
        while closing and _is_escaped(rest, closing.start()):
            closing = _CLOSING.search(rest, closing.start() + 1)
        if closing:
            pairs.append((name, _unescaped(rest[at + 1 : closing.start()])))
            at = closing.end()
        else:
            end = rest.find(b";", at)
            end = len(rest) if end < 0 else end
            pairs.append((name, rest[at:end].strip().strip(b'"')))
            at = end + 1
    return pairs


def _is_escaped(rest: bytes, at: int) -> bool:
    """True for a mark behind a backslash, unless that is half of a character of GBK."""
    return rest[at - 1 : at] == b"\\" and not rest[at - 2 : at - 1] >= b"\x81"


def _unescaped(content: bytes) -> bytes:
    if b"\\" not in content:
        return content
    if content.isascii():
        return re.sub(rb'\\(["\\])', rb"\1", content)
    # In GBK the second byte of a character may be a backslash.
    return re.sub(rb'([\x81-\xfe][\x40-\xfe])|\\(["\\])', rb"\1\2", content)


def _plainly(content: bytes) -> str:
    text = words(content)
    if "%" in text and text.isascii():
        # As a browser writes it, which some programs hand on. A percent sign that is meant gives no UTF-8.
        try:
            whole = unquote_to_bytes(text).decode("utf-8")
        except UnicodeDecodeError:
            return text
        return text if whole.isascii() else whole
    return text


def _joined(numbered: dict[int, tuple[bytes, bool]]) -> str:
    """The pieces of RFC 2231 in the order of their numbers: bytes first, so that characters may be cut."""
    label = ""
    run: list[bytes] = []
    for position, number in enumerate(sorted(numbered)):
        content, encoded = numbered[number]
        if encoded:
            if position == 0 and content.count(b"'") >= 2:
                charset, _, content = content.split(b"'", 2)
                label = charset.decode("ascii", "replace")
            content = unquote_to_bytes(content)
        run.append(content)
    whole = b"".join(run)
    return words(whole) if _WORD.search(whole) else decoded(whole, label)


# --- addresses ------------------------------------------------------------------------------------
#: An address in running text or in a field; ASCII, since no provider that is meant here has others.
ADDRESS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,8}")


def address_of(value: bytes) -> tuple[str, str]:
    """(address in lower case, name) of the first mailbox in a field; "" for what is missing."""
    text = text_of(value)
    bracketed = re.search(r"<([^<>]{0,320})>", text)
    found = ADDRESS.search(bracketed[1]) if bracketed else None
    found = found or ADDRESS.search(text)
    if found is None:
        return "", text.strip(" \"'<>")[:200]
    name = text[: bracketed.start()] if bracketed else text[found.end() :].strip().strip("()")
    name = name.strip().strip("\"'").replace('\\"', '"').strip()
    return found[0].strip(".").lower(), name[:200]


def addresses_in(text: str) -> list[str]:
    """All addresses that stand in a text, in lower case, each once, in their order."""
    return list(dict.fromkeys(match[0].strip(".'").lower() for match in ADDRESS.finditer(text)))
