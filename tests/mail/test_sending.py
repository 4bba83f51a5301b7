"""A whole batch against a real server: each letter once, refusals that are a unit's and those that are not."""

from __future__ import annotations

import base64
import email
import json
import os
import signal
import subprocess
import sys
from email import policy
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve

from eduxl.errors import FileProblem, MailError
from eduxl.mail import batch, locking, sending, smtp
from eduxl.mail.letter import Attachment
from eduxl.mail.mailing import Planned, Skip
from eduxl.mail.outbox import Outbox
from eduxl.mail.secret import Secret
from eduxl.mail.throttle import Throttle
from tests.mail.mailing import ADDRESS, Clock, letter, letters, memory, merging, run, settings, states
from tests.mail.smtp_server import SECRET, Fault, SmtpServer

#: Refusals for frequency as providers word them, at the codes they use.
TOO_FAST = [
    "550 Mail content denied: too many mails, please try again later",
    "554 5.7.1 sending frequency is too high",
    "450 MI:SFQ 163 smtp4,DtGowACH 1700000000",
    "451 4.7.0 发信频率过快，请稍后再发",
    "550-发信频率受限\r\n550 请稍后再发",
    "421 HL:ICC 163 too many connections",
]
TOO_MUCH = "554 MI:STC the number of messages sent exceeds the daily limit"


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return memory(tmp_path)


def arrived(server: SmtpServer) -> list[str]:
    return [message.to[0] for message in server.record.messages]


# --- the good way ---------------------------------------------------------------------------------
def test_every_letter_arrives_once_and_is_accounted_for(place: Path) -> None:
    planned, seen = letters(5), []
    with SmtpServer() as server:
        result = run(server, place, planned, progress=lambda done, all_: seen.append((done, all_)))
    assert server.record.ids == [each.message_id for each in planned]
    assert result.to_json() == {
        "sent": [{"unit": each.label, "to": each.to, "message_id": each.message_id} for each in planned],
        "skipped": [],
        "unsure": [],
        "failed": [],
    }
    assert result.is_clean
    assert set(states(place).values()) == {"sent"}
    assert seen == [(n, 5) for n in range(1, 6)]
    assert len(server.record.logins) == 1


def test_the_message_that_arrives_is_the_letter(place: Path) -> None:
    with SmtpServer() as server:
        run(server, place, [letter(3)])
    (got,) = server.record.messages
    message = email.message_from_bytes(got.content, policy=policy.default)
    assert (got.sender, got.to) == (ADDRESS, ("s003@school.test",))
    assert message["Subject"] == "第3小学填报表"
    assert message["From"].addresses[0].display_name == "示范县教育局"
    text, attached = message.iter_parts()
    assert text.get_content().splitlines() == ["第3小学：", ".请填写附件。"]
    assert attached.get_filename() == "第3小学填报表.xlsx"
    assert attached.get_content() == letter(3).attachments[0].read()


def test_a_second_run_sends_nothing_and_does_not_even_connect(place: Path) -> None:
    with SmtpServer() as server:
        run(server, place, letters(3))
        again = run(server, place, letters(3), connect=lambda *_: pytest.fail("connected"))
    assert len(server.record.messages) == 3
    assert [note.unit for note in again.skipped] == [each.label for each in letters(3)]
    assert "已发到 s001@school.test" in again.skipped[0].note
    assert again.is_clean


def test_other_content_for_the_same_purpose_is_not_sent_by_itself(place: Path) -> None:
    with SmtpServer() as server:
        run(server, place, letters(1))
        again = run(server, place, letters(1, size=999))
        third = run(server, place, [letter(1, size=999, count=2)])
    assert "内容和那次不同" in again.skipped[0].note
    assert len(third.sent) == 1
    assert len(server.record.messages) == 2


def test_what_planning_skipped_or_doubts_is_in_the_result(place: Path) -> None:
    planned = Planned([letter(1)], [Skip("S008 第8小学", "没有填邮箱")], [Skip("S009 第9小学", "不能确定")])
    with SmtpServer() as server, Outbox(place) as outbox:
        result = sending.send(planned, outbox, settings(server), Secret(SECRET), Throttle.off())
    told = result.to_json()
    assert told["skipped"] == [{"unit": "S008 第8小学", "note": "没有填邮箱"}]
    assert told["unsure"] == [{"unit": "S009 第9小学", "note": "不能确定"}]
    assert len(told["sent"]) == 1


