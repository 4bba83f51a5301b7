"""A1 references in formulas: found by a tokenizer, moved with their rows, shifted like a filled-down formula.

Left as they are: text in quotes, error values, structured references (`tblEntries[亮灯]`), references into other
workbooks (`[1]Sheet1!A1`), three-dimensional ones (`Jan:Mar!A1`), whole columns (`A:A`), names.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

from eduxl.ooxml.moves import LAST_ROW, SheetMoves

LAST_COLUMN = 16_384

_WORD = r"\w.\\?\u00b7"
_TOKEN = re.compile(
    rf"""
    (?P<text>"(?:[^"]|"")*")
  | (?P<outside>\[[^\[\]]*\][{_WORD}]+(?::[{_WORD}]+)?!|'(?:[^'\[]|'')*\[[^\]]*\](?:[^']|'')*'!)
  | (?P<structured>\[(?:[^\[\]']|'.|\[(?:[^\[\]']|'.|\[(?:[^\[\]']|'.)*\])*\])*\])
  | (?P<sheet>'(?:[^']|'')+'!|[{_WORD}]+(?::[{_WORD}]+)?!)
  | (?P<error>\#(?:REF!|DIV/0!|N/A|NAME\?|VALUE!|NUM!|NULL!|[A-Z_]+[!?]?))
  | (?P<ref>(?P<c1>\$?[A-Za-z]{{1,3}})(?P<r1>\$?[0-9]{{1,7}})
      (?::(?P<c2>\$?[A-Za-z]{{1,3}})(?P<r2>\$?[0-9]{{1,7}}))?(?![{_WORD}(!\[]))
  | (?P<columns>\$?[A-Za-z]{{1,3}}:\$?[A-Za-z]{{1,3}}(?![{_WORD}(!\[]))
  | (?P<rows>(?P<t1>\$?[0-9]{{1,7}}):(?P<t2>\$?[0-9]{{1,7}})(?![{_WORD}(!\[]))
  | (?P<number>[0-9]+(?:\.[0-9]*)?(?:[Ee][+-]?[0-9]+)?|\.[0-9]+(?:[Ee][+-]?[0-9]+)?)
  | (?P<word>[{_WORD}$]+)
    """,
    re.VERBOSE,
)


class Ref(NamedTuple):
    """A reference in a formula: one cell, a range, or whole rows (then the columns are 1 and the last).

    `sheet` is None for the formula's own sheet; `prefix` is the sheet as written, `!` included. Rows count
    from 1; `c1` and `c2` are the columns as written, "" for whole rows; `single` without a colon.
    """

    prefix: str
    sheet: str | None
    c1: str
    c2: str
    first: int
    last: int
    first_fixed: bool
    last_fixed: bool
    single: bool

    def columns(self) -> tuple[int, int]:
        if not self.c1:
            return 1, LAST_COLUMN
        left = column_number(self.c1)
        right = left if self.single else column_number(self.c2)
        return min(left, right), max(left, right)

    def at(self, first: int, last: int) -> str:
        """The same reference with other rows."""
        one = f"{self.c1}{'$' if self.first_fixed else ''}{first}"
        if self.single:
            return self.prefix + one
        return f"{self.prefix}{one}:{self.c2}{'$' if self.last_fixed else ''}{last}"


@lru_cache(maxsize=4096)
def column_number(letters: str) -> int:
    """1 for `A`, 27 for `$AA`."""
    number = 0
    for letter in letters.lstrip("$").upper():
        number = number * 26 + ord(letter) - 64
    return number


@lru_cache(maxsize=LAST_COLUMN)
def column_letters(number: int) -> str:
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def renamed(formula: str, old: str, new: str) -> str:
    """The formula with a table or defined name (whatever its case) replaced; text in quotes stays."""
    if old.lower() not in formula.lower():
        return formula
    return _TOKEN.sub(
        lambda found: new if found.lastgroup == "word" and found[0].lower() == old.lower() else found[0],
        formula,
    )


class Area(NamedTuple):
    """A rectangle of cells, rows and columns from 1, both ends included."""

    top: int
    left: int
    bottom: int
    right: int

    def __str__(self) -> str:
        one = f"{column_letters(self.left)}{self.top}"
        if (self.top, self.left) == (self.bottom, self.right):
            return one
        return f"{one}:{column_letters(self.right)}{self.bottom}"


_AREA = re.compile(r"^\$?([A-Za-z]{1,3})\$?([0-9]+)(?::\$?([A-Za-z]{1,3})\$?([0-9]+))?$")
_COLUMNS = re.compile(r"^\$?([A-Za-z]{1,3}):\$?([A-Za-z]{1,3})$")
_ROWS = re.compile(r"^\$?([0-9]+):\$?([0-9]+)$")


def area(text: str) -> Area | None:
    """The rectangle that a `ref` attribute names; whole columns and rows have all cells. None if it is none."""
    found = _AREA.match(text)
    if found:
        left, top = column_number(found[1]), int(found[2])
        right = column_number(found[3]) if found[3] else left
        bottom = int(found[4]) if found[4] else top
        return Area(min(top, bottom), min(left, right), max(top, bottom), max(left, right))
    if found := _COLUMNS.match(text):
        return Area(1, column_number(found[1]), LAST_ROW, column_number(found[2]))
    if found := _ROWS.match(text):
        return Area(int(found[1]), 1, int(found[2]), LAST_COLUMN)
    return None


@lru_cache(maxsize=8192)
def parsed(formula: str) -> tuple[str | Ref, ...]:
    """A formula as literal pieces and references."""
    pieces: list[str | Ref] = []
    prefix, known, done = "", True, 0
    for found in _TOKEN.finditer(formula):
        kind = found.lastgroup if found.lastgroup in ("sheet", "outside") else None
        if kind:
            prefix, known = found[0], kind == "sheet"
            # the prefix belongs to what follows it at once
            if formula[found.end() : found.end() + 1].isspace():
                prefix = ""
            continue
        ref = _reference(found, prefix) if known else None
        begin = found.start() - len(prefix) if ref is not None else found.start()
        if ref is not None:
            if begin > done:
                pieces.append(formula[done:begin])
            pieces.append(ref)
            done = found.end()
        prefix, known = "", True
    if done < len(formula):
        pieces.append(formula[done:])
    return tuple(pieces)


def _reference(found: re.Match[str], prefix: str) -> Ref | None:
    sheet: str | None = None
    if prefix:
        sheet = prefix[:-1]
        if sheet.startswith("'"):
            sheet = sheet[1:-1].replace("''", "'")
        if ":" in sheet:
            return None
    if found["ref"]:
        c1, c2, r1, r2 = found["c1"], found["c2"], found["r1"], found["r2"]
        single = r2 is None
        if single:
            c2, r2 = c1, r1
        if column_number(c1) > LAST_COLUMN or column_number(c2) > LAST_COLUMN:
            return None
    elif found["rows"]:
        c1, c2, r1, r2, single = "", "", found["t1"], found["t2"], False
    else:
        return None
    first, last = int(r1.lstrip("$")), int(r2.lstrip("$"))
    if not (1 <= first <= LAST_ROW and 1 <= last <= LAST_ROW):
        return None
    fixed1, fixed2 = r1.startswith("$"), r2.startswith("$")
    if first > last:
        first, last, fixed1, fixed2 = last, first, fixed2, fixed1
    return Ref(prefix, sheet, c1, c2, first, last, fixed1, fixed2, single)


def mentions(formula: str, sheets: Mapping[str, object], own: str) -> bool:
    """Whether a formula on sheet `own` refers to one of the sheets (keys in lower case) by A1 references."""
    return any(
        isinstance(piece, Ref) and (own if piece.sheet is None else piece.sheet).lower() in sheets
        for piece in parsed(formula)
    )


def moved(formula: str, own: str, moves: Mapping[str, SheetMoves], *, only_fixed: bool = False) -> str:
    """The formula with all its references following their rows; one to a deleted row becomes `#REF!`.

    `own` is the name of the sheet it stands on; `moves` has lower-case sheet names. With `only_fixed`, rows
    without `$` stay as they are: in defined names they are relative to whatever cell uses the name.
    """
    pieces = parsed(formula)
    if len(pieces) == 1 and isinstance(pieces[0], str):
        return formula
    out: list[str] = []
    for piece in pieces:
        if isinstance(piece, str):
            out.append(piece)
            continue
        sheet = moves.get((own if piece.sheet is None else piece.sheet).lower())
        if sheet is None or (only_fixed and not (piece.first_fixed and piece.last_fixed)):
            out.append(piece.at(piece.first, piece.last))
        else:
            out.append(_follow(piece, sheet))
    return "".join(out)


def _follow(ref: Ref, sheet: SheetMoves) -> str:
    left, right = ref.columns()
    if ref.single:
        row = sheet.row(ref.first, left)
        return f"{ref.prefix}#REF!" if row is None else ref.at(row, row)
    span = sheet.span(ref.first, ref.last, left, right)
    return f"{ref.prefix}#REF!" if span is None else ref.at(*span)


def shifted(
    formula: str,
    own: str,
    by: int,
    moves: Mapping[str, SheetMoves] | None = None,
    *,
    across: int = 0,
    follow: bool = False,
) -> str:
    """The formula as it reads `by` rows further down and `across` columns to the right, as when it is filled.

    Rows without `$` shift. Rows with `$` follow `moves` where it is given, the first and last row of a moved
    table staying its first and last row. With `follow`, only references to the own sheet shift, those to other sheets
    follow their rows: so a filled formula goes along when its row moves. Pushed off the sheet a reference becomes `#REF!`.
    """
    out: list[str] = []
    for piece in parsed(formula):
        if isinstance(piece, str):
            out.append(piece)
            continue
        name = (own if piece.sheet is None else piece.sheet).lower()
        sheet = moves.get(name) if moves else None
        fixed = piece.first_fixed and piece.last_fixed
        if fixed or (follow and name != own.lower()):
            text = piece.at(piece.first, piece.last) if sheet is None else _follow(piece, sheet)
            out.append(_across(text, piece, across) if across else text)
            continue
        columns = piece.columns()
        first = _end(piece.first, piece.first_fixed, by, sheet, columns)
        last = _end(piece.last, piece.last_fixed, by, sheet, columns)
        if min(first, last) >= 1 and max(first, last) <= LAST_ROW:
            text = piece.at(first, last)
            out.append(_across(text, piece, across) if across else text)
        else:
            out.append(f"{piece.prefix}#REF!")
    return "".join(out)


def _end(row: int, fixed: bool, by: int, sheet: SheetMoves | None, columns: tuple[int, int]) -> int:
    if not fixed:
        return row + by
    return row if sheet is None else sheet.edge(row, *columns)


_CELL = re.compile(r"(\$?)([A-Za-z]{1,3})(\$?[0-9]+)")


def _across(text: str, ref: Ref, by: int) -> str:
    """A reference as written with its columns without `$` moved to the right."""
    inside = text[len(ref.prefix) :]
    if not ref.c1 or inside == "#REF!":
        return text
    cells = []
    for fixed, letters, row in _CELL.findall(inside):
        column = column_number(letters) + (0 if fixed else by)
        if not 1 <= column <= LAST_COLUMN:
            return f"{ref.prefix}#REF!"
        cells.append(f"{fixed}{column_letters(column)}{row}")
    return ref.prefix + ":".join(cells)
