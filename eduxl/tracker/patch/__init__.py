"""Brings an existing master up to date: our rows and figures by the view, all else as the clerk left it.

The workbook is the clerk's. Rows are matched by key, so whatever she put beside or on a row goes with it; sheets and
columns of ours that are gone come back. What OOXML asks for is `eduxl.ooxml`'s business.
"""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path

from eduxl import labels as L
from eduxl.ooxml import Package, Value
from eduxl.ooxml.references import renamed
from eduxl.tracker.hidden import meta_cells, meta_names
from eduxl.tracker.imprint import Imprint
from eduxl.tracker.layout.page import page_header, page_label, renewed_header
from eduxl.tracker.layout.placed import cell_name
from eduxl.tracker.layout.sheets import CODE_NAMES, MACRO_SUFFIX, ROSTER, TABLES, TASKS, sheets_of
from eduxl.tracker.patch.buttons import mended
from eduxl.tracker.patch.calls import patch_calls
from eduxl.tracker.patch.figures import named_spots, patch_home, patch_overview, set_anchors
from eduxl.tracker.patch.matrix import patch_matrix
from eduxl.tracker.patch.tables import patch_table, plain
from eduxl.tracker.patch.target import Workbook, only_closed
from eduxl.tracker.tables import Master


class Patch:
    """One updating of a workbook. `notes` says in Chinese what could not be kept in step."""

    def __init__(
        self, workbook: Workbook, view: Master, *, macros: bool, renumbered: Callable[[int], int],
        source: Path, shown: Imprint | None = None, new: Imprint | None = None,
    ) -> None:  # fmt: skip
        """`source` is the file of the workbook; `renumbered` brings task numbers of the workbook as it is to those of the view.

        `shown` says what the workbook shows where it is just as eduxl left it, `new` what the view does.
        """
        self.workbook, self.view, self.macros = workbook, view, macros
        #: the workbook where it is a file's, None for one that is open in a program
        self.file = workbook if isinstance(workbook, Package) else None
        self.source, self.renumbered = source, renumbered
        self.shown, self.new = shown, new
        self.notes: list[str] = []
        #: sheets just made, which show all they have to
        self.fresh: set[str] = set()
        #: our tables that the clerk gave another name: ours → hers
        self.renamed: dict[str, str] = {}

    @cached_property
    def donor(self) -> Package:
        """The same view as a new workbook, for sheets of ours that are gone."""
        from eduxl.tracker.author import master_bytes

        return Package.open(master_bytes(self.view, macros=self.macros, bare=not self._has_our_macros()))

    def _has_our_macros(self) -> bool:
        """Whether the workbook has the macros that our buttons run; the clerk may have others, or none."""
        if not self.macros:
            return False
        with zipfile.ZipFile(self.source) as parts:
            projects = [name for name in parts.namelist() if name.lower().endswith("vbaproject.bin")]
            return any(b"Module=modEduxl" in parts.read(name) for name in projects)

    @cached_property
    def units(self) -> frozenset[str]:
        """Codes of all units of the roster."""
        return self._keys(ROSTER, L.UNIT_CODE)

    @cached_property
    def tasks(self) -> frozenset[str]:
        """Numbers of all tasks of the plan, as text."""
        return self._keys(TASKS, L.TASK_NO)

    def _keys(self, table: str, column: str) -> frozenset[str]:
        found = TABLES[table].rows(self.view)
        return frozenset(plain(row[found.columns.index(column)]) for row in found.rows)

    def hashes(self, table: str) -> tuple[Sequence[str], Sequence[str]] | None:
        """Those of the rows that a table shows, and of the rows that it is to show; None where that is not known."""
        if self.shown is None or self.new is None or table not in self.new.rows:
            return None
        return self.shown.rows[table], self.new.rows[table]

    @property
    def _there(self) -> set[str]:
        """Names of the sheets that there are, in lower case."""
        return {entry.name.lower() for entry in self.workbook.sheets}

    def _stays(self, table: str) -> bool:
        """Whether a table shows all that it is to show, and has not another name."""
        hashes = self.hashes(table)
        if hashes is None or self.file is None:
            return False
        return hashes[0] == hashes[1] and self.file.has_table(table)

    def apply(self) -> None:
        self._restore_sheets()
        for spec in TABLES.values():
            if spec.sheet not in self.fresh and not self._stays(spec.name):
                patch_table(self, spec)
        if self.view.calls is not None and L.CALLS.lower() in self._there:
            patch_calls(self)
        self._follow_tables()
        for sheet, patch in (
            (L.MATRIX, patch_matrix),
            (L.HOME, patch_home),
            (L.OVERVIEW, patch_overview),
            (L.META, patch_hidden),
        ):
            if sheet not in self.fresh:
                patch(self)
        if self.file is not None:
            self._name_sheets(self.file)
            self._head_pages(self.file)
            self.notes += self.file.notes

    def named(self, formula: str) -> str:
        """A formula of ours with the names that our tables have in this workbook."""
        for ours, hers in self.renamed.items():
            formula = renamed(formula, ours, hers)
        return formula

    def _follow_tables(self) -> None:
        """Let the formulas of sheets just made call tables as the clerk does."""
        if self.file is None:
            return
        for sheet in self.fresh:
            for ours, hers in self.renamed.items():
                self.file.sheet(sheet).rename_in_formulas(ours, hers)

    def _restore_sheets(self) -> None:
        there = self._there
        ours = sheets_of(self.view)
        for i, name in enumerate(ours):
            if name.lower() in there:
                continue
            if self.file is None and name == L.CALLS:
                self.notes.append(f"“{name}”表在打开的总台账里加不上；关闭它以后，下一次办理时会加上。")
                continue
            if self.file is None:
                what = f"总台账缺少工作表“{name}”"
                raise only_closed(what, self.source.name, renamed="工作表名")
            after = [other for other in ours[i + 1 :] if other.lower() in there]
            self.file.adopt(self.donor, name, before=after[0] if after else None)
            self.fresh.add(name)
            there.add(name.lower())
        set_anchors(self)

    def _head_pages(self, file: Package) -> None:
        """The round above printed pages, where it is we that wrote there."""
        if self.shown is not None and self.new is not None and self.shown.head == self.new.head:
            return
        home = self.view.home
        titles = [home.title]
        for spot in named_spots(file, L.HOME, ["eduxl_title"]).values():
            if title := plain(file.sheet(L.HOME).cell(cell_name(*spot))):
                titles.append(title)
        for name in sheets_of(self.view):
            sheet = file.sheet(name)
            new = page_header(home.title, page_label(name, home.round))
            sheet.set_page_header(renewed_header(sheet.page_header, titles, name, new))

    def _name_sheets(self, file: Package) -> None:
        """LibreOffice drops the names that VBA knows sheets by."""
        if not self.macros or self.shown is not None:
            return
        taken = file.code_names
        for name, code_name in CODE_NAMES.items():
            if code_name not in taken:
                file.sheet(name).set_code_name(code_name)


