"""What goes back to a school: its own answers, the cells to mend marked, and what becomes of it when it comes in again."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from datetime import date as D
from datetime import datetime
from pathlib import Path
from string import Formatter
from typing import Any

import openpyxl
import pytest
from attrs import evolve
from click.testing import CliRunner

from eduxl import labels as L
from eduxl.cli import main
from eduxl.errors import FileProblem, RoundError
from eduxl.model import Entry, Indicator, IndicatorValue, Plan, Problem, Return, Task, Warning
from eduxl.returns import codes
from eduxl.summary import sendback_lines
from eduxl.template import Form, schema, write_form
from eduxl.template.layout import text_lines
from eduxl.tracker.forms import round_forms
from eduxl.tracker.ledger import Ledger
from eduxl.tracker.records import Rejected
from eduxl.tracker.rows import look
from eduxl.tracker.sendback import (
    COLUMNS,
    INDICATOR_CODES,
    NO_CELL,
    SendbackResult,
    sendback_forms,
    told_school,
)
from eduxl.tracker.state import replay
from eduxl.tracker.tracker import Tracker
from tests.builders import fill, small_plan, small_roster

REPORT = "实验室已建成一间，正在采购器材"
GOOD = {L.STATUS: L.UNDER_WAY, L.PROGRESS: 0.5, L.REPORT: REPORT}
#: One row for each way of answering badly that the ledger has a warning for; task 5 stays empty.
BAD: dict[int, dict[str, Any]] = {
    1: {
        L.STATUS: "差不多了", L.PROGRESS: "过半", L.DONE_ON: "六月份", L.REPORT: "已开展活动三场次", L.REPORTER: "张三",
        L.PHONE: "013900001234",
    },
    2: {L.STATUS: L.UNDER_WAY, L.PROGRESS: "120%", L.REPORT: "+SUM(A1:A3)", L.EVIDENCE: "民教发〔2022〕3号"},
    3: {L.STATUS: L.NOT_STARTED, L.PROGRESS: 0.4},
    4: {L.STATUS: L.UNDER_WAY, L.PROBLEM: "经费不足"},
    6: {L.STATUS: "完成了", L.PROGRESS: "完成100%", L.DONE_ON: "6月15日", L.REPORT: "全部完成并通过验收"},
}  # fmt: skip
DAY = D(2022, 6, 26)


def plan() -> Plan:
    """Six tasks for every school; the third has an indicator, the fourth asks for a 问题清单."""
    return small_plan(
        *(
            Task(
                no, 1, f"第{no}项重点工作", "抓好整改。" if no == 4 else "抓好落实。", (), (), ("各中小学",), D(2022, 12, 31),
                indicators=(Indicator("年度投资", 500, "万元"), Indicator("新增学位", 40, "个")) if no == 3 else (),
            )
            for no in range(1, 7)
        )
    )  # fmt: skip


@pytest.fixture
def tracker(tmp_path: Path) -> Tracker:
    """A tracker with round 2022-06 open until 25 June and its templates written."""
    made = Tracker.create(plan(), small_roster(), tmp_path / "总台账.xlsx", as_of=D(2022, 6, 1))
    made.open_round("2022-06", D(2022, 6, 25), as_of=D(2022, 6, 1))
    made.write_templates(as_of=D(2022, 6, 2))
    return made


def template(tracker: Tracker, unit: str) -> Path:
    return next((tracker.path.parent / "templates/2022-06").glob(f"{unit}_*"))


def answer(tracker: Tracker, unit: str, rows: Mapping[int, Mapping[str, Any]], name: str = "") -> None:
    """Fill in a unit's template, have it received on 20 June and merge it."""
    inbox = tracker.path.parent / "returns" / (name or unit)
    fill(template(tracker, unit), inbox / f"{name or unit}.xlsx", rows, D(2022, 6, 20))
    tracker.merge([inbox], as_of=DAY)


def merge_again(tracker: Tracker, path: Path, rows: Mapping[int, Mapping[str, Any]] | None = None) -> None:
    """A school sends the form back, with some cells changed or, without `rows`, byte for byte as it was."""
    inbox = tracker.path.parent / "returns" / "再报"
    if rows is None:
        inbox.mkdir(parents=True)
        shutil.copy2(path, inbox)
    else:
        fill(path, inbox / path.name, rows, D(2022, 6, 27))
    tracker.merge([inbox], as_of=D(2022, 6, 28))


