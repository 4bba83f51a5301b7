"""Which numbers of a text are targets and which lists are checklists; what is left alone matters as much."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eduxl.model import Indicator
from eduxl.plan.findings import checklist, indicators

STATED = """
年度计划投资10256万元|年度计划投资|10256|万元
争取项目资金1.2亿元|项目资金|1.2|亿元
确保课后服务经费投入不低于2,000万元|课后服务经费投入|2000|万元
投入资金１００万元|投入资金|100|万元
学前三年毛入园率达到95%以上|学前三年毛入园率|95|%
全县义务教育巩固率力争达到百分之九十九|义务教育巩固率|99|%
到2022年底高中阶段毛入学率保持在97.5％以上|高中阶段毛入学率|97.5|%
教师培训率100%|教师培训率|100|%
实现学校食堂“明厨亮灶”100%全覆盖|学校食堂“明厨亮灶”|100|%
新建幼儿园3所|新建幼儿园|3|所
新建3所幼儿园|新建幼儿园|3|所
招聘教师120名|招聘教师|120|名
完成培训教师1200人次|培训教师|1200|人次
开展“送教下乡”活动4次以上|开展“送教下乡”活动|4|次
新增学位1200个|新增学位|1200|个
"""
LEFT_ALONE = [
    "2021年投资500万元",
    "已投入300万元",
    "截至目前投入资金300万元",
    "提高5个百分点",
    "每校配备1名保安员",
    "生均经费1000元",
    "占比达到85%-90%",
    "4个100%目标",
    "学校、幼儿园、食堂等建设4个100%目标",
    "落实《县域义务教育优质均衡发展督导评估办法》第32号",
    "《2022—2030年投资100万元规划》",
    "“两高四初十小十五幼”教育布局",
    "完成9项突出问题和12项整改问题",
    "建设4个",
    "大力推进教育信息化2.0行动计划",
    "投资" + "很多" * 100 + "100万元",
    "投资3所学校100万元",
    "投1元",
    "入学率达到百分之十九八",
    "建成第3所幼儿园",
    "收费100元/月",
]


@pytest.mark.parametrize("row", STATED.split())
def test_stated_targets(row: str) -> None:
    text, name, target, unit = row.split("|")
    assert indicators(f"抓好工作，{text}，促进发展。", 2022) == (Indicator(name, float(target), unit),)


@pytest.mark.parametrize("text", LEFT_ALONE)
def test_numbers_that_are_no_targets(text: str) -> None:
    assert indicators(f"抓好工作，{text}。", 2022) == ()


def test_several_in_a_sentence_each_once() -> None:
    found = indicators("新建幼儿园3所，改扩建中小学5所；新建幼儿园3所。", 2022)
    assert found == (Indicator("新建幼儿园", 3, "所"), Indicator("改扩建中小学", 5, "所"))
    assert indicators("投资100万元,新建幼儿园3所", 2022)[1] == Indicator("新建幼儿园", 3, "所")


def test_a_list_of_full_targets() -> None:
    found = indicators("全面实现封闭式管理、保安员配备、视频监控等校园安防建设三个100%目标。", 2022)
    assert [i.name for i in found] == ["封闭式管理", "保安员配备", "视频监控"]
    assert {(i.target, i.unit) for i in found} == {(100, "%")}


def test_whole_numbers_are_whole() -> None:
    assert repr(indicators("年度计划投资10256万元", 2022)[0].target) == "10256"


@pytest.mark.parametrize(
    ("body", "items"),
    [
        ("开展“一送、一请、一督”为主要内容的活动。", "一送 一请 一督"),
        ("推进“扩容增量、教师培训、质量提升”工程。", ""),
        ("（1）制定方案；（2）开展检查。", "制定方案 开展检查"),
        ("抓好工作：①制定方案；②开展检查。", "制定方案 开展检查"),
        ("一是抓队伍。二是强管理。", "抓队伍 强管理"),
        ("抓好工作。\n1)制定方案\n2)开展检查", "制定方案 开展检查"),
        ("第一，抓队伍。第二，强管理。", "抓队伍 强管理"),
        ("（1）只有一步。", ""),
        ("①②制定方案", "制定方案"),
        ("办法是一是一、二是二。", ""),
        ("“一、二、三”", ""),
    ],
)
def test_checklists(body: str, items: str) -> None:
    assert checklist(body) == tuple(items.split())


@given(
    st.one_of(
        st.text(max_size=80),
        st.text(st.sampled_from("投资新建率达到百分之等个100%12万元所，。、（《》“”①一是 ,."), max_size=80),
    )
)
def test_any_text(body: str) -> None:
    for found in indicators(body, 2022):
        assert found.name and found.target is not None
    assert all(checklist(body))
