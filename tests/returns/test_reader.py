"""Returns by habit: what a school does to a file, and what is read then."""

from __future__ import annotations

from datetime import date
from io import BytesIO
from typing import Any
from zipfile import ZipFile

import openpyxl
import pytest
from attrs import evolve

from eduxl import labels as L
from eduxl.model import Entry, IndicatorValue, Problem, Round
from eduxl.returns.reader import Context, UnitReading
from eduxl.template import Form, FormRow, form_bytes
from tests.returns.spoken import spoken_rows

from .files import (
    ANSWER,
    CONTEXT,
    DUE,
    FIRST,
    HONGSHUI,
    SECOND,
    TASKS,
    answered,
    fill,
    listed,
    one,
    places,
    read,
    saved,
    table,
    template,
)

ROW = (1, TASKS[1].title, "推进中", "80%", "已动员")


def entry(item: UnitReading, task: int) -> Entry:
    (found,) = [e for e in item.entries if e.task == task]
    return found


# --- ordinary ---------------------------------------------------------------------------------------
def test_the_template_filled_in_is_read_without_a_warning() -> None:
    item = one(answered())
    assert (item.unit, item.unit_label, item.round) == ("S001", "S001 民乐县第一中学", "2022-06")
    assert [e.task for e in item.entries] == [1, 2, 3, 4]
    assert entry(item, 1) == Entry(1, "推进中", 80, report="已制定方案并动员部署", cell="填报表!F5")
    assert item.warnings == ()


def test_the_untouched_template_has_only_empty_entries() -> None:
    item = one(template())
    assert [e.is_empty for e in item.entries] == [True] * 4
    assert item.warnings == ()


def test_every_answer_column_is_read() -> None:
    answers: dict[str, Any] = {
        L.STATUS: "已完成", L.PROGRESS: 1, L.DONE_ON: date(2022, 6,
        15), L.REPORT: "第一行\n第二行", L.PROBLEM: "无",
        L.NEXT_STEPS: "巩固", L.EVIDENCE: "文件一份", L.REPORTER: "张三", L.PHONE: "0936-4412345",
    }  # fmt: skip
    item = one(fill(template(), {2: answers}))
    assert entry(item, 2) == Entry(
        2,
        "已完成",
        100,
        date(2022, 6, 15),
        "第一行\n第二行",
        "无",
        "巩固",
        "文件一份",
        "张三",
        "0936-4412345",
        "填报表!F6",
    )


def test_a_long_text_and_rare_characters_survive() -> None:
    text = "𠮷🙂" + "长" * 32_000
    assert entry(one(fill(template(), {1: {L.REPORT: f"  {text}\n"}})), 1).report == text


# --- shape of the table -----------------------------------------------------------------------------
def test_moved_columns() -> None:
    book = table([["已动员", "推进中", 1, "80%"]], (L.REPORT, L.STATUS, L.TASK_NO, L.PROGRESS))
    item = one(book)
    assert item.entries == (Entry(1, "推进中", 80, report="已动员", cell="Sheet1!B3"),)


def test_added_and_deleted_columns() -> None:
    book = table([[7, 1, "推进中", "检查组", "已动员"]], ("科室排序", L.TASK_NO, L.STATUS, "督办", L.REPORT))
    assert one(book).entries == (Entry(1, "推进中", report="已动员", cell="Sheet1!C3"),)


@pytest.mark.parametrize(
    "header", [" 完成 状态 ", "完成状态（必填）", "*完成状态", "完成状态：", "完成\n状态", "目前状态"]
)
def test_headers_in_other_words(header: str) -> None:
    book = table([[1, "推进中", 0.8]], (L.TASK_NO, header, "完成进度（%）"))
    assert one(book).entries == (Entry(1, "推进中", 80, cell="Sheet1!B3"),)


def test_titles_above_the_header() -> None:
    above = [["民乐县2022年工作要点落实情况表"], [], ["填报单位：民乐一中（盖章）"], ["填报时间：2022年6月"]]
    item = one(table([ROW], above=above))
    assert (item.unit, len(item.entries), listed(item)) == ("S001", 1, [])


def test_a_header_over_two_rows() -> None:
    book = table([], (L.TASK_NO, L.TASK_TITLE, "完成情况", None, None))
    page = book.active
    page.append([None, None, L.STATUS, L.PROGRESS, L.REPORT])
    page.append(list(ROW))
    page.merge_cells("C2:E2")
    assert one(book).entries == (Entry(1, "推进中", 80, report="已动员", cell="Sheet1!C4"),)


def test_the_table_goes_on_after_blank_rows() -> None:
    rows = [ROW, (), (), (2, TASKS[2].title, "未启动")]
    assert [e.task for e in one(table(rows)).entries] == [1, 2]


@pytest.mark.parametrize("number", ["1", "１", "1.", "1、", "T01", " 1 "])
def test_task_numbers_as_text(number: str) -> None:
    assert [e.task for e in one(table([(number, "", "推进中")])).entries] == [1]


def test_without_numbers_a_row_is_known_by_its_exact_title() -> None:
    rows = [(TASKS[3].title, "推进中", "80%"), ("巩固义务教育", "推进中", "10%")]
    item = one(table(rows, (L.TASK_TITLE, L.STATUS, L.PROGRESS)))
    assert item.entries == (Entry(3, "推进中", 80, cell="Sheet1!B3"),)
    assert listed(item) == ["unknown-task"]


@pytest.mark.parametrize(
    ("title", "task"),
    [
        ("持续开展清廉校园建设活动", 1),
        ("推进党组织领导的校长负责制", 2),
        ("巩固义务教育均衡发展成果，建立问题清单", 3),
        ("扩充优质教育资源。新建学校两所", 4),
        ("扩充", None),
        ("推进教育均衡发展", None),
        ("加强师德师风建设", None),
    ],
)
def test_without_a_number_the_only_similar_title_is_taken_with_a_word(title: str, task: int | None) -> None:
    item = one(table([(title, "推进中", "80%")], (L.TASK_TITLE, L.STATUS, L.PROGRESS)))
    assert [e.task for e in item.entries] == ([task] if task else [])
    # A title that goes on after its first sentence is exact; that the cell was edited is told.
    code = "given-cell-edited" if "。" in title else "guessed-task" if task else "unknown-task"
    assert listed(item) == [code]


