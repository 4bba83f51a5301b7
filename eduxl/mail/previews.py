"""Messages as files that any mail program opens, in the folder 发件预览 beside the master."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from eduxl import files
from eduxl.mail.letter import Letter, as_bytes
from eduxl.mail.settings import Settings

FOLDER = "发件预览"
_NOT_IN_NAMES = str.maketrans('\\/:*?"<>|', "_________")


def write(letters: Sequence[Letter], beside: Path, sender: Settings) -> Path:
    """One .eml for each letter, in place of those of an earlier look; returns the folder. Raises `FileProblem`."""
    folder = beside / FOLDER
    with files.explained(f"写“{FOLDER}”"):
        folder.mkdir(exist_ok=True)
        for old in folder.glob("*.eml"):
            old.unlink()
        for letter in letters:
            data = as_bytes(letter, sender.address, sender.name, datetime.now())
            name = f"{letter.label}_{letter.round}_{letter.kind}".replace(" ", "_").translate(_NOT_IN_NAMES)
            (folder / f"{name}.eml").write_bytes(data)
    return folder
