"""The sink against a recording program: how much is written, what is put back, and how rows become other rows.

The program here only stores cells; that a real one shows the same is `tests/office/test_two_sinks.py`'s.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from eduxl import labels as L
from eduxl.addin import sink
from eduxl.addin.literals import literal
from eduxl.addin.open_sheet import OpenSheet
from eduxl.addin.steps import Steps
from eduxl.ooxml.refusal import Refused
from eduxl.ooxml.region import NewRow, Region
from eduxl.ooxml.values import Formula
from eduxl.tracker.layout.matrix import UNIT_COLUMNS
from eduxl.tracker.patch import Patch
from eduxl.tracker.patch.matrix import patch_matrix

from ..tracker.masters import fake_master

COLUMNS = tuple(f"列名{chr(0x4E00 + i)}" for i in range(27))


class Range:
    """A range of a `Sheet`; `options` and `value` as xlwings has them."""

    def __init__(self, sheet: Sheet, top: int, left: int, bottom: int, right: int) -> None:
        self._sheet, self.row, self.column = sheet, top, left
        self.shape = bottom - top + 1, right - left + 1

    def options(self, **_: Any) -> Range:
        return self

    @property
    def last_cell(self) -> Range:
        row, column = self.row + self.shape[0] - 1, self.column + self.shape[1] - 1
        return Range(self._sheet, row, column, row, column)

    def _lines(self) -> Iterator[list[Any]]:
        self._sheet.reach(self.row + self.shape[0] - 1, self.column + self.shape[1] - 1)
        for line in self._sheet.grid[self.row - 1 : self.row - 1 + self.shape[0]]:
            yield line[self.column - 1 : self.column - 1 + self.shape[1]]

    @property
    def value(self) -> list[list[Any]]:
        return [list(line) for line in self._lines()]

    @value.setter
    def value(self, given: list[list[Any]]) -> None:
        assert (len(given), len(given[0])) == self.shape
        self._sheet.writes.append((self.row, self.column, *self.shape))
        if self._sheet.broken:
            raise OSError("the program says no")
        self._sheet.reach(self.row + self.shape[0] - 1, self.column + self.shape[1] - 1)
        for row, line in enumerate(given, self.row - 1):
            self._sheet.grid[row][self.column - 1 : self.column - 1 + self.shape[1]] = [
                value.removeprefix("'") if isinstance(value, str) else value for value in line
            ]

    row_height: float | None = None
    column_width = 8.43

    @property
    def formula(self) -> list[list[str]]:
        return [["" if value is None else str(value) for value in line] for line in self._lines()]

    def insert(self, shift: str, copy_origin: str) -> None:
        assert shift == "down"
        self._sheet.moves += 1
        blank = [[None] * len(self._sheet.grid[0]) for _ in range(self.shape[0])]
        self._sheet.grid[self.row - 1 : self.row - 1] = blank

    def delete(self, shift: str) -> None:
        assert shift == "up"
        self._sheet.moves += 1
        del self._sheet.grid[self.row - 1 : self.row - 1 + self.shape[0]]


class Sheet:
    tables: tuple[Any, ...] = ()
    notes: tuple[Any, ...] = ()

    def __init__(self, grid: list[list[Any]], *, filtered: bool = False, name: str = "填报明细") -> None:
        self.grid, self.name = grid, name
        self.writes: list[tuple[int, int, int, int]] = []
        self.moves = 0
        self.broken = False
        self.api = type("Native", (), {"FilterMode": filtered})()

    def reach(self, row: int, column: int) -> None:
        for line in self.grid:
            line += [None] * (column - len(line))
        self.grid += [[None] * len(self.grid[0]) for _ in range(row - len(self.grid))]

    @property
    def used_range(self) -> Range:
        return Range(self, 1, 1, len(self.grid), max(map(len, self.grid)))

    def range(self, one: Any, other: Any = None) -> Range:
        if isinstance(one, str):
            first, last = map(int, one.split(":"))
            return Range(self, first, 1, last, 16_384)
        return Range(self, *one, *(other or one))


def opened(keys: list[int], **more: Any) -> tuple[Sheet, OpenSheet]:
    """A sheet with 27 columns of ours, one of the clerk's right of them, and a row for each key."""
    xl = Sheet([[*COLUMNS, "我的"], *([f"行{key}", *[0.5] * 26, f"记{key}"] for key in keys)], **more)
    return xl, OpenSheet(xl)  # type: ignore[arg-type]


def replaced(sheet: OpenSheet, old: list[int], new: list[int], mark: float = 0.75) -> int:
    region = sheet.region(1, COLUMNS)
    sheet.replace(region, old, [NewRow(key, [f"行{key}", *[mark] * 26]) for key in new])
    return sheet.flush()


