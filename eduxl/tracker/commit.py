"""One command's work as one change of the tracker: the clerk's cells in, work done, new master out, or nothing at all.

The order is: originals archived, ledger transaction filled, new master laid ready and the old one copied to backups,
transaction committed, new master shown. What fails before the commit leaves everything as it was; a crash after it is
finished by the next command, which finds a workbook of an earlier generation than the ledger's.

How the workbook is read, laid ready and shown is a `Workbook`'s: `master_file` has that of the file on disk, `open_commit`
that of one open in a program.
"""

from __future__ import annotations

import glob
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import date
from pathlib import Path
from typing import Protocol

from eduxl import files
from eduxl.errors import FileProblem, TrackerError
from eduxl.tracker import backups, lock, receipt
from eduxl.tracker import inputs as clerk
from eduxl.tracker.change import Change, Found
from eduxl.tracker.imprint import Imprint
from eduxl.tracker.ledger import Generation, Ledger, Transaction
from eduxl.tracker.place import LEDGER
from eduxl.tracker.tables import Master
from eduxl.tracker.views import digest, master_view


class Workbook(Protocol):
    """The master as one change meets it and leaves it."""

    #: where it is saved
    path: Path
    #: SHA-256 of the file as it stands; "" where that is not known
    sha256: str

    def held_by(self) -> str | None:
        """The program that keeps it from being written, else None."""

    def typed(self, latest: Generation, tracker: str) -> clerk.Inputs | None:
        """The clerk's cells; None where there is no workbook. Raises `TrackerError` (`not-a-master`)."""

    def prepare(self, view: Master, showing: Imprint, change: Change) -> str:
        """Lay ready what makes it show the view, and back up the present one; the workbook itself is not touched.

        Returns the SHA-256 that the file will have, "" where that cannot be known.
        """

    def prepare_former(self, former: bytes, change: Change) -> clerk.Inputs:
        """Lay an earlier workbook ready, and back up the present one; returns the clerk's cells of the earlier.

        Raises `TrackerError` (`in-use`) where a whole file cannot be put in its place.
        """

    def check(self) -> None:
        """Raise `TrackerError` (`in-use`) where it was saved by another program since its cells were read."""

    def install(self, change: Change) -> None:
        """Show what was laid ready. The ledger has been committed: where this fails, the next command does it."""


class _Abandon(Exception):
    """Ends a dry run: the transaction is rolled back and nothing else happens."""


@contextmanager
def change(
    workbook: Workbook,
    memory: Path,
    command: str,
    as_of: date,
    *,
    pinned: bool,
    dry_run: bool = False,
    quiet: bool = False,
) -> Iterator[Change]:
    """Run the block as one change of the tracker.

    A `quiet` command leaves the workbook as it is, so it also runs while a program has it open. Raises
    `TrackerError` (`in-use`, `not-a-master`) and `FileProblem`; whatever the block raises undoes all it did.
    """
    master, program = workbook.path, workbook.held_by()
    if program and not quiet and not dry_run:
        raise TrackerError(
            f"{master.name} 正在 {program} 里打开，请先保存并关闭它，再运行一次。", code="in-use"
        )
    with (
        _there(master, memory, command),
        files.explained(command),
        lock.held(memory, command) as died,
        ExitStack() as closed,  # holds what is done after the ledger is closed
        Ledger.open(memory / LEDGER) as ledger,
    ):
        sweep(master, memory)
        tracker = ledger.tracker
        found = _found(workbook, ledger, tracker, memory)
        current: Change | None = None
        written = False
        try:
            with ledger.transaction() as tx:
                current = Change(tracker, as_of, pinned, tx, memory, found, notes=[died] if died else [])
                current.take_inputs()
                yield current
                if dry_run:
                    raise _Abandon
                if quiet and found.stale and not program and found.unfinished:
                    current.finish_undo()
                if current.former is not None:
                    _put_back(current.former, workbook, current, ledger, tx)
                    written = True
                elif not quiet or (found.stale and not program):
                    written = _show(workbook, current, tx)
                if written:
                    workbook.check()
                if written or current.changed:
                    receipt.discard(memory)
        except _Abandon:
            return
        except BaseException:
            for path in current.made if current else ():
                path.unlink(missing_ok=True)
            raise
        if written:
            workbook.install(current)
        if current.receipt and workbook.sha256 and (written or not current.changed):
            closed.callback(current.receipt.write, master, workbook.sha256)


