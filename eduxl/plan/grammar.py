"""Blocks → Plan: where the plan begins, what its projects and tasks are, what belongs to which task.

Pure. Nothing here knows a file kind. The numbering that carries units and dates is the tasks'; one
outside it is the projects'; anything between is a grouping, anything inside is a step.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Container, Iterable, Iterator, Sequence
from itertools import groupby, pairwise

from attrs import define, evolve, field, frozen

from eduxl.errors import PlanError
from eduxl.model import Note, Passage, Plan, Project, Task
from eduxl.plan import findings, review, words
from eduxl.plan.blocks import Block, Heading, LabelLine, TableRow, line_blocks
from eduxl.plan.deadlines import Deadline, read_deadline
from eduxl.plan.labelled import brackets, labels_in, separate_dates, trailing_labels
from eduxl.plan.numbering import CHINESE, RANK, numbers_inside, printed_number
from eduxl.plan.numerals import date_digits, half_width, number
from eduxl.plan.tables import Layout, TableProject, TableReading, read_table
from eduxl.plan.units import Statement, UnitLists, assign

# --- numbering ------------------------------------------------------------------------------------
#: Which numbering is the tasks' when none carries units: first found wins.
_USUAL_TASKS = ("task", "ar", "cn-bracket", "cn", "h3", "h2", "h1", "ar-half", "ar-bracket", "part")
#: Steps inside tasks, and tasks only where there is no other numbering below the projects.
_STEPS = ("ar-half", "ar-bracket")


@define
class _Line:
    """A block as the grammar sees it; `style` is its numbering, `statements` those of a label line.

    A whole table is one line without text.
    """

    text: str
    style: str | None = None
    no: int | None = None
    statements: tuple[Statement, ...] = ()
    title: bool = False
    raw: str = ""
    rank: int = 99
    table: TableReading | None = None
    where: str = ""
    #: a heading with label lines right under it
    labelled: bool = False

    @property
    def passage(self) -> Passage:
        return Passage(self.raw, self.where)


def _lines(blocks: Iterable[Block]) -> list[_Line]:
    lines: list[_Line] = []
    layout: Layout | None = None
    for no, group in groupby(blocks, key=lambda b: b.table if isinstance(b, TableRow) else None):
        if no is None:
            lines += [line for block in group if (line := _line(block)) is not None]
            continue
        rows = [block for block in group if isinstance(block, TableRow)]
        reading = read_table(rows, layout)
        layout = reading.layout or layout
        for passage in reading.above:
            above = (_line(b) for b in line_blocks(passage.text, passage.position))
            # A row over the header is a title or says who filled the table in; it opens no numbering.
            lines += [evolve(line, style=None, rank=99) for line in above if line is not None]
        lines.append(_Line("", table=reading))
    lines = _with_two_digits(lines)
    if not any(line.table and line.table.has_tasks for line in lines):
        return [inner for line in lines for inner in (line, *_framed(line))]
    # Tables of one column are frames around text; beside real ones only a title is taken from them, since
    # the rest explains how to fill something in.
    lines = [x for line in lines for x in (line, *_titles_only(line))]
    _mark_plain_headings(lines)
    return lines


def _framed(line: _Line) -> Iterator[_Line]:
    for passage in line.table.texts if line.table else ():
        for block in line_blocks(passage.text, passage.position):
            inner = _line(block)
            if inner is not None:
                yield inner


def _line(block: Block) -> _Line | None:
    if isinstance(block, TableRow):
        return None
    if isinstance(block, LabelLine):
        return _Line(block.text, statements=block.statements, raw=block.text, where=block.where)
    text = block.text.strip()
    if _NOISE.fullmatch(text) and not _BARE_DIGITS.fullmatch(text):
        return None
    marked = printed_number(text)
    if marked is not None:
        style, no, rest = marked
        return _Line(rest, style, no, raw=text, rank=RANK[style], where=block.where)
    heading = block.level if isinstance(block, Heading) else None
    style_ = f"h{min(heading, 3)}" if heading else None
    rank = RANK.get(style_ or "", 99)
    return _Line(text, style_, title=heading == 0, raw=text, rank=rank, where=block.where)


def _titles_only(line: _Line) -> list[_Line]:
    """The titles in a frame around text; the rest of it is left out."""
    framed = list(_framed(line))
    if line.table is not None:
        line.table.left += [inner.passage for inner in framed if not _could_be_title(inner)]
    return [inner for inner in framed if _could_be_title(inner)]


_PADDED = re.compile(r"0\d")
_BARE_DIGITS = re.compile(r"\d\d")
_TWO_DIGITS = re.compile(r"([1-9]\d)(?:\s+(?=\D)|$)")


def _with_two_digits(lines: Sequence[_Line]) -> list[_Line]:
    """The lines; behind 09 comes 10, which no zero marks as a number. Other bare digits are page numbers."""
    padded = False
    last = 0
    for line in lines:
        if line.style == "ar" and line.no is not None:
            padded, last = _PADDED.match(line.raw) is not None, line.no
        elif padded and (match := _TWO_DIGITS.match(line.raw)) and int(match[1]) == last + 1:
            line.style, line.rank, line.no = "ar", RANK["ar"], int(match[1])
            line.text, last = line.raw[match.end() :], last + 1
    return [line for line in lines if line.style or not _BARE_DIGITS.fullmatch(line.raw)]


_NO_HEADING = re.compile(r"[。；，：;:]|^[（(]?(?:续表|接上表|单位|表\s*\d|附件|附表|填)")


def _mark_plain_headings(lines: Sequence[_Line]) -> None:
    """Short paragraphs right above two or more tables are headings, though nothing marks them as such."""
    found = [
        above
        for above, line in pairwise(lines)
        if line.table
        and line.table.has_tasks
        and not line.table.has_projects
        and not line.table.continued
        and above.table is None
        and above.style is None
        and not above.statements
        and not above.title
        and 2 <= len(above.raw) <= 40
        and not _NO_HEADING.search(above.raw)
        and not _could_be_title(above)
    ]
    if len(found) > 1:
        for line in found:
            line.style, line.rank = "h3", RANK["h3"]


# --- around the plan ------------------------------------------------------------------------------
_NOISE = re.compile(r"[-—–－\s]*\d{1,4}[-—–－\s]*|第\s*\d+\s*页(?:[，,\s/]*共?\s*\d+\s*页)?|[-—=_*·.\s]+")
_CN_DATE = rf"二[〇○零0][{CHINESE}〇○零]{{2}}年[{CHINESE}]{{1,2}}月[{CHINESE}]{{1,3}}日"
_DATE = rf"(?:(?:19|20)\d\d[-./年]\d{{1,2}}[-./月]\d{{1,2}}日?|{_CN_DATE})"
_SIGNED = re.compile(rf"(?P<who>[^，。；：、:;,\d]{{0,40}}?)[\s（(]*{_DATE}[\s)）]*(?:印发)?")
_SIGNER = re.compile(r"[^，。；：、:;,\d]{2,30}(?:" + "|".join(words.SIGNER_ENDINGS) + ")")
_ATTACHED = re.compile(
    r"附\s*[件表录](?:\s*[\d一二三四五六七八九十]+)?\s*(?:[：:].*)?|抄送[：:].*|[（(]?此件.*公开.*"
)
_NOTICE = re.compile(r"(?:关于)?.{0,80}(?:的通知|的函|的通告)$|关于(?:印发|下发|转发).*")
_TITLE_WORD = re.compile("|".join(sorted(words.TITLE_WORDS, key=len, reverse=True)))
_YEAR = re.compile(r"(?<!\d)((?:19|20)\d\d)(?!\d)")
_IN_QUOTES = re.compile(r"《([^《》]{4,60})》")
_OUTER_TITLE = re.compile(r"^附\s*件\s*\d*\s*[：:]?\s*")
_CLOSING_DEADLINE = re.compile(
    r"(?:未|没有)(?:明确|注明|标明|列明|规定|写明|标注|注|写).{0,10}(?:时限|时间|期限).{0,40}(?:完成|前|底|止)"
)


_TITLE_ENDS = "“”\"' \u3000"
_HALF_DIGITS = str.maketrans("０１２３４５６７８９", "0123456789")


def _year_in(text: str) -> int | None:
    match = _YEAR.search(date_digits(half_width(text)))
    return int(match[1]) if match else None


def _could_be_title(line: _Line) -> bool:
    text = line.raw
    return (
        not line.statements
        and (line.style is None or line.style.startswith("h"))
        and len(text) <= 80
        and not re.search(r"[。；;，]|[：:]$", text)
        and _TITLE_WORD.search(text) is not None
        and not _NOTICE.fullmatch(text)
    )


@frozen
class _Front:
    """What stands before the first project or task: `start` is the first line behind it."""

    title: str
    year: int | None
    start: int
    #: False where no line looked like a plan's title
    named: bool


def _front(lines: Sequence[_Line]) -> _Front:
    """Finds the plan's own title, behind a notice where there is one."""
    begin = 0
    notice = next(
        (i for i, ln in enumerate(lines[:15]) if ln.style is None and _NOTICE.fullmatch(ln.raw)), None
    )
    if notice is not None:
        later = [
            i for i in range(notice + 1, len(lines)) if _could_be_title(lines[i]) and _year_in(lines[i].raw)
        ]
        begin = next((i for i in later if lines[i].style is None or lines[i].title), later[0] if later else 0)
    end = next(
        (
            i
            for i in range(begin, len(lines))
            if (lines[i].style and not _could_be_title(lines[i])) or _has_tasks(lines[i])
        ),
        len(lines),
    )
    if any(ln.title for ln in lines[:end]):
        candidates = [i for i in range(end) if lines[i].title]
    else:
        candidates = [i for i in range(begin, end) if _could_be_title(lines[i])]
    dated = [i for i in candidates if _year_in(lines[i].raw)]
    if candidates:
        at = (dated or candidates)[-1]
        title, start = _joined_title(lines, at, end)
        return _Front(title, _year_in(title) or _first_year(lines[:end]), start, True)
    for line in lines[:end]:
        quoted = [q for q in _IN_QUOTES.findall(line.raw) if _TITLE_WORD.search(q)]
        about = re.search(r"关于(?:印发|下发|转发)《?([^《》]{4,60}?)》?的通知", line.raw)
        named = quoted[0] if quoted and _NOTICE.fullmatch(line.raw) else about[1] if about else None
        if named:
            return _Front(named, _year_in(named) or _first_year(lines[:end]), end, True)
    first = lines[0].raw if lines and lines[0].style is None and not lines[0].statements else ""
    return _Front(
        first, _year_in(first) or _first_year(lines[:end]), end, _NOTICE.fullmatch(first) is not None
    )


