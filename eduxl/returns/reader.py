"""One file → whose return it is, for which round, and what it says about each task.

The tables are found by their header words, the rows by their task number, the unit by (hidden sheet → 单位
cell → file name → sheet name). Nothing is dropped without saying so: what is no task's row ends in a warning.
Bad files give a rejection.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import Protocol

from attrs import define, field, frozen

from eduxl import labels as L
from eduxl.model import Entry, IndicatorValue, Problem, Round, Task, Unit, Warning
from eduxl.returns import codes, normalise, sheets, synonyms
from eduxl.returns.codes import Rejection
from eduxl.returns.intake import Source
from eduxl.returns.normalise import Cell, plain, squeeze
from eduxl.returns.sheets import Book, Grid, Unreadable, column_letters

#: A header is looked for in this many rows from the top.
HEADER_ROWS = 30
#: Columns of answers whose value is plain text, with the field of `Entry`.
_TEXT_FIELDS: tuple[tuple[str, str], ...] = (
    (L.REPORT, "report"),
    (L.PROBLEM, "problems"),
    (L.NEXT_STEPS, "next_steps"),
    (L.EVIDENCE, "evidence"),
    (L.REPORTER, "reporter"),
    (L.PHONE, "phone"),
)
_ANSWERS = frozenset(L.ANSWER_COLUMNS)
#: Sheets of ours without answers.
_NOT_READ = frozenset({L.META, L.FORM_HELP, L.FORM_BODIES})


class UnitIndex(Protocol):
    """What the reader needs of a roster."""

    def unit(self, code: str) -> Unit | None: ...
    def find(self, name: str) -> Unit | None: ...
    def named_in(self, text: str) -> tuple[Unit, ...]: ...


@frozen
class Context:
    """What the reader may know. Everything is optional: without a tracker, files are read for what they say.

    `year` is the plan's; `assigned` the task numbers each unit has to answer in the round; `due` the dates
    that hold, by (task, unit code), None for a task without one; `received` the day on which the file came.
    """

    tracker: str | None = None
    round: Round | None = None
    year: int | None = None
    roster: UnitIndex | None = None
    tasks: Mapping[int, Task] = field(factory=dict)
    assigned: Mapping[str, tuple[int, ...]] = field(factory=dict)
    due: Mapping[tuple[int, str], date | None] = field(factory=dict)
    received: date | None = None


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


@frozen
class Reading:
    """What a file says: one item per unit, or why nothing was taken."""

    items: tuple[UnitReading, ...] = ()
    rejected: Rejection | None = None


class _Rejected(Exception):
    def __init__(self, code: str, **words: object) -> None:
        super().__init__(code)
        self.rejection = codes.rejection(code, **words)


def read_return(source: Source, context: Context, *, unit: str | None = None) -> Reading:
    """Read one file. A bad file gives a `Reading` with `rejected`; FileProblem only where the disk says no.

    `unit` is a code by which the clerk has decided whose file it is; nothing in the file is then asked.
    """
    try:
        if source.size > sheets.MAX_FILE:
            raise _Rejected("too-large", what=f"{source.size >> 20} MB")
        return Reading(_read(source, sheets.open_book(source.data), context, unit))
    except Unreadable as problem:
        return Reading(rejected=codes.rejection(problem.code, what=problem.what))
    except _Rejected as problem:
        return Reading(rejected=problem.rejection)


def _read(source: Source, book: Book, context: Context, decided: str | None) -> tuple[UnitReading, ...]:
    meta = _meta(book)
    tables: list[_Table] = []
    indicators: list[_Table] = []
    problems: list[_Table] = []
    strange: list[Warning] = [_cut_warning(cell) for cell in book.cut]
    for name in book.names:
        if name in _NOT_READ:
            continue
        grid = book.grid(name)
        if table := _find_table(grid, synonyms.HEADERS, _is_entry_header):
            tables.append(table)
        elif table := _find_table(grid, synonyms.INDICATOR_HEADERS, _is_indicator_header):
            indicators.append(table)
        elif table := _find_table(grid, synonyms.PROBLEM_HEADERS, _is_problem_header):
            problems.append(table)
        elif first := _first_content(grid.rows):
            strange.append(_strange_sheet(grid, first))
    if not tables:
        raise _Rejected("no-entry-table")
    _check_origin(meta, context)

    round_id = meta.get("round") or (context.round.id if context.round else None)
    year = _year(round_id, context)
    parts = _identify(source, tables, meta, context, decided)
    # 指标填报 and 问题清单 name no unit: they belong to the file's first one.
    items = []
    for number, (unit, label, extra, own) in enumerate(parts):
        reader = _Entries(context, unit, year)
        for table in own:
            reader.read(table)
        entries = tuple(reader.entries())
        warnings = [*extra, *reader.warnings]
        figures: list[IndicatorValue] = []
        listed: list[Problem] = []
        if number == 0:
            for table in indicators:
                _read_indicators(table, context, figures, warnings)
            for table in problems:
                _read_problems(table, context, listed, warnings)
            warnings += strange
        items.append(
            UnitReading(
                unit, label, round_id, entries, tuple(warnings), tuple(figures), tuple(listed),
                book.modified,
            )
        )  # fmt: skip
    return tuple(items)


# --- where it comes from --------------------------------------------------------------------------
def _meta(book: Book) -> dict[str, str]:
    """The hidden sheet's keys and values; {} where it is gone."""
    if L.META not in book.names:
        return {}
    return {plain(row[0]): plain(row[1]) for row in book.grid(L.META).rows if len(row) > 1 and row[0] != ""}


