"""Letters, settings and an empty ledger for tests of outgoing mail; also the sender that tests run as a process.

`python -m tests.mail.mailing MEMORY PORT UNITS OPTIONS` sends to so many units; the secret is in EDUXL_MAIL_SECRET.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import Any

from attrs import define, field

from eduxl.mail import sending
from eduxl.mail.letter import Attachment, Letter, key_of, message_id
from eduxl.mail.mailing import Planned
from eduxl.mail.outbox import Outbox
from eduxl.mail.results import SendResult
from eduxl.mail.secret import Secret
from eduxl.mail.settings import Server, Settings
from eduxl.mail.throttle import Throttle
from eduxl.tracker.ledger import Ledger
from eduxl.tracker.place import LEDGER
from tests.mail.smtp_server import SECRET, SmtpServer

ADDRESS = "office@edu.test"
#: Another process books something and takes its time about it.
_MERGE = """
import sys, time
from datetime import date
from pathlib import Path
from eduxl.tracker.ledger import Ledger
with Ledger.open(Path(sys.argv[1])) as ledger, ledger.transaction() as tx:
    tx.record(date(2026, 3, 1), "merge", "long", [])
    print("begun", flush=True)
    time.sleep(float(sys.argv[2]))
"""


def memory(folder: Path) -> Path:
    """A memory folder with an empty ledger."""
    made = folder / "总台账.eduxl"
    made.mkdir()
    Ledger.create(made / LEDGER, "tracker").close()
    return made


@contextmanager
def merging(folder: Path, *, seconds: float) -> Iterator[subprocess.Popen[str]]:
    """A process that has begun to write to the ledger, and holds it for so long."""
    command = [sys.executable, "-c", _MERGE, str(folder / LEDGER), str(seconds)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as merge:
        assert merge.stdout and merge.stdout.readline() == "begun\n"
        yield merge


def settings(server: SmtpServer | int, security: str = "", host: str = "localhost") -> Settings:
    """For a server, in the way that it protects itself unless told otherwise."""
    port = server if isinstance(server, int) else server.port
    way: Any = security or (server.security if isinstance(server, SmtpServer) else "plain")
    return Settings(
        ADDRESS, "示范县教育局", "custom", Server(host, port), Server(host, 1), "imap", way, "plain"
    )


def letter(number: int, *, to: str = "", round_id: str = "2026-03", size: int = 200, **other: Any) -> Letter:
    """The template of a unit, numbered from 1, with an attachment of `size` bytes that do not compress."""
    unit = f"S{number:03}"
    content = Random(number).randbytes(size)
    sha256 = hashlib.sha256(content).hexdigest()
    told: dict[str, Any] = {
        "unit": unit,
        "label": f"{unit} 第{number}小学",
        "to": to or f"{unit.lower()}@school.test",
        "kind": "模板",
        "subject": f"第{number}小学填报表",
        "body": f"第{number}小学：\n.请填写附件。\n",
        "attachments": (Attachment(f"第{number}小学填报表.xlsx", lambda: content),),
        "round": round_id,
        "sha256": sha256,
        "count": 1,
        **other,
    }
    told["message_id"] = message_id(
        "tracker", round_id, unit, told["kind"], told["count"], told["sha256"], "edu.test"
    )
    return Letter(key=key_of(round_id, unit, told["kind"]), **told)


def letters(count: int, **other: Any) -> list[Letter]:
    return [letter(number, **other) for number in range(1, count + 1)]


@define
class Clock:
    """Time that passes by sleeping alone; `slept` are the sleeps."""

    now: float = 1000.0
    slept: list[float] = field(factory=list)

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


def run(
    server: SmtpServer,
    memory: Path,
    planned: Sequence[Letter],
    *,
    throttle: Throttle | None = None,
    secret: str = SECRET,
    before: Callable[[Outbox], object] | None = None,
    **other: Any,
) -> SendResult:
    """Send letters to the server; pauses take no time."""
    clock = Clock()
    with Outbox(memory) as outbox:
        if before:
            before(outbox)
        return sending.send(
            Planned(letters=list(planned)),
            outbox,
            other.pop("settings", None) or settings(server),
            Secret(secret),
            throttle or Throttle.off(clock=clock, sleep=clock.sleep),
            **other,
        )


def states(memory: Path) -> dict[str, str]:
    """Unit → the state of its last mail."""
    with Outbox(memory) as outbox:
        return {mail.unit: mail.state for mail in outbox.standing().values()}


def main(folder: str, port: str, units: str, options: str = "{}") -> None:
    told = {"size": 30_000, "security": "plain", **json.loads(options)}
    with Outbox(Path(folder)) as outbox:
        result = sending.send(
            Planned(letters=letters(int(units), size=told["size"])),
            outbox,
            settings(int(port), told["security"]),
            Secret(os.environ["EDUXL_MAIL_SECRET"]),
            Throttle.off(),
            (lambda done, _all: print(done, flush=True)) if told.get("progress") else None,
        )
    print(json.dumps({**result.to_json(), "stopped": result.stopped}, ensure_ascii=False))


if __name__ == "__main__":
    main(*sys.argv[1:])
