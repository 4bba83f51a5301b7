"""The state of a round in numbers: what `status` prints and a merge reports. Pure."""

from __future__ import annotations

from datetime import date

from attrs import frozen

from eduxl import labels as L
from eduxl.tracker.alerts import alert_rows
from eduxl.tracker.rows import RoundState
from eduxl.tracker.state import State
from eduxl.tracker.views import next_steps, rejected_now


@frozen
class Status:
    """The state of a round in numbers; `missing` and `late` name units as `code name`."""

    round: str
    as_of: date
    expected: int
    received: int
    missing: tuple[str, ...]
    late: tuple[str, ...]
    flags: dict[str, int]
    next_steps: tuple[str, ...] = ()

    def to_json(self) -> dict[str, object]:
        """The fixed JSON of `eduxl status --json`."""
        return {
            "round": self.round,
            "as_of": self.as_of.isoformat(),
            "expected": self.expected,
            "received": self.received,
            "missing": list(self.missing),
            "late": list(self.late),
            "flags": dict(self.flags),
        }


def status_of(state: State, seen: RoundState) -> Status:
    """Count a round's units and flags; each row of 预警清单 counts once."""
    counts = dict.fromkeys(L.FLAG_NAMES, 0)
    for row in alert_rows(state, seen)[0]:
        counts[str(row[1])] += 1
    return Status(
        round=seen.round.id,
        as_of=seen.clock.as_of,
        expected=len(seen.units),
        received=len(seen.received),
        missing=tuple(f"{u.unit.code} {u.unit.name}" for u in seen.missing),
        late=tuple(f"{u.unit.code} {u.unit.name}" for u in seen.late),
        flags=counts,
        next_steps=tuple(next_steps(state, seen, counts, rejected_now(state))),
    )
