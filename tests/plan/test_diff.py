"""Comparing a revised plan with the one before: which task is which, and what changed in it."""

from __future__ import annotations

import json
from datetime import date as D

import click
from attrs import evolve

from eduxl.model import Indicator, Plan, Project, Task
from eduxl.plan.diff import ListChange, TaskPair, diff, diff_to_json
from eduxl.summary import diff_lines
from tests.builders import small_plan
from tests.plan.builders import plan_of, seed_lines

PREPARE = Task(
    1, 1, "加强实验教学", "加强实验教学。建好理化生实验室，配齐仪器。6月底前全部开课。", ("党办",), ("教研室",),
    ("各中小学",), D(2022, 6, 30), None, "2022年6月",
)  # fmt: skip
BRIDGE = Task(
    2, 1, "推进幼小衔接", "推进幼小衔接。幼儿园和小学结对，每月教研一次。", ("教研室",), (), ("一幼",),
    D(2022, 12, 31), "ongoing", "全年",
)  # fmt: skip
SAFETY = Task(3, 1, "抓好校园安全", "抓好校园安全。排查校舍、食堂、校车隐患，建立台账。", ("安全股",))
READING = Task(4, 1, "开展书香校园活动", "开展书香校园活动。各校建好图书角，每周一节阅读课。", ("基教股",))
OLD = small_plan(PREPARE, BRIDGE, SAFETY)


def pair_of(old: Task, new: Task) -> TaskPair:
    """The two tasks as the only ones of two plans, known to be the same."""
    (pair,) = diff(small_plan(old), small_plan(new)).pairs
    return pair


def numbers(old: Plan, new: Plan) -> list[tuple[int, int]]:
    return [(pair.old.no, pair.new.no) for pair in diff(old, new).pairs]


def text_of(old: Plan, new: Plan) -> str:
    return click.unstyle("\n".join(diff_lines(diff(old, new))))


# --- which is which -------------------------------------------------------------------------------
def test_a_plan_does_not_differ_from_itself() -> None:
    found = diff(OLD, OLD)
    assert found.is_empty and [pair.score for pair in found.pairs] == [100, 100, 100]
    assert diff_to_json(found)["same"] is True
    assert "没有变化" in text_of(OLD, OLD)


def test_another_layout_of_the_same_words_is_no_change() -> None:
    spaced = evolve(PREPARE, title="加强 实验教学", body=PREPARE.body.replace("，", ","))
    assert diff(OLD, small_plan(spaced, BRIDGE, SAFETY)).is_empty


def test_a_task_put_in_between_renumbers_the_rest() -> None:
    new = small_plan(PREPARE, evolve(READING, no=2), evolve(BRIDGE, no=3), evolve(SAFETY, no=4))
    found = diff(OLD, new)
    assert numbers(OLD, new) == [(1, 1), (2, 3), (3, 4)]
    assert [task.title for task in found.added] == ["开展书香校园活动"] and found.dropped == ()
    assert [pair.kinds for pair in found.changed] == [("renumbered",), ("renumbered",)]


def test_the_number_alone_never_makes_two_tasks_one() -> None:
    found = diff(OLD, small_plan(PREPARE, BRIDGE, evolve(READING, no=3)))
    assert [task.title for task in found.dropped] == ["抓好校园安全"]
    assert [task.title for task in found.added] == ["开展书香校园活动"]


def test_a_retitled_task_is_known_by_its_text_and_a_rewritten_one_by_its_title() -> None:
    renamed = evolve(
        PREPARE, no=3, title="实验室建设", body=PREPARE.body.replace("加强实验教学", "实验室建设")
    )
    rewritten = evolve(BRIDGE, no=1, body="由各学区牵头另定办法。")
    new = small_plan(rewritten, evolve(SAFETY, no=2), renamed)
    assert numbers(OLD, new) == [(2, 1), (3, 2), (1, 3)]
    by_number = {pair.new.no: pair for pair in diff(OLD, new).pairs}
    assert by_number[3].kinds == ("renumbered", "retitled", "body") and 60 <= by_number[3].score < 100
    assert by_number[1].kinds == ("renumbered", "body") and by_number[1].score < 100


