"""A real SMTP server on loopback (aiosmtpd) with certificates of its own, and faults that can be put in its way.

In a thread of a test: `with SmtpServer("starttls", faults=[Fault("RCPT", "550 5.1.1 no such user", to="x@")]) as server`.
As a process: `python -m tests.mail.smtp_server '{"security": "plain", "keep": false}'` prints its port as a line and,
once its standard input ends, the Message-IDs it accepted as JSON.
"""

from __future__ import annotations

import asyncio
import json
import logging
import re
import ssl
import sys
import threading
import warnings
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Any, Literal

import trustme
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword
from attrs import define, field, frozen

Step = Literal[
    "greeting", "EHLO", "STARTTLS", "AUTH", "NOOP", "MAIL", "RCPT", "DATA", "amid", "message", "after"
]
logging.getLogger("mail.log").setLevel(logging.CRITICAL)
SECRET = "Kd8-钥匙-xQ2zrw"


@frozen
class Fault:
    """What happens at a step instead of the usual.

    `amid` is between the first bytes of a message and its end, `message` once the final dot is there and nothing is
    accepted yet, `after` when it has been accepted and the reply is due. `reply` "" drops the connection, `hang_up`
    does so after the reply, `seconds` is waited first; with neither, the server goes on as usual. It applies to the
    numbers in `nth` (from 1, over all connections; empty: all of them) and to addresses with `to` in them.
    """

    step: Step
    reply: str | None = None
    nth: tuple[int, ...] = ()
    to: str = ""
    seconds: float = 0.0
    hang_up: bool = False
    encoding: str = "utf-8"

    def applies(self, step: Step, number: int, to: str) -> bool:
        return step == self.step and (not self.nth or number in self.nth) and self.to in to


@frozen
class Received:
    message_id: str
    sender: str
    to: tuple[str, ...]
    content: bytes
    encrypted: bool
    user: str


@define
class Record:
    """What came to the server: messages accepted, names and words of logins, each step's number, connections' sizes."""

    messages: list[Received] = field(factory=list)
    logins: list[tuple[str, str]] = field(factory=list)
    steps: Counter[str] = field(factory=Counter)
    per_connection: list[int] = field(factory=list)

    @property
    def ids(self) -> list[str]:
        return [message.message_id for message in self.messages]


class Dropped(Exception):
    """The connection was cut by a fault."""


class _Smtp(SMTP):
    line_length_limit = 4096

    def __init__(self, server: SmtpServer, **options: Any) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that passwords go over loopback in plain text
            super().__init__(server, **options)
        self._owner = server
        server.record.per_connection.append(0)
        self._which = len(server.record.per_connection) - 1

    async def fails(self, step: Step, to: str = "") -> bool:
        """True where a fault has answered in place of the server. Raises ConnectionResetError where it hung up."""
        number = self._owner.count(step)
        for fault in self._owner.faults:
            if fault.applies(step, number, to):
                await asyncio.sleep(fault.seconds)
                if fault.reply:
                    self._writer.write(fault.reply.encode(fault.encoding) + b"\r\n")
                    await self._writer.drain()
                if fault.reply == "" or fault.hang_up:
                    self.transport.close() if fault.reply else self.transport.abort()
                    raise ConnectionResetError
                return fault.reply is not None
        return False

    async def _handle_client(self) -> None:
        try:
            if await self.fails("greeting"):
                self.transport.close()
            else:
                await super()._handle_client()
        except ConnectionResetError:
            self.transport.close()

    def _to(self) -> str:
        return self.envelope.rcpt_tos[0] if self.envelope and self.envelope.rcpt_tos else ""

    async def smtp_EHLO(self, hostname: str) -> None:
        await self.fails("EHLO") or await super().smtp_EHLO(hostname)

    async def smtp_NOOP(self, arg: str) -> None:
        await self.fails("NOOP") or await super().smtp_NOOP(arg)

    async def smtp_STARTTLS(self, arg: str) -> None:
        await self.fails("STARTTLS") or await super().smtp_STARTTLS(arg)

    async def smtp_AUTH(self, arg: str) -> None:
        await self.fails("AUTH") or await super().smtp_AUTH(arg)

    async def smtp_MAIL(self, arg: str) -> None:
        await self.fails("MAIL") or await super().smtp_MAIL(arg)

    async def smtp_RCPT(self, arg: str) -> None:
        await self.fails("RCPT", arg or "") or await super().smtp_RCPT(arg)

    async def smtp_DATA(self, arg: str) -> None:
        if await self.fails("DATA", self._to()):
            return
        number = self._owner.record.steps["amid"] + 1
        if any(fault.applies("amid", number, self._to()) for fault in self._owner.faults):
            await self.push("354 go on")
            await self._reader.read(2000)
            await self.fails("amid", self._to())
            return
        self._owner.count("amid")
        await super().smtp_DATA(arg)

    async def push(self, status: Any) -> None:
        if status != ANSWERED:
            await super().push(status)


