"""What a clerk's cell means: a fact, or a complaint where it means nothing in its column. Pure."""

from __future__ import annotations

import re
from datetime import date, timedelta

from eduxl import labels as L
from eduxl.returns import codes
from eduxl.returns.normalise import read_date
from eduxl.tracker.records import (
    Closure,
    Confirmation,
    Contact,
    Extension,
    Fact,
    Misread,
    Remark,
    Review,
    Setting,
)
from eduxl.tracker.state import State


def complaints(state: State) -> list[str]:
    """Sentences about texts that stand in clerk columns and mean nothing there."""
    return [
        _complaint(column, unit, task, text) for (column, unit, task), text in sorted(state.misread.items())
    ]


def _complaint(column: str, unit: str, task: int, text: str) -> str:
    row = f"“{L.ENTRIES}”里 {unit} 任务{task}" if unit else f"“{L.TASKS}”里任务{task}"
    return f"{row} 的{column}“{text[:20]}”看不懂，仍按原来的办理；{_SHOULD_BE[column]}"


_SHOULD_BE = {
    L.REVIEW: "请填“通过”或“退回”",
    L.EXTENDED_TO: "请按 2022-06-30 这样填日期",
    L.CLOSED: "请填“已销号”或“未销号”",
}


class Meanings:
    """Facts and complaints of cells, as they are told one after the other. Row keys are those of `inputs.Inputs`."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._tasks = {task.no for task in state.plan.tasks}
        self.facts: list[Fact] = []
        self.complaints: list[str] = []

    def task(self, text: str) -> int | None:
        """A task number of the plan, however the cell says it; anything else is a row that a person typed."""
        no = int(text) if is_number(text) else 0
        return no if no in self._tasks else None

    def row(self, key: str) -> tuple[str, int] | None:
        """Unit and task of a row of ours; a filled cell in any other row is complained about."""
        unit, _, task = key.rpartition("|")
        no = self.task(task)
        if no is None or self._state.roster.unit(unit) is None:
            self.complaints.append(
                f"“{L.ENTRIES}”里单位“{unit[:20]}”任务“{task[:20]}”的行不是本台账的行，没有读取"
            )
            return None
        return unit, no

    def review(self, key: str, result: str, note: str) -> None:
        if (row := self.row(key)) is None:
            return
        unit, task = row
        understood = not result or result in L.REVIEW_RESULTS
        self._misread(L.REVIEW, unit, task, "" if understood else result)
        if not understood:
            standing = self._state.reviews.get(row)
            result = standing.review.result if standing else ""
        current = self._state.current
        self.facts.append(Review(current.id if current else "", unit, task, result, note))

    def extension(self, key: str, text: str) -> None:
        if (row := self.row(key)) is None:
            return
        day = _date(text, self._state.plan.year)
        self._misread(L.EXTENDED_TO, *row, "" if day or not text else text)
        if day or not text:
            self.facts.append(Extension(*row, day))

    def closure(self, key: str, text: str) -> None:
        if (no := self.task(key)) is None:
            return
        understood = not text or text in L.CLOSED_VALUES or text == L.CANCELLED
        self._misread(L.CLOSED, "", no, "" if understood else text)
        if understood:
            self.facts.append(Closure(no, text or L.CLOSED_NO))

    def remark(self, key: str, text: str) -> None:
        if no := self.task(key):
            self.facts.append(Remark(no, text))

    def confirmation(self, key: str, text: str) -> None:
        refused = [r for r in self._state.rejects.values() if r.sha256.startswith(key)]
        if not refused:
            return
        cell = f"“{L.REJECTED}”里“{refused[-1].path}”的{L.CONFIRM_UNIT}“{text[:20]}”"
        if text and not any(r.lacks_unit for r in refused):
            why = codes.title_of(refused[-1].code)
            self.complaints.append(
                f"{cell}不起作用：{L.CONFIRM_UNIT}只用于“认不出是哪个单位”的文件，"
                f"这个文件是“{why}”，请按“{L.FIX}”处理"
            )
            return
        unit = self._state.roster.find(text) if text else None
        if text and unit is None:
            closest = self._state.roster.resolve(text).closest
            near = f"最接近的有：{L.SEP.join(closest)}；" if closest else ""
            self.complaints.append(f"{cell}不在单位名册中，未作处理；{near}请填单位编码")
            return
        self.facts.append(Confirmation(refused[-1].sha256, unit.code if unit else ""))

    def contact(self, key: str, text: str) -> None:
        """联系人, 联系电话 or 邮箱 of a unit; a row that the clerk typed herself is not ours."""
        unit, _, column = key.rpartition("|")
        if self._state.roster.unit(unit):
            self.facts.append(Contact(unit, column, text.removesuffix(L.BOUNCED_MARK).rstrip()))

    def setting(self, name: str, text: str) -> None:
        if text.isascii() and text.isdecimal() and len(text) < 4 and int(text) <= 366:
            self.facts.append(Setting(name, int(text)))
        else:
            self.complaints.append(f"首页的提醒天数或滞后阈值“{text[:20]}”不是 0 到 366 的整数，仍按原值计算")

    def _misread(self, column: str, unit: str, task: int, text: str) -> None:
        if text != self._state.misread.get((column, unit, task), ""):
            self.facts.append(Misread(column, unit, task, text))


def is_number(text: str) -> bool:
    """True for what can be a task's number."""
    return text.isascii() and text.isdecimal() and len(text) < 7


def _date(text: str, year: int) -> date | None:
    if not text:
        return None
    if re.fullmatch(r"\d{5}(\.\d+)?", text):
        return date(1899, 12, 30) + timedelta(days=int(float(text)))
    return read_date(text, year)
