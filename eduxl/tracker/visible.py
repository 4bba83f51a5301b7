"""The ledger's records as far as the sheets alone tell them, for a master whose seed is lost. Pure.

Answers, decisions, closed rounds, plan and roster stand on the sheets. What does not is said: `LOST`.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

from attrs import evolve, fields, frozen

from eduxl import labels as L
from eduxl.celltext import cell_text
from eduxl.model import Entry, Plan, Project, Return, Task, Unit
from eduxl.returns import codes
from eduxl.roster import RULE_COLUMNS, GroupRule, Roster
from eduxl.tracker import inputs as clerk
from eduxl.tracker.records import Closure, Event, Fact, Records, Rejected, RoundClosed, RoundOpened
from eduxl.tracker.seed import Grown, answers_of, as_shown
from eduxl.tracker.state import replay
from eduxl.tracker.tables import Table

#: The sheets that are read, with their columns.
COLUMNS = {
    L.TASKS: L.TASK_COLUMNS,
    L.ENTRIES: L.ENTRY_COLUMNS,
    L.HISTORY: L.ENTRY_COLUMNS,
    L.ROSTER: L.ROSTER_COLUMNS,
    L.REJECTED: L.REJECTED_COLUMNS,
    L.LOG: L.LOG_COLUMNS,
}
LOST = (
    "总台账里供重建用的内部数据不完整，这次只按看得见的各张工作表重建：填报内容、审核、延期、销号、历次明细、计划和名册都在；"
    "填报提醒、指标数值、各单位的问题清单、任务的指标和细项、换计划以前的编号、以前交来又被代替的报表无从恢复，"
    "同样的文件再汇总一次即可补回本轮的提醒和指标。"
)


def rows_of(table: Table) -> list[tuple[Any, ...]]:
    """The rows of 填报明细 or 历次明细 as the view made them."""
    return [as_shown(row) for row in _under(table, L.ENTRY_COLUMNS)]


def _under(table: Table, columns: Sequence[str]) -> list[tuple[Any, ...]]:
    """The table's rows under these columns in this order; rows without a task's number or moved out are left out."""
    rows = _in_order(table, columns)
    number, flags = columns.index(L.TASK_NO), columns.index(L.FLAGS)
    return [row for row in rows if _number(row[number]) and row[flags] != L.MOVED_OUT]


def _in_order(table: Table, columns: Sequence[str]) -> list[tuple[Any, ...]]:
    at = {name: i for i, name in reversed(list(enumerate(table.columns)))}
    places = [at.get(name) for name in columns]
    return [tuple(None if i is None else row[i] for i in places) for row in table.rows]


def _number(value: Any) -> int:
    text = cell_text(value).strip()
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 7 else 0


def grow(tables: Mapping[str, Table], meta: Mapping[str, str], typed: clerk.Inputs) -> Grown:
    """The records that the sheets tell of; `typed` are the clerk's cells, each a decision."""
    day = date.fromisoformat(meta["as_of"])
    entries, history = (rows_of(tables[name]) for name in (L.ENTRIES, L.HISTORY))
    story = _Story(tables[L.LOG], day)
    plan = _plan(tables[L.TASKS], meta)
    rounds = _rounds(entries, history, story, meta, day)
    current = meta.get("round", "")
    asked = {row[_AT[L.TASK_NO]] for row in entries if row[0] == current}
    story.tell(
        story.made, [plan, _roster(tables[L.ROSTER]), *_closed_before(typed, asked if current else None)]
    )
    for found in rounds:
        story.tell(found.opened, [RoundOpened(found.id, found.due)])
        story.tell(found.closed or story.last, _returns(found.rows))
        if found.closed and found.in_history:
            story.tell(found.closed, [RoundClosed(found.id, tuple(found.rows))])
        elif found.closed:
            story.tell(found.closed, [RoundClosed(found.id)])
    story.tell(story.last, _rejected(tables[L.REJECTED], current))
    records = story.records()
    blank = clerk.Inputs(settings=dict.fromkeys(clerk.SETTING_NAMES, ""))
    decided = clerk.decisions(typed, blank, replay(records))
    story.tell(story.decided, decided.facts)
    unsure = [f"{found.id}（暂按{found.due}）" for found in rounds if not found.is_sure]
    told = f"轮次{L.SEP.join(unsure)}的截止日期无从知道，请用 eduxl round open 轮次 --due 日期 改正本轮的。"
    return Grown(story.records(), notes=(LOST, *([told] if unsure else ())))


