"""A habit of schools, and the few ways to state one; each registers itself in `HABITS`."""

# ruff: noqa: E501
from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from attrs import frozen
from openpyxl.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from tests.data.returns.expected import ROUND, UNITS, Answers, Item
from tests.data.returns.kit import SHEET, Cells, Kit, place
from tests.data.returns.package import STAMP, saved
from tests.data.returns.workbooks import Grid, xlsx

Make = Callable[[Kit, Path], None]


@frozen
class Habit:
    """One way schools send a return, and what must come of it."""

    name: str
    odd: str
    make: Make
    items: tuple[Item, ...]
    #: `check`: what is read without a tracker. `merge`: what a merge says and 填报明细 then shows.
    via: str = "check"
    #: Makes what is merged into the round before, with `EARLIER_ROUND`'s templates.
    earlier: Make | None = None
    #: What the design leaves open here, where the items hold one reading of several: a test may leave the habit out.
    open: str = ""
    #: What it leaves open, where the items allow for every reading.
    either: str = ""
    needs_office: bool = False
    #: A text that may stand in no output and no written file.
    never: str = ""


HABITS: list[Habit] = []
OFFICE_FILE = "G09_项目办_2022-06.xlsx"
PLAIN_FILE = "项目办填报表.xlsx"
Change = Callable[[Worksheet], Any]
GridChange = Callable[[Grid], Grid | None]


def habit(name: str, odd: str, *items: Item, **more: Any) -> Callable[[Make], Make]:
    """A habit whose files are made by the decorated function."""

    def register(make: Make) -> Make:
        HABITS.append(Habit(name, odd, make, items, **more))
        return make

    return register


def item_of(more: dict[str, Any], path: str, unit: str) -> Item:
    keys = (
        "answers",
        "without",
        "warnings",
        "may",
        "rejected",
        "ignored",
        "note",
        "round",
        "indicators",
        "issues",
    )
    return Item(path, unit, **{key: more.pop(key) for key in keys if key in more})


def one(
    name: str, odd: str, data: Callable[[Kit], bytes], path: str = PLAIN_FILE, unit: str = "G09", **more: Any
) -> None:
    """A habit of one file: its bytes, and the one item that must come of it."""
    item = item_of(more, path, unit)

    def make(kit: Kit, folder: Path) -> None:
        folder.joinpath(path).write_bytes(data(kit))

    HABITS.append(Habit(name, odd, make, (item,), **more))


def edited(
    name: str,
    odd: str,
    cells: Cells,
    answers: Answers | None = None,
    warnings: str = "",
    unit: str = "G09",
    **more: Any,
) -> None:
    """A filled template in which some cells hold something else."""
    path = f"{unit}_{UNITS[unit][0]}_{ROUND}.xlsx"
    more = {"round": ROUND, "answers": answers or {}, "warnings": warnings} | more
    one(name, odd, lambda kit: kit.bytes(unit, cells), path, unit, **more)


def pasted(
    name: str, odd: str, cells: Cells, answers: Answers | None = None, warnings: str = "", **more: Any
) -> None:
    """The table's values in a new workbook, for cells that only it can hold: `Formula`, `Shown`."""

    def data(kit: Kit) -> bytes:
        grid = kit.grid()
        for (task, column), value in cells.items():
            row, across = place(grid, task, column)
            grid[row][across] = value
        return xlsx(grid)

    one(name, odd, data, answers=answers or {}, warnings=warnings, **more)


def on_book(
    name: str, odd: str, path: str = OFFICE_FILE, unit: str = "G09", read_as: str | None = None, **more: Any
) -> Callable[[Callable[[Workbook], Any]], None]:
    """The filled template of `unit`, changed by the decorated function; `read_as`: the unit it then counts for, if another or none."""

    def register(change: Callable[[Workbook], Any]) -> None:
        def data(kit: Kit) -> bytes:
            book = kit.book(unit)
            change(book)
            return saved(book)

        one(name, odd, data, path, unit if read_as is None else read_as, **({"round": ROUND} | more))

    return register


def on_sheet(name: str, odd: str, **more: Any) -> Callable[[Change], None]:
    """A filled template whose sheet 填报表 is changed by the decorated function."""

    def register(change: Change) -> None:
        on_book(name, odd, **more)(lambda book: change(book[SHEET]))

    return register


def on_grid(
    name: str, odd: str, path: str = PLAIN_FILE, unit: str = "G09", read_as: str | None = None, **more: Any
) -> Callable[[GridChange], None]:
    """The table's values in a new workbook; the decorated function returns the new grid or changes it in place."""

    def register(change: GridChange) -> None:
        def data(kit: Kit) -> bytes:
            grid = kit.grid(unit)
            changed = change(grid)
            return xlsx(grid if changed is None else changed)

        one(name, odd, data, path, unit if read_as is None else read_as, **more)

    return register


def all_of(column: str, values: Iterable[Any]) -> dict[tuple[int, str], Any]:
    """The same column, or JSON key, of 项目办's four rows."""
    return {(task, column): value for task, value in zip(UNITS["G09"][1], values, strict=True)}


EXTRA = "unknown-task"


BROKEN = ("not-a-workbook", "unsafe-archive")


def write_all(folder: Path, kit: Kit, office: bool = False, habits: Iterable[Habit] | None = None) -> None:
    """Make each habit's files in `folder/<name>`, dated `STAMP` like what they hold."""
    for habit_ in HABITS if habits is None else habits:
        if habit_.needs_office and not office:
            continue
        place_ = folder / habit_.name
        place_.mkdir(parents=True, exist_ok=True)
        habit_.make(kit, place_)
        stamp_files(place_)


def stamp_files(folder: Path) -> None:
    for path in folder.rglob("*"):
        os.utime(path, (STAMP.timestamp(),) * 2)
