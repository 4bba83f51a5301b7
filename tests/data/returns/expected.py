"""What must come of a return: by hand from the design's words, never from a reader's output."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from attrs import field, frozen

ROUND, EARLIER_ROUND = "2022-06", "2022-05"
COLUMNS = {
    "完成状态": "status",
    "完成进度": "progress",
    "完成日期": "done_on",
    "进展情况": "report",
    "存在问题": "problems",
    "下一步措施": "next_steps",
    "佐证材料": "evidence",
    "填报人": "reporter",
    "联系电话": "phone",
}
#: The units of the sample roster used here, and the tasks that the sample plan gives them.
UNITS: dict[str, tuple[str, tuple[int, ...]]] = {
    "G04": ("教育发展中心", (4, 5, 6, 7, 10, 13, 14)),
    "G09": ("项目办", (9, 10, 11, 14)),
    "G14": ("安全办", (20,)),
    "S018": ("洪水镇中心小学", (1, 2, 3, 4, 5, 6, 7, 8, 13, 15, 16, 17, 18, 19, 20)),
    "S055": ("民乐县博文培训学校", (1, 15, 19, 20)),
    "S056": ("民乐县育才艺术培训中心", (1, 15, 19, 20)),
    "X01": ("洪水学区", (10,)),
    "X02": ("六坝学区", (10,)),
    "X03": ("新天学区", (10,)),
}
#: What a careful school writes, dealt to its rows in turn: a cell for each of `COLUMNS`.
ORDINARY: tuple[tuple[Any, ...], ...] = (
    (
        "推进中",
        0.45,
        None,
        "选址论证和可研批复已经办结，正在办理用地手续。",
        None,
        "八月底前完成招标。",
        "可研批复.pdf",
        "王建平",
        "0936-4421018",
    ),
    (
        "已完成",
        1,
        date(2022, 6, 10),
        "两项工作均已通过验收，资料整理归档。",
        None,
        None,
        "验收单.pdf",
        "李学梅",
        "13893600021",
    ),
    (
        "持续推进",
        0.6,
        None,
        "每周调度一次，累计排查整改问题二十三个。",
        "人手偏紧。",
        "增加两名专干。",
        "台账.xlsx",
        "赵国栋",
        "0936-4421020",
    ),
    (
        "未启动",
        None,
        None,
        None,
        "等待上级下达专项资金。",
        "资金到位后立即启动。",
        None,
        "孙丽",
        "13993600022",
    ),
)
Answers = Mapping[tuple[int, str], Any]


@frozen
class Item:
    """What must come of one file, or of one unit in it."""

    #: As the result names it: the file's name, or `archive.zip/member.xlsx`; without a unit an archive stands for its members.
    path: str
    #: Empty where the file has no entries.
    unit: str = ""
    #: (task, JSON key) → the value, where it isn't the ordinary one; a tuple lists values that are all right, `...` is open.
    answers: Answers = field(factory=dict)
    #: Tasks without an entry, or with an empty one.
    without: tuple[int, ...] = ()
    #: `code task` or `code`, separated by commas: exactly these warnings, and those of `may` or not. `a|b` is either.
    warnings: str = ""
    may: str = ""
    #: The reject codes that are right; with `ignored` or a unit as well, any of these outcomes is.
    rejected: tuple[str, ...] = ()
    ignored: bool = False
    superseded: bool = False
    #: Words that the note of a rejected or ignored file must have.
    note: str = ""
    #: None: the file itself does not say.
    round: str | None = None
    #: (task, 指标名称) → 本期完成值 of 指标填报.
    indicators: Mapping[tuple[int, str], Any] = field(factory=dict)
    #: The rows of 问题清单: task, 问题描述, 整改状态.
    issues: tuple[tuple[int, str, str], ...] = ()

    @property
    def unit_name(self) -> str:
        return f"{self.unit} {UNITS[self.unit][0]}" if self.unit else ""

    def entries(self) -> dict[int, dict[str, Any]]:
        """Task → JSON key → value, for every task of the unit that has an entry."""
        if not self.unit:
            return {}
        entries = {}
        for task, cells in ordinary(self.unit).items():
            if task not in self.without:
                entries[task] = {COLUMNS[column]: as_json(column, value) for column, value in cells.items()}
        for (task, key), value in self.answers.items():
            entries.setdefault(task, {})[key] = value
        return entries

    def must(self) -> list[frozenset[tuple[str, int | None]]]:
        """Sets of (code, task); of each set one must be there."""
        return warnings_of(self.warnings)

    def may_be(self, code: str, task: int | None) -> bool:
        """Whether the warning is one that there must or may be; a code of `may` without a task stands for all tasks."""
        known = frozenset().union(*self.must(), *warnings_of(self.may))
        return (code, task) in known or (code, None) in known


def warnings_of(text: str) -> list[frozenset[tuple[str, int | None]]]:
    sets = []
    for part in filter(None, map(str.strip, text.split(","))):
        codes, _, task = part.partition(" ")
        sets.append(frozenset((code, int(task) if task else None) for code in codes.split("|")))
    return sets


def as_json(column: str, value: Any) -> Any:
    if column == "完成进度":
        return None if value is None else round(value * 100, 6)
    if column == "完成日期":
        return value and value.isoformat()
    return value or ""


def ordinary(unit: str) -> dict[int, dict[str, Any]]:
    """Task → column → what stands in the cell of an ordinary return of `unit`."""
    start = int(unit[1:]) + 3
    rows = enumerate(UNITS[unit][1], start)
    return {task: dict(zip(COLUMNS, ORDINARY[i % len(ORDINARY)], strict=True)) for i, task in rows}
