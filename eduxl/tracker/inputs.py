"""What the clerk typed into the master: 审核结果, 审核意见, 延期至, 销号, 备注, 确认单位, the
contacts of 单位名册 and the two settings.

Reading them is I/O; comparing them with what the workbook last showed is pure. Only a cell that differs
from what was shown is a decision, so a command that shows less (an earlier day) never undoes one.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from attrs import asdict, evolve, field, frozen

from eduxl import labels as L
from eduxl.tracker.cells import Rows, text_of
from eduxl.tracker.meanings import Meanings, is_number
from eduxl.tracker.records import Fact
from eduxl.tracker.sheets import RESTORE, Sheets, not_a_master, read_sheets
from eduxl.tracker.state import State
from eduxl.tracker.tables import Master, Table

#: The fields of `Inputs` that are the clerk's.
_KEPT = (
    "reviews",
    "review_notes",
    "extensions",
    "closures",
    "remarks",
    "confirmations",
    "contacts",
    "settings",
)
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
    #: by `unit|column`
    contacts: dict[str, str] = field(factory=dict)
    settings: dict[str, str] = field(factory=dict)
    #: sheets and columns of ours that are gone, as Chinese phrases
    lacking: tuple[str, ...] = ()
    #: our own cells of 填报明细 and 任务台账 as they stand, a row each, to see whether they were typed over
    cells: dict[str, Counter[tuple[str, ...]]] = field(factory=dict)
    meta: dict[str, str] = field(factory=dict)
    #: hash of `cells` where it is known without them
    known_digest: str = ""

    @property
    def cells_digest(self) -> str:
        """Hash of `cells`: equal where nobody typed over what eduxl wrote."""
        if self.known_digest:
            return self.known_digest
        # the `repr` of {name: [(row, count), …]}, piece by piece: as a whole it is as large as the workbook's texts
        hashed = hashlib.sha256(b"{")
        for i, (name, found) in enumerate(sorted(self.cells.items())):
            hashed.update(f"{', ' if i else ''}{name!r}: [".encode())
            for j, item in enumerate(sorted(found.items())):
                hashed.update(f"{', ' if j else ''}{item!r}".encode())
            hashed.update(b"]")
        hashed.update(b"}")
        return hashed.hexdigest()

    def of_ours(self, base: Inputs) -> Inputs:
        """Without the `cells` of rows that `base`, what the workbook showed, has not: the clerk's own rows."""
        ours = {L.ENTRIES: base.reviews, L.TASKS: base.closures}
        cells = {
            name: Counter({row: count for row, count in rows.items() if row[0] in ours[name]})
            for name, rows in self.cells.items()
        }
        return evolve(self, cells=cells)

    def to_json(self) -> dict[str, Any]:
        """The cells as the ledger keeps them."""
        kept = asdict(self, recurse=False)
        return {name: kept[name] for name in _KEPT}

    def renumbered(self, now: Callable[[int], int]) -> Inputs:
        """The clerk's cells under other task numbers: a workbook written before the plan was revised has the old ones."""

        key_now = _Renumbering(now)

        def keyed(cells: Mapping[str, str]) -> dict[str, str]:
            return {key_now[key]: value for key, value in cells.items()}

        return evolve(
            self,
            reviews=keyed(self.reviews),
            review_notes=keyed(self.review_notes),
            extensions=keyed(self.extensions),
            closures=keyed(self.closures),
            remarks=keyed(self.remarks),
        )

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Inputs:
        return cls(**data)


class _Renumbering(dict[str, str]):
    """Keys of rows → those under other task numbers, filled as keys turn up."""

    def __init__(self, now: Callable[[int], int]) -> None:
        super().__init__()
        self._now = now

    def __missing__(self, key: str) -> str:
        unit, bar, task = key.rpartition("|")
        self[key] = found = f"{unit}{bar}{self._now(int(task)) if is_number(task) else task}"
        return found


# --- what a master shows --------------------------------------------------------------------------
def shown(master: Master) -> Inputs:
    """The clerk's cells as a master view shows them."""
    settings = (str(master.home.warn_days), str(master.home.lag_points))
    return evolve(
        _told(master.entries, master.tasks, master.rejected, master.roster),
        settings=dict(zip(SETTING_NAMES, settings, strict=True)),
    )


def _told(entries: Table, tasks: Table, rejected: Table, roster: Table) -> Inputs:
    """What stands in the rows of 填报明细, 任务台账, 退回清单 and 单位名册."""
    by_pair = Rows(entries, (L.UNIT_CODE, L.TASK_NO))
    by_task = Rows(tasks, (L.TASK_NO,))
    by_unit = Rows(roster, (L.UNIT_CODE,))
    return Inputs(
        reviews=by_pair.column(L.REVIEW),
        review_notes=by_pair.column(L.REVIEW_NOTE),
        extensions=by_pair.column(L.EXTENDED_TO),
        closures=by_task.column(L.CLOSED),
        remarks=by_task.column(L.REMARK),
        confirmations=Rows(rejected, (L.REJECTED_COLUMNS[0],)).column(L.CONFIRM_UNIT),
        contacts={
            f"{unit}|{name}": text
            for name in L.CONTACT_COLUMNS
            for unit, text in by_unit.column(name).items()
        },
        cells={
            L.ENTRIES: by_pair.cells(_ours(L.ENTRY_COLUMNS)),
            L.TASKS: by_task.cells(_ours(L.TASK_COLUMNS)),
        },
    )


