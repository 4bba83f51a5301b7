"""Writes templates as .xlsx with XlsxWriter: opens the workbook, keeps its looks, adds the sheets, saves.

The same form always gives the same bytes: no clock is read, the workbook's dates are the form's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, datetime, time
from io import BytesIO
from pathlib import Path
from typing import Any

import xlsxwriter  # type: ignore[import-untyped]
from xlsxwriter.utility import xl_rowcol_to_cell_fast  # type: ignore[import-untyped]
from xlsxwriter.worksheet import Worksheet  # type: ignore[import-untyped]

from eduxl import files
from eduxl.template import layout
from eduxl.template.extras import write_extras
from eduxl.template.form import Form, form_filename
from eduxl.template.sendback import write_list
from eduxl.template.sheet import write_sheet

_GRID = {"border": 1, "border_color": "#BFBFBF"}
_CELL = {"font_name": layout.FONT, "font_size": layout.FONT_SIZE, "valign": "vcenter", "text_wrap": True}
_GIVEN = _CELL | _GRID | {"bg_color": "#F2F2F2", "font_color": "#404040"}
_OPEN = _CELL | _GRID | {"bg_color": "#FFFBE6", "locked": False}
_DATE = {"num_format": "yyyy-mm-dd", "align": "center"}
_SHARE = {"num_format": "0%", "align": "center"}
_LABEL = {"num_format": "@", "align": "center"}
_BACK = {"bg_color": "#F8CBAD", "font_color": "#C00000", "bold": True}
_CARRIED = {"bg_color": "#E2F0D9"}
_MUST = {"bg_color": "#FF9B9B", "font_color": "#7F0000"}
_EXPLAIN = {"bg_color": "#D9C7F2", "font_color": "#3F1F6F"}
_HEAD = _CELL | _GRID | {"bold": True, "align": "center", "bg_color": "#D9E1F2"}
_LINE = {"font_name": layout.FONT, "font_size": layout.FONT_SIZE, "valign": "vcenter"}

#: Every look of a cell by name. A workbook only gets those that it uses.
LOOKS: dict[str, dict[str, Any]] = {
    "title": _LINE | {"bold": True, "font_size": 16, "font_color": "#1F3864"},
    "line": _LINE | {"font_color": "#595959"},
    "alarm": _LINE | {"font_color": "#C00000", "bold": True},
    "unit label": _LINE | {"bold": True, "align": "right"},
    "unit": _CELL | {"bold": True, "bottom": 1, "bottom_color": "#BFBFBF"},
    "open": _LINE | {"bold": True, "font_size": 12, "font_color": "#C00000"},
    "head": _HEAD,
    "head answer": _HEAD | {"bg_color": "#FFE699"},
    "given": _GIVEN,
    "given centre": _GIVEN | {"align": "center"},
    "given date": _GIVEN | _DATE,
    "given share": _GIVEN | _SHARE,
    "given number": _GIVEN | {"num_format": "General", "align": "right"},
    "given back": _GIVEN | _BACK,
    "given back centre": _GIVEN | _BACK | {"align": "center"},
    "choice": _OPEN | {"align": "center"},
    "share": _OPEN | _SHARE,
    "date": _OPEN | _DATE,
    "text": _OPEN | {"valign": "top"},
    "label": _OPEN | _LABEL,
    "number": _OPEN | {"align": "right"},
    "choice carried": _OPEN | {"align": "center"} | _CARRIED,
    "share carried": _OPEN | _SHARE | _CARRIED,
    "date carried": _OPEN | _DATE | _CARRIED,
    "text carried": _OPEN | {"valign": "top"} | _CARRIED,
    "label carried": _OPEN | _LABEL | _CARRIED,
    "help": _CELL | {"font_size": 11},
    # 退回说明
    "list": _CELL | _GRID,
    "list centre": _CELL | _GRID | {"align": "center"},
    "link": _CELL | _GRID | {"align": "center", "font_color": "#0563C1", "underline": 1},
    "level must": _CELL | _GRID | _MUST | {"align": "center"},
    "level explain": _CELL | _GRID | _EXPLAIN | {"align": "center"},
    # conditional
    "needed": {"bg_color": "#FFC7CE"},
    "clash": {"bg_color": "#F4B183"},
    "idle": {"bg_color": "#D9D9D9"},
    "all done": {"font_color": "#375623"},
    "mended": {"bg_color": "#C6E0B4", "font_color": "#375623"},
}
#: An answer cell that is to be mended.
LOOKS |= {
    f"{kind} {level}": LOOKS[kind] | look
    for kind in ("choice", "share", "date", "text", "label", "number")
    for level, look in (("must", _MUST), ("explain", _EXPLAIN))
}

_PROTECTION = {"format_columns": True, "format_rows": True, "autofilter": True}


class _Sheet(Worksheet):  # type: ignore[misc]
    """XlsxWriter's worksheet with rows that grow, and with shortcuts for what templates are made of.

    Without any one of these methods the workbook would still be right: heights fixed, or slower to write.
    """

    def _xml_start_tag_unencoded(self, tag: str, attributes: Any = ()) -> None:
        # XlsxWriter marks each height as set by hand, and Excel then never adjusts the row again. Ours are
        # starting values: the row grows as a school types more into it.
        if tag == "row":
            attributes = [item for item in attributes if item[0] != "customHeight"]
        super()._xml_start_tag_unencoded(tag, attributes)

    def _prepare_formula(self, formula: str, expand_future_functions: bool = False) -> str:
        # Every formula would be searched for each of a hundred new functions; ours use none.
        return formula.removeprefix("=")

    def _write_cell(self, row: int, col: int, cell: Any) -> None:
        # Nine cells of ten are texts or empty, and all have a format.
        kind = cell.__class__.__name__
        if cell.format is None or kind not in ("Blank", "String"):
            super()._write_cell(row, col, cell)
            return
        start = f'<c r="{xl_rowcol_to_cell_fast(row, col)}" s="{cell.format._get_xf_index()}"'
        self.fh.write(f"{start}/>" if kind == "Blank" else f'{start} t="s"><v>{cell.string}</v></c>')

    def _calculate_spans(self) -> None:
        """The attribute `spans` is a hint that no program needs."""


class Book:
    """One workbook in the making: its sheets, and its looks by name."""

    def __init__(self, form: Form) -> None:
        self._bytes = BytesIO()
        self._workbook = xlsxwriter.Workbook(self._bytes, {"in_memory": True})
        self._looks: dict[str, Any] = {}
        self._form = form
        self._workbook.set_size(28_000, 16_000)
        saved = form.sendback.modified if form.sendback else datetime.combine(form.as_of, time())
        self._workbook.set_properties(
            {
                "title": layout.cell_text(f"{form.title}填报表"),
                "subject": f"{form.unit.code} {form.unit.name} {form.round.id}",
                "created": saved,
            }
        )

    def sheet(self, name: str) -> Any:
        """A new protected sheet (no password) that prints on A4, landscape, one page wide."""
        ws = self._workbook.add_worksheet(name, worksheet_class=_Sheet)
        ws.hide_gridlines(2)
        ws.protect("", _PROTECTION)
        ws.set_landscape()
        ws.set_paper(9)
        ws.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
        ws.center_horizontally()
        ws.fit_to_pages(1, 0)
        # & starts a code in footers; the whole footer may have 255 characters.
        unit = f"{self._form.unit.code} {self._form.unit.name}"[:40].replace("&", "&&")
        ws.set_footer(f"&L 单位：{unit}&C第 &P 页，共 &N 页&R轮次：{self._form.round.id[:20]} ")
        return ws

    def look(self, name: str) -> Any:
        """The format of that name in `LOOKS`."""
        found = self._looks.get(name)
        if found is None:
            found = self._looks[name] = self._workbook.add_format(LOOKS[name])
        return found

    def put(self, ws: Any, row: int, col: int, value: str | float | date | None, look: str) -> None:
        """Write a value as what it is: text stays text, also when it begins with `=`."""
        fmt = self.look(look)
        if value is None or value == "":
            ws.write_blank(row, col, None, fmt)
        elif isinstance(value, str):
            ws.write_string(row, col, layout.cell_text(value), fmt)
        elif isinstance(value, date):
            ws.write_datetime(row, col, value, fmt)
        else:
            ws.write_number(row, col, value, fmt)

    def close(self) -> bytes:
        """Finish the workbook and give its bytes."""
        self._workbook.close()
        return self._bytes.getvalue()


def form_bytes(form: Form) -> bytes:
    """The template of one unit as the bytes of an .xlsx file."""
    book = Book(form)
    if form.sendback:
        write_list(book, form)
    write_sheet(book, form)
    write_extras(book, form)
    return book.close()


def write_form(form: Form, path: Path) -> None:
    """Write the template to `path`, whole or not at all. Raises FileProblem when the file system says no."""
    files.write(path, form_bytes(form), "写填报表", durable=False)


def write_forms(
    forms: Iterable[Form], folder: Path, progress: Callable[[int], None] | None = None
) -> list[Path]:
    """Write each form into `folder` (made if needed) under its own name; `progress` gets the count so far.

    Two units whose names differ only in characters that Windows doesn't tell apart get `(2)` … in the name.
    Raises FileProblem; templates written before it stay.
    """
    with files.explained("建填报表的文件夹"):
        folder.mkdir(parents=True, exist_ok=True)
    paths: list[Path] = []
    taken: set[str] = set()
    for form in forms:
        name = form_filename(form)
        stem, number = name.removesuffix(".xlsx"), 1
        while name.casefold() in taken:
            number += 1
            name = f"{stem}({number}).xlsx"
        taken.add(name.casefold())
        path = folder / name
        write_form(form, path)
        paths.append(path)
        if progress is not None:
            progress(len(paths))
    return paths
