"""Rows of a table → its tasks: title, body, units and deadline from the cells, further rows as steps of the task above.

Pure. A filled row that gives no task is reported as unread.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from eduxl.numerals import half_width
from eduxl.plan.blocks import Cell, LabelLine, TableRow, line_blocks
from eduxl.plan.numbering import printed_number
from eduxl.plan.table_columns import STATED, Record
from eduxl.plan.table_reading import TableReading, TableTask
from eduxl.plan.table_rows import joined, passage, plain_number
from eduxl.plan.units import Statement, bracket_spans
from eduxl.plan.words import LabelKind


def take_row(
    record: Record, task: TableTask | None, of_projects: bool, reading: TableReading
) -> TableTask | None:
    """Adds a row's task to `reading`, or the row's step to `task`, the one above; says where a row is neither.

    `of_projects`: the table's numbers count the projects. Returns the task that the next row may go on with.
    """
    title = next(iter(record.cells.get("title", ())), None)
    bodies = [*record.cells.get("body", ()), *record.cells.get("goal", ())]
    own_bodies = [c for c in bodies if not c.continued]
    no = record.cell("no")
    own_number = no is not None and not no.continued
    goes_on = task is not None and _is_step(title, bool(own_bodies), own_number and not of_projects)
    if task is not None and goes_on and (own_bodies or record.fresh(*STATED) or record.cells.get("quarter")):
        _add_step(record, task, own_bodies)
        if own_number and not own_bodies and any(len(c.text) >= 4 for c in record.fresh("other")):
            # A row with a number and words of its own, in a column whose header says nothing.
            reading.unread.append(passage(record.row))
        return task
    if title is None and not bodies:
        said = record.fresh(*STATED, "other", "people", "remark")
        if said and (own_number or len(said) > 1 or said[0] not in record.cells.get("remark", ())):
            reading.unread.append(passage(record.row))
        return task
    made = _task(record, title, bodies, None if of_projects or no is None else plain_number(no.text))
    if made is None:
        reading.unread.append(passage(record.row))
    else:
        reading.entries.append(made)
    return made


def _is_step(title: Cell | None, has_text: bool, counts: bool) -> bool:
    """True for a row that goes on with the task above; `counts`: it has a number, and of its own."""
    if title is None:
        return not counts
    return title.continued and not (counts and has_text)


def _add_step(record: Record, task: TableTask, bodies: Sequence[Cell]) -> None:
    lines, statements = _texts(bodies)
    task.lines += [line for line in lines if line not in task.lines]
    task.statements += statements
    task.passage.append(passage(record.row).text)
    _add_units_and_dates(record, task)


def _task(record: Record, title: Cell | None, bodies: Sequence[Cell], no: int | None) -> TableTask | None:
    """The task of a row, None where no words are left for it."""
    lines, statements = _texts([title] if title is not None else [])
    if lines:
        lines = _whole_sentence(lines)
        printed, lines[0] = _without_number(lines[0])
        if no is None and record.cell("no") is None:
            # Without a column of numbers those in front of the titles count.
            no = printed
    more, said = _texts(bodies)
    titled = bool(more) and len(lines) == 1 and "。" not in lines[0].rstrip("。")
    if more and not lines:
        more[0] = _without_number(more[0])[1]
    if not lines and not more:
        return None
    row = record.row
    task = TableTask(no, lines + more, statements + said, titled, row.where, [passage(row).text])
    _add_units_and_dates(record, task)
    return task


def _without_number(line: str) -> tuple[int | None, str]:
    marked = printed_number(line)
    return (marked[1], marked[2].strip()) if marked and marked[2].strip() else (None, line)


def _texts(cells: Iterable[Cell]) -> tuple[list[str], list[Statement]]:
    """The cells' lines without those that are labels, and what these say."""
    lines: list[str] = []
    statements: list[Statement] = []
    for cell in cells:
        for block in line_blocks(cell.text, ""):
            if isinstance(block, LabelLine):
                statements += block.statements
            elif not isinstance(block, TableRow):
                lines.append(block.text)
    return lines, statements


def _whole_sentence(lines: list[str]) -> list[str]:
    """Joins a first line that a narrow cell broke inside a bracket or quotes, or that is a number alone."""
    while len(lines) > 1 and (re.fullmatch(r"[（(]?\d{1,3}[）).、．]?", lines[0]) or _open(lines[0])):
        lines = [lines[0] + lines[1], *lines[2:]]
    return lines


def _open(text: str) -> bool:
    spans = bracket_spans(text)
    return any(c in "（《“【" and not any(a <= i < b for a, b in spans) for i, c in enumerate(text))


# --- who and when ---------------------------------------------------------------------------------
def _add_units_and_dates(record: Record, task: TableTask) -> None:
    """What the row's cells of units and dates say, and its steps by quarter, which are text of the body."""
    for kind in STATED:
        for cell in record.cells.get(kind, ()):
            if (kind, cell.text) not in task.seen:
                task.seen.add((kind, cell.text))
                task.statements += _stated(kind, cell.text)
    quarters = record.cells.get("quarter", ())
    heads = [joined(record.headers.get(cell.column, "")) for cell in quarters]
    for head, cell in zip(heads, quarters, strict=True):
        line = f"{head}：{joined(cell.text)}"
        if line not in task.lines:
            task.lines.append(line)
    task.periods += [head for head in heads if head not in task.periods]


#: How the units of one cell may be numbered, line by line.
_LISTED = ("ar", "ar-half", "ar-bracket")


def _stated(kind: LabelKind, text: str) -> list[Statement]:
    """A unit or date cell as statements; labels inside it (牵头：A 配合：B) decide for what follows them."""
    if kind == "due":
        return [Statement("due", _deadline_words(text))]
    found: list[Statement] = []
    current: list[str] = []
    own: LabelKind = kind
    for line in text.splitlines():
        block = next(line_blocks(line, ""), None)
        if isinstance(block, LabelLine):
            if current:
                found.append(Statement(own, "\n".join(current)))
            *earlier, last = block.statements
            found += earlier
            own, current = last.kind, [last.text] if last.text else []
        elif line.strip():
            marked = printed_number(line.strip())
            current.append(marked[2] if marked and marked[0] in _LISTED else line)
    if current:
        found.append(Statement(own, "\n".join(current)))
    return found


#: 2000-01-01 and 2100-01-01 as Excel counts days.
_SERIALS = range(36526, 73051)


def _deadline_words(text: str) -> str:
    """A day's serial number or 202206 in a date column as words; a name broken over lines joined."""
    bare = half_width(text.strip())
    if bare.isascii() and bare.isdigit():
        if len(bare) == 5 and int(bare) in _SERIALS:
            day = date(1899, 12, 30) + timedelta(days=int(bare))
            # Excel makes the month's first out of a month that was typed.
            return f"{day.year}年{day.month}月" if day.day == 1 else day.isoformat()
        if len(bare) == 6 and bare.startswith("20") and 1 <= int(bare[4:]) <= 12:
            return f"{bare[:4]}年{int(bare[4:])}月"
    return re.sub(r"(?<=[^\s。；;，,])\s*\n\s*(?=[月日年前底末季旬])", "", text)
