"""What a name written in a plan means, on the sample roster: unit, collective name, vague or unknown."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from eduxl.model import Unit
from eduxl.roster import GroupRule, Roster, read_roster, roster_from_json, roster_to_json, shipped_rules
from eduxl.roster.rules import combine, group_key, is_direct

SAMPLE = Path(__file__).parents[2] / "workbook" / "samples" / "roster-minle.xlsx"


@pytest.fixture(scope="module")
def minle() -> Roster:
    return read_roster(SAMPLE)


# 80 units: 14 股室; 10 学区; 54 学校 = 2 高中 + 2 小学 and 初中 + 9 初中 + 24 小学 + 17 幼儿园 (3 of them
# 民办); 2 其他, both 民办. 县直: 7 中学, 4 小学, 7 幼儿园 (3 民办), 2 其他.
GROUPS = {
    "各中小学": 2 + 2 + 9 + 24,
    "中小学": 37,
    "全县各中小学": 37,
    "各中小学幼儿园": 37 + 17,
    "各中小学、幼儿园": 54,
    "各中小学（幼儿园）": 54,
    "各中小学(幼儿园)": 54,
    "各校（园）": 54,
    "各级各类学校": 54,
    "各义务教育学校": 2 + 9 + 24,
    "各初级中学": 2 + 9,
    "各初中": 11,
    "各小学": 2 + 24,
    "各高中": 2,
    "各普通高中": 1,
    "各幼儿园": 17,
    "幼儿园": 17,
    "各幼儿园（含民办）": 17,
    "各公办园": 14,
    "民办幼儿园": 3,
    "民办教育机构": 3 + 2,
    "校外培训机构": 2,
    "各学区": 10,
    "各中心校": 10,
    "各乡镇中心小学": 10,
    "各直属学校": 18,
    "县直（各）学校": 7 + 4 + 7,
    "县直学校": 18,
    "城区各小学": 4 + 2,
    "各寄宿制学校": 10,
    "机关各股室": 14,
    "各股室": 14,
    "局属各单位": 14,
}


@pytest.mark.parametrize(("name", "members"), GROUPS.items())
def test_collective_names(minle: Roster, name: str, members: int) -> None:
    found = minle.resolve(name)
    assert (found.kind, len(found.units)) == ("group", members)
    assert found.rule.startswith("分组规则“")
    assert found.closest == ()


def test_the_rule_is_told_in_words(minle: Roster) -> None:
    assert minle.resolve("各初级中学").rule == "分组规则“各初级中学”：类别=学校，学段含初中"
    assert minle.resolve("全县 各初级中学").rule == "分组规则“各初级中学”：类别=学校，学段含初中"
    assert minle.resolve("民办教育机构").rule == "分组规则“民办教育机构”：办学性质=民办"


@pytest.mark.parametrize(
    ("name", "code", "rule"),
    [
        ("党办", "G01", "单位名称"),
        ("民乐一中", "S001", "别名“民乐一中”"),
        ("思源实验学校", "S003", "别名“思源实验学校”"),
        ("工业园区学校", "S004", "别名“工业园区学校”"),
        ("民乐县晨星幼儿园(民办)", "S052", "单位名称"),
        ("s001", "S001", "单位编码“S001”"),
    ],
)
def test_single_units(minle: Roster, name: str, code: str, rule: str) -> None:
    found = minle.resolve(name)
    assert found.kind == "unit"
    assert [unit.code for unit in found.units] == [code]
    assert found.rule == rule


@pytest.mark.parametrize("name", ["各相关学校", "有关单位", "相关学校", "县直有关部门", "试点学校"])
def test_vague_names_stay_open(minle: Roster, name: str) -> None:
    found = minle.resolve(name)
    assert (found.kind, found.units, found.closest) == ("vague", (), ())


@pytest.mark.parametrize(
    ("name", "first"),
    [
        ("基础教育股", "基教股"),
        ("六坝中心校", "六坝镇中心小学"),
        ("县教育局基教股", "基教股"),
        ("各初级中学校长", "各初级中学"),
    ],
)
def test_unknown_names_get_suggestions_only(minle: Roster, name: str, first: str) -> None:
    found = minle.resolve(name)
    assert (found.kind, found.units) == ("unknown", ())
    assert first in found.closest
    assert len(found.closest) <= 3


@pytest.mark.parametrize("name", ["县公安局", "各乡镇人民政府"])
def test_strangers_get_no_far_fetched_suggestion(minle: Roster, name: str) -> None:
    found = minle.resolve(name)
    assert (found.kind, found.closest) == ("unknown", ())


def test_a_name_of_two_units_is_told_not_chosen() -> None:
    found = Roster((Unit("A", "东关小学", ("一小",)), Unit("B", "西关小学", ("一小",)))).resolve("一小")
    assert found.kind == "unknown"
    assert found.rule == "“一小”同时是东关小学、西关小学的叫法"
    assert found.closest == ("东关小学", "西关小学")


def test_a_rule_of_the_clerk_may_settle_a_vague_name() -> None:
    rule = GroupRule(("试点学校",), units=("A", "西关小学"), excluded=("没有的",))
    roster = Roster((Unit("A", "东关小学"), Unit("B", "西关小学"), Unit("C", "南关小学")), (rule,))
    found = roster.resolve("各试点学校")
    assert [unit.code for unit in found.units] == ["A", "B"]
    assert found.rule == "分组规则“试点学校”：指定A、西关小学，除去没有的"


def test_conditions_extra_and_excluded_units_together() -> None:
    rule = GroupRule(("甲组",), kinds=("学校",), lacks=("职业",), units=("教研室",), excluded=("B",))
    roster = Roster(
        (
            Unit("A", "东关小学"),
            Unit("B", "西关小学"),
            Unit("C", "职业中学"),
            Unit("G", "教研室", kind="股室"),
        ),
        (rule,),
    )
    assert [unit.code for unit in roster.members(rule)] == ["A", "G"]
    assert rule.describe() == "类别=学校，名称不含职业，另加教研室，除去B"


def test_a_district_may_be_written_by_its_alias() -> None:
    rule = GroupRule(("洪水镇各校",), kinds=("学校",), districts=("洪水镇学区",))
    roster = Roster(
        (
            Unit("X", "洪水学区", ("洪水镇学区",), kind="学区"),
            Unit("A", "洪水小学", district="洪水学区"),
            Unit("B", "六坝小学", district="六坝学区"),
            Unit("C", "无区小学"),
        ),
        (rule,),
    )
    assert [unit.code for unit in roster.members(rule)] == ["A"]


def test_rules_of_the_clerk_replace_shipped_ones_name_by_name() -> None:
    own = (GroupRule(("各小学", "小学校"), units=("A",)),)
    shipped = (GroupRule(("小学",), stages=("小学",)), GroupRule(("小学校", "村小"), stages=("小学",)))
    assert combine(own, shipped) == (*own, GroupRule(("村小",), stages=("小学",)))


def test_shipped_rules_do_not_contradict_each_other() -> None:
    keys = [(group_key(name), place) for place, rule in enumerate(shipped_rules()) for name in rule.names]
    owners = dict(keys)
    assert all(owners[word] == place for word, place in keys)
    assert all(rule.has_conditions for rule in shipped_rules())


def test_direct_districts() -> None:
    assert is_direct(" 县直 ")
    assert not is_direct("洪水学区")


def test_json_and_pickle_lose_nothing(minle: Roster) -> None:
    assert roster_from_json(roster_to_json(minle)) == minle
    assert pickle.loads(pickle.dumps(minle)).find("一中") == minle.find("一中")
    assert roster_to_json(minle)["units"][0]["aliases"] == []
