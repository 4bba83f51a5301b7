"""What a master carries of the ledger so that the ledger can be made again from the workbook alone. Pure.

The seed is the ledger's records without what the sheets show word for word: the answers in 填报明细 (of the round then
current) and in 历次明细 (of closed rounds), and the closed rows themselves. It lies in the very hidden sheet `_eduxl` as
base64 text, a cell per chunk. Of each row that it leaves to a sheet it keeps a short mark, so that a row typed over
is told. Not in it, and so not known again: who did a step and at what hour, the texts of returns that a newer one
replaced, and, for rounds before the current one, warnings, indicators and problem lists.
"""

from __future__ import annotations

import base64
import json
import re
import zlib
from array import array
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import cache
from itertools import groupby
from operator import attrgetter, itemgetter
from typing import Any, cast

from attrs import evolve, field, fields, frozen, mutable

from eduxl import labels as L
from eduxl.celltext import cell_text
from eduxl.model import Entry, IndicatorValue, Plan, Problem, Return, Warning
from eduxl.plan.document import plan_from_json, plan_to_json
from eduxl.roster import Roster, roster_from_json, roster_to_json
from eduxl.tracker.records import (
    Bounced,
    Closure,
    Confirmation,
    Contact,
    Event,
    Extension,
    Fact,
    Fetched,
    Issued,
    Listed,
    Mailed,
    Misread,
    Records,
    Rejected,
    Remark,
    Review,
    Revised,
    RoundClosed,
    RoundOpened,
    SeenBefore,
    Setting,
    Undone,
)
from eduxl.tracker.state import State

VERSION = 1
#: Characters in a cell; Excel takes 32,767.
CHUNK = 30_000
#: What stands for a text that the seed does not keep.
NOT_KEPT = "（原文没有留存）"

_PLAIN: dict[str, type[Any]] = {
    kind.__name__: kind
    for kind in (
        *(RoundOpened, Rejected, Review, Extension, Misread, Issued, SeenBefore),
        *(Closure, Remark, Setting, Confirmation, Revised),
        *(Contact, Mailed, Fetched, Bounced, Listed),
    )
}
_FIRST, _LAST = L.ENTRY_COLUMNS.index(L.STATUS), L.ENTRY_COLUMNS.index(L.PHONE) + 1
_NUMBER = L.ENTRY_COLUMNS.index(L.TASK_NO)
_WHOSE = itemgetter(L.ENTRY_COLUMNS.index(L.ROUND), L.ENTRY_COLUMNS.index(L.UNIT_CODE))
_RECEIVED = L.ENTRY_COLUMNS.index(L.RECEIVED)
_DATES = frozenset(L.ENTRY_COLUMNS.index(name) for name in (L.DUE, L.DONE_ON, L.EXTENDED_TO))
_PROGRESS = L.ENTRY_COLUMNS.index(L.PROGRESS)
#: Sheets have no day before this one that every program reads alike.
_EARLIEST = date(1900, 3, 1)
_LONGEST = 32_767
_PATTERN = "\x1f".join(["%s"] * (_LAST - _FIRST))
_BAR = b"\x1f"
#: Bytes that sheets do not keep, the bar between cells among them, and those that make no difference to a mark.
_CONTROLS = bytes(i for i in range(32) if i not in (9, 10))
_BLANKS = b" \t\n"
#: Where a fact's hash stands in its line, which is "" where it lies among the hashes.
_HASH_AT = {"Return": 2, "Issued": 4}
_SHA256 = re.compile("[0-9a-f]{64}")
_TICK = timedelta(microseconds=1)
#: Bytes that say how long a part is; the parts are JSON, hashes and marks.
_LENGTH = 4

_Cells = tuple[Any, ...]


class SeedLost(Exception):
    """There is no seed, or it is not whole."""


