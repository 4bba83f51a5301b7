"""Finding the tables of a return by their header words, and naming the places in them.

Of three kinds: the tasks' answers, 指标填报 and 问题清单. What their rows say is read elsewhere (`entries`,
`side_sheets`); here stand also the warnings about content that no table takes.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from operator import attrgetter
from typing import NamedTuple, Protocol

from attrs import define, evolve, field, frozen

from eduxl import labels as L
from eduxl.model import Warning
from eduxl.returns import codes, normalise, synonyms
from eduxl.returns.codes import Level
from eduxl.returns.normalise import plain, squeeze
from eduxl.spreadsheet.cells import Cell
from eduxl.spreadsheet.sheets import Book, Grid, column_letters

ANSWERS = frozenset(L.ANSWER_COLUMNS)
#: A header is looked for in this many rows from the top.
_HEADER_ROWS = 30
#: A table with more of our columns than this is taken without looking for a better one.
_ENOUGH = 6
#: Sheets of ours without answers.
_NOT_READ = frozenset({L.META, L.FORM_HELP, L.FORM_BODIES, L.FORM_SENDBACK})
#: Column of a task number such as 序号, until it is clear that there is no better one.
_WEAK = "weak task number"
_KEYS = frozenset({L.TASK_NO, L.TASK_TITLE, _WEAK})


@frozen(eq=False)
class Table:
    """A table in a sheet: its header is in rows `first` to `last` (from 0), `columns` are by our names."""

    grid: Grid
    first: int
    last: int
    columns: dict[str, int]
    #: True where the task number comes from a column such as 序号
    weak: bool
    #: rows that are read, where the others are another unit's
    only: frozenset[int] | None = None
    #: where the part of the sheet begins that belongs to the table
    top: int = 0
    #: the first column of another table to the right, None where there is none
    beside: int | None = None

    def rows(self) -> Iterator[int]:
        """Numbers of the rows below the header that are read and hold something."""
        rows = self.grid.rows
        below = range(self.last + 1, len(rows))
        for at in below if self.only is None else sorted(self.only):
            if at in below and rows[at].count("") != len(rows[at]):
                yield at

    def names_task(self, row: Sequence[Cell]) -> bool:
        """True for a row with something under 任务编号 or 任务名称."""
        places = (self.columns.get(name) for name in (L.TASK_NO, L.TASK_TITLE))
        return any(place is not None and plain(row[place]) for place in places)

    def at(self, row: int, column: int) -> str:
        """Sheet and A1 reference of a place."""
        return reference(self.grid.name, row, column)

    def repeats_header(self, row: Sequence[Cell]) -> bool:
        """True for a row that is this table's header once more, e.g. on every printed page."""
        if row in self.grid.rows[self.first : self.last + 1]:
            return True
        found = _header_words(row, synonyms.HEADERS)
        if _WEAK in found:
            found[L.TASK_NO] = found.pop(_WEAK)
        return len(found) >= 2 and all(self.columns.get(name) == place for name, place in found.items())

    def header(self, column: int) -> str:
        """What heads a column, "" where nothing does."""
        heads = (self.grid.rows[at][column] for at in range(self.last, self.first - 1, -1))
        return next((text for head in heads if (text := plain(head))), "")

    def has_second_meaning(self, column: int) -> bool:
        """True where a column's header may mean one of two columns of ours."""
        return _clean_header(self.header(column)) in synonyms.SECOND_MEANING

    def meant(self, column: int) -> str:
        """Which of our columns a column's header names, "" for none."""
        return synonyms.HEADERS.get(_clean_header(self.header(column)), "")

    def spare_columns(self) -> list[int]:
        """The columns that are none of ours, up to where another table begins; row numbers and given ones left out."""
        width = len(self.grid.rows[self.last]) if self.beside is None else self.beside
        if width <= len(self.columns):
            return []
        taken = set(self.columns.values())
        return [
            at for at in range(width) if at not in taken and not _is_given(_clean_header(self.header(at)))
        ]


