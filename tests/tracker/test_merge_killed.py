"""A merge that is killed, or whose disk is full, at each of its steps: old or new, never a mix, and nothing lost.

A step is an open for writing, a write, a sync, a replacement, a renaming, a new folder, a deletion or a change in the
ledger. A forked child counts its own steps and stops at the one asked for; what the disk then holds is judged here.
EDUXL_KILLS is how many merges are killed at random moments, the middle of a commit of SQLite among them.
"""

from __future__ import annotations

import builtins
import errno
import hashlib
import io
import os
import random
import shutil
import signal
import sqlite3
import time
import traceback
from collections.abc import Callable
from datetime import date as D
from pathlib import Path
from typing import Any, NoReturn

import pytest
import python_calamine
import sqlalchemy as sa
from attrs import frozen

from eduxl import labels as L
from eduxl.errors import EduxlError, FileProblem
from eduxl.tracker.tracker import Tracker
from eduxl.tracker.views import digest
from tests.builders import fill, small_plan, small_roster

pytestmark = [
    pytest.mark.skipif(not hasattr(os, "fork"), reason="fork"),
    pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning"),
]
KILLS = int(os.environ.get("EDUXL_KILLS", "10"))
DAY = D(2022, 6, 26)
ANSWER = {L.STATUS: L.UNDER_WAY, L.PROGRESS: 0.5, L.REPORT: "实验室已建成一间，正在采购器材"}
WRITES = ("open", "write", "sync", "folder", "ledger")
NEVER = 10**9
#: how a child ends: it never came to the step; merged although it failed; recorded all but the workbook; refused
DONE, HARMLESS, LATER, REFUSED = 0, 3, 4, 5


@frozen
class Case:
    """A tracker with one return merged and three to come, kept in `base` and played in `work`."""

    base: Path
    work: Path
    #: bytes of the workbook before the merge
    old: bytes
    #: what the workbook shows, and the digest of all tables, after a merge that nothing disturbed
    shown: Any
    digest: str
    #: how many events there are before and after
    events: tuple[int, int]
    #: hashes of the returns archived before, and after
    kept: tuple[frozenset[str], frozenset[str]]

    def lay_out(self) -> Tracker:
        shutil.rmtree(self.work, ignore_errors=True)
        shutil.copytree(self.base, self.work)
        return Tracker.open(self.work / "总台账.xlsx")


def merge(tracker: Tracker) -> None:
    tracker.merge([tracker.path.with_name("in")], as_of=DAY)


def shown(path: Path) -> Any:
    """Cells of all sheets that people see."""
    book = python_calamine.CalamineWorkbook.from_path(path)
    names = [name for name in book.sheet_names if name != L.META]
    return {name: book.get_sheet_by_name(name).to_python() for name in names}


def archived(tracker: Tracker) -> frozenset[str]:
    """Hashes of the archived files, each under the name that says so; drafts are none."""
    found = [p for p in tracker.memory.glob("archive/*/*") if not p.name.startswith(".")]
    hashes = {p: hashlib.sha256(p.read_bytes()).hexdigest() for p in found}
    assert all(path.stem == value for path, value in hashes.items())
    return frozenset(hashes.values())


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Case:
    folder = tmp_path_factory.mktemp("killed")
    base, work = folder / "base", folder / "work"
    base.mkdir()
    tracker = Tracker.create(small_plan(), small_roster(), base / "总台账.xlsx", as_of=D(2022, 6, 1))
    tracker.open_round("2022-06", D(2022, 6, 25), as_of=D(2022, 6, 1))
    forms = {p.name.split("_")[0]: p for p in tracker.write_templates(as_of=D(2022, 6, 2))}
    sent = [fill(forms["S001"], base / "in" / "先到.xlsx", {1: ANSWER}, D(2022, 6, 9))]
    tracker.merge([base / "in"], as_of=D(2022, 6, 10))
    before = archived(tracker)
    for at, unit in enumerate(("S001", "S002", "S003")):
        answer = ANSWER | {L.PROGRESS: 0.6 + at / 10, L.REPORT: f"第{at + 1}批器材已经到校并安装调试完毕"}
        sent.append(fill(forms[unit], base / "in" / f"{unit}.xlsx", {1: answer}, D(2022, 6, 11 + at)))
    shutil.copytree(base, work)
    done = Tracker.open(work / "总台账.xlsx")
    merge(done)
    after = frozenset(hashlib.sha256(path.read_bytes()).hexdigest() for path in sent)
    assert archived(done) == after > before
    return Case(
        base, work, tracker.path.read_bytes(), shown(done.path), digest(done.view(as_of=DAY)),
        (tracker.events(), done.events()), (before, after),
    )  # fmt: skip