def test_an_equal_title_goes_before_a_likelier_text() -> None:
    """Two tasks that exchanged their texts keep their titles' history."""
    exchanged = small_plan(evolve(PREPARE, body=SAFETY.body), BRIDGE, evolve(SAFETY, body=PREPARE.body))
    assert numbers(OLD, exchanged) == [(1, 1), (2, 2), (3, 3)]


def test_of_equal_titles_the_text_and_then_the_number_decides() -> None:
    first = Task(1, None, "完成交办工作", "按月上报党建工作材料。")
    second = Task(2, None, "完成交办工作", "完成县政府交办的项目建设任务。")
    swapped = small_plan(evolve(second, no=1), evolve(first, no=2))
    assert numbers(small_plan(first, second), swapped) == [(2, 1), (1, 2)]
    bare = small_plan(evolve(first, body=""), evolve(second, body=""))
    assert numbers(bare, bare) == [(1, 1), (2, 2)]


def test_titles_alone_must_be_more_alike_than_titles_with_texts() -> None:
    def title_only(title: str) -> Plan:
        return small_plan(Task(1, None, title))

    assert numbers(title_only("推进学前教育优质发展"), title_only("推进学前教育优质普惠发展")) == [(1, 1)]
    assert numbers(title_only("推进学前教育发展"), title_only("推进义务教育发展")) == []


# --- what changed ---------------------------------------------------------------------------------
def test_units_joined_and_left_by_list() -> None:
    new = evolve(PREPARE, lead_units=("教研室",), support_units=(), school_groups=("各中小学", "一幼"))
    pair = pair_of(PREPARE, new)
    assert pair.kinds == ("units",)
    assert pair.lists == (
        ListChange("lead_units", ("教研室",), ("党办",)),
        ListChange("support_units", (), ("教研室",)),
        ListChange("school_groups", ("一幼",), ()),
    )
    reordered = evolve(PREPARE, school_groups=("一幼", "各中小学"))
    assert pair_of(evolve(PREPARE, school_groups=("各中小学", "一幼")), reordered).kinds == ()


def test_another_date_or_recurrence_is_told_and_another_wording_of_it_is_not() -> None:
    assert pair_of(PREPARE, evolve(PREPARE, due=D(2022, 9, 30))).kinds == ("deadline",)
    assert pair_of(PREPARE, evolve(PREPARE, recurrence="monthly")).kinds == ("deadline",)
    assert pair_of(PREPARE, evolve(PREPARE, due_text="6月底前")).kinds == ()
    undated = evolve(PREPARE, due=None, due_text="适时")
    assert pair_of(undated, evolve(undated, due_text="尽快")).kinds == ("deadline",)


def test_the_sentences_that_changed() -> None:
    pair = pair_of(
        PREPARE, evolve(PREPARE, body="加强实验教学。建好理化生实验室，配齐仪器。9月底前全部开课。")
    )
    assert pair.kinds == ("body",)
    assert pair.sentences == ListChange("body", ("9月底前全部开课。",), ("6月底前全部开课。",))


def test_indicators_and_checklist() -> None:
    old = evolve(PREPARE, indicators=(Indicator("投资", 100.0, "万元"),), checklist=("名单",))
    new = evolve(PREPARE, indicators=(Indicator("投资", 120.5, "万元"), Indicator("开课率", None, "%")))
    pair = pair_of(old, new)
    assert pair.kinds == ("content",)
    assert pair.lists == (
        ListChange("indicators", ("投资 120.5万元", "开课率 %"), ("投资 100万元",)),
        ListChange("checklist", (), ("名单",)),
    )


