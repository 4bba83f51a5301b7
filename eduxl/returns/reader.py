"""One file → whose return it is, for which round, and what it says about each task.

Here the parts meet: `tables` finds the tables, `identity` the unit and the round, `entries` and `side_sheets`
read the rows. Bad files give a rejection.
"""

from __future__ import annotations

from datetime import datetime

from attrs import frozen

from eduxl import labels as L
from eduxl.model import Entry, IndicatorValue, Problem, Warning
from eduxl.returns import codes
from eduxl.returns.codes import Rejection
from eduxl.returns.context import Context, UnitIndex, year_of
from eduxl.returns.delimited import open_text
from eduxl.returns.entries import read_entries
from eduxl.returns.identity import Unidentified, check_origin, hidden_facts, identify, owner
from eduxl.returns.intake import Source
from eduxl.returns.side_sheets import read_indicators, read_problems
from eduxl.returns.tables import find_tables
from eduxl.spreadsheet import kinds, sheets
from eduxl.spreadsheet.sheets import Book

__all__ = ["Context", "Reading", "UnitIndex", "UnitReading", "read_return"]


@frozen
class UnitReading:
    """One unit's part of a file. `unit` is its code, "" if no roster could tell; `unit_label` is "code name"
    or as written.

    `entries` has every row of a task of the plan, also of tasks that are not the unit's
    (`checks.own_entries`). `warnings` are those that the file alone gives; `checks.check_reading` adds those
    that need context.
    """

    unit: str
    unit_label: str
    round: str | None
    entries: tuple[Entry, ...] = ()
    warnings: tuple[Warning, ...] = ()
    indicators: tuple[IndicatorValue, ...] = ()
    problems: tuple[Problem, ...] = ()
    modified: datetime | None = None
    #: of the template, "" where no hidden sheet says
    version: str = ""


@frozen
class Reading:
    """What a file says: one item per unit, or why nothing was taken."""

    items: tuple[UnitReading, ...] = ()
    rejected: Rejection | None = None


def read_return(source: Source, context: Context, *, unit: str | None = None) -> Reading:
    """Read one file. A bad file gives a `Reading` with `rejected`; FileProblem only where the disk says no.

    `unit` is a code by which the clerk has decided whose file it is; nothing in the file is then asked.
    """
    if source.refused:
        return Reading(rejected=source.refused)
    try:
        return _read(source, context, unit)
    except sheets.Unreadable as problem:
        return Reading(rejected=codes.rejection(problem.code, what=problem.what))
    except Unidentified as problem:
        return Reading(rejected=problem.rejection)


def _read(source: Source, context: Context, decided: str | None) -> Reading:
    # Before its content is fetched into memory.
    sheets.check_size(source.size)
    book = _open(source.data)
    hidden = hidden_facts(book)
    tables = find_tables(book)
    if not tables.entries:
        return Reading(rejected=codes.rejection("no-entry-table"))
    check_origin(hidden, context)
    round_id = hidden.get("round") or (context.round.id if context.round else None)
    year = year_of(round_id) or context.year
    items: list[UnitReading] = []
    parts = identify(source.path, tables.entries, hidden, context.roster, decided)
    for part in parts:
        warnings = list(part.warnings)
        if book.active:
            warnings.append(codes.warning("has-macros", what=L.SEP.join(book.active)))
        entries = read_entries(part.tables, context, part.unit, year, warnings, book.shown)
        figures, lists = (
            [table for table in side if owner(table, parts, context.roster) is part]
            for side in (tables.indicators, tables.problems)
        )
        indicators = tuple(read_indicators(figures, context.tasks, warnings))
        problems = tuple(read_problems(lists, context.tasks, warnings))
        if part is parts[0]:
            warnings += tables.warnings
        items.append(
            UnitReading(
                part.unit,
                part.label,
                round_id,
                entries,
                tuple(warnings),
                indicators,
                problems,
                book.modified,
                hidden.get("version", ""),
            )
        )
    return Reading(tuple(items))


def _open(data: bytes) -> Book:
    """The content as a workbook, also that of a text with a table. Raises Unreadable."""
    is_container = kinds.is_zip(data) or kinds.is_old_office(data)
    book = None if is_container or kinds.kind_of(data) != "text" else open_text(data)
    return book or sheets.open_book(data)
