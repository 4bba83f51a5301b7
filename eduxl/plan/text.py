"""Adapter for plain text: UTF-8 with or without BOM, GB18030, UTF-16.

A line is a paragraph, unless the whole file is broken at one width; then full lines are joined with the next. Lines
with the same tabs in them, as a sheet is saved as text, are the rows of a table.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby, pairwise

from attrs import frozen

from eduxl.errors import PlanError
from eduxl.plan import contents, wrapping
from eduxl.plan.blocks import Block, Cell, TableRow, line_blocks
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


# --- lines of one width -----------------------------------------------------------------------------
_BLANK = " \t\u3000\u00a0\ufeff\u200b"
#: A shorter width is that of a list of names, a longer line that of no export; more lines than any plan has.
_NARROWEST, _WIDEST, _MOST_LINES = 20, 80, 15_000
#: Lines that have to go on in the next one before a file counts as broken at one width: so many, and one in so many.
_BROKEN, _ONE_IN = 2, 30
#: Characters by which punctuation may hang over; a line that is longer was not broken.
_OVER = 2
#: Characters of a paragraph, beyond which nothing more is joined.
_LONGEST = 5_000
#: A line without punctuation and no longer than this may be the signature.
_SIGNER = 20
_PUNCTUATION = re.compile("[，。、；：）]")

#: A line or paragraph with the number of its (first) line.
_Placed = tuple[int, str]


def _columns(line: str) -> int:
    """Places on a screen: two for a Chinese character, one for a digit."""
    return len(line.encode("gbk", "replace"))


def _indent(line: str) -> int:
    return _columns(line[: len(line) - len(line.lstrip(_BLANK))].expandtabs(4))


@frozen
class _Width:
    """Where an export broke its lines: behind `full` characters or, where `measure` says so, columns."""

    measure: Callable[[str], int]
    unit: int
    full: int
    #: how far in all lines stand, and whether paragraphs stand further in
    margin: int
    indents: bool

    def goes_on(self, line: str, following: str, above: str) -> bool:
        """True where `line`, the end of the text `above`, has no room for what `following` begins with.

        And where that is no new paragraph.
        """
        room = self.full - self.measure(line.rstrip(_BLANK))
        text, rest = line.strip(_BLANK), following.strip(_BLANK)
        return (
            bool(text and rest)
            and -_OVER * self.unit <= room <= self.measure(wrapping.unparted(rest)) + self.unit
            and _indent(following) < self.margin + 2
            and self._open(text, rest)
            and not contents.led(text)
            and not wrapping.begins(rest, above)
        )

    def _open(self, text: str, rest: str) -> bool:
        """False at the end of a sentence, if only the words and no indents tell paragraphs apart."""
        if not text.endswith(("。", "；", "：", ";", ":")) or wrapping.open_label(text):
            return True
        return self.indents and (len(rest) > _SIGNER or _PUNCTUATION.search(rest) is not None)


def _width(lines: Sequence[str]) -> _Width | None:
    """The width at which the lines of a file were broken, None where each line is a paragraph."""
    written = [line.rstrip(_BLANK) for line in lines]
    written = [line for line in written if line and not contents.led(line)]
    if not written or len(written) > _MOST_LINES:
        return None
    margin = min(map(_indent, written))
    numbers = [_indent(line) > margin + 1 for line in written if wrapping.numbered(line.strip(_BLANK))]
    enough = max(_BROKEN, len(written) * 3 // 100)
    best: tuple[int, _Width] | None = None
    for measure, unit in ((len, 1), (_columns, 2)):
        lengths = sorted(map(measure, written), reverse=True)
        near = (r for i, r in enumerate(lengths[: 1 - enough]) if r - lengths[i + enough - 1] <= unit)
        full = next(near, 0)
        if not _NARROWEST * unit <= full <= _WIDEST * unit:
            continue
        width = _Width(measure, unit, full, margin, bool(numbers) and all(numbers))
        count = sum(width.goes_on(a, b, a.strip(_BLANK)) for a, b in pairwise(lines))
        if count >= max(_BROKEN, len(written) / _ONE_IN) and (best is None or count > best[0]):
            best = count, width
    return best[1] if best else None


def _without_breaks(placed: Sequence[_Placed], width: _Width) -> Iterator[_Placed]:
    """The lines without page numbers, and the blank lines around them, that stand in the middle of a paragraph."""
    last: _Placed | None = None
    between: list[_Placed] = []
    for no, line in placed:
        text = line.strip(_BLANK)
        if last is not None and (not text or wrapping.PAGE_NUMBER.fullmatch(text)):
            between.append((no, line))
            continue
        paged = any(x.strip(_BLANK) for _, x in between)
        if not (last is not None and paged and width.goes_on(last[1], line, last[1].strip(_BLANK))):
            yield from between
        between = []
        last = no, line
        yield last
    yield from between


def _paragraphs(lines: Sequence[str]) -> Iterator[_Placed]:
    """(number of the first line, text) of each paragraph."""
    placed = list(enumerate(lines, 1))
    if not any(a.strip(_BLANK) and b.strip(_BLANK) for a, b in pairwise(lines)):
        # A blank line behind every line says nothing.
        placed = [(no, line) for no, line in placed if line.strip(_BLANK)]
    width = _width([line for _, line in placed])
    if width is not None:
        placed = list(_without_breaks(placed, width))
    stripped = [line.strip(_BLANK) for _, line in placed]
    start, text = 1, ""
    for i, (no, line) in enumerate(placed):
        goes_on = len(text) < _LONGEST and (
            wrapping.in_bracket(text, stripped[i : i + 3])
            or wrapping.parted(text, stripped[i])
            or (width is not None and i > 0 and width.goes_on(placed[i - 1][1], line, text))
        )
        if not goes_on:
            yield start, text
            start, text = no, ""
        text = wrapping.joined(text, stripped[i])
    yield start, text


def blocks(data: bytes, source: str) -> Iterator[Block]:
    """The lines of a text file as blocks. Raises PlanError `not-a-plan` where the bytes are no text."""
    if len(data) > LARGEST_TEXT:
        raise too_large(source)
    text = decode(data)
    if text is None:
        raise PlanError(f"“{source}”不是能读的文字文件；请选择 .docx 或 .txt 格式的工作要点。")
    lines = text.replace("\x1a", "").replace("\0", "").replace("\f", "\n").splitlines()
    done = 0
    for no, (start, end) in enumerate(_tables(lines), 1):
        yield from _line_blocks(lines, done, start)
        for i in range(start, end):
            yield TableRow(_cells(lines[i]), no, f"第{i + 1}行")
        done = end
    yield from _line_blocks(lines, done, len(lines))


def _line_blocks(lines: Sequence[str], start: int, end: int) -> Iterator[Block]:
    for i, line in _paragraphs(lines[start:end]):
        yield from line_blocks(line, f"第{start + i}行")


# --- tables ---------------------------------------------------------------------------------------
#: So many lines with as many tabs, half of them with texts in so many places, are a sheet saved as text.
_FEWEST_ROWS = _FEWEST_CELLS = 3


def _tables(lines: Sequence[str]) -> Iterator[tuple[int, int]]:
    """(start, end) of the lines that are rows of a table, cells parted by tabs."""
    start = 0
    for tabs, group in groupby(lines, key=lambda line: line.count("\t")):
        end = start + len(rows := list(group))
        full = sum(len(_cells(row)) >= _FEWEST_CELLS for row in rows)
        if tabs >= _FEWEST_CELLS - 1 and len(rows) >= _FEWEST_ROWS and full * 2 >= len(rows):
            yield start, end
        start = end


def _cells(line: str) -> tuple[Cell, ...]:
    texts = (text.strip(_BLANK) for text in line.split("\t"))
    plain = (t[1:-1].replace('""', '"') if len(t) > 1 and t[0] == t[-1] == '"' else t for t in texts)
    return tuple(Cell(text, at) for at, text in enumerate(plain) if text)
