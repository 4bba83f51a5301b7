"""Adapter for .docx: paragraphs with their heading styles and automatic numbers, tables with merged cells.

The text is taken from the XML itself, because tracked insertions count and deletions do not, which
python-docx's own `text` leaves out.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from attrs import define, field

from eduxl.errors import PlanError
from eduxl.plan.blocks import Block, Cell, TableRow, line_blocks

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
#: Their text is not part of the paragraph: deleted, moved away, the other branch, what floats beside it.
_SKIPPED = {
    _W + "del", _W + "moveFrom", _W + "txbxContent", _W + "instrText", _W + "delText", _W + "pPr",
    _W + "rPr", _MC + "Fallback",
}  # fmt: skip
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
    if value < 10:
        return _CN_DIGITS[value]
    if value < 100:
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
                int(level.get(_W + "ilvl") or 0): (
                    _value(level, "numFmt") or "decimal",
                    _value(level, "lvlText") or "",
                    _int(_value(level, "start"), 1),
                )
                for level in abstract.findall(_W + "lvl")
            }
        for num in root.findall(_W + "num"):
            starts = {
                int(o.get(_W + "ilvl") or 0): _int(_value(o, "startOverride"), 1)
                for o in num.findall(_W + "lvlOverride")
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


def _is_shown(node: Element, within: Element) -> bool:
    """False for what was deleted or moved away, and for the copy of a text box that old programs read."""
    for ancestor in node.iterancestors():
        if ancestor is within:
            return True
        if ancestor.tag in (_MC + "Fallback", _W + "del", _W + "moveFrom"):
            return False
    return True


def _int(text: str | None, default: int) -> int:
    return int(text) if text and text.lstrip("-").isdigit() else default


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
        text = self.numbered(p)
        boxes = [b for b in p.iter(_W + "txbxContent") if _is_shown(b, p)]
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
        rows = [r for r in tbl.iter(_W + "tr") if next(r.iterancestors(_W + "tbl")) is tbl]
        for i, row in enumerate(rows, 1):
            if row.find(f"{_W}trPr/{_W}del") is not None:
                continue
            column = _int(_value(row.find(_W + "trPr"), "gridBefore"), 0)
            cells: list[Cell] = []
            for tc in (c for c in row.iter(_W + "tc") if next(c.iterancestors(_W + "tr")) is row):
                tcpr = tc.find(_W + "tcPr")
                span = max(1, _int(_value(tcpr, "gridSpan"), 1))
                merge = None if tcpr is None else tcpr.find(_W + "vMerge")
                continued = merge is not None and merge.get(_W + "val", "continue") == "continue"
                text = above.get(column, "") if continued else self.cell(tc)
                inner += [t for t in tc.iter(_W + "tbl") if next(t.iterancestors(_W + "tc")) is tc]
                above[column] = text
                cells.append(Cell(text.strip(), column, span, continued))
                column += span
            yield TableRow(tuple(cells), no, f"表{no}第{i}行")
        for nested in inner:
            self.tables += 1
            yield from self.table(nested, self.tables)

    def cell(self, tc: Element) -> str:
        """The paragraphs of a cell; one that is empty but numbered is a 序号 that Word counts itself."""
        own = [p for p in tc.iter(_W + "p") if next(p.iterancestors(_W + "tc")) is tc and _is_shown(p, tc)]
        texts = [text for p in own if (text := self.numbered(p)).strip()]
        if not texts and own:
            return self.numbered(own[0], empty=True)
        return "\n".join(texts)


def blocks(data: bytes, source: str) -> Iterator[Block]:
    """The body of a Word document as blocks. Raises PlanError `unreadable` where the package is damaged."""
    from zipfile import BadZipFile

    import docx
    from docx.opc.exceptions import OpcError
    from lxml.etree import XMLSyntaxError

    try:
        document: Any = docx.Document(io.BytesIO(data))
        styles = {
            s.get(_W + "styleId") or "": (_value(s, "name") or "", _value(s, "basedOn"), s.find(_W + "pPr"))
            for s in document.styles.element.findall(_W + "style")
        }
        related = [r.target_part for r in document.part.rels.values() if r.reltype.endswith("/numbering")]
        numbering = related[0].element if related else None
        reader = _Reader(_Numbers.of(numbering), styles)
        body: Element = document.element.body
    except (BadZipFile, OpcError, XMLSyntaxError, KeyError, ValueError, AttributeError) as error:
        raise PlanError(
            f"“{source}”打不开，可能已损坏；请用 Word 或 WPS 打开后另存为 .docx 再试。", code="unreadable"
        ) from error
    yield from reader.walk(body)