def counted(tracker: Tracker, unit: str = "S002") -> Return:
    """The return of a unit that counts."""
    with Ledger.open(tracker.memory / "ledger.sqlite") as ledger:
        return replay(ledger.records()).winners["2022-06", unit]


def send_back(tracker: Tracker, **options: Any) -> SendbackResult:
    return tracker.write_sendback(as_of=DAY, **options)


def only(tracker: Tracker) -> Any:
    """The one form that is written, opened."""
    [sent] = send_back(tracker).sent
    return openpyxl.load_workbook(sent.path)


def cells(ws: Any) -> dict[tuple[int, str], Any]:
    """Cells of 填报表 by task and column."""
    header = next(row for row in ws.iter_rows() if any(c.value == L.TASK_NO for c in row))
    names = {c.column: c.value for c in header if c.value}
    rows = ws.iter_rows(min_row=header[0].row + 1)
    return {(row[0].value, names[c.column]): c for row in rows for c in row if c.column in names}


def marked(ws: Any) -> dict[tuple[int, str], str]:
    """Task and column of each cell with a note → its colour."""
    return {key: cell.fill.start_color.rgb for key, cell in cells(ws).items() if cell.comment}


# --- what stands in it ----------------------------------------------------------------------------
def test_a_unit_gets_its_own_answers_back_with_the_cells_to_mend_marked(tracker: Tracker) -> None:
    answer(tracker, "S002", BAD)
    [sent] = send_back(tracker).sent
    assert (
        sent.path == tracker.path.parent.resolve() / "sendback/2022-06/S002_洪水镇初级中学_2022-06_退回.xlsx"
    )
    assert (sent.mends, sent.must) == (9, 8)
    ws = openpyxl.load_workbook(sent.path)[L.FORM]
    at = cells(ws)
    shown = {column: at[1, column].value for column in BAD[1]}
    assert shown == BAD[1], "what could not be read stands there as it was written"
    assert [at[6, c].value for c in (L.STATUS, L.PROGRESS, L.DONE_ON)] == [
        L.COMPLETED,
        1,
        datetime(2022, 6, 15),
    ]
    assert at[2, L.REPORT].value == "+SUM(A1:A3)" and at[2, L.REPORT].data_type == "s"
    assert at[2, L.PROGRESS].value == "120%" and at[2, L.EVIDENCE].value == "民教发〔2022〕3号"
    must, explain = "FFFF9B9B", "FFD9C7F2"
    assert marked(ws) == {
        (1, L.STATUS): must, (1, L.PROGRESS): must, (1, L.DONE_ON): must,
        (2, L.PROGRESS): must, (2, L.REPORT): explain,
        (3, L.STATUS): must,
        (4, L.PROGRESS): must, (4, L.REPORT): must,
        (5, L.STATUS): must,
    }  # fmt: skip
    note = at[1, L.STATUS].comment.text
    assert "“差不多了”读不懂" in note and "怎么改：请从下拉列表里选" in note and "必须改" in note
    assert "“推进中”" in at[4, L.REPORT].comment.text and "写清做了什么" in at[4, L.REPORT].comment.text
    assert "任务 2 的“进展情况”" in at[2, L.REPORT].comment.text, "not a place in the file that was sent"
    assert not any(at[1, column].protection.locked for column in L.ANSWER_COLUMNS)
    assert "有 9 处要改（必须改 8 处，请核对 1 处）" in ws["D3"].value