# Not frozen, since there are many of them and a frozen one is slower to make.
@define(eq=False)
class Row:
    """A row of a task: where it is and what its cells hold.

    `guessed` is True where only a similar title tells the task. `changed` has what stood in cells whose content
    was replaced (“同上”, a formula without a result), by column.
    """

    table: Table
    at: int
    task: int
    cells: list[Cell]
    guessed: bool = False
    changed: dict[str, str] = field(factory=dict)

    def get(self, column: str) -> Cell:
        """The cell of one of our columns, "" where the table has no such column."""
        place = self.table.columns.get(column)
        return "" if place is None else self.cells[place]

    @property
    def answered(self) -> bool:
        """True if any column of answers has content."""
        cells = self.cells
        return any(cells[p] != "" and plain(cells[p]) for n, p in self.table.columns.items() if n in ANSWERS)


@define
class Tables:
    """The tables of a workbook by kind; `warnings` are about content outside of them."""

    entries: list[Table] = field(factory=list)
    indicators: list[Table] = field(factory=list)
    problems: list[Table] = field(factory=list)
    warnings: list[Warning] = field(factory=list)


def find_tables(book: Book) -> Tables:
    """The best table of each sheet. Raises Unreadable where a sheet is damaged."""
    found = Tables(warnings=[_far_out(cell) for cell in book.cut])
    kinds = (
        (found.entries, synonyms.HEADERS, _is_entry_header),
        (found.indicators, synonyms.INDICATOR_HEADERS, _is_indicator_header),
        (found.problems, synonyms.PROBLEM_HEADERS, _is_problem_header),
    )
    for name in book.names:
        if name in _NOT_READ:
            continue
        grid = book.grid(name)
        for tables, known, is_header in kinds:
            if table := _find_table(grid, known, is_header):
                beside = _beside(table, known)
                if beside is not None:
                    table = evolve(table, beside=beside)
                    found.warnings += _told_beside(table, beside)
                tables.append(table)
                break
        else:
            found.warnings += _without_table(grid)
    return found


def _beside(table: Table, known: Mapping[str, str]) -> int | None:
    """Where a second table to the right begins, whose header repeats words of ours."""
    head = table.grid.rows[table.last]
    if len(head) <= len(table.columns):
        return None
    names = {
        at: known.get(cell) or known.get(_clean_header(cell))
        for at, cell in enumerate(head)
        if isinstance(cell, str)
    }
    again = [at for at, name in names.items() if name in table.columns and table.columns[name] < at]
    # Columns of another table lie beside ours, not among them.
    first = next((at for at in again if at > max(table.columns.values())), None)
    return first if first is not None and sum(at >= first for at in again) >= 2 else None


def _told_beside(table: Table, beside: int) -> Iterator[Warning]:
    """A mild warning about what a second table to the right says."""
    below = (joined(table.grid.rows[at][beside:]) for at in table.rows())
    if value := "；".join(text for text in below if text):
        yield not_taken(table.at(table.last, beside), value, "右边是另一张表", level="explain")


def _is_given(word: str) -> bool:
    """True for the header of row numbers and of what we or the master write: nobody's answer."""
    return word in synonyms.WEAK_TASK_NO or word in synonyms.GIVEN_HEADERS or word.startswith("上期")


def _is_entry_header(columns: Mapping[str, int]) -> bool:
    answers = ANSWERS & columns.keys()
    has_key = L.TASK_NO in columns or L.TASK_TITLE in columns
    # A list of problems and measures alone is another table.
    return has_key and len(answers) >= 2 and not answers.isdisjoint((L.STATUS, L.PROGRESS, L.REPORT))


def _is_indicator_header(columns: Mapping[str, int]) -> bool:
    return synonyms.IND_NAME in columns and synonyms.IND_VALUE in columns and L.TASK_NO in columns


def _is_problem_header(columns: Mapping[str, int]) -> bool:
    return synonyms.PRO_TEXT in columns and L.TASK_NO in columns


class _HeaderTest(Protocol):
    def __call__(self, columns: Mapping[str, int], /) -> bool: ...


