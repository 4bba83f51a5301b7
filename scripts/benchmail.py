"""Letters to send, and a server on loopback to send them to (tests/mail/smtp_server.py, which needs aiosmtpd)."""

from __future__ import annotations

import hashlib
import json
import random
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from attrs import asdict, evolve

from eduxl.mail.letter import Attachment, Letter, as_bytes, key_of, message_id
from eduxl.tracker.ledger import Ledger
from eduxl.tracker.place import LEDGER

ROOT = Path(__file__).resolve().parent.parent
SENDER, SECRET = "office@edu.test", "of-the-bench"
#: Bytes of an attachment, which is about what a template of 21 tasks takes.
SIZE = 30_000


def write(folder: Path, count: int) -> tuple[Path, Path]:
    """A JSON list of letters with their attachments beside it, and a folder of the same letters as bytes to send."""
    listed, made = folder / "letters.json", folder / "made"
    made.mkdir(parents=True)
    chance, rows = random.Random(count), []
    for number in range(count):
        attached = folder / f"第{number}小学填报表.xlsx"
        attached.write_bytes(chance.randbytes(SIZE))
        letter = _letter(f"S{number:05}", attached)
        (made / f"{number:05}.eml").write_bytes(
            as_bytes(letter, SENDER, "示范县教育局", datetime(2026, 3, 1))
        )
        rows.append({**asdict(evolve(letter, attachments=())), "attachments": [str(attached)]})
    listed.write_text(json.dumps(rows), encoding="utf-8")
    return listed, made


def _letter(unit: str, attached: Path) -> Letter:
    sha256 = hashlib.sha256(attached.read_bytes()).hexdigest()
    return Letter(
        unit=unit,
        label=f"{unit} {attached.stem}",
        to=f"{unit}@school.test",
        kind="模板",
        subject=f"{attached.stem}，请于3月31日前报回",
        body="各单位：\n请填写附件后报回。\n" * 5,
        attachments=(Attachment(attached.name, attached),),
        message_id=message_id("bench", "2026-03", unit, "模板", 1, sha256, "edu.test"),
        key=key_of("2026-03", unit, "模板"),
        round="2026-03",
        sha256=sha256,
    )


def empty_ledger(memory: Path) -> None:
    """The memory of a tracker from which nothing was sent yet."""
    shutil.rmtree(memory, ignore_errors=True)
    memory.mkdir()
    Ledger.create(memory / LEDGER, "bench").close()


@contextmanager
def server() -> Iterator[int]:
    """A server in a process of its own that keeps no content; gives its port. Raises SystemExit where it doesn't start."""
    options = json.dumps({"user": SENDER, "password": SECRET, "keep": False})
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.mail.smtp_server", options],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin and process.stdout
    try:
        port = process.stdout.readline()
        if not port:
            raise SystemExit("the mail server of the tests does not start: pip install aiosmtpd trustme")
        yield int(port)
    finally:
        process.stdin.close()
        process.stdout.read()
        process.wait()
