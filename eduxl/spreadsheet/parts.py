"""The parts inside the container of a workbook, held to their sizes and looked through before python-calamine
sees them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import lru_cache
from graphlib import CycleError, TopologicalSorter
from html import unescape
from posixpath import normpath
from typing import NamedTuple

from attrs import define, field

from eduxl.spreadsheet import active, bombs, bounds, saved, sheet_xml
from eduxl.spreadsheet.package import BadPackage, Member, inflate
from eduxl.spreadsheet.sheet_xml import Lost

#: Largest content and largest single part that are read, in bytes. A filled-in form has 80 KB.
MAX_CONTENT, MAX_PART = 100 << 20, 50 << 20
#: Deflate never packs better than this, so a packed size bounds the full one whatever the file declares.
_DEFLATE_LIMIT = 1_032
_TRUSTED = 16 << 20
#: Texts that the sheets of a workbook share.
_MOST_STRINGS = 500_000
#: Bytes of the relations of one part; each hyperlink of a sheet is one.
_LARGEST_RELATIONS = 8 << 20

#: Parts without cells; the rest is looked through, since a sheet may lie anywhere.
_NO_CELLS = re.compile(
    r"\[Content_Types\]\.xml$|_rels/|docProps/|customXml/|xl/(theme|media|drawings|charts|printerSettings|embeddings)/"
    r"|xl/(styles|sharedStrings|workbook|metadata|calcChain)\.xml$|.*\.(png|jpe?g|gif|emf|wmf|bin|vml|rels)$",
    re.IGNORECASE,
)
_MEDIA = re.compile(r"xl/media/|.*\.(png|jpe?g|gif|emf|wmf|bmp|tiff?)$", re.IGNORECASE)
_CORE, _META, _CONTENT, _STRINGS = "docProps/core.xml", "meta.xml", "content.xml", "xl/sharedstrings."
_BOOKS = frozenset({"xl/workbook.xml", "xl/workbook.bin"})
Parts = dict[str, Member]


class Relation(NamedTuple):
    """One part leads to another. `kind` is the last word of its type: worksheet, sharedStrings, …"""

    id: str
    kind: str
    part: str


@define
class Inspection:
    """What was found inside: `data` is the mended container, b"" where the original will do."""

    data: bytes = b""
    modified: datetime | None = None
    #: references of filled cells that were cut off
    cut: list[str] = field(factory=list)
    #: sheet → (row, column) → what calamine gives as empty
    lost: dict[str, dict[bounds.Place, Lost]] = field(factory=dict)
    active: set[str] = field(factory=set)


def inspect(data: bytes, members: list[Member], kind: str) -> Inspection:
    """Check the sizes of everything inside, and look through the sheets. Raises BadPackage."""
    _check_sizes(data, members)
    found = Inspection(active=active.in_parts(member.name for member in members))
    if kind == "ods":
        _inspect_ods(data, {member.name: member for member in members}, found)
        return found
    relations = _all_relations(data, members)
    _check_cycles(relations)
    names = _sheet_names(data, members, relations)
    strings = _shared_strings(data, members, relations)
    if len(strings) > 4 * _MOST_STRINGS and strings.count(b"<si") + strings.count(b":si") > _MOST_STRINGS:
        raise BadPackage("不同的文字过多", too_large=True)
    lengths = None
    if kind == "xlsb":
        lengths = bounds.xlsb_strings(strings)
    else:
        bounds.check_strings(strings)
    lost: dict[str, dict[bounds.Place, Lost]] = {}
    mended: dict[str, bytes] = {}
    whole = bounds.Extent()
    for member in members:
        is_sheet = member.name in names or _may_have_cells(member.name, kind)
        is_link = active.is_link(member.name)
        # A declared size is believed only where the packed one already bounds it.
        trusted = member.packed * _DEFLATE_LIMIT <= _TRUSTED
        if not (is_sheet or is_link or member.name == _CORE) and trusted:
            continue
        content = _read(data, member)
        if member.name == _CORE:
            found.modified = saved.of_core(content)
        elif is_link:
            found.active |= active.in_content(content)
        elif is_sheet and kind == "xlsb":
            extent = bounds.xlsb_extent(content, lengths or [])
            whole.add(extent)
            lost[member.name] = errors(extent)
        elif is_sheet:
            findings = sheet_xml.look_through(content)
            found.cut += findings.cut
            lost[member.name] = findings.lost
            if findings.mended is not None:
                content = mended[member.name] = findings.mended
            if bounds.most_shared(content) * len(strings) > bounds.MAX_TEXT:
                lengths = lengths or bounds.string_lengths(strings)
                whole.add(bounds.Extent(text=bounds.shared_text(content, lengths)))
    if mended:
        found.data = _replace(data, members, mended)
    found.lost = {names[part]: cells for part, cells in lost.items() if cells and part in names}
    return found


def _inspect_ods(data: bytes, parts: Parts, found: Inspection) -> None:
    if "encrypted-package" in parts:  # LibreOffice since 24.8
        raise BadPackage("有密码", encrypted=True)
    if _META in parts:
        found.modified = saved.of_meta(_read(data, parts[_META]))
    if _CONTENT in parts:
        content = _read(data, parts[_CONTENT])
        found.active |= active.in_content(content)
        extents = bounds.ods_extents(content)
        bounds.check(extents.values())
        found.lost = {name: errors(extent) for name, extent in extents.items() if extent.errors}


def errors(extent: bounds.Extent) -> dict[bounds.Place, Lost]:
    """The error values of a sheet as what calamine gives as empty."""
    return {place: ("error", text) for place, text in extent.errors.items()}


@lru_cache(maxsize=256)
def _is_picture(part: str) -> bool:
    return _MEDIA.match(part) is not None


@lru_cache(maxsize=256)
def _may_have_cells(part: str, kind: str) -> bool:
    if kind == "xlsb":
        return "sheets/" in part and part.endswith(".bin")
    return not _NO_CELLS.match(part)


def _read(data: bytes, member: Member) -> bytes:
    """The content of a part. XML that would define entities is refused: no spreadsheet program writes such."""
    content = inflate(data, member, member.size)
    if content[:2] in (b"\xff\xfe", b"\xfe\xff") and not member.name.endswith(".bin"):
        content = content.decode("utf-16", "replace").encode()
    if b"<!DOCTYPE" in content:
        raise BadPackage("含有外部实体定义，不是表格软件存的文件")
    return content


def _check_sizes(data: bytes, members: list[Member]) -> None:
    total = 0
    if len({member.name.lower() for member in members}) < len(members):
        raise BadPackage("有重名的部分")
    for member in members:
        if member.encrypted:
            raise BadPackage("有密码", encrypted=True)
        # Pictures are never inflated.
        total += 0 if _is_picture(member.name) else member.size
        if member.size > MAX_PART or total > MAX_CONTENT:
            raise BadPackage(
                f"解压后有 {max(member.size, total) >> 20} MB，多半是设了格式的空行空列，请删去表格下面和右边的空行空列",
                too_large=True,
            )
        if bombs.is_bomb(data, member):
            raise BadPackage("解压后异常膨胀", too_large=True)


def _replace(data: bytes, members: list[Member], mended: dict[str, bytes]) -> bytes:
    """The container with some parts exchanged, stored unpacked."""
    from io import BytesIO
    from zipfile import ZipFile

    target = BytesIO()
    with ZipFile(target, "w") as archive:
        for member in members:
            if not _is_picture(member.name):
                content = mended.pop(member.name, None)
                archive.writestr(
                    member.name, inflate(data, member, member.size) if content is None else content
                )
    return target.getvalue()


# --- how the parts belong together ----------------------------------------------------------------
_SHEET = re.compile(rb"<(?:\w+:)?sheet\b([^<>]*)>")
_RELATION = re.compile(rb"<(?:\w+:)?Relationship\b([^<>]*)>")
_ATTRIBUTE = re.compile(rb"""([\w:]+)\s*=\s*(?:"([^"]*)"|'([^']*)')""")


