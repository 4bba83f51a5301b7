"""The list of codes is complete and every sentence can be said."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from string import Formatter

import pytest

from eduxl.returns import codes
from eduxl.returns.codes import Code

#: The codes that scripts rely on.
PROMISED_REJECTS = {
    "not-a-workbook", "encrypted", "too-large", "unsafe-archive", "no-entry-table", "unknown-unit",
    "wrong-tracker",
    "wrong-round",
}  # fmt: skip
PROMISED_WARNINGS = {
    "missing-entry", "bad-status", "bad-progress", "bad-date", "future-date", "progress-regressed",
    "status-conflict",
    "unknown-task", "duplicate-task", "not-assigned", "copied-text", "formula-neutralised",
}  # fmt: skip
ALL = (*codes.REJECT_LIST, *codes.WARNING_LIST)


def test_every_promised_code_is_there_once() -> None:
    assert set(codes.REJECTS) == PROMISED_REJECTS
    assert set(codes.WARNINGS) >= PROMISED_WARNINGS
    assert len({code.code for code in ALL}) == len(ALL)


@pytest.mark.parametrize("code", ALL, ids=lambda code: code.code)
def test_a_code_has_a_name_a_sentence_and_a_remedy(code: Code) -> None:
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", code.code)
    assert code.level in ("must", "explain")
    for text in (code.title, code.description, code.template, code.fix):
        assert re.search(r"[\u4e00-\u9fff]", text)
    words = {name: "某" for _, name, _, _ in Formatter().parse(code.template) if name}
    assert "{" not in code.template.format(**words)


def test_a_rejection_says_what_happened_and_what_to_do() -> None:
    rejection = codes.rejection("wrong-round", theirs="2022-05", ours="2022-06")
    assert rejection.code == "wrong-round"
    assert "2022-05" in rejection.note and "2022-06" in rejection.note
    assert rejection.note.endswith(codes.fix_for("wrong-round"))


def test_a_warning_keeps_the_whole_value_and_shows_its_beginning() -> None:
    warning = codes.warning("bad-status", task=3, cell="填报表!F5", value="很" * 100)
    assert warning.value == "很" * 100
    assert len(warning.note) < 100
    assert "任务 3" in warning.note


def test_one_case_of_a_code_may_be_milder() -> None:
    words = {"value": "合计", "where": "第 9 行", "what": "是合计"}
    assert codes.warning("unknown-task", **words).level == "must"
    assert codes.warning("unknown-task", level="explain", **words).level == "explain"


def test_an_unknown_code_has_no_remedy() -> None:
    assert codes.fix_for("from-the-future") == ""


TESTS = Path(__file__).parents[1]


@cache
def all_tests() -> str:
    """All tests but this file and the generators of data, as one text."""
    here = Path(__file__)
    return "".join(p.read_text(encoding="utf-8") for p in TESTS.rglob("test_*.py") if p != here)


@pytest.mark.parametrize("code", ALL, ids=lambda code: code.code)
def test_every_code_occurs_in_a_test(code: Code) -> None:
    assert f'"{code.code}"' in all_tests()


def test_the_page_of_codes_lists_each_with_its_sentence_and_remedy() -> None:
    page = (TESTS.parent / "docs" / "codes.md").read_text(encoding="utf-8")
    for code in ALL:
        assert f"`{code.code}`" in page
        assert code.title in page and code.fix in page
