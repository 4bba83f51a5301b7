"""Letters that are planned, sent: each goes out once, and in the end every unit is accounted for.

Here is decided which of them are still to go, by what the outbox knows; `batch` brings those out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from eduxl.mail import locking, smtp
from eduxl.mail.batch import Batch, Connect, Progress
from eduxl.mail.letter import ADDRESS, Letter
from eduxl.mail.outbox import Mail, Outbox
from eduxl.mail.results import Noted, SendResult, broken_off
from eduxl.mail.secret import Secret
from eduxl.mail.settings import Settings
from eduxl.mail.throttle import Throttle

if TYPE_CHECKING:
    from eduxl.mail.mailing import Planned

__all__ = ["SendResult", "send"]


def send(
    planned: Planned,
    outbox: Outbox,
    settings: Settings,
    secret: Secret,
    throttle: Throttle,
    progress: Progress | None = None,
    connect: Connect = smtp.connect,
    tell: Callable[[str], object] | None = None,
) -> SendResult:
    """Send what is planned and has not gone out yet; `progress` gets (finished, all), `tell` a sentence on a pause.

    Raises `MailError` where another send is running (`in-use`) or the first connection does not come about or is not
    let in (see `smtp.connect`): everything is queued then, nothing failed. Raises `FileProblem` for the ledger's disk.
    """
    with locking.held(outbox.memory):
        result = SendResult.of(planned)
        letters = _due(planned.letters, outbox, result)
        if letters:
            quiet = progress or (lambda done, all_: None)
            Batch(letters, outbox, settings, secret, throttle, quiet, connect, tell or str, result).run()
        return result


def _due(letters: Sequence[Letter], outbox: Outbox, result: SendResult) -> list[Letter]:
    """The letters to be sent now, noted in the ledger as queued; the others are accounted for in the result."""
    standing = outbox.standing()
    before = _gone_out(standing.values())
    due: dict[str, Letter] = {}
    for letter in letters:
        mail = before.get((letter.round, letter.unit, letter.kind, letter.count))
        if mail and mail.unsure:
            result.unsure.append(broken_off(letter, mail.address, f"{mail.when:%Y-%m-%d %H:%M} "))
        elif mail:
            result.skipped.append(Noted(letter.label, _already(mail, letter), done=True))
        elif not ADDRESS.fullmatch(letter.to):
            result.skipped.append(Noted(letter.label, _unusable(letter.to)))
        else:
            due.setdefault(letter.message_id, letter)
    waiting = {(mail.message_id, mail.address) for mail in standing.values() if mail.state == "queued"}
    outbox.queue(letter for letter in due.values() if (letter.message_id, letter.to) not in waiting)
    return list(due.values())


def _gone_out(mails: Iterable[Mail]) -> dict[tuple[str, str, str, int], Mail]:
    """Purpose → the mail that went out for it, or may have; whatever it held. Unsure outweighs sent."""
    found: dict[tuple[str, str, str, int], Mail] = {}
    for mail in mails:
        if mail.unsure or (mail.state == "sent" and mail.purpose not in found):
            found[mail.purpose] = mail
    return found


def _already(mail: Mail, letter: Letter) -> str:
    other = "" if mail.sha256 == letter.sha256 else "（现在的内容和那次不同）"
    return f"{mail.when:%Y-%m-%d %H:%M} 已发到 {mail.address}，没有再发{other}。"


def _unusable(address: str) -> str:
    why = "含有中文等非英文字符，邮件系统不支持" if not address.isascii() else "不是一个邮箱地址"
    return f"邮箱“{' '.join(address.split())}”{why}，没有发。请在总台账的“单位名册”里改正，保存后再运行一次。"
