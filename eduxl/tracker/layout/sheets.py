"""The sheets of the master that are one table each: names, columns, which row is which, how it is laid out. Data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from attrs import evolve, field, frozen

from eduxl import labels as L
from eduxl.roster import RULE_COLUMNS
from eduxl.tracker.layout.style import COLUMNS, Column, clean, row_height, text_lines
from eduxl.tracker.tables import Master, Table

#: Names of the Excel tables; formulas in 首页 and 总览 use them.
TASKS, ENTRIES, HISTORY, ALERTS = "tblTasks", "tblEntries", "tblHistory", "tblAlerts"
INDICATORS, PROBLEMS, ROSTER, RULES = "tblIndicators", "tblProblems", "tblRoster", "tblRules"
REJECTED, REMINDERS, LOG = "tblRejected", "tblReminders", "tblLog"
CALLS = "tblCalls"

#: Ending of a master that may hold macros.
MACRO_SUFFIX = ".xlsm"

#: Names of the sheets in VBA: ASCII, letter first. A macro project has a document module of each name.
CODE_NAMES = {
    L.HOME: "shHome",
    L.OVERVIEW: "shOverview",
    L.TASKS: "shTasks",
    L.MATRIX: "shMatrix",
    L.ENTRIES: "shEntries",
    L.HISTORY: "shHistory",
    L.ALERTS: "shAlerts",
    L.INDICATORS: "shIndicators",
    L.PROBLEMS: "shProblems",
    L.ROSTER: "shRoster",
    L.REJECTED: "shRejected",
    L.REMINDERS: "shReminders",
    L.LOG: "shLog",
    L.META: "shMeta",
}

#: 说明 and 怎么办 of 填报提醒 are narrower than elsewhere: ten columns share a page.
_REMINDER_WIDTHS = COLUMNS | {L.NOTE: Column(36, "long"), L.FIX: Column(34, "long")}


@frozen
class TableSheet:
    """A table of the master.

    `key` names the columns that tell a row; where they do not, as in 问题清单, equal rows are told by their order.
    A row that has gone keeps `names` of it and says so in `mark`.
    """

    sheet: str
    name: str
    columns: tuple[str, ...]
    key: tuple[str, ...]
    names: tuple[str, ...] = ()
    mark: str = ""
    #: columns that the clerk fills in
    clerk: frozenset[str] = frozenset()
    #: a row is at most so many lines high
    max_lines: int = 6
    widths: Mapping[str, Column] = field(default=COLUMNS, repr=False)

    def rows(self, master: Master) -> Table:
        """Its table in a view."""
        table: Table = getattr(master, _FIELDS[self.name])
        return table

    def replaced(self, master: Master, table: Table) -> Master:
        """The view with another table in this one's place."""
        changes: dict[str, Any] = {_FIELDS[self.name]: table}
        return evolve(master, **changes)


_FIELDS = {
    TASKS: "tasks", ENTRIES: "entries", HISTORY: "history", ALERTS: "alerts", INDICATORS: "indicators",
    PROBLEMS: "problems", ROSTER: "roster", RULES: "rules", REJECTED: "rejected", REMINDERS: "reminders", LOG: "log",
    CALLS: "calls",
}  # fmt: skip

_PAIR = (L.UNIT_CODE, L.TASK_NO)
_ROW_NAMES = (L.ROUND, L.UNIT_CODE, L.UNIT_NAME, L.TASK_NO, L.PROJECT, L.TASK_TITLE)
_FILE_NO, _FILE, _TYPE = L.REJECTED_COLUMNS[:3]
_INDICATOR, _SCOPE = L.INDICATOR_COLUMNS[2:4]

