"""A round by mail through the commands: out by a real SMTP server, back through a real Dovecot, booked in the tracker."""

from __future__ import annotations

import email
import json
import re
import shutil
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime
from email.header import decode_header, make_header
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from attrs import evolve, frozen
from click.testing import CliRunner, Result

from eduxl import Tracker
from eduxl import labels as L
from eduxl.cli import main
from eduxl.roster import Roster, shipped_rules
from tests.builders import UNITS, fill, small_plan
from tests.mail.dovecot import CODE, Dovecot, dovecot, needs_dovecot
from tests.mail.letters import OURS, attached, lines, mail, many, note, word
from tests.mail.smtp_server import Fault, SmtpServer

pytestmark = needs_dovecot
OPENED, DUE, ROUND = date(2022, 6, 1), date(2022, 6, 25), "2022-06"
FULL = {L.STATUS: L.UNDER_WAY, L.PROGRESS: 0.5, L.REPORT: "实验室已建成一间，正在采购器材"}


@pytest.fixture(scope="module")
def box() -> Iterator[Dovecot]:
    with dovecot() as made:
        yield made


@pytest.fixture
def inbox(box: Dovecot) -> Iterator[Dovecot]:
    """The mailbox, empty."""
    yield box
    with box.client() as client:
        if client.select()[1] != [b"0"]:
            client.store("1:*", "+FLAGS", r"\Deleted")
            client.expunge()


@frozen
class Office:
    """A bureau with a mailbox. Call it to run a command."""

    folder: Path
    smtp: SmtpServer
    inbox: Dovecot

    def __call__(self, *args: str, code: int = 0) -> Result:
        result = CliRunner().invoke(main, [*args, "-m", str(self.folder / "总台账.xlsm")])
        assert result.exit_code == code, result.output
        assert CODE not in result.output
        return result

    def json(self, *args: str, code: int = 0) -> Any:
        return json.loads(self(*args, "--json", code=code).stdout)

    @property
    def tracker(self) -> Tracker:
        return Tracker.open(self.folder / "总台账.xlsm")

    def sent(self, to: str) -> list[Any]:
        """The messages that the server took for an address."""
        return [email.message_from_bytes(m.content) for m in self.smtp.record.messages if to in m.to]

    def form(self, code: str) -> Path:
        return next((self.folder / "templates" / ROUND).glob(f"{code}_*"))

    def answers(self, code: str, rows: dict[int, dict[str, Any]], came: datetime, date_: str = "") -> None:
        """A school answers by mail; `date_` is what the mail itself says, by default when it came."""
        filled = fill(self.form(code), self.folder.parent / "学校" / self.form(code).name, rows, came)
        boundary = "=_school"
        fields = [
            f"From: {word('学校')} <{address(code)}>",
            f"To: <{OURS}>",
            f"Subject: {word('填报表')}",
            f"Date: {date_ or came.astimezone().strftime('%a, %d %b %Y %H:%M:%S %z')}",
            f"Message-ID: <{code}.{came:%d%H%M}@school.test>",
            "MIME-Version: 1.0",
            f'Content-Type: multipart/mixed; boundary="{boundary}"',
        ]
        body = many(boundary, note(), attached(filled.read_bytes(), filled.name))
        self.inbox.deliver([(mail(fields, body), came)])

    def in_roster(self, code: str) -> dict[str, Any]:
        """The unit's row of 单位名册."""
        sheet = openpyxl.load_workbook(self.folder / "总台账.xlsm")[L.ROSTER]
        header, *rows = sheet.iter_rows(values_only=True)
        return next(dict(zip(header, row, strict=True)) for row in rows if row[0] == code)

    def correct(self, code: str, column: str, value: str) -> None:
        """The clerk types into 单位名册."""
        path = self.folder / "总台账.xlsm"
        book = openpyxl.load_workbook(path, keep_vba=True)
        for row in book[L.ROSTER].iter_rows():
            if row[0].value == code:
                row[L.ROSTER_COLUMNS.index(column)].value = value
        book.save(path)


def address(code: str) -> str:
    return f"{code.lower()}@school.test"


def subject(message: Any) -> str:
    return str(make_header(decode_header(message["Subject"])))


def text(message: Any) -> str:
    return message.get_payload()[0].get_payload(decode=True).decode()


