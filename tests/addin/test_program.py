"""Where a button finds eduxl: the same places, order and rules as the macro, and what each place holds."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Collection
from pathlib import Path

import pytest

from eduxl.addin import program
from eduxl.addin.program import PLACES, Surroundings, is_absolute, is_python, places
from eduxl.addin.registry import Registry

from .memory_winreg import MemoryWinreg

LAUNCH = (Path(__file__).resolve().parents[2] / "workbook" / "vba" / "modLaunch.bas").read_text("utf-8")
LOCAL = r"C:\Users\王芳\AppData\Local"
EXE = LOCAL + r"\eduxl\eduxl.exe"


def body(name: str) -> str:
    """The text of a function of the macro."""
    found = re.search(rf"Function {name}\(.*?^End Function", LAUNCH, re.MULTILINE | re.DOTALL)
    assert found
    return found[0]


def around(
    *there: str,
    environment: dict[str, str] | None = None,
    setting: str = "",
    windows: bool = True,
    with_eduxl: Collection[str] = (),
) -> Surroundings:
    """A computer with these programs."""
    base = (
        {"LOCALAPPDATA": LOCAL, "WINDIR": r"C:\Windows", "PATH": r"C:\Windows;D:\工具 箱"} if windows else {}
    )
    return Surroundings(
        windows, {**base, **(environment or {})}, setting, there.__contains__, with_eduxl.__contains__
    )


def used(computer: Surroundings) -> tuple[str, str] | None:
    """Name of the place and the program of the first that starts."""
    return next(((f.place.name, f.program) for f in places(computer) if f.starts), None)


# --- the macro's own text ---


def test_the_macro_tries_these_places_in_this_order() -> None:
    tried = re.findall(r"TryOne\(sh, (.+?), words", body("TryAll"))
    assert tried == [place.vba for place in PLACES]


def test_the_macro_tries_each_place_on_the_systems_that_are_named() -> None:
    elsewhere, windows = body("TryAll").split("If sh Is Nothing Then")[1].split("Else")
    before = body("TryAll").split("If sh Is Nothing Then")[0]
    parts = {"everywhere": before, "elsewhere": elsewhere, "windows": windows}
    for place in PLACES:
        assert place.vba in parts[place.where]


def test_the_macro_looks_for_the_launcher_where_this_does() -> None:
    found = re.findall(r'Variable\(sh, "(\w+)"\) & "([^"]+)"', body("PyLauncher"))
    assert [f"<{name}>{tail}" for name, tail in found] == program.launchers(
        {"WINDIR": "<WINDIR>", "LOCALAPPDATA": "<LOCALAPPDATA>"}
    )


def test_the_macro_reads_the_setting_that_this_names() -> None:
    app, section, name = re.findall(r'GetSetting\("(\w+)", "(\w+)", "(\w+)"', body("Configured"))[0]
    assert program.SETTING_KEY.endswith(rf"VB and VBA Program Settings\{app}\{section}")
    assert name == program.SETTING_NAME


def test_the_macro_has_the_rules_for_absolute_paths_and_pythons_that_are_followed_here() -> None:
    absolute = 'Mid$(program, 2, 1) = ":" Or Left$(program, 2) = "\\\\" Or Left$(program, 1) = "/"'
    assert absolute in body("IsAbsolute")
    assert 'Left$(exe, 6) = "python" Or exe = "py.exe"' in body("IsPython")


# --- the rules ---


@pytest.mark.parametrize("path", [r"C:\a b\eduxl.exe", r"\\server\share\eduxl.exe", "/usr/bin/eduxl"])
def test_absolute(path: str) -> None:
    assert is_absolute(path)


@pytest.mark.parametrize("path", ["eduxl.exe", r"\eduxl.exe", r"bin\eduxl.exe", ""])
def test_not_absolute(path: str) -> None:
    assert not is_absolute(path)


@pytest.mark.parametrize(
    ("path", "yes"),
    [
        (r"C:\Python\python.exe", True),
        (r"C:\Python\PythonW.exe", True),
        ("/usr/bin/python3.12", True),
        (r"C:\Windows\py.exe", True),
        (EXE, False),
        (r"C:\Python\Scripts\eduxl.exe", False),
    ],
)
def test_what_is_python(path: str, yes: bool) -> None:
    assert is_python(path) is yes


# --- what stands where ---


def test_each_place_answers_when_those_before_it_are_empty() -> None:
    py = r"C:\Windows\py.exe"
    own, own2 = r"D:\甲 乙\eduxl.exe", r"D:\丙\python.exe"
    everything = {own, own2, EXE, r"D:\工具 箱\eduxl.exe", py}
    computer = around(*everything, environment={"EDUXL_EXE": own}, setting=own2, with_eduxl=[py])
    answers = [found.program for found in places(computer)]
    assert answers == [own, own2, EXE, r"D:\工具 箱\eduxl.exe", py]
    assert all(found.starts for found in places(computer))


def test_a_place_that_names_what_is_gone_does_not_start_and_is_told() -> None:
    first, *_ = places(around(EXE, environment={"EDUXL_EXE": r"D:\没有\eduxl.exe"}))
    assert (first.program, first.starts) == (r"D:\没有\eduxl.exe", False)
    assert used(around(EXE, environment={"EDUXL_EXE": r"D:\没有\eduxl.exe"})) == (program.FOLDER.name, EXE)


def test_a_quoted_program_counts_and_a_relative_one_does_not() -> None:
    assert used(around(EXE, environment={"EDUXL_EXE": f'"{EXE}"'})) == ("环境变量 EDUXL_EXE", f'"{EXE}"')
    assert used(around("eduxl.exe", environment={"EDUXL_EXE": "eduxl.exe"})) is None
    assert used(around(r"\eduxl.exe", environment={"PATH": ";"})) is None


def test_a_launcher_without_eduxl_is_passed_over() -> None:
    first, second = r"C:\Windows\py.exe", LOCAL + r"\Programs\Python\Launcher\py.exe"
    assert used(around(first, second)) is None
    assert used(around(first, second, with_eduxl=[second])) == ("py 启动器", second)


def test_elsewhere_than_on_windows_the_system_looks_for_eduxl() -> None:
    assert [found.place for found in places(around(windows=False))] == PLACES_ELSEWHERE
    assert used(around("eduxl", windows=False)) == ("PATH", "eduxl")
    assert used(around("/opt/eduxl", windows=False, environment={"EDUXL_EXE": "/opt/eduxl"})) is not None


PLACES_ELSEWHERE = [program.ENVIRONMENT, program.SETTING, program.COMMAND]


# --- this machine ---


def test_this_machine_finds_what_the_environment_names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EDUXL_EXE", program.own())
    assert used(program.here(None)) == ("环境变量 EDUXL_EXE", program.own())


def test_this_machine_reads_the_setting() -> None:
    registry = Registry(MemoryWinreg({program.SETTING_KEY: {"Program": EXE}}))
    assert program.here(registry).setting == EXE


def test_the_program_of_this_eduxl_starts() -> None:
    own = program.own()
    assert os.path.isabs(own)
    words = [own, *(["-m", "eduxl"] if is_python(own) else []), "--version"]
    assert subprocess.run(words, capture_output=True, check=True, text=True).stdout.startswith("eduxl ")
