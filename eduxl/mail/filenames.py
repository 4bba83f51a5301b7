"""Names of files as a mail gives them → names that a folder can hold."""

from __future__ import annotations

import re

from eduxl.mail.headers import clean

#: Characters, and bytes in UTF-8: file systems take 255 bytes, and what saves a file adds a few of its own.
LONGEST, _LONGEST_BYTES = 200, 230
_FORBIDDEN = re.compile(r'[<>:"|?*]')
#: Names of devices, which Windows opens instead of a file.
_DEVICES = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?=\.|$)", re.I)
_EXTENSION = re.compile(r"\.[A-Za-z0-9]{1,10}$")


def safe(name: str) -> str:
    """Without folders, control characters, marks of direction and what Windows forbids; "" where nothing is left."""
    name = clean(re.split(r"[/\\]", name)[-1])
    name = _FORBIDDEN.sub("_", name).strip().rstrip(". ")
    if _DEVICES.match(name):
        name = f"_{name}"
    if not name.strip(". _"):
        return ""
    extension = _EXTENSION.search(name)
    end = extension[0] if extension else ""
    return _cut(name.removesuffix(end), len(end)) + end


def _cut(stem: str, end: int) -> str:
    stem = stem[: LONGEST - end]
    return stem.encode()[: _LONGEST_BYTES - end].decode("utf-8", "ignore").rstrip(". ") or "附件"


def best(candidates: list[str]) -> str:
    """The first of the names that is not damaged, as by a program that knew no Chinese; "" where there is none."""
    named = [name for name in map(safe, candidates) if name]
    return min(named, key=_damage, default="")


def _damage(name: str) -> int:
    return name.count("\ufffd") + name.count("__")
