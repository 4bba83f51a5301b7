"""Returns as schools send them: one habit each, and beside it what a reader must make of it.

How each file comes to be and what is expected stand together, one module per family of habits. A file is made from a
filled template (`Kit.book`), from its values alone (`Kit.grid`) or from raw bytes; nothing here needs an Office program
but the habits with `needs_office`. `write_all(folder, kit)` makes every habit's files in a folder of its own; a test
then reads them (`via` check) or merges them into a tracker of the sample plan, round 2022-06, received on 2022-06-20
(`via` merge). Run `python -m tests.data.returns TEMPLATES FOLDER` to look at the files; with `--office` LibreOffice
makes its own too.
"""

from __future__ import annotations

from tests.data.returns import (
    answers,
    archives,
    checks,
    drafts,
    files,
    headers,
    hostile,
    sides,
    tables,
    units,
    values,
)
from tests.data.returns.expected import COLUMNS, EARLIER_ROUND, ROUND, UNITS, Item
from tests.data.returns.habit import HABITS, Habit, stamp_files, write_all
from tests.data.returns.kit import Kit

__all__ = [
    "COLUMNS", "EARLIER_ROUND", "HABITS", "ROUND", "UNITS", "Habit", "Item", "Kit", "answers", "archives", "checks",
    "drafts", "files", "headers", "hostile", "sides", "stamp_files", "tables", "units", "values", "write_all",
]  # fmt: skip
