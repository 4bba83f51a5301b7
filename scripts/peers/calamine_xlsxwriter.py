"""The fastest that Python's libraries do without checks: calamine reads, XlsxWriter writes row by row.

python calamine_xlsxwriter.py RETURNS TARGET SHEET FIRST_ROW
"""

import sys
from pathlib import Path

import xlsxwriter  # type: ignore[import-untyped]
from python_calamine import CalamineWorkbook


def main(returns: str, target: str, sheet: str, first_row: str) -> None:
    options = {"constant_memory": True, "default_date_format": "yyyy-mm-dd"}
    with xlsxwriter.Workbook(target, options) as book:
        merged = book.add_worksheet()
        at = 0
        for path in sorted(Path(returns).glob("*.xlsx")):
            with CalamineWorkbook.from_path(path) as read:
                rows = read.get_sheet_by_name(sheet).to_python(skip_empty_area=False)
            for row in rows[int(first_row) - 1 :]:
                merged.write_row(at, 0, [path.name, *row])
                at += 1


if __name__ == "__main__":
    main(*sys.argv[1:])