def _has_tasks(line: _Line) -> bool:
    return line.table is not None and line.table.has_tasks


def _first_year(lines: Iterable[_Line]) -> int | None:
    return next((year for line in lines if (year := _year_in(line.raw)) is not None), None)


_ISSUER = re.compile(r"(?:局|县|市|区|委|委员会|厅|办公室|小组|政府|学校|系统)$")


def _joined_title(lines: Sequence[_Line], at: int, end: int) -> tuple[str, int]:
    """The title with the neighbouring lines it was broken over: 民乐县教育局 / 2022年工作要点."""
    title = _OUTER_TITLE.sub("", lines[at].raw)
    start = at + 1

    def part(i: int) -> bool:
        if not 0 <= i < end or lines[i].statements:
            return False
        text = lines[i].raw
        plain = len(text) <= 30 and not re.search(r"[，。；：、:;,〔〕\[\]]", text)
        return (
            plain
            and not _SIGNED.fullmatch(text)
            and not _NOTICE.fullmatch(text)
            and not _ATTACHED.fullmatch(text)
        )

    for i in range(at - 1, max(at - 3, -1), -1):
        incomplete = _year_in(title) is None or re.match(
            r"(?:关于)?(?:(?:19|20)\d\d年|二[〇○零])", half_width(title)
        )
        if not incomplete or not part(i):
            break
        above = lines[i].raw
        if _year_in(above) or _ISSUER.search(above):
            title = above + title
    if (
        part(start)
        and _TITLE_WORD.search(lines[start].raw)
        and not _year_in(lines[start].raw)
        and len(lines[start].raw) <= 12
    ):
        title += lines[start].raw
        start += 1
    return title.strip(_TITLE_ENDS).translate(_HALF_DIGITS), start


