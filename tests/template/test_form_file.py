"""The workbook a unit gets, read back with openpyxl: what stands where, what is locked, what it accepts."""

from __future__ import annotations

import zipfile
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from attrs import evolve
from openpyxl.utils import get_column_letter

from eduxl import flags
from eduxl import labels as L
from eduxl.errors import FileProblem
from eduxl.model import Entry, Unit
from eduxl.returns import synonyms
from eduxl.template import (
    Form,
    Mend,
    Sendback,
    form_bytes,
    form_filename,
    layout,
    schema,
    write_form,
    write_forms,
)
from eduxl.template.sheet import open_cells

from .forms import DONE, make_form


def load(form: Form, folder: Path, **options: Any) -> Any:
    path = folder / "form.xlsx"
    write_form(form, path)
    return openpyxl.load_workbook(path, **options)


def header(ws: Any) -> dict[str, int]:
    return {cell.value: cell.column for cell in ws[layout.HEADER_ROW + 1] if cell.value}


def row_values(ws: Any, task: int) -> dict[str, Any]:
    columns = header(ws)
    for row in ws.iter_rows(min_row=layout.FIRST_ROW + 1):
        if row[columns[L.TASK_NO] - 1].value == task:
            return {name: row[at - 1].value for name, at in columns.items()}
    raise AssertionError(f"no row for task {task}")


# --- what stands in it ----------------------------------------------------------------------------
@pytest.mark.parametrize("count", [1, 21, 60])
def test_one_row_per_task_under_the_fixed_columns(tmp_path: Path, count: int) -> None:
    ws = load(make_form(count, plain=True), tmp_path)[L.FORM]
    assert tuple(header(ws)) == L.FORM_COLUMNS
    numbers = [ws.cell(layout.FIRST_ROW + 1 + at, 1).value for at in range(count)]
    assert numbers == list(range(1, count + 1))
    assert ws.max_row == layout.FIRST_ROW + count


def test_the_unit_is_named_beside_its_label(tmp_path: Path) -> None:
    ws = load(make_form(), tmp_path)[L.FORM]
    assert ws["A1"].value == "民乐县2022年教育工作要点填报表"
    assert (ws["A2"].value, ws["B2"].value) == ("单位：", "MZ001 民乐县第一中学")
    assert "2022-06" in ws["D2"].value and "2022年6月25日" in ws["D2"].value


def test_a_carried_answer_is_filled_in_and_stays_text(tmp_path: Path) -> None:
    ws = load(make_form(), tmp_path)[L.FORM]
    row = row_values(ws, 2)
    assert row[L.STATUS] == L.COMPLETED
    assert row[L.PROGRESS] == 1
    assert row[L.DONE_ON] == datetime(2022, 5, 12)
    assert row[L.REPORT] == "=已印发实施方案"
    assert row[L.PHONE] == "013900001234"
    cell = ws.cell(layout.FIRST_ROW + 2, header(ws)[L.REPORT])
    assert cell.data_type == "s", "a text that begins with = must not become a formula"
    assert not cell.protection.locked


def test_other_earlier_answers_stand_beside_never_in_the_answer_cells(tmp_path: Path) -> None:
    ws = load(make_form(), tmp_path)[L.FORM]
    for task in (3, 5):
        assert not any(row_values(ws, task)[column] for column in L.ANSWER_COLUMNS)
    assert row_values(ws, 3)["上期轮次"] == "2022-05"
    assert row_values(ws, 3)["上期状态"] == L.UNDER_WAY
    assert row_values(ws, 3)["上期进度"] == 0.6
    assert row_values(ws, 3)["上期进展"] == "完成自查，建立台账"


def test_what_was_sent_back_says_why_left_of_the_answers(tmp_path: Path) -> None:
    ws = load(make_form(), tmp_path)[L.FORM]
    assert row_values(ws, 5)["退回意见"] == "没有附验收材料，请补充。"
    assert header(ws)["退回意见"] == header(ws)[L.STATUS] - 1
    assert "1 项被退回" in ws["D3"].value


