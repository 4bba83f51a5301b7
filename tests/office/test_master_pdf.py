"""The master in a real spreadsheet program: LibreOffice computes its formulas and rules, and prints it."""

from __future__ import annotations

import re
import shutil
import subprocess
from datetime import date, timedelta
from pathlib import Path

import openpyxl
import pytest
from attrs import evolve

from eduxl import labels as L
from eduxl.tracker.author import write_master
from eduxl.tracker.layout.overview import FIGURES
from eduxl.tracker.tables import Master, Tally

from ..tracker.masters import AS_OF, fake_master

SOFFICE = shutil.which("soffice") or shutil.which("libreoffice")
pytestmark = [
    pytest.mark.office,
    pytest.mark.skipif(SOFFICE is None, reason="LibreOffice is not installed"),
]
#: Makes LibreOffice compute every formula on loading instead of trusting the stored values.
ALWAYS_RECALCULATE = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry"
 xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
<item oor:path="/org.openoffice.Office.Calc/Formula/Load"><prop oor:name="OOXMLRecalcMode" oor:op="fuse">
<value>0</value></prop></item></oor:items>
"""


def convert(path: Path, kind: str) -> Path:
    """The workbook as LibreOffice saves it, in a folder of its own beside the original."""
    folder = path.parent
    settings = folder / "profile" / "user" / "registrymodifications.xcu"
    settings.parent.mkdir(parents=True, exist_ok=True)
    settings.write_text(ALWAYS_RECALCULATE, encoding="utf-8")
    subprocess.run(
        [
            str(SOFFICE), f"-env:UserInstallation={(folder / 'profile').as_uri()}", "--headless",
            "--convert-to", kind, "--outdir", str(folder / "out"), str(path),
        ],
        check=True,
        capture_output=True,
        timeout=240,
    )  # fmt: skip
    return folder / "out" / f"{path.stem}.{kind}"


def figures(path: Path) -> dict[str, list[float]]:
    """The lines of 总览 by the name in their first column."""
    rows = openpyxl.load_workbook(path, data_only=True)[L.OVERVIEW].iter_rows(values_only=True)
    return {
        str(row[1]): [float(str(value)) for value in row[2 : 2 + len(FIGURES)]]
        for row in rows
        if row[1] and all(isinstance(value, int | float) for value in row[2 : 2 + len(FIGURES)])
    }


def without_cached_figures(master: Master) -> Master:
    """The same rows, but every stored figure of 首页 and 总览 that a formula gives is 0."""

    def zero(tallies: tuple[Tally, ...]) -> tuple[Tally, ...]:
        return tuple(Tally(t.name, 0, 0, 0, 0.0) for t in tallies)

    o = master.overview
    return evolve(
        master,
        home=evolve(master.home, flags=dict.fromkeys(L.FLAG_NAMES, 0)),
        overview=evolve(
            o,
            by_project=zero(o.by_project),
            by_district=zero(o.by_district),
            by_stage=zero(o.by_stage),
            lights=dict.fromkeys(o.lights, 0),
        ),
    )


def test_formulas_give_the_figures_that_were_computed(tmp_path: Path) -> None:
    master = fake_master(40, 12)
    write_master(without_cached_figures(master), tmp_path / "master.xlsx")
    out = convert(tmp_path / "master.xlsx", "xlsx")
    shown = figures(out)
    for tally in (*master.overview.by_project, *master.overview.by_district, *master.overview.by_stage):
        share = [part / tally.expected if tally.expected else 0.0 for part in (tally.reported, tally.done)]
        assert shown[tally.name] == pytest.approx(
            [
                tally.expected, tally.reported, tally.expected - tally.reported, share[0],
                tally.done, share[1], tally.average,
            ],
            abs=1e-5,
        ), tally.name  # fmt: skip
    book = openpyxl.load_workbook(out, data_only=True)
    home = {row[10]: row[11] for row in book[L.HOME].iter_rows(values_only=True)}
    assert {flag: home[flag] for flag in L.FLAG_NAMES} == master.home.flags
    lights = next(row for row in book[L.OVERVIEW].iter_rows(values_only=True) if row[1] == "填报明细（行）")
    assert lights[2:7] == tuple(master.overview.lights[light] for light in (*L.LIGHTS, ""))


def test_no_formula_fails_before_the_first_round(tmp_path: Path) -> None:
    write_master(fake_master(0, 0, history=False), tmp_path / "master.xlsx")
    book = openpyxl.load_workbook(convert(tmp_path / "master.xlsx", "xlsx"), data_only=True)
    errors = [
        (ws.title, cell.coordinate)
        for ws in book.worksheets
        for row in ws.iter_rows()
        for cell in row
        if cell.data_type == "e"
    ]
    assert errors == []
    lights = next(row for row in book[L.OVERVIEW].iter_rows(values_only=True) if row[1] == "填报明细（行）")
    assert lights[2:7] == (0, 0, 0, 0, 0)


def rule_with(path: Path, sheet: str, words: tuple[str, ...]) -> str:
    """The formula of the first conditional format of a sheet that has all the words."""
    areas = openpyxl.load_workbook(path)[sheet].conditional_formatting._cf_rules.values()
    return next(r.formula[0] for rules in areas for r in rules if all(word in r.formula[0] for word in words))


@pytest.mark.parametrize("pinned", [True, False])
def test_rows_turn_red_and_blue_by_the_calendar(tmp_path: Path, pinned: bool) -> None:
    """The rules are copied into cells of a free column, row by row, and LibreOffice computes them."""
    day = AS_OF if pinned else date.today()
    master = fake_master(20, 8, pinned=pinned)
    due, extended, light = (L.ENTRY_COLUMNS.index(name) for name in (L.DUE, L.EXTENDED_TO, L.LIGHT))
    offsets = (-40, -1, 0, 1, 15, 16, 200, None)
    rows = []
    for i, row in enumerate(master.entries.rows):
        cells = list(row)
        offset = offsets[i % len(offsets)]
        cells[due] = None if offset is None else day + timedelta(offset)
        cells[extended] = day + timedelta(3) if i % 5 == 0 else None
        rows.append(tuple(cells))
    master = evolve(master, entries=evolve(master.entries, rows=tuple(rows)))
    path = tmp_path / "master.xlsx"
    write_master(master, path)
    overdue = rule_with(path, L.ENTRIES, ("<IF(ISNUMBER(eduxl_as_of)", "eduxl_settled"))
    near = rule_with(path, L.ENTRIES, ("eduxl_warn_days",))
    book = openpyxl.load_workbook(path)
    ws = book[L.ENTRIES]
    for n in range(2, len(rows) + 2):
        for column, formula in ((30, overdue), (31, near)):
            ws.cell(n, column).value = "=" + re.sub(r"(\$[A-Z]+)2\b", rf"\g<1>{n}", formula)
    book.save(path)
    shown = openpyxl.load_workbook(convert(path, "xlsx"), data_only=True)[L.ENTRIES]
    settled = set(master.settled)
    seen = set()
    for n, row in enumerate(rows, 2):
        until = row[extended] or row[due]
        open_ = f"{row[1]}|{row[6]}" not in settled
        red = isinstance(until, date) and until < day and open_
        blue = (
            isinstance(until, date)
            and day <= until <= day + timedelta(15)
            and open_
            and row[light] not in (L.RED, L.YELLOW)
        )
        assert (shown.cell(n, 30).value, shown.cell(n, 31).value) == (red, blue), row
        seen.add((red, blue))
    assert seen == {(True, False), (False, True), (False, False)}


def test_matrix_turns_red_unless_settled_or_extended(tmp_path: Path) -> None:
    master = fake_master(6, 4)
    tasks = tuple(
        evolve(task, due=AS_OF - timedelta(1) if task.no < 4 else AS_OF) for task in master.matrix.tasks
    )
    codes = [unit.code for unit in master.matrix.units]
    cells = {key: cell for key, cell in master.matrix.cells.items() if key != (codes[3], 1)}
    master = evolve(
        master,
        matrix=evolve(master.matrix, tasks=tasks, cells=cells),
        settled=(f"{codes[0]}|1", f"{codes[1]}|2"),
        extended=(f"{codes[2]}|3",),
    )
    path = tmp_path / "master.xlsx"
    write_master(master, path)
    rule = rule_with(path, L.MATRIX, ("eduxl_extended",))
    book = openpyxl.load_workbook(path)
    ws = book[L.MATRIX]
    for row in range(4, 10):
        for i, letter in enumerate("EFGH"):
            formula = rule.replace("$A4", f"$A{row}").replace("E4", f"{letter}{row}")
            formula = formula.replace("E$3", f"{letter}$3").replace("E$1", f"{letter}$1")
            ws.cell(row, 20 + i).value = f"={formula}"
    book.save(path)
    shown = openpyxl.load_workbook(convert(path, "xlsx"), data_only=True)[L.MATRIX]
    red = {
        (codes[row - 4], task)
        for row in range(4, 10)
        for task in range(1, 5)
        if shown.cell(row, 19 + task).value
    }
    expected = {(code, task) for code in codes for task in (1, 2, 3)}
    assert red == expected - {(codes[0], 1), (codes[1], 2), (codes[2], 3), (codes[3], 1)}


def test_it_prints_every_sheet_without_cut_numbers(tmp_path: Path) -> None:
    pdftotext = shutil.which("pdftotext")
    if pdftotext is None:
        pytest.skip("pdftotext (poppler) is not installed")
    write_master(fake_master(10, 21), tmp_path / "master.xlsm")
    pdf = convert(tmp_path / "master.xlsm", "pdf")
    text = subprocess.run(
        [pdftotext, "-layout", str(pdf), "-"], check=True, capture_output=True, encoding="utf-8"
    ).stdout
    assert "###" not in text
    for name in L.MASTER_SHEETS[:-1]:
        assert re.search(rf"{name} +第 \d+ 页 共 \d+ 页", text), name
