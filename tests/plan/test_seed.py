"""The published plan of Minle county, read whole: what it says and nothing else."""

from __future__ import annotations

import codecs
from datetime import date
from pathlib import Path

import pytest
from attrs import evolve

from eduxl.model import Indicator, Plan
from eduxl.plan import plan_from_json, plan_to_json, read_plan
from tests.plan.builders import SEED, save_docx, seed_lines, units


@pytest.fixture(scope="module")
def plan() -> Plan:
    return read_plan(SEED)


def test_plan_and_projects(plan: Plan) -> None:
    assert (plan.title, plan.year, plan.source) == ("民乐县2022年教育工作要点", 2022, "minle-2022.txt")
    assert [p.no for p in plan.projects] == list(range(1, 11))
    assert plan.projects[0].title == "着力实施“党建品牌+清廉校园”创建工程"
    assert plan.projects[3].title == "着力实施新时代教育方针、“双减”政策与“三个指导意见”融合落实工程"
    assert plan.projects[9].title == "着力实施作风优化工程"
    assert plan.review == ()


def test_numbers_and_projects_of_tasks(plan: Plan) -> None:
    assert [t.no for t in plan.tasks] == list(range(1, 22))
    counts = [sum(t.project == p.no for t in plan.tasks) for p in plan.projects]
    assert counts == [3, 2, 1, 1, 1, 2, 5, 4, 1, 1]


def test_titles_end_at_the_first_full_stop(plan: Plan) -> None:
    assert plan.tasks[0].title == "持续开展“杏坛先锋·清廉校园”创建活动"
    assert plan.tasks[7].title == "大力推进教育信息化2.0行动计划"
    assert plan.tasks[20].title == "切实改进工作作风"


def test_bodies_are_the_whole_paragraph_without_number_and_labels(plan: Plan) -> None:
    paragraphs = [
        line for line in seed_lines() if line[0].isdigit() and line[1:3].strip("0123456789")[:1] == "."
    ]
    assert len(paragraphs) == 21
    assert [t.body for t in plan.tasks] == [p.split(".", 1)[1] for p in paragraphs]
    assert not any("责任单位" in t.body or "完成时间" in t.body for t in plan.tasks)


def test_units(plan: Plan) -> None:
    by_no = {t.no: units(t) for t in plan.tasks}
    assert by_no[1] == (("党办", "活动中心"), (), ("各中小学", "幼儿园", "民办教育机构"))
    assert by_no[9] == (("项目办",), (), ("各相关学校",))
    assert by_no[10] == (("项目办", "教育发展中心"), (), ("各学区",))
    assert by_no[11] == (
        ("项目办", "基教股", "教研室", "电教股", "人事股", "教育考试中心"),
        (),
        ("民乐一中",),
    )
    assert by_no[12] == (("基教股", "电教股"), (), ("各初级中学", "思源实验学校", "工业园区学校"))
    # A stray space after the separator.
    assert by_no[15][0] == ("基教股", "教研室", "体育运动中心", "艺术特教股", "活动中心")
    assert by_no[21] == ((), (), ())
    assert not any(t.support_units for t in plan.tasks)


def test_deadlines_are_the_last_day_of_the_month(plan: Plan) -> None:
    months = [12, 9, 9, 9, 12, 10, 12, 12, 11, 9, 8, 7, 12, 11, 12, 9, 12, 11, 12, 12]
    assert [t.due.month for t in plan.tasks[:20] if t.due] == months
    assert plan.tasks[0].due == date(2022, 12, 31)
    assert plan.tasks[8].due == date(2022, 11, 30)
    assert plan.tasks[1].due_text == "2022年9月"
    assert plan.tasks[20].due is None
    assert {t.recurrence for t in plan.tasks} == {None}


def test_questions_to_the_clerk(plan: Plan) -> None:
    asked = {t.no: [n.code for n in t.review] for t in plan.tasks if t.review}
    assert asked == {9: ["vague-unit"], 21: ["no-unit", "no-due"]}


