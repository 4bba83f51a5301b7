"""The edge to the sending server: one authenticated connection, and what became of each message on it.

A message ends in one of four ways: accepted (`Reply`), `Refused` (the server said no), `Lost` (the connection broke
before DATA, so it may be sent again), `Unsure` (it broke after that, and only the server knows).
"""

from __future__ import annotations

import re
import smtplib
import socket
import time
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import TracebackType
from typing import Literal, NoReturn

from attrs import define, field, frozen

from eduxl.errors import MailError
from eduxl.mail import tls
from eduxl.mail.secret import Secret
from eduxl.mail.settings import Settings, usable
from eduxl.mail.words import meaning, one_line

Step = Literal["greeting", "login", "size", "MAIL", "RCPT", "DATA", "message"]

#: Seconds: for the connection, for a reply. RFC 5321 (4.5.3.2) lets a server think for ten minutes about a whole
#: message; a sender that gives up early leaves the clerk with an unsure unit, so large ones get more than that.
CONNECT, REPLY, LAST = 30.0, 60.0, 180.0
_CHUNK = 1 << 15
_SLOWEST = 16 << 10  # bytes a second: what may still be under way when the last byte was handed to the system
#: A connection that was idle for so many seconds is asked whether it still stands before a message goes out on it.
_IDLE = 4.0
#: The computer's own name may be Chinese, and asking for it may take seconds; servers do not look at it.
_ME = "[127.0.0.1]"
_DOTS = re.compile(rb"^\.", re.MULTILINE)


@frozen
class Reply:
    """The server's answer: its code and its words, in which no secret can be."""

    code: int
    words: str

    def __str__(self) -> str:
        return f"{self.code} {self.words}".strip()


class Refused(Exception):
    """The server said no at `step`; the message is not on its way. Code 421 means that it hung up as well."""

    def __init__(self, step: Step, reply: Reply) -> None:
        super().__init__(f"{step}: {reply}")
        self.step, self.reply = step, reply


class Lost(Exception):
    """The connection broke before the message was begun."""


class Unsure(Exception):
    """The connection broke after DATA and before the final reply."""


@define
class Session:
    """A connection that is logged in. Use as a context manager; any `Lost`, `Unsure` or code 421 ends it."""

    _smtp: smtplib.SMTP
    _secret: Secret
    #: messages accepted on this connection
    sent: int = field(default=0, init=False)
    _used: float = field(factory=time.monotonic, init=False)

    def __enter__(self) -> Session:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Say goodbye where the connection still stands. Never raises for the connection's sake."""
        with suppress(OSError, smtplib.SMTPException):
            if self._smtp.sock:
                self._smtp.sock.settimeout(2.0)
                self._smtp.quit()
        self._smtp.close()

    def is_alive(self) -> bool:
        """Whether the server still listens; asks it where the connection was idle, as pauses make it."""
        if self._smtp.sock is None:
            return False
        if time.monotonic() - self._used < _IDLE:
            return True
        with suppress(OSError, smtplib.SMTPException):
            if self._smtp.noop()[0] == 250:
                self._used = time.monotonic()
                return True
        self._smtp.close()
        return False

    def send(self, sender: str, to: str, data: bytes, begin: Callable[[], None]) -> Reply:
        """Hand over one message (bytes with CRLF); `begin` is called once `to` was accepted, right before DATA.

        Raises `Refused`, `Lost`, `Unsure`, and what `begin` raises: then nothing was sent.
        """
        try:
            self._envelope(sender, to, len(data))
            begin()
            return self._content(data)
        except Refused as refusal:
            if refusal.reply.code == 421:
                self._smtp.close()
            elif refusal.step in ("MAIL", "RCPT", "DATA"):
                self._reset()
            raise
        except BaseException:
            self._smtp.close()  # whatever the server still says would be taken for the answer to something else
            raise
        finally:
            self._used = time.monotonic()

    def _envelope(self, sender: str, to: str, size: int) -> None:
        features = self._smtp.esmtp_features
        limit = features.get("size", "")
        if limit.isdecimal() and 0 < int(limit) < size:
            words = f"5.3.4 message of {size} bytes exceeds the size limit of {limit} bytes"
            raise Refused("size", Reply(552, words))
        options = f" SIZE={size}" if "size" in features else ""
        with _before_data():
            self._say("MAIL", f"MAIL FROM:<{sender}>{options}", 250)
            self._say("RCPT", f"RCPT TO:<{to}>", 250, 251)

    def _content(self, data: bytes) -> Reply:
        try:
            self._say("DATA", "DATA", 354)
            assert self._smtp.sock
            whole = memoryview(_DOTS.sub(b"..", data) if data[:1] == b"." or b"\n." in data else data)
            for start in range(0, len(whole), _CHUNK):  # a timeout bounds each piece, not a large message
                self._smtp.sock.sendall(whole[start : start + _CHUNK])
            self._smtp.sock.sendall(b".\r\n" if data.endswith(b"\r\n") else b"\r\n.\r\n")
            self._smtp.sock.settimeout(LAST + len(data) / _SLOWEST)
            reply = self._reply(*self._smtp.getreply())
            self._smtp.sock.settimeout(REPLY)
        except (OSError, smtplib.SMTPException, ValueError) as error:
            raise Unsure(type(error).__name__) from None
        if not 200 <= reply.code < 600:
            raise Unsure(str(reply))
        if reply.code >= 300:
            raise Refused("message", reply)
        self.sent += 1
        return reply

    def _say(self, step: Step, command: str, *good: int) -> None:
        reply = self._reply(*self._smtp.docmd(command))
        if reply.code not in good:
            _no(step, reply)

    def _reset(self) -> None:
        """Forget the message that was refused, or give the connection up."""
        try:
            if self._smtp.rset()[0] == 250:
                return
        except (OSError, smtplib.SMTPException):
            pass
        self._smtp.close()

    def _reply(self, code: int, words: bytes) -> Reply:
        return Reply(code, self._secret.hide_in(one_line(words)))  # some servers say back what they were told


