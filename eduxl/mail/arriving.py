"""What one mail comes to: its returns on the shelf, the facts they make, and what is to be said about the rest."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path

from attrs import define, evolve, field, frozen

from eduxl import labels as L
from eduxl.mail import message as mails
from eduxl.mail.gathering import Usable, gather
from eduxl.mail.inbox import Arrived, Kept, News
from eduxl.mail.incoming import Item
from eduxl.mail.message import Message
from eduxl.mail.received import Received, received
from eduxl.mail.shelf import Shelf
from eduxl.returns.context import Context
from eduxl.returns.named import label
from eduxl.roster import Roster
from eduxl.tracker.records import Bounced, Fetched

#: Seconds by which a file system may keep a file's time otherwise than it was set.
_CLOCK = 2.5
_NO_DATE = "没有写明或无法识别"
_DOUBTFUL = "认不出是哪个单位的，发件人也不在名册里，没有收；如果是填报表，请在邮箱里把它另存到 "


@frozen
class Known:
    """What the tracker knows. `fetched` are its facts by hash, `returns` the hashes of all content it has merged or
    refused, `issued` those of the templates written, `bounced` what came back by unit; `own` is the mailbox's address
    and `sent` the Message-IDs of what went out from it. `context` is that of the round, as a merge reads with it.
    """

    roster: Roster
    context: Context
    fetched: Mapping[str, Fetched] = field(factory=dict)
    returns: Collection[str] = frozenset()
    issued: Collection[str] = frozenset()
    bounced: Mapping[str, Bounced] = field(factory=dict)
    own: str = ""
    sent: Collection[str] = frozenset()


@define
class Arrivals:
    """Takes in the mails of a round, one by one. `facts` are those that the tracker does not have yet, by hash: of one
    content the mail that came first.

    In folders for junk the rules are the same, but a stranger's mail (no unit of the roster has the address) is passed
    over without a word, and so are its files, unless a unit's name stands on a return or they may hold one.
    """

    round: str
    shelf: Shelf
    known: Known
    now: datetime
    facts: dict[str, Fetched] = field(factory=dict, init=False)
    _by_content: dict[str, Arrived] = field(factory=dict, init=False)
    _by_id: dict[str, Arrived] = field(factory=dict, init=False)
    _paths: set[str] = field(factory=set, init=False)

    def learn(self, mail: Arrived) -> None:
        """A mail that the inbox has."""
        # what a clerk moves out of the junk is looked at afresh
        if mail.sha256 and mail.outcome != "junk":
            self._by_content[mail.sha256] = mail
        if mail.message_id:
            self._by_id[mail.message_id] = mail
        self._paths |= {kept.path for kept in mail.kept}
        if not mail.told:
            for fact in mail.facts:
                if isinstance(fact, Fetched) and self._is_first(fact):
                    self.facts[fact.sha256] = fact

    def is_lost(self, mail: Arrived) -> bool:
        """Whether returns of this round that were saved are neither in the folder nor in the tracker."""
        if mail.outcome != "taken" or mail.round != self.round:
            return False
        return any(not self._has(kept) for kept in mail.kept)

    def _has(self, kept: Kept) -> bool:
        if (self._root / kept.path).is_file() or self._is_merged(kept.contents):
            return True
        return self.shelf.find_any(kept.contents[0]) is not None

    def _is_merged(self, contents: tuple[str, ...]) -> bool:
        """`contents` as in `Kept`: of an archive the tracker has the members."""
        whole, *members = contents
        returns = self.known.returns
        return whole in returns or (bool(members) and all(member in returns for member in members))

    def too_large(self, item: Item, header: Message) -> Arrived:
        """A mail of which only the header was read."""
        note = f"这封邮件有 {item.size >> 20} MB，太大，没有收；里面如果有填报表，请在邮箱里把附件另存到 {self._place}"
        mail = Arrived(
            item.key,
            self.round,
            "ignored",
            item.received or header.delivered or header.date,
            header.message_id,
            sender=_sender(header),
            subject=header.subject,
            folder=item.folder,
        )
        return self._settled(mail, note)

    def take(self, item: Item, raw: bytes, *, gives_time: bool) -> Arrived:
        """A mail that was downloaded; `gives_time` as in `Box`. Raises `FileProblem`."""
        digest = hashlib.sha256(raw).hexdigest()
        same = self._by_content.get(digest)
        if same and not self.is_lost(same):
            # The folder was made anew, or the mail lies there twice.
            return evolve(same, key=item.key, folder=item.folder, facts=(), notes=(), told=True)
        message = mails.read(raw)
        is_receipt = message.auto_reply and _is_receipt(message, raw)
        del raw  # the files are in memory besides
        server = item.received if gives_time else message.delivered
        when = received(message.date, server, self.now)
        mail = Arrived(
            item.key,
            self.round,
            "ignored",
            when.at,
            message.message_id,
            digest,
            _sender(message),
            message.subject,
            folder=item.folder,
        )
        if message.message_id in self.known.sent and message.sender == self.known.own.casefold():
            return self._settled(mail, "是本邮箱自己发出的邮件")
        if message.bounce:
            notes, facts = self._bounced(message)
            return self._settled(evolve(mail, facts=facts), *notes)
        if message.auto_reply and not message.attachments:
            what = "已读回执" if is_receipt else "自动回复"
            return self._settled(mail, f"{what}，没有附件")
        return self._with_returns(mail, message, when)

    def _settled(self, mail: Arrived, *notes: str, doubts: Sequence[str] = ()) -> Arrived:
        """A mail of which nothing was saved, with phrases why; `doubts` are told whoever sent it."""
        if self._is_strange(mail) and not mail.facts:
            notes = ()
        notes = tuple(dict.fromkeys((*notes, *doubts)))
        if not mail.folder:
            return evolve(mail, notes=notes)
        return evolve(mail, outcome="junk", notes=notes, told=not (notes or mail.facts))

    def _is_strange(self, mail: Arrived) -> bool:
        """Whether it lies in a folder for junk and comes from nobody of the roster."""
        known = {unit.email.strip().casefold() for unit in self.known.roster.units} - {""}
        return bool(mail.folder) and mail.sender.casefold() not in known

    # --- returns ----------------------------------------------------------------------------------
    def _with_returns(self, mail: Arrived, message: Message, when: Received) -> Arrived:
        gathered = gather(message, when.at, self.known.context, self.known.roster, self.known.issued)
        kept: list[Kept] = []
        facts: list[News] = []
        again: list[str] = []
        strange = self._is_strange(mail)
        notes, doubts = list(gathered.notes), []
        for file in gathered.usable:
            if strange and not file.labels:
                doubts.append(f"附件“{file.given}”{_DOUBTFUL}{self._place}")
                continue
            path, is_new, moment, note = self._placed(file, when.at)
            contents = tuple(content.sha256 for content in file.contents)
            if path:
                kept.append(Kept(path, L.SEP.join(file.labels), contents, is_new))
            if note:
                again.append(note)
            if file.note:
                notes.append(file.note)
            facts += self._facts_of(file, path or f"{self._place}/{file.name}", mail, message, moment, when)
        if again and self._came_before(mail):
            again = ["同一封邮件收到了两次，附件已经收过"]
        notes += [*again, *self._other_notes(message, seen=gathered.seen)]
        mail = evolve(mail, facts=tuple(facts))
        if not kept:
            return self._settled(mail, *notes, doubts=doubts)
        told = tuple(dict.fromkeys((*notes, *doubts)))
        return evolve(mail, outcome="taken", kept=tuple(kept), notes=told)

    def _came_before(self, mail: Arrived) -> bool:
        before = self._by_id.get(mail.message_id) if mail.message_id else None
        return before is not None and before.place != mail.place and before.outcome == "taken"

    def _placed(self, file: Usable, came: datetime) -> tuple[str, bool, datetime, str]:
        """(path or "", whether it is saved there by us, when the content came, phrase why it was not saved)."""
        contents = tuple(content.sha256 for content in file.contents)
        there = self.shelf.find(contents[0], len(file.data))
        if there is not None:
            path = self._shown(there)
            moment = datetime.fromtimestamp(there.stat().st_mtime)
            # A run that was killed left it there, before it could note that.
            same_time = abs((moment - came).total_seconds()) < _CLOCK
            mine = there == self.shelf.folder / file.name and path not in self._paths and same_time
            if mine:
                return path, True, came, ""
            note = f"附件“{file.given}”和已经收到的“{path}”内容一样，没有再存"
            return path, False, min(came, moment), note
        if self._is_merged(contents):
            return "", False, came, f"附件“{file.given}”的内容已经汇总过，没有再存"
        return self._shown(self.shelf.put(file.name, file.data, came)), True, came, ""

    def _facts_of(
        self, file: Usable, path: str, mail: Arrived, message: Message, came: datetime, when: Received
    ) -> Iterator[News]:
        """What the tracker does not know yet; of one content it knows the mail that came first."""
        doubt = ""
        if when.doubtful:
            doubt = f"{message.date:%Y-%m-%d %H:%M}" if message.date else _NO_DATE
        for content in file.contents:
            fact = Fetched(
                self.round,
                content.sha256,
                f"{path}/{content.inside}" if content.inside else path,
                content.by_mail,
                mail.sender,
                mail.subject,
                mail.message_id,
                came,
                doubt,
            )
            if self._is_first(fact):
                self.facts[content.sha256] = fact
                yield fact

    def _is_first(self, fact: Fetched) -> bool:
        known = self.facts.get(fact.sha256) or self.known.fetched.get(fact.sha256)
        return known is None or fact.received < known.received

    def _other_notes(self, message: Message, *, seen: bool) -> Iterator[str]:
        """What is to be said of a mail besides its files."""
        services = L.SEP.join(dict.fromkeys(link.service for link in message.links))
        if services:
            yield f"附件是{services}的链接，没有随邮件寄来；请在网页邮箱里打开下载，放到 {self._place}"
        elif not seen:
            yield "没有附件"
        yield from message.problems

    # --- what came back -----------------------------------------------------------------------------
    def _bounced(self, message: Message) -> tuple[tuple[str, ...], tuple[News, ...]]:
        assert message.bounce
        notes, facts = [], []
        for failure in message.bounce.failed:
            units = [
                unit
                for unit in self.known.roster.units
                if unit.email.casefold() == failure.address.casefold()
            ]
            whose = L.SEP.join(label(unit) for unit in units) or "名册里没有这个邮箱"
            words = f"：{failure.words}" if failure.words else ""
            notes.append(f"退信，{failure.address}（{whose}）没有收到{words}")
            facts += [Bounced(unit.code, unit.email, failure.words) for unit in units]
        for failure in message.bounce.delayed:
            notes.append(f"退信（延迟），{failure.address} 还没有收到，邮件服务器还在试，不用处理")
        return tuple(notes or ["退信，没有写明是哪个地址"]), tuple(facts)

    # --- paths --------------------------------------------------------------------------------------
    @property
    def _root(self) -> Path:
        """The master's folder."""
        return self.shelf.folder.parent.parent

    @property
    def _place(self) -> str:
        return self.shelf.folder.relative_to(self._root).as_posix()

    def _shown(self, path: Path) -> str:
        return path.relative_to(self._root).as_posix()


def _sender(message: Message) -> str:
    return message.sender or message.sender_name


def _is_receipt(message: Message, raw: bytes) -> bool:
    return b"disposition-notification" in raw.lower() or bool(mails._READ.match(message.subject))
