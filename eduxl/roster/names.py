"""How names are compared: spellings with one reading are made equal, nothing is ever matched by likeness.

`NameIndex` answers which unit a name means and which unit is named inside a longer text such as a file name.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from eduxl.model import Unit

_BRACKETS = str.maketrans("[]{}【】〔〕﹝﹞〖〗", "()()()()()()")
#: White space and the invisible characters that copying from web pages and chats leaves behind.
_SPACE = re.compile(r"[\s\u200b-\u200f\u2060\ufeff]+")
_NOTHING = frozenset({"", "无", "暂无", "-", "--", "—", "——", "/"})
_NUMERALS = frozenset("零〇一二三四五六七八九十百两")
_DATE_WORDS = frozenset("年月日号周季级班届")
#: Separators, unless a closing bracket follows before an opening one: brackets hold a remark, not two names.
_SPLIT = re.compile(r"[、，,；;/\s]+(?![^(（]*[)）])")


def plain(text: str) -> str:
    """Full-width forms narrowed (NFKC) and outer white space gone; for codes, phones and addresses."""
    return unicodedata.normalize("NFKC", text).strip(" \t\r\n\u200b\ufeff")


def key(text: str) -> str:
    """The form in which names are compared: NFKC, no white space, one kind of brackets, no case."""
    return _SPACE.sub("", unicodedata.normalize("NFKC", text)).translate(_BRACKETS).casefold()


def is_blank(text: str) -> bool:
    """True for an empty cell and for the words and dashes by which clerks say that there is nothing."""
    return plain(text) in _NOTHING


def split_names(text: str) -> tuple[str, ...]:
    """The names in a cell such as `民乐一中、一中`, separated by 、，,；;/ or white space, each once."""
    return tuple(dict.fromkeys(part for part in _SPLIT.split(text) if part))


def _flatten(text: str) -> tuple[str, frozenset[int]]:
    """`key(text)` and the positions in it before which there was white space."""
    words = _SPACE.split(unicodedata.normalize("NFKC", text).translate(_BRACKETS).casefold())
    gaps, length = set(), 0
    for word in words:
        gaps.add(length)
        length += len(word)
    return "".join(words), frozenset(gaps)


def _is_ascii_word(char: str) -> bool:
    return char.isascii() and char.isalnum()


class NameIndex:
    """All codes, names and aliases of some units, built once; look-ups do not depend on their number."""

    def __init__(self, units: Iterable[Unit]) -> None:
        self._units: dict[str, tuple[Unit, ...]] = {}
        self._codes: dict[str, Unit] = {}
        for unit in units:
            self._codes.setdefault(unit.code, unit)
            for name in (unit.code, unit.name, *unit.aliases):
                word = key(name)
                known = self._units.get(word, ())
                if word and unit not in known:
                    self._units[word] = (*known, unit)
        # Which lengths to try at a character, longest first. One-character aliases would match almost
        # anywhere (codes may be that short: they must stand alone).
        lengths: dict[str, set[int]] = {}
        for word in self._units:
            if len(word) > 1 or _is_ascii_word(word):
                lengths.setdefault(word[0], set()).add(len(word))
        self._lengths = {first: tuple(sorted(found, reverse=True)) for first, found in lengths.items()}

    def by_code(self, code: str) -> Unit | None:
        """The unit with exactly this code."""
        return self._codes.get(code)

    def exact(self, name: str) -> tuple[Unit, ...]:
        """The units that `name` means: none, one, or several where the roster contradicts itself."""
        return self._units.get(key(name), ())

    def inside(self, text: str) -> tuple[Unit, ...]:
        """The units of the longest code, name or alias that occurs in `text`."""
        flat, gaps = _flatten(text)
        best, found = 0, dict[str, Unit]()
        for start, char in enumerate(flat):
            for length in self._lengths.get(char, ()):
                if length < best:
                    break
                end = start + length
                units = self._units.get(flat[start:end])
                if end > len(flat) or units is None or not _stands_alone(flat, gaps, start, end):
                    continue
                if length > best:
                    best, found = length, {}
                found.update((unit.code, unit) for unit in units)
                break
        return tuple(found.values())


#: What makes a school's name that of another one when it follows.
_GOES_ON = (
    "附属", "附小", "附中", "附幼", "分校", "分园", "校区", "教学点", "幼儿园", "小学", "中学", "学校", "学区",
)  # fmt: skip
#: A name of so many characters may be the end of a longer one: 六坝一中 is not 一中.
_SHORT = 3
#: Characters before a short name that are no part of one: 6月一中, 上报一中, 关于一中.
_FILLERS = frozenset("年月日号期轮次度份表报送交发收来自由于的给在和与及是版稿件")


def _is_piece_of_a_name(flat: str, gaps: frozenset[int], start: int, end: int) -> bool:
    """True where a Chinese name is a piece of another school's: 一中附属小学, 山丹县一中, 新一中."""
    if end not in gaps and flat.startswith(_GOES_ON, end):
        return True
    if end - start > _SHORT or not start or start in gaps:
        return False
    before = flat[start - 1]
    if before == "县":
        before = flat[start - 2] if start >= 2 and start - 1 not in gaps else ""
    return "\u4e00" <= before <= "\u9fff" and before not in _FILLERS


def _stands_alone(flat: str, gaps: frozenset[int], start: int, end: int) -> bool:
    """False where flat[start:end] is only a piece of something else.

    `s01` in `s012`, `一中` in `十一中` and in `山丹一中`, and for codes of digits a piece of a date (`2022-06`, `6月`) or the
    `(1)` that a second copy of a file gets.
    """
    before = flat[start - 1] if start and start not in gaps else ""
    after = flat[end] if end < len(flat) and end not in gaps else ""
    first, last = flat[start], flat[end - 1]
    if _is_ascii_word(first) and before and _is_ascii_word(before):
        return False
    if _is_ascii_word(last) and after and _is_ascii_word(after):
        return False
    # Only the beginning: `二中` may well be followed by a numeral, as in 二中三月.
    if first in _NUMERALS and before in _NUMERALS and before:
        return False
    word = flat[start:end]
    if not word.isascii():
        return not _is_piece_of_a_name(flat, gaps, start, end)
    if not word.isdigit():
        return True
    if after in _DATE_WORDS:
        return False
    if len(word) <= 2 and before == "(" and after == ")":
        return False
    beyond_before = flat[start - 2 : start - 1] if start >= 2 else ""
    beyond_after = flat[end + 1 : end + 2]
    return not (
        (before and before in "-./年月" and beyond_before.isdigit())
        or (after and after in "-./" and beyond_after.isdigit())
        or (before == "月")
    )
