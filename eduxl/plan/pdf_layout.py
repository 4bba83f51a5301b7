"""The pages of a PDF as blocks: lines joined to paragraphs across line and page breaks, tables by their rules.

Pure: characters and drawn lines in, blocks out. Page numbers and running heads are dropped.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby
from operator import attrgetter
from statistics import median

from attrs import define, field, frozen

from eduxl.errors import PlanError
from eduxl.plan import contents, wrapping
from eduxl.plan.blocks import Block, Cell, TableRow, line_blocks
from eduxl.plan.labelled import label_line

OCR = "请先用 WPS 或其他软件识别文字（OCR），或向来文单位要 Word 版。"

#: CJK radicals that fonts map to instead of the character itself; Kangxi radicals are in Unicode's own tables.
_RADICALS = str.maketrans(
    "⺟⺠⻁⻄⻅⻆⻉⻋⻑⻒⻓⻔⻘⻙⻚⻛⻜⻝⻢⻤⻥⻦⻧⻨⻩⻬⻮⻰⻳",
    "母民虎西见角贝车長镸长门青韦页风飞食马鬼鱼鸟卤麦黄齐齿龙龟",
)
#: A page number at the end of an entry of a table of contents, and how far it stands from it in sizes of print.
_ENTRY = re.compile(r"(?<!\d)\d{1,3}$")
_APART = 2.0
_HANGING = tuple("，。、；：")


@frozen
class Char:
    """A character and its box in points, from the top left corner of the page as shown."""

    text: str
    left: float
    top: float
    right: float
    bottom: float


@frozen
class Rule:
    """A drawn line, across or down; `at` is its y or x, `start` and `end` the other coordinate."""

    across: bool
    at: float
    start: float
    end: float


@frozen
class Page:
    width: float
    height: float
    chars: Sequence[Char]
    rules: Sequence[Rule] = ()
    #: share of the page that its largest picture covers
    picture: float = 0.0


# --- lines ----------------------------------------------------------------------------------------
@frozen
class _Text:
    """A paragraph: its text, the page it begins on, the size of its first line's print."""

    text: str
    page: int
    size: float


@define
class Line:
    text: str
    left: float
    top: float
    right: float
    bottom: float
    size: float
    page: int


def _clean(text: str) -> str:
    text = text.translate(_RADICALS)
    return "".join(unicodedata.normalize("NFKC", c) if "\u2f00" <= c <= "\u2fd5" else c for c in text)


def _joined(chars: Sequence[Char]) -> str:
    """The text of characters of one line from left to right; a wide gap is a space."""
    parts: list[str] = []
    last: Char | None = None
    for char in chars:
        if last is not None:
            gap = char.left - last.right
            size = max(char.bottom - char.top, 1.0)
            ascii_ = char.text.isascii() and last.text.isascii()
            if gap > size * (0.25 if ascii_ else 0.9) and not (char.text.isspace() or last.text.isspace()):
                parts.append(" ")
        parts.append(char.text)
        last = char
    return _spaced(_clean("".join(parts)).strip())


#: A program that sets digits beside Chinese characters may put a space between them.
_BESIDE = re.compile(
    r"(?<=[\u3400-\u9fff，。、；：（）“”]) (?=[0-9A-Za-z])|(?<=[0-9A-Za-z%]) (?=[\u3400-\u9fff，。、；：（）“”])"
)


#: But behind a number of two digits that stands for a task's (01 加强党建) it tells where the number ends.
_TASK_NUMBER = re.compile(
    r"(?:0\d|[1-9]\d(?= [^年月日个名所项次人场家门节期批类件条万亿余多周天学小元]))(?= )"
)


def _spaced(text: str) -> str:
    number = _TASK_NUMBER.match(text)
    start = number.end() + 1 if number else 0
    return text[:start] + _BESIDE.sub("", text[start:])


