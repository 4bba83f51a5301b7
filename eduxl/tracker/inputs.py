"""What the clerk typed into the master: 审核结果, 审核意见, 延期至, 销号, 备注, 确认单位 and the two settings.

Reading them is I/O; comparing them with what the workbook last showed is pure. Only a cell that differs
from what was shown is a decision, so a command that shows less (an earlier day) never undoes one.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from attrs import asdict, field, frozen

from eduxl import labels as L
from eduxl.errors import TrackerError
from eduxl.returns.normalise import read_date
from eduxl.tracker.records import Closure, Confirmation, Extension, Fact, Remark, Review, Setting
from eduxl.tracker.state import State
from eduxl.tracker.tables import Master, Table

#: The sheets that hold clerk inputs.
_READ = (L.HOME, L.ENTRIES, L.TASKS, L.REJECTED, L.META)
SETTING_NAMES = ("eduxl_warn_days", "eduxl_lag_points")


@frozen
class Inputs:
    """The clerk's cells by key, "" where empty. Row keys are `unit|task`, a task number or a file's number.

    A key that is absent was not seen (its row or column is gone), which changes nothing.
    """

    reviews: dict[str, str] = field(factory=dict)
    review_notes: dict[str, str] = field(factory=dict)
    extensions: dict[str, str] = field(factory=dict)
    closures: dict[str, str] = field(factory=dict)
    remarks: dict[str, str] = field(factory=dict)
    confirmations: dict[str, str] = field(factory=dict)
    settings: dict[str, str] = field(factory=dict)
    #: columns and sheets that are not eduxl's, as `sheet` or `sheet/column`
    foreign: tuple[str, ...] = ()
    meta: dict[str, str] = field(factory=dict)

    def to_json(self) -> dict[str, Any]:
        """The cells as the ledger keeps them."""
        kept = asdict(self)
        del kept["foreign"], kept["meta"]
        return kept

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Inputs:
        return cls(**data)


# --- what a master shows --------------------------------------------------------------------------
def shown(master: Master) -> Inputs:
    """The clerk's cells as a master view shows them."""
    entries, tasks, rejected = (_Rows(t) for t in (master.entries, master.tasks, master.rejected))
    pair = (L.UNIT_CODE, L.TASK_NO)
    return Inputs(
        reviews=entries.column(pair, L.REVIEW),
        review_notes=entries.column(pair, L.REVIEW_NOTE),
        extensions=entries.column(pair, L.EXTENDED_TO),
        closures=tasks.column((L.TASK_NO,), L.CLOSED),
        remarks=tasks.column((L.TASK_NO,), L.REMARK),
        confirmations=rejected.column((L.REJECTED_COLUMNS[0],), L.CONFIRM_UNIT),
        settings={
            SETTING_NAMES[0]: str(master.home.warn_days),
            SETTING_NAMES[1]: str(master.home.lag_points),
        },
    )


class _Rows:
    """Rows under a header, whichever order the columns are in."""

    def __init__(self, table: Table) -> None:
        self._at = {name: i for i, name in reversed(list(enumerate(table.columns)))}
        self._rows: Sequence[Sequence[Any]] = table.rows

    def column(self, key: Sequence[str], name: str) -> dict[str, str]:
        """Row key → text of a column; empty when the column or a key column is not there."""
        if name not in self._at or any(part not in self._at for part in key):
            return {}
        at, keys = self._at[name], [self._at[part] for part in key]
        found: dict[str, str] = {}
        for row in self._rows:
            parts = [_text(row[i]) for i in keys]
            if all(parts):
                found.setdefault("|".join(parts), _text(row[at]))
        return found


