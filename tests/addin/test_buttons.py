"""What each button does and says, on a desk that needs no spreadsheet program."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import openpyxl
import pytest
from click import Choice

from eduxl import labels as L
from eduxl import resources
from eduxl.addin import buttons
from eduxl.cli_addin import ACTIONS, button
from eduxl.errors import RoundError, TrackerError
from eduxl.tracker.forms import Progress
from eduxl.tracker.layout.home import BUTTONS
from eduxl.tracker.tracker import Tracker

from ..builders import fill, small_plan, small_roster

ROUND = "2022-06"


class Paper:
    """A desk that chooses files as it was told, and remembers what it was to show."""

    def __init__(self, path: Path | None, *choices: Path | None) -> None:
        self.path, self._choices = path, iter(choices)
        self.shown: list[Path] = []
        self.doings: list[str] = []

    def tracker(self) -> Tracker:
        assert self.path
        return Tracker.open(self.path)

    @contextmanager
    def progress(self, doing: str) -> Iterator[Progress | None]:
        self.doings.append(doing)
        yield None

    def ask_file(self, title: str, endings: Sequence[str]) -> Path | None:
        return next(self._choices)

    def show(self, path: Path) -> None:
        self.shown.append(path)


@pytest.fixture
def tracker(tmp_path: Path) -> Tracker:
    """With an open round."""
    made = Tracker.create(small_plan(), small_roster(), tmp_path / L.MASTER_NAME, as_of=date(2022, 6, 1))
    made.open_round(ROUND, date(2022, 6, 25), as_of=date(2022, 6, 10))
    return made


def hand_in(tracker: Tracker, unit: str) -> Path:
    """A unit's return in returns/ROUND."""
    (form,) = tracker.write_templates(tracker.path.parent / "出", units=[unit], as_of=date(2022, 6, 10))
    rows = {1: {L.STATUS: L.UNDER_WAY, L.PROGRESS: 0.5, L.REPORT: "已完成前期准备工作，开展培训两次"}}
    return fill(form, tracker.path.parent / "returns" / ROUND / form.name, rows, date(2022, 6, 20))


def test_every_button_of_the_workbook_has_its_function_and_its_word() -> None:
    assert set(ACTIONS) == set(buttons.BUTTONS) == set(buttons.TITLES)
    choice = button.params[0].type
    assert isinstance(choice, Choice) and tuple(choice.choices) == ACTIONS
    assert [b.caption for b in BUTTONS] == [buttons.TITLES[action] for action in ACTIONS[:8]]


def test_merge_takes_the_returns_of_the_round_and_gives_the_three_numbers(tracker: Tracker) -> None:
    hand_in(tracker, "S001")
    (tracker.path.parent / "returns" / ROUND / "乱.xlsx").write_bytes(b"PK nothing")
    desk = Paper(tracker.path)
    answer = buttons.merge(desk)
    flags = sum(tracker.status().flags.values())
    assert answer.text.startswith(f"汇总1份，退回1份，预警{flags}条，请看“预警清单”。\n")
    assert "乱.xlsx" in answer.text and "还有5个没有收到" in answer.text
    assert (answer.title, answer.tone, desk.doings) == ("汇总", "done", ["汇总"])


def test_merge_again_says_that_nothing_is_new(tracker: Tracker) -> None:
    hand_in(tracker, "S001")
    desk = Paper(tracker.path)
    buttons.merge(desk)
    assert "没有新内容" in buttons.merge(desk).text


def test_merge_makes_the_folder_and_says_where_the_files_go(tracker: Tracker) -> None:
    before = tracker.path.read_bytes()
    answer = buttons.merge(Paper(tracker.path))
    folder = tracker.path.parent / "returns" / ROUND
    assert folder.is_dir() and str(folder) in answer.text and answer.tone == "look"
    assert tracker.path.read_bytes() == before


def test_merge_takes_other_places_when_told(tracker: Tracker, tmp_path: Path) -> None:
    moved = tmp_path / "收回"
    moved.mkdir()
    shutil.move(hand_in(tracker, "S001"), moved)
    assert buttons.merge(Paper(tracker.path), [moved]).text.startswith("汇总1份")


