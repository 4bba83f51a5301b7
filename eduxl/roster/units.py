"""The roster (单位名册): its units and group rules, and what a name written in a plan or on a file means.

Pure; nothing here opens a file. A name that fits no unit and no rule is never assigned by likeness: the
closest names are given only as suggestions to the clerk.
"""

from __future__ import annotations

from typing import Literal

from attrs import Factory, define, field, frozen

from eduxl.model import Unit
from eduxl.roster.names import NameIndex, key
from eduxl.roster.rules import GroupRule, group_key, is_vague, shipped_rules

#: Likeness (0–100) from which a name is worth suggesting.
_SUGGEST_FROM = 54


@frozen
class Resolution:
    """What a name means. `rule` is a phrase for the clerk; `closest` has at most three suggestions."""

    name: str
    kind: Literal["unit", "group", "vague", "unknown"]
    units: tuple[Unit, ...] = ()
    rule: str = ""
    closest: tuple[str, ...] = ()


@define
class _Lookup:
    """Indexes of one roster, made once."""

    names: NameIndex
    groups: dict[str, GroupRule]


def _make_lookup(roster: Roster) -> _Lookup:
    groups: dict[str, GroupRule] = {}
    for rule in roster.rules:
        for name in rule.names:
            groups.setdefault(group_key(name), rule)
    return _Lookup(NameIndex(roster.units), groups)


@frozen
class Roster:
    """All units in the clerk's order and the rules for collective names (the shipped ones unless given)."""

    units: tuple[Unit, ...]
    rules: tuple[GroupRule, ...] = field(factory=shipped_rules)
    _lookup: _Lookup = field(init=False, eq=False, repr=False, default=Factory(_make_lookup, takes_self=True))

    def unit(self, code: str) -> Unit | None:
        """The unit with exactly this code."""
        return self._lookup.names.by_code(code)

    def find(self, name: str) -> Unit | None:
        """The unit with this code, name or alias; None if there is none, or more than one.

        Full and half width, white space, kinds of brackets and case make no difference.
        """
        units = self._lookup.names.exact(name)
        return units[0] if len(units) == 1 else None

    def named_in(self, text: str) -> tuple[Unit, ...]:
        """The units whose code, name or alias occurs in `text`, a file or sheet name; the longest match wins.

        () if there is none; several units if matches of equal length name different ones. A code must stand
        alone: `S01` is not in `S012`, and no code of digits is in `2022-06` or `6月`.
        """
        return self._lookup.names.inside(text)

    def group(self, name: str) -> GroupRule | None:
        """The rule for a collective name; None if no rule has it."""
        return self._lookup.groups.get(group_key(name))

    def members(self, rule: GroupRule) -> tuple[Unit, ...]:
        """The units that `rule` means here, in roster order."""
        return rule.select(self.units, self.find)

    def resolve(self, name: str) -> Resolution:
        """What a name written in a plan means: a unit, else a collective name, else vague or unknown."""
        units = self._lookup.names.exact(name)
        if len(units) == 1:
            return Resolution(name, "unit", units, _by_what(name, units[0]))
        if units:
            both = "、".join(unit.name for unit in units)
            closest = tuple(unit.name for unit in units[:3])
            return Resolution(name, "unknown", (), f"“{name}”同时是{both}的叫法", closest)
        rule = self.group(name)
        if rule is not None:
            members = self.members(rule)
            return Resolution(name, "group", members, f"分组规则“{_spelling(name, rule)}”：{rule.describe()}")
        if is_vague(name):
            return Resolution(name, "vague", (), "没有写明是哪些单位")
        return Resolution(name, "unknown", (), "名册和分组规则里都没有", self._closest(name))

    def _closest(self, name: str) -> tuple[str, ...]:
        from rapidfuzz import fuzz, process

        choices: list[str] = []
        shown: list[str] = []
        for unit in self.units:
            for spelling in (unit.name, *unit.aliases):
                choices.append(key(spelling))
                shown.append(unit.name)
        for rule in self.rules:
            for spelling in rule.names:
                choices.append(key(spelling))
                shown.append(spelling)
        found = process.extract(key(name), choices, scorer=fuzz.ratio, score_cutoff=_SUGGEST_FROM, limit=12)
        return tuple(dict.fromkeys(shown[place] for _, _, place in found))[:3]


def _by_what(name: str, unit: Unit) -> str:
    word = key(name)
    if word == key(unit.name):
        return "单位名称"
    alias = next((alias for alias in unit.aliases if key(alias) == word), None)
    return f"单位编码“{unit.code}”" if alias is None else f"别名“{alias}”"


def _spelling(name: str, rule: GroupRule) -> str:
    """How the rule itself writes the collective name, as written if it has that very spelling."""
    if name in rule.names:
        return name
    return next(spelling for spelling in rule.names if group_key(spelling) == group_key(name))