def _text(value: Any) -> str:
    """A cell as text: dates in ISO form, whole numbers without a point."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()


# --- reading the workbook -------------------------------------------------------------------------
def read_inputs(path: Path) -> Inputs:
    """Read the clerk's cells from a master, saved by whichever program.

    Raises `TrackerError` (`not-a-master`) for a file that is no workbook or has no `_eduxl` sheet.
    """
    import python_calamine

    try:
        with path.open("rb") as stream:
            book = python_calamine.CalamineWorkbook.from_filelike(stream)
            names = book.sheet_names
            sheets = {name: _rows_of(book, name) for name in _READ if name in names}
    except (python_calamine.CalamineError, zipfile.BadZipFile) as error:
        raise _not_a_master(path) from error
    meta = {_text(row[0]): _text(row[1]) for row in sheets.get(L.META, []) if len(row) > 1 and row[0]}
    if "generation" not in meta:
        raise _not_a_master(path)
    entries, tasks, rejected = (
        _find_table(sheets.get(name, []), name, columns)
        for name, columns in (
            (L.ENTRIES, L.ENTRY_COLUMNS),
            (L.TASKS, L.TASK_COLUMNS),
            (L.REJECTED, L.REJECTED_COLUMNS),
        )
    )
    pair = (L.UNIT_CODE, L.TASK_NO)
    return Inputs(
        reviews=_Rows(entries).column(pair, L.REVIEW),
        review_notes=_Rows(entries).column(pair, L.REVIEW_NOTE),
        extensions=_Rows(entries).column(pair, L.EXTENDED_TO),
        closures=_Rows(tasks).column((L.TASK_NO,), L.CLOSED),
        remarks=_Rows(tasks).column((L.TASK_NO,), L.REMARK),
        confirmations=_Rows(rejected).column((L.REJECTED_COLUMNS[0],), L.CONFIRM_UNIT),
        settings=_settings(path, sheets),
        foreign=tuple(_foreign(names, (entries, tasks, rejected))),
        meta=meta,
    )


def _not_a_master(path: Path) -> TrackerError:
    return TrackerError(
        f"{path} 不是 eduxl 的总台账（缺少内部工作表 _eduxl 或文件已损坏）。"
        "请从“总台账.eduxl/backups”里取最近一份备份放回原处。",
        code="not-a-master",
    )


def _rows_of(book: Any, name: str) -> list[list[Any]]:
    rows: list[list[Any]] = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
    return rows


def _find_table(rows: Sequence[Sequence[Any]], sheet: str, columns: Sequence[str]) -> Table:
    """The table under the first row that holds most of our column names; without one, an empty table."""
    wanted = set(columns)
    for i, row in enumerate(rows[:30]):
        names = tuple(_text(value) for value in row)
        if len(wanted.intersection(names)) > len(wanted) // 2:
            return Table(sheet, names, tuple(tuple(line) for line in rows[i + 1 :]))
    return Table(sheet, ())


def _foreign(names: Iterable[str], tables: Iterable[Table]) -> Iterable[str]:
    for name in names:
        if name not in L.MASTER_SHEETS:
            yield name
    ours = {L.ENTRIES: L.ENTRY_COLUMNS, L.TASKS: L.TASK_COLUMNS, L.REJECTED: L.REJECTED_COLUMNS}
    for table in tables:
        for name in table.columns:
            if name and name not in ours[table.sheet]:
                yield f"{table.sheet}/{name}"


_NAMED_CELL = re.compile(r'<(?:\w+:)?definedName\b[^>]*\bname="(eduxl_\w+)"[^>]*>([^<]*)<', re.ASCII)
_CELL = re.compile(r"^'?(.*?)'?!\$?([A-Z]{1,3})\$?(\d+)$")


def _settings(path: Path, sheets: Mapping[str, Sequence[Sequence[Any]]]) -> dict[str, str]:
    """The cells behind the defined names `eduxl_warn_days` and `eduxl_lag_points`."""
    with zipfile.ZipFile(path) as package:
        workbook = package.read("xl/workbook.xml").decode("utf-8", "replace")
    found = {}
    for name, target in _NAMED_CELL.findall(workbook):
        place = _CELL.match(target)
        if name in SETTING_NAMES and place:
            sheet, letters, number = place.groups()
            column = 0
            for letter in letters:
                column = column * 26 + ord(letter) - 64
            rows = sheets.get(sheet, [])
            if int(number) <= len(rows) and column <= len(rows[int(number) - 1]):
                found[name] = _text(rows[int(number) - 1][column - 1])
    return found


def overlay(base: Inputs, typed: Inputs) -> Inputs:
    """The baseline with every cell that was seen just now."""
    now = typed.to_json()
    return Inputs.from_json({name: {**cells, **now[name]} for name, cells in base.to_json().items()})


# --- decisions ------------------------------------------------------------------------------------
@frozen
class Decisions:
    """What the clerk decided since the workbook was written, and what could not be understood."""

    facts: tuple[Fact, ...]
    #: Chinese sentences for 日志
    complaints: tuple[str, ...]


def decisions(now: Inputs, before: Inputs, state: State) -> Decisions:
    """Compare the cells as read with those last shown. A cell that did not change is no decision."""
    facts: list[Fact] = []
    complaints: list[str] = []
    round_id = state.current.id if state.current else ""
    keys = _changed(now.reviews, before.reviews) | _changed(now.review_notes, before.review_notes)
    for key in sorted(keys, key=_order):
        unit, task = key.rsplit("|", 1)
        result = now.reviews.get(key, before.reviews.get(key, ""))
        note = now.review_notes.get(key, before.review_notes.get(key, ""))
        if result and result not in L.REVIEW_RESULTS:
            complaints.append(f"{unit} 任务{task} 的审核结果“{result}”不是“通过”或“退回”，未作处理")
        facts.append(Review(round_id, unit, int(task), result, note))
    for key in sorted(_changed(now.extensions, before.extensions), key=_order):
        unit, task = key.rsplit("|", 1)
        text = now.extensions[key]
        day = _date(text, state.plan.year)
        if text and day is None:
            complaints.append(
                f"{unit} 任务{task} 的延期至“{text}”不是日期，未作处理，请按 2022-06-30 这样填写"
            )
        facts.append(Extension(unit, int(task), day, "" if day else text))
    for key in sorted(_changed(now.closures, before.closures), key=_order):
        value = now.closures[key]
        if value and value not in L.CLOSED_VALUES:
            complaints.append(f"任务{key} 的销号“{value}”不是“已销号”或“未销号”，未作处理")
        facts.append(Closure(int(key), value or L.CLOSED_NO))
    for key in sorted(_changed(now.remarks, before.remarks), key=_order):
        facts.append(Remark(int(key), now.remarks[key]))
    for key in sorted(now.confirmations):
        if now.confirmations[key] != before.confirmations.get(key, ""):
            _confirm(key, now.confirmations[key], state, facts, complaints)
    for name in sorted(now.settings):
        if now.settings[name] == before.settings.get(name, now.settings[name]):
            continue
        text = now.settings[name]
        if text.isdigit() and int(text) <= 366:
            facts.append(Setting(name, int(text)))
        else:
            complaints.append(f"首页的提醒天数或滞后阈值“{text}”不是 0 到 366 的整数，仍按原值计算")
    return Decisions(tuple(facts), tuple(complaints))


def _changed(now: Mapping[str, str], before: Mapping[str, str]) -> set[str]:
    """Keys of our rows whose cell differs; rows that a person typed below our table have no task number."""
    return {
        key for key, value in now.items() if value != before.get(key, "") and key.rpartition("|")[2].isdigit()
    }


def _order(key: str) -> tuple[str, int]:
    unit, _, task = key.rpartition("|")
    return unit, int(task) if task.isdigit() else 0


def _confirm(key: str, text: str, state: State, facts: list[Fact], complaints: list[str]) -> None:
    full = next((sha for sha, _ in state.rejects if sha.startswith(key)), None)
    if full is None:
        return
    unit = state.roster.find(text) if text else None
    if text and unit is None:
        complaints.append(f"退回清单里的确认单位“{text}”不在单位名册中，未作处理")
        return
    facts.append(Confirmation(full, unit.code if unit else ""))


def _date(text: str, year: int) -> date | None:
    if not text:
        return None
    if re.fullmatch(r"\d{5}(\.\d+)?", text):
        return date(1899, 12, 30) + timedelta(days=int(float(text)))
    return read_date(text, year)
