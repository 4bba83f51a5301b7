"""One command's work as one change of the tracker: the clerk's cells in, work done, new master out, or nothing at all.

The order is: originals archived, ledger transaction filled, new master written beside the old one and synced,
transaction committed, old master to backups, atomic replacement. What fails before the commit leaves everything
as it was; a crash after it is finished by the next command, which finds a workbook of an earlier generation
than the ledger's.
"""

from __future__ import annotations

import glob
import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import date
from pathlib import Path

from attrs import evolve, field, mutable

from eduxl import files
from eduxl import labels as L
from eduxl.errors import FileProblem, TrackerError
from eduxl.model import Round
from eduxl.tracker import imprint, lock, receipt
from eduxl.tracker import inputs as clerk
from eduxl.tracker.imprint import Imprint
from eduxl.tracker.ledger import Generation, Ledger, Transaction
from eduxl.tracker.place import LEDGER
from eduxl.tracker.records import Fact, Misread, Records, Undone
from eduxl.tracker.rows import RoundState, look
from eduxl.tracker.state import State, replay
from eduxl.tracker.views import digest, master_view


class _Abandon(Exception):
    """Ends a dry run: the transaction is rolled back and nothing else happens."""


@mutable
class Change:
    """A command in progress. `pinned` says that its day was named rather than today."""

    tracker: str
    as_of: date
    pinned: bool
    _tx: Transaction
    _memory: Path
    #: True where the workbook still shows a merge that was taken back: the undo was killed before it could replace it
    unfinished: bool = False
    #: files added to the archive, taken away again if the command fails
    archived: list[Path] = field(factory=list)
    #: sentences the command has to say to the clerk
    notes: list[str] = field(factory=list)
    #: True once something was recorded or a new master was written
    changed: bool = False
    #: an earlier workbook, byte for byte, that takes the present one's place instead of a new one
    former: bytes | None = None
    #: where the workbook that was replaced is kept
    backup: Path | None = None
    #: what the same command would say again, to be kept once all is in place
    receipt: receipt.Receipt | None = None
    _records: Records | None = None
    _state: State | None = None
    _seen: RoundState | None = None

    def record(self, command: str, summary: str, *facts: Fact) -> None:
        """Append an event and its facts to the ledger."""
        event = self._tx.record(self.as_of, command, summary, facts)
        self.changed = True
        if known := self._records:
            new = self._tx.records(event.seq)
            self._records = Records([*known.events, *new.events], [*known.facts, *new.facts])
        self._state = self._seen = None

    def take_back(self, event: int) -> None:
        """Let the workbook be again what it was before an event; it is written anew where no whole copy of that is left."""
        if first := self._tx.generation_of(event):
            self._tx.take_back(first.number)
            self.former = _copy_of(first, self._memory)

    def finish_undo(self) -> int:
        """Do what is left of an undo that was killed; returns the event that it took back."""
        event = next(fact for _, fact in reversed(self.records.facts) if isinstance(fact, Undone)).events[-1]
        self.take_back(event)
        self.notes.append("上次的撤销没有做完，总台账还没有换回来；现在已经做完。")
        return event

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
        stamp = _stamp(master)
        latest, tracker = ledger.latest, ledger.tracker
        sha256 = _hash(master) if stamp else ""
        typed = _typed(master, sha256, latest, tracker) if stamp else None
        shown = _shown_generation(ledger, typed, tracker, master, memory)
        if typed and shown and not typed.known_digest:
            typed = typed.of_ours(clerk.Inputs.from_json(shown.inputs))
        current: Change | None = None
        new: _NewMaster | None = None
        try:
            with ledger.transaction() as tx:
                unfinished = shown is not None and shown.undone and latest.number < shown.number
                current = Change(tracker, as_of, pinned, tx, memory, unfinished, notes=[died] if died else [])
                _take_inputs(current, tx, typed, shown)
                yield current
                if dry_run:
                    raise _Abandon
                stale = typed is None or shown != latest or bool(typed.lacking)
                if quiet and stale and not program and current.unfinished:
                    current.finish_undo()
                if current.former is not None:
                    new = _put_back(current.former, ledger, tx, latest, tracker, master, memory)
                elif not quiet or (stale and not program):
                    new = _prepare(current, tx, latest, shown, typed, master, memory, stale=stale)
                if new and _stamp(master) != stamp:
                    raise TrackerError(
                        f"{master.name} 刚刚在别处又被保存过，这次什么也没有改动，请再运行一次。",
                        code="in-use",
                    )
                if new or current.changed:
                    receipt.discard(memory)
        except _Abandon:
            return
        except BaseException:
            for path in (*(current.archived if current else ()), *(new.files if new else ())):
                path.unlink(missing_ok=True)
            raise
        if new:
            current.backup = new.backup
            sha256 = new.sha256 if _install(new, master, stamp, current) else ""
            if sha256 and new.showing:
                new.showing.write(memory, sha256)
        if current.receipt and sha256 and (new or not current.changed):
            closed.callback(current.receipt.write, master, sha256)


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


