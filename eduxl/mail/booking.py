"""Messages as facts of the tracker: what the outbox knows goes there, and comes back where the outbox is lost. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, time

from eduxl import labels as L
from eduxl.mail.outbox import Mail
from eduxl.mail.planning import FOLDER
from eduxl.tracker.records import Event, Fact, Mailed
from eduxl.tracker.state import State

#: What a run is called in 日志, by the kind of its messages.
COMMANDS = {
    L.MAIL_TEMPLATE: "发送模板",
    L.MAIL_MISSING: "催报",
    L.MAIL_SENT_BACK: "退回通知",
    L.MAIL_RECEIPT: "回执",
}


def unbooked(state: State, mails: Iterable[Mail]) -> dict[str, list[Fact]]:
    """By kind, what the outbox knows of messages and the tracker does not."""
    known = {(fact.message_id, fact.state) for sent in state.mailed.values() for _, fact in sent}
    found: dict[str, list[Fact]] = {}
    for mail in mails:
        said = {"sent": "sent", "begun": "unsure"}.get(mail.state)
        if said and (mail.message_id, said) not in known:
            fact = Mailed(
                mail.round, mail.unit, mail.kind, mail.count, mail.address, mail.message_id, mail.sha256, mail.version, said
            )  # fmt: skip
            found.setdefault(mail.kind, []).append(fact)
    return found


def summary(facts: Sequence[Fact]) -> str:
    """What was sent, for 日志."""
    mails = [fact for fact in facts if isinstance(fact, Mailed)]
    unsure = sum(fact.state == "unsure" for fact in mails)
    by_hand = sum(fact.address.startswith(FOLDER) for fact in mails)
    rounds = L.SEP.join(dict.fromkeys(fact.round for fact in mails))
    parts = (
        (len(mails) - unsure - by_hand, "发出{}封"),
        (by_hand, "放进文件夹{}份"),
        (unsure, "{}封不能确定"),
    )
    return "，".join([rounds, *(words.format(number) for number, words in parts if number)])


def booked(state: State) -> dict[str, Mail]:
    """What the tracker knows of messages: all there is where the outbox was lost with the memory folder."""
    return {
        fact.message_id: Mail(
            fact.message_id, fact.round, fact.unit, fact.kind, fact.count, fact.address, fact.sha256,
            "begun" if fact.state == "unsure" else "sent", "", "", _moment(event), fact.version,
        )
        for sent in state.mailed.values()
        for event, fact in sent
    }  # fmt: skip


def _moment(event: Event) -> datetime:
    """When it was booked, in UTC: a seed keeps the day alone."""
    if event.recorded:
        return event.recorded
    return datetime.combine(event.as_of, time(12)).astimezone(UTC).replace(tzinfo=None)
