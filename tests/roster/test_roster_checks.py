"""What is wrong with a roster's cells, and what is read from cells as clerks fill them. No files here."""

from __future__ import annotations

import pytest

from eduxl import labels as L
from eduxl.model import Unit
from eduxl.roster import RULE_COLUMNS, GroupRule, Roster, shipped_rules
from eduxl.roster.reading import Reading, read_sheets
from eduxl.roster.tables import Finding, SheetText

HEADER = L.ROSTER_COLUMNS
GOOD = ("S1", "东关小学", "东小", "学校", "小学", "公办", "县直", "张三", "13912345678", "s1@edu.example")


def row(**changed: str) -> tuple[str, ...]:
    """A row of a good unit with some cells changed, by column: `row(学段="中学")`."""
    return tuple(changed.get(column, value) for column, value in zip(HEADER, GOOD, strict=True))


def read(*rows: tuple[str, ...], rules: tuple[tuple[str, ...], ...] = ()) -> Reading:
    sheets = [SheetText("名册", (HEADER, *rows))]
    if rules:
        sheets.append(SheetText("分组规则", (RULE_COLUMNS, *rules)))
    return read_sheets(sheets)


def faults(reading: Reading) -> list[tuple[str, str, str]]:
    return [(finding.level, finding.code, finding.cell) for finding in reading.findings]


def rule(**changed: str) -> tuple[str, ...]:
    return tuple(changed.get(column, "") for column in RULE_COLUMNS)


OTHER = row(单位编码="S2", 单位名称="西关小学", 别名="西小", 邮箱="")


# --- reading --------------------------------------------------------------------------------------
def test_a_good_row() -> None:
    reading = read(row())
    assert reading.findings == ()
    assert reading.roster == Roster(
        (
            Unit(
                "S1",
                "东关小学",
                ("东小",),
                "学校",
                ("小学",),
                "公办",
                "县直",
                "张三",
                "13912345678",
                "s1@edu.example",
            ),
        )
    )


def test_cells_as_clerks_fill_them() -> None:
    reading = read(
        row(
            单位编码=" Ｓ１ ",
            单位名称=" 东关\n小学 ",
            别名="东小，东关 东关校；县一小 东小/S1、无",
            类别="学校 ",
            学段="初中,小学",
            办学性质="普惠性民办",
            所属学区=" 县直 ",
            联系人="/",
            联系电话="０９３６－４４０００１",
            邮箱="无",
        ),
        ("", "  ", "", "", "", "", "", "", "", ""),
        row(单位编码="S2", 单位名称="实验学校 A 区", 别名="", 学段="九年一贯制"),
        ("注：黄色为新增单位",),
        ("S3", "西关小学", "", "学校", "小学", "公办"),
    )
    assert reading.findings == ()
    assert reading.roster.units == (
        Unit(
            "S1",
            "东关小学",
            ("东小", "东关", "东关校", "县一小"),
            "学校",
            ("小学", "初中"),
            "民办",
            "县直",
            "",
            "0936-440001",
            "",
        ),
        Unit(
            "S2",
            "实验学校 A 区",
            (),
            "学校",
            ("小学", "初中"),
            "公办",
            "县直",
            "张三",
            "13912345678",
            "s1@edu.example",
        ),
        Unit("S3", "西关小学", (), "学校", ("小学",), "公办"),
    )


def test_columns_in_any_order_below_a_title() -> None:
    sheet = SheetText(
        "Sheet1",
        (
            ("民乐县教育系统单位名册",),
            ("", "填报日期：2022-03-01"),
            (
                "序号",
                "学校名称*",
                "单位编码（必填）",
                "备注",
                "单位 类别",
                "学 段",
                "性质",
                "学区",
                "电话",
                "电子邮箱",
                "责任人",
                "简称",
            ),
            (
                "1",
                "东关小学",
                "S1",
                "新",
                "学校",
                "小学",
                "公办",
                "县直",
                "1",
                "s1@edu.example",
                "张三",
                "东小",
            ),
        ),
    )
    reading = read_sheets([SheetText("封面", (("说明",),)), sheet])
    assert reading.findings == ()
    assert reading.roster.units == (
        Unit("S1", "东关小学", ("东小",), "学校", ("小学",), "公办", "县直", "张三", "1", "s1@edu.example"),
    )


def test_the_sheet_called_roster_comes_first() -> None:
    other = SheetText("旧名册", (HEADER, OTHER))
    assert [unit.code for unit in read_sheets([other, SheetText("名册", (HEADER, row()))]).roster.units] == [
        "S1"
    ]
    assert [
        unit.code for unit in read_sheets([other, SheetText("单位名册", (HEADER, row()))]).roster.units
    ] == ["S1"]
    # … unless there is no table in it.
    assert [unit.code for unit in read_sheets([SheetText("名册", (("见下表",),)), other]).roster.units] == [
        "S2"
    ]


