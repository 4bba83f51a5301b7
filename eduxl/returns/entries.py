"""The rows of entry tables → entries. Nothing is dropped without saying so: what is no task's row ends in a
warning.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from functools import lru_cache, partial
from typing import Any, NamedTuple

from attrs import evolve

from eduxl import labels as L
from eduxl.model import Entry, Warning
from eduxl.numerals import date_digits
from eduxl.returns import codes, normalise, synonyms
from eduxl.returns.codes import Level
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
    reference,
    rows_in_words,
)
from eduxl.returns.titles import Titles, bare
from eduxl.spreadsheet.cells import Cell

#: Columns of answers whose value is plain text, with the field of `Entry`.
_TEXT_FIELDS: tuple[tuple[str, str], ...] = (
    (L.REPORT, "report"),
    (L.PROBLEM, "problems"),
    (L.NEXT_STEPS, "next_steps"),
    (L.EVIDENCE, "evidence"),
    (L.REPORTER, "reporter"),
)
#: So many rows of a table that are not taken have a warning each.
_OWN_WARNINGS = 50
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
    titles = Titles(context.tasks.values())
    rows = _Rows(context, unit, titles, warnings)
    used = _of_this_round(list(tables), context, warnings)
    for table in used:
        rows.take(table)
    reader = _Entries(context, unit, titles, year, warnings, formats)
    found = list(rows.by_task.values())
    warnings += _from_other_sheets(used, found)
    resolve(found, warnings)
    warnings += _spare_columns(found)
    return tuple(reader.entry(row, *read) for row, read in zip(found, _progress(found), strict=True))


# --- which tables count ---------------------------------------------------------------------------
#: A month in a sheet's name, with or without its year; what is to be done before its end is no month's report.
_MONTHS = re.compile(
    r"(?:(20\d\d)[年./-])?(?<!\d)(1[0-2]|0?[1-9])月(?!底|末|前|起|\d+日?前)|(20\d\d)[./-]?(1[0-2]|0[1-9])(?!\d)"
)


def _of_this_round(tables: list[Table], context: Context, warnings: list[Warning]) -> list[Table]:
    """The tables that count, 填报表 first; where some do, sheets of another month and spare ones are left out with
    a word.
    """
    names = list(dict.fromkeys(table.grid.name for table in tables))
    if len(names) < 2:
        return tables
    round_id = context.round.id if context.round else ""
    used = [name for name in names if not _is_earlier(name, round_id)] or names
    for table in tables:
        rows = table.grid.rows
        if table.grid.name not in used and (
            told := [at for at in table.rows() if Row(table, at, 0, rows[at]).answered]
        ):
            value = "；".join(joined(rows[at]) for at in told)
            what = f"是以前的或备份的，采用的是{L.SEP.join(f'“{name}”' for name in used)}"
            where = rows_in_words(table, told)
            warnings.append(not_taken(table.at(told[0], 0), value, what, where=where))
    return sorted((t for t in tables if t.grid.name in used), key=lambda table: table.grid.name != L.FORM)


def _is_earlier(sheet: str, round_id: str) -> bool:
    """True for the name of a sheet of another month than the round's (2022-06), or of a spare one."""
    if synonyms.EARLIER_SHEETS.search(sheet):
        return True
    year, _, month = round_id.partition("-")
    if not month.isdecimal():
        return False
    months = _MONTHS.findall(date_digits(squeeze(sheet)))
    named = [(before or within or year, int(alone or after)) for before, alone, within, after in months]
    return bool(named) and (year, int(month)) not in named


def _from_other_sheets(tables: Sequence[Table], rows: Sequence[Row]) -> Iterator[Warning]:
    """A mild warning for each sheet after the first that completes it."""
    sheets: dict[str, list[Row]] = {}
    for row in rows:
        if row.table.grid is not tables[0].grid and row.answered:
            sheets.setdefault(row.table.grid.name, []).append(row)
    first = tables[0].grid.name
    for name, group in sheets.items():
        if name != first:
            tasks = L.SEP.join(str(row.task) for row in group)
            cell = group[0].table.at(group[0].at, 0)
            yield codes.warning("other-sheet", cell=cell, value=name, tasks=tasks, first=first)


