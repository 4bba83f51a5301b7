"""`eduxl send`, `remind` and `fetch`: templates and reminders out, returns in. Parses and calls, as in `eduxl.cli`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from eduxl.console import DATE, REJECTED, Command, json_text, progress

if TYPE_CHECKING:
    from datetime import date

    from eduxl.mail.mailroom import Mailroom

#: The words of `eduxl.mail.owing`, which is not imported for a help page.
KINDS = ("未报", "退回")

_PATH = click.Path(path_type=Path)
MASTER = click.option(
    "-m", "--master", type=_PATH, metavar="文件", help="总台账文件（默认当前文件夹里唯一的一个）。"
)
ROUND = click.option("--round", "round_id", metavar="轮次", help="轮次（默认正在填报的一轮）。")
UNITS = click.option(
    "--unit", "units", multiple=True, metavar="单位", help="只发这个单位（编码或名称，可多次给出）。"
)
DRY_RUN = click.option("--dry-run", is_flag=True, help="不发，只列出要发给谁，邮件写到“发件预览”文件夹。")
NO_THROTTLE = click.option("--no-throttle", is_flag=True, help="不按邮箱种类限制发送的快慢。")
JSON = click.option("--json", "as_json", is_flag=True, help="只输出一份 JSON。")


def mailroom(master: Path | None) -> Mailroom:
    """The mailroom of the tracker that is meant; it says at once why it pauses."""
    from eduxl.mail.mailroom import Mailroom
    from eduxl.tracker.tracker import Tracker

    tracker = Tracker.open(master) if master else Tracker.find()
    return Mailroom(tracker, tell=lambda sentence: click.echo(sentence, err=True))


def told(room: Mailroom, result: Any, as_json: bool, lines: list[str]) -> None:
    """Print a result: as one JSON document, or as lines."""
    for note in room.notes:
        click.echo(note, err=True)
    if as_json:
        click.echo(json_text(result.to_json()))
        return
    for line in lines:
        click.echo(line)


def fetched(master: Path | None) -> bool:
    """`merge --fetch`: fetch, and tell it beside what the merge says; False where not all mails could be looked at."""
    from eduxl.mail.said import fetch_lines

    room = mailroom(master)
    with progress("收取邮件") as step:
        result = room.fetch(progress=step)
    for line in (*room.notes, *fetch_lines(result)):
        click.echo(line, err=True)
    return result.interrupted is None


def answered(master: Path | None, *, pace: bool) -> bool:
    """`merge --ack`: answer, and tell it beside what the merge says; False where some answer did not go out."""
    from eduxl.mail.said import send_lines

    room = mailroom(master)
    with progress("回复") as step:
        result = room.acknowledge(pace=pace, progress=step)
    for line in (*room.notes, *send_lines(result, what="回执")):
        click.echo(line, err=True)
    return result.is_clean


@click.command(cls=Command)
@click.argument("folder", type=_PATH, required=False, metavar="[文件夹]")
@MASTER
@ROUND
@UNITS
@click.option(
    "--to", "place", type=_PATH, metavar="文件夹", help="不发邮件，放进这个文件夹（U 盘、QQ群、钉钉用）。"
)
@click.option("--again", is_flag=True, help="给 --unit 写明的单位再发一次，发过的也发。")
@DRY_RUN
@NO_THROTTLE
@JSON
def send(
    folder: Path | None,
    master: Path | None,
    round_id: str | None,
    units: tuple[str, ...],
    place: Path | None,
    again: bool,
    dry_run: bool,
    no_throttle: bool,
    as_json: bool,
) -> int:
    """用邮件把填报表发给各单位，每个单位一封，地址取自“单位名册”。

    默认发 templates/轮次 里的模板。断了再运行一次就接着发，已发的不会重发；不能确定对方收到没有的，列出来由您决定。
    先用 --dry-run 看看要发给谁。邮件的文字在“邮件文字”文件夹里，可以改。有没发成或不能确定的，退出码为 3。

    不用邮件的，用 --to 放进一个文件夹：按学区分好，没有邮箱的单位也在内，另有签收用的“发放名单”和发群里的话。
    放过的就算发过，以后不再发。

    \b
    例：
      eduxl send --dry-run
      eduxl send
      eduxl send --unit 民乐一中 --again
      eduxl send --to E:/2022-06填报表
    """
    if again and not units:
        raise click.UsageError("--again 要和 --unit 一起用，写明给哪个单位再发一次。")
    from eduxl.mail.said import hand_out_lines, send_lines

    room = mailroom(master)
    if place:
        with progress("放填报表") as step:
            result = room.hand_out(
                place, folder, round_id=round_id, units=units, dry_run=dry_run, progress=step
            )
        told(room, result, as_json, hand_out_lines(result, place, dry_run=dry_run))
        return 0 if result.is_clean else REJECTED
    with progress("发送邮件") as step:
        result = room.send(
            folder,
            round_id=round_id,
            units=units,
            dry_run=dry_run,
            again=again,
            pace=not no_throttle,
            progress=step,
        )
    told(room, result, as_json, send_lines(result, dry_run=dry_run))
    return 0 if result.is_clean else REJECTED


def _kind(ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:
    if value is not None and value not in KINDS:
        raise click.BadParameter(f"--kind 只能是 {'、'.join(KINDS)}，现在是“{value}”。", ctx, param)
    return value


@click.command(cls=Command)
@click.option("--kind", metavar="种类", callback=_kind, help="只催未报的，或只催退回待改的（默认两种都催）。")
@click.option("--unit", "units", multiple=True, metavar="单位", help="只催这个单位，可重复。")
@click.option("--text", is_flag=True, help="不发邮件：列出发到微信群、QQ群的话和打电话的名单。")
@click.option("--dry-run", is_flag=True, help="只看要发什么：邮件写到“发件预览”文件夹，一封也不发。")
@click.option("--no-throttle", is_flag=True, help="不限发送速度（自己的邮件服务器用）。")
@JSON
@MASTER
def remind(
    kind: str | None,
    units: tuple[str, ...],
    text: bool,
    dry_run: bool,
    no_throttle: bool,
    as_json: bool,
    master: Path | None,
) -> int:
    """催报：给还没有报、或退回还没有改好的单位发邮件。

    未报的附上填报模板，退回的附上退回单（写在 sendback/轮次）。邮件里写明截止日期和这是第几次，第三次起措辞更重；
    同一件事，同一个单位同一天只催一次。已经报了的不会收到。

    加 --text 不发邮件：列出可以粘贴到微信群、QQ群的话，和按学区排的电话名单（邮件到不了的排在最前面），
    同时写在总台账的“催报”表里，以后每次办理都会更新。

    \b
    例：
      eduxl remind
      eduxl remind --kind 退回 --dry-run
      eduxl remind --unit 民乐县第一中学
      eduxl remind --text
    """
    from eduxl.mail.said import send_lines

    room = mailroom(master)
    kinds = (kind,) if kind else KINDS
    if text:
        found = room.whom_to_call(kinds=kinds, units=units, dry_run=dry_run)
        told(room, found, as_json, [found.text, "", *found.lines()])
        return 0
    with progress("发送催报") as step:
        result = room.remind(kinds=kinds, units=units, dry_run=dry_run, pace=not no_throttle, progress=step)
    told(room, result, as_json, send_lines(result, dry_run=dry_run, what="催报"))
    return 0 if result.is_clean else REJECTED


@click.command(cls=Command)
@MASTER
@click.option("--since", type=DATE, metavar="日期", help="收这一天以来的邮件（默认从轮次开启那天起）。")
@click.option("--mark-seen", is_flag=True, help="把收下的邮件标为已读（默认邮箱里什么也不动）。")
@click.option(
    "--from",
    "place",
    type=_PATH,
    metavar="文件夹",
    help="不收邮件，收这个文件夹里的（U 盘、QQ群下载的文件）。",
)
@JSON
def fetch(master: Path | None, since: date | None, mark_seen: bool, place: Path | None, as_json: bool) -> int:
    """从邮箱收取各单位报来的填报表，放进 returns/轮次，再用 eduxl merge 汇总。

    已读、未读的都看，收过的不重复收；邮箱里的邮件不删、不动。没有填报表的邮件列出主题、发件人和原因。
    连接断了，没有收完的，退出码为 3，再运行一次就接着收。

    不用邮件的，用 --from 收一个文件夹里的文件：原来的文件不动，文件的修改时间就是收到的时间。

    \b
    例：
      eduxl fetch
      eduxl fetch --from E:/报来的表
      eduxl fetch --since 2022-06-20
      eduxl merge --fetch
    """
    from eduxl.mail.said import fetch_lines, take_in_lines

    if place and (since or mark_seen):
        raise click.UsageError("--from 收的是文件夹，不能和 --since、--mark-seen 一起用。")
    room = mailroom(master)
    if place:
        with progress("收取文件") as step:
            result = room.take_in(place, progress=step)
        told(room, result, as_json, take_in_lines(result))
        return 0 if result.interrupted is None else REJECTED
    with progress("收取邮件") as step:
        result = room.fetch(since=since, mark_seen=mark_seen, progress=step)
    told(room, result, as_json, fetch_lines(result))
    return 0 if result.interrupted is None else REJECTED
