"""The commit of a workbook that stays open: what has been recorded is never lost, whatever the program does."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date as D
from pathlib import Path

import pytest

from eduxl import labels as L
from eduxl.errors import FileProblem, TrackerError
from eduxl.ooxml.refusal import Refused
from eduxl.tracker.inputs import Inputs, read_inputs, read_tables
from eduxl.tracker.open_commit import OpenTracker
from eduxl.tracker.patch import patch_master
from eduxl.tracker.tables import Master

from ..survival.desk import DAYS, Desk, set_up
from ..tracker.test_tracker import type_into


class Program:
    """Has the workbook "open": the file itself, patched when the program would write. `fails` names a step."""

    def __init__(self, path: Path, fails: str = "") -> None:
        self._path, self._fails = path, fails
        self._draft = path.with_name("draft.xlsm")
        self.steps: list[str] = []

    def _step(self, name: str) -> None:
        self.steps.append(name)
        if self._fails == f"{name}{self.steps.count(name)}":
            if name == "prepare":
                raise Refused("缺一列", code="not-open")
            raise FileProblem("存不了盘", code="read-only") if name == "save" else OSError("Excel 崩溃")

    def inputs(self) -> Inputs:
        return read_inputs(self._path)

    def prepare(self, view: Master, renumbered: Callable[[int], int]) -> list[str]:
        self._step("prepare")
        return patch_master(self._path, view, self._draft, renumbered=renumbered)

    def write(self) -> None:
        self._step("write")
        self._draft.replace(self._path)

    def save(self) -> None:
        self._step("save")


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    folder = tmp_path_factory.mktemp("open") / "台账"
    folder.mkdir()
    return set_up(folder)


@pytest.fixture
def own(desk: Desk, tmp_path: Path) -> Desk:
    return desk.copy(tmp_path / "台账")


def merged(own: Desk, program: Program) -> OpenTracker:
    tracker = OpenTracker(own.path, program)
    tracker.merge([own.folder / "来件1"], as_of=DAYS[0])
    return tracker


def rows(path: Path) -> tuple[tuple[object, ...], ...]:
    return read_tables(path, {L.ENTRIES: L.ENTRY_COLUMNS})[0][L.ENTRIES].rows


def test_saved_before_and_after(own: Desk) -> None:
    program = Program(own.path)
    assert merged(own, program).notes == []
    assert program.steps == ["save", "prepare", "write", "save"]
    assert not own.tracker.merge([own.folder / "来件1"], as_of=DAYS[0]).changed


@pytest.mark.parametrize("fails", ["write1", "save2"])
def test_what_was_recorded_is_completed_by_the_next_command(own: Desk, fails: str) -> None:
    wanted = own.copy(own.folder.with_name("另一份"))
    wanted.merge(1)
    before = own.path.read_bytes()
    tracker = merged(own, Program(own.path, fails))
    assert "没能写完" in tracker.notes[-1]
    own.path.write_bytes(before)  # closed without saving
    own.tracker.refresh(as_of=DAYS[0])
    assert rows(own.path) == rows(wanted.path)


@pytest.mark.parametrize("fails", ["save1", "prepare1"])
def test_what_fails_before_the_commit_changes_nothing(own: Desk, fails: str) -> None:
    before, events = own.path.read_bytes(), own.tracker.events()
    kept = sorted(path.name for path in own.tracker.memory.rglob("*.*") if "ledger" not in path.name)
    with pytest.raises((FileProblem, Refused)):
        merged(own, Program(own.path, fails))
    assert own.path.read_bytes() == before and own.tracker.events() == events
    assert kept == sorted(path.name for path in own.tracker.memory.rglob("*.*") if "ledger" not in path.name)


def test_undo_brings_back_what_was_open(own: Desk) -> None:
    before = rows(own.path)
    merged(own, Program(own.path))
    assert rows(own.path) != before
    own.tracker.undo(as_of=DAYS[0])
    assert rows(own.path) == before


def test_undo_of_a_workbook_that_is_open_is_refused_and_changes_nothing(own: Desk) -> None:
    merged(own, Program(own.path))
    before, events = own.path.read_bytes(), own.tracker.events()
    kept = sorted((own.tracker.memory / "backups").iterdir())
    program = Program(own.path)
    with pytest.raises(TrackerError) as caught:
        OpenTracker(own.path, program).undo(as_of=DAYS[0])
    assert caught.value.code == "in-use" and program.steps == ["save"]
    assert own.path.read_bytes() == before and own.tracker.events() == events
    assert sorted((own.tracker.memory / "backups").iterdir()) == kept


def test_what_was_typed_over_is_restored_and_said_as_for_a_file(own: Desk) -> None:
    key = {L.UNIT_CODE: "S001", L.TASK_NO: 1}
    before = rows(own.path)
    type_into(own.tracker, L.ENTRIES, key, {L.REPORT: "改掉"})
    twin = own.copy(own.folder.with_name("另一份"))
    program = Program(own.path)
    tracker, by_file = OpenTracker(own.path, program), twin.tracker
    for one in (tracker, by_file):
        assert one.refresh(as_of=D(2022, 6, 26)).changed
    assert tracker.notes == by_file.notes and "改动过的填报内容" in tracker.notes[-1]
    assert program.steps == ["save", "prepare", "write", "save"]
    assert rows(own.path) == rows(twin.path) == before
