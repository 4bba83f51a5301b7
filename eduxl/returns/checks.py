"""What is odd about a return once one knows the tracker: missing, contradictory, unlikely. Pure.

A check is a function over one answered row; `_ROW_CHECKS` lists them. What the flag table of docs/design.md calls
漏填, 矛盾 and 倒退 is asked of `eduxl.flags`; here it becomes warnings that name task, cell and value, so that a
school can mend them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date

from attrs import define, evolve

from eduxl import flags as F
from eduxl import labels as L
from eduxl.model import Entry, Indicator, Task, Warning
from eduxl.returns import codes, synonyms
from eduxl.returns.context import year_of
from eduxl.returns.normalise import squeeze
from eduxl.returns.reader import Context, UnitReading

#: Percentage points that are much for one round.
JUMP = 50
#: 进展情况 with fewer characters than this says nothing.
SHORT_TEXT = 5
#: A value of more than this many times its target is probably in another unit of measure.
FAR_ABOVE_TARGET = 10


# Not frozen, since there are many of them and a frozen one is slower to make.
@define(eq=False)
class Answer:
    """One answered row and what is known about it; `previous` is the unit's last earlier entry for the task."""

    entry: Entry
    context: Context
    previous: Entry | None = None

    @property
    def task(self) -> Task | None:
        return self.context.tasks.get(self.entry.task)

    @property
    def is_explained(self) -> bool:
        """True if 存在问题 says something that it did not say the last time: an `explain` warning then goes away."""
        said = self.entry.problems
        return (
            bool(said) and said not in L.NOTHING and (self.previous is None or said != self.previous.problems)
        )

    def warn(self, code: str, value: str = "", *, column: str = "", **words: object) -> Warning:
        """The warning about this row, or about its cell in `column`: then the school's own text goes before `value`."""
        cell = self.entry.cells.get(column, self.entry.cell)
        value = self.entry.raw.get(column, value)
        return codes.warning(code, task=self.entry.task, cell=cell, value=value, level=None, **words)


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
    if context.year is None:
        context = evolve(context, year=year_of(reading.round))
    mine = context.assigned.get(reading.unit)
    previous = previous or {}
    entries = {entry.task: entry for entry in reading.entries}
    if reading.version and context.version and _order(reading.version) < _order(context.version):
        warnings.append(codes.warning("old-template", value=reading.version, ours=context.version))
    for task in mine if mine is not None else entries:
        entry = entries.get(task)
        if entry is None:
            warnings.append(codes.warning("missing-entry", task=task, what="表里没有这一行"))
        elif entry.is_empty:
            warnings.append(Answer(entry, context).warn("missing-entry", what="这一行是空白"))
        else:
            warnings += check_entry(entry, context, previous.get(task))
    if mine is not None:
        warnings += [
            Answer(entry, context).warn("not-assigned", entry.status or entry.report)
            for entry in reading.entries
            if entry.task not in mine and not entry.is_empty
        ]
    return (*warnings, *_unlikely_values(reading, context))


def check_entry(entry: Entry, context: Context, previous: Entry | None) -> list[Warning]:
    """The warnings about one answered row."""
    answer = Answer(entry, context, previous)
    return [warning for check in _ROW_CHECKS if (warning := check(answer))]


def in_order(warnings: Iterable[Warning]) -> tuple[Warning, ...]:
    """Warnings by task, code and cell: an order that nothing but the return itself decides."""
    return tuple(sorted(warnings, key=lambda w: (w.task or 0, w.code, w.cell, w.value)))


def redated(warnings: Iterable[Warning], entries: Iterable[Entry], received: date) -> tuple[Warning, ...]:
    """The warnings of a return of which a copy came on an earlier day."""
    known = tuple(warnings)
    others = {w.task for w in known if w.code == "not-assigned"}
    cells = {w.task: w.cell for w in known if w.code == "future-date"}
    context = Context(received=received)
    again = (
        evolve(warning, cell=cells.get(entry.task, warning.cell))
        for entry in entries
        if entry.task not in others and (warning := future_date(Answer(entry, context)))
    )
    return in_order((*(w for w in known if w.code != "future-date"), *again))


def _order(version: str) -> tuple[int, ...]:
    """1.10 comes after 1.9; what is no version comes first."""
    return tuple(int(part) for part in version.split(".") if part.isdecimal())


# --- rows -----------------------------------------------------------------------------------------
def missing_cell(answer: Answer) -> Warning | None:
    """漏填 in an answered row. A cell whose content could not be read has a warning of its own."""
    entry = answer.entry
    gaps = [name for name in F.missing_fields(entry) if name not in entry.raw]
    if not gaps:
        return None
    why = f"完成状态是“{entry.status}”，" if entry.status else ""
    what = f"{why}没有填{L.SEP.join(f'“{name}”' for name in gaps)}"
    return answer.warn("missing-cell", column=gaps[0], what=what)


