"""The parts of a mail, found within bounds.

The standard library's parser is not used: it goes one call deeper for each level, tests each line against each
boundary that is open, and gives parameters as text, where the bytes are needed of which the text has to be told.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from attrs import define, field

from eduxl.mail import headers, transfer

#: Levels, parts and header fields that are looked at: a forward of a forward of a signed mail with pictures has 15
#: levels, and a 学区 that forwards what 300 schools sent has a few thousand parts.
MOST_LEVELS, MOST_PARTS, MOST_FIELDS = 40, 10_000, 2_000
#: How often the bytes of a mail are looked through for boundaries: once for each level around them.
_MOST_TIMES, _MOST_MORE = 20, 1 << 20
#: Bytes of the header of one part that are looked at.
LONGEST_HEADER = 1 << 20
_END_OF_HEADER = re.compile(rb"\r?\n\r?\n")
_FIELD = re.compile(rb"([!-9;-~]{1,100})[ \t]*:")
#: A boundary as it would stand, where the header names none or another one.
_ANY_BOUNDARY = re.compile(rb"^--([^\r\n]{1,70})\r?\nContent-[A-Za-z-]{1,40}:", re.M | re.I)


@define
class Part:
    """A part of a mail, or a mail as a whole: `raw[start:end]` is its body, not decoded.

    `within` is the kind of what holds it ("multipart/mixed" …, "" at the top of a mail), `position` its place there.
    `mail` is the mail whose part it is: the outermost, or one that is forwarded in it; a mail is its own. `returned`
    is True for what a report (multipart/report) gives back of the mail that it is about.
    """

    raw: bytes = field(repr=False)
    start: int
    end: int
    fields: list[tuple[str, bytes]] = field(repr=False)
    kind: str
    parameters: dict[str, str]
    level: int
    within: str = ""
    position: int = 0
    returned: bool = False
    _mail: Part | None = field(default=None, repr=False)

    @property
    def mail(self) -> Part:
        return self._mail or self

    def get(self, name: str) -> bytes:
        """The first field of that name (lower case); b"" where there is none."""
        return next((value for key, value in self.fields if key == name), b"")

    def text(self, name: str) -> str:
        """The first field of that name as people read it."""
        return headers.text_of(self.get(name))

    @property
    def encoding(self) -> str:
        return self.text("content-transfer-encoding").lower().strip(" ;\"'")

    @property
    def body(self) -> bytes:
        """The body out of its transfer encoding."""
        return transfer.content(self.raw[self.start : self.end], self.encoding)

    @property
    def is_container(self) -> bool:
        """True where the parts inside are what counts."""
        return self.kind.startswith("multipart/") or self.kind in _MAILS


_MAILS = frozenset({"message/rfc822", "message/global"})


@define
class Budget:
    """Bytes that may still be looked through for boundaries, with those of mails that are attached as files."""

    left: int

    @classmethod
    def of(cls, raw: bytes) -> Budget:
        return cls(_MOST_TIMES * len(raw) + _MOST_MORE)

    def take(self, count: int) -> bool:
        """False where they are spent."""
        self.left -= count
        return self.left >= 0


@define
class Walk:
    """The parts of a mail in their order, containers before what they hold. `problems` says what was not looked at."""

    raw: bytes
    budget: Budget
    problems: set[str] = field(factory=set)

    def __iter__(self) -> Iterator[Part]:
        left = MOST_PARTS
        waiting = [_part(self.raw, 0, len(self.raw), "text/plain", 0)]
        while waiting:
            if not left:
                self.problems.add("parts")
                return
            left -= 1
            part = waiting.pop()
            yield part
            if not part.is_container:
                continue
            if part.level >= MOST_LEVELS or not self.budget.take(part.end - part.start):
                self.problems.add("levels")
            elif part.kind in _MAILS:
                waiting.append(_mail_in(part))
            else:
                waiting += reversed(self._parts_of(part))

    def _parts_of(self, part: Part) -> list[Part]:
        usual = "message/rfc822" if part.kind == "multipart/digest" else "text/plain"
        places = _places(part)
        if len(places) > MOST_PARTS:
            self.problems.add("parts")
        found = []
        for position, (start, end) in enumerate(places[:MOST_PARTS]):
            inner = _part(part.raw, start, end, usual, part.level + 1)
            inner.within, inner.position, inner._mail = part.kind, position, part.mail
            inner.returned = part.returned or (part.kind == "multipart/report" and position > 0)
            found.append(inner)
        return found


def _part(raw: bytes, start: int, end: int, usual: str, level: int) -> Part:
    fields, body = _fields(raw, start, end)
    value = next((value for key, value in fields if key == "content-type"), b"")
    kind, parameters = headers.parameters(value)
    if "/" not in kind:
        kind = usual
    return Part(raw, body, end, fields, kind.strip(" \"'"), parameters, level)


def _mail_in(part: Part) -> Part:
    raw, start, end = part.raw, part.start, part.end
    if part.encoding not in ("", "7bit", "8bit", "binary"):
        raw = part.body
        start, end = 0, len(raw)
    inner = _part(raw, start, end, "text/plain", part.level + 1)
    inner.returned = part.returned
    return inner


def _fields(raw: bytes, start: int, end: int) -> tuple[list[tuple[str, bytes]], int]:
    """The header fields, names in lower case and values unfolded, and where the body starts."""
    for blank in (b"\r\n", b"\n"):
        if raw.startswith(blank, start, end):
            return [], min(end, start + len(blank))
    found = _END_OF_HEADER.search(raw, start, end)
    stop, body = found.span() if found else (end, end)
    lines = raw[start : min(stop, start + LONGEST_HEADER)].split(b"\n")
    fields: list[tuple[str, list[bytes]]] = []
    for number, line in enumerate(lines):
        line = line.rstrip(b"\r")
        if line[:1] not in (b" ", b"\t") and (name := _FIELD.match(line)):
            if len(fields) == MOST_FIELDS:
                break
            fields.append((name[1].decode("ascii").lower(), [line[name.end() :].strip()]))
        elif fields:
            # Also without the blank that it should begin with.
            fields[-1][1].append(line)
        elif number == 0 and not line.startswith((b"From ", b">From ")):
            return [], start
    return [(name, b"".join(pieces)) for name, pieces in fields], body


def _places(part: Part) -> list[tuple[int, int]]:
    """Where the parts of a multipart lie, headers included."""
    boundary = part.get("content-type") and _boundary(part)
    places = _between(part, boundary) if boundary else []
    if not places and (guess := _ANY_BOUNDARY.search(part.raw, part.start, part.end)):
        places = _between(part, guess[1].rstrip())
    return places


def _boundary(part: Part) -> bytes:
    return part.parameters.get("boundary", part.parameters.get("boundary*", "")).encode()


def _between(part: Part, boundary: bytes) -> list[tuple[int, int]]:
    raw, end = part.raw, part.end
    mark = b"--" + boundary
    places: list[tuple[int, int]] = []
    begun = -1
    at = part.start
    while len(places) <= MOST_PARTS:
        found = raw.find(mark, at, end)
        if found < 0:
            break
        at = found + len(mark)
        if found > part.start and raw[found - 1 : found] != b"\n":
            continue
        line_end = raw.find(b"\n", at, end)
        line_end = end if line_end < 0 else line_end
        rest = raw[at : min(line_end, at + 80)].strip()
        if rest not in (b"", b"--"):
            continue
        if begun >= 0:
            places.append((begun, max(begun, _before_line(raw, found))))
        at = min(end, line_end + 1)
        # Parts behind the last boundary count: programs use one boundary for two levels.
        begun = -1 if rest else at
    if 0 <= begun < end and len(places) <= MOST_PARTS:
        places.append((begun, end))  # cut off before the last boundary
    return places


def _before_line(raw: bytes, at: int) -> int:
    """The line break before a boundary belongs to the boundary."""
    at -= 1
    return at - 1 if raw[at - 1 : at] == b"\r" else at
