"""The sheet 催报 of a workbook that is open in a real program: as the merge of the file leaves it, or left for later."""

from __future__ import annotations

from pathlib import Path

import pytest

from eduxl import labels as L
from eduxl.tracker.records import Listed
from tests.office.office import cells, needs_office, work
from tests.office.test_two_sinks import compare, merged_both
from tests.survival.desk import DAYS, Desk, set_up

pytestmark = needs_office


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    folder = tmp_path_factory.mktemp("calls") / "台账"
    folder.mkdir()
    return set_up(folder)


def list_made(desk: Desk, *, shows: bool) -> None:
    """A list of whom to call was asked for; without `shows` the workbook does not have it yet."""
    with desk.tracker.work("催报名单", as_of=DAYS[0], shows=shows) as change:
        assert change.state.current
        change.record("催报名单", "", Listed(change.state.current.id, ""))


def test_equal_after_two_merges(desk: Desk, tmp_path: Path) -> None:
    listed = desk.copy(tmp_path / "台账")
    list_made(listed, shows=True)
    by_file, by_sink, given = merged_both(
        listed, tmp_path, [["put", L.CALLS, "J4", "电话记录"], ["put", L.CALLS, "J5", "已通话"]]
    )
    compare(by_file, by_sink)
    assert cells(by_sink.path)[L.CALLS][4, 10] is not None
    assert [said["notes"] for said in given] == [[], []]


def test_an_open_workbook_without_the_sheet_is_written_and_gets_it_once_it_is_closed(
    desk: Desk, tmp_path: Path
) -> None:
    listed = desk.copy(tmp_path / "台账")
    list_made(listed, shows=False)
    path = str(listed.path)
    given = work(
        [
            ["open", path],
            ["press", "merge", path, str(DAYS[0]), str(listed.folder / "来件1")],
            ["close", path],
        ],
        tmp_path / "1",
    )
    assert given[1]["changed"] and [L.CALLS in note for note in given[1]["notes"]] == [True]
    assert L.CALLS not in cells(listed.path)
    listed.merge(2)
    assert L.CALLS in cells(listed.path)


def test_a_workbook_saved_by_another_program_keeps_its_sheet(desk: Desk, tmp_path: Path) -> None:
    listed = desk.copy(tmp_path / "台账")
    list_made(listed, shows=True)
    text = cells(listed.path)[L.CALLS][2, 1]
    work([["resave", str(listed.path)]], tmp_path / "1")
    listed.merge(1)
    after = cells(listed.path)
    assert [name for name in after if L.CALLS in name] == [L.CALLS]
    assert after[L.CALLS][2, 1] != text
    units = {row[1] for row in listed.tracker.view(as_of=DAYS[0]).calls.rows}  # type: ignore[union-attr]
    assert units == {str(value) for (row, column), value in after[L.CALLS].items() if column == 2 and row > 4}
