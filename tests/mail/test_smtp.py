"""The sending edge against a real server: protection before login, and the four ways in which a message ends."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest

from eduxl.errors import MailError
from eduxl.mail import smtp
from eduxl.mail.secret import Secret
from eduxl.mail.settings import Settings
from tests.mail.mailing import ADDRESS, settings
from tests.mail.smtp_server import SECRET, Fault, SmtpServer

DATA = b"Message-ID: <1@edu.test>\r\nSubject: x\r\n\r\n.\r\n..\r\n.begins with a dot\r\nhi\r\n"
WAYS = ("plain", "starttls", "ssl")


@pytest.fixture
def trusted(monkeypatch: pytest.MonkeyPatch) -> Any:
    """A function that makes this process trust a server's authority, as a machine does that has it installed."""
    return lambda server: monkeypatch.setenv("SSL_CERT_FILE", server.ca)


@contextmanager
def connected(server: SmtpServer, **options: Any) -> Iterator[smtp.Session]:
    with smtp.connect(settings(server, **options), Secret(SECRET)) as session:
        yield session


def refused(used: Settings, secret: str = SECRET) -> MailError:
    with pytest.raises(MailError) as raised:
        smtp.connect(used, Secret(secret)).close()
    assert raised.value.__cause__ is None
    return raised.value


def nothing() -> None:
    return None


# --- protection and login -------------------------------------------------------------------------
@pytest.mark.parametrize("way", WAYS)
def test_messages_of_a_connection_arrive_whole_after_one_login(way: Any, trusted: Any) -> None:
    with SmtpServer(way) as server:
        trusted(server)
        with connected(server) as session:
            replies = [session.send(ADDRESS, f"{n}@school.test", DATA, nothing) for n in range(3)]
    assert {reply.code for reply in replies} == {250}
    assert session.sent == 3
    assert server.record.logins == [(ADDRESS, SECRET)]
    assert [message.content for message in server.record.messages] == [DATA] * 3
    assert [message.to for message in server.record.messages] == [(f"{n}@school.test",) for n in range(3)]
    assert {message.encrypted for message in server.record.messages} == {way != "plain"}


@pytest.mark.parametrize("way", ["starttls", "ssl"])
@pytest.mark.parametrize(
    ("options", "trust", "word"),
    [
        ({}, False, "信任"),
        ({"names": ["mail.other.test"]}, True, "名称不符"),
        ({"not_after": datetime(2020, 1, 1, tzinfo=UTC)}, True, "过期"),
    ],
    ids=["untrusted", "another name", "expired"],
)
def test_a_bad_certificate_stops_before_login(
    way: Any, options: dict[str, Any], trust: bool, word: str, trusted: Any
) -> None:
    with SmtpServer(way, **options) as server:
        if trust:
            trusted(server)
        error = refused(settings(server))
    assert error.code == "bad-certificate"
    assert word in str(error)
    assert server.record.logins == []
    assert server.record.steps["AUTH"] == 0


def test_a_certificate_for_the_address_typed_is_good(trusted: Any) -> None:
    with SmtpServer("ssl") as server:
        trusted(server)
        with connected(server, host="127.0.0.1") as session:
            assert session.send(ADDRESS, "a@school.test", DATA, nothing).code == 250


@pytest.mark.parametrize(
    ("way", "faults"),
    [("stripped", []), ("starttls", [Fault("STARTTLS", "454 4.7.0 TLS not available")])],
)
def test_starttls_that_is_not_to_be_had_stops_before_login(way: Any, faults: list[Fault]) -> None:
    with SmtpServer(way, faults=faults) as server:
        error = refused(settings(server, "starttls"))
    assert error.code == "no-starttls"
    assert server.record.steps["AUTH"] == 0
    assert server.record.steps["MAIL"] == 0


def test_a_port_without_encryption_is_told_from_a_bad_certificate() -> None:
    with SmtpServer("plain") as server:
        assert refused(settings(server, "ssl")).code == "no-tls"


def test_a_host_that_is_not_this_computer_is_never_spoken_to_in_plain_text() -> None:
    assert refused(settings(25, "plain", "mail.edu.test")).code == "plain-refused"


def test_a_server_that_is_not_there_is_said_in_a_sentence() -> None:
    with SmtpServer("plain") as server:
        used = settings(server)
    error = refused(used)
    assert error.code == "no-connection"
    assert str(used.smtp) in str(error)


@pytest.mark.parametrize("exclude", [(), ("PLAIN",), ("LOGIN",)])
def test_a_wrong_password_is_tried_once(exclude: tuple[str, ...]) -> None:
    with SmtpServer(exclude=exclude) as server:
        error = refused(settings(server), "wrong")
    assert error.code == "login"
    assert "授权码" in str(error)
    assert server.record.logins == [(ADDRESS, "wrong")]


