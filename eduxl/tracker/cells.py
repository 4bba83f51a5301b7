"""Cells as the texts that every program keeps, and rows of them by a key. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from operator import itemgetter
from types import NoneType
from typing import Any

from eduxl import labels as L
from eduxl.celltext import cell_text
from eduxl.tracker.tables import Table

#: What no program keeps of a text, once line ends are alike.
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f]")


def text_of(value: Any) -> str:
    """A cell as text, with line ends and control characters as Excel keeps them."""
    text = value if type(value) is str else cell_text(value)
    if not text.isprintable() or "_x000D_" in text:
        text = _CONTROL.sub("", text.replace("_x000D_", "").replace("\r\n", "\n").replace("\r", "\n"))
    return text.strip()


def _shown_text(value: Any) -> str:
    """As `text_of`, with numbers rounded to what every program keeps."""
    if isinstance(value, int | float):
        return f"{value:.9g}"
    return text_of(value)


#: Types of which equal values have equal texts; not so 1.0 and True, or 0.0 and -0.0.
_ALIKE = {str, int, date, datetime, NoneType}


class Rows:
    """Rows under a header, whichever order the columns are in, by a key; each column is looked at as a whole."""

    def __init__(self, table: Table, key: Sequence[str]) -> None:
        self._at = {name: i for i, name in reversed(list(enumerate(table.columns)))}
        self._rows: Sequence[Sequence[Any]] = table.rows
        if L.FLAGS in self._at and L.MOVED_OUT in (flags := self._texts(L.FLAGS)):
            self._rows = [row for row, said in zip(table.rows, flags, strict=True) if said != L.MOVED_OUT]
        #: the key of each row, "" where a part is empty; none when a column of the key is not there
        self._keys: list[str] = []
        if all(part in self._at for part in key):
            parts = zip(*(self._texts(part) for part in key), strict=True)
            self._keys = ["|".join(of_row) if all(of_row) else "" for of_row in parts]

    def column(self, name: str) -> dict[str, str]:
        """Row key → text of a column; empty when the column or the key is not there."""
        if not self._keys or name not in self._at:
            return {}
        found: dict[str, str] = {}
        for key, text in zip(self._keys, self._texts(name), strict=True):
            if key:
                found.setdefault(key, text)
        return found

    def cells(self, columns: Iterable[str]) -> Counter[tuple[str, ...]]:
        """Rows as their key and the texts under those of the columns that are there; in any order, for a clerk may sort."""
        if not self._keys:
            return Counter()
        there = [name for name in columns if name in self._at]
        rows = zip(self._keys, *(self._texts(name, _shown_text) for name in there), strict=True)
        return Counter(row for row in rows if row[0])

    def _texts(self, name: str, said: Callable[[Any], str] = text_of) -> list[str]:
        values = list(map(itemgetter(self._at[name]), self._rows))
        if set(map(type, values)) <= _ALIKE:
            known = {value: said(value) for value in set(values)}
            return list(map(known.__getitem__, values))
        return list(map(said, values))
