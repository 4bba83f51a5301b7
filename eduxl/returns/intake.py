"""From folders to candidate files, in an order that never depends on the disk; what is not read is listed
with a note.

Whether a file is a workbook is told by its content. A file whose name promises one is a candidate in any
case: the reader then says what is wrong with it, since a school surely meant it as its return. Archives are
opened and their members treated like files. Every file ends as a source or as ignored.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from datetime import datetime, timedelta
from functools import partial
from io import BufferedReader, BytesIO
from pathlib import Path

from attrs import Factory, field, frozen

from eduxl import labels as L
from eduxl.errors import FileProblem
from eduxl.returns import archives, codes, delimited
from eduxl.returns.archives import Budget, Entry, Member, NoProgram, Refused
from eduxl.returns.codes import Rejection
from eduxl.returns.walk import not_opened, walk
from eduxl.spreadsheet import kinds
from eduxl.spreadsheet.kinds import Kind

#: Left by operating systems and Office; nobody means them.
_JUNK_NAMES = frozenset({".ds_store", "thumbs.db", "desktop.ini", "__macosx"})
_JUNK_STARTS = ("~$", "._", ".~")
JUNK = "系统或 Office 的临时文件"
#: Ends of names of what is only begun or only promised → what the clerk is told.
_UNFINISHED = "没有下载完，请重新下载后再合并"
_NAME_ENDS: dict[str, str] = dict.fromkeys(
    (
        ".crdownload", ".part", ".partial", ".download", ".downloading", ".opdownload", ".td", ".xltd", ".!ut",
        ".aria2",
    ),
    _UNFINISHED,
) | {".icloud": "还在云盘里，请先下载到本机再合并"}  # fmt: skip
#: Extensions with which somebody means a return, whatever is inside.
_SPREADSHEETS = frozenset(
    {".xlsx", ".xlsm", ".xls", ".xlsb", ".xltx", ".xltm", ".xlt", ".et", ".ett", ".ods", ".ots", ".fods"}
)
_TEXTS = frozenset({".csv", ".tsv", ".tab"})
#: Extensions of pictures, films and sound. They are believed only where a look inside costs too much.
_PICTURES = frozenset(
    {
        ".jpg", ".jpeg", ".png", ".gif", ".bmp", ".webp", ".heic", ".tif", ".tiff", ".mp4", ".mov", ".avi", ".wmv",
        ".mkv", ".3gp", ".mp3", ".m4a", ".wav", ".amr",
    }
)  # fmt: skip

#: What a file is that is not read → what the clerk is told.
NOTES: dict[Kind, str] = {
    "word": "是 Word 文档，不能汇总；如果是填报内容，请填在 Excel 模板里再报",
    "slides": "是演示文稿，不是填报表",
    "archive": "是压缩包，请解压后再合并",
    "pdf": "是 PDF 或 OFD 文件，不能汇总；请让学校填在 Excel 模板里再报",
    "picture": "是图片或影音文件，不是填报表",
    "web": "是网页，不能汇总；如果里面是填报表，请用 Excel 打开后另存为 .xlsx 再合并",
    "mail": "是一封邮件，请把附件另存后再合并",
    "link": "是快捷方式，不是文件本身；请把原文件复制过来再合并",
    "program": "是程序文件，不会打开；如果是自解压包，请让学校直接发送填报表",
    "text": "是文本文件，里面没有填报表的表头；如果是填报表，请填在 Excel 模板里再合并",
    "empty": "是空文件",
    "other": "不是表格文件",
}
_LOST_TEXT = "里面的文字都成了问号，是另存时丢失的；请用 Excel 或 WPS 打开原文件，另存为 .xlsx 再合并"
_WORD_TABLE = "是 Word 文档，里面有填报表格，不能汇总；请填在 Excel 模板里再报"
_NO_FILE = "不是普通文件，没有打开"
_EMPTY_ARCHIVE = "是空的压缩包"

#: Bytes of a file that is read to tell what it is; a larger one is no return, whatever it is.
_LARGEST = 300 << 20
#: Archives in an archive: the one on the disk, and one inside.
_MOST_NESTED = 2
#: Bytes of members that are kept in memory; those of a zip on the disk are read again instead.
_MOST_KEPT = 200 << 20
_BLOCK = 1 << 20


@frozen
class Source:
    """One candidate file. `path` is what people see: relative to the folder given, else the name; the members
    of an archive follow its path like the files in a folder.

    `file_time` is the file's own modified time and `received` when it came, both local, without zone: they
    differ in an archive, which came as a whole. `location` is the file on the disk, for a member its archive.
    The content is read when asked for. `refused` says why it must not be opened at all.
    """

    path: str
    file_time: datetime
    sha256: str
    size: int
    location: Path | None = None
    _content: bytes | None = field(default=None, repr=False, eq=False)
    #: path of the outermost archive, "" for a file of its own
    archive: str = ""
    received: datetime = field(default=Factory(lambda self: self.file_time, takes_self=True))
    refused: Rejection | None = None
    #: reads a member out of its archive once more
    _reread: Callable[[], bytes] | None = field(default=None, repr=False, eq=False)

    @classmethod
    def of_bytes(cls, path: str, data: bytes, file_time: datetime) -> Source:
        """A candidate that is no file of its own, such as a mail's attachment."""
        return cls(path, file_time, hashlib.sha256(data).hexdigest(), len(data), None, data)

    @property
    def name(self) -> str:
        """The file's name without folders, or `archive.zip/member.xlsx`."""
        before = self.archive.rpartition("/")[0] if self.archive else self.path.rpartition("/")[0]
        return self.path[len(before) + 1 if before else 0 :]

    @property
    def data(self) -> bytes:
        """The content whose hash is `sha256`. Raises FileProblem where it went away or changed since."""
        return b"".join(self.chunks())

    def chunks(self) -> Iterator[bytes]:
        """The content in pieces, so that a large file need not be in memory. Raises like `data`, at its end
        where it was changed.
        """
        if self._content is not None:
            yield self._content
            return
        digest = hashlib.sha256()
        try:
            for chunk in self._stored():
                digest.update(chunk)
                yield chunk
        except OSError as error:
            raise FileProblem(
                f"文件“{self.path}”读不出来（{error.strerror or error}），请检查后重新汇总。"
            ) from error
        except Refused:
            pass  # the archive is another one by now
        if digest.hexdigest() != self.sha256:
            raise FileProblem(f"文件“{self.path}”在读取时被改动了，请等别的程序存完后重新汇总。")

    def _stored(self) -> Iterator[bytes]:
        if self._reread is not None:
            yield self._reread()
            return
        assert self.location is not None
        with open(self.location, "rb") as file:
            while chunk := file.read(_BLOCK):
                yield chunk


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
    """Walk the folders, each file once, open the archives, and tell returns from the rest by content.

    Links to folders are not followed. Raises FileProblem (`no-such-path`) for a path that does not exist.
    """
    found: list[Source | Ignored] = []
    intake = _Intake()
    for shown, location, note in _files(paths):
        found += [Ignored(shown, note)] if note else intake.file(shown, location)
    return Collected(
        tuple(item for item in found if isinstance(item, Source)),
        tuple(item for item in found if isinstance(item, Ignored)),
    )


