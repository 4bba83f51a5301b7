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
from eduxl.errors import EduxlError, FileProblem
from eduxl.files import explained
from eduxl.resources import sample_plan, sample_roster
from eduxl.summary import count_lines, file_lines, status_lines

if TYPE_CHECKING:
    from eduxl.tracker.tracker import Tracker

#: Marks a folder as made by the demo, so that it may be made anew.
_MARK = ".eduxl-demo"
_MARK_TEXT = "made by `eduxl demo`, made anew by the next one; events in its ledger:"
_SEED = 2022

#: A report is one piece of each row; the pieces are dealt so that no two units write alike by chance.
_PIECES = (
    (
        "成立由校长任组长的工作专班，把任务分解到处室和年级",
        "召开教职工大会专题部署，印发本单位实施方案",
        "对照县局要点逐条梳理，列出责任清单和时间表",
        "组织骨干外出观摩学习，带回三条可用的做法",
        "开展自查摸底，建立一本台账、一张问题表",
        "邀请教研员到校指导，确定两个突破口",
        "利用周例会调度，班子成员包片推进",
        "面向师生和家长发放问卷，收集意见建议",
        "与结对学校签订共建协议，资源共享",
        "落实专项经费，添置急需的设备和器材",
        "制定考核细则，纳入年度绩效评价",
        "安排专人负责资料收集和信息报送",
    ),
    (
        "已开展专题活动{n}场，参与师生覆盖全部班级",
        "完成校级培训{n}次，骨干教师全部轮训一遍",
        "推门听课{n}节，课后逐一反馈整改",
        "整改上级反馈的问题{n}个，销号率稳步提高",
        "举办展示交流{n}期，评出一批优秀案例",
        "走访家庭{n}户，家长满意度有所提升",
        "更新功能室{n}间，开齐开足相关课程",
        "编印校本材料{n}册，供各年级使用",
        "排查各类隐患{n}处，当场整治大部分",
        "召开推进会{n}次，逐项对账督办",
        "组织志愿服务{n}次，形成常态机制",
        "撰写活动简报{n}篇，被县局采用多篇",
    ),
    (
        "下一步重点抓好薄弱年级",
        "总体进展符合预期",
        "部分班级还需加力",
        "目前正在总结第一阶段经验",
        "后续将邀请专家评估",
        "待场地到位后全面铺开",
        "计划下月组织一次回头看",
        "已把做法固化为制度",
        "存在的差距正在逐项弥补",
        "群众反映总体良好",
        "相关资料同步归档",
        "拟在学区内推广",
    ),
)
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
    from eduxl.roster.expand import questions
    from eduxl.tracker.tracker import Tracker

    with sample_plan() as plan_file, sample_roster() as roster_file:
        shutil.copy(plan_file, folder / "工作要点.txt")
        shutil.copy(roster_file, folder / "名册.xlsx")
    plan = read_plan(folder / "工作要点.txt")
    roster = read_roster(folder / "名册.xlsx")
    expansion = expand(plan, roster)
    write_plan_workbook(plan, folder / "计划.xlsx", expansion=expansion.lines)
    say(
        f"① 读计划：{plan.title}，{len(plan.projects)}项工程、{len(plan.tasks)}项任务 → {folder / '计划.xlsx'}"
    )
    for task in plan.tasks:
        for open_point in questions(task, expansion):
            say(f"   任务{task.no} {task.title}：{open_point.text}")
    tracker = Tracker.create(plan, roster, folder / L.MASTER_NAME, as_of=_STAGES[0].opened)
    say(f"② 建总台账：{len(roster.units)}个单位，{len(expansion.assignments)}项任务分工 → {tracker.path}")
    schools = _Schools(random.Random(_SEED))
    for number, stage in zip("③④", _STAGES, strict=True):
        say("")
        say(f"{number} 轮次 {stage.round}，截止{stage.due}")
        tracker.open_round(stage.round, stage.due, as_of=stage.opened)
        for note in tracker.notes:
            say(f"   {note}")
        forms = tracker.write_templates(as_of=stage.opened)
        say(f"   发出{len(forms)}份填报表 → {forms[0].parent}")
        _round(tracker, schools, stage, forms, say)
    (folder / _MARK).write_text(f"{_MARK_TEXT} {tracker.events()}\n", encoding="utf-8")
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
        if _used(folder):
            raise FileProblem(
                f"文件夹 {folder} 里的演示台账已经有人在用，不会重做。请换一个新的文件夹：eduxl demo 新文件夹。",
                code="exists",
            )
    with explained("准备演示文件夹"):
        if folder.is_dir():
            shutil.rmtree(folder)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / _MARK).write_text(f"{_MARK_TEXT}\n", encoding="utf-8")


