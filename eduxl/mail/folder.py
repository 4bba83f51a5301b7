"""A folder that people put files into: what lies there, as `intake` tells it, and names that are free. Writes nothing."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import count
from pathlib import Path

from attrs import frozen

from eduxl import labels as L
from eduxl.errors import MailError
from eduxl.returns import intake
from eduxl.returns.intake import Collected, Source
from eduxl.returns.walk import not_opened, walk

_MOST_NOTED = 3


def refuse_own(place: Path, master: Path, *, around: bool = False) -> None:
    """Raise `MailError` (`bad-folder`) for a folder that the tracker itself fills; `around`: or that holds such ones."""
    place, home = place.resolve(), master.parent.resolve()
    own = [
        home / name for name in ("templates", "returns", "sendback", master.with_suffix(L.MEMORY_SUFFIX).name)
    ]
    if any(place.is_relative_to(each) for each in own) or (around and home.is_relative_to(place)):
        raise MailError(
            f"{place} 里放着台账自己的文件，什么也没有动。请换一个只用来收发填报表的文件夹，例如 U 盘上的一个文件夹。",
            code="bad-folder",
        )


@frozen
class File:
    """A file on the disk: `path` is relative to the folder given; `sources` and `notes` are what `intake` made of it.

    `sha256` is "" where there is nothing in it to be saved.
    """

    path: str
    location: Path
    came: datetime
    size: int
    sha256: str
    sources: tuple[Source, ...] = ()
    notes: tuple[str, ...] = ()
    #: an archive that no program of this machine opens
    sealed: bool = False

    @property
    def key(self) -> str:
        """What the inbox knows it by."""
        told = "\0".join((self.path, self.came.isoformat(), self.sha256 or str(self.size)))
        return hashlib.sha256(told.encode("utf-8", "replace")).hexdigest()

    @property
    def contents(self) -> tuple[str, ...]:
        """Hashes: of the file, then of what it holds."""
        return tuple(dict.fromkeys((self.sha256, *(source.sha256 for source in self.sources))))


@frozen
class Unopened:
    """A file that cannot be looked at now; `note` is a phrase that says why."""

    path: str
    note: str


def files_in(place: Path) -> Iterator[File | Unopened]:
    """Every file in a folder and those below."""
    found = intake.collect([place])
    located = [(intake.shown(path.relative_to(place).as_posix()), path) for path, _ in walk(place)]
    notes = _by_file(found, {path for path, _ in located})
    sources: dict[Path | None, list[Source]] = {}
    for source in found.sources:
        sources.setdefault(source.location, []).append(source)
    for path, location in located:
        try:
            file = _looked_at(path, location, tuple(sources.get(location, ())), notes.get(path, []))
        except OSError as error:
            yield Unopened(path, not_opened(error))
        else:
            yield file


def _looked_at(path: str, location: Path, sources: tuple[Source, ...], notes: list[tuple[str, str]]) -> File:
    info = location.stat() if location.exists() else location.lstat()  # a link that leads nowhere
    sealed = not sources and notes == [("", intake.NOTES["archive"])]
    sha256 = ""
    if sources and not sources[0].archive:
        sha256 = sources[0].sha256
    elif location.is_file():
        with open(location, "rb") as file:  # one that is not opened now is looked at again
            sha256 = hashlib.file_digest(file, "sha256").hexdigest() if sources or sealed else ""
    came = intake.time_of(info)
    return File(path, location, came, info.st_size, sha256, sources, tuple(_phrases(notes)), sealed)


def _by_file(found: Collected, files: set[str]) -> dict[str, list[tuple[str, str]]]:
    """What is said of each file: of itself, "", or of its members, by their paths inside."""
    told: dict[str, list[tuple[str, str]]] = {}
    for item in found.ignored:
        whole = item.path
        while whole not in files and "/" in whole:
            whole = whole.rpartition("/")[0]
        told.setdefault(whole, []).append((item.path.removeprefix(whole).lstrip("/"), item.note))
    return told


def _phrases(notes: Sequence[tuple[str, str]]) -> Iterator[str]:
    """The notes on a file; those on what an archive holds in one."""
    own = [note for inside, note in notes if not inside]
    yield from own
    members = [f"“{inside}”{note}" for inside, note in notes if inside]
    if members:
        more = f"等{len(members)}个文件" if len(members) > _MOST_NOTED else ""
        yield f"压缩包里没有填报表（{'，'.join(members[:_MOST_NOTED])}{more}）"


# --- names ----------------------------------------------------------------------------------------
def numbered(path: Path) -> Iterator[Path]:
    """The path, then others beside it."""
    yield path
    for number in count(2):
        yield path.with_name(f"{path.stem}（{number}）{path.suffix}")


def same_key(path: Path) -> str:
    """Equal for paths that some file systems take for one."""
    return unicodedata.normalize("NFC", str(path)).casefold()


def hash_of(path: Path) -> str:
    """Of the content; "" where there is no file."""
    if not path.is_file():
        return ""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
