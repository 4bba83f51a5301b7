"""Words of a deadline → date and recurrence: 2022年12月底前, 第三季度, 每月25日前, 长期坚持.

Pure: the plan's year is an argument, and no text whatever raises. What the words do not say stays None, and
the clerk is asked.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterator
from datetime import date, datetime
from functools import lru_cache

from attrs import frozen

from eduxl.model import Recurrence
from eduxl.numerals import date_digits, half_width
from eduxl.plan import words as vocabulary


@frozen
class Deadline:
    """`due` None where the words name no day; `text` is what was written, without outer punctuation."""

    due: date | None = None
    recurrence: Recurrence | None = None
    text: str = ""


@frozen
class _Mention:
    """One date in the words. `year`, `month` None where not said; `value` the day it stands for."""

    start: int
    end: int
    value: date
    month: int | None = None
    #: True where the words end at the month, so that a bare number after a dash is another month.
    open_month: bool = False
    explicit_year: bool = False


# Only the first that matches at a place counts, so the longer forms stand first. `_MENTION` is one
# alternation:
# one pass over the text, whatever it is.
_Y = r"(?:19|20)\d\d"
_REL = r"次年|翌年|来年|明年|下一年度?|第2年|第二年|今年|本年度?|当年"
_PARTS = (
    rf"(?P<compact>(?<!\d){_Y}(?:0[1-9]|1[0-2])(?:[0-2]\d|3[01])(?!\d))",
    rf"(?P<ymd>(?<!\d){_Y}(?P<sep>[./-])\d{{1,2}}(?P=sep)\d{{1,2}}(?!\d))[日号]?",
    # A year in front of any of the forms below; also on its own, which means its last day.
    rf"(?:(?:(?<!\d)(?P<year>{_Y})(?:年度?|(?=[./-]\d{{1,2}}(?!\d)))|(?<!\d)(?P<yy>\d\d)年(?=\d{{1,2}}月)"
    rf"|(?P<rel>{_REL}))的?[./-]?)?"
    # The number that a range or an enumeration begins with: 2022年3-11月.
    r"(?:(?<=年)第?\d{1,2}[-至到、和])?"
    r"(?:"
    r"(?<![\d.])(?P<md_m>\d{1,2})月(?:份)?(?P<md_d>\d{1,2})[日号]"
    r"|(?<![\d.])(?P<tm>\d{1,2})月(?:份)?(?P<ten>[上中下]{1,2})旬"
    r"|(?<![\d.])(?P<early>\d{1,2})月初"
    r"|(?<![\d.])(?P<m>\d{1,2})月(?:份)?(?:底|末|内)?"
    r"|第?(?P<q>[1-4])季度?(?:底|末)?|[Qq](?P<q2>[1-4])(?!\d)"
    r"|(?P<h1>上半年)|(?P<h2>下半年)"
    r"|(?P<spring>春季?(?:学期)?(?:正式)?开学之?前)|(?P<autumn>秋季?(?:学期)?(?:正式)?开学之?前)"
    r"|(?P<summer>(?:暑假|暑期)(?!之?前))|(?P<winter>寒假(?!之?前))"
    r"|(?P<yend>年(?:底|末|终)|(?<![\d一二两三四五六七八九十几数多近])年度?内|岁末)"
    r")",
    rf"(?<!\d)(?P<ym_y>{_Y})[./-](?P<ym_m>\d{{1,2}})(?!\d)",
    rf"(?<!\d)(?P<only>{_Y})年(?!(?:春|秋)季?学期|[寒暑][假期])(?:度)?(?:底|末|内|终)?|(?P<onlyrel>{_REL})(?:底|末|内|终)?",
    r"(?<![\d.])(?P<dot_m>\d{1,2})[./](?P<dot_d>\d{1,2})(?=日|号|前|底|之|以|[-、,;~至到]|$)",
    # The day, the ten days or the month of a range whose month or year was said before: 6月25日至30日,
    # 2022.3-12.
    r"(?P<day>(?<!\d)\d{1,2})[日号]|(?<!月)(?P<xun>[上中下])旬|(?<=[-~至到])(?P<bare>\d{1,2})(?![\d.月日号/年])",
)
_MENTION = re.compile("|".join(_PARTS))
_DASHES = str.maketrans({c: "-" for c in "—–―─‐‑−－～~"})
#: What may stand between two dates of one enumeration or range, across which a year carries over.
_LINK = re.compile(r"[-、,和及与至到底末前起初份日]{0,4}")
_START = re.compile(r"(?:份|初|之?日)?(?:起(?!草)|开始|启动|开工|以来|之?后)")
_CYCLE = re.compile(
    r"每(?:双|单|半|[两三二几\d]个?)?(?:周(?:[一二三四五六日天末](?!次))?|星期(?:[一二三四五六日天](?!次))?|个?月|个?季度?|学期|学年|年度?|日|天)"
    r"(?:底|末|初)?(?:的)?(?:\d{1,2}[日号])?"
)
_RECURRENCES: tuple[tuple[Recurrence, re.Pattern[str]], ...] = (
    ("weekly", re.compile(r"每(?:周|个?星期)|[按逐]周")),
    ("monthly", re.compile(r"每个?月|[按逐]月")),
    ("quarterly", re.compile(r"每个?季|[按逐]季")),
    (
        "ongoing",
        re.compile(
            r"全年|持续|长期|常态|常年|经常性|不间断|坚持不懈|常抓不懈|贯穿|日常|始终|终年"
            r"|每(?:个?学期|个?学年|半年|年|日|天|双|单|半|[两三二几\d])|[按逐](?:学期|年)"
        ),
    ),
)
_OUTER = " \t\r\n\u3000。.;；,，、:："
_EMPTY = {"", "无", "-", "--", "/", "暂无", "空"}


def _month_end(year: int, month: int) -> date:
    return date(year, month, monthrange(year, month)[1])


def _day(year: int, month: int, day: int) -> date | None:
    """A day of the calendar; 6月31日 and 2月30日 mean the month's end, 6月40日 nothing."""
    if not (1 <= year <= 9999 and 1 <= month <= 12 and 1 <= day <= 31):
        return None
    return date(year, month, min(day, monthrange(year, month)[1]))


