"""Which texts are the same or nearly the same: the flag 雷同. Pure.

"Nearly" is a normalised Levenshtein similarity of 0.95 (docs/design.md, "Flags and lights"). The search is exact:
its filters leave out only pairs that cannot be so alike.
"""

from __future__ import annotations

import unicodedata
from bisect import bisect_left, insort
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

#: 进展情况 shorter than this is never 雷同.
MIN_CHARS = 20
#: Normalised similarity from which two texts count as the same.
SIMILARITY = 0.95
#: Texts of this length on are paired by the pieces that they share. A text of n characters has n // 16 pieces; an
#: edit spoils one of them at most, and texts this alike are at most n / 19 edits apart, so some pieces stay whole.
_PIECE, _PIECES_FROM = 16, 400


class _Kept(dict[int, str | None]):
    """A `str.translate` table that drops white space, punctuation and signs, filled as characters turn up."""

    def __missing__(self, code: int) -> str | None:
        char = chr(code)
        kept = None if unicodedata.category(char)[0] in "ZCPS" else char
        self[code] = kept
        return kept


_KEPT = _Kept()


def comparable(text: str) -> str:
    """The text as 雷同 compares it: without white space and punctuation."""
    return text.translate(_KEPT)


def is_long(text: str) -> bool:
    """True for a text, as written, that is long enough to be 雷同."""
    return len(text.strip()) >= MIN_CHARS


def alike(text: str, other: str) -> bool:
    """True when a text of 20 characters or more is the same as another, or nearly so."""
    return is_long(text) and _near(comparable(text), comparable(other))


def copied(reports: Mapping[int, Sequence[tuple[str, str]]]) -> dict[tuple[str, int], str]:
    """Find equal or nearly equal 进展情况 of different units for the same task.

    `reports` maps a task number to (unit code, text as written). One text of a pair has to be long; both units
    are flagged. Returns (unit code, task) → code of a unit with that text.
    """
    found: dict[tuple[str, int], str] = {}
    for task, pairs in reports.items():
        texts: dict[str, list[str]] = {}
        long: set[str] = set()
        for unit, text in pairs:
            if key := comparable(text):
                texts.setdefault(key, []).append(unit)
                if is_long(text):
                    long.add(key)
        # of two different texts this alike the longer one has 20 characters or more: below that no edit is allowed
        twins = _near_twins(texts) | {key: key for key in long if len(texts[key]) > 1}
        for key, twin in twins.items():
            for unit in texts[key]:
                found[unit, task] = next(other for other in texts[twin] if other != unit)
    return found


def _near(a: str, b: str) -> bool:
    if a == b:
        return True
    from rapidfuzz.distance import Levenshtein

    return Levenshtein.normalized_similarity(a, b, score_cutoff=SIMILARITY) >= SIMILARITY


def _near_twins(texts: Iterable[str]) -> dict[str, str]:
    """Text → another, nearly equal one, among distinct texts.

    Of those that have their twin one is enough: hundreds of like texts are not compared each with each.
    """
    place = {text: i for i, text in enumerate(sorted(texts, key=len))}
    found: dict[str, str] = {}
    pieces = _Pieces()
    #: texts before this one, in their order, that are long enough to be its twin
    alone: list[str] = []
    paired: list[str] = []
    for text in place:
        for pool in (alone, paired):
            del pool[: bisect_left(pool, len(text) - _edits(text), key=len)]
        free, taken = alone, paired
        if len(text) >= _PIECES_FROM:
            sharing = pieces.sharing(text)
            free, taken = [o for o in sharing if o not in found], [o for o in sharing if o in found]
        for other in (near := _all_near(text, free)):
            found.setdefault(text, other)
            found[other] = text
            insort(paired, other, key=place.__getitem__)
        if near:
            alone = [other for other in alone if other not in found]
        elif (twin := _first_near(text, taken)) is not None:
            found[text] = twin
        (paired if text in found else alone).append(text)
        pieces.cut(text)
    return found


def _edits(text: str) -> int:
    """How many edits away a text that is not longer than this one may be to be nearly equal."""
    return int(len(text) * (1 - SIMILARITY))


def _all_near(text: str, others: Sequence[str]) -> list[str]:
    """Those of `others`, all different and none longer, that are nearly equal, in their order."""
    if not (others and _edits(text)):
        return []
    from rapidfuzz.distance import Levenshtein
    from rapidfuzz.process import extract

    found = extract(text, others, scorer=Levenshtein.distance, score_cutoff=_edits(text), limit=None)
    return [others[i] for i in sorted(i for _, _, i in found)]


def _first_near(text: str, others: Sequence[str]) -> str | None:
    """The first of those."""
    if not (others and _edits(text)):
        return None
    from rapidfuzz.distance import Levenshtein
    from rapidfuzz.process import extract_iter

    found = extract_iter(text, others, scorer=Levenshtein.distance, score_cutoff=_edits(text))
    return next((other for other, _, _ in found), None)


class _Pieces:
    """Texts by the pieces cut from them, given in order of length."""

    def __init__(self) -> None:
        self._texts: list[str] = []
        #: piece → indexes of the texts that it was cut from
        self._cut_from: dict[str, list[int]] = {}

    def cut(self, text: str) -> None:
        """Add a text. One that is too short to be the twin of a long one is left out."""
        if len(text) >= _PIECES_FROM * SIMILARITY:
            for i in range(0, len(text) - _PIECE + 1, _PIECE):
                self._cut_from.setdefault(text[i : i + _PIECE], []).append(len(self._texts))
            self._texts.append(text)

    def sharing(self, text: str) -> list[str]:
        """The texts, in order, that have enough pieces in common with a long one, not shorter, to be nearly equal."""
        size, edits = len(text), _edits(text)
        common = Counter[int]()
        for piece in {text[i : i + _PIECE] for i in range(size - _PIECE + 1)} & self._cut_from.keys():
            common.update(self._cut_from[piece])
        return [
            other
            for other, count in ((self._texts[i], count) for i, count in sorted(common.items()))
            if count >= len(other) // _PIECE - edits and len(other) >= size - edits
        ]
