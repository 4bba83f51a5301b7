"""What a run of the mailroom knows of the tracker when it begins. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from attrs import field, frozen

from eduxl.mail.letter import domain_of
from eduxl.mail.mailing import Mailing
from eduxl.mail.outbox import Mail
from eduxl.mail.settings import Settings
from eduxl.model import Round
from eduxl.tracker.forms import template_version
from eduxl.tracker.state import State


@frozen
class Desk:
    """`past` is what went out before, by Message-ID; `wanted` the codes of the units that were named, none for all."""

    state: State
    tracker: str
    round: Round
    as_of: date
    past: Mapping[str, Mail]
    wanted: frozenset[str] = field(factory=frozenset)

    def mailing(self, sender: Settings) -> Mailing:
        """What is the same for all units."""
        return Mailing(
            tracker=self.tracker,
            round=self.round,
            roster=self.state.roster,
            asked=frozenset(a.unit for a in self.state.asked(self.round.id)),
            version=template_version(len(self.state.former)),
            title=self.state.plan.title,
            bureau=sender.name or "县教育局",
            domain=domain_of(sender.address),
        )

    def gone_out(self, unit: str, kind: str) -> list[Mail]:
        """The messages of a kind that went to a unit in the round, or may have."""
        wanted = self.round.id, unit, kind
        return [mail for mail in self.past.values() if mail.purpose[:3] == wanted and mail.went_out]

    @property
    def bounced(self) -> dict[str, str]:
        """The addresses that bounced, by unit."""
        return {code: fact.address for code, fact in self.state.bounced.items()}
