"""Which unit a return is from and which round it is for.

The unit is found by hidden sheet → 单位 cell → file name → sheet name, in that order. Nothing is guessed: what
names no unit of the roster, or two, raises `Unidentified`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from attrs import evolve

from eduxl import labels as L
from eduxl.model import Unit, Warning
from eduxl.returns import codes, synonyms
from eduxl.returns.codes import Rejection
from eduxl.returns.context import Context, UnitIndex
from eduxl.returns.division import Part, blocks, by_column, nobodys
from eduxl.returns.named import Cell, by_name, by_path, column_cell, label, only, unit_cell, units_in_cell
from eduxl.returns.normalise import plain
from eduxl.returns.tables import Table, not_taken
from eduxl.spreadsheet.sheets import Book


class Unidentified(Exception):
    """The file is nobody's, or meant for another tracker or round: `rejection` says which."""

    def __init__(self, rejection: Rejection) -> None:
        super().__init__(rejection.code)
        self.rejection = rejection


def _refuse(code: str, **words: object) -> Unidentified:
    return Unidentified(codes.rejection(code, **words))


# --- the round ------------------------------------------------------------------------------------
def hidden_facts(book: Book) -> dict[str, str]:
    """The hidden sheet's keys and values; {} where it is gone."""
    if L.META not in book.names:
        return {}
    return {plain(row[0]): plain(row[1]) for row in book.grid(L.META).rows if len(row) > 1 and row[0] != ""}


def check_origin(hidden: Mapping[str, str], context: Context) -> None:
    """Raise Unidentified for a master, and where the hidden facts name another tracker or round than the context's."""
    if "generation" in hidden:
        raise Unidentified(codes.MASTER)
    theirs = hidden.get("tracker")
    if theirs and context.tracker and theirs != context.tracker:
        raise _refuse("wrong-tracker", theirs=_round_in_words(hidden))
    theirs = hidden.get("round")
    if theirs and context.round and theirs != context.round.id:
        raise _refuse("wrong-round", theirs=theirs, ours=context.round.id)


def _round_in_words(hidden: Mapping[str, str]) -> str:
    round_id = hidden.get("round", "")
    return f" {round_id} 轮" if round_id else ""


# --- the unit -------------------------------------------------------------------------------------
def identify(
    path: str, tables: list[Table], hidden: Mapping[str, str], roster: UnitIndex | None, decided: str | None
) -> list[Part]:
    """Each unit of a file, with its tables. Raises Unidentified where one is unknown.

    `path` is the file's with the folders and archives it lies in; `decided` a unit's code by which nothing in
    the file is asked.
    """
    if decided:
        known = roster.unit(decided) if roster else None
        return [Part(decided, label(known) if known else decided, tables)]
    tables = [block for table in tables for block in blocks(table)]
    tables = [table for table in tables if next(table.rows(), None) is not None] or tables[:1]
    code = hidden.get("unit", "")
    home = roster.unit(code) if roster and code else None
    if roster and code and home is None:
        raise _refuse("unknown-unit", what=f"隐藏信息里的单位编码“{code}”不在名册里")
    # In a school's own form a column such as 单位 is its own affair; a 学区 collects its schools' rows in one.
    if (home is None or home.kind == _DISTRICT) and (parts := by_column(tables, roster)):
        return parts
    cells = [unit_cell(table) or column_cell(table) or ("", "") for table in tables]
    if roster is None:
        return _as_written(tables, cells, code, path.rpartition("/")[2])
    parts = _at_home(home, tables, cells, roster) if home else _by_names(path, tables, cells, roster)
    named = by_name(path, roster)
    if named and len(parts) == 1 and parts[0].unit != named.code:
        given = parts[0].label
        parts[0].warnings.append(codes.warning("name-differs", value=path.rpartition("/")[2], given=given))
    return parts


_DISTRICT = L.KINDS[2]


def owner(table: Table, parts: Sequence[Part], roster: UnitIndex | None) -> Part:
    """Whose 指标填报 or 问题清单 a table is: the unit named above it or by its sheet, else the file's first."""
    if roster is None or len(parts) == 1:
        return parts[0]
    above = (cell for row in table.grid.rows[: table.first] for cell in row if isinstance(cell, str))
    for text in (*above, table.grid.name):
        unit = only(roster.named_in(text))
        if part := next((part for part in parts if unit and part.unit == unit.code), None):
            return part
    return parts[0]


