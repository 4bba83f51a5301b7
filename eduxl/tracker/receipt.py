"""The receipt of a merge: what the same merge would say again, as long as nothing at all has changed since.

`receipt.json` in the memory folder holds it with marks of everything that the outcome depends on: what was asked, the
workbook, the ledger, every file in the folders. Where all of them still fit, a merge is answered without opening the
ledger or reading a return. It is nobody's memory: where it is gone, torn, another version's or in any doubt, the work
is done. Needs the standard library only.
"""

from __future__ import annotations

import json
import os
import stat
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import date
from hashlib import file_digest, sha256
from pathlib import Path
from typing import Any, NamedTuple

from eduxl import __version__, files
from eduxl.errors import FileProblem
from eduxl.returns.walk import walk
from eduxl.tracker.place import LEDGER, memory_of, returns_of

NAME = "receipt.json"
#: Bytes of a file that are read whole. Of a larger one (a picture, a film, an archive, whose list of members stands at
#: its end) these many of the beginning and the end count, and of one in the folders when and where the system changed it.
_WHOLE, _PART = 1 << 20, 1 << 16
#: Programs by which some archives are opened; what is told of those depends on which the machine has.
_PROGRAMS = ("bsdtar", "tar", "7zz", "7z", "7za")


class Said(NamedTuple):
    """What a merge says: sentences on the side, lines for people or JSON, and its exit code.

    `read` is how many files it looked into, which is where its progress ends.
    """

    notes: list[str]
    lines: list[str]
    data: dict[str, Any]
    read: int
    code: int


class Question(NamedTuple):
    """What a merge was asked. `paths` is empty for the returns of the round, `round_id` None for the round that is open.

    `day` is the day to work under, and `pinned` says that it was named rather than today.
    """

    master: Path
    paths: Sequence[Path]
    round_id: str | None
    received: date | None
    day: date
    pinned: bool

    def to_json(self) -> dict[str, Any]:
        """The question, and of the machine what the answer depends on, as JSON has it."""
        return {
            "eduxl": __version__,
            "master": str(self.master.absolute()),
            "paths": [str(path.absolute()) for path in self.paths],
            "round": self.round_id,
            "received": str(self.received) if self.received else None,
            "day": str(self.day),
            "pinned": self.pinned,
            "zone": [*time.tzname, time.timezone, time.altzone],
            "programs": list(_programs()),
        }


class Receipt(NamedTuple):
    """An answer, and the marks of question (`Question.to_json`) and files for which it holds."""

    asked: dict[str, Any]
    files: str
    said: Said

    def write(self, master: Path, shown: str) -> None:
        """Leave the receipt where the ledger is closed and nobody else can write to it.

        `shown` is the SHA-256 of the workbook that the answer is about. No receipt is left where that cannot be done.
        """
        memory = memory_of(master)
        with suppress(OSError, FileProblem):
            kept = {
                "asked": self.asked,
                "master": shown,
                "ledger": _of_ledger(memory),
                "files": self.files,
                "said": self.said._asdict(),
            }
            with files.replacing(memory / NAME, durable=False) as beside:
                beside.write_text(json.dumps(kept), encoding="ascii")


def discard(memory: Path) -> None:
    """Throw the receipt away: something is about to change. One that cannot be removed will not fit any more."""
    with suppress(OSError):
        (memory / NAME).unlink(missing_ok=True)


def recall(question: Question) -> Said | None:
    """What the merge would say, without merging; None where only the merge can tell."""
    master, memory = question.master, memory_of(question.master)
    try:
        kept = json.loads((memory / NAME).read_text(encoding="ascii"))
        if not question.paths:
            folder = returns_of(master, question.round_id or kept["said"]["data"]["round"])
            question = question._replace(paths=[folder])
        if (
            kept["asked"] != question.to_json()
            or kept["ledger"] != _of_ledger(memory)
            or not _is_free(master)
        ):
            return None
        with master.open("rb") as stream:
            if kept["master"] != file_digest(stream, "sha256").hexdigest():
                return None
        return Said(**kept["said"]) if kept["files"] == of_files(question.paths) else None
    except (OSError, ValueError, LookupError, TypeError):
        return None


def of_files(paths: Sequence[Path]) -> str:
    """A mark of all that lies in files and folders: names, links, times and contents. Raises OSError."""
    mark = sha256()
    for path in paths:
        is_folder = path.is_dir()
        mark.update(repr((os.path.realpath(path), is_folder)).encode("utf-8", "surrogateescape"))
        top = path.absolute()
        for location, note in walk(top) if is_folder else [(top, "")]:
            link = os.path.realpath(location) if os.path.islink(location) else ""
            info = None if note else os.stat(location)
            seen = (str(location), note, link, info and (info.st_mode, info.st_size, info.st_mtime_ns))
            mark.update(repr(seen).encode("utf-8", "surrogateescape"))
            if info and stat.S_ISREG(info.st_mode):  # a pipe or a device would wait for ever
                mark.update(_content(location, info.st_size))
                if info.st_size > _WHOLE:
                    mark.update(repr((info.st_ctime_ns, info.st_ino)).encode())
    return mark.hexdigest()


def _content(path: Path, size: int) -> bytes:
    with open(path, "rb", buffering=0) as file:
        if size <= _WHOLE:
            return file.read()
        begin = file.read(_PART)
        file.seek(-_PART, os.SEEK_END)
        return begin + file.read()


def _of_ledger(memory: Path) -> list[int | str]:
    """A mark of a ledger that nobody has open. Raises OSError, also where somebody has."""
    if any(os.path.exists(memory / f"{LEDGER}-{beside}") for beside in ("wal", "journal")):
        raise BlockingIOError
    info = os.stat(memory / LEDGER)
    content = _content(memory / LEDGER, info.st_size)
    return [info.st_size, info.st_mtime_ns, sha256(content).hexdigest()]


def _is_free(master: Path) -> bool:
    """True where no other command is at work or died, the workbook is closed, and a merge could write."""
    memory = memory_of(master)
    return not (
        os.path.exists(memory / "lock.json")
        or files.open_elsewhere(master)
        or not all(os.access(place, os.W_OK) for place in (memory, memory / LEDGER, memory / "lock"))
    )


def _programs() -> Iterator[str]:
    """Where on this machine a program may be found that opens archives."""
    places = os.environ.get("PATH", os.defpath).split(os.pathsep)
    if os.name == "nt":
        places.append(os.path.join(os.environ.get("SYSTEMROOT", ""), "System32"))
        places.append(os.path.join(os.environ.get("PROGRAMFILES", ""), "7-Zip"))
    ending = ".exe" if os.name == "nt" else ""
    for place in places:
        for name in _PROGRAMS:
            if os.path.exists(path := os.path.join(place, name + ending)):
                yield path