# --- the file layer of a child --------------------------------------------------------------------
class Layer:
    """Counts steps; at the one asked for the process is killed, or the disk is full from then on."""

    def __init__(self, at: int, full: bool) -> None:
        self.at, self.full, self.count = at, full, 0

    def step(self, kind: str) -> bool:
        """Take a step; True where it is the last one and its caller is to do half of it first."""
        self.count += 1
        if self.full:
            if self.count == self.at or (self.count > self.at and kind in WRITES):
                if kind == "ledger":
                    raise sqlite3.OperationalError("database or disk is full")
                if kind != "deletion":  # needs no room
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        elif self.count == self.at:
            if kind == "write":
                return True
            self.die()
        return False

    @staticmethod
    def die() -> NoReturn:
        os.kill(os.getpid(), signal.SIGKILL)
        raise AssertionError

    def before(self, kind: str, call: Callable[..., Any]) -> Callable[..., Any]:
        def wrapped(*args: Any, **more: Any) -> Any:
            self.step(kind)
            return call(*args, **more)

        return wrapped

    def install(self) -> None:
        """Stand between this process and its disk; only ever in a child."""
        layer = self

        class Raw(io.FileIO):
            def write(self, data: Any) -> int:
                if layer.step("write"):
                    view = memoryview(data).cast("B")
                    super().write(view[: len(view) // 2])
                    layer.die()
                return super().write(data)

        real = io.open

        def opened(file: Any, mode: str = "r", buffering: int = -1, *args: Any, **more: Any) -> Any:
            if isinstance(file, int) or not set(mode) & set("wax+"):
                return real(file, mode, buffering, *args, **more)
            layer.step("open")
            raw = Raw(file, mode.replace("b", "").replace("t", ""))
            buffered = io.BufferedRandom(raw) if "+" in mode else io.BufferedWriter(raw)
            return buffered if "b" in mode else io.TextIOWrapper(buffered, *args, **more)

        set_all: list[tuple[Any, str, Any]] = [
            (builtins, "open", opened),
            (io, "open", opened),
            (shutil, "_USE_CP_SENDFILE", False),  # copies then go through `write`
            (os, "fsync", self.before("sync", os.fsync)),
            (os, "replace", self.before("replace", os.replace)),
            (os, "rename", self.before("replace", os.rename)),
            (os, "mkdir", self.before("folder", os.mkdir)),
            (os, "unlink", self.before("deletion", os.unlink)),
        ]
        for owner, name, value in set_all:
            setattr(owner, name, value)

        def executed(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
            if statement.split()[0].upper() in ("INSERT", "UPDATE", "DELETE"):
                layer.step("ledger")

        sa.event.listen(sa.Engine, "before_cursor_execute", executed)
        sa.event.listen(sa.Engine, "commit", lambda _: layer.step("ledger"))


def start(tracker: Tracker, at: int = NEVER, full: bool = False) -> int:
    """A child that merges and is killed, or has a full disk, at a step."""
    return child_of(tracker, Layer(at, full), lambda e: isinstance(e, FileProblem) and e.code == "disk-full")


def child_of(tracker: Tracker, layer: Layer, is_refusal: Callable[[EduxlError], bool]) -> int:
    """A child that merges, by its number. It ends with one of the above, with 1 for anything else, or is killed."""
    child = os.fork()
    if child:
        return child
    code = 1
    try:
        layer.install()
        try:
            merge(tracker)
            later = "没能更新" in "".join(tracker.notes)
            code = DONE if layer.count < layer.at else LATER if later else HARMLESS
        except EduxlError as error:
            code = REFUSED if is_refusal(error) else 1
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(code)


def ended(child: int) -> int:
    """Its exit code, or minus the signal that killed it."""
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def judge(case: Case, tracker: Tracker) -> bool:
    """Old or new, then a merge that ends as if nothing had been; tells whether the workbook was new."""
    kept_before, kept_after = case.kept
    new = tracker.path.read_bytes() != case.old
    if new:
        assert shown(tracker.path) == case.shown
    assert archived(tracker) >= kept_before
    happened = tracker.events()
    assert happened in case.events
    if happened == case.events[1]:
        assert archived(tracker) == kept_after
    assert happened == case.events[1] or not new
    again = Tracker.open(tracker.path)
    merge(again)
    assert digest(again.view(as_of=DAY)) == case.digest
    assert shown(again.path) == case.shown
    assert archived(again) == kept_after
    left = [p for p in case.work.rglob("*") if ".tmp" in p.name]
    assert not left
    return new


def test_killed_at_every_step(case: Case) -> None:
    outcomes = set()
    for at in range(1, 1000):
        tracker = case.lay_out()
        code = ended(start(tracker, at))
        if code == DONE:
            break
        assert code == -signal.SIGKILL, f"step {at}: exit {code}"
        try:
            outcomes.add(judge(case, tracker))
        except BaseException as error:
            error.add_note(f"killed at step {at}")
            raise
    assert at > 30
    assert outcomes == {False, True}


def test_a_full_disk_at_every_step(case: Case) -> None:
    refused = 0
    for at in range(1, 1000):
        tracker = case.lay_out()
        code = ended(start(tracker, at, full=True))
        if code == DONE:
            break
        assert code in (HARMLESS, LATER, REFUSED), f"step {at}: exit {code}"
        if code == REFUSED:  # “什么也没有改动”
            refused += 1
            assert tracker.path.read_bytes() == case.old, f"step {at}"
            assert tracker.events() == case.events[0], f"step {at}"
            assert archived(tracker) == case.kept[0], f"step {at}"
        try:
            judge(case, tracker)
        except BaseException as error:
            error.add_note(f"disk full from step {at} on")
            raise
    assert refused > 20


def test_killed_at_random_moments(case: Case) -> None:
    begun = time.perf_counter()
    assert ended(start(case.lay_out())) == DONE
    whole = time.perf_counter() - begun
    dice = random.Random(2022)
    killed = 0
    for _ in range(KILLS):
        tracker = case.lay_out()
        moment = dice.uniform(0, whole * 1.05)
        child = start(tracker)
        time.sleep(moment)
        os.kill(child, signal.SIGKILL)
        killed += ended(child) == -signal.SIGKILL
        judge(case, tracker)
    assert killed
