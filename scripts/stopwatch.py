"""What a command takes: wall time, processor time and peak memory of the whole process, start-up included."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import astuple, dataclass
from pathlib import Path
from statistics import median

Command = Sequence[str | Path]
_WATCH = Path(__file__).resolve().parent / "watch.py"


@dataclass(frozen=True)
class Taken:
    """Seconds of wall and processor time (user and system), and the peak of resident memory in MiB; nan where the
    system doesn't tell."""

    wall: float
    cpu: float
    peak: float


@dataclass(frozen=True)
class Contender:
    """A command to be measured; `before` is called before each run of it, outside of the measured time."""

    command: Command
    before: Callable[[], object] | None = None


def take(contender: Contender) -> Taken:
    """Run a contender once. Raises SystemExit with its own words when it fails, for that is no figure."""
    if contender.before:
        contender.before()
        if hasattr(os, "sync"):
            os.sync()  # or the contender's own fsync would pay for what was written here
    words = [str(word) for word in contender.command]
    watch = [sys.executable, "-I", "-S", str(_WATCH)]
    run = subprocess.run([*watch, *words], capture_output=True, encoding="utf-8", errors="replace")
    if run.returncode:
        raise SystemExit(f"{' '.join(words)}\nfailed ({run.returncode}):\n{run.stderr}")
    return Taken(*map(float, run.stdout.split()))


def medians(
    contenders: Mapping[str, Contender], repeat: int, *, warm_up: bool, say: Callable[[str], object]
) -> dict[str, Taken]:
    """Medians of each contender over `repeat` turns; in each turn all run, which spreads a slow moment of the machine
    over all of them. `warm_up` adds a turn that is not counted, for the disk's cache and Python's."""
    runs: dict[str, list[Taken]] = {name: [] for name in contenders}
    for turn in range(-warm_up, repeat):
        for name, contender in contenders.items():
            say(f"{'warm-up' if turn < 0 else f'{turn + 1}/{repeat}'}: {name}")
            taken = take(contender)
            if turn >= 0:
                runs[name].append(taken)
    return {name: Taken(*map(median, zip(*map(astuple, taken), strict=True))) for name, taken in runs.items()}
