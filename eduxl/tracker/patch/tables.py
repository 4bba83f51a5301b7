"""The sheets that are one table each: new rows for known keys, and what becomes of rows that have none."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from functools import cache
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

from eduxl import labels as L
from eduxl.ooxml import KEEP, Formula, NewRow, Region, Value
from eduxl.ooxml.values import Read, serial
from eduxl.tracker.layout.sheets import (
    ALERTS,
    ENTRIES,
    HISTORY,
    LOCATE_TEXT,
    LOG,
    ROSTER,
    RULES,
    TABLES,
    TableSheet,
    alert_targets,
    locate_formula,
)
from eduxl.tracker.layout.style import clean, row_height, row_heights
from eduxl.tracker.patch.absent import restore_columns

if TYPE_CHECKING:
    from eduxl.tracker.patch import Patch
    from eduxl.tracker.patch.target import Sheet

#: The texts of the key columns, and a count that tells equal ones apart.
Key = tuple[str | int, ...]
#: A header is looked for in so many rows.
_HEADER_WITHIN = 30
#: Points by which programs round heights when they save.
_NEARLY = 0.4


class OldRow(NamedTuple):
    """A row as it stands. Without a `key` it is the clerk's own; `moved_out` says it was kept for what she wrote in it."""

    number: int
    key: Key | None
    moved_out: bool


def patch_table(patch: Patch, spec: TableSheet) -> None:
    """Bring one table up to date."""
    sheet = patch.workbook.sheet(spec.sheet)
    header = find_header(sheet, spec)
    restore_columns(patch, sheet, spec, header)
    _restore_table(patch, spec, header)
    region = sheet.region(header, spec.columns)
    if region.table is not None and region.table.name.lower() != spec.name.lower():
        patch.renamed[spec.name] = region.table.name
    if patch.file is not None:
        patch.file.sheet(spec.sheet).match_headers(region)
    replace_rows(patch, sheet, spec, region, _rows(patch, spec), old_rows(patch, sheet, spec, region))


def _restore_table(patch: Patch, spec: TableSheet, header: int) -> None:
    """Let cells that formulas call by the name of a table be one: 转换为区域 undoes it, LibreOffice may lose its part."""
    file = patch.file
    if file is None or file.has_table(spec.name):
        return
    if place := file.sheet(spec.sheet).untabled(header, spec.columns):
        file.add_table(spec.sheet, spec.name, header, place.left, place.right, place.bottom)


def replace_rows(
    patch: Patch,
    sheet: Sheet,
    spec: TableSheet,
    region: Region,
    rows: Sequence[NewRow],
    old: Sequence[OldRow],
) -> None:
    """Give a region new rows; behind them stay those that the clerk typed, and those of hers whose key is gone."""
    shown = rows
    standing: dict[object, OldRow] = {row.key: row for row in old if row.key and row.moved_out}
    standing |= {row.key: row for row in old if row.key and not row.moved_out}
    if spec.name in (ROSTER, RULES):
        # the clerk's own words; only what is gone comes back
        rows = [NewRow(row.key, None) if row.key in standing else row for row in rows]
    elif hashes := patch.hashes(spec.name):
        rows = _changed(rows, standing, region.first, *hashes)
    rows = _with_heights(sheet, spec, region, standing, rows)
    if spec.name == ROSTER:
        rows = _with_contacts(sheet, region, standing, shown, rows)
    wanted = {row.key for row in rows}
    kept = _Kept(patch, sheet, spec, region)
    keys: list[object] = []
    for row in old:
        if row.key in wanted and standing[row.key] is row:
            keys.append(row.key)
        else:
            keys.append(kept.key(row))
    sheet.replace(region, keys, [*rows, *kept.rows])


def _with_contacts(
    sheet: Sheet,
    region: Region,
    standing: Mapping[object, OldRow],
    shown: Sequence[NewRow],
    rows: Sequence[NewRow],
) -> list[NewRow]:
    """The rows, those that stand as they are with the contacts that the view has: mail to an address came back."""
    names = [name for name in L.CONTACT_COLUMNS if name in region.columns]
    at = [L.ROSTER_COLUMNS.index(name) for name in names]
    there = sheet.values(region, names) if names else []
    out: list[NewRow] = []
    for row, whole in zip(rows, shown, strict=True):
        if row.values is None and names and whole.values is not None:
            now = [whole.values[i] for i in at]
            if _texts(there[standing[row.key].number - region.first]) != _texts(now):
                cells: list[Value] = [KEEP] * len(L.ROSTER_COLUMNS)
                for i, value in zip(at, now, strict=True):
                    cells[i] = value
                row = NewRow(row.key, cells, row.height)
        out.append(row)
    return out


