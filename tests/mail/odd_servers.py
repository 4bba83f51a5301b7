"""What Dovecot never does: servers with the manners of some providers, and a wire that is cut."""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from attrs import define, field

UIDS = (7, 3, 12)
MAIL = b"Subject: a\r\nFrom: yizhong@qq.com\r\n\r\nb\r\n"


@define
class OddImap:
    """One mailbox with `MAIL` under each of `UIDS`, given in that order. `answers` are for commands by their first
    words: lines instead of the usual ones, TAG for the tag; b"" hangs up. `commands` are those that came.
    """

    answers: dict[str, bytes] = field(factory=dict)
    greeting: bytes = b"* OK ready"
    offers: str = "IMAP4rev1 ID"
    commands: list[str] = field(factory=list)
    port: int = field(default=0, init=False)

    @contextmanager
    def running(self) -> Iterator[OddImap]:
        with socket.create_server(("127.0.0.1", 0)) as server:
            self.port = server.getsockname()[1]
            threading.Thread(target=_serving, args=(server, self._talk), daemon=True).start()
            yield self

    def _talk(self, line: socket.socket) -> None:
        with line, line.makefile("rb") as words:
            line.sendall(self.greeting + b"\r\n")
            for said in words:
                tag, _, command = said.decode().strip().partition(" ")
                self.commands.append(command)
                answer = self._answer(command)
                if not answer:
                    return
                line.sendall(answer.replace(b"TAG", tag.encode()) + b"\r\n")

    def _answer(self, command: str) -> bytes:
        for start, answer in self.answers.items():
            if command.upper().startswith(start):
                return answer
        verb = command.upper().split()[0] if not command.upper().startswith("UID") else command.upper()
        done = b"TAG OK done"
        if verb == "CAPABILITY":
            return f"* CAPABILITY {self.offers}\r\n".encode() + done
        if verb in ("SELECT", "EXAMINE"):
            return b"* 3 EXISTS\r\n* OK [UIDVALIDITY 9] ok\r\n" + done
        if verb.startswith("UID SEARCH"):
            return f"* SEARCH {' '.join(map(str, UIDS))}\r\n".encode() + done
        if verb.startswith("UID FETCH"):
            return (
                b"".join(self._fetched(int(uid), verb) for uid in re.findall(r"\d+", verb.split()[2])) + done
            )
        return done

    def _fetched(self, uid: int, command: str) -> bytes:
        if "BODY" in command:
            return b"* 1 FETCH (BODY[] {%d}\r\n%s UID %d)\r\n* 2 FETCH (FLAGS ())\r\n" % (
                len(MAIL),
                MAIL,
                uid,
            )
        came = b'INTERNALDATE "20-Jun-2022 10:00:00 +0000"'
        return b"* 1 FETCH (RFC822.SIZE %d %s UID %d)\r\n" % (len(MAIL), came, uid)


@define
class OddPop3:
    """Two mails, both `MAIL`, under one name, and no TOP. `answers` are for commands by their first word."""

    answers: dict[str, bytes] = field(factory=dict)

    @contextmanager
    def running(self) -> Iterator[int]:
        with socket.create_server(("127.0.0.1", 0)) as server:
            threading.Thread(target=_serving, args=(server, self._talk), daemon=True).start()
            yield server.getsockname()[1]

    def _talk(self, line: socket.socket) -> None:
        usual = {
            "LIST": b"+OK\r\n1 40\r\n2 40\r\n.",
            "UIDL": b"+OK\r\n1 same\r\n2 same\r\n.",
            "TOP": b"-ERR unknown command",
            "RETR": b"+OK\r\n" + MAIL + b".",
        }
        with line, line.makefile("rb") as words:
            line.sendall(b"+OK ready\r\n")
            for said in words:
                verb = said.decode().split()[0].upper()
                line.sendall({**usual, **self.answers}.get(verb, b"+OK") + b"\r\n")


@contextmanager
def cut(port: int, after: int) -> Iterator[int]:
    """A way to a server's port that breaks once so many bytes came back; gives its own port."""

    def talk(line: socket.socket) -> None:
        with line, socket.create_connection(("127.0.0.1", port)) as far:
            threading.Thread(target=_passed, args=(line, far, 1 << 40), daemon=True).start()
            _passed(far, line, after)
            for end in (line, far):
                with suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)

    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=_serving, args=(server, talk), daemon=True).start()
        yield server.getsockname()[1]


def _passed(source: socket.socket, target: socket.socket, most: int) -> None:
    with suppress(OSError):
        while most > 0 and (data := source.recv(min(most, 4096))):
            target.sendall(data)
            most -= len(data)


def _serving(server: socket.socket, talk: Callable[[socket.socket], None]) -> None:
    with suppress(OSError):
        while True:
            line, _ = server.accept()
            threading.Thread(target=talk, args=(line,), daemon=True).start()
