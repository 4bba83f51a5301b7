"""The tracker's memory: an append-only record of all that was received and decided, in SQL.

SQLite in WAL mode by default; any SQLAlchemy URL will do. It stores and loads `Records`; what they mean
is `state`'s business. Rows are only ever added (but for `meta` and the workbook generations).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from itertools import groupby
from pathlib import Path
from types import TracebackType
from typing import Any

import sqlalchemy as sa
from attrs import asdict, frozen
from sqlalchemy.engine import Connection, Engine

from eduxl.errors import TrackerError
from eduxl.model import Entry, IndicatorValue, Plan, Problem, Return, Warning
from eduxl.plan.document import plan_from_json, plan_to_json
from eduxl.roster import Roster, roster_from_json, roster_to_json
from eduxl.tracker import lock
from eduxl.tracker.records import (
    Bounced,
    Closure,
    Confirmation,
    Contact,
    Event,
    Extension,
    Fact,
    Fetched,
    Issued,
    Listed,
    Mailed,
    Misread,
    Records,
    Rejected,
    Remark,
    Review,
    Revised,
    RoundClosed,
    RoundOpened,
    SeenBefore,
    Setting,
    Undone,
)

SCHEMA_VERSION = 4

_metadata = sa.MetaData()


def _event_column() -> sa.Column[int]:
    return sa.Column("event", sa.Integer, sa.ForeignKey("events.seq"), nullable=False, index=True)


def _table(name: str, *columns: sa.Column[Any]) -> sa.Table:
    """A table of facts: each row belongs to an event and keeps its place in the order of recording."""
    return sa.Table(name, _metadata, sa.Column("id", sa.Integer, primary_key=True), _event_column(), *columns)


meta = sa.Table(
    "meta",
    _metadata,
    sa.Column("key", sa.String(64), primary_key=True),
    sa.Column("value", sa.Text, nullable=False),
)
events = sa.Table(
    "events",
    _metadata,
    sa.Column("seq", sa.Integer, primary_key=True),
    sa.Column("as_of", sa.Date, nullable=False),
    sa.Column("command", sa.String(32), nullable=False),
    sa.Column("summary", sa.Text, nullable=False),
    # since version 3: the wall clock in UTC, and user@host
    sa.Column("recorded", sa.DateTime),
    sa.Column("who", sa.Text, nullable=False, server_default=""),
)
plans = _table("plans", sa.Column("content", sa.JSON, nullable=False))
rosters = _table("rosters", sa.Column("content", sa.JSON, nullable=False))
rounds_opened = _table(
    "rounds_opened",
    sa.Column("round", sa.String(32), nullable=False),
    sa.Column("due", sa.Date, nullable=False),
)
rounds_closed = _table(
    "rounds_closed",
    sa.Column("round", sa.String(32), nullable=False, unique=True),
    sa.Column("rows", sa.JSON, nullable=False),
)
returns = _table(
    "returns",
    sa.Column("sha256", sa.String(64), nullable=False, index=True),
    sa.Column("path", sa.Text, nullable=False),
    sa.Column("unit", sa.String(64), nullable=False),
    sa.Column("round", sa.String(32), nullable=False),
    sa.Column("received", sa.DateTime, nullable=False),
    sa.Column("modified", sa.DateTime),
    sa.Column("file_time", sa.DateTime, nullable=False),
    sa.Column("indicators", sa.JSON, nullable=False),
    sa.Column("problems", sa.JSON, nullable=False),
)
entries = sa.Table(
    "entries",
    _metadata,
    sa.Column("return_id", sa.Integer, sa.ForeignKey("returns.id"), primary_key=True),
    sa.Column("task", sa.Integer, primary_key=True),
    sa.Column("status", sa.String(16), nullable=False),
    sa.Column("progress", sa.Float),
    sa.Column("done_on", sa.Date),
    sa.Column("report", sa.Text, nullable=False),
    sa.Column("problems", sa.Text, nullable=False),
    sa.Column("next_steps", sa.Text, nullable=False),
    sa.Column("evidence", sa.Text, nullable=False),
    sa.Column("reporter", sa.Text, nullable=False),
    sa.Column("phone", sa.Text, nullable=False),
    sa.Column("cell", sa.String(128), nullable=False),
    sa.Column("raw", sa.JSON, nullable=False),
)
warnings = sa.Table(
    "warnings",
    _metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("return_id", sa.Integer, sa.ForeignKey("returns.id"), nullable=False, index=True),
    sa.Column("code", sa.String(32), nullable=False),
    sa.Column("level", sa.String(8), nullable=False),
    sa.Column("task", sa.Integer),
    sa.Column("cell", sa.String(128), nullable=False),
    sa.Column("value", sa.Text, nullable=False),
    sa.Column("note", sa.Text, nullable=False),
    sa.Column("fix", sa.Text, nullable=False),
)
rejects = _table(
    "rejects",
    sa.Column("sha256", sa.String(64), nullable=False),
    sa.Column("path", sa.Text, nullable=False),
    sa.Column("round", sa.String(32), nullable=False),
    sa.Column("code", sa.String(32), nullable=False),
    sa.Column("note", sa.Text, nullable=False),
    sa.Column("received", sa.DateTime, nullable=False),
)
reviews = _table(
    "reviews",
    sa.Column("round", sa.String(32), nullable=False),
    sa.Column("unit", sa.String(64), nullable=False),
    sa.Column("task", sa.Integer, nullable=False),
    sa.Column("result", sa.Text, nullable=False),
    sa.Column("note", sa.Text, nullable=False),
)
extensions = _table(
    "extensions",
    sa.Column("unit", sa.String(64), nullable=False),
    sa.Column("task", sa.Integer, nullable=False),
    sa.Column("due", sa.Date),
)
misreads = _table(
    "misreads",
    sa.Column("column", sa.String(16), nullable=False),
    sa.Column("unit", sa.String(64), nullable=False),
    sa.Column("task", sa.Integer, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
)
seen_before = _table(
    "seen_before",
    sa.Column("round", sa.String(32), nullable=False),
    sa.Column("sha256", sa.String(64), nullable=False),
    sa.Column("path", sa.Text, nullable=False),
    sa.Column("received", sa.DateTime, nullable=False),
    sa.Column("file_time", sa.DateTime, nullable=False),
)
issued = _table(
    "issued",
    sa.Column("round", sa.String(32), nullable=False),
    sa.Column("unit", sa.String(64), nullable=False),
    sa.Column("sha256", sa.String(64), nullable=False),
)
closures = _table(
    "closures",
    sa.Column("task", sa.Integer, nullable=False),
    sa.Column("value", sa.Text, nullable=False),
)
remarks = _table(
    "remarks",
    sa.Column("task", sa.Integer, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
)
settings = _table(
    "settings",
    sa.Column("name", sa.String(64), nullable=False),
    sa.Column("value", sa.Integer, nullable=False),
)
confirmations = _table(
    "confirmations",
    sa.Column("sha256", sa.String(64), nullable=False),
    sa.Column("unit", sa.String(64), nullable=False),
)
revisions = _table(
    "revisions",
    sa.Column("numbers", sa.JSON, nullable=False),
    sa.Column("added", sa.JSON, nullable=False),
)
undone = _table("undone", sa.Column("events", sa.JSON, nullable=False))
contacts = _table(
    "contacts",
    sa.Column("unit", sa.String(64), nullable=False),
    sa.Column("column", sa.String(16), nullable=False),
    sa.Column("text", sa.Text, nullable=False),
)
mailed = _table(
    "mailed",
    sa.Column("round", sa.String(32), nullable=False),
    sa.Column("unit", sa.String(64), nullable=False),
    sa.Column("kind", sa.String(16), nullable=False),
    sa.Column("count", sa.Integer, nullable=False),
    sa.Column("address", sa.Text, nullable=False),
    sa.Column("message_id", sa.Text, nullable=False),
    sa.Column("sha256", sa.String(64), nullable=False),
    sa.Column("version", sa.String(16), nullable=False),
    sa.Column("state", sa.String(16), nullable=False),
)
fetched = _table(
    "fetched",
    sa.Column("round", sa.String(32), nullable=False),
    sa.Column("sha256", sa.String(64), nullable=False),
    sa.Column("path", sa.Text, nullable=False),
    sa.Column("unit", sa.String(64), nullable=False),
    sa.Column("sender", sa.Text, nullable=False),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("message_id", sa.Text, nullable=False),
    sa.Column("received", sa.DateTime, nullable=False),
    sa.Column("doubt", sa.Text, nullable=False),
)
bounced = _table(
    "bounced",
    sa.Column("unit", sa.String(64), nullable=False),
    sa.Column("address", sa.Text, nullable=False),
    sa.Column("words", sa.Text, nullable=False),
)
listed = _table(
    "listed",
    sa.Column("round", sa.String(32), nullable=False),
    sa.Column("kind", sa.String(16), nullable=False),
)
#: What was written to the workbook, by generation: the baseline against which its clerk inputs are read.
masters = sa.Table(
    "masters",
    _metadata,
    sa.Column("generation", sa.Integer, primary_key=True),
    _event_column(),
    sa.Column("as_of", sa.Date, nullable=False),
    sa.Column("pinned", sa.Boolean, nullable=False),
    sa.Column("digest", sa.String(64), nullable=False),
    sa.Column("cells", sa.String(64), nullable=False),
    sa.Column("inputs", sa.JSON, nullable=False),
    # since version 3: the copy of the workbook that it replaced, whether it was taken back, and the new one
    sa.Column("backup", sa.Text, nullable=False, server_default=""),
    sa.Column("backup_sha256", sa.String(64), nullable=False, server_default=""),
    sa.Column("undone", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("written_sha256", sa.String(64), nullable=False, server_default=""),
)

#: Facts whose record and table have the same columns.
_PLAIN: dict[type[Any], sa.Table] = {
    RoundOpened: rounds_opened,
    Rejected: rejects,
    Review: reviews,
    Extension: extensions,
    Misread: misreads,
    Issued: issued,
    SeenBefore: seen_before,
    Closure: closures,
    Remark: remarks,
    Setting: settings,
    Confirmation: confirmations,
    Revised: revisions,
    Undone: undone,
    Contact: contacts,
    Mailed: mailed,
    Fetched: fetched,
    Bounced: bounced,
    Listed: listed,
}


def _add_undo(db: Connection) -> None:
    """Version 3: who and when, what was taken back, and one content may be booked again after it was."""
    _metadata.create_all(db, tables=[undone])
    for column in (
        events.c.recorded,
        events.c.who,
        masters.c.backup,
        masters.c.backup_sha256,
        masters.c.undone,
        masters.c.written_sha256,
    ):
        definition = sa.schema.CreateColumn(column).compile(dialect=db.dialect)
        db.exec_driver_sql(f"ALTER TABLE {column.table.name} ADD COLUMN {definition}")
    # SQLite takes no constraint off a table: it is made anew, and what refers to it by name stays
    names = ", ".join(column.name for column in returns.columns)
    db.exec_driver_sql(f"CREATE TEMP TABLE kept AS SELECT {names} FROM returns")
    returns.drop(db)
    returns.create(db)
    db.exec_driver_sql(f"INSERT INTO returns ({names}) SELECT {names} FROM kept")
    db.exec_driver_sql("DROP TABLE kept")


#: `MIGRATIONS[n]` brings a ledger of version n to n + 1, inside one transaction in which foreign keys are not enforced.
MIGRATIONS: dict[int, Callable[[Connection], None]] = {
    1: lambda db: _metadata.create_all(db, tables=[revisions]),
    2: _add_undo,
    3: lambda db: _metadata.create_all(db, tables=[contacts, mailed, fetched, bounced, listed]),
}


@frozen
class Generation:
    """One writing of the master: `inputs` are the clerk's cells as it shows them (see `inputs.Inputs`), `cells`
    the digest of eduxl's own."""

    number: int
    as_of: date
    pinned: bool
    digest: str
    cells: str
    inputs: dict[str, Any]
    #: the event under which it was written, so that its task numbers can be told
    event: int = 0
    #: name and hash of the copy in backups/ of the workbook that it replaced; "" where there was none
    backup: str = ""
    backup_sha256: str = ""
    #: True where the merge that wrote it was taken back: its number is not used again
    undone: bool = False
    #: hash of the workbook as it was written; "" where it is not known
    written_sha256: str = ""


