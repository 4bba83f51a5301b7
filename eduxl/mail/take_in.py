"""Returns that lie in a folder (a U 盘, what was downloaded from a group), into the folder of their round.

As with mail, each file is looked at once and each content saved once, and the folder stays as it is. A file came when it
was last written, which the copy keeps: the tracker is told only where a copy of what it has came earlier.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from attrs import define, evolve, field

from eduxl import labels as L
from eduxl.errors import FileProblem, MailError, RoundError
from eduxl.mail import hand_list, locking
from eduxl.mail.fetching import FetchResult, Passed, Saved
from eduxl.mail.filenames import safe
from eduxl.mail.folder import File, files_in, refuse_own
from eduxl.mail.inbox import Arrived, Inbox, Kept
from eduxl.mail.shelf import Shelf
from eduxl.returns import intake
from eduxl.returns.reader import Context, read_return
from eduxl.tracker.merge import reading_context
from eduxl.tracker.place import returns_of
from eduxl.tracker.records import Fetched

if TYPE_CHECKING:
    from eduxl.mail.desk import Desk
    from eduxl.mail.mailroom import Mailroom, Progress

#: Who sent it, as lists and records say.
FROM = "文件夹"
_COMMAND = "收取文件夹"
_BLANK = "是我们发出的空白表，没有填写"
_LIST = f"是{hand_list.NAME}，不是填报表"
#: Seconds by which file systems round the time of one file differently.
_SAME_TIME = 2.0
_UNREAD = "读不出来，或正在被改动，没有收；请等它存好（U 盘请插好），再运行一次"


def take_in(room: Mailroom, place: Path, progress: Progress | None = None) -> FetchResult:
    """Save the returns that lie in a folder; see `Mailroom.take_in`."""
    tracker = room.tracker
    if not place.is_dir():
        raise FileProblem(f"文件夹 {place} 不存在，请检查路径是否写对；U 盘请先插好。", code="no-such-path")
    refuse_own(place, tracker.path, around=True)
    with locking.held(tracker.memory, "fetch"):
        desk = room.open_desk()
        if desk.round.closed:
            raise RoundError(
                f"轮次 {desk.round.id} 已于{desk.round.closed}结束，没有收取。请先开启新一轮。",
                code="round-closed",
            )
        with Inbox(tracker.memory, FROM, "") as inbox:
            taking = _Taking(place, inbox, desk, Shelf(returns_of(tracker.path, desk.round.id)))
            result = taking.run(progress)
            if result.facts:
                with tracker.work(_COMMAND) as change:
                    told = f"{desk.round.id}，{len(result.facts)}个文件收到的时间更早"
                    change.record(_COMMAND, told, *result.facts)
            inbox.told(result.mails)
    return result


@define
class _Taking:
    place: Path
    inbox: Inbox
    desk: Desk
    shelf: Shelf
    _context: Context = field(init=False)
    _standing: dict[str, Arrived] = field(factory=dict, init=False)
    _news: list[Arrived] = field(factory=list, init=False)
    #: what is told now and will be looked at again
    _passed: list[Passed] = field(factory=list, init=False)
    #: when content came that the tracker has, by hash
    _times: dict[str, datetime] = field(factory=dict, init=False)
    #: hash → where it was saved by this run
    _placed: dict[str, str] = field(factory=dict, init=False)

    def run(self, progress: Progress | None) -> FetchResult:
        state = self.desk.state
        self._context = reading_context(state, self.desk.round, self.desk.tracker)
        came = [(r.sha256, r.received) for same in state.returns.values() for r in same]
        came += [(reject.sha256, reject.received) for reject in state.rejects.values()]
        for sha256, moment in came:
            self._times[sha256] = min(moment, self._times.get(sha256, moment))
        self._standing = self.inbox.standing()
        self._news = [mail for mail in self._standing.values() if not mail.told]
        found: list[File] = []
        for each in files_in(self.place):
            if isinstance(each, File):
                found.append(each)
            else:
                self._passed.append(Passed(FROM, each.path, each.note))
        found.sort(key=lambda file: (file.came, file.path))  # what came first is saved
        for at, file in enumerate(found, 1):
            before = self._standing.get(file.key)
            if before is None or self._is_lost(before):
                self._file(file)
            if progress:
                progress(at, len(found))
        return self._result()

    def _result(self) -> FetchResult:
        saved = [
            Saved(kept.path, kept.unit, FROM, mail.subject, mail.received or datetime.now())
            for mail in self._news
            for kept in mail.kept
            if kept.saved
        ]
        ignored = [Passed(FROM, mail.subject, "；".join(mail.notes)) for mail in self._news if mail.notes]
        facts = {fact.sha256: fact for mail in self._news for fact in mail.facts if isinstance(fact, Fetched)}
        left = None
        if self._passed:
            left = MailError(f"有{len(self._passed)}个文件没有能够读出来，请再运行一次。", code="unread")
        return FetchResult(
            tuple(saved), (*ignored, *self._passed), tuple(facts.values()), (), tuple(self._news), left
        )

    # --- one file ---------------------------------------------------------------------------------
    def _file(self, file: File) -> None:
        try:
            mail = self._arrived(file)
        except _Unread:
            self._passed.append(Passed(FROM, file.path, _UNREAD))
            return
        self.inbox.add([mail])  # on disk first
        self._standing[mail.key] = mail
        self._news = [*(other for other in self._news if other.key != mail.key), mail]

    def _arrived(self, file: File) -> Arrived:
        with _reading():
            note = self._why_not(file)
        mail = Arrived(
            file.key, self.desk.round.id, "ignored", file.came, "", file.sha256, FROM, file.path,
            notes=(note,) if note else (),
        )  # fmt: skip
        return mail if note else self._with_return(mail, file)

    def _why_not(self, file: File) -> str:
        """Why a file is no return, else ""."""
        if not file.sha256:
            return "；".join(file.notes) or intake.NOTES["other"]
        issued = self.desk.state.issued
        if file.sources and all(source.sha256 in issued for source in file.sources):
            return _BLANK
        may_be_list = file.location.name.startswith(hand_list.NAME) and len(file.sources) == 1
        return _LIST if may_be_list and hand_list.rows_of(file.sources[0].data) is not None else ""

    def _with_return(self, mail: Arrived, file: File) -> Arrived:
        name = Shelf.name_for(file.location.name, file.sha256)
        with _reading():
            labels, folder = self._whose(file, name)
        path, is_new, note = self._kept(file, folder, name)
        notes = [*filter(None, (note,)), *(file.notes if file.sealed else ())]
        kept = (Kept(path, L.SEP.join(labels), file.contents, is_new),) if path else ()
        facts = () if is_new else tuple(self._earlier(file, path))
        return evolve(
            mail, outcome="taken" if kept else "ignored", kept=kept, notes=tuple(notes), facts=facts
        )

    def _kept(self, file: File, folder: str, name: str) -> tuple[str, bool, str]:
        """(path or "", whether it is saved there by us, phrase why it was not saved)."""
        whole, *members = file.contents
        there = self._placed.get(whole)
        if there is None and (found := self.shelf.find(whole, file.size)) is not None:
            there = self._shown(found)
            known = {kept.path for mail in self._standing.values() for kept in mail.kept}
            expected = self.shelf.folder / folder / name
            same_time = abs(found.stat().st_mtime - file.came.timestamp()) < _SAME_TIME
            # a run that was killed left it there, before it could note that
            if found == expected and same_time and there not in known:
                self._placed[whole] = there
                return there, True, ""
        if there is not None:
            return there, False, f"和已经收到的“{there}”内容一样，没有再存"
        if whole in self._times or (members and all(member in self._times for member in members)):
            return "", False, "内容已经汇总过，没有再存"
        with _reading():
            data = file.location.read_bytes()
        if hashlib.sha256(data).hexdigest() != whole:
            raise _Unread
        shelf = Shelf(self.shelf.folder / folder)
        shelf.sweep()
        path = self._shown(shelf.put(name, data, file.came))
        self._placed[whole] = path
        return path, True, ""

    def _earlier(self, file: File, path: str) -> Iterator[Fetched]:
        """Of content that is known: that this copy of it came earlier, unless mail told when it came."""
        there = self._root / path
        for sha256 in file.contents:
            known = self._times.get(sha256)
            if known is None and path and there.is_file():
                known = datetime.fromtimestamp(there.stat().st_mtime)
            if sha256 in self.desk.state.fetched or known is None:
                continue
            if file.came.replace(microsecond=0) < known.replace(microsecond=0):
                yield Fetched(
                    self.desk.round.id, sha256, path or file.path, "", FROM, file.path, "", file.came, ""
                )

    # --- whose it is ------------------------------------------------------------------------------
    def _whose(self, file: File, name: str) -> tuple[tuple[str, ...], str]:
        """The labels of the units, and the folders that the file has to keep, "" where it is known without them."""
        alone = self._labels(file, name)
        around = PurePosixPath(file.path).parent
        if alone or not around.name:
            return alone, ""
        folder = "/".join(filter(None, map(safe, around.parts)))
        with_folder = self._labels(file, f"{folder}/{name}")
        return (with_folder, folder) if with_folder else (alone, "")

    def _labels(self, file: File, path: str) -> tuple[str, ...]:
        found: dict[str, None] = {}
        context = evolve(self._context, received=file.came.date())
        for source in file.sources:
            inside = source.path.removeprefix(f"{source.archive}/") if source.archive else ""
            reading = read_return(evolve(source, path=f"{path}/{inside}" if inside else path), context)
            if reading.rejected is None:
                found |= dict.fromkeys(item.unit_label for item in reading.items if item.unit)
        return tuple(found)

    # --- paths ------------------------------------------------------------------------------------
    def _is_lost(self, mail: Arrived) -> bool:
        """Whether a return of this round that was saved is neither in the folder nor in the tracker."""
        if mail.outcome != "taken" or mail.round != self.desk.round.id:
            return False
        return any(not self._has(kept) for kept in mail.kept)

    def _has(self, kept: Kept) -> bool:
        whole, *members = kept.contents
        if (self._root / kept.path).is_file() or whole in self._times:
            return True
        if members and all(member in self._times for member in members):
            return True
        return self.shelf.find_any(whole) is not None

    @property
    def _root(self) -> Path:
        """The master's folder."""
        return self.shelf.folder.parent.parent

    def _shown(self, path: Path) -> str:
        return path.relative_to(self._root).as_posix()


class _Unread(Exception):
    """The file is not what it was a moment ago, or cannot be reached any more."""


@contextmanager
def _reading() -> Iterator[None]:
    """Nothing but the files of the folder is read in the block: where that fails, `_Unread`."""
    try:
        yield
    except (OSError, FileProblem) as error:
        raise _Unread from error