def _size(chars: Sequence[Char]) -> float:
    """The size of print: the width of Chinese characters, since fonts of one size differ in height."""
    widths = [c.right - c.left for c in chars if "\u3400" <= c.text <= "\u9fff"]
    return median(widths) if widths else 0.8 * median(c.bottom - c.top for c in chars)


def _sized(line: Line) -> bool:
    """False for digits alone, whose size is only about right."""
    return any("\u3400" <= c <= "\u9fff" for c in line.text)


def _lines(chars: Iterable[Char], page: int) -> list[Line]:
    """Characters grouped into lines by the middle of their height, from top to bottom."""
    rows: list[list[Char]] = []
    for char in sorted(chars, key=lambda c: ((c.top + c.bottom) / 2, c.left)):
        middle = (char.top + char.bottom) / 2
        for row in rows[-3:][::-1]:
            first = row[0]
            if abs(middle - (first.top + first.bottom) / 2) <= 0.4 * min(
                char.bottom - char.top, first.bottom - first.top
            ):
                row.append(char)
                break
        else:
            rows.append([char])
    lines: list[Line] = []
    for row in rows:
        row.sort(key=lambda c: c.left)
        seen = [c for c in row if not c.text.isspace()]
        text = _joined(row)
        if seen and text:
            size = _size(seen)
            top, bottom = min(c.top for c in seen), max(c.bottom for c in seen)
            text = _apart(text, seen, size)
            lines.append(Line(text, seen[0].left, top, max(c.right for c in seen), bottom, size, page))
    return lines


def _apart(text: str, chars: Sequence[Char], size: float) -> str:
    """The text of a line, with a tab before a page number that stands far to the right of it."""
    number = _ENTRY.search(text)
    if number is None or len(number[0]) >= len(chars):
        return text
    at = len(chars) - len(number[0])
    if chars[at].left - chars[at - 1].right <= _APART * size:
        return text
    return f"{text[: number.start()].rstrip()}\t{number[0]}"


def _visible(page: Page) -> list[Char]:
    """Characters on the page, each once (bold is sometimes the same character printed twice)."""
    #: (character, y) → the x where it stands
    seen: dict[tuple[str, int], set[int]] = {}
    kept = []
    for char in page.chars:
        if unicodedata.category(char.text) in ("Cc", "Cf") or char.bottom <= char.top:
            continue
        if not (-2 <= char.left <= page.width + 2 and -2 <= char.top <= page.height + 2):
            continue
        x, y = round(char.left), round(char.top)
        if not char.text.isspace():
            beside = (seen.get((char.text, row)) for row in (y, y - 1, y + 1))
            if any(xs and not xs.isdisjoint((x - 1, x, x + 1)) for xs in beside):
                continue
            seen.setdefault((char.text, y), set()).add(x)
        kept.append(char)
    return kept


# --- tables ---------------------------------------------------------------------------------------
_NEAR = 3.0


def _clustered(values: Iterable[float]) -> list[float]:
    groups: list[list[float]] = []
    for value in sorted(values):
        if groups and value - groups[-1][-1] <= _NEAR:
            groups[-1].append(value)
        else:
            groups.append([value])
    return [sum(g) / len(g) for g in groups]


_at = attrgetter("at")


def _merged(rules: Iterable[Rule]) -> list[Rule]:
    """Rules on one line that touch or overlap, as one."""
    merged: list[Rule] = []
    for across in (True, False):
        own = sorted((r for r in rules if r.across is across), key=_at)
        for at in _clustered(map(_at, own)):
            near = slice(bisect_left(own, at - _NEAR, key=_at), bisect_right(own, at + _NEAR, key=_at))
            pieces = sorted((r.start, r.end) for r in own[near])
            start, end = pieces[0]
            for s, e in pieces[1:]:
                if s - end > _NEAR:
                    merged.append(Rule(across, at, start, end))
                    start, end = s, e
                else:
                    end = max(end, e)
            merged.append(Rule(across, at, start, end))
    return merged


def _touch(a: Rule, b: Rule) -> bool:
    return (
        a.across is not b.across
        and b.start - _NEAR <= a.at <= b.end + _NEAR
        and a.start - _NEAR <= b.at <= a.end + _NEAR
    )


