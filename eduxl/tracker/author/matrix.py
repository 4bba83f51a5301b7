"""填报矩阵: units down, tasks across, one coloured cell for each assignment of the round.

Three header rows: number, title, due date. A cell says its light in words too (`红 未报`), for filters and
programs; between merges it turns red by itself when the date in the third row has passed.
"""

from __future__ import annotations

from math import ceil
from typing import Any

from xlsxwriter.utility import xl_col_to_name, xl_range  # type: ignore[import-untyped]
from xlsxwriter.worksheet import Worksheet  # type: ignore[import-untyped]

from eduxl import labels as L
from eduxl.ooxml.values import serial
from eduxl.tracker.author.formats import Formats
from eduxl.tracker.author.sheet import AS_OF, known_values, rule, rules_by_light, set_page
from eduxl.tracker.layout.matrix import HEADER_ROWS, TASK_WIDTH, UNIT_COLUMNS, cell_text, title_height
from eduxl.tracker.layout.page import page_label
from eduxl.tracker.layout.style import DATE_FORMAT, INK, clean, column_width, row_height
from eduxl.tracker.tables import Master

#: Tasks that one A4 page holds in legible size; more go to further pages, unit names repeated.
TASKS_PER_PAGE = 21


def write_matrix(ws: Worksheet, formats: Formats, master: Master) -> None:
    matrix = master.matrix
    left = len(UNIT_COLUMNS)
    last_col = left + max(1, len(matrix.tasks)) - 1
    first_row, last_row = HEADER_ROWS, HEADER_ROWS + max(1, len(matrix.units)) - 1

    _write_header(ws, formats, master, last_col)
    unit_rows = [(u.code, u.name, u.kind, u.district) for u in matrix.units]
    for i, name in enumerate(UNIT_COLUMNS):
        ws.set_column(i, i, column_width(name, (*(row[i] for row in unit_rows), *known_values(master, name))))
    ws.set_column(left, last_col, TASK_WIDTH)

    code, words = formats.cell("centre"), formats.cell("text", text_wrap=False)
    cell = formats.cell("centre", text_wrap=False)
    looks = (code, words, code, code)
    numbers = [task.no for task in matrix.tasks]
    cells = matrix.cells
    for r, (unit, row) in enumerate(zip(matrix.units, unit_rows, strict=True), first_row):
        ws.set_row(r, row_height(1))
        for c, (text, look) in enumerate(zip(row, looks, strict=True)):
            text = clean(text)
            if text:
                ws.write_string(r, c, text, look)
            else:
                ws.write_blank(r, c, None, look)
        for c, no in enumerate(numbers, left):
            item = cells.get((unit.code, no))
            text = cell_text(item.light, item.text) if item else ""
            if text:
                ws.write_string(r, c, text, cell)
            else:
                ws.write_blank(r, c, None, cell)
    if not matrix.units:
        for c in range(last_col + 1):
            ws.write_blank(first_row, c, None, looks[c] if c < left else cell)

    area = xl_range(first_row, left, last_row, last_col)
    _rules(ws, formats, area, first_row + 1, xl_col_to_name(left))
    ws.autofilter(HEADER_ROWS - 1, 0, last_row, last_col)
    ws.freeze_panes(HEADER_ROWS, 2)
    ws.ignore_errors({"number_stored_as_text": "A1:XFD1048576"})
    label = page_label(L.MATRIX, master.home.round)
    pages = max(1, ceil(len(matrix.tasks) / TASKS_PER_PAGE))
    set_page(ws, master.home.title, wide=pages, header_rows=HEADER_ROWS, label=label)
    if pages > 1:
        ws.repeat_columns(0, 1)
        ws.print_across()


def _write_header(ws: Worksheet, formats: Formats, master: Master, last_col: int) -> None:
    """Number, title and due date of each task; the unit columns' names stand in merged cells beside them."""
    left = len(UNIT_COLUMNS)
    head = formats.header()
    title = formats.header(bold=False, font_size=9, bg_color="#2F679B")
    small: dict[str, Any] = {"bold": False, "font_size": 9, "valign": "top"}
    day = formats.header(bg_color="#DCE6F0", font_color=INK, num_format=DATE_FORMAT, **small)
    number = formats.header(num_format="0")
    for i, name in enumerate(UNIT_COLUMNS):
        ws.merge_range(0, i, HEADER_ROWS - 1, i, name, head)
    tasks = master.matrix.tasks
    for c, task in enumerate(tasks, left):
        ws.write_number(0, c, task.no, number)
        ws.write_string(1, c, clean(task.title), title)
        if task.due:
            ws.write_number(2, c, serial(task.due), day)
        else:
            ws.write_blank(2, c, None, day)
    if not tasks:
        ws.write_blank(0, left, None, number)
        ws.write_string(1, left, "本轮还没有任务", title)
        ws.write_blank(2, left, None, day)
    ws.set_row(0, 22)
    ws.set_row(1, title_height(task.title for task in tasks))
    # The filter buttons stand below the date, not on it.
    ws.set_row(2, 33)


def _rules(ws: Worksheet, formats: Formats, area: str, row: int, col: str) -> None:
    """Overdue by the calendar first, then the light in the text; what is not assigned is shaded."""
    here, due = f"{col}{row}", f"{col}${HEADER_ROWS}"
    key = f'$A{row}&"|"&{col}$1'
    overdue = (
        f'=IF({here}="",FALSE,IF(ISNUMBER({due}),IF({due}<{AS_OF},'
        f"AND(ISNA(MATCH({key},eduxl_settled,0)),ISNA(MATCH({key},eduxl_extended,0))),FALSE),FALSE))"
    )
    rule(ws, area, overdue, formats, L.RED)
    rules_by_light(ws, area, here, formats)
    ws.conditional_format(
        area, {"type": "blanks", "format": formats.get(bg_color="#F1F3F5"), "stop_if_true": True}
    )
