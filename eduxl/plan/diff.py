"""What a revised plan changes against the old one: tasks added, dropped, renumbered, reworded, given to others.

A task is known again by its title and its text, never by its number, which a revision shifts. Pure: two plans in,
a `PlanDiff` out; `eduxl.summary.diff_lines` words it for people.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Literal, TypeVar
from unicodedata import normalize

from attrs import frozen
from rapidfuzz import fuzz

from eduxl.model import Indicator, Plan, Project, Task
from eduxl.plan.document import target_number

#: Least score (0–100) at which two tasks of different titles are the same task. Unrelated tasks of real plans
#: stay below 40: their sentences share only turns of phrase.
SAME_TASK = 60.0
#: The same where there is only a title to go by: titles are short, and many begin alike.
SAME_TITLE = 80.0
#: How much the better of the two likenesses, title's and text's, counts; the other has the rest.
_BETTER = 0.6

#: The fields of a task whose values are lists of names, in the order in which changes are told.
LISTS = ("lead_units", "support_units", "school_groups", "indicators", "checklist")

_SENTENCES = re.compile(r"[^。；;！？\n]+[。；;！？]?")

Kind = Literal["renumbered", "retitled", "moved", "units", "deadline", "body", "content"]


@frozen
class ListChange:
    """What joined and what left one of a task's lists (`field` is one of `LISTS`), in the order of the plans."""

    field: str
    added: tuple[str, ...]
    removed: tuple[str, ...]


@frozen
class TaskPair:
    """A task in both plans. `score` says how sure it is the same one: 100 for equal title and text.

    `projects` are the titles of the old and the new project where the task moved to another, else None.
    """

    old: Task
    new: Task
    score: float
    projects: tuple[str, str] | None = None

    @property
    def renumbered(self) -> bool:
        return self.old.no != self.new.no

    @property
    def retitled(self) -> bool:
        return _plain(self.old.title) != _plain(self.new.title)

    @property
    def body_changed(self) -> bool:
        return _plain(self.old.body) != _plain(self.new.body)

    @property
    def deadline_changed(self) -> bool:
        """True for another date or recurrence; the wording alone counts only where there is neither."""
        return _deadline(self.old) != _deadline(self.new)

    @property
    def lists(self) -> tuple[ListChange, ...]:
        """The lists that changed. Their order is no change."""
        found = (_list_change(name, self.old, self.new) for name in LISTS)
        return tuple(change for change in found if change.added or change.removed)

    @property
    def sentences(self) -> ListChange:
        """The sentences added to and taken out of the text; none where only their order changed."""
        before, after = (
            [found.strip() for found in _SENTENCES.findall(task.body) if found.strip()]
            for task in (self.old, self.new)
        )
        return ListChange("body", _without(after, before), _without(before, after))

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """What changed, in words for programs; empty for a task that stayed as it was.

        `units` stands for responsible units, `content` for indicators and checklist.
        """
        changed = {change.field for change in self.lists}
        kinds: tuple[tuple[Kind, bool], ...] = (
            ("renumbered", self.renumbered),
            ("retitled", self.retitled),
            ("moved", self.projects is not None),
            ("units", bool(changed.intersection(LISTS[:3]))),
            ("deadline", self.deadline_changed),
            ("body", self.body_changed),
            ("content", bool(changed.intersection(LISTS[3:]))),
        )
        return tuple(kind for kind, is_so in kinds if is_so)


@frozen
class PlanDiff:
    """The revision from `old` to `new`. Pairs are in the order of the new plan, dropped ones in that of the old."""

    old: Plan
    new: Plan
    pairs: tuple[TaskPair, ...]
    added: tuple[Task, ...]
    dropped: tuple[Task, ...]
    projects: tuple[tuple[Project, Project], ...]
    projects_added: tuple[Project, ...]
    projects_dropped: tuple[Project, ...]

    @property
    def changed(self) -> tuple[TaskPair, ...]:
        """Tasks of both plans with something changed."""
        return tuple(pair for pair in self.pairs if pair.kinds)

    @property
    def projects_changed(self) -> tuple[tuple[Project, Project], ...]:
        """Projects with another title or number."""
        return tuple(
            (old, new)
            for old, new in self.projects
            if old.no != new.no or _plain(old.title) != _plain(new.title)
        )

    @property
    def retitled(self) -> bool:
        """True where the plan itself has another title or year."""
        return (_plain(self.old.title), self.old.year) != (_plain(self.new.title), self.new.year)

    @property
    def is_empty(self) -> bool:
        """True where the plans say the same."""
        return not (
            self.retitled
            or self.changed
            or self.added
            or self.dropped
            or self.projects_changed
            or self.projects_added
            or self.projects_dropped
        )


