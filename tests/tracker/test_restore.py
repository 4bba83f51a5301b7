"""The memory folder gone, or the workbook: every command goes on, and says what cannot be known again."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from datetime import date as D
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from click.testing import CliRunner, Result

from eduxl import labels as L
from eduxl.cli import main
from eduxl.errors import TrackerError
from eduxl.tracker.rebuild import REBUILD
from eduxl.tracker.tables import Master
from eduxl.tracker.tracker import Tracker
from tests.builders import fill, sheet_rows, small_plan, small_roster
from tests.tracker.test_tracker import ANSWER, DONE, entry_of, snapshot, type_into

DAY = D(2022, 6, 28)


@pytest.fixture
def tracker(tmp_path: Path) -> Tracker:
    """Round 2022-05 closed, 2022-06 open with two returns, a draft that was replaced and a file of nobody's."""
    made = Tracker.create(small_plan(), small_roster(), tmp_path / "总台账.xlsm", as_of=D(2022, 5, 1))
    made.open_round("2022-05", D(2022, 5, 25), as_of=D(2022, 5, 1))
    forms = _forms(made, D(2022, 5, 2))
    fill(forms["S001"], tmp_path / "五月" / "S001.xlsx", {1: ANSWER}, D(2022, 5, 20))
    made.merge([tmp_path / "五月"], as_of=D(2022, 5, 26))
    made.open_round("2022-06", D(2022, 6, 25), as_of=D(2022, 6, 1))
    forms = _forms(made, D(2022, 6, 2))
    inbox = tmp_path / "收回"
    fill(forms["S002"], inbox / "初稿.xlsx", {1: {**ANSWER, L.PROGRESS: 0.2}}, D(2022, 6, 19))
    fill(forms["S002"], inbox / "S002.xlsx", {1: ANSWER}, D(2022, 6, 20))
    fill(forms["S003"], inbox / "改名了.xlsx", {1: {**DONE, L.STATUS: "差不多"}}, D(2022, 6, 27))
    book = openpyxl.Workbook()
    book.save(inbox / "谁的.xlsx")
    os.utime(inbox / "谁的.xlsx", (1_655_700_000,) * 2)
    made.merge([inbox], as_of=DAY)
    return made


def _forms(tracker: Tracker, day: D) -> dict[str, Path]:
    return {path.name.split("_")[0]: path for path in tracker.write_templates(as_of=day)}


def alone(tracker: Tracker) -> Tracker:
    """The tracker after its memory folder has gone."""
    shutil.rmtree(tracker.memory)
    return Tracker.open(tracker.path)


def same(before: Master, after: Master) -> None:
    for name in Master.__annotations__:
        if name not in ("log", "seed", "meta"):
            assert getattr(after, name) == getattr(before, name), name


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(a) for a in arguments], catch_exceptions=False)


# --- the memory folder is gone --------------------------------------------------------------------
def test_looking_needs_no_memory(tracker: Tracker) -> None:
    before = tracker.view(as_of=DAY), tracker.rounds(), tracker.status(as_of=DAY)
    again = alone(tracker)
    assert (again.view(as_of=DAY).entries, again.rounds()) == (before[0].entries, before[1])
    same(before[0], again.view(as_of=DAY))
    assert not again.memory.exists()
    assert again.status(as_of=DAY) == before[2]
    assert any("没有找到记录文件夹“总台账.eduxl”" in note for note in again.notes)
    assert (again.memory / "ledger.sqlite").exists()


COMMANDS: dict[str, Callable[[Tracker, Path], Any]] = {
    "merge": lambda t, folder: t.merge([folder / "收回"], as_of=DAY).files,
    "merge more": lambda t, folder: t.merge([folder / "新"], as_of=DAY).to_json(),
    "dry run": lambda t, folder: t.merge([folder / "新"], as_of=DAY, dry_run=True).to_json(),
    "close": lambda t, folder: t.close_round(as_of=DAY),
    "open": lambda t, folder: t.open_round("2022-07", D(2022, 7, 25), as_of=DAY),
    "templates": lambda t, folder: [p.name for p in t.write_templates(as_of=DAY)],
    "sendback": lambda t, folder: t.write_sendback(as_of=DAY),
    "status": lambda t, folder: t.status(as_of=DAY),
    "earlier": lambda t, folder: t.status(as_of=D(2022, 5, 27)),
    "update": lambda t, folder: t.update_plan(small_plan(*small_plan().tasks[1:]), as_of=DAY).plan,
    "copy": lambda t, folder: sheet_rows(t.write_as_of(DAY, folder / "另存.xlsx"), L.ENTRIES, L.TASK_NO),
}


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_does_as_with_its_memory(name: str, tracker: Tracker, tmp_path: Path) -> None:
    template = next((tmp_path / "templates" / "2022-06").glob("S001*"))
    fill(template, tmp_path / "新" / "S001.xlsx", {1: ANSWER}, D(2022, 6, 24))
    other = tmp_path / "别处"
    shutil.copytree(tmp_path, other, ignore=shutil.ignore_patterns("别处"))
    expected = COMMANDS[name](tracker, tmp_path)
    again = alone(Tracker(other / tracker.path.name))
    found = COMMANDS[name](again, other)
    assert str(found).replace(str(other), str(tmp_path)) == str(expected)
    assert any("没有找到记录文件夹" in note for note in again.notes)
    assert again.memory.exists() == (name not in ("dry run", "earlier"))
    same(tracker.view(as_of=DAY), again.view(as_of=DAY))


