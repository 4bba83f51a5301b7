"""What a cell of any spreadsheet holds."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

#: As python-calamine gives it: text, numbers (always floats), dates, booleans, "" for an empty one.
Cell = str | int | float | bool | date | datetime | time | timedelta | None
