"""A tracker whose returns come by mail; also the run that tests kill: `python -m tests.mail.collecting MASTER PORT`."""

from __future__ import annotations

import hashlib
import json
import shutil
import sys
import zipfile
from datetime import date, datetime
from io import BytesIO
from pathlib import Path
from random import Random
from typing import Any

from attrs import evolve, frozen

from eduxl import Tracker
from eduxl import labels as L
from eduxl.mail.fetching import FetchResult, Known, fetch
from eduxl.mail.inbox import Inbox
from eduxl.mail.incoming import Box, open_box
from eduxl.mail.secret import Secret
from eduxl.mail.settings import Server, Settings
from eduxl.model import Round
from eduxl.roster import Roster, shipped_rules
from eduxl.tracker.merge import Merger
from eduxl.tracker.state import State
from tests.builders import UNITS, fill, small_plan
from tests.mail.dovecot import CODE
from tests.mail.letters import OURS, SCHOOL

OPENED = date(2022, 6, 1)
ROUND = "2022-06"
LABELS = {unit.code: f"{unit.code} {unit.name}" for unit in UNITS}
ADDRESSES = {"S001": SCHOOL, "S002": "hszx@163.com", "S003": "both@163.com", "S004": "both@163.com"}
SENT = "<0123456789abcdef@163.com>"


@frozen
class Desk:
    """The tracker's workbook, with a round that is open."""

    path: Path

    @classmethod
    def made(cls, folder: Path) -> Desk:
        """A new tracker with templates."""
        roster = Roster(
            tuple(evolve(unit, email=ADDRESSES.get(unit.code, "")) for unit in UNITS), shipped_rules()
        )
        tracker = Tracker.create(small_plan(), roster, folder / "总台账.xlsm", as_of=OPENED)
        tracker.open_round(ROUND, date(2022, 6, 25), as_of=OPENED)
        tracker.write_templates(as_of=OPENED)
        return cls(tracker.path)

    def copied(self, folder: Path) -> Desk:
        shutil.copytree(self.path.parent, folder)
        return Desk(folder / self.path.name)

    @property
    def tracker(self) -> Tracker:
        return Tracker.open(self.path)

    @property
    def folder(self) -> Path:
        return self.path.parent / "returns" / ROUND

    @property
    def state(self) -> State:
        with self.tracker.work("看", shows=False) as change:
            return change.state

    def blank(self, unit: str = "S001") -> bytes:
        """The template as it went out."""
        return next((self.path.parent / "templates" / ROUND).glob(f"{unit}*")).read_bytes()

    def filled(self, unit: str, text: str = "") -> bytes:
        """What a unit answers."""
        form = next((self.path.parent / "templates" / ROUND).glob(f"{unit}*"))
        target = self.path.parent.parent / f"filled-{self.path.parent.name}.xlsx"
        rows = {
            no: {L.STATUS: L.UNDER_WAY, L.PROGRESS: 50, L.REPORT: text or "已经完成前期工作"} for no in (1, 2)
        }
        return fill(form, target, rows, OPENED).read_bytes()

    def book(self, key: str) -> bytes:
        return self.blank() if key == "blank" else self.filled(key)

    def fetch(self, box: Box, *, books: bool = True, **other: Any) -> FetchResult:
        """As the command does it; `books` False is a run that died before it could book."""
        with self.tracker.work("收发邮件", shows=False) as change:
            state, round_, tracker = change.state, change.state.current, change.tracker
        assert isinstance(round_, Round)
        held = {r.sha256 for returns in state.returns.values() for r in returns}
        known = Known(
            state.roster,
            Merger(state, round_, tracker, self.path, self.tracker.memory)._context,
            state.fetched,
            held | {sha256 for sha256, _ in state.rejects},
            state.issued,
            state.bounced,
            OURS,
            {SENT},
        )
        other = {"since": OPENED, **other}
        with Inbox(self.tracker.memory, box.account) as inbox:
            result = fetch(box, inbox, round=round_, folder=self.folder, known=known, **other)
            if books and result.facts:
                with self.tracker.work("收取邮件", shows=False) as change:
                    change.record("收取邮件", "", *result.facts)
            if books:
                inbox.told(result.mails)
        return result

    def files(self) -> dict[str, str]:
        """Name → hash of what lies in the folder of returns."""
        return {
            path.relative_to(self.folder).as_posix(): sha(path.read_bytes())
            for path in sorted(self.folder.rglob("*"))
            if path.is_file()
        }


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def varied(book: bytes, number: int, size: int = 0) -> bytes:
    """The same workbook as another content, with so many bytes more that do not compress."""
    file = BytesIO(book)
    with zipfile.ZipFile(file, "a") as package:
        if size:
            package.writestr(zipfile.ZipInfo("docProps/more.bin"), Random(number).randbytes(size))
        package.comment = str(number).encode()
    return file.getvalue()


def moment(day: int, hour: int = 10) -> datetime:
    return datetime(2022, 6, day, hour)


def main(master: str, port: str) -> None:
    """Fetch and book, and say what was saved."""
    settings = Settings(
        OURS, "", "custom", Server("localhost", 1), Server("localhost", int(port)), "imap", "plain", "plain"
    )
    with open_box(settings, Secret(CODE)) as box:

        def progress(done: int, total: int) -> None:
            print(done, flush=True)

        result = Desk(Path(master)).fetch(box, progress=progress)
    print(json.dumps(result.to_json(), ensure_ascii=False))


if __name__ == "__main__":
    main(*sys.argv[1:])
