"""Runs in the Python that has LibreOffice's `uno`: opens a workbook, runs macros of it, prints what they gave.

    python3 macros.py SOFFICE PROFILE JOB

JOB is JSON: `workbook` is the file, `text` is written into cell A1 of a new sheet first unless it is "", `macros` are
MODULE.MACRO. Prints a JSON list, for each macro its result. Nothing of eduxl is imported here.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "survival"))
from steps import desktop, properties


def main() -> None:
    soffice, profile, job = sys.argv[1:]
    wanted = json.loads(job)
    top, program = desktop(soffice, profile)
    try:
        # Not Hidden: LibreOffice closes nothing for a macro that has no frame.
        book = top.loadComponentFromURL(
            Path(wanted["workbook"]).as_uri(), "_blank", 0, properties(MacroExecutionMode=4)
        )
        if wanted["text"]:
            book.Sheets.insertNewByName("mine", book.Sheets.Count)
            book.Sheets.getByName("mine").getCellByPosition(0, 0).String = wanted["text"]
        results = []
        for macro in wanted["macros"]:
            url = f"vnd.sun.star.script:VBAProject.{macro}?language=Basic&location=document"
            # An error in a macro is swallowed and gives nothing, so the caller looks at results.
            results.append(book.getScriptProvider().getScript(url).invoke((), (), ())[0])
        top.terminate()
        sys.stdout.buffer.write(json.dumps(results).encode())
    finally:
        try:
            program.wait(20)
        except subprocess.TimeoutExpired:
            program.kill()


if __name__ == "__main__":
    main()
