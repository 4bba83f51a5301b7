"""Habits of filling in 指标填报 and 问题清单."""

# ruff: noqa: E501
from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from openpyxl.workbook import Workbook

from tests.data.returns.habit import on_book
from tests.data.returns.kit import INDICATORS

INVESTED = (9, "年度计划投资")


def indicator(
    name: str, odd: str, value: Any, expected: float | None, warnings: str = "", **more: Any
) -> None:
    """The 本期完成值 of 项目办's one indicator (target 10256 万元)."""

    def change(book: Workbook) -> None:
        book["指标填报"]["F3"] = value

    on_book(name, odd, indicators={INVESTED: expected}, warnings=warnings, via="merge", **more)(change)


indicator("i01-number", "填了数。", 5120.5, 5120.5)
indicator("i02-text-number", "数存成文字，有千分位、全角。", "５,１２０", 5120)

# fmt: off
indicator("i03-with-unit", "数后面带了计量单位。", "5120万元", 5120, may="bad-number 9", either="带单位的数读出还是提醒。")
indicator("i04-words", "写的是话。", "约五千多", None, "bad-number 9")
indicator("i05-negative", "负数。", -5, -5, "number-out-of-range 9", open="负数留着还是清空；目标是万元时范围没有写明。")
indicator("i06-empty", "没有填。", None, None, may="missing-cell 9, missing-entry 9, bad-number 9", either="指标空着除“缺报数”外有没有提醒。")
indicator("i07-error", "格里是 #DIV/0!。", "#DIV/0!", None, "error-value|bad-number 9")
# fmt: on


@on_book(
    "i08-percent-over-100",
    "目标是 100% 的指标填了 120。",
    path="G14_安全办_2022-06.xlsx",
    unit="G14",
    via="merge",
    warnings="number-out-of-range 20",
    indicators={(20, "学校封闭式管理"): ...},
    open="超出范围的数留着还是清空。",
)
def _(book: Workbook) -> None:
    book["指标填报"]["F3"] = 120


@on_book(
    "i09-rows-moved",
    "指标填报的行倒着排，表名改了。",
    path="G14_安全办_2022-06.xlsx",
    unit="G14",
    via="merge",
    indicators={(20, name): value for name, value in INDICATORS.items() if name != "年度计划投资"},
)
def _(book: Workbook) -> None:
    sheet = book["指标填报"]
    rows = [[cell.value for cell in row] for row in sheet["A3:G6"]]
    for row, values in zip(sheet["A3:G6"], rows[::-1], strict=True):
        for cell, value in zip(row, values, strict=True):
            cell.value = value
    sheet.title = "指标"


def problems(
    name: str,
    odd: str,
    rows: Iterable[tuple[Any, ...]],
    issues: tuple[tuple[int, str, str], ...],
    warnings: str = "",
    **more: Any,
) -> None:
    """Rows of 教育发展中心's 问题清单: 任务编号, 问题描述, 整改措施, 责任人, 整改时限, 整改状态."""

    def change(book: Workbook) -> None:
        for r, row in enumerate(rows, 3):
            for c, value in enumerate(row, 1):
                book["问题清单"].cell(r, c).value = value

    on_book(
        name,
        odd,
        path="G04_教育发展中心_2022-06.xlsx",
        unit="G04",
        issues=issues,
        warnings=warnings,
        via="merge",
        **more,
    )(change)


# fmt: off
problems("i10-issues", "问题清单填了两条。", [(4, "大班额尚未消除。", "分批化解。", "周红", date(2022, 9, 30), "整改中"), (5, "功能室不足。", "新建四间。", "周红", date(2022, 12, 1), "未整改")], ((4, "大班额尚未消除。", "整改中"), (5, "功能室不足。", "未整改")))
problems("i11-issues-gap", "问题清单中间空了两行，状态有空格。", [(4, "大班额尚未消除。", "分批化解。", "周红", "9月30日", " 整改中"), (), (), ("５", "功能室不足。", "新建四间。", "周红", "2022.12.1", "已整改")], ((4, "大班额尚未消除。", "整改中"), (5, "功能室不足。", "已整改")))
problems("i12-issue-of-no-task", "问题清单里写了别的任务编号。", [(99, "其他问题。", None, None, None, "未整改")], (), "unknown-task 99", open="不认识的任务的问题留下还是不收。")
# fmt: on
