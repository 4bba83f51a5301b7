"""Yearly work-plan tracking for education bureaus: plan → master workbook → templates → returns → merge → flags.

The public names, loaded on first use:

    >>> import eduxl
    >>> plan = eduxl.read_plan("工作要点.txt")
    >>> roster = eduxl.read_roster("名册.xlsx")
    >>> tracker = eduxl.Tracker.create(plan, roster, "总台账.xlsm")
    >>> tracker.open_round("2022-06", due=date(2022, 6, 25))
    >>> tracker.write_templates()
    >>> tracker.merge(["returns/2022-06"])
    >>> tracker.status(), tracker.entries(), tracker.flags()

Nothing else is promised to stay.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from eduxl.lazy import loader

if TYPE_CHECKING:
    from eduxl.errors import EduxlError
    from eduxl.model import Plan, Round, Task, Unit
    from eduxl.plan import read_plan
    from eduxl.roster import Roster, read_roster
    from eduxl.tracker.merge import MergeResult
    from eduxl.tracker.status import Status
    from eduxl.tracker.tracker import Tracker

__version__ = "0.1.0"

#: public name → module it lives in
_PUBLIC = {
    "EduxlError": "eduxl.errors",
    "MergeResult": "eduxl.tracker.merge",
    "Plan": "eduxl.model",
    "Roster": "eduxl.roster",
    "Round": "eduxl.model",
    "Status": "eduxl.tracker.status",
    "Task": "eduxl.model",
    "Tracker": "eduxl.tracker.tracker",
    "Unit": "eduxl.model",
    "read_plan": "eduxl.plan",
    "read_roster": "eduxl.roster",
}

__all__ = [
    "EduxlError",
    "MergeResult",
    "Plan",
    "Roster",
    "Round",
    "Status",
    "Task",
    "Tracker",
    "Unit",
    "read_plan",
    "read_roster",
]


__getattr__ = loader("eduxl", _PUBLIC)


def __dir__() -> list[str]:
    return sorted([*globals(), *_PUBLIC])
