"""Who did what, when and from which files, as the command and the library tell it."""

from __future__ import annotations

import getpass
import json
import socket
from datetime import UTC, datetime
from datetime import date as D
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from eduxl.cli import main
from eduxl.summary import history_lines
from eduxl.tracker.place import LEDGER
from eduxl.tracker.tracker import Tracker
from tests.builders import fill, small_plan, small_roster
from tests.tracker.ledgers import of_version
from tests.tracker.test_tracker import ANSWER

ME = f"{getpass.getuser()}@{socket.gethostname()}"
DAY = D(2022, 6, 26)


@pytest.fixture
def tracker(tmp_path: Path) -> Tracker:
    """A merge of one return and one file that is no table; then another merge, taken back."""
    made = Tracker.create(small_plan(), small_roster(), tmp_path / "总台账.xlsx", as_of=D(2022, 6, 1))
    made.open_round("2022-06", D(2022, 6, 25), as_of=D(2022, 6, 1))
    forms = {p.name[:4]: p for p in made.write_templates(as_of=D(2022, 6, 2))}
    fill(forms["S002"], tmp_path / "一/甲.xlsx", {1: ANSWER}, D(2022, 6, 20))
    (tmp_path / "一/坏.xlsx").write_text("不是表格", encoding="utf-8")
    made.merge([tmp_path / "一"], as_of=DAY)
    for day, unit in enumerate(("S001", "S003"), 20):
        fill(forms[unit], tmp_path / f"二/{unit}.xlsx", {1: ANSWER}, D(2022, 6, day))
    made.merge([tmp_path / "二"], as_of=D(2022, 6, 27))
    made.undo(as_of=D(2022, 6, 28))
    return made


def test_every_step_has_who_when_what_and_its_files(tracker: Tracker) -> None:
    steps = tracker.history()
    assert [(step.command, step.as_of, step.undone) for step in steps] == [
        ("撤销", D(2022, 6, 28), False),
        ("汇总", D(2022, 6, 27), True),
        ("汇总", D(2022, 6, 26), False),
        ("生成模板", D(2022, 6, 2), False),
        ("开启轮次", D(2022, 6, 1), False),
        ("建台账", D(2022, 6, 1), False),
    ]
    now = datetime.now(UTC)
    for step in steps:
        assert step.who == ME
        assert step.recorded and 0 <= (now - step.recorded).total_seconds() < 3600, (
            "the wall clock, not the as-of date"
        )
    booked = [(item.path, item.outcome, item.units, item.code) for item in steps[2].files]
    assert booked == [
        ("坏.xlsx", "rejected", (), "not-a-workbook"), ("甲.xlsx", "taken", ("S002 洪水镇初级中学",), ""),
    ]  # fmt: skip
    assert [item.path for item in steps[1].files] == ["S001.xlsx", "S003.xlsx"]
    assert [step.no for step in tracker.history(as_of=D(2022, 6, 2))] == [3, 2, 1]


def test_the_command(tracker: Tracker) -> None:
    told = CliRunner().invoke(main, ["history", "-m", str(tracker.path)])
    lines = told.stdout.splitlines()
    assert told.exit_code == 0 and lines[0].startswith("2022-06-28  撤销") and ME in lines[0]
    assert lines[1].startswith("2022-06-27  汇总　新收2份（已撤销）")
    assert "    甲.xlsx　S002 洪水镇初级中学" in lines
    assert any(line.startswith("    坏.xlsx　没读懂：") for line in lines)
    assert (
        len(
            CliRunner()
            .invoke(main, ["history", "-m", str(tracker.path), "--as-of", "2022-06-02"])
            .stdout.splitlines()
        )
        == 3
    )
    data = json.loads(CliRunner().invoke(main, ["history", "-m", str(tracker.path), "--json"]).stdout)
    (last, *_, first) = data["events"]
    assert set(last) == {"no", "as_of", "command", "summary", "recorded", "who", "undone", "files"}
    assert (first["command"], first["as_of"], first["files"]) == ("建台账", "2022-06-01", [])
    assert datetime.fromisoformat(last["recorded"]).tzinfo and last["who"] == ME
    rejected = data["events"][2]["files"][0]
    assert (rejected["path"], rejected["units"], rejected["code"]) == ("坏.xlsx", [], "not-a-workbook")
    assert rejected["note"]


def test_many_files_are_told_in_few_lines(tracker: Tracker, tmp_path: Path) -> None:
    (tmp_path / "多").mkdir()
    for no in range(20):
        (tmp_path / f"多/坏{no:02}.xlsx").write_text(f"不是表格{no}", encoding="utf-8")
    tracker.merge([tmp_path / "多"], as_of=D(2022, 6, 29))
    step = tracker.history()[0]
    lines = list(history_lines([step]))
    assert len(lines) == 1 + 6 + 1 and lines[-1] == "    ……等20个，加 --files 全部列出"
    assert len(list(history_lines([step], every_file=True))) == 1 + 20
    told = CliRunner().invoke(main, ["history", "-m", str(tracker.path), "--files"]).stdout
    assert told.count("坏") == 21


def test_steps_of_before_that_was_kept(tracker: Tracker) -> None:
    of_version(tracker.memory / LEDGER, 2)
    steps = tracker.history()
    assert {(step.recorded, step.who) for step in steps} == {(None, "")}
    assert click.unstyle(next(iter(history_lines(steps)))).endswith("　—  —")
    assert steps[0].to_json()["recorded"] is None and steps[0].to_json()["who"] is None
    tracker.close_round(as_of=D(2022, 6, 30))
    assert [step.who for step in tracker.history()][:2] == [ME, ""]
