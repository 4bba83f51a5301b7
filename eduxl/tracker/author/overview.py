"""总览: the round by 工程, 学区 and 学段, each as a table of formulas with its chart beside it.

The formulas count the rows of 任务台账 (by 工程) and 填报明细 (the others), so the figures follow when the
clerk corrects a cell; the values stored with them are the computed ones. Printed pages break between blocks.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from attrs import frozen
from xlsxwriter.utility import xl_range_abs  # type: ignore[import-untyped]
from xlsxwriter.workbook import Workbook  # type: ignore[import-untyped]
from xlsxwriter.worksheet import Worksheet  # type: ignore[import-untyped]

from eduxl import labels as L
from eduxl.tracker.author.home import number_cell, state_line
from eduxl.tracker.author.ledgers import ENTRIES, TASKS
from eduxl.tracker.author.placed import Formula, Placed, boxed, put
from eduxl.tracker.author.sheet import set_page
from eduxl.tracker.author.style import (
    FONT,
    INK,
    LIGHT_CELL,
    LIGHT_SOLID,
    LINE,
    MUTED,
    NAVY,
    PALE,
    PLAIN_ROW,
    STEEL,
    Formats,
    row_height,
    text_lines,
)
from eduxl.tracker.tables import Master, Tally

_NAME, _FIRST, _LAST_TABLE = 1, 2, 8
_CHART, _LAST = 10, 17
_NAME_WIDTH, _FIGURE_WIDTH, _CHART_WIDTH = 34.0, 9.0, 9.5
#: Pixels of the chart columns, less a margin: column widths differ a little between programs.
_CHART_PIXELS = (_LAST - _CHART + 1) * (int(_CHART_WIDTH * 7 + 0.5) + 5) - 16
_TOP_ROWS = 4
#: Rows of 24 pixels on a page of A4 landscape at the scale that fits the width, some kept in reserve.
_PAGE_ROWS = 34
FIGURES = ("应报", "已报", "未报", "上报率", "已完成", "完成率", "平均进度")

_HEADING: dict[str, Any] = {"bold": True, "font_size": 12, "font_color": NAVY}
_HEAD: dict[str, Any] = boxed(bold=True, font_color="#FFFFFF", bg_color=NAVY, align="center", text_wrap=True)
_CELL: dict[str, Any] = boxed(align="center", num_format="0")
_SHARE: dict[str, Any] = boxed(align="center", num_format="0%")
_WORDS: dict[str, Any] = boxed(align="left", indent=1, text_wrap=True)

#: The answers that make a row of 填报明细 count as reported.
_ANSWERS = (L.STATUS, L.PROGRESS, L.DONE_ON, L.REPORT, L.PROBLEM, L.NEXT_STEPS, L.EVIDENCE)


# --- blocks ---------------------------------------------------------------------------------------
@frozen
class Counts:
    """How a table counts: for the cell with the group's name (`$B9`) the formulas of its four sources."""

    expected: Callable[[str], str]
    reported: Callable[[str], str]
    done: Callable[[str], str]
    #: progress summed over the rows
    progress: Callable[[str], str]


def _tasks_sum(column: str) -> Callable[[str], str]:
    return lambda name: f"SUMIFS({TASKS}[{column}],{TASKS}[{L.PROJECT}],{name})"


def _any_answer() -> str:
    return "+".join(f'({ENTRIES}[{column}]<>"")' for column in _ANSWERS)


