"""`eduxl doctor`: is everything there that eduxl needs on this computer, and what to do where it is not.

`probe` looks at the computer and gives `facts`; `judge` makes a `Result` of each, without looking at anything.
"""

from __future__ import annotations

from pathlib import Path

from eduxl.doctor.result import Result, lines, to_json, worst

__all__ = ["Result", "check", "lines", "to_json", "worst"]


def check(master: Path | None = None) -> list[Result]:
    """All checks of this computer, and of the folders of a tracker: the given one, else the current folder's."""
    from eduxl.doctor.judge import judge
    from eduxl.doctor.probe import look

    return judge(look(master))
