"""Habits of table heads and columns: where the head stands, its words, columns moved, added and deleted."""

# ruff: noqa: E501
from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from openpyxl.worksheet.worksheet import Worksheet

from tests.data.returns.expected import UNITS
from tests.data.returns.habit import on_grid, on_sheet
from tests.data.returns.kit import HEADER, with_columns
from tests.data.returns.workbooks import Grid

for row_ in (1, 10, 25, 30):

    @on_grid(f"t01-header-row-{row_}", f"表头在第 {row_} 行。")
    def _(grid: Grid, row_: int = row_) -> Grid:
        above: Grid = [["请按要求填写"], *[[None]] * row_]
        return above[: row_ - 1] + grid[HEADER:]


@on_grid(
    "t02-header-row-60",
    "表头在第 60 行，前面是长长的说明。",
    rejected=("no-entry-table",),
    either="表头规定在前 30 行内；读出也行。",
)
def _(grid: Grid) -> Grid:
    return [[f"填表说明第 {i} 条。"] for i in range(1, 60)] + grid[HEADER:]


@on_sheet("t03-group-header", "表头两行：上行是大类（合并），下行才是列名。")
def _(sheet: Worksheet) -> None:
    sheet.insert_rows(4)
    for area, text in (
        ("A4:E4", "基本信息（教育局填）"),
        ("F4:L4", "填报内容（学校填）"),
        ("M4:N4", "联系方式"),
    ):
        sheet[area.split(":")[0]] = text
        sheet.merge_cells(area)


@on_grid("t04-split-header", "表头两行：“完成”一格跨三列，下面分“状态、进度、日期”；其余列名在上行。")
def _(grid: Grid) -> Grid:
    upper: list[Any] = list(grid[HEADER])
    upper[5:8] = ["完成", None, None]
    return [*grid[:HEADER], upper, [None] * 5 + ["状态", "进度", "日期"], *grid[HEADER + 1 :]]


@on_sheet("t05-split-header-merged", "同上，真正合并过：编号等各列向下合并两行，“完成”横着合并三列。")
def _(sheet: Worksheet) -> None:
    sheet.insert_rows(5)
    for column in range(1, 15):
        if column not in (6, 7, 8):
            sheet.merge_cells(start_row=4, end_row=5, start_column=column, end_column=column)
    for cell, text in zip(sheet["F5:H5"][0], ("状态", "进度", "日期"), strict=True):
        cell.value = text
    sheet["F4"], sheet["G4"], sheet["H4"] = "完成", None, None
    sheet.merge_cells("F4:H4")


def _renamed(grid: Grid, names: Mapping[str, str]) -> None:
    grid[HEADER] = [names.get(name, name) for name in grid[HEADER]]


def headed(name: str, odd: str, names: Mapping[str, str] | Callable[[str], str], **more: Any) -> None:
    """The table with other words in its header."""

    def change(grid: Grid) -> None:
        _renamed(grid, names if isinstance(names, Mapping) else {word: names(word) for word in grid[HEADER]})

    on_grid(name, odd, **more)(change)


headed("t06-header-blanks", "表头字间有空格，前后有全角空格。", lambda word: "\u3000" + " ".join(word) + " ")
headed("t07-header-breaks", "表头中间换行。", lambda word: f"{word[:2]}\n{word[2:]}")

# fmt: off
headed("t08-header-brackets", "表头后带括号说明和星号。", {"任务编号": "任务编号（勿改）", "完成状态": "*完成状态（下拉选择）", "完成进度": "完成进度(%)", "完成日期": "完成日期【年-月-日】", "进展情况": "进展情况\n（200字以内）", "联系电话": "联系电话："})
headed("t09-header-synonyms", "用别的说法：序号、完成情况、进度。", {"任务编号": "序号", "完成状态": "完成情况", "完成进度": "进度"})
headed("t10-header-more-synonyms", "更多别的说法。", {"完成日期": "完成时间", "存在问题": "存在的问题", "下一步措施": "下一步工作措施", "佐证材料": "证明材料", "填报人": "填表人", "联系电话": "电话"}, open="哪些同义词算数由数据决定。")
headed("t11-header-nbsp", "表头前后是不间断空格和全角空格。", lambda word: f"\xa0{word}\u3000")
headed("t11-header-zero-width", "表头里有零宽空格（网页复制来的）。", lambda word: f"{word}\u200b", open="零宽字符没有写明。")
# fmt: on


@on_grid("t12-columns-moved", "列的次序全倒过来。")
def _(grid: Grid) -> Grid:
    return with_columns(grid, lambda row: row[::-1])


@on_sheet("t13-columns-inserted", "中间插了两列校内用的列，有内容。", may="unknown-task")
def _(sheet: Worksheet) -> None:
    sheet.insert_cols(6)
    sheet.insert_cols(10)
    for column, word, text in ((6, "分管领导", "张副校长"), (10, "校内备注", "已报")):
        sheet.cell(4, column).value = word
        for r in range(5, 9):
            sheet.cell(r, column).value = text


@on_grid("t14-given-columns-deleted", "删掉了所属工程、责任角色、完成时限三列。")
def _(grid: Grid) -> Grid:
    return with_columns(grid, lambda row: [row[0], row[2], *row[5:]])


@on_grid(
    "t15-entry-columns-deleted",
    "删掉了存在问题、下一步措施、佐证材料三列。",
    answers={(task, key): "" for task in UNITS["G09"][1] for key in ("problems", "next_steps", "evidence")},
    open="少了填写列要不要提醒。",
)
def _(grid: Grid) -> Grid:
    return with_columns(grid, lambda row: row[:9] + row[12:])
