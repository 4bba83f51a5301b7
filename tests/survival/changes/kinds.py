"""What a kind of change is, and the rows and columns the kinds use."""

from __future__ import annotations

from typing import Any, ClassVar

from openpyxl.workbook import Workbook

from eduxl import labels as L
from tests.survival.book import Book, Key
from tests.survival.edit import Edit

E, T, A, M, R, H = L.ENTRIES, L.TASKS, L.ALERTS, L.MATRIX, L.ROSTER, L.HISTORY
#: A sheet of the clerk's with figures, and one that has nothing to do with ours.
FIGURES, OWN = "科室统计", "科室通讯录"

#: Rows of 填报明细 that stay through all merges: a silent unit's, one that changes, one that doesn't, a late one.
SILENT, CHANGING, QUIET, LATE = ("G02", "2"), ("S001", "3"), ("S003", "1"), ("S004", "2")
ROWS = (SILENT, CHANGING, QUIET, LATE)

#: Columns of 填报明细: three that Excel took into the table, an empty one, and more beyond.
COLUMNS = {
    "科室备注": 28, "剩余天数": 29, "行号": 30,
    "组长意见": 32, "核对": 33, "抽查": 34, "约谈日期": 35, "要点": 36, "会签": 37, "会签二": 38, "链接": 39, "其他": 40,
    "评级": 41, "得分": 42, "趋势": 43,
}  # fmt: skip


class Kind:
    """A change of one kind: how each route makes it, and what is seen of it by key.

    What `seen` finds in the clerk's file must be found after each merge too: of a dict the same values under the same
    keys (more may come), else the same. A route that is not overridden cannot make the change.
    """

    #: kinds of one group are made together in one file
    group: ClassVar[str] = "together"

    def package(self, edit: Edit) -> None:
        """As Excel writes it."""
        raise NotImplementedError

    def openpyxl(self, book: Workbook, read: Book) -> None:
        """With openpyxl; `read` is the file before."""
        raise NotImplementedError

    def uno(self, read: Book) -> list[list[Any]]:
        """Steps for `libreoffice.py`."""
        raise NotImplementedError

    def seen(self, book: Book) -> Any:
        raise NotImplementedError

    def also(self, before: Book, after: Book) -> None:
        """What else must hold of a merged file, given the clerk's."""

    def routes(self) -> list[str]:
        return [
            name
            for name in ("package", "openpyxl", "uno")
            if getattr(type(self), name) is not getattr(Kind, name)
        ]

    @classmethod
    def name(cls) -> str:
        words = "".join(f"-{c.lower()}" if c.isupper() else c for c in cls.__name__)
        return words.lstrip("-")


def row_of(book: Book, key: Key, sheet: str = E) -> int:
    return book.sheet(sheet).rows[key]


def put_title(edit: Edit, sheet: str, column: int, title: str) -> None:
    """A header cell that looks like the one beside it."""
    made = edit.sheet(sheet)
    header = made.read.header
    style = made.read.cells.get((header, 1))
    made.put(header, column, title, style=style.style if style else None)


def grown(edit: Edit, sheet: str, column: int, title: str, **more: str) -> Any:
    """Let the table of a sheet reach to a new column right of it, as Excel does; returns the tableColumn."""
    from lxml import etree
    from openpyxl.utils import get_column_letter

    from tests.survival.book import MAIN, area

    put_title(edit, sheet, column, title)
    table = edit.sheet(sheet).table
    place = area(table.get("ref"))
    assert place.right == column - 1
    ref = f"{get_column_letter(place.left)}{place.top}:{get_column_letter(column)}{place.bottom}"
    table.set("ref", ref)
    table.find(f"{MAIN}autoFilter").set("ref", ref)
    listed = table.find(f"{MAIN}tableColumns")
    fresh = max(int(el.get("id")) for el in listed) + 1
    made = etree.SubElement(listed, f"{MAIN}tableColumn", id=str(fresh), name=title, **more)
    listed.set("count", str(len(listed)))
    return made
