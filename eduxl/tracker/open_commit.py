"""One command's work as one change of a tracker whose workbook is open in a spreadsheet program.

As `commit.change`, but for how it ends. The order is: the program saves (so that the backup has what was just typed), originals
archived, ledger transaction filled, all that is to be written worked out, backup, transaction committed, cells written, saved
by the program. What fails before the commit leaves everything as it was. A crash after it leaves a workbook of an earlier
generation than the ledger's, which the next command completes. `written_sha256` stays empty: who opens the file next reads it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any, Protocol

from attrs import evolve

from eduxl import files
from eduxl import labels as L
from eduxl.errors import TrackerError
from eduxl.tracker import commit, lock, receipt
from eduxl.tracker import inputs as clerk
from eduxl.tracker.commit import Change
from eduxl.tracker.imprint import Imprint
from eduxl.tracker.ledger import Generation, Ledger
from eduxl.tracker.place import LEDGER
from eduxl.tracker.tables import Master
from eduxl.tracker.tracker import Tracker, _backdated, _day
from eduxl.tracker.views import digest, master_view


class OpenMaster(Protocol):
    """A master that is open in a program."""

    def inputs(self) -> clerk.Inputs:
        """The clerk's cells as they stand on the screen. Raises `TrackerError` (`not-a-master`)."""

    def prepare(self, view: Master, renumbered: Callable[[int], int]) -> list[str]:
        """Work out what makes it show the view, writing nothing; sentences for the clerk. Raises `Refused`."""

    def write(self) -> None:
        """Write what was worked out."""

    def save(self) -> None:
        """Let the program save it. Raises `FileProblem`."""


class OpenTracker(Tracker):
    """A tracker whose workbook is open: its commands write there."""

    def __init__(self, path: Path, workbook: OpenMaster) -> None:
        super().__init__(path)
        self._workbook = workbook

    @contextmanager
    def _change(
        self, command: str, as_of: date | None, *, dry_run: bool = False, quiet: bool = False
    ) -> Iterator[Change]:
        if dry_run or quiet:
            with super()._change(command, as_of, dry_run=dry_run, quiet=quiet) as change:
                yield change
            return
        day, pinned = _day(as_of)
        self.notes = []
        self._workbook.save()
        with (
            self._memory_at(day, keep=True) as memory,
            change_open(self.path, memory, command, day, self._workbook, pinned=pinned) as change,
        ):
            change.notes[:0] = self.notes
            self.notes = change.notes
            change.notes += _backdated(change)
            yield change


@contextmanager
def change_open(
    master: Path, memory: Path, command: str, as_of: date, workbook: OpenMaster, *, pinned: bool
) -> Iterator[Change]:
    """Run the block as one change of the tracker, and let the open workbook show what came of it.

    Raises as `commit.change`, and `Refused` for a workbook that only a file's patch can bring up to date. What fails while
    the cells are written is told in the change's notes: by then it has been recorded.
    """
    with (
        commit._there(master, memory, command),
        files.explained(command),
        lock.held(memory, command) as died,
        Ledger.open(memory / LEDGER) as ledger,
    ):
        commit.sweep(master, memory)
        latest, tracker = ledger.latest, ledger.tracker
        typed = workbook.inputs()
        shown = commit._shown_generation(ledger, typed, tracker, master, memory)
        assert shown is not None
        typed = typed.of_ours(clerk.Inputs.from_json(shown.inputs))
        current: Change | None = None
        backup: Path | None = None
        try:
            with ledger.transaction() as tx:
                unfinished = shown.undone and latest.number < shown.number
                current = Change(tracker, as_of, pinned, tx, memory, unfinished, notes=[died] if died else [])
                commit._take_inputs(current, tx, typed, shown)
                yield current
                if current.former is not None:
                    raise TrackerError("撤销要换回整个文件：请先保存并关闭总台账，再撤销。", code="in-use")
                stale = shown != latest or bool(typed.lacking)
                number = tx.next_generation()
                view = master_view(
                    current.state, as_of, tracker=tracker, generation=number, pinned=pinned, look=current.look
                )
                mark, made = digest(view, Imprint.of(view)), clerk.shown(view)
                typed_over = typed.cells_digest != shown.cells
                if mark != latest.digest or stale or typed_over:
                    if typed_over and not stale:
                        current.notes.append(
                            "总台账里有改动过的填报内容：以各单位的报表为准，已恢复；要改请在“审核结果”填“退回”。"
                        )
                    current.notes += workbook.prepare(view, current.records.numbers_since(shown.event))
                    backup = commit._back_up(master, memory, latest.number)
                    name, hashed = commit._noted(backup)
                    tx.add_generation(
                        Generation(
                            number, as_of, pinned, mark, made.cells_digest, made.to_json(),
                            backup=name, backup_sha256=hashed,
                        ),
                        tx.last_event(),
                    )  # fmt: skip
                    current.changed = True
                if current.changed:
                    receipt.discard(memory)
        except BaseException:
            for path in (*(current.archived if current else ()), *((backup,) if backup else ())):
                path.unlink(missing_ok=True)
            raise
        if backup:
            current.backup = backup
            _install(workbook, current, master)


def _install(workbook: OpenMaster, current: Change, master: Path) -> None:
    """Write and save. The ledger has been committed: where this fails, the next command does it."""
    try:
        workbook.write()
        workbook.save()
    except Exception:  # whatever a program raises
        logging.getLogger(__name__).exception("the open workbook was not written")
        current.notes.append(
            f"已经记下，但打开着的 {master.name} 没能写完。请关闭它（不要保存），重新打开后再点一次“汇总”，会自动补齐。"
        )


def inputs_of(
    names: Sequence[str], sheets: Mapping[str, list[list[Any]]], named: Mapping[str, str], path: Path
) -> clerk.Inputs:
    """The clerk's cells of a workbook that was read elsewhere, as `inputs.read_inputs` gives them.

    `sheets` has for each name of a sheet its rows from A1 on, `named` the cells of defined names as `'首页'!$A$1`.
    Raises `TrackerError` (`not-a-master`).
    """
    found = {name: list(rows) for name, rows in sheets.items()}
    meta = clerk.meta_of(found.get(L.META, []))
    if "generation" not in meta:
        raise clerk._not_a_master(path, f"它缺少内部工作表 _eduxl。{clerk._RESTORE}")
    tables = {
        name: clerk._find_table(found.get(name, []), name, columns) for name, columns in clerk._TABLES.items()
    }
    return evolve(
        clerk._told(*(tables[name] for name in (L.ENTRIES, L.TASKS, L.REJECTED))),
        settings=clerk._settings(named, found),
        lacking=tuple(clerk._lacking(names, tables)),
        meta=meta,
    )
