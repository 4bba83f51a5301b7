"""Each kind of change, made by each route that can make it, is still there after three merges, on the row it belongs to."""

from __future__ import annotations

import re
import shutil
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from openxml_audit import OpenXmlValidator

from eduxl import labels as L
from tests.survival.book import Book
from tests.survival.changes import KINDS, kinds
from tests.survival.changes.kinds import OWN, Kind
from tests.survival.conftest import GROUPS, ROUTES, Survived, marks, needs_libreoffice
from tests.survival.desk import DAYS, Desk, set_up
from tests.survival.invariants import broken, ours_wrong
from tests.survival.libreoffice import Job, run

#: openpyxl warns of what it does not read.
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:openpyxl")

MADE = [
    pytest.param(route, kind, id=f"{kind.name()}-{route}", marks=marks(route))
    for route in ROUTES
    for kind in KINDS
    if route in kind.routes()
]
RUNS = [
    pytest.param(route, group, id=f"{group}-{route}", marks=marks(route))
    for route in ROUTES
    for group in GROUPS
    if kinds(group, route)
]
#: The runs that change what a package consists of, or all at once.
_STRUCTURE = {
    *((route, "together") for route in ROUTES),
    *(
        ("package", group)
        for group in (
            "column between", "column deleted", "table to range", "rows", "totals", "title", "sheet renamed",
            "sheet deleted",
        )
    ),
}  # fmt: skip


def lost(before: Any, after: Any) -> Any:
    """What is not there any more: of a dict the keys whose values changed, with both."""
    if isinstance(before, dict) and isinstance(after, dict):
        return {key: (value, after.get(key)) for key, value in before.items() if value != after.get(key)}
    return None if before == after else (before, after)


@pytest.mark.parametrize(("route", "kind"), MADE)
def test_is_still_there(survived: Survived, route: str, kind: Kind) -> None:
    outcome = survived(route, kind.group)
    before = kind.seen(outcome.book(0))
    assert before, "the change was not made"
    for number in (1, 2, 3):
        after = kind.seen(outcome.book(number))
        assert not lost(before, after), f"after merge {number}"
        kind.also(outcome.book(0), outcome.book(number))


@pytest.mark.parametrize(("route", "group"), RUNS)
def test_our_cells_are_right(survived: Survived, route: str, group: str) -> None:
    outcome = survived(route, group)
    for number, view in enumerate(outcome.views, 1):
        assert not ours_wrong(outcome.book(number), view), f"after merge {number}"


@pytest.mark.parametrize(("route", "group"), RUNS)
def test_the_package_is_whole(survived: Survived, route: str, group: str) -> None:
    outcome = survived(route, group)
    before = set(broken(outcome.book(0)))
    for number in (1, 2, 3):
        assert not [found for found in broken(outcome.book(number)) if found not in before], (
            f"after merge {number}"
        )


@pytest.mark.parametrize(("route", "group"), [run for run in RUNS if run.values in _STRUCTURE])
def test_a_validator_finds_nothing_new(survived: Survived, route: str, group: str, tmp_path: Path) -> None:
    outcome = survived(route, group)

    def findings(data: bytes) -> set[str]:
        path = tmp_path / "book.xlsm"
        path.write_bytes(data)
        return {re.sub(r"[0-9]+", "N", str(error)) for error in OpenXmlValidator().validate(path).errors}

    assert not findings(outcome.merged[-1]) - findings(outcome.clerks)


#: Parts that a merge may change: our sheets and what hangs on them, what all sheets share, what refers to our rows.
_REASON = re.compile(
    r"xl/(workbook|styles|sharedStrings|calcChain)\.xml|xl/tables/.*|\[Content_Types\]\.xml|xl/_rels/workbook\.xml\.rels|"
    r"docProps/(app|core)\.xml|xl/pivotCache/pivotCacheDefinition\d+\.xml"
)
#: Clerk's sheets that refer to our rows, and kinds of part that lie in rows of ours.
_ROWS = ("vmlDrawing", "drawing", "comments", "threadedComment", "chart", "table")


@pytest.mark.parametrize("number", [1, 2, 3])
def test_parts_without_a_reason_keep_their_bytes(survived: Survived, number: int) -> None:
    """Compared part by part with the clerk's file, in which all kinds that go together were made."""
    outcome = survived("package", "together")
    before, after = outcome.book(0), outcome.book(number)
    sheets = {name: before.sheet(name).part for name in before.sheet_names}
    reason = {part for name, part in sheets.items() if name not in (OWN, "经费", "透视", "去重", "进度图")}
    for part in list(reason | {sheets["进度图"]}):
        hanging = [
            target for kind, target, outside in before.rels(part).values() if not outside and kind in _ROWS
        ]
        reason.update(hanging)
        for drawing in hanging:
            reason.update(target for kind, target, _ in before.rels(drawing).values() if kind == "chart")
    reason = {part for part in reason if "vmlDrawingHF" not in part}
    differ = {part for part, data in before.parts.items() if after.parts.get(part) != data}
    assert not {part for part in differ - reason if not _REASON.fullmatch(part)}
    kept = set(before.parts) - differ
    wanted = (
        "xl/vbaProject.bin", "xl/theme/theme1.xml", "customXml/item1.xml", "xl/future/thing1.bin", "docProps/custom.xml",
        "xl/externalLinks/externalLink1.xml", "xl/persons/person.xml", "xl/slicers/slicer1.xml", "xl/metadata.xml",
        "xl/pivotTables/pivotTable1.xml", "xl/drawings/vmlDrawingHF1.vml", "xl/ctrlProps/ctrlProp1.xml", sheets[OWN],
    )  # fmt: skip
    assert kept >= set(wanted)


