"""Cells as text: a value in the look of the cell it replaces, or in the usual look of its column."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from datetime import date, datetime

from eduxl.ooxml.filters import Shown, displayed
from eduxl.ooxml.markup import attributes, cell_text, escape
from eduxl.ooxml.moves import SheetMoves
from eduxl.ooxml.references import column_letters
from eduxl.ooxml.rows import Cell, Rows
from eduxl.ooxml.strings import SharedStrings
from eduxl.ooxml.styles import Styles
from eduxl.ooxml.values import Formula, Value, moment, serial

#: Text that begins so would be read as a formula when it is edited.
_LIKE_FORMULA = "=+-@"
#: A cell holds this many UTF-16 units.
_LONGEST = 32_767


class CellWriter:
    """Writes cells of one sheet; knows the usual style of each column once it has looked at some rows."""

    def __init__(
        self, rows: Rows, strings: SharedStrings | None, styles: Styles | None, since_1904: bool
    ) -> None:
        self.rows, self.strings, self._styles, self._since_1904 = rows, strings, styles, since_1904
        self._p = rows.prefix
        self._looks: dict[str, tuple[int | None, bool]] = {}
        self._usual: dict[int, int | None] = {}
        self._dates: dict[int, int] = {}
        self._sampled = 0
        self._often: dict[int, Counter[int | None]] = {}
        self._others: list[tuple[int, str]] | None = None
        self._quoted: dict[int | None, int | None] = {}

    def learn(self, numbers: Sequence[int]) -> None:
        """Look at rows for the usual styles of the columns."""
        self._sampled += len(numbers)
        seen = Counter(head for number in numbers for head in self.rows.heads(self.rows.row(number)))
        for (column, rest), times in seen.items():
            style, _ = self._look(rest)
            self._often.setdefault(column, Counter())[style] += times
            unknown = style is not None and column not in self._dates
            if unknown and style is not None and self._styles is not None and self._styles.is_date(style):
                self._dates[column] = style
        for column, often in self._often.items():
            self._usual[column] = often.most_common(1)[0][0]

    def look_like(self, column: int, like: int) -> None:
        """Let cells that were not there take the usual style of another column; to be said after `learn`."""
        if self._usual.get(column) is None:
            self._usual[column] = self._usual.get(like)

    def usual_others(self, done: Collection[int], moves: SheetMoves) -> Iterator[tuple[int, str]]:
        """Further columns where most rows have one style: a new row gets it too."""
        if self._others is None:
            self._others = []
            for column, often in sorted(self._often.items()):
                style, count = often.most_common(1)[0]
                if style is not None and not moves.in_band(column) and count * 2 > self._sampled:
                    self._others.append((column, f' s="{style}"'))
        return ((column, style) for column, style in self._others if column not in done)

    def _look(self, rest: str) -> tuple[int | None, bool]:
        """Style and whether the value is a shared string, of a cell's attributes."""
        look = self._looks.get(rest)
        if look is None:
            given = attributes(rest)
            style = given.get("s", "")
            look = self._looks[rest] = int(style) if style.isdigit() else None, given.get("t") == "s"
        return look

    def is_shared(self, cell: Cell) -> bool:
        """Whether the cell refers to the shared string table."""
        return self._look(cell.rest)[1]

    def serial(self, value: date) -> float:
        return serial(value, since_1904=self._since_1904)

    def style_of(self, column: int, cell: Cell | None) -> int | None:
        if cell is not None:
            return self._look(cell.rest)[0]
        return self._usual.get(column)

    def shown(self, number: float, column: int, cell: Cell | None, value: Value) -> Shown:
        """A number as a filter sees it."""
        style = self.style_of(column, cell) or 0
        if self._styles is None:
            return Shown(number)
        if isinstance(value, date):
            style = self._dated(style, column, value)
        when = moment(number, since_1904=self._since_1904) if self._styles.is_date(style) else None
        return Shown(number, displayed(number, self._styles.code(style) or "", when), when)

    def _dated(self, style: int | None, column: int, value: date) -> int:
        if self._styles is None:
            return style or 0
        is_moment = isinstance(value, datetime)
        return self._styles.dated(style or 0, moment=is_moment, like=self._dates.get(column))

    def text(self, column: int, row: int, value: Value, cell: Cell | None) -> str:
        """The cell with this value, in the look of the cell that stood there; "" where neither look nor value is left."""
        if cell is not None:
            style, was_shared = self._look(cell.rest)
            if was_shared and self.strings is not None:
                self.strings.counted(-1)
        else:
            style = self._usual.get(column)
        if self.strings is not None and type(value) is str and value:
            self.strings.counted(1)
        tail = self.tail(column, value, style)
        return f'<{self._p}c r="{column_letters(column)}{row}"{tail}' if tail else ""

    def tail(self, column: int, value: Value, style: int | None) -> str:
        """What follows the name of a cell with this value, ` s="3"><v>1</v></c>`; that it uses a shared string isn't counted."""
        p = self._p
        if value is None or value == "":
            return f' s="{style}"/>' if style is not None else ""
        if type(value) is str:
            if value[0] in _LIKE_FORMULA:
                style = self._quote(style)
            look = f' s="{style}"' if style is not None else ""
            if self.strings is None:
                return self._inline(look, value)
            index = self.strings.index(value if len(value) <= _LONGEST // 2 else _short(value))
            return f'{look} t="s"><{p}v>{index}</{p}v></{p}c>'
        if isinstance(value, date):
            style = self._dated(style, column, value)
            value = self.serial(value)
        look = f' s="{style}"' if style is not None else ""
        if isinstance(value, bool):
            return f'{look} t="b"><{p}v>{int(value)}</{p}v></{p}c>'
        if isinstance(value, int | float):
            return f"{look}><{p}v>{_number(value)}</{p}v></{p}c>"
        if isinstance(value, Formula):
            return self._formula(look, value)
        raise TypeError(f"a cell cannot hold {value!r}")

    def _quote(self, style: int | None) -> int | None:
        if self._styles is None:
            return style
        if style not in self._quoted:
            self._quoted[style] = self._styles.quoted(style or 0)
        return self._quoted[style]

    def _inline(self, look: str, value: str) -> str:
        p = self._p
        space = ' xml:space="preserve"' if value != value.strip() else ""
        text = cell_text(_short(value))
        return f'{look} t="inlineStr"><{p}is><{p}t{space}>{text}</{p}t></{p}is></{p}c>'

    def _formula(self, look: str, value: Formula) -> str:
        p, cached = self._p, value.cached
        formula = f"<{p}f>{escape(value.text.removeprefix('='))}</{p}f>"
        if cached is None:
            return f"{look}>{formula}</{p}c>"
        if isinstance(cached, bool):
            return f'{look} t="b">{formula}<{p}v>{int(cached)}</{p}v></{p}c>'
        if isinstance(cached, str):
            return f'{look} t="str">{formula}<{p}v>{cell_text(cached)}</{p}v></{p}c>'
        return f"{look}>{formula}<{p}v>{_number(cached)}</{p}v></{p}c>"


def may_change_style(value: Value) -> bool:
    """Whether a cell that is given this value may have to take another style than it has."""
    return isinstance(value, date) or (isinstance(value, str) and value[:1] in _LIKE_FORMULA and value != "")


def _number(value: float) -> str:
    if value != value or value in (float("inf"), float("-inf")):
        raise ValueError(f"a cell cannot hold {value}")
    if isinstance(value, int):
        return str(value)
    return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)


def _short(text: str) -> str:
    units = text.encode("utf-16-le", "surrogatepass")
    return text if len(units) <= 2 * _LONGEST else units[: 2 * _LONGEST].decode("utf-16-le", "ignore")