ANSWERED = "answered by a fault"


@define
class SmtpServer:
    """A server for `user` and `password`; `security` is what it offers: `stripped` pretends to know no STARTTLS."""

    security: Literal["plain", "starttls", "ssl", "stripped"] = "plain"
    faults: Sequence[Fault] = ()
    user: str = "office@edu.test"
    password: str = SECRET
    names: Sequence[str] = ("localhost", "127.0.0.1")
    not_after: datetime | None = None
    size: int = 10 << 20
    #: seconds until a silent connection is closed
    idle: float = 60.0
    exclude: tuple[str, ...] = ()
    #: False: contents are not kept, for long runs
    keep: bool = True
    record: Record = field(factory=Record, init=False)
    port: int = field(default=0, init=False)
    _loop: asyncio.AbstractEventLoop = field(factory=asyncio.new_event_loop, init=False)
    _thread: threading.Thread | None = field(default=None, init=False)
    _server: asyncio.Server | None = field(default=None, init=False)
    _folder: TemporaryDirectory[str] = field(factory=TemporaryDirectory, init=False)

    @property
    def ca(self) -> str:
        """A file with the certificate of the authority that signed the server's: SSL_CERT_FILE for those who trust it."""
        return str(Path(self._folder.name, "ca.pem"))

    def count(self, step: str) -> int:
        self.record.steps[step] += 1
        return self.record.steps[step]

    def __enter__(self) -> SmtpServer:
        authority = trustme.CA()
        authority.cert_pem.write_to_path(self.ca)
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        authority.issue_cert(*self.names, not_after=self.not_after).configure_cert(context)
        starttls = context if self.security == "starttls" else None
        server = self._loop.run_until_complete(
            self._loop.create_server(
                lambda: _Smtp(
                    self,
                    loop=self._loop,
                    hostname="mail.edu.test",
                    tls_context=starttls,
                    require_starttls=bool(starttls),
                    auth_required=True,
                    auth_require_tls=bool(starttls),
                    auth_exclude_mechanism=self.exclude,
                    authenticator=self.authenticate,
                    data_size_limit=self.size,
                    timeout=self.idle,
                ),
                "127.0.0.1",
                0,
                ssl=context if self.security == "ssl" else None,
            )
        )
        self._server = server
        self.port = server.sockets[0].getsockname()[1]
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._thread
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.run_until_complete(self._end())
        self._loop.close()
        self._folder.cleanup()

    async def _end(self) -> None:
        assert self._server
        self._server.close()
        others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    # what aiosmtpd calls
    def authenticate(
        self, _smtp: SMTP, session: Any, _envelope: Any, _mechanism: str, data: Any
    ) -> AuthResult:
        assert isinstance(data, LoginPassword)
        name, password = data.login.decode(), data.password.decode()
        self.record.logins.append((name, password))
        session.user = name
        return AuthResult(success=(name, password) == (self.user, self.password), handled=False)

    async def handle_DATA(self, smtp: _Smtp, session: Any, envelope: Any) -> str:
        to = envelope.rcpt_tos[0]
        if await smtp.fails("message", to):
            return ANSWERED
        content = envelope.original_content
        found = re.search(rb"(?im)^Message-ID:\s*(\S+)", content.partition(b"\r\n\r\n")[0] + b"\r\n")
        encrypted = session.ssl is not None or self.security == "ssl"
        self.record.messages.append(
            Received(
                found[1].decode() if found else "",
                envelope.mail_from,
                tuple(envelope.rcpt_tos),
                content if self.keep else b"",
                encrypted,
                getattr(session, "user", ""),
            )
        )
        self.record.per_connection[smtp._which] += 1
        if await smtp.fails("after", to):
            return ANSWERED
        return "250 2.0.0 queued"


def main(options: str) -> None:
    with SmtpServer(**json.loads(options)) as server:
        print(server.port, flush=True)
        sys.stdin.read()
        print(json.dumps(server.record.ids), flush=True)


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "{}")
