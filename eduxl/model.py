"""The nouns of the job as frozen records: plan, roster, round, return, entry. No I/O, no clock.

Dates inside are `datetime.date`, moments are naive local `datetime.datetime`, progress is percent 0–100.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Literal

from attrs import field, frozen

if TYPE_CHECKING:
    import pandas as pd

Recurrence = Literal["weekly", "monthly", "quarterly", "ongoing"]
Role = Literal["牵头", "配合", "落实"]


# --- plan -----------------------------------------------------------------------------------------
@frozen
class Note:
    """A question to the clerk about a task or the whole plan.

    `code` is kebab-case, `note` a Chinese sentence that says what was found, `position` where in the source
    (第12行, 表1第4行), `suggestion` a sentence that says what to do; the last two may be "". The same question read
    from another file is equal.
    """

    code: str
    note: str
    position: str = field(default="", eq=False)
    suggestion: str = ""

    @property
    def text(self) -> str:
        """What was found and what to do, as one passage."""
        return self.note + self.suggestion


@frozen
class Indicator:
    """A number that a task's text promises, e.g. 投资 10256 万元. `target` is None where the text has no number."""

    name: str
    target: float | None
    unit: str = ""


@frozen
class Passage:
    """Words of the source and where they stand: 第12行, 表1第4行."""

    text: str
    position: str = ""


@frozen
class Project:
    no: int
    title: str


@frozen
class Task:
    """One numbered task. Unit names stay as written in the plan (no expansion).

    `position` and `passage` are where in the source it stands and what stands there, word for word; the same task
    read from another file is equal.
    """

    no: int
    project: int | None
    title: str
    body: str = ""
    lead_units: tuple[str, ...] = ()
    support_units: tuple[str, ...] = ()
    school_groups: tuple[str, ...] = ()
    due: date | None = None
    recurrence: Recurrence | None = None
    due_text: str = ""
    indicators: tuple[Indicator, ...] = ()
    checklist: tuple[str, ...] = ()
    review: tuple[Note, ...] = ()
    position: str = field(default="", eq=False)
    passage: str = field(default="", eq=False)


@frozen
class Plan:
    title: str
    year: int
    source: str
    projects: tuple[Project, ...] = ()
    tasks: tuple[Task, ...] = ()
    #: Notes that belong to no single task.
    review: tuple[Note, ...] = ()
    #: What stands in the source and is no project, no task and nobody's question: preamble, signature, groupings.
    left_out: tuple[Passage, ...] = field(default=(), eq=False)

    def project_title(self, task: Task) -> str:
        """Title of the task's project, "" for a plan without projects."""
        return next((p.title for p in self.projects if p.no == task.project), "")

    def to_frame(self) -> pd.DataFrame:
        """A row per task; columns and dtypes as in `eduxl.frames.plan_frame`."""
        from eduxl.frames import plan_frame

        return plan_frame(self)


# --- roster ---------------------------------------------------------------------------------------
@frozen
class Unit:
    """One school or office. `kind` 股室/学校/学区/其他; `stages` a subset of 幼儿园/小学/初中/高中."""

    code: str
    name: str
    aliases: tuple[str, ...] = ()
    kind: str = "学校"
    stages: tuple[str, ...] = ()
    ownership: str = ""
    district: str = ""
    contact: str = ""
    phone: str = ""
    email: str = ""


@frozen
class Assignment:
    """Task × unit × role. `rule` says why: the name in the plan that led to the unit, and by which 分组规则."""

    task: int
    unit: str
    role: Role
    rule: str = ""


# --- rounds and returns ---------------------------------------------------------------------------
@frozen
class Round:
    """A reporting period; `id` is `YYYY-MM` with an optional suffix. `opened`/`closed` are as-of dates."""

    id: str
    due: date
    opened: date
    closed: date | None = None


@frozen
class Entry:
    """One task's row of a return, normalised. Empty cells are None or ""; `progress` is percent 0–100.

    `cell` is the sheet and A1 reference of the row's first answer cell, e.g. `填报表!F5`.
    `raw` maps a column name to the text the school wrote wherever reading changed or refused it. `cells` maps the
    answer columns to their references, as long as the file is at hand: the ledger does not keep them.
    """

    task: int
    status: str = ""
    progress: float | None = None
    done_on: date | None = None
    report: str = ""
    problems: str = ""
    next_steps: str = ""
    evidence: str = ""
    reporter: str = ""
    phone: str = ""
    cell: str = ""
    raw: dict[str, str] = field(factory=dict, hash=False)
    cells: dict[str, str] = field(factory=dict, eq=False, repr=False)

    @property
    def is_empty(self) -> bool:
        """True when nothing was answered; 填报人 and 联系电话 alone are no answer, an unreadable value is one."""
        return not (
            self.status
            or self.progress is not None
            or self.done_on
            or self.report
            or self.problems
            or self.next_steps
            or self.evidence
            or self.raw
        )


@frozen
class IndicatorValue:
    """What a unit reported for one indicator; `value` None where empty or unreadable (then `raw` keeps the text).

    `cell` is the sheet and A1 reference of the value.
    """

    task: int
    name: str
    value: float | None
    note: str = ""
    raw: str = ""
    cell: str = ""


@frozen
class Problem:
    """One row of a unit's 问题清单."""

    task: int
    problem: str
    measure: str = ""
    owner: str = ""
    due_text: str = ""
    state: str = ""


@frozen
class Warning:
    """Something in a return that a person should look at. `code` is one of `returns.codes.WARNINGS`."""

    code: str
    level: Literal["must", "explain"]
    task: int | None
    cell: str
    value: str
    note: str
    fix: str = ""


@frozen
class Return:
    """An accepted file (or one unit's part of it).

    `modified` is the workbook's own last-modified moment, None where it has none, and `file_time` the file's,
    both in UTC; together they decide which of several returns of a unit is the latest. `received`, in local
    time, decides whether it was late.
    """

    id: int
    sha256: str
    path: str
    unit: str
    round: str
    received: datetime
    modified: datetime | None
    file_time: datetime
    entries: tuple[Entry, ...] = ()
    warnings: tuple[Warning, ...] = ()
    indicators: tuple[IndicatorValue, ...] = ()
    problems: tuple[Problem, ...] = ()

    @property
    def saved(self) -> datetime:
        """When it was last saved, in UTC. A workbook that tells a day after its file's own time comes from a clock that
        runs ahead: it must not be the latest for ever.
        """
        believed = self.modified is not None and self.modified <= self.file_time + timedelta(days=1)
        return self.modified if self.modified and believed else self.file_time

    @property
    def recency(self) -> tuple[datetime, datetime, str]:
        """Sort key: the greatest wins. The hash breaks ties, so the order of merging never matters."""
        return (self.saved, self.file_time, self.sha256)
