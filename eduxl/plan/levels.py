"""Which numbering counts the projects and which the tasks.

Pure. The numbering that carries units and dates is the tasks'; one outside it is the projects'; anything between is
a grouping, anything inside is a step.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from attrs import frozen

from eduxl.plan.labelled import brackets
from eduxl.plan.lines import UNNUMBERED, Line
from eduxl.plan.numbering import RANK
from eduxl.plan.phrases import names_plan

#: Which numbering is the tasks' when none carries units: first found wins.
_USUAL_TASKS = (
    "task",
    "ar-dotted",
    "ar",
    "cn-bracket",
    "cn",
    "h3",
    "h2",
    "h1",
    "ar-half",
    "ar-bracket",
    "circled",
    "bullet",
    "part",
)
#: Steps inside tasks, and tasks only where there is no other numbering below the projects.
_STEPS = ("ar-half", "ar-bracket", "circled", "bullet")


@frozen
class Levels:
    """The numbering of the tasks in the text and that of the projects, None where there are none."""

    tasks: str | None
    projects: str | None

    def opens_task(self, line: Line) -> bool:
        return self.tasks is not None and line.style == self.tasks

    def opens_project(self, line: Line) -> bool:
        return self.projects is not None and line.style == self.projects

    def is_heading(self, line: Line) -> bool:
        """True for a numbered line outside the tasks: a project, a grouping inside or something around projects."""
        return line.style is not None and line.rank < _rank(self.tasks)

    def is_around_projects(self, line: Line) -> bool:
        return self.projects is not None and line.rank < RANK[self.projects]


def _rank(style: str | None) -> int:
    return RANK[style] if style else UNNUMBERED


def find_levels(lines: Sequence[Line]) -> Levels:
    """The levels of the lines behind the plan's front."""
    tasks = _tasks(lines)
    if not any(line.has_tasks for line in lines):
        return Levels(tasks, _projects(lines, tasks) if tasks else None)
    if tasks is not None and _counts_beside_tables(lines, tasks):
        return Levels(tasks, _projects(lines, tasks))
    held = _headings_over(lines, lambda line: line.has_tasks)
    headings = _outermost(held)
    if headings is not None and len(held[headings]) == 1:
        own_projects = any(line.table is not None and line.table.has_projects for line in lines)
        if own_projects or names_plan(held[headings][0]):
            return Levels(None, None)
    return Levels(None, headings)


def _counts_beside_tables(lines: Sequence[Line], tasks: str) -> bool:
    """True where paragraphs are tasks beside tables of tasks: they say who or when, and are no headings over tables."""
    own = spoken = tables = headed = 0
    said = True
    bare = False  # only label lines so far under a line without a sentence
    for line in lines:
        if line.style is not None and line.rank <= RANK[tasks]:
            said = line.style != tasks
            own += line.style == tasks
            bare = not said and "。" not in line.text.rstrip("。")
        elif not (line.statements or line.table):
            bare = False
        if line.has_tasks:
            headed += bare
            tables += not said
            said, bare = True, False
        elif not said and line.speaks:
            spoken += 1
            said = True
    return tables * 2 < own <= spoken * 2 and headed * 2 <= own


# --- projects -------------------------------------------------------------------------------------
def _projects(lines: Sequence[Line], tasks: str) -> str | None:
    inside = [line for line in lines if line.rank <= RANK[tasks]]
    return _outermost(_headings_over(inside, lambda line: line.style == tasks))


def _headings_over(lines: Iterable[Line], is_held: Callable[[Line], bool]) -> dict[str, list[str]]:
    """numbering → its headings that hold such lines."""
    held: dict[str, list[str]] = {}
    open_: dict[str, str | None] = {}
    for line in lines:
        if is_held(line):
            for style, heading in open_.items():
                if heading is not None:
                    held.setdefault(style, []).append(heading)
                    open_[style] = None
        elif line.style is not None:
            open_ = {s: h for s, h in open_.items() if RANK[s] < line.rank} | {line.style: line.raw}
    return held


