"""The buttons after LibreOffice has saved the workbook, where a click or a merge makes them whole again."""

from __future__ import annotations

import re
import zipfile
from datetime import date
from io import BytesIO
from pathlib import Path

import openpyxl
import pytest
from openpyxl.comments import Comment

from eduxl import labels as L
from eduxl.resources import workbook
from eduxl.tracker.layout.home import BUTTON_ROW, BUTTONS
from eduxl.tracker.layout.sheets import CODE_NAMES
from eduxl.tracker.patch.buttons import mend_file, mended
from eduxl.tracker.tracker import Tracker

from ..builders import small_plan, small_roster
from ..scripts.readers import modules
from ..survival.libreoffice import SOFFICE, Job, run, uno_python

pytestmark = [
    pytest.mark.office,
    pytest.mark.skipif(SOFFICE is None, reason="LibreOffice is not installed"),
    pytest.mark.skipif(uno_python() is None, reason="no Python here has uno"),
]


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tracker's workbook with a note of the clerk's on 首页, saved by LibreOffice."""
    folder = tmp_path_factory.mktemp("saved")
    made = Tracker.create(small_plan(), small_roster(), folder / L.MASTER_NAME, as_of=date(2022, 6, 1))
    run(
        [Job(str(made.path), str(folder / "out.xlsm"), [["note", L.HOME, 30, 2, "记得核对"]])],
        folder / "office",
    )
    (folder / "out.xlsm").replace(made.path)
    return made.path


def drawing(data: bytes) -> str:
    with zipfile.ZipFile(BytesIO(data)) as parts:
        return "".join(parts.read(name).decode() for name in parts.namelist() if name.endswith(".vml"))


def sources(project: bytes) -> dict[str, str]:
    return {name: text.rstrip() for name, text in modules("vbaProject.bin", project).items()}


def test_the_buttons_get_ids_of_their_own_and_are_described_once(saved: Path) -> None:
    data = mended(saved.read_bytes())
    assert data is not None
    shapes = re.findall(r'<v:shape id="(_x0000_s\d+)"', drawing(data))
    assert len(shapes) == len(set(shapes)) == len(BUTTONS)
    macros = re.findall(r"<x:FmlaMacro>\[0\]!(\w+)<", drawing(data))
    assert macros == [button.macro for button in BUTTONS]
    with zipfile.ZipFile(BytesIO(data)) as parts:
        assert [name for name in parts.namelist() if "ctrlProps" in name] == []
        sheet = parts.read("xl/worksheets/sheet1.xml").decode()
        assert "<control" not in sheet
        project = parts.read("xl/vbaProject.bin")
    # LibreOffice writes the project anew, with an empty line more at the end of each module
    assert sources(project) == sources(workbook("built", "vbaProject.bin").read_bytes())
    assert mended(data) is None


def test_what_the_clerk_put_beside_them_stays(saved: Path) -> None:
    data = mended(saved.read_bytes())
    assert data is not None
    note = openpyxl.load_workbook(BytesIO(data))[L.HOME]["B30"].comment
    assert isinstance(note, Comment) and "记得核对" in note.text


def test_vba_knows_the_workbook_and_its_sheets_again(saved: Path) -> None:
    data = mended(saved.read_bytes())
    assert data is not None
    with zipfile.ZipFile(BytesIO(data)) as parts:
        texts = [
            parts.read(name).decode() for name in parts.namelist() if re.match(r"xl/(work|.*sheet\d)", name)
        ]
    found = re.findall(r'<(?:workbookPr|sheetPr)\b[^>]*codeName="(\w+)"', "".join(texts))
    assert sorted(found) == sorted(["ThisWorkbook", *CODE_NAMES.values()])


def test_a_change_on_the_command_line_mends_them_too(saved: Path) -> None:
    tracker = Tracker(saved)
    tracker.open_round("2022-06", date(2022, 6, 25), as_of=date(2022, 6, 10))
    assert mend_file(saved) is False
    assert len(re.findall(r"\[0\]!Eduxl", drawing(saved.read_bytes()))) == len(BUTTONS)


def test_buttons_go_into_their_row_when_one_was_inserted_above(saved: Path, tmp_path: Path) -> None:
    target = tmp_path / "out.xlsm"
    run([Job(str(saved), str(target), [["insert_row", L.HOME, 1]])], tmp_path / "office")
    data = mended(target.read_bytes())
    assert data is not None
    anchors = re.findall(r"<x:Anchor>([\d, ]+)</x:Anchor>.*?\[0\]!Eduxl", drawing(data))
    places = [[int(number) for number in anchor.split(",")] for anchor in anchors]
    assert {(place[2], place[6]) for place in places} == {(BUTTON_ROW + 1, BUTTON_ROW + 1)}
    assert [place[0] for place in places] == [button.left for button in BUTTONS]
