"""The plan workbook: out, corrected by a clerk in every way, and in again."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from attrs import evolve, frozen
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from eduxl import labels as L
from eduxl.errors import FileProblem, PlanError
from eduxl.model import Indicator, Note, Plan, Project, Task
from eduxl.plan import cells as C
from eduxl.plan import read_plan, review, write_plan_workbook
from tests.plan.builders import SEED, plan_of, units
from tests.plan.test_office import converted, needs_office

HEADER = 4


@pytest.fixture
def seed() -> Plan:
    return read_plan(SEED)


@pytest.fixture
def book(tmp_path: Path, seed: Plan) -> Path:
    path = tmp_path / "计划.xlsx"
    write_plan_workbook(seed, path)
    return path


def back(path: Path, plan: Plan) -> Plan:
    """Read again, under the name of the file that `plan` came from."""
    return evolve(read_plan(path), source=plan.source)


class Clerk:
    """Edits the workbook as a person would: finds a cell by task number and column name."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.book = openpyxl.load_workbook(path)
        self.sheet: Any = self.book["计划"]

    def column(self, name: str) -> int:
        return next(c.column for c in self.sheet[HEADER] if c.value == name)

    def row(self, no: int) -> int:
        place = self.column("编号")
        return next(
            r for r in range(HEADER + 1, self.sheet.max_row + 1) if self.sheet.cell(r, place).value == no
        )

    def put(self, no: int, name: str, value: object, shape: str | None = None) -> None:
        cell = self.sheet.cell(self.row(no), self.column(name))
        cell.value = value
        if shape:
            cell.number_format = shape

    def add(self, **values: object) -> None:
        row = self.sheet.max_row + 1
        for name, value in values.items():
            self.sheet.cell(row, self.column(name), value)

    def read(self) -> Plan:
        self.book.save(self.path)
        return read_plan(self.path)


def task(plan: Plan, no: int) -> Task:
    return next(t for t in plan.tasks if t.no == no)


def codes(found: Task) -> list[str]:
    return [n.code for n in found.review]


# --- unchanged ------------------------------------------------------------------------------------
def test_an_unchanged_plan_reads_back(book: Path, seed: Plan) -> None:
    assert back(book, seed) == seed


def test_saved_by_another_program(book: Path, seed: Plan) -> None:
    assert evolve(Clerk(book).read(), source=seed.source) == seed


@pytest.mark.office
@needs_office
@pytest.mark.parametrize("kind", ["xls", "ods"])
def test_saved_in_another_format(book: Path, seed: Plan, kind: str) -> None:
    assert back(converted(book, kind), seed) == seed


def test_everything_a_plan_can_hold_reads_back(tmp_path: Path) -> None:
    plan = plan_of(
        "一、党建工程（一期）",
        "3.加强党建（试行）。新建幼儿园3所，入园率达到95.5%以上。（1）学习；（2）培训。",
        "牵头单位：党办", "配合单位：教研室、人事股", "落实学校：各幼儿园（含民办、公办）、各学区",
        "完成时间：6月底前建立，并长期坚持",
        "二、保障工程", "5.加强学习。", "责任单位：各相关学校", "完成时间：视情况", "三、其他工作",
        "以上任务未明确完成时限的，均于2022年12月底前完成。",
    )  # fmt: skip
    assert plan.tasks[0].recurrence == "ongoing" and len(plan.tasks[0].indicators) == 2
    assert {n.code for n in plan.review} == {"number-gap", "empty-project", "sentence-default-due"}
    write_plan_workbook(plan, tmp_path / "计划.xlsx")
    assert back(tmp_path / "计划.xlsx", plan) == plan


def test_a_plan_without_projects(tmp_path: Path) -> None:
    plan = plan_of("1.甲。", "责任单位：党办", "2.乙。", "完成时间：每月25日前")
    write_plan_workbook(plan, tmp_path / "计划.xlsx")
    assert back(tmp_path / "计划.xlsx", plan) == plan


def test_texts_that_look_like_formulas_or_addresses_stay_texts(tmp_path: Path) -> None:
    body = "=1+1\nhttp://example.org\n+甲\n@乙"
    plan = Plan(
        "=标题2022",
        2022,
        "x",
        (Project(1, "=工程"),),
        (Task(1, 1, "=SUM(A1)", body, ("党办",), due=date(2022, 1, 1), due_text="=甲"),),
    )
    write_plan_workbook(plan, tmp_path / "计划.xlsx")
    assert back(tmp_path / "计划.xlsx", plan) == plan
    cell = openpyxl.load_workbook(tmp_path / "计划.xlsx")["计划"].cell(HEADER + 1, 3)
    assert (cell.value, cell.data_type) == ("=SUM(A1)", "s")


