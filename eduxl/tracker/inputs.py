"""What the clerk typed into the master: 审核结果, 审核意见, 延期至, 销号, 备注, 确认单位 and the two settings.

Reading them is I/O; comparing them with what the workbook last showed is pure. Only a cell that differs
from what was shown is a decision, so a command that shows less (an earlier day) never undoes one.
"""

from __future__ import annotations

import hashlib
import re
import zipfile
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from operator import itemgetter
from pathlib import Path
from types import NoneType
from typing import Any

from attrs import asdict, evolve, field, frozen

from eduxl import labels as L
from eduxl.celltext import cell_text
from eduxl.errors import TrackerError
from eduxl.returns import codes
from eduxl.returns.normalise import read_date
from eduxl.tracker.records import (
    Closure,
    Confirmation,
    Extension,
    Fact,
    Misread,
    Remark,
    Review,
    Setting,
)
from eduxl.tracker.state import State
from eduxl.tracker.tables import Master, Table

#: The fields of `Inputs` that are the clerk's.
_KEPT = ("reviews", "review_notes", "extensions", "closures", "remarks", "confirmations", "settings")
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
        self[key] = found = f"{unit}{bar}{self._now(int(task)) if _is_number(task) else task}"
        return found


# --- what a master shows --------------------------------------------------------------------------
def shown(master: Master) -> Inputs:
    """The clerk's cells as a master view shows them."""
    settings = (str(master.home.warn_days), str(master.home.lag_points))
    return evolve(
        _told(master.entries, master.tasks, master.rejected),
        settings=dict(zip(SETTING_NAMES, settings, strict=True)),
    )


def _told(entries: Table, tasks: Table, rejected: Table) -> Inputs:
    """What stands in the rows of 填报明细, 任务台账 and 退回清单."""
    by_pair = _Rows(entries, (L.UNIT_CODE, L.TASK_NO))
    by_task = _Rows(tasks, (L.TASK_NO,))
    return Inputs(
        reviews=by_pair.column(L.REVIEW),
        review_notes=by_pair.column(L.REVIEW_NOTE),
        extensions=by_pair.column(L.EXTENDED_TO),
        closures=by_task.column(L.CLOSED),
        remarks=by_task.column(L.REMARK),
        confirmations=_Rows(rejected, (L.REJECTED_COLUMNS[0],)).column(L.CONFIRM_UNIT),
        cells={L.ENTRIES: by_pair.cells(L.ENTRY_COLUMNS), L.TASKS: by_task.cells(L.TASK_COLUMNS)},
    )


_CLERKS = {L.REVIEW, L.REVIEW_NOTE, L.EXTENDED_TO, L.CLOSED, L.REMARK}


#: What no program keeps of a text, once line ends are alike.
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f]")


def _text(value: Any) -> str:
    """A cell as text, with line ends and control characters as Excel keeps them."""
    text = value if type(value) is str else cell_text(value)
    if not text.isprintable() or "_x000D_" in text:
        text = _CONTROL.sub("", text.replace("_x000D_", "").replace("\r\n", "\n").replace("\r", "\n"))
    return text.strip()


def _shown_text(value: Any) -> str:
    """As `_text`, with numbers rounded to what every program keeps."""
    if isinstance(value, int | float):
        return f"{value:.9g}"
    return _text(value)


#: Types of which equal values have equal texts; not so 1.0 and True, or 0.0 and -0.0.
_ALIKE = {str, int, date, datetime, NoneType}