class Ledger:
    """An open ledger. Use as a context manager; all writing happens inside `transaction()`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @classmethod
    def create(cls, path: Path, tracker: str) -> Ledger:
        """Make a new, empty ledger file for a tracker id."""
        ledger = cls(connect(path))
        with ledger._engine.begin() as db:
            _metadata.create_all(db)
            db.execute(
                meta.insert(),
                [
                    {"key": "schema_version", "value": str(SCHEMA_VERSION)},
                    {"key": "tracker", "value": tracker},
                ],
            )
        return ledger

    @classmethod
    def open(cls, path: Path) -> Ledger:
        """Open a ledger file and bring it to the present schema.

        Raises `TrackerError` (`bad-ledger`, `newer-schema`), FileNotFoundError.
        """
        path.stat()  # SQLite would make an empty one
        ledger = cls(connect(path))
        try:
            with ledger._engine.connect() as db:
                version = int(_meta(db, "schema_version"))
            if version > SCHEMA_VERSION:
                raise TrackerError(
                    "这个台账是用更新版本的 eduxl 建的，请先升级：pip install -U eduxl。", code="newer-schema"
                )
            if version < SCHEMA_VERSION:
                ledger._migrate()
        except (sa.exc.DatabaseError, LookupError, ValueError) as error:
            ledger.close()
            if _is_environment(error):
                raise
            raise TrackerError(
                f"台账的记录文件 {path} 已损坏，打不开。请从您自己的备份里恢复整个“{path.parent.name}”文件夹。",
                code="bad-ledger",
            ) from error
        except BaseException:
            ledger.close()
            raise
        return ledger

    def _migrate(self) -> None:
        with self._engine.connect().execution_options(writes=True, migrates=True) as db, db.begin():
            version = int(_meta(db, "schema_version"))  # another process may have been faster
            for step in range(version, SCHEMA_VERSION):
                MIGRATIONS[step](db)
            db.execute(meta.update().where(meta.c.key == "schema_version").values(value=str(SCHEMA_VERSION)))

    def __enter__(self) -> Ledger:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self._engine.dispose()

    @property
    def tracker(self) -> str:
        with self._engine.connect() as db:
            return _meta(db, "tracker")

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """All or nothing: what the block recorded is kept when it ends, and dropped when it raises."""
        with self._engine.connect().execution_options(writes=True) as db, db.begin():
            yield Transaction(db)

    def records(self) -> Records:
        """The whole ledger in the order of recording."""
        with self._engine.connect() as db:
            return _load(db)

    def generation(self, number: int | None = None) -> Generation | None:
        """One writing of the master, by default the last that was not taken back; None for a number never written."""
        wanted = masters.c.undone == sa.false() if number is None else masters.c.generation == number
        with self._engine.connect() as db:
            return _generation(db, masters.select().where(wanted).order_by(masters.c.generation.desc()))

    @property
    def latest(self) -> Generation:
        """The last writing of the master; there is one from the tracker's first moment."""
        found = self.generation()
        assert found is not None
        return found


