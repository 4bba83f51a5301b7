"""What became of each mail that came in: rows in the tracker's ledger file, each on disk when its call returns.

Rows are only ever added; the last one of a mail's key counts. A row holds all that was learned from the mail, facts
included, until it is `told`: what a killed run took in is told and booked by the next one.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any, Literal

from attrs import asdict, define, evolve, frozen

from eduxl import __version__
from eduxl.mail.incoming import FOLDER
from eduxl.mail.journal import Journal
from eduxl.tracker.records import Bounced, Fetched

if TYPE_CHECKING:
    import sqlalchemy as sa

Outcome = Literal["taken", "ignored", "old", "junk"]
News = Fetched | Bounced


@frozen
class Kept:
    """A file of a mail whose content lies in the folder of returns. `path` is relative to the master's folder, with
    "/"; `unit` is "code name" or "" and `contents` are the hashes of the file and of what it holds; `saved` is False
    where that content was there before.
    """

    path: str
    unit: str
    contents: tuple[str, ...]
    saved: bool


@frozen
class Arrived:
    """A mail that was looked at. `outcome` is `taken` where returns came of it, `old` where it came before the day asked
    for, `junk` where it lay in a folder for junk and none came of it. `sha256` is of the whole mail, "" where only its
    header was read; `received` is local time; `notes` are Chinese phrases. `told` is True once facts and notes have been
    passed on. `folder` is where it lay, "" for where mails come in.
    """

    key: str
    round: str
    outcome: Outcome
    received: datetime | None
    message_id: str = ""
    sha256: str = ""
    sender: str = ""
    subject: str = ""
    kept: tuple[Kept, ...] = ()
    notes: tuple[str, ...] = ()
    facts: tuple[News, ...] = ()
    told: bool = False
    folder: str = ""

    @property
    def place(self) -> str:
        """Its key in the whole account."""
        return place_of(self.folder, self.key)


def place_of(folder: str, key: str) -> str:
    """As `Arrived.place`."""
    return f"{folder}/{key}" if folder else key


@define
class Inbox(Journal):
    """The mails of one account; they come in in `folder`. Use as a context manager."""

    name = "收件记录"

    account: str
    folder: str = FOLDER

    def add(self, mails: Iterable[Arrived]) -> None:
        """Note what became of mails; all are noted together, or none."""
        self._add([self._row(mail) for mail in mails])

    def told(self, mails: Iterable[Arrived]) -> None:
        """Their facts are in the tracker, and people have seen what was saved and what was not."""
        self.add(evolve(mail, facts=(), notes=(), told=True) for mail in mails)

    def standing(self) -> dict[str, Arrived]:
        """Place → its last row, in the order of those rows."""
        import sqlalchemy as sa

        inbox = _inbox()
        mine = inbox.c.account == self.account
        last = sa.select(sa.func.max(inbox.c.id)).where(mine).group_by(inbox.c.folder, inbox.c.key)
        rows = self._found(sa.select(inbox).where(inbox.c.id.in_(last)).order_by(inbox.c.id))
        mails = [_arrived(row, "" if row.folder == self.folder else row.folder) for row in rows]
        return {mail.place: mail for mail in mails}

    def _table(self) -> sa.Table:
        return _inbox()

    def _row(self, mail: Arrived) -> dict[str, Any]:
        more = {
            "kept": [asdict(kept) for kept in mail.kept],
            "notes": mail.notes,
            "facts": [[type(fact).__name__, asdict(fact)] for fact in mail.facts],
        }
        return {
            "account": self.account,
            "folder": mail.folder or self.folder,
            "key": mail.key,
            "round": mail.round,
            "outcome": mail.outcome,
            "received": mail.received,
            "message_id": mail.message_id,
            "sha256": mail.sha256,
            "sender": mail.sender,
            "subject": mail.subject,
            "more": json.dumps(more, ensure_ascii=False, default=datetime.isoformat),
            "told": mail.told,
            "at": datetime.now(UTC).replace(tzinfo=None),
            "version": __version__,
        }


def _arrived(row: Any, folder: str) -> Arrived:
    more = json.loads(row.more)
    return Arrived(
        row.key,
        row.round,
        row.outcome,
        row.received,
        row.message_id,
        row.sha256,
        row.sender,
        row.subject,
        tuple(Kept(**{**kept, "contents": tuple(kept["contents"])}) for kept in more["kept"]),
        tuple(more["notes"]),
        tuple(_fact(*fact) for fact in more["facts"]),
        row.told,
        folder,
    )


def _fact(kind: str, values: dict[str, Any]) -> News:
    if kind == "Bounced":
        return Bounced(**values)
    return Fetched(**{**values, "received": datetime.fromisoformat(values["received"])})


@cache
def _inbox() -> sa.Table:
    import sqlalchemy as sa

    return sa.Table(
        "inbox",
        sa.MetaData(),
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("account", sa.String(255), nullable=False),
        sa.Column("folder", sa.String(255), nullable=False),
        sa.Column("key", sa.String(255), nullable=False),
        sa.Column("round", sa.String(32), nullable=False),
        sa.Column("outcome", sa.String(16), nullable=False),
        sa.Column("received", sa.DateTime),
        sa.Column("message_id", sa.Text, nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("sender", sa.Text, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        # what is kept, notes and facts, as JSON
        sa.Column("more", sa.Text, nullable=False),
        sa.Column("told", sa.Boolean, nullable=False),
        sa.Column("at", sa.DateTime, nullable=False),
        sa.Column("version", sa.String(32), nullable=False),
        sa.Index("inbox_by_mail", "account", "folder", "key"),
    )