def _check_origin(meta: Mapping[str, str], context: Context) -> None:
    theirs = meta.get("tracker")
    if theirs and context.tracker and theirs != context.tracker:
        raise _Rejected("wrong-tracker", theirs=theirs, ours=context.tracker)
    theirs = meta.get("round")
    if theirs and context.round and theirs != context.round.id:
        raise _Rejected("wrong-round", theirs=theirs, ours=context.round.id)


def _year(round_id: str | None, context: Context) -> int | None:
    """The year of dates that are written without one: the round's, else the plan's."""
    if round_id and round_id[:4].isdigit() and len(round_id) > 4 and round_id[4] == "-":
        return int(round_id[:4])
    return context.year


_Part = tuple[str, str, list[Warning], list["_Table"]]


def _identify(
    source: Source, tables: list[_Table], meta: Mapping[str, str], context: Context, decided: str | None
) -> list[_Part]:
    """(unit code, label, warnings, its tables) for each unit in the file. Raises _Rejected where one is
    unknown.
    """
    roster = context.roster
    cells = [_unit_cell(table) for table in tables]
    hidden = meta.get("unit", "")
    if decided:
        known = roster.unit(decided) if roster else None
        return [(decided, _label(known) if known else decided, [], tables)]
    if roster is None:
        label = next((text for text, _ in cells if text), "") or hidden or source.name
        return [(hidden, label, [], tables)]
    if hidden:
        known = roster.unit(hidden)
        if known is None:
            raise _Rejected("unknown-unit", what=f"隐藏信息里的单位编码“{hidden}”不在名册里")
        extra: list[Warning] = []
        for text, where in cells:
            named = _units_in_cell(text, roster)
            if (named and known not in named) or len(named) > 1:
                other = next(u for u in named if u != known)
                what = f"这是发给“{_label(known)}”的表，但“单位”一格写的是“{_label(other)}”"
                raise _Rejected("unknown-unit", what=what)
            if text and not named:
                extra.append(codes.warning("given-cell-edited", cell=where, value=text, given=_label(known)))
        return [(known.code, _label(known), extra, tables)]

    own: list[Unit | None] = []
    for table, (text, _) in zip(tables, cells, strict=True):
        named = _units_in_cell(text, roster)
        if not named and len(tables) > 1:
            named = roster.named_in(table.grid.name)
        own.append(named[0] if len(named) == 1 else None)
    named = roster.named_in(_stem(source.name))
    by_file = named[0] if len(named) == 1 else None
    if by_file is None and len(tables) == 1 and own[0] is None:
        named = roster.named_in(tables[0].grid.name)
        by_file = named[0] if len(named) == 1 else None
    parts: dict[str, _Part] = {}
    for table, unit in zip(tables, own, strict=True):
        unit = unit or by_file
        if unit is None:
            seen = "、".join(f"“{text}”" for text in (cells[0][0], source.name, table.grid.name) if text)
            raise _Rejected("unknown-unit", what=f"没有隐藏信息，从{seen}也认不出名册里的一个单位")
        parts.setdefault(unit.code, (unit.code, _label(unit), [], []))[3].append(table)
    return list(parts.values())


