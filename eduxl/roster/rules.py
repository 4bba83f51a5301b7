"""Collective names (各中小学, 民办教育机构 …): what a 分组规则 is, whom it matches, and the shipped ones.

Which names there are and what they mean is data (`data/rules.toml`), replaced name by name by the rules
in the clerk's own roster workbook.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterable
from functools import cache
from importlib.resources import files
from typing import Any

from attrs import evolve, frozen

from eduxl import labels as L
from eduxl.model import Unit
from eduxl.roster.names import key

GROUP_NAMES = "集体名称"
CONTAINS = "名称包含"
LACKS = "名称不含"
NAMED = "指定单位"
EXCEPT = "排除单位"
RULE_COLUMNS = (
    GROUP_NAMES, L.KIND, L.STAGES, L.OWNERSHIP, L.DISTRICT, CONTAINS, LACKS, NAMED, EXCEPT, L.NOTE,
)  # fmt: skip


@frozen
class GroupRule:
    """Which units the spellings in `names` mean.

    A unit belongs when it meets every condition that is given (each is met by any one of its values), or is
    in `units`; and is not in `excluded`. `units` and `excluded` hold codes, names or aliases. A rule with
    `units` and no condition means just these.
    """

    names: tuple[str, ...]
    kinds: tuple[str, ...] = ()
    stages: tuple[str, ...] = ()
    ownerships: tuple[str, ...] = ()
    districts: tuple[str, ...] = ()
    contains: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()
    units: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    note: str = ""

    @property
    def has_conditions(self) -> bool:
        """False for a rule that only lists units, or says nothing at all."""
        return bool(
            self.kinds or self.stages or self.ownerships or self.districts or self.contains or self.lacks
        )

    def describe(self) -> str:
        """The conditions as a clerk reads them: `类别=学校，学段含初中`."""
        parts = []
        for column, values in (
            (f"{L.KIND}=", self.kinds),
            (f"{L.STAGES}含", self.stages),
            (f"{L.OWNERSHIP}=", self.ownerships),
            (f"{L.DISTRICT}=", self.districts),
            ("名称含", self.contains),
            ("名称不含", self.lacks),
        ):
            if values:
                parts.append(column + "/".join(values))
        if self.units:
            parts.append(("另加" if parts else "指定") + L.SEP.join(self.units))
        if self.excluded:
            parts.append("除去" + L.SEP.join(self.excluded))
        return "，".join(parts)

    def select(self, units: Iterable[Unit], find: Callable[[str], Unit | None]) -> tuple[Unit, ...]:
        """The units of this rule, in the order of `units`; `find` reads one name (`Roster.find`)."""
        districts = {_place(name, find) for name in self.districts}
        named = {unit.code for name in self.units if (unit := find(name))}
        excluded = {unit.code for name in self.excluded if (unit := find(name))}
        contains, lacks = [key(word) for word in self.contains], [key(word) for word in self.lacks]

        def meets(unit: Unit) -> bool:
            name = key(unit.name)
            return (
                (not self.kinds or unit.kind in self.kinds)
                and (not self.stages or bool(set(self.stages) & set(unit.stages)))
                and (not self.ownerships or unit.ownership in self.ownerships)
                and (not districts or (unit.district != "" and _place(unit.district, find) in districts))
                and (not contains or any(word in name for word in contains))
                and not any(word in name for word in lacks)
            )

        return tuple(
            unit
            for unit in units
            if unit.code not in excluded and (unit.code in named or (self.has_conditions and meets(unit)))
        )


def _place(district: str, find: Callable[[str], Unit | None]) -> str:
    """A 所属学区 in comparable form: the code of the 学区 it names (洪水镇学区 = 洪水学区), else its key."""
    unit = find(district)
    return unit.code if unit is not None and unit.kind == "学区" else key(district)


@cache
def _data() -> dict[str, Any]:
    text = files("eduxl.roster").joinpath("data", "rules.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


@cache
def shipped_rules() -> tuple[GroupRule, ...]:
    """The rules that hold where the clerk's roster has none of its own."""
    rules = []
    for entry in _data()["rules"]:
        values: dict[str, Any] = {
            field: tuple(value) if isinstance(value, list) else value for field, value in entry.items()
        }
        rules.append(GroupRule(**values))
    return tuple(rules)


@cache
def group_key(name: str) -> str:
    """The form in which collective names are compared: 全县各中小学（幼儿园） and 中小学、幼儿园 are one."""
    word = key(name)
    for prefix in _data()["ignored_prefixes"]:
        word = word.removeprefix(prefix)
    for sign in _data()["ignored_signs"]:
        word = word.replace(sign, "")
    return word


def is_vague(name: str) -> bool:
    """True for 各相关学校, 有关单位 and the like: they point at units without saying which."""
    word = key(name)
    return any(vague in word for vague in _data()["vague"])


def is_direct(district: str) -> bool:
    """True for a 所属学区 such as 县直, which names no 学区."""
    return key(district) in _data()["direct_districts"]


def combine(own: tuple[GroupRule, ...], shipped: tuple[GroupRule, ...]) -> tuple[GroupRule, ...]:
    """The clerk's rules first, then the shipped ones without the names that the clerk has defined."""
    taken = {group_key(name) for rule in own for name in rule.names}
    rest = []
    for rule in shipped:
        names = tuple(name for name in rule.names if group_key(name) not in taken)
        if names:
            rest.append(evolve(rule, names=names))
    return own + tuple(rest)
