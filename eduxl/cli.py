"""The command `eduxl`: parses, calls one library function, prints. No logic lives here.

Heavy modules are imported inside the commands, so that `eduxl --help` answers at once.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from eduxl import __version__
from eduxl.cli_addin import button
from eduxl.cli_doctor import addin, doctor, shortcut
from eduxl.cli_mail import mail
from eduxl.cli_mailroom import fetch, remind, send
from eduxl.console import DATE, REJECTED, Commands, progress

if TYPE_CHECKING:
    from eduxl.tracker.tracker import Tracker

_PATH = click.Path(path_type=Path)
_FILE, _FOLDER, _ROUND, _UNIT = "文件", "文件夹", "轮次", "单位"
_AS_OF = click.option("--as-of", type=DATE, metavar="日期", help="按这一天办理和计算（默认今天）。")
_MASTER = click.option(
    "-m", "--master", type=_PATH, metavar=_FILE, help="总台账文件（默认当前文件夹里唯一的一个）。"
)
_JSON = click.option("--json", "as_json", is_flag=True, help="只输出一份 JSON。")


def _tracker(master: Path | None) -> Tracker:
    from eduxl.tracker.tracker import Tracker

    return Tracker.open(master) if master else Tracker.find()


def _print_json(data: Any) -> None:
    from eduxl.console import json_text

    click.echo(json_text(data))


def _say(lines: list[str] | tuple[str, ...]) -> None:
    for line in lines:
        click.echo(line, err=True)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="eduxl", message="%(prog)s %(version)s")
def main() -> None:
    """县教育局年度工作要点台账：建台账、发模板、收填报、汇总、预警。

    \b
    一年的办法：
      eduxl roster new 名册.xlsx                      填好单位名册
      eduxl plan 工作要点.docx -o 计划.xlsx           核对任务、责任单位、时限
      eduxl master 计划.xlsx --roster 名册.xlsx       建总台账
      eduxl round open 2022-06 --due 2022-06-25       开启一轮填报
      eduxl templates                                 给每个单位一份填报表
      eduxl merge 收回的文件夹                        汇总
      eduxl sendback                                  有问题的退回去改
      eduxl status                                    看谁没报、什么逾期
      eduxl undo                                      汇总错了，撤销
      eduxl round close                               结束这一轮

    出错时加 --debug 可看到技术细节。想先看看效果：eduxl demo
    """


@main.command()
@click.argument("folder", type=_PATH, required=False, metavar="[文件夹]")
def demo(folder: Path | None) -> None:
    """用自带的样例计划和名册演示完整的填报过程。

    在指定的文件夹（默认“民乐县2022”）里建台账、开轮次、发模板、代各校填表、分批汇总，最后说明该打开哪个文件。

    \b
    例：
      eduxl demo
      eduxl demo 演示
    """
    from eduxl.demo import run

    run(folder or Path("民乐县2022"), click.echo)


@main.command()
@click.argument("file", type=_PATH, metavar=_FILE)
@click.option("-o", "--output", type=_PATH, metavar=_FILE, help="写成计划工作簿，供核对修改。")
@click.option("--roster", type=_PATH, metavar=_FILE, help="按这份名册列出每项任务落实到哪些单位。")
@click.option("--diff", "old", type=_PATH, metavar="原计划", help="和原来的计划比较，列出改了什么。")
@_JSON
def plan(file: Path, output: Path | None, roster: Path | None, old: Path | None, as_json: bool) -> None:
    """读工作要点，列出工程、任务、责任单位、时限和待确认的地方。

    加 --diff 时只列出这份计划和原计划的不同：新增、取消、改编号、改名、改单位、改时限、改内容的任务。

    \b
    例：
      eduxl plan 工作要点.txt
      eduxl plan 工作要点.docx -o 计划.xlsx --roster 名册.xlsx
      eduxl plan 调整后的要点.docx --diff 计划.xlsx
    """
    if old and roster:
        raise click.UsageError("--diff 只比较两份计划，不能和 --roster 一起用。")
    from eduxl.plan import plan_to_json, read_plan, write_plan_workbook
    from eduxl.summary import diff_lines, plan_lines

    found = read_plan(file)
    expansion = choices = None
    if roster:
        from eduxl.roster import expand, read_roster
        from eduxl.roster.expand import unit_choices, with_questions

        units = read_roster(roster)
        expansion, choices = expand(found, units), unit_choices(units)
        found = with_questions(found, expansion)
    if old:
        from eduxl.plan.diff import diff, diff_to_json

        revision = diff(read_plan(old), found)
        data, lines = diff_to_json(revision), diff_lines(revision)
    else:
        data, lines = plan_to_json(found), plan_lines(found, expansion)
    if output:
        write_plan_workbook(
            found,
            output,
            choices=choices,
            expansion=expansion.lines if expansion else None,
        )
    if as_json:
        _print_json(data)
        return
    for line in lines:
        click.echo(line)
    if output:
        click.echo(f"已写入 {output}，请打开核对；改好后可直接用它建台账。")


@main.group()
def roster() -> None:
    """单位名册：新建、检查。"""


@roster.command("new")
@click.argument("file", type=_PATH, metavar=_FILE)
def roster_new(file: Path) -> None:
    """写一份空白名册，带下拉选项和填写说明。

    \b
    例：
      eduxl roster new 名册.xlsx
    """
    from eduxl.roster import new_roster

    new_roster(file)
    click.echo(f"已写入 {file}。填好单位后用“eduxl roster check {file}”检查。")


@roster.command("check")
@click.argument("file", type=_PATH, metavar=_FILE)
@_JSON
def roster_check(file: Path, as_json: bool) -> int:
    """一次找出名册里的全部问题，逐条给出位置和改法。

    \b
    例：
      eduxl roster check 名册.xlsx
    """
    from eduxl.roster import check_roster
    from eduxl.roster import read_roster as read

    findings = check_roster(file)
    errors = sum(finding.level == "error" for finding in findings)
    if as_json:
        _print_json(
            {
                "findings": [
                    {
                        "level": f.level,
                        "code": f.code,
                        "cell": f.cell,
                        "value": f.value,
                        "note": f.message,
                        "fix": f.fix,
                    }
                    for f in findings
                ]
            }
        )
        return 1 if errors else 0
    for f in findings:
        click.echo(f"{'错误' if f.level == 'error' else '提醒'}  {f.cell}  {f.message}。{f.fix}")
    if errors:
        click.echo(f"共{errors}处错误、{len(findings) - errors}处提醒，改好错误后才能使用。")
        return 1
    click.echo(f"名册可用：{len(read(file).units)}个单位，{len(findings)}处提醒。")
    return 0


@main.command()
@click.argument("plan", type=_PATH, metavar="[计划]", required=False)
@click.option("--update", type=_PATH, metavar="新计划", help="把已有的台账换成调整后的计划。")
@click.option("--restore", is_flag=True, help="总台账文件不见了：按记录文件夹重新生成。")
@click.option("--roster", "roster_file", type=_PATH, metavar=_FILE, help="单位名册。")
@click.option("-o", "--output", type=_PATH, metavar=_FILE, help="总台账的文件名（默认 总台账.xlsm）。")
@_MASTER
@_AS_OF
def master(
    plan: Path | None,
    update: Path | None,
    restore: bool,
    roster_file: Path | None,
    output: Path | None,
    master: Path | None,
    as_of: date | None,
) -> None:
    """由计划和名册建总台账；不给计划时，用 --as-of 另存某一天的总台账，或用 --update 换计划、--restore 找回总台账。

    \b
    例：
      eduxl master 计划.xlsx --roster 名册.xlsx
      eduxl master 工作要点.txt --roster 名册.xlsx -o 总台账.xlsx
      eduxl master --as-of 2022-06-30 -o 六月底.xlsx
      eduxl master --update 调整后的计划.xlsx
      eduxl master --restore
    """
    from eduxl.labels import MASTER_NAME
    from eduxl.summary import created_lines, expansion_lines, revision_lines

    if restore:
        if plan or update or roster_file or output:
            raise click.UsageError("--restore 只按记录重新生成总台账，只能和 -m、--as-of 一起用。")
        tracker = _tracker(master)
        place = tracker.restore(as_of=as_of)
        _say(tracker.notes)
        click.echo(f"已按记录重新生成 {place}。您在原来的总台账里自己加的列、工作表和批注不在里面。")
        return
    if update:
        if plan or roster_file or output:
            raise click.UsageError("--update 只换计划，只能和 -m、--as-of 一起用。")
        from eduxl.plan import read_plan as read

        tracker = _tracker(master)
        revision = tracker.update_plan(read(update), as_of=as_of)
        _say(tracker.notes)
        open_now = next((r.id for r in tracker.rounds() if not r.closed), "")
        for line in revision_lines(revision, tracker.roster(), open_now):
            click.echo(line)
        return
    if plan is None:
        if roster_file or not (as_of and output):
            raise click.UsageError("建台账要给出计划和 --roster；另存某一天的总台账要给出 --as-of 和 -o。")
        existing = _tracker(master)
        written = existing.write_as_of(as_of, output)
        _say(existing.notes)
        click.echo(f"已写入 {written}：{as_of}当天的总台账。")
        return
    if roster_file is None:
        raise click.UsageError("缺少 --roster 名册.xlsx。")
    if master is not None:
        raise click.UsageError("新建台账用 -o 指定文件名，-m 只用于已有的台账。")
    from eduxl.plan import read_plan
    from eduxl.roster import expand, read_roster
    from eduxl.tracker.tracker import Tracker

    found, units = read_plan(plan), read_roster(roster_file)
    tracker = Tracker.create(found, units, output or Path(MASTER_NAME), as_of=as_of)
    for line in expansion_lines(found, expand(found, units)):
        click.echo(line)
    click.echo(f"已建总台账 {tracker.path}（记录文件夹 {tracker.memory.name} 请和它放在一起）。")
    for line in created_lines(found, expand(found, units), tracker.path.name, tracker.memory.name):
        click.echo(line)
    day = as_of or date.today()
    click.echo(f"下一步：eduxl round open {day:%Y-%m} --due {day:%Y-%m}-25")


@main.group("round")
def round_() -> None:
    """填报轮次：开启、结束、列出。"""


@round_.command("open")
@click.argument("round_id", metavar="轮次")
@click.option("--due", type=DATE, required=True, metavar="日期", help="填报截止日期。")
@_MASTER
@_AS_OF
def round_open(round_id: str, due: date, master: Path | None, as_of: date | None) -> None:
    """开启一轮填报；上一轮没有结束的，同时结束。

    \b
    例：
      eduxl round open 2022-06 --due 2022-06-25
    """
    tracker = _tracker(master)
    opened = tracker.open_round(round_id, due, as_of=as_of)
    _say(tracker.notes)
    click.echo(f"轮次 {opened.id} 正在填报，截止{opened.due}。下一步：eduxl templates")


@round_.command("close")
@_MASTER
@_AS_OF
def round_close(master: Path | None, as_of: date | None) -> None:
    """结束当前轮次，明细转入“历次明细”。

    \b
    例：
      eduxl round close
    """
    tracker = _tracker(master)
    closed = tracker.close_round(as_of=as_of)
    _say(tracker.notes)
    click.echo(f"轮次 {closed.id} 已结束，明细已转入“历次明细”；以后交来的不再计入这一轮。")


@round_.command("list")
@_MASTER
@_JSON
def round_list(master: Path | None, as_json: bool) -> None:
    """列出全部轮次。

    \b
    例：
      eduxl round list
    """
    rounds = _tracker(master).rounds()
    if as_json:
        _print_json(
            {
                "rounds": [
                    {
                        "id": r.id,
                        "due": r.due.isoformat(),
                        "opened": r.opened.isoformat(),
                        "closed": r.closed.isoformat() if r.closed else None,
                    }
                    for r in rounds
                ]
            }
        )
        return
    if not rounds:
        click.echo("还没有轮次。开启：eduxl round open 2022-06 --due 2022-06-25")
    for r in rounds:
        state = f"{r.closed}结束" if r.closed else "正在填报"
        click.echo(f"{r.id}  {r.opened}开启  截止{r.due}  {state}")


@main.command()
@_MASTER
@click.option("--round", "round_id", metavar=_ROUND, help="轮次（默认正在填报的一轮）。")
@click.option("-o", "--output", type=_PATH, metavar=_FOLDER, help="写到这个文件夹（默认 templates/轮次）。")
@click.option(
    "--unit", "units", multiple=True, metavar=_UNIT, help="只写这个单位（编码或名称，可多次给出）。"
)
@_AS_OF
def templates(
    master: Path | None, round_id: str | None, output: Path | None, units: tuple[str, ...], as_of: date | None
) -> None:
    """给每个单位写一份填报表，文件名为“单位编码_单位名称_轮次.xlsx”。

    \b
    例：
      eduxl templates
      eduxl templates --unit 民乐一中 -o 补发
    """
    with progress("生成模板") as step:
        tracker = _tracker(master)
        written = tracker.write_templates(output, round_id=round_id, units=units, as_of=as_of, progress=step)
    _say(tracker.notes)
    click.echo(f"已写{len(written)}份填报表到 {written[0].parent}，请发给各单位。")


@main.command()
@click.argument("files", type=_PATH, nargs=-1, required=True, metavar="文件…")
@click.option("--roster", type=_PATH, metavar=_FILE, help="按这份名册认单位。")
@_JSON
def check(files: tuple[Path, ...], roster: Path | None, as_json: bool) -> int:
    """看看 eduxl 从收回的填报表里读懂了什么，不需要台账，什么也不写。

    \b
    例：
      eduxl check S001_民乐一中_2022-06.xlsx
      eduxl check 收回的文件夹 --json
    """
    from eduxl.returns.check import check_files, check_to_json
    from eduxl.roster import read_roster
    from eduxl.summary import check_lines

    checked = check_files(list(files), read_roster(roster) if roster else None)
    if as_json:
        _print_json(check_to_json(checked))
    else:
        for line in check_lines(checked):
            click.echo(line)
    return REJECTED if any(item.rejected for item in checked.files) else 0


@main.command()
@click.argument("folders", type=_PATH, nargs=-1, metavar="[文件夹…]")
@_MASTER
@click.option("--round", "round_id", metavar=_ROUND, help="轮次（默认正在填报的一轮）。")
@_AS_OF
@click.option("--received", type=DATE, metavar="日期", help="收到日期（默认用各文件自己的时间）。")
@click.option("--dry-run", is_flag=True, help="只看结果，什么也不写。")
@click.option("--fetch", "by_mail", is_flag=True, help="先从邮箱收取，再汇总。")
@click.option("--ack", is_flag=True, help="汇总以后，给用邮件报来的单位回信：已收到，几项需补正。")
@click.option("--no-throttle", is_flag=True, help="回信时不按邮箱种类限制快慢。")
@_JSON
def merge(
    folders: tuple[Path, ...],
    master: Path | None,
    round_id: str | None,
    as_of: date | None,
    received: date | None,
    dry_run: bool,
    by_mail: bool,
    ack: bool,
    no_throttle: bool,
    as_json: bool,
) -> int:
    """汇总收回的填报表（文件或文件夹，默认 returns/轮次）。重复汇总同样的文件不会有任何变化。

    有文件没有读懂时退出码为 3，其余照常汇总。

    \b
    例：
      eduxl merge 收回的文件夹
      eduxl merge --fetch --ack
      eduxl merge returns/2022-06 --as-of 2022-06-30 --json
    """
    if dry_run and (by_mail or ack):
        raise click.UsageError("--dry-run 不能和 --fetch、--ack 一起用。")
    from eduxl.tracker.place import master_at, master_in
    from eduxl.tracker.receipt import Question, recall

    fine = True
    if by_mail:
        from eduxl.cli_mailroom import fetched

        fine = fetched(master)
    path = master_at(master) if master else master_in(Path())
    day, pinned = as_of or date.today(), as_of is not None
    said = None
    if not dry_run:
        said = recall(Question(path, folders, round_id, received, day, pinned))
    with progress("汇总") as step:
        if said and step and said.read:
            step(said.read, said.read)
        if said is None:
            from eduxl.summary import merge_said
            from eduxl.tracker.tracker import Tracker

            tracker = Tracker(path)
            result = tracker.merge(
                folders or [tracker.default_returns(round_id)],
                round_id=round_id,
                as_of=as_of,
                received=received,
                dry_run=dry_run,
                progress=step,
            )
            said = merge_said(result, tracker.notes, dry_run=dry_run)
    _say(said.notes)
    if as_json:
        _print_json(said.data)
    else:
        for line in said.lines:
            click.echo(line)
    if ack:
        from eduxl.cli_mailroom import answered

        fine = answered(master, pace=not no_throttle) and fine
    return said.code if fine else REJECTED


@main.command()
@_MASTER
@_AS_OF
def undo(master: Path | None, as_of: date | None) -> None:
    """撤销最近一次汇总：总台账换回汇总以前的，一字不差，同样的文件可以再汇总。再撤销一次，就再退一次汇总。

    汇总以后结束了轮次、换了计划的，不能再撤销。收到的原件、撤销前的总台账都留着。

    \b
    例：
      eduxl undo
    """
    from eduxl.summary import undo_lines

    tracker = _tracker(master)
    result = tracker.undo(as_of=as_of)
    _say(tracker.notes)
    for line in undo_lines(result):
        click.echo(line)


@main.command()
@_MASTER
@click.option("--files", "every_file", is_flag=True, help="列出每次汇总的全部文件。")
@click.option("--as-of", type=DATE, metavar="日期", help="只列到这一天为止办理的。")
@_JSON
def history(master: Path | None, every_file: bool, as_of: date | None, as_json: bool) -> None:
    """谁在什么时候办了什么，汇总了哪些文件，最近的在最前。

    最前面的日期是办理日期（--as-of），后面是电脑的用户名、电脑名和当时的时间。

    \b
    例：
      eduxl history
      eduxl history --files
    """
    from eduxl.summary import history_lines

    steps = _tracker(master).history(as_of=as_of)
    if as_json:
        _print_json({"events": [step.to_json() for step in steps]})
        return
    for line in history_lines(steps, every_file=every_file):
        click.echo(line)


@main.command()
@_MASTER
@click.option("--round", "round_id", metavar=_ROUND, help="轮次（默认正在填报的一轮）。")
@click.option(
    "--unit", "units", multiple=True, metavar=_UNIT, help="只写这个单位（编码或名称，可多次给出）。"
)
@click.option("-o", "--output", type=_PATH, metavar=_FOLDER, help="写到这个文件夹（默认 sendback/轮次）。")
@_AS_OF
def sendback(
    master: Path | None, round_id: str | None, units: tuple[str, ...], output: Path | None, as_of: date | None
) -> None:
    """给填报有问题的单位各写一份退回单：原来填的都在，要改的格涂了颜色，批注写明哪里不对、怎么改。

    漏填、读不懂、互相矛盾、雷同、被审核退回的都算。文件名为“单位编码_单位名称_轮次_退回.xlsx”，改好发回后照常汇总。

    \b
    例：
      eduxl sendback
      eduxl sendback --unit 民乐一中 -o 退回
    """
    from eduxl.summary import sendback_lines

    with progress("写退回单") as step:
        tracker = _tracker(master)
        result = tracker.write_sendback(output, round_id=round_id, units=units, as_of=as_of, progress=step)
    _say(tracker.notes)
    for line in sendback_lines(result):
        click.echo(line)


@main.command()
@_MASTER
@_AS_OF
@_JSON
def status(master: Path | None, as_of: date | None, as_json: bool) -> None:
    """当前轮次谁报了、谁没报、有哪些预警。

    \b
    例：
      eduxl status
      eduxl status --as-of 2022-06-30 --json
    """
    from eduxl.summary import status_lines

    tracker = _tracker(master)
    found = tracker.status(as_of=as_of)
    _say(tracker.notes)
    if as_json:
        _print_json(found.to_json())
        return
    for line in status_lines(found):
        click.echo(line)


for command in (mail, send, remind, fetch, button, addin, shortcut, doctor):
    main.add_command(command)
