"""Cell formats: which ones show dates, and variants of one, appended so that no index changes."""

from __future__ import annotations

import re
from copy import deepcopy

from eduxl.ooxml.markup import Element, name, parse, qualified, serialised

#: Number formats that show dates without being listed, those of Chinese and Japanese programs included.
_BUILT_IN_DATES = {*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)}
_BUILT_IN = {
    0: "General", 1: "0", 2: "0.00", 3: "#,##0", 4: "#,##0.00", 9: "0%", 10: "0.00%", 49: "@",
}  # fmt: skip
_DATE_LETTERS = re.compile(r"[ymdhs年月日]", re.IGNORECASE)
_LITERAL = re.compile(r'"[^"]*"|\\.|_.|\*.|\[(?!h+\]|m+\]|s+\])[^\]]*\]', re.IGNORECASE)
DAY_FORMAT, MOMENT_FORMAT = "yyyy-mm-dd", "yyyy-mm-dd hh:mm"
_FIRST_CUSTOM = 164


class Styles:
    """`xl/styles.xml`. Indexes are those of `cellXfs`."""

    def __init__(self, data: bytes) -> None:
        self._tree = parse(data)
        self._xfs = self._child("cellXfs")
        self._formats = self._child("numFmts")
        self._codes = {
            int(fmt.get("numFmtId", 0)): fmt.get("formatCode", "")
            for fmt in (() if self._formats is None else self._formats)
        }
        self._items: list[Element] = [] if self._xfs is None else [xf for xf in self._xfs if name(xf) == "xf"]
        self._variants: dict[tuple[int, str], int] = {}
        self.changed = False

    def _child(self, local: str) -> Element | None:
        return next((child for child in self._tree if name(child) == local), None)

    def code(self, style: int) -> str:
        """The number format of a style as Excel spells it; "" where only Excel knows it."""
        number = self._number(style)
        return self._codes.get(number) or _BUILT_IN.get(number, "")

    def _number(self, style: int) -> int:
        return int(self._items[style].get("numFmtId", 0)) if 0 <= style < len(self._items) else 0

    def is_date(self, style: int) -> bool:
        number = self._number(style)
        code = self._codes.get(number)
        if code is None:
            return number in _BUILT_IN_DATES
        return bool(_DATE_LETTERS.search(_LITERAL.sub("", code.split(";")[0])))

    def dated(self, style: int, *, moment: bool, like: int | None = None) -> int:
        """`style` itself if it shows dates, else the same with the number format of `like` or the usual one."""
        if self.is_date(style):
            return style
        key = (style, f"date {moment} {like}")
        if key not in self._variants:
            if like is not None and self.is_date(like):
                number = self._number(like)
            else:
                number = self._custom(MOMENT_FORMAT if moment else DAY_FORMAT)
            self._variants[key] = self._variant(style, numFmtId=str(number), applyNumberFormat="1")
        return self._variants[key]

    def quoted(self, style: int) -> int:
        """The same style for text that looks like a formula: editing the cell leaves it text."""
        key = (style, "quoted")
        if key not in self._variants:
            self._variants[key] = self._variant(style, quotePrefix="1")
        return self._variants[key]

    def _variant(self, style: int, **changes: str) -> int:
        if self._xfs is None or not 0 <= style < len(self._items):
            return style
        old = self._items[style]
        if all(old.get(key) == value for key, value in changes.items()):
            return style
        new = deepcopy(old)
        new.tail = None
        for key, value in changes.items():
            new.set(key, value)
        wanted = _shape(new)
        for i, xf in enumerate(self._items):
            if _shape(xf) == wanted:
                return i
        self._items[-1].addnext(new)
        self._items.append(new)
        self._xfs.set("count", str(len(self._items)))
        self.changed = True
        return len(self._items) - 1

    def _custom(self, code: str) -> int:
        for number, known in self._codes.items():
            if known.lower() == code:
                return number
        number = max([_FIRST_CUSTOM - 1, *self._codes]) + 1
        if self._formats is None:
            self._formats = self._tree.makeelement(qualified(self._tree, "numFmts"))
            self._tree.insert(0, self._formats)
        fmt = self._formats.makeelement(
            qualified(self._formats, "numFmt"), {"numFmtId": str(number), "formatCode": code}
        )
        self._formats.append(fmt)
        self._formats.set("count", str(len(self._formats)))
        self._codes[number] = code
        self.changed = True
        return number

    def content(self) -> bytes:
        return serialised(self._tree)


def _shape(xf: Element) -> tuple[object, ...]:
    return (sorted(xf.attrib.items()), [(child.tag, sorted(child.attrib.items())) for child in xf])
