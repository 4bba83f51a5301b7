"""The printed numbers in front of projects, tasks and steps: 一、 （一） 1. 1） 任务一： and their order from outside in.

Pure. Heading styles have a place in that order too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from unicodedata import normalize

from eduxl.numerals import number
from eduxl.plan.words import BULLETS

CHINESE = "一二三四五六七八九十百"
DIGITS = "0-9０-９"
#: From the outside in. A style's place in this order is its rank.
MARKS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("part", re.compile(rf"第([{CHINESE}]{{1,3}})(?:部分|章|篇|板块)[、：:．.\s]*")),
    ("h1", re.compile(r"(?!)")),
    ("h2", re.compile(r"(?!)")),
    ("h3", re.compile(r"(?!)")),
    ("cn", re.compile(rf"([{CHINESE}]{{1,4}})\s*[、．.，](?![{CHINESE}]、?年级)\s*")),
    ("cn-bracket", re.compile(rf"[（(]\s*([{CHINESE}]{{1,4}})\s*[）)][、．.]?\s*")),
    (
        "task",
        re.compile(
            rf"(?:重点)?任务\s*([{CHINESE}{DIGITS}]{{1,3}})\s*[：:、．.\s]\s*|第\s*([{CHINESE}{DIGITS}]{{1,3}})\s*项[：:、．.\s]\s*"
        ),
    ),
    (
        "ar",
        re.compile(rf"([{DIGITS}]{{1,3}})\s*(?:[．.](?![{DIGITS}])|[．.](?=20\d\d年)|、)\s*|(0\d)(?:\s+|$)"),
    ),
    ("ar-dotted", re.compile(rf"([{DIGITS}]{{1,2}})[．.][{DIGITS}]{{1,2}}(?:[、．.\s]\s*)(?![{DIGITS}])")),
    ("ar-half", re.compile(rf"([{DIGITS}]{{1,2}})\s*[)）]\s*")),
    ("ar-bracket", re.compile(rf"[（(]\s*([{DIGITS}]{{1,2}})\s*[）)]\s*")),
    ("circled", re.compile("([\u2460-\u2473])\\s*")),
    ("bullet", re.compile(rf"([{BULLETS}])\s*(?=\S)")),
)
RANK = {style: rank for rank, (style, _) in enumerate(MARKS)}


#: Numbers of one character with their marks: ⒈ ⑴ ㈠.
_SINGLE = frozenset(map(chr, (*range(0x2488, 0x249C), *range(0x2474, 0x2488), *range(0x3220, 0x322A))))
_BY_STYLE = dict(MARKS)
#: Where the opening bracket went with the line's end.
_LOOSE = {"cn-bracket": re.compile(rf"[（(]?\s*([{CHINESE}]{{1,4}})\s*[）)]")}
_NUMERALS = frozenset(CHINESE + "0123456789０１２３４５６７８９〇零.．第")


def numbers_inside(style: str, text: str) -> Iterator[tuple[int, int]]:
    """(place, number) of what looks like this style's printed numbers behind the beginning of a text.

    A line that was joined with the one before carries its number there: …12月底前）5.落实校长职级制。
    """
    pattern = _LOOSE.get(style, _BY_STYLE[style])
    for match in pattern.finditer(text, 1):
        value = number(next((g for g in match.groups() if g), ""))
        if value is not None and text[match.start() - 1] not in _NUMERALS and match.end() < len(text):
            yield match.start(), value


def printed_number(text: str) -> tuple[str, int | None, str] | None:
    """(style, number, text behind it) of a text that begins with a printed number, None for others."""
    if text[:1] in _SINGLE:
        text = normalize("NFKC", text[0]) + text[1:]
    for style, pattern in MARKS:
        match = pattern.match(text)
        if match:
            return style, number(next(g for g in match.groups() if g)), text[match.end() :]
    return None
