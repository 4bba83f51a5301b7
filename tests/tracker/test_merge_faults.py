"""What must not stop a merge or book an answer to the wrong school: copies under other names, clocks, lost files."""

from __future__ import annotations

import os
import re
import shutil
import zipfile
from datetime import date as D
from datetime import datetime
from pathlib import Path

import openpyxl
import pytest

from eduxl import labels as L
from eduxl.returns.intake import Source
from eduxl.tracker.merge import Batch, Merger, MergeResult
from eduxl.tracker.tracker import Tracker
from tests.builders import fill, sheet_rows, small_plan, small_roster

DAY = D(2022, 6, 26)
ANSWER = {L.STATUS: L.UNDER_WAY, L.PROGRESS: 0.5, L.REPORT: "实验室已建成一间，正在采购器材"}
TYPED = "任务编号,完成状态,完成进度,进展情况\r\n1,推进中,50%,已经动员部署\r\n".encode("gb18030")
TWO = ("洪水镇初级中学.csv", "洪水镇中心小学.csv")


@pytest.fixture
def tracker(tmp_path: Path) -> Tracker:
    made = Tracker.create(small_plan(), small_roster(), tmp_path / "总台账.xlsx", as_of=D(2022, 6, 1))
    made.open_round("2022-06", D(2022, 6, 25), as_of=D(2022, 6, 1))
    return made


@pytest.fixture
def box(tmp_path: Path) -> Path:
    (tmp_path / "in").mkdir()
    return tmp_path / "in"


def put(path: Path, day: int, content: bytes = TYPED) -> Path:
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)
    os.utime(path, (datetime(2022, 6, day, 9).timestamp(),) * 2)
    return path


def outcome(result: MergeResult) -> tuple[list[tuple[str, str]], list[str], list[tuple[str, str]]]:
    """(file, unit) merged, superseded files, (file, code) rejected."""
    told = result.files
    return (
        [(m.path, m.unit.partition(" ")[0]) for m in told.merged],
        [path for path, _ in told.superseded],
        [(r.path, r.code) for r in told.rejected],
    )


def confirm(tracker: Tracker, unit: str) -> None:
    """Type a code into 确认单位 of the first row of 退回清单."""
    book = openpyxl.load_workbook(tracker.path)
    sheet = book[L.REJECTED]
    header = next(row for row in sheet.iter_rows() if any(cell.value == L.CONFIRM_UNIT for cell in row))
    at = next(cell for cell in header if cell.value == L.CONFIRM_UNIT)
    sheet.cell(at.row + 1, at.column).value = unit
    book.save(tracker.path)


# --- one content under the names of two units -----------------------------------------------------
@pytest.mark.parametrize("split", [False, True])
@pytest.mark.parametrize("folders", [False, True])
def test_one_content_is_not_two_units(tracker: Tracker, box: Path, split: bool, folders: bool) -> None:
    for at, name in enumerate(TWO):
        if at and split:
            tracker.merge([box], as_of=DAY)
        put(box / name.removesuffix(".csv") / "表.csv" if folders else box / name, 20 + at)
    result = tracker.merge([box], as_of=DAY)
    first, second = ("表.csv", "表.csv") if folders else TWO
    assert outcome(result) == ([(first, "S002")], [], [(second, "unknown-unit")])
    (note,) = (r.note for r in result.files.rejected)
    assert "S002 洪水镇初级中学" in note and "S003 洪水镇中心小学" in note
    assert len(sheet_rows(tracker.path, L.REJECTED, L.CONFIRM_UNIT)) == 1
    assert not tracker.merge([box], as_of=DAY).changed


def test_the_first_is_taken_whatever_the_order(tracker: Tracker, box: Path) -> None:
    paths = [put(box / name, 20 - at) for at, name in enumerate(TWO)]
    result = tracker.merge(paths, as_of=DAY)
    assert outcome(result) == ([(TWO[1], "S003")], [], [(TWO[0], "unknown-unit")])


@pytest.mark.parametrize(("unit", "merged"), [("S003", {"S002", "S003"}), ("S002", {"S002"})])
def test_the_clerk_decides(tracker: Tracker, box: Path, unit: str, merged: set[str]) -> None:
    for at, name in enumerate(TWO):
        put(box / name, 20 + at)
    tracker.merge([box], as_of=DAY)
    confirm(tracker, unit)
    result = tracker.merge([box], as_of=DAY)
    assert not result.files.rejected and {m.unit.partition(" ")[0] for m in result.files.merged} == merged
    assert sheet_rows(tracker.path, L.REJECTED, L.CONFIRM_UNIT) == []
    assert not tracker.merge([box], as_of=DAY).changed


