"""Adapter for .docx: paragraphs with their heading styles and automatic numbers, tables with merged cells.

The text is taken from the XML itself, because tracked insertions count and deletions do not, and because no
library that loads a whole package bounds what it unpacks.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from attrs import define, field

from eduxl.errors import PlanError
from eduxl.plan.blocks import Block, Cell, Heading, LabelLine, TableRow, line_blocks
from eduxl.plan.limits import encrypted_file, too_large
from eduxl.plan.numbering import printed_number

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

    from eduxl.spreadsheet.package import Member

#: Largest part that is read, in bytes, and the memory its tree may take; what an element and an attribute take
#: in libxml2, with their text.
_LARGEST_PART = 64 << 20
_MOST_MEMORY = 250 << 20
_PER_ELEMENT, _PER_ATTRIBUTE = 200, 200
#: Columns of a table that are told apart; Word itself has 63.
_WIDEST = 500
#: Levels of a list and characters of its printed number; Word has 9 and no more than some dozen.
_LEVELS, _LONGEST_NUMBER = 9, 30

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
#: Their text is not part of the paragraph: deleted, moved away, the other branch, what floats beside it.
_SKIPPED = {
    _W + "del", _W + "moveFrom", _W + "txbxContent", _W + "instrText", _W + "delText", _W + "pPr",
    _W + "rPr", _MC + "Fallback",
}  # fmt: skip
#: Pictures that are shown: those of today and those that came before.
_PICTURES = {
    "{http://schemas.openxmlformats.org/drawingml/2006/main}blip",
    "{urn:schemas-microsoft-com:vml}imagedata",
}
#: Characters beside a picture, such as a title, a preamble and a signature, behind which the plan may be that picture.
_MOST_BESIDE = 500
_HEADING = re.compile(r"(?:heading|标题)\s*(\d)$", re.IGNORECASE)
_TITLE = re.compile(r"(?:title|标题|文档标题)$", re.IGNORECASE)


def _value(parent: Element | None, tag: str) -> str | None:
    """`w:val` of a child, None where there is none."""
    child = None if parent is None else parent.find(_W + tag)
    return None if child is None else child.get(_W + "val")


def _text(node: Element) -> str:
    """The visible text of a paragraph or a part of it, soft line breaks as newlines."""
    parts: list[str] = []
    for child in node:
        tag = child.tag
        if not isinstance(tag, str) or tag in _SKIPPED:
            continue
        if tag == _W + "r":
            hidden = child.find(f"{_W}rPr/{_W}vanish")
            if hidden is not None and hidden.get(_W + "val") not in ("0", "false"):
                continue
        if tag == _W + "t":
            parts.append(child.text or "")
        elif tag == _W + "tab":
            parts.append("\t")
        elif tag in (_W + "br", _W + "cr"):
            parts.append("\n")
        elif tag == _W + "noBreakHyphen":
            parts.append("-")
        else:
            parts.append(_text(child))
    return "".join(parts)


# --- automatic numbers ----------------------------------------------------------------------------
_CN_DIGITS = "〇一二三四五六七八九"

_CHINESE = (
    "chineseCounting", "chineseCountingThousand", "taiwaneseCounting", "taiwaneseCountingThousand",
    "japaneseCounting", "ideographDigital", "chineseLegalSimplified",
)  # fmt: skip


def _chinese(value: int) -> str:
    if 0 <= value < 10:
        return _CN_DIGITS[value]
    if 10 <= value < 100:
        tens, ones = divmod(value, 10)
        return ("" if tens == 1 else _CN_DIGITS[tens]) + "十" + (_CN_DIGITS[ones] if ones else "")
    return str(value)


def _format(value: int, kind: str) -> str:
    if kind in _CHINESE:
        return _chinese(value)
    if kind == "decimalZero":
        return f"{value:02d}"
    if kind == "decimalEnclosedCircle" and 1 <= value <= 20:
        return chr(0x2460 + value - 1)
    if kind in ("upperLetter", "lowerLetter") and 1 <= value <= 26:
        return chr((65 if kind == "upperLetter" else 97) + value - 1)
    return str(value)


@define
class _Numbers:
    """The document's list definitions and how far each list has counted."""

    #: numId → abstract list, and its own start values
    lists: dict[str, tuple[str, dict[int, int]]] = field(factory=dict)
    #: abstract list → level → (format, text, start)
    levels: dict[str, dict[int, tuple[str, str, int]]] = field(factory=dict)
    counts: dict[str, dict[int, int]] = field(factory=dict)
    started: set[str] = field(factory=set)

    @classmethod
    def of(cls, root: Element | None) -> _Numbers:
        numbers = cls()
        if root is None:
            return numbers
        for abstract in root.findall(_W + "abstractNum"):
            numbers.levels[abstract.get(_W + "abstractNumId") or ""] = {
                _int(level.get(_W + "ilvl"), 0): (
                    _value(level, "numFmt") or "decimal",
                    (_value(level, "lvlText") or "")[:_LONGEST_NUMBER],
                    _int(_value(level, "start"), 1),
                )
                for level in abstract.findall(_W + "lvl")[:_LEVELS]
            }
        for num in root.findall(_W + "num"):
            starts = {
                _int(o.get(_W + "ilvl"), 0): _int(_value(o, "startOverride"), 1)
                for o in num.findall(_W + "lvlOverride")[:_LEVELS]
                if o.find(_W + "startOverride") is not None
            }
            numbers.lists[num.get(_W + "numId") or ""] = (_value(num, "abstractNumId") or "", starts)
        return numbers

    def next(self, num_id: str, level: int) -> str:
        """The printed number of the next paragraph of a list, "" for bullets and unknown lists."""
        abstract, starts = self.lists.get(num_id, ("", {}))
        levels = self.levels.get(abstract, {})
        if level not in levels:
            return ""
        counts = self.counts.setdefault(abstract, {})
        if num_id not in self.started:
            self.started.add(num_id)
            for at, start in starts.items():
                counts[at] = start - 1
        counts[level] = counts.get(level, levels[level][2] - 1) + 1
        for deeper in [d for d in counts if d > level]:
            del counts[deeper]
        kind, text, _ = levels[level]
        if kind in ("bullet", "none"):
            return ""

        def shown(match: re.Match[str]) -> str:
            at = int(match[1]) - 1
            fmt, _, start = levels.get(at, ("decimal", "", 1))
            return _format(counts.get(at, start), fmt)

        printed = re.sub(r"%(\d)", shown, text)
        # A bare number (Word sets a tab behind it) needs its stop to be known as a number.
        return (
            printed + ("、" if printed[-1:] in "一二三四五六七八九十" else ".")
            if printed[-1:].isalnum()
            else printed
        )


