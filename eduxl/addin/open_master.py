"""The master that is open in a spreadsheet program, as the commit of a change knows it (`tracker.open_commit.OpenMaster`)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from eduxl import labels as L
from eduxl.addin.grid import read, shown
from eduxl.addin.sink import OpenBook, prepare, quiet
from eduxl.errors import FileProblem
from eduxl.tracker.inputs import Inputs, inputs_of
from eduxl.tracker.sheets import Sheets
from eduxl.tracker.tables import Master

if TYPE_CHECKING:
    import xlwings as xw


class OpenMasterBook:
    """An xlwings book and the file that it is saved as."""

    def __init__(self, book: xw.Book, path: Path) -> None:
        self._book, self._path = book, path
        self._prepared: OpenBook | None = None

    def inputs(self) -> Inputs:
        rows = {
            sheet.name: [[shown(value) for value in line] for line in read(sheet)]
            for sheet in self._book.sheets
            if sheet.name in L.MASTER_SHEETS
        }
        named = {item.name: item.text for item in OpenBook(self._book).defined_names if item.sheet is None}
        return inputs_of(Sheets([sheet.name for sheet in self._book.sheets], rows, named), self._path)

    def prepare(self, view: Master, renumbered: Callable[[int], int]) -> list[str]:
        self._prepared, notes = prepare(self._book, view, renumbered)
        return notes

    def write(self) -> None:
        if self._prepared is not None:
            with quiet(self._book) as progress:
                self._prepared.flush(progress)

    def save(self) -> None:
        try:
            self._book.save()
        except Exception as error:  # each program has its own
            raise FileProblem(
                f"{self._path.name} 存不了盘（是否只读、受保护的视图，或有对话框开着？）。请处理后再点一次。",
                code="read-only",
            ) from error
