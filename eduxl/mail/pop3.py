"""POP3, for mailboxes without IMAP. Nothing is deleted, and RSET before QUIT leaves mails as unread as they were."""

from __future__ import annotations

import poplib
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import date
from types import TracebackType
from typing import Any, Self

from attrs import define

from eduxl.errors import MailError
from eduxl.mail import tls
from eduxl.mail.incoming import (
    CONNECT,
    LARGEST,
    REPLY,
    Gone,
    Item,
    Withheld,
    connecting,
    lost,
    refused,
)
from eduxl.mail.secret import Secret
from eduxl.mail.settings import Settings
from eduxl.mail.words import one_line

_BLOCK = 1 << 16


def enter(settings: Settings, secret: Secret) -> Pop3Box:
    """As `incoming.open_box`."""
    host, port = settings.incoming.host.strip("[]"), settings.incoming.port
    with connecting(settings):
        try:
            if settings.receiving == "ssl":
                context = tls.context()
                client: poplib.POP3 = poplib.POP3_SSL(host, port, timeout=CONNECT, context=context)
            else:
                client = poplib.POP3(host, port, timeout=CONNECT)
        except poplib.error_proto as error:
            raise _greeted(error, secret) from None
        box = Pop3Box(settings, secret, client)
        try:
            if settings.receiving == "starttls":
                box._protect()
            client.sock.settimeout(REPLY)
            box._login()
        except BaseException:
            box.close()
            raise
    return box


def _greeted(error: poplib.error_proto, secret: Secret) -> MailError | ConnectionResetError:
    """What a greeting other than +OK means."""
    words = _words(error)
    return refused(words, secret) if words.upper().startswith("-ERR") else ConnectionResetError()


def _words(error: BaseException) -> str:
    said = error.args[0] if error.args else b""
    return one_line(said if isinstance(said, bytes | str) else str(said))


@define
class Pop3Box:
    """A mailbox by POP3; a `key` is the UIDL. It has no time of its own for a mail."""

    _settings: Settings
    _secret: Secret
    #: poplib's class; its lines of at most 2 KB are no measure for mails
    _client: Any
    gives_time: bool = False

    @property
    def account(self) -> str:
        return self._settings.address

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Say goodbye where the connection still stands. Never raises for the connection's sake."""
        with suppress(OSError, poplib.error_proto, AttributeError):
            self._client.sock.settimeout(2.0)
            with suppress(poplib.error_proto):
                self._client.rset()
            self._client.quit()
        with suppress(OSError):
            self._client.close()

    def folders(self) -> tuple[str, ...]:
        """The inbox: POP3 knows no other."""
        return ("",)

    def listed(self, since: date, folder: str = "") -> Iterator[Item]:
        """All mails: which of them came since that day, only their headers tell."""
        with self._talking():
            sizes = dict(_pairs(self._client.list()[1]))
            try:
                names = _pairs(self._client.uidl()[1])
            except poplib.error_proto as error:
                if _words(error).upper().startswith("-ERR"):
                    raise MailError(
                        f"收信服务器 {self._settings.incoming} 不给邮件编号（UIDL），分不清哪些已经收过，没有收信。"
                        "请运行“eduxl mail setup”改用 IMAP 收信，或换一个邮箱。",
                        code="no-uidl",
                    ) from None
                raise
        seen: Counter[str] = Counter()
        for number, name in names:
            seen[name] += 1
            key = name if seen[name] == 1 else f"{name} {seen[name]}"
            size = sizes.get(number, "")
            yield Item(key, None, int(size) if size.isdecimal() else 0, number)

    def header(self, item: Item) -> bytes:
        try:
            return self._long(f"TOP {item.number} 0")
        except Withheld:  # TOP is optional
            return self.raw(item)

    def raw(self, item: Item) -> bytes:
        return self._long(f"RETR {item.number}")

    def mark_seen(self, items: Iterable[Item]) -> bool:
        return not any(True for _ in items)

    # --- conversation -----------------------------------------------------------------------------
    def _protect(self) -> None:
        try:
            self._client.stls(context=tls.context())
        except poplib.error_proto as error:
            if _words(error) == "-ERR EOF":
                raise ConnectionResetError from None
            raise tls.no_starttls(self._settings.incoming) from None

    def _login(self) -> None:
        try:
            self._client.user(self._settings.address)
            self._client.pass_(self._secret.reveal())
        except poplib.error_proto as error:
            if _words(error) == "-ERR EOF":
                raise ConnectionResetError from None
            raise refused(_words(error), self._secret) from None

    def _long(self, command: str) -> bytes:
        """The lines that answer a command, dots undone. Raises `Gone`, `Withheld`."""
        with self._talking():
            try:
                self._client._putcmd(command)
                self._client._getresp()
            except poplib.error_proto as error:
                words = self._secret.hide_in(_words(error))
                if not words.upper().startswith("-ERR") or words == "-ERR EOF":
                    raise
                if "no such message" in words.lower() or "deleted" in words.lower():
                    raise Gone from None
                raise Withheld(words) from None
            return self._lines()

    def _lines(self) -> bytes:
        content = bytearray()
        begins = True
        while True:
            line = self._client.file.readline(_BLOCK)
            if not line:
                raise EOFError
            if begins and line.startswith(b"."):
                if line in (b".\r\n", b".\n"):
                    return bytes(content)
                line = line[1:]
            begins = line.endswith(b"\n")
            content += line
            if len(content) > 2 * LARGEST:  # the server gave another size
                raise EOFError

    @contextmanager
    def _talking(self) -> Iterator[None]:
        try:
            yield
        except (OSError, EOFError, poplib.error_proto):
            self._client.close()
            raise lost(self._settings) from None


def _pairs(lines: Iterable[bytes]) -> list[tuple[int, str]]:
    """Number and what stands behind it, of each line."""
    pairs = (line.decode("utf-8", "replace").split(None, 1) for line in lines)
    return [(int(pair[0]), pair[1].strip()) for pair in pairs if len(pair) == 2 and pair[0].isdecimal()]