def test_merge_without_a_round_says_how_to_open_one(tmp_path: Path) -> None:
    made = Tracker.create(small_plan(), small_roster(), tmp_path / L.MASTER_NAME)
    with pytest.raises(RoundError, match="eduxl round open"):
        buttons.merge(Paper(made.path))
    assert not (tmp_path / "returns").exists()


def test_refresh_evaluates_flags_as_of_today_and_reads_no_file(tracker: Tracker) -> None:
    hand_in(tracker, "S001")
    answer = buttons.refresh(Paper(tracker.path))
    status = tracker.status()
    assert answer.text.startswith(f"已按{date.today()}重新计算：预警{sum(status.flags.values())}条")
    assert status.received == 0
    home = openpyxl.load_workbook(tracker.path)[L.HOME]
    assert f"数据截至 {date.today()}" in str(home["B3"].value)


def test_a_merge_on_the_command_line_after_a_refresh_takes_the_files(tracker: Tracker) -> None:
    """A refresh must leave no receipt that fits the question of a merge."""
    buttons.refresh(Paper(tracker.path))
    hand_in(tracker, "S001")
    assert len(tracker.merge([tracker.default_returns()]).files.merged) == 1


def test_templates_lie_where_the_answer_says(tracker: Tracker) -> None:
    answer = buttons.templates(Paper(tracker.path))
    folder = tracker.path.parent / "templates" / ROUND
    assert len(list(folder.iterdir())) == 6
    assert answer.text.startswith(f"已写6份填报表，请发给各单位：\n{folder}")


def test_sendbacks_are_written_named_and_opened(tracker: Tracker) -> None:
    form = hand_in(tracker, "S001")
    fill(form, form, {1: {L.STATUS: L.DONE, L.PROGRESS: 0.5}}, date(2022, 6, 20))
    desk = Paper(tracker.path)
    buttons.merge(desk)
    answer = buttons.sendbacks(desk)
    folder = tracker.path.parent / "sendback" / ROUND
    assert f"已写1份退回单到 {folder}" in answer.text
    assert desk.shown == [folder] and len(list(folder.iterdir())) == 1


@pytest.mark.parametrize(
    ("action", "meanwhile"),
    [("send", "templates"), ("fetch", "returns"), ("remind", "还没有上报的有6个"), ("report", "总览")],
)
def test_what_is_not_there_yet_says_what_to_do_meanwhile(
    tracker: Tracker, action: str, meanwhile: str
) -> None:
    before = tracker.path.read_bytes()
    for path in (tracker.path, None):
        answer = buttons.BUTTONS[action](Paper(path))
        assert "以后的版本" in answer.text and (meanwhile in answer.text or path is None)
    assert tracker.path.read_bytes() == before


def test_new_asks_for_plan_and_roster_and_opens_the_master(tmp_path: Path) -> None:
    with resources.sample_plan() as plan, resources.sample_roster() as roster:
        shutil.copy(plan, tmp_path / "要点.txt")
        shutil.copy(roster, tmp_path / "名册.xlsx")
    desk = Paper(None, tmp_path / "要点.txt", tmp_path / "名册.xlsx")
    answer = buttons.new(desk)
    assert desk.shown == [tmp_path / L.MASTER_NAME] and str(desk.shown[0]) in answer.text
    assert Tracker.open(desk.shown[0]).plan().tasks
    with pytest.raises(TrackerError, match="已经存在"):
        buttons.new(Paper(None, tmp_path / "要点.txt", tmp_path / "名册.xlsx"))


@pytest.mark.parametrize("choices", [(None,), (Path("要点.txt"), None)])
def test_new_without_both_files_does_nothing(choices: tuple[Path | None, ...]) -> None:
    assert "什么也没有做" in buttons.new(Paper(None, *choices)).text


def test_help_names_the_manual_and_the_buttons() -> None:
    desk = Paper(None)
    answer = buttons.help(desk)
    assert all(str(path) in answer.text for path in desk.shown)
    assert "汇总：" in answer.text and "检查环境：" in answer.text


def test_doctor_says_what_this_computer_has() -> None:
    answer = buttons.doctor(Paper(None))
    assert answer.title == "检查环境" and "Python" in answer.text