# --- which numbering is what ----------------------------------------------------------------------
def _speaks(line: _Line) -> bool:
    return bool(line.statements) or bool(brackets(line.text))


def _task_style(lines: Sequence[_Line]) -> str | None:
    """The numbering whose items carry units and dates, the innermost such; without any, the usual one."""
    styles = {line.style for line in lines if line.style}
    outer = styles - set(_STEPS)
    # Under （一） alone 1) may count the tasks: each is followed by label lines of its own.
    has_tasks = outer & {"ar", "task", "cn-bracket"} and not (
        outer == {"cn-bracket"} and _all_labelled(lines)
    )
    if has_tasks or len(outer) > (1 if styles & {"part", "cn", "h1"} else 0) + (outer == {"cn-bracket"}):
        styles = outer
    if not styles:
        return None
    if outer == {"cn-bracket"} and _labelled_above(lines):
        return next(s for s in _STEPS if s in styles | {ln.style for ln in lines})
    says = [_speaks(line) for line in lines]
    outermost = min(RANK[s] for s in styles)
    best: str | None = None
    for style in sorted(styles, key=RANK.__getitem__, reverse=True):
        rank, own, spoken = RANK[style], 0, 0
        open_, found, deeper = False, False, False
        for line, said in zip(lines, says, strict=True):
            if line.style and line.rank <= rank:
                spoken += open_ and found
                open_ = line.style == style
                own += open_
                # What stands in or under a project's heading is the project's.
                found, deeper = open_ and said and rank != outermost, False
            elif line.style in styles:
                if not deeper and rank == outermost:
                    found = False
                deeper = True
                found = found or said
            else:
                found = found or said
        spoken += open_ and found
        if own and spoken * 2 >= own and not _only_last(lines, says, style, styles):
            best = style
            break
    if best is None or (
        best == min(styles, key=RANK.__getitem__) and len(styles) > 1 and not _closes(lines, says, best)
    ):
        best = next((s for s in _USUAL_TASKS if s in styles), None)
    return best


def _only_last(lines: Sequence[_Line], says: Sequence[bool], style: str, styles: Iterable[str]) -> bool:
    """True where only the last item of every group speaks, for the group: steps of tasks inside projects."""
    outer = [s for s in styles if RANK[s] < RANK[style]]
    if len(outer) < 2:
        return False
    groups = several = 0
    last: bool | None = None
    at = 0
    for line, said in zip(lines, says, strict=True):
        if line.style and line.rank < RANK[style]:
            groups, several, at, last = groups + (at > 0), several + (at > 1), 0, None
        elif line.style == style:
            if last:
                return False
            at, last = at + 1, bool(said)
        elif last is not None:
            last = last or said
    groups, several = groups + (at > 0), several + (at > 1)
    return several * 2 > groups


