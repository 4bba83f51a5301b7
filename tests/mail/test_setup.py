"""From what a clerk types to a mailbox that works, and no word of the secret on the way."""

from __future__ import annotations

import logging
import os
import select
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import keyring
import keyring.backends.fail
import pytest
from attrs import evolve
from click.testing import CliRunner, Result

from eduxl.cli_mail import mail
from eduxl.console import Commands
from eduxl.mail.secret import VARIABLE, Secret
from eduxl.mail.settings import FILE, Server, load
from eduxl.mail.setup import Given, address_of, check, missing, plan, try_out
from eduxl.tracker.tracker import Tracker
from tests.builders import small_plan, small_roster
from tests.mail.smtp_server import Fault, SmtpServer

USER, CODE = "office@edu.test", "Wq7ZpLm4XyNsRtVb"


# --- what is meant ------------------------------------------------------------------------------
def test_an_address_is_enough_for_a_known_provider() -> None:
    given = Given("jyj@163.com", "163")
    assert missing(given) == []
    meant = plan(given)
    assert meant.settings.smtp == Server("smtp.163.com", 465)
    assert meant.settings.incoming == Server("imap.163.com", 993)
    assert (meant.settings.protocol, meant.settings.security) == ("imap", "ssl")
    assert meant.pop3 and meant.pop3.incoming == Server("pop.163.com", 995) and meant.pop3.protocol == "pop3"


def test_a_preset_may_protect_its_servers_in_two_ways() -> None:
    meant = plan(Given("bgs@mljy.gov.cn", "outlook")).settings
    assert (meant.smtp.port, meant.security) == (587, "starttls")
    assert (meant.incoming.port, meant.receiving) == (993, "ssl")


def test_security_that_was_given_is_used_for_both() -> None:
    meant = plan(Given("bgs@mljy.gov.cn", "outlook", security="ssl")).settings
    assert (meant.smtp.port, meant.security, meant.incoming.port, meant.receiving) == (465, "ssl", 993, "ssl")
    meant = plan(Given("jyj@qq.com", "qq", security="starttls")).settings
    assert (meant.smtp.port, meant.security, meant.incoming.port, meant.receiving) == (
        587,
        "starttls",
        143,
        "starttls",
    )


@pytest.mark.parametrize(
    ("security", "ports"),
    [(None, (465, 993)), ("ssl", (465, 993)), ("starttls", (587, 143)), ("plain", (25, 143))],
)
def test_servers_without_ports_get_the_usual_ones(security: str | None, ports: tuple[int, int]) -> None:
    given = Given("a@b.cn", "custom", smtp="localhost", imap="[::1]", security=security)  # type: ignore[arg-type]
    meant = plan(given).settings
    assert (meant.smtp.port, meant.incoming.port) == ports
    assert meant.security == meant.receiving == (security or "ssl")


def test_a_port_tells_the_protection_where_nothing_else_does() -> None:
    meant = plan(Given("a@b.cn", "custom", smtp="mail.b.cn:587", imap="mail.b.cn:993")).settings
    assert (meant.security, meant.receiving) == ("starttls", "ssl")


def test_pop3_alone_is_what_mail_is_fetched_by() -> None:
    meant = plan(Given("a@b.cn", "custom", smtp="mail.b.cn", pop3="pop.b.cn"))
    assert (meant.settings.protocol, meant.settings.incoming) == ("pop3", Server("pop.b.cn", 995))
    assert meant.pop3 is None


def test_pop3_beside_imap_is_what_to_fall_back_on() -> None:
    meant = plan(Given("a@b.cn", "custom", smtp="mail.b.cn", imap="imap.b.cn", pop3="pop.b.cn:110"))
    assert meant.settings.protocol == "imap"
    assert meant.pop3 and (meant.pop3.incoming, meant.pop3.receiving) == (Server("pop.b.cn", 110), "starttls")


def test_a_secret_for_a_server_that_was_typed_never_goes_to_that_of_the_preset() -> None:
    assert plan(Given("jyj@163.com", "163", imap="127.0.0.1:1143")).pop3 is None


