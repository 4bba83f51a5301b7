"""What came of the checks: one result each, as lines for people and as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from attrs import asdict, frozen

State = Literal["good", "warning", "bad"]

_MARKS: dict[State, str] = {"good": "✓", "warning": "!", "bad": "✗"}
#: For code pages without these signs, such as that of a Chinese Windows.
_PLAIN: dict[State, str] = {"good": "[好]", "warning": "[!]", "bad": "[错]"}


@frozen
class Result:
    """One check: its stable id, its name for people, how it stands, what was found, and what to do ("" if nothing)."""

    check: str
    name: str
    state: State
    found: str
    remedy: str = ""


def good(check: str, name: str, found: str) -> Result:
    """Nothing to do."""
    return Result(check, name, "good", found)


def warning(check: str, name: str, found: str, remedy: str) -> Result:
    """Something does not work, or not well; the rest does."""
    return Result(check, name, "warning", found, remedy)


def bad(check: str, name: str, found: str, remedy: str) -> Result:
    """eduxl cannot be used until this is put right."""
    return Result(check, name, "bad", found, remedy)


def lines(results: Sequence[Result], encoding: str = "utf-8") -> list[str]:
    """A line for each, below it what to do, and at the end how many there were of each state."""
    marks = _marks(encoding)
    said = []
    for result in results:
        said.append(f"{marks[result.state]} {result.name}：{result.found}")
        if result.remedy:
            said += [f"    → {step}" for step in result.remedy.split("\n")]
    said.append("")
    said.append(_summary(results))
    return said


def to_json(results: Sequence[Result]) -> dict[str, Any]:
    """{"state": the worst, "results": [{"check", "name", "state", "found", "remedy"}]}."""
    return {"state": worst(results), "results": [asdict(result) for result in results]}


def worst(results: Sequence[Result]) -> State:
    """The state of the whole."""
    states = {result.state for result in results}
    return "bad" if "bad" in states else "warning" if "warning" in states else "good"


def _summary(results: Sequence[Result]) -> str:
    count = {state: sum(result.state == state for result in results) for state in _MARKS}
    said = (
        f"检查了{len(results)}项：{count['good']}项正常，{count['warning']}项提醒，{count['bad']}项要处理。"
    )
    if count["bad"]:
        return f"{said}请照 → 后面说的处理，再运行一次 eduxl doctor。"
    if count["warning"]:
        return f"{said}可以使用；提醒的几项，用得着时再照 → 后面说的办。"
    return f"{said}可以使用。"


def _marks(encoding: str) -> dict[State, str]:
    try:
        "".join(_MARKS.values()).encode(encoding)
    except (UnicodeEncodeError, LookupError):
        return _PLAIN
    return _MARKS