def status_conflict(answer: Answer) -> Warning | None:
    """矛盾, the date of receipt apart."""
    if not (conflicts := F.conflicts(answer.entry, None)):
        return None
    return answer.warn("status-conflict", _said(answer.entry), what="；".join(conflicts))


def future_date(answer: Answer) -> Warning | None:
    """完成日期 after the day on which the return came."""
    done, received = answer.entry.done_on, answer.context.received
    if not (done and received and done > received):
        return None
    return answer.warn("future-date", done.isoformat(), column=L.DONE_ON, received=received.isoformat())


def date_before_year(answer: Answer) -> Warning | None:
    """完成日期 before the plan's year: mostly a mistyped year."""
    done, year = answer.entry.done_on, answer.context.year
    if not (done and year and done.year < year) or answer.is_explained:
        return None
    return answer.warn("date-before-year", done.isoformat(), column=L.DONE_ON, year=year)


def progress_regressed(answer: Answer) -> Warning | None:
    """倒退 without a reason in 存在问题 or 进展情况 that was not there the last time."""
    entry, previous = answer.entry, answer.previous
    if previous is None or not F.has_regressed(entry, previous):
        return None
    new_report = bool(entry.report) and entry.report != previous.report
    if new_report or answer.is_explained:
        return None
    now = _said(entry)
    less = entry.progress is not None and entry.progress < (previous.progress or 0)
    column = L.PROGRESS if less else L.STATUS
    return answer.warn("progress-regressed", now, column=column, before=_said(previous), now=now)


def progress_jump(answer: Answer) -> Warning | None:
    """Far more progress than the last time, with the same words as then."""
    entry, previous = answer.entry, answer.previous
    if previous is None or entry.progress is None or previous.progress is None:
        return None
    same = entry.report == previous.report and not answer.is_explained
    if not same or entry.progress - previous.progress < JUMP:
        return None
    now = _said(entry)
    return answer.warn("progress-jump", now, column=L.PROGRESS, before=_said(previous), now=now)


def short_text(answer: Answer) -> Warning | None:
    """进展情况 of 推进中 that is too short to say anything."""
    entry = answer.entry
    if entry.status != L.UNDER_WAY or not is_short(entry.report) or answer.is_explained:
        return None
    return answer.warn("short-text", entry.report, column=L.REPORT)


#: Characters that count one each however a text is normalised.
_LONG_ENOUGH = re.compile(f"[\u4e00-\u9fff]{{{SHORT_TEXT}}}")


def is_short(text: str) -> bool:
    """True for a text of one character up to less than `SHORT_TEXT`, white space apart."""
    return _LONG_ENOUGH.search(text) is None and 0 < len(squeeze(text)) < SHORT_TEXT


def missing_evidence(answer: Answer) -> Warning | None:
    """已完成 without 佐证材料 where the task's own words ask for evidence (`synonyms.EVIDENCE_WORDS`)."""
    entry, task = answer.entry, answer.task
    if entry.status != L.COMPLETED or task is None or answer.is_explained:
        return None
    if entry.evidence and entry.evidence not in L.NOTHING:
        return None
    words = "\n".join((task.title, task.body, *task.checklist))
    if not (asked := next((word for word in synonyms.EVIDENCE_WORDS if word in words), "")):
        return None
    return answer.warn("missing-evidence", entry.evidence, column=L.EVIDENCE, asked=asked)


_ROW_CHECKS: tuple[Callable[[Answer], Warning | None], ...] = (
    missing_cell,
    status_conflict,
    future_date,
    date_before_year,
    progress_regressed,
    progress_jump,
    short_text,
    missing_evidence,
)


def _said(entry: Entry) -> str:
    """Status and progress in short: 推进中 80%."""
    words = [entry.status or "未填状态"]
    if entry.progress is not None:
        words.append(F.percent(entry.progress))
    if entry.done_on:
        words.append(entry.done_on.isoformat())
    return " ".join(words)


# --- 指标填报 ---------------------------------------------------------------------------------------
def _unlikely_values(reading: UnitReading, context: Context) -> Iterator[Warning]:
    """本期完成值 below 0, over 100 % or far above its target, unless 说明 says why."""
    for told in reading.indicators:
        task = context.tasks.get(told.task)
        known = next((i for i in task.indicators if i.name == told.name), None) if task else None
        if told.value is not None and not told.note and (what := _out_of_range(told.value, known)):
            value = f"{told.value:g}{known.unit if known else ''}"
            yield codes.warning(
                "number-out-of-range", task=told.task, cell=told.cell, value=value, name=told.name, what=what
            )


def _out_of_range(value: float, indicator: Indicator | None) -> str:
    """What is unlikely about a value, "" if nothing."""
    if value < 0:
        return "是负数"
    if indicator is None:
        return ""
    target = indicator.target
    if indicator.unit == "%" and value > 100 and (target is None or target <= 100):
        return "超过 100%"
    if target and value > FAR_ABOVE_TARGET * target:
        return f"比目标值 {target:g}{indicator.unit} 大 {FAR_ABOVE_TARGET} 倍以上，计量单位可能填错了"
    return ""
