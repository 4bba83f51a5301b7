"""The buttons of 首页 after LibreOffice has saved the workbook: it writes them so that it does not find them again.

LibreOffice 7.4 gives all shapes of a legacy drawing the id `shape_0`, and describes each button twice more (a control,
a shape of no size) by other ids; its own next reading then drops them. Here they become as XlsxWriter writes them,
where LibreOffice has them; what the clerk put beside them stays. It also drops the names by which VBA knows the workbook
and its sheets, so that `ThisWorkbook` is no workbook any more. What Excel saved is left alone.
"""

from __future__ import annotations

import re
from io import BytesIO
from pathlib import Path

from eduxl import files
from eduxl.ooxml.container import Container
from eduxl.ooxml.markup import attributes
from eduxl.ooxml.parts import Relationships, drop_part
from eduxl.tracker.layout.home import BUTTONS
from eduxl.tracker.layout.sheets import CODE_NAMES, MACRO_SUFFIX

#: Bytes of a sheet's part in which its properties begin, if it has any.
_HEAD = 4096
_MACROS = "|".join(button.macro for button in BUTTONS)
_SHAPE = re.compile(r"<v:shape [^>]*>.*?</v:shape>", re.DOTALL)
_TYPE = re.compile(r"<v:shapetype [^>]*>.*?</v:shapetype>", re.DOTALL)
_BROKEN = re.compile(r'<v:shape id="shape_\d+"')
_MACRO = re.compile(rf"<x:FmlaMacro>(?:[\w\[\]]+[.!])*({_MACROS})</x:FmlaMacro>")
_ANCHOR = re.compile(r"<x:Anchor>\s*([-\d, ]+?)\s*</x:Anchor>")
_WRAP, _WRAPPED = (
    r'<mc:AlternateContent[^>]*>\s*<mc:Choice Requires="\w+">\s*',
    r"\s*</mc:Choice>\s*</mc:AlternateContent>",
)
_CONTROL = re.compile(
    rf'{_WRAP}<control shapeId="(\d+)" r:id="(\w+)"[^>]*>\s*<controlPr[^>]*macro="(?:\w+\.)?(?:{_MACROS})"[^>]*>'
    rf"(?:(?!</control>).)*</control>{_WRAPPED}",
    re.DOTALL,
)  # fmt: skip
_NO_CONTROLS = re.compile(rf"{_WRAP}<controls>\s*</controls>{_WRAPPED}")
_ANCHORED = re.compile(
    r"<mc:AlternateContent[^>]*>\s*<mc:Choice[^>]*>\s*<xdr:twoCellAnchor(?:(?!</mc:AlternateContent>).)*"
    r'<xdr:cNvPr id="(\d+)"(?:(?!</mc:AlternateContent>).)*</mc:AlternateContent>',
    re.DOTALL,
)


def mend_file(path: Path) -> bool:
    """Mend the buttons of a workbook that no program has open; False where nothing was to mend.

    Raises `FileProblem`, and `Refused` for what is no workbook.
    """
    if path.suffix.lower() != MACRO_SUFFIX or not path.is_file():
        return False
    data = mended(path.read_bytes())
    if data is None:
        return False
    files.write(path, data, "修复按钮")
    return True


def mended(data: bytes) -> bytes | None:
    """A workbook with its buttons as they should be; None where nothing is to mend. Raises `Refused`."""
    container = Container(data)
    if not any(
        b"Module=modEduxl" in container.read(name)
        for name in container.names
        if name.endswith("vbaProject.bin")
    ):
        return None
    _name_documents(container)
    for part in [name for name in container.names if re.fullmatch(r"xl/worksheets/[^/]+\.xml", name)]:
        relationships = Relationships(container, part)
        for drawing in relationships.targets("vmlDrawing"):
            text = container.read(drawing).decode("utf-8", "surrogateescape")
            if any(_BROKEN.match(shape) and _macro(shape) for shape in _SHAPE.findall(text)):
                container.write(drawing, _drawing(text).encode("utf-8", "surrogateescape"))
                _drop_controls(container, part, relationships)
    if not container.touched:
        return None
    out = BytesIO()
    container.save(out)
    return out.getvalue()


