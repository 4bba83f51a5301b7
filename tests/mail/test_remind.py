"""Who is reminded of what: over real trackers, through a real server, over days and killed runs."""

from __future__ import annotations

import email.policy
import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from pathlib import Path

import pytest
from attrs import evolve
from click.testing import CliRunner

from eduxl import Tracker
from eduxl import labels as L
from eduxl.cli_mailroom import remind as command
from eduxl.errors import MailError, RoundError
from eduxl.mail.desk import Desk
from eduxl.mail.enclosures import Enclosed
from eduxl.mail.mailing import Planned
from eduxl.mail.mailroom import Mailroom
from eduxl.mail.outbox import Mail, Outbox
from eduxl.mail.owing import Debt, debts, lateness
from eduxl.mail.remind import plan_reminders, refused_addresses
from eduxl.mail.settings import Server, Settings
from eduxl.mail.texts import FOLDER, Text, day
from eduxl.model import Round
from eduxl.returns.identity import hidden_facts
from eduxl.spreadsheet.sheets import open_book
from eduxl.tracker.rows import look
from tests.mail.debtors import GOOD, LATE, ROUND, comes, room, tracker, with_returns
from tests.mail.smtp_server import SECRET, Fault, SmtpServer

NOWHERE = Server("localhost", 0)
SENDER = Settings("office@edu.test", "县教育局", "custom", NOWHERE, NOWHERE, "imap", "ssl")
MISSING, BACK = {"G01", "G02", "S001", "S004"}, {"S003"}


@pytest.fixture(autouse=True)
def secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EDUXL_MAIL_SECRET", SECRET)


@pytest.fixture
def server() -> Iterator[SmtpServer]:
    with SmtpServer() as running:
        yield running


def got(server: SmtpServer) -> dict[str, EmailMessage]:
    """What each unit got last, by code."""
    found = {}
    for message in server.record.messages:
        read = message_from_bytes(message.content, policy=email.policy.default)
        assert isinstance(read, EmailMessage)
        found[message.to[0].partition("@")[0].upper()] = read
    return found


def body(message: EmailMessage) -> str:
    part = message.get_body()
    assert part is not None
    return str(part.get_content())


def names(message: EmailMessage) -> list[str]:
    return [str(part.get_filename()) for part in message.iter_attachments()]


# --- a whole tracker ------------------------------------------------------------------------------
def test_exactly_those_who_owe_something_are_reminded(tmp_path: Path, server: SmtpServer) -> None:
    made = with_returns(tmp_path)
    result = room(made, server).remind(pace=False)
    assert {sent.unit.split()[0] for sent in result.sent} == MISSING | BACK
    assert not (result.skipped or result.unsure or result.failed)
    mails = got(server)
    assert mails.keys() == MISSING | BACK
    due = day(date.today() - timedelta(LATE))
    for unit, mail in mails.items():
        assert "第1次" in mail["Subject"], unit
        text = body(mail)
        assert due in text and f"已过{LATE}天" in text and "第 1 次" in text, unit
    assert "任务 1" in body(mails["S001"]) and "加强实验教学" in body(mails["S001"])
    assert "处要改" in body(mails["S003"])


def test_the_missing_get_their_own_template_and_the_sent_back_their_form(
    tmp_path: Path, server: SmtpServer
) -> None:
    made = with_returns(tmp_path)
    room(made, server).remind(pace=False)
    for unit, mail in got(server).items():
        (part,) = mail.iter_attachments()
        book = open_book(part.get_content())
        assert hidden_facts(book)["unit"] == unit
        assert (L.FORM_SENDBACK in book.names) == (unit in BACK)
    (written,) = (made.path.parent / "sendback" / ROUND).iterdir()
    assert names(got(server)["S003"]) == [written.name]


@pytest.mark.parametrize(("kind", "units"), [("未报", MISSING), ("退回", BACK)])
def test_one_kind_alone_reminds_of_that_alone(
    tmp_path: Path, server: SmtpServer, kind: str, units: set[str]
) -> None:
    room(with_returns(tmp_path), server).remind(kinds=[kind], pace=False)
    assert got(server).keys() == units


