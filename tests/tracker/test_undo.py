"""Going back before a merge: the exact workbook, the ledger as it was read then, and nothing else lost."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from datetime import date as D
from pathlib import Path

import pytest
from attrs import evolve
from click.testing import CliRunner

from eduxl import labels as L
from eduxl.cli import main
from eduxl.errors import TrackerError
from eduxl.summary import undo_lines
from eduxl.tracker.place import LEDGER
from eduxl.tracker.tracker import Tracker
from tests.builders import fill, sheet_rows, small_plan, small_roster
from tests.tracker.ledgers import of_version
from tests.tracker.test_tracker import ANSWER, DONE, entry_of, type_into

DAY = D(2022, 6, 26)
SENT_BACK: dict[str, object] = {L.REVIEW: L.SENT_BACK, L.REVIEW_NOTE: "请写明数量"}


@pytest.fixture
def tracker(tmp_path: Path) -> Tracker:
    made = Tracker.create(small_plan(), small_roster(), tmp_path / "总台账.xlsx", as_of=D(2022, 6, 1))
    made.open_round("2022-06", D(2022, 6, 25), as_of=D(2022, 6, 1))
    return made


@pytest.fixture
def boxes(tracker: Tracker, tmp_path: Path) -> tuple[Path, Path]:
    """Two folders of returns: S002 alone, then S003, a later one of S002 and a file that is no table."""
    forms = {p.name[:4]: p for p in tracker.write_templates(as_of=D(2022, 6, 2))}
    first, second = tmp_path / "一", tmp_path / "二"
    fill(forms["S002"], first / "甲.xlsx", {1: ANSWER}, D(2022, 6, 20))
    fill(forms["S003"], second / "乙.xlsx", {1: DONE}, D(2022, 6, 21))
    fill(forms["S002"], second / "丙.xlsx", {1: {**ANSWER, L.PROGRESS: 0.8}}, D(2022, 6, 22))
    (second / "坏.xlsx").write_text("不是表格", encoding="utf-8")
    return first, second


def shown(tracker: Tracker) -> list[dict[str, object]]:
    return sheet_rows(tracker.path, L.ENTRIES, L.TASK_NO)


def answers(tracker: Tracker) -> list[dict[str, object]]:
    """The rows without what the day makes of them."""
    return [{k: v for k, v in row.items() if k not in (L.LIGHT, L.FLAGS)} for row in shown(tracker)]


def progress(tracker: Tracker, unit: str) -> object:
    """The progress that counts in the ledger, whatever the workbook shows."""
    rows = tracker.view(as_of=DAY).entries
    at = {name: i for i, name in enumerate(rows.columns)}
    return next(r[at[L.PROGRESS]] for r in rows.rows if r[at[L.UNIT_CODE]] == unit)


# --- there and back -------------------------------------------------------------------------------
def test_the_exact_bytes_come_back_and_the_files_merge_again(
    tracker: Tracker, boxes: tuple[Path, Path]
) -> None:
    before, status = tracker.path.read_bytes(), tracker.status(as_of=DAY)
    first = tracker.merge(boxes, as_of=DAY)
    rows, after = shown(tracker), tracker.path.read_bytes()
    result = tracker.undo(as_of=DAY)
    assert tracker.path.read_bytes() == before and result.whole
    assert result.backup and result.backup.read_bytes() == after
    assert set(result.undo.files) == {"甲.xlsx", "乙.xlsx", "丙.xlsx", "坏.xlsx"}
    assert tracker.status(as_of=DAY) == status and tracker.notes == []
    assert tracker.path.read_bytes() == before, "a look changes nothing"
    assert len(list((tracker.memory / "archive").rglob("*.xlsx"))) == 4
    again = tracker.merge(boxes, as_of=DAY)
    assert again == first and again.changed and shown(tracker) == rows
    log = [(row[L.LOG_COLUMNS[1]], row[L.LOG_COLUMNS[2]]) for row in sheet_rows(tracker.path, L.LOG, "操作")]
    merged = next(told for done, told in log if done == "汇总")
    assert log[:3] == [
        ("汇总", merged), ("撤销", f"2022-06-26的汇总：{merged}"), ("汇总", f"{merged}（已撤销）"),
    ]  # fmt: skip
    assert not tracker.merge(boxes, as_of=DAY).changed


def test_twice_goes_back_two_merges_and_then_there_is_none(
    tracker: Tracker, boxes: tuple[Path, Path]
) -> None:
    states = [tracker.path.read_bytes()]
    for box in boxes:
        tracker.merge([box], as_of=DAY)
        states.append(tracker.path.read_bytes())
    assert progress(tracker, "S002") == 0.8
    for progress_then, bytes_then in zip((0.5, None), reversed(states[:2]), strict=True):
        assert tracker.undo(as_of=DAY).whole
        assert tracker.path.read_bytes() == bytes_then and progress(tracker, "S002") == progress_then
    with pytest.raises(TrackerError, match="没有可以撤销的汇总") as caught:
        tracker.undo(as_of=DAY)
    assert caught.value.code == "nothing-to-undo" and tracker.path.read_bytes() == states[0]
    tracker.merge(boxes, as_of=DAY)
    assert progress(tracker, "S002") == 0.8
    tracker.undo(as_of=DAY)
    assert tracker.path.read_bytes() == states[0], "and over again"


@pytest.mark.parametrize("seed", range(3))
def test_any_order_of_merging_and_undoing(tracker: Tracker, tmp_path: Path, seed: int) -> None:
    """Merges are a pile: each undo gives the bytes of right before the topmost one, and the units of those below."""
    chance = random.Random(seed)
    forms = {p.name[:4]: p for p in tracker.write_templates(as_of=D(2022, 6, 2))}
    units = ("S001", "S002", "S003")
    for unit in units:
        fill(forms[unit], tmp_path / unit / f"{unit}.xlsx", {1: ANSWER}, D(2022, 6, 20))
    pile: list[tuple[str, bytes]] = []
    for step in range(12):
        match chance.choice(["merge", "merge", "undo", "undo", "type", "look"]):
            case "merge":
                unit, before = chance.choice(units), tracker.path.read_bytes()
                tracker.merge([tmp_path / unit], as_of=DAY)
                if unit not in [name for name, _ in pile]:
                    pile.append((unit, before))
            case "undo" if pile:
                assert tracker.undo(as_of=DAY).whole
                assert tracker.path.read_bytes() == pile.pop()[1]
            case "type":
                type_into(tracker, L.TASKS, {L.TASK_NO: 1}, {L.REMARK: f"第{step}步写的"})
            case _:
                tracker.status(as_of=DAY)
        assert {unit for unit in units if progress(tracker, unit)} == {name for name, _ in pile}


def test_later_edits_of_the_clerk_are_kept_in_a_backup(tracker: Tracker, boxes: tuple[Path, Path]) -> None:
    type_into(tracker, L.TASKS, {L.TASK_NO: 2}, {L.REMARK: "以前写的"})
    before = tracker.path.read_bytes()
    tracker.merge(boxes, as_of=DAY)
    type_into(tracker, L.TASKS, {L.TASK_NO: 1}, {L.REMARK: "后来写的"})
    edited = tracker.path.read_bytes()
    result = tracker.undo(as_of=DAY)
    assert tracker.path.read_bytes() == before
    assert result.backup and result.backup.read_bytes() == edited and result.undo.kept == 1
    tracker.merge(boxes, as_of=DAY)
    remarks = {row[L.TASK_NO]: row[L.REMARK] for row in sheet_rows(tracker.path, L.TASKS, L.TASK_NO)}
    assert remarks == {1: "后来写的", 2: "以前写的"}


def test_reviews_go_with_the_returns_they_judged_and_others_stay(
    tracker: Tracker, boxes: tuple[Path, Path]
) -> None:
    tracker.merge(boxes[:1], as_of=DAY)
    type_into(tracker, L.ENTRIES, {L.UNIT_CODE: "S002", L.TASK_NO: 1}, SENT_BACK)
    tracker.merge(boxes[1:], as_of=DAY)  # answers that 退回
    assert entry_of(tracker, "S002")[L.REVIEW] is None
    type_into(tracker, L.ENTRIES, {L.UNIT_CODE: "S002", L.TASK_NO: 1}, {L.REVIEW: "通过"})
    type_into(tracker, L.ENTRIES, {L.UNIT_CODE: "S003", L.TASK_NO: 1}, SENT_BACK)
    type_into(tracker, L.ENTRIES, {L.UNIT_CODE: "S001", L.TASK_NO: 1}, {L.EXTENDED_TO: "2022-07-31"})
    tracker.status(as_of=DAY)  # reads some of it before the undo does
    result = tracker.undo(as_of=DAY)
    assert result.undo.withdrawn == (("S002", 1), ("S003", 1)) and result.undo.kept == 1
    assert entry_of(tracker, "S002")[L.REVIEW] == L.SENT_BACK, "the workbook is the one of before"
    flags = tracker.status(as_of=DAY).flags
    assert flags["退回"] == 1, "S002's of before, and S003's no more"
    tracker.open_round("2022-07", D(2022, 7, 25), as_of=D(2022, 7, 1))
    assert entry_of(tracker, "S002")[L.REVIEW] == L.SENT_BACK
    assert entry_of(tracker, "S002")[L.REVIEW_NOTE] == "请写明数量"
    assert entry_of(tracker, "S003")[L.REVIEW] is None
    assert str(entry_of(tracker, "S001")[L.EXTENDED_TO])[:10] == "2022-07-31"


def test_a_copy_of_before_that_is_gone_or_was_changed(tracker: Tracker, boxes: tuple[Path, Path]) -> None:
    rows = answers(tracker)
    for spoil in (Path.unlink, lambda path: path.write_bytes(b"x")):
        tracker.merge(boxes, as_of=DAY)
        assert answers(tracker) != rows
        for backup in (tracker.memory / "backups").iterdir():
            spoil(backup)
        result = tracker.undo(as_of=DAY)
        assert not result.whole and answers(tracker) == rows
        assert "按记录重新生成" in "".join(undo_lines(result))
    with pytest.raises(TrackerError, match="没有可以撤销的汇总"):
        tracker.undo(as_of=DAY)


def test_a_workbook_that_is_gone_comes_back(tracker: Tracker, boxes: tuple[Path, Path]) -> None:
    before = tracker.path.read_bytes()
    tracker.merge(boxes, as_of=DAY)
    tracker.path.unlink()
    result = tracker.undo(as_of=DAY)
    assert result.whole and result.backup is None and tracker.path.read_bytes() == before
    assert tracker.notes == []


def test_a_merge_that_never_reached_the_workbook(tracker: Tracker, boxes: tuple[Path, Path]) -> None:
    before = tracker.path.read_bytes()
    tracker.merge(boxes, as_of=DAY)
    tracker.path.write_bytes(before)
    assert tracker.undo(as_of=DAY).whole and tracker.path.read_bytes() == before
    assert tracker.status(as_of=DAY).received == 0 and tracker.path.read_bytes() == before


# --- what forbids it ------------------------------------------------------------------------------
def test_what_builds_on_a_merge_forbids_its_undoing(tracker: Tracker, boxes: tuple[Path, Path]) -> None:
    tracker.merge(boxes, as_of=DAY)
    tracker.open_round("2022-06", D(2022, 6, 30), as_of=DAY)  # another due date does not
    tracker.write_sendback(as_of=DAY)
    tracker.undo(as_of=DAY)
    tracker.merge(boxes, as_of=DAY)
    assert tracker.rounds()[0].due == D(2022, 6, 30)
    plan = tracker.plan()
    tracker.update_plan(
        evolve(plan, tasks=(evolve(plan.tasks[0], title="加强理科实验教学"), *plan.tasks[1:])), as_of=DAY
    )
    before = tracker.path.read_bytes()
    with pytest.raises(TrackerError, match=r"换计划.*没有撤销") as caught:
        tracker.undo(as_of=DAY)
    assert caught.value.code == "cannot-undo" and tracker.path.read_bytes() == before
    tracker.close_round(as_of=D(2022, 6, 30))
    with pytest.raises(TrackerError, match="换计划"):
        tracker.undo(as_of=D(2022, 7, 1))


@pytest.mark.parametrize("opened", [False, True])
def test_a_closed_round_stays_closed(tracker: Tracker, boxes: tuple[Path, Path], opened: bool) -> None:
    tracker.merge(boxes, as_of=DAY)
    if opened:
        tracker.open_round("2022-07", D(2022, 7, 25), as_of=D(2022, 7, 1))
    else:
        tracker.close_round(as_of=D(2022, 6, 30))
    with pytest.raises(TrackerError, match=r"结束轮次.*历次明细"):
        tracker.undo(as_of=D(2022, 7, 2))


# --- days -----------------------------------------------------------------------------------------
def test_an_undo_counts_from_its_own_day(tracker: Tracker, boxes: tuple[Path, Path], tmp_path: Path) -> None:
    tracker.merge(boxes, as_of=D(2022, 6, 22))
    tracker.undo(as_of=D(2022, 6, 24))
    received = [tracker.status(as_of=D(2022, 6, day)).received for day in (21, 22, 23, 24, 26)]
    assert received == [0, 2, 2, 0, 0]
    step = tracker.history()[0]
    assert (step.command, step.as_of) == ("撤销", D(2022, 6, 24))
    kept = tracker.write_as_of(D(2022, 6, 23), tmp_path / "那天.xlsx")
    assert sum(row[L.STATUS] is not None for row in sheet_rows(kept, L.ENTRIES, L.TASK_NO)) == 2


# --- accidents ------------------------------------------------------------------------------------
_KILLED = """
import os, sys
from datetime import date
from pathlib import Path
from eduxl.tracker.tracker import Tracker

