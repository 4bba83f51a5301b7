"""Habits of rows and sheets: rows moved, added and emptied, other tables around, merged cells, tasks named otherwise."""

# ruff: noqa: E501
from __future__ import annotations

from datetime import date

from openpyxl.comments import Comment
from openpyxl.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from tests.data.returns.expected import COLUMNS, ROUND, UNITS
from tests.data.returns.habit import EXTRA, OFFICE_FILE, edited, on_book, on_grid, on_sheet, one
from tests.data.returns.kit import HEADER, SHEET, place, with_columns
from tests.data.returns.workbooks import Grid


@on_grid("t16-blank-rows", "任务之间空一行或三行。")
def _(grid: Grid) -> Grid:
    blank: Grid = [[None] * 14]
    return grid[: HEADER + 2] + blank + grid[HEADER + 2 : HEADER + 3] + blank * 3 + grid[HEADER + 3 :]


@on_grid("t17-rows-moved", "任务行倒着排。")
def _(grid: Grid) -> Grid:
    return grid[: HEADER + 1] + grid[:HEADER:-1]


@on_sheet("t18-row-deleted", "删掉了一项任务的行。", via="merge", without=(10,), warnings="missing-entry 10")
def _(sheet: Worksheet) -> None:
    sheet.delete_rows(6)


# fmt: off
edited("t19-row-emptied", "一行没有填。", {(11, c): None for c in COLUMNS}, {}, "missing-entry 11", without=(11,))
edited("t20-only-reporter", "一行只填了填报人和电话，等于没填。", {(9, c): None for c in list(COLUMNS)[:7]}, warnings="missing-entry 9", without=(9,))
one("t21-untouched", "原样报回，什么也没填。", lambda kit: kit.template("G09"), OFFICE_FILE, round=ROUND, without=UNITS["G09"][1], warnings="missing-entry 9, missing-entry 10, missing-entry 11, missing-entry 14", may="missing-entry")
# fmt: on


@on_grid("t22-step-rows", "任务行下加了学校自己的分步行（没有编号）。", may=EXTRA)
def _(grid: Grid) -> Grid:
    step = [
        None,
        None,
        "　　其中：第一步 选址论证",
        None,
        None,
        "已完成",
        1,
        date(2022, 4, 1),
        "选址报告已上会。",
        *[None] * 5,
    ]
    return [*grid[: HEADER + 2], step, *grid[HEADER + 2 :]]


@on_grid(
    "t23-numbered-steps", "分步行编号为 9.1、9.2 或（1）。", may=EXTRA, open="9.1 算不算任务 9 的步骤行。"
)
def _(grid: Grid) -> Grid:
    steps = [
        [no, None, "选址论证", None, None, "已完成", 1, date(2022, 4, 1), "选址报告已上会。", *[None] * 5]
        for no in ("9.1", "9.2", "（1）")
    ]
    return grid[: HEADER + 2] + steps + grid[HEADER + 2 :]


@on_grid("t24-subtotal-signature", "表下有合计行、负责人签字行和日期。", may=EXTRA)
def _(grid: Grid) -> Grid:
    total = ["合计", None, "共 4 项", None, None, "已完成1项", 0.51, *[None] * 7]
    return [
        *grid,
        total,
        [None],
        ["单位负责人（签字）：王建平", *[None] * 8, "填报日期：2022年6月18日"],
        ["（盖章）"],
    ]


@on_grid(
    "t25-second-table-below",
    "下面还有一个表：下半年安排，也有任务编号和完成状态。",
    may=f"{EXTRA}, duplicate-task",
)
def _(grid: Grid) -> Grid:
    return [
        *grid,
        [None],
        ["下半年工作安排"],
        ["任务编号", "任务名称", "完成状态", "完成进度"],
        [9, "扩充优质教育资源", "未启动", 0],
        [10, "优化农村教育布局", "未启动", 0],
    ]


@on_grid("t26-second-table-beside", "右边隔一列还有一个表：上期情况。", may=EXTRA)
def _(grid: Grid) -> Grid:
    beside: Grid = [
        ["任务编号", "完成状态", "完成进度"],
        [14, "已完成", 1],
        [11, "未启动", 0],
        [10, "推进中", 0.1],
        [9, "未启动", 0],
    ]
    return grid[:HEADER] + [[*row, None, *more] for row, more in zip(grid[HEADER:], beside, strict=True)]


