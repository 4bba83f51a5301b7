"""The sheets of a master, as whichever program saved them."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from attrs import frozen

from eduxl import labels as L
from eduxl.errors import TrackerError
from eduxl.tracker.cells import text_of
from eduxl.tracker.tables import Table

#: What to do for a workbook that is none of ours any more.
RESTORE = "也可以从“总台账.eduxl”文件夹的 backups 里取最近一份放回原处。"
#: The place of one cell, as a defined name has it, and the defined names themselves, as a package has them.
_CELL = re.compile(r"^'?(.*?)'?!\$?([A-Z]{1,3})\$?(\d+)$")
_NAMED_CELL = re.compile(r'<(?:\w+:)?definedName\b[^>]*\bname="(eduxl_\w+)"[^>]*>([^<]*)<', re.ASCII)


@frozen
class Sheets:
    """What a workbook has: the `names` of all its sheets, the `rows` of ours from A1 on by the name of the sheet, and the
    cell behind each defined name of ours (`named`), as `'首页'!$A$1`."""

    names: Sequence[str]
    rows: Mapping[str, Sequence[Sequence[Any]]]
    named: Mapping[str, str]

    def table(self, name: str, columns: Sequence[str]) -> Table:
        """The table of a sheet under these columns; empty where the sheet or the table is gone."""
        return _find_table(self.rows.get(name, []), name, columns)

    def behind(self, defined: str) -> str | None:
        """The text of the cell behind a defined name; None where either is gone."""
        place = _CELL.match(self.named.get(defined, ""))
        if place is None:
            return None
        sheet, letters, number = place.groups()
        column = 0
        for letter in letters:
            column = column * 26 + ord(letter) - 64
        rows = self.rows.get(sheet, [])
        if int(number) <= len(rows) and column <= len(rows[int(number) - 1]):
            return text_of(rows[int(number) - 1][column - 1])
        return None


def read_sheets(path: Path, columns: Mapping[str, Sequence[str]]) -> Sheets:
    """Read a saved workbook: of the sheets, those with `columns`, 首页 and `_eduxl`.

    Raises `TrackerError` (`not-a-master`) for a file that is encrypted or in an old format or none of a spreadsheet.
    """
    import python_calamine

    try:
        with path.open("rb") as stream:
            book = python_calamine.CalamineWorkbook.from_filelike(stream)
            names = book.sheet_names
            sheets = {name: _rows_of(book, name) for name in (*columns, L.HOME, L.META) if name in names}
            for name in [name for name in names if name not in L.MASTER_SHEETS]:
                # a sheet of ours that the clerk renamed still has its header
                rows = _rows_of(book, name)
                for ours, wanted in columns.items():
                    if ours not in sheets and _find_table(rows, ours, wanted).columns:
                        sheets[ours] = rows
        return Sheets(names, sheets, _named_cells(path))
    except python_calamine.PasswordError as error:
        raise not_a_master(path, "它设了打开密码，请在 Excel 或 WPS 里去掉密码、存盘后再试。") from error
    except (python_calamine.CalamineError, zipfile.BadZipFile, KeyError) as error:
        advice = "它不是 .xlsx 或 .xlsm 格式，或文件已损坏。请用 Excel 或 WPS 打开，按原文件名另存为 .xlsx/.xlsm 格式；"
        raise not_a_master(path, advice + RESTORE) from error


def not_a_master(path: Path, why: str) -> TrackerError:
    """The error for a file that cannot be read as a master."""
    return TrackerError(f"{path} 不是 eduxl 能读的总台账：{why}", code="not-a-master")


def _rows_of(book: Any, name: str) -> list[list[Any]]:
    rows: list[list[Any]] = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
    return rows


def _find_table(rows: Sequence[Sequence[Any]], sheet: str, columns: Sequence[str]) -> Table:
    """The table under the first row that holds most of our column names; without one, an empty table."""
    wanted = set(columns)
    for i, row in enumerate(rows[:30]):
        names = tuple(text_of(value) for value in row)
        if len(wanted.intersection(names)) > len(wanted) // 2:
            return Table(sheet, names, tuple(tuple(line) for line in rows[i + 1 :]))
    return Table(sheet, ())


def _named_cells(path: Path) -> dict[str, str]:
    """The cells behind our defined names, as `'sheet'!$A$1`."""
    with zipfile.ZipFile(path) as package:
        workbook = package.read("xl/workbook.xml").decode("utf-8", "replace")
    return dict(_NAMED_CELL.findall(workbook))
