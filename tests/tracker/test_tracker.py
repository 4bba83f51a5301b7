"""The tracker on disk: one round from template to merged master, and everything that can go wrong on the way."""

from __future__ import annotations

import json
import os
import re
import shutil
import zipfile
from collections.abc import Callable, Iterator
from datetime import date, datetime
from datetime import date as D
from pathlib import Path

import openpyxl
import pytest

from eduxl import labels as L
from eduxl.errors import EduxlError, FileProblem, RoundError, TrackerError
from eduxl.files import open_elsewhere
from eduxl.tracker.ledger import Ledger
from eduxl.tracker.merge import MergeResult
from eduxl.tracker.tracker import Tracker
from tests.builders import fill, sheet_rows, small_plan, small_roster

ANSWER = {L.STATUS: L.UNDER_WAY, L.PROGRESS: 0.5, L.REPORT: "实验室已建成一间，正在采购器材"}
DONE = {L.STATUS: L.COMPLETED, L.PROGRESS: 1, L.DONE_ON: datetime(2022, 6, 1), L.REPORT: "已全部建成"}


@pytest.fixture
def tracker(tmp_path: Path) -> Tracker:
    """A tracker with round 2022-06 open until 25 June."""
    made = Tracker.create(small_plan(), small_roster(), tmp_path / "总台账.xlsm", as_of=D(2022, 6, 1))
    made.open_round("2022-06", D(2022, 6, 25), as_of=D(2022, 6, 1))
    return made


@pytest.fixture
def forms(tracker: Tracker) -> dict[str, Path]:
    """Unit code → its template."""
    return {p.name.split("_")[0]: p for p in tracker.write_templates(as_of=D(2022, 6, 2))}


def snapshot(folder: Path) -> dict[str, bytes]:
    """All files below a folder but the lock and SQLite's side files."""
    return {
        str(p.relative_to(folder)): p.read_bytes()
        for p in sorted(folder.rglob("*"))
        if p.is_file() and p.name not in ("lock",) and not p.name.endswith(("-wal", "-shm"))
    }


def type_into(tracker: Tracker, sheet: str, key: dict[str, object], values: dict[str, object]) -> None:
    """Edit the master as the clerk does: find the row by its cells, type into columns."""
    book = openpyxl.load_workbook(tracker.path, keep_vba=True)
    rows = book[sheet]
    header = next(r for r in rows.iter_rows() if {c.value for c in r} >= set(values))
    at = {c.value: c.column for c in header if c.value}
    for line in range(header[0].row + 1, rows.max_row + 1):
        if all(rows.cell(line, at[name]).value == value for name, value in key.items()):
            for name, value in values.items():
                rows.cell(line, at[name]).value = value
            break
    else:
        raise AssertionError(f"no row {key}")
    book.save(tracker.path)


def entry_of(tracker: Tracker, unit: str, task: int = 1) -> dict[str, object]:
    rows = sheet_rows(tracker.path, L.ENTRIES, L.TASK_NO)
    return next(r for r in rows if r[L.UNIT_CODE] == unit and r[L.TASK_NO] == task)


def merged(tracker: Tracker, folder: Path, day: date = D(2022, 6, 26)) -> MergeResult:
    return tracker.merge([folder], as_of=day)


# --- the ordinary way -----------------------------------------------------------------------------
def test_a_round(tracker: Tracker, forms: dict[str, Path], tmp_path: Path) -> None:
    inbox = tmp_path / "收回"
    fill(forms["S002"], inbox / "S002.xlsx", {1: ANSWER}, D(2022, 6, 20))
    fill(forms["S003"], inbox / "改名了.xlsx", {1: DONE}, D(2022, 6, 27))
    result = merged(tracker, inbox, D(2022, 6, 28))
    assert result.changed and {m.unit for m in result.files.merged} == {
        "S002 洪水镇初级中学", "S003 洪水镇中心小学",
    }  # fmt: skip
    assert result.status.received == 2 and result.status.late == ("S003 洪水镇中心小学",)
    assert len(result.status.missing) == 4 and result.status.flags["未报"] == 4
    row = entry_of(tracker, "S002")
    assert (row[L.STATUS], row[L.PROGRESS], row[L.REPORT]) == ("推进中", 0.5, ANSWER[L.REPORT])
    assert row[L.RECEIVED] == datetime(2022, 6, 20, 9) and row[L.SOURCE] == "S002.xlsx"


def test_a_text_copied_from_another_school_is_told_with_both_returns(
    tracker: Tracker, forms: dict[str, Path], tmp_path: Path
) -> None:
    inbox = tmp_path / "收回"
    text = "我校召开专题会议研究部署，成立领导小组，制定实施方案，各项工作有序推进"
    for unit in ("S002", "S003"):
        fill(forms[unit], inbox / f"{unit}.xlsx", {1: {**ANSWER, L.REPORT: text}}, D(2022, 6, 20))
    told = {
        m.unit: [(w.code, w.task, w.value) for w in m.warnings] for m in merged(tracker, inbox).files.merged
    }
    assert told == {
        unit: [("copied-text", 1, text)] for unit in ("S002 洪水镇初级中学", "S003 洪水镇中心小学")
    }


def test_merging_again_changes_nothing(tracker: Tracker, forms: dict[str, Path], tmp_path: Path) -> None:
    inbox = tmp_path / "收回"
    fill(forms["S002"], inbox / "S002.xlsx", {1: ANSWER}, D(2022, 6, 20))
    first = merged(tracker, inbox)
    before = tracker.path.read_bytes()
    second = merged(tracker, inbox)
    assert first.changed and not second.changed
    assert tracker.path.read_bytes() == before
    assert second.files == first.files and second.status == first.status


