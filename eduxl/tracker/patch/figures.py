"""首页 and 总览: cells that stand at a fixed distance from a defined name, wherever the clerk's changes brought it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from eduxl import labels as L
from eduxl.ooxml import Formula, NewRow, Value
from eduxl.ooxml.references import area, shifted
from eduxl.tracker.layout import home as H
from eduxl.tracker.layout import overview as O
from eduxl.tracker.layout.placed import Placed, cell_name
from eduxl.tracker.layout.style import clean, row_height
from eduxl.tracker.patch.tables import is_one_of, plain

if TYPE_CHECKING:
    from eduxl.tracker.patch import Patch
    from eduxl.tracker.patch.target import Sheet, Workbook

#: Zero-based row and column.
Spot = tuple[int, int]
#: The last row of a group's block is looked for in so many rows.
_MOST_GROUPS = 500
#: Heights that we give to the steps on 首页; another one is the clerk's.
_STEP_HEIGHTS = (H.ROW, *(row_height(lines) for lines in range(2, 9)))


# --- names ----------------------------------------------------------------------------------------
def named_spots(workbook: Workbook, sheet: str, names: Iterable[str]) -> dict[str, Spot]:
    """Where defined names point to on a sheet, those left out that are gone or point elsewhere."""
    known = {item.name.lower(): item.text for item in workbook.defined_names if item.sheet is None}
    found: dict[str, Spot] = {}
    for name in names:
        where, _, cell = known.get(name.lower(), "").rpartition("!")
        place = area(cell.replace("$", ""))
        if place is not None and where.strip("'").replace("''", "'").lower() == sheet.lower():
            found[name] = place.top - 1, place.left - 1
    return found


def _layout_spots(patch: Patch) -> dict[str, dict[str, Spot]]:
    settings = {name: (cell.row, cell.col) for name, cell in H.setting_cells(patch.view.home).items()}
    numbers = {name: (H.NUMBER_ROW, H.CARDS[i][0]) for i, name in enumerate(H.NUMBERS)}
    return {
        L.HOME: {**H.ANCHORS, **settings, **numbers},
        L.OVERVIEW: O.overview_layout(patch.view).anchors,
    }


def set_anchors(patch: Patch) -> None:
    """Give the names that are gone, or whose sheet was made anew, their places back."""
    for sheet, spots in _layout_spots(patch).items():
        known = {} if sheet in patch.fresh else named_spots(patch.workbook, sheet, spots)
        for name, spot in spots.items():
            if name not in known:
                patch.workbook.set_name(name, f"'{sheet}'!{cell_name(*spot, fixed=True)}")


def _write(
    patch: Patch,
    sheet: Sheet,
    cells: Iterable[Placed],
    layout: Mapping[str, Spot],
    spots: Mapping[str, Spot],
    below: int = 0,
) -> None:
    """Write cells where their anchors, the last ones at or above them, stand now.

    `below` is by how much these rows are about to shift; formulas speak of the rows as they will be.
    """
    out: dict[str, Value] = {}
    for cell in cells:
        name = max((n for n in layout if layout[n][0] <= cell.row), key=lambda n: layout[n][0])
        down, across = (now - then for now, then in zip(spots[name], layout[name], strict=True))
        out[cell_name(cell.row + down, cell.col + across)] = _value(patch, sheet, cell, down + below, across)
    sheet.write(out)


def _value(patch: Patch, sheet: Sheet, cell: Placed, down: int, across: int) -> Value:
    value = cell.value
    if isinstance(value, Formula):
        text = patch.named(value.text.removeprefix("="))
        return Formula(shifted(text, sheet.name, down, across=across), value.cached)
    return clean(value) if isinstance(value, str) else value


# --- 首页 ------------------------------------------------------------------------------------------
def patch_home(patch: Patch) -> None:
    home = patch.view.home
    sheet = patch.workbook.sheet(L.HOME)
    names = (*H.ANCHORS, *H.SETTINGS)
    spots = named_spots(patch.workbook, L.HOME, names)
    _write(patch, sheet, H.live_cells(patch.view), H.ANCHORS, spots)
    for name, cell in H.setting_cells(home).items():
        sheet.write({cell_name(*spots[name]): cell.value})
    first = spots["eduxl_steps"][0] + 2
    for row, line in enumerate(H.step_lines(home), first):
        needed = H.step_height(line) or H.ROW
        if is_one_of(sheet.height(row), _STEP_HEIGHTS) and sheet.height(row) != needed:
            sheet.set_height(row, needed)


# --- 总览 ------------------------------------------------------------------------------------------
def patch_overview(patch: Patch) -> None:
    """The groups' figures; where a revised plan has other projects, their rows come, go and move the rest."""
    layout = O.overview_layout(patch.view)
    sheet = patch.workbook.sheet(L.OVERVIEW)
    spots = named_spots(patch.workbook, L.OVERVIEW, layout.anchors)
    live = [cell for cell in layout.cells if O.is_live(cell)]
    block = layout.groups[0]
    top, left = spots[O.BY_PROJECT_ANCHOR]
    mine = [cell for cell in live if block.row <= cell.row < block.row + block.rows]
    count = _rows_now(sheet, top + 2, left)
    delta = len(patch.view.overview.by_project) - count
    _write(patch, sheet, [cell for cell in live if cell.row < block.row], layout.anchors, spots)
    _write(
        patch,
        sheet,
        [cell for cell in live if cell.row >= block.row + block.rows],
        layout.anchors,
        spots,
        delta,
    )
    if patch.view.overview.by_project:
        _replace_projects(sheet, patch, layout, mine, top, left, count)


def _rows_now(sheet: Sheet, first: int, col: int) -> int:
    """How many groups stand above the line of totals."""
    for i in range(_MOST_GROUPS):
        if plain(sheet.cell(cell_name(first + i, col))) == O.TOTAL:
            return max(1, i)
    return 1


def _replace_projects(
    sheet: Sheet, patch: Patch, layout: O.Layout, cells: list[Placed], top: int, left: int, count: int
) -> None:
    block = layout.groups[0]
    down, across = top - block.row, left - O.NAME
    header = {cell_name(top + 1, left): L.PROJECT}
    header |= {cell_name(top + 1, left + 1 + i): figure for i, figure in enumerate(O.FIGURES)}
    sheet.write({ref: text for ref, text in header.items() if plain(sheet.cell(ref)) != text})
    region = sheet.region(top + 2, (L.PROJECT, *O.FIGURES), first_row=top + 3, last_row=top + 2 + count)
    by_row: dict[int, dict[int, Value]] = {}
    for cell in sorted(cells, key=lambda cell: (cell.row, cell.col)):
        by_row.setdefault(cell.row, {})[cell.col] = _value(patch, sheet, cell, down, across)
    rows, keys = [], []
    for row in range(block.first, block.last + 1):
        values = list(by_row[row].values())
        keys.append((plain(values[0]), row))
        rows.append(NewRow(keys[-1], values, O.name_height(str(values[0]))))
    old: list[object] = []
    for found in sheet.values(region, [L.PROJECT]):
        same = [key for key in keys if key[0] == plain(found[0])]
        old.append(same[0] if same else None)
        keys = [key for key in keys if key not in same[:1]]
    totals = by_row[block.last + 1].items()
    sheet.write({cell_name(top + 2 + count, col + across): value for col, value in totals})
    sheet.replace(region, old, rows)