def test_a_similar_title_never_takes_the_place_of_an_answer() -> None:
    rows = [ROW, ("", "持续开展清廉校园建设活动", "未启动", "", "自己加的一步")]
    item = one(table(rows))
    assert [(e.task, e.status) for e in item.entries] == [(1, "推进中")]
    assert listed(item) == ["unknown-task"]


def test_a_number_wiped_out_does_not_lose_the_row() -> None:
    assert [e.task for e in one(table([("", TASKS[3].title, "推进中")])).entries] == [3]


def test_row_numbers_of_the_school_are_not_task_numbers_where_titles_tell() -> None:
    rows = [(1, TASKS[3].title, "推进中"), (2, TASKS[4].title, "未启动")]
    item = one(table(rows, ("序号", L.TASK_TITLE, L.STATUS, L.REPORT)))
    assert [(e.task, e.status) for e in item.entries] == [(3, "推进中"), (4, "未启动")]


def test_a_numbering_column_is_better_than_nothing() -> None:
    item = one(table([(3, "推进中", "已动员")], ("序号", L.STATUS, L.REPORT)))
    assert [e.task for e in item.entries] == [3]


@pytest.mark.parametrize(("numbers", "tasks"), [((1, 2), []), ((3, 4), [3, 4]), ((3, 9), [3])])
def test_a_numbering_column_alone_must_name_tasks_of_the_unit(numbers: Any, tasks: list[int]) -> None:
    context = evolve(CONTEXT, assigned={"S001": (3, 4)})
    rows = [(no, "推进中", "50%", "已动员") for no in numbers]
    item = one(table(rows, ("序号", L.STATUS, L.PROGRESS, L.REPORT)), context=context)
    assert [e.task for e in item.entries] == tasks
    assert listed(item) == ["unknown-task"] * (2 - len(tasks))


def test_row_numbers_that_only_happen_to_name_tasks_of_the_unit() -> None:
    context = evolve(CONTEXT, assigned={"S001": (2, 4)})
    rows = [(1, "推进中", "50%", "二号的"), (2, "推进中", "50%", "四号的")]
    item = one(table(rows, ("序号", L.STATUS, L.PROGRESS, L.REPORT)), context=context)
    assert (item.entries, listed(item)) == ((), ["unknown-task"] * 2)


def test_numbers_of_the_school_s_own_give_way_to_titles() -> None:
    rows = [(no, TASKS[task].title, "推进中", "", f"{task} 的") for no, task in ((1, 3), (2, 4), (3, 1))]
    item = one(table(rows))
    assert {e.task: e.report for e in item.entries} == {3: "3 的", 4: "4 的", 1: "1 的"}
    assert [(w.code, w.level, w.cell, w.value) for w in item.warnings] == [
        ("own-numbers", "explain", "Sheet1!A3", "1、2、3")
    ]


def test_a_single_title_of_another_task_does_not_outdo_the_number() -> None:
    rows = [(1, TASKS[2].title, "推进中", "", "甲"), (3, TASKS[3].title, "推进中", "", "乙")]
    item = one(table(rows))
    assert [(e.task, e.report) for e in item.entries] == [(1, "甲"), (3, "乙")]
    assert [(w.code, w.level, w.task) for w in item.warnings] == [("given-cell-edited", "must", 1)]


def test_the_mark_of_a_list_before_a_title_is_no_edit() -> None:
    rows = [(1, f"1.{TASKS[1].title}", "推进中"), (None, f"（二）{TASKS[2].title}", "未启动")]
    item = one(table(rows))
    assert ([e.task for e in item.entries], item.warnings) == ([1, 2], ())


def test_answers_of_the_last_round_beside_the_table_are_not_answers_of_this_one() -> None:
    rows = [(1, "", "", "", "推进中", 0.5, "上期写的", "请补材料")]
    item = one(
        table(
            rows, (L.TASK_NO, L.STATUS, L.PROGRESS, L.REPORT, "上期状态", "上期进度", "上期进展", "退回意见")
        )
    )
    assert entry(item, 1).is_empty


FULL = {
    L.STATUS: "推进中", L.PROGRESS: "80%", L.DONE_ON: "", L.REPORT: "已动员", L.PROBLEM: "缺经费", L.NEXT_STEPS: "推进",
    L.EVIDENCE: "文件", L.REPORTER: "张三", L.PHONE: "139",
}  # fmt: skip


@pytest.mark.parametrize(
    ("before", "header"),
    [
        (L.TASK_NO, "任务代码"), (L.TASK_TITLE, "工作内容"), (L.STATUS, "是否完成"), (L.STATUS, "进度"),
        (L.DONE_ON, "完成时间"), (L.REPORT, "进展"), (L.REPORT, "完成情况"), (L.PROBLEM, "问题"), (L.PROBLEM, "整改措施"),
        (L.EVIDENCE, "材料"), (L.REPORTER, "联系人"), (L.PHONE, "办公电话"), (L.STATUS, "备注"), (L.STATUS, ""),
    ],
)  # fmt: skip
def test_a_column_of_the_school_never_takes_the_place_of_ours(before: str, header: str) -> None:
    columns = [L.TASK_NO, L.TASK_TITLE, L.DUE, *FULL]
    rows = [[no, TASKS[no].title, DUE, *FULL.values()] for no in (1, 2)]
    place = columns.index(before)
    columns.insert(place, header)
    for row, text in zip(rows, ("7", ""), strict=True):
        row.insert(place, text)
    item = one(table(rows, columns))
    assert [(e.task, e.status, e.progress, e.report, e.problems, e.next_steps) for e in item.entries] == [
        (no, "推进中", 80, "已动员", "缺经费", "推进") for no in (1, 2)
    ]
    assert [(e.evidence, e.reporter, e.phone) for e in item.entries] == [("文件", "张三", "139")] * 2
    told = [(w.code, w.level, w.cell, w.value) for w in item.warnings]
    assert told == [("unknown-task", "explain", f"Sheet1!{'ABCDEFGHIJKLM'[place]}3", "7")]
    assert (header or "没有列名") in item.warnings[0].note


def test_columns_of_the_last_month_under_a_word_of_their_own() -> None:
    book = table([], (L.TASK_NO, "上月", None, "本月", None, L.REPORT))
    page = book.active
    page.append([None, "状态", "进度", L.STATUS, L.PROGRESS, None])
    page.append([1, "未启动", "0%", "推进中", "80%", "已动员"])
    item = one(book)
    assert item.entries == (Entry(1, "推进中", 80, report="已动员", cell="Sheet1!D4"),)
    assert [(w.level, w.cell) for w in item.warnings] == [("explain", "Sheet1!B4"), ("explain", "Sheet1!C4")]