def test_two_projects_of_the_same_name_stay_two(tmp_path: Path) -> None:
    plan = plan_of(
        "一、甲工程",
        "1.甲。",
        "责任单位：党办",
        "二、乙工程",
        "2.乙。",
        "责任单位：党办",
        "三、甲工程",
        "3.丙。",
        "责任单位：党办",
    )
    write_plan_workbook(plan, tmp_path / "计划.xlsx")
    assert back(tmp_path / "计划.xlsx", plan) == plan


# --- corrections ----------------------------------------------------------------------------------
def test_a_filled_in_row_loses_its_questions(book: Path, seed: Plan) -> None:
    clerk = Clerk(book)
    clerk.put(21, "牵头单位", "党办、人事股")
    clerk.put(21, "完成时限", date(2022, 12, 31), "yyyy-mm-dd")
    plan = clerk.read()
    found = task(plan, 21)
    assert (found.lead_units, found.due, found.review) == (("党办", "人事股"), date(2022, 12, 31), ())
    assert codes(task(plan, 9)) == ["vague-unit"]
    assert plan.tasks[:20] == seed.tasks[:20]


def test_a_vague_unit_made_clear(book: Path) -> None:
    clerk = Clerk(book)
    clerk.put(9, "落实范围", "民乐一中；各幼儿园（含民办、公办） 县二中")
    found = task(clerk.read(), 9)
    assert units(found) == (("项目办",), (), ("民乐一中", "各幼儿园（含民办、公办）", "县二中"))
    assert found.review == ()


def test_what_was_emptied_is_asked_for(book: Path) -> None:
    clerk = Clerk(book)
    for name in ("牵头单位", "落实范围", "完成时限", "时限原文"):
        clerk.put(1, name, None)
    found = task(clerk.read(), 1)
    assert codes(found) == ["no-unit", "no-due"]


@pytest.mark.parametrize(
    ("value", "shape", "due", "recurrence"),
    [
        (datetime(2022, 6, 15), "yyyy-mm-dd", date(2022, 6, 15), None),
        (datetime(2022, 6, 1), 'yyyy"年"m"月"', date(2022, 6, 30), None),
        ("2022年6月", None, date(2022, 6, 30), None),
        ("6.15", None, date(2022, 6, 15), None),
        (44727, "General", date(2022, 6, 15), None),
        ("每月25日前", None, date(2022, 12, 31), "monthly"),
        ("视情况", None, None, None),
    ],
)
def test_deadlines_as_typed(
    book: Path, value: object, shape: str | None, due: date | None, recurrence: str | None
) -> None:
    clerk = Clerk(book)
    clerk.put(1, "完成时限", value, shape)
    clerk.put(1, "时限原文", None)
    found = task(clerk.read(), 1)
    assert (found.due, found.recurrence) == (due, recurrence)
    assert bool(found.due_text)


def test_the_words_of_the_plan_stay_when_the_date_is_corrected(book: Path) -> None:
    clerk = Clerk(book)
    clerk.put(1, "完成时限", date(2022, 11, 30))
    found = task(clerk.read(), 1)
    assert (found.due, found.due_text) == (date(2022, 11, 30), "2022年12月")


def test_recurrence_from_the_drop_down(book: Path) -> None:
    clerk = Clerk(book)
    for no, choice in ((1, "每周"), (2, "每月"), (3, "每季度"), (4, "持续推进"), (5, "别的")):
        clerk.put(no, "周期", choice)
    plan = clerk.read()
    assert [task(plan, n).recurrence for n in range(1, 6)] == [
        "weekly",
        "monthly",
        "quarterly",
        "ongoing",
        None,
    ]


