"""What pandas' users write: read_excel for each workbook, concat, to_excel, with the engines named.

python pandas_concat.py RETURNS TARGET SHEET FIRST_ROW READER WRITER
"""

import sys
from pathlib import Path
from typing import Any

import pandas as pd


def main(returns: str, target: str, sheet: str, first_row: str, reader: Any, writer: Any) -> None:
    frames = {
        path.name: pd.read_excel(path, sheet_name=sheet, header=int(first_row) - 2, engine=reader)
        for path in sorted(Path(returns).glob("*.xlsx"))
    }
    pd.concat(frames, names=["file", None]).reset_index(0).to_excel(target, index=False, engine=writer)


if __name__ == "__main__":
    main(*sys.argv[1:])
