"""The built macros in a real Basic: LibreOffice compiles the project, finds the modules and runs them.

Runtime errors of a macro are swallowed there, so each test looks at what a macro gave or did.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from eduxl.tracker.author import master_bytes
from eduxl.tracker.layout.sheets import CODE_NAMES

from ..scripts import script
from ..survival.libreoffice import SOFFICE, uno_python
from ..tracker.masters import fake_master

ovba, vbatext, build = script("ovba"), script("vbatext"), script("build_addin")

pytestmark = [
    pytest.mark.office,
    pytest.mark.skipif(SOFFICE is None, reason="LibreOffice is not installed"),
    pytest.mark.skipif(uno_python() is None, reason="no Python here has uno"),
]

#: The program that the macro starts is a script here.
needs_scripts = pytest.mark.skipif(os.name == "nt", reason="Windows starts no script by its #! line")
SENTENCE = '没有找到 eduxl，“总台账”（①）没有改动；请说 "好"。𠀀'
#: Blanks, Chinese and an equals sign, in the folder and in the name.
PLACE = "民乐县 a=b/总台账 2022=1.xlsm"
PROBE = f"""Option Explicit

Public Function Told() As String
    Told = "{SENTENCE.replace('"', '""')}"
End Function

Public Function Shown() As Long
    Shown = ThisWorkbook.Sheets.Count
End Function
"""
#: Waits, as eduxl does, until LibreOffice has taken its lock of the workbook away.
RECORDER = """#!{python}
import json, os, sys, time
path, workbook = {path!r}, {workbook!r}
lock = os.path.join(os.path.dirname(workbook), ".~lock." + os.path.basename(workbook) + "#")
locked = os.path.exists(lock)
for _ in range(300 if "--reopen" in sys.argv else 0):
    if not os.path.exists(lock):
        break
    time.sleep(0.1)
with open(path + ".part", "w", encoding="utf-8") as file:
    json.dump([sys.argv[1:], locked, os.path.exists(lock)], file)
os.replace(path + ".part", path)
"""


def probe_project(folder: Path) -> Path:
    """The master's project with one module more."""
    modules = [
        ovba.Module("ThisWorkbook", build.source("ThisWorkbook.cls"), ovba.WORKBOOK_CLASS),
        *(ovba.Module(name, "", ovba.WORKSHEET_CLASS) for name in CODE_NAMES.values()),
        *(ovba.Module(name, build.source(f"{name}.bas")) for name in build.MASTER_MODULES),
        ovba.Module("modProbe", vbatext.ascii_source(PROBE, "modProbe.bas")),
    ]
    path = folder / "probe.bin"
    path.write_bytes(ovba.Project("VBAProject", "{0F1E2D3C-4B5A-6978-8796-A5B4C3D2E1F0}", modules).built())
    return path


@pytest.fixture
def master(tmp_path: Path) -> Path:
    path = tmp_path / PLACE
    path.parent.mkdir()
    path.write_bytes(master_bytes(fake_master(6, 4), macros=True, vba_project=probe_project(tmp_path)))
    return path


def run(master: Path, *macros: str, text: str = "", env: Mapping[str, str] | None = None) -> list[Any]:
    """What macros of the workbook give, in one LibreOffice of its own; `text` is an edit that was not saved."""
    python = uno_python()
    assert python and SOFFICE
    profile = master.parent.parent / "profile"
    job = json.dumps({"workbook": str(master), "text": text, "macros": macros})
    done = subprocess.run(
        [python, str(Path(__file__).with_name("macros.py")), SOFFICE, str(profile), job],
        capture_output=True,
        timeout=240,
        env=os.environ | (env or {}),
    )
    assert done.returncode == 0, done.stderr.decode(errors="replace")[-2000:]
    results: list[Any] = json.loads(done.stdout)
    return results


def recorder(master: Path) -> tuple[Path, Path]:
    """A program that writes down how it was called, and the file that it writes."""
    folder = master.parent.parent
    program, record = folder / "程序 1" / "eduxl", folder / "called.json"
    program.parent.mkdir()
    text = RECORDER.format(python=sys.executable, path=str(record), workbook=str(master))
    program.write_text(text, encoding="utf-8")
    program.chmod(0o755)
    return program, record


def recorded(record: Path) -> tuple[list[str], bool, bool]:
    """How the program was called, and whether the workbook was open at its start and at its end.

    It was started detached, so it may take a moment.
    """
    for _ in range(400):
        if record.exists():
            arguments, first, last = json.loads(record.read_text(encoding="utf-8"))
            return arguments, first, last
        time.sleep(0.1)
    raise AssertionError("the program was not started")


def test_the_project_compiles_and_chinese_texts_come_out_as_they_were_written(master: Path) -> None:
    assert run(master, "modProbe.Told", "modProbe.Shown") == [SENTENCE, len(CODE_NAMES)]


@needs_scripts
def test_a_button_saves_starts_the_program_and_closes_the_workbook(master: Path) -> None:
    program, record = recorder(master)
    run(master, "modEduxl.EduxlMerge", text="还没有保存", env={"EDUXL_EXE": str(program)})
    assert recorded(record) == (["button", "merge", str(master), "--reopen"], True, False)
    assert openpyxl.load_workbook(master)["mine"]["A1"].value == "还没有保存"


@needs_scripts
def test_a_button_that_changes_nothing_leaves_the_workbook_open(master: Path) -> None:
    program, record = recorder(master)
    before = master.read_bytes()
    run(master, "modEduxl.EduxlDoctor", "modProbe.Shown", env={"EDUXL_EXE": str(program)})
    assert recorded(record) == (["button", "doctor", str(master)], True, True)
    assert master.read_bytes() == before


@needs_scripts
def test_without_a_configured_program_the_one_on_the_path_is_started(master: Path, tmp_path: Path) -> None:
    program, record = recorder(master)
    places = f"{program.parent}{os.pathsep}{os.environ['PATH']}"
    run(master, "modEduxl.EduxlDoctor", env={"EDUXL_EXE": str(tmp_path / "gone"), "PATH": places})
    assert recorded(record)[0] == ["button", "doctor", str(master)]


@needs_scripts
def test_without_any_program_the_workbook_stays_open_as_it_was(master: Path, tmp_path: Path) -> None:
    nowhere = {"EDUXL_EXE": str(tmp_path / "gone"), "PATH": "/usr/bin:/bin"}
    results = run(master, "modEduxl.EduxlMerge", "modProbe.Shown", text="还没有保存", env=nowhere)
    assert results == [None, len(CODE_NAMES) + 1]
