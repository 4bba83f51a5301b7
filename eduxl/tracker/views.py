"""State → the tables of the master, for one as-of date. Pure; the sinks (file, open workbook) add only formats.

Columns and their meaning are docs/design.md, "Master sheets"; flags come from `eduxl.flags` by way of `rows`.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from functools import cache

from attrs import evolve

from eduxl import flags as F
from eduxl import labels as L
from eduxl.model import Entry, Indicator, Round, Task, Unit
from eduxl.returns import codes
from eduxl.roster import RULE_COLUMNS, roster_rows, rule_rows
from eduxl.tracker.alerts import alert_rows
from eduxl.tracker.imprint import Imprint
from eduxl.tracker.layout.sheets import TABLES
from eduxl.tracker.records import Rejected
from eduxl.tracker.reminders import reminder_rows
from eduxl.tracker.rows import RoundState, Row
from eduxl.tracker.rows import look as look_at
from eduxl.tracker.seed import sow
from eduxl.tracker.state import State
from eduxl.tracker.tables import Home, Master, Matrix, MatrixCell, MatrixTask, Overview, Table, Tally, Value

SCHEMA = "1"


def master_view(
    state: State,
    as_of: date,
    *,
    tracker: str,
    generation: int,
    pinned: bool = False,
    look: Callable[[Round], RoundState] | None = None,
) -> Master:
    """Everything the master shows on a day, for the round then current.

    `pinned` says that the day was named, not today: the lights in the sheet then stand still at it. `look`
    spares judging the round again where that was done.
    """
    round_ = state.current
    judge = look or (lambda current: look_at(state, current, as_of))
    seen = judge(round_) if round_ else None
    alerts, targets = alert_rows(state, seen) if seen else ([], [])
    tasks = task_rows(state, seen)
    entries = entry_rows(state, seen) if seen else []
    rejected = rejected_now(state)
    calls, calls_text = _calls(state, seen, as_of, tracker) if seen else (None, "")
    return Master(
        home=_home(state, seen, as_of, pinned, Counter(str(row[1]) for row in alerts), rejected),
        overview=_overview(state, seen),
        tasks=Table(L.TASKS, L.TASK_COLUMNS, tuple(tasks)),
        matrix=_matrix(state, seen),
        entries=Table(L.ENTRIES, L.ENTRY_COLUMNS, tuple(entries)),
        history=Table(L.HISTORY, L.ENTRY_COLUMNS, tuple(state.history)),
        alerts=Table(L.ALERTS, L.ALERT_COLUMNS, tuple(alerts)),
        alert_targets=tuple(targets),
        indicators=Table(L.INDICATORS, L.INDICATOR_COLUMNS, tuple(_indicator_rows(seen))),
        problems=Table(L.PROBLEMS, L.PROBLEM_COLUMNS, tuple(_problem_rows(seen))),
        roster=Table(L.ROSTER, L.ROSTER_COLUMNS, tuple(_roster_rows(state))),
        rules=Table(L.RULES_SHEET, RULE_COLUMNS, tuple(rule_rows(state.roster))),
        rejected=Table(L.REJECTED, L.REJECTED_COLUMNS, tuple(_rejected_rows(state, rejected))),
        reminders=Table(L.REMINDERS, L.REMINDER_COLUMNS, tuple(reminder_rows(state, seen) if seen else ())),
        log=Table(L.LOG, L.LOG_COLUMNS, tuple(_log_rows(state))),
        meta={
            "schema": SCHEMA,
            "tracker": tracker,
            "generation": str(generation),
            "plan": state.plan.title,
            "year": str(state.plan.year),
            "round": round_.id if round_ else "",
            "round_due": round_.due.isoformat() if round_ else "",
            "as_of": as_of.isoformat(),
            **({"calls": "1"} if calls is not None else {}),
        },
        settled=tuple(_key(row) for row in seen.rows if row.settled) if seen else (),
        extended=tuple(_key(row) for row in seen.rows if row.due != row.task.due) if seen else (),
        seed=sow(state, entries, pinned=pinned),
        calls=calls,
        calls_text=calls_text,
    )


def digest(master: Master, imprint: Imprint | None = None) -> str:
    """Hash of all that the master shows, the generation apart: equal digests, equal content."""
    rows = (imprint or Imprint.of(master)).rows
    meta = {key: value for key, value in master.meta.items() if key != "generation"}
    rest = evolve(master, meta=meta)
    for spec in TABLES.values():
        rest = spec.replaced(rest, evolve(spec.rows(rest), rows=()))
    told = (rest, rows) if master.calls is None else (rest, rows, master.calls, master.calls_text)
    return hashlib.sha256(repr(told).encode()).hexdigest()


def _key(row: Row) -> str:
    return f"{row.unit.code}|{row.task.no}"


def _share(progress: float | None) -> float | None:
    return None if progress is None else progress / 100


def _roster_rows(state: State) -> Iterator[tuple[str, ...]]:
    """单位名册, with a mark behind the addresses to which mail came back."""
    at = L.ROSTER_COLUMNS.index(L.EMAIL)
    for row in roster_rows(state.roster):
        bounced = state.bounced.get(row[0])
        if bounced and bounced.address.casefold() == row[at].casefold():
            row = (*row[:at], row[at] + L.BOUNCED_MARK, *row[at + 1 :])
        yield row


# --- sheets ---------------------------------------------------------------------------------------
def entry_rows(state: State, seen: RoundState) -> list[tuple[Value, ...]]:
    """填报明细: a row per assignment of the round, ENTRY_COLUMNS."""
    titles = {p.no: p.title or None for p in state.plan.projects}
    units = {u.unit.code: _unit_cells(u.unit) for u in seen.units}
    return [
        _entry_row(state, seen, row, units[row.unit.code], titles.get(row.task.project or 0))
        for row in seen.rows
    ]


def _unit_cells(unit: Unit) -> tuple[Value, ...]:
    return unit.code, unit.name, unit.kind, L.SEP.join(unit.stages) or None, unit.district or None


def _entry_row(
    state: State, seen: RoundState, row: Row, unit: tuple[Value, ...], project: str | None
) -> tuple[Value, ...]:
    task, won = row.task, row.won
    key = row.unit.code, task.no
    standing = state.reviews.get(key)
    typed = state.misread
    return (
        seen.round.id,
        *unit,
        task.no,
        project,
        task.title,
        row.assignment.role,
        task.due,
        *(_answer_cells(row.answer) if row.answer else _NO_ANSWER),
        won.received if won else None,
        won.path if won else None,
        row.light or None,
        L.SEP.join(row.flags) or None,
        typed.get((L.REVIEW, *key)) or (standing.review.result or None if standing else None),
        (standing.review.note or None) if standing else None,
        typed.get((L.EXTENDED_TO, *key)) or state.extensions.get(key),
    )


_NO_ANSWER = (None,) * len(L.ANSWER_COLUMNS)


def _answer_cells(answer: Entry) -> tuple[Value, ...]:
    """完成状态 to 联系电话."""
    return (
        answer.status or None,
        _share(answer.progress),
        answer.done_on,
        answer.report or None,
        answer.problems or None,
        answer.next_steps or None,
        answer.evidence or None,
        answer.reporter or None,
        answer.phone or None,
    )


def task_rows(state: State, seen: RoundState | None) -> list[tuple[Value, ...]]:
    """任务台账: a row per task of the plan, TASK_COLUMNS."""
    by_task: dict[int, list[Row]] = {}
    for row in seen.rows if seen else ():
        by_task.setdefault(row.task.no, []).append(row)
    return [_task_row(state, task, by_task.get(task.no, [])) for task in state.plan.tasks]


def _task_row(state: State, task: Task, rows: Sequence[Row]) -> tuple[Value, ...]:
    flags = {flag for row in rows for flag in row.flags}
    done = sum(row.known is not None and row.known.status == L.COMPLETED for row in rows)
    return (
        task.no,
        state.plan.project_title(task) or None,
        task.title,
        task.body or None,
        L.SEP.join(task.lead_units) or None,
        L.SEP.join(task.support_units) or None,
        L.SEP.join(task.school_groups) or None,
        task.due,
        L.RECURRENCE_LABELS[task.recurrence] or None,
        len(rows),
        sum(row.entry is not None for row in rows),
        done,
        _mean([_known_share(row) for row in rows]),
        _lead_report(rows) or None,
        F.worst(row.light for row in rows) or None,
        L.SEP.join(name for name in L.FLAG_NAMES if name in flags) or None,
        state.misread.get((L.CLOSED, "", task.no)) or state.closed_tasks.get(task.no, L.CLOSED_NO),
        state.remarks.get(task.no),
    )


def _known_share(row: Row) -> float:
    return (row.known.progress or 0.0) / 100 if row.known else 0.0


def _mean(values: Sequence[float]) -> float:
    return round(sum(values) / len(values), 6) if values else 0.0


def _lead_report(rows: Iterable[Row]) -> str:
    said = []
    for row in rows:
        if row.assignment.role == L.LEAD:
            entry = row.entry or row.known
            if entry and entry.report:
                said.append((row.unit.name, entry.report))
    if len(said) == 1:
        return said[0][1]
    return "\n".join(f"{name}：{report}" for name, report in said)


def _matrix(state: State, seen: RoundState | None) -> Matrix:
    """A column for every task that some unit has, whether the round asks it or not: columns stay what they are."""
    has_units = {a.task for a in state.assignments}
    tasks = [MatrixTask(task.no, task.title, task.due) for task in state.plan.tasks if task.no in has_units]
    tasks.sort(key=lambda task: task.no)
    if seen is None:
        return Matrix((), tuple(tasks), {})
    cell_of = cache(MatrixCell)  # most cells are like others
    cells = {(row.unit.code, row.task.no): cell_of(_cell_text(row), row.light) for row in seen.rows}
    return Matrix(tuple(u.unit for u in seen.units), tuple(tasks), cells)


def _cell_text(row: Row) -> str:
    if row.won is None:
        return L.F_MISSING if row.unit_missing else L.CELL_PENDING
    if row.entry is None:
        return L.CELL_EMPTY
    if row.entry.progress is not None:
        return f"{row.entry.progress:.0f}%"
    return row.entry.status or L.F_GAPS


def _indicator_rows(seen: RoundState | None) -> Iterable[tuple[Value, ...]]:
    """指标汇总: per indicator a row for the whole county, then one per 学段 and 学区 that has to report it."""
    if seen is None:
        return
    by_task: dict[int, list[Row]] = {}
    for row in seen.rows:
        if row.task.indicators:
            by_task.setdefault(row.task.no, []).append(row)
    for no, rows in sorted(by_task.items()):
        for indicator in rows[0].task.indicators:
            told = [(row.unit, _reported(row, indicator)) for row in rows]
            for name, group in _groups(told):
                values = [value for _, value in group if value is not None]
                silent = [unit.name for unit, value in group if value is None]
                total, target = _sum(indicator, values), indicator.target
                if name != L.WHOLE_COUNTY and indicator.unit != "%":
                    target = None
                done = None if total is None or not target else round(total / target, 4)
                yield (
                    no, rows[0].task.title, indicator.name, name, target, indicator.unit or None, len(group),
                    len(values), total, done, L.SEP.join(silent) or None,
                )  # fmt: skip


def _sum(indicator: Indicator, values: Sequence[float]) -> float | None:
    """What the figures come to. Shares do not add up: for a percentage it is their mean, with two decimals."""
    if not values:
        return None
    return round(sum(values) / len(values), 2) if indicator.unit == "%" else sum(values)


def _reported(row: Row, indicator: Indicator) -> float | None:
    """The figure that the row's unit gave for an indicator of its task."""
    told = row.won.indicators if row.won else ()
    return next(
        (v.value for v in told if v.task == row.task.no and v.name == indicator.name and v.value is not None),
        None,
    )