master, replace = Path(sys.argv[1]), os.replace

def killed(source, target):
    if Path(target).parent.name == sys.argv[2]:
        os._exit(9)
    replace(source, target)

os.replace = killed
Tracker(master).undo(as_of=date(2022, 6, 26))
"""


def kill_an_undo(tracker: Tracker, folder: str = "") -> None:
    """Run an undo that ends when it is to put a file in a folder: by default the workbook, after the ledger's commit."""
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(p or os.getcwd() for p in sys.path)}
    command = [sys.executable, "-c", _KILLED, str(tracker.path), folder or tracker.path.parent.name]
    child = subprocess.run(command, env=env, check=False)
    assert child.returncode == 9


def test_an_undo_that_was_killed_before_it_was_recorded_is_none(
    tracker: Tracker, boxes: tuple[Path, Path]
) -> None:
    before = tracker.path.read_bytes()
    tracker.merge(boxes, as_of=DAY)
    merged, steps = tracker.path.read_bytes(), len(tracker.history())
    kill_an_undo(tracker, "backups")
    assert tracker.path.read_bytes() == merged and len(tracker.history()) == steps
    assert tracker.status(as_of=DAY).received == 2
    result = tracker.undo(as_of=DAY)
    assert not result.finished and tracker.path.read_bytes() == before
    assert not list(tracker.path.parent.rglob(".*.tmp*"))


