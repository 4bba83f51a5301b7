"""Where the time of a merge goes: one run under cProfile, and one with Python's own record of imports."""

from __future__ import annotations

import pstats
import re
import subprocess
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

from benchdata import Year

import eduxl

_PACKAGE = str(Path(eduxl.__file__).parent)
_TOP = 20
#: (file, line, name), as pstats names a function.
_Function = tuple[str, int, str]


def profile(year: Year, kind: str) -> None:
    """Print where the time of a merge goes: `full`, `new` (a few more returns) or `same` (nothing new)."""
    if kind != "full":
        year.merged()
    state, later = ("open" if kind == "full" else "merged"), kind == "new"
    merge = ["-m", "eduxl", *map(str, year.merge()[1:])]
    year.arrange(state, later=later)
    # `-m` looks in the working directory first, where another eduxl could lie.
    quiet: dict[str, Any] = {"check": True, "stdout": subprocess.DEVNULL, "cwd": year.folder}
    imports = subprocess.run(
        [sys.executable, "-X", "importtime", *merge], stderr=subprocess.PIPE, encoding="utf-8", **quiet
    )
    target = year.folder / "profile"
    year.arrange(state, later=later)
    subprocess.run([sys.executable, "-m", "cProfile", "-o", str(target), *merge], **quiet)
    _show_imports(imports.stderr)
    _show_functions(pstats.Stats(str(target)).stats)  # type: ignore[attr-defined]


def _show_imports(record: str) -> None:
    packages: dict[str, float] = defaultdict(float)
    for line in re.finditer(r"^import time: +(\d+) \| +\d+ \| +([^.\s]+)", record, re.MULTILINE):
        packages[line[2]] += int(line[1]) / 1000
    print(f"imports, without the profiler: {sum(packages.values()):.0f} ms")
    for name, milliseconds in sorted(packages.items(), key=lambda item: -item[1])[:_TOP]:
        if milliseconds >= 2:
            print(f"  {milliseconds:7.0f} ms  {name}")


def _show_functions(
    stats: dict[_Function, tuple[int, int, float, float, dict[_Function, tuple[int, int, float, float]]]],
) -> None:
    total = sum(own for _, _, own, _, _ in stats.values())
    imports = max((s[3] for f, s in stats.items() if f[2] == "_find_and_load"), default=0.0)
    print(f"\nunder the profiler {total:.2f} s, of which imports {imports:.2f} s")
    print("\nby function, with all it calls; seconds: total, own, calls")
    ours = {function: s for function, s in stats.items() if _module(function) and function[2] != "<module>"}
    for function, (_, calls, own, cumulative, _) in sorted(ours.items(), key=lambda item: -item[1][3])[
        : 2 * _TOP
    ]:
        print(f"  {cumulative:8.3f} {own:8.3f} {calls:9,}  {_module(function)}:{function[1]} {function[2]}")
    # Libraries' functions that come back into eduxl would count its time twice.
    back = set(ours)
    waiting = list(ours)
    while waiting:
        for caller in stats[waiting.pop()][4]:
            if caller not in back:
                back.add(caller)
                waiting.append(caller)
    modules: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0])
    for function, (_, _, own, _, callers) in stats.items():
        if function in ours:
            modules[_module(function)][0] += own
            continue
        for caller, (_, _, part_own, part_all) in callers.items():
            if caller in ours:
                modules[_module(caller)][1] += part_own if function in back else part_all
    print("\nby module; seconds: its own, and of the libraries it calls")
    for name, (own, libraries) in sorted(modules.items(), key=lambda item: -sum(item[1]))[:_TOP]:
        print(f"  {own:8.3f} {libraries:8.3f}  {name}")


def _module(function: _Function) -> str:
    """The module of one of eduxl's functions, "" for others'."""
    path = function[0]
    return (
        path[len(_PACKAGE) + 1 : -3].replace("/", ".").replace("\\", ".") if path.startswith(_PACKAGE) else ""
    )
