"""What a master carries of its ledger: sown and grown again it means the same, and a row typed over is told."""

from __future__ import annotations

import random
import zlib
from base64 import b64decode, b64encode
from datetime import date, datetime, timedelta
from datetime import date as D
from typing import Any

import pytest
from attrs import evolve

from eduxl import labels as L
from eduxl.model import Entry, Indicator, IndicatorValue, Problem, Return, Task
from eduxl.returns import codes
from eduxl.tracker.records import (
    Closure,
    Confirmation,
    Extension,
    Fact,
    Issued,
    Misread,
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
from eduxl.tracker.rows import look
from eduxl.tracker.seed import CHUNK, Grown, SeedLost, as_shown, grow
from eduxl.tracker.state import State, replay
from eduxl.tracker.tables import Master, Value
from eduxl.tracker.views import entry_rows, master_view
from tests.builders import answer, small_plan
from tests.tracker.test_state import Story, june

UNITS = ("S001", "S002", "S003")
TEXTS = (
    "已建成一间",
    "分三步：\n一、动员\n二、实施",
    "=SUM(A1)",
    "中间 有空格",
    "控制\x07符",
    "回车\r\n换行",
    "_x0041_",
    "",
)


def shown(state: State, day: date = D(2022, 9, 1)) -> Master:
    return master_view(state, day, tracker="t", generation=3)


def read_back(value: Value) -> Any:
    """A cell as a reader gives it back: numbers are floats, days have an hour, nothing is "", control characters go."""
    if value is None:
        return ""
    if isinstance(value, str):
        return "".join(ch for ch in value if ch >= " " or ch in "\t\n")
    if isinstance(value, datetime):
        return value.replace(microsecond=value.microsecond // 1000 * 1000)
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day)
    return float(value)


def sheet(rows: tuple[tuple[Value, ...], ...]) -> list[tuple[Any, ...]]:
    return [as_shown([read_back(value) for value in row]) for row in rows]


def regrown(state: State, day: date = D(2022, 9, 1)) -> Grown:
    view = shown(state, day)
    return grow(view.seed, sheet(view.entries.rows), sheet(view.history.rows))


# --- the property ---------------------------------------------------------------------------------
class Months:
    """A tracker's records over some rounds, at random: returns in any order, reviews, a revised plan, an undo."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        self.story = Story(*self._plan())
        self.day = D(2022, 3, 1)
        self.sent: list[Return] = []

    def _plan(self) -> tuple[Task, ...]:
        figure = (Indicator("建成间数", 12, "间"),)
        return (
            Task(1, None, "建实验室", school_groups=("各中小学",), due=D(2022, 6, 30), indicators=figure),
            Task(2, None, "抓安全", school_groups=("各中小学",), recurrence="monthly"),
            Task(3, None, "保食堂", school_groups=("各中小学",), due=D(2022, 12, 31)),
        )

    def play(self) -> State:
        for month in (3, 4, 5):
            self._tell(RoundOpened(f"2022-0{month}", D(2022, month, 25)))
            for _ in range(self.rng.randrange(3, 7)):
                self._step(f"2022-0{month}")
            if month < 5:
                self._close()
            if month == 4 and self.rng.random() < 0.5:
                self._revise()
        return self.story.state

    def _tell(self, *facts: Fact) -> None:
        self.day += timedelta(days=1)
        self.story(self.day, *facts)

    def _close(self) -> None:
        state = self.story.state
        assert state.current
        rows = tuple(entry_rows(state, look(state, state.current, self.day)))
        self._tell(RoundClosed(state.current.id, rows))

    def _revise(self) -> None:
        """1 and 2 change places, 4 is new."""
        old = self.story.state.plan
        one, two, three = old.tasks
        plan = evolve(
            old, tasks=(evolve(two, no=1), evolve(one, no=2), three, evolve(three, no=4, title="建操场"))
        )
        self._tell(Revised(((1, 2), (2, 1), (3, 3)), (4,)), plan)

    def _step(self, round_id: str) -> None:
        rng, unit = self.rng, self.rng.choice(UNITS)
        task = rng.choice((1, 2, 3))
        match rng.randrange(10):
            case 0:
                result = rng.choice((L.PASSED, L.SENT_BACK, L.SENT_BACK, ""))
                self._tell(Review(round_id, unit, task, result, rng.choice(("", "请写明数字"))))
            case 1:
                self._tell(Extension(unit, task, rng.choice((None, D(2022, 10, 31)))), Remark(task, "盯紧"))
            case 2:
                self._tell(
                    Closure(task, rng.choice(L.CLOSED_VALUES)),
                    Setting("eduxl_warn_days", rng.randrange(9, 30)),
                )
            case 3:
                self._tell(Misread(L.REVIEW, unit, task, rng.choice(("看看", ""))))
            case 4:
                sha = f"{rng.randrange(4):064x}"
                self._tell(
                    Rejected(sha, "谁的.xlsx", round_id, "unknown-unit", "看不出", datetime(2022, 5, 3, 9)),
                    Confirmation(sha, unit),
                    Issued(round_id, unit, f"{rng.randrange(99):064x}"),
                )
            case 5 if self.sent:
                known = rng.choice(self.sent)
                earlier = known.received - timedelta(hours=3)
                self._tell(SeenBefore(known.round, known.sha256, "另存.xlsx", earlier, known.file_time))
            case 6 if self.sent and self.sent[-1].round == round_id:
                self._tell(Undone((self.story.records.facts[-1][0].seq,)))
            case _:
                self._tell(self._return(round_id, unit))

    def _return(self, round_id: str, unit: str) -> Return:
        rng = self.rng
        moment = datetime(2022, int(round_id[-1]), rng.randrange(10, 28), 9, 30, 7, rng.choice((0, 123_456)))
        status = rng.choice(L.STATUSES)
        entries = tuple(
            Entry(
                task=no,
                status=rng.choice((status, status, "")),
                progress=rng.choice((None, 0.0, 7.0, 33.333333, 100 / 3, 80.0, 100.0)),
                done_on=rng.choice((None, D(2022, 3, 9), D(1899, 5, 1))),
                report=rng.choice(TEXTS),
                problems=rng.choice(TEXTS),
                reporter="张三",
                phone="0936",
                cell=f"填报表!F{no + 4}",
                raw=rng.choice(({}, {}, {L.PROGRESS: "差不多"})),
            )
            for no in rng.sample((1, 2, 3, 3, 9), 3)
        )
        made = Return(
            id=len(self.story.records.facts) + 1,
            sha256=f"{rng.randrange(1 << 60):064x}",
            path=f"{unit}.xlsx",
            unit=unit,
            round=round_id,
            received=moment,
            modified=rng.choice((None, moment - timedelta(hours=9))),
            file_time=moment - timedelta(hours=8),
            entries=entries,
            warnings=(codes.warning("bad-status", task=1, cell="填报表!F5", value="差不多", what="差不多"),),
            indicators=(IndicatorValue(1, "建成间数", 3.0, cell="指标填报!D4"),),
            problems=(Problem(1, "缺器材", "采购", "李四", "6月", "进行中"),),
        )
        self.sent.append(made)
        return made


@pytest.mark.parametrize("seed", range(60))
def test_a_ledger_grown_again_means_the_same(seed: int) -> None:
    state = Months(seed).play()
    again = regrown(state)
    assert again.notes == ()
    for day in (D(2022, 5, 20), D(2022, 9, 1)):
        before, after = shown(state, day), shown(replay(again.records), day)
        for name in Master.__annotations__:
            if name == "history":  # which shows what it showed, for sheets do not keep control characters
                assert sheet(after.history.rows) == sheet(before.history.rows)
            elif name != "seed":
                assert getattr(after, name) == getattr(before, name), name
    grown = replay(again.records)
    assert grown.issued == state.issued and grown.confirmations == state.confirmations
    assert [f.numbers for f in grown.former] == [f.numbers for f in state.former]
    assert {k: [r.recency for r in v] for k, v in grown.returns.items()} == {
        k: [r.recency for r in v] for k, v in state.returns.items()
    }
    assert {k: r.warnings for k, r in grown.winners.items() if k[0] == "2022-05"} == {
        k: r.warnings for k, r in state.winners.items() if k[0] == "2022-05"
    }
    # and once more, from what was grown
    twice = regrown(grown)
    assert shown(replay(twice.records)) == shown(grown)


# --- what the clerk did to the sheets -------------------------------------------------------------
def test_a_row_typed_over_is_taken_and_told() -> None:
    state = june()(D(2022, 6, 20), _came("S001"), _came("S002")).state
    view = shown(state)
    rows = sheet(view.entries.rows)
    at = L.ENTRY_COLUMNS.index(L.REPORT)
    place = next(i for i, row in enumerate(rows) if row[1] == "S002")
    rows[place] = (*rows[place][:at], "手改的", *rows[place][at + 1 :])
    again = grow(view.seed, rows, [])
    assert len(again.notes) == 1 and "S002 任务1（2022-06）" in again.notes[0]
    entry = replay(again.records).entry("2022-06", "S002", 1)
    assert entry and entry.report == "手改的"


def test_rows_may_be_sorted_and_a_row_that_is_gone_is_told() -> None:
    state = june()(D(2022, 6, 20), _came("S001"), _came("S002")).state
    view = shown(state)
    rows = sheet(view.entries.rows)
    assert grow(view.seed, rows[::-1], []).notes == ()
    again = grow(view.seed, [row for row in rows if row[1] != "S002"], [])
    assert len(again.notes) == 1 and "S002 任务1（2022-06）" in again.notes[0] and "不见了" in again.notes[0]
    assert replay(again.records).entry("2022-06", "S001", 1)


def test_closed_rows_that_are_gone_are_told() -> None:
    story = june()(D(2022, 6, 20), _came("S001"))
    state = story.state
    assert state.current
    story(
        D(2022, 6, 30),
        RoundClosed("2022-06", tuple(entry_rows(state, look(state, state.current, D(2022, 6, 30))))),
    )
    view = shown(story.state)
    history = sheet(view.history.rows)
    assert grow(view.seed, sheet(view.entries.rows), history).notes == ()
    notes = grow(view.seed, sheet(view.entries.rows), history[1:]).notes
    assert len(notes) == 1 and f"原有{len(history)}行，现在有{len(history) - 1}行" in notes[0]


# --- the chunks -----------------------------------------------------------------------------------
def test_the_same_state_sows_the_same_cells() -> None:
    first, second = (shown(Months(1).play()).seed for _ in range(2))
    assert first == second and all(chunk.isascii() and len(chunk) <= CHUNK for chunk in first)


def test_many_returns_go_into_several_chunks() -> None:
    rng = random.Random(0)
    sent = [
        Return(i, rng.randbytes(32).hex(), "x.xlsx", "S001", "2022-06", *(datetime(2022, 6, 9),) * 3)
        for i in range(1, 1500)
    ]
    state = june()(D(2022, 6, 20), *sent).state
    assert len(shown(state).seed) > 1
    assert sorted(r.sha256 for r in replay(regrown(state).records).returns["2022-06", "S001"]) == sorted(
        r.sha256 for r in sent
    )


def test_a_seed_that_is_not_whole_is_lost() -> None:
    view = shown(Months(1).play())
    rows = sheet(view.entries.rows), sheet(view.history.rows)
    packed = zlib.decompress(b64decode("".join(view.seed)))
    newer = packed[:4] + packed[4:].replace(b'"version":1', b'"version":2', 1)
    for chunks in (
        (),
        ("AAAA",),
        (view.seed[0][:-8],),
        (b64encode(zlib.compress(newer)).decode(),),
        ("不是",),
    ):
        with pytest.raises(SeedLost):
            grow(chunks, *rows)


def _came(unit: str) -> Return:
    moment = datetime(2022, 6, 20, 9)
    sha256 = f"{UNITS.index(unit):064x}"
    plan = small_plan()
    assert plan.tasks[0].no == 1
    return Return(
        UNITS.index(unit) + 1, sha256, f"{unit}.xlsx", unit, "2022-06", moment, None, moment, (answer(),)
    )
