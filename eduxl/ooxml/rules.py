"""Conditional formats and validations brought in from another workbook's sheet, or stretched to further columns.

What is there already stays: a rule of ours counts as there wherever its formula stands, whatever the clerk made of its
colours. Both kinds in the sheet itself and those of extensions are looked at; only the former are brought in.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from attrs import frozen

from eduxl.ooxml import attachments
from eduxl.ooxml.areas import apart, around, listed, minus, together
from eduxl.ooxml.markup import Element, name, remove, transplanted
from eduxl.ooxml.references import Area, shifted

_TEXT = re.compile(r'"(?:[^"]|"")*"')
#: Kinds that are another way of writing a formula: programs write one for the other.
_BY_FORMULA = {
    "expression", "containsText", "notContainsText", "beginsWith", "endsWith", "containsBlanks", "notContainsBlanks",
    "containsErrors", "notContainsErrors",
}  # fmt: skip
#: What else makes two rules of a kind equal; programs write more than a kind needs.
_CRITERIA = {
    "cellIs": ("operator",),
    "timePeriod": ("timePeriod",),
    "top10": ("rank", "percent", "bottom"),
    "aboveAverage": ("aboveAverage", "equalAverage", "stdDev"),
}
_TRUTH = re.compile(r"\b(?:(TRUE)|FALSE)\b(?:\(\))?")
_FORMULAS = ("formula", "formula1", "formula2", "f")


@frozen
class Rule:
    """A `cfRule` or `dataValidation` and the cells it holds for; `block` has their ranges (`sqref`)."""

    element: Element
    block: Element
    areas: list[Area]

    @property
    def corner(self) -> tuple[int, int]:
        """Row and column that its formulas are written for."""
        whole = around(self.areas)
        return whole.top, whole.left

    @property
    def formulas(self) -> list[Element]:
        """Elements with its formulas."""
        return [el for el in self.element.iter() if name(el) in _FORMULAS and el.text and not len(el)]

    @property
    def is_broken(self) -> bool:
        """Whether a formula of it refers to cells that are gone."""
        return any("#REF!" in _TEXT.sub("", el.text or "") for el in self.formulas)

    @property
    def priority(self) -> int:
        return int(self.element.get("priority", 0))

    def read_at(self, own: str, corner: tuple[int, int]) -> list[str]:
        """Its formulas as they read for other cells."""
        by, across = corner[0] - self.corner[0], corner[1] - self.corner[1]
        return [shifted(el.text or "", own, by, across=across) for el in self.formulas]

    def equals(self, other: Rule, own: str) -> bool:
        """Whether both say the same of a cell, whatever it is made to look like."""
        one, two = self.element, other.element
        kinds = [element.get("type", "") for element in (one, two)]
        if kinds[0] != kinds[1] and not _BY_FORMULA.issuperset(kinds):
            return False
        if any(one.get(key) != two.get(key) for key in _CRITERIA.get(kinds[0], ())):
            return False
        there = other.read_at(own, self.corner)
        return [_plain(text) for text in there] == [_plain(el.text or "") for el in self.formulas]


def _plain(formula: str) -> str:
    """A formula without blanks and case, but for those in quotes; LibreOffice writes `FALSE` as 0."""
    parts, done = [], 0
    for text in (*_TEXT.finditer(formula), None):
        outside = "".join(formula[done : text.start() if text else None].split()).upper()
        parts.append(_TRUTH.sub(lambda m: "1" if m[1] else "0", outside))
        if text:
            parts.append(text[0])
            done = text.end()
    return "".join(parts)


# --- reading -----------------------------------------------------------------------------------------
def _range_element(block: Element) -> Element | None:
    """The `xm:sqref` of an extension's rule."""
    return next((child for child in block if name(child) == "sqref"), None)


def _areas(block: Element) -> list[Area]:
    extended = _range_element(block)
    return listed((block.get("sqref") if extended is None else extended.text) or "")


def _set_areas(block: Element, areas: Sequence[Area]) -> None:
    text = " ".join(map(str, areas))
    extended = _range_element(block)
    if extended is None:
        block.set("sqref", text)
    else:
        extended.text = text


def formats(tree: Element) -> Iterator[Rule]:
    """The conditional formats of a sheet, in the order in which they stand."""
    for block in tree.iter():
        if name(block) == "conditionalFormatting" and (areas := _areas(block)):
            yield from (Rule(child, block, areas) for child in block if name(child) == "cfRule")


def validations(tree: Element) -> Iterator[Rule]:
    for block in tree.iter():
        if name(block) == "dataValidation" and (areas := _areas(block)):
            yield Rule(block, block, areas)


# --- bringing in -------------------------------------------------------------------------------------
def adopt(tree: Element, donor: Element, own: str, rows: tuple[int, int], look: Callable[[int], int]) -> None:
    """Bring in what the donor's sheet has; `look` says where a differential format of it is in our workbook."""
    _adopt_formats(tree, donor, own, rows, look)
    _adopt_validations(tree, donor, own, rows)
    attachments.tidy(tree)


