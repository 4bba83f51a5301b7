"""IMAP: folders are looked at read-only (EXAMINE), and mails are fetched without marking them (BODY.PEEK)."""

from __future__ import annotations

import imaplib
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import date, timedelta
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from attrs import define, field

from eduxl import __version__
from eduxl.errors import MailError
from eduxl.mail import junk, tls
from eduxl.mail.incoming import (
    CONNECT,
    FOLDER,
    REPLY,
    Gone,
    Item,
    Withheld,
    connecting,
    lost,
    refused,
)
from eduxl.mail.providers import preset
from eduxl.mail.received import moment
from eduxl.mail.secret import Secret
from eduxl.mail.settings import Settings
from eduxl.mail.words import one_line

if TYPE_CHECKING:
    from imap_tools import BaseMailBox

#: Mails that one command is about.
_AT_A_TIME = 200
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_UID = re.compile(rb"\bUID (\d{1,10})")
_SIZE = re.compile(rb"\bRFC822\.SIZE (\d{1,18})")
_CAME = re.compile(rb'\bINTERNALDATE "([^"]{1,60})"')


def enter(settings: Settings, secret: Secret) -> ImapBox:
    """As `incoming.open_box`."""
    mailbox = _connected(settings)
    box = ImapBox(settings, secret, mailbox.client)
    try:
        box._login()
        box._introduce()
        with box._refusing(""):
            box._look_into("")
    except BaseException:
        box.close()
        raise
    return box


def _connected(settings: Settings) -> BaseMailBox:
    from imap_tools import MailBox, MailBoxUnencrypted

    host, port = settings.incoming.host.strip("[]"), settings.incoming.port
    with connecting(settings):
        try:
            if settings.receiving == "ssl":
                mailbox: BaseMailBox = MailBox(host, port, CONNECT, ssl_context=tls.context())
            else:
                mailbox = MailBoxUnencrypted(host, port, CONNECT)
        except imaplib.IMAP4.error:
            raise ConnectionResetError from None  # the greeting is not IMAP's, or says goodbye
        try:
            if settings.receiving == "starttls":
                _protect(mailbox.client, settings)
            mailbox.client.sock.settimeout(REPLY)
        except BaseException:
            with suppress(OSError):
                mailbox.client.shutdown()
            raise
    return mailbox


def _protect(client: imaplib.IMAP4, settings: Settings) -> None:
    if "STARTTLS" not in client.capabilities or client.state != "NONAUTH":
        raise tls.no_starttls(settings.incoming)
    try:
        answer: str = client.starttls(tls.context())[0]
    except imaplib.IMAP4.abort:
        raise ConnectionResetError from None
    except imaplib.IMAP4.error:
        answer = "NO"
    if answer != "OK":
        raise tls.no_starttls(settings.incoming)