def test_merging_the_same_files_again_brings_nothing_new(tracker: Tracker, tmp_path: Path) -> None:
    again = alone(tracker)
    again.merge([tmp_path / "收回"], as_of=DAY)
    log = [row["操作"] for row in sheet_rows(again.path, L.LOG, "操作")]
    assert log.count(REBUILD) == 1 and log.count(L.MERGE) == 2
    before = again.path.read_bytes()
    assert not again.merge([tmp_path / "收回"], as_of=DAY).changed
    assert again.path.read_bytes() == before and again.notes == []


def test_what_the_clerk_typed_since_counts(tracker: Tracker) -> None:
    row: dict[str, object] = {L.UNIT_CODE: "S002", L.TASK_NO: 1}
    type_into(tracker, L.ENTRIES, row, {L.REVIEW: L.SENT_BACK, L.REVIEW_NOTE: "请写明间数"})
    again = alone(tracker)
    assert again.status(as_of=DAY).flags[L.F_SENT_BACK] == 1
    again.close_round(as_of=DAY)
    assert L.F_SENT_BACK in str(entry_of(again, "S002")[L.FLAGS])


def test_an_answer_typed_over_is_told(tracker: Tracker) -> None:
    type_into(tracker, L.ENTRIES, {L.UNIT_CODE: "S002", L.TASK_NO: 1}, {L.REPORT: "一切顺利"})
    again = alone(tracker)
    again.close_round(as_of=DAY)
    assert entry_of(again, "S002")[L.REPORT] == "一切顺利"
    assert any("S002 任务1（2022-06）" in note for note in again.notes)
    log = sheet_rows(again.path, L.LOG, "操作")
    assert any("S002 任务1（2022-06）" in str(line["内容"]) for line in log if line["操作"] == REBUILD)


def test_a_merge_of_before_cannot_be_undone(tracker: Tracker) -> None:
    with pytest.raises(TrackerError) as caught:
        alone(tracker).undo(as_of=DAY)
    assert caught.value.code == "cannot-undo" and REBUILD in str(caught.value)


def test_an_open_workbook_is_met_before_anything_is_made(tracker: Tracker) -> None:
    shutil.rmtree(tracker.memory)
    (tracker.path.parent / f"~${tracker.path.name}").write_bytes(b"")
    before = snapshot(tracker.path.parent)
    with pytest.raises(TrackerError) as caught:
        Tracker.open(tracker.path).close_round(as_of=DAY)
    assert caught.value.code == "in-use" and snapshot(tracker.path.parent) == before


def test_a_folder_that_lost_its_ledger_alone_keeps_the_rest(tracker: Tracker) -> None:
    (tracker.memory / "ledger.sqlite").unlink()
    kept = snapshot(tracker.memory / "archive")
    again = Tracker.open(tracker.path)
    again.close_round(as_of=DAY)
    assert kept and snapshot(again.memory / "archive") == kept


