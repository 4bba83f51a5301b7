"""The clerk's cells and eduxl's own as texts, told by the column."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from eduxl import labels as L
from eduxl.celltext import cell_text
from eduxl.tracker.inputs import Inputs, shown
from eduxl.tracker.sheets import Sheets
from eduxl.tracker.tables import Table
from tests.tracker.masters import fake_master

BASE = fake_master(1, 1)
CLERKS = {L.REVIEW, L.REVIEW_NOTE, L.EXTENDED_TO, L.CLOSED, L.REMARK}
PIECES = [
    "",
    " ",
    "\n",
    "\r",
    "\r\n",
    "\x00",
    "\x0b",
    "\x7f",
    "\u3000",
    "_x000D_",
    "_x00",
    "0D_",
    "通过",
    "甲",
    "1",
    "|",
]
TEXTS = st.lists(st.sampled_from(PIECES), max_size=4).map("".join)
CELLS = st.one_of(
    st.none(), TEXTS, st.booleans(), st.integers(-1, 2), st.sampled_from([0.0, -0.0, 1.0, 1 / 3, 0.5, 1e300]),
    st.sampled_from([date(2022, 6, 1), datetime(2022, 6, 1), datetime(2022, 6, 1, 9, 30)]),
)  # fmt: skip


def plain(value: Any) -> str:
    """A cell as text, said character by character."""
    text = cell_text(value)
    if any(ch < " " and ch not in "\t\n" for ch in text) or "_x000D_" in text:
        text = text.replace("_x000D_", "").replace("\r\n", "\n").replace("\r", "\n")
        text = "".join(ch for ch in text if ch >= " " or ch in "\t\n")
    return text.strip()


def plain_shown(value: Any) -> str:
    return f"{value:.9g}" if isinstance(value, int | float) else plain(value)


def kept(rows: list[tuple[Any, ...]]) -> list[dict[str, Any]]:
    lines = [dict(zip(L.ENTRY_COLUMNS, row, strict=True)) for row in rows]
    return [line for line in lines if plain(line[L.FLAGS]) != L.MOVED_OUT]


def key_of(line: dict[str, Any]) -> str:
    unit, task = plain(line[L.UNIT_CODE]), plain(line[L.TASK_NO])
    return f"{unit}|{task}" if unit and task else ""


def of(rows: list[tuple[Any, ...]]) -> Inputs:
    return shown(evolve(BASE, entries=Table(L.ENTRIES, L.ENTRY_COLUMNS, tuple(rows))))


def rows_strategy() -> st.SearchStrategy[list[tuple[Any, ...]]]:
    """Rows of 填报明细 with odd cells in a few columns, keys that repeat and rows that were moved out."""
    row = st.fixed_dictionaries(
        {
            L.UNIT_CODE: st.sampled_from(["S1", " S1", "S2", "", None, 7]),
            L.TASK_NO: st.sampled_from([1, 1.0, 2, "3", None, True]),
            L.PROGRESS: CELLS,
            L.REPORT: CELLS,
            L.FLAGS: st.sampled_from([None, L.F_GAPS, L.MOVED_OUT, f"{L.MOVED_OUT}\r\n"]),
            L.REVIEW: CELLS,
            L.EXTENDED_TO: CELLS,
        }
    )
    return st.lists(row.map(lambda found: tuple(found.get(name) for name in L.ENTRY_COLUMNS)), max_size=8)


@given(rows_strategy())
def test_columns_are_told_cell_by_cell(rows: list[tuple[Any, ...]]) -> None:
    told = of(rows)
    for name, cells in ((L.REVIEW, told.reviews), (L.EXTENDED_TO, told.extensions)):
        wanted: dict[str, str] = {}
        for line in kept(rows):
            if key := key_of(line):
                wanted.setdefault(key, plain(line[name]))
        assert cells == wanted
    ours = [name for name in L.ENTRY_COLUMNS if name not in CLERKS]
    assert told.cells[L.ENTRIES] == Counter(
        (key_of(line), *(plain_shown(line[name]) for name in ours)) for line in kept(rows) if key_of(line)
    )


@given(rows_strategy(), st.randoms(use_true_random=False))
def test_the_digest_knows_no_order_of_rows_but_counts_them(rows: list[tuple[Any, ...]], chance: Any) -> None:
    mixed = list(rows)
    chance.shuffle(mixed)
    digest = of(rows).cells_digest
    assert of(mixed).cells_digest == digest
    doubled = of([*rows, *rows]).cells_digest
    assert (doubled != digest) is bool(of(rows).cells[L.ENTRIES])


def test_the_digest_is_what_ledgers_have_kept() -> None:
    """Another one for the same cells would read as if somebody had typed over the answers."""
    row: dict[str, Any] = {
        L.ROUND: "2022-06",
        L.UNIT_CODE: "S1",
        L.TASK_NO: 1,
        L.PROGRESS: 1 / 3,
        L.DONE_ON: date(2022, 6, 1),
    }
    entries = Table(L.ENTRIES, L.ENTRY_COLUMNS, (tuple(row.get(name) for name in L.ENTRY_COLUMNS),))
    told = shown(evolve(BASE, entries=entries, tasks=Table(L.TASKS, L.TASK_COLUMNS)))
    assert told.cells_digest == "de5da2bb332c6c7876af0ddcb036146045577f89d0bc823d77e5418f795b2b0e"


@pytest.mark.parametrize(
    ("place", "text"),
    [
        ("'首页'!$B$2", "7"), ("首页!B2", "7"), ("首页!$AB$1", "右"),
        ("首页!$C$2", None), ("首页!$B$3", None), ("别的!$B$2", None), ("#REF!", None),
    ],
)  # fmt: skip
def test_a_setting_is_where_its_name_points_or_was_not_seen(place: str, text: str | None) -> None:
    sheets = Sheets(["首页"], {"首页": [["", *[""] * 26, "右"], ["", 7.0]]}, {"eduxl_warn_days": place})
    assert sheets.behind("eduxl_warn_days") == text
    assert sheets.behind("eduxl_lag_points") is None
