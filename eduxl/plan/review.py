"""The questions to the clerk that a plan by itself gives rise to: their codes, names and conditions.

Pure. Questions that need the roster (`unknown-unit`, `empty-group`) are asked in `roster.expand`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from itertools import pairwise

from eduxl.model import Note, Passage

NO_UNIT = "no-unit"
VAGUE_UNIT = "vague-unit"
NO_DUE = "no-due"
DATE_BEFORE_YEAR = "date-before-year"
NUMBER_GAP = "number-gap"
DUPLICATE_NUMBER = "duplicate-number"
SENTENCE_DEFAULT_DUE = "sentence-default-due"
DUE_OF_STEPS = "due-of-steps"
EMPTY_PROJECT = "empty-project"
NOT_READ = "not-read"
UNKNOWN_UNIT = "unknown-unit"
EMPTY_GROUP = "empty-group"

#: How the codes are shown to a clerk; also read back from the plan workbook.
NAMES = {
    NO_UNIT: "没有责任单位",
    VAGUE_UNIT: "单位不明确",
    NO_DUE: "没有完成时限",
    DATE_BEFORE_YEAR: "时限早于计划年度",
    NUMBER_GAP: "编号不连续",
    DUPLICATE_NUMBER: "编号重复",
    SENTENCE_DEFAULT_DUE: "统一时限",
    DUE_OF_STEPS: "时限由步骤推定",
    EMPTY_PROJECT: "工程没有任务",
    NOT_READ: "没有读入",
    UNKNOWN_UNIT: "名册里没有",
    EMPTY_GROUP: "没有对应的单位",
}
CODES = {name: code for code, name in NAMES.items()}
#: Asked anew whenever a plan is read; all others stay as they were written.
DERIVED = (NO_UNIT, VAGUE_UNIT, NO_DUE, DATE_BEFORE_YEAR)
DERIVED_FOR_PLAN = (NUMBER_GAP, EMPTY_PROJECT)
#: About a unit's name, which the note says in “”.
ABOUT_UNIT = (VAGUE_UNIT, UNKNOWN_UNIT, EMPTY_GROUP)
#: Asked of a roster; with another roster they are asked anew.
OF_ROSTER = (UNKNOWN_UNIT, EMPTY_GROUP)

_SHOWN = 40


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "…"


def task_notes(
    units: Sequence[str], due: date | None, due_text: str, year: int, position: str = ""
) -> tuple[Note, ...]:
    """The questions about one task's units (all three lists) and deadline in the plan of `year`."""
    from eduxl.plan.units import is_vague  # reads words that only a plan's reader needs

    notes: list[Note] = []
    if not units:
        notes.append(Note(NO_UNIT, "原文没有写责任单位。", position, "请补填牵头单位或落实范围。"))
    notes += [
        Note(VAGUE_UNIT, f"“{name}”没有说明是哪些单位。", position, "请改成具体的单位名称。")
        for name in units
        if is_vague(name)
    ]
    if due is None:
        said = f"“{_short(due_text)}”不是具体日期。" if due_text else "原文没有写完成时限。"
        notes.append(Note(NO_DUE, said, position, "请补填完成时限。"))
    elif due.year < year:
        said = f"完成时限{due.isoformat()}早于计划年度{year}年。"
        notes.append(Note(DATE_BEFORE_YEAR, said, position, "请核对年份是不是写错了。"))
    return tuple(notes)


def number_gaps(numbers: Iterable[tuple[int, str]], what: str = "任务编号") -> tuple[Note, ...]:
    """The question about numbers that are missing among these; each comes with its position.

    The note's position is that of the first number behind a gap. `what` names the sequence.
    """
    at = dict(numbers)
    ordered = sorted(at)
    if ordered and ordered[0] in (2, 3):
        ordered.insert(0, 0)  # an extract begins anywhere, a list that lost its first number here
    gaps = [(low + 1, high - 1, at[high]) for low, high in pairwise(ordered) if high - low > 1]
    if not gaps:
        return ()
    missing = "、".join(f"{a}" if a == b else f"{a}—{b}" for a, b, _ in gaps)
    return (Note(NUMBER_GAP, f"{what}不连续，缺第{missing}项。", gaps[0][2], "请核对是漏读了还是原文如此。"),)


def plan_notes(
    numbers: Iterable[tuple[int, str]], empty_projects: Iterable[tuple[str, str]]
) -> tuple[Note, ...]:
    """The questions about the plan as a whole: gaps in the tasks' numbers, titles of projects without tasks.

    Both come with their positions.
    """
    notes = list(number_gaps(numbers))
    notes += [
        Note(EMPTY_PROJECT, f"“{title}”下面没有读到任务。", position, "请核对原文。")
        for title, position in empty_projects
    ]
    return tuple(notes)


def duplicate_number(printed: int | str | None, no: int, position: str = "") -> Note:
    """The question about a number that stands twice; the task became number `no`."""
    said = f"编号“{printed}”出现了不止一次，这里编为第{no}项。"
    return Note(DUPLICATE_NUMBER, said, position, "请核对。")


def unnumbered(positions: Sequence[str]) -> Note:
    """The question about tasks without a number among others that have one, so that all are counted anew."""
    said = f"有{len(positions)}项任务没有编号，全部任务按顺序重新编号。"
    return Note(NUMBER_GAP, said, positions[0], "请核对编号。")


def sentence_default_due(sentence: str, position: str) -> Note:
    """The question about a closing sentence that dates all tasks without a date."""
    said = f"原文写有“{sentence}”。"
    return Note(SENTENCE_DEFAULT_DUE, said, position, "请按此给没有时限的任务补填完成时限。")


def due_of_steps(periods: Sequence[str], position: str = "") -> Note:
    """The question about a deadline that is the last of the quarters or months that the task has steps for."""
    said = f"原文没有写完成时限，只在“{'、'.join(periods)}”下面写了步骤，这里取最后一个。"
    return Note(DUE_OF_STEPS, said, position, "请核对完成时限。")


def not_read(passage: Passage) -> Note:
    """The question about a passage that looks like a task, or a part of one, and was not taken as one."""
    said = f"“{_short(passage.text)}”没有读成单独的任务。"
    return Note(NOT_READ, said, passage.position, "请核对是不是任务，是任务的请补填一行。")
