"""What lies in a folder, in an order that never depends on the disk. Needs the standard library only."""

from __future__ import annotations

import os
from pathlib import Path

_FOLDER_LINK = "是指向文件夹的快捷方式，没有打开；请直接给出那个文件夹"


def walk(top: Path) -> list[tuple[Path, str]]:
    """Every file below a folder, links to folders and folders that cannot be opened, these with a note."""
    refused: list[OSError] = []
    found: list[tuple[Path, str]] = []
    for folder, folders, names in os.walk(top, onerror=refused.append):
        found += [(Path(folder, name), "") for name in names]
        links = [path for name in folders if os.path.islink(path := Path(folder, name))]
        found += [(path, _FOLDER_LINK) for path in links]
    found += [(Path(error.filename), not_opened(error)) for error in refused]
    return sorted(found, key=lambda item: item[0].as_posix())


def not_opened(error: OSError) -> str:
    """What the clerk is told of a file or folder that the system does not open."""
    return f"打不开（{error.strerror or error}），请检查权限或关闭占用它的程序"
