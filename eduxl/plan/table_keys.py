"""Tables of keys and values: a block of rows for each task, what each holds named in front (工作任务 | …).

Pure.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from eduxl.model import Passage
from eduxl.plan.blocks import Cell, TableRow
from eduxl.plan.numbering import printed_number
from eduxl.plan.table_columns import STATED, Record, column_kind, filled
from eduxl.plan.table_reading import TableProject, TableReading
from eduxl.plan.table_rows import is_apart, joined, passage
from eduxl.plan.table_tasks import take_row
from eduxl.plan.words import ColumnKind

_NAMED: tuple[ColumnKind, ...] = ("title", "weak-title", "body", "project")
#: A text without a key that is longer may be a task.
_LONGEST_REMARK = 20
_LONGEST_TITLE = 60
_MOST_CELLS = 6


class KeyValue(NamedTuple):
    """A value and what its key says of it, None for a text without a key."""

    row: TableRow
    kind: ColumnKind | None
    value: str


def key_values(rows: Sequence[TableRow]) -> list[KeyValue] | None:
    """The keys and values of a table in reading order, None where it is no such table."""
    found: list[KeyValue] = []
    vertical: set[ColumnKind] = set()
    for row in rows:
        texts = [c.text.strip() for c in filled(row)]
        if (len(texts) == 1 and not found) or len(row.cells) == 1:
            found.append(KeyValue(row, None, texts[0] if texts else ""))
            continue
        if len(row.cells) > _MOST_CELLS:
            return None
        cells = row.cells
        i = 0
        while i + 1 < len(cells):
            kind = None if cells[i].continued else column_kind(cells[i].text)
            if kind is not None and column_kind(cells[i + 1].text) in (None, "quarter"):
                found.append(KeyValue(row, kind, cells[i + 1].text.strip()))
                if i == 0:
                    vertical.add(kind)
                i += 2
            elif i == 0 and kind is None:
                found.append(KeyValue(row, None, " ".join(texts)))
                break
            else:
                i += 1
    said = [pair.kind for pair in found if pair.kind is not None]
    if len(vertical) < 2 or len(said) * 2 < len(rows):
        return None
    return found if not {*said}.isdisjoint(_NAMED) and not {*said}.isdisjoint(STATED) else None


def read_key_values(pairs: Sequence[KeyValue], reading: TableReading) -> None:
    """Adds the projects and tasks: a key that was said already begins the next task."""
    kinds = {pair.kind for pair in pairs}
    block: dict[ColumnKind, KeyValue] = {}
    for pair in pairs:
        if "title" not in kinds and _is_title(pair):
            pair = pair._replace(kind="title")
        if pair.kind is None:
            _take_text(pair, reading, first=not reading.entries and not block)
            continue
        if pair.kind in block:
            _take_block(block, kinds, reading)
            block = {}
        block[pair.kind] = pair
    if block:
        _take_block(block, kinds, reading)


def _is_title(pair: KeyValue) -> bool:
    """True for a task's number and title over its keys, in a row of their own."""
    marked = printed_number(pair.value) if pair.kind is None else None
    return marked is not None and marked[0] in ("task", "ar") and len(pair.value) <= _LONGEST_TITLE


def _take_text(pair: KeyValue, reading: TableReading, first: bool) -> None:
    """A text without a key: over the table, or among the tasks."""
    if not pair.value:
        return
    text = Passage(pair.value, pair.row.where)
    if first:
        reading.above.append(text)
    elif len(pair.value) > _LONGEST_REMARK and not is_apart([Cell(pair.value, 0)]):
        reading.unread.append(text)
    else:
        reading.left.append(text)


def _take_block(
    block: dict[ColumnKind, KeyValue], kinds: set[ColumnKind | None], reading: TableReading
) -> None:
    """The project and the task of one block; `kinds` are those of the whole table."""
    cells: dict[ColumnKind, list[Cell]] = {}
    for kind, pair in block.items():
        own = kind
        if kind == "weak-title":
            own = "body" if "title" in block else "title"
        elif kind == "project" and kinds.isdisjoint(("title", "weak-title", "body")):
            own = "title"
        elif kind == "responsible" and "lead" in kinds:
            own = "support"
        if pair.value:
            cells.setdefault(own, []).append(Cell(pair.value, len(cells)))
    rows = [pair.row for pair in block.values()]
    record = Record(rows[0], cells, {})
    name = joined(record.text("project"))
    if name:
        reading.entries.append(TableProject(name, rows[0].where))
    if record.text("title", "body"):
        task = take_row(record, None, False, reading)
        if task is not None:
            task.passage = list(dict.fromkeys(passage(row).text for row in rows))
    elif cells:
        said = "　".join(cell.text for same in cells.values() for cell in same)
        reading.unread.append(Passage(said, rows[0].where))
