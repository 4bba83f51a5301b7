"""How names are compared, and which unit a file or sheet name speaks of."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eduxl.model import Unit
from eduxl.roster import Roster
from eduxl.roster.names import is_blank, key, plain, split_names

TOWN = Roster(
    (
        Unit("G01", "党办", kind="股室"),
        Unit("X01", "洪水学区", ("洪水镇学区",), kind="学区"),
        Unit("S01", "民乐县第一中学", ("民乐一中", "一中"), stages=("高中",)),
        Unit("S012", "民乐县第一小学", ("县一小", "一小"), stages=("小学",)),
        Unit("S02", "民乐县第二小学", ("二小",), stages=("小学",)),
        Unit("S03", "晨星幼儿园（民办）", ("晨星园",), stages=("幼儿园",)),
        Unit("S04", "洪水中学", ("洪",), stages=("初中",)),
    )
)


def codes(text: str, roster: Roster = TOWN) -> list[str]:
    return [unit.code for unit in roster.named_in(text)]


def test_key_makes_spellings_with_one_reading_equal() -> None:
    assert key(" 晨星幼儿园 ( 民办 ) ") == key("晨星幼儿园（民办）") == key("晨星\n幼儿园【民办】\u200b")
    assert key("Ｓ０１") == key("s01")
    assert key("一中") != key("二中")


def test_plain_narrows_and_trims() -> None:
    assert plain("　Ｓ０１ \ufeff") == "S01"


def test_cells_that_say_nothing() -> None:
    assert all(is_blank(text) for text in ("", "  ", "无", "—", "/", "－"))
    assert not is_blank("无锡路小学")


@pytest.mark.parametrize(
    ("cell", "names"),
    [
        ("民乐一中、一中", ("民乐一中", "一中")),
        (" 一中，县一中,一中;\n高中部；/高一 ", ("一中", "县一中", "高中部", "高一")),
        ("各幼儿园（公办、民办）、各园", ("各幼儿园（公办、民办）", "各园")),
        ("", ()),
    ],
)
def test_split_names(cell: str, names: tuple[str, ...]) -> None:
    assert split_names(cell) == names


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("民乐县第一中学", "S01"),
        ("民乐县 第一中学\n", "S01"),
        ("一中", "S01"),
        ("ｓ０１２", "S012"),
        ("晨星幼儿园(民办)", "S03"),
        ("第一中学", None),
        ("", None),
    ],
)
def test_find_is_exact(name: str, code: str | None) -> None:
    unit = TOWN.find(name)
    assert (unit.code if unit else None) == code


def test_find_does_not_choose_between_two_units() -> None:
    both = Roster((Unit("A", "东关小学", ("一小",)), Unit("B", "西关小学", ("一小",))))
    assert both.find("一小") is None
    assert codes("一小.xlsx", both) == ["A", "B"]


def test_unit_is_by_exact_code() -> None:
    assert TOWN.unit("S012") is not None
    assert TOWN.unit("s012") is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("S01_民乐县第一中学_2022-06.xlsx", ["S01"]),
        ("S012填报表.xls", ["S012"]),
        ("s012 2022年6月.xlsx", ["S012"]),
        ("XS01.xlsx", []),
        ("S0123.xlsx", []),
        ("填报表(S02).xlsx", ["S02"]),
        ("关于一中的情况.xlsx", ["S01"]),
        ("民乐县　第一小学 (最终版).et", ["S012"]),
        ("第十一中学.xlsx", []),
        ("二十一中.xlsx", []),
        # The longest match wins, wherever it stands.
        ("洪水学区_一中.xlsx", ["X01"]),
        ("S01_民乐县第二小学.xlsx", ["S02"]),
        # Equally long names of different units.
        ("一小和二小.xlsx", ["S012", "S02"]),
        # A name of one character would be found almost anywhere.
        ("洪涝灾害.xlsx", []),
        ("汇总.xlsx", []),
        ("", []),
    ],
)
def test_named_in(text: str, expected: list[str]) -> None:
    assert codes(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("06_填报表.xlsx", ["06"]),
        ("06", ["06"]),
        ("填报表_06.xlsx", ["06"]),
        ("填报表 06.xlsx", ["06"]),
        ("填报表2022-06.xlsx", []),
        ("06-30报送.xlsx", []),
        ("2022年06月.xlsx", []),
        ("2022.06.xlsx", []),
        ("6月06.xlsx", []),
        ("填报表(06).xlsx", []),
        ("填报表(106).xlsx", ["106"]),
        ("-06.xlsx", ["06"]),
    ],
)
def test_codes_of_digits_are_not_found_in_dates(text: str, expected: list[str]) -> None:
    numbered = Roster((Unit("06", "甲校"), Unit("106", "乙校"), Unit("1", "丙校")))
    assert codes(text, numbered) == expected


@pytest.mark.parametrize(
    "text",
    [
        "山丹一中",
        "六坝一中",
        "新一中",
        "山丹县一中",
        "一中附属小学",
        "一中分校",
        "县二小分校",
        "永固二小附属幼儿园",
        "民乐县第一中学附属幼儿园",
    ],
)
def test_a_piece_of_another_schools_name_names_nobody(text: str) -> None:
    assert codes(f"{text}.xlsx") == []


@pytest.mark.parametrize(
    "text", ["县一中", "6月一中", "上报一中填报表", "（一中）", "2022年一中", "民乐 一中", "一中初中部"]
)
def test_a_short_name_among_other_words(text: str) -> None:
    assert codes(f"{text}.xlsx") == ["S01"]


#: Long enough not to be taken for a piece of another name.
WORDS = st.text("甲乙丙丁戊己庚辛", min_size=4, max_size=6)


@given(
    names=st.lists(WORDS, min_size=1, max_size=8, unique=True), text=st.text("甲乙丙丁戊己庚辛", max_size=12)
)
def test_named_in_agrees_with_trying_every_name(names: list[str], text: str) -> None:
    roster = Roster(tuple(Unit(f"S{place}", name) for place, name in enumerate(names)))
    present = [name for name in names if name in text]
    longest = max((len(name) for name in present), default=0)
    expected = {name for name in present if len(name) == longest}
    assert {unit.name for unit in roster.named_in(text)} == expected


def test_thousands_of_files_and_units() -> None:
    """Trying every name in every text would take minutes."""
    units = tuple(Unit(f"S{n:04}", f"某某县第{n}镇中心小学", (f"{n}镇中心小学",)) for n in range(3000))
    roster = Roster(units)
    for unit in units:
        assert roster.named_in(f"{unit.code}_{unit.name}_2022-06（最终版）.xlsx") == (unit,)
        assert roster.named_in("关于报送某某县2022年教育工作要点完成情况的表.xlsx") == ()