def is_junk(name: str) -> bool:
    """True for a name (of a file or folder) that only systems and Office make."""
    return name.lower() in _JUNK_NAMES or name.startswith(_JUNK_STARTS)


# --- the disk -------------------------------------------------------------------------------------
def _files(paths: Sequence[Path]) -> Iterator[tuple[str, Path, str]]:
    """(path as shown, path, note) of every file, folder by folder in the order given, sorted inside. A note
    says why it is not opened.
    """
    seen: set[str] = set()
    met: dict[str, str] = {}
    for path in paths:
        if not os.path.lexists(path):
            raise FileProblem(f"找不到“{path}”，请检查文件夹或文件名是否写对。", code="no-such-path")
        is_folder = path.is_dir()
        base = path if is_folder else path.parent
        for location, note in walk(path) if is_folder else [(path, "")]:
            place = os.path.abspath(location)
            if place in seen:
                continue
            seen.add(place)
            name = shown(location.relative_to(base).as_posix())
            # A file and a link to it are met twice.
            other = met.setdefault(os.path.realpath(location), name)
            yield name, location, note or (f"与“{other}”是同一个文件" if other is not name else "")


def time_of(info: os.stat_result) -> datetime:
    try:
        return datetime.fromtimestamp(info.st_mtime)
    except (ValueError, OverflowError, OSError):
        return datetime.fromtimestamp(0)  # no clock has ever shown it


#: Not to be shown: control characters, halves of characters, and marks that turn the direction of a text.
_UNSHOWN = re.compile(
    "[\x00-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]+"
)
#: Characters of a name, and of a path, that are shown.
_LONGEST_NAME, _LONGEST_PATH = 200, 1_000


def shown(path: str) -> str:
    """A path that can be printed and stored: undecodable bytes as GB18030 where they are that, no control
    characters, very long names without their middle.
    """
    if not path.isprintable():
        try:
            raw = path.encode("utf-8", "surrogateescape")
            path = raw.decode("utf-8" if _is_utf8(raw) else "gb18030")
        except UnicodeError:
            pass
        path = _UNSHOWN.sub(" ", path)
    return _shortened("/".join(_shortened(part, _LONGEST_NAME) for part in path.split("/")), _LONGEST_PATH)


