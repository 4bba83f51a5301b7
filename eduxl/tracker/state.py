"""What the ledger's records mean on a given day: which returns count, which decisions stand. Pure.

`State` is the outcome of replaying the ledger's records in order. No I/O and no clock: the day comes as an
argument.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any

from attrs import evolve, field, frozen, mutable

from eduxl import labels as L
from eduxl.errors import RoundError
from eduxl.model import Assignment, Entry, Plan, Recurrence, Return, Round, Task, Unit
from eduxl.returns.checks import redated
from eduxl.roster import Roster, expand
from eduxl.tracker.records import (
    Bounced,
    Closure,
    Confirmation,
    Contact,
    Event,
    Extension,
    Fact,
    Fetched,
    Issued,
    Listed,
    Mailed,
    Misread,
    Records,
    Rejected,
    Remark,
    Review,
    Revised,
    RoundClosed,
    RoundOpened,
    SeenBefore,
    Setting,
)

DEFAULT_WARN_DAYS = 15
DEFAULT_LAG_POINTS = 20


# --- state ----------------------------------------------------------------------------------------
@frozen
class StandingReview:
    """A review that no newer return has answered yet; `targets` are the entries it judged, (return id, task)."""

    review: Review
    targets: frozenset[tuple[int, int]]


@frozen
class Former:
    """A plan that was revised since: its tasks, their numbers now, and the rounds opened while it was in force.

    Forms of those rounds may still speak of its tasks.
    """

    tasks: dict[int, Task]
    numbers: dict[int, int]
    rounds: frozenset[str]


@mutable
class State:
    """The tracker's state. Everything the views need, indexed."""

    plan: Plan
    roster: Roster
    assignments: tuple[Assignment, ...] = ()
    rounds: list[Round] = field(factory=list)
    #: the return that counts, by (round id, unit code)
    winners: dict[tuple[str, str], Return] = field(factory=dict)
    #: every valid return, by (round id, unit code)
    returns: dict[tuple[str, str], list[Return]] = field(factory=dict)
    #: by (unit code, task)
    reviews: dict[tuple[str, int], StandingReview] = field(factory=dict)
    refused: set[tuple[int, int]] = field(factory=set)
    extensions: dict[tuple[str, int], date] = field(factory=dict)
    #: texts in clerk columns that mean nothing there, by (column, unit code or "", task)
    misread: dict[tuple[str, str, int], str] = field(factory=dict)
    #: hashes of all templates written
    issued: set[str] = field(factory=set)
    #: plans before the present one, oldest first
    former: list[Former] = field(factory=list)
    #: tasks with 已销号 or 已取消 now, and those put back to 未销号
    closed_tasks: dict[int, str] = field(factory=dict)
    #: tasks with 已销号 or 已取消 when the round opened, or added after it was closed, by round id
    closed_before: dict[str, frozenset[int]] = field(factory=dict)
    remarks: dict[int, str] = field(factory=dict)
    settings: dict[str, int] = field(factory=dict)
    rejects: dict[tuple[str, str], Rejected] = field(factory=dict)
    confirmations: dict[str, str] = field(factory=dict)
    #: 联系人, 联系电话 and 邮箱 as corrected in 单位名册, by (unit code, column)
    contacts: dict[tuple[str, str], str] = field(factory=dict)
    #: messages to units and when they were booked, by (round id, unit code, kind), oldest first
    mailed: dict[tuple[str, str, str], list[tuple[Event, Mailed]]] = field(factory=dict)
    #: what came by mail, by hash; of one content the mail that came first
    fetched: dict[str, Fetched] = field(factory=dict)
    #: the last address of a unit to which mail came back, by code
    bounced: dict[str, Bounced] = field(factory=dict)
    #: the last list of whom to call that was asked for; None before the first
    listed: tuple[Event, Listed] | None = None
    history: list[tuple[Any, ...]] = field(factory=list)
    events: list[Event] = field(factory=list)
    #: what was replayed
    records: Records | None = field(default=None, eq=False, repr=False)
    #: non-empty entries of a return by task, filled on first use
    _answers: dict[int, dict[int, Entry]] = field(factory=dict)

    # rounds
    @property
    def current(self) -> Round | None:
        """The round then current: the last one opened, also when it is closed."""
        return self.rounds[-1] if self.rounds else None

    def round(self, round_id: str) -> Round:
        """Raises `RoundError` for an id that was never opened."""
        for known in self.rounds:
            if known.id == round_id:
                return known
        names = L.SEP.join(known.id for known in self.rounds) or "还没有轮次"
        raise RoundError(f"没有轮次“{round_id}”。已有的轮次：{names}。请用 eduxl round list 查看。")

    def before(self, round_id: str) -> list[Round]:
        """Rounds opened before this one, oldest first."""
        earlier = []
        for known in self.rounds:
            if known.id == round_id:
                break
            earlier.append(known)
        return earlier

    # tasks and assignments
    def asked(self, round_id: str) -> list[Assignment]:
        """The round's rows: every assignment of a task that was not 已销号 or 已取消 when the round opened."""
        closed = self.closed_before.get(round_id, frozenset())
        return [a for a in self.assignments if a.task not in closed]

    # entries
    def entry(self, round_id: str, unit: str, task: int) -> Entry | None:
        """The non-empty entry that counts in the round."""
        found = self.winners.get((round_id, unit))
        return self.answer(found, task) if found else None

    def answers(self, won: Return) -> Mapping[int, Entry]:
        """The return's non-empty entries by task."""
        if won.id not in self._answers:
            self._answers[won.id] = {entry.task: entry for entry in won.entries if not entry.is_empty}
        return self._answers[won.id]

    def answer(self, won: Return, task: int) -> Entry | None:
        """The return's non-empty entry for a task."""
        return self.answers(won).get(task)

    def earlier_rounds(self, round_: Round, task: Task) -> list[Round]:
        """Rounds opened before this one within the task's period, latest first."""
        want = period(task.recurrence, round_.id)
        return [r for r in reversed(self.before(round_.id)) if period(task.recurrence, r.id) == want]

    def entries_of(
        self, rounds: Iterable[Round], unit: str, task: int
    ) -> Iterator[tuple[Round, Return, Entry]]:
        """The unit's non-empty entries for a task in these rounds."""
        for known in rounds:
            won = self.winners.get((known.id, unit))
            entry = self.answer(won, task) if won else None
            if won and entry:
                yield known, won, entry

    def earlier_entries(self, round_: Round, unit: str, task: Task) -> Iterator[tuple[Round, Return, Entry]]:
        """Non-empty entries of earlier rounds, latest first, within the task's period."""
        return self.entries_of(self.earlier_rounds(round_, task), unit, task.no)

    def due(self, unit: str, task: Task) -> date | None:
        """延期至 where it was given, else the task's own date."""
        return self.extensions.get((unit, task.no), task.due)

    def is_sent_back(self, unit: str, task: int) -> bool:
        """True while a 退回 of this row waits for a newer return."""
        standing = self.reviews.get((unit, task))
        return standing is not None and standing.review.result == L.SENT_BACK

    def was_sent_back(self, won: Return, task: int) -> bool:
        """True for an entry that a 退回 judged, also after a newer return came."""
        if (won.id, task) in self.refused:
            return True
        standing = self.reviews.get((won.unit, task))
        return (
            standing is not None
            and standing.review.result == L.SENT_BACK
            and (won.id, task) in standing.targets
        )

    @property
    def warn_days(self) -> int:
        return self.settings.get("eduxl_warn_days", DEFAULT_WARN_DAYS)

    @property
    def lag_points(self) -> int:
        return self.settings.get("eduxl_lag_points", DEFAULT_LAG_POINTS)


