"""Writes the plan workbook: the plan as read, for a clerk to correct and `read_plan` to take back.

Sheets: 计划 (a cover of three rows, then a row per task), 工程清单 (feeds the drop-down of 所属工程), 未读入内容
(what of the source became no task) and, where the roster is known, 单位清单 (feeds the drop-downs of units) and
落实范围展开 (who got which task and why). Reading is in `workbook_reading`.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from attrs import evolve

from eduxl import files
from eduxl import labels as L
from eduxl.errors import EduxlError, FileProblem
from eduxl.model import Plan, Task
from eduxl.plan import cells as C

if TYPE_CHECKING:
    from xlsxwriter.format import Format  # type: ignore[import-untyped]
    from xlsxwriter.workbook import Workbook  # type: ignore[import-untyped]
    from xlsxwriter.worksheet import Worksheet  # type: ignore[import-untyped]


class Expanded(Protocol):
    """One name of one task and the units it stands for, as (code, name) pairs (see `roster.expand`)."""

    @property
    def task(self) -> int: ...
    @property
    def name(self) -> str: ...
    @property
    def role(self) -> str: ...
    @property
    def rule(self) -> str: ...
    @property
    def units(self) -> tuple[tuple[str, str], ...]: ...


HEADER_ROW = 4  # as Excel counts: three rows of cover above it
#: Validation reaches beyond the last task, for rows the clerk adds.
_SPARE_ROWS = 300
_LONGEST_CELL = 32767
#: Points: a line of text, and the highest row that Excel allows.
_LINE, _HIGHEST_ROW = 15.0, 409.0
_WIDTHS = {
    C.NO: 5, L.PROJECT: 13, L.TASK_TITLE: 16, L.TASK_BODY: 46, L.LEADS: 12, L.SUPPORTS: 9, L.SCHOOLS: 17,
    L.DUE: 11, L.RECURRENCE: 8, C.DUE_TEXT: 11, C.INDICATORS: 15, C.CHECKLIST: 9, C.TO_CONFIRM: 17,
    C.POSITION: 12, C.PASSAGE: 60,
}  # fmt: skip
_EXPANSION_WIDTHS = (7, 40, 9, 20, 11, 28, 58)
_PROMPTS = {
    L.LEADS: "多个单位用“、”隔开，写法与名册一致。",
    L.SUPPORTS: "多个单位用“、”隔开，写法与名册一致。",
    L.SCHOOLS: "多个学校或集体名称用“、”隔开，如：各中小学、幼儿园。",
    C.INDICATORS: "一行一个，如：年度计划投资：10256万元。",
    C.CHECKLIST: "一行一项。",
    C.TO_CONFIRM: "补填或改正左边的内容后，这里的提示会自动消失。",
}


def write_plan_workbook(
    plan: Plan,
    path: Path | str,
    *,
    choices: C.UnitChoices | None = None,
    expansion: Sequence[Expanded] | None = None,
) -> None:
    """Writes `plan` as a workbook that `read_plan` reads back, replacing an existing file as a whole.

    `choices` are offered in the unit columns, `expansion` adds the sheet 落实范围展开. Raises FileProblem `exists`
    where a file stands there that may not be covered, `io` where it cannot be written.
    """
    from xlsxwriter import Workbook  # type: ignore[import-untyped]

    memory = io.BytesIO()
    book = Workbook(
        memory,
        {
            "in_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
        },
    )
    book.set_properties(
        {
            "title": plan.title,
            "subject": f"{plan.year}年工作计划",
            "category": "工作计划",
            "keywords": "工作要点 任务 责任单位 完成时限",
            "comments": "请核对并改正“计划”表，保存后即可用来生成台账。",
        }
    )
    sheet = book.add_worksheet(C.PLAN_SHEET)
    formats = _Formats(book)
    _write_cover(sheet, formats, plan)
    _write_tasks(sheet, formats, plan, choices)
    _write_projects(book.add_worksheet(C.PROJECT_SHEET), formats, plan)
    if plan.left_out:
        _write_left_out(book.add_worksheet(C.LEFT_OUT_SHEET), formats, plan)
    if choices is not None:
        _write_choices(book.add_worksheet(C.UNITS_SHEET), formats, plan, choices)
    if expansion is not None:
        _write_expansion(book.add_worksheet(C.EXPANSION_SHEET), formats, plan, expansion)
    sheet.activate()
    book.close()
    _spare(Path(path), plan)
    files.write(Path(path), memory.getvalue(), "写计划工作簿")


def _spare(path: Path, plan: Plan) -> None:
    """Refuse to cover a file that is no plan workbook, or one of the same plan that the clerk has corrected."""
    from eduxl.plan.reader import read_plan

    if not path.is_file() or not path.stat().st_size:
        return
    try:
        there = read_plan(path)
    except EduxlError:
        raise FileProblem(
            f"“{path}”已经存在，而且不是计划工作簿，没有动它。请换一个文件名。", code="exists"
        ) from None
    same_plan = (there.title, there.year) == (plan.title, plan.year)
    if same_plan and evolve(there, source="") != evolve(plan, source=""):
        raise FileProblem(
            f"“{path}”里有改过的内容，没有盖掉它。请换一个文件名，或先把它移走；它本身就可以用来建台账。",
            code="exists",
        )


class _Formats:
    """The formats of the workbook, each made once."""

    def __init__(self, book: Workbook) -> None:
        text = {"font_name": "宋体", "font_size": 11, "valign": "vcenter", "text_wrap": True}
        boxed = {**text, "border": 1, "border_color": "#BFBFBF"}
        self.label: Format = book.add_format({**text, "bold": True, "align": "center"})
        self.title: Format = book.add_format({**text, "bold": True, "font_size": 16, "num_format": "@"})
        self.year: Format = book.add_format({**text, "bold": True, "align": "left", "num_format": "0"})
        self.hint: Format = book.add_format({**text, "font_color": "#595959"})
        self.header: Format = book.add_format(
            {**boxed, "bold": True, "align": "center", "bg_color": "#1F4E78", "font_color": "#FFFFFF"}
        )
        self.text: Format = book.add_format({**boxed, "num_format": "@"})
        self.centred: Format = book.add_format({**boxed, "align": "center"})
        self.date: Format = book.add_format({**boxed, "align": "center", "num_format": "yyyy-mm-dd"})
        self.confirm: Format = book.add_format({**boxed, "font_color": "#C00000", "num_format": "@"})
        self.missing: Format = book.add_format({"bg_color": "#FFF2CC"})


def _write_cover(sheet: Worksheet, formats: _Formats, plan: Plan) -> None:
    last = len(C.COLUMNS) - 1
    sheet.merge_range(0, 0, 0, 1, "", formats.label)
    sheet.merge_range(0, 2, 0, last, "", formats.title)
    sheet.write_string(0, 0, C.PLAN_TITLE, formats.label)
    sheet.write_string(0, 2, plan.title, formats.title)
    sheet.merge_range(1, 0, 1, 1, "", formats.label)
    sheet.write_string(1, 0, C.PLAN_YEAR, formats.label)
    sheet.write_number(1, 2, plan.year, formats.year)
    sheet.merge_range(1, 3, 1, last, "", formats.hint)
    sheet.write_string(
        1, 3, "请逐行核对；黄色单元格要补填。可以增删行、调整列的顺序，改好后保存即可。", formats.hint
    )
    sheet.merge_range(2, 0, 2, 1, "", formats.label)
    sheet.write_string(2, 0, C.TO_CONFIRM, formats.label)
    sheet.merge_range(2, 2, 2, last, "", formats.hint)
    open_tasks = sum(bool(task.review) for task in plan.tasks)
    about = [f"{open_tasks}项任务待确认，见右边“{C.TO_CONFIRM}”列。"] if open_tasks else []
    if plan.left_out:
        about.append(f"原文有{len(plan.left_out)}处没有当作工程或任务，见“{C.LEFT_OUT_SHEET}”表。")
    of_plan = C.notes_text(plan.review, positions=True)
    notes = "\n".join(["".join(about)] * bool(about) + [of_plan] * bool(of_plan))[:_LONGEST_CELL]
    sheet.write_string(2, 2, notes or "无", formats.hint)
    sheet.set_row(0, 30)
    sheet.set_row(1, 20)
    sheet.set_row(2, max(20, _height([(notes, _shown_width() - _WIDTHS[C.NO] - _WIDTHS[L.PROJECT])])))


def _shown_width() -> float:
    return sum(width for name, width in _WIDTHS.items() if name not in C.FOLDED)


def _write_tasks(sheet: Worksheet, formats: _Formats, plan: Plan, choices: C.UnitChoices | None) -> None:
    header, first, last = HEADER_ROW - 1, HEADER_ROW, HEADER_ROW + max(len(plan.tasks), 1) - 1
    sheet.set_row(header, 24)
    for column, name in enumerate(C.COLUMNS):
        fold = {"level": 1, "hidden": True} if name in C.FOLDED else {}
        sheet.set_column(column, column, _WIDTHS[name], None, fold)
        sheet.write_string(header, column, name, formats.header)
    # The column behind the folded ones carries the mark that opens them.
    sheet.set_column(len(C.COLUMNS), len(C.COLUMNS), 3, None, {"collapsed": True})
    for row, task in enumerate(plan.tasks, first):
        _write_task(sheet, formats, plan, task, row)
    sheet.autofilter(header, 0, last, len(C.COLUMNS) - 1)
    sheet.freeze_panes(HEADER_ROW, 3)
    _validate(sheet, first, last + _SPARE_ROWS, choices)
    _colour(sheet, formats, first, last + _SPARE_ROWS)
    _page(sheet, header, first, last, len(C.COLUMNS), plan.title)


def _write_task(sheet: Worksheet, formats: _Formats, plan: Plan, task: Task, row: int) -> None:
    texts = {
        L.PROJECT: plan.project_title(task),
        L.TASK_TITLE: task.title,
        L.TASK_BODY: task.body,
        L.LEADS: L.SEP.join(task.lead_units),
        L.SUPPORTS: L.SEP.join(task.support_units),
        L.SCHOOLS: L.SEP.join(task.school_groups),
        C.DUE_TEXT: task.due_text,
        C.INDICATORS: C.indicators_text(task.indicators),
        C.CHECKLIST: C.checklist_text(task.checklist),
        C.TO_CONFIRM: C.notes_text(task.review, positions=False),
        C.POSITION: task.position,
        C.PASSAGE: task.passage,
    }
    for column, name in enumerate(C.COLUMNS):
        if name == C.NO:
            sheet.write_number(row, column, task.no, formats.centred)
        elif name == L.DUE and task.due is not None:
            sheet.write_datetime(row, column, task.due, formats.date)
        elif name == L.DUE:
            sheet.write_blank(row, column, None, formats.date)
        elif name == L.RECURRENCE:
            _write_text(sheet, row, column, L.RECURRENCE_LABELS[task.recurrence], formats.centred)
        else:
            cell = formats.confirm if name == C.TO_CONFIRM else formats.text
            _write_text(sheet, row, column, texts[name], cell)
    sheet.set_row(row, _height((t, _WIDTHS[name]) for name, t in texts.items() if name not in C.FOLDED))


def _height(cells: Iterable[tuple[str, float]]) -> float:
    """Points for a row of (text, column width): WPS and LibreOffice do not fit rows by themselves."""
    lines = max(
        sum(
            -(-sum(1 if c < "\u2000" else 2 for c in part) // (int(width) - 1)) or 1
            for part in text.split("\n")
        )
        for text, width in cells
    )
    return min(_HIGHEST_ROW, lines * _LINE + 5)


def _write_text(sheet: Worksheet, row: int, column: int, text: str, cell: Format) -> None:
    if text:
        sheet.write_string(row, column, text[:_LONGEST_CELL], cell)
    else:
        sheet.write_blank(row, column, None, cell)


def _validate(sheet: Worksheet, first: int, last: int, choices: C.UnitChoices | None) -> None:
    from datetime import date

    def at(name: str, options: dict[str, Any]) -> None:
        column = C.COLUMNS.index(name)
        sheet.data_validation(first, column, last, column, options)

    at(
        C.NO,
        {
            "validate": "integer", "criteria": "between", "minimum": 1, "maximum": 9999,
            "error_title": "编号", "error_message": "请填 1 到 9999 的整数；新增的行可以不填，会自动续编。",
        },
    )  # fmt: skip
    at(
        L.PROJECT,
        {
            "validate": "list",
            "source": f"=OFFSET({C.PROJECT_SHEET}!$B$2,0,0,MAX(1,COUNTA({C.PROJECT_SHEET}!$B:$B)-1),1)",
            "error_type": "information", "error_title": "新的工程",
            "error_message": f"“{C.PROJECT_SHEET}”里没有这个工程，将作为新的工程加在后面。",
        },
    )  # fmt: skip
    at(
        L.DUE,
        {
            "validate": "date", "criteria": "between", "minimum": date(2000, 1, 1),
            "maximum": date(2099, 12, 31),
            "input_title": L.DUE, "input_message": "填日期，如 2022-12-31。",
            "error_type": "warning", "error_title": L.DUE,
            "error_message": "这里应填日期，如 2022-12-31。确实要写文字（如“每月25日前”）请选“是”。",
        },
    )  # fmt: skip
    at(
        L.RECURRENCE,
        {
            "validate": "list", "source": list(C.RECURRENCE_CHOICES),
            "error_title": L.RECURRENCE, "error_message": "请从下拉表中选择；一次完成的任务留空。",
        },
    )  # fmt: skip
    sources = _choice_sources(choices)
    for name, prompt in _PROMPTS.items():
        listed = name in sources
        # A cell may name several units, so the list is an offer and never refuses what is typed.
        kind = (
            {"validate": "list", "source": sources[name], "show_error": False}
            if listed
            else {"validate": "any"}
        )
        hint = f"{prompt}下拉表里是名册中的写法。" if listed else prompt
        at(name, {**kind, "input_title": name, "input_message": hint})


def _choice_sources(choices: C.UnitChoices | None) -> dict[str, str]:
    """The list behind each unit column's drop-down, only where there is something to choose."""
    found: dict[str, str] = {}
    for letter, names, columns in (
        ("A", choices.offices if choices else (), (L.LEADS, L.SUPPORTS)),
        ("B", choices.schools if choices else (), (L.SCHOOLS,)),
    ):
        if names:
            source = f"={C.UNITS_SHEET}!${letter}$2:${letter}${len(names) + 1}"
            found |= dict.fromkeys(columns, source)
    return found


