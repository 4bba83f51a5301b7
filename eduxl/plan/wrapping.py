"""Lines that were one paragraph before a page or an export broke them: whether the next line goes on.

Pure, and without measures: what is a full line the PDF layout and the text reader find out themselves.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import islice

from eduxl.plan.labelled import label_kind, label_line, trailing_labels
from eduxl.plan.numbering import printed_number

#: A page's number at its head or foot.
PAGE_NUMBER = re.compile(
    r"[-—–－―·\s]*\d{1,4}[-—–－―·\s]*|第\s*\d+\s*页[\s，,/（(]*(?:共?\s*\d+\s*页)?[）)]?|\d{1,4}\s*/\s*\d{1,4}"
    r"|[Pp]age\s*\d+(?:\s*(?:of|/)\s*\d+)?"
)
#: This may as well be the rest of a date.
_DIGITS = re.compile(r"[-—]?\d+|\d+\s*/\s*\d+")
SENTENCE_END = tuple("。；！？：”）】〕］;!?:)]")
#: A number without a mark, or in front of digits; a number where a sentence ended before it.
_LOOSE = re.compile(
    r"[0-9]{1,2}(?:[ \t\u3000]+(?=[\u4e00-\u9fff“《])(?![年月日号])|[.．](?=[0-9]+[\u4e00-\u9fff]))"
)
#: Nothing begins with one of these.
_CLOSING = tuple("，。、；：！？）”’》〉】")
_ATTACHED = re.compile(r"附\s*件\s*\d*\s*[：:]")
#: Quotes are letters to some programs, which then part no line before or behind them, and digits stay with a comma.
_TOGETHER = re.compile(
    r"[（“‘《〈【(]*(?:[0-9A-Za-z.%+,/-]{1,30}|.)[，。、；：！？）”’》〉】)%…—]*(?:[“‘]+[^“”‘’]?[”’，。、；：）]*)*"
    r"(?:(?<=[，。、；：])[0-9]{1,6})?"
)
_BRACKETS = re.compile("[（(【〔［\\[）)】〕］\\]]")
#: The letters of a label that the next line goes on with stand behind one of these, at the end of a line.
_SEPARATOR = re.compile(r"[，,；;。、）)】\]\s]")
_LETTERS = re.compile(r"[\u4e00-\u9fff][\u4e00-\u9fff\s]*")
_TO_COLON = re.compile(r"([^：:]{0,8})[：:]")
_LABEL = 8
#: How far back a bracket is looked for that is still open, and over how many more lines it may go on.
_BACK, _ON = 300, 3


def numbered(text: str) -> bool:
    return printed_number(text) is not None or _ATTACHED.match(text) is not None


def begins(line: str, above: str) -> bool:
    """True where a line begins something new although the one before is full: a label, a number, a page number.

    In the middle of a sentence (…不低于 / 3.…) a number begins nothing, nor does a comma or the like.
    """
    if line[:1] in _CLOSING:
        return False
    if PAGE_NUMBER.fullmatch(line) and not _DIGITS.fullmatch(line):
        return True
    if label_line(line):
        return not _cut_label(line, above)
    if not numbered(line):
        return above.endswith(("。", "；", "）", "】")) and _LOOSE.match(line) is not None
    return above.endswith(SENTENCE_END) or bool(label_line(above)) or "。" not in above


def _cut_label(line: str, above: str) -> bool:
    """True where the label at the beginning of `line` begins in the one above: …；完成 / 时限：6月."""
    starts = (m.end() for m in _SEPARATOR.finditer(above, max(0, len(above) - _LABEL)))
    tails = (above[start:] for start in starts)
    return any(_LETTERS.fullmatch(tail) is not None and bool(label_line(tail + line)) for tail in tails)


def parted(above: str, line: str) -> bool:
    """True where `above` is nothing but the beginning of a label that goes on in `line`: 责任单 / 位：党办."""
    rest = _TO_COLON.match(line)
    whole = len(above) < _LABEL and _LETTERS.fullmatch(above) is not None
    return whole and rest is not None and label_kind(above + rest[1]) is not None


def open_label(text: str) -> bool:
    """True for a text that ends with a label, whose value is still to come."""
    if not text.endswith(("：", ":")):
        return False
    said = label_line(text) or trailing_labels(text)[1]
    return bool(said) and not said[-1].text


def unparted(line: str) -> str:
    """What a program leaves together at the beginning of a line: a number, a bracket with the character behind it."""
    match = _TOGETHER.match(line)
    return match[0] if match else ""


def _brackets(text: str) -> tuple[int, int]:
    """How many brackets are closed that `text` did not open, and how many it leaves open."""
    closed = opened = 0
    for match in _BRACKETS.finditer(text):
        if match[0] in "（(【〔［[":
            opened += 1
        elif opened:
            opened -= 1
        else:
            closed += 1
    return closed, opened


def in_bracket(text: str, following: Sequence[str]) -> bool:
    """True where `text` ends inside a bracket that one of the next lines closes, before a new number.

    So a bracket goes on over a label (…（责任科室：基教股、 / 完成时限：6月底前）), and one that nobody closed does not.
    """
    if not _brackets(text[-_BACK:])[1]:
        return False
    for line in islice(following, _ON):
        if numbered(line):
            return False
        closed, opened = _brackets(line[:_BACK])
        if closed:
            return True
        if opened:
            return False
    return False


def joined(text: str, line: str) -> str:
    """Both as one text; words of Latin letters that the break parted get their space back."""
    words = text[-1:].isascii() and text[-1:].isalnum() and line[:1].isascii() and line[:1].isalpha()
    return f"{text} {line}" if words else text + line
