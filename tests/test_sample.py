"""The sample plan on the sample roster, counted by hand.

Units of the sample: 14 股室, 10 学区, 2 其他 (民办), 54 学校: 2 高中, 9 初中, 2 小学+初中, 24 小学, 17 幼儿园 (3 民办).
"""

from __future__ import annotations

from collections import Counter
from datetime import date as D
from pathlib import Path

import pytest

from eduxl import labels as L
from eduxl import read_plan, read_roster
from eduxl.model import Plan
from eduxl.resources import sample_plan, sample_roster
from eduxl.roster import Roster, expand
from eduxl.tracker.tracker import Tracker
from tests.builders import fill

SCHOOLS = 2 + 9 + 2 + 24  # 各中小学
KINDERGARTENS = 17
ALL = SCHOOLS + KINDERGARTENS  # 54
COMPULSORY = 9 + 2 + 24  # 各义务教育学校
JUNIOR = 9 + 2  # with 初中: 思源 and 工业园区 are named beside them and counted once
PRIVATE = 2 + 3  # 民办教育机构: 2 其他 and 3 民办 kindergartens, these already in 幼儿园
DISTRICTS = 10

#: task → assignments: offices + schools
ASSIGNED = {
    1: 2 + ALL + 2,  # 民办教育机构 adds the two 其他 only
    2: 1 + ALL,
    3: 2 + ALL,
    4: 1 + COMPULSORY,
    5: 1 + COMPULSORY,
    6: 2 + COMPULSORY,
    7: 5 + COMPULSORY,
    8: 1 + ALL,
    9: 1,  # 各相关学校 names nobody
    10: 2 + DISTRICTS,
    11: 6 + 1,
    12: 2 + JUNIOR,
    13: 2 + COMPULSORY,
    14: 5 + KINDERGARTENS,
    15: 5 + ALL + 2,
    16: 1 + ALL,
    17: 2 + ALL,
    18: 1 + ALL,
    19: 3 + ALL + 2,
    20: 2 + ALL + 2,
    21: 0,  # no unit in the plan
}
DUE = {
    1: 12,
    2: 9,
    3: 9,
    4: 9,
    5: 12,
    6: 10,
    7: 12,
    8: 12,
    9: 11,
    10: 9,
    11: 8,
    12: 7,
    13: 12,
    14: 11,
    15: 12,
}
DUE |= {16: 9, 17: 12, 18: 11, 19: 12, 20: 12}


@pytest.fixture(scope="module")
def plan() -> Plan:
    with sample_plan() as path:
        return read_plan(path)


@pytest.fixture(scope="module")
def roster() -> Roster:
    with sample_roster() as path:
        return read_roster(path)


def test_the_roster_is_as_counted(roster: Roster) -> None:
    kinds = Counter(unit.kind for unit in roster.units)
    assert kinds == {"股室": 14, "学区": 10, "学校": 54, "其他": 2}
    stages = Counter(unit.stages for unit in roster.units if unit.kind == "学校")
    assert stages == {("高中",): 2, ("初中",): 9, ("小学", "初中"): 2, ("小学",): 24, ("幼儿园",): 17}


def test_assignments_per_task(plan: Plan, roster: Roster) -> None:
    found = Counter(a.task for a in expand(plan, roster).assignments)
    assert {no: found[no] for no in ASSIGNED} == ASSIGNED
    assert sum(ASSIGNED.values()) == 809


def test_task_12_and_the_rule_behind_each_unit(plan: Plan, roster: Roster) -> None:
    mine = {a.unit: a for a in expand(plan, roster).assignments if a.task == 12}
    assert {a.unit for a in mine.values() if a.role == "牵头"} == {"G05", "G08"}
    assert "分组规则" in mine["S005"].rule and "思源" in mine["S003"].rule


def test_missing_late_and_overdue(plan: Plan, roster: Roster, tmp_path: Path) -> None:
    """Round 2022-09, due 25 September. 一中 reports on time, 二中 two days late, the other 78 are silent.

    All 80 units are asked: 14 offices, 10 学区, 54 schools, 2 private institutions, each has a task.
    """
    tracker = Tracker.create(plan, roster, tmp_path / "总台账.xlsx", as_of=D(2022, 1, 10))
    tracker.open_round("2022-09", D(2022, 9, 25), as_of=D(2022, 9, 1))
    forms = {p.name.split("_")[0]: p for p in tracker.write_templates(as_of=D(2022, 9, 1))}
    assert len(forms) == 80
    working = {L.STATUS: L.UNDER_WAY, L.PROGRESS: 0.9, L.REPORT: "按计划推进"}
    done = {L.STATUS: L.COMPLETED, L.PROGRESS: 1, L.DONE_ON: D(2022, 7, 20), L.REPORT: "已完成"}
    every = dict.fromkeys(ASSIGNED, working)
    fill(forms["S001"], tmp_path / "in/S001.xlsx", {**every, 11: done}, D(2022, 9, 25))
    fill(forms["S005"], tmp_path / "in/S005.xlsx", {**every, 12: done}, D(2022, 9, 27))
    first = tracker.merge([tmp_path / "in/S001.xlsx"], as_of=D(2022, 9, 25)).status
    # on the due date nobody is 未报 yet; overdue: tasks due in July and August (12 and 11), less 一中's 11
    assert (len(first.missing), first.flags["未报"], first.late) == (79, 0, ())
    assert first.flags["逾期"] == ASSIGNED[11] + ASSIGNED[12] - 1
    second = tracker.merge([tmp_path / "in"], as_of=D(2022, 9, 28)).status
    # 二中 has done its task 12; 一中 has none
    assert (len(second.missing), second.flags["未报"]) == (78, 78)
    assert second.late == ("S005 民乐县第二中学",) and second.flags["迟报"] == 1
    assert second.flags["逾期"] == ASSIGNED[11] + ASSIGNED[12] - 2
    # 完成日期 before the due date: no 超期完成
    assert second.flags["超期完成"] == 0
    # due within 15 days of 28 September: the September tasks, one row each
    september = sum(ASSIGNED[no] for no, month in DUE.items() if month == 9)
    assert september == 55 + 56 + 36 + 12 + 55
    assert second.flags["临期"] == september
    october = tracker.status(as_of=D(2022, 10, 1))
    assert october.flags["逾期"] == ASSIGNED[11] + ASSIGNED[12] - 2 + september
    # 31 October is 30 days away, so nothing is 临期 on 1 October; by 16 October task 6 is
    assert october.flags["临期"] == 0
    assert tracker.status(as_of=D(2022, 10, 16)).flags["临期"] == ASSIGNED[6]
    year_end = tracker.status(as_of=D(2023, 1, 1))
    dated = sum(ASSIGNED[no] for no in DUE)
    assert dated == 809 and year_end.flags["逾期"] == dated - 2