def _name_documents(container: Container) -> None:
    """Give the workbook and our sheets their names in VBA again, where the workbook has lost its own."""
    main = next(iter(Relationships(container, "").targets("officeDocument")), "")
    text = container.read(main).decode("utf-8", "surrogateescape") if main else ""
    properties = re.search(r"<workbookPr\b[^>]*", text)
    if properties is None or "codeName=" in properties[0]:
        return
    named = (
        text[: properties.start()] + '<workbookPr codeName="ThisWorkbook"' + text[properties.start() + 11 :]
    )
    container.write(main, named.encode("utf-8", "surrogateescape"))
    relationships = Relationships(container, main)
    for tag in re.findall(r"<sheet\b[^>]*>", text):
        given = attributes(tag)
        code_name = CODE_NAMES.get(given.get("name", ""))
        rel = relationships.get(given.get("r:id"))
        if not code_name or rel is None or rel.target not in container:
            continue
        sheet = container.read(rel.target)
        start = sheet.find(b"<sheetPr")
        if 0 <= start < _HEAD and b"codeName=" not in sheet[start : sheet.index(b">", start)]:
            after = start + len(b"<sheetPr")
            container.write(rel.target, sheet[:after] + f' codeName="{code_name}"'.encode() + sheet[after:])


def _drawing(text: str) -> str:
    """A legacy drawing with our buttons made anew; alone if nothing else is in it."""
    from eduxl.tracker.author.home import button_drawing

    fresh = button_drawing()
    ours = {_macro(shape): shape for shape in _SHAPE.findall(fresh)}
    if all(_macro(shape) for shape in _SHAPE.findall(text)):
        placed = {_macro(shape): _placed(ours[_macro(shape)], shape) for shape in _SHAPE.findall(text)}
        return _SHAPE.sub(lambda found: placed.get(_macro(found[0]), ""), fresh)
    types = _TYPE.findall(text)
    for again in set(types):
        # LibreOffice repeats the type before each shape
        before, after = text.split(again, 1)
        text = f"{before}{again}{after.replace(again, '')}"
    return _SHAPE.sub(
        lambda found: _placed(ours[_macro(found[0])], found[0]) if _macro(found[0]) else found[0], text
    )


def _macro(shape: str) -> str:
    found = _MACRO.search(shape)
    return found[1] if found else ""


def _placed(ours: str, theirs: str) -> str:
    """Our shape in the cells where theirs stands (column, x, row, y of the beginning, then those of the end)."""
    there, here = (_ANCHOR.search(shape) for shape in (theirs, ours))
    if there is None or here is None:
        return ours
    at = [int(number) for number in there[1].split(",")]
    to = [int(number) for number in here[1].split(",")]
    # LibreOffice leaves them where they were on the page when rows come or go: the row that has most of it
    row = at[6] if at[7] > (to[7] - to[3]) // 2 else at[2]
    right, down = at[0] - to[0], row - to[2]
    moved = [to[0] + right, to[1], to[2] + down, to[3], to[4] + right, to[5], to[6] + down, to[7]]
    return ours.replace(here[0], f"<x:Anchor>{', '.join(map(str, moved))}</x:Anchor>")


def _drop_controls(container: Container, part: str, relationships: Relationships) -> None:
    """Take away the second and the third description of our buttons."""
    sheet = container.read(part).decode("utf-8", "surrogateescape")
    found = _CONTROL.findall(sheet)
    if not found:
        return
    sheet = _NO_CONTROLS.sub("", _CONTROL.sub("", sheet))
    container.write(part, sheet.encode("utf-8", "surrogateescape"))
    for _, id_ in found:
        if rel := relationships.get(id_):
            drop_part(container, rel.target, relationships)
    shapes = {shape for shape, _ in found}
    for drawing in relationships.targets("drawing"):
        text = container.read(drawing).decode("utf-8", "surrogateescape")
        kept = _ANCHORED.sub(lambda anchored: "" if anchored[1] in shapes else anchored[0], text)
        if kept != text:
            container.write(drawing, kept.encode("utf-8", "surrogateescape"))
