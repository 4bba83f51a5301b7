"""The log of the buttons: where it lies, and what is written into it when something failed."""

from __future__ import annotations

import os
import platform
import sys
import tempfile
import traceback
from datetime import datetime
from pathlib import Path

from eduxl import __version__

_NAME = "eduxl.log"
#: Bytes after which the log is begun anew; the one before is kept.
_FULL = 1_000_000


def folder() -> Path:
    """The user's folder for logs, as the system wants it."""
    home = Path.home()
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or home / "AppData" / "Local") / "eduxl" / "Logs"
    if sys.platform == "darwin":
        return home / "Library" / "Logs" / "eduxl"
    return Path(os.environ.get("XDG_STATE_HOME") or home / ".local" / "state") / "eduxl" / "log"


def record(doing: str, error: BaseException) -> str:
    """Append an error with all that helps to find it; returns the log's path, "" where none could be written."""
    said = "".join(traceback.format_exception(error))
    head = (
        f"{datetime.now().astimezone():%Y-%m-%d %H:%M:%S%z} eduxl {__version__} {platform.platform()} {doing}"
    )
    for place in (folder(), Path(tempfile.gettempdir())):
        try:
            place.mkdir(parents=True, exist_ok=True)
            log = place / _NAME
            if log.exists() and log.stat().st_size > _FULL:
                os.replace(log, place / f"{_NAME}.1")
            with log.open("a", encoding="utf-8", errors="backslashreplace") as file:
                file.write(f"{head}\n{said}\n")
            return str(log)
        except OSError:
            continue
    return ""