@pytest.mark.parametrize(
    "to", ["校长@学校.中国", "a@b@c.test", "a b@c.test", "a@c.test\r\nBcc: x@y.test", ""]
)
def test_addresses_that_mail_cannot_carry_are_refused_with_a_note(place: Path, to: str) -> None:
    with SmtpServer() as server:
        result = run(server, place, [evolve(letter(1), to=to), letter(2)])
    assert [note.unit for note in result.skipped] == [letter(1).label]
    assert "单位名册" in result.skipped[0].note
    assert arrived(server) == ["s002@school.test"]


def test_an_attachment_that_is_gone_fails_that_unit_alone(place: Path, tmp_path: Path) -> None:
    gone = evolve(letter(1), attachments=(Attachment("表.xlsx", tmp_path / "gone.xlsx"),))
    with SmtpServer() as server:
        result = run(server, place, [gone, letter(2)])
        assert [(failed.unit, failed.code) for failed in result.failed] == [(gone.label, "")]
        assert "gone.xlsx" in result.failed[0].note
        assert arrived(server) == ["s002@school.test"]
        run(server, place, letters(2))
    assert sorted(arrived(server)) == ["s001@school.test", "s002@school.test"]


# --- refusals -------------------------------------------------------------------------------------
@pytest.mark.parametrize("step", ["MAIL", "RCPT", "DATA", "message"])
def test_a_refusal_for_good_fails_that_unit_alone(place: Path, step: Any) -> None:
    fault = Fault(step, "550 5.1.1 <s002@school.test>: user unknown", nth=(2,))
    with SmtpServer(faults=[fault]) as server:
        result = run(server, place, letters(3))
    (failed,) = result.failed
    assert (failed.unit, failed.to, failed.code) == (letter(2).label, letter(2).to, "550")
    assert "不存在" in failed.note
    assert arrived(server) == ["s001@school.test", "s003@school.test"]
    assert states(place) == {"S001": "sent", "S002": "refused", "S003": "sent"}
    with Outbox(place) as outbox:
        refused = outbox.standing()[letter(2).message_id]
    assert (refused.code, "user unknown" in refused.words) == ("550", True)


def test_a_unit_that_failed_is_tried_again_by_the_next_run(place: Path) -> None:
    with SmtpServer(faults=[Fault("RCPT", "550 5.1.1 user unknown", to="s001@")]) as server:
        assert len(run(server, place, letters(1)).failed) == 1
    with SmtpServer() as server:
        assert len(run(server, place, letters(1, to="new@school.test")).sent) == 1
        assert arrived(server) == ["new@school.test"]


@pytest.mark.parametrize("step", ["MAIL", "RCPT", "DATA", "message"])
def test_a_temporary_refusal_is_tried_again_at_the_end(place: Path, step: Any) -> None:
    fault = Fault(step, "451 4.3.0 try again", nth=(1, 4))
    with SmtpServer(faults=[fault]) as server:
        result = run(server, place, letters(3))
    assert arrived(server) == ["s002@school.test", "s003@school.test", "s001@school.test"]
    assert result.is_clean


def test_a_temporary_refusal_that_stays_fails_after_three_rounds(place: Path) -> None:
    fault = Fault("RCPT", "450 4.2.0 greylisted", to="s001@")
    with SmtpServer(faults=[fault]) as server:
        result = run(server, place, letters(2))
    assert [(failed.unit, failed.code) for failed in result.failed] == [(letter(1).label, "450")]
    assert server.record.steps["RCPT"] == 1 + 1 + batch.ROUNDS
    assert states(place) == {"S001": "refused", "S002": "sent"}
    assert result.stopped == ""


def test_a_message_over_the_servers_limit_fails_before_it_is_begun(place: Path) -> None:
    with SmtpServer(size=20_000) as server:
        result = run(server, place, [letter(1, size=30_000), letter(2)])
    assert [(failed.unit, failed.code) for failed in result.failed] == [(letter(1).label, "552")]
    assert "太大" in result.failed[0].note
    assert arrived(server) == ["s002@school.test"]


def test_a_server_that_refuses_our_own_address_is_not_asked_three_hundred_times(place: Path) -> None:
    with SmtpServer(faults=[Fault("MAIL", "553 5.7.1 sender is not allowed")]) as server:
        result = run(server, place, letters(9))
    assert server.record.steps["MAIL"] == batch.NOT_US
    assert result.stopped
    assert [failed.code for failed in result.failed] == ["553"] * 3 + [""] * 6
    assert list(states(place).values()).count("queued") == 6


