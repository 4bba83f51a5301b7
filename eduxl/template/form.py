"""The form of one unit in one round as a record, and the file name it goes by. No I/O, no clock.

A form is a template to be filled in, or, with `sendback`, one that goes back to the unit to be mended.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Literal

from attrs import frozen

from eduxl import labels as L
from eduxl.model import Entry, Indicator, IndicatorValue, Problem, Round, Task, Unit
from eduxl.template import layout

#: Windows forbids these in file names; the full-width twin reads the same to a person.
_FORBIDDEN = str.maketrans('<>:"/\\|?*', "＜＞：＂／＼｜？＊")
_DEVICES = re.compile(r"^(CON|PRN|AUX|NUL|COM[0-9¹²³]|LPT[0-9¹²³])\s*(\.|$)", re.IGNORECASE)
#: File systems take 255 bytes; the rest is room for "(2)" and for the temporary name in writing.
_MAX_BYTES = 220


@frozen
class FormRow:
    """One assigned task. `due` is the date that holds, 延期至 included.

    `carried` is an 已完成 of an earlier round and comes filled in; `previous` is any other earlier answer
    and is shown beside, never in the answer cells. `sent_back` is the 审核意见 of an answer that was sent
    back, else "". `answer` is the unit's own answer in this round, in a form that goes back to it: it stands in the
    answer cells instead of `carried`, with its `raw` text where there is no value.
    """

    task: Task
    project: str
    role: str
    due: date | None
    carried: Entry | None = None
    previous: Entry | None = None
    previous_round: str = ""
    sent_back: str = ""
    answer: Entry | None = None


@frozen
class Mend:
    """One thing that a unit has to mend.

    It is about the cell of `column` in the task's row of 填报表, or of `indicator` in 指标填报 where one is named;
    without a column the form has no cell for it. `value` is what the unit wrote, `note` says what is wrong with it
    and `fix` what to do; `must` it be done, or may the unit `explain` instead. `anywhere`: it may be mended in any
    cell of the row, not only in this one. `beside`: columns of the row that are marked with it.
    """

    task: int | None
    column: str
    level: Literal["must", "explain"]
    value: str
    note: str
    fix: str
    indicator: str = ""
    anywhere: bool = False
    beside: tuple[str, ...] = ()


@frozen
class Sendback:
    """What a form that goes back to its unit has besides: what is to be mended in the return `source` of `received`.

    `modified` is the moment (UTC) that the workbook carries as its own; it is later than the return's, so that what
    becomes of it counts instead. `indicators` and `problems` are the return's.
    """

    mends: tuple[Mend, ...]
    source: str
    received: date
    modified: datetime
    indicators: tuple[IndicatorValue, ...] = ()
    problems: tuple[Problem, ...] = ()

    @property
    def count(self) -> str:
        """How much there is to mend, in words."""
        must = sum(mend.level == "must" for mend in self.mends)
        parts = (("必须改", must), ("请核对", len(self.mends) - must))
        return f"{len(self.mends)} 处要改（{'，'.join(f'{word} {n} 处' for word, n in parts if n)}）"


@frozen
class Form:
    """Everything that a template shows. `title` is the plan's, `version` that of the template."""

    tracker: str
    title: str
    year: int
    unit: Unit
    round: Round
    rows: tuple[FormRow, ...]
    as_of: date
    version: str
    sendback: Sendback | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        """Column names of 填报表 from left to right: 退回意见 and 上期… only where some row has one."""
        back = any(row.sent_back for row in self.rows)
        previous = any(row.previous for row in self.rows)
        return (
            *L.GIVEN_COLUMNS,
            *(
                (layout.SENT_BACK_COLUMN,) if back else ()
            ),  # left of the first answer, where nobody overlooks it
            *L.ANSWER_COLUMNS,
            *(layout.PREVIOUS_COLUMNS if previous else ()),
        )

    @property
    def indicators(self) -> tuple[tuple[Task, Indicator], ...]:
        """The rows of 指标填报."""
        return tuple((row.task, indicator) for row in self.rows for indicator in row.task.indicators)


def form_filename(form: Form) -> str:
    """`单位编码_单位名称_轮次.xlsx`, with `_退回` before the dot where it goes back; safe on Windows.

    Forbidden characters become full-width and a very long name is cut; code and round are not, so the file
    still names its unit.
    """
    code, name, round_id = (_part(text) for text in (form.unit.code, form.unit.name, form.round.id))
    end = f"{round_id}_{L.SENT_BACK}" if form.sendback else round_id
    room = _MAX_BYTES - len(f"{code}__{end}.xlsx".encode())
    name = name.encode()[: max(room, 0)].decode(errors="ignore").rstrip()
    stem = f"{code}_{name}_{end}".lstrip("~$. ")  # ~$ marks the lock files of Office, a dot hides
    if _DEVICES.match(stem):
        stem = "_" + stem
    return stem + ".xlsx"


def _part(text: str) -> str:
    printable = "".join(ch if ch.isprintable() else " " for ch in text.translate(_FORBIDDEN))
    return " ".join(printable.split())