_MONTH = re.compile(r"(\d{4})-(\d{2})")


def period(recurrence: Recurrence | None, round_id: str) -> str:
    """Key of the period a round falls into for a recurring task; "" where the whole year is one period.

    Round ids begin with `YYYY-MM`. A weekly task begins anew in every round.
    """
    if recurrence in (None, "ongoing"):
        return ""
    if recurrence == "weekly" or not (found := _MONTH.match(round_id)):
        return round_id
    year, month = found.groups()
    return f"{year}-{month}" if recurrence == "monthly" else f"{year}Q{(int(month) + 2) // 3}"


def replay(records: Records) -> State:
    """Run through the records in order and return what stands at their end."""
    plan = next(fact for _, fact in records.facts if isinstance(fact, Plan))
    roster = next(fact for _, fact in records.facts if isinstance(fact, Roster))
    state = State(plan=plan, roster=roster, records=records)
    state.events = records.log()
    for event, fact in records.renumbered():
        _apply(state, event, fact)
    if state.contacts:
        units = tuple(_corrected(unit, state.contacts) for unit in state.roster.units)
        state.roster = Roster(units, state.roster.rules)
    state.assignments = expand(state.plan, state.roster).assignments
    return state


def _apply(state: State, event: Event, fact: Fact) -> None:
    match fact:
        case Plan():
            state.plan = fact
        case Roster():
            state.roster = fact
            state.contacts.clear()
        case Contact():
            _contact(state, fact)
        case Mailed():
            state.mailed.setdefault((fact.round, fact.unit, fact.kind), []).append((event, fact))
        case Fetched():
            before = state.fetched.get(fact.sha256)
            if before is None or fact.received < before.received:
                state.fetched[fact.sha256] = fact
        case Bounced():
            state.bounced[fact.unit] = fact
        case Listed():
            state.listed = event, fact
        case Revised():
            _revise(state, fact)
        case RoundOpened() if any(known.id == fact.round for known in state.rounds):
            state.rounds = [evolve(r, due=fact.due) if r.id == fact.round else r for r in state.rounds]
        case RoundOpened():
            state.rounds.append(Round(fact.round, fact.due, event.as_of))
            state.closed_before[fact.round] = frozenset(
                task for task, value in state.closed_tasks.items() if value in L.CLOSED_FOR_GOOD
            )
            for misread in [m for m in state.misread if m[0] == L.REVIEW]:
                del state.misread[misread]
            # a 通过 belongs to the round it was given in; a 退回 waits for an answer
            state.reviews = {k: r for k, r in state.reviews.items() if r.review.result == L.SENT_BACK}
        case RoundClosed():
            state.rounds = [evolve(r, closed=event.as_of) if r.id == fact.round else r for r in state.rounds]
            state.history.extend(fact.rows)
        case Return():
            _accept(state, fact)
        case Rejected():
            state.rejects[fact.sha256, fact.round] = fact
        case Review():
            _review(state, fact)
        case Extension():
            _set(state.extensions, (fact.unit, fact.task), fact.due, keep=fact.due is not None)
        case Misread():
            _set(state.misread, (fact.column, fact.unit, fact.task), fact.text, keep=bool(fact.text))
        case Issued():
            state.issued.add(fact.sha256)
        case SeenBefore():
            _seen_before(state, fact)
        case Closure():
            _set(state.closed_tasks, fact.task, fact.value, keep=bool(fact.value))
        case Remark():
            _set(state.remarks, fact.task, fact.text, keep=bool(fact.text))
        case Setting():
            state.settings[fact.name] = fact.value
        case Confirmation():
            _confirm(state, fact)


