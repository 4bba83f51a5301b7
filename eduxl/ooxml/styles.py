"""Cell formats: which ones show dates, variants of one, and those of another workbook; new ones are appended.

No index ever changes, and what is there already, in whatever order its attributes and parts are written, is used again.
"""

from __future__ import annotations

import re
from copy import deepcopy
from typing import Any

from eduxl.ooxml.markup import Element, name, parse, qualified, serialised, transplanted

#: Number formats that show dates without being listed, those of Chinese and Japanese programs included.
_BUILT_IN_DATES = {*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)}
_BUILT_IN = {
    0: "General", 1: "0", 2: "0.00", 3: "#,##0", 4: "#,##0.00", 9: "0%", 10: "0.00%", 49: "@",
}  # fmt: skip
_DATE_LETTERS = re.compile(r"[ymdhs年月日]", re.IGNORECASE)
_LITERAL = re.compile(r'"[^"]*"|\\.|_.|\*.|\[(?!h+\]|m+\]|s+\])[^\]]*\]', re.IGNORECASE)
DAY_FORMAT, MOMENT_FORMAT = "yyyy-mm-dd", "yyyy-mm-dd hh:mm"
_FIRST_CUSTOM = 164
#: Children of a style sheet in the order that the schema demands.
_ORDER = (
    "numFmts", "fonts", "fills", "borders", "cellStyleXfs", "cellXfs", "cellStyles", "dxfs", "tableStyles", "colors",
    "extLst",
)  # fmt: skip
#: What a cell format is put together of, and where it lies.
_PARTS = (("fontId", "fonts"), ("fillId", "fills"), ("borderId", "borders"))


class Styles:
    """`xl/styles.xml`. Indexes are those of `cellXfs`."""

    def __init__(self, data: bytes) -> None:
        self._tree = parse(data)
        self._codes: dict[int, str] = {}
        self._lists: dict[str, list[Element]] = {}
        self._known: dict[str, dict[_Shape, int]] = {}
        self._items = self.entries("cellXfs")
        for fmt in self.entries("numFmts"):
            self._codes[int(fmt.get("numFmtId", 0))] = fmt.get("formatCode", "")
        self._variants: dict[tuple[int, str], int] = {}
        self.changed = False

    def _child(self, local: str) -> Element | None:
        return next((child for child in self._tree if name(child) == local), None)

    def entries(self, local: str) -> list[Element]:
        """The entries of a list, as `fonts` or `dxfs`; [] where there is none."""
        if local not in self._lists:
            found = self._child(local)
            self._lists[local] = [] if found is None else [entry for entry in found if name(entry)]
        return self._lists[local]

    def entry(self, local: str, wanted: Element) -> int:
        """The index of an equal entry of a list; where there is none, this element (of no parent yet) is appended."""
        entries = self.entries(local)
        if local not in self._known:
            known = self._known[local] = {}
            for i, element in enumerate(entries):
                known.setdefault(_shape(element), i)
        index = self._known[local].get(_shape(wanted))
        return self._append(local, wanted) if index is None else index

    def _append(self, local: str, wanted: Element) -> int:
        held = self._list(local)
        wanted.tail = None
        held.append(wanted)
        entries = self.entries(local)
        entries.append(wanted)
        held.set("count", str(len(entries)))
        self._known[local][_shape(wanted)] = len(entries) - 1
        self.changed = True
        return len(entries) - 1

    def _list(self, local: str) -> Element:
        """A list of the style sheet, made in its place where it is missing."""
        found = self._child(local)
        if found is None:
            found = self._tree.makeelement(qualified(self._tree, local))
            place = _ORDER.index(local)
            before = [c for c in self._tree if name(c) in _ORDER and _ORDER.index(name(c)) < place]
            self._tree.insert(self._tree.index(before[-1]) + 1 if before else 0, found)
        return found

    def alike(self, element: Element) -> Element:
        """A copy of another style sheet's entry for this one."""
        return transplanted(element, self._tree)

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
                number = self.number(MOMENT_FORMAT if moment else DAY_FORMAT)
            self._variants[key] = self._variant(style, numFmtId=str(number), applyNumberFormat="1")
        return self._variants[key]

    def quoted(self, style: int) -> int:
        """The same style for text that looks like a formula: editing the cell leaves it text."""
        key = (style, "quoted")
        if key not in self._variants:
            self._variants[key] = self._variant(style, quotePrefix="1")
        return self._variants[key]

    def _variant(self, style: int, **changes: str) -> int:
        if not 0 <= style < len(self._items):
            return style
        old = self._items[style]
        if all(old.get(key) == value for key, value in changes.items()):
            return style
        new = deepcopy(old)
        for key, value in changes.items():
            new.set(key, value)
        return self.entry("cellXfs", new)

    def custom_code(self, number: int) -> str:
        """The code of a number format of this workbook's own, "" of a built-in one."""
        return self._codes.get(number, "")

    def number(self, code: str) -> int:
        """The number format of that code, added where it is missing."""
        for number, known in self._codes.items():
            if known == code or ('"' not in code and known.lower() == code):
                return number
        number = max([_FIRST_CUSTOM - 1, *self._codes]) + 1
        formats = self._list("numFmts")
        fmt = formats.makeelement(qualified(formats, "numFmt"), {"numFmtId": str(number), "formatCode": code})
        formats.append(fmt)
        formats.set("count", str(len(formats)))
        self._codes[number] = code
        self.changed = True
        return number

    def content(self) -> bytes:
        return serialised(self._tree)


