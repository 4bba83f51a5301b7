"""填报矩阵: its rows by unit, its columns by task. Tasks that a revised plan brought stand at the right."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import evolve

from eduxl import labels as L
from eduxl.ooxml import NewRow, Package, Value
from eduxl.ooxml.references import Area, area, column_letters
from eduxl.tracker.layout.matrix import HEADER_ROWS, TASK_WIDTH, UNIT_COLUMNS, cell_text, title_height
from eduxl.tracker.layout.placed import cell_name
from eduxl.tracker.layout.sheets import TableSheet
from eduxl.tracker.layout.style import clean
from eduxl.tracker.patch.tables import find_header, old_rows, plain, replace_rows
from eduxl.tracker.patch.target import Sheet, only_closed

if TYPE_CHECKING:
    from eduxl.tracker.patch import Patch

#: In lower case, as names are compared.
_FILTER_NAME = "_xlnm._filterdatabase"


def patch_matrix(patch: Patch) -> None:
    matrix = patch.view.matrix
    sheet = patch.workbook.sheet(L.MATRIX)
    units = TableSheet(
        L.MATRIX, L.MATRIX, UNIT_COLUMNS, (L.UNIT_CODE,), (L.UNIT_CODE, L.UNIT_NAME), L.DISTRICT, max_lines=1
    )
    header = find_header(sheet, units)
    texts = _task_columns(patch, sheet, header, len(matrix.tasks))
    columns = (*UNIT_COLUMNS, *texts)
    region = sheet.region(header, columns, first_row=header + HEADER_ROWS)
    blank = [None] * (len(texts) - len(matrix.tasks))
    rows = [
        NewRow(
            (plain(unit.code), 0),
            [
                *(clean(text) or None for text in (unit.code, unit.name, unit.kind, unit.district)),
                *(_cell(patch, unit.code, task.no) for task in matrix.tasks),
                *blank,
            ],
        )
        for unit in matrix.units
    ]
    spec = evolve(units, columns=columns)
    replace_rows(patch, sheet, spec, region, rows, old_rows(patch, sheet, spec, region))
    heads: dict[str, Value] = {}
    for i, text in enumerate(texts):
        letters = column_letters(region.columns[text])
        task = matrix.tasks[i] if i < len(matrix.tasks) else None
        values = (task.no, clean(task.title), task.due) if task else (None, None, None)
        for row, value in enumerate(values, header):
            heads[f"{letters}{row}"] = value
    sheet.write(heads)
    if matrix.tasks:
        sheet.set_height(header + 1, title_height(task.title for task in matrix.tasks))


def _cell(patch: Patch, unit: str, task: int) -> Value:
    item = patch.view.matrix.cells.get((unit, task))
    return cell_text(item.light, item.text) if item else None


def _task_columns(patch: Patch, sheet: Sheet, header: int, wanted: int) -> list[str]:
    """Headers of the task columns from left to right, at least so many; further ones are made behind all others.

    Raises `Refused` (`not-open`) where that is to be done in a workbook that is open in a program.
    """
    at = sheet.header(header)
    titles = set(sheet.header(header + 1).values())
    found = [text for text, column in at.items() if text.isdecimal() and column in titles]
    found.sort(key=at.__getitem__)
    if len(found) >= wanted:
        return found
    if patch.file is None:
        what = f"工作表“{L.MATRIX}”少 {wanted - len(found)} 个任务列（修订计划加了任务，或者列被删了）"
        raise only_closed(what, patch.source.name)
    whole = patch.file.sheet(L.MATRIX)
    more = [f"+{i}" for i in range(1, wanted - len(found) + 1)]
    last = at[found[-1]] if found else at[UNIT_COLUMNS[-1]]
    whole.add_columns(
        header, more, [*UNIT_COLUMNS, *found], widths=[TASK_WIDTH] * len(more), alike=bool(found)
    )
    now = whole.header(header)
    new = [now[text] for text in more]
    whole.extend_rules(last, new)
    filtered = whole.extend_filter(last, new)
    if filtered is not None:
        _name_filter(patch.file, whole.name, filtered)
    return [*found, *more]


def _name_filter(file: Package, sheet: str, filtered: Area) -> None:
    """Let the hidden name that Excel keeps of a sheet's filter say where that is now."""
    for name in file.defined_names:
        where, _, cells = name.text.rpartition("!")
        if name.sheet == sheet and name.name.lower() == _FILTER_NAME and area(cells):
            first = cell_name(filtered.top - 1, filtered.left - 1, fixed=True)
            last = cell_name(filtered.bottom - 1, filtered.right - 1, fixed=True)
            file.set_name(f"'{sheet}'!{name.name}", f"{where}!{first}:{last}")