def _is_utf8(raw: bytes) -> bool:
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _shortened(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most // 2]}…{text[-most // 2 :]}"


# --- one file -------------------------------------------------------------------------------------
@frozen
class _Item:
    """A file on the disk, or a member of an archive, whose kind is asked for.

    `file` gives the content from its beginning; `whole` is False where it is only the beginning.
    """

    path: str
    size: int
    file: BufferedReader | BytesIO = field(repr=False)
    file_time: datetime
    location: Path
    received: datetime
    archive: str = ""
    depth: int = 0
    whole: bool = True
    reread: Callable[[], bytes] | None = field(default=None, repr=False)

    @property
    def suffix(self) -> str:
        return os.path.splitext(self.path.rpartition("/")[2])[1].lower()


class _Intake:
    """Tells what each file is, and opens the archives among them."""

    def __init__(self) -> None:
        self._kept = 0

    def file(self, path: str, location: Path) -> list[Source | Ignored]:
        """What a file on the disk is: one item, or one for each member of an archive."""
        if note := _by_name(path):
            return [Ignored(path, note)]
        try:
            # A pipe or a device would wait for ever.
            if not stat.S_ISREG(os.stat(location).st_mode):
                return [Ignored(path, _NO_FILE)]
            with open(location, "rb") as file:
                info = os.fstat(file.fileno())
                moment = time_of(info)
                item = _Item(path, info.st_size, file, moment, location, moment)
                return self._told(item, Budget.of(info.st_size))
        except OSError as error:
            return [Ignored(path, not_opened(error))]

    def _told(self, item: _Item, budget: Budget) -> list[Source | Ignored]:
        head = item.file.read(kinds.HEAD)
        meant = item.suffix in _SPREADSHEETS
        if meant and (kinds.is_package(head) or kinds.is_old_office(head)):
            return [self._source(item)]
        kind = _kind(item, head)
        if kind in kinds.ARCHIVES:
            return self._opened(item, kind, budget)
        if kind == "text":
            too_large = item.suffix in _TEXTS and item.size > delimited.MAX_TEXT
            is_candidate = meant or too_large or _is_table(item)
        else:
            promised = meant or (item.suffix in _TEXTS and kind == "other")
            is_candidate = promised or kind in kinds.WORKBOOKS or kind in kinds.UNREAD
        if is_candidate:
            return [self._source(item)]
        if kind == "word" and _has_our_table(item, head):
            return [Ignored(item.path, _WORD_TABLE)]
        if kind == "text" and head.count(b"?") * 4 > len(head):
            return [Ignored(item.path, _LOST_TEXT)]
        return [Ignored(item.path, NOTES[kind])]

    def _source(self, item: _Item, refused: Rejection | None = None) -> Source:
        """The item as a candidate; a member that would be too much to keep in memory is refused."""
        item.file.seek(0)
        content = None
        if isinstance(item.file, BytesIO) and item.reread is None:
            if self._kept + item.size > _MOST_KEPT:
                refused = refused or codes.rejection("too-large", what="这些压缩包里的内容太多")
            content = b"" if refused else item.file.getvalue()
            self._kept += len(content)
        return Source(
            item.path,
            item.file_time,
            hashlib.file_digest(item.file, "sha256").hexdigest(),
            item.size,
            item.location,
            content,
            item.archive,
            item.received,
            refused,
            item.reread,
        )

    # --- archives ---------------------------------------------------------------------------------
    def _opened(self, item: _Item, kind: Kind, budget: Budget) -> list[Source | Ignored]:
        """The members of an archive, each told like a file; the archive itself where it is refused."""
        if item.depth >= _MOST_NESTED:
            return [self._source(item, codes.rejection("unsafe-archive", what="压缩包里一层套一层"))]
        found: list[Source | Ignored] = []
        name = item.path.rpartition("/")[2]
        try:
            with closing(archives.members(item.file, kind, name, budget)) as members:
                for member in members:
                    found += self._member(member, item, budget)
        except NoProgram:
            return [Ignored(item.path, NOTES["archive"])]
        except Refused as why:
            kept = [] if why.whole else found
            return [*kept, self._source(item, codes.rejection(why.code, what=why.what))]
        return found or [Ignored(item.path, _EMPTY_ARCHIVE)]

    def _member(self, member: Member, outer: _Item, budget: Budget) -> list[Source | Ignored]:
        name = shown("/".join(part for part in member.name.split("/") if part not in ("", ".")))
        path = f"{outer.path}/{name}"
        if note := _by_name(name):
            return [Ignored(path, note)]
        if member.link:
            return [Ignored(path, NOTES["link"])]
        latest = outer.received + timedelta(days=1)
        moment = member.moment if member.moment and member.moment <= latest else outer.file_time
        inner = partial(
            _Item,
            path,
            file_time=moment,
            location=outer.location,
            received=outer.received,
            archive=outer.archive or outer.path,
            depth=outer.depth + 1,
        )
        suffix = os.path.splitext(name)[1].lower()
        if member.costly and suffix in _PICTURES:
            return [Ignored(path, NOTES["picture"])]
        meant = suffix in _SPREADSHEETS
        if member.encrypted and not meant:
            return [Ignored(path, "在压缩包里设了密码，没有打开")]
        try:
            if member.encrypted:
                raise Refused("encrypted", "", whole=False)
            head = member.head(kinds.HEAD)
            if not (meant or suffix in _TEXTS or _needs_all(head, member.size)):
                return self._told(inner(member.size, BytesIO(head), whole=False), budget)
            if member.bomb:
                raise Refused("unsafe-archive", f"“{name}”解压后的大小异常", whole=False)
            content = member.content()
        except Refused as why:
            if why.whole:
                raise
            # What cannot be unpacked is told from others by what the archive says of it.
            stub = f"{outer.path.rpartition('/')[2]}/{name}\0{member.size}\0{member.packed}".encode()
            refused = codes.rejection(why.code, what=why.what)
            return [self._source(inner(member.size, BytesIO(stub)), refused)]
        return self._told(inner(len(content), BytesIO(content), reread=_reread(outer, member)), budget)


def _reread(outer: _Item, member: Member) -> Callable[[], bytes] | None:
    """How to get a member of a zip on the disk once more; None for others, which are kept."""
    if member.entry is None or isinstance(outer.file, BytesIO):
        return None
    return partial(_read_again, outer.location, member.entry)


def _read_again(location: Path, entry: Entry) -> bytes:
    with open(location, "rb") as file:
        return archives.read_entry(file, entry, -1)


# --- kinds ----------------------------------------------------------------------------------------
def _by_name(path: str) -> str:
    """The note on a file whose name says that nobody means it; "" for any other."""
    if any(is_junk(part) for part in path.split("/")):
        return JUNK
    name = path.lower()
    return next((note for end, note in _NAME_ENDS.items() if name.endswith(end)), "")


def _needs_all(head: bytes, size: int) -> bool:
    """True where the beginning does not tell what a file is."""
    if kinds.is_zip(head) or kinds.is_old_office(head):
        return True
    kind = kinds.kind_of(head)
    return kind in kinds.ARCHIVES or (kind == "text" and size <= delimited.MAX_TEXT)


def _content(item: _Item) -> bytes:
    item.file.seek(0)
    return item.file.read()


def _kind(item: _Item, head: bytes) -> Kind:
    if kinds.is_old_office(head) and item.size <= _LARGEST:
        return kinds.kind_of(_content(item))
    if not kinds.is_zip(head):
        return kinds.kind_of(head)
    try:
        entries = {entry.name: entry for entry in archives.entries(item.file)}
        return kinds.kind_of_parts(entries, lambda: archives.read_entry(item.file, entries["mimetype"], 200))
    except Refused as why:
        # As an archive it is refused with the reason; others are just not what they seem.
        return "zip" if why.code != "not-a-workbook" or item.suffix in ("", ".zip") else "other"


def _is_table(item: _Item) -> bool:
    return item.whole and item.size <= delimited.MAX_TEXT and delimited.is_table(_content(item))


#: Much less than this is written in any report.
_LONGEST_DOCUMENT = 20 << 20
_TAG = re.compile(rb"<[^<>]*>")
_OUR_WORDS = (L.STATUS, L.TASK_NO)


def _has_our_table(item: _Item, head: bytes) -> bool:
    """True for a Word file in which our header words stand."""
    if not kinds.is_zip(head):
        content = _content(item) if item.size <= _LONGEST_DOCUMENT else b""
        return all(word.encode("utf-16-le") in content for word in _OUR_WORDS)
    try:
        entries = (e for e in archives.entries(item.file) if e.name in ("word/document.xml", "content.xml"))
        text = b"".join(archives.read_entry(item.file, entry, _LONGEST_DOCUMENT) for entry in entries)
    except Refused:
        return False
    # Word may write each half of a word on its own.
    text = _TAG.sub(b"", text)
    return all(word.encode() in text for word in _OUR_WORDS)
