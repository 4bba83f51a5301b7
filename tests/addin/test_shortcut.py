"""The 汇总 shortcut: the scripts of macOS and Linux are run, the one for Windows is read."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from eduxl import labels as L
from eduxl.addin import program
from eduxl.addin.install import System
from eduxl.addin.shortcut import told, write_shortcut
from eduxl.errors import FileProblem
from eduxl.tracker.tracker import Tracker
from tests.builders import fill, small_plan, small_roster

posix = pytest.mark.skipif(sys.platform == "win32", reason="needs sh")


@pytest.fixture
def master(tmp_path: Path) -> Path:
    """A tracker with a round in a folder whose name has everything that scripts stumble over."""
    folder = tmp_path / "台账 ($HOME) 100%'一'"
    folder.mkdir()
    tracker = Tracker.create(small_plan(), small_roster(), folder / "总 台账.xlsm", as_of=date(2022, 6, 1))
    tracker.open_round("2022-06", date(2022, 6, 25), as_of=date(2022, 6, 1))
    return tracker.path


@pytest.fixture
def recorder(tmp_path: Path) -> Path:
    """A program that prints its arguments, one a line, and ends with 3 as a merge with rejected files does."""
    path = tmp_path / "程 序" / "eduxl"
    path.parent.mkdir()
    path.write_text('#!/bin/sh\nfor word in "$@"; do printf \'<%s>\\n\' "$word"; done\nexit 3\n')
    path.chmod(0o755)
    return path


def run(
    script: Path, *words: str, eduxl: str = "", path: str = "", typed: str | None = None
) -> tuple[int, str]:
    """Start a script as a desktop does, in another folder; `typed` gives it a terminal with these keys."""
    environment = {
        "PATH": path or os.defpath,
        "EDUXL_EXE": eduxl,
        "LANG": "C.UTF-8",
        "HOME": str(script.parent),
    }
    if typed is None:
        done = subprocess.run(
            [script, *words],
            cwd="/",
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
        return done.returncode, (done.stdout + done.stderr).decode()
    import pty

    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [script, *words],
        cwd="/",
        env=environment,
        stdin=theirs,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    ) as process:
        os.close(theirs)
        os.write(ours, typed.encode())
        said = process.communicate(timeout=60)[0].decode()
    os.close(ours)
    return process.returncode, said


def shell(master: Path, system: System, eduxl: str = "/nowhere/eduxl") -> Path:
    """The script of a shortcut."""
    return write_shortcut(master, system, eduxl)[-1]


# --- macOS and Linux ---


@posix
@pytest.mark.parametrize("system", ["macos", "other"])
def test_dropped_folders_and_files_are_merged_into_the_master_beside(
    master: Path, recorder: Path, system: System
) -> None:
    code, said = run(shell(master, system, str(recorder)), "/收回/第 1 批", "/收回/a'b$c.xlsx")
    assert code == 3
    assert said.splitlines() == ["<merge>", "</收回/第 1 批>", "</收回/a'b$c.xlsx>", "<-m>", f"<{master}>"]


@posix
@pytest.mark.parametrize("system", ["macos", "other"])
def test_a_double_click_merges_the_returns_of_the_round(master: Path, recorder: Path, system: System) -> None:
    assert run(shell(master, system, str(recorder)))[1].splitlines() == ["<merge>", "<-m>", f"<{master}>"]


@posix
def test_the_merge_is_a_real_one(master: Path) -> None:
    forms = Tracker.open(master).write_templates(as_of=date(2022, 6, 2))
    form = next(path for path in forms if path.name.startswith("S001"))
    values = {1: {L.STATUS: L.UNDER_WAY, L.PROGRESS: 0.5, L.REPORT: "已制定方案"}}
    fill(form, master.parent / "收 回" / "S001.xlsx", values, date(2022, 6, 20))
    code, said = run(
        shell(master, "other", program.own()), str(master.parent / "收 回"), path=os.environ["PATH"]
    )
    assert code == 0, said
    assert "计入1" in said


@posix
def test_a_python_is_told_the_module(master: Path, recorder: Path) -> None:
    python = recorder.rename(recorder.with_name("python3.12"))
    said = run(shell(master, "other", str(python)))[1]
    assert said.splitlines()[:3] == ["<-m>", "<eduxl>", "<merge>"]


@posix
def test_the_environment_comes_first_and_the_path_last(master: Path, recorder: Path) -> None:
    script = shell(master, "other", "/nowhere/eduxl")
    assert run(script, eduxl=str(recorder))[0] == 3
    assert run(script, path=f"{recorder.parent}{os.pathsep}{os.defpath}")[0] == 3
    code, said = run(script)
    assert code == 1 and "没有找到 eduxl" in said


@posix
def test_in_a_terminal_the_window_stays_until_a_key(master: Path, recorder: Path) -> None:
    code, said = run(shell(master, "other", str(recorder)), "/收回", typed="\n")
    assert code == 3 and said.endswith("按回车键关闭。")


@posix
@pytest.mark.parametrize("name", ["eduxl", "python3"])
def test_macos_takes_what_is_dropped_into_the_window(master: Path, recorder: Path, name: str) -> None:
    recorder = recorder.rename(recorder.with_name(name))
    module = ["<-m>", "<eduxl>"] if name == "python3" else []
    script = shell(master, "macos", str(recorder))
    # As the Terminal writes what is dropped: characters that mean something to a shell with a backslash.
    said = run(script, typed="/收\\ 回/第\\(1\\)批 /收回/\\$b\\'.xlsx\n\n")[1]
    assert re.findall("<.*>", said) == [
        *module, "<merge>", "<-m>", f"<{master}>", "</收 回/第(1)批>", "</收回/$b'.xlsx>"
    ]  # fmt: skip
    said = run(script, typed="\n\n")[1]
    assert re.findall("<.*>", said) == [*module, "<merge>", "<-m>", f"<{master}>"]


@posix
def test_the_folder_may_move_with_its_shortcut(master: Path, recorder: Path) -> None:
    name = shell(master, "macos", str(recorder)).name
    moved = master.parent.rename(master.parent.with_name("明年"))
    assert f"<{moved / master.name}>" in run(moved / name)[1]


@posix
def test_the_scripts_may_be_started(master: Path) -> None:
    for system in ("macos", "other"):
        for path in write_shortcut(master, system, "/nowhere/eduxl"):
            assert os.access(path, os.X_OK)
            assert b"\r" not in path.read_bytes()


def test_linux_has_an_entry_for_the_desktop_that_starts_the_script(master: Path) -> None:
    entry, script = write_shortcut(master, "other", "/nowhere/eduxl")
    lines = entry.read_text("utf-8").splitlines()
    assert entry.name == "汇总.desktop" and lines[0] == "[Desktop Entry]" and "Terminal=true" in lines
    command = next(line for line in lines if line.startswith("Exec=")).removeprefix("Exec=")
    # Undone in the order of the Desktop Entry Specification: the string's escapes, the quotes, the field codes.
    found = re.fullmatch(r'/bin/sh "(.*)" %F', command.replace("\\\\", "\\"))
    assert found and re.sub(r"\\(.)", r"\1", found[1]).replace("%%", "%") == str(script)


@posix
@pytest.mark.skipif(not shutil.which("gio"), reason="needs gio")
def test_the_entry_of_linux_starts_by_the_desktops_own_rules(master: Path, recorder: Path) -> None:
    entry, _ = write_shortcut(master, "other", str(recorder))
    # Without its terminal, of which a test has none.
    entry.write_text(entry.read_text("utf-8").replace("Terminal=true", "Terminal=false"), encoding="utf-8")
    dropped = master.parent / "收 回"
    dropped.mkdir()
    done = subprocess.run(["gio", "launch", entry, dropped], stdout=subprocess.PIPE, check=True, timeout=60)
    assert done.stdout.decode().splitlines() == ["<merge>", f"<{dropped}>", "<-m>", f"<{master}>"]


# --- Windows ---


def cmd(master: Path) -> tuple[Path, str]:
    (path,) = write_shortcut(master, "windows", "C:\\eduxl.exe")
    return path, path.read_bytes().decode("ascii")


def test_the_windows_script_is_ascii_with_its_line_ends_and_waits_at_the_end(master: Path) -> None:
    path, text = cmd(master)
    assert path.name == "汇总.cmd"
    assert text.count("\n") == text.count("\r\n")
    lines = text.split("\r\n")
    assert lines[0] == "@echo off" and "chcp 65001 >nul" in lines
    at = lines.index('"%EDUXL%" %MODULE% merge %* -m "%~dp0."')
    assert lines[at + 1 : at + 5] == ['set "CODE=%ERRORLEVEL%"', "echo.", "pause", "exit /b %CODE%"]


def test_the_windows_script_looks_in_the_five_places_of_the_macro_in_order(master: Path) -> None:
    _, text = cmd(master)
    marks = ['"%EDUXL_EXE%"', "reg query", r'"%LOCALAPPDATA%\eduxl\eduxl.exe"', "%%~$PATH:p"]
    marks += [
        f'"{place}"' for place in program.launchers({"WINDIR": "%WINDIR%", "LOCALAPPDATA": "%LOCALAPPDATA%"})
    ]
    found = [text.index(mark) for mark in marks]
    assert found == sorted(found)
    assert f'set "SETTING={program.SETTING_KEY}"' in text
    assert f"/v {program.SETTING_NAME}" in text


def test_every_label_that_the_windows_script_calls_is_there(master: Path) -> None:
    _, text = cmd(master)
    assert set(re.findall(r"call (:\w+)", text)) == set(re.findall(r"^(:\w+)", text, re.MULTILINE))


# --- several masters, other people's files ---


def test_where_there_are_two_masters_each_shortcut_names_its_own(master: Path) -> None:
    other = Tracker.create(
        small_plan(), small_roster(), master.with_name("民办.xlsx"), as_of=date(2022, 6, 1)
    ).path
    path, text = cmd(other)
    assert path.name == "汇总-民办.cmd"
    # The name after "汇总-".
    assert '-m "%~dp0%SELF:~3%.xlsx"' in text and 'set "SELF=%~n0"' in text
    assert write_shortcut(other, "macos", "/x/eduxl")[0].name == "汇总-民办.command"


def test_writing_it_again_is_no_matter_but_a_file_of_somebody_else_stays(master: Path) -> None:
    for system in ("windows", "macos", "other"):
        first = write_shortcut(master, system, "/x/eduxl")
        assert write_shortcut(master, system, "/x/eduxl") == first
        first[0].write_text("别人的", encoding="utf-8")
        with pytest.raises(FileProblem, match="不是 eduxl 写的"):
            write_shortcut(master, system, "/x/eduxl")
        assert first[0].read_text("utf-8") == "别人的"


@pytest.mark.parametrize("system", ["windows", "macos", "other"])
def test_the_clerk_is_told_what_to_do(master: Path, system: System) -> None:
    files = write_shortcut(master, system, "/x/eduxl")
    assert str(files[0]) in told(files, system)[0]
    assert "双击" in told(files, system)[1]