def test_the_first_sheet_lists_what_to_mend_with_a_link_to_each_cell(tracker: Tracker) -> None:
    answer(tracker, "S002", BAD, name="洪水中学的表")
    book = only(tracker)
    assert book.sheetnames[0] == L.FORM_SENDBACK and book.active.title == L.FORM_SENDBACK
    ws = book[L.FORM_SENDBACK]
    assert "洪水中学的表.xlsx" in ws["A2"].value and "6月20日" in ws["A2"].value
    header, *rows = ws.iter_rows(min_row=4)
    assert [c.value for c in header] == [
        "序号", L.TASK_NO, L.TASK_TITLE, "单元格", "您填的", "哪里不对", "怎么改", "要求",
    ]  # fmt: skip
    assert len(rows) == 9
    assert [c.value for c in rows[0]][:5] == [1, 1, "第1项重点工作", "填报表!F5", "差不多了"]
    for row in rows:
        sheet, _, cell = row[3].hyperlink.location.partition("!")
        noted = book[sheet.strip("'")][cell]
        assert f"{sheet}!{cell}".replace("'", "") == row[3].value
        assert row[5].value in noted.comment.text and row[6].value in noted.comment.text
    assert (ws.page_setup.paperSize, ws.page_setup.orientation) == (9, "landscape")
    assert ws.print_title_rows == "$4:$4"


def test_it_is_a_form_like_the_template(tracker: Tracker) -> None:
    answer(tracker, "S002", BAD)
    book, plain = only(tracker), openpyxl.load_workbook(template(tracker, "S002"))
    assert book.sheetnames == [L.FORM_SENDBACK, *plain.sheetnames]
    for name in (L.FORM, L.FORM_INDICATORS, L.FORM_PROBLEMS):
        rules = [
            {(str(r.sqref), r.type, r.formula1, r.error) for r in b[name].data_validations.dataValidation}
            for b in (book, plain)
        ]
        assert rules[0] == rules[1]
    facts = [dict(b[L.META].iter_rows(max_col=2, values_only=True)) for b in (book, plain)]
    assert facts[0] == facts[1] | {"as_of": DAY.isoformat()}
    assert book[L.META].sheet_state == "veryHidden"
    assert str(book[L.FORM]["A3"].value).startswith('="还有 "&SUMPRODUCT(')
    shown = openpyxl.load_workbook(send_back(tracker).sent[0].path, data_only=True)[L.FORM]
    assert shown["A3"].value == "还有 3 项未填", "task 4: progress and report, task 5: status"


def test_indicators_and_problems_come_back_too(tracker: Tracker) -> None:
    book = openpyxl.load_workbook(template(tracker, "S002"))
    values, problems = book[L.FORM_INDICATORS], book[L.FORM_PROBLEMS]
    values["F3"], values["G3"], values["F4"] = "约五百", "以合同为准", 38
    for col, value in enumerate((4, "消防通道堆放杂物", "立即清理", "李四", "6月30日", "整改中"), 1):
        problems.cell(3, col).value = value
    book.save(template(tracker, "S002"))
    answer(tracker, "S002", {no: GOOD | {L.REPORT: f"{REPORT}{no}"} for no in range(1, 7)})
    book = only(tracker)
    values, problems = book[L.FORM_INDICATORS], book[L.FORM_PROBLEMS]
    assert [values[c].value for c in ("F3", "G3", "F4")] == ["约五百", "以合同为准", 38]
    assert "约五百" in values["F3"].comment.text and values["F4"].comment is None
    assert [c.value for c in problems[3]] == [4, "消防通道堆放杂物", "立即清理", "李四", "6月30日", "整改中"]
    assert [row[3].value for row in book[L.FORM_SENDBACK].iter_rows(min_row=5)] == ["指标填报!F3"]


def test_a_row_of_the_schools_own_is_told_without_a_cell(tracker: Tracker) -> None:
    form = template(tracker, "S002")
    book = openpyxl.load_workbook(form)
    ws = book[L.FORM]
    ws["A13"], ws["F13"], ws["I13"] = 99, L.COMPLETED, "自己加的一项任务"
    book.save(form)
    answer(tracker, "S002", {no: GOOD for no in range(1, 7)})
    assert [w.code for w in counted(tracker).warnings] == ["unknown-task"]
    assert send_back(tracker).sent == (), "nothing in it is wrong"
    merge_again(tracker, form, {no: GOOD for no in range(1, 6)})
    [sent] = tracker.write_sendback(as_of=D(2022, 6, 28)).sent
    assert (sent.mends, sent.must) == (2, 1)
    ws = openpyxl.load_workbook(sent.path)[L.FORM_SENDBACK]
    last = [[c.value for c in row] for row in ws.iter_rows(min_row=5)][-1]
    assert last[1] == 99 and last[3] == "不在本表里" and "原表 填报表!A13" in last[5]
    assert last[-1] == "请核对"


