"""Reads work plans: files → blocks → one grammar → Plan; and writes them as JSON or as a workbook to correct.

`read_plan` takes .txt, .docx and the plan workbook. A new file kind is one adapter that makes blocks; a new
layout is a widening of the grammar.
"""

from __future__ import annotations

from eduxl.plan.document import plan_from_json, plan_to_json
from eduxl.plan.reader import read_plan
from eduxl.plan.workbook import write_plan_workbook

__all__ = ["plan_from_json", "plan_to_json", "read_plan", "write_plan_workbook"]
