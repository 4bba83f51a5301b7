"""The commands about the computer: `doctor`, `addin`, `shortcut`. Parses, calls one function, prints."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from eduxl.console import FAILED, Command, Commands, json_text

_MASTER = click.option(
    "-m",
    "--master",
    type=click.Path(path_type=Path),
    metavar="文件",
    help="总台账文件（默认当前文件夹里唯一的一个）。",
)


@click.command(cls=Command)
@_MASTER
@click.option("--json", "as_json", is_flag=True, help="只输出一份 JSON。")
def doctor(master: Path | None, as_json: bool) -> int:
    """检查这台电脑：程序、Excel 或 WPS、加载项、宏、文件夹、字体，缺什么、怎么办。

    每项一行：✓ 正常，! 提醒，✗ 要处理，→ 后面是办法。有 ✗ 时退出码为 1。

    \b
    例：
      eduxl doctor
      eduxl doctor -m 总台账.xlsm --json
    """
    from eduxl.doctor import check, lines, to_json, worst

    results = check(master)
    if as_json:
        click.echo(json_text(to_json(results)))
    else:
        for line in lines(results, getattr(sys.stdout, "encoding", None) or "utf-8"):
            click.echo(line)
    return FAILED if worst(results) == "bad" else 0


@click.group(cls=Commands)
def addin() -> None:
    """Excel 功能区里的“教育台账”：安装、查看、取下。不需要管理员。"""


@addin.command("install")
def addin_install() -> None:
    """把加载项装进 Excel（Windows、macOS），重复运行没有关系。请先关闭 Excel。

    \b
    例：
      eduxl addin install
    """
    from eduxl.addin.install import Computer, install

    _say(install(Computer.this()))


@addin.command("status")
def addin_status() -> None:
    """看加载项装好了没有、按钮启动的是哪个程序。

    \b
    例：
      eduxl addin status
    """
    from eduxl.addin.install import Computer, state, state_lines

    computer = Computer.this()
    _say(state_lines(state(computer), computer))


@addin.command("remove")
def addin_remove() -> None:
    """把加载项从 Excel 里取下，登记和设置都删掉。请先关闭 Excel。

    \b
    例：
      eduxl addin remove
    """
    from eduxl.addin.install import Computer, remove

    _say(remove(Computer.this()))


@click.command(cls=Command)
@_MASTER
def shortcut(master: Path | None) -> None:
    """在总台账旁边放一个“汇总”快捷方式：双击就汇总，也可以把收回的文件夹拖到它上面。

    \b
    例：
      eduxl shortcut
      eduxl shortcut -m 总台账.xlsm
    """
    from eduxl.addin import program
    from eduxl.addin.install import Computer
    from eduxl.addin.shortcut import told, write_shortcut
    from eduxl.tracker.place import master_at, master_in

    system = Computer.this().system
    path = master_at(master) if master else master_in(Path())
    _say(told(write_shortcut(path, system, program.own()), system))


def _say(lines: list[str]) -> None:
    for line in lines:
        click.echo(line)
