"""What 同上 stands for: the answer in the row right above, told, and never anything else."""

from __future__ import annotations

from typing import Any

import pytest

from eduxl import labels as L
from eduxl.model import Entry
from eduxl.returns.reader import UnitReading

from .files import ANSWER, TASKS, fill, listed, one, table, template

HALF: dict[str, Any] = {L.STATUS: "推进中", L.PROGRESS: 0.5}


def reports(item: UnitReading) -> dict[int, str]:
    return {entry.task: entry.report for entry in item.entries}


@pytest.mark.parametrize("mark", ["同上", "″", "〃", "同上。", " 同上 "])
def test_a_mark_for_the_answer_above(mark: str) -> None:
    item = one(fill(template(), {1: ANSWER, 2: HALF | {L.REPORT: mark}}))
    assert reports(item)[2] == ANSWER[L.REPORT]
    assert [(w.code, w.cell, w.value) for w in item.warnings] == [("ditto", "填报表!I6", mark.strip())]


def test_a_chain_is_told_with_the_task_that_first_said_it() -> None:
    item = one(fill(template(), {1: ANSWER} | {no: HALF | {L.REPORT: "同上"} for no in (2, 3, 4)}))
    assert set(reports(item).values()) == {ANSWER[L.REPORT]}
    assert all("任务 1 的“进展情况”" in warning.note for warning in item.warnings)


def test_a_column_of_nothing_else_stays_as_written() -> None:
    item = one(fill(template(), dict.fromkeys(TASKS, HALF | {L.REPORT: "同上"})))
    assert set(reports(item).values()) == {"同上"}
    assert listed(item) == ["ditto"] * 4
    assert all("没有可以照抄的" in warning.note for warning in item.warnings)


def test_what_points_to_an_earlier_report_is_no_answer_to_copy() -> None:
    item = one(fill(template(), {1: HALF | {L.REPORT: "同上月"}, 2: HALF | {L.REPORT: "同上"}}))
    assert (reports(item)[1], reports(item)[2]) == ("同上月", "同上")


@pytest.mark.parametrize(
    "between", [(99, "本校自己的事", "推进中", "50%", "自己的进展"), (None, "（1）措施", "", "", "措施进展")]
)
def test_below_a_row_of_no_task_nothing_is_copied(between: tuple[Any, ...]) -> None:
    rows = [
        (1, TASKS[1].title, "推进中", "50%", "一号进展"),
        between,
        (2, TASKS[2].title, "推进中", "60%", "同上"),
    ]
    item = one(table(rows))
    assert reports(item) == {1: "一号进展", 2: "同上"}
    assert listed(item) == ["unknown-task", "ditto"]


def test_an_unanswered_task_above_is_not_passed_over() -> None:
    assert reports(one(fill(template(), {1: ANSWER, 3: HALF | {L.REPORT: "同上"}})))[3] == "同上"


def test_blank_rows_and_a_repeated_header_are_passed_over() -> None:
    columns = (L.TASK_NO, L.TASK_TITLE, L.STATUS, L.PROGRESS, L.REPORT)
    rows = [(1, "", "推进中", "50%", "一号进展"), (), columns, (2, "", "推进中", "60%", "同上")]
    assert reports(one(table(rows)))[2] == "一号进展"


def test_who_filled_in_is_copied_without_a_word() -> None:
    answers = {no: ANSWER | {L.REPORTER: "同上", L.PHONE: "同上"} for no in TASKS}
    answers[1] = ANSWER | {L.REPORTER: "张三", L.PHONE: "13900000000"}
    item = one(fill(template(), answers))
    assert {(entry.reporter, entry.phone) for entry in item.entries} == {("张三", "13900000000")}
    assert item.warnings == ()
    assert item.entries[1] == Entry(
        2, "推进中", 80, report=ANSWER[L.REPORT], reporter="张三", phone="13900000000", cell="填报表!F6",
        raw={L.REPORTER: "同上", L.PHONE: "同上"},
    )  # fmt: skip
