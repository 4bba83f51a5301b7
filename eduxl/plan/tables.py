"""Table rows → projects and tasks: which row is the header, what each column holds, which rows are no tasks.

Pure, and knows no file kind. A header decides; rows are told apart by what they fill (a section row, a
total, a footnote, a further step of the task above), and a filled row that is none of these is reported.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import cast

from attrs import define, evolve, field, frozen

from eduxl.model import Passage
from eduxl.plan import words
from eduxl.plan.blocks import Cell, LabelLine, TableRow, line_blocks
from eduxl.plan.labelled import label_kind
from eduxl.plan.numbering import RANK, printed_number
from eduxl.plan.numerals import half_width, number
from eduxl.plan.units import Statement, bracket_spans
from eduxl.plan.words import ColumnKind, LabelKind

_HEADER_WITHIN = 30
_LONGEST_HEADER = 24
_LONGEST_PROJECT = 60
_UNITS: tuple[ColumnKind, ...] = ("lead", "responsible", "support", "schools")
_STATED: tuple[ColumnKind, ...] = (*_UNITS, "due")
_TITLES: tuple[ColumnKind, ...] = ("title", "weak-title", "body", "project")


# --- what comes out -------------------------------------------------------------------------------
@frozen
class TableProject:
    """A project's name as it stands in a section row or a cell, line breaks joined, number still in front."""

    text: str
    where: str


@define
class TableTask:
    """`lines` are title and body; `titled` that the first is a title column's and no part of the body."""

    no: int | None
    lines: list[str]
    statements: list[Statement]
    titled: bool
    where: str
    #: its rows as they stand there
    passage: list[str]
    #: cells that were taken already, so that a merged one counts once
    seen: set[tuple[str, str]] = field(factory=set)


@frozen
class Layout:
    """Which kind of thing stands in which grid column; `width` in columns."""

    columns: tuple[tuple[int, int, ColumnKind, str], ...]  # start, end, kind, header
    width: int

    def kind_at(self, column: int) -> ColumnKind:
        return next((kind for start, end, kind, _ in self.columns if start <= column < end), "other")

    def has(self, *kinds: ColumnKind) -> bool:
        return any(kind in kinds for _, _, kind, _ in self.columns)


@define
class TableReading:
    """`above` are the texts over the header, `entries` in reading order, `unread` rows that look like tasks and are none."""

    above: list[Passage] = field(factory=list)
    entries: list[TableProject | TableTask] = field(factory=list)
    unread: list[Passage] = field(factory=list)
    #: totals, footnotes, groupings
    left: list[Passage] = field(factory=list)
    layout: Layout | None = None
    #: offices as columns with ★ or ○ in them, which is not read
    matrix: bool = False
    #: without a header of its own, read with that of the table before
    continued: bool = False
    #: one column only: a frame around text
    texts: list[Passage] = field(factory=list)

    @property
    def has_projects(self) -> bool:
        return any(isinstance(e, TableProject) for e in self.entries)

    @property
    def has_tasks(self) -> bool:
        return any(isinstance(e, TableTask) for e in self.entries)


# --- headers --------------------------------------------------------------------------------------
_PATTERNS = [(kind, re.compile(pattern)) for kind, pattern in words.TABLE_PATTERNS]
_NUMBER_MARK = re.compile(r"\d+(?:\.0)?")


def column_kind(header: str) -> ColumnKind | None:
    """What a column with this header holds, None where the words do not say."""
    bare = re.sub(r"[\s:：*＊_]+", "", header)
    if not bare or len(bare) > _LONGEST_HEADER:
        return None
    short = re.sub(r"[（(][^（）()]*[）)]$", "", bare) or bare
    known = words.TABLE_COLUMNS.get(bare) or words.TABLE_COLUMNS.get(short) or label_kind(bare)
    if known:
        return known
    if re.search(r"[。，,；;\d]", short) and not short[0].isdigit():
        return None
    return next((kind for kind, pattern in _PATTERNS if pattern.search(short)), None)