def _revise(state: State, fact: Revised) -> None:
    """The plan in force becomes a former one; rounds that are closed do not ask its successor's new tasks."""
    numbers = {old: new for old, new in fact.numbers}
    state.former = [
        evolve(former, numbers={old: numbers.get(new, new) for old, new in former.numbers.items()})
        for former in state.former
    ]
    tasks = {task.no: task for task in state.plan.tasks}
    state.former.append(Former(tasks, numbers, frozenset(r.id for r in state.rounds)))
    for r in state.rounds:
        if r.closed:
            state.closed_before[r.id] |= frozenset(fact.added)


def _contact(state: State, fact: Contact) -> None:
    """What the clerk corrected. An address that she typed again after mail to it came back is right."""
    state.contacts[fact.unit, fact.column] = fact.text
    bounced = state.bounced.get(fact.unit)
    if bounced and fact.column == L.EMAIL and bounced.address.casefold() == fact.text.casefold():
        del state.bounced[fact.unit]


def _corrected(unit: Unit, contacts: Mapping[tuple[str, str], str]) -> Unit:
    return evolve(
        unit,
        contact=contacts.get((unit.code, L.CONTACT), unit.contact),
        phone=contacts.get((unit.code, L.PHONE), unit.phone),
        email=contacts.get((unit.code, L.EMAIL), unit.email),
    )


