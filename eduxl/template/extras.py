"""The sheets beside 填报表: 指标填报 and 问题清单 where a task asks for them, 任务内容, 填报说明, meta."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

from eduxl import labels as L
from eduxl.model import Task
from eduxl.template import layout, schema
from eduxl.template.form import Form
from eduxl.template.sendback import Place, marks, put_answer, show_mended

if TYPE_CHECKING:
    from eduxl.template.writer import Book

#: Version of the hidden sheet's own layout.
SCHEMA = "1"


def write_extras(book: Book, form: Form) -> None:
    """Add every sheet but 填报表, in the order in which a school needs them."""
    if form.indicators:
        _write_indicators(book, form)
    told = form.sendback is not None and form.sendback.problems
    if told or any(asks_for_problems(row.task) for row in form.rows):
        _write_problems(book, form)
    _write_bodies(book, form)
    _write_help(book, form)
    _write_meta(book, form)


def asks_for_problems(task: Task) -> bool:
    """True when the task's own words speak of a list of problems to mend (`schema.PROBLEM_WORDS`)."""
    text = "\n".join((task.title, task.body, *task.checklist))
    return any(word in text for word in schema.PROBLEM_WORDS)


def help_sentences(form: Form) -> tuple[str, ...]:
    """The sentences of 填报说明."""
    asked: dict[tuple[str, ...], list[str]] = {}
    for status, columns in schema.NEEDED.items():
        if columns:
            asked.setdefault(columns, []).append(f"“{status}”")
    rules = "；".join(f"{'、'.join(who)}还要填{'和'.join(columns)}" for columns, who in asked.items())
    due = form.round.due
    again = (
        f"这是退回修改的表：先看“{L.FORM_SENDBACK}”，红格必须改，紫格请核对；原来填的都在，别的格不用重填。",
    )
    return (
        *(again if form.sendback else ()),
        "请直接在这个文件里填写、保存、报回；不要改文件名，也不要把表格复制到别的文件里。"
        "Excel、WPS、LibreOffice 都能打开，不用启用宏。",
        f"打开后先看“{L.FORM}”左上角的“还有 N 项未填”，N 变成 0 就是必填的都填完了。",
        "只填浅黄色的格；灰色格是教育局给定的内容，已经锁定，不用改。列宽、行高可以自己调。",
        f"“{L.STATUS}”每一行都要填：点格子右边的小箭头，从{'、'.join(schema.FIELD[L.STATUS].choices)}中选一个。",
        f"{rules}。其他格有内容就填，没有可以空着。",
        f"“{L.PROGRESS}”填 0 到 100 的数，输入 80 就是 80%；"
        f"“{L.DONE_ON}”写成 {due:%Y-%m-%d} 的样子，年份要写全。",
        "红色格是必填还没填的；橙色格和完成状态对不上，请核对；深灰色格按所选状态不用填。",
        "绿色的行是以前已经报过完成的，内容已替您带出，没有变化就不用动，有变化直接改。",
        f"最右边的“上期”各列是上次报的内容，只供参考；有“{layout.SENT_BACK_COLUMN}”的行，请按意见改好再报。",
        f"任务的完整要求在“{L.FORM_BODIES}”表；有“{L.FORM_INDICATORS}”“{L.FORM_PROBLEMS}”表的也请填写。"
        f"请于{due.year}年{due.month}月{due.day}日前报送，有疑问请与教育局联系。",
    )


def _open_sheet(
    book: Book, form: Form, name: str, widths: dict[str, float], answered: Iterable[str] = ()
) -> Any:
    """A sheet with the unit in its title row and a header row of its own."""
    ws = book.sheet(name)
    ws.set_row(0, 26)
    title = layout.cell_text(f"{name}　{form.unit.code} {form.unit.name}　{form.round.id}")
    ws.write_string(0, 0, title, book.look("title"))
    ws.set_row(layout.SIDE_HEADER_ROW, 24)
    for col, (column, width) in enumerate(widths.items()):
        ws.set_column(col, col, width)
        look = "head answer" if column in answered else "head"
        ws.write_string(layout.SIDE_HEADER_ROW, col, column, book.look(look))
    ws.freeze_panes(layout.SIDE_FIRST_ROW, 0)
    ws.repeat_rows(layout.SIDE_HEADER_ROW)
    return ws


def _write_indicators(book: Book, form: Form) -> None:
    widths = layout.INDICATOR_WIDTHS
    ws = _open_sheet(book, form, L.FORM_INDICATORS, widths, ("本期完成值", L.NOTE))
    looks = ("given centre", "given", "given", "given number", "given centre", "number", "text")
    marked, told = marks(form), _told_values(form)
    written: dict[Place, Any] = {}
    at = layout.SIDE_FIRST_ROW
    for task, indicator in form.indicators:
        given = (task.no, task.title, indicator.name, indicator.target, indicator.unit)
        values = (*given, *told.get((task.no, indicator.name), (None, None)))
        lines = 2
        for col, (value, look, width) in enumerate(zip(values, looks, widths.values(), strict=True)):
            if look.startswith("given"):
                book.put(ws, at, col, value, look)
            else:
                place = (L.FORM_INDICATORS, at, col)
                written[place] = value
                put_answer(book, ws, place, value, look, marked)
            if isinstance(value, str):
                lines = max(lines, layout.text_lines(value, width))
        ws.set_row(at, layout.row_height(lines))
        at += 1
    show_mended(book, ws, L.FORM_INDICATORS, marked, written)
    value_col = list(widths).index("本期完成值")
    ws.data_validation(
        layout.SIDE_FIRST_ROW,
        value_col,
        at - 1,
        value_col,
        {
            "validate": "decimal",
            "criteria": "between",
            "minimum": -schema.INDICATOR_LIMIT,
            "maximum": schema.INDICATOR_LIMIT,
            "error_title": "“本期完成值”填得不对",
            "error_message": schema.INDICATOR_ERROR,
        },
    )
    ws.set_selection(layout.SIDE_FIRST_ROW, value_col, layout.SIDE_FIRST_ROW, value_col)


