"""A table of its own in the tracker's ledger file: rows are only added, each on disk when the call returns.

It is written beside merges, without the tracker's lock.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, ClassVar, Self

from attrs import define, field

from eduxl.files import explained
from eduxl.tracker.place import LEDGER

if TYPE_CHECKING:
    import sqlalchemy as sa
    from sqlalchemy.engine import Connection

#: Seconds to wait for another process that writes: a merge of thousands of returns books them in one transaction.
BUSY = 120


@define
class Journal(ABC):
    """What outbox and inbox have in common; `memory` is the tracker's memory folder, `name` what clerks call the table.

    Use as a context manager. Between two calls no transaction is open. Looking alone writes nothing. Every call raises
    `FileProblem` where the disk refuses, or another process writes for longer than `BUSY` seconds.
    """

    name: ClassVar[str]

    memory: Path
    _open: Connection | None = field(default=None, init=False)
    _has_table: bool = field(default=False, init=False)

    def __enter__(self) -> Self:
        from eduxl.tracker.ledger import connect

        path = self.memory / LEDGER
        with explained(f"打开{self.name}"):
            path.stat()  # SQLite would make an empty one
            # one connection for the whole run: SQLite folds its log back when the last one is closed
            self._open = connect(path).connect()
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

    @property
    def _db(self) -> Connection:
        assert self._open is not None
        return self._open

    @abstractmethod
    def _table(self) -> sa.Table:
        """The table."""

    def _add(self, rows: Sequence[dict[str, Any]]) -> None:
        """Add rows, all or none; the table is made where it is missing."""
        if not rows:
            return
        table = self._table()
        with explained(f"写入{self.name}"), self._transaction(writes=True) as db:
            if not self._is_there(db):
                table.create(db)
            db.execute(table.insert(), rows)

    def _found(self, query: sa.Select[Any]) -> Sequence[Any]:
        """The rows of a query; none where there is no table yet."""
        with explained(f"读取{self.name}"), self._transaction(writes=False) as db:
            return db.execute(query).all() if self._is_there(db) else []

    @contextmanager
    def _transaction(self, *, writes: bool) -> Iterator[Connection]:
        db = self._db.execution_options(writes=writes)
        with db.begin():
            yield db

    def _is_there(self, db: Connection) -> bool:
        if not self._has_table:
            import sqlalchemy as sa

            self._has_table = sa.inspect(db).has_table(self._table().name)
        return self._has_table