def _set(where: dict[Any, Any], key: Any, value: Any, *, keep: bool) -> None:
    if keep:
        where[key] = value
    else:
        where.pop(key, None)


def _accept(state: State, new: Return) -> None:
    key = (new.round, new.unit)
    state.returns.setdefault(key, []).append(new)
    state.rejects.pop((new.sha256, new.round), None)
    won = state.winners.get(key)
    if won is not None and won.recency >= new.recency:
        return
    state.winners[key] = new
    for misread in [m for m in state.misread if m[:2] == (L.REVIEW, new.unit)]:
        del state.misread[misread]
    for row in [row for row in state.reviews if row[0] == new.unit]:
        standing = state.reviews.pop(row)
        if standing.review.result == L.SENT_BACK:
            state.refused.update(standing.targets)


def _seen_before(state: State, fact: SeenBefore) -> None:
    """Identical bytes keep their first received time, in whatever order the copies were merged."""
    for key, returns in state.returns.items():
        if key[0] != fact.round:
            continue
        for i, known in enumerate(returns):
            if known.sha256 == fact.sha256 and fact.is_before(known):
                returns[i] = evolve(
                    known,
                    path=fact.path,
                    received=fact.received,
                    file_time=fact.file_time,
                    warnings=redated(known.warnings, known.entries, fact.received.date()),
                )
        state.winners[key] = max(returns, key=lambda r: r.recency)


def _confirm(state: State, fact: Confirmation) -> None:
    _set(state.confirmations, fact.sha256, fact.unit, keep=bool(fact.unit))
    for (round_id, unit), returns in state.returns.items():
        # the refused file is a copy of what the unit's return says already
        if unit == fact.unit and any(r.sha256 == fact.sha256 for r in returns):
            state.rejects.pop((fact.sha256, round_id), None)


def _review(state: State, review: Review) -> None:
    key = (review.unit, review.task)
    if not review.result and not review.note:
        state.reviews.pop(key, None)
        return
    state.reviews[key] = StandingReview(review, frozenset(_judged(state, review)))


def _judged(state: State, review: Review) -> Iterable[tuple[int, int]]:
    """The entries a review judges: the unit's last one for the task, and the last one with a status."""
    for round_ in reversed(state.rounds):
        won = state.winners.get((round_.id, review.unit))
        entry = state.answer(won, review.task) if won else None
        if won and entry:
            yield won.id, review.task
            if entry.status:
                return


def last_known(state: State, round_: Round, unit: str, task: Task) -> tuple[Return, Entry] | None:
    """The last accepted entry with a 完成状态, of this round or, within the period, an earlier one."""
    won = state.winners.get((round_.id, unit))
    entry = state.answer(won, task.no) if won else None
    if won and entry and entry.status:
        return won, entry
    for _, return_, earlier in state.earlier_entries(round_, unit, task):
        if earlier.status:
            return return_, earlier
    return None


def received_first(returns: Mapping[tuple[str, str], list[Return]], round_id: str, unit: str) -> date | None:
    """The day the unit's first valid return of the round came in."""
    found = returns.get((round_id, unit))
    return min(r.received for r in found).date() if found else None