class _Rows:
    """Rows under a header, whichever order the columns are in, by a key; each column is looked at as a whole."""

    def __init__(self, table: Table, key: Sequence[str]) -> None:
        self._at = {name: i for i, name in reversed(list(enumerate(table.columns)))}
        self._rows: Sequence[Sequence[Any]] = table.rows
        if L.FLAGS in self._at and L.MOVED_OUT in (flags := self._texts(L.FLAGS)):
            self._rows = [row for row, said in zip(table.rows, flags, strict=True) if said != L.MOVED_OUT]
        #: the key of each row, "" where a part is empty; none when a column of the key is not there
        self._keys: list[str] = []
        if all(part in self._at for part in key):
            parts = zip(*(self._texts(part) for part in key), strict=True)
            self._keys = ["|".join(of_row) if all(of_row) else "" for of_row in parts]

    def column(self, name: str) -> dict[str, str]:
        """Row key → text of a column; empty when the column or the key is not there."""
        if not self._keys or name not in self._at:
            return {}
        found: dict[str, str] = {}
        for key, text in zip(self._keys, self._texts(name), strict=True):
            if key:
                found.setdefault(key, text)
        return found

    def cells(self, columns: Sequence[str]) -> Counter[tuple[str, ...]]:
        """Rows as their key and the texts under our columns but the clerk's; in any order, for a clerk may sort."""
        if not self._keys:
            return Counter()
        ours = [name for name in columns if name in self._at and name not in _CLERKS]
        rows = zip(self._keys, *(self._texts(name, _shown_text) for name in ours), strict=True)
        return Counter(row for row in rows if row[0])

    def _texts(self, name: str, text_of: Callable[[Any], str] = _text) -> list[str]:
        values = list(map(itemgetter(self._at[name]), self._rows))
        if set(map(type, values)) <= _ALIKE:
            known = {value: text_of(value) for value in set(values)}
            return list(map(known.__getitem__, values))
        return list(map(text_of, values))


# --- reading the workbook -------------------------------------------------------------------------
def read_inputs(path: Path) -> Inputs:
    """Read the clerk's cells from a master, saved by whichever program.

    Raises `TrackerError` (`not-a-master`) for a file that is no master, is encrypted or in an old format.
    """
    names, sheets, named = _read(path, _TABLES)
    meta = meta_of(sheets.get(L.META, []))
    if "generation" not in meta:
        raise _not_a_master(path, f"它缺少内部工作表 _eduxl。{_RESTORE}")
    tables = {name: _find_table(sheets.get(name, []), name, columns) for name, columns in _TABLES.items()}
    return evolve(
        _told(*(tables[name] for name in (L.ENTRIES, L.TASKS, L.REJECTED))),
        settings=_settings(named, sheets),
        lacking=tuple(_lacking(names, tables)),
        meta=meta,
    )


def read_tables(path: Path, columns: Mapping[str, Sequence[str]]) -> tuple[dict[str, Table], list[list[Any]]]:
    """The tables of these sheets of ours under their `columns`, and the rows of `_eduxl`.

    A sheet that is gone is an empty table. Raises as `read_inputs` does for a file that cannot be read.
    """
    _, sheets, _ = _read(path, columns)
    tables = {name: _find_table(sheets.get(name, []), name, wanted) for name, wanted in columns.items()}
    return tables, sheets.get(L.META, [])


def meta_of(rows: Iterable[Sequence[Any]]) -> dict[str, str]:
    """Keys and values of `_eduxl`."""
    return {_text(row[0]): _text(row[1]) for row in rows if len(row) > 1 and row[0]}


_Sheets = dict[str, list[list[Any]]]


def _read(path: Path, columns: Mapping[str, Sequence[str]]) -> tuple[list[str], _Sheets, dict[str, str]]:
    """Names of all sheets, the rows of ours, and the cells behind our defined names."""
    import python_calamine

    try:
        with path.open("rb") as stream:
            book = python_calamine.CalamineWorkbook.from_filelike(stream)
            names = book.sheet_names
            sheets = {name: _rows_of(book, name) for name in (*columns, L.HOME, L.META) if name in names}
            for name in [name for name in names if name not in L.MASTER_SHEETS]:
                # a sheet of ours that the clerk renamed still has its header
                rows = _rows_of(book, name)
                for ours, wanted in columns.items():
                    if ours not in sheets and _find_table(rows, ours, wanted).columns:
                        sheets[ours] = rows
        return names, sheets, _named_cells(path)
    except python_calamine.PasswordError as error:
        raise _not_a_master(path, "它设了打开密码，请在 Excel 或 WPS 里去掉密码、存盘后再试。") from error
    except (python_calamine.CalamineError, zipfile.BadZipFile, KeyError) as error:
        advice = "它不是 .xlsx 或 .xlsm 格式，或文件已损坏。请用 Excel 或 WPS 打开，按原文件名另存为 .xlsx/.xlsm 格式；"
        raise _not_a_master(path, advice + _RESTORE) from error


