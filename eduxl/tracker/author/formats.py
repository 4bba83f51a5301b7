"""Cell formats of a workbook being written: made once and shared, so a sheet of 12,000 rows needs no look-ups per cell."""

from __future__ import annotations

from typing import Any

from attrs import frozen
from xlsxwriter.format import Format  # type: ignore[import-untyped]
from xlsxwriter.workbook import Workbook  # type: ignore[import-untyped]

from eduxl.tracker.layout.style import (
    CLERK,
    CLERK_PALE,
    FORMULA_STARTS,
    INK,
    KINDS,
    LIGHT_CELL,
    LINE,
    NAVY,
    Kind,
)


class Formats:
    """All cell formats of one workbook; the same properties give the same format."""

    def __init__(self, book: Workbook) -> None:
        self._book = book
        self._made: dict[tuple[tuple[str, Any], ...], Format] = {}

    def get(self, **properties: Any) -> Format:
        key = tuple(sorted(properties.items()))
        if key not in self._made:
            self._made[key] = self._book.add_format({"font_color": INK, "valign": "vcenter", **properties})
        return self._made[key]

    def cell(self, kind: Kind, *, clerk: bool = False, **more: Any) -> Format:
        """A bordered cell of a table."""
        fill = {"bg_color": CLERK_PALE, "locked": False} if clerk else {}
        return self.get(border=1, border_color=LINE, **{**KINDS[kind], **fill, **more})

    def header(self, *, clerk: bool = False, **more: Any) -> Format:
        look: dict[str, Any] = {
            "bold": True,
            "font_color": "#FFFFFF",
            "bg_color": CLERK if clerk else NAVY,
            "align": "center",
            "text_wrap": True,
            "border": 1,
            "border_color": LINE,
        }
        return self.get(**{**look, **more})

    def light(self, light: str) -> Format:
        """For conditional formats: fill and text colour only."""
        fill, text = LIGHT_CELL[light]
        return self.get(bg_color=fill, font_color=text)

    def column(self, kind: Kind, *, clerk: bool = False) -> ColumnFormats:
        """The formats of a column."""
        date_kind: Kind = "date" if kind != "moment" else "moment"
        return ColumnFormats(
            plain=self.cell(kind, clerk=clerk),
            quoted=self.cell(kind, clerk=clerk, quote_prefix=True),
            day=self.cell(date_kind, clerk=clerk),
            moment=self.cell("moment", clerk=clerk),
        )


@frozen
class ColumnFormats:
    """The formats a column's values need. `quoted` keeps text such as `=1+1` text when the cell is edited."""

    plain: Format
    quoted: Format
    day: Format
    moment: Format

    def for_text(self, text: str) -> Format:
        return self.quoted if text[:1] in FORMULA_STARTS else self.plain
