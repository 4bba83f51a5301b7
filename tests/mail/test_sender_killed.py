"""The sender is killed again and again amid a batch: no unit gets two messages, and none is forgotten."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from random import Random
from typing import Any

from eduxl.mail.outbox import Outbox
from tests.mail.mailing import letters, memory
from tests.mail.smtp_server import SECRET, SmtpServer

UNITS, KILLS = 300, 20
SIZE = 3000


def sender(place: Path, server: SmtpServer) -> subprocess.Popen[str]:
    options = json.dumps({"size": SIZE, "progress": True})
    return subprocess.Popen(
        [sys.executable, "-m", "tests.mail.mailing", str(place), str(server.port), str(UNITS), options],
        env={**os.environ, "EDUXL_MAIL_SECRET": SECRET},
        stdout=subprocess.PIPE,
        text=True,
    )


def finish(process: subprocess.Popen[str]) -> dict[str, Any]:
    """Let a sender come to its end; its result."""
    output, _ = process.communicate()
    assert process.returncode == 0
    result: dict[str, Any] = json.loads(output.splitlines()[-1])
    return result


def test_a_sender_killed_at_twenty_moments_sends_each_unit_one_message_or_lists_it(tmp_path: Path) -> None:
    place, chance = memory(tmp_path), Random(9)
    with SmtpServer() as server:
        for _ in range(KILLS):
            process = sender(place, server)
            assert process.stdout
            for _ in range(chance.randrange(12)):  # letters that come to their end first
                process.stdout.readline()
            time.sleep(chance.uniform(0, 0.03))
            process.kill()
            process.wait()
            process.stdout.close()
        result = finish(sender(place, server))
        again = finish(sender(place, server))
    got = Counter(server.record.ids)
    expected = {letter.message_id: letter.label for letter in letters(UNITS, size=SIZE)}
    unsure = {each["unit"] for each in result["unsure"]}
    assert set(got) <= set(expected)
    assert max(got.values()) == 1
    assert {label for id_, label in expected.items() if id_ not in got} <= unsure
    assert len(unsure) <= KILLS
    assert result["failed"] == []
    told = [each["unit"] for name in ("sent", "skipped", "unsure") for each in result[name]]
    assert sorted(told) == sorted(expected.values())
    with Outbox(place) as outbox:
        standing = outbox.standing()
    assert {expected[id_] for id_, mail in standing.items() if mail.unsure} == unsure
    assert all(mail.unsure or mail.state == "sent" for mail in standing.values())
    assert again["sent"] == []
    assert {each["unit"] for each in again["unsure"]} == unsure
