"""What lies in a mailbox comes out as it is, and the mailbox stays as it was."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

import pytest
from attrs import evolve

from eduxl.errors import MailError
from eduxl.mail.incoming import Gone, Withheld, open_box
from eduxl.mail.secret import Secret
from eduxl.mail.settings import Server, Settings
from tests.mail.dovecot import CODE, Dovecot, dovecot, needs_dovecot
from tests.mail.letters import OURS, samples
from tests.mail.odd_servers import MAIL, UIDS, OddImap, OddPop3, cut

DAY = date(2022, 6, 20)
#: Lines of dots, and one longer than poplib takes.
DOTS = b"Subject: dots\r\n\r\n.\r\n..a\r\n" + b"x" * 200_000 + b"\r\n.\r\n"
MAILS = [*[sample.raw for sample in samples()][:12], DOTS]
WAYS = [(protocol, security) for protocol in ("imap", "pop3") for security in ("ssl", "starttls", "plain")]


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Dovecot]:
    with dovecot() as made:
        monkeypatch.setenv("SSL_CERT_FILE", str(made.ca))
        yield made


def at(port: int, **other: Any) -> Settings:
    """An IMAP server without protection."""
    where = Server("127.0.0.1", port)
    return Settings(
        OURS, "", other.get("provider", "custom"), where, where, other.get("protocol", "imap"), "plain",
        other.get("security", "plain"),
    )  # fmt: skip


def code_of(settings: Settings, code: str = CODE) -> str:
    """The code of the refusal."""
    with pytest.raises(MailError) as refusal, open_box(settings, Secret(code)):
        pass
    assert code not in str(refusal.value)
    return refusal.value.code


# --- Dovecot --------------------------------------------------------------------------------------
@needs_dovecot
@pytest.mark.parametrize(("protocol", "security"), WAYS)
def test_mails_come_as_they_are_and_stay_unread(server: Dovecot, protocol: Any, security: Any) -> None:
    server.deliver([(raw, datetime(2022, 6, 20, 10, number)) for number, raw in enumerate(MAILS)])
    with server.open(protocol, security) as box:
        items = list(box.listed(DAY))
        assert [box.raw(item) for item in items] == MAILS
        assert [box.header(item) for item in items] == [
            raw.partition(b"\r\n\r\n")[0] + b"\r\n\r\n" for raw in MAILS
        ]
        assert [item.size for item in items] == list(map(len, MAILS))
        if box.gives_time:
            assert [item.received for item in items] == [
                datetime(2022, 6, 20, 10, n) for n in range(len(MAILS))
            ]
    with server.open(protocol, security) as box:
        assert [item.key for item in box.listed(DAY)] == [item.key for item in items]
    assert server.unread() == len(MAILS)


@needs_dovecot
def test_looking_by_imap_changes_no_file_of_the_mailbox(server: Dovecot) -> None:
    server.deliver(MAILS)
    before = server.contents()
    with server.open() as box:
        for item in list(box.listed(DAY)):
            box.raw(item)
    assert server.contents() == before


@needs_dovecot
def test_mails_of_earlier_days_are_not_listed(server: Dovecot) -> None:
    days = [
        datetime(2022, 6, 18, 12),
        datetime(2022, 6, 19, 23, 59),
        datetime(2022, 6, 20, 0, 1),
        datetime(2022, 7, 1),
    ]
    server.deliver(list(zip(MAILS, days, strict=False)))
    with server.open() as box:
        assert [item.received for item in box.listed(DAY)] == days[2:]


@needs_dovecot
def test_only_those_asked_for_are_marked_and_nothing_is_taken_away(server: Dovecot) -> None:
    server.deliver(MAILS[:4])
    with server.client() as client:
        client.select()
        client.store("3", "+FLAGS", r"(\Deleted)")
    with server.open() as box:
        items = list(box.listed(DAY))
        assert box.mark_seen(items[1:2])
        assert list(box.listed(DAY)) == items
    with server.client() as client:
        client.select(readonly=True)
        flags = [line.upper().count(b"SEEN") for line in client.fetch("1:*", "(FLAGS)")[1]]
    assert flags == [0, 1, 0, 0]


@needs_dovecot
def test_pop3_cannot_mark_and_says_so(server: Dovecot) -> None:
    server.deliver(MAILS[:1])
    with server.open("pop3") as box:
        assert not box.mark_seen(list(box.listed(DAY)))


@needs_dovecot
def test_a_mail_that_was_deleted_meanwhile_is_gone(server: Dovecot) -> None:
    server.deliver(MAILS[:2])
    with server.open() as box:
        items = list(box.listed(DAY))
        with server.client() as client:
            client.select()
            client.store("1", "+FLAGS", r"(\Deleted)")
            client.expunge()
        with pytest.raises(Gone):
            box.raw(items[0])
        assert box.raw(items[1]) == MAILS[1]


@needs_dovecot
@pytest.mark.parametrize("protocol", ["imap", "pop3"])
def test_a_wrong_secret_is_a_refused_login(server: Dovecot, protocol: Any) -> None:
    assert code_of(server.settings(protocol, "ssl"), "no-such-secret") == "login"


@needs_dovecot
@pytest.mark.parametrize(("protocol", "security"), [way for way in WAYS if way[1] != "plain"])
@pytest.mark.parametrize("wrong", ["nobody vouches", "another name"])
def test_a_bad_certificate_stops_it_before_the_login(
    server: Dovecot, monkeypatch: pytest.MonkeyPatch, protocol: Any, security: Any, wrong: str
) -> None:
    if wrong == "nobody vouches":
        monkeypatch.delenv("SSL_CERT_FILE")
    host = "127.0.0.1" if wrong == "another name" else "localhost"
    assert code_of(server.settings(protocol, security, host=host)) == "bad-certificate"
    log = (server.folder / "log").read_text()
    assert "Login:" not in log and OURS not in log


@needs_dovecot
@pytest.mark.parametrize("protocol", ["imap", "pop3"])
def test_tls_on_a_port_without_it_is_said_to_be_the_wrong_port(server: Dovecot, protocol: Any) -> None:
    settings = server.settings(protocol)
    assert code_of(evolve(settings, receiving="ssl")) == "no-tls"


@needs_dovecot
@pytest.mark.parametrize("protocol", ["imap", "pop3"])
def test_a_wire_that_is_cut_is_told_as_such(server: Dovecot, protocol: Any) -> None:
    server.deliver([MAILS[0] + b"x" * 50_000 + b"\r\n"])
    with (
        cut(server.ports[protocol], 20_000) as port,
        pytest.raises(MailError) as error,
        open_box(at(port, protocol=protocol), Secret(CODE)) as box,
    ):
        for item in list(box.listed(DAY)):
            box.raw(item)
    assert error.value.code == "connection-lost"


def test_nobody_at_the_port_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    with OddImap().running() as odd:
        port = odd.port
    for protocol in ("imap", "pop3"):
        assert code_of(at(port, protocol=protocol)) == "no-connection"


# --- folders for junk -----------------------------------------------------------------------------
@needs_dovecot
def test_the_folder_marked_as_junk_is_looked_into_and_left_as_it_was() -> None:
    with dovecot(junk="拦截箱") as server:
        server.make("Junk")
        server.deliver(MAILS[:2], "拦截箱")
        server.deliver(MAILS[2:3])
        before = server.contents()
        with server.open() as box:
            assert box.folders() == ("", "拦截箱")
            theirs, ours = list(box.listed(DAY, "拦截箱")), list(box.listed(DAY))
            assert [box.raw(item) for item in (theirs[0], ours[0], theirs[1])] == [
                MAILS[0],
                MAILS[2],
                MAILS[1],
            ]
        assert server.contents() == before
        with server.open() as box:
            box.folders()
            assert box.mark_seen([theirs[0], ours[0]])
        assert (server.unread("拦截箱"), server.unread()) == (1, 0)


@needs_dovecot
def test_without_marks_folders_are_known_by_their_names(server: Dovecot) -> None:
    for name in ("垃圾邮件", "广告邮件", "照片", "病毒邮件"):
        server.make(name)
    with server.open() as box:
        assert box.folders() == ("", "垃圾邮件", "广告邮件")
    with server.open("pop3") as box:
        assert box.folders() == ("",)


@needs_dovecot
def test_a_folder_that_cannot_be_opened_leaves_the_inbox_as_it_is(server: Dovecot) -> None:
    server.make("垃圾邮件")
    server.deliver(MAILS[:1])
    server.close("垃圾邮件")
    with server.open() as box:
        for folder in box.folders()[1:]:
            with pytest.raises(Withheld):
                list(box.listed(DAY, folder))
        assert [box.raw(item) for item in box.listed(DAY)] == MAILS[:1]


@pytest.mark.parametrize(
    ("answer", "names"),
    [
        (b"TAG OK none", []),
        (b"TAG NO never", []),
        (b"TAG BAD what", []),
        (b'* LIST (\\HasNoChildren) "." INBOX.Spam\r\nTAG OK done', ["INBOX.Spam"]),
        (b'* LIST () NIL "Junk E-mail"\r\n* LIST (\\Noselect) "/" Junk\r\nTAG OK done', ["Junk E-mail"]),
        (b'* LIST () "/" Junk\r\n* LIST (\\JUNK) "/" {1}\r\nb\r\nTAG OK done', ["b"]),
        (b'* LIST () "/" "&V4NXPpCuTvY"\r\n* LIST (\\Junk) "/" "&!-"\r\n* LIST x\r\nTAG OK done', ["&!-"]),
        (b'* LIST (\\Junk) "/" "a \\"b"\r\nTAG OK done', ['a "b']),
        (b'* LIST (\\Junk) "/" {4}\r\na\r\nb\r\n* LIST (\\Junk) "/" INBOX\r\nTAG OK done', []),
    ],
)
def test_lists_of_folders_are_read_as_servers_write_them(answer: bytes, names: list[str]) -> None:
    with OddImap({"LIST": answer}).running() as odd, open_box(at(odd.port), Secret("x")) as box:
        assert box.folders() == ("", *names)
        assert len(list(box.listed(DAY))) == len(UIDS)


@pytest.mark.parametrize(("offer", "command"), [("SPECIAL-USE", "LIST"), ("XLIST", "XLIST")])
def test_servers_that_tell_the_mark_only_when_asked_are_asked(offer: str, command: str) -> None:
    mark = "\\Spam" if command == "XLIST" else "\\Junk"
    question = "XLIST" if command == "XLIST" else 'LIST "" "*" RETURN'
    told = f'* {command} ({mark}) "/" "x"\r\nTAG OK done'.encode()
    answers = {question: told, "LIST": b'* LIST () "/" "x"\r\nTAG OK done'}
    with (
        OddImap(answers, offers=f"IMAP4rev1 {offer}").running() as odd,
        open_box(at(odd.port), Secret("x")) as box,
    ):
        assert box.folders() == ("", "x")
        assert [item.folder for item in box.listed(DAY, "x")] == ["x"] * len(UIDS)
        assert 'EXAMINE "x"' in odd.commands


# --- the manners of providers ---------------------------------------------------------------------
def test_a_search_out_of_order_and_numbers_behind_the_mail_are_understood() -> None:
    with OddImap().running() as odd, open_box(at(odd.port), Secret("x")) as box:
        items = list(box.listed(DAY))
        assert [item.key for item in items] == [f"9/{uid}" for uid in sorted(UIDS)]
        assert [box.raw(item) for item in items] == [MAIL] * len(UIDS)


def test_it_says_who_it_is_before_it_looks_into_the_inbox() -> None:
    with OddImap().running() as odd, open_box(at(odd.port), Secret("x")):
        verbs = [command.split()[0].upper() for command in odd.commands]
    assert verbs.index("LOGIN") < verbs.index("ID") < verbs.index("EXAMINE")
    assert "SELECT" not in verbs


def test_it_says_who_it_is_to_163_also_where_that_is_not_offered() -> None:
    answers = {"ID ": b"TAG BAD what"}
    with OddImap(answers, offers="IMAP4rev1").running() as odd:
        with open_box(at(odd.port, provider="163"), Secret("x")):
            assert any(command.startswith("ID ") for command in odd.commands)
        odd.commands.clear()
        with open_box(at(odd.port), Secret("x")):
            assert not any(command.startswith("ID ") for command in odd.commands)


def test_an_unsafe_login_is_told_from_a_wrong_secret() -> None:
    unsafe = b"TAG NO EXAMINE Unsafe Login. Please contact kefu@188.com for help"
    with OddImap({"EXAMINE": unsafe}).running() as odd:
        assert code_of(at(odd.port), "Kd8xQ2zrw") == "unsafe-login"


def test_the_secret_never_shows_in_what_a_server_says_back() -> None:
    answers = {"LOGIN": b'TAG NO [AUTHENTICATIONFAILED] "Kd8xQ2zrw" is wrong'}
    with OddImap(answers).running() as odd:
        assert code_of(at(odd.port), "Kd8xQ2zrw") == "login"
    with OddImap({"LOGIN": b"TAG BAD do not say Kd8xQ2zrw"}).running() as odd:
        code_of(at(odd.port), "Kd8xQ2zrw")


@pytest.mark.parametrize("greeting", [b"* BYE too many", b"220 mail.example ESMTP", b"* PREAUTH come in"])
def test_no_secret_goes_to_a_server_that_does_not_protect_the_line(greeting: bytes) -> None:
    with OddImap(greeting=greeting).running() as odd:
        assert code_of(at(odd.port, security="starttls")) in ("no-starttls", "no-connection")
        assert not any(
            word in command.upper() for command in odd.commands for word in ("LOGIN", "AUTHENTICATE")
        )


def test_a_server_without_starttls_gets_no_secret() -> None:
    with OddImap().running() as odd:
        assert code_of(at(odd.port, security="starttls")) == "no-starttls"
        assert not any("LOGIN" in command.upper() for command in odd.commands)


def test_a_server_without_a_search_by_day_is_asked_for_all() -> None:
    with (
        OddImap({"UID SEARCH SINCE": b"TAG BAD what"}).running() as odd,
        open_box(at(odd.port), Secret("x")) as box,
    ):
        assert len(list(box.listed(DAY))) == len(UIDS)
        assert list(box.listed(date(2022, 6, 21))) == []


def test_a_mail_that_vanished_is_gone_and_the_others_come() -> None:
    with (
        OddImap({"UID FETCH 7 (UID BODY": b"TAG OK nothing"}).running() as odd,
        open_box(at(odd.port), Secret("x")) as box,
    ):
        first, second, third = box.listed(DAY)
        with pytest.raises(Gone):
            box.raw(second)
        assert box.raw(third) == box.raw(first) == MAIL


def test_mails_are_not_marked_where_the_numbers_mean_others_by_now() -> None:
    anew = b"* 3 EXISTS\r\n* OK [UIDVALIDITY 10] ok\r\nTAG OK done"
    with OddImap({"SELECT": anew}).running() as odd, open_box(at(odd.port), Secret("x")) as box:
        box.mark_seen(list(box.listed(DAY)))
    assert not any("STORE" in command for command in odd.commands)


def test_pop3_without_top_or_with_names_that_are_not_unique_still_gives_each_mail() -> None:
    with OddPop3().running() as port, open_box(at(port, protocol="pop3"), Secret("x")) as box:
        items = list(box.listed(DAY))
        assert len({item.key for item in items}) == len(items) == 2
        assert [box.header(item)[:10] for item in items] == [MAIL[:10]] * 2
        assert [box.raw(item) for item in items] == [MAIL] * 2


def test_pop3_without_numbers_is_refused_in_words() -> None:
    with (
        OddPop3({"UIDL": b"-ERR what"}).running() as port,
        open_box(at(port, protocol="pop3"), Secret("x")) as box,
        pytest.raises(MailError) as error,
    ):
        list(box.listed(DAY))
    assert error.value.code == "no-uidl"