def _stretched(rule: Rule, rows: tuple[int, int]) -> list[Area]:
    """The ranges of a donor's rule with all rows of the region; what stands above the region stays."""
    return together(
        one if one.bottom < rows[0] else one._replace(top=rows[0], bottom=rows[1]) for one in rule.areas
    )


def _drop_broken(rules: Sequence[Rule], areas: Sequence[Area]) -> list[Rule]:
    """Take out rules of cells where the donor has some too that refer to cells that are gone."""
    kept = []
    for rule in rules:
        if rule.is_broken and not all(apart(one, other) for one in rule.areas for other in areas):
            remove(rule.element)
            if name(rule.block) == "conditionalFormatting" and not any(
                name(el) == "cfRule" for el in rule.block
            ):
                remove(rule.block)
        else:
            kept.append(rule)
    return kept


def _adopt_formats(
    tree: Element, donor: Element, own: str, rows: tuple[int, int], look: Callable[[int], int]
) -> None:
    wanted = sorted(formats(donor), key=lambda rule: rule.priority)
    areas = [one for rule in wanted for one in _stretched(rule, rows)]
    order = sorted(_drop_broken(list(formats(tree)), areas), key=lambda rule: rule.priority)
    equal = [[ours for ours in order if ours.equals(rule, own)] for rule in wanted]
    # behind the donor's rule before it, so that of two that hold the same one wins
    at = min((order.index(ours) for found in equal for ours in found), default=len(order))
    blocks: dict[str, Element] = {}
    for rule, found in zip(wanted, equal, strict=True):
        at = max([at, *(order.index(ours) + 1 for ours in found)])
        left = minus(_stretched(rule, rows), [one for ours in found for one in ours.areas])
        if left:
            order.insert(at, _format(tree, rule, left, own, look, blocks))
            at += 1
    if not blocks:
        return
    for priority, rule in enumerate((rule for rule in order if rule.element.get("priority")), 1):
        if rule.priority != priority:
            rule.element.set("priority", str(priority))


def _format(
    tree: Element, rule: Rule, areas: list[Area], own: str, look: Callable[[int], int], blocks: dict[str, Element]
) -> Rule:  # fmt: skip
    """A new rule of ours like the donor's; rules for the same ranges stand in one block."""
    ranges = " ".join(map(str, areas))
    block = blocks.get(ranges)
    if block is None:
        block = blocks[ranges] = attachments.further(tree, "conditionalFormatting")
        block.set("sqref", ranges)
    new = transplanted(rule.element, block)
    block.append(new)
    if (dxf := new.get("dxfId")) is not None:
        new.set("dxfId", str(look(int(dxf))))
    new.set("priority", "0")
    made = Rule(new, block, areas)
    _write_formulas(made, rule.read_at(own, made.corner))
    return made


def _write_formulas(rule: Rule, texts: Sequence[str]) -> None:
    for element, text in zip(rule.formulas, texts, strict=True):
        element.text = text


def _adopt_validations(tree: Element, donor: Element, own: str, rows: tuple[int, int]) -> None:
    wanted = list(validations(donor))
    areas = [one for rule in wanted for one in _stretched(rule, rows)]
    ours = _drop_broken(list(validations(tree)), areas)
    taken = [one for rule in ours for one in rule.areas]
    for rule in wanted:
        left = minus(_stretched(rule, rows), taken)
        if not left:
            continue
        held = attachments.child(tree, "dataValidations")
        new = transplanted(rule.element, held)
        held.append(new)
        _set_areas(new, left)
        taken += left
        made = Rule(new, new, left)
        _write_formulas(made, rule.read_at(own, made.corner))


# --- stretching --------------------------------------------------------------------------------------
def extend(tree: Element, own: str, from_column: int, to_columns: Sequence[int]) -> None:
    """Let rules that hold in a column hold in the same rows of others too."""
    checks = list(validations(tree))
    taken = [one for rule in checks for one in rule.areas]
    for rule in checks:
        new = minus(_beside(rule.areas, from_column, to_columns), taken)
        taken += new
        _reach(rule, [rule], new, own)
    by_block: dict[Element, list[Rule]] = {}
    for rule in formats(tree):
        by_block.setdefault(rule.block, []).append(rule)
    for rules in by_block.values():
        _reach(rules[0], rules, _beside(rules[0].areas, from_column, to_columns), own)


def _beside(areas: Sequence[Area], column: int, to_columns: Sequence[int]) -> list[Area]:
    here = [one for one in areas if one.left <= column <= one.right]
    return [one._replace(left=to, right=to) for one in here for to in to_columns]


def _reach(first: Rule, rules: Sequence[Rule], areas: Sequence[Area], own: str) -> None:
    """Let the rules of a block hold for further cells."""
    new = minus(areas, first.areas)
    if not new:
        return
    whole = together([*first.areas, *new])
    corner = around(whole)[:2]
    for rule in rules:
        _write_formulas(rule, rule.read_at(own, corner))
    _set_areas(first.block, whole)
