"""The whole reporting year on the sample plan: what `eduxl demo` does.

It uses only what anybody can use (the public functions), plays the schools with a seeded generator, and
prints nothing that was not computed.
"""

from __future__ import annotations

import os
import random
import shutil
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from attrs import frozen

from eduxl import labels as L
from eduxl.errors import FileProblem
from eduxl.resources import sample_plan, sample_roster
from eduxl.summary import expansion_lines, merge_lines, status_lines

if TYPE_CHECKING:
    from eduxl.tracker.tracker import Tracker

#: Marks a folder as made by the demo, so that it may be made anew.
_MARK = ".eduxl-demo"
_SEED = 2022

_DONE = "按实施方案完成{title}各项要求，资料已归档，{name}已通过自查。"
_UNDER_WAY = "{name}已成立工作小组，制定方案并分解到人，{title}正按计划推进，目前完成约{progress}%。"
_COPIED = "我单位高度重视，及时召开专题会议安排部署，明确责任分工，各项工作正在有序推进之中。"
_STEPS = "对照方案查漏补缺，下月底前完成下一阶段任务。"


@frozen
class _Stage:
    """One round of the demo: its dates, and the share of a task a diligent unit has done by then."""

    round: str
    opened: date
    due: date
    first_merge: date
    second_merge: date
    done_share: float


_STAGES = (
    _Stage("2022-03", date(2022, 3, 15), date(2022, 3, 25), date(2022, 3, 25), date(2022, 3, 31), 0.05),
    _Stage("2022-06", date(2022, 6, 10), date(2022, 6, 25), date(2022, 6, 25), date(2022, 6, 30), 0.35),
)


def run(folder: Path, say: Callable[[str], Any]) -> None:
    """Make the demo in a folder and tell about it line by line.

    Raises `FileProblem` when the folder holds anything but an earlier demo.
    """
    _prepare(folder)
    from eduxl.plan import read_plan, write_plan_workbook
    from eduxl.roster import expand, read_roster
    from eduxl.tracker.tracker import Tracker

    with sample_plan() as plan_file, sample_roster() as roster_file:
        shutil.copy(plan_file, folder / "工作要点.txt")
        shutil.copy(roster_file, folder / "名册.xlsx")
    plan = read_plan(folder / "工作要点.txt")
    roster = read_roster(folder / "名册.xlsx")
    expansion = expand(plan, roster)
    write_plan_workbook(plan, folder / "计划.xlsx", expansion=expansion.lines)
    say(f"① 读计划：{plan.title}，{len(plan.projects)}项工程、{len(plan.tasks)}项任务 → {folder / '计划.xlsx'}")
    for line in expansion_lines(plan, expansion):
        if "待确认" in line:
            say(line)
    tracker = Tracker.create(plan, roster, folder / L.MASTER_NAME, as_of=_STAGES[0].opened)
    say(f"② 建总台账：{len(roster.units)}个单位，{len(expansion.assignments)}项任务分工 → {tracker.path}")
    schools = _Schools(random.Random(_SEED))
    for number, stage in zip("③④", _STAGES, strict=True):
        say("")
        say(f"{number} 轮次 {stage.round}，截止{stage.due}")
        for note in tracker.open_round(stage.round, stage.due, as_of=stage.opened):
            say(f"   {note}")
        forms = tracker.write_templates(as_of=stage.opened)
        say(f"   发出{len(forms)}份填报表 → {forms[0].parent}")
        _round(tracker, schools, stage, forms, say)
    say("")
    say("现在该看什么")
    for line in status_lines(tracker.status(as_of=_STAGES[-1].second_merge)):
        say(f"   {line}")
    say("")
    say(f"请打开 {tracker.path}：先看“{L.HOME}”和“{L.ALERTS}”，再看“{L.MATRIX}”。")
    say(f"各单位的填报表在 {folder / 'templates'}，演示用的收回文件在 {folder / 'returns'}。")


def _prepare(folder: Path) -> None:
    if folder.exists() and not folder.is_dir():
        raise FileProblem(f"{folder} 是一个文件，请换一个文件夹名。", code="no-such-path")
    if folder.is_dir() and any(folder.iterdir()):
        if not (folder / _MARK).exists():
            raise FileProblem(
                f"文件夹 {folder} 里已有别的文件，演示不会动它。请换一个空的或新的文件夹：eduxl demo 新文件夹。",
                code="exists",
            )
        shutil.rmtree(folder)
    from eduxl.files import explained

    with explained("准备演示文件夹"):
        folder.mkdir(parents=True, exist_ok=True)
        (folder / _MARK).write_text("made by `eduxl demo`, made anew by the next one\n", encoding="utf-8")