def _spare_columns(rows: Sequence[Row]) -> Iterator[Warning]:
    """A mild warning for each column with content in the tasks' rows that is none of ours."""
    tables: dict[Table, list[Row]] = {}
    for row in rows:
        tables.setdefault(row.table, []).append(row)
    for table, group in tables.items():
        for place in table.spare_columns():
            texts = {row.at: text for row in group if (text := plain(row.cells[place]))}
            if texts:
                cell, head, ours = table.at(next(iter(texts)), place), table.header(place), table.meant(place)
                where = f"{cell} 起{f'“{head}”' if head else '没有列名的'}一列"
                what = f"与“{ours}”一列重复" if ours else "不是填报的列"
                yield not_taken(cell, "；".join(texts.values()), what, where=where, level="explain")


# --- which rows are the tasks' --------------------------------------------------------------------
class _Rows:
    """Finds the row of each task in the entry tables of one unit."""

    def __init__(self, context: Context, unit: str, titles: Titles, warnings: list[Warning]) -> None:
        self.by_task: dict[int, Row] = {}
        self._tasks = context.tasks
        self._assigned = context.assigned.get(unit)
        self._titles = titles
        self._warnings = warnings
        self._table: Table | None = None
        self._told: list[int] = []

    def take(self, table: Table) -> None:
        """Take the rows of one table."""
        rows = table.grid.rows
        ats = list(table.rows())
        table = self._done_on(table, ats)
        if self._is_misnumbered(table, ats):
            table = evolve(table, weak=True)
        self._table, self._told = table, []
        quiet: list[tuple[int, int]] = []
        by_title: list[Row] = []
        by_likeness: list[Row] = []
        merged = _merged_answers(table)
        no_at = table.columns.get(L.TASK_NO)
        counted = table.weak and self._counts_rows(table, ats)
        for at in ats:
            row = rows[at]
            number = None if no_at is None else normalise.task_number(row[no_at])
            if number is None or table.weak:
                if is_any_header(row):
                    if table.repeats_header(row):
                        continue
                    # Another table begins.
                    quiet += [(r, p) for r in ats if r >= at and (p := first_text(rows[r])) is not None]
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
                    if _is_aside(table, row):
                        quiet.append((at, place))
                    else:
                        self._unknown(table, at, place, "不是任务行（没有本年任务的编号）", None)
                    continue
                if counted or (table.weak and self._assigned is not None and number not in self._assigned):
                    self._unknown(table, at, no_at or 0, "只有序号，看不出是哪项任务", None)
                    continue
            if self._tasks and number not in self._tasks:
                if _is_aside(table, row):
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
        if more := sorted(self._told[_OWN_WARNINGS:]):
            value = "；".join(joined(rows[at]) for at in more)
            where = rows_in_words(table, more)
            what = "不是任务行，或与别的行重复"
            self._warnings.append(not_taken(table.at(more[0], 0), value, what, where=where))

    def _done_on(self, table: Table, ats: Sequence[int]) -> Table:
        """The table with its 完成时间 read as 完成日期 where only what is done has one, and that no deadline."""
        due, state = table.columns.get(L.DUE), table.columns.get(L.STATUS)
        if due is None or state is None or L.DONE_ON in table.columns or not table.has_second_meaning(due):
            return table
        filled = [row for at in ats if plain((row := table.grid.rows[at])[due]) and table.names_task(row)]
        deadlines = {task.due for task in self._tasks.values()}
        if not filled or any(
            normalise.status(row[state]).value != L.COMPLETED
            or normalise.day(row[due], None).value in deadlines
            for row in filled
        ):
            return table
        columns = {name: place for name, place in table.columns.items() if name != L.DUE}
        return evolve(table, columns=columns | {L.DONE_ON: due})

    def _is_misnumbered(self, table: Table, ats: Sequence[int]) -> bool:
        """True where the numbers are the school's own: two titles or more, and most of them, are another task's."""
        no_at, title_at = table.columns.get(L.TASK_NO), table.columns.get(L.TASK_TITLE)
        if table.weak or no_at is None or title_at is None or not self._tasks:
            return False
        right = 0
        wrong: list[int] = []
        for at in ats:
            row = table.grid.rows[at]
            number = normalise.task_number(row[no_at])
            if number is None:
                continue
            task = self._tasks.get(number)
            if task is not None and row[title_at] == task.title:
                right += 1
            elif named := self._titles.exact(plain(row[title_at])):
                right += named == number
                if named != number:
                    wrong.append(at)
        if len(wrong) < 2 or len(wrong) <= right:
            return False
        said = [plain(table.grid.rows[at][no_at]) for at in wrong]
        self._warnings.append(
            codes.warning("own-numbers", cell=table.at(wrong[0], no_at), value=L.SEP.join(said))
        )
        return True

    def _counts_rows(self, table: Table, ats: Sequence[int]) -> bool:
        """True where 序号 only counts the rows: 1, 2, 3 …, which are not all tasks of the unit."""
        if self._assigned is None or not self._tasks or L.TASK_TITLE in table.columns:
            return False
        place = table.columns[L.TASK_NO]
        numbers = [n for at in ats if (n := normalise.task_number(table.grid.rows[at][place])) is not None]
        return numbers == list(range(1, len(numbers) + 1)) and not set(numbers) <= set(self._assigned)

    def _by_title(self, table: Table, row: Sequence[Cell]) -> tuple[int | None, bool]:
        """(task that a row's title names, True if word for word); (None, False) where it names none."""
        place = table.columns.get(L.TASK_TITLE)
        if place is None or not (self._tasks and (title := plain(row[place]))):
            return None, False
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
        if self._has_own_warning(table, at):
            value = joined(table.grid.rows[at][column:])
            self._warnings.append(not_taken(table.at(at, column), value, what, task=task))

    def _has_own_warning(self, table: Table, at: int) -> bool:
        """True if a row gets a warning of its own; past the first ones of a table they share one."""
        if table is not self._table:
            return True
        self._told.append(at)
        return len(self._told) <= _OWN_WARNINGS

    def _keep(self, row: Row) -> None:
        known = self.by_task.setdefault(row.task, row)
        if known is row:
            return
        if not known.answered and row.answered and _may_replace(known, row):
            known, row = row, known
            self.by_task[row.task] = known
        if known.table is not row.table and (not row.answered or row.cells == known.cells):
            return  # a spare copy of the sheet
        here = known.table.grid.name == row.table.grid.name
        used = f"第 {known.at + 1} 行" if here else f"{known.table.at(known.at, 0)} 这一行"
        where = row.table.at(row.at, row.table.columns.get(L.TASK_NO, 0))
        if self._has_own_warning(row.table, row.at):
            self._warnings.append(
                codes.warning(
                    "duplicate-task", task=row.task, cell=where, value=joined(row.cells),
                    used=used, where=f"{where} 这一行", level=None if row.answered else "explain",
                )
            )  # fmt: skip


