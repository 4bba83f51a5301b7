"""What is wrong with the units and rules of a roster, each fault with its cell, cause and remedy. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence

from eduxl import labels as L
from eduxl.model import Unit
from eduxl.roster import rules as R
from eduxl.roster.names import is_blank, key
from eduxl.roster.rules import GroupRule, group_key, is_direct
from eduxl.roster.tables import Finding, Table
from eduxl.roster.units import Roster

_EMAIL = re.compile(r"[A-Za-z0-9._%+\-]+@(?:[A-Za-z0-9](?:[A-Za-z0-9\-]*[A-Za-z0-9])?\.)+[A-Za-z]{2,}")
#: Codes become file names.
_NOT_IN_CODES = frozenset('\\/:*?"<>|')


def check_units(
    table: Table, units: Sequence[tuple[int, Unit]], roster: Roster, findings: list[Finding]
) -> None:
    codes: dict[str, int] = {}
    names: dict[str, int] = {}
    sharing = Counter(key(unit.district) for unit in roster.units)
    for row, unit in units:
        _check_key(table, row, L.UNIT_CODE, unit.code, codes, "code", findings)
        _check_key(table, row, L.UNIT_NAME, unit.name, names, "name", findings)
        if _NOT_IN_CODES & set(unit.code):
            findings.append(
                Finding(
                    "error",
                    "bad-code",
                    table.where(row, L.UNIT_CODE),
                    unit.code,
                    f'单位编码“{unit.code}”里有不能用于文件名的符号（\\ / : * ? " < > |）',
                    "编码请只用字母、数字和短横线。",
                )
            )
        _check_values(table, row, unit, findings)
        _check_district(table, row, unit, roster, sharing, findings)
    _check_aliases(table, units, codes, names, findings)
    _check_group_names(table, units, roster, findings)


def _check_key(
    table: Table, row: int, column: str, value: str, seen: dict[str, int], code: str, findings: list[Finding]
) -> None:
    """A code or name is there and is nobody else's."""
    where = table.where(row, column)
    if not value:
        findings.append(
            Finding(
                "error", f"missing-{code}", where, "", f"没有填{column}", f"请填写{column}，或删去这一行。"
            )
        )
    elif key(value) in seen:
        first = table.where(seen[key(value)], column)
        findings.append(
            Finding(
                "error",
                f"duplicate-{code}",
                where,
                value,
                f"{column}“{value}”重复，{first} 已经用了",
                "每个单位只占一行，编码和名称都不能与别的单位相同，请改正其中一个。",
            )
        )
    else:
        seen[key(value)] = row


def _check_values(table: Table, row: int, unit: Unit, findings: list[Finding]) -> None:
    where = table.where
    if unit.kind == "学校" and L.STAGES in table.columns and is_blank(table.cell(row, L.STAGES)):
        findings.append(
            Finding(
                "warning",
                "no-stage",
                where(row, L.STAGES),
                "",
                f"“{unit.name}”没有填学段，“各中小学”“各小学”等都不会包括它",
                f"请填：{L.SEP.join(L.STAGE_NAMES)}（可以填几个，用、隔开）。",
            )
        )
    if unit.kind == "学校" and L.OWNERSHIP in table.columns and is_blank(table.cell(row, L.OWNERSHIP)):
        findings.append(
            Finding(
                "warning",
                "no-ownership",
                where(row, L.OWNERSHIP),
                "",
                f"“{unit.name}”没有填办学性质，“各公办园”“民办教育机构”等都不会包括它",
                "请填：公办或民办。",
            )
        )
    if unit.email and not _EMAIL.fullmatch(unit.email):
        findings.append(
            Finding(
                "warning",
                "bad-email",
                where(row, L.EMAIL),
                unit.email,
                f"邮箱“{unit.email}”不是一个完整的邮箱地址，发不了邮件",
                "请填一个邮箱，例如 name@163.com。",
            )
        )


