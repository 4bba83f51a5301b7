"""The rows of a round: every assignment with its entry, flags and light, for one as-of date. Pure.

This is where the ledger's state meets the flag table; `views` lays the rows out as sheets and `alerts`
words the flags.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date

from attrs import frozen

from eduxl import flags as F
from eduxl import labels as L
from eduxl import likeness
from eduxl.model import Assignment, Entry, Return, Round, Task, Unit
from eduxl.tracker.state import State, received_first


@frozen
class Row:
    """One assignment of a round. `answer` is the row as it came, also an empty one; `entry` only a non-empty one."""

    assignment: Assignment
    unit: Unit
    task: Task
    due: date | None
    won: Return | None
    answer: Entry | None
    entry: Entry | None
    known: Entry | None
    settled: bool
    earlier: Entry | None
    earlier_round: str
    #: code of the unit whose text this one repeats; the unit's own code: its text of the last round
    copied_from: str
    flags: tuple[str, ...]
    light: str
    unit_missing: bool


@frozen
class UnitState:
    """A unit that the round asks something of."""

    unit: Unit
    won: Return | None
    first_received: date | None
    flags: tuple[str, ...]


@frozen
class RoundState:
    """A round as seen on a day."""

    round: Round
    clock: F.Clock
    units: tuple[UnitState, ...]
    rows: tuple[Row, ...]

    @property
    def received(self) -> tuple[UnitState, ...]:
        return tuple(u for u in self.units if u.won is not None)

    @property
    def missing(self) -> tuple[UnitState, ...]:
        """Units that have sent nothing, 未报 and 待报 alike."""
        return tuple(u for u in self.units if u.won is None)

    @property
    def late(self) -> tuple[UnitState, ...]:
        return tuple(u for u in self.units if L.F_LATE in u.flags)


def look(state: State, round_: Round, as_of: date) -> RoundState:
    """Judge every assignment of the round as of a day."""
    clock = F.Clock(as_of, round_.due, state.plan.year, state.warn_days, state.lag_points)
    asked = state.asked(round_.id)
    units = _units(state, round_, asked, clock)
    mine: dict[str, list[Assignment]] = {code: [] for code in units}
    for a in asked:
        if a.unit in mine:
            mine[a.unit].append(a)
    cases = {task.no: _Case.of(state, round_, task) for task in state.plan.tasks}
    copied = _copied(state, round_, asked)
    rows: list[Row] = []
    for unit in units.values():
        rows += _rows_of(state, unit, mine[unit.unit.code], cases, copied, clock)
    return RoundState(round_, clock, tuple(units.values()), tuple(rows))


def _units(state: State, round_: Round, asked: list[Assignment], clock: F.Clock) -> dict[str, UnitState]:
    wanted = {a.unit for a in asked}
    found = {}
    for unit in state.roster.units:
        if unit.code in wanted:
            won = state.winners.get((round_.id, unit.code))
            first = received_first(state.returns, round_.id, unit.code)
            flags = F.unit_flags(accepted=won is not None, first_received=first, clock=clock)
            found[unit.code] = UnitState(unit, won, first, flags)
    return found


def _copied(state: State, round_: Round, asked: list[Assignment]) -> dict[tuple[str, int], str]:
    """雷同 among units, then of a unit's text with its own of the round right before."""
    reports: dict[int, list[tuple[str, str]]] = {}
    own: dict[tuple[str, int], str] = {}
    before = state.before(round_.id)
    for a in asked:
        entry = state.entry(round_.id, a.unit, a.task)
        if entry is None or not entry.report:
            continue
        reports.setdefault(a.task, []).append((a.unit, entry.report))
        if before and entry.status == L.UNDER_WAY:
            last = state.entry(before[-1].id, a.unit, a.task)
            if last and likeness.alike(entry.report, last.report):
                own[a.unit, a.task] = a.unit
    return own | likeness.copied(reports)


@frozen
class _Case:
    """What is the same for every unit that has a task; `earlier` are the rounds before within its period, latest first."""

    task: Task
    closed: bool
    earlier: tuple[Round, ...]

    @classmethod
    def of(cls, state: State, round_: Round, task: Task) -> _Case:
        closed = state.closed_tasks.get(task.no) in L.CLOSED_FOR_GOOD
        return cls(task, closed, tuple(state.earlier_rounds(round_, task)))


def _rows_of(
    state: State,
    unit: UnitState,
    assignments: Iterable[Assignment],
    cases: Mapping[int, _Case],
    copied: Mapping[tuple[str, int], str],
    clock: F.Clock,
) -> Iterator[Row]:
    """The rows of a unit, by task."""
    code, won = unit.unit.code, unit.won
    missing = L.F_MISSING in unit.flags
    received = won.received.date() if won else None
    answers = {entry.task: entry for entry in reversed(won.entries)} if won else {}
    entries = state.answers(won) if won else {}
    for assignment in sorted(assignments, key=lambda a: a.task):
        case = cases[assignment.task]
        task, no = case.task, assignment.task
        entry = entries.get(no)
        before: tuple[Round, Return, Entry] | None = None
        known = (won, entry) if won and entry and entry.status else None
        for found in state.entries_of(case.earlier, code, no):
            before = before or found
            known = known or (found[1:] if found[2].status else None)
            if known:
                break
        refused = known is not None and state.was_sent_back(known[0], no)
        situation = F.Situation(
            due=state.due(code, task),
            recurrence=task.recurrence,
            closed=case.closed,
            accepted=won is not None,
            received=received,
            entry=entry,
            known=known[1] if known else None,
            known_sent_back=refused,
            earlier=before[2] if before else None,
            sent_back=state.is_sent_back(code, no),
            copied=(code, no) in copied,
        )
        flags = F.assignment_flags(situation, clock)
        yield Row(
            assignment=assignment,
            unit=unit.unit,
            task=task,
            due=situation.due,
            won=won,
            answer=answers.get(no),
            entry=entry,
            known=situation.known,
            settled=case.closed or (not refused and known is not None and known[1].status == L.COMPLETED),
            earlier=situation.earlier,
            earlier_round=before[0].id if before else "",
            copied_from=copied.get((code, no), ""),
            flags=((L.F_MISSING, *flags) if missing else flags),
            light=F.light(flags, has_entry=entry is not None or before is not None, unit_missing=missing),
            unit_missing=missing,
        )
