"""What a run of letters is about, and what it is to do: what the planners of all kinds share. Pure."""

from __future__ import annotations

from collections.abc import Collection

from attrs import define, field, frozen

from eduxl.mail.letter import Attachment, Kind, Letter, key_of, message_id
from eduxl.mail.texts import day
from eduxl.model import Round, Unit
from eduxl.returns.named import label
from eduxl.roster import Roster


@frozen
class Mailing:
    """What is the same for all units.

    `asked` are the codes of the units that the round asks something of, `version` that of the templates now written,
    `title` the plan's; `bureau` is the sender's name, `domain` that of its address.
    """

    tracker: str
    round: Round
    roster: Roster
    asked: Collection[str]
    version: str
    title: str
    bureau: str
    domain: str

    def words(self, name: str, code: str) -> dict[str, str]:
        """What the placeholders stand for that every text may have, for a unit with this name and code."""
        return {
            "单位": name,
            "编码": code,
            "计划": self.title,
            "轮次": self.round.id,
            "截止日期": day(self.round.due),
            "局名": self.bureau,
        }

    def letter(
        self, unit: Unit, to: str, kind: Kind, count: int, text: tuple[str, str], attachment: Attachment | None,
        sha256: str, version: str,
    ) -> Letter:  # fmt: skip
        """A letter to a unit of the round; `text` is subject and body, the rest as `Letter` has it."""
        return Letter(
            unit=unit.code,
            label=label(unit),
            to=to,
            kind=kind,
            subject=text[0],
            body=text[1],
            attachments=(attachment,) if attachment else (),
            message_id=message_id(self.tracker, self.round.id, unit.code, kind, count, sha256, self.domain),
            key=key_of(self.round.id, unit.code, kind),
            round=self.round.id,
            count=count,
            sha256=sha256,
            version=version,
        )


@frozen
class Skip:
    """A unit ("code name") that gets no letter, and why. `done`: it has what it needs, there is nothing to do."""

    unit: str
    note: str
    done: bool = False


@frozen
class Unsure(Skip):
    """A unit of which only its mail server knows whether it got the letter."""


@define
class Planned:
    """What a run is to do; `notes` are sentences about files and addresses besides."""

    letters: list[Letter] = field(factory=list)
    skipped: list[Skip] = field(factory=list)
    unsure: list[Skip] = field(factory=list)
    notes: list[str] = field(factory=list)

    def add(self, outcome: Letter | Skip) -> None:
        """Book what becomes of a unit."""
        match outcome:
            case Letter():
                self.letters.append(outcome)
            case Unsure():
                self.unsure.append(outcome)
            case _:
                self.skipped.append(outcome)