def _labelled_above(lines: Sequence[_Line]) -> bool:
    """True where most （一） say who or when themselves and hold numbered lines: projects with their tasks.

    A bracket in a heading counts only where lines inside say something of their own; else they may be steps.
    """
    heads = [i for i, line in enumerate(lines) if line.style == "cn-bracket"]
    under = beside = 0
    own = False
    for i, end in zip(heads, [*heads[1:], len(lines)], strict=True):
        inner = [j for j in range(i + 1, end) if lines[j].style in _STEPS]
        if len(inner) < 2:
            continue
        under += bool(lines[i + 1].statements)
        beside += bool(brackets(lines[i].text))
        own = own or any(_speaks(line) for line in lines[inner[0] : inner[-1]])
    return under * 2 > len(heads) or (own and (under + beside) * 2 > len(heads))


def _all_labelled(lines: Sequence[_Line]) -> bool:
    """True where most items numbered as steps have label lines of their own."""
    at = [i for i, line in enumerate(lines) if line.style in _STEPS]
    labelled = 0
    for i in at:
        after = next((ln for ln in lines[i + 1 :] if ln.style is not None or ln.statements), None)
        labelled += after is not None and bool(after.statements)
    return len(at) > 1 and labelled * 2 > len(at)


def _closes(lines: Sequence[_Line], says: Sequence[bool], style: str) -> bool:
    """True where the outermost items end in units themselves, so that what is inside them is steps."""
    ends = own = 0
    last = deeper = first = False
    for line, said in zip(lines, says, strict=True):
        if line.style == style:
            ends += last and deeper and not first
            own, last, deeper, first = own + 1, False, False, said
        elif line.style:
            # What it says in its own line is its own.
            deeper, last = True, False
        else:
            last = last or said
            first = first or (said and not deeper)
    ends += last and deeper and not first
    return ends * 2 >= own


def _project_style(lines: Sequence[_Line], tasks: str) -> str | None:
    """The outermost numbering around the tasks with two headings that hold tasks, else with one."""
    rank = RANK[tasks]
    counts: Counter[str] = Counter()
    open_: dict[str, bool] = {}
    for line in lines:
        if line.style is None or line.rank > rank:
            continue
        if line.style == tasks:
            for style, fresh in open_.items():
                counts[style] += fresh
                open_[style] = False
        else:
            open_ = {s: f for s, f in open_.items() if RANK[s] < line.rank} | {line.style: True}
    outer = sorted(counts, key=RANK.__getitem__)
    return next((s for s in outer if counts[s] >= 2), outer[0] if outer else None)


def _table_headings(lines: Sequence[_Line]) -> tuple[str | None, list[str]]:
    """(the outermost numbering with two headings that hold tables of tasks, else with one; those headings)."""
    held: dict[str, list[str]] = {}
    open_: dict[str, str | None] = {}
    for line in lines:
        if _has_tasks(line):
            for style, text in open_.items():
                if text is not None:
                    held.setdefault(style, []).append(text)
                    open_[style] = None
        elif line.style is not None:
            open_ = {s: t for s, t in open_.items() if RANK[s] < line.rank} | {line.style: line.raw}
    outer = sorted(held, key=RANK.__getitem__)
    found = next((s for s in outer if len(held[s]) >= 2), outer[0] if outer else None)
    return found, held[found] if found else []


def _styles(lines: Sequence[_Line]) -> tuple[str | None, str | None]:
    """(the numbering of the tasks in the text, that of the projects), None where there are none."""
    tasks = _task_style(lines)
    if not any(_has_tasks(line) for line in lines):
        return tasks, _project_style(lines, tasks) if tasks else None
    headings, held = _table_headings(lines)
    if tasks is not None:
        # Beside tables a paragraph is a task only where it says who or when; a heading over a table is none.
        own = spoken = tables = 0
        said = True
        for line in lines:
            if line.style is not None and line.rank <= RANK[tasks]:
                said = line.style != tasks
                own += line.style == tasks
            if _has_tasks(line) and not said:
                tables += 1
                said = True
            elif not said and _speaks(line) and line.table is None:
                spoken += 1
                said = True
        if tables * 2 < own <= spoken * 2:
            return tasks, _project_style(lines, tasks)
    own_projects = any(line.table is not None and line.table.has_projects for line in lines)
    if len(held) == 1 and (own_projects or _TITLE_WORD.search(held[0])):
        return None, None
    return None, headings


# --- items ----------------------------------------------------------------------------------------
@define
class _Group:
    title: str
    statements: list[Statement]
    tasks: int = 0
    position: str = ""
    no: int | None = None


@define
class _Item:
    """A task while it is read: `lines` its text, `after` what follows its label lines, its own or not."""

    no: int | None
    group: int | None
    lines: list[str]
    statements: list[Statement] = field(factory=list)
    after: list[str] = field(factory=list)
    #: the first line is a title of its own and no part of the body
    titled: bool = False
    #: rows of a table say who and when for each step
    tabled: bool = False
    position: str = ""
    #: its lines as they stand in the source, label lines too
    passage: list[str] = field(factory=list)


_END = " \t\u3000；;：:，,、。"