def test_the_list_quotes_an_answer_at_length(tracker: Tracker) -> None:
    long = "校长负责，" * 95
    rows = {1: {L.STATUS: long}, 2: {L.STATUS: long + "专班推进，" * 10}}
    answer(tracker, "S002", {no: GOOD for no in range(1, 7)} | rows)
    ws = only(tracker)[L.FORM_SENDBACK]
    whole, cut = ws["E5"], ws["E6"]
    assert whole.value == long and whole.alignment.wrap_text
    assert len(cut.value) == 500 and cut.value.endswith("…")
    lines = text_lines(long, ws.column_dimensions["E"].width)
    assert ws.row_dimensions[5].height >= lines * 16, "and shows it"


def test_a_missing_date_is_asked_for_in_plain_words(tracker: Tracker) -> None:
    answer(tracker, "S002", {no: GOOD for no in range(1, 6)} | {6: {L.STATUS: L.COMPLETED, L.REPORT: REPORT}})
    [row] = only(tracker)[L.FORM_SENDBACK].iter_rows(min_row=5, values_only=True)
    assert row[6] == "请填完成那天的日期，例如2022-06-25；还没完成的把状态改为“推进中”。"


def test_a_review_goes_back_with_its_reason(tracker: Tracker) -> None:
    answer(tracker, "S002", {no: GOOD for no in range(1, 7)})
    assert send_back(tracker).sent == ()
    book = openpyxl.load_workbook(tracker.path)
    ws = book[L.ENTRIES]
    header = next(row for row in ws.iter_rows() if any(c.value == L.REVIEW for c in row))
    col = {c.value: c.column for c in header}
    at = next(
        row[0].row
        for row in ws.iter_rows(min_row=header[0].row + 1)
        if (row[col[L.UNIT_CODE] - 1].value, row[col[L.TASK_NO] - 1].value) == ("S002", 3)
    )
    ws.cell(at, col[L.REVIEW]).value, ws.cell(at, col[L.REVIEW_NOTE]).value = L.SENT_BACK, "请补充验收材料"
    book.save(tracker.path)
    book = only(tracker)
    at_cells = cells(book[L.FORM])
    assert at_cells[3, "退回意见"].value == "请补充验收材料" and at_cells[3, L.REPORT].value == REPORT
    assert list(marked(book[L.FORM])) == [(3, L.STATUS), (3, L.REPORT)]
    for column in (L.STATUS, L.REPORT):
        assert "请补充验收材料" in at_cells[3, column].comment.text
    assert len(list(book[L.FORM_SENDBACK].iter_rows(min_row=5))) == 1, "one thing to mend"


def test_two_schools_with_one_text_are_both_asked_and_neither_is_named(tracker: Tracker) -> None:
    text = "我单位高度重视，及时召开专题会议安排部署，各项工作正在有序推进之中。"
    for unit in ("S002", "S003"):
        rows = {no: GOOD | {L.REPORT: f"{unit}完成第{no}项工作的{no * 7}个环节"} for no in range(1, 7)}
        answer(tracker, unit, rows | {2: GOOD | {L.REPORT: text}})
    sent = send_back(tracker).sent
    assert [item.unit.code for item in sent] == ["S002", "S003"]
    for item in sent:
        ws = openpyxl.load_workbook(item.path)[L.FORM]
        assert marked(ws) == {(2, L.REPORT): "FFD9C7F2"}
        assert "S00" not in cells(ws)[2, L.REPORT].comment.text
    merge_again(tracker, sent[0].path, {2: {L.PROBLEM: "两校共用一份方案，进展相同"}})
    assert [item.unit.code for item in tracker.write_sendback(as_of=D(2022, 6, 28)).sent] == ["S003"], (
        "a reason is answer enough"
    )


def test_a_task_that_a_revised_plan_added_since_is_asked_for(tracker: Tracker) -> None:
    answer(tracker, "S002", {no: GOOD for no in range(1, 7)})
    new = Task(7, 1, "新增的重点工作", "尽快启动。", (), (), ("各中小学",), D(2022, 12, 31))
    tracker.update_plan(evolve(plan(), tasks=(*plan().tasks, new)), as_of=DAY)
    at = cells(only(tracker)[L.FORM])
    assert marked(only(tracker)[L.FORM]).keys() == {(7, L.STATUS)}
    assert at[6, L.REPORT].value == REPORT and at[7, L.REPORT].value is None


