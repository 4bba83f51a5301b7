"""Returns that were saved again by another program: LibreOffice writes the files of schools that use it."""

from __future__ import annotations

import shutil
import subprocess
from datetime import date
from pathlib import Path

import pytest

from eduxl import labels as L
from eduxl.model import Entry

from .files import ANSWER, answered, fill, one, saved

SOFFICE = shutil.which("soffice") or shutil.which("libreoffice")
pytestmark = [
    pytest.mark.office,
    pytest.mark.skipif(SOFFICE is None, reason="LibreOffice is not installed"),
]


@pytest.mark.parametrize("kind", ["xlsx", "xls", "ods"])
def test_saved_again_by_libreoffice(tmp_path: Path, kind: str) -> None:
    done = {L.STATUS: "已完成", L.PROGRESS: 1, L.DONE_ON: date(2022, 6, 15), L.REPORT: "第一行\n第二行𠮷"}
    book = fill(answered(), {2: done, 3: {**ANSWER, L.PROGRESS: "完成80%"}})
    path = tmp_path / "一中.xlsx"
    path.write_bytes(saved(book))
    subprocess.run(
        [
            str(SOFFICE), f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}", "--headless",
            "--convert-to", kind, "--outdir", str(tmp_path / "out"), str(path),
        ],
        check=True, capture_output=True, timeout=180,
    )  # fmt: skip
    item = one((tmp_path / "out" / f"一中.{kind}").read_bytes(), f"改名.{kind}")
    assert (item.unit, item.round, item.warnings) == ("S001", "2022-06", ())
    assert item.entries == (
        Entry(1, "推进中", 80, report="已制定方案并动员部署", cell="填报表!F5"),
        Entry(2, "已完成", 100, date(2022, 6, 15), "第一行\n第二行𠮷", cell="填报表!F6"),
        Entry(3, "推进中", 80, report="已制定方案并动员部署", cell="填报表!F7", raw={L.PROGRESS: "完成80%"}),
        Entry(4, "推进中", 80, report="已制定方案并动员部署", cell="填报表!F8"),
    )