def test_what_is_missing_is_named() -> None:
    assert missing(Given("a@b.cn", "custom")) == ["smtp", "imap"]
    assert missing(Given("a@b.cn", "custom", smtp="x", pop3="y")) == []


@pytest.mark.parametrize("text", ["jyj@163.com", " jyj@163.com ", "ｊｙｊ＠163．com", "jyj@163。com"])
def test_an_address_as_an_input_method_writes_it(text: str) -> None:
    assert address_of(text) == "jyj@163.com"


@pytest.mark.parametrize(
    "text",
    ["", "jyj", "jyj@", "@163.com", "a@b@c.cn", "a b@c.cn", "jyj@163", "a@b.cn\r\nBcc: x@y.cn", "<a@b.cn>"],
)
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"jyj@163\.com"):
        address_of(text)


# --- the command --------------------------------------------------------------------------------
@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A tracker's folder, on a computer without a keyring, in this process and in others."""
    before = keyring.get_keyring()
    keyring.set_keyring(keyring.backends.fail.Keyring())
    (tmp_path / "台账").mkdir()
    monkeypatch.chdir(tmp_path / "台账")
    monkeypatch.delenv(VARIABLE, raising=False)
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.fail.Keyring")
    Tracker.create(small_plan(), small_roster(), Path("总台账.xlsx"), as_of=date(2022, 6, 1))
    yield tmp_path / "台账"
    keyring.set_keyring(before)


def run(*words: str, code: int = 0) -> Result:
    result = CliRunner().invoke(Commands("eduxl", commands=[mail]), ["mail", "setup", *words])
    assert result.exit_code == code, result.output
    assert CODE not in result.output
    return result


def memory(folder: Path) -> Path:
    return folder / "总台账.eduxl"


def test_without_a_test_settings_are_saved_and_said(folder: Path) -> None:
    said = run("--address", "jyj@163.com", "--name", "民乐县教育局", "--no-test").stdout
    assert load(memory(folder)).incoming == Server("imap.163.com", 993)
    assert "民乐县教育局 <jyj@163.com>" in said and "smtp.163.com:465" in said and VARIABLE in said
    assert (folder / "邮件文字").is_dir() and "邮件文字" in said


def test_the_sender_keeps_the_name_until_another_is_given(folder: Path) -> None:
    run("--address", "jyj@163.com", "--name", "民乐县教育局", "--no-test")
    run("--address", "jyj@163.com", "--pop3", "pop.163.com", "--no-test")
    assert (load(memory(folder)).name, load(memory(folder)).protocol) == ("民乐县教育局", "pop3")
    run("--address", "jyj@163.com", "--name", "", "--no-test")
    assert load(memory(folder)).name == ""


def test_the_secret_is_in_the_variable_where_there_is_no_keyring(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, CODE)
    assert f"授权码保存在环境变量 {VARIABLE}" in run("--address", "jyj@163.com", "--no-test").stdout
    assert not any(CODE.encode() in path.read_bytes() for path in folder.rglob("*") if path.is_file())


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "缺少 --address"),
        (["--address", "jyj"], "不是邮箱地址"),
        (["--address", "bgs@mljy.gov.cn"], "缺少 --provider"),
        (["--address", "bgs@mljy.gov.cn", "--provider", "custom"], "缺少 --smtp"),
        (["--address", "bgs@mljy.gov.cn", "--provider", "custom", "--smtp", "x"], "缺少 --imap"),
        (["--address", "jyj@163.com", "--provider", "gmial"], "--provider 只能是 163"),
        (["--address", "jyj@163.com", "--security", "tls"], "--security 只能是 ssl"),
        (["--address", "jyj@163.com", "--smtp", "x:99999"], "1 到 65535"),
        (["--address", "jyj@163.com", "--imap", "imaps://x"], "imaps://"),
        (["--address", "jyj@163.com", "--pop3", "[::1"], "[::1]"),
    ],
)
def test_what_is_missing_or_wrong_is_a_usage_error_without_a_terminal(
    folder: Path, words: list[str], said: str
) -> None:
    assert said in run(*words, code=2).stderr
    assert not (memory(folder) / FILE).exists()


