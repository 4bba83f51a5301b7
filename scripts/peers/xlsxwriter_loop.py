"""A workbook for each unit by a bare XlsxWriter loop: the texts and numbers of a template, without formats.

python xlsxwriter_loop.py FOLDER CELLS.json

CELLS.json has `units` (file, texts that take the place of `sample`'s) and `sheets` (name → [row, column, value]…).
"""

import json
import sys
from pathlib import Path

import xlsxwriter  # type: ignore[import-untyped]


def main(folder: str, cells: str) -> None:
    content = json.loads(Path(cells).read_text(encoding="utf-8"))
    sample_code, sample_name = content["sample"]
    for file, code, name in content["units"]:
        with xlsxwriter.Workbook(Path(folder, file)) as book:
            for sheet_name, sheet_cells in content["sheets"].items():
                sheet = book.add_worksheet(sheet_name)
                for row, column, value in sheet_cells:
                    if isinstance(value, str):
                        value = value.replace(sample_code, code).replace(sample_name, name)
                    sheet.write(row, column, value)


if __name__ == "__main__":
    main(*sys.argv[1:])
