"""What goes along with templates that are handed out in a folder: the list to sign on, and the words for a group. Pure."""

from __future__ import annotations

import io
import math
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import datetime, time
from typing import TYPE_CHECKING, Any

from attrs import evolve, frozen

from eduxl import labels as L
from eduxl.celltext import cell_text
from eduxl.mail.mailing import Mailing
from eduxl.mail.texts import Text, day, shipped
from eduxl.model import Round, Unit

if TYPE_CHECKING:
    from xlsxwriter.worksheet import Worksheet  # type: ignore[import-untyped]

#: The sheet, and the beginning of the file's name.
NAME = "发放名单"
COLUMNS = ("学区", "单位", "联系人", "电话", "文件名", "签收")
#: In Excel's character units: together what a page of A4 upright holds.
_WIDTHS = (12, 22, 9, 13, 29, 11)
#: Points of a line of text, and of the lowest row that somebody can sign in.
_LINE, _LOWEST = 15.0, 25.0
_FONT = {"font_name": "宋体", "font_size": 11, "valign": "vcenter"}
_CELL = {**_FONT, "border": 1, "text_wrap": True}
_HEADER = {**_CELL, "bold": True, "align": "center", "bg_color": "#D9E2F3"}

Row = tuple[str, ...]


@frozen
class Handed:
    """A unit whose template lies in the folder: under `group`, as the file `file` relative to the folder, with "/"."""

    group: str
    unit: Unit
    file: str

    @property
    def cells(self) -> Row:
        """A row of COLUMNS."""
        unit = self.unit
        return self.group, unit.name, unit.contact, unit.phone, self.file.rpartition("/")[2], ""


# --- the list -------------------------------------------------------------------------------------
def list_bytes(handed: Sequence[Handed], title: str, round_: Round) -> bytes:
    """The list as a workbook to print, on A4; the same for the same units."""
    from xlsxwriter import Workbook  # type: ignore[import-untyped]

    memory = io.BytesIO()
    book = Workbook(memory, {"in_memory": True})
    heading = f"{title} {round_.id} 轮填报表{NAME}"
    book.set_properties({"title": heading, "author": "", "created": datetime.combine(round_.opened, time())})
    sheet = book.add_worksheet(NAME)
    _page(sheet)
    told = f"截止日期：{day(round_.due)}　　共{len(handed)}个单位"
    last = len(COLUMNS) - 1
    title_format = book.add_format(
        {**_FONT, "bold": True, "font_size": 14, "align": "center", "text_wrap": True}
    )
    sheet.merge_range(0, 0, 0, last, heading, title_format)
    sheet.set_row(0, 22.0 * _lines(heading, sum(_WIDTHS) * 0.75))
    sheet.merge_range(1, 0, 1, last, told, book.add_format(_FONT))
    sheet.set_row(1, 20)
    sheet.write_row(2, 0, COLUMNS, book.add_format(_HEADER))
    sheet.set_row(2, _LOWEST)
    cell = book.add_format(_CELL)
    for at, each in enumerate(handed, 3):
        for column, text in enumerate(each.cells):
            sheet.write_string(at, column, text, cell) if text else sheet.write_blank(at, column, None, cell)
        lines = max(_lines(text, width) for text, width in zip(each.cells, _WIDTHS, strict=True))
        sheet.set_row(at, max(_LOWEST, lines * _LINE + 4))
    book.close()
    return memory.getvalue()


def _page(sheet: Worksheet) -> None:
    for column, width in enumerate(_WIDTHS):
        sheet.set_column(column, column, width)
    sheet.set_paper(9)
    sheet.set_portrait()
    sheet.fit_to_pages(1, 0)
    sheet.center_horizontally()
    sheet.set_margins(left=0.5, right=0.5, top=0.6, bottom=0.7)
    sheet.repeat_rows(2)
    sheet.freeze_panes(3, 0)
    sheet.set_footer("&C第 &P 页，共 &N 页")


def _lines(text: str, width: float) -> int:
    """Lines that a text takes in a column: a Chinese character is two wide."""
    wide = sum(2 if unicodedata.east_asian_width(char) in "WFA" else 1 for char in text)
    return max(1, math.ceil(wide / (width - 1.5)))


def rows_of(data: bytes) -> list[Row] | None:
    """The rows of a list as it lies somewhere; None for what is no list of ours, or cannot be read."""
    from eduxl.spreadsheet.sheets import Unreadable, open_book

    try:
        book = open_book(data)
        rows = book.grid(NAME).rows if NAME in book.names else []
    except Unreadable:
        return None
    found = [_texts(row) for row in rows]
    if _texts(COLUMNS) not in found:
        return None
    return [row for row in found[found.index(_texts(COLUMNS)) + 1 :] if any(row)]


def is_untouched(rows: Iterable[Row], handed: Iterable[Handed]) -> bool:
    """Whether nobody has written on a list with these rows: each is as we write it for one of the units."""
    ours = {_texts(each.cells) for each in handed}
    return all(row in ours for row in rows)


def _texts(row: Iterable[Any]) -> Row:
    """What stands in the cells, without the empty ones at the end."""
    cells = [cell_text(cell).strip() for cell in row]
    while cells and not cells[-1]:
        cells.pop()
    return tuple(cells)


# --- the words ------------------------------------------------------------------------------------
def group_words(text: Text, mailing: Mailing, groups: Sequence[str]) -> str:
    """For the WeChat, QQ or 钉钉 group, ready to be pasted: the clerk's text of the mail in short.

    Its subject is the first line, and what the clerk has added to the shipped text is said too, but for what is about
    mail.
    """
    values = {**mailing.words("各单位", "单位编码"), "附件": "填报表"}
    subject, _ = text.fill(**values)
    subject = subject.replace("（各单位）", "")
    _, added = evolve(text, body="\n".join(_added(text))).fill(**values)
    lines = [
        f"@所有人 各位老师好，{subject}。",
        f"一、领表：填报表按学区放在各个文件夹里（{L.SEP.join(groups)}），文件名里有单位的编码和名称，请只取本单位的那一份。",
        "二、填表：用 Excel 或 WPS 打开“填报表”，逐项填写浅黄色的格子，写清做了什么、做到哪一步；灰色的格子、表格的列和"
        "文件名请不要改动。",
        f"三、交表：请在{day(mailing.round.due)}前把填好的表格发回来，不要发照片、截图或 PDF。",
        *added.splitlines(),
        "有疑问请和我联系。",
        mailing.bureau,
    ]
    return "\n".join(lines) + "\n"


def _added(text: Text) -> list[str]:
    """The lines of the message that are not in the shipped one and not about mail."""
    ours = {line.strip() for line in shipped(text.name).splitlines()}
    lines = [line.strip() for line in text.body.splitlines()]
    return [line for line in lines if line and line not in ours and "邮件" not in line]