def bounced(to: str) -> bytes:
    """What comes back of a mail to an address that is not there."""
    return lines(
        f"From: Mail Delivery System <mailer-daemon@{OURS.split('@')[1]}>", f"To: <{OURS}>",
        "Subject: Undelivered Mail Returned to Sender", "Message-ID: <b1@mx.test>", "MIME-Version: 1.0",
        'Content-Type: multipart/report; report-type=delivery-status; boundary="=_b"', "", "--=_b",
        "Content-Type: text/plain; charset=us-ascii", "", "550 5.1.1 user unknown", "--=_b",
        "Content-Type: message/delivery-status", "", "Reporting-MTA: dns; mx.test", "",
        f"Final-Recipient: rfc822; {to}", "Action: failed", "Status: 5.1.1",
        "Diagnostic-Code: smtp; 550 5.1.1 user unknown", "", "--=_b--",
    )  # fmt: skip


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("office") / "台账"
    folder.mkdir()
    roster = Roster(tuple(evolve(unit, email=address(unit.code)) for unit in UNITS), shipped_rules())
    tracker = Tracker.create(small_plan(), roster, folder / "总台账.xlsm", as_of=OPENED)
    tracker.open_round(ROUND, DUE, as_of=OPENED)
    tracker.write_templates(as_of=OPENED)
    return folder


@pytest.fixture
def office(
    prepared: Path, tmp_path: Path, inbox: Dovecot, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Office]:
    monkeypatch.setenv("EDUXL_MAIL_SECRET", CODE)
    folder = shutil.copytree(prepared, tmp_path / "台账")
    with SmtpServer(user=OURS, password=CODE) as server:
        made = Office(folder, server, inbox)
        made(
            "mail", "setup", "--address", OURS, "--provider", "custom", "--smtp", f"127.0.0.1:{server.port}",
            "--imap", f"127.0.0.1:{inbox.ports['imap']}", "--security", "plain", "--name", "民乐县教育局",
        )  # fmt: skip
        server.record.messages.clear()
        yield made


# --- templates ------------------------------------------------------------------------------------
def test_each_unit_gets_its_own_template_once(office: Office) -> None:
    first = office.json("send", "--no-throttle")
    codes = [item["unit"].split()[0] for item in first["sent"]]
    assert codes == ["G01", "G02", "S001", "S002", "S003", "S004"]
    for code in codes:
        (message,) = office.sent(address(code))
        attachment = message.get_payload()[1]
        assert attachment.get_payload(decode=True) == office.form(code).read_bytes()
    again = office.json("send", "--no-throttle")
    assert again["sent"] == again["failed"] == again["unsure"] == []
    assert {item["unit"] for item in again["skipped"]} == {item["unit"] for item in first["sent"]}
    assert len(office.smtp.record.messages) == len(codes)
    assert "发送模板" in office("history").stdout


def test_a_school_that_lost_it_gets_it_again_when_the_clerk_says_so(office: Office) -> None:
    office("send", "--no-throttle")
    assert office.json("send", "--no-throttle", "--unit", "S001")["sent"] == []
    (sent,) = office.json("send", "--no-throttle", "--unit", "S001", "--again")["sent"]
    first, second = office.sent(address("S001"))
    assert second["Message-ID"] == sent["message_id"] != first["Message-ID"]
    assert subject(second) == f"【重发】{subject(first)}"
    assert "--unit" in office("send", "--again", code=2).stderr
    assert office.json("send", "--no-throttle")["sent"] == []


def test_nothing_is_sent_again_when_the_memory_folder_is_gone(office: Office) -> None:
    sent = office.json("send", "--no-throttle")["sent"]
    settings = (office.tracker.memory / "mail.toml").read_bytes()
    shutil.rmtree(office.tracker.memory)
    office("status")
    (office.tracker.memory / "mail.toml").write_bytes(settings)
    again = office.json("send", "--no-throttle")
    assert again["sent"] == [] and len(office.smtp.record.messages) == len(sent)


def test_a_preview_sends_nothing_and_writes_what_would_be_sent(office: Office) -> None:
    planned = office.json("send", "--dry-run")
    assert office.smtp.record.messages == []
    written = sorted((office.folder / "发件预览").glob("*.eml"))
    assert len(written) == len(planned["sent"])
    ids = {email.message_from_bytes(path.read_bytes())["Message-ID"] for path in written}
    assert ids == {item["message_id"] for item in planned["sent"]}
    assert {item["message_id"] for item in office.json("send", "--no-throttle")["sent"]} == ids


def test_a_corrected_address_gets_what_bounced(office: Office) -> None:
    office("send", "--no-throttle")
    wrong = address("S001")
    returned = bounced(wrong)
    office.inbox.deliver([(returned, datetime(2022, 6, 3, 9))])
    fetched = office.json("fetch")
    assert fetched["saved"] == [] and len(fetched["ignored"]) == 1
    assert "邮箱退信" in office.in_roster("S001")[L.EMAIL]
    skipped = {item["unit"].split()[0]: item["note"] for item in office.json("send")["skipped"]}
    assert "退" in skipped["S001"] and L.ROSTER in skipped["S001"]
    assert len(office.sent(wrong)) == 1
    office.correct("S001", L.EMAIL, "yizhong@school.test")
    sent = office.json("send", "--no-throttle")["sent"]
    assert [(item["unit"].split()[0], item["to"]) for item in sent] == [("S001", "yizhong@school.test")]
    office("merge", "--fetch", "--as-of", "2022-06-20")
    assert office.in_roster("S001")[L.EMAIL] == "yizhong@school.test"


