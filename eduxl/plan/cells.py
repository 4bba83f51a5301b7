"""How a task's fields stand in the cells of a plan workbook, both ways.

Pure. What is written here reads back.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import get_args

from attrs import evolve, frozen

from eduxl import labels as L
from eduxl.model import Indicator, Note, Recurrence
from eduxl.numerals import half_width
from eduxl.plan import review
from eduxl.plan.labelled import label_kind

PLAN_SHEET = "计划"
PROJECT_SHEET = "工程清单"
EXPANSION_SHEET = "落实范围展开"
LEFT_OUT_SHEET = "未读入内容"
UNITS_SHEET = "单位清单"
#: Sheets beside the plan itself.
LIST_SHEETS = (PROJECT_SHEET, EXPANSION_SHEET, LEFT_OUT_SHEET, UNITS_SHEET)

NO = "编号"
DUE_TEXT = "时限原文"
INDICATORS = "指标"
CHECKLIST = "清单"
TO_CONFIRM = "待确认"
POSITION = "原文位置"
PASSAGE = "原文"
COLUMNS = (
    NO, L.PROJECT, L.TASK_TITLE, L.TASK_BODY, L.LEADS, L.SUPPORTS, L.SCHOOLS, L.DUE, L.RECURRENCE, DUE_TEXT,
    INDICATORS, CHECKLIST, TO_CONFIRM, POSITION, PASSAGE,
)  # fmt: skip
#: Folded away; the clerk opens them to compare.
FOLDED = (POSITION, PASSAGE)
LEFT_OUT_COLUMNS = (POSITION, PASSAGE)
PLAN_TITLE = "计划名称"
PLAN_YEAR = "年度"
EXPANSION_COLUMNS = (NO, L.TASK_TITLE, L.ROLE, "计划中的写法", L.UNIT_CODE, L.UNIT_NAME, "依据")

#: What else a column or a cover cell may be called in a workbook that a clerk made over.
SYNONYMS: dict[str, str] = {
    NO: "序号 任务编号 任务序号 号",
    L.PROJECT: "工程 项目 所属项目 重点工程 工程名称 类别 工作板块 板块",
    L.TASK_TITLE: "任务 工作任务 重点任务 重点工作 重点工作任务 任务标题 目标与任务 目标任务",
    L.TASK_BODY: "内容 工作内容 主要内容 具体内容 具体举措 工作措施 具体措施 主要措施 任务详情",
    L.LEADS: "",  # the labels of plans (责任单位 …) are known to `labelled.label_kind`
    L.SUPPORTS: "",
    L.SCHOOLS: "落实单位（学校） 学校范围",
    L.DUE: "截止日期",
    L.RECURRENCE: "频次 报送周期 周期性",
    DUE_TEXT: "原文时限 时限（原文）",
    INDICATORS: "量化指标 指标（目标） 任务指标",
    CHECKLIST: "任务清单 工作清单 检查清单",
    TO_CONFIRM: "需确认 待核对 待核实",
    POSITION: "",
    PASSAGE: "原文内容",
    PLAN_TITLE: "计划标题 标题 名称",
    PLAN_YEAR: "年份 计划年度 年",
}
#: Headers that are the labels of plans.
_BY_LABEL = {
    "lead": L.LEADS,
    "responsible": L.LEADS,
    "support": L.SUPPORTS,
    "schools": L.SCHOOLS,
    "due": L.DUE,
}
_CALLED = {name: name for name in SYNONYMS} | {s: name for name, ss in SYNONYMS.items() for s in ss.split()}


def column_of(header: str) -> str | None:
    """The column (or cover field) that a header cell means, None for one of the clerk's own."""
    bare = re.sub(r"[\s:：*＊]+", "", header)
    kind = label_kind(bare)
    return _CALLED.get(bare) or (_BY_LABEL.get(kind) if kind else None)


@frozen
class UnitChoices:
    """Names that the drop-downs offer: `offices` for 牵头 and 配合, `schools` (collective names first) for 落实."""

    offices: tuple[str, ...] = ()
    schools: tuple[str, ...] = ()


# --- recurrence -----------------------------------------------------------------------------------
RECURRENCE_CHOICES = tuple(text for text in L.RECURRENCE_LABELS.values() if text)
_RECURRENCES: dict[str, Recurrence] = {L.RECURRENCE_LABELS[code]: code for code in get_args(Recurrence)}


