"""The roster of units: its workbook, what names mean, and who has to report on which task.

Only `workbook` and `author` touch files; everything else here is pure.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from eduxl.lazy import loader
from eduxl.roster.expand import Expansion, ExpansionLine, expand
from eduxl.roster.rows import roster_rows, rule_rows
from eduxl.roster.rules import RULE_COLUMNS, GroupRule, shipped_rules
from eduxl.roster.serial import roster_from_json, roster_to_json
from eduxl.roster.tables import Finding
from eduxl.roster.units import Resolution, Roster
from eduxl.roster.workbook import check_roster, read_roster

if TYPE_CHECKING:
    from eduxl.roster.author import new_roster, write_roster

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

#: XlsxWriter, which they need, is slow to load.
_MODULES = dict.fromkeys(("new_roster", "write_roster"), "eduxl.roster.author")

__getattr__ = loader("eduxl.roster", _MODULES)
