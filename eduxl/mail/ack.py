"""Answers to the returns that came by mail: received, and how much is to be mended, with the form that goes back.

Each return is answered once, whatever run it is: what was answered is known by its hash. An answer goes to the address
that the roster gives for the unit, never to one that only a mail showed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from attrs import frozen

from eduxl.mail import addresses
from eduxl.mail.enclosures import Enclosure
from eduxl.mail.letter import Kind, Letter
from eduxl.mail.mailing import Mailing, Planned, Skip, Unsure
from eduxl.mail.owing import counted
from eduxl.mail.texts import Text, day
from eduxl.model import Unit
from eduxl.returns.named import label
from eduxl.template import Form
from eduxl.tracker.forms import round_forms
from eduxl.tracker.rows import look
from eduxl.tracker.sendback import sendback_forms

if TYPE_CHECKING:
    from eduxl.mail.desk import Desk

KIND: Kind = "回执"
_NOTHING = "核对过了，没有要补正的。"


@frozen
class Came:
    """A unit's return that counts and came by mail."""

    unit: Unit
    sha256: str
    name: str
    received: datetime
    form: Form | None = None

    @property
    def matter(self) -> str:
        """What was found, in words."""
        mends = self.form.sendback.mends if self.form and self.form.sendback else ()
        if not mends:
            return _NOTHING
        return f"有 {len(mends)} 项需补正（{counted(mends)}），请看附件退回单，改好后发回。"


def came_by_mail(desk: Desk) -> list[Came]:
    """What is to be answered, answered or not, in the order of the roster."""
    state, round_id = desk.state, desk.round.id
    seen = look(state, desk.round, desk.as_of)
    wanted = set(desk.wanted) or None
    forms = round_forms(state, desk.round, desk.as_of, desk.tracker, wanted)
    back = {form.unit.code: form for form in sendback_forms(state, seen, forms)}
    found: list[Came] = []
    for unit in state.roster.units:
        if wanted and unit.code not in wanted:
            continue
        won = state.winners.get((round_id, unit.code))
        if won and _by_mail(desk, won.sha256):
            name = _given(won.path, won.sha256)
            found.append(Came(unit, won.sha256, name, won.received, form=back.get(unit.code)))
    return found


def _by_mail(desk: Desk, sha256: str) -> bool:
    """Whether a file came by mail, and not out of a folder."""
    fact = desk.state.fetched.get(sha256)
    return fact is not None and "@" in fact.sender


def _given(path: str, sha256: str) -> str:
    """A file's name as the school gave it: without what its content added when it was saved."""
    return path.replace(f"_{sha256[:8]}.", ".")


def plan_answers(
    desk: Desk, mailing: Mailing, text: Text, came: Iterable[Came], enclose: Callable[[list[str]], Mapping[str, Enclosure]]
) -> Planned:  # fmt: skip
    """The answers that are due. `enclose` writes the forms that go back to the units with these codes."""
    planned = Planned()
    due: list[tuple[Came, str, int]] = []
    for each in came:
        answered = desk.gone_out(each.unit.code, KIND)
        mine = next((mail for mail in answered if mail.sha256 == each.sha256), None)
        address = addresses.look(each.unit)
        bounced = desk.bounced.get(each.unit.code, "").lower()
        if mine and mine.unsure:
            planned.add(Unsure(label(each.unit), f"“{each.name}”的回执不能确定发到没有，不会再发。"))
        elif mine:
            planned.add(Skip(label(each.unit), f"“{each.name}”已经回复过。", done=True))
        elif not address.text or address.text.lower() == bounced:
            planned.add(
                Skip(label(each.unit), address.note or f"发到 {address.text} 的邮件退了信，没有回复。")
            )
        else:
            count = 1 + len(answered) + sum(one.unit.code == each.unit.code for one, _, _ in due)
            due.append((each, address.text, count))
    forms = enclose([each.unit.code for each, _, _ in due if each.form])
    for each, to, count in due:
        planned.letters.append(_letter(mailing, text, each, to, count, forms.get(each.unit.code)))
    return planned


def _letter(mailing: Mailing, text: Text, each: Came, to: str, count: int, form: Enclosure | None) -> Letter:
    enclosed = form if each.form else None
    words = text.fill(
        **mailing.words(each.unit.name, each.unit.code),
        附件=enclosed.attachment.name if enclosed else "",
        收到时间=f"{day(each.received)} {each.received:%H:%M}",
        文件=each.name,
        事项=each.matter,
    )
    attachment, version = (enclosed.attachment, enclosed.version) if enclosed else (None, "")
    return mailing.letter(each.unit, to, KIND, count, words, attachment, each.sha256, version)
