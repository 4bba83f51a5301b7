"""Where a mailbox keeps what the provider took for junk, told from what an IMAP server answers to LIST."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Sequence

from attrs import frozen

#: Attributes of the folder for junk: RFC 6154's, and that of XLIST, which came before it.
_MARKS = frozenset({"\\junk", "\\spam"})
#: Attributes of what cannot be looked into.
_CLOSED = frozenset({"\\noselect", "\\nonexistent"})
#: What providers and mail programs call it, for servers that mark nothing.
_NAMES = frozenset(
    {
        "垃圾邮件",
        "垃圾郵件",
        "垃圾邮箱",
        "junk",
        "junk e-mail",
        "junk email",
        "junk mail",
        "spam",
        "bulk mail",
    }
)
#: Where 163 and 126 sort mails by themselves besides, and mark nothing.
_ADVERTS = "广告邮件"
_INBOX = "inbox"
#: How servers want to be asked for the attributes: what they offer then, the command and its last words.
_WAYS = (
    ("IMAP4REV1", "LIST", ()),
    ("SPECIAL-USE", "LIST", ("RETURN (SPECIAL-USE)",)),
    ("XLIST", "XLIST", ()),
)
_LINE = re.compile(rb'\(([^)]*)\)\s+(?:"\\?(.)"|NIL)\s+("(?:[^"\\]|\\.)*"|.+)', re.IGNORECASE | re.DOTALL)
_LITERAL = re.compile(rb"\{\d+\+?\}$")
_CONTROL = re.compile(rb"[\x00-\x1f\x7f]")


@frozen
class Folder:
    """`wire` is its name for the server, `name` for people; `flags` are its attributes, in lower case."""

    wire: bytes
    name: str
    flags: frozenset[str]
    delimiter: str

    @property
    def is_marked(self) -> bool:
        return bool(_MARKS & self.flags)

    @property
    def plain_name(self) -> str:
        """To compare: some servers have all folders below the inbox."""
        return self.name.casefold().removeprefix(f"{_INBOX}{self.delimiter}" if self.delimiter else "")


def find(ask: Callable[..., Iterable[object]], offered: Collection[str]) -> list[Folder]:
    """The folders for junk. `ask` gives the answer to a command and its words, as imaplib does; `offered` is what the
    server can, in capitals.
    """
    folders: list[Folder] = []
    for needed, command, more in _WAYS:
        if needed in offered and not any(folder.is_marked for folder in folders):
            folders = _read(ask(command, '""', '"*"', *more)) or folders
    return _chosen(folders)


def _read(answer: Iterable[object]) -> list[Folder]:
    """The folders that can be looked into, of the answer as imaplib gives it; lines that mean nothing are left out."""
    folders = []
    for entry in answer:
        line, literal = entry if isinstance(entry, tuple) else (entry, None)
        found = _LINE.match(line) if isinstance(line, bytes) else None
        if found is None:
            continue
        wire = literal if literal is not None and _LITERAL.search(line) else _unquoted(found[3])
        flags = frozenset(found[1].decode("ascii", "replace").lower().split())
        if wire and not flags & _CLOSED and not _CONTROL.search(wire):
            folders.append(Folder(wire, _readable(wire), flags, (found[2] or b"").decode("latin-1")))
    return folders


def _chosen(folders: Sequence[Folder]) -> list[Folder]:
    """Those that are marked as junk, else those with the usual names; and the one for advertisements."""
    others = [folder for folder in folders if folder.name.casefold() != _INBOX]
    found = [folder for folder in others if folder.is_marked]
    found = found or [folder for folder in others if folder.plain_name in _NAMES]
    return [*found, *(folder for folder in others if folder.plain_name == _ADVERTS and folder not in found)]


def _unquoted(name: bytes) -> bytes:
    if name.startswith(b'"') and name.endswith(b'"') and len(name) > 1:
        return re.sub(rb"\\(.)", rb"\1", name[1:-1])
    return name.strip()


def _readable(wire: bytes) -> str:
    """Modified UTF-7 (RFC 3501) undone; what is none stays as it is."""
    from imap_tools.imap_utf7 import utf7_decode

    try:
        name = utf7_decode(wire) if wire.isascii() else wire.decode("utf-8")
    except ValueError:
        name = ""
    return name if name.strip() and name.isprintable() else wire.decode("ascii", "replace")
