"""Writing one sheet's rows: each where it belongs, our cells by their new values, all others as they were."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from operator import itemgetter
from typing import TYPE_CHECKING

from eduxl.ooxml.cells import CellWriter
from eduxl.ooxml.filters import Filter, Shown
from eduxl.ooxml.follower import Follower
from eduxl.ooxml.formulas import FormulaMover
from eduxl.ooxml.markup import Element, name
from eduxl.ooxml.moves import LAST_ROW
from eduxl.ooxml.quick import QuickRows
from eduxl.ooxml.references import Area, area
from eduxl.ooxml.refusal import Refused
from eduxl.ooxml.region import SAMPLE, Links, NewRow, Outcome, Replacement
from eduxl.ooxml.rows import Cell, Row, pieces, with_attribute
from eduxl.ooxml.values import KEEP, Formula, Keep, Link, Value

if TYPE_CHECKING:
    from eduxl.ooxml.sheet import Sheet


class Rendering:
    """Writing one sheet once."""

    def __init__(self, sheet: Sheet, follower: Follower) -> None:
        self.sheet, self.follower = sheet, follower
        self.rows = sheet.rows
        self.moves = sheet.moves
        self.main = sheet.replacements[0] if sheet.replacements else None
        self.beside = {other.region.extent: other for other in sheet.replacements[1:]}
        self.writer = CellWriter(self.rows, sheet.strings, sheet.styles, sheet.since_1904)
        our = set().union(*(replacement.our for replacement in sheet.replacements))
        self.formulas = FormulaMover(
            self.rows, follower, self.main.moves if self.main else None, our, self.moves
        )
        self.links: Links = {}
        self.link_columns = self._link_columns()
        self.changed = False
        self.formulas_moved = False
        self.used: list[int] = []
        self.quick: QuickRows | None = None
        #: whether new rows have no cells but ours
        self.quick_alone = False
        self.filters = self._filters()

    def outcome(self) -> Outcome:
        if self.main is not None:
            self._learn(self.main)
        for other in self.beside.values():
            self._learn(other)
        for column, like in self.sheet.like_columns.items():
            self.writer.look_like(column, like)
        self._forget()
        if self.main is not None and self.rows.plain and not self.filters and not self.link_columns:
            quick = QuickRows(self.writer, self.main, self._tail)
            self.quick = quick if quick.usable else None
            others = self.writer.usual_others(self.main.our, self.moves)
            self.quick_alone = not (self.formulas.filled or self.formulas.placed or any(others))
        body = list(pieces(self._texts()))
        self._dimension()
        return Outcome(body, self.changed, self.formulas_moved, self.links)

    def _learn(self, replacement: Replacement) -> None:
        region = replacement.region
        numbers = (
            [replacement.like]
            if replacement.like
            else list(range(region.first, min(region.last, region.first + SAMPLE) + 1))
        )
        self.writer.learn(numbers)

    def _link_columns(self) -> set[int]:
        """Columns of ours that hold links: other values there take a link away."""
        found: set[int] = set()
        for replacement in self.sheet.replacements:
            if Link not in replacement.kinds:
                continue
            columns = list(replacement.region.columns.values())
            for row in replacement.rows:
                if row.values is not None and Link in map(type, row.values):
                    found |= {columns[i] for i, value in enumerate(row.values) if isinstance(value, Link)}
        return found

    def _forget(self) -> None:
        """Rows that vanish use no shared strings any more."""
        strings = self.sheet.strings
        if strings is None:
            return
        for replacement in self.sheet.replacements:
            kept = set(replacement.moves.order)
            for number in range(replacement.moves.first, replacement.moves.last + 1):
                if number in kept:
                    continue
                cells = self.rows.cells(self.rows.row(number))
                gone = sum(
                    self.moves.row(number, column) is None and self.writer.is_shared(cell)
                    for column, cell in cells.items()
                )
                if gone:
                    strings.counted(-gone)

    # --- which rows -----------------------------------------------------------------------------------
    def _texts(self) -> Iterator[str]:
        """The rows from top to bottom."""
        if self.moves.bands and not self.moves.still:
            yield from self._banded()
            return
        main = self.main
        first = main.moves.first if main else LAST_ROW + 1
        numbers = self.rows.numbers
        for number in numbers:
            if number >= first:
                break
            yield self._passed(number, number)
        if main is None:
            return
        for i, (old, new) in enumerate(zip(main.moves.order, main.rows, strict=True)):
            yield self._replaced(main, first + i, old, new)
        delta = main.moves.delta
        for number in numbers:
            if number > main.moves.last:
                yield self._passed(number, number + delta)

    def _passed(self, old: int, new: int) -> str:
        """A row outside of the regions."""
        row = self.rows.row(old)
        if new > LAST_ROW:
            if "<" in row.body and self.rows.has_values(row.body):
                raise Refused(
                    f"工作表“{self.sheet.name}”的最后一行有内容，行数增加后放不下。请清空第 {old} 行后再试。",
                    code="sheet-full",
                )
            self.changed = True
            return ""
        body = row.body
        written = self.sheet.written.get(old)
        if (self.formulas.needed and self.rows.formula_mark in body) or written:
            cells = self.rows.cells(row)
            moved = {column: self._moved(cell, column, old, new) for column, cell in cells.items()}
            if new != old or written or moved != cells:
                texts = {c: self.rows.cell_text(c, new, *cell) for c, cell in moved.items()}
                for column, value in (written or {}).items():
                    look = cells.get(column) or self.sheet.borrowed.get((old, column))
                    texts[column] = self._given(column, new, value, look)
                body = "".join(texts[column] for column in sorted(texts))
        elif new != old:
            self.formulas_moved |= self.rows.formula_mark in body
            body = self.rows.renumbered(body, new)
        if body:
            self.used.append(new)
        if new == old and body == row.body:
            return self.rows.row_text(new, row.rest, body)
        self.changed = True
        return self.rows.row_text(new, with_attribute(row.rest, "spans", None), body)

    def _replaced(self, replacement: Replacement, number: int, old: int | None, new: NewRow) -> str:
        """A row of the main region where no other table lies beside it."""
        row = self.rows.row(old) if old is not None else None
        if (
            new.values is None
            and new.height is None
            and row is not None
            and old is not None
            and not self.filters
        ):
            return self._passed(old, number)
        columns = replacement.region.columns
        values: Sequence[Value] = new.values if new.values is not None else (KEEP,) * len(columns)
        if row is not None and self.quick is not None:
            body_or_none = self.quick.body(row, values, number)
            if body_or_none is not None:
                return self._row(row, number, body_or_none, new, replacement, {})
        if row is None and self.quick is not None and self.quick_alone:
            body_or_none = self.quick.fresh(values, number)
            if body_or_none is not None:
                return self._row(None, number, body_or_none, new, replacement, {})
        cells = self.rows.cells(row) if row is not None else {}
        body, shown = self._body(columns, values, cells, number, old)
        return self._row(row, number, body, new, replacement, shown)

    def _tail(self, row: Row, text: str, number: int) -> str:
        """Cells behind ours in a row that goes to another place."""
        if self.rows.formula_mark not in text:
            return self.rows.renumbered(text, number) if number != row.number else text
        cells = self.rows.cells(Row(row.number, "", text))
        return "".join([self._carried(cell, column, row.number, number) for column, cell in cells.items()])

    def _body(
        self, columns: Mapping[str, int], values: Sequence[Value], cells: dict[int, Cell], number: int, old: int | None,
    ) -> tuple[str, dict[int, Shown]]:  # fmt: skip
        """Cells of a row: ours by their values, the others as they were; and what the filters look at."""
        texts: list[tuple[int, str]] = []
        shown: dict[int, Shown] = {}
        watched = self.watched
        for column, value in sorted(zip(columns.values(), values, strict=True), key=itemgetter(0)):
            cell = cells.pop(column, None)
            if value is KEEP:
                if cell is not None and old is not None:
                    texts.append((column, self._carried(cell, column, old, number)))
            else:
                texts.append((column, self._given(column, number, value, cell)))
            if column in watched:
                shown[column] = self._seen(value, cell, column)
        if old is None:
            for column in self.formulas.filled:
                if column not in columns.values():
                    texts.append((column, self._filled(column, number)))
            done = {*columns.values(), *self.formulas.filled}
            for (at, column), array in self.formulas.placed.items():
                if at == number and column not in done:
                    done.add(column)
                    texts.append((column, self.rows.cell_text(column, number, "", array)))
            for column, style in self.writer.usual_others(done, self.moves):
                texts.append((column, self.rows.cell_text(column, number, style, "")))
        for column, cell in cells.items():
            assert old is not None
            texts.append((column, self._carried(cell, column, old, number)))
            if column in watched:
                shown[column] = self._seen(KEEP, cell, column)
        texts.sort(key=itemgetter(0))
        return "".join([text for _, text in texts]), shown

    def _row(
        self, row: Row | None, number: int, body: str, new: NewRow | None, replacement: Replacement | None,
        shown: dict[int, Shown],
    ) -> str:  # fmt: skip
        if row is not None:
            rest = row.rest
        else:
            rest = ""
            if replacement is not None and replacement.like:
                rest = self.rows.row(replacement.like).rest
                for gone in ("hidden", "collapsed", "outlineLevel"):
                    rest = with_attribute(rest, gone, None)
        if new is not None and new.height is not None:
            rest = with_attribute(with_attribute(rest, "ht", f"{new.height:g}"), "customHeight", "1")
        if self.filters and any(one.hides(shown) for one in self.filters):
            rest = with_attribute(rest, "hidden", "1")
        if body:
            self.used.append(number)
        if row is None or row.number != number or body != row.body:
            rest = with_attribute(rest, "spans", None)
        if row is None or row.number != number or body != row.body or rest != row.rest:
            self.changed = True
        return self.rows.row_text(number, rest, body)

    # --- which cells ----------------------------------------------------------------------------------
    def _carried(self, cell: Cell, column: int, old: int, new: int) -> str:
        """The text of a cell that goes along with its row."""
        return self.rows.cell_text(column, new, *self._moved(cell, column, old, new))

    def _moved(self, cell: Cell, column: int, old: int, new: int) -> Cell:
        """A cell that goes along with its row."""
        rest, inner = cell
        if self.rows.formula_mark in inner:
            if new != old:
                self.formulas_moved = True
            if self.formulas.needed:
                rest, inner = self.formulas.carried(cell, column, old, new)
                if inner != cell.inner:
                    self.formulas_moved = True
        if self.formulas.placed and (array := self.formulas.placed.get((new, column))):
            inner = array + inner
        return Cell(rest, inner)

    def _given(self, column: int, row: int, value: Value, cell: Cell | None) -> str:
        """A cell of ours with its new value."""
        if cell is not None and self.rows.formula_mark in cell.inner:
            self.formulas_moved = True
        if isinstance(value, Link):
            self.links[row, column] = value
            value = value.text
        elif column in self.link_columns:
            self.links[row, column] = None
        if isinstance(value, Formula):
            self.formulas_moved = True
        return self.writer.text(column, row, value, cell)

    def _filled(self, column: int, row: int) -> str:
        """A new cell of a column that is one filled formula."""
        self.formulas_moved = True
        rest, inner = self.formulas.new(column, row)
        return self.rows.cell_text(column, row, rest, inner)

    # --- tables beside ours -----------------------------------------------------------------------------
    def _banded(self) -> Iterator[str]:
        """Rows put together of cells that follow their row and cells that don't."""
        rows, moves = self.rows, self.moves
        parsed = {number: rows.cells(rows.row(number)) for number in rows.numbers}
        built: dict[int, dict[int, str]] = {}
        sources: dict[int, int] = {}
        seen: dict[int, dict[int, Shown]] = {}
        news: dict[int, NewRow] = {}
        for old, cells in parsed.items():
            written = self.sheet.written.get(old, {})
            for column, cell in cells.items():
                own = self._region_at(column)
                inside = own is not None and own.moves.first <= old <= own.moves.last
                if inside and own is not None and column in own.our:
                    continue
                to = moves.row(old, column)
                if to is None or to > LAST_ROW:
                    continue
                value = written.get(column, KEEP)
                text = (
                    self._carried(cell, column, old, to)
                    if value is KEEP
                    else self._given(column, to, value, cell)
                )
                built.setdefault(to, {})[column] = text
                if column in self.watched:
                    seen.setdefault(to, {})[column] = self._seen(KEEP, cell, column)
            main = self.main
            to = old if main is None else main.moves.row(old)
            if to is not None and to <= LAST_ROW:
                sources[to] = old
        for replacement in (r for r in (self.main, *self.beside.values()) if r is not None):
            self._placed(replacement, parsed, built, seen, news)
        for at, written in self.sheet.written.items():
            for column, value in written.items():
                if column not in parsed.get(at, {}) and (to := moves.row(at, column)) is not None:
                    look = self.sheet.borrowed.get((at, column))
                    built.setdefault(to, {})[column] = self._given(column, to, value, look)
        for number in sorted({*built, *sources}):
            cells_text = built.get(number, {})
            body = "".join(cells_text[column] for column in sorted(cells_text))
            source = sources.get(number)
            yield self._row(
                rows.row(source) if source is not None else None, number, body, news.get(number), self.main,
                seen.get(number, {}),
            )  # fmt: skip

    def _region_at(self, column: int) -> Replacement | None:
        for (left, right), other in self.beside.items():
            if left <= column <= right:
                return other
        return None if self.moves.in_band(column) else self.main

    def _placed(
        self, replacement: Replacement, parsed: dict[int, dict[int, Cell]], built: dict[int, dict[int, str]],
        seen: dict[int, dict[int, Shown]], news: dict[int, NewRow],
    ) -> None:  # fmt: skip
        """Our cells of a region in `_banded`."""
        columns = replacement.region.columns
        is_main = replacement is self.main
        for i, (old, new) in enumerate(zip(replacement.moves.order, replacement.rows, strict=True)):
            number = replacement.moves.first + i
            values = new.values if new.values is not None else (KEEP,) * len(columns)
            row = built.setdefault(number, {})
            cells = parsed.get(old, {}) if old is not None else {}
            for column, value in zip(columns.values(), values, strict=True):
                cell = cells.get(column)
                if value is not KEEP:
                    row[column] = self._given(column, number, value, cell)
                elif cell is not None and old is not None:
                    row[column] = self._carried(cell, column, old, number)
                if column in self.watched:
                    seen.setdefault(number, {})[column] = self._seen(value, cell, column)
            if is_main:
                news[number] = new
                if old is None:
                    for column in self.formulas.filled:
                        if column not in columns.values():
                            row[column] = self._filled(column, number)
                    done = {*columns.values(), *self.formulas.filled}
                    for column, style in self.writer.usual_others(done, self.moves):
                        row.setdefault(column, self.rows.cell_text(column, number, style, ""))

    # --- filters, dimension ----------------------------------------------------------------------------
    @property
    def watched(self) -> set[int]:
        return self._watched

    def _filters(self) -> list[Filter]:
        self._watched: set[int] = set()
        if self.main is None:
            return []
        region = self.main.region
        elements: list[Element] = [child for child in self.sheet.tree if name(child) == "autoFilter"]
        if region.table is not None and region.table.auto_filter is not None:
            elements.append(region.table.auto_filter)
        found = []
        for element in elements:
            place = area(element.get("ref", ""))
            if place is None or not (place.top < region.first and place.bottom >= region.first):
                continue
            one = Filter(element, place.left)
            if one.columns:
                found.append(one)
                self._watched |= set(one.columns)
        return found

    def _seen(self, value: Value, cell: Cell | None, column: int) -> Shown:
        """A cell as a filter sees it."""
        if isinstance(value, Keep):
            read = self.rows.read(cell, self.sheet.strings) if cell is not None else None
        elif isinstance(value, Formula):
            read = value.cached
        elif isinstance(value, Link):
            read = value.text
        elif isinstance(value, datetime | date):
            read = self.writer.serial(value)
        else:
            read = value
        if not isinstance(read, int | float) or isinstance(read, bool):
            return Shown(read)
        return self.writer.shown(float(read), column, cell, value)

    def _dimension(self) -> None:
        element = next((child for child in self.sheet.tree if name(child) == "dimension"), None)
        if element is None or not self.changed or not self.used:
            return
        old = area(element.get("ref", ""))
        columns = [column for r in self.sheet.replacements for column in r.region.columns.values()]
        columns += {column for written in self.sheet.written.values() for column in written}
        if old is not None:
            columns += [old.left, old.right]
        filled = [number for number in self.used if number <= LAST_ROW]
        new = str(Area(min(filled), min(columns), max(filled), max(columns)))
        if element.get("ref") != new:
            element.set("ref", new)
