"""Every habit of `tests.data.returns`, read or merged: exactly what it expects must come of it.

What could be live in a return (formulas, links, macros) must be in no file that eduxl writes from it.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from datetime import date as D
from html import unescape
from pathlib import Path

import pytest
from attrs import frozen

from eduxl.resources import sample_roster
from eduxl.tracker.tracker import Tracker
from tests.data.returns import HABITS, Habit, Kit, write_all
from tests.returns.outcomes import (
    after_earlier,
    by_check,
    checked,
    copy,
    differences,
    kit,
    make_tracker,
    merge,
    merged,
    to_june,
)

OFFICE = [
    pytest.mark.office,
    pytest.mark.skipif(not shutil.which("soffice"), reason="LibreOffice is not installed"),
]
SECONDS = 60
MOST_MEMORY = 300 << 20


@frozen
class Desk:
    """The sample's tracker in both rounds, never merged into: tests copy it."""

    may: Tracker
    june: Tracker

    @property
    def kit(self) -> Kit:
        return kit(self.june)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    folder = tmp_path_factory.mktemp("desk")
    may = make_tracker(folder / "may")
    june = copy(may, folder / "june")
    to_june(june)
    return Desk(may, june)


def made(habit: Habit, kit: Kit, folder: Path) -> Path:
    """The habit's files in a folder of their own."""
    write_all(folder, kit, office=True, habits=[habit])
    return folder / habit.name


def of(habits: list[Habit]) -> list[object]:
    return [pytest.param(h, id=h.name, marks=OFFICE if h.needs_office else []) for h in habits]


#: What may be refused for its bulk or its damage is read in a process of its own.
REFUSED = [h for h in HABITS if h.name[0] == "h" and h.via == "check" and h.items[0].rejected]
READ = [h for h in HABITS if h.via == "check" and h not in REFUSED]
MERGED = [h for h in HABITS if h.via == "merge"]


@pytest.mark.parametrize("habit", of(READ))
def test_read(habit: Habit, desk: Desk, tmp_path: Path) -> None:
    outcomes, found = by_check(made(habit, desk.kit, tmp_path))
    assert differences(habit, outcomes) == []
    assert not habit.never or habit.never not in repr(found)


@pytest.mark.parametrize("habit", of(MERGED))
def test_merged(habit: Habit, desk: Desk, tmp_path: Path) -> None:
    folder = tmp_path / "tracker"
    tracker = after_earlier(desk.may, habit, folder) if habit.earlier else copy(desk.june, folder)
    result = merge(tracker, made(habit, kit(tracker), tmp_path))
    assert differences(habit, merged(result, tracker.path), tracker.path) == []
    assert not habit.never or habit.never not in json.dumps(result.to_json(), ensure_ascii=False)
    assert not habit.never or not any(habit.never in text for text in written(tracker.path))
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted([habit.name, "tracker"])


# --- hostile ones -----------------------------------------------------------------------------------
#: `eduxl check` as a process of its own that says how much memory it took. `ru_maxrss` begins with what the
#: parent had; VmHWM does not.
_CHILD = """
import resource, sys
from pathlib import Path
resource.setrlimit(resource.RLIMIT_AS, (1500 << 20, 1500 << 20))
from eduxl.cli import main
try:
    main(["check", sys.argv[1], "--roster", sys.argv[2], "--json"])
finally:
    status = Path("/proc/self/status")
    lines = status.read_text().splitlines() if status.is_file() else []
    print(next((int(x.split()[1]) * 1024 for x in lines if x.startswith("VmHWM")), 0), file=sys.stderr)
"""


