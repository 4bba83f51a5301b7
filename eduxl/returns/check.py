"""`eduxl check`: read returns without a tracker and say what was understood."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from attrs import evolve, frozen

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
    files: tuple[CheckedFile, ...]
    ignored: tuple[Ignored, ...]


def check_files(paths: Sequence[Path], roster: Roster | None = None) -> Checked:
    """Read files and folders. Raises `FileProblem` for a path that does not exist."""
    found = collect(paths)
    context = Context(roster=roster)
    files: list[CheckedFile] = []
    for source in found.sources:
        here = evolve(context, received=source.file_time.date())
        reading = read_return(source, here)
        if reading.rejected:
            files.append(CheckedFile(source.path, "", None, (), (), reading.rejected))
        for item in reading.items:
            warnings = (*item.warnings, *check_reading(item, here, {}))
            files.append(CheckedFile(source.path, item.unit_label, item.round, item.entries, warnings))
    return Checked(tuple(files), found.ignored)


def check_to_json(checked: Checked) -> dict[str, Any]:
    """The fixed JSON of `eduxl check --json`."""
    return {
        "files": [
            {
                "path": item.path,
                "unit": item.unit,
                "round": item.round,
                "entries": [
                    {
                        "task": e.task,
                        "status": e.status,
                        "progress": e.progress,
                        "done_on": e.done_on.isoformat() if e.done_on else None,
                        "report": e.report,
                        "problems": e.problems,
                        "next_steps": e.next_steps,
                        "evidence": e.evidence,
                        "reporter": e.reporter,
                        "phone": e.phone,
                        "cell": e.cell,
                    }
                    for e in item.entries
                ],
                "warnings": [
                    {
                        "code": w.code,
                        "level": w.level,
                        "task": w.task,
                        "cell": w.cell,
                        "value": w.value,
                        "note": w.note,
                        "fix": w.fix,
                    }
                    for w in item.warnings
                ],
                "rejected": {"code": item.rejected.code, "note": item.rejected.note}
                if item.rejected
                else None,
            }
            for item in checked.files
        ]
    }
