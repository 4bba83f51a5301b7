"""Which program a button starts: the five places that the macro looks in, in its order and by its rules.

The macro itself is `workbook/vba/modLaunch.bas`; a test compares the two. Paths here are text, not `Path`, because
they are judged by the rules of VBA also where another system runs this.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Literal

from attrs import frozen

from eduxl.addin.registry import Registry

#: What GetSetting("eduxl", "Addin", "Program") reads.
SETTING_KEY, SETTING_NAME = r"HKCU\Software\VB and VBA Program Settings\eduxl\Addin", "Program"

Where = Literal["everywhere", "windows", "elsewhere"]


@frozen
class Place:
    """One place: the macro's expression for it, its name for people, and on which systems the macro looks there."""

    vba: str
    name: str
    where: Where = "everywhere"

    def on(self, windows: bool) -> bool:
        """Whether the macro looks here on Windows, or elsewhere."""
        return self.where == "everywhere" or (self.where == "windows") == windows


ENVIRONMENT = Place('Variable(sh, "EDUXL_EXE")', "环境变量 EDUXL_EXE")
SETTING = Place("Configured()", "加载项的设置")
COMMAND = Place('"eduxl"', "PATH", "elsewhere")
FOLDER = Place(
    r'Variable(sh, "LOCALAPPDATA") & "\eduxl\eduxl.exe"', r"%LOCALAPPDATA%\eduxl\eduxl.exe", "windows"
)
PATH = Place(r'folder & "\eduxl.exe"', "PATH", "windows")
LAUNCHER = Place("PyLauncher(sh)", "py 启动器", "windows")

#: In the order of the macro.
PLACES = (ENVIRONMENT, SETTING, COMMAND, FOLDER, PATH, LAUNCHER)


@frozen
class Surroundings:
    """What the macro would see: the system, its environment, the setting, and which programs start.

    `exists` tells whether a program is there; `has_eduxl` whether a py launcher's Python can import eduxl.
    """

    windows: bool
    environment: Mapping[str, str]
    setting: str
    exists: Callable[[str], bool]
    has_eduxl: Callable[[str], bool]


@frozen
class Finding:
    """A place and what stands there ("" for nothing), and whether the macro can start it."""

    place: Place
    program: str
    starts: bool


def places(around: Surroundings) -> list[Finding]:
    """What each place of this system holds, in the macro's order; the first that starts is the one that is used."""
    found = []
    for place in PLACES:
        if place.on(around.windows):
            programs = list(_programs(place, around))
            starting = next((p for p in programs if _starts(p, around)), None)
            told = starting or next((p for p in programs if place in (ENVIRONMENT, SETTING)), "")
            found.append(Finding(place, told, starting is not None))
    return found


def is_absolute(program: str) -> bool:
    """IsAbsolute of the macro: a drive, a share or a root, so that nothing is taken from the current folder."""
    return program[1:2] == ":" or program.startswith(("\\\\", "/"))


def is_python(program: str) -> bool:
    """IsPython of the macro: python.exe, pythonw.exe, python3.12 and py.exe are started with `-m eduxl`."""
    name = program.replace("\\", "/").rpartition("/")[2].lower()
    return name.startswith("python") or name == "py.exe"


def launchers(environment: Mapping[str, str]) -> list[str]:
    """Where Windows has the py launcher, in the macro's order."""
    windows, local = environment.get("WINDIR", ""), environment.get("LOCALAPPDATA", "")
    return [
        windows + r"\py.exe",
        local + r"\Programs\Python\Launcher\py.exe",
        local + r"\Microsoft\WindowsApps\py.exe",
    ]


def _programs(place: Place, around: Surroundings) -> Iterator[str]:
    variable = around.environment.get
    if place is ENVIRONMENT:
        yield variable("EDUXL_EXE", "")
    elif place is SETTING:
        yield around.setting
    elif place is COMMAND:
        yield "eduxl"
    elif place is FOLDER:
        yield variable("LOCALAPPDATA", "") + r"\eduxl\eduxl.exe"
    elif place is PATH:
        for folder in variable("PATH", "").split(";"):
            yield folder + r"\eduxl.exe"
    else:
        yield from (py for py in launchers(around.environment) if around.exists(py) and around.has_eduxl(py))


def _starts(program: str, around: Surroundings) -> bool:
    bare = program.replace('"', "")
    return (is_absolute(bare) or bare == "eduxl") and around.exists(bare)


# --- this machine ---


def here(registry: Registry | None) -> Surroundings:
    """The surroundings of a macro of this user on this machine."""
    setting = registry.value(SETTING_KEY, SETTING_NAME) if registry else None
    # Windows looks variables up in capitals and hands them over so.
    return Surroundings(os.name == "nt", dict(os.environ), str(setting or ""), _exists, _has_eduxl)


def _exists(program: str) -> bool:
    return shutil.which(program) is not None


def _has_eduxl(launcher: str) -> bool:
    try:
        done = subprocess.run([launcher, "-c", "import eduxl"], capture_output=True, timeout=30, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def own() -> str:
    """The program that this very eduxl is started with: its console script if there is one, else its Python."""
    name = "eduxl.exe" if os.name == "nt" else "eduxl"
    # Beside the Python first: that is where a virtual environment has it.
    folders = [str(Path(sys.executable).parent), sysconfig.get_path("scripts")]
    if sys.prefix == sys.base_prefix:
        folders.append(sysconfig.get_path("scripts", sysconfig.get_preferred_scheme("user")))
    found = (Path(folder) / name for folder in folders)
    return next((str(path) for path in found if path.is_file()), sys.executable)
