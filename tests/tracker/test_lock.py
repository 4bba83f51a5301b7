"""One writer at a time, in processes of their own: who waits, who is told what, and what a killed one leaves."""

from __future__ import annotations

import getpass
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date as D
from datetime import datetime
from pathlib import Path

import pytest

from eduxl import labels as L
from eduxl.errors import TrackerError
from eduxl.tracker import lock
from eduxl.tracker.tracker import Tracker
from tests.builders import fill, sheet_rows, small_plan, small_roster
from tests.tracker.test_tracker import ANSWER, snapshot

DAY = D(2022, 6, 26)
ENV = {
    **os.environ, "PYTHONPATH": os.pathsep.join(p or os.getcwd() for p in sys.path), "PYTHONIOENCODING": "utf-8",
}  # fmt: skip
#: Holds the lock of a memory folder as a merge does, until its input ends.
_HOLDER = """
import sys
from pathlib import Path
from eduxl.tracker import lock

with lock.held(Path(sys.argv[1]), "汇总"):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def tracker(tmp_path: Path) -> Tracker:
    made = Tracker.create(small_plan(), small_roster(), tmp_path / "总台账.xlsx", as_of=D(2022, 6, 1))
    made.open_round("2022-06", D(2022, 6, 25), as_of=D(2022, 6, 1))
    return made


@contextmanager
def holder(tracker: Tracker) -> Iterator[subprocess.Popen[str]]:
    """Another process that has the tracker's lock."""
    command = [sys.executable, "-c", _HOLDER, str(tracker.memory)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=ENV
    ) as child:
        assert child.stdout and child.stdin
        assert child.stdout.readline() == "held\n"
        yield child
        child.kill()


def note_of(tracker: Tracker) -> Path:
    return tracker.memory / "lock.json"


def test_who_holds_it_is_told(tracker: Tracker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lock, "WAIT", 0.1)
    with holder(tracker) as child:
        note = json.loads(note_of(tracker).read_text(encoding="utf-8"))
        assert set(note) == {"host", "user", "pid", "time", "command"}
        assert (note["host"], note["user"], note["pid"], note["command"]) == (
            socket.gethostname(), getpass.getuser(), child.pid, "汇总",
        )  # fmt: skip
        assert datetime.fromisoformat(note["time"]).tzinfo
        before = snapshot(tracker.path.parent)
        with pytest.raises(TrackerError) as caught:
            tracker.close_round(as_of=DAY)
        said = str(caught.value)
        assert caught.value.code == "in-use" and f"{note['user']}@{note['host']}" in said
        assert "开始“汇总”" in said and f"进程{child.pid}" in said and "等它结束后再试" in said
        assert snapshot(tracker.path.parent) == before


def test_a_command_waits_for_a_short_one(tracker: Tracker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lock, "WAIT", 60)
    command = [sys.executable, "-c", _HOLDER, str(tracker.memory)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=ENV
    ) as child:
        assert child.stdout and child.stdin and child.stdout.readline() == "held\n"
        child.stdin.close()  # it ends while the command below waits, or just before
        tracker.close_round(as_of=DAY)
    assert tracker.rounds()[0].closed and not any("没有正常结束" in note for note in tracker.notes)
    assert not note_of(tracker).exists()


@pytest.mark.skipif(os.name == "nt", reason="SIGKILL")
def test_a_killed_holder_is_named_and_the_work_goes_on(tracker: Tracker) -> None:
    with holder(tracker) as child:
        child.send_signal(signal.SIGKILL)
        child.wait()
    assert note_of(tracker).exists()
    tracker.close_round(as_of=DAY)
    (told,) = [note for note in tracker.notes if "没有正常结束" in note]
    assert told.startswith("上次的“汇总”") and f"{getpass.getuser()}@{socket.gethostname()}" in told
    assert not note_of(tracker).exists()
    tracker.status(as_of=DAY)
    assert tracker.notes == []


def test_a_note_that_is_not_whole_stops_nothing(tracker: Tracker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lock, "WAIT", 0.1)
    for text in (
        '{"host": "甲',
        "",
        "[]",
        '{"host": "甲", "user": "乙", "pid": 1, "time": "昨天", "command": "汇总"}',
    ):
        note_of(tracker).write_text(text, encoding="utf-8")
        tracker.status(as_of=DAY)
        assert any("没有正常结束" in note for note in tracker.notes) and not note_of(tracker).exists()
        with holder(tracker):
            note_of(tracker).write_text(text, encoding="utf-8")
            with pytest.raises(TrackerError, match="另一个 eduxl"):
                tracker.close_round(as_of=DAY)
        note_of(tracker).unlink()


def test_a_command_that_fails_leaves_no_note(tracker: Tracker) -> None:
    with pytest.raises(TrackerError, match="没有可以撤销"):
        tracker.undo(as_of=DAY)
    assert not note_of(tracker).exists()


def test_two_merges_at_once_each_come_through_whole_or_say_who_is_at_work(
    tracker: Tracker, tmp_path: Path
) -> None:
    forms = {p.name[:4]: p for p in tracker.write_templates(as_of=D(2022, 6, 2))}
    units = ("S002", "S003")
    for unit in units:
        fill(forms[unit], tmp_path / unit / f"{unit}.xlsx", {1: ANSWER}, D(2022, 6, 20))
    command = [sys.executable, "-c", "from eduxl.cli import main; main()", "merge", "-m", str(tracker.path)]
    running = [
        subprocess.Popen(
            [*command, str(tmp_path / unit), "--as-of", "2022-06-26"], env=ENV, text=True, encoding="utf-8",
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )
        for unit in units
    ]  # fmt: skip
    through = set()
    for unit, child in zip(units, running, strict=True):
        _, said = child.communicate()
        if child.returncode == 0:
            through.add(unit)
        else:
            assert child.returncode == 1 and "另一个 eduxl 正在处理这个台账" in said and "开始“汇总”" in said
    assert through
    rows = sheet_rows(tracker.path, L.ENTRIES, L.TASK_NO)
    assert {row[L.UNIT_CODE] for row in rows if row[L.STATUS]} == through
    assert [step.command for step in tracker.history()].count("汇总") == len(through)
    assert tracker.merge([tmp_path / unit for unit in units], as_of=DAY).changed == (len(through) < 2)
