"""Reminders without mail: the message for the WeChat or QQ group, and whom to call. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from attrs import frozen

from eduxl import labels as L
from eduxl.mail import addresses
from eduxl.mail.owing import KINDS, Debt, debts, lateness
from eduxl.mail.texts import day
from eduxl.model import Round, Unit
from eduxl.returns.named import label
from eduxl.tracker.rows import RoundState
from eduxl.tracker.state import State
from eduxl.tracker.tables import Value

#: The message names so many units, and at least so many of the second kind where there are as many.
NAMES, _LEAST = 150, 10
_SECTIONS = {"未报": "还没有报送填报表的", "退回": "填报表退回、还没有改好重报的"}
_UNREACHED = "邮件到不了的，请先打电话"
_NO_DISTRICT = {L.KINDS[0]: "局机关股室"}
_OTHERS = "其他单位"


@frozen
class Call:
    """A unit to be called. `count` reminders went out before; `why` says why mail did not reach it, else ""."""

    debt: Debt
    count: int
    why: str

    @property
    def unit(self) -> Unit:
        return self.debt.unit

    @property
    def cells(self) -> tuple[Value, ...]:
        """A row of the sheet 催报, CALL_COLUMNS."""
        unit = self.unit
        return (
            group_of(unit), unit.code, unit.name, unit.contact or None, unit.phone or None, self.debt.kind,
            self.debt.amount, self.count, self.why or None,
        )  # fmt: skip

    def to_json(self) -> dict[str, Any]:
        """`{"unit", "district", "contact", "phone", "kind", "count", "note"}`."""
        unit = self.unit
        return {
            "unit": label(unit),
            "district": unit.district,
            "contact": unit.contact,
            "phone": unit.phone,
            "kind": self.debt.kind,
            "count": self.count,
            "note": "；".join(filter(None, (self.debt.amount, self.why))),
        }

    @property
    def line(self) -> str:
        """As it is printed."""
        unit = self.unit
        whom = " ".join(filter(None, (unit.contact, unit.phone))) or "没有联系人和电话"
        told = f"已催{self.count}次" if self.count else "还没有催过"
        return "，".join(
            filter(None, (label(unit), whom, f"{self.debt.kind}：{self.debt.amount}", told, self.why))
        )


@frozen
class CallList:
    """What goes to the group (`text`) and whom to call: first those whom mail does not reach, then by 学区."""

    round: Round
    text: str
    calls: tuple[Call, ...]

    def lines(self) -> Iterator[str]:
        """The list as it is printed."""
        heading = ""
        for call in self.calls:
            now = _UNREACHED if call.why else group_of(call.unit)
            if now != heading:
                heading = now
                yield f"{heading}："
            yield f"  {call.line}"

    def to_json(self) -> dict[str, Any]:
        """`{"text": "…", "units": [{"unit", "district", "contact", "phone", "kind", "count", "note"}]}`."""
        return {"text": self.text, "units": [call.to_json() for call in self.calls]}


def call_list(
    state: State, round_: Round, owed: Sequence[Debt], today: date, refused: Mapping[str, str] | None = None
) -> CallList:
    """The list for what is owed; `refused` are reasons, by unit, that the tracker does not know of."""
    order = {name: at for at, name in enumerate(dict.fromkeys(group_of(unit) for unit in state.roster.units))}
    owed = sorted(owed, key=lambda debt: order[group_of(debt.unit)])
    calls = [
        Call(
            debt,
            sent_before(state, round_.id, debt.unit.code, debt.kind),
            unreached(state, debt.unit) or (refused or {}).get(debt.unit.code, ""),
        )
        for debt in owed
    ]
    calls.sort(key=lambda call: not call.why)
    return CallList(round_, message(round_, owed, today), tuple(calls))


def listed_now(state: State, seen: RoundState, today: date, tracker: str) -> CallList:
    """The list as the sheet 催报 shows it: what is owed of the kinds that it was last made for."""
    from eduxl.tracker.forms import round_forms
    from eduxl.tracker.sendback import sendback_forms

    round_ = seen.round
    owed: tuple[Debt, ...] = ()
    if not round_.closed:
        kind = state.listed[1].kind if state.listed else ""
        kinds = (kind,) if kind else KINDS
        came = {unit.unit.code for unit in seen.received}
        forms = round_forms(state, round_, today, tracker, came)
        owed = debts(seen, sendback_forms(state, seen, forms) if L.MAIL_SENT_BACK in kinds else (), kinds)
    return call_list(state, round_, owed, today)


def sent_before(state: State, round_id: str, unit: str, kind: str) -> int:
    """How many messages of a kind went to the unit in the round, or may have."""
    return sum(fact.state != "refused" for _, fact in state.mailed.get((round_id, unit, kind), ()))


def unreached(state: State, unit: Unit) -> str:
    """Why mail does not reach a unit, as far as the tracker knows; "" where it should."""
    found = addresses.look(unit)
    if not found.text:
        return found.note.partition("，没有发。")[0]
    bounced = state.bounced.get(unit.code)
    if bounced is not None and bounced.address.casefold() == found.text.casefold():
        return f"发到 {found.text} 的邮件被退了回来"
    return ""


# --- the message ----------------------------------------------------------------------------------
def message(round_: Round, owed: Sequence[Debt], today: date) -> str:
    """For the group, ready to be pasted: who owes what, by 学区, and until when."""
    if round_.closed:
        return f"{round_.id} 轮已于{round_.closed}结束，没有要催的单位。"
    if not owed:
        return f"{round_.id} 轮没有要催的单位：都报了，也没有退回待改的。"
    by_kind = [(kind, [debt.unit for debt in owed if debt.kind == kind]) for kind in KINDS]
    sections = [(kind, units) for kind, units in by_kind if units]
    lines = [
        f"@所有人 各位老师好，{round_.id} 轮工作要点进展情况的报送截止日期是{day(round_.due)}，"
        f"{lateness(round_.due, today)}。"
    ]
    room = NAMES
    for at, (kind, units) in enumerate(sections):
        later = sum(len(others) for _, others in sections[at + 1 :])
        shown = units[: max(0, room - min(later, _LEAST))]
        room -= len(shown)
        lines += ["", f"{_SECTIONS[kind]}（{_counted(units)}）", *_names(shown)]
        if len(shown) < len(units):
            lines[-1] += f"……等{_counted(units)}"
    until = "请尽快报送" if today > round_.due else f"请在{day(round_.due)}前报送"
    lines += ["", f"{until}；已经报送的不用理会这条消息。找不到填报表、退回单或填报有困难的，请和我联系。"]
    return "\n".join(lines)


def _names(units: Iterable[Unit]) -> list[str]:
    """A line for each 学区."""
    groups: dict[str, list[str]] = {}
    for unit in units:
        groups.setdefault(group_of(unit), []).append(unit.name)
    return [f"{group}：{L.SEP.join(names)}" for group, names in groups.items()]


def _counted(units: Sequence[Unit]) -> str:
    return f"{len(units)}所" if all(unit.kind == L.KINDS[1] for unit in units) else f"{len(units)}个单位"


def group_of(unit: Unit) -> str:
    """The 学区 under which a unit is listed."""
    if unit.district:
        return unit.district
    return unit.name if unit.kind == L.KINDS[2] else _NO_DISTRICT.get(unit.kind, _OTHERS)
