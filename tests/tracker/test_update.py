"""A revised plan for a tracker at work: tasks keep their history under new numbers, dropped ones stay as 已取消."""

from __future__ import annotations

import shutil
from datetime import date
from datetime import date as D
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from attrs import evolve

from eduxl import labels as L
from eduxl.errors import TrackerError
from eduxl.model import Plan, Project, Task
from eduxl.tracker.ledger import Ledger
from eduxl.tracker.place import LEDGER
from eduxl.tracker.records import Event, Records, Revised
from eduxl.tracker.revision import revise
from eduxl.tracker.tracker import Tracker
from tests.builders import fill, sheet_rows, small_plan, small_roster
from tests.tracker.ledgers import of_version
from tests.tracker.test_tracker import ANSWER, DONE, type_into

LABS = Task(
    1, 1, "加强实验教学", "加强实验教学。建好理化生实验室，配齐仪器。", ("党办",), (), ("各中小学",),
    D(2022, 6, 30), None, "2022年6月",
)  # fmt: skip
BRIDGE = Task(
    2, 1, "推进幼小衔接", "推进幼小衔接。幼儿园和小学结对教研。", ("教研室",), (), ("一幼",), D(2022, 12, 31),
    "ongoing", "全年",
)  # fmt: skip
SAFETY = Task(
    3, 1, "抓好校园安全", "抓好校园安全。排查校舍和食堂隐患。", ("党办",), (), ("各中小学",), D(2022, 9, 30)
)
READING = Task(
    1,
    1,
    "开展书香校园活动",
    "开展书香校园活动。各校建好图书角。",
    ("教研室",),
    (),
    ("各中小学",),
    D(2022, 9, 30),
)
OLD = small_plan(LABS, BRIDGE, SAFETY)
#: 书香校园 comes first, 校园安全 second, 加强实验教学 third; 幼小衔接 is dropped.
NEW = small_plan(READING, evolve(SAFETY, no=2), evolve(LABS, no=3))


@pytest.fixture
def tracker(tmp_path: Path) -> Tracker:
    made = Tracker.create(OLD, small_roster(), tmp_path / "总台账.xlsm", as_of=D(2022, 6, 1))
    made.open_round("2022-06", D(2022, 6, 25), as_of=D(2022, 6, 1))
    return made


def forms_of(tracker: Tracker, day: date, folder: str | None = None) -> dict[str, Path]:
    target = tracker.path.parent / folder if folder else None
    return {p.name.split("_")[0]: p for p in tracker.write_templates(target, as_of=day)}


def entry(tracker: Tracker, unit: str, task: int) -> dict[str, Any]:
    rows = sheet_rows(tracker.path, L.ENTRIES, L.TASK_NO)
    return next(r for r in rows if (r[L.UNIT_CODE], r[L.TASK_NO]) == (unit, task))


def task_of(tracker: Tracker, title: str) -> dict[str, Any]:
    return next(r for r in sheet_rows(tracker.path, L.TASKS, L.TASK_NO) if r[L.TASK_TITLE] == title)


# --- numbers --------------------------------------------------------------------------------------
def test_dropped_tasks_get_a_number_that_no_task_of_the_new_plan_has() -> None:
    revision = revise(OLD, NEW, (), ())
    assert revision.numbers == {1: 3, 3: 2, 2: 4}
    assert [(t.no, t.title) for t in revision.plan.tasks][-1] == (4, "推进幼小衔接")
    assert [t.no for t in revision.cancelled] == [4] and revision.revived == ()


def test_a_dropped_task_keeps_its_number_where_it_is_free() -> None:
    revision = revise(OLD, small_plan(LABS, BRIDGE), (), ())
    assert revision.numbers == {1: 1, 2: 2, 3: 3} and [t.no for t in revision.cancelled] == [3]


def test_a_task_dropped_with_its_project_keeps_the_project() -> None:
    old = evolve(
        small_plan(LABS, evolve(BRIDGE, project=2), evolve(SAFETY, project=3)),
        projects=(Project(1, "质量提升工程"), Project(2, "幼教普惠工程"), Project(3, "平安校园创建行动")),
    )
    new = evolve(
        small_plan(LABS, evolve(SAFETY, no=2, project=2)),
        projects=(Project(1, "质量提升工程"), Project(2, "平安校园创建行动")),
    )
    plan = revise(old, new, (), ()).plan
    assert [(t.no, plan.project_title(t)) for t in plan.tasks] == [
        (1, "质量提升工程"),
        (2, "平安校园创建行动"),
        (4, "幼教普惠工程"),
    ]
    assert [p.no for p in plan.projects] == [1, 2, 4]


def test_a_task_that_was_finished_stays_so_and_one_that_comes_back_is_revived() -> None:
    first = revise(OLD, NEW, (2,), ())
    assert first.cancelled == () and first.numbers[2] == 4
    again = revise(first.plan, small_plan(READING, evolve(SAFETY, no=2), evolve(LABS, no=3)), (), (4,))
    assert again.diff.is_empty and again.plan.tasks == first.plan.tasks
    back = revise(first.plan, OLD, (), (4,))
    assert [t.title for t in back.revived] == ["推进幼小衔接"] and back.numbers[4] == 2
    assert [t.title for t in back.cancelled] == ["开展书香校园活动"]


