"""Roster workbooks on disk, read: their cells as text, and the sentences when there is nothing to read.

What the cells mean is decided in `reading.py`; a file's type comes from its content, never from its name.
"""

from __future__ import annotations

import io
import os
import re
import zipfile
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

from eduxl.celltext import cell_text
from eduxl.errors import FileProblem, RosterError
from eduxl.roster.reading import read_sheets
from eduxl.roster.tables import Finding, SheetText
from eduxl.roster.units import Roster

if TYPE_CHECKING:
    from openpyxl.cell import Cell, MergedCell

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
#: The stream names that mark an encrypted OOXML file, as they stand in an OLE directory.
_ENCRYPTED = ("EncryptedPackage".encode("utf-16-le"), "EncryptionInfo".encode("utf-16-le"))
#: Larger than any roster of names and telephone numbers; keeps a wrong or hostile file from filling memory.
_MAX_BYTES = 200 * 1024 * 1024
#: A stray format in the last row of a sheet must not turn it into a million rows of nothing.
_MAX_ROWS, _MAX_COLUMNS = 20_000, 100
#: Errors listed in one message; `eduxl roster check` lists all.
_MAX_LISTED = 5


def read_roster(path: str | os.PathLike[str]) -> Roster:
    """The roster in a workbook (.xlsx, .xlsm, .xls, .et or .ods).

    Raises FileProblem if the file cannot be opened and RosterError if it is no workbook (`not-a-roster`,
    `encrypted`), holds no unit (`empty-roster`) or has errors that must be mended first (`bad-roster`).
    """
    reading = read_sheets(_read_cells(Path(path)))
    errors = reading.errors
    if not errors:
        return reading.roster
    name = Path(path).name
    listed = "；".join(f"{error.cell} {error.message}" for error in errors[:_MAX_LISTED])
    more = f"……共 {len(errors)} 处" if len(errors) > _MAX_LISTED else ""
    advice = (
        errors[0].fix
        if len(errors) == 1
        else "请逐一改好后再用，运行 eduxl roster check 可以看到每一处的改法。"
    )
    code = errors[0].code if errors[0].code == "empty-roster" else "bad-roster"
    if errors[0].code == "no-header":
        code = "not-a-roster"
    raise RosterError(f"名册“{name}”还不能用：{listed}{more}。{advice}", code=code)


def check_roster(path: str | os.PathLike[str]) -> tuple[Finding, ...]:
    """Everything in a roster workbook that must (`error`) or should (`warning`) be mended, all at once.

    Raises FileProblem or RosterError only where there is no workbook to look at.
    """
    return read_sheets(_read_cells(Path(path))).findings


def _read_cells(path: Path) -> list[SheetText]:
    content = _read_bytes(path)
    if content.startswith(_OLE):
        if all(mark in content for mark in _ENCRYPTED):
            raise _encrypted(path)
        return _read_with_calamine(path, content)
    if not zipfile.is_zipfile(io.BytesIO(content)):
        raise _no_workbook(path)
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        names = set(package.namelist())
        unpacked = sum(info.file_size for info in package.infolist())
    if unpacked > _MAX_BYTES:
        raise RosterError(f"“{path.name}”展开后太大，不像一份名册，请核对文件。")
    if "xl/workbook.xml" in names:
        return _read_with_openpyxl(path, content)
    return _read_with_calamine(path, content)


def _read_bytes(path: Path) -> bytes:
    try:
        if path.is_dir():
            raise FileProblem(f"“{path}”是文件夹，请指明名册文件。", code="no-such-path")
        if path.stat().st_size > _MAX_BYTES:
            raise RosterError(f"“{path.name}”太大，不像一份名册，请核对文件。")
        return path.read_bytes()
    except FileNotFoundError:
        raise FileProblem(
            f"找不到名册“{path}”，请核对文件名和文件夹。还没有名册的，用 eduxl roster new 生成一份。",
            code="no-such-path",
        ) from None
    except OSError as error:
        raise FileProblem(
            f"读不了名册“{path}”：{error.strerror or error}。请核对权限，或先关闭占用它的程序。"
        ) from error


def _no_workbook(path: Path) -> RosterError:
    return RosterError(
        f"“{path.name}”不是 Excel 工作簿，或者已经损坏，请用 Excel 或 WPS 打开后另存为 .xlsx。"
    )


def _encrypted(path: Path) -> RosterError:
    return RosterError(
        f"名册“{path.name}”加了密码，请在 Excel 或 WPS 中取消打开密码后再用。", code="encrypted"
    )


def _read_with_openpyxl(path: Path, content: bytes) -> list[SheetText]:
    """For .xlsx and .xlsm: number formats (a code 7 shown as 007) and merged cells matter."""
    from openpyxl import load_workbook

    try:
        book = load_workbook(io.BytesIO(content), data_only=True)
    except (ValueError, KeyError, TypeError, AttributeError, SyntaxError, zipfile.BadZipFile, zlib.error):
        # Styles that openpyxl refuses (as some programs write them) hold nothing that a roster needs.
        return _read_with_calamine(path, content)
    sheets = []
    for sheet in book.worksheets:
        if sheet.sheet_state != "visible":
            continue
        last, width = min(sheet.max_row, _MAX_ROWS), min(sheet.max_column, _MAX_COLUMNS)
        rows = [[_cell_text(cell) for cell in row] for row in sheet.iter_rows(max_row=last, max_col=width)]
        while rows and not any(rows[-1]):
            rows.pop()
        # A value merged down over several units (学区, 类别) holds for each of them.
        for area in sheet.merged_cells.ranges:
            if area.min_col == area.max_col <= width:
                for row in range(area.min_row, min(area.max_row, len(rows))):
                    rows[row][area.min_col - 1] = rows[area.min_row - 1][area.min_col - 1]
        sheets.append(SheetText(sheet.title, tuple(tuple(row) for row in rows)))
    return sheets


def _cell_text(cell: Cell | MergedCell) -> str:
    value = cell.value
    zeros = re.fullmatch(r"0+", cell.number_format or "")
    if zeros and isinstance(value, int | float) and value == int(value) and not isinstance(value, bool):
        return f"{int(value):0{len(zeros.group())}d}"
    return cell_text(value)


def _read_with_calamine(path: Path, content: bytes) -> list[SheetText]:
    """For .xls, .et and .ods, and for what openpyxl cannot open."""
    from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetVisibleEnum

    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        sheets = []
        for meta in book.sheets_metadata:
            if meta.visible == SheetVisibleEnum.Visible:
                rows = book.get_sheet_by_name(meta.name).to_python(skip_empty_area=False, nrows=_MAX_ROWS)
                sheets.append(
                    SheetText(meta.name, tuple(tuple(cell_text(value) for value in row) for row in rows))
                )
    except PasswordError:
        raise _encrypted(path) from None
    except CalamineError:
        raise _no_workbook(path) from None
    return sheets
