"""Reads work plans: files → blocks → one grammar → Plan; and writes them as JSON or as a workbook to correct.

`read_plan` takes .txt, .docx and the plan workbook. A new file kind is one adapter that makes blocks; a new
layout is a widening of the grammar.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from eduxl.lazy import loader

if TYPE_CHECKING:
    from eduxl.plan.document import plan_from_json, plan_to_json
    from eduxl.plan.reader import read_plan
    from eduxl.plan.workbook import write_plan_workbook

__all__ = ["plan_from_json", "plan_to_json", "read_plan", "write_plan_workbook"]

#: Loaded when they are first asked for: most commands read no plan.
_MODULES = {
    "plan_from_json": "eduxl.plan.document",
    "plan_to_json": "eduxl.plan.document",
    "read_plan": "eduxl.plan.reader",
    "write_plan_workbook": "eduxl.plan.workbook",
}

__getattr__ = loader("eduxl.plan", _MODULES)