def _groups(rules: Sequence[Rule]) -> list[list[Rule]]:
    """Rules that touch each other, one group a table."""
    left = list(rules)
    groups: list[list[Rule]] = []
    while left:
        group = [left.pop()]
        for rule in group:
            apart: list[Rule] = []
            for other in left:
                (group if _touch(rule, other) else apart).append(other)
            left = apart
        groups.append(group)
    return groups


@define
class Table:
    """A table of one page: `rows` of cells with their text, `xs` the places of its columns' edges."""

    top: float
    bottom: float
    left: float
    right: float
    page: int
    xs: list[float] = field(factory=list)
    rows: list[list[Cell]] = field(factory=list)
    #: What `_tally` has counted: rows, and by column the cells below the header, the numbers among them, and
    #: whether any cell is merged downwards. So a table over many pages is not gone through for each of them.
    tallied: int = 0
    cells: Counter[int] = field(factory=Counter)
    numbers: Counter[int] = field(factory=Counter)
    merging: set[int] = field(factory=set)


def _tables(page: Page, chars: Sequence[Char], number: int) -> list[Table]:
    if len(page.rules) > 2000:  # a drawing
        return []
    tables: list[Table] = []
    for group in _groups(_merged(page.rules)):
        across = [r for r in group if r.across]
        down = [r for r in group if not r.across]
        if len(across) < 2 or not down:
            continue
        ys = _clustered(r.at for r in across)
        left, right = min(r.start for r in across), max(r.end for r in across)
        xs = _clustered([*(r.at for r in down), left, right])
        if len(xs) < 3 or len(ys) < 2:
            continue
        table = Table(ys[0], ys[-1], xs[0], xs[-1], number, xs)
        _fill(table, ys, across, down, chars)
        if sum(len(row) for row in table.rows) > 1:
            tables.append(table)
    return sorted(tables, key=lambda t: t.top)


def _fill(
    table: Table, ys: Sequence[float], across: Sequence[Rule], down: Sequence[Rule], chars: Sequence[Char]
) -> None:
    """Reads the cells between the rules. Where no rule parts two places of the grid, they are one cell."""
    xs = table.xs
    width, height = len(xs) - 1, len(ys) - 1
    owner = {(r, c): (r, c) for r in range(height) for c in range(width)}

    def parted(rules: Sequence[Rule], at: float, start: float, end: float) -> bool:
        middle = (start + end) / 2
        return any(abs(r.at - at) <= _NEAR and r.start <= middle <= r.end for r in rules)

    for r in range(height):
        for c in range(width):
            if c and not parted(down, xs[c], ys[r], ys[r + 1]):
                owner[r, c] = owner[r, c - 1]
            elif r and not parted(across, ys[r], xs[c], xs[c + 1]):
                owner[r, c] = owner[r - 1, c]
    inside: dict[tuple[int, int], list[Char]] = {}
    for char in chars:
        x, y = (char.left + char.right) / 2, (char.top + char.bottom) / 2
        if xs[0] <= x <= xs[-1] and ys[0] <= y <= ys[-1]:
            c = next(i for i in range(width) if x <= xs[i + 1])
            r = next(i for i in range(height) if y <= ys[i + 1])
            inside.setdefault(owner[r, c], []).append(char)
    texts = {key: _cell_text(found) for key, found in inside.items()}
    for r in range(height):
        row: list[Cell] = []
        c = 0
        while c < width:
            key = owner[r, c]
            span = 1
            while c + span < width and owner[r, c + span] == key:
                span += 1
            row.append(Cell(texts.get(key, ""), c, span, key[0] < r))
            c += span
        table.rows.append(row)


def _cell_text(chars: Sequence[Char]) -> str:
    """The paragraphs of a cell, lines joined as in the text around it."""
    lines = _lines(chars, 0)
    right = max((line.right for line in lines), default=0.0)
    return "\n".join(p.text for p in _paragraphs(lines, lambda _: right, cell=True))