@pytest.mark.parametrize("exclude", [("PLAIN",), ("LOGIN",)])
def test_either_way_of_logging_in_will_do(exclude: tuple[str, ...]) -> None:
    with SmtpServer(exclude=exclude) as server, connected(server) as session:
        assert session.send(ADDRESS, "a@school.test", DATA, nothing).code == 250


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (Fault("greeting", "421 4.3.2 too many connections from your IP"), "frequency"),
        (Fault("greeting", "421 closing"), "temporary"),
        (Fault("greeting", ""), "no-connection"),
        (Fault("EHLO", "421 4.3.2 shutting down", hang_up=True), "temporary"),
        (Fault("AUTH", "454 4.7.0 Temporary authentication failure"), "temporary"),
        (Fault("AUTH", "535 Error: authentication failed"), "login"),
        (Fault("AUTH", "550 User has no permission"), "login"),
        (Fault("AUTH", ""), "no-connection"),
    ],
)
def test_a_connection_that_is_not_let_in_says_why(fault: Fault, code: str) -> None:
    with SmtpServer(faults=[fault]) as server:
        assert refused(settings(server)).code == code


# --- how a message ends ---------------------------------------------------------------------------
@pytest.mark.parametrize("step", ["MAIL", "RCPT", "DATA", "message"])
@pytest.mark.parametrize("code", [450, 550])
def test_a_refusal_tells_step_code_and_words_and_the_connection_goes_on(step: Any, code: int) -> None:
    begun: list[str] = []
    fault = Fault(step, f"{code}-first line\r\n{code} second line", nth=(1,))
    with SmtpServer(faults=[fault]) as server, connected(server) as session:
        with pytest.raises(smtp.Refused) as raised:
            session.send(ADDRESS, "a@school.test", DATA, lambda: begun.append("a"))
        assert session.send(ADDRESS, "b@school.test", DATA, lambda: begun.append("b")).code == 250
    assert (raised.value.step, raised.value.reply.code) == (step, code)
    assert raised.value.reply.words == "first line second line"
    assert begun == (["a", "b"] if step in ("DATA", "message") else ["b"])
    assert [message.to for message in server.record.messages] == [("b@school.test",)]
    assert len(server.record.logins) == 1


def test_words_in_gb18030_over_several_lines_are_read() -> None:
    fault = Fault("RCPT", "550-用户不存在\r\n550 请核对收件人𠮷", encoding="gb18030")
    with (
        SmtpServer(faults=[fault]) as server,
        connected(server) as session,
        pytest.raises(smtp.Refused) as raised,
    ):
        session.send(ADDRESS, "a@school.test", DATA, nothing)
    assert raised.value.reply.words == "用户不存在 请核对收件人𠮷"


@pytest.mark.parametrize("step", ["MAIL", "RCPT"])
def test_a_connection_lost_before_data_leaves_the_message_unbegun(step: Any) -> None:
    with SmtpServer(faults=[Fault(step, "")]) as server, connected(server) as session:
        with pytest.raises(smtp.Lost):
            session.send(ADDRESS, "a@school.test", DATA, lambda: pytest.fail("begun"))
        assert not session.is_alive()


@pytest.mark.parametrize("step", ["DATA", "amid", "message", "after"])
def test_a_connection_lost_after_data_began_is_unsure(step: Any) -> None:
    begun: list[int] = []
    with SmtpServer(faults=[Fault(step, "")]) as server, connected(server) as session:
        with pytest.raises(smtp.Unsure):
            session.send(ADDRESS, "a@school.test", DATA * 5000, lambda: begun.append(1))
        assert not session.is_alive()
    assert begun == [1]
    assert len(server.record.messages) == (step == "after")


def test_a_reply_that_comes_too_late_is_unsure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smtp, "LAST", 0.2)
    with SmtpServer(faults=[Fault("after", seconds=3)]) as server, connected(server) as session:
        with pytest.raises(smtp.Unsure):
            session.send(ADDRESS, "a@school.test", DATA, nothing)
        assert not session.is_alive()  # the late reply would be taken for that to the next message


def test_slow_replies_are_waited_for() -> None:
    slow = [Fault(step, seconds=0.3) for step in ("greeting", "MAIL", "RCPT", "message")]  # type: ignore[arg-type]
    with SmtpServer(faults=slow) as server, connected(server) as session:
        assert session.send(ADDRESS, "a@school.test", DATA, nothing).code == 250


def test_nothing_is_sent_where_the_beginning_could_not_be_noted() -> None:
    def fails() -> None:
        raise OSError("disk full")

    with SmtpServer() as server, connected(server) as session:
        with pytest.raises(OSError, match="disk full"):
            session.send(ADDRESS, "a@school.test", DATA, fails)
        assert not session.is_alive()
    assert server.record.steps["DATA"] == 0


def test_a_message_over_the_servers_limit_is_not_even_offered() -> None:
    with SmtpServer(size=1000) as server, connected(server) as session:
        with pytest.raises(smtp.Refused) as raised:
            session.send(ADDRESS, "a@school.test", DATA + b"x" * 1000, lambda: pytest.fail("begun"))
        assert session.send(ADDRESS, "a@school.test", DATA, nothing).code == 250
    assert (raised.value.step, raised.value.reply.code) == ("size", 552)
    assert server.record.steps["MAIL"] == 1


def test_a_connection_that_the_server_closed_while_idle_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smtp, "_IDLE", 0.0)
    with SmtpServer(faults=[Fault("NOOP", "", nth=(2,))]) as server, connected(server) as session:
        assert session.is_alive()
        assert not session.is_alive()
    assert server.record.steps["NOOP"] == 2
