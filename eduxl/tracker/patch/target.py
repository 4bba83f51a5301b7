"""What a patch works on: a workbook and its sheets as a file's package and one that is open in a program both give them.

What is more than this only a file can be given: sheets, columns and tables that are gone, rules, page headers, names in
VBA. Those are asked of `Patch.file`, which an open workbook does not have: there a patch refuses what it cannot do
without (`only_closed`), and leaves the rest to the next merge of the file.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Protocol

from eduxl.ooxml.references import Area
from eduxl.ooxml.refusal import Refused
from eduxl.ooxml.region import NewRow, Region
from eduxl.ooxml.values import Read, Value


class Entry(Protocol):
    """A sheet in the list of sheets."""

    @property
    def name(self) -> str: ...


class Name(Protocol):
    """A defined name; `sheet` is None for one of the whole workbook."""

    @property
    def name(self) -> str: ...
    @property
    def text(self) -> str: ...
    @property
    def sheet(self) -> str | None: ...


class Table(Protocol):
    """A table (ListObject) of a sheet; `area` has its header too."""

    @property
    def name(self) -> str: ...
    @property
    def area(self) -> Area: ...
    @property
    def header_rows(self) -> int: ...


class Cell(Protocol):
    """A cell that is there; `inner` is empty where it holds nothing."""

    @property
    def inner(self) -> str: ...


class Rows(Protocol):
    """The rows of a sheet. `row` gives what `cells` takes; a cell with `formula_mark` in its `inner` is a formula."""

    @property
    def formula_mark(self) -> str: ...
    @property
    def numbers(self) -> Iterable[int]: ...
    def row(self, number: int) -> Any: ...
    def cells(self, row: Any) -> Mapping[int, Cell]: ...


class Sheet(Protocol):
    """A worksheet. Rows and columns count from 1, by their places before any change; see `ooxml.Sheet` for each method."""

    @property
    def name(self) -> str: ...
    @property
    def tables(self) -> Sequence[Table]: ...
    @property
    def rows(self) -> Rows: ...

    def header(self, row: int) -> dict[str, int]: ...
    def region(
        self,
        header_row: int,
        columns: Sequence[str],
        *,
        first_row: int | None = None,
        last_row: int | None = None,
    ) -> Region: ...
    def values(self, region: Region, columns: Sequence[str] | None = None) -> list[list[Read]]: ...
    def cell(self, ref: str) -> Read: ...
    def heights(self, region: Region) -> list[float | None]: ...
    def height(self, row: int) -> float: ...
    def widths(self, region: Region) -> list[float]: ...

    def replace(self, region: Region, old_keys: Sequence[object], rows: Sequence[NewRow]) -> None: ...
    def write(self, cells: Mapping[str, Value]) -> None: ...
    def set_height(self, row: int, points: float) -> None: ...


class Workbook(Protocol):
    """A workbook. `sheet` raises `Refused` (`no-sheet`); changes are made when it is saved or written."""

    @property
    def sheets(self) -> Sequence[Entry]: ...
    @property
    def defined_names(self) -> Sequence[Name]: ...

    def sheet(self, name: str) -> Sheet: ...
    def set_name(self, name: str, text: str) -> None: ...
    def noted_rows(self, name: str) -> Collection[int]: ...


def only_closed(what: str, workbook: str, *, renamed: str = "") -> Refused:
    """What an open workbook cannot be given, and how to have it done; `renamed` if it may only have another name now.

    `workbook` is the name of its file.
    """
    back = f"如果只是改了{renamed}，请改回原样，再点一次；否则" if renamed else ""
    named = f'"{workbook}"' if " " in workbook else workbook
    return Refused(
        f"{what}，在打开的工作簿里补不了。{back}请保存并关闭 {workbook}，在它所在的文件夹里运行 "
        f"eduxl button refresh {named}，会自动补上（有收回的填报表的，双击“汇总”快捷方式也行）；再打开它接着办。",
        code="not-open",
    )
