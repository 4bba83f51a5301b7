"""The tracker: the master workbook, its ledger, and what happens between them.

`tracker` is the edge; `state`, `rows`, `alerts`, `views` and `status` are pure; `author` writes the workbook.
"""

from __future__ import annotations

from eduxl.tracker.merge import MergeResult
from eduxl.tracker.status import Status
from eduxl.tracker.tracker import Tracker

__all__ = ["MergeResult", "Status", "Tracker"]