#: What was deleted or moved away, and the copy of a text box that old programs read.
_NOT_SHOWN = {_MC + "Fallback", _W + "del", _W + "moveFrom"}


def _outermost(node: Element, tags: set[str], closed: set[str], *, within: bool = False) -> Iterator[Element]:
    """Descendants with these tags in document order, those inside of one another only where `within` says so.

    Elements of `closed` are not looked into. Each element is seen once, however deep the nesting is.
    """
    stack = [iter(node)]
    while stack:
        child = next(stack[-1], None)
        if child is None:
            stack.pop()
            continue
        found = child.tag in tags
        if found:
            yield child
        if len(child) and (within or not found) and child.tag not in closed:
            stack.append(iter(child))


def _int(text: str | None, default: int) -> int:
    digits = (text or "").strip()
    return int(digits) if re.fullmatch(r"-?[0-9]{1,10}", digits) else default


# --- the document ---------------------------------------------------------------------------------
@define
class _Reader:
    numbers: _Numbers
    #: style id → (name, base style, its pPr)
    styles: dict[str, tuple[str, str | None, Element | None]]
    paragraphs: int = 0
    tables: int = 0

    def walk(self, parent: Element) -> Iterator[Block]:
        for child in parent:
            if child.tag == _W + "p":
                yield from self.paragraph(child)
            elif child.tag == _W + "tbl":
                self.tables += 1
                yield from self.table(child, self.tables)
            elif child.tag in (
                _W + "sdt",
                _W + "ins",
                _W + "moveTo",
                _W + "customXml",
                _W + "smartTag",
                _W + "sdtContent",
            ):
                yield from self.walk(child)

    def paragraph(self, p: Element) -> Iterator[Block]:
        self.paragraphs += 1
        if not len(p):
            return
        text = self.numbered(p)
        boxes = _outermost(p, {_W + "txbxContent"}, _NOT_SHOWN)
        # What floats beside a paragraph with text of its own stands behind it, else in its place.
        yield from line_blocks(text, f"第{self.paragraphs}段", self.level(p))
        for box in boxes:
            yield from self.walk(box)

    def numbered(self, p: Element, *, empty: bool = False) -> str:
        """The text with its automatic number in front; empty paragraphs take one only where `empty` says so."""
        text = _text(p)
        if not text.strip() and not empty:
            return ""
        ppr = p.find(_W + "pPr")
        num = None if ppr is None else ppr.find(_W + "numPr")
        style = _value(ppr, "pStyle")
        num_id, level = _value(num, "numId"), _value(num, "ilvl")
        seen = 0
        while (num_id is None or level is None) and style in self.styles and seen < 20:
            _, style_base, style_ppr = self.styles[style]
            inherited = None if style_ppr is None else style_ppr.find(_W + "numPr")
            num_id = num_id if num_id is not None else _value(inherited, "numId")
            level = level if level is not None else _value(inherited, "ilvl")
            style, seen = style_base or "", seen + 1
        if num_id in (None, "0"):
            return text
        return self.numbers.next(num_id or "", _int(level, 0)) + text

    def level(self, p: Element) -> int | None:
        """0 for the title style, 1… for headings, None for text."""
        ppr = p.find(_W + "pPr")
        outline = _value(ppr, "outlineLvl")
        style = _value(ppr, "pStyle")
        seen = 0
        while style in self.styles and seen < 20:
            name, base, style_ppr = self.styles[style]
            if _TITLE.match(name):
                return 0
            heading = _HEADING.match(name)
            if heading:
                return int(heading[1])
            outline = outline if outline is not None else _value(style_ppr, "outlineLvl")
            style, seen = base or "", seen + 1
        at = _int(outline, 9)
        return at + 1 if 0 <= at <= 8 else None

    def table(self, tbl: Element, no: int) -> Iterator[Block]:
        above: dict[int, str] = {}
        inner: list[Element] = []
        for i, row in enumerate(_outermost(tbl, {_W + "tr"}, {_W + "tbl", _MC + "Fallback"}), 1):
            if row.find(f"{_W}trPr/{_W}del") is not None:
                continue
            column = min(max(0, _int(_value(row.find(_W + "trPr"), "gridBefore"), 0)), _WIDEST)
            cells: list[Cell] = []
            for tc in _outermost(row, {_W + "tc"}, {_W + "tbl", _MC + "Fallback"}):
                tcpr = tc.find(_W + "tcPr")
                span = max(1, min(_int(_value(tcpr, "gridSpan"), 1), _WIDEST - column))
                merge = None if tcpr is None else tcpr.find(_W + "vMerge")
                continued = merge is not None and merge.get(_W + "val", "continue") == "continue"
                text = above.get(column, "") if continued else self.cell(tc)
                inner += _outermost(tc, {_W + "tbl"}, _NOT_SHOWN)
                above[column] = text
                cells.append(Cell(text.strip(), column, span, continued))
                column += span
            yield TableRow(tuple(cells), no, f"表{no}第{i}行")
        for nested in inner:
            self.tables += 1
            yield from self.table(nested, self.tables)

    def cell(self, tc: Element) -> str:
        """The paragraphs of a cell; one that is empty but numbered is a 序号 that Word counts itself."""
        own = list(_outermost(tc, {_W + "p"}, _NOT_SHOWN | {_W + "tbl"}, within=True))
        texts = [text for p in own if (text := self.numbered(p)).strip()]
        if not texts and own:
            return self.numbered(own[0], empty=True)
        return "\n".join(texts)