def test_indicators_and_checklists_as_typed(book: Path) -> None:
    clerk = Clerk(book)
    clerk.put(1, "指标", "新建幼儿园:３所\n入园率：９５．５%；满意度\n人数：1,200名\n比例：（%）\n乱：.,.")
    clerk.put(1, "清单", "甲；乙；甲")
    clerk.put(2, "清单", "甲；乙\n丙")
    plan = clerk.read()
    assert task(plan, 1).indicators == (
        Indicator("新建幼儿园", 3, "所"), Indicator("入园率", 95.5, "%"), Indicator("满意度", None),
        Indicator("人数", 1200, "名"),
        Indicator("比例", None, "%"), Indicator("乱：.,.", None),
    )  # fmt: skip
    assert task(plan, 1).checklist == ("甲", "乙")
    assert task(plan, 2).checklist == ("甲；乙", "丙")


def test_indicator_columns_deleted_are_read_from_the_text(book: Path, seed: Plan) -> None:
    clerk = Clerk(book)
    for name in ("清单", "指标"):
        clerk.sheet.delete_cols(clerk.column(name))
    assert evolve(clerk.read(), source=seed.source) == seed


# --- rows and columns -----------------------------------------------------------------------------
def test_columns_moved_renamed_and_added(tmp_path: Path) -> None:
    made = openpyxl.Workbook()
    sheet = made.active
    assert sheet is not None
    rows: list[list[object]] = [
        ["某县2022年教育工作要点"],
        ["备注", "完成时间", "责任 单位", "任务内容", "序号", "配合科室", "落实学校"],
        ["我的", "6月", "党办、各学区", "加强党建。抓好学习。", "1.", "教研室", "一中"],
        [None, "每周", "同心", "加强学习", "２", None, None],
        [None, None, None, None, "合计", None, 2],
        ["说明：以上", None, None, None, None, None, None],
        [None, None, None, "注：以上任务", None, None, None],
    ]
    for row in rows:
        sheet.append(row)
    made.save(tmp_path / "计划.xlsx")
    plan = read_plan(tmp_path / "计划.xlsx")
    assert (plan.title, plan.year) == ("某县2022年教育工作要点", 2022)
    first, second = plan.tasks
    assert (first.no, first.title, first.body) == (1, "加强党建", "加强党建。抓好学习。")
    assert units(first) == (("党办",), ("教研室",), ("各学区", "一中"))
    assert (second.no, second.recurrence, second.due_text) == (2, "weekly", "每周")


def test_rows_deleted_leave_a_question(book: Path) -> None:
    clerk = Clerk(book)
    clerk.sheet.delete_rows(clerk.row(5))
    clerk.sheet.delete_rows(clerk.row(7))
    plan = clerk.read()
    assert len(plan.tasks) == 19
    assert [n.code for n in plan.review] == ["number-gap"]
    assert "缺第5、7项" in plan.review[0].note
    # The project whose only task went is gone too.
    assert len(plan.projects) == 9


def test_rows_added(book: Path) -> None:
    clerk = Clerk(book)
    clerk.add(任务名称="新的任务", 所属工程="新的工程", 牵头单位="党办", 完成时限=date(2022, 12, 31))
    clerk.add(编号=3, 任务内容="又一项。内容很多。")
    plan = clerk.read()
    new, other = plan.tasks[-2:]
    assert (new.no, new.project, new.title, new.body, new.review) == (22, 11, "新的任务", "新的任务", ())
    assert plan.projects[-1] == Project(11, "新的工程")
    assert (other.no, other.project, other.title) == (23, None, "又一项")
    assert codes(other) == ["no-unit", "no-due", "duplicate-number"]
    assert task(plan, 3).title == "强化党员教师先锋引领和示范带动作用"


def test_rows_sorted_differently_keep_number_and_project(book: Path, seed: Plan) -> None:
    clerk = Clerk(book)
    rows = [[c.value for c in row] for row in clerk.sheet.iter_rows(min_row=HEADER + 1)]
    for r, values in enumerate(reversed(rows), HEADER + 1):
        for c, value in enumerate(values, 1):
            clerk.sheet.cell(r, c).value = value
    plan = clerk.read()
    assert plan.projects == seed.projects
    assert sorted(plan.tasks, key=lambda t: t.no) == list(seed.tasks)


def test_a_renamed_project(book: Path) -> None:
    clerk = Clerk(book)
    for no in (1, 2, 3):
        clerk.put(no, "所属工程", "党建工程")
    plan = clerk.read()
    assert len(plan.projects) == 10
    assert {task(plan, n).project for n in (1, 2, 3)} == {10}
    assert plan.projects[9].title == "党建工程"


