"""填报矩阵 of a master that exists, when a revised plan brings further tasks."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest
from openpyxl.utils import get_column_letter

from eduxl import labels as L
from eduxl.ooxml import Package
from eduxl.tracker.author import master_bytes
from eduxl.tracker.layout.matrix import HEADER_ROWS, UNIT_COLUMNS
from eduxl.tracker.patch import patch_master

from .masters import fake_master

UNITS, TASKS, LATER = 5, 3, 5


@pytest.mark.parametrize("beside", ["", "联系人"])
def test_further_tasks_look_like_the_others_and_are_filtered(tmp_path: Path, beside: str) -> None:
    """Also where a column of the clerk's stands beside the tasks."""
    last = len(UNIT_COLUMNS) + TASKS
    package = Package.open(master_bytes(fake_master(UNITS, TASKS), macros=False))
    if beside:
        package.sheet(L.MATRIX).write({f"{get_column_letter(last + 1)}3": beside})
    package.save(tmp_path / "旧.xlsx")
    patch_master(tmp_path / "旧.xlsx", fake_master(UNITS, LATER), tmp_path / "新.xlsx", renumbered=int)
    sheet = openpyxl.load_workbook(tmp_path / "新.xlsx")[L.MATRIX]
    first = last + 1 + bool(beside)
    new = range(first, first + LATER - TASKS)
    assert [sheet.cell(1, column).value for column in new] == list(range(TASKS + 1, LATER + 1))
    for row in range(1, HEADER_ROWS + UNITS + 1):
        assert {sheet.cell(row, column).style_id for column in new} == {sheet.cell(row, last).style_id}, row
    filtered = f"A{HEADER_ROWS}:{get_column_letter(new[-1])}{HEADER_ROWS + UNITS}"
    assert sheet.auto_filter.ref == filtered
    names = {(one.name, one.sheet): one.text for one in Package.open(tmp_path / "新.xlsx").defined_names}
    assert names["_xlnm._FilterDatabase", L.MATRIX].rpartition("!")[2].replace("$", "") == filtered
    assert not beside or sheet.cell(3, last + 1).value == beside
