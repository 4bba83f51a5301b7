"""The rows of entry tables → entries. Nothing is dropped without saying so: what is no task's row ends in a
warning.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date

from eduxl import labels as L
from eduxl.model import Entry, Warning
from eduxl.returns import codes, normalise, synonyms
from eduxl.returns.context import Context
from eduxl.returns.ditto import resolve
from eduxl.returns.normalise import Result, plain, squeeze
from eduxl.returns.tables import (
    ANSWERS,
    Row,
    Table,
    first_text,
    is_any_header,
    joined,
    not_taken,
    rows_in_words,
)
from eduxl.returns.titles import Titles
from eduxl.spreadsheet.cells import Cell

#: Columns of answers whose value is plain text, with the field of `Entry`.
_TEXT_FIELDS: tuple[tuple[str, str], ...] = (
    (L.REPORT, "report"),
    (L.PROBLEM, "problems"),
    (L.NEXT_STEPS, "next_steps"),
    (L.EVIDENCE, "evidence"),
    (L.REPORTER, "reporter"),
)
#: Beginnings of rows that nobody meant as a task.
_ASIDE = synonyms.SIGNATURE_STARTS + synonyms.TOTAL_STARTS


#: (sheet, row, column) → the number format of that cell, None where that is unknown.
Formats = Callable[[str, int, int], str | None]


def read_entries(
    tables: Iterable[Table],
    context: Context,
    unit: str,
    year: int | None,
    warnings: list[Warning],
    formats: Formats = lambda *_: None,
) -> tuple[Entry, ...]:
    """The entries of a unit's tables in the order of their rows; adds to `warnings`.

    Several tables complete each other, the first row with content wins. `year` is that of dates without one.
    """
    rows = _Rows(context, warnings)
    for table in tables:
        rows.take(table)
    reader = _Entries(context, unit, year, warnings, formats)
    found = list(rows.by_task.values())
    resolve(found, warnings)
    return tuple(reader.entry(row, *read) for row, read in zip(found, _progress(found), strict=True))


# --- which rows are the tasks' --------------------------------------------------------------------
class _Rows:
    """Finds the row of each task in the entry tables of one unit."""

    def __init__(self, context: Context, warnings: list[Warning]) -> None:
        self.by_task: dict[int, Row] = {}
        self._tasks = context.tasks
        self._titles: Titles | None = None
        self._warnings = warnings

    def take(self, table: Table) -> None:
        """Take the rows of one table."""
        quiet: list[tuple[int, int]] = []
        by_title: list[Row] = []
        by_likeness: list[Row] = []
        merged = _merged_answers(table)
        no_at = table.columns.get(L.TASK_NO)
        rows = table.grid.rows
        for at in table.rows():
            row = rows[at]
            number = None if no_at is None else normalise.task_number(row[no_at])
            if number is None or table.weak:
                if is_any_header(row):
                    if table.repeats_header(row):
                        continue
                    # Another table begins.
                    quiet += [
                        (r, p) for r in table.rows() if r >= at and (p := first_text(rows[r])) is not None
                    ]
                    break
                if table.weak or no_at is None or not plain(row[no_at]):
                    titled, exact = self._by_title(table, row)
                    if titled:
                        filled = Row(table, at, titled, _filled(row, at, merged, rows), guessed=not exact)
                        (by_title if exact else by_likeness).append(filled)
                        continue
                if number is None or (table.weak and self._tasks and L.TASK_TITLE in table.columns):
                    if (place := first_text(row)) is None:
                        continue
                    if _is_aside(row):
                        quiet.append((at, place))
                    else:
                        self._unknown(table, at, place, "不是任务行（没有本年任务的编号）", None)
                    continue
            if self._tasks and number not in self._tasks:
                if _is_aside(row):
                    quiet.append((at, no_at or 0))
                else:
                    self._unknown(table, at, no_at or 0, f"不是本年任务的编号（任务 {number}）", number)
                continue
            self._keep(Row(table, at, number, _filled(row, at, merged, rows)))
        # A number that somebody wiped out does not lose the row, but never competes with a numbered one.
        for row_by_title in by_title:
            self._keep(row_by_title)
        for guess in by_likeness:
            self._guess(guess)
        if quiet:
            self._warnings.append(_asides(table, quiet))

    def _by_title(self, table: Table, row: Sequence[Cell]) -> tuple[int | None, bool]:
        """(task that a row's title names, True if word for word); (None, False) where it names none."""
        place = table.columns.get(L.TASK_TITLE)
        if place is None or not (self._tasks and (title := plain(row[place]))):
            return None, False
        if self._titles is None:
            self._titles = Titles(self._tasks.values())
        if (found := self._titles.exact(title)) is not None:
            return found, True
        answered = any(plain(row[p]) for name, p in table.columns.items() if name in ANSWERS)
        return (self._titles.closest(title) if answered else None), False

    def _guess(self, row: Row) -> None:
        """Take a row that only a similar title names, unless its task has an answer of its own."""
        title = plain(row.get(L.TASK_TITLE))
        place = row.table.columns[L.TASK_TITLE]
        known = self.by_task.get(row.task)
        if known is not None and known.answered:
            self._unknown(row.table, row.at, place, "不是任务行（没有本年任务的编号）", None)
            return
        self.by_task[row.task] = row
        where, given = row.table.at(row.at, place), self._tasks[row.task].title
        self._warnings.append(
            codes.warning("guessed-task", task=row.task, cell=where, value=title, given=given)
        )

    def _unknown(self, table: Table, at: int, column: int, what: str, task: int | None) -> None:
        value = joined(table.grid.rows[at][column:])
        self._warnings.append(not_taken(table.at(at, column), value, what, task=task))

    def _keep(self, row: Row) -> None:
        known = self.by_task.setdefault(row.task, row)
        if known is row:
            return
        if not known.answered and row.answered and _may_replace(known, row):
            known, row = row, known
            self.by_task[row.task] = known
        if known.table is not row.table and (not row.answered or row.cells == known.cells):
            return  # a spare copy of the sheet
        where = row.table.at(row.at, row.table.columns.get(L.TASK_NO, 0))
        self._warnings.append(
            codes.warning(
                "duplicate-task", task=row.task, cell=where, value=joined(row.cells),
                used=f"第 {known.at + 1} 行", where=f"{where} 这一行", level=None if row.answered else "explain",
            )
        )  # fmt: skip


def _may_replace(known: Row, row: Row) -> bool:
    """False for a row of some other list that happens to have the number: its title differs."""
    title = squeeze(plain(known.get(L.TASK_TITLE)))
    return not title or squeeze(plain(row.get(L.TASK_TITLE))) == title


def _is_aside(row: Sequence[Cell]) -> bool:
    """True for a total, a signature or a remark."""
    return any(isinstance(cell, str) and "".join(cell.split()).startswith(_ASIDE) for cell in row)


def _asides(table: Table, rows: list[tuple[int, int]]) -> Warning:
    """One mild warning for all rows that nobody meant as a task: totals, signatures, another table."""
    return not_taken(
        table.at(*rows[0]),
        "；".join(plain(table.grid.rows[r][c]) for r, c in rows),
        "是合计、签字或另一张表",
        where=rows_in_words(table, [r for r, _ in rows]),
        level="explain",
    )


def _merged_answers(table: Table) -> dict[tuple[int, int], tuple[int, int]]:
    """Place → place whose answer also holds for it, for answers merged over several rows."""
    answers = {place for name, place in table.columns.items() if name in ANSWERS}
    found = {}
    for (top, left), (bottom, _) in table.grid.merged:
        if bottom > top > table.last and left in answers:
            for row in range(top + 1, bottom + 1):
                found[row, left] = (top, left)
    return found


def _filled(
    row: list[Cell], at: int, merged: Mapping[tuple[int, int], tuple[int, int]], rows: list[list[Cell]]
) -> list[Cell]:
    """The row's cells with merged answers filled down."""
    if not merged:
        return row
    return [
        rows[merged[at, c][0]][c] if cell == "" and (at, c) in merged else cell for c, cell in enumerate(row)
    ]


# --- what a row says ------------------------------------------------------------------------------
def _progress(rows: Sequence[Row]) -> list[tuple[Result[str], Result[float | None]]]:
    """Status and progress of each row; bare numbers are judged by the column of their own table."""
    tables: dict[Table, list[Row]] = {}
    for row in rows:
        tables.setdefault(row.table, []).append(row)
    read: dict[Row, tuple[Result[str], Result[float | None]]] = {}
    for group in tables.values():
        states = [normalise.status(row.get(L.STATUS)) for row in group]
        shares = normalise.progress_column([row.get(L.PROGRESS) for row in group], [s.value for s in states])
        read.update(zip(group, zip(states, shares, strict=True), strict=True))
    return [read[row] for row in rows]


class _Entries:
    """Reads the cells of the tasks' rows of one unit."""

    def __init__(
        self, context: Context, unit: str, year: int | None, warnings: list[Warning], formats: Formats
    ) -> None:
        self._context = context
        self._unit = unit
        self._year = year
        self._warnings = warnings
        self._formats = formats

    def entry(self, row: Row, state: Result[str], progress: Result[float | None]) -> Entry:
        """The entry of one row, of which status and progress have been read."""
        columns, cells = row.table.columns, row.cells
        raw = dict(row.changed)
        if state.raw:
            self._kept(row, L.STATUS, state, raw)
        if progress.raw:
            self._kept(row, L.PROGRESS, progress, raw)
        done_on: date | None = None
        place = columns.get(L.DONE_ON)
        if place is not None and cells[place] != "":
            done = normalise.day(cells[place], self._year)
            done_on = done.value
            if done.raw:
                self._kept(row, L.DONE_ON, done, raw)
        texts: dict[str, str] = {}
        for column, name in _TEXT_FIELDS:
            place = columns.get(column)
            if place is not None and cells[place] != "":
                text = normalise.text(cells[place])
                texts[name] = text.value
                if text.code:
                    self._warn(row, column, text.code, text.value)
        place = columns.get(L.PHONE)
        if place is not None and cells[place] != "":
            sheet, at = row.table.grid.name, row.at
            phone = normalise.phone(cells[place], lambda: self._formats(sheet, at, place))
            texts["phone"] = phone.value
            if phone.code:
                self._warn(row, L.PHONE, phone.code, phone.value)
        if self._context.tasks:
            self._check_given(row)
        first = columns.get(L.STATUS)
        if first is None:
            first = min(place for name, place in columns.items() if name in ANSWERS)
        return Entry(
            row.task, state.value, progress.value, done_on, cell=row.table.at(row.at, first), raw=raw, **texts
        )

    def _kept(self, row: Row, column: str, result: Result[object], raw: dict[str, str]) -> None:
        raw[column] = result.raw
        if result.code:
            self._warn(row, column, result.code, result.raw, result.value)

    def _warn(self, row: Row, column: str, code: str, value: str, read: object = None) -> None:
        cell = row.table.at(row.at, row.table.columns[column])
        what = (
            "只有一个 1，暂按 1% 计，看不出是 1% 还是 100%"
            if read == 1.0
            else "读不懂或不在 0–100% 之内，按空白处理"
        )
        self._warnings.append(codes.warning(code, task=row.task, cell=cell, value=value, what=what))

    def _check_given(self, row: Row) -> None:
        """Warn where 任务名称 or 完成时限 is not what was sent out; an emptied or missing one is no edit."""
        task = self._context.tasks[row.task]
        columns, cells = row.table.columns, row.cells
        place = columns.get(L.TASK_TITLE)
        if place is not None and not row.guessed and cells[place] != task.title:
            title = plain(cells[place])
            if title and squeeze(title) != squeeze(task.title):
                self._edited(row, place, title, task.title)
        place = columns.get(L.DUE)
        if place is not None and cells[place] != "":
            allowed = (self._context.due.get((row.task, self._unit)), task.due)
            if cells[place] not in allowed:
                due = normalise.day(cells[place], None).value
                if due is not None and due not in allowed and any(allowed):
                    self._edited(row, place, due.isoformat(), str(allowed[0] or allowed[1]))

    def _edited(self, row: Row, place: int, value: str, given: str) -> None:
        cell = row.table.at(row.at, place)
        self._warnings.append(
            codes.warning("given-cell-edited", task=row.task, cell=cell, value=value, given=given)
        )
