"""Judging paths by their text alone: whose cloud folder, how long, what Windows would replace in them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import PurePath

#: Folder names of services that synchronise what is in them, and how people call the service.
_SERVICES = (
    ("onedrive", "OneDrive"),
    ("坚果云", "坚果云"),
    ("nutstore", "坚果云"),
    ("百度网盘", "百度网盘"),
    ("baidusync", "百度网盘"),
    ("wps云盘", "WPS 云盘"),
    ("wpsdrive", "WPS 云盘"),
    ("dropbox", "Dropbox"),
    ("mobile documents", "iCloud"),
    ("iclouddrive", "iCloud"),
)
_ONEDRIVE = ("ONEDRIVE", "ONEDRIVECOMMERCIAL", "ONEDRIVECONSUMER")


def cloud_of(path: PurePath, environment: Mapping[str, str]) -> str:
    """The name of the service that synchronises a folder, "" where none is known to."""
    values = {name.upper(): value for name, value in environment.items()}
    if any(values.get(name) and path.is_relative_to(values[name]) for name in _ONEDRIVE):
        return "OneDrive"
    for part in path.parts:
        for begin, service in _SERVICES:
            if part.casefold().startswith(begin):
                return service
    return ""


def variables_in(path: str, environment: Mapping[str, str]) -> tuple[str, ...]:
    """The parts %NAME% of a path that Windows would replace, because it has a variable of that name."""
    names = {name.upper() for name in environment}
    return tuple(f"%{name}%" for name in re.findall("%([^%]+)%", path) if name.upper() in names)


def bits_of(head: bytes) -> int:
    """32 or 64 of a Windows program by the machine in its PE header; 0 where that cannot be told.

    `head` is the beginning of the file; 4,096 bytes hold the header of every real program.
    """
    at = int.from_bytes(head[0x3C:0x40], "little")
    if head[:2] != b"MZ" or head[at : at + 4] != b"PE\0\0":
        return 0
    machine = int.from_bytes(head[at + 4 : at + 6], "little")
    return {0x014C: 32, 0x8664: 64, 0xAA64: 64}.get(machine, 0)
