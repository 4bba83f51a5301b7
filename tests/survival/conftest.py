"""Trackers and their merges, made once for all tests of this folder."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import openpyxl
import pytest
from attrs import define, field

from eduxl.tracker.tables import Master
from tests.survival.book import Book
from tests.survival.changes import KINDS, kinds
from tests.survival.desk import DAYS, Desk, set_up
from tests.survival.edit import Edit
from tests.survival.libreoffice import SOFFICE, Job, run, uno_python

ROUTES = ("package", "openpyxl", "uno")
GROUPS = tuple(dict.fromkeys(kind.group for kind in KINDS))


@define
class Outcome:
    """A clerk's file and what three merges made of it, with the view after each."""

    clerks: bytes
    merged: list[bytes]
    views: list[Master]
    desk: Desk
    notes: list[list[str]]
    _books: dict[int, Book] = field(factory=dict)

    def book(self, number: int) -> Book:
        """After the `number`-th merge; 0 is the clerk's."""
        if number not in self._books:
            self._books[number] = Book([self.clerks, *self.merged][number])
        return self._books[number]


Survived = Callable[[str, str], Outcome]


@pytest.fixture(scope="session")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """A tracker in the middle of a round, with returns for three merges. Copy it before use."""
    folder = tmp_path_factory.mktemp("desk") / "台账"
    folder.mkdir()
    return set_up(folder)


def merged(desk: Desk, clerks: bytes, folder: Path) -> Outcome:
    """Three merges of a clerk's file in a copy of the tracker."""
    own = desk.copy(folder)
    own.path.write_bytes(clerks)
    found, views, notes = [], [], []
    for number, day in enumerate(DAYS, 1):
        data, said = own.merge(number)
        found.append(data)
        notes.append(said)
        views.append(own.tracker.view(as_of=day))
    return Outcome(clerks, found, views, own, notes)


@pytest.fixture(scope="session")
def by_libreoffice(desk: Desk, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """Group → the file with all changes of it made over UNO; "" for one that was only saved."""
    read = Book(desk.path.read_bytes())
    folder = tmp_path_factory.mktemp("uno")
    groups = ["", *(group for group in GROUPS if kinds(group, "uno"))]
    targets = {group: folder / f"{number}.xlsm" for number, group in enumerate(groups)}
    run(
        [
            Job(
                str(desk.path),
                str(targets[group]),
                [step for kind in kinds(group, "uno") for step in kind.uno(read)],
            )
            for group in groups
        ],
        folder / "steps",
    )
    return {group: target.read_bytes() for group, target in targets.items()}


@pytest.fixture(scope="session")
def survived(
    desk: Desk, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Survived:
    """Route and group → what became of the changes. Route "fresh" changes nothing, "saved by …" only saves."""
    known: dict[tuple[str, str], Outcome | Exception] = {}

    def clerks(route: str, group: str) -> bytes:
        data = desk.path.read_bytes()
        if route == "package":
            edit = Edit(data)
            for kind in kinds(group, route):
                kind.package(edit)
            return edit.content()
        if route in ("openpyxl", "saved by openpyxl"):
            book = openpyxl.load_workbook(BytesIO(data), keep_vba=True)
            for kind in kinds(group, "openpyxl") if route == "openpyxl" else ():
                kind.openpyxl(book, Book(data))
            out = BytesIO()
            book.save(out)
            return out.getvalue()
        if route in ("uno", "saved by libreoffice"):
            return request.getfixturevalue("by_libreoffice")[group]  # type: ignore[no-any-return]
        return data

    def outcome(route: str, group: str = "") -> Outcome:
        key = route, group
        if key not in known:
            try:
                folder = tmp_path_factory.mktemp("merges") / "台账"
                known[key] = merged(desk, clerks(route, group), folder)
            except Exception as error:
                known[key] = error
        found = known[key]
        if isinstance(found, Exception):
            raise found
        return found

    return outcome


needs_libreoffice = (
    pytest.mark.office,
    pytest.mark.skipif(SOFFICE is None, reason="LibreOffice is not installed"),
    pytest.mark.skipif(
        SOFFICE is not None and uno_python() is None, reason="no Python with uno for LibreOffice"
    ),
)


def marks(route: str) -> tuple[pytest.MarkDecorator, ...]:
    return needs_libreoffice if route in ("uno", "saved by libreoffice") else ()
