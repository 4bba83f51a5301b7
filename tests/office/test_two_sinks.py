"""One tracker merged twice, its file patched and its open workbook written: both show the same, cell by cell."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from eduxl import labels as L
from eduxl.ooxml.references import column_letters

from ..survival.desk import DAYS, Desk, plan, set_up
from .office import cells, needs_office, work

pytestmark = needs_office

#: Columns of the clerk's own in 填报明细 and 任务台账, right of ours.
BESIDE = {L.ENTRIES: len(L.ENTRY_COLUMNS) + 2, L.TASKS: len(L.TASK_COLUMNS) + 1}


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    folder = tmp_path_factory.mktemp("two") / "台账"
    folder.mkdir()
    return set_up(folder)


def merged_both(desk: Desk, folder: Path, steps: list[list[Any]]) -> tuple[Desk, Desk, list[Any]]:
    """The desk merged by the file and through the sink, after a clerk's steps (`in_office.py`; "" is the workbook)."""
    by_file = desk.copy(folder / "文件")
    path = str(by_file.path)
    work(
        [["open", path], *([name, path, *given] for name, *given in steps), ["save", path], ["close", path]],
        folder / "1",
    )
    by_sink = by_file.copy(folder / "打开 着")
    for number in (1, 2):
        by_file.merge(number)
    path = str(by_sink.path)
    presses: list[list[Any]] = [["open", path]]
    for number in (1, 2):
        presses.append(["press", "merge", path, str(DAYS[number - 1]), str(by_sink.folder / f"来件{number}")])
    given = work([*presses, ["close", path], ["resave", path], ["resave", str(by_file.path)]], folder / "2")
    return by_file, by_sink, given[1:3]


def compare(one: Desk, other: Desk) -> None:
    left, right = cells(one.path), cells(other.path)
    assert list(left) == list(right)
    for name in left:
        assert right[name] == left[name], name


def test_equal_after_two_merges(desk: Desk, tmp_path: Path) -> None:
    by_file, by_sink, given = merged_both(desk, tmp_path, [])
    compare(by_file, by_sink)
    for said in given:
        assert said["changed"] and said["notes"] == []
        assert said["state"] == [True, True, "automatic", False]
        by_sheet = [place.split("!")[0] for place in said["writes"]]
        assert by_sheet and max(map(by_sheet.count, by_sheet)) <= 3
        assert "指标汇总" not in by_sheet  # nothing there changed


def test_equal_with_the_clerks_columns_and_decisions(desk: Desk, tmp_path: Path) -> None:
    at = column_letters(BESIDE[L.ENTRIES])
    formula, task = column_letters(BESIDE[L.ENTRIES] + 1), column_letters(BESIDE[L.TASKS])
    review = column_letters(L.ENTRY_COLUMNS.index(L.REVIEW) + 1)
    remark = column_letters(L.TASK_COLUMNS.index(L.REMARK) + 1)
    steps: list[list[Any]] = [
        ["put", L.ENTRIES, f"{at}1", "我的记号"],
        ["put", L.ENTRIES, f"{at}2", [[f"'记号{i}"] for i in range(2, 28)]],
        ["put", L.ENTRIES, f"{formula}2", [[f"=LEN(C{i})"] for i in range(2, 28)]],
        ["put", L.ENTRIES, f"{review}4", "通过"],
        ["put", L.TASKS, f"{task}3", "看过'0'次"],
        ["put", L.TASKS, f"{remark}2", "下周再问"],
        ["put", L.HOME, "E31", 20],
        ["hide_column", L.ENTRIES, 3],
    ]
    by_file, by_sink, _ = merged_both(desk, tmp_path, steps)
    compare(by_file, by_sink)
    beside = {
        key: value for key, value in cells(by_sink.path)[L.ENTRIES].items() if key[1] == BESIDE[L.ENTRIES]
    }
    assert len(beside) == 27


def test_equal_after_the_clerk_sorted_the_rows(desk: Desk, tmp_path: Path) -> None:
    at = column_letters(BESIDE[L.ENTRIES])
    steps: list[list[Any]] = [
        ["put", L.ENTRIES, f"{at}2", [[f"'记号{i}"] for i in range(2, 28)]],
        ["sort", L.ENTRIES, f"A2:{at}27", 4],
    ]
    by_file, by_sink, _ = merged_both(desk, tmp_path, steps)
    compare(by_file, by_sink)


def test_equal_after_a_revised_plan(desk: Desk, tmp_path: Path) -> None:
    """Rows of another task come, and where a unit is no longer asked they go; the new column was made by the file's patch."""
    revised = desk.copy(tmp_path / "台账")
    from ..survival.desk import ADDED

    revised.tracker.update_plan(plan(ADDED), as_of=DAYS[0])
    by_file, by_sink, _ = merged_both(revised, tmp_path, [])
    compare(by_file, by_sink)
