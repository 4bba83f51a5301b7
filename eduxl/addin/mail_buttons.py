"""What 发送模板, 催报 and 收取邮件 do; see `buttons`. What cannot be taken back is asked about first."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import groupby
from typing import TYPE_CHECKING, Any, TypeVar

import click
from attrs import frozen

from eduxl.addin.answer import Answer
from eduxl.addin.desk import Desk
from eduxl.errors import MailError
from eduxl.mail.mailroom import Mailroom
from eduxl.summary import listed

if TYPE_CHECKING:
    from eduxl.mail.sending import SendResult
    from eduxl.mail.settings import Settings
    from eduxl.tracker.tracker import Tracker

#: So many of a list at most: a message box must fit on the screen.
_ITEMS = 7
_AGAIN = re.compile(r"再运行(?:一次(?:同样的命令)?|“eduxl mail setup”)")
_T = TypeVar("_T")


class _Onlooker(Mailroom):
    """Plans as a mailroom does; sends nothing and writes no preview."""

    def post(self, plan: Any, **how: Any) -> SendResult:
        return super().post(plan, **{**how, "dry_run": False, "look": True})


@frozen
class _Batch:
    """What a button mails: its title, what its messages are, the command that does the same, and the doing.

    `post` takes a mailroom, and `progress` and `dry_run` as `Mailroom.send` does.
    """

    title: str
    what: str
    command: str
    post: Callable[..., SendResult]


def send(desk: Desk, title: str) -> Answer:
    """发送模板: says to how many units, asks, and mails each its form."""
    return _mailed(desk, _Batch(title, "填报表", "eduxl send", Mailroom.send))


def remind(desk: Desk, title: str) -> Answer:
    """催报: says whom, asks, and mails to those that owe something."""
    return _mailed(desk, _Batch(title, "催报、退回的邮件", "eduxl remind", Mailroom.remind))


def fetch(desk: Desk, title: str) -> Answer:
    """收取邮件: saves the returns that came by mail in returns/ROUND."""
    from eduxl.mail.said import fetch_lines

    tracker = desk.tracker()
    if refused := _set_up(desk, tracker, title):
        return Answer(title, refused, tone="look")
    room = Mailroom(tracker)

    def work() -> Any:
        with desk.progress(title) as step:
            return room.fetch(progress=step)

    result = _let_in(desk, tracker, title, work)
    more = ["请点“汇总”，把收下的汇总进来。"] if result.saved else []
    lines = _shown([*fetch_lines(result), *room.notes], title)
    return Answer(title, "\n".join([*lines, *more]), tone="look" if result.interrupted else "done")


# --- sending --------------------------------------------------------------------------------------
def _mailed(desk: Desk, batch: _Batch) -> Answer:
    title, tracker = batch.title, desk.tracker()
    if refused := _set_up(desk, tracker, title):
        return Answer(title, refused, tone="look")
    desk.save()  # an address that was just put right
    onlooker = _Onlooker(tracker)
    planned = batch.post(onlooker, dry_run=True)
    if not planned.sent:
        return _answer(batch, planned, onlooker.notes)
    if not desk.confirm(title, _question(batch, planned, onlooker.notes, tracker)):
        return Answer(title, "没有确定，一封也没有发。", tone="look")

    room = Mailroom(tracker)

    def work() -> SendResult:
        with desk.progress(title) as step:
            return batch.post(room, progress=step)

    result = _let_in(desk, tracker, title, work)
    return _answer(
        batch, result, tuple(dict.fromkeys(room.notes))
    )  # a second try says again what the first said


def _question(batch: _Batch, planned: SendResult, notes: Sequence[str], tracker: Tracker) -> str:
    """To whom, to whom not and why, and how long it takes where that is long."""
    from eduxl.mail.providers import preset
    from eduxl.mail.settings import load

    sender, count = load(tracker.memory), len(planned.sent)
    lines = [f"要用 {sender.address} 给{count}个单位发{batch.what}吗？发出的邮件不能收回。"]
    lines.append(listed([item.unit for item in planned.sent], 12))
    others = [item for item in planned.skipped if not item.done] + planned.unsure
    if others:
        lines.append(f"不发的有{len(others)}个单位：")
        lines += [f"  {item.unit}：{item.note}" for item in others]
    minutes = math.ceil(count / preset(sender.provider, sender.address).per_minute)
    if minutes > 1:
        lines.append(f"邮箱限制了快慢，大约要{minutes}分钟，发完以前请不要关机、断网。")
    return "\n".join(_shown([*lines, *notes], batch.title, batch.command))


def _answer(batch: _Batch, result: SendResult, notes: Sequence[str]) -> Answer:
    from eduxl.mail.said import send_lines

    lines = _shown([*send_lines(result, what=batch.what), *notes], batch.title, batch.command)
    return Answer(batch.title, "\n".join(lines), tone="done" if result.is_clean else "look")


def _shown(lines: Sequence[str], title: str, command: str = "") -> list[str]:
    """What the command says, as the one who clicked does it; of each list no more than fits."""
    shown: list[str] = []
    for listing, group in groupby(lines, lambda line: line.startswith(" ")):
        said = list(group)
        kept = said[:_ITEMS] if listing else said
        shown += [_AGAIN.sub(f"再点一次“{title}”", click.unstyle(line)) for line in kept]
        if len(kept) < len(said):
            shown.append(f"  ……另有{len(said) - len(kept)}个")
    if command and any(line.startswith("  ……") for line in shown):
        shown.append(f"全部的可以运行 {command} --dry-run 来看。")
    return [re.sub(r"请加 (?=--unit)", f"请运行 {command} ", line) for line in shown]


# --- the mailbox ----------------------------------------------------------------------------------
def _set_up(desk: Desk, tracker: Tracker, title: str) -> str:
    """Where there is no mailbox, ask for address and 授权码, try them, keep them.

    Returns why there still is none, "" where there is one. Raises `MailError`.
    """
    from eduxl.mail.providers import CUSTOM, guess
    from eduxl.mail.settings import load
    from eduxl.mail.setup import address_of

    try:
        load(tracker.memory)
        return ""
    except MailError as error:
        if error.code != "no-settings":
            raise
    asked = desk.ask_text(title, "还没有设置邮箱。请写上发邮件、收邮件用的邮箱地址：", "")
    if not asked or not asked.strip():
        return (
            f"还没有设置邮箱，什么也没有做。请再点一次“{title}”，写上邮箱地址和授权码；"
            "没有出现输入框的，请在总台账所在的文件夹里运行：eduxl mail setup"
        )
    try:
        address = address_of(asked)
    except ValueError as error:
        return f"{error}邮箱没有设置，什么也没有做。请再点一次“{title}”。"
    provider = guess(address)
    if provider == CUSTOM:
        return (
            f"从 {address} 看不出是哪一种邮箱，要写明服务器，什么也没有做。"
            "请会用命令行的同事在总台账所在的文件夹里运行一次：\n"
            f"eduxl mail setup --address {address} --provider exmail\n"
            f"（腾讯企业邮箱写 exmail，阿里企业邮箱写 aliyun，其他写 custom），再点“{title}”。"
        )
    return _tried(desk, tracker, title, address, provider)


def _tried(desk: Desk, tracker: Tracker, title: str, address: str, provider: str) -> str:
    """As `_set_up`, with an address of a known provider."""
    from eduxl.mail.secret import from_environment, keep
    from eduxl.mail.settings import save
    from eduxl.mail.setup import Given, plan, try_out

    meant = plan(Given(address, provider))
    code = from_environment() or _asked_code(desk, title, meant.settings)
    if not code:
        return "\n".join(["没有填授权码，邮箱没有设置，什么也没有做。", *_steps(meant.settings)])
    with desk.progress("试登录"), _installed():
        trial = try_out(meant, code)
    if not trial.good:
        refused = [line for finding in trial.findings if not finding.good for line in finding.lines()]
        unlike = dict.fromkeys(refused)  # where the 授权码 is has to be said once
        return "\n".join(["登录没有成功，邮箱没有设置，什么也没有做。", *_shown([*unlike], title)])
    save(trial.settings, tracker.memory)
    try:
        keep(trial.settings, code)
    except MailError as error:
        return f"邮箱已设置好，但是{error}"
    return ""


def _let_in(desk: Desk, tracker: Tracker, title: str, work: Callable[[], _T]) -> _T:
    """Do what logs in; a 授权码 that is missing or no longer valid is asked for, once. Raises `EduxlError`."""
    from eduxl.mail.secret import from_environment, keep
    from eduxl.mail.settings import load

    try:
        with _installed():
            return work()
    except MailError as error:
        if error.code not in ("no-secret", "login", "unsafe-login"):
            raise
        refusal = error
    settings = load(tracker.memory)
    code = None
    if refusal.code != "unsafe-login" and not from_environment():
        code = _asked_code(desk, title, settings, f"{refusal}\n")
    if not code:
        said = _shown([str(refusal), *_steps(settings)], title)
        raise MailError("\n".join(said), code=refusal.code) from None
    keep(settings, code)
    return work()


def _asked_code(desk: Desk, title: str, settings: Settings, why: str = "") -> Any:
    """The 授权码 that was typed, without being shown; an empty one where there was none."""
    from eduxl.mail.secret import typed

    prompt = "\n".join(
        [f"{why}邮箱：{settings.address}", *_steps(settings), "请粘贴授权码（不会显示出来）："]
    )
    return typed(desk.ask_text(title, prompt, "", hidden=True) or "")


def _steps(settings: Settings) -> list[str]:
    """Where the 授权码 of a mailbox is, and what else is to be known of its provider."""
    from eduxl.mail.providers import preset

    known = preset(settings.provider, settings.address)
    return [*known.steps(), *([f"注意：{known.note}"] if known.note else [])]


@contextmanager
def _installed() -> Iterator[None]:
    """Raises `MailError` (`no-package`) where a package for mail is missing."""
    try:
        yield
    except ImportError as error:
        raise MailError(
            f"这台电脑缺收发邮件要用的程序包（{error.name}）。请点“检查环境”，照“邮件”一行说的安装，再点一次。",
            code="no-package",
        ) from error
