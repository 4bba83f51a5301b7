"""What became of the files of a habit, through `check` or through a merge, and in what that differs from what must.

Everything runs on the sample plan and roster, in rounds 2022-05 and 2022-06.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from datetime import date as D
from functools import cache
from pathlib import Path
from typing import Any

from attrs import evolve, field, frozen
from python_calamine import CalamineWorkbook

from eduxl import labels as L
from eduxl import read_plan, read_roster
from eduxl.resources import sample_plan, sample_roster
from eduxl.returns.check import Checked, check_files, check_to_json
from eduxl.roster import Roster
from eduxl.tracker.merge import MergeResult
from eduxl.tracker.tracker import Tracker
from tests.data.returns import COLUMNS, EARLIER_ROUND, ROUND, UNITS, Habit, Item, Kit, stamp_files

MASTER = "总台账.xlsx"
#: Answers that make an entry more than an empty row: 填报人 and 联系电话 alone are none.
_SAID = ("status", "progress", "done_on", "report", "problems", "next_steps", "evidence")
Rows = Sequence[Sequence[Any]]


@frozen
class Outcome:
    """One file, or one unit in it, as a command tells of it."""

    path: str
    #: read, rejected, superseded or ignored
    kind: str
    unit: str = ""
    round: str | None = None
    #: task → JSON key → value
    entries: Mapping[int, Mapping[str, Any]] = field(factory=dict)
    #: (code, task)
    warnings: frozenset[tuple[str, int | None]] = frozenset()
    code: str = ""
    note: str = ""


@cache
def roster() -> Roster:
    with sample_roster() as path:
        return read_roster(path)


# --- the two ways through ---------------------------------------------------------------------------
def checked(told: Mapping[str, Any], ignored: Iterable[tuple[str, str]] = ()) -> list[Outcome]:
    """From the JSON of `eduxl check`, and the files that it left out as (path, note)."""
    outcomes = [Outcome(path, "ignored", note=note) for path, note in ignored]
    for file in told["files"]:
        refused = file["rejected"]
        outcomes.append(
            Outcome(
                file["path"],
                "rejected" if refused else "read",
                file["unit"] or "",
                file["round"],
                {entry["task"]: entry for entry in file["entries"]},
                frozenset((w["code"], w["task"]) for w in file["warnings"]),
                **(refused or {}),
            )
        )
    return outcomes


def by_check(folder: Path) -> tuple[list[Outcome], Checked]:
    """What `eduxl check` makes of a folder with the sample roster."""
    found = check_files([folder], roster())
    return checked(check_to_json(found), [(i.path, i.note) for i in found.ignored]), found


def merged(result: MergeResult, master: Path) -> list[Outcome]:
    """What a merge says of its files; the entries are those of 填报明细."""
    shown = details(master)
    files = result.files
    return [
        *(
            Outcome(
                m.path,
                "read",
                m.unit,
                entries=shown.get(m.unit.split()[0], {}),
                warnings=frozenset((w.code, w.task) for w in m.warnings),
            )
            for m in files.merged
        ),
        *(Outcome(r.path, "rejected", code=r.code, note=r.note) for r in files.rejected),
        *(Outcome(path, "superseded") for path, _ in files.superseded),
        *(Outcome(i.path, "ignored", note=i.note) for i in files.ignored),
    ]


def merge(tracker: Tracker, folder: Path) -> MergeResult:
    return tracker.merge([folder], as_of=D(2022, 6, 21), received=D(2022, 6, 20))


# --- the tracker ------------------------------------------------------------------------------------
def make_tracker(folder: Path) -> Tracker:
    """The sample's tracker in round 2022-05, with the templates of `UNITS`; of its schools it has only these."""
    folder.mkdir(parents=True)
    few = [unit for unit in roster().units if unit.kind != "学校" or unit.code in UNITS]
    with sample_plan() as plan:
        tracker = Tracker.create(
            read_plan(plan), evolve(roster(), units=tuple(few)), folder / MASTER, as_of=D(2022, 3, 15)
        )
    _next_round(tracker, EARLIER_ROUND, 5)
    return tracker


def to_june(tracker: Tracker) -> Kit:
    """Open 2022-06; returns its templates."""
    return _next_round(tracker, ROUND, 6)


def _next_round(tracker: Tracker, round_id: str, month: int) -> Kit:
    tracker.open_round(round_id, D(2022, month, 25), as_of=D(2022, month, 1))
    tracker.write_templates(units=[*UNITS], as_of=D(2022, month, 1))
    return kit(tracker, round_id)


def kit(tracker: Tracker, round_id: str = ROUND) -> Kit:
    return Kit(tracker.path.parent / "templates" / round_id)


def copy(tracker: Tracker, folder: Path) -> Tracker:
    """The same tracker in another folder."""
    shutil.copytree(tracker.path.parent, folder)
    return Tracker(folder / MASTER)


def after_earlier(may: Tracker, habit: Habit, folder: Path) -> Tracker:
    """A tracker in June that took the habit's return of May."""
    assert habit.earlier
    tracker = copy(may, folder)
    returns = folder / "returns" / EARLIER_ROUND
    returns.mkdir(parents=True)
    habit.earlier(kit(tracker, EARLIER_ROUND), returns)
    stamp_files(returns)
    tracker.merge([returns], as_of=D(2022, 5, 20), received=D(2022, 5, 19))
    to_june(tracker)
    return tracker