def _may_replace(known: Row, row: Row) -> bool:
    """False for a row of some other list that happens to have the number: its title differs."""
    title = squeeze(plain(known.get(L.TASK_TITLE)))
    return not title or squeeze(plain(row.get(L.TASK_TITLE))) == title


def _is_aside(table: Table, row: Sequence[Cell]) -> bool:
    """True for a total, a signature or a remark: it begins with such a word and tells no state of a task."""
    text = "".join(next((word for cell in row if (word := plain(cell))), "").split())
    if not text.startswith(_ASIDE):
        return False
    state, progress = (table.columns.get(name) for name in (L.STATUS, L.PROGRESS))
    if state is not None and normalise.status(row[state]).value:
        return False
    # A total of the column 完成进度 is no task's.
    return (
        text.startswith(synonyms.TOTAL_STARTS)
        or progress is None
        or normalise.progress_column([row[progress]], [""])[0].value is None
    )


def _asides(table: Table, rows: list[tuple[int, int]]) -> Warning:
    """One mild warning for all rows that nobody meant as a task: totals, signatures, another table."""
    return not_taken(
        table.at(*rows[0]),
        "；".join(joined(table.grid.rows[r][c:]) for r, c in rows),
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


class _Layout(NamedTuple):
    """Where a table has what `_Entries` reads: (our column, place) of its answers, (place, column, field of
    `Entry`) of its texts, and its first answer.
    """

    answers: tuple[tuple[str, int], ...]
    texts: tuple[tuple[int, str, str], ...]
    first: int


@lru_cache(maxsize=64)
def _layout(columns: tuple[tuple[str, int], ...]) -> _Layout:
    """The layout of a table with these columns; copies of one form have the same."""
    answers = tuple((name, place) for name, place in columns if name in ANSWERS)
    places = dict(answers)
    texts = tuple((places[column], column, name) for column, name in _TEXT_FIELDS if column in places)
    return _Layout(answers, texts, places.get(L.STATUS, min(places.values())))


@lru_cache(maxsize=4096)
def _references(sheet: str, row: int, answers: tuple[tuple[str, int], ...]) -> dict[str, str]:
    """Column → reference of the answers in a row; one and the same for all returns on one form, so not to be changed."""
    return {name: reference(sheet, row, place) for name, place in answers}


class _Entries:
    """Reads the cells of the tasks' rows of one unit."""

    def __init__(
        self,
        context: Context,
        unit: str,
        titles: Titles,
        year: int | None,
        warnings: list[Warning],
        formats: Formats,
    ) -> None:
        self._context = context
        self._titles = titles
        self._unit = unit
        self._year = year
        self._warnings = warnings
        self._formats = formats
        self._layouts: dict[Table, _Layout] = {}

    def entry(self, row: Row, state: Result[str], progress: Result[float | None]) -> Entry:
        """The entry of one row, of which status and progress have been read."""
        table, cells, raw = row.table, row.cells, row.changed
        columns = table.columns
        if (layout := self._layouts.get(table)) is None:
            layout = self._layouts[table] = _layout(tuple(columns.items()))
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
        texts: dict[str, Any] = {}
        for at, column, name in layout.texts:
            if (cell := cells[at]) != "":
                text = normalise.text(cell)
                texts[name] = text.value
                if text.code:
                    self._warn(row, column, text.code, text.value)
        place = columns.get(L.PHONE)
        if place is not None and cells[place] != "":
            phone = normalise.phone(cells[place], partial(self._formats, table.grid.name, row.at, place))
            texts["phone"] = phone.value
            if phone.code:
                self._warn(row, L.PHONE, phone.code, phone.value)
        if self._context.tasks:
            self._check_given(row)
        return Entry(
            row.task,
            state.value,
            progress.value,
            done_on,
            cell=reference(table.grid.name, row.at, layout.first),
            raw=raw,
            cells=_references(table.grid.name, row.at, layout.answers),
            **texts,
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
            if title and bare(title) != bare(task.title):
                other = self._titles.exact(title)
                level: Level | None = "must" if other and other != task.no else None
                self._edited(row, place, title, task.title, level)
        place = columns.get(L.DUE)
        if place is not None and cells[place] != "":
            allowed = (self._context.due.get((row.task, self._unit)), task.due)
            if cells[place] not in allowed:
                due = normalise.day(cells[place], None).value
                if due is not None and due not in allowed and any(allowed):
                    self._edited(row, place, due.isoformat(), str(allowed[0] or allowed[1]))

    def _edited(self, row: Row, place: int, value: str, given: str, level: Level | None = None) -> None:
        cell = row.table.at(row.at, place)
        self._warnings.append(
            codes.warning(
                "given-cell-edited", task=row.task, cell=cell, value=value, given=given, level=level
            )
        )
