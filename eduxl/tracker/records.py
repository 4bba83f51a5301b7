"""What the ledger holds: events and the facts recorded under them, as plain records in order. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime
from typing import Any

from attrs import evolve, field, frozen, mutable

from eduxl import labels as L
from eduxl.model import Plan, Return
from eduxl.returns import codes
from eduxl.roster import Roster


@frozen
class Event:
    """One step of a command. All that is recorded under it carries its `seq` and its as-of date."""

    seq: int
    as_of: date
    command: str
    summary: str = ""
    #: the wall clock's time in UTC when it was recorded, and who ran the command as `user@host`; not known of old events
    recorded: datetime | None = None
    who: str = ""


@frozen
class Review:
    """What the clerk wrote in 审核结果 and 审核意见 of a row; both empty: withdrawn."""

    round: str
    unit: str
    task: int
    result: str
    note: str


@frozen
class Extension:
    """延期至 of an assignment; None: withdrawn."""

    unit: str
    task: int
    due: date | None


@frozen
class Misread:
    """What the clerk typed in a column and what has no meaning there; "": the cell was put right.

    The decision that stood before goes on standing; the text stays in its cell. `unit` is "" for 任务台账.
    """

    column: str
    unit: str
    task: int
    text: str


@frozen
class SeenBefore:
    """The same bytes turned up again, received earlier than what was known: from now on this copy counts."""

    round: str
    sha256: str
    path: str
    received: datetime
    file_time: datetime

    def is_before(self, known: Return) -> bool:
        """True where this copy came first; time and name decide, so the order of merging never matters."""
        return (self.received, self.file_time, self.path) < (known.received, known.file_time, known.path)


@frozen
class Issued:
    """A template as it was written for a unit."""

    round: str
    unit: str
    sha256: str


@frozen
class Closure:
    """销号 of a task, as typed."""

    task: int
    value: str


@frozen
class Remark:
    task: int
    text: str


@frozen
class Setting:
    """`eduxl_warn_days` or `eduxl_lag_points`."""

    name: str
    value: int


@frozen
class Confirmation:
    """确认单位: the unit that the clerk named for a rejected file."""

    sha256: str
    unit: str


@frozen
class RoundOpened:
    """A round with its due date; of a round that is open already: a new due date."""

    round: str
    due: date


@frozen
class RoundClosed:
    round: str
    #: the rows of 填报明细 as they stood
    rows: tuple[tuple[Any, ...], ...] = ()


def _pairs(value: Iterable[Iterable[int]]) -> tuple[tuple[int, int], ...]:
    """Pairs as the ledger keeps them, which are lists."""
    return tuple((old, new) for old, new in value)


def _numbers(value: Iterable[int]) -> tuple[int, ...]:
    return tuple(value)


@frozen
class Revised:
    """The plan was revised: `numbers` are pairs of each task's number before and from now on, `added` new tasks' numbers.

    It stands in one event with the new `Plan`, before it. All that earlier events say of a task is read under its
    new number; what its own event says is so already.
    """

    numbers: tuple[tuple[int, int], ...] = field(converter=_pairs)
    added: tuple[int, ...] = field(converter=_numbers)


@frozen
class Undone:
    """Merges that were taken back: what these events recorded counts no more from this fact's own day on."""

    events: tuple[int, ...] = field(converter=_numbers)


@frozen
class Contact:
    """What the clerk typed under a column of 单位名册 that is the unit's own affair: 联系人, 联系电话 or 邮箱."""

    unit: str
    column: str
    text: str


@frozen
class Mailed:
    """A message to a unit whose fate is known, or `unsure`: the server had it all and gave no answer.

    `kind` is one of `labels.MAIL_KINDS`, `count` says which of its kind it was for the unit and round, `state` is `sent`,
    `unsure` or `refused`; `sha256` is of what it carried, `version` that of the template in it.
    """

    round: str
    unit: str
    kind: str
    count: int
    address: str
    message_id: str
    sha256: str
    version: str
    state: str


@frozen
class Fetched:
    """Content that came by mail and was kept: a file, or a member of an archive. `unit` is "" where none is told by it.

    `received` is local time without zone. `doubt` is the mail's own Date where the server's time counts instead of it.
    """

    round: str
    sha256: str
    path: str
    unit: str
    sender: str
    subject: str
    message_id: str
    received: datetime
    doubt: str


@frozen
class Bounced:
    """Mail to this address of the unit came back; `words` are those of the server that refused it."""

    unit: str
    address: str
    words: str


@frozen
class Listed:
    """A list of whom to call was asked for: from here on the workbook has the sheet 催报. `kind` is "" for all kinds."""

    round: str
    kind: str


