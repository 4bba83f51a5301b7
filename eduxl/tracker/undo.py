"""Which merge an undo takes back, what forbids it, and what the clerk decided on its returns since. Pure.

The ledger only grows: a fact `Undone` says which event counts no more. Everything else that was recorded after the
merge goes on counting; reviews of the very returns that go are withdrawn with them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from attrs import frozen

from eduxl import labels as L
from eduxl.errors import TrackerError
from eduxl.model import Plan, Return
from eduxl.roster import Roster
from eduxl.tracker.records import (
    Closure,
    Confirmation,
    Event,
    Extension,
    Fact,
    Misread,
    Records,
    Rejected,
    Remark,
    Review,
    Revised,
    RoundClosed,
    RoundOpened,
    SeenBefore,
    Setting,
    Undone,
)
from eduxl.tracker.state import replay

_DECISIONS = (Review, Extension, Misread, Closure, Remark, Setting, Confirmation)


@frozen
class Undo:
    """A merge that is taken back."""

    merge: Event
    #: what the ledger records: the merge counts no more, and reviews of its returns are what they were before
    facts: tuple[Fact, ...]
    #: names of the files whose content counts no more
    files: tuple[str, ...]
    #: (unit code, task) of those reviews
    withdrawn: tuple[tuple[str, int], ...]
    #: decisions made since that go on counting
    kept: int

    @property
    def summary(self) -> str:
        """For 日志."""
        return f"{self.merge.as_of}的汇总：{self.merge.summary}"


@frozen
class UndoResult:
    """What `Tracker.undo` did."""

    undo: Undo
    #: True where the workbook is, byte for byte, what it was before the merge; else it was written anew
    whole: bool
    #: where the workbook that was replaced is kept
    backup: Path | None
    #: True where only an undo that had been killed was brought to its end
    finished: bool = False


def last_merge(records: Records) -> Undo:
    """The last merge that still counts. Raises `TrackerError` (`nothing-to-undo`, `cannot-undo`)."""
    undone = records.undone
    merges = [event for event in records.events if event.command == L.MERGE and event.seq not in undone]
    if not merges:
        raise TrackerError("没有可以撤销的汇总，什么也没有改动。", code="nothing-to-undo")
    _refuse_what_builds_on(merges[-1], records)
    return undo_of(merges[-1].seq, records)


def undo_of(seq: int, records: Records) -> Undo:
    """What taking back a merge means; of one that was taken back already, what it meant."""
    merge = next(event for event in records.events if event.seq == seq)
    facts = [fact for event, fact in records.facts if event.seq == seq]
    since = [fact for event, fact in records.standing() if event.seq > seq]
    withdrawn = _reviews_before(seq, records)
    judged = {(review.unit, review.task) for review in withdrawn}
    kept = [
        fact
        for fact in since
        if isinstance(fact, _DECISIONS)
        and not (isinstance(fact, Review) and (fact.unit, fact.task) in judged)
    ]
    return Undo(
        merge=merge,
        facts=(Undone((seq,)), *withdrawn),
        files=tuple(sorted({f.path for f in facts if isinstance(f, Return | Rejected | SeenBefore)})),
        withdrawn=tuple(sorted(judged)),
        kept=len(kept),
    )


def _refuse_what_builds_on(merge: Event, records: Records) -> None:
    """Raise where a step after the merge took what it brought into its own: a round's end, another plan."""
    known: set[str] = set()
    for event, fact in records.standing():
        if isinstance(fact, RoundOpened) and event.seq < merge.seq:
            known.add(fact.round)
        elif event.seq > merge.seq and (
            isinstance(fact, RoundClosed | Revised | Plan | Roster)
            or (isinstance(fact, RoundOpened) and fact.round not in known)
        ):
            remedy = (
                f"结束的轮次已经转入“{L.HISTORY}”，要更正的，请在以后的轮次里填报。"
                if isinstance(fact, RoundClosed | RoundOpened)
                else "要更正的，请把改好的填报表再汇总一次，以新的为准。"
            )
            raise TrackerError(
                f"{merge.as_of}的汇总（{merge.summary}）以后，已经在{event.as_of}办过“{event.command}”，"
                f"撤销汇总会和它对不上，没有撤销。{remedy}",
                code="cannot-undo",
            )


def _reviews_before(seq: int, records: Records) -> Sequence[Review]:
    """Reviews of a merge's own returns, as they stood before it; empty ones where there was none."""
    ids = {fact.id for event, fact in records.facts if event.seq == seq and isinstance(fact, Return)}
    judged = {
        row: standing.review
        for row, standing in replay(records).reviews.items()
        if any(number in ids for number, _ in standing.targets)
    }
    if not judged:
        return ()
    before = Records(records.events, list(_without(seq, judged, records)))
    stood = replay(before).reviews
    return [
        stood[row].review if row in stood else Review(review.round, *row, "", "")
        for row, review in sorted(judged.items())
    ]


def _without(seq: int, rows: Iterable[tuple[str, int]], records: Records) -> Iterable[tuple[Event, Fact]]:
    rows = set(rows)
    for event, fact in records.standing():
        later = event.seq > seq and isinstance(fact, Review) and (fact.unit, fact.task) in rows
        if event.seq != seq and not later:
            yield event, fact
