"""What a worksheet holds beside its rows and that names rows: merged cells, rules, validations, links, breaks, filters.

Everything works on the small tree of `markup.cut`. `Follower` says where ranges go, and gathers what
cannot be kept.
"""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy

from eduxl.ooxml.follower import Follower
from eduxl.ooxml.markup import R_IDS, Element, name, qualified, r_id, r_id_name, remove, strip_empty
from eduxl.ooxml.references import Area, area, shifted
from eduxl.ooxml.values import Link


def follow(tree: Element, follower: Follower) -> list[str]:
    """Let everything in the tree follow; returns the ids of relationships that nothing needs any more."""
    unused: list[str] = []
    for element in list(tree.iter()):
        act = _ACTS.get(name(element))
        if act is not None and element.getparent() is not None:
            act(element, follower, unused)
    tidy(tree)
    return unused


def tidy(tree: Element) -> None:
    """Drop emptied lists, and let the others' counts be right."""
    for element in list(tree.iter()):
        if name(element) in _LISTS and element.getparent() is not None:
            _close(element)


def _merge(element: Element, follower: Follower, _: list[str]) -> None:
    old = area(element.get("ref", ""))
    if old is None:
        return
    new = follower.of_rows(old)
    if len(new) == 1 and new[0].top == new[0].bottom and new[0].left == new[0].right:
        new = []
    if len(new) > 1:
        follower.notes.append(
            f"工作表“{follower.own}”的合并单元格 {old} 已取消合并：其中的行不再相邻。内容仍在原来各行。"
        )
    if len(new) == 1:
        _set(element, "ref", str(new[0]))
    else:
        remove(element)


def _rule(element: Element, follower: Follower, _: list[str]) -> None:
    """Conditional formats and validations, ours (`sqref`) and those of extensions (`xm:sqref`)."""
    extended = next((child for child in element.iter() if name(child) == "sqref"), None)
    old_text = element.get("sqref") if extended is None else extended.text
    if not old_text:
        return
    old = [found for found in map(area, old_text.split()) if found is not None]
    new = follower.areas(old_text)
    if old and not new:
        remove(element)
        return
    by = min(a.top for a in new) - min(a.top for a in old) if old else 0
    if new != old:
        text = " ".join(map(str, new))
        if extended is None:
            element.set("sqref", text)
        else:
            extended.text = text
    for child in element.iter():
        if name(child) in ("formula", "formula1", "formula2", "f") and child.text and len(child) == 0:
            _set_text(child, shifted(child.text, follower.own, by, follower.moves))
        elif name(child) == "cfvo" and (value := child.get("val")) and not _is_number(value):
            _set(child, "val", shifted(value, follower.own, by, follower.moves))


def _ranges(element: Element, follower: Follower, _: list[str]) -> None:
    old = element.get("sqref")
    if old:
        new = follower.areas(old)
        if new:
            _set(element, "sqref", " ".join(map(str, new)) if new != list(map(area, old.split())) else old)
        else:
            remove(element)


def _link(element: Element, follower: Follower, unused: list[str]) -> None:
    location = element.get("location")
    if location:
        _set(element, "location", follower.formula(location))
    old = area(element.get("ref", ""))
    if old is None:
        return
    new = follower.of_rows(old)
    if not new:
        if id_ := r_id(element):
            unused.append(id_)
        remove(element)
        return
    _set(element, "ref", str(new[0]))
    for further in reversed(new[1:]):
        copy = deepcopy(element)
        copy.set("ref", str(further))
        element.addnext(copy)


def _break(element: Element, follower: Follower, _: list[str]) -> None:
    parent = element.getparent()
    if parent is None or name(parent) != "rowBreaks":
        return
    # `id` is the row above the break: it goes with the row below (ECMA-376 part 1, 18.3.1.3)
    row = follower.onward(int(element.get("id", 0)) + 1, 1)
    before = [sibling.get("id") for sibling in element.itersiblings(preceding=True)]
    if row is None or str(row - 1) in before:
        remove(element)
    else:
        _set(element, "id", str(row - 1))


def _sparkline(element: Element, follower: Follower, _: list[str]) -> None:
    for child in element:
        if name(child) == "f" and child.text:
            _set_text(child, follower.formula(child.text))
        elif name(child) == "sqref" and child.text:
            new = [one for old in child.text.split() if (at := area(old)) for one in follower.of_rows(at)]
            if not new:
                remove(element)
                return
            _set_text(child, " ".join(map(str, new)))


def _dates(element: Element, follower: Follower, _: list[str]) -> None:
    """The date axis of a group of sparklines."""
    for child in element:
        if name(child) == "f" and child.text:
            _set_text(child, follower.formula(child.text))


def _anchor(element: Element, follower: Follower, _: list[str]) -> None:
    """Where a control or embedded object lies."""
    marks = [mark for mark in element if name(mark) in ("from", "to")]
    places = [{name(part): part for part in mark} for mark in marks]
    if len(places) != 2 or not all({"row", "col"} <= set(place) for place in places):
        return
    first, last = (int(place["row"].text or 0) for place in places)
    offset = int(places[1]["rowOff"].text or 0) if "rowOff" in places[1] else 1
    by = follower.float_by(first, last, offset, int(places[0]["col"].text or 0))
    for place in places:
        _set_text(place["row"], str(max(0, int(place["row"].text or 0) + by)))


