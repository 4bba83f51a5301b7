"""What the ledger holds: events and the facts recorded under them, as plain records in order. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from attrs import field, frozen, mutable

from eduxl.model import Plan, Return
from eduxl.roster import Roster


@frozen
class Event:
    """One step of a command. All that is recorded under it carries its `seq` and its as-of date."""

    seq: int
    as_of: date
    command: str
    summary: str = ""


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


@frozen
class Rejected:
    sha256: str
    path: str
    round: str
    code: str
    note: str
    received: datetime


Fact = (
    Plan | Roster | RoundOpened | RoundClosed | Return | Rejected
    | Review | Extension | Closure | Remark | Setting | Confirmation | Misread | Issued | SeenBefore
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
        for event, fact in self.facts:
            if (round_id := getattr(fact, "round", None)) and not isinstance(fact, RoundClosed):
                first_seen[round_id] = min(event.as_of, first_seen.get(round_id, event.as_of))
        kept = Records()
        kept.events = [event for event in self.events if event.as_of <= day]
        seen_base: set[type] = set()
        for event, fact in self.facts:
            if isinstance(fact, Plan | Roster) and type(fact) not in seen_base:
                seen_base.add(type(fact))
            elif isinstance(fact, RoundOpened) and first_seen[fact.round] <= day:
                pass
            elif event.as_of > day:
                continue
            kept.facts.append((event, fact))
        return kept