def _colour(sheet: Worksheet, formats: _Formats, first: int, last: int) -> None:
    """Yellow where a task has no deadline or no unit at all; filling in clears it at once."""
    from xlsxwriter.utility import xl_col_to_name  # type: ignore[import-untyped]

    title, lead, support, schools, due = (
        f"${xl_col_to_name(C.COLUMNS.index(n))}{first + 1}"
        for n in (L.TASK_TITLE, L.LEADS, L.SUPPORTS, L.SCHOOLS, L.DUE)
    )
    for name, empty in (
        (L.DUE, f'{due}=""'),
        (L.LEADS, f'{lead}&{support}&{schools}=""'),
        (L.SCHOOLS, f'{lead}&{support}&{schools}=""'),
    ):
        column = C.COLUMNS.index(name)
        sheet.conditional_format(
            first, column, last, column,
            {"type": "formula", "criteria": f'=AND({title}<>"",{empty})', "format": formats.missing},
        )  # fmt: skip


def _page(sheet: Worksheet, header: int, first: int, last: int, columns: int, title: str) -> None:
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(header)
    sheet.print_area(0, 0, max(last, first), columns - 1)
    # A header may hold 255 characters, and & starts a code in it.
    sheet.set_footer("&L" + title.replace("&", "&&")[:100] + "&R第 &P 页，共 &N 页")