_Told = tuple[Unit, float | None]


def _groups(told: Sequence[_Told]) -> Iterable[tuple[str, Sequence[_Told]]]:
    """The figures of the whole county, then of each 学段 and each 学区, empty ones left out."""
    yield L.WHOLE_COUNTY, told
    for stage in L.STAGE_NAMES:
        if group := [one for one in told if stage in one[0].stages]:
            yield stage, group
    for district in dict.fromkeys(unit.district for unit, _ in told if unit.district):
        yield district, [one for one in told if one[0].district == district]


def _problem_rows(seen: RoundState | None) -> Iterable[tuple[Value, ...]]:
    if seen is None:
        return
    for row in seen.rows:
        entry = row.entry
        if entry and entry.problems and entry.problems not in L.NOTHING:
            yield (
                seen.round.id, row.unit.code, row.unit.name, row.task.no, row.task.title, entry.problems,
                entry.next_steps or None, entry.status or None, entry.reporter or None, entry.phone or None,
            )  # fmt: skip
        for item in row.won.problems if row.won else ():
            if item.task == row.task.no:
                plan = "；".join(part for part in (item.measure, item.due_text) if part)
                yield (
                    seen.round.id, row.unit.code, row.unit.name, row.task.no, row.task.title, item.problem,
                    plan or None, item.state or None, item.owner or None, None,
                )  # fmt: skip


