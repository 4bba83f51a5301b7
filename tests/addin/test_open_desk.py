"""Finding the workbook that Excel has open, and what is said where that cannot be; Excel itself is played here."""

from __future__ import annotations

import json
import os
import pkgutil
import subprocess
import sys
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import eduxl.addin
from eduxl import labels as L
from eduxl.addin.open_desk import open_desk
from eduxl.errors import TrackerError
from eduxl.tracker.tracker import Tracker

from ..builders import small_plan, small_roster

#: Runs a line of Python where xlwings is not installed.
_WITHOUT = """
import sys

class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] == "xlwings":
            raise ModuleNotFoundError("No module named 'xlwings'", name=name)

sys.meta_path.insert(0, Missing())
"""


def without_xlwings(line: str, **env: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", _WITHOUT + line]
    return subprocess.run(command, capture_output=True, encoding="utf-8", env={**os.environ, **env})


class Book:
    """A workbook of Excel's. `found` is where xlwings finds it; None where it finds nothing, and says so as it does."""

    def __init__(self, full_name: str, found: Path | None = None, **native: Any) -> None:
        self.api = SimpleNamespace(FullName=full_name, **native)
        self.name = full_name.replace("\\", "/").rpartition("/")[2]
        self.app = SimpleNamespace(api=SimpleNamespace(Ready=True))
        self._found = found

    @property
    def fullname(self) -> str:
        if self._found is None:
            raise RuntimeError("Couldn't find the local path of your workbook")
        return str(self._found)


@pytest.fixture
def master(tmp_path: Path) -> Path:
    path = tmp_path / L.MASTER_NAME
    path.touch()
    return path


def excel(monkeypatch: pytest.MonkeyPatch, *programs: list[Book]) -> None:
    """So many Excels run; the window of the first is 1."""
    apps = [SimpleNamespace(books=books, hwnd=i) for i, books in enumerate(programs, 1)]
    monkeypatch.setitem(sys.modules, "xlwings", SimpleNamespace(apps=apps))


def refusal(path: Path) -> str:
    with pytest.raises(TrackerError) as raised:
        open_desk(path, 1)
    return f"{raised.value.code}: {raised.value}"


def test_another_workbook_from_the_web_is_no_hindrance(master: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    web = Book(f"https://d.docs.live.net/1f/{master.name}")
    excel(monkeypatch, [web, Book("工作簿1")], [Book(str(master))])
    assert open_desk(master, 1).path == master


@pytest.mark.parametrize("synced", [True, False])
def test_a_master_opened_from_the_web_is_refused(
    master: Path, monkeypatch: pytest.MonkeyPatch, synced: bool
) -> None:
    """Also where its folder is on this computer: what Excel saves comes there some time later."""
    address = f"https://xian-my.sharepoint.com/personal/a/Documents/{master.name}"
    excel(monkeypatch, [Book(address, master if synced else None)])
    said = refusal(master)
    assert said.startswith("on-the-web: ") and "另存为" in said
    assert refusal(Path(address).absolute()) == said


def test_the_workbook_in_the_window_of_the_button_is_taken(
    master: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here, there = Book(str(master), ReadOnly=True), Book(str(master))
    excel(monkeypatch, [there], [here])
    assert open_desk(master, 1).path == master
    with pytest.raises(TrackerError, match="只读"):
        open_desk(master, 2)


def test_an_excel_that_answers_no_call_is_said_to_be_busy(
    master: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Deaf(Book):
        @property
        def fullname(self) -> str:
            raise OSError(-2147418111, "Call was rejected by callee.")

    deaf = Deaf(str(master))
    del deaf.api.FullName
    excel(monkeypatch, [deaf])
    assert refusal(master).startswith("busy: ")


def test_a_button_without_xlwings_says_what_is_missing(tmp_path: Path) -> None:
    master = Tracker.create(
        small_plan(), small_roster(), tmp_path / L.MASTER_NAME, as_of=date(2022, 6, 1)
    ).path
    before, answers = master.read_bytes(), tmp_path / "answers.jsonl"
    words = ["button", "merge", str(master), "--host", "excel", "--hwnd", "1"]
    done = without_xlwings(f"from eduxl.cli import main; main({words!r})", EDUXL_ANSWERS=str(answers))
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    (answer,) = map(json.loads, answers.read_text(encoding="utf-8").splitlines())
    assert answer["tone"] == "failed" and not answer["log"]
    assert "没有装 xlwings" in answer["text"] and "pip install xlwings" in answer["text"]
    assert master.read_bytes() == before


def test_every_module_of_the_buttons_is_imported_without_xlwings() -> None:
    names = [module.name for module in pkgutil.iter_modules(eduxl.addin.__path__, "eduxl.addin.")]
    assert "eduxl.addin.sink" in names
    names += ["eduxl.cli_addin", "eduxl.tracker.open_commit"]
    done = without_xlwings(f"import importlib\nfor name in {names!r}: importlib.import_module(name)")
    assert done.returncode == 0, done.stderr
