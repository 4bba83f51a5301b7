"""The files of one mail: which of them are returns, whose, and what is to be said about the others. Saves nothing."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from pathlib import Path

from attrs import evolve, field, frozen

from eduxl.errors import FileProblem
from eduxl.mail.attachments import Attached
from eduxl.mail.message import Message
from eduxl.mail.shelf import Shelf
from eduxl.model import Unit
from eduxl.returns import intake
from eduxl.returns.identity import hidden_facts
from eduxl.returns.intake import Collected, Source
from eduxl.returns.named import label, only
from eduxl.returns.reader import Context, read_return
from eduxl.roster import Roster
from eduxl.spreadsheet.sheets import Unreadable, open_book

_MOST_NOTED = 3
_UNTOUCHED = "是我们发出的空白模板，没有填写，没有另存"


@frozen
class Content:
    """One content: the file itself, `inside` "", or a member of an archive. `labels` are "code name" of whom it is
    from, as it says itself or the mail tells; `by_mail` is the unit's code where only the mail tells it, else "".
    """

    inside: str
    sha256: str
    labels: tuple[str, ...] = ()
    by_mail: str = ""


@frozen
class Usable:
    """A file to be saved whole under `name`, and its contents, its own first. `note` is a phrase about it."""

    name: str
    given: str
    data: bytes = field(repr=False)
    contents: tuple[Content, ...]
    note: str = ""

    @property
    def labels(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(name for content in self.contents for name in content.labels))


@frozen
class Gathered:
    """`notes` are phrases on files that are not to be saved; `seen` is whether the mail had any file worth a word."""

    usable: tuple[Usable, ...]
    notes: tuple[str, ...]
    seen: bool


@frozen
class _Told:
    """A file, the name under which it would be saved, and what `intake` makes of it."""

    file: Attached
    name: str
    sha256: str
    found: Collected

    def is_untouched(self, issued: Collection[str]) -> bool:
        return bool(self.found.sources) and all(source.sha256 in issued for source in self.found.sources)

    @property
    def is_sealed(self) -> bool:
        """True for an archive that no program of this machine opens."""
        alone = [item.note for item in self.found.ignored if item.path == intake.shown(self.name)]
        return not self.found.sources and alone == [intake.NOTES["archive"]]


def gather(
    message: Message, came: datetime, context: Context, roster: Roster, issued: Collection[str]
) -> Gathered:
    """What a mail that came at a time (local) brings. Raises `FileProblem` where there is no room for temporary files."""
    files = [file for file in message.attachments if not file.inline]
    with tempfile.TemporaryDirectory(prefix="eduxl-") as folder:
        told = [_told(file, Path(folder, str(place)), came) for place, file in enumerate(files)]
        usable = [each for each in told if each.found.sources or each.is_sealed]
        filled = [each for each in usable if not each.is_untouched(issued)]
        notes = [_why_not(each) for each in told if each not in usable]
        if filled:
            notes += [f"附件“{each.file.name}”{_UNTOUCHED}" for each in usable if each not in filled]
            usable = filled
        found: dict[str, Usable] = {}
        for each in usable:
            if each.sha256 not in found:
                found[each.sha256] = _usable(each, message, evolve(context, received=came.date()), roster)
    return Gathered(tuple(found.values()), tuple(notes), bool(told))


def _told(file: Attached, folder: Path, came: datetime) -> _Told:
    sha256 = hashlib.sha256(file.data).hexdigest()
    name = Shelf.name_for(file.name, sha256)
    try:
        folder.mkdir()
        path = folder / name
        path.write_bytes(file.data)
        os.utime(path, (came.timestamp(), came.timestamp()))
    except OSError as error:
        raise FileProblem(
            f"查看邮件里的附件时，临时文件夹写不进去（{error.strerror or error}）。请清理磁盘后再运行一次，已收的不会重收。"
        ) from error
    return _Told(file, name, sha256, intake.collect([path]))


def _why_not(told: _Told) -> str:
    name = told.file.name
    notes = [item.note for item in told.found.ignored if item.path == intake.shown(told.name)]
    if notes:
        return f"附件“{name}”{notes[0]}"
    inside = [f"“{item.path.partition('/')[2]}”{item.note}" for item in told.found.ignored]
    more = f"等{len(inside)}个文件" if len(inside) > _MOST_NOTED else ""
    return f"压缩包“{name}”里没有填报表（{'，'.join(inside[:_MOST_NOTED])}{more}）"


def _usable(told: _Told, message: Message, context: Context, roster: Roster) -> Usable:
    sources = told.found.sources
    alone = len(sources) == 1
    contents = []
    for source in sources:
        inside = source.path.partition("/")[2] if source.archive else ""
        labels, by_mail = _whose(source, told.file, message, context, roster, alone=alone)
        contents.append(Content(inside, source.sha256, labels, by_mail))
    if told.sha256 not in {content.sha256 for content in contents}:
        contents.insert(0, Content("", told.sha256))
    note = f"附件“{told.file.name}”{intake.NOTES['archive']}" if told.is_sealed else ""
    return Usable(told.name, told.file.name, told.file.data, tuple(contents), note)


# --- whose it is ----------------------------------------------------------------------------------
def _whose(
    source: Source, file: Attached, message: Message, context: Context, roster: Roster, *, alone: bool
) -> tuple[tuple[str, ...], str]:
    """The labels of the units, and the code of the one that only the mail tells."""
    reading = read_return(source, context)
    if reading.rejected is None:
        return tuple(item.unit_label for item in reading.items if item.unit), ""
    if reading.rejected.code != "unknown-unit" or not alone or _names_one(source):
        return (), ""
    unit = _by_mail(source, file, message, roster)
    if unit is None or read_return(source, context, unit=unit.code).rejected:
        return (), ""
    return (label(unit),), unit.code


def _names_one(source: Source) -> bool:
    """Whether the template was written for a unit: then no mail tells another one."""
    try:
        return bool(hidden_facts(open_book(source.data)).get("unit"))
    except Unreadable:  # a text with a table
        return False


def _by_mail(source: Source, file: Attached, message: Message, roster: Roster) -> Unit | None:
    """The unit, of those that the file's name or the subject name, whose address is the sender's."""
    texts = (source.path, file.name, message.subject)
    named = {unit.code: unit for text in texts for unit in _all_named(text, roster)}
    for address in _senders(file, message):
        theirs = [unit for unit in named.values() if unit.email.strip().casefold() == address]
        if theirs:
            return only(theirs)
    return None


def _all_named(text: str, roster: Roster) -> Iterator[Unit]:
    """Every unit that a text names: a roster gives the longest names only, which are taken out for the others."""
    while found := roster.named_in(text):
        yield from found
        rest = text
        for unit in found:
            for spelling in sorted((unit.name, *unit.aliases, unit.code), key=len, reverse=True):
                rest = rest.replace(spelling, " ") if spelling else rest
        if rest == text:
            return
        text = rest


def _senders(file: Attached, message: Message) -> Sequence[str]:
    """Who wrote the mail in which the file lies, then who forwarded it."""
    return [address.casefold() for address in dict.fromkeys((file.sender, message.sender)) if address]
