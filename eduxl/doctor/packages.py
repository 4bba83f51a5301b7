"""The packages eduxl asks for and the ones that are installed, by the metadata that pip keeps; nothing is imported."""

from __future__ import annotations

import configparser
import re
from collections.abc import Iterable
from importlib import metadata
from pathlib import Path, PureWindowsPath

import eduxl
from eduxl.doctor.facts import Package, Packages, Python

#: Parts that a user may want; the others are for programmers.
EXTRAS = ("excel", "mail", "report")
_REQUIREMENT = re.compile(r"([\w.-]+)\s*(?:>=\s*([\w.]+))?\s*(?:;\s*extra\s*==\s*[\"']([\w-]+)[\"'])?\s*")


def found() -> Packages:
    """What eduxl asks for and what there is, read from the installed metadata, in a checkout from its setup.cfg."""
    try:
        asked = metadata.requires("eduxl") or []
        source = False
    except metadata.PackageNotFoundError:
        asked, source = asked_by_checkout(Path(eduxl.__file__).parent.parent / "setup.cfg"), True
    required, extras = sort(asked)
    return Packages(
        eduxl.__version__,
        source,
        tuple(package(*item) for item in required),
        {extra: tuple(package(*item) for item in extras.get(extra, ())) for extra in EXTRAS},
    )


Asked = list[tuple[str, str]]


def sort(requirements: Iterable[str]) -> tuple[Asked, dict[str, Asked]]:
    """Requirements as name and least version: those always needed, and those of each extra.

    Reads 'name>=1.2; extra == "x"', which is all that setup.cfg has; another form is a `ValueError`.
    """
    required: Asked = []
    extras: dict[str, Asked] = {}
    for text in requirements:
        match = _REQUIREMENT.fullmatch(text)
        if not match:
            raise ValueError(f"not a requirement that eduxl writes: {text}")
        name, least, extra = match.groups()
        (extras.setdefault(extra, []) if extra else required).append((name, least or ""))
    return required, extras


def is_enough(package: Package) -> bool:
    """Whether a package is installed and not older than asked for."""
    return bool(package.installed) and _numbers(package.installed) >= _numbers(package.least)


def listed(packages: Iterable[Package]) -> str:
    """Packages that are missing or too old, in words."""
    return "，".join(
        f"{p.name} {p.installed} 太旧（要 {p.least} 以上）" if p.installed else f"缺 {p.name}"
        for p in packages
    )


def pip(python: Python, packages: Iterable[Package]) -> str:
    """A command that can be copied: with the very Python that runs this, in quotes where a shell needs them."""
    asked = " ".join(f'"{p.name}>={p.least}"' if p.least else p.name for p in packages)
    exe = python.executable
    if " " in str(PureWindowsPath(exe)):
        exe = f'"{exe}"'
    return f"请运行：{exe} -m pip install -U {asked}"


def _numbers(version: str) -> list[int]:
    """The numbers of a release: 3.1.3 → [3, 1, 3]; trailing zeros don't count, nor does anything after them."""
    numbers = [int(n) for n in (re.match(r"\d+(?:\.\d+)*", version) or ["0"])[0].split(".")]
    while numbers and not numbers[-1]:
        numbers.pop()
    return numbers


def package(name: str, least: str) -> Package:
    try:
        return Package(name, least, metadata.version(name))
    except metadata.PackageNotFoundError:
        return Package(name, least, "")


def asked_by_checkout(config: Path) -> list[str]:
    parser = configparser.ConfigParser()
    parser.read(config, encoding="utf-8")
    asked = parser.get("options", "install_requires", fallback="").split("\n")
    for extra in EXTRAS:
        lines = parser.get("options.extras_require", extra, fallback="").split("\n")
        asked += [f'{line}; extra == "{extra}"' for line in lines if line]
    return [line for line in asked if line]