def _cut(text: str, spans: Iterable[tuple[int, int]]) -> str:
    for start, end in sorted(spans, reverse=True):
        text = text[:start] + text[end:]
    return text


def _group(line: _Line) -> _Group:
    stated = brackets(line.text)
    title = _cut(line.text, [(b.start, b.end) for b in stated]).strip(_END)
    said = [s for b in stated for s in b.statements]
    return _Group(title or line.raw.strip(_END), said, position=line.where, no=line.no)


@define
class _Collected:
    """What the lines behind the plan's front come to."""

    groups: list[_Group] = field(factory=list)
    items: list[_Item] = field(factory=list)
    notes: list[Note] = field(factory=list)
    #: passages that look like tasks and were not taken
    unread: list[Passage] = field(factory=list)
    #: what is neither project nor task nor a question
    left: list[Passage] = field(factory=list)
    #: numbered headings and tasks of the text as they came
    order: list[_Line | _Item] = field(factory=list)
    #: projects named in tables by title, and what tasks stood before a table: first line and number
    tabled: dict[str, int] = field(factory=dict)
    seen: set[tuple[str, int | None]] = field(factory=set)
    indexed: int = 0
    #: sections around the tasks, which are no projects
    frame: list[_Group] = field(factory=list)

    def apart(self, line: _Line) -> None:
        """A line that belongs to no task: a question where it says who or when, else left out."""
        (self.unread if _is_said(line) or _names_units(line) else self.left).append(line.passage)


def _collect(lines: Sequence[_Line], tasks: str | None, projects: str | None) -> _Collected:
    found = _Collected()
    groups, items = found.groups, found.items
    rank = RANK[tasks] if tasks else 99
    item: _Item | None = None
    group: int | None = None
    ended = False
    before: Passage | None = None
    label: _Line | None = None
    followed = 0  # tasks whose text goes on behind their label lines
    for i, line in enumerate(lines):
        # A label line counts only for the line right behind it.
        label = label if i and lines[i - 1] is label else None
        if line.table is not None:
            if line.table.entries:
                item = None
            found.unread += line.table.unread
            found.left += line.table.left
            _take_table(line.table, found, group, nested=group is not None and projects is not None)
        elif ended:
            found.apart(line)
        elif tasks is not None and line.style == tasks:
            if item is not None and item.after:
                item.lines += item.after
                item.after = []
                followed += 1
            item = _Item(line.no, group, [line.text] if line.text else [], position=line.where)
            item.passage.append(line.raw)
            items.append(item)
            found.order.append(item)
        elif line.style is not None and line.rank < rank:
            item = None
            found.order.append(line)
            if projects and line.style == projects:
                groups.append(_group(line))
                group = len(groups) - 1
            else:
                found.left.append(line.passage)
                if projects and line.rank < RANK[projects]:
                    group = None
        elif line.statements:
            if item is not None:
                item.statements += line.statements
                item.passage.append(line.raw)
                label = line
            elif group is not None and not (items and items[-1].group == group):
                groups[group].statements += line.statements
                if isinstance(found.order[-1], _Line):
                    found.order[-1].labelled = True
                if found.left and found.left[-1] is before:
                    # Words between a heading and its label lines may be a task without its number.
                    found.unread.append(found.left.pop())
            else:
                found.apart(line)
        elif items and _is_end(lines, i):
            item, ended = None, True
            found.left.append(line.passage)
        elif _CLOSING_DEADLINE.search(line.raw) and len(line.raw) <= 120:
            found.notes.append(review.sentence_default_due(line.raw, line.where))
        elif item is not None and label is not None and _continues_label(label, line):
            last = item.statements[-1]
            item.statements[-1] = evolve(last, text=f"{last.text}、{line.raw}" if last.text else line.raw)
            item.passage.append(line.raw)
        elif item is not None:
            item.passage.append(line.raw)
            # A step goes on with the task even behind a label line of the step before.
            (item.after if item.statements and line.style is None and item.lines else item.lines).append(
                line.raw
            )
        else:
            found.apart(line)
            before = found.left[-1] if found.left else None
    found.unread += [Passage(text, it.position) for it in items if (text := _swallowed(it)) is not None]
    for it in items:
        if it.after and followed * 2 >= len(items):
            it.lines += it.after
        else:
            found.unread += [Passage(text, it.position) for text in it.after]
    if tasks is not None:
        found.unread += _joined_lines(found.order, tasks, projects)
    found.items = [it for it in items if it.lines or it.statements]
    _drop_frame(found)
    return found


def _drop_frame(found: _Collected) -> None:
    """Takes out sections like 总体要求 and 保障措施 that say neither who nor when, where others do."""

    def says(item: _Item) -> bool:
        return bool(item.statements) or any(brackets(line) for line in item.lines)

    speaking = {item.group for item in found.items if says(item)}
    if not speaking:
        return
    frame = {
        at
        for at, group in enumerate(found.groups)
        if at not in speaking and not group.statements and _FRAME.fullmatch(group.title)
    }
    inside = [item for item in found.items if item.group in frame]
    found.items = [item for item in found.items if item.group not in frame]
    found.unread += [Passage(item.passage[0], item.position) for item in inside]
    found.frame = [found.groups[at] for at in sorted(frame)]
    found.left += [Passage(group.title, group.position) for group in found.frame]
    kept = [at for at in range(len(found.groups)) if at not in frame]
    place = {at: i for i, at in enumerate(kept)}
    found.groups = [found.groups[at] for at in kept]
    for item in found.items:
        item.group = None if item.group is None else place[item.group]


