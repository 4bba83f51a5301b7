"""What the master shows, as plain tables: the hand-over from the views (which compute) to a sink (which writes).

Pure data. A sink, be it the file author or an open workbook, adds formats, never content.
Values: text, whole or decimal numbers, dates, None for an empty cell. Progress and rates are shares 0–1.
"""

from __future__ import annotations

from datetime import date, datetime

from attrs import field, frozen

from eduxl.model import Unit

Value = str | int | float | date | datetime | None


@frozen
class Table:
    """One sheet's rows under fixed column names; every row is as long as `columns`."""

    sheet: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Value, ...], ...] = ()


@frozen
class MatrixCell:
    """`text` is short (`100%`, `推进中`, `未报`, `待报`); `light` is 红/黄/蓝/绿 or ""."""

    text: str
    light: str


@frozen
class MatrixTask:
    no: int
    title: str
    due: date | None


@frozen
class Matrix:
    """Units × tasks; `cells` has a key (unit code, task no) for each assignment of the round."""

    units: tuple[Unit, ...]
    tasks: tuple[MatrixTask, ...]
    cells: dict[tuple[str, int], MatrixCell]


@frozen
class Tally:
    """One line of 总览: a project, a 学区 or a 学段.

    `expected` rows of the round, `reported` non-empty ones, `done` with 已完成, `average` mean progress 0–1.
    """

    name: str
    expected: int
    reported: int
    done: int
    average: float


@frozen
class Home:
    """首页: the state of the round in five numbers and what to do next."""

    title: str
    year: int
    round: str
    due: date | None
    round_closed: bool
    as_of: date
    #: True when a date was named (`--as-of`): lights in the sheet then stand at `as_of`, not at today.
    pinned: bool
    expected: int
    received: int
    missing: int
    late: int
    rejected: int
    flags: dict[str, int]
    next_steps: tuple[str, ...]
    warn_days: int
    lag_points: int


@frozen
class Overview:
    """总览. `by_project` counts as 任务台账 does; `by_district` and `by_stage` count the rows of 填报明细."""

    by_project: tuple[Tally, ...]
    by_district: tuple[Tally, ...]
    by_stage: tuple[Tally, ...]
    #: rows of 填报明细 per light 红 黄 蓝 绿 and "" (nothing due, nothing came)
    lights: dict[str, int]


@frozen
class Master:
    """Everything that a master shows."""

    home: Home
    overview: Overview
    tasks: Table
    matrix: Matrix
    entries: Table
    history: Table
    alerts: Table
    #: for each row of `alerts`: index of its row in `entries.rows`, None where there is none
    alert_targets: tuple[int | None, ...]
    indicators: Table
    problems: Table
    roster: Table
    rules: Table
    rejected: Table
    reminders: Table
    log: Table
    #: key → value of the very hidden sheet (schema, tracker, generation, plan, round, as_of …)
    meta: dict[str, str]
    #: `unit|task` of assignments that no passing day can make overdue: done and not sent back, or 已销号
    settled: tuple[str, ...]
    #: `unit|task` of assignments with 延期至: the task's own date in the matrix does not hold for them
    extended: tuple[str, ...]
    #: what the very hidden sheet keeps of the ledger beyond that, in chunks for a cell each (see `seed`)
    seed: tuple[str, ...] = ()
    #: the sheet 催报: whom to call, None where it was never asked for, and the message for the group above it
    calls: Table | None = field(default=None, repr=False)
    calls_text: str = field(default="", repr=False)
