"""What a tracker keeps of its mailbox, and which servers may be talked to without encryption."""

from __future__ import annotations

import stat
import sys
from pathlib import Path

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from eduxl.errors import FileProblem, MailError
from eduxl.mail.settings import FILE, Server, Settings, is_loopback, load, save, server, usable

OFFICE = Settings(
    "jyj@163.com",
    "民乐县教育局",
    "163",
    Server("smtp.163.com", 465),
    Server("imap.163.com", 993),
    "imap",
    "ssl",
)


def test_settings_come_back_as_they_were_saved(tmp_path: Path) -> None:
    other = evolve(
        OFFICE,
        name='教育局 "办公室" \\ 信息',
        smtp=Server("::1", 25),
        security="plain",
        protocol="pop3",
        receiving="starttls",
    )
    for settings in (OFFICE, other):
        assert save(settings, tmp_path) == tmp_path / FILE
        assert load(tmp_path) == settings


@given(name=st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Zl", "Zp"]), max_size=60))
def test_any_name_comes_back(tmp_path_factory: pytest.TempPathFactory, name: str) -> None:
    memory = tmp_path_factory.mktemp("memory")
    save(evolve(OFFICE, name=name), memory)
    assert load(memory).name == name


def test_receiving_is_protected_as_sending_unless_told_apart() -> None:
    assert OFFICE.receiving == "ssl"
    assert evolve(OFFICE, security="starttls", receiving="ssl").receiving == "ssl"


@pytest.mark.skipif(sys.platform == "win32", reason="rights of files are others there")
def test_only_this_user_can_read_them(tmp_path: Path) -> None:
    save(OFFICE, tmp_path)
    assert stat.S_IMODE((tmp_path / FILE).stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == [FILE]


def test_without_settings_it_is_said_how_to_make_them(tmp_path: Path) -> None:
    with pytest.raises(MailError, match="eduxl mail setup") as caught:
        load(tmp_path)
    assert caught.value.code == "no-settings"


def test_a_folder_that_is_gone_is_a_problem_in_words(tmp_path: Path) -> None:
    with pytest.raises(FileProblem, match="不存在"):
        save(OFFICE, tmp_path / "没有")


@pytest.mark.parametrize(
    "change",
    [
        ('"imap"', '"gopher"'),
        ("993", '"993"'),
        ("993", "0"),
        ("993", "70000"),
        ("993", "true"),
        ('"ssl"', '"tls"'),
        ("[smtp]", "[smtps]"),
        ("[smtp]", "[smtp"),
        ('address = "jyj@163.com"', "address = 5"),
        ('"jyj@163.com"', '"jyj"'),
        ('"jyj@163.com"', '"jyj@163.com\\nBcc: x@y.cn"'),
        ('"民乐县教育局"', '"教育局\\r\\nBcc: x@y.cn"'),
        ('"imap.163.com"', '"imap.163.com/x"'),
    ],
)
def test_a_broken_file_is_said_to_be_so(tmp_path: Path, change: tuple[str, str]) -> None:
    path = save(OFFICE, tmp_path)
    text = path.read_text(encoding="utf-8")
    assert change[0] in text
    path.write_text(text.replace(*change), encoding="utf-8")
    with pytest.raises(MailError, match="eduxl mail setup") as caught:
        load(tmp_path)
    assert caught.value.code == "bad-settings"


@pytest.mark.parametrize(
    "data", [b"\xff\xfe\x00", b"", b"password = 'hunter2'", b"smtp = 5\nincoming = 5", b"\x00" * 99]
)
def test_bytes_that_are_no_settings_are_not_quoted(tmp_path: Path, data: bytes) -> None:
    (tmp_path / FILE).write_bytes(data)
    with pytest.raises(MailError) as caught:
        load(tmp_path)
    assert caught.value.code == "bad-settings" and "hunter2" not in str(caught.value)
    assert caught.value.__cause__ is None and caught.value.__suppress_context__


def test_a_file_that_notepad_saved_is_read(tmp_path: Path) -> None:
    path = save(OFFICE, tmp_path)
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    assert load(tmp_path) == OFFICE


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST", "127.0.0.1", "127.8.9.10", "::1", "[::1]"])
def test_this_computer_by_its_names(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize(
    "host",
    [
        "", "localhost.evil.com", "127.0.0.1.evil.com", "127.0.0.256", "127.1", "127.0.0.1 ", "0.0.0.0", "128.0.0.1", "::2",
        "::ffff:127.0.0.1", "localhost.", "mail.local", "2130706433", "0x7f.0.0.1", "127.0.0.01", "１２７.0.0.1",
    ],
)  # fmt: skip
def test_another_computer_whatever_its_name_looks_like(host: str) -> None:
    assert not is_loopback(host)


@pytest.mark.parametrize("part", ["smtp", "incoming"])
def test_plain_text_is_for_this_computer_only(tmp_path: Path, part: str) -> None:
    here = evolve(
        OFFICE,
        smtp=Server("127.0.0.1", 25),
        incoming=Server("localhost", 143),
        security="plain",
        receiving="plain",
    )
    save(here, tmp_path)
    away = evolve(here, **{part: Server("192.168.1.5", 25)})
    with pytest.raises(MailError, match="不加密") as caught:
        save(away, tmp_path)
    assert caught.value.code == "plain-refused"
    assert load(tmp_path) == here, "what was saved before stays"


def test_plain_text_is_refused_when_loading_too(tmp_path: Path) -> None:
    path = save(OFFICE, tmp_path)
    path.write_text(path.read_text(encoding="utf-8").replace('"ssl"', '"plain"'), encoding="utf-8")
    with pytest.raises(MailError) as caught:
        load(tmp_path)
    assert caught.value.code == "plain-refused"


@pytest.mark.parametrize(
    ("text", "host", "port"),
    [
        ("smtp.163.com:465", "smtp.163.com", 465),
        (" smtp.163.com ", "smtp.163.com", 1),
        ("smtp.163.com：４６５", "smtp.163.com", 465),
        ("smtp。163。com:465", "smtp.163.com", 465),
        ("[::1]:2525", "::1", 2525),
        ("[2001:db8::7]", "2001:db8::7", 1),
        ("::1", "::1", 1),
        ("127.0.0.1:65535", "127.0.0.1", 65535),
    ],
)
def test_a_server_as_people_type_it(text: str, host: str, port: int) -> None:
    assert server(text, 1) == Server(host, port)


@pytest.mark.parametrize(
    "text",
    [
        "", ":", ":465", "host:", "host:0", "host:65536", "host:99999999", "host:-1", "host:4 65", "host:465x", "host:٤٦٥",
        "smtps://host:465", "[::1", "[::1]465", "[::1]:", "[host]:1", "a b:1", "user@host:1", "host/path", "h:1:2", "h\n:1",
    ],
)  # fmt: skip
def test_what_is_no_server_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match=r"\.163\.com:|::1"):
        server(text, 1)


@given(st.text(max_size=40))
def test_any_text_is_a_server_that_can_be_used_or_refused(text: str) -> None:
    try:
        found = server(text, 465)
    except ValueError as error:
        assert "。" in str(error)
    else:
        assert usable(evolve(OFFICE, smtp=found)).smtp == found
        assert server(str(found), 1) == found
