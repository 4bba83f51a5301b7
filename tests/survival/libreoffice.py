"""LibreOffice over UNO: steps made in workbooks by `steps.py`, in the Python that has `uno`."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from attrs import asdict, frozen

SOFFICE = shutil.which("soffice") or shutil.which("libreoffice")


@frozen
class Job:
    """Open `source`, make the steps, save as `target` (its suffix says how; "" saves nothing)."""

    source: str
    target: str
    steps: Sequence[Sequence[Any]] = ()


@lru_cache(maxsize=1)
def uno_python() -> str | None:
    """A Python that can import `uno`: this one, the system's, or the one LibreOffice brings along."""
    beside = Path(os.path.realpath(SOFFICE)).parent if SOFFICE else Path()
    for python in (sys.executable, "/usr/bin/python3", str(beside / "python"), str(beside / "python.exe")):
        if (
            Path(python).exists()
            and not subprocess.run([python, "-c", "import uno"], capture_output=True).returncode
        ):
            return python
    return None


def run(jobs: Sequence[Job], folder: Path) -> None:
    """Do all jobs in one LibreOffice; raises AssertionError with what it said when one fails."""
    folder.mkdir(parents=True, exist_ok=True)
    listed = folder / "jobs.json"
    listed.write_text(json.dumps([asdict(job) for job in jobs], ensure_ascii=False), encoding="utf-8")
    python = uno_python()
    assert python and SOFFICE
    done = subprocess.run(
        [python, str(Path(__file__).with_name("steps.py")), SOFFICE, str(folder / "profile"), str(listed)],
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr[-2000:]
