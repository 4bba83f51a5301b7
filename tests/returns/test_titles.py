"""Which task a title names."""

from __future__ import annotations

import pytest

from eduxl.model import Task
from eduxl.returns.titles import Titles, bare

TITLES = (
    "巩固义务教育均衡发展成果",
    "推进党组织领导的校长负责制建设",
    "新建公办幼儿园3所",
    "开展校园不文明行为专项整治",
    "二、加强师德师风建设",
)


@pytest.fixture
def titles() -> Titles:
    return Titles([Task(no, 1, title) for no, title in enumerate(TITLES, 1)])


@pytest.mark.parametrize(
    "text",
    ["巩固义务教育均衡发展成果", "1.巩固义务教育均衡发展成果", "1、巩固义务教育均衡发展成果", "二、 巩固义务教育均衡发展成果",
     "（三）巩固义务教育均衡发展成果", "③巩固义务教育均衡发展成果", "巩固义务教育 均衡发展成果。再写一句"],
)  # fmt: skip
def test_the_mark_of_a_list_is_no_part_of_a_title(titles: Titles, text: str) -> None:
    assert titles.exact(text) == 1


def test_a_task_with_a_mark_of_its_own(titles: Titles) -> None:
    assert titles.exact("加强师德师风建设") == titles.exact("二、加强师德师风建设") == 5


@pytest.mark.parametrize("text", ["3.5万人受益", "3所学校", "一批项目", "2022年工作"])
def test_figures_at_the_beginning_are_no_mark(text: str) -> None:
    assert bare(text) == text


@pytest.mark.parametrize(
    ("text", "task"),
    [
        ("巩固义务教育均衡发展的成果", 1),
        ("4.巩固义务教育均衡发展的成果", 1),
        ("推进党组织领导的校长负责制", 2),
        ("推进党组织领导的校长负责制建设，做好小学试点", 2),
        ("巩固学前教育均衡发展成果", None),
        ("巩固高中教育均衡发展成果", None),
        ("推进党组织领导的园长负责制建设", None),
        ("新建公办幼儿园5所", None),
        ("新建民办幼儿园3所", None),
        ("开展校园文明行为专项整治", None),
        ("加强师德", None),
        ("", None),
    ],
)
def test_what_tells_titles_apart_is_never_overlooked(titles: Titles, text: str, task: int | None) -> None:
    assert titles.closest(text) == task


def test_two_titles_alike_are_not_told_apart() -> None:
    alike = Titles([Task(1, 1, "加强校园安全管理工作甲类"), Task(2, 1, "加强校园安全管理工作乙类")])
    assert alike.closest("加强校园安全管理工作丙类") is None


def test_past_many_unknown_titles_none_is_compared(titles: Titles) -> None:
    for number in range(600):
        titles.closest(f"没有听说过的工作之{number}")
    assert titles.closest("巩固义务教育均衡发展的成果") is None
    assert titles.exact("巩固义务教育均衡发展成果") == 1
