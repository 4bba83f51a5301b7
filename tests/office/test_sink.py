"""Buttons at a workbook that is open in a real spreadsheet program: what is on the screen counts, and nothing is lost."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from eduxl import labels as L
from eduxl.errors import TrackerError
from eduxl.ooxml.references import column_letters
from eduxl.tracker import inputs
from eduxl.tracker.state import replay

from ..survival.desk import DAYS, Desk, set_up
from .office import cells, needs_office, work

pytestmark = needs_office


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    folder = tmp_path_factory.mktemp("sink") / "台账"
    folder.mkdir()
    return set_up(folder)


@pytest.fixture
def own(desk: Desk, tmp_path: Path) -> Desk:
    return desk.copy(tmp_path / "总 台账")


def test_ten_clicks_in_a_row(own: Desk, tmp_path: Path) -> None:
    """The second finds nothing new and writes nothing; the workbook is that of the last generation each time."""
    path = str(own.path)
    click = ["press", "merge", path, str(DAYS[0]), str(own.folder / "来件1")]
    given = work([["open", path], *[click] * 10, ["close", path]], tmp_path / "office")[1:-1]
    assert [said["changed"] for said in given] == [True] + [False] * 9
    assert all(not said["writes"] for said in given[1:])
    with own.tracker._ledger() as ledger:
        assert inputs.read_inputs(own.path).meta["generation"] == str(ledger.latest.number)
    assert not own.tracker.merge([own.folder / "来件1"], as_of=DAYS[0]).changed


def test_an_edit_that_was_not_saved_counts(own: Desk, tmp_path: Path) -> None:
    path = str(own.path)
    review = column_letters(L.ENTRY_COLUMNS.index(L.REVIEW) + 1)
    extended = column_letters(L.ENTRY_COLUMNS.index(L.EXTENDED_TO) + 1)
    rows = cells(own.path)[L.ENTRIES]
    unit = L.ENTRY_COLUMNS.index(L.UNIT_CODE) + 1
    row = next(r for (r, c), value in rows.items() if c == unit and value == "S003")  # sends nothing new
    work(
        [
            ["open", path],
            ["put", path, L.ENTRIES, f"{review}{row}", "退回"],
            ["put", path, L.ENTRIES, f"{extended}{row}", "'2022-11-30"],
            ["put", path, "日志", "F3", "我的话"],
            ["press", "merge", path, str(DAYS[0]), str(own.folder / "来件1")],
            ["close", path],
        ],
        tmp_path / "office",
    )
    with own.tracker._ledger() as ledger:
        state = replay(ledger.records())
    assert [review.review.result for review in state.reviews.values()] == ["退回"]
    assert len(state.extensions) == 1
    assert "我的话" in cells(own.path)["日志"].values()
    own.tracker.merge([], as_of=DAYS[0])  # the file's own reading of the same cells decides nothing new
    with own.tracker._ledger() as ledger:
        assert len(replay(ledger.records()).extensions) == 1


def test_the_screen_is_read_as_the_file_is(own: Desk, tmp_path: Path) -> None:
    path = str(own.path)
    given = work([["open", path], ["same_inputs", path], ["close", path]], tmp_path / "office")
    assert given[1] == [True] * 4


def test_colours_and_hidden_columns_stay(own: Desk, tmp_path: Path) -> None:
    path = str(own.path)
    rows = cells(own.path)["日志"]
    first = rows[2, 3]
    steps: list[list[Any]] = [
        ["open", path],
        ["paint", path, "日志", "C2"],
        ["hide_column", path, L.ENTRIES, 3],
        ["press", "merge", path, str(DAYS[0]), str(own.folder / "来件1")],
        ["get", path, "日志", "C3"],
        ["painted", path, "日志", "C3"],
        ["column_hidden", path, L.ENTRIES, 3],
        ["close", path],
    ]
    given = work(steps, tmp_path / "office")
    assert given[4][0] == [[first]]
    assert given[5:7] == [True, True]


def test_killed_before_the_program_saved(own: Desk, tmp_path: Path) -> None:
    """The ledger is ahead of the workbook: the next command, at the file or at the screen, completes it."""
    path = str(own.path)
    before = own.path.read_bytes()
    merge = ["press", "merge", path, str(DAYS[0]), str(own.folder / "来件1")]
    work([["open", path], merge, ["close", path]], tmp_path / "1")
    wanted = cells(own.path)
    own.path.write_bytes(before)
    given = work([["open", path], merge, ["close", path]], tmp_path / "2")
    assert given[1]["writes"]
    now = cells(own.path)
    for name in (L.ENTRIES, L.TASKS, L.MATRIX, L.ALERTS, L.PROBLEMS):
        assert now[name] == wanted[name]


def test_what_only_the_file_can_have_is_refused(own: Desk, tmp_path: Path) -> None:
    """A column of ours that is gone: nothing is recorded or written, and the way out is said."""
    path = str(own.path)
    steps: list[list[Any]] = [
        ["open", path],
        ["put", path, L.ENTRIES, "C1", "改了名"],
        ["refused", "press", "merge", path, str(DAYS[0]), str(own.folder / "来件1")],
        ["close", path],
    ]
    events = own.tracker.events()
    said = work(steps, tmp_path / "office")[2]
    assert said.startswith("not-open: ") and "保存并关闭" in said
    assert own.tracker.events() == events


def test_not_open(own: Desk, tmp_path: Path) -> None:
    said = work([["refused", "press", "merge", str(own.path), str(DAYS[0])]], tmp_path / "office")[0]
    assert said.startswith("not-open: ")


def test_without_an_excel(own: Desk) -> None:
    from eduxl.addin.open_desk import open_desk

    with pytest.raises(TrackerError) as raised:
        open_desk(own.path, 0)
    assert raised.value.code in ("not-open", "no-xlwings")


def test_the_button_itself(own: Desk, tmp_path: Path) -> None:
    """`buttons.merge` unchanged, at the open workbook."""
    path = str(own.path)
    folder = own.folder / "returns" / "2022-06"
    folder.parent.mkdir(exist_ok=True)
    (own.folder / "来件1").rename(folder)
    given = work([["open", path], ["button", "merge", path], ["close", path]], tmp_path / "office")
    assert given[1]["title"] == "汇总", given
    assert "汇总2份" in given[1]["text"]