_FRAME = re.compile(
    "(?:" + "|".join(words.FRAME_SECTIONS) + ")(?:[和与及、]?(?:" + "|".join(words.FRAME_SECTIONS) + "))*"
)


def _continues_label(label: _Line, line: _Line) -> bool:
    """True for the rest of a label line that was broken in the middle: 责任单位：党办、 / 教研室."""
    if line.style is not None or "。" in line.raw.rstrip("。") or len(line.raw) > 60:
        return False
    return label.raw.endswith(("、", "，", ",")) or not label.statements[-1].text


def _joined_lines(order: Sequence[_Line | _Item], tasks: str, projects: str | None) -> Iterator[Passage]:
    """What stands inside a heading or a task and was once a line of its own.

    Its number is still there and is missing behind it, or is broken; a heading says who or when as a task does; a
    bracket is never closed.
    """
    task = project = 0
    for entry, (next_task, next_project) in zip(order, _numbers_behind(order, projects), strict=True):
        if isinstance(entry, _Item):
            task = entry.no or task
            lost = {task + 1} - {next_task}
            texts, where = entry.passage, entry.position
            odd = next((text for text in texts[1:] if _begins_oddly(text, lost)), None)
            odd = odd or _unclosed("\n".join(texts))
        else:
            project = (entry.no or project) if entry.style == projects else project
            lost = {task + 1, 1, (next_task or 0) - 1} - {next_task}
            texts, where = [entry.raw], entry.where
            says = entry.labelled or _speaks(entry) or bool(trailing_labels(entry.raw)[1])
            odd = entry.raw if says and "。" in entry.text else None
        for text in texts:
            inside = [at for at, no in numbers_inside(tasks, text) if no in lost]
            if projects is not None and next_project != project + 1:
                inside += [at for at, no in numbers_inside(projects, text) if no == project + 1]
            if inside:
                odd = text[min(inside) :]
                break
        if odd is not None:
            yield Passage(odd, where)


def _numbers_behind(
    order: Sequence[_Line | _Item], projects: str | None
) -> list[tuple[int | None, int | None]]:
    """For each entry the numbers of the first task and the first project behind it."""
    behind: list[tuple[int | None, int | None]] = []
    task = project = None
    for entry in reversed(order):
        behind.append((task, project))
        if isinstance(entry, _Item):
            task = entry.no
        elif entry.style == projects:
            project = entry.no
    return behind[::-1]


def _begins_oddly(text: str, lost: Container[int]) -> bool:
    """True for a line that begins with the rest of a number: .实施名师工程, 二）推进委托管理, 5规范手机管理."""
    if text[0] in ".．、）)":
        return True
    match = _BARE_NUMBER.match(text)
    return match is not None and number(match[1]) in lost


_BARE_NUMBER = re.compile(
    rf"([{CHINESE}]{{1,3}}|[0-9０-９]{{1,3}})(?:[）)]|(?![0-9０-９年月日{CHINESE}、.．%个所名项次是]))"
)


def _unclosed(text: str) -> str | None:
    """The text from a bracket on that is never closed and goes on over the end of a sentence."""
    open_: list[int] = []
    for at, char in enumerate(text):
        if char in "（(【[":
            open_.append(at)
        elif char in "）)】]" and open_:
            open_.pop()
    sentence_end = text.rstrip("。\n").rfind("。")
    return next((text[at:] for at in open_ if at < sentence_end), None)


_STEP = re.compile(r"[①-⑳]|[一二三四五六七八九十]是|第[一二三四五六七八九十][，,、是]|[（(]?\d{1,2}[)）]")


def _clusters(text: str) -> int:
    """How many times a paragraph says who or when in brackets; those side by side say it once."""
    found = brackets(text)
    return len(found) - sum(not text[a.end : b.start].strip(_END) for a, b in pairwise(found))


def _swallowed(item: _Item) -> str | None:
    """A line that has lost its number, maybe, and with it stands in the task above: it says again who or when."""
    if item.tabled:
        return None
    lines = item.lines + item.after
    labels = Counter(s.kind for s in item.statements if s.text and s.kind in ("lead", "responsible", "due"))
    said = max(labels.values(), default=0) + sum(_clusters(line) for line in lines)
    everywhere = sum((labels_in(line) for line in item.passage), Counter())
    said = max(said, *(everywhere[kind] for kind in ("lead", "responsible", "due")))
    steps = sum(_STEP.match(line) is not None for line in lines)
    if said <= max(1, steps):
        return None
    return next(
        (ln for ln in [*item.after, *reversed(lines)] if not _STEP.match(ln)), lines[-1] if lines else ""
    )


def _names_units(line: _Line) -> bool:
    """True for a paragraph with a bracket that names units."""
    return any(s.kind not in ("due", "people") for b in brackets(line.text) for s in b.statements)