def test_a_mailed_workbook_is_found_in_its_folder(
    tracker: Tracker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mailed = tmp_path / "邮件"
    mailed.mkdir()
    shutil.copy2(tracker.path, mailed / "民乐台账.xlsm")
    shutil.copytree(tmp_path / "templates", mailed / "templates")
    monkeypatch.chdir(mailed)
    told = run("status", "--as-of", DAY)
    assert told.exit_code == 0 and "2022-06" in told.stdout and "没有找到记录文件夹" in told.stderr
    assert run("status", "--as-of", DAY).stderr == ""
    shutil.copy2(tracker.path, mailed / "又一份.xlsm")
    shutil.rmtree(mailed / "民乐台账.eduxl")
    told = run("status")
    assert told.exit_code == 1 and "2个总台账" in told.stderr


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere")
def test_status_in_a_folder_that_cannot_be_written(tracker: Tracker) -> None:
    again, folder = alone(tracker), tracker.path.parent
    folder.chmod(0o555)
    try:
        assert again.status(as_of=DAY).received == 2
        assert any("不能写入" in note for note in again.notes)
    finally:
        folder.chmod(0o755)


def test_status_goes_on_where_no_folder_can_be_made(
    tracker: Tracker, monkeypatch: pytest.MonkeyPatch
) -> None:
    again = alone(tracker)
    mkdir = Path.mkdir

    def refuse(path: Path, *more: Any, **others: Any) -> None:
        if path.parent == tracker.path.parent:
            raise PermissionError(13, "Permission denied", str(path))
        mkdir(path, *more, **others)

    monkeypatch.setattr(Path, "mkdir", refuse)
    assert again.status(as_of=DAY).received == 2
    assert any("不能写入" in note for note in again.notes) and not again.memory.exists()


# --- whose memory it is ---------------------------------------------------------------------------
def test_a_renamed_workbook_is_not_given_a_second_memory(tracker: Tracker) -> None:
    other = tracker.path.with_name("总台账(1).xlsm")
    tracker.path.rename(other)
    before = snapshot(other.parent)
    with pytest.raises(TrackerError, match=r"改回 总台账\.xlsm") as caught:
        Tracker.open(other)
    assert caught.value.code == "namesake" and snapshot(other.parent) == before


def test_a_copy_beside_the_original_is_refused(tracker: Tracker) -> None:
    other = tracker.path.with_name("副本.xlsm")
    shutil.copy2(tracker.path, other)
    with pytest.raises(TrackerError, match=r"请直接用 总台账\.xlsm"):
        Tracker.open(other)


def test_another_trackers_memory_is_no_namesake(tracker: Tracker, tmp_path: Path) -> None:
    far = tmp_path / "乙"
    far.mkdir()
    Tracker.create(small_plan(), small_roster(), far / "乙.xlsm", as_of=D(2022, 5, 1))
    shutil.copy2(tracker.path, far / "甲.xlsm")
    assert Tracker.open(far / "甲.xlsm").status(as_of=DAY).received == 2


# --- the seed is lost -----------------------------------------------------------------------------
def lose_seed(path: Path, *, whole: bool = False) -> None:
    book = openpyxl.load_workbook(path, keep_vba=True)
    if whole:
        del book[L.META]
    else:
        book[L.META].delete_cols(7)
    book.save(path)


def test_without_the_seed_the_sheets_tell(tracker: Tracker) -> None:
    tracker.open_round("2022-06", D(2022, 6, 24), as_of=DAY)
    type_into(tracker, L.ENTRIES, {L.UNIT_CODE: "S002", L.TASK_NO: 1}, {L.REVIEW: L.SENT_BACK})
    type_into(tracker, L.TASKS, {L.TASK_NO: 2}, {L.CLOSED: L.CLOSED_YES, L.REMARK: "年底前"})
    tracker.status(as_of=DAY)
    before, rounds = tracker.view(as_of=DAY), tracker.rounds()
    lose_seed(tracker.path)
    again = alone(tracker)
    view = again.view(as_of=DAY)
    assert again.rounds() == rounds
    for name in (
        "home",
        "overview",
        "tasks",
        "matrix",
        "entries",
        "history",
        "alerts",
        "roster",
        "rules",
        "rejected",
    ):
        assert getattr(view, name) == getattr(before, name), name
    assert again.status(as_of=DAY).received == 2
    assert any("只按看得见的各张工作表重建" in note for note in again.notes)
    again.close_round(as_of=DAY)
    assert not any("改动过" in note for note in again.notes)


def test_without_the_hidden_sheet_nothing_is_made_up(tracker: Tracker) -> None:
    lose_seed(tracker.path, whole=True)
    before = snapshot(tracker.path.parent)
    again = alone(tracker)
    with pytest.raises(TrackerError) as caught:
        again.status(as_of=DAY)
    assert caught.value.code == "no-memory"
    assert set(snapshot(tracker.path.parent)) <= set(before)


# --- the workbook is gone -------------------------------------------------------------------------
def test_restore_makes_the_workbook_again(tracker: Tracker) -> None:
    before = tracker.view(as_of=DAY)
    tracker.path.unlink()
    told = run("master", "--restore", "-m", tracker.path, "--as-of", DAY)
    assert told.exit_code == 0 and str(tracker.path) in told.stdout
    same(before, tracker.view(as_of=DAY))
    assert entry_of(tracker, "S002")[L.REPORT] == ANSWER[L.REPORT]
    log = [row["操作"] for row in sheet_rows(tracker.path, L.LOG, "操作")]
    assert log[0] == "恢复"


def test_restore_leaves_a_workbook_that_is_there(tracker: Tracker) -> None:
    before = snapshot(tracker.path.parent)
    told = run("master", "--restore", "-m", tracker.path)
    assert told.exit_code == 1 and "还在" in told.stderr and snapshot(tracker.path.parent) == before
    assert run("master", "--restore", "计划.xlsx").exit_code == 2
