"""Names that every system takes, and files that come whole or not at all."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from eduxl.mail.shelf import Shelf
from eduxl.returns.intake import collect
from tests.mail.collecting import sha

MOMENT = datetime(2022, 6, 20, 10, 11, 12)
HASH = "ab" * 32


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("S001 一中.xlsx", "S001 一中_abababab.xlsx"),
        ("con.xlsx", "_con_abababab.xlsx"),
        ("NUL", "_NUL_abababab"),
        ("表. . ", "表_abababab"),
        ("../../etc/passwd", "passwd_abababab"),
        ("C:\\报表\\一中.xls", "一中_abababab.xls"),
        ('一<中>:"|?*.xlsx', "一_中_______abababab.xlsx"),
        ("a\0b\n.xlsx", "a b_abababab.xlsx"),
        ("", "附件_abababab"),
        ("...", "附件_abababab"),
    ],
)
def test_a_name_is_fit_for_every_system(given: str, name: str) -> None:
    assert Shelf.name_for(given, HASH) == name


@pytest.mark.parametrize(
    "given", ["民乐县第一中学" * 60 + ".xlsx", "a" * 5000 + ".xlsx", "𠮷" * 300 + ".xlsx"]
)
def test_a_long_name_keeps_its_beginning_and_its_ending(given: str) -> None:
    name = Shelf.name_for(given, HASH)
    assert name.endswith("_abababab.xlsx") and name[:30] == given[:30]
    assert len(name) < 150 and len(name.encode()) < 240


def test_a_file_has_its_time_and_is_found_by_content_only(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path / "returns" / "2022-06")
    path = shelf.put("a.xlsx", b"content", MOMENT)
    assert datetime.fromtimestamp(path.stat().st_mtime) == MOMENT
    assert shelf.find(sha(b"content"), 7) == path == Shelf(shelf.folder).find_any(sha(b"content"))
    assert shelf.find(sha(b"CONTENT"), 7) is None


def test_a_name_that_is_taken_gets_a_number(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    names = [shelf.put("a.xlsx", data, MOMENT).name for data in (b"1", b"2", b"3")]
    assert names == ["a.xlsx", "a（2）.xlsx", "a（3）.xlsx"]
    assert [(tmp_path / name).read_bytes() for name in names] == [b"1", b"2", b"3"]


def test_what_a_dead_run_had_begun_is_no_return_and_goes_away(tmp_path: Path) -> None:
    begun = tmp_path / ".~eduxl-1.part"
    begun.write_bytes(b"PK\3\4")
    assert collect([tmp_path]).sources == ()
    assert Shelf(tmp_path).find_any(sha(b"PK\3\4")) is None
    Shelf(tmp_path).sweep()
    assert not begun.exists()
