"""Asks for a round and its due date in one line of text, and opens it: `2022-06 截止 2022-06-25`.

Reading the text is pure; nothing here knows windows or today's date.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

from attrs import frozen

from eduxl.errors import RoundError
from eduxl.numerals import date_digits, half_width, number

if TYPE_CHECKING:
    from eduxl.addin.desk import Desk
    from eduxl.model import Round
    from eduxl.tracker.tracker import Tracker

#: The day of the month by which reports are due, unless the clerk writes another.
DUE_DAY = 25

_END = r"\s*(?:前|截止|止)?\s*$"
# The due date stands last; its year, or year and month, may be those of the round.
_DUE = re.compile(
    r"(?<![\d\-/.年])(?:(?:(?P<y>\d{4})\s*[-/.年]\s*)?(?P<m>\d{1,2})\s*[-/.月]\s*(?P<d>\d{1,2})\s*[日号]?"
    rf"|(?P<y8>\d{{4}})(?P<m8>\d{{2}})(?P<d8>\d{{2}})){_END}"
)
_DAY = re.compile(rf"(?<![\d\-/.年月])(?P<d>\d{{1,2}})\s*[日号]{_END}")
_ROUND = re.compile(
    r"(?:(?P<y>\d{4})\s*(?:[-/.年]\s*)?)?(?P<m>\d{1,2})\s*(?:月份?)?\s*(?:-\s*(?P<again>\w{1,12})|第(?P<nth>\w{1,3})[轮次])?"
)
_WORDS = re.compile(r"填报|截止(?:日期|时间)?|轮次|[\s,;:、。()到至于]+")
_DASHES = str.maketrans(dict.fromkeys("—–‐−－~", "-"))


@frozen
class Wanted:
    """A round that may be opened: `id` as `2022-06` or `2022-06-2`, and its last day."""

    id: str
    due: date

    @property
    def text(self) -> str:
        """As the clerk types it."""
        return f"{self.id} 截止 {self.due}"

    @property
    def command(self) -> str:
        """What opens it where no window can be shown."""
        return f"eduxl round open {self.id} --due {self.due}"


@frozen
class Outcome:
    """What came of asking: the round that was opened and `lines` to say of it; else why the text was `refused`, "" where
    the person did not want one."""

    round: Round | None = None
    lines: tuple[str, ...] = ()
    refused: str = ""


def next_round(rounds: Sequence[Round], today: date) -> Wanted:
    """The round that is likely to be next: a month after the last, and not one that would be over by now."""
    year, month = today.year, today.month + (today.day > DUE_DAY)
    if rounds:
        last_year, last_month = map(int, rounds[-1].id[:7].split("-"))
        year, month = max((year, month), (last_year, last_month + 1))
    year, month = (year + 1, month - 12) if month > 12 else (year, month)
    return Wanted(f"{year}-{month:02d}", date(year, month, DUE_DAY))


def read_round(text: str, year: int) -> Wanted:
    """The round and the due date of what somebody typed; `year` is that of a round without one.

    Raises `RoundError` (`bad-round`) with the reason, a clause without a full stop.
    """
    plain = date_digits(half_width(text).translate(_DASHES)).strip(" 。.)")
    readings = [found for due in (_DUE, _DAY) if (found := due.search(plain))]
    if not readings:
        raise RoundError(f"“{text.strip()}”里没有看到截止日期", code="bad-round")
    for found in readings:
        if named := _ROUND.fullmatch(_WORDS.sub(" ", plain[: found.start()]).strip(" -")):
            break
    else:
        raise RoundError(f"“{text.strip()}”里没有看到轮次是哪年哪月", code="bad-round")
    year, month = int(named["y"] or year), int(named["m"])
    if not 1 <= month <= 12:
        raise RoundError(f"轮次写成了{month}月", code="bad-round")
    again = named["again"] or (str(number(named["nth"]) or named["nth"]) if named["nth"] else "")
    suffix = f"-{again}" if again not in ("", "1") else ""
    return Wanted(f"{year}-{month:02d}{suffix}", _due(found, year, month))


def _due(found: re.Match[str], year: int, month: int) -> date:
    """The due date; without a year it is the first such day that is not before the month of the round."""
    parts = found.groupdict()
    due_month = int(parts.get("m") or parts.get("m8") or month)
    due_year = int(parts.get("y") or parts.get("y8") or year + (due_month < month))
    day = int(parts.get("d") or parts["d8"])
    try:
        return date(due_year, due_month, day)
    except ValueError as error:
        raise RoundError(f"截止日期{due_year}年{due_month}月{day}日，没有这一天", code="bad-round") from error


def question(current: Round | None) -> str:
    """What is asked where no round is open, or the due date of the `current` one is over."""
    if current is None:
        return "没有正在填报的轮次。要开启一轮，请核对轮次（年-月）和截止日期，再点“确定”（OK）："
    return (
        f"当前轮次 {current.id} 已过截止日期（{current.due}）。要开启下一轮吗？\n"
        f"开启：核对下面的轮次和截止日期，再点“确定”（OK）；{current.id} 同时结束，以后交来的不再计入它。\n"
        f"不开启：点“取消”（Cancel），照旧写 {current.id} 的填报表。"
    )


def not_opened(asked: Outcome, proposed: Wanted) -> str:
    """Why no round was opened, and how to do it."""
    why = f"{asked.refused}，" if asked.refused else ""
    return (
        f"{why}没有开启轮次，什么也没有改动。\n要开启，请点“生成模板”，写上轮次和截止日期，例如：{proposed.text}\n"
        f"没有出现输入框的，请运行：{proposed.command}"
    )


def ask_round(desk: Desk, tracker: Tracker, title: str, question: str, proposed: Wanted) -> Outcome:
    """Ask for a round, once more where the text cannot be used, and open it. Nothing changes where none is opened."""
    text, reason = proposed.text, ""
    for _ in range(2):
        prompt = f"{reason}。请再写一次，例如：{proposed.text}" if reason else question
        typed = desk.ask_text(title, prompt, text)
        if typed is None or not typed.strip():
            return Outcome()
        text = typed
        try:
            return _opened(desk, tracker, read_round(text, int(proposed.id[:4])))
        except RoundError as error:
            reason = str(error).partition("。")[0]
    return Outcome(refused=reason)


def _opened(desk: Desk, tracker: Tracker, wanted: Wanted) -> Outcome:
    """Raises `RoundError` where there cannot be such a round."""
    rounds = tracker.rounds()
    current = rounds[-1] if rounds else None
    if current and not current.closed and (current.id, current.due) == (wanted.id, wanted.due):
        return Outcome()
    with desk.progress("开启轮次"):
        made = tracker.open_round(wanted.id, wanted.due)
    return Outcome(made, (f"轮次 {made.id} 正在填报，截止 {made.due}。", *tracker.notes))
