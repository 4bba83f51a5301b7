"""One raw cell → one value, or a warning code with the text kept. Pure: no files, no clock, no context but
the year.

Cells are what python-calamine gives: text, numbers (always floats), dates, booleans, "" for an empty one. A
value that has one reading is taken; what has two or none is refused with a code and its text stays in `raw`.
Nothing here raises.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import lru_cache
from math import isfinite
from typing import Generic, NamedTuple, TypeVar
from unicodedata import normalize

from eduxl import labels as L
from eduxl.returns import synonyms
from eduxl.spreadsheet.cells import Cell

T_co = TypeVar("T_co", covariant=True)


class Result(NamedTuple, Generic[T_co]):
    """`value` as read; `raw` the school's text where reading changed or refused it, else ""; `code` of a
    warning or "".
    """

    value: T_co
    raw: str = ""
    code: str = ""


NO_TEXT: Result[str] = Result("")
NO_NUMBER: Result[float | None] = Result(None)
NO_DATE: Result[date | None] = Result(None)

# Zero-width characters are invisible and no white space to str.strip().
_OUTER = " \t\r\n\f\v\u00a0\u3000\u200b\u200c\u200d\u2060\ufeff"
#: Not allowed in XML 1.0, so no workbook could hold them again.
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


# --- text -----------------------------------------------------------------------------------------
def plain(cell: Cell) -> str:
    """The text a person sees in a cell, without outer white space; line breaks are "\\n".

    Whole numbers lose their ".0", dates are written 2022-06-15.
    """
    if isinstance(cell, str):
        # All printable: there is no white space but blanks, no line break and nothing invisible in it.
        if cell.isprintable():
            return cell.strip()
        text = cell.strip(_OUTER)
        if "\r" in text:
            text = text.replace("\r\n", "\n").replace("\r", "\n")
        return _ILLEGAL.sub("", text) if _ILLEGAL.search(text) else text
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, (int, float)):
        return _digits(cell) if isfinite(cell) else repr(cell)
    if isinstance(cell, datetime):
        midnight = cell.time() == time()
        return cell.date().isoformat() if midnight else cell.isoformat(" ", "minutes")
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, time):
        return cell.isoformat("minutes")
    return str(cell)


def _digits(number: int | float) -> str:
    """A number with the 15 digits that a spreadsheet keeps, never as 1.39E+10."""
    text = f"{number:.15g}"
    return f"{Decimal(text):f}" if "e" in text else text


#: Zero-width characters, which pages of the web leave behind.
_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\u00ad"))


def squeeze(text: str) -> str:
    """Text for comparing: half-width, without any white space and what cannot be seen."""
    return "".join(normalize("NFKC", text).translate(_INVISIBLE).split())


# A sign or @ alone starts an ordinary remark ("-完成", "+86 138…"); a call, a cell reference or a DDE link
# does not.
_FORMULA = re.compile(
    r"""=[=\s]*[A-Za-z0-9_("'$+\-@.{\[]      # =1+1, =SUM(, ='Sheet 1'!A1
      | [+\-@][+\-@=\s]*[A-Za-z_][\w.]*\(    # +SUM(, @HYPERLINK(
      | [+\-]\s*\$?[A-Z]{1,3}\$?[0-9]+\s*(?:[-+*/^&<>=:!]|$)   # -A1, +B2*3
      | [=+\-@][^\n]*\|[^\n]*!               # =cmd|' /C calc'!A0
    """,
    re.VERBOSE,
)


def looks_like_formula(text: str) -> bool:
    """True for text that a spreadsheet might calculate if it were typed in."""
    return bool(text) and text[0] in "=+-@" and _FORMULA.match(text) is not None


def text(cell: Cell) -> Result[str]:
    """A text answer: kept as written, but for outer white space; formula-like text gets
    `formula-neutralised`.
    """
    if not isinstance(cell, str):
        return Result(plain(cell))
    # People, numbers of files and 无 stand in many cells.
    return _known_text(cell) if len(cell) <= _SHORT else _text(cell)


def _text(cell: str) -> Result[str]:
    value = plain(cell)
    if looks_like_formula(value):
        return Result(value, "", "formula-neutralised")
    return Result(value) if value else NO_TEXT


_SHORT = 20
_known_text = lru_cache(maxsize=4096)(_text)


_SCIENTIFIC = re.compile(r"\d(?:\.\d+)?[eE]\+?\d{1,2}")
_ZEROS = re.compile(r"0{2,15}")


def phone(cell: Cell, number_format: Callable[[], str | None] = lambda: None) -> Result[str]:
    """A phone number as text; what is written 1.39E+10 has lost its digits (`bad-phone`).

    A short number that its cell's format fills up with zeros (`00000`) keeps them; the format is only asked for
    where it matters.
    """
    result = text(cell)
    if isinstance(cell, str):
        if result.value.isdecimal() or not _SCIENTIFIC.fullmatch(result.value):
            return result
        return Result(result.value, "", "bad-phone")
    if isinstance(cell, (int, float)) and result.value.isdecimal() and len(result.value) < 11:
        zeros = number_format()
        if zeros and _ZEROS.fullmatch(zeros):
            return Result(result.value.zfill(len(zeros)))
    return result


# --- task number ----------------------------------------------------------------------------------
_FULL_WIDTH = str.maketrans("０１２３４５６７８９Ｔｔ．，）", "0123456789TT.,)")


def task_number(cell: Cell) -> int | None:
    """The task a cell names, None if it names none.

    Read: 3, 3.0, `３`, `3.`, `3、`, `T03`, `任务3`, `第3项`. Not read: the marks of a school's own steps,
    `3.1`, `(1)`, `①`.
    """
    if isinstance(cell, float):
        return int(cell) if 0 < cell < 100_000 and cell == int(cell) else None
    if isinstance(cell, str):
        if not cell:
            return None
        word = cell.strip(_OUTER).translate(_FULL_WIDTH)
        for start in ("任务", "第", "T", "t"):
            if word.startswith(start):
                word = word[len(start) :].lstrip(" -—.")
        word = word.rstrip(" .、,。:：号项").removesuffix(".0")
        return int(word) if word.isascii() and word.isdigit() and len(word) < 6 and int(word) else None
    if isinstance(cell, int) and not isinstance(cell, bool):
        return cell if 0 < cell < 100_000 else None
    return None


# --- status ---------------------------------------------------------------------------------------
_KNOWN_STATUSES: dict[str, Result[str]] = {status: Result(status) for status in L.STATUSES}
_STATUS_OUTER = " 。.，,；;！!：:、（）()[]【】“”\"'"


def status(cell: Cell) -> Result[str]:
    """One of the five statuses; another word for one is read and kept in `raw`, an unclear one is
    `bad-status`.
    """
    if isinstance(cell, str):
        if known := _KNOWN_STATUSES.get(cell):
            return known
        if not cell:
            return NO_TEXT
    raw = plain(cell)
    if not raw:
        return NO_TEXT
    word = squeeze(raw).strip(_STATUS_OUTER)
    meant = synonyms.STATUSES.get(word)
    if meant is not None:
        return Result(meant, "" if meant == raw else raw)
    if raw in synonyms.NOTHING:
        return Result("", raw)
    return Result("", raw, "bad-status")


# --- progress -------------------------------------------------------------------------------------
_NUMBER = r"(\d+(?:\.\d+)?|\.\d+)"
_BARE = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)")
_PERCENT = re.compile(r"(-?(?:\d+(?:\.\d*)?|\.\d+))%")
# No alternative here is made of others: a text of such words only must not take exponential time.
_BEFORE = (
    r"(?:目前|现|总体|整体|累计|大约|约|基本|任务|工作|已经?|进度"
    r"|完成率|完成比例|完成了|完成|达|到|为|[:：,，])*"
)
_AFTER = r"(?:左右|以上|任务|工作|完成|了|[。.；;])*"
_PERCENT_IN_WORDS = re.compile(rf"{_BEFORE}{_NUMBER}%{_AFTER}")
_DONE_NN = re.compile(rf"{_BEFORE}完成了?[:：]?约?{_NUMBER}(?:左右|[。.；;])*")
_OF_HUNDRED = re.compile(rf"{_BEFORE}百分之([\d.]+|[零〇一二两三四五六七八九十百点]+){_AFTER}")
_TENTHS = re.compile(rf"{_BEFORE}([1-9一二两三四五六七八九])成{_AFTER}")
_DIGITS = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}


def _chinese_number(word: str) -> float | None:
    """八十五 → 85.0, 一百 → 100.0, 六十点五 → 60.5; None for anything else."""
    whole, point, rest = word.partition("点")
    total, digit, seen = 0, None, False
    for char in whole:
        if char in _DIGITS:
            if digit not in (None, 0):
                return None
            digit = _DIGITS[char]
        else:
            total += (1 if digit is None else digit) * (10 if char == "十" else 100)
            digit = None
        seen = True
    if not seen or (point and not (rest and all(c in _DIGITS for c in rest))):
        return None
    value = float(total + (digit or 0))
    return value + float("0." + "".join(str(_DIGITS[c]) for c in rest)) if point else value


def _number(word: str) -> float | None:
    try:
        value = float(word)
    except ValueError:
        return _chinese_number(word)
    return value if isfinite(value) else None


def _in_words(word: str) -> tuple[float | None, bool]:
    """(number, True if it surely means percent) of half-width text without white space."""
    if _BARE.fullmatch(word):
        return _number(word), False
    if match := _PERCENT.fullmatch(word) or _PERCENT_IN_WORDS.fullmatch(word):
        return _number(match[1]), True
    if match := _OF_HUNDRED.fullmatch(word):
        return _number(match[1]), True
    if match := _TENTHS.fullmatch(word):
        digit = _number(match[1])
        return None if digit is None else digit * 10, True
    if match := _DONE_NN.fullmatch(word):
        number = _number(match[1])
        # 完成0.8 is a share written in words, not 0.8 %.
        return number, number is not None and number > 1
    return synonyms.PROGRESS_WORDS.get(word.strip(_STATUS_OUTER)), True


def _share(value: float) -> float:
    return round(value * 100, 6)


def progress_column(cells: Sequence[Cell], statuses: Sequence[str]) -> list[Result[float | None]]:
    """Percent 0–100 for each cell of one 完成进度 column; `statuses` are the normalised ones of the same
    rows.

    Text with a percent sign, 完成NN or 百分之NN is percent. Bare numbers are judged by the whole column: if
    none is over 1 they are shares; otherwise one over 1 is percent and one strictly between 0 and 1 a share.
    A 1 that the column does not decide is 100 % with 已完成, else 1 % with `bad-progress`. Outside 0–100
    nothing is taken (`bad-progress`).
    """
    parsed: list[tuple[float | None, bool]] = []
    bare: list[float] = []
    for cell in cells:
        number: float | None = None
        percent = False
        if isinstance(cell, str):
            if word := cell and squeeze(plain(cell)):
                number, percent = _in_words(word)
        elif isinstance(cell, (int, float)) and not isinstance(cell, bool) and isfinite(cell):
            number = float(cell)
        parsed.append((number, percent))
        if number is not None and not percent:
            bare.append(number)
    any_over = any(n > 1 for n in bare)
    any_share = any(0 < n < 1 for n in bare)

    results: list[Result[float | None]] = []
    for cell, (number, percent), state in zip(cells, parsed, statuses, strict=True):
        if number is None:
            raw = plain(cell)
            if not raw:
                results.append(NO_NUMBER)
            else:
                results.append(Result(None, raw, "" if raw in synonyms.NOTHING else "bad-progress"))
            continue
        code = ""
        if percent or number > 1 or number <= 0:
            value = number
        elif number < 1:
            value = _share(number)
        elif state == L.COMPLETED or (any_share and not any_over):
            value = 100.0
        else:
            value = 1.0
            code = "" if any_over and not any_share else "bad-progress"
        if not 0 <= value <= 100:
            results.append(Result(None, plain(cell), "bad-progress"))
        else:
            results.append(Result(value, plain(cell) if code or _said_otherwise(cell) else "", code))
    return results


def _said_otherwise(cell: Cell) -> bool:
    """True for text that is more than the number or percentage that was read from it."""
    if not isinstance(cell, str):
        return False
    word = squeeze(cell.strip(_OUTER))
    return not (_BARE.fullmatch(word) or _PERCENT.fullmatch(word))


# --- dates ----------------------------------------------------------------------------------------
_FULL_DATE = re.compile(r"(\d{4})(?:[-./]|年)(\d{1,2})(?:[-./]|月)(\d{1,2})[日号]?")
_SHORT_YEAR = re.compile(r"(\d{2})年(\d{1,2})月(\d{1,2})[日号]?")
_NO_YEAR = re.compile(r"(?:(\d{1,2})月(\d{1,2})[日号]?|(\d{1,2})[-./](\d{1,2}))")
_BLANKS = re.compile(r"(\d{4})\s+(\d{1,2})\s+(\d{1,2})")
_TWO_DIGITS = re.compile(r"(\d{2})[-./](\d{1,2})[-./](\d{1,2})")
_NUMERALS = re.compile(r"[零〇○一二三四五六七八九十廿卅]+[年月日号]")
#: A date between words; a deadline, a plan or a stretch of time is none of the day on which something was done.
_DATE_INSIDE = re.compile(
    r"(\d{4})(?:[-./]|年)(\d{1,2})(?:[-./]|月)(\d{1,2})[日号]?|(?<!年)(\d{1,2})月(\d{1,2})[日号]"
)
_UNSURE = re.compile(r"[前后起至到~—未拟约底]|计划|预计|争取|左右|之间|以内|截止|截至")
_FEW_WORDS = 24
_CLOCK = re.compile(r"[T\s]\s*\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?Z?$")
#: Excel's day 0 (with its false leap day already behind it) and the serials of 2000-01-01 … 2099-12-31.
_EPOCH = date(1899, 12, 30)
_SERIALS = (36526, 73050)


def _day(year: int, month: int, day: int) -> date | None:
    if not 2000 <= year <= 2099:
        return None
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _of_number(number: float) -> date | None:
    """A serial number or 20220615."""
    if not isfinite(number):
        return None
    if _SERIALS[0] <= number < _SERIALS[1] + 1:
        return _EPOCH + timedelta(days=int(number))
    whole = int(number)
    if whole == number and 20_000_101 <= whole <= 20_991_231:
        return _day(whole // 10_000, whole // 100 % 100, whole % 100)
    return None


def day(cell: Cell, year: int | None) -> Result[date | None]:
    """A date; text without a year takes `year` (the round's). What is no date of 2000–2099 is `bad-date`.

    Read: date cells, serial numbers, 2022.6.15, 2022-6-15, 2022/6/15, 2022年6月15日, 20220615, 6月15日, 6.15,
    full-width too.
    """
    if isinstance(cell, str) and not cell:
        return NO_DATE
    if isinstance(cell, date):
        value = cell.date() if isinstance(cell, datetime) else cell
        return Result(value) if 2000 <= value.year <= 2099 else Result(None, plain(cell), "bad-date")
    raw = plain(cell)
    if not raw:
        return NO_DATE
    found: date | None = None
    if isinstance(cell, (int, float)) and not isinstance(cell, bool):
        found = _of_number(float(cell))
    elif isinstance(cell, str):
        if raw in synonyms.NOTHING:
            return Result(None, raw)
        found = _of_text(raw, year)
    if found is None:
        return Result(None, raw, "bad-date")
    return Result(found, "" if raw == found.isoformat() else raw)


def read_date(text: str, year: int | None) -> date | None:
    """The date in a text, as `day` reads it; None where it reads none."""
    return day(text, year).value


def _of_text(raw: str, year: int | None) -> date | None:
    spaced = normalize("NFKC", raw).strip().lstrip("'")
    if ":" in spaced:
        spaced = _CLOCK.sub("", spaced)
    if _NUMERALS.search(spaced):
        from eduxl.numerals import date_digits

        spaced = date_digits(spaced)
    if match := _BLANKS.fullmatch(spaced):
        return _day(int(match[1]), int(match[2]), int(match[3]))
    word = "".join(spaced.split()).rstrip("。.;,").replace("、", ".").replace("—", "-").replace("。", ".")
    if match := _FULL_DATE.fullmatch(word):
        return _day(int(match[1]), int(match[2]), int(match[3]))
    if word.isascii() and word.isdigit():
        return _of_number(float(word)) if len(word) < 9 else None
    if match := _SHORT_YEAR.fullmatch(word):
        return _day(2000 + int(match[1]), int(match[2]), int(match[3]))
    if year is None:
        return None if _UNSURE.search(word) else _inside(word, None)
    if match := _NO_YEAR.fullmatch(word):
        return _day(year, int(match[1] or match[3]), int(match[2] or match[4]))
    # 22.6.15 in 2022; 12.6.15 might be anything.
    if (match := _TWO_DIGITS.fullmatch(word)) and abs(2000 + int(match[1]) - year) <= 1:
        return _day(2000 + int(match[1]), int(match[2]), int(match[3]))
    return None if _UNSURE.search(word) else _inside(word, year)


def _inside(word: str, year: int | None) -> date | None:
    """The only date in a few words, such as 2022年6月15日验收; None where there are other figures too."""
    found = _DATE_INSIDE.search(word)
    if found is None or len(word) > _FEW_WORDS:
        return None
    rest = word[: found.start()] + word[found.end() :]
    if re.search(r"\d", rest):
        return None
    if found[1]:
        return _day(int(found[1]), int(found[2]), int(found[3]))
    return _day(year, int(found[4]), int(found[5])) if year is not None else None


# --- indicator values -----------------------------------------------------------------------------
_AMOUNT = re.compile(r"([+-]?\d[\d,]*(?:\.\d*)?)(.*)")


def amount(cell: Cell, unit: str) -> Result[float | None]:
    """A figure; thousands separators and its own `unit` after it are allowed, else `bad-number`."""
    if isinstance(cell, (int, float)) and not isinstance(cell, bool):
        return Result(float(cell)) if isfinite(cell) else Result(None, plain(cell), "bad-number")
    raw = plain(cell)
    if not raw:
        return NO_NUMBER
    if raw in synonyms.NOTHING:
        return Result(None, raw)
    match = _AMOUNT.fullmatch(squeeze(raw)) if isinstance(cell, str) else None
    number = _number(match[1].replace(",", "")) if match else None
    if match is None or number is None or match[2] not in ("", squeeze(unit)):
        return Result(None, raw, "bad-number")
    return Result(number, raw if match[2] else "")
