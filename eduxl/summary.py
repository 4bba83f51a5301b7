"""What the commands print for people: lines of text made from results. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

import click

from eduxl import labels as L
from eduxl.console import REJECTED
from eduxl.model import Note, Passage, Plan, Task, Warning
from eduxl.returns import codes
from eduxl.tracker.receipt import Said

if TYPE_CHECKING:
    from eduxl.plan.diff import PlanDiff, TaskPair
    from eduxl.returns.check import Checked
    from eduxl.roster import Expansion, Roster
    from eduxl.tracker.history import Booked, Step
    from eduxl.tracker.merge import Merged, MergeResult
    from eduxl.tracker.revision import Revision
    from eduxl.tracker.sendback import SendbackResult
    from eduxl.tracker.status import Status
    from eduxl.tracker.undo import UndoResult

#: Names listed in one line before “等N个”.
_SHOWN = 6


def listed(names: Iterable[str], shown: int = _SHOWN) -> str:
    """`甲、乙、丙等9个`; all of them where they are few."""
    all_names = list(names)
    if len(all_names) <= shown:
        return L.SEP.join(all_names)
    return f"{L.SEP.join(all_names[:shown])}等{len(all_names)}个"


def plan_lines(plan: Plan, expansion: Expansion | None = None) -> Iterator[str]:
    """The plan as read: projects, tasks, who, when, and what is open."""
    yield click.style(
        f"{plan.title}（{plan.year}年）：{len(plan.projects)}项工程、{len(plan.tasks)}项任务", bold=True
    )
    project: int | None = None
    titles = {p.no: p.title for p in plan.projects}
    for task in plan.tasks:
        if task.project != project and task.project is not None:
            project = task.project
            yield ""
            yield click.style(titles[project], bold=True)
        yield from _task_lines(task)
    if plan.review:
        yield ""
    for note in plan.review:
        yield _note_line(note, "")
    yield from _left_out_lines(plan.left_out)
    open_tasks = sum(bool(task.review) for task in plan.tasks)
    of_plan = f"，另有{len(plan.review)}处针对整个计划的提示" if plan.review else ""
    yield ""
    yield f"{open_tasks}项任务待确认{of_plan}。" if open_tasks else f"没有待确认的任务{of_plan}。"
    if expansion:
        yield ""
        yield from expansion_lines(plan, expansion)


def _task_lines(task: Task) -> Iterator[str]:
    due = task.due.isoformat() if task.due else "无时限"
    cycle = L.RECURRENCE_LABELS[task.recurrence]
    yield f"  {task.no}. {task.title}　{due}{f'（{cycle}）' if cycle else ''}"
    for label, names in (
        ("牵头", task.lead_units),
        ("配合", task.support_units),
        ("落实", task.school_groups),
    ):
        if names:
            yield f"     {label}：{L.SEP.join(names)}"
    for indicator in task.indicators:
        target = "" if indicator.target is None else f" {indicator.target:g}{indicator.unit}"
        yield f"     指标：{indicator.name}{target}"
    if task.checklist:
        yield f"     清单：{L.SEP.join(task.checklist)}"
    for note in task.review:
        yield _note_line(note, "     ")


def _note_line(note: Note, indent: str) -> str:
    where = f"（{note.position}）" if note.position else ""
    return click.style(f"{indent}待确认{where}：{note.text}", fg="yellow")


#: Left-out passages that are shown, and how much of each.
_LEFT_OUT, _LEFT_OUT_WIDTH = 30, 50


def _left_out_lines(passages: Sequence[Passage]) -> Iterator[str]:
    if not passages:
        return
    yield ""
    yield f"没有当作工程或任务的内容（{len(passages)}处）："
    for passage in passages[:_LEFT_OUT]:
        text = " ".join(passage.text.split())
        short = text if len(text) <= _LEFT_OUT_WIDTH else text[:_LEFT_OUT_WIDTH] + "…"
        yield click.style(f"  {passage.position}　{short}", dim=True)
    if len(passages) > _LEFT_OUT:
        yield f"  ……还有{len(passages) - _LEFT_OUT}处，全部列在 -o 写出的计划工作簿里。"


def diff_lines(found: PlanDiff) -> Iterator[str]:
    """What a revised plan changes: dropped and new tasks first, then each changed one with what changed in it."""
    yield click.style(f"“{found.new.title}”与原计划“{found.old.title}”相比：", bold=True)
    if found.is_empty:
        yield "没有变化。"
        return
    if found.old.year != found.new.year:
        yield click.style(
            f"年份由{found.old.year}改为{found.new.year}，请核对是不是拿错了文件。", fg="yellow"
        )
    yield (
        f"新增{len(found.added)}项任务，取消{len(found.dropped)}项，改动{len(found.changed)}项，"
        f"不变{len(found.pairs) - len(found.changed)}项。"
    )
    yield from _changed_projects(found)
    for title, tasks, mark, colour in (
        ("取消的任务（编号是原计划的）：", found.dropped, "－", "red"),
        ("新增的任务：", found.added, "＋", "green"),
    ):
        if tasks:
            yield ""
            yield click.style(title, bold=True)
            for task in tasks:
                yield click.style(f"  {mark} {task.no}. {task.title}", fg=colour)
    moved_only = [pair for pair in found.changed if pair.kinds == ("renumbered",)]
    if moved_only:
        yield ""
        yield click.style("只改了编号的任务：", bold=True)
        for pair in moved_only:
            yield f"  {pair.old.no} → {pair.new.no}. {pair.new.title}"
    if len(moved_only) < len(found.changed):
        yield ""
        yield click.style("改动的任务：", bold=True)
        for pair in found.changed:
            if pair not in moved_only:
                yield from _pair_lines(pair)


def _changed_projects(found: PlanDiff) -> Iterator[str]:
    """Lines on projects; one that only got another number is not worth a line."""
    lines = [f"  － {project.title}（取消）" for project in found.projects_dropped]
    lines += [f"  ＋ {project.title}（新增）" for project in found.projects_added]
    lines += [
        f"  “{old.title}”改名为“{new.title}”" for old, new in found.projects_changed if old.title != new.title
    ]
    if lines:
        yield ""
        yield click.style("工程：", bold=True)
        yield from lines


#: What the lists of a task are called in a comparison of plans.
_LIST_WORDS = {
    "lead_units": L.LEADS,
    "support_units": L.SUPPORTS,
    "school_groups": L.SCHOOLS,
    "indicators": "指标",
    "checklist": "清单",
    "body": L.TASK_BODY,
}


def _pair_lines(pair: TaskPair) -> Iterator[str]:
    number = f"{pair.old.no} → {pair.new.no}" if pair.renumbered else str(pair.new.no)
    yield f"  {number}. {pair.new.title}" + (f"（相似度{pair.score:.0f}）" if pair.score < 100 else "")
    if pair.retitled:
        yield f"     名称：原为“{pair.old.title}”，请核对是不是同一项任务"
    if pair.projects:
        before, after = (title or "（无工程）" for title in pair.projects)
        yield f"     {L.PROJECT}：“{before}”改为“{after}”"
    if pair.deadline_changed:
        yield f"     {L.DUE}：{_when(pair.old)}改为{_when(pair.new)}"
    body = [pair.sentences] if pair.body_changed else []
    for change in (*pair.lists, *body):
        parts = [
            f"{verb}“{'”“'.join(names)}”"
            for verb, names in (("增加", change.added), ("去掉", change.removed))
            if names
        ]
        yield f"     {_LIST_WORDS[change.field]}：{'，'.join(parts) or '语句的次序有改动'}"


def _when(task: Task) -> str:
    """`2022-12-31（每月）`; the plan's own words where they name no date."""
    cycle = L.RECURRENCE_LABELS[task.recurrence]
    date = task.due.isoformat() if task.due else (task.due_text if not cycle else "") or "无时限"
    return f"{date}（{cycle}）" if cycle else date


