"""Where a tracker lies: the workbook, its memory folder beside it, the returns of a round."""

from __future__ import annotations

from pathlib import Path

from eduxl import labels as L
from eduxl.errors import FileProblem, TrackerError

LEDGER = "ledger.sqlite"


def memory_of(master: Path) -> Path:
    """The folder with ledger, archive and backups."""
    return master.with_suffix(L.MEMORY_SUFFIX)


def templates_of(master: Path, round_id: str) -> Path:
    """Where the templates of a round lie ready."""
    return master.parent / "templates" / round_id


def returns_of(master: Path, round_id: str) -> Path:
    """Where the returns of a round lie when no folder is named."""
    return master.parent / "returns" / round_id


def master_at(path: Path) -> Path:
    """The workbook of the tracker named by its workbook, its memory folder or the folder both lie in.

    It need not be there if the memory is, nor the memory if it is. Raises `TrackerError` (`no-tracker`,
    `two-trackers`, `no-master`; `namesake` where the folder is there under another name).
    """
    if path.is_dir():
        if path.name.endswith(L.MEMORY_SUFFIX):
            return master_at(_master_of(path))
        return master_in(path)
    if (memory_of(path) / LEDGER).exists():
        return path  # a workbook that is gone is written again by the next command
    if not path.exists():
        raise TrackerError(f"找不到总台账 {path}，请检查路径是否写对。", code="no-master")
    from eduxl.tracker.rebuild import refuse_namesake

    refuse_namesake(path)
    return path  # the next command makes the memory again


def master_in(folder: Path) -> Path:
    """The workbook of the one tracker in a folder. Raises like `master_at`, and `FileProblem` (`no-such-path`)."""
    if not folder.is_dir():
        raise FileProblem(f"文件夹 {folder} 不存在，请检查路径。", code="no-such-path")
    found = sorted(
        memory
        for memory in folder.glob(f"*{L.MEMORY_SUFFIX}")
        if (memory / LEDGER).exists() and not memory.name.startswith(".")
    )
    alone: list[Path] = []
    if not found:
        from eduxl.tracker.rebuild import workbooks

        alone = workbooks(folder)
    if len(alone) == 1:
        return master_at(alone[0])
    if not found and not alone:
        raise TrackerError(
            "这个文件夹里没有总台账。请先到台账所在的文件夹，或用 -m 指定总台账，"
            "或用“eduxl master 计划 --roster 名册.xlsx”新建。"
        )
    if len(found) != 1:
        masters = [_master_of(memory) for memory in found] or alone
        names = L.SEP.join(master.name for master in masters)
        raise TrackerError(
            f"这个文件夹里有{len(masters)}个总台账（{names}），请用 -m 指定一个。", code="two-trackers"
        )
    return master_at(_master_of(found[0]))


def _master_of(memory: Path) -> Path:
    """The workbook a memory folder belongs to: .xlsm before .xlsx."""
    macro, plain = memory.with_suffix(".xlsm"), memory.with_suffix(".xlsx")
    if macro.exists() or plain.exists():
        return macro if macro.exists() else plain
    return plain if list(memory.glob("backups/*.xlsx")) else macro