def test_nothing_new_changes_no_byte(survived: Survived) -> None:
    """The last folder once more, by a clerk's file full of changes."""
    outcome = survived("package", "together")
    result = outcome.desk.tracker.merge([outcome.desk.folder / "来件3"], as_of=DAYS[2])
    assert not result.changed and outcome.desk.path.read_bytes() == outcome.merged[-1]


def test_the_next_round_keeps_them(survived: Survived, tmp_path: Path) -> None:
    """Columns, sheets and all else, but the answers of the round that is closed."""
    outcome = survived("package", "together")
    desk = outcome.desk.copy(tmp_path / "七月")
    desk.tracker.open_round("2022-07", date(2022, 7, 25), as_of=date(2022, 7, 5))
    after = Book(desk.path.read_bytes())
    assert not ours_wrong(after, desk.tracker.view(as_of=date(2022, 7, 5)))
    assert not [found for found in broken(after) if found not in broken(outcome.book(0))]
    standing = after.sheet(L.ENTRIES).rows
    gone = {}
    for kind in kinds("together", "package"):
        missing = lost(kind.seen(outcome.book(3)), kind.seen(after))
        if isinstance(missing, dict):  # rows of tasks that are not asked any more are gone
            missing = {key: both for key, both in missing.items() if len(key) != 2 or key in standing}
        if missing:
            gone[kind.name()] = missing
    assert not gone


def test_undone_it_has_the_clerks_bytes(survived: Survived, desk: Desk, tmp_path: Path) -> None:
    clerks = survived("package", "together").clerks
    own = desk.copy(tmp_path / "台账")
    own.path.write_bytes(clerks)
    own.merge(1)
    own.tracker.undo(as_of=DAYS[0])
    assert own.path.read_bytes() == clerks
    again = Book(own.merge(1)[0])
    assert not ours_wrong(again, own.tracker.view(as_of=DAYS[0]))


@pytest.mark.parametrize("group", ["together", "sorted"])
def test_without_the_memory_folder(survived: Survived, desk: Desk, tmp_path: Path, group: str) -> None:
    """The workbook alone was handed on: what the clerk put into it is still there after the next merge."""
    clerks = survived("package", group).clerks
    own = desk.copy(tmp_path / "台账")
    own.path.write_bytes(clerks)
    shutil.rmtree(own.tracker.memory)
    before, after = Book(clerks), Book(own.merge(1)[0])
    assert not ours_wrong(after, own.tracker.view(as_of=DAYS[0]))
    assert not [found for found in broken(after) if found not in broken(before)]
    gone = {kind.name(): lost(kind.seen(before), kind.seen(after)) for kind in kinds(group, "package")}
    assert not {name: missing for name, missing in gone.items() if missing}


def test_a_master_without_macros(tmp_path: Path) -> None:
    desk = set_up(tmp_path, "总台账.xlsx")
    assert not broken(Book(desk.path.read_bytes()))
    for number, day in enumerate(DAYS, 1):
        book = Book(desk.merge(number)[0])
        assert not broken(book) and not ours_wrong(book, desk.tracker.view(as_of=day))


@pytest.mark.parametrize("route", [pytest.param("package", marks=needs_libreoffice)])
def test_libreoffice_opens_them_all(survived: Survived, route: str, tmp_path: Path) -> None:
    """Without repair, with all sheets; of the one with most changes it reads the same rows as we do."""
    jobs = []
    for number, group in enumerate(group for own, group in sorted(_STRUCTURE) if own == route):
        outcome = survived(route, group)
        (tmp_path / f"{number}.xlsm").write_bytes(outcome.merged[-1])
        target = str(tmp_path / f"{number}.xlsx") if group == "together" else ""
        jobs.append(
            Job(str(tmp_path / f"{number}.xlsm"), target, [["has_sheets", outcome.book(3).sheet_names]])
        )
    run(jobs, tmp_path / "lo")
    ours = survived(route, "together").book(3)
    theirs = Book(next(tmp_path.glob("*.xlsx")).read_bytes())
    for name in ours.sheet_names:
        assert theirs.sheet(name).keys == ours.sheet(name).keys, name
