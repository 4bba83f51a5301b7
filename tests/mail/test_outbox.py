"""The rows of outgoing mail in the ledger's file, beside a merge that writes to it at the same time."""

from __future__ import annotations

import sqlite3
import threading
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from attrs import evolve

from eduxl.errors import FileProblem
from eduxl.mail.outbox import Outbox
from eduxl.tracker.ledger import Ledger
from eduxl.tracker.place import LEDGER
from tests.mail.mailing import letter, letters, memory, merging


def rows(folder: Path) -> list[tuple[str, str, str, str]]:
    """Message-ID, state, code and words of every row, read without eduxl."""
    with sqlite3.connect(folder / LEDGER) as db:
        return db.execute("SELECT message_id, state, code, words FROM mails ORDER BY id").fetchall()


def test_each_change_of_state_is_a_row_and_the_last_one_stands(tmp_path: Path) -> None:
    folder, one, two = memory(tmp_path), letter(1), letter(2)
    with Outbox(folder) as outbox:
        outbox.queue([one, two])
        outbox.begin(one)
        outbox.sent(one, "250", "queued as 1")
        outbox.begin(two)
        standing = outbox.standing()
    assert {id_: mail.state for id_, mail in standing.items()} == {
        one.message_id: "sent",
        two.message_id: "begun",
    }
    assert [mail.unsure for mail in standing.values()] == [False, True]
    assert rows(folder) == [
        (one.message_id, "queued", "", ""),
        (two.message_id, "queued", "", ""),
        (one.message_id, "begun", "", ""),
        (one.message_id, "sent", "250", "queued as 1"),
        (two.message_id, "begun", "", ""),
    ]


def test_a_mail_holds_what_the_letter_said(tmp_path: Path) -> None:
    one = letter(7, kind="退回", count=3, version="v2")
    with Outbox(memory(tmp_path)) as outbox:
        outbox.refused(one, "550", "用户不存在")
        (mail,) = outbox.standing().values()
    assert (mail.message_id, mail.round, mail.unit, mail.kind, mail.count) == (
        one.message_id,
        "2026-03",
        "S007",
        "退回",
        3,
    )
    assert (mail.address, mail.sha256, mail.version) == (one.to, one.sha256, "v2")
    assert (mail.state, mail.code, mail.words) == ("refused", "550", "用户不存在")
    assert abs(datetime.now(UTC).replace(tzinfo=None) - mail.at) < timedelta(minutes=5)


@pytest.mark.parametrize("state", ["queue", "begin", "sent", "refused", "withdrawn"])
def test_what_was_noted_is_there_for_others_at_once(tmp_path: Path, state: str) -> None:
    folder, one = memory(tmp_path), letter(1)
    with Outbox(folder) as outbox:
        getattr(outbox, state)([one] if state == "queue" else one)
        with sqlite3.connect(folder / LEDGER) as other:
            assert other.execute("SELECT count(*) FROM mails").fetchone() == (1,)


def test_looking_at_a_ledger_without_mail_changes_nothing(tmp_path: Path) -> None:
    folder = memory(tmp_path)
    with Outbox(folder) as outbox:
        assert outbox.standing() == {}
        outbox.queue([])
    with sqlite3.connect(folder / LEDGER) as db:
        names = {name for (name,) in db.execute("SELECT name FROM sqlite_master")}
    assert "events" in names
    assert "mails" not in names


def test_the_ledger_goes_on_being_one_with_mail_in_it(tmp_path: Path) -> None:
    folder = memory(tmp_path)
    with Outbox(folder) as outbox:
        outbox.queue([letter(1)])
    with Ledger.open(folder / LEDGER) as ledger:
        with ledger.transaction() as tx:
            tx.record(date(2026, 3, 1), "merge", "after", [])
        assert [event.summary for event in ledger.records().events] == ["after"]


def test_letters_are_queued_together_or_not_at_all(tmp_path: Path) -> None:
    folder = memory(tmp_path)
    broken = evolve(letter(2), sha256=None)  # type: ignore[arg-type]
    with Outbox(folder) as outbox:
        with pytest.raises(Exception, match="NOT NULL"):
            outbox.queue([letter(1), broken])
        assert outbox.standing() == {}


def test_twelve_rounds_of_three_hundred_units_are_told_by_their_last_rows(tmp_path: Path) -> None:
    years = [each for month in range(12) for each in letters(300, round_id=f"2026-{month:02}", size=0)]
    with Outbox(memory(tmp_path)) as outbox:
        outbox.queue(years)
        outbox._note(*((each, "begun", "", "") for each in years[:-2]))
        outbox._note(*((each, "sent", "250", "") for each in years[:-4]))
        standing = outbox.standing()
    assert [standing[each.message_id].state for each in years[-5:]] == [
        "sent",
        *["begun"] * 2,
        *["queued"] * 2,
    ]
    assert len(standing) == 3600
    assert sum(mail.state == "sent" for mail in standing.values()) == 3596


# --- with others at the same file -----------------------------------------------------------------
def test_between_two_calls_others_may_write(tmp_path: Path) -> None:
    folder = memory(tmp_path)
    with Outbox(folder) as outbox, Ledger.open(folder / LEDGER) as ledger:
        for number in (1, 2, 3):
            outbox.begin(letter(number))
            outbox.standing()
            with ledger.transaction() as tx:
                tx.record(date(2026, 3, number), "merge", f"{number}", [])
        assert len(outbox.standing()) == 3
        assert len(ledger.records().events) == 3


def test_a_long_merge_only_delays_what_is_noted(tmp_path: Path) -> None:
    folder = memory(tmp_path)
    # SQLite's own patience, unless told otherwise, is five seconds
    with merging(folder, seconds=6) as merge, Outbox(folder) as outbox:
        assert outbox.standing() == {}  # looking does not wait
        assert merge.poll() is None
        outbox.begin(letter(1))
        assert merge.wait() == 0
        assert [mail.state for mail in outbox.standing().values()] == ["begun"]
    with Ledger.open(folder / LEDGER) as ledger:
        assert [event.summary for event in ledger.records().events] == ["long"]


def test_a_batch_that_notes_all_the_time_lets_merges_in(tmp_path: Path) -> None:
    folder, done = memory(tmp_path), threading.Event()

    def note() -> None:
        with Outbox(folder) as outbox:
            while not done.is_set():
                outbox.begin(letter(1, size=0))

    batch = threading.Thread(target=note)
    batch.start()
    try:
        for _ in range(2):
            with merging(folder, seconds=0.2) as merge:
                assert merge.wait() == 0
    finally:
        done.set()
        batch.join()
    with Ledger.open(folder / LEDGER) as ledger:
        assert len(ledger.records().events) == 2


def test_a_disk_that_refuses_is_said_in_a_sentence(tmp_path: Path) -> None:
    folder = memory(tmp_path)
    with Outbox(folder) as outbox:
        outbox.queue([letter(1)])
        outbox._db.connection.dbapi_connection.execute("PRAGMA query_only = ON")  # type: ignore[union-attr]
        outbox._db.rollback()
        with pytest.raises(FileProblem) as raised:
            outbox.begin(letter(1))
        assert raised.value.code == "read-only"
        assert [mail.state for mail in outbox.standing().values()] == ["queued"]


def test_a_memory_folder_without_a_ledger_gets_none(tmp_path: Path) -> None:
    with pytest.raises(FileProblem), Outbox(tmp_path):
        pass
    assert list(tmp_path.iterdir()) == []