def test_numbers_go_through_all_later_revisions() -> None:
    records = Records()
    records.add(Event(2, D(2022, 5, 1), "换计划"), [Revised(((1, 2), (2, 1)), ())])
    records.add(Event(4, D(2022, 6, 1), "换计划"), [Revised([[1, 1], [2, 5]], [3])])
    assert [records.numbers_since(seq)(1) for seq in (1, 2, 3, 4)] == [5, 1, 1, 1]
    assert records.numbers_since(1)(2) == 1


# --- on disk --------------------------------------------------------------------------------------
def test_answers_and_decisions_stay_with_their_task(tracker: Tracker, tmp_path: Path) -> None:
    forms = forms_of(tracker, D(2022, 6, 2))
    fill(forms["S001"], tmp_path / "收回/S001.xlsx", {1: ANSWER, 3: DONE}, D(2022, 6, 10))
    tracker.merge([tmp_path / "收回"], as_of=D(2022, 6, 11))
    type_into(tracker, L.ENTRIES, {L.UNIT_CODE: "S001", L.TASK_NO: 1},
              {L.REVIEW: "退回", L.REVIEW_NOTE: "请附照片", L.EXTENDED_TO: "2022-08-31"})  # fmt: skip
    type_into(tracker, L.TASKS, {L.TASK_NO: 3}, {L.REMARK: "重点"})
    tracker.update_plan(NEW, as_of=D(2022, 6, 12))
    labs, safety = entry(tracker, "S001", 3), entry(tracker, "S001", 2)
    assert (labs[L.TASK_TITLE], labs[L.REPORT]) == ("加强实验教学", ANSWER[L.REPORT])
    assert (labs[L.REVIEW], labs[L.REVIEW_NOTE]) == ("退回", "请附照片")
    assert labs[L.EXTENDED_TO].date() == D(2022, 8, 31)
    assert (safety[L.TASK_TITLE], safety[L.STATUS]) == ("抓好校园安全", L.COMPLETED)
    assert task_of(tracker, "抓好校园安全")[L.REMARK] == "重点"
    assert entry(tracker, "S001", 1)[L.STATUS] is None  # the new task is asked at once
    # nothing was typed since, so nothing is read as a decision
    before = tracker.events()
    tracker.merge([tmp_path / "收回"], as_of=D(2022, 6, 12))
    assert tracker.events() == before


def test_a_cancelled_task_is_shown_silent_and_asked_no_more(tracker: Tracker) -> None:
    tracker.update_plan(NEW, as_of=D(2022, 6, 12))
    cancelled = task_of(tracker, "推进幼小衔接")
    assert (cancelled[L.TASK_NO], cancelled[L.CLOSED]) == (4, L.CANCELLED)
    assert {r[L.TASK_NO] for r in sheet_rows(tracker.path, L.ENTRIES, L.TASK_NO)} == {1, 2, 3, 4}
    tracker.open_round("2022-12", D(2022, 12, 25), as_of=D(2022, 12, 20))
    assert {r[L.TASK_NO] for r in sheet_rows(tracker.path, L.ENTRIES, L.TASK_NO)} == {1, 2, 3}
    assert not [note for note in tracker.notes if "看不懂" in note]


def test_forms_sent_before_the_revision_land_on_the_right_tasks(tracker: Tracker, tmp_path: Path) -> None:
    forms = forms_of(tracker, D(2022, 6, 2))
    tracker.update_plan(NEW, as_of=D(2022, 6, 12))
    fill(forms["S001"], tmp_path / "收回/S001.xlsx", {1: ANSWER, 3: DONE}, D(2022, 6, 14))
    result = tracker.merge([tmp_path / "收回"], as_of=D(2022, 6, 15))
    assert (entry(tracker, "S001", 3)[L.REPORT], entry(tracker, "S001", 2)[L.STATUS]) == (
        ANSWER[L.REPORT],
        "已完成",
    )
    (item,) = result.files.merged
    assert [(w.code, w.task) for w in item.warnings] == [("old-template", None), ("missing-entry", 1)]


def test_so_do_rows_copied_into_a_new_file_by_their_titles(tracker: Tracker, tmp_path: Path) -> None:
    tracker.update_plan(NEW, as_of=D(2022, 6, 12))
    for unit, rows in {
        "S001": [(1, "加强实验教学", "推进中", 0.5, "旧表"), (3, "抓好校园安全", "推进中", 0.3, "旧表")],
        "S002": [(1, "开展书香校园活动", "推进中", 0.5, "新表"), (3, "加强实验教学", "推进中", 0.3, "新表")],
    }.items():
        book = openpyxl.Workbook()
        assert book.active is not None
        book.active.append((L.TASK_NO, L.TASK_TITLE, L.STATUS, L.PROGRESS, L.REPORT))
        for row in rows:
            book.active.append(row)
        book.save(tmp_path / f"{unit}.xlsx")
    tracker.merge([tmp_path / "S001.xlsx", tmp_path / "S002.xlsx"], as_of=D(2022, 6, 15))
    shares = {(u, t): entry(tracker, u, t)[L.PROGRESS] for u in ("S001", "S002") for t in (1, 2, 3)}
    assert shares == {
        ("S001", 1): None, ("S001", 2): 0.3, ("S001", 3): 0.5,
        ("S002", 1): 0.5, ("S002", 2): None, ("S002", 3): 0.3,
    }  # fmt: skip