def _used(folder: Path) -> bool:
    """True when the demo's tracker holds more than the demo put there."""
    from eduxl.tracker.tracker import Tracker

    finished = (folder / _MARK).read_text(encoding="utf-8").split()[-1]
    try:
        return finished.isdecimal() and Tracker.find(folder).events() != int(finished)
    except EduxlError:
        return False  # half made or taken apart: nothing in it is anybody's work


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
        say(f"   {day} 汇总{name}（{wave}）：")
        for line in (*file_lines(result), *count_lines(result.status)):
            say(f"     {line}")


class _Schools:
    """Plays the units: most are on time, some are late, silent, careless or inventive with file names."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._seats: dict[str, int] = {}

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
            self._fill(form, wave / name, day, stage, 0.985)
            if form is corrected:
                self._fill(
                    form, waves[1] / f"{form.stem}（更正）.xlsx", stage.due + timedelta(days=2), stage, 1.0
                )
        (waves[0] / "某校填报表.xlsx").write_text("这不是表格，是改了后缀的文字。", encoding="utf-8")
        (waves[0] / "工作总结.docx").write_bytes(b"PK\x03\x04 not a workbook")

    def _fill(self, form: Path, target: Path, day: date, stage: _Stage, diligence: float) -> None:
        """Type answers into a form as a person would; `diligence` is the chance that a row is filled in."""
        import openpyxl

        book = openpyxl.load_workbook(form)
        sheet = book[L.FORM]
        unit = self._seat(form)
        for row in _form_rows(sheet):
            if row[L.STATUS].value or self._rng.random() > diligence:
                continue
            for column, value in self._row(unit, row[L.TASK_NO].value, row[L.DUE].value, day, stage):
                row[column].value = value
        book.save(target)
        moment = datetime.combine(day, time(9, 30)) + timedelta(minutes=self._rng.randint(0, 480))
        os.utime(target, (moment.timestamp(), moment.timestamp()))

    def _seat(self, form: Path) -> int:
        """A number for the unit of a form, the same in every round."""
        return self._seats.setdefault(form.name.split("_")[0], len(self._seats))

    def _row(self, unit: int, task: int, due: Any, day: date, stage: _Stage) -> Iterator[tuple[str, object]]:
        rng = self._rng
        yield L.REPORTER, "填报员"
        yield L.PHONE, f"0936-44{unit:05d}"
        turn = _STAGES.index(stage)
        pace = (unit * 37 + task * 11) % 100 / 100  # the same for a unit and task in every round
        deal = (unit, unit // 12 + task + turn, unit + task * 5 + turn * 7)
        report = "，".join(row[i % len(row)] for row, i in zip(_PIECES, deal, strict=True)) + "。"
        report = report.format(n=2 + (unit + task * 3 + turn) % 19)
        if pace < stage.done_share:
            yield L.STATUS, L.COMPLETED
            yield L.PROGRESS, 1 if rng.random() > 0.02 else 0.9
            yield L.DONE_ON, day - timedelta(days=rng.randint(1, 20))
            yield L.REPORT, report
            return
        gone = _elapsed(due, day)
        progress = round(100 * gone) - round(30 * (pace - 0.5))
        progress = max(5, min(95, progress - (45 if rng.random() < 0.03 else 0)))
        yield L.STATUS, L.NOT_STARTED if rng.random() < 0.01 else L.UNDER_WAY
        yield L.PROGRESS, progress / 100
        chance = rng.random()
        if chance > 0.02:
            yield L.REPORT, _COPIED if chance > 0.985 else report
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