def test_merged_projects_and_hidden_sheets(book: Path, seed: Plan) -> None:
    clerk = Clerk(book)
    clerk.sheet.merge_cells(start_row=5, end_row=7, start_column=2, end_column=2)
    other = clerk.book.create_sheet("草稿", 0)
    other.append(["任务名称", "牵头单位"])
    other.append(["不是任务", "党办"])
    other.sheet_state = "hidden"
    assert evolve(clerk.read(), source=seed.source) == seed


def test_title_and_year_corrected(book: Path) -> None:
    clerk = Clerk(book)
    clerk.sheet["C1"] = "民乐县教育工作要点"
    clerk.sheet["C2"] = 2023
    plan = clerk.read()
    assert (plan.title, plan.year) == ("民乐县教育工作要点", 2023)


# --- questions from elsewhere ---------------------------------------------------------------------
def test_questions_about_unknown_units_stay_while_the_unit_does(book: Path, seed: Plan) -> None:
    unknown = Note("unknown-unit", "责任单位“党办”在名册里没有。")
    other = Note("odd-thing", "请核对。")
    plan = evolve(seed, tasks=(evolve(seed.tasks[0], review=(unknown, other)), *seed.tasks[1:]))
    book.unlink()
    write_plan_workbook(plan, book)
    assert back(book, plan) == plan
    clerk = Clerk(book)
    clerk.put(1, "牵头单位", "党办公室")
    assert task(clerk.read(), 1).review == (other,)


def test_a_deadline_taken_from_steps_is_asked_about_until_it_is_corrected(book: Path, seed: Plan) -> None:
    note = review.due_of_steps(["一季度", "四季度"], "第1行")
    first = evolve(seed.tasks[0], due=date(2022, 12, 31), due_text="一季度、四季度", review=(note,))
    plan = evolve(seed, tasks=(evolve(first, position="第1行"), *seed.tasks[1:]))
    book.unlink()
    write_plan_workbook(plan, book)
    assert back(book, plan) == plan
    clerk = Clerk(book)
    clerk.put(1, "完成时限", date(2022, 11, 30), "yyyy-mm-dd")
    assert task(clerk.read(), 1).review == ()


# --- what is no plan workbook ---------------------------------------------------------------------
def test_other_workbooks(tmp_path: Path) -> None:
    with pytest.raises(PlanError) as error:
        read_plan(SEED.with_name("roster-minle.xlsx"))
    assert error.value.code == "not-a-plan"
    form = openpyxl.Workbook()
    assert form.active is not None
    form.active.append(["任务编号", "任务名称", "完成时限", "完成状态"])
    form.active.append([1, "甲", "6月", "已完成"])
    form.save(tmp_path / "填报表.xlsx")
    with pytest.raises(PlanError) as error:
        read_plan(tmp_path / "填报表.xlsx")
    assert error.value.code == "not-a-plan"
    form.create_sheet("_eduxl").sheet_state = "veryHidden"
    form.save(tmp_path / "填报表.xlsx")
    with pytest.raises(PlanError, match="总台账或填报表"):
        read_plan(tmp_path / "填报表.xlsx")


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        ([["计划名称", "要点"], ["年度", 2022], ["任务名称", "完成时限"]], "no-tasks"),
        ([["任务名称", "完成时限"], ["甲", "6月"]], "no-year"),
        ([["任务名称", "说明"], ["甲", "6月"]], "not-a-plan"),
        ([], "not-a-plan"),
    ],
)
def test_incomplete_workbooks(tmp_path: Path, rows: list[list[object]], code: str) -> None:
    made = openpyxl.Workbook()
    assert made.active is not None
    for row in rows:
        made.active.append(row)
    made.save(tmp_path / "计划.xlsx")
    with pytest.raises(PlanError) as error:
        read_plan(tmp_path / "计划.xlsx")
    assert error.value.code == code


def test_a_place_that_cannot_be_written(tmp_path: Path, seed: Plan) -> None:
    with pytest.raises(FileProblem) as error:
        write_plan_workbook(seed, tmp_path / "没有" / "计划.xlsx")
    assert error.value.code == "no-such-path"
    (tmp_path / "占用.xlsx").mkdir()
    with pytest.raises(FileProblem) as error:
        write_plan_workbook(seed, tmp_path / "占用.xlsx")
    assert error.value.code == "no-such-path"
    assert [p.name for p in tmp_path.iterdir()] == ["占用.xlsx"]