def test_an_unreadable_earlier_progress_shows_as_it_was_written(tmp_path: Path) -> None:
    form = make_form(3)
    odd = Entry(3, L.UNDER_WAY, report="在做", raw={L.PROGRESS: "过半"})
    form = evolve(form, rows=(evolve(form.rows[0], previous=odd, previous_round="2022-05"),))
    assert row_values(load(form, tmp_path)[L.FORM], 1)["上期进度"] == "过半"


def test_the_hidden_sheet_names_tracker_round_and_unit(tmp_path: Path) -> None:
    ws = load(make_form(), tmp_path)[L.META]
    assert ws.sheet_state == "veryHidden"
    assert {a: b for a, b in ws.iter_rows(max_col=2, values_only=True)} == {
        "schema": "1",
        "tracker": "minle-2022",
        "round": "2022-06",
        "unit": "MZ001",
        "version": "1",
        "as_of": "2022-06-01",
    }


def test_side_sheets_only_where_a_task_asks_for_them(tmp_path: Path) -> None:
    with_both = load(make_form(21), tmp_path)
    assert with_both.sheetnames == [
        L.FORM,
        L.FORM_INDICATORS,
        L.FORM_PROBLEMS,
        L.FORM_BODIES,
        L.FORM_HELP,
        L.META,
    ]
    assert load(make_form(1), tmp_path).sheetnames == [L.FORM, L.FORM_BODIES, L.FORM_HELP, L.META]
    indicators = list(with_both[L.FORM_INDICATORS].iter_rows(min_row=2, values_only=True))
    assert indicators[0] == (L.TASK_NO, L.TASK_TITLE, "指标名称", "目标值", "计量单位", "本期完成值", L.NOTE)
    assert indicators[1] == (4, "扩充优质教育资源", "年度投资", 10256, "万元", None, None)
    assert indicators[2][2:5] == ("新增学位", None, "个")
    problems = with_both[L.FORM_PROBLEMS]
    assert [c.value for c in problems[2]] == [
        L.TASK_NO, "问题描述", "整改措施", "责任人", "整改时限", "整改状态",
    ]  # fmt: skip
    assert problems.max_row == 2 + schema.PROBLEM_ROWS
    assert not any(cell.protection.locked for row in problems.iter_rows(min_row=3) for cell in row)


def test_task_texts_come_whole_even_where_no_row_is_high_enough(tmp_path: Path) -> None:
    form = make_form(1)
    long = "".join(f"第{number}条措施要落到实处，责任到人。" for number in range(400))
    task = evolve(form.rows[0].task, body=long, checklist=())
    form = evolve(form, rows=(evolve(form.rows[0], task=task),))
    ws = load(form, tmp_path)[L.FORM_BODIES]
    rows = list(ws.iter_rows(min_row=3))
    assert "".join(row[2].value for row in rows) == long
    assert [row[0].value for row in rows] == [1] + [None] * (len(rows) - 1)
    assert len(rows) > 1
    for row in rows:
        height = ws.row_dimensions[row[0].row].height
        assert height <= 409
        # 16.5 points a line, 13.4 pixels a character
        assert layout.text_lines(row[2].value, ws.column_dimensions["C"].width) * 16.5 <= height


def test_a_text_longer_than_a_cell_is_cut_with_a_mark_not_lost(tmp_path: Path) -> None:
    form = make_form(2)
    carried = evolve(DONE, report="𠮷" * 20_000)
    form = evolve(form, rows=(evolve(form.rows[1], carried=carried),))
    shown = row_values(load(form, tmp_path)[L.FORM], 2)[L.REPORT]
    assert shown.startswith("𠮷" * 1000) and shown.endswith("…")
    assert len(shown.encode("utf-16-le")) // 2 <= 32_767


# --- what it lets a school do ---------------------------------------------------------------------
def test_given_cells_are_locked_and_answer_cells_are_open(tmp_path: Path) -> None:
    ws = load(make_form(), tmp_path)[L.FORM]
    assert ws.protection.sheet and not ws.protection.password
    assert not ws.protection.formatColumns and not ws.protection.formatRows, "False in the file means allowed"
    for name, at in header(ws).items():
        assert ws.cell(layout.FIRST_ROW + 1, at).protection.locked is (name not in L.ANSWER_COLUMNS), name
    assert ws["A3"].protection.locked


