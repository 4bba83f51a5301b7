"""Layouts of plans: numbering, label lines, brackets, what stands around the plan."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eduxl.errors import PlanError
from eduxl.model import Plan
from eduxl.plan import plan_from_json, plan_to_json
from eduxl.plan.blocks import Cell, Heading, LabelLine, Paragraph, TableRow, line_blocks
from eduxl.plan.grammar import to_plan
from tests.plan.builders import TITLE, plan_of, seed_lines, units


def codes(plan: Plan) -> list[list[str]]:
    return [[n.code for n in t.review] for t in plan.tasks]


# --- labels ---------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "labels",
    [
        ["责任单位：党办，各学区", "完成时间：6月底"],
        ["完成时限:6月底。", "责任股室:党办;各学区。"],
        ["责 任 单 位：党办，各学区", "完 成 时 间 ： 6月底"],
        ["【责任单位】党办，各学区", "【完成时间】6月底"],
        ["【责任单位】：党办，各学区", "【时间节点】6月底"],
        ["【责任单位：党办，各学区】", "【完成时间：6月底】"],
        ["责任单位：党办，各学区  完成时间：6月底"],
        ["责任单位（科室）：党办，各学区；完成时间：6月底"],
        ["（责任单位：党办，各学区；完成时间：6月底）"],
        ["责任单位\t党办，各学区", "完成时间\u30006月底"],
        ["责任领导：张三", "责任单位：党办，各学区", "完成时间：6月底", "联系人：李四"],
        ["责任单位：党办，各学区，6月底"],
    ],
)
def test_own_label_lines(labels: list[str]) -> None:
    plan = plan_of("一、党建工程", "1.加强党建。抓好学习。", *labels, "2.加强学习。", "责任单位：教研室")
    first = plan.tasks[0]
    assert units(first) == (("党办",), (), ("各学区",))
    assert (first.due, first.due_text) == (date(2022, 6, 30), "6月底")
    assert first.body == "加强党建。抓好学习。"
    assert plan.tasks[1].title == "加强学习"


def test_lead_support_and_schools_each_with_a_label() -> None:
    plan = plan_of(
        "1.加强党建。",
        "牵头单位：党办  配合单位：教研室、人事股",
        "落实学校：各学区、工会",
        "办结时限：上半年",
    )
    assert units(plan.tasks[0]) == (("党办",), ("教研室", "人事股", "工会"), ("各学区",))


def test_labels_at_the_end_of_the_paragraph() -> None:
    plan = plan_of(
        "1.加强党建。抓好学习。责任单位：党办 完成时间：12月", "2.加强学习（详见：附表）。责任单位：教研室"
    )
    assert [t.body for t in plan.tasks] == ["加强党建。抓好学习。", "加强学习（详见：附表）。"]
    assert [t.lead_units for t in plan.tasks] == [("党办",), ("教研室",)]


def test_a_word_that_only_looks_like_a_label_is_text() -> None:
    plan = plan_of("1.加强党建。落实责任制：抓好学习，活动时间：每周五。", "责任单位：党办")
    assert plan.tasks[0].body == "加强党建。落实责任制：抓好学习，活动时间：每周五。"
    assert plan.tasks[0].due is None


def test_same_as_above() -> None:
    plan = plan_of("1.甲。", "责任单位：党办", "完成时间：6月", "2.乙。", "责任单位：同上", "完成时间：同上")
    assert plan.tasks[1].lead_units == ("党办",)
    assert plan.tasks[1].due == date(2022, 6, 30)


# --- brackets -------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "bracket",
    [
        "（责任科室：党办、教研室，各学区；完成时限：6月底前）",
        "(责任单位：党办、教研室，各学区)（完成时限：6月底前）",
        "【责任单位：党办、教研室，各学区；完成时限：6月底前】",
        "（党办、教研室，各学区，6月底前）",
        "[党办、教研室；各学区；6月底前]",
    ],
)
@pytest.mark.parametrize("shape", ["抓好学习{}。", "抓好学习。{}"])
def test_closing_brackets(bracket: str, shape: str) -> None:
    plan = plan_of("一、党建工程", "1.加强党建。" + shape.format(bracket), "2.加强学习。（人事股）")
    first = plan.tasks[0]
    assert units(first) == (("党办", "教研室"), (), ("各学区",))
    assert (first.due, first.due_text) == (date(2022, 6, 30), "6月底前")
    assert (first.title, first.body) == ("加强党建", "加强党建。抓好学习。")
    assert plan.tasks[1].lead_units == ("人事股",)


def test_verbs_in_brackets() -> None:
    plan = plan_of(
        "1.加强党建（党办牵头，教研室配合，各学区落实）。", "2.加强学习（由教研室负责，人事股协助）"
    )
    assert units(plan.tasks[0]) == (("党办",), ("教研室",), ("各学区",))
    assert units(plan.tasks[1]) == (("教研室",), ("人事股",), ())
    assert [t.title for t in plan.tasks] == ["加强党建", "加强学习"]


@pytest.mark.parametrize(
    "remark", ["（试行）", "（含民办）", "（初中部）", "（2021—2030）", "（幼儿园）", "（2022年3月）已"]
)
def test_a_remark_in_brackets_stays_text(remark: str) -> None:
    plan = plan_of(f"1.落实办法{remark}。", "责任单位：党办")
    assert plan.tasks[0].body == f"落实办法{remark}。"
    assert units(plan.tasks[0]) == (("党办",), (), ())
    assert plan.tasks[0].due is None


def test_a_bracket_in_the_heading_line_of_a_task() -> None:
    plan = plan_of(
        "一、党建工程",
        "1.加强党建（责任单位：党办；6月底前）",
        "抓好学习。",
        "2.加强学习（人事股）。多读书。",
    )
    assert (plan.tasks[0].title, plan.tasks[0].body) == ("加强党建", "加强党建\n抓好学习。")
    assert plan.tasks[0].due == date(2022, 6, 30)
    assert (plan.tasks[1].title, plan.tasks[1].body) == ("加强学习", "加强学习。多读书。")


@pytest.mark.parametrize("words", ["立行立改", "视情况", "按上级要求"])
@pytest.mark.parametrize(
    "bracket", ["（党办，各学区，{}）", "（党办牵头，各学区落实，{}）", "（责任单位：党办、各学区；{}）"]
)
def test_a_deadline_without_a_day_in_a_bracket(bracket: str, words: str) -> None:
    (task,) = plan_of("1.加强党建。抓好学习。" + bracket.format(words)).tasks
    assert units(task) == (("党办",), (), ("各学区",))
    assert (task.due, task.due_text, [n.code for n in task.review]) == (None, words, ["no-due"])
    assert task.body == "加强党建。抓好学习。"


def test_a_bracket_that_ends_in_etc_behind_a_space() -> None:
    (task,) = plan_of("1.加强党建。抓好学习。（党办、教研室 等，6月底前）").tasks
    assert (task.lead_units, task.due) == (("党办", "教研室"), date(2022, 6, 30))


@pytest.mark.parametrize(
    "steps",
    [
        "①制定方案（{}）。②抓好培训（{}）。",
        "①制定方案。（{}）②抓好培训。（{}）",
        "（1）制定方案（{}）；（2）抓好培训（{}）。",
    ],
)
def test_steps_on_the_line_of_the_task_each_with_who_does_it(steps: str) -> None:
    plan = plan_of("1.加强党建。" + steps.format("教研室负责", "人事股负责"), "完成时间：6月")
    assert [t.lead_units for t in plan.tasks] == [("教研室", "人事股")]
    assert plan.review == ()
    plan = plan_of("1.加强党建。①制定方案；②抓好培训。（党办）。乙事。（人事股）", "2.丙事。（党办）")
    assert [n.code for n in plan.review] == ["not-read"]


def test_steps_with_brackets_of_their_own_are_united() -> None:
    plan = plan_of(
        "一、党建工程",
        "1.加强党建。（1）抓学习（党办；3月底前）；（2）抓培训（教研室，6月底前）。",
        "2.加强学习（责任单位：人事股）",
        "（1）读书（责任单位：教研室）。",
        "（2）研讨（责任单位：党办）。",
    )
    assert plan.tasks[0].lead_units == ("党办", "教研室")
    assert plan.tasks[0].due == date(2022, 6, 30)
    assert "抓学习（党办；3月底前）" in plan.tasks[0].body
    assert plan.tasks[1].lead_units == ("人事股", "教研室", "党办")
    assert plan.tasks[1].body == "加强学习\n（1）读书（责任单位：教研室）。\n（2）研讨（责任单位：党办）。"
    assert plan.tasks[1].checklist == ("读书（责任单位：教研室）", "研讨（责任单位：党办）")


# --- what holds for a project ---------------------------------------------------------------------
def test_units_and_date_of_a_project_hold_for_tasks_without() -> None:
    plan = plan_of(
        "一、党建工程（责任单位：党办；完成时限：6月底前）",
        "1.加强党建。",
        "2.加强学习。",
        "责任单位：教研室",
        "二、教学工程",
        "责任单位：人事股",
        "完成时间：9月",
        "3.加强教学。",
        "4.加强教研。",
    )
    assert [p.title for p in plan.projects] == ["党建工程", "教学工程"]
    assert [t.lead_units for t in plan.tasks] == [("党办",), ("教研室",), ("人事股",), ("人事股",)]
    assert [t.due and t.due.month for t in plan.tasks] == [6, 6, 9, 9]


def test_project_titles_lose_number_and_outer_punctuation() -> None:
    plan = plan_of(
        "一、  实施“强基”工程；",
        "1.甲。",
        "责任单位：党办",
        "二.教学（一期）工程：",
        "2.乙。",
        "责任单位：党办",
    )
    assert [p.title for p in plan.projects] == ["实施“强基”工程", "教学（一期）工程"]


def test_a_project_without_tasks_is_asked_about() -> None:
    plan = plan_of("一、党建工程", "1.甲。", "责任单位：党办", "二、其他工作", "加强领导。")
    assert [p.title for p in plan.projects] == ["党建工程", "其他工作"]
    assert [n.code for n in plan.review] == ["empty-project"]


def test_sections_around_the_tasks_are_no_projects() -> None:
    plan = plan_of(
        "一、总体要求", "全面贯彻党的教育方针。",
        "二、党建工程", "（一）甲。", "责任单位：党办", "三、保障措施", "（一）加强领导。",
    )  # fmt: skip
    assert [p.title for p in plan.projects] == ["党建工程"]
    assert [t.title for t in plan.tasks] == ["甲"]
    assert [(n.code, n.position) for n in plan.review] == [("not-read", "第8行")]
    assert [p.text for p in plan.left_out] == ["全面贯彻党的教育方针。", "总体要求", "保障措施"]


# --- damage that must not be silent ---------------------------------------------------------------
@pytest.mark.parametrize(
    ("lines", "code", "named"),
    [
        pytest.param(
            ("一、甲工程", "1.甲事。（党办，9月底前）2.乙事。（教研室，6月底前）", "二、乙工程", "1.丙事。（党办）"),
            "not-read", "2.乙事", id="two tasks joined",
        ),
        pytest.param(
            ("一、甲工程1.甲事。（党办）", "2.乙事。（党办）", "二、乙工程", "3.丙事。（党办）"),
            "not-read", "1.甲事", id="a heading and a task joined",
        ),
        pytest.param(
            ("一、甲工程", "1.甲事。（党办）", "2.乙事。（党办，落实丙事。（教研室）"),
            "not-read", "（党办，落实丙事", id="a bracket that never closes",
        ),
        pytest.param(
            ("1.甲事。（党办）", "2.乙事。（党办）", "3", ".丙事。（党办）"), "not-read", ".丙事", id="a number cut in two",
        ),
        pytest.param(
            ("一、甲工程", "2.乙事。（党办）", "二、乙工程", "1.丙事。（党办）", "2.丁事。（党办）"), "number-gap", "第1项",
            id="the first of a project lost",
        ),
        pytest.param(
            ("一、甲工程", "1.甲事。（党办）", "三、乙工程", "2.丙事。（党办）"), "number-gap", "第2项", id="a project lost",
        ),
    ],
)  # fmt: skip
def test_what_damage_hides_is_asked_about(lines: tuple[str, ...], code: str, named: str) -> None:
    notes = [(note.code, note.note) for note in plan_of(*lines).review]
    assert any(code == kind and named in text for kind, text in notes), notes


def test_a_task_joined_with_the_heading_above_leaves_its_units_there() -> None:
    """Word counts on by itself, so that no number is missing."""
    tasks = ("1.甲事。", "责任单位：党办", "完成时间：6月", "2.乙事。", "责任单位：党办", "完成时间：6月")
    plan = plan_of("一、甲工程", *tasks, "二、乙工程推进丙事", "责任单位：教研室", "完成时间：9月",
                   "3.丁事。", "责任单位：人事股", "完成时间：5月")  # fmt: skip
    assert [(n.code, n.position) for n in plan.review] == [("not-read", "第9行")]
    assert "乙工程推进丙事" in plan.review[0].note


def test_steps_say_who_and_the_label_when() -> None:
    steps = ("(1)定方案。（责任股室：教研室）", "(2)抓培训。（责任股室：人事股）")
    plan = plan_of("1.甲事。", *steps, "完成时间：6月", "2.乙事。", *steps, "完成时间：9月")
    assert [t.lead_units for t in plan.tasks] == [("教研室", "人事股")] * 2
    assert plan.review == ()


def test_a_task_joined_behind_the_bracket_of_the_one_above() -> None:
    plan = plan_of("1.甲事。（党办，一中、二中，7月底）乙事。（教研室，各校，8月底）", "2.丙事。（党办）")
    assert [n.code for n in plan.review] == ["not-read"]
    assert units(plan.tasks[0]) == (("党办", "教研室"), (), ("一中", "二中", "各校"))


@pytest.mark.parametrize(
    "own", [("完成时间：5月",), ("责任单位：人事股",), ("配合单位：人事股", "完成时间：5月"), ()]
)
def test_what_is_said_for_a_project_and_needed_is_no_question(own: tuple[str, ...]) -> None:
    plan = plan_of("一、甲工程", "责任单位：教研室", "完成时间：9月", "1.甲事。", *own)
    assert plan.review == ()


# --- numbering ------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("project", "task"),
    [
        ("一、", "1."),
        ("一、", "1、"),
        ("一、", "１．"),
        ("一、", "（一）"),
        ("一、", "(1)"),
        ("一、", "1)"),
        ("一、", "任务一："),
        ("一、", "01 "),
        ("（一）", "1."),
        ("第一部分 ", "一、"),
        ("第一部分", "1."),
    ],
)
def test_projects_and_tasks_in_any_numbering(project: str, task: str) -> None:
    plan = plan_of(
        f"{project}党建工程",
        f"{task}加强党建。抓好学习。",
        "责任单位：党办",
        f"{task}加强学习。",
        "责任单位：教研室",
    )
    assert [p.title for p in plan.projects] == ["党建工程"]
    assert [t.title for t in plan.tasks] == ["加强党建", "加强学习"]
    assert [t.project for t in plan.tasks] == [1, 1]


def test_no_projects() -> None:
    plan = plan_of("1.甲。", "责任单位：党办", "2.乙。", "责任单位：党办")
    assert plan.projects == ()
    assert [t.project for t in plan.tasks] == [None, None]


def test_a_middle_level_is_only_a_grouping() -> None:
    plan = plan_of(
        "一、党建工程", "（一）组织建设", "1.甲。（责任科室：党办）", "2.乙。（责任科室：党办）",
        "（二）作风建设", "3.丙。（责任科室：党办）", "二、教学工程", "（一）教研",
        "4.丁。（责任科室：教研室）",
    )  # fmt: skip
    assert [p.title for p in plan.projects] == ["党建工程", "教学工程"]
    assert [(t.no, t.project, t.title) for t in plan.tasks] == [
        (1, 1, "甲"),
        (2, 1, "乙"),
        (3, 1, "丙"),
        (4, 2, "丁"),
    ]


def test_chapters_around_one_list_of_projects() -> None:
    plan = plan_of(
        "一、总体要求", "抓好工作。", "二、重点任务", "（一）党建工程", "1.甲。", "责任单位：党办",
        "（二）教学工程", "2.乙。", "责任单位：党办", "三、保障措施", "加强领导。",
    )  # fmt: skip
    assert [p.title for p in plan.projects] == ["党建工程", "教学工程"]
    assert [t.body for t in plan.tasks] == ["甲。", "乙。"]


@pytest.mark.parametrize("mark", ["（1）", "①", "一是", "第一，", "1)"])
def test_steps_are_no_tasks(mark: str) -> None:
    plan = plan_of(
        "一、党建工程", "1.加强党建。", f"{mark}抓学习。", "责任单位：党办", "2.加强学习。", "责任单位：党办"
    )
    assert [t.title for t in plan.tasks] == ["加强党建", "加强学习"]
    assert plan.tasks[0].body == f"加强党建。\n{mark}抓学习。"


def test_numbered_steps_inside_tasks_that_end_in_units() -> None:
    plan = plan_of(
        "一、党建工程", "（一）加强党建", "1.抓学习。", "2.抓培训。", "3.抓考核。", "责任单位：党办",
        "（二）加强学习", "1.读书。", "2.研讨。", "3.写作。", "责任单位：教研室",
    )  # fmt: skip
    assert [(t.no, t.title) for t in plan.tasks] == [(1, "加强党建"), (2, "加强学习")]
    assert plan.tasks[0].body == "加强党建\n1.抓学习。\n2.抓培训。\n3.抓考核。"


def test_two_levels_where_the_outer_ends_in_units() -> None:
    plan = plan_of(
        "一、加强党建",
        "1.抓学习。",
        "2.抓培训。",
        "3.抓考核。",
        "责任单位：党办",
        "二、加强学习",
        "1.读书。",
        "2.研讨。",
        "3.写作。",
        "责任单位：教研室",
    )
    assert [(t.no, t.title) for t in plan.tasks] == [(1, "加强党建"), (2, "加强学习")]


def test_steps_with_label_lines_of_their_own() -> None:
    plan = plan_of(
        "一、党建工程", "1.加强党建。", "（1）抓学习。", "责任单位：党办", "完成时间：3月",
        "（2）抓培训。", "责任单位：教研室", "完成时间：6月",
        "2.加强学习。", "责任单位：人事股",
    )  # fmt: skip
    assert plan.tasks[0].lead_units == ("党办", "教研室")
    assert plan.tasks[0].due == date(2022, 6, 30)
    assert plan.tasks[0].body == "加强党建。\n（1）抓学习。\n（2）抓培训。"


def test_without_units_anywhere_the_usual_numbering_is_the_tasks() -> None:
    plan = plan_of("一、党建工程", "1.甲。", "2.乙。", "二、教学工程", "3.丙。")
    assert [t.title for t in plan.tasks] == ["甲", "乙", "丙"]
    assert codes(plan) == [["no-unit", "no-due"]] * 3


def test_an_extract_keeps_its_numbers_and_says_what_is_missing() -> None:
    plan = plan_of(
        "68.甲。",
        "责任单位：党办",
        "69.乙。",
        "责任单位：党办",
        "71.丙。",
        "责任单位：党办",
        "75.丁。",
        "责任单位：党办",
    )
    assert [t.no for t in plan.tasks] == [68, 69, 71, 75]
    assert [n.code for n in plan.review] == ["number-gap"]
    assert "缺第70、72—74项" in plan.review[0].note


def test_numbers_that_restart_are_counted_on() -> None:
    plan = plan_of(
        "一、甲工程",
        "1.甲。",
        "责任单位：党办",
        "2.乙。",
        "责任单位：党办",
        "二、乙工程",
        "1.丙。",
        "责任单位：党办",
    )
    assert [t.no for t in plan.tasks] == [1, 2, 3]
    assert not any("duplicate-number" in c for c in codes(plan))


def test_a_number_twice_in_one_project_is_asked_about() -> None:
    plan = plan_of(
        "一、甲工程", "1.甲。", "责任单位：党办", "1.乙。", "责任单位：党办", "3.丙。", "责任单位：党办"
    )
    assert [t.no for t in plan.tasks] == [1, 2, 3]
    assert [("duplicate-number" in c) for c in codes(plan)] == [False, True, False]


def test_headings_without_numbers() -> None:
    """Word's heading styles alone: 1 projects, 2 tasks."""
    blocks = [
        Heading(TITLE, 0), Heading("党建工程", 1), Heading("加强党建", 2), Paragraph("抓好学习。"),
        *line_blocks("责任单位：党办", ""), Heading("加强学习", 2), Paragraph("多读书。"),
        *line_blocks("责任单位：教研室", ""),
    ]  # fmt: skip
    plan = to_plan(blocks, "要点.docx")
    assert plan.title == TITLE
    assert [p.title for p in plan.projects] == ["党建工程"]
    assert [(t.no, t.title, t.body) for t in plan.tasks] == [
        (1, "加强党建", "加强党建\n抓好学习。"),
        (2, "加强学习", "加强学习\n多读书。"),
    ]