# --- the package ----------------------------------------------------------------------------------
def _root(data: bytes, member: Member | None) -> Element | None:
    """The XML of a part. Raises BadPackage where it is far too large, ValueError where it is no XML."""
    from lxml import etree

    from eduxl.spreadsheet.package import BadPackage, inflate

    if member is None:
        return None
    if member.encrypted:
        raise BadPackage("有密码", encrypted=True)
    if member.size > _LARGEST_PART:
        raise BadPackage("正文过大", too_large=True)
    content = inflate(data, member, member.size)
    tags = content.count(b"<") - content.count(b"</")
    if tags * _PER_ELEMENT + content.count(b"=") * _PER_ATTRIBUTE > _MOST_MEMORY:
        raise BadPackage("正文过大", too_large=True)
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        raise ValueError(str(error)) from error
    if root.getroottree().docinfo.internalDTD is not None:
        # Word refuses those too; entities are for attacks only.
        raise ValueError("DTD")
    return root


def _related(data: bytes, members: Mapping[str, Member], part: str, kind: str) -> str | None:
    """The name of the part that `part` ("" for the package) relates to as `kind`."""
    folder, name = posixpath.split(part)
    root = _root(data, members.get(posixpath.join(folder, "_rels", f"{name}.rels")))
    for relation in () if root is None else root:
        if str(relation.get("Type", "")).endswith(f"/{kind}") and relation.get("TargetMode") != "External":
            return posixpath.normpath(posixpath.join("/", folder, relation.get("Target", ""))).lstrip("/")
    return None