def _ten_days(words: str, year: int, month: int) -> date | None:
    if not (1 <= year <= 9999 and 1 <= month <= 12):
        return None
    return {"上": date(year, month, 10), "中": date(year, month, 20)}.get(words[-1], _month_end(year, month))


def _named(g: dict[str, str | None], year: int) -> tuple[date | None, int | None, bool]:
    """(day, month, whether the words end at the month) of a mention whose year is known."""
    if g["md_m"] and g["md_d"]:
        return _day(year, int(g["md_m"]), int(g["md_d"])), int(g["md_m"]), False
    if g["dot_m"] and g["dot_d"]:
        return _day(year, int(g["dot_m"]), int(g["dot_d"])), int(g["dot_m"]), False
    if g["tm"] and g["ten"]:
        return _ten_days(g["ten"], year, int(g["tm"])), int(g["tm"]), False
    if g["early"]:
        return _day(year, int(g["early"]), 10), int(g["early"]), False
    month = g["m"] or g["ym_m"]
    if month:
        return _day(year, int(month), 31), int(month), True
    quarter = g["q"] or g["q2"]
    fixed = int(quarter) * 3 if quarter else next((m for name, m in _FIXED if g[name]), 12)
    return _month_end(year, fixed), None, False


_FIXED = (("h1", 6), ("spring", 2), ("autumn", 8), ("summer", 8), ("winter", 2))


def _mentions(text: str, plan_year: int) -> Iterator[_Mention]:
    """The dates named in half-width `text`, from left to right."""
    last: _Mention | None = None
    for match in _MENTION.finditer(text):
        g = match.groupdict()
        gap_from = last.end if last else 0
        value: date | None
        month: int | None
        linked = last is not None and _LINK.fullmatch(text, gap_from, match.start()) is not None
        carried = last.value.year if last and linked and last.explicit_year else plan_year
        explicit = True
        if g["compact"]:
            c = g["compact"]
            value, month, is_open = _day(int(c[:4]), int(c[4:6]), int(c[6:])), int(c[4:6]), False
        elif g["ymd"]:
            y, m, d = (int(p) for p in re.split(r"[./-]", g["ymd"]))
            value, month, is_open = _day(y, m, d), m, False
        elif g["day"] or g["xun"] or g["bare"]:
            if last is None or last.month is None or not linked:
                continue
            if g["bare"]:
                if not last.open_month:
                    continue
                month, is_open = int(g["bare"]), True
                value = _day(last.value.year, month, 31)
            else:
                month, is_open = last.month, False
                value = (
                    _day(last.value.year, month, int(g["day"]))
                    if g["day"]
                    else _ten_days(g["xun"] or "下", last.value.year, month)
                )
            explicit = last.explicit_year
        else:
            said, rel = g["year"] or g["ym_y"] or g["only"], g["rel"] or g["onlyrel"]
            if said:
                year = int(said)
            elif g["yy"]:
                year = 2000 + int(g["yy"])
            elif rel:
                base = last.value.year if last and last.explicit_year else plan_year
                year = plan_year if rel[0] in "今本当" else base + 1
            else:
                year, explicit = carried, bool(last and linked and last.explicit_year)
            if not 1 <= year <= 9999:
                continue
            value, month, is_open = _named(g, year)
            # 11月至1月 runs over New Year.
            if (
                value is not None
                and last is not None
                and linked
                and not (said or rel or g["yy"])
                and month is not None
                and last.month is not None
                and month < last.month
                and year == last.value.year
                and re.search(r"[-至到]", text[gap_from : match.start()])
                and year < 9999
            ):
                value, month, is_open = _named(g, year + 1)
                explicit = True
        if value is None:
            continue
        last = _Mention(match.start(), match.end(), value, month, is_open, explicit)
        yield last


