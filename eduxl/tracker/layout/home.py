"""首页: the state of the round in five numbers, what to do next, the flags, settings and links to all sheets.

One printed page. Row 4 is kept free for the buttons, which the workbook with macros has.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from attrs import frozen

from eduxl import labels as L
from eduxl.ooxml.values import Formula, Link
from eduxl.tracker.layout.placed import Placed, boxed, cell_name
from eduxl.tracker.layout.sheets import ALERTS
from eduxl.tracker.layout.style import (
    CLERK,
    CLERK_PALE,
    DATE_FORMAT,
    INK,
    LIGHT_CELL,
    MUTED,
    NAVY,
    PALE,
    row_height,
    text_lines,
)
from eduxl.tracker.tables import Home, Master

# Columns: five cards of two columns each, narrow gaps between them, a margin left.
CARD, GAP, MARGIN = 12.0, 2.0, 2.0
CARDS = ((1, 2), (4, 5), (7, 8), (10, 11), (13, 14))
GAPS = (3, 6, 9, 12)
LEFT, LEFT_END, RIGHT, LAST = 1, 8, 10, 14
LEFT_WIDTH = 6 * CARD + 2 * GAP


@frozen
class Button:
    """A button over columns `left` to `right`, the macro of `modEduxl` that it runs, and what it does."""

    caption: str
    macro: str
    left: int
    right: int
    hint: str


#: One or two above each card.
BUTTONS = (
    Button("汇总", "EduxlMerge", 1, 2, "汇总 returns 文件夹里收回的填报表"),
    Button("生成模板", "EduxlTemplates", 4, 4, "给每个单位写一份填报表"),
    Button("发送模板", "EduxlSend", 5, 5, "把填报表发给各单位"),
    Button("收取邮件", "EduxlFetch", 7, 7, "从邮箱收取各单位的填报表"),
    Button("催报", "EduxlRemind", 8, 8, "提醒没有上报的单位"),
    Button("刷新预警", "EduxlRefresh", 10, 10, "按今天重新计算预警"),
    Button("生成通报", "EduxlReport", 11, 11, "写本轮填报情况的通报"),
    Button("检查环境", "EduxlDoctor", 13, 14, "看这台电脑上缺什么"),
)

#: Command → which button of this sheet does the same.
_BUTTON_OF = {
    "round open": "点“生成模板”，写上轮次和截止日期",
    "templates": "点“生成模板”，再点“发送模板”",
    "merge": "点“收取邮件”，别处交来的放进 returns/{round}，点“汇总”",
    "round close": "过了截止日期点“生成模板”，开启下一轮，本轮自动结束",
}
#: A step that names no command, though there is a button for it; with a command as well it would take two lines.
_REMIND, _REMIND_BY = re.compile(r"催报\d+个"), "点“催报”"
_COMMAND = re.compile(
    rf"(?:，例如)?[：（](?P<line>eduxl (?P<command>{'|'.join(_BUTTON_OF)})\b[^：，；）]*)）?$"
)

#: Points of an ordinary row.
ROW = 20.0
# Rows (zero-based).
TITLE_ROW, STATE_ROW, BUTTON_ROW = 1, 2, 3
CARD_ROW = 4
NUMBER_ROW = CARD_ROW + 1
STEPS_ROW = 8
STEP_ROWS = len(L.FLAG_NAMES)
LINKS_ROW = STEPS_ROW + 1 + STEP_ROWS + 1
SETTINGS_ROW = LINKS_ROW + 1 + 6 + 1
SETTING_COL = 4

#: Defined names of the cards' numbers.
NUMBERS = ("eduxl_expected", "eduxl_received", "eduxl_missing", "eduxl_late", "eduxl_red")
#: What changes stands at a fixed distance from such a name, so that rows inserted above do no harm.
ANCHORS = {
    "eduxl_title": (TITLE_ROW, LEFT),
    "eduxl_cards": (CARD_ROW, CARDS[0][0]),
    "eduxl_steps": (STEPS_ROW, LEFT),
}

#: Defined names of the clerk's settings → (label, explanation); they stand below one another in column E.
SETTINGS = {
    "eduxl_warn_days": (
        "临期提醒天数",
        "完成时限前多少天开始亮蓝灯（整数，默认 15）。改后颜色立即变化，下次汇总按此计算。",
    ),
    "eduxl_lag_points": (
        "滞后阈值（百分点）",
        "进度比时间进度落后多少个百分点算“滞后”、亮黄灯（整数，默认 20）。下次汇总起生效。",
    ),
    "eduxl_as_of": (
        "看灯日期",
        "按此日期看灯（空＝今天）。想看某一天的逾期、临期情况时填，看完清空。",
    ),
}

_SHEET_NOTES = {
    L.OVERVIEW: "各工程、学区、学段进度图",
    L.TASKS: "每项任务一行，可销号",
    L.MATRIX: "单位×任务，一格一灯",
    L.ENTRIES: "本轮逐项填报，可审核",
    L.HISTORY: "以前各轮的填报",
    L.ALERTS: "所有预警，最急在前",
    L.INDICATORS: "数字指标的合计，分学段、学区",
    L.PROBLEMS: "各单位反映的问题",
    L.ROSTER: "单位、联系人和分组",
    L.REJECTED: "不能计入的文件和办法",
    L.REMINDERS: "填报里要改、要核对的",
    L.LOG: "每次操作的记录",
}
_FLAG_NOTES = {
    L.F_MISSING: "过了截止日还没收到",
    L.F_SENT_BACK: "已退回，等重新填报",
    L.F_OVERDUE: "过了完成时限未完成",
    L.F_GAPS: "有任务或必填项没填",
    L.F_CONFLICT: "状态、进度、日期不符",
    L.F_REGRESSED: "进度比以前还低",
    L.F_BEHIND: "进度落后于时间",
    L.F_COPIED: "与外单位或上轮雷同",
    L.F_DUE_SOON: "快到完成时限",
    L.F_LATE: "截止日之后才收到",
    L.F_DONE_LATE: "完成日期晚于时限",
}
_LEGEND = {
    L.RED: "未报、退回或已逾期：马上处理",
    L.YELLOW: "滞后、漏填、矛盾、倒退或雷同：要核实",
    L.BLUE: "临期：提醒天数内到完成时限",
    L.GREEN: "已填报，正常推进或已完成",
    "": "没有颜色：还没到时候，也没有收到",
}

_HEADING: dict[str, Any] = {
    "bold": True,
    "font_size": 12,
    "font_color": NAVY,
    "bottom": 2,
    "bottom_color": NAVY,
}
_BODY = boxed(align="left", indent=1, text_wrap=True)
_SMALL: dict[str, Any] = {**_BODY, "font_color": MUTED, "font_size": 9}
_FOOTNOTE = "棕色表头的列是给您填的，汇总时会读取。自己加的列、工作表、批注、颜色和公式都会保留；每次汇总前的文件存进备份。"


def setting_cell(name: str) -> str:
    """Absolute A1 reference of a setting, `$E$30` for instance."""
    return cell_name(SETTINGS_ROW + 1 + list(SETTINGS).index(name), SETTING_COL, fixed=True)


def number_cells() -> dict[str, str]:
    """Defined names of the cards' numbers and where they stand, absolute."""
    return {name: cell_name(NUMBER_ROW, CARDS[i][0], fixed=True) for i, name in enumerate(NUMBERS)}


