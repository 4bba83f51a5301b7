"""A roster workbook's sheets as text: finding a table by its header words, its cells, its faults.

Pure: `workbook.py` turns a file into this form.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any, Literal

from attrs import frozen

from eduxl import labels as L
from eduxl.roster import rules as R
from eduxl.roster.names import key

Level = Literal["error", "warning"]

#: A header is looked for in this many rows; titles and notes may stand above it.
HEADER_ROWS = 10


@frozen
class Finding:
    """Something in a roster workbook to mend. `error`: the roster cannot be used until then.

    `cell` is like `名册!A5`, `value` what stands there; `message` and `fix` are Chinese.
    """

    level: Level
    code: str
    cell: str
    value: str
    message: str
    fix: str = ""


@frozen
class SheetText:
    """One sheet's cells as text, from A1; rows may differ in length."""

    name: str
    rows: tuple[tuple[str, ...], ...] = ()


@frozen
class Table:
    """A sheet with its header found: `columns` maps a fixed column name to its 0-based place."""

    sheet: SheetText
    header: int
    columns: Mapping[str, int]

    def where(self, row: int, column: str | None = None) -> str:
        """`名册!B5`; without a column (or one that the sheet lacks), column A."""
        place = self.columns.get(column, 0) if column else 0
        return f"{self.sheet.name}!{_letters(place)}{row + 1}"

    def cell(self, row: int, column: str) -> str:
        """The text of a cell, "" where the sheet lacks the column or the row is short."""
        place = self.columns.get(column)
        cells = self.sheet.rows[row]
        return cells[place] if place is not None and place < len(cells) else ""

    def records(self) -> Iterator[int]:
        """The rows below the header that have anything in our columns."""
        for row in range(self.header + 1, len(self.sheet.rows)):
            if any(self.cell(row, column).strip() for column in self.columns):
                yield row


def _letters(place: int) -> str:
    name, place = "", place + 1
    while place:
        place, rest = divmod(place - 1, 26)
        name = chr(65 + rest) + name
    return name


@cache
def spellings() -> dict[str, Any]:
    text = files("eduxl.roster").joinpath("data", "spellings.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def _header_word(text: str) -> str:
    """A header cell without the marks that clerks add: `单位编码*`, `学段（可多选）`."""
    return re.sub(r"\(.*?\)|[*:]", "", key(text))


def roster_header(text: str) -> str | None:
    word = _header_word(text)
    word = spellings()["headers"].get(word, word)
    return word if word in L.ROSTER_COLUMNS else None


def rules_header(text: str) -> str | None:
    word = _header_word(text)
    return word if word in R.RULE_COLUMNS else None


def find_table(
    sheets: Sequence[SheetText], names: tuple[str, ...], column_of: Callable[[str], str | None]
) -> Table | None:
    """The first sheet with our header words; sheets with one of `names` are looked at before all others."""

    def rank(sheet: SheetText) -> int:
        word = key(sheet.name)
        return names.index(word) if word in names else len(names)

    for sheet in sorted(sheets, key=rank):
        for row, cells in enumerate(sheet.rows[:HEADER_ROWS]):
            columns: dict[str, int] = {}
            for place, text in enumerate(cells):
                column = column_of(text)
                if column is not None:
                    columns.setdefault(column, place)
            if len(columns) >= 2 and columns.keys() & {L.UNIT_CODE, L.UNIT_NAME, R.GROUP_NAMES}:
                return Table(sheet, row, columns)
    return None


def is_filled(sheet: SheetText) -> bool:
    return any(text.strip() for row in sheet.rows for text in row)


def no_table(sheets: Sequence[SheetText]) -> Finding:
    filled = [sheet for sheet in sheets if is_filled(sheet)]
    best = next((sheet for sheet in sheets if key(sheet.name) == L.ROSTER_SHEET), None)
    name = (best or (filled or [*sheets, SheetText(L.ROSTER_SHEET)])[0]).name
    if not filled:
        return Finding(
            "error",
            "empty-roster",
            f"{name}!A1",
            "",
            "名册是空的",
            "请填写单位后再用，空白名册可用 eduxl roster new 生成。",
        )
    return Finding(
        "error",
        "no-header",
        f"{name}!A1",
        "",
        f"找不到名册的表头（前 {HEADER_ROWS} 行里没有“{L.UNIT_CODE}”“{L.UNIT_NAME}”等列名）",
        f"请用 eduxl roster new 生成的名册，或把表头改成：{L.SEP.join(L.ROSTER_COLUMNS)}。",
    )