def test_the_columns_of_a_form_that_are_not_asked_raise_no_warning() -> None:
    before = Entry(1, "推进中", 40, report="上轮写的")
    rows = [FormRow(t, "着力实施党建工程", "落实", DUE, previous=before, previous_round="2022-05", sent_back="请补材料")
            for t in TASKS.values()]  # fmt: skip
    form = Form(
        tracker="minle-2022", title="要点", year=2022, unit=FIRST, round=CONTEXT.round, rows=tuple(rows),
        as_of=date(2022, 6, 1), version="1",
    )  # fmt: skip
    item = one(fill(openpyxl.load_workbook(BytesIO(form_bytes(form))), dict.fromkeys(TASKS, ANSWER)))
    assert ([e.report for e in item.entries], item.warnings) == ([ANSWER[L.REPORT]] * 4, ())


@pytest.mark.parametrize(
    ("rows", "read"),
    [
        ([("已完成", "2022.6.15"), ("推进中", "")], [date(2022, 6, 15), None]),
        ([("已完成", "2022.6.15"), ("推进中", "2022.9.30")], [None, None]),
        ([("已完成", "2022.12.31"), ("推进中", "")], [None, None]),
    ],
)
def test_a_time_of_completion_is_a_date_where_only_what_is_done_has_one(rows: Any, read: Any) -> None:
    typed = [(no, state, day, "已办") for no, (state, day) in enumerate(rows, 1)]
    item = one(table(typed, (L.TASK_NO, L.STATUS, "完成时间", L.REPORT)))
    assert [e.done_on for e in item.entries] == read


def test_hidden_rows_and_columns_are_read() -> None:
    book = answered()
    page = book[L.FORM]
    page.row_dimensions[5].hidden = True
    page.column_dimensions["F"].hidden = True
    assert entry(one(book), 1).status == "推进中"


def test_an_answer_merged_over_several_rows_holds_for_each() -> None:
    book = answered()
    page = book[L.FORM]
    header, columns = places(page)
    page.cell(header + 1, columns[L.REPORTER]).value = "张三"
    page.merge_cells(
        start_row=header + 1,
        end_row=header + 4,
        start_column=columns[L.REPORTER],
        end_column=columns[L.REPORTER],
    )
    assert [e.reporter for e in one(book).entries] == ["张三"] * 4


def test_the_entry_table_may_be_any_sheet_and_hidden() -> None:
    book = table([ROW], sheet="内容")
    book.create_sheet("封面", 0)
    book["内容"].sheet_state = "hidden"
    book.active = 0
    assert len(one(book).entries) == 1


# --- several sheets -------------------------------------------------------------------------------------
def with_sheet(book: Any, name: str, rows: Any, place: int | None = None) -> Any:
    page = book.create_sheet(name, place)
    for row in (("单位：民乐一中",), (L.TASK_NO, L.TASK_TITLE, L.STATUS, L.PROGRESS, L.REPORT), *rows):
        page.append(list(row))
    return book


OLD = [(1, TASKS[1].title, "推进中", "40%", "五月"), (2, TASKS[2].title, "已完成", "100%", "五月做完的")]


@pytest.mark.parametrize("place", [0, 1])
@pytest.mark.parametrize(
    "name", ["5月", "2022年5月", "五月份", "202205", "2021年6月", "上月备份", "上期", "填报表副本", "旧表"]
)
def test_a_sheet_of_another_month_is_left_out_and_told(name: str, place: int) -> None:
    item = one(with_sheet(table([ROW], sheet="6月"), name, OLD, place))
    assert [(e.task, e.report) for e in item.entries] == [(1, "已动员")]
    (warning,) = item.warnings
    assert (warning.code, warning.level, warning.cell.rpartition("!")[2]) == ("unknown-task", "must", "A3")
    assert f"“{name}”第 3、4 行" in warning.note and "五月做完的" in warning.value and "“6月”" in warning.note


@pytest.mark.parametrize("name", ["1-6月", "6月", "2022-06", "12月底前完成的", "旧州工作"])
def test_a_sheet_that_completes_the_first_is_told_mildly(name: str) -> None:
    item = one(with_sheet(table([ROW]), name, OLD[1:]))
    assert [(e.task, e.report) for e in item.entries] == [(1, "已动员"), (2, "五月做完的")]
    (warning,) = item.warnings
    assert (warning.code, warning.level, warning.value) == ("other-sheet", "explain", name)
    assert "任务 2 " in warning.note and "Sheet1" in warning.note


def test_the_only_sheet_is_read_whatever_its_name() -> None:
    item = one(table([ROW], sheet="5月"))
    assert (len(item.entries), item.warnings) == (1, ())


def test_our_own_sheet_comes_first() -> None:
    book = fill(template(), {1: ANSWER})
    item = one(with_sheet(book, "草稿", OLD, 0))
    assert [e.report for e in item.entries] == [ANSWER[L.REPORT], "五月做完的", "", ""]
    assert listed(item) == ["duplicate-task", "other-sheet"]
    assert "填报表!A5 这一行" in item.warnings[0].note


# --- rows that are no task's --------------------------------------------------------------------------
def test_signatures_and_totals_are_listed_once_and_mildly() -> None:
    rows = [ROW, ("合计", "", "", "80%"), (), ("填表人：张三", "", "审核人：李四"), ("（盖章）",)]
    item = one(table(rows))
    assert [e.task for e in item.entries] == [1]
    (warning,) = item.warnings
    assert (warning.code, warning.level, warning.cell) == ("unknown-task", "explain", "Sheet1!A4")
    assert "合计" in warning.value and "填表人：张三" in warning.value


def test_own_steps_below_a_task_change_nothing_and_are_told() -> None:
    rows = [
        ROW,
        ("1.1", "制定方案", "已完成", "100%"),
        ("（2）", "组织动员", "已完成"),
        ("", "总结验收", "未启动"),
    ]
    item = one(table(rows))
    assert item.entries == (Entry(1, "推进中", 80, report="已动员", cell="Sheet1!C3"),)
    assert [(w.code, w.cell) for w in item.warnings] == [
        ("unknown-task", "Sheet1!A4"),
        ("unknown-task", "Sheet1!A5"),
        ("unknown-task", "Sheet1!B6"),
    ]


