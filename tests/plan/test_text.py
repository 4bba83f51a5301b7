"""Text files: a paragraph a line, or broken at one width by the program that exported them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from eduxl.model import Plan
from eduxl.plan import read_plan
from eduxl.plan.blocks import line_blocks
from eduxl.plan.grammar import to_plan
from eduxl.plan.text import blocks, decode
from tests.plan.builders import SEED, TITLE

FILES = [SEED, *sorted((Path(__file__).parent.parent / "data" / "plans").glob("*.txt"))]
_HANGING = "，。、；：！？）”》】"


def columns(text: str) -> int:
    return sum(1 if char.isascii() else 2 for char in text)


def broken(line: str, width: int, measure: Any, *, polite: bool) -> list[str]:
    """A line cut at a width; a polite program begins no line with punctuation and parts no number."""
    rows = [""]
    for char in line:
        full = measure(rows[-1] + char) > width
        if full and not (polite and char in _HANGING):
            number = (
                re.search(r"[0-9A-Za-z.%]{1,9}$", rows[-1][1:])
                if polite and char.isalnum() and char.isascii()
                else None
            )
            rows.append(number[0] if number else "")
            if number:
                rows[-2] = rows[-2][: -len(number[0])]
        rows[-1] += char
    return rows


def said(plan: Plan) -> list[Any]:
    """What a plan says, without white space that a broken line may add to a text."""
    return [
        plan.title,
        plan.projects,
        *(
            [t.no, t.project, t.title, t.lead_units, t.support_units, t.school_groups, t.due, t.recurrence]
            for t in plan.tasks
        ),
        *(re.sub(r"\s", "", text) for t in plan.tasks for text in (t.due_text, t.body)),
    ]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_plan_broken_at_one_width_is_read_as_before(path: Path, tmp_path: Path) -> None:
    lines = [line.strip() for line in (decode(path.read_bytes()) or "").splitlines()]
    for width, measure, polite, indent in (
        (38, len, False, "　　"),
        (30, len, True, "    "),
        (72, columns, True, "　　"),
        (60, columns, False, ""),
    ):
        rows = [
            row
            for line in lines
            for row in broken(indent + line if line else "", width, measure, polite=polite)
        ]
        copy = tmp_path / path.name
        copy.write_text("\n".join(rows), encoding="utf-8")
        assert said(read_plan(copy)) == said(read_plan(path)), (width, measure, polite)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_plan_with_a_paragraph_a_line_stays_as_it_is(path: Path) -> None:
    lines = (decode(path.read_bytes()) or "").replace("\f", "\n").splitlines()
    assert list(blocks(path.read_bytes(), path.name)) == [
        block for i, line in enumerate(lines, 1) for block in line_blocks(line, f"第{i}行")
    ]


def texts(*lines: str) -> list[str]:
    return [b.text for b in blocks("\n".join(lines).encode(), "要点.txt") if hasattr(b, "text")]


WIDE = "甲" * 30


def test_a_full_line_goes_on_unless_a_sentence_ends_or_something_begins() -> None:
    assert texts(WIDE, "乙" * 5, WIDE[:-1] + "。", "丙", WIDE, "1.丁", WIDE, "责任单位：戊", WIDE, "己") == [
        WIDE + "乙" * 5, WIDE[:-1] + "。", "丙", WIDE, "1.丁", WIDE, "责任单位：戊", WIDE + "己",
    ]  # fmt: skip


def test_where_paragraphs_are_set_in_a_sentence_may_end_with_the_line() -> None:
    first = "　　1." + "甲" * 25 + "。"
    assert texts(first, "乙，丙。", first, "民乐县教育局", first, WIDE, "丁。", "　　2.戊。") == [
        first.strip() + "乙，丙。", first.strip(), "民乐县教育局", first.strip() + WIDE + "丁。", "2.戊。",
    ]  # fmt: skip


def test_a_label_may_be_cut_in_two() -> None:
    assert texts(WIDE, "乙", WIDE, "丙", "责任单位：" + "丁" * 21 + "；完成", "时限：6月底前") == [
        WIDE + "乙", WIDE + "丙", "责任单位：" + "丁" * 21 + "；完成时限：6月底前",
    ]  # fmt: skip


def test_blank_lines_behind_every_line_and_page_numbers_say_nothing() -> None:
    spaced = [row for line in (TITLE, WIDE, "乙。", WIDE, "丙。") for row in (line, "")]
    assert texts(*spaced) == [TITLE, WIDE + "乙。", WIDE + "丙。"]
    assert texts(WIDE, "乙。", WIDE, "", "— 1 —", "\f", "丙。", WIDE, "丁。") == [
        WIDE + x for x in ("乙。", "丙。", "丁。")
    ]
    assert texts(WIDE, "乙。", WIDE, "丙。", "— 1 —", "丁。")[2:] == ["— 1 —", "丁。"]


def test_a_table_of_contents_tells_no_width() -> None:
    listed = [f"{text}{'.' * 50}{i}" for i, text in enumerate(("一、甲", "二、乙", "三、丙"), 1)]
    assert texts("目录", *listed, WIDE, "乙。", WIDE, "丙。") == [
        "目录",
        *listed,
        WIDE + "乙。",
        WIDE + "丙。",
    ]


def test_an_open_bracket_goes_on_in_any_file() -> None:
    assert texts("1.加强党建。（责任科室：党办、", "完成时限：6月底前）", "2.加强教学。") == [
        "1.加强党建。（责任科室：党办、完成时限：6月底前）",
        "2.加强教学。",
    ]
    loose = [
        "1.加强党建。（责任科室：党办",
        "2.加强教学（含教研）。",
        "3.丙（丁",
        "责任单位：党办（牵头）",
        "4.戊。",
    ]
    assert texts(*loose) == loose


def test_a_few_long_lines_are_no_width() -> None:
    lines = [
        "1.加强党建工作和意识形态工作以及其他各项重点工作",
        "抓好落实",
        "2.加强教学",
        "责任单位：教研室",
        "3.加强安全。",
    ]
    assert texts(*lines) == lines


def test_lines_longer_than_those_of_one_width_were_not_broken() -> None:
    long = ["丙" * 90, "丁" * 120, "戊" * 100]
    assert texts(*long, WIDE, "1.乙。", WIDE, "2.己。") == [*long, WIDE, "1.乙。", WIDE, "2.己。"]


def test_a_label_broken_in_two_is_one() -> None:
    assert texts("1.甲。", "责任单", "位：党办", "完成", "时间：6月") == [
        "1.甲。",
        "责任单位：党办",
        "完成时间：6月",
    ]


def test_a_number_without_a_mark_begins_a_paragraph_behind_a_sentence() -> None:
    lines = [f"{'甲' * 34}。（党办，{m}月底前）" for m in (5, 6, 7, 8)]
    lines[1:1], lines[3:3] = ["12 加强学习。"], ["13.3月份开展活动。"]
    assert texts(*lines) == lines


def test_a_sheet_saved_as_text_is_a_table() -> None:
    rows = [
        "某县2022年教育工作任务表\t\t\t\t",
        "重点工程\t序号\t工作任务\t责任单位\t完成时限",
        "党建工程\t1\t甲事。抓好学习。\t党办、各学校\t6月",
        '\t2\t"乙事"\t教研室\t',
        "注：另有要求的从其要求。",
    ]
    plan = to_plan(blocks("\r\n".join(rows).encode(), "任务表.txt"), "任务表.txt")
    assert (plan.title, [p.title for p in plan.projects]) == ("某县2022年教育工作任务表", ["党建工程"])
    assert [(t.no, t.project, t.title, t.lead_units, t.due_text) for t in plan.tasks] == [
        (1, 1, "甲事", ("党办",), "6月"), (2, 1, "乙事", ("教研室",), ""),
    ]  # fmt: skip


def test_lines_that_tabs_indent_or_part_are_no_table() -> None:
    lines = ["\t\t1.甲事。", "\t\t2.乙事。", "\t\t3.丙事。"]
    assert texts(*lines) == ["1.甲事。", "2.乙事。", "3.丙事。"]
