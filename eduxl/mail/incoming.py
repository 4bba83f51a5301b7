"""The edge to the incoming server: one connection that is logged in, the mails that lie there, and nothing changed.

What IMAP and POP3 have in common stands here; `imap` and `pop3` speak the protocols.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from types import TracebackType
from typing import Protocol, Self

from attrs import frozen

from eduxl.errors import MailError
from eduxl.mail import tls
from eduxl.mail.secret import Secret
from eduxl.mail.settings import Settings, usable
from eduxl.mail.words import meaning, one_line

#: Seconds: for the connection, for a reply.
CONNECT, REPLY = 30.0, 60.0
#: Bytes of a mail that is fetched. Providers take attachments of 50 MB, which is 68 MB in base64.
LARGEST = 80 << 20
#: Where mails come in: RFC 3501 gives every mailbox this folder, under this name.
FOLDER = "INBOX"
_AGAIN = "收到的已经存好并记下，请再运行一次，会接着收没有收的"


@frozen
class Item:
    """A mail on the server. `key` names it for as long as it lies there; `received` is when it came, in local time,
    None where only its content tells; `size` in bytes, 0 where the server does not say. `number` is the protocol's,
    `folder` one of `Box.folders`. Two mails have the same key only in two folders.
    """

    key: str
    received: datetime | None
    size: int
    number: int
    folder: str = ""


class Gone(Exception):
    """The mail went away since it was listed."""


class Withheld(Exception):
    """The server refused to give this one mail, or to show this folder; its text is what it said."""


class Box(Protocol):
    """A mailbox that is logged in. Use as a context manager. `gives_time` says whether items carry the server's time.

    Every method raises `MailError` (`connection-lost`) where the connection broke; the box is of no use then.
    """

    gives_time: bool

    @property
    def account(self) -> str: ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def folders(self) -> tuple[str, ...]:
        """Where mails may lie that somebody sent us: the inbox, "", then what the provider took for junk, by name."""
        ...

    def listed(self, since: date, folder: str = "") -> Iterator[Item]:
        """The mails that came on that day or later, read or not, in the server's order; all where it gives no time.

        Raises `Withheld` where a folder other than the inbox cannot be looked into.
        """
        ...

    def header(self, item: Item) -> bytes:
        """What stands before the first blank line. Raises `Gone`, `Withheld`."""
        ...

    def raw(self, item: Item) -> bytes:
        """The whole mail, which stays as unread as it was. Raises `Gone`, `Withheld`."""
        ...

    def mark_seen(self, items: Iterable[Item]) -> bool:
        """Mark these mails as read, and change nothing else; False where the protocol cannot. What lies in a folder
        other than the inbox stays unread where the server does not let us.
        """
        ...


def open_box(settings: Settings, secret: Secret) -> Box:
    """Connect, see to the protection, log in, and look into the inbox without changing it.

    Raises `MailError`: `no-connection`, `no-tls`, `no-starttls`, `bad-certificate`; where the server refuses the
    connection, the login or the folder, the kind of `words.Meaning` is the code.
    """
    settings = usable(settings)
    if settings.protocol == "pop3":
        from eduxl.mail import pop3

        return pop3.enter(settings, secret)
    from eduxl.mail import imap

    return imap.enter(settings, secret)


# --- refusals in words --------------------------------------------------------------------------
@contextmanager
def connecting(settings: Settings) -> Iterator[None]:
    """Errors of a connection that is being made → `MailError`."""
    with tls.explained(settings.incoming):
        try:
            yield
        except ssl.SSLError as error:
            if isinstance(error, ssl.SSLEOFError | ssl.SSLZeroReturnError):
                raise tls.unreachable(settings.incoming, error) from None
            raise
        except (OSError, EOFError, UnicodeError) as error:
            raise tls.unreachable(settings.incoming, error) from None


def lost(settings: Settings) -> MailError:
    """The connection broke while mails were fetched."""
    return MailError(f"和收信服务器 {settings.incoming} 的连接断了。{_AGAIN}。", code="connection-lost")


def refused(words: str | bytes, secret: Secret) -> MailError:
    """The server said no, with these words."""
    found = meaning(0, secret.hide_in(one_line(words)))
    return MailError(found.sentence, code=found.kind)