# --- titles and bodies of tasks -------------------------------------------------------------------
def test_heading_line_and_body_paragraphs() -> None:
    plan = plan_of(
        "一、党建工程",
        "1.加强党建：",
        "抓好学习。",
        "建好队伍。",
        "责任单位：党办",
        "2.加强学习",
        "责任单位：党办",
    )
    assert (plan.tasks[0].title, plan.tasks[0].body) == ("加强党建", "加强党建：\n抓好学习。\n建好队伍。")
    assert (plan.tasks[1].title, plan.tasks[1].body) == ("加强学习", "加强学习")


def test_a_number_on_a_line_of_its_own() -> None:
    plan = plan_of(
        "一、党建工程", "1.", "加强党建。抓好学习。", "责任单位：党办", "2.", "3.加强学习。", "责任单位：党办"
    )
    assert [(t.no, t.title) for t in plan.tasks] == [(1, "加强党建"), (3, "加强学习")]


def test_text_behind_the_labels_goes_on_with_the_task_where_tasks_are_written_so() -> None:
    plan = plan_of(
        "一、党建工程",
        "1.加强党建",
        "责任单位：党办",
        "抓好学习。",
        "2.加强学习",
        "责任单位：党办",
        "多读书。",
    )
    assert [t.body for t in plan.tasks] == ["加强党建\n抓好学习。", "加强学习\n多读书。"]