def test_an_undo_that_was_killed_is_finished_by_the_next_one(
    tracker: Tracker, boxes: tuple[Path, Path]
) -> None:
    tracker.merge(boxes[:1], as_of=DAY)
    before = tracker.path.read_bytes()
    tracker.merge(boxes[1:], as_of=DAY)
    merged = tracker.path.read_bytes()
    kill_an_undo(tracker)
    assert tracker.path.read_bytes() == merged
    result = tracker.undo(as_of=DAY)
    assert result.finished and tracker.path.read_bytes() == before, "one merge back, not two"
    assert any("没有做完" in note for note in tracker.notes)
    assert any("没有正常结束" in note for note in tracker.notes)
    assert not list(tracker.path.parent.glob(".*.tmp*"))
    assert tracker.merge(boxes[1:], as_of=DAY).changed and tracker.path.read_bytes() != before


def test_an_undo_that_was_killed_is_finished_by_a_look_or_a_merge(
    tracker: Tracker, boxes: tuple[Path, Path]
) -> None:
    before = tracker.path.read_bytes()
    tracker.merge(boxes, as_of=DAY)
    rows = shown(tracker)
    kill_an_undo(tracker)
    assert tracker.status(as_of=DAY).received == 0 and tracker.path.read_bytes() == before
    assert tracker.merge(boxes, as_of=DAY).changed and shown(tracker) == rows
    kill_an_undo(tracker)
    type_into(tracker, L.TASKS, {L.TASK_NO: 1}, {L.REMARK: "这时写的"})
    assert tracker.merge(boxes, as_of=DAY).changed and shown(tracker) == rows
    remarks = {row[L.TASK_NO]: row[L.REMARK] for row in sheet_rows(tracker.path, L.TASKS, L.TASK_NO)}
    assert remarks[1] == "这时写的"


