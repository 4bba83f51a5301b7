"""From folders to candidate files, in an order that never depends on the disk; what is not read is listed
with a note.

Whether a file is a workbook is told by its content. A file whose name promises one is a candidate in any
case: the reader then says what is wrong with it, since a school surely meant it as its return.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

from attrs import field, frozen

from eduxl.errors import FileProblem
from eduxl.returns import kinds
from eduxl.returns.kinds import Kind

#: Left by operating systems and Office; nobody means them.
_JUNK_NAMES = frozenset({".ds_store", "thumbs.db", "desktop.ini", "__macosx"})
_JUNK_STARTS = ("~$", "._", ".~")
JUNK = "系统或 Office 的临时文件"
#: Extensions with which somebody means a return, whatever is inside.
_SPREADSHEETS = frozenset(
    {".xlsx", ".xlsm", ".xls", ".xlsb", ".xltx", ".xltm", ".xlt", ".et", ".ett", ".ods", ".ots"}
)

#: What a file is that is not read → what the clerk is told.
_NOTES: dict[Kind, str] = {
    "word": "是 Word 文档，不能汇总；请让学校填在 Excel 模板里再报",
    "slides": "是演示文稿，不是填报表",
    "archive": "是压缩包，请解压后再合并",
    "pdf": "是 PDF 文件，不能汇总；请让学校填在 Excel 模板里再报",
    "picture": "是图片或影音文件，不是填报表",
    "text": "是文本文件，不能汇总；请另存为 Excel 工作簿（.xlsx）再合并",
    "empty": "是空文件",
    "other": "不是表格文件",
}


@frozen
class Source:
    """One candidate file. `path` is what people see: relative to the folder given, else the name.

    `file_time` is the file's own modified time, local, without zone. The content is read when asked for.
    """

    path: str
    file_time: datetime
    sha256: str
    size: int
    location: Path | None = None
    _content: bytes | None = field(default=None, repr=False, eq=False)

    @classmethod
    def of_bytes(cls, path: str, data: bytes, file_time: datetime) -> Source:
        """A candidate that is no file of its own: an archive's member, a mail's attachment."""
        return cls(path, file_time, hashlib.sha256(data).hexdigest(), len(data), None, data)

    @property
    def name(self) -> str:
        """The file name without folders."""
        return self.path.replace("\\", "/").rpartition("/")[2]

    @property
    def data(self) -> bytes:
        """The content whose hash is `sha256`. Raises FileProblem where it went away or changed since."""
        if self._content is not None:
            return self._content
        assert self.location is not None
        try:
            data = self.location.read_bytes()
        except OSError as error:
            raise FileProblem(
                f"文件“{self.path}”读不出来（{error.strerror or error}），请检查后重新汇总。"
            ) from error
        if hashlib.sha256(data).hexdigest() != self.sha256:
            raise FileProblem(f"文件“{self.path}”在读取时被改动了，请等别的程序存完后重新汇总。")
        return data


@frozen
class Ignored:
    """A file that is not read, and why: `note` is a Chinese phrase."""

    path: str
    note: str


@frozen
class Collected:
    """What lies in the folders, sorted by path: candidates and everything else."""

    sources: tuple[Source, ...]
    ignored: tuple[Ignored, ...]


def collect(paths: Sequence[Path]) -> Collected:
    """Walk the folders, each file once, and tell returns from the rest by content.

    Links to folders are not followed. Raises FileProblem (`no-such-path`) for a path that does not exist.
    """
    sources: list[Source] = []
    ignored: list[Ignored] = []
    seen: set[str] = set()
    for shown, location in _files(paths):
        identity = os.path.realpath(location)
        if identity in seen:
            continue
        seen.add(identity)
        found = _examine(shown, location)
        if isinstance(found, Source):
            sources.append(found)
        else:
            ignored.append(found)
    return Collected(tuple(sources), tuple(ignored))


def is_junk(name: str) -> bool:
    """True for a name (of a file or folder) that only systems and Office make."""
    return name.lower() in _JUNK_NAMES or name.startswith(_JUNK_STARTS)


def _files(paths: Sequence[Path]) -> Iterator[tuple[str, Path]]:
    """(path as shown, path) of every file, folder by folder in the order given, sorted inside."""
    for path in paths:
        if path.is_dir():
            found = []
            for folder, folders, names in os.walk(path):
                folders.sort()
                found += [Path(folder, name) for name in names]
            relative = [(location.relative_to(path).as_posix(), location) for location in found]
            yield from sorted(relative)
        elif path.exists():
            yield path.name, path
        else:
            raise FileProblem(f"找不到“{path}”，请检查文件夹或文件名是否写对。", code="no-such-path")


def _examine(shown: str, location: Path) -> Source | Ignored:
    if any(is_junk(part) for part in shown.split("/")):
        return Ignored(shown, JUNK)
    meant = location.suffix.lower() in _SPREADSHEETS
    try:
        with open(location, "rb") as file:
            info = os.fstat(file.fileno())
            head = file.read(kinds.HEAD)
            # A film is never read whole; neither is a file too large to be a return: the reader refuses it by
            # size.
            if not meant:
                whole = kinds.needs_all(head) and info.st_size <= _LARGEST
                kind = kinds.kind_of(head + file.read() if whole else head)
                if kind not in kinds.WORKBOOKS:
                    return Ignored(shown, _NOTES[kind])
            file.seek(0)
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        return Ignored(shown, f"打不开（{error.strerror or error}），请检查权限或关闭占用它的程序")
    return Source(shown, datetime.fromtimestamp(info.st_mtime), digest, info.st_size, location)


_LARGEST = 300 << 20