def test_a_second_one_on_the_same_day_is_held_back_with_a_note(tmp_path: Path, server: SmtpServer) -> None:
    made = with_returns(tmp_path)
    room(made, server).remind(pace=False)
    again = room(made, server).remind(pace=False)
    assert again.sent == [] and len(server.record.messages) == len(MISSING | BACK)
    assert {item.unit.split()[0] for item in again.skipped} == MISSING | BACK
    assert all("同一天不重复催" in item.note and "第1次" in item.note for item in again.skipped)
    assert again.is_clean


def test_an_insisted_one_on_the_same_day_is_held_back_as_well(tmp_path: Path, server: SmtpServer) -> None:
    made = with_returns(tmp_path)
    room(made, server).remind(pace=False)
    again = room(made, server).remind(units=["S001"], pace=False)
    assert again.sent == [] and [item.unit.split()[0] for item in again.skipped] == ["S001"]


def test_a_unit_that_reported_meanwhile_is_not_reminded(tmp_path: Path, server: SmtpServer) -> None:
    made = with_returns(tmp_path)
    comes(made, "S001", GOOD)
    comes(made, "S003", GOOD)
    room(made, server).remind(pace=False)
    assert got(server).keys() == MISSING - {"S001"}


def test_a_named_unit_that_owes_nothing_is_told(tmp_path: Path, server: SmtpServer) -> None:
    result = room(with_returns(tmp_path), server).remind(units=["S002", "S001"], pace=False)
    assert [sent.unit.split()[0] for sent in result.sent] == ["S001"]
    assert [(item.unit.split()[0], "都不欠" in item.note) for item in result.skipped] == [("S002", True)]


def test_where_nobody_owes_anything_it_says_so_without_a_mailbox(tmp_path: Path) -> None:
    made = tracker(tmp_path)
    comes(made, "S002", GOOD)
    desk = Mailroom(made)
    result = desk.remind(kinds=["退回"])
    assert result.is_clean and not result.sent and "不用催" in desk.notes[-1]


def test_a_closed_round_is_refused(tmp_path: Path, server: SmtpServer) -> None:
    made = with_returns(tmp_path)
    made.close_round()
    for call in (room(made, server).remind, room(made, server).whom_to_call):
        with pytest.raises(RoundError) as caught:
            call()
        assert caught.value.code == "round-closed"


def test_a_template_of_before_is_not_attached_and_told(tmp_path: Path, server: SmtpServer) -> None:
    made = with_returns(tmp_path)
    folder = made.path.parent / "templates" / ROUND
    (first,) = folder.glob("S001_*.xlsx")
    (other,) = folder.glob("S004_*.xlsx")
    other.write_bytes(first.read_bytes())  # the content of a neighbour
    next(folder.glob("G01_*.xlsx")).unlink()
    desk = room(made, server)
    desk.remind(pace=False)
    mails = got(server)
    assert {unit for unit, mail in mails.items() if names(mail)} == {"G02", "S001", "S003"}
    told = "\n".join(desk.notes)
    assert "S004 民乐县第一幼儿园" in told and "G01 党办" in told


def test_units_without_a_usable_address_are_skipped_with_a_note(tmp_path: Path, server: SmtpServer) -> None:
    made = with_returns(tmp_path, S001="", S004="s004@163.con", G01="党办邮箱")
    result = room(made, server).remind(pace=False)
    notes = {item.unit.split()[0]: item.note for item in result.skipped}
    assert notes.keys() == {"S001", "S004", "G01"}
    assert all("单位名册" in note for note in notes.values())
    assert got(server).keys() == {"G02", "S003"}


def test_a_look_sends_and_writes_nothing_but_the_previews(tmp_path: Path) -> None:
    made = with_returns(tmp_path)
    before = made.events()
    result = Mailroom(made).remind(dry_run=True)
    assert {sent.unit.split()[0] for sent in result.sent} == MISSING | BACK
    assert len(list((tmp_path / "发件预览").glob("*.eml"))) == len(MISSING | BACK)
    assert made.events() == before and not (tmp_path / "sendback").exists()


def test_a_reply_that_was_lost_counts_as_sent_for_the_day(tmp_path: Path) -> None:
    made = with_returns(tmp_path)
    with SmtpServer(faults=[Fault("after", "", to="s001")]) as server:
        first = room(made, server).remind(pace=False)
        again = room(made, server).remind(pace=False)
    assert [item.unit.split()[0] for item in first.unsure] == ["S001"]
    assert [item.unit.split()[0] for item in again.unsure] == ["S001"] and again.sent == []
    assert len(server.record.messages) == len(MISSING | BACK)