class Transaction:
    """The writing side of a ledger."""

    def __init__(self, db: Connection) -> None:
        self._db = db

    def record(self, as_of: date, command: str, summary: str, facts: Iterable[Fact]) -> Event:
        """Append an event and its facts. `Return` facts get their ids here."""
        recorded, who = lock.now().replace(tzinfo=None, microsecond=0), lock.whoami()
        seq = self._insert(events, as_of=as_of, command=command, summary=summary, recorded=recorded, who=who)
        self._add(seq, facts)
        return Event(seq, as_of, command, summary, recorded, who)

    def take_over(self, records: Records) -> None:
        """Fill an empty ledger with records; each event keeps its number."""
        for event in records.events:
            self._insert(events, **asdict(event))
        for seq, found in groupby(records.facts, key=lambda pair: pair[0].seq):
            self._add(seq, [fact for _, fact in found])

    def _add(self, seq: int, facts: Iterable[Fact]) -> None:
        plain: dict[sa.Table, list[dict[str, Any]]] = {}
        came: list[Return] = []
        for fact in facts:
            if isinstance(fact, Return):
                came.append(fact)
            elif isinstance(fact, Plan):
                plain.setdefault(plans, []).append({"event": seq, "content": plan_to_json(fact, full=True)})
            elif isinstance(fact, Roster):
                plain.setdefault(rosters, []).append({"event": seq, "content": roster_to_json(fact)})
            elif isinstance(fact, RoundClosed):
                rows = [[_encode(value) for value in row] for row in fact.rows]
                plain.setdefault(rounds_closed, []).append({"event": seq, "round": fact.round, "rows": rows})
            else:
                values = {"event": seq, **asdict(fact)}
                plain.setdefault(_PLAIN[type(fact)], []).append(values)
        for table, values_list in plain.items():
            self._db.execute(table.insert(), values_list)
        self._add_returns(seq, came)

    def _add_returns(self, seq: int, facts: Sequence[Return]) -> None:
        last = self._db.execute(sa.select(sa.func.max(returns.c.id))).scalar() or 0
        numbered = list(enumerate(facts, last + 1))
        values = [_return_values(seq, number, fact) for number, fact in numbered]
        said = [{"return_id": number, **asdict(w)} for number, fact in numbered for w in fact.warnings]
        for table, found in ((returns, values), (warnings, said)):
            if found:
                self._db.execute(table.insert(), found)
        if rows := [_entry_row(number, entry) for number, fact in numbered for entry in fact.entries]:
            self._db.exec_driver_sql(str(entries.insert().compile(dialect=self._db.dialect)), rows)

    def _insert(self, table: sa.Table, **values: Any) -> int:
        """Add one row and return its number."""
        key = self._db.execute(table.insert().values(**values)).inserted_primary_key
        assert key is not None
        return int(key[0])

    def records(self, since: int = 0) -> Records:
        """The ledger including what this transaction has recorded so far, from the event of that number on."""
        return _load(self._db, since)

    def next_generation(self) -> int:
        found = self._db.execute(sa.select(sa.func.max(masters.c.generation))).scalar()
        return (found or 0) + 1

    def add_generation(self, generation: Generation, event: int) -> None:
        """Note what is about to be shown in the workbook."""
        self._db.execute(
            masters.insert().values(
                generation=generation.number,
                event=event,
                as_of=generation.as_of,
                pinned=generation.pinned,
                digest=generation.digest,
                cells=generation.cells,
                inputs=generation.inputs,
                backup=generation.backup,
                backup_sha256=generation.backup_sha256,
                written_sha256=generation.written_sha256,
            )
        )

    def generation_of(self, event: int) -> Generation | None:
        """The first writing of the master that showed an event, taken back or not."""
        shows = masters.select().where(masters.c.event >= event)
        return _generation(self._db, shows.order_by(masters.c.generation))

    def take_back(self, number: int) -> None:
        """Let the writings of the master from this one on be none of the last any more."""
        self._db.execute(masters.update().where(masters.c.generation >= number).values(undone=True))

    def set_inputs(self, number: int, inputs: Mapping[str, Any]) -> None:
        """Note the clerk's cells of a generation as they were read."""
        self._db.execute(masters.update().where(masters.c.generation == number).values(inputs=dict(inputs)))

    def last_event(self) -> int:
        return int(self._db.execute(sa.select(sa.func.max(events.c.seq))).scalar_one())