def _one_range(element: Element, follower: Follower, _: list[str]) -> None:
    old = element.get("ref")
    if old:
        new = follower.whole(old)
        if new is None:
            remove(element)
        else:
            _set(element, "ref", new)


def _one_cell(element: Element, follower: Follower, _: list[str]) -> None:
    old = element.get("r")
    if old and (found := area(old)) is not None:
        new = follower.of_rows(found)
        if new:
            _set(element, "r", str(new[0]))
        else:
            remove(element)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _set(element: Element, key: str, value: str) -> None:
    if element.get(key) != value:
        element.set(key, value)


def _set_text(element: Element, text: str) -> None:
    if element.text != text:
        element.text = text


_Act = Callable[[Element, Follower, list[str]], None]
_ACTS: dict[str, _Act] = {
    "mergeCell": _merge,
    "conditionalFormatting": _rule,
    "dataValidation": _rule,
    "ignoredError": _ranges,
    "protectedRange": _ranges,
    "hyperlink": _link,
    "brk": _break,
    "sparkline": _sparkline,
    "sparklineGroup": _dates,
    "autoFilter": _one_range,
    "sortState": _one_range,
    "sortCondition": _one_range,
    "anchor": _anchor,
    "inputCells": _one_cell,
    "cellWatch": _one_cell,
    "cellSmartTags": _one_cell,
}
#: Containers that must not stay behind empty, or whose count must be right.
_LISTS = {
    "mergeCells", "conditionalFormattings", "dataValidations", "ignoredErrors", "protectedRanges", "hyperlinks",
    "rowBreaks", "sparklines", "sparklineGroup", "sparklineGroups", "cellWatches", "smartTags",
}  # fmt: skip


def _close(element: Element) -> None:
    """Drop an emptied list, and the extension that held it."""
    local = name(element)
    held = [child for child in element if name(child)]
    if local in ("ignoredErrors",) and all(name(child) == "extLst" for child in held):
        held = []
    if local == "sparklineGroup" and not any(name(child) == "sparklines" for child in held):
        held = []
    if local == "rowBreaks" and held:
        manual = sum(child.get("man") in ("1", "true") for child in held)
        strip_empty(element, {"manualBreakCount": manual})
    elif held:
        if element.get("count") is not None:
            _set(element, "count", str(sum(name(child) not in ("extLst", "") for child in held)))
    else:
        parent = element.getparent()
        remove(element)
        while parent is not None and name(parent) in ("ext", "extLst", *_LISTS) and not len(parent):
            above = parent.getparent()
            remove(parent)
            parent = above


#: Children of a worksheet in the order that the schema demands.
_ORDER = (
    "sheetPr", "dimension", "sheetViews", "sheetFormatPr", "cols", "sheetData", "sheetCalcPr", "sheetProtection",
    "protectedRanges", "scenarios", "autoFilter", "sortState", "dataConsolidate", "customSheetViews", "mergeCells",
    "phoneticPr", "conditionalFormatting", "dataValidations", "hyperlinks", "printOptions", "pageMargins", "pageSetup",
    "headerFooter", "rowBreaks", "colBreaks", "customProperties", "cellWatches", "ignoredErrors", "smartTags",
    "drawing", "legacyDrawing", "legacyDrawingHF", "drawingHF", "picture", "oleObjects", "controls", "webPublishItems",
    "tableParts", "extLst",
)  # fmt: skip


def child(tree: Element, local: str) -> Element:
    """The child of that name, made in its place where it is missing."""
    found = next((element for element in tree if name(element) == local), None)
    return further(tree, local) if found is None else found


def further(tree: Element, local: str) -> Element:
    """A new child of that name in its place, behind others of the name."""
    main = str(tree.tag).rsplit("}", 1)[0]
    made = tree.makeelement(f"{main}}}{local}" if main.startswith("{") else local)
    place = _ORDER.index(local)
    before = [element for element in tree if name(element) in _ORDER and _ORDER.index(name(element)) <= place]
    if before:
        before[-1].addnext(made)
    else:
        tree.insert(0, made)
    return made


def links_at(tree: Element) -> dict[tuple[int, int], Element]:
    """Hyperlinks of single cells by row and column."""
    found: dict[tuple[int, int], Element] = {}
    for element in tree.iter():
        if name(element) == "hyperlink":
            place = area(element.get("ref", ""))
            if place is not None and (place.top, place.left) == (place.bottom, place.right):
                found[place.top, place.left] = element
    return found


def add_link(tree: Element, row: int, column: int) -> Element:
    """A new hyperlink of one cell, without a target yet."""
    links = child(tree, "hyperlinks")
    element = links.makeelement(qualified(links, "hyperlink"), {"ref": str(Area(row, column, row, column))})
    links.append(element)
    return element


def point(element: Element, link: Link, id_: str) -> None:
    """Let a hyperlink lead where `link` says; `id_` is the relationship of its address."""
    spelled = r_id_name(element)
    for key in (*R_IDS, "location", "tooltip"):
        if key in element.attrib:
            del element.attrib[key]
    if id_:
        element.set(spelled, id_)
    if link.location:
        element.set("location", link.location)
    if link.tip:
        element.set("tooltip", link.tip)
    if element.get("display") is not None:
        element.set("display", link.text)


def take_out(element: Element) -> None:
    """Remove an element and the list that it leaves empty."""
    parent = element.getparent()
    remove(element)
    if parent is not None and not len(parent):
        remove(parent)
