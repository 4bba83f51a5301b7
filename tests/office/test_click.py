"""The buttons as a clerk clicks them: a real LibreOffice on a screen, the mouse, the installed command, the saved file."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import openpyxl
import pytest

from eduxl import labels as L
from eduxl.tracker.tracker import Tracker

from ..builders import fill, small_plan, small_roster
from .screen import MISSING, Screen, screen

pytestmark = [
    pytest.mark.office,
    pytest.mark.skipif(bool(MISSING), reason=f"missing: {', '.join(MISSING)}"),
]
DONE = "已完成前期准备工作，开展教师培训两次"


@pytest.fixture
def master(tmp_path: Path) -> Path:
    """A tracker with an open round, and the returns of two units in returns/ROUND."""
    folder = tmp_path / "民乐县 a=b"
    folder.mkdir()
    tracker = Tracker.create(small_plan(), small_roster(), folder / L.MASTER_NAME, as_of=date(2022, 6, 1))
    tracker.open_round("2022-06", date(2022, 6, 25), as_of=date(2022, 6, 10))
    for form in tracker.write_templates(as_of=date(2022, 6, 10)):
        if form.name.startswith(("S001", "S002")):
            rows = {1: {L.STATUS: L.UNDER_WAY, L.PROGRESS: 0.5, L.REPORT: f"{DONE}（{form.name[:4]}）"}}
            fill(form, folder / "returns" / "2022-06" / form.name, rows, date(2022, 6, 20))
    return tracker.path


@pytest.fixture
def shown(tmp_path: Path, master: Path) -> Iterator[Screen]:
    with screen(tmp_path, master) as shown:
        yield shown


def reports(master: Path) -> list[str]:
    """The reports of the schools in the saved workbook."""
    rows = openpyxl.load_workbook(master, read_only=True)[L.ENTRIES].iter_rows(values_only=True)
    at = list(next(rows)).index(L.REPORT)
    return sorted(str(row[at]) for row in rows if row[at])


def merges(master: Path) -> int:
    return sum(step.command == L.MERGE for step in Tracker.open(master).history())


def test_a_click_on_merge_brings_the_returns_into_the_saved_workbook(shown: Screen, master: Path) -> None:
    answer = shown.answer_of("汇总")
    assert answer["text"].startswith("汇总2份，退回0份，预警")
    assert (answer["title"], answer["log"]) == ("汇总", "")
    assert reports(master) == [f"{DONE}（S001）", f"{DONE}（S002）"]
    assert shown.ask("sheet") == L.HOME
    with zipfile.ZipFile(master) as parts:
        assert "xl/vbaProject.bin" in parts.namelist()


def test_ten_clicks_in_a_row_lose_nothing(shown: Screen, master: Path) -> None:
    answers = [shown.answer_of("汇总") for _ in range(10)]
    assert [answer["text"][:5] for answer in answers] == ["汇总2份，"] * 10
    assert reports(master) == [f"{DONE}（S001）", f"{DONE}（S002）"]
    assert merges(master) == 1


def test_an_edit_that_was_not_saved_is_kept(shown: Screen, master: Path) -> None:
    assert shown.ask("type", L.HOME, "R4", "还没有保存") is True
    shown.answer_of("汇总")
    assert openpyxl.load_workbook(master)[L.HOME]["R4"].value == "还没有保存"
    assert reports(master) == [f"{DONE}（S001）", f"{DONE}（S002）"]


def test_a_click_while_a_dialog_is_open_does_nothing(shown: Screen, master: Path) -> None:
    before = master.read_bytes()
    windows = len(shown.windows())
    shown.click(800, 500)
    shown.key("ctrl+1")
    assert len(shown.windows()) > windows
    place = shown.ask("where", "汇总")
    shown.click(*place)
    assert (master.read_bytes(), shown.answers()) == (before, [])
    shown.key("Escape")
    assert shown.answer_of("汇总")["text"].startswith("汇总2份")


def test_a_button_of_a_later_version_says_so_and_opens_the_workbook_again(
    shown: Screen, master: Path
) -> None:
    before = reports(master)
    answer = shown.answer_of("生成通报")
    assert "以后的版本" in answer["text"] and "预警清单" in answer["text"]
    assert reports(master) == before
