"""What became of each message that went out: rows in the tracker's ledger file, each on disk when its call returns.

Rows are only ever added, one for each change of state; the last one of a Message-ID counts. `begun` is written right
before the server gets the content, so a message whose last row is `begun` may or may not have arrived.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any, Literal

from attrs import define, frozen

from eduxl.mail.journal import Journal
from eduxl.mail.letter import Letter
from eduxl.mail.words import meaning

if TYPE_CHECKING:
    import sqlalchemy as sa

State = Literal["queued", "begun", "sent", "refused", "withdrawn"]


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
    def went_out(self) -> bool:
        """Whether it was accepted, or may have been."""
        return self.state in ("sent", "begun")

    @property
    def found_nobody(self) -> bool:
        """Whether it was refused because the address is nobody's."""
        code = int(self.code) if self.code.isdecimal() else 0
        return self.state == "refused" and meaning(code, self.words).kind == "unknown-address"

    @property
    def when(self) -> datetime:
        """`at` by the clerk's clock."""
        return (self.at if self.at.tzinfo else self.at.replace(tzinfo=UTC)).astimezone()

    @property
    def purpose(self) -> tuple[str, str, str, int]:
        """Round, unit, kind and count: what it was for, whatever its content."""
        return self.round, self.unit, self.kind, self.count


@define
class Outbox(Journal):
    """The messages of the tracker whose memory folder is `memory`. Use as a context manager."""

    name = "发件记录"

    def queue(self, letters: Iterable[Letter]) -> None:
        """They are to go out; all are noted together, or none."""
        self._note(*((letter, "queued", "", "") for letter in letters))

    def begin(self, letter: Letter) -> None:
        """Its content is about to be handed over: from here on it is unsure."""
        self._note((letter, "begun", "", ""))

    def sent(self, letter: Letter, code: str = "", words: str = "") -> None:
        """The server accepted it."""
        self._note((letter, "sent", code, words))

    def refused(self, letter: Letter, code: str = "", words: str = "") -> None:
        """The server refused it, or it could not be made: it is not on its way."""
        self._note((letter, "refused", code, words))

    def withdrawn(self, letter: Letter, code: str = "", words: str = "") -> None:
        """It is not to be waited for any more."""
        self._note((letter, "withdrawn", code, words))

    def standing(self) -> dict[str, Mail]:
        """Message-ID → its last row, in the order of those rows."""
        import sqlalchemy as sa

        mails = _mails()
        last = sa.select(sa.func.max(mails.c.id)).group_by(mails.c.message_id)
        wanted = sa.select(*(column for column in mails.c if column.name != "id"))
        rows = self._found(wanted.where(mails.c.id.in_(last)).order_by(mails.c.id))
        return {row.message_id: Mail(*row) for row in rows}

    def _table(self) -> sa.Table:
        return _mails()

    def _note(self, *states: tuple[Letter, State, str, str]) -> None:
        self._add([_row(*state) for state in states])


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