# --- sowing ---------------------------------------------------------------------------------------
def sow(state: State, entries: Sequence[_Cells], *, pinned: bool) -> tuple[str, ...]:
    """The chunks for a master that shows `entries` in 填报明细. Nothing for a state that was not replayed."""
    records = state.records
    if records is None:
        return ()
    standing = [(event, fact) for event, fact in records.standing() if not isinstance(fact, Undone)]
    won = {r.id: r for r in state.winners.values()}
    current = state.current.id if state.current else ""
    shown = _shown_rows(entries, current, records, standing)
    sower = _Sower()
    facts = [[event.seq, *sower.fact(fact, won, shown, current)] for event, fact in standing]
    events = {event.seq: event for event, _ in standing} | {event.seq: event for event in records.log()}
    seed = {
        "version": VERSION,
        "pinned": pinned,
        "events": [[e.seq, e.as_of, e.command, e.summary] for _, e in sorted(events.items())],
        "facts": facts,
        "lists": list(sower.lists),
    }
    text = json.dumps(seed, ensure_ascii=False, separators=(",", ":"), default=_to_json)
    parts = text.encode("utf-8", "surrogatepass"), sower.hashes, sower.marks
    packed = zlib.compress(b"".join(len(part).to_bytes(_LENGTH) + part for part in parts))
    whole = base64.b64encode(packed).decode("ascii")
    return tuple(whole[i : i + CHUNK] for i in range(0, len(whole), CHUNK))


_Shown = Mapping[tuple[str, str], Mapping[int, _Cells]]


def _shown_rows(
    entries: Iterable[_Cells], current: str, records: Records, facts: Iterable[tuple[Event, Fact]]
) -> _Shown:
    """By round and unit: a task's number now → its row on a sheet. The current round's are those of 填报明细."""
    found: dict[tuple[str, str], dict[int, _Cells]] = {}

    def add(rows: Iterable[_Cells], now: Callable[[int], int] | None) -> None:
        for key, mine in groupby(rows, key=_WHOSE):
            of_unit = found.setdefault(key, {})
            for row in mine:
                of_unit.setdefault(now(row[_NUMBER]) if now else row[_NUMBER], row)

    add((row for row in entries if row[0] == current), None)
    for event, fact in facts:
        if isinstance(fact, RoundClosed) and fact.round != current:
            add(fact.rows, records.numbers_since(event.seq))
    return found