def _label(unit: Unit) -> str:
    return f"{unit.code} {unit.name}"


def _stem(name: str) -> str:
    stem, dot, ending = name.rpartition(".")
    return stem if dot and stem and ending.isascii() and len(ending) <= 5 else name


def _unit_cell(table: _Table) -> tuple[str, str]:
    """What stands after “单位：” above the table, and where; ("", "") where nothing does."""
    for r, row in enumerate(table.grid.rows[: table.first]):
        for c, cell in enumerate(row):
            if not isinstance(cell, str) or len(cell) < 2:
                continue
            before, colon, after = cell.replace(":", "：", 1).partition("：")
            if "".join(before.split("（")[0].split()) not in synonyms.UNIT_LABELS:
                continue
            if value := _without_suffix(plain(after)):
                return value, table.at(r, c)
            for right in range(c + 1, len(row)):
                if text := plain(row[right]):
                    if "：" in text or ":" in text:
                        break
                    return _without_suffix(text), table.at(r, right)
            if colon:
                return "", ""
    return "", ""


def _without_suffix(text: str) -> str:
    for suffix in synonyms.UNIT_SUFFIXES:
        text = text.removesuffix(suffix).rstrip()
    return text


def _units_in_cell(text: str, roster: UnitIndex) -> tuple[Unit, ...]:
    """The units a 单位 cell names: as a whole, or piece by piece ("code name", "name （2022年6月）"), always
    exactly.
    """
    if not text:
        return ()
    if unit := roster.find(text):
        return (unit,)
    code, _, name = text.partition(" ")
    both = [roster.find(code), roster.find(name)]
    if not any(both):
        both = [roster.find(piece) for piece in _PIECES.split(_BRACKETS.sub(" ", text)) if piece]
    return tuple({unit.code: unit for unit in both if unit is not None}.values())


_BRACKETS = re.compile(r"（[^）]*）|\([^)]*\)")
_PIECES = re.compile(r"[\s、，,；;：:_]+")


# --- finding tables -------------------------------------------------------------------------------
@frozen
class _Table:
    """A table in a sheet: its header is in rows `first` to `last` (from 0), `columns` are by our names."""

    grid: Grid
    first: int
    last: int
    columns: dict[str, int]
    #: True where the task number comes from a column such as 序号
    weak: bool

    def at(self, row: int, column: int) -> str:
        """Sheet and A1 reference of a place."""
        return f"{quoted(self.grid.name)}!{column_letters(column)}{row + 1}"


@lru_cache(maxsize=256)
def quoted(sheet: str) -> str:
    """A sheet's name as a reference has it, in quotes where it needs them."""
    return sheet if sheet.replace("_", "").isalnum() else "'" + sheet.replace("'", "''") + "'"


def _is_entry_header(columns: Mapping[str, int]) -> bool:
    answers = _ANSWERS & columns.keys()
    has_key = L.TASK_NO in columns or L.TASK_TITLE in columns
    # A list of problems and measures alone is another table.
    return has_key and len(answers) >= 2 and not answers.isdisjoint((L.STATUS, L.PROGRESS, L.REPORT))


def _is_indicator_header(columns: Mapping[str, int]) -> bool:
    return synonyms.IND_NAME in columns and synonyms.IND_VALUE in columns and L.TASK_NO in columns


def _is_problem_header(columns: Mapping[str, int]) -> bool:
    return synonyms.PRO_TEXT in columns and L.TASK_NO in columns


class _HeaderTest(Protocol):
    def __call__(self, columns: Mapping[str, int], /) -> bool: ...


@lru_cache(maxsize=4096)
def clean_header(text: str) -> str:
    """A header's words: half-width, without white space, marks and what stands in brackets."""
    word = squeeze(text).strip("*★:：")
    return word.partition("(")[0].strip("*★:：") or word


