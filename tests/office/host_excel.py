"""`eduxl` as the macro of Excel starts it, in a process where the LibreOffice that listens at a pipe is "Excel".

    python host_excel.py PIPE WINDOW SWITCHES TROUBLE WORD…    `eduxl WORD…`

SWITCHES is a file that keeps the program's switches. TROUBLE is JSON: null, or `{"sheet": NAME, "does": "wait", "file": PATH}`:
when that sheet is to be written the program refuses (`refuse`), this process is killed (`die`), or it waits (`wait`) while
PATH is there, having made it. Prints JSON: the exit code, the ranges written, every switch that was set, and where
they stand.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.office import uno_engine


class Trouble:
    """See above; `does` names the method."""

    def __init__(self, sheet: str, does: str, file: str = "") -> None:
        self._sheet, self._does, self._file = sheet, does, Path(file)

    def __call__(self, sheet: str) -> None:
        if sheet == self._sheet:
            self._sheet = ""  # once
            getattr(self, self._does)()

    def refuse(self) -> None:
        raise OSError(-2147352567, "Exception occurred.")  # as pywin32 tells of a call that Excel refuses

    def die(self) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    def wait(self) -> None:
        self._file.touch()
        while self._file.exists():
            time.sleep(0.05)


def main() -> None:
    pipe, window, switches, trouble, *words = sys.argv[1:]
    app = uno_engine.connect(pipe, int(window), Path(switches))
    given: dict[str, Any] | None = json.loads(trouble)
    if given:
        app.before_write = Trouble(**given)

    from eduxl import cli

    code: Any = 0
    try:
        cli.main(words, prog_name="eduxl")
    except SystemExit as end:
        code = end.code
    told = {"code": code or 0, "writes": app.writes, "history": app.history, "switches": app.switches}
    print(json.dumps(told, ensure_ascii=False), flush=True)
    os._exit(0)  # `uno` may take an interpreter down when it ends


if __name__ == "__main__":
    main()
