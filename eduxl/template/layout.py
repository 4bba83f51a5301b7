"""Where things stand in a template and how much room Chinese text takes there: widths, heights, places.

Excel sizes a row by itself only while somebody types in it, so heights of written text are estimated here.
"""

from __future__ import annotations

import re
from functools import lru_cache
from math import ceil

from eduxl import labels as L

# --- places in 填报表 (rows and columns count from 0) ------------------------------------------------
TITLE_ROW = 0
#: A2 says 单位：, B2 (merged with C2) "code name": where a reader looks when the hidden sheet is gone.
UNIT_ROW, UNIT_LABEL_COL, UNIT_COL = 1, 0, 1
UNIT_LABEL = "单位："
#: A3 (merged to C3): 还有 N 项未填
OPEN_ROW, OPEN_COL = 2, 0
HEADER_ROW = 3
FIRST_ROW = 4
#: Columns up to 任务名称 stay in sight.
FROZEN_COLS = 3

SENT_BACK_COLUMN = "退回意见"
PREVIOUS_ROUND = "上期轮次"
PREVIOUS_STATUS = "上期状态"
PREVIOUS_PROGRESS = "上期进度"
PREVIOUS_REPORT = "上期进展"
PREVIOUS_COLUMNS = (PREVIOUS_ROUND, PREVIOUS_STATUS, PREVIOUS_PROGRESS, PREVIOUS_REPORT)

#: In characters of the default font, as Excel counts (7 pixels each).
WIDTHS: dict[str, float] = {
    L.TASK_NO: 9,
    L.PROJECT: 13,
    L.TASK_TITLE: 21,
    L.ROLE: 9,
    L.DUE: 11.5,
    SENT_BACK_COLUMN: 22,
    L.STATUS: 10.5,
    L.PROGRESS: 9,
    L.DONE_ON: 11.5,
    L.REPORT: 36,
    L.PROBLEM: 21,
    L.NEXT_STEPS: 21,
    L.EVIDENCE: 16,
    L.REPORTER: 9,
    L.PHONE: 13.5,
    PREVIOUS_ROUND: 9.5,
    PREVIOUS_STATUS: 9.5,
    PREVIOUS_PROGRESS: 9.5,
    PREVIOUS_REPORT: 34,
}

# --- other sheets -----------------------------------------------------------------------------------
#: Title in row 1, header in row 2, rows from row 3.
SIDE_HEADER_ROW = 1
SIDE_FIRST_ROW = 2
STEPS = "工作步骤"
DUE_TEXT = "完成时间"
INDICATOR_WIDTHS: dict[str, float] = {
    L.TASK_NO: 9, L.TASK_TITLE: 34,
    "指标名称": 24, "目标值": 13, "计量单位": 11, "本期完成值": 14, L.NOTE: 40,
}  # fmt: skip
PROBLEM_WIDTHS: dict[str, float] = {
    L.TASK_NO: 11, "问题描述": 46, "整改措施": 46, "责任人": 12, "整改时限": 14, "整改状态": 12,
}  # fmt: skip
BODY_WIDTHS: dict[str, float] = {
    L.TASK_NO: 9, L.TASK_TITLE: 24, L.TASK_BODY: 88, STEPS: 42, DUE_TEXT: 15,
}  # fmt: skip
HELP_WIDTH = 110
#: 退回说明: title, two lines of what to do, header. None of its header words is one that heads a column of a return.
SENDBACK_HEADER_ROW = 3
SENDBACK_WIDTHS: dict[str, float] = {
    "序号": 6, L.TASK_NO: 9, L.TASK_TITLE: 24, "单元格": 17, "您填的": 44, "哪里不对": 36, "怎么改": 36, "要求": 9,
}  # fmt: skip
#: Longest piece of an answer that is repeated there: what the highest row shows in that width.
SENDBACK_QUOTED = 500
#: Longest text that a formula may quote; Excel takes 255.
LITERAL = 200
#: A cell's note in pixels.
NOTE_WIDTH, NOTE_LINE = 280, 18

# --- text -------------------------------------------------------------------------------------------
FONT = "微软雅黑"
FONT_SIZE = 10
LINE = 16.5  # points, one line of FONT
#: An empty answer cell has room for this many lines.
ROOM_LINES = 3
MAX_LINES = 24  # Excel's highest row, 409 points, holds no more
MAX_TEXT = 32_767  # UTF-16 units in one cell

_WIDE, _NARROW = FONT_SIZE * 4 / 3, FONT_SIZE * 4 / 3 * 0.58  # pixels


@lru_cache(maxsize=8192)
def text_lines(text: str, width: float) -> int:
    """Estimated lines of `text` wrapped in a column of `width` characters: at least 1, rather too many."""
    room = width * 7 - 4 - _WIDE / 2  # a line ends early rather than with a bracket or half a word
    lines = 0
    for paragraph in text.split("\n"):
        ascii_count = len(paragraph.encode("ascii", "ignore"))
        pixels = ascii_count * _NARROW + (len(paragraph) - ascii_count) * _WIDE
        lines += max(1, ceil(pixels / room))
    return lines


def row_height(lines: int) -> float:
    """Height in points of a row of that many lines."""
    return min(lines * LINE + 4, 409)


@lru_cache(maxsize=2048)
def chunks(text: str, width: float) -> tuple[str, ...]:
    """`text` in pieces that each fit the highest row possible, broken after a sentence where there is one."""
    if text_lines(text, width) <= MAX_LINES:
        return (text,)
    longest = int(MAX_LINES * (width * 7 - 4) / _WIDE / 2)
    sentences = [
        piece[at : at + longest]
        for piece in re.findall(r"[^。；\n]*[。；\n]|[^。；\n]+", text)
        for at in range(0, len(piece), longest)
    ]
    pieces = [""]
    for sentence in sentences:
        if text_lines(pieces[-1] + sentence, width) > MAX_LINES:
            pieces.append("")
        pieces[-1] += sentence
    return tuple(piece.strip("\n") for piece in pieces if piece.strip())


def cell_text(text: str) -> str:
    """`text` as a cell can hold it: line breaks as Excel has them, cut at Excel's limit rather than lost."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if len(text) * 2 > MAX_TEXT:
        units = text.encode("utf-16-le", "surrogatepass")
        if len(units) > MAX_TEXT * 2:
            text = units[: (MAX_TEXT - 1) * 2].decode("utf-16-le", "ignore") + "…"
    return text