def _filled(row: TableRow) -> list[Cell]:
    return [c for c in row.cells if c.text.strip()]


def _width(rows: Iterable[TableRow]) -> int:
    return max((c.column + c.span for row in rows for c in row.cells), default=0)


def _is_header(kinds: Iterable[ColumnKind]) -> bool:
    found = list(kinds)
    titles = {"title", "weak-title"} & set(found)
    if not titles and not {"body", "project"} & set(found):
        return False
    if any(kind in _STATED for kind in found):
        return True
    return bool(titles) and ("people" in found or found.count("quarter") >= 2)


def _header(rows: Sequence[TableRow], at: int, width: int) -> tuple[Layout, int] | None:
    """The layout that a header at `rows[at]` gives and how many rows it takes (1 or 2)."""
    row = rows[at]
    top = [c for c in _filled(row) if not c.continued]
    if len(top) < 2 or any(len(c.text) > _LONGEST_HEADER + 10 for c in top):
        return None
    if any(re.sub(r"\s", "", c.text) in words.FORM_COLUMNS for c in top):
        return None
    kinds = [(c, column_kind(c.text)) for c in top]
    known = sum(kind is not None for _, kind in kinds)
    if known < 2 or known * 3 < len(top):
        return None
    below = _second_row(row, rows[at + 1]) if at + 1 < len(rows) else None
    columns: list[tuple[int, int, ColumnKind, str]] = []
    for cell, kind in kinds:
        under = [c for c in below or [] if cell.column <= c.column < cell.column + cell.span]
        for c in under:
            own = column_kind(c.text) or kind or "other"
            columns.append((c.column, c.column + c.span, own, c.text))
        covered = {i for c in under for i in range(c.column, c.column + c.span)}
        rest = [i for i in range(cell.column, cell.column + cell.span) if i not in covered]
        if rest:
            columns.append((rest[0], rest[-1] + 1, kind or "other", cell.text))
    for c in below or []:
        if not any(start <= c.column < end for start, end, _, _ in columns):
            columns.append((c.column, c.column + c.span, column_kind(c.text) or "other", c.text))
    if not _is_header(kind for _, _, kind, _ in columns):
        return None
    columns.sort()
    return Layout(tuple(columns), width), 1 if below is None else 2


def _second_row(row: TableRow, following: TableRow) -> list[Cell] | None:
    """The lower labels of a header of two rows, None where the next row is no header."""
    lower = [c for c in _filled(following) if not c.continued]
    spans = [c for c in row.cells if c.span > 1 and c.text.strip()]
    empty = {c.column for c in row.cells if not c.text.strip()}
    if not lower or len(lower) >= len(_filled(row)) + 4:
        return None
    for c in lower:
        kind = column_kind(c.text)
        under = any(s.column <= c.column < s.column + s.span for s in spans)
        beside = any(f.continued for f in following.cells)
        if kind is None or not (under or beside or c.column in empty):
            return None
    return lower


# --- rows -----------------------------------------------------------------------------------------
def _joined(text: str) -> str:
    """A project's name that was broken over lines in a narrow cell."""
    return re.sub(r"\s*[\r\n]+\s*", "", text).strip()


def _plain_number(text: str) -> int | None:
    """The number in a 序号 cell: 3, 3.0, ３、, （3）, 任务三."""
    bare = half_width(re.sub(r"\s+", "", text)).strip(".、．,()（）Tt任务第项")
    if _NUMBER_MARK.fullmatch(bare):
        bare = bare.removesuffix(".0")
    value = number(bare) if bare else None
    return value or None


def _is_arabic(text: str) -> bool:
    return any(c.isdigit() for c in half_width(text) if c.isascii())


