"""Reminders without mail: the message for the group, whom to call, and the sheet 催报 of a workbook that the clerk edits."""

from __future__ import annotations

import json
import re
from collections import Counter
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import openpyxl
import pytest
from attrs import evolve
from click.testing import CliRunner
from openpyxl.styles import PatternFill

from eduxl import Tracker
from eduxl import labels as L
from eduxl.cli_mailroom import remind as command
from eduxl.mail.calls import CallList, call_list, message
from eduxl.mail.mailroom import Mailroom
from eduxl.mail.owing import Debt
from eduxl.mail.texts import day
from eduxl.model import Round, Unit
from eduxl.tracker.layout.sheets import CALLS_HEADER, CALLS_TEXT
from eduxl.tracker.records import Bounced, Event, Listed, Mailed, RoundOpened
from tests.builders import small_plan
from tests.mail.debtors import GOOD, LATE, ROUND, comes, with_returns
from tests.tracker.test_state import Story

MISSING, BACK = {"G01", "G02", "S001", "S004"}, {"S003"}
TODAY = date(2022, 6, 28)
JUNE = Round("2022-06", date(2022, 6, 25), date(2022, 6, 1))
TASKS = small_plan().tasks


def schools(count: int, kind: str = "学校") -> list[Unit]:
    return [Unit(f"S{n:03}", f"第{n}小学", kind=kind, district=f"学区{n % 3}") for n in range(count)]


def missing(*units: Unit) -> list[Debt]:
    return [Debt(unit, "未报", TASKS) for unit in units]


# --- the message ----------------------------------------------------------------------------------
def test_the_message_names_the_due_date_and_each_unit_by_its_district() -> None:
    text = message(JUNE, missing(*schools(5)), TODAY)
    assert "2022年6月25日" in text and "已过3天" in text and text.startswith("@所有人")
    assert "学区0：第0小学、第3小学" in text and "（5所）" in text


def test_a_long_message_stops_at_so_many_names_and_says_how_many_there_are() -> None:
    text = message(JUNE, missing(*schools(181)), TODAY)
    assert len(re.findall(r"第\d+小学", text)) == 150 and "等181所" in text


def test_units_that_are_sent_back_are_named_beside_many_that_are_missing() -> None:
    from eduxl.template import Mend

    mend = Mend(1, "完成状态", "must", "", "没有填", "请选")
    back = [Debt(unit, "退回", TASKS, (mend,)) for unit in schools(3, "其他")]
    text = message(JUNE, [*missing(*schools(190)), *back], TODAY)
    head, _, tail = text.partition("退回")
    assert len(re.findall(r"第\d+小学", head)) == 147 and "等190所" in head
    assert len(re.findall(r"第\d+小学", tail)) == 3 and "3个单位" in tail


def test_a_message_of_nobody_says_so() -> None:
    assert "没有要催的" in message(JUNE, [], TODAY)
    assert "2022-07-01结束" in message(evolve(JUNE, closed=date(2022, 7, 1)), missing(*schools(2)), TODAY)


# --- whom to call ---------------------------------------------------------------------------------
def story(*facts: Any) -> Story:
    return Story()(date(2022, 6, 1), RoundOpened("2022-06", JUNE.due))(date(2022, 6, 27), *facts)


def of(told: Story, *bounced: Bounced, **emails: str) -> CallList:
    state = told.state
    units = tuple(
        evolve(u, email=emails.get(u.code, f"{u.code.lower()}@163.com")) for u in state.roster.units
    )
    state.roster = type(state.roster)(units, state.roster.rules)
    state.bounced = {fact.unit: fact for fact in bounced}
    return call_list(state, JUNE, missing(*units), TODAY)


def sent(unit: str, count: int, **other: Any) -> Mailed:
    known = Mailed("2022-06", unit, "未报", count, "a@b.cn", f"<{unit}{count}@x>", "", "", "sent")
    return evolve(known, **other)


def test_those_whom_mail_does_not_reach_come_first_then_the_districts_in_their_order() -> None:
    found = of(story(), Bounced("S003", "s003@163.com", "no such user"), S004="", G02="g02@163.con")
    assert [call.unit.code for call in found.calls[:3]] == ["G02", "S003", "S004"]
    whys = {call.unit.code: call.why for call in found.calls if call.why}
    assert "邮箱" in whys["S004"] and "像是写错了" in whys["G02"] and "退了回来" in whys["S003"]
    rest = [call.cells[0] for call in found.calls[3:]]
    assert rest == sorted(rest, key=rest.index) and Counter(rest) == {
        "局机关股室": 1, "洪水学区": 2, "县直": 1,
    }  # fmt: skip
    lines = list(found.lines())
    assert lines[0].startswith("邮件到不了") and "洪水学区：" in lines


