"""What is odd about a return once one knows the tracker: missing rows, contradictions, steps back. Pure.

The cases are those of the flag table in docs/design.md (漏填, 矛盾, 倒退); here they become warnings that
name task, cell and value, so that a school can mend them.
"""

from __future__ import annotations

from collections.abc import Mapping

from eduxl import labels as L
from eduxl.model import Entry, Warning
from eduxl.returns import codes
from eduxl.returns.reader import Context, UnitReading


def own_entries(reading: UnitReading, context: Context) -> tuple[Entry, ...]:
    """The entries that count: those of tasks that the unit has in the round. All of them where that is
    unknown.
    """
    mine = context.assigned.get(reading.unit)
    return reading.entries if mine is None else tuple(e for e in reading.entries if e.task in mine)


def check_reading(
    reading: UnitReading, context: Context, previous: Mapping[int, Entry] | None = None
) -> tuple[Warning, ...]:
    """The warnings that need context, by task; `previous` is the unit's last earlier entry for each task."""
    warnings: list[Warning] = []
    mine = context.assigned.get(reading.unit)
    entries = {entry.task: entry for entry in reading.entries}
    for task in mine if mine is not None else entries:
        entry = entries.get(task)
        if entry is None:
            warnings.append(codes.warning("missing-entry", task=task, what="表里没有这一行"))
        elif entry.is_empty:
            warnings.append(_about(entry, "missing-entry", what="这一行是空白"))
        else:
            warnings += check_entry(entry, context, (previous or {}).get(task))
    if mine is not None:
        warnings += [
            _about(entry, "not-assigned", entry.status or entry.report)
            for entry in reading.entries
            if entry.task not in mine and not entry.is_empty
        ]
    return tuple(warnings)


def check_entry(entry: Entry, context: Context, previous: Entry | None) -> list[Warning]:
    """The warnings about one answered row."""
    warnings = []
    if conflict := conflicts(entry):
        warnings.append(_about(entry, "status-conflict", _answer(entry), what="、".join(conflict)))
    if entry.done_on and context.received and entry.done_on > context.received:
        received = context.received.isoformat()
        warnings.append(_about(entry, "future-date", entry.done_on.isoformat(), received=received))
    if previous is not None and regressed(entry, previous) and not gives_reason(entry, previous):
        now = _answer(entry)
        warnings.append(_about(entry, "progress-regressed", now, before=_answer(previous), now=now))
    return warnings


def _about(entry: Entry, code: str, value: str = "", **words: str) -> Warning:
    return codes.warning(code, task=entry.task, cell=entry.cell, value=value, level=None, **words)


def conflicts(entry: Entry) -> list[str]:
    """How status, progress and date of a row contradict each other, in words; [] if they don't."""
    found = []
    progress = entry.progress
    if progress is not None and (
        (entry.status == L.NOT_STARTED and progress > 0)
        or (entry.status == L.UNDER_WAY and progress == 100)
        or (entry.status == L.COMPLETED and progress < 100)
    ):
        found.append(f"完成状态是“{entry.status}”，完成进度却是 {progress:g}%")
    if entry.done_on and entry.status and entry.status != L.COMPLETED:
        found.append(f"完成状态是“{entry.status}”，却填了完成日期 {entry.done_on}")
    return found


def regressed(entry: Entry, previous: Entry) -> bool:
    """True if progress fell, or 已完成 became something else, or 推进中 became 未启动."""
    if entry.progress is not None and previous.progress is not None and entry.progress < previous.progress:
        return True
    if not entry.status:
        return False
    return (previous.status == L.COMPLETED and entry.status != L.COMPLETED) or (
        previous.status == L.UNDER_WAY and entry.status == L.NOT_STARTED
    )


def gives_reason(entry: Entry, previous: Entry) -> bool:
    """True if 存在问题 or 进展情况 says something that it did not say the last time."""
    return bool(
        (entry.problems and entry.problems != previous.problems)
        or (entry.report and entry.report != previous.report)
    )


def _answer(entry: Entry) -> str:
    """Status and progress in short: 推进中 80%."""
    words = [entry.status or "未填状态"]
    if entry.progress is not None:
        words.append(f"{entry.progress:g}%")
    if entry.done_on:
        words.append(entry.done_on.isoformat())
    return " ".join(words)
