"""What may have gone wrong in reading: lines that stand inside another, numbers that are missing.

Pure. A file that was damaged, or exported badly, loses numbers, brackets and line ends; what then hides a task is
asked about, so that none is lost in silence.
"""

from __future__ import annotations

import re
from bisect import bisect
from collections import Counter
from collections.abc import Container, Iterable, Iterator, Sequence
from itertools import pairwise

from eduxl.model import Note, Passage
from eduxl.numerals import number
from eduxl.plan import review
from eduxl.plan.items import EDGES, Collected, Group, Item
from eduxl.plan.labelled import brackets, labels_in, separate_dates, trailing_labels
from eduxl.plan.levels import Levels
from eduxl.plan.lines import Line
from eduxl.plan.numbering import CHINESE, numbers_inside
from eduxl.plan.words import LabelKind

# --- who or when, said twice ----------------------------------------------------------------------
_STEP = re.compile(r"[①-⑳]|[一二三四五六七八九十]是|第[一二三四五六七八九十][，,、是]|[（(]?\d{1,2}[)）]")
#: Steps inside a line.
_MARKED_STEP = re.compile(r"[①-⑳]|[（(]\d{1,2}[)）]|(?<![^。；;：:，,])[一二三四五六七八九十]是")
#: What a task says once.
_ONCE: tuple[LabelKind, ...] = ("lead", "responsible", "due")


def swallowed(items: Iterable[Item]) -> Iterator[Passage]:
    """Lines that have lost their number, maybe, and with it stand in the task above: it says again who or when."""
    for item in items:
        text = None if item.tabled else _swallowed(item)
        if text is not None:
            yield Passage(text, item.position)


def _swallowed(item: Item) -> str | None:
    lines = item.lines + item.after
    labels = Counter(s.kind for s in item.statements if s.text)
    everywhere: Counter[LabelKind] = Counter()
    for line in item.passage:
        everywhere.update(labels_in(line))
    labelled, bracketed = max(labels[kind] for kind in _ONCE), sum(_clusters(line) for line in lines)
    dated = any(s.kind == "due" for line in lines for b in brackets(line) for s in b.statements)
    # Where labels only say when and brackets only who, neither says it again.
    apart = not (labels["lead"] or labels["responsible"] or dated)
    said = max(labelled, bracketed) if apart else labelled + bracketed
    said = max(said, *(everywhere[kind] for kind in _ONCE))
    steps = sum(_STEP.match(line) is not None for line in lines)
    if said <= max(1, steps):
        return None
    others = (line for line in [*item.after, *reversed(lines)] if not _STEP.match(line))
    return next(others, lines[-1] if lines else "")


def _clusters(text: str) -> int:
    """How many times a paragraph says who or when in brackets; those side by side say it once.

    Steps that each say it for themselves do not count.
    """
    found = brackets(text)
    places = [b.start for b in found[:1]]
    places += [b.start for a, b in pairwise(found) if text[a.end : b.start].strip(EDGES)]
    marks = [match.start() for match in _MARKED_STEP.finditer(text, 1)]
    own = Counter(bisect(marks, place) for place in places)
    return len(places) - len(marks) if all(own[i] for i in range(1, len(marks) + 1)) else len(places)


# --- numbers inside lines -------------------------------------------------------------------------
def joined_lines(order: Sequence[Line | Item], levels: Levels) -> Iterator[Passage]:
    """What stands inside a heading or a task and was once a line of its own.

    Its number is still there and is missing behind it, or is broken; a heading says who or when as a task does; a
    bracket is never closed. `order` are the headings and tasks as they came.
    """
    if levels.tasks is None:
        return
    task = project = 0
    for entry, (next_task, next_project) in zip(order, _numbers_behind(order, levels), strict=True):
        if isinstance(entry, Item):
            task = entry.no or task
            lost = {task + 1} - {next_task}
            texts, where = entry.passage, entry.position
            odd = next((text for text in texts[1:] if _begins_oddly(text, lost)), None)
            odd = odd or _unclosed("\n".join(texts))
        else:
            project = (entry.no or project) if levels.opens_project(entry) else project
            lost = {task + 1, 1, (next_task or 0) - 1} - {next_task}
            texts, where = [entry.raw], entry.where
            says = entry.labelled or entry.speaks or bool(trailing_labels(entry.raw)[1])
            odd = entry.raw if says and "。" in entry.text else None
        for text in texts:
            inside = [at for at, no in numbers_inside(levels.tasks, text) if no in lost]
            if levels.projects is not None and next_project != project + 1:
                inside += [at for at, no in numbers_inside(levels.projects, text) if no == project + 1]
            if inside:
                odd = text[min(inside) :]
                break
        if odd is not None:
            yield Passage(odd, where)


