"""Nothing is lost: every file of a folder ends in one list, every row of a readable table in an entry or a warning."""

from __future__ import annotations

from datetime import date as D
from pathlib import Path

import pytest

from eduxl.returns.context import Context
from eduxl.returns.delimited import open_text
from eduxl.returns.intake import collect
from eduxl.returns.normalise import plain
from eduxl.returns.reader import read_return
from eduxl.spreadsheet.sheets import Book, Unreadable, open_book
from eduxl.tracker.tracker import Tracker
from tests.data.returns import HABITS, Habit, write_all
from tests.returns.outcomes import copy, kit, make_tracker, roster, to_june
from tests.returns.spoken import spoken_rows

#: Cells of a table's head begin so.
_HEADS = ("任务编号", "序号", "任务名称")


def opened(data: bytes) -> Book:
    try:
        return open_book(data)
    except Unreadable:
        return open_text(data)


def _is_head(row: list[str]) -> bool:
    return any(cell.startswith(_HEADS) for cell in row) and any("状态" in cell for cell in row)


@pytest.fixture(scope="module")
def tracker(tmp_path_factory: pytest.TempPathFactory) -> Tracker:
    folder = tmp_path_factory.mktemp("desk")
    june = copy(make_tracker(folder / "may"), folder / "june")
    to_june(june)
    return june


@pytest.fixture(scope="module")
def files(tracker: Tracker, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All habits' files, each habit in a folder of its own."""
    folder = tmp_path_factory.mktemp("files")
    write_all(folder, kit(tracker))
    return folder


def test_every_file_of_the_whole_set_ends_in_one_list(tracker: Tracker, files: Path, tmp_path: Path) -> None:
    whole = copy(tracker, tmp_path / "tracker")
    result = whole.merge([files], as_of=D(2022, 6, 21), received=D(2022, 6, 20))
    told = [m.path for m in result.files.merged]
    told += [r.path for r in result.files.rejected] + [path for path, _ in result.files.superseded]
    found = collect([files])
    assert sorted(i.path for i in result.files.ignored) == sorted(i.path for i in found.ignored)
    assert {*told} == {source.name for source in found.sources}
    lists = [
        {m.path for m in result.files.merged}, {r.path for r in result.files.rejected},
        {path for path, _ in result.files.superseded},
    ]  # fmt: skip
    assert len(told) >= len(found.sources)
    # what is on the disk: each file itself, or an archive's members
    listed = {*(s.path for s in found.sources), *(i.path for i in found.ignored)}
    for path in (p for p in files.rglob("*") if p.is_file()):
        name = path.relative_to(files).as_posix()
        assert any(known == name or known.startswith(f"{name}/") for known in listed), name
    assert all(lists)


@pytest.mark.parametrize("habit", [h for h in HABITS if not h.needs_office], ids=lambda h: h.name)
def test_every_row_is_spoken_of(habit: Habit, files: Path) -> None:
    for source in collect([files / habit.name]).sources:
        reading = read_return(source, Context(roster=roster(), received=D(2022, 6, 20)))
        if reading.rejected:
            continue
        book = opened(source.data)
        said = {problem.problem for item in reading.items for problem in item.problems}
        silent: list[set[str]] = []
        spoken: list[set[str]] = []
        for name in book.names:
            rows = [[plain(cell) for cell in row] for row in book.grid(name).rows]
            head = next((i for i, row in enumerate(rows) if _is_head(row)), len(rows))
            below = {i: {*row} - {""} for i, row in enumerate(rows, 1) if i > head + 1 and not _is_head(row)}
            filled = {i for i, texts in below.items() if texts and not texts & said}
            heard = spoken_rows(reading.items, name, filled)
            spoken += [below[i] for i in heard]
            silent += [below[i] for i in filled - heard]
        # a row that says nothing but what another says is none
        assert [row for row in silent if not any(row <= other for other in spoken)] == []
