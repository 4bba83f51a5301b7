"""Any day's master rebuilt by `--as-of` is the one that was written on that day, cell by cell, over a year.

What differs by design, and only on a day whose last command wrote no master: 日志 of the rebuilt one has that
command's row, 首页 does not ask for templates any more once the first are out, and what a look read of the clerk's cells
shows (those days are left out, and there are few).
EDUXL_YEAR_UNITS is how many units the county has; 12 are those of `simulate`, further ones are primary schools.
EDUXL_YEAR_ROUNDS is after how many rounds the year breaks off: 2, for each takes its time; 12 are the whole year.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import python_calamine

from eduxl.tracker.tracker import Tracker

from . import desk, simulate
from .simulate import Year
from .test_year import Product, seed

__all__ = ["seed"]

Cells = dict[str, list[list[Any]]]
LOG = "日志"
#: the command that leaves the workbook as it is, so that only the next one shows it in 日志
QUIET = "生成模板"
#: how 首页 asks for it
ASKED = "生成模板并发给各单位"
NUMBERED = re.compile(r"^\d+\. ")


@pytest.fixture
def county() -> Iterator[int]:
    """As many units as asked for; each further one is in every group of the plan that has all primary schools."""
    wanted = int(os.environ.get("EDUXL_YEAR_UNITS", "12"))
    groups = [members for *_, members in simulate.TASKS if "S005" in members]
    groups = list({id(group): group for group in groups}.values())
    lists: list[list[Any]] = [simulate.UNITS, *groups]
    before = [len(each) for each in lists]
    for number in range(wanted - len(simulate.UNITS)):
        code = f"S{100 + number}"
        simulate.UNITS.append((code, f"民乐县第{number + 2}完全小学", "学校", "小学", "县直"))
        for group in groups:
            group.append(code)
    yield len(simulate.UNITS)
    for each, length in zip(lists, before, strict=True):
        del each[length:]


def cells(path: Path) -> Cells:
    """Values of our sheets in their order, without the clerk's column and the rows that moved out."""
    book = python_calamine.CalamineWorkbook.from_path(path)
    out = {}
    for name in book.sheet_names:
        if name == "_eduxl":
            continue
        lines = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
        clerks = {at for line in lines for at, value in enumerate(line) if value == desk.NOTE_COLUMN}
        rows = []
        for line in lines:
            row = [value for at, value in enumerate(line) if at not in clerks]
            while row and row[-1] == "":
                row.pop()
            if "已移出" not in row:
                rows.append(row)
        while rows and not rows[-1]:
            rows.pop()
        out[name] = rows
    return out


def differences(written: Cells, rebuilt: Cells, quiet: bool) -> list[str]:
    """The first difference of each sheet; `quiet` says that templates were written after the master that day."""
    out = []
    if list(written) != list(rebuilt):
        out.append(f"sheets {list(written)}, rebuilt {list(rebuilt)}")
    for name in written.keys() & rebuilt.keys():
        was, now = written[name], rebuilt[name]
        if quiet and name == LOG:
            now = unwritten(was, now)
        elif quiet and name == "首页":
            was, now = without_asking(was), without_asking(now)
        if len(was) != len(now):
            out.append(f"{name}: {len(was)} rows, rebuilt {len(now)}")
        for number, (one, other) in enumerate(zip(was, now, strict=False), 1):
            if one != other:
                at = next(n for n in range(max(len(one), len(other))) if one[n : n + 1] != other[n : n + 1])
                out.append(
                    f"{name} row {number} column {at + 1}: {one[at : at + 1]}, rebuilt {other[at : at + 1]}"
                )
                break
    return out


def without_asking(home: list[list[Any]]) -> list[list[Any]]:
    """首页 with the cells of its next steps empty, and below it these without their numbers and that for templates."""
    steps = [step for row in home for v in row if (step := NUMBERED.sub("", str(v))) != str(v)]
    rest = [["" if NUMBERED.match(str(v)) else v for v in row] for row in home]
    return [*rest, *([step] for step in steps if not step.startswith(ASKED))]


def unwritten(was: list[list[Any]], now: list[list[Any]]) -> list[list[Any]]:
    """The rebuilt 日志 without the one row of the templates, which no master showed on that day."""
    for at, row in enumerate(now):
        left = now[:at] + now[at + 1 :]
        if QUIET in row and left == was:
            return left
    return now


def test_every_day_again(seed: int, county: int) -> None:
    year = Year(seed)
    product = Product()
    assert len(desk.read_master(product.master, "任务台账")["任务台账"]) == len(simulate.TASKS)
    written: dict[date, Cells] = {}
    quiet: set[date] = set()
    unread: set[date] = set()  # days whose last reading of the clerk's cells left the workbook as it was
    typed = False
    rounds = int(os.environ.get("EDUXL_YEAR_ROUNDS", "2"))
    for step in year.steps():
        if rounds == 0:
            break
        rounds -= step["do"] == "close"
        before = product.master.read_bytes()
        product.play(step)
        day = year.today
        if step["do"] == "type":
            typed = True
            continue
        if product.master.read_bytes() != before:
            written[day] = cells(product.master)
            quiet.discard(day)
            unread.discard(day)
        else:
            if step["do"] == "templates":
                quiet.add(day)
            if typed:
                unread.add(day)
        typed = False
    if typed:
        unread.add(year.today)  # a look at the last day reads them first
    tracker = Tracker.open(product.master)
    trouble = []
    compared = sorted(written.keys() - unread)
    for day in compared:
        again = tracker.write_as_of(day, Path("当时.xlsx"))
        trouble += [f"{day}: {text}" for text in differences(written[day], cells(again), day in quiet)]
        again.unlink()
    assert not trouble, f"{len(trouble)} in {len(compared)} days:\n" + "\n".join(trouble[:60])
    assert len(compared) > 6 and len(unread & written.keys()) < len(written) // 3
    print(f"{county} units, {len(compared)} of {len(written)} days")
