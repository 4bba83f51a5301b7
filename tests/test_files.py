"""Files forced to disk, one and many."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from eduxl import files


@pytest.mark.parametrize("count", [0, 1, 7, 8, 30])
def test_many_files_are_all_forced_to_disk(
    count: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = [tmp_path / str(i) for i in range(count)]
    for path in paths:
        path.write_bytes(path.name.encode())
    synced: list[int] = []
    monkeypatch.setattr(os, "fsync", lambda handle: synced.append(os.fstat(handle).st_ino))
    files.sync_all(paths)
    assert sorted(synced) == sorted(path.stat().st_ino for path in paths)


@pytest.mark.parametrize("count", [3, 30])
def test_a_file_that_cannot_be_forced_to_disk_is_told(
    count: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = [tmp_path / str(i) for i in range(count)]
    for path in paths:
        path.write_bytes(b"x")
    bad = paths[-1].stat().st_ino

    def full(handle: int) -> None:
        if os.fstat(handle).st_ino == bad:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        files.sync_all(paths)
