"""What was done to a tracker, step by step: who, when, what, and from which files. Pure."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from attrs import asdict, field, frozen

from eduxl.model import Return
from eduxl.roster import Roster
from eduxl.tracker.records import Event, Fact, Records, Rejected, SeenBefore


@frozen
class Booked:
    """A file of a merge. `outcome` is taken, copy (of a content known before) or rejected; `units` are `code name`."""

    path: str
    outcome: str
    units: tuple[str, ...] = ()
    #: of a rejected file
    code: str = ""
    note: str = ""


@frozen
class Step:
    """A step of a command: `as_of` is the day it was done for, `recorded` the local time it was done, `who` user@host.

    Steps of before that was kept have no `recorded` and `who` "".
    """

    no: int
    as_of: date
    command: str
    summary: str
    recorded: datetime | None
    who: str
    undone: bool
    files: tuple[Booked, ...] = field(default=())

    def to_json(self) -> dict[str, Any]:
        """An item of `eduxl history --json`."""
        return {
            **asdict(self),
            "as_of": self.as_of.isoformat(),
            "recorded": self.recorded.isoformat() if self.recorded else None,
            "who": self.who or None,
        }


def history(records: Records) -> tuple[Step, ...]:
    """All steps, newest first."""
    names: dict[str, str] = {}
    for _, fact in records.facts:
        if isinstance(fact, Roster):
            names.update((unit.code, f"{unit.code} {unit.name}") for unit in fact.units)
    facts: dict[int, list[Fact]] = {}
    for event, fact in records.facts:
        facts.setdefault(event.seq, []).append(fact)
    undone = records.undone
    return tuple(
        Step(
            no=event.seq,
            as_of=event.as_of,
            command=event.command,
            summary=event.summary,
            recorded=_local(event),
            who=event.who,
            undone=event.seq in undone,
            files=_booked(facts.get(event.seq, []), names),
        )
        for event in reversed(records.events)
    )


def _local(event: Event) -> datetime | None:
    return event.recorded.replace(tzinfo=UTC).astimezone() if event.recorded else None


def _booked(facts: list[Fact], names: dict[str, str]) -> tuple[Booked, ...]:
    """The files of a merge, those that need somebody's attention first."""
    units: dict[str, list[str]] = {}
    for fact in facts:
        if isinstance(fact, Return):
            units.setdefault(fact.path, []).append(names.get(fact.unit, fact.unit))
    taken = [Booked(path, "taken", tuple(found)) for path, found in units.items()]
    copies = [
        Booked(fact.path, "copy") for fact in facts if isinstance(fact, SeenBefore) and fact.path not in units
    ]
    rejected = [
        Booked(fact.path, "rejected", code=fact.code, note=fact.note)
        for fact in facts
        if isinstance(fact, Rejected)
    ]
    return (*rejected, *sorted((*taken, *copies), key=lambda booked: booked.path))
