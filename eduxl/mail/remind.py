"""Who gets a reminder today, its text and what goes along. Pure: what lies in folders is handed in.

A reminder is held back where one of its kind went out on the same day, or may have: to be told twice a day helps nobody.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from attrs import define, field

from eduxl import labels as L
from eduxl.errors import RoundError
from eduxl.mail import addresses
from eduxl.mail.enclosures import Enclosed, Enclosure
from eduxl.mail.letter import Letter
from eduxl.mail.mailing import Mailing, Planned, Skip, Unsure
from eduxl.mail.outbox import Mail
from eduxl.mail.owing import Debt
from eduxl.mail.texts import SENDBACK, Text, reminder
from eduxl.model import Round, Unit
from eduxl.returns.named import label

if TYPE_CHECKING:
    from eduxl.mail.desk import Desk

#: The texts by their names; `mail.texts.REMINDER`, `FIRM_REMINDER` and `SENDBACK` are asked for.
Texts = Callable[[str], Text]


#: Files for the units that get a reminder now.
Enclose = Callable[[Sequence[Debt]], Enclosed]


def plan_reminders(
    desk: Desk, mailing: Mailing, texts: Texts, owed: Sequence[Debt], enclose: Enclose
) -> Planned:
    """The reminders of the day, in the order of what is owed; every unit that is owed of or was named is accounted for.

    `enclose` is asked once, for those that a letter goes to. A unit that is sent back gets none where it has no file.
    Raises `RoundError` (`round-closed`), and what `enclose` raises.
    """
    check_open(mailing.round)
    planner = _Planner(desk, mailing, texts)
    planned = Planned()
    due: list[tuple[Debt, str, int]] = []
    for debt in owed:
        outcome = planner.standing(debt)
        if isinstance(outcome, Skip):
            planned.add(outcome)
        else:
            due.append((debt, *outcome))
    if held := sum(skip.done for skip in planned.skipped):
        planned.notes.append(
            f"有{held}个单位今天已经催过，同一天不重复催；急的请打电话：eduxl remind --text 列出联系人和电话。"
        )
    enclosed = enclose([debt for debt, _, _ in due]) if due else Enclosed({})
    for debt, to, count in due:
        planned.add(planner.letter(debt, to, count, enclosed.files.get(debt.unit.code)))
    planned.skipped += _nothing_owed(mailing, owed, desk.wanted)
    planned.notes += [*enclosed.notes, *_shared(planned.letters, mailing)]
    return planned


def check_open(round_: Round) -> None:
    """Raise `RoundError` (`round-closed`) for a round that is closed."""
    if round_.closed:
        raise RoundError(
            f"轮次 {round_.id} 已于{round_.closed}结束，不用再催，一封也没有发。请先用 eduxl round open 开启新一轮。",
            code="round-closed",
        )


def refused_addresses(past: Iterable[Mail], units: Iterable[Unit]) -> dict[str, str]:
    """By unit, the address it has where its server did not know it when mail last went there."""
    last: dict[tuple[str, str], Mail] = {}
    for mail in past:
        if mail.went_out or mail.state == "refused":
            key = mail.unit, mail.address.casefold()
            if key not in last or last[key].at <= mail.at:
                last[key] = mail
    found = {}
    for unit in units:
        address = addresses.look(unit).text
        before = last.get((unit.code, address.casefold()))
        if before is not None and before.found_nobody:
            found[unit.code] = address
    return found


@define
class _Planner:
    desk: Desk
    mailing: Mailing
    texts: Texts
    _refused: dict[str, str] = field(init=False)
    _known: dict[str, Text] = field(factory=dict, init=False)

    def __attrs_post_init__(self) -> None:
        self._refused = refused_addresses(self.desk.past.values(), self.mailing.roster.units)

    def standing(self, debt: Debt) -> tuple[str, int] | Skip:
        """Where the unit's reminder goes and which of its kind it is, or why there is none now."""
        unit, kind = debt.unit, debt.kind
        gone = self.desk.gone_out(unit.code, kind)
        today = [mail for mail in gone if mail.when.date() == self.desk.as_of]
        if today:
            return _held_back(unit, kind, today)
        address = addresses.look(unit)
        if not address.text:
            return Skip(label(unit), address.note)
        insisted = unit.code in self.desk.wanted
        for where, what in ((self._refused, "不认这个地址"), (self.desk.bounced, "退了信")):
            if where.get(unit.code, "").casefold() == address.text.casefold() and not insisted:
                return Skip(label(unit), addresses.given_up(unit, address.text, what))
        return address.text, max((mail.count for mail in gone), default=0) + 1

    def letter(self, debt: Debt, to: str, count: int, file: Enclosure | None) -> Letter | Skip:
        """The reminder, with the file where there is one."""
        mailing, unit, kind, round_ = self.mailing, debt.unit, debt.kind, self.mailing.round
        if file is None and kind == L.MAIL_SENT_BACK:
            return Skip(label(unit), "现在没有要改的内容了，没有发。")
        matter = debt.matter(round_.due, self.desk.as_of)
        if file is not None and kind == L.MAIL_MISSING:
            matter += f"\n填报表随这封邮件再发一次，见附件“{file.attachment.name}”。"
        text = self._text(SENDBACK if kind == L.MAIL_SENT_BACK else reminder(count)).fill(
            **mailing.words(unit.name, unit.code), 次数=str(count), 事项=matter, 附件=file.attachment.name if file else ""
        )  # fmt: skip
        if file is None:
            return mailing.letter(unit, to, kind, count, text, None, "", "")
        return mailing.letter(unit, to, kind, count, text, file.attachment, file.sha256, file.version)

    def _text(self, name: str) -> Text:
        if name not in self._known:
            self._known[name] = self.texts(name)
        return self._known[name]


def _held_back(unit: Unit, kind: str, today: Sequence[Mail]) -> Skip:
    last = max(today, key=lambda mail: mail.at)
    what = "退回通知" if kind == L.MAIL_SENT_BACK else "催报"
    if last.unsure:
        note = (
            f"今天 {last.when:%H:%M} 发到 {last.address} 的{what}中途断了连接，不能确定对方收到没有，今天不再发。"
            "请到邮箱的“已发送”里查看，或打个电话。"
        )
        return Unsure(label(unit), note)
    return Skip(
        label(unit),
        f"今天 {last.when:%H:%M} 已经发过第{last.count}次{what}，同一天不重复催，没有再发。",
        done=True,
    )


def _nothing_owed(mailing: Mailing, owed: Sequence[Debt], named: Collection[str]) -> Iterator[Skip]:
    """Units that were named and owe nothing."""
    owing = {debt.unit.code for debt in owed}
    for unit in mailing.roster.units:
        if unit.code in named and unit.code not in owing:
            why = "这次要催的事它都不欠" if unit.code in mailing.asked else "本轮没有要它填报的任务"
            yield Skip(label(unit), f"{why}，没有发。")


def _shared(letters: Sequence[Letter], mailing: Mailing) -> Iterator[str]:
    """Sentences on addresses that several of the units have."""
    going = {letter.unit for letter in letters}
    for address, owners in addresses.shared(u for u in mailing.roster.units if u.code in going).items():
        yield addresses.shared_by(address, owners)