def test_a_row_that_the_school_deleted_stands_there_again_with_what_was_done_before(tracker: Tracker) -> None:
    done = {L.STATUS: L.COMPLETED, L.PROGRESS: 1, L.DONE_ON: datetime(2022, 6, 1), L.REPORT: "已全部建成"}
    answer(tracker, "S002", {no: done for no in range(1, 7)})
    tracker.open_round("2022-07", D(2022, 7, 25), as_of=D(2022, 7, 1))
    tracker.write_templates(as_of=D(2022, 7, 1))
    form = next((tracker.path.parent / "templates/2022-07").glob("S002_*"))
    book = openpyxl.load_workbook(form)
    for cell in book[L.FORM][10]:  # task 6
        cell.value = None
    book.save(tracker.path.parent / "returns/S002.xlsx")
    tracker.merge([tracker.path.parent / "returns/S002.xlsx"], as_of=D(2022, 7, 20))
    [sent] = tracker.write_sendback(as_of=D(2022, 7, 26)).sent
    ws = openpyxl.load_workbook(sent.path)[L.FORM]
    assert marked(ws) == {(6, L.STATUS): "FFFF9B9B"}
    assert "没有这一行" in cells(ws)[6, L.STATUS].comment.text
    assert cells(ws)[6, L.STATUS].value == L.COMPLETED and cells(ws)[6, L.REPORT].value == "已全部建成"


# --- what becomes of it ---------------------------------------------------------------------------
def told(won: Return) -> list[tuple[str, int | None, str]]:
    """The warnings of a return about tasks."""
    return sorted((w.code, w.task, w.value) for w in won.warnings if w.task is not None)


def said(won: Return) -> list[Entry]:
    """The entries of a return, without their places and without the words that were read without doubt."""
    kept = [(e, {k: v for k, v in e.raw.items() if (e.task, v) in {(w.task, w.value) for w in won.warnings}})
            for e in won.entries]  # fmt: skip
    return [evolve(entry, cell="", raw=raw) for entry, raw in kept]


def test_sent_again_as_it_is_it_says_the_same(tracker: Tracker) -> None:
    answer(tracker, "S002", BAD)
    before = counted(tracker)
    [sent] = send_back(tracker).sent
    merge_again(tracker, sent.path)
    after = counted(tracker)
    assert after.path == sent.path.name, "newer than the return it was made of"
    assert said(after) == said(before) and told(after) == told(before)
    assert (after.indicators, after.problems) == (before.indicators, before.problems)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (1, {L.STATUS: L.UNDER_WAY, L.PROGRESS: "80%", L.REPORT: REPORT}),
        ("120", {L.STATUS: L.ONGOING, L.PROGRESS: 1, L.REPORT: REPORT}),
        ("-3", {L.STATUS: L.UNDER_WAY, L.PROGRESS: 0.335, L.REPORT: REPORT}),
    ],
)
def test_a_doubtful_number_never_changes_how_the_column_is_read(
    tracker: Tracker, first: object, second: dict[str, Any]
) -> None:
    rows = {no: dict(second) for no in range(2, 7)}
    answer(tracker, "S002", {1: GOOD | {L.PROGRESS: first}} | rows)
    before = counted(tracker)
    assert ("bad-progress", 1, str(first)) in told(before)
    [sent] = send_back(tracker).sent
    assert cells(openpyxl.load_workbook(sent.path)[L.FORM])[1, L.PROGRESS].value == str(first)
    merge_again(tracker, sent.path)
    after = counted(tracker)
    assert [e.progress for e in after.entries] == [e.progress for e in before.entries]
    assert told(after) == told(before)


def test_a_doubtful_1_stays_doubtful_beside_a_refused_number(tracker: Tracker) -> None:
    rows = {no: GOOD | {L.PROGRESS: value} for no, value in enumerate((1, 120, 0.5, 80, 0.05, 0), 1)}
    answer(tracker, "S002", rows)
    before = counted(tracker)
    assert [(w.task, w.value) for w in before.warnings] == [(1, "1"), (2, "120")]
    [sent] = send_back(tracker).sent
    merge_again(tracker, sent.path)
    after = counted(tracker)
    assert (
        [e.progress for e in after.entries] == [e.progress for e in before.entries] == [1, None, 50, 80, 5, 0]
    )
    assert [(w.code, w.task) for w in after.warnings if w.task] == [("bad-progress", 1), ("bad-progress", 2)]