def diff(old: Plan, new: Plan) -> PlanDiff:
    """Compare a revised plan with the one before.

    Tasks of equal title are the same task; of the others the most alike pairs are, down to `SAME_TASK`. White
    space and full or half width make no difference.
    """
    partners = _best(old.tasks, new.tasks, _task_score)
    shared = _shared_projects(old, new, partners)
    projects = _best(old.projects, new.projects, lambda a, b: _project_score(a, b, shared))
    partner_project: dict[int | None, int] = {
        old.projects[i].no: new.projects[j].no for i, (j, _) in projects.items()
    }
    pairs = {}
    for i, (j, score) in partners.items():
        before, after = old.tasks[i], new.tasks[j]
        left = before.project is not None and after.project is None
        moved = left or after.project != partner_project.get(before.project)
        titles = (old.project_title(before), new.project_title(after)) if moved else None
        pairs[j] = TaskPair(before, after, score, titles)
    taken = {j for j, _ in projects.values()}
    return PlanDiff(
        old,
        new,
        pairs=tuple(pairs[j] for j in sorted(pairs)),
        added=tuple(task for j, task in enumerate(new.tasks) if j not in pairs),
        dropped=tuple(task for i, task in enumerate(old.tasks) if i not in partners),
        projects=tuple((old.projects[i], new.projects[j]) for i, (j, _) in sorted(projects.items())),
        projects_added=tuple(p for j, p in enumerate(new.projects) if j not in taken),
        projects_dropped=tuple(p for i, p in enumerate(old.projects) if i not in projects),
    )


# --- which is which -------------------------------------------------------------------------------
Item = TypeVar("Item", Task, Project)
#: (titles are equal, score); None: not the same
Score = tuple[bool, float] | None


def _best(
    old: Sequence[Item], new: Sequence[Item], score: Callable[[Item, Item], Score]
) -> dict[int, tuple[int, float]]:
    """Place in `old` → place in `new` and score, the best pairs first.

    Equal titles come before all others; among equals the same number, then the nearer place decides.
    """
    found = []
    for i, a in enumerate(old):
        for j, b in enumerate(new):
            if (judged := score(a, b)) is not None:
                same_title, points = judged
                found.append((not same_title, -points, a.no != b.no, abs(i - j), i, j))
    partners: dict[int, tuple[int, float]] = {}
    taken: set[int] = set()
    for _, points, _, _, i, j in sorted(found):
        if i not in partners and j not in taken:
            partners[i] = (j, -points)
            taken.add(j)
    return partners


def _task_score(old: Task, new: Task) -> Score:
    titles = _likeness(old.title, new.title)
    same = titles == 100
    if not (old.body and new.body):
        return (same, round(titles, 1)) if titles >= SAME_TITLE else None
    bodies = _likeness(old.body, new.body)
    score = _BETTER * max(titles, bodies) + (1 - _BETTER) * min(titles, bodies)
    return (same, round(score, 1)) if same or score >= SAME_TASK else None


def _shared_projects(
    old: Plan, new: Plan, partners: dict[int, tuple[int, float]]
) -> dict[tuple[int, int], float]:
    """Old and new project number → percent of their tasks that are the same ones."""
    both = Counter((old.tasks[i].project, new.tasks[j].project) for i, (j, _) in partners.items())
    before, after = (Counter(task.project for task in plan.tasks) for plan in (old, new))
    return {
        (a, b): 100 * n / max(before[a], after[b])
        for (a, b), n in both.items()
        if a is not None and b is not None
    }