def _header_words(row: Sequence[Cell], known: Mapping[str, str]) -> dict[str, int]:
    """Our columns named in a row, each at its first place; a weak task number only without another."""
    columns: dict[str, int] = {}
    weak = -1
    for at, cell in enumerate(row):
        if not isinstance(cell, str) or not cell or len(cell) > 30:
            continue
        name = known.get(cell)
        if name is None:
            word = clean_header(cell)
            name = known.get(word)
            if name is None:
                if word in synonyms.WEAK_TASK_NO and weak < 0:
                    weak = at
                continue
        columns.setdefault(name, at)
    if weak >= 0 and L.TASK_NO not in columns:
        columns[_WEAK] = weak
    return columns


_WEAK = "weak task number"
_KEYS = frozenset({L.TASK_NO, L.TASK_TITLE, _WEAK})


def _find_table(grid: Grid, known: Mapping[str, str], is_header: _HeaderTest) -> _Table | None:
    """The table whose header names most of our columns, within the first rows; a header may span two rows."""
    best: _Table | None = None
    rows = grid.rows
    for at in range(min(len(rows), HEADER_ROWS)):
        row = rows[at]
        if len(row) - row.count("") < 2:
            continue
        columns, last = _header_words(row, known), at
        if not columns:
            continue
        if at + 1 < len(rows) and not _KEYS.isdisjoint(columns):
            below = _header_words(rows[at + 1], known)
            below.pop(_WEAK, None)
            is_lower = len(below) > 1 or any(row[place] == "" for place in below.values())
            if is_lower and not _has_number(rows[at + 1], columns):
                # The lower row is the exact one: 完成情况 above, 完成状态 and 完成进度 below it.
                places = set(below.values())
                columns = {n: p for n, p in columns.items() if p not in places} | below
                last = at + 1
        weak = columns.pop(_WEAK, None)
        if weak is not None and L.TASK_NO not in columns:
            columns[L.TASK_NO] = weak
        else:
            weak = None
        if is_header(columns) and (best is None or len(columns) > len(best.columns)):
            best = _Table(grid, at, last, columns, weak is not None)
            if len(columns) > 6:
                break
    return best


def _has_number(row: Sequence[Cell], columns: Mapping[str, int]) -> bool:
    place = columns.get(L.TASK_NO, columns.get(_WEAK))
    return place is not None and normalise.task_number(row[place]) is not None


def _first_content(rows: Iterable[Sequence[Cell]]) -> tuple[int, int] | None:
    for r, row in enumerate(rows):
        for c, cell in enumerate(row):
            if cell != "":
                return r, c
    return None


def _strange_sheet(grid: Grid, first: tuple[int, int]) -> Warning:
    table = _Table(grid, 0, 0, {}, False)
    where = table.at(*first)
    value = plain(grid.rows[first[0]][first[1]])
    return codes.warning(
        "unknown-task", level="explain", cell=where, value=value, where=f"工作表“{grid.name}”",
        what="等内容不在填报表格里",
    )  # fmt: skip


def _cut_warning(cell: str) -> Warning:
    return codes.warning(
        "unknown-task", level="explain", cell=cell, value="", where=f"很远处的单元格 {cell}", what="有内容"
    )


# --- entries --------------------------------------------------------------------------------------
@define
class _Row:
    """A row of a task: where it is and what its cells hold (merged answers filled down)."""

    table: _Table
    at: int
    task: int
    cells: list[Cell]

    def get(self, column: str) -> Cell:
        place = self.table.columns.get(column)
        return "" if place is None else self.cells[place]

    @property
    def answered(self) -> bool:
        cells = self.cells
        return any(cells[p] != "" and plain(cells[p]) for n, p in self.table.columns.items() if n in _ANSWERS)