@define
class _Record:
    """A row by kinds of column."""

    row: TableRow
    cells: dict[ColumnKind, list[Cell]]
    headers: dict[int, str]

    def cell(self, *kinds: ColumnKind) -> Cell | None:
        return next((c for k in kinds for c in self.cells.get(k, ()) if c.text.strip()), None)

    def text(self, *kinds: ColumnKind) -> str:
        cell = self.cell(*kinds)
        return cell.text.strip() if cell else ""

    def fresh(self, *kinds: ColumnKind) -> list[Cell]:
        """Filled cells of these kinds that do not continue the row above."""
        return [c for k in kinds for c in self.cells.get(k, ()) if c.text.strip() and not c.continued]


def _record(row: TableRow, layout: Layout) -> _Record:
    cells: dict[ColumnKind, list[Cell]] = {}
    headers: dict[int, str] = {}
    for c in row.cells:
        if not c.text.strip():
            continue
        for start, end, kind, header in layout.columns:
            if c.column < end and start < c.column + c.span:
                # A cell over several columns is what the first of them is.
                cells.setdefault(kind, []).append(c)
                headers[c.column] = header
                break
        else:
            cells.setdefault("other", []).append(c)
    return _Record(row, cells, headers)


_TOTAL = re.compile(r"(?:本页|全部|任务)?(?:" + "|".join(words.TOTALS) + r")[：:]?(?:\d.*|共.*)?")
_FOOTNOTE = re.compile(words.FOOTNOTE)
_SIGNING = re.compile(words.SIGNING)
_CONTINUES = re.compile(
    r"[（(]?(?:续表|接上表|接上页|转下页|续上表)[)）]?\d*|以下空白|[（(]?此页无正文[）)]?|表\s*\d+"
)


def _is_apart(filled: Sequence[Cell]) -> bool:
    """Totals, footnotes, signatures and the like below or inside a table."""
    first = filled[0].text.strip()
    if any(_TOTAL.fullmatch(re.sub(r"\s", "", c.text)) for c in filled[:3]):
        return True
    if _CONTINUES.fullmatch(first):
        return True
    if _FOOTNOTE.match(first) and len({c.text for c in filled}) == 1:
        return True
    if any(_plain_number(c.text) is not None for c in filled):
        return False
    return bool(_SIGNING.match(first)) and len(filled) <= 6 and all(len(c.text) <= 40 for c in filled)


def _passage(row: TableRow) -> Passage:
    """The row's own words, cells side by side; those of a merged cell only in its first row."""
    texts = (" ".join(c.text.split()) for c in _filled(row) if not c.continued)
    return Passage("　".join(texts), row.where)


def _same_as_above(rows: Sequence[TableRow]) -> list[TableRow]:
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


# --- one table ------------------------------------------------------------------------------------
def read_table(rows: Sequence[TableRow], before: Layout | None = None) -> TableReading:
    """One table's projects and tasks. `before` is the layout of a table that this one may continue.

    Without any header (and no `before` that fits) the reading has no entries.
    """
    reading = TableReading()
    width = _width(rows)
    if all(len(row.cells) <= 1 for row in rows):
        reading.texts = [Passage(c.text, row.where) for row in rows for c in _filled(row)]
        return reading
    pairs = _pairs(rows)
    if pairs is not None:
        _read_pairs(pairs, reading)
        return reading
    rows = _same_as_above(rows)
    at = next((i for i in range(min(len(rows), _HEADER_WITHIN)) if _header(rows, i, width)), None)
    layout: Layout | None = None
    if at is None:
        if _is_matrix(rows, None):
            reading.matrix = True
            reading.unread.append(_passage(rows[0]))
            return reading
        if before is None or before.width != width or not _continues(rows, before):
            reading.unread += _suspicious(rows, before if before and before.width == width else None)
            asked = {p.position for p in reading.unread}
            reading.left += [_passage(row) for row in rows if _filled(row) and row.where not in asked]
            return reading
        layout, at, reading.continued = before, 0, True
    else:
        for row in rows[:at]:
            texts = list(dict.fromkeys(c.text.strip() for c in _filled(row)))
            marked = printed_number(texts[0]) if len(texts) == 1 else None
            if marked and RANK[marked[0]] <= RANK["cn-bracket"]:
                reading.entries.append(TableProject(_joined(texts[0]), row.where))
            elif texts:
                reading.above.append(Passage(" ".join(texts), row.where))
    segment: list[TableRow] = []
    while at < len(rows):
        header = _header(rows, at, width)
        if header is not None:
            if layout is not None:
                _read_segment(segment, layout, reading)
            repeated = rows[at] if layout is not None else None
            last = segment[-1] if segment else None
            segment = []
            layout, used = header
            at += used
            if repeated is not None and last is not None:
                rows = [*rows[:at], *_past_header(rows[at:], repeated, last)]
            continue
        segment.append(rows[at])
        at += 1
    if layout is not None:
        reading.layout = _with_nameless(layout, segment)
        _read_segment(segment, layout, reading)
    return reading