# --- how fast and how much ------------------------------------------------------------------------
@pytest.mark.parametrize("words", TOO_FAST)
@pytest.mark.parametrize("step", ["MAIL", "RCPT", "message"])
def test_refusals_for_frequency_pause_and_are_nobodys_failure(place: Path, step: Any, words: str) -> None:
    clock, said = Clock(), []
    fault = Fault(step, words, nth=(2, 3), hang_up=words.startswith("421"))
    with SmtpServer(faults=[fault]) as server:
        pace = Throttle(first=60, clock=clock, sleep=clock.sleep)
        result = run(server, place, letters(3), throttle=pace, tell=said.append)
    assert result.is_clean
    assert arrived(server) == [each.to for each in letters(3)]
    assert clock.slept == [60, 120]
    assert len(said) == 2
    assert set(states(place).values()) == {"sent"}


@pytest.mark.parametrize("step", ["MAIL", "RCPT", "DATA", "message"])
def test_after_too_many_pauses_the_rest_waits_for_the_next_run(place: Path, step: Any) -> None:
    clock, planned = Clock(), letters(5)
    fault = Fault(step, TOO_FAST[0], nth=tuple(range(3, 100)))
    with SmtpServer(faults=[fault]) as server:
        result = run(server, place, planned, throttle=Throttle.off(clock, clock.sleep))
    assert clock.slept == [1, 2, 4, 8, 16]
    assert arrived(server) == [each.to for each in planned[:2]]
    assert [(failed.unit, failed.code) for failed in result.failed] == [
        (each.label, "") for each in planned[2:]
    ]
    assert "再运行一次" in result.failed[0].note
    assert result.stopped
    assert [states(place)[each.unit] for each in planned] == ["sent"] * 2 + ["queued"] * 3
    with SmtpServer() as server:
        again = run(server, place, planned)
    assert arrived(server) == [each.to for each in planned[2:]]
    assert again.is_clean


def test_one_address_that_is_asked_for_too_often_does_not_hold_up_the_others(place: Path) -> None:
    with SmtpServer(faults=[Fault("RCPT", TOO_FAST[1], to="s002@")]) as server:
        result = run(server, place, letters(5))
    assert arrived(server) == [each.to for each in letters(5) if each.unit != "S002"]
    assert [(failed.unit, failed.code) for failed in result.failed] == [(letter(2).label, "")]
    assert states(place)["S002"] == "queued"


def test_a_refusal_for_frequency_at_login_pauses_too(place: Path) -> None:
    clock = Clock()
    fault = Fault("greeting", "421 too many connections", nth=(1, 2))
    with SmtpServer(faults=[fault]) as server:
        result = run(server, place, letters(2), throttle=Throttle.off(clock, clock.sleep))
    assert (len(result.sent), clock.slept) == (2, [1, 2])


@pytest.mark.parametrize("step", ["MAIL", "RCPT", "DATA", "message"])
def test_the_days_limit_stops_the_run_and_the_next_one_goes_on(place: Path, step: Any) -> None:
    clock = Clock()
    with SmtpServer(faults=[Fault(step, TOO_MUCH, nth=(2,))]) as server:
        result = run(server, place, letters(3), throttle=Throttle.off(clock, clock.sleep))
        assert "明天" in result.stopped
        assert clock.slept == []
        assert [failed.code for failed in result.failed] == ["", ""]
        assert states(place) == {"S001": "sent", "S002": "queued", "S003": "queued"}
        assert run(server, place, letters(3)).is_clean
    assert sorted(arrived(server)) == [each.to for each in letters(3)]


def test_connections_take_as_many_messages_as_the_provider_allows(place: Path) -> None:
    clock = Clock()
    pace = Throttle(per_minute=30, per_connection=2, clock=clock, sleep=clock.sleep)
    with SmtpServer() as server:
        run(server, place, letters(5), throttle=pace)
    assert server.record.per_connection == [2, 2, 1]
    assert len(server.record.logins) == 3
    assert clock.slept == [pytest.approx(2)] * 4


# --- logging in -----------------------------------------------------------------------------------
def test_a_wrong_secret_stops_at_once_and_nothing_is_failed(place: Path) -> None:
    with SmtpServer() as server:
        with pytest.raises(MailError) as raised:
            run(server, place, letters(3), secret="wrong")
        assert raised.value.code == "login"
        assert set(states(place).values()) == {"queued"}
        assert len(server.record.logins) == 1
        assert len(run(server, place, letters(3)).sent) == 3


@pytest.mark.parametrize("way", ["starttls", "ssl"])
def test_a_bad_certificate_stops_the_run(place: Path, way: Any) -> None:
    with SmtpServer(way) as server, pytest.raises(MailError) as raised:
        run(server, place, letters(3))
    assert raised.value.code == "bad-certificate"
    assert set(states(place).values()) == {"queued"}
    assert server.record.logins == []