def _generation(db: Connection, wanted: sa.Select[Any]) -> Generation | None:
    """The first writing of the master that a selection finds."""
    r = db.execute(wanted.limit(1)).mappings().first()
    if r is None:
        return None
    values = dict(r)
    return Generation(values.pop("generation"), **values)


# --- loading --------------------------------------------------------------------------------------
def _load(db: Connection, since: int = 0) -> Records:
    def of(table: sa.Table) -> sa.Select[Any]:
        return table.select().where(table.c.event >= since) if since else table.select()

    known = {
        row.seq: Event(row.seq, row.as_of, row.command, row.summary, row.recorded, row.who)
        for row in db.execute(events.select().where(events.c.seq >= since).order_by(events.c.seq))
    }
    facts: list[tuple[int, int, Fact]] = []
    for row in db.execute(of(plans)):
        facts.append((row.event, row.id, plan_from_json(row.content)))
    for row in db.execute(of(rosters)):
        facts.append((row.event, row.id, roster_from_json(row.content)))
    for row in db.execute(of(rounds_closed)):
        rows = tuple(tuple(_decode(value) for value in line) for line in row.rows)
        facts.append((row.event, row.id, RoundClosed(row.round, rows)))
    for kind, table in _PLAIN.items():
        names = [column.name for column in table.columns if column.name not in ("id", "event")]
        for line in db.execute(of(table)).mappings():
            facts.append((line["event"], line["id"], kind(**{name: line[name] for name in names})))
    facts.extend(_load_returns(db, of(returns)))
    # a content that one event both took and, under another name, refused stays refused under that name
    facts.sort(key=lambda item: (item[0], isinstance(item[2], Rejected), item[1]))
    records = Records()
    records.events = list(known.values())
    records.facts = [(known[seq], fact) for seq, _, fact in facts]
    return records


