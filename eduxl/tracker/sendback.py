"""What goes back to each unit to be mended: its own answers, and what is wrong with which of them. Pure.

What is wrong is what the ledger says of the return that counts (its warnings) and what the flag table says of its
rows now (漏填, 矛盾, 雷同, 退回). 滞后, 逾期 and other flags about the work itself are not mended by filling in a form.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path
from unicodedata import normalize

from attrs import evolve, frozen

from eduxl import flags as F
from eduxl import labels as L
from eduxl.model import Entry, IndicatorValue, Return, Unit, Warning
from eduxl.returns import codes
from eduxl.returns.checks import Answer
from eduxl.returns.context import Context
from eduxl.template import Form, Mend, Sendback, schema
from eduxl.tracker.records import Rejected
from eduxl.tracker.rows import RoundState, Row
from eduxl.tracker.state import State

#: Warning → the columns of 填报表 it may be about: the first one that is filled in is marked, else the first. The place
#: that a warning names is one in the school's file; here its columns may stand elsewhere. A warning that is not listed
#: is about the cell whose text it repeats, else about 完成状态.
COLUMNS: dict[str, tuple[str, ...]] = {
    "missing-entry": schema.needed(""),
    "bad-status": (L.STATUS,),
    "bad-progress": (L.PROGRESS,),
    "bad-date": (L.DONE_ON,),
    "bad-phone": (L.PHONE,),
    "future-date": (L.DONE_ON,),
    "date-before-year": (L.DONE_ON,),
    "progress-regressed": (L.PROGRESS, L.STATUS),
    "status-conflict": (L.STATUS,),
    "duplicate-task": (L.REPORT,),
    "copied-text": (L.REPORT,),
    "short-text": (L.REPORT,),
    "missing-evidence": (L.EVIDENCE,),
    "guessed-task": (L.STATUS,),
}
#: Warnings about 本期完成值 in 指标填报.
INDICATOR_CODES = frozenset({"bad-number", "number-out-of-range"})
VALUE_COLUMN = "本期完成值"
#: Warnings about content that stands in no task's row: a new form has no cell for it.
NO_CELL = frozenset({"unknown-task"})
#: Warnings that may be mended in any cell of the row.
ANYWHERE = frozenset({"status-conflict", "progress-regressed", "guessed-task"})
#: Warnings that ask nothing of the unit where they only `explain`: rows of its own, and what a new form has right.
SETTLED = frozenset(
    {
        "unknown-task", "duplicate-task", "not-assigned", "given-cell-edited", "unit-carried", "old-template",
        "has-macros",
    }
)  # fmt: skip
#: A warning about several cells of a row, of which the flag 漏填 tells each one.
TOLD_BY_CELL = "missing-cell"
#: What to do about an empty cell where that is more than what the form says of the column.
FIX_EMPTY = {
    L.DONE_ON: f"请填完成那天的日期，例如{{example}}；还没完成的把状态改为“{L.UNDER_WAY}”。",
}
#: What a school is told to do about a refused file, where the remedy of its code is (also) the bureau's.
FIX_FOR_SCHOOL = {
    "unsafe-archive": "请直接发送填报表，不要压缩。",
    "unknown-unit": "请用发给本单位的模板重新填报。",
    "wrong-tracker": "请用本年的模板重新填报。",
    "wrong-round": "请用本轮次的模板重新填报。",
}

_TEXTS = {
    L.REPORT: "report",
    L.PROBLEM: "problems",
    L.NEXT_STEPS: "next_steps",
    L.EVIDENCE: "evidence",
    L.REPORTER: "reporter",
    L.PHONE: "phone",
}


@frozen
class Sent:
    """One unit's form as it was written; `mends` counts what is to be mended, `must` what of it must be."""

    unit: Unit
    path: Path
    mends: int
    must: int

    @classmethod
    def of(cls, form: Form, path: Path) -> Sent:
        """The form as it was written to `path`."""
        mends = form.sendback.mends if form.sendback else ()
        return cls(form.unit, path, len(mends), sum(mend.level == "must" for mend in mends))


@frozen
class SendbackResult:
    """What `Tracker.write_sendback` wrote, and for whom it wrote none.

    `clean` are units whose return has nothing to mend, `silent` those that have no return, `rejected` the files of the
    round that were refused and whose unit, where their name tells it, has no other.
    """

    round: str
    sent: tuple[Sent, ...]
    clean: tuple[Unit, ...] = ()
    silent: tuple[Unit, ...] = ()
    rejected: tuple[Rejected, ...] = ()


