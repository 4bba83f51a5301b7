"""Writes a whole master workbook from `tables.Master` with XlsxWriter: formats, charts, rules, printing.

Made once per tracker; later merges patch the file it made. The same master gives the same bytes.
"""

from __future__ import annotations

from datetime import datetime, time
from io import BytesIO
from pathlib import Path

from xlsxwriter.workbook import Workbook  # type: ignore[import-untyped]

from eduxl import labels as L
from eduxl.resources import workbook
from eduxl.tracker.author import ledgers
from eduxl.tracker.author.formats import Formats
from eduxl.tracker.author.home import write_home
from eduxl.tracker.author.matrix import write_matrix
from eduxl.tracker.author.overview import write_overview
from eduxl.tracker.author.package import MacroBook, MasterBook
from eduxl.tracker.layout.sheets import CODE_NAMES, MACRO_SUFFIX, sheets_of
from eduxl.tracker.layout.style import FONT, FONT_CHARSET, FONT_SIZE, clean
from eduxl.tracker.tables import Master

_TAB_COLOURS = {
    L.HOME: "#1F4E79",
    L.OVERVIEW: "#1F4E79",
    L.TASKS: "#3F7FBF",
    L.MATRIX: "#3F7FBF",
    L.ENTRIES: "#3F7FBF",
    L.HISTORY: "#B8C2CC",
    L.ALERTS: "#CF4A43",
    L.INDICATORS: "#5BA457",
    L.PROBLEMS: "#5BA457",
    L.ROSTER: "#B8C2CC",
    L.REJECTED: "#EDB73B",
    L.REMINDERS: "#EDB73B",
    L.CALLS: "#EDB73B",
    L.LOG: "#B8C2CC",
}


def write_master(master: Master, path: Path, *, vba_project: Path | None = None) -> None:
    """Write the workbook to `path`, with macros allowed in it when the name ends in .xlsm.

    An .xlsx has neither macros nor buttons. `vba_project` is another vbaProject.bin than the one of eduxl; its
    document modules are `ThisWorkbook` and `CODE_NAMES`. Raises OSError where the file cannot be written.
    """
    macros = path.suffix.lower() == MACRO_SUFFIX
    path.write_bytes(master_bytes(master, macros=macros, vba_project=vba_project))


def master_bytes(
    master: Master, *, macros: bool, vba_project: Path | None = None, bare: bool = False
) -> bytes:
    """The bytes of the workbook; equal masters give equal bytes.

    With `macros` it has the macros and their buttons; `bare` leaves both out of a workbook that may have macros.
    """
    out = BytesIO()
    options = {
        "in_memory": True,
        "default_format_properties": {
            "font_name": FONT,
            "font_size": FONT_SIZE,
            "font_charset": FONT_CHARSET,
            # Without this the font would be replaced by the theme's.
            "font_scheme": "none",
        },
    }
    book = (MacroBook if macros else MasterBook)(out, options)
    _describe(book, master)
    if macros:
        book.set_vba_name("ThisWorkbook")
        if not bare:
            project = vba_project or workbook("built", "vbaProject.bin")
            book.add_vba_project(BytesIO(project.read_bytes()), is_stream=True)
    formats = Formats(book)
    sheets = {name: book.add_worksheet(name) for name in sheets_of(master)}
    for name, ws in sheets.items():
        if macros:
            # a name without a module is none: Excel makes a module for a sheet that has no name
            ws.vba_codename = CODE_NAMES.get(name, "")
        if name in _TAB_COLOURS:
            ws.set_tab_color(_TAB_COLOURS[name])
    write_home(sheets[L.HOME], book, formats, master, buttons=macros and not bare)
    write_overview(sheets[L.OVERVIEW], book, formats, master)
    ledgers.write_tasks(sheets[L.TASKS], formats, master)
    write_matrix(sheets[L.MATRIX], formats, master)
    ledgers.write_entries(sheets[L.ENTRIES], formats, master)
    ledgers.write_history(sheets[L.HISTORY], formats, master)
    ledgers.write_alerts(sheets[L.ALERTS], formats, master)
    ledgers.write_indicators(sheets[L.INDICATORS], formats, master)
    ledgers.write_problems(sheets[L.PROBLEMS], formats, master)
    ledgers.write_roster(sheets[L.ROSTER], formats, master)
    ledgers.write_rejected(sheets[L.REJECTED], formats, master)
    ledgers.write_reminders(sheets[L.REMINDERS], formats, master)
    if L.CALLS in sheets:
        ledgers.write_calls(sheets[L.CALLS], book, formats, master)
    ledgers.write_log(sheets[L.LOG], formats, master)
    ledgers.write_meta(sheets[L.META], book, master)
    sheets[L.HOME].activate()
    book.close()
    return out.getvalue()


def _describe(book: Workbook, master: Master) -> None:
    home = master.home
    round_ = f"，{home.round}轮" if home.round else ""
    book.set_properties(
        {
            "title": clean(f"{home.title} 总台账"),
            "subject": clean(f"{home.year}年教育工作要点落实情况{round_}"),
            "author": "eduxl",
            "company": "",
            "category": "教育工作台账",
            "keywords": "教育局、工作要点、台账、填报、预警",
            "comments": "由 eduxl 生成，以后每次汇总在原来的工作簿里更新。您填的各栏、设置和自己加的列、工作表、批注都会保留。",
            "created": datetime.combine(home.as_of, time()),
        }
    )
