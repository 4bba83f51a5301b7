"""Templates filled in by the thousand: as XML, without a library, and shaped as Excel saves them.

That is with shared strings, spans and descents on rows, a calculation chain, printer settings, and the formats of the
default styles; which is what makes them 28 KB.
"""

from __future__ import annotations

import os
import random
import re
import struct
import zipfile
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from pathlib import Path
from xml.sax.saxutils import escape, unescape

from eduxl import labels as L

#: Row of the form's header, and so where the rows of tasks begin.
HEADER_ROW = 4
_CELL = re.compile(r'<c r="([A-Z]+)(\d+)"( s="\d+")?/>')
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_TYPES = "application/vnd.openxmlformats-officedocument.spreadsheetml."


class Form:
    """A template of one unit, taken apart so that it can be filled in for that unit, or another with the same rows."""

    def __init__(self, template: Path, code: str, name: str) -> None:
        self.unit = code.encode(), name.encode()
        with zipfile.ZipFile(template) as package:
            self.parts = {name: package.read(name) for name in package.namelist()}
        strings = self.parts.pop("xl/sharedStrings.xml").decode()
        self.strings = re.findall(r"<si>.*?</si>", strings, re.DOTALL)
        _as_excel_saves(self.parts)
        sheet = self.parts.pop("xl/worksheets/sheet1.xml").decode()
        header = re.findall(rf'<c r="([A-Z]+){HEADER_ROW}"[^>]*><v>(\d+)</v>', sheet)
        columns = {letters: unescape(re.sub("<.*?>", "", self.strings[int(i)])) for letters, i in header}
        #: Text of the sheet and the empty answer cells between: (text before, letters, row, style, column's name).
        self.cells: list[tuple[str, str, int, str, str]] = []
        end = 0
        for cell in _CELL.finditer(sheet):
            letters, row = cell[1], int(cell[2])
            if row > HEADER_ROW and columns.get(letters) in L.ANSWER_COLUMNS:
                self.cells.append((sheet[end : cell.start()], letters, row, cell[3] or "", columns[letters]))
                end = cell.end()
        self.rest = sheet[end:]
        self.count = len(re.findall(' t="s"', sheet))

    def fill(
        self,
        target: Path,
        code: str,
        name: str,
        rows: Sequence[Mapping[str, str | float]],
        moment: datetime,
    ) -> None:
        """Write the form of a unit with its answers (a row each: column → value as a cell holds it). The file's and the
        workbook's own time are the same moment."""
        strings = list(self.strings)
        index: dict[str, int] = {}
        pieces: list[str] = []
        for before, letters, row, style, column in self.cells:
            pieces.append(before)
            value = rows[row - HEADER_ROW - 1].get(column)
            if value is None:
                pieces.append(f'<c r="{letters}{row}"{style}/>')
            elif isinstance(value, str):
                if value not in index:
                    index[value] = len(strings)
                    strings.append(f"<si><t>{escape(value)}</t></si>")
                pieces.append(f'<c r="{letters}{row}"{style} t="s"><v>{index[value]}</v></c>')
            else:
                pieces.append(f'<c r="{letters}{row}"{style}><v>{value}</v></c>')
        pieces.append(self.rest)
        count = f'count="{self.count + len(strings)}" uniqueCount="{len(strings)}"'
        heading = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
        parts = self.parts | {
            "xl/worksheets/sheet1.xml": "".join(pieces).encode(),
            "xl/sharedStrings.xml": f'{heading}<sst xmlns="{_MAIN}" {count}>{"".join(strings)}</sst>'.encode(),
        }
        saved = rb"\g<1>%s<" % f"{moment:%Y-%m-%dT%H:%M:%SZ}".encode()
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as package:
            for part, data in parts.items():
                if part == "docProps/core.xml":
                    data = re.sub(rb"(<dcterms:modified[^>]*>)[^<]*<", saved, data)
                if not part.endswith(".bin"):
                    data = data.replace(self.unit[0], code.encode()).replace(self.unit[1], name.encode())
                package.writestr(zipfile.ZipInfo(part), data, zipfile.ZIP_DEFLATED)
        os.utime(target, (moment.timestamp(), moment.timestamp()))