def _continues(above: Table, below: Table) -> bool:
    return (
        below.page == above.page + 1
        and len(above.xs) == len(below.xs)
        and all(abs(a - b) <= 2 * _NEAR for a, b in zip(above.xs, below.xs, strict=True))
    )


def _append(above: Table, below: Table) -> None:
    """Adds the rows of a table's part on the next page, without the repeated header."""
    rows = below.rows
    for header in above.rows[:3]:
        if not rows or [c.text for c in rows[0]] != [c.text for c in header]:
            break
        rows = rows[1:]
    last = above.rows[-1] if above.rows else []
    rest: dict[int, str] = {}
    if rows and _broken(above, rows[0]):
        rest = {c.column: c.text for c in rows[0]}
        last = [Cell(_grown(c.text, rest.get(c.column, "")), c.column, c.span, c.continued) for c in last]
        above.rows[-1] = last
        rows = rows[1:]
    whole = {c.column: c.text for c in last if rest.get(c.column)}
    # A cell merged downwards over the break is empty in its second part.
    open_ = {c.column: c for c in last if c.text}
    for row in rows:
        new = []
        for cell in row:
            over = open_.get(cell.column)
            if not cell.text and over is not None and over.span == cell.span and _merges(above, cell.column):
                new.append(Cell(over.text, cell.column, cell.span, True))
                continue
            open_.pop(cell.column, None)
            if not cell.continued:
                whole.pop(cell.column, None)
            # One whose text the break parts goes on with all of it.
            text = whole.get(cell.column, cell.text)
            new.append(Cell(text, cell.column, cell.span, cell.continued))
        above.rows.append(new)
    above.page = below.page


def _grown(text: str, rest: str) -> str:
    return text + rest if not rest or not wrapping.numbered(rest) else f"{text}\n{rest}"


def _tally(table: Table) -> None:
    """Counts the rows that came since the last time, but for the last one, which may still grow."""
    for row in table.rows[table.tallied : -1]:
        table.merging.update(c.column for c in row if c.continued)
        if table.tallied:
            own = [c for c in row if not c.continued]
            table.cells.update(c.column for c in own)
            table.numbers.update(c.column for c in own if _is_number(c))
        table.tallied += 1


def _is_number(cell: Cell) -> bool:
    return cell.text.strip(".、 ").isdigit()


def _merges(table: Table, column: int) -> bool:
    """True where cells of this column are merged downwards anywhere."""
    _tally(table)
    return column in table.merging or any(c.continued and c.column == column for c in table.rows[-1])


def _broken(table: Table, first: Sequence[Cell]) -> bool:
    """True where a page's first row is the rest of the row above: no number where rows have numbers."""
    rows = table.rows
    if not rows or [c.column for c in rows[-1]] != [c.column for c in first]:
        return False
    _tally(table)
    last = {c.column: c for c in rows[-1] if not c.continued} if len(rows) > 1 else {}
    for column in (c.column for c in first if not c.text):
        own = last.get(column)
        cells = table.cells[column] + (own is not None)
        numbers = table.numbers[column] + (own is not None and _is_number(own))
        if cells and numbers * 2 > cells:
            return True
    return False


# --- paragraphs -----------------------------------------------------------------------------------
def _furniture(pages: Sequence[Page], lines: Sequence[list[Line]]) -> list[list[Line]]:
    """The lines without page numbers and running heads."""
    edges: Counter[tuple[str, int]] = Counter()

    def at_edge(line: Line, page: Page) -> bool:
        return line.bottom < page.height * 0.12 or line.top > page.height * 0.88

    def says(line: Line) -> bool:
        return wrapping.numbered(line.text) or bool(label_line(line.text))

    def key(line: Line) -> tuple[str, int]:
        return re.sub(r"\d+", "0", line.text), round(line.top / 3)

    for page, own in zip(pages, lines, strict=True):
        edges.update({key(line) for line in own if at_edge(line, page)})
    kept: list[list[Line]] = []
    for page, own in zip(pages, lines, strict=True):
        last = len(own) - 1
        kept.append(
            [
                line
                for i, line in enumerate(own)
                if not (
                    at_edge(line, page)
                    and (
                        (i in (0, 1, last - 1, last) and wrapping.PAGE_NUMBER.fullmatch(line.text))
                        or (edges[key(line)] >= max(2, len(pages) / 2) and not says(line))
                    )
                )
            ]
        )
    return kept


