"""Messages that are made already, sent over one connection by a bare smtplib loop.

python smtplib_loop.py PORT FOLDER SENDER SECRET
"""

import re
import smtplib
import sys
from pathlib import Path


def main(port: str, folder: str, sender: str, secret: str) -> None:
    with smtplib.SMTP("127.0.0.1", int(port)) as server:
        server.login(sender, secret)
        for path in sorted(Path(folder).iterdir()):
            data = path.read_bytes()
            found = re.search(rb"(?m)^To: (\S+)", data)
            assert found
            server.sendmail(sender, [found[1].decode()], data)


if __name__ == "__main__":
    main(*sys.argv[1:])