_AT = {name: i for i, name in enumerate(L.ENTRY_COLUMNS)}


class _Story:
    """The steps of 日志, and what is told under each."""

    def __init__(self, log: Table, day: date) -> None:
        rows = [as_text for row in reversed(_in_order(log, L.LOG_COLUMNS)) if (as_text := _step(row))]
        self._events = [Event(seq, *row) for seq, row in enumerate(rows, 2)]
        first = self._events[0].as_of if self._events else day
        if self._events and self._events[0].command == "建台账":
            self._events = [Event(e.seq - 1, e.as_of, e.command, e.summary) for e in self._events]
        else:
            self._events.insert(0, Event(1, first, "建台账"))
        self.made = self._events[0]
        # the last step is none of those that opened or closed a round
        self.last = Event(len(self._events) + 1, day, "读取台账", "按各张工作表")
        # decisions judge the returns told before them
        self.decided = Event(self.last.seq + 1, day, "读取审核", "按各张工作表")
        self._facts: dict[int, list[Fact]] = {}

    def find(self, command: str, round_id: str) -> Event | None:
        """The step that opened or closed a round."""
        return next(
            (e for e in self._events if e.command == command and e.summary.startswith(f"{round_id}，")), None
        )

    def tell(self, event: Event, facts: Iterable[Fact]) -> None:
        self._facts.setdefault(event.seq, []).extend(facts)

    def records(self) -> Records:
        found = Records([*self._events, self.last, self.decided])
        found.facts = [(event, fact) for event in found.events for fact in self._facts.get(event.seq, ())]
        return found


def _step(row: Sequence[Any]) -> tuple[date, str, str] | None:
    day, command, summary = row
    if isinstance(day, datetime):
        day = day.date()
    return (day, cell_text(command), cell_text(summary)) if isinstance(day, date) and command else None


@frozen
class _Round:
    id: str
    due: date
    is_sure: bool
    opened: Event
    closed: Event | None
    rows: list[tuple[Any, ...]]
    in_history: bool


_DUE = re.compile(r"截止(\d{4}-\d{2}-\d{2})")


def _rounds(
    entries: Sequence[tuple[Any, ...]],
    history: Sequence[tuple[Any, ...]],
    story: _Story,
    meta: Mapping[str, str],
    day: date,
) -> list[_Round]:
    """Closed rounds in the order of 历次明细, then the one that is current."""
    rows: dict[str, list[tuple[Any, ...]]] = {}
    for row in history:
        rows.setdefault(row[0], []).append(row)
    past, current = set(rows), meta.get("round", "")
    if current:
        rows.setdefault(current, [row for row in entries if row[0] == current])
    found = []
    for round_id, mine in rows.items():
        opened = story.find("开启轮次", round_id)
        due, is_sure = day, False
        if opened and (said := _DUE.search(opened.summary)):
            due, is_sure = date.fromisoformat(said[1]), True
        if round_id == current and meta.get("round_due"):
            due, is_sure = date.fromisoformat(meta["round_due"]), True
        ended = story.find("结束轮次", round_id)
        closed = ended or (story.last if round_id in past else None)
        found.append(_Round(round_id, due, is_sure, opened or story.made, closed, mine, round_id in past))
    return found