def validations(ws: Any) -> dict[str, Any]:
    columns = {at: name for name, at in header(ws).items()}
    return {
        columns[rule.sqref.ranges.copy().pop().min_col]: rule for rule in ws.data_validations.dataValidation
    }


def test_limits_of_the_answer_cells(tmp_path: Path) -> None:
    ws = load(make_form(), tmp_path)[L.FORM]
    rules = validations(ws)
    status = rules[L.STATUS]
    assert status.formula1.strip('"').split(",") == list(L.STATUSES)
    assert str(status.sqref) == "G5:G25", "every row, no row more"
    progress = rules[L.PROGRESS]
    assert (progress.type, progress.formula1, progress.formula2) == ("decimal", "0", "1")
    days = [
        datetime(1899, 12, 30).toordinal() + int(x)
        for x in (rules[L.DONE_ON].formula1, rules[L.DONE_ON].formula2)
    ]
    assert [date.fromordinal(day) for day in days] == [date(2021, 1, 1), date(2023, 12, 31)]
    for name in (L.STATUS, L.PROGRESS, L.DONE_ON):
        assert rules[name].errorStyle in (None, "stop")
        assert rules[name].error and rules[name].prompt
        assert len(rules[name].error) <= 255 and len(rules[name].prompt) <= 255
    formats = {name: ws.cell(5, at).number_format for name, at in header(ws).items()}
    assert formats[L.PROGRESS] == "0%"
    assert formats[L.DONE_ON] == formats[L.DUE] == "yyyy-mm-dd"
    assert formats[L.REPORTER] == formats[L.PHONE] == "@"


def test_the_problem_list_offers_the_units_own_task_numbers(tmp_path: Path) -> None:
    rules = load(make_form(), tmp_path)[L.FORM_PROBLEMS].data_validations.dataValidation
    by_cell = {str(rule.sqref): rule.formula1 for rule in rules}
    assert by_cell == {"A3:A17": "'填报表'!$A$5:$A$25", "F3:F17": '"未整改,整改中,已整改"'}


def test_rows_may_grow_while_a_school_types(tmp_path: Path) -> None:
    write_form(make_form(), tmp_path / "form.xlsx")
    xml = zipfile.ZipFile(tmp_path / "form.xlsx").read("xl/worksheets/sheet1.xml").decode()
    assert 'ht="' in xml
    assert "customHeight" not in xml, "Excel never adjusts a row whose height counts as set by hand"


def test_the_page_is_one_a4_wide_with_its_header_on_every_page(tmp_path: Path) -> None:
    ws = load(make_form(60), tmp_path)[L.FORM]
    assert (ws.page_setup.paperSize, ws.page_setup.orientation) == (9, "landscape")
    assert ws.sheet_properties.pageSetUpPr.fitToPage
    assert ws.page_setup.fitToWidth in (None, 1) and ws.page_setup.fitToHeight == 0, "1 is the default"
    assert ws.print_title_rows == "$4:$4"
    assert ws.freeze_panes == "D5"
    assert "民乐县第一中学" in ws.oddFooter.left.text
    # 上期… is not printed: it would only make the unit's own answers smaller
    last = header(ws)[L.PHONE]
    assert ws.print_area == f"'填报表'!$A$1:${get_column_letter(last)}$64"


# --- 还有 N 项未填 ---------------------------------------------------------------------------------
def test_the_cached_count_is_that_of_the_rows(tmp_path: Path) -> None:
    form = make_form(21)
    assert load(form, tmp_path, data_only=True)[L.FORM]["A3"].value == "还有 20 项未填"
    half_carried = evolve(form.rows[1], carried=evolve(DONE, done_on=None))
    assert open_cells(half_carried) == 1, "已完成 without a date still asks for the date"
    assert str(load(form, tmp_path)[L.FORM]["A3"].value).startswith('="还有 "&SUMPRODUCT(')


@pytest.mark.parametrize("status", ["", *L.STATUSES])
def test_what_the_template_counts_is_what_the_flag_misses(status: str) -> None:
    """The template and the flag 漏填 must never disagree about what is needed."""
    missed = flags.missing_fields(Entry(1, status))
    assert set(schema.needed(status)) - ({L.STATUS} if status else set()) == set(missed)