def test_it_says_how_often_each_was_reminded_in_the_round() -> None:
    facts = sent("S001", 1), sent("S001", 2, state="unsure"), sent("S001", 3, state="refused")
    others = sent("S001", 1, round="2022-05"), sent("S001", 1, kind="退回"), sent("S002", 1)
    counts = {call.unit.code: call.count for call in of(story(*facts, *others)).calls}
    assert counts["S001"] == 2 and counts["S002"] == 1 and counts["S003"] == 0


# --- the command ----------------------------------------------------------------------------------
def run(made: Tracker, *options: str) -> tuple[str, str]:
    done = CliRunner().invoke(command, ["-m", str(made.path), *options], standalone_mode=False)
    assert done.exception is None and done.return_value == 0, done.exception
    return done.stdout, done.stderr


def test_the_command_prints_message_and_list_and_mails_nothing(tmp_path: Path) -> None:
    made = with_returns(tmp_path, S001="")
    output, notes = run(made, "--text")
    assert day(date.today() - timedelta(LATE)) in output and "催报" in notes
    for unit in MISSING | BACK:
        assert f"{unit} " in output
    assert "13900000003" in output and "S001老师" in output
    assert "S002 " not in output


def test_the_json_of_the_list(tmp_path: Path) -> None:
    made = with_returns(tmp_path, S001="")
    told = json.loads(run(made, "--text", "--json")[0])
    assert told.keys() == {"text", "units"} and told["units"][0]["unit"] == "S001 民乐县第一中学"
    for unit in told["units"]:
        assert unit.keys() == {"unit", "district", "contact", "phone", "kind", "count", "note"}
    assert {unit["unit"].split()[0]: unit["kind"] for unit in told["units"]} == {
        **dict.fromkeys(MISSING, "未报"), **dict.fromkeys(BACK, "退回"),
    }  # fmt: skip


def test_one_kind_and_one_unit_alone(tmp_path: Path) -> None:
    made = with_returns(tmp_path)
    told = json.loads(run(made, "--text", "--json", "--kind", "退回", "--dry-run")[0])
    assert [unit["unit"] for unit in told["units"]] == ["S003 洪水镇中心小学"]
    told = json.loads(run(made, "--text", "--json", "--unit", "一中", "--dry-run")[0])
    assert [unit["unit"] for unit in told["units"]] == ["S001 民乐县第一中学"]
    assert L.CALLS not in openpyxl.load_workbook(made.path).sheetnames


# --- the sheet ------------------------------------------------------------------------------------
def rows(path: Path) -> dict[str, dict[str, Any]]:
    """The rows of the sheet by 单位编码; under "" the message."""
    sheet = openpyxl.load_workbook(path)[L.CALLS]
    lines = list(sheet.iter_rows(values_only=True))
    at = next(i for i, line in enumerate(lines) if L.CALL_KIND in line)
    head = [str(name) for name in lines[at]]
    code = head.index(L.UNIT_CODE)
    found = {line[code]: dict(zip(head, line, strict=True)) for line in lines[at + 1 :] if line[code]}
    text = next(line[0] for line in lines if str(line[0] or "").startswith("@所有人"))
    return {**found, "": {"text": text}}


def parts(path: Path) -> dict[str, bytes]:
    with ZipFile(path) as package:
        return {name: package.read(name) for name in package.namelist()}


def test_the_sheet_comes_with_the_first_list_and_nothing_else_of_the_workbook_changes(tmp_path: Path) -> None:
    made = with_returns(tmp_path)
    before, names = parts(made.path), openpyxl.load_workbook(made.path).sheetnames
    assert L.CALLS not in names
    room = Mailroom(made)
    found = room.whom_to_call()
    after = parts(made.path)
    new = openpyxl.load_workbook(made.path, keep_vba=True)
    at = names.index(L.LOG)
    assert new.sheetnames == [*names[:at], L.CALLS, *names[at:]]
    told = rows(made.path)
    assert told.pop("")["text"] == found.text
    assert told.keys() == MISSING | BACK
    assert [(row[L.CALL_KIND], row[L.CALL_COUNT]) for code, row in sorted(told.items())] == [
        ("退回" if code in BACK else "未报", 0) for code in sorted(told)
    ]
    # of our other sheets 日志 and what is hidden say that it was made
    changed = {name for name in before if before[name] != after[name] and "worksheets/" in name}
    assert len(changed) == 2 and before["xl/vbaProject.bin"] == after["xl/vbaProject.bin"]


