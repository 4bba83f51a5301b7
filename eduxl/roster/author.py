"""Roster workbooks on disk, written: the empty one that a clerk fills in, or a given roster in its form.

Names of columns and values come from `labels.py` and `rules.py`, so that what is written here reads back.
"""

from __future__ import annotations

import io
import math
import os
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from eduxl import files
from eduxl import labels as L
from eduxl.errors import FileProblem
from eduxl.roster import rules as R
from eduxl.roster.rows import roster_rows, rule_rows
from eduxl.roster.units import Roster

if TYPE_CHECKING:
    from xlsxwriter.workbook import Workbook  # type: ignore[import-untyped]
    from xlsxwriter.worksheet import Worksheet  # type: ignore[import-untyped]

#: Drop-downs and checks reach down to here in a new roster.
_NEW_ROWS = 3000
#: Points per line of text.
_LINE = 16.5


def new_roster(path: str | os.PathLike[str]) -> None:
    """Write an empty roster with drop-downs, the shipped 分组规则 and 填写说明.

    Raises FileProblem (`exists`) if there is a file already: it may be somebody's work.
    """
    target = Path(path)
    if target.suffix.lower() != ".xlsx":
        raise FileProblem(f"名册的文件名要以 .xlsx 结尾，现在是“{target.name}”。", code="bad-name")
    if os.path.exists(target):
        raise FileProblem(f"“{target}”已经存在，没有改动它。请换一个文件名，或先把它移走。", code="exists")
    write_roster(Roster(()), target)


def write_roster(roster: Roster, path: str | os.PathLike[str]) -> None:
    """Write `roster` as a workbook that `read_roster` reads back unchanged; an existing file is replaced."""
    from xlsxwriter import Workbook  # type: ignore[import-untyped]

    memory = io.BytesIO()
    book = Workbook(memory, {"in_memory": True})
    book.set_properties({"title": "单位名册", "author": ""})
    _write_units(book, roster)
    _write_rules(book, roster)
    _write_help(book)
    book.close()
    files.write(Path(path), memory.getvalue(), "写名册")


_FONT = {"font_name": "宋体", "font_size": 11, "valign": "vcenter"}
_BORDER = {"border": 1, "border_color": "#BFBFBF"}
_HEADER = {"bold": True, "bg_color": "#1F4E78", "font_color": "#FFFFFF", "align": "center", "text_wrap": True}
_OPTIONAL_HEADER = {**_HEADER, "bg_color": "#5B7FA6"}
_UNIT_WIDTHS = (12, 28, 26, 9, 16, 10, 14, 12, 16, 26)
_UNIT_NOTES = {
    L.UNIT_CODE: "必填。每个单位一个编码，不能重复，定下后不要再改。用字母和数字，例如 S001。",
    L.UNIT_NAME: "必填。单位全称，不能重复。",
    L.ALIASES: "计划和来文里的其他叫法，几个用、隔开，例如：民乐一中、一中。一个叫法只能属于一个单位。",
    L.KIND: "必填。股室、学校（含幼儿园）、学区、其他（培训机构等），从下拉表选。",
    L.STAGES: "学校必填：幼儿园、小学、初中、高中。几个学段用、隔开，例如：小学、初中。",
    L.OWNERSHIP: "公办或民办，从下拉表选。学校请填写。",
    L.DISTRICT: "填学区的单位名称；不属于学区的填“县直”。",
    L.CONTACT: "负责填报的人。",
    L.PHONE: "手机或带区号的座机。",
    L.EMAIL: "收填报表的邮箱，一个单位填一个。",
}
_RULE_WIDTHS = (46, 11, 21, 10, 22, 20, 16, 20, 16, 40)
_RULE_NOTES = {
    R.GROUP_NAMES: "必填。计划里的写法，几种写法用、隔开。有没有“各”和括号都算同一种写法。",
    L.KIND: "只要这些类别；空着表示不限。几个用、隔开。",
    L.STAGES: "有其中一个学段就算；空着表示不限。几个用、隔开。",
    L.OWNERSHIP: "公办或民办；空着表示不限。",
    L.DISTRICT: "只要这些学区的单位；空着表示不限。",
    R.CONTAINS: "单位名称里有其中一个词才算；空着表示不限。",
    R.LACKS: "单位名称里有其中一个词就不算。",
    R.NAMED: "另外加上的单位，写编码、名称或别名，用、隔开。只填这一列时，就只指这些单位。",
    R.EXCEPT: "不包括的单位，写编码、名称或别名，用、隔开。",
    L.NOTE: "给自己看的说明。",
}
_HELP = (
    ("这份名册做什么用", None),
    ("", "计划里的“责任单位”按这份名册分到每个股室和学校，填报表按它生成和发送，收回的表按它认单位。"),
    ("怎样填“名册”", None),
    (
        "",
        "一行一个单位：局里的股室、各学区、各学校和幼儿园、培训机构。表头深色的列必填。不要合并单元格，不要在中间加小计行。",
    ),
    (
        "单位编码",
        "每个单位一个，不重复，定下后不再改；填报表的文件名里有它。例如股室 G01、学区 X01、学校 S001。",
    ),
    ("别名", "计划和来文里出现的简称都写上，用、隔开。同一个简称不能写给两个单位。"),
    ("类别", "股室、学校、学区、其他。幼儿园的类别是“学校”，学段是“幼儿园”；培训机构的类别是“其他”。"),
    ("学段", "可以填几个，用、隔开。九年一贯制学校填“小学、初中”。"),
    ("所属学区", "写学区的单位名称；县城里直属教育局的学校填“县直”。"),
    ("红色单元格", "编码或名称重复，或者这一行缺编码、名称、类别。"),
    ("怎样用“分组规则”", None),
    ("", "“各中小学”“各学区”这类集体名称指哪些单位，由这张表决定。已经写好常用的规则，可以改、可以加。"),
    ("", "一行一条规则：填了的条件都要满足，空着的条件不限；一个格子里填几个值时，满足其中一个就算。"),
    ("", "删去的规则按软件自带的办理。想让某个写法只指几个单位，在“指定单位”里列出来，其他条件空着。"),
    ("", "“各相关学校”“有关单位”没有写明是谁，不会自动分配；要固定下来，可以在这里加一条规则。"),
    ("填好以后", None),
    ("", "保存后运行 eduxl roster check 名册.xlsx，看有没有要改的地方。"),
)


