"""Chinese and full-width numerals as they stand in plans: 十二, 二〇二二, ２０２２.

Pure. Numbers below one thousand and digit by digit years are all that numbering and dates need.
"""

from __future__ import annotations

import re
import unicodedata

_DIGITS = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "○": 0, "两": 2}
_TENS = {"廿": "二十", "卅": "三十"}


def half_width(text: str) -> str:
    """Full-width digits, letters and punctuation as half-width ones; ideographic spaces as plain spaces."""
    return text if text.isascii() else unicodedata.normalize("NFKC", text)


def number(text: str) -> int | None:
    """The value of an Arabic or Chinese numeral (`12`, `１２`, `十二`, `二百零三`), None where it is none."""
    text = half_width(text).strip()
    if text.isascii() and text.isdigit():
        return int(text) if len(text) <= 9 else None
    for short, long in _TENS.items():
        text = text.replace(short, long)
    total, digit, seen = 0, None, False
    for char in text:
        if char in _DIGITS:
            if digit not in (None, 0):  # 二二 has no value here: digit by digit numerals are years
                return None
            digit, seen = _DIGITS[char], True
        elif char in "十百":
            unit = 10 if char == "十" else 100
            total += (1 if digit in (None, 0) else digit or 0) * unit
            digit, seen = None, True
        else:
            return None
    return total + (digit or 0) if seen else None


_YEAR = re.compile(r"[〇○零Oo0-9一二三四五六七八九]{4}(?=年)")
_SMALL = re.compile(r"[一二三四五六七八九十廿卅]{1,4}(?=月|日|号|季度)")
_YEAR_DIGITS = str.maketrans("〇○零Oo一二三四五六七八九", "00000123456789")


def date_digits(text: str) -> str:
    """Half-width `text` with the numerals of dates in Arabic digits: 二〇二二年十二月 → 2022年12月."""

    def small(match: re.Match[str]) -> str:
        value = number(match[0])
        return match[0] if value is None else str(value)

    return _SMALL.sub(small, _YEAR.sub(lambda m: m[0].translate(_YEAR_DIGITS), text))