BY_PROJECT = Counts(
    _tasks_sum(L.EXPECTED),
    _tasks_sum(L.REPORTED),
    _tasks_sum(L.DONE),
    lambda name: f"SUMPRODUCT(({TASKS}[{L.PROJECT}]={name})*{TASKS}[{L.EXPECTED}]*{TASKS}[{L.AVERAGE}])",
)
BY_DISTRICT = Counts(
    lambda name: f"COUNTIFS({ENTRIES}[{L.DISTRICT}],{name})",
    lambda name: f"SUMPRODUCT(({ENTRIES}[{L.DISTRICT}]={name})*(({_any_answer()})>0))",
    lambda name: f'COUNTIFS({ENTRIES}[{L.DISTRICT}],{name},{ENTRIES}[{L.STATUS}],"{L.COMPLETED}")',
    lambda name: f"SUMIFS({ENTRIES}[{L.PROGRESS}],{ENTRIES}[{L.DISTRICT}],{name})",
)
#: A unit of several stages counts in each of them.
BY_STAGE = Counts(
    lambda name: f'COUNTIFS({ENTRIES}[{L.STAGES}],"*"&{name}&"*")',
    lambda name: f"SUMPRODUCT(ISNUMBER(SEARCH({name},{ENTRIES}[{L.STAGES}]))*(({_any_answer()})>0))",
    lambda name: f'COUNTIFS({ENTRIES}[{L.STAGES}],"*"&{name}&"*",{ENTRIES}[{L.STATUS}],"{L.COMPLETED}")',
    lambda name: f'SUMIFS({ENTRIES}[{L.PROGRESS}],{ENTRIES}[{L.STAGES}],"*"&{name}&"*")',
)


@frozen
class Block:
    """A table and the chart beside it: zero-based first row, rows taken, and the rows with the groups."""

    title: str
    row: int
    rows: int
    first: int
    last: int


@frozen
class Layout:
    summary: Block
    groups: tuple[Block, ...]
    cells: tuple[Placed, ...]
    #: rows that start a new printed page
    breaks: tuple[int, ...]

    @property
    def last_row(self) -> int:
        end = self.groups[-1]
        return end.row + end.rows - 1


def chart_pixels(groups: int) -> int:
    """Height of a bar chart with two bars for each group."""
    return max(260, 76 + 30 * groups)


