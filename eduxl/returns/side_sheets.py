"""指标填报 and 问题清单: the rows of the side tables of a return → indicator values and problems."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from eduxl import labels as L
from eduxl.model import Indicator, IndicatorValue, Problem, Task, Warning
from eduxl.returns import codes, normalise, synonyms
from eduxl.returns.codes import Level
from eduxl.returns.normalise import plain, squeeze
from eduxl.returns.tables import Row, Table, first_text, joined, not_taken

_INDICATOR_FIELDS = (synonyms.IND_VALUE, synonyms.IND_NOTE)
_PROBLEM_FIELDS = (
    synonyms.PRO_TEXT, synonyms.PRO_MEASURE, synonyms.PRO_OWNER, synonyms.PRO_DUE, synonyms.PRO_STATE,
)  # fmt: skip


def read_indicators(
    tables: Iterable[Table], tasks: Mapping[int, Task], warnings: list[Warning]
) -> Iterable[IndicatorValue]:
    """What 指标填报 says, each indicator once and by the plan's name; `tasks` are the plan's, {} where they are
    unknown. Adds to `warnings`.
    """
    found: dict[tuple[int, str], tuple[Row, IndicatorValue]] = {}
    for row in _rows(tables, tasks, _INDICATOR_FIELDS, warnings):
        name = plain(row.get(synonyms.IND_NAME))
        planned: Indicator | None = None
        if task := tasks.get(row.task):
            planned = next((i for i in task.indicators if squeeze(i.name) == squeeze(name)), None)
            if planned is None:
                warnings.append(_of_no_indicator(row, task))
                continue
            name = planned.name
        new = _indicator_value(row, name, planned.unit if planned else "", warnings)
        used, known = found.setdefault((row.task, name), (row, new))
        if used is row or not _says(new) or _says(new) == _says(known):
            continue
        if not _says(known):
            found[row.task, name] = (row, new)
            continue
        used_row = f"指标“{name}”的第 {used.at + 1} 行"
        warnings.append(
            codes.warning(
                "duplicate-task", task=row.task, cell=new.cell, value=joined(row.cells), used=used_row,
                where=f"{new.cell} 这一行",
            )
        )  # fmt: skip
    return [value for _, value in found.values()]


def _indicator_value(row: Row, name: str, unit: str, warnings: list[Warning]) -> IndicatorValue:
    """The value of a row; it must be in the plan's `unit`, "" where that has none, and is never converted."""
    cell = row.table.at(row.at, row.table.columns[synonyms.IND_VALUE])
    written = plain(row.get(synonyms.IND_UNIT))
    value = normalise.amount(row.get(synonyms.IND_VALUE), unit or written)
    if value.value is not None and unit and written and squeeze(written) != squeeze(unit):
        raw = plain(row.get(synonyms.IND_VALUE))
        value = normalise.Result(None, raw if raw.endswith(written) else raw + written, "bad-number")
    if value.code:
        warnings.append(codes.warning(value.code, task=row.task, cell=cell, value=value.raw))
    note = normalise.text(row.get(synonyms.IND_NOTE))
    return IndicatorValue(row.task, name, value.value, note.value, value.raw, cell)


def _says(told: IndicatorValue) -> tuple[object, ...]:
    """What a row answers, () for nothing."""
    said = (told.value, told.note, told.raw if told.value is None else "")
    return () if said == (None, "", "") else said


def _of_no_indicator(row: Row, task: Task) -> Warning:
    """A row whose name is none of the task's indicators; a mild warning where it answers nothing."""
    names = L.SEP.join(f"“{indicator.name}”" for indicator in task.indicators)
    what = f"不是任务 {task.no} 的指标" + (f"（应为{names}）" if names else "")
    answered = any(plain(row.get(name)) for name in _INDICATOR_FIELDS)
    where = row.table.at(row.at, row.table.columns[synonyms.IND_NAME])
    return not_taken(where, joined(row.cells), what, task=task.no, level=None if answered else "explain")


def read_problems(
    tables: Iterable[Table], tasks: Mapping[int, Task], warnings: list[Warning]
) -> Iterator[Problem]:
    """What 问题清单 says, row by row; empty rows are left out. Adds to `warnings`."""
    for row in _rows(tables, tasks, _PROBLEM_FIELDS, warnings):
        texts = [plain(row.get(name)) for name in _PROBLEM_FIELDS]
        if any(texts):
            yield Problem(row.task, *texts)


def _rows(
    tables: Iterable[Table], tasks: Mapping[int, Task], wanted: tuple[str, ...], warnings: list[Warning]
) -> Iterator[Row]:
    """The rows that name a task; others give a warning, a mild one if the `wanted` columns are empty."""
    for table in tables:
        no_at = table.columns[L.TASK_NO]
        under_merged = _rows_under_merged(table, no_at)
        number: int | None = None
        for at in table.rows():
            row = table.grid.rows[at]
            own = normalise.task_number(row[no_at])
            # A number merged over several rows stands in the first of them only.
            number = number if own is None and at in under_merged else own
            if number is not None and (not tasks or number in tasks):
                yield Row(table, at, number, row)
                continue
            level: Level | None = None
            place = next(
                (p for n in wanted if (p := table.columns.get(n)) is not None and plain(row[p])), None
            )
            if place is not None:
                what = "没有写明是本年哪项任务" if number is None else f"不是本年任务的编号（任务 {number}）"
            elif number is None and (place := first_text(row)) is not None:
                level, what = "explain", "不是任务行"
            else:
                continue
            warnings.append(not_taken(table.at(at, place), joined(row), what, task=number, level=level))


def _rows_under_merged(table: Table, column: int) -> set[int]:
    return {
        row
        for (top, left), (bottom, _) in table.grid.merged
        if left == column
        for row in range(top + 1, bottom + 1)
    }