def _write_units(book: Workbook, roster: Roster) -> None:
    sheet = book.add_worksheet(L.ROSTER_SHEET)
    rows = roster_rows(roster)
    last = max(_NEW_ROWS, len(rows) + 500)
    must, optional = (
        book.add_format({**_FONT, **_BORDER, **_HEADER}),
        book.add_format({**_FONT, **_BORDER, **_OPTIONAL_HEADER}),
    )
    text = book.add_format({**_FONT, "num_format": "@"})
    wide = book.add_format({**_FONT, "num_format": "@", "text_wrap": True})
    for place, (column, width) in enumerate(zip(L.ROSTER_COLUMNS, _UNIT_WIDTHS, strict=True)):
        cells = wide if column in (L.UNIT_NAME, L.ALIASES) else text
        sheet.set_column(place, place, width, cells)
        required = column in (L.UNIT_CODE, L.UNIT_NAME, L.KIND)
        sheet.write_string(0, place, column, must if required else optional)
        sheet.write_comment(0, place, _UNIT_NOTES[column], {"x_scale": 1.6, "y_scale": 0.9})
        for row, values in enumerate(rows, start=1):
            if values[place]:
                sheet.write_string(row, place, values[place], cells)
    for row, values in enumerate(rows, start=1):
        sheet.set_row(row, _height(values[1:3], _UNIT_WIDTHS[1:3]))
    _add_choices(sheet, last)
    red = book.add_format({"bg_color": "#FFC7CE", "font_color": "#9C0006"})
    for letter in "AB":
        sheet.conditional_format(f"{letter}2:{letter}{last + 1}", {"type": "duplicate", "format": red})
    for letter in "ABD":
        sheet.conditional_format(
            f"{letter}2:{letter}{last + 1}",
            {
                "type": "formula",
                "criteria": f"=AND(COUNTA($A2:$J2)>0,LEN(TRIM(${letter}2))=0)",
                "format": red,
            },
        )
    sheet.set_row(0, 24)
    # Lines on paper, although the cells have no borders of their own: rows will be added.
    sheet.hide_gridlines(0)
    sheet.autofilter(0, 0, max(len(rows), 1), len(L.ROSTER_COLUMNS) - 1)
    _set_page(sheet, frozen_columns=2)