def sendback_forms(state: State, seen: RoundState, forms: Iterable[Form]) -> Iterator[Form]:
    """The forms that go back, made of the round's templates `forms`; units with nothing to mend have none."""
    rows: dict[str, dict[int, Row]] = {}
    for row in seen.rows:
        rows.setdefault(row.unit.code, {})[row.task.no] = row
    for form in forms:
        won = state.winners.get((seen.round.id, form.unit.code))
        if won is None:
            continue
        mends = _mends(form, won, rows[form.unit.code])
        if not mends:
            continue
        answers = {e.task: e for e in _as_sent(won, mends)}
        yield evolve(
            form,
            rows=tuple(evolve(row, answer=answers.get(row.task.no)) for row in form.rows),
            sendback=Sendback(
                mends,
                source=won.path,
                received=won.received.date(),
                modified=_after(won, form.as_of),
                indicators=won.indicators,
                problems=won.problems,
            ),
        )


def refused(state: State, round_id: str, wanted: set[str] | None) -> tuple[Rejected, ...]:
    """Refused files of the round, but for those whose name tells units that have a return or are not `wanted`."""
    found = []
    for rejected in state.rejects.values():
        if rejected.round != round_id:
            continue
        named = {unit.code for unit in state.roster.named_in(rejected.path)}
        silent = {code for code in named if (round_id, code) not in state.winners}
        if (not named or silent) and (wanted is None or silent & wanted):
            found.append(rejected)
    return tuple(sorted(found, key=lambda r: (r.path, r.sha256)))


def told_school(rejected: Rejected) -> str:
    """Why a file was refused and what the school has to do, in the words that can be passed on to it."""
    fix = FIX_FOR_SCHOOL.get(rejected.code) or codes.fix_for(rejected.code)
    return f"{rejected.cause.removesuffix('。')}。{fix}"


# --- what is wrong --------------------------------------------------------------------------------
def _mends(form: Form, won: Return, rows: dict[int, Row]) -> tuple[Mend, ...]:
    """What the unit has to mend, by task and column; what has no cell in the form comes last.

    Rows of its own alone are no reason to send a form back; where it goes back anyway the unit is asked to look at
    them.
    """
    tasks = {row.task.no for row in form.rows}
    found: list[Mend] = []
    own: list[Mend] = []
    for warning in won.warnings:
        settled = warning.level == "explain" and warning.code in SETTLED
        if not settled and warning.code != TOLD_BY_CELL:
            row = rows.get(warning.task or 0) if warning.task in tasks else None
            mend = _of_warning(warning, won, row)
            if row is None and warning.code in NO_CELL:
                own.append(evolve(mend, level="explain"))
            else:
                found.append(mend)
    for form_row in form.rows:
        row = rows[form_row.task.no]
        found += _of_flags(row, form, won, {mend.column for mend in found if mend.task == row.task.no})
        if form_row.sent_back:
            found.append(_of_review(row, form_row.sent_back))
    if found:
        found += own
    order = {column: at for at, column in enumerate((*L.ANSWER_COLUMNS, VALUE_COLUMN))}
    unplaced = len(order)
    found.sort(key=lambda m: (m.column not in order, m.task or 0, order.get(m.column, unplaced)))
    return tuple(found)


def _of_warning(warning: Warning, won: Return, row: Row | None) -> Mend:
    column, indicator, where = "", "", f"原表 {warning.cell}"
    if warning.code in INDICATOR_CODES:
        told = _indicator(warning, won)
        column, indicator = (VALUE_COLUMN, told.name) if told else ("", "")
    elif row is not None and warning.code in COLUMNS:
        names = COLUMNS[warning.code]
        column = next((name for name in names if row.answer and _has(row.answer, name)), names[0])
    elif row is not None and warning.code not in NO_CELL:
        quoted = _quoting(warning, row.answer)
        column = quoted or L.STATUS
        where = f"任务 {warning.task} 的“{quoted}”" if quoted else where
    note = warning.note.replace(warning.cell, where) if warning.cell else warning.note
    anywhere = warning.code in ANYWHERE
    return Mend(warning.task, column, warning.level, warning.value, note, warning.fix, indicator, anywhere)


def _indicator(warning: Warning, won: Return) -> IndicatorValue | None:
    """The indicator value that a warning is about."""
    for told in won.indicators:
        if told.task == warning.task and (told.cell == warning.cell or told.raw == warning.value != ""):
            return told
    return None


def _quoting(warning: Warning, entry: Entry | None) -> str:
    """The column whose text a warning repeats, "" where there is none."""
    if entry is None or not warning.value:
        return ""
    for name in L.ANSWER_COLUMNS:
        if warning.value in (entry.raw.get(name), getattr(entry, _TEXTS.get(name, ""), None)):
            return name
    return ""


