"""Runs jobs of `in_office.py` in a LibreOffice of their own, and compares what files show."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import python_calamine
from attrs import frozen

from ..survival.libreoffice import SOFFICE

_HERE = Path(__file__).parent
#: Where a dialog would come up and wait for somebody.
_SCREENS = ("DISPLAY", "WAYLAND_DISPLAY")


@cache
def ready() -> bool:
    """Whether this Python can have both xlwings and LibreOffice's `uno`."""
    if SOFFICE is None:
        return False
    look = f"import sys; sys.path.insert(0, {str(_HERE)!r}); import uno_engine"
    return not subprocess.run([sys.executable, "-c", look], capture_output=True).returncode


needs_office = [
    pytest.mark.office,
    pytest.mark.skipif(SOFFICE is None, reason="LibreOffice is not installed"),
    pytest.mark.skipif(not ready(), reason="this Python lacks uno or xlwings"),
]


def work(steps: Sequence[Sequence[Any]], folder: Path) -> list[Any]:
    """What each step gave; raises AssertionError with what was said when one fails."""
    folder.mkdir(parents=True, exist_ok=True)
    job = folder / "job.json"
    job.write_text(json.dumps(steps, ensure_ascii=False, default=str), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, str(_HERE / "in_office.py"), str(folder / "profile"), str(job)],
        capture_output=True,
        timeout=400,
    )
    try:
        found: list[Any] = json.loads(done.stdout)
    except ValueError:
        raise AssertionError(done.stderr.decode("utf-8", "replace")[-3000:]) from None
    return found


def cells(path: Path) -> dict[str, dict[tuple[int, int], Any]]:
    """What each sheet of a workbook shows: (row, column) → value, empty cells left out, numbers with nine digits."""
    book = python_calamine.CalamineWorkbook.from_path(str(path))
    found = {}
    for name in book.sheet_names:
        rows = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
        found[name] = {
            (i, j): f"{value:.9g}" if isinstance(value, int | float) else value
            for i, row in enumerate(rows, 1)
            for j, value in enumerate(row, 1)
            if value != ""
        }
    return found


@frozen
class Pressed:
    """What came of a button."""

    #: {} where there was none
    answer: dict[str, str]
    code: int
    #: the ranges written
    writes: Sequence[str] = ()
    #: every switch that was set, and where they stand
    history: Sequence[Sequence[Any]] = ()
    switches: Mapping[str, Any] = {}

    @property
    def said(self) -> str:
        """What was in the status bar while it worked, a line each."""
        return "\n".join(str(value) for name, value in self.history if name == "status_bar")


class Button:
    """A button that was pressed, and the file of its answer."""

    def __init__(self, process: subprocess.Popen[str], answers: Path) -> None:
        self._process, self._answers = process, answers

    def until(self, there: Path) -> None:
        """Wait until it has made a file."""
        while not there.exists():
            assert self._process.poll() is None, self.ended()
            time.sleep(0.05)

    def ended(self) -> Pressed:
        """Wait for its end."""
        out, err = self._process.communicate(timeout=120)
        assert self._process.returncode in (0, -signal.SIGKILL), err
        told = json.loads(out) if out else {"code": self._process.returncode}
        answers = self._answers.read_text(encoding="utf-8").splitlines() if self._answers.exists() else []
        assert len(answers) <= 1, answers
        return Pressed(json.loads(answers[0]) if answers else {}, **told)


class Office:
    """A LibreOffice that lives for many tests. A clerk works in it, buttons are pressed by processes of their own."""

    #: the number of its window
    WINDOW = 4711

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._pipe = f"eduxl{os.getpid()}office"
        self._pressed = 0
        self._switches = folder / "switches.json"
        assert SOFFICE
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        self._program = subprocess.Popen(  # type: ignore[call-overload]
            [
                SOFFICE, f"-env:UserInstallation={(folder / 'profile').as_uri()}", "--headless", "--norestore",
                "--nologo", f"--accept=pipe,name={self._pipe};urp;",
            ],
            start_new_session=True, **quiet,
        )  # fmt: skip
        self._clerk = subprocess.Popen(
            [sys.executable, str(_HERE / "in_office.py"), "--at", self._pipe],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8",
        )  # fmt: skip

    def end(self) -> None:
        """End all of it."""
        self._clerk.communicate(timeout=20)
        try:
            self._program.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(self._program.pid, signal.SIGKILL)

    def rest(self) -> None:
        """Put the program's switches back, as a new start does."""
        self._switches.unlink(missing_ok=True)

    def do(self, *step: Any) -> Any:
        """What one of the clerk's steps gave. Raises AssertionError where it failed."""
        assert self._clerk.stdin and self._clerk.stdout
        self._clerk.stdin.write(f"{json.dumps(step, default=str)}\n")
        self._clerk.stdin.flush()
        told = json.loads(self._clerk.stdout.readline())
        assert "error" not in told, told["error"]
        return told["gave"]

    def begin(self, action: str, *words: Any, trouble: dict[str, Any] | None = None) -> Button:
        """Press a button and do not wait; `trouble` as in `host_excel.py`."""
        command = ["button", action, *map(str, words), "--host", "excel", "--hwnd", str(self.WINDOW)]
        self._pressed += 1
        answers = self._folder / f"answers{self._pressed}.jsonl"
        env = {name: value for name, value in os.environ.items() if name not in _SCREENS}
        env |= {"EDUXL_ANSWERS": str(answers), "XDG_STATE_HOME": str(self._folder / "state")}
        process = subprocess.Popen(
            [
                sys.executable, str(_HERE / "host_excel.py"), self._pipe, str(self.WINDOW),
                str(self._switches), json.dumps(trouble), *command,
            ],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8", env=env,
        )  # fmt: skip
        return Button(process, answers)

    def press(self, action: str, *words: Any, trouble: dict[str, Any] | None = None) -> Pressed:
        """Press a button and wait for what comes of it."""
        return self.begin(action, *words, trouble=trouble).ended()
