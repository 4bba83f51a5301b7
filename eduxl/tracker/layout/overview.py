"""总览: the round by 工程, 学区 and 学段, each as a table of formulas with its chart beside it.

The formulas count the rows of 任务台账 (by 工程) and 填报明细 (the others), so the figures follow when the
clerk corrects a cell; the values stored with them are the computed ones. Printed pages break between blocks.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from attrs import frozen

from eduxl import labels as L
from eduxl.ooxml.values import Formula
from eduxl.tracker.layout.home import NUMBERS, state_line
from eduxl.tracker.layout.placed import Placed, boxed, cell_name
from eduxl.tracker.layout.sheets import ENTRIES, TASKS
from eduxl.tracker.layout.style import INK, LIGHT_CELL, MUTED, NAVY, PALE, PLAIN_ROW, row_height, text_lines
from eduxl.tracker.tables import Master, Tally

NAME, FIRST, LAST_TABLE = 1, 2, 8
CHART, LAST = 10, 17
NAME_WIDTH, FIGURE_WIDTH, CHART_WIDTH = 34.0, 9.0, 9.5
#: Pixels of the chart columns, less a margin: column widths differ a little between programs.
CHART_PIXELS = (LAST - CHART + 1) * (int(CHART_WIDTH * 7 + 0.5) + 5) - 16
TOP_ROWS = 4
#: Rows of 24 pixels on a page of A4 landscape at the scale that fits the width, some kept in reserve.
_PAGE_ROWS = 34
#: The name of the last line of a block.
TOTAL = "合计"
FIGURES = ("应报", "已报", "未报", "上报率", "已完成", "完成率", "平均进度")

_HEADING: dict[str, Any] = {"bold": True, "font_size": 12, "font_color": NAVY}
_HEAD: dict[str, Any] = boxed(bold=True, font_color="#FFFFFF", bg_color=NAVY, align="center", text_wrap=True)
_CELL: dict[str, Any] = boxed(align="center", num_format="0")
_SHARE: dict[str, Any] = boxed(align="center", num_format="0%")
WORDS: dict[str, Any] = boxed(align="left", indent=1, text_wrap=True)

#: Names of the title, 本轮情况 and the groups' blocks, from top to bottom.
BY_PROJECT_ANCHOR = "eduxl_by_project"
ANCHORS = ("eduxl_overview", "eduxl_round", BY_PROJECT_ANCHOR, "eduxl_by_district", "eduxl_by_stage")

#: The answers that make a row of 填报明细 count as reported.
_ANSWERS = (L.STATUS, L.PROGRESS, L.DONE_ON, L.REPORT, L.PROBLEM, L.NEXT_STEPS, L.EVIDENCE)


# --- blocks ---------------------------------------------------------------------------------------
@frozen
class Counts:
    """How a table counts: for the cell with the group's name (`B9`) the formulas of its four sources."""

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
    def anchors(self) -> dict[str, tuple[int, int]]:
        """Defined names and where they stand: what changes lies at a fixed distance from the one above it."""
        rows = (1, self.summary.row, *(block.row for block in self.groups))
        return {name: (row, NAME) for name, row in zip(ANCHORS, rows, strict=True)}

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
            1, NAME, f"{home.title}　总览", {"bold": True, "font_size": 18, "font_color": NAVY}, to_col=LAST
        ),
        Placed(2, NAME, state_line(home), {"font_color": MUTED, "font_size": 11}, to_col=LAST),
    ]
    summary = Block("本轮情况", TOP_ROWS, 13, TOP_ROWS + 2, TOP_ROWS + 2)
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


def is_live(cell: Placed) -> bool:
    """Whether a merge may change the cell: figures, names of groups, and the two lines at the top."""
    return cell.row in (1, 2) or cell.look is WORDS or isinstance(cell.value, Formula)


def name_height(name: str) -> float | None:
    """Points for a group whose name needs more than one line."""
    lines = text_lines(name, NAME_WIDTH - 1)
    return row_height(lines) if lines > 1 else None


