"""`eduxl mail setup`. Parses, asks for what is missing and calls, as in `eduxl.cli`."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from eduxl.console import Commands
from eduxl.errors import MailError

if TYPE_CHECKING:
    from eduxl.mail.secret import Secret
    from eduxl.mail.settings import Security, Settings
    from eduxl.mail.setup import Given, Plan

#: The words of `eduxl.mail.providers` and `eduxl.mail.settings`, which are not imported for a help page.
PROVIDERS = ("163", "126", "qq", "exmail", "aliyun", "sina", "outlook", "custom")
SECURITIES = ("ssl", "starttls", "plain")
_T = TypeVar("_T")
_SERVER = "主机:端口"


def _one_of(words: tuple[str, ...]) -> Callable[[click.Context, click.Parameter, str | None], str | None]:
    def read(ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:
        if value is not None and value.lower() not in words:
            raise click.BadParameter(
                f"{param.opts[-1]} 只能是 {'、'.join(words)}，现在是“{value}”。", ctx, param
            )
        return value.lower() if value is not None else None

    return read


@click.group(cls=Commands)
def mail() -> None:
    """发、收邮件用的邮箱：设置、测试。"""


@mail.command("setup")
@click.option("--address", metavar="邮箱", help="邮箱地址。")
@click.option(
    "--provider", metavar="种类", callback=_one_of(PROVIDERS), help=f"{'、'.join(PROVIDERS)}（默认看地址）。"
)
@click.option("--smtp", metavar=_SERVER, help="发送服务器（默认看种类）。")
@click.option("--imap", metavar=_SERVER, help="收取服务器（默认看种类）。")
@click.option("--pop3", metavar=_SERVER, help="用 POP3 收取；和 --imap 一起给时，IMAP 不能用才用它。")
@click.option(
    "--security", metavar="方式", callback=_one_of(SECURITIES), help="ssl、starttls；plain 只限本机的服务器。"
)
@click.option("--name", metavar="发件人", help="收件人看到的发件人名称。")
@click.option("--no-test", is_flag=True, help="不试登录，直接保存。")
@click.option(
    "-m",
    "--master",
    type=click.Path(path_type=Path),
    metavar="文件",
    help="总台账文件（默认当前文件夹里唯一的一个）。",
)
def setup(
    address: str | None,
    provider: str | None,
    smtp: str | None,
    imap: str | None,
    pop3: str | None,
    security: Security | None,
    name: str | None,
    no_test: bool,
    master: Path | None,
) -> None:
    """设置发、收邮件的邮箱：问清地址和授权码，试着登录，成功了才保存。

    授权码不写进文件：保存在这台电脑的系统密码库里，没有密码库的放在环境变量 EDUXL_MAIL_SECRET 里。
    没有给出的，在终端里逐项询问。

    \b
    例：
      eduxl mail setup
      eduxl mail setup --address jyj@163.com --name 民乐县教育局
      eduxl mail setup --address bgs@mljy.gov.cn --provider exmail
      eduxl mail setup --address bgs@mljy.gov.cn --smtp mail.mljy.gov.cn:465 --imap mail.mljy.gov.cn:993
    """
    from eduxl.mail.setup import address_of
    from eduxl.tracker.tracker import Tracker

    tracker = Tracker.open(master) if master else Tracker.find()
    if not tracker.memory.exists():
        with tracker.work("设置邮箱", shows=False):  # makes the folder again, in which the settings lie
            pass
    address = _given("--address", address, "邮箱地址", address_of)
    if name is None:
        name = _name_before(tracker.memory, address)
    given = _completed(address, provider, smtp or "", imap or "", pop3 or "", security, name)
    plan = _used(given)
    secret = _secret(plan.settings, needed=not no_test)
    settings = plan.settings if no_test or secret is None else _tested(plan, secret)
    _save(settings, secret, tracker.memory, tracker.path)


def _name_before(memory: Path, address: str) -> str | None:
    """The sender's name that the same mailbox had; None where there was none."""
    from eduxl.mail.settings import load

    try:
        before = load(memory)
    except MailError:
        return None
    return (before.name or None) if before.address == address else None


def _on_terminal() -> bool:
    return sys.stdin.isatty()


def _given(option: str, value: str | None, asked: str, read: Callable[[str], _T]) -> _T:
    """An option's value, asked for on a terminal where it was not given."""
    if value is None and not _on_terminal():
        raise click.UsageError(f"缺少 {option}（{asked}）。")
    if value is None:
        return _ask(asked, read)
    try:
        return read(value)
    except ValueError as error:
        raise click.UsageError(f"{option}：{error}") from None


def _ask(asked: str, read: Callable[[str], _T], hidden: bool = False) -> _T:
    """Ask until the answer can be read; `read` raises ValueError with a sentence where it cannot."""
    while True:
        answer = click.prompt(
            asked, default="", show_default=False, hide_input=hidden, prompt_suffix="：", err=True
        )
        try:
            return read(answer)
        except ValueError as error:
            click.echo(str(error), err=True)


