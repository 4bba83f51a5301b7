"""A network drive that vanishes at each step of a merge: a sentence, old or new, and nothing lost when it is back.

The drive is a folder mounted a second time (needs root on Linux); `umount --lazy` takes it away as a cut line does: no
path on it is found any more, and files that were open stay so. What is asked for is judged where the folder really lies.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from eduxl.errors import EduxlError
from eduxl.tracker.tracker import Tracker

from .test_merge_killed import DONE, HARMLESS, LATER, REFUSED, Case, Layer, case, child_of, ended, judge

__all__ = ["case"]

pytestmark = [
    pytest.mark.skipif(not hasattr(os, "fork"), reason="fork"),
    pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning"),
]


def mount(*words: str | Path) -> int:
    return subprocess.run(words, capture_output=True, check=False).returncode


@pytest.fixture
def drive(tmp_path: Path) -> Iterator[Path]:
    """Where the tracker's folder is mounted; nothing is mounted yet."""
    point = tmp_path / "网络盘"
    point.mkdir()
    if not sys.platform.startswith("linux") or mount("mount", "--bind", tmp_path, point):
        pytest.skip("mounting a folder needs root on Linux")
    mount("umount", point)
    yield point
    while not mount("umount", "--lazy", point):
        pass


class Cut(Layer):
    """The drive goes at the step asked for."""

    def __init__(self, at: int, drive: Path) -> None:
        super().__init__(at, full=False)
        self._drive = drive

    def step(self, kind: str) -> bool:
        self.count += 1
        if self.count == self.at:
            # not by subprocess, whose pipes would be steps
            assert os.spawnlp(os.P_WAIT, "umount", "umount", "--lazy", str(self._drive)) == 0
        return False


def says_so(error: EduxlError) -> bool:
    assert "不见了" in str(error), error
    return True


def test_the_drive_vanishes_at_every_step(case: Case, drive: Path) -> None:
    codes = []
    for at in range(1, 1000):
        tracker = case.lay_out()
        assert not mount("mount", "--bind", case.work, drive)
        code = ended(child_of(Tracker.open(drive / tracker.path.name), Cut(at, drive), says_so))
        mount("umount", "--lazy", drive)
        if code == DONE:
            break
        codes.append(code)
        assert code in (HARMLESS, LATER, REFUSED), f"step {at}: exit {code}"
        try:
            judge(case, tracker)
        except BaseException as error:
            error.add_note(f"the drive vanished at step {at}")
            raise
    assert REFUSED in codes
    assert len(codes) > 30
