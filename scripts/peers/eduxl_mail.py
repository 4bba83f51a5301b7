"""Letters made and sent by eduxl with its pace off, each step noted in the ledger.

python eduxl_mail.py PORT LETTERS.json SENDER SECRET MEMORY
"""

import json
import sys
from pathlib import Path

from eduxl.mail.letter import Attachment, Letter
from eduxl.mail.mailing import Planned
from eduxl.mail.outbox import Outbox
from eduxl.mail.secret import Secret
from eduxl.mail.sending import send
from eduxl.mail.settings import Server, Settings
from eduxl.mail.throttle import Throttle


def main(port: str, letters: str, sender: str, secret: str, memory: str) -> None:
    rows = json.loads(Path(letters).read_text(encoding="utf-8"))
    server = Server("127.0.0.1", int(port))
    settings = Settings(sender, "示范县教育局", "custom", server, server, "imap", "plain")
    planned = Planned(
        [
            Letter(
                **{**row, "attachments": tuple(Attachment(Path(p).name, Path(p)) for p in row["attachments"])}
            )
            for row in rows
        ]
    )
    with Outbox(Path(memory)) as outbox:
        result = send(planned, outbox, settings, Secret(secret), Throttle.off())
    if len(result.sent) < len(rows):
        raise SystemExit(f"sent {len(result.sent)} of {len(rows)}: {result.stopped}")


if __name__ == "__main__":
    main(*sys.argv[1:])