@contextmanager
def _there(master: Path, memory: Path, doing: str) -> Iterator[None]:
    """Give what fails because the tracker's folder vanished under the command its true reason."""
    ledger = memory / LEDGER
    was_there = not _is_gone(ledger)
    try:
        yield
    except Exception as error:
        if was_there and _is_gone(ledger):
            raise FileProblem(
                f"{doing}时，文件夹“{master.parent}”不见了（网络盘断开、U 盘拔出或被移走）。接好以后再运行一次即可："
                "已经记下的不会重复，没有记下的会重新记。",
                code="no-such-path",
            ) from error
        raise


def _is_gone(file: Path) -> bool:
    try:
        return not file.is_file()
    except OSError:  # of a drive that does not answer
        return True


def _found(workbook: Workbook, ledger: Ledger, tracker: str, memory: Path) -> Found:
    """The workbook as it is now, among what was written of it."""
    latest = ledger.latest
    typed = workbook.typed(latest, tracker)
    if typed is None:
        return Found(latest, None, None)
    shown = _shown(typed, ledger, tracker, workbook.path, memory)
    if not typed.known_digest:
        typed = typed.of_ours(clerk.Inputs.from_json(shown.inputs))
    return Found(latest, shown, typed)


def _shown(typed: clerk.Inputs, ledger: Ledger, tracker: str, master: Path, memory: Path) -> Generation:
    """The generation that a workbook with these cells shows. Raises `TrackerError` (`not-a-master`)."""
    number = typed.meta["generation"]
    found = ledger.generation(int(number)) if number.isascii() and number.isdecimal() else None
    if typed.meta.get("tracker") != tracker or found is None:
        raise TrackerError(
            f"{master.name} 和记录文件夹“{memory.name}”不是同一个台账，请检查是否放错了文件。",
            code="not-a-master",
        )
    return found


def _show(workbook: Workbook, current: Change, tx: Transaction) -> bool:
    """Lay the new master ready and note it; False where the workbook shows all that it would show."""
    found, latest = current.found, current.found.latest
    written = (latest.as_of, latest.pinned, latest.event) == (current.as_of, current.pinned, tx.last_event())
    if found.typed and found.typed.known_digest and written and not current.changed and not found.stale:
        return False  # neither the ledger nor the workbook changed since it was written
    number = tx.next_generation()
    view = master_view(
        current.state,
        current.as_of,
        tracker=current.tracker,
        generation=number,
        pinned=current.pinned,
        look=current.look,
    )
    showing = Imprint.of(view)
    mark, made = digest(view, showing), clerk.shown(view)
    typed_over = found.typed_over
    if mark == latest.digest and not found.stale and not typed_over:
        return False
    if typed_over and not found.stale:
        current.notes.append(
            "总台账里有改动过的填报内容：以各单位的报表为准，已恢复；要改请在“审核结果”填“退回”。"
        )
    sha256 = workbook.prepare(view, showing, current)
    backup, hashed = backups.noted(current.backup)
    generation = Generation(
        number, current.as_of, current.pinned, mark, made.cells_digest, made.to_json(),
        backup=backup, backup_sha256=hashed, written_sha256=sha256,
    )  # fmt: skip
    tx.add_generation(generation, tx.last_event())
    current.changed = True
    return True


def _put_back(former: bytes, workbook: Workbook, current: Change, ledger: Ledger, tx: Transaction) -> None:
    """Lay an earlier workbook ready. Its cells are what decisions are told from."""
    typed = workbook.prepare_former(former, current)
    shown = _shown(typed, ledger, current.tracker, workbook.path, current.memory)
    base = clerk.Inputs.from_json(shown.inputs)
    tx.set_inputs(shown.number, clerk.overlay(base, typed).to_json())


def sweep(master: Path, memory: Path) -> None:
    """Remove drafts that a killed command left."""
    stem = glob.escape(master.stem)
    for leftover in (
        *master.parent.glob(f".{stem}.*.tmp{glob.escape(master.suffix)}"),
        *memory.glob(".*.tmp.*"),
        *memory.glob("backups/.*.tmp.*"),
        *memory.glob("archive/*/.*.tmp.*"),
    ):
        leftover.unlink(missing_ok=True)
    for folder in master.parent.glob(f".{glob.escape(memory.name)}.*.tmp"):
        shutil.rmtree(folder, ignore_errors=True)
