"""The sheets that are one filtered table each, from 任务台账 to 日志, and the very hidden `_eduxl`.

What stands here is what differs between them: which columns the clerk fills in and how, which cells show
lights, what is frozen. The lights come twice: as computed text, and as rules that follow the calendar.
"""

from __future__ import annotations

from datetime import date
from itertools import zip_longest
from typing import Any

from xlsxwriter.workbook import Workbook  # type: ignore[import-untyped]
from xlsxwriter.worksheet import Worksheet  # type: ignore[import-untyped]

from eduxl import labels as L
from eduxl.tracker.author.formats import Formats
from eduxl.tracker.author.sheet import (
    AS_OF,
    Region,
    lights_and_flags,
    rule,
    rules_by_light,
    set_heights,
    set_page,
    write_table,
)
from eduxl.tracker.hidden import EXTENDED, KEY, meta_cells, meta_names
from eduxl.tracker.layout.page import page_label
from eduxl.tracker.layout.placed import cell_name
from eduxl.tracker.layout.sheets import (
    ALERTS,
    CALLS_HEADER,
    CALLS_HEADING,
    CALLS_NAME,
    CALLS_SHEET,
    CALLS_TEXT,
    ENTRIES,
    HISTORY,
    INDICATORS,
    LOCATE_TEXT,
    LOG,
    PROBLEMS,
    REJECTED,
    REMINDERS,
    ROSTER,
    RULES,
    TABLES,
    TASKS,
    alert_targets,
    calls_height,
    locate_formula,
)
from eduxl.tracker.layout.style import NAVY, clean
from eduxl.tracker.tables import Master, Value

_FIRST_DAY, _LAST_DAY = date(2000, 1, 1), date(2099, 12, 31)


def _choices(values: tuple[str, ...], title: str, message: str) -> dict[str, Any]:
    return {
        "validate": "list",
        "source": list(values),
        "input_title": title,
        "input_message": message,
        "error_title": "请从下拉列表选择",
        "error_message": f"这里只能填：{L.SEP.join(values)}，或者留空。",
    }


_CLOSED = _choices(
    L.CLOSED_VALUES, L.CLOSED, "办结后选“已销号”：不再提示逾期、临期、滞后，以后各轮不再填报。"
)
_REVIEW = _choices(
    L.REVIEW_RESULTS, L.REVIEW, "审核后选“通过”或“退回”。退回的亮红灯，收到新的填报后自动清空。"
)
_REVIEW_NOTE = {
    "validate": "any",
    "input_title": L.REVIEW_NOTE,
    "input_message": "退回时写明哪里要改，会随退回单发给填报单位。",
}
_EXTENDED_TO = {
    "validate": "date",
    "criteria": "between",
    "minimum": _FIRST_DAY,
    "maximum": _LAST_DAY,
    "input_title": L.EXTENDED_TO,
    "input_message": "同意延期的填新的完成时限，如 2022-10-31；清空即取消延期。",
    "error_title": "请填日期",
    "error_message": "延期至要填日期，例如 2022-10-31。",
}
_CONFIRM = {
    "validate": "any",
    "input_title": L.CONFIRM_UNIT,
    "input_message": "只用于“认不出是哪个单位”的文件：您认得出的，填它的单位编码，下次汇总按此收取。",
}


def write_tasks(ws: Worksheet, formats: Formats, master: Master) -> None:
    table = write_table(ws, formats, master, TABLES[TASKS])
    ws.freeze_panes(1, 3)
    set_page(ws, master.home.title, label=page_label(L.TASKS, master.home.round))
    ws.data_validation(table.range(L.CLOSED), _CLOSED)
    lights_and_flags(ws, table, formats)
    done = f'=${table.letter(L.CLOSED)}{table.top}="{L.CLOSED_YES}"'
    rule(ws, table.range(L.CLOSED), done, formats, L.GREEN)


#: Columns of 填报明细 that say which row it is: 单位编码 to 任务名称, on each page across.
_ROW_NAMES = (1, L.ENTRY_COLUMNS.index(L.TASK_TITLE))