def _add_choices(sheet: Worksheet, last: int) -> None:
    def at(column: str) -> int:
        return L.ROSTER_COLUMNS.index(column)

    for column, values in ((L.KIND, L.KINDS), (L.OWNERSHIP, L.OWNERSHIPS)):
        sheet.data_validation(
            1, at(column), last, at(column),
            {
                "validate": "list",
                "source": list(values),
                "error_title": column,
                "error_message": f"请从下拉表选：{L.SEP.join(values)}。",
            },
        )  # fmt: skip
    sheet.data_validation(
        1, at(L.STAGES), last, at(L.STAGES),
        {
            "validate": "any",
            "input_title": L.STAGES,
            "input_message": f"{L.SEP.join(L.STAGE_NAMES)}；几个学段用、隔开，例如：小学、初中。",
        },
    )  # fmt: skip
    sheet.data_validation(
        1, at(L.EMAIL), last, at(L.EMAIL),
        {
            "validate": "custom",
            "value": '=AND(ISNUMBER(FIND("@",J2)),ISNUMBER(FIND(".",J2,FIND("@",J2))),ISERROR(FIND(" ",J2)))',
            "error_type": "warning",
            "error_title": L.EMAIL,
            "error_message": "这不像一个完整的邮箱地址，例如 name@163.com。",
        },
    )  # fmt: skip


def _write_rules(book: Workbook, roster: Roster) -> None:
    sheet = book.add_worksheet(L.RULES_SHEET)
    header = book.add_format({**_FONT, **_BORDER, **_HEADER})
    optional = book.add_format({**_FONT, **_BORDER, **_OPTIONAL_HEADER})
    cells = book.add_format({**_FONT, "num_format": "@", "text_wrap": True})
    bordered = book.add_format({**_FONT, **_BORDER, "num_format": "@", "text_wrap": True})
    for place, (column, width) in enumerate(zip(R.RULE_COLUMNS, _RULE_WIDTHS, strict=True)):
        sheet.set_column(place, place, width, cells)
        sheet.write_string(0, place, column, header if column == R.GROUP_NAMES else optional)
        sheet.write_comment(0, place, _RULE_NOTES[column], {"x_scale": 1.6, "y_scale": 0.9})
    rows = rule_rows(roster)
    for row, values in enumerate(rows, start=1):
        sheet.set_row(row, _height(values, _RULE_WIDTHS))
        for place, value in enumerate(values):
            if value:
                sheet.write_string(row, place, value, bordered)
            else:
                sheet.write_blank(row, place, None, bordered)
    place = R.RULE_COLUMNS.index(L.OWNERSHIP)
    sheet.data_validation(
        1, place, len(rows) + 500, place,
        {
            "validate": "list",
            "source": list(L.OWNERSHIPS),
            "error_type": "information",
            "error_title": L.OWNERSHIP,
            "error_message": "请填公办或民办；不限的空着。",
        },
    )  # fmt: skip
    sheet.set_row(0, 24)
    _set_page(sheet, frozen_columns=1)


def _write_help(book: Workbook) -> None:
    sheet = book.add_worksheet("填写说明")
    heading = book.add_format({**_FONT, "bold": True, "font_size": 13, "font_color": "#1F4E78"})
    word = book.add_format({**_FONT, "bold": True, "valign": "top"})
    text = book.add_format({**_FONT, "text_wrap": True, "valign": "top"})
    sheet.hide_gridlines(2)
    sheet.set_column(0, 0, 14, word)
    sheet.set_column(1, 1, 96, text)
    for row, (left, right) in enumerate(_HELP):
        if right is None:
            sheet.set_row(row, 26)
            sheet.write_string(row, 0, left, heading)
        else:
            if left:
                sheet.write_string(row, 0, left, word)
            sheet.write_string(row, 1, right, text)
            sheet.set_row(row, _height((right,), (96,)))
    _set_page(sheet, frozen_columns=None)


def _height(texts: Iterable[str], widths: Iterable[float]) -> float:
    """Points for a row whose cells wrap: not every program fits the height by itself on opening."""

    def lines(text: str, width: float) -> int:
        # A Chinese character is as wide as two digits; a little less than the column is usable.
        needed = sum(1 if char.isascii() else 2 for char in text)
        return math.ceil(needed / (width - 1)) or 1

    return _LINE * max(lines(text, width) for text, width in zip(texts, widths, strict=True))


def _set_page(sheet: Worksheet, frozen_columns: int | None) -> None:
    sheet.set_paper(9)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.set_margins(left=0.5, right=0.5, top=0.6, bottom=0.6)
    sheet.set_footer("&C第 &P 页，共 &N 页")
    if frozen_columns is not None:
        sheet.freeze_panes(1, frozen_columns)
        sheet.repeat_rows(0)