def rejected_now(state: State) -> list[Rejected]:
    """Files of the current round that were not read and have not been taken since."""
    current = state.current
    return [r for (_, round_id), r in state.rejects.items() if current and round_id == current.id]


def _rejected_rows(state: State, rejected: Iterable[Rejected]) -> list[tuple[Value, ...]]:
    return [
        (
            r.sha256[:12], r.path, codes.title_of(r.code), r.cause, codes.fix_for(r.code), r.received,
            state.confirmations.get(r.sha256),
        )
        for r in rejected
    ]  # fmt: skip


def _log_rows(state: State) -> Iterable[tuple[Value, ...]]:
    for event in reversed(state.events):
        yield event.as_of, event.command, event.summary


def _calls(state: State, seen: RoundState, as_of: date, tracker: str) -> tuple[Table | None, str]:
    """催报: whom to call and the message for the group, once a list was asked for."""
    if state.listed is None:
        return None, ""
    from eduxl.mail.calls import listed_now

    found = listed_now(state, seen, as_of, tracker)
    return Table(L.CALLS, L.CALL_COLUMNS, tuple(call.cells for call in found.calls)), found.text


# --- 首页 and 总览 ----------------------------------------------------------------------------------
def _home(
    state: State,
    seen: RoundState | None,
    as_of: date,
    pinned: bool,
    flags: Counter[str],
    rejected: Sequence[Rejected],
) -> Home:
    round_ = seen.round if seen else None
    counts = {name: flags[name] for name in L.FLAG_NAMES}
    return Home(
        title=state.plan.title,
        year=state.plan.year,
        round=round_.id if round_ else "",
        due=round_.due if round_ else None,
        round_closed=bool(round_ and round_.closed),
        as_of=as_of,
        pinned=pinned,
        expected=len(seen.units) if seen else 0,
        received=len(seen.received) if seen else 0,
        missing=len(seen.missing) if seen else 0,
        late=len(seen.late) if seen else 0,
        rejected=len(rejected),
        flags=counts,
        next_steps=tuple(next_steps(state, seen, counts, rejected)),
        warn_days=state.warn_days,
        lag_points=state.lag_points,
    )


