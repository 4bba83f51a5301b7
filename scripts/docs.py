#!/usr/bin/env python3
"""Makes the parts of docs/ that are made from the program: the pictures and the page of codes.

    python scripts/docs.py             both
    python scripts/docs.py codes       docs/codes.md only (no LibreOffice needed)
    python scripts/docs.py pictures    docs/images/*.png only

The pictures show the demo's own workbooks as LibreOffice prints them. Run it with the Python that eduxl is
installed in (`scripts/dev.py docs` does).
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
import zipfile
from functools import partial
from pathlib import Path

from eduxl import labels
from eduxl.returns.codes import REJECT_LIST, WARNING_LIST, Code

DOCS = Path(__file__).resolve().parent.parent / "docs"
#: Picture → the sheet of the master that it shows, and which of its printed pages.
MASTER_PICTURES = {
    "master": (labels.HOME, 1),
    "overview": (labels.OVERVIEW, 1),
    "entries": (labels.ENTRIES, 3),  # a page with flags of several kinds on it
    "alerts": (labels.ALERTS, 1),
}
#: 填报明细 is too wide to be read as one picture; these columns are enough to show what it is.
ENTRIES_SHOWN = (
    labels.UNIT_CODE,
    labels.UNIT_NAME,
    labels.TASK_TITLE,
    labels.DUE,
    labels.STATUS,
    labels.PROGRESS,
    labels.DONE_ON,
    labels.REPORT,
    labels.LIGHT,
    labels.FLAGS,
    labels.REVIEW,
    labels.REVIEW_NOTE,
    labels.EXTENDED_TO,
)
WIDEST, TALLEST, SHARPEST = 1400, 950, 125.0  # pixels, pixels, dots per inch
MARGIN = 0.1  # inches left white around what is printed


def codes() -> None:
    """Write docs/codes.md."""
    target = DOCS / "codes.md"
    target.write_text(codes_page(), encoding="utf-8", newline="\n")
    print(target.relative_to(DOCS))


def codes_page() -> str:
    """Every reject and warning code with what it means and what to do, as Markdown."""
    return (
        "<!-- Made by scripts/docs.py from eduxl/returns/codes.py. -->\n\n"
        "# 退回原因和提醒\n\n"
        "## 退回原因\n\n"
        "有下面情况的文件不汇总，列在“退回清单”里；其中的内容一概不用，原件存档。\n\n"
        f"{_table(REJECT_LIST, with_level=False)}\n"
        "## 提醒\n\n"
        "有下面情况的文件照常汇总，提醒随汇总结果列出。“必须改”是读不懂、矛盾或缺少的；"
        "“请核实”是少见但可能的，写明原因即可。\n\n"
        f"{_table(WARNING_LIST, with_level=True)}"
    )


def _table(listed: tuple[Code, ...], *, with_level: bool) -> str:
    levels = {"must": "必须改", "explain": "请核实"}
    columns = ["代码", "名称", *(["级别"] if with_level else []), "什么时候出现", "怎么办"]
    lines = [columns, ["---"] * len(columns)]
    for code in listed:
        level = [levels[code.level]] if with_level else []
        lines.append([f"`{code.code}`", code.title, *level, code.description, code.fix])
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


def pictures() -> None:
    """Run the demo in a temporary folder and print its sheets to docs/images/."""
    images = DOCS / "images"
    images.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        demo = Path(folder, "demo")
        program = Path(sys.executable).parent / ("eduxl.exe" if sys.platform == "win32" else "eduxl")
        subprocess.run([program, "demo", demo], check=True, stdout=subprocess.DEVNULL)
        master = next(demo.rglob(labels.MASTER_NAME))
        for name, (sheet, page) in MASTER_PICTURES.items():
            picture(master, sheet, images / f"{name}.png", page)
        round_folder = max(path.parent for path in demo.rglob("templates/*/*.xlsx"))
        picture(min(round_folder.glob("S*.xlsx")), labels.FORM, images / "template.png")


def picture(workbook: Path, sheet: str, target: Path, number: int = 1) -> None:
    """One printed page of one sheet as a PNG, trimmed to what is on it."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder, "sheet" + workbook.suffix)
        show_only(workbook, sheet, copy)
        profile = Path(folder, "profile").as_uri()
        command = ["soffice", f"-env:UserInstallation={profile}", "--headless", "--convert-to", "pdf"]
        subprocess.run([*command, "--outdir", folder, copy], check=True, stdout=subprocess.DEVNULL)
        page = ["pdftoppm", "-f", str(number), "-l", str(number), "-singlefile"]
        pdf = copy.with_suffix(".pdf")
        rough = 50  # dots per inch: enough to find where the print ends
        subprocess.run([*page, "-gray", "-r", str(rough), pdf, Path(folder, "rough")], check=True)
        left, top, right, bottom = (dots / rough for dots in printed_box(Path(folder, "rough.pgm")))
        left, top = max(0, left - MARGIN), max(0, top - MARGIN)
        width, height = right + MARGIN - left, bottom + MARGIN - top
        dpi = min(SHARPEST, WIDEST / width)
        box = {"-x": left * dpi, "-y": top * dpi, "-W": width * dpi, "-H": min(height * dpi, TALLEST)}
        crop = [word for option, dots in box.items() for word in (option, str(int(dots)))]
        subprocess.run([*page, "-png", "-r", str(dpi), *crop, pdf, target.with_suffix("")], check=True)
    print(target.relative_to(DOCS))