def attributes(tag: bytes) -> dict[str, str]:
    """The attributes of a start tag by their names without prefix."""
    return {
        name.decode().rpartition(":")[2]: unescape((one or other).decode("utf-8", "replace"))
        for name, one, other in _ATTRIBUTE.findall(tag)
    }


def _all_relations(data: bytes, members: list[Member]) -> dict[str, tuple[Relation, ...]]:
    """part → its relations that stay inside of the container; "" is the package itself."""
    names = {member.name for member in members}
    part_of: dict[str, str] = {}
    found: dict[str, tuple[Relation, ...]] = {}
    for member in members:
        folder, is_one, name = member.name.rpartition("_rels/")
        if is_one and name.endswith(".rels"):
            if member.size > _LARGEST_RELATIONS:
                raise BadPackage("超链接过多", too_large=True)
            relations = _of_relations(_read(data, member), folder)
            if not all(relation.part in names for relation in relations):
                part_of = part_of or {name.lower(): name for name in names}
                relations = tuple(r._replace(part=part_of.get(r.part.lower(), r.part)) for r in relations)
            found[folder + name.removesuffix(".rels")] = relations
    return found


def _of_relations(content: bytes, folder: str) -> tuple[Relation, ...]:
    # Copies of one form have the same ones.
    return _known_relations(content, folder) if len(content) < _SHORT else _relations(content, folder)