def _told_values(form: Form) -> dict[tuple[int, str], tuple[float | str | None, str]]:
    """本期完成值 (as it was written where it is no number) and 说明 that the unit gave, by task and indicator."""
    told = form.sendback.indicators if form.sendback else ()
    return {(v.task, v.name): (v.raw if v.value is None else v.value, v.note) for v in told}


def _write_problems(book: Book, form: Form) -> None:
    ws = _open_sheet(book, form, L.FORM_PROBLEMS, layout.PROBLEM_WIDTHS, layout.PROBLEM_WIDTHS)
    looks = ("choice", "text", "text", "label", "label", "choice")
    told = form.sendback.problems if form.sendback else ()
    rows = [(p.task, p.problem, p.measure, p.owner, p.due_text, p.state) for p in told]
    count = max(schema.PROBLEM_ROWS, len(rows) + schema.PROBLEM_ROWS // 3)
    first, last = layout.SIDE_FIRST_ROW, layout.SIDE_FIRST_ROW + count - 1
    for at in range(first, last + 1):
        values = rows[at - first] if at - first < len(rows) else (None,) * len(looks)
        lines = 2
        for col, (value, look, width) in enumerate(
            zip(values, looks, layout.PROBLEM_WIDTHS.values(), strict=True)
        ):
            book.put(ws, at, col, value, look)
            if isinstance(value, str):
                lines = max(lines, layout.text_lines(value, width))
        ws.set_row(at, layout.row_height(lines))
    numbers = f"='{L.FORM}'!$A${layout.FIRST_ROW + 1}:$A${layout.FIRST_ROW + len(form.rows)}"
    asking = "、".join(str(row.task.no) for row in form.rows if asks_for_problems(row.task))
    ws.data_validation(
        first,
        0,
        last,
        0,
        {
            "validate": "list",
            "source": numbers,
            "input_title": L.TASK_NO,
            "input_message": f"选问题所属任务的编号。要求报问题清单的任务：{asking}"[:240],
            "error_title": "没有这个任务",
            "error_message": f"任务编号要从下拉列表中选，和“{L.FORM}”里的编号一致。",
        },
    )
    ws.data_validation(
        first,
        len(looks) - 1,
        last,
        len(looks) - 1,
        {
            "validate": "list",
            "source": list(schema.PROBLEM_STATES),
            "error_title": "“整改状态”填得不对",
            "error_message": f"整改状态只能从下拉列表中选：{'、'.join(schema.PROBLEM_STATES)}。",
        },
    )
    ws.set_selection(first, 0, first, 0)


def _write_bodies(book: Book, form: Form) -> None:
    widths = dict(layout.BODY_WIDTHS)
    if not any(row.task.checklist for row in form.rows):
        widths[L.TASK_BODY] += widths.pop(layout.STEPS)
    ws = _open_sheet(book, form, L.FORM_BODIES, widths)
    at = layout.SIDE_FIRST_ROW
    seen = set()
    for row in form.rows:
        task = row.task
        if task.no in seen:  # a unit may have a task twice, as 牵头 and as 落实
            continue
        seen.add(task.no)
        steps = "\n".join(f"{number}. {step}" for number, step in enumerate(task.checklist, 1))
        pieces = zip_longest(
            layout.chunks(layout.cell_text(task.body), widths[L.TASK_BODY]),
            layout.chunks(layout.cell_text(steps), widths.get(layout.STEPS, layout.HELP_WIDTH)),
            fillvalue="",
        )
        for number, (body, some_steps) in enumerate(pieces):
            values: dict[str, str | int | None] = {L.TASK_BODY: body, layout.STEPS: some_steps}
            if number == 0:  # a text too high for one row goes on below, without a number of its own
                values |= {L.TASK_NO: task.no, L.TASK_TITLE: task.title, layout.DUE_TEXT: task.due_text}
            lines = 2
            for col, (name, width) in enumerate(widths.items()):
                value = values.get(name)
                look = "given centre" if name in (L.TASK_NO, layout.DUE_TEXT) else "given"
                book.put(ws, at, col, value, look)
                if isinstance(value, str):
                    lines = max(lines, layout.text_lines(value, width))
            ws.set_row(at, layout.row_height(lines) + 6)
            at += 1


def _write_help(book: Book, form: Form) -> None:
    ws = book.sheet(L.FORM_HELP)
    ws.set_column(0, 0, 5)
    ws.set_column(1, 1, layout.HELP_WIDTH)
    ws.set_row(0, 30)
    ws.write_string(0, 0, L.FORM_HELP, book.look("title"))
    for at, sentence in enumerate(help_sentences(form), 1):
        ws.write_string(at, 0, f"{at}.", book.look("help"))
        ws.write_string(at, 1, sentence, book.look("help"))
        ws.set_row(at, layout.row_height(layout.text_lines(sentence, layout.HELP_WIDTH * 0.9)) + 8)


def _write_meta(book: Book, form: Form) -> None:
    ws = book.sheet(L.META)
    pairs = {
        "schema": SCHEMA,
        "tracker": form.tracker,
        "round": form.round.id,
        "unit": form.unit.code,
        "version": form.version,
        "as_of": form.as_of.isoformat(),
    }
    for at, (key, value) in enumerate(pairs.items()):
        ws.write_string(at, 0, key)
        ws.write_string(at, 1, value)
    ws.very_hidden()
