"""The tracker's tables and a plan's tasks as pandas frames, for people who calculate on.

Columns are the sheets' own names; dtypes are stated per frame and hold for empty frames too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from eduxl import labels as L
from eduxl.model import Plan
from eduxl.tracker.tables import Table

if TYPE_CHECKING:
    import pandas as pd

_DATES = (L.DUE, L.DONE_ON, L.RECEIVED, L.EXTENDED_TO)


def entries_frame(entries: Table) -> pd.DataFrame:
    """填报明细 as a frame, a row per assignment of the round.

    任务编号 is Int64, 完成进度 is renamed to `progress` as percent 0–100 (Float64); 完成时限, 完成日期, 收到时间
    and 延期至 are datetime64[ns] (a text that is no date becomes NaT); everything else is string, missing as <NA>.
    """
    import pandas as pd

    frame = pd.DataFrame(list(entries.rows), columns=list(entries.columns), dtype=object)
    frame[L.TASK_NO] = pd.to_numeric(frame[L.TASK_NO]).astype("Int64")
    progress = pd.to_numeric(frame[L.PROGRESS]).astype("Float64") * 100
    frame[L.PROGRESS] = progress.round(6)
    for name in _DATES:
        frame[name] = pd.to_datetime(frame[name], errors="coerce").astype("datetime64[ns]")
    for name in frame.columns.difference([L.TASK_NO, L.PROGRESS, *_DATES]):
        frame[name] = frame[name].astype("string")
    return frame.rename(columns={L.PROGRESS: "progress"})


def flags_frame(alerts: Table) -> pd.DataFrame:
    """预警清单 as a frame, worst first: 级别, 预警, 单位编码, 单位名称, 任务编号 (Int64, <NA> for a unit flag),
    任务名称, 说明, 建议; strings but for 任务编号."""
    import pandas as pd

    frame = pd.DataFrame(list(alerts.rows), columns=list(alerts.columns), dtype=object)
    frame = frame.drop(columns=[L.LOCATE])
    frame[L.TASK_NO] = pd.to_numeric(frame[L.TASK_NO]).astype("Int64")
    for name in frame.columns.difference([L.TASK_NO]):
        frame[name] = frame[name].astype("string")
    return frame


def plan_frame(plan: Plan) -> pd.DataFrame:
    """A row per task: no (int64), project (Int64), title, body, lead_units, support_units, school_groups (tuples),
    due (datetime64[ns]), recurrence, due_text (string), notes (int64, the number of review notes)."""
    import pandas as pd

    columns = ("no", "project", "title", "body", "lead_units", "support_units", "school_groups", "due")
    rows = [
        (*(getattr(task, name) for name in columns), task.recurrence, task.due_text, len(task.review))
        for task in plan.tasks
    ]
    frame = pd.DataFrame(rows, columns=[*columns, "recurrence", "due_text", "notes"])
    frame = frame.astype({"no": "int64", "project": "Int64", "notes": "int64"})
    frame["due"] = pd.to_datetime(frame["due"]).astype("datetime64[ns]")
    for name in ("title", "body", "recurrence", "due_text"):
        frame[name] = frame[name].astype("string")
    return frame