@define
class ImapBox:
    """A mailbox by IMAP; a `key` is UIDVALIDITY/UID."""

    _settings: Settings
    _secret: Secret
    _client: imaplib.IMAP4
    gives_time: bool = True
    #: what the server says it can, in capitals
    _offered: frozenset[str] = field(default=frozenset(), init=False)
    #: the folder that is looked into, None where none is, and its UIDVALIDITY
    _current: str | None = field(default=None, init=False)
    _validity: str = field(default="", init=False)
    #: the names of junk folders, for people → for the server
    _junk: dict[str, bytes] = field(factory=dict, init=False)

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
        with suppress(OSError, imaplib.IMAP4.error, AttributeError):
            self._client.sock.settimeout(2.0)
            self._client.logout()
        with suppress(OSError):
            self._client.shutdown()

    def folders(self) -> tuple[str, ...]:
        self._junk = {folder.name: folder.wire for folder in junk.find(self._listing, self._offered)}
        return ("", *self._junk)

    def listed(self, since: date, folder: str = "") -> Iterator[Item]:
        """As `Box.listed`; mails are asked for from the day before on, since servers count days in their own zone."""
        with self._refusing(folder):
            self._look_into(folder)
            uids = self._found(since - timedelta(days=1))
        for start in range(0, len(uids), _AT_A_TIME):
            with self._refusing(folder):
                self._look_into(folder)
                items = self._described(uids[start : start + _AT_A_TIME])
            for item in items:
                if item.received is None or item.received.date() >= since:
                    yield item

    def header(self, item: Item) -> bytes:
        return self._content(item, "BODY.PEEK[HEADER]")

    def raw(self, item: Item) -> bytes:
        return self._content(item, "BODY.PEEK[]")

    def mark_seen(self, items: Iterable[Item]) -> bool:
        by_folder: dict[str, list[Item]] = {}
        for item in items:
            by_folder.setdefault(item.folder, []).append(item)
        for folder, theirs in by_folder.items():
            try:
                with self._refusing(folder):
                    self._mark(folder, theirs)
            except Withheld:
                pass  # a junk folder that is only to be looked at
        return True

    def _mark(self, folder: str, items: Sequence[Item]) -> None:
        self._select(folder, readonly=False)
        try:
            numbers = [item.number for item in items if self._is_here(item)]
            for start in range(0, len(numbers), _AT_A_TIME):
                self._ask("STORE", _set(numbers[start : start + _AT_A_TIME]), "+FLAGS.SILENT", r"(\Seen)")
        finally:
            self._select(folder, readonly=True)

    # --- folders ----------------------------------------------------------------------------------
    def _listing(self, command: str, *words: str) -> list[Any]:
        """What LIST or the like gives, as imaplib does it; nothing where the server refuses."""
        with suppress(Withheld):
            self._asked(lambda: self._client.xatom(command, *words))
            return list(self._client.response(command)[1])
        return []

    def _look_into(self, folder: str) -> None:
        """Raises `Withheld` where the server refuses."""
        if self._current != folder:
            self._select(folder, readonly=True)

    def _select(self, folder: str, *, readonly: bool) -> None:
        """As `_look_into`; for changes unless `readonly`."""
        self._current = None
        name: Any = _quoted(self._junk[folder]) if folder else FOLDER
        self._asked(lambda: self._client.select(name, readonly))
        told = self._client.response("UIDVALIDITY")[1][-1]
        self._validity = told.decode("ascii", "replace") if told else "0"
        self._current = folder if readonly else None

    def _is_here(self, item: Item) -> bool:
        """False where the folder was made anew: its numbers mean other mails then."""
        return item.key.startswith(f"{self._validity}/")

    @contextmanager
    def _refusing(self, folder: str) -> Iterator[None]:
        """Where the server refuses the inbox, `MailError`; another folder, `Withheld`."""
        try:
            yield
        except Withheld as refusal:
            if folder:
                raise
            raise refused(str(refusal), self._secret) from None

    # --- conversation -----------------------------------------------------------------------------
    def _login(self) -> None:
        name, password = self._settings.address, self._secret.reveal()
        offered = self._client.capabilities
        by_plain = "LOGINDISABLED" in offered or not (name + password).isascii()
        with connecting(self._settings), self._answering():
            if by_plain and "AUTH=PLAIN" in offered:
                whole = b"\0".join((b"", name.encode(), password.encode()))
                self._client.authenticate("PLAIN", lambda _: whole)
            else:
                # Both quoted by hand: imaplib quotes the password alone.
                kind, words = self._client._simple_command(
                    "LOGIN",
                    *(self._client._quote(text) for text in (name, password)),
                )
                if kind != "OK":
                    raise refused(_words(words), self._secret)
                self._client.state = "AUTH"

    def _introduce(self) -> None:
        """Say who is there (RFC 2971): 163 and 126 call it an unsafe login where nobody does."""
        with connecting(self._settings), self._answering():
            offered = self._client.capability()[1][-1].decode("ascii", "replace").upper()
        self._offered = frozenset(offered.split())
        if "ID" not in self._offered and not preset(self._settings.provider, self.account).needs_id:
            return
        with connecting(self._settings), suppress(imaplib.IMAP4.error):
            try:
                self._client.xatom("ID", f'("name" "eduxl" "version" "{__version__}" "vendor" "eduxl")')
            except imaplib.IMAP4.abort:
                raise ConnectionResetError from None

    def _found(self, day: date) -> list[int]:
        """Numbers of the mails since a day, from the oldest on; all where the server knows no such search."""
        try:
            data = self._ask("SEARCH", "SINCE", f"{day.day}-{_MONTHS[day.month - 1]}-{day.year:04}")
        except Withheld:
            data = self._ask("SEARCH", "ALL")
        words = b" ".join(line for line in data if isinstance(line, bytes)).split()
        return sorted({int(word) for word in words if word.isdigit()})

    def _described(self, uids: Sequence[int]) -> list[Item]:
        data = self._ask("FETCH", _set(uids), "(UID INTERNALDATE RFC822.SIZE)")
        wanted = dict.fromkeys(uids)
        found = {}
        for line in (entry[0] if isinstance(entry, tuple) else entry for entry in data):
            uid = _UID.search(line) if line else None
            if uid is None or int(uid[1]) not in wanted:
                continue
            size, came = _SIZE.search(line), _CAME.search(line)
            number = int(uid[1])
            found[number] = Item(
                f"{self._validity}/{number}",
                moment(came[1].decode("ascii", "replace")) if came else None,
                int(size[1]) if size else 0,
                number,
                self._current or "",
            )
        return [found[number] for number in uids if number in found]

    def _content(self, item: Item, what: str) -> bytes:
        self._look_into(item.folder)
        if not self._is_here(item):
            raise Gone
        data = self._ask("FETCH", str(item.number), f"(UID {what})")
        for entry in data:
            if isinstance(entry, tuple) and b"BODY[" in entry[0].upper():
                return bytes(entry[1])
        if any(isinstance(entry, bytes) and b"BODY[" in entry.upper() and b'""' in entry for entry in data):
            return b""
        raise Gone

    def _ask(self, command: str, *words: str) -> list[Any]:
        """What a UID command gives. Raises `Withheld` where the server refuses."""
        return self._asked(lambda: self._client.uid(command, *words))

    def _asked(self, command: Callable[[], tuple[str, list[Any]]]) -> list[Any]:
        with self._talking():
            try:
                kind, data = command()
            except imaplib.IMAP4.readonly as error:
                raise Withheld(one_line(str(error))) from None
            except imaplib.IMAP4.abort:
                raise
            except imaplib.IMAP4.error as error:
                raise Withheld(self._secret.hide_in(one_line(str(error)))) from None
        if kind != "OK":
            raise Withheld(self._secret.hide_in(one_line(_words(data))))
        return data

    @contextmanager
    def _talking(self) -> Iterator[None]:
        try:
            yield
        except (OSError, EOFError, imaplib.IMAP4.abort):
            raise lost(self._settings) from None
        except imaplib.IMAP4.error as error:
            raise refused(str(error), self._secret) from None

    @contextmanager
    def _answering(self) -> Iterator[None]:
        """A refusal or a goodbye of the server at the login → `MailError`."""
        try:
            yield
        except MailError:
            raise
        except imaplib.IMAP4.error as error:
            words = str(error)
            if isinstance(error, imaplib.IMAP4.abort) and "BYE" not in words:
                raise ConnectionResetError from None
            raise refused(words, self._secret) from None


def _quoted(name: bytes) -> bytes:
    return b'"' + name.replace(b"\\", b"\\\\").replace(b'"', b'\\"') + b'"'


def _set(numbers: Sequence[int]) -> str:
    return ",".join(map(str, numbers))


def _words(data: Sequence[Any]) -> bytes:
    return b" ".join(line for line in data if isinstance(line, bytes))
