"""Writes what a master shows to the workbook that is open in a spreadsheet program.

The patch of files decides (`tracker.patch`): it is given the open workbook in place of a package. What comes out equals
what a merge makes of the file, cell by cell. Not done here but by the next merge of the file: what is printed above pages.
Where rows change places (a sorted sheet), colours, notes and heights stay where they were.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from eduxl import labels as L
from eduxl.addin.open_sheet import OpenSheet
from eduxl.ooxml.refusal import Refused
from eduxl.tracker.patch import Patch
from eduxl.tracker.tables import Master

if TYPE_CHECKING:
    import xlwings as xw

#: Told in Chinese what is being done.
Progress = Callable[[str], None]
#: Switches of the program, where they stand while it is written to, and where at rest. `calculation` is turned last and
#: back first: that calculates.
_QUIET = (
    ("interactive", False, True),
    ("screen_updating", False, True),
    ("enable_events", False, True),
    ("calculation", "manual", "automatic"),
)


class _Name(NamedTuple):
    """As the defined names of a package: `sheet` is None for one of the whole workbook."""

    name: str
    text: str
    sheet: str | None


class _Entry(NamedTuple):
    name: str


class OpenBook:
    """An open workbook in the place of `eduxl.ooxml.Package`: a `patch.target.Workbook`."""

    def __init__(self, book: xw.Book) -> None:
        self._book = book
        self._sheets: dict[str, OpenSheet] = {}
        self._names: dict[str, str] = {}

    @cached_property
    def sheets(self) -> list[_Entry]:
        return [_Entry(sheet.name) for sheet in self._book.sheets]

    def sheet(self, name: str) -> OpenSheet:
        """Raises `Refused` (`no-sheet`)."""
        key = name.lower()
        if key not in self._sheets:
            found = next((sheet for sheet in self._book.sheets if sheet.name.lower() == key), None)
            if found is None:
                raise Refused(f"工作簿里没有工作表“{name}”。请把工作表名改回原样后再试。", code="no-sheet")
            self._sheets[key] = OpenSheet(found)
        return self._sheets[key]

    def noted_rows(self, name: str) -> set[int]:
        """Rows with a note or a threaded comment on a cell."""
        found = self._book.sheets[name]
        rows = {note.location.row for note in found.notes}
        with suppress(Exception):  # a program that has no threads
            rows |= {comment.location.row for comment in found.comments}
        return rows

    @cached_property
    def defined_names(self) -> list[_Name]:
        found = []
        for name in self._book.names:
            sheet, _, own = name.name.rpartition("!")
            found.append(_Name(own, (name.refers_to or "").removeprefix("="), sheet or None))
        return found

    def set_name(self, name: str, text: str) -> None:
        """Let a name of the whole workbook stand for other cells; done by `flush`."""
        own = [
            item for item in self.defined_names if item.sheet is None and item.name.lower() == name.lower()
        ]
        if not own or _plain(own[0].text) != _plain(text):
            self._names[name] = text
            self.defined_names[:] = [item for item in self.defined_names if item not in own]
            self.defined_names.append(_Name(name, text, None))

    def flush(self, progress: Progress = lambda _: None) -> int:
        """Write all that has changed; returns how many ranges were written.

        The sheet that tells the generation comes last: a workbook half written passes for the one before.
        """
        count = 0
        opened = [self._sheets[key] for entry in self.sheets if (key := entry.name.lower()) in self._sheets]
        opened.sort(key=lambda sheet: sheet.name == L.META)
        for sheet in opened:
            if sheet.name == L.META:
                self._flush_names()
            progress(f"eduxl 正在写“{sheet.name}”…")
            count += sheet.flush()
        self._flush_names()
        return count

    def _flush_names(self) -> None:
        for name in list(self._names):
            self._book.names.add(name, f"={self._names[name]}")
            del self._names[name]


def prepare(book: xw.Book, view: Master, renumbered: Callable[[int], int]) -> tuple[OpenBook, list[str]]:
    """Work out what is to be written so that an open workbook shows the view; sentences for the clerk too.

    Writes nothing. Raises `Refused` for a workbook that lacks sheets or columns of ours.
    """
    opened = OpenBook(book)
    source = Path(book.fullname)
    patch = Patch(opened, view, macros=False, renumbered=renumbered, source=source)
    patch.apply()
    return opened, patch.notes


def write_master(book: xw.Book, view: Master, *, renumbered: Callable[[int], int]) -> list[str]:
    """Let an open workbook show the view; returns sentences for the clerk. Saves nothing.

    `renumbered` brings task numbers of the workbook as it is to those of the view. Raises `Refused` before anything
    is written, and whatever the program raises.
    """
    opened, notes = prepare(book, view, renumbered)
    with quiet(book) as progress:
        opened.flush(progress)
    return notes


@contextmanager
def quiet(book: xw.Book) -> Iterator[Progress]:
    """The program without redrawing, calculating and events for the block, as it was after it; gives its status bar.

    A program that takes no input was left so by a process that died in this block; it is then put at rest.
    """
    app = book.app
    before: dict[str, Any] = {}
    for name, value, _ in _QUIET:
        with suppress(Exception):  # a program that has no such switch
            had = getattr(app, name)
            setattr(app, name, value)
            before[name] = had
    if before.get("interactive") is False:
        before = {name: rest for name, _, rest in _QUIET if name in before}

    def progress(text: str) -> None:
        with suppress(Exception):
            app.status_bar = text

    try:
        yield progress
    finally:
        for name, value in reversed(before.items()):
            with suppress(Exception):
                setattr(app, name, value)
        with suppress(Exception):
            app.status_bar = False


def _plain(text: str) -> str:
    return text.replace("$", "").replace("'", "").lower()
