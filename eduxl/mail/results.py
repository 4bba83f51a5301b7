"""What became of every unit of a run that sends or hands out: the records that commands print or give as JSON. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import asdict, define, field, frozen

if TYPE_CHECKING:
    from eduxl.mail.letter import Letter
    from eduxl.mail.mailing import Planned


@frozen
class Sent:
    """A letter the server accepted."""

    unit: str
    to: str
    message_id: str

    @classmethod
    def of(cls, letter: Letter) -> Sent:
        return cls(letter.label, letter.to, letter.message_id)


@frozen
class Noted:
    """A unit and what the clerk should know of it; `done`: it has what it needs."""

    unit: str
    note: str
    done: bool = False

    def to_json(self) -> dict[str, str]:
        return {"unit": self.unit, "note": self.note}


@frozen
class Failed:
    """A letter that did not go out. `code` is the server's; "" where it was not the server's doing."""

    unit: str
    to: str
    code: str
    note: str


@define
class SendResult:
    """What became of every unit. `stopped` says why the run ended early, "" where it went through."""

    sent: list[Sent] = field(factory=list)
    skipped: list[Noted] = field(factory=list)
    unsure: list[Noted] = field(factory=list)
    failed: list[Failed] = field(factory=list)
    stopped: str = ""

    @classmethod
    def of(cls, planned: Planned) -> SendResult:
        """What is settled before anything goes out."""
        return cls(
            skipped=[Noted(skip.unit, skip.note, skip.done) for skip in planned.skipped],
            unsure=[Noted(skip.unit, skip.note) for skip in planned.unsure],
        )

    @property
    def is_clean(self) -> bool:
        """Whether nothing failed and nothing is unsure."""
        return not (self.failed or self.unsure)

    def to_json(self) -> dict[str, list[dict[str, str]]]:
        """`{"sent": […], "skipped": […], "unsure": […], "failed": […]}`."""
        return {
            "sent": [asdict(each) for each in self.sent],
            "skipped": [each.to_json() for each in self.skipped],
            "unsure": [each.to_json() for each in self.unsure],
            "failed": [asdict(each) for each in self.failed],
        }


def broken_off(letter: Letter, address: str, when: str = "") -> Noted:
    """A letter that was begun and never answered; `when` that was, "" for now."""
    return Noted(
        letter.label,
        f"{when}发往 {address} 时连接中断，不能确定对方收到没有，不会自动重发。"
        f"请到邮箱的“已发送”里查看，或问一下对方；要再发一次请加 --unit {letter.unit}。",
    )
