"""Writes 首页: cells, heights, the clerk's settings with their names and limits."""

from __future__ import annotations

import zipfile
from io import BytesIO

from xlsxwriter.workbook import Workbook  # type: ignore[import-untyped]
from xlsxwriter.worksheet import Worksheet  # type: ignore[import-untyped]

from eduxl import labels as L
from eduxl.tracker.author.formats import Formats
from eduxl.tracker.author.placed import put
from eduxl.tracker.author.sheet import set_page
from eduxl.tracker.layout.home import (
    ANCHORS,
    BUTTON_ROW,
    BUTTONS,
    CARD,
    CARD_ROW,
    CARDS,
    GAP,
    GAPS,
    LAST,
    LEFT,
    LINKS_ROW,
    MARGIN,
    NUMBER_ROW,
    NUMBERS,
    ROW,
    SETTINGS,
    SETTINGS_ROW,
    STATE_ROW,
    STEPS_ROW,
    TITLE_ROW,
    home_cells,
    number_cells,
    setting_cell,
    step_height,
    step_lines,
)
from eduxl.tracker.layout.placed import cell_name
from eduxl.tracker.layout.style import LIGHT_CELL
from eduxl.tracker.tables import Home, Master

#: Pixels of a column of a card and of a button's height, and between buttons.
_CARD_PIXELS, _BUTTON_PIXELS, _AIR = int(CARD) * 7 + 5, 36, 4


def write_home(
    ws: Worksheet, book: Workbook, formats: Formats, master: Master, *, buttons: bool = False
) -> None:
    home = master.home
    ws.hide_gridlines(2)
    ws.set_column(0, 0, MARGIN)
    for left, right in CARDS:
        ws.set_column(left, right, CARD)
    for gap in GAPS:
        ws.set_column(gap, gap, GAP)
    _set_heights(ws, home)
    put(ws, formats, home_cells(master))
    if buttons:
        _insert_buttons(ws)
    places = {name: setting_cell(name) for name in SETTINGS} | number_cells()
    places |= {name: cell_name(row, col, fixed=True) for name, (row, col) in ANCHORS.items()}
    for name, cell in places.items():
        book.define_name(name, f"='{L.HOME}'!{cell}")
    _colour_numbers(ws, formats)
    _validate(ws)
    ws.set_selection(STEPS_ROW, 0, STEPS_ROW, 0)
    set_page(ws, home.title, tall=1, header_rows=0)
    ws.print_area(0, 0, SETTINGS_ROW + 1 + len(SETTINGS), LAST)


def _set_heights(ws: Worksheet, home: Home) -> None:
    for row in range(SETTINGS_ROW + 5):
        ws.set_row(row, ROW)
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
        if height := step_height(line):
            ws.set_row(STEPS_ROW + 1 + i, height)


def _insert_buttons(ws: Worksheet) -> None:
    """The buttons above the cards. They end where their columns do, however wide a program makes those.

    Printed pages leave them out.
    """
    for button in BUTTONS:
        second = button.left not in dict(CARDS)  # the right one of two above a card
        aside = _AIR if second else 0
        ws.insert_button(
            BUTTON_ROW,
            button.left,
            {
                "macro": button.macro,
                "caption": button.caption,
                "description": button.hint,
                "x_offset": aside,
                "y_offset": _AIR,
                "width": (button.right - button.left + 1) * _CARD_PIXELS - aside,
                "height": _BUTTON_PIXELS,
            },
        )


def button_drawing() -> str:
    """The drawing of the buttons alone, as it stands in a new workbook: VML."""
    out = BytesIO()
    book = Workbook(out, {"in_memory": True})
    ws = book.add_worksheet()
    ws.set_column(LEFT, LAST, CARD)
    ws.set_row(BUTTON_ROW, 34)
    _insert_buttons(ws)
    book.close()
    with zipfile.ZipFile(out) as parts:
        return parts.read("xl/drawings/vmlDrawing1.vml").decode()


def _colour_numbers(ws: Worksheet, formats: Formats) -> None:
    """未报 and 红色预警 are red unless they are 0."""
    red = formats.get(font_color=LIGHT_CELL[L.RED][1])
    cells = number_cells()
    label = cell_name(CARD_ROW, CARDS[NUMBERS.index("eduxl_missing")][0], fixed=True)
    for name, when in (
        ("eduxl_missing", f'AND({label}="{L.F_MISSING}",{cells["eduxl_missing"]}>0)'),
        ("eduxl_red", f"{cells['eduxl_red']}>0"),
    ):
        cell = cells[name].replace("$", "")
        ws.conditional_format(cell, {"type": "formula", "criteria": f"={when}", "format": red})


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