@on_grid("t27-table-above", "上面先有一个小统计表。", may=EXTRA)
def _(grid: Grid) -> Grid:
    return [["项目", "应报", "已报"], ["任务", 4, 4], [None], *grid]


@on_grid("t28-header-repeated", "每页重复一次表头。", may=EXTRA)
def _(grid: Grid) -> Grid:
    return [*grid[: HEADER + 3], grid[HEADER], *grid[HEADER + 3 :]]


@on_grid("t29-starts-at-D", "表从 D 列第 4 行开始，左边空着。")
def _(grid: Grid) -> Grid:
    return [[None] * 3 + row for row in grid]


@on_sheet("t30-hidden", "隐藏了两行和一列，并设了筛选。")
def _(sheet: Worksheet) -> None:
    sheet.row_dimensions[6].hidden = sheet.row_dimensions[8].hidden = True
    sheet.column_dimensions["I"].hidden = True
    sheet.auto_filter.ref = "A4:N8"


@on_sheet("t31-merged-project", "相同的所属工程向下合并。")
def _(sheet: Worksheet) -> None:
    sheet.merge_cells("B5:B6")
    sheet.merge_cells("B7:B8")


@on_sheet(
    "t32-merged-reporter",
    "填报人和电话各合并成一格，管四行。",
    answers={
        (t, k): v for t in UNITS["G09"][1] for k, v in (("reporter", "王建平"), ("phone", "0936-4421018"))
    },
)
def _(sheet: Worksheet) -> None:
    sheet.merge_cells("M5:M8")
    sheet.merge_cells("N5:N8")


@on_sheet(
    "t33-merged-answers",
    "两项任务的状态、进度、进展合并成一格。",
    answers={
        (10, "status"): "推进中",
        (10, "progress"): 45,
        (10, "done_on"): None,
        (10, "report"): "选址论证和可研批复已经办结，正在办理用地手续。",
    },
    open="合并的答案算两项都填了，还是只算第一项。",
)
def _(sheet: Worksheet) -> None:
    sheet["H6"] = None
    for column in "FGI":
        sheet.merge_cells(f"{column}5:{column}6")


@on_sheet("t34-merged-across", "进展情况和存在问题横着合并，话只写一遍。")
def _(sheet: Worksheet) -> None:
    sheet.merge_cells("I5:J5")


@on_sheet("t35-sheet-renamed", "工作表改名为 Sheet1。")
def _(sheet: Worksheet) -> None:
    sheet.title = "Sheet1"


@on_book("t36-cover-first", "前面加了封面，填报表移到最后。", may=EXTRA)
def _(book: Workbook) -> None:
    book.create_sheet("封面", 0)["B3"] = "项目办 2022年6月工作进展"
    book.move_sheet(SHEET, len(book.sheetnames))


@on_book(
    "t37-own-copy",
    "工作簿里还留着一张没填的副本“填报表 (2)”。",
    may="missing-entry 9, missing-entry 10, missing-entry 11, missing-entry 14, duplicate-task",
    open="副本里的空行要不要提醒。",
)
def _(book: Workbook) -> None:
    copy = book.copy_worksheet(book[SHEET])
    copy.title = "填报表 (2)"
    for row in copy["F5:N8"]:
        for cell in row:
            cell.value = None


@on_sheet("t38-comments", "格里加了批注，行高、底色、字体都改过，取消了保护。")
def _(sheet: Worksheet) -> None:
    sheet["F5"].comment = Comment("请核实", "王建平")
    sheet.protection.sheet = False
    sheet.row_dimensions[5].height = 90


# fmt: off
edited("t39-task-numbers", "编号写成 9.、１０、T11、“14、”。", {(9, "任务编号"): "9.", (10, "任务编号"): "１０", (11, "任务编号"): "T11", (14, "任务编号"): "14、"})
edited("t40-task-number-text", "编号是文字，前面有零、后面有空格。", {(9, "任务编号"): "09", (10, "任务编号"): "10 ", (11, "任务编号"): "11"})
# fmt: on


@on_grid("t41-by-title", "没有编号列，按任务名称认。", via="merge")
def _(grid: Grid) -> Grid:
    return with_columns(grid, lambda row: row[1:])