def _load_returns(db: Connection, wanted: sa.Select[Any]) -> Iterator[tuple[int, int, Return]]:
    found = db.execute(wanted.order_by(returns.c.id)).all()
    first = found[0].id if found else 0
    rows_of: dict[int, list[Entry]] = {}
    once: dict[str, str] = {}
    share = once.setdefault
    for (
        return_id, task, status, progress, done_on, report, problems, next_steps, evidence, reporter, phone, cell, raw,
    ) in db.execute(entries.select().where(entries.c.return_id >= first)):  # fmt: skip
        entry = Entry(
            task, share(status, status), progress, done_on, report, share(problems, problems),
            share(next_steps, next_steps), share(evidence, evidence), share(reporter, reporter), share(phone, phone),
            share(cell, cell), raw,
        )  # fmt: skip
        rows_of.setdefault(return_id, []).append(entry)
    said: dict[int, list[Warning]] = {}
    for row in db.execute(warnings.select().where(warnings.c.return_id >= first).order_by(warnings.c.id)):
        _, return_id, *values = row
        said.setdefault(return_id, []).append(Warning(*values))
    for r in found:
        yield (
            r.event,
            r.id,
            Return(
                id=r.id,
                sha256=r.sha256,
                path=r.path,
                unit=r.unit,
                round=r.round,
                received=r.received,
                modified=r.modified,
                file_time=r.file_time,
                entries=tuple(rows_of.get(r.id, ())),
                warnings=tuple(said.get(r.id, ())),
                indicators=tuple(IndicatorValue(**item) for item in r.indicators),
                problems=tuple(Problem(**item) for item in r.problems),
            ),
        )


