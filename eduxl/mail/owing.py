"""Who owes what in a round: units without a return, and units whose return has something to mend. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import date
from typing import Literal

from attrs import frozen

from eduxl import labels as L
from eduxl.mail.texts import day
from eduxl.model import Task, Unit
from eduxl.template import Form, Mend
from eduxl.tracker.rows import RoundState

Owing = Literal["未报", "退回"]
KINDS: tuple[Owing, ...] = ("未报", "退回")
#: So many tasks are named.
NAMED = 5


@frozen
class Debt:
    """What a unit owes. `tasks` are those it is about; `mends` what is to be mended, () for a unit that sent nothing."""

    unit: Unit
    kind: Owing
    tasks: tuple[Task, ...]
    mends: tuple[Mend, ...] = ()

    @property
    def amount(self) -> str:
        """How much it is, in short."""
        return f"{len(self.mends)}处要改" if self.mends else f"{len(self.tasks)}项任务没有报"

    def matter(self, due: date, today: date) -> str:
        """The lines of a message that say what is owed and how late it is: the first few tasks by name."""
        when = f"截止日期{day(due)}，{lateness(due, today)}"
        if self.mends:
            head = f"共 {len(self.mends)} 处要改（{counted(self.mends)}）；{when}。"
        else:
            head = f"共 {len(self.tasks)} 项；{when}。"
        lines = [self._line(task) for task in self.tasks[:NAMED]]
        if more := len(self.tasks) - NAMED:
            lines += [f"……共 {len(self.tasks)} 项任务"] * (more > 0)
        return "\n".join([head, *lines])

    def _line(self, task: Task) -> str:
        count = sum(mend.task == task.no for mend in self.mends)
        return f"任务 {task.no}　{task.title}" + (f"：{count} 处" if count else "")


def counted(mends: Sequence[Mend]) -> str:
    """`必须改 2 处，请核对 1 处`."""
    must = sum(mend.level == "must" for mend in mends)
    parts = ((must, "必须改"), (len(mends) - must, "请核对"))
    return "，".join(f"{word} {number} 处" for number, word in parts if number)


def lateness(due: date, today: date) -> str:
    """`已过3天`, `还有2天`, `就是今天`."""
    days = (today - due).days
    if days == 0:
        return "就是今天"
    return f"已过{days}天" if days > 0 else f"还有{-days}天"


def debts(
    seen: RoundState, back: Iterable[Form], kinds: Collection[str] = KINDS, wanted: Collection[str] = ()
) -> tuple[Debt, ...]:
    """What the units owe, in the order of the roster.

    `back` are the forms that go back (`sendback.sendback_forms`); `wanted` narrows it to codes, () for all.
    """
    forms = {form.unit.code: form for form in back}
    asked: dict[str, list[Task]] = {}
    for row in seen.rows:
        asked.setdefault(row.unit.code, []).append(row.task)
    found: list[Debt] = []
    for state in seen.units:
        unit = state.unit
        if wanted and unit.code not in wanted:
            continue
        tasks = asked.get(unit.code, [])
        form = forms.get(unit.code)
        if state.won is None and L.MAIL_MISSING in kinds:
            found.append(Debt(unit, "未报", tuple(tasks)))
        elif form is not None and form.sendback is not None and L.MAIL_SENT_BACK in kinds:
            found.append(_to_mend(unit, tasks, form.sendback.mends))
    return tuple(found)


def _to_mend(unit: Unit, tasks: Sequence[Task], mends: tuple[Mend, ...]) -> Debt:
    about = {mend.task for mend in mends}
    return Debt(unit, "退回", tuple(task for task in tasks if task.no in about), mends)