@pytest.mark.parametrize("split", [False, True])
def test_a_copy_that_names_nobody_is_a_copy(tracker: Tracker, box: Path, split: bool) -> None:
    put(box / "表.csv", 19)
    if split:
        assert outcome(tracker.merge([box], as_of=DAY))[2] == [("表.csv", "unknown-unit")]
    put(box / TWO[0], 20)
    assert outcome(tracker.merge([box], as_of=DAY)) == ([(TWO[0], "S002")], ["表.csv"], [])
    assert sheet_rows(tracker.path, L.REJECTED, L.CONFIRM_UNIT) == []
    assert not tracker.merge([box], as_of=DAY).changed


# --- files that go away, clocks that run ahead ----------------------------------------------------
def test_a_file_that_vanishes_stops_nothing(tracker: Tracker, box: Path) -> None:
    forms = {p.name.split("_")[0]: p for p in tracker.write_templates(as_of=D(2022, 6, 2))}
    _, second, third = (
        fill(forms[unit], box / f"{unit}.xlsx", {1: ANSWER}, D(2022, 6, day))
        for unit, day in (("S001", 10), ("S002", 11), ("S003", 12))
    )

    def meanwhile(done: int, _: int) -> None:
        """What other programs do while the first file is read."""
        if done == 1:
            second.unlink()
            third.write_bytes(b"half of it")

    result = tracker.merge([box], as_of=DAY, progress=meanwhile)
    assert outcome(result) == (
        [("S001.xlsx", "S001")], [], [("S002.xlsx", "not-a-workbook"), ("S003.xlsx", "not-a-workbook")],
    )  # fmt: skip
    assert all("重新汇总" in r.note for r in result.files.rejected)
    # Whatever it was, it is not there any more.
    assert sheet_rows(tracker.path, L.REJECTED, L.CONFIRM_UNIT) == []


def test_a_clock_ahead_is_judged_by_the_day_of_receipt(tracker: Tracker, box: Path) -> None:
    """A workbook said to be saved weeks after it came does not win over a later one, on whatever day it is merged."""
    form = next(p for p in tracker.write_templates(as_of=D(2022, 6, 2)) if p.name.startswith("S002"))
    ahead = fill(form, box / "旧.xlsx", {1: ANSWER}, D(2022, 6, 10))
    final = fill(form, box / "新.xlsx", {1: ANSWER | {L.PROGRESS: 0.8}}, D(2022, 6, 20))
    saved(ahead, datetime(2022, 7, 30))
    saved(final, datetime(2022, 6, 20))
    assert outcome(tracker.merge([box], as_of=DAY))[:2] == ([("新.xlsx", "S002")], ["旧.xlsx"])


def saved(path: Path, moment: datetime) -> None:
    """Change the moment of saving that a workbook tells; the file's own time stays."""
    before = path.stat().st_mtime
    copy = path.with_suffix(".new")
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(copy, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name == "docProps/core.xml":
                said = f"{moment.isoformat()}Z".encode()
                content, times = re.subn(rb"(<dcterms:modified[^>]*>)[^<]*", rb"\g<1>" + said, content)
                assert times == 1
            new.writestr(name, content)
    shutil.move(copy, path)
    os.utime(path, (before, before))


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_no_original_of_many_stays_behind_where_one_cannot_be_kept(
    step: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    merger = Merger.__new__(Merger)
    merger._memory = tmp_path
    new = tuple(Source.of_bytes(f"{i}.xlsx", bytes([i]), datetime(2022, 6, 1)) for i in range(20))
    batch = Batch((), (), (), (*new, *new))
    real, left = getattr(os, step), iter(range(12))

    def full(*args: object) -> object:
        if next(left, None) is None:
            raise OSError(28, "No space left on device")
        return real(*args)

    with monkeypatch.context() as patched:
        patched.setattr(os, step, full)
        with pytest.raises(OSError, match="No space"):
            merger.archive(batch)
    assert not list(tmp_path.glob("archive/*/*"))
    kept = {path.read_bytes() for path in merger.archive(batch)}
    assert kept == {source.data for source in new}
    assert len(list(tmp_path.glob("archive/*/*"))) == 20
    assert merger.archive(batch) == []
