"""With the imprint of the last writing a merge leaves rows alone that say the same; the workbook is the same without."""

from __future__ import annotations

import json
import shutil
import zipfile
from collections.abc import Callable
from datetime import date as D
from pathlib import Path

import openpyxl
import pytest
from attrs import evolve

from eduxl import labels as L
from eduxl.tracker import imprint
from eduxl.tracker.tracker import Tracker
from tests.builders import fill, small_plan, small_roster

ANSWER = {L.STATUS: L.UNDER_WAY, L.PROGRESS: 0.5, L.REPORT: "实验室已建成一间，正在采购器材"}
DAY = D(2022, 6, 20)


@pytest.fixture
def tracker(tmp_path: Path) -> Tracker:
    """Two merges old, so that an imprint is there; three more returns lie in `in`, not merged yet."""
    (tmp_path / "甲").mkdir()
    made = Tracker.create(small_plan(), small_roster(), tmp_path / "甲" / "总台账.xlsm", as_of=D(2022, 6, 1))
    made.open_round("2022-06", D(2022, 6, 25), as_of=D(2022, 6, 1))
    forms = {p.name.split("_")[0]: p for p in made.write_templates(as_of=D(2022, 6, 2))}
    folder = made.path.with_name("in")
    for at, unit in enumerate(("S001", "S003")):
        fill(forms[unit], folder / f"{unit}.xlsx", {1: ANSWER}, D(2022, 6, 9 + at))
        made.merge([folder], as_of=DAY)
    for at, unit in enumerate(("S001", "S002", "G01")):
        answer = ANSWER | {L.PROGRESS: 0.6 + at / 10, L.REPORT: f"第{at + 1}批器材已经到校并安装调试完毕"}
        fill(forms[unit], folder / f"{unit}-2.xlsx", {1: answer}, D(2022, 6, 15 + at))
    return made


def merge(tracker: Tracker) -> None:
    tracker.merge([tracker.path.with_name("in")], as_of=DAY)


def next_day(tracker: Tracker) -> None:
    tracker.merge([tracker.path.with_name("in")], as_of=D(2022, 7, 2))


def close(tracker: Tracker) -> None:
    merge(tracker)
    tracker.close_round(as_of=D(2022, 6, 27))
    tracker.open_round("2022-07", D(2022, 7, 25), as_of=D(2022, 7, 1))


def swap_tasks(tracker: Tracker) -> None:
    """The plan with its tasks in the other order: rows equal ones of before that are other rows now."""
    plan = small_plan()
    one, two = plan.tasks
    tracker.update_plan(evolve(plan, tasks=(evolve(two, no=1), evolve(one, no=2))), as_of=D(2022, 6, 21))


def review(tracker: Tracker) -> None:
    """The clerk's hand, with openpyxl: the imprint speaks of another workbook then."""
    book = openpyxl.load_workbook(tracker.path, keep_vba=True)
    sheet = book[L.ENTRIES]
    header = next(row for row in sheet.iter_rows() if any(c.value == L.REVIEW for c in row))
    column = next(c.column for c in header if c.value == L.REVIEW)
    sheet.cell(header[0].row + 1, column).value = L.SENT_BACK
    book.save(tracker.path)
    merge(tracker)


@pytest.mark.parametrize("work", [merge, next_day, close, swap_tasks, review])
def test_the_workbook_is_the_same_without(tracker: Tracker, work: Callable[[Tracker], None]) -> None:
    sha256 = json.loads((tracker.memory / imprint.NAME).read_text())["master"]
    assert imprint.recall(tracker.memory, sha256)
    plain = tracker.path.parent.with_name("乙")
    shutil.copytree(tracker.path.parent, plain)
    other = Tracker.open(plain / tracker.path.name)
    (other.memory / imprint.NAME).unlink()
    work(tracker)
    work(other)
    with zipfile.ZipFile(tracker.path) as one, zipfile.ZipFile(other.path) as two:
        assert one.namelist() == two.namelist()
        for name in one.namelist():
            if name != "docProps/core.xml":  # openpyxl notes when it saved
                assert one.read(name) == two.read(name), name


@pytest.mark.parametrize(
    "spoil",
    [
        lambda path: path.unlink(),
        lambda path: path.write_text("{"),
        lambda path: path.write_text("[]"),
        lambda path: path.write_text(path.read_text().replace("tblTasks", "tblOther")),
        lambda path: path.write_bytes(b"\xff\x00"),
    ],
)
def test_a_spoilt_imprint_is_none(tracker: Tracker, spoil: Callable[[Path], object]) -> None:
    path = tracker.memory / imprint.NAME
    sha256 = json.loads(path.read_text())["master"]
    spoil(path)
    assert imprint.recall(tracker.memory, sha256) is None
    merge(tracker)
    assert not tracker.merge([tracker.path.with_name("in")], as_of=DAY).changed
