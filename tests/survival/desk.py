"""A tracker in the middle of a year, and three merges that really change it: rows come, go and move.

Units: two offices, two 学区 … eleven in all; four tasks (a fifth comes with a revised plan before the third merge).
G02 and S008 never report; S004 reports late, in the third merge.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from datetime import date as D
from datetime import datetime
from pathlib import Path
from typing import Any

from attrs import frozen

from eduxl import labels as L
from eduxl.model import Indicator, Plan, Task, Unit
from eduxl.roster import Roster, shipped_rules
from eduxl.tracker.tracker import Tracker
from tests.builders import fill, small_plan

UNITS = (
    Unit("G01", "党办", kind="股室"),
    Unit("G02", "教研室", kind="股室"),
    Unit("X01", "洪水学区", ("洪水镇学区",), kind="学区"),
    *(
        Unit(f"S00{i}", name, tuple(aliases), stages=(stage,), ownership="公办", district="洪水学区" if i % 2 else "县直")
        for i, (name, stage, *aliases) in enumerate(
            (
                ("民乐县第一中学", "高中"), ("洪水镇初级中学", "初中"), ("洪水镇中心小学", "小学"),
                ("民乐县第一幼儿园", "幼儿园", "一幼"), ("六坝镇初级中学", "初中"), ("六坝镇中心小学", "小学"),
                ("新天镇中心小学", "小学"), ("南古镇中心小学", "小学"),
            ),
            1,
        )
    ),
)  # fmt: skip
TASKS = (
    Task(1, 1, "加强实验教学", "建好实验室。", ("党办",), (), ("各中小学",), D(2022, 6, 30), None, "2022年6月"),
    Task(2, 1, "推进幼小衔接", "结对教研。", ("教研室",), (), ("一幼",), D(2022, 12, 31), "ongoing", "全年"),
    Task(
        3, 1, "改善办学条件", "维修校舍。", ("教研室",), (), ("各中小学",), D(2022, 9, 30), None, "9月底前",
        (Indicator("投资", 100.0, "万元"),),
    ),
    Task(4, 1, "抓好校园安全", "排查隐患。", ("党办",), (), ("各中小学",), D(2022, 12, 31), None, "12月底前"),
)  # fmt: skip
ADDED = Task(
    5, 1, "开展书香校园活动", "建好图书角。", ("党办",), (), ("各中小学",), D(2022, 11, 30), None, "11月"
)

#: The rows that every change may rely on: unit and task of 填报明细.
SILENT = "G02"
#: Days of the three merges.
DAYS = (D(2022, 6, 27), D(2022, 6, 29), D(2022, 7, 2))


def under_way(progress: float, text: str, **more: Any) -> dict[str, Any]:
    return {L.STATUS: L.UNDER_WAY, L.PROGRESS: progress, L.REPORT: text, **more}


def done(day: D, text: str) -> dict[str, Any]:
    return {
        L.STATUS: L.COMPLETED, L.PROGRESS: 1, L.DONE_ON: datetime(day.year, day.month, day.day), L.REPORT: text,
    }  # fmt: skip


Answers = Mapping[int, Mapping[str, Any]]
#: What comes back in each step: unit → its answers by task, and the day they came.
BEFORE: dict[str, Answers] = {
    "S001": {
        1: under_way(0.5, "一中实验室正在装修，器材已招标", **{L.PROBLEM: "资金没有到位"}),
        3: under_way(0.2, "一中教学楼维修已开工"),
        4: {L.STATUS: L.ONGOING, L.PROGRESS: 0.5, L.REPORT: "一中每周排查一次隐患"},
    },
    "S002": {1: {L.STATUS: "差不多了", L.PROGRESS: "七成", L.REPORT: "洪水初中实验室建好两间"}, 3: under_way(0.6, "宿舍楼封顶")},
    "S003": {1: done(D(2022, 6, 10), "洪水小学科学教室已经建成"), 3: done(D(2022, 6, 2), "校门已改造")},
}  # fmt: skip
MERGES: tuple[dict[str, Answers], ...] = (
    {
        "S005": {1: under_way(0.4, "六坝初中正在采购"), 4: done(D(2022, 6, 20), "六坝初中完成整改")},
        "S001": {
            1: under_way(0.9, "一中实验室装修完工，正在调试"),
            3: under_way(0.4, "一中教学楼维修过半", **{L.PROBLEM: "工期紧张"}),
            4: {L.STATUS: L.ONGOING, L.PROGRESS: 0.6, L.REPORT: "一中每周排查两次隐患"},
        },
    },
    {
        "S002": {
            1: done(D(2022, 6, 26), "洪水初中实验室全部建成"),
            3: under_way(0.8, "宿舍楼装修", **{L.PROBLEM: "缺少家具"}),
            4: {L.STATUS: "进行", L.REPORT: "洪水初中已整改三处"},
        },
        "S006": {1: under_way(0.1, "六坝小学刚刚起步"), 3: {L.STATUS: L.NOT_STARTED, L.PROGRESS: 0.3, L.REPORT: "还没有开工"}},
        "G01": {1: under_way(0.6, "党办已督导三所学校"), 4: {L.STATUS: L.ONGOING, L.PROGRESS: 0.4, L.REPORT: "印发安全方案"}},
    },
    {
        "S004": {2: {L.STATUS: L.ONGOING, L.PROGRESS: 0.7, L.REPORT: "一幼与三所小学结对"}},
        "S001": {
            1: done(D(2022, 6, 28), "一中实验室投入使用"),
            3: under_way(0.5, "一中教学楼维修过半，继续推进"),
            4: {L.STATUS: L.ONGOING, L.PROGRESS: 0.7, L.REPORT: "一中每天排查隐患"},
        },
        "S007": {1: under_way(0.3, "新天小学设备到货"), 4: under_way(0.3, "新天小学排查隐患五处")},
    },
)  # fmt: skip


@frozen
class Desk:
    """A tracker before its three merges, with the returns of each lying in folders."""

    folder: Path
    master: str = "总台账.xlsm"

    @property
    def path(self) -> Path:
        return self.folder / self.master

    @property
    def tracker(self) -> Tracker:
        return Tracker.open(self.path)

    def copy(self, target: Path) -> Desk:
        shutil.copytree(self.folder, target)
        return Desk(target, self.master)

    def merge(self, number: int) -> tuple[bytes, list[str]]:
        """The `number`-th merge (from 1), and what was said; before the third, the plan gets a fifth task."""
        day, tracker, notes = DAYS[number - 1], self.tracker, []
        if number == 3:
            tracker.update_plan(plan(ADDED), as_of=day)
            notes += tracker.notes
        result = tracker.merge([self.folder / f"来件{number}"], as_of=day)
        assert result.changed
        return self.path.read_bytes(), [*notes, *tracker.notes]


def plan(*more: Task) -> Plan:
    return small_plan(*TASKS, *more)


def set_up(folder: Path, master: str = "总台账.xlsm") -> Desk:
    """A tracker with a closed round 2022-05 and 2022-06 open until 25 June, some returns merged, all sheets filled."""
    desk = Desk(folder, master)
    tracker = Tracker.create(plan(), Roster(UNITS, shipped_rules()), desk.path, as_of=D(2022, 5, 1))
    tracker.open_round("2022-05", D(2022, 5, 25), as_of=D(2022, 5, 1))
    forms = _forms(tracker, D(2022, 5, 2))
    fill(forms["S001"], folder / "五月/S001.xlsx", {1: under_way(0.3, "一中已经列入计划")}, D(2022, 5, 20))
    tracker.merge([folder / "五月"], as_of=D(2022, 5, 26))
    tracker.open_round("2022-06", D(2022, 6, 25), as_of=D(2022, 6, 1))
    forms = _forms(tracker, D(2022, 6, 2))
    _returns(folder / "来件0", forms, BEFORE, D(2022, 6, 20))
    _no_workbook(folder / "来件0/不知是谁.xlsx", b"not a workbook", 20)
    tracker.merge([folder / "来件0"], as_of=D(2022, 6, 26))
    for number, (answers, day) in enumerate(zip(MERGES, DAYS, strict=True), 1):
        _returns(folder / f"来件{number}", forms, answers, day)
    _no_workbook(folder / "来件2/通知.xlsx", b"not a workbook either", 28)
    return desk


def _forms(tracker: Tracker, day: D) -> dict[str, Path]:
    return {path.name.split("_")[0]: path for path in tracker.write_templates(as_of=day)}


def _returns(folder: Path, forms: Mapping[str, Path], answers: Mapping[str, Answers], day: D) -> None:
    for unit, rows in answers.items():
        fill(forms[unit], folder / f"{unit}.xlsx", rows, day)


def _no_workbook(path: Path, content: bytes, day: int) -> None:
    path.write_bytes(content)
    moment = datetime(2022, 6, day, 8).timestamp()
    os.utime(path, (moment, moment))
