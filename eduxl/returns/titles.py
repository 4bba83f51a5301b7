"""Which task a title names: word for word, else the only one that it resembles. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable

from eduxl.likeness import comparable
from eduxl.model import Task
from eduxl.returns.normalise import squeeze

#: From this similarity (0–100) on a title is taken for another, if the next best is this much less alike.
_ALIKE, _AHEAD = 80.0, 10.0
#: A title may be cut short or go on; this part of the longer one must be there, and so many characters.
_SHARE, _LEAST = 0.6, 6
_END = re.compile(r"[。\n\r]")


class Titles:
    """The titles of a plan's tasks, to look tasks up by."""

    def __init__(self, tasks: Iterable[Task]) -> None:
        self._exact: dict[str, int] = {}
        self._plain: dict[int, str] = {}
        for task in tasks:
            title = squeeze(task.title)
            # Two tasks of one title: neither is named by it.
            self._exact[title] = 0 if title in self._exact else task.no
            self._plain[task.no] = comparable(task.title)

    def exact(self, text: str) -> int | None:
        """The task whose title is the text, or its first sentence; None for none or two."""
        for words in (text, _END.split(text, maxsplit=1)[0]):
            if words and (found := self._exact.get(squeeze(words))) is not None:
                return found or None
        return None

    def closest(self, text: str) -> int | None:
        """The only task whose title is much like the text; None where none is, or more than one."""
        from rapidfuzz.fuzz import ratio

        wanted = comparable(text)
        if len(wanted) < _LEAST:
            return None
        scores = sorted(
            (
                (100.0 if _goes_on(wanted, title) else ratio(wanted, title), no)
                for no, title in self._plain.items()
            ),
            reverse=True,
        )
        best, no = scores[0]
        second = scores[1][0] if len(scores) > 1 else 0.0
        return no if best >= _ALIKE and best - second >= _AHEAD else None


def _goes_on(one: str, other: str) -> bool:
    """True if the longer of two titles begins with the shorter, and that is most of it or a whole title."""
    short, long = sorted((one, other), key=len)
    if not long.startswith(short) or len(short) < _LEAST:
        return False
    return short == other or len(short) >= _SHARE * len(long)
