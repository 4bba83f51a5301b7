"""Writes 总览: cells, heights and the charts beside the tables."""

from __future__ import annotations

from typing import Any

from xlsxwriter.workbook import Workbook  # type: ignore[import-untyped]
from xlsxwriter.worksheet import Worksheet  # type: ignore[import-untyped]

from eduxl import labels as L
from eduxl.tracker.author.formats import Formats
from eduxl.tracker.author.placed import put
from eduxl.tracker.author.sheet import set_page
from eduxl.tracker.layout.overview import (
    CHART,
    CHART_PIXELS,
    CHART_WIDTH,
    FIGURE_WIDTH,
    FIGURES,
    FIRST,
    LAST,
    LAST_TABLE,
    NAME,
    NAME_WIDTH,
    TOP_ROWS,
    WORDS,
    Block,
    name_height,
    overview_layout,
)
from eduxl.tracker.layout.placed import cell_name
from eduxl.tracker.layout.style import (
    FONT,
    INK,
    LIGHT_SOLID,
    LINE,
    MUTED,
    NAVY,
    PLAIN_ROW,
    STEEL,
)
from eduxl.tracker.tables import Master


# --- writing --------------------------------------------------------------------------------------
def write_overview(ws: Worksheet, book: Workbook, formats: Formats, master: Master) -> None:
    layout = overview_layout(master)
    ws.hide_gridlines(2)
    ws.set_column(0, 0, 2)
    ws.set_column(NAME, NAME, NAME_WIDTH)
    ws.set_column(FIRST, LAST_TABLE, FIGURE_WIDTH)
    ws.set_column(LAST_TABLE + 1, LAST_TABLE + 1, 2)
    ws.set_column(CHART, LAST, CHART_WIDTH)
    for row in range(layout.last_row + 1):
        ws.set_row_pixels(row, PLAIN_ROW)
    ws.set_row(0, 6)
    ws.set_row(1, 32)
    ws.set_row(TOP_ROWS - 1, 8)
    for cell in layout.cells:
        # Taller rows only lengthen the space below the chart beside them.
        if cell.look is WORDS and (height := name_height(str(cell.value))):
            ws.set_row(cell.row, height)
    put(ws, formats, layout.cells)
    for name, (row, col) in layout.anchors.items():
        book.define_name(name, f"='{L.OVERVIEW}'!{cell_name(row, col, fixed=True)}")
    _summary_charts(ws, book, layout.summary)
    for block in layout.groups:
        _bars(ws, book, block)
    set_page(ws, master.home.title, header_rows=0)
    ws.print_area(0, 0, layout.last_row, LAST)
    ws.set_h_pagebreaks(list(layout.breaks))


_TEXT: dict[str, Any] = {"name": FONT, "size": 9, "color": INK}
_FRAME = {"border": {"color": LINE, "width": 0.75}, "fill": {"color": "#FFFFFF"}}


def _title(text: str) -> dict[str, Any]:
    return {"name": text, "name_font": {**_TEXT, "size": 11, "bold": True, "color": NAVY}, "overlay": False}


def _reference(row: int, col: int, to_row: int, to_col: int) -> list[Any]:
    return [L.OVERVIEW, row, col, to_row, to_col]


def _summary_charts(ws: Worksheet, book: Workbook, block: Block) -> None:
    height = (block.rows - 1) * PLAIN_ROW - 12
    half = CHART_PIXELS // 2 - 4
    ring = book.add_chart({"type": "doughnut"})
    ring.add_series(
        {
            "name": "填报单位",
            "categories": _reference(block.row + 1, FIRST + 1, block.row + 1, FIRST + 2),
            "values": _reference(block.row + 2, FIRST + 1, block.row + 2, FIRST + 2),
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
            "categories": _reference(block.row + 4, FIRST, block.row + 4, FIRST + 4),
            "values": _reference(block.row + 5, FIRST, block.row + 5, FIRST + 4),
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
            block.row, CHART, chart,
            {"x_offset": offset, "y_offset": 4, "object_position": 2, "description": words},
        )  # fmt: skip


def _bars(ws: Worksheet, book: Workbook, block: Block) -> None:
    """Share of finished rows and mean progress of each group, first group on top."""
    chart = book.add_chart({"type": "bar"})
    for offset, colour in ((FIGURES.index("完成率"), NAVY), (FIGURES.index("平均进度"), STEEL)):
        col = FIRST + offset
        chart.add_series(
            {
                "name": _reference(block.row + 1, col, block.row + 1, col)[:3],
                "categories": _reference(block.first, NAME, block.last, NAME),
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
    chart.set_size({"width": CHART_PIXELS, "height": (block.rows - 1) * PLAIN_ROW - 8})
    chart.set_chartarea(_FRAME)
    ws.insert_chart(
        block.row, CHART, chart,
        {"y_offset": 4, "object_position": 2, "description": f"条形图：{block.title}，完成率和平均进度"},
    )  # fmt: skip
