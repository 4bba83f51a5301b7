"""How the master looks: palette, fonts, column widths, row heights, as data.

Column widths are one line per column name; names that are not listed get a width that fits their text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from itertools import zip_longest
from typing import Any, Literal

from attrs import frozen

from eduxl import labels as L
from eduxl.tracker.tables import Value

# --- palette --------------------------------------------------------------------------------------
FONT = "微软雅黑"
#: 134 is GB2312: where the font is missing, Excel and WPS fall back to another Chinese one.
FONT_CHARSET = 134
FONT_SIZE = 10

INK = "#26323F"
MUTED = "#6B7785"
NAVY = "#1F4E79"
STEEL = "#8FB1D1"
PALE = "#EEF3F8"
LINE = "#C8D2DC"
#: Columns and cells that the clerk fills in.
CLERK = "#A8651B"
CLERK_PALE = "#FFF8E8"

#: light → (fill, text) of a cell
LIGHT_CELL = {
    L.RED: ("#F6C7C4", "#8E1B16"),
    L.YELLOW: ("#FCE8A6", "#7A5600"),
    L.BLUE: ("#C6DDF2", "#1B4F80"),
    L.GREEN: ("#CFE8CB", "#2C5E2A"),
}
#: light → solid colour in a chart; "" is what is not due yet
LIGHT_SOLID = {L.RED: "#CF4A43", L.YELLOW: "#EDB73B", L.BLUE: "#3F7FBF", L.GREEN: "#5BA457", "": "#B8C2CC"}

DATE_FORMAT = "yyyy-mm-dd"
MOMENT_FORMAT = "yyyy-mm-dd hh:mm"
#: Points per line of 10 pt text; 微软雅黑 stands higher than most fonts.
LINE_HEIGHT = 16.5
HEADER_HEIGHT = 38.0
#: Pixels: what a row of 首页 and 总览 is high unless said otherwise.
PLAIN_ROW = 24

Kind = Literal["text", "long", "centre", "whole", "number", "percent", "date", "moment", "link"]

KINDS: dict[Kind, dict[str, Any]] = {
    "text": {"align": "left", "valign": "vcenter", "text_wrap": True},
    # a text that is cut at so many lines begins at the top
    "long": {"align": "left", "valign": "top", "text_wrap": True},
    "centre": {"align": "center", "valign": "vcenter", "text_wrap": True},
    "whole": {"align": "center", "valign": "vcenter", "num_format": "0"},
    "number": {"align": "right", "valign": "vcenter"},
    "percent": {"align": "center", "valign": "vcenter", "num_format": "0%"},
    "date": {"align": "center", "valign": "vcenter", "num_format": DATE_FORMAT},
    "moment": {"align": "center", "valign": "vcenter", "num_format": MOMENT_FORMAT},
    "link": {"align": "center", "valign": "vcenter", "font_color": "#1F5FA8", "underline": 1},
}


@frozen
class Column:
    """Width in Excel's character units; with `fit_to` the width grows with the text up to that."""

    width: float
    kind: Kind = "text"
    fit_to: float | None = None