class _Entries:
    """Reads the entry tables of one unit; several tables complete each other, the first row with content
    wins.
    """

    def __init__(self, context: Context, unit: str, year: int | None) -> None:
        self._context = context
        self._unit = unit
        self._year = year
        self._titles: dict[str, int] | None = None
        self._rows: dict[int, _Row] = {}
        self.warnings: list[Warning] = []

    def read(self, table: _Table) -> None:
        """Take the rows of one table."""
        quiet: list[tuple[int, int]] = []
        by_title: list[_Row] = []
        merged = _merged_answers(table)
        no_at = table.columns.get(L.TASK_NO)
        rows = table.grid.rows
        for at in range(table.last + 1, len(rows)):
            row = rows[at]
            if row.count("") == len(row):
                continue
            number = None if no_at is None else normalise.task_number(row[no_at])
            if number is None or table.weak:
                if self._is_header(table, row):
                    if self._repeats(table, row):
                        continue
                    quiet += [
                        (r, first)
                        for r in range(at, len(rows))
                        if (first := _first_text(rows[r])) is not None
                    ]
                    break
                titled = self._by_title(table, row)
                if titled is not None and (table.weak or no_at is None or not plain(row[no_at])):
                    by_title.append(_Row(table, at, titled, _filled(row, at, merged, rows)))
                    continue
                if number is None or (table.weak and self._context.tasks and L.TASK_TITLE in table.columns):
                    self._not_a_task(table, at, row, quiet)
                    continue
            if self._context.tasks and number not in self._context.tasks:
                if self._is_aside(row):
                    quiet.append((at, no_at or 0))
                else:
                    self._unknown(table, at, no_at or 0, f"不是本年任务的编号（任务 {number}）", number)
                continue
            self._take(_Row(table, at, number, _filled(row, at, merged, rows)))
        # A number that somebody wiped out does not lose the row, but never competes with a numbered one.
        for row_by_title in by_title:
            self._take(row_by_title)
        if quiet:
            self._list_quietly(table, quiet)

    def _is_header(self, table: _Table, row: Sequence[Cell]) -> bool:
        words = 0
        for cell in row:
            if isinstance(cell, str) and cell and len(cell) <= 20 and (
                cell in synonyms.HEADERS or cell in synonyms.PROBLEM_HEADERS or cell in synonyms.WEAK_TASK_NO
                or clean_header(cell) in synonyms.HEADERS
            ):  # fmt: skip
                words += 1
        return words >= 2

    def _repeats(self, table: _Table, row: Sequence[Cell]) -> bool:
        found = _header_words(row, synonyms.HEADERS)
        same = sum(table.columns.get(name) == place for name, place in found.items())
        return same >= 2 and same * 2 > len(found)

    def _by_title(self, table: _Table, row: Sequence[Cell]) -> int | None:
        place = table.columns.get(L.TASK_TITLE)
        if place is None or not self._context.tasks:
            return None
        if self._titles is None:
            titles: dict[str, int] = {}
            for task in self._context.tasks.values():
                title = squeeze(task.title)
                # Two tasks of one title: neither is named by it.
                titles[title] = 0 if title in titles else task.no
            self._titles = titles
        title = squeeze(plain(row[place]))
        return (self._titles.get(title) or None) if title else None

    def _is_aside(self, row: Sequence[Cell]) -> bool:
        for cell in row:
            if isinstance(cell, str) and cell:
                word = "".join(cell.split())
                if word.startswith(synonyms.SIGNATURE_STARTS) or word.startswith(synonyms.TOTAL_STARTS):
                    return True
        return False

    def _not_a_task(self, table: _Table, at: int, row: Sequence[Cell], quiet: list[tuple[int, int]]) -> None:
        first = _first_text(row)
        if first is None:
            return
        if self._is_aside(row):
            quiet.append((at, first))
        else:
            self._unknown(table, at, first, "不是任务行（没有本年任务的编号）", None)

    def _unknown(self, table: _Table, at: int, column: int, what: str, task: int | None) -> None:
        value = "；".join(text for cell in table.grid.rows[at][column:] if (text := plain(cell)))
        where = table.at(at, column)
        self.warnings.append(
            codes.warning("unknown-task", task=task, cell=where, value=value, where=f"{where} 起", what=what)
        )

    def _list_quietly(self, table: _Table, rows: list[tuple[int, int]]) -> None:
        """One mild warning for all rows that nobody meant as a task: totals, signatures, another table."""
        at, column = rows[0]
        numbers = "、".join(str(r + 1) for r, _ in rows[:8]) + (f" 等 {len(rows)} " if len(rows) > 8 else " ")
        value = "；".join(plain(table.grid.rows[r][c]) for r, c in rows)
        self.warnings.append(
            codes.warning(
                "unknown-task", level="explain", cell=table.at(at, column), value=value,
                where=f"“{table.grid.name}”第 {numbers}行", what="是合计、签字或另一张表",
            )
        )  # fmt: skip

    def _take(self, row: _Row) -> None:
        known = self._rows.get(row.task)
        if known is None:
            self._rows[row.task] = row
            return
        if not known.answered and row.answered and self._may_replace(known, row):
            known, row = row, known
            self._rows[row.task] = known
        if known.table is not row.table and (not row.answered or row.cells == known.cells):
            return  # a spare copy of the sheet
        where = row.table.at(row.at, row.table.columns.get(L.TASK_NO, 0))
        value = "；".join(text for cell in row.cells if (text := plain(cell)))
        self.warnings.append(
            codes.warning(
                "duplicate-task", task=row.task, cell=where, value=value, used=f"第 {known.at + 1} 行",
                where=f"{where} 这一行", level=None if row.answered else "explain",
            )
        )  # fmt: skip

    def _may_replace(self, known: _Row, row: _Row) -> bool:
        """False for a row of some other list that happens to have the number: its title differs."""
        title = squeeze(plain(known.get(L.TASK_TITLE)))
        return not title or squeeze(plain(row.get(L.TASK_TITLE))) == title

    def entries(self) -> list[Entry]:
        """The entries in the order of their rows; adds the warnings about values."""
        rows = list(self._rows.values())
        progress = self._progress(rows)
        return [self._entry(row, progress[id(row)]) for row in rows]

    def _progress(
        self, rows: list[_Row]
    ) -> dict[int, tuple[normalise.Result[str], normalise.Result[float | None]]]:
        """Status and progress of each row; bare numbers are judged by the column of their own table."""
        results = {}
        tables: dict[int, list[_Row]] = {}
        for row in rows:
            tables.setdefault(id(row.table), []).append(row)
        for group in tables.values():
            states = [normalise.status(row.get(L.STATUS)) for row in group]
            shares = normalise.progress_column(
                [row.get(L.PROGRESS) for row in group], [s.value for s in states]
            )
            for row, state, share in zip(group, states, shares, strict=True):
                results[id(row)] = (state, share)
        return results

    def _entry(self, row: _Row, read: tuple[normalise.Result[str], normalise.Result[float | None]]) -> Entry:
        columns, cells = row.table.columns, row.cells
        raw: dict[str, str] = {}
        state, progress = read
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
        if self._context.tasks:
            self._check_given(row)
        first = columns.get(L.STATUS)
        if first is None:
            first = min(place for name, place in columns.items() if name in _ANSWERS)
        return Entry(
            row.task, state.value, progress.value, done_on, cell=row.table.at(row.at, first), raw=raw, **texts
        )

    def _kept(
        self,
        row: _Row,
        column: str,
        result: normalise.Result[str] | normalise.Result[float | None] | normalise.Result[date | None],
        raw: dict[str, str],
    ) -> None:
        raw[column] = result.raw
        if result.code:
            self._warn(row, column, result.code, result.raw, result.value)

    def _warn(self, row: _Row, column: str, code: str, value: str, read: object = None) -> None:
        cell = row.table.at(row.at, row.table.columns[column])
        what = (
            "只有一个 1，暂按 1% 计，看不出是 1% 还是 100%"
            if read == 1.0
            else "读不懂或不在 0–100% 之内，按空白处理"
        )
        self.warnings.append(
            codes.warning(code, task=row.task, cell=cell, value=value, where=cell, what=what)
        )

    def _check_given(self, row: _Row) -> None:
        """Warn where 任务名称 or 完成时限 is not what was sent out; an emptied or missing one is no edit."""
        task = self._context.tasks[row.task]
        columns, cells = row.table.columns, row.cells
        place = columns.get(L.TASK_TITLE)
        if place is not None and cells[place] != task.title:
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

    def _edited(self, row: _Row, place: int, value: str, given: str) -> None:
        cell = row.table.at(row.at, place)
        self.warnings.append(
            codes.warning("given-cell-edited", task=row.task, cell=cell, value=value, where=cell, given=given)
        )