def recurrence_from(text: str) -> Recurrence | None:
    """The code of a drop-down's choice, None for an empty or unknown one."""
    return _RECURRENCES.get(text.strip())


# --- indicators and checklist ---------------------------------------------------------------------
def _shown(value: float) -> str:
    return str(int(value)) if float(value).is_integer() else repr(float(value))


def indicators_text(indicators: Iterable[Indicator]) -> str:
    """One a line: 年度计划投资：10256万元; without a target only the name and, in brackets, the unit."""
    return "\n".join(
        f"{i.name}：{_shown(i.target)}{i.unit}"
        if i.target is not None
        else f"{i.name}：（{i.unit}）"
        if i.unit
        else i.name
        for i in indicators
    )


_INDICATOR = re.compile(
    r"(?P<name>.+)[：:]\s*(?:(?P<target>-?[\d０-９.,．，]+(?:e[+-]?\d+)?)\s*(?P<unit>.*)|（(?P<only>[^）]*)）)$"
)


def indicators_from(text: str) -> tuple[Indicator, ...]:
    """The indicators of a cell; a line in another form is taken as a name without a target."""
    found = []
    for line in re.split(r"[\n；;]", text):
        line = line.strip()
        match = _INDICATOR.match(line)
        if match is None:
            if line.strip("：:"):
                found.append(Indicator(line.rstrip("：:"), None))
            continue
        name = match["name"].strip()
        if match["target"] is None:
            found.append(Indicator(name, None, match["only"]))
            continue
        try:
            value = float(half_width(match["target"]).replace(",", ""))
        except ValueError:
            found.append(Indicator(line, None))
            continue
        found.append(Indicator(name, int(value) if value.is_integer() else value, match["unit"].strip()))
    return tuple(found)


def checklist_text(items: Iterable[str]) -> str:
    return "\n".join(items)


def checklist_from(text: str) -> tuple[str, ...]:
    """The items of a cell, one a line; a single line may hold several, divided by ；."""
    parts = text.splitlines() if "\n" in text.strip() else re.split(r"[；;]", text)
    return tuple(dict.fromkeys(p.strip() for p in parts if p.strip()))


# --- notes ----------------------------------------------------------------------------------------
def notes_text(notes: Iterable[Note], *, positions: bool) -> str:
    """What kind of question, what was found, and on a line of its own what to do; `positions` says where.

    【没有责任单位】原文没有写责任单位。⏎→ 请补填牵头单位或落实范围。
    """
    return "\n".join(
        f"【{review.NAMES.get(n.code, n.code)}】{n.note}"
        + (f"〔{n.position}〕" if positions and n.position else "")
        + (f"\n→ {n.suggestion}" if n.suggestion else "")
        for n in notes
    )


_NOTE = re.compile(r"【([^】]+)】(.*?)(?:〔([^〔〕]+)〕)?$")
_NAMED = re.compile(r"“([^”]+)”")


def _written(text: str, position: str) -> list[Note]:
    found: list[Note] = []
    for line in map(str.strip, text.splitlines()):
        match = _NOTE.match(line)
        if match:
            code = review.CODES.get(match[1], match[1])
            found.append(Note(code, match[2].strip(), match[3] or position))
        elif found and line.startswith("→"):
            found[-1] = evolve(found[-1], suggestion=line[1:].strip())
    return found


def notes_from(
    text: str, asked: Sequence[Note], derived: Sequence[str], names: Sequence[str], position: str = ""
) -> tuple[Note, ...]:
    """The notes that hold for a row now: those `asked` of its data and the written ones that still apply.

    A written note of a `derived` code goes when it is no longer asked; one about a unit (also `unknown-unit`)
    stays as long as a unit it names is among `names`. `position` is where the row stands in the source.
    """
    kept: list[Note] = []
    open_ = {(note.code, note.note) for note in asked}
    for note in _written(text, position):
        if (note.code, note.note) in open_:
            stays = True
        elif note.code in review.ABOUT_UNIT:
            stays = any(name in names for name in _NAMED.findall(note.note))
        else:
            stays = note.code not in derived
        if stays:
            kept.append(note)
    said = {(note.code, note.note) for note in kept}
    kept = list({(n.code, n.note, n.position): n for n in kept}.values())
    return (*kept, *(n for n in asked if (n.code, n.note) not in said))