@mutable
class _Sower:
    """Facts → JSON; what repeats from return to return is kept once in `lists`."""

    lists: dict[tuple[Any, ...], int] = field(factory=dict)
    hashes: bytearray = field(factory=bytearray)
    marks: bytearray = field(factory=bytearray)
    _kept: dict[Any, bool] = field(factory=lambda: {None: True})

    def fact(self, fact: Fact, won: Mapping[int, Return], shown: _Shown, current: str) -> list[Any]:
        match fact:
            case Plan():
                return ["Plan", plan_to_json(fact, full=True)]
            case Roster():
                return ["Roster", roster_to_json(fact)]
            case RoundClosed():
                return ["RoundClosed", fact.round, len(fact.rows)]
            case Return():
                return ["Return", *self._return(fact, won.get(fact.id), shown, current)]
            case Issued():
                return ["Issued", fact.round, fact.unit, self._hash(fact.sha256)]
        return [type(fact).__name__, *_values(fact)]

    def _return(self, fact: Return, won: Return | None, shown: _Shown, current: str) -> list[Any]:
        waited = fact.file_time - fact.received
        saved = fact.modified - fact.file_time if fact.modified else None
        head = [
            *(self._hash(fact.sha256), fact.path, fact.unit, fact.round, fact.received, waited // _TICK),
            None if saved is None else saved // _TICK,
        ]
        if won is None:
            return [*head, self._once([_in_short(entry) for entry in fact.entries])]
        rows = shown.get((fact.round, fact.unit), {})
        is_current = fact.round == current
        told = [(i, entry.raw) for i, entry in enumerate(fact.entries) if entry.raw]
        kept = self._left_to_sheet(won, rows, compare=not is_current)
        body: list[Any] = [self._once([entry.task for entry in fact.entries]), kept, told]
        if is_current:
            body.append(self._once([entry.cell for entry in fact.entries]))
            body += [
                [_values(item) for item in part] for part in (fact.warnings, fact.indicators, fact.problems)
            ]
        return [*head, *body]

    def _left_to_sheet(
        self, won: Return, rows: Mapping[int, _Cells], *, compare: bool
    ) -> list[tuple[int, list[Any]]]:
        """Mark the rows that stand on a sheet; the answers of all others, by place among the entries."""
        found: dict[int, tuple[int, _Cells]] = {}
        for i, entry in enumerate(won.entries):
            row = rows.get(entry.task)
            if row is not None and entry.task not in found:
                cells = row[_FIRST:_LAST]
                if not compare or _tells(cells, entry):
                    found[entry.task] = i, cells
        told = [_said(cells) for _, cells in found.values()]
        left = {i for i, _ in found.values()}
        if not self._are_safe([cells for _, cells in found.values()], told):
            safe = [self._is_safe(cells) for _, cells in found.values()]
            left = {i for (i, _), ok in zip(found.values(), safe, strict=True) if ok}
            told = [said for said, ok in zip(told, safe, strict=True) if ok]
        self.marks += array("H", map(_mark, told)).tobytes()
        return [(i, _answers(entry)) for i, entry in enumerate(won.entries) if i not in left]

    def _are_safe(self, rows: Sequence[_Cells], told: Sequence[bytes]) -> bool:
        """True where every row is safe; False where that has to be seen row by row."""
        blob = _BAR.join((b"", *told, b""))
        return (
            max(map(len, told), default=0) <= _LONGEST
            and b"_x" not in blob
            and len(blob) - len(blob.translate(None, _CONTROLS)) == 9 * len(rows) + 1
            and all(map(self._keeps, {cell for cells in rows for cell in cells[1:3]}))
        )

    def _is_safe(self, cells: _Cells) -> bool:
        """True where a sheet gives the cells back as they are, whichever program saved it."""
        return all(
            cell == _text(cell) and len(cell) <= _LONGEST and "_x" not in cell
            if isinstance(cell, str)
            else self._keeps(cell)
            for cell in cells
        )

    def _keeps(self, cell: Any) -> bool:
        """True for a share and a day that every program tells alike."""
        if cell not in self._kept:
            self._kept[cell] = cell >= _EARLIEST if isinstance(cell, date) else cell == _share(cell)
        return self._kept[cell]

    def _hash(self, sha256: str) -> str:
        """Kept as bytes where it is one: hexadecimal digits take more room, also when packed."""
        if not _SHA256.fullmatch(sha256):
            return sha256
        self.hashes += bytes.fromhex(sha256)
        return ""

    def _once(self, values: Sequence[Any]) -> int:
        return self.lists.setdefault(tuple(values), len(self.lists))


@cache
def _fields(kind: Hashable) -> Callable[[Any], tuple[Any, ...]]:
    return attrgetter(*(attribute.name for attribute in fields(cast(type[Any], kind))))


def _values(record: Any) -> tuple[Any, ...]:
    """A record's values in the order of its fields, all of them at once."""
    kind: Any = type(record)
    return _fields(kind)(record)


def _said(cells: _Cells) -> bytes:
    """A row's answers as bytes."""
    return (_PATTERN % cells).encode("utf-8", "surrogatepass")


def _mark(said: bytes) -> int:
    """By which a row is known again; blanks make no difference."""
    return zlib.crc32(said.translate(None, _BLANKS)) & 0xFFFF


def _answers(entry: Entry) -> list[Any]:
    return [
        entry.status, entry.progress, entry.done_on, entry.report, entry.problems, entry.next_steps, entry.evidence,
        entry.reporter, entry.phone,
    ]  # fmt: skip


def _tells(cells: _Cells, entry: Entry) -> bool:
    """True where a row of a closed round says what the entry says."""
    status, share, done_on, report, problems, next_steps, evidence, reporter, phone = cells
    return (
        entry.report == (report or "")
        and entry.status == (status or "")
        and share == (None if entry.progress is None else entry.progress / 100)
        and entry.done_on == done_on
        and entry.problems == (problems or "")
        and entry.next_steps == (next_steps or "")
        and entry.evidence == (evidence or "")
        and entry.reporter == (reporter or "")
        and entry.phone == (phone or "")
    )


def _in_short(entry: Entry) -> tuple[Any, ...]:
    """An entry that no longer counts: enough to tell which entry a 退回 of that time judged."""
    text = bool(entry.report or entry.problems or entry.next_steps or entry.evidence or entry.raw)
    return entry.task, entry.status, entry.progress, entry.done_on, text


def _to_json(value: Any) -> Any:
    if isinstance(value, datetime):
        return {"@time": value.isoformat()}
    if isinstance(value, date):
        return {"@day": value.isoformat()}
    raise TypeError(value)


def _from_json(found: dict[str, Any]) -> Any:
    if "@time" in found:
        return datetime.fromisoformat(found["@time"])
    return date.fromisoformat(found["@day"]) if "@day" in found else found


# --- cells as sheets give them back ---------------------------------------------------------------
def _text(value: Any) -> str:
    """A cell as text, with line ends and control characters as Excel keeps them."""
    text = cell_text(value).replace("_x000D_", "").replace("\r\n", "\n").replace("\r", "\n")
    return "".join(ch for ch in text if ch >= " " or ch in "\t\n").strip()


def _share(value: float) -> float:
    """With the digits that every program keeps."""
    return float(f"{value:.9g}")


def as_shown(row: Sequence[Any]) -> _Cells:
    """A row of 填报明细 or 历次明细 as read from a sheet → as the view made it."""
    return tuple(_as_shown(i, value) for i, value in enumerate(row))


_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def _as_shown(column: int, value: Any) -> Any:
    if value is None or value == "":
        return None
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if column == _NUMBER:
        text = _text(value)
        return int(text) if text.isascii() and text.isdecimal() else text
    if column == _PROGRESS and is_number:
        return _share(value)
    if column in _DATES:
        if is_number and 60 < value < 100_000:
            return date(1899, 12, 30) + timedelta(days=int(value))
        if isinstance(value, datetime):
            return value.date()
        if isinstance(value, str) and _DAY.fullmatch(value.strip()):
            return date.fromisoformat(value.strip())
        return value if isinstance(value, date) else _text(value) or None
    if column == _RECEIVED:
        if is_number and 60 < value < 100_000:
            value = datetime(1899, 12, 30) + timedelta(days=value)
        if isinstance(value, datetime):
            return (value + timedelta(milliseconds=500)).replace(microsecond=0)
    return _text(value) or None


# --- growing --------------------------------------------------------------------------------------
@frozen
class Grown:
    """The records that a workbook gives back, and what has to be said about them, as Chinese sentences."""

    records: Records
    pinned: bool = False
    notes: tuple[str, ...] = ()


def grow(chunks: Iterable[str], entries: Sequence[_Cells], history: Sequence[_Cells]) -> Grown:
    """The ledger's records as they were when the workbook was written.

    `entries` and `history` are the rows of 填报明细 and 历次明细 as they stand in it (see `as_shown`). What the clerk
    typed since in the cells that are his is not looked at here. Raises `SeedLost`.
    """
    try:
        packed = zlib.decompress(base64.b64decode("".join(chunks), validate=True))
        text, hashes, marks = _parts(packed)
        seed = json.loads(text.decode("utf-8", "surrogatepass"), object_hook=_from_json)
        if seed["version"] != VERSION:
            raise SeedLost(f"version {seed['version']}")
        return _Grower(seed, hashes, array("H", marks), entries, history).grown()
    except (ValueError, LookupError, TypeError, zlib.error) as error:
        raise SeedLost(str(error)) from error


def _parts(packed: bytes) -> Iterator[bytes]:
    while packed:
        end = _LENGTH + int.from_bytes(packed[:_LENGTH])
        yield packed[_LENGTH:end]
        packed = packed[end:]


class _Grower:
    """JSON → facts, with the answers taken from the sheets."""

    def __init__(
        self,
        seed: Mapping[str, Any],
        hashes: bytes,
        marks: Iterable[int],
        entries: Sequence[_Cells],
        history: Sequence[_Cells],
    ) -> None:
        self._seed = seed
        found = (hashes[i : i + 32].hex() for i in range(0, len(hashes), 32))
        for line in seed["facts"]:
            at = _HASH_AT.get(line[1])
            if at and not line[at]:
                line[at] = next(found)
        self._marks = iter(marks)
        self._closed: dict[str, list[_Cells]] = {}
        for row in history:
            self._closed.setdefault(row[0], []).append(row)
        self._events = {seq: Event(seq, day, *said) for seq, day, *said in seed["events"]}
        self._lists: list[list[Any]] = seed["lists"]
        opened = [line[2] for line in seed["facts"] if line[1] == "RoundOpened"]
        self._current = opened[-1] if opened else ""
        self._entries = entries
        self._missing: list[str] = []
        self._typed_over: list[str] = []
        self._notes: list[str] = []

    def grown(self) -> Grown:
        records = Records(list(self._events.values()))
        lines = self._seed["facts"]
        # first all but the returns: revisions tell under which number a row is found
        for seq, kind, *values in lines:
            if kind != "Return":
                records.facts.append((self._events[seq], self._fact(kind, values)))
        self._shown = _shown_rows(self._entries, self._current, records, records.facts)
        others = iter(records.facts)
        now = cache(records.numbers_since)
        whole: list[tuple[Event, Fact]] = []
        for number, (seq, kind, *values) in enumerate(lines, 1):
            if kind == "Return":
                whole.append((self._events[seq], self._return(number, values, now(seq))))
            else:
                whole.append(next(others))
        records.facts = self._with_moments(whole)
        self._say(self._missing, "的行不见了，这些行填报的内容无从恢复")
        self._say(self._typed_over, "的行和当初写入的不一致，已按表里现有的文字收下，请与学校的报表核对")
        return Grown(records, bool(self._seed["pinned"]), tuple(self._notes))

    def _say(self, rows: Sequence[str], what: str) -> None:
        if rows:
            more = f"等{len(rows)}处" if len(rows) > 5 else ""
            self._notes.append(f"“{L.ENTRIES}”“{L.HISTORY}”里{L.SEP.join(rows[:5])}{more}{what}。")

    def _fact(self, kind: str, values: list[Any]) -> Fact:
        if kind == "Plan":
            return plan_from_json(values[0])
        if kind == "Roster":
            return roster_from_json(values[0])
        if kind == "RoundClosed":
            round_id, count = values
            rows = self._closed.get(round_id, [])
            if len(rows) != count:
                self._notes.append(
                    f"“{L.HISTORY}”里{round_id}轮原有{count}行，现在有{len(rows)}行，已按现有的收下。"
                )
            return RoundClosed(round_id, tuple(rows))
        fact: Fact = _PLAIN[kind](*values)
        return fact

    def _return(self, number: int, values: list[Any], now: Callable[[int], int]) -> Return:
        sha256, path, unit, round_id, received, waited, saved, *body = values
        file_time = received + waited * _TICK
        modified = None if saved is None else file_time + saved * _TICK
        bare = Return(number, sha256, path, unit, round_id, received, modified, file_time)
        if len(body) == 1:
            return evolve(bare, entries=tuple(_from_short(*values) for values in self._lists[body[0]]))
        tasks, kept, told = self._lists[body[0]], dict(body[1]), dict(body[2])
        cells: Sequence[str] = [""] * len(tasks)
        if more := body[3:]:
            cells = self._lists[more[0]]
            bare = evolve(
                bare,
                warnings=tuple(Warning(*w) for w in more[1]),
                indicators=tuple(IndicatorValue(*i) for i in more[2]),
                problems=tuple(Problem(*p) for p in more[3]),
            )
        rows = self._shown.get((round_id, unit), {})
        entries: list[Entry] = []
        for i, task in enumerate(tasks):
            if i in kept:
                answers: list[Any] | None = kept[i]
            else:
                answers = self._of_row(rows.get(now(task)), f"{unit} 任务{task}（{round_id}）")
            if answers is not None:
                entries.append(evolve(Entry(task, *answers), cell=cells[i], raw=told.get(i, {})))
        return evolve(bare, entries=tuple(entries))

    def _of_row(self, row: _Cells | None, name: str) -> list[Any] | None:
        """The answers of a row that was left to a sheet."""
        mark = next(self._marks)
        if row is None:
            self._missing.append(name)
            return None
        cells = row[_FIRST:_LAST]
        if _mark(_said(cells)) != mark:
            self._typed_over.append(name)
        return answers_of(row)

    def _with_moments(self, facts: list[tuple[Event, Fact]]) -> list[tuple[Event, Fact]]:
        """Closed rows with 收到时间 to the microsecond, as the returns have it."""
        moments: dict[tuple[str, str, datetime], datetime] = {}
        for _, fact in facts:
            if isinstance(fact, Return | SeenBefore) and fact.received.microsecond:
                moments[fact.round, fact.path, _as_shown(_RECEIVED, fact.received)] = fact.received
        if not moments:
            return facts

        def exact(row: _Cells) -> _Cells:
            moment = moments.get((row[0], row[_RECEIVED + 1], row[_RECEIVED]))
            return (*row[:_RECEIVED], moment, *row[_RECEIVED + 1 :]) if moment else row

        return [
            (
                event,
                evolve(fact, rows=tuple(map(exact, fact.rows))) if isinstance(fact, RoundClosed) else fact,
            )
            for event, fact in facts
        ]


def answers_of(row: _Cells) -> list[Any]:
    """完成状态 to 联系电话 of a row as an `Entry` has them. What has no meaning in its column is not taken."""
    status, share, done_on, *texts = row[_FIRST:_LAST]
    progress = round(share * 100, 6) if isinstance(share, int | float) else None
    day = done_on if isinstance(done_on, date) else None
    return [_text(status), progress, day, *(_text(value) for value in texts)]


def _from_short(task: int, status: str, progress: float | None, done_on: date | None, text: bool) -> Entry:
    return Entry(task, status, progress, done_on, raw={L.REPORT: NOT_KEPT} if text else {})
