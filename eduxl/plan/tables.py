"""Table rows → projects and tasks: which row is the header, which rows stand under it, and tables that have none.

Pure, and knows no file kind. A header decides; rows are told apart by what they fill (a section row, a
total, a footnote, a further step of the task above), and a filled row that is none of these is reported.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from eduxl.model import Passage
from eduxl.plan import words
from eduxl.plan.blocks import TableRow
from eduxl.plan.numbering import RANK, printed_number
from eduxl.plan.table_columns import STATED, UNITS, Layout, Record, column_kind, filled, width
from eduxl.plan.table_headers import adapt, header_at, with_nameless
from eduxl.plan.table_keys import key_values, read_key_values
from eduxl.plan.table_reading import TableProject, TableReading, TableTask
from eduxl.plan.table_rows import (
    is_apart,
    is_arabic,
    joined,
    outermost,
    passage,
    past_header,
    plain_number,
    same_as_above,
    section,
)
from eduxl.plan.table_tasks import take_row

_HEADER_WITHIN = 30


def read_table(rows: Sequence[TableRow], before: Layout | None = None) -> TableReading:
    """One table's projects and tasks. `before` is the layout of a table that this one may continue.

    Without any header (and no `before` that fits) the reading has no entries.
    """
    reading = TableReading()
    if all(len(row.cells) <= 1 for row in rows):
        reading.texts = [Passage(c.text, row.where) for row in rows for c in filled(row)]
        return reading
    pairs = key_values(rows)
    if pairs is not None:
        read_key_values(pairs, reading)
        return reading
    rows = same_as_above(rows)
    wide = width(rows)
    before = before if before is not None and before.width == wide else None
    at = next((i for i in range(min(len(rows), _HEADER_WITHIN)) if header_at(rows, i, wide)), None)
    if at is not None:
        _read_above(rows[:at], reading)
        _read_below(rows[at:], wide, None, reading)
    elif _is_matrix(rows):
        reading.matrix = True
        reading.unread.append(passage(rows[0]))
    elif before is not None and _continues(rows, before):
        reading.continued = True
        _read_below(rows, wide, before, reading)
    else:
        reading.unread += _suspicious(rows, before)
        asked = {p.position for p in reading.unread}
        reading.left += [passage(row) for row in rows if filled(row) and row.where not in asked]
    return reading


def _read_above(rows: Sequence[TableRow], reading: TableReading) -> None:
    """The rows over the header: the first project, else titles and the like."""
    for row in rows:
        texts = list(dict.fromkeys(c.text.strip() for c in filled(row)))
        marked = printed_number(texts[0]) if len(texts) == 1 else None
        if marked and RANK[marked[0]] <= RANK["cn-bracket"]:
            reading.entries.append(TableProject(joined(texts[0]), row.where))
        elif texts:
            reading.above.append(Passage(" ".join(texts), row.where))


def _read_below(rows: Sequence[TableRow], wide: int, layout: Layout | None, reading: TableReading) -> None:
    """The rows from a header on, or of a table that `layout` goes on in; headers in between begin a new segment."""
    segment: list[TableRow] = []
    at = 0
    while at < len(rows):
        header = header_at(rows, at, wide)
        if header is None:
            segment.append(rows[at])
            at += 1
            continue
        if segment and layout is not None:
            _read_segment(segment, layout, reading)
        heading, last = rows[at], segment[-1] if segment else None
        layout, used = header
        at += used
        if last is not None:
            rows = [*rows[:at], *past_header(rows[at:], heading, last)]
        segment = []
    if layout is not None:
        reading.layout = with_nameless(layout, segment)
        _read_segment(segment, layout, reading)


def _read_segment(rows: Sequence[TableRow], layout: Layout, reading: TableReading) -> None:
    """The rows under one header."""
    if not rows:
        return
    if not layout.has(*UNITS) and _is_matrix(rows):
        reading.matrix = True
        reading.unread.append(passage(rows[0]))
        return
    layout = adapt(layout, rows)
    records = [Record.of(row, layout) for row in rows]
    numbers = [text for r in records if (text := r.text("no"))]
    arabic = any(map(is_arabic, numbers))
    numbered = layout.has("no") and len(numbers) * 2 > sum(bool(r.text("title")) for r in records)
    # A number merged over several titles counts the projects.
    of_projects = any(any(c.continued for c in r.cells.get("no", ())) and r.fresh("title") for r in records)
    sections = [section(r, layout, arabic, numbered) for r in records]
    names = [s for s in sections if s is not None]
    outer = outermost(names)
    by_column = layout.has("project") and len(names) < 2
    previous = next((e for e in reversed(reading.entries) if isinstance(e, TableTask)), None)
    task = previous if reading.continued else None
    project = ""
    for record, name in zip(records, sections, strict=True):
        cells = filled(record.row)
        if all(c.continued for c in cells):
            continue
        if name is not None:
            task = None
            marked = printed_number(name)
            if not by_column and (marked is None or outer is None or RANK[marked[0]] <= outer):
                reading.entries.append(TableProject(name, record.row.where))
            else:
                reading.left.append(passage(record.row))
            continue
        if is_apart(cells):
            task = None
            reading.left.append(passage(record.row))
            continue
        own = joined(record.text("project")) if by_column else ""
        if own and own != project:
            project = own
            task = None
            reading.entries.append(TableProject(own, record.row.where))
        task = take_row(record, task, of_projects, reading)


# --- tables without a header ----------------------------------------------------------------------
def _continues(rows: Sequence[TableRow], before: Layout) -> bool:
    """True where rows without a header look like those of the table before."""
    if sum(column_kind(c.text) not in (None, "quarter") for c in filled(rows[0])) > 1:
        return False  # the header of a table of something else
    return any(
        r.text("title", "weak-title", "body") and (r.text(*STATED) or r.text("no"))
        for r in (Record.of(row, before) for row in rows)
    )


def _is_matrix(rows: Sequence[TableRow]) -> bool:
    """True where marks say which of the columns, that is offices, has a task."""
    marked: Counter[int] = Counter(
        c.column for row in rows for c in row.cells if c.text.strip() and not c.text.strip(words.MARKS + " ")
    )
    return len(marked) >= 2 and sum(marked.values()) >= 3


_TASK_WORD = re.compile(r"任务|工作|举措|措施")


def _suspicious(rows: Sequence[TableRow], before: Layout | None) -> list[Passage]:
    """Rows of a table without a header that yet look like tasks; `before` is the layout of a table as wide."""
    heads = [column_kind(c.text) for row in rows[:3] for c in filled(row)]
    if before is not None and "people" in heads:
        return []
    if before is not None and not any(heads):
        of_tasks = [Record.of(row, before) for row in rows]
        return [passage(r.row) for r in of_tasks if r.text(*STATED) and len(filled(r.row)) > 2]
    likely = before is not None or any(k in ("title", "weak-title", *STATED) for k in heads)
    found = []
    for row in rows:
        cells = filled(row)
        numbered = len(cells) > 1 and plain_number(cells[0].text) is not None
        long = any(len(c.text) >= 8 and _TASK_WORD.search(c.text) for c in cells)
        if numbered and (long or (likely and len(cells[1].text) >= 4)):
            found.append(passage(row))
    keyed = any(len(f) == 2 and column_kind(f[0].text) in STATED for f in map(filled, rows))
    if keyed and not found:
        # Keys and values of a task whose other keys say nothing.
        found.append(passage(next(row for row in rows if filled(row))))
    return found
