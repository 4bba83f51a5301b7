"""A master saved by another program merges like a fresh one, less what that program dropped itself."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import openpyxl
import pytest

from eduxl import labels as L
from tests.survival.book import MAIN, Book
from tests.survival.changes.cells import FilledFormula, TextsBesideTasks, TextsBeyondAnEmptyColumn
from tests.survival.changes.marks import ClerksInputs
from tests.survival.conftest import Survived, marks
from tests.survival.desk import DAYS, Desk
from tests.survival.edit import Edit
from tests.survival.invariants import broken, ours_wrong
from tests.survival.libreoffice import Job, run

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:openpyxl")
SAVED = [
    pytest.param(route, id=route, marks=marks(route))
    for route in ("saved by openpyxl", "saved by libreoffice")
]
MERGES = (1, 2, 3)


def tables(book: Book) -> dict[str, Any]:
    """Tables by name: their columns, and whether they hold all rows of ours."""
    return {
        el.get("displayName"): (
            name, [c.get("name") for c in el.iter(f"{MAIN}tableColumn")], book.told(el.get("ref"), name)
        )
        for name in book.sheet_names
        for el in book.sheet(name).tables
    }  # fmt: skip


def rules(book: Book) -> dict[str, Any]:
    """Ranges of conditional formats and validations on our sheets, told by title and key."""
    found: dict[str, Any] = {}
    for name in L.MASTER_SHEETS:
        for kind in ("conditionalFormatting", "dataValidation"):
            elements = book.sheet(name).tree.iter(f"{MAIN}{kind}")
            found[f"{name} {kind}"] = sorted(
                {ref for el in elements for ref in book.told_ranges(el.get("sqref"), name).split()}
            )
    return found


def code_names(book: Book) -> dict[str, str | None]:
    return {
        name: (el := book.sheet(name).one("sheetPr")) is not None and el.get("codeName")
        for name in L.MASTER_SHEETS
    }


@pytest.mark.parametrize("route", SAVED)
def test_our_cells(survived: Survived, route: str) -> None:
    outcome = survived(route, "")
    for number in MERGES:
        assert not ours_wrong(outcome.book(number), outcome.views[number - 1]), f"after merge {number}"


@pytest.mark.parametrize("route", SAVED)
def test_the_package(survived: Survived, route: str) -> None:
    outcome = survived(route, "")
    before = set(broken(outcome.book(0)))
    for number in MERGES:
        assert not [found for found in broken(outcome.book(number)) if found not in before], f"after {number}"


@pytest.mark.parametrize("number", MERGES)
@pytest.mark.parametrize("route", SAVED)
def test_like_a_fresh_one(survived: Survived, route: str, number: int) -> None:
    """The same sheets, rows in the same order, tables, names of ours, code names."""
    fresh, other = survived("fresh", "").book(number), survived(route, "").book(number)
    assert other.sheet_names == fresh.sheet_names
    assert tables(other) == tables(fresh)
    assert code_names(other) == code_names(fresh)
    for name in L.MASTER_SHEETS:
        assert list(other.sheet(name).keys.values()) == list(fresh.sheet(name).keys.values()), name
    ours = {
        key: fresh.told(text.replace("'", ""))
        for key, text in fresh.defined_names().items()
        if key[1].startswith("eduxl_")
    }
    theirs = {
        key: other.told(text.replace("'", "").replace("$首页", "首页"))
        for key, text in other.defined_names().items()
    }
    assert {key: theirs.get(key) for key in ours} == ours


@pytest.mark.parametrize("number", MERGES)
@pytest.mark.parametrize("route", SAVED)
def test_rules_go_on_covering_all_rows(survived: Survived, route: str, number: int) -> None:
    assert rules(survived(route, "").book(number)) == rules(survived("fresh", "").book(number))


@pytest.mark.parametrize("route", SAVED)
def test_totals_of_the_overview(survived: Survived, route: str) -> None:
    """Formulas of 首页 and 总览 are those of a fresh master."""
    fresh, other = survived("fresh", "").book(3), survived(route, "").book(3)
    for name in (L.HOME, L.OVERVIEW):
        wanted = {at: cell.formula for at, cell in fresh.sheet(name).cells.items() if cell.formula}
        assert {at for at, cell in other.sheet(name).cells.items() if cell.formula} >= set(wanted), name


@pytest.mark.parametrize("order", [pytest.param(("libreoffice", "openpyxl"), id="both", marks=marks("uno"))])
def test_saved_by_another_between_the_merges(desk: Desk, order: tuple[str, str], tmp_path: Path) -> None:
    """What the clerk typed is on its row after LibreOffice and openpyxl had the file in turn."""
    own = desk.copy(tmp_path / "台账")
    words = TextsBesideTasks(), TextsBeyondAnEmptyColumn(), FilledFormula(), ClerksInputs()
    edit = Edit(own.path.read_bytes())
    for kind in words:
        kind.package(edit)
    own.path.write_bytes(edit.content())
    clerks = Book(own.path.read_bytes())
    for number, day in enumerate(DAYS, 1):
        after = Book(own.merge(number)[0])
        assert not ours_wrong(after, own.tracker.view(as_of=day)), number
        for kind in words:
            before, now = kind.seen(clerks), kind.seen(after)
            assert all(now.get(key) == value for key, value in before.items()), (number, kind.name())
        if number < 3 and order[number - 1] == "libreoffice":
            run([Job(str(own.path), str(tmp_path / "saved.xlsm"))], tmp_path / "lo")
            own.path.write_bytes((tmp_path / "saved.xlsm").read_bytes())
        elif number < 3:
            openpyxl.load_workbook(own.path, keep_vba=True).save(own.path)