_RESTORE = "也可以从“总台账.eduxl”文件夹的 backups 里取最近一份放回原处。"
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


def _not_a_master(path: Path, why: str) -> TrackerError:
    return TrackerError(f"{path} 不是 eduxl 能读的总台账：{why}", code="not-a-master")


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


def _lacking(names: Sequence[str], tables: Mapping[str, Table]) -> Iterable[str]:
    """Sheets and columns of ours that are gone or renamed."""
    for name in L.MASTER_SHEETS:
        if name not in names:
            yield f"工作表“{name}”"
    for sheet, table in tables.items():
        if sheet in names:
            for name in _TABLES[sheet]:
                if name not in table.columns:
                    yield f"“{sheet}”的列“{name}”"


_NAMED_CELL = re.compile(r'<(?:\w+:)?definedName\b[^>]*\bname="(eduxl_\w+)"[^>]*>([^<]*)<', re.ASCII)
_CELL = re.compile(r"^'?(.*?)'?!\$?([A-Z]{1,3})\$?(\d+)$")


def _named_cells(path: Path) -> dict[str, str]:
    """The cells behind our defined names, as `'sheet'!$A$1`."""
    with zipfile.ZipFile(path) as package:
        workbook = package.read("xl/workbook.xml").decode("utf-8", "replace")
    return dict(_NAMED_CELL.findall(workbook))


def _settings(named: Mapping[str, str], sheets: Mapping[str, Sequence[Sequence[Any]]]) -> dict[str, str]:
    """The values of `eduxl_warn_days` and `eduxl_lag_points`, as typed."""
    found = {}
    for name in SETTING_NAMES:
        if place := _CELL.match(named.get(name, "")):
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
    """Compare the cells as read with those last shown. A cell that did not change is no decision.

    What has no meaning in its column changes no decision: it stays in the cell and is complained about at
    every command until it is put right.
    """
    found = _Found(state)
    for key in _changed(now.reviews, before.reviews) | _changed(now.review_notes, before.review_notes):
        result = now.reviews.get(key, before.reviews.get(key, ""))
        found.review(key, result, now.review_notes.get(key, before.review_notes.get(key, "")))
    for key in _changed(now.extensions, before.extensions):
        found.extension(key, now.extensions[key])
    for key in _changed(now.closures, before.closures):
        found.closure(key, now.closures[key])
    for key in _changed(now.remarks, before.remarks):
        if no := found.task(key):
            found.facts.append(Remark(no, now.remarks[key]))
    for key in _changed(now.confirmations, before.confirmations):
        found.confirmation(key, now.confirmations[key])
    for name in now.settings:
        if now.settings[name] != before.settings.get(name, now.settings[name]):
            found.setting(name, now.settings[name])
    found.facts.sort(key=repr)  # the order of a set is not the order of anything
    return Decisions(tuple(found.facts), tuple(sorted(found.complaints)))


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


class _Found:
    """Facts and complaints as they are found."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._tasks = {task.no for task in state.plan.tasks}
        self.facts: list[Fact] = []
        self.complaints: list[str] = []

    def task(self, text: str) -> int | None:
        """A task number of the plan, however the cell says it; anything else is a row that a person typed."""
        no = int(text) if _is_number(text) else 0
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

    def setting(self, name: str, text: str) -> None:
        if text.isascii() and text.isdecimal() and len(text) < 4 and int(text) <= 366:
            self.facts.append(Setting(name, int(text)))
        else:
            self.complaints.append(f"首页的提醒天数或滞后阈值“{text[:20]}”不是 0 到 366 的整数，仍按原值计算")

    def _misread(self, column: str, unit: str, task: int, text: str) -> None:
        if text != self._state.misread.get((column, unit, task), ""):
            self.facts.append(Misread(column, unit, task, text))


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 7


def _changed(now: Mapping[str, str], before: Mapping[str, str]) -> set[str]:
    return {key for key, value in now.items() if value != before.get(key, "")}


def _date(text: str, year: int) -> date | None:
    if not text:
        return None
    if re.fullmatch(r"\d{5}(\.\d+)?", text):
        return date(1899, 12, 30) + timedelta(days=int(float(text)))
    return read_date(text, year)
