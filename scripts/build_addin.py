#!/usr/bin/env python3
"""Makes the Office files of workbook/built/ from workbook/vba and workbook/ribbon, without Office.

    python scripts/build_addin.py            write them
    python scripts/build_addin.py --check    compare them with what is there; exit code 1 if they differ

`vbaProject.bin` goes into every master with macros, `教育台账.xlam` is the add-in with the ribbon tab. Equal sources
give equal bytes. docs/addin.md tells what is in them and why.
"""

from __future__ import annotations

import argparse
import hashlib
import re
import sys
import zipfile
from datetime import datetime
from io import BytesIO
from pathlib import Path

import ovba
from vbatext import ascii_source
from xlsxwriter.workbook import Workbook  # type: ignore[import-untyped]

from eduxl.tracker.layout.sheets import CODE_NAMES

ROOT = Path(__file__).resolve().parent.parent
WORKBOOK = ROOT / "workbook"
ADDIN_NAME = "教育台账.xlam"
#: Modules of the master and of the add-in besides their documents; the text is in workbook/vba.
MASTER_MODULES = ("modEduxl", "modLaunch")
ADDIN_MODULES = ("modLaunch", "modRibbon")
ADDIN_SHEET = "shAddin"
#: Any two GUIDs, made once: Office tells projects by them.
_MASTER_ID = "{6D6F1C5A-2C0B-4E0D-9B53-71C4E6A0D8F1}"
_ADDIN_ID = "{C2B7E4D9-5A36-4F18-8E07-3D92B1F6A54C}"
#: Parts of the ribbon in the package → their relationship (customUI of 2006 for Excel 2007, of 2009 for later ones).
RIBBONS = {
    "customUI.xml": "http://schemas.microsoft.com/office/2006/relationships/ui/extensibility",
    "customUI14.xml": "http://schemas.microsoft.com/office/2007/relationships/ui/extensibility",
}
_SHEET_TYPE = "application/vnd.ms-excel.sheet.macroEnabled.main+xml"
_ADDIN_TYPE = "application/vnd.ms-excel.addin.macroEnabled.main+xml"
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the oldest time that a zip can name


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--check", action="store_true", help="write nothing, compare with what is there")
    check = parser.parse_args().check
    stale = []
    for name, content in built().items():
        path = WORKBOOK / "built" / name
        if path.is_file() and path.read_bytes() == content:
            continue
        stale.append(name)
        if not check:
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(content)
    words = "differs from what the sources give; run scripts/build_addin.py" if check else "written"
    for name in stale:
        print(f"workbook/built/{name}: {words}")
    return int(check and bool(stale))


def built() -> dict[str, bytes]:
    """Every file of workbook/built by its name."""
    return {"vbaProject.bin": master_project(), ADDIN_NAME: addin(), "SOURCES.sha256": sources()}


def master_project() -> bytes:
    """The macros of the master: a document module for the workbook and for each of its sheets, and the buttons."""
    return _project("VBAProject", _MASTER_ID, tuple(CODE_NAMES.values()), MASTER_MODULES)


def addin_project() -> bytes:
    """The macros of the add-in; its project has a name of its own, so that both can be open."""
    return _project("EduxlAddin", _ADDIN_ID, (ADDIN_SHEET,), ADDIN_MODULES)


def _project(name: str, identity: str, sheets: tuple[str, ...], modules: tuple[str, ...]) -> bytes:
    documents = [
        ovba.Module("ThisWorkbook", source("ThisWorkbook.cls"), ovba.WORKBOOK_CLASS),
        *(ovba.Module(sheet, "", ovba.WORKSHEET_CLASS) for sheet in sheets),
    ]
    others = (ovba.Module(module, source(f"{module}.bas")) for module in modules)
    return ovba.Project(name, identity, (*documents, *others)).built()


def source(name: str) -> str:
    """A module's text in ASCII. Raises OSError, and SourceError where the text cannot be made ASCII."""
    return ascii_source((WORKBOOK / "vba" / name).read_text(encoding="utf-8"), name)


def addin() -> bytes:
    """The add-in: XlsxWriter's workbook of one empty sheet, declared an add-in, with the ribbon's parts.

    Stored, not deflated: what zlib makes of the same bytes depends on its version.
    """
    parts = _workbook_parts()
    types = parts["[Content_Types].xml"].decode()
    parts["[Content_Types].xml"] = types.replace(_SHEET_TYPE, _ADDIN_TYPE).encode()
    relations = parts["_rels/.rels"].decode()
    for number, (name, kind) in enumerate(RIBBONS.items(), 1):
        parts[f"customUI/{name}"] = _ribbon(name)
        added = f'<Relationship Id="rIdUi{number}" Type="{kind}" Target="customUI/{name}"/>'
        relations = relations.replace("</Relationships>", f"{added}</Relationships>")
    parts["_rels/.rels"] = relations.encode()
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in parts.items():
            info = zipfile.ZipInfo(name, _EPOCH)
            info.create_system = 0  # else the file would tell Windows from others
            archive.writestr(info, content)
    return out.getvalue()


def _workbook_parts() -> dict[str, bytes]:
    out = BytesIO()
    book = Workbook(out, {"in_memory": True})
    book.set_properties(
        {
            "title": "教育台账",
            "author": "eduxl",
            "comments": "功能区“教育台账”：汇总、生成模板、发送模板、收取邮件、催报、刷新预警、生成通报、检查环境。",
            "created": datetime(2022, 1, 1),
        }
    )
    book.set_vba_name("ThisWorkbook")
    book.add_vba_project(BytesIO(addin_project()), is_stream=True)
    book.add_worksheet("eduxl").set_vba_name(ADDIN_SHEET)
    book.close()
    with zipfile.ZipFile(out) as archive:
        return {info.filename: archive.read(info) for info in archive.infolist()}


def _ribbon(name: str) -> bytes:
    """A part of the ribbon as it is, lines ended by LF whatever the checkout has."""
    return (WORKBOOK / "ribbon" / name).read_text(encoding="utf-8").encode()


def sources() -> bytes:
    """The hashes of all sources, one a line as sha256sum writes them, of their text with LF."""
    paths = sorted(
        path
        for folder in ("ribbon", "vba")
        for path in (WORKBOOK / folder).iterdir()
        if re.fullmatch(r"[\w.]+\.(bas|cls|xml)", path.name)
    )
    digests = (hashlib.sha256(path.read_text(encoding="utf-8").encode()).hexdigest() for path in paths)
    lines = (
        f"{digest}  {path.relative_to(ROOT).as_posix()}\n"
        for digest, path in zip(digests, paths, strict=True)
    )
    return "".join(lines).encode()


if __name__ == "__main__":
    sys.exit(main())