def test_every_value_a_drop_down_offers_is_one_the_model_knows() -> None:
    assert schema.FIELD[L.STATUS].choices == L.STATUSES
    assert set(schema.NEEDED) == set(L.STATUSES)
    for field in schema.FIELDS:
        assert set(field.idle) <= set(L.STATUSES)
        assert not set(field.idle) & set(schema.statuses_needing(field.column)), (
            "needed and greyed out at once"
        )


def test_a_form_without_tasks_is_still_a_workbook(tmp_path: Path) -> None:
    ws = load(make_form(0), tmp_path)[L.FORM]
    assert ws["A3"].value == "还有 0 项未填"


# --- files ----------------------------------------------------------------------------------------
def test_the_same_form_gives_the_same_bytes() -> None:
    assert form_bytes(make_form()) == form_bytes(make_form())


def test_the_workbook_is_dated_by_the_form_not_by_the_clock(tmp_path: Path) -> None:
    assert load(make_form(), tmp_path).properties.created == datetime(2022, 6, 1)


@pytest.mark.parametrize(
    ("code", "name", "expected"),
    [
        ("MZ001", "民乐县第一中学", "MZ001_民乐县第一中学_2022-06.xlsx"),
        ("A/1", '县一中<东>"校区"?', "A／1_县一中＜东＞＂校区＂？_2022-06.xlsx"),
        ("7", " 城关\t小学\n", "7_城关 小学_2022-06.xlsx"),
        ("~$X", "幼儿园", "X_幼儿园_2022-06.xlsx"),
        ("con.1", "校", "_con.1_校_2022-06.xlsx"),
    ],
)
def test_file_names_that_windows_takes(code: str, name: str, expected: str) -> None:
    assert form_filename(make_form(1, code=code, name=name)) == expected


def test_a_very_long_name_is_cut_but_code_and_round_stay(tmp_path: Path) -> None:
    form = make_form(1, code="MZ001", name="民乐县" + "𠮷祥" * 100)
    name = form_filename(form)
    assert name.startswith("MZ001_民乐县𠮷祥") and name.endswith("_2022-06.xlsx")
    assert len(name.encode()) <= 220
    [path] = write_forms([form], tmp_path)
    assert openpyxl.load_workbook(path)[L.FORM]["B2"].value == f"MZ001 {form.unit.name}", (
        "the sheet keeps it whole"
    )


def test_write_forms_reports_progress_and_never_overwrites_a_twin(tmp_path: Path) -> None:
    form = make_form(1)
    forms = [evolve(form, unit=Unit(code, "小学")) for code in ("a1", "A1", "b2")]
    seen: list[int] = []
    paths = write_forms(forms, tmp_path / "templates" / "2022-06", seen.append)
    assert [p.name for p in paths] == [
        "a1_小学_2022-06.xlsx",
        "A1_小学_2022-06(2).xlsx",
        "b2_小学_2022-06.xlsx",
    ]
    assert seen == [1, 2, 3]
    assert sorted(p.name for p in paths[0].parent.iterdir()) == sorted(p.name for p in paths), (
        "nothing left over"
    )
    assert openpyxl.load_workbook(paths[1])[L.META]["B4"].value == "A1"


def test_a_folder_that_is_a_file_is_said_in_words(tmp_path: Path) -> None:
    (tmp_path / "templates").write_text("x")
    with pytest.raises(FileProblem, match="弄混"):
        write_forms([make_form(1)], tmp_path / "templates")


def test_a_path_that_cannot_be_written_is_said_in_words(tmp_path: Path) -> None:
    (tmp_path / "form.xlsx").mkdir()
    with pytest.raises(FileProblem, match="是一个文件夹"):
        write_form(make_form(1), tmp_path / "form.xlsx")
    assert [p.name for p in tmp_path.iterdir()] == ["form.xlsx"]


# --- room for text --------------------------------------------------------------------------------
def test_line_estimates() -> None:
    assert layout.text_lines("", 10) == 1
    assert layout.text_lines("一\n二\n三", 10) == 3
    assert layout.text_lines("教育" * 50, 36) > layout.text_lines("ab" * 50, 36)


