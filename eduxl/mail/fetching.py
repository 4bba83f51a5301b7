"""Returns that came by mail, into the folder of their round: each mail is downloaded once, each content saved once.

A file is on disk before the inbox knows of it, and the inbox knows it with its facts before anybody is told: a run that
is killed at any moment loses nothing, and the next one tells and books what it left.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from datetime import date, datetime
from pathlib import Path, PurePosixPath

from attrs import define, evolve, field, frozen

from eduxl.errors import MailError
from eduxl.mail import message as mails
from eduxl.mail.arriving import Arrivals, Known
from eduxl.mail.inbox import Arrived, Inbox, News, place_of
from eduxl.mail.incoming import LARGEST, Box, Gone, Item, Withheld
from eduxl.mail.shelf import Shelf
from eduxl.model import Round
from eduxl.summary import listed
from eduxl.tracker.records import Bounced

__all__ = ["FetchResult", "Known", "Passed", "Saved", "fetch"]

Progress = Callable[[int, int], None]


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

    Folders for junk are looked into as well; of what is no return there, little is told (see `Arrivals`).

    Where the connection breaks, the result holds what was fetched until then. Raises `FileProblem`; what was saved
    before is in the inbox. One run at a time, which the caller sees to.
    """
    arrivals = Arrivals(round.id, Shelf(folder), known, now or datetime.now())
    run = _Run(box, inbox, since, arrivals)
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
    since: date
    arrivals: Arrivals
    notes: list[str] = field(factory=list)
    #: mails from which something was saved by this run
    taken: list[Item] = field(factory=list)
    _standing: dict[str, Arrived] = field(factory=dict, init=False)
    _news: dict[str, Arrived] = field(factory=dict, init=False)
    _seen: int = field(default=0, init=False)
    _total: int = field(default=0, init=False)

    def begin(self) -> None:
        """What is known, and what an earlier run had no time to tell."""
        self.arrivals.shelf.sweep()
        for mail in self.inbox.standing().values():
            self._learn(mail)

    def look(self, progress: Progress | None) -> None:
        for folder in self.box.folders():
            with suppress(Withheld):  # a server may keep a junk folder to itself
                self._folder(list(self.box.listed(self.since, folder)), progress)

    def _folder(self, items: list[Item], progress: Progress | None) -> None:
        self._total += len(items)
        for item in items:
            try:
                self._item(item)
            except Gone:
                pass  # deleted or moved a moment ago: nobody wants it fetched
            except Withheld as refusal:
                self.notes.append(f"有一封邮件服务器没有给出（{refusal}），没有收；请再运行一次。")
            self._seen += 1
            if progress:
                progress(self._seen, self._total)

    def result(self, interrupted: MailError | None) -> FetchResult:
        saved = [
            Saved(kept.path, kept.unit, mail.sender, mail.subject, mail.received or self.arrivals.now)
            for mail in self._news.values()
            for kept in mail.kept
            if kept.saved
        ]
        ignored = [
            Passed(mail.sender, mail.subject, _where(mail) + "；".join(mail.notes))
            for mail in self._news.values()
            if mail.notes
        ]
        bounced = [
            fact
            for mail in self._news.values()
            for fact in mail.facts
            if isinstance(fact, Bounced) and self.arrivals.known.bounced.get(fact.unit) != fact
        ]
        facts: tuple[News, ...] = (*self.arrivals.facts.values(), *dict.fromkeys(bounced))
        notes = (*_from_junk(self._news.values()), *self.notes)
        return FetchResult(
            tuple(saved), tuple(ignored), facts, notes, tuple(self._news.values()), interrupted
        )

    # --- one mail ---------------------------------------------------------------------------------
    def _item(self, item: Item) -> None:
        before = self._standing.get(place_of(item.folder, item.key))
        if before and before.outcome == "old":
            if before.received is None or before.received.date() < self.since:
                return
        elif before and not self.arrivals.is_lost(before):
            return
        header = None
        if not self.box.gives_time:
            header = mails.read(self.box.header(item))
            came = header.delivered or header.date
            if came and came.date() < self.since:
                old = Arrived(item.key, self.arrivals.round, "old", came, header.message_id, told=True)
                self._note(evolve(old, folder=item.folder))
                return
        if item.size > LARGEST:
            self._note(self.arrivals.too_large(item, header or mails.read(self.box.header(item))))
            return
        mail = self.arrivals.take(item, self.box.raw(item), gives_time=self.box.gives_time)
        self._note(mail)
        if any(kept.saved for kept in mail.kept) and not mail.told:
            self.taken.append(item)

    def _note(self, mail: Arrived) -> None:
        """On disk first."""
        self.inbox.add([mail])
        self._learn(mail)

    def _learn(self, mail: Arrived) -> None:
        self._standing[mail.place] = mail
        self.arrivals.learn(mail)
        if not mail.told:
            self._news[mail.place] = mail


def _where(mail: Arrived) -> str:
    return f"在邮箱的“{mail.folder}”里，" if mail.folder else ""


def _from_junk(mails: Iterable[Arrived]) -> Iterator[str]:
    """A sentence for each folder for junk in which returns were."""
    found: dict[str, list[str]] = {}
    for mail in mails:
        saved = [kept for kept in mail.kept if kept.saved]
        if mail.folder and saved:
            whose = (kept.unit or PurePosixPath(kept.path).name for kept in saved)
            found.setdefault(mail.folder, []).extend(f"{name}（{mail.sender}）" for name in whose)
    for folder, names in found.items():
        yield f"在邮箱的“{folder}”里也找到了{len(names)}份填报表，已收下：{listed(names)}；请把发件人加入白名单。"
