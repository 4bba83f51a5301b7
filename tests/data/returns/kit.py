"""The templates of a round, filled in as a careful school does: as a workbook or as a grid of values."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import openpyxl
from attrs import frozen
from openpyxl.cell.cell import Cell
from openpyxl.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from tests.data.returns.expected import ordinary
from tests.data.returns.package import saved
from tests.data.returns.workbooks import Grid

SHEET = "填报表"
Cells = Mapping[tuple[int, str], Any]


@frozen
class Kit:
    """The templates of one round, as `eduxl templates` writes them."""

    folder: Path

    def template(self, unit: str) -> bytes:
        return next(self.folder.glob(f"{unit}_*.xlsx")).read_bytes()

    def name(self, unit: str) -> str:
        return next(self.folder.glob(f"{unit}_*.xlsx")).name

    def book(self, unit: str = "G09", cells: Cells | None = None) -> Workbook:
        """The template with ordinary answers in all rows, and `cells` in place of some."""
        book = openpyxl.load_workbook(io.BytesIO(self.template(unit)))
        sheet = book[SHEET]
        for task, answers in ordinary(unit).items():
            for column, value in answers.items():
                at(sheet, task, column).value = value
        for (task, column), value in (cells or {}).items():
            at(sheet, task, column).value = value
        if "指标填报" in book.sheetnames:
            for row in book["指标填报"].iter_rows(min_row=3):
                row[5].value = INDICATORS[str(row[2].value)]
        return book

    def bytes(self, unit: str = "G09", cells: Cells | None = None) -> bytes:
        return saved(self.book(unit, cells))

    def grid(self, unit: str = "G09", cells: Cells | None = None) -> Grid:
        """The same as rows of values only: title, 单位 line, hint, header (`HEADER`), tasks."""
        rows = [list(row) for row in self.book(unit, cells)[SHEET].iter_rows(max_col=14, values_only=True)]
        rows[2][0] = "还有 0 项未填"
        return [[v.date() if isinstance(v, datetime) else v for v in row] for row in rows]


#: Index of the header row in `Kit.grid`.
HEADER = 3
#: 指标名称 → the 本期完成值 of an ordinary return.
INDICATORS = {
    "年度计划投资": 5120,
    "学校封闭式管理": 100,
    "中小学保安员配备": 98.5,
    "一键式报警系统": 100,
    "视频监控与公安系统联网": 95,
}


def at(sheet: Worksheet, task: int, column: str) -> Cell:
    """The cell of `task` in `column`, wherever the table now stands."""
    head = next(c for row in sheet.iter_rows() for c in row if c.value == "任务编号")
    across = next(c.column for c in sheet[head.row] if c.value == column)
    down = next(r for r in range(head.row, sheet.max_row + 1) if sheet.cell(r, head.column).value == task)
    cell = sheet.cell(down, across)
    assert isinstance(cell, Cell)
    return cell


def place(grid: Grid, task: int, column: str) -> tuple[int, int]:
    """Row and column of the same cell in a grid."""
    row = next(r for r, cells in enumerate(grid) if cells[0] == task)
    return row, grid[HEADER].index(column)


def hidden_rows(kit: Kit, unit: str = "G09") -> Grid:
    """The rows of a template's `_eduxl` sheet."""
    return [list(row) for row in kit.book(unit)["_eduxl"].iter_rows(values_only=True)]


def with_columns(grid: Grid, order: Callable[[list[Any]], list[Any]]) -> Grid:
    return grid[:HEADER] + [order(row) for row in grid[HEADER:]]