def _recurrence(text: str) -> Recurrence | None:
    """The shortest period the words name."""
    found = _CYCLE.findall(text)
    for name, pattern in _RECURRENCES[:3]:
        if pattern.search(text) and not (
            found and all(re.match(r"每(?:双|单|半|[两三二几\d])", f) for f in found)
        ):
            return name
    return "ongoing" if _RECURRENCES[3][1].search(text) else None


@lru_cache(maxsize=1024)  # a plan says 2022年12月 for dozens of its tasks
def read_deadline(words: str, year: int) -> Deadline:
    """The deadline that `words` state in a plan of `year`.

    `due` is the last date named (month, quarter or year: its last day); with only a recurrence it is 31
    December. No date and no recurrence (立行立改, 按上级要求, nothing) gives `due` None. Never raises.
    """
    shown = words.strip(_OUTER)
    text = _normal(shown)
    if text in _EMPTY:
        return Deadline()
    recurrence = _recurrence(text)
    # 每月25日, 每季度末: the day inside a period is no date of its own.
    named = list(_mentions(_CYCLE.sub(lambda m: "每" * len(m[0]), text), year))
    ends = [m for m in named if not _START.match(text, m.end)]
    # A start (9月起) is a deadline only where nothing else is said.
    dates = ends or ([] if recurrence else named)
    due = max((m.value for m in dates), default=None)
    if due is None and recurrence and 1 <= year <= 9999:
        due = date(year, 12, 31)
    return Deadline(due, recurrence, shown)


def _normal(words: str) -> str:
    joined = re.sub(r"\s+", "", half_width(words)).translate(_DASHES)
    return date_digits(joined)


#: Words that say nothing but when; what is left beside dates and recurrences must be these for a text to
#: be a date.
_FILLERS = re.compile(
    r"每+|至少|不少于|第|前|底|末|初|起|至|到|止|内|间|期间|完成|启动|开始|结束|之|以|按|季度?|月|周|各一?次|[一二两三四1-9]次|分别|于|并"
    r"|取得|见|初见|明显|显著|分?阶段性?|成效|实效|常抓不懈|始终|实施|机制|逐步|分步|全面|最后|一个|工作日?|推进|坚持|开展|化|持续|长期|常态|常年|全年|贯穿|经常性|日常|即日|建立|报送|总结|落实|和|及|[-、,;。~]|年|日|春|秋|学期|开学|\d+次?|[一二三四]"
    r"|调度|检查|督查|通报|研判|例会|召开|更新|公示|统计|汇总|上报|考核|评估|资助|监测|排查|演练"
    r"|六一|七一|五一|十一|国庆|元旦|春节|教师节|高考|中考|[()（）]"
)
#: 立行立改, 按上级要求完成: words of a deadline, though no day is named.
_UNDATED = re.compile("(?:" + "|".join(sorted(vocabulary.UNDATED, key=len, reverse=True)) + ")")


@lru_cache(maxsize=1024)  # asked of every unit's name, and a plan has a few dozen of them
def looks_like_deadline(words: str) -> bool:
    """True when `words` are nothing but a deadline, as in the bracket （9月底前）; a unit's name never is."""
    text = _normal(words.strip(_OUTER))
    if not text or len(text) > 60:
        return False
    dated = _UNDATED.sub("", text)
    if dated == text and read_deadline(words, 2000).due is None:
        return False
    blank = _CYCLE.sub("每", dated)
    blank = _MENTION.sub("", blank)
    return not _FILLERS.sub("", blank)


_FORMAT_NOISE = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]|_.|\*.')


def date_cell(value: date | datetime, number_format: str) -> Deadline:
    """The deadline of a cell that holds a real date: shown as year and month it means the month's end."""
    day = value.date() if isinstance(value, datetime) else value
    shape = _FORMAT_NOISE.sub("", number_format).lower()
    if "d" in shape or "m" not in shape:
        return Deadline(day, None, day.isoformat())
    return Deadline(_month_end(day.year, day.month), None, f"{day.year}年{day.month}月")
