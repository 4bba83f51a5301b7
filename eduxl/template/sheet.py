"""The sheet 填报表: title lines, the live count of what is still open, one row per task, limits and colours.

Everything live is a formula, a validation or a conditional format, so it works in Excel, WPS and LibreOffice
without macros. Validations, marks and the count are all made from the table in `schema`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from attrs import frozen

from eduxl import labels as L
from eduxl.model import Entry
from eduxl.template import layout, schema
from eduxl.template.form import Form, FormRow, Mend
from eduxl.template.sendback import Place, headline, marks, put_answer, show_mended

if TYPE_CHECKING:
    from eduxl.template.writer import Book

#: Looks of given cells by column (names in `writer.LOOKS`; answer cells look like the kind of their field).
_GIVEN_LOOK = {
    L.TASK_NO: "given centre",
    L.ROLE: "given centre",
    L.DUE: "given date",
    layout.PREVIOUS_ROUND: "given centre",
    layout.PREVIOUS_STATUS: "given centre",
    layout.PREVIOUS_PROGRESS: "given share",
}
#: The same in a row that was sent back.
_BACK_LOOK = {
    L.TASK_NO: "given back centre",
    L.TASK_TITLE: "given back",
    layout.SENT_BACK_COLUMN: "given back",
}
_LEGEND = (
    "浅黄格由本单位填写，灰格已锁定不用改；红格是必填还没填的，橙格是前后矛盾请核对的，"
    "绿格是以前已报完成的（有变化才改）。"
)


@frozen
class _Place:
    """Where the columns of one form stand."""

    columns: tuple[str, ...]
    col: dict[str, int]
    last_row: int

    def letter(self, column: str) -> str:
        from xlsxwriter.utility import xl_col_to_name  # type: ignore[import-untyped]

        return str(xl_col_to_name(self.col[column]))

    def cells(self, column: str) -> str:
        """The absolute range of a column's cells, `$F$5:$F$25`."""
        letter = self.letter(column)
        return f"${letter}${layout.FIRST_ROW + 1}:${letter}${self.last_row + 1}"

    def first(self, column: str) -> str:
        """The first cell of a column as conditional formats want it, `$F5`."""
        return f"${self.letter(column)}{layout.FIRST_ROW + 1}"


def answers(entry: Entry | None) -> dict[str, Any]:
    """The values of an entry by answer column: text, a share 0–1, a date; None where there is nothing."""
    if entry is None:
        return dict.fromkeys(L.ANSWER_COLUMNS)
    return {
        L.STATUS: entry.status or None,
        L.PROGRESS: None if entry.progress is None else entry.progress / 100,
        L.DONE_ON: entry.done_on,
        L.REPORT: entry.report or None,
        L.PROBLEM: entry.problems or None,
        L.NEXT_STEPS: entry.next_steps or None,
        L.EVIDENCE: entry.evidence or None,
        L.REPORTER: entry.reporter or None,
        L.PHONE: entry.phone or None,
    }


def filled(row: FormRow) -> dict[str, Any]:
    """What stands in a row's answer cells when it is written: the unit's own answer, else what is carried over."""
    if row.answer is None:
        return answers(row.carried)
    read = answers(row.answer)
    return {name: row.answer.raw.get(name) if read[name] is None else read[name] for name in read}


def open_cells(row: FormRow) -> int:
    """How many cells of an untouched row are still to be filled in: what the formula in the sheet counts."""
    found = filled(row)
    return sum(
        found[column] is None or not str(found[column]).strip()
        for column in schema.needed(found[L.STATUS] or "")
    )


def open_formula(cells: dict[str, str]) -> str:
    """The formula 还有 N 项未填 over ranges by column name (each one column, the same rows)."""

    def empty(column: str) -> str:
        return f"(LEN(TRIM({cells[column]}))=0)"

    terms = [f"{empty(column)}*1" for column in schema.ALWAYS_NEEDED]
    for column in L.ANSWER_COLUMNS:
        if statuses := schema.statuses_needing(column):
            has_status = "+".join(f'(TRIM({cells[L.STATUS]})="{status}")' for status in statuses)
            terms.append(f"({has_status})*{empty(column)}")
    return f'="还有 "&SUMPRODUCT({"+".join(terms)})&" 项未填"'