def _outermost(held: dict[str, list[str]]) -> str | None:
    """The outermost numbering with two headings that hold something, else with one."""
    outer = sorted(held, key=RANK.__getitem__)
    return next((s for s in outer if len(held[s]) >= 2), outer[0] if outer else None)


# --- tasks ----------------------------------------------------------------------------------------
def _tasks(lines: Sequence[Line]) -> str | None:
    """The numbering whose items carry units and dates, the innermost such; without any, the usual one."""
    found = {line.style for line in lines if line.style}
    styles = _candidates(lines, found)
    if not styles:
        return None
    if found - set(_STEPS) == {"cn-bracket"} and _labelled_above(lines):
        return next(s for s in _STEPS if s in found)
    says = [line.speaks for line in lines]
    from_inside = sorted(styles, key=RANK.__getitem__, reverse=True)
    for style in from_inside:
        if _most_speak(lines, says, style, styles) and not _only_last(lines, says, style, styles):
            if style == from_inside[-1] and len(styles) > 1 and not _closes(lines, says, style):
                break
            return style
    return next((s for s in _USUAL_TASKS if s in styles), None)


def _candidates(lines: Sequence[Line], found: set[str]) -> set[str]:
    """The numberings that may count the tasks: those of steps only where no other below the projects does."""
    outer = found - set(_STEPS)
    only_bracketed = outer == {"cn-bracket"}
    # Under （一） alone 1) may count the tasks: each is followed by label lines of its own.
    has_tasks = outer & {"ar", "task", "cn-bracket"} and not (only_bracketed and _all_labelled(lines))
    around = bool(found & {"part", "cn", "h1"}) + only_bracketed
    return outer if has_tasks or len(outer) > around else found


def _most_speak(lines: Sequence[Line], says: Sequence[bool], style: str, styles: set[str]) -> bool:
    """True where at least half of the items numbered so say who or when, themselves or with what is inside them."""
    rank = RANK[style]
    outermost = rank == min(RANK[s] for s in styles)
    own = spoken = 0
    open_ = found = deeper = False
    for line, said in zip(lines, says, strict=True):
        if line.style and line.rank <= rank:
            spoken += open_ and found
            open_ = line.style == style
            own += open_
            # What stands in or under a project's heading is the project's.
            found, deeper = open_ and said and not outermost, False
        elif line.style in styles:
            found = said or (found and (deeper or not outermost))
            deeper = True
        else:
            found = found or said
    spoken += open_ and found
    return bool(own) and spoken * 2 >= own


def _only_last(lines: Sequence[Line], says: Sequence[bool], style: str, styles: Iterable[str]) -> bool:
    """True where only the last item of every group speaks, for the group: steps of tasks inside projects."""
    outer = [s for s in styles if RANK[s] < RANK[style]]
    if len(outer) < (1 if style in _STEPS else 2):
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
            at, last = at + 1, said
        elif last is not None:
            last = last or said
    groups, several = groups + (at > 0), several + (at > 1)
    return several * 2 > groups


def _labelled_above(lines: Sequence[Line]) -> bool:
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
        own = own or any(line.speaks for line in lines[inner[0] : inner[-1]])
    return under * 2 > len(heads) or (own and (under + beside) * 2 > len(heads))


def _all_labelled(lines: Sequence[Line]) -> bool:
    """True where most items numbered as steps have label lines of their own."""
    at = [i for i, line in enumerate(lines) if line.style in _STEPS]
    labelled = 0
    for i in at:
        after = next((ln for ln in lines[i + 1 :] if ln.style is not None or ln.statements), None)
        labelled += after is not None and bool(after.statements)
    return len(at) > 1 and labelled * 2 > len(at)


def _closes(lines: Sequence[Line], says: Sequence[bool], style: str) -> bool:
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
