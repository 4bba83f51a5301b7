"""A screen of its own with LibreOffice on it, in which a test moves the mouse as a clerk does."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from ..survival.libreoffice import SOFFICE, uno_python

#: What is needed beside LibreOffice and its Python, by the names of scripts/dev.py.
PROGRAMS = ("Xvfb", "xdotool", "openbox")
EDUXL = shutil.which("eduxl", path=os.path.dirname(sys.executable))
MISSING = [name for name in PROGRAMS if shutil.which(name) is None]
MISSING += [] if SOFFICE else ["LibreOffice"]
MISSING += [] if uno_python() else ["a Python with uno"]
MISSING += [] if EDUXL else ["the command eduxl"]
#: Macros run without a question, as after the clerk's yes; saving as .xlsm asks nothing either.
_PROFILE = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry"
 xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
<item oor:path="/org.openoffice.Office.Common/Security/Scripting"><prop oor:name="MacroSecurityLevel" oor:op="fuse">
<value>0</value></prop></item>
<item oor:path="/org.openoffice.Office.Common/Save/Document"><prop oor:name="WarnAlienFormat" oor:op="fuse">
<value>false</value></prop></item>
<item oor:path="/org.openoffice.Office.Common/Misc"><prop oor:name="ShowTipOfTheDay" oor:op="fuse">
<value>false</value></prop></item>
</oor:items>
"""
_PATIENCE = 120.0


class Screen:
    """LibreOffice with one workbook on a screen; what eduxl answers lies in a file."""

    def __init__(self, folder: Path, workbook: Path, env: dict[str, str]) -> None:
        self._folder, self._workbook, self._env = folder, workbook, env
        self._pipe = ""

    def start(self) -> None:
        """Open the workbook in a LibreOffice of its own."""
        assert SOFFICE
        settings = self._folder / "profile" / "user" / "registrymodifications.xcu"
        settings.parent.mkdir(parents=True, exist_ok=True)
        # a name that no other had: a LibreOffice that was killed leaves its pipe behind
        self._pipe = f"eduxl{os.getpid()}x{time.monotonic_ns()}"
        settings.write_text(_PROFILE, encoding="utf-8")
        self._program = subprocess.Popen(
            [
                SOFFICE, f"-env:UserInstallation={(self._folder / 'profile').as_uri()}", "--norestore", "--nologo",
                f"--accept=pipe,name={self._pipe};urp;", str(self._workbook),
            ],
            env=self._env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip

    def end(self) -> None:
        """End LibreOffice, whatever dialog it shows."""
        with suppress(OSError):
            os.killpg(self._program.pid, signal.SIGKILL)
        self._program.wait()

    def ask(self, *words: str) -> Any:
        """An order to `window.py`; None while the workbook is not open."""
        done = subprocess.run(
            [str(uno_python()), str(Path(__file__).with_name("window.py")), self._pipe, str(self._workbook), *words],
            capture_output=True, env=self._env, timeout=60,
        )  # fmt: skip
        return json.loads(done.stdout) if done.returncode == 0 and done.stdout.strip() else None

    def answers(self) -> list[dict[str, str]]:
        """All that eduxl has answered, oldest first."""
        try:
            lines = Path(self._env["EDUXL_ANSWERS"]).read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            return []
        return [json.loads(line) for line in lines]

    def until_open(self, seconds: float = _PATIENCE) -> None:
        """Wait until the workbook is on the screen."""
        _until(lambda: self.ask("where", "汇总"), "the workbook is not on the screen", seconds)

    def begin(self) -> None:
        """Start it, once more where it does not come up: under load a new profile sometimes hangs."""
        self.start()
        try:
            self.until_open(_PATIENCE / 2)
        except AssertionError:
            self.end()
            self.start()
            self.until_open()

    def press(self, caption: str) -> None:
        """Click a button. The window has the focus then: the first click into it may only take that."""
        place = _until(lambda: self.ask("where", caption), f"no button {caption}")
        self.click(place[0], place[1] + 500)  # cells far below
        self.click(*place)

    def click(self, x: int, y: int) -> None:
        """The left button, held as long as a finger does."""
        pause = ("sleep", "0.2")
        self._xdotool("mousemove", str(x), str(y), *pause, "mousedown", "1", *pause, "mouseup", "1", *pause)

    def key(self, name: str) -> None:
        """A key, or keys held together such as ctrl+1."""
        self._xdotool("key", name, "sleep", "1")

    def windows(self) -> list[str]:
        """The titles of all windows of the screen."""
        found = self._xdotool("search", "--onlyvisible", "--name", ".", "getwindowname", "%@", check=False)
        return found.splitlines()

    def _xdotool(self, *words: str, check: bool = True) -> str:
        done = subprocess.run(["xdotool", *words], capture_output=True, text=True, env=self._env, timeout=60)
        assert done.returncode == 0 or not check, done.stderr
        return done.stdout

    def answer_of(self, caption: str) -> dict[str, str]:
        """Press a button, wait for its answer and until the workbook is open again."""
        before = len(self.answers())
        self.until_open()
        self.press(caption)
        found = _until(lambda: self.answers()[before:], f"{caption} gave no answer")
        self.until_open()
        return dict(found[0])


def _until(found: Callable[[], Any], otherwise: str, seconds: float = _PATIENCE) -> Any:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if value := found():
            return value
        time.sleep(0.3)
    raise AssertionError(otherwise)


@contextmanager
def screen(folder: Path, workbook: Path) -> Iterator[Screen]:
    """A screen with the workbook open on it; LibreOffice and the screen are gone afterwards."""
    read, write = os.pipe()
    with subprocess.Popen(
        ["Xvfb", "-displayfd", str(write), "-screen", "0", "1600x1000x24", "-nolisten", "tcp"],
        pass_fds=[write], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    ) as server:  # fmt: skip
        os.close(write)
        with os.fdopen(read) as number:
            display = f":{number.readline().strip()}"
        env = {
            **os.environ,
            "DISPLAY": display,
            "EDUXL_EXE": str(EDUXL),
            "EDUXL_ANSWERS": str(folder / "answers.jsonl"),
            "XDG_STATE_HOME": str(folder / "state"),
        }
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        with subprocess.Popen(["openbox"], env=env, **quiet) as manager:  # type: ignore[call-overload]
            shown = Screen(folder, workbook, env)
            try:
                shown.begin()
                yield shown
            finally:
                shown.end()
                manager.terminate()
                server.terminate()
