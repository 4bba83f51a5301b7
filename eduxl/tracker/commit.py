"""One command's work as one change of the tracker: the clerk's cells in, work done, new master out, or nothing at all.

The order is: originals archived, ledger transaction filled, new master written beside the old one and synced,
transaction committed, old master to backups, atomic replacement. What fails before the commit leaves everything
as it was; a crash after it is finished by the next command, which finds a workbook of an earlier generation
than the ledger's.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

from attrs import field, mutable

from eduxl import files
from eduxl import labels as L
from eduxl.errors import TrackerError
from eduxl.model import Round
from eduxl.tracker import inputs as clerk
from eduxl.tracker.author import write_master
from eduxl.tracker.ledger import Generation, Ledger, Transaction
from eduxl.tracker.records import Fact, Records
from eduxl.tracker.rows import RoundState, look
from eduxl.tracker.state import State, replay
from eduxl.tracker.views import digest, master_view

LEDGER = "ledger.sqlite"


class _Abandon(Exception):
    """Ends a dry run: the transaction is rolled back and nothing else happens."""


@mutable
class Change:
    """A command in progress. `pinned` says that its day was named rather than today."""

    tracker: str
    as_of: date
    pinned: bool
    _tx: Transaction
    #: files added to the archive, taken away again if the command fails
    archived: list[Path] = field(factory=list)
    #: sentences the command has to say to the clerk
    notes: list[str] = field(factory=list)
    #: True once something was recorded or a new master was written
    changed: bool = False
    _records: Records | None = None
    _state: State | None = None
    _seen: RoundState | None = None

    def record(self, command: str, summary: str, *facts: Fact) -> None:
        """Append an event and its facts to the ledger."""
        self._tx.record(self.as_of, command, summary, facts)
        self.changed = True
        self._records = self._state = self._seen = None

    @property
    def records(self) -> Records:
        """The whole ledger, with what this command has recorded so far."""
        if self._records is None:
            self._records = self._tx.records()
        return self._records

    @property
    def state(self) -> State:
        """What the records come to."""
        if self._state is None:
            self._state = replay(self.records)
        return self._state

    def look(self, round_: Round) -> RoundState:
        """The round as seen on the command's day."""
        if self._seen is None or self._seen.round != round_:
            self._seen = look(self.state, round_, self.as_of)
        return self._seen


@contextmanager
def change(
    master: Path,
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
    program = files.open_elsewhere(master)
    with (
        files.explained(command),
        _lock(master, memory, None if quiet else program),
        Ledger.open(memory / LEDGER) as ledger,
    ):
        _sweep(master)
        typed = clerk.read_inputs(master) if master.exists() else None
        generations = {g.number: g for g in ledger.generations()}
        latest = generations[max(generations)]
        tracker = ledger.tracker
        current: Change | None = None
        draft: Path | None = None
        try:
            with ledger.transaction() as tx:
                current = Change(tracker, as_of, pinned, tx)
                stale = _take_inputs(current, tx, typed, generations, latest.number, master, memory)
                yield current
                if dry_run:
                    raise _Abandon
                if not quiet or (stale and not program):
                    draft = _draft(current, tx, latest, master, stale=stale)
        except _Abandon:
            return
        except BaseException:
            for path in current.archived if current else ():
                path.unlink(missing_ok=True)
            if draft:
                draft.unlink(missing_ok=True)
            raise
        if draft:
            _install(draft, master, memory, latest.number)


@contextmanager
def _lock(master: Path, memory: Path, program: str | None) -> Iterator[None]:
    """One command at a time; none at all while a program has the workbook that is to be replaced."""
    import filelock

    if program:
        raise TrackerError(
            f"{master.name} 正在 {program} 里打开，请先保存并关闭它，再运行一次。", code="in-use"
        )
    lock = filelock.FileLock(memory / "lock", timeout=0)
    try:
        lock.acquire()
    except filelock.Timeout as error:
        raise TrackerError("另一个 eduxl 正在处理这个台账，请等它结束后再试。", code="in-use") from error
    try:
        yield
    finally:
        lock.release()


def _take_inputs(
    current: Change,
    tx: Transaction,
    typed: clerk.Inputs | None,
    generations: dict[int, Generation],
    latest: int,
    master: Path,
    memory: Path,
) -> bool:
    """Record what the clerk decided since the workbook was written. True when the workbook is stale."""
    if typed is None:
        current.notes.append(f"{master.name} 不见了，已按记录重新生成。")
        return True
    number = int(typed.meta["generation"]) if typed.meta["generation"].isdigit() else 0
    if typed.meta.get("tracker") != current.tracker or number not in generations:
        raise TrackerError(
            f"{master.name} 和记录文件夹“{memory.name}”不是同一个台账，请检查是否放错了文件。",
            code="not-a-master",
        )
    base = clerk.Inputs.from_json(generations[number].inputs)
    made = clerk.decisions(typed, base, current.state)
    if made.facts or made.complaints:
        summary = "；".join([f"{len(made.facts)}处填写", *made.complaints])
        current.record("读取审核", summary, *made.facts)
        tx.set_inputs(number, clerk.overlay(base, typed).to_json())
        current.notes.extend(made.complaints)
    if typed.foreign:
        current.notes.append(
            f"总台账里有您自己加的{L.SEP.join(typed.foreign)}。重写总台账时带不过去，"
            f"原文件会存进“{memory.name}/backups”。"
        )
    return number != latest


def _draft(current: Change, tx: Transaction, last: Generation, master: Path, *, stale: bool) -> Path | None:
    """Write the new master beside the old one, unless it would show what the old one shows."""
    number = tx.next_generation()
    view = master_view(
        current.state,
        current.as_of,
        tracker=current.tracker,
        generation=number,
        pinned=current.pinned,
        look=current.look,
    )
    mark = digest(view)
    if mark == last.digest and not stale:
        return None
    draft = files.temporary(master)
    try:
        write_master(view, draft)
        files.sync(draft)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
    made = Generation(number, current.as_of, current.pinned, mark, clerk.shown(view).to_json())
    tx.add_generation(made, tx.last_event())
    current.changed = True
    return draft


def _install(draft: Path, master: Path, memory: Path, generation: int) -> None:
    """Keep the old master in backups and put the new one in its place."""
    if master.exists():
        kept = memory / "backups" / f"{generation:06d}{master.suffix}"
        beside = files.temporary(kept)
        shutil.copy2(master, beside)
        files.sync(beside)
        os.replace(beside, kept)
    os.replace(draft, master)
    files.sync(master.parent)


def _sweep(master: Path) -> None:
    """Remove drafts that a killed command left."""
    for leftover in master.parent.glob(f".{master.stem}.*.tmp{master.suffix}"):
        leftover.unlink(missing_ok=True)