def test_a_ledger_of_before_undo_is_brought_up(tracker: Tracker, boxes: tuple[Path, Path]) -> None:
    rows = answers(tracker)
    first = tracker.merge(boxes, as_of=DAY)
    merged = shown(tracker)
    of_version(tracker.memory / LEDGER, 2)
    assert {step.who for step in tracker.history()} == {""}
    assert not tracker.merge(boxes, as_of=DAY).changed
    result = tracker.undo(as_of=DAY)
    assert not result.whole and answers(tracker) == rows, "which copy it was, such a ledger did not note"
    assert tracker.merge(boxes, as_of=DAY) == first and shown(tracker) == merged
    assert tracker.undo(as_of=DAY).whole


# --- the command ----------------------------------------------------------------------------------
def test_the_command_tells_what_was_undone(tracker: Tracker, boxes: tuple[Path, Path]) -> None:
    run = CliRunner()
    told = ["undo", "-m", str(tracker.path), "--as-of", "2022-06-26"]
    nothing = run.invoke(main, told)
    assert nothing.exit_code == 1 and "没有可以撤销的汇总" in nothing.stderr
    tracker.merge(boxes, as_of=DAY)
    type_into(tracker, L.ENTRIES, {L.UNIT_CODE: "S003", L.TASK_NO: 1}, SENT_BACK)
    type_into(tracker, L.TASKS, {L.TASK_NO: 1}, {L.REMARK: "后来写的"})
    result = run.invoke(main, told)
    assert result.exit_code == 0 and "已撤销2022-06-26的汇总：新收3份，1份不能计入" in result.stdout
    assert "一字不差；撤销前的存在" in result.stdout and "S003 任务1" in result.stdout
    assert "另外填的1处仍然有效" in result.stdout