def _project_score(old: Project, new: Project, shared: dict[tuple[int, int], float]) -> Score:
    """A project is known by its title or, under another title, by most of its tasks."""
    titles = _likeness(old.title, new.title)
    tasks = shared.get((old.no, new.no), 0.0)
    if titles >= SAME_TITLE or tasks > 50:
        return titles == 100, max(titles, tasks)
    return None


def _likeness(a: str, b: str) -> float:
    return float(fuzz.ratio(_plain(a), _plain(b)))


def _plain(text: str) -> str:
    """Text for comparing: half-width, without white space."""
    return "".join(normalize("NFKC", text).split())


# --- what changed ---------------------------------------------------------------------------------
def _deadline(task: Task) -> tuple[object, ...]:
    wording = "" if task.due or task.recurrence else _plain(task.due_text)
    return task.due, task.recurrence, wording


def _list_change(name: str, old: Task, new: Task) -> ListChange:
    before, after = ([_name(item) for item in getattr(task, name)] for task in (old, new))
    return ListChange(name, _without(after, before), _without(before, after))


def _without(names: Iterable[str], others: Iterable[str]) -> tuple[str, ...]:
    known = {_plain(other) for other in others}
    return tuple(name for name in dict.fromkeys(names) if _plain(name) not in known)


def _name(item: str | Indicator) -> str:
    """A unit or checklist item as it stands; an indicator as `年度投资 10256万元`."""
    if isinstance(item, str):
        return item
    target = target_number(item.target)
    return f"{item.name} {'' if target is None else target}{item.unit}".rstrip()


# --- for programs ---------------------------------------------------------------------------------
def diff_to_json(found: PlanDiff) -> dict[str, Any]:
    """The diff as dicts and lists; values that changed are `{"old": …, "new": …}`, lists `{"added", "removed"}`."""
    return {
        "old": {"title": found.old.title, "year": found.old.year, "source": found.old.source},
        "new": {"title": found.new.title, "year": found.new.year, "source": found.new.source},
        "same": found.is_empty,
        "projects": {
            "added": [_project_json(p) for p in found.projects_added],
            "dropped": [_project_json(p) for p in found.projects_dropped],
            "changed": [
                {"old": _project_json(old), "new": _project_json(new)} for old, new in found.projects_changed
            ],
        },
        "tasks": {
            "added": [_task_json(task) for task in found.added],
            "dropped": [_task_json(task) for task in found.dropped],
            "changed": [_pair_json(pair) for pair in found.changed],
            "unchanged": len(found.pairs) - len(found.changed),
        },
    }


def _project_json(project: Project) -> dict[str, Any]:
    return {"no": project.no, "title": project.title}


def _task_json(task: Task) -> dict[str, Any]:
    return {"no": task.no, "title": task.title, "project": task.project}


def _pair_json(pair: TaskPair) -> dict[str, Any]:
    changes: dict[str, Any] = {}
    if pair.renumbered:
        changes["no"] = _values(pair.old.no, pair.new.no)
    if pair.retitled:
        changes["title"] = _values(pair.old.title, pair.new.title)
    if pair.projects:
        changes["project"] = _values(*pair.projects)
    if pair.deadline_changed:
        dates = (task.due.isoformat() if task.due else None for task in (pair.old, pair.new))
        changes["due"] = _values(*dates)
        changes["recurrence"] = _values(pair.old.recurrence, pair.new.recurrence)
        changes["due_text"] = _values(pair.old.due_text, pair.new.due_text)
    for change in pair.lists:
        changes[change.field] = {"added": list(change.added), "removed": list(change.removed)}
    if pair.body_changed:
        changes["body"] = _values(pair.old.body, pair.new.body)
    return {
        "no": pair.new.no,
        "old_no": pair.old.no,
        "title": pair.new.title,
        "score": pair.score,
        "kinds": list(pair.kinds),
        "changes": changes,
    }


def _values(old: Any, new: Any) -> dict[str, Any]:
    return {"old": old, "new": new}
