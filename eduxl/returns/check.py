"""`eduxl check`: read returns without a tracker and say what was understood."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

from attrs import frozen

from eduxl.model import Entry, Warning
from eduxl.returns.checks import check_reading
from eduxl.returns.codes import Rejection
from eduxl.returns.intake import Ignored, collect
from eduxl.returns.reader import Context, read_return
from eduxl.roster import Roster


@frozen
class CheckedFile:
    """One unit's part of a file, or a file that was refused."""

    path: str
    unit: str
    round: str | None
    entries: tuple[Entry, ...]
    warnings: tuple[Warning, ...]
    rejected: Rejection | None = None


@frozen
class Checked:
    """What `check_files` found; `ignored` are the files that were not read."""

    files: tuple[CheckedFile, ...]
    ignored: tuple[Ignored, ...]


def check_files(paths: Sequence[Path], roster: Roster | None = None) -> Checked:
    """Read files and folders. Raises `FileProblem` for a path that does not exist."""
    found = collect(paths)
    files: list[CheckedFile] = []
    for source in found.sources:
        context = Context(roster=roster, received=source.received.date())
        reading = read_return(source, context)
        if reading.rejected:
            files.append(CheckedFile(source.path, "", None, (), (), reading.rejected))
        for item in reading.items:
            warnings = (*item.warnings, *check_reading(item, context))
            files.append(CheckedFile(source.path, item.unit_label, item.round, item.entries, warnings))
    return Checked(tuple(files), found.ignored)


#: The fields of an entry and of a warning in the JSON, in its order.
_ENTRY_KEYS = (
    "task", "status", "progress", "done_on", "report", "problems", "next_steps", "evidence", "reporter",
    "phone", "cell",
)  # fmt: skip
_WARNING_KEYS = ("code", "level", "task", "cell", "value", "note", "fix")


def check_to_json(checked: Checked) -> dict[str, Any]:
    """The fixed JSON of `eduxl check --json`."""
    return {"files": [_file_to_json(item) for item in checked.files]}


def _file_to_json(item: CheckedFile) -> dict[str, Any]:
    return {
        "path": item.path,
        "unit": item.unit,
        "round": item.round,
        "entries": [_fields(entry, _ENTRY_KEYS) for entry in item.entries],
        "warnings": [_fields(warning, _WARNING_KEYS) for warning in item.warnings],
        "rejected": _fields(item.rejected, ("code", "note")) if item.rejected else None,
    }


def _fields(record: Entry | Warning | Rejection, keys: tuple[str, ...]) -> dict[str, Any]:
    """Some fields of a record; dates are written 2022-06-15."""
    values = {key: getattr(record, key) for key in keys}
    return {key: value.isoformat() if isinstance(value, date) else value for key, value in values.items()}
