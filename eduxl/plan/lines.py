"""Blocks → lines: which printed number stands in front, and what comes of tables, frames and page numbers.

Pure. A line says nothing yet about projects and tasks; which numbering is whose is decided in `levels`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby, pairwise

from attrs import define, evolve

from eduxl.model import Passage
from eduxl.plan.blocks import Block, Heading, LabelLine, TableRow, line_blocks
from eduxl.plan.labelled import brackets
from eduxl.plan.numbering import RANK, printed_number
from eduxl.plan.phrases import is_noise, is_title, year_in
from eduxl.plan.table_columns import Layout
from eduxl.plan.table_reading import TableReading
from eduxl.plan.tables import read_table
from eduxl.plan.units import Statement

#: The rank of a line without numbering.
UNNUMBERED = 99


@define
class Line:
    """A block as the grammar sees it; `style` is its numbering, `statements` those of a label line.

    A whole table is one line without text.
    """

    text: str
    style: str | None = None
    no: int | None = None
    statements: tuple[Statement, ...] = ()
    #: the paragraph has the style of a document's title
    title: bool = False
    raw: str = ""
    rank: int = UNNUMBERED
    table: TableReading | None = None
    where: str = ""
    #: a heading with label lines right under it
    labelled: bool = False

    @property
    def passage(self) -> Passage:
        return Passage(self.raw, self.where)

    @property
    def has_tasks(self) -> bool:
        """True for a table with tasks in it."""
        return self.table is not None and self.table.has_tasks

    @property
    def could_be_title(self) -> bool:
        return (
            not self.statements and (self.style is None or self.style.startswith("h")) and is_title(self.raw)
        )

    @property
    def speaks(self) -> bool:
        """True where the line says who or when: a label line, or a bracket that states units or a date."""
        return bool(self.statements) or bool(brackets(self.text))


def to_lines(blocks: Iterable[Block]) -> list[Line]:
    """The blocks as lines in reading order, each table read and one line of its own.

    Tables of one column are frames around text. Beside real ones only a title is taken from them, since the rest
    explains how to fill something in.
    """
    lines = _with_expected(list(_read(blocks)))
    if not any(line.has_tasks for line in lines):
        return [inner for line in lines for inner in (line, *_framed(line))]
    lines = [inner for line in lines for inner in (line, *_titles_only(line))]
    _mark_plain_headings(lines)
    return lines


def _read(blocks: Iterable[Block]) -> Iterator[Line]:
    layout: Layout | None = None
    for table, group in groupby(blocks, key=lambda b: b.table if isinstance(b, TableRow) else None):
        if table is None:
            yield from _lines(group)
            continue
        reading = read_table([block for block in group if isinstance(block, TableRow)], layout)
        layout = reading.layout or layout
        # A row over the header is a title or says who filled the table in; it opens no numbering.
        yield from (evolve(line, style=None, rank=UNNUMBERED) for line in _passage_lines(reading.above))
        yield Line("", table=reading)


def _lines(blocks: Iterable[Block]) -> Iterator[Line]:
    return (line for block in blocks if (line := _line(block)) is not None)


def _passage_lines(passages: Iterable[Passage]) -> Iterator[Line]:
    return (line for p in passages for line in _lines(line_blocks(p.text, p.position)))


def _line(block: Block) -> Line | None:
    """A paragraph as a line, None for a page number and the like."""
    if isinstance(block, TableRow):
        return None
    if isinstance(block, LabelLine):
        return Line(block.text, statements=block.statements, raw=block.text, where=block.where)
    text = block.text.strip()
    if is_noise(text) and not _BARE_DIGITS.fullmatch(text):
        return None
    marked = printed_number(text)
    if marked is not None:
        style, no, rest = marked
        return Line(rest, style, no, raw=text, rank=RANK[style], where=block.where)
    if not isinstance(block, Heading) or block.level == 0:
        return Line(text, title=isinstance(block, Heading), raw=text, where=block.where)
    style = f"h{min(block.level, 3)}"
    return Line(text, style, raw=text, rank=RANK[style], where=block.where)


# --- frames around text ---------------------------------------------------------------------------
def _framed(line: Line) -> Iterator[Line]:
    return _passage_lines(line.table.texts if line.table else ())


def _titles_only(line: Line) -> Iterator[Line]:
    """The titles in a frame around text; the rest of it is left out."""
    if line.table is None:
        return
    for inner in _framed(line):
        if inner.could_be_title:
            yield inner
        else:
            line.table.left.append(inner.passage)


# --- what only the neighbours tell ----------------------------------------------------------------
_PADDED = re.compile(r"0\d")
_BARE_DIGITS = re.compile(r"\d\d")
_TWO_DIGITS = re.compile(r"([1-9]\d)(?:\s+(?=\D)|$)")
#: A number with a mark that is none (1。 1， 1 ), or in front of digits: 2.3月份开展….
_LOOSE = re.compile(
    r"([1-9]\d?)(?:\s*(?:[。，,：:;；]|[．.](?=\d))|\s(?![年月日号时分%％]))[、．.\s]*(?=\S{4})"
)


def _with_expected(lines: Sequence[Line]) -> list[Line]:
    """The lines, with numbers that only the one before tells: 10 behind 09, 2， behind 1.; other bare digits go.

    The first of a section has a heading in front of it instead.
    """
    padded = False
    last = 0
    headed = True
    for line in lines:
        if line.style == "ar" and line.no is not None:
            padded, last = _PADDED.match(line.raw) is not None, line.no
        elif line.style is None and not line.statements:
            match = (_TWO_DIGITS.match(line.raw) if padded else None) or _LOOSE.match(line.raw)
            no, text = (int(match[1]), line.raw[match.end() :]) if match else (0, "")
            # A stray figure does not make a task of the title.
            is_whole = no == 1 and is_title(text) and year_in(text) is not None
            if match and not is_whole and (no == last + 1 or (no == 1 and headed)):
                line.style, line.rank, line.no = "ar", RANK["ar"], no
                line.text, last = text, no
        headed = line.style is not None and line.rank < RANK["ar"]
    return [line for line in lines if line.style or not _BARE_DIGITS.fullmatch(line.raw)]


_NO_HEADING = re.compile(r"[。；，：;:]|^[（(]?(?:续表|接上表|单位|表\s*\d|附件|附表|填)")


def _mark_plain_headings(lines: Sequence[Line]) -> None:
    """Short paragraphs right above two or more tables are headings, though nothing marks them as such."""
    found = [
        above
        for above, line in pairwise(lines)
        if line.table
        and line.table.has_tasks
        and not line.table.has_projects
        and not line.table.continued
        and above.table is None
        and above.style is None
        and not above.statements
        and not above.title
        and 2 <= len(above.raw) <= 40
        and not _NO_HEADING.search(above.raw)
        and not above.could_be_title
    ]
    if len(found) > 1:
        for line in found:
            line.style, line.rank = "h3", RANK["h3"]
