"""A master that nobody touched looks after three merges like one written anew from the same view.

Less the widths of columns, which are the clerk's once the file is made, and the heights of rows, which follow them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from lxml import etree

from eduxl import labels as L
from eduxl.tracker.author import master_bytes
from tests.survival.book import MAIN, Book
from tests.survival.changes.objects import references
from tests.survival.conftest import Survived

_LOOKS = ("font", "fill", "border", "numFmt", "alignment", "protection")


def cells(book: Book, name: str) -> dict[Any, Any]:
    """Values and formulas; empty cells left out."""
    found = {}
    for at, cell in book.sheet(name).cells.items():
        if cell.value not in (None, "") or cell.formula:
            value = round(cell.value, 6) if isinstance(cell.value, float) else cell.value
            found[at] = (value, cell.formula)
    return found


def looks(book: Book, name: str) -> dict[Any, Any]:
    return {at: book.style(cell.style, *_LOOKS) for at, cell in book.sheet(name).cells.items()}


def rules(book: Book, name: str) -> dict[Any, Any]:
    """Conditional formats: cells, formula, look; and validations."""
    found: dict[Any, Any] = {}
    dxfs = book.styles.find(f"{MAIN}dxfs")
    for el in book.sheet(name).tree.iterfind(f"{MAIN}conditionalFormatting"):
        for rule in el:
            look = etree.tostring(dxfs[int(rule.get("dxfId"))], method="c14n2") if rule.get("dxfId") else b""
            texts = tuple(f.text for f in rule.findall(f"{MAIN}formula"))
            found[el.get("sqref"), rule.get("type"), texts] = look, rule.get("stopIfTrue")
    for el in book.sheet(name).tree.iterfind(f"{MAIN}dataValidations/{MAIN}dataValidation"):
        found[el.get("sqref"), el.get("type")] = el.findtext(f"{MAIN}formula1")
    return found


def frame(book: Book, name: str) -> dict[str, Any]:
    """What stands around the cells: merged cells, links, tables, filters, printing."""
    sheet = book.sheet(name)
    return {
        "merged": sorted(el.get("ref") for el in sheet.all("mergeCell")),
        "links": sorted((el.get("ref"), el.get("location")) for el in sheet.all("hyperlink")),
        "tables": [
            (el.get("ref"), [c.get("name") for c in el.iter(f"{MAIN}tableColumn")]) for el in sheet.tables
        ],
        "filter": [el.get("ref") for el in sheet.tree.iterfind(f"{MAIN}autoFilter")],
        "breaks": [el.get("id") for el in sheet.tree.iterfind(f"{MAIN}rowBreaks/{MAIN}brk")],
        "pane": [sorted(el.attrib.items()) for el in sheet.all("pane")],
        "code": [el.get("codeName") for el in sheet.all("sheetPr")],
        "charts": references(book, name),
    }


@pytest.fixture(scope="module")
def anew(survived: Survived) -> Book:
    return Book(master_bytes(survived("fresh", "").views[-1], macros=True))


@pytest.mark.parametrize("aspect", [cells, looks, rules, frame], ids=lambda f: f.__name__)
@pytest.mark.parametrize("name", [name for name in L.MASTER_SHEETS if name != L.META])
def test_like_one_written_anew(
    survived: Survived, anew: Book, name: str, aspect: Callable[[Book, str], Any]
) -> None:
    wanted, found = aspect(anew, name), aspect(survived("fresh", "").book(3), name)
    assert {k: (v, found.get(k)) for k, v in wanted.items() if v != found.get(k)} == {}
    assert set(found) == set(wanted)


@pytest.mark.parametrize(
    "name", [L.MATRIX, L.ENTRIES, L.ALERTS, L.INDICATORS, L.PROBLEMS, L.REJECTED, L.REMINDERS]
)
def test_printed_pages_name_the_round(survived: Survived, anew: Book, name: str) -> None:
    """Above each page, as in a new one: the master was made before the first round was opened."""
    header = survived("fresh", "").book(3).sheet(name).one("oddHeader").text
    assert header == anew.sheet(name).one("oddHeader").text


def test_the_same_names(survived: Survived, anew: Book) -> None:
    assert survived("fresh", "").book(3).defined_names() == anew.defined_names()