@on_grid(
    "t42-by-closest-title",
    "没有编号列，有一个任务名称写得不一样，但只像一项。",
    via="merge",
    warnings="guessed-task 11",
    may="given-cell-edited 11",
)
def _(grid: Grid) -> Grid:
    row, across = place(grid, 11, "任务名称")
    grid[row][across] = "推进高考综合改革工作"
    return with_columns(grid, lambda cells: cells[1:])


@on_grid(
    "t43-title-unknown",
    "没有编号列，有一个名称谁也不像。",
    via="merge",
    without=(11,),
    warnings="unknown-task, missing-entry 11",
    may="unknown-task",
)
def _(grid: Grid) -> Grid:
    row, across = place(grid, 11, "任务名称")
    grid[row][across] = "迎接上级检查"
    return with_columns(grid, lambda cells: cells[1:])


@on_grid(
    "t43-title-like-two",
    "没有编号列，有一个名称像两项任务：不猜。",
    via="merge",
    without=(11,),
    warnings="unknown-task, missing-entry 11",
    may="unknown-task",
    open="像到什么程度算像两项。",
)
def _(grid: Grid) -> Grid:
    row, across = place(grid, 11, "任务名称")
    grid[row][across] = "推进教育改革发展"
    return with_columns(grid, lambda cells: cells[1:])


@on_sheet("t44-unknown-task", "多了一行计划里没有的任务 99。", via="merge", warnings="unknown-task 99")
def _(sheet: Worksheet) -> None:
    sheet.append(
        [99, None, "本单位特色工作", None, None, "推进中", 0.3, None, "开展特色活动三次，效果良好。"]
    )


@on_sheet("t45-not-assigned", "多了一行别的单位的任务 20。", via="merge", warnings="not-assigned 20")
def _(sheet: Worksheet) -> None:
    sheet.append(
        [20, None, "常态化抓好校园安全工作", None, None, "推进中", 0.3, None, "开展安全检查三次，整改到位。"]
    )


@on_sheet(
    "t46-duplicate-task",
    "同一任务填了两行，说法不同。",
    answers={
        (9, key): ...
        for key in (
            "status",
            "progress",
            "report",
            "problems",
            "next_steps",
            "evidence",
            "reporter",
            "phone",
            "done_on",
        )
    },
    warnings="duplicate-task 9",
    open="两行不同时哪一行算数。",
)
def _(sheet: Worksheet) -> None:
    sheet.append(
        [9, None, "扩充优质教育资源", "牵头", None, "推进中", 0.9, None, "主体工程封顶，内部装修过半。"]
    )


@on_sheet(
    "t47-duplicate-same",
    "同一任务填了两行，一字不差。",
    warnings="duplicate-task 9",
    open="完全相同的两行要不要提醒。",
)
def _(sheet: Worksheet) -> None:
    sheet.append([cell.value for cell in sheet[5]])


# fmt: off
edited("t48-title-edited", "改了任务名称。", {(9, "任务名称"): "扩充优质教育资源（含幼儿园）"}, {}, "given-cell-edited 9", via="merge")
edited("t49-due-edited", "把完成时限往后改。", {(9, "完成时限"): date(2023, 6, 30)}, {}, "given-cell-edited 9", via="merge")
edited("t50-due-as-text", "完成时限变成了文字，意思没变。", {(9, "完成时限"): "2022年11月30日"}, {}, via="merge")
edited("t51-role-edited", "责任角色改成“配合”，所属工程清空。", {(9, "责任角色"): "配合", (10, "所属工程"): None}, {}, via="merge", may="given-cell-edited 9, given-cell-edited 10", open="哪些给定格改了要提醒；issue 只举了任务名称、完成时限。")
# fmt: on


@on_sheet(
    "t52-titles-swapped",
    "两行的任务名称对调了：按编号认，提醒。",
    via="merge",
    warnings="given-cell-edited 9, given-cell-edited 10",
)
def _(sheet: Worksheet) -> None:
    sheet["C5"].value, sheet["C6"].value = sheet["C6"].value, sheet["C5"].value


@on_book("t53-old-template", "用的是旧版模板。", warnings="old-template", via="merge")
def _(book: Workbook) -> None:
    cell = next(row[1] for row in book["_eduxl"].iter_rows() if row[0].value == "version")
    cell.value = "0"


@on_grid("t54-ten-thousand-blank", "表尾第 9000 行有一个空格字符。", may=EXTRA)
def _(grid: Grid) -> Grid:
    return grid + [[None]] * 9000 + [[" "]]
