"""The questions to the clerk that a plan by itself gives rise to: their codes, names and conditions.

Pure. Questions that need the roster (`unknown-unit`) are asked where the roster is known.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from itertools import pairwise

from eduxl.model import Note
from eduxl.plan.units import is_vague

NO_UNIT = "no-unit"
VAGUE_UNIT = "vague-unit"
NO_DUE = "no-due"
NUMBER_GAP = "number-gap"
DUPLICATE_NUMBER = "duplicate-number"
CLOSING_DEADLINE = "closing-deadline"
EMPTY_PROJECT = "empty-project"
NOT_READ = "not-read"

#: How the codes are shown to a clerk; also read back from the plan workbook.
NAMES = {
    NO_UNIT: "没有责任单位",
    VAGUE_UNIT: "单位不明确",
    NO_DUE: "没有完成时限",
    NUMBER_GAP: "编号不连续",
    DUPLICATE_NUMBER: "编号重复",
    CLOSING_DEADLINE: "统一时限",
    EMPTY_PROJECT: "工程没有任务",
    NOT_READ: "没有读入",
    "unknown-unit": "名册里没有",
}
CODES = {name: code for code, name in NAMES.items()}
#: Asked anew whenever a plan is read; all others stay as they were written.
DERIVED = (NO_UNIT, VAGUE_UNIT, NO_DUE)
DERIVED_FOR_PLAN = (NUMBER_GAP, EMPTY_PROJECT)


def task_notes(units: Sequence[str], due: date | None, due_text: str) -> tuple[Note, ...]:
    """The questions about one task's units (all three lists) and deadline."""
    notes: list[Note] = []
    if not units:
        notes.append(Note(NO_UNIT, "原文没有写责任单位，请补填牵头单位或落实范围。"))
    notes += [
        Note(VAGUE_UNIT, f"“{name}”没有说明是哪些单位，请改成具体的单位名称。")
        for name in units
        if is_vague(name)
    ]
    if due is None:
        said = f"“{due_text}”不是具体日期，请补填完成时限。" if due_text else "原文没有写完成时限，请补填。"
        notes.append(Note(NO_DUE, said))
    return tuple(notes)


def plan_notes(numbers: Iterable[int], empty_projects: Iterable[str]) -> tuple[Note, ...]:
    """The questions about the plan as a whole: gaps in the numbers, projects without tasks."""
    ordered = sorted(set(numbers))
    if ordered and ordered[0] in (2, 3):
        ordered.insert(0, 0)  # an extract begins anywhere, a list that lost its first number here
    gaps = [
        f"{low + 1}" if high - low == 2 else f"{low + 1}—{high - 1}"
        for low, high in pairwise(ordered)
        if high - low > 1
    ]
    notes = []
    if gaps:
        notes.append(Note(NUMBER_GAP, f"任务编号不连续，缺第{'、'.join(gaps)}项，请核对是否漏读或原文如此。"))
    notes += [Note(EMPTY_PROJECT, f"“{title}”下面没有读到任务，请核对原文。") for title in empty_projects]
    return tuple(notes)


_NOT_READ_SHOWN = 10


def not_read(passages: Sequence[str]) -> Note:
    """The question about passages that look like tasks and were not taken, the first ten by name."""
    named = "、".join(passages[:_NOT_READ_SHOWN]) + ("等" if len(passages) > _NOT_READ_SHOWN else "")
    return Note(NOT_READ, f"原文有{len(passages)}处没有读入：{named}；请核对是不是任务，需要的请补填。")
