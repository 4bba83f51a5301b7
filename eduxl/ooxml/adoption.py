"""A worksheet of another workbook copied into ours: its part with our styles and strings, and all parts it hangs on.

The other workbook is one that a program has just written (XlsxWriter); it is only read. Charts, drawings, notes and whatever
else the sheet is related with come along as they are, under names that are free in ours.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterator
from copy import deepcopy

from eduxl.ooxml import markup
from eduxl.ooxml.container import Container
from eduxl.ooxml.markup import attributes, name
from eduxl.ooxml.parts import Relationship, Relationships, content_type, declare
from eduxl.ooxml.rows import Cell, Rows, pieces, with_attribute
from eduxl.ooxml.sheet import Sheet
from eduxl.ooxml.strings import SharedStrings, respelled
from eduxl.ooxml.styles import Looks

#: Namespaces of the transitional spelling; the strict one has the same words in another order.
_TRANSITIONAL = re.compile(
    rb"http://schemas\.openxmlformats\.org/(spreadsheetml|officeDocument|drawingml)/2006/(\w+)"
)

#: Answers with what a related part shall hold.
Change = Callable[[Relationship, bytes], bytes]


class Copier:
    """Copies parts of one package into another, each once."""

    def __init__(self, source: Container, target: Container, change: Change, *, strict: bool) -> None:
        self._source, self._target, self._change, self._strict = source, target, change, strict
        self._done: dict[str, str] = {}

    def copy(self, part: str, content: bytes) -> str:
        """Copy a part with this content and all that it is related with; returns its new name."""
        new = self._done[part] = free_name(self._target, part)
        if self._strict and new.endswith((".xml", ".vml")):
            content = _TRANSITIONAL.sub(rb"http://purl.oclc.org/ooxml/\1/\2", content)
        self._target.write(new, content)
        declare(self._target, new, content_type(self._source, part))
        made = Relationships(self._target, new)
        for rel in Relationships(self._source, part):
            kind = rel.kind if _TRANSITIONAL.match(rel.type.encode()) else rel.type
            target = rel.target
            if not rel.external:
                content = self._change(rel, self._source.read(rel.target))
                target = self._done.get(rel.target) or self.copy(rel.target, content)
            made.add(kind, target, external=rel.external, strict=self._strict, id_=rel.id)
        return new


def free_name(container: Container, part: str) -> str:
    """A name of the same kind that no part has: `xl/charts/chart7.xml`."""
    stem, ending = posixpath.splitext(part)
    stem, number = stem.rstrip("0123456789"), 1
    while f"{stem}{number}{ending}" in container:
        number += 1
    return f"{stem}{number}{ending}"


def sheet_content(sheet: Sheet, looks: Looks | None, strings: SharedStrings | None) -> bytes:
    """A sheet's part with our indexes of styles (None: the same ones) and strings (None: texts in the cells)."""
    tree = deepcopy(sheet.tree)
    for element in tree.iter():
        local = name(element)
        if local == "sheetView":
            # two selected sheets would be edited together
            element.attrib.pop("tabSelected", "")
        if looks is None:
            continue
        if local == "col" and (style := element.get("style")):
            element.set("style", str(looks.cell(int(style))))
        if (dxf := element.get("dxfId")) is not None:
            element.set("dxfId", str(looks.rule(int(dxf))))
    rows = _RowCopier(sheet.rows, looks, sheet.strings, strings)
    cut = markup.Cut(tree, "", sheet.rows.prefix)
    return b"".join(markup.joined(cut, list(pieces(rows.texts()))))


class _RowCopier:
    """Rows with our indexes."""

    def __init__(
        self, rows: Rows, looks: Looks | None, theirs: SharedStrings | None, ours: SharedStrings | None
    ) -> None:
        self._rows, self._looks, self._theirs, self._ours = rows, looks, theirs, ours
        self._plain = looks.cell(0) if looks else 0
        self._rests: dict[str, tuple[str, bool]] = {}
        self._strings: dict[str, str] = {}

    def texts(self) -> Iterator[str]:
        rows = self._rows
        for number in rows.numbers:
            row = rows.row(number)
            cells = [
                rows.cell_text(column, number, *self._cell(cell)) for column, cell in rows.cells(row).items()
            ]
            rest = self._styled(row.rest) if ' s="' in row.rest else row.rest
            yield rows.row_text(number, rest, "".join(cells))

    def _cell(self, cell: Cell) -> Cell:
        known = self._rests.get(cell.rest)
        if known is None:
            # metadata of dynamic arrays stay behind: the formula is an array formula then
            rest = with_attribute(with_attribute(self._styled(cell.rest), "cm", None), "vm", None)
            shared = attributes(rest).get("t") == "s" and self._theirs is not None
            if shared and self._ours is None:
                rest = with_attribute(rest, "t", "inlineStr")
            known = self._rests[cell.rest] = rest, shared
        rest, shared = known
        if not shared:
            return Cell(rest, cell.inner)
        if self._ours is not None:
            self._ours.counted(1)
        text = self._strings.get(cell.inner)
        if text is None:
            text = self._strings[cell.inner] = self._text(int(re.sub("<[^>]*>", "", cell.inner)))
        return Cell(rest, text)

    def _text(self, index: int) -> str:
        p, theirs = self._rows.prefix, self._theirs
        assert theirs is not None
        if self._ours is None:
            return f"<{p}is>{respelled(theirs.raw(index), theirs.prefix, p)}</{p}is>"
        return f"<{p}v>{self._ours.adopt(theirs, index)}</{p}v>"

    def _styled(self, rest: str) -> str:
        """Attributes of a cell or row with our style; one that shows the default looks as it does there."""
        style = attributes(rest).get("s")
        if self._looks is None or (style is None and not self._plain):
            return rest
        return with_attribute(rest, "s", str(self._looks.cell(int(style)) if style else self._plain))
