"""What a form has besides when it goes back to its unit: the sheet 退回说明 and the marks on the cells to mend.

The list is a sheet of its own, the first: above the rows of 填报表 it would push their header out of the rows in which
a reader looks for it, and every cell down with it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from attrs import evolve

from eduxl import labels as L
from eduxl.template import layout
from eduxl.template.form import Form, Mend

if TYPE_CHECKING:
    from eduxl.template.writer import Book

#: Sheet, row and column (from 0) of a cell.
Place = tuple[str, int, int]


def place_of(form: Form, mend: Mend) -> Place | None:
    """The cell that a mend is about; None where the form has none for it."""
    if mend.indicator:
        for at, (task, indicator) in enumerate(form.indicators, layout.SIDE_FIRST_ROW):
            if (task.no, indicator.name) == (mend.task, mend.indicator):
                return L.FORM_INDICATORS, at, list(layout.INDICATOR_WIDTHS).index(mend.column)
        return None
    for at, row in enumerate(form.rows, layout.FIRST_ROW):
        if row.task.no == mend.task and mend.column in form.columns:
            return L.FORM, at, form.columns.index(mend.column)
    return None


def marks(form: Form) -> dict[Place, list[Mend]]:
    """The mends of each cell, those that must be done first."""
    found: dict[Place, list[Mend]] = {}
    for mend in form.sendback.mends if form.sendback else ():
        for marked in (mend, *(evolve(mend, column=column) for column in mend.beside)):
            if place := place_of(form, marked):
                found.setdefault(place, []).append(mend)
    for mends in found.values():
        mends.sort(key=lambda mend: mend.level != "must")
    return found


def put_answer(
    book: Book,
    ws: Any,
    place: Place,
    value: Any,
    look: str,
    marked: Mapping[Place, Sequence[Mend]],
    carried: bool = False,
) -> None:
    """Write an answer cell: coloured and with a note where something is to be mended, green where it is `carried`."""
    _, row, col = place
    if mends := marked.get(place):
        look = f"{look} {mends[0].level}"
    elif carried:
        look += " carried"
    book.put(ws, row, col, value, look)
    if mends:
        text = "\n\n".join(f"【{L.WARNING_LEVELS[m.level]}】{m.note}\n怎么改：{m.fix}" for m in mends)
        lines = layout.text_lines(text, layout.NOTE_WIDTH / 7) + 1
        size = {"width": layout.NOTE_WIDTH, "height": min(lines, 40) * layout.NOTE_LINE}
        ws.write_comment(
            row,
            col,
            layout.cell_text(text),
            {"author": "教育局", "font_name": layout.FONT, "font_size": 9} | size,
        )


def show_mended(
    book: Book, ws: Any, sheet: str, marked: Mapping[Place, Sequence[Mend]], written: Mapping[Place, Any]
) -> None:
    """Let each marked cell of a sheet turn green as soon as it is changed; `written` are its answer cells' values."""
    for place, mends in marked.items():
        if place[0] != sheet:
            continue
        _, row, col = place
        anywhere = all(mend.anywhere for mend in mends)
        cells = [cell for cell in written if cell == place or (anywhere and cell[1] == row)]
        changed = ",".join(_changed(cell, written[cell]) for cell in cells)
        rule = {"type": "formula", "criteria": f"=OR({changed})", "format": book.look("mended")}
        ws.conditional_format(row, col, row, col, rule)


def _changed(place: Place, value: str | float | date | None) -> str:
    """A condition that holds once a cell no longer has the value that was written."""
    from xlsxwriter.utility import xl_rowcol_to_cell  # type: ignore[import-untyped]

    cell = xl_rowcol_to_cell(*place[1:], row_abs=True, col_abs=True)
    if value is None or value == "":
        return f"LEN({cell})>0"
    if isinstance(value, date):
        return f"{cell}<>DATE({value.year},{value.month},{value.day})"
    if not isinstance(value, str):
        return f"{cell}<>{value:.15g}"
    text = layout.cell_text(value)
    if len(text) > layout.LITERAL or "\n" in text:
        return f"LEN({cell})<>{len(text.encode('utf-16-le')) // 2}"
    return 'NOT(EXACT({},"{}"))'.format(cell, text.replace('"', '""'))


