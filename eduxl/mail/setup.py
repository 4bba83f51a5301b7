"""Setting up a mailbox: from what the clerk gave to settings, and whether one can log in with them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Literal

from attrs import evolve, frozen

from eduxl.errors import MailError
from eduxl.mail.providers import Preset, preset
from eduxl.mail.secret import Secret
from eduxl.mail.settings import FILE, PORTS, Incoming, Protocol, Security, Server, Settings, server, usable

Part = Literal["发送", "收取"]

#: Ports that mean how the connection is protected, where nothing was said about that.
_PORT_SECURITY: dict[int, Security] = {
    465: "ssl", 994: "ssl", 993: "ssl", 995: "ssl", 587: "starttls", 25: "starttls", 143: "starttls", 110: "starttls",
}  # fmt: skip
_IN_WORDS: dict[Security, str] = {"ssl": "SSL 加密", "starttls": "STARTTLS 加密", "plain": "不加密，只限本机"}
#: Refusals after which another protocol is not tried with the same secret: the server may be a false one.
_DANGEROUS = frozenset({"bad-certificate", "no-starttls", "plain-refused"})


@frozen
class Finding:
    """How a login went: `text` is a Chinese sentence, `advice` are lines on what to do about a refusal."""

    part: Part
    good: bool
    text: str
    code: str = ""
    advice: tuple[str, ...] = ()

    def lines(self) -> list[str]:
        return [f"{'✓' if self.good else '✗'} {self.part}邮件：{self.text}", *self.advice]


@frozen
class Given:
    """What the clerk gave: servers as HOST:PORT, "" for what is left to the preset."""

    address: str
    provider: str
    name: str = ""
    smtp: str = ""
    imap: str = ""
    pop3: str = ""
    security: Security | None = None


@frozen
class Plan:
    """Settings, and the POP3 server to fall back on where IMAP does not let in (None: there is none)."""

    settings: Settings
    pop3: Settings | None = None


@frozen
class Trial:
    """What a test found, and the settings that passed it (those asked for where none did)."""

    settings: Settings
    findings: tuple[Finding, ...]

    @property
    def good(self) -> bool:
        return all(finding.good for finding in self.findings)


# --- from what was given to settings ------------------------------------------------------------
def address_of(text: str) -> str:
    """A mail address as typed, full-width characters as what they stand for. Raises ValueError in Chinese."""
    typed = unicodedata.normalize("NFKC", text).replace("。", ".").strip()
    part = r"[^\s@<>()\[\],;:\\\"\x00-\x1f\x7f]+"
    if not re.fullmatch(rf"{part}@(?:{part}\.{part}|localhost)", typed):
        raise ValueError(f"“{text}”不是邮箱地址，应写成 jyj@163.com 这样。")
    return typed


def missing(given: Given) -> list[Protocol]:
    """The servers that neither the clerk nor the preset gave."""
    known = preset(given.provider, given.address)
    smtp = given.smtp or known.smtp
    incoming = given.imap or given.pop3 or known.imap
    wanted: tuple[tuple[Protocol, object], ...] = ("smtp", smtp), ("imap", incoming)
    return [protocol for protocol, where in wanted if not where]


def plan(given: Given) -> Plan:
    """The settings that were meant. `missing` has to be empty.

    Raises ValueError in Chinese for a bad HOST:PORT, `MailError` (`plain-refused`, `bad-settings`).
    """
    known = preset(given.provider, given.address)
    smtp, security = _server("smtp", given.smtp, known, given.security)
    protocol: Incoming = "pop3" if given.pop3 and not given.imap else "imap"
    incoming, receiving = _server(protocol, given.imap or given.pop3, known, given.security)
    name = " ".join(given.name.split())
    settings = Settings(given.address, name, given.provider, smtp, incoming, protocol, security, receiving)
    # The secret goes to no server but those of the provider in use or those that were typed.
    fallback = None
    if protocol == "imap" and (given.pop3 or (known.pop3 and not given.imap)):
        other, receiving = _server("pop3", given.pop3, known, given.security)
        fallback = evolve(settings, incoming=other, protocol="pop3", receiving=receiving)
    return Plan(usable(settings), usable(fallback) if fallback else None)


def _server(
    protocol: Protocol, typed: str, known: Preset, security: Security | None
) -> tuple[Server, Security]:
    """A server and how it is protected: as said, else as the port or the preset has it."""
    usual = known.smtp_security if protocol == "smtp" else known.receiving_security
    if typed:
        found = server(typed, 0)
        security = security or _PORT_SECURITY.get(found.port, usual)
        return evolve(found, port=found.port or PORTS[protocol, security]), security
    of_preset = known.smtp if protocol == "smtp" else known.incoming(protocol)
    assert of_preset
    if security is None or security == usual:
        return of_preset, usual
    return evolve(of_preset, port=PORTS[protocol, security]), security


# --- whether one can log in ---------------------------------------------------------------------
def check(settings: Settings, secret: Secret) -> list[Finding]:
    """Log in for sending and for receiving with settings as they are kept; one finding each."""
    return list(try_out(_kept(settings), secret).findings)


def _kept(settings: Settings) -> Plan:
    """The plan that settings are of: with the preset's POP3 server where their IMAP server is the preset's."""
    known = preset(settings.provider, settings.address)
    if settings.protocol != "imap" or known.pop3 is None or settings.incoming != known.imap:
        return Plan(settings)
    other = evolve(settings, incoming=known.pop3, protocol="pop3", receiving=known.receiving_security)
    return Plan(settings, other)


def try_out(plan: Plan, secret: Secret) -> Trial:
    """Log in for sending and for receiving, by POP3 where IMAP does not let in and a POP3 server is known.

    No refusal is raised; none of the texts has the secret in it.
    """
    from eduxl.mail.incoming import open_box
    from eduxl.mail.smtp import connect

    sending = _login("发送", plan.settings, secret, connect)
    if sending.code in _DANGEROUS:  # whoever stands in between gets no second chance
        return Trial(plan.settings, (sending,))
    receiving = _login("收取", plan.settings, secret, open_box)
    # A wrong 授权码 is wrong for POP3 as well, and one more refusal may lock the mailbox.
    hopeless = receiving.good or sending.code == "login" or receiving.code in _DANGEROUS
    if plan.pop3 is None or hopeless:
        return Trial(plan.settings, (sending, receiving))
    by_pop3 = _login("收取", plan.pop3, secret, open_box)
    if not by_pop3.good:
        return Trial(plan.settings, (sending, receiving))
    said = f"IMAP 不能用（{receiving.text.split('。')[0]}），已改用 POP3：{by_pop3.text}"
    return Trial(plan.pop3, (sending, evolve(by_pop3, text=said)))


def _login(
    part: Part, settings: Settings, secret: Secret, enter: Callable[..., AbstractContextManager[Any]]
) -> Finding:
    """Log in and out again; `enter` is the edge's way to connect."""
    where = settings.smtp if part == "发送" else settings.incoming
    try:
        with enter(settings, secret):
            pass
    except MailError as error:
        advice: tuple[str, ...] = ()
        if error.code in ("login", "unsafe-login"):
            advice = tuple(preset(settings.provider, settings.address).steps())
        return Finding(part, False, secret.hide_in(str(error)), error.code, advice)
    except OSError as error:
        text = f"连不上服务器 {where}（{type(error).__name__}）。请检查网络、服务器名称和端口。"
        return Finding(part, False, secret.hide_in(text), "no-connection")
    protocol = "SMTP" if part == "发送" else settings.protocol.upper()
    return Finding(part, True, f"{where}（{protocol}）登录成功。")


# --- what is set --------------------------------------------------------------------------------
def summary(settings: Settings, memory: Path) -> list[str]:
    """What is set, as lines."""
    sender = f"{settings.name} <{settings.address}>" if settings.name else settings.address
    return [
        f"发件人：{sender}（{preset(settings.provider, settings.address).name}）",
        f"发送：{settings.smtp}，{_IN_WORDS[settings.security]}",
        f"收取：{settings.incoming}（{settings.protocol.upper()}），{_IN_WORDS[settings.receiving]}",
        f"设置写在 {memory / FILE}，里面没有授权码。",
    ]
