"""A roster as the rows of its two sheets, in the order of their columns; every writer of them uses this."""

from __future__ import annotations

from eduxl import labels as L
from eduxl.model import Unit
from eduxl.roster.rules import GroupRule
from eduxl.roster.units import Roster


def roster_rows(roster: Roster) -> tuple[tuple[str, ...], ...]:
    """One row per unit under `labels.ROSTER_COLUMNS`; empty cells are ""."""
    return tuple(unit_row(unit) for unit in roster.units)


def rule_rows(roster: Roster) -> tuple[tuple[str, ...], ...]:
    """One row per group rule under `rules.RULE_COLUMNS`; empty cells are ""."""
    return tuple(rule_row(rule) for rule in roster.rules)


def unit_row(unit: Unit) -> tuple[str, ...]:
    return (
        unit.code,
        unit.name,
        L.SEP.join(unit.aliases),
        unit.kind,
        L.SEP.join(unit.stages),
        unit.ownership,
        unit.district,
        unit.contact,
        unit.phone,
        unit.email,
    )


def rule_row(rule: GroupRule) -> tuple[str, ...]:
    lists = (
        rule.names,
        rule.kinds,
        rule.stages,
        rule.ownerships,
        rule.districts,
        rule.contains,
        rule.lacks,
        rule.units,
        rule.excluded,
    )
    return (*(L.SEP.join(values) for values in lists), rule.note)