def expansion_lines(plan: Plan, expansion: Expansion) -> Iterator[str]:
    """Which units each task went to, and by which rule."""
    per_task: dict[int, int] = {}
    for a in expansion.assignments:
        per_task[a.task] = per_task.get(a.task, 0) + 1
    yield click.style(f"任务落实到单位（共{len(expansion.assignments)}项）：", bold=True)
    for task in plan.tasks:
        yield f"  任务{task.no} {task.title}：{per_task.get(task.no, 0)}个单位"
        for line in expansion.lines:
            if line.task == task.no:
                names = listed(name for _, name in line.units) or "未落实"
                yield f"     {line.role} “{line.name}” → {names}［{line.rule}］"


def created_lines(plan: Plan, expansion: Expansion, master: str, memory: str) -> Iterator[str]:
    """What is open in a new tracker, said last so that it is not missed."""
    from eduxl.roster.expand import questions

    notes = [(task.no, note) for task in plan.tasks for note in questions(task, expansion)]
    if not notes:
        return
    yield click.style(f"有{len(notes)}处待确认，这些任务还没有落实到单位或没有时限：", fg="yellow")
    for no, note in notes:
        yield click.style(f"  任务{no}：{note.text}", fg="yellow")
    yield f"改好计划或名册以后要重新建台账的，先把“{master}”和“{memory}”一起移走，再运行一次 eduxl master。"


