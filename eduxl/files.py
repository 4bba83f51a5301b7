"""Files written whole or not at all, and the file system's refusals in a clerk's words."""

from __future__ import annotations

import errno
import os
import re
from collections import deque
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

from eduxl.errors import EduxlError, FileProblem

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_DENIED = (errno.EACCES, errno.EPERM, errno.EROFS)


@contextmanager
def explained(doing: str) -> Iterator[None]:
    """Turn a disk's or folder's refusal inside the block into a `FileProblem`; `doing` completes “…时”."""
    try:
        yield
    except EduxlError:
        raise
    except Exception as error:
        problem = explain(error, doing)
        if problem is None:
            raise
        raise problem from error


def explain(error: BaseException, doing: str) -> FileProblem | None:
    """The Chinese sentence for an error of the file system, also one that SQLite or XlsxWriter passed on.

    Returns None for anything else: that is a bug and must show as one.
    """
    for cause in _causes(error):
        if isinstance(cause, OSError):
            return _os_problem(cause, doing)
        if type(cause).__module__ == "sqlite3":
            return _sqlite_problem(str(cause), doing)
    return None


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error and what it passes on: XlsxWriter as an argument, SQLAlchemy as `orig`, Python as the cause."""
    yield error
    for inner in (*error.args, getattr(error, "orig", None), error.__cause__):
        if isinstance(inner, BaseException):
            yield from _causes(inner)


def _sqlite_problem(text: str, doing: str) -> FileProblem | None:
    if "disk is full" in text or "disk I/O error" in text:
        return _full(doing)
    if re.search("readonly|read-only|unable to open database", text):
        return _denied(doing, "")
    if "database is locked" in text:
        return FileProblem(f"{doing}时，台账正被另一个 eduxl 使用，请等它结束后再试。", code="in-use")
    return None


def _os_problem(error: OSError, doing: str) -> FileProblem:
    where = f" {error.filename}" if error.filename else ""
    if error.errno in _FULL:
        return _full(doing)
    if error.errno in _DENIED:
        return _denied(doing, where)
    if isinstance(error, FileNotFoundError):
        return FileProblem(f"{doing}时找不到{where}，请检查路径是否写对。", code="no-such-path")
    if isinstance(error, IsADirectoryError | NotADirectoryError | FileExistsError):
        return FileProblem(f"{doing}时遇到{where}：文件和文件夹弄混了，请检查路径。", code="no-such-path")
    return FileProblem(f"{doing}时读写失败{where}（{error.strerror}）。请检查磁盘或网络盘后再试。")


def _full(doing: str) -> FileProblem:
    return FileProblem(
        f"{doing}时磁盘空间不足，什么也没有改动。请清理磁盘或换一个文件夹后再试。", code="disk-full"
    )


def _denied(doing: str, where: str) -> FileProblem:
    return FileProblem(
        f"{doing}时没有写入权限{where}，什么也没有改动。文件如果正在 Excel 或 WPS 里打开，请先关闭；"
        "否则请换一个可写的文件夹，或请管理员开通权限。",
        code="read-only",
    )


def sync(path: Path) -> None:
    """Force a file's (or, where the system can, a folder's) content to disk."""
    try:
        # Windows syncs only what was opened for writing
        handle = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    except PermissionError:  # Windows cannot open folders
        return
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.EBADF):
            raise
    finally:
        os.close(handle)


#: So many files are forced to disk at a time, which takes a disk hardly longer than one.
_AT_A_TIME = 8


def sync_all(paths: Collection[Path]) -> None:
    """`sync` for many files; returns when all of them are on disk."""
    if len(paths) < _AT_A_TIME:
        for path in paths:
            sync(path)
        return
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(_AT_A_TIME) as pool:
        deque(pool.map(sync, paths), maxlen=0)


def write(target: Path, data: bytes, doing: str, *, durable: bool = True) -> None:
    """Write a file whole or not at all; `durable` False spares the disk where the file can be made again.

    Raises `FileProblem`; `doing` is the work as `explained` names it.
    """
    with explained(doing), replacing(target, durable=durable) as beside:
        beside.write_bytes(data)


@contextmanager
def replacing(target: Path, *, durable: bool = True) -> Iterator[Path]:
    """Give a path beside `target` to write to; when the block ends well it takes the target's place.

    A block that raises leaves `target` as it was and nothing beside it.
    """
    if not target.parent.is_dir():
        raise FileProblem(f"文件夹 {target.parent} 不存在，请先新建或改正路径。", code="no-such-path")
    if target.is_dir():
        raise FileProblem(f"{target} 是一个文件夹，请给出文件名。", code="no-such-path")
    beside = temporary(target)
    try:
        yield beside
        if durable:
            sync(beside)
        os.replace(beside, target)
    finally:
        beside.unlink(missing_ok=True)
    if durable:
        sync(target.parent)


def temporary(target: Path) -> Path:
    """A name beside the target, hidden, of the same suffix."""
    return target.with_name(f".{target.stem}.{os.getpid()}.tmp{target.suffix}")


def open_elsewhere(path: Path) -> str | None:
    """Name of the program family that has a workbook open, judged by the lock file beside it, else None.

    Excel and WPS leave `~$NAME`, LibreOffice `.~lock.NAME#`.
    """
    if path.with_name(f"~${path.name}").exists():
        return "Excel 或 WPS"
    if path.with_name(f".~lock.{path.name}#").exists():
        return "LibreOffice"
    return None
