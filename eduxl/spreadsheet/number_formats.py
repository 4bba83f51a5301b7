"""How the cells of an .xlsx show their numbers: 00000 keeps the zeros of a code, yyyy"年"m"月" means a month."""

from __future__ import annotations

import re
from itertools import islice

from eduxl.spreadsheet import sheet_xml
from eduxl.spreadsheet.bounds import Place
from eduxl.spreadsheet.parts import attributes

GENERAL = "General"
#: Formats that have a number and no text (ECMA-376 part 1, 18.8.30); from 27 on those of Chinese Excel.
BUILT_IN = {
    1: "0", 2: "0.00", 3: "#,##0", 4: "#,##0.00", 9: "0%", 10: "0.00%", 11: "0.00E+00", 12: "# ?/?", 13: "# ??/??",
    14: "yyyy/m/d", 15: "d-mmm-yy", 16: "d-mmm", 17: "mmm-yy", 18: "h:mm AM/PM", 19: "h:mm:ss AM/PM", 20: "h:mm",
    21: "h:mm:ss", 22: "yyyy/m/d h:mm", 37: "#,##0;-#,##0", 38: "#,##0;[Red]-#,##0", 39: "#,##0.00;-#,##0.00",
    40: "#,##0.00;[Red]-#,##0.00", 45: "mm:ss", 46: "[h]:mm:ss", 47: "mm:ss.0", 48: "##0.0E+0", 49: "@",
    **dict.fromkeys((27, 36, 50, 52, 57), 'yyyy"年"m"月"'),
    **dict.fromkeys((28, 29, 51, 53, 54, 58), 'm"月"d"日"'),
    30: "m-d-yy", 31: 'yyyy"年"m"月"d"日"', 32: 'h"时"mm"分"', 33: 'h"时"mm"分"ss"秒"',
    **dict.fromkeys((34, 55), '上午/下午h"时"mm"分"'),
    **dict.fromkeys((35, 56), '上午/下午h"时"mm"分"ss"秒"'),
}  # fmt: skip
#: Excel has 65,490 cell formats at most.
_MOST_STYLES = 65_536
#: Cells that are looked at, which takes a second.
_MOST_CELLS = 500_000
_TAG = re.compile(rb"<(/?)(?:\w+:)?(numFmt|cellXfs|xf)(?=[\s/>])([^<>]*)")
_STYLE = re.compile(rb"""(?:^|\s)s\s*=\s*["'](\d{1,6})["']""")


def of_styles(xml: bytes) -> list[str]:
    """The number format of each cell style in `styles.xml`."""
    texts: dict[str, str] = {}
    shown: list[str] = []
    in_cells = False
    for match in islice(_TAG.finditer(xml), 4 * _MOST_STYLES):
        closing, tag, said = match.groups()
        if tag == b"cellXfs":
            in_cells = not closing
        elif tag == b"numFmt":
            about = attributes(said)
            texts[about.get("numFmtId", "")] = about.get("formatCode", GENERAL)
        elif in_cells and not closing:
            no = attributes(said).get("numFmtId", "0")
            shown.append(texts.get(no) or BUILT_IN.get(int(no[:6]) if no.isdecimal() else 0, GENERAL))
    return shown


def of_cells(sheet: bytes, styles: list[str]) -> dict[Place, str]:
    """place → number format of the cells of a sheet that show other than General."""
    found: dict[Place, str] = {}
    for place, said in islice(sheet_xml.cells(sheet), _MOST_CELLS):
        style = _STYLE.search(said)
        no = int(style[1]) if style else 0
        if no < len(styles) and styles[no] != GENERAL:
            found[place] = styles[no]
    return found