def _first_width(text: str) -> float:
    """The width, in sizes of print, of what cannot be parted at the beginning of a line."""
    return sum(0.55 if c.isascii() else 1.0 for c in wrapping.unparted(text)) or 1.0


def _margin(lines: Sequence[Line]) -> float:
    """Where full lines end; a single line that ends further to the right (a stamp, a mark) is none of them.

    Punctuation may hang over the margin.
    """
    rights = sorted((line.right - line.size * line.text.endswith(_HANGING) for line in lines), reverse=True)
    enough = max(2, len(rights) * 3 // 100)
    size = median(line.size for line in lines) if lines else 0.0
    full = (r for i, r in enumerate(rights[: 1 - enough or None]) if r - rights[i + enough - 1] <= size)
    return next(full, rights[0] if rights else 0.0)


def _centred(line: Line, last: Line, base: float) -> bool:
    """True for the rest of a centred title: far in, its middle below that of the line above, no paragraph of text."""
    return (
        line.left - base > 3 * line.size
        and abs(line.left + line.right - last.left - last.right) < line.size
        and not last.text.endswith(wrapping.SENTENCE_END)
        and not label_line(last.text)
    )


def _paragraphs(
    lines: Sequence[Line], margin: Callable[[int], float], *, cell: bool = False
) -> Iterator[_Text]:
    """The paragraphs of `lines`: a line that ends before the right margin (of its page) ends one."""
    if not lines:
        return
    lefts = Counter(round(line.left) for line in lines)
    base = min((left for left, n in lefts.items() if n * 4 >= max(lefts.values())), default=0)
    text, page, size, last = "", 0, 0.0, None
    for i, line in enumerate(lines):
        if last is not None and not wrapping.in_bracket(text, [x.text for x in lines[i : i + 3]]):
            short = margin(last.page) - last.right
            slack = 0.5 if last.text.endswith("。") else 1.0
            ended = short > (_first_width(line.text) + slack) * last.size
            indented = line.left - base > 1.2 * line.size and line.left - last.left > -0.5 * line.size
            indented = indented and not _centred(line, last, base)
            far = line.page == last.page and line.top - last.bottom > 1.6 * line.size
            resized = _sized(line) and _sized(last) and abs(line.size - last.size) > 0.15 * last.size
            if cell:
                ended = ended and last.text.endswith(("。", "；"))
                indented = False
            new = contents.led(last.text) or wrapping.begins(line.text, text)
            if ended or indented or far or (resized and not cell) or new:
                yield _Text(text, page, size)
                text = ""
        if not text:
            page, size = line.page, line.size
        text = wrapping.joined(text, line.text)
        last = line
    if text:
        yield _Text(text, page, size)


def _check(pages: Sequence[Page], chars: Sequence[Sequence[Char]], source: str) -> None:
    """Refuses what has no text, or text that is none."""
    printed = [[c for c in own if not c.text.isspace()] for own in chars]
    total = sum(map(len, printed))
    if not total or total < 10 * len(pages):
        raise PlanError(f"“{source}”是扫描件，没有文字，读不出内容；{OCR}", code="scan")
    scanned = [
        i
        for i, (p, own) in enumerate(zip(pages, printed, strict=True), 1)
        if len(own) < 10 and p.picture > 0.5
    ]
    if scanned:
        shown = "、".join(map(str, scanned[:10])) + ("……" if len(scanned) > 10 else "")
        raise PlanError(f"“{source}”的第 {shown} 页是扫描的图片，没有文字；{OCR}", code="scan")
    odd = sum(
        unicodedata.category(c.text) in ("Co", "Cn", "Cs") or c.text == "\ufffd"
        for own in printed
        for c in own
    )
    if odd * 5 > total:
        raise PlanError(f"“{source}”里的文字是乱码（字体没有对照表），读不出内容；{OCR}", code="scan")


def layout(pages: Sequence[Page], source: str) -> Iterator[Block]:
    """The blocks of `pages` in reading order. Pure; raises PlanError `scan`."""
    chars = [_visible(page) for page in pages]
    _check(pages, chars, source)
    tables = [_tables(page, own, i) for i, (page, own) in enumerate(zip(pages, chars, strict=True), 1)]

    def in_table(char: Char, found: Sequence[Table]) -> bool:
        x, y = (char.left + char.right) / 2, (char.top + char.bottom) / 2
        return any(t.left <= x <= t.right and t.top <= y <= t.bottom for t in found)

    outside = [
        _lines((c for c in own if not in_table(c, found)) if found else own, i)
        for i, (own, found) in enumerate(zip(chars, tables, strict=True), 1)
    ]
    lines = _furniture(pages, outside)
    parts: list[Line | Table] = []
    for own, found in zip(lines, tables, strict=True):
        both: list[Line | Table] = [*own, *found]
        for part in sorted(both, key=lambda p: p.top):
            last = parts[-1] if parts else None
            if isinstance(part, Table) and isinstance(last, Table) and _continues(last, part):
                _append(last, part)
            else:
                parts.append(part)
    # Upright and lying pages have margins of their own.
    widths = [round(page.width) for page in pages]
    margins = {
        width: _margin([line for w, own in zip(widths, lines, strict=True) if w == width for line in own])
        for width in set(widths)
    }
    yield from _blocks(parts, lambda page: margins[widths[page - 1]])


def _blocks(parts: Sequence[Line | Table], margin: Callable[[int], float]) -> Iterator[Block]:
    joined: list[_Text | Table] = []
    for is_line, run in groupby(parts, key=lambda p: isinstance(p, Line)):
        if is_line:
            joined += _paragraphs([p for p in run if isinstance(p, Line)], margin)
        else:
            joined += [p for p in run if isinstance(p, Table)]
    levels = _levels(joined)
    number = 0
    for part in joined:
        if isinstance(part, _Text):
            yield from line_blocks(part.text, f"第{part.page}页", levels.get(round(part.size)))
            continue
        number += 1
        for i, row in enumerate(part.rows, 1):
            yield TableRow(tuple(row), number, f"表{number}第{i}行")


def _levels(parts: Sequence[_Text | Table]) -> dict[int, int]:
    """Size of print → heading level from 1. Headings are larger than the text, short, and have no number.

    A size that occurs only above the first task is the title's (or the letterhead's) and has no level.
    """
    strings = [p.text if isinstance(p, _Text) else "" for p in parts]
    listed = {i for start, end in contents.spans(strings) for i in range(start, end)}
    parts = [p for i, p in enumerate(parts) if i not in listed]
    texts = [p for p in parts if isinstance(p, _Text)]
    letters: Counter[int] = Counter()
    for p in texts:
        letters[round(p.size)] += len(p.text)
    if not letters:
        return {}
    body = letters.most_common(1)[0][0]
    speaks = [
        i
        for i, p in enumerate(parts)
        if isinstance(p, Table) or wrapping.numbered(p.text) or label_line(p.text)
    ]
    first = speaks[0] if speaks else len(parts)
    large = [
        (i, p)
        for i, p in enumerate(parts)
        if isinstance(p, _Text)
        and p.size > body * 1.15
        and len(p.text) <= 60
        and not wrapping.numbered(p.text)
    ]
    sizes = sorted({round(p.size) for i, p in large if i > first}, reverse=True)
    wordy = {round(p.size) for p in texts if len(p.text) > 60 or p.text.endswith("。")}
    return {size: i for i, size in enumerate([x for x in sizes if x not in wordy], 1)}
