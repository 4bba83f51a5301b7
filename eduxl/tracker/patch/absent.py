"""Columns of ours that are gone: they come back at the right, with their rules; what the clerk made of them stays."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eduxl.ooxml import Package
from eduxl.tracker.layout.sheets import TableSheet
from eduxl.tracker.layout.style import OTHER_COLUMN
from eduxl.tracker.patch.target import Sheet, only_closed
from eduxl.tracker.tables import Table

if TYPE_CHECKING:
    from eduxl.tracker.patch import Patch


def restore_columns(patch: Patch, sheet: Sheet, spec: TableSheet, header: int) -> None:
    """Give a table the columns back that it lacks, with the rules that a new workbook has for them.

    Raises `Refused` (`not-open`) where the workbook is open in a program.
    """
    at = sheet.header(header)
    missing = [column for column in spec.columns if column not in at]
    if not missing:
        return
    if patch.file is None:
        what = f"工作表“{spec.sheet}”缺少列：{'、'.join(missing)}"
        raise only_closed(what, patch.source.name, renamed="列名")
    present = [column for column in spec.columns if column in at]
    widths = [spec.widths.get(column, OTHER_COLUMN).width for column in missing]
    whole = patch.file.sheet(spec.sheet)
    whole.add_columns(header, missing, present, widths=widths)
    region = whole.region(header, spec.columns)
    donor = _donor(patch, spec, region.columns)
    whole.adopt_rules(donor.sheet(spec.sheet), rows=(region.first, region.last))


def _donor(patch: Patch, spec: TableSheet, columns: dict[str, int]) -> Package:
    """A new workbook whose table has its columns where the clerk's has them."""
    from eduxl.tracker.author import master_bytes

    last = max(columns.values())
    names = {column: name for name, column in columns.items()}
    # XlsxWriter wants a table's columns side by side from column A: the clerk's own stand in as blanks
    ordered = tuple(names.get(column, f"({column})") for column in range(1, last + 1))
    empty = spec.replaced(patch.view, Table(spec.sheet, ordered, ()))
    return Package.open(master_bytes(empty, macros=patch.macros, bare=True))
