"""A command in progress: what it found, what it records, what it has to say and what it made."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from attrs import field, frozen, mutable

from eduxl import labels as L
from eduxl.model import Round
from eduxl.tracker import backups, meanings
from eduxl.tracker.inputs import Inputs, decisions, overlay
from eduxl.tracker.ledger import Generation, Transaction
from eduxl.tracker.receipt import Receipt
from eduxl.tracker.records import Fact, Misread, Records, Undone
from eduxl.tracker.rows import RoundState, look
from eduxl.tracker.state import State, replay


@frozen
class Found:
    """The workbook as a command finds it.

    `latest` is the last writing of the master, `shown` the one that the workbook shows, `typed` the clerk's cells in it;
    both are None where there is no workbook.
    """

    latest: Generation
    shown: Generation | None
    typed: Inputs | None

    @property
    def stale(self) -> bool:
        """True where it is not what was written last, or lacks something of ours."""
        return self.typed is None or self.shown != self.latest or bool(self.typed.lacking)

    @property
    def typed_over(self) -> bool:
        """True where a cell of ours does not say what was written there."""
        return (
            self.typed is not None and self.shown is not None and self.typed.cells_digest != self.shown.cells
        )

    @property
    def unfinished(self) -> bool:
        """True where it still shows a merge that was taken back: the undo was killed before it could replace it."""
        return self.shown is not None and self.shown.undone and self.latest.number < self.shown.number


@mutable
class Change:
    """A command in progress. `pinned` says that its day was named rather than today."""

    tracker: str
    as_of: date
    pinned: bool
    _tx: Transaction
    memory: Path
    #: the workbook before the command
    found: Found
    #: sentences the command has to say to the clerk
    notes: list[str] = field(factory=list)
    #: files that were made, taken away again if the command fails
    made: list[Path] = field(factory=list)
    #: True once something was recorded or a new master was written
    changed: bool = False
    #: an earlier workbook, byte for byte, that takes the present one's place instead of a new one
    former: bytes | None = None
    #: where the workbook that was replaced is kept
    backup: Path | None = None
    #: what the same command would say again, to be kept once all is in place
    receipt: Receipt | None = None
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

    def take_inputs(self) -> None:
        """Record what the clerk decided since the workbook was written, and say what has no meaning in it."""
        typed, shown = self.found.typed, self.found.shown
        if typed is None or shown is None:
            return
        base = Inputs.from_json(shown.inputs)
        now = self.records.numbers_since(shown.event)
        made = decisions(typed.renumbered(now), base.renumbered(now), self.state)
        if made.facts:
            self.record("读取审核", f"{len(made.facts)}处填写", *made.facts)
        standing = meanings.complaints(self.state)
        self.notes += [*standing, *made.complaints]
        if made.facts or made.complaints:
            if made.complaints or any(isinstance(fact, Misread) for fact in made.facts):
                self.record("读取审核", "；".join((*standing, *made.complaints)) or "更正了看不懂的填写")
            self._tx.set_inputs(shown.number, overlay(base, typed).to_json())
        if typed.lacking:
            self.record("恢复", f"补回缺少的{L.SEP.join(typed.lacking)}")
            self.notes.append(f"总台账里缺少{L.SEP.join(typed.lacking)}，已补回；您改了名的还在原处。")

    def take_back(self, event: int) -> None:
        """Let the workbook be again what it was before an event; it is written anew where no whole copy of that is left."""
        if first := self._tx.generation_of(event):
            self._tx.take_back(first.number)
            self.former = backups.replaced_by(first, self.memory)

    def finish_undo(self) -> int:
        """Do what is left of an undo that was killed; returns the event that it took back."""
        event = next(fact for _, fact in reversed(self.records.facts) if isinstance(fact, Undone)).events[-1]
        self.take_back(event)
        self.notes.append("上次的撤销没有做完，总台账还没有换回来；现在已经做完。")
        return event

    def back_up(self, master: Path) -> None:
        """Keep a copy of the present workbook."""
        self.backup = backups.keep(master, self.memory, self.found.latest.number)
        self.made.append(self.backup)

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