def _find_table(grid: Grid, known: Mapping[str, str], is_header: _HeaderTest) -> Table | None:
    """The table whose header names most of our columns, within the first rows; a header may span two rows."""
    best: Table | None = None
    rows = grid.rows
    for at in range(min(len(rows), _HEADER_ROWS)):
        row = rows[at]
        if len(row) - row.count("") < 2:
            continue
        heads = _heads(row, known)
        columns, last = _chosen(heads), at
        if not columns:
            continue
        if at + 1 < len(rows) and not _KEYS.isdisjoint(columns) and not _has_number(rows[at + 1], columns):
            lower = _lower_heads(row, rows[at + 1], known)
            below = _chosen(lower)
            if len(below) > 1 or any(row[place] == "" for place in below.values()):
                # The lower row is the exact one: 完成情况 above, 完成状态 and 完成进度 below it.
                places = set(below.values())
                columns = _chosen(lower + [head for head in heads if head.at not in places])
                last = at + 1
        place = columns.pop(_WEAK, None)
        weak = place is not None and L.TASK_NO not in columns
        if place is not None and weak:
            columns[L.TASK_NO] = place
        if is_header(columns) and (best is None or len(columns) > len(best.columns)):
            best = Table(grid, at, last, columns, weak)
            if len(columns) > _ENOUGH:
                break
    return best


def _has_number(row: Sequence[Cell], columns: Mapping[str, int]) -> bool:
    place = columns.get(L.TASK_NO, columns.get(_WEAK))
    return place is not None and normalise.task_number(row[place]) is not None


class _Head(NamedTuple):
    """A word that heads a column of ours; where two do, the lower `rank` counts, then the place.

    `second` is the column that is meant where the table has another one for `name`, else "".
    """

    rank: int
    at: int
    name: str
    second: str = ""


_EXACT, _SYNONYM, _VAGUE, _OPEN, _LAST = range(5)


def _heads(row: Sequence[Cell], known: Mapping[str, str]) -> list[_Head]:
    """The words in a row that head columns of ours, from left to right."""
    heads: list[_Head] = []
    for at, cell in enumerate(row):
        if not isinstance(cell, str) or not cell or len(cell) > 30:
            continue
        word = cell
        name = known.get(word)
        if name is None or word in synonyms.SECOND_MEANING:
            word = _clean_header(cell)
            name = known.get(word)
        if name is not None:
            heads.append(_head(at, word, name))
        elif word in synonyms.WEAK_TASK_NO:
            heads.append(_Head(_LAST, at, _WEAK))
    return heads


def _head(at: int, word: str, name: str) -> _Head:
    if word == name:
        return _Head(_EXACT, at, name)
    if word in synonyms.SECOND_MEANING:
        return _Head(_OPEN, at, name, synonyms.SECOND_MEANING[word])
    return _Head(_VAGUE if word in synonyms.VAGUE_HEADERS else _SYNONYM, at, name)


def _chosen(heads: Iterable[_Head]) -> dict[str, int]:
    """Our columns with their places: the exact word before another one for the column, then the first."""
    columns: dict[str, int] = {}
    for _, at, name, second in sorted(heads, key=_rank):
        if name != _WEAK or L.TASK_NO not in columns:
            columns.setdefault(second if second and name in columns else name, at)
    return columns


_rank = attrgetter("rank")


def _header_words(row: Sequence[Cell], known: Mapping[str, str]) -> dict[str, int]:
    """Our columns named in a row; a weak task number only without another."""
    return _chosen(_heads(row, known))


_HEADER_MARKS = "*★:：【】[]<>《》"
_BRACKET = re.compile(r"[(\[【〔<《]")


@lru_cache(maxsize=4096)
def _clean_header(text: str) -> str:
    """A header's words: half-width, without white space, marks and what stands in brackets."""
    word = squeeze(text).strip(_HEADER_MARKS)
    return _BRACKET.split(word, maxsplit=1)[0].strip(_HEADER_MARKS) or word


