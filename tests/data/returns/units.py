"""Habits of saying whose a return is, or of how several units share one file."""

# ruff: noqa: E501
from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
from openpyxl.cell.cell import Cell
from openpyxl.workbook import Workbook

from tests.data.returns.expected import EARLIER_ROUND, ROUND, UNITS, Item
from tests.data.returns.habit import HABITS, Habit, habit, on_book, on_grid, one
from tests.data.returns.kit import HEADER, SHEET, Kit
from tests.data.returns.package import saved
from tests.data.returns.texts import text_table
from tests.data.returns.workbooks import Grid, xlsx

# fmt: off
one("u01-file-name-of-another", "隐藏表是项目办，文件名写了党办：隐藏表为准。", Kit.bytes, "G01_党办_2022-06.xlsx", round=ROUND, warnings="name-differs")
# fmt: on


def whose(
    name: str, odd: str, text: Any, code: str = "", read_as: str = "G09", unit: str = "G09", **more: Any
) -> None:
    """A template whose 单位 cell says `text` and, with `code`, whose hidden sheet names another unit."""

    def change(book: Workbook) -> None:
        book[SHEET]["B2"] = text
        if code:
            _hidden(book, "unit").value = code

    on_book(name, odd, unit=unit, read_as=read_as, **more)(change)


def _hidden(book: Workbook, key: str) -> Cell:
    """The value of `key` in the hidden sheet."""
    cell = next(row[1] for row in book["_eduxl"].iter_rows() if row[0].value == key)
    assert isinstance(cell, Cell)
    return cell


UNKNOWN: dict[str, Any] = {"read_as": "", "rejected": ("unknown-unit",)}

# fmt: off
whose("u02-neighbours-file", "填了邻居的文件：隐藏表是项目办，单位格写党办，由文员定。", "G01 党办", **UNKNOWN)
whose("u03-alias-in-cell", "单位格写的是别名，与隐藏表是同一单位。", "博文培训学校", unit="S055", read_as="S055", path="博文.xlsx", may="given-cell-edited")
whose("u04-own-words-in-cell", "单位格写“本单位”，不是名册里的名字：隐藏表为准。", "本单位", may="given-cell-edited")
whose("u05-unit-cell-emptied", "单位格清空了。", None, may="given-cell-edited")
whose("u06-code-not-in-roster", "隐藏表里的编码名册里没有，单位格也没有。", "某某学校", code="S999", path="某某学校.xlsx", **UNKNOWN)
# fmt: on


@on_book(
    "u07-other-tracker",
    "别的县（别的台账）的模板。",
    via="merge",
    read_as="",
    rejected=("wrong-tracker",),
    round=None,
)
def _(book: Workbook) -> None:
    _hidden(book, "tracker").value = "0" * 32


@on_book(
    "u08-other-round", "还在用上一轮的模板。", via="merge", read_as="", rejected=("wrong-round",), round=None
)
def _(book: Workbook) -> None:
    _hidden(book, "round").value = EARLIER_ROUND


def unnamed(
    name: str,
    odd: str,
    path: str,
    cell: str | None = None,
    sheet: str = "Sheet1",
    unit: str = "G09",
    read_as: str | None = None,
    **more: Any,
) -> None:
    """The table's values in a new workbook, whose unit only the 单位 cell, the file's or the sheet's name tells."""

    def data(kit: Kit) -> bytes:
        top: Grid = [["单位：", cell]] if cell else []
        return xlsx({sheet: top + kit.grid(unit)[HEADER:]})

    one(name, odd, data, path, unit if read_as is None else read_as, **more)


unnamed("u09-cell-only", "只有单位格说明是谁。", "填报表.xlsx", cell="项目办")
unnamed(
    "u10-cell-before-file-name",
    "单位格与文件名不一致：先看单位格。",
    "党办.xlsx",
    cell="项目办",
    warnings="name-differs",
)
unnamed("u11-file-name-only", "只有文件名说明是谁。", "2022年6月项目办（终稿）.xlsx")
unnamed("u12-code-in-file-name", "文件名里只有编码。", "S055 六月.xlsx", unit="S055")
unnamed("u13-alias-in-file-name", "文件名里是别名。", "校园安全办公室6月台账.xlsx", unit="G14")

# fmt: off
unnamed("u14-longest-name", "文件名里有学区和学校两个名字：长的为准。", "洪水镇学区洪水镇中心小学.xlsx", unit="S018")
unnamed("u15-sheet-name-only", "只有工作表名说明是谁。", "六月份.xlsx", sheet="项目办")
unnamed("u16-file-before-sheet-name", "文件名与工作表名不一致：先看文件名。", "项目办.xlsx", sheet="党办")
unnamed("u17-nobody", "哪里都没写单位。", "填报表.xlsx", **UNKNOWN)
unnamed("u18-nearly-a-name", "单位名差一个字：决不按相似猜。", "洪水镇中心小校.xlsx", unit="S018", **UNKNOWN)
unnamed("u19-full-width-code", "单位格里是全角编码、名字中间有空格。", "填报表.xlsx", cell="Ｇ０９　项目办")
unnamed("u20-blanks-in-sheet-name", "只有工作表名说明是谁，字间有空格。", "填报表.xlsx", sheet="项 目 办", rejected=("unknown-unit",), either="字间有空格算不算名字。")
# fmt: on