def _past_header(rows: Sequence[TableRow], header: TableRow, last: TableRow) -> list[TableRow]:
    """Rows behind a repeated header: a cell merged downwards through it continues the row above the header."""
    heads = {c.column: c.text for c in header.cells}
    above = {c.column: c.text for c in last.cells}

    def through(c: Cell) -> bool:
        return c.continued and c.column in above and c.text == heads.get(c.column)

    return [
        evolve(row, cells=tuple(evolve(c, text=above[c.column]) if through(c) else c for c in row.cells))
        for row in rows
    ]


def _continues(rows: Sequence[TableRow], before: Layout) -> bool:
    """True where rows without a header look like those of the table before."""
    if sum(column_kind(c.text) not in (None, "quarter") for c in _filled(rows[0])) > 1:
        return False  # the header of a table of something else
    return any(
        r.text("title", "weak-title", "body") and (r.text(*_STATED) or r.text("no"))
        for r in (_record(row, before) for row in rows)
    )


def _is_matrix(rows: Sequence[TableRow], layout: Layout | None) -> bool:
    """True where offices are columns and marks say which of them has a task."""
    if layout is not None and layout.has(*_UNITS):
        return False
    marked: Counter[int] = Counter(
        c.column for row in rows for c in row.cells if c.text.strip() and not c.text.strip(words.MARKS + " ")
    )
    return len(marked) >= 2 and sum(marked.values()) >= 3


_TASK_WORD = re.compile(r"任务|工作|举措|措施")


def _suspicious(rows: Sequence[TableRow], before: Layout | None) -> list[Passage]:
    """Rows of a table without a header that yet look like tasks; `before` is the layout of a table as wide."""
    heads = [column_kind(c.text) for row in rows[:3] for c in _filled(row)]
    if before is not None and "people" in heads:
        return []
    if before is not None and not any(heads):
        of_tasks = [_record(row, before) for row in rows]
        return [_passage(r.row) for r in of_tasks if r.text(*_STATED) and len(_filled(r.row)) > 2]
    likely = before is not None or any(k in ("title", "weak-title") or k in _STATED for k in heads)
    found = []
    for row in rows:
        filled = _filled(row)
        numbered = len(filled) > 1 and _plain_number(filled[0].text) is not None
        long = [c for c in filled if len(c.text) >= 8 and _TASK_WORD.search(c.text)]
        if numbered and (long or (likely and len(filled[1].text) >= 4)):
            found.append(_passage(row))
    keyed = any(len(f) == 2 and column_kind(f[0].text) in _STATED for f in map(_filled, rows))
    if keyed and not found:
        # Keys and values of a task whose other keys say nothing.
        found.append(_passage(next(row for row in rows if _filled(row))))
    return found


# --- rows under one header ------------------------------------------------------------------------
@define
class _Plan:
    """How the columns of a segment are to be taken."""

    project: ColumnKind | None
    titles: tuple[ColumnKind, ...]
    bodies: tuple[ColumnKind, ...]
    numbered: bool
    #: printed numbers are per project, not per task
    numbers_of_projects: bool
    arabic: bool
    responsible_supports: bool


