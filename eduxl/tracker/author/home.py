"""Writes 首页: cells, heights, the clerk's settings with their names and limits."""

from __future__ import annotations

from xlsxwriter.workbook import Workbook  # type: ignore[import-untyped]
from xlsxwriter.worksheet import Worksheet  # type: ignore[import-untyped]

from eduxl import labels as L
from eduxl.tracker.author.formats import Formats
from eduxl.tracker.author.placed import put
from eduxl.tracker.author.sheet import set_page
from eduxl.tracker.layout.home import (
    BUTTON_ROW,
    CARD,
    CARD_ROW,
    CARDS,
    GAP,
    GAPS,
    LAST,
    LEFT_WIDTH,
    LINKS_ROW,
    MARGIN,
    NUMBER_ROW,
    SETTINGS,
    SETTINGS_ROW,
    STATE_ROW,
    STEPS_ROW,
    TITLE_ROW,
    home_cells,
    setting_cell,
    step_lines,
)
from eduxl.tracker.layout.style import row_height, text_lines
from eduxl.tracker.tables import Home, Master


def write_home(ws: Worksheet, book: Workbook, formats: Formats, master: Master) -> None:
    home = master.home
    ws.hide_gridlines(2)
    ws.set_column(0, 0, MARGIN)
    for left, right in CARDS:
        ws.set_column(left, right, CARD)
    for gap in GAPS:
        ws.set_column(gap, gap, GAP)
    _set_heights(ws, home)
    put(ws, formats, home_cells(master))
    for name in SETTINGS:
        book.define_name(name, f"='{L.HOME}'!{setting_cell(name)}")
    _validate(ws)
    ws.set_selection(STEPS_ROW, 0, STEPS_ROW, 0)
    set_page(ws, home.title, tall=1, header_rows=0)
    ws.print_area(0, 0, SETTINGS_ROW + 1 + len(SETTINGS), LAST)


def _set_heights(ws: Worksheet, home: Home) -> None:
    for row in range(SETTINGS_ROW + 5):
        ws.set_row(row, 20)
    ws.set_row(0, 8)
    ws.set_row(TITLE_ROW, 36)
    ws.set_row(STATE_ROW, 22)
    ws.set_row(BUTTON_ROW, 34)
    ws.set_row(CARD_ROW, 24)
    ws.set_row(NUMBER_ROW, 46)
    ws.set_row(CARD_ROW + 2, 22)
    for spacer in (CARD_ROW + 3, LINKS_ROW - 1, SETTINGS_ROW - 1):
        ws.set_row(spacer, 12)
    for heading in (STEPS_ROW, LINKS_ROW, SETTINGS_ROW):
        ws.set_row(heading, 24)
    for i, line in enumerate(step_lines(home)):
        lines = text_lines(line, LEFT_WIDTH - 3) if line else 1
        if lines > 1:
            ws.set_row(STEPS_ROW + 1 + i, row_height(lines))


def _validate(ws: Worksheet) -> None:
    whole = {
        "validate": "integer",
        "criteria": "between",
        "minimum": 0,
        "error_title": "请填整数",
        "ignore_blank": False,
    }
    ws.data_validation(
        setting_cell("eduxl_warn_days"),
        {**whole, "maximum": 365, "error_message": "临期提醒天数填 0 到 365 的整数。"},
    )
    ws.data_validation(
        setting_cell("eduxl_lag_points"),
        {**whole, "maximum": 100, "error_message": "滞后阈值填 0 到 100 的整数。"},
    )
    ws.data_validation(
        setting_cell("eduxl_as_of"),
        {
            "validate": "custom",
            "value": f"=AND(ISNUMBER({setting_cell('eduxl_as_of')}),{setting_cell('eduxl_as_of')}>36526)",
            "error_title": "请填日期",
            "error_message": "看灯日期要填日期，例如 2022-06-30；清空表示按今天。",
        },
    )