def next_steps(
    state: State, seen: RoundState | None, flags: dict[str, int], rejected: Sequence[Rejected]
) -> Iterable[str]:
    """What the clerk should do now, most urgent first."""
    unclear = sum(bool(task.review) for task in state.plan.tasks)
    if seen is None:
        if unclear:
            yield f"计划里有{unclear}项任务待确认（见“任务台账”与计划工作簿的“待确认”列），先核对责任单位和时限"
        yield f"开启第一轮填报，例如：eduxl round open {state.plan.year}-06 --due {state.plan.year}-06-25"
        return
    if seen.round.closed:
        yield f"{seen.round.id}轮已于{seen.round.closed}结束，明细已转入“历次明细”；需要时开启下一轮"
        return
    nobodys = sum(r.lacks_unit for r in rejected)
    if nobodys:
        yield f"“退回清单”有{nobodys}个文件认不出单位：认得出的在“确认单位”填单位编码"
    if others := len(rejected) - nobodys:
        yield f"“退回清单”有{others}个文件不能计入：按“怎么办”处理"
    if not seen.received:
        if not state.issued:
            yield "生成模板并发给各单位：eduxl templates"
        yield "把收回的文件放进一个文件夹后汇总：eduxl merge 文件夹"
        return
    if flags[L.F_MISSING]:
        yield f"催报{flags[L.F_MISSING]}个未报单位（“预警清单”筛选“未报”）"
    elif seen.missing:
        yield f"还有{len(seen.missing)}个单位待报，截止{seen.round.due}"
    for flag, words in (
        (L.F_OVERDUE, "督办{}项逾期任务，确需延期的填“延期至”"),
        (L.F_SENT_BACK, "跟踪{}项退回，等待重新填报"),
        (L.F_GAPS, "请有关单位补填{}处漏填"),
        (L.F_CONFLICT, "核实{}处矛盾"),
    ):
        if flags[flag]:
            yield words.format(flags[flag])
    if not seen.missing:
        yield "本轮已收齐：审核“填报明细”后可结束本轮（eduxl round close）"


