"""The buttons of 首页 and their macros: in new masters, and after each change of one."""

from __future__ import annotations

import inspect
import re
import zipfile
from datetime import date
from pathlib import Path

import openpyxl
import pytest

from eduxl import labels as L
from eduxl.resources import workbook
from eduxl.tracker.author import master_bytes, write_master
from eduxl.tracker.layout.home import (
    BUTTON_ROW,
    BUTTONS,
    CARDS,
    LEFT,
    ROW,
    STEP_ROWS,
    STEPS_ROW,
    step_by_button,
    step_height,
)
from eduxl.tracker.patch.buttons import mend_file, mended
from eduxl.tracker.tracker import Tracker
from eduxl.tracker.views import next_steps

from ..builders import small_plan, small_roster
from .masters import fake_master

PROJECT = workbook("built", "vbaProject.bin").read_bytes()


def macros(path: Path) -> tuple[list[bytes], list[str]]:
    """The VBA projects of a workbook, and the macros that its buttons run, in order."""
    with zipfile.ZipFile(path) as parts:
        projects = [parts.read(name) for name in parts.namelist() if name.endswith("vbaProject.bin")]
        drawings = [parts.read(name).decode() for name in parts.namelist() if name.endswith(".vml")]
    found = re.findall(r"<x:FmlaMacro>(?:\[0\]!)?(\w+)</x:FmlaMacro>", "".join(drawings))
    return projects, found


WHOLE = ([PROJECT], [button.macro for button in BUTTONS])


@pytest.fixture
def tracker(tmp_path: Path) -> Tracker:
    made = Tracker.create(small_plan(), small_roster(), tmp_path / "总台账.xlsm", as_of=date(2022, 6, 1))
    assert macros(made.path) == WHOLE
    return made


def test_buttons_stand_above_the_cards_side_by_side() -> None:
    taken = [column for button in BUTTONS for column in range(button.left, button.right + 1)]
    assert taken == [column for left, right in CARDS for column in range(left, right + 1)]


def test_the_buttons_have_their_captions_in_their_row(tmp_path: Path) -> None:
    write_master(fake_master(3, 2), tmp_path / "m.xlsm")
    with zipfile.ZipFile(tmp_path / "m.xlsm") as parts:
        drawing = next(parts.read(name).decode() for name in parts.namelist() if name.endswith(".vml"))
    captions = re.findall(r"<font[^>]*>([^<]+)</font>", drawing)
    assert captions == [button.caption for button in BUTTONS]
    anchors = [
        [int(n) for n in text.split(",")] for text in re.findall("<x:Anchor>(.*?)</x:Anchor>", drawing)
    ]
    rows = {(top, bottom) for _, _, top, _, _, _, bottom, _ in anchors}
    assert rows == {(BUTTON_ROW, BUTTON_ROW)}
    # up to the beginning of the next column, so that they are as wide as the cards in every program
    assert [(left, right, rest) for left, _, _, _, right, rest, _, _ in anchors] == [
        (button.left, button.right + 1, 0) for button in BUTTONS
    ]


def test_an_xlsx_has_neither_buttons_nor_macros(tmp_path: Path) -> None:
    made = Tracker.create(small_plan(), small_roster(), tmp_path / "总台账.xlsx")
    assert macros(made.path) == ([], [])


def test_a_merge_keeps_the_macros_byte_for_byte_and_the_buttons(tracker: Tracker) -> None:
    tracker.open_round("2022-06", date(2022, 6, 25), as_of=date(2022, 6, 10))
    tracker.close_round(as_of=date(2022, 7, 1))
    assert macros(tracker.path) == WHOLE


def test_a_home_sheet_that_was_deleted_comes_back_with_its_buttons(tracker: Tracker) -> None:
    book = openpyxl.load_workbook(tracker.path, keep_vba=True)
    del book[L.HOME]
    book.save(tracker.path)
    tracker.open_round("2022-06", date(2022, 6, 25), as_of=date(2022, 6, 10))
    assert L.HOME in openpyxl.load_workbook(tracker.path).sheetnames
    projects, called = macros(tracker.path)
    assert projects == [PROJECT] and set(called) == {button.macro for button in BUTTONS}