def _plan(table: Table, meta: Mapping[str, str]) -> Plan:
    recurrences: dict[str, Any] = {label: name for name, label in L.RECURRENCE_LABELS.items()}
    projects: dict[str, int] = {}
    tasks = []
    for row in _under(table, L.TASK_COLUMNS):
        cell = dict(zip(L.TASK_COLUMNS, row, strict=True))
        text = {name: cell_text(value).strip() for name, value in cell.items()}
        project = text[L.PROJECT]
        due = cell[L.DUE]
        tasks.append(
            Task(
                no=_number(cell[L.TASK_NO]),
                project=projects.setdefault(project, len(projects) + 1) if project else None,
                title=text[L.TASK_TITLE],
                body=text[L.TASK_BODY],
                lead_units=_names(text[L.LEADS]),
                support_units=_names(text[L.SUPPORTS]),
                school_groups=_names(text[L.SCHOOLS]),
                due=due.date() if isinstance(due, datetime) else due if isinstance(due, date) else None,
                recurrence=recurrences.get(text[L.RECURRENCE]),
            )
        )
    named = tuple(Project(no, title) for title, no in projects.items())
    return Plan(meta.get("plan", ""), int(meta["year"]), "", named, tuple(tasks))


def _names(text: str) -> tuple[str, ...]:
    return tuple(part for part in text.split(L.SEP) if part)


def _roster(table: Table) -> Roster:
    """Units, and right of them the rules of the collective names."""
    units, rules = [], []
    right = next((i for i, name in enumerate(table.columns) if name == RULE_COLUMNS[0]), len(table.columns))
    for row in table.rows:
        code, name, aliases, kind, stages, *rest = (
            cell_text(value).strip()
            for value in _in_order(Table("", table.columns[:right], (row,)), L.ROSTER_COLUMNS)[0]
        )
        if code and name:
            units.append(Unit(code, name, _names(aliases), kind, _names(stages), *rest))
        texts = [cell_text(value).strip() for value in row[right : right + len(RULE_COLUMNS)]]
        if texts and texts[0]:
            *lists, note = texts
            told = dict(zip((f.name for f in fields(GroupRule)), map(_names, lists), strict=False))
            rules.append(evolve(GroupRule(told.pop("names")), note=note, **told))
    return Roster(tuple(units), tuple(rules))


def _closed_before(typed: clerk.Inputs, asked: set[Any] | None) -> Iterator[Fact]:
    """销号 of tasks that the current round does not ask: they were closed before it."""
    for key, value in typed.closures.items():
        no = _number(key)
        if asked is not None and no and no not in asked and value in L.CLOSED_FOR_GOOD:
            yield Closure(no, value)


def _returns(rows: Iterable[tuple[Any, ...]]) -> Iterator[Return]:
    """A return for each unit of a round that has 收到时间; its true hash and times are not known."""
    by_unit: dict[tuple[str, str], list[tuple[Any, ...]]] = {}
    for row in rows:
        if isinstance(row[_AT[L.RECEIVED]], datetime):
            by_unit.setdefault((row[0], row[1]), []).append(row)
    for (round_id, unit), mine in by_unit.items():
        received, path = mine[0][_AT[L.RECEIVED]], str(mine[0][_AT[L.SOURCE]] or "")
        known = f"{round_id}|{unit}|{path}|{received}"
        yield Return(
            id=0,
            sha256=hashlib.sha256(known.encode()).hexdigest(),
            path=path,
            unit=unit,
            round=round_id,
            received=received,
            modified=None,
            file_time=received.astimezone(UTC).replace(tzinfo=None),
            entries=tuple(Entry(row[_AT[L.TASK_NO]], *answers_of(row)) for row in mine),
        )


def _rejected(table: Table, round_id: str) -> Iterator[Rejected]:
    by_title = {codes.title_of(code): code for code in codes.REJECTS}
    for number, path, title, cause, fix, received, _ in _in_order(table, L.REJECTED_COLUMNS):
        if number and isinstance(received, datetime):
            code = by_title.get(cell_text(title), "")
            yield Rejected(
                cell_text(number),
                cell_text(path),
                round_id,
                code,
                cell_text(cause) + cell_text(fix),
                received,
            )