def _stamp(path: Path) -> tuple[int, int] | None:
    """When and how large a file was last saved; None where there is none."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_mtime_ns, found.st_size


def _typed(master: Path, sha256: str, latest: Generation, tracker: str) -> clerk.Inputs:
    """The clerk's cells. A workbook that nobody saved since it was written need not be read for them."""
    if sha256 == latest.written_sha256:
        known = clerk.Inputs.from_json(latest.inputs)
        meta = {"generation": str(latest.number), "tracker": tracker}
        return evolve(known, meta=meta, known_digest=latest.cells)
    return clerk.read_inputs(master)


def _hash(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _shown_generation(
    ledger: Ledger, typed: clerk.Inputs | None, tracker: str, master: Path, memory: Path
) -> Generation | None:
    """The generation that the workbook on disk shows; None where there is no workbook."""
    if typed is None:
        return None
    number = typed.meta["generation"]
    found = ledger.generation(int(number)) if number.isascii() and number.isdecimal() else None
    if typed.meta.get("tracker") != tracker or found is None:
        raise TrackerError(
            f"{master.name} 和记录文件夹“{memory.name}”不是同一个台账，请检查是否放错了文件。",
            code="not-a-master",
        )
    return found


def _take_inputs(
    current: Change, tx: Transaction, typed: clerk.Inputs | None, shown: Generation | None
) -> None:
    """Record what the clerk decided since the workbook was written, and say what has no meaning in it."""
    if typed is None or shown is None:
        return
    base = clerk.Inputs.from_json(shown.inputs)
    now = current.records.numbers_since(shown.event)
    made = clerk.decisions(typed.renumbered(now), base.renumbered(now), current.state)
    if made.facts:
        current.record("读取审核", f"{len(made.facts)}处填写", *made.facts)
    standing = clerk.complaints(current.state)
    for complaint in (*standing, *made.complaints):
        current.notes.append(complaint)
    if made.facts or made.complaints:
        if made.complaints or any(isinstance(fact, Misread) for fact in made.facts):
            current.record("读取审核", "；".join((*standing, *made.complaints)) or "更正了看不懂的填写")
        tx.set_inputs(shown.number, clerk.overlay(base, typed).to_json())
    if typed.lacking:
        current.record("恢复", f"补回缺少的{L.SEP.join(typed.lacking)}")
        current.notes.append(f"总台账里缺少{L.SEP.join(typed.lacking)}，已补回；您改了名的还在原处。")


@mutable
class _NewMaster:
    """A master written beside the old one, with a copy of the old one already among the backups."""

    draft: Path
    backup: Path | None
    sha256: str = ""
    showing: Imprint | None = None

    @property
    def files(self) -> list[Path]:
        return [path for path in (self.draft, self.backup) if path]

    @classmethod
    @contextmanager
    def beside(cls, master: Path, memory: Path, generation: int) -> Iterator[_NewMaster]:
        """A draft for the block to write; synced after it, and the present master, of `generation`, backed up.

        Nothing is left of either where the block or this fails.
        """
        new = cls(files.temporary(master), None)
        try:
            yield new
            files.sync(new.draft)
            if master.exists():
                new.backup = _back_up(master, memory, generation)
                with master.open(
                    "r+b"
                ):  # a program that holds the file is met here, before anything is decided
                    pass
        except BaseException:
            for path in new.files:
                path.unlink(missing_ok=True)
            raise


def _prepare(
    current: Change,
    tx: Transaction,
    last: Generation,
    shown: Generation | None,
    typed: clerk.Inputs | None,
    master: Path,
    memory: Path,
    *,
    stale: bool,
) -> _NewMaster | None:
    """Write the new master and the backup, unless the workbook shows all that it would show."""
    same_day = (last.as_of, last.pinned) == (current.as_of, current.pinned)
    if typed and typed.known_digest and same_day and not current.changed and not stale:
        return None  # neither the ledger nor the workbook changed since it was written
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
    mark = digest(view, showing)
    made = clerk.shown(view)
    typed_over = typed is not None and shown is not None and typed.cells_digest != shown.cells
    if mark == last.digest and not stale and not typed_over:
        return None
    if typed_over and not stale:
        current.notes.append(
            "总台账里有改动过的填报内容：以各单位的报表为准，已恢复；要改请在“审核结果”填“退回”。"
        )
    with _NewMaster.beside(master, memory, last.number) as new:
        if typed is None or shown is None:
            from eduxl.tracker.author import write_master  # slow to import, and seldom needed

            write_master(view, new.draft)
            current.notes.append(f"{master.name} 不见了，已按记录重新生成。")
        else:
            from eduxl.tracker.patch import patch_master

            numbers = current.records.numbers_since(shown.event)
            as_left = imprint.recall(memory, shown.written_sha256) if typed.known_digest else None
            current.notes += patch_master(
                master, view, new.draft, renumbered=numbers, shown=as_left, showing=showing
            )
    cells, inputs = made.cells_digest, made.to_json()
    backup, hashed = _noted(new.backup)
    new.sha256, new.showing = _hash(new.draft), showing
    generation = Generation(
        number, current.as_of, current.pinned, mark, cells, inputs, backup=backup, backup_sha256=hashed,
        written_sha256=new.sha256,
    )  # fmt: skip
    tx.add_generation(generation, tx.last_event())
    current.changed = True
    return new


def _put_back(
    former: bytes, ledger: Ledger, tx: Transaction, last: Generation, tracker: str, master: Path, memory: Path
) -> _NewMaster:
    """Lay an earlier workbook ready, and the present one among the backups. Its cells are what decisions are told from."""
    with _NewMaster.beside(master, memory, last.number) as new:
        new.draft.write_bytes(former)
        typed = clerk.read_inputs(new.draft)
        if shown := _shown_generation(ledger, typed, tracker, master, memory):
            base = clerk.Inputs.from_json(shown.inputs)
            tx.set_inputs(shown.number, clerk.overlay(base, typed).to_json())
    return new


def _noted(backup: Path | None) -> tuple[str, str]:
    """Name and hash by which the ledger knows a backup again."""
    if backup is None:
        return "", ""
    return backup.name, _hash(backup)


def _copy_of(generation: Generation, memory: Path) -> bytes | None:
    """The workbook that a generation replaced; None where its copy is gone or was changed."""
    if not generation.backup:
        return None
    try:
        data = (memory / "backups" / generation.backup).read_bytes()
    except FileNotFoundError:
        return None
    return data if hashlib.sha256(data).hexdigest() == generation.backup_sha256 else None


def _back_up(master: Path, memory: Path, generation: int) -> Path:
    """Copy the master into backups/ under a name of its own."""
    folder = memory / "backups"
    folder.mkdir(exist_ok=True)
    kept = folder / f"{generation:06d}{master.suffix}"
    count = 1
    while kept.exists():
        count += 1
        kept = folder / f"{generation:06d}-{count}{master.suffix}"
    beside = files.temporary(kept)
    try:
        shutil.copy2(master, beside)
        files.sync(beside)
        os.replace(beside, kept)
    finally:
        beside.unlink(missing_ok=True)
    return kept


def _install(new: _NewMaster, master: Path, stamp: tuple[int, int] | None, current: Change) -> bool:
    """Put the new master in the old one's place; False where that is not possible now.

    The ledger has been committed: the next command will do it.
    """
    try:
        if _stamp(master) != stamp:
            raise PermissionError(master)
        os.replace(new.draft, master)
        files.sync(master.parent)
    except OSError:
        new.draft.unlink(missing_ok=True)
        current.notes.append(
            f"已经记下，但 {master.name} 被别的程序占用，没能更新；关闭它以后再运行一次即可。"
        )
        return False
    return True


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