@on_grid(
    "u21-label-and-name", "“填报单位：项目办　　填报日期：2022年6月18日”写在一格里。", path="填报表.xlsx"
)
def _(grid: Grid) -> Grid:
    return [["填报单位：项目办　　填报日期：2022年6月18日"], *grid[HEADER:]]


PAIR = ("S055", "S056")


def several(
    name: str, odd: str, data: Callable[[Kit], bytes], path: str = "民办机构.xlsx", **more: Any
) -> None:
    """One file with the answers of two units."""
    keys = {key: more.pop(key) for key in ("warnings", "may") if key in more}

    def make(kit: Kit, folder: Path) -> None:
        folder.joinpath(path).write_bytes(data(kit))

    HABITS.append(Habit(name, odd, make, tuple(Item(path, unit, **keys) for unit in PAIR), **more))


def _with_unit_column(kit: Kit, label: Callable[[str, int], str | None]) -> Grid:
    """Both units' rows in one table; `label` says what stands in the 单位 column of a unit's nth row."""
    grids = {unit: kit.grid(unit) for unit in PAIR}
    head: Grid = [["单位名称", *grids[PAIR[0]][HEADER]]]
    return head + [
        [label(u, i), *row] for u, grid in grids.items() for i, row in enumerate(grid[HEADER + 1 :])
    ]


def _merged_down(kit: Kit) -> bytes:
    book = openpyxl.load_workbook(io.BytesIO(xlsx(_with_unit_column(kit, lambda unit, i: UNITS[unit][0]))))
    sheet = book.worksheets[0]
    for area in ("A2:A5", "A6:A9"):
        sheet.merge_cells(area)
    return saved(book)


# fmt: off
several("u22-sheet-per-school", "一个工作簿，每校一张表，表名是校名。", lambda kit: xlsx({UNITS[u][0]: kit.grid(u)[HEADER:] for u in PAIR}))
several("u23-sheet-per-school-cells", "一个工作簿，每校一张表，表名是 Sheet1、Sheet2，单位在单位格里。", lambda kit: xlsx({f"Sheet{i}": kit.grid(u) for i, u in enumerate(PAIR, 1)}))
several("u24-unit-column", "一张总表，有单位名称列。", lambda kit: xlsx(_with_unit_column(kit, lambda unit, i: UNITS[unit][0])))
several("u25-unit-column-codes", "一张总表，单位列里是编码。", lambda kit: xlsx(_with_unit_column(kit, lambda unit, i: unit)))
several("u26-unit-column-merged", "一张总表，单位名称向下合并。", _merged_down)
several("u27-unit-column-first-row", "一张总表，单位只写在各校第一行，下面空着。", lambda kit: xlsx(_with_unit_column(kit, lambda unit, i: None if i else UNITS[unit][0])), open="没有合并的空格算不算同上一行。", may="unit-carried")
several("u28-unit-column-alias", "一张总表，单位列里是别名。", lambda kit: xlsx(_with_unit_column(kit, lambda unit, i: {"S055": "博文培训学校", "S056": "育才艺术培训中心"}[unit])))
several("u29-unit-column-csv", "一张总表另存成 GB18030 的 .csv。", lambda kit: text_table(_with_unit_column(kit, lambda unit, i: UNITS[unit][0]), ",", "gb18030"), "民办机构.csv")
# fmt: on


@habit(
    "u30-unit-column-stranger",
    "一张总表里有一个名册里没有的单位：它的行要提醒，其余照读。",
    Item("民办机构.xlsx", "S055", may="unknown-unit, unknown-task"),
    open="不认识的单位的行记成哪种提醒或拒收。",
)
def _(kit: Kit, folder: Path) -> None:
    rows = _with_unit_column(kit, lambda unit, i: {"S055": "民乐县博文培训学校", "S056": "某某培训班"}[unit])
    folder.joinpath("民办机构.xlsx").write_bytes(xlsx(rows))


@habit(
    "u31-sheet-per-school-one-strange",
    "每校一张表，有一张表名谁也不是。",
    Item("民办机构.xlsx", "S055", may="unknown-unit, unknown-task"),
    open="认不出单位的一张表记成哪种提醒或拒收。",
)
def _(kit: Kit, folder: Path) -> None:
    sheets = {"博文培训学校": kit.grid("S055")[HEADER:], "其他": kit.grid("S056")[HEADER:]}
    folder.joinpath("民办机构.xlsx").write_bytes(xlsx(sheets))