def test_closing_words_belong_to_no_task() -> None:
    plan = plan_of(
        "1.甲。",
        "责任单位：党办",
        "2.乙。",
        "责任单位：党办",
        "各学校要高度重视，抓好落实。",
        "某县教育局",
        "2022年3月1日",
    )
    assert [t.body for t in plan.tasks] == ["甲。", "乙。"]


def test_a_closing_sentence_on_deadlines_is_a_question() -> None:
    plan = plan_of("1.甲。", "责任单位：党办", "以上任务未明确完成时限的，均于2022年12月底前完成。")
    assert plan.tasks[0].due is None
    assert [(n.code, n.position) for n in plan.review] == [("sentence-default-due", "第4行")]
    assert "2022年12月底前" in plan.review[0].note


@pytest.mark.parametrize(
    "end",
    [
        ["某县教育局2022-03-14"],
        ["某县教育局", "2022年3月14日"],
        ["某县教育局", "二〇二二年三月十四日"],
        ["2022年3月14日"],
        ["（2022年3月14日）"],
        ["某县教育局办公室", "某县教育局", "2022年3月14日印发"],
        ["附件：1.责任分工表"],
        ["附件1", "责任分工", "3.不是任务。"],
        ["某县教育局"],
        ["抄送：县政府办公室。"],
    ],
)
def test_signature_and_attachments_end_the_plan(end: list[str]) -> None:
    plan = plan_of("1.甲。", "责任单位：党办", "2.乙。做好工作。", *end)
    assert [t.body for t in plan.tasks] == ["甲。", "乙。做好工作。"]


