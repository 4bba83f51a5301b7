"""Which unit gets its template now: by the files that lie ready, the roster and what went out before.

Nothing is sent here. Every unit that the round asks ends exactly once: as a letter, as skipped or as unsure, the last
two with a note that says why and what to do.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Container, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path

from attrs import define, field, frozen

from eduxl import labels as L
from eduxl.errors import RoundError
from eduxl.mail import addresses
from eduxl.mail.addresses import Address
from eduxl.mail.filed import Expected, Filed, filed_in
from eduxl.mail.letter import Kind, Letter
from eduxl.mail.mailing import Mailing, Planned, Skip, Unsure
from eduxl.mail.outbox import Mail
from eduxl.mail.texts import Text
from eduxl.model import Unit
from eduxl.returns.named import label
from eduxl.summary import listed

KIND: Kind = "模板"
#: Begins what stands for an address where a template went into a folder.
FOLDER = "文件夹："
#: Put before subject and body of a second letter, by why there is one.
AGAIN = ("【重发】", "前一封同样的邮件可能没有送达，现再发一次；已经收到的，请不用理会这一封。\n\n")
UPDATED = (
    "【更新】",
    "本轮的填报表有更新，此前发过的请作废，以这封邮件的附件为准；已经填了的，请把内容搬到新表里。\n\n",
)
_FIRST = ("", "")


def plan_templates(
    folder: Path,
    mailing: Mailing,
    text: Text,
    standing: Mapping[str, Mail],
    *,
    named: Collection[str] = (),
    bounced: Mapping[str, str] | None = None,
    issued: Container[str] | None = None,
    by_hand: str = "",
    again: bool = False,
) -> Planned:
    """What to send of the templates in `folder`, in the order of the roster.

    `standing` is what went out before; `named` are the codes given by --unit, () for all; `bounced` the addresses that
    bounced, by unit; `issued` the hashes of all templates that were written, None where they are not known. `by_hand` is
    what stands for the address of all where the files go into a folder instead: no unit needs one of its own then.
    Raises `RoundError` (`round-closed`), `FileProblem` (`no-such-path`).
    """
    round_ = mailing.round
    if round_.closed:
        raise RoundError(
            f"轮次 {round_.id} 已于{round_.closed}结束，没有发送模板。请先开启新一轮，或用 --round 指定轮次。",
            code="round-closed",
        )
    found = filed_in(folder, mailing.roster, Expected(mailing.tracker, round_.id, mailing.version))
    planner = _Planner(mailing, text, standing, named, bounced or {}, found, by_hand, again)
    planned = Planned()
    for unit in planner.units:
        planned.add(planner.outcome(unit))
    for code in sorted(set(mailing.asked).difference(unit.code for unit in mailing.roster.units)):
        planned.add(Skip(code, "名册里没有这个单位，没有发。"))
    shared = () if by_hand else planner.shared()
    planned.notes += [*planner.strays(), *shared, *_edited(planned.letters, issued)]
    return planned


@frozen
class _Past:
    """What went to a unit before in this round, oldest first."""

    mails: Sequence[Mail]

    @property
    def last(self) -> Mail | None:
        """The last one that was sent, or may have been."""
        out = [mail for mail in self.mails if mail.went_out]
        return max(out, key=lambda mail: mail.count) if out else None

    @property
    def unknown_at(self) -> str:
        """The address that its server did not know at the last attempt, else ""."""
        last = self.mails[-1] if self.mails else None
        return last.address if last and last.found_nobody else ""

    def sent(self, sha256: str) -> Mail | None:
        """The last one that was sent with this content."""
        same = [mail for mail in self.mails if mail.state == "sent" and mail.sha256 == sha256]
        return max(same, key=lambda mail: mail.count) if same else None

    def awaits(self, letter: Letter) -> bool:
        """Whether an earlier run was to send the letter and broke off, or met a refusal."""
        return any(
            mail.message_id == letter.message_id and mail.state in ("queued", "refused")
            for mail in self.mails
        )


@define
class _Planner:
    mailing: Mailing
    text: Text
    standing: Mapping[str, Mail]
    named: Collection[str]
    bounced: Mapping[str, str]
    found: list[Filed]
    by_hand: str = ""
    again: bool = False
    units: list[Unit] = field(init=False)
    _files: dict[str, list[Filed]] = field(factory=lambda: defaultdict(list), init=False)
    _mails: dict[str, list[Mail]] = field(factory=lambda: defaultdict(list), init=False)
    #: files that a unit's note speaks of
    _told: set[Path] = field(factory=set, init=False)

    def __attrs_post_init__(self) -> None:
        wanted = self.named or self.mailing.asked
        self.units = [unit for unit in self.mailing.roster.units if unit.code in wanted]
        for file in self.found:
            for code in file.units:
                self._files[code].append(file)
        for mail in self.standing.values():
            if mail.round == self.mailing.round.id and mail.kind == KIND:
                self._mails[mail.unit].append(mail)

    def outcome(self, unit: Unit) -> Letter | Skip:
        """What becomes of a unit that the run is about."""
        past, address = self._past(unit), Address(self.by_hand) if self.by_hand else addresses.look(unit)
        file, why = self._file_of(unit)
        last, insisted = past.last, unit.code in self.named
        if file is None:
            if last and last.unsure:
                return _unsure(unit, last, why if insisted else "")
            before = f"本轮模板已于 {_moment(last.when)} 发过；" if last else ""
            return Skip(label(unit), f"{before}{why}")
        letter = self._letter(unit, file, address.text, past)
        fresh = insisted or past.awaits(letter) or last is None or file.version != last.version
        if last and last.unsure and not fresh:
            return _unsure(unit, last)
        if sent := past.sent(file.sha256):
            moved = address.text != "" and sent.address.lower() != address.text.lower()
            if not self._came_back(sent) and not (insisted and (moved or self.by_hand or self.again)):
                return _done(unit, sent, moved and not self.by_hand)
        elif last and not fresh and not self._came_back(last):
            note = (
                f"本轮模板已于 {_moment(last.when)} 发过；文件后来又生成过，要补发请加 --unit {unit.code}。"
            )
            return Skip(label(unit), note)
        if hindrance := self._hindrance(unit, address, past, insisted):
            return _unsure(unit, last, hindrance) if last and last.unsure else Skip(label(unit), hindrance)
        return letter

    def _past(self, unit: Unit) -> _Past:
        return _Past(sorted(self._mails[unit.code], key=lambda mail: mail.at))

    def _file_of(self, unit: Unit) -> tuple[Filed | None, str]:
        """The unit's template, or why there is none to send."""
        if unit.code not in self.mailing.asked:
            return None, "本轮没有要它填报的任务，没有发。"
        about = self._files[unit.code]
        good = [file for file in about if not file.problem]
        if len(good) == 1:
            return good[0], ""
        self._told.update(file.path for file in good or about)
        if good:
            names = L.SEP.join(f"“{file.path.name}”" for file in good)
            return None, f"它有{len(good)}个模板文件（{names}），不知道发哪一个，都没有发；请只留下一个。"
        if about:
            return None, "".join(file.sentence for file in about)
        return None, f"文件夹里没有它的模板，没有发；请先运行“eduxl templates --unit {unit.code}”。"

    def _hindrance(self, unit: Unit, address: Address, past: _Past, insisted: bool) -> str:
        """Why nothing can be mailed to the unit now, else ""."""
        if not address.text:
            return address.note
        known = {past.unknown_at.lower(): "不认这个地址", self.bounced.get(unit.code, "").lower(): "退了信"}
        what = known.get(address.text.lower())
        if what is None or insisted:
            return ""
        return addresses.given_up(unit, address.text, what)

    def _came_back(self, mail: Mail) -> bool:
        return self.bounced.get(mail.unit, "").lower() == mail.address.lower()

    def _letter(self, unit: Unit, file: Filed, to: str, past: _Past) -> Letter:
        mailing, last = self.mailing, past.last
        count = last.count + 1 if last else 1
        mark, opening = _FIRST
        if last and last.sha256 != file.sha256:
            mark, opening = UPDATED
        elif last and (last.unsure or self.again):
            mark, opening = AGAIN
        subject, body = self.text.fill(**mailing.words(unit.name, unit.code), 附件=file.path.name)
        text = mark + subject, opening + body
        return mailing.letter(unit, to, KIND, count, text, file.attachment, file.sha256, file.version)

    # --- what is to be known besides --------------------------------------------------------------
    def strays(self) -> Iterator[str]:
        """Sentences on files that go to nobody and that no unit's note speaks of."""
        codes = {unit.code for unit in self.units}
        for file in self.found:
            others = codes.isdisjoint(file.units)
            if file.path in self._told or (self.named and others):
                continue
            if file.problem:
                yield file.sentence
            elif others:
                yield f"本轮没有要“{file.path.name}”的单位填报，没有发。"

    def shared(self) -> Iterator[str]:
        """Sentences on addresses that several units have."""
        asked = [unit for unit in self.mailing.roster.units if unit.code in self.mailing.asked]
        for address, owners in addresses.shared(asked).items():
            if any(unit in self.units for unit in owners):
                yield addresses.shared_by(address, owners)


def _edited(letters: list[Letter], issued: Container[str] | None) -> Iterator[str]:
    edited = [letter.label for letter in letters if issued is not None and letter.sha256 not in issued]
    if edited:
        yield f"{listed(edited)} 的模板生成以后有人改过，按现在的内容发。"


def _done(unit: Unit, mail: Mail, moved: bool) -> Skip:
    note = f"本轮模板已于 {_moment(mail.when)} 发过"
    if mail.address.startswith(FOLDER):
        note += f"，放在{mail.address}；要再发一次请加 --unit {unit.code}"
    elif moved:
        note += f"，发到 {mail.address}；名册里的邮箱后来改了，要发到新的邮箱请加 --unit {unit.code}"
    return Skip(label(unit), f"{note}。", done=True)


def _unsure(unit: Unit, mail: Mail, why: str = "") -> Unsure:
    note = (
        f"{_moment(mail.when)} 发到 {mail.address} 时连接中断，不能确定对方收到没有，不会自动重发。"
        f"请到邮箱的“已发送”里查看，或问一下对方；要再发一次请加 --unit {unit.code}。"
    )
    return Unsure(label(unit), note + why)


def _moment(at: datetime) -> str:
    return f"{at.month}月{at.day}日 {at:%H:%M}"
