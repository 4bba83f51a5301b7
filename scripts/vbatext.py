"""VBA source with Chinese literals as VBA source in ASCII: the editor of Office knows one code page, not Unicode.

"没有" becomes ChrW$(27809) & ChrW$(26377). Where VBA allows no expression, or the character stands outside a
literal, the source is refused with file and line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

#: Limits of the VBA editor: characters of a line, lines of a statement (24 continuations).
MAX_LINE, MAX_LINES = 1023, 25
#: A rewritten line is broken at the first of these widths with which the statement keeps to `MAX_LINES`.
_WIDTHS = (110, 220, 440, MAX_LINE)
_INDENT = " " * 8
_TOKEN = re.compile(
    r"""(?P<literal>"(?:[^"]|"")*")|(?P<comment>'.*|\bRem\b.*)|(?P<code>(?:(?!\bRem\b)[^"'])+)|.""", re.I
)
_NEEDS_CONSTANT = re.compile(r"\bConst\b|\bOptional\b|\bDeclare\b|^\s*(?:Attribute\b|#)", re.IGNORECASE)


class SourceError(ValueError):
    """A source that cannot become a module; the message begins with file and line."""


def ascii_source(text: str, name: str) -> str:
    """The same program in ASCII, lines ended by LF. Raises SourceError; `name` is the file in its message."""
    out: list[str] = []
    for number, lines in _statements(text.splitlines()):
        try:
            rewritten = _rewritten(lines)
        except ValueError as error:
            raise SourceError(f"{name}:{number}: {error}") from None
        out += rewritten
    return "".join(f"{line}\n" for line in out)


def _statements(lines: list[str]) -> Iterator[tuple[int, list[str]]]:
    """The lines of each statement and the number of its first."""
    start = 0
    for i, line in enumerate(lines):
        if not line.endswith(" _") or i == len(lines) - 1:
            yield start + 1, lines[start : i + 1]
            start = i + 1


def _rewritten(lines: list[str]) -> list[str]:
    pieces = [_pieces(line) for line in lines]
    if not all(line.isascii() for line in lines) and any(
        _NEEDS_CONSTANT.search(_code(line)) for line in lines
    ):
        raise ValueError("only ASCII where VBA wants a constant: an expression cannot stand there")
    for width in _WIDTHS:
        out = [broken for line in pieces for broken in _broken(line, width)]
        if len(out) <= MAX_LINES:
            break
    else:
        raise ValueError(f"more than {MAX_LINES} lines in one statement: make the text from several")
    if any(len(line) > MAX_LINE for line in out):
        raise ValueError(f"more than {MAX_LINE} characters in a line")
    return out


def _pieces(line: str) -> list[str]:
    """A line in the pieces between which it may be broken; every piece but the last ends in "& "."""
    pieces = [""]
    for token in _TOKEN.finditer(line):
        text = token[0]
        if text.isascii():
            pieces[-1] += text
        elif token["literal"]:
            first, *others = _terms(text[1:-1].replace('""', '"'))
            # What binds tighter than `&` needs the whole text. Not always: `Say (a) & b` is a riddle to some Basics.
            around = line[: token.start()].rstrip()[-1:] + line[token.end() :].lstrip()[:1]
            opening, closing = "()" if set(around) & set("+-*/\\^") else ("", "")
            pieces[-1] += opening + first
            for term in others:
                pieces[-1] += " & "
                pieces.append(term)
            pieces[-1] += closing
        else:
            (bad, *_) = (c for c in text if not c.isascii())
            where = "a comment" if token["comment"] else "code"
            raise ValueError(f"{bad!r} in {where}: only text in quotes may be other than ASCII")
    return pieces


def _terms(text: str) -> list[str]:
    """What gives `text` when joined by `&`; a character beyond 16 bits is two of VBA's."""
    terms = []
    for run in re.findall(r"[\x20-\x7e]+|[^\x20-\x7e]", text):
        if run.isprintable() and run.isascii():
            terms.append('"' + run.replace('"', '""') + '"')
        else:
            units = run.encode("utf-16-le")
            terms += [
                f"ChrW$({int.from_bytes(units[at : at + 2], 'little')})" for at in range(0, len(units), 2)
            ]
    return terms


def _broken(pieces: list[str], width: int) -> Iterator[str]:
    line = pieces[0]
    for piece in pieces[1:]:
        if len(line) + len(piece) > width - 2:
            yield f"{line}_"
            line = _INDENT
        line += piece
    yield line


def _code(line: str) -> str:
    """A line without what stands in its literals and comments."""
    return "".join(token["code"] or '"' for token in _TOKEN.finditer(line) if not token["comment"])