@pytest.mark.parametrize("habit", of(REFUSED))
def test_refused_within_bounds(habit: Habit, desk: Desk, tmp_path: Path) -> None:
    pytest.importorskip("resource", reason="no limits of memory on this system")
    with sample_roster() as roster:
        done = subprocess.run(
            [sys.executable, "-c", _CHILD, str(made(habit, desk.kit, tmp_path)), str(roster)],
            capture_output=True,
            timeout=SECONDS,
            check=False,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(p or os.getcwd() for p in sys.path)},
        )
    output, errors = done.stdout.decode(), done.stderr.decode()
    assert done.returncode in (0, 3), errors[-2000:]
    assert differences(habit, checked(json.loads(output))) == []
    assert not habit.never or habit.never not in output + errors
    assert int(errors.split()[-1]) < MOST_MEMORY


# --- nothing comes alive ----------------------------------------------------------------------------
#: Habits whose returns carry something live, or a text that would be if it were written as it stands.
LIVE = [
    h
    for h in HABITS
    if re.match(r"h(18|2\d|31)|x19|x20|x22|p2[4-8]|d18", h.name) and h.items[0].unit and h not in REFUSED
]


def parts(package: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(package) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def written(master: Path) -> Iterator[str]:
    """The text of all that was written of a return into a workbook: the master and what is sent back."""
    for book in (master, *master.parent.glob("sendback/**/*.xlsx")):
        for name, part in parts(book).items():
            if name.endswith((".xml", ".rels")):
                yield part.decode()


def live(package: Path) -> set[str]:
    """What acts in a workbook: its formulas without places, numbers and texts, links out of it, and parts of a program's own."""
    found: set[str] = set()
    for name, part in parts(package).items():
        if re.search(r"vbaProject|externalLink|embeddings|activeX|connections|macrosheet", name):
            found.add(name)
        if name.endswith((".xml", ".rels")):
            text = part.decode()
            formulas = re.findall(r"<(f|formula\d?|definedName)\b[^>]*>(.*?)</\1>", text, re.S)
            # what stands between quotes in a formula is a text
            bare = (re.sub(r'"(?:[^"]|"")*"', '""', unescape(formula)) for _, formula in formulas)
            found |= {re.sub(r"(\$?[A-Z]{1,3}\$?)?\d+", "#", formula) for formula in bare}
            found |= set(re.findall(r'Target="([^"]*)"[^>]*TargetMode="External"', text))
            found |= set(re.findall(r'ddeService="[^"]*"|\bdde\w*="[^"]*"', text))
    return found


@pytest.fixture(scope="module")
def ours(desk: Desk, tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """What is live in our own master and in what we send back, after an ordinary return with a mistake."""
    folder = tmp_path_factory.mktemp("ours")
    tracker = copy(desk.june, folder / "tracker")
    (folder / "in").mkdir()
    (folder / "in/G09.xlsx").write_bytes(desk.kit.bytes("G09", {(9, "完成状态"): "还行"}))
    merge(tracker, folder / "in")
    (sent,) = tracker.write_sendback(as_of=D(2022, 6, 21)).sent
    return live(tracker.path) | live(sent.path)


@pytest.mark.parametrize("habit", of(LIVE))
def test_nothing_of_a_return_is_live(habit: Habit, desk: Desk, ours: set[str], tmp_path: Path) -> None:
    tracker = copy(desk.june, tmp_path / "tracker")
    result = merge(tracker, made(habit, desk.kit, tmp_path))
    assert [m.unit for m in result.files.merged] == [habit.items[0].unit_name]
    assert live(tracker.path) <= ours
    for sent in tracker.write_sendback(as_of=D(2022, 6, 21)).sent:
        assert live(sent.path) <= ours


def test_what_is_live_is_seen(desk: Desk, tmp_path: Path) -> None:
    """The eye of the test above: it sees what these returns carry."""
    names = ("h18-macros", "h20-formula-texts", "h24-hyperlinks", "h25-hyperlink-formula", "h26-dde-formula",
             "h27-dde-link")  # fmt: skip
    seen = {}
    for habit in (h for h in HABITS if h.name in names):
        (path,) = made(habit, desk.kit, tmp_path).iterdir()
        seen[habit.name] = live(path) - live(next(desk.kit.folder.glob("G09_*")))
    assert [name for name, found in seen.items() if not found] == ["h20-formula-texts"]