@pytest.mark.parametrize("report", ["累计培训教师300人次", "校长带队走访", "说明：已报", "汇总上报"])
def test_a_report_that_begins_like_a_total_is_no_total(report: str) -> None:
    rows = [ROW, (7, "某工作", "推进中", "50%", report), ("四", "另一工作", "已完成", "100%", report)]
    told = one(table(rows)).warnings
    assert [(w.code, w.level, w.cell) for w in told] == [
        ("unknown-task", "must", "Sheet1!A4"), ("unknown-task", "must", "Sheet1!A5"),
    ]  # fmt: skip
    assert all(report in warning.value for warning in told)


def test_all_that_a_total_says_is_told() -> None:
    (warning,) = one(table([ROW, ("合计", "共 4 项", "", "80%", "其中完成 2 项")])).warnings
    assert (warning.level, warning.value) == ("explain", "合计；共 4 项；80%；其中完成 2 项")


def test_a_second_table_with_our_words_in_other_places_is_no_repeated_header() -> None:
    rows = [ROW, (), (L.TASK_NO, L.REPORT, L.STATUS), (2, "第二项做得很好", "推进中")]
    item = one(table(rows))
    assert [e.task for e in item.entries] == [1]
    (warning,) = item.warnings
    assert warning.level == "explain" and "第 5、6 行" in warning.note and "第二项做得很好" in warning.value


def test_many_rows_of_no_task_share_a_warning() -> None:
    rows = [ROW, *((f"{no}.1", f"自己的第{no}步") for no in range(60))]
    told = one(table(rows)).warnings
    assert (len(told), told[-1].level) == (51, "must")
    assert "等 10 行" in told[-1].note and "自己的第59步" in told[-1].value


def test_a_second_table_below_changes_nothing() -> None:
    rows = [(1, TASKS[1].title), (), ("序号", "姓名", "电话"), (1, "张三", "139"), (2, "李四", "138")]
    item = one(table(rows))
    assert [(e.task, e.is_empty) for e in item.entries] == [(1, True)]
    (warning,) = item.warnings
    assert (warning.code, warning.level) == ("unknown-task", "explain")
    assert "第 5、6、7 行" in warning.note


def test_a_second_list_with_numbers_but_no_header_changes_nothing() -> None:
    rows = [(1, TASKS[1].title), (), (1, "张三", "已完成", "100%")]
    item = one(table(rows))
    assert entry(item, 1).is_empty
    assert listed(item) == ["duplicate-task"]


def test_a_header_repeated_on_the_next_page_is_passed_over() -> None:
    columns = (L.TASK_NO, L.TASK_TITLE, L.STATUS, L.PROGRESS, L.REPORT)
    item = one(table([ROW, columns, (2, TASKS[2].title, "未启动")]))
    assert [e.task for e in item.entries] == [1, 2]
    assert item.warnings == ()


def test_a_task_that_is_not_in_the_plan_is_told() -> None:
    item = one(table([ROW, (99, "别的任务", "推进中")]))
    (warning,) = item.warnings
    assert (warning.code, warning.task, warning.cell) == ("unknown-task", 99, "Sheet1!A4")
    assert "别的任务" in warning.value


def test_without_a_plan_every_number_is_a_task() -> None:
    item = one(table([ROW, (99, "别的任务", "推进中")]), context=Context())
    assert [e.task for e in item.entries] == [1, 99]


def test_of_two_rows_of_a_task_the_first_counts() -> None:
    item = one(table([ROW, (1, TASKS[1].title, "已完成", "100%")]))
    assert entry(item, 1).status == "推进中"
    (warning,) = item.warnings
    assert (warning.code, warning.level, warning.cell) == ("duplicate-task", "must", "Sheet1!A4")
    assert "第 3 行" in warning.note


def test_of_an_empty_and_a_filled_row_of_a_task_the_filled_one_counts() -> None:
    item = one(table([(1, TASKS[1].title), ROW]))
    assert entry(item, 1).status == "推进中"
    (warning,) = item.warnings
    assert (warning.code, warning.level, warning.cell) == ("duplicate-task", "explain", "Sheet1!A3")


def test_a_sheet_that_is_no_table_is_told() -> None:
    book = answered()
    book.create_sheet("照片")["B2"] = "活动照片"
    (warning,) = one(book).warnings
    assert (warning.code, warning.level, warning.cell) == ("unknown-task", "explain", "照片!B2")


def test_a_spare_copy_of_the_sheet_is_no_second_answer() -> None:
    book = answered()
    book.copy_worksheet(book[L.FORM]).title = "填报表 (2)"
    item = one(book)
    assert (len(item.entries), item.warnings) == (4, ())


# --- values -------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("column", "value", "code"),
    [
        (L.STATUS, "差不多了", "bad-status"),
        (L.PROGRESS, "过半", "bad-progress"),
        (L.PROGRESS, 120, "bad-progress"),
        (L.DONE_ON, "6月底", "bad-date"),
    ],
)
def test_a_value_that_cannot_be_read_is_kept_and_told_with_its_place(
    column: str, value: Any, code: str
) -> None:
    book = fill(template(), {1: ANSWER, 2: {**ANSWER, column: value}})
    item = one(book)
    _, columns = places(book[L.FORM])
    (warning,) = item.warnings
    letter = "ABCDEFGHIJKLMN"[columns[column] - 1]
    assert (warning.code, warning.task, warning.cell, warning.value) == (
        code,
        2,
        f"填报表!{letter}6",
        str(value),
    )
    assert entry(item, 2).raw == {column: str(value)}


def test_values_in_other_words_are_read_and_kept_without_a_warning() -> None:
    item = one(fill(template(), {1: {L.STATUS: "完成了", L.PROGRESS: "完成100%", L.DONE_ON: "6月15日"}}))
    assert entry(item, 1) == Entry(
        1, "已完成", 100, date(2022, 6, 15), cell="填报表!F5",
        raw={L.STATUS: "完成了", L.PROGRESS: "完成100%", L.DONE_ON: "6月15日"},
    )  # fmt: skip
    assert item.warnings == ()


def test_progress_is_judged_by_the_column() -> None:
    item = one(
        fill(template(), {n: {L.STATUS: "推进中", L.PROGRESS: p} for n, p in ((1, 80), (2, 5), (3, 0.5))})
    )
    assert [e.progress for e in item.entries] == [80, 5, 50, None]


