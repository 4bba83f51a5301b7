"""What every adapter makes of its file: a stream of typed blocks in reading order, each with its place.

The grammar knows blocks and no file kind; an adapter knows its file kind and no grammar. `line_blocks` is
the one way from a line of text to blocks, so that a label line is the same thing wherever it was read.
"""

from __future__ import annotations

from collections.abc import Iterator

from attrs import frozen

from eduxl.plan.labelled import label_line, trailing_labels
from eduxl.plan.units import Statement


@frozen
class Heading:
    """A paragraph with a heading style. `level` 0 is the document's title, 1 the outermost heading."""

    text: str
    level: int
    where: str = ""


@frozen
class Paragraph:
    text: str
    where: str = ""


@frozen
class LabelLine:
    """A line that consists of labels and values only: 责任单位：A  完成时间：12月."""

    statements: tuple[Statement, ...]
    text: str
    where: str = ""


@frozen
class Cell:
    """`column` counts from 0, `span` in columns.

    A cell merged downwards is read once: `continued` is True in the rows below, `text` that of the first.
    """

    text: str
    column: int
    span: int = 1
    continued: bool = False


@frozen
class TableRow:
    cells: tuple[Cell, ...]
    #: tables of the file, counted from 1
    table: int
    where: str = ""


Block = Heading | Paragraph | LabelLine | TableRow

#: Ratio sign and small colon, typed for a colon; wide and narrow spaces, and characters of no width, of web pages.
_TYPED = str.maketrans(
    dict.fromkeys("∶﹕", "：")
    | dict.fromkeys(map(chr, (*range(0x2000, 0x200B), 0x202F, 0x205F)), " ")
    | dict.fromkeys("\u200b\u200c\u200d\u2060\ufeff", "")
)
_BLANK = " \t\r\n\v\f\u3000\u00a0\ufeff\u200b"


def line_blocks(text: str, where: str, level: int | None = None) -> Iterator[Block]:
    """The blocks of one paragraph; soft line breaks in it make lines of their own. Blank lines make none.

    `level` says that the paragraph has a heading style; a label line never is a heading.
    """
    for line in text.replace("\v", "\n").translate(_TYPED).splitlines():
        line = line.strip(_BLANK)
        if not line:
            continue
        statements = label_line(line)
        if statements:
            yield LabelLine(statements, line, where)
            continue
        if level is not None:
            yield Heading(line, level, where)
            continue
        body, statements = trailing_labels(line)
        yield Paragraph(body, where)
        if statements:
            yield LabelLine(statements, line[len(body) :].strip(_BLANK), where)