def state_line(home: Home) -> str:
    """One sentence about the round for the line under the title."""
    if not home.round:
        return f"还没有开启填报轮次　｜　数据截至 {home.as_of}"
    parts = [f"轮次 {home.round}（{'已结束' if home.round_closed else '填报中'}）"]
    if home.due:
        parts.append(f"填报截止 {home.due}")
    parts.append(f"数据截至 {home.as_of}")
    if home.rejected:
        parts.append(f"不能计入的文件 {home.rejected} 个")
    return "　｜　".join(parts)


def home_cells(master: Master) -> list[Placed]:
    """All of 首页."""
    settings = setting_cells(master.home).values()
    return [*live_cells(master), *settings, *_headings(), *_links(), *_legend(), *_setting_labels()]


def live_cells(master: Master) -> list[Placed]:
    """What a merge changes, the settings apart."""
    home = master.home
    return [
        Placed(TITLE_ROW, LEFT, home.title, {"bold": True, "font_size": 20, "font_color": NAVY}, to_col=LAST),
        Placed(STATE_ROW, LEFT, state_line(home), {"font_color": MUTED, "font_size": 11}, to_col=LAST),
        *_cards(master),
        *_steps(home),
        *_flags(home),
    ]


def _cards(master: Master) -> Iterator[Placed]:
    home = master.home
    pending = home.due is not None and not home.round_closed and home.as_of <= home.due
    level = master.alerts.columns.index(L.LEVEL)
    red = sum(row[level] == L.RED for row in master.alerts.rows)
    total, received = NUMBERS[:2]
    share = f"上报率 {home.received / home.expected:.0%}" if home.expected else ""
    share_now = f'=IF({total}>0,"上报率 "&TEXT({received}/{total},"0%"),"")'
    if pending:
        silence = "还没到截止日"
    else:
        silence = (
            "截止日已过，需催报" if home.missing else "没有未报的单位" if home.expected else "还没有开启轮次"
        )
    cards: tuple[tuple[str, int | Formula, str | Formula], ...] = (
        ("应报单位", home.expected, "本轮要填报的单位"),
        ("已报", home.received, Formula(share_now, share)),
        ("待报" if pending else L.F_MISSING, home.missing, silence),
        ("迟报", home.late, "截止日之后才收到"),
        ("红色预警", Formula(f'=COUNTIF({ALERTS}[{L.LEVEL}],"{L.RED}")', red), "见“预警清单”"),
    )
    for (left, right), (label, number, note) in zip(CARDS, cards, strict=True):
        card = {"bg_color": PALE, "align": "center"}
        yield Placed(
            CARD_ROW, left, label,
            {**card, "font_color": MUTED, "font_size": 11, "top": 5, "top_color": NAVY}, to_col=right,
        )  # fmt: skip
        yield Placed(
            NUMBER_ROW, left, number,
            {**card, "font_color": NAVY, "font_size": 30, "bold": True, "num_format": "0"}, to_col=right,
        )  # fmt: skip
        yield Placed(CARD_ROW + 2, left, note, {**card, "font_color": MUTED, "font_size": 9}, to_col=right)