def test_a_total_below_does_not_change_how_the_column_is_judged() -> None:
    rows = [(1, "", "推进中", 0.8), (2, "", "推进中", 1), ("合计", "", "", 90)]
    assert [e.progress for e in one(table(rows)).entries] == [80, 100]


def test_a_date_without_a_year_takes_that_of_the_round() -> None:
    book = fill(template(round_id="2023-01"), {1: {L.STATUS: "已完成", L.DONE_ON: "1月5日"}})
    january = evolve(CONTEXT, round=Round("2023-01", date(2023, 1, 25), date(2023, 1, 1)))
    assert entry(one(book, context=january), 1).done_on == date(2023, 1, 5)
    # Without a tracker the hidden sheet knows the round.
    assert entry(one(book, context=Context()), 1).done_on == date(2023, 1, 5)


def test_text_like_a_formula_stays_text() -> None:
    book = template()
    fill(book, {1: ANSWER})
    book[L.FORM]["I5"].value = '=HYPERLINK("http://x")'
    book[L.FORM]["I5"].data_type = "s"
    item = one(book)
    assert entry(item, 1).report == '=HYPERLINK("http://x")'
    assert [(w.code, w.cell) for w in item.warnings] == [("formula-neutralised", "填报表!I5")]


def test_a_formula_without_a_stored_result_is_told_and_not_taken_as_empty() -> None:
    item = one(fill(template(), {1: {**ANSWER, L.PROGRESS: "=A5/2", L.REPORT: '="已"&"办"'}}))
    assert entry(item, 1).progress is None
    assert entry(item, 1).raw == {L.PROGRESS: "=A5/2", L.REPORT: '="已"&"办"'}
    assert entry(item, 1).report == ""
    assert listed(item) == ["no-result", "bad-progress"]


@pytest.mark.parametrize("error", ["#REF!", "#N/A", "#DIV/0!", "#NAME?"])
def test_an_error_value_is_told_and_kept(error: str) -> None:
    item = one(fill(template(), {1: {**ANSWER, L.PROGRESS: error, L.REPORT: error}}))
    assert (entry(item, 1).report, entry(item, 1).progress) == ("", None)
    assert entry(item, 1).raw == {L.PROGRESS: error, L.REPORT: error}
    assert listed(item) == ["error-value", "bad-progress"]


# --- 同上 -------------------------------------------------------------------------------------------------
def test_ditto_is_the_answer_above_in_the_same_column() -> None:
    answers = {
        1: {L.STATUS: "推进中", L.PROGRESS: 0.8, L.REPORT: "已动员部署", L.REPORTER: "张三"},
        2: {L.STATUS: "同上", L.PROGRESS: "同上", L.REPORT: "同上。", L.REPORTER: "〃"},
        3: {L.STATUS: "已完成", L.REPORT: "同上"},
    }
    item = one(fill(template(), answers))
    second = entry(item, 2)
    assert (second.status, second.progress, second.report, second.reporter) == (
        "推进中",
        80,
        "已动员部署",
        "张三",
    )
    assert second.raw == {L.STATUS: "同上", L.PROGRESS: "同上", L.REPORT: "同上。", L.REPORTER: "〃"}
    assert (entry(item, 3).status, entry(item, 3).report) == ("已完成", "已动员部署")
    # Who filled in needs no word; the rest is told with the task that first said it.
    assert [(w.code, w.cell) for w in item.warnings] == [
        ("ditto", f"填报表!{place}") for place in ("F6", "G6", "I6", "I7")
    ]
    assert "任务 1 的“进展情况”" in item.warnings[3].note


def test_ditto_with_nothing_above_and_as_last_month_are_told_and_not_guessed() -> None:
    answers = {1: {L.STATUS: "同上", L.REPORT: "同上"}, 2: {L.STATUS: "同上月", L.REPORT: "同上月"}}
    item = one(fill(template(), answers))
    assert [(entry(item, no).status, entry(item, no).report) for no in (1, 2)] == [
        ("", "同上"),
        ("", "同上月"),
    ]
    assert listed(item) == ["ditto", "ditto", "bad-status", "bad-status"]


def test_macros_are_told_and_the_answers_are_read() -> None:
    target = BytesIO(saved(answered()))
    with ZipFile(target, "a") as package:
        package.writestr("xl/vbaProject.bin", b"\xd0\xcf\x11\xe0 macros")
    item = one(target.getvalue(), "S001.xlsm")
    assert len(item.entries) == 4
    assert [(w.code, w.level) for w in item.warnings] == [("has-macros", "explain")]
    assert "宏" in item.warnings[0].note


# --- phone ------------------------------------------------------------------------------------------------
def test_a_phone_number_keeps_its_digits() -> None:
    answers = {no: ANSWER for no in TASKS} | {1: {L.PHONE: 13912345678}, 2: {L.PHONE: "0936-4412345"}}
    book = fill(template(), answers)
    header, columns = places(book[L.FORM])
    third = book[L.FORM].cell(header + 3, columns[L.PHONE])
    third.value, third.number_format = 9364412345, "00000000000"
    book[L.FORM].cell(header + 4, columns[L.PHONE]).value = "1.39E+10"
    item = one(book)
    phones = [entry(item, no).phone for no in TASKS]
    assert phones == ["13912345678", "0936-4412345", "09364412345", "1.39E+10"]
    assert listed(item) == ["bad-phone"]


def test_given_cells_that_were_edited_change_nothing_and_are_told() -> None:
    book = fill(answered(), {1: {L.TASK_TITLE: "清廉校园（改）", L.DUE: date(2023, 6, 30)}})
    item = one(book)
    assert entry(item, 1).status == "推进中"
    assert [(w.code, w.cell, w.value) for w in item.warnings] == [
        ("given-cell-edited", "填报表!C5", "清廉校园（改）"),
        ("given-cell-edited", "填报表!E5", "2023-06-30"),
    ]


def test_spaces_and_line_breaks_in_a_given_cell_are_no_edit() -> None:
    title = TASKS[1].title
    item = one(fill(answered(), {1: {L.TASK_TITLE: f"{title[:4]}\n{title[4:]} ", L.DUE: "2022年12月31日"}}))
    assert item.warnings == ()


# --- whose it is ----------------------------------------------------------------------------------------
def test_renamed_file() -> None:
    assert one(answered(), "S008_洪水镇初级中学_2022-06(1).xlsx").unit == "S001"


