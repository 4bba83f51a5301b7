"""Rows of a table: which are section rows, totals and footnotes, and what passes from one row to the next.

Pure. Rows that are tasks are read in `table_tasks`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence

from attrs import evolve

from eduxl.model import Passage
from eduxl.numerals import half_width, number
from eduxl.plan import words
from eduxl.plan.blocks import Cell, TableRow
from eduxl.plan.numbering import RANK, printed_number
from eduxl.plan.table_columns import STATED, Layout, Record, filled

_LONGEST_PROJECT = 60


def joined(text: str) -> str:
    """A project's name that was broken over lines in a narrow cell."""
    return re.sub(r"\s*[\r\n]+\s*", "", text).strip()


_NUMBER_MARK = re.compile(r"\d+(?:\.0)?")


def plain_number(text: str) -> int | None:
    """The number in a 序号 cell: 3, 3.0, ３、, （3）, 任务三."""
    bare = half_width(re.sub(r"\s+", "", text)).strip(".、．,()（）Tt任务第项")
    if _NUMBER_MARK.fullmatch(bare):
        bare = bare.removesuffix(".0")
    value = number(bare) if bare else None
    return value or None


def is_arabic(text: str) -> bool:
    return any(c.isdigit() for c in half_width(text) if c.isascii())


def passage(row: TableRow) -> Passage:
    """The row's own words, cells side by side; those of a merged cell only in its first row."""
    texts = (" ".join(c.text.split()) for c in filled(row) if not c.continued)
    return Passage("　".join(texts), row.where)


# --- rows that are no tasks -----------------------------------------------------------------------
_TOTAL = re.compile(r"(?:本页|全部|任务)?(?:" + "|".join(words.TOTALS) + r")[：:]?(?:\d.*|共.*)?")
_FOOTNOTE = re.compile(words.FOOTNOTE)
_SIGNING = re.compile(words.SIGNING)
_CONTINUES = re.compile(
    r"[（(]?(?:续表|接上表|接上页|转下页|续上表)[)）]?\d*|以下空白|[（(]?此页无正文[）)]?|表\s*\d+"
)


def is_apart(cells: Sequence[Cell]) -> bool:
    """True for the filled cells of totals, footnotes, signatures and the like below or inside a table."""
    first = cells[0].text.strip()
    if any(_TOTAL.fullmatch(re.sub(r"\s", "", c.text)) for c in cells[:3]):
        return True
    if _CONTINUES.fullmatch(first):
        return True
    if _FOOTNOTE.match(first) and len({c.text for c in cells}) == 1:
        return True
    if any(plain_number(c.text) is not None for c in cells):
        return False
    return bool(_SIGNING.match(first)) and len(cells) <= 6 and all(len(c.text) <= 40 for c in cells)


def section(record: Record, layout: Layout, arabic: bool, numbered: bool) -> str | None:
    """The project's name in a section row, None for other rows.

    `arabic`: numbers of the table are in Arabic digits; `numbered`: most of its titles have one.
    """
    cells = filled(record.row)
    fresh = [c for c in cells if not c.continued]
    if not fresh or is_apart(fresh):
        return None
    if len(fresh) == len(cells) and len({c.text for c in fresh}) == 1:
        return _only_text(record, layout, fresh[0], numbered)
    if record.text(*STATED, "body", "goal"):
        return None
    no, title = record.fresh("no"), record.fresh("title", "project")
    if len(no) == 1 and len(title) == 1 and len(fresh) == 2 and arabic and not is_arabic(no[0].text):
        mark = re.sub(r"\s+", "", no[0].text)
        text = joined(title[0].text)
        if plain_number(mark) is not None and len(text) <= _LONGEST_PROJECT:
            return (mark if printed_number(mark) else mark + "、") + text
    return None


def _only_text(record: Record, layout: Layout, cell: Cell, numbered: bool) -> str | None:
    """The name in a row that has no other text, None where it is too long, too narrow or stands elsewhere."""
    text = joined(cell.text)
    if len(text) > _LONGEST_PROJECT or "。" in text.rstrip("。") or plain_number(text) is not None:
        return None
    marked = printed_number(text)
    extent = layout.columns[-1].end - layout.columns[0].start
    if cell.span >= 3 and cell.span * 5 >= extent * 3:
        return text
    kind = layout.kind_at(cell.column)
    if kind == "no" or (
        marked and RANK[marked[0]] <= RANK["cn-bracket"] and kind in ("project", "title", "other")
    ):
        return text
    return text if kind == "title" and numbered and marked is None and not record.cells.get("no") else None


def outermost(sections: Iterable[str]) -> int | None:
    """The rank of the section rows that are projects: the outermost with two of them, else the outermost."""
    counts = Counter(RANK[m[0]] for s in sections if (m := printed_number(s)))
    ranks = sorted(counts)
    return next((r for r in ranks if counts[r] > 1), ranks[0] if ranks else None)


# --- from one row to the next ---------------------------------------------------------------------
def same_as_above(rows: Sequence[TableRow]) -> list[TableRow]:
    """同上 replaced by the text of the row above in that column."""
    above: dict[int, str] = {}
    result = []
    for row in rows:
        cells = tuple(
            evolve(c, text=above[c.column])
            if c.text.strip(" \t\r\n\u3000。") in words.SAME_AS_ABOVE and c.column in above
            else c
            for c in row.cells
        )
        above |= {c.column: c.text for c in cells if c.text.strip()}
        result.append(row if cells == row.cells else TableRow(cells, row.table, row.where))
    return result


def past_header(rows: Sequence[TableRow], header: TableRow, last: TableRow) -> list[TableRow]:
    """Rows behind a repeated header: a cell merged downwards through it continues the row above the header."""
    heads = {c.column: c.text for c in header.cells}
    above = {c.column: c.text for c in last.cells}

    def through(c: Cell) -> bool:
        return c.continued and c.column in above and c.text == heads.get(c.column)

    return [
        evolve(row, cells=tuple(evolve(c, text=above[c.column]) if through(c) else c for c in row.cells))
        for row in rows
    ]