def headline(form: Form) -> str:
    """The line above the rows of 填报表 that says how much there is to mend."""
    assert form.sendback
    return (
        f"退回修改：有 {form.sendback.count}。红格必须改，紫格请核对，改过的变绿；鼠标停在格上看怎么改，"
        f"全部列在“{L.FORM_SENDBACK}”。改好保存，把本文件发回。"
    )


def write_list(book: Book, form: Form) -> None:
    """Add 退回说明: a row for each mend, with a link to its cell."""
    from xlsxwriter.utility import xl_rowcol_to_cell

    back, widths = form.sendback, layout.SENDBACK_WIDTHS
    assert back
    ws = book.sheet(L.FORM_SENDBACK)
    ws.set_row(0, 26)
    title = layout.cell_text(f"{L.FORM_SENDBACK}　{form.unit.code} {form.unit.name}　{form.round.id}")
    ws.write_string(0, 0, title, book.look("title"))
    day = f"{back.received.month}月{back.received.day}日"
    sentences = (
        f"您单位{day}报来的“{back.source}”有 {back.count}，逐条列在下面。",
        "请直接在本文件里改：点“单元格”一栏跳到要改的格，改好保存，把本文件发回。原来填的都在，别的格不用重填。"
        "“请核对”的，情况属实就不用改，请在“存在问题”里写明原因（指标写在“说明”里）。",
    )
    for at, sentence in enumerate(sentences, 1):
        ws.merge_range(at, 0, at, len(widths) - 1, "", book.look("help"))
        ws.write_string(at, 0, layout.cell_text(sentence), book.look("help"))
        ws.set_row(at, layout.row_height(layout.text_lines(sentence, sum(widths.values()) * 0.9)) + 4)
    header = layout.SENDBACK_HEADER_ROW
    ws.set_row(header, 24)
    for col, (name, width) in enumerate(widths.items()):
        ws.set_column(col, col, width)
        ws.write_string(header, col, name, book.look("head"))
    titles = {row.task.no: row.task.title for row in form.rows}
    for number, mend in enumerate(back.mends, 1):
        at = header + number
        place = place_of(form, mend)
        values = {
            "序号": number,
            L.TASK_NO: mend.task,
            L.TASK_TITLE: titles.get(mend.task or 0),
            "单元格": "不在本表里",
            "您填的": _quoted(mend.value) or "（空）",
            "哪里不对": mend.note,
            "怎么改": mend.fix,
            "要求": L.WARNING_LEVELS[mend.level],
        }
        lines = 2
        for col, (name, width) in enumerate(widths.items()):
            value = values[name]
            if name == "单元格" and place:
                cell = f"{place[0]}!{xl_rowcol_to_cell(*place[1:])}"
                link = f"internal:'{place[0]}'!{xl_rowcol_to_cell(*place[1:])}"
                ws.write_url(at, col, link, book.look("link"), cell)
                continue
            look = {"要求": f"level {mend.level}"}.get(name, "list centre" if width < 20 else "list")
            book.put(ws, at, col, value, look)
            if isinstance(value, str):
                lines = max(lines, layout.text_lines(value, width))
        ws.set_row(at, layout.row_height(lines))
    ws.freeze_panes(header + 1, 0)
    ws.repeat_rows(header)
    ws.set_selection(header + 1, 0, header + 1, 0)


def _quoted(value: str) -> str:
    short = " ".join(value.split())
    return short if len(short) <= layout.SENDBACK_QUOTED else short[: layout.SENDBACK_QUOTED - 1] + "…"