def _is_said(line: _Line) -> bool:
    """True for a label line that names who or when, not only people to call."""
    return any(s.kind != "people" and s.text for s in line.statements)


def _take_table(table: TableReading, found: _Collected, group: int | None, *, nested: bool) -> None:
    """Adds a table's projects and tasks. Under a heading that is a project its own sections are groupings.

    A task that stood before in another form, as in a list of tasks attached to a text, is not taken twice.
    """
    groups, items, own = found.groups, found.items, group
    found.seen.update((it.lines[0], it.no) for it in items[found.indexed :] if it.lines and it.no is not None)
    found.indexed = len(items)
    for entry in table.entries:
        if isinstance(entry, TableProject):
            if nested:
                continue
            marked = printed_number(entry.text)
            text = marked[2] if marked else entry.text
            made = _group(_Line(text, raw=entry.text, where=entry.where))
            if made.title not in found.tabled:
                found.tabled[made.title] = len(groups)
                groups.append(made)
            own = found.tabled[made.title]
        elif not (entry.lines and (entry.lines[0], entry.no) in found.seen):
            item = _Item(entry.no, own, entry.lines, entry.statements, titled=entry.titled, tabled=True)
            item.position, item.passage = entry.where, entry.passage
            items.append(item)


def _is_end(lines: Sequence[_Line], i: int) -> bool:
    """True at the signature, the date or the list of attachments behind the last task."""
    line = lines[i]
    if line.style is not None:
        return False
    if _SIGNED.fullmatch(line.raw) or _ATTACHED.fullmatch(line.raw):
        return True
    if not _SIGNER.fullmatch(line.raw):
        return False
    follows = lines[i + 1 : i + 2]
    return not follows or _SIGNED.fullmatch(follows[0].raw) is not None or _is_end_after(follows[0])


def _is_end_after(line: _Line) -> bool:
    return line.style is None and not line.statements and _SIGNER.fullmatch(line.raw) is not None


# --- tasks ----------------------------------------------------------------------------------------
def _texts(item: _Item) -> tuple[str, str, list[Statement]]:
    """(title, body, statements of its brackets).

    A bracket that closes the task leaves the body, since it is all in the fields; brackets of steps stay.
    """
    stated = [brackets(line) for line in item.lines]
    statements = [s for found in stated for b in found for s in b.statements]
    first = item.lines[0] if item.lines else ""
    head = _cut(first, [(b.start, b.end) for b in (stated[0] if stated else [])])
    title = head.split("。", 1)[0].strip(_END)
    carrying = [i for i, found in enumerate(stated) if found]
    lines = list(item.lines)
    if len(carrying) == 1:
        at = carrying[0]
        closing = all(b.closing for b in stated[at])
        in_title = at == 0 and all(b.start <= len(first.split("。", 1)[0]) for b in stated[0])
        if closing or in_title:
            lines[at] = _cut(lines[at], [(b.start, b.end) for b in stated[at]]).strip()
    elif carrying and carrying[0] == 0 and len(item.lines) > 1 and "。" not in head.strip("。"):
        lines[0] = head
    if item.titled:
        lines = lines[1:]
    return title, "\n".join(line for line in lines if line), statements


def _resolve(statements: Sequence[Statement], above: Sequence[Statement]) -> list[Statement]:
    """同上 replaced by what the task above says under the same kind of label."""
    result: list[Statement] = []
    for s in separate_dates(statements):
        if s.text.strip(_END) in words.SAME_AS_ABOVE:
            result += [a for a in above if a.kind == s.kind]
        else:
            result.append(s)
    return result


def _deadline(statements: Iterable[Statement], year: int) -> Deadline:
    texts = [s.text for s in statements if s.kind == "due" and s.text]
    return read_deadline("；".join(texts), year)


def _numbers(items: Sequence[_Item]) -> tuple[list[int], list[bool]]:
    """(the tasks' numbers, which of them were printed twice in one project)."""
    printed = [it.no for it in items]
    twice = []
    seen: set[tuple[int | None, int | None]] = set()
    for it in items:
        key = (it.group, it.no)
        twice.append(it.no is not None and key in seen)
        seen.add(key)
    known = [no for no in printed if no]
    if len(known) == len(items) and len(set(known)) == len(known):
        return known, twice
    return list(range(1, len(items) + 1)), twice