def _return_values(seq: int, number: int, fact: Return) -> dict[str, Any]:
    return {
        "id": number,
        "event": seq,
        "sha256": fact.sha256,
        "path": fact.path,
        "unit": fact.unit,
        "round": fact.round,
        "received": fact.received,
        "modified": fact.modified,
        "file_time": fact.file_time,
        "indicators": [asdict(item) for item in fact.indicators],
        "problems": [asdict(item) for item in fact.problems],
    }


def _entry_row(return_id: int, entry: Entry) -> tuple[Any, ...]:
    """A row of `entries` as the database keeps it: there are thousands, and most of a merge's writing is theirs."""
    return (
        return_id, entry.task, entry.status, entry.progress, entry.done_on and entry.done_on.isoformat(),
        entry.report, entry.problems, entry.next_steps, entry.evidence, entry.reporter, entry.phone, entry.cell,
        _to_json(entry.raw) if entry.raw else _NOTHING,
    )  # fmt: skip


def _encode(value: Any) -> Any:
    """A cell value as JSON; dates as {"date": …}, moments as {"time": …}."""
    if isinstance(value, datetime):
        return {"time": value.isoformat()}
    if isinstance(value, date):
        return {"date": value.isoformat()}
    return value


def _decode(value: Any) -> Any:
    if isinstance(value, dict):
        if "time" in value:
            return datetime.fromisoformat(value["time"])
        return date.fromisoformat(value["date"])
    return value


# --- connecting -----------------------------------------------------------------------------------
# the clerk's files may hold any character: ensure_ascii off keeps the JSON readable in the database
_to_json = json.JSONEncoder(ensure_ascii=False).encode
_NOTHING = "{}"


def _from_json(text: str) -> Any:
    return {} if text == _NOTHING else json.loads(text)


def connect(path: Path) -> Engine:
    """The engine of a ledger file: whole transactions, on disk when they are committed; they write where `writes` is set."""
    engine = sa.create_engine(
        sa.URL.create("sqlite", database=str(path)),
        json_serializer=_to_json,
        json_deserializer=_from_json,
        poolclass=sa.pool.NullPool,
    )

    @sa.event.listens_for(engine, "connect")
    def _pragmas(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # the driver must not begin transactions on its own
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode = WAL")
        cursor.execute("PRAGMA foreign_keys = ON")
        cursor.execute("PRAGMA synchronous = FULL")
        cursor.close()

    @sa.event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        options = connection.get_execution_options()
        writes = options.get("writes")
        if options.get("migrates"):  # a table that others refer to cannot be made anew otherwise
            connection.exec_driver_sql("PRAGMA foreign_keys = OFF")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _meta(db: Connection, key: str) -> str:
    return str(db.execute(sa.select(meta.c.value).where(meta.c.key == key)).scalar_one())


def _is_environment(error: BaseException) -> bool:
    """True for trouble of the disk or the folder's rights, which is not the ledger's fault."""
    text = str(error)
    return any(
        words in text
        for words in ("disk is full", "readonly", "read-only", "unable to open", "disk I/O", "locked")
    )