@frozen
class Rejected:
    sha256: str
    path: str
    round: str
    code: str
    note: str
    received: datetime

    @property
    def cause(self) -> str:
        """What is wrong with the file, without what to do about it."""
        return self.note.removesuffix(codes.fix_for(self.code))

    @property
    def lacks_unit(self) -> bool:
        """True where a unit's code in 确认单位 is all that the file needs."""
        return self.code == "unknown-unit"


Fact = (
    Plan | Roster | RoundOpened | RoundClosed | Return | Rejected
    | Review | Extension | Closure | Remark | Setting | Confirmation | Misread | Issued | SeenBefore | Revised
    | Undone | Contact | Mailed | Fetched | Bounced | Listed
)  # fmt: skip


@mutable
class Records:
    """The ledger as (event, fact) pairs in the order of recording."""

    events: list[Event] = field(factory=list)
    facts: list[tuple[Event, Fact]] = field(factory=list)

    def add(self, event: Event, facts: Iterable[Fact]) -> None:
        self.events.append(event)
        self.facts.extend((event, fact) for fact in facts)

    def until(self, day: date) -> Records:
        """The records as they stood at the end of `day`: events dated later are left out.

        The plan and roster a tracker began with are always there, and a round counts as opened on the
        earliest day that anything was recorded for it, however its opening was dated.
        """
        first_seen: dict[str, date] = {}
        # what was recorded after a revision speaks of its tasks, so it holds from the earliest of those days
        revised = {
            event.seq: min(later.as_of for later in self.events if later.seq >= event.seq)
            for event, fact in self.facts
            if isinstance(fact, Revised)
        }
        for event, fact in self.facts:
            if (round_id := getattr(fact, "round", None)) and not isinstance(fact, RoundClosed):
                first_seen[round_id] = min(event.as_of, first_seen.get(round_id, event.as_of))
        kept = Records()
        kept.events = [event for event in self.events if event.as_of <= day]
        seen_base: set[type] = set()
        for event, fact in self.facts:
            if isinstance(fact, Plan | Roster) and type(fact) not in seen_base:
                seen_base.add(type(fact))
            elif event.seq in revised:
                if revised[event.seq] > day:
                    continue
            elif isinstance(fact, RoundOpened) and first_seen[fact.round] <= day:
                pass
            elif event.as_of > day:
                continue
            kept.facts.append((event, fact))
        return kept

    # --- what was taken back ----------------------------------------------------------------------
    @property
    def undone(self) -> frozenset[int]:
        """Numbers of the events that were taken back."""
        return frozenset(seq for _, fact in self.facts if isinstance(fact, Undone) for seq in fact.events)

    def log(self) -> list[Event]:
        """The events as 日志 tells them: one that was taken back stays, and says so."""
        undone = self.undone
        return [
            evolve(event, summary=f"{event.summary}（{L.UNDONE}）") if event.seq in undone else event
            for event in self.events
        ]

    def standing(self) -> list[tuple[Event, Fact]]:
        """The facts that count, those of events taken back left out."""
        undone = self.undone
        return [(event, fact) for event, fact in self.facts if event.seq not in undone]

    # --- numbers of tasks -------------------------------------------------------------------------
    @property
    def _revisions(self) -> list[tuple[int, dict[int, int]]]:
        return [(event.seq, dict(fact.numbers)) for event, fact in self.facts if isinstance(fact, Revised)]

    def numbers_since(self, seq: int) -> Callable[[int], int]:
        """Number of a task as of an event → its number now, after all revisions recorded later."""
        return _through([numbers for at, numbers in self._revisions if at > seq])

    def renumbered(self) -> Iterator[tuple[Event, Fact]]:
        """The facts that count, with every task under the number it has now; plans and closed rows stay as they were."""
        revisions = self._revisions
        for event, fact in self.standing():
            later = [numbers for at, numbers in revisions if at > event.seq]
            yield event, _renumber(fact, _through(later)) if later else fact


def _through(revisions: list[dict[int, int]]) -> Callable[[int], int]:
    def now(no: int) -> int:
        for numbers in revisions:
            no = numbers.get(no, no)
        return no

    return now


def _renumber(fact: Fact, now: Callable[[int], int]) -> Fact:
    match fact:
        case Review() | Extension() | Misread() | Closure() | Remark():
            return evolve(fact, task=now(fact.task))
        case Return():
            return evolve(
                fact,
                entries=tuple(evolve(e, task=now(e.task)) for e in fact.entries),
                indicators=tuple(evolve(i, task=now(i.task)) for i in fact.indicators),
                problems=tuple(evolve(p, task=now(p.task)) for p in fact.problems),
                warnings=tuple(evolve(w, task=w.task and now(w.task)) for w in fact.warnings),
            )
        case Revised():
            return evolve(fact, added=tuple(now(no) for no in fact.added))
    return fact
