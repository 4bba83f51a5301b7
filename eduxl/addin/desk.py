"""Where a button was clicked: the protocol that the buttons know, whatever program has the workbook."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from eduxl.tracker.forms import Progress
    from eduxl.tracker.tracker import Tracker


class Desk(Protocol):
    """A workbook and the person before it. Two makers: `open_desk` (Excel has it open), `file_desk` (a file)."""

    #: the workbook that the button belongs to; None where there is none
    path: Path | None

    def tracker(self) -> Tracker:
        """The tracker of the workbook, which writes where this desk shows it. Raises `EduxlError`."""

    def save(self) -> None:
        """Lets the program that has the workbook open save what was typed. Raises `FileProblem`."""

    def progress(self, doing: str) -> AbstractContextManager[Progress | None]:
        """Shows during a block how far the work is: gives a function of (done, total), or None."""

    def ask_file(self, title: str, endings: Sequence[str]) -> Path | None:
        """Lets the person choose a file with one of the endings (".xlsx"); None where she does not."""

    def ask_text(self, title: str, prompt: str, default: str, *, hidden: bool = False) -> str | None:
        """Lets the person write a line of text, `default` to begin with, `hidden` as dots; None where she does not."""

    def confirm(self, title: str, question: str) -> bool:
        """Lets the person say yes to what cannot be taken back; False where she does not."""

    def show(self, path: Path) -> None:
        """Opens a file or a folder in the program that the system has for it, as far as that goes."""