def test_a_district_is_known_by_its_alias() -> None:
    district = row(单位编码="X1", 单位名称="洪水学区", 别名="洪水镇学区", 类别="学区", 学段="", 所属学区="")
    reading = read(
        district,
        row(所属学区="洪水镇学区"),
        row(**{"单位编码": "S2", "单位名称": "乙", "别名": "", "所属学区": "洪水学区"}),
    )
    assert reading.findings == ()
    assert [unit.district for unit in reading.roster.units] == ["", "洪水学区", "洪水学区"]


# --- what cannot be read --------------------------------------------------------------------------
def test_no_sheet_has_anything() -> None:
    assert faults(read_sheets([])) == [("error", "empty-roster", "名册!A1")]
    assert faults(read_sheets([SheetText("Sheet1", ((" ",),))])) == [("error", "empty-roster", "Sheet1!A1")]


def test_only_a_header() -> None:
    assert faults(read()) == [("error", "empty-roster", "名册!A1")]


def test_no_header() -> None:
    reading = read_sheets([SheetText("Sheet1", (("东关小学", "张三"),)), SheetText("Sheet2")])
    assert faults(reading) == [("error", "no-header", "Sheet1!A1")]
    assert "单位编码、单位名称、别名" in reading.findings[0].fix


def test_a_header_further_down_is_not_looked_for() -> None:
    rows = (*[("说明",)] * 10, HEADER, row())
    assert faults(read_sheets([SheetText("名册", rows)])) == [("error", "no-header", "名册!A1")]


def test_missing_columns() -> None:
    sheet = SheetText(
        "名册", (("单位编码", "单位名称", "类别", "学段", "邮箱"), ("S1", "东关小学", "学校", "小学", ""))
    )
    assert {finding.message for finding in read_sheets([sheet]).findings} == {
        f"缺少“{column}”列" for column in ("别名", "办学性质", "所属学区", "联系人", "联系电话")
    }
    assert read_sheets([sheet]).errors == ()
    bare = SheetText("名册", (("单位编码", "邮箱"), ("S1", "s1@edu.example")))
    assert [finding.message for finding in read_sheets([bare]).errors] == [
        "缺少“单位名称”列",
        "缺少“类别”列",
        "缺少“学段”列",
        "没有填单位名称",
    ]


# --- faults of units ------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("changed", "level", "code", "cell"),
    [
        ({"单位编码": ""}, "error", "missing-code", "A3"),
        ({"单位编码": "ｓ2"}, "error", "duplicate-code", "A3"),
        ({"单位编码": "S/3"}, "error", "bad-code", "A3"),
        ({"单位名称": " "}, "error", "missing-name", "B3"),
        ({"单位名称": "西关 小学"}, "error", "duplicate-name", "B3"),
        ({"别名": "西小"}, "error", "ambiguous-alias", "C3"),
        ({"别名": "东小、西关小学"}, "error", "ambiguous-alias", "C3"),
        ({"别名": "s2"}, "error", "ambiguous-alias", "C3"),
        ({"别名": "东"}, "warning", "short-alias", "C3"),
        ({"别名": "各小学"}, "warning", "name-is-group", "C3"),
        ({"单位名称": "义务教育学校"}, "warning", "name-is-group", "B3"),
        ({"类别": ""}, "error", "unknown-kind", "D3"),
        ({"类别": "无"}, "error", "unknown-kind", "D3"),
        ({"类别": "小学"}, "error", "unknown-kind", "D3"),
        ({"类别": "学校、学区"}, "error", "unknown-kind", "D3"),
        ({"学段": "中学"}, "error", "unknown-stage", "E3"),
        ({"学段": "小学、大学"}, "error", "unknown-stage", "E3"),
        ({"学段": ""}, "warning", "no-stage", "E3"),
        ({"办学性质": "企业办"}, "error", "unknown-ownership", "F3"),
        ({"办学性质": "—"}, "warning", "no-ownership", "F3"),
        ({"邮箱": "s1@edu"}, "warning", "bad-email", "J3"),
        ({"邮箱": "a@b.cn;c@d.cn"}, "warning", "bad-email", "J3"),
        ({"邮箱": "张三@163.com"}, "warning", "bad-email", "J3"),
    ],
)
def test_faults_of_a_unit(changed: dict[str, str], level: str, code: str, cell: str) -> None:
    reading = read(OTHER, row(**changed))
    assert faults(reading) == [(level, code, f"名册!{cell}")]
    (finding,) = reading.findings
    assert finding.message and finding.fix.endswith("。")


def test_all_faults_at_once() -> None:
    reading = read(OTHER, row(单位编码="S2", 类别="小学", 邮箱="无邮箱"), row(单位编码="", 单位名称=""))
    assert [code for _, code, _ in faults(reading)] == [
        "unknown-kind",
        "duplicate-code",
        "bad-email",
        "missing-code",
        "missing-name",
        "ambiguous-alias",
    ]


def test_messages_name_the_other_place() -> None:
    codes = read(OTHER, row(单位编码="S2"))
    assert codes.findings[0].message == "单位编码“S2”重复，名册!A2 已经用了"
    aliases = read(row(别名="西关小学"), OTHER)
    assert aliases.findings == (
        Finding(
            "error",
            "ambiguous-alias",
            "名册!C2",
            "西关小学",
            "别名“西关小学”也是“西关小学”（第 3 行）的名称，分不清指哪个单位",
            "一个叫法只能属于一个单位，请删去或改写其中一个。",
        ),
    )