def test_forms_written_after_the_revision_have_the_new_numbers(tracker: Tracker, tmp_path: Path) -> None:
    tracker.update_plan(NEW, as_of=D(2022, 6, 12))
    forms = forms_of(tracker, D(2022, 6, 13), "补发")
    fill(forms["S001"], tmp_path / "收回/S001.xlsx", {1: ANSWER, 3: DONE}, D(2022, 6, 14))
    tracker.merge([tmp_path / "收回"], as_of=D(2022, 6, 15))
    assert (entry(tracker, "S001", 1)[L.REPORT], entry(tracker, "S001", 3)[L.STATUS]) == (
        ANSWER[L.REPORT],
        "已完成",
    )


def test_decisions_in_a_workbook_of_before_the_revision_are_read_by_its_numbers(
    tracker: Tracker, tmp_path: Path
) -> None:
    shutil.copy(tracker.path, tmp_path / "旧.xlsm")
    tracker.update_plan(NEW, as_of=D(2022, 6, 12))
    shutil.copy(tmp_path / "旧.xlsm", tracker.path)
    type_into(tracker, L.ENTRIES, {L.UNIT_CODE: "S001", L.TASK_NO: 1}, {L.EXTENDED_TO: "2022-08-31"})
    tracker.open_round("2022-06", D(2022, 6, 26), as_of=D(2022, 6, 13))
    assert entry(tracker, "S001", 3)[L.EXTENDED_TO].date() == D(2022, 8, 31)
    assert entry(tracker, "S001", 1)[L.EXTENDED_TO] is None


def test_looking_back_before_the_revision_shows_the_old_plan(tracker: Tracker, tmp_path: Path) -> None:
    tracker.update_plan(NEW, as_of=D(2022, 6, 12))
    tracker.write_as_of(D(2022, 6, 11), tmp_path / "六月十一.xlsx")
    rows = sheet_rows(tmp_path / "六月十一.xlsx", L.TASKS, L.TASK_NO)
    assert [(r[L.TASK_NO], r[L.TASK_TITLE]) for r in rows] == [(t.no, t.title) for t in OLD.tasks]
    # what is recorded later under an earlier day speaks of the new plan, which then holds from that day
    tracker.open_round("2022-06", D(2022, 6, 27), as_of=D(2022, 6, 10))
    tracker.write_as_of(D(2022, 6, 11), tmp_path / "再看.xlsx")
    assert {r[L.TASK_NO] for r in sheet_rows(tmp_path / "再看.xlsx", L.TASKS, L.TASK_NO)} == {1, 2, 3, 4}


def test_a_closed_round_does_not_ask_new_tasks(tracker: Tracker) -> None:
    tracker.close_round(as_of=D(2022, 6, 30))
    history = sheet_rows(tracker.path, L.HISTORY, L.TASK_NO)
    tracker.update_plan(NEW, as_of=D(2022, 7, 1))
    assert {r[L.TASK_NO] for r in sheet_rows(tracker.path, L.ENTRIES, L.TASK_NO)} == {2, 3, 4}
    assert sheet_rows(tracker.path, L.HISTORY, L.TASK_NO) == history
    tracker.open_round("2022-07", D(2022, 7, 25), as_of=D(2022, 7, 2))
    assert {r[L.TASK_NO] for r in sheet_rows(tracker.path, L.ENTRIES, L.TASK_NO)} == {1, 2, 3}


def test_the_same_plan_again_records_nothing(tracker: Tracker) -> None:
    tracker.update_plan(NEW, as_of=D(2022, 6, 12))
    before, bytes_before = tracker.events(), tracker.path.read_bytes()
    assert tracker.update_plan(NEW, as_of=D(2022, 6, 12)).diff.is_empty
    assert (tracker.events(), tracker.path.read_bytes()) == (before, bytes_before)


@pytest.mark.parametrize(
    ("plan", "code"), [(evolve(NEW, year=2023), "wrong-year"), (evolve(NEW, tasks=()), "no-tasks")]
)
def test_a_wrong_plan_changes_nothing(tracker: Tracker, plan: Plan, code: str) -> None:
    before = tracker.path.read_bytes()
    with pytest.raises(TrackerError) as caught:
        tracker.update_plan(plan, as_of=D(2022, 6, 12))
    assert caught.value.code == code and tracker.path.read_bytes() == before and tracker.plan() == OLD


def test_a_ledger_of_before_revisions_is_brought_up(tracker: Tracker) -> None:
    of_version(tracker.memory / LEDGER, 1)
    tracker.update_plan(NEW, as_of=D(2022, 6, 12))
    with Ledger.open(tracker.memory / LEDGER) as ledger:
        assert any(isinstance(fact, Revised) for _, fact in ledger.records().facts)