def test_the_mark_of_a_bounce_waits_for_a_workbook_that_is_open(office: Office) -> None:
    office("send", "--no-throttle")
    lock = office.folder / ".~lock.总台账.xlsm#"
    lock.write_text("", encoding="utf-8")
    office.inbox.deliver([(bounced(address("S001")), datetime(2022, 6, 3, 9))])
    assert "关闭它以后再收一次" in office("fetch").stderr
    assert office.in_roster("S001")[L.EMAIL] == address("S001")
    lock.unlink()
    office("fetch")
    assert "邮箱退信" in office.in_roster("S001")[L.EMAIL]


def test_setting_up_makes_a_lost_memory_folder_again(office: Office) -> None:
    sent = office.json("send", "--no-throttle")["sent"]
    shutil.rmtree(office.tracker.memory)
    office(
        "mail", "setup", "--address", OURS, "--provider", "custom", "--smtp", f"127.0.0.1:{office.smtp.port}",
        "--imap", "127.0.0.1:1", "--security", "plain", "--no-test",
    )  # fmt: skip
    assert office.json("send", "--no-throttle")["sent"] == [] and len(office.smtp.record.messages) == len(
        sent
    )


def test_what_the_server_refuses_is_told_and_the_rest_goes_out(office: Office) -> None:
    object.__setattr__(office.smtp, "faults", [Fault("RCPT", "550 5.1.1 no such user", to="s002@")])
    result = office.json("send", "--no-throttle", code=3)
    assert [(item["unit"].split()[0], item["code"]) for item in result["failed"]] == [("S002", "550")]
    assert len(result["sent"]) == len(office.smtp.record.messages) == 5


# --- returns --------------------------------------------------------------------------------------
def test_returns_by_mail_are_merged_and_answered_once(office: Office) -> None:
    office("send", "--no-throttle")
    office.smtp.record.messages.clear()
    office.answers("S001", {1: FULL}, datetime(2022, 6, 20, 10))
    office.answers("S002", {1: {**FULL, L.PROGRESS: "差不多"}}, datetime(2022, 6, 26, 10))
    result = office.json("merge", "--fetch", "--ack", "--as-of", "2022-06-27")
    assert {item["unit"].split()[0] for item in result["files"]["merged"]} == {"S001", "S002"}
    assert [unit.split()[0] for unit in result["coverage"]["late"]] == ["S002"]
    (fine,) = office.sent(address("S001"))
    assert "没有要补正的" in text(fine) and len(fine.get_payload()) == 1
    (odd,) = office.sent(address("S002"))
    count = re.search(r"有 (\d+) 项需补正", text(odd))
    assert count and int(count[1]) >= 1 and "已收到" in subject(odd)
    form = office.folder / "sendback" / ROUND
    (back,) = [part for part in odd.walk() if part.get_filename()]
    assert back.get_payload(decode=True) == next(form.glob("S002_*")).read_bytes()
    office("merge", "--fetch", "--ack", "--as-of", "2022-06-27")
    assert Counter(to for m in office.smtp.record.messages for to in m.to) == {
        address("S001"): 1,
        address("S002"): 1,
    }


def test_a_mail_with_a_wrong_clock_counts_from_when_it_came(office: Office) -> None:
    office.answers("S001", {1: FULL}, datetime(2022, 6, 20, 10), "Sat, 20 Jun 2032 10:00:00 +0800")
    (saved,) = office.json("fetch")["saved"]
    assert saved["received"] == "2022-06-20T10:00:00" and saved["unit"].startswith("S001 ")
    assert saved["from"] == address("S001") and (office.folder / saved["path"]).is_file()
    result = office.json("merge", "--as-of", "2022-06-27")
    (merged,) = result["files"]["merged"]
    assert "mail-date" in {warning["code"] for warning in merged["warnings"]}
    assert result["coverage"]["late"] == []


def test_a_mail_that_came_before_counts_before_received_as_told(office: Office) -> None:
    office.answers("S001", {1: FULL}, datetime(2022, 6, 20, 10))
    office("fetch")
    result = office.json("merge", "--received", "2022-06-27", "--as-of", "2022-06-27")
    assert result["coverage"]["late"] == []


def test_an_answer_never_goes_where_the_roster_does_not_say(office: Office) -> None:
    office.answers("S001", {1: FULL}, datetime(2022, 6, 20, 10))
    office.correct("S001", L.EMAIL, "")
    office("merge", "--fetch", "--ack", "--as-of", "2022-06-21")
    assert office.smtp.record.messages == []