class Looks:
    """Formats of another workbook's cells and rules by their indexes there, as indexes of ours."""

    def __init__(self, own: Styles, other: Styles) -> None:
        self._own, self._other = own, other
        self._cells: dict[int, int] = {}
        self._rules: dict[int, int] = {}

    def cell(self, style: int) -> int:
        """The index in our `cellXfs`."""
        if style not in self._cells:
            self._cells[style] = self._own.entry("cellXfs", self._format("cellXfs", style))
        return self._cells[style]

    def rule(self, dxf: int) -> int:
        """The index in our `dxfs`."""
        if dxf not in self._rules:
            new = self._own.alike(self._other.entries("dxfs")[dxf])
            for fmt in new:
                if name(fmt) == "numFmt":
                    fmt.set(
                        "numFmtId", str(self._number(int(fmt.get("numFmtId", 0)), fmt.get("formatCode", "")))
                    )
            self._rules[dxf] = self._own.entry("dxfs", new)
        return self._rules[dxf]

    def _format(self, local: str, index: int) -> Element:
        """An entry of `cellXfs` or `cellStyleXfs` with our indexes in it."""
        new = self._own.alike(self._other.entries(local)[index])
        for key, parts in _PARTS:
            part = self._own.alike(self._other.entries(parts)[int(new.get(key, 0))])
            new.set(key, str(self._own.entry(parts, part)))
        new.set("numFmtId", str(self._number(int(new.get("numFmtId", 0)))))
        if local == "cellXfs":
            new.set("xfId", str(self._named(int(new.get("xfId", 0)))))
        return new

    def _number(self, number: int, code: str = "") -> int:
        """A number format; the built-in ones have the same number everywhere."""
        code = code or self._other.custom_code(number)
        return self._own.number(code) if code else number if number < _FIRST_CUSTOM else 0

    def _named(self, index: int) -> int:
        """The named style that a cell format belongs to: ours of that name, else it comes along."""
        styles = [style for style in self._other.entries("cellStyles") if style.get("xfId") == str(index)]
        if not styles:
            return 0
        for ours in self._own.entries("cellStyles"):
            key = "builtinId" if styles[0].get("builtinId") else "name"
            if ours.get(key) == styles[0].get(key):
                return int(ours.get("xfId", 0))
        found = self._own.entry("cellStyleXfs", self._format("cellStyleXfs", index))
        new = self._own.alike(styles[0])
        new.set("xfId", str(found))
        self._own.entry("cellStyles", new)
        return found


_Shape = tuple[Any, ...]
_TRUTH = {"true": "1", "false": "0"}
#: What an attribute says that need not be written: programs do or don't.
_USUAL = {
    **{(local, "val"): "1" for local in ("b", "i", "strike", "outline", "shadow")},
    ("u", "val"): "single",
    ("patternFill", "patternType"): "none",
    ("xf", "pivotButton"): "0",
    ("xf", "quotePrefix"): "0",
    **{
        ("xf", f"apply{what}"): "1"
        for what in ("NumberFormat", "Font", "Fill", "Border", "Alignment", "Protection")
    },
}


def _shape(element: Element) -> _Shape:
    """What makes two entries equal, in whatever order programs write it."""
    given = sorted(
        (str(key), plain)
        for key, value in element.attrib.items()
        if (plain := _TRUTH.get(str(value), str(value))) != _USUAL.get((name(element), str(key)))
    )
    held = sorted(_shape(child) for child in element if name(child) not in ("", "extLst"))
    return (name(element), tuple(given), tuple(held))