def test_signature_and_preamble_belong_to_no_task(plan: Plan) -> None:
    text = "".join(t.body for t in plan.tasks)
    assert "2022-03-14" not in text
    assert "十大工程" not in text
    assert plan.tasks[20].body.endswith("助推全县教育高质量发展。")


def test_only_stated_targets_become_indicators(plan: Plan) -> None:
    found = {t.no: t.indicators for t in plan.tasks if t.indicators}
    assert found == {
        9: (Indicator("年度计划投资", 10256, "万元"),),
        20: tuple(
            Indicator(name, 100, "%")
            for name in ("学校封闭式管理", "中小学保安员配备", "一键式报警系统", "视频监控与公安系统联网")
        ),
    }
    assert {t.no: t.checklist for t in plan.tasks if t.checklist} == {
        6: ("一送", "一请", "一督", "一讲", "一学", "一测")
    }


def test_json_has_the_fixed_keys_and_reads_back(plan: Plan) -> None:
    data = plan_to_json(plan)
    assert list(data) == ["title", "year", "source", "projects", "tasks", "review", "left_out"]
    assert list(data["tasks"][0]) == [
        "no", "project", "title", "body", "lead_units", "support_units", "school_groups", "due", "recurrence",
        "due_text", "indicators", "checklist", "review",
    ]  # fmt: skip
    assert data["projects"][0] == {"no": 1, "title": "着力实施“党建品牌+清廉校园”创建工程"}
    assert data["tasks"][8]["indicators"] == [{"name": "年度计划投资", "target": 10256, "unit": "万元"}]
    assert data["tasks"][20]["due"] is None
    assert [n["code"] for n in data["tasks"][20]["review"]] == ["no-unit", "no-due"]
    assert plan_from_json(data) == plan


@pytest.mark.parametrize(
    "encoded",
    [
        pytest.param(lambda t: t.encode("utf-8-sig"), id="utf-8 with BOM"),
        pytest.param(lambda t: t.encode("gb18030"), id="gb18030"),
        pytest.param(lambda t: t.encode("utf-16"), id="utf-16"),
        pytest.param(lambda t: codecs.BOM_UTF16_BE + t.encode("utf-16-be"), id="utf-16 big endian"),
        pytest.param(lambda t: t.encode("utf-16-le"), id="utf-16 without BOM"),
        pytest.param(lambda t: t.replace("\n", "\r\n").encode(), id="crlf"),
        pytest.param(
            lambda t: t.replace("\n", "\n\n\u3000\u3000").encode(), id="indented, blank lines between"
        ),
    ],
)
def test_every_encoding_reads_the_same(tmp_path: Path, plan: Plan, encoded: object) -> None:
    path = tmp_path / "要点.txt"
    path.write_bytes(encoded(SEED.read_text("utf-8")))  # type: ignore[operator]
    assert evolve(read_plan(path), source=plan.source) == plan


def test_word_document_with_a_paragraph_a_line(tmp_path: Path, plan: Plan) -> None:
    path = save_docx(tmp_path / "要点.docx", seed_lines())
    assert evolve(read_plan(path), source=plan.source) == plan


def test_word_document_with_soft_line_breaks(tmp_path: Path, plan: Plan) -> None:
    """Each task with its labels is one paragraph."""
    paragraphs: list[str] = []
    for line in seed_lines():
        if line.startswith(("责任单位", "完成时间")):
            paragraphs[-1] += "\n" + line
        else:
            paragraphs.append(line)
    path = save_docx(tmp_path / "要点.docx", paragraphs)
    assert evolve(read_plan(path), source=plan.source) == plan


def test_suffix_does_not_matter(tmp_path: Path, plan: Plan) -> None:
    path = save_docx(tmp_path / "要点.docx", seed_lines()).rename(tmp_path / "要点.txt")
    assert evolve(read_plan(path), source=plan.source) == plan