def test_dry_run_reports_the_same_and_writes_nothing(
    tracker: Tracker, forms: dict[str, Path], tmp_path: Path
) -> None:
    inbox = tmp_path / "收回"
    fill(forms["S002"], inbox / "S002.xlsx", {1: ANSWER}, D(2022, 6, 20))
    before = snapshot(tmp_path)
    trial = tracker.merge([inbox], as_of=D(2022, 6, 26), dry_run=True)
    assert snapshot(tmp_path) == before
    real = merged(tracker, inbox)
    assert trial.files == real.files and trial.status == real.status and trial.changed == real.changed


def test_refreshing_takes_in_what_was_typed_and_the_day_but_reads_no_return(
    tracker: Tracker, forms: dict[str, Path], tmp_path: Path
) -> None:
    inbox = tracker.path.parent / "returns" / "2022-06"
    fill(forms["S002"], inbox / "S002.xlsx", {1: ANSWER}, D(2022, 6, 20))
    merged(tracker, inbox)
    fill(forms["S003"], inbox / "S003.xlsx", {1: DONE}, D(2022, 6, 21))
    type_into(tracker, L.ENTRIES, {L.UNIT_CODE: "S002", L.TASK_NO: 1}, {L.REVIEW: "退回"})
    told: list[tuple[int, int]] = []
    result = tracker.refresh(as_of=D(2022, 6, 28), progress=lambda *step: told.append(step))
    assert result.changed and result.as_of == D(2022, 6, 28) and told == []
    assert result.status.received == 1 and entry_of(tracker, "S003")[L.REPORT] is None
    assert L.F_SENT_BACK in str(entry_of(tracker, "S002")[L.FLAGS])
    assert not tracker.refresh(as_of=D(2022, 6, 28)).changed


def test_of_two_drafts_the_older_is_superseded(
    tracker: Tracker, forms: dict[str, Path], tmp_path: Path
) -> None:
    inbox = tmp_path / "收回"
    fill(forms["S002"], inbox / "初稿.xlsx", {1: {**ANSWER, L.PROGRESS: 0.3}}, D(2022, 6, 19))
    fill(forms["S002"], inbox / "定稿.xlsx", {1: ANSWER}, D(2022, 6, 20))
    shutil.copy2(inbox / "定稿.xlsx", inbox / "定稿副本.xlsx")
    result = merged(tracker, inbox)
    assert [m.path for m in result.files.merged] == ["定稿.xlsx"]
    assert dict(result.files.superseded) == {"初稿.xlsx": "定稿.xlsx", "定稿副本.xlsx": "定稿.xlsx"}
    assert entry_of(tracker, "S002")[L.PROGRESS] == 0.5


def test_an_older_file_merged_later_never_wins(
    tracker: Tracker, forms: dict[str, Path], tmp_path: Path
) -> None:
    old = fill(forms["S002"], tmp_path / "a/旧.xlsx", {1: {**ANSWER, L.PROGRESS: 0.3}}, D(2022, 6, 19))
    fill(forms["S002"], tmp_path / "b/新.xlsx", {1: ANSWER}, D(2022, 6, 20))
    merged(tracker, tmp_path / "b")
    result = merged(tracker, tmp_path / "a")
    assert result.files.superseded == ((old.name, "新.xlsx"),)
    assert entry_of(tracker, "S002")[L.PROGRESS] == 0.5


def test_originals_are_archived_by_content(tracker: Tracker, forms: dict[str, Path], tmp_path: Path) -> None:
    path = fill(forms["S002"], tmp_path / "in/S002.xlsx", {1: ANSWER}, D(2022, 6, 20))
    (tmp_path / "in/坏.xlsx").write_text("不是表格", encoding="utf-8")
    result = merged(tracker, tmp_path / "in")
    assert [r.code for r in result.files.rejected] == ["not-a-workbook"]
    kept = {p.read_bytes() for p in (tracker.memory / "archive").rglob("*.xlsx")}
    assert kept == {path.read_bytes(), (tmp_path / "in/坏.xlsx").read_bytes()}
    again = merged(tracker, tmp_path / "in")
    assert [r.code for r in again.files.rejected] == ["not-a-workbook"] and not again.changed


def test_a_previous_master_goes_to_backups(tracker: Tracker, forms: dict[str, Path], tmp_path: Path) -> None:
    before = tracker.path.read_bytes()
    fill(forms["S002"], tmp_path / "in/S002.xlsx", {1: ANSWER}, D(2022, 6, 20))
    merged(tracker, tmp_path / "in")
    assert before in {p.read_bytes() for p in (tracker.memory / "backups").iterdir()}


def test_received_replaces_the_files_own_time(
    tracker: Tracker, forms: dict[str, Path], tmp_path: Path
) -> None:
    fill(forms["S002"], tmp_path / "in/S002.xlsx", {1: ANSWER}, D(2022, 8, 1))
    result = tracker.merge([tmp_path / "in"], as_of=D(2022, 8, 1), received=D(2022, 6, 25))
    assert result.status.late == ()


# --- rounds ---------------------------------------------------------------------------------------
def test_done_comes_filled_in_next_time_and_other_answers_beside(
    tracker: Tracker, forms: dict[str, Path], tmp_path: Path
) -> None:
    fill(forms["S002"], tmp_path / "in/S002.xlsx", {1: DONE}, D(2022, 6, 20))
    fill(forms["S003"], tmp_path / "in/S003.xlsx", {1: ANSWER}, D(2022, 6, 20))
    merged(tracker, tmp_path / "in")
    closed = tracker.close_round(as_of=D(2022, 6, 30))
    assert closed.id == "2022-06" and len(sheet_rows(tracker.path, L.HISTORY, L.TASK_NO)) == 6
    tracker.open_round("2022-07", D(2022, 7, 25), as_of=D(2022, 7, 1))
    paths = {p.name.split("_")[0]: p for p in tracker.write_templates(as_of=D(2022, 7, 1))}
    done = sheet_rows(paths["S002"], L.FORM, L.TASK_NO)[0]
    assert done[L.STATUS] == L.COMPLETED and done[L.PROGRESS] == 1 and done[L.DONE_ON] == datetime(2022, 6, 1)
    under_way = sheet_rows(paths["S003"], L.FORM, L.TASK_NO)[0]
    assert under_way[L.STATUS] is None and L.UNDER_WAY in map(str, under_way.values())
    assert [r.closed for r in tracker.rounds()] == [D(2022, 6, 30), None]


