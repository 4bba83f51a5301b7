"""One send at a time: the system's lock on `mail.lock`, apart from the tracker's own.

A batch that keeps a provider's pace takes hours; merges go on meanwhile. The lock goes away with its process.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from eduxl.errors import MailError
from eduxl.files import explained
from eduxl.tracker.lock import Holder

#: Seconds to wait for another holder: no batch ends that soon, but a process that just died may take a moment.
WAIT = 1.0


@contextmanager
def held(memory: Path, command: str = "send") -> Iterator[None]:
    """Hold the lock of outgoing mail during the block; a block inside a block of the same thread is let in.

    Raises `MailError` (`in-use`) with the name of whoever is sending, and `FileProblem`.
    """
    import filelock

    lock = filelock.FileLock(memory / "mail.lock", is_singleton=True)
    note = memory / "mail.lock.json"
    with explained("准备发送邮件"):
        try:
            lock.acquire(timeout=WAIT, poll_interval=0.05)
        except filelock.Timeout:
            raise MailError(_taken(Holder.read(note)), code="in-use") from None
    try:
        if lock.lock_counter > 1:
            yield
            return
        with explained("准备发送邮件"):
            Holder.me(command).write(note)
        try:
            yield
        finally:
            note.unlink(missing_ok=True)
    finally:
        lock.release()


def _taken(holder: Holder | None) -> str:
    who = f"（{holder}开始“{holder.command}”，进程{holder.pid}）" if holder else ""
    return (
        f"另一个 eduxl 正在为这个台账发邮件{who}，这次一封也没有发。请等它发完再运行：已发过的不会重发；"
        "如果它早已停住不动，请在那台电脑上结束它，再运行一次。"
    )