def _adapt(layout: Layout, rows: Sequence[TableRow]) -> Layout:
    """The layout with title and project columns told apart by how their cells are merged."""
    records = [_record(row, layout) for row in rows]
    columns = list(_with_nameless(layout, rows).columns)

    def merged(start: int) -> bool:
        return any(c.column == start and c.continued for row in rows for c in row.cells)

    def blanks(start: int) -> bool:
        filled = sum(any(c.column == start and c.text.strip() for c in r.row.cells) for r in records)
        return 0 < filled < len(records)

    def repeats(start: int) -> bool:
        texts = [c.text for row in rows for c in row.cells if c.column == start and c.text.strip()]
        return len(set(texts)) < len(texts)

    def as_(index: int, kind: ColumnKind) -> None:
        start, end, _, header = columns[index]
        columns[index] = (start, end, kind, header)

    def of(*kinds: ColumnKind) -> list[int]:
        return [i for i, c in enumerate(columns) if c[2] in kinds]

    # Own numbers in rows whose title cell is merged make those rows the tasks.
    numbers = [c for r in records for c in r.cells.get("no", ()) if not c.continued]
    numbered_rows = len({c.text for c in numbers}) > 1 and not any(
        c.continued for r in records for c in r.cells.get("no", ())
    )
    strong, weak = of("title"), of("weak-title")
    if strong and weak:
        for i in weak:
            as_(i, "body")
    elif weak:
        as_(weak[0], "title")
        for i in weak[1:]:
            as_(i, "body")
    titles, bodies, projects = of("title"), of("body"), of("project")
    if len(titles) > 1:
        first, second = titles[0], titles[1]
        if not projects and merged(columns[first][0]) and not merged(columns[second][0]):
            as_(first, "project")
        else:
            as_(second, "body")
        for i in titles[2:]:
            as_(i, "body")
    elif titles and bodies and not projects and numbered_rows and merged(columns[titles[0]][0]):
        as_(titles[0], "project")
        as_(bodies[0], "title")
    elif not titles and bodies:
        as_(bodies[0], "title")
        if projects and not any(f(columns[projects[0]][0]) for f in (merged, blanks, repeats)):
            as_(projects[0], "title")
            as_(bodies[0], "body")
    elif not titles and projects:
        as_(projects[-1], "title")
    for i in of("project")[1:]:
        as_(i, "other")  # a grouping inside the project
    if not of("project") and of("title"):
        left = [
            i for i in of("other") if columns[i][0] < columns[of("title")[0]][0] and merged(columns[i][0])
        ]
        head = min((c[0] for c in columns), default=0)
        if left:
            as_(left[0], "project")
        elif head > 0 and merged(0):
            columns.insert(0, (0, head, "project", ""))
    if of("lead"):
        for i in of("responsible"):
            as_(i, "support")
    return Layout(tuple(columns), layout.width)


def _with_nameless(layout: Layout, rows: Sequence[TableRow]) -> Layout:
    """The layout, where it has no column of tasks with the one that has no header."""
    if layout.has("title", "weak-title", "body"):
        return layout
    found = _nameless(rows, layout.columns)
    return evolve(layout, columns=tuple(sorted([*layout.columns, *found])))


def _nameless(
    rows: Sequence[TableRow], columns: Sequence[tuple[int, int, ColumnKind, str]]
) -> list[tuple[int, int, ColumnKind, str]]:
    """The column without a header that has texts of its own in half the rows or more: the tasks, their header left out."""
    covered = {i for start, end, _, _ in columns for i in range(start, end)}
    texts: dict[int, list[str]] = {}
    for row in rows:
        for c in row.cells:
            if c.column not in covered and len(c.text.strip()) >= 4 and not c.continued:
                texts.setdefault(c.column, []).append(c.text)
    usual = [at for at, found in texts.items() if len(found) * 2 >= len(rows)]
    at = max(usual, key=lambda at: sum(map(len, texts[at])), default=None)
    return [] if at is None else [(at, at + 1, "title", "")]