def test_a_login_refused_amid_the_batch_ends_it_with_what_was_sent(place: Path) -> None:
    clock = Clock()
    pace = Throttle(per_connection=2, clock=clock, sleep=clock.sleep)
    with SmtpServer(faults=[Fault("AUTH", "535 5.7.8 authentication failed", nth=(2,))]) as server:
        result = run(server, place, letters(4), throttle=pace)
    assert len(result.sent) == 2
    assert "授权码" in result.stopped
    assert [failed.code for failed in result.failed] == ["", ""]
    assert sorted(states(place).values()) == ["queued", "queued", "sent", "sent"]


# --- broken connections ---------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("step", "reply"),
    [
        ("MAIL", ""),
        ("RCPT", ""),
        *((step, "421 4.4.2 timeout, closing") for step in ("MAIL", "RCPT", "DATA")),
    ],
)
def test_a_connection_lost_before_data_is_made_again(place: Path, step: Any, reply: str) -> None:
    fault = Fault(step, reply, nth=(2, 3, 5), hang_up=True)
    with SmtpServer(faults=[fault]) as server:
        result = run(server, place, letters(4))
    assert result.is_clean
    assert arrived(server) == [each.to for each in letters(4)]


@pytest.mark.parametrize(("step", "reply"), [("RCPT", ""), ("DATA", "421 4.4.2 closing")])
def test_a_connection_lost_three_times_in_a_row_ends_the_run(place: Path, step: Any, reply: str) -> None:
    fault = Fault(step, reply, nth=(2, 3, 4), hang_up=True)
    with SmtpServer(faults=[fault]) as server:
        result = run(server, place, letters(3))
        assert (len(result.sent), [failed.code for failed in result.failed]) == (1, ["", ""])
        assert result.stopped
        assert states(place) == {"S001": "sent", "S002": "queued", "S003": "queued"}
        assert run(server, place, letters(3)).is_clean
    assert arrived(server) == [each.to for each in letters(3)]


def test_a_server_that_hangs_up_on_the_finished_message_has_refused_it(place: Path) -> None:
    fault = Fault("message", "421 4.3.2 shutting down", nth=(2,), hang_up=True)
    with SmtpServer(faults=[fault]) as server:
        result = run(server, place, letters(3))
    assert result.is_clean
    assert sorted(arrived(server)) == [each.to for each in letters(3)]


@pytest.mark.parametrize("step", ["DATA", "amid", "message", "after"])
def test_a_connection_broken_after_data_began_is_unsure_for_good(place: Path, step: Any) -> None:
    with SmtpServer(faults=[Fault(step, "", to="s002@")]) as server:
        result = run(server, place, letters(4, size=20_000))
        assert [note.unit for note in result.unsure] == [letter(2).label]
        assert "--unit S002" in result.unsure[0].note
        assert [sent.unit for sent in result.sent] == [letter(n).label for n in (1, 3, 4)]
        assert not result.is_clean
    expected = [each.to for each in letters(4) if step == "after" or each.unit != "S002"]
    assert arrived(server) == expected
    assert states(place)["S002"] == "begun"
    with SmtpServer() as server:
        again = run(server, place, letters(4, size=20_000))
        other = run(server, place, [letter(2, size=77)])  # the template was made again
        assert [note.unit for note in again.unsure + other.unsure] == [letter(2).label] * 2
        assert arrived(server) == []
        assert len(run(server, place, [letter(2, count=2)]).sent) == 1  # the clerk's own decision


def test_a_server_that_breaks_off_every_message_does_not_leave_all_units_unsure(place: Path) -> None:
    with SmtpServer(faults=[Fault("after", "")]) as server:
        result = run(server, place, letters(9))
    assert len(result.unsure) == batch.BROKEN
    assert len(result.failed) == 9 - batch.BROKEN
    assert result.stopped
    assert len(server.record.messages) == batch.BROKEN


