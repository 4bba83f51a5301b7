"""The rows of a worksheet as text: found by patterns, read cell by cell only where needed, renumbered.

Rows and cells may lack `r` (they then follow the one before); elements may have a prefix.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from eduxl.ooxml.markup import attributes, escape, set_attribute, unescape
from eduxl.ooxml.references import column_letters, column_number, shifted
from eduxl.ooxml.strings import SharedStrings, item_text
from eduxl.ooxml.values import Read


class Cell(NamedTuple):
    """`rest` are the attributes but `r`, with a leading blank; `inner` is what stands in the element."""

    rest: str
    inner: str


class Row(NamedTuple):
    """`rest` are the attributes but `r`, with a leading blank; `body` is what stands in the element."""

    number: int
    rest: str
    body: str


class FormulaCell(NamedTuple):
    """A cell's `f`: its attributes, its text (a shared one's worked out), and what stands around it in the cell."""

    given: dict[str, str]
    text: str
    before: str
    after: str


#: A cell's column, attributes and inside.
_Found = tuple[str, str, str]


class _Known(dict[_Found, Read]):
    def __init__(self, read: Callable[[_Found], Read]) -> None:
        self._read = read

    def __missing__(self, found: _Found) -> Read:
        value = self[found] = self._read(found)
        return value


_R = re.compile(r"""\s+r="([^"]*)\"""")


class Rows:
    """All rows of a sheet by number."""

    def __init__(self, text: str, prefix: str) -> None:
        p = self.prefix = prefix
        self._cell = re.compile(
            rf'<{p}c(?: r="([A-Z]+)[0-9]+")?(?=[\s/>])([^>]*?)(?:/>|>(.*?)</{p}c>)', re.DOTALL
        )
        self._named = re.compile(rf'(<{p}c(?:\s[^>]*?)?\sr="[A-Za-z]+)[0-9]+"')
        self._value = re.compile(rf"<{p}v\b[^>]*>(.*?)</{p}v>", re.DOTALL)
        self._inline = re.compile(rf"<{p}is\b[^>]*>(.*?)</{p}is>", re.DOTALL)
        self.formula_pattern = re.compile(rf"<{p}f(?=[\s/>])([^>]*?)(?:/>|>(.*?)</{p}f>)", re.DOTALL)
        self.formula_mark = f"<{p}f"
        self._head = re.compile(rf'<{p}c r="([A-Z]+)[0-9]+"([^>/]*(?:/(?!>)[^>/]*)*)')
        #: whether every cell begins with its name, so that it can be found by it
        named = text.count(f"<{p}c") == text.count(f'<{p}c r="')
        self.plain = named and not re.search(rf'<{p}c r="[a-z]', text[:10_000])
        self._by_number: dict[int, Row] = {}
        self._split(text)
        self._shared: dict[str, tuple[str, int, int]] | None = None

    def _split(self, text: str) -> None:
        p, number = self.prefix, 0
        opening, size = f"<{p}row", len(p) + 4
        for piece in text.split(f"</{p}row>"):
            at = piece.find(opening)
            while at >= 0:
                end = piece.index(">", at)
                empty = piece[end - 1] == "/"
                rest = piece[at + size : end - empty]
                if rest.startswith(' r="'):
                    quote = rest.index('"', 4)
                    number, rest = int(rest[4:quote]), rest[quote + 1 :]
                elif named := _R.search(rest):
                    number, rest = int(named[1]), rest[: named.start()] + rest[named.end() :]
                else:
                    number += 1
                body = "" if empty else piece[end + 1 :]
                if number in self._by_number:
                    # two elements for one row, as some reports write them: their cells belong together
                    body = self._by_number[number].body + body
                self._by_number[number] = Row(number, rest.rstrip(), body)
                at = piece.find(opening, end) if empty else -1

    @property
    def numbers(self) -> list[int]:
        return sorted(self._by_number)

    def row(self, number: int) -> Row:
        return self._by_number.get(number) or Row(number, "", "")

    def ensure(self, number: int) -> None:
        """Make a row that is not there yet, without cells."""
        self._by_number.setdefault(number, Row(number, "", ""))

    def set_height(self, number: int, points: float) -> None:
        old = self.row(number)
        rest = with_attribute(with_attribute(old.rest, "ht", f"{points:g}"), "customHeight", "1")
        self._by_number[number] = old._replace(rest=rest)

    def change_formulas(self, change: Callable[[str], str]) -> bool:
        """Give each formula the text that `change` answers; whether any changed."""

        def one(found: re.Match[str]) -> str:
            old = unescape(found[2] or "")
            new = change(old)
            return found[0] if new == old else found[0].replace(f">{found[2]}<", f">{escape(new)}<")

        changed = False
        for number, row in self._by_number.items():
            if self.formula_mark in row.body:
                body = self.formula_pattern.sub(one, row.body)
                if body != row.body:
                    self._by_number[number] = row._replace(body=body)
                    self._shared, changed = None, True
        return changed

    def __contains__(self, number: int) -> bool:
        return number in self._by_number

    # --- cells --------------------------------------------------------------------------------------
    def cells(self, row: Row) -> dict[int, Cell]:
        """The cells of a row by column."""
        cells: dict[int, Cell] = {}
        column = 0
        for letters, rest, inner in self._cell.findall(row.body):
            if letters:
                column = column_number(letters)
            elif named := _R.search(rest):
                column = column_number(named[1].rstrip("0123456789"))
                rest = rest[: named.start()] + rest[named.end() :]
            else:
                column += 1
            cells[column] = Cell(rest, inner)
        return cells

    def heads(self, row: Row) -> Iterator[tuple[int, str]]:
        """Column and attributes of each cell."""
        if not self.plain:
            return ((column, cell.rest) for column, cell in self.cells(row).items())
        return ((column_number(letters), rest) for letters, rest in self._head.findall(row.body))

    def cell(self, row: Row, column: int) -> Cell | None:
        """One cell of a row."""
        if not self.plain:
            return self.cells(row).get(column)
        p, body = self.prefix, row.body
        start = body.find(f'<{p}c r="{column_letters(column)}{row.number}"')
        if start < 0:
            return None
        rest = body.index('"', start + len(p) + 6) + 1
        end = body.index(">", rest)
        if body[end - 1] == "/":
            return Cell(body[rest : end - 1], "")
        return Cell(body[rest:end], body[end + 1 : body.index(f"</{p}c>", end)])

    def read(self, cell: Cell, strings: SharedStrings | None) -> Read:
        """What a cell holds; a formula's cached value."""
        rest, inner = cell
        if not inner:
            return None
        if inner.startswith("<v>") and inner.find("<", 3) == len(inner) - 4:
            if 't="s"' in rest:
                return strings.text(int(inner[3:-4])) if strings is not None else ""
            if "t=" not in rest:
                return _number(inner[3:-4])
        kind = attributes(cell.rest).get("t", "n")
        if kind == "inlineStr":
            inline = self._inline.search(cell.inner)
            return item_text(inline[1], self.prefix) if inline else None
        value = self._value.search(cell.inner)
        if value is None:
            return None
        text = unescape(value[1])
        if kind == "s":
            return strings.text(int(text)) if strings is not None and text.strip().isdigit() else ""
        if kind == "b":
            return text.strip() in ("1", "true")
        if kind == "n":
            return _number(text)
        return item_text(f"<{self.prefix}t>{value[1]}</{self.prefix}t>", self.prefix)

    def reader(self, columns: Sequence[int], strings: SharedStrings | None) -> Callable[[Row], list[Read]]:
        """What reads some columns of rows, as `read` does; equal cells are looked at once."""
        known = _Known(lambda found: self.read(Cell(*found[1:]), strings))
        letters = list(map(column_letters, columns))
        p = self.prefix
        some = re.compile(
            rf'<{p}c r="({"|".join(letters)})[0-9]+"([^>/]*(?:/(?!>)[^>/]*)*)(?:/>|>(.*?)</{p}c>)', re.DOTALL
        )

        def plain(row: Row) -> list[Read]:
            held = {found[0]: known[found] for found in some.findall(row.body)}
            return list(map(held.get, letters))

        def any_kind(row: Row) -> list[Read]:
            cells = self.cells(row)
            return [self.read(cells[column], strings) if column in cells else None for column in columns]

        return plain if self.plain else any_kind

    # --- formulas -----------------------------------------------------------------------------------
    def formula(self, cell: Cell, row: int, column: int, own: str) -> FormulaCell | None:
        """The formula of a cell, a shared one as if it were its own; None for a cell without."""
        if self.formula_mark not in cell.inner:
            return None
        found = self.formula_pattern.search(cell.inner)
        if found is None:
            return None
        given = attributes(found[1])
        text = unescape(found[2] or "")
        if given.get("t") == "shared":
            group = self.shared(own).get(given.get("si", ""))
            if not text and group is not None:
                master, at_row, at_column = group
                text = shifted(master, own, row - at_row, across=column - at_column)
            given = {key: value for key, value in given.items() if key not in ("t", "ref", "si")}
        return FormulaCell(given, text, cell.inner[: found.start()], cell.inner[found.end() :])

    def shared(self, own: str) -> dict[str, tuple[str, int, int]]:
        """Groups of shared formulas: index → formula, row and column of its first cell."""
        if self._shared is None:
            self._shared = {}
            for row in self._by_number.values():
                if '"shared"' not in row.body:
                    continue
                for column, cell in self.cells(row).items():
                    found = self.formula_pattern.search(cell.inner) if '"shared"' in cell.inner else None
                    if found is None or not found[2]:
                        continue
                    given = attributes(found[1])
                    if given.get("t") == "shared":
                        self._shared.setdefault(given.get("si", ""), (unescape(found[2]), row.number, column))
        return self._shared

    def has_values(self, body: str) -> bool:
        """Whether any cell holds something."""
        return any(inner for _, _, inner in self._cell.findall(body))

    # --- writing ------------------------------------------------------------------------------------
    def renumbered(self, body: str, number: int) -> str:
        """A row's body with its cells named after another row. Cells without a name stay so."""
        return self._named.sub(rf'\g<1>{number}"', body)

    def cell_text(self, column: int, row: int, rest: str, inner: str) -> str:
        p = self.prefix
        start = f'<{p}c r="{column_letters(column)}{row}"{rest}'
        return f"{start}>{inner}</{p}c>" if inner else f"{start}/>"

    def row_text(self, number: int, rest: str, body: str) -> str:
        p = self.prefix
        start = f'<{p}row r="{number}"{rest}'
        return f"{start}>{body}</{p}row>" if body else f"{start}/>"


def pieces(texts: Iterable[str], size: int = 1 << 16) -> Iterator[bytes]:
    """Texts joined to pieces of bytes that are worth handing on."""
    held: list[str] = []
    length = 0
    for text in texts:
        held.append(text)
        length += len(text)
        if length >= size:
            yield "".join(held).encode()
            held, length = [], 0
    if held:
        yield "".join(held).encode()


@lru_cache(maxsize=4096)
def with_attribute(rest: str, name: str, value: str | None) -> str:
    """Attributes (a leading blank, no `r`) with one of them set or taken away."""
    if value is None and f"{name}=" not in rest:
        return rest
    changed = set_attribute(rest, name, value).rstrip()
    return changed if not changed or changed.startswith(" ") else f" {changed}"


def _number(text: str) -> float | str | None:
    text = text.strip()
    if not text:
        return None
    try:
        return float(text)
    except ValueError:
        return text