def write_sheet(book: Book, form: Form) -> None:
    """Add 填报表 to the workbook."""
    columns = form.columns
    place = _Place(
        columns,
        {name: at for at, name in enumerate(columns)},
        max(layout.FIRST_ROW + len(form.rows) - 1, layout.FIRST_ROW),
    )
    ws = book.sheet(L.FORM)
    for name, at in place.col.items():
        ws.set_column(at, at, layout.WIDTHS[name])
    _write_top(book, ws, form, place)
    for at, name in enumerate(columns):
        look = "head answer" if name in schema.FIELD else "head"
        ws.write_string(layout.HEADER_ROW, at, name, book.look(look))
    marked = marks(form)
    for number, row in enumerate(form.rows):
        _write_row(book, ws, layout.FIRST_ROW + number, row, place, marked)
    if form.rows:
        _add_limits(ws, form, place)
        _add_marks(book, ws, place)
    if form.sendback:
        written = {
            (L.FORM, at, place.col[name]): value
            for at, row in enumerate(form.rows, layout.FIRST_ROW)
            for name, value in filled(row).items()
        }
        show_mended(book, ws, L.FORM, marked, written)
    _set_page(ws, form, place)


def _write_top(book: Book, ws: Any, form: Form, place: _Place) -> None:
    unit = layout.cell_text(f"{form.unit.code} {form.unit.name}".strip())
    ws.set_row(layout.TITLE_ROW, 30)
    ws.write_string(layout.TITLE_ROW, 0, layout.cell_text(f"{form.title}{L.FORM}"), book.look("title"))

    frozen_width = sum(layout.WIDTHS[name] for name in place.columns[layout.UNIT_COL : layout.FROZEN_COLS])
    ws.set_row(layout.UNIT_ROW, layout.row_height(layout.text_lines(unit, frozen_width * 0.9)) + 4)
    ws.write_string(layout.UNIT_ROW, layout.UNIT_LABEL_COL, layout.UNIT_LABEL, book.look("unit label"))
    ws.merge_range(
        layout.UNIT_ROW, layout.UNIT_COL, layout.UNIT_ROW, layout.FROZEN_COLS - 1, "", book.look("unit")
    )
    ws.write_string(layout.UNIT_ROW, layout.UNIT_COL, unit, book.look("unit"))
    due = form.round.due
    ws.write_string(
        layout.UNIT_ROW,
        layout.FROZEN_COLS,
        f"轮次：{form.round.id}　　报送截止：{due.year}年{due.month}月{due.day}日"
        f"　　本表共 {len(form.rows)} 项任务",
        book.look("line"),
    )

    ws.set_row(layout.OPEN_ROW, 22)
    at = (layout.OPEN_ROW, layout.OPEN_COL)
    ws.merge_range(*at, layout.OPEN_ROW, layout.FROZEN_COLS - 1, "", book.look("open"))
    count = sum(map(open_cells, form.rows))
    shown = f"还有 {count} 项未填"
    if form.rows:
        cells = {column: place.cells(column) for column in L.ANSWER_COLUMNS}
        ws.write_formula(*at, open_formula(cells), book.look("open"), shown)
    else:
        ws.write_string(*at, shown, book.look("open"))
    ws.conditional_format(
        *at,
        *at,
        {"type": "formula", "criteria": '=LEFT($A$3,5)="还有 0 "', "format": book.look("all done")},
    )
    back = sum(bool(row.sent_back) for row in form.rows)
    if form.sendback:
        note, look = headline(form), "alarm"
    elif back:
        note, look = f"有 {back} 项被退回：请按“{layout.SENT_BACK_COLUMN}”一列改好后重报。{_LEGEND}", "alarm"
    else:
        note, look = _LEGEND, "line"
    ws.write_string(layout.OPEN_ROW, layout.FROZEN_COLS, note, book.look(look))
    ws.set_row(layout.HEADER_ROW, 36)