def test_an_office_named_in_the_text_is_no_signature() -> None:
    plan = plan_of("1.报送材料到", "某县教育局", "并存档。", "责任单位：党办")
    assert plan.tasks[0].body == "报送材料到\n某县教育局\n并存档。"


def test_page_numbers_are_left_out() -> None:
    plan = plan_of("1.甲。", "— 2 —", "第 3 页 共 9 页", "12", "做好工作。", "责任单位：党办")
    assert plan.tasks[0].body == "甲。\n做好工作。"


# --- around the plan ------------------------------------------------------------------------------
NOTICE = [
    "某县教育局文件", "某教发〔2022〕5号", "关于印发《某县2022年教育工作要点》的通知", "各学区、县直各学校：",
    "现将《某县2022年教育工作要点》印发给你们，请认真贯彻执行。", "某县教育局", "2022年3月14日",
]  # fmt: skip
BODY = ["一、党建工程", "1.甲。", "责任单位：党办", "2.乙。", "责任单位：党办"]


def test_a_notice_in_front() -> None:
    plan = plan_of(*NOTICE, TITLE, "2022年全县教育工作，到2025年入园率达到95%。", *BODY, title=None)
    assert (plan.title, plan.year) == (TITLE, 2022)
    assert [t.title for t in plan.tasks] == ["甲", "乙"]