def _as_written(tables: list[Table], cells: Sequence[Cell], code: str, name: str) -> list[Part]:
    """Parts without a roster: tables under different 单位 cells are different units."""
    parts: dict[str, Part] = {}
    for table, (text, _) in zip(tables, cells, strict=True):
        label = text or next(iter(parts), "")
        parts.setdefault(label, Part(code, label or code or name, [])).tables.append(table)
    return list(parts.values()) if len(parts) == 1 else [evolve(part, unit="") for part in parts.values()]


def _at_home(home: Unit, tables: list[Table], cells: Sequence[Cell], roster: UnitIndex) -> list[Part]:
    """The unit of the hidden sheet; a 单位 cell may be mistyped, but must not name another one.

    Sheets of other schools beside its own, as where a 学区 moved several forms into one workbook, are theirs. A table of
    another school below its own on one sheet is an example, or a mistake: it is told and left out.
    """
    part = Part(home.code, label(home), [])
    others: dict[str, Part] = {}
    strange: list[tuple[Table, Unit]] = []
    for table, (text, where) in zip(tables, cells, strict=True):
        named = units_in_cell(text, roster)
        if other := next((unit for unit in named if unit != home), None):
            strange.append((table, other))
            continue
        part.tables.append(table)
        if text and not named:
            part.warnings.append(codes.warning("given-cell-edited", cell=where, value=text, given=part.label))
    if strange and not part.tables:
        what = f"这是发给“{part.label}”的表，但“单位”一格写的是“{label(strange[0][1])}”"
        raise _refuse("unknown-unit", what=what)
    sheets = {table.grid.name for table in part.tables}
    for table, other in strange:
        if table.grid.name in sheets:
            part.warnings.append(_example(table, other))
        else:
            others.setdefault(other.code, Part(other.code, label(other), [])).tables.append(table)
    return [part, *others.values()]


def _example(table: Table, other: Unit) -> Warning:
    place = table.at(table.first, min(table.columns.values()))
    return not_taken(place, label(other), f"的表（{len(list(table.rows()))} 行）和本单位的在同一张工作表里")


def _by_names(path: str, tables: list[Table], cells: Sequence[Cell], roster: UnitIndex) -> list[Part]:
    """The units named above each table, else by its sheet where there are several, else by the file's name.

    A table without a name beside those of one unit is that unit's too; among those of several it is nobody's, told and
    left out. A file with nothing else is refused.
    """
    alone = len(tables) == 1
    by_file = by_path(path, roster)
    if by_file is None and alone:
        by_file = only(roster.named_in(tables[0].grid.name))
    own = []
    for table, (text, _) in zip(tables, cells, strict=True):
        named = units_in_cell(text, roster)
        if not named and not alone:
            named = roster.named_in(table.grid.name)
        own.append(only(named))
    known = {unit.code: unit for unit in own if unit}
    rest = by_file if not known else only(tuple(known.values()))
    if rest and known and by_file and by_file != rest:
        rest = None
    taken = {row for table, unit in zip(tables, own, strict=True) if unit for row in _keys(table)}
    parts: dict[str, Part] = {}
    nobodys_tables: list[tuple[Table, str]] = []
    for table, found, (text, _) in zip(tables, own, cells, strict=True):
        stranger = known and (
            text or table.grid.name.endswith(synonyms.UNIT_ENDINGS) or not taken.isdisjoint(_keys(table))
        )
        if unit := found or (None if stranger else rest):
            parts.setdefault(unit.code, Part(unit.code, label(unit), [])).tables.append(table)
        else:
            nobodys_tables.append((table, text))
    if not parts:
        table, text = nobodys_tables[0]
        seen = "、".join(f"“{words}”" for words in (text, path, table.grid.name) if words)
        raise _refuse("unknown-unit", what=f"没有隐藏信息，从{seen}也认不出名册里的一个单位")
    first = next(iter(parts.values()))
    for table, text in nobodys_tables:
        first.warnings.append(nobodys(table, text or table.grid.name))
    return list(parts.values())


def _keys(table: Table) -> set[str]:
    """What stands under 任务编号, else 任务名称: tables of one unit do not have the same."""
    place = table.columns.get(L.TASK_NO, table.columns.get(L.TASK_TITLE, 0))
    return {text for at in table.rows() if (text := plain(table.grid.rows[at][place]))}
