"""What floats over a sheet: notes and threaded comments, their shapes, pictures, charts and controls by their anchors.

A note belongs to its cell. A picture or shape that fits within one row goes with that row; a larger one keeps its place,
unless it lies below the rows that grew. Edited as text: VML need not be well-formed XML.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from eduxl.ooxml.follower import Follower
from eduxl.ooxml.markup import attributes, set_attribute
from eduxl.ooxml.references import area

_COMMENT = re.compile(r"<((?:[\w.-]+:)?(?:comment|threadedComment))(?=\s)([^>]*?)(?:/>|>.*?</\1>)", re.DOTALL)


def follow_notes(text: str, follower: Follower) -> str:
    """The `comments` or `threadedComments` part with each note at its cell; those of deleted rows are gone."""

    def one(found: re.Match[str]) -> str:
        ref = attributes(found[2]).get("ref", "")
        place = area(ref)
        if place is None:
            return found[0]
        row = follower.here.row(place.top, place.left)
        if row is None:
            return ""
        if row == place.top:
            return found[0]
        start = f"<{found[1]}{found[2]}"
        new = set_attribute(start, "ref", re.sub(r"[0-9]+", str(row), ref))
        return new + found[0][len(start) :]

    return _COMMENT.sub(one, text)


#: Excel writes `v:` and `x:`, openpyxl other prefixes.
_SHAPE = re.compile(
    r"<((?:[\w.-]+:)?(?:shape|rect|oval|line|group|roundrect|polyline))(?=[\s>]).*?</\1>", re.DOTALL
)
_NOTE = re.compile(r"""<(?:[\w.-]+:)?ClientData[^>]*ObjectType=["']Note["']""")
_VML_ROW = re.compile(r"(<(?:[\w.-]+:)?Row>\s*)([0-9]+)(\s*</(?:[\w.-]+:)?Row>)")
_VML_COLUMN = re.compile(r"<(?:[\w.-]+:)?Column>\s*([0-9]+)\s*</")
_VML_ANCHOR = re.compile(r"(<(?:[\w.-]+:)?Anchor>)([^<]*)(</(?:[\w.-]+:)?Anchor>)")


def follow_shapes(text: str, follower: Follower) -> str:
    """A VML drawing: the boxes of notes go with their cells, controls as pictures do."""

    def one(found: re.Match[str]) -> str:
        shape = found[0]
        column, row = _VML_COLUMN.search(shape), _VML_ROW.search(shape)
        if _NOTE.search(shape) and column and row:
            old = int(row[2]) + 1
            new = follower.here.row(old, int(column[1]) + 1)
            if new is None:
                return ""
            if new == old:
                return shape
            shape = _VML_ROW.sub(lambda m: f"{m[1]}{new - 1}{m[3]}", shape, count=1)
            return _VML_ANCHOR.sub(lambda m: _shift_anchor(m, new - old), shape, count=1)
        anchor = _VML_ANCHOR.search(shape)
        if anchor:
            numbers = _anchor_numbers(anchor[2])
            if numbers is not None:
                by = follower.float_by(numbers[2], numbers[6], numbers[7], numbers[0])
                if by:
                    shape = _VML_ANCHOR.sub(lambda m: _shift_anchor(m, by), shape, count=1)
        return shape

    return _SHAPE.sub(one, text)


def _anchor_numbers(text: str) -> list[int] | None:
    try:
        numbers = [int(float(piece)) for piece in text.split(",")]
    except ValueError:
        return None
    return numbers if len(numbers) == 8 else None


def _shift_anchor(found: re.Match[str], by: int) -> str:
    numbers = _anchor_numbers(found[2])
    if numbers is None:
        return found[0]
    for at in (2, 6):
        numbers[at] = max(0, numbers[at] + by)
    lead = " " if found[2][:1].isspace() else ""
    return f"{found[1]}{lead}{', '.join(map(str, numbers))}{found[3]}"


_ANCHOR = re.compile(r"<((?:[\w.-]+:)?)(twoCellAnchor|oneCellAnchor)(?=[\s>])([^>]*)>(.*?)</\1\2>", re.DOTALL)
_MARKER_ROW = r"(<(?:[\w.-]+:)?row>)\s*([0-9]+)\s*(</(?:[\w.-]+:)?row>)"
_ROW = re.compile(_MARKER_ROW)
_COLUMN = re.compile(r"<(?:[\w.-]+:)?col>\s*([0-9]+)\s*<")
_ROW_OFFSET = re.compile(r"<(?:[\w.-]+:)?rowOff>\s*(-?[0-9]+)\s*<")
_HEIGHT = re.compile(r'<(?:[\w.-]+:)?ext\s[^>]*cy="([0-9]+)"')
_EMU_PER_POINT = 12_700


def follow_anchors(text: str, follower: Follower, height: Callable[[int], float]) -> str:
    """A drawing part, or the anchors of controls in a sheet. `height` gives the points of an old row."""

    def one(found: re.Match[str]) -> str:
        if "absolute" in found[3]:
            return found[0]
        body = found[4]
        rows, offsets = _ROW.findall(body), _ROW_OFFSET.findall(body)
        column = _COLUMN.search(body)
        if not rows or column is None:
            return found[0]
        first = last = int(rows[0][1])
        last_offset = 1
        if found[2] == "twoCellAnchor" and len(rows) > 1:
            last = int(rows[1][1])
            last_offset = int(offsets[1]) if len(offsets) > 1 else 1
        elif tall := _HEIGHT.search(body):
            last = first + (int(tall[1]) > height(first + 1) * _EMU_PER_POINT)
        by = follower.float_by(first, last, last_offset, int(column[1]))
        if not by:
            return found[0]
        count = 2 if found[2] == "twoCellAnchor" else 1
        new = _ROW.sub(lambda m: f"{m[1]}{max(0, int(m[2]) + by)}{m[3]}", body, count=count)
        start = found[0][: found.start(4) - found.start()]
        return f"{start}{new}</{found[1]}{found[2]}>"

    return _ANCHOR.sub(one, text)


_LOCATION = re.compile(r"<(?:[\w.-]+:)?location(?=\s)[^>]*>")


def follow_pivot_table(text: str, follower: Follower) -> str:
    """A pivot table below rows that grew."""

    def one(found: re.Match[str]) -> str:
        ref = attributes(found[0]).get("ref", "")
        new = follower.whole(ref)
        return found[0] if new is None or new == ref else set_attribute(found[0], "ref", new)

    return _LOCATION.sub(one, text, count=1)
