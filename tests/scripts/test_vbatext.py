"""Chinese literals become ASCII expressions that mean the same, within the limits of the VBA editor."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from . import script

vbatext = script("vbatext")

TERM = re.compile(r'"((?:[^"]|"")*)"|ChrW\$\((\d+)\)')


def ascii_source(text: str) -> str:
    rewritten: str = vbatext.ascii_source(text, "modTest.bas")
    assert rewritten.isascii()
    return rewritten


def meaning(expression: str) -> str:
    """The text of literals and ChrW$ joined by `&`, continued lines included."""
    units = b""
    for literal, number in TERM.findall(expression.replace(" & _\n", " & ")):
        units += (
            int(number).to_bytes(2, "little") if number else literal.replace('""', '"').encode("utf-16-le")
        )
    return units.decode("utf-16-le")


def test_a_literal_becomes_an_expression() -> None:
    assert ascii_source('Say "好 eduxl"') == 'Say ChrW$(22909) & " eduxl"\n'


def test_ascii_stays_as_it_is() -> None:
    text = '\' a comment with "quotes"\nx = "a \' b" \' and more\nRem the end\n\n'
    assert ascii_source(text) == text


def test_quotes_in_a_literal_and_an_apostrophe_do_not_confuse() -> None:
    rewritten = ascii_source('x = "说 ""好"" it\'s" & y \' comment')
    assert meaning(rewritten[4 : rewritten.index("& y")]) == '说 "好" it\'s'
    assert rewritten.endswith("& y ' comment\n")


def test_beside_an_operator_that_binds_tighter_the_text_is_kept_together() -> None:
    assert ascii_source('x = "好" + y') == "x = (ChrW$(22909)) + y\n"
    assert ascii_source('x = "好的" & y') == "x = ChrW$(22909) & ChrW$(30340) & y\n"


@settings(deadline=None)
@given(
    st.text(st.characters(codec="utf-16", exclude_categories=["Cc", "Zl", "Zp"]), min_size=1, max_size=120)
)
def test_any_text_means_the_same(text: str) -> None:
    rewritten = ascii_source('x = "' + text.replace('"', '""') + '"')
    assert meaning(rewritten[4:]) == text


@pytest.mark.parametrize("length", [10, 100, 200, 500, 1000])
def test_long_texts_are_continued_within_the_limits(length: int) -> None:
    lines = ascii_source(f'    Say "{"台" * length}"').splitlines()
    assert len(lines) <= 25
    assert max(map(len, lines)) <= 1023
    assert all(line.endswith(" & _") for line in lines[:-1])


def test_what_cannot_be_written_within_the_limits_is_refused() -> None:
    with pytest.raises(vbatext.SourceError, match=r"^modTest\.bas:2: more than 25 lines"):
        ascii_source(f'Option Explicit\nx = "{"台" * 3000}"')
    with pytest.raises(vbatext.SourceError, match="more than 1023 characters"):
        ascii_source(f"x = {'1' * 1100}")


@pytest.mark.parametrize(
    "line",
    [
        'Private Const TITLE As String = "台账"',
        'Const A = "a", B = "好"',
        'Public Sub Say(Optional text As String = "好")',
        'Attribute VB_Description = "台账"',
        '#If A = "好" Then',
        'Private Declare Sub A Lib "好" ()',
    ],
)
def test_where_vba_wants_a_constant_chinese_is_refused(line: str) -> None:
    with pytest.raises(vbatext.SourceError, match=r"^modTest\.bas:1: only ASCII"):
        ascii_source(line)


@pytest.mark.parametrize(
    ("line", "where"), [("Sub 汇总()", "code"), ("x = 1 ' 好", "comment"), ("Rem 好", "comment")]
)
def test_chinese_in_a_name_or_a_comment_is_refused(line: str, where: str) -> None:
    with pytest.raises(vbatext.SourceError, match=rf"^modTest\.bas:1: .* in (a )?{where}"):
        ascii_source(line)


def test_a_literal_on_a_continued_line_keeps_the_continuation() -> None:
    assert ascii_source('x = "a" & _\n    "好"\n') == 'x = "a" & _\n    ChrW$(22909)\n'