def test_a_notice_with_a_list_of_its_own() -> None:
    notice = [*NOTICE[:5], "一、提高认识。各单位要重视。", "二、加强领导。", *NOTICE[5:]]
    plan = plan_of(*notice, "附件", TITLE, *BODY, title=None)
    assert plan.title == TITLE
    assert [p.title for p in plan.projects] == ["党建工程"]


def test_only_a_notice_names_the_plan() -> None:
    assert plan_of(*NOTICE[:5], *BODY, title=None).title == "某县2022年教育工作要点"
    assert plan_of("关于印发2022年教育工作要点的通知", *BODY, title=None).title == "2022年教育工作要点"


@pytest.mark.parametrize(
    "attached",
    [
        ["附件：1.2022年重点项目清单", "2.2022年培训计划表"],
        ["附件：1.某县2022年教育工作要点", "2.2022年重点项目清单", "3．2022年培训计划"],
        ["附件:", "1.2022年重点项目清单", "2.2022年培训计划表"],
        ["附件：2022年重点项目清单"],
    ],
)
def test_attachments_of_the_notice_are_neither_title_nor_tasks(attached: list[str]) -> None:
    front = [*NOTICE[:4], *attached, "某县教育局", "2022年3月1日"]
    plan = plan_of(*front, TITLE, "根据有关要求，制定本要点。", *BODY, title=None)
    assert plan.title == TITLE
    assert [t.title for t in plan.tasks] == [t.title for t in plan_of(*BODY).tasks]
    assert {p.text for p in plan.left_out} >= set(attached)


