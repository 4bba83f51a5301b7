"""Adapter for old Word files (.doc, and .wps of WPS Office): LibreOffice converts them, where it is installed.

Their format is read by no library that is still kept up. Without LibreOffice the clerk is asked to save the
file as .docx, which Word and WPS both do.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from eduxl.errors import PlanError
from eduxl.plan.blocks import Block
from eduxl.plan.limits import LARGEST, encrypted_file, too_large
from eduxl.plan.word97 import with_last_paragraph

SECONDS = 90.0
_SAVE_AS = "请用 Word 或 WPS 另存为 .docx"
_PLACES = (
    "/Applications/LibreOffice.app/Contents/MacOS/soffice",
    "C:/Program Files/LibreOffice/program/soffice.exe",
    "C:/Program Files (x86)/LibreOffice/program/soffice.exe",
)
#: For the conversion's own profile: no macros, nothing fetched that the file refers to.
_SETTINGS = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Office.Common/Security/Scripting">
<prop oor:name="MacroSecurityLevel" oor:op="fuse"><value>3</value></prop></item>
<item oor:path="/org.openoffice.Office.Common/Security/Scripting">
<prop oor:name="DisableMacrosExecution" oor:op="fuse"><value>true</value></prop></item>
<item oor:path="/org.openoffice.Office.Common/Security/Scripting">
<prop oor:name="BlockUntrustedRefererLinks" oor:op="fuse"><value>true</value></prop></item>
</oor:items>
"""
#: In the header of a Word document's main stream: the text is encrypted.
_FLAGS, _ENCRYPTED = 10, 0x0100


def _stream(data: bytes, name: str) -> bytes | None:
    from eduxl.spreadsheet import ole
    from eduxl.spreadsheet.package import BadPackage

    try:
        return ole.stream(data, (name,))
    except BadPackage:
        return None


def is_word(data: bytes) -> bool:
    """True for an OLE file that holds a Word document; workbooks and presentations hold other streams."""
    return _stream(data, "WordDocument") is not None


def encrypted(data: bytes) -> bool:
    """True for an old Word document with a password and any new Office file with one, which is an OLE file too."""
    document = _stream(data, "WordDocument")
    if document is None:
        # By its name alone, so that a damaged one is known too.
        return "EncryptedPackage\0".encode("utf-16-le") in data
    return int.from_bytes(document[_FLAGS : _FLAGS + 2], "little") & _ENCRYPTED != 0


def program() -> str | None:
    """The path of an installed LibreOffice, None where there is none."""
    return (
        shutil.which("soffice")
        or shutil.which("libreoffice")
        or next((place for place in _PLACES if Path(place).is_file()), None)
    )


def blocks(data: bytes, source: str) -> Iterator[Block]:
    """An old Word file as the blocks of the .docx that LibreOffice makes of it.

    Raises PlanError `unsupported` where LibreOffice is missing or cannot convert it, `encrypted`,
    `not-a-plan` where it is far too large.
    """
    from eduxl.plan import docx

    if encrypted(data):
        raise encrypted_file(source)
    if len(data) > LARGEST:
        raise too_large(source)
    command = program()
    if command is None:
        raise PlanError(f"“{source}”是旧版 Word 格式，这里读不了；{_SAVE_AS}。", code="unsupported")
    converted = _converted(command, with_last_paragraph(data))
    if converted is None:
        raise PlanError(f"“{source}”是旧版 Word 格式，没有转换成功；{_SAVE_AS}。", code="unsupported")
    yield from docx.blocks(converted, source)


def _converted(command: str, data: bytes) -> bytes | None:
    """The .docx that LibreOffice makes of `data`, None where it fails or takes too long."""
    with tempfile.TemporaryDirectory(prefix="eduxl-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        settings = folder / "profile" / "user" / "registrymodifications.xcu"
        settings.parent.mkdir(parents=True)
        settings.write_text(_SETTINGS, encoding="utf-8")
        (folder / "plan.doc").write_bytes(data)
        process = subprocess.Popen(
            [
                command, f"-env:UserInstallation={(folder / 'profile').as_uri()}", "--headless", "--norestore",
                "--convert-to", "docx", "--outdir", str(folder / "out"), str(folder / "plan.doc"),
            ],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            start_new_session=True,
        )  # fmt: skip
        try:
            process.wait(SECONDS)
        except subprocess.TimeoutExpired:
            _end(process)
            return None
        made = folder / "out" / "plan.docx"
        return made.read_bytes() if made.is_file() else None


def _end(process: subprocess.Popen[bytes]) -> None:
    """Ends LibreOffice with the process that its starter has started."""
    if sys.platform == "win32":
        subprocess.run(["taskkill", "/T", "/F", "/PID", str(process.pid)], capture_output=True, check=False)
    else:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
