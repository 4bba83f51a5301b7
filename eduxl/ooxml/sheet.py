"""One worksheet: its regions found by their header words, read, given new rows, and written again.

A region is the rows under a header in which some columns are ours. New rows are matched with the old ones by key; all
else that stands in a row goes with it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import zip_longest

from eduxl.ooxml import attachments, columns, markup, rules
from eduxl.ooxml.follower import Follower
from eduxl.ooxml.markup import name
from eduxl.ooxml.moves import LAST_ROW, Band, RowMoves, SheetMoves
from eduxl.ooxml.references import Area, area, renamed
from eduxl.ooxml.refusal import Refused
from eduxl.ooxml.region import SAMPLE, NewRow, Outcome, Region, Replacement
from eduxl.ooxml.rendering import Rendering
from eduxl.ooxml.rows import Cell, Rows, with_attribute
from eduxl.ooxml.strings import SharedStrings
from eduxl.ooxml.styles import Looks, Styles
from eduxl.ooxml.tables import Table
from eduxl.ooxml.values import Read, Value

#: Points that a row may be high.
_HIGHEST = 409.5


class Sheet:
    """A worksheet part, cut into rows and the rest. Made by `Package.sheet`."""

    def __init__(
        self, name: str, part: str, data: bytes, tables: Sequence[Table], still: Sequence[Area],
        strings: SharedStrings | None, styles: Styles | None, since_1904: bool,
    ) -> None:  # fmt: skip
        cut = markup.cut(data)
        if cut is None:
            raise Refused(
                f"“{name}”不是普通工作表（可能是图表工作表），无法更新。请改用别的名称。", code="not-a-grid"
            )
        self.name, self.part, self.tables = name, part, list(tables)
        self.tree = cut.tree
        self.rows = Rows(cut.rows, cut.prefix)
        self._cut = markup.Cut(cut.tree, "", cut.prefix)
        self._still = list(still)
        self.strings, self.styles, self.since_1904 = strings, styles, since_1904
        self.replacements: list[Replacement] = []
        #: new values by row and column
        self.written: dict[int, dict[int, Value]] = {}
        #: looks of written cells that were not there
        self.borrowed: dict[tuple[int, int], Cell] = {}
        #: new columns, and the columns whose usual looks their cells take
        self.like_columns: dict[int, int] = {}
        #: whether something was changed at once
        self.edited = False

    # --- finding and reading --------------------------------------------------------------------------
    def header(self, row: int) -> dict[str, int]:
        """Texts of a row (a whole number's too) and their columns; of equal texts the first one's."""
        found: dict[str, int] = {}
        for column, text in self._texts(row).items():
            found.setdefault(text, column)
        return found

    def _texts(self, row: int) -> dict[int, str]:
        """Texts of a row by column, from left to right; empty cells left out."""
        cells = self.rows.cells(self.rows.row(row))
        values: dict[int, object] = {c: self.rows.read(cell, self.strings) for c, cell in cells.items()}
        values |= self.written.get(row, {})
        return header_texts(values)

    def region(
        self,
        header_row: int,
        columns: Sequence[str],
        *,
        first_row: int | None = None,
        last_row: int | None = None,
    ) -> Region:
        """The region under a header row. Data begin in the row below, or at `first_row`.

        Its rows are those of the table that covers the header, else down to `last_row` or the last row where one of
        our columns is filled; at least one row. Raises `Refused` (`no-header`) naming the columns that are not there.
        """
        at = self.header(header_row)
        missing = [column for column in columns if column not in at]
        if missing:
            raise Refused(
                f"工作表“{self.name}”第 {header_row} 行里找不到列：{'、'.join(missing)}。请把列名改回原样后再试。",
                code="no-header",
            )
        at |= self._in_one_table(header_row, columns)
        places = {column: at[column] for column in columns}
        first = first_row or header_row + 1
        table = self._table_at(header_row, first, list(places.values()))
        if table is None and last_row is None:
            last_row = self._last_filled(first, set(places.values()))
        last = table.rows[1] if table is not None else last_row or first
        return Region(self.name, header_row, first, max(first, last), places, table)

    def _in_one_table(self, header_row: int, columns: Sequence[str]) -> dict[str, int]:
        """The columns where the table that has most of them has them: tables side by side may share titles."""
        texts = self._texts(header_row)
        best: dict[str, int] = {}
        for table in self.tables:
            if table.area.top == header_row:
                held = {
                    text: column
                    for column, text in reversed(texts.items())
                    if text in columns and table.area.left <= column <= table.area.right
                }
                best = max(best, held, key=len)
        return best

    def _table_at(self, header_row: int, first_row: int, columns: Sequence[int]) -> Table | None:
        """The table that has the header row and most of the columns."""
        for table in self.tables:
            held = sum(table.area.left <= column <= table.area.right for column in columns)
            if table.area.top <= header_row < table.rows[0] == first_row and 2 * held > len(columns):
                return table
        return None

    def _last_filled(self, first: int, columns: set[int]) -> int:
        for number in reversed(self.rows.numbers):
            if number < first:
                break
            cells = self.rows.cells(self.rows.row(number))
            if any(column in columns and cell.inner for column, cell in cells.items()):
                return number
        return first

    def values(self, region: Region, columns: Sequence[str] | None = None) -> list[list[Read]]:
        """What the rows of a region hold in these columns (by default all of ours), dates as numbers."""
        wanted = [region.columns[column] for column in (columns or region.columns)]
        read = self.rows.reader(wanted, self.strings)
        return [read(self.rows.row(number)) for number in range(region.first, region.last + 1)]

    def heights(self, region: Region) -> list[float | None]:
        """Heights of the rows in points, None where none is given."""
        rests = [self.rows.row(number).rest for number in range(region.first, region.last + 1)]
        given = {rest: markup.attributes(rest).get("ht") for rest in set(rests)}
        return [float(height) if (height := given[rest]) else None for rest in rests]

    def height(self, row: int) -> float:
        """Height of a row in points, the sheet's default where none is given."""
        given = markup.attributes(self.rows.row(row).rest).get("ht")
        if given:
            return float(given)
        default = next((el for el in self.tree if name(el) == "sheetFormatPr"), None)
        return float(default.get("defaultRowHeight", 15)) if default is not None else 15.0

    def widths(self, region: Region) -> list[float]:
        """Widths of the region's columns in their order, in characters; the sheet's default where none is given."""
        return [columns.width(self.tree, column) for column in region.columns.values()]

    def cell(self, ref: str) -> Read:
        """What one cell holds, as `B3`."""
        place = area(ref)
        assert place is not None
        cells = self.rows.cells(self.rows.row(place.top))
        return self.rows.read(cells[place.left], self.strings) if place.left in cells else None

    @property
    def code_name(self) -> str:
        """The sheet's name in VBA, "" where it has none."""
        properties = next((element for element in self.tree if name(element) == "sheetPr"), None)
        return "" if properties is None else properties.get("codeName", "")

    # --- changing -------------------------------------------------------------------------------------
    def replace(
        self,
        region: Region,
        old_keys: Sequence[object],
        rows: Sequence[NewRow],
        *,
        like: int | None = None,
    ) -> None:
        """Give a region these rows. `old_keys` has a key (None: no row of ours, it vanishes) for each old row.

        Rows of known keys take their cells, heights, notes … along. New rows look like row number `like`, by default as
        most rows do in each column. Without rows one empty row remains. The first region replaced on a sheet moves whole
        rows; a further one, beside it, only its own columns. Raises `ValueError` where keys or lengths don't fit.
        """
        if len(old_keys) != region.last - region.first + 1:
            raise ValueError(f"{len(old_keys)} keys for {region.last - region.first + 1} rows")
        known: dict[object, int] = {}
        for number, key in enumerate(old_keys, region.first):
            if key is not None and known.setdefault(key, number) != number:
                raise ValueError(f"two old rows have the key {key!r}")
        if len({row.key for row in rows}) != len(rows):
            raise ValueError("two new rows have one key")
        for row in rows:
            if row.values is None and row.key not in known:
                raise ValueError(f"no old row has the key {row.key!r}")
            if row.values is not None and len(row.values) != len(region.columns):
                raise ValueError(f"{len(row.values)} values for {len(region.columns)} columns")
        rows = rows or [NewRow(None, (None,) * len(region.columns))]
        if region.first + len(rows) - 1 > LAST_ROW:
            raise Refused(
                f"工作表“{self.name}”放不下 {len(rows)} 行。请删去不用的行后再试。", code="sheet-full"
            )
        moves = RowMoves(region.first, region.last, tuple(known.get(row.key) for row in rows))
        self.replacements.append(Replacement(region, moves, rows, like))

    def write(self, cells: Mapping[str, Value]) -> None:
        """Give single cells outside of the regions other values; keys as `B3`, by their places before any move."""
        for ref, value in cells.items():
            place = area(ref)
            if place is None:
                raise ValueError(f"{ref!r} is no cell")
            self.written.setdefault(place.top, {})[place.left] = value
            self.rows.ensure(place.top)
            if place.left in self.like_columns:
                self._borrow(place.top, place.left, self.like_columns[place.left])

    def _borrow(self, row: int, column: int, like: int) -> None:
        """Let a cell, if it is not there, look like another one of its row."""
        cell = self.rows.cell(self.rows.row(row), like)
        if cell is not None:
            self.borrowed[row, column] = Cell(with_attribute(cell.rest, "t", None), "")

    def set_height(self, row: int, points: float) -> None:
        """Make a row outside of the regions so high (0 to 409.5 points); `row` is its place before any move."""
        if not 0 <= points <= _HIGHEST:
            raise ValueError(f"a row cannot be {points} points high")
        self.rows.set_height(row, points)
        self.edited = True

    def add_columns(
        self, header_row: int, missing: Sequence[str], present: Sequence[str], *,
        widths: Sequence[float | None] = (), alike: bool = False,
    ) -> None:  # fmt: skip
        """Give columns that are gone their header back, before `region` is asked for.

        They come into the table that has the `present` columns: into columns of it that are empty, else to its right
        where there is room; failing that behind all that stands on the sheet. Their headers look like the last present
        one's; with `alike` so do all their cells that are written and were not there. `widths` in characters go with
        `missing`; a column without one (or None) stays as wide as the place is where it comes.
        """
        at = self.header(header_row)
        places = [at[column] for column in present if column in at]
        table = self._table_at(header_row, header_row + 1, places)
        used = {column for number in self.rows.numbers for column in self._filled_columns(number)}
        empty = [c for c in range(table.area.left, table.area.right + 1) if c not in used] if table else []
        used |= {column for other in self.tables for column in (other.area.left, other.area.right)}
        for title, width in zip_longest(missing, widths[: len(missing)]):
            column = max(used, default=0) + 1
            if empty:
                column = empty.pop(0)
            elif table is not None and table.area.right + 1 not in used:
                column = table.area.right + 1
                table.add_column(title)
            used.add(column)
            self.rows.ensure(header_row)
            self.written.setdefault(header_row, {})[column] = title
            if width is not None:
                columns.set_width(self.tree, column, width)
                self.edited = True
            if places:
                self._borrow(header_row, column, max(places))
                if alike:
                    self.like_columns[column] = max(places)

    def untabled(self, header_row: int, columns: Sequence[str]) -> Area | None:
        """Where a table with these columns would lie: header and data, from the leftmost to the rightmost of them.

        None where one of them is not to be found outside of the tables there are, or one of those or a pivot table is in
        the way.
        """
        taken = [*(table.area for table in self.tables), *self._still]
        at: dict[str, int] = {}
        for column, text in self._texts(header_row).items():
            if not any(_meet(place, Area(header_row, column, header_row, column)) for place in taken):
                at.setdefault(text, column)
        if any(column not in at for column in columns):
            return None
        places = {at[column] for column in columns}
        last = max(header_row + 1, self._last_filled(header_row + 1, places))
        whole = Area(header_row, min(places), last, max(places))
        return None if any(_meet(place, whole) for place in taken) else whole

    def head(self, place: Area) -> list[str]:
        """Let the top row of `place` be the header of a table: each cell a text of its own, as Excel makes it; answers them."""
        texts = self._texts(place.top)
        cells = self.rows.cells(self.rows.row(place.top))
        # the first of equal texts keeps it, before any that is made up
        firsts = {texts[at].lower(): at for at in reversed(texts) if place.left <= at <= place.right}
        used = set(firsts)
        names: list[str] = []
        for count, column in enumerate(range(place.left, place.right + 1), 1):
            stem = texts.get(column, f"列{count}")
            text = stem
            if firsts.get(stem.lower()) != column and stem.lower() in used:
                text = next(new for i in range(2, LAST_ROW) if (new := f"{stem}{i}").lower() not in used)
            cell = cells.get(column)
            formula = cell is not None and self.rows.formula_mark in cell.inner
            if cell is None or formula or self.rows.read(cell, self.strings) != text:
                self.rows.ensure(place.top)
                self.written.setdefault(place.top, {})[column] = text
            names.append(text)
            used.add(text.lower())
        return names

    def take_filter(self, place: Area) -> tuple[markup.Element | None, bool]:
        """The sheet's own filter, taken out for a table over `place` to have; and whether that may have a filter.

        Two filters must not lie over the same cells: one that reaches beyond the table stays, and the table has none.
        """
        element = next((child for child in self.tree if name(child) == "autoFilter"), None)
        own = area(element.get("ref", "")) if element is not None else None
        if element is None or own is None or not _meet(own, place):
            return None, True
        if own.top != place.top or own.left < place.left or own.right > place.right:
            return None, False
        markup.remove(element)
        self.edited = True
        return element, True

    def list_table(self, table: Table, r_id: str) -> None:
        """Count a new table among the sheet's own."""
        listed = attachments.child(self.tree, "tableParts")
        listed.append(
            listed.makeelement(markup.qualified(listed, "tablePart"), {markup.r_id_name(self.tree): r_id})
        )
        listed.set("count", str(len(listed)))
        self.tables.append(table)
        self.edited = True

    def unmerge(self, place: Area) -> list[str]:
        """Undo the merged cells that reach into `place`, which a table must not have; answers their ranges."""
        undone: list[str] = []
        for element in list(self.tree.iter()):
            if name(element) == "mergeCell" and (own := area(element.get("ref", ""))) and _meet(own, place):
                undone.append(str(own))
                markup.remove(element)
        if undone:
            attachments.tidy(self.tree)
            self.edited = True
        return undone

    def match_headers(self, region: Region) -> None:
        """Let the table's columns be named as its header cells are, which some programs do not see to (ECMA-376, 18.5.1.3).

        Header cells that Excel would not have are put right first, see `head`.
        """
        table = region.table
        if table is None or not table.header_rows:
            return
        table.name_columns(self.head(table.area))

    def _filled_columns(self, number: int) -> set[int]:
        cells = self.rows.cells(self.rows.row(number))
        return {column for column, cell in cells.items() if cell.inner}

    def set_code_name(self, code_name: str) -> None:
        """Give the sheet its name in VBA (LibreOffice drops it)."""
        if self.code_name != code_name:
            properties = attachments.child(self.tree, "sheetPr")
            properties.set("codeName", code_name)
            if not code_name:
                del properties.attrib["codeName"]
            self.edited = True

    def adopt_rules(self, donor: Sheet, *, rows: tuple[int, int]) -> None:
        """Bring in the conditional formats and validations that `donor`, a sheet of another workbook, has and ours lacks.

        Its columns are those of our sheet, and its rows are the data rows: each of its ranges that reaches to row `rows[0]`
        or below comes to hold for `rows` (first and last, by their places before any move). A rule of ours with the same
        formula counts as there in the cells it holds for, whatever it looks like; one whose formula has become `#REF!`
        goes, where it lies over cells that the donor has rules for. The donor's rules keep their order among each other.
        Validations fill the cells that have none.
        """
        looks = Looks(self.styles, donor.styles) if self.styles and donor.styles else None
        before = markup.serialised(self.tree)
        rules.adopt(self.tree, donor.tree, self.name, rows, looks.rule if looks else int)
        self.edited |= markup.serialised(self.tree) != before

    def extend_rules(self, from_column: int, to_columns: Sequence[int]) -> None:
        """Let the conditional formats and validations of a column (A is 1) hold in the same rows of others too.

        Where another validation stands, it stays.
        """
        before = markup.serialised(self.tree)
        rules.extend(self.tree, self.name, from_column, to_columns)
        self.edited |= markup.serialised(self.tree) != before

    def extend_filter(self, from_column: int, to_columns: Sequence[int]) -> Area | None:
        """Let the sheet's own filter, where it holds for a column (A is 1), reach to others right of it.

        It takes in what stands between them. Answers its new place; None where it stays: there is none, it does not hold for
        the column, it reaches so far already, or a table or pivot table is in the way, which no filter may overlap.
        """
        element = next((child for child in self.tree if name(child) == "autoFilter"), None)
        old = area(element.get("ref", "")) if element is not None else None
        if element is None or old is None or not old.left <= from_column <= old.right:
            return None
        new = old._replace(right=max(old.right, *to_columns))
        further = new._replace(left=old.right + 1)
        others = [*(table.area for table in self.tables), *self._still]
        if new == old or any(_meet(further, place) for place in others):
            return None
        element.set("ref", str(new))
        self.edited = True
        return new

    @property
    def page_header(self) -> str:
        """What is printed above each page, with its codes (ECMA-376, 18.3.1.46); "" where there is nothing."""
        found = (el for around in self.tree if name(around) == "headerFooter" for el in around)
        return next((el.text or "" for el in found if name(el) == "oddHeader"), "")

    def set_page_header(self, text: str) -> None:
        """Print this, with its codes, above each page (above odd ones, where even ones differ)."""
        if text == self.page_header:
            return
        around = attachments.child(self.tree, "headerFooter")
        element = next((el for el in around if name(el) == "oddHeader"), None)
        if element is None:
            element = around.makeelement(markup.qualified(around, "oddHeader"))
            around.insert(0, element)
        element.text = text
        self.edited = True

    def rename_in_formulas(self, old: str, new: str) -> None:
        """Let the formulas of this sheet, its tables, rules and validations call a table by another name."""
        self.edited |= self.rows.change_formulas(lambda text: renamed(text, old, new))
        for table in self.tables:
            table.rename_in_formulas(old, new)
        for rule in (*rules.formats(self.tree), *rules.validations(self.tree)):
            for element in rule.formulas:
                text = renamed(element.text or "", old, new)
                if text != element.text:
                    element.text = text
                    self.edited = True

    @property
    def moves(self) -> SheetMoves:
        """Where the rows go."""
        if not self.replacements:
            return SheetMoves(None)
        main, *beside = self.replacements
        left, right = main.region.extent
        bands = [Band(*other.region.extent, other.moves) for other in beside]
        taken = [(band.left, band.right) for band in bands]
        for place in [*(table.area for table in self.tables), *self._still]:
            apart = place.right < left or place.left > right
            level = place.top <= main.region.last and place.bottom >= main.region.header_row
            if apart and level and (place.left, place.right) not in taken:
                bands.append(Band(place.left, place.right))
        return SheetMoves(main.moves, tuple(bands))

    # --- writing --------------------------------------------------------------------------------------
    @property
    def touched(self) -> bool:
        """Whether anything was asked to change."""
        return bool(
            self.replacements or self.written or self.edited or any(table.changed for table in self.tables)
        )

    def sample(self) -> Iterator[tuple[set[str], int]]:
        """Some texts of the new rows, and one in how many rows was looked at."""
        for replacement in self.replacements:
            step = max(1, len(replacement.rows) // SAMPLE)
            rows = (row.values for row in replacement.rows[::step] if row.values is not None)
            yield {value for values in rows for value in values if isinstance(value, str)}, step

    @property
    def strict(self) -> bool:
        """Whether the part is written in ISO 29500 strict."""
        return str(self.tree.tag).startswith(f"{{{markup.STRICT_MAIN}}}")

    def content(self, rows: list[bytes]) -> list[bytes]:
        """The part with these rows, as pieces."""
        return markup.joined(self._cut, rows)

    def render(self, follower: Follower) -> Outcome:
        """The part with all changes made; `follower` knows where the rows of all sheets go."""
        return Rendering(self, follower).outcome()


def header_texts(values: Mapping[int, object]) -> dict[int, str]:
    """Values of cells by column as the texts that headers are known by, from left to right; empty ones left out."""
    found: dict[int, str] = {}
    for column in sorted(values):
        value = values[column]
        text = f"{value:g}" if isinstance(value, float) else str(value if value is not None else "")
        if text.strip():
            found[column] = text.strip()
    return found


def _meet(one: Area, other: Area) -> bool:
    """Whether two areas have a cell in common."""
    return (
        one.top <= other.bottom and one.bottom >= other.top
        and one.left <= other.right and one.right >= other.left
    )  # fmt: skip