def _write_row(
    book: Book, ws: Any, at: int, row: FormRow, place: _Place, marked: dict[Place, list[Mend]]
) -> None:
    back = bool(row.sent_back)
    carried = row.carried is not None and row.answer is None and not back
    given: dict[str, Any] = {
        L.TASK_NO: row.task.no,
        L.PROJECT: row.project,
        L.TASK_TITLE: row.task.title,
        L.ROLE: row.role,
        L.DUE: row.due or row.task.due_text,
        layout.SENT_BACK_COLUMN: row.sent_back,
    }
    if row.previous is not None:
        percent = row.previous.progress
        given |= {
            layout.PREVIOUS_ROUND: row.previous_round,
            layout.PREVIOUS_STATUS: row.previous.status or row.previous.raw.get(L.STATUS, ""),
            layout.PREVIOUS_PROGRESS: row.previous.raw.get(L.PROGRESS) if percent is None else percent / 100,
            layout.PREVIOUS_REPORT: row.previous.report,
        }
    answer = filled(row)
    lines = layout.ROOM_LINES
    for col, name in enumerate(place.columns):
        if name in schema.FIELD:
            value = answer[name]
            put_answer(book, ws, (L.FORM, at, col), value, schema.FIELD[name].kind, marked, carried)
        else:
            value = given.get(name)
            look = _GIVEN_LOOK.get(name, "given")
            if back and name in _BACK_LOOK:
                look = _BACK_LOOK[name]
            book.put(ws, at, col, value, look)
        if isinstance(value, str):
            lines = max(lines, layout.text_lines(value, layout.WIDTHS[name]))
    ws.set_row(at, layout.row_height(lines))


def _add_limits(ws: Any, form: Form, place: _Place) -> None:
    first, last = schema.date_limits(form.year)
    words = {"first": first, "last": last, "example": f"{form.round.due:%Y-%m-%d}"}
    for field in schema.FIELDS:
        rule: dict[str, Any] = {"error_type": "stop", "error_title": f"“{field.column}”填得不对"}
        match field.kind:
            case "choice":
                rule |= {"validate": "list", "source": list(field.choices)}
            case "share":
                rule |= {"validate": "decimal", "criteria": "between"}
                rule |= {"minimum": field.low, "maximum": field.high}
            case "date":
                rule |= {"validate": "date", "criteria": "between", "minimum": first, "maximum": last}
            case _ if field.prompt:
                rule |= {"validate": "any"}
            case _:
                continue
        if field.prompt:
            rule |= {"input_title": field.column, "input_message": field.prompt.format_map(words)}
        if field.error:
            rule |= {"error_message": field.error.format_map(words)}
        col = place.col[field.column]
        ws.data_validation(layout.FIRST_ROW, col, place.last_row, col, rule)


def _add_marks(book: Book, ws: Any, place: _Place) -> None:
    status = place.first(L.STATUS)

    def among(statuses: tuple[str, ...]) -> str:
        return "OR(" + ",".join(f'TRIM({status})="{name}"' for name in statuses) + ")"

    def mark(column: str, criteria: str, look: str) -> None:
        col = place.col[column]
        rule = {"type": "formula", "criteria": criteria, "format": book.look(look)}
        ws.conditional_format(layout.FIRST_ROW, col, place.last_row, col, rule)

    for column in schema.ALWAYS_NEEDED:
        mark(column, f"=LEN(TRIM({place.first(column)}))=0", "needed")
    for field in schema.FIELDS:
        cell = place.first(field.column)
        if statuses := schema.statuses_needing(field.column):
            mark(field.column, f"=AND({among(statuses)},LEN(TRIM({cell}))=0)", "needed")
        if field.idle:
            mark(field.column, f"=AND({among(field.idle)},LEN(TRIM({cell}))=0)", "idle")
    for clash in schema.CLASHES:
        cell = place.first(clash.column)
        test = f"LEN(TRIM({cell}))>0"
        if clash.test != "filled":
            test = f"ISNUMBER({cell}),{cell}{clash.test}{clash.bound:g}"
        mark(clash.column, f"=AND({among(clash.statuses)},{test})", "clash")


def _set_page(ws: Any, form: Form, place: _Place) -> None:
    ws.freeze_panes(layout.FIRST_ROW, layout.FROZEN_COLS)
    ws.autofilter(layout.HEADER_ROW, 0, place.last_row, len(place.columns) - 1)
    ws.set_selection(layout.FIRST_ROW, place.col[L.STATUS], layout.FIRST_ROW, place.col[L.STATUS])
    ws.repeat_rows(layout.HEADER_ROW)
    # What goes on paper is the unit's own answer; the grey 上期… columns would only make it smaller.
    ws.print_area(0, 0, place.last_row, place.col[L.ANSWER_COLUMNS[-1]])
