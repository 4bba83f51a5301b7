"""Cells with a place of their own: what 首页 and 总览 are made of, as data."""

from __future__ import annotations

from typing import Any

from attrs import field, frozen

from eduxl.ooxml.references import column_letters
from eduxl.ooxml.values import Formula, Link
from eduxl.tracker.layout.style import LINE
from eduxl.tracker.tables import Value


@frozen
class Placed:
    """`value` at a zero-based cell, merged through (`to_row`, `to_col`) where they are given."""

    row: int
    col: int
    value: Value | Formula | Link
    look: dict[str, Any] = field(factory=dict)
    to_col: int | None = None
    to_row: int | None = None


def boxed(**look: Any) -> dict[str, Any]:
    """The look with a thin border."""
    return {"border": 1, "border_color": LINE, **look}


def cell_name(row: int, col: int, *, fixed: bool = False) -> str:
    """A1 reference of a zero-based cell, `$E$30` where it is fixed."""
    letters = column_letters(col + 1)
    return f"${letters}${row + 1}" if fixed else f"{letters}{row + 1}"
