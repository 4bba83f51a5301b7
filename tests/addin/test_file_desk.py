"""The command behind the buttons where the workbook is a file: waiting, answering, every error in a sentence."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import pytest

from eduxl import labels as L
from eduxl import resources
from eduxl.addin import buttons, log, messages, press
from eduxl.addin.answer import Answer
from eduxl.addin.desk import Desk
from eduxl.addin.file_desk import FileDesk
from eduxl.addin.reopening import Opener, wait_until_closed
from eduxl.addin.round_question import next_round
from eduxl.errors import TrackerError
from eduxl.tracker.tracker import Tracker

from ..builders import small_plan, small_roster


@pytest.fixture
def master(tmp_path: Path) -> Path:
    made = Tracker.create(small_plan(), small_roster(), tmp_path / L.MASTER_NAME, as_of=date(2022, 6, 1))
    made.open_round("2022-06", date(2022, 6, 25), as_of=date(2022, 6, 10))
    return made.path


@pytest.fixture(autouse=True)
def answers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file of the answers; logs go beside it."""
    place = tmp_path / "answers.jsonl"
    monkeypatch.setenv(messages.ANSWERS, str(place))
    for name in ("XDG_STATE_HOME", "LOCALAPPDATA", "HOME"):
        monkeypatch.setenv(name, str(tmp_path / "state"))
    return place


def told(answers: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in answers.read_text(encoding="utf-8").splitlines()]


def lock_of(master: Path) -> Path:
    return master.with_name(f".~lock.{master.name}#")


def eduxl(*words: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "eduxl", "button", *map(str, words)]
    return subprocess.run(command, capture_output=True, encoding="utf-8", timeout=120)


def test_the_command_tells_and_ends_with_0(master: Path, answers: Path) -> None:
    done = eduxl("refresh", master)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    (answer,) = told(answers)
    assert answer["text"].startswith("已按") and answer["tone"] == "done"


def test_what_fails_is_told_too_and_ends_with_0(tmp_path: Path, answers: Path) -> None:
    done = eduxl("merge", tmp_path / "没有.xlsm")
    assert (done.returncode, done.stderr) == (0, "")
    (answer,) = told(answers)
    assert "没有做成：找不到总台账" in answer["text"] and answer["log"] == ""


def test_a_wrong_word_is_a_usage_error(answers: Path) -> None:
    assert eduxl("dance").returncode == 2
    assert eduxl("refresh", "a.xlsm", "folder").returncode == 2
    assert not answers.exists()


def test_a_button_needs_a_workbook(answers: Path) -> None:
    press.press_file("refresh", None)
    assert "没有说明是哪个总台账" in told(answers)[0]["text"]