def _changed(
    rows: Sequence[NewRow],
    standing: Mapping[object, OldRow],
    first: int,
    shown: Sequence[str],
    new: Sequence[str],
) -> list[NewRow]:
    """The rows, those without values whose row in the sheet shows the same; its hash stands where the row does."""
    there: dict[object, str] = {}
    for key, row in standing.items():
        if row.number - first < len(shown):
            there[key] = shown[row.number - first]
    return [
        NewRow(row.key, None) if there.get(row.key) == mark else row
        for row, mark in zip(rows, new, strict=True)
    ]


def find_header(sheet: Sheet, spec: TableSheet) -> int:
    """The row with our column names, also where rows were put above it or some columns are renamed.

    Raises `Refused` (`no-header`).
    """
    wanted = set(spec.columns)
    for row in range(1, _HEADER_WITHIN + 1):
        if 2 * len(wanted & sheet.header(row).keys()) > len(wanted):
            return row
    for table in sheet.tables:
        if table.name.lower() == spec.name.lower() and table.header_rows:
            return table.area.top
    sheet.region(1, spec.columns)  # raises: says which columns are missing
    raise AssertionError("a sheet without our header")


# --- keys -----------------------------------------------------------------------------------------
def plain(value: Read | Value) -> str:
    """A cell's value as the text that keys are compared by."""
    if value is None:
        return ""
    if isinstance(value, date):
        value = serial(value)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return f"{value:.9g}"
    return clean(str(value)).strip()


def _texts(values: Sequence[Read | Value]) -> list[str]:
    """`plain` of each."""
    if bool in map(type, values):
        # what equals 1 here is not written as 1
        return list(map(plain, values))
    known = {value: plain(value) for value in set(values)}
    return [known[value] for value in values]


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal()


def old_rows(patch: Patch, sheet: Sheet, spec: TableSheet, region: Region) -> list[OldRow]:
    """The rows as they stand, with their keys."""
    wanted = (*spec.key, spec.mark) if spec.mark else spec.key
    columns = [_texts(column) for column in zip(*sheet.values(region, wanted), strict=True)]
    marks = [text == L.MOVED_OUT for text in columns.pop()] if spec.mark else [False] * len(columns[0])
    if L.TASK_NO in spec.key and spec.name != HISTORY:
        # closed rows stay under the numbers they had
        at = spec.key.index(L.TASK_NO)
        now = {no: str(patch.renumbered(int(no))) if _is_number(no) else no for no in set(columns[at])}
        columns[at] = [now[no] for no in columns[at]]
    keys = [key if any(key) else None for key in zip(*columns, strict=True)]
    told = numbered([None if mark else key for key, mark in zip(keys, marks, strict=True)], spec)
    return [
        OldRow(i, (*key, 0) if mark and key else live, mark)
        for i, (key, live, mark) in enumerate(zip(keys, told, marks, strict=True), region.first)
    ]


def numbered(keys: Sequence[tuple[str, ...] | None], spec: TableSheet) -> list[Key | None]:
    """Equal keys told apart by their order: 日志 grows at its top, all others at their end."""
    from_end = spec.name == LOG
    seen: dict[tuple[str, ...], int] = {}
    out: list[Key | None] = []
    for key in reversed(keys) if from_end else keys:
        if key is None:
            out.append(None)
        else:
            before = seen.get(key, 0)
            seen[key] = before + 1
            out.append((*key, before))
    return out[::-1] if from_end else out


# --- rows -----------------------------------------------------------------------------------------
def _rows(patch: Patch, spec: TableSheet) -> list[NewRow]:
    table = spec.rows(patch.view)
    columns = [_texts([row[at] for row in table.rows]) for at in map(table.columns.index, spec.key)]
    keys = numbered(list(zip(*columns, strict=True)), spec)
    rows: Iterable[Sequence[Value]] = _located(patch) if spec.name == ALERTS else table.rows
    return list(map(NewRow, keys, _clean_rows(list(rows))))


def _clean_rows(rows: Sequence[Sequence[Value]]) -> Sequence[Sequence[Value]]:
    """Rows with each text as a cell can hold it."""
    texts = (value for value in set(chain.from_iterable(rows)) if isinstance(value, str))
    changed: dict[Value, str] = {text: new for text in texts if (new := clean(text)) != text}
    return [[changed.get(value, value) for value in row] for row in rows] if changed else rows


