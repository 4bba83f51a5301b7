"""Labels and brackets as such; what tasks make of them is in test_grammar."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eduxl.plan import words
from eduxl.plan.labelled import brackets, label_kind, label_line, separate_dates, trailing_labels
from eduxl.plan.units import Statement

#: Every label that plans have been seen with.
LABELS = {
    "lead": "牵头单位 牵头科室 牵头股室 牵头责任单位 主要责任单位 主责科室 承办科室 主办单位",
    "responsible": "责任单位 责任科室 责任股室 责任处室 责任部门",
    "support": "配合单位 配合科室 协办单位 协同配合单位 协同责任单位 参与单位 协助单位",
    "schools": "落实单位 落实学校 实施单位 责任学校",
    "people": "责任领导 分管领导 牵头领导 包抓领导 责任人 联系人 分管县领导",
    "due": "完成时间 完成时限 时间节点 时限要求 时间要求 时间安排 完成期限 整改时限 办结时限",
}


@pytest.mark.parametrize(("kind", "label"), [(k, w) for k, ws in LABELS.items() for w in ws.split()])
def test_labels(kind: str, label: str) -> None:
    assert label_kind(label) == kind
    assert label_line(f"{label}：甲") == (Statement(kind, "甲"),)  # type: ignore[arg-type]
    assert label_line(f"{' '.join(label)}  : 甲") == (Statement(kind, "甲"),)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "line",
    [
        "",
        "责任单位",
        "落实责任制：强化",
        "活动时间：6月",
        "甲：乙",
        "：甲",
        "责任单位很多",
        "（甲）：乙",
        "甲】乙",
        "1）：甲",
    ],
)
def test_no_label_lines(line: str) -> None:
    assert label_line(line) == ()


def test_a_label_without_a_value() -> None:
    assert label_line("责任单位：") == (Statement("responsible", ""),)


def test_several_labels_on_a_line() -> None:
    kinds = [(s.kind, s.text) for s in label_line("牵头：党办；配合：教研室，完成时限：6月底前。")]
    assert kinds == [("lead", "党办"), ("support", "教研室"), ("due", "6月底前")]
    glued = [(s.kind, s.text) for s in label_line("责任单位：党办完成时间：6月")]
    assert glued == [("responsible", "党办"), ("due", "6月")]


def test_trailing_labels() -> None:
    body, statements = trailing_labels("抓好（责任单位：甲）工作。责任单位：党办")
    assert (body, statements) == ("抓好（责任单位：甲）工作。", (Statement("responsible", "党办"),))
    assert trailing_labels("做到牵头：党办") == ("做到牵头：党办", ())


def test_brackets_have_places() -> None:
    text = "甲（试行）。乙（责任单位：党办）；丙（教研室）（6月底前）。"
    assert [(text[b.start : b.end], b.closing) for b in brackets(text)] == [
        ("（责任单位：党办）", False),
        ("（教研室）", True),
        ("（6月底前）", True),
    ]


@pytest.mark.parametrize(
    "text",
    ["甲（2022年12月）；乙。", "甲（学校、思源）。", "甲（幼儿园）；乙", "甲（）。", "甲《（党办）》。"],
)
def test_brackets_that_are_remarks(text: str) -> None:
    assert brackets(text) == []


def test_dates_among_units() -> None:
    found = separate_dates(
        [Statement("lead", "党办、教研室，3月、9月底前"), Statement("due", "6月、9月"), Statement("lead", "")]
    )
    assert found == (
        Statement("lead", "党办、教研室"),
        Statement("due", "3月、9月底前"),
        Statement("due", "6月、9月"),
        Statement("lead", ""),
    )


def test_every_verb_is_a_known_kind() -> None:
    assert set(words.VERBS.values()) <= {"lead", "support", "schools"}


@given(
    st.one_of(
        st.text(max_size=60),
        st.lists(
            st.sampled_from(
                [
                    "责任单位",
                    "完成时间",
                    "：",
                    ":",
                    "（",
                    "）",
                    "【",
                    "】",
                    "党办",
                    "、",
                    "，",
                    "。",
                    "6月",
                    "牵头",
                    "配合",
                    "；",
                ]
            ),
            max_size=20,
        ).map("".join),
    )
)
def test_any_line(line: str) -> None:
    body, statements = trailing_labels(line)
    assert line.startswith(body)
    for found in brackets(line):
        assert 0 <= found.start < found.end <= len(line) and found.statements
    assert isinstance(label_line(line), tuple) and isinstance(statements, tuple)


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("责任单立：党办、人事股", [("responsible", "党办、人事股")]),
        ("责任单立：党办  完成时间：6月", [("responsible", "党办"), ("due", "6月")]),
        ("配合单位；招考办", [("support", "招考办")]),
        ("完成时问：6月底前", [("due", "6月底前")]),
        ("责任单位党办、人事股", [("responsible", "党办、人事股")]),
        ("责任单位——党办", [("responsible", "党办")]),
        ("完成时间2022年12月", [("due", "2022年12月")]),
        ("责任单位 党办、 教研室  完成时间 6月", [("responsible", "党办、 教研室"), ("due", "6月")]),
        ("责任处（科）室：党办", [("responsible", "党办")]),
        ("责任单位及时限：党办，6月底前", [("responsible", "党办，6月底前")]),
        ("责任科室、单位：党办", [("responsible", "党办")]),
        ("责任分工：党办牵头，人事股配合", [("responsible", "党办牵头，人事股配合")]),
        ("▲责任单位：党办", [("responsible", "党办")]),
        ("——完成时间：6月", [("due", "6月")]),
    ],
)
def test_labels_that_are_written_otherwise(line: str, found: list[tuple[str, str]]) -> None:
    assert [(s.kind, s.text) for s in label_line(line)] == found


@pytest.mark.parametrize(
    "line",
    [
        "责任到人：各项工作要落实到位",
        "落实学校安全工作，压实责任",
        "完成时间过半的任务要加快推进",
        "责任单位要高度重视",
        "责任单立：做好各项工作",
    ],
)
def test_sentences_that_begin_like_labels(line: str) -> None:
    assert label_line(line) == ()


@pytest.mark.parametrize(
    "content",
    [
        "勤管站；8月下旬",
        "县青少年宫、县残联，各初级中学；2022年第二季度",
        "甲乙丙、党办，每季度至少一次",
        "党办，12 月 25 日前",
        "党办，2022/6/30",
    ],
)
def test_brackets_of_units_and_a_date(content: str) -> None:
    (bracket,) = brackets(f"1.甲事。抓好学习。（{content}）")
    assert {s.kind for s in bracket.statements} == {"responsible", "due"}