#: In the order of the sheets; 单位名册 has two tables, the rules stand right of the units.
TABLES: dict[str, TableSheet] = {
    spec.name: spec
    for spec in (
        TableSheet(
            L.TASKS, TASKS, L.TASK_COLUMNS, (L.TASK_NO,), (L.TASK_NO, L.PROJECT, L.TASK_TITLE), L.FLAGS,
            frozenset({L.CLOSED, L.REMARK}), 14,
        ),
        TableSheet(
            L.ENTRIES, ENTRIES, L.ENTRY_COLUMNS, _PAIR, _ROW_NAMES, L.FLAGS,
            frozenset({L.REVIEW, L.REVIEW_NOTE, L.EXTENDED_TO}),
        ),
        TableSheet(L.HISTORY, HISTORY, L.ENTRY_COLUMNS, (L.ROUND, *_PAIR), _ROW_NAMES, L.FLAGS, max_lines=4),
        TableSheet(
            L.ALERTS, ALERTS, L.ALERT_COLUMNS, (L.FLAGS, *_PAIR),
            (L.FLAGS, L.UNIT_CODE, L.UNIT_NAME, L.TASK_NO, L.TASK_TITLE), L.LEVEL,
        ),
        TableSheet(
            L.INDICATORS, INDICATORS, L.INDICATOR_COLUMNS, (L.TASK_NO, _INDICATOR, _SCOPE),
            (L.TASK_NO, L.TASK_TITLE, _INDICATOR, _SCOPE), L.INDICATOR_COLUMNS[-1],
        ),
        TableSheet(
            L.PROBLEMS, PROBLEMS, L.PROBLEM_COLUMNS, (*_PAIR, L.PROBLEM),
            (L.UNIT_CODE, L.UNIT_NAME, L.TASK_NO, L.TASK_TITLE, L.PROBLEM), L.ROUND,
        ),
        TableSheet(
            L.ROSTER, ROSTER, L.ROSTER_COLUMNS, (L.UNIT_CODE,), (L.UNIT_CODE, L.UNIT_NAME), L.ALIASES, max_lines=4
        ),
        TableSheet(
            L.ROSTER, RULES, RULE_COLUMNS, RULE_COLUMNS[:1], RULE_COLUMNS[:1], RULE_COLUMNS[-1], max_lines=4,
            widths={},
        ),
        TableSheet(
            L.REJECTED, REJECTED, L.REJECTED_COLUMNS, (_FILE_NO,), (_FILE_NO, _FILE), _TYPE,
            frozenset({L.CONFIRM_UNIT}),
        ),
        TableSheet(
            L.REMINDERS, REMINDERS, L.REMINDER_COLUMNS, (*_PAIR, L.REMINDER, L.CELL),
            (L.UNIT_CODE, L.UNIT_NAME, L.TASK_NO, L.REMINDER, L.CELL), L.LEVEL, max_lines=12,
            widths=_REMINDER_WIDTHS,
        ),
        TableSheet(L.LOG, LOG, L.LOG_COLUMNS, L.LOG_COLUMNS),
    )
}  # fmt: skip

#: The sheet that is there once it was asked for: the message for the group stands in `CALLS_TEXT`, the table below it.
CALLS_SHEET = TableSheet(
    L.CALLS, CALLS, L.CALL_COLUMNS, (L.UNIT_CODE,), (L.DISTRICT, L.UNIT_CODE, L.UNIT_NAME), L.CALL_MAIL
)
#: Zero-based rows of the message and of the header.
CALLS_TEXT, CALLS_HEADER = 1, 3
#: What stands above the message.
CALLS_HEADING = "发到微信群、QQ群的话（点下面一格复制）"
#: Defined name of the cell with the message.
CALLS_NAME = "eduxl_calls"


def calls_height(text: str, widths: Iterable[float]) -> float:
    """Points for the row with the message, over columns of these widths."""
    return row_height(text_lines(clean(text), sum(widths)))


def sheets_of(master: Master) -> tuple[str, ...]:
    """The sheets that a view has, in their order."""
    if master.calls is None:
        return L.MASTER_SHEETS
    at = L.MASTER_SHEETS.index(L.LOG)
    return (*L.MASTER_SHEETS[:at], L.CALLS, *L.MASTER_SHEETS[at:])


#: What a cell of 定位 shows.
LOCATE_TEXT = "查看"


def locate_formula(row: int) -> str:
    """The formula of 定位 that leads to a one-based row of 填报明细."""
    return f'=HYPERLINK("#\'{L.ENTRIES}\'!A{row}","{LOCATE_TEXT}")'


def alert_targets(master: Master) -> list[int | None]:
    """For each row of 预警清单 the index of its row of 填报明细; a unit flag leads to the unit's first row."""
    code = master.entries.columns.index(L.UNIT_CODE)
    first: dict[object, int] = {}
    for i, row in enumerate(master.entries.rows):
        first.setdefault(row[code], i)
    alert_code = master.alerts.columns.index(L.UNIT_CODE)
    return [
        first.get(alert[alert_code]) if target is None else target
        for alert, target in zip(master.alerts.rows, master.alert_targets, strict=True)
    ]
