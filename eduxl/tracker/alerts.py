"""预警清单: each flag in words, with advice, worst first. Pure."""

from __future__ import annotations

from eduxl import flags as F
from eduxl import labels as L
from eduxl.model import Entry
from eduxl.tracker.rows import RoundState, Row, UnitState
from eduxl.tracker.state import State
from eduxl.tracker.tables import Value

#: 建议: what the clerk can do about a flag.
ADVICE = {
    L.F_MISSING: "联系该单位尽快填报；收到后再汇总一次",
    L.F_SENT_BACK: "等该单位重新填报；新表收到并汇总后自动解除",
    L.F_OVERDUE: "督促完成；确需延期的在“延期至”填新日期，不再要求的在任务台账“销号”",
    L.F_GAPS: "请该单位补填后重新发回",
    L.F_CONFLICT: "与该单位核实后请其改正重报",
    L.F_REGRESSED: "请该单位说明进度或状态倒退的原因",
    L.F_BEHIND: "了解困难，必要时调度",
    L.F_COPIED: "核实是否照抄，请如实填写本期进展",
    L.F_DUE_SOON: "提醒该单位按期完成",
    L.F_LATE: "记录在案，提醒下轮按时填报",
    L.F_DONE_LATE: "记录在案",
}


def level(flag: str) -> str:
    """红, 黄 or 蓝; 提示 for a flag that is only listed."""
    return L.FLAG_LIGHT[flag] or L.LEVEL_LISTED


def alert_rows(state: State, seen: RoundState) -> tuple[list[tuple[Value, ...]], list[int | None]]:
    """Rows of 预警清单 in the order of ALERT_COLUMNS (定位 left to the sink), and the row each points at.

    A unit flag has an empty 任务编号. Sorted by flag (worst first), unit, task.
    """
    names = {unit.code: unit.name for unit in state.roster.units}
    first_row: dict[str, int] = {}
    for i, row in enumerate(seen.rows):
        first_row.setdefault(row.unit.code, i)
    found: list[tuple[tuple[int, int, int], tuple[Value, ...], int | None]] = []
    rank = {flag: i for i, flag in enumerate(L.FLAG_NAMES)}
    for i, unit in enumerate(seen.units):
        for flag in unit.flags:
            note = _unit_note(flag, unit, seen)
            line: tuple[Value, ...] = (
                level(flag),
                flag,
                unit.unit.code,
                unit.unit.name,
                None,
                None,
                note,
                ADVICE[flag],
                None,
            )
            found.append(((rank[flag], i, 0), line, first_row.get(unit.unit.code)))
    position = {unit.unit.code: i for i, unit in enumerate(seen.units)}
    for i, row in enumerate(seen.rows):
        for flag in row.flags:
            if flag == L.F_MISSING:
                continue
            note = _note(flag, row, seen.clock, state, names)
            line = (
                level(flag), flag, row.unit.code, row.unit.name, row.task.no, row.task.title, note,
                ADVICE[flag], None,
            )  # fmt: skip
            found.append(((rank[flag], position[row.unit.code], row.task.no), line, i))
    found.sort(key=lambda item: item[0])
    return [line for _, line, _ in found], [target for _, _, target in found]


def _unit_note(flag: str, unit: UnitState, seen: RoundState) -> str:
    due = seen.clock.round_due
    if flag == L.F_MISSING:
        return f"{seen.round.id}轮截止{due}，截至{seen.clock.as_of}没有收到填报"
    return f"首份填报{unit.first_received}收到，晚于截止日期{due}"


def _note(flag: str, row: Row, clock: F.Clock, state: State, names: dict[str, str]) -> str:
    entry, known, due = row.entry, row.known, row.due
    match flag:
        case L.F_SENT_BACK:
            standing = state.reviews[row.unit.code, row.task.no]
            return f"审核意见：{standing.review.note}" if standing.review.note else "审核退回，未写意见"
        case L.F_OVERDUE if due:
            return f"完成时限{due}已过{(clock.as_of - due).days}天，最近报告：{_said(known)}"
        case L.F_DUE_SOON if due:
            return f"距完成时限{due}还有{(due - clock.as_of).days}天，最近报告：{_said(known)}"
        case L.F_GAPS:
            return f"缺：{L.SEP.join(F.missing_fields(entry))}" if entry else "整行没有填"
        case L.F_CONFLICT if entry:
            return "；".join(F.conflicts(entry, row.won.received.date() if row.won else None))
        case L.F_REGRESSED:
            return f"{row.earlier_round}轮：{_said(row.earlier)}；本轮：{_said(entry)}"
        case L.F_BEHIND if due and known:
            return f"完成时限{due}，进度{F.percent(known.progress or 0)}，按时间落后超过{clock.lag_points}个百分点"
        case L.F_COPIED:
            if row.copied_from == row.unit.code:
                return "进展情况与本单位上一轮相同或几乎相同"
            return f"进展情况与{row.copied_from} {names.get(row.copied_from, '')}相同或几乎相同"
        case L.F_DONE_LATE if known:
            return f"完成日期{known.done_on}晚于完成时限{due}"
    return ""


def _said(entry: Entry | None) -> str:
    """`推进中 60%`, or that nothing was reported."""
    if entry is None:
        return "没有报过"
    parts = [entry.status or "未填状态"]
    if entry.progress is not None:
        parts.append(F.percent(entry.progress))
    return " ".join(parts)