def revision_lines(revision: Revision, roster: Roster, open_round: str) -> Iterator[str]:
    """What became of a tracker's tasks under a revised plan, what is open, and what to do now."""
    from eduxl.roster import expand
    from eduxl.roster.expand import questions

    found = revision.diff
    yield from diff_lines(found)
    yield ""
    if found.is_empty:
        return
    for task in revision.cancelled:
        yield f"任务“{task.title}”标为{L.CANCELLED}，在台账里的编号是{task.no}，以前的填报都还在。"
    for task in revision.revived:
        yield f"任务“{task.title}”恢复，在台账里的编号是{task.no}，以前的填报接着算。"
    touched = {task.no for task in (*found.added, *(pair.new for pair in found.changed))}
    expansion = expand(revision.plan, roster)
    for task in revision.plan.tasks:
        for note in questions(task, expansion) if task.no in touched else ():
            yield click.style(f"  待确认：任务{task.no}：{note.text}", fg="yellow")
    yield "总台账已换成新计划，各任务的填报、审核、延期、销号都跟着任务走。"
    if open_round:
        yield (
            f"轮次 {open_round} 正在填报：已发的填报表照样能汇总，编号会自动对上；新增的任务要补发填报表："
            "eduxl templates -o 补发"
        )


def merge_lines(result: MergeResult, *, dry_run: bool = False) -> Iterator[str]:
    """What became of the files, what the schools should mend, and what to look at now."""
    yield from file_lines(result)
    yield from warning_lines(result.files.merged, dry_run=dry_run)
    yield from status_lines(result.status)
    if dry_run:
        yield "以上只是预览，什么也没有写。"
    elif not result.changed:
        yield "没有新内容，总台账没有改动。"


def merge_said(result: MergeResult, notes: Sequence[str], read: int = 0, *, dry_run: bool = False) -> Said:
    """All that a merge says of its result, having looked into `read` files."""
    lines = list(merge_lines(result, dry_run=dry_run))
    return Said(list(notes), lines, result.to_json(), read, REJECTED if result.files.rejected else 0)


#: Returns with something to mend that get a line after a merge before the rest is only counted.
_WARNED = 40
#: Code → what is counted, where that says more than its title.
_COUNTED = {"missing-entry": "项任务没有填报"}


def warning_lines(merged: Iterable[Merged], *, dry_run: bool = False) -> Iterator[str]:
    """What the returns that count have to be asked about: returns of which whole rows were not taken first, then those
    with something that must be mended, a line each with how many of which kind and where; then the kinds that may be right.
    """
    warned = [one for one in merged if one.warnings]
    if not warned:
        return
    paths = Counter(one.path for one in warned)
    names = {id(one): one.path + (f"（{one.unit}）" if paths[one.path] > 1 else "") for one in warned}
    bad: list[Merged] = []
    fair: list[Merged] = []
    for one in warned:
        (bad if any(w.level == "must" for w in one.warnings) else fair).append(one)
    bad.sort(key=lambda one: not any(map(_lost, one.warnings)))
    for one in bad[:_WARNED]:
        yield f"  {names[id(one)]}：{_kinds(one.warnings)}"
    if len(bad) > _WARNED:
        yield f"  ……另有{len(bad) - _WARNED}份也有必须改的。"
    likely: dict[str, list[str]] = {}
    for one in fair:
        for code, count in Counter(w.code for w in one.warnings).items():
            likely.setdefault(code, []).append(names[id(one)] + (f" {count} 处" if count > 1 else ""))
    for code, found in likely.items():
        yield f"  {L.WARNING_LEVELS['explain']}：{codes.title_of(code)}（{listed(found)}）"
    where = "见 --json" if dry_run else f"写在总台账的“{L.REMINDERS}”里"
    yield f"  共{sum(len(one.warnings) for one in warned)}处提醒，逐条{where}。"


