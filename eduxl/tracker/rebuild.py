"""The memory folder made again from the workbook alone, for a master that was mailed or moved without it.

This is the edge: it reads the workbook and writes the folder. What the ledger then holds is told by the workbook's
seed (`seed`) or, where that is lost, by its sheets alone (`visible`).
"""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Any

from attrs import frozen

from eduxl import files
from eduxl import labels as L
from eduxl.errors import EduxlError, TrackerError
from eduxl.tracker import inputs as clerk
from eduxl.tracker import visible
from eduxl.tracker.hidden import SEED
from eduxl.tracker.ledger import Generation, Ledger
from eduxl.tracker.place import LEDGER
from eduxl.tracker.records import Records
from eduxl.tracker.seed import SeedLost, grow
from eduxl.tracker.state import replay
from eduxl.tracker.views import digest, master_view

#: The step under which a ledger is made again.
REBUILD = "重建记录"


@frozen
class Recalled:
    """What a workbook tells of its ledger."""

    tracker: str
    generation: int
    #: the day for which the workbook was written
    day: date
    pinned: bool
    records: Records
    #: the clerk's cells as they stand, where the sheets alone told what was decided
    typed: clerk.Inputs | None
    #: what cannot be known again or may be wrong, and with it all that has to be said, as Chinese sentences
    doubts: tuple[str, ...]
    notes: tuple[str, ...]


def recall(master: Path) -> Recalled:
    """Read a master. Raises `TrackerError`: `not-a-master`, or `no-memory` where the workbook lost what it needs."""
    tables, hidden = clerk.read_tables(master, visible.COLUMNS)
    meta = clerk.meta_of(hidden)
    number = meta.get("generation", "")
    if not meta.get("tracker") or not number.isdecimal():
        raise TrackerError(
            f"{master.name} 旁边没有它的记录文件夹“{_memory_name(master)}”，它自己又缺少内部工作表 _eduxl，没有办法重建记录。"
            "请找到这个文件夹和总台账放在一起，或用一份没有缺表的总台账。",
            code="no-memory",
        )
    notes = (
        f"没有找到记录文件夹“{_memory_name(master)}”，已按 {master.name} 里的内容重建。收到的原件、以前的备份不在里面，"
        "以前的汇总也不能再撤销。原来的文件夹如果还在别处，请先把重建的移走，再把原来的放回总台账旁边。",
    )
    typed = None
    try:
        grown = grow(_chunks(hidden), *(visible.rows_of(tables[name]) for name in (L.ENTRIES, L.HISTORY)))
    except SeedLost:
        typed = clerk.read_inputs(master)
        grown = visible.grow(tables, meta, typed)
    day = date.fromisoformat(meta["as_of"])
    doubts = tuple(grown.notes)
    return Recalled(
        meta["tracker"], int(number), day, grown.pinned, grown.records, typed, doubts, (*notes, *doubts)
    )


def _memory_name(master: Path) -> str:
    return master.with_suffix(L.MEMORY_SUFFIX).name


def _chunks(hidden: Sequence[Sequence[Any]]) -> Iterator[str]:
    for row in hidden:
        if len(row) > SEED and row[SEED]:
            yield str(row[SEED])


# --- writing --------------------------------------------------------------------------------------
def build(recalled: Recalled, memory: Path, day: date | None) -> None:
    """Make the memory folder, with a step that says so under `day`. Without a day it is for looking only."""
    memory.mkdir()
    for name in ("archive", "backups"):
        (memory / name).mkdir()
    records = recalled.records
    view = master_view(
        replay(records),
        recalled.day,
        tracker=recalled.tracker,
        generation=recalled.generation,
        pinned=recalled.pinned,
    )
    shown = recalled.typed or clerk.shown(view)
    with Ledger.create(memory / LEDGER, recalled.tracker) as ledger, ledger.transaction() as tx:
        tx.take_over(records)
        last = tx.last_event()
        if day:
            # what stood before is no longer at hand: with its roster the step bars the way back (see `undo`)
            doubts = (doubt.rstrip("。") for doubt in recalled.doubts)
            said = "；".join(("没有找到记录文件夹，已按总台账重建", *doubts))
            tx.record(day, REBUILD, said, [replay(records).roster])
        made = Generation(
            recalled.generation,
            recalled.day,
            recalled.pinned,
            digest(view),
            shown.cells_digest,
            shown.to_json(),
        )
        tx.add_generation(made, last)


def build_beside(recalled: Recalled, master: Path, memory: Path, day: date | None, *, optional: bool) -> bool:
    """Make the memory folder beside the workbook, whole or not at all.

    False where the folder takes no files and the command can do without (`optional`).
    """
    building = memory.with_name(f".{memory.name}.{os.getpid()}.tmp")
    try:
        with files.explained("重建记录"):
            try:
                build(recalled, building, day)
                _move(building, memory)
                files.sync(master.parent)
            except OSError as error:
                if optional and error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
                    return False
                raise
    finally:
        shutil.rmtree(building, ignore_errors=True)
    return True


def _move(building: Path, memory: Path) -> None:
    """Put the folder in its place; one that is there without a ledger keeps what it has."""
    if not memory.exists():
        os.rename(building, memory)
    elif not (memory / LEDGER).exists():
        os.replace(building / LEDGER, memory / LEDGER)


# --- whose workbook it is -------------------------------------------------------------------------
def workbooks(folder: Path) -> list[Path]:
    """The masters in a folder, whether their memory is there or not."""
    found = []
    for path in sorted((*folder.glob("*.xlsm"), *folder.glob("*.xlsx"))):
        if not path.name.startswith((".", "~$")):
            with suppress(EduxlError, OSError):
                meta = clerk.meta_of(clerk.read_tables(path, {})[1])
                if meta.get("tracker") and "generation" in meta:
                    found.append(path)
    return found


def refuse_namesake(master: Path) -> None:
    """Raise `TrackerError` (`namesake`) for a workbook whose memory lies beside it under another name.

    It was renamed, or copied; a memory of its own would part from the one that is there.
    """
    memories = [path for path in master.parent.glob(f"*{L.MEMORY_SUFFIX}") if (path / LEDGER).exists()]
    if not memories:
        return
    tracker = clerk.meta_of(clerk.read_tables(master, {})[1]).get("tracker")
    for memory in memories:
        if tracker and _tracker_of(memory) == tracker:
            own = [
                path for path in (memory.with_suffix(".xlsm"), memory.with_suffix(".xlsx")) if path.exists()
            ]
            what = (
                f"{master.name} 是它的副本。请直接用 {own[0].name}；要另外试用副本，请把它移到别的文件夹。"
                if own
                else f"{master.name} 像是改过名。请改回 {memory.stem}{master.suffix}，再运行一次。"
            )
            raise TrackerError(f"旁边的“{memory.name}”就是这个台账的记录文件夹，{what}", code="namesake")


def _tracker_of(memory: Path) -> str:
    """The tracker that a memory belongs to; "" for one that cannot be read."""
    try:
        with files.explained("读台账"), Ledger.open(memory / LEDGER) as ledger:
            return ledger.tracker
    except EduxlError:
        return ""