def _read_segment(rows: Sequence[TableRow], layout: Layout, reading: TableReading) -> None:
    if not rows:
        return
    if _is_matrix(rows, layout):
        reading.matrix = True
        reading.unread.append(_passage(rows[0]))
        return
    layout = _adapt(layout, rows)
    records = [_record(row, layout) for row in rows]
    numbers = [r.text("no") for r in records if r.text("no")]
    arabic = any(_is_arabic(n) for n in numbers)
    numbered = layout.has("no") and sum(map(bool, numbers)) * 2 > len([r for r in records if r.text("title")])
    # A number merged over several titles counts the projects.
    of_projects = any(any(c.continued for c in r.cells.get("no", ())) and r.fresh("title") for r in records)
    sections = [_section(r, layout, arabic, numbered) for r in records]
    outermost = _outermost(s for s in sections if s)
    by_section = sum(s is not None for s in sections)
    column = layout.has("project") and by_section < 2
    previous = next((e for e in reversed(reading.entries) if isinstance(e, TableTask)), None)
    task: TableTask | None = previous if reading.continued else None
    project = ""
    for record, section in zip(records, sections, strict=True):
        filled = _filled(record.row)
        if not filled or all(c.continued for c in filled):
            continue
        if section is not None:
            task = None
            marked = printed_number(section)
            if not column and (marked is None or outermost is None or RANK[marked[0]] <= outermost):
                reading.entries.append(TableProject(section, record.row.where))
            else:
                reading.left.append(_passage(record.row))
            continue
        if _is_apart(filled):
            task = None
            reading.left.append(_passage(record.row))
            continue
        name = _joined(record.text("project"))
        if column and name and name != project:
            project = name
            task = None
            reading.entries.append(TableProject(name, record.row.where))
        task = _take(record, task, of_projects, numbered, reading)


def _outermost(sections: Iterable[str]) -> int | None:
    """The rank of the section rows that are projects: the outermost with two of them, else the outermost."""
    counts = Counter(RANK[m[0]] for s in sections if (m := printed_number(s)))
    ranks = sorted(counts)
    return next((r for r in ranks if counts[r] > 1), ranks[0] if ranks else None)


def _section(record: _Record, layout: Layout, arabic: bool, numbered: bool) -> str | None:
    """The project's name in a section row, None for other rows."""
    filled = [c for c in _filled(record.row) if not c.continued]
    if not filled or _is_apart(filled):
        return None
    if len({c.text for c in filled}) == 1 and len(filled) == len(_filled(record.row)):
        cell = filled[0]
        text = _joined(cell.text)
        if len(text) > _LONGEST_PROJECT or "。" in text.rstrip("。") or _plain_number(text) is not None:
            return None
        marked = printed_number(text)
        outer = marked is not None and RANK[marked[0]] <= RANK["cn-bracket"]
        extent = layout.columns[-1][1] - layout.columns[0][0]
        wide = cell.span >= 3 and cell.span * 5 >= extent * 3
        kind = layout.kind_at(cell.column)
        if wide or (outer and kind in ("no", "project", "title", "other")):
            return text
        if kind == "no" or (kind == "title" and numbered and marked is None and not record.cells.get("no")):
            return text
        return None
    if record.text(*_STATED, "body", "goal"):
        return None
    no, title = record.fresh("no"), record.fresh("title", "project")
    if len(no) == 1 and len(title) == 1 and len(filled) == 2 and arabic and not _is_arabic(no[0].text):
        mark = re.sub(r"\s+", "", no[0].text)
        text = _joined(title[0].text)
        if _plain_number(mark) is not None and len(text) <= _LONGEST_PROJECT:
            return (mark if printed_number(mark) else mark + "、") + text
    return None


def _lines(text: str) -> tuple[list[str], list[Statement]]:
    """A cell's lines without those that are labels, and what these say."""
    lines: list[str] = []
    statements: list[Statement] = []
    for block in line_blocks(text, ""):
        if isinstance(block, LabelLine):
            statements += block.statements
        elif not isinstance(block, TableRow):
            lines.append(block.text)
    return lines, statements


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
        blocks = list(line_blocks(line, ""))
        if blocks and isinstance(blocks[0], LabelLine):
            if current:
                found.append(Statement(own, "\n".join(current)))
            *earlier, last = blocks[0].statements
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


