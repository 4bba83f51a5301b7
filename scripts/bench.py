#!/usr/bin/env python3
"""Speed as a user feels it: whole processes on this machine, start-up included, medians of interleaved runs.

    python scripts/bench.py                 every recipe
    python scripts/bench.py startup --json  one of them, as JSON

Run it with the Python that eduxl is installed in (`scripts/dev.py bench` does). Commands that are compared
run in turn, which spreads a slow moment of the machine over all of them.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median

Command = Sequence[str | Path]
Figures = dict[str, float]


def wall(command: Command) -> float:
    """Seconds that the command takes; raises CalledProcessError when it fails, which is no figure."""
    start = time.perf_counter()
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start


def medians(commands: dict[str, Command], runs: int) -> Figures:
    """Median wall time of each command in seconds; one unmeasured run of each warms the disk cache first."""
    times: dict[str, list[float]] = {name: [] for name in commands}
    for turn in range(runs + 1):
        for name, command in commands.items():
            seconds = wall(command)
            if turn:
                times[name].append(seconds)
    return {name: median(all_times) for name, all_times in times.items()}


def startup(runs: int) -> Figures:
    """`eduxl --help` against a Python that does nothing: seconds each, and how many times longer it takes."""
    program = Path(sys.executable).parent / ("eduxl.exe" if sys.platform == "win32" else "eduxl")
    figures = medians({"python": [sys.executable, "-c", "pass"], "eduxl --help": [program, "--help"]}, runs)
    return {**figures, "ratio": figures["eduxl --help"] / figures["python"]}


RECIPES: dict[str, Callable[[int], Figures]] = {"startup": startup}


def main() -> int:
    parser = argparse.ArgumentParser(prog="bench.py", description="Measure how fast eduxl is here.")
    parser.add_argument("recipes", nargs="*", metavar="RECIPE", help=f"{', '.join(RECIPES)} (default: all)")
    parser.add_argument("--runs", type=int, default=15, help="measured runs of each command (default 15)")
    parser.add_argument("--json", action="store_true", help="one JSON document: recipe → figure → number")
    options = parser.parse_args()
    unknown = sorted(set(options.recipes) - set(RECIPES))
    if unknown or options.runs < 1:
        parser.error(f"no such recipe: {', '.join(unknown)}" if unknown else "--runs must be at least 1")
    results = {name: RECIPES[name](options.runs) for name in options.recipes or RECIPES}
    if options.json:
        print(json.dumps(results, indent=2))
        return 0
    for name, figures in results.items():
        print(f"{name} ({RECIPES[name].__doc__})")
        for figure, number in figures.items():
            text = f"{number:8.2f} ×" if figure == "ratio" else f"{number * 1000:6.0f} ms"
            print(f"  {figure:14} {text}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