def test_mended_it_counts_and_nothing_is_left_to_mend(tracker: Tracker) -> None:
    answer(tracker, "S002", BAD)
    [sent] = send_back(tracker).sent
    mended = {
        1: {L.STATUS: L.UNDER_WAY, L.PROGRESS: 0.6, L.DONE_ON: None},
        2: {L.PROGRESS: 0.1, L.REPORT: "制定了实施方案并印发"},
        3: {L.PROGRESS: None},
        4: {L.PROGRESS: 0.3, L.REPORT: "正在与有关部门协调经费"},
        5: {L.STATUS: L.NOT_STARTED},
    }
    merge_again(tracker, sent.path, mended)
    after = counted(tracker)
    assert told(after) == []
    entries = {e.task: e for e in after.entries}
    assert (entries[1].status, entries[1].progress, entries[1].report) == (
        L.UNDER_WAY,
        60,
        "已开展活动三场次",
    )
    assert (entries[6].done_on, entries[6].progress) == (D(2022, 6, 15), 100), "untouched"
    result = tracker.write_sendback(as_of=D(2022, 6, 28))
    assert result.sent == () and "S002" in [unit.code for unit in result.clean]
    assert any(sent.path.name in note for note in tracker.notes), "an old form that must not be sent any more"


def test_a_mistake_in_progress_and_date_is_one_thing_to_mend(tracker: Tracker) -> None:
    late = {L.STATUS: L.COMPLETED, L.PROGRESS: 1, L.DONE_ON: datetime(2022, 9, 1), L.REPORT: REPORT}
    answer(tracker, "S002", {no: GOOD for no in range(1, 6)} | {6: late})
    assert marked(only(tracker)[L.FORM]) == {(6, L.DONE_ON): "FFFF9B9B"}


# --- for whom -------------------------------------------------------------------------------------
def test_units_with_nothing_to_mend_or_nothing_sent_get_none(tracker: Tracker) -> None:
    answer(tracker, "S001", {no: GOOD for no in range(1, 7)})
    answer(tracker, "S002", BAD)
    inbox = tracker.path.parent / "returns/坏的"
    inbox.mkdir()
    for name in ("S003_洪水镇中心小学.xlsx", "S001_民乐县第一中学.xlsx", "不知道是谁.xlsx"):
        (inbox / name).write_text(f"不是表格 {name}", encoding="utf-8")
    tracker.merge([inbox], as_of=DAY)
    result = send_back(tracker)
    assert [item.unit.code for item in result.sent] == ["S002"]
    assert [unit.code for unit in result.clean] == ["S001"]
    assert [unit.code for unit in result.silent] == ["S003"]
    assert [r.path for r in result.rejected] == ["S003_洪水镇中心小学.xlsx", "不知道是谁.xlsx"], (
        "a school whose other file was taken is not told of the bad one"
    )
    narrowed = send_back(tracker, units=["洪水镇中心小学"])
    assert narrowed.sent == () and [r.path for r in narrowed.rejected] == ["S003_洪水镇中心小学.xlsx"]


def test_a_form_that_somebody_has_filled_in_is_not_covered_and_nothing_is_written(tracker: Tracker) -> None:
    answer(tracker, "S001", BAD)
    answer(tracker, "S002", BAD)
    first, second = (item.path for item in send_back(tracker).sent)
    again = send_back(tracker)
    assert [item.path for item in again.sent] == [first, second], "untouched ones are written again"
    fill(second, second, {5: {L.STATUS: L.NOT_STARTED}}, D(2022, 6, 27))
    before = {path.name: path.read_bytes() for path in first.parent.iterdir()}
    events = tracker.events()
    with pytest.raises(FileProblem, match="已经有人填过"):
        tracker.write_sendback(as_of=D(2022, 6, 29))
    assert {path.name: path.read_bytes() for path in first.parent.iterdir()} == before
    assert tracker.events() == events
    elsewhere = send_back(tracker, folder=tracker.path.parent / "另放")
    assert [item.path.parent.name for item in elsewhere.sent] == ["另放", "另放"]