def test_the_run_after_a_broken_one_goes_on_with_the_rest(tmp_path: Path) -> None:
    made = with_returns(tmp_path)
    with SmtpServer(faults=[Fault("MAIL", "451 try again later", nth=tuple(range(3, 100)))]) as server:
        first = room(made, server).remind(pace=False)
        server.faults = ()
        second = room(made, server).remind(pace=False)
    assert len(first.sent) == 2 and len(second.sent) == len(MISSING | BACK) - 2
    assert len(set(server.record.ids)) == len(server.record.ids) == len(MISSING | BACK)


@pytest.mark.parametrize("answered", [True, False])
def test_what_a_killed_run_sent_is_held_back_as_well(
    tmp_path: Path, server: SmtpServer, answered: bool
) -> None:
    made = with_returns(tmp_path)
    (letter,) = planned(desk_of(made, wanted=("S001",))).letters
    with Outbox(made.memory) as outbox:
        outbox.queue([letter])
        outbox.begin(letter)
        if answered:
            outbox.sent(letter, "250")
    result = room(made, server).remind(pace=False)
    assert got(server).keys() == (MISSING | BACK) - {"S001"}
    assert [item.unit.split()[0] for item in (result.skipped if answered else result.unsure)] == ["S001"]


def test_an_unreadable_text_stops_the_run_before_anything_is_sent(tmp_path: Path, server: SmtpServer) -> None:
    made = with_returns(tmp_path)
    (tmp_path / FOLDER).mkdir(exist_ok=True)
    (tmp_path / FOLDER / "退回.txt").write_text("主题：请改{什么}\n\n{事项}\n", encoding="utf-8")
    with pytest.raises(MailError) as caught:
        room(made, server).remind(pace=False)
    assert caught.value.code == "bad-text" and server.record.messages == []


# --- the command ----------------------------------------------------------------------------------
def run(made: Tracker, *options: str) -> tuple[int, str]:
    done = CliRunner().invoke(command, ["-m", str(made.path), *options], standalone_mode=False)
    assert done.exception is None, done.exception
    return int(done.return_value), done.stdout


def test_the_command_prints_the_json_of_sending(tmp_path: Path) -> None:
    made = with_returns(tmp_path)
    with SmtpServer(faults=[Fault("RCPT", "550 5.1.1 user unknown", to="s004")]) as server:
        room(made, server)
        code, output = run(made, "--json", "--no-throttle")
    told = json.loads(output)
    assert code == 3 and told.keys() == {"sent", "skipped", "unsure", "failed"}
    assert {item["unit"].split()[0] for item in told["sent"]} == (MISSING | BACK) - {"S004"}
    assert [item["unit"] for item in told["failed"]] == ["S004 民乐县第一幼儿园"]


def test_the_command_leaves_with_zero_where_some_are_skipped_alone(
    tmp_path: Path, server: SmtpServer
) -> None:
    made = with_returns(tmp_path, S001="")
    room(made, server)
    code, output = run(made, "--kind", "未报", "--no-throttle")
    assert code == 0 and "发出3封催报" in output and "S001 民乐县第一中学" in output


# --- over days ------------------------------------------------------------------------------------
def desk_of(made: Tracker, *past: Mail, wanted: tuple[str, ...] = ()) -> Desk:
    desk = Mailroom(made).open_desk(units=wanted)
    return evolve(desk, past={mail.message_id: mail for mail in past})


def mail(days_ago: int, unit: str = "S001", kind: str = "未报", **other: object) -> Mail:
    at = datetime.now(UTC).replace(tzinfo=None) - timedelta(days_ago)
    known = Mail(
        f"<{unit}{kind}{days_ago}@edu.test>", ROUND, unit, kind, 1, f"{unit.lower()}@163.com", "", "sent", "250", "", at, ""
    )  # fmt: skip
    return evolve(known, **other)  # type: ignore[arg-type]


def planned(desk: Desk) -> Planned:
    owed = debts(look(desk.state, desk.round, desk.as_of), (), wanted=desk.wanted)
    return plan_reminders(
        desk,
        desk.mailing(SENDER),
        lambda name: Text.of(Path("总台账.xlsm"), name),
        owed,
        lambda due: Enclosed({}),
    )