def _overview(state: State, seen: RoundState | None) -> Overview:
    rows = seen.rows if seen else ()
    of_project: dict[int | None, list[Row]] = {}
    of_district: dict[str, list[Row]] = {unit.district: [] for unit in state.roster.units if unit.district}
    of_stage: dict[str, list[Row]] = {stage: [] for stage in L.STAGE_NAMES}
    for row in rows:
        of_project.setdefault(row.task.project, []).append(row)
        if row.unit.district:
            of_district[row.unit.district].append(row)
        for stage in of_stage.keys() & row.unit.stages:
            of_stage[stage].append(row)
    by_project = []
    for project in state.plan.projects:
        mine = of_project.get(project.no, [])
        by_project.append(
            Tally(
                project.title,
                len(mine),
                sum(row.entry is not None for row in mine),
                sum(row.known is not None and row.known.status == L.COMPLETED for row in mine),
                _mean([_known_share(row) for row in mine]),
            )
        )
    lights = Counter(row.light for row in rows)
    return Overview(
        by_project=tuple(by_project),
        by_district=tuple(_tally(name, mine) for name, mine in of_district.items()),
        by_stage=tuple(_tally(stage, mine) for stage, mine in of_stage.items()),
        lights={colour: lights[colour] for colour in (*L.LIGHTS, "")},
    )


def _tally(name: str, rows: Sequence[Row]) -> Tally:
    """Counted over this round's answers only, as the formulas over 填报明细 do."""
    return Tally(
        name,
        len(rows),
        sum(row.entry is not None for row in rows),
        sum(row.entry is not None and row.entry.status == L.COMPLETED for row in rows),
        _mean([(row.entry.progress or 0.0) / 100 if row.entry else 0.0 for row in rows]),
    )