def _lower_heads(upper: Sequence[Cell], lower: Sequence[Cell], known: Mapping[str, str]) -> list[_Head]:
    """Columns named by the second row of a header, alone or after a word of the first row, which may span several
    cells. Under 上月 and the like only our exact words are ours.
    """
    above: list[str] = []
    for over in upper:
        if over != "" or not above:
            above.append(_clean_header(over) if isinstance(over, str) and len(over) <= 20 else "")
        else:
            above.append(above[-1])
    heads: list[_Head] = []
    for at, under in enumerate(lower):
        if above[at] and isinstance(under, str) and 0 < len(under) <= 20:
            word = above[at] + _clean_header(under)
            if name := known.get(word):
                heads.append(_head(at, word, name))
    return heads + [
        head
        for head in _heads(lower, known)
        if head.name != _WEAK and (head.rank == _EXACT or not synonyms.EARLIER.search(above[head.at]))
    ]


def is_any_header(row: Sequence[Cell]) -> bool:
    """True for a row with two or more of the words that head columns, in whichever table."""
    return sum(isinstance(cell, str) and _is_header_word(cell) for cell in row) >= 2


def _is_header_word(text: str) -> bool:
    return 0 < len(text) <= 20 and (
        text in synonyms.HEADERS
        or text in synonyms.PROBLEM_HEADERS
        or text in synonyms.WEAK_TASK_NO
        or _clean_header(text) in synonyms.HEADERS
    )


def spread(table: Table, columns: Collection[int]) -> Grid:
    """The table's sheet with the cells of some columns that are merged downwards filled in below."""
    merged = [(top, left, bottom) for (top, left), (bottom, _) in table.grid.merged if left in columns]
    rows = table.grid.rows
    for top, left, bottom in merged:
        if top > table.last:
            for at in range(top + 1, min(bottom + 1, len(rows))):
                if rows is table.grid.rows:
                    rows = [list(row) for row in rows]
                if rows[at][left] == "":
                    rows[at][left] = rows[top][left]
    return evolve(table.grid, rows=rows)


# --- places and what stands there -----------------------------------------------------------------
@lru_cache(maxsize=4096)
def reference(sheet: str, row: int, column: int) -> str:
    """Sheet and A1 reference of a place from 0."""
    return f"{_quoted(sheet)}!{column_letters(column)}{row + 1}"


@lru_cache(maxsize=256)
def _quoted(sheet: str) -> str:
    """A sheet's name as a reference has it, in quotes where it needs them."""
    return sheet if sheet.replace("_", "").isalnum() else "'" + sheet.replace("'", "''") + "'"


def first_text(row: Sequence[Cell]) -> int | None:
    """Place of the first cell with content; None where white space is all there is."""
    return next((at for at, cell in enumerate(row) if cell != "" and plain(cell)), None)


def joined(cells: Sequence[Cell]) -> str:
    """What the cells of a row say, in one text."""
    return "；".join(text for cell in cells if (text := plain(cell)))


#: So many row numbers are listed in one warning.
_LISTED = 8


def rows_in_words(table: Table, rows: Sequence[int]) -> str:
    """The sheet and some rows of it as people say: “填报表”第 7、9 行."""
    numbers = "、".join(str(row + 1) for row in rows[:_LISTED])
    more = f"等 {len(rows)} " if len(rows) > _LISTED else ""
    return f"“{table.grid.name}”第 {numbers} {more}行"


def not_taken(
    cell: str,
    value: str,
    what: str,
    *,
    where: str = "",
    task: int | None = None,
    level: Level | None = None,
) -> Warning:
    """The warning that content was not read as a task's row; it starts at `cell` unless `where` says more."""
    return codes.warning(
        "unknown-task", task=task, level=level, cell=cell, value=value, where=where or f"{cell} 起", what=what
    )


def _without_table(grid: Grid) -> list[Warning]:
    """A mild warning about a sheet that has content, but no table of ours."""
    for r, row in enumerate(grid.rows):
        for c, cell in enumerate(row):
            if cell != "":
                where = f"工作表“{grid.name}”"
                what = "等内容不在填报表格里"
                place = reference(grid.name, r, c)
                return [not_taken(place, plain(cell), what, where=where, level="explain")]
    return []


def _far_out(cell: str) -> Warning:
    return not_taken(cell, "", "有内容", where=f"很远处的单元格 {cell}", level="explain")