def write_entries(ws: Worksheet, formats: Formats, master: Master) -> None:
    """填报明细: the lights of 亮灯, 预警 and 完成时限 follow the calendar between merges."""
    table = write_table(ws, formats, master, TABLES[ENTRIES])
    ws.freeze_panes(1, 3)
    set_page(ws, master.home.title, wide=2, label=page_label(L.ENTRIES, master.home.round))
    ws.repeat_columns(*_ROW_NAMES)
    ws.data_validation(table.range(L.REVIEW), _REVIEW)
    ws.data_validation(table.range(L.REVIEW_NOTE), _REVIEW_NOTE)
    ws.data_validation(table.range(L.EXTENDED_TO), _EXTENDED_TO)
    _live_lights(ws, formats, table)
    review = f"${table.letter(L.REVIEW)}{table.top}"
    rule(ws, table.range(L.REVIEW), f'={review}="{L.SENT_BACK}"', formats, L.RED)
    rule(ws, table.range(L.REVIEW), f'={review}="{L.PASSED}"', formats, L.GREEN)


def _live_lights(ws: Worksheet, formats: Formats, table: Region) -> None:
    """Red when the (extended) date has passed and the row is open, blue when near; else as the text says.

    The nested IFs look into `eduxl_settled` only for the few rows whose date matters.
    """
    at = {name: f"${table.letter(name)}{table.top}" for name in table.columns}
    due = f"IF(ISNUMBER({at[L.EXTENDED_TO]}),{at[L.EXTENDED_TO]},{at[L.DUE]})"
    open_ = f'ISNA(MATCH({at[L.UNIT_CODE]}&"|"&{at[L.TASK_NO]},eduxl_settled,0))'
    overdue = f"=IF(ISNUMBER({due}),IF({due}<{AS_OF},{open_},FALSE),FALSE)"
    near = (
        f"=IF(ISNUMBER({due}),IF(AND({due}>={AS_OF},{due}<={AS_OF}+eduxl_warn_days,"
        f'LEFT({at[L.LIGHT]},1)<>"{L.RED}",LEFT({at[L.LIGHT]},1)<>"{L.YELLOW}"),{open_},FALSE),FALSE)'
    )
    shown = table.range(L.LIGHT, L.FLAGS)
    dated = f"{table.range(L.DUE)} {shown}"
    light = at[L.LIGHT]
    rule(ws, dated, overdue, formats, L.RED)
    rules_by_light(ws, shown, light, formats, (L.RED, L.YELLOW))
    rule(ws, dated, near, formats, L.BLUE)
    rules_by_light(ws, shown, light, formats, (L.BLUE,))
    rules_by_light(ws, table.range(L.LIGHT), light, formats, (L.GREEN,))


def write_history(ws: Worksheet, formats: Formats, master: Master) -> None:
    table = write_table(ws, formats, master, TABLES[HISTORY])
    ws.freeze_panes(1, 3)
    set_page(ws, master.home.title, wide=2, label=page_label(L.HISTORY, master.home.round))
    ws.repeat_columns(*_ROW_NAMES)
    lights_and_flags(ws, table, formats)


def write_alerts(ws: Worksheet, formats: Formats, master: Master) -> None:
    table = write_table(ws, formats, master, TABLES[ALERTS])
    ws.freeze_panes(1, 4)
    set_page(ws, master.home.title, label=page_label(L.ALERTS, master.home.round))
    rules_by_light(ws, table.range(L.LEVEL, L.FLAGS), f"${table.letter(L.LEVEL)}{table.top}", formats)
    col = table.first_col + table.columns.index(L.LOCATE)
    link = formats.cell("link")
    for i, target in enumerate(alert_targets(master)):
        if target is not None:
            ws.write_formula(table.first_row + i, col, locate_formula(target + 2), link, LOCATE_TEXT)


def write_indicators(ws: Worksheet, formats: Formats, master: Master) -> None:
    write_table(ws, formats, master, TABLES[INDICATORS])
    ws.freeze_panes(1, 3)
    set_page(ws, master.home.title, label=page_label(L.INDICATORS, master.home.round))


def write_problems(ws: Worksheet, formats: Formats, master: Master) -> None:
    write_table(ws, formats, master, TABLES[PROBLEMS])
    ws.freeze_panes(1, 3)
    set_page(ws, master.home.title, label=page_label(L.PROBLEMS, master.home.round))


