"""雷同: which texts are the same or nearly the same."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz.distance import Levenshtein

from eduxl.likeness import SIMILARITY, alike, comparable, copied

TEXT = "我校召开专题会议研究部署，成立领导小组，制定实施方案，各项工作有序推进"


def test_copied_ignores_white_space_and_punctuation() -> None:
    other = TEXT.replace("，", " , ") + "。"
    assert copied({1: [("A", TEXT), ("B", other), ("C", "完全不同的另一段进展情况，写了二十个字以上")]}) == {
        ("A", 1): "B",
        ("B", 1): "A",
    }


def test_copied_needs_the_same_task_and_twenty_characters() -> None:
    assert copied({1: [("A", TEXT)], 2: [("B", TEXT)]}) == {}
    assert copied({1: [("A", "字" * 19), ("B", "字" * 19)]}) == {}
    assert set(copied({1: [("A", "字" * 20), ("B", "字" * 20)]})) == {("A", 1), ("B", 1)}


def test_nearly_equal_is_copied() -> None:
    """40 characters: 2 edits are 95 %, 3 are 92.5 %."""
    text = "".join(chr(0x4E00 + i) for i in range(40))
    two, three = "甲乙" + text[2:], "甲乙丙" + text[3:]
    assert set(copied({1: [("A", text), ("B", two)]})) == {("A", 1), ("B", 1)}
    assert copied({1: [("A", text), ("B", three)]}) == {}


def test_texts_of_very_different_length_are_not_compared() -> None:
    assert copied({1: [("A", TEXT), ("B", TEXT * 2)]}) == {}
    assert not alike("", TEXT) and not alike(TEXT, "")


def test_one_long_text_of_a_pair_is_enough() -> None:
    """Twenty characters with the full stop, nineteen without: the same text, and both units are flagged."""
    text = "".join(chr(0x4E00 + i) for i in range(19))
    assert set(copied({1: [("A", text + "。"), ("B", text)]})) == {("A", 1), ("B", 1)}
    assert alike(text + "。", text) and not alike(text, text + "。")


def test_of_three_alike_each_is_flagged() -> None:
    text = "".join(chr(0x4E00 + i) for i in range(60))
    texts = {"A": text, "B": "甲" + text[1:], "C": text[:-1] + "乙", "D": text[::-1]}
    assert {unit for unit, _ in copied({1: list(texts.items())})} == {"A", "B", "C"}


@given(st.integers(0, 2**32), st.integers(20, 900), st.integers(0, 60), st.sampled_from([3, 3000]))
def test_no_pair_is_overlooked(seed: int, size: int, edits: int, alphabet: int) -> None:
    """The filters of the search against the plain definition, over texts of all lengths with edits anywhere."""
    chance = random.Random(seed)
    first = [chr(0x4E00 + chance.randrange(alphabet)) for _ in range(size)]
    second = list(first)
    for _ in range(edits):
        at = chance.randrange(len(second))
        kind = chance.randrange(3)
        second[at : at + (kind != 0)] = [] if kind == 1 else [chr(0x4E00 + chance.randrange(alphabet))]
        if len(second) < 20:
            break
    a, b = comparable("".join(first)), comparable("".join(second))
    near = Levenshtein.normalized_similarity(a, b) >= SIMILARITY and max(len(a), len(b)) >= 20
    assert (("A", 1) in copied({1: [("A", a), ("B", b)]})) is near


@given(
    st.integers(0, 2**32),
    st.integers(15, 450),
    st.integers(1, 4),
    st.integers(0, 6),
    st.sampled_from([3, 3000]),
)
def test_of_many_texts_those_with_a_twin_are_found(
    seed: int, size: int, kinds: int, copies: int, alphabet: int
) -> None:
    """Texts and edited copies of them against all pairs: who is flagged, and that the unit named has such a text."""
    chance = random.Random(seed)

    def drawn(length: int) -> str:
        return "".join(chr(0x4E00 + chance.randrange(alphabet)) for _ in range(length))

    texts = []
    for first in [drawn(size + chance.randrange(20)) for _ in range(kinds)]:
        texts.append(first)
        for _ in range(copies):
            at, edits = chance.randrange(size), chance.randrange(size // 15 + 1)
            texts.append(first[:at] + drawn(edits) + first[at + chance.randrange(edits + 1) :])
    chance.shuffle(texts)
    units = {f"S{i}": text for i, text in enumerate(texts)}

    def near(a: str, b: str) -> bool:
        return max(len(a), len(b)) >= 20 and Levenshtein.normalized_similarity(a, b) >= SIMILARITY

    twins = {
        unit: {other for other in units if other != unit and near(text, units[other])}
        for unit, text in units.items()
    }
    found = copied({1: list(units.items())})
    assert {unit for unit, _ in found} == {unit for unit, others in twins.items() if others}
    assert all(twin in twins[unit] for (unit, _), twin in found.items())