def test_projects_are_known_by_title_or_by_their_tasks() -> None:
    old = evolve(
        small_plan(PREPARE, BRIDGE, evolve(SAFETY, project=2)),
        projects=(Project(1, "教育质量提升工程"), Project(2, "平安校园创建工程")),
    )
    renamed = evolve(
        small_plan(PREPARE, BRIDGE, evolve(SAFETY, project=3)),
        projects=(Project(1, "课堂革命行动"), Project(2, "书香校园工程"), Project(3, "平安校园创建工程")),
    )
    found = diff(old, renamed)
    assert [(a.no, b.no) for a, b in found.projects_changed] == [(1, 1), (2, 3)]
    assert [p.title for p in found.projects_added] == ["书香校园工程"] and found.projects_dropped == ()
    assert found.changed == ()  # the tasks stayed where they were

    moved = evolve(old, tasks=(PREPARE, evolve(BRIDGE, project=2), evolve(SAFETY, project=None)))
    assert [(p.kinds, p.projects) for p in diff(old, moved).changed] == [
        (("moved",), ("教育质量提升工程", "平安校园创建工程")),
        (("moved",), ("平安校园创建工程", "")),
    ]
    fewer = evolve(old, projects=old.projects[:1], tasks=(PREPARE, BRIDGE))
    assert [p.title for p in diff(old, fewer).projects_dropped] == ["平安校园创建工程"]
    assert "－ 平安校园创建工程（取消）" in text_of(old, fewer)


# --- for people and programs ----------------------------------------------------------------------
def test_the_lines_name_every_change_in_words() -> None:
    new = small_plan(
        evolve(READING, no=1),
        evolve(PREPARE, no=2, due=D(2022, 9, 30), lead_units=("教研室",), title="加强实验课教学"),
        evolve(BRIDGE, no=3),
    )
    said = text_of(OLD, new)
    for words in (
        "新增1项任务，取消1项，改动2项，不变0项。",
        "－ 3. 抓好校园安全",
        "＋ 1. 开展书香校园活动",
        "只改了编号的任务：\n  2 → 3. 推进幼小衔接",
        "1 → 2. 加强实验课教学（相似度97）",
        "名称：原为“加强实验教学”",
        "完成时限：2022-06-30改为2022-09-30",
        "牵头单位：增加“教研室”，去掉“党办”",
    ):
        assert words in said, words


def test_a_plan_of_another_year_is_pointed_out() -> None:
    new = evolve(OLD, year=2023)
    assert not diff(OLD, new).is_empty and "请核对是不是拿错了文件" in text_of(OLD, new)


def test_the_json_is_whole_and_plain() -> None:
    new = evolve(
        small_plan(evolve(PREPARE, no=2, due=None, body="另定。", lead_units=()), evolve(READING, no=1)),
        projects=(Project(1, "教育质量提升工程"),),
    )
    data = json.loads(json.dumps(diff_to_json(diff(OLD, new)), ensure_ascii=False))
    assert data["tasks"]["added"] == [{"no": 1, "title": "开展书香校园活动", "project": 1}]
    assert [task["no"] for task in data["tasks"]["dropped"]] == [2, 3]
    assert data["projects"]["changed"] == [
        {"old": {"no": 1, "title": "质量提升工程"}, "new": {"no": 1, "title": "教育质量提升工程"}}
    ]
    (changed,) = data["tasks"]["changed"]
    assert (changed["no"], changed["old_no"]) == (2, 1)
    assert changed["kinds"] == ["renumbered", "units", "deadline", "body"]
    assert changed["changes"]["due"] == {"old": "2022-06-30", "new": None}
    assert changed["changes"]["lead_units"] == {"added": [], "removed": ["党办"]}
    assert changed["changes"]["body"]["new"] == "另定。"


def test_a_revision_of_the_seed_is_told_apart_task_by_task() -> None:
    lines = seed_lines()
    old = plan_of(*lines[1:], title=lines[0])
    dropped = [task for task in old.tasks if task.no not in (5, 12)]
    new = evolve(old, tasks=tuple(evolve(task, no=i) for i, task in enumerate(reversed(dropped), 1)))
    found = diff(old, new)
    assert [task.no for task in found.dropped] == [5, 12] and found.added == ()
    assert {pair.old.title for pair in found.pairs} == {task.title for task in dropped}
    assert all(pair.old.title == pair.new.title and pair.score == 100 for pair in found.pairs)