def step_by_button(step: str, round_id: str) -> str:
    """A step as the clerk does it: by the button first, and by its command, if it ends with one, without buttons."""
    if _REMIND.match(step):
        return f"{step}，{_REMIND_BY}"
    found = _COMMAND.search(step)
    if found is None:
        return step
    button = _BUTTON_OF[found["command"]].format(round=round_id)
    return f"{step[: found.start()]}：{button}（或运行 {found['line']}）"


def step_lines(home: Home) -> list[str]:
    """The steps, numbered, in exactly as many lines as the flags beside them take."""
    steps = [f"{i}. {step_by_button(step, home.round)}" for i, step in enumerate(home.next_steps, 1)]
    if len(steps) > STEP_ROWS:
        steps = [*steps[: STEP_ROWS - 1], "\n".join(steps[STEP_ROWS - 1 :])]
    if not steps:
        steps = ["现在没有要办的事。"]
    return steps + [""] * (STEP_ROWS - len(steps))


def _headings() -> Iterator[Placed]:
    for row, left, words, right in (
        (STEPS_ROW, LEFT, "下一步", LEFT_END),
        (STEPS_ROW, RIGHT, "预警（条）", LAST),
        (LINKS_ROW, LEFT, "工作表", LEFT_END),
        (LINKS_ROW, RIGHT, "灯色", LAST),
        (SETTINGS_ROW, LEFT, "设置", LAST),
    ):
        yield Placed(row, left, words, _HEADING, to_col=right)


