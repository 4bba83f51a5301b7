"""The tracker: one master workbook and its memory folder, and what can be done with them.

This is the edge: it asks for today's date where none is given and hands each command's work to `commit`. What the
records mean is `state`'s, what the sheets show `views`' business.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from attrs import evolve

from eduxl import files
from eduxl import labels as L
from eduxl.errors import FileProblem, RoundError, TrackerError
from eduxl.model import Plan, Round
from eduxl.roster import Roster
from eduxl.summary import listed, merge_said
from eduxl.tracker import commit, founding, meanings, place, receipt
from eduxl.tracker import inputs as clerk
from eduxl.tracker.change import Change
from eduxl.tracker.forms import Progress, left_over, round_forms, unit_codes, write_all
from eduxl.tracker.ledger import Ledger
from eduxl.tracker.master_file import MasterFile
from eduxl.tracker.merge import Batch, Merger, MergeResult
from eduxl.tracker.place import LEDGER
from eduxl.tracker.records import RoundClosed, RoundOpened, SeenBefore
from eduxl.tracker.rows import look
from eduxl.tracker.state import State, replay
from eduxl.tracker.status import Status, status_of
from eduxl.tracker.tables import Master
from eduxl.tracker.views import entry_rows, master_view

if TYPE_CHECKING:
    import pandas as pd

    from eduxl.tracker.history import Step
    from eduxl.tracker.revision import Revision
    from eduxl.tracker.sendback import SendbackResult
    from eduxl.tracker.undo import UndoResult

_ROUND_ID = re.compile(r"\d{4}-(0[1-9]|1[0-2])(-\w{1,12})?")


class Tracker:
    """A tracker on disk. `path` is the master workbook; its memory lies beside it in `NAME.eduxl/`.

    Every method that reads or writes state takes `as_of` (a `datetime.date`, default today) and raises an
    `EduxlError` when it cannot do its work; then nothing has changed.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        #: what the last command has to say to the clerk, as sentences
        self.notes: list[str] = []

    # --- making and finding -----------------------------------------------------------------------
    @classmethod
    def create(cls, plan: Plan, roster: Roster, path: Path | str, *, as_of: date | None = None) -> Tracker:
        """Make a tracker from a plan and a roster.

        Raises `TrackerError` (`exists`) when there is one already, `FileProblem` when it cannot be written.
        """
        master = Path(path)
        founding.found(plan, roster, master, *_day(as_of))
        return cls(master)

    @classmethod
    def open(cls, path: Path | str) -> Tracker:
        """Open a tracker by its master workbook, its memory folder or the folder both lie in.

        Where the memory folder is gone, the next command makes it again from the workbook. Raises `TrackerError`
        (`no-tracker`, `two-trackers`, `no-master`; `namesake` where the folder is there under another name).
        """
        return cls(place.master_at(Path(path)))

    @classmethod
    def find(cls, folder: Path | str = ".") -> Tracker:
        """Find the one tracker in a folder."""
        return cls(place.master_in(Path(folder)))

    @property
    def memory(self) -> Path:
        """The folder with ledger, archive and backups."""
        return place.memory_of(self.path)

    def restore(self, *, as_of: date | None = None) -> Path:
        """Write the workbook again from the ledger, where it is gone; returns where it is.

        Raises `TrackerError` (`exists`) where it is there.
        """
        if self.path.exists():
            raise TrackerError(
                f"{self.path} 还在，没有动它。要按记录重新生成一份，请先把它移到别处或改名，再运行一次。",
                code="exists",
            )
        with self._change("恢复", as_of) as change:
            change.record("恢复", f"{self.path.name} 不见了，按记录重新生成")
        return self.path

    # --- a revised plan ---------------------------------------------------------------------------
    def update_plan(self, plan: Plan, *, as_of: date | None = None) -> Revision:
        """Put a revised plan in force. Tasks that go on keep all that was reported and decided, under their new
        numbers; dropped ones stay as 已取消; new ones are asked from the open round on.

        Raises `TrackerError` (`wrong-year`, `no-tasks`); a plan that changes nothing is not recorded.
        """
        with self._change("换计划", as_of) as change:
            state = change.state
            if plan.year != state.plan.year:
                raise TrackerError(
                    f"新计划是{plan.year}年的，这个台账是{state.plan.year}年的。"
                    "请核对是不是拿错了文件；新的一年请另建台账。",
                    code="wrong-year",
                )
            if not plan.tasks:
                raise TrackerError(
                    "新计划里没有读到任务，没有更换。请核对是不是拿错了文件。", code="no-tasks"
                )
            closed, gone = (
                {no for no, value in state.closed_tasks.items() if value == word}
                for word in L.CLOSED_FOR_GOOD
            )
            from eduxl.tracker.revision import revise

            revision = revise(state.plan, plan, closed, gone)
            if evolve(revision.plan, source="") != evolve(state.plan, source=""):
                found = revision.diff
                summary = (
                    f"{plan.title}：新增{len(found.added)}项任务，取消{len(revision.cancelled)}项，"
                    f"改动{len(found.changed)}项"
                )
                change.record("换计划", summary, *revision.facts)
        return revision

    # --- rounds -----------------------------------------------------------------------------------
    def open_round(self, round_id: str, due: date, *, as_of: date | None = None) -> Round:
        """Open a reporting round; one that is still open is closed first.

        Raises `RoundError` (`bad-round`, `round-exists`).
        """
        round_id = re.sub(r"^(\d{4})-(\d)(?!\d)", r"\1-0\2", round_id)
        if not _ROUND_ID.fullmatch(round_id):
            raise RoundError(
                f"轮次“{round_id}”写法不对，应为“年-月”，例如 2022-06（同月第二轮写 2022-06-2）。",
                code="bad-round",
            )
        with self._change("开启轮次", as_of) as change:
            current = change.state.current
            if current and current.id == round_id and not current.closed and current.due != due:
                change.record("改截止日期", f"{round_id}，{current.due}改为{due}", RoundOpened(round_id, due))
                change.notes.append(f"轮次 {round_id} 已经开启，截止日期由{current.due}改为{due}。")
            elif any(known.id == round_id for known in change.state.rounds):
                raise RoundError(
                    f"轮次 {round_id} 已经开过，不能再开。要改截止日期，请用 --due 写上新的日期。",
                    code="round-exists",
                )
            else:
                self._open(change, current, round_id, due)
            if due < change.as_of:
                change.notes.append(f"注意：截止日期{due}早于今天（{change.as_of}），各单位会立即显示未报。")
            opened = change.state.round(round_id)
        return opened

    def _open(self, change: Change, current: Round | None, round_id: str, due: date) -> None:
        if current and round_id[:7] < current.id[:7]:
            raise RoundError(
                f"轮次“{round_id}”早于已有的轮次 {current.id}，请核对；轮次要按先后顺序开启。",
                code="bad-round",
            )
        if current and not current.closed:
            self._close(change, current)
            change.notes.append(f"轮次 {current.id} 同时结束，明细已转入“{L.HISTORY}”。")
        change.record("开启轮次", f"{round_id}，截止{due}", RoundOpened(round_id, due))

    def close_round(self, *, as_of: date | None = None) -> Round:
        """Close the open round: its rows go to 历次明细 with the flags of the as-of date.

        Raises `RoundError` (`no-round`) when none is open.
        """
        with self._change("结束轮次", as_of) as change:
            current = _open_round(change.state)
            seen = change.look(current)
            change.notes.append(
                f"应报{len(seen.units)}个单位，已报{len(seen.received)}，未收到{len(seen.missing)}，迟报{len(seen.late)}。"
            )
            self._close(change, current)
        return current

    def _close(self, change: Change, round_: Round) -> None:
        seen = change.look(round_)
        rows = tuple(entry_rows(change.state, seen))
        change.record(
            "结束轮次",
            f"{round_.id}，应报{len(seen.units)}，已报{len(seen.received)}",
            RoundClosed(round_.id, rows),
        )

    def rounds(self) -> tuple[Round, ...]:
        """All rounds, oldest first."""
        with self._ledger() as ledger:
            return tuple(replay(ledger.records()).rounds)

    # --- templates --------------------------------------------------------------------------------
    def write_templates(
        self,
        folder: Path | str | None = None,
        *,
        round_id: str | None = None,
        units: Sequence[str] = (),
        as_of: date | None = None,
        progress: Progress | None = None,
    ) -> list[Path]:
        """Write each unit's fill-in workbook for a round; `units` narrows it to codes or names.

        Default folder: `templates/ROUND/` beside the master. Returns the paths in the order of the roster.
        """
        with self._change("生成模板", as_of, quiet=True) as change:
            state = change.state
            round_ = state.round(round_id) if round_id else _open_round(state)
            forms = list(round_forms(state, round_, change.as_of, change.tracker, unit_codes(state, units)))
            if not forms:
                raise RoundError(f"轮次 {round_.id} 没有需要填报的单位。", code="nothing-to-do")
            target = Path(folder) if folder else place.templates_of(self.path, round_.id)
            paths, issued = write_all(forms, target, state.issued, progress)
            change.record("生成模板", f"{round_.id}，{len(paths)}份", *issued)
        return paths

    # --- merging ----------------------------------------------------------------------------------
    def merge(
        self,
        paths: Sequence[Path | str],
        *,
        round_id: str | None = None,
        as_of: date | None = None,
        received: date | None = None,
        dry_run: bool = False,
        progress: Progress | None = None,
    ) -> MergeResult:
        """Take back the returns in files and folders.

        `received` replaces the files' own times where mail gave none. With `dry_run` the result is the
        same and nothing is written. Merging the same files again changes nothing. A receipt is left of what it would
        say; see `receipt`.
        """
        places = [Path(path) for path in paths]
        with self._change(L.MERGE, as_of, dry_run=dry_run) as change:
            round_ = change.state.round(round_id) if round_id else _open_round(change.state)
            if round_.closed:
                raise RoundError(
                    f"轮次 {round_.id} 已于{round_.closed}结束，不能再汇总。请先开启新一轮。",
                    code="round-closed",
                )
            mark = "" if dry_run else self._mark(places)
            merger = Merger(change.state, round_, change.tracker, self.path, self.memory)
            batch = merger.read(places, received, progress)
            if batch.facts:
                if not dry_run:
                    change.made.extend(merger.archive(batch))
                change.record(L.MERGE, batch.summary, *batch.facts)
            result = merger.result(batch, change.state, change.look(round_))
            ahead = sum(item.source.received.date() > change.as_of for item in batch.items)
            told: list[str] = []
            if ahead and received is None:
                told.append(
                    f"有{ahead}个文件的时间晚于{change.as_of}，迟报按文件时间判断；另有收到日期的请用 --received 写明。"
                )
            change.notes += told
            if mark and _is_told_again(batch):
                notes = [*meanings.complaints(change.state), *_backdated(change), *told]
                question = receipt.Question(
                    self.path, places, round_id, received, change.as_of, change.pinned
                )
                again = merge_said(result, notes, len(batch.items))
                change.receipt = receipt.Receipt(question.to_json(), mark, again)
        return evolve(result, changed=change.changed)

    def refresh(self, *, as_of: date | None = None, progress: Progress | None = None) -> MergeResult:
        """Evaluate the flags of the open round as of the day, and take in what the clerk typed; no return is read.

        Raises `RoundError` (`no-round`) when none is open.
        """
        return self.merge([], as_of=as_of, progress=progress)

    def _mark(self, paths: Sequence[Path]) -> str:
        """A mark of the files for a receipt; "" where they cannot be read now or the receipt would lie among them."""
        try:
            memory = self.memory.resolve()
            if any(memory.is_relative_to(path.resolve()) for path in paths):
                receipt.discard(memory)
                return ""
            return receipt.of_files(paths)
        except OSError:
            return ""

    def undo(self, *, as_of: date | None = None) -> UndoResult:
        """Go back before the last merge, ledger and master; the same files can be merged again. Once more: one merge further.

        The workbook becomes what it was then, byte for byte, and the present one is kept among the backups. What was
        decided since goes on counting, but for reviews of the very returns that go. Raises `TrackerError`
        (`nothing-to-undo`; `cannot-undo` where a round was closed or the plan changed since).
        """
        from eduxl.tracker.undo import UndoResult, last_merge, undo_of

        with self._change("撤销", as_of) as change:
            if finished := change.found.unfinished:
                found = undo_of(change.finish_undo(), change.records)
            else:
                found = last_merge(change.records)
                change.record("撤销", found.summary, *found.facts)
                change.take_back(found.merge.seq)
        return UndoResult(found, change.former is not None, change.backup, finished)

    def default_returns(self, round_id: str | None = None) -> Path:
        """Where returns lie when no folder is named: `returns/ROUND/` beside the master."""
        if round_id is None:
            rounds = self.rounds()
            if not rounds:
                raise RoundError(
                    "还没有开启轮次。请先开启，例如：eduxl round open 2022-06 --due 2022-06-25。",
                    code="no-round",
                )
            round_id = rounds[-1].id
        folder = place.returns_of(self.path, round_id)
        if not folder.is_dir():
            raise FileProblem(
                f"没有给出文件夹，默认的 {folder} 也不存在。请写明收回的文件放在哪里：eduxl merge 文件夹。",
                code="no-such-path",
            )
        return folder

    # --- sending back -----------------------------------------------------------------------------
    def write_sendback(
        self,
        folder: Path | str | None = None,
        *,
        round_id: str | None = None,
        units: Sequence[str] = (),
        as_of: date | None = None,
        progress: Progress | None = None,
    ) -> SendbackResult:
        """Write a form with its own answers for each unit whose return has something to mend, with the cells marked.

        `units` narrows it to codes or names. Default folder: `sendback/ROUND/` beside the master. Raises `RoundError`
        (`no-round`, `unknown-round`, `round-closed`) and `FileProblem` (`exists`).
        """
        from eduxl.tracker.sendback import SendbackResult, Sent, refused, sendback_forms

        with self._change("写退回单", as_of, quiet=True) as change:
            state = change.state
            round_ = state.round(round_id) if round_id else _open_round(state)
            if round_.closed:
                raise RoundError(
                    f"轮次 {round_.id} 已于{round_.closed}结束，改好的也不能再汇总，没有写退回单。",
                    code="round-closed",
                )
            wanted = unit_codes(state, units)
            forms = list(round_forms(state, round_, change.as_of, change.tracker, wanted))
            back = list(sendback_forms(state, change.look(round_), forms))
            target = Path(folder) if folder else self.path.parent / "sendback" / round_.id
            sent: list[Sent] = []
            if back:
                paths, issued = write_all(back, target, state.issued, progress)
                change.record("写退回单", f"{round_.id}，{len(paths)}份", *issued)
                sent = [Sent.of(form, path) for form, path in zip(back, paths, strict=True)]
            written = {item.unit.code for item in sent}
            came = {form.unit.code for form in forms if (round_.id, form.unit.code) in state.winners}
            result = SendbackResult(
                round=round_.id,
                sent=tuple(sent),
                clean=tuple(f.unit for f in forms if f.unit.code in came - written),
                silent=tuple(f.unit for f in forms if f.unit.code not in came),
                rejected=refused(state, round_.id, wanted),
            )
            if not units and (left := left_over(target, [item.path for item in sent], state.issued)):
                change.notes.append(
                    f"{target} 里还有以前写的 {listed(left, 3)}：这些单位现在没有要改的，请不要再发。"
                )
        return result

    # --- looking ----------------------------------------------------------------------------------
    def history(self, *, as_of: date | None = None) -> tuple[Step, ...]:
        """All that was done, newest first, or what was done under dates up to `as_of`."""
        from eduxl.tracker.history import history

        day, named = _day(as_of)
        with self._ledger() as ledger:
            steps = history(ledger.records())
        return tuple(step for step in steps if not named or step.as_of <= day)

    def status(self, *, as_of: date | None = None) -> Status:
        """The state of the round then current. Raises `RoundError` (`no-round`)."""
        day, _ = _day(as_of)
        state = self._as_it_stood(day, as_of is not None)
        if state.current is None:
            by_then = f"到{day}为止" if as_of else ""
            raise RoundError(f"{by_then}还没有开启轮次，请先用 eduxl round open 开启。", code="no-round")
        seen = look(state, state.current, day)
        return status_of(state, seen)

    def write_as_of(self, day: date, target: Path | str) -> Path:
        """Write the master as it stood on a day to another file; the tracker itself is not touched."""
        target = Path(target)
        if target.suffix.lower() not in (".xlsm", ".xlsx"):
            raise TrackerError(f"文件名要以 .xlsm 或 .xlsx 结尾，现在是“{target.name}”。", code="bad-name")
        if target.exists():
            if self.path.exists() and target.samefile(self.path):
                raise TrackerError("请另起一个文件名：不能盖掉正在使用的总台账。", code="exists")
            try:
                clerk.read_inputs(target)
            except TrackerError:
                raise TrackerError(
                    f"{target} 已经存在，而且不是总台账，没有动它。请另起一个文件名。", code="exists"
                ) from None
        state = self._as_it_stood(day, True)
        with self._ledger() as ledger:
            number, tracker = ledger.latest.number, ledger.tracker
        view = master_view(state, day, tracker=tracker, generation=number, pinned=True)
        from eduxl.tracker.author import write_master

        with files.explained("写总台账"), files.replacing(target) as beside:
            write_master(view, beside)
        return target

    def _as_it_stood(self, day: date, named: bool) -> State:
        """The state at the end of a day.

        Decisions typed since the last command are read first, unless the day lies before what was recorded
        last: they were not made then.
        """
        with self._ledger() as ledger:
            records = ledger.records()
        later = any(event.as_of > day for event in records.events[1:])  # the first made the tracker
        if not (named and (later or day > date.today())):  # nothing was decided on a day to come either
            with self._change("查看", day if named else None, quiet=True) as change:
                records = change.records
        return replay(records.until(day) if named else records)

    @contextmanager
    def _ledger(self) -> Iterator[Ledger]:
        with (
            self._memory_at(None) as memory,
            files.explained("读台账"),
            Ledger.open(memory / LEDGER) as ledger,
        ):
            yield ledger

    @contextmanager
    def _memory_at(self, day: date | None, *, keep: bool = False, quiet: bool = False) -> Iterator[Path]:
        """The memory folder. Where it is gone it is made from the workbook: to stay, or for the block only."""
        if (self.memory / LEDGER).exists() or not self.path.exists():
            yield self.memory
            return
        from eduxl.tracker.rebuild import build, build_beside, recall

        recalled = recall(self.path)
        self.notes = list(recalled.notes)
        if keep and build_beside(recalled, self.path, self.memory, day, optional=quiet):
            yield self.memory
            return
        with tempfile.TemporaryDirectory() as folder:
            memory = Path(folder) / self.memory.name
            build(recalled, memory, day)
            if keep:
                self.notes.append(f"文件夹 {self.path.parent} 不能写入，这次只供查看，重建的记录没有留下。")
            yield memory

    @contextmanager
    def _change(
        self, command: str, as_of: date | None, *, dry_run: bool = False, quiet: bool = False
    ) -> Iterator[Change]:
        """A command's work as one change of the tracker; see `commit.change`."""
        day, pinned = _day(as_of)
        self.notes = []
        workbook = self._workbook(shows=not (dry_run or quiet))
        # a workbook that is open is met by `commit.change` before anything is made
        keep = not dry_run and (quiet or not workbook.held_by())
        with (
            self._memory_at(day, keep=keep, quiet=quiet) as memory,
            commit.change(
                workbook, memory, command, day, pinned=pinned, dry_run=dry_run, quiet=quiet
            ) as change,
        ):
            change.notes[:0] = self.notes
            self.notes = change.notes
            if not quiet:
                change.notes += _backdated(change)
            yield change

    @contextmanager
    def work(self, command: str, *, as_of: date | None = None, shows: bool = True) -> Iterator[Change]:
        """A command's work that another module does, as one change of the tracker.

        With `shows` the workbook shows what came of it, unless a program has it open: then the next command does that.
        Raises as every command.
        """
        with self._change(command, as_of, quiet=not (shows and self.can_show())) as change:
            yield change

    def can_show(self) -> bool:
        """Whether a command can let the workbook show something now."""
        return not self._workbook(shows=False).held_by()

    def _workbook(self, *, shows: bool) -> commit.Workbook:
        """The workbook for one command, ready to be read; `shows` where it will show what came of the command."""
        return MasterFile(self.path)

    def events(self) -> int:
        """How many steps the ledger has recorded."""
        with self._ledger() as ledger:
            return len(ledger.records().events)

    def plan(self) -> Plan:
        """The plan in force."""
        with self._ledger() as ledger:
            return replay(ledger.records()).plan

    def roster(self) -> Roster:
        """The roster in force."""
        with self._ledger() as ledger:
            return replay(ledger.records()).roster

    def view(self, *, as_of: date | None = None) -> Master:
        """All tables of the master as of a day, without writing anything."""
        day, pinned = _day(as_of)
        with self._ledger() as ledger:
            records, number, tracker = ledger.records(), ledger.latest.number, ledger.tracker
        state = replay(records.until(day) if pinned else records)
        return master_view(state, day, tracker=tracker, generation=number, pinned=pinned)

    def entries(self, *, as_of: date | None = None) -> pd.DataFrame:
        """填报明细 as a frame: see `eduxl.frames.entries_frame` for columns and dtypes."""
        from eduxl.frames import entries_frame

        return entries_frame(self.view(as_of=as_of).entries)

    def flags(self, *, as_of: date | None = None) -> pd.DataFrame:
        """预警清单 as a frame: see `eduxl.frames.flags_frame` for columns and dtypes."""
        from eduxl.frames import flags_frame

        return flags_frame(self.view(as_of=as_of).alerts)