def _numbers_behind(order: Sequence[Line | Item], levels: Levels) -> list[tuple[int | None, int | None]]:
    """For each entry the numbers of the first task and the first project behind it."""
    behind: list[tuple[int | None, int | None]] = []
    task = project = None
    for entry in reversed(order):
        behind.append((task, project))
        if isinstance(entry, Item):
            task = entry.no
        elif levels.opens_project(entry):
            project = entry.no
    return behind[::-1]


_BARE_NUMBER = re.compile(
    rf"([{CHINESE}]{{1,3}}|[0-9０-９]{{1,3}})(?:[）)]|(?![0-9０-９年月日{CHINESE}、.．%个所名项次是]))"
)


def _begins_oddly(text: str, lost: Container[int]) -> bool:
    """True for a line that begins with the rest of a number: .实施名师工程, 二）推进委托管理, 5规范手机管理."""
    if text[0] in ".．、）)":
        return True
    match = _BARE_NUMBER.match(text)
    return match is not None and number(match[1]) in lost


_BRACKET = re.compile(r"([（(【\[])|[）)】\]]")


def _unclosed(text: str) -> str | None:
    """The text from a bracket on that is never closed and goes on over the end of a sentence."""
    open_: list[int] = []
    for bracket in _BRACKET.finditer(text):
        if bracket[1]:
            open_.append(bracket.start())
        elif open_:
            open_.pop()
    sentence_end = text.rstrip("。\n").rfind("。")
    return next((text[at:] for at in open_ if at < sentence_end), None)


# --- headings that say what their tasks say -------------------------------------------------------
def unneeded(found: Collected) -> Iterator[Passage]:
    """Headings that say who or when to no purpose, since each of their tasks says it too.

    A task's line joined with the heading above leaves its units and its deadline there.
    """
    inside: dict[Group, list[set[LabelKind]]] = {}
    for item in found.items:
        if item.group is not None:
            inside.setdefault(item.group, []).append(_kinds(item))
    for group, said in inside.items():
        own = {s.kind for s in group.statements if s.text} - {"people"}
        if own and not any(_needs(kinds, own) for kinds in said):
            yield Passage(group.title, group.position)


def _kinds(item: Item) -> set[LabelKind]:
    """What a task says itself, in labels and in brackets."""
    stated = [*item.statements, *(s for line in item.lines for b in brackets(line) for s in b.statements)]
    return {s.kind for s in separate_dates(stated) if s.text} - {"people"}


def _needs(kinds: set[LabelKind], offered: set[LabelKind]) -> bool:
    """True for a task that takes a part of what is `offered` for the project."""
    who = kinds - {"due"}
    return ("due" in offered and "due" not in kinds) or (offered != {"due"} and who <= {"support"})


# --- numbers that are missing ---------------------------------------------------------------------
def number_gaps(found: Collected, numbers: Sequence[int]) -> Iterator[Note]:
    """Gaps in the projects' numbers, and in the tasks' own where these count anew in every project.

    `numbers` are those that the tasks have in the plan.
    """
    printed = ((g.no, g.position) for g in (*found.groups, *found.frame) if g.no)
    yield from review.number_gaps(printed, "工程编号")
    if numbers == [item.no for item in found.items]:
        return
    own: dict[Group | None, list[tuple[int, str]]] = {}
    for item in found.items:
        if item.no:
            own.setdefault(item.group, []).append((item.no, item.position))
    for group in found.groups:
        yield from review.number_gaps(own.get(group, ()), f"“{group.title}”下面的任务编号")
