"""The printed numbers in front of projects, tasks and steps: 一、 （一） 1. 1） 任务一： and their order from outside in.

Pure. Heading styles have a place in that order too.
"""

from __future__ import annotations

import re

from eduxl.plan.numerals import number

CHINESE = "一二三四五六七八九十百"
DIGITS = "0-9０-９"
#: From the outside in. A style's place in this order is its rank.
MARKS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("part", re.compile(rf"第([{CHINESE}]{{1,3}})(?:部分|章|篇|板块)[、：:．.\s]*")),
    ("h1", re.compile(r"(?!)")),
    ("h2", re.compile(r"(?!)")),
    ("h3", re.compile(r"(?!)")),
    ("cn", re.compile(rf"([{CHINESE}]{{1,4}})\s*[、．.](?![{CHINESE}]、?年级)\s*")),
    ("cn-bracket", re.compile(rf"[（(]\s*([{CHINESE}]{{1,4}})\s*[）)][、．.]?\s*")),
    ("task", re.compile(rf"(?:重点)?任务\s*([{CHINESE}{DIGITS}]{{1,3}})\s*[：:、．.\s]\s*")),
    ("ar", re.compile(rf"([{DIGITS}]{{1,3}})\s*(?:[．.](?![{DIGITS}])|[．.](?=20\d\d年)|、)\s*|(0\d)\s+")),
    ("ar-half", re.compile(rf"([{DIGITS}]{{1,2}})\s*[)）]\s*")),
    ("ar-bracket", re.compile(rf"[（(]\s*([{DIGITS}]{{1,2}})\s*[）)]\s*")),
)
RANK = {style: rank for rank, (style, _) in enumerate(MARKS)}


def printed_number(text: str) -> tuple[str, int | None, str] | None:
    """(style, number, text behind it) of a text that begins with a printed number, None for others."""
    for style, pattern in MARKS:
        match = pattern.match(text)
        if match:
            return style, number(next(g for g in match.groups() if g)), text[match.end() :]
    return None
