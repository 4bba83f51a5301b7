"""Which unit a return is from and which round it is for.

The unit is found by hidden sheet → 单位 cell → file name → sheet name, in that order. Nothing is guessed: what
names no unit of the roster, or two, raises `Unidentified`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from attrs import field, frozen

from eduxl import labels as L
from eduxl.model import Unit, Warning
from eduxl.returns import codes, synonyms
from eduxl.returns.context import Context, UnitIndex
from eduxl.returns.normalise import plain
from eduxl.returns.sheets import Book
from eduxl.returns.tables import Table


class Unidentified(Exception):
    """The file is nobody's, or meant for another tracker or round: `rejection` says which."""

    def __init__(self, code: str, **words: object) -> None:
        super().__init__(code)
        self.rejection = codes.rejection(code, **words)


@frozen
class Part:
    """One unit's part of a file: its code ("" if no roster could tell), its label and its entry tables."""

    unit: str
    label: str
    tables: list[Table]
    warnings: list[Warning] = field(factory=list)


# --- the round ------------------------------------------------------------------------------------
def hidden_facts(book: Book) -> dict[str, str]:
    """The hidden sheet's keys and values; {} where it is gone."""
    if L.META not in book.names:
        return {}
    return {plain(row[0]): plain(row[1]) for row in book.grid(L.META).rows if len(row) > 1 and row[0] != ""}


def check_origin(hidden: Mapping[str, str], context: Context) -> None:
    """Raise Unidentified where the hidden facts name another tracker or round than the context's."""
    theirs = hidden.get("tracker")
    if theirs and context.tracker and theirs != context.tracker:
        raise Unidentified("wrong-tracker", theirs=theirs, ours=context.tracker)
    theirs = hidden.get("round")
    if theirs and context.round and theirs != context.round.id:
        raise Unidentified("wrong-round", theirs=theirs, ours=context.round.id)


def year_of(round_id: str | None, context: Context) -> int | None:
    """The year of dates that are written without one: the round's, else the plan's."""
    if round_id and round_id[:4].isdigit() and round_id[4:5] == "-":
        return int(round_id[:4])
    return context.year


# --- the unit -------------------------------------------------------------------------------------
def identify(
    name: str, tables: list[Table], hidden: Mapping[str, str], roster: UnitIndex | None, decided: str | None
) -> list[Part]:
    """Each unit of a file, with its tables. Raises Unidentified where one is unknown.

    `name` is the file's; `decided` a unit's code by which nothing in the file is asked.
    """
    if decided:
        known = roster.unit(decided) if roster else None
        return [Part(decided, _label(known) if known else decided, tables)]
    cells = [_unit_cell(table) for table in tables]
    code = hidden.get("unit", "")
    if roster is None:
        label = next((text for text, _ in cells if text), "") or code or name
        return [Part(code, label, tables)]
    if code:
        return [_by_code(code, tables, cells, roster)]
    return _by_names(name, tables, [text for text, _ in cells], roster)


def _by_code(code: str, tables: list[Table], cells: Sequence[tuple[str, str]], roster: UnitIndex) -> Part:
    """The unit of the hidden sheet; a 单位 cell may be mistyped, but must not name another one."""
    known = roster.unit(code)
    if known is None:
        raise Unidentified("unknown-unit", what=f"隐藏信息里的单位编码“{code}”不在名册里")
    part = Part(known.code, _label(known), tables)
    for text, where in cells:
        named = _units_in_cell(text, roster)
        if other := next((unit for unit in named if unit != known), None):
            what = f"这是发给“{part.label}”的表，但“单位”一格写的是“{_label(other)}”"
            raise Unidentified("unknown-unit", what=what)
        if text and not named:
            part.warnings.append(codes.warning("given-cell-edited", cell=where, value=text, given=part.label))
    return part


def _by_names(name: str, tables: list[Table], cells: list[str], roster: UnitIndex) -> list[Part]:
    """The units named above each table, else by its sheet where there are several, else by the file's name."""
    alone = len(tables) == 1
    own = []
    for table, text in zip(tables, cells, strict=True):
        named = _units_in_cell(text, roster)
        if not named and not alone:
            named = roster.named_in(table.grid.name)
        own.append(_only(named))
    by_file = _only(roster.named_in(_stem(name)))
    if by_file is None and alone:
        by_file = _only(roster.named_in(tables[0].grid.name))
    parts: dict[str, Part] = {}
    for table, found in zip(tables, own, strict=True):
        unit = found or by_file
        if unit is None:
            seen = "、".join(f"“{text}”" for text in (cells[0], name, table.grid.name) if text)
            raise Unidentified("unknown-unit", what=f"没有隐藏信息，从{seen}也认不出名册里的一个单位")
        parts.setdefault(unit.code, Part(unit.code, _label(unit), [])).tables.append(table)
    return list(parts.values())


def _only(units: Sequence[Unit]) -> Unit | None:
    return units[0] if len(units) == 1 else None


def _label(unit: Unit) -> str:
    return f"{unit.code} {unit.name}"


def _stem(name: str) -> str:
    stem, dot, ending = name.rpartition(".")
    return stem if dot and stem and ending.isascii() and len(ending) <= 5 else name


def _unit_cell(table: Table) -> tuple[str, str]:
    """What stands after “单位：” above the table, and where; ("", "") where nothing does."""
    for r, row in enumerate(table.grid.rows[: table.first]):
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
                return "", ""
    return "", ""


def _without_suffix(text: str) -> str:
    for suffix in synonyms.UNIT_SUFFIXES:
        text = text.removesuffix(suffix).rstrip()
    return text


_BRACKETS = re.compile(r"（[^）]*）|\([^)]*\)")
_PIECES = re.compile(r"[\s、，,；;：:_]+")


def _units_in_cell(text: str, roster: UnitIndex) -> tuple[Unit, ...]:
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
