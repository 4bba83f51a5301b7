"""A cell's value as a clerk reads it. Pure; what a text then means is its reader's business."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any


def cell_text(value: Any) -> str:
    """Whole numbers without `.0`, dates and moments as 2022-06-01, "" for an empty cell; text as it stands."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    return str(value)
