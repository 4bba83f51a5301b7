"""The clerk gives a table of ours another name (表设计→表名称): what we write goes on looking at it."""

from __future__ import annotations

import re
import zipfile
from datetime import date
from pathlib import Path

import openpyxl
import pytest

from eduxl import labels as L
from eduxl.tracker.tracker import Tracker
from tests.builders import small_plan, small_roster

FIRST, NEXT = date(2022, 6, 1), date(2022, 7, 1)
#: ours → hers
NAMES = {"tblEntries": "填报", "tblAlerts": "表1"}


def rename_tables(master: Path) -> None:
    """As Excel does it: in the tables and in every formula."""
    with zipfile.ZipFile(master) as book:
        parts = {info: book.read(info) for info in book.infolist()}
    with zipfile.ZipFile(master, "w", zipfile.ZIP_DEFLATED) as book:
        for info, data in parts.items():
            for ours, hers in NAMES.items():
                data = data.replace(ours.encode(), hers.encode()) if info.filename.endswith(".xml") else data
            book.writestr(info, data)


def tables_named(master: Path, sheet: str) -> set[str]:
    """The tables that the formulas of a sheet name."""
    cells = (cell for row in openpyxl.load_workbook(master)[sheet] for cell in row)
    formulas = (cell.value for cell in cells if cell.data_type == "f")
    return {name for formula in formulas for name in re.findall(r"(\w+)\[", str(formula))}


@pytest.mark.parametrize("gone", [(), (L.OVERVIEW, L.HOME)])
@pytest.mark.filterwarnings("ignore::UserWarning:openpyxl")
def test_formulas_of_ours_name_it_as_it_is(tmp_path: Path, gone: tuple[str, ...]) -> None:
    tracker = Tracker.create(small_plan(), small_roster(), tmp_path / "总台账.xlsx", as_of=FIRST)
    tracker.open_round("2022-06", date(2022, 6, 25), as_of=FIRST)
    named = {sheet: tables_named(tracker.path, sheet) for sheet in (L.OVERVIEW, L.HOME)}
    assert named == {L.OVERVIEW: {"tblEntries", "tblTasks"}, L.HOME: {"tblAlerts"}}
    rename_tables(tracker.path)
    if gone:
        book = openpyxl.load_workbook(tracker.path)
        for sheet in gone:
            del book[sheet]
        book.save(tracker.path)
    tracker.open_round("2022-07", date(2022, 7, 25), as_of=NEXT)
    assert {table for sheet in openpyxl.load_workbook(tracker.path) for table in sheet.tables} >= {
        *NAMES.values(),
        "tblTasks",
    }
    assert tables_named(tracker.path, L.OVERVIEW) == {NAMES["tblEntries"], "tblTasks"}
    assert tables_named(tracker.path, L.HOME) == {NAMES["tblAlerts"]}