def _completed(
    address: str,
    provider: str | None,
    smtp: str,
    imap: str,
    pop3: str,
    security: Security | None,
    name: str | None,
) -> Given:
    """What was given and, on a terminal, asked for; the provider is guessed from the address."""
    from attrs import evolve

    from eduxl.mail.providers import CUSTOM, guess, preset
    from eduxl.mail.settings import server
    from eduxl.mail.setup import Given, missing

    servers_given = bool(smtp and (imap or pop3))
    if provider is None:
        provider = guess(address)
        if provider == CUSTOM and not servers_given:
            provider = _given("--provider", None, _question(), _provider)
    given = Given(address, provider, name or "", smtp, imap, pop3, security)
    for protocol in missing(given):
        what = "发送（SMTP）服务器" if protocol == "smtp" else "收取（IMAP）服务器"

        def read(typed: str) -> str:
            server(typed, 1)
            return typed

        where = _given(f"--{protocol}", None, f"{what}，写成 {_SERVER}", read)
        given = evolve(given, smtp=where) if protocol == "smtp" else evolve(given, imap=where)
    known = preset(provider, address)
    if known.note:
        click.echo(f"注意：{known.note}", err=True)
    if name is None and _on_terminal():
        given = evolve(given, name=_ask("发件人名称（收件人看到的，例如 民乐县教育局；可以不填）", str))
    return given


def _question() -> str:
    from eduxl.mail.providers import preset

    names = "、".join(f"{provider}（{preset(provider).name}）" for provider in PROVIDERS)
    return f"从地址看不出是哪一种邮箱，请写明：{names}；例如 exmail"


def _provider(typed: str) -> str:
    if typed.strip().lower() not in PROVIDERS:
        raise ValueError(f"只能是 {'、'.join(PROVIDERS)}。")
    return typed.strip().lower()


def _used(given: Given) -> Plan:
    from eduxl.mail.setup import plan

    try:
        return plan(given)
    except ValueError as error:
        raise click.UsageError(str(error)) from None


def _secret(settings: Settings, needed: bool) -> Secret | None:
    """From the environment, else asked for, else what was kept before. Raises `MailError` (`no-secret`)."""
    from eduxl.mail.providers import preset
    from eduxl.mail.secret import VARIABLE, from_environment, stored, typed

    known = from_environment()
    if known is not None:
        return known
    before = stored(settings.address)
    if not _on_terminal():
        if before is None and needed:
            raise MailError(
                f"没有授权码，不能试登录。请在终端里运行，按提示填写；或把授权码放在环境变量 {VARIABLE} 里再运行。",
                code="no-secret",
            )
        return before
    for line in preset(settings.provider, settings.address).steps():
        click.echo(line, err=True)

    def read(answer: str) -> Secret:
        found = typed(answer) or before
        if not found:
            raise ValueError("授权码不能是空的。")
        return found

    return _ask("授权码（输入时不显示）" + ("，直接回车用已保存的" if before else ""), read, hidden=True)


def _tested(plan: Plan, secret: Secret) -> Settings:
    """The settings that passed. Raises `MailError` (`test-failed`)."""
    from eduxl.mail.setup import try_out

    click.echo("正在试登录……", err=True)
    trial = try_out(plan, secret)
    said: list[str] = []
    for finding in trial.findings:
        for line in finding.lines():
            if line not in said:  # where the 授权码 is has to be said once
                said.append(line)
                click.echo(line)
    if not trial.good:
        raise MailError(
            "登录没有成功，设置没有保存。请按上面的办法改好后再运行；现在连不上、以后再试的，可以加 --no-test 先保存。",
            code="test-failed",
        )
    return trial.settings


def _save(settings: Settings, secret: Secret | None, memory: Path, master: Path) -> None:
    from eduxl.mail.secret import IN_KEYRING, VARIABLE, keep
    from eduxl.mail.settings import save
    from eduxl.mail.setup import summary
    from eduxl.mail.texts import ensure

    save(settings, memory)
    for line in summary(settings, memory):
        click.echo(line)
    try:
        if secret is None:
            click.echo(
                f"还没有授权码。发、收邮件以前，请把它放在环境变量 {VARIABLE} 里，或再运行一次“eduxl mail setup”。"
            )
        else:
            where = keep(settings, secret)
            lasting = "" if where == IN_KEYRING else "（没有可用的系统密码库），以后每次运行时都要设好它"
            click.echo(f"授权码保存在{where}{lasting}。")
    except MailError as error:
        click.echo(str(error))
    written = ensure(master)
    if written:
        click.echo(
            f"邮件的文字写在 {written[0].parent}，可以用记事本改：{'、'.join(p.name for p in written)}"
        )
    click.echo("邮箱已设置好。下一步：eduxl send（发送模板）、eduxl fetch（收取邮件）。")
