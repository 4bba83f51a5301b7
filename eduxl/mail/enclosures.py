"""Forms that go back, written for letters to take along."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from eduxl import files
from eduxl.mail.letter import Attachment
from eduxl.mail.remind import Enclosure

if TYPE_CHECKING:
    from eduxl.tracker.tracker import Tracker


def written_forms(
    tracker: Tracker, round_id: str, codes: Sequence[str], version: str
) -> dict[str, Enclosure]:
    """Write the 退回单 of these units to sendback/ROUND; by code, as they lie there. Raises as `write_sendback`."""
    if not codes:
        return {}
    written = tracker.write_sendback(round_id=round_id, units=codes)
    return {
        sent.unit.code: Enclosure(Attachment(sent.path.name, sent.path), _hash(sent.path), version)
        for sent in written.sent
    }


def _hash(path: Path) -> str:
    with files.explained(f"读“{path.name}”"):
        return hashlib.sha256(path.read_bytes()).hexdigest()