def test_the_hidden_sheet_against_the_unit_cell_is_for_the_clerk_to_decide() -> None:
    book = answered()
    book[L.FORM]["B2"] = "S008 洪水镇初级中学"
    reading = read(book)
    assert reading.items == ()
    assert reading.rejected is not None and reading.rejected.code == "unknown-unit"
    assert FIRST.name in reading.rejected.note and HONGSHUI.name in reading.rejected.note


def test_the_clerk_has_decided() -> None:
    book = answered()
    book[L.FORM]["B2"] = "S008 洪水镇初级中学"
    reading = read(book, unit="S008")
    assert [item.unit_label for item in reading.items] == ["S008 洪水镇初级中学"]


def test_an_alias_in_the_unit_cell_is_the_same_unit() -> None:
    book = answered()
    book[L.FORM]["B2"] = "民乐一中"
    assert (one(book).unit, one(book).warnings) == ("S001", ())


def test_an_unreadable_unit_cell_leaves_the_hidden_sheet_to_decide() -> None:
    book = answered()
    book[L.FORM]["B2"] = "我校"
    item = one(book)
    assert (item.unit, listed(item)) == ("S001", ["given-cell-edited"])


def test_a_hidden_unit_that_is_not_in_the_roster() -> None:
    book = answered()
    book[L.META]["B4"] = "S999"
    rejected = read(book).rejected
    assert rejected is not None and rejected.code == "unknown-unit" and "S999" in rejected.note


def without_hidden_sheet() -> Any:
    book = answered()
    del book[L.META]
    return book


def test_without_the_hidden_sheet_the_unit_cell_tells() -> None:
    item = one(without_hidden_sheet(), "S008_洪水镇初级中学.xlsx")
    assert (item.unit, item.round) == ("S001", "2022-06")


@pytest.mark.parametrize(
    "above",
    [
        (("单位：民乐二中",),),
        (("单位", "民乐县第二中学"),),
        (("学校名称:", None, "S002 民乐县第二中学（公章）"),),
        (("填报单位（盖章）：", "民乐二中"),),
    ],
)
def test_a_unit_cell_in_other_forms(above: Any) -> None:
    assert one(table([ROW], above=above), "洪水中学.xlsx").unit == "S002"


@pytest.mark.parametrize("above", [(), (("单位：", "轮次：2022-06"),), (("单位：",),)])
def test_without_a_unit_cell_the_file_name_tells(above: Any) -> None:
    assert one(table([ROW], above=above, sheet="民乐一中"), "收/洪水中学6月.xlsx").unit == "S008"


def test_without_a_telling_file_name_the_sheet_name_tells() -> None:
    assert one(table([ROW], above=(), sheet="洪水中学"), "工作要点.xlsx").unit == "S008"


def test_a_name_that_is_only_similar_tells_nothing() -> None:
    rejected = read(table([ROW], above=(("单位：民乐第一中",),)), "工作要点.xlsx").rejected
    assert rejected is not None and rejected.code == "unknown-unit"
    assert "民乐第一中" in rejected.note and "工作要点.xlsx" in rejected.note


def test_without_a_roster_the_unit_is_as_written() -> None:
    item = one(table([ROW], above=(("单位：某某小学",),)), context=Context())
    assert (item.unit, item.unit_label, item.round) == ("", "某某小学", None)
    item = one(answered(), context=Context())
    assert (item.unit, item.unit_label) == ("S001", "S001 民乐县第一中学")


def test_a_workbook_of_several_schools_gives_one_item_each() -> None:
    book = table([ROW], sheet="一")
    for name, status in (("二", "未启动"), ("洪水中学", "推进中")):
        page = book.create_sheet(name)
        page.append(["单位：民乐二中"] if name == "二" else [])
        page.append([L.TASK_NO, L.STATUS, L.PROGRESS])
        page.append([1, status])
    reading = read(book, "学区汇总.xlsx")
    assert [(i.unit, i.entries[0].status) for i in reading.items] == [
        (FIRST.code, "推进中"), (SECOND.code, "未启动"), (HONGSHUI.code, "推进中"),
    ]  # fmt: skip


# --- wrong files ----------------------------------------------------------------------------------------
def rejection(reading: Any) -> str:
    assert reading.items == ()
    return str(reading.rejected.code)


def test_a_form_of_another_tracker() -> None:
    assert rejection(read(template(tracker="minle-2021"))) == "wrong-tracker"


def test_a_form_of_another_round() -> None:
    assert rejection(read(template(round_id="2022-05"))) == "wrong-round"


def test_a_workbook_without_the_table() -> None:
    assert rejection(read(table([], ("姓名", "电话"), above=()))) == "no-entry-table"


@pytest.mark.parametrize(
    "content", [b"", "只有文字".encode(), b"\x00\x01\x02", b"PK\x03\x04broken", b"%PDF-1.4"]
)
def test_a_file_that_is_no_workbook(content: bytes) -> None:
    assert rejection(read(content, "一中.xlsx")) == "not-a-workbook"


# --- the other sheets -------------------------------------------------------------------------------------
def test_figures_are_read() -> None:
    book = answered()
    page = book[L.FORM_INDICATORS]
    page["F3"], page["G3"] = 5200.5, "二期未开工"
    assert one(book).indicators == (IndicatorValue(4, "年度投资", 5200.5, "二期未开工", cell="指标填报!F3"),)


def test_a_figure_that_is_none_is_kept_and_told() -> None:
    book = answered()
    book[L.FORM_INDICATORS]["F3"] = "约五千"
    item = one(book)
    assert item.indicators == (IndicatorValue(4, "年度投资", None, "", "约五千", "指标填报!F3"),)
    assert [(w.code, w.task, w.cell) for w in item.warnings] == [("bad-number", 4, "指标填报!F3")]


def test_an_untouched_figure_is_none() -> None:
    assert one(answered()).indicators == (IndicatorValue(4, "年度投资", None, cell="指标填报!F3"),)


def test_figures_of_several_schools_in_one_workbook_are_their_own() -> None:
    book, other = answered(), template(SECOND)
    book[L.FORM_INDICATORS]["F3"], other[L.FORM_INDICATORS]["F3"] = 10, 20
    for name in (L.FORM, L.FORM_INDICATORS):
        page = book.create_sheet(f"{name} (2)")
        for row in other[name].iter_rows(values_only=True):
            page.append(row)
    figures = {item.unit: [i.value for i in item.indicators] for item in read(book).items}
    assert figures == {"S001": [10], "S002": [20]}


