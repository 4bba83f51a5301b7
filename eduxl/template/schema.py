"""What a unit may answer: the one table from which drop-downs, limits, prompts and error messages are made.

Pure data. A checker that reads answers back uses the same table, so whatever a template offers is accepted.
"""

from __future__ import annotations

from datetime import date
from typing import Literal

from attrs import frozen

from eduxl.labels import (
    ANSWER_COLUMNS,
    COMPLETED,
    DONE_ON,
    EVIDENCE,
    IMPOSSIBLE,
    NEXT_STEPS,
    NOT_STARTED,
    ONGOING,
    PHONE,
    PROBLEM,
    PROGRESS,
    REPORT,
    REPORTER,
    STATUS,
    STATUSES,
    UNDER_WAY,
)

Kind = Literal["choice", "share", "date", "text", "label"]


@frozen
class Field:
    """One answer column of 填报表.

    `kind`: `choice` one of `choices`; `share` a number between `low` and `high`, shown in percent; `date` a
    day within `date_limits`; `text` free text; `label` short text that must not turn into a number (phone).
    `prompt` shows when the cell is selected, `error` when the value is refused; in both `{first}` and
    `{last}` stand for the limits of a date, `{example}` for a date as it is to be written. `idle` are the
    statuses with which an empty cell is greyed out.
    """

    column: str
    kind: Kind = "text"
    choices: tuple[str, ...] = ()
    low: float | None = None
    high: float | None = None
    prompt: str = ""
    error: str = ""
    idle: tuple[str, ...] = ()


#: Needed in every row, whatever its status (flag 漏填).
ALWAYS_NEEDED = (STATUS,)
#: Needed besides, by status (flag 漏填).
NEEDED: dict[str, tuple[str, ...]] = {
    NOT_STARTED: (),
    UNDER_WAY: (PROGRESS, REPORT),
    COMPLETED: (DONE_ON,),
    ONGOING: (PROGRESS, REPORT),
    IMPOSSIBLE: (PROBLEM,),
}

FIELDS: tuple[Field, ...] = (
    Field(
        STATUS,
        "choice",
        choices=STATUSES,
        prompt="点右边的小箭头选一个：" + "、".join(STATUSES) + "。",
        error="完成状态只能从下拉列表中选：" + "、".join(STATUSES) + "。",
    ),
    Field(
        PROGRESS,
        "share",
        low=0,
        high=1,
        prompt="填 0 到 100 的数，输入 80 就是 80%。",
        error="完成进度要填 0% 到 100% 之间的数，例如完成八成就输入 80%，不要写文字。",
        idle=(NOT_STARTED,),
    ),
    Field(
        DONE_ON,
        "date",
        prompt="“已完成”的任务才填，例如 {example}。",
        error="完成日期要填 {first} 到 {last} 之间的日期，写成 {example} 的样子，年份要写全。",
        idle=tuple(status for status in STATUSES if status != COMPLETED),
    ),
    Field(REPORT, prompt="写清做了什么、做到哪一步；“推进中”“持续推进”必填。换行按 Alt+Enter。"),
    Field(PROBLEM, prompt="“无法完成”必填，写明原因；进度比上期退步的，也在这里说明。"),
    Field(NEXT_STEPS),
    Field(EVIDENCE, prompt="写材料名称或文号即可，材料本身另行报送。"),
    Field(REPORTER, "label"),
    Field(PHONE, "label"),
)
FIELD: dict[str, Field] = {f.column: f for f in FIELDS}
assert tuple(FIELD) == ANSWER_COLUMNS


@frozen
class Clash:
    """Two answers of a row that contradict each other (flag 矛盾): one of `statuses` and a value.

    `test` compares the value with `bound`; `filled` means that anything stands there.
    """

    column: str
    statuses: tuple[str, ...]
    test: Literal[">", "<", ">=", "filled"]
    bound: float = 0


CLASHES: tuple[Clash, ...] = (
    Clash(PROGRESS, (NOT_STARTED,), ">", 0),
    Clash(PROGRESS, (UNDER_WAY,), ">=", 1),
    Clash(PROGRESS, (COMPLETED,), "<", 1),
    Clash(DONE_ON, tuple(status for status in STATUSES if status != COMPLETED), "filled"),
)


def needed(status: str) -> tuple[str, ...]:
    """The columns that a row with this status must fill in; an unknown or empty status asks no more."""
    return ALWAYS_NEEDED + NEEDED.get(status, ())


def statuses_needing(column: str) -> tuple[str, ...]:
    """The statuses with which `column` must be filled in, in the order of the drop-down."""
    return tuple(status for status in STATUSES if column in NEEDED[status])


def date_limits(year: int) -> tuple[date, date]:
    """First and last day that a template of a plan of `year` accepts as 完成日期."""
    return date(year - 1, 1, 1), date(year + 1, 12, 31)


#: 指标填报, 本期完成值: the limits only keep text out.
INDICATOR_LIMIT = 1e12
INDICATOR_ERROR = "本期完成值只填数字，计量单位已在左边给出；需要说明的写在右边“说明”里。"

#: 问题清单
PROBLEM_STATES = ("未整改", "整改中", "已整改")
PROBLEM_ROWS = 15
#: A task whose title, text or steps contain one of these asks for a 问题清单.
PROBLEM_WORDS = ("问题清单", "问题台账", "整改")
