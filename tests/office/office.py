"""Runs jobs of `in_office.py` in a LibreOffice of their own, and compares what files show."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import python_calamine

from ..survival.libreoffice import SOFFICE

_HERE = Path(__file__).parent


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
