"""What each button does and says, on a desk that needs no spreadsheet program."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path

import openpyxl
import pytest
from click import Choice

from eduxl import labels as L
from eduxl import resources
from eduxl.addin import buttons
from eduxl.addin.answer import Answer
from eduxl.addin.round_question import Wanted, next_round, question, read_round
from eduxl.cli_addin import ACTIONS, button
from eduxl.errors import EduxlError, RosterError, RoundError, TrackerError
from eduxl.model import Round
from eduxl.summary import file_lines
from eduxl.tracker.forms import Progress
from eduxl.tracker.layout.home import BUTTONS
from eduxl.tracker.tracker import Tracker

from ..builders import fill, small_plan, small_roster

ROUND = "2022-06"
TODAY = date.today()
#: A round of this month that can still be reported.
RUNNING, ITS_DUE = f"{TODAY:%Y-%m}", TODAY + timedelta(days=9)


class Paper:
    """A desk that chooses files, writes texts and says yes or no as it was told, and remembers what it was asked."""

    def __init__(
        self, path: Path | None, *choices: Path | None, texts: Sequence[str | None] = (), yes: bool = False
    ) -> None:
        self.path, self._choices, self._texts, self._yes = path, iter(choices), iter(texts), yes
        self.shown: list[Path] = []
        self.doings: list[str] = []
        #: prompt and default of each question for a text
        self.asked: list[tuple[str, str]] = []
        #: prompts of the questions whose answer is not shown
        self.hidden: list[str] = []
        #: what was to be consented to
        self.questions: list[str] = []
        self.saved = 0

    def tracker(self) -> Tracker:
        assert self.path
        return Tracker.open(self.path)

    def save(self) -> None:
        self.saved += 1

    @contextmanager
    def progress(self, doing: str) -> Iterator[Progress | None]:
        self.doings.append(doing)
        yield None

    def ask_file(self, title: str, endings: Sequence[str]) -> Path | None:
        return next(self._choices)

    def ask_text(self, title: str, prompt: str, default: str, *, hidden: bool = False) -> str | None:
        self.asked.append((prompt, default))
        self.hidden += [prompt] * hidden
        return next(self._texts)

    def confirm(self, title: str, question: str) -> bool:
        self.questions.append(question)
        return self._yes

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


@pytest.mark.parametrize("hidden", [(), (".DS_Store", "~$甲.xlsx", "空/.x")])
def test_merge_of_a_named_folder_that_is_empty_says_so_and_changes_nothing(
    tracker: Tracker, tmp_path: Path, hidden: Sequence[str]
) -> None:
    folder = tmp_path / "收回"
    (folder / "空").mkdir(parents=True)
    for name in hidden:
        (folder / name).write_bytes(b"x")
    before = tracker.path.read_bytes()
    answer = buttons.merge(Paper(tracker.path), [folder])
    assert answer.text.startswith("文件夹里还没有收回的填报表，什么也没有汇总")
    assert str(folder) in answer.text and "汇总0份" not in answer.text and answer.tone == "look"
    assert tracker.path.read_bytes() == before


def test_the_command_too_says_that_a_folder_is_empty(tracker: Tracker, tmp_path: Path) -> None:
    (tmp_path / "收回").mkdir()
    (line,) = file_lines(tracker.merge([tmp_path / "收回"]))
    assert "文件夹是空的，什么也没有汇总" in line and "0份" not in line


def test_merge_looks_into_folders_of_the_folder(tracker: Tracker, tmp_path: Path) -> None:
    inner = tmp_path / "收回" / "学区"
    inner.mkdir(parents=True)
    shutil.move(hand_in(tracker, "S001"), inner)
    assert buttons.merge(Paper(tracker.path), [tmp_path / "收回"]).text.startswith("汇总1份")


@pytest.mark.parametrize(
    "press",
    [buttons.merge, buttons.sendbacks, buttons.refresh, buttons.send, buttons.fetch, buttons.remind],
)
def test_without_a_round_the_button_that_opens_one_is_named(
    tmp_path: Path, press: Callable[[Paper], Answer]
) -> None:
    made = Tracker.create(small_plan(), small_roster(), tmp_path / L.MASTER_NAME)
    desk = Paper(made.path)
    with pytest.raises(RoundError, match=r"请先点“生成模板”.*eduxl round open"):
        press(desk)
    assert not (tmp_path / "returns").exists() and desk.asked == []


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


def written(tracker: Tracker, round_id: str) -> int:
    folder = tracker.path.parent / "templates" / round_id
    return len(list(folder.iterdir())) if folder.is_dir() else 0


def test_templates_lie_where_the_answer_says(tmp_path: Path) -> None:
    made = Tracker.create(small_plan(), small_roster(), tmp_path / L.MASTER_NAME)
    made.open_round(RUNNING, ITS_DUE)
    desk = Paper(made.path)
    answer = buttons.templates(desk)
    assert written(made, RUNNING) == 6 and desk.asked == []
    assert answer.text == f"已写6份填报表，请发给各单位：\n{tmp_path / 'templates' / RUNNING}"


def test_templates_without_a_round_ask_for_one_and_open_it(tmp_path: Path) -> None:
    made = Tracker.create(small_plan(), small_roster(), tmp_path / L.MASTER_NAME)
    desk = Paper(made.path, texts=[f"{TODAY.year}年{TODAY.month}月，{ITS_DUE.month}月{ITS_DUE.day}日"])
    answer = buttons.templates(desk)
    assert [(r.id, r.due, r.closed) for r in made.rounds()] == [(RUNNING, ITS_DUE, None)]
    assert answer.text.startswith(f"轮次 {RUNNING} 正在填报，截止 {ITS_DUE}。\n已写6份填报表")
    assert written(made, RUNNING) == 6 and desk.doings == ["开启轮次", "生成模板"]
    assert desk.asked == [(question(None), next_round((), TODAY).text)]
    assert str(openpyxl.load_workbook(made.path)[L.HOME]["B3"].value).startswith(f"轮次 {RUNNING}（填报中）")


@pytest.mark.parametrize("text", [None, "", "  "])
def test_who_does_not_want_a_round_gets_none_and_is_told_how(tmp_path: Path, text: str | None) -> None:
    made = Tracker.create(small_plan(), small_roster(), tmp_path / L.MASTER_NAME)
    before = made.path.read_bytes()
    answer = buttons.templates(Paper(made.path, texts=[text]))
    assert answer.text.startswith("没有开启轮次，什么也没有改动。") and answer.tone == "look"
    assert next_round((), TODAY).command in answer.text
    assert made.rounds() == () and made.path.read_bytes() == before and not (tmp_path / "templates").exists()


def test_a_text_that_cannot_be_read_is_asked_again_once_with_the_reason(tmp_path: Path) -> None:
    made = Tracker.create(small_plan(), small_roster(), tmp_path / L.MASTER_NAME)
    desk = Paper(made.path, texts=["下个月", "2022-06 截止 2022-06-31"])
    before = made.path.read_bytes()
    answer = buttons.templates(desk)
    prompt, default = desk.asked[1]
    assert prompt.startswith("“下个月”里没有看到截止日期。请再写一次") and default == "下个月"
    assert answer.text.startswith("截止日期2022年6月31日，没有这一天，没有开启轮次，什么也没有改动。")
    assert made.path.read_bytes() == before and answer.tone == "look"
    assert buttons.templates(Paper(made.path, texts=["下个月", "2022-06 截止 25日"])).tone == "done"
    assert [r.id for r in made.rounds()] == [ROUND]


def test_after_the_due_date_the_next_round_is_opened_only_when_wanted(tracker: Tracker) -> None:
    desk = Paper(tracker.path, texts=[None])
    answer = buttons.templates(desk)
    assert "当前轮次 2022-06 已过截止日期（2022-06-25）。要开启下一轮吗？" in desk.asked[0][0]
    assert desk.asked[0][1] == next_round(tracker.rounds(), TODAY).text
    assert "没有开启下一轮，写的是 2022-06 的填报表" in answer.text and written(tracker, ROUND) == 6
    assert [r.closed for r in tracker.rounds()] == [None]

    answer = buttons.templates(Paper(tracker.path, texts=["2022-07 截止 2022-07-25"]))
    assert [(r.id, bool(r.closed)) for r in tracker.rounds()] == [(ROUND, True), ("2022-07", False)]
    assert "轮次 2022-06 同时结束" in answer.text and written(tracker, "2022-07") == 6


def test_the_present_round_may_be_named_again_and_get_a_later_due_date(tracker: Tracker) -> None:
    buttons.templates(Paper(tracker.path, texts=["2022-06 截止 2022-06-25"]))
    assert written(tracker, ROUND) == 6
    answer = buttons.templates(Paper(tracker.path, texts=["2022-06 截止 2022-06-30"]))
    assert "截止日期由2022-06-25改为2022-06-30" in answer.text
    assert [(r.id, r.due) for r in tracker.rounds()] == [(ROUND, date(2022, 6, 30))]


def test_a_round_that_cannot_be_is_a_text_that_cannot_be_used(tracker: Tracker) -> None:
    buttons.templates(Paper(tracker.path, texts=["2022-07 截止 2022-07-25"]))
    before = tracker.path.read_bytes()
    desk = Paper(tracker.path, texts=["2022-06 截止 2022-06-25", "2022-05 截止 2022-05-25"])
    answer = buttons.templates(desk)
    assert desk.asked[1][0].startswith("轮次 2022-06 已经开过，不能再开。请再写一次")
    assert answer.text.startswith("轮次“2022-05”早于已有的轮次 2022-07")
    assert tracker.path.read_bytes() == before


def test_a_round_that_is_open_is_told_though_no_form_could_be_written(
    tracker: Tracker, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tracker.path.parent / "templates").write_text("in the way", encoding="utf-8")
    with pytest.raises(EduxlError, match="轮次 2022-07 已经开启，填报表没有写成："):
        buttons.templates(Paper(tracker.path, texts=["2022-07 截止 2022-07-25"]))
    assert tracker.rounds()[-1].id == "2022-07"


@pytest.mark.parametrize(
    "text",
    [
        "2022-06 截止 2022-06-25",
        "2022年6月，6月25日",
        "２０２２年６月　截止６月２５日",
        "二〇二二年六月 截止六月二十五日",
        "6月 25日前",
        "2022.6 6.25",
        "202206 20220625",
        "轮次：2022-06；截止日期：2022/6/25",
        "2022-06（截止2022-06-25）",
        "2022—06到2022年6月25号截止。",
    ],
)
def test_a_round_is_read_as_people_write_it(text: str) -> None:
    assert read_round(text, 2022) == Wanted(ROUND, date(2022, 6, 25))


@pytest.mark.parametrize(
    ("text", "round_id", "due"),
    [
        ("2022-06-2 截止 2022-07-05", "2022-06-2", date(2022, 7, 5)),
        ("2022年6月第二轮，7月5日", "2022-06-2", date(2022, 7, 5)),
        ("2022年12月 截止1月5日", "2022-12", date(2023, 1, 5)),
    ],
)
def test_the_second_round_of_a_month_and_a_due_date_of_next_year_are_read(
    text: str, round_id: str, due: date
) -> None:
    assert read_round(text, 2022) == Wanted(round_id, due)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("2022-06", "没有看到截止日期"),
        ("2022-06-25", "没有看到轮次"),
        ("2022-13 截止 2022-06-25", "13月"),
        ("2022-06 截止 2022-06-31", "没有这一天"),
        ("明天", "没有看到截止日期"),
    ],
)
def test_what_cannot_be_read_as_a_round_is_not_guessed(text: str, reason: str) -> None:
    with pytest.raises(RoundError, match=reason):
        read_round(text, 2022)


@pytest.mark.parametrize(
    ("last", "today", "proposed"),
    [
        (None, date(2022, 6, 10), "2022-06 截止 2022-06-25"),
        (None, date(2022, 6, 26), "2022-07 截止 2022-07-25"),
        (None, date(2022, 12, 31), "2023-01 截止 2023-01-25"),
        ("2022-06", date(2022, 6, 28), "2022-07 截止 2022-07-25"),
        ("2022-06-2", date(2022, 6, 10), "2022-07 截止 2022-07-25"),
        ("2022-06", date(2022, 9, 5), "2022-09 截止 2022-09-25"),
        ("2022-12", date(2022, 12, 28), "2023-01 截止 2023-01-25"),
    ],
)
def test_the_next_month_is_proposed_but_none_that_is_over(
    last: str | None, today: date, proposed: str
) -> None:
    rounds = [Round(last, date(2022, 6, 25), date(2022, 6, 1))] if last else []
    assert next_round(rounds, today).text == proposed
    assert read_round(proposed, 2022).text == proposed


def test_sendbacks_are_written_named_and_opened(tracker: Tracker) -> None:
    form = hand_in(tracker, "S001")
    fill(form, form, {1: {L.STATUS: L.DONE, L.PROGRESS: 0.5}}, date(2022, 6, 20))
    desk = Paper(tracker.path)
    buttons.merge(desk)
    answer = buttons.sendbacks(desk)
    folder = tracker.path.parent / "sendback" / ROUND
    assert f"已写1份退回单到 {folder}" in answer.text
    assert desk.shown == [folder] and len(list(folder.iterdir())) == 1


def test_what_is_not_there_yet_says_what_to_do_meanwhile(tracker: Tracker) -> None:
    before = tracker.path.read_bytes()
    for path in (tracker.path, None):
        answer = buttons.report(Paper(path))
        assert "以后的版本" in answer.text and "总览" in answer.text
    assert tracker.path.read_bytes() == before


@pytest.fixture
def office(tmp_path: Path) -> Path:
    """A folder with a plan and a filled roster under another name than the one that eduxl gives."""
    with resources.sample_plan() as plan, resources.sample_roster() as roster:
        shutil.copy(plan, tmp_path / "要点.txt")
        shutil.copy(roster, tmp_path / "单位.xlsx")
    return tmp_path


def test_new_makes_the_master_opens_the_first_round_and_shows_it(office: Path) -> None:
    desk = Paper(None, office / "要点.txt", office / "单位.xlsx", texts=[f"{RUNNING} 截止 {ITS_DUE}"])
    answer = buttons.new(desk)
    made = Tracker.open(office / L.MASTER_NAME)
    assert desk.shown == [made.path] and str(made.path) in answer.text and made.plan().tasks
    assert [r.id for r in made.rounds()] == [RUNNING] and f"轮次 {RUNNING} 正在填报" in answer.text
    assert buttons.templates(Paper(made.path)).text.startswith("已写")
    with pytest.raises(TrackerError, match="已经存在"):
        buttons.new(Paper(None, office / "要点.txt", office / "单位.xlsx"))


@pytest.mark.parametrize("texts", [[None], ["随便", "什么"]])
def test_new_goes_well_without_a_first_round(office: Path, texts: Sequence[str | None]) -> None:
    answer = buttons.new(Paper(None, office / "要点.txt", office / "单位.xlsx", texts=texts))
    assert Tracker.open(office / L.MASTER_NAME).rounds() == ()
    assert answer.tone == "done" and "再点“生成模板”，写上第一轮和截止日期" in answer.text
    assert ("没有看到截止日期" in answer.text) == (len(texts) == 2)


def test_new_without_a_plan_does_nothing() -> None:
    assert "什么也没有做" in buttons.new(Paper(None, None)).text


def test_new_without_a_roster_writes_an_empty_one_to_be_filled_in_and_chosen(office: Path) -> None:
    desk, roster = Paper(None, office / "要点.txt", None), office / "名册.xlsx"
    answer = buttons.new(desk)
    assert desk.shown == [roster] and str(roster) in answer.text and "再点“新建台账”" in answer.text
    assert not (office / L.MASTER_NAME).exists()
    with pytest.raises(RosterError, match="一个单位也没有"):
        buttons.new(Paper(None, office / "要点.txt", roster))
    before = roster.read_bytes()
    assert "什么也没有做" in buttons.new(Paper(None, office / "要点.txt", None)).text
    assert roster.read_bytes() == before


def test_help_names_the_manual_and_the_buttons() -> None:
    desk = Paper(None)
    answer = buttons.help(desk)
    assert all(str(path) in answer.text for path in desk.shown)
    assert "汇总：" in answer.text and "检查环境：" in answer.text and "发送模板：" in answer.text


def test_doctor_says_what_this_computer_has() -> None:
    answer = buttons.doctor(Paper(None))
    assert answer.title == "检查环境" and "Python" in answer.text