def test_a_corrected_workbook_is_not_covered(tmp_path: Path, seed: Plan) -> None:
    path = tmp_path / "计划.xlsx"
    write_plan_workbook(seed, path)
    write_plan_workbook(seed, path)  # nothing in it is anybody's work yet
    book = openpyxl.load_workbook(path)
    for row in book["计划"].iter_rows():
        for cell in row:
            if cell.value == "各相关学校":
                cell.value = "民乐一中"
    book.save(path)
    before = path.read_bytes()
    with pytest.raises(FileProblem, match="改过的内容") as error:
        write_plan_workbook(seed, path)
    assert error.value.code == "exists" and path.read_bytes() == before
    (tmp_path / "名单.xlsx").write_bytes(b"x")
    with pytest.raises(FileProblem, match="已经存在"):
        write_plan_workbook(seed, tmp_path / "名单.xlsx")


# --- how it looks ---------------------------------------------------------------------------------
@frozen
class Line:
    task: int
    name: str
    role: str
    rule: str
    units: tuple[tuple[str, str], ...] = ()


def test_expansion_shows_who_got_what_and_why(tmp_path: Path, seed: Plan) -> None:
    lines = [
        Line(1, "各学区", "落实", "规则：各学区", (("X01", "洪水学区"), ("X02", "六坝学区"))),
        Line(9, "各相关学校", "落实", "不明确"),
    ]
    write_plan_workbook(seed, tmp_path / "计划.xlsx", expansion=lines)
    sheet = openpyxl.load_workbook(tmp_path / "计划.xlsx")["落实范围展开"]
    rows = [list(r) for r in sheet.iter_rows(values_only=True)]
    assert rows[0] == list(C.EXPANSION_COLUMNS)
    assert rows[1] == [1, seed.tasks[0].title, "落实", "各学区", "X01", "洪水学区", "规则：各学区"]
    assert rows[2][4:6] == ["X02", "六坝学区"]
    assert rows[3][4:6] == [None, "（没有对应的单位）"]
    assert back(tmp_path / "计划.xlsx", seed) == seed


def test_made_for_a_clerk(book: Path, seed: Plan) -> None:
    opened = openpyxl.load_workbook(book)
    sheet: Any = opened["计划"]
    assert opened.sheetnames == ["计划", "工程清单", "未读入内容"]
    assert sheet.freeze_panes == "D5"
    assert sheet.auto_filter.ref == "A4:O25"
    assert (sheet.page_setup.paperSize, sheet.page_setup.orientation) == (9, "landscape")
    assert (sheet.print_title_rows, sheet.page_setup.fitToHeight) == ("$4:$4", 0)
    assert "第 &P 页" in str(sheet.oddFooter.right.text)
    assert opened.properties.title == seed.title
    assert isinstance(sheet["H5"].value, datetime) and sheet["H5"].number_format == "yyyy-mm-dd"
    kinds = {str(v.sqref).split(":")[0]: v for v in sheet.data_validations.dataValidation}
    assert kinds["I5"].formula1 == f'"{",".join(C.RECURRENCE_CHOICES)}"'
    assert kinds["H5"].type == "date"
    # Rows are as high as their text needs: the longest body has 334 characters.
    assert sheet.row_dimensions[25].height > 150


TEXTS = st.text(st.sampled_from("甲乙丙党办学校（）、“”=+1.2%："), min_size=1, max_size=12)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    st.lists(
        st.tuples(
            TEXTS,
            TEXTS,
            st.sampled_from(["", "责任单位：党办、各学区", "责任单位：有关单位"]),
            st.sampled_from(["", "完成时间：6月", "完成时间：每月", "完成时间：待定"]),
        ),
        min_size=1,
        max_size=6,
    )
)
def test_any_plan_reads_back(tmp_path: Path, rows: list[tuple[str, str, str, str]]) -> None:
    plan = plan_of(
        *(
            line
            for i, (a, b, *labels) in enumerate(rows, 1)
            for line in (f"{i}.做好{a}。{b}", *filter(None, labels))
        )
    )
    path = tmp_path / "计划.xlsx"
    path.unlink(missing_ok=True)
    write_plan_workbook(plan, path)
    assert back(path, plan) == plan


def test_columns_are_found_by_their_names() -> None:
    assert all(C.column_of(name) == name for name in C.COLUMNS)
    assert C.column_of(" 责任\n单位：") == L.LEADS
    assert C.column_of("我的备注") is None