def overview_layout(master: Master) -> Layout:
    """Where everything of 总览 stands, without writing anything."""
    home = master.home
    cells = [
        Placed(
            1, _NAME, f"{home.title}　总览", {"bold": True, "font_size": 18, "font_color": NAVY}, to_col=_LAST
        ),
        Placed(2, _NAME, state_line(home), {"font_color": MUTED, "font_size": 11}, to_col=_LAST),
    ]
    summary = Block("本轮情况", _TOP_ROWS, 13, _TOP_ROWS + 2, _TOP_ROWS + 2)
    cells += _summary_cells(master, summary)
    groups: list[Block] = []
    breaks: list[int] = []
    row, page = summary.row + summary.rows, 0
    for title, head, tallies, counts, total in (
        ("各工程进度", L.PROJECT, master.overview.by_project, BY_PROJECT, True),
        ("各学区进度", L.DISTRICT, master.overview.by_district, BY_DISTRICT, True),
        ("各学段进度", L.STAGES, master.overview.by_stage, BY_STAGE, False),
    ):
        lines = max(1, len(tallies)) + total
        taken = max(2 + lines, 1 + -(-chart_pixels(len(tallies)) // PLAIN_ROW)) + 1
        if row + taken - 1 - page > _PAGE_ROWS:
            page = row
            breaks.append(row)
        block = Block(title, row, taken, row + 2, row + 1 + max(1, len(tallies)))
        cells += _group_cells(block, head, tallies, counts, total)
        groups.append(block)
        row += taken
    return Layout(summary, tuple(groups), tuple(cells), tuple(breaks))


# --- cells ----------------------------------------------------------------------------------------
def _summary_cells(master: Master, block: Block) -> list[Placed]:
    """Units of the round and lights of its rows; two charts show the same."""
    home, row = master.home, block.row
    cells = [Placed(row, _NAME, block.title, _HEADING, to_col=_LAST_TABLE)]
    units = (
        ("应报", 0, home.expected),
        ("已报", 1, home.received),
        ("未报", 2, home.missing),
        ("迟报", 3, home.late),
    )
    share = home.received / home.expected if home.expected else 0
    cells.append(Placed(row + 1, _NAME, "单位", _HEAD))
    cells.append(Placed(row + 2, _NAME, "填报单位（个）", _WORDS))
    for i, (label, card, number) in enumerate(units):
        cells.append(Placed(row + 1, _FIRST + i, label, _HEAD))
        value = Formula(f"='{L.HOME}'!{number_cell(card)}", number)
        cells.append(Placed(row + 2, _FIRST + i, value, _CELL))
    cells.append(Placed(row + 1, _FIRST + len(units), "上报率", _HEAD))
    n = row + 3
    cells.append(Placed(row + 2, _FIRST + len(units), Formula(f"=IF(C{n}>0,D{n}/C{n},0)", share), _SHARE))
    cells.append(Placed(row + 4, _NAME, L.LIGHT, _HEAD))
    cells.append(Placed(row + 5, _NAME, "填报明细（行）", _WORDS))
    for i, light in enumerate(L.LIGHTS):
        fill, text = LIGHT_CELL[light]
        cells.append(Placed(row + 4, _FIRST + i, light, {**_HEAD, "bg_color": fill, "font_color": text}))
        value = Formula(f'=COUNTIF({ENTRIES}[{L.LIGHT}],"{light}")', master.overview.lights.get(light, 0))
        cells.append(Placed(row + 5, _FIRST + i, value, _CELL))
    after = _FIRST + len(L.LIGHTS)
    cells.append(Placed(row + 4, after, "未到期", {**_HEAD, "bg_color": PALE, "font_color": INK}))
    coloured = xl_range_abs(row + 5, _FIRST, row + 5, after - 1)
    rest = Formula(f"=COUNTA({ENTRIES}[{L.UNIT_CODE}])-SUM({coloured})", master.overview.lights.get("", 0))
    cells.append(Placed(row + 5, after, rest, _CELL))
    note = {"font_color": MUTED, "font_size": 9, "align": "left", "valign": "top", "text_wrap": True}
    words = (
        "各工程按“任务台账”统计，已完成和平均进度取最近一次填报；各学区、各学段按“填报明细”统计本轮填报。\n"
        "上报率＝已报÷应报；完成率＝已完成÷应报；平均进度中没有填报的按 0 计。一校多学段的，各学段都计入。"
    )
    cells.append(Placed(row + 7, _NAME, words, note, to_row=row + 10, to_col=_LAST_TABLE))
    return cells


def _group_cells(
    block: Block, head: str, tallies: Sequence[Tally], counts: Counts, total: bool
) -> list[Placed]:
    cells = [
        Placed(block.row, _NAME, block.title, _HEADING, to_col=_LAST_TABLE),
        Placed(block.row + 1, _NAME, head, _HEAD),
        *(Placed(block.row + 1, _FIRST + i, figure, _HEAD) for i, figure in enumerate(FIGURES)),
    ]
    for row, tally in enumerate(tallies, block.first):
        at = f"$B{row + 1}"
        cells.append(Placed(row, _NAME, tally.name, _WORDS))
        cells += _figures(
            row,
            tally,
            counts.expected(at),
            counts.reported(at),
            counts.done(at),
            counts.progress(at),
            _CELL,
            _SHARE,
        )
    if not tallies:
        cells.append(Placed(block.first, _NAME, "本轮还没有数据", {**_WORDS, "font_color": MUTED}))
        cells += [Placed(block.first, _FIRST + i, None, _CELL) for i in range(len(FIGURES))]
    if total:
        cells += _total(block, tallies)
    return cells


def _figures(
    row: int, tally: Tally, expected: str, reported: str, done: str, progress: str, cell: dict[str, Any],
    share: dict[str, Any],
) -> list[Placed]:  # fmt: skip
    """The seven figures of one line; shares of nothing are 0."""
    n = row + 1
    reported_share = tally.reported / tally.expected if tally.expected else 0
    done_share = tally.done / tally.expected if tally.expected else 0
    return [
        Placed(row, _FIRST, Formula(f"={expected}", tally.expected), cell),
        Placed(row, _FIRST + 1, Formula(f"={reported}", tally.reported), cell),
        Placed(row, _FIRST + 2, Formula(f"=C{n}-D{n}", tally.expected - tally.reported), cell),
        Placed(row, _FIRST + 3, Formula(f"=IF(C{n}>0,D{n}/C{n},0)", reported_share), share),
        Placed(row, _FIRST + 4, Formula(f"={done}", tally.done), cell),
        Placed(row, _FIRST + 5, Formula(f"=IF(C{n}>0,G{n}/C{n},0)", done_share), share),
        Placed(row, _FIRST + 6, Formula(f"=IF(C{n}>0,{progress}/C{n},0)", tally.average), share),
    ]


def _total(block: Block, tallies: Sequence[Tally]) -> list[Placed]:
    row, first, last = block.last + 1, block.first + 1, block.last + 1
    expected = sum(t.expected for t in tallies)
    weighted = sum(t.expected * t.average for t in tallies)
    tally = Tally(
        "合计",
        expected,
        sum(t.reported for t in tallies),
        sum(t.done for t in tallies),
        weighted / expected if expected else 0.0,
    )
    bold = {"bold": True, "bg_color": PALE}

    def column_sum(letter: str) -> str:
        return f"SUM({letter}{first}:{letter}{last})"

    return [
        Placed(row, _NAME, tally.name, {**_WORDS, **bold}),
        *_figures(
            row, tally, column_sum("C"), column_sum("D"), column_sum("G"),
            f"SUMPRODUCT(C{first}:C{last},I{first}:I{last})", {**_CELL, **bold}, {**_SHARE, **bold},
        ),
    ]  # fmt: skip


# --- writing --------------------------------------------------------------------------------------
def write_overview(ws: Worksheet, book: Workbook, formats: Formats, master: Master) -> None:
    layout = overview_layout(master)
    ws.hide_gridlines(2)
    ws.set_column(0, 0, 2)
    ws.set_column(_NAME, _NAME, _NAME_WIDTH)
    ws.set_column(_FIRST, _LAST_TABLE, _FIGURE_WIDTH)
    ws.set_column(_LAST_TABLE + 1, _LAST_TABLE + 1, 2)
    ws.set_column(_CHART, _LAST, _CHART_WIDTH)
    for row in range(layout.last_row + 1):
        ws.set_row_pixels(row, PLAIN_ROW)
    ws.set_row(0, 6)
    ws.set_row(1, 32)
    ws.set_row(_TOP_ROWS - 1, 8)
    for cell in layout.cells:
        # Taller rows only lengthen the space below the chart beside them.
        if cell.look is _WORDS and text_lines(str(cell.value), _NAME_WIDTH - 1) > 1:
            ws.set_row(cell.row, row_height(text_lines(str(cell.value), _NAME_WIDTH - 1)))
    put(ws, formats, layout.cells)
    _summary_charts(ws, book, layout.summary)
    for block in layout.groups:
        _bars(ws, book, block)
    set_page(ws, master.home.title, header_rows=0)
    ws.print_area(0, 0, layout.last_row, _LAST)
    ws.set_h_pagebreaks(list(layout.breaks))


_TEXT: dict[str, Any] = {"name": FONT, "size": 9, "color": INK}
_FRAME = {"border": {"color": LINE, "width": 0.75}, "fill": {"color": "#FFFFFF"}}


def _title(text: str) -> dict[str, Any]:
    return {"name": text, "name_font": {**_TEXT, "size": 11, "bold": True, "color": NAVY}, "overlay": False}


def _reference(row: int, col: int, to_row: int, to_col: int) -> list[Any]:
    return [L.OVERVIEW, row, col, to_row, to_col]


def _summary_charts(ws: Worksheet, book: Workbook, block: Block) -> None:
    height = (block.rows - 1) * PLAIN_ROW - 12
    half = _CHART_PIXELS // 2 - 4
    ring = book.add_chart({"type": "doughnut"})
    ring.add_series(
        {
            "name": "填报单位",
            "categories": _reference(block.row + 1, _FIRST + 1, block.row + 1, _FIRST + 2),
            "values": _reference(block.row + 2, _FIRST + 1, block.row + 2, _FIRST + 2),
            "points": [{"fill": {"color": NAVY}}, {"fill": {"color": LIGHT_SOLID[""]}}],
            "data_labels": {"value": True, "font": {**_TEXT, "bold": True, "color": "#FFFFFF"}},
        }
    )
    ring.set_title(_title("已报与未报（个单位）"))
    ring.set_hole_size(55)
    ring.set_legend({"position": "bottom", "font": _TEXT})
    lights = book.add_chart({"type": "column"})
    lights.add_series(
        {
            "name": "行数",
            "categories": _reference(block.row + 4, _FIRST, block.row + 4, _FIRST + 4),
            "values": _reference(block.row + 5, _FIRST, block.row + 5, _FIRST + 4),
            "points": [{"fill": {"color": LIGHT_SOLID[light]}} for light in (*L.LIGHTS, "")],
            "data_labels": {"value": True, "font": _TEXT},
            "gap": 60,
        }
    )
    lights.set_title(_title("亮灯（行）"))
    lights.set_legend({"none": True})
    lights.set_x_axis({"num_font": _TEXT, "line": {"color": LINE}, "major_tick_mark": "none"})
    lights.set_y_axis({"visible": False, "major_gridlines": {"visible": False}, "min": 0})
    for chart, offset, words in (
        (ring, 0, "环形图：本轮已报和未报的单位数"),
        (lights, half + 8, "柱形图：填报明细中红、黄、蓝、绿和未到期的行数"),
    ):
        chart.set_size({"width": half, "height": height})
        chart.set_chartarea(_FRAME)
        ws.insert_chart(
            block.row, _CHART, chart,
            {"x_offset": offset, "y_offset": 4, "object_position": 2, "description": words},
        )  # fmt: skip


def _bars(ws: Worksheet, book: Workbook, block: Block) -> None:
    """Share of finished rows and mean progress of each group, first group on top."""
    chart = book.add_chart({"type": "bar"})
    for offset, colour in ((FIGURES.index("完成率"), NAVY), (FIGURES.index("平均进度"), STEEL)):
        col = _FIRST + offset
        chart.add_series(
            {
                "name": _reference(block.row + 1, col, block.row + 1, col)[:3],
                "categories": _reference(block.first, _NAME, block.last, _NAME),
                "values": _reference(block.first, col, block.last, col),
                "fill": {"color": colour},
                "data_labels": {"value": True, "num_format": "0%", "font": {**_TEXT, "size": 8}},
                "gap": 55 if block.last - block.first > 3 else 110,
                "overlap": 0,
            }
        )
    chart.set_title(_title(block.title))
    chart.set_legend({"position": "top", "font": _TEXT})
    chart.set_y_axis(
        {
            "reverse": True,
            "num_font": {**_TEXT, "size": 8},
            "line": {"color": LINE},
            "major_tick_mark": "none",
        }
    )
    chart.set_x_axis(
        {
            "min": 0,
            "max": 1,
            "major_unit": 0.25,
            "num_format": "0%",
            "num_font": {**_TEXT, "size": 8, "color": MUTED},
            "major_gridlines": {"visible": True, "line": {"color": "#E6EBF0", "width": 0.75}},
            "line": {"none": True},
            "label_position": "high",
        }
    )
    chart.set_size({"width": _CHART_PIXELS, "height": (block.rows - 1) * PLAIN_ROW - 8})
    chart.set_chartarea(_FRAME)
    ws.insert_chart(
        block.row, _CHART, chart,
        {"y_offset": 4, "object_position": 2, "description": f"条形图：{block.title}，完成率和平均进度"},
    )  # fmt: skip
