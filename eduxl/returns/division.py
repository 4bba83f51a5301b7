"""Files of several units: which tables, and which rows of a table, are whose."""

from __future__ import annotations

from attrs import define, evolve, field, frozen

from eduxl import labels as L
from eduxl.model import Warning
from eduxl.returns import codes, synonyms
from eduxl.returns.context import UnitIndex
from eduxl.returns.named import label, only, unit_cell, units_in_cell
from eduxl.returns.normalise import plain
from eduxl.returns.tables import Table, is_any_header, not_taken, rows_in_words, spread
from eduxl.spreadsheet.sheets import Grid


@frozen
class Part:
    """One unit's part of a file: its code ("" if no roster could tell), its label and its entry tables."""

    unit: str
    label: str
    tables: list[Table]
    warnings: list[Warning] = field(factory=list)


def nobodys(table: Table, what: str) -> Warning:
    """A table that no unit of the roster has."""
    rows = list(table.rows())
    place = table.at(table.first, min(table.columns.values()))
    said = f"等 {len(rows)} 行从“{what}”认不出是名册里的哪个单位"
    return not_taken(place, what, said, where=f"工作表“{table.grid.name}”")


# --- several units in one sheet -------------------------------------------------------------------
#: So many rows above a repeated header are looked through for its unit.
_TITLE_ROWS = 6


def blocks(table: Table) -> list[Table]:
    """The tables of several schools, pasted one below the other: each with a 单位 cell and the header again."""
    rows = table.grid.rows
    height = table.last - table.first
    begins = [(table.top, table.first)]
    # Most rows are told from a header by one cell.
    key = table.columns.get(L.TASK_NO, table.columns.get(L.TASK_TITLE, 0))
    heads = {rows[at][key] for at in (table.first, table.last)} - {""}
    for at in table.rows():
        if rows[at][key] in heads and table.repeats_header(rows[at]):
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
def by_column(tables: list[Table], roster: UnitIndex | None) -> list[Part]:
    """The units that the rows of the tables name in a 单位 column; [] unless there are two or more.

    Tables without such a column are the unit's that their sheet or the cell above them names.
    """
    shares = [(table, _shares(table, roster)) for table in tables]
    if sum(len(s.rows) + len(s.strangers) for _, s in shares) < 2 or not any(s.rows for _, s in shares):
        return []
    parts: dict[str, Part] = {}
    warnings: list[Warning] = []

    def take(whose: str, table: Table) -> None:
        code = whose.partition(" ")[0] if roster else ""
        parts.setdefault(whose, Part(code, whose, [])).tables.append(table)

    for table, share in shares:
        asides = share.asides
        for whose, rows in share.rows.items():
            # What is nobody's row (totals, signatures) is told with the first unit.
            take(whose, evolve(table, grid=share.grid, only=frozenset(rows | asides)))
            asides = set()
        if not share.rows:
            said = (unit_cell(table) or (table.grid.name, ""))[0]
            unit = only(units_in_cell(said, roster) or roster.named_in(said)) if roster else None
            if unit or roster is None:
                take(label(unit) if unit else said, table)
            else:
                warnings.append(nobodys(table, said))
        warnings += share.warnings
    next(iter(parts.values())).warnings.extend(warnings)
    return list(parts.values())


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
    whose = stranger = ""
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
            named = {u.code: u for text in texts for u in units_in_cell(text, roster)} if roster else {}
            unit = only(tuple(named.values()))
            stranger = " ".join(texts)
            whose = stranger if roster is None else label(unit) if unit else ""
        elif whose:
            where = table.at(at, places[0])
            share.warnings.append(codes.warning("unit-carried", cell=where, value=whose))
        if whose:
            share.rows.setdefault(whose, set()).add(at)
        else:
            share.strangers.setdefault(stranger, []).append(at)
    for text, rows in share.strangers.items():
        what = "不在名册里，或不只是一个单位" if text else "没有写是哪个单位"
        cell = table.at(rows[0], places[0])
        share.warnings.append(not_taken(cell, text or "（空）", what, where=rows_in_words(table, rows)))
    return share
