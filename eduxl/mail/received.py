"""When a mail counts as received: pure, local time without zone, as everywhere in a tracker."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone

from attrs import frozen

#: A Date farther than this from the server's time is not believed.
MOST_APART = timedelta(days=1)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_NAME = f"(?P<name>(?i:{'|'.join(_MONTHS)}))"
_DAY = (
    re.compile(
        rf"(?<!\d)(?P<day>\d{{1,2}})[\s-]{{1,3}}{_NAME}[a-z]{{0,6}}[\s,-]{{1,3}}(?P<year>\d{{4}}|\d\d)(?!\d)"
    ),
    re.compile(r"(?<!\d)(?P<year>\d{4})\s?[-/.年]\s?(?P<month>\d{1,2})\s?[-/.月]\s?(?P<day>\d{1,2})(?!\d)"),
    re.compile(rf"{_NAME}[a-z]{{0,6}}\s{{1,3}}(?P<day>\d{{1,2}})\b.{{0,20}}?\s(?P<year>\d{{4}})(?!\d)"),
    re.compile(
        r"(?<!\d)(?P<day>\d{1,2})\s{1,3}(?P<month>\d{1,2}|十?[一二三四五六七八九十])月\s{1,3}(?P<year>\d{4})(?!\d)"
    ),
)
_CLOCK = re.compile(r"(?<![\d:])(\d{1,2})[:时](\d{2})(?:[:分](\d{2}))?(?!\d)")
_ZONE = re.compile(r"(?<!\d)\s*([+-])(\d{2}):?(\d{2})(?!\d)")
#: Zones by name that occur. CST is China's here, never America's.
_ZONES = {"GMT": 0, "UTC": 0, "UT": 0, "Z": 0, "CST": 8, "HKT": 8, "BJT": 8}
_NAMED = re.compile(r"(?<![A-Za-z])(GMT|UTC|UT|CST|HKT|BJT|Z)(?![A-Za-z])")
_NUMERALS = "一二三四五六七八九十"
#: Years in which a mail of a tracker can have been written.
_FIRST, _LAST = 1990, 2100


@frozen
class Received:
    """`at` counts. `doubtful` is True where the mail's own date was not believed, and `note` says why (else "")."""

    at: datetime
    doubtful: bool
    note: str


def moment(text: str) -> datetime | None:
    """The time that a Date field gives, in local time; None where none can be read. Without a zone it is local."""
    text = text[:200]
    found = next((match for pattern in _DAY if (match := pattern.search(text))), None)
    if found is None:
        return None
    parts = found.groupdict()
    year = int(parts["year"])
    year += 2000 if year < 70 else 1900 if year < 100 else 0
    rest = text if found.re is _DAY[2] else f"{text[: found.start()]} {text[found.end() :]}"
    clock = _CLOCK.search(rest)
    hour, minute, second = (int(value or 0) for value in clock.groups()) if clock else (0, 0, 0)
    try:
        written = datetime(year, _month(parts), int(parts["day"]), hour, minute, min(second, 59))
        if not _FIRST <= year <= _LAST:
            return None
        zone = _zone(rest[clock.end() :] if clock else "")
        if zone is None:
            return written
        return written.replace(tzinfo=timezone(zone)).astimezone().replace(tzinfo=None)
    except (ValueError, OverflowError, OSError):
        return None


def _month(parts: dict[str, str]) -> int:
    if name := parts.get("name"):
        return _MONTHS.index(name.lower()) + 1
    month = parts["month"]
    if month.isdecimal():
        return int(month)
    return 10 + _NUMERALS.index(month[1]) + 1 if len(month) == 2 else _NUMERALS.index(month) + 1


def _zone(rest: str) -> timedelta | None:
    """How far the zone behind a clock is ahead of UTC; None where there is none that can be."""
    if found := _ZONE.match(rest):
        ahead = timedelta(hours=int(found[2]), minutes=int(found[3]))
        return (ahead if found[1] == "+" else -ahead) if ahead <= timedelta(hours=14) else None
    named = _NAMED.search(rest)
    return timedelta(hours=_ZONES[named[1]]) if named else None


def received(mail: datetime | None, server: datetime | None, now: datetime) -> Received:
    """Which of a mail's Date and the server's time counts; all in local time. `server` is None where it gives none
    (POP3): then a Date that is still to come at `now` is not believed.
    """
    if server is None:
        if mail is not None and mail <= now + MOST_APART:
            return Received(mail, False, "")
        why = "邮件没有写明日期" if mail is None else f"邮件自带的日期 {mail:%Y-%m-%d %H:%M} 还没有到"
        return Received(now, True, f"{why}，按收取的时间计")
    if mail is None:
        return Received(server, True, "邮件没有写明日期，或者日期无法识别，按邮箱服务器收到的时间计")
    if abs(mail - server) > MOST_APART:
        return Received(
            server,
            True,
            f"邮件自带的日期 {mail:%Y-%m-%d %H:%M} 与邮箱服务器收到的时间 {server:%Y-%m-%d %H:%M} 相差一天以上，"
            "按服务器的时间计",
        )
    return Received(mail, False, "")
