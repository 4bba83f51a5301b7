"""A tracker whose workbook is open in a spreadsheet program: its commands write there.

What `commit` says of the order holds, but for the workbook: the program saves before anything else (so that the backup has
what was just typed), all that is to be written is worked out before the commit, and after it the cells are written and the
program saves. A crash after the commit leaves a workbook of an earlier generation than the ledger's, which the next command
completes. `written_sha256` stays empty: who opens the file next reads it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from attrs import field, mutable

from eduxl.errors import TrackerError
from eduxl.tracker import commit
from eduxl.tracker.change import Change
from eduxl.tracker.imprint import Imprint
from eduxl.tracker.inputs import Inputs
from eduxl.tracker.ledger import Generation
from eduxl.tracker.tables import Master
from eduxl.tracker.tracker import Tracker


class OpenMaster(Protocol):
    """A master that is open in a program."""

    def inputs(self) -> Inputs:
        """The clerk's cells as they stand on the screen. Raises `TrackerError` (`not-a-master`)."""

    def prepare(self, view: Master, renumbered: Callable[[int], int]) -> list[str]:
        """Work out what makes it show the view, writing nothing; sentences for the clerk. Raises `Refused`."""

    def write(self) -> None:
        """Write what was worked out."""

    def save(self) -> None:
        """Let the program save it. Raises `FileProblem`."""


class OpenTracker(Tracker):
    """A tracker whose workbook is open: its commands write there. What only looks reads the file that was saved."""

    def __init__(self, path: Path, workbook: OpenMaster) -> None:
        super().__init__(path)
        self._master = workbook

    def _workbook(self, *, shows: bool) -> commit.Workbook:
        if not shows:
            return super()._workbook(shows=shows)
        self._master.save()
        return _OpenWorkbook(self.path, self._master)

    def can_show(self) -> bool:
        return True


@mutable
class _OpenWorkbook:
    """See `commit.Workbook`. `prepare` raises `Refused` for a workbook that only a file's patch can bring up to date."""

    path: Path
    _program: OpenMaster
    #: what the program will save is not known
    sha256: str = field(default="", init=False)

    def held_by(self) -> None:
        return None

    def typed(self, latest: Generation, tracker: str) -> Inputs:
        return self._program.inputs()

    def prepare(self, view: Master, showing: Imprint, change: Change) -> str:
        shown = change.found.shown
        assert shown is not None  # an open workbook is there
        change.notes += self._program.prepare(view, change.records.numbers_since(shown.event))
        change.back_up(self.path)
        return self.sha256

    def prepare_former(self, former: bytes, change: Change) -> Inputs:
        raise TrackerError("撤销要换回整个文件：请先保存并关闭总台账，再撤销。", code="in-use")

    def check(self) -> None:
        """Nobody else can save it."""

    def install(self, change: Change) -> None:
        """Write and save. What fails is told in the change's notes: by now it has been recorded."""
        try:
            self._program.write()
            self._program.save()
        except Exception:  # whatever a program raises
            logging.getLogger(__name__).exception("the open workbook was not written")
            change.notes.append(
                f"已经记下，但打开着的 {self.path.name} 没能写完。请关闭它（不要保存），重新打开后再点一次“汇总”，会自动补齐。"
            )