@pytest.mark.parametrize("link", ["相关链接：", "上一篇：某县2021年工作总结", "延伸阅读"])
def test_a_text_copied_with_the_page_around_it(link: str) -> None:
    plan = plan_of(*BODY, link, "1.某县教育局2021年工作总结")
    assert [t.title for t in plan.tasks] == [t.title for t in plan_of(*BODY).tasks]
    assert [p.text for p in plan.left_out] == [link, "1.某县教育局2021年工作总结"]


def test_numbered_tasks_under_an_attachment_are_tasks() -> None:
    plan = plan_of("某县教育局2022年工作要点", "附件：", "1.甲事", "责任单位：党办", "2.乙事", title=None)
    assert [t.title for t in plan.tasks] == ["甲事", "乙事"]


@pytest.mark.parametrize(
    "lines",
    [
        ["某县教育局", "2022年工作要点"],
        ["某县教育局2022年", "工作要点"],
        ["某县教育局2022年工作要点"],
        ["附件1：某县教育局2022年工作要点"],
        ["发布时间：2022-03-01 来源：办公室", "某县教育局2022年工作要点"],
    ],
)
def test_titles_over_lines(lines: list[str]) -> None:
    assert plan_of(*lines, *BODY, title=None).title == "某县教育局2022年工作要点"


def test_a_title_that_goes_on() -> None:
    assert (
        plan_of("某县2022年教育工作要点", "任务分解表", *BODY, title=None).title
        == "某县2022年教育工作要点任务分解表"
    )


@pytest.mark.parametrize(
    "title", ["二〇二二年教育工作要点", "２０２２年教育工作要点", "某县教育工作要点（2022）"]
)
def test_years_in_titles(title: str) -> None:
    plan = plan_of(*BODY, title=title)
    assert (plan.title, plan.year) == (title.replace("２０２２", "2022"), 2022)


def test_the_year_may_stand_elsewhere() -> None:
    assert plan_of("为做好2023年工作，制定本要点。", *BODY, title="教育工作要点").year == 2023
    assert plan_of(*BODY, "完成时间：2024年6月", title="教育工作要点").year == 2024