def _open(data: bytes) -> tuple[_Reader, Element]:
    """A reader that knows the document's styles and lists, and the body. Raises BadPackage or ValueError."""
    from eduxl.spreadsheet.package import directory

    members = {m.name.replace("\\", "/").lstrip("/"): m for m in directory(data)}
    main = _related(data, members, "", "officeDocument") or "word/document.xml"
    roots = {
        kind: _root(data, members.get(_related(data, members, main, kind) or ""))
        for kind in ("styles", "numbering")
    }
    found = roots["styles"]
    styles = {
        s.get(_W + "styleId") or "": (_value(s, "name") or "", _value(s, "basedOn"), s.find(_W + "pPr"))
        for s in (() if found is None else found.findall(_W + "style"))
    }
    document = _root(data, members.get(main))
    body = None if document is None else document.find(_W + "body")
    if body is None:
        raise ValueError("no body")
    return _Reader(_Numbers.of(roots["numbering"]), styles), body


def _may_state_a_task(block: Block) -> bool:
    if isinstance(block, TableRow):
        return any(cell.text for cell in block.cells)
    if isinstance(block, Heading):
        return block.level > 0
    return isinstance(block, LabelLine) or printed_number(block.text) is not None


def blocks(data: bytes, source: str) -> Iterator[Block]:
    """The body of a Word document as blocks.

    Raises PlanError `unreadable` where the package is damaged, `encrypted`, `scan` where the plan is a picture,
    `not-a-plan` where it is far too large.
    """
    from eduxl.spreadsheet.package import BadPackage

    try:
        reader, body = _open(data)
    except (BadPackage, ValueError) as error:
        if isinstance(error, BadPackage) and error.encrypted:
            raise encrypted_file(source) from error
        if isinstance(error, BadPackage) and error.too_large:
            raise too_large(source) from error
        raise PlanError(
            f"“{source}”打不开，可能已损坏；请用 Word 或 WPS 打开后另存为 .docx 再试。", code="unreadable"
        ) from error
    spoken, characters = False, 0
    for block in reader.walk(body):
        spoken = spoken or _may_state_a_task(block)
        characters += 0 if isinstance(block, TableRow) else len(block.text)
        yield block
    pictures = _outermost(body, _PICTURES, _NOT_SHOWN)
    if not spoken and characters <= _MOST_BESIDE and next(pictures, None) is not None:
        from eduxl.plan.pdf_layout import OCR

        said = "里没有文字写的任务，只有图片（如截图或扫描的表格），读不出内容"
        raise PlanError(f"“{source}”{said}；{OCR}", code="scan")
