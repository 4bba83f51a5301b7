"""Cells as text: a value in the look of the cell it replaces, or in the usual look of its column."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import date, datetime

from eduxl.ooxml.filters import Shown, displayed
from eduxl.ooxml.markup import attributes, cell_text, escape
from eduxl.ooxml.moves import SheetMoves
from eduxl.ooxml.references import column_letters
from eduxl.ooxml.rows import Cell, Row, Rows
from eduxl.ooxml.strings import SharedStrings
from eduxl.ooxml.styles import Styles
from eduxl.ooxml.values import KEEP, Formula, Value, moment, serial

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
        self._letters: dict[int, str] = {}

    def learn(self, numbers: Sequence[int]) -> None:
        """Look at rows for the usual styles of the columns."""
        for number in numbers:
            self._sampled += 1
            for column, cell in self.rows.cells(self.rows.row(number)).items():
                style, _ = self._look(cell.rest)
                self._often.setdefault(column, Counter())[style] += 1
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
        """The cell with this value, in the look of the cell that stood there."""
        if cell is not None:
            style, was_shared = self._look(cell.rest)
            if was_shared and self.strings is not None:
                self.strings.counted(-1)
        else:
            style = self._usual.get(column)
        p = self._p
        letters = self._letters.get(column)
        if letters is None:
            letters = self._letters[column] = column_letters(column)
        if value is None or value == "":
            return f'<{p}c r="{letters}{row}" s="{style}"/>' if style is not None else ""
        if type(value) is str:
            if value[0] in _LIKE_FORMULA:
                style = self._quote(style)
            look = f' s="{style}"' if style is not None else ""
            if self.strings is None:
                return self._inline(f'<{p}c r="{letters}{row}"{look}', value)
            self.strings.counted(1)
            index = self.strings.index(value if len(value) <= _LONGEST // 2 else _short(value))
            return f'<{p}c r="{letters}{row}"{look} t="s"><{p}v>{index}</{p}v></{p}c>'
        if isinstance(value, date):
            style = self._dated(style, column, value)
            value = self.serial(value)
        look = f' s="{style}"' if style is not None else ""
        start = f'<{p}c r="{letters}{row}"{look}'
        if isinstance(value, bool):
            return f'{start} t="b"><{p}v>{int(value)}</{p}v></{p}c>'
        if isinstance(value, int | float):
            return f"{start}><{p}v>{_number(value)}</{p}v></{p}c>"
        if isinstance(value, Formula):
            return self._formula(start, value)
        raise TypeError(f"a cell cannot hold {value!r}")

    def _quote(self, style: int | None) -> int | None:
        if self._styles is None:
            return style
        if style not in self._quoted:
            self._quoted[style] = self._styles.quoted(style or 0)
        return self._quoted[style]

    def _inline(self, start: str, value: str) -> str:
        p = self._p
        space = ' xml:space="preserve"' if value != value.strip() else ""
        text = cell_text(_short(value))
        return f'{start} t="inlineStr"><{p}is><{p}t{space}>{text}</{p}t></{p}is></{p}c>'

    def _formula(self, start: str, value: Formula) -> str:
        p, cached = self._p, value.cached
        formula = f"<{p}f>{escape(value.text.removeprefix('='))}</{p}f>"
        if cached is None:
            return f"{start}>{formula}</{p}c>"
        if isinstance(cached, bool):
            return f'{start} t="b">{formula}<{p}v>{int(cached)}</{p}v></{p}c>'
        if isinstance(cached, str):
            return f'{start} t="str">{formula}<{p}v>{cell_text(cached)}</{p}v></{p}c>'
        return f"{start}>{formula}<{p}v>{_number(cached)}</{p}v></{p}c>"


class QuickRows:
    """Writes rows of the ordinary kind several times faster: all our cells are there in order, before all others."""

    def __init__(
        self, writer: CellWriter, columns: Mapping[str, int], carry: Callable[[Row, str, int], str]
    ) -> None:
        """`carry` brings the cells after ours, as text, to another row."""
        self._carry = carry
        self._writer, self._rows, self._strings = writer, writer.rows, writer.strings
        places = list(columns.values())
        self._order = sorted(range(len(places)), key=lambda i: places[i])
        self._columns = [places[i] for i in self._order]
        self._letters = [column_letters(column) for column in self._columns]
        self._in_order = self._order == list(range(len(places)))
        self.usable = self._columns[-1] - self._columns[0] == len(places) - 1
        p = self._rows.prefix
        self._starts = [f'<{p}c r="{letters}' for letters in self._letters]
        self._formula = self._rows.formula_mark
        #: attributes of a cell → what is written of its style, and whether it was a shared string
        self._looks: dict[str, tuple[str, bool]] = {}
        #: texts of ordinary kind → their index
        self._known: dict[str, int] = {}
        #: column, attributes, kind and value → what follows the cell's name
        self._tails: dict[tuple[int, str, type, Value], str] = {}

    def body(self, row: Row, values: Sequence[Value], number: int) -> str | None:
        """The cells of a known row; None for a row of another kind."""
        rows, strings, body = self._rows, self._strings, row.body
        if strings is None or Formula in map(type, values):
            return None
        p, size = rows.prefix, len(self._letters)
        # in ascending order, so many cells from the first of ours to the last must be ours
        last = body.find(f'{self._starts[-1]}{row.number}"')
        if last < 0 or not body.startswith(f'{self._starts[0]}{row.number}"'):
            return None
        if body.count(f"<{p}c ", 0, last) != size - 1:
            return None
        formula, behind = body.find(self._formula), body.find(f"<{p}c ", last + 3)
        if formula >= 0 and (behind < 0 or formula < behind):
            return None
        rests = rows.head.findall(body)
        looks, known, tails = self._looks, self._known, self._tails
        if not self._in_order:
            values = [values[i] for i in self._order]
        out: list[str] = []
        shared = 0
        end, filled = f"</{p}v></{p}c>", f' t="s"><{p}v>'
        at = f'{number}"'
        for start, column, rest, value in zip(self._starts, self._columns, rests, values, strict=False):
            look = looks.get(rest)
            if look is None:
                look = looks[rest] = self._look(rest)
            style, was_shared = look
            if value is None and style:
                shared -= was_shared
                out.append(f"{start}{at}{style}/>")
                continue
            kind = type(value)
            if kind is str and (index := known.get(value)) is not None:  # type: ignore[arg-type]
                shared += 1 - was_shared
                out.append(f"{start}{at}{style}{filled}{index}{end}")
            elif value is KEEP:
                text = rows.cell_source(row, column_letters(column))
                out.append(rows.renumbered(text, number) if number != row.number else text)
            elif (tail := tails.get((column, rest, kind, value))) is not None:
                shared -= was_shared
                out.append(f"{start}{at}{tail}")
            else:
                text = self._writer.text(column, number, value, Cell(rest.removesuffix("/"), ""))
                out.append(text)
                self._remember(column, rest, value, text, len(start) + len(at))
        strings.counted(shared)
        if behind >= 0:
            tail = body[behind:]
            if formula >= 0 or number != row.number:
                tail = self._carry(row, tail, number)
            out.append(tail)
        return "".join(out)

    def _remember(self, column: int, rest: str, value: Value, text: str, start: int) -> None:
        """Texts that can be written without more ado, and what follows a cell's name for other values."""
        if isinstance(value, str):
            if (
                value
                and value[0] not in _LIKE_FORMULA
                and len(value) < _LONGEST // 2
                and self._strings is not None
            ):
                self._known[value] = self._strings.index(value)
        elif value is not None:
            self._tails[column, rest, type(value), value] = text[start:]

    def _look(self, rest: str) -> tuple[str, bool]:
        given = attributes(rest)
        style = given.get("s")
        return f' s="{style}"' if style else "", given.get("t") == "s"


def _number(value: float) -> str:
    if value != value or value in (float("inf"), float("-inf")):
        raise ValueError(f"a cell cannot hold {value}")
    if isinstance(value, int):
        return str(value)
    return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)


def _short(text: str) -> str:
    units = text.encode("utf-16-le", "surrogatepass")
    return text if len(units) <= 2 * _LONGEST else units[: 2 * _LONGEST].decode("utf-16-le", "ignore")
