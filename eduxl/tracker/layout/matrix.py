"""填报矩阵: which columns and rows it has and what a cell says."""

from __future__ import annotations

from collections.abc import Iterable

from eduxl import labels as L
from eduxl.tracker.layout.style import text_lines

UNIT_COLUMNS = (L.UNIT_CODE, L.UNIT_NAME, L.KIND, L.DISTRICT)
#: Number, title and due date of each task.
HEADER_ROWS = 3
#: Units per task column: `蓝 持续推进` fits.
TASK_WIDTH = 11.5
_MAX_TITLE_LINES = 7


def cell_text(light: str, text: str) -> str:
    """What a cell of the matrix holds: `绿 100%`, `未报` …"""
    return f"{light} {text}".strip()


def title_height(titles: Iterable[str]) -> float:
    """Points for the row of the titles."""
    lines = max((text_lines(title, TASK_WIDTH) for title in titles), default=2)
    return 15.0 * min(_MAX_TITLE_LINES, max(2, lines)) + 6