def _has(entry: Entry, column: str) -> bool:
    if column in entry.raw:
        return True
    match column:
        case L.STATUS:
            return bool(entry.status)
        case L.PROGRESS:
            return entry.progress is not None
        case L.DONE_ON:
            return entry.done_on is not None
        case _:
            return bool(getattr(entry, _TEXTS[column]))


def _of_flags(row: Row, form: Form, won: Return, marked: set[str]) -> Iterator[Mend]:
    """What the flags of a row say that can be mended in it and that no warning has said: `marked` are the columns
    that have one.
    """
    no, entry = row.task.no, row.entry
    said = {warning.code for warning in won.warnings if warning.task == no}
    if L.F_GAPS in row.flags:
        due = form.round.due
        first, last = schema.date_limits(form.year)
        words = {"example": f"{due:%Y-%m-%d}", "first": first, "last": last}
        status = entry.status if entry else ""
        why = f"状态是“{status}”的必须填" if status else "每项任务都要填"
        for column in F.missing_fields(entry) if entry else schema.needed(""):
            if column not in marked:
                fix = (FIX_EMPTY.get(column) or schema.FIELD[column].prompt).format_map(words)
                value = entry.raw.get(column, "") if entry else ""
                yield Mend(no, column, "must", value, f"任务 {no} 的“{column}”没有填，{why}。", fix)
    if entry is None:
        return
    if L.F_CONFLICT in row.flags and said.isdisjoint(("status-conflict", "future-date")):
        what = "；".join(F.conflicts(entry, won.received.date()))
        yield _made("status-conflict", no, L.STATUS, _said(entry), what)
    explained = Answer(entry, Context(), row.earlier).is_explained
    if row.copied_from and "copied-text" not in said and not explained:
        # the other unit is not named: that is for the bureau to say
        what = "本单位上一轮" if row.copied_from == row.unit.code else "另一个单位"
        yield _made("copied-text", no, L.REPORT, entry.report, what)


def _made(code: str, task: int, column: str, value: str, what: str) -> Mend:
    made = codes.warning(code, task=task, value=value, what=what)
    return Mend(task, column, made.level, value, made.note, made.fix, anywhere=code in ANYWHERE)


def _of_review(row: Row, note: str) -> Mend:
    said = f"教育局退回了任务 {row.task.no}" + ("。" if note == L.SENT_BACK else f"，审核意见：{note}")
    fix = "请按审核意见改好这一行再报；有疑问请与教育局联系。"
    value = _said(row.entry) if row.entry else ""
    return Mend(row.task.no, L.REPORT, "must", value, said, fix, anywhere=True, beside=(L.STATUS,))


def _said(entry: Entry) -> str:
    """Status, progress, date and report in short."""
    progress = "" if entry.progress is None else F.percent(entry.progress)
    done = entry.done_on.isoformat() if entry.done_on else ""
    return " ".join(filter(None, (entry.status, progress, done, entry.report)))


# --- what the unit wrote --------------------------------------------------------------------------
def _as_sent(won: Return, mends: Iterable[Mend]) -> Iterator[Entry]:
    """The entries as they are written into the form again: what was read without doubt as read, the rest as raw text.

    A bare number that was refused or doubted (a 1 that may be 1 % or 100 %) would be judged anew by the numbers in its
    column. So the others beside it are written as text with a percent sign, which reads the same in any company.
    """
    quoted = {(mend.task, mend.value) for mend in mends if mend.column == L.PROGRESS}
    raws = {e.task: e.raw.get(L.PROGRESS, "") for e in won.entries}
    bare = {task for task, raw in raws.items() if _is_bare(raw) and (task, raw) in quoted}
    doubted = {e.task for e in won.entries if e.task in bare and e.progress is not None}
    for entry in won.entries:
        text = raws[entry.task]
        if bare and entry.task not in bare and entry.progress is not None:
            text = f"{entry.progress:.10g}%"
        elif doubted and entry.task in bare - doubted:
            text += "%"
        elif entry.task not in doubted:
            yield entry
            continue
        yield evolve(entry, progress=None, raw=entry.raw | {L.PROGRESS: text})


def _is_bare(text: str) -> bool:
    """True for a number without a percent sign or words."""
    try:
        float(normalize("NFKC", text))
    except ValueError:
        return False
    return True


def _after(won: Return, as_of: date) -> datetime:
    """A moment in whole seconds later than the return's own, not before the day the form is written on."""
    later = won.saved.replace(microsecond=0) + timedelta(seconds=1)
    return max(datetime.combine(as_of, time()), later)
