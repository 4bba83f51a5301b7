"""What comes twice or in the wrong round: the same bytes under two names, last month's form."""

from __future__ import annotations

import shutil
from datetime import date, datetime
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest

from . import desk
from .simulate import TASKS
from .test_year import Product


def play(product: Product, month: int) -> None:
    as_of = date(2022, month, 2)
    product.play({"do": "open", "round": f"2022-{month:02d}", "due": date(2022, month, 25), "as_of": as_of})
    product.play({"do": "templates", "as_of": as_of})


def letter(number: int, received: datetime, name: str) -> dict[str, Any]:
    """A return of S001; the same number, the same bytes."""
    rows: dict[int, dict[str, Any]] = {no: {} for no, *_ in TASKS}
    rows[1] = {"完成状态": "推进中", "完成进度": 50, "完成日期": None, "进展情况": "正常推进"}
    what = {"unit": "S001", "name": name, "ident": number, "rows": rows}
    when = {"received": received, "modified": datetime(2022, 1, 20, 9)}
    return {**what, **when, "progress_as": "text", "dates_as": "date"}


@pytest.mark.parametrize("names", [("甲.xlsx", "乙.xlsx"), ("乙.xlsx", "甲.xlsx")])
@pytest.mark.parametrize("way", ["one folder", *permutations(["first", "second"])])
def test_same_bytes_keep_their_first_received_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: Any, names: tuple[str, str]
) -> None:
    monkeypatch.chdir(tmp_path)
    product = Product()
    play(product, 1)
    in_time = letter(1, datetime(2022, 1, 24, 9), names[0])
    too_late = letter(1, datetime(2022, 1, 27, 9), names[1])
    if way == "one folder":
        product.mail_in(Path("mail"), [in_time, too_late])
        said = desk.run_json("merge", "mail", "--as-of", "2022-01-28")
        assert (len(said["files"]["merged"]), len(said["files"]["superseded"])) == (1, 1)
    else:
        product.mail_in(Path("first"), [in_time])
        product.mail_in(Path("second"), [too_late])
        for folder in way:
            said = desk.run_json("merge", folder, "--as-of", "2022-01-28")
    assert said["coverage"]["late"] == []
    [row] = [
        row
        for row in desk.read_master(product.master, "填报明细")["填报明细"]
        if (row["单位编码"], row["任务编号"]) == ("S001", 1)
    ]
    assert row["收到时间"] == datetime(2022, 1, 24, 9)


def test_form_of_another_round_is_rejected_each_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    product = Product()
    play(product, 1)
    old = product.templates["S004"]
    play(product, 2)
    Path("mail").mkdir()
    shutil.copy(old, "mail/上月.xlsx")
    for _ in range(2):
        said = desk.run_json("merge", "mail", "--as-of", "2022-02-10", code=3)
        assert [(f["path"], f["code"]) for f in said["files"]["rejected"]] == [("上月.xlsx", "wrong-round")]
        assert said["coverage"]["received"] == 0
