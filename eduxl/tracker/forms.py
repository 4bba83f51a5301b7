"""Which template each unit gets in a round: its tasks, what is carried over, what was sent back."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable, Container, Iterator, Sequence
from datetime import date
from pathlib import Path

from eduxl import labels as L
from eduxl.errors import FileProblem, TrackerError
from eduxl.model import Round
from eduxl.summary import listed
from eduxl.template import Form, FormRow, write_forms
from eduxl.tracker.records import Issued
from eduxl.tracker.state import State, last_known

#: Goes up when the layout of 填报表 changes in a way the reader must know.
TEMPLATE_VERSION = "1"


def template_version(revision: int) -> str:
    """`1`, or `1.2` after the plan was revised twice: under which task numbers the template speaks."""
    return f"{TEMPLATE_VERSION}.{revision}" if revision else TEMPLATE_VERSION


def revision_of(version: str) -> int | None:
    """The number of revisions in a template's version; None where there is none."""
    _, _, revision = version.partition(".")
    return int(revision or 0) if version and (revision or "0").isdecimal() else None


Progress = Callable[[int, int], None]


def unit_codes(state: State, names: Sequence[str]) -> set[str] | None:
    """Unit codes for codes or names as typed; None for all."""
    if not names:
        return None
    found = set()
    for name in names:
        unit = state.roster.find(name)
        if unit is None:
            close = state.roster.resolve(name).closest
            hint = f"最接近的有：{L.SEP.join(close)}。" if close else ""
            raise TrackerError(f"名册里没有单位“{name}”。{hint}请用名册里的编码或全称。", code="unknown-unit")
        found.add(unit.code)
    return found


def round_forms(
    state: State, round_: Round, day: date, tracker: str, wanted: set[str] | None
) -> Iterator[Form]:
    """A form for each unit that the round asks something of."""
    tasks = {task.no: task for task in state.plan.tasks}
    asked: dict[str, list[FormRow]] = {}
    for a in sorted(state.asked(round_.id), key=lambda a: a.task):
        if wanted is not None and a.unit not in wanted:
            continue
        task = tasks[a.task]
        before = next(iter(state.earlier_entries(round_, a.unit, task)), None)
        known = last_known(state, round_, a.unit, task) if before else None
        carried = previous = None
        standing = state.reviews.get((a.unit, a.task))
        refused = state.is_sent_back(a.unit, a.task)
        if before:
            done = (
                known is not None
                and known[1].status == L.COMPLETED
                and known[0].round != round_.id
                and not state.was_sent_back(known[0], a.task)
                and task.recurrence not in ("ongoing", "weekly")
            )
            carried = known[1] if done and known else None
            previous = None if done else before[2]
        asked.setdefault(a.unit, []).append(
            FormRow(
                task=task,
                project=state.plan.project_title(task),
                role=a.role,
                due=state.due(a.unit, task),
                carried=carried,
                previous=previous,
                previous_round=before[0].id if before else "",
                sent_back=(standing.review.note or L.SENT_BACK) if refused and standing else "",
            )
        )
    for unit in state.roster.units:
        if unit.code in asked:
            yield Form(
                tracker=tracker,
                title=state.plan.title,
                year=state.plan.year,
                unit=unit,
                round=round_,
                rows=tuple(asked[unit.code]),
                as_of=day,
                version=template_version(len(state.former)),
            )


def write_all(
    forms: Sequence[Form], target: Path, known: Container[str], progress: Progress | None
) -> tuple[list[Path], list[Issued]]:
    """Write all forms into a folder beside the target, then move them in: all or none.

    `known` has the hashes of templates written before: only such a file may be replaced, for one of the same
    name with other content has been filled in by somebody. Raises `FileProblem` (`exists`).
    """
    target = target.resolve()
    target.parent.mkdir(parents=True, exist_ok=True)
    building = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    total = len(forms)
    try:
        building.mkdir()
        written = write_forms(forms, building, (lambda n: progress(n, total)) if progress else None)
        filled = [
            path.name
            for path in written
            if (target / path.name).exists() and _hash(target / path.name) not in known
        ]
        if filled:
            raise FileProblem(
                f"{target} 里的 {listed(filled, 3)} 已经有人填过，没有盖掉。请用 -o 换一个文件夹，或先把它们移走。",
                code="exists",
            )
        issued = [
            Issued(form.round.id, form.unit.code, _hash(path))
            for form, path in zip(forms, written, strict=True)
        ]
        target.mkdir(exist_ok=True)
        for path in written:
            os.replace(path, target / path.name)
        return [target / path.name for path in written], issued
    finally:
        shutil.rmtree(building, ignore_errors=True)


def left_over(target: Path, written: Container[Path], known: Container[str]) -> list[str]:
    """Names of forms to mend in a folder that an earlier run wrote, nobody has filled in and are not `written` now."""
    found = sorted(target.resolve().glob(f"*_{L.SENT_BACK}*.xlsx"))
    return [path.name for path in found if path not in written and _hash(path) in known]


def _hash(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
