"""A workbook that a program is closing: waits until it is closed, and shows it again in that program.

Tried: LibreOffice on Linux. Not tried: Windows and macOS.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from attrs import frozen

from eduxl import files
from eduxl.addin.messages import reveal, start
from eduxl.errors import TrackerError

#: Seconds to wait for a workbook to be closed, and for a program to have opened it again.
CLOSING, OPENING = 30.0, 20.0
_STEP, _CALM = 0.1, 5


def wait_until_closed(path: Path, seconds: float = CLOSING) -> None:
    """Return when no program has the workbook and nothing has been written to it for half a second.

    The command is started before the workbook is closed, so it must not take a late lock for none. Raises
    `TrackerError` (`in-use`) when it is still open after so many seconds.
    """
    end = time.monotonic() + seconds
    calm, before = 0, _stamp(path)
    while calm < _CALM:
        if time.monotonic() > end:
            program = files.open_elsewhere(path) or "别的程序"
            raise TrackerError(
                f"{path.name} 还在 {program} 里打开，这次什么也没有改动。"
                "请保存并关闭它（有对话框的先关掉对话框），重新打开后再点一次。",
                code="in-use",
            )
        time.sleep(_STEP)
        now = _stamp(path)
        calm = 0 if _is_open(path) or now != before else calm + 1
        before = now


def _stamp(path: Path) -> tuple[int, int] | None:
    try:
        info = path.stat()
    except OSError:  # being replaced
        return None
    return info.st_size, info.st_mtime_ns


def _is_open(path: Path) -> bool:
    if files.open_elsewhere(path):
        return True
    if sys.platform != "win32":
        return False
    try:
        with path.open("r+b"):
            return False
    except OSError:
        return True


@frozen
class Opener:
    """The program that had a workbook open. `command` opens another one; none where the system is to choose."""

    command: tuple[str, ...] = ()

    @classmethod
    def of(cls, path: Path) -> Opener:
        """Asked while the workbook is still open, or was a moment ago."""
        lock = path.with_name(f".~lock.{path.name}#")
        parent = _parent()
        office = _is_office(parent[0]) if parent else False
        if not lock.exists() and not office:
            return cls()
        program = _office(parent[0] if office else "")
        if program is None:
            return cls()
        profile = [word for word in parent if word.startswith("-env:UserInstallation=")] if office else []
        return cls((program, *(profile or _profile(lock))))

    def open(self, path: Path) -> bool:
        """Show the workbook; False where it could not be opened."""
        if not self.command:
            return reveal(path)
        for _ in range(2):  # a LibreOffice that is just ending takes the name and does not open it
            with suppress(OSError):
                start([*self.command, str(path)])
            end = time.monotonic() + OPENING
            while time.monotonic() < end:
                if files.open_elsewhere(path):
                    return True
                time.sleep(_STEP)
        return False


def _profile(lock: Path) -> Sequence[str]:
    """Which of several LibreOffices it is: its lock file ends in the URL of its profile."""
    with suppress(OSError):
        found = re.search(r"(file://[^,;]+);", lock.read_text(encoding="utf-8", errors="replace"))
        if found:
            return [f"-env:UserInstallation={found[1]}"]
    return ()


def _parent() -> Sequence[str]:
    """The command line of the process that started this one; empty where the system does not tell."""
    try:
        words = Path(f"/proc/{os.getppid()}/cmdline").read_bytes()
    except OSError:
        return ()
    return [word.decode(errors="surrogateescape") for word in words.split(b"\0") if word]


def _is_office(program: str) -> bool:
    return Path(program).name in ("soffice.bin", "soffice", "soffice.exe")


def _office(running: str) -> str | None:
    """LibreOffice's program: that which runs, or the one of this computer."""
    if running:
        beside = Path(running).with_name("soffice.exe" if os.name == "nt" else "soffice")
        if beside.is_file():
            return str(beside)
    if found := shutil.which("soffice") or shutil.which("libreoffice"):
        return found
    places = [Path("/Applications/LibreOffice.app/Contents/MacOS/soffice")]
    for variable in ("PROGRAMFILES", "PROGRAMFILES(X86)"):
        if folder := os.environ.get(variable):
            places.append(Path(folder) / "LibreOffice" / "program" / "soffice.exe")
    return next((str(place) for place in places if place.is_file()), None)
