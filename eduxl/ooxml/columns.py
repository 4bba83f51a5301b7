"""The widths of a worksheet's columns: its `cols`, runs of columns that must be in order and not overlap."""

from __future__ import annotations

from eduxl.ooxml import attachments
from eduxl.ooxml.markup import Element, name, qualified

#: Characters of Excel's default font, where a sheet does not say.
_DEFAULT = 8.43


def _runs(tree: Element) -> list[Element]:
    return [run for cols in tree if name(cols) == "cols" for run in cols if name(run) == "col"]


def _ends(run: Element) -> tuple[int, int]:
    return int(run.get("min", 1)), int(run.get("max", run.get("min", 1)))


def width(tree: Element, column: int) -> float:
    """The width of a column in characters, the sheet's default where none is given."""
    for run in _runs(tree):
        first, last = _ends(run)
        if first <= column <= last and run.get("width"):
            return float(run.get("width", 0))
    usual = next((element for element in tree if name(element) == "sheetFormatPr"), None)
    return float(usual.get("defaultColWidth", _DEFAULT)) if usual is not None else _DEFAULT


def set_width(tree: Element, column: int, characters: float) -> None:
    """Make a column so wide, and visible; other columns of its run stay as they are."""
    cols = attachments.child(tree, "cols")
    given: dict[str, str] = {}
    for run in _runs(tree):
        first, last = _ends(run)
        if not first <= column <= last:
            continue
        given = {str(key): str(value) for key, value in run.attrib.items()}
        for begin, end in ((first, column - 1), (column + 1, last)):
            if begin <= end:
                run.addprevious(run.makeelement(run.tag, {**given, "min": str(begin), "max": str(end)}))
        above = run.getparent()
        cols = cols if above is None else above
        cols.remove(run)
    given |= {"min": str(column), "max": str(column), "width": f"{characters:g}", "customWidth": "1"}
    for gone in ("hidden", "bestFit", "collapsed", "outlineLevel"):
        given.pop(gone, None)
    new = cols.makeelement(qualified(cols, "col"), given)
    at = sum(_ends(run)[0] < column for run in cols if name(run) == "col")
    cols.insert(at, new)
