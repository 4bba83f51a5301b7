"""催报: a sheet that comes once it was asked for; the message for the group above its table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eduxl import labels as L
from eduxl.ooxml.refusal import Refused
from eduxl.tracker.layout.placed import cell_name
from eduxl.tracker.layout.sheets import CALLS_HEADER, CALLS_NAME, CALLS_SHEET, CALLS_TEXT, calls_height
from eduxl.tracker.layout.style import clean, row_height
from eduxl.tracker.patch.figures import named_spots
from eduxl.tracker.patch.tables import find_header, is_one_of, patch_table

if TYPE_CHECKING:
    from eduxl.tracker.patch import Patch

#: Heights that we give to the row with the message; another one is the clerk's.
_HEIGHTS = tuple(row_height(lines) for lines in range(1, 60))


def patch_calls(patch: Patch) -> None:
    """Bring the sheet up to date. Raises `Refused` (`name-taken`) where it is one of the clerk's own."""
    if L.CALLS in patch.fresh:
        _set_name(patch, CALLS_TEXT, 0)
        return
    sheet = patch.workbook.sheet(L.CALLS)
    spots = named_spots(patch.workbook, L.CALLS, [CALLS_NAME])
    try:
        header = find_header(sheet, CALLS_SHEET)
    except Refused as error:
        if spots:
            raise
        raise Refused(
            f"总台账里已经有一张您自己的工作表“{L.CALLS}”，没有动它。请把它改个名字，保存后再运行一次。",
            code="name-taken",
        ) from error
    if not spots:  # it stands above the header, wherever that went
        _set_name(patch, max(0, header - 1 - (CALLS_HEADER - CALLS_TEXT)), 0)
        spots = named_spots(patch.workbook, L.CALLS, [CALLS_NAME])
    row, column = spots[CALLS_NAME]
    text = clean(patch.view.calls_text)
    needed = calls_height(text, sheet.widths(sheet.region(header, L.CALL_COLUMNS)))
    sheet.write({cell_name(row, column): text})
    if is_one_of(sheet.height(row + 1), _HEIGHTS) and not is_one_of(sheet.height(row + 1), [needed]):
        sheet.set_height(row + 1, needed)
    patch_table(patch, CALLS_SHEET)


def _set_name(patch: Patch, row: int, column: int) -> None:
    patch.workbook.set_name(CALLS_NAME, f"'{L.CALLS}'!{cell_name(row, column, fixed=True)}")
