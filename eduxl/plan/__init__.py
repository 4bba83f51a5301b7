"""Reads work plans: files → blocks → one grammar → Plan; and writes them as JSON or as a workbook to correct.

`read_plan` takes .txt, .docx and the plan workbook. A new file kind is one adapter that makes blocks; a new
layout is a widening of the grammar.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from eduxl.plan.document import plan_from_json, plan_to_json
    from eduxl.plan.reader import read_plan
    from eduxl.plan.workbook import write_plan_workbook

__all__ = ["plan_from_json", "plan_to_json", "read_plan", "write_plan_workbook"]

#: Loaded when they are first asked for: most commands read no plan.
_MODULES = {
    "plan_from_json": "document",
    "plan_to_json": "document",
    "read_plan": "reader",
    "write_plan_workbook": "workbook",
}


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return getattr(import_module(f"eduxl.plan.{_MODULES[name]}"), name)
    raise AttributeError(name)