def _lost(warning: Warning) -> bool:
    """True where a whole row or table was not taken that may be a task's."""
    return warning.code == "unknown-task" and warning.level == "must"


def _kinds(warnings: Iterable[Warning]) -> str:
    """`3 处完成进度读不懂（填报表!G5 等）；请核对：1 处进展情况雷同（填报表!I7）`."""
    groups: dict[tuple[str, str], list[Warning]] = {}
    for warning in sorted(warnings, key=_lost, reverse=True):
        groups.setdefault((warning.level, warning.code), []).append(warning)
    must, explain = (
        "；".join(_kind(code, group) for (level, code), group in groups.items() if level == wanted)
        for wanted in L.WARNING_LEVELS
    )
    explain = explain and f"{L.WARNING_LEVELS['explain']}：{explain}"
    return "　".join(filter(None, (must, explain)))


def _kind(code: str, group: Sequence[Warning]) -> str:
    first, count = group[0], len(group)
    if _lost(first):
        return f"{first.note.rstrip('。')}" + (f"，这样的共 {count} 处" if count > 1 else "")
    where = first.cell or (f"任务{first.task}" if first.task else "")
    if not where:
        return codes.title_of(code)
    return (
        f"{count} {_COUNTED.get(code) or '处' + codes.title_of(code)}（{where}{' 等' if count > 1 else ''}）"
    )


def _refused(code: str) -> str:
    """What to call a refused file: one of another round or tracker was read very well."""
    return "不能计入" if code in ("wrong-round", "wrong-tracker") else "没读懂"


def file_lines(result: MergeResult) -> Iterator[str]:
    """How many files counted, and each one that did not, with the reason."""
    files = result.files
    if not (files.merged or files.rejected or files.superseded or files.ignored):
        yield click.style(
            "文件夹是空的，什么也没有汇总。请把各单位交来的文件原样放进去（表格、压缩包、子文件夹都可以），"
            f"再运行一次；下面是轮次 {result.round} 按{result.as_of}重新计算的情况。",
            fg="yellow",
        )
        return
    total = len(files.merged) + len(files.rejected) + len(files.superseded)
    words = Counter(_refused(rejected.code) for rejected in files.rejected)
    yield click.style(
        f"轮次 {result.round}（按{result.as_of}计算）：{total}份填报表，计入{len(files.merged)}，"
        f"被同单位另一份代替{len(files.superseded)}，没读懂{words['没读懂']}，不能计入{words['不能计入']}；"
        f"另有{len(files.ignored)}个文件不是填报表。",
        bold=True,
    )
    for rejected in files.rejected:
        yield click.style(f"  {_refused(rejected.code)} {rejected.path}：{rejected.note}", fg="red")
    for path, by in files.superseded:
        yield f"  不计入 {path}：同一单位以 {by} 为准"
    for ignored in files.ignored:
        yield f"  略过 {ignored.path}：{ignored.note}"


def status_lines(status: Status) -> Iterator[str]:
    """The state of the round: five numbers, names, flags, next steps."""
    yield from count_lines(status)
    for step in status.next_steps:
        yield f"  → {step}"


def count_lines(status: Status) -> Iterator[str]:
    """The state of the round in numbers and names."""
    yield (
        f"应报{status.expected}个单位，已报{status.received}，未收到{len(status.missing)}，迟报{len(status.late)}"
        f"（轮次 {status.round}，{status.as_of}）"
    )
    if status.missing:
        yield f"  未收到：{listed(status.missing)}"
    if status.late:
        yield f"  迟报：{listed(status.late)}"
    flags = "　".join(f"{name}{count}" for name, count in status.flags.items() if count)
    yield f"  预警：{flags or '没有'}"


