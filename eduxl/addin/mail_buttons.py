"""What 发送模板, 催报 and 收取邮件 do; see `buttons`. What cannot be taken back is asked about first."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import click

from eduxl.addin.answer import Answer
from eduxl.addin.desk import Desk
from eduxl.errors import MailError
from eduxl.summary import listed

if TYPE_CHECKING:
    from eduxl.mail.mailroom import Mailroom
    from eduxl.mail.sending import SendResult
    from eduxl.tracker.tracker import Tracker

#: Lines of an answer at most: a message box must fit on the screen.
_LINES = 24


def send(desk: Desk, title: str) -> Answer:
    """发送模板: says to how many units, asks, and mails each its form."""
    return _mailed(desk, title, "填报表", lambda room, **how: room.send(**how))


def remind(desk: Desk, title: str) -> Answer:
    """催报: says whom, asks, and mails to those that owe something."""
    return _mailed(desk, title, "催报、退回的邮件", lambda room, **how: room.remind(**how))


def fetch(desk: Desk, title: str) -> Answer:
    """收取邮件: saves the returns that came by mail in returns/ROUND."""
    from eduxl.mail.said import fetch_lines

    room = _mailroom(desk, title)
    if isinstance(room, Answer):
        return room
    with desk.progress(title) as step:
        result = room.fetch(progress=step)
    more = ["请点“汇总”，把收下的汇总进来。"] if result.saved else []
    return Answer(title, _shown([*fetch_lines(result), *room.notes], more))


def _mailed(desk: Desk, title: str, what: str, post: Callable[..., SendResult]) -> Answer:
    from eduxl.mail.said import send_lines

    room = _mailroom(desk, title)
    if isinstance(room, Answer):
        return room
    planned = post(room, look=True)
    if planned.sent:
        question = [f"要给{len(planned.sent)}个单位发{what}吗？发出的邮件不能收回。"]
        question.append(listed([item.unit for item in planned.sent], 12))
        others = [item for item in planned.skipped if not item.done] + planned.unsure
        if others:
            question.append(f"不发的有{len(others)}个单位，例如 {others[0].unit}：{others[0].note}")
        if not desk.confirm(title, "\n".join([*question, *room.notes])):
            return Answer(title, "没有确定，一封也没有发。", tone="look")
        with desk.progress(title) as step:
            planned = post(room, progress=step)
    lines = [*send_lines(planned, what=what), *room.notes]
    return Answer(title, _shown(lines), tone="done" if planned.is_clean else "look")


def _mailroom(desk: Desk, title: str) -> Mailroom | Answer:
    """The mailroom, with a mailbox that is set up; else the answer why there is none."""
    from eduxl.mail.mailroom import Mailroom
    from eduxl.mail.settings import load

    tracker = desk.tracker()
    try:
        load(tracker.memory)
    except MailError as error:
        if error.code != "no-settings":
            raise
        refused = _set_up(desk, tracker, title)
        if refused:
            return Answer(title, refused, tone="look")
    return Mailroom(tracker)


def _set_up(desk: Desk, tracker: Tracker, title: str) -> str:
    """Ask for address and 授权码, try them, keep them; returns why there is no mailbox now, "" where there is."""
    from eduxl.mail.providers import CUSTOM, guess, preset
    from eduxl.mail.secret import from_environment, keep, typed
    from eduxl.mail.settings import save
    from eduxl.mail.setup import Given, address_of, plan, try_out

    command = "也可以在命令行运行 eduxl mail setup。"
    asked = desk.ask_text(title, "还没有设置邮箱。请写上发邮件、收邮件用的邮箱地址：", "")
    if not asked:
        return f"还没有设置邮箱，什么也没有做。请再点一次“{title}”，写上邮箱地址和授权码；{command}"
    try:
        address = address_of(asked)
    except ValueError as error:
        return str(error)
    provider = guess(address)
    if provider == CUSTOM:
        return (
            f"从 {address} 看不出是哪一种邮箱，要写明服务器。请让会用命令行的同事运行一次：\n"
            f"eduxl mail setup --address {address} --provider exmail\n（企业邮箱用 exmail 或 aliyun，其他用 custom）"
        )
    steps = "\n".join(preset(provider, address).steps())
    code = from_environment() or typed(desk.ask_text(title, f"{steps}\n请粘贴授权码：", "") or "")
    if not code:
        return f"没有填授权码，邮箱没有设置。\n{steps}"
    with desk.progress("试登录"):
        trial = try_out(plan(Given(address, provider)), code)
    if not trial.good:
        return "\n".join(line for finding in trial.findings if not finding.good for line in finding.lines())
    save(trial.settings, tracker.memory)
    try:
        keep(trial.settings, code)
    except MailError as error:
        return str(error)
    return ""


def _shown(lines: Sequence[str], last: Sequence[str] = ()) -> str:
    plain = [click.unstyle(line) for line in lines]
    if len(plain) > _LINES:
        plain = [*plain[:_LINES], f"……另有{len(plain) - _LINES}行，运行 eduxl 的同名命令可以看到全部。"]
    return "\n".join([*plain, *last])