def _write_projects(sheet: Worksheet, formats: _Formats, plan: Plan) -> None:
    counts = {p.no: sum(t.project == p.no for t in plan.tasks) for p in plan.projects}
    for column, (name, width) in enumerate((("序号", 8), ("工程名称", 60), ("任务数", 10))):
        sheet.set_column(column, column, width)
        sheet.write_string(0, column, name, formats.header)
    for row, project in enumerate(plan.projects, 1):
        sheet.write_number(row, 0, project.no, formats.centred)
        sheet.write_string(row, 1, project.title, formats.text)
        sheet.write_number(row, 2, counts[project.no], formats.centred)
    sheet.freeze_panes(1, 0)
    _page(sheet, 0, 1, len(plan.projects), 3, plan.title)


def _write_left_out(sheet: Worksheet, formats: _Formats, plan: Plan) -> None:
    for column, (name, width) in enumerate(zip(C.LEFT_OUT_COLUMNS, (20, 100), strict=True)):
        sheet.set_column(column, column, width)
        sheet.write_string(0, column, name, formats.header)
    for row, passage in enumerate(plan.left_out, 1):
        _write_text(sheet, row, 0, passage.position, formats.text)
        _write_text(sheet, row, 1, passage.text, formats.text)
        sheet.set_row(row, _height([(passage.position, 20), (passage.text, 100)]))
    sheet.freeze_panes(1, 0)
    _page(sheet, 0, 1, len(plan.left_out), len(C.LEFT_OUT_COLUMNS), plan.title)