def sendback_lines(result: SendbackResult) -> Iterator[str]:
    """How many forms went back and to whom, and what is to be told in another way."""
    from eduxl.tracker.sendback import told_school

    if result.sent:
        yield click.style(
            f"已写{len(result.sent)}份退回单到 {result.sent[0].path.parent}，请发给这些单位：", bold=True
        )
    elif result.clean:
        yield f"轮次 {result.round} 收到的填报没有要改的，没有写退回单。"
    elif result.silent:
        yield f"轮次 {result.round} 还没有可退回的填报，没有写退回单。先把收到的汇总：点“汇总”，或运行 eduxl merge 文件夹"
    else:
        yield f"轮次 {result.round} 没有要这个单位填报的任务，没有写退回单。"
    for sent in result.sent:
        check = f"，请核对{sent.mends - sent.must}处" if sent.mends > sent.must else ""
        must = f"必须改{sent.must}处" if sent.must else ""
        yield f"  {sent.unit.code} {sent.unit.name}：{(must + check).removeprefix('，')}"
    if result.sent and result.clean:
        yield f"另有{len(result.clean)}个单位没有要改的。"
    if result.silent:
        names = listed(f"{unit.code} {unit.name}" for unit in result.silent)
        yield f"没有收到能用的填报表，不写退回单：{names}"
    for rejected in result.rejected:
        word, said = _refused(rejected.code), told_school(rejected)
        yield click.style(f"  {word} {rejected.path}，请直接告诉学校：{said}", fg="red")


def undo_lines(result: UndoResult) -> Iterator[str]:
    """Which merge was taken back, what the workbook is now, and what became of decisions made since."""
    undo, backup = result.undo, result.backup
    yield click.style(f"已撤销{undo.summary}。", bold=True)
    yield f"  不再计入：{listed(undo.files)}。原件还在记录文件夹里，同样的文件可以再汇总一次。"
    kept = f"；撤销前的存在 {backup}" if backup else ""
    if result.whole:
        yield f"  总台账已换回这次汇总以前的，一字不差{kept}。"
    else:
        yield f"  这次汇总以前的总台账，备份已经不在或被改过，所以按记录重新生成{kept}。"
    if undo.withdrawn:
        rows = listed(f"{unit} 任务{task}" for unit, task in undo.withdrawn)
        yield f"  对这些填报的审核一并撤销：{rows}。"
    if undo.kept:
        later = "，换回的总台账里暂时看不到，下次汇总时写进去" if result.whole else ""
        yield f"  汇总以后您另外填的{undo.kept}处仍然有效{later}。"


def history_lines(steps: Iterable[Step], *, every_file: bool = False) -> Iterator[str]:
    """A line for each step, then the files of a merge; without `every_file` only the first ones."""
    for step in steps:
        who = step.who or "—"
        when = f"{step.recorded:%Y-%m-%d %H:%M}" if step.recorded else "—"
        undone = f"（{L.UNDONE}）" if step.undone else ""
        yield (
            click.style(f"{step.as_of}  {step.command}", bold=True)
            + f"　{step.summary}{undone}　"
            + click.style(f"{who}  {when}", dim=True)
        )
        shown = step.files if every_file else step.files[:_SHOWN]
        for booked in shown:
            yield f"    {_booked_line(booked)}"
        if len(shown) < len(step.files):
            yield f"    ……等{len(step.files)}个，加 --files 全部列出"


def _booked_line(booked: Booked) -> str:
    if booked.outcome == "rejected":
        return f"{booked.path}　{_refused(booked.code)}：{booked.note}"
    return f"{booked.path}　{listed(booked.units)}" if booked.units else f"{booked.path}　内容已经收过的副本"


def check_lines(checked: Checked) -> Iterator[str]:
    """What was understood of each file."""
    for item in checked.files:
        if item.rejected:
            yield click.style(f"{item.path}：没读懂。{item.rejected.note}", fg="red")
            continue
        answered = sum(not entry.is_empty for entry in item.entries)
        yield click.style(
            f"{item.path}：{item.unit or '单位不明'}，轮次{item.round or '不明'}，"
            f"{len(item.entries)}行任务，{answered}行有内容，{len(item.warnings)}处提醒",
            bold=True,
        )
        for entry in item.entries:
            progress = "" if entry.progress is None else f" {entry.progress:g}%"
            done = f" {entry.done_on}完成" if entry.done_on else ""
            problem = f"　问题：{entry.problems[:30]}" if entry.problems else ""
            yield f"  任务{entry.task}：{entry.status or '（空）'}{progress}{done} {entry.report[:30]}{problem}"
        for warning in item.warnings:
            yield click.style(f"  {warning.cell} {warning.note}{warning.fix}", fg="yellow")
    if not checked.files and not checked.ignored:
        yield "文件夹是空的，没有可看的文件。请核对是不是放错了地方。"
    for ignored in checked.ignored:
        yield f"略过 {ignored.path}：{ignored.note}"
