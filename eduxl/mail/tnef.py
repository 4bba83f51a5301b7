"""Files in a `winmail.dat` (TNEF), as Outlook writes it: [MS-OXTNEF], whose sections are named below.

The package tnefparse is not used: it stops at a title in GBK (UnicodeDecodeError), takes zeros off the end of a file
that stands in a property (a zip ends with zeros), goes one call deeper for each mail inside, needs time that grows
with the square of the attributes, and more than a minute for 88 bytes that claim millions of values.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from attrs import define, frozen

from eduxl.mail.charsets import decoded

_SIGNATURE = b"\x78\x9f\x3e\x22"
#: Attributes by the lower half of their identifiers (2.1.3).
_DATA, _TITLE, _TRANSPORT_NAME, _BEGIN, _PROPERTIES, _CODE_PAGE = (
    0x800F,
    0x8010,
    0x9001,
    0x9002,
    0x9005,
    0x9007,
)
#: Properties of an attachment ([MS-OXCMSG] 2.2.2).
_P_DATA, _P_SHORT_NAME, _P_LONG_NAME, _P_DISPLAY_NAME, _P_CONTENT_ID = 0x3701, 0x3704, 0x3707, 0x3001, 0x3712
_OBJECT, _STRING, _UNICODE, _BINARY = 0x0D, 0x1E, 0x1F, 0x102
#: Bytes of one value of the types that have a fixed size, padding included (2.1.3.4).
_SIZES = {2: 4, 3: 4, 4: 4, 5: 8, 6: 8, 7: 8, 0x0A: 4, 0x0B: 4, 0x14: 8, 0x40: 8, 0x48: 16}
#: Where an attached mail begins in a property of the type object: IID_IMessage.
_MAIL = bytes.fromhex("0703020000000000c000000000000046")
#: Mails within mails, attributes of one stream and properties of one attachment that are looked at.
_MOST_LEVELS, _MOST_ATTRIBUTES, _MOST_PROPERTIES = 10, 50_000, 500


@frozen
class File:
    """A file as the mail has it: `name` as it stands there, "" where it has none; `content_id` of a picture that
    the text shows, else "".
    """

    name: str
    data: bytes
    content_id: str


def is_tnef(data: bytes) -> bool:
    """True for the first bytes of a winmail.dat."""
    return data.startswith(_SIGNATURE)


def files(data: bytes) -> list[File]:
    """The files, also those of attached mails, in their order; as many as can be read of a damaged one."""
    found: list[File] = []
    waiting = [(data, 0)]
    while waiting:
        stream, level = waiting.pop()
        inner: list[tuple[bytes, int]] = []
        for attachment in _attachments(stream):
            if attachment.is_mail:
                if level < _MOST_LEVELS:
                    inner.append((attachment.data, level + 1))
            elif attachment.data is not None:
                found.append(File(attachment.name, attachment.data, attachment.content_id))
        waiting += reversed(inner)
    return found


@define
class _Attachment:
    _names: dict[int, str]
    content: bytes | None = None
    content_id: str = ""
    is_mail: bool = False

    @property
    def name(self) -> str:
        # "Values of encapsulated properties SHOULD be used instead of any conflicting mapped attribute values" (2.1.3)
        order = (_P_LONG_NAME, _P_SHORT_NAME, _TITLE, _TRANSPORT_NAME, _P_DISPLAY_NAME)
        return next((self._names[key] for key in order if self._names.get(key)), "")

    @property
    def data(self) -> bytes:
        return self.content or b""


def _attachments(stream: bytes) -> Iterator[_Attachment]:
    """Each begins with attAttachRendData (2.1.3.3.15)."""
    code_page = ""
    one: _Attachment | None = None
    for level, name, at, size in _attributes(stream):
        if name == _CODE_PAGE and size >= 4:
            code_page = str(struct.unpack_from("<L", stream, at)[0])
        if level != 2:
            continue
        if name == _BEGIN or one is None:
            if one:
                yield one
            one = _Attachment({})
        if name == _DATA and one.content is None:
            one.content = stream[at : at + size]
        elif name in (_TITLE, _TRANSPORT_NAME):
            one._names[name] = _text(stream[at : at + size], code_page)
        elif name == _PROPERTIES:
            _take_properties(one, stream, at, at + size, code_page)
    if one:
        yield one


def _attributes(stream: bytes) -> Iterator[tuple[int, int, int, int]]:
    """(level, name, place, size) of each attribute: level, identifier, length, data, checksum (2.1.3)."""
    at = 6
    for _ in range(_MOST_ATTRIBUTES):
        if not is_tnef(stream) or at + 9 > len(stream):
            return
        level, name, _, size = struct.unpack_from("<BHHL", stream, at)
        at += 9
        yield level, name, at, min(size, len(stream) - at)
        at += size + 2


def _take_properties(one: _Attachment, stream: bytes, at: int, end: int, code_page: str) -> None:
    """attAttachment (2.1.3.3.23)."""
    for key, kind, start, stop in _properties(stream, at, end):
        if key == _P_DATA and kind == _BINARY:
            one.content = stream[start:stop]
        elif key == _P_DATA and kind == _OBJECT:
            one.is_mail = stream.startswith(_MAIL, start, stop)
            one.content = stream[start + 16 : stop]
        elif kind in (_STRING, _UNICODE):
            value = stream[start : min(stop, start + 4096)]
            text = _text(value, "utf-16-le" if kind == _UNICODE else code_page)
            if key == _P_CONTENT_ID:
                one.content_id = text
            elif key in (_P_LONG_NAME, _P_SHORT_NAME, _P_DISPLAY_NAME):
                one._names[key] = text


def _properties(stream: bytes, at: int, end: int) -> Iterator[tuple[int, int, int, int]]:
    """(identifier, type, start, end) of the first value of each property, up to where they make no sense (2.1.3.4)."""
    at += 4
    for _ in range(_MOST_PROPERTIES):
        if at + 8 > end:
            return
        kind, key = struct.unpack_from("<HH", stream, at)
        at += 4
        if key >= 0x8000:  # a named one: namespace, then a number or a name
            if at + 24 > end:
                return
            named, length = struct.unpack_from("<LL", stream, at + 16)
            at += 24 + (_padded(length) if named else 0)
        many, kind = bool(kind & 0x1000), kind & ~0x1000
        count = 1
        if at + 8 > end:
            return
        if many or kind in (_OBJECT, _STRING, _UNICODE, _BINARY):
            (count,) = struct.unpack_from("<L", stream, at)
            at += 4
        if kind in _SIZES:
            size = 2 if many and kind in (2, 0x0B) else _SIZES[kind]
            at += _padded(size * count)
        elif kind in (_OBJECT, _STRING, _UNICODE, _BINARY):
            for number in range(min(count, _MOST_PROPERTIES)):
                if at + 4 > end:
                    return
                (size,) = struct.unpack_from("<L", stream, at)
                at += 4
                if number == 0 and not many:
                    yield key, kind, at, min(at + size, end)
                at += _padded(size)
        else:
            return


def _padded(size: int) -> int:
    return size + -size % 4


def _text(value: bytes, code_page: str) -> str:
    text = (
        value.decode("utf-16-le", "replace")
        if code_page == "utf-16-le"
        else decoded(value.split(b"\0")[0], code_page)
    )
    return text.split("\0")[0]
