"""`eduxl remind`. Parses and calls, as in `eduxl.cli`."""

from __future__ import annotations

from pathlib import Path

import click

from eduxl.console import REJECTED, Command, progress

#: The words of `eduxl.mail.owing`, which is not imported for a help page.
KINDS = ("未报", "退回")


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
@click.option("--json", "as_json", is_flag=True, help="只输出一份 JSON。")
@click.option(
    "-m",
    "--master",
    type=click.Path(path_type=Path),
    metavar="文件",
    help="总台账文件（默认当前文件夹里唯一的一个）。",
)
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
    同一个单位同一天只催一次。已经报了的不会收到。

    加 --text 不发邮件：列出可以粘贴到微信群、QQ群的话，和按学区排的电话名单（邮件到不了的排在最前面），
    同时写在总台账的“催报”表里，以后每次办理都会更新。

    \b
    例：
      eduxl remind
      eduxl remind --kind 退回 --dry-run
      eduxl remind --unit 民乐县第一中学
      eduxl remind --text
    """
    from eduxl.mail.mailroom import Mailroom
    from eduxl.mail.said import send_lines
    from eduxl.tracker.tracker import Tracker

    tracker = Tracker.open(master) if master else Tracker.find()
    told: list[str] = []

    def tell(sentence: str) -> None:
        told.append(sentence)
        click.echo(sentence, err=True)

    room = Mailroom(tracker, tell=tell)
    kinds = (kind,) if kind else KINDS
    if text:
        found = room.whom_to_call(kinds=kinds, units=units, dry_run=dry_run)
        _show(found.to_json(), [found.text, "", *found.lines()], room.notes, as_json)
        return 0
    with progress("发送催报") as step:
        result = room.remind(kinds=kinds, units=units, dry_run=dry_run, pace=not no_throttle, progress=step)
    notes = [note for note in room.notes if note not in told]
    _show(result.to_json(), send_lines(result, dry_run=dry_run, what="催报"), notes, as_json)
    return 0 if result.is_clean else REJECTED


def _show(data: object, lines: list[str], notes: list[str], as_json: bool) -> None:
    import json

    for line in [json.dumps(data, ensure_ascii=False, indent=2)] if as_json else lines:
        click.echo(line)
    for note in notes:
        click.echo(note, err=True)
