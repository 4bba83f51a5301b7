"""`eduxl button`: what the macros start, see docs/addin.md. Parses and calls, as in `eduxl.cli`."""

from __future__ import annotations

from pathlib import Path

import click

from eduxl.console import Command

#: The words of `eduxl.addin.buttons`, which is not imported for a help page.
ACTIONS = (
    "merge", "templates", "send", "fetch", "remind", "refresh", "report", "doctor", "new", "sendbacks", "help",
)  # fmt: skip
_PATH = click.Path(path_type=Path)


@click.command(cls=Command)
@click.argument("action", type=click.Choice(ACTIONS), metavar="按钮")
@click.argument("file", type=_PATH, required=False, metavar="[总台账]")
@click.argument("folders", type=_PATH, nargs=-1, metavar="[文件夹…]")
@click.option("--reopen", is_flag=True, help="等工作簿关闭后再办，办完重新打开（由宏使用）。")
@click.option("--host", type=click.Choice(["excel"]), help="在打开着总台账的 Excel 里办（由宏使用）。")
@click.option("--hwnd", type=int, default=0, metavar="窗口", help="那个 Excel 的窗口号（由宏使用）。")
def button(
    action: str, file: Path | None, folders: tuple[Path, ...], reopen: bool, host: str | None, hwnd: int
) -> None:
    """办总台账里一个按钮的事，用消息框说明结果。没有宏的电脑上，可以用它代替按钮。

    按钮是 merge（汇总）、templates（生成模板）、send（发送模板）、fetch（收取邮件）、remind（催报）、refresh（刷新预警）、
    report（生成通报）、doctor（检查环境）、new（新建台账）、sendbacks（打开退回单）、help（帮助）。
    汇总可以写上收回的文件在哪里，默认是总台账旁边的 returns/轮次。

    \b
    例：
      eduxl button merge 总台账.xlsm
      eduxl button merge 总台账.xlsm 收回的文件夹
      eduxl button new
    """
    if folders and action != "merge":
        raise click.UsageError("只有汇总（merge）可以写上收回的文件夹。")
    path = file.absolute() if file else None
    if host:
        if reopen or folders:
            raise click.UsageError("--host 不能和 --reopen、文件夹一起用。")
        from eduxl.addin.open_desk import open_desk
        from eduxl.addin.press import press_open

        press_open(action, path, hwnd, open_desk)
        return
    from eduxl.addin.press import press_file

    press_file(action, path, folders, reopen=reopen)
