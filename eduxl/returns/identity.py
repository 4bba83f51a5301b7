"""Which unit a return is from and which round it is for.

The unit is found by hidden sheet → 单位 cell → file name → sheet name, in that order. Nothing is guessed: what
names no unit of the roster, or two, raises `Unidentified`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from attrs import define, evolve, field, frozen

from eduxl import labels as L
from eduxl.model import Unit, Warning
from eduxl.returns import codes, synonyms
from eduxl.returns.context import Context, UnitIndex
from eduxl.returns.normalise import plain
from eduxl.returns.tables import Table, is_any_header, not_taken, rows_in_words, spread
from eduxl.spreadsheet.sheets import Book, Grid

#: What a cell says, and where it is.
_Cell = tuple[str, str]


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
        return [Part(decided, _label(known) if known else decided, tables)]
    tables = [block for table in tables for block in _blocks(table)]
    if parts := _by_column(tables, roster):
        return parts
    cells = [unit_cell(table) or _column_cell(table) or ("", "") for table in tables]
    code = hidden.get("unit", "")
    if roster is None:
        return _as_written(tables, cells, code, path.rpartition("/")[2])
    named = {unit.code for text, _ in cells for unit in _units_in_cell(text, roster)}
    # Tables of several schools, moved into one workbook: the hidden sheet is that of one of them.
    if code and len(named) < 2:
        return [_by_code(code, tables, cells, roster)]
    return _by_names(path, tables, cells, roster)


def owner(table: Table, parts: Sequence[Part], roster: UnitIndex | None) -> Part:
    """Whose 指标填报 or 问题清单 a table is: the unit named above it or by its sheet, else the file's first."""
    if roster is None or len(parts) == 1:
        return parts[0]
    above = (cell for row in table.grid.rows[: table.first] for cell in row if isinstance(cell, str))
    for text in (*above, table.grid.name):
        unit = _only(roster.named_in(text))
        if part := next((part for part in parts if unit and part.unit == unit.code), None):
            return part
    return parts[0]


def _as_written(tables: list[Table], cells: Sequence[_Cell], code: str, name: str) -> list[Part]:
    """Parts without a roster: tables under different 单位 cells are different units."""
    parts: dict[str, Part] = {}
    for table, (text, _) in zip(tables, cells, strict=True):
        label = text or next(iter(parts), "")
        parts.setdefault(label, Part(code, label or code or name, [])).tables.append(table)
    return list(parts.values()) if len(parts) == 1 else [evolve(part, unit="") for part in parts.values()]


def _by_code(code: str, tables: list[Table], cells: Sequence[_Cell], roster: UnitIndex) -> Part:
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


def _by_names(path: str, tables: list[Table], cells: Sequence[_Cell], roster: UnitIndex) -> list[Part]:
    """The units named above each table, else by its sheet where there are several, else by the file's name.

    A table of nobody among others is told and left out; a file with nothing else is refused.
    """
    alone = len(tables) == 1
    by_file = _by_path(path, roster)
    if by_file is None and alone:
        by_file = _only(roster.named_in(tables[0].grid.name))
    parts: dict[str, Part] = {}
    nobodys: list[tuple[Table, str]] = []
    for table, (text, _) in zip(tables, cells, strict=True):
        named = _units_in_cell(text, roster)
        if not named and not alone:
            named = roster.named_in(table.grid.name)
        if unit := _only(named) or by_file:
            parts.setdefault(unit.code, Part(unit.code, _label(unit), [])).tables.append(table)
        else:
            nobodys.append((table, text))
    if not parts:
        table, text = nobodys[0]
        seen = "、".join(f"“{words}”" for words in (text, path, table.grid.name) if words)
        raise Unidentified("unknown-unit", what=f"没有隐藏信息，从{seen}也认不出名册里的一个单位")
    first = next(iter(parts.values()))
    for table, text in nobodys:
        first.warnings.append(_nobodys(table, text or table.grid.name))
    return list(parts.values())


def _nobodys(table: Table, what: str) -> Warning:
    """A table that no unit of the roster has."""
    rows = list(table.rows())
    place = table.at(table.first, min(table.columns.values()))
    said = f"等 {len(rows)} 行从“{what}”认不出是名册里的哪个单位"
    return not_taken(place, what, said, where=f"工作表“{table.grid.name}”")


# --- several units in one sheet -------------------------------------------------------------------
#: So many rows above a repeated header are looked through for its unit.
_TITLE_ROWS = 6


def _blocks(table: Table) -> list[Table]:
    """The tables of several schools, pasted one below the other: each with a 单位 cell and the header again."""
    rows = table.grid.rows
    height = table.last - table.first
    begins = [(table.top, table.first)]
    for at in table.rows():
        if table.repeats_header(rows[at]):
            above = range(at - 1, max(begins[-1][1] + height, at - _TITLE_ROWS), -1)
            named = (row for row in above if unit_cell(evolve(table, top=row, first=row + 1)))
            if (top := next(named, None)) is not None:
                while top - 1 in above and sum(cell != "" for cell in rows[top - 1]) == 1:
                    top -= 1  # its title
                begins.append((top, at))
    if len(begins) == 1:
        return [table]
    ends = [*(top for top, _ in begins[1:]), len(rows)]
    return [
        evolve(table, top=top, first=at, last=at + height, only=frozenset(range(at + height + 1, end)))
        for (top, at), end in zip(begins, ends, strict=True)
    ]


