"""Table parts: where a table lies, its columns, and both following the rows."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from lxml import etree

from eduxl.ooxml.follower import Follower
from eduxl.ooxml.markup import Element, name, parse, qualified, serialised, transplanted
from eduxl.ooxml.references import Area, area, renamed, shifted

_FORMULAS = ("calculatedColumnFormula", "totalsRowFormula")
#: The looks that our own tables have.
_STYLE = {
    "name": "TableStyleMedium2", "showFirstColumn": "0", "showLastColumn": "0", "showRowStripes": "0",
    "showColumnStripes": "0",
}  # fmt: skip


class Table:
    """A `table` part. `rows` are its data rows, without header and totals."""

    def __init__(self, part: str, data: bytes) -> None:
        self.part = part
        self.changed = False
        self._tree = parse(data)
        self.name: str = self._tree.get("displayName") or self._tree.get("name") or ""
        self.columns = tuple(
            element.get("name", "") for element in self._tree.iter() if name(element) == "tableColumn"
        )

    @classmethod
    def new(
        cls, part: str, number: int, called: str, place: Area, columns: Sequence[str],
        namespace: str, own_filter: Element | None, *, filtered: bool,
    ) -> Table:  # fmt: skip
        """A table over `place`, header and data, without totals; `columns` are named as its header cells.

        `own_filter` is the sheet's filter whose criteria it takes over; without `filtered` it has no filter at all.
        """
        root = parse(f'<table xmlns="{namespace}"/>'.encode())
        for key, value in (
            ("id", str(number)),
            ("name", called),
            ("displayName", called),
            ("ref", str(place)),
        ):
            root.set(key, value)
        root.set("totalsRowShown", "0")
        if filtered:
            root.append(root.makeelement(qualified(root, "autoFilter"), {"ref": str(place)}))
        if own_filter is not None and (old := area(own_filter.get("ref", ""))) is not None:
            for child in own_filter:
                copy = transplanted(child, root)
                if name(child) == "filterColumn":
                    copy.set("colId", str(int(child.get("colId", 0)) + old.left - place.left))
                    root[0].append(copy)
                elif name(child) == "sortState":
                    root.append(copy)
        listed = etree.SubElement(root, qualified(root, "tableColumns"), {"count": str(len(columns))})
        for i, title in enumerate(columns, 1):
            etree.SubElement(listed, qualified(root, "tableColumn"), {"id": str(i), "name": title})
        etree.SubElement(root, qualified(root, "tableStyleInfo"), _STYLE)
        table = cls(part, serialised(root))
        table.changed = True
        return table

    @property
    def area(self) -> Area:
        return area(self._tree.get("ref", "")) or Area(1, 1, 1, 1)

    @property
    def header_rows(self) -> int:
        return int(self._tree.get("headerRowCount", 1))

    @property
    def rows(self) -> tuple[int, int]:
        """First and last data row."""
        whole = self.area
        return whole.top + self.header_rows, whole.bottom - int(self._tree.get("totalsRowCount", 0))

    @property
    def auto_filter(self) -> Element | None:
        return next((child for child in self._tree if name(child) == "autoFilter"), None)

    def rename(self, new: str) -> None:
        """Give the table another name; formulas that use the old one are not looked for."""
        self._tree.set("name", new)
        self._tree.set("displayName", new)
        self.name = new
        self.changed = True

    def rename_in_formulas(self, old: str, new: str) -> None:
        """Let the formulas of its columns call a table by another name."""
        for element in self._tree.iter():
            if name(element) in _FORMULAS and element.text:
                text = renamed(element.text, old, new)
                if text != element.text:
                    element.text = text
                    self.changed = True

    @property
    def number(self) -> int:
        """The `id` that no other table of the workbook has."""
        return int(self._tree.get("id", 0))

    def adopt(self, number: int, look: Callable[[int], int]) -> None:
        """Make it a table of another workbook: its new `id`, and where its differential formats are there."""
        self._tree.set("id", str(number))
        for element in self._tree.iter():
            for key, value in element.attrib.items():
                if str(key).lower().endswith("dxfid"):
                    element.set(key, str(look(int(value))))

    def add_column(self, title: str) -> None:
        """A further column at the right, named as its header cell."""
        columns = next(child for child in self._tree if name(child) == "tableColumns")
        ids = [int(column.get("id", 0)) for column in columns]
        new = columns.makeelement(qualified(columns, "tableColumn"), {"id": str(max(ids) + 1), "name": title})
        columns.append(new)
        columns.set("count", str(len(ids) + 1))
        old = self.area
        self._tree.set("ref", str(old._replace(right=old.right + 1)))
        criteria = self.auto_filter
        if criteria is not None and (covered := area(criteria.get("ref", ""))) is not None:
            criteria.set("ref", str(covered._replace(right=covered.right + 1)))
        self.columns = (*self.columns, title)
        self.changed = True

    def name_columns(self, names: Sequence[str]) -> None:
        """Give the columns these names."""
        elements = [element for element in self._tree.iter() if name(element) == "tableColumn"]
        for element, new in zip(elements, names, strict=False):
            if _spelled(element.get("name", "")) != new:
                element.set("name", new)
                self.changed = True
        self.columns = tuple(element.get("name", "") for element in elements)

    def follow(self, follower: Follower) -> None:
        """Let the table follow its rows."""
        for element in self._tree.iter():
            local = name(element)
            if local == "table" and element.get("insertRow") is not None:
                # Excel's word for a table whose only row is still to be filled
                del element.attrib["insertRow"]
                self.changed = True
            if local in ("table", "autoFilter", "sortState", "sortCondition"):
                old = element.get("ref")
                new = follower.whole(old) if old else None
                if new is not None and new != old:
                    element.set("ref", new)
                    self.changed = True
            elif local in _FORMULAS and element.text:
                text = shifted(element.text, follower.own, 0, follower.moves)
                if text != element.text:
                    element.text = text
                    self.changed = True

    def content(self) -> bytes:
        return serialised(self._tree)


def _spelled(column: str) -> str:
    """A column's name as its header cell reads: line feeds are written as `_x000a_` (ECMA-376, 22.9.2.19)."""
    return re.sub("_x([0-9a-fA-F]{4})_", lambda code: chr(int(code[1], 16)), column).strip()
