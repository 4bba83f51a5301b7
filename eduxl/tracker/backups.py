"""Copies of the workbooks that were replaced, in `backups/` of the memory folder. None is ever removed."""

from __future__ import annotations

import hashlib
import os
import shutil
from pathlib import Path

from eduxl import files
from eduxl.tracker.ledger import Generation


def keep(master: Path, memory: Path, generation: int) -> Path:
    """Copy the master, which shows `generation`, under a name of its own; returns where the copy is."""
    folder = memory / "backups"
    folder.mkdir(exist_ok=True)
    kept = folder / f"{generation:06d}{master.suffix}"
    count = 1
    while kept.exists():
        count += 1
        kept = folder / f"{generation:06d}-{count}{master.suffix}"
    beside = files.temporary(kept)
    try:
        shutil.copy2(master, beside)
        files.sync(beside)
        os.replace(beside, kept)
    finally:
        beside.unlink(missing_ok=True)
    return kept


def noted(backup: Path | None) -> tuple[str, str]:
    """Name and SHA-256 by which the ledger knows a backup again; "" for none."""
    if backup is None:
        return "", ""
    return backup.name, sha256_of(backup)


def replaced_by(generation: Generation, memory: Path) -> bytes | None:
    """The workbook that a generation replaced; None where its copy is gone or was changed."""
    if not generation.backup:
        return None
    try:
        data = (memory / "backups" / generation.backup).read_bytes()
    except FileNotFoundError:
        return None
    return data if hashlib.sha256(data).hexdigest() == generation.backup_sha256 else None


def sha256_of(path: Path) -> str:
    """The hash by which a workbook is known. Raises OSError."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
