"""What became of each mail is on disk at once, and is told until somebody has it."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
from attrs import evolve

from eduxl.errors import FileProblem
from eduxl.mail.inbox import Arrived, Inbox, Kept
from eduxl.tracker.ledger import Ledger
from eduxl.tracker.place import LEDGER
from eduxl.tracker.records import Bounced, Fetched
from tests.mail.mailing import memory

CAME = datetime(2022, 6, 20, 10, 11, 12)
FACTS = (
    Fetched("2022-06", "a" * 64, "returns/2022-06/一中.xlsx", "S001", "a@b.cn", "主题", "<1@b.cn>", CAME, ""),
    Bounced("S002", "c@d.cn", "550 没有这个用户"),
)
MAIL = Arrived(
    "9/1", "2022-06", "taken", CAME, "<1@b.cn>", "f" * 64, "a@b.cn", "主题\U0001f600",
    (Kept("returns/2022-06/一中.xlsx", "S001 一中", ("a" * 64, "b" * 64), True),), ("没有附件",), FACTS,
)  # fmt: skip


def standing(place: Path, account: str = "me@163.com") -> dict[str, Arrived]:
    with Inbox(place, account) as inbox:
        return inbox.standing()


def test_all_that_is_known_of_a_mail_comes_back(tmp_path: Path) -> None:
    place = memory(tmp_path)
    old = Arrived("9/2", "2022-06", "old", None, told=True)
    with Inbox(place, "me@163.com") as inbox:
        inbox.add([MAIL, old])
        assert standing(place) == {"9/1": MAIL, "9/2": old}, "before the first is closed"


def test_the_last_row_of_a_mail_counts_and_what_was_told_holds_no_news(tmp_path: Path) -> None:
    place = memory(tmp_path)
    with Inbox(place, "me@163.com") as inbox:
        inbox.add([MAIL])
        inbox.told([MAIL])
    assert standing(place) == {"9/1": evolve(MAIL, facts=(), notes=(), told=True)}


def test_mailboxes_are_kept_apart(tmp_path: Path) -> None:
    place = memory(tmp_path)
    with Inbox(place, "me@163.com") as inbox:
        inbox.add([MAIL])
    assert standing(place, "other@163.com") == {} and len(standing(place)) == 1


def test_looking_writes_nothing_and_the_ledger_stays_one(tmp_path: Path) -> None:
    place = memory(tmp_path)
    before = (place / LEDGER).read_bytes()
    assert standing(place) == {} and (place / LEDGER).read_bytes() == before
    with Inbox(place, "me@163.com") as inbox:
        inbox.add([MAIL])
    with Ledger.open(place / LEDGER) as ledger:
        assert ledger.records().facts == []


def test_a_memory_that_is_gone_is_said_and_not_made(tmp_path: Path) -> None:
    with pytest.raises(FileProblem), Inbox(tmp_path, "me@163.com"):
        pass
    assert list(tmp_path.iterdir()) == []
