"""Opens a plan file and hands it to the adapter for its kind: by its content, then by its name."""

from __future__ import annotations

import errno
import stat
from collections.abc import Iterable
from pathlib import Path

from attrs import evolve

from eduxl.errors import FileProblem, PlanError
from eduxl.model import Plan
from eduxl.plan.blocks import Block
from eduxl.plan.limits import LARGEST, bounded, encrypted_file, too_large

_SAVE_AS = "请用 Word 或 WPS 另存为 .docx 或 .txt 后再试"
_PICTURES = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"BM", b"II*\0", b"MM\0*", b"RIFF")
_OLE = b"\xd0\xcf\x11\xe0"
#: Content of kinds that people keep plans in and that are not read yet.
_UNREAD = {_OLE: "旧版 Word（.doc、.wps）", b"{\\rtf": "RTF"}
_UNREAD_SUFFIXES = {
    ".mht",
    ".rtf",
    ".xls",
    ".et",
    ".ods",
    ".odt",
    ".ofd",
    ".csv",
}


def read_plan(path: Path | str) -> Plan:
    """Reads a work plan from .txt, .docx, .doc, .wps, .pdf, .html, .xlsx, .xlsm, .xls, .et or .ods.

    A workbook is the plan workbook or holds tables of tasks. `source` is the file's name.

    Raises FileProblem `no-such-path` or `io`; PlanError `not-a-plan`, `no-tasks`, `no-year`, `unreadable`,
    `encrypted`, `scan` for a PDF of pictures, or `unsupported` for kinds that have to be saved as another first.
    """
    path = Path(path)
    name = path.name
    data = _bytes(path)
    if data.startswith(b"PK"):
        return _package(data, name)
    head = data[:2048].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if (found := _converted(data, head, path)) is not None:
        return found
    if data.startswith(_OLE) and "Workbook\0".encode("utf-16-le") in data:
        return _sheets(data, name)
    for magic, kind in _UNREAD.items():
        if data.lstrip()[:8].startswith(magic):
            raise _unsupported(name, kind)
    if data.startswith(_PICTURES):
        raise PlanError(f"“{name}”是图片，读不出文字；请选择 .docx 或 .txt 格式的工作要点。")
    suffix = path.suffix.lower()
    if suffix in _UNREAD_SUFFIXES:
        raise _unsupported(name, suffix)
    from eduxl.plan import text

    return _plan(text.blocks(data, name), name)


def _bytes(path: Path) -> bytes:
    """The file's content. Raises FileProblem, and PlanError for more bytes than any plan has."""
    try:
        about = path.stat()
        if stat.S_ISDIR(about.st_mode):
            raise FileProblem(f"“{path}”是文件夹；请指定工作要点文件。", code="no-such-path")
        if not stat.S_ISREG(about.st_mode):
            raise FileProblem(f"“{path}”不是文件；请指定工作要点文件。", code="no-such-path")
        if about.st_size > LARGEST:
            raise too_large(path.name)
        with path.open("rb") as file:
            data = file.read(LARGEST + 1)
    except FileNotFoundError:
        raise FileProblem(f"没有找到“{path}”；请核对文件名和所在的文件夹。", code="no-such-path") from None
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise FileProblem(
                f"“{path}”是指回自己的链接；请指定工作要点文件。", code="no-such-path"
            ) from error
        raise FileProblem(
            f"读不了“{path}”：{error.strerror or error}；请关闭正在使用它的程序后再试。"
        ) from error
    if len(data) > LARGEST:
        raise too_large(path.name)
    return data


def _plan(blocks: Iterable[Block], name: str) -> Plan:
    from eduxl.plan import contents
    from eduxl.plan.grammar import to_plan

    try:
        all_ = list(bounded(blocks, name))
        kept, listed = contents.parted(all_)
        plan = to_plan(kept, name)
        place = {block.where: i for i, block in reversed(list(enumerate(all_)))}
        left = sorted((*listed, *plan.left_out), key=lambda passage: place.get(passage.position, len(all_)))
        return evolve(plan, left_out=tuple(left))
    except (RecursionError, MemoryError) as error:
        raise PlanError(
            f"“{name}”太复杂，读不了；请用 Word 或 WPS 打开，把正文复制到新文档里另存为 .docx 再试。",
            code="unreadable",
        ) from error


def _converted(data: bytes, head: bytes, path: Path) -> Plan | None:
    """PDF, old Word file and web page, by content and then by suffix; None for other kinds."""
    name, suffix = path.name, path.suffix.lower()
    picture = data.startswith(_PICTURES)
    if data.lstrip()[:4] == b"%PDF" or (suffix == ".pdf" and not picture):
        from eduxl.plan import pdf

        return _plan(pdf.blocks(data, name), name)
    if data.startswith(_OLE):
        from eduxl.plan import office

        if office.encrypted(data):
            raise encrypted_file(name)
        return _plan(office.blocks(data, name), name) if office.is_word(data) else None
    page = head.startswith((b"<!doctype html", b"<head")) or b"<html" in head
    if head.startswith(b"<?xml") and not page:
        raise _unsupported(name, "XML")
    if page or (suffix in (".html", ".htm") and not picture and not data.startswith(b"{\\rtf")):
        from eduxl.plan import html

        return _plan(html.blocks(data, name), name)
    return None


def _sheets(data: bytes, name: str) -> Plan:
    from eduxl.plan.sheet import read_sheet_plan

    return read_sheet_plan(data, name)


def _unsupported(name: str, kind: str) -> PlanError:
    return PlanError(f"“{name}”是 {kind} 格式，目前还读不了；{_SAVE_AS}。", code="unsupported")


def _package(data: bytes, name: str) -> Plan:
    """A zip package: Word document or workbook by its main part."""
    from eduxl.spreadsheet.package import BadPackage, directory

    try:
        members = {m.name.replace("\\", "/").lstrip("/") for m in directory(data)}
    except BadPackage as problem:
        if problem.too_large:
            raise too_large(name) from problem
        raise PlanError(f"“{name}”打不开，可能已损坏；请重新保存一份再试。", code="unreadable") from problem
    if any(m.startswith("word/") for m in members):
        from eduxl.plan import docx

        return _plan(docx.blocks(data, name), name)
    if any(m.startswith("xl/") for m in members):
        return _sheets(data, name)
    if "mimetype" in members and b"opendocument.spreadsheet" in data[:200]:
        return _sheets(data, name)
    if "mimetype" in members or "OFD.xml" in members:
        raise _unsupported(name, "OpenDocument 或 OFD")
    raise PlanError(f"“{name}”是压缩包，不是工作要点；请先解压，再选择里面的文件。")
