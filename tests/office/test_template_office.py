"""The live count of a template in a real spreadsheet program: LibreOffice recalculates it."""

from __future__ import annotations

import shutil
import subprocess
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from eduxl import labels as L
from eduxl.model import Round, Task, Unit
from eduxl.template import Form, FormRow, layout, write_form

SOFFICE = shutil.which("soffice") or shutil.which("libreoffice")
pytestmark = [
    pytest.mark.office,
    pytest.mark.skipif(SOFFICE is None, reason="LibreOffice is not installed"),
]

STATUS, PROGRESS, DONE_ON, REPORT, PROBLEM = (
    L.FORM_COLUMNS.index(name) + 1 for name in (L.STATUS, L.PROGRESS, L.DONE_ON, L.REPORT, L.PROBLEM)
)


def write_plain_form(path: Path, count: int) -> None:
    rows = tuple(
        FormRow(Task(no, None, f"任务{no}", body="按月推进。"), "", "落实", date(2022, 12, 31))
        for no in range(1, count + 1)
    )
    write_form(
        Form(
            "minle-2022", "民乐县2022年教育工作要点", 2022, Unit("MZ001", "民乐县第一中学"),
            Round("2022-06", date(2022, 6, 25), date(2022, 6, 1)), rows, date(2022, 6, 1), "1",
        ),
        path,
    )  # fmt: skip


def recalculated(path: Path, folder: Path) -> str:
    """What LibreOffice shows in the count cell after loading and saving the workbook."""
    out = folder / "recalculated"
    subprocess.run(
        [
            str(SOFFICE), f"-env:UserInstallation={(folder / 'profile').as_uri()}", "--headless",
            "--convert-to", "xlsx", "--outdir", str(out), str(path),
        ],
        check=True,
        capture_output=True,
        timeout=180,
    )  # fmt: skip
    ws = openpyxl.load_workbook(out / path.name, data_only=True)[L.FORM]
    return str(ws.cell(layout.OPEN_ROW + 1, layout.OPEN_COL + 1).value)


def fill(ws: Any, at: int, **cells: Any) -> None:
    columns = {
        "status": STATUS,
        "progress": PROGRESS,
        "done_on": DONE_ON,
        "report": REPORT,
        "problem": PROBLEM,
    }
    for name, value in cells.items():
        ws.cell(layout.FIRST_ROW + at, columns[name]).value = value


def test_the_count_follows_what_a_school_fills_in(tmp_path: Path) -> None:
    path = tmp_path / "form.xlsx"
    write_plain_form(path, 8)
    cached = openpyxl.load_workbook(path, data_only=True)[L.FORM]["A3"].value
    assert cached == "还有 8 项未填"

    book = openpyxl.load_workbook(path)  # openpyxl drops the cached value, so LibreOffice has to calculate
    book.save(path)
    assert recalculated(path, tmp_path) == cached

    ws = book[L.FORM]
    fill(ws, 1, status=L.NOT_STARTED)  # nothing more is asked
    fill(ws, 2, status=L.UNDER_WAY)  # 2: progress and report
    fill(ws, 3, status=L.ONGOING, progress=0.5, report="  ")  # 1: blanks are no report
    fill(ws, 4, status=L.COMPLETED)  # 1: the date
    fill(ws, 5, status=L.IMPOSSIBLE)  # 1: the reason
    fill(ws, 6, status=L.COMPLETED, done_on=date(2022, 6, 1))
    fill(ws, 7, status=L.IMPOSSIBLE, problem="场地未落实")
    book.save(path)  # row 8 is untouched: 1
    assert recalculated(path, tmp_path) == "还有 6 项未填"

    fill(ws, 2, progress=0, report="已部署")
    fill(ws, 3, report="在做")
    fill(ws, 4, done_on=date(2022, 6, 2))
    fill(ws, 5, problem="经费未到位")
    fill(ws, 8, status=L.NOT_STARTED)
    book.save(path)
    assert recalculated(path, tmp_path) == "还有 0 项未填"
