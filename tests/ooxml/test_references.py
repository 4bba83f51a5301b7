"""References in formulas: found, moved with their rows, shifted like a fill."""

from __future__ import annotations

import pytest

from eduxl.ooxml.moves import Band, RowMoves, SheetMoves
from eduxl.ooxml.references import Area, area, column_letters, column_number, moved, shifted

#: Rows 2–5: the fourth comes first, a new one second, the third is last, the fifth stays fifth (now at 5).
ROWS = RowMoves(2, 5, (4, None, 2, 5, 3))
MOVES = {"填报明细": SheetMoves(ROWS)}


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        ("A2", "A4"),
        ("$A$4*2", "$A$2*2"),
        ("填报明细!A2+'填报明细'!$B$2:$B$5", "填报明细!A4+'填报明细'!$B$2:$B$6"),
        ("SUM(B1:B5)", "SUM(B1:B6)"),
        ("SUM(A3:A4)", "SUM(A2:A6)"),
        ("A7", "A8"),
        ("$2:$2", "$4:$4"),
        ("SUM(A:A)+LOG10(2)", "SUM(A:A)+LOG10(2)"),
        ('"A2"&A2', '"A2"&A4'),
        ('"say ""A2"""&A2', '"say ""A2"""&A4'),
        ("tbl[[#This Row],[A2]]+A2", "tbl[[#This Row],[A2]]+A4"),
        ("tbl['[A2']]", "tbl['[A2']]"),
        ("[1]填报明细!A2", "[1]填报明细!A2"),
        ("'[b.xlsx]填报明细'!A2:A3", "'[b.xlsx]填报明细'!A2:A3"),
        ("SUM(一月:填报明细!A2)", "SUM(一月:填报明细!A2)"),
        ("Other!A2", "Other!A2"),
        ("1E5+#REF!+A2%", "1E5+#REF!+A4%"),
        ("A2_total+x.A2+A2A", "A2_total+x.A2+A2A"),
        ("SUM(A2#)", "SUM(A4#)"),
        ("A2:INDEX(B2:B9,1)", "A4:INDEX(B2:B10,1)"),
        ("A1:XFD1048576", "A1:XFD1048576"),
        ("XFE2+A1048577", "XFE2+A1048577"),
    ],
)
def test_moved(formula: str, expected: str) -> None:
    assert moved(formula, "填报明细", MOVES) == expected


def test_a_deleted_row_becomes_an_error_and_leaves_ranges() -> None:
    moves = {"s": SheetMoves(RowMoves(2, 4, (2, 4)))}
    assert moved("A3+S!$B$3", "s", moves) == "#REF!+S!#REF!"
    assert moved("SUM(A2:A3)+SUM(A3:A3)", "s", moves) == "SUM(A2:A2)+SUM(#REF!)"


def test_quoted_sheet_names() -> None:
    moves = {"it's 1 月": SheetMoves(ROWS)}
    assert moved("'It''s 1 月'!A2", "x", moves) == "'It''s 1 月'!A4"


def test_names_without_dollar_are_relative_to_their_user() -> None:
    assert moved("填报明细!A2+填报明细!$A$2", "", MOVES, only_fixed=True) == "填报明细!A2+填报明细!$A$4"


def test_filled_down() -> None:
    assert shifted("A2*$B$1+C$1", "s", 3) == "A5*$B$1+C$1"
    assert shifted("A2*$B2", "s", 1, across=2) == "C3*$B3"
    assert shifted("A1", "s", -1) == "#REF!"
    # a running total begins in the table's first row and its whole column grows
    assert shifted("SUM(A$2:A3)/SUM(A$2:A$5)", "填报明细", 1, MOVES) == "SUM(A$2:A4)/SUM(A$2:A$6)"
    # going along with its row, a formula keeps what it took from another sheet
    assert shifted("A3+其他!B9", "填报明细", 2, MOVES, follow=True) == "A5+其他!B9"


def test_tables_side_by_side_move_apart() -> None:
    moves = {"s": SheetMoves(ROWS, (Band(10, 12),))}
    assert moved("A2+K2+SUM(A2:A5)+SUM(J2:L5)", "s", moves) == "A4+K2+SUM(A2:A6)+SUM(J2:L5)"


def test_runs() -> None:
    assert ROWS.runs(2, 5) == [(2, 6)]
    assert ROWS.runs(1, 3) == [(1, 1), (4, 4), (6, 6)]
    assert ROWS.runs(5, 9) == [(5, 5), (7, 10)]
    assert RowMoves(2, 3, (None,)).runs(2, 2) == []
    assert RowMoves(2, 3, (2, 3, None)).runs(2, 1_048_576) == [(2, 1_048_576)]
    assert RowMoves(2, 3, (2,)).runs(2, 1_048_576) == [(2, 1_048_576)]


def test_areas_and_letters() -> None:
    assert area("$B$2:A1") == Area(1, 1, 2, 2)
    assert area("C:D") == Area(1, 3, 1_048_576, 4)
    assert area("A") is None
    assert [column_letters(column_number(x)) for x in ("A", "Z", "AA", "XFD")] == ["A", "Z", "AA", "XFD"]
