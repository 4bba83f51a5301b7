"""The master as a file on disk, for one change: a new one is drafted beside it and takes its place whole."""

from __future__ import annotations

import os
from pathlib import Path

from attrs import evolve, mutable

from eduxl import files
from eduxl.errors import TrackerError
from eduxl.tracker import backups, imprint
from eduxl.tracker.change import Change
from eduxl.tracker.imprint import Imprint
from eduxl.tracker.inputs import Inputs, read_inputs
from eduxl.tracker.ledger import Generation
from eduxl.tracker.tables import Master


@mutable
class MasterFile:
    """See `commit.Workbook`."""

    path: Path
    sha256: str = ""
    #: when and how large the file was last saved; None where there was none
    _stamp: tuple[int, int] | None = None
    #: SHA-256 and imprint of a new master that was drafted; none of an earlier one
    _drafted: tuple[str, Imprint] | None = None

    def held_by(self) -> str | None:
        return files.open_elsewhere(self.path)

    def typed(self, latest: Generation, tracker: str) -> Inputs | None:
        """See `commit.Workbook`. A workbook that nobody saved since it was written need not be read."""
        self._stamp = _stamp(self.path)
        if self._stamp is None:
            return None
        self.sha256 = backups.sha256_of(self.path)
        if self.sha256 == latest.written_sha256:
            known = Inputs.from_json(latest.inputs)
            meta = {"generation": str(latest.number), "tracker": tracker}
            return evolve(known, meta=meta, known_digest=latest.cells)
        return read_inputs(self.path)

    def prepare(self, view: Master, showing: Imprint, change: Change) -> str:
        draft, found = self._draft, change.found
        change.made.append(draft)
        if found.typed is None or found.shown is None:
            from eduxl.tracker.author import write_master  # slow to import, and seldom needed

            write_master(view, draft)
            change.notes.append(f"{self.path.name} 不见了，已按记录重新生成。")
        else:
            from eduxl.tracker.patch import patch_master

            numbers = change.records.numbers_since(found.shown.event)
            known = bool(found.typed.known_digest)
            as_left = imprint.recall(change.memory, found.shown.written_sha256) if known else None
            change.notes += patch_master(
                self.path, view, draft, renumbered=numbers, shown=as_left, showing=showing
            )
        self._done(change)
        self._drafted = backups.sha256_of(draft), showing
        return self._drafted[0]

    def prepare_former(self, former: bytes, change: Change) -> Inputs:
        change.made.append(self._draft)
        self._draft.write_bytes(former)
        typed = read_inputs(self._draft)
        self._done(change)
        return typed

    @property
    def _draft(self) -> Path:
        return files.temporary(self.path)

    def _done(self, change: Change) -> None:
        """Let the draft be safe on disk, and the present master among the backups."""
        files.sync(self._draft)
        if self.path.exists():
            change.back_up(self.path)
            # a program that holds the file is met here, before anything is decided
            with self.path.open("r+b"):
                pass

    def check(self) -> None:
        if _stamp(self.path) != self._stamp:
            raise TrackerError(
                f"{self.path.name} 刚刚在别处又被保存过，这次什么也没有改动，请再运行一次。",
                code="in-use",
            )

    def install(self, change: Change) -> None:
        self.sha256 = ""
        try:
            if _stamp(self.path) != self._stamp:
                raise PermissionError(self.path)
            os.replace(self._draft, self.path)
            files.sync(self.path.parent)
        except OSError:
            self._draft.unlink(missing_ok=True)
            change.notes.append(
                f"已经记下，但 {self.path.name} 被别的程序占用，没能更新；关闭它以后再运行一次即可。"
            )
            return
        if self._drafted:
            self.sha256, showing = self._drafted
            showing.write(change.memory, self.sha256)


def _stamp(path: Path) -> tuple[int, int] | None:
    """When and how large a file was last saved; None where there is none."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_mtime_ns, found.st_size
