"""How unit lines split, and which list each name goes to."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from eduxl.plan.units import Statement, UnitLists, assign, bracket_spans, is_vague, kind_of, split_names
from tests.plan.builders import SEED


def lists(text: str, kind: str = "responsible") -> tuple[str, str, str]:
    """lead, support and schools, each joined with spaces."""
    found = assign([Statement(kind, text)])  # type: ignore[arg-type]
    return " ".join(found.lead), " ".join(found.support), " ".join(found.schools)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("党办、活动中心，各中小学、幼儿园，民办教育机构", "党办 活动中心 各中小学 幼儿园 民办教育机构"),
        ("艺术特教股、 活动中心", "艺术特教股 活动中心"),
        ("党办,教研室;人事股/计财股／安全办", "党办 教研室 人事股 计财股 安全办"),
        ("党办 教研室\t人事股\n计财股\u3000安全办", "党办 教研室 人事股 计财股 安全办"),
        ("各幼儿园（含民办）、党办", "各幼儿园（含民办） 党办"),
        ("各学校（小学、初中，高中）；党办", "各学校（小学、初中，高中） 党办"),
        ("各中小学 （幼儿园）、党办", "各中小学（幼儿园） 党办"),
        ("、（兼）教研室", "（兼）教研室"),
        ("党办、（兼）教研室", "党办 （兼）教研室"),
        ("各中小学幼儿园", "各中小学幼儿园"),
        ("党办、党办，党办", "党办"),
        ("党办、教研室等。", "党办 教研室"),
        ("党办、教研室等部门", "党办 教研室"),
        ("党办。等", "党办"),
        ("党办、教研室 等", "党办 教研室"),
        ("体 卫 艺 科", "体卫艺科"),
        ("党 办、教 研　室，各 校。 工会", "党办 教研室 各校 工会"),
        ("体 卫艺科", "体 卫艺科"),
        ("党办、教研室 等部门；各学区 等。", "党办 教研室 各学区"),
        ("各高等学校等", "各高等学校"),
        ("各初等学校", "各初等学校"),
        ("（党办、教研室", "（党办 教研室"),
        ("党办）、教研室", "党办） 教研室"),
        ("无", ""),
        ("—", ""),
        ("/", ""),
        ("、，；", ""),
        ("", ""),
    ],
)
def test_splitting(text: str, names: str) -> None:
    assert split_names(text) == tuple(names.split())


SCHOOLS = """
各中小学 各中小学（幼儿园） 各中小学幼儿园 各校（园） 各级各类学校 各义务教育学校 各初级中学 各小学
各高中 各普通高中 各幼儿园（含民办） 各公办园 民办园 各园 民办幼儿园 民办教育机构 校外培训机构 各学区
各中心校 各乡镇中心小学 各直属学校 县直（各）学校 城区各小学 各寄宿制学校 各相关学校 有关学校 试点学校
县一中 二中 三小 一幼 第二中学 成员校 牵头校 职教中心 职业中专 县职业教育中心 特殊教育学校 成人学校
社区学院 各学校党组织 各中小学校长 民乐一中 工业园区学校 思源实验学校 九年一贯制学校
"""
OFFICES = """
党办 教研室 活动中心 教育发展中心 人事股 安全办 教育考试中心 工会 县公安局 各乡镇人民政府 县进修校 机关各股室
局属各单位 各责任督学 县直有关部门 教师进修学校 县教师进修学校 教师发展学院 教师发展中心 县委党校
学校管理股 民办教育机构监管股 幼儿园管理股 团县委 县妇联 职教中心办公室 职成教股 学生资助中心 督导责任区
各乡镇 县融媒体中心
"""


@pytest.mark.parametrize("name", SCHOOLS.split())
def test_schools(name: str) -> None:
    assert kind_of(name) == "school"


@pytest.mark.parametrize("name", OFFICES.split())
def test_offices(name: str) -> None:
    assert kind_of(name) == "office"


@pytest.mark.parametrize("name", ["思源", "含民办", "试行", "星火计划", "", "（含民办）"])
def test_names_that_do_not_say(name: str) -> None:
    assert kind_of(name) is None


def test_every_unit_of_the_sample_roster() -> None:
    sheet = load_workbook(SEED.with_name("roster-minle.xlsx"))["名册"]
    for code, name, aliases, kind, *_ in sheet.iter_rows(min_row=2, values_only=True):
        expected = "office" if kind == "股室" else "school"
        for called in (str(name), *str(aliases or "").split("、")):
            if called:
                assert kind_of(called) == expected, (code, called)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("党办、教研室，各学区", ("党办 教研室", "", "各学区")),
        ("党办牵头，教研室、人事股配合，各学区落实", ("党办", "教研室 人事股", "各学区")),
        ("党办、教研室牵头、人事股、计财股配合", ("党办 教研室", "人事股 计财股", "")),
        ("由党办负责，教研室协助", ("党办", "教研室", "")),
        ("党办牵头，教研室、各学区", ("党办", "教研室", "各学区")),
        ("党办（牵头）、教研室、人事股（配合）、各学区（落实）", ("党办", "教研室 人事股", "各学区")),
        ("党办会同教研室、人事股", ("党办", "教研室 人事股", "")),
        ("党办牵头，会同教研室、人事股落实", ("党办", "教研室 人事股", "")),
        ("党办会同教研室负责、各学区参加", ("党办", "教研室", "各学区")),
        ("党办、人事股按职责分工负责", ("党办 人事股", "", "")),
        ("党办、人事股分别负责。", ("党办 人事股", "", "")),
        ("党办，各学校具体实施", ("党办", "", "各学校")),
        ("工会参加", ("", "工会", "")),
        ("牵头校、成员校", ("", "", "牵头校 成员校")),
        ("各学区牵头，党办配合", ("", "党办", "各学区")),
        # Open names: the side of the line decides, then the label.
        ("党办、教研室，思源、星火", ("党办 教研室", "", "思源 星火")),
        ("党办；思源", ("党办", "", "思源")),
        ("星火，各学区", ("星火", "", "各学区")),
        ("星火，党办，各学区", ("星火 党办", "", "各学区")),
        ("党办，各学区，星火", ("党办", "", "各学区 星火")),
        ("党办，教研室，星火", ("党办 教研室 星火", "", "")),
        ("党办、各学区、思源，星火", ("党办 思源 星火", "", "各学区")),
        ("党办、思源", ("党办 思源", "", "")),
        ("思源，星火", ("思源 星火", "", "")),
        ("党办，张三（无）", ("党办", "", "张三（无）")),
    ],
)
def test_lists_of_a_responsible_line(text: str, expected: tuple[str, str, str]) -> None:
    assert lists(text) == expected


def test_the_label_decides_for_offices_only() -> None:
    assert lists("党办、各学区", "support") == ("", "党办", "各学区")
    assert lists("党办、各学区、星火", "schools") == ("", "党办", "各学区 星火")
    assert lists("党办、各学区", "lead") == ("党办", "", "各学区")
    assert lists("张局长", "people") == ("", "", "")
    assert lists("12月", "due") == ("", "", "")


def test_responsible_beside_lead_is_support() -> None:
    found = assign([Statement("responsible", "教研室、各学区"), Statement("lead", "党办")])
    assert found == UnitLists(("党办",), ("教研室",), ("各学区",))
    assert found.all == ("党办", "教研室", "各学区")


def test_each_name_once_over_all_lists() -> None:
    found = assign(
        [Statement("lead", "党办"), Statement("support", "党办、教研室"), Statement("support", "教研室")]
    )
    assert found == UnitLists(("党办",), ("教研室",))
    assert not assign([])


@pytest.mark.parametrize("name", ["各相关学校", "有关单位", "县直有关部门", "局机关相关股室", "其他有关学校"])
def test_vague(name: str) -> None:
    assert is_vague(name)


@pytest.mark.parametrize("name", ["各学校", "党办", "相关学校联盟第一学校", "县相"])
def test_not_vague(name: str) -> None:
    assert not is_vague(name)


def test_bracket_spans() -> None:
    assert bracket_spans("a（b（c）d）e【f】") == [(1, 8), (9, 12)]
    assert bracket_spans("（a（b）") == [(2, 5)]
    assert bracket_spans("a）b（") == []
    assert bracket_spans("（a】b）") == [(0, 5)]


PIECES = st.sampled_from(
    [
        *(
            "党办",
            "教研室",
            "各学区",
            "思源",
            "一中",
            "幼儿园",
            "牵头",
            "配合",
            "落实",
            "负责",
            "由",
            "会同",
            "等",
            "无",
        ),
        *("按职责分工负责", " ", "\n", *"、，；/（）【】《》“”—。()"),
    ]
)
LINES = st.one_of(st.lists(PIECES, max_size=25).map("".join), st.text(max_size=60))


@given(LINES)
def test_any_line_is_read_and_every_name_is_in_it(text: str) -> None:
    compact = "".join(text.split())
    for kind in ("lead", "responsible", "support", "schools"):
        found = assign([Statement(kind, text)])  # type: ignore[arg-type]
        assert len(set(found.all)) == len(found.all)
        for name in found.all:
            assert name and "".join(name.split()) in compact
            assert kind_of(name) != "school" or name in found.schools


@given(LINES)
def test_splitting_what_was_split_changes_nothing(text: str) -> None:
    names = split_names(text)
    closed = [n for n in names if bracket_spans(n) or not set(n) & set("（）()【】《》“”[]〔〕「」")]
    assert split_names("、".join(closed)) == tuple(closed)


def test_the_slash_of_a_date_parts_no_names() -> None:
    assert split_names("党办/教研室；2022/6/30") == ("党办", "教研室", "2022/6/30")


def test_a_verb_behind_a_school_whose_last_word_is_none() -> None:
    assert lists("由党办负责，职教中心参加") == ("党办", "", "职教中心")


def test_teaching_points_are_schools() -> None:
    assert {kind_of(name) for name in ("各幼教点", "各办园点", "教学点")} == {"school"}


def test_white_space_in_a_date_parts_nothing() -> None:
    assert split_names("党办 12 月 25 日前") == ("党办", "12月25日前")
    assert split_names("各学区，2022 年 6 月 底 前") == ("各学区", "2022年6月底前")