def show_only(workbook: Path, sheet: str, target: Path) -> None:
    """Copy a workbook with every other sheet hidden: LibreOffice prints the visible ones."""
    shown = ENTRIES_SHOWN if sheet == labels.ENTRIES else labels.ENTRY_COLUMNS
    hidden = {number for number, name in enumerate(labels.ENTRY_COLUMNS, 1) if name not in shown}
    with zipfile.ZipFile(workbook) as source, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as copy:
        for part in source.namelist():
            data = source.read(part)
            if part == "xl/workbook.xml":
                data = _hide_others(data.decode(), sheet).encode()
            elif part.startswith("xl/worksheets/sheet"):  # without page footers, or nothing could be trimmed
                data = re.sub(rb"<headerFooter.*?</headerFooter>", b"", data, flags=re.DOTALL)
                data = data.replace(b'fitToWidth="2"', b'fitToWidth="1"')
                data = re.sub(rb'<col min="(\d+)" max="(\d+)"([^>]*)/>', partial(_hide_columns, hidden), data)
            copy.writestr(part, data)


def _hide_columns(hidden: set[int], element: re.Match[bytes]) -> bytes:
    """One <col> element as one for each of its columns, those of `hidden` hidden."""
    first, last, rest = int(element[1]), int(element[2]), element[3].decode()
    columns = range(first, last + 1) if hidden.intersection(range(first, last + 1)) else ()
    hide = {n: ' hidden="1"' if n in hidden else "" for n in columns}
    split = (f'<col min="{n}" max="{n}"{hide[n]}{rest}/>' for n in columns)
    return "".join(split).encode() or element[0]


def _hide_others(xml: str, sheet: str) -> str:
    elements = re.findall(r"<sheet [^>]*/>", xml)
    shown = next(number for number, element in enumerate(elements) if f'name="{sheet}"' in element)
    for number, element in enumerate(elements):
        state = "visible" if number == shown else "hidden"
        plain = re.sub(r' state="\w+"', "", element)
        xml = xml.replace(element, plain.replace("<sheet ", f'<sheet state="{state}" '))
    # A sheet with a print area is printed even when hidden.
    area = rf'<definedName name="_xlnm.Print_Area" localSheetId="(?!{shown}")\d+"[^>]*>[^<]*</definedName>'
    xml = re.sub(rf'{area}| (activeTab|firstSheet)="\d+"', "", xml)
    return xml.replace("<workbookView ", f'<workbookView activeTab="{shown}" ')


def printed_box(pgm: Path) -> tuple[int, int, int, int]:
    """Left, top, right and bottom of what is not white in a binary PGM file (one byte a pixel), in pixels."""
    data = pgm.read_bytes()
    header = re.match(rb"P5\s+(\d+)\s+\d+\s+255\s", data)
    assert header, pgm
    width = int(header[1])
    rows = [data[start : start + width] for start in range(header.end(), len(data), width)]
    inked = [number for number, row in enumerate(rows) if row.strip(b"\xff")]
    if not inked:
        raise SystemExit(f"{pgm}: the page is empty")
    left = min(width - len(rows[number].lstrip(b"\xff")) for number in inked)
    right = max(len(rows[number].rstrip(b"\xff")) for number in inked)
    return left, inked[0], right, inked[-1] + 1


def main(argv: list[str]) -> int:
    recipes = {"codes": codes, "pictures": pictures}
    unknown = [word for word in argv if word not in recipes]
    if unknown:
        print(f"docs.py: no such part: {', '.join(unknown)}; there are {', '.join(recipes)}", file=sys.stderr)
        return 2
    for name in argv or recipes:
        recipes[name]()
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
