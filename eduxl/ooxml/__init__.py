"""A patcher of Excel packages (ECMA-376): new rows for chosen sheets, everything else as it was.

    package = Package.open("总台账.xlsm")
    sheet = package.sheet("填报明细")
    region = sheet.region(1, ["单位编码", "任务编号", "完成状态"])
    keys = [tuple(row) for row in sheet.values(region, ["单位编码", "任务编号"])]
    sheet.replace(region, keys, [NewRow(("S001", 1.0), ["S001", 1, "已完成"])])
    package.save("new.xlsm")

A sheet that is gone comes back from a freshly written workbook, looking as it does there:

    package.adopt(Package.open(fresh), "填报明细", before="历次明细")

It knows OOXML and nothing about what the rows mean. Parts without a reason to change keep their compressed bytes.
Formulas and links given as values name rows as they are after the change; those of kept cells are moved.

Goes with a row: height, hidden and grouped state, cells of columns that aren't ours with values, formulas and styles,
notes and threaded comments with their boxes, hyperlinks, merged cells, pictures and controls that lie within the row,
single-row validations and conditional formats (extensions' too), ignored errors, protected ranges, page breaks,
sparklines. Larger pictures and charts, tables and pivot tables beside ours stay where they are; what lies below shifts.

Follows from elsewhere: formulas on all sheets, defined names, print areas, chart series, links, controls' cells, tables,
filters, pivot sources (refreshed on opening). A range over all rows of a table keeps covering them (where the table has
one row, a validation or conditional format of that row counts as such); a reference to one row goes with it; one to a
deleted row becomes `#REF!`. A column of the clerk's that is one filled formula is filled on new rows too.

Refused by name (`Refused`) before anything is written: passwords, old .xls, .xlsb, digital signatures, shared
workbooks' revisions, damaged or huge files, rows that a sheet cannot hold.

Not kept, told in `Package.notes`: merged cells and array formulas over several rows that come apart.
Not kept in step: three-dimensional references (Excel doesn't either), references inside text (`INDIRECT("A5")`) or
macros, defined names without `$`, scenarios' values, single cells of XML maps, formulas in other workbooks.
Chart caches of moved ranges are dropped. Cached values of others' formulas over changed cells stay as they were until a
program works them out: Excel does on opening (`fullCalcOnLoad`), LibreOffice when it is set to, or at Ctrl+Shift+F9.
Filters by colour, top ten or period hide no row that wasn't hidden.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from eduxl.lazy import loader

if TYPE_CHECKING:
    from eduxl.ooxml.package import Package
    from eduxl.ooxml.references import Area
    from eduxl.ooxml.refusal import Refused
    from eduxl.ooxml.region import NewRow, Region
    from eduxl.ooxml.sheet import Sheet
    from eduxl.ooxml.values import KEEP, Formula, Link, Value

__all__ = ["KEEP", "Area", "Formula", "Link", "NewRow", "Package", "Refused", "Region", "Sheet", "Value"]

#: Loaded when they are first asked for: many commands change no workbook.
_MODULES = {
    "Area": "eduxl.ooxml.references",
    "Formula": "eduxl.ooxml.values",
    "KEEP": "eduxl.ooxml.values",
    "Link": "eduxl.ooxml.values",
    "NewRow": "eduxl.ooxml.region",
    "Package": "eduxl.ooxml.package",
    "Refused": "eduxl.ooxml.refusal",
    "Region": "eduxl.ooxml.region",
    "Sheet": "eduxl.ooxml.sheet",
    "Value": "eduxl.ooxml.values",
}

__getattr__ = loader("eduxl.ooxml", _MODULES)