def _relations(content: bytes, folder: str) -> tuple[Relation, ...]:
    """The relations in a part that belongs to one of the folder, but those to somewhere else."""
    return tuple(
        Relation(
            about.get("Id", ""),
            about.get("Type", "").rpartition("/")[2],
            _resolved(folder, about.get("Target", "")),
        )
        for about in map(attributes, _RELATION.findall(content))
        if about.get("TargetMode") != "External"
    )


_known_relations = lru_cache(maxsize=64)(_relations)
_SHORT = 8 << 10


def _resolved(folder: str, target: str) -> str:
    """The part that a target means; the folder itself for a place in the same part."""
    target = target.replace("\\", "/").partition("#")[0]
    return normpath(f"/{folder}{target}" if target[:1] != "/" else target)[1:]


def _check_cycles(relations: Mapping[str, Iterable[Relation]]) -> None:
    """Parts that lead back to themselves: no program writes such, and what follows them goes on for ever."""
    # Most parts lead nowhere further.
    onward = {part for part, found in relations.items() if any(r.part in relations for r in found)}
    graph = {part: [r.part for r in relations[part] if r.part in onward] for part in onward}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        raise BadPackage("内部各部分循环引用") from error


def _shared_strings(data: bytes, members: list[Member], relations: Mapping[str, Iterable[Relation]]) -> bytes:
    """The part with the texts that the sheets share; b"" where there is none."""
    related = {r.part for found in relations.values() for r in found if r.kind == "sharedStrings"}
    parts = [m for m in members if m.name in related or m.name.lower().startswith(_STRINGS)]
    if len(parts) > 1:
        raise BadPackage("有两份共用文字")
    return _read(data, parts[0]) if parts else b""


def sheet_names(data: bytes, members: list[Member]) -> dict[str, str]:
    """part → sheet name, of an .xlsx or .xlsb. Raises BadPackage where two sheets are one part."""
    return _sheet_names(data, members, _all_relations(data, members))


def _sheet_names(
    data: bytes, members: list[Member], relations: Mapping[str, Iterable[Relation]]
) -> dict[str, str]:
    books = {r.part for r in relations.get("", ()) if r.kind == "officeDocument"} or _BOOKS
    for member in members:
        if member.name in books:
            part_of = {r.id: r.part for r in relations.get(member.name, ())}
            content = _read(data, member)
            is_binary = member.name.endswith(".bin")
            listed = tuple(bounds.xlsb_sheets(content)) if is_binary else _of_workbook(content)
            found = [(part_of[relation], name) for relation, name in listed if relation in part_of]
            names = dict(found)
            if len(names) < len(found):
                raise BadPackage("几张工作表是同一个部分")
            return names
    return {}


def _of_workbook(content: bytes) -> tuple[tuple[str, str], ...]:
    return _known_sheets(content) if len(content) < _SHORT else _xlsx_sheets(content)


def _xlsx_sheets(workbook: bytes) -> tuple[tuple[str, str], ...]:
    """(relation, sheet name) of each sheet that `workbook.xml` lists."""
    listed = map(attributes, _SHEET.findall(workbook))
    return tuple((about.get("id", ""), about.get("name", "")) for about in listed)


_known_sheets = lru_cache(maxsize=64)(_xlsx_sheets)