def test_problems_are_read() -> None:
    book = answered()
    page = book[L.FORM_PROBLEMS]
    for column, value in enumerate((3, "实验室不足", "新建两间", "李四", date(2022, 9, 1), "整改中"), 1):
        page.cell(3, column).value = value
    assert one(book).problems == (Problem(3, "实验室不足", "新建两间", "李四", "2022-09-01", "整改中"),)


def test_a_problem_of_no_task_is_told() -> None:
    book = answered()
    book[L.FORM_PROBLEMS]["B3"] = "实验室不足"
    item = one(book)
    assert item.problems == ()
    assert [(w.code, w.level, w.cell) for w in item.warnings] == [("unknown-task", "must", "问题清单!B3")]


# --- nothing gets lost ------------------------------------------------------------------------------------
def test_every_row_with_content_ends_as_an_entry_or_in_a_warning() -> None:
    rows: list[tuple[Any, ...]] = [
        ROW, ("1.1", "自加的一步"), (), (2, TASKS[2].title, "已完成", "100%"), ("", "", "", "", "续写的进展"),
        (2, TASKS[2].title, "推进中"), (99, "不认识", "推进中"), ("小计", "", "", "90%"), (3, TASKS[3].title),
        ("三、其他工程",), ("①", "分项"), (4, "改了名", "说不清", "很多", "x"), (), ("填表人：张三",),
        ("序号", "姓名", "电话"),
        (1, "张三", "139"), (5, "李四", "138"),
    ]  # fmt: skip
    item = one(table(rows))
    filled = {number for number, row in enumerate(rows, 3) if row and number != 17}
    assert spoken_rows([item], "Sheet1", filled) == filled
    assert [(e.task, e.status) for e in item.entries] == [(1, "推进中"), (2, "已完成"), (3, ""), (4, "")]


def test_a_list_of_problems_in_other_words_is_no_entry_table() -> None:
    book = answered()
    book[L.FORM_PROBLEMS]["B2"] = "存在问题"
    book[L.FORM_PROBLEMS]["A3"], book[L.FORM_PROBLEMS]["B3"] = 3, "实验室不足"
    item = one(book)
    assert item.problems == (Problem(3, "实验室不足"),)
    assert item.warnings == ()


def test_a_contact_above_the_table_is_no_part_of_its_header() -> None:
    item = one(table([ROW], above=(("单位：民乐二中", "", "联系电话", "139"),)), "收回.xlsx")
    assert (item.unit, len(item.entries)) == ("S002", 1)


def test_a_row_of_spaces_is_nothing() -> None:
    assert one(table([ROW, ("  ", "", " ")])).warnings == ()


def test_a_merged_task_number_in_a_side_table_holds_for_its_rows() -> None:
    book = answered()
    page = book[L.FORM_PROBLEMS]
    page["A3"], page["B3"], page["B4"] = 3, "实验室不足", "操场未硬化"
    page.merge_cells("A3:A4")
    assert one(book).problems == (Problem(3, "实验室不足"), Problem(3, "操场未硬化"))


def test_a_remark_below_a_side_table_is_told_mildly() -> None:
    book = answered()
    book[L.FORM_INDICATORS]["A9"] = "注：数据截至6月"
    assert [(w.code, w.level, w.cell) for w in one(book).warnings] == [
        ("unknown-task", "explain", "指标填报!A9")
    ]


def test_two_tasks_of_one_title_are_not_told_apart_by_it() -> None:
    tasks = {1: TASKS[1], 2: evolve(TASKS[2], title=TASKS[1].title)}
    book = table([(TASKS[1].title, "推进中", "80%")], (L.TASK_TITLE, L.STATUS, L.PROGRESS))
    item = one(book, context=evolve(CONTEXT, tasks=tasks))
    assert (item.entries, listed(item)) == ((), ["unknown-task"])


def test_a_sheet_of_nobody_among_those_of_schools_is_told_and_left_out() -> None:
    book = table([ROW], sheet="民乐一中", above=())
    page = book.create_sheet("某校")
    page.append([L.TASK_NO, L.STATUS, L.REPORT])
    page.append([1, "推进中"])
    item = one(book, "汇总.xlsx")
    assert (item.unit, len(item.entries)) == ("S001", 1)
    (warning,) = item.warnings
    assert (warning.code, warning.level, warning.cell) == ("unknown-task", "must", "某校!A1")
    assert "某校" in warning.note


def test_a_file_of_sheets_of_nobody_is_refused() -> None:
    book = table([ROW], sheet="甲", above=())
    book.copy_worksheet(book["甲"]).title = "乙"
    assert rejection(read(book, "汇总.xlsx")) == "unknown-unit"


def test_a_second_table_beside_changes_nothing_and_is_told() -> None:
    columns = (L.TASK_NO, L.STATUS, L.PROGRESS, "", L.TASK_NO, L.STATUS)
    item = one(table([(1, "推进中", "80%", "", 1, "已完成"), (2, "未启动", "", "", 3, "已完成")], columns))
    assert [(e.task, e.status) for e in item.entries] == [(1, "推进中"), (2, "未启动")]
    assert [(w.code, w.level, w.cell) for w in item.warnings] == [("unknown-task", "explain", "Sheet1!E2")]


# --- several units in one table -----------------------------------------------------------------------
UNIT_ROWS = [
    ("民乐一中", 1, TASKS[1].title, "推进中", "80%"),
    ("", 2, TASKS[2].title, "未启动", ""),
    ("S002", 1, TASKS[1].title, "已完成", "100%"),
    ("民乐县第二中学", 2, TASKS[2].title, "推进中", "50%"),
    ("合计", "", "", "", ""),
]
UNIT_COLUMNS = ("单位", L.TASK_NO, L.TASK_TITLE, L.STATUS, L.PROGRESS)


def by_unit(book: Any, path: str = "学区汇总.xlsx") -> dict[str, dict[int, str]]:
    reading = read(book, path)
    assert reading.rejected is None
    return {item.unit: {e.task: e.status for e in item.entries} for item in reading.items}


def test_a_table_with_a_column_of_units_is_divided() -> None:
    book = table(UNIT_ROWS, UNIT_COLUMNS, above=())
    assert by_unit(book) == {"S001": {1: "推进中", 2: "未启动"}, "S002": {1: "已完成", 2: "推进中"}}
    told = [w for item in read(book, "学区汇总.xlsx").items for w in item.warnings]
    assert [(w.code, w.cell) for w in told] == [("unit-carried", "Sheet1!A3"), ("unknown-task", "Sheet1!A6")]