def test_a_second_list_of_the_same_day_writes_nothing(tmp_path: Path) -> None:
    made = with_returns(tmp_path)
    Mailroom(made).whom_to_call()
    before, events = made.path.read_bytes(), made.events()
    Mailroom(made).whom_to_call()
    assert made.path.read_bytes() == before and made.events() == events


def test_it_prints_on_a4_landscape_with_the_header_on_each_page_and_the_message_in_one_cell(
    tmp_path: Path,
) -> None:
    made = with_returns(tmp_path)
    Mailroom(made).whom_to_call()
    book = openpyxl.load_workbook(made.path)
    sheet = book[L.CALLS]
    assert (sheet.page_setup.orientation, str(sheet.page_setup.paperSize)) == ("landscape", "9")
    assert (
        sheet.sheet_properties.pageSetUpPr.fitToPage
        and sheet.print_title_rows == f"${CALLS_HEADER + 1}:${CALLS_HEADER + 1}"
    )
    cell = sheet.cell(CALLS_TEXT + 1, 1)
    assert cell.alignment.wrap_text and cell.coordinate in sheet.merged_cells
    lines = str(cell.value).count("\n") + 1
    assert (sheet.row_dimensions[CALLS_TEXT + 1].height or 0) >= lines * 14
    assert "（2022-06）" in sheet.oddHeader.center.text


def test_a_unit_that_reports_vanishes_with_the_next_merge(tmp_path: Path) -> None:
    made = with_returns(tmp_path)
    Mailroom(made).whom_to_call()
    comes(made, "S001", GOOD)
    told = rows(made.path)
    assert "民乐县第一中学" not in told.pop("")["text"]
    assert told.keys() == (MISSING | BACK) - {"S001"}


def test_the_clerks_own_column_and_colours_survive(tmp_path: Path) -> None:
    made = with_returns(tmp_path)
    Mailroom(made).whom_to_call()
    book = openpyxl.load_workbook(made.path, keep_vba=True)
    sheet = book[L.CALLS]
    sheet.insert_rows(1, 2)
    sheet["A1"] = "本表由办公室使用"
    for merged in list(sheet.merged_cells.ranges):
        merged.shift(row_shift=2)
    sheet.tables["tblCalls"].ref = re.sub(r"\d+", lambda n: str(int(n[0]) + 2), sheet.tables["tblCalls"].ref)
    sheet.tables["tblCalls"].autoFilter.ref = sheet.tables["tblCalls"].ref
    book.defined_names["eduxl_calls"].attr_text = f"'{L.CALLS}'!$A${CALLS_TEXT + 3}"
    own = len(L.CALL_COLUMNS) + 1
    sheet.cell(CALLS_HEADER + 3, own).value = "电话记录"
    for line in range(CALLS_HEADER + 4, sheet.max_row + 1):
        code = sheet.cell(line, 2).value
        if code in ("S003", "S004"):
            sheet.cell(line, own).value = f"{code}已通话"
            sheet.cell(line, 3).fill = PatternFill("solid", fgColor="FF00FF00")
    book.save(made.path)
    comes(made, "S001", GOOD)
    comes(made, "S003", {**GOOD, L.PROGRESS: 0.8})
    told = rows(made.path)
    assert "民乐县第一中学" not in told.pop("")["text"]
    sheet = openpyxl.load_workbook(made.path)[L.CALLS]
    assert sheet["A1"].value == "本表由办公室使用"
    assert told["S004"]["电话记录"] == "S004已通话" and "S001" not in told
    # what she wrote beside a row that went stays, and says so
    assert told["S003"]["电话记录"] == "S003已通话" and told["S003"][L.CALL_MAIL] == L.MOVED_OUT
    fills = {
        row[1].value: row[2].fill.fgColor.rgb
        for row in sheet.iter_rows()
        if row[1].value in ("S003", "S004", "G01")
    }
    assert fills["S004"] == fills["S003"] == "FF00FF00" != fills["G01"]


