"""The desk where the workbook is a file: no program has it open while a button works."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from eduxl.addin import messages
from eduxl.errors import TrackerError

if TYPE_CHECKING:
    from eduxl.tracker.forms import Progress
    from eduxl.tracker.tracker import Tracker


class FileDesk:
    """See `desk.Desk`. `path` is the master, None for a button that has no workbook."""

    def __init__(self, path: Path | None) -> None:
        self.path = path

    def tracker(self) -> Tracker:
        """The tracker of the file, which writes to the file."""
        from eduxl.tracker.tracker import Tracker

        if self.path is None:
            raise TrackerError("没有说明是哪个总台账。请打开总台账再点，或写上它的文件名。", code="no-master")
        return Tracker.open(self.path)

    def save(self) -> None:
        """Nobody types: the workbook is closed."""

    @contextmanager
    def progress(self, doing: str) -> Iterator[Progress | None]:
        """Nothing is shown: the workbook is closed."""
        yield None

    def ask_file(self, title: str, endings: Sequence[str]) -> Path | None:
        """By the system's dialog."""
        return messages.ask_file(title, endings)

    def ask_text(self, title: str, prompt: str, default: str, *, hidden: bool = False) -> str | None:
        """By the system's dialog."""
        return messages.ask_text(title, prompt, default, hidden=hidden)

    def confirm(self, title: str, question: str) -> bool:
        """By the system's dialog."""
        return messages.confirm(title, question)

    def show(self, path: Path) -> None:
        """By the system's program."""
        messages.reveal(path)