def _write_choices(sheet: Worksheet, formats: _Formats, plan: Plan, choices: C.UnitChoices) -> None:
    lists = (("股室和其他单位", choices.offices), ("学校和集体名称", choices.schools))
    sheet.set_column(0, 1, 40)
    for column, (name, names) in enumerate(lists):
        sheet.write_string(0, column, name, formats.header)
        for row, unit in enumerate(names, 1):
            sheet.write_string(row, column, unit, formats.text)
    sheet.freeze_panes(1, 0)
    _page(sheet, 0, 1, max(1, *(len(names) for _, names in lists)), 2, plan.title)


def _write_expansion(sheet: Worksheet, formats: _Formats, plan: Plan, expansion: Sequence[Expanded]) -> None:
    titles = {t.no: t.title for t in plan.tasks}
    for column, (name, width) in enumerate(zip(C.EXPANSION_COLUMNS, _EXPANSION_WIDTHS, strict=True)):
        sheet.set_column(column, column, width)
        sheet.write_string(0, column, name, formats.header)
    row = 0
    for line in expansion:
        for code, unit in line.units or (("", ""),):
            row += 1
            sheet.write_number(row, 0, line.task, formats.centred)
            cell = formats.text if line.units else formats.confirm
            for column, text in enumerate(
                (
                    titles.get(line.task, ""),
                    line.role,
                    line.name,
                    code,
                    unit or "（没有对应的单位）",
                    line.rule,
                ),
                1,
            ):
                _write_text(sheet, row, column, text, cell)
            shown = ("", titles.get(line.task, ""), "", line.name, "", unit, line.rule)
            sheet.set_row(row, _height(zip(shown, _EXPANSION_WIDTHS, strict=True)))
    sheet.autofilter(0, 0, max(row, 1), len(C.EXPANSION_COLUMNS) - 1)
    sheet.freeze_panes(1, 2)
    _page(sheet, 0, 1, row, len(C.EXPANSION_COLUMNS), plan.title)