def write_roster(ws: Worksheet, formats: Formats, master: Master) -> None:
    """The units, and right of them, after an empty column, the rules of the collective names."""
    roster, rules = master.roster, master.rules
    table = write_table(ws, formats, master, TABLES[ROSTER], heights=False)
    ws.freeze_panes(1, 2)
    set_page(ws, master.home.title, label=page_label(L.ROSTER, master.home.round))
    gap = len(roster.columns)
    ws.set_column(gap, gap, 3)
    beside = write_table(ws, formats, master, TABLES[RULES], first_col=gap + 1, heights=False)
    # The two tables share their rows, so a row is as high as the higher of the two needs.
    nobody: tuple[Value, ...] = (None,) * gap
    units = roster.rows + (nobody,) * (len(rules.rows) - len(roster.rows))
    rows = [unit + rule for unit, rule in zip_longest(units, rules.rows, fillvalue=())]
    set_heights(ws, 1, rows, table.widths + beside.widths, TABLES[ROSTER].max_lines)
    ws.data_validation(table.range(L.KIND), _choices(L.KINDS, L.KIND, "股室、学校、学区或其他。"))
    ws.data_validation(table.range(L.OWNERSHIP), _choices(L.OWNERSHIPS, L.OWNERSHIP, "学校填公办或民办。"))


def write_rejected(ws: Worksheet, formats: Formats, master: Master) -> None:
    table = write_table(ws, formats, master, TABLES[REJECTED])
    ws.freeze_panes(1, 1)
    set_page(ws, master.home.title, label=page_label(L.REJECTED, master.home.round))
    ws.data_validation(table.range(L.CONFIRM_UNIT), _CONFIRM)


_LEVEL_LIGHTS = {"must": L.RED, "explain": L.YELLOW}


def write_reminders(ws: Worksheet, formats: Formats, master: Master) -> None:
    table = write_table(ws, formats, master, TABLES[REMINDERS])
    ws.freeze_panes(1, 4)
    set_page(ws, master.home.title, label=page_label(L.REMINDERS, master.home.round))
    level = f"${table.letter(L.LEVEL)}{table.top}"
    for name, light in _LEVEL_LIGHTS.items():
        rule(ws, table.range(L.LEVEL), f'={level}="{L.WARNING_LEVELS[name]}"', formats, light)


def write_calls(ws: Worksheet, book: Workbook, formats: Formats, master: Master) -> None:
    """催报: the message for the group in one cell, whom to call below it."""
    table = write_table(ws, formats, master, CALLS_SHEET, header=CALLS_HEADER)
    last = len(table.columns) - 1
    ws.merge_range(0, 0, 0, last, CALLS_HEADING, formats.get(bold=True, font_color=NAVY))
    look = formats.cell("long", align="left", valign="top", quote_prefix=True)
    ws.merge_range(CALLS_TEXT, 0, CALLS_TEXT, last, clean(master.calls_text), look)
    ws.set_row(CALLS_TEXT, calls_height(master.calls_text, table.widths))
    book.define_name(CALLS_NAME, f"='{L.CALLS}'!{cell_name(CALLS_TEXT, 0, fixed=True)}")
    set_page(ws, master.home.title, label=page_label(L.CALLS, master.home.round))
    ws.repeat_rows(CALLS_HEADER)
    mail = f"${table.letter(L.CALL_MAIL)}{table.top}"
    rule(ws, table.range(L.CALL_MAIL), f'={mail}<>""', formats, L.YELLOW)


def write_log(ws: Worksheet, formats: Formats, master: Master) -> None:
    write_table(ws, formats, master, TABLES[LOG])
    ws.freeze_panes(1, 0)
    set_page(ws, master.home.title, label=page_label(L.LOG, master.home.round))


# --- _eduxl ---------------------------------------------------------------------------------------
def write_meta(ws: Worksheet, book: Workbook, master: Master) -> None:
    for (row, col), text in sorted(meta_cells(master).items()):
        ws.write_string(row, col, text)
    for name, place in meta_names(master).items():
        book.define_name(name, f"={place}")
    ws.set_column(KEY, EXTENDED, 18)
    ws.very_hidden()
