"""New rows for sheets of a workbook by openpyxl: load, set the cells, save.

python openpyxl_load_save.py SOURCE TARGET CHANGES.json
"""

import json
import sys
from pathlib import Path

from openpyxl import load_workbook


def main(source: str, target: str, changes: str) -> None:
    book = load_workbook(source)
    for name, change in json.loads(Path(changes).read_text(encoding="utf-8")).items():
        sheet = book[name]
        for r, row in enumerate(change["rows"], 2):
            for c, value in enumerate(row, 1):
                sheet.cell(r, c).value = value
    book.save(target)


if __name__ == "__main__":
    main(*sys.argv[1:])
