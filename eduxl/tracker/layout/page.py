"""What is printed above each page of a sheet: whose plan it is, which sheet, which round."""

from __future__ import annotations

import re
from collections.abc import Iterable

from eduxl import labels as L
from eduxl.tracker.layout.style import FONT, clean

#: Sheets that show one round.
_OF_A_ROUND = frozenset(
    {L.MATRIX, L.ENTRIES, L.ALERTS, L.INDICATORS, L.PROBLEMS, L.REJECTED, L.REMINDERS, L.CALLS}
)
#: A header holds 255 characters.
_LONGEST = 120
#: As we write it, and as programs write it when they save: they order the codes anew and name the style in their language.
_FRAME = rf'&C(?:&12&"{FONT},(?:Bold|加粗)"|&"{FONT},(?:Bold|加粗)"&12 ?)'


def page_label(sheet: str, round_: str) -> str:
    """The sheet as its pages name it: `填报明细（2022-06）`; `round_` is "" before the first one is opened."""
    return f"{sheet}（{round_}）" if round_ and sheet in _OF_A_ROUND else sheet


def page_header(title: str, label: str = "") -> str:
    """The header of printed pages with its codes (ECMA-376, 18.3.1.46): in the middle, bold, 12 points."""
    return f'&C&12&"{FONT},Bold"{_text(title, label)}'


def renewed_header(header: str, titles: Iterable[str], sheet: str, new: str) -> str:
    """A sheet's header with `new` in the place of what we wrote, which names one of these titles and any round.

    What the clerk wrote instead, and what she put left and right of it, stays.
    """
    ours = "|".join(re.escape(_text(title, sheet)) for title in titles)
    return re.sub(rf"{_FRAME}(?:{ours})(?:（[^（）&]*）)?(?=&[LR]|$)", lambda _: new, header, count=1)


def _text(title: str, label: str) -> str:
    """& starts a code."""
    return clean(f"{title} {label}".strip())[:_LONGEST].replace("&", "&&")
