"""Which task a title names: word for word, else the only one that it resembles. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import cached_property

from eduxl.likeness import comparable
from eduxl.model import Task
from eduxl.returns import synonyms
from eduxl.returns.normalise import squeeze

#: From this similarity (0–100) on a title is taken for another, if the next best is this much less alike.
_ALIKE, _AHEAD = 85.0, 10.0
#: A title may be cut short or go on; this part of the longer one must be there, and so many characters.
_SHARE, _LEAST = 0.6, 6
#: So many different titles are compared with all others; a file with more of them is no return.
_MOST = 500
_END = re.compile(r"[。\n\r]")
_NUMERALS = "〇零一二两三四五六七八九十百"
#: The mark before a title in a list: 1. 2、 二、 （三） ④
_MARK = re.compile(
    rf"\A\s*(?:[(（](?:\d{{1,3}}|[{_NUMERALS}]{{1,3}})[)）]|(?:\d{{1,3}}|[{_NUMERALS}]{{1,3}})"
    r"(?:[、，,:：)）]|[.．](?!\d))|\d{1,3}\s|[①-⑳])\s*"
)
_TELLING = re.compile(
    "|".join((*sorted(synonyms.TELLING_WORDS, key=len, reverse=True), r"\d+", f"[{_NUMERALS}]+"))
)


def bare(title: str) -> str:
    """A title for comparing word for word: as `squeeze` makes it, without the mark of a list before it."""
    return squeeze(_MARK.sub("", title))


class Titles:
    """The titles of a plan's tasks, to look tasks up by."""

    def __init__(self, tasks: Collection[Task]) -> None:
        self._tasks = tasks
        self._found: dict[str, int | None] = {}

    @cached_property
    def _exact(self) -> dict[str, int]:
        exact: dict[str, int] = {}
        for task in self._tasks:
            for title in {squeeze(task.title), bare(task.title)}:
                # Two tasks of one title: neither is named by it.
                exact[title] = 0 if title in exact else task.no
        return exact

    @cached_property
    def _plain(self) -> dict[int, str]:
        return {task.no: comparable(bare(task.title)) for task in self._tasks}

    def exact(self, text: str) -> int | None:
        """The task whose title is the text, or its first sentence; None for none or two."""
        first = _END.split(text, maxsplit=1)[0]
        for words in (squeeze(text), bare(text), squeeze(first), bare(first)):
            if words and (found := self._exact.get(words)) is not None:
                return found or None
        return None

    def closest(self, text: str) -> int | None:
        """The only task whose title is much like the text; None where none is, or more than one.

        Titles that name other stages, people or figures, or of which one says no, are never alike.
        """
        wanted = comparable(bare(text))
        if len(wanted) < _LEAST:
            return None
        if wanted not in self._found:
            self._found[wanted] = self._closest(wanted) if len(self._found) < _MOST else None
        return self._found[wanted]

    def _closest(self, wanted: str) -> int | None:
        from rapidfuzz.fuzz import ratio
        from rapidfuzz.process import extract

        near = extract(wanted, self._plain, scorer=ratio, score_cutoff=_ALIKE - _AHEAD, limit=3)
        scores = {no: score for _, score, no in near}
        scores |= {no: 100.0 for no, title in self._plain.items() if _goes_on(wanted, title)}
        ranked = sorted(scores, key=scores.__getitem__, reverse=True)
        if not ranked or scores[ranked[0]] < _ALIKE:
            return None
        if len(ranked) > 1 and scores[ranked[0]] - scores[ranked[1]] < _AHEAD:
            return None
        return ranked[0] if _tell_the_same(wanted, self._plain[ranked[0]]) else None


def _goes_on(one: str, other: str) -> bool:
    """True if the longer of two titles begins with the shorter, and that is most of it or a whole title."""
    short, long = (one, other) if len(one) <= len(other) else (other, one)
    if not long.startswith(short) or len(short) < _LEAST:
        return False
    return short == other or len(short) >= _SHARE * len(long)


def _tell_the_same(one: str, other: str) -> bool:
    """True unless a word that tells titles apart stands in one of two only; what goes on after a whole title is free."""
    if one.startswith(other) or other.startswith(one):
        return True
    return set(_TELLING.findall(one)) == set(_TELLING.findall(other))