@pytest.mark.parametrize("header", ["单位名称", "学校", "学校名称", "填报单位", "单位编码"])
def test_the_column_of_units_in_other_words(header: str) -> None:
    rows = [("S001", 1, "", "推进中", "80%"), ("S008", 1, "", "未启动", "")]
    book = table(rows, (header, *UNIT_COLUMNS[1:]), above=())
    assert by_unit(book) == {"S001": {1: "推进中"}, "S008": {1: "未启动"}}


def test_beside_a_column_of_schools_a_vaguer_word_is_another_column() -> None:
    rows = [("洪水镇", "民乐一中", 1, "推进中", "50%"), ("洪水镇", "民乐二中", 1, "已完成", "100%")]
    book = table(rows, ("单位", "学校", L.TASK_NO, L.STATUS, L.PROGRESS), above=())
    assert by_unit(book) == {"S001": {1: "推进中"}, "S002": {1: "已完成"}}
    told = [(w.level, w.value) for item in read(book, "x.xlsx").items for w in item.warnings]
    assert told == [("explain", "洪水镇")] * 2


def test_merged_units_and_tasks_hold_for_the_rows_below() -> None:
    rows = [
        ("民乐一中", 1, "", "推进中", ""),
        ("", 2, "", "未启动", ""),
        ("民乐二中", 2, "", "已完成", ""),
        ("洪水中学", "", "", "推进中", ""),
    ]
    book = table(rows, UNIT_COLUMNS, above=())
    book.active.merge_cells("A2:A3")
    book.active.merge_cells("B4:B5")
    assert by_unit(book) == {"S001": {1: "推进中", 2: "未启动"}, "S002": {2: "已完成"}, "S008": {2: "推进中"}}
    assert all(item.warnings == () for item in read(book, "x.xlsx").items)


def test_rows_of_a_unit_that_nobody_knows_are_told() -> None:
    rows = [*UNIT_ROWS[:4], ("某校", 1, TASKS[1].title, "推进中", "10%"), ("", 2, "", "推进中", "20%")]
    book = table(rows, UNIT_COLUMNS, above=())
    told = [(w.code, w.level, w.cell) for item in read(book, "x.xlsx").items for w in item.warnings]
    assert ("unknown-task", "must", "Sheet1!A6") in told
    assert by_unit(book) == {"S001": {1: "推进中", 2: "未启动"}, "S002": {1: "已完成", 2: "推进中"}}


def test_a_column_that_names_one_unit_only_is_like_the_cell_above_the_table() -> None:
    rows = [("民乐二中", no, TASKS[no].title, "推进中", "80%") for no in (1, 2)]
    assert by_unit(table(rows, UNIT_COLUMNS, above=())) == {"S002": {1: "推进中", 2: "推进中"}}


def test_tables_of_schools_one_below_the_other() -> None:
    header = (L.TASK_NO, L.TASK_TITLE, L.STATUS, L.PROGRESS, L.REPORT)
    rows = [ROW, (), ("单位：民乐二中",), header, (1, TASKS[1].title, "已完成", "100%")]
    assert by_unit(table(rows)) == {"S001": {1: "推进中"}, "S002": {1: "已完成"}}


def test_sheets_of_several_templates_moved_into_one_workbook() -> None:
    book = answered()
    page = book.create_sheet("二中")
    for row in (("单位：民乐二中",), (L.TASK_NO, L.STATUS, L.REPORT), (1, "已完成", "x")):
        page.append(row)
    assert {unit: len(entries) for unit, entries in by_unit(book).items()} == {"S001": 4, "S002": 1}


def test_a_column_of_units_in_a_schools_own_form_divides_nothing() -> None:
    book = answered()
    page = book[L.FORM]
    header, _ = places(page)
    last = page.max_column + 1
    for row, value in enumerate(("单位", "民乐二中", "洪水中学", "教务处", ""), header):
        page.cell(row, last).value = value
    item = one(book)
    assert (item.unit, len(item.entries)) == ("S001", 4)


def test_an_example_of_another_school_below_the_form_is_told_and_left_out() -> None:
    book = answered()
    page = book[L.FORM]
    header, _ = places(page)
    page.append([])
    page.append(["单位：民乐二中"])
    page.append([cell.value for cell in page[header]])
    page.append([1, None, None, None, None, "已完成"])
    item = one(book)
    assert (item.unit, len(item.entries), entry(item, 1).status) == ("S001", 4, "推进中")
    (warning,) = item.warnings
    assert (warning.code, warning.level) == ("unknown-task", "must") and "S002 民乐县第二中学" in warning.note


def test_an_unnamed_sheet_in_the_workbook_of_a_district_is_nobodys() -> None:
    book = table([ROW], sheet="民乐一中", above=())
    for name in ("洪水中学", "Sheet4"):
        book.copy_worksheet(book["民乐一中"]).title = name
    items = read(book, "各校.xlsx").items
    assert [item.unit for item in items] == ["S001", "S008"]
    assert [(w.code, w.level) for item in items for w in item.warnings] == [("unknown-task", "must")]


def test_a_file_called_after_another_school_is_told() -> None:
    item = one(answered(), "S002_民乐县第二中学_2022-06.xlsx")
    assert item.unit == "S001"
    assert [(w.code, w.level) for w in item.warnings] == [("name-differs", "explain")]


def test_a_master_among_the_returns_is_refused_as_what_it_is() -> None:
    book = answered()
    book[L.META].append(["generation", "12"])
    reading = read(book, "总台账.xlsm")
    assert rejection(reading) == "no-entry-table" and "这是总台账" in reading.rejected.note  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("folder", "unit"), [("民乐一中", "S001"), ("洪水学区", ""), ("基教股收的表", ""), ("二中/附件", "")]
)
def test_a_folder_names_its_school(folder: str, unit: str) -> None:
    reading = read(table([ROW], above=()), f"{folder}/填报表.xlsx")
    assert [item.unit for item in reading.items] == ([unit] if unit else [])


def test_without_a_roster_units_are_as_written() -> None:
    book = table(UNIT_ROWS, UNIT_COLUMNS, above=())
    items = read(book, "学区汇总.xlsx", evolve(CONTEXT, roster=None)).items
    assert [(i.unit, i.unit_label) for i in items] == [("", "民乐一中"), ("", "S002"), ("", "民乐县第二中学")]