def test_without_a_secret_nothing_is_tried(folder: Path) -> None:
    assert VARIABLE in run("--address", "jyj@163.com", code=1).stderr
    assert not (memory(folder) / FILE).exists()


@pytest.mark.parametrize(
    "server", ["smtp.163.com:25", "192.168.1.2:25", "127.0.0.1.evil.com:25", "0.0.0.0:25"]
)
def test_plain_text_is_refused_but_for_this_computer_also_without_a_test(folder: Path, server: str) -> None:
    words = ["--address", "a@b.cn", "--security", "plain", "--no-test"]
    assert "plain" in run(*words, "--smtp", server, "--imap", "localhost", code=1).stderr
    assert "plain" in run(*words, "--smtp", "localhost", "--imap", server, code=1).stderr
    assert "plain" in run(*words, "--smtp", "::1", "--imap", "::1", "--pop3", server, code=1).stderr
    assert not (memory(folder) / FILE).exists()
    run(*words, "--smtp", "localhost:2525", "--imap", "[::1]:1143")
    assert load(memory(folder)).incoming == Server("::1", 1143)


def test_a_folder_without_a_tracker_is_a_sentence(folder: Path) -> None:
    (folder / "别处").mkdir()
    assert "没有总台账" in run("-m", "别处", "--address", "jyj@163.com", code=1).stderr