def _located(patch: Patch) -> Iterator[Sequence[Value]]:
    """The rows of 预警清单 with 定位, wherever 填报明细 begins now."""
    spec = TABLES[ENTRIES]
    first = 2
    if spec.sheet not in patch.fresh:
        first = find_header(patch.workbook.sheet(spec.sheet), spec) + 1
    at = L.ALERT_COLUMNS.index(L.LOCATE)
    for row, target in zip(patch.view.alerts.rows, alert_targets(patch.view), strict=True):
        cells: list[Value] = list(row)
        if target is not None:
            cells[at] = Formula(locate_formula(first + target), LOCATE_TEXT)
        yield cells


def _with_heights(
    sheet: Sheet, spec: TableSheet, region: Region, standing: dict[object, OldRow], rows: Sequence[NewRow]
) -> list[NewRow]:
    """Rows with the height that their text needs, unless the clerk gave them one."""
    heights = sheet.heights(region)
    ours = [row_height(lines) for lines in range(1, spec.max_lines + 1)]

    @cache
    def stays(had: float, needed: float) -> bool:
        return not is_one_of(had, ours) or is_one_of(had, [needed])

    given = [row.values for row in rows if row.values is not None]
    needed = iter(row_heights(given, sheet.widths(region), spec.max_lines))  # type: ignore[arg-type]
    out: list[NewRow] = []
    for row in rows:
        if row.values is not None:
            height = next(needed)
            before = standing.get(row.key)
            had = heights[before.number - region.first] if before else None
            if had is None or not stays(had, height):
                row = NewRow(row.key, row.values, height)
        out.append(row)
    return out


def is_one_of(height: float, heights: Iterable[float]) -> bool:
    """Whether a height is one of these, as far as programs keep heights when they save."""
    return any(abs(height - other) < _NEARLY for other in heights)


class _Kept:
    """Rows that stand behind ours: what the clerk typed, and rows that went but for what she wrote in them."""

    def __init__(self, patch: Patch, sheet: Sheet, spec: TableSheet, region: Region) -> None:
        self._patch, self._sheet, self._spec = patch, sheet, spec
        self._noted = patch.workbook.noted_rows(spec.sheet)
        left, right = region.extent
        self._our = set(region.columns.values())
        self._others = [
            (table.area.left, table.area.right)
            for table in sheet.tables
            if table.area.right < left or table.area.left > right
        ]
        self._typed: list[NewRow] = []
        self._moved_out: list[NewRow] = []

    @property
    def rows(self) -> list[NewRow]:
        return [*self._typed, *self._moved_out]

    def key(self, row: OldRow) -> object:
        """A key of its own for a row that stays, None for one that goes."""
        spec, key = self._spec, ("kept", row.number)
        own, beside = self._content(row.number)
        if row.key is None or self._is_typed(row.key):
            if not own and not beside:
                return None
            self._typed.append(NewRow(key, None))
            return key
        if not row.moved_out and not beside and row.number not in self._noted:
            return None
        values: list[Value] = [KEEP if column in spec.names else None for column in spec.columns]
        if spec.mark:
            values[spec.columns.index(spec.mark)] = L.MOVED_OUT
        if L.TASK_NO in spec.key and spec.name != HISTORY:
            number = str(row.key[spec.key.index(L.TASK_NO)])
            if _is_number(number):
                values[spec.columns.index(L.TASK_NO)] = int(number)
        self._moved_out.append(NewRow(key, values if spec.names else None))
        return key

    def _is_typed(self, key: Key) -> bool:
        """Whether a key speaks of a unit or a task that there never was: the clerk typed that row."""
        parts = dict(zip(self._spec.key, key, strict=False))
        unit, task = parts.get(L.UNIT_CODE), parts.get(L.TASK_NO)
        return bool((unit and unit not in self._patch.units) or (task and task not in self._patch.tasks))

    def _content(self, number: int) -> tuple[bool, bool]:
        """Whether a row holds something in our columns, and something typed beside them (a filled formula is not)."""
        own = beside = False
        rows = self._sheet.rows
        for column, cell in rows.cells(rows.row(number)).items():
            if not cell.inner or any(left <= column <= right for left, right in self._others):
                continue
            if column in self._our:
                own = True
            elif rows.formula_mark not in cell.inner:
                beside = True
        return own, beside