def table(master: Path, sheet: str, column: str) -> Iterator[dict[str, Any]]:
    """The rows of a table of the master, found by a header cell that says `column`."""
    rows = CalamineWorkbook.from_path(master).get_sheet_by_name(sheet).to_python(skip_empty_area=False)
    head = next(i for i, row in enumerate(rows) if column in row)
    for row in rows[head + 1 :]:
        if any(value != "" for value in row):
            yield dict(zip(map(str, rows[head]), row, strict=True))


def details(master: Path) -> dict[str, dict[int, dict[str, Any]]]:
    """填报明细: unit code → task → JSON key → value."""
    units: dict[str, dict[int, dict[str, Any]]] = {}
    for row in table(master, L.ENTRIES, L.TASK_NO):
        entry = {key: _as_json(key, row[column]) for column, key in COLUMNS.items()}
        units.setdefault(row[L.UNIT_CODE], {})[int(row[L.TASK_NO])] = entry
    return units


def _as_json(key: str, value: Any) -> Any:
    if key == "progress":
        return None if value == "" else round(value * 100, 6)
    if key == "done_on":
        return value.isoformat()[:10] if isinstance(value, date) else value or None
    return str(value)


# --- comparing --------------------------------------------------------------------------------------
def differences(habit: Habit, outcomes: Sequence[Outcome], master: Path | None = None) -> list[str]:
    """In what the outcomes differ from the habit's items, one line each; with a master its side tables too."""
    return [line for item in habit.items for line in _item_differences(item, outcomes, master)]


def _item_differences(item: Item, outcomes: Sequence[Outcome], master: Path | None) -> Iterator[str]:
    outcome = _found(item, outcomes)
    if outcome is None:
        yield f"{item.path}: nothing reported, only {[(o.path, o.unit, o.kind) for o in outcomes]}"
        return
    right = [*(f"rejected {code}" for code in item.rejected)]
    right += ["ignored"] * item.ignored + ["superseded"] * item.superseded + ["read"] * bool(item.unit)
    kind = f"rejected {outcome.code}" if outcome.kind == "rejected" else outcome.kind
    if kind not in right:
        yield f"{item.path}: {kind} ({outcome.note}), not {right}"
    elif kind == "read":
        yield from _reading_differences(item, outcome)
        if master:
            yield from _side_differences(item, master)
    elif item.note not in outcome.note:
        yield f"{item.path}: the note is {outcome.note}"


def _found(item: Item, outcomes: Sequence[Outcome]) -> Outcome | None:
    """The outcome that an item is about; an archive may stand for its members."""
    found = [o for o in outcomes if o.path == item.path or o.path.endswith(f"/{item.path}")]
    if not found and not item.unit:
        members = [o for o in outcomes if f"{item.path}/" in o.path]
        found = sorted(members, key=lambda o: o.code not in item.rejected)
    own = [o for o in found if item.unit and o.unit == item.unit_name]
    others = [o for o in found if not item.unit or not o.unit or len(found) == 1]
    return next(iter(own or others), None)


def _reading_differences(item: Item, outcome: Outcome) -> Iterator[str]:
    if outcome.unit != item.unit_name:
        yield f"unit {outcome.unit}, not {item.unit_name}"
    if item.round and outcome.round not in (None, item.round):
        yield f"round {outcome.round}, not {item.round}"
    right = item.entries()
    for task, answers in right.items():
        entry = outcome.entries.get(task)
        if entry is None:
            yield f"task {task}: no entry"
            continue
        for key, value in answers.items():
            if not _equal(entry.get(key), value):
                yield f"task {task}: {key} is {entry.get(key)!r}, not {value!r}"
    for task in item.without:
        said = {
            key: v for key, v in outcome.entries.get(task, {}).items() if key in _SAID and v not in ("", None)
        }
        if said:
            yield f"task {task}: {said}, not nothing"
    more = set(outcome.entries) - set(right) - set(item.without)
    if more:
        yield f"entries of {more} besides"
    for choice in item.must():
        if not choice & outcome.warnings:
            yield f"no warning {sorted(choice, key=str)}"
    for code, no in outcome.warnings:
        if not item.may_be(code, no):
            yield f"warning {code} {no}"


def _side_differences(item: Item, master: Path) -> Iterator[str]:
    if item.indicators:
        rows = list(table(master, L.INDICATORS, "指标名称"))
        for (_, name), value in item.indicators.items():
            figures = [
                v for row in rows if row["指标名称"] == name for v in row.values() if isinstance(v, float)
            ]
            if value is None or value is ...:
                continue
            if not any(_equal(figure, value) for figure in figures):
                yield f"{name}: {figures}, not {value}"
    if item.issues:
        listed = [list(row.values()) for row in table(master, L.PROBLEMS, L.UNIT_CODE)]
        for _, text, state in item.issues:
            if not any(text in row and state in row for row in listed):
                yield f"{L.PROBLEMS}: no “{text}” {state}"


def _equal(value: Any, right: Any) -> bool:
    """A tuple lists values that are all right, `...` is any."""
    if right is ... or value == right:
        return True
    if isinstance(right, tuple):
        return any(_equal(value, one) for one in right)
    if isinstance(value, int | float) and isinstance(right, int | float):
        return abs(value - right) < 1e-9
    return False
