"""Plan + roster → who has to report on which task, in which role, and why. Pure.

Names that cannot be resolved become review notes; they never lead to an assignment.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from attrs import evolve, field, frozen

from eduxl import labels as L
from eduxl.model import Assignment, Note, Plan, Role, Task
from eduxl.plan import review
from eduxl.roster.units import Resolution, Roster

if TYPE_CHECKING:
    from eduxl.plan.cells import UnitChoices

_TEACHING = ("学校", "学区")
ROLES: tuple[Role, ...] = ("牵头", "配合", "落实")


@frozen
class ExpansionLine:
    """One name of one task and what became of it; `units` are (code, name) pairs in roster order."""

    task: int
    name: str
    role: Role
    rule: str
    units: tuple[tuple[str, str], ...] = ()


@frozen
class Expansion:
    """`assignments` has each (task, unit) once; `notes` has the review notes of a task under its number."""

    assignments: tuple[Assignment, ...] = ()
    lines: tuple[ExpansionLine, ...] = ()
    notes: dict[int, tuple[Note, ...]] = field(factory=dict)


def expand(plan: Plan, roster: Roster) -> Expansion:
    """Resolve every unit name of every task.

    A unit named more than once in a task has its first role of 牵头, 配合, 落实; within that role its own
    name explains the assignment rather than a collective one. Ordered by task number, role, and the roster.
    """
    known: dict[str, _Known] = {}
    position = {unit.code: place for place, unit in enumerate(roster.units)}
    assignments: list[Assignment] = []
    lines: list[ExpansionLine] = []
    notes: dict[int, tuple[Note, ...]] = {}
    for task in sorted(plan.tasks, key=lambda task: task.no):
        chosen: dict[str, tuple[Role, bool, str]] = {}
        own_notes: list[Note] = []
        for role, name in _named(task):
            if name not in known:
                known[name] = _learn(roster.resolve(name))
            one = known[name]
            lines.append(ExpansionLine(task.no, name, role, one.found.rule, one.pairs))
            for code, _ in one.pairs:
                # Roles come in order of precedence, so an earlier one stays.
                before = chosen.get(code)
                if before is None or (before[0] == role and one.by_name and not before[1]):
                    chosen[code] = (role, one.by_name, one.reason)
            note = _note(one.found, task)
            if note is not None and note not in own_notes:
                own_notes.append(note)
        for role in ROLES:
            codes = sorted((code for code in chosen if chosen[code][0] == role), key=position.__getitem__)
            assignments.extend(Assignment(task.no, code, role, chosen[code][2]) for code in codes)
        if own_notes:
            notes[task.no] = tuple(own_notes)
    return Expansion(tuple(assignments), tuple(lines), notes)


@frozen
class _Known:
    """A name that plans repeat in task after task, worked out once."""

    found: Resolution
    pairs: tuple[tuple[str, str], ...]
    by_name: bool
    reason: str


def _learn(found: Resolution) -> _Known:
    pairs = tuple((unit.code, unit.name) for unit in found.units)
    # The rule mostly repeats the name; where it does not, the clerk sees both.
    reason = found.rule if f"“{found.name}”" in found.rule else f"“{found.name}”：{found.rule}"
    return _Known(found, pairs, found.kind == "unit", reason)


def _named(task: Task) -> Iterator[tuple[Role, str]]:
    for role, names in zip(ROLES, (task.lead_units, task.support_units, task.school_groups), strict=True):
        for name in names:
            yield role, name


def _note(found: Resolution, task: Task) -> Note | None:
    if found.kind == "unknown":
        if found.rule.startswith("“"):
            return Note(
                review.UNKNOWN_UNIT,
                f"{found.rule}，无法确定是哪一个。",
                task.position,
                "请在名册中把重复的别名改开。",
            )
        near = f"名册里相近的有：{L.SEP.join(found.closest)}。" if found.closest else ""
        return Note(
            review.UNKNOWN_UNIT,
            f"责任单位“{found.name}”在名册和分组规则里都没有。",
            task.position,
            f"{near}请改正计划，或在名册“别名”列写上这个叫法。",
        )
    if found.kind == "vague":
        if any(note.code == review.VAGUE_UNIT for note in task.review):
            return None
        return Note(
            review.VAGUE_UNIT,
            f"“{found.name}”没有写明是哪些单位。",
            task.position,
            "请在计划中写出具体单位。",
        )
    if found.kind == "group" and not found.units:
        return Note(
            review.EMPTY_GROUP,
            f"按{found.rule}，名册里没有符合“{found.name}”的单位。",
            task.position,
            f"请核对名册，或在“{L.RULES_SHEET}”中修改这条规则。",
        )
    return None


def questions(task: Task, expansion: Expansion) -> tuple[Note, ...]:
    """All that is open about a task under a roster; what an earlier roster gave rise to is gone."""
    own = (note for note in task.review if note.code not in review.OF_ROSTER)
    return (*own, *expansion.notes.get(task.no, ()))


def unit_choices(roster: Roster) -> UnitChoices:
    """What a plan's unit columns may be filled with: names and collective names that the roster resolves."""
    from eduxl.plan.cells import UnitChoices

    offices = tuple(u.name for u in roster.units if u.kind not in _TEACHING)
    schools = tuple(u.name for u in roster.units if u.kind in _TEACHING)
    groups = tuple(name for rule in roster.rules for name in rule.names[:1] if roster.resolve(name).units)
    return UnitChoices(offices, (*groups, *schools))


def with_questions(plan: Plan, expansion: Expansion) -> Plan:
    """The plan whose tasks' `review` has the questions that the roster gives rise to."""
    return evolve(plan, tasks=tuple(evolve(t, review=questions(t, expansion)) for t in plan.tasks))
