"""Two things XlsxWriter does not offer: a macro-enabled workbook that has no macros yet, and quicker cells.

Both override single methods of it; what they do not handle goes to the original.
"""

from __future__ import annotations

from io import StringIO
from typing import Any

from xlsxwriter.packager import Packager  # type: ignore[import-untyped]
from xlsxwriter.utility import xl_col_to_name  # type: ignore[import-untyped]
from xlsxwriter.workbook import Workbook  # type: ignore[import-untyped]
from xlsxwriter.worksheet import (  # type: ignore[import-untyped]
    CellBlankTuple,
    CellNumberTuple,
    CellStringTuple,
    Worksheet,
)

_WORKBOOK_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
_MACRO_TYPE = "application/vnd.ms-excel.sheet.macroEnabled.main+xml"
_LETTERS = tuple(xl_col_to_name(col) for col in range(256))


class MasterSheet(Worksheet):  # type: ignore[misc]
    """Writes formatted text, numbers and blanks straight away: all but a few cells of a big sheet."""

    def _write_cell(self, row: int, col: int, cell: Any) -> None:
        kind, look = type(cell), cell.format
        if look is None or col >= len(_LETTERS):
            super()._write_cell(row, col, cell)
            return
        start = f'<c r="{_LETTERS[col]}{row + 1}" s="{look._get_xf_index()}"'
        if kind is CellStringTuple:
            self.fh.write(f'{start} t="s"><v>{cell.string}</v></c>')
        elif kind is CellNumberTuple:
            self.fh.write(f"{start}><v>{cell.number:.16G}</v></c>")
        elif kind is CellBlankTuple:
            self.fh.write(f"{start}/>")
        else:
            super()._write_cell(row, col, cell)


class MasterBook(Workbook):  # type: ignore[misc]
    worksheet_class = MasterSheet


class MacroBook(MasterBook):
    """Declared macro-enabled also without a VBA project: Excel refuses an .xlsm that says it is an .xlsx."""

    def _get_packager(self) -> Packager:
        return _MacroPackager()


class _MacroPackager(Packager):  # type: ignore[misc]
    def _write_content_types_file(self) -> None:
        super()._write_content_types_file()
        part: StringIO = self.filenames[-1][0]
        text = part.getvalue().replace(_WORKBOOK_TYPE, _MACRO_TYPE)
        part.seek(0)
        part.truncate()
        part.write(text)
