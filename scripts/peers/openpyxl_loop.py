"""The loop that openpyxl's tutorials show: load each workbook, append its rows to a new one.

python openpyxl_loop.py RETURNS TARGET SHEET FIRST_ROW
"""

import sys
from pathlib import Path

from openpyxl import Workbook, load_workbook


def main(returns: str, target: str, sheet: str, first_row: str) -> None:
    book = Workbook()
    merged = book.active
    assert merged is not None
    for path in sorted(Path(returns).glob("*.xlsx")):
        for row in load_workbook(path)[sheet].iter_rows(min_row=int(first_row), values_only=True):
            merged.append([path.name, *row])
    book.save(target)


if __name__ == "__main__":
    main(*sys.argv[1:])