def _steps(home: Home) -> Iterator[Placed]:
    for i, line in enumerate(step_lines(home)):
        look = {"align": "left", "text_wrap": True, "indent": 1, "bottom": 4, "bottom_color": "#D5DCE4"}
        yield Placed(STEPS_ROW + 1 + i, LEFT, line, look, to_col=LEFT_END)


def _flags(home: Home) -> Iterator[Placed]:
    for i, flag in enumerate(L.FLAG_NAMES):
        row = STEPS_ROW + 1 + i
        light = L.FLAG_LIGHT[flag]
        fill, text = LIGHT_CELL[light] if light else ("#FFFFFF", INK)
        yield Placed(row, RIGHT, flag, boxed(align="center", bg_color=fill, font_color=text))
        name = cell_name(row, RIGHT)
        count = Formula(f"=COUNTIF({ALERTS}[{L.FLAGS}],{name})", home.flags.get(flag, 0))
        yield Placed(row, RIGHT + 1, count, boxed(align="center", bold=True, num_format="0;-0;–"))
        yield Placed(row, RIGHT + 2, _FLAG_NOTES[flag], _SMALL, to_col=LAST)


def _links() -> Iterator[Placed]:
    link = boxed(align="center", font_color="#1F5FA8", underline=1)
    for i, (sheet, words) in enumerate(_SHEET_NOTES.items()):
        row = LINKS_ROW + 1 + i % 6
        left, end = (1, 4) if i < 6 else (5, 8)
        yield Placed(row, left, Link(sheet, f"'{sheet}'!A1", tip=f"打开“{sheet}”"), link)
        yield Placed(row, left + 1, words, _SMALL, to_col=end)


def _legend() -> Iterator[Placed]:
    for i, (light, words) in enumerate(_LEGEND.items()):
        fill, text = LIGHT_CELL.get(light, ("#FFFFFF", INK))
        row = LINKS_ROW + 1 + i
        yield Placed(row, RIGHT, light, boxed(align="center", bold=True, bg_color=fill, font_color=text))
        yield Placed(row, RIGHT + 1, words, {**_BODY, "font_size": 9}, to_col=LAST)
    yield Placed(
        LINKS_ROW + 6, RIGHT, "颜色随日期自动变化；文字是上次汇总时的结果。",
        {"font_color": MUTED, "font_size": 9, "align": "left"}, to_col=LAST,
    )  # fmt: skip


def setting_cells(home: Home) -> dict[str, Placed]:
    """The settings' values by defined name."""
    values = {
        "eduxl_warn_days": home.warn_days,
        "eduxl_lag_points": home.lag_points,
        "eduxl_as_of": home.as_of if home.pinned else None,
    }
    look = {
        "border": 1, "border_color": CLERK, "bg_color": CLERK_PALE, "align": "center", "bold": True, "locked": False,
    }  # fmt: skip
    return {
        name: Placed(
            SETTINGS_ROW + 1 + i,
            SETTING_COL,
            value,
            {**look, "num_format": DATE_FORMAT if name == "eduxl_as_of" else "0"},
        )
        for i, (name, value) in enumerate(values.items())
    }


def _setting_labels() -> Iterator[Placed]:
    for row, (label, words) in enumerate(SETTINGS.values(), SETTINGS_ROW + 1):
        yield Placed(row, LEFT, label, {**_BODY, "bold": True}, to_col=SETTING_COL - 1)
        yield Placed(row, SETTING_COL + 1, words, _SMALL, to_col=LAST)
    yield Placed(
        SETTINGS_ROW + 1 + len(SETTINGS), LEFT, _FOOTNOTE, {"font_color": MUTED, "font_size": 9}, to_col=LAST
    )


def step_height(line: str) -> float | None:
    """Points for a step that needs more than the usual row."""
    lines = text_lines(line, LEFT_WIDTH - 3) if line else 1
    return row_height(lines) if lines > 1 else None
