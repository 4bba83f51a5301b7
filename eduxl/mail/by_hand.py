"""Templates to units without mail: into a folder for a U 盘, a QQ group or 钉钉, with the records that mail leaves.

Each file stands whole in the folder or not at all, and is booked when it does: a run that breaks off is gone on with by
the next one. Nothing that somebody may have written on is replaced.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from attrs import define, field

from eduxl import files
from eduxl.errors import EduxlError, FileProblem
from eduxl.mail import hand_list, locking
from eduxl.mail.calls import group_of
from eduxl.mail.filenames import safe
from eduxl.mail.folder import hash_of, numbered, refuse_own, same_key
from eduxl.mail.hand_list import Handed
from eduxl.mail.letter import Letter
from eduxl.mail.mailing import Mailing, Planned, Skip
from eduxl.mail.outbox import Mail, Outbox
from eduxl.mail.planning import FOLDER, KIND, plan_templates
from eduxl.mail.results import Failed, SendResult, Sent
from eduxl.mail.texts import TEMPLATE, Text
from eduxl.tracker.place import templates_of
from eduxl.tracker.records import Issued

if TYPE_CHECKING:
    from eduxl.mail.desk import Desk
    from eduxl.mail.mailroom import Mailroom, Progress
    from eduxl.mail.settings import Settings

LIST, WORDS = f"{hand_list.NAME}.xlsx", "发群里的话.txt"
_DOING = "放填报表"
_GOES_ON = "再运行一次同样的命令就接着放，放好的不会重放。"


def hand_out(
    room: Mailroom,
    sender: Settings,
    place: Path,
    folder: Path | None = None,
    *,
    round_id: str | None = None,
    units: Sequence[str] = (),
    dry_run: bool = False,
    progress: Progress | None = None,
) -> SendResult:
    """Put each unit's template under `place`; see `Mailroom.hand_out`. `sender` is whose words go along."""
    master, memory = room.tracker.path, room.tracker.memory
    refuse_own(place, master)

    def planned(desk: Desk) -> _Handout:
        mailing = desk.mailing(sender)
        source = folder or templates_of(master, desk.round.id)
        return _Handout.of(place, source, mailing, Text.of(master, TEMPLATE), desk)

    if dry_run:
        handout = planned(room.open_desk(round_id, units))
        room.notes += handout.planned.notes
        handout.result.sent += map(Sent.of, handout.planned.letters)
        return handout.result
    with locking.held(memory):
        handout = planned(room.open_desk(round_id, units))
        room.notes += handout.planned.notes
        with Outbox(memory) as outbox:
            handout.fill(outbox, progress)
            room.notes += handout.explain(outbox.standing().values())
        if handout.result.sent:
            room.open_desk(round_id, units, shows=True)
    return handout.result


