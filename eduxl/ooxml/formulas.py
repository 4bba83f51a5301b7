"""Formulas of a sheet whose rows, or whose references' rows, move: shared ones apart, arrays, filled columns."""

from __future__ import annotations

from collections.abc import Collection
from itertools import pairwise

from eduxl.ooxml.follower import Follower
from eduxl.ooxml.markup import escape, escape_attribute
from eduxl.ooxml.moves import RowMoves, SheetMoves
from eduxl.ooxml.references import Area, area, mentions, shifted
from eduxl.ooxml.rows import Cell, FormulaCell, Rows, with_attribute


class FormulaMover:
    """Rewrites the formulas of one sheet.

    `needed` is False when no formula can change. `filled` has the columns that aren't ours where every row of the
    region has the same formula, relative to its row.
    """

    def __init__(
        self, rows: Rows, follower: Follower, region: RowMoves | None, ours: Collection[int], here: SheetMoves
    ) -> None:
        self._rows, self._follower, self._region, self._here = rows, follower, region, here
        self.needed = bool(follower.moves)
        self.filled: dict[int, tuple[str, FormulaCell]] = {}
        self._arrays: dict[tuple[int, int], Area | None] = {}
        #: array formulas of whole columns by the cell they have to stand in
        self.placed: dict[tuple[int, int], str] = {}
        self._expand = self.needed and self._must_expand()
        if self.needed and region is not None:
            self._find_arrays(region)
            if None in region.order or not region.still:
                self._find_filled(region, ours)

    def _must_expand(self) -> bool:
        if not self._here.still:
            return True
        own, moves = self._follower.own, self._follower.moves
        return any(mentions(text, moves, own) for text, _, _ in self._rows.shared(own).values())

    # --- looking ahead --------------------------------------------------------------------------------
    def _find_filled(self, region: RowMoves, ours: Collection[int]) -> None:
        rows, own = self._rows, self._follower.own
        first = rows.cells(rows.row(region.first))
        for column, cell in first.items():
            if column in ours or self._here.in_band(column):
                continue
            formula = rows.formula(cell, region.first, column, own)
            if formula is None or not formula.text or formula.given.get("t") == "dataTable":
                continue
            if formula.given.get("t") == "array" and not _is_single(formula.given.get("ref", "")):
                continue
            self.filled[column] = cell.rest, formula
        for number in range(region.first + 1, region.last + 1):
            if not self.filled:
                return
            row = rows.row(number)
            for column, (_, model) in list(self.filled.items()):
                cell_here = rows.cell(row, column)
                formula = rows.formula(cell_here, number, column, own) if cell_here else None
                wanted = shifted(model.text, own, number - region.first)
                if (
                    formula is None
                    or formula.text != wanted
                    or formula.given.get("t") != model.given.get("t")
                ):
                    del self.filled[column]

    def _find_arrays(self, region: RowMoves) -> None:
        """Array formulas over several rows: where they go, None where their rows come apart."""
        for number in self._rows.numbers:
            body = self._rows.row(number).body
            if '"array"' not in body and '"dataTable"' not in body:
                continue
            for column, cell in self._rows.cells(self._rows.row(number)).items():
                formula = self._rows.formula(cell, number, column, self._follower.own)
                if formula is None or formula.given.get("t") not in ("array", "dataTable"):
                    continue
                old = area(formula.given.get("ref", ""))
                if old is None or old.top == old.bottom:
                    continue
                parts = self._follower.parts(old)
                whole = region.covers(old.top, old.bottom)
                kept = len(parts) == 1 and (
                    whole or (parts[0].bottom - parts[0].top == old.bottom - old.top and self._in_order(old))
                )
                self._arrays[number, column] = parts[0] if kept else None
                if not kept:
                    self._follower.notes.append(
                        f"工作表“{self._follower.own}”{old} 的数组公式已改为数值：其中的行不再相邻。需要时请重新输入公式。"
                    )
                elif whole and old.top == region.first:
                    # the formula stands in the first row, whichever that is now
                    given = {**formula.given, "ref": str(parts[0])}
                    text = self._follower.formula(formula.text)
                    self.placed[region.first, column] = self._element(given, text)

    def _in_order(self, old: Area) -> bool:
        places = [self._here.row(row, old.left) for row in range(old.top, old.bottom + 1)]
        return all(a is not None and b == a + 1 for a, b in pairwise(places))

    # --- rewriting ------------------------------------------------------------------------------------
    def carried(self, cell: Cell, column: int, old: int, new: int) -> tuple[str, str]:
        """Attributes and content of a cell with a formula that goes from row `old` to row `new`."""
        rows, follower = self._rows, self._follower
        found = rows.formula_pattern.search(cell.inner)
        if found is not None and '"shared"' in found[1] and not self._expand:
            return cell
        formula = rows.formula(cell, old, column, follower.own)
        if formula is None:
            return cell
        given = dict(formula.given)
        if given.get("t") in ("array", "dataTable"):
            place = self._arrays.get((old, column), Area(new, column, new, column))
            if (old, column) not in self._arrays and (one := area(given.get("ref", ""))) is not None:
                place = Area(new, one.left, new, one.right)
            if place is None or (
                (old, column) in self._arrays and (new != place.top or (new, column) in self.placed)
            ):
                return with_attribute(cell.rest, "cm", None), formula.before + formula.after
            given["ref"] = str(place)
            if given["t"] == "dataTable":
                for key in ("r1", "r2"):
                    if key in given and (moved_to := follower.areas(given[key])):
                        given[key] = str(moved_to[0])
        inside = self._region is not None and self._region.first <= old <= self._region.last
        if inside and column in self.filled:
            text = shifted(formula.text, follower.own, new - old, follower.moves, follow=True)
        else:
            text = follower.formula(formula.text)
        if (
            text == formula.text
            and given == formula.given
            and found is not None
            and '"shared"' not in found[1]
        ):
            return cell
        return cell.rest, formula.before + self._element(given, text) + formula.after

    def new(self, column: int, row: int) -> tuple[str, str]:
        """Attributes and content of a new cell in a filled column; Excel works out its value."""
        rest, model = self.filled[column]
        assert self._region is not None
        text = shifted(model.text, self._follower.own, row - self._region.first, self._follower.moves)
        given = dict(model.given)
        if "ref" in given:
            given["ref"] = str(Area(row, column, row, column))
        return with_attribute(rest, "t", None), self._element(given, text)

    def _element(self, given: dict[str, str], text: str) -> str:
        p = self._rows.prefix
        start = f"<{p}f" + "".join(f' {key}="{escape_attribute(value)}"' for key, value in given.items())
        return f"{start}>{escape(text)}</{p}f>" if text else f"{start}/>"


def _is_single(ref: str) -> bool:
    place = area(ref)
    return place is not None and (place.top, place.left) == (place.bottom, place.right)
