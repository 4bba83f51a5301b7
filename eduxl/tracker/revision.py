"""A revised plan for a tracker that is at work: which task goes on under which number, and what is cancelled. Pure.

Tasks are matched by `plan.diff`. A task that the new plan dropped is not forgotten: it stays in the tracker's plan as
已取消, under a number that no task of the new plan has.
"""

from __future__ import annotations

from collections.abc import Collection

from attrs import evolve, frozen

from eduxl import labels as L
from eduxl.model import Plan, Project, Task
from eduxl.plan.diff import PlanDiff, diff
from eduxl.tracker.records import Closure, Fact, Revised


@frozen
class Revision:
    """What a revised plan comes to in a tracker; all numbers but those in `diff.old` are from now on."""

    #: the new plan with the cancelled tasks behind its own
    plan: Plan
    #: for people: tasks cancelled before are not told again
    diff: PlanDiff
    numbers: dict[int, int]
    cancelled: tuple[Task, ...]
    #: tasks cancelled once that the new plan has again
    revived: tuple[Task, ...]

    @property
    def facts(self) -> tuple[Fact, ...]:
        """What the ledger records, in this order."""
        return (
            Revised(tuple(sorted(self.numbers.items())), tuple(task.no for task in self.diff.added)),
            self.plan,
            *(Closure(task.no, L.CANCELLED) for task in self.cancelled),
            *(Closure(task.no, L.CLOSED_NO) for task in self.revived),
        )


def revise(old: Plan, new: Plan, closed: Collection[int], cancelled: Collection[int]) -> Revision:
    """Compare the plan in force with a revised one.

    `cancelled` are the numbers of tasks with 已取消, `closed` of those with 已销号: they stay what they are.
    """
    found = diff(old, new)
    numbers = {pair.old.no: pair.new.no for pair in found.pairs}
    taken = {task.no for task in new.tasks}
    free = max((0, *taken, *(task.no for task in old.tasks)))
    projects = {a.no: b.no for a, b in found.projects}
    kept_projects: list[Project] = []
    kept: list[Task] = []
    for task in found.dropped:
        number = task.no
        if number in taken:
            free += 1
            number = free
        numbers[task.no] = number
        project = None
        if task.project is not None:
            if task.project not in projects:
                known = {p.no for p in (*new.projects, *kept_projects)}
                mine = next((p for p in old.projects if p.no == task.project), Project(task.project, ""))
                no = mine.no if mine.no not in known else max((*known, *(p.no for p in old.projects))) + 1
                kept_projects.append(Project(no, mine.title))
                projects[task.project] = no
            project = projects[task.project]
        kept.append(evolve(task, no=number, project=project, review=()))
    gone = {numbers[no] for no in cancelled}
    settled = gone | {numbers[no] for no in closed}
    return Revision(
        plan=evolve(new, projects=(*new.projects, *kept_projects), tasks=(*new.tasks, *kept)),
        diff=evolve(found, dropped=tuple(task for task in found.dropped if task.no not in cancelled)),
        numbers=numbers,
        cancelled=tuple(task for task in kept if task.no not in settled),
        revived=tuple(pair.new for pair in found.pairs if pair.new.no in gone),
    )