def test_without_a_window_the_answer_is_printed(master: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (messages.ANSWERS, "DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    if sys.platform in ("win32", "darwin"):
        pytest.skip("there is always a window")
    done = eduxl("refresh", master)
    assert done.returncode == 0 and done.stdout.startswith("刷新预警\n已按")


@pytest.fixture
def replies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file of the person's replies."""
    place = tmp_path / "replies.txt"
    monkeypatch.setenv(messages.REPLIES, str(place))
    return place


def test_replies_come_from_a_file_a_line_for_each_question(
    master: Path, answers: Path, replies: Path
) -> None:
    replies.write_text("2022-13，6月25日\n2022-07 截止 2022-07-25\n以后的\n", encoding="utf-8")
    assert eduxl("templates", master).returncode == 0
    (answer,) = told(answers)
    assert answer["text"].startswith("轮次 2022-07 正在填报，截止 2022-07-25。")
    assert replies.read_text(encoding="utf-8") == "以后的\n"
    assert len(list((master.parent / "templates" / "2022-07").iterdir())) == 6


def test_without_replies_every_question_is_cancelled_and_nothing_waits(master: Path, answers: Path) -> None:
    assert eduxl("templates", master).returncode == 0
    assert "没有开启下一轮，写的是 2022-06 的填报表" in told(answers)[0]["text"]


def test_a_year_begins_with_the_button_alone(tmp_path: Path, answers: Path, replies: Path) -> None:
    office = tmp_path / "局"
    office.mkdir()
    with resources.sample_plan() as plan, resources.sample_roster() as roster:
        shutil.copy(plan, office / "要点.txt")
        shutil.copy(roster, office / "单位.xlsx")
    replies.write_text(
        f"{office / '要点.txt'}\n{office / '单位.xlsx'}\n2022-06 截止 6月25日\n", encoding="utf-8"
    )
    assert eduxl("new").returncode == 0
    assert told(answers)[0]["text"].startswith("已建总台账：")
    assert [r.id for r in Tracker.open(office / L.MASTER_NAME).rounds()] == ["2022-06"]


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="there is always a window")
def test_where_no_window_can_be_shown_the_answer_tells_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in (messages.ANSWERS, "DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    made = Tracker.create(small_plan(), small_roster(), tmp_path / L.MASTER_NAME)
    done = eduxl("templates", made.path)
    assert done.returncode == 0 and done.stdout.startswith("生成模板\n没有开启轮次，什么也没有改动。")
    assert "请运行：eduxl round open" in done.stdout


@contextmanager
def screen() -> Iterator[str]:
    """A screen of its own with a window manager; its name."""
    read, write = os.pipe()
    with subprocess.Popen(
        ["Xvfb", "-displayfd", str(write), "-screen", "0", "1000x700x24", "-nolisten", "tcp"],
        pass_fds=[write], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    ) as server:  # fmt: skip
        os.close(write)
        with os.fdopen(read) as number:
            display = f":{number.readline().strip()}"
        with subprocess.Popen(
            ["openbox"], env={**os.environ, "DISPLAY": display}, stderr=subprocess.DEVNULL
        ) as manager:
            try:
                yield display
            finally:
                manager.terminate()
                server.terminate()


@pytest.mark.skipif(
    any(shutil.which(name) is None for name in ("Xvfb", "xdotool", "openbox")), reason="needs a screen"
)
def test_who_presses_enter_in_the_dialog_gets_the_round_that_was_proposed(
    master: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("tkinter")
    monkeypatch.delenv(messages.ANSWERS)
    with screen() as display:
        env = {**os.environ, "DISPLAY": display}
        command = [sys.executable, "-m", "eduxl", "button", "templates", str(master)]
        with subprocess.Popen(command, env=env, stdout=subprocess.PIPE) as program:
            try:
                for _ in range(120):
                    if program.poll() is not None:
                        break
                    # also closes the box with the answer
                    subprocess.run(["xdotool", "sleep", "1", "key", "Return"], env=env, check=True)
            finally:
                program.kill()
            assert program.stdout and program.stdout.read() == b"" and program.returncode == 0
    rounds = Tracker.open(master).rounds()
    assert rounds[-1].id == next_round(rounds[:1], date.today()).id
    assert (master.parent / "templates" / rounds[-1].id).is_dir()


@pytest.mark.parametrize(
    ("ending", "given", "typed"),
    [
        ('printf "%s\\n" "$4"; exit 0', "2022-06 截止 2022-06-25", "--entry-text=2022-06 截止 2022-06-25"),
        ("exit 1", "", None),
    ],
)
@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="zenity is of Linux")
def test_the_line_that_a_dialog_prints_is_the_reply(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ending: str, given: str, typed: str | None
) -> None:
    program = tmp_path / "bin" / "zenity"
    program.parent.mkdir()
    program.write_text(f"#!/bin/sh\n{ending}\n", encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.delenv(messages.ANSWERS)
    monkeypatch.setenv("DISPLAY", ":none")
    monkeypatch.setenv("PATH", str(program.parent), prepend=os.pathsep)
    assert messages.ask_text("生成模板", "轮次？\n第二行", given) == typed


def test_an_error_of_ours_is_a_sentence_and_lies_in_the_log(
    master: Path, answers: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(desk: Desk) -> Answer:
        raise ZeroDivisionError("secret")

    monkeypatch.setitem(buttons.BUTTONS, "refresh", broken)
    press.press_file("refresh", master)
    (answer,) = told(answers)
    assert "没有做成：程序出错了（ZeroDivisionError）" in answer["text"] and "secret" not in answer["text"]
    assert Path(answer["log"]).parent == log.folder()
    assert "ZeroDivisionError: secret" in Path(answer["log"]).read_text(encoding="utf-8")


def test_a_refusal_of_the_disk_is_told_as_such(
    master: Path, answers: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(desk: Desk) -> Answer:
        raise OSError(28, "No space left on device")

    monkeypatch.setitem(buttons.BUTTONS, "refresh", full)
    press.press_file("refresh", master)
    assert "磁盘空间不足" in told(answers)[0]["text"]


def test_a_log_that_is_full_is_begun_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log, "_FULL", 10)
    first = Path(log.record("汇总", ValueError("one")))
    log.record("汇总", ValueError("two"))
    assert "two" in first.read_text(encoding="utf-8") and "one" not in first.read_text(encoding="utf-8")
    assert "one" in first.with_name("eduxl.log.1").read_text(encoding="utf-8")


def test_it_waits_until_the_lock_is_gone(master: Path) -> None:
    lock = lock_of(master)
    lock.write_text(",clerk,pc,;", encoding="utf-8")
    timer = threading.Timer(1.0, lock.unlink)
    timer.start()
    wait_until_closed(master, 60)
    assert not lock.exists()
    timer.join()


def test_a_workbook_that_stays_open_is_left_alone(master: Path, answers: Path) -> None:
    lock_of(master).write_text(",clerk,pc,;", encoding="utf-8")
    before = master.read_bytes()
    press.press_file("refresh", master, reopen=True, wait=0.5)
    (answer,) = told(answers)
    assert "还在 LibreOffice 里打开，这次什么也没有改动" in answer["text"]
    assert master.read_bytes() == before


def test_a_workbook_being_written_is_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsm"
    path.write_bytes(b"")
    stop = threading.Event()

    def write() -> None:
        while not stop.wait(0.05):
            with path.open("ab") as file:
                file.write(b"x")

    writer = threading.Thread(target=write)
    writer.start()
    try:
        with pytest.raises(TrackerError, match="还在 别的程序 里打开"):
            wait_until_closed(path, 2)
    finally:
        stop.set()
        writer.join()


def test_a_second_button_says_that_one_is_at_work(
    master: Path, answers: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started, go_on = threading.Event(), threading.Event()

    def slow(desk: Desk) -> Answer:
        started.set()
        assert go_on.wait(60)
        return Answer("刷新预警", "慢慢来")

    monkeypatch.setitem(buttons.BUTTONS, "refresh", slow)
    first = threading.Thread(target=press.press_file, args=("refresh", master))
    first.start()
    assert started.wait(60)
    assert eduxl("templates", master).returncode == 0
    go_on.set()
    first.join()
    second, slow_one = told(answers)
    assert "另一个按钮正在办理" in second["text"] and slow_one["text"] == "慢慢来"
    assert not (master.parent / "templates").exists()


def test_the_answer_of_the_file_desk_is_that_of_the_buttons(master: Path) -> None:
    assert press.pressed("refresh", FileDesk(master)) == buttons.refresh(FileDesk(master))


def test_a_workbook_opened_by_no_known_program_is_left_to_the_system(master: Path) -> None:
    assert Opener.of(master) == Opener()


@pytest.mark.skipif(os.name == "nt", reason="the lock's URL has a drive there")
def test_the_lock_tells_which_libreoffice_it_was(
    master: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "bin" / "soffice"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\n", encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(program.parent))
    lock_of(master).write_text(",clerk,pc,27.11.2022 09:00,file:///profiles/my%20own;", encoding="utf-8")
    wanted = (str(program), "-env:UserInstallation=file:///profiles/my%20own")
    assert Opener.of(master).command == wanted


def test_importing_the_package_needs_neither_xlwings_nor_anything_heavy() -> None:
    heavy = {"xlwings", "openpyxl", "pandas", "sqlalchemy", "xlsxwriter", "lxml"}
    script = f"import sys, eduxl.addin, eduxl.addin.press; print(sorted({heavy!r} & sys.modules.keys()))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, encoding="utf-8", check=True)
    assert done.stdout == "[]\n"