DISTRICT = row(单位编码="X1", 单位名称="洪水学区", 别名="", 类别="学区", 学段="", 所属学区="", 邮箱="")


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        # One letter off a 学区 of the roster, even if two units share the slip.
        ([DISTRICT, row(所属学区="洪水学"), {**{}, "所属学区": "洪水学"}], ["G3", "G4"]),
        # Like nothing, and nobody else has it.
        ([DISTRICT, row(所属学区="东乡片区")], ["G3"]),
        # Like nothing, but a habit of this roster.
        ([DISTRICT, row(所属学区="东乡片区"), {"所属学区": "东乡片区"}], []),
        ([DISTRICT, row(所属学区="县直")], []),
        ([DISTRICT, row(所属学区="")], []),
        # A unit of that name, but no 学区.
        ([DISTRICT, OTHER, row(所属学区="西关小学")], ["G4"]),
        # A roster without 学区 says nothing about them.
        ([row(所属学区="东乡片区")], []),
    ],
)
def test_districts(rows: list[tuple[str, ...] | dict[str, str]], expected: list[str]) -> None:
    filled = [
        row(单位编码="S9", 单位名称="北关小学", 别名="", **cells) if isinstance(cells, dict) else cells
        for cells in rows
    ]
    assert faults(read(*filled)) == [("warning", "unknown-district", f"名册!{cell}") for cell in expected]


# --- 分组规则 ---------------------------------------------------------------------------------------
def test_without_a_sheet_the_shipped_rules_hold() -> None:
    assert read(row()).roster.rules == shipped_rules()


def test_rules_of_the_clerk() -> None:
    reading = read(
        row(),
        OTHER,
        rules=(
            rule(集体名称="试点学校、试验学校", 指定单位="S1、西小", 说明=" 局办公会定 "),
            rule(
                集体名称="各小学",
                类别="学校、其它",
                学段="小学",
                办学性质="不限",
                所属学区="县直",
                名称包含="关",
                名称不含="北",
                排除单位="东小",
            ),
            rule(),
        ),
    )
    assert reading.findings == ()
    assert reading.roster.rules[:2] == (
        GroupRule(("试点学校", "试验学校"), units=("S1", "西小"), note="局办公会定"),
        GroupRule(("各小学",), ("学校", "其他"), ("小学",), (), ("县直",), ("关",), ("北",), (), ("东小",)),
    )
    assert [unit.code for unit in reading.roster.resolve("各试点学校").units] == ["S1", "S2"]
    assert [unit.code for unit in reading.roster.resolve("小学").units] == ["S2"]
    # Names that the clerk did not define keep their shipped meaning.
    assert [unit.code for unit in reading.roster.resolve("各小学校").units] == ["S1", "S2"]


@pytest.mark.parametrize(
    ("cells", "code", "cell"),
    [
        ({"类别": "学校"}, "missing-group", "A2"),
        ({"集体名称": "甲组"}, "empty-rule", "A2"),
        ({"集体名称": "甲组", "类别": "中学"}, "unknown-kind", "B2"),
        ({"集体名称": "甲组", "类别": "学校", "学段": "大学"}, "unknown-stage", "C2"),
        ({"集体名称": "甲组", "类别": "学校", "办学性质": "公私合办"}, "unknown-ownership", "D2"),
        ({"集体名称": "甲组", "指定单位": "北关小学"}, "unknown-unit", "H2"),
        ({"集体名称": "甲组", "类别": "学校", "排除单位": "不知名单位"}, "unknown-unit", "I2"),
    ],
)
def test_faults_of_a_rule(cells: dict[str, str], code: str, cell: str) -> None:
    reading = read(row(), OTHER, rules=(rule(**cells),))
    assert ("error", code, f"分组规则!{cell}") in faults(reading)


def test_a_named_unit_that_is_missing_comes_with_a_suggestion() -> None:
    reading = read(row(), rules=(rule(集体名称="甲组", 指定单位="东关小"),))
    assert reading.findings[0].fix == "是不是“东关小学”？请写名册里的单位编码、名称或别名。"


def test_a_collective_name_has_one_rule() -> None:
    reading = read(
        row(), rules=(rule(集体名称="各小学", 学段="小学"), rule(集体名称="甲组、小学", 类别="学校"))
    )
    assert [(finding.code, finding.cell, finding.message) for finding in reading.findings] == [
        ("duplicate-group", "分组规则!A3", "集体名称“小学”在第 2 行已经有了")
    ]


def test_a_rules_sheet_without_header() -> None:
    sheets = [SheetText("名册", (HEADER, row())), SheetText("分组规则", (("各小学", "小学"),))]
    assert faults(read_sheets(sheets)) == [("error", "no-header", "分组规则!A1")]
    assert read_sheets([sheets[0], SheetText("分组规则")]).findings == ()
