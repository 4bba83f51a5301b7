"""What became of each mail that came in: rows in the tracker's ledger file, each on disk when its call returns.

Rows are only ever added; the last one of a mail's key counts. A row holds all that was learned from the mail, facts
included, until it is `told`: what a killed run took in is told and booked by the next one.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal

from attrs import asdict, define, evolve, field, frozen

from eduxl import __version__
from eduxl.files import explained
from eduxl.mail.incoming import FOLDER
from eduxl.mail.outbox import BUSY
from eduxl.tracker.place import LEDGER
from eduxl.tracker.records import Bounced, Fetched

if TYPE_CHECKING:
    import sqlalchemy as sa
    from sqlalchemy.engine import Connection

Outcome = Literal["taken", "ignored", "old"]
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
    for. `sha256` is of the whole mail, "" where only its header was read; `received` is local time; `notes` are Chinese
    phrases. `told` is True once facts and notes have been passed on.
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


@define
class Inbox:
    """The mails of one folder of one account. Use as a context manager.

    Between two calls no transaction is open. Looking alone writes nothing. Every call raises `FileProblem` where the
    disk refuses, or another process writes for longer than `BUSY` seconds.
    """

    memory: Path
    account: str
    folder: str = FOLDER
    _open: Connection | None = field(default=None, init=False)
    _has_table: bool = field(default=False, init=False)

    def __enter__(self) -> Inbox:
        from eduxl.tracker.ledger import _connect

        path = self.memory / LEDGER
        with explained("打开收件记录"):
            path.stat()  # SQLite would make an empty one
            self._open = _connect(path).connect()
            self._db.exec_driver_sql(f"PRAGMA busy_timeout = {BUSY * 1000}")
            self._db.rollback()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._open is not None:
            self._open.close()
            self._open.engine.dispose()
            self._open = None

    def add(self, mails: Iterable[Arrived]) -> None:
        """Note what became of mails; all are noted together, or none."""
        rows = [self._row(mail) for mail in mails]
        if not rows:
            return
        inbox = _inbox()
        with explained("写入收件记录"), self._transaction(writes=True) as db:
            if not self._found(db):
                inbox.create(db)
            db.execute(inbox.insert(), rows)

    def told(self, mails: Iterable[Arrived]) -> None:
        """Their facts are in the tracker, and people have seen what was saved and what was not."""
        self.add(evolve(mail, facts=(), notes=(), told=True) for mail in mails)

    def standing(self) -> dict[str, Arrived]:
        """Key → its last row, in the order of those rows."""
        import sqlalchemy as sa

        inbox = _inbox()
        with explained("读取收件记录"), self._transaction(writes=False) as db:
            if not self._found(db):
                return {}
            mine = (inbox.c.account == self.account) & (inbox.c.folder == self.folder)
            last = sa.select(sa.func.max(inbox.c.id)).where(mine).group_by(inbox.c.key)
            rows = db.execute(sa.select(inbox).where(inbox.c.id.in_(last)).order_by(inbox.c.id))
            return {row.key: _arrived(row) for row in rows}

    @property
    def _db(self) -> Connection:
        assert self._open is not None
        return self._open

    def _found(self, db: Connection) -> bool:
        if not self._has_table:
            import sqlalchemy as sa

            self._has_table = sa.inspect(db).has_table(_inbox().name)
        return self._has_table

    @contextmanager
    def _transaction(self, *, writes: bool) -> Iterator[Connection]:
        db = self._db.execution_options(writes=writes)
        with db.begin():
            yield db

    def _row(self, mail: Arrived) -> dict[str, Any]:
        more = {
            "kept": [asdict(kept) for kept in mail.kept],
            "notes": mail.notes,
            "facts": [[type(fact).__name__, asdict(fact)] for fact in mail.facts],
        }
        return {
            "account": self.account,
            "folder": self.folder,
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


def _arrived(row: Any) -> Arrived:
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