def test_opening_the_next_round_closes_an_open_one(tracker: Tracker) -> None:
    tracker.open_round("2022-07", D(2022, 7, 25), as_of=D(2022, 7, 1))
    assert any("2022-06 同时结束" in line for line in tracker.notes)
    assert [r.closed for r in tracker.rounds()] == [D(2022, 7, 1), None]


def test_round_mistakes(tracker: Tracker) -> None:
    with pytest.raises(RoundError, match="已经开过"):
        tracker.open_round("2022-06", D(2022, 6, 25))
    with pytest.raises(RoundError, match="年-月"):
        tracker.open_round("六月", D(2022, 6, 25))
    with pytest.raises(RoundError, match="早于已有的轮次"):
        tracker.open_round("2022-5", D(2022, 6, 25))
    with pytest.raises(RoundError, match="没有轮次“2022-09”"):
        tracker.merge([tracker.path.parent], round_id="2022-09")
    tracker.close_round(as_of=D(2022, 6, 30))
    for act in (tracker.close_round, tracker.write_templates, lambda: tracker.merge([tracker.path.parent])):
        with pytest.raises(RoundError, match="2022-06 已于2022-06-30结束"):
            act()
    with pytest.raises(RoundError, match="不能再汇总"):
        tracker.merge([tracker.path.parent], round_id="2022-06")


def test_what_a_command_did_that_left_the_workbook_alone_is_shown_by_the_next(tracker: Tracker) -> None:
    tracker.refresh(as_of=D(2022, 6, 2))
    tracker.write_templates(as_of=D(2022, 6, 2))
    assert tracker.refresh(as_of=D(2022, 6, 2)).changed
    assert next(row["操作"] for row in sheet_rows(tracker.path, L.LOG, "操作")) == "生成模板"
    assert not tracker.refresh(as_of=D(2022, 6, 2)).changed


def test_opening_the_open_round_again_with_another_date_moves_its_due_date(tracker: Tracker) -> None:
    assert tracker.open_round("2022-6", D(2022, 6, 28), as_of=D(2022, 6, 2)).due == D(2022, 6, 28)
    assert any("由2022-06-25改为2022-06-28" in note for note in tracker.notes)
    assert [(r.id, r.due, r.opened) for r in tracker.rounds()] == [("2022-06", D(2022, 6, 28), D(2022, 6, 1))]
    assert tracker.status(as_of=D(2022, 6, 28)).flags["未报"] == 0


def test_a_due_date_in_the_past_is_said(tmp_path: Path) -> None:
    made = Tracker.create(small_plan(), small_roster(), tmp_path / "台账.xlsx", as_of=D(2022, 6, 1))
    made.open_round("2022-06", D(2021, 6, 25), as_of=D(2022, 6, 1))
    assert any("早于今天" in line for line in made.notes)


def test_templates_for_some_units(tracker: Tracker, tmp_path: Path) -> None:
    paths = tracker.write_templates(tmp_path / "补发", units=["一幼", "S001"], as_of=D(2022, 6, 2))
    assert [p.name for p in paths] == [
        "S001_民乐县第一中学_2022-06.xlsx",
        "S004_民乐县第一幼儿园_2022-06.xlsx",
    ]
    with pytest.raises(TrackerError, match="名册里没有单位"):
        tracker.write_templates(units=["三中"])
    with pytest.raises(RoundError, match="没有需要填报的单位"):
        tracker.write_templates(units=["X01"])


# --- the clerk's cells ----------------------------------------------------------------------------
def test_sent_back_extended_and_closed_are_read_and_acted_on(
    tracker: Tracker, forms: dict[str, Path], tmp_path: Path
) -> None:
    fill(forms["S002"], tmp_path / "in/S002.xlsx", {1: ANSWER}, D(2022, 6, 20))
    merged(tracker, tmp_path / "in")
    type_into(
        tracker,
        L.ENTRIES,
        {L.UNIT_CODE: "S002", L.TASK_NO: 1},
        {L.REVIEW: "退回", L.REVIEW_NOTE: "附照片", L.EXTENDED_TO: datetime(2022, 8, 1)},
    )
    type_into(tracker, L.TASKS, {L.TASK_NO: 2}, {L.CLOSED: "已销号", L.REMARK: "并入下年"})
    result = merged(tracker, tmp_path / "in", D(2022, 7, 1))
    assert result.changed
    row = entry_of(tracker, "S002")
    assert row[L.FLAGS] == "退回、滞后" and row[L.EXTENDED_TO] == datetime(2022, 8, 1)
    fill(forms["S002"], tmp_path / "in/S002重报.xlsx", {1: {**ANSWER, L.PROGRESS: 0.8}}, D(2022, 7, 1))
    merged(tracker, tmp_path / "in", D(2022, 7, 2))
    row = entry_of(tracker, "S002")
    assert (row[L.REVIEW], row[L.REVIEW_NOTE], row[L.PROGRESS]) == (None, None, 0.8)
    task = next(r for r in sheet_rows(tracker.path, L.TASKS, L.TASK_NO) if r[L.TASK_NO] == 2)
    assert (task[L.CLOSED], task[L.REMARK]) == ("已销号", "并入下年")


def test_status_reads_decisions_and_an_emptied_cell_withdraws_them(tracker: Tracker) -> None:
    key: dict[str, object] = {L.UNIT_CODE: "S002", L.TASK_NO: 1}
    type_into(tracker, L.ENTRIES, key, {L.REVIEW: "退回"})
    assert tracker.status(as_of=D(2022, 6, 20)).flags["退回"] == 1
    type_into(tracker, L.ENTRIES, key, {L.REVIEW: None})
    assert tracker.status(as_of=D(2022, 6, 20)).flags["退回"] == 0