def _first_text(row: Sequence[Cell]) -> int | None:
    """Place of the first cell with content; None where white space is all there is."""
    return next((at for at, cell in enumerate(row) if cell != "" and plain(cell)), None)


def _merged_answers(table: _Table) -> dict[tuple[int, int], tuple[int, int]]:
    """Place → place whose answer also holds for it, for answers merged over several rows."""
    answers = {place for name, place in table.columns.items() if name in _ANSWERS}
    found = {}
    for (top, left), (bottom, _) in table.grid.merged:
        if bottom > top > table.last and left in answers:
            for row in range(top + 1, bottom + 1):
                found[row, left] = (top, left)
    return found


def _filled(
    row: list[Cell], at: int, merged: Mapping[tuple[int, int], tuple[int, int]], rows: list[list[Cell]]
) -> list[Cell]:
    if not merged:
        return row
    return [
        rows[merged[at, c][0]][c] if cell == "" and (at, c) in merged else cell for c, cell in enumerate(row)
    ]


# --- 指标填报 and 问题清单 ---------------------------------------------------------------------------
def _side_rows(
    table: _Table, warnings: list[Warning], context: Context, wanted: tuple[str, ...]
) -> Iterable[_Row]:
    """The rows of a side table that name a task; others with something in the `wanted` columns give a
    warning.
    """
    no_at = table.columns[L.TASK_NO]
    last: int | None = None
    above = {
        row
        for (top, left), (bottom, _) in table.grid.merged
        if left == no_at and bottom > top
        for row in range(top + 1, bottom + 1)
    }
    for at in range(table.last + 1, len(table.grid.rows)):
        row = table.grid.rows[at]
        if row.count("") == len(row):
            continue
        number = normalise.task_number(row[no_at])
        if number is None and at in above:
            number = last
        last = number
        content = [p for name in wanted if (p := table.columns.get(name)) is not None and plain(row[p])]
        if number is not None and (not context.tasks or number in context.tasks):
            yield _Row(table, at, number, row)
        elif content:
            where = table.at(at, content[0])
            value = "；".join(text for cell in row if (text := plain(cell)))
            what = "没有写明是本年哪项任务" if number is None else f"不是本年任务的编号（任务 {number}）"
            warnings.append(
                codes.warning(
                    "unknown-task", task=number, cell=where, value=value, where=f"{where} 起", what=what
                )
            )
        elif (first := _first_text(row)) is not None and number is None:
            where = table.at(at, first)
            value = "；".join(text for cell in row if (text := plain(cell)))
            warnings.append(
                codes.warning(
                    "unknown-task",
                    level="explain",
                    cell=where,
                    value=value,
                    where=f"{where} 起",
                    what="不是任务行",
                )
            )