def _statements(record: _Record, seen: set[tuple[str, str]]) -> list[Statement]:
    found: list[Statement] = []
    for kind in (*_STATED, "people"):
        for cell in record.cells.get(kind, ()):
            key = (kind, cell.text)
            if key in seen:
                continue
            seen.add(key)
            if kind != "people":
                found += _stated(cast(LabelKind, kind), cell.text)
    return found


def _take(
    record: _Record, task: TableTask | None, of_projects: bool, numbered: bool, reading: TableReading
) -> TableTask | None:
    """Adds a row's task, or the row's step to the task above; says where a row is neither."""
    titles = record.cells.get("title", [])
    title = titles[0] if titles else None
    bodies = [*record.cells.get("body", ()), *record.cells.get("goal", ())]
    quarters = [c for c in record.cells.get("quarter", ()) if c.text.strip()]
    no_cell = record.cell("no")
    own_number = no_cell is not None and not no_cell.continued
    step = task is not None and (title is None or title.continued) and not (own_number and not of_projects)
    text_of = [c for c in bodies if not c.continued]
    if title is not None and title.continued and own_number and not text_of and not of_projects:
        step = task is not None
    if step and task is not None and (text_of or record.fresh(*_STATED) or quarters):
        lines, statements = _texts(text_of)
        task.lines += [line for line in lines if line not in task.lines]
        task.statements += statements + _statements(record, task.seen)
        task.passage.append(_passage(record.row).text)
        if own_number and not text_of and any(len(c.text) >= 4 for c in record.fresh("other")):
            # A row with a number and words of its own, in a column whose header says nothing.
            reading.unread.append(_passage(record.row))
        _take_quarters(record, quarters, task)
        return task
    if title is None and not bodies:
        said = record.fresh(*_STATED, "other", "people", "remark")
        if said and not (len(said) == 1 and not own_number and said[0] in record.cells.get("remark", ())):
            reading.unread.append(_passage(record.row))
        return task
    no = None if of_projects or no_cell is None else _plain_number(no_cell.text)
    return _new_task(record, title, bodies, quarters, no, reading)


def _texts(cells: Sequence[Cell]) -> tuple[list[str], list[Statement]]:
    lines: list[str] = []
    statements: list[Statement] = []
    for cell in cells:
        more, said = _lines(cell.text)
        lines += more
        statements += said
    return lines, statements


def _new_task(
    record: _Record,
    title: Cell | None,
    bodies: Sequence[Cell],
    quarters: Sequence[Cell],
    no: int | None,
    reading: TableReading,
) -> TableTask | None:
    lines, statements = _texts([title] if title is not None else [])
    if lines:
        lines = _whole_sentence(lines)
        marked = printed_number(lines[0])
        if marked is not None and marked[2].strip():
            # Without a column of numbers those in front of the titles count.
            if no is None and record.cell("no") is None:
                no = marked[1]
            lines[0] = marked[2].strip()
    more, said = _texts(bodies)
    titled = bool(more) and len(lines) == 1 and "。" not in lines[0].rstrip("。")
    if not lines and more:
        marked = printed_number(more[0])
        if marked is not None and marked[2].strip():
            more[0] = marked[2].strip()
    if not lines and not more:
        reading.unread.append(_passage(record.row))
        return None
    row = record.row
    task = TableTask(no, lines + more, statements + said, titled, row.where, [_passage(row).text])
    task.statements += _statements(record, task.seen)
    _take_quarters(record, quarters, task)
    reading.entries.append(task)
    return task


def _whole_sentence(lines: list[str]) -> list[str]:
    """Joins a first line that a narrow cell broke inside a bracket or quotes, or that is a number alone."""
    while len(lines) > 1 and (re.fullmatch(r"[（(]?\d{1,3}[）).、．]?", lines[0]) or _open(lines[0])):
        lines = [lines[0] + lines[1], *lines[2:]]
    return lines


