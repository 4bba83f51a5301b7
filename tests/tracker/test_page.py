"""What is printed above the pages: written by us it follows the round, written by the clerk it stays."""

from __future__ import annotations

from pathlib import Path

import pytest
from attrs import evolve

from eduxl import labels as L
from eduxl.ooxml import Package
from eduxl.tracker.author import master_bytes
from eduxl.tracker.layout.page import page_header, page_label, renewed_header
from eduxl.tracker.patch import patch_master
from eduxl.tracker.tables import Master

from .masters import fake_master

TITLE = "2022年教育 & 卫生要点"
OURS = page_header(TITLE, L.ENTRIES)
NEW = page_header("新要点", page_label(L.ENTRIES, "2022-07"))


@pytest.mark.parametrize(
    ("header", "wanted"),
    [
        (OURS, NEW),
        (page_header(TITLE, page_label(L.ENTRIES, "2022-06")), NEW),
        ("&L&G" + OURS + "&R&D", "&L&G" + NEW + "&R&D"),
        # as LibreOffice and a Chinese Excel save it
        ('&C&"微软雅黑,Bold"&12 2022年教育 && 卫生要点 填报明细（2022-06）', NEW),
        ('&C&"微软雅黑,加粗"&12 2022年教育 && 卫生要点 填报明细', NEW),
    ],
)
def test_ours_follows(header: str, wanted: str) -> None:
    assert renewed_header(header, [TITLE], L.ENTRIES, NEW) == wanted


@pytest.mark.parametrize(
    "header",
    [
        "",
        "&C填报明细",
        OURS + "（内部资料）（2022-06）",
        OURS + " 请勿外传",
        OURS.replace("&12", "&16"),
        OURS.replace("填报明细", "填报明细 第&P页"),
        page_header("民乐县教育局", L.ENTRIES),
        page_header(TITLE, L.ALERTS),
    ],
)
def test_the_clerks_stays(header: str) -> None:
    assert renewed_header(header, [TITLE], L.ENTRIES, NEW) == header


def test_sheets_of_all_rounds_name_none() -> None:
    assert [page_label(name, "2022-06") for name in (L.ENTRIES, L.HISTORY, L.LOG)] == [
        "填报明细（2022-06）", L.HISTORY, L.LOG,
    ]  # fmt: skip
    assert page_label(L.ENTRIES, "") == L.ENTRIES


def test_a_master_of_before_the_round_and_of_another_title(tmp_path: Path) -> None:
    view: Master = fake_master(4, 3)
    before = evolve(view, home=evolve(view.home, round="", title="旧要点"))
    package = Package.open(master_bytes(before, macros=False))
    package.sheet(L.ALERTS).set_page_header("&C本局预警")
    package.save(tmp_path / "旧.xlsx")
    patch_master(tmp_path / "旧.xlsx", view, tmp_path / "新.xlsx", renumbered=int)
    new, anew = Package.open(tmp_path / "新.xlsx"), Package.open(master_bytes(view, macros=False))
    for name in L.MASTER_SHEETS:
        wanted = "&C本局预警" if name == L.ALERTS else anew.sheet(name).page_header
        assert new.sheet(name).page_header == wanted, name
