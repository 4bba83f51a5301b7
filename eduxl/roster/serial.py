"""A roster as plain JSON values and back, without loss: what the ledger keeps."""

from __future__ import annotations

from typing import Any

from attrs import asdict

from eduxl.model import Unit
from eduxl.roster.rules import GroupRule
from eduxl.roster.units import Roster


def roster_to_json(roster: Roster) -> dict[str, Any]:
    """`{"units": [...], "rules": [...]}` with the fields of `Unit` and `GroupRule`; lists for tuples."""
    return {
        "units": [_plain(unit) for unit in roster.units],
        "rules": [_plain(rule) for rule in roster.rules],
    }


def roster_from_json(data: dict[str, Any]) -> Roster:
    """The roster that `roster_to_json` was given."""
    return Roster(
        units=tuple(Unit(**_tuples(unit)) for unit in data["units"]),
        rules=tuple(GroupRule(**_tuples(rule)) for rule in data["rules"]),
    )


def _plain(record: Unit | GroupRule) -> dict[str, Any]:
    return {
        name: list(value) if isinstance(value, tuple) else value for name, value in asdict(record).items()
    }


def _tuples(values: dict[str, Any]) -> dict[str, Any]:
    return {name: tuple(value) if isinstance(value, list) else value for name, value in values.items()}
