"""From the names in a plan to assignments: the sample plan counted by hand, precedence, order and notes."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from openpyxl import load_workbook

from eduxl.model import Assignment, Note, Plan, Task, Unit
from eduxl.roster import Expansion, GroupRule, Roster, expand, read_roster

SAMPLE = Path(__file__).parents[2] / "workbook" / "samples" / "roster-minle.xlsx"

#: 责任单位 of the sample plan, task by task: offices | schools. Task 21 names nobody.
MINLE = {
    1: "党办、活动中心|各中小学、幼儿园、民办教育机构",
    2: "党办|各中小学、幼儿园",
    3: "党办、教研室|各中小学、幼儿园",
    4: "教育发展中心|各义务教育学校",
    5: "教育发展中心|各义务教育学校",
    6: "教研室、教育发展中心|各义务教育学校",
    7: "基教股、职成股、教研室、教育发展中心、计财股|各义务教育学校",
    8: "电教股|各中小学、幼儿园",
    9: "项目办|各相关学校",
    10: "项目办、教育发展中心|各学区",
    11: "项目办、基教股、教研室、电教股、人事股、教育考试中心|民乐一中",
    12: "基教股、电教股|各初级中学、思源实验学校、工业园区学校",
    13: "教研室、教育发展中心|各义务教育学校",
    14: "基教股、职成股、教研室、项目办、教育发展中心|各幼儿园",
    15: "基教股、教研室、体育运动中心、艺术特教股、活动中心|各中小学、幼儿园、民办教育机构",
    16: "人事股|各中小学、幼儿园",
    17: "教研室、人事股|各中小学、幼儿园",
    18: "教研室|各中小学、幼儿园",
    19: "党办、人事股、计财股|各中小学、幼儿园、民办教育机构",
    20: "安全办、艺术特教股|各中小学、幼儿园、民办教育机构",
    21: "|",
}


def plan_of(*tasks: Task) -> Plan:
    return Plan("某县2022年教育工作要点", 2022, "计划.txt", (), tasks)


def names(text: str) -> tuple[str, ...]:
    return tuple(name for name in text.split("、") if name)


@pytest.fixture(scope="module")
def minle() -> Expansion:
    tasks = []
    for no, units in MINLE.items():
        offices, schools = units.split("|")
        tasks.append(Task(no, None, f"任务{no}", lead_units=names(offices), school_groups=names(schools)))
    return expand(plan_of(*tasks), read_roster(SAMPLE))


def test_what_the_arithmetic_below_rests_on() -> None:
    """The facts of the roster file, counted in its cells without our reader."""
    rows = list(load_workbook(SAMPLE)["名册"].iter_rows(min_row=2, values_only=True))
    assert Counter(row[3] for row in rows) == {"股室": 14, "学区": 10, "学校": 54, "其他": 2}
    stages = Counter((row[4], row[5]) for row in rows if row[3] == "学校")
    assert stages == {
        ("高中", "公办"): 2,
        ("小学、初中", "公办"): 2,
        ("初中", "公办"): 9,
        ("小学", "公办"): 24,
        ("幼儿园", "公办"): 14,
        ("幼儿园", "民办"): 3,
    }
    assert [row[5] for row in rows if row[3] == "其他"] == ["民办", "民办"]


# 各中小学 2+2+9+24 = 37, 幼儿园 14+3 = 17, together 54. 民办教育机构 3+2 = 5, of which 3 are 幼儿园 too:
# 56 with them. 各义务教育学校 2+9+24 = 35. 各初级中学 2+9 = 11, both 九年一贯制 schools among them.
BY_HAND = {
    1: (2, 56),
    2: (1, 54),
    3: (2, 54),
    4: (1, 35),
    5: (1, 35),
    6: (2, 35),
    7: (5, 35),
    8: (1, 54),
    9: (1, 0),
    10: (2, 10),
    11: (6, 1),
    12: (2, 11),
    13: (2, 35),
    14: (5, 17),
    15: (5, 56),
    16: (1, 54),
    17: (2, 54),
    18: (1, 54),
    19: (3, 56),
    20: (2, 56),
    21: (0, 0),
}


@pytest.mark.parametrize(("task", "expected"), BY_HAND.items())
def test_units_per_task(minle: Expansion, task: int, expected: tuple[int, int]) -> None:
    roles = Counter(one.role for one in minle.assignments if one.task == task)
    assert (roles["牵头"], roles["落实"]) == expected
    assert roles["配合"] == 0


def test_the_whole_plan(minle: Expansion) -> None:
    # 45 offices + 764 schools
    assert len(minle.assignments) == sum(lead + school for lead, school in BY_HAND.values()) == 809
    assert len({(one.task, one.unit) for one in minle.assignments}) == 809


def test_task_12_unit_by_unit(minle: Expansion) -> None:
    by_group = "分组规则“各初级中学”：类别=学校，学段含初中"
    assert [(one.unit, one.role, one.rule) for one in minle.assignments if one.task == 12] == [
        ("G05", "牵头", "“基教股”：单位名称"),
        ("G08", "牵头", "“电教股”：单位名称"),
        ("S003", "落实", "别名“思源实验学校”"),
        ("S004", "落实", "别名“工业园区学校”"),
        *[(f"S{number:03}", "落实", by_group) for number in range(5, 14)],
    ]


def test_lines_tell_what_became_of_each_name(minle: Expansion) -> None:
    lines = [line for line in minle.lines if line.task == 12]
    assert [(line.name, line.role, len(line.units)) for line in lines] == [
        ("基教股", "牵头", 1),
        ("电教股", "牵头", 1),
        ("各初级中学", "落实", 11),
        ("思源实验学校", "落实", 1),
        ("工业园区学校", "落实", 1),
    ]
    assert lines[3].units == (("S003", "民乐县思源实验学校"),)
    assert len(minle.lines) == sum(len(names(units.replace("|", "、"))) for units in MINLE.values())


def test_only_the_vague_name_leaves_a_note(minle: Expansion) -> None:
    assert minle.notes == {
        9: (Note("vague-unit", "“各相关学校”没有写明是哪些单位。", suggestion="请在计划中写出具体单位。"),)
    }


# --- small rosters --------------------------------------------------------------------------------
A = Unit("A", "教研室", kind="股室")
B = Unit("B", "东关小学", ("东小",), stages=("小学",), ownership="公办")
C = Unit("C", "西关小学", stages=("小学",), ownership="公办")
SMALL = Roster((C, A, B))


def test_the_first_role_of_lead_support_implement_stays() -> None:
    task = Task(
        1,
        None,
        "任务",
        lead_units=("教研室",),
        support_units=("东小", "教研室"),
        school_groups=("各小学", "教研室"),
    )
    assert [(one.unit, one.role) for one in expand(plan_of(task), SMALL).assignments] == [
        ("A", "牵头"),
        ("B", "配合"),
        ("C", "落实"),
    ]


def test_order_is_task_role_roster() -> None:
    later = Task(2, None, "后", lead_units=("东关小学", "西关小学"), school_groups=("教研室",))
    earlier = Task(1, None, "先", school_groups=("各小学",))
    order = [(one.task, one.unit) for one in expand(plan_of(later, earlier), SMALL).assignments]
    assert order == [(1, "C"), (1, "B"), (2, "C"), (2, "B"), (2, "A")]


def test_a_units_own_name_explains_better_than_a_collective_one() -> None:
    task = Task(1, None, "任务", school_groups=("东小", "各小学"))
    other = Task(2, None, "任务", school_groups=("各小学", "各义务教育学校", "东小"))
    rules = {(one.task, one.unit): one.rule for one in expand(plan_of(task, other), SMALL).assignments}
    assert rules[1, "B"] == rules[2, "B"] == "别名“东小”"
    assert rules[2, "C"] == "分组规则“各小学”：类别=学校，学段含小学"


def test_a_spelling_that_the_rule_does_not_have_is_shown_too() -> None:
    task = Task(1, None, "任务", school_groups=("全县各小学",))
    assert expand(plan_of(task), SMALL).assignments[0] == Assignment(
        1, "C", "落实", "“全县各小学”：分组规则“各小学”：类别=学校，学段含小学"
    )


def test_notes_say_what_to_do() -> None:
    twice = Roster((*SMALL.units, Unit("D", "东关二小", ("东小",))), SMALL.rules)
    task = Task(
        3,
        None,
        "任务",
        lead_units=("教研室室",),
        support_units=("县公安局",),
        school_groups=("各高中", "东小"),
    )
    found = expand(plan_of(task), twice)
    assert found.assignments == ()
    assert [note.code for note in found.notes[3]] == [
        "unknown-unit",
        "unknown-unit",
        "empty-group",
        "unknown-unit",
    ]
    first, second, third, fourth = (note.text for note in found.notes[3])
    assert first == (
        "责任单位“教研室室”在名册和分组规则里都没有。名册里相近的有：教研室。请改正计划，或在名册“别名”列写上这个叫法。"
    )
    assert "相近" not in second and "县公安局" in second
    assert third.startswith("按分组规则“各高中”：类别=学校，学段含高中，名册里没有符合“各高中”的单位。")
    assert fourth == "“东小”同时是东关小学、东关二小的叫法，无法确定是哪一个。请在名册中把重复的别名改开。"


def test_a_vague_name_is_noted_once() -> None:
    noted = Task(1, None, "任务", school_groups=("各相关学校",), review=(Note("vague-unit", "已经问过"),))
    twice = Task(2, None, "任务", support_units=("有关单位",), school_groups=("有关单位",))
    found = expand(plan_of(noted, twice), SMALL)
    assert 1 not in found.notes
    assert [note.code for note in found.notes[2]] == ["vague-unit"]
    assert [(line.name, line.rule, line.units) for line in found.lines if line.task == 1] == [
        ("各相关学校", "没有写明是哪些单位", ())
    ]


def test_a_group_may_lead() -> None:
    everyone = Roster((A, B), (GroupRule(("各股室",), kinds=("股室",)),))
    task = Task(1, None, "任务", lead_units=("各股室",))
    assert [(one.unit, one.role) for one in expand(plan_of(task), everyone).assignments] == [("A", "牵头")]
