"""One merge: files in, facts for the ledger and a report for the clerk out.

Reading a file is `eduxl.returns`' business; here it is decided which files are new, which count, and
what is told about each. Every file ends as merged, superseded, rejected or ignored.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time
from functools import cached_property
from pathlib import Path
from typing import Any

from attrs import evolve, field, frozen

from eduxl import files
from eduxl import labels as L
from eduxl.errors import FileProblem
from eduxl.model import Entry, Return, Round, Warning
from eduxl.returns import codes
from eduxl.returns.checks import check_reading, in_order
from eduxl.returns.intake import Collected, Ignored, Source, collect
from eduxl.returns.named import by_path
from eduxl.returns.reader import Context, Reading, UnitReading, read_return
from eduxl.tracker.forms import revision_of, template_version
from eduxl.tracker.records import Fact, Rejected, SeenBefore
from eduxl.tracker.reminders import copied_texts
from eduxl.tracker.rows import RoundState, Row
from eduxl.tracker.state import Former, State
from eduxl.tracker.status import Status, status_of

Progress = Callable[[int, int], None]

#: Endings that an archived original keeps, so that it opens with a double click.
_SUFFIXES = frozenset(
    (
        ".xlsx", ".xlsm", ".xltx", ".xltm", ".xls", ".xlt", ".xlsb", ".et", ".ett", ".ods", ".ots", ".fods", ".csv",
        ".tsv", ".txt", ".zip", ".rar", ".7z", ".tar", ".gz",
    )
)  # fmt: skip


@frozen
class Merged:
    """A return that counts. `unit` is `code name`, `entries` the number of the unit's own task rows read."""

    path: str
    unit: str
    entries: int
    warnings: tuple[Warning, ...] = ()


@frozen
class FileReport:
    """What became of every file."""

    merged: tuple[Merged, ...] = ()
    rejected: tuple[Rejected, ...] = ()
    #: (path, path of the return that counts instead)
    superseded: tuple[tuple[str, str], ...] = ()
    ignored: tuple[Ignored, ...] = ()


@frozen
class MergeResult:
    """The outcome of a merge; `changed` is False when everything was known before."""

    round: str
    as_of: date
    changed: bool
    files: FileReport
    status: Status

    def to_json(self) -> dict[str, object]:
        """The fixed JSON of `eduxl merge --json`."""
        status = self.status.to_json()
        return {
            "round": self.round,
            "as_of": self.as_of.isoformat(),
            "changed": self.changed,
            "files": {
                "merged": [
                    {
                        "path": m.path,
                        "unit": m.unit,
                        "entries": m.entries,
                        "warnings": [
                            {"code": w.code, "task": w.task, "cell": w.cell, "note": w.note}
                            for w in m.warnings
                        ],
                    }
                    for m in self.files.merged
                ],
                "rejected": [{"path": r.path, "code": r.code, "note": r.note} for r in self.files.rejected],
                "superseded": [{"path": path, "by": by} for path, by in self.files.superseded],
                "ignored": [{"path": i.path, "note": i.note} for i in self.files.ignored],
            },
            "coverage": {name: status[name] for name in ("expected", "received", "missing", "late")},
            "flags": status["flags"],
        }


@frozen
class _Item:
    """One file of the batch: what it is known to hold, or why it was rejected."""

    source: Source
    returns: tuple[Return, ...] = ()
    rejected: Rejected | None = None
    #: True where the rejection says nothing of the content and is told once only
    passing: bool = False


@frozen
class Batch:
    """The files of a merge as read; `facts` are those the ledger does not have yet."""

    items: tuple[_Item, ...]
    ignored: tuple[Ignored, ...]
    facts: tuple[Fact, ...]
    new: tuple[Source, ...] = field(default=(), repr=False)

    @property
    def summary(self) -> str:
        """For 日志."""
        taken = sum(isinstance(fact, Return) for fact in self.facts)
        refused = sum(isinstance(fact, Rejected) for fact in self.facts)
        return f"新收{taken}份" + (f"，{refused}份不能计入" if refused else "")


