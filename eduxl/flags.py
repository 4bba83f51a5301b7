"""The flag table: what a clerk must look at, and the colour of each cell. Pure: entries and dates in, names out.

The table and its rules are docs/design.md, "Flags and lights" (fixed). Letters follow it: a = as-of date,
r = the round's due date, d = the assignment's due date, t = the day its return was received.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

from attrs import frozen

from eduxl import labels as L
from eduxl.model import Entry, Recurrence


@frozen
class Situation:
    """All that the flag table looks at for one assignment (task × unit) of a round.

    `entry` is this round's non-empty entry, None where the row is missing or empty. `known` is the last
    accepted entry with a 完成状态 and `earlier` the last non-empty one of an earlier round, both within
    the period of a recurring task.
    """

    due: date | None
    recurrence: Recurrence | None
    closed: bool
    accepted: bool
    received: date | None
    entry: Entry | None
    known: Entry | None
    known_sent_back: bool
    earlier: Entry | None
    sent_back: bool
    copied: bool


@frozen
class Clock:
    """The dates and thresholds of one look at the table: `year` is the plan's, `lag_points` percent points."""

    as_of: date
    round_due: date
    year: int
    warn_days: int
    lag_points: int


def unit_flags(*, accepted: bool, first_received: date | None, clock: Clock) -> tuple[str, ...]:
    """未报 and 迟报: flags on a unit, judged by the first return it sent for the round."""
    if not accepted:
        return (L.F_MISSING,) if clock.as_of > clock.round_due else ()
    if first_received is not None and first_received > clock.round_due:
        return (L.F_LATE,)
    return ()


def assignment_flags(s: Situation, clock: Clock) -> tuple[str, ...]:
    """Flags on one assignment, worst first."""
    found = set()
    if s.sent_back:
        found.add(L.F_SENT_BACK)
    if s.accepted and (s.entry is None or missing_fields(s.entry)):
        found.add(L.F_GAPS)
    if s.entry is not None:
        if conflicts(s.entry, s.received):
            found.add(L.F_CONFLICT)
        if s.earlier is not None and has_regressed(s.entry, s.earlier):
            found.add(L.F_REGRESSED)
        if s.copied:
            found.add(L.F_COPIED)
    found.update(_date_flags(s, clock))
    return tuple([name for name in L.FLAG_NAMES if name in found]) if found else ()


def _date_flags(s: Situation, clock: Clock) -> Iterable[str]:
    """逾期, 临期, 滞后 and 超期完成: judged by the last known status, none without a due date."""
    if s.due is None:
        return
    status = s.known.status if s.known else ""
    completed = status == L.COMPLETED
    if completed and s.known and s.known.done_on and s.known.done_on > s.due:
        yield L.F_DONE_LATE
    if s.closed:
        return
    if not completed or s.known_sent_back:
        if clock.as_of > s.due:
            yield L.F_OVERDUE
        elif clock.as_of >= s.due - timedelta(days=clock.warn_days):
            yield L.F_DUE_SOON
    if (
        status in (L.UNDER_WAY, L.NOT_STARTED)
        and s.recurrence is None
        and s.known is not None
        and is_behind(s.known.progress or 0.0, s.due, clock)
    ):
        yield L.F_BEHIND


def is_behind(progress: float, due: date, clock: Clock) -> bool:
    """滞后: progress (percent) more than `lag_points` below the share of time gone since 1 January."""
    start = date(clock.year, 1, 1)
    if clock.as_of > due or due <= start:
        return False
    elapsed = 100 * (clock.as_of - start).days / (due - start).days
    return progress < elapsed - clock.lag_points


def missing_fields(entry: Entry) -> tuple[str, ...]:
    """Column names that the entry's status asks for and that are empty (漏填)."""
    needed: tuple[tuple[str, bool], ...]
    match entry.status:
        case "":
            return (L.STATUS,)
        case L.UNDER_WAY | L.ONGOING:
            needed = ((L.PROGRESS, entry.progress is None), (L.REPORT, not entry.report))
        case L.COMPLETED:
            needed = ((L.DONE_ON, entry.done_on is None),)
        case L.IMPOSSIBLE:
            needed = ((L.PROBLEM, not entry.problems),)
        case _:
            needed = ()
    return tuple(name for name, empty in needed if empty)


def conflicts(entry: Entry, received: date | None) -> tuple[str, ...]:
    """Chinese phrases, one for each way in which the entry contradicts itself (矛盾)."""
    said = []
    if entry.progress is not None:
        if entry.status == L.NOT_STARTED and entry.progress > 0:
            said.append(f"状态“未启动”，进度却是{percent(entry.progress)}")
        if entry.status == L.UNDER_WAY and entry.progress >= 100:
            said.append("状态“推进中”，进度却是100%")
        if entry.status == L.COMPLETED and entry.progress < 100:
            said.append(f"状态“已完成”，进度却只有{percent(entry.progress)}")
    if entry.done_on is not None and entry.status:  # a date without a status is 漏填 only
        if entry.status != L.COMPLETED:
            said.append(f"状态“{entry.status}”，却填了完成日期{entry.done_on}")
        if received is not None and entry.done_on > received:
            said.append(f"完成日期{entry.done_on}晚于收到日期{received}")
    return tuple(said)


def has_regressed(entry: Entry, earlier: Entry) -> bool:
    """倒退: progress or status went back against the last earlier round."""
    if entry.progress is not None and earlier.progress is not None and entry.progress < earlier.progress:
        return True
    if earlier.status == L.COMPLETED:
        return bool(entry.status) and entry.status != L.COMPLETED
    return earlier.status == L.UNDER_WAY and entry.status == L.NOT_STARTED


def light(flags: Iterable[str], *, has_entry: bool, unit_missing: bool) -> str:
    """The worst colour of the flags; 绿 where an entry of this or an earlier round exists; else blank."""
    if unit_missing:
        return L.RED
    return worst(L.FLAG_LIGHT[name] or "" for name in flags) or (L.GREEN if has_entry else "")


def worst(lights: Iterable[str]) -> str:
    """The worst of several lights, "" for none."""
    found = set(lights)
    return next((colour for colour in L.LIGHTS if colour in found), "")


def percent(value: float) -> str:
    """80.0 → `80%`, 33.5 → `33.5%`."""
    return f"{value:g}%"
