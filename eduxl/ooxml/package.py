"""A workbook package opened for patching: sheets by name, all changes made at once when it is saved."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from io import BytesIO
from itertools import count
from pathlib import Path
from typing import BinaryIO

from attrs import frozen
from lxml.etree import XMLSyntaxError

from eduxl.ooxml import attachments, charts, drawings, markup, mentions
from eduxl.ooxml.adoption import Copier, free_name, sheet_content
from eduxl.ooxml.container import Container
from eduxl.ooxml.follower import Follower
from eduxl.ooxml.markup import decoded, name
from eduxl.ooxml.mentions import Needles
from eduxl.ooxml.moves import SheetMoves
from eduxl.ooxml.names import DefinedName, SheetEntry, WorkbookPart
from eduxl.ooxml.parts import Relationship, Relationships, declare, declared_utf8, drop_part
from eduxl.ooxml.references import Area, area
from eduxl.ooxml.references import mentions as refers
from eduxl.ooxml.refusal import Refused, refuse_file, refuse_parts
from eduxl.ooxml.region import Links
from eduxl.ooxml.sheet import Sheet
from eduxl.ooxml.strings import SharedStrings
from eduxl.ooxml.styles import Looks, Styles
from eduxl.ooxml.tables import Table

_CODE_NAME = re.compile(rb"""\scodeName=["']([^"']*)["']""")
_NOTED = re.compile(rb"""\sref=["'][A-Za-z]+([0-9]+)["']""")
_TABLE_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.table+xml"
#: So many bytes of a worksheet part hold its code name.
_HEAD = 4096
_SHARED_CELL = re.compile(rb'\st="s"[^>]*><(?:[\w.-]+:)?v>([0-9]+)<')


@frozen
class _Place:
    """Where a sheet's part lies."""

    entry: SheetEntry
    part: str
    #: False for chart and dialog sheets
    is_grid: bool


class Package:
    """A workbook. `open` it, change sheets, `save` it; the file that was opened is never touched."""

    def __init__(self, data: bytes) -> None:
        """Raises `Refused` for what cannot be patched."""
        refuse_file(data)
        self._container = Container(data)
        self._applied = False
        try:
            self._open()
        except (XMLSyntaxError, UnicodeDecodeError, LookupError, ValueError) as error:
            raise Refused(
                "工作簿的内部文件格式有误，无法更新。请用 Excel 打开、存盘后再试，或者从备份里取回上一份。",
                code="damaged",
            ) from error

    @classmethod
    def open(cls, source: Path | str | bytes) -> Package:
        """Open a workbook by path or from its bytes. Raises `Refused`, or OSError for the file."""
        return cls(source if isinstance(source, bytes) else Path(source).read_bytes())

    def _open(self) -> None:
        root = Relationships(self._container, "")
        kinds = {rel.type for rel in root}
        main = root.targets("officeDocument")
        self._main = main[0] if main else "xl/workbook.xml"
        refuse_parts({name.lower() for name in self._container.names}, kinds)
        self._rels = Relationships(self._container, self._main)
        refuse_parts(set(), {rel.type for rel in self._rels})
        self._workbook = WorkbookPart(self._container.read(self._main))
        self._places = {}
        for entry in self._workbook.sheets:
            rel = self._rels.get(entry.r_id)
            if rel is not None and rel.target in self._container:
                self._places[entry.name.lower()] = _Place(entry, rel.target, rel.kind == "worksheet")
        strings = self._rels.targets("sharedStrings")
        self._strings_part = strings[0] if strings else None
        self._strings: SharedStrings | None = None
        styles = self._rels.targets("styles")
        self._styles_part = styles[0] if styles else None
        self._styles: Styles | None = None
        self._sheets: dict[str, Sheet] = {}
        self._sheet_rels: dict[str, Relationships] = {}
        #: Chinese sentences on what could not be kept in step with the rows
        self.notes: list[str] = []

    # --- looking ----------------------------------------------------------------------------------------
    @property
    def sheets(self) -> list[SheetEntry]:
        """All sheets in their order, chart sheets too."""
        return list(self._workbook.sheets)

    @property
    def defined_names(self) -> list[DefinedName]:
        return self._workbook.defined_names

    def set_name(self, name: str, text: str) -> None:
        """Let a name of the whole workbook (of one sheet: `'数据'!名称`) stand for `text` (`'数据'!$A$1:$A$9`); a new name
        is added."""
        self._workbook.set_name(name, text)

    @property
    def parts(self) -> list[str]:
        """Names of all parts."""
        return self._container.names

    @property
    def code_names(self) -> set[str]:
        """The names that sheets have in VBA."""
        return {self._code_name(key) for key in self._places} - {""}

    def _code_name(self, key: str) -> str:
        """The name of a sheet in VBA, "" where it has none."""
        if key in self._sheets:
            return self._sheets[key].code_name
        found = _CODE_NAME.search(self._container.read(self._places[key].part)[:_HEAD])
        return found[1].decode("utf-8", "replace") if found else ""

    def noted_rows(self, name: str) -> set[int]:
        """Rows of a sheet with notes or threaded comments on them."""
        rels = self._rels_of(self.sheet(name).part)
        parts = (*rels.targets("comments"), *rels.targets("threadedComment"))
        return {int(row) for part in parts for row in _NOTED.findall(self._container.read(part))}

    def adopt(self, donor: Package, name: str, *, before: str | None = None) -> Sheet:
        """Bring in a worksheet of a freshly written workbook; it stands before the sheet `before`, else at the end.

        With it come its styles, strings, tables, drawings, charts, notes, rules and the names that are its own (what is to be
        printed, the filter's range), not the workbook's names; it is visible or hidden as there. Changes of the donor that
        are not saved do not come. `docProps/app.xml`, whose list of sheets programs only write, stays as it is.

        A table's name belongs to one table: where ours has one of that name (its sheet was renamed), that becomes
        `tblEntries_1` and the formulas of its own sheet follow; all others mean the new one. So does a code name: VBA binds
        a sheet to the document module of that name, and macros that say `shEntries` mean our sheet, so it is taken from a
        sheet that still has it. That sheet gets a new empty module when Excel opens the workbook, as any sheet without a
        code name does; were it left, both would claim one module, and Excel would call the project corrupt.

        Raises `Refused` (`no-sheet`, `not-a-grid`, `damaged`; `name-taken` where a defined name stands for something else than
        one of its tables), `ValueError` where a sheet of that name is there already or none is called `before`.
        """
        given = donor.sheet(name)
        names = [entry.name.lower() for entry in self._workbook.sheets]
        if name.lower() in names:
            raise ValueError(f"there is a sheet {name!r} already")
        if before is not None and before.lower() not in names:
            raise ValueError(f"there is no sheet {before!r}")
        at = len(names) if before is None else names.index(before.lower())
        self._make_room(given)
        self._open_shared()
        strict = self._workbook.strict
        looks: Looks | None = None
        numbers = count(1 + max((table.number for _, table in self._tables()), default=0))

        def change(rel: Relationship, data: bytes) -> bytes:
            if rel.kind == "chart":
                return charts.explicit(data)
            if rel.kind != "table":
                return data
            table = Table(rel.target, data)
            table.adopt(next(numbers), looks.rule if looks else int)
            return table.content()

        copier = Copier(donor._container, self._container, change, strict=strict)
        if donor._styles is not None and donor._styles_part is not None:
            if self._styles is None:
                self._styles_part = copier.copy(donor._styles_part, donor._container.read(donor._styles_part))
                self._rels.add("styles", self._styles_part, strict=strict)
                self._open_shared()
            assert self._styles is not None
            looks = Looks(self._styles, donor._styles)
        part = copier.copy(given.part, sheet_content(given, looks, self._strings))
        state = next(entry.state for entry in donor.sheets if entry.name == given.name)
        entry = SheetEntry(given.name, self._rels.add("worksheet", part, strict=strict), state)
        own = [defined for defined in donor.defined_names if defined.sheet == given.name]
        self._workbook.insert_sheet(entry, at, own)
        self._workbook.calculate_on_load()
        for chain in self._rels.targets("calcChain"):
            drop_part(self._container, chain, self._rels)
        self._places[name.lower()] = _Place(entry, part, True)
        return self.sheet(name)

    def has_table(self, name: str) -> bool:
        """Whether a table of the workbook is called so, whatever the case."""
        return any(table.name.lower() == name.lower() for _, table in self._tables())

    def add_table(
        self, sheet_name: str, name: str, header_row: int, first_column: int, last_column: int, last_row: int
    ) -> Table:
        """Make a table of a range (A is 1), header included, before any of its rows move; `Sheet.region` knows it at once.

        Its header cells become texts that differ from each other, and merged cells in it are undone, as Excel does. The
        criteria of the sheet's own filter go into the table; a filter that reaches beyond it stays, and the table has none.
        Raises `Refused` (`no-sheet`, `not-a-grid`, `damaged`; `name-taken` where a name stands for something else),
        `ValueError` where there is a table of that name or the range has no data row.
        """
        sheet = self.sheet(sheet_name)
        if self.has_table(name):
            raise ValueError(f"there is a table {name!r} already")
        if last_row <= header_row:
            raise ValueError(f"a table from row {header_row} to {last_row}")
        self._refuse_taken(name, sheet.name, {defined.name.lower() for defined in self.defined_names})
        place = Area(header_row, first_column, last_row, last_column)
        if undone := sheet.unmerge(place):
            self.notes.append(
                f"工作表“{sheet.name}”的合并单元格 {'、'.join(undone)} 已取消合并：表格“{name}”里不能有合并单元格。"
            )
        part = free_name(self._container, "xl/tables/table1.xml")
        number = 1 + max((table.number for _, table in self._tables()), default=0)
        own, filtered = sheet.take_filter(place)
        table = Table.new(
            part, number, name, place, sheet.head(place),
            markup.STRICT_MAIN if sheet.strict else markup.MAIN, own, filtered=filtered,
        )  # fmt: skip
        self._container.write(part, table.content())
        declare(self._container, part, _TABLE_TYPE)
        r_id = self._rels_of(sheet.part).add("table", part, strict=sheet.strict)
        sheet.list_table(table, r_id)
        return table

    @staticmethod
    def _refuse_taken(name: str, sheet: str, taken: set[str]) -> None:
        """Raise `Refused` where a defined name has the name of a table."""
        if name.lower() in taken:
            raise Refused(
                f"名称“{name}”是工作表“{sheet}”里表格的名字，工作簿里却用它指别的内容。请在“公式→名称管理器”里删去这个名称后再试。",
                code="name-taken",
            )

    def _make_room(self, given: Sheet) -> None:
        """Let no other sheet have the code name or a table of the name that a new sheet brings."""
        taken = {defined.name.lower() for defined in self.defined_names}
        ours = {table.name.lower(): (place, table) for place, table in self._tables()}
        used = taken | ours.keys() | {table.name.lower() for table in given.tables}
        for table in given.tables:
            self._refuse_taken(table.name, given.name, taken)
        for table in given.tables:
            if table.name.lower() in ours:
                place, old = ours[table.name.lower()]
                free = next(
                    new for number in count(1) if (new := f"{table.name}_{number}").lower() not in used
                )
                holder = self.sheet(place.entry.name)
                holder.rename_in_formulas(old.name, free)
                next(one for one in holder.tables if one.part == old.part).rename(free)
        if given.code_name:
            for key, place in self._places.items():
                if place.is_grid and self._code_name(key).lower() == given.code_name.lower():
                    self.sheet(place.entry.name).set_code_name("")

    def _tables(self) -> Iterator[tuple[_Place, Table]]:
        """All tables of the workbook, those of opened sheets as they are now."""
        for key, place in self._places.items():
            if key in self._sheets:
                yield from ((place, table) for table in self._sheets[key].tables)
            elif place.is_grid:
                for part in self._rels_of(place.part).targets("table"):
                    yield place, Table(part, self._container.read(part))

    def sheet(self, name: str) -> Sheet:
        """A worksheet by name, whatever the case. Raises `Refused` (`no-sheet`, `not-a-grid`, `damaged`)."""
        key = name.lower()
        if key not in self._sheets:
            place = self._places.get(key)
            if place is None:
                raise Refused(f"工作簿里没有工作表“{name}”。请把工作表名改回原样后再试。", code="no-sheet")
            self._sheets[key] = self._read_sheet(place)
        return self._sheets[key]

    def _read_sheet(self, place: _Place) -> Sheet:
        try:
            self._open_shared()
            rels = self._rels_of(place.part)
            tables = [Table(part, self._container.read(part)) for part in rels.targets("table")]
            still = [found for part in rels.targets("pivotTable") if (found := self._pivot_area(part))]
            return Sheet(
                place.entry.name, place.part, self._container.read(place.part), tables, still,
                self._strings, self._styles, self._workbook.since_1904,
            )  # fmt: skip
        except (XMLSyntaxError, UnicodeDecodeError, LookupError, ValueError) as error:
            raise Refused(
                f"工作表“{place.entry.name}”的内部文件有误。请用 Excel 打开、存盘后再试。", code="damaged"
            ) from error

    def _open_shared(self) -> None:
        """The parts that all sheets share."""
        if self._strings is None and self._strings_part is not None:
            self._strings = SharedStrings(self._container.read(self._strings_part))
            self._strings.unused = self._unused_strings
        if self._styles is None and self._styles_part is not None:
            self._styles = Styles(self._container.read(self._styles_part))

    def _unused_strings(self) -> set[int]:
        """Entries of the shared string table that no cell of the opened file uses; none where that is not sure."""
        assert self._strings is not None
        unused = set(range(len(self._strings)))
        for place in self._places.values():
            data = self._container.original(place.part)
            found = _SHARED_CELL.findall(data)
            if not markup.is_plain(data) or len(found) != data.count(b't="s"'):
                return set()
            unused.difference_update(map(int, found))
        return unused

    def _pivot_area(self, part: str) -> Area | None:
        tree = markup.parse(self._container.read(part))
        location = next((element for element in tree.iter() if name(element) == "location"), None)
        return None if location is None else area(location.get("ref", ""))

    def _rels_of(self, part: str) -> Relationships:
        if part not in self._sheet_rels:
            self._sheet_rels[part] = Relationships(self._container, part)
        return self._sheet_rels[part]

    # --- saving -----------------------------------------------------------------------------------------
    def save(self, target: Path | str | BinaryIO) -> None:
        """Write the workbook with all changes to a path or binary stream. Changes after the first saving are not written.

        Raises `Refused` before anything is written, OSError for the file.
        """
        if not self._applied:
            self._apply()
            self._applied = True
        if isinstance(target, Path | str):
            with Path(target).open("wb") as stream:
                self._container.save(stream)
        else:
            self._container.save(target)

    def content(self) -> bytes:
        """The bytes of the workbook with all changes made."""
        out = BytesIO()
        self.save(out)
        return out.getvalue()

    @property
    def touched(self) -> list[str]:
        """After saving: names of the parts that were changed, added or dropped."""
        return self._container.touched

    def _apply(self) -> None:
        moves = {key: sheet.moves for key, sheet in self._sheets.items() if not sheet.moves.still}
        if moves:
            self._open_mentioning(moves)
        for sheet in self._sheets.values():
            if self._strings is not None:
                for texts, times in sheet.sample():
                    self._strings.expect(texts, times)
        changed: list[Sheet] = []
        done: set[str] = set()
        formulas_moved = False
        for sheet in self._sheets.values():
            if not (moves or sheet.touched):
                continue
            follower = Follower(sheet.name, moves, self.notes)
            before = markup.serialised(sheet.tree)
            outcome = sheet.render(follower)
            if moves:
                done |= self._follow_tree(sheet, follower)
            for table in sheet.tables:
                if table.changed:
                    self._container.write(table.part, table.content())
            self._set_links(sheet, outcome.links)
            if outcome.changed:
                changed.append(sheet)
                formulas_moved |= outcome.formulas_moved
            if outcome.changed or sheet.edited or markup.serialised(sheet.tree) != before:
                self._container.write(sheet.part, sheet.content(outcome.pieces))
        if moves:
            self._follow_elsewhere(moves, done)
            self._workbook.follow(moves)
        if changed:
            self._refresh_pivots(changed, moves)
            self._workbook.calculate_on_load()
        if formulas_moved:
            for part in self._rels.targets("calcChain"):
                drop_part(self._container, part, self._rels)
        self._put_back()

    def _put_back(self) -> None:
        """The parts that all sheets share."""
        if self._workbook.changed:
            self._container.write(self._main, self._workbook.content())
        if self._strings is not None and self._strings_part is not None and self._strings.changed:
            self._container.write(self._strings_part, self._strings)
        if self._styles is not None and self._styles_part is not None and self._styles.changed:
            self._container.write(self._styles_part, self._styles.content())

    def _open_mentioning(self, moves: Mapping[str, SheetMoves]) -> None:
        """Open the other sheets whose formulas, rules or links may refer to a moved one."""
        needles = Needles(self._sheets[key].name for key in moves)
        for key, place in self._places.items():
            if key not in self._sheets and place.is_grid and needles.refer(self._container.read(place.part)):
                self.sheet(place.entry.name)

    def _follow_tree(self, sheet: Sheet, follower: Follower) -> set[str]:
        """What hangs on a sheet; returns the parts that are done with."""
        rels = self._rels_of(sheet.part)
        for unused in attachments.follow(sheet.tree, follower):
            if not any(markup.r_id(element) == unused for element in sheet.tree.iter()):
                rels.remove(unused)
        rels.follow_places(follower.formula)
        done: set[str] = set()
        for table in sheet.tables:
            done.add(table.part)
            table.follow(follower)
        kinds: dict[str, _Change] = {
            "comments": drawings.follow_notes,
            "threadedComment": drawings.follow_notes,
            "vmlDrawing": drawings.follow_shapes,
            "drawing": partial(drawings.follow_anchors, height=sheet.height),
            "ctrlProp": _same,
            "pivotTable": drawings.follow_pivot_table,
        }
        for kind, change in kinds.items():
            for part in rels.targets(kind):
                done.add(part)
                self._rewrite(part, partial(_both, change, follower))
        return done

    def _follow_elsewhere(self, moves: Mapping[str, SheetMoves], done: set[str]) -> None:
        """Charts, and shapes and tables on sheets that were not opened."""
        needles = Needles(self._sheets[key].name for key in moves)
        follower = Follower("", moves, self.notes)
        for part in self._container.names:
            folders = part.lower().split("/")[:-1]
            if part in done or "_rels" in folders or not part.lower().endswith((".xml", ".vml")):
                continue
            change = next((act for folder, act in _ELSEWHERE.items() if folder in folders), None)
            if change is not None and needles.refer(self._container.read(part)):
                self._rewrite(part, partial(_with, change, follower))

    def _refresh_pivots(self, changed: Sequence[Sheet], moves: Mapping[str, SheetMoves]) -> None:
        """Pivot caches over changed sheets are refreshed when the workbook is opened."""
        followers = {sheet.name.lower(): Follower(sheet.name, moves, self.notes) for sheet in changed}
        names = {table.name.lower() for sheet in changed for table in sheet.tables}
        for defined in self._workbook.defined_names:
            if refers(defined.text, followers, defined.sheet or ""):
                names.add(defined.name.lower())
        for part in self._container.names:
            if "/pivotcachedefinition" in part.lower() and part.lower().endswith(".xml"):
                self._rewrite(part, partial(mentions.follow_pivot_cache, followers=followers, tables=names))

    def _set_links(self, sheet: Sheet, links: Links) -> None:
        """Hyperlinks that came as values, and those that gave way to other values."""
        if not links:
            return
        rels = self._rels_of(sheet.part)
        there = attachments.links_at(sheet.tree)
        for place, link in links.items():
            element = there.get(place)
            if link is None:
                if element is not None:
                    attachments.take_out(element)
                continue
            if element is None:
                element = attachments.add_link(sheet.tree, *place)
            attachments.point(element, link, rels.add_link(link.url, strict=sheet.strict) if link.url else "")

    def _rewrite(self, part: str, change: Callable[[str], str]) -> None:
        old = decoded(self._container.read(part))
        new = change(old)
        if new != old:
            self._container.write(part, declared_utf8(new))


_Change = Callable[[str, Follower], str]
#: Parts by folder that refer to rows of any sheet.
_ELSEWHERE: dict[str, _Change] = {
    "charts": mentions.follow_chart,
    "drawings": mentions.follow_links,
    "ctrlprops": mentions.follow_links,
    "tables": mentions.follow_table_formulas,
}


def _with(change: _Change, follower: Follower, text: str) -> str:
    return change(text, follower)


def _both(change: _Change, follower: Follower, text: str) -> str:
    """The sheet's own parts: their places, and the cells they are linked with."""
    return mentions.follow_links(change(text, follower), follower)


def _same(text: str, _: Follower) -> str:
    return text
