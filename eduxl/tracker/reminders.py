"""填报提醒: every warning about the returns that count, a row each, what must be mended first. Pure.

A warning is about what a return says; what the bureau has to look at besides (未报, 逾期 …) stands in 预警清单.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from eduxl import labels as L
from eduxl.model import Return, Warning
from eduxl.returns import codes
from eduxl.returns.checks import Answer
from eduxl.returns.context import Context
from eduxl.tracker.rows import RoundState, Row
from eduxl.tracker.state import State
from eduxl.tracker.tables import Value


def reminder_rows(state: State, seen: RoundState) -> list[tuple[Value, ...]]:
    """Rows of 填报提醒 in the order of REMINDER_COLUMNS: by level, unit (as in the roster), task, cell.

    What is about no task of the plan comes first in its unit. The order does not depend on that of merging.
    """
    names = {unit.code: unit.name for unit in state.roster.units}
    mine: dict[str, list[Row]] = {}
    for row in seen.rows:
        mine.setdefault(row.unit.code, []).append(row)
    won = {code: r for (round_id, code), r in state.winners.items() if round_id == seen.round.id}
    found: list[tuple[tuple[object, ...], tuple[Value, ...]]] = []
    for at, code in enumerate([*names, *sorted(won.keys() - names.keys())]):
        if code not in won:
            continue
        for warning in (*won[code].warnings, *copied_texts(mine.get(code, ()), names)):
            line = _line(warning, won[code], names.get(code))
            found.append(((warning.level != "must", at, *_within_unit(warning)), line))
    found.sort(key=lambda item: item[0])
    return [line for _, line in found]


def _within_unit(warning: Warning) -> tuple[object, ...]:
    """Sort key; of two places on one sheet the shorter reference comes first, F9 before F10."""
    return warning.task or 0, len(warning.cell), warning.cell, warning.code, warning.value, warning.note


def _line(warning: Warning, won: Return, name: str | None) -> tuple[Value, ...]:
    return (
        L.WARNING_LEVELS[warning.level], won.unit, name, warning.task, codes.title_of(warning.code),
        warning.cell or None, warning.value or None, warning.note, warning.fix or None, won.path,
    )  # fmt: skip


def copied_texts(rows: Iterable[Row], names: dict[str, str]) -> Iterator[Warning]:
    """`copied-text` about the `rows` of a unit, given the `names` of units by code.

    It is judged over the whole round, so it is not stored with the return. A reason in 存在问题 answers it.
    """
    for row in rows:
        if not row.copied_from or not row.entry:
            continue
        if not Answer(row.entry, Context(), row.earlier).is_explained:
            own = row.copied_from == row.unit.code
            other = "本单位上一轮" if own else f"{row.copied_from} {names[row.copied_from]}"
            yield codes.warning(
                "copied-text", task=row.task.no, cell=row.entry.cell, value=row.entry.report, what=other
            )