@pytest.mark.parametrize("before", range(4))
def test_reminders_are_counted_and_get_firm_from_the_third_on(tmp_path: Path, before: int) -> None:
    past = [mail(9 - number, count=number + 1) for number in range(before)]
    (letter,) = planned(desk_of(tracker(tmp_path), *past, wanted=("S001",))).letters
    assert letter.count == before + 1
    assert f"第{before + 1}次" in letter.subject and f"第 {before + 1} 次" in letter.body
    assert ("单位负责同志" in letter.body) == (before + 1 >= 3)


def test_what_may_have_arrived_days_ago_counts_and_is_followed_by_the_next(tmp_path: Path) -> None:
    past = mail(2, count=1), mail(1, count=2, state="begun")
    (letter,) = planned(desk_of(tracker(tmp_path), *past, wanted=("S001",))).letters
    assert letter.count == 3


@pytest.mark.parametrize(
    "other",
    [{"kind": "退回"}, {"kind": "模板"}, {"round": "2022-05"}, {"unit": "S002"}, {"state": "refused"}],
)
def test_only_reminders_of_the_same_kind_unit_and_round_count(tmp_path: Path, other: dict[str, str]) -> None:
    (letter,) = planned(desk_of(tracker(tmp_path), mail(0, **other), wanted=("S001",))).letters
    assert letter.count == 1


@pytest.mark.parametrize("state", ["sent", "begun"])
def test_the_day_is_that_of_the_clerks_clock(tmp_path: Path, state: str) -> None:
    desk = desk_of(tracker(tmp_path), wanted=("S001",))
    midnight = datetime.combine(desk.as_of, datetime.min.time()).astimezone(UTC).replace(tzinfo=None)
    for minutes, held in ((-1, False), (1, True)):
        past = mail(0, at=midnight + timedelta(minutes=minutes), state=state)
        made = planned(evolve(desk, past={past.message_id: past}))
        assert (made.letters == []) is held
        assert bool(made.unsure) == (held and state == "begun")


def test_one_and_the_same_reminder_has_one_message_id(tmp_path: Path) -> None:
    desk = desk_of(tracker(tmp_path), wanted=("S001",))
    first, again = (planned(desk).letters[0].message_id for _ in range(2))
    later = planned(evolve(desk, past={"": mail(1)})).letters[0].message_id
    assert first == again != later


def test_an_address_its_server_did_not_know_is_not_tried_again_until_it_is_insisted_on(
    tmp_path: Path,
) -> None:
    made = tracker(tmp_path)
    past = mail(3, kind="模板", state="refused", code="550", words="5.1.1 user unknown")
    told = planned(desk_of(made, past))
    assert "S001" not in {letter.unit for letter in told.letters}
    assert [skip.note for skip in told.skipped if "s001@163.com" in skip.note and "--unit S001" in skip.note]
    assert [letter.unit for letter in planned(desk_of(made, past, wanted=("S001",))).letters] == ["S001"]
    units = made.roster().units
    assert refused_addresses([past], units) == {"S001": "s001@163.com"}
    assert refused_addresses([past, mail(1)], units) == {}  # it got through since
    assert refused_addresses([evolve(past, address="old@163.com")], units) == {}


@pytest.mark.parametrize(("days", "words"), [(-2, "还有2天"), (0, "就是今天"), (5, "已过5天")])
def test_it_says_how_late_it_is(tmp_path: Path, days: int, words: str) -> None:
    today = date.today()
    assert lateness(today - timedelta(days), today) == words
    (letter,) = planned(desk_of(tracker(tmp_path, late=days), wanted=("S001",))).letters
    assert words in letter.body


def test_only_the_first_few_tasks_are_named() -> None:
    from tests.builders import UNITS, small_plan

    task = small_plan().tasks[0]
    tasks = tuple(evolve(task, no=number, title=f"事{number}") for number in range(1, 9))
    told = Debt(UNITS[3], "未报", tasks).matter(date(2022, 6, 25), date(2022, 6, 20))
    assert "共 8 项" in told and "事5" in told and "事6" not in told


def test_rounds_that_are_closed_are_told_by_their_day(tmp_path: Path) -> None:
    desk = desk_of(tracker(tmp_path))
    closed = evolve(desk, round=Round(ROUND, date(2022, 6, 25), date(2022, 6, 1), date(2022, 7, 1)))
    with pytest.raises(RoundError, match="2022-07-01"):
        planned(closed)