def test_looking_at_an_earlier_day_undoes_no_decision(tracker: Tracker, tmp_path: Path) -> None:
    type_into(tracker, L.ENTRIES, {L.UNIT_CODE: "S002", L.TASK_NO: 1}, {L.EXTENDED_TO: "2022.8.1"})
    tracker.status(as_of=D(2022, 6, 20))
    past = tracker.write_as_of(D(2022, 6, 10), tmp_path / "六月十日.xlsx")
    rows = sheet_rows(past, L.ENTRIES, L.TASK_NO)
    assert all(row[L.EXTENDED_TO] is None for row in rows)
    assert tracker.status(as_of=D(2022, 7, 1)).flags["逾期"] == 3
    assert tracker.view(as_of=D(2022, 6, 20)).extended == ("S002|1",)


def test_a_bad_date_is_answered_and_left_in_place(tracker: Tracker, tmp_path: Path) -> None:
    type_into(tracker, L.ENTRIES, {L.UNIT_CODE: "S002", L.TASK_NO: 1}, {L.EXTENDED_TO: "再等等"})
    (tmp_path / "in").mkdir()
    for _ in range(2):
        merged(tracker, tmp_path / "in")
        assert any("再等等" in note for note in tracker.notes)  # until it is put right
    assert entry_of(tracker, "S002")[L.EXTENDED_TO] == "再等等"
    assert any("再等等" in str(row["内容"]) for row in sheet_rows(tracker.path, L.LOG, "操作"))


def test_confirmed_unit_takes_a_rejected_file(
    tracker: Tracker, forms: dict[str, Path], tmp_path: Path
) -> None:
    bare = fill(forms["S002"], tmp_path / "in/无名.xlsx", {1: ANSWER}, D(2022, 6, 20))
    book = openpyxl.load_workbook(bare)
    del book[L.META]
    for row in book[L.FORM].iter_rows(max_row=4):
        for cell in row:
            if isinstance(cell.value, str) and "S002" in cell.value:
                cell.value = None
    book.save(bare)
    result = merged(tracker, tmp_path / "in")
    assert [r.code for r in result.files.rejected] == ["unknown-unit"]
    type_into(tracker, L.REJECTED, {"文件": "无名.xlsx"}, {L.CONFIRM_UNIT: "S002"})
    result = merged(tracker, tmp_path / "in", D(2022, 6, 27))
    assert [m.unit for m in result.files.merged] == ["S002 洪水镇初级中学"]
    assert sheet_rows(tracker.path, L.REJECTED, "文件") == []


def test_a_code_that_cannot_help_is_answered_with_the_file_it_stands_at(
    tracker: Tracker, forms: dict[str, Path], tmp_path: Path
) -> None:
    inbox = tmp_path / "in"
    inbox.mkdir()
    (inbox / "坏的.xlsx").write_text("不是表格", encoding="utf-8")
    (inbox / "某校.csv").write_bytes("任务编号,完成状态,进展情况\r\n1,推进中,已动员\r\n".encode("gb18030"))
    merged(tracker, inbox)
    type_into(tracker, L.REJECTED, {"文件": "坏的.xlsx"}, {L.CONFIRM_UNIT: "S002"})
    type_into(tracker, L.REJECTED, {"文件": "某校.csv"}, {L.CONFIRM_UNIT: "S9999"})
    assert {r.code for r in merged(tracker, inbox).files.rejected} == {"not-a-workbook", "unknown-unit"}
    useless, mistyped = sorted(note for note in tracker.notes if L.CONFIRM_UNIT in note)
    assert (
        "“坏的.xlsx”" in useless and "只用于“认不出是哪个单位”的文件" in useless and "不是表格文件" in useless
    )
    assert "“某校.csv”" in mistyped and "“S9999”不在单位名册中" in mistyped
    log = sheet_rows(tracker.path, L.LOG, "内容")[0]["内容"]
    assert useless in log and mistyped in log
    assert not merged(tracker, inbox).changed
    assert not any(L.CONFIRM_UNIT in note for note in tracker.notes), "said once"


def test_reminders_are_in_the_workbook_and_stay_as_they_are(
    tracker: Tracker, forms: dict[str, Path], tmp_path: Path
) -> None:
    odd = ANSWER | {L.PROGRESS: "=过半", L.REPORT: "已完成前期工作" * 900}
    fill(forms["S002"], tmp_path / "in/S002.xlsx", {1: odd}, D(2022, 6, 20))
    merged(tracker, tmp_path / "in")
    [row] = sheet_rows(tracker.path, L.REMINDERS, L.ORIGINAL)
    assert (row[L.LEVEL], row[L.UNIT_CODE], row[L.TASK_NO], row[L.SOURCE]) == (
        "必须改",
        "S002",
        1,
        "S002.xlsx",
    )
    assert row[L.ORIGINAL] == "=过半"
    before = tracker.path.read_bytes()
    assert not merged(tracker, tmp_path / "in").changed and tracker.path.read_bytes() == before


