"""Reminders of a tracker: what is owed now, the files that go along, and the list of whom to call."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from eduxl import files
from eduxl import labels as L
from eduxl.errors import EduxlError
from eduxl.mail.calls import CallList, call_list
from eduxl.mail.filed import Expected, Filed, filed_in
from eduxl.mail.letter import Attachment, domain_of
from eduxl.mail.owing import KINDS, Debt, debts
from eduxl.mail.planning import Mailing, Planned
from eduxl.mail.remind import Enclosed, Enclosure, check_open, plan_reminders, refused_addresses
from eduxl.mail.sending import SendResult
from eduxl.mail.settings import Settings
from eduxl.mail.texts import Text
from eduxl.returns.named import label
from eduxl.summary import listed
from eduxl.template import Form, form_bytes, form_filename
from eduxl.tracker.forms import round_forms
from eduxl.tracker.records import Listed
from eduxl.tracker.rows import look
from eduxl.tracker.sendback import sendback_forms

if TYPE_CHECKING:
    from eduxl.mail.mailroom import Desk, Mailroom, Progress
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
        mailing = now.mailing(sender.name or "县教育局", domain_of(sender.address))
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
            stands = before is not None and before[1] == fact
            if not (stands and shown is not None and before is not None and shown.event >= before[0].seq):
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
        missing = [debt for debt in owed if debt.kind == L.MAIL_MISSING]
        back = [debt.unit.code for debt in owed if debt.kind == L.MAIL_SENT_BACK]
        with_template = _templates(tracker, missing, mailing)
        forms: dict[str, Enclosure] = {}
        if back and dry_run:
            forms = {code: _unwritten(owing.back[code]) for code in back}
        elif back:
            written = tracker.write_sendback(round_id=mailing.round.id, units=back)
            for sent in written.sent:
                filed = Filed(sent.path, (sent.unit.code,), sha256=_hash(sent.path), version=mailing.version)
                forms[sent.unit.code] = _enclosure(filed)
        return Enclosed({**with_template.files, **forms}, with_template.notes)

    return enclose


def _templates(tracker: Tracker, missing: Sequence[Debt], mailing: Mailing) -> Enclosed:
    """The templates that lie ready and are what they should be; a reminder goes out without one, too."""
    if not missing:
        return Enclosed({})
    folder = tracker.path.parent / "templates" / mailing.round.id
    by_unit: dict[str, list[Filed]] = {}
    if folder.is_dir():
        for file in filed_in(
            folder, mailing.roster, Expected(mailing.tracker, mailing.round.id, mailing.version)
        ):
            for code in file.units:
                by_unit.setdefault(code, []).append(file)
    found, none, notes = {}, [], []
    for debt in missing:
        about = by_unit.get(debt.unit.code, [])
        good = [file for file in about if not file.problem]
        if len(good) == 1:
            found[debt.unit.code] = _enclosure(good[0])
        elif good:
            names = L.SEP.join(f"“{file.path.name}”" for file in good)
            notes.append(f"{label(debt.unit)} 有{len(good)}个模板文件（{names}），催报里没有附。")
        elif about:
            notes.append(f"{label(debt.unit)} 的催报里没有附模板：{''.join(file.sentence for file in about)}")
        else:
            none.append(label(debt.unit))
    if none:
        where = f"templates/{mailing.round.id}"
        notes.append(f"{where} 里没有 {listed(none)} 的模板，催报里没有附；要附请先运行 eduxl templates。")
    return Enclosed(found, tuple(notes))


def _enclosure(file: Filed) -> Enclosure:
    return Enclosure(file.attachment, file.sha256, file.version)


def _unwritten(form: Form) -> Enclosure:
    data = form_bytes(form)
    name = form_filename(form)
    return Enclosure(Attachment(name, lambda: data), hashlib.sha256(data).hexdigest(), form.version)


def _hash(path: Path) -> str:
    with files.explained(f"读“{path.name}”"):
        return hashlib.sha256(path.read_bytes()).hexdigest()