def _day(as_of: date | None) -> tuple[date, bool]:
    """The day to work under, and whether it was named."""
    if isinstance(as_of, datetime):
        as_of = as_of.date()
    return (as_of, True) if as_of else (date.today(), False)


def _backdated(change: Change) -> list[str]:
    """What to say of a day before that of the last command."""
    events = change.records.events
    last = max(event.as_of for event in events[1:] or events)  # the first made the tracker
    return [f"注意：这次按{change.as_of}办理，而台账最近一次办理是{last}。"] if change.as_of < last else []


def _is_told_again(batch: Batch) -> bool:
    """True where a merge of the same files is certain to say the same of each, once the ledger has this one.

    Of new files with copies among them it may say it of another copy; what could not be read or unpacked now may be
    another time.
    """
    if any(
        item.passing or (item.rejected and item.rejected.code == "unsafe-archive") for item in batch.items
    ):
        return False
    contents = {item.source.sha256 for item in batch.items}
    reordered = any(isinstance(fact, SeenBefore) for fact in batch.facts)
    return not batch.facts or (len(contents) == len(batch.items) and not reordered)


def _open_round(state: State) -> Round:
    current = state.current
    if current is None:
        raise RoundError(
            "还没有开启轮次。请先开启，例如：eduxl round open 2022-06 --due 2022-06-25。", code="no-round"
        )
    if current.closed:
        raise RoundError(
            f"轮次 {current.id} 已于{current.closed}结束，没有正在填报的轮次。请先用 eduxl round open 开启新一轮。",
            code="no-round",
        )
    return current