def patch_hidden(patch: Patch) -> None:
    """`_eduxl`, whatever it held before."""
    sheet = patch.workbook.sheet(L.META)
    cells: dict[str, Value] = {
        cell_name(number - 1, column - 1): None
        for number in sheet.rows.numbers
        for column in sheet.rows.cells(sheet.rows.row(number))
    }
    cells.update((cell_name(*spot), text) for spot, text in meta_cells(patch.view).items())
    sheet.write(cells)
    for name, place in meta_names(patch.view).items():
        patch.workbook.set_name(name, place)


def patch_master(
    old: Path, view: Master, new: Path, *, renumbered: Callable[[int], int],
    shown: Imprint | None = None, showing: Imprint | None = None,
) -> list[str]:  # fmt: skip
    """Write to `new` the workbook `old` with all that the view shows; returns sentences for the clerk.

    `shown` is the imprint of `old`, given only where it is byte for byte as eduxl wrote it, `showing` that of the view:
    rows that they have in common are not looked at. Raises `Refused` for a workbook that cannot be kept as it is,
    before anything is written, and OSError.
    """
    macros = old.suffix.lower() == MACRO_SUFFIX
    data = old.read_bytes()
    package = Package.open((mended(data) if macros and shown is None else None) or data)
    patch = Patch(package, view, macros=macros, renumbered=renumbered, source=old, shown=shown, new=showing)
    patch.apply()
    package.save(new)
    return patch.notes