def _as_excel_saves(parts: dict[str, bytes]) -> None:
    """Add to a template what Excel adds when it saves it."""
    descent = "http://schemas.microsoft.com/office/spreadsheetml/2009/9/ac"
    compatible = "http://schemas.openxmlformats.org/markup-compatibility/2006"
    spaces = f' xmlns:mc="{compatible}" mc:Ignorable="x14ac" xmlns:x14ac="{descent}"'
    relations = "http://schemas.openxmlformats.org/package/2006/relationships"
    sheets = [part for part in parts if part.startswith("xl/worksheets/sheet")]
    for number, part in enumerate(sheets, 1):
        text = parts[part].decode()
        last = re.search(r'<dimension ref="[A-Z]+\d+:([A-Z])\d', text)
        text = text.replace("<worksheet ", f"<worksheet{spaces} ", 1)
        text = re.sub(r'<row (r="\d+")', rf'<row \1 spans="1:{ord(last[1]) - 64 if last else 1}"', text)
        text = re.sub(r"(<row [^>]*[^/])>", r'\1 x14ac:dyDescent="0.15">', text)
        text = re.sub(r"<pageSetup ([^>]*)/>", r'<pageSetup \1 r:id="rId1"/>', text)
        parts[part] = text.encode()
        folder, name = part.rsplit("/", 1)
        parts[f"xl/printerSettings/printerSettings{number}.bin"] = _printer_settings()
        parts[f"{folder}/_rels/{name}.rels"] = (
            f'<Relationships xmlns="{relations}"><Relationship Id="rId1" Type="{_OFFICE}/printerSettings" '
            f'Target="../printerSettings/printerSettings{number}.bin"/></Relationships>'
        ).encode()
    parts["xl/calcChain.xml"] = f'<calcChain xmlns="{_MAIN}"><c r="A3" i="1"/></calcChain>'.encode()
    chain = f'<Relationship Id="rId99" Type="{_OFFICE}/calcChain" Target="calcChain.xml"/></Relationships>'
    links = parts["xl/_rels/workbook.xml.rels"]
    parts["xl/_rels/workbook.xml.rels"] = links.replace(b"</Relationships>", chain.encode())
    types = (
        f'<Default Extension="bin" ContentType="{_TYPES}printerSettings"/>'
        f'<Override PartName="/xl/calcChain.xml" ContentType="{_TYPES}calcChain+xml"/></Types>'
    )
    parts["[Content_Types].xml"] = parts["[Content_Types].xml"].replace(b"</Types>", types.encode())
    styles = parts["xl/styles.xml"].decode()
    parts["xl/styles.xml"] = re.sub("<cellStyleXfs.*?</cellStyleXfs>", _default_styles, styles).encode()


def _default_styles(found: re.Match[str]) -> str:
    """Excel writes a format for each of the built-in cell styles that a workbook in Chinese comes with."""
    first = re.findall(r"<xf [^>]*/>", found[0])
    more = (
        f'<xf numFmtId="0" fontId="0" fillId="0" borderId="0" applyNumberFormat="0" applyProtection="{i % 2}">'
        '<alignment vertical="center"/></xf>'
        for i in range(46)
    )
    return f'<cellStyleXfs count="{len(first) + 46}">{"".join(first)}{"".join(more)}</cellStyleXfs>'


@cache
def _printer_settings() -> bytes:
    """A DEVMODE of Windows as common printers have it: the public part, then the driver's own, mostly settings in zeros."""
    name = "HP LaserJet Pro MFP M126a".encode("utf-16-le").ljust(64, b"\0")
    public = struct.pack("<HHHHI", 0x0401, 6, 220, 1500, 0x0043FF80)
    paper = struct.pack("<hhhhhhhhhhhhh", 2, 9, 2970, 2100, 100, 1, 7, 600, 1, 1, 600, 1, 1)
    rng = random.Random(126)
    driver = b"".join(struct.pack("<HHI", rng.randrange(90), rng.randrange(4), 0) for _ in range(560))
    return name + public + paper + "A4".encode("utf-16-le").ljust(64, b"\0") + bytes(48) + driver
