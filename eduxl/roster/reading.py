"""The sheets of a roster workbook, as text cells, → units, rules and all that is wrong with them.

Pure. All faults are found in one pass, so that a clerk mends them in one go.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from attrs import evolve, frozen

from eduxl import labels as L
from eduxl.model import Unit
from eduxl.roster import rules as R
from eduxl.roster.checks import check_rules, check_units
from eduxl.roster.names import is_blank, key, plain, split_names
from eduxl.roster.rules import GroupRule, combine, shipped_rules
from eduxl.roster.tables import (
    Finding,
    SheetText,
    Table,
    find_table,
    is_filled,
    no_table,
    roster_header,
    rules_header,
    spellings,
)
from eduxl.roster.units import Roster

#: Without these columns no name can be resolved or no group be formed.
_REQUIRED = (L.UNIT_CODE, L.UNIT_NAME, L.KIND, L.STAGES)
#: A row that holds nothing but a remark below the table.
_REMARK = re.compile(r"(注|备注|说明|填表说明)\d*[.、]?(:|$)")
#: In a rule these words say the same as an empty cell.
_ANY = frozenset({"不限", "全部", "所有"})


@frozen
class Reading:
    """`roster` is complete only if no finding is an error."""

    roster: Roster
    findings: tuple[Finding, ...] = ()

    @property
    def errors(self) -> tuple[Finding, ...]:
        return tuple(finding for finding in self.findings if finding.level == "error")


def read_sheets(sheets: Sequence[SheetText]) -> Reading:
    """Read a roster: sheet 名册 (else the first with its header words) and, if there, sheet 分组规则."""
    findings: list[Finding] = []
    table = find_table(sheets, (L.ROSTER_SHEET, L.ROSTER), roster_header)
    if table is None:
        findings.append(no_table(sheets))
        return Reading(Roster(()), tuple(findings))
    units = _read_units(table, findings)
    rules_sheets = [sheet for sheet in sheets if key(sheet.name) == L.RULES_SHEET and is_filled(sheet)]
    rules_table = find_table(rules_sheets, (L.RULES_SHEET,), rules_header)
    if rules_sheets and rules_table is None:
        findings.append(
            Finding(
                "error",
                "no-header",
                f"{rules_sheets[0].name}!A1",
                "",
                f"分组规则表里找不到“{R.GROUP_NAMES}”等列名",
                f"请把表头改成：{L.SEP.join(R.RULE_COLUMNS)}；不需要自己的规则时删去这张表。",
            )
        )
    own = _read_rules(rules_table, findings) if rules_table else ()
    roster = Roster(
        tuple(unit for _, unit in units), combine(tuple(rule for _, rule in own), shipped_rules())
    )
    check_units(table, units, roster, findings)
    if rules_table:
        check_rules(rules_table, own, roster, findings)
    return Reading(evolve(roster, units=_with_district_names(roster)), tuple(findings))


def _with_district_names(roster: Roster) -> tuple[Unit, ...]:
    """The units with 所属学区 as the 学区 itself is called: 洪水镇学区, an alias, counts as 洪水学区."""

    def named(unit: Unit) -> Unit:
        district = roster.find(unit.district)
        if district is None or district.kind != "学区" or district.name == unit.district:
            return unit
        return evolve(unit, district=district.name)

    return tuple(named(unit) for unit in roster.units)


# --- values ---------------------------------------------------------------------------------------
def _name(text: str) -> str:
    """A name without line breaks and stray spaces; those beside a Latin letter or digit stay, as one."""
    text = re.sub(r"\s+", " ", text.strip().strip("\u200b\ufeff"))
    return re.sub(r"(?<![A-Za-z0-9]) (?![A-Za-z0-9])", "", text)


def _optional(text: str) -> str:
    return "" if is_blank(text) else plain(text)


def _choices(text: str, allowed: tuple[str, ...], others: Mapping[str, Any]) -> tuple[list[str], list[str]]:
    """The allowed values in a cell, in their own order, and the words that are none."""
    found: set[str] = set()
    unknown: list[str] = []
    for part in split_names(text):
        word = key(part)
        if is_blank(part) or word in _ANY:
            continue
        other = others.get(word)
        if word in allowed:
            found.add(word)
        elif other is not None:
            found.update([other] if isinstance(other, str) else other)
        else:
            unknown.append(part)
    return [value for value in allowed if value in found], unknown


_CHOICE_COLUMNS: tuple[tuple[str, tuple[str, ...], str, str], ...] = (
    (L.KIND, L.KINDS, "kinds", "unknown-kind"),
    (L.STAGES, L.STAGE_NAMES, "stages", "unknown-stage"),
    (L.OWNERSHIP, L.OWNERSHIPS, "ownerships", "unknown-ownership"),
)


def _read_choices(table: Table, row: int, several: bool, findings: list[Finding]) -> list[list[str]]:
    """类别, 学段, 办学性质 of a row; outside rules only 学段 may hold several."""
    values = []
    for column, allowed, section, code in _CHOICE_COLUMNS:
        text = table.cell(row, column)
        found, unknown = _choices(text, allowed, spellings()[section])
        where = table.where(row, column)
        if unknown:
            hint = "（可以填几个，用、隔开）" if column == L.STAGES or several else ""
            findings.append(
                Finding(
                    "error",
                    code,
                    where,
                    text,
                    f"{column}“{L.SEP.join(unknown)}”不认识",
                    f"请改成：{L.SEP.join(allowed)}{hint}。",
                )
            )
        elif len(found) > 1 and column != L.STAGES and not several:
            findings.append(
                Finding(
                    "error",
                    code,
                    where,
                    text,
                    f"{column}只能填一个，这里有{L.SEP.join(found)}",
                    "请只留一个。",
                )
            )
        elif not found and column == L.KIND and not several and column in table.columns:
            findings.append(
                Finding("error", code, where, text, "没有填类别", f"请填：{L.SEP.join(allowed)}。")
            )
        values.append(found)
    return values


# --- units ----------------------------------------------------------------------------------------
def _read_units(table: Table, findings: list[Finding]) -> list[tuple[int, Unit]]:
    for column in L.ROSTER_COLUMNS:
        if column not in table.columns:
            required = column in _REQUIRED
            findings.append(
                Finding(
                    "error" if required else "warning",
                    "missing-column",
                    table.where(table.header),
                    "",
                    f"缺少“{column}”列",
                    f"请在表头加上“{column}”列{'并填写' if required else '，没有内容可以空着'}。",
                )
            )
    units: list[tuple[int, Unit]] = []
    for row in table.records():
        filled = [text for column in table.columns if (text := table.cell(row, column).strip())]
        if len(filled) == 1 and _REMARK.match(key(filled[0])):
            continue
        units.append((row, _read_unit(table, row, findings)))
    if not units:
        findings.append(
            Finding(
                "error",
                "empty-roster",
                table.where(table.header),
                "",
                "名册里一个单位也没有",
                "请从表头下一行起填写，一行一个单位。",
            )
        )
    return units


def _read_unit(table: Table, row: int, findings: list[Finding]) -> Unit:
    code, name = plain(table.cell(row, L.UNIT_CODE)), _name(table.cell(row, L.UNIT_NAME))
    kinds, stages, ownerships = _read_choices(table, row, False, findings)
    own = {key(code), key(name)}
    aliases: dict[str, str] = {}
    for part in split_names(table.cell(row, L.ALIASES)):
        if key(part) not in own and not is_blank(part):
            aliases.setdefault(key(part), part)
    return Unit(
        code=code,
        name=name,
        aliases=tuple(aliases.values()),
        kind=kinds[0] if kinds else "",
        stages=tuple(stages),
        ownership=ownerships[0] if ownerships else "",
        district=_name(_optional(table.cell(row, L.DISTRICT))),
        contact=_name(_optional(table.cell(row, L.CONTACT))),
        phone=_optional(table.cell(row, L.PHONE)),
        email=_optional(table.cell(row, L.EMAIL)),
    )


# --- rules ----------------------------------------------------------------------------------------
def _read_rules(table: Table, findings: list[Finding]) -> list[tuple[int, GroupRule]]:
    rules = []
    for row in table.records():
        kinds, stages, ownerships = _read_choices(table, row, True, findings)
        lists = [
            split_names(table.cell(row, column))
            for column in (R.GROUP_NAMES, L.DISTRICT, R.CONTAINS, R.LACKS, R.NAMED, R.EXCEPT)
        ]
        names, districts, contains, lacks, named, excluded = lists
        rules.append(
            (
                row,
                GroupRule(
                    names=names,
                    kinds=tuple(kinds),
                    stages=tuple(stages),
                    ownerships=tuple(ownerships),
                    districts=districts,
                    contains=contains,
                    lacks=lacks,
                    units=named,
                    excluded=excluded,
                    note=table.cell(row, L.NOTE).strip(),
                ),
            )
        )
    return rules
