"""What became of each message that went out: rows in the tracker's ledger file, each on disk when its call returns.

Rows are only ever added, one for each change of state; the last one of a Message-ID counts. `begun` is written right
before the server gets the content, so a message whose last row is `begun` may or may not have arrived.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal

from attrs import define, field, frozen

from eduxl.files import explained
from eduxl.mail.letter import Letter
from eduxl.tracker.place import LEDGER

if TYPE_CHECKING:
    import sqlalchemy as sa
    from sqlalchemy.engine import Connection

State = Literal["queued", "begun", "sent", "refused", "withdrawn"]

#: Seconds to wait for another process that writes: a merge of thousands of returns books them in one transaction.
BUSY = 120


@frozen
class Mail:
    """The last row of a message. `at` is UTC; `code` and `words` are the server's, where it said something."""

    message_id: str
    round: str
    unit: str
    kind: str
    count: int
    address: str
    sha256: str
    state: State
    code: str
    words: str
    at: datetime
    version: str

    @property
    def unsure(self) -> bool:
        """Whether nobody but the server knows if it was accepted."""
        return self.state == "begun"

    @property
    def purpose(self) -> tuple[str, str, str, int]:
        """Round, unit, kind and count: what it was for, whatever its content."""
        return self.round, self.unit, self.kind, self.count


@define
class Outbox:
    """The messages of the tracker whose memory folder is `memory`. Use as a context manager.

    Between two calls no transaction is open. Looking alone writes nothing. Every call raises `FileProblem` where the
    disk refuses, or another process writes for longer than `BUSY` seconds.
    """

    memory: Path
    _open: Connection | None = field(default=None, init=False)
    _has_table: bool = field(default=False, init=False)

    def __enter__(self) -> Outbox:
        from eduxl.tracker.ledger import _connect

        path = self.memory / LEDGER
        with explained("打开发件记录"):
            path.stat()  # SQLite would make an empty one
            # one connection for the whole batch: SQLite folds its log back when the last one is closed
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

    def queue(self, letters: Iterable[Letter]) -> None:
        """They are to go out; all are noted together, or none."""
        self._add([(letter, "queued", "", "") for letter in letters])

    def begin(self, letter: Letter) -> None:
        """Its content is about to be handed over: from here on it is unsure."""
        self._add([(letter, "begun", "", "")])

    def sent(self, letter: Letter, code: str = "", words: str = "") -> None:
        """The server accepted it."""
        self._add([(letter, "sent", code, words)])

    def refused(self, letter: Letter, code: str = "", words: str = "") -> None:
        """The server refused it, or it could not be made: it is not on its way."""
        self._add([(letter, "refused", code, words)])

    def withdrawn(self, letter: Letter, code: str = "", words: str = "") -> None:
        """It is not to be waited for any more."""
        self._add([(letter, "withdrawn", code, words)])

    def standing(self) -> dict[str, Mail]:
        """Message-ID → its last row, in the order of those rows."""
        import sqlalchemy as sa

        mails = _mails()
        with explained("读取发件记录"), self._transaction(writes=False) as db:
            if not self._found(db):
                return {}
            last = sa.select(sa.func.max(mails.c.id)).group_by(mails.c.message_id)
            wanted = sa.select(*(column for column in mails.c if column.name != "id"))
            rows = db.execute(wanted.where(mails.c.id.in_(last)).order_by(mails.c.id))
            return {row.message_id: Mail(*row) for row in rows}

    @property
    def _db(self) -> Connection:
        assert self._open is not None
        return self._open

    def _found(self, db: Connection) -> bool:
        if not self._has_table:
            import sqlalchemy as sa

            self._has_table = sa.inspect(db).has_table(_mails().name)
        return self._has_table

    @contextmanager
    def _transaction(self, *, writes: bool) -> Iterator[Connection]:
        db = self._db.execution_options(writes=writes)
        with db.begin():
            yield db

    def _add(self, states: list[tuple[Letter, State, str, str]]) -> None:
        if not states:
            return
        mails = _mails()
        with explained("写入发件记录"), self._transaction(writes=True) as db:
            if not self._found(db):
                mails.create(db)
            db.execute(mails.insert(), [_row(*state) for state in states])


def _row(letter: Letter, state: State, code: str, words: str) -> dict[str, Any]:
    return {
        "message_id": letter.message_id,
        "round": letter.round,
        "unit": letter.unit,
        "kind": letter.kind,
        "count": letter.count,
        "address": letter.to,
        "sha256": letter.sha256,
        "state": state,
        "code": code,
        "words": words,
        "at": datetime.now(UTC).replace(tzinfo=None),
        "version": letter.version,
    }


@cache
def _mails() -> sa.Table:
    import sqlalchemy as sa

    return sa.Table(
        "mails",
        sa.MetaData(),
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("message_id", sa.String(255), nullable=False),
        sa.Column("round", sa.String(32), nullable=False),
        sa.Column("unit", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("count", sa.Integer, nullable=False),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("code", sa.String(8), nullable=False),
        sa.Column("words", sa.Text, nullable=False),
        sa.Column("at", sa.DateTime, nullable=False),
        sa.Column("version", sa.String(32), nullable=False),
    )