def reading_context(state: State, round_: Round, tracker: str) -> Context:
    """What the reader of a return may know of the round."""
    tasks = {task.no: task for task in state.plan.tasks}
    assigned: dict[str, list[int]] = {}
    due: dict[tuple[int, str], date | None] = {}
    for a in state.asked(round_.id):
        assigned.setdefault(a.unit, []).append(a.task)
        due[a.task, a.unit] = state.due(a.unit, tasks[a.task])
    return Context(
        tracker=tracker,
        round=round_,
        year=state.plan.year,
        roster=state.roster,
        tasks=tasks,
        assigned={unit: tuple(sorted(numbers)) for unit, numbers in assigned.items()},
        due=due,
        version=template_version(len(state.former)),
    )


class Merger:
    """Reads a batch of files for a round of a tracker."""

    def __init__(self, state: State, round_: Round, tracker: str, master: Path, memory: Path) -> None:
        self._state = state
        self._round = round_
        self._master = master
        self._memory = memory
        self._context = reading_context(state, round_, tracker)
        self._tasks = self._context.tasks

    def read(self, paths: Sequence[Path], received: date | None, progress: Progress | None = None) -> Batch:
        """Read all files. What the ledger knows by content is not read again."""
        found = self._without_own(collect(paths))
        held = self._held()
        copies: dict[str, list[Source]] = {}
        # of identical files the one that came first is read
        for source in sorted(
            found.sources, key=lambda s: (self._came(s, received), s.file_time, s.name, s.path)
        ):
            copies.setdefault(source.sha256, []).append(source)
        items: list[_Item] = []
        facts: list[Fact] = []
        new: list[Source] = []
        for sha256, same in copies.items():
            told, news, original = self._copies(same, held.get(sha256, ()), received)
            items += told
            facts += news
            new += original
            if progress:
                progress(len(items), len(found.sources))
        order = {source.path: place for place, source in enumerate(found.sources)}
        items.sort(key=lambda item: order[item.source.path])
        return Batch(tuple(items), found.ignored, tuple(facts), tuple(new))

    def _copies(
        self, same: Sequence[Source], known: Sequence[Return], received: date | None
    ) -> tuple[list[_Item], list[Fact], list[Source]]:
        """Files of one content: what each is, what the ledger, which has `known`, learns, and the original to keep."""
        items: list[_Item] = []
        facts: list[Fact] = []
        original: list[Source] = []
        seen: SeenBefore | None = None
        for source in same:
            earlier: SeenBefore | None = None
            if known:
                item, earlier = self._again(source, known, received)
            else:
                item = self._read(source, received, self._state.confirmations.get(source.sha256))
            units = {r.unit for r in known}
            if more := [r for r in item.returns if r.unit not in units]:
                if not known:  # what was refused for its name alone is a copy of what another name told
                    items = [_Item(refused.source, item.returns) for refused in items]
                known = (*known, *more)
                facts += more
                original = original or [source]
            seen = seen or earlier
            items.append(item)
        refused = next((item for item in items if item.rejected and not item.passing), None)
        if refused and refused.rejected and self._is_news(refused.rejected, anew=bool(facts)):
            facts.append(refused.rejected)
            original = original or [refused.source]
        if seen:
            facts.append(seen)
        return items, facts, original

    def _again(
        self, source: Source, known: Sequence[Return], received: date | None
    ) -> tuple[_Item, SeenBefore | None]:
        """One more file of a known content: a copy of what is known, unless its name tells another unit.

        One content cannot be two schools' answers, so that is refused until the clerk decides. A copy that came
        first is the one that counts from now on.
        """
        item = _Item(source, tuple(r for r in known if r.path == source.name) or tuple(known))
        came = self._came(source, received)
        seen = SeenBefore(self._round.id, source.sha256, source.name, came, _utc(source.file_time))
        is_first = seen.is_before(item.returns[0])
        units = {r.unit for r in known}
        named = by_path(source.path, self._state.roster)
        if not is_first and (named is None or named.code in units):
            return item, None
        decided = self._state.confirmations.get(source.sha256)
        own = self._read(source, received, decided if decided in units else None)
        others = {r.unit for r in own.returns} - units
        if not others:
            return item, seen if is_first and own.returns else None
        if decided:
            return self._read(source, received, decided), None
        what = f"内容与“{self._labels(units)}”的填报表一字不差，按名称却是“{self._labels(others)}”的"
        return self._refused(source, codes.rejection("unknown-unit", what=what), came), None

    def _labels(self, units: Iterable[str]) -> str:
        names = {unit.code: unit.name for unit in self._state.roster.units}
        return L.SEP.join(f"{code} {names.get(code, '')}".strip() for code in sorted(units))

    def _without_own(self, found: Collected) -> Collected:
        """Leave out the tracker's own files: master, memory, and forms that still lie where they were written."""
        master, memory = self._master.resolve(), self._memory.resolve()
        written = [master.parent / name for name in ("templates", "sendback")]
        sources, ignored = [], list(found.ignored)
        for source in found.sources:
            place = source.location.resolve() if source.location else None
            if place and (place == master or place.is_relative_to(memory)):
                ignored.append(Ignored(source.path, "是台账自己的文件"))
            elif source.sha256 in self._state.issued and place and any(map(place.is_relative_to, written)):
                ignored.append(Ignored(source.path, "是还没有填写的模板或退回单"))
            else:
                sources.append(source)
        return Collected(tuple(sources), tuple(ignored))

    def _held(self) -> dict[str, list[Return]]:
        """What the ledger holds of this round, by content hash."""
        held: dict[str, list[Return]] = {}
        for (round_id, _), returns in self._state.returns.items():
            if round_id == self._round.id:
                for r in returns:
                    held.setdefault(r.sha256, []).append(r)
        return held

    def _is_news(self, new: Rejected, *, anew: bool) -> bool:
        """False for a rejection that the ledger has; of identical files it keeps the one that came first.

        With `anew` a return of the same content is recorded too, which takes back what the ledger has.
        """
        before = None if anew else self._state.rejects.get((new.sha256, new.round))
        if before is None or (new.received, new.path) < (before.received, before.path):
            return True
        return new.path == before.path and (new.code, new.note) != (before.code, before.note)

    def _read(self, source: Source, received: date | None, decided: str | None) -> _Item:
        """One file as it reads, or as the return of the unit that the clerk has decided on."""
        came = self._came(source, received)
        try:
            reading = self._reading(source, came, decided)
        except FileProblem as problem:
            # Nothing for the ledger: the next merge finds another content, or none.
            why = codes.Rejection("not-a-workbook", str(problem))
            return evolve(self._refused(source, why, came), passing=True)
        if reading.rejected:
            return self._refused(source, reading.rejected, came)
        return _Item(source, tuple(self._return(source, item, came) for item in reading.items))

    def _refused(self, source: Source, why: codes.Rejection, came: datetime) -> _Item:
        return _Item(
            source, rejected=Rejected(source.sha256, source.name, self._round.id, why.code, why.note, came)
        )

    def _came(self, source: Source, received: date | None) -> datetime:
        """When a file was received: by mail, else as told, else its own time, or its archive's."""
        if mail := self._state.fetched.get(source.sha256):
            return mail.received
        return datetime.combine(received, time()) if received else source.received

    def _reading(self, source: Source, came: datetime, confirmed: str | None) -> Reading:
        context = self._context_on(came.date())
        if elsewhere := self._elsewhere.get(source.sha256):
            note = f"这个文件在轮次{elsewhere}已经汇总过，内容一字未改，不是{self._round.id}轮的填报"
            return Reading((), codes.Rejection("wrong-round", note))
        reading = read_return(source, context, unit=confirmed)
        by_mail = self._told_by_mail(source, reading)
        if by_mail and not confirmed:
            confirmed = by_mail
            reading = read_return(source, context, unit=confirmed)
        return reading if reading.rejected else self._of_its_plan(source, context, confirmed, reading)

    def _told_by_mail(self, source: Source, reading: Reading) -> str:
        """The unit's code that the mail tells of a file that names none, else ""."""
        mail = self._state.fetched.get(source.sha256)
        if mail is None or reading.rejected is None or reading.rejected.code != "unknown-unit":
            return ""
        return mail.unit

    def _of_its_plan(
        self, source: Source, context: Context, confirmed: str | None, reading: Reading
    ) -> Reading:
        """The file read under the plan that its template was written from, with today's task numbers.

        The template's version tells which plan that is. Where there is none, it is the plan whose tasks the
        rows name best, the present one first.
        """
        former = [f for f in self._state.former if self._round.id in f.rounds]
        if not former:
            return reading
        revision = revision_of(reading.items[0].version) if reading.items else None
        if revision is not None and revision < len(self._state.former):
            former, reading = [self._state.former[revision]], Reading()
        elif revision is not None:
            return reading
        best, oddities = reading, _oddities(reading) if reading.items else None
        for plan in reversed(former):
            other = read_return(source, evolve(context, **self._context_of(plan)), unit=confirmed)
            if other.items and (oddities is None or _oddities(other) < oddities):
                best, oddities = _renumbered(other, plan.numbers), _oddities(other)
        return best

    def _context_of(self, plan: Former) -> dict[str, Any]:
        """What a reader has to know of a former plan."""
        due = self._context.due
        units = {unit for _, unit in due}
        return {
            "tasks": plan.tasks,
            "assigned": {},
            "due": {
                (old, unit): due[new, unit]
                for old, new in plan.numbers.items()
                for unit in units
                if (new, unit) in due
            },
        }

    @cached_property
    def _elsewhere(self) -> dict[str, str]:
        """Hash of what another round took → that round."""
        found: dict[str, str] = {}
        for (round_id, _), returns in self._state.returns.items():
            if round_id != self._round.id:
                for r in returns:
                    found.setdefault(r.sha256, round_id)
        return found

    def _context_on(self, day: date) -> Context:
        """What the reader may know of a file that came on a day."""
        if self._context.received != day:
            self._context = evolve(self._context, received=day)
        return self._context

    def _about_mail(self, source: Source, item: UnitReading) -> Iterator[Warning]:
        """What was doubtful about the mail that a file came by."""
        mail = self._state.fetched.get(source.sha256)
        if mail and mail.doubt:
            yield codes.warning("mail-date", value=mail.doubt, received=f"{mail.received:%Y-%m-%d %H:%M}")
        if mail and mail.unit == item.unit and self._state.confirmations.get(source.sha256) is None:
            yield codes.warning("unit-by-mail", value=mail.subject, sender=mail.sender)

    def _return(self, source: Source, item: UnitReading, came: datetime) -> Return:
        more = check_reading(item, self._context_on(came.date()), self._previous(item.unit))
        more = (*more, *self._about_mail(source, item))
        return Return(
            id=0,
            sha256=source.sha256,
            path=source.name,
            unit=item.unit,
            round=self._round.id,
            received=came,
            modified=item.modified,
            file_time=_utc(source.file_time),
            entries=item.entries,
            warnings=in_order((*item.warnings, *more)),
            indicators=item.indicators,
            problems=item.problems,
        )

    def _previous(self, unit: str) -> dict[int, Entry]:
        """The unit's last earlier entry for each task that it has."""
        if not self._state.before(self._round.id):
            return {}
        earlier = (
            (no, next(iter(self._state.earlier_entries(self._round, unit, self._tasks[no])), None))
            for no in self._context.assigned.get(unit, ())
        )
        return {no: found[2] for no, found in earlier if found}

    def archive(self, batch: Batch) -> Iterable[Path]:
        """Keep the originals of new files by content hash; returns the files added."""
        beside: dict[Path, Path] = {}
        added: list[Path] = []
        try:
            for source in batch.new:
                if source.refused and source.archive:
                    continue  # could not be unpacked
                folder = self._memory / "archive" / source.sha256[:2]
                suffix = Path(source.name).suffix.lower()
                target = folder / f"{source.sha256}{suffix if suffix in _SUFFIXES else ''}"
                if target in beside or target.exists():
                    continue
                beside[target] = files.temporary(target)
                folder.mkdir(parents=True, exist_ok=True)
                with open(beside[target], "wb") as file:
                    file.writelines(source.chunks())
            files.sync_all(beside.values())
            for target, draft in beside.items():
                os.replace(draft, target)
                added.append(target)
        except BaseException:
            for path in (*beside.values(), *added):
                path.unlink(missing_ok=True)
            raise
        return added

    def result(self, batch: Batch, state: State, seen: RoundState) -> MergeResult:
        """Say what became of each file, now that the state is known."""
        names = {unit.code: unit.name for unit in state.roster.units}
        asked = {code: set(numbers) for code, numbers in self._context.assigned.items()}
        merged: list[Merged] = []
        superseded: list[tuple[str, str]] = []
        standing = self._standing(batch, state)
        rows_of: dict[str, list[Row]] = {}
        for row in seen.rows:
            rows_of.setdefault(row.unit.code, []).append(row)
        for item in batch.items:
            for r in item.returns:
                won = state.winners[self._round.id, r.unit]
                if won.sha256 != r.sha256 or standing[r.sha256, r.unit] is not item:
                    superseded.append((item.source.name, won.path))
                    continue
                rows = sum(entry.task in asked.get(r.unit, ()) for entry in r.entries)
                copied = copied_texts(rows_of.get(r.unit, ()), names)
                warnings = (*r.warnings, *copied)
                merged.append(
                    Merged(item.source.name, f"{r.unit} {names.get(r.unit, '')}".strip(), rows, warnings)
                )
        rejected = tuple(
            evolve(item.rejected, path=item.source.name) for item in batch.items if item.rejected
        )
        return MergeResult(
            round=self._round.id,
            as_of=seen.clock.as_of,
            changed=False,
            files=FileReport(tuple(merged), rejected, tuple(superseded), batch.ignored),
            status=status_of(state, seen),
        )

    def _standing(self, batch: Batch, state: State) -> dict[tuple[str, str], _Item]:
        """By content and unit, the file that is told for its copies: the one under whose name the ledger has it."""
        names = {won.path for (round_id, _), won in state.winners.items() if round_id == self._round.id}
        standing: dict[tuple[str, str], _Item] = {}
        for item in batch.items:
            for r in item.returns:
                first = standing.setdefault((r.sha256, r.unit), item)
                if item.source.name in names and first.source.name not in names:
                    standing[r.sha256, r.unit] = item
        return standing


#: Warnings that say a row is not about the task that its number names, or about none.
_MISMATCHES = frozenset(("given-cell-edited", "unknown-task"))


def _oddities(reading: Reading) -> int:
    return sum(w.code in _MISMATCHES for item in reading.items for w in item.warnings)


def _renumbered(reading: Reading, numbers: Mapping[int, int]) -> Reading:
    """A reading under a former plan's numbers → under today's."""
    return evolve(
        reading,
        items=tuple(
            evolve(
                item,
                entries=tuple(evolve(e, task=numbers[e.task]) for e in item.entries),
                indicators=tuple(evolve(i, task=numbers[i.task]) for i in item.indicators),
                problems=tuple(evolve(p, task=numbers[p.task]) for p in item.problems),
                warnings=tuple(evolve(w, task=numbers.get(w.task or 0, w.task)) for w in item.warnings),
            )
            for item in reading.items
        ),
    )


def _utc(moment: datetime) -> datetime:
    """Naive local time → naive UTC."""
    return moment.astimezone(UTC).replace(tzinfo=None)