def test_nothing_goes_back_in_a_round_that_is_closed(tracker: Tracker) -> None:
    answer(tracker, "S002", BAD)
    tracker.close_round(as_of=D(2022, 6, 30))
    with pytest.raises(RoundError, match="已于2022-06-30结束"):
        send_back(tracker, round_id="2022-06")


def test_the_command_says_how_many_and_for_whom(tracker: Tracker) -> None:
    def run(*more: str) -> str:
        result = CliRunner().invoke(
            main, ["sendback", "-m", str(tracker.path), "--as-of", "2022-06-26", *more]
        )
        assert result.exit_code == 0, result.output
        return result.output

    assert "还没有可退回的填报" in run()
    answer(tracker, "S001", {no: GOOD for no in range(1, 7)})
    assert "没有要改的，没有写退回单" in run()
    answer(tracker, "S002", BAD)
    said = run()
    assert "已写1份退回单" in said and "S002 洪水镇初级中学：必须改8处，请核对1处" in said
    assert "另有1个单位没有要改的" in said and "S003 洪水镇中心小学" in said
    folder = tracker.path.parent / "别处"
    run("--unit", "洪水中学", "--round", "2022-06", "-o", str(folder))
    assert [path.name for path in folder.iterdir()] == ["S002_洪水镇初级中学_2022-06_退回.xlsx"]


def test_a_school_is_told_in_words_that_are_for_it(tracker: Tracker) -> None:
    inbox = tracker.path.parent / "returns/坏的"
    inbox.mkdir(parents=True)
    (inbox / "某校.csv").write_bytes("任务编号,完成状态,进展情况\r\n1,推进中,已动员\r\n".encode("gb18030"))
    (inbox / "坏的.xlsx").write_text("不是表格", encoding="utf-8")
    tracker.merge([inbox], as_of=DAY)
    said = "\n".join(sendback_lines(send_back(tracker)))
    assert (
        "某校.csv，请直接告诉学校：认不出这是哪个单位的填报表" in said
        and "用发给本单位的模板重新填报。" in said
    )
    assert codes.fix_for("not-a-workbook") in said and L.CONFIRM_UNIT not in said and "让学校" not in said


@pytest.mark.parametrize("code", codes.REJECTS)
def test_every_refusal_has_a_sentence_for_the_school(code: str) -> None:
    words = {name: "甲" for _, name, _, _ in Formatter().parse(codes.REJECTS[code].template) if name}
    said = told_school(
        Rejected("", "x.xlsx", "2022-06", code, codes.rejection(code, **words).note, datetime(2022, 6, 1))
    )
    assert said.startswith(codes.REJECTS[code].template[:6]) and "。。" not in said
    for word in (L.CONFIRM_UNIT, "学校", "对方", "文件夹"):
        assert word not in said


# --- which cell a warning is about ----------------------------------------------------------------
def test_every_listed_code_exists_and_every_column_is_one_of_the_form() -> None:
    assert set(COLUMNS) | INDICATOR_CODES | NO_CELL <= set(codes.WARNINGS)
    assert {name for names in COLUMNS.values() for name in names} <= set(schema.FIELD)


@pytest.fixture
def warned(tracker: Tracker) -> Callable[..., Form]:
    """The form that goes back when the ledger has these warnings about an otherwise faultless return."""
    answer(tracker, "S002", {no: GOOD for no in range(1, 7)})
    with Ledger.open(tracker.memory / "ledger.sqlite") as ledger:
        state = replay(ledger.records())
    round_ = state.round("2022-06")
    forms = list(round_forms(state, round_, DAY, "t", {"S002"}))
    won = state.winners["2022-06", "S002"]

    def form(*warnings: Warning, **changes: Any) -> Form | None:
        state.winners["2022-06", "S002"] = evolve(won, warnings=warnings, **changes)
        return next(sendback_forms(state, look(state, round_, DAY), forms), None)

    return form