@define
class _Handout:
    """One run: where everything goes under `place`. `issued` tells of each template that was written whose it is."""

    place: Path
    mailing: Mailing
    text: Text
    planned: Planned
    issued: Mapping[str, str]
    result: SendResult
    #: where the templates go, by Message-ID
    _targets: dict[str, Path] = field(factory=dict, init=False)

    @property
    def address(self) -> str:
        """What stands in the records instead of an address."""
        return _address(self.place)

    @classmethod
    def of(cls, place: Path, source: Path, mailing: Mailing, text: Text, desk: Desk) -> _Handout:
        """The run for what stands: what is left to do is in `planned`, the rest in `result`."""
        state = desk.state
        planned = plan_templates(
            source,
            mailing,
            text,
            desk.past,
            named=desk.wanted,
            bounced=desk.bounced,
            issued=state.issued,
            by_hand=_address(place),
        )
        facts = (fact for _, fact in state.records.standing()) if state.records else ()
        issued = {fact.sha256: fact.unit for fact in facts if isinstance(fact, Issued)}
        made = cls(place, mailing, text, planned, issued, SendResult())
        made._lay(desk.past.values())
        made.result = SendResult.of(planned)
        return made

    # --- where it goes ----------------------------------------------------------------------------
    def _lay(self, past: Iterable[Mail]) -> None:
        """Give each letter its place; what lies there and is booked needs nothing."""
        booked = {(mail.unit, mail.sha256, mail.address) for mail in past if self._is_mine(mail)}
        taken: set[str] = set()
        left = []
        with files.explained(_DOING):
            for letter in self.planned.letters:
                target = self._target(letter, taken)
                taken.add(same_key(target))
                if (letter.unit, letter.sha256, letter.to) in booked and hash_of(target) == letter.sha256:
                    note = f"“{self._shown(target)}”还在文件夹里，没有再放。"
                    self.planned.skipped.append(Skip(letter.label, note, done=True))
                else:
                    self._targets[letter.message_id] = target
                    left.append(letter)
        self.planned.letters = left

    def _target(self, letter: Letter, taken: set[str]) -> Path:
        """A name that is free, has this very file, or an earlier template of the unit that nobody has written on."""
        unit = self.mailing.roster.unit(letter.unit)
        assert unit is not None
        group = safe(group_of(unit).translate(str.maketrans("/\\", "／＼"))) or "其他单位"
        name = letter.attachments[0].name
        for target in numbered(self.place / group / (safe(name) or name)):
            if same_key(target) in taken:
                continue
            if not os.path.lexists(target):
                return target
            there = hash_of(target)
            if there == letter.sha256 or self.issued.get(there) == letter.unit:
                return target
        raise AssertionError("names never end")

    def _shown(self, path: Path) -> str:
        return path.relative_to(self.place).as_posix()

    # --- the files --------------------------------------------------------------------------------
    def fill(self, outbox: Outbox, progress: Progress | None) -> None:
        """Put the templates there, each booked as soon as it stands."""
        letters = self.planned.letters
        outbox.queue(letters)
        with files.explained(_DOING):
            self._sweep()
        for at, letter in enumerate(letters, 1):
            try:
                data = letter.attachments[0].read()
            except EduxlError as error:
                outbox.refused(letter, "", str(error))
                self.result.failed.append(Failed(letter.label, letter.to, "", str(error)))
                continue
            target = self._targets[letter.message_id]
            try:
                self._put(target, data)
            except FileProblem as problem:
                self._stop(str(problem), letters[at - 1 :])
                return
            outbox.sent(letter, "", self._shown(target))
            self.result.sent.append(Sent.of(letter))
            if progress:
                progress(at, len(letters))

    def _stop(self, why: str, waiting: Sequence[Letter]) -> None:
        """The folder takes no more: the next run goes on."""
        self.result.stopped = why
        self.result.failed += [Failed(each.label, each.to, "", f"{why}{_GOES_ON}") for each in waiting]

    def _put(self, target: Path, data: bytes) -> None:
        """Write a file whole; one of the same content stays as it is. Raises `FileProblem`."""
        with files.explained(_DOING):
            if hash_of(target) == hashlib.sha256(data).hexdigest():
                return
            target.parent.mkdir(parents=True, exist_ok=True)
            beside = target.with_name(self._begun)
            try:
                beside.write_bytes(data)
                files.sync(beside)
                os.replace(beside, target)
            finally:
                beside.unlink(missing_ok=True)
            files.sync(target.parent)

    @property
    def _begun(self) -> str:
        """What a begun file is called: `intake` takes it for a temporary one; one run of a tracker writes at a time."""
        return f".~eduxl-{hashlib.sha256(self.mailing.tracker.encode()).hexdigest()[:8]}.part"

    def _sweep(self) -> None:
        """Take away what a run that died had only begun."""
        if self.place.is_dir():
            for folder in (self.place, *(each for each in self.place.iterdir() if each.is_dir())):
                (folder / self._begun).unlink(missing_ok=True)

    # --- what goes along --------------------------------------------------------------------------
    def explain(self, standing: Iterable[Mail]) -> Iterator[str]:
        """Write the list to sign on and the words for the group, for all that lies here; sentences on them."""
        handed = self._handed(standing)
        if not handed:
            return
        groups = list(dict.fromkeys(each.group for each in handed))
        words = (
            hand_list.group_words(self.text, self.mailing, groups).replace("\n", "\r\n").encode("utf-8-sig")
        )
        sheet = hand_list.list_bytes(handed, self.mailing.title, self.mailing.round)
        try:
            with files.explained(_DOING):
                target = self._free(LIST, lambda data: _is_untouched(data, handed))
                if not (
                    target.exists() and hand_list.rows_of(target.read_bytes()) == hand_list.rows_of(sheet)
                ):
                    self._put(target, sheet)
                words_at = self._free(WORDS, lambda data: data == words)
                self._put(words_at, words)
        except FileProblem as problem:
            yield f"“{LIST}”“{WORDS}”没有写全：{problem}"
            return
        if self.result.sent:
            yield f"按学区的“{target.name}”可以打印出来签收，“{words_at.name}”可以贴到群里，都在 {self.place}。"

    def _handed(self, standing: Iterable[Mail]) -> list[Handed]:
        """The units whose templates were put here in this round, by 学区, in the order of the roster."""
        mine = {
            mail.unit: mail for mail in sorted(standing, key=lambda mail: mail.count) if self._is_mine(mail)
        }
        units = self.mailing.roster.units
        order = {name: at for at, name in enumerate(dict.fromkeys(map(group_of, units)))}
        found = [Handed(group_of(unit), unit, mine[unit.code].words) for unit in units if unit.code in mine]
        return sorted(found, key=lambda each: order[each.group])

    def _is_mine(self, mail: Mail) -> bool:
        """Whether it says that a template was put here in this round."""
        mine = self.mailing.round.id, KIND, "sent", self.address
        return (mail.round, mail.kind, mail.state, mail.address) == mine

    def _free(self, name: str, is_ours: Callable[[bytes], bool]) -> Path:
        """Where a file of this name goes: a name that is free, or a file that nobody has written on."""
        for target in numbered(self.place / name):
            if not os.path.lexists(target) or (target.is_file() and is_ours(target.read_bytes())):
                return target
        raise AssertionError("names never end")


def _is_untouched(data: bytes, handed: Sequence[Handed]) -> bool:
    rows = hand_list.rows_of(data)
    return rows is not None and hand_list.is_untouched(rows, handed)


def _address(place: Path) -> str:
    return FOLDER + (place.resolve().name or str(place))
