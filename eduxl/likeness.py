"""Which texts are the same or nearly the same: the flag 雷同. Pure.

"Nearly" is a normalised Levenshtein similarity of 0.95 (docs/design.md, "Flags and lights"). The search is exact:
its filters leave out only pairs that cannot be so alike.
"""

from __future__ import annotations

import unicodedata
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

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
        twins = _near_twins(list(texts), long) | {key: key for key in long if len(texts[key]) > 1}
        for key, twin in twins.items():
            for unit in texts[key]:
                found[unit, task] = next(other for other in texts[twin] if other != unit)
    return found


def _near(a: str, b: str) -> bool:
    if a == b:
        return True
    from rapidfuzz.distance import Levenshtein

    return Levenshtein.normalized_similarity(a, b, score_cutoff=SIMILARITY) >= SIMILARITY


def _near_twins(texts: Sequence[str], long: set[str]) -> dict[str, str]:
    """Text → another, nearly equal one, among distinct texts; one of each pair is `long`."""
    from rapidfuzz.distance import Levenshtein
    from rapidfuzz.process import extract_iter

    def near(text: str, others: Iterable[str]) -> Iterator[str]:
        asked = [other for other in others if text in long or other in long]
        matches = extract_iter(text, asked, scorer=Levenshtein.normalized_similarity, score_cutoff=SIMILARITY)
        return (other for other, _, _ in matches)

    found: dict[str, str] = {}
    for text, others in _candidates(sorted(texts, key=len)):
        for other in near(text, [o for o in others if o not in found]):
            found.setdefault(text, other)
            found[other] = text
        # of those that have their twin one is enough: hundreds of like texts are not compared each with each
        if text not in found and (twin := next(near(text, [o for o in others if o in found]), None)):
            found[text] = twin
    return found


def _candidates(texts: Sequence[str]) -> Iterator[tuple[str, list[str]]]:
    """Each of the texts, sorted by length, with those before it that may be nearly equal.

    Only texts within 5 % of each other's length can be; long ones must also have enough pieces in common.
    """
    lengths = [len(text) for text in texts]
    #: piece → indexes of the texts that it was cut from
    cut_from: dict[str, list[int]] = {}
    for at, text in enumerate(texts):
        size = len(text)
        first = bisect_left(lengths, size * SIMILARITY)
        if size >= _PIECES_FROM:
            edits = int(size * (1 - SIMILARITY))
            common = Counter[int]()
            for piece in {text[i : i + _PIECE] for i in range(size - _PIECE + 1)} & cut_from.keys():
                common.update(cut_from[piece])
            others = [
                i for i, count in common.items() if count >= lengths[i] // _PIECE - edits and i >= first
            ]
            yield text, [texts[i] for i in sorted(others)]
        else:
            yield text, list(texts[first:at])
        if size >= _PIECES_FROM * SIMILARITY:
            for i in range(0, size - _PIECE + 1, _PIECE):
                cut_from.setdefault(text[i : i + _PIECE], []).append(at)
