"""Workbooks as LibreOffice and openpyxl save them, and patched ones read by them and by a validator."""

from __future__ import annotations

import re
import shutil
import subprocess
from datetime import datetime
from io import BytesIO
from pathlib import Path

import openpyxl
import pytest
from openxml_audit import OpenXmlValidator
from xlsxwriter import Workbook

from tests.ooxml.books import COLUMNS, check_package, found, parts, patched, written

SOFFICE = shutil.which("soffice") or shutil.which("libreoffice")
#: openpyxl warns of what it does not read.
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:openpyxl")
KEYS = tuple(f"K{i}" for i in range(6))
ORDER = ("K4", "N1", "K0", "K5", "N2", "K3", "K1")
#: LibreOffice trusts cached values unless it is told to work formulas out.
RECALCULATE = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Office.Calc/Formula/Load"><prop oor:name="OOXMLRecalcMode" oor:op="fuse">
<value>0</value></prop></item></oor:items>"""


def clerks_book(book: Workbook) -> None:
    """A table of ours with everything a clerk may do beside it, and sheets that look at it."""
    sheet, other, silent = (book.add_worksheet(name) for name in ("数据", "其他", "不相干"))
    date = book.add_format({"num_format": "yyyy-mm-dd", "bold": True})
    columns = [{"header": name} for name in (*COLUMNS, "倍数")]
    rows = [[key, i * 10, f"说明 {key} <&>\n第二行"] for i, key in enumerate(KEYS)]
    sheet.add_table(0, 0, len(KEYS), 3, {"columns": columns, "name": "表"})
    for row, values in enumerate(rows, 1):
        sheet.write_row(row, 0, values)
        sheet.write_formula(row, 3, f"=B{row + 1}*2", None, row * 20 - 20)
        sheet.write_datetime(row, 5, datetime(2022, 6, row), date)
        other.write_formula(row, 0, f"=数据!B{row + 1}", None, row * 10 - 10)
    sheet.write_comment("C3", "K1 的注")
    sheet.write_url("G4", "https://a.example/k2", string="K2 的链接")
    sheet.write_url("G5", "internal:'数据'!A6", string="K3 的链接")
    sheet.merge_range("H6:I6", "K4 合并")
    sheet.set_row(5, 39)
    sheet.data_validation("B2:B7", {"validate": "integer", "criteria": ">=", "value": 0})
    sheet.conditional_format("C2:C7", {"type": "formula", "criteria": "=$B2>20", "format": date})
    sheet.conditional_format("B2:B7", {"type": "data_bar", "bar_solid": True})
    other.write_formula("C1", "=SUM(数据!$B$2:$B$7)", None, 150)
    other.write_formula("C2", '=VLOOKUP("K3",数据!$A$2:$C$7,2,FALSE)', None, 30)
    other.add_sparkline("E1", {"range": "数据!B2:B7"})
    chart = book.add_chart({"type": "bar"})
    chart.add_series({"name": "=数据!$B$1", "categories": "=数据!$A$2:$A$7", "values": "=数据!$B$2:$B$7"})
    other.insert_chart("E5", chart)
    book.define_name("全部", "=数据!$A$2:$C$7")
    sheet.print_area("A1:F7")
    silent.write("A1", "不相干")


def resaved(data: bytes, folder: Path, name: str) -> bytes:
    """The workbook as LibreOffice saves it, formulas worked out again."""
    user = folder / "profile" / "user"
    user.mkdir(parents=True, exist_ok=True)
    (user / "registrymodifications.xcu").write_text(RECALCULATE, encoding="utf-8")
    source = folder / f"{name}.xlsx"
    source.write_bytes(data)
    subprocess.run(
        [
            str(SOFFICE), f"-env:UserInstallation={(folder / 'profile').as_uri()}", "--headless",
            "--convert-to", "xlsx", "--outdir", str(folder / "out"), str(source),
        ],
        check=True,
        capture_output=True,
        timeout=180,
    )  # fmt: skip
    return (folder / "out" / source.name).read_bytes()


def look(data: bytes) -> dict[str, object]:
    """What a reader sees that must have followed."""
    sheet = openpyxl.load_workbook(BytesIO(data))["数据"]
    place = {sheet.cell(row, 1).value: row for row in range(2, sheet.max_row + 1) if sheet.cell(row, 1).value}
    links = {c.coordinate: c.hyperlink for row in sheet.iter_rows() for c in row if c.hyperlink}
    return {
        "order": tuple(place),
        "notes": {c.coordinate: c.comment.text for row in sheet.iter_rows() for c in row if c.comment},
        "links": {
            at: link.target or (link.location or "").replace("'", "").lstrip("#")
            for at, link in links.items()
        },
        "merged": {str(area) for area in sheet.merged_cells.ranges},
        "height": sheet.row_dimensions[place["K4"]].height,
        "validations": {str(rule.sqref) for rule in sheet.data_validations.dataValidation},
        "rules": {str(rule.sqref) for rule in sheet.conditional_formatting},
        "filled": [str(sheet.cell(row, 4).value) for row in place.values()],
        "dates": [sheet.cell(row, 6).value and sheet.cell(row, 6).value.day for row in place.values()],
    }


EXPECTED = {
    "order": ORDER,
    "notes": {"C8": "K1 的注"},
    # the row of K2 is gone, with its link; K3 and what its link leads to (K4) have moved
    "links": {"G7": "数据!A2"},
    "merged": {"H2:I2"},
    "height": 39.0,
    "validations": {"B2:B8"},
    "rules": {"B2:B8", "C2:C8"},
    "filled": [f"=B{row}*2" for row in range(2, 9)],
    "dates": [5, None, 1, 6, None, 4, 2],
}


def findings(data: bytes, path: Path) -> list[str]:
    """What the validator says, without the numbers in it."""
    path.write_bytes(data)
    return [re.sub(r"[0-9]+", "N", str(error)) for error in OpenXmlValidator().validate(path).errors]


def test_fresh_from_xlsxwriter(tmp_path: Path) -> None:
    data = written(clerks_book)
    new, package = patched(data, ORDER)
    check_package(new)
    assert look(new) == EXPECTED
    assert package.notes == []
    assert findings(new, tmp_path / "new.xlsx") == findings(data, tmp_path / "old.xlsx") == []
    assert "xl/worksheets/sheet3.xml" not in package.touched


def test_saved_by_openpyxl(tmp_path: Path) -> None:
    out = BytesIO()
    openpyxl.load_workbook(BytesIO(written(clerks_book))).save(out)
    new, _ = patched(out.getvalue(), ORDER)
    check_package(new)
    assert look(new) == EXPECTED
    assert findings(new, tmp_path / "new.xlsx") == findings(out.getvalue(), tmp_path / "old.xlsx")


@pytest.mark.office
@pytest.mark.skipif(SOFFICE is None, reason="LibreOffice is not installed")
def test_saved_and_opened_by_libreoffice(tmp_path: Path) -> None:
    before = resaved(written(clerks_book), tmp_path / "a", "书")
    new, package = patched(before, ORDER)
    check_package(new)
    seen = look(new)
    assert seen == {**EXPECTED, "notes": seen["notes"]}
    assert [at for at, text in seen["notes"].items() if "K1" in text] == ["C8"]  # type: ignore[attr-defined]
    assert "xl/worksheets/sheet3.xml" not in package.touched
    # opened and worked out again: each formula finds its key's number
    after = openpyxl.load_workbook(BytesIO(resaved(new, tmp_path / "b", "书")), data_only=True)
    other = after["其他"]
    numbers = [other.cell(row, 1).value for row in range(2, 8)]
    assert numbers[:2] + numbers[3:] == [0, 10, 30, 40, 50] and str(numbers[2]).startswith("#")
    assert (other["C1"].value, other["C2"].value) == (130, 30)
    assert [after["数据"].cell(row, 4).value for row in range(2, 9)] == [80, 0, 0, 100, 0, 60, 20]


def test_macros_stay(tmp_path: Path) -> None:
    project = bytes(range(256)) * 40
    source = tmp_path / "vbaProject.bin"
    source.write_bytes(project)

    def fill(book: Workbook) -> None:
        clerks_book(book)
        book.add_vba_project(str(source))
        book.get_worksheet_by_name("其他").insert_button("H1", {"macro": "go", "caption": "汇总"})

    data = written(fill)
    new, package = patched(data, ORDER)
    check_package(new)
    assert parts(new)["xl/vbaProject.bin"] == project
    assert "xl/vbaProject.bin" not in package.touched
    buttons = [name for name in parts(new) if name.endswith(".vml") and b"Button" in parts(new)[name]]
    assert buttons and not set(buttons) & set(package.touched)
    assert found(new, "xl/workbook.xml", "workbookPr")[0].get("codeName") == "ThisWorkbook"