def test_a_workbook_of_before_gets_neither_buttons_nor_macros(tracker: Tracker) -> None:
    view = tracker.view()
    tracker.path.write_bytes(master_bytes(view, macros=True, bare=True))
    tracker.open_round("2022-06", date(2022, 6, 25), as_of=date(2022, 6, 10))
    assert macros(tracker.path) == ([], [])


def test_macros_of_the_clerk_are_never_replaced(tracker: Tracker, tmp_path: Path) -> None:
    own = tmp_path / "own.bin"
    own.write_bytes(PROJECT.replace(b"Module=modEduxl", b"Module=modClerk"))
    tracker.path.write_bytes(master_bytes(tracker.view(), macros=True, vba_project=own))
    tracker.open_round("2022-06", date(2022, 6, 25), as_of=date(2022, 6, 10))
    assert macros(tracker.path) == ([own.read_bytes()], WHOLE[1])


def test_a_workbook_that_libreoffice_did_not_save_is_not_mended(tmp_path: Path) -> None:
    view = fake_master(3, 2)
    assert mended(master_bytes(view, macros=True)) is None
    assert mended(master_bytes(view, macros=True, bare=True)) is None
    write_master(view, tmp_path / "m.xlsx")
    assert mend_file(tmp_path / "m.xlsx") is False
    assert mend_file(tmp_path / "gone.xlsm") is False


def test_a_master_that_is_gone_comes_back_with_its_buttons(tracker: Tracker) -> None:
    tracker.path.unlink()
    tracker.restore(as_of=date(2022, 6, 2))
    assert macros(tracker.path) == WHOLE


def steps(path: Path) -> list[str]:
    """The lines of 下一步 that are not empty."""
    sheet = openpyxl.load_workbook(path)[L.HOME]
    lines = [sheet.cell(STEPS_ROW + 2 + i, LEFT + 1).value for i in range(STEP_ROWS)]
    return [str(line) for line in lines if line]


def test_a_step_names_the_button_before_the_command(tracker: Tracker) -> None:
    assert steps(tracker.path)[-1].endswith(
        "开启第一轮填报：点“生成模板”，写上轮次和截止日期（或运行 eduxl round open 2022-06 --due 2022-06-25）"
    )
    tracker.open_round("2022-06", date(2022, 6, 25), as_of=date(2022, 6, 10))
    first, second = steps(tracker.path)
    assert first == "1. 生成模板并发给各单位：点“生成模板”，再点“发送模板”（或运行 eduxl templates）"
    assert "点“收取邮件”，别处交来的放进 returns/2022-06，点“汇总”（或运行 eduxl merge" in second


def test_the_missing_are_reminded_by_the_button() -> None:
    step = "催报3个未报单位（“预警清单”筛选“未报”）"
    assert step_by_button(step, "2022-06") == f"{step}，点“催报”"
    assert step_height(f"1. {step_by_button(step.replace('3', '128'), '2022-06')}") is None


def test_every_command_among_the_steps_has_its_button() -> None:
    """So that who never sees a shell gets on: what `views.next_steps` names is known here."""
    named = set(re.findall(r"eduxl [a-z]+(?: [a-z]+)?", inspect.getsource(next_steps)))
    assert named
    for command in named:
        for step in (f"办事：{command} 2022-06", f"办事（{command}）", f"办事，例如：{command}"):
            assert re.search(
                rf"点“({'|'.join(b.caption for b in BUTTONS)})”", step_by_button(step, "2022-06")
            )


def test_a_step_without_a_command_is_shown_as_it_is() -> None:
    for step in ("核实3处矛盾", "按“怎么办”处理：见“退回清单”（2个）", "看 eduxl merge 的说明，再办"):
        assert step_by_button(step, "2022-06") == step


def test_a_step_that_needs_two_lines_has_their_height(tracker: Tracker) -> None:
    tracker.open_round("2022-06", date(2022, 6, 25), as_of=date(2022, 6, 10))
    sheet = openpyxl.load_workbook(tracker.path)[L.HOME]
    for row in range(STEPS_ROW + 2, STEPS_ROW + 2 + STEP_ROWS):
        line = str(sheet.cell(row, LEFT + 1).value or "")
        assert sheet.row_dimensions[row].height == (step_height(line) or ROW)
