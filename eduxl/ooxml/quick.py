"""Rows of the ordinary kind, written several times faster: our cells stand in order before all others, each a plain value."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cached_property
from operator import getitem
from typing import NamedTuple

from eduxl.ooxml.cells import CellWriter, may_change_style
from eduxl.ooxml.references import column_letters
from eduxl.ooxml.region import Replacement
from eduxl.ooxml.rows import Row
from eduxl.ooxml.values import Formula, Keep, Link, Value

#: Values that need to know where they stand; True, because a dict takes it for 1.
_ODD = frozenset({Formula, Link, Keep, bool})
#: A longer text is hardly ever in two cells.
_SHORT = 32
#: From here on an int and the float that equals it are written in different ways.
_EXACT = 10**15
#: So many combinations of styles are worth a pattern of their own.
_MANY = 32
_NEVER = re.compile("(?!)")


class _UnsureError(Exception):
    """A value may take a new style, so the style that its cell has must be known, not guessed."""


class _Tails(dict[Value, str]):
    """From behind the number in the names of a column's cells of one style to that in the next name, by value."""

    def __init__(self, writer: CellWriter, column: int, style: int | None, following: str) -> None:
        self._writer, self._column, self._style, self._following = writer, column, style, following

    def sure(self, value: Value) -> str:
        """The text of a cell that has this style."""
        if value not in self and may_change_style(value):
            self[value] = self._tail(value)
        return self[value]

    def _tail(self, value: Value) -> str:
        return self._writer.tail(self._column, value, self._style) + self._following

    def __missing__(self, value: Value) -> str:
        if may_change_style(value):
            raise _UnsureError
        tail = self._tail(value)
        if isinstance(value, str):
            if len(value) > _SHORT:
                return tail
        elif isinstance(value, int | float) and abs(value) >= _EXACT:
            return tail
        self[value] = tail
        return tail


class _Shape(NamedTuple):
    """How the cells of a row are written, and what finds rows of these styles.

    `bare` says that one has no style, and goes when its value does.
    """

    styles: Sequence[int | None]
    tails: tuple[_Tails, ...]
    pattern: re.Pattern[str]
    bare: bool


class QuickRows:
    """Our cells of known rows as text, put together by the styles that they have."""

    def __init__(
        self, writer: CellWriter, replacement: Replacement, carry: Callable[[Row, str, int], str]
    ) -> None:
        """`carry` brings the cells after ours, as text, to another row."""
        self._odd = not _ODD.isdisjoint(replacement.kinds)
        self._carry, self._writer, self._rows = carry, writer, writer.rows
        places = list(replacement.region.columns.values())
        self._order = sorted(range(len(places)), key=places.__getitem__)
        self._in_order = self._order == list(range(len(places)))
        self._columns = sorted(places)
        self.usable = self._columns[-1] - self._columns[0] == len(places) - 1 and writer.strings is not None
        p = self._rows.prefix
        self._next = f"<{p}c "
        #: each cell's beginning up to the number in its name
        self._names = [f'<{p}c r="{column_letters(column)}' for column in self._columns]
        value = f"<{p}v>[^<]*</{p}v></{p}c>"
        self._value = f'(?:/>| t="s">{value}|(?: t="n")?>{value})'
        self._any = re.compile(
            "".join(
                rf'{name}[0-9]+"((?: s="[0-9]+")?)(?: t="[snbe]")?(?:/>|>{value})' for name in self._names
            )
        )
        self._tails: dict[tuple[int, int | None], _Tails] = {}
        #: by the styles as they are written, ` s="3"`
        self._shapes: dict[tuple[str, ...], _Shape] = {}
        #: that of the row before, which most rows have too
        self._shape: _Shape | None = None

    def body(self, row: Row, values: Sequence[Value], number: int) -> str | None:
        """The cells of a known row with these values at row `number`; None for a row of another kind."""
        if self._odd and not _ODD.isdisjoint(map(type, values)):
            return None
        if not self._in_order:
            values = [values[i] for i in self._order]
        old, shape, ours, found = row.body, self._shape, "", None
        if shape is not None:
            ours = self._guessed(shape, values, number)
            if ours and number == row.number and old.startswith(ours):
                end = len(ours)
                if end == len(old):
                    return old
                if old.startswith(self._next, end):
                    return ours + self._behind(row, end, number)
            found = shape.pattern.match(old)
        if found is None:
            found = self._any.match(old)
            if found is None:
                return None
            shape = self._shape = self._shape_of(found.groups())
            ours = ""
        assert shape is not None
        ours = ours or self._ours(shape, values, number)
        end = found.end()
        assert self._writer.strings is not None
        self._writer.strings.counted(ours.count(' t="s"') - old.count(' t="s"', 0, end))
        return ours + self._behind(row, end, number)

    def fresh(self, values: Sequence[Value], number: int) -> str | None:
        """The cells of a new row with these values, in the usual looks of their columns; None as above."""
        if self._odd and not _ODD.isdisjoint(map(type, values)):
            return None
        if not self._in_order:
            values = [values[i] for i in self._order]
        assert self._writer.strings is not None
        ours = self._ours(self._usual, values, number)
        self._writer.strings.counted(ours.count(' t="s"'))
        return ours

    @cached_property
    def _usual(self) -> _Shape:
        styles = (self._writer.style_of(column, None) for column in self._columns)
        return self._shape_of(tuple("" if style is None else f' s="{style}"' for style in styles))

    def _ours(self, shape: _Shape, values: Sequence[Value], number: int) -> str:
        """Our cells, which are of this shape."""
        if shape.bare and (None in values or "" in values):
            cells = zip(self._names, map(self._writer.tail, self._columns, values, shape.styles), strict=True)
            return "".join([f'{name}{number}"{tail}' for name, tail in cells if tail])
        return f'{number}"'.join([self._names[0], *map(_Tails.sure, shape.tails, values)])

    def _guessed(self, shape: _Shape, values: Sequence[Value], number: int) -> str:
        """Our cells if they are of this shape; "" where that is not to be told without a look at them."""
        if shape.bare and (None in values or "" in values):
            return ""
        try:
            return f'{number}"'.join([self._names[0], *map(getitem, shape.tails, values)])
        except _UnsureError:
            return ""

    def _behind(self, row: Row, end: int, number: int) -> str:
        """The cells after ours."""
        text = row.body[end:]
        if text and (number != row.number or self._rows.formula_mark in text):
            return self._carry(row, text, number)
        return text

    def _shape_of(self, found: tuple[str, ...]) -> _Shape:
        shape = self._shapes.get(found)
        if shape is None:
            styles = [int(text[4:-1]) if text else None for text in found]
            pattern = _NEVER
            if len(self._shapes) < _MANY:
                cells = zip(self._names, found, strict=True)
                pattern = re.compile("".join([f'{name}[0-9]+"{style}{self._value}' for name, style in cells]))
            tails = tuple(map(self._tails_of, range(len(styles)), styles))
            shape = self._shapes[found] = _Shape(styles, tails, pattern, None in styles)
        return shape

    def _tails_of(self, i: int, style: int | None) -> _Tails:
        tails = self._tails.get((i, style))
        if tails is None:
            following = self._names[i + 1] if i + 1 < len(self._names) else ""
            tails = self._tails[i, style] = _Tails(self._writer, self._columns[i], style, following)
        return tails