@pytest.mark.parametrize(
    ("code", "task", "value", "column"),
    [
        ("short-text", 2, REPORT, L.REPORT),
        ("missing-evidence", 2, "", L.EVIDENCE),
        ("date-before-year", 2, "2021-06-01", L.DONE_ON),
        ("progress-regressed", 2, "推进中 50%", L.PROGRESS),
        ("duplicate-task", 2, "2；已完成", L.REPORT),
        ("formula-neutralised", 2, REPORT, L.REPORT),
        ("a-code-to-come", 2, REPORT, L.REPORT),
        ("a-code-to-come", 2, "别的", L.STATUS),
        ("unknown-task", 2, "自己加的", ""),
        ("a-code-to-come", 99, "别的", ""),
        ("a-code-to-come", None, "别的", ""),
    ],
)
def test_the_cell_that_a_warning_is_about(
    warned: Callable[..., Form], code: str, task: int | None, value: str, column: str
) -> None:
    form = warned(Warning(code, "must", task, "Sheet1!C9", value, "Sheet1!C9 不好。", "请改。"))
    assert form.sendback
    [mend] = form.sendback.mends
    assert (mend.task, mend.column, mend.value, mend.fix) == (task, column, value, "请改。")
    assert mend.note in ("原表 Sheet1!C9 不好。", f"任务 2 的“{column}” 不好。")


@pytest.mark.parametrize("code", ["unknown-task", "given-cell-edited", "not-assigned", "old-template"])
def test_what_a_new_form_has_right_does_not_go_back(warned: Callable[..., Form | None], code: str) -> None:
    assert warned(Warning(code, "explain", None, "Sheet1!C9", "x", "x", "x")) is None


def test_an_unlikely_figure_is_marked_in_its_own_sheet(warned: Callable[..., Form], tmp_path: Path) -> None:
    told = (IndicatorValue(3, "年度投资", 500.0), IndicatorValue(3, "新增学位", 9000.0, cell="指标填报!F4"))
    odd = Warning(
        "number-out-of-range", "explain", 3, "指标填报!F4", "9000个", "比目标值大 10 倍以上", "请核对。"
    )
    problems = tuple(Problem(1, f"问题{n}") for n in range(40))
    write_form(warned(odd, indicators=told, problems=problems), tmp_path / "form.xlsx")
    book = openpyxl.load_workbook(tmp_path / "form.xlsx")
    values = book[L.FORM_INDICATORS]
    assert (values["F4"].value, values["F4"].fill.start_color.rgb) == (9000, "FFD9C7F2")
    assert "请核对。" in values["F4"].comment.text and values["F3"].comment is None
    rows = [row[1].value for row in book[L.FORM_PROBLEMS].iter_rows(min_row=3)]
    assert rows[:40] == [f"问题{n}" for n in range(40)] and len(rows) > 40, "and room for more"


def test_the_form_is_later_than_the_return_it_is_made_of(warned: Callable[..., Form]) -> None:
    odd = Warning("short-text", "explain", 1, "", "", "x", "x")
    noon = datetime(2022, 6, 26, 12, 30, 5, 999_999)
    for sent, later in (
        (noon, datetime(2022, 6, 26, 12, 30, 6)),
        (datetime(2022, 6, 1), datetime(2022, 6, 26)),
    ):
        form = warned(odd, modified=sent, file_time=sent)
        assert form.sendback and form.sendback.modified == later > sent


def test_a_marked_cell_turns_green_once_it_is_changed(tracker: Tracker) -> None:
    answer(tracker, "S002", BAD | {4: BAD[4] | {L.STATUS: 'a"b'}})
    ws = only(tracker)[L.FORM]
    rules = {
        str(area.sqref): rule.formula[0]
        for area, found in ws.conditional_formatting._cf_rules.items()
        for rule in found
        if rule.formula[0].startswith("OR(")
    }
    assert set(rules) == {cell.coordinate for cell in cells(ws).values() if cell.comment}
    assert rules["F5"] == 'OR(NOT(EXACT($F$5,"差不多了")))'
    assert rules["F8"] == 'OR(NOT(EXACT($F$8,"a""b")))'
    assert rules["F9"] == "OR(LEN($F$9)>0)"
    anywhere = rules["F7"]  # 未启动 with 40 %: either may be put right
    assert anywhere.startswith('OR(NOT(EXACT($F$7,"未启动")),$G$7<>0.4,LEN($H$7)>0,')