COLUMNS: dict[str, Column] = {
    L.ROUND: Column(10, "centre"),
    L.UNIT_CODE: Column(10, "centre"),
    L.UNIT_NAME: Column(16, "text", fit_to=26),
    L.ALIASES: Column(14, "text", fit_to=30),
    L.KIND: Column(8, "centre"),
    L.STAGES: Column(9, "centre", fit_to=16),
    L.OWNERSHIP: Column(10, "centre"),
    L.DISTRICT: Column(11, "centre", fit_to=16),
    L.CONTACT: Column(11, "centre"),
    L.PHONE: Column(15, "centre"),
    L.EMAIL: Column(16, "text", fit_to=32),
    L.TASK_NO: Column(9, "whole"),
    L.PROJECT: Column(18, "text", fit_to=24),
    L.TASK_TITLE: Column(20, "text", fit_to=28),
    L.TASK_BODY: Column(60, "long"),
    L.ROLE: Column(9, "centre"),
    L.DUE: Column(12, "date"),
    L.STATUS: Column(10, "centre"),
    L.PROGRESS: Column(9, "percent"),
    L.DONE_ON: Column(12, "date"),
    L.REPORT: Column(36, "long"),
    L.PROBLEM: Column(26, "long"),
    L.NEXT_STEPS: Column(26, "long"),
    L.EVIDENCE: Column(18, "long"),
    L.REPORTER: Column(10, "centre"),
    L.RECEIVED: Column(17, "moment"),
    L.SOURCE: Column(16, "text", fit_to=26),
    L.LIGHT: Column(8, "centre"),
    L.FLAGS: Column(12, "centre"),
    L.REVIEW: Column(10, "centre"),
    L.REVIEW_NOTE: Column(20, "long"),
    L.EXTENDED_TO: Column(12, "date"),
    L.LEADS: Column(14, "text"),
    L.SUPPORTS: Column(14, "text", fit_to=18),
    L.SCHOOLS: Column(16, "text", fit_to=20),
    L.RECURRENCE: Column(10, "centre"),
    L.EXPECTED: Column(8, "whole"),
    L.REPORTED: Column(8, "whole"),
    L.DONE: Column(9, "whole"),
    L.AVERAGE: Column(9, "percent"),
    L.LEAD_REPORT: Column(36, "long"),
    L.CLOSED: Column(10, "centre"),
    L.REMARK: Column(18, "long"),
    L.LEVEL: Column(8, "centre"),
    L.NOTE: Column(44, "long"),
    L.ADVICE: Column(44, "long"),
    L.LOCATE: Column(9, "link"),
    L.CONFIRM_UNIT: Column(18, "text"),
    "指标名称": Column(24, "text"),
    "统计范围": Column(14, "centre"),
    "目标值": Column(11, "number"),
    "计量单位": Column(10, "centre"),
    "应报单位数": Column(12, "whole"),
    "已报单位数": Column(12, "whole"),
    "合计": Column(12, "number"),
    "完成率": Column(9, "percent"),
    "未报单位": Column(40, "long"),
    L.CALL_KIND: Column(8, "centre"),
    L.CALL_AMOUNT: Column(18, "text", fit_to=24),
    L.CALL_COUNT: Column(10, "whole"),
    L.CALL_MAIL: Column(40, "long"),
    "文件编号": Column(15, "centre"),
    "文件": Column(34, "text"),
    "原因代码": Column(18, "centre"),
    "原因": Column(40, "long"),
    L.FIX: Column(44, "long"),
    L.REMINDER: Column(16, "text", fit_to=20),
    L.CELL: Column(14, "text", fit_to=20),
    L.ORIGINAL: Column(30, "long"),
    "日期": Column(12, "date"),
    "操作": Column(14, "centre"),
    "内容": Column(80, "long", fit_to=110),
}
#: For columns that are not listed (分组规则, additions): as wide as the text, within reason.
OTHER_COLUMN = Column(10, "text", fit_to=36)


# --- text -----------------------------------------------------------------------------------------
#: XML 1.0 cannot hold these; tab and line feed are allowed.
_UNWRITABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
#: Excel's limit for one cell, in UTF-16 units.
_CELL_LIMIT = 32_767
FORMULA_STARTS = frozenset("=+-@")


def clean(text: str) -> str:
    """Text as a cell can hold it: line feeds, no control characters, at most 32,767 UTF-16 units."""
    if not text.isprintable() and _UNWRITABLE.search(text):
        text = _UNWRITABLE.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    if len(text) > _CELL_LIMIT // 2:
        units = text.encode("utf-16-le")
        if len(units) > 2 * _CELL_LIMIT:
            text = units[: 2 * _CELL_LIMIT].decode("utf-16-le", "ignore")
    return text


def text_width(text: str) -> int:
    """Width in character units: a Chinese character counts 2, as its bytes in GB 18030."""
    return len(text.encode("gb18030", "replace"))


def text_lines(text: str, width: float) -> int:
    """How many lines wrapped text needs in a column of `width` units."""
    room = max(2, int(width) - 1)
    if "\n" in text:
        return sum(max(1, -(-text_width(line) // room)) for line in text.split("\n"))
    return -(-text_width(text) // room)


def row_height(lines: int) -> float:
    """Points for a row whose highest cell has so many lines."""
    return min(409.0, max(1, lines) * LINE_HEIGHT + 5.5)


def row_heights(rows: Sequence[Sequence[Value]], widths: Sequence[float], max_lines: int) -> list[float]:
    """Heights by the number of wrapped lines, at most `max_lines`: Excel would show a long report in full."""
    lines = [1] * len(rows)
    for column, width in zip(zip_longest(*rows), widths, strict=False):
        short = int(width - 1) // 2
        long = (v for v in set(column) if isinstance(v, str) and (len(v) > short or "\n" in v))
        known: dict[object, int] = {text: text_lines(text, width) for text in long}
        if known:
            lines = [max(count, known.get(value, 1)) for count, value in zip(lines, column, strict=True)]
    heights = {count: row_height(min(count, max_lines)) for count in set(lines)}
    return [heights[count] for count in lines]


def shown(value: Value) -> str:
    """The text a value takes on screen, for measuring."""
    if isinstance(value, datetime):
        return "2000-01-01 00:00"
    if isinstance(value, date):
        return "2000-01-01"
    return "" if value is None else str(value)


def column_width(name: str, values: Iterable[Value], spec: Column | None = None) -> float:
    """The width for a column: fixed, or fitted to its longest line where its spec (else its name) says so."""
    spec = spec or COLUMNS.get(name, OTHER_COLUMN)
    if spec.fit_to is None:
        return spec.width
    texts = {shown(value) for value in values}
    longest = max((text_width(line) for text in texts for line in text.split("\n")), default=0)
    return float(min(spec.fit_to, max(spec.width, longest + 2, text_width(name) + 3)))


def starts_like_formula(text: str) -> bool:
    return text[:1] in FORMULA_STARTS