def test_the_first_line_where_nothing_looks_like_a_title() -> None:
    assert plan_of("2022年大事", *BODY, title=None).title == "2022年大事"
    assert plan_of(*BODY, "完成时间：2022年6月", title=None).title == "要点.txt"


# --- what is no plan ------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("lines", "code"),
    [
        (["春眠不觉晓，处处闻啼鸟。"], "not-a-plan"),
        (["西红柿炒鸡蛋", "1.打蛋。", "2.切西红柿。"], "not-a-plan"),
        ([TITLE, "做好各项工作。"], "no-tasks"),
        (["责任单位：党办"], "no-tasks"),
        ([], "no-tasks"),
        (["教育工作要点", *BODY], "no-year"),
    ],
)
def test_what_is_no_plan(lines: list[str], code: str) -> None:
    with pytest.raises(PlanError) as error:
        plan_of(*lines, title=None)
    assert error.value.code == code
    assert "要点.txt" in str(error.value)


def test_tasks_in_a_table_are_not_passed_over_in_silence() -> None:
    with pytest.raises(PlanError) as error:
        to_plan([Paragraph(TITLE), TableRow((Cell("1", 0), Cell("加强党建", 1)), 1)], "要点.docx")
    assert error.value.code == "unsupported"


# --- any text -------------------------------------------------------------------------------------
LINES = st.one_of(
    st.sampled_from(
        [
            *seed_lines(),
            *NOTICE,
            *BODY,
            "（一）组织",
            "（1）步骤",
            "同上",
            "完成时间：",
            "责任单位：无",
            "任务一：甲",
            "2.",
            "3、（党办）",
        ]
    ),
    st.text(max_size=30),
)


@given(st.lists(LINES, max_size=30))
@settings(max_examples=200)
def test_any_text_is_a_plan_or_a_plan_error(lines: list[str]) -> None:
    try:
        plan = plan_of(*lines, title=None)
    except PlanError:
        return
    assert plan.tasks
    numbers = [t.no for t in plan.tasks]
    assert len(set(numbers)) == len(numbers)
    assert [p.no for p in plan.projects] == list(range(1, len(plan.projects) + 1))
    for task in plan.tasks:
        assert task.project is None or 1 <= task.project <= len(plan.projects)
        noted = {n.code for n in task.review}
        names = task.lead_units + task.support_units + task.school_groups
        assert ("no-unit" in noted) == (not names)
        assert ("no-due" in noted) == (task.due is None)
    assert plan_from_json(plan_to_json(plan, full=True)) == plan


def test_reading_takes_time_in_proportion_to_the_text() -> None:
    """Many tasks and one monstrous line; a pattern that backtracks would take minutes."""
    many = [
        line
        for i in range(1, 1000)
        for line in (f"{i}.加强党建。" + "抓好学习，" * 20, "责任单位：党办，各学区", "完成时间：6月")
    ]
    assert len(plan_of(*many).tasks) == 999
    for piece in ("（", "责任单位", "2022年", "1", "、", "投资1", "12月至", "（党办", "“一送、"):
        plan_of("1.甲。" + piece * 20000, "责任单位：党办" + piece * 5000, "完成时间：" + piece * 5000)


def test_blocks_of_a_line() -> None:
    assert list(line_blocks("  \u3000", "第1行")) == []
    (labels,) = line_blocks("责任单位：党办", "第2行", level=1)
    assert isinstance(labels, LabelLine) and labels.where == "第2行"
    assert list(line_blocks("甲\v乙", "第3段", level=2)) == [
        Heading("甲", 2, "第3段"),
        Heading("乙", 2, "第3段"),
    ]


# --- forms met later ------------------------------------------------------------------------------
def test_ten_follows_nine_with_a_zero() -> None:
    lines = [line for no in range(1, 12) for line in (f"{no:02d} 第{no}事。", "责任单位：党办")]
    assert [t.no for t in plan_of(*lines).tasks] == list(range(1, 12))


def test_units_under_a_bracketed_heading_are_its_tasks() -> None:
    plan = plan_of(
        "（一）强基",
        "责任单位：党办",
        "1)甲事",
        "2)乙事",
        "（二）惠民",
        "责任单位：教研室",
        "1)丙事",
        "2)丁事",
    )
    assert [(t.title, t.lead_units) for t in plan.tasks] == [
        ("甲事", ("党办",)), ("乙事", ("党办",)), ("丙事", ("教研室",)), ("丁事", ("教研室",)),
    ]  # fmt: skip


def test_a_label_line_broken_behind_a_comma_goes_on() -> None:
    (task,) = plan_of(
        "1.甲事。", "责任单位：党办、教研室、", "人事股，各中小学", "完成时间：", "6月底前"
    ).tasks
    assert units(task) == (("党办", "教研室", "人事股"), (), ("各中小学",))
    assert task.due_text == "6月底前"