def test_the_help_page_needs_no_mail_library() -> None:
    script = (
        "import sys\n"
        "from eduxl.console import Commands\n"
        "from eduxl.cli_mail import mail\n"
        "Commands('eduxl', commands=[mail]).main(['mail', 'setup', '--help'], standalone_mode=False)\n"
        "heavy = {'keyring', 'imap_tools', 'imaplib', 'poplib', 'smtplib', 'ssl', 'sqlalchemy', 'attrs', 'tomllib'}\n"
        "sys.exit(', '.join(sorted(heavy & sys.modules.keys())) or 0)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, encoding="utf-8")
    assert done.returncode == 0, done.stderr
    assert "授权码不写进文件" in done.stdout


unix = pytest.mark.skipif(sys.platform == "win32", reason="no pseudo-terminals")


# --- on a terminal ------------------------------------------------------------------------------
class Terminal:
    """The command on a pseudo-terminal: `answer` waits for words on the screen and types."""

    def __init__(self, *words: str) -> None:
        script = "from eduxl.console import Commands; from eduxl.cli_mail import mail; Commands('eduxl', commands=[mail]).main()"
        import pty

        self.process, self.screen = pty.fork()
        if self.process == 0:
            os.execv(sys.executable, [sys.executable, "-c", script, "mail", "setup", *words])
        self.shown = ""

    def read(self) -> bool:
        try:
            data = os.read(self.screen, 4096) if select.select([self.screen], [], [], 60)[0] else b""
        except OSError:  # the other end is gone
            data = b""
        self.shown += data.decode("utf-8", "replace")
        return bool(data)

    def answer(self, asked: str, typed: str) -> None:
        start = len(self.shown)
        while asked not in self.shown[start:]:
            assert self.read(), self.shown
        time.sleep(0.2)  # getpass throws away what was typed before it turned the echo off
        os.write(self.screen, typed.encode() + b"\r")

    def end(self) -> int:
        while self.read():
            pass
        return os.waitstatus_to_exitcode(os.waitpid(self.process, 0)[1])


@unix
def test_on_a_terminal_what_is_missing_is_asked_and_the_secret_not_shown(folder: Path) -> None:
    terminal = Terminal("--no-test")
    terminal.answer("邮箱地址：", "jyj")
    terminal.answer("邮箱地址：", "bgs@mljy.gov.cn")
    terminal.answer("哪一种邮箱", "gmial")
    terminal.answer("哪一种邮箱", "custom")
    terminal.answer("SMTP", "mail.mljy.gov.cn:99999")
    terminal.answer("SMTP", "mail.mljy.gov.cn")
    terminal.answer("IMAP", "mail.mljy.gov.cn:993")
    terminal.answer("发件人名称", "民乐县教育局")
    terminal.answer("授权码（输入时不显示）", "")
    terminal.answer("授权码（输入时不显示）", CODE)
    assert terminal.end() == 0, terminal.shown
    assert CODE not in terminal.shown and "授权码不能是空的" in terminal.shown
    saved = load(memory(folder))
    assert (saved.address, saved.name, saved.smtp) == (
        "bgs@mljy.gov.cn",
        "民乐县教育局",
        Server("mail.mljy.gov.cn", 465),
    )


@unix
def test_a_known_address_leaves_little_to_ask(folder: Path) -> None:
    terminal = Terminal("--no-test")
    terminal.answer("邮箱地址：", "10001@qq.com")
    terminal.answer("发件人名称", "")
    terminal.answer("授权码（输入时不显示）", CODE)
    assert terminal.end() == 0, terminal.shown
    assert "生成授权码" in terminal.shown and CODE not in terminal.shown
    assert evolve(load(memory(folder)), name="x").provider == "qq"


# --- logging in at real servers -----------------------------------------------------------------
def _free() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@contextmanager
def dovecot(imap: str = CODE, pop3: str = CODE) -> Iterator[tuple[int, int]]:
    """Dovecot on loopback with a password for each protocol: the ports of IMAP and POP3."""
    program = shutil.which("dovecot") or (
        "/usr/sbin/dovecot" if os.path.exists("/usr/sbin/dovecot") else None
    )
    if program is None or os.geteuid() != 0:
        pytest.skip("needs dovecot-imapd, dovecot-pop3d and root")
    import pwd

    owner = pwd.getpwnam("nobody")
    folder = Path(tempfile.mkdtemp(prefix="dovecot"))
    folder.chmod(0o755)
    (folder / "mail").mkdir()
    os.chown(folder / "mail", owner.pw_uid, owner.pw_gid)
    for service, password in (("imap", imap), ("pop3", pop3)):
        (folder / f"passwd.{service}").write_text(f"{USER}:{password}\n")
        (folder / f"passwd.{service}").chmod(0o644)
    ports = _free(), _free()
    listeners = "".join(
        f"service {name}-login {{\n inet_listener {name} {{\n  port = {port}\n }}\n"
        f" inet_listener {name}s {{\n  port = 0\n }}\n}}\n"
        for name, port in zip(("imap", "pop3"), ports, strict=True)
    )
    (folder / "conf").write_text(
        f"base_dir = {folder}/run\nstate_dir = {folder}/state\nlog_path = {folder}/log\nprotocols = imap pop3\n"
        f"listen = 127.0.0.1\nssl = no\ndisable_plaintext_auth = no\nauth_failure_delay = 0\nfirst_valid_uid = 1\n"
        f"mail_location = maildir:{folder}/mail/%u\n"
        f"passdb {{\n driver = passwd-file\n args = scheme=PLAIN username_format=%u {folder}/passwd.%s\n}}\n"
        f"userdb {{\n driver = static\n args = uid={owner.pw_uid} gid={owner.pw_gid} home={folder}/mail/%u\n}}\n"
        + listeners
    )
    process = subprocess.Popen([program, "-F", "-c", str(folder / "conf")])
    try:
        until = time.monotonic() + 60
        for port in ports:
            while True:
                try:
                    socket.create_connection(("127.0.0.1", port), 5).close()
                    break
                except OSError:
                    assert process.poll() is None and time.monotonic() < until, "Dovecot did not start"
                    time.sleep(0.05)
        yield ports
    finally:
        process.terminate()
        process.wait()
        shutil.rmtree(folder)


def given(smtp: int, imap: int, pop3: int = 0) -> Given:
    return Given(
        USER,
        "custom",
        "",
        f"127.0.0.1:{smtp}",
        f"127.0.0.1:{imap}",
        f"127.0.0.1:{pop3}" if pop3 else "",
        "plain",
    )


def words(given: Given) -> list[str]:
    return [
        *("--address", given.address, "--security", "plain", "--smtp", given.smtp, "--imap", given.imap),
        *(("--pop3", given.pop3) if given.pop3 else ()),
    ]


@pytest.fixture
def smtp() -> Iterator[SmtpServer]:
    with SmtpServer("plain", user=USER, password=CODE) as server:
        yield server


def test_a_login_that_works_is_saved_and_checked_again(
    folder: Path, smtp: SmtpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, CODE)
    with dovecot() as (imap, _):
        said = run(*words(given(smtp.port, imap)), "--name", "民乐县教育局").stdout
        assert "✓ 发送邮件" in said and "✓ 收取邮件" in said
        saved = load(memory(folder))
        assert (saved.incoming.port, saved.protocol, saved.provider) == (imap, "imap", "custom")
        assert [finding.good for finding in check(saved, Secret(CODE))] == [True, True]
        assert smtp.record.logins == [(USER, CODE)] * 2


def test_a_wrong_secret_is_explained_and_nothing_is_saved(
    folder: Path, smtp: SmtpServer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    monkeypatch.setenv(VARIABLE, CODE)
    smtp.password = "another"
    with dovecot(imap="another", pop3=CODE) as (imap, pop3):
        # POP3 would let in: that it fails shows that there is no third try with a secret that is wrong for sending
        result = run(*words(given(smtp.port, imap, pop3)), code=1)
    assert "✗ 发送邮件" in result.stdout and "✗ 收取邮件" in result.stdout
    assert result.stdout.count("授权码在哪里") == 1 and "没有保存" in result.stderr
    assert not (memory(folder) / FILE).exists() and CODE not in caplog.text


def test_pop3_is_used_where_imap_lets_nobody_in(
    folder: Path, smtp: SmtpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, CODE)
    with dovecot(imap="another") as (imap, pop3):
        said = run(*words(given(smtp.port, imap, pop3))).stdout
    assert "已改用 POP3" in said and "IMAP 不能用" in said
    assert (load(memory(folder)).protocol, load(memory(folder)).incoming.port) == ("pop3", pop3)


def test_pop3_is_used_where_there_is_no_imap(smtp: SmtpServer) -> None:
    with dovecot() as (_, pop3):
        trial = try_out(plan(given(smtp.port, _free(), pop3)), Secret(CODE))
    assert trial.good and trial.settings.protocol == "pop3"


def test_servers_that_are_not_there_are_said_to_be_so() -> None:
    trial = try_out(plan(given(_free(), _free(), _free())), Secret(CODE))
    assert not trial.good and trial.settings.protocol == "imap"
    assert [finding.part for finding in trial.findings] == ["发送", "收取"]
    assert all("127.0.0.1" in finding.text and finding.code == "no-connection" for finding in trial.findings)


def test_a_certificate_that_nobody_trusts_stops_it_before_the_login() -> None:
    with SmtpServer("ssl", user=USER, password=CODE) as server:
        meant = plan(evolve(given(server.port, _free()), security="ssl"))
        sending = try_out(meant, Secret(CODE)).findings[0]
        assert (sending.good, sending.code) == (False, "bad-certificate") and server.record.logins == []


def test_a_server_that_says_the_secret_back_cannot_make_it_show(
    folder: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    monkeypatch.setenv(VARIABLE, CODE)
    line = b64encode(f"\0{USER}\0{CODE}".encode()).decode()
    fault = Fault("AUTH", f"554 nobody knows AUTH PLAIN {line} {b64encode(CODE.encode()).decode()} {CODE}")
    with SmtpServer("plain", faults=[fault], user=USER, password=CODE) as server:
        asked = words(given(server.port, _free()))
        result = run(*asked, code=1)
        debugged = subprocess.run(
            [
                *(sys.executable, "-X", "dev", "-c"),
                "import logging; logging.basicConfig(level=logging.DEBUG); from eduxl.console import Commands; "
                "from eduxl.cli_mail import mail; Commands('eduxl', commands=[mail]).main()",
                *("mail", "setup", "--debug", *asked),
            ],
            capture_output=True,
            text=True,
            encoding="utf-8",
        )
    assert "nobody knows" in result.stdout and "Traceback" in debugged.stderr
    inner = line[8:-4]
    for text in (result.output, debugged.stdout, debugged.stderr, caplog.text):
        assert CODE not in text and line not in text and b64encode(CODE.encode()).decode()[:-4] not in text
        assert inner[-16:] not in text