# --- several units in one table -------------------------------------------------------------------
def _by_column(tables: list[Table], roster: UnitIndex | None) -> list[Part]:
    """The units that the rows of the tables name in a 单位 column; [] unless there are two or more.

    Tables without such a column are the unit's that their sheet or the cell above them names.
    """
    shares = [(table, _shares(table, roster)) for table in tables]
    if sum(len(s.rows) + len(s.strangers) for _, s in shares) < 2 or not any(s.rows for _, s in shares):
        return []
    parts: dict[str, Part] = {}
    warnings: list[Warning] = []

    def take(label: str, table: Table) -> None:
        code = label.partition(" ")[0] if roster else ""
        parts.setdefault(label, Part(code, label, [])).tables.append(table)

    for table, share in shares:
        asides = share.asides
        for label, rows in share.rows.items():
            # What is nobody's row (totals, signatures) is told with the first unit.
            take(label, evolve(table, grid=share.grid, only=frozenset(rows | asides)))
            asides = set()
        if not share.rows:
            said = (unit_cell(table) or (table.grid.name, ""))[0]
            unit = _only(_units_in_cell(said, roster) or roster.named_in(said)) if roster else None
            if unit or roster is None:
                take(_label(unit) if unit else said, table)
            else:
                warnings.append(_nobodys(table, said))
        warnings += share.warnings
    next(iter(parts.values())).warnings.extend(warnings)
    return list(parts.values())


def _column_cell(table: Table) -> _Cell | None:
    """The only unit that a 单位 column names, and where first; None for none or several."""
    said: dict[str, str] = {}
    for place in (table.columns[name] for name in synonyms.UNIT_COLUMNS if name in table.columns):
        for at in table.rows():
            row = table.grid.rows[at]
            if table.names_task(row) and (text := plain(row[place])):
                said.setdefault(text, table.at(at, place))
    return next(iter(said.items())) if len(said) == 1 else None


@define
class _Share:
    """Who has which rows of a table: "code name" (as written, without a roster) → rows.

    `strangers` are names of nobody with their rows, `asides` rows that name no task.
    """

    grid: Grid
    rows: dict[str, set[int]] = field(factory=dict)
    strangers: dict[str, list[int]] = field(factory=dict)
    asides: set[int] = field(factory=set)
    warnings: list[Warning] = field(factory=list)


_SPREAD = (*synonyms.UNIT_COLUMNS, L.TASK_NO, L.TASK_TITLE)


def _shares(table: Table, roster: UnitIndex | None) -> _Share:
    """Divide the rows of a table by its 单位 column; no rows where it has none or an empty one."""
    places = [table.columns[name] for name in synonyms.UNIT_COLUMNS if name in table.columns]
    if not places:
        return _Share(table.grid)
    share = _Share(spread(table, [table.columns[name] for name in _SPREAD if name in table.columns]))
    label = stranger = ""
    rest = table.rows()
    for at in rest:
        row = share.grid.rows[at]
        if is_any_header(row) and not table.repeats_header(row):
            share.asides |= {at, *rest}
            break
        if not table.names_task(row):
            share.asides.add(at)
            continue
        texts = [text for place in places if (text := plain(row[place]))]
        if texts:
            named = {u.code: u for text in texts for u in _units_in_cell(text, roster)} if roster else {}
            unit = _only(tuple(named.values()))
            stranger = " ".join(texts)
            label = stranger if roster is None else _label(unit) if unit else ""
        elif label:
            where = table.at(at, places[0])
            share.warnings.append(codes.warning("unit-carried", cell=where, value=label))
        if label:
            share.rows.setdefault(label, set()).add(at)
        else:
            share.strangers.setdefault(stranger, []).append(at)
    for text, rows in share.strangers.items():
        what = "不在名册里，或不只是一个单位" if text else "没有写是哪个单位"
        cell = table.at(rows[0], places[0])
        share.warnings.append(not_taken(cell, text or "（空）", what, where=rows_in_words(table, rows)))
    return share


_DISTRICT = L.KINDS[2]


def _by_path(path: str, roster: UnitIndex) -> Unit | None:
    """The unit that the file's name names, else the nearest folder or archive around it that names one.

    A folder of a 学区 is none of these: it holds its schools' files.
    """
    name, *folders = reversed(path.split("/"))
    if unit := _only(roster.named_in(_stem(name))):
        return unit
    around = (_only(roster.named_in(_stem(folder))) for folder in folders)
    return next((unit for unit in around if unit and unit.kind != _DISTRICT), None)


def _only(units: Sequence[Unit]) -> Unit | None:
    return units[0] if len(units) == 1 else None


def _label(unit: Unit) -> str:
    return f"{unit.code} {unit.name}"


def _stem(name: str) -> str:
    stem, dot, ending = name.rpartition(".")
    return stem if dot and stem and ending.isascii() and len(ending) <= 5 else name


def unit_cell(table: Table) -> _Cell | None:
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
