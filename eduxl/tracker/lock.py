"""One writer at a time: the operating system's lock on a file, and beside it a note of who holds it and for what.

The lock itself (`lock`) decides, on network drives too, and goes away with its process. The note (`lock.json`) is for
people: it names the holder to whoever has to wait, and one that is left without a lock tells of a command that died.
"""

from __future__ import annotations

import getpass
import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from attrs import asdict, frozen

from eduxl.errors import TrackerError

#: Seconds that a command waits for another one before it gives up.
WAIT = 5.0


@frozen
class Holder:
    """Who runs a command, and the moment it began."""

    host: str
    user: str
    pid: int
    time: datetime
    command: str

    @classmethod
    def me(cls, command: str) -> Holder:
        """This process, from now on."""
        return cls(socket.gethostname(), _user(), os.getpid(), now().astimezone(), command)

    @classmethod
    def read(cls, note: Path) -> Holder | None:
        """What a note says; None where there is none or it is not whole."""
        try:
            found = json.loads(note.read_text(encoding="utf-8"))
            return cls(**{**found, "time": datetime.fromisoformat(found["time"])})
        except (OSError, ValueError, TypeError, LookupError):
            return None

    def write(self, note: Path) -> None:
        """Leave word of this holder."""
        said = {**asdict(self), "time": self.time.isoformat(timespec="seconds")}
        note.write_text(json.dumps(said, ensure_ascii=False), encoding="utf-8")

    def __str__(self) -> str:
        return f"{self.user}@{self.host}，{self.time.astimezone():%Y-%m-%d %H:%M}"


def now() -> datetime:
    """The wall clock, which only says when something was recorded; what counts is the day of `--as-of`."""
    return datetime.now(UTC)


def whoami() -> str:
    """`user@host` of this process."""
    return f"{_user()}@{socket.gethostname()}"


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):  # an account without a name
        return str(os.getuid()) if hasattr(os, "getuid") else "?"


@contextmanager
def held(memory: Path, command: str) -> Iterator[str]:
    """Hold the tracker's lock during the block; yields a sentence about a command that died holding it, or "".

    Waits `WAIT` seconds for another holder, then raises `TrackerError` (`in-use`) with its name.
    """
    import filelock

    lock, note = filelock.FileLock(memory / "lock"), memory / "lock.json"
    try:
        lock.acquire(timeout=WAIT, poll_interval=0.05)
    except filelock.Timeout as error:
        raise TrackerError(_taken(Holder.read(note)), code="in-use") from error
    try:
        left = _left(note)
        Holder.me(command).write(note)
        yield left
    finally:
        try:
            note.unlink(missing_ok=True)
        finally:
            lock.release()


def _taken(holder: Holder | None) -> str:
    who = f"（{holder}开始“{holder.command}”，进程{holder.pid}）" if holder else ""
    return (
        f"另一个 eduxl 正在处理这个台账{who}，这次什么也没有改动。请等它结束后再试；"
        "如果它早已停住不动，请在那台电脑上结束它，再运行一次。"
    )


def _left(note: Path) -> str:
    """What to say of a note whose lock is free: its command ended without taking it away."""
    if not note.exists():
        return ""
    holder = Holder.read(note)
    what = f"“{holder.command}”（{holder}）" if holder else "命令"
    return f"上次的{what}没有正常结束，已接着处理。"