@contextmanager
def _before_data() -> Iterator[None]:
    try:
        yield
    except (OSError, smtplib.SMTPException, ValueError) as error:
        raise Lost(type(error).__name__) from None


# --- connecting -----------------------------------------------------------------------------------
def connect(settings: Settings, secret: Secret) -> Session:
    """Connect, see to the protection, log in once.

    Raises `MailError`: `no-connection`, `no-tls`, `no-starttls`, `bad-certificate`, `no-login`; where the server
    refuses the connection or the login, the kind of `words.Meaning` is the code.
    """
    smtp = _reach(usable(settings))
    session = Session(smtp, secret)
    try:
        _greeted(session, smtp)
        _protect(session, smtp, settings)
        _login(session, smtp, settings.address, secret)
        assert smtp.sock
        smtp.sock.settimeout(REPLY)
    except Refused as refusal:
        session.close()
        found = meaning(refusal.reply.code, refusal.reply.words)
        raise MailError(found.sentence, code=found.kind) from None
    except (OSError, smtplib.SMTPException, ValueError) as error:
        smtp.close()
        raise tls.unreachable(settings.smtp, error) from None
    except BaseException:
        smtp.close()
        raise
    return session


def _reach(settings: Settings) -> smtplib.SMTP:
    """A connection, encrypted where `ssl` is set; the server has not been listened to yet."""
    smtp = smtplib.SMTP(local_hostname=_ME, timeout=CONNECT)
    host = smtp._host = settings.smtp.host.strip("[]")  # type: ignore[attr-defined]  # certificates are for this name
    try:
        sock = socket.create_connection((host, settings.smtp.port), CONNECT)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        smtp.sock = sock
        if settings.security == "ssl":
            with tls.explained(settings.smtp):
                smtp.sock = tls.context().wrap_socket(sock, server_hostname=host)
    except (OSError, ValueError) as error:
        smtp.close()
        raise tls.unreachable(settings.smtp, error) from None
    except BaseException:
        smtp.close()
        raise
    return smtp


def _greeted(session: Session, smtp: smtplib.SMTP) -> None:
    code, words = smtp.getreply()
    if code != 220:
        _no("greeting", session._reply(code, words))
    _hello(session, smtp)


def _hello(session: Session, smtp: smtplib.SMTP) -> None:
    code, words = smtp.ehlo()
    if not 200 <= code < 300 and code != 421:
        code, words = smtp.helo()
    if not 200 <= code < 300:
        _no("greeting", session._reply(code, words))


def _no(step: Step, reply: Reply) -> NoReturn:
    if not 400 <= reply.code < 600:
        raise smtplib.SMTPServerDisconnected  # not the language of SMTP
    raise Refused(step, reply)


def _protect(session: Session, smtp: smtplib.SMTP, settings: Settings) -> None:
    if settings.security != "starttls":
        return
    refused = not smtp.has_extn("starttls")
    if not refused:
        with tls.explained(settings.smtp):
            try:
                refused = smtp.starttls(context=tls.context())[0] != 220
            except smtplib.SMTPResponseException:
                refused = True
    if refused:
        raise tls.no_starttls(settings.smtp)
    _hello(session, smtp)


def _login(session: Session, smtp: smtplib.SMTP, user: str, secret: Secret) -> None:
    """Log in by one way only: another try with the same words would count as a second wrong password."""
    offered = smtp.esmtp_features.get("auth", "").upper().split()
    if not offered:
        return  # a server that wants none, such as a relay on this computer; others say 530 later
    name, password = user.encode(), secret.reveal().encode("utf-8", "surrogateescape")
    if "PLAIN" in offered:
        whole = b64encode(b"\0" + name + b"\0" + password).decode()
        code, words = smtp.docmd("AUTH", f"PLAIN {whole}")
    elif "LOGIN" in offered:
        code, words = smtp.docmd("AUTH", "LOGIN")
        for line in (name, password):
            if code == 334:
                code, words = smtp.docmd(b64encode(line).decode())
    else:
        raise MailError(
            f"服务器不接受用密码或授权码登录（只有 {'、'.join(offered)}），eduxl 用不了这个邮箱，请换一个邮箱。",
            code="no-login",
        )
    if not 200 <= code < 300:
        _no("login", session._reply(code, words))