def _round(
    tracker: Tracker, schools: _Schools, stage: _Stage, forms: Sequence[Path], say: Callable[[str], Any]
) -> None:
    """Fill in the forms, then merge in two waves: on the due date and at the month's end."""
    inbox = tracker.path.parent / "returns" / stage.round
    waves = (inbox / "第一批", inbox / "第二批")
    for wave in waves:
        wave.mkdir(parents=True)
    schools.answer(forms, stage, waves)
    for name, wave, day in zip(
        ("第一批", "第二批"), waves, (stage.first_merge, stage.second_merge), strict=True
    ):
        result = tracker.merge([wave], as_of=day)
        say(f"   {day} 汇总{name}：")
        for line in merge_lines(result):
            if not line.startswith("  → ") and "·" not in line:
                say(f"     {line}")


class _Schools:
    """Plays the units: most are on time, some are late, silent, careless or inventive with file names."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng

    def answer(self, forms: Sequence[Path], stage: _Stage, waves: Sequence[Path]) -> None:
        """Fill in every unit's form and put it into the first or the second batch."""
        rng = self._rng
        order = list(forms)
        rng.shuffle(order)
        silent, late = order[:3], order[3:9]
        corrected, renamed, drafts = order[9], order[10:13], order[13]
        for form in forms:
            if form in silent:
                continue
            on_time = form not in late
            wave = waves[0] if on_time else waves[1]
            name = form.name
            if form in renamed:
                name = f"{form.stem.split('_')[1]}上报（最终版）.xlsx"
            day = stage.due - timedelta(days=rng.randint(0, 6)) if on_time else stage.due + timedelta(days=3)
            if form is drafts:
                self._fill(form, wave / f"{form.stem}（初稿）.xlsx", day - timedelta(days=1), stage, 0.5)
            self._fill(form, wave / name, day, stage, 0.96)
            if form is corrected:
                self._fill(form, waves[1] / f"{form.stem}（更正）.xlsx", stage.due + timedelta(days=2), stage, 1.0)
        (waves[0] / "某校填报表.xlsx").write_text("这不是表格，是改了后缀的文字。", encoding="utf-8")
        (waves[0] / "工作总结.docx").write_bytes(b"PK\x03\x04 not a workbook")

    def _fill(self, form: Path, target: Path, day: date, stage: _Stage, diligence: float) -> None:
        """Type answers into a form as a person would; `diligence` is the chance that a row is filled in."""
        import openpyxl

        book = openpyxl.load_workbook(form)
        sheet = book[L.FORM]
        unit = form.stem.split("_")[1]
        for row in _form_rows(sheet):
            if row[L.STATUS].value or self._rng.random() > diligence:
                continue
            for column, value in self._row(unit, str(row[L.TASK_TITLE].value), row[L.DUE].value, day, stage):
                row[column].value = value
        book.save(target)
        moment = datetime.combine(day, time(9, 30)) + timedelta(minutes=self._rng.randint(0, 480))
        os.utime(target, (moment.timestamp(), moment.timestamp()))

    def _row(
        self, unit: str, title: str, due: Any, day: date, stage: _Stage
    ) -> Iterator[tuple[str, object]]:
        rng = self._rng
        chance = rng.random()
        yield L.REPORTER, "填报员"
        yield L.PHONE, f"0936-44{rng.randint(0, 99999):05d}"
        if chance < stage.done_share:
            yield L.STATUS, L.COMPLETED
            yield L.PROGRESS, 1
            yield L.DONE_ON, day - timedelta(days=rng.randint(1, 20))
            yield L.REPORT, _DONE.format(title=title, name=unit)
            return
        elapsed = _elapsed(due, day)
        progress = max(5, min(95, round(100 * elapsed) + rng.randint(-25, 20)))
        yield L.STATUS, L.NOT_STARTED if chance > 0.985 else L.UNDER_WAY
        yield L.PROGRESS, progress / 100
        if rng.random() < 0.03:
            yield L.REPORT, _COPIED
        elif rng.random() > 0.04:
            yield L.REPORT, _UNDER_WAY.format(title=title, name=unit, progress=progress)
        yield L.NEXT_STEPS, _STEPS
        if rng.random() < 0.04:
            yield L.PROBLEM, "专项经费尚未到位，影响后续进度。"


def _elapsed(due: Any, day: date) -> float:
    """Share of the time from 1 January to the due date that is gone."""
    start = date(day.year, 1, 1)
    end = due.date() if isinstance(due, datetime) else date(day.year, 12, 31)
    return (day - start).days / max(1, (end - start).days)


def _form_rows(sheet: Any) -> Iterator[dict[str, Any]]:
    """The task rows of a form as column name → cell."""
    header: dict[int, str] = {}
    for cells in sheet.iter_rows():
        if header:
            row = {header[cell.column]: cell for cell in cells if cell.column in header}
            if isinstance(row[L.TASK_NO].value, int):
                yield row
        elif any(cell.value == L.TASK_NO for cell in cells):
            header = {cell.column: cell.value for cell in cells if cell.value in L.FORM_COLUMNS}
