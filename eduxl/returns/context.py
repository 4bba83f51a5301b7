"""What the reader of returns may know beforehand: roster, round, tasks. All of it comes from the tracker."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Protocol

from attrs import field, frozen

from eduxl.model import Round, Task, Unit


class UnitIndex(Protocol):
    """What the reader needs of a roster."""

    def unit(self, code: str) -> Unit | None: ...
    def find(self, name: str) -> Unit | None: ...
    def named_in(self, text: str) -> tuple[Unit, ...]: ...


def year_of(round_id: str | None) -> int | None:
    """The year in a round's id, None where it has none."""
    return int(round_id[:4]) if round_id and round_id[:4].isdigit() and round_id[4:5] == "-" else None


@frozen
class Context:
    """What the reader may know. Everything is optional: without a tracker, files are read for what they say.

    `year` is the plan's; `assigned` the task numbers each unit has to answer in the round; `due` the dates
    that hold, by (task, unit code), None for a task without one; `received` the day on which the file came;
    `version` that of the templates now written.
    """

    tracker: str | None = None
    round: Round | None = None
    year: int | None = None
    roster: UnitIndex | None = None
    tasks: Mapping[int, Task] = field(factory=dict)
    assigned: Mapping[str, tuple[int, ...]] = field(factory=dict)
    due: Mapping[tuple[int, str], date | None] = field(factory=dict)
    received: date | None = None
    version: str = ""