def _open(text: str) -> bool:
    closed = "".join(c for i, c in enumerate(text) if not any(a <= i < b for a, b in bracket_spans(text)))
    return any(c in "（《“【" for c in closed)


def _take_quarters(record: _Record, quarters: Sequence[Cell], task: TableTask) -> None:
    """Steps by quarter: text of the body; the last filled quarter is the deadline where no column has one."""
    for cell in quarters:
        head = _joined(record.headers.get(cell.column, ""))
        line = f"{head}：{_joined(cell.text)}"
        if line not in task.lines:
            task.lines.append(line)
    if quarters and not any(s.kind == "due" for s in task.statements):
        task.statements.append(Statement("due", _joined(record.headers.get(quarters[-1].column, ""))))


# --- key and value --------------------------------------------------------------------------------
def _pairs(rows: Sequence[TableRow]) -> list[tuple[TableRow, ColumnKind | None, str]] | None:
    """(row, kind, value) of a table of keys and values, None where it is none."""
    found: list[tuple[TableRow, ColumnKind | None, str]] = []
    kinds: set[ColumnKind | None] = set()
    keys = 0
    for row in rows:
        filled = _filled(row)
        if (len(filled) == 1 and not found) or len(row.cells) == 1:
            found.append((row, None, filled[0].text.strip() if filled else ""))
            continue
        if len(row.cells) > 6:
            return None
        cells = list(row.cells)
        i = 0
        while i + 1 < len(cells):
            kind = None if cells[i].continued else column_kind(cells[i].text)
            if kind is not None and column_kind(cells[i + 1].text) in (None, "quarter"):
                found.append((row, kind, cells[i + 1].text.strip()))
                if i == 0:
                    kinds.add(kind)
                keys += 1
                i += 2
            elif i == 0 and kind is None:
                found.append((row, None, " ".join(c.text.strip() for c in filled)))
                break
            else:
                i += 1
    said = {k for _, k, _ in found}
    vertical = len(kinds) >= 2 and keys * 2 >= len(rows)
    if vertical and said & set(_TITLES) and said & set(_STATED):
        return found
    return None


def _read_pairs(pairs: Sequence[tuple[TableRow, ColumnKind | None, str]], reading: TableReading) -> None:
    """Blocks of keys and values: a key that was said already begins the next task."""
    current: dict[ColumnKind, tuple[TableRow, str]] = {}
    has_title = any(k in ("title", "weak-title", "body") for _, k, _ in pairs)
    led = any(k == "lead" for _, k, _ in pairs)

    def close() -> None:
        cells: dict[ColumnKind, list[Cell]] = {}
        rows = [r for r, _ in current.values()]
        if not rows:
            return
        row = rows[0]
        for kind, (_, text) in current.items():
            own: ColumnKind = kind
            if kind == "weak-title":
                own = "body" if "title" in current else "title"
            elif kind == "project" and not has_title:
                own = "title"
            elif kind == "responsible" and led:
                own = "support"
            if text:
                cells.setdefault(own, []).append(Cell(text, len(cells)))
        current.clear()
        record = _Record(row, cells, {})
        name = _joined(record.text("project"))
        if name:
            reading.entries.append(TableProject(name, row.where))
        if record.text("title", "body"):
            task = _take(record, None, False, False, reading)
            if task is not None:
                task.passage = list(dict.fromkeys(_passage(r).text for r in rows))
        elif any(cells.values()):
            reading.unread.append(Passage("　".join(c.text for cs in cells.values() for c in cs), row.where))

    for row, kind, text in pairs:
        if kind is None:
            if not reading.entries and not current and text:
                reading.above.append(Passage(text, row.where))
            elif text:
                likely = len(text) > 20 and not _is_apart([Cell(text, 0)])
                (reading.unread if likely else reading.left).append(Passage(text, row.where))
            continue
        if kind in current:
            close()
        current[kind] = (row, text)
    close()