@pytest.mark.parametrize(
    "title",
    [
        ["某县教育局", "2023年度工作目标"],
        ["某县教育局", "关于2023年", "重点工作的安排意见"],
        ["某县教育局2023年十件实事"],
    ],
)
def test_a_title_over_several_lines(title: list[str]) -> None:
    plan = plan_of(*title, "1.甲事。", "责任单位：党办", title=None)
    assert (plan.title, plan.year) == ("".join(title), 2023)


def test_bullets_are_tasks_where_nothing_else_counts_them() -> None:
    plan = plan_of(
        "一、党建工程", "●甲事。抓好学习。", "责任单位：党办", "● 乙事", "责任单位：教研室",
        "二、安全工程", "●丙事。", "责任单位：安全办",
    )  # fmt: skip
    assert [(t.no, t.project, t.title, t.lead_units) for t in plan.tasks] == [
        (1, 1, "甲事", ("党办",)), (2, 1, "乙事", ("教研室",)), (3, 2, "丙事", ("安全办",)),
    ]  # fmt: skip


def test_bullets_inside_numbered_tasks_are_steps() -> None:
    plan = plan_of(
        "一、党建工程", "1.甲事", "●学习。", "●考核。", "责任单位：党办", "2.乙事", "责任单位：教研室"
    )
    assert [(t.title, t.lead_units) for t in plan.tasks] == [("甲事", ("党办",)), ("乙事", ("教研室",))]


def test_a_comma_behind_a_projects_number_and_characters_of_no_width() -> None:
    plan = plan_of(
        "一、党建工程", "1.甲事。", "责任单位：党办", "二，\u200b教学工程", "2.\u200b乙事。", "责任单位：党办"
    )
    assert [p.title for p in plan.projects] == ["党建工程", "教学工程"]
    assert [(t.project, t.title) for t in plan.tasks] == [(1, "甲事"), (2, "乙事")]


def test_numbers_that_only_the_one_before_tells() -> None:
    """A number with a wrong mark, without one, or in front of digits."""
    plan = plan_of(
        "一、党建工程", "1 落实党建责任。", "责任单位：党办", "2.3月份开展学雷锋活动。", "责任单位：团委",
        "二、教学工程", "3。落实教学常规。", "责任单位：教研室", "4，12所学校改造。", "责任单位：项目办",
    )  # fmt: skip
    assert [(t.no, t.project, t.title) for t in plan.tasks] == [
        (1, 1, "落实党建责任"), (2, 1, "3月份开展学雷锋活动"), (3, 2, "落实教学常规"), (4, 2, "12所学校改造"),
    ]  # fmt: skip


def test_a_stray_figure_makes_no_task_of_the_title() -> None:
    lines = ("1 2022年望海县教育局重点工作", "（1）甲事。", "责任单位：党办", "（2）乙事。", "责任单位：党办")
    plan = plan_of(*lines, title=None)
    assert [t.title for t in plan.tasks] == ["甲事", "乙事"]


def test_numbers_of_two_parts_count_the_tasks() -> None:
    plan = plan_of(
        "一、党建工程",
        "1.1 甲事。",
        "责任单位：党办",
        "1.2 乙事。",
        "责任单位：党办",
        "二、教学工程",
        "2.1 丙事。",
        "责任单位：教研室",
    )
    assert [(t.no, t.project, t.title) for t in plan.tasks] == [
        (1, 1, "甲事"),
        (2, 1, "乙事"),
        (3, 2, "丙事"),
    ]


@pytest.mark.parametrize("marks", ["（1）（2）", "1)2)", "①②", "●●"])
def test_steps_of_tasks_without_projects_are_no_tasks(marks: str) -> None:
    first, second = marks[: len(marks) // 2], marks[len(marks) // 2 :]
    plan = plan_of(
        "一、甲事", f"{first}做好准备。", f"{second}抓好落实。", "责任单位：党办", "完成时间：6月",
        "二、乙事", f"{first}做好准备。", f"{second}抓好落实。", "责任单位：教研室", "完成时间：7月",
    )  # fmt: skip
    assert plan.projects == ()
    assert [(t.title, t.lead_units) for t in plan.tasks] == [("甲事", ("党办",)), ("乙事", ("教研室",))]


def test_a_section_around_the_tasks_of_a_plan_without_projects_is_no_task() -> None:
    plan = plan_of(
        "一、甲事", "责任单位：党办", "二、乙事", "责任单位：教研室", "三、保障措施", "各单位要加强领导。"
    )  # fmt: skip
    assert [t.title for t in plan.tasks] == ["甲事", "乙事"]


def test_a_title_that_stands_twice_is_read_once() -> None:
    plan = plan_of(
        "2023年某县教育工作要点", "2023年某县教育工作要点", "1.甲事。", "责任单位：党办", title=None
    )
    assert plan.title == "2023年某县教育工作要点"