# --- cells ----------------------------------------------------------------------------------------
def _summary_cells(master: Master, block: Block) -> list[Placed]:
    """Units of the round and lights of its rows; two charts show the same."""
    home, row = master.home, block.row
    cells = [Placed(row, NAME, block.title, _HEADING, to_col=LAST_TABLE)]
    units = (
        ("应报", 0, home.expected),
        ("已报", 1, home.received),
        ("未报", 2, home.missing),
        ("迟报", 3, home.late),
    )
    share = home.received / home.expected if home.expected else 0
    cells.append(Placed(row + 1, NAME, "单位", _HEAD))
    cells.append(Placed(row + 2, NAME, "填报单位（个）", WORDS))
    for i, (label, card, number) in enumerate(units):
        cells.append(Placed(row + 1, FIRST + i, label, _HEAD))
        value = Formula(f"={NUMBERS[card]}", number)
        cells.append(Placed(row + 2, FIRST + i, value, _CELL))
    cells.append(Placed(row + 1, FIRST + len(units), "上报率", _HEAD))
    n = row + 3
    cells.append(Placed(row + 2, FIRST + len(units), Formula(f"=IF(C{n}>0,D{n}/C{n},0)", share), _SHARE))
    cells.append(Placed(row + 4, NAME, L.LIGHT, _HEAD))
    cells.append(Placed(row + 5, NAME, "填报明细（行）", WORDS))
    for i, light in enumerate(L.LIGHTS):
        fill, text = LIGHT_CELL[light]
        cells.append(Placed(row + 4, FIRST + i, light, {**_HEAD, "bg_color": fill, "font_color": text}))
        value = Formula(f'=COUNTIF({ENTRIES}[{L.LIGHT}],"{light}")', master.overview.lights.get(light, 0))
        cells.append(Placed(row + 5, FIRST + i, value, _CELL))
    after = FIRST + len(L.LIGHTS)
    cells.append(Placed(row + 4, after, "未到期", {**_HEAD, "bg_color": PALE, "font_color": INK}))
    coloured = f"{cell_name(row + 5, FIRST)}:{cell_name(row + 5, after - 1)}"
    rows = f'COUNTA({ENTRIES}[{L.UNIT_CODE}])-COUNTIF({ENTRIES}[{L.FLAGS}],"{L.MOVED_OUT}")'
    rest = Formula(f"={rows}-SUM({coloured})", master.overview.lights.get("", 0))
    cells.append(Placed(row + 5, after, rest, _CELL))
    note = {"font_color": MUTED, "font_size": 9, "align": "left", "valign": "top", "text_wrap": True}
    words = (
        "各工程按“任务台账”统计，已完成和平均进度取最近一次填报；各学区、各学段按“填报明细”统计本轮填报。\n"
        "上报率＝已报÷应报；完成率＝已完成÷应报；平均进度中没有填报的按 0 计。一校多学段的，各学段都计入。"
    )
    cells.append(Placed(row + 7, NAME, words, note, to_row=row + 10, to_col=LAST_TABLE))
    return cells


def _group_cells(
    block: Block, head: str, tallies: Sequence[Tally], counts: Counts, total: bool
) -> list[Placed]:
    cells = [
        Placed(block.row, NAME, block.title, _HEADING, to_col=LAST_TABLE),
        Placed(block.row + 1, NAME, head, _HEAD),
        *(Placed(block.row + 1, FIRST + i, figure, _HEAD) for i, figure in enumerate(FIGURES)),
    ]
    for row, tally in enumerate(tallies, block.first):
        at = f"B{row + 1}"
        cells.append(Placed(row, NAME, tally.name, WORDS))
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
        cells.append(Placed(block.first, NAME, "本轮还没有数据", {**WORDS, "font_color": MUTED}))
        cells += [Placed(block.first, FIRST + i, None, _CELL) for i in range(len(FIGURES))]
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
        Placed(row, FIRST, Formula(f"={expected}", tally.expected), cell),
        Placed(row, FIRST + 1, Formula(f"={reported}", tally.reported), cell),
        Placed(row, FIRST + 2, Formula(f"=C{n}-D{n}", tally.expected - tally.reported), cell),
        Placed(row, FIRST + 3, Formula(f"=IF(C{n}>0,D{n}/C{n},0)", reported_share), share),
        Placed(row, FIRST + 4, Formula(f"={done}", tally.done), cell),
        Placed(row, FIRST + 5, Formula(f"=IF(C{n}>0,G{n}/C{n},0)", done_share), share),
        Placed(row, FIRST + 6, Formula(f"=IF(C{n}>0,{progress}/C{n},0)", tally.average), share),
    ]


def _total(block: Block, tallies: Sequence[Tally]) -> list[Placed]:
    row, first, last = block.last + 1, block.first + 1, block.last + 1
    expected = sum(t.expected for t in tallies)
    weighted = sum(t.expected * t.average for t in tallies)
    tally = Tally(
        TOTAL,
        expected,
        sum(t.reported for t in tallies),
        sum(t.done for t in tallies),
        weighted / expected if expected else 0.0,
    )
    bold = {"bold": True, "bg_color": PALE}

    def column_sum(letter: str) -> str:
        return f"SUM({letter}{first}:{letter}{last})"

    return [
        Placed(row, NAME, tally.name, {**WORDS, **bold}),
        *_figures(
            row, tally, column_sum("C"), column_sum("D"), column_sum("G"),
            f"SUMPRODUCT(C{first}:C{last},I{first}:I{last})", {**_CELL, **bold}, {**_SHARE, **bold},
        ),
    ]  # fmt: skip