@pytest.mark.parametrize("change", ["values", "rows", "sorted", "filtered"])
def test_at_most_three_writes_for_12000_rows(change: str) -> None:
    old = list(range(12_000))
    new = {
        "values": old,
        "rows": [-1, *old[:5_000], *old[5_010:], -2],
        "sorted": old[::-1],
        "filtered": old[9:],
    }
    xl, sheet = opened(old, filtered=change == "filtered")
    assert replaced(sheet, old, new[change]) == len(xl.writes) <= 3
    rows = xl.grid[1 : 1 + len(new[change])]
    assert [row[0] for row in rows] == [f"行{key}" for key in new[change]]
    assert {row[5] for row in rows} == {0.75}
    assert [row[27] for row in rows] == [f"记{key}" if key >= 0 else None for key in new[change]]
    assert all(not any(row) for row in xl.grid[1 + len(new[change]) :])


@pytest.mark.parametrize("rows", [-7, 0, 5])
def test_cells_below_take_what_the_rows_leave_of_three_writes(rows: int) -> None:
    old = list(range(12_000))
    xl, _ = opened(old)
    xl.grid += [[None] * 28, [f"下{i}" for i in range(28)], [None] * 28, ["注"] * 28]
    sheet = OpenSheet(xl)  # type: ignore[arg-type]
    last = len(old) + 1
    region = Region(sheet.name, 1, 2, last, {name: i for i, name in enumerate(COLUMNS, 1)})
    new = [*range(-rows, 0), *old] if rows >= 0 else old[-rows:]
    sheet.replace(region, old, [NewRow(key, [f"行{key}", *[0.75] * 26]) for key in new])
    sheet.write({f"{column}{last + down}": "新" for column in "ACE" for down in (2, 4)})
    assert sheet.flush() == len(xl.writes) <= 3
    assert [row[0] for row in xl.grid[1 : 1 + len(new)]] == [f"行{key}" for key in new]
    below = xl.grid[1 + len(new) :]
    kept = [[f"下{i}" for i in range(28)], ["注"] * 28]
    for column in (0, 2, 4):
        kept[0][column] = kept[1][column] = "新"
    assert [line[:28] for line in below] == [[None] * 28, kept[0], [None] * 28, kept[1]]


def test_nothing_new_writes_nothing() -> None:
    xl, sheet = opened(list(range(50)))
    assert replaced(sheet, list(range(50)), list(range(50)), 0.5) == 0
    assert not xl.writes and not xl.moves


def test_only_the_rows_that_changed() -> None:
    xl, sheet = opened(list(range(50)))
    region = sheet.region(1, COLUMNS)
    sheet.replace(
        region, list(range(50)), [NewRow(key, [f"行{key}", *[0.5 + (key == 7)] * 26]) for key in range(50)]
    )
    sheet.flush()
    assert xl.writes == [(9, 1, 1, 27)]


def test_rows_in_any_order_keep_what_is_beside_them() -> None:
    dice = random.Random(8)
    for _ in range(200):
        old = dice.sample(range(12), dice.randint(1, 12))
        new = dice.sample(range(16), dice.randint(1, 16))
        if dice.random() < 0.5:
            new = [key for key in old if key in new] or new
        xl, sheet = opened(old, filtered=dice.random() < 0.3)
        replaced(sheet, old, new)
        rows = xl.grid[1 : 1 + len(new)]
        assert [row[0] for row in rows] == [f"行{key}" for key in new]
        for key, row in zip(new, rows, strict=True):
            if key in old:
                assert row[27] == f"记{key}"


def test_a_filtered_table_does_not_grow_over_what_is_below() -> None:
    xl, _ = opened([1, 2], filtered=True)
    xl.grid += [[None] * 28, [None] * 28, [None, "合计", *[None] * 26]]
    sheet = OpenSheet(xl)  # type: ignore[arg-type]
    region = Region(sheet.name, 1, 2, 3, {name: i for i, name in enumerate(COLUMNS, 1)})
    rows = [NewRow(key, [None] * 27) for key in range(1, 7)]
    sheet.replace(region, [1, 2], rows[:4])
    with pytest.raises(Refused) as raised:
        sheet.replace(region, [1, 2], rows)
    assert raised.value.code == "filtered"
    assert not xl.writes


def test_steps_touch_only_rows_that_come_and_go() -> None:
    steps = Steps.between(2, 6, [None, 2, 4, 5, 6])
    assert [tuple(move) for move in steps.moves] == [(3, 1, True), (2, 1, False)]
    assert steps.physical == [None, 2, 4, 5, 6] and not steps.permuted


