"""The bureau's mail for one tracker: templates out, reminders, returns in. What was done is booked in the tracker.

A batch that keeps a provider's pace takes hours, so the tracker's lock is held only at its two ends: to see what stands,
and to book what came of it. What a killed run left is booked by the next one, out of the outbox.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from eduxl import files
from eduxl import labels as L
from eduxl.errors import MailError, RoundError
from eduxl.mail import booking, locking, previews
from eduxl.mail import settings as mailbox
from eduxl.mail.desk import Desk
from eduxl.mail.enclosures import Enclosure
from eduxl.mail.fetching import FetchResult, Known, fetch
from eduxl.mail.inbox import Inbox
from eduxl.mail.incoming import open_box
from eduxl.mail.mailing import Planned
from eduxl.mail.outbox import Outbox
from eduxl.mail.owing import KINDS
from eduxl.mail.planning import plan_templates
from eduxl.mail.providers import preset
from eduxl.mail.results import SendResult, Sent
from eduxl.mail.secret import find
from eduxl.mail.sending import send
from eduxl.mail.settings import Settings
from eduxl.mail.texts import RECEIPT, TEMPLATE, Text, ensure
from eduxl.mail.throttle import Throttle
from eduxl.model import Round
from eduxl.tracker.forms import unit_codes
from eduxl.tracker.merge import reading_context
from eduxl.tracker.place import returns_of, templates_of
from eduxl.tracker.records import Bounced

if TYPE_CHECKING:
    from eduxl.mail.calls import CallList
    from eduxl.tracker.tracker import Tracker

Progress = Callable[[int, int], None]
Tell = Callable[[str], object]

#: What a run is called while it looks at the tracker.
_MAIL = "收发邮件"


class Mailroom:
    """Sends for a tracker. `tell` gets a sentence on each pause; `notes` is what is to be said to the clerk besides."""

    def __init__(self, tracker: Tracker, *, tell: Tell | None = None) -> None:
        self.tracker = tracker
        self.notes: list[str] = []
        self._tell = tell

    # --- templates --------------------------------------------------------------------------------
    def send(
        self,
        folder: Path | None = None,
        *,
        round_id: str | None = None,
        units: Sequence[str] = (),
        dry_run: bool = False,
        look: bool = False,
        again: bool = False,
        pace: bool = True,
        progress: Progress | None = None,
    ) -> SendResult:
        """Send each unit its template, by default those of templates/ROUND.

        With `again` the named units get it once more. With `dry_run` the messages are written to 发件预览 instead, and
        the result is what would be sent; with `look` not even that. Raises `EduxlError`; nothing was sent then.
        """

        def plan(desk: Desk, sender: Settings) -> Planned:
            place = folder or templates_of(self.tracker.path, desk.round.id)
            return plan_templates(
                place,
                desk.mailing(sender),
                Text.of(self.tracker.path, TEMPLATE),
                desk.past,
                named=desk.wanted,
                bounced=desk.bounced,
                issued=desk.state.issued or None,
                again=again,
            )

        return self.post(
            plan, round_id=round_id, units=units, dry_run=dry_run, look=look, pace=pace, progress=progress
        )

    # --- reminders --------------------------------------------------------------------------------
    def remind(
        self,
        *,
        kinds: Sequence[str] = KINDS,
        units: Sequence[str] = (),
        dry_run: bool = False,
        pace: bool = True,
        progress: Progress | None = None,
    ) -> SendResult:
        """Remind the units that owe something in the round then current: nobody twice a day of the same kind.

        `kinds` are 未报 (no return yet) and 退回 (a return with something to mend, with its 退回单). Raises `EduxlError`;
        nothing was sent then.
        """
        from eduxl.mail.reminding import remind

        return remind(self, kinds, units, dry_run, pace, progress)

    def whom_to_call(
        self, *, kinds: Sequence[str] = KINDS, units: Sequence[str] = (), dry_run: bool = False
    ) -> CallList:
        """The message for the WeChat or QQ group and the list of whom to call; nothing is mailed.

        Unless `dry_run`, the workbook has it too, in the sheet 催报, and keeps it up to date from then on. Raises
        `EduxlError`.
        """
        from eduxl.mail.reminding import whom_to_call

        return whom_to_call(self, kinds, units, dry_run)

    # --- returns ----------------------------------------------------------------------------------
    def fetch(
        self, *, since: date | None = None, mark_seen: bool = False, progress: Progress | None = None
    ) -> FetchResult:
        """Save the returns that came by mail in returns/ROUND: since the round opened, or since a day.

        Raises `EduxlError`; what was saved before is booked by the next run.
        """
        memory = self.tracker.memory
        sender = mailbox.load(memory)
        secret = find(sender)
        with locking.held(memory, "fetch"):
            desk = self.open_desk()
            if desk.round.closed:
                raise RoundError(
                    f"轮次 {desk.round.id} 已于{desk.round.closed}结束，没有收取邮件。请先开启新一轮。",
                    code="round-closed",
                )
            state = desk.state
            held = {r.sha256 for found in state.returns.values() for r in found}
            known = Known(
                roster=state.roster,
                context=reading_context(state, desk.round, desk.tracker),
                fetched=state.fetched,
                returns=held | {sha256 for sha256, _ in state.rejects},
                issued=state.issued,
                bounced=state.bounced,
                own=sender.address,
                sent=desk.past.keys(),
            )
            folder = returns_of(self.tracker.path, desk.round.id)
            with files.explained("收取邮件"):
                folder.mkdir(parents=True, exist_ok=True)
            with open_box(sender, secret) as box, Inbox(memory, box.account) as inbox:
                result = fetch(
                    box, inbox, round=desk.round, since=since or desk.round.opened, folder=folder, known=known,
                    mark_seen=mark_seen, progress=progress,
                )  # fmt: skip
                if result.facts or state.bounced:  # a mark that the workbook could not be given then
                    self._book(result, desk.round)
                inbox.told(result.mails)
            self.notes += result.notes
        return result

    def _book(self, result: FetchResult, round_: Round) -> None:
        """Book what was fetched, and let the workbook show it."""
        program = None if self.tracker.can_show() else files.open_elsewhere(self.tracker.path)
        with self.tracker.work(_MAIL) as change:
            if result.facts:
                change.record("收取邮件", f"{round_.id}，收下{len(result.saved)}个文件", *result.facts)
        if program and any(isinstance(fact, Bounced) for fact in result.facts):
            self.notes.append(
                f"有邮件退了信，但总台账正在 {program} 里打开，“{L.ROSTER}”里的“{L.BOUNCED}”还没有写上；"
                "关闭它以后再收一次就会写上。"
            )

    def acknowledge(self, *, pace: bool = True, progress: Progress | None = None) -> SendResult:
        """Answer the returns of the open round that came by mail and have no answer yet. Raises `EduxlError`."""
        from eduxl.mail.ack import came_by_mail, plan_answers
        from eduxl.mail.enclosures import written_forms

        def plan(desk: Desk, sender: Settings) -> Planned:
            mailing = desk.mailing(sender)

            def enclose(codes: list[str]) -> dict[str, Enclosure]:
                return written_forms(self.tracker, desk.round.id, codes, mailing.version)

            text = Text.of(self.tracker.path, RECEIPT)
            return plan_answers(desk, mailing, text, came_by_mail(desk), enclose)

        return self.post(plan, pace=pace, progress=progress)

    # --- any messages -----------------------------------------------------------------------------
    def post(
        self,
        plan: Callable[[Desk, Settings], Planned],
        *,
        round_id: str | None = None,
        units: Sequence[str] = (),
        dry_run: bool = False,
        look: bool = False,
        pace: bool = True,
        progress: Progress | None = None,
    ) -> SendResult:
        """Send what `plan` makes of the desk, and book it in the tracker. Raises `EduxlError`; nothing was sent then."""
        memory = self.tracker.memory
        desk = self.open_desk(round_id, units)
        if dry_run or look:
            sender = _draft_sender(memory)
            planned = plan(desk, sender)
            self.notes += planned.notes
            if dry_run:
                self._preview(planned, sender)
            return _as_planned(planned)
        sender = mailbox.load(memory)
        secret = find(sender)
        written = ensure(self.tracker.path)
        if written:
            self.notes.append(f"邮件的文字在“{written[0].parent.name}”文件夹里，可以用记事本改。")
        with locking.held(memory):
            desk = self.open_desk(round_id, units)  # what another run sent meanwhile
            planned = plan(desk, sender)
            for note in planned.notes:  # before anything is sent
                (self._tell or self.notes.append)(note)
            throttle = _throttle(sender) if pace else Throttle.off()
            with Outbox(memory) as outbox:
                result = send(planned, outbox, sender, secret, throttle, progress, tell=self._tell)
            if result.sent or result.unsure:
                self.open_desk(round_id, units, shows=True)
        return result

    def open_desk(
        self, round_id: str | None = None, units: Sequence[str] = (), *, shows: bool = False
    ) -> Desk:
        """What stands now; books first what a run before left in the outbox alone.

        `shows` lets the workbook show it, where no program has it open.
        """
        tracker = self.tracker
        with tracker.work(_MAIL, shows=shows) as change:
            with Outbox(change.memory) as outbox:
                standing = outbox.standing()
            for kind, facts in booking.unbooked(change.state, standing.values()).items():
                change.record(booking.COMMANDS[kind], booking.summary(facts), *facts)
            state = change.state
            current = state.round(round_id) if round_id else state.current
            if current is None:
                raise RoundError(
                    "还没有开启轮次。请先开启，例如：eduxl round open 2022-06 --due 2022-06-25。",
                    code="no-round",
                )
            wanted = frozenset(unit_codes(state, units) or ())
            desk = Desk(
                state, change.tracker, current, change.as_of, {**booking.booked(state), **standing}, wanted
            )
        self.notes += [note for note in tracker.notes if note not in self.notes]
        return desk

    def _preview(self, planned: Planned, sender: Settings) -> None:
        place = previews.write(planned.letters, self.tracker.path.parent, sender)
        if planned.letters:
            self.notes.append(
                f"只是预览，一封也没有发。{len(planned.letters)}封邮件写在 {place}，可以打开来看。"
            )

    # --- without mail -----------------------------------------------------------------------------
    def hand_out(
        self, place: Path, folder: Path | None = None, *, round_id: str | None = None, units: Sequence[str] = (),
        dry_run: bool = False, progress: Progress | None = None,
    ) -> SendResult:  # fmt: skip
        """Put each unit's template in a folder instead of mailing it, units without an address included.

        They lie by 学区, with a list to sign on and words for the group, and count as sent. Raises `EduxlError`; nothing
        was put there then.
        """
        from eduxl.mail.by_hand import hand_out

        return hand_out(
            self, _draft_sender(self.tracker.memory), place, folder, round_id=round_id, units=units, dry_run=dry_run,
            progress=progress,
        )  # fmt: skip

    def take_in(self, place: Path, *, progress: Progress | None = None) -> FetchResult:
        """As `fetch`, with the files of a folder, which stays as it is: each came when it was last written."""
        from eduxl.mail.take_in import take_in

        return take_in(self, place, progress)


def _as_planned(planned: Planned) -> SendResult:
    """What would come of it."""
    result = SendResult.of(planned)
    result.sent += map(Sent.of, planned.letters)
    return result


def _throttle(sender: Settings) -> Throttle:
    known = preset(sender.provider, sender.address)
    return Throttle(known.per_minute, known.per_connection)


def _draft_sender(memory: Path) -> Settings:
    """The mailbox as far as it is set up: to look at what would be sent needs none."""
    try:
        return mailbox.load(memory)
    except MailError as error:
        if error.code != "no-settings":
            raise
        nowhere = mailbox.Server("localhost", 0)
        return Settings("yulan@localhost", "", "custom", nowhere, nowhere, "imap", "ssl")