def test_a_text_without_meaning_undoes_no_decision(tracker: Tracker, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    key: dict[str, object] = {L.UNIT_CODE: "S002", L.TASK_NO: 1}
    day = D(2022, 7, 1)
    type_into(tracker, L.ENTRIES, key, {L.REVIEW: "退回", L.EXTENDED_TO: datetime(2022, 8, 1)})
    type_into(tracker, L.TASKS, {L.TASK_NO: 2}, {L.CLOSED: "已销号"})
    merged(tracker, tmp_path / "in", day)
    type_into(tracker, L.ENTRIES, key, {L.REVIEW: "退回，缺佐证", L.EXTENDED_TO: "年底"})
    type_into(tracker, L.TASKS, {L.TASK_NO: 2}, {L.CLOSED: "已销"})
    flags = merged(tracker, tmp_path / "in", day).status.flags
    assert (flags["退回"], flags["逾期"]) == (1, 3) and len(tracker.notes) == 3
    assert entry_of(tracker, "S002")[L.REVIEW] == "退回，缺佐证"
    type_into(tracker, L.ENTRIES, key, {L.REVIEW: None, L.EXTENDED_TO: None})
    type_into(tracker, L.TASKS, {L.TASK_NO: 2}, {L.CLOSED: "已销号"})
    flags = merged(tracker, tmp_path / "in", day).status.flags
    assert (flags["退回"], flags["逾期"]) == (0, 4) and tracker.notes == []


def test_odd_characters_typed_anywhere_stop_nothing(tracker: Tracker, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    book = openpyxl.load_workbook(tracker.path, keep_vba=True)
    sheet = book[L.ENTRIES]
    at = {c.value: c.column for c in sheet[1]}
    for task in ("①", "²", "9" * 5000, 99, "合计"):
        line = sheet.max_row + 1
        sheet.cell(line, at[L.UNIT_CODE]).value = "S002"
        sheet.cell(line, at[L.TASK_NO]).value = task
        sheet.cell(line, at[L.REVIEW]).value = "退回"
    place = book.defined_names["eduxl_warn_days"].attr_text.split("!")[1].replace("$", "")
    book[L.HOME][place].value = "①"
    book.save(tracker.path)
    assert merged(tracker, tmp_path / "in").status.flags["退回"] == 0
    assert len(tracker.notes) == 6  # each of them


def test_rows_that_the_clerk_typed_stay_behind_ours(
    tracker: Tracker, forms: dict[str, Path], tmp_path: Path
) -> None:
    (tmp_path / "in").mkdir()
    merged(tracker, tmp_path / "in")
    book = openpyxl.load_workbook(tracker.path, keep_vba=True)
    for sheet, code, task in ((L.ROSTER, "S999", None), (L.ENTRIES, "S999", 1), (L.ENTRIES, "S002", 77)):
        ws = book[sheet]
        at = {c.value: c.column for c in reversed(ws[1])}
        table = min(ws.tables.values(), key=lambda t: t.ref)
        first, last = table.ref.split(":")
        line = ws[last].row + 1
        ws.cell(line, at[L.UNIT_CODE]).value = code
        ws.cell(line, at[L.UNIT_NAME]).value = "新建小学"
        if task:
            ws.cell(line, at[L.TASK_NO]).value = task
        table.ref = f"{first}:{last.rstrip('0123456789')}{line}"
        if table.autoFilter:
            table.autoFilter.ref = table.ref
    book.save(tracker.path)
    fill(forms["S002"], tmp_path / "in" / "S002.xlsx", {1: ANSWER}, D(2022, 6, 20))
    assert merged(tracker, tmp_path / "in").changed
    typed = [
        (r[L.UNIT_CODE], r[L.TASK_NO])
        for r in sheet_rows(tracker.path, L.ENTRIES, L.TASK_NO)
        if r[L.UNIT_NAME] == "新建小学"
    ]
    assert typed == [("S999", 1), ("S002", 77)]
    assert "S999" in [r[L.UNIT_CODE] for r in sheet_rows(tracker.path, L.ROSTER, L.UNIT_CODE)]
    before = tracker.path.read_bytes()
    assert not merged(tracker, tmp_path / "in").changed
    assert tracker.path.read_bytes() == before


def test_our_cells_columns_and_sheets_come_back(tracker: Tracker, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    merged(tracker, tmp_path / "in")
    good = sheet_rows(tracker.path, L.ENTRIES, L.TASK_NO)

    def rename(book: openpyxl.Workbook) -> None:
        book[L.ENTRIES].title = "我的明细"

    def drop_column(book: openpyxl.Workbook) -> None:
        book[L.ENTRIES].delete_cols(15)

    def drop_rows(book: openpyxl.Workbook) -> None:
        book[L.ENTRIES].delete_rows(3, 2)

    def type_over(book: openpyxl.Workbook) -> None:
        book[L.ENTRIES].cell(2, 12).value = "已完成"

    for damage in (rename, drop_column, drop_rows, type_over):
        book = openpyxl.load_workbook(tracker.path, keep_vba=True)
        damage(book)
        book.save(tracker.path)
        assert merged(tracker, tmp_path / "in").changed
        assert sheet_rows(tracker.path, L.ENTRIES, L.TASK_NO) == good
        assert not merged(tracker, tmp_path / "in").changed


def test_a_decision_on_a_renamed_sheet_is_read(tracker: Tracker) -> None:
    type_into(tracker, L.ENTRIES, {L.UNIT_CODE: "S002", L.TASK_NO: 1}, {L.REVIEW: "退回"})
    book = openpyxl.load_workbook(tracker.path, keep_vba=True)
    book[L.ENTRIES].title = "我的明细"
    book.save(tracker.path)
    assert tracker.status(as_of=D(2022, 6, 20)).flags["退回"] == 1


def test_sorting_our_rows_is_no_damage(tracker: Tracker, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    merged(tracker, tmp_path / "in")
    book = openpyxl.load_workbook(tracker.path, keep_vba=True)
    sheet = book[L.ENTRIES]
    rows = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=2)]
    for line, row in enumerate(reversed(rows), 2):
        for column, value in enumerate(row, 1):
            sheet.cell(line, column).value = value
    book.save(tracker.path)
    assert not merged(tracker, tmp_path / "in").changed


def test_a_save_in_the_middle_of_a_merge_is_not_lost(
    tracker: Tracker, forms: dict[str, Path], tmp_path: Path
) -> None:
    fill(forms["S002"], tmp_path / "in/S002.xlsx", {1: ANSWER}, D(2022, 6, 20))

    def save(_done: int, _total: int) -> None:
        type_into(tracker, L.ENTRIES, {L.UNIT_CODE: "S003", L.TASK_NO: 1}, {L.REVIEW: "退回"})

    with pytest.raises(TrackerError, match="又被保存过"):
        tracker.merge([tmp_path / "in"], as_of=D(2022, 6, 26), progress=save)
    result = merged(tracker, tmp_path / "in")
    assert result.status.received == 1 and result.status.flags["退回"] == 1


def test_what_cannot_be_replaced_now_is_written_by_the_next_command(
    tracker: Tracker, forms: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The commit has happened, the replacement fails as on Windows when a program just opened the file."""
    fill(forms["S002"], tmp_path / "in/S002.xlsx", {1: ANSWER}, D(2022, 6, 20))
    real = os.replace

    def refuse(source: Path, target: Path) -> None:
        if Path(target) == tracker.path:
            raise PermissionError(13, "sharing violation", str(target))
        real(source, target)

    monkeypatch.setattr(os, "replace", refuse)
    assert merged(tracker, tmp_path / "in").status.received == 1
    assert any("没能更新" in note for note in tracker.notes)
    monkeypatch.setattr(os, "replace", real)
    tracker.status(as_of=D(2022, 6, 26))
    assert entry_of(tracker, "S002")[L.PROGRESS] == 0.5


def test_lost_folders_of_the_memory_are_made_again(
    tracker: Tracker, forms: dict[str, Path], tmp_path: Path
) -> None:
    fill(forms["S002"], tmp_path / "in/S002.xlsx", {1: ANSWER}, D(2022, 6, 20))
    for name in ("archive", "backups"):
        shutil.rmtree(tracker.memory / name)
    assert merged(tracker, tmp_path / "in").changed


@pytest.mark.parametrize("name", ["a%20b", "a?mode=ro", "甲#乙", "a b'c"])
def test_folders_with_odd_names(tmp_path: Path, name: str) -> None:
    folder = tmp_path / name
    folder.mkdir()
    made = Tracker.create(small_plan(), small_roster(), folder / "台账[2022].xlsm", as_of=D(2022, 6, 1))
    made.open_round("2022-06", D(2022, 6, 25), as_of=D(2022, 6, 1))
    assert Tracker.find(folder).status(as_of=D(2022, 6, 2)).expected == 6
    assert {p.name for p in folder.iterdir()} == {"台账[2022].xlsm", "台账[2022].eduxl"}
    assert [p.name for p in tmp_path.iterdir()] == [name]


def test_the_trackers_own_files_are_no_returns(
    tracker: Tracker, forms: dict[str, Path], tmp_path: Path
) -> None:
    fill(forms["S002"], forms["S002"], {1: ANSWER}, D(2022, 6, 20))
    result = merged(tracker, tmp_path)
    assert [m.unit[:4] for m in result.files.merged] == ["S002"] and result.files.rejected == ()
    notes = [i.note for i in result.files.ignored]
    assert notes.count("是还没有填写的模板或退回单") == 5 and "是台账自己的文件" in notes


def test_an_untouched_template_that_came_back_is_received(
    tracker: Tracker, forms: dict[str, Path], tmp_path: Path
) -> None:
    (tmp_path / "in").mkdir()
    shutil.copy2(forms["S002"], tmp_path / "in")
    result = merged(tracker, tmp_path / "in")
    assert [w.code for m in result.files.merged for w in m.warnings] == ["missing-entry"]


def test_templates_never_cover_filled_in_ones(tracker: Tracker, forms: dict[str, Path]) -> None:
    tracker.write_templates(as_of=D(2022, 6, 3))  # untouched ones may be renewed
    fill(forms["S002"], forms["S002"], {1: ANSWER}, D(2022, 6, 20))
    before = forms["S002"].read_bytes()
    with pytest.raises(FileProblem, match="已经有人填过"):
        tracker.write_templates(as_of=D(2022, 6, 4))
    assert forms["S002"].read_bytes() == before


def test_a_clock_that_runs_ahead_does_not_block_corrections(
    tracker: Tracker, forms: dict[str, Path], tmp_path: Path
) -> None:
    path = fill(forms["S002"], tmp_path / "in/甲.xlsx", {1: {**ANSWER, L.PROGRESS: 0.3}}, D(2022, 6, 19))
    parts = tmp_path / "in/乙.xlsx"
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(parts, "w") as new:
        for item in old.infolist():
            data = old.read(item)
            if item.filename == "docProps/core.xml":
                data = re.sub(rb"(<dcterms:modified[^>]*>)[^<]*", rb"\g<1>2099-01-01T00:00:00Z", data)
            new.writestr(item, data)
    path.unlink()
    os.utime(parts, (0, datetime(2022, 6, 19, 9).timestamp()))
    merged(tracker, tmp_path / "in")
    fill(forms["S002"], tmp_path / "in/丙.xlsx", {1: ANSWER}, D(2022, 6, 21))
    merged(tracker, tmp_path / "in")
    assert entry_of(tracker, "S002")[L.PROGRESS] == 0.5


def test_a_tracker_whose_workbook_is_gone_is_found_and_mended(tracker: Tracker) -> None:
    tracker.path.unlink()
    again = Tracker.find(tracker.path.parent)
    assert again.status(as_of=D(2022, 6, 2)).expected == 6
    assert tracker.path.exists() and any("重新生成" in note for note in again.notes)


def test_a_past_master_covers_no_other_file(tracker: Tracker, tmp_path: Path) -> None:
    (tmp_path / "名册.xlsx").write_bytes(b"x")
    with pytest.raises(TrackerError, match="已经存在"):
        tracker.write_as_of(D(2022, 6, 2), tmp_path / "名册.xlsx")
    target = tmp_path / "当日.xlsx"
    assert tracker.write_as_of(D(2022, 6, 2), target) == tracker.write_as_of(D(2022, 6, 2), target)


def test_settings_on_the_first_sheet(tracker: Tracker, tmp_path: Path) -> None:
    book = openpyxl.load_workbook(tracker.path, keep_vba=True)
    place = book.defined_names["eduxl_warn_days"].attr_text.split("!")[1].replace("$", "")
    assert book[L.HOME][place].value == 15
    book[L.HOME][place].value = 60
    book.save(tracker.path)
    assert tracker.status(as_of=D(2022, 6, 2)).flags["临期"] == 4


# --- mistakes and accidents -----------------------------------------------------------------------
def test_finding_the_tracker(tracker: Tracker, tmp_path: Path) -> None:
    assert Tracker.find(tmp_path).path == tracker.path
    assert Tracker.open(tracker.memory).path == tracker.path
    assert Tracker.open(tmp_path).path == tracker.path
    empty = tmp_path / "空"
    empty.mkdir()
    with pytest.raises(TrackerError, match="没有总台账"):
        Tracker.find(empty)
    with pytest.raises(FileProblem, match="不存在"):
        Tracker.find(tmp_path / "无此文件夹")
    with pytest.raises(TrackerError, match="找不到总台账"):
        Tracker.open(tmp_path / "别的.xlsm")
    Tracker.create(small_plan(), small_roster(), tmp_path / "另一本.xlsx")
    with pytest.raises(TrackerError, match=r"2个总台账.*-m"):
        Tracker.find(tmp_path)


def test_a_master_without_its_memory_or_with_anothers(tracker: Tracker, tmp_path: Path) -> None:
    other = Tracker.create(small_plan(), small_roster(), tmp_path / "另一本.xlsm")
    shutil.copy(tracker.path, tmp_path / "拷贝.xlsm")
    with pytest.raises(TrackerError, match="记录文件夹"):
        Tracker.open(tmp_path / "拷贝.xlsm")
    shutil.copy(tracker.path, other.path)
    with pytest.raises(TrackerError, match="不是同一个台账"):
        other.status()
    other.path.write_text("坏了")
    with pytest.raises(TrackerError, match="不是 eduxl 能读的总台账"):
        other.status()


def test_the_master_open_in_a_program_stops_everything(tracker: Tracker, tmp_path: Path) -> None:
    for name, program in (
        (f"~${tracker.path.name}", "Excel"),
        (f".~lock.{tracker.path.name}#", "LibreOffice"),
    ):
        lock = tmp_path / name
        lock.write_text("x")
        before = snapshot(tmp_path)
        assert program in (open_elsewhere(tracker.path) or "")
        with pytest.raises(TrackerError, match=f"{program}.*关闭"):
            tracker.merge([tmp_path], as_of=D(2022, 6, 26))
        assert snapshot(tmp_path) == before
        lock.unlink()


def test_a_tracker_is_never_overwritten(tracker: Tracker, tmp_path: Path) -> None:
    before = snapshot(tmp_path)
    with pytest.raises(TrackerError, match="已经存在"):
        Tracker.create(small_plan(), small_roster(), tracker.path)
    with pytest.raises(FileProblem, match="不存在"):
        Tracker.create(small_plan(), small_roster(), tmp_path / "无/总台账.xlsm")
    with pytest.raises(TrackerError, match=r"\.xlsm 或 \.xlsx"):
        Tracker.create(small_plan(), small_roster(), tmp_path / "总台账.doc")
    with pytest.raises(TrackerError, match="另起"):
        tracker.write_as_of(D(2022, 6, 2), tracker.path)
    with pytest.raises(TrackerError, match=r"\.xlsm 或 \.xlsx"):
        tracker.write_as_of(D(2022, 6, 2), tmp_path / "x.doc")
    assert snapshot(tmp_path) == before


def test_a_folder_that_does_not_exist(tracker: Tracker, tmp_path: Path) -> None:
    before = snapshot(tmp_path)
    with pytest.raises(FileProblem):
        tracker.merge([tmp_path / "无"], as_of=D(2022, 6, 26))
    with pytest.raises(FileProblem, match="默认的"):
        tracker.default_returns()
    assert snapshot(tmp_path) == before


def test_a_vanished_master_comes_back_with_the_next_command(tracker: Tracker) -> None:
    before = tracker.path.read_bytes()
    tracker.path.unlink()
    tracker = Tracker(tracker.path)
    tracker.open_round("2022-07", D(2022, 7, 25), as_of=D(2022, 7, 1))
    assert len(tracker.path.read_bytes()) > len(before) // 2


def test_a_crash_after_the_commit_is_finished_by_the_next_command(
    tracker: Tracker, forms: dict[str, Path], tmp_path: Path
) -> None:
    fill(forms["S002"], tmp_path / "in/S002.xlsx", {1: ANSWER}, D(2022, 6, 20))
    old = tracker.path.read_bytes()
    merged(tracker, tmp_path / "in")
    new = sheet_rows(tracker.path, L.ENTRIES, L.TASK_NO)
    tracker.path.write_bytes(old)  # the ledger has the merge, the workbook has not
    (tmp_path / f".{tracker.path.stem}.1234.tmp.xlsm").write_bytes(b"half")
    assert not list(tmp_path.glob("*.tmp.xlsm")) or merged(tracker, tmp_path / "in")
    assert sheet_rows(tracker.path, L.ENTRIES, L.TASK_NO) == new
    assert not list(tmp_path.glob(".*tmp*"))


class _Failing:
    """Makes the nth call of a function raise, as a disk does that fills up."""

    def __init__(self, real: Callable[..., object], error: BaseException) -> None:
        self._real, self._error, self.left = real, error, 0
        self.calls = 0

    def __call__(self, *args: object, **more: object) -> object:
        self.calls += 1
        if self.left and self.calls == self.left:
            raise self._error
        return self._real(*args, **more)


@pytest.mark.parametrize("error", [OSError(28, "No space left"), KeyboardInterrupt()], ids=["full", "ctrl-c"])
def test_a_failure_at_any_sync_changes_nothing(
    tracker: Tracker,
    forms: dict[str, Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    error: BaseException,
) -> None:
    """Every fsync before the commit in turn: afterwards all files are as they were."""
    fill(forms["S002"], tmp_path / "in/S002.xlsx", {1: ANSWER}, D(2022, 6, 20))
    before = snapshot(tmp_path)
    real = os.fsync
    for nth in (1, 2):  # the archived original, the new master
        failing = _Failing(real, error)
        failing.left = nth
        monkeypatch.setattr(os, "fsync", failing)
        with pytest.raises((FileProblem, KeyboardInterrupt)):
            merged(tracker, tmp_path / "in")
        monkeypatch.setattr(os, "fsync", real)
        assert snapshot(tmp_path) == before
    assert merged(tracker, tmp_path / "in").changed


@pytest.fixture
def tiny_disk(tmp_path: Path) -> Iterator[Path]:
    """A 2 MiB file system; skipped where this user may not mount one."""
    folder = tmp_path / "小盘"
    folder.mkdir()
    if os.system(f"mount -t tmpfs -o size=2m tmpfs '{folder}' 2>/dev/null") != 0:
        pytest.skip("no right to mount a tmpfs")
    yield folder
    os.system(f"umount '{folder}'")


def test_a_full_disk(tiny_disk: Path, tmp_path: Path) -> None:
    made = Tracker.create(small_plan(), small_roster(), tiny_disk / "总台账.xlsm", as_of=D(2022, 6, 1))
    made.open_round("2022-06", D(2022, 6, 25), as_of=D(2022, 6, 1))
    paths = made.write_templates(tmp_path / "模板", as_of=D(2022, 6, 2))
    fill(paths[2], tmp_path / "in/x.xlsx", {1: ANSWER}, D(2022, 6, 20))
    (tiny_disk / "占位").write_bytes(b"x" * (shutil.disk_usage(tiny_disk).free - 8192))
    before = snapshot(tiny_disk)
    for act in (
        lambda: merged(made, tmp_path / "in"),
        lambda: made.write_templates(tiny_disk / "模板"),
        lambda: made.close_round(),
        lambda: made.write_as_of(D(2022, 6, 2), tiny_disk / "当日.xlsx"),
        lambda: Tracker.create(small_plan(), small_roster(), tiny_disk / "二.xlsm"),
    ):
        with pytest.raises(FileProblem, match="空间不足"):
            act()
        assert snapshot(tiny_disk) == before
    (tiny_disk / "占位").unlink()
    assert merged(made, tmp_path / "in").changed


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_folder(tracker: Tracker, tmp_path: Path) -> None:
    tmp_path.chmod(0o555)
    try:
        with pytest.raises(FileProblem, match="权限"):
            tracker.close_round()
    finally:
        tmp_path.chmod(0o755)


def test_a_second_command_at_the_same_time_is_told_to_wait(tracker: Tracker) -> None:
    import filelock

    with filelock.FileLock(tracker.memory / "lock"), pytest.raises(TrackerError, match="另一个 eduxl"):
        tracker.close_round()


def test_ledgers_of_other_versions(tracker: Tracker, tmp_path: Path) -> None:
    import sqlite3

    path = tracker.memory / "ledger.sqlite"
    with sqlite3.connect(path) as db:
        db.execute("UPDATE meta SET value = '99' WHERE key = 'schema_version'")
    with pytest.raises(TrackerError, match="升级"):
        tracker.rounds()
    path.write_bytes(b"not a database at all" * 100)
    with pytest.raises(TrackerError, match="损坏"):
        tracker.rounds()


def test_the_ledger_enforces_its_keys_and_writes_ahead(tracker: Tracker) -> None:
    import sqlalchemy as sa

    with Ledger.open(tracker.memory / "ledger.sqlite") as ledger, ledger.transaction() as tx:
        assert tx._db.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert tx._db.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
        with pytest.raises(sa.exc.IntegrityError):
            tx._db.exec_driver_sql("INSERT INTO remarks (event, task, text) VALUES (999, 1, 'x')")


# --- library frames -------------------------------------------------------------------------------
def test_frames(tracker: Tracker, forms: dict[str, Path], tmp_path: Path) -> None:
    fill(forms["S002"], tmp_path / "in/S002.xlsx", {1: ANSWER}, D(2022, 6, 20))
    merged(tracker, tmp_path / "in")
    frame = tracker.entries(as_of=D(2022, 6, 26))
    assert len(frame) == 6 and frame.dtypes["progress"] == "Float64" and frame.dtypes[L.TASK_NO] == "Int64"
    assert frame.loc[frame[L.UNIT_CODE] == "S002", "progress"].item() == 50
    assert str(frame.dtypes[L.DUE]) == "datetime64[ns]" and frame.dtypes[L.STATUS] == "string"
    flags = tracker.flags(as_of=D(2022, 6, 26))
    assert (flags[L.FLAGS] == "未报").sum() == 5 and flags[L.TASK_NO].isna().sum() == 5
    tasks = small_plan().to_frame()
    assert list(tasks["no"]) == [1, 2] and str(tasks.dtypes["due"]) == "datetime64[ns]"


def test_merge_json_has_the_fixed_keys(tracker: Tracker, forms: dict[str, Path], tmp_path: Path) -> None:
    fill(forms["S002"], tmp_path / "in/S002.xlsx", {1: {**ANSWER, L.PROGRESS: "差不多"}}, D(2022, 6, 20))
    (tmp_path / "in/~$S002.xlsx").write_bytes(b"x")
    data = json.loads(json.dumps(merged(tracker, tmp_path / "in").to_json(), ensure_ascii=False))
    assert list(data) == ["round", "as_of", "changed", "files", "coverage", "flags"]
    (item,) = data["files"]["merged"]
    assert item["unit"] == "S002 洪水镇初级中学" and item["entries"] == 1
    assert [w["code"] for w in item["warnings"]] == ["bad-progress"]
    assert set(item["warnings"][0]) == {"code", "task", "cell", "note"}
    assert data["coverage"]["expected"] == 6 and set(data["flags"]) == set(L.FLAG_NAMES)


def test_master_is_a_macro_workbook_by_name(tracker: Tracker) -> None:
    with zipfile.ZipFile(tracker.path) as package:
        assert b"macroEnabled" in package.read("[Content_Types].xml")


def test_every_error_is_an_eduxl_error() -> None:
    assert issubclass(RoundError, EduxlError) and issubclass(FileProblem, EduxlError)
