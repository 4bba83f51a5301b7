"""Runs in the Python that has LibreOffice's `uno`: asks a LibreOffice with a window what is on it.

    python3 window.py PIPE WORKBOOK where CAPTION       the middle of a button of the first sheet, on the screen
    python3 window.py PIPE WORKBOOK type SHEET A1 TEXT  an edit that is not saved
    python3 window.py PIPE WORKBOOK sheet [NAME]        the sheet in front; with NAME that one is brought there

Prints JSON: null while the workbook is not open. Nothing of eduxl is imported here.
"""

from __future__ import annotations

import json
import sys
from typing import Any

import uno  # type: ignore[import-not-found]


def main() -> None:
    pipe, path, order, *words = sys.argv[1:]
    local = uno.getComponentContext()
    resolver = local.ServiceManager.createInstanceWithContext("com.sun.star.bridge.UnoUrlResolver", local)
    try:
        context = resolver.resolve(f"uno:pipe,name={pipe};urp;StarOffice.ComponentContext")
    except Exception:
        print("null")
        return
    desktop = context.ServiceManager.createInstanceWithContext("com.sun.star.frame.Desktop", context)
    book = next((one for one in desktop.Components if _path(one) == path), None)
    if book is None or book.CurrentController is None:
        print("null")
        return
    print(json.dumps(globals()[f"do_{order}"](book, *words)))


def _path(component: Any) -> str:
    """The file of a component; the help and the start centre have none."""
    url = getattr(component, "URL", "")
    return str(uno.fileUrlToSystemPath(url)) if url.startswith("file:") else ""


def do_where(book: Any, caption: str) -> list[int] | None:
    form = book.Sheets.getByIndex(0).DrawPage.Forms.getByIndex(0)
    for model in form.ControlModels:
        if model.Label == caption:
            shown = book.CurrentController.getControl(model)
            if shown is None or shown.Peer is None:
                return None
            seen = shown.AccessibleContext
            place, size = seen.LocationOnScreen, seen.Size
            return [place.X + size.Width // 2, place.Y + size.Height // 2]
    raise LookupError(caption)


def do_type(book: Any, sheet: str, cell: str, text: str) -> bool:
    book.Sheets.getByName(sheet).getCellRangeByName(cell).String = text
    return bool(book.isModified())


def do_sheet(book: Any, *name: str) -> str:
    if name:
        book.CurrentController.ActiveSheet = book.Sheets.getByName(name[0])
    return str(book.CurrentController.ActiveSheet.Name)


if __name__ == "__main__":
    main()