def _check_district(
    table: Table, row: int, unit: Unit, roster: Roster, sharing: Counter[str], findings: list[Finding]
) -> None:
    """A 所属学区 that is clearly a slip: the roster has 学区, none of that name, and either one that is much
    like it or no second unit with the same value (`sharing` counts them)."""
    if not unit.district or is_direct(unit.district):
        return
    named = roster.find(unit.district)
    if named is not None and named.kind == "学区":
        return
    names = [other.name for other in roster.units if other.kind == "学区"]
    if not names:
        return
    from rapidfuzz import fuzz, process

    near = process.extractOne(unit.district, names, scorer=fuzz.ratio, score_cutoff=70)
    if near is None and sharing[key(unit.district)] > 1:
        return
    hint = f"是不是“{near[0]}”？" if near else ""
    findings.append(
        Finding(
            "warning",
            "unknown-district",
            table.where(row, L.DISTRICT),
            unit.district,
            f"名册里没有叫“{unit.district}”的学区",
            f"{hint}请改成学区的名称；不属于学区的填“县直”。",
        )
    )


def _check_aliases(
    table: Table,
    units: Sequence[tuple[int, Unit]],
    codes: Mapping[str, int],
    names: Mapping[str, int],
    findings: list[Finding],
) -> None:
    aliases: dict[str, int] = {}
    known = ((names, "名称"), (codes, "编码"), (aliases, "别名"))
    for row, unit in units:
        where = table.where(row, L.ALIASES)
        for alias in unit.aliases:
            word = key(alias)
            taken = ((seen[word], what) for seen, what in known if seen.get(word, row) != row)
            other, what = next(taken, (row, ""))
            if other != row:
                owner = next(unit for at, unit in units if at == other)
                findings.append(
                    Finding(
                        "error",
                        "ambiguous-alias",
                        where,
                        alias,
                        f"别名“{alias}”也是“{owner.name}”（第 {other + 1} 行）的{what}，分不清指哪个单位",
                        "一个叫法只能属于一个单位，请删去或改写其中一个。",
                    )
                )
            aliases.setdefault(word, row)
            if len(word) < 2:
                findings.append(
                    Finding(
                        "warning",
                        "short-alias",
                        where,
                        alias,
                        f"别名“{alias}”只有一个字，不会用来从文件名认单位",
                        "别名请至少写两个字。",
                    )
                )


def _check_group_names(
    table: Table, units: Sequence[tuple[int, Unit]], roster: Roster, findings: list[Finding]
) -> None:
    """A unit called like a collective name takes that name's place; fine only where both mean the same."""
    for row, unit in units:
        for name in (unit.name, *unit.aliases):
            rule = roster.group(name) if name else None
            if rule is not None and len(roster.members(rule)) > 1:
                column = L.UNIT_NAME if name == unit.name else L.ALIASES
                findings.append(
                    Finding(
                        "warning",
                        "name-is-group",
                        table.where(row, column),
                        name,
                        f"“{name}”也是分组规则里的集体名称，计划里写“{name}”时只会指“{unit.name}”一个单位",
                        "不是这个意思的，请删去这个叫法。",
                    )
                )


def check_rules(
    table: Table, rules: Sequence[tuple[int, GroupRule]], roster: Roster, findings: list[Finding]
) -> None:
    seen: dict[str, int] = {}
    for row, rule in rules:
        if not rule.names:
            findings.append(
                Finding(
                    "error",
                    "missing-group",
                    table.where(row, R.GROUP_NAMES),
                    "",
                    "没有填集体名称",
                    "请填计划里的写法，例如“各中小学”，或删去这一行。",
                )
            )
        elif not rule.has_conditions and not rule.units:
            findings.append(
                Finding(
                    "error",
                    "empty-rule",
                    table.where(row, R.GROUP_NAMES),
                    L.SEP.join(rule.names),
                    f"“{L.SEP.join(rule.names)}”没有写明包括哪些单位",
                    "请至少填一个条件（类别、学段等），或在“指定单位”列出单位。",
                )
            )
        for name in rule.names:
            first = seen.setdefault(group_key(name), row)
            if first != row:
                findings.append(
                    Finding(
                        "error",
                        "duplicate-group",
                        table.where(row, R.GROUP_NAMES),
                        name,
                        f"集体名称“{name}”在第 {first + 1} 行已经有了",
                        "一个集体名称只能有一条规则，请合并成一行。",
                    )
                )
        for column, names in ((R.NAMED, rule.units), (R.EXCEPT, rule.excluded)):
            for name in names:
                if roster.find(name) is None:
                    near = roster.resolve(name).closest
                    hint = f"是不是“{near[0]}”？" if near else ""
                    findings.append(
                        Finding(
                            "error",
                            "unknown-unit",
                            table.where(row, column),
                            name,
                            f"{column}“{name}”不在名册里",
                            f"{hint}请写名册里的单位编码、名称或别名。",
                        )
                    )