def to_plan(blocks: Iterable[Block], source: str) -> Plan:
    """The plan that `blocks` state; `source` is the file's name.

    Raises PlanError `not-a-plan` where nothing looks like a work plan, `no-tasks` where there is a plan
    without readable tasks, `unsupported` where a table has no header that is known, `no-year` where no year is named
    anywhere.
    """
    lines = _lines(blocks)
    front = _front(lines)
    body = lines[front.start :]
    tasks, projects = _styles(body)
    found = _collect(body, tasks, projects)
    items = found.items
    early = _Collected()
    for line in lines[: front.start]:
        if line.table is not None:
            early.unread += line.table.unread
            early.left += line.table.left
        elif line.raw.translate(_HALF_DIGITS).strip(_TITLE_ENDS) not in front.title:
            early.apart(line)
    found.unread[:0], found.left[:0] = early.unread, early.left
    tables = [line.table for line in lines if line.table is not None]
    spoken = any(_speaks(line) for line in lines) or any(t.has_tasks for t in tables)
    if not items:
        if any(t.matrix for t in tables):
            raise PlanError(
                f"“{source}”的表格用★、○等符号标出各单位的任务，读不了这种表；"
                "请改成每项任务一行，用“牵头单位”“配合单位”两列写出单位名称后再试。",
                code="unsupported",
            )
        if any(t.layout is not None for t in tables):
            raise PlanError(f"“{source}”的表里一项任务也没有；请在表头下面填上任务后再试。", code="no-tasks")
        if any(not t.texts for t in tables):
            raise PlanError(
                f"“{source}”的表格里没有认出任务；表头要有“工作任务”和“责任单位”或“完成时限”，"
                "请补上表头，或者改成一项任务一段（“1.任务名称。……”），再试一次。",
                code="unsupported",
            )
        if front.named or spoken or not lines:
            raise PlanError(
                f"“{source}”里没有读到任务；任务前要有编号（如“1.”），请核对原文后再试。", code="no-tasks"
            )
        raise PlanError(f"“{source}”不像工作要点；请选择写有工程、任务、责任单位和完成时间的文件。")
    if not (front.named or spoken):
        raise PlanError(
            f"“{source}”不像工作要点：没有标题，也没有责任单位和完成时间；请核对是不是选错了文件。"
        )
    dated = (s.text for it in items for s in it.statements if s.kind == "due")
    year = front.year or _first_year(lines) or _year_in(source)
    year = year or next((y for text in dated if (y := _year_in(text)) is not None), None)
    if year is None:
        raise PlanError(
            f"“{source}”没有写是哪一年的计划；请在标题里写上年份（如“2022年”）后再试。", code="no-year"
        )
    return _plan(front.title or source, year, source, found)


def _plan(title: str, year: int, source: str, found: _Collected) -> Plan:
    groups, items = found.groups, found.items
    numbers, twice = _numbers(items)
    tasks: list[Task] = []
    above: list[Statement] = []
    for item, no, again in zip(items, numbers, twice, strict=True):
        name, text, own = _texts(item)
        statements = _resolve([*own, *item.statements], above)
        shared = list(separate_dates(groups[item.group].statements)) if item.group is not None else []
        who = [s for s in statements if s.kind not in ("due", "people")]
        if who and all(s.kind == "support" for s in who):
            # Who only helps with a task leaves it with the project's own lead.
            statements += [s for s in shared if s.kind in ("lead", "responsible")]
        units = assign(statements) or assign(shared)
        deadline = _deadline(statements, year)
        if not deadline.text:
            deadline = _deadline(shared, year)
        if item.group is not None:
            groups[item.group].tasks += 1
        above = statements or above
        project = None if item.group is None else item.group + 1
        task = _task(no, project, name, text, units, deadline, year, item)
        if again:
            asked = review.duplicate_number(item.no, no, item.position)
            task = evolve(task, review=(*task.review, asked))
        tasks.append(task)
    projects = tuple(Project(i, g.title) for i, g in enumerate(groups, 1))
    empty = ((g.title, g.position) for g in groups if not g.tasks)
    asked_of_all = review.plan_notes(((t.no, t.position) for t in tasks), empty)
    unnumbered = [it.position for it in items if it.no is None]
    if unnumbered and len(unnumbered) < len(items):
        asked_of_all = (*asked_of_all, review.unnumbered(unnumbered))
    notes = (
        *asked_of_all,
        *_printed_gaps(groups, found.frame, items, numbers),
        *found.notes,
        *map(review.not_read, found.unread),
    )
    return Plan(title, year, source, projects, tuple(tasks), notes, tuple(found.left))


def _printed_gaps(
    groups: Sequence[_Group], frame: Sequence[_Group], items: Sequence[_Item], numbers: Sequence[int]
) -> Iterator[Note]:
    """Gaps in the projects' numbers, and in the tasks' own where these count anew in every project."""
    yield from review.number_gaps(((g.no, g.position) for g in (*groups, *frame) if g.no), "工程编号")
    if numbers == [it.no for it in items]:
        return
    own: dict[int | None, list[tuple[int, str]]] = {}
    for it in items:
        if it.no:
            own.setdefault(it.group, []).append((it.no, it.position))
    for at, group in enumerate(groups):
        yield from review.number_gaps(own.get(at, ()), f"“{group.title}”下面的任务编号")


def _task(
    no: int,
    project: int | None,
    title: str,
    body: str,
    units: UnitLists,
    deadline: Deadline,
    year: int,
    item: _Item,
) -> Task:
    return Task(
        no=no,
        project=project,
        title=title or body,
        body=body or title,
        lead_units=units.lead,
        support_units=units.support,
        school_groups=units.schools,
        due=deadline.due,
        recurrence=deadline.recurrence,
        due_text=deadline.text,
        indicators=findings.indicators(body, year),
        checklist=findings.checklist(body),
        review=review.task_notes(units.all, deadline.due, deadline.text, year, item.position),
        position=item.position,
        passage="\n".join(item.passage),
    )
