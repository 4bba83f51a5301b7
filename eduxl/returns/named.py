"""Which units cells, file names and folders name, always exactly. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from eduxl import labels as L
from eduxl.model import Unit
from eduxl.returns import synonyms
from eduxl.returns.context import UnitIndex
from eduxl.returns.normalise import plain
from eduxl.returns.tables import Table

#: What a cell says, and where it is.
Cell = tuple[str, str]

_SCHOOL = L.KINDS[1]


def by_name(path: str, roster: UnitIndex) -> Unit | None:
    """The unit that a file's name names, its folders apart."""
    return only(roster.named_in(_stem(path.rpartition("/")[2])))


def by_path(path: str, roster: UnitIndex) -> Unit | None:
    """The unit that the file's name names, else the nearest folder or archive around it that does.

    A folder is called like its unit, or holds a school's name: what a 学区 or 股室 is named in collects the files of
    others (洪水学区, 基教股收的表).
    """
    if unit := by_name(path, roster):
        return unit
    for folder in reversed(path.split("/")[:-1]):
        unit = only(roster.named_in(_stem(folder)))
        if unit and (
            unit.kind == _SCHOOL or (roster.find(_stem(folder)) == unit and unit.kind != L.KINDS[2])
        ):
            return unit
    return None


def only(units: Sequence[Unit]) -> Unit | None:
    return units[0] if len(units) == 1 else None


def label(unit: Unit) -> str:
    return f"{unit.code} {unit.name}"


def _stem(name: str) -> str:
    stem, dot, ending = name.rpartition(".")
    return stem if dot and stem and ending.isascii() and len(ending) <= 5 else name


def unit_cell(table: Table) -> Cell | None:
    """What stands after “单位：” above the table, and where."""
    for r, row in enumerate(table.grid.rows[table.top : table.first], table.top):
        for c, cell in enumerate(row):
            if not isinstance(cell, str) or len(cell) < 2:
                continue
            before, colon, after = cell.replace(":", "：", 1).partition("：")
            if "".join(before.split("（")[0].split()) not in synonyms.UNIT_LABELS:
                continue
            if value := _without_suffix(plain(after)):
                return value, table.at(r, c)
            for right in range(c + 1, len(row)):
                if text := plain(row[right]):
                    if "：" in text or ":" in text:
                        break
                    return _without_suffix(text), table.at(r, right)
            if colon:
                return None
    return None


def _without_suffix(text: str) -> str:
    for suffix in synonyms.UNIT_SUFFIXES:
        text = text.removesuffix(suffix).rstrip()
    return text


_BRACKETS = re.compile(r"（[^）]*）|\([^)]*\)")
_PIECES = re.compile(r"[\s、，,；;：:_]+")


def units_in_cell(text: str, roster: UnitIndex) -> tuple[Unit, ...]:
    """The units a 单位 cell names: as a whole, or piece by piece ("code name", "name （2022年6月）"), always
    exactly.
    """
    if not text:
        return ()
    if unit := roster.find(text):
        return (unit,)
    code, _, name = text.partition(" ")
    both = [roster.find(code), roster.find(name)]
    if not any(both):
        both = [roster.find(piece) for piece in _PIECES.split(_BRACKETS.sub(" ", text)) if piece]
    return tuple({unit.code: unit for unit in both if unit is not None}.values())


def column_cell(table: Table) -> Cell | None:
    """The only unit that a 单位 column names, and where first; None for none or several."""
    said: dict[str, str] = {}
    for place in (table.columns[name] for name in synonyms.UNIT_COLUMNS if name in table.columns):
        for at in table.rows():
            row = table.grid.rows[at]
            if table.names_task(row) and (text := plain(row[place])):
                said.setdefault(text, table.at(at, place))
    return next(iter(said.items())) if len(said) == 1 else None
