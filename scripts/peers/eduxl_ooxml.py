"""New rows for sheets of a workbook by eduxl's patcher: find the rows by key, replace them, save.

python eduxl_ooxml.py SOURCE TARGET CHANGES.json
"""

import json
import sys
from pathlib import Path

from eduxl.ooxml import NewRow, Package


def main(source: str, target: str, changes: str) -> None:
    package = Package.open(Path(source))
    for name, change in json.loads(Path(changes).read_text(encoding="utf-8")).items():
        sheet, width = package.sheet(name), change["key_columns"]
        region = sheet.region(1, change["columns"])
        keys = [tuple(row) for row in sheet.values(region, change["columns"][:width])]
        sheet.replace(region, keys, [NewRow(tuple(row[:width]), row) for row in change["rows"]])
    package.save(target)


if __name__ == "__main__":
    main(*sys.argv[1:])
