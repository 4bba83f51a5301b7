"""The roster of units: its workbook, what names mean, and who has to report on which task.

Only `workbook` and `author` touch files; everything else here is pure.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from eduxl.lazy import loader
from eduxl.roster.expand import (  # not lazy: the module has the function's name
    Expansion,
    ExpansionLine,
    expand,
)

if TYPE_CHECKING:
    from eduxl.roster.author import new_roster, write_roster
    from eduxl.roster.rows import roster_rows, rule_rows
    from eduxl.roster.rules import RULE_COLUMNS, GroupRule, shipped_rules
    from eduxl.roster.serial import roster_from_json, roster_to_json
    from eduxl.roster.tables import Finding
    from eduxl.roster.units import Resolution, Roster
    from eduxl.roster.workbook import check_roster, read_roster

__all__ = [
    "RULE_COLUMNS",
    "Expansion",
    "ExpansionLine",
    "Finding",
    "GroupRule",
    "Resolution",
    "Roster",
    "check_roster",
    "expand",
    "new_roster",
    "read_roster",
    "roster_from_json",
    "roster_rows",
    "roster_to_json",
    "rule_rows",
    "shipped_rules",
    "write_roster",
]

#: Loaded when they are first asked for: most commands read and write no roster.
_MODULES = {
    name: f"eduxl.roster.{module}"
    for module, names in {
        "author": ("new_roster", "write_roster"),
        "rows": ("roster_rows", "rule_rows"),
        "rules": ("RULE_COLUMNS", "GroupRule", "shipped_rules"),
        "serial": ("roster_from_json", "roster_to_json"),
        "tables": ("Finding",),
        "units": ("Resolution", "Roster"),
        "workbook": ("check_roster", "read_roster"),
    }.items()
    for name in names
}

__getattr__ = loader("eduxl.roster", _MODULES)