def test_rows_are_high_enough_for_their_text_and_for_typing(tmp_path: Path) -> None:
    form = make_form(2)
    form = evolve(
        form, rows=(form.rows[0], evolve(form.rows[1], carried=evolve(DONE, report="推进顺利。" * 60)))
    )
    ws = load(form, tmp_path)[L.FORM]
    heights = [ws.row_dimensions[layout.FIRST_ROW + 1 + at].height for at in range(2)]
    assert heights[0] >= 3 * 16.5
    assert heights[1] >= 300 / 18 * 16.5, "300 characters, 18 in a line"


def test_the_package_is_valid_office_open_xml(tmp_path: Path) -> None:
    from openxml_audit import OpenXmlValidator  # type: ignore[import-untyped]

    for number, form in enumerate([*map(make_form, (0, 1, 21, 60)), sent_back_form()]):
        path = tmp_path / f"{number}.xlsx"
        write_form(evolve(form, unit=Unit("MZ001", "第一<中学>&“附小”")), path)
        result = OpenXmlValidator().validate(path)
        assert result.is_valid, [str(error) for error in result.errors]


# --- a form that goes back ------------------------------------------------------------------------
def sent_back_form() -> Form:
    """Task 1 answered with an odd status and a long text, task 2 left empty."""
    form = make_form()
    odd = Entry(1, report='=他说"好"\n' + "推进顺利。" * 99, raw={L.STATUS: "=差不多"})
    mends = (
        Mend(1, L.STATUS, "must", "=差不多", "读不懂。", "请改。"),
        Mend(1, L.STATUS, "explain", "", "也请核对。", "请核对。"),
        Mend(1, L.REPORT, "explain", odd.report, "=太长<>&", "请改短。"),
        Mend(2, L.STATUS, "must", "", "没有填。", "请填。"),
        Mend(None, "", "must", "自己加的", "不是任务。", "请写到任务那一行。"),
    )
    back = Sendback(mends, "=学校的表.xlsx", date(2022, 6, 20), datetime(2022, 6, 20, 9, 0, 1))
    rows = (evolve(form.rows[0], answer=odd), evolve(form.rows[1], answer=Entry(2)), *form.rows[2:])
    return evolve(form, rows=rows, sendback=back)


def test_a_form_that_goes_back_says_so_in_its_name_its_help_and_its_date(tmp_path: Path) -> None:
    form = sent_back_form()
    assert form_filename(form) == "MZ001_民乐县第一中学_2022-06_退回.xlsx"
    book = load(form, tmp_path)
    assert "退回修改" in book[L.FORM_HELP]["B2"].value
    assert book.properties.modified == datetime(2022, 6, 20, 9, 0, 1)
    assert form_bytes(form) == form_bytes(form)


def test_what_a_unit_wrote_stays_text_wherever_it_is_repeated(tmp_path: Path) -> None:
    form = sent_back_form()
    book = load(form, tmp_path)
    row = row_values(book[L.FORM], 1)
    assert (row[L.STATUS], row[L.REPORT]) == (
        "=差不多",
        form.rows[0].answer.report if form.rows[0].answer else "",
    )
    assert not any(row_values(book[L.FORM], 2)[column] for column in L.ANSWER_COLUMNS), (
        "an answer that the unit emptied is not carried over again"
    )
    cells = [cell for name in (L.FORM_SENDBACK, L.FORM) for line in book[name] for cell in line]
    assert [cell.coordinate for cell in cells if cell.data_type == "f"] == ["A3"]


def test_one_cell_has_one_note_with_all_that_is_wrong_what_must_be_done_first(tmp_path: Path) -> None:
    ws = load(sent_back_form(), tmp_path)[L.FORM]
    cell = ws.cell(layout.FIRST_ROW + 1, header(ws)[L.STATUS])
    assert cell.comment.text == "【必须改】读不懂。\n怎么改：请改。\n\n【请核对】也请核对。\n怎么改：请核对。"
    assert cell.fill.start_color.rgb == "FFFF9B9B" and not cell.protection.locked


def test_no_header_of_the_list_is_one_that_a_reader_takes_for_an_answer() -> None:
    known = (synonyms.HEADERS, synonyms.INDICATOR_HEADERS, synonyms.PROBLEM_HEADERS)
    taken = {words[name] for words in known for name in layout.SENDBACK_WIDTHS if name in words}
    assert taken == {L.TASK_NO, L.TASK_TITLE}
