"""Reminders of a tracker: what is owed now, the files that go along, and the list of whom to call."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import TYPE_CHECKING

from eduxl import files
from eduxl import labels as L
from eduxl.errors import EduxlError
from eduxl.mail.calls import CallList, call_list
from eduxl.mail.enclosures import Enclosed, ready_templates, unwritten_form, written_forms
from eduxl.mail.mailing import Mailing, Planned
from eduxl.mail.owing import KINDS, Debt, debts
from eduxl.mail.remind import check_open, plan_reminders, refused_addresses
from eduxl.mail.results import SendResult
from eduxl.mail.settings import Settings
from eduxl.mail.texts import Text
from eduxl.template import Form
from eduxl.tracker.forms import round_forms
from eduxl.tracker.place import templates_of
from eduxl.tracker.records import Listed
from eduxl.tracker.rows import look
from eduxl.tracker.sendback import sendback_forms

if TYPE_CHECKING:
    from eduxl.mail.desk import Desk
    from eduxl.mail.mailroom import Mailroom, Progress
    from eduxl.tracker.tracker import Tracker

_LIST = "催报名单"


def remind(
    room: Mailroom, kinds: Collection[str], units: Sequence[str], dry_run: bool, pace: bool, progress: Progress | None
) -> SendResult:  # fmt: skip
    """Remind the units that owe something; `kinds` narrows it to 未报 or 退回. See `Mailroom.remind`."""
    desk = room.open_desk(units=units)
    check_open(desk.round)
    if not _Owing(desk, kinds).debts and not desk.wanted:
        room.notes.append(_nothing(desk, kinds))
        return SendResult()

    def plan(now: Desk, sender: Settings) -> Planned:
        owing = _Owing(now, kinds)
        mailing = now.mailing(sender)
        enclose = _enclosing(room.tracker, owing, mailing, dry_run)
        return plan_reminders(
            now, mailing, lambda name: Text.of(room.tracker.path, name), owing.debts, enclose
        )

    return room.post(plan, units=units, dry_run=dry_run, pace=pace, progress=progress)


def whom_to_call(room: Mailroom, kinds: Collection[str], units: Sequence[str], dry_run: bool) -> CallList:
    """The message for the group and whom to call; see `Mailroom.whom_to_call`."""
    desk = room.open_desk(units=units)
    check_open(desk.round)
    owed = _Owing(desk, kinds).debts
    refused = refused_addresses(desk.past.values(), desk.state.roster.units)
    reasons = {code: f"发到 {address} 时，对方的邮箱不认这个地址" for code, address in refused.items()}
    found = call_list(desk.state, desk.round, owed, desk.as_of, reasons)
    if not owed:
        room.notes.append(_nothing(desk, kinds))
    if not dry_run:
        _write_down(room, desk, kinds)
    return found


def _write_down(room: Mailroom, desk: Desk, kinds: Collection[str]) -> None:
    """Let the workbook have the list too; where it cannot, the clerk is told, for it is printed anyway."""
    fact = Listed(desk.round.id, "" if set(kinds) == set(KINDS) else next(iter(kinds)))
    tracker = room.tracker
    try:
        program = files.open_elsewhere(tracker.path)
        with tracker.work(_LIST) as change:
            before, shown = change.state.listed, change.found.shown
            is_shown = before and shown and before[1] == fact and shown.event >= before[0].seq
            if not is_shown:
                change.record(_LIST, f"{fact.round}，写进“{L.CALLS}”表", fact)
    except EduxlError as error:
        room.notes.append(f"名单没有写进总台账的“{L.CALLS}”表：{error}")
        return
    room.notes += [note for note in tracker.notes if note not in room.notes]
    if program:
        room.notes.append(
            f"总台账正在 {program} 里打开，名单没有写进它的“{L.CALLS}”表；关闭它以后，再运行一次就会写进去。"
        )
    else:
        whole = "全部单位的名单" if desk.wanted else "名单"
        room.notes.append(f"{whole}也写在总台账的“{L.CALLS}”表里。")


def _nothing(desk: Desk, kinds: Collection[str]) -> str:
    what = {
        frozenset({L.MAIL_MISSING}): "应报的都报了",
        frozenset({L.MAIL_SENT_BACK}): "没有要退回改正的",
    }.get(frozenset(kinds), "应报的都报了，也没有要退回改正的")
    return f"{desk.round.id} 轮{what}，不用催。"


# --- what is owed, and what goes along ------------------------------------------------------------
class _Owing:
    """What the units of a desk owe; `back` are the forms that go back, by unit."""

    def __init__(self, desk: Desk, kinds: Collection[str]) -> None:
        state, wanted = desk.state, set(desk.wanted) or None
        seen = look(state, desk.round, desk.as_of)
        self.back: dict[str, Form] = {}
        if L.MAIL_SENT_BACK in kinds:
            forms = round_forms(state, desk.round, desk.as_of, desk.tracker, wanted)
            self.back = {form.unit.code: form for form in sendback_forms(state, seen, forms)}
        self.debts = debts(seen, self.back.values(), kinds, desk.wanted)


def _enclosing(
    tracker: Tracker, owing: _Owing, mailing: Mailing, dry_run: bool
) -> Callable[[Sequence[Debt]], Enclosed]:
    """What finds or writes the files for the units that get a letter; a look alone writes none."""

    def enclose(owed: Sequence[Debt]) -> Enclosed:
        missing = [debt.unit for debt in owed if debt.kind == L.MAIL_MISSING]
        back = [debt.unit.code for debt in owed if debt.kind == L.MAIL_SENT_BACK]
        round_id = mailing.round.id
        ready = ready_templates(templates_of(tracker.path, round_id), missing, mailing)
        if dry_run:
            forms = {code: unwritten_form(owing.back[code]) for code in back}
        else:
            forms = written_forms(tracker, round_id, back, mailing.version)
        return Enclosed({**ready.files, **forms}, ready.notes)

    return enclose
