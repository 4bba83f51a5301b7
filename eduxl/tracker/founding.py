"""A new tracker on disk: the first ledger, and the master that shows it."""

from __future__ import annotations

import os
import shutil
import uuid
from datetime import date
from pathlib import Path

from eduxl import files
from eduxl.errors import FileProblem, TrackerError
from eduxl.model import Plan
from eduxl.roster import Roster, expand
from eduxl.roster.expand import questions
from eduxl.tracker import commit, place
from eduxl.tracker import inputs as clerk
from eduxl.tracker.ledger import Generation, Ledger
from eduxl.tracker.place import LEDGER
from eduxl.tracker.state import replay
from eduxl.tracker.tables import Master
from eduxl.tracker.views import digest, master_view


def found(plan: Plan, roster: Roster, path: Path, day: date, pinned: bool) -> None:
    """Make the master at `path` and the memory folder beside it, both or neither.

    Raises `TrackerError` (`bad-name`, `exists`), and `FileProblem` where they cannot be written.
    """
    memory = place.memory_of(path)
    _check_new(path, memory)
    building = memory.with_name(f".{memory.name}.{os.getpid()}.tmp")
    draft = files.temporary(path)
    made: list[Path] = []
    with files.explained("建台账"):
        commit.sweep(path, memory)
        try:
            building.mkdir()
            for name in ("archive", "backups"):
                (building / name).mkdir()
            master = _first_master(building / LEDGER, plan, roster, day, pinned)
            from eduxl.tracker.author import write_master

            write_master(master, draft)
            files.sync(draft)
            os.rename(building, memory)
            made.append(memory)
            os.rename(draft, path)
        except BaseException:
            draft.unlink(missing_ok=True)
            for leftover in (building, *made):
                shutil.rmtree(leftover, ignore_errors=True)
            raise
        files.sync(path.parent)


def _check_new(path: Path, memory: Path) -> None:
    if path.suffix.lower() not in (".xlsm", ".xlsx"):
        raise TrackerError(f"总台账的文件名要以 .xlsm 或 .xlsx 结尾，现在是“{path.name}”。", code="bad-name")
    if not path.parent.is_dir():
        raise FileProblem(f"文件夹 {path.parent} 不存在，请先新建或改正路径。", code="no-such-path")
    for existing in (path, memory):
        if existing.exists():
            raise TrackerError(
                f"{existing} 已经存在。请换一个文件名或文件夹，或先把旧的移走。", code="exists"
            )


def _first_master(path: Path, plan: Plan, roster: Roster, day: date, pinned: bool) -> Master:
    """Fill a new ledger and return the master it shows."""
    tracker = uuid.uuid4().hex
    with Ledger.create(path, tracker) as ledger, ledger.transaction() as tx:
        expansion = expand(plan, roster)
        unclear = sum(bool(questions(task, expansion)) for task in plan.tasks)
        event = tx.record(
            day,
            "建台账",
            f"{plan.title}：{len(plan.projects)}项工程、{len(plan.tasks)}项任务、{len(roster.units)}个单位，"
            f"{unclear}项任务待确认",
            [plan, roster],
        )
        view = master_view(replay(tx.records()), day, tracker=tracker, generation=1, pinned=pinned)
        shown = clerk.shown(view)
        made = Generation(1, day, pinned, digest(view), shown.cells_digest, shown.to_json())
        tx.add_generation(made, event.seq)
    return view
