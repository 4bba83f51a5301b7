"""The same files, merged in any order and any split over several merges, leave the same tracker."""

from __future__ import annotations

import os
import shutil
import zipfile
from collections.abc import Sequence
from datetime import date as D
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from attrs import frozen
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from eduxl import labels as L
from eduxl.tracker.ledger import Ledger
from eduxl.tracker.place import LEDGER
from eduxl.tracker.state import replay
from eduxl.tracker.tracker import Tracker
from tests.builders import fill, small_plan, small_roster

DAY = D(2022, 6, 28)
COPIED = "我校召开专题会议研究部署，成立领导小组，制定实施方案，各项工作有序推进"
ANSWER = {L.STATUS: L.UNDER_WAY, L.PROGRESS: 0.5, L.REPORT: "实验室已建成一间，正在采购器材"}
DONE = {L.STATUS: L.COMPLETED, L.PROGRESS: 1, L.DONE_ON: datetime(2022, 6, 1), L.REPORT: "已全部建成"}


@frozen
class Desk:
    """A tracker that nothing was merged into, and the files that came."""

    folder: Path
    files: tuple[Path, ...]


def sent(path: Path, moment: datetime) -> Path:
    os.utime(path, (moment.timestamp(),) * 2)
    return path


def again(path: Path, name: str, moment: datetime) -> Path:
    """The same bytes under another name, come at another time."""
    return sent(Path(shutil.copy(path, path.with_name(name))), moment)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    folder = tmp_path_factory.mktemp("desk")
    (folder / "t").mkdir()
    tracker = Tracker.create(small_plan(), small_roster(), folder / "t/总台账.xlsx", as_of=D(2022, 6, 1))
    tracker.open_round("2022-06", D(2022, 6, 25), as_of=D(2022, 6, 1))
    forms = {p.name.split("_")[0]: p for p in tracker.write_templates(as_of=D(2022, 6, 2))}
    box = folder / "in"
    draft = fill(forms["S002"], box / "初稿.xlsx", {1: ANSWER | {L.PROGRESS: 0.3}}, datetime(2022, 6, 18, 9))
    final = fill(forms["S002"], box / "定稿.xlsx", {1: ANSWER | {L.REPORT: COPIED}}, datetime(2022, 6, 20, 9))
    done = fill(forms["S003"], box / "小学.xlsx", {1: DONE}, datetime(2022, 6, 21, 9))
    like = fill(forms["S001"], box / "一中.xlsx", {1: ANSWER | {L.REPORT: COPIED}}, datetime(2022, 6, 22, 9))
    late = fill(
        forms["S004"], box / "一幼.xlsx", {2: ANSWER | {L.PROGRESS: "很快"}}, datetime(2022, 6, 27, 9)
    )
    office = fill(forms["G01"], folder / "党办.xlsx", {1: ANSWER}, datetime(2022, 6, 19, 9))
    typed = box / "民乐一中.csv"
    typed.write_bytes(
        "任务编号,完成状态,完成进度,进展情况\r\n1,推进中,20%,已经动员部署\r\n".encode("gb18030")
    )
    with zipfile.ZipFile(box / "打包.zip", "w") as archive:
        archive.write(office, "党办.xlsx")
        archive.write(draft, "洪水中学旧稿.xlsx")
    broken = box / "坏.xlsx"
    broken.write_bytes(done.read_bytes()[:3000])
    stranger = box / "某校.csv"
    stranger.write_bytes("任务编号,完成状态,完成进度,进展情况\r\n1,推进中,30%,已经动员\r\n".encode("gb18030"))
    (box / "照片.jpg").write_bytes(b"\xff\xd8\xff\xe0" + bytes(100))
    files = (
        draft, final, done, like, late,
        sent(typed, datetime(2022, 6, 17, 9)), sent(box / "打包.zip", datetime(2022, 6, 23, 9)),
        sent(broken, datetime(2022, 6, 20, 9)), sent(stranger, datetime(2022, 6, 20, 9)),
        again(final, "定稿（副本）.xlsx", datetime(2022, 6, 24, 9)), again(done, "小学先来的.xlsx", datetime(2022, 6, 19, 9)),
        again(broken, "另一个坏的.xlsx", datetime(2022, 6, 19, 9)),
        again(stranger, "又是某校.csv", datetime(2022, 6, 21, 9)), box / "照片.jpg",
    )  # fmt: skip
    return Desk(tracker.path.parent, files)


def content(tracker: Tracker) -> dict[str, Any]:
    """What the tracker holds and shows, without the order in which it came to know it."""
    with Ledger.open(tracker.memory / LEDGER) as ledger:
        state = replay(ledger.records())
    view = tracker.view(as_of=DAY)
    return {
        "winners": {
            key: (r.sha256, r.path, r.received, r.file_time, r.entries, sorted(map(repr, r.warnings)))
            for key, r in state.winners.items()
        },
        "rejected": state.rejects,
        L.ENTRIES: view.entries.rows,
        L.ALERTS: view.alerts.rows,
        L.REJECTED: sorted(view.rejected.rows),
    }


def merged(desk: Desk, groups: Sequence[Sequence[Path]], folder: Path) -> dict[str, Any]:
    """The content after one merge of each group; then everything once more changes nothing."""
    shutil.copytree(desk.folder, folder)
    tracker = Tracker.open(folder)
    for group in groups:
        tracker.merge(group, as_of=DAY)
    found, master = content(tracker), tracker.path.read_bytes()
    assert not tracker.merge(desk.files, as_of=DAY).changed
    assert tracker.path.read_bytes() == master
    return found


@pytest.fixture(scope="module")
def at_once(desk: Desk, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return merged(desk, [desk.files], tmp_path_factory.mktemp("at-once") / "t")


def test_what_came_is_all_there(at_once: dict[str, Any]) -> None:
    """The set is worth its while: winners of four kinds, copies, a late one, rejections."""
    winners = {unit: path for (_, unit), (_, path, *_) in at_once["winners"].items()}
    assert winners == {
        "G01": "打包.zip/党办.xlsx", "S001": "一中.xlsx", "S002": "定稿.xlsx", "S003": "小学先来的.xlsx", "S004": "一幼.xlsx",
    }  # fmt: skip
    assert sorted(r.code for r in at_once["rejected"].values()) == ["not-a-workbook", "unknown-unit"]
    assert {row[1] for row in at_once[L.ALERTS]} >= {L.F_LATE, L.F_COPIED}


@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_order_and_split(desk: Desk, at_once: dict[str, Any], data: st.DataObject) -> None:
    order = data.draw(st.permutations(desk.files))
    cuts = data.draw(st.lists(st.integers(1, len(order) - 1), max_size=4, unique=True).map(sorted))
    edges = [0, *cuts, len(order)]
    groups = [order[a:b] for a, b in pairwise(edges)]
    with TemporaryDirectory() as folder:
        assert merged(desk, groups, Path(folder) / "t") == at_once


def test_one_by_one_and_backwards(desk: Desk, at_once: dict[str, Any], tmp_path: Path) -> None:
    for name, files in (("on", desk.files), ("back", desk.files[::-1])):
        assert merged(desk, [[file] for file in files], tmp_path / name) == at_once