def _read_indicators(
    table: _Table, context: Context, found: list[IndicatorValue], warnings: list[Warning]
) -> None:
    wanted = (synonyms.IND_VALUE, synonyms.IND_NOTE)
    for row in _side_rows(table, warnings, context, wanted):
        name = plain(row.get(synonyms.IND_NAME))
        value = normalise.amount(row.get(synonyms.IND_VALUE), plain(row.get(synonyms.IND_UNIT)))
        if value.code:
            cell = table.at(row.at, table.columns[synonyms.IND_VALUE])
            warnings.append(codes.warning(value.code, task=row.task, cell=cell, value=value.raw))
        note = normalise.text(row.get(synonyms.IND_NOTE))
        found.append(IndicatorValue(row.task, name, value.value, note.value, value.raw))


def _read_problems(table: _Table, context: Context, found: list[Problem], warnings: list[Warning]) -> None:
    fields = (
        synonyms.PRO_TEXT, synonyms.PRO_MEASURE, synonyms.PRO_OWNER, synonyms.PRO_DUE, synonyms.PRO_STATE,
    )  # fmt: skip
    for row in _side_rows(table, warnings, context, fields):
        texts = [plain(row.get(name)) for name in fields]
        if any(texts):
            found.append(Problem(row.task, *texts))


__all__ = ["Context", "Reading", "Rejection", "UnitIndex", "UnitReading", "clean_header", "read_return"]