def test_a_formula_beside_goes_along_when_rows_change_places() -> None:
    xl, _ = opened([1, 2])
    xl.grid[1][27], xl.grid[2][27] = "=LEN(A2)", "=LEN(A3)&$A$1"
    sheet = OpenSheet(xl)  # type: ignore[arg-type]
    # a program answers the value; the store here answers the formula itself
    sheet.grid.cells[1][27], sheet.grid.cells[2][27] = Formula("LEN(A2)", 2.0), Formula("LEN(A3)&$A$1", "2")
    replaced(sheet, [1, 2], [2, 1])
    assert [row[27] for row in xl.grid[1:]] == ["=LEN(A2)&$A$1", "=LEN(A3)"]


class Book:
    """An open workbook with sheets of these names, empty but for those whose cells are given."""

    fullname = "总 台账.xlsm"
    names: tuple[Any, ...] = ()

    def __init__(self, names: Sequence[str], cells: Mapping[str, list[list[Any]]]) -> None:
        self.sheets = [Sheet(cells.get(name, [[None]]), name=name) for name in names]


LACKING = [
    (
        [name for name in L.MASTER_SHEETS if name != L.LOG],
        {},
        "总台账缺少工作表“日志”，在打开的工作簿里补不了。如果只是改了工作表名，请改回原样，再点一次；否则",
    ),
    (
        L.MASTER_SHEETS,
        {L.TASKS: [[column for column in L.TASK_COLUMNS if column not in (L.TASK_TITLE, L.REMARK)]]},
        f"工作表“{L.TASKS}”缺少列：{L.TASK_TITLE}、{L.REMARK}，在打开的工作簿里补不了。如果只是改了列名，请改回原样，再点一次；否则",
    ),
]


@pytest.mark.parametrize(("sheets", "headers", "said"), LACKING)
def test_what_is_gone_is_refused_and_the_way_to_have_it_back_is_told(
    sheets: Sequence[str], headers: Mapping[str, list[list[Any]]], said: str
) -> None:
    book = Book(sheets, headers)
    with pytest.raises(Refused) as raised:
        sink.prepare(book, fake_master(3, 2), int)  # type: ignore[arg-type]
    assert raised.value.code == "not-open"
    assert str(raised.value).startswith(f"{said}请保存并关闭 总 台账.xlsm，")
    assert 'eduxl button refresh "总 台账.xlsm"，会自动补上' in str(raised.value)
    assert not any(sheet.writes or sheet.moves for sheet in book.sheets)


def test_a_task_without_a_column_in_the_matrix_is_refused() -> None:
    header: list[list[Any]] = [[*UNIT_COLUMNS, 1], [*[None] * len(UNIT_COLUMNS), "任务"]]
    opened = sink.OpenBook(Book([L.MATRIX], {L.MATRIX: header}))  # type: ignore[arg-type]
    patch = Patch(opened, fake_master(3, 3), macros=False, renumbered=int, source=Path("总台账.xlsm"))
    with pytest.raises(Refused, match=r"少 2 个任务列.*eduxl button refresh 总台账\.xlsm，") as raised:
        patch_matrix(patch)
    assert raised.value.code == "not-open"


@pytest.mark.parametrize(
    ("value", "taken"),
    [
        ("001", "'001"),
        ("=1+1", "'=1+1"),
        ("-", "'-"),
        ("6月30日", "'6月30日"),
        ("True", "'True"),
        ("推进中", "推进中"),
        ("", None),
        (None, None),
        (3, 3.0),
        (date(2022, 6, 30), 44742),
        (datetime(2022, 6, 30, 12), 44742.5),
        (Formula("=A1"), "=A1"),
    ],
)
def test_text_stays_text(value: Any, taken: Any) -> None:
    assert literal(value) == taken


class App:
    def __init__(self) -> None:
        self.screen_updating = self.enable_events = self.interactive = True
        self.calculation = "semiautomatic"
        self.status_bar: Any = False


@pytest.mark.parametrize("fails", [False, True])
def test_the_program_is_as_it_was(fails: bool) -> None:
    app = App()
    book = type("Book", (), {"app": app})()
    before = dict(vars(app))

    def work() -> None:
        with sink.quiet(book) as progress:
            assert (app.screen_updating, app.calculation) == (False, "manual")
            progress("正在写")
            assert app.status_bar == "正在写"
            if fails:
                raise OSError("Excel 忙")

    if fails:
        with pytest.raises(OSError, match="Excel 忙"):
            work()
    else:
        work()
    assert vars(app) == before
