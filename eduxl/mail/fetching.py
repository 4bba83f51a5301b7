"""Returns that came by mail, into the folder of their round: each mail is downloaded once, each content saved once.

A file is on disk before the inbox knows of it, and the inbox knows it with its facts before anybody is told: a run that
is killed at any moment loses nothing, and the next one tells and books what it left.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import date, datetime
from pathlib import Path

from attrs import define, evolve, field, frozen

from eduxl import labels as L
from eduxl.errors import MailError
from eduxl.mail import message as mails
from eduxl.mail.gathering import Usable, gather
from eduxl.mail.inbox import Arrived, Inbox, Kept, News
from eduxl.mail.incoming import LARGEST, Box, Gone, Item, Withheld
from eduxl.mail.message import Message
from eduxl.mail.received import Received, received
from eduxl.mail.shelf import Shelf
from eduxl.model import Round
from eduxl.returns.context import Context
from eduxl.returns.named import label
from eduxl.roster import Roster
from eduxl.tracker.records import Bounced, Fetched

Progress = Callable[[int, int], None]

_NO_DATE = "没有写明或无法识别"


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


@frozen
class Saved:
    """A file that was saved: `path` relative to the master's folder, with "/"; `unit` is "code name" or ""; `sender`
    an address; `received` local time.
    """

    path: str
    unit: str
    sender: str
    subject: str
    received: datetime


@frozen
class Passed:
    """A mail of which something was not saved; `note` says what and why."""

    sender: str
    subject: str
    note: str


@frozen
class FetchResult:
    """What is to be told and booked: `facts` in the tracker, then `mails` by `Inbox.told`. `notes` are sentences.

    `interrupted` is why not all mails were looked at, None where all were.
    """

    saved: tuple[Saved, ...]
    ignored: tuple[Passed, ...]
    facts: tuple[News, ...]
    notes: tuple[str, ...]
    mails: tuple[Arrived, ...] = field(repr=False)
    interrupted: MailError | None = None

    def to_json(self) -> dict[str, object]:
        """The fixed JSON of `eduxl fetch --json`."""
        return {
            "saved": [
                {
                    "path": file.path,
                    "unit": file.unit,
                    "from": file.sender,
                    "subject": file.subject,
                    "received": file.received.isoformat(timespec="seconds"),
                }
                for file in self.saved
            ],
            "ignored": [
                {"from": mail.sender, "subject": mail.subject, "note": mail.note} for mail in self.ignored
            ],
        }


def fetch(
    box: Box,
    inbox: Inbox,
    *,
    round: Round,
    since: date,
    folder: Path,
    known: Known,
    mark_seen: bool = False,
    progress: Progress | None = None,
    now: datetime | None = None,
) -> FetchResult:
    """Save the returns among the mails since a day in `folder`, which is returns/ROUND in the master's folder.

    Where the connection breaks, the result holds what was fetched until then. Raises `FileProblem`; what was saved
    before is in the inbox. One run at a time, which the caller sees to.
    """
    run = _Run(box, inbox, round, since, Shelf(folder), known, now or datetime.now())
    run.begin()
    interrupted: MailError | None = None
    try:
        run.look(progress)
        if mark_seen and run.taken and not box.mark_seen(run.taken):
            run.notes.append("这个邮箱用 POP3 收信，不能把邮件标成已读。")
    except MailError as error:
        interrupted = error
        run.notes.append(str(error))
    return run.result(interrupted)


@define
class _Run:
    box: Box
    inbox: Inbox
    round: Round
    since: date
    shelf: Shelf
    known: Known
    now: datetime
    notes: list[str] = field(factory=list)
    #: mails from which something was saved by this run
    taken: list[Item] = field(factory=list)
    _standing: dict[str, Arrived] = field(factory=dict, init=False)
    _by_content: dict[str, Arrived] = field(factory=dict, init=False)
    _by_id: dict[str, Arrived] = field(factory=dict, init=False)
    _news: list[Arrived] = field(factory=list, init=False)
    _facts: dict[str, Fetched] = field(factory=dict, init=False)

    def begin(self) -> None:
        """What is known, and what an earlier run had no time to tell."""
        self.shelf.sweep()
        self._standing = self.inbox.standing()
        for mail in self._standing.values():
            self._learn(mail)
            if not mail.told:
                self._news.append(mail)
                self._remember(mail)

    def look(self, progress: Progress | None) -> None:
        items = list(self.box.listed(self.since))
        for place, item in enumerate(items, 1):
            try:
                self._item(item)
            except Gone:
                pass  # deleted or moved a moment ago: nobody wants it fetched
            except Withheld as refusal:
                self.notes.append(f"有一封邮件服务器没有给出（{refusal}），没有收；请再运行一次。")
            if progress:
                progress(place, len(items))

    def result(self, interrupted: MailError | None) -> FetchResult:
        saved = [
            Saved(kept.path, kept.unit, mail.sender, mail.subject, mail.received or self.now)
            for mail in self._news
            for kept in mail.kept
            if kept.saved
        ]
        ignored = [
            Passed(mail.sender, mail.subject, "；".join(mail.notes)) for mail in self._news if mail.notes
        ]
        bounced = [
            fact
            for mail in self._news
            for fact in mail.facts
            if isinstance(fact, Bounced) and self.known.bounced.get(fact.unit) != fact
        ]
        facts: tuple[News, ...] = (*self._facts.values(), *dict.fromkeys(bounced))
        return FetchResult(
            tuple(saved), tuple(ignored), facts, tuple(self.notes), tuple(self._news), interrupted
        )

    # --- one mail ---------------------------------------------------------------------------------
    def _item(self, item: Item) -> None:
        before = self._standing.get(item.key)
        if before and before.outcome == "old":
            if before.received is None or before.received.date() < self.since:
                return
        elif before and not self._is_lost(before):
            return
        header = None
        if not self.box.gives_time:
            header = mails.read(self.box.header(item))
            came = header.delivered or header.date
            if came and came.date() < self.since:
                self._note(Arrived(item.key, self.round.id, "old", came, header.message_id, told=True))
                return
        if item.size > LARGEST:
            self._note(self._too_large(item, header or mails.read(self.box.header(item))))
            return
        raw = self.box.raw(item)
        mail = self._arrived(item, raw)
        self._note(mail)
        if any(kept.saved for kept in mail.kept) and not mail.told:
            self.taken.append(item)

    def _is_lost(self, mail: Arrived) -> bool:
        """Whether returns of this round that were saved are neither in the folder nor in the tracker."""
        if mail.outcome != "taken" or mail.round != self.round.id:
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

    def _note(self, mail: Arrived) -> None:
        """On disk first."""
        self.inbox.add([mail])
        self._standing[mail.key] = mail
        self._learn(mail)
        if not mail.told:
            self._news.append(mail)

    def _learn(self, mail: Arrived) -> None:
        if mail.sha256:
            self._by_content[mail.sha256] = mail
        if mail.message_id:
            self._by_id[mail.message_id] = mail

    def _too_large(self, item: Item, header: Message) -> Arrived:
        note = f"这封邮件有 {item.size >> 20} MB，太大，没有收；里面如果有填报表，请在邮箱里把附件另存到 {self._place}"
        return Arrived(
            item.key,
            self.round.id,
            "ignored",
            item.received or header.delivered or header.date,
            header.message_id,
            sender=_sender(header),
            subject=header.subject,
            notes=(note,),
        )

    def _arrived(self, item: Item, raw: bytes) -> Arrived:
        digest = hashlib.sha256(raw).hexdigest()
        same = self._by_content.get(digest)
        if same and not self._is_lost(same):
            # The folder was made anew, or the mail lies there twice.
            return evolve(same, key=item.key, facts=(), notes=(), told=True)
        message = mails.read(raw)
        server = item.received if self.box.gives_time else message.delivered
        when = received(message.date, server, self.now)
        mail = Arrived(
            item.key,
            self.round.id,
            "ignored",
            when.at,
            message.message_id,
            digest,
            _sender(message),
            message.subject,
        )
        if message.message_id in self.known.sent and message.sender == self.known.own.casefold():
            return evolve(mail, notes=("是本邮箱自己发出的邮件",))
        if message.bounce:
            notes, facts = self._bounced(message)
            return evolve(mail, notes=notes, facts=facts)
        if message.auto_reply and not message.attachments:
            what = "已读回执" if _is_receipt(message, raw) else "自动回复"
            return evolve(mail, notes=(f"{what}，没有附件",))
        return self._with_returns(mail, message, when)

    # --- returns ----------------------------------------------------------------------------------
    def _with_returns(self, mail: Arrived, message: Message, when: Received) -> Arrived:
        gathered = gather(message, when.at, self.known.context, self.known.roster, self.known.issued)
        kept: list[Kept] = []
        facts: list[News] = []
        again: list[str] = []
        notes = list(gathered.notes)
        for file in gathered.usable:
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
        return evolve(
            mail,
            outcome="taken" if kept else "ignored",
            kept=tuple(kept),
            notes=tuple(dict.fromkeys(notes)),
            facts=tuple(facts),
        )

    def _came_before(self, mail: Arrived) -> bool:
        before = self._by_id.get(mail.message_id) if mail.message_id else None
        return before is not None and before.key != mail.key and before.outcome == "taken"

    def _placed(self, file: Usable, came: datetime) -> tuple[str, bool, datetime, str]:
        """(path or "", whether it is saved there by us, when the content came, phrase why it was not saved)."""
        contents = tuple(content.sha256 for content in file.contents)
        there = self.shelf.find(contents[0], len(file.data))
        if there is not None:
            path = self._shown(there)
            moment = datetime.fromtimestamp(there.stat().st_mtime)
            # A run that was killed left it there, before it could note that.
            mine = there == self.shelf.folder / file.name and path not in self._paths
            if mine:
                return path, True, came, ""
            note = f"附件“{file.given}”和已经收到的“{path}”内容一样，没有再存"
            return path, False, min(came, moment), note
        if self._is_merged(contents):
            return "", False, came, f"附件“{file.given}”的内容已经汇总过，没有再存"
        return self._shown(self.shelf.put(file.name, file.data, came)), True, came, ""

    @property
    def _paths(self) -> set[str]:
        """Of all files that the inbox knows."""
        return {kept.path for mail in self._standing.values() for kept in mail.kept}

    def _facts_of(
        self, file: Usable, path: str, mail: Arrived, message: Message, came: datetime, when: Received
    ) -> Iterator[News]:
        """What the tracker does not know yet; of one content it knows the mail that came first."""
        doubt = ""
        if when.doubtful:
            doubt = f"{message.date:%Y-%m-%d %H:%M}" if message.date else _NO_DATE
        for content in file.contents:
            fact = Fetched(
                self.round.id,
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
                self._facts[content.sha256] = fact
                yield fact

    def _is_first(self, fact: Fetched) -> bool:
        known = self._facts.get(fact.sha256) or self.known.fetched.get(fact.sha256)
        return known is None or fact.received < known.received

    def _remember(self, mail: Arrived) -> None:
        for fact in mail.facts:
            if isinstance(fact, Fetched) and self._is_first(fact):
                self._facts[fact.sha256] = fact

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