_CLERKS = {L.REVIEW, L.REVIEW_NOTE, L.EXTENDED_TO, L.CLOSED, L.REMARK}


def _ours(columns: Sequence[str]) -> list[str]:
    return [name for name in columns if name not in _CLERKS]


# --- reading the workbook -------------------------------------------------------------------------
def read_inputs(path: Path) -> Inputs:
    """Read the clerk's cells from a master, saved by whichever program.

    Raises `TrackerError` (`not-a-master`) for a file that is no master, is encrypted or in an old format.
    """
    return inputs_of(read_sheets(path, _TABLES), path)


def inputs_of(sheets: Sheets, path: Path) -> Inputs:
    """The clerk's cells in the sheets of a master, however they were read; `path` is what an error names.

    Raises `TrackerError` (`not-a-master`) for sheets that are no master's.
    """
    meta = meta_of(sheets.rows.get(L.META, []))
    if "generation" not in meta:
        raise not_a_master(path, f"它缺少内部工作表 _eduxl。{RESTORE}")
    tables = {name: sheets.table(name, columns) for name, columns in _TABLES.items()}
    settings = {name: sheets.behind(name) for name in SETTING_NAMES}
    return evolve(
        _told(*(tables[name] for name in (L.ENTRIES, L.TASKS, L.REJECTED, L.ROSTER))),
        settings={name: text for name, text in settings.items() if text is not None},
        lacking=tuple(_lacking(sheets.names, tables, calls="calls" in meta)),
        meta=meta,
    )


def read_tables(
    path: Path, columns: Mapping[str, Sequence[str]]
) -> tuple[dict[str, Table], Sequence[Sequence[Any]]]:
    """The tables of these sheets of ours under their `columns`, and the rows of `_eduxl`.

    A sheet that is gone is an empty table. Raises as `read_inputs` does for a file that cannot be read.
    """
    sheets = read_sheets(path, columns)
    return {name: sheets.table(name, wanted) for name, wanted in columns.items()}, sheets.rows.get(L.META, [])


def meta_of(rows: Iterable[Sequence[Any]]) -> dict[str, str]:
    """Keys and values of `_eduxl`."""
    return {text_of(row[0]): text_of(row[1]) for row in rows if len(row) > 1 and row[0]}


#: The sheets whose headers are looked at: column names as eduxl writes them.
_TABLES = {
    L.ENTRIES: L.ENTRY_COLUMNS,
    L.TASKS: L.TASK_COLUMNS,
    L.REJECTED: L.REJECTED_COLUMNS,
    L.REMINDERS: L.REMINDER_COLUMNS,
    L.ALERTS: L.ALERT_COLUMNS,
    L.PROBLEMS: L.PROBLEM_COLUMNS,
    L.INDICATORS: L.INDICATOR_COLUMNS,
    L.ROSTER: L.ROSTER_COLUMNS,
    L.LOG: L.LOG_COLUMNS,
}


def _lacking(names: Sequence[str], tables: Mapping[str, Table], *, calls: bool) -> Iterable[str]:
    """Sheets and columns of ours that are gone or renamed; `calls` where there was a sheet 催报."""
    for name in (*L.MASTER_SHEETS, *([L.CALLS] if calls else ())):
        if name not in names:
            yield f"工作表“{name}”"
    for sheet, table in tables.items():
        if sheet in names:
            for name in _TABLES[sheet]:
                if name not in table.columns:
                    yield f"“{sheet}”的列“{name}”"


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
    """Compare the cells as read with those last shown. A cell that did not change is no decision.

    What has no meaning in its column changes no decision: it stays in the cell and is complained about at
    every command until it is put right.
    """
    found = Meanings(state)
    for key in _changed(now.reviews, before.reviews) | _changed(now.review_notes, before.review_notes):
        result = now.reviews.get(key, before.reviews.get(key, ""))
        found.review(key, result, now.review_notes.get(key, before.review_notes.get(key, "")))
    for key in _changed(now.extensions, before.extensions):
        found.extension(key, now.extensions[key])
    for key in _changed(now.closures, before.closures):
        found.closure(key, now.closures[key])
    for key in _changed(now.remarks, before.remarks):
        found.remark(key, now.remarks[key])
    for key in _changed(now.confirmations, before.confirmations):
        found.confirmation(key, now.confirmations[key])
    # a workbook of an earlier version does not say what it showed
    standing = before.contacts or _contacts(state)
    for key in _changed(now.contacts, standing):
        found.contact(key, now.contacts[key])
    for name in now.settings:
        if now.settings[name] != before.settings.get(name, now.settings[name]):
            found.setting(name, now.settings[name])
    found.facts.sort(key=repr)  # the order of a set is not the order of anything
    return Decisions(tuple(found.facts), tuple(sorted(found.complaints)))


def _contacts(state: State) -> dict[str, str]:
    found: dict[str, str] = {}
    for unit in state.roster.units:
        for name, text in zip(L.CONTACT_COLUMNS, (unit.contact, unit.phone, unit.email), strict=True):
            found[f"{unit.code}|{name}"] = text_of(text)
    return found


def _changed(now: Mapping[str, str], before: Mapping[str, str]) -> set[str]:
    return {key for key, value in now.items() if value != before.get(key, "")}