def test_a_sheet_that_the_clerk_deleted_comes_back(tmp_path: Path) -> None:
    made = with_returns(tmp_path)
    Mailroom(made).whom_to_call()
    book = openpyxl.load_workbook(made.path, keep_vba=True)
    del book[L.CALLS], book.defined_names["eduxl_calls"]
    book.save(made.path)
    made.refresh()
    assert rows(made.path).keys() == MISSING | BACK | {""}


def test_a_sheet_of_the_clerks_own_is_left_alone_and_the_list_is_given_anyway(tmp_path: Path) -> None:
    made = with_returns(tmp_path)
    book = openpyxl.load_workbook(made.path, keep_vba=True)
    book.create_sheet(L.CALLS)["A1"] = "我自己的"
    book.save(made.path)
    made.refresh()
    before, events, room = made.path.read_bytes(), made.events(), Mailroom(made)
    assert {call.unit.code for call in room.whom_to_call().calls} == MISSING | BACK
    assert "改个名字" in room.notes[-1]
    assert made.path.read_bytes() == before and made.events() == events


def test_a_workbook_that_is_open_gets_the_sheet_with_the_next_list(tmp_path: Path) -> None:
    made = with_returns(tmp_path)
    opened = tmp_path / f"~${made.path.name}"
    opened.write_bytes(b"")
    before, room = made.path.read_bytes(), Mailroom(made)
    assert {call.unit.code for call in room.whom_to_call().calls} == MISSING | BACK
    assert "打开" in room.notes[-1] and made.path.read_bytes() == before
    opened.unlink()
    Mailroom(made).whom_to_call()
    assert rows(made.path).keys() == MISSING | BACK | {""}


def test_a_day_before_the_first_list_has_no_sheet_and_later_ones_show_that_day(tmp_path: Path) -> None:
    made = with_returns(tmp_path)
    Mailroom(made).whom_to_call()
    today = date.today()
    for days, there in ((1, False), (0, True)):
        target = made.write_as_of(today - timedelta(days), tmp_path / f"那时{days}.xlsm")
        assert (L.CALLS in openpyxl.load_workbook(target).sheetnames) is there
    assert rows(tmp_path / "那时0.xlsm").keys() == MISSING | BACK | {""}


def test_a_workbook_alone_gives_back_that_a_list_was_made(tmp_path: Path) -> None:
    import shutil

    made = with_returns(tmp_path)
    Mailroom(made).whom_to_call(kinds=["未报"])
    shutil.rmtree(made.memory)
    again = Tracker.open(made.path)
    again.refresh()
    assert rows(made.path).keys() == MISSING | {""}
    found = [fact for _, fact in Mailroom(again).open_desk().state.records.facts if isinstance(fact, Listed)]  # type: ignore[union-attr]
    assert found == [Listed(ROUND, "未报")]


def test_the_sheet_of_a_round_that_is_closed_names_nobody(tmp_path: Path) -> None:
    made = with_returns(tmp_path)
    Mailroom(made).whom_to_call()
    made.close_round()
    sheet = openpyxl.load_workbook(made.path)[L.CALLS]
    assert "已于" in str(sheet.cell(CALLS_TEXT + 1, 1).value)
    assert sheet.cell(CALLS_HEADER + 2, 2).value is None


def test_a_new_macro_workbook_has_no_name_for_it_that_the_macros_do_not_have(tmp_path: Path) -> None:
    made = with_returns(tmp_path)
    Mailroom(made).whom_to_call()
    made.path.unlink()
    made.restore()
    after = parts(made.path)
    names = [
        re.findall(rb'codeName="(\w+)"', data) for name, data in after.items() if "worksheets/sheet" in name
    ]
    assert sum(map(len, names)) == len(L.MASTER_SHEETS)
    assert rows(made.path).keys() == MISSING | BACK | {""}


@pytest.mark.parametrize("kind", ["", "未报"])
def test_the_state_knows_the_last_list(kind: str) -> None:
    told = story(Listed("2022-06", "退回"))(date(2022, 6, 28), Listed("2022-06", kind))
    assert told.state.listed is not None and told.state.listed[1] == Listed("2022-06", kind)
    assert isinstance(told.state.listed[0], Event)