def test_a_connection_closed_while_we_kept_the_pace_is_made_again(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(smtp, "_IDLE", 0.3)
    with SmtpServer(idle=1.0) as server:
        result = run(server, place, letters(3), throttle=Throttle(per_minute=40))
    assert result.is_clean
    assert arrived(server) == [each.to for each in letters(3)]
    assert server.record.steps["greeting"] == 3
    assert server.record.steps["RCPT"] == 3  # none was lost amid an envelope


def test_a_ledger_that_cannot_note_the_beginning_keeps_the_message_back(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_outbox: Outbox, _letter: object) -> None:
        raise FileProblem("磁盘空间不足", code="disk-full")

    with SmtpServer() as server:
        with monkeypatch.context() as patched, pytest.raises(FileProblem):
            patched.setattr(Outbox, "begin", full)
            run(server, place, letters(2))
        assert server.record.messages == []
        assert len(run(server, place, letters(2)).sent) == 2


def test_a_merge_that_writes_for_long_only_delays_the_batch(place: Path) -> None:
    with merging(place, seconds=2) as merge:
        with SmtpServer() as server:
            result = run(server, place, letters(3))
        assert merge.wait() == 0
    assert result.is_clean
    assert arrived(server) == [each.to for each in letters(3)]


# --- one at a time --------------------------------------------------------------------------------
HOLDER = """
import sys, time
from pathlib import Path
from eduxl.mail import locking
with locking.held(Path(sys.argv[1]), "send"):
    print("held", flush=True)
    time.sleep(60)
"""


def test_a_second_send_is_refused_until_the_first_one_is_gone(place: Path) -> None:
    holder = subprocess.Popen([sys.executable, "-c", HOLDER, str(place)], stdout=subprocess.PIPE, text=True)
    try:
        assert holder.stdout and holder.stdout.readline() == "held\n"
        with SmtpServer() as server:
            with pytest.raises(MailError) as raised:
                run(server, place, letters(2))
            assert raised.value.code == "in-use"
            assert f"进程{holder.pid}" in str(raised.value)
            assert server.record.steps["greeting"] == 0
            assert states(place) == {}
            os.kill(holder.pid, signal.SIGKILL)
            holder.wait()
            assert len(run(server, place, letters(2)).sent) == 2
    finally:
        holder.kill()
        holder.communicate()


def test_the_lock_lets_its_own_thread_in_again_and_is_free_afterwards(place: Path) -> None:
    with locking.held(place), locking.held(place):
        pass
    free = subprocess.run(
        [sys.executable, "-c", HOLDER.replace("time.sleep(60)", ""), str(place)], check=False
    )
    assert free.returncode == 0
    assert not (place / "mail.lock.json").exists()


def test_merges_are_not_kept_out(place: Path) -> None:
    from eduxl.tracker import lock

    with locking.held(place), lock.held(place, "merge"):
        assert (place / "lock.json").exists()


# --- the secret -----------------------------------------------------------------------------------
LOGGED = """
import logging, sys
logging.basicConfig(level=logging.NOTSET, stream=sys.stderr)
from tests.mail.mailing import main
main(*sys.argv[1:])
"""
ENCODED = SECRET.encode()
FORMS = [
    SECRET,
    SECRET.encode("unicode_escape").decode(),
    base64.b64encode(ENCODED).decode(),
    base64.b64encode(f"\0{ADDRESS}\0{SECRET}".encode()).decode(),
    base64.b64encode(b"\0" + ENCODED).decode()[4:-4],
    base64.b64encode(b"\0\0" + ENCODED).decode()[4:-4],
]


@pytest.mark.parametrize(
    ("faults", "exclude"),
    [
        ([], ()),
        ([], ("PLAIN",)),
        ([Fault("AUTH", f"535 wrong password {SECRET} in {FORMS[2]} or {FORMS[3]}")], ()),
        ([Fault("AUTH", f"500 command AUTH PLAIN {FORMS[3]} not recognized")], ()),
        ([Fault("AUTH", "")], ()),
        ([Fault("RCPT", f"550 {FORMS[3]} {SECRET}")], ()),
        ([Fault("message", f"451 {FORMS[2]} {SECRET}")], ()),
        ([Fault("after", "")], ()),
    ],
)
def test_no_secret_in_any_output_log_error_or_file(
    place: Path, faults: list[Fault], exclude: tuple[str, ...]
) -> None:
    with SmtpServer(faults=faults, exclude=exclude) as server:
        done = subprocess.run(
            [sys.executable, "-X", "dev", "-c", LOGGED, place, str(server.port), "2", '{"size": 100}'],
            env={**os.environ, "EDUXL_MAIL_SECRET": SECRET},
            capture_output=True,
            check=False,
        )
    said = done.stdout + done.stderr
    assert said
    files = b"".join(path.read_bytes() for path in place.iterdir())
    assert b"S001" in files  # the ledger is among them
    for form in FORMS:
        for text in (form.encode(), json.dumps(form)[1:-1].encode()):
            assert text not in said
            assert text not in files
