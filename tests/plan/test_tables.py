"""Tables of tasks: rows as lists of texts, what a county fills into them, and what is read.

In a row `^` continues the cell above (merged downwards), `<` the cell to the left (merged across).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import pytest

from eduxl.errors import PlanError
from eduxl.model import Plan
from eduxl.plan.blocks import Block, Cell, Heading, Paragraph, TableRow, line_blocks
from eduxl.plan.grammar import to_plan
from eduxl.plan.table_columns import column_kind
from tests.plan.builders import TITLE, units

HEADER = ["序号", "工作任务", "责任单位", "完成时限"]


def table(*rows: Sequence[str], no: int = 1) -> list[Block]:
    blocks: list[Block] = []
    above: dict[int, str] = {}
    for r, row in enumerate(rows, 1):
        cells: list[Cell] = []
        for column, text in enumerate(row):
            if text == "<":
                last = cells[-1]
                cells[-1] = Cell(last.text, last.column, last.span + 1, last.continued)
                continue
            cells.append(Cell(above.get(column, "") if text == "^" else text, column, 1, text == "^"))
            above[column] = cells[-1].text
        blocks.append(TableRow(tuple(cells), no, f"表{no}第{r}行"))
    return blocks


def read(*parts: str | Sequence[Block], title: str = TITLE) -> Plan:
    blocks: list[Block] = [Paragraph(title)]
    for part in parts:
        blocks += line_blocks(part, "") if isinstance(part, str) else part
    return to_plan(blocks, "任务表.docx")


def titles(plan: Plan) -> list[tuple[int, str, str]]:
    return [(t.no, plan.project_title(t), t.title) for t in plan.tasks]


# --- columns --------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("header", "kind"),
    [
        ("序 号", "no"), ("编号", "no"), ("类别", "project"), ("重点\n工程", "project"), ("工作板块", "project"),
        ("重点工作任务", "title"), ("目标与任务", "title"), ("具体举措", "body"), ("任务内容", "weak-title"),
        ("牵头科室", "lead"), ("主要责任单位", "lead"), ("责任单位（科室）", "responsible"),
        ("责任单位及责任人", "responsible"), ("协同配合单位", "support"), ("落实单位", "schools"),
        ("分管县领导", "people"), ("牵头责任领导", "people"), ("责任人", "people"), ("完成时限及要求", "due"),
        ("时间节点", "due"), ("备  注", "remark"), ("第一季度", "quarter"), ("资金来源", None), ("", None),
        ("加强党建，抓好学习。", None),
    ],
)  # fmt: skip
def test_headers(header: str, kind: str | None) -> None:
    assert column_kind(header) == kind


def test_a_plain_table() -> None:
    plan = read(
        table(
            HEADER,
            ["1", "加强党建。抓好学习。", "党办、各学区", "2022年6月"],
            ["2", "培训教师", "人事股；教师进修学校", "12月底前"],
        )
    )
    assert titles(plan) == [(1, "", "加强党建"), (2, "", "培训教师")]
    assert plan.tasks[0].body == "加强党建。抓好学习。"
    assert [units(t) for t in plan.tasks] == [
        (("党办",), (), ("各学区",)),
        (("人事股", "教师进修学校"), (), ()),
    ]
    assert [t.due for t in plan.tasks] == [date(2022, 6, 30), date(2022, 12, 31)]
    assert (plan.projects, plan.review) == ((), ())


def test_columns_in_any_order_and_leaders_ignored() -> None:
    plan = read(
        table(
            ["备注", "时间节点", "配合单位", "分管县领导", "牵头责任单位", "重点工作任务", "编号"],
            ["见附件", "9月", "财政局", "张三\n李四", "教育局", "新建学校", "１２"],
        )
    )
    (task,) = plan.tasks
    assert (task.no, task.title, task.body, task.due_text) == (12, "新建学校", "新建学校", "9月")
    assert units(task) == (("教育局",), ("财政局",), ())


def test_two_header_rows() -> None:
    plan = read(
        table(
            ["序号", "重点任务", "责任分工", "<", "备注"],
            ["^", "^", "牵头", "配合", "^"],
            ["1", "加强党建", "党办", "工会、各中小学", ""],
        )
    )
    assert units(plan.tasks[0]) == (("党办",), ("工会",), ("各中小学",))
    assert (plan.tasks[0].due, [n.code for n in plan.tasks[0].review]) == (None, ["no-due"])


def test_lead_and_responsible_columns_in_one_table() -> None:
    plan = read(
        table(
            ["工作任务", "牵头单位", "责任单位"], ["加强党建", "党办", "人事股"], ["培训教师", "", "教研室"]
        )
    )
    assert [units(t) for t in plan.tasks] == [(("党办",), ("人事股",), ()), ((), ("教研室",), ())]


def test_title_and_body_columns() -> None:
    plan = read(
        table(
            ["重点任务", "工作措施", "责任科室"],
            ["1.加强党建", "（1）抓学习。\n（2）抓阵地。", "党办"],
            ["2.培训教师。全员参加。", "办班。", "人事股"],
        )
    )
    assert titles(plan) == [(1, "", "加强党建"), (2, "", "培训教师")]
    assert plan.tasks[0].body == "（1）抓学习。\n（2）抓阵地。"
    assert plan.tasks[1].body == "培训教师。全员参加。\n办班。"


def test_labels_inside_cells() -> None:
    plan = read(
        table(
            ["序号", "工作任务", "责任单位"],
            ["1", "加强党建\n抓好学习。\n完成时限：6月底前", "牵头：党办\n配合：工会、\n团委"],
            ["2", "培训教师（完成时限：9月）", "人事股"],
        )
    )
    first, second = plan.tasks
    assert (first.title, first.body) == ("加强党建", "加强党建\n抓好学习。")
    assert units(first) == (("党办",), ("工会", "团委"), ())
    assert (first.due, second.due, second.title) == (date(2022, 6, 30), date(2022, 9, 30), "培训教师")


def test_a_table_without_a_column_of_dates() -> None:
    plan = read(table(["序号", "目标与任务", "责任单位"], ["68", "甲事", "党办"], ["73", "乙事", "工会"]))
    assert [(t.no, t.due, t.due_text) for t in plan.tasks] == [(68, None, ""), (73, None, "")]
    assert [n.code for n in plan.review] == ["number-gap"]


@pytest.mark.parametrize(
    ("words", "due"),
    [("44742", date(2022, 6, 30)), ("44713", date(2022, 6, 30)), ("202209", date(2022, 9, 30)),
     ("2022年\n6月", date(2022, 6, 30)), ("20220615", date(2022, 6, 15)), ("—", None)],
)  # fmt: skip
def test_dates_as_numbers_and_text(words: str, due: date | None) -> None:
    assert read(table(HEADER, ["1", "甲事", "党办", words])).tasks[0].due == due


# --- rows -----------------------------------------------------------------------------------------
def test_merged_cells_hold_for_all_rows() -> None:
    plan = read(
        table(
            ["类别", *HEADER],
            ["一、党\n建\n引领", "1", "甲事", "党办", "6月"],
            ["^", "2", "乙事", "^", "^"],
            ["二、教学", "3", "丙事", "教研室", "9月"],
        )
    )
    assert titles(plan) == [(1, "党建引领", "甲事"), (2, "党建引领", "乙事"), (3, "教学", "丙事")]
    assert units(plan.tasks[1]) == (("党办",), (), ())
    assert plan.tasks[1].due == date(2022, 6, 30)


def test_a_merged_first_column_without_a_header() -> None:
    plan = read(table(["", *HEADER], ["党建", "1", "甲事", "党办", ""], ["^", "2", "乙事", "党办", ""]))
    assert titles(plan) == [(1, "党建", "甲事"), (2, "党建", "乙事")]


def test_section_rows() -> None:
    plan = read(
        table(
            HEADER,
            ["一、党建工程（责任单位：党办）", "<", "<", "<"],
            ["1", "甲事", "", "6月"],
            ["（一）小组", "<", "<", "<"],
            ["2", "乙事", "工会", "9月"],
            ["二、教学工程", "<", "<", "<"],
            ["3", "丙事", "教研室", "9月"],
            ["（二）又一组", "<", "<", "<"],
        )
    )
    assert titles(plan) == [(1, "党建工程", "甲事"), (2, "党建工程", "乙事"), (3, "教学工程", "丙事")]
    assert units(plan.tasks[0]) == (("党办",), (), ())


def test_section_rows_with_a_number_of_their_own() -> None:
    plan = read(
        table(HEADER, ["一", "党建工程", "<", "<"], ["1", "甲事", "党办", ""], ["二", "教学工程", "", ""],
              ["1", "乙事", "教研室", ""])
    )  # fmt: skip
    assert titles(plan) == [(1, "党建工程", "甲事"), (2, "教学工程", "乙事")]


def test_steps_of_one_task() -> None:
    plan = read(
        table(
            ["序号", "工作任务", "具体举措", "责任单位", "完成时限"],
            ["1", "加强党建", "定方案", "党办", "3月"],
            ["^", "^", "抓学习", "党办、工会", "6月底前"],
            ["2", "培训教师", "办班", "人事股", "9月"],
            ["", "", "考核", "各学校", "11月"],
        )
    )
    assert titles(plan) == [(1, "", "加强党建"), (2, "", "培训教师")]
    assert [t.due for t in plan.tasks] == [date(2022, 6, 30), date(2022, 11, 30)]
    assert [units(t) for t in plan.tasks] == [
        (("党办", "工会"), (), ()),
        (("人事股",), (), ("各学校",)),
    ]
    assert plan.tasks[0].body == "定方案\n抓学习"


def test_a_merged_task_column_over_numbered_rows_is_the_project() -> None:
    plan = read(
        table(
            ["序号", "重点任务", "工作措施", "责任单位"],
            ["1", "党建工程", "抓学习。每月一次。", "党办"],
            ["2", "^", "抓阵地", "工会"],
            ["3", "教学工程", "抓常规", "教研室"],
        )
    )
    assert titles(plan) == [(1, "党建工程", "抓学习"), (2, "党建工程", "抓阵地"), (3, "教学工程", "抓常规")]


def test_same_as_above() -> None:
    plan = read(table(HEADER, ["1", "甲事", "党办", "6月"], ["2", "乙事", "同上", "同上。"]))
    assert units(plan.tasks[1]) == (("党办",), (), ())
    assert plan.tasks[1].due == date(2022, 6, 30)


def test_rows_that_are_no_tasks() -> None:
    plan = read(
        table(
            ["某县重点任务分解表", "<", "<", "<"],
            ["填报单位：教育局", "<", "填报日期：2022年3月", "<"],
            HEADER,
            ["1", "甲事", "党办", "6月"],
            HEADER,
            ["2", "乙事", "党办", "6月"],
            ["3", "", "", ""],
            ["", "合计", "2项", ""],
            ["注：各单位按时报送。", "<", "<", "<"],
            ["填表人：张三", "<", "审核人：李四", "<"],
        )
    )
    assert titles(plan) == [(1, "", "甲事"), (2, "", "乙事")]
    assert plan.review == ()


def test_a_filled_row_that_is_not_taken_is_reported() -> None:
    plan = read(table(HEADER, ["1", "甲事", "党办", "6月"], ["2", "", "教研室", "9月"]))
    assert len(plan.tasks) == 1
    (note,) = plan.review
    assert (note.code, note.position) == ("not-read", "表1第3行") and "“2 教研室 9月”" in note.note


# --- several tables and text ----------------------------------------------------------------------
def test_a_table_continued_without_a_header() -> None:
    plan = read(
        table(["类别", *HEADER], ["党建", "1", "甲事", "党办", "6月"]),
        table(["", "2", "乙事", "工会", "7月"], ["教学", "3", "丙事", "教研室", "8月"], no=2),
    )
    assert [t[2] for t in titles(plan)] == ["甲事", "乙事", "丙事"]
    assert [p.title for p in plan.projects] == ["党建", "教学"]


@pytest.mark.parametrize("heads", [("一、党建工程", "二、教学工程"), ("党建工程", "教学工程")])
def test_a_table_for_each_project(heads: tuple[str, str]) -> None:
    plan = read(
        heads[0],
        "责任单位：党办",
        table(HEADER, ["1", "甲事", "", "6月"]),
        heads[1],
        table(HEADER, ["2", "乙事", "教研室", "6月"], no=2),
    ) if heads[0].startswith("一") else read(
        heads[0],
        table(HEADER, ["1", "甲事", "党办", "6月"]),
        heads[1],
        table(HEADER, ["2", "乙事", "教研室", "6月"], no=2),
    )  # fmt: skip
    assert titles(plan) == [(1, "党建工程", "甲事"), (2, "教学工程", "乙事")]
    assert units(plan.tasks[0]) == (("党办",), (), ())


def test_headings_with_styles() -> None:
    plan = read(
        [Heading("党建工程", 1)],
        table(HEADER, ["1", "甲事", "党办", "6月"]),
        [Heading("教学工程", 1)],
        table(HEADER, ["1", "乙事", "教研室", "6月"], no=2),
    )
    assert titles(plan) == [(1, "党建工程", "甲事"), (2, "教学工程", "乙事")]


def test_keys_and_values() -> None:
    def block(no: int, name: str) -> list[Block]:
        return table(
            ["任务名称", name], ["主要内容", f"{name}的内容。"], ["牵头单位", "党办"], ["责任领导", "张三"],
            ["完成时限", "6月底前"], no=no,
        )  # fmt: skip

    plan = read(block(1, "甲事"), block(2, "乙事"))
    assert titles(plan) == [(1, "", "甲事"), (2, "", "乙事")]
    first = plan.tasks[0]
    assert (first.body, first.due_text, units(first)) == ("甲事的内容。", "6月底前", (("党办",), (), ()))


def test_keys_and_values_in_four_columns() -> None:
    plan = read(
        table(
            ["序号", "7", "工作任务", "甲事"], ["责任单位", "党办", "完成时限", "6月"], ["备注", "无", "", ""]
        )
    )
    assert [(t.no, t.title, units(t), t.due_text) for t in plan.tasks] == [
        (7, "甲事", (("党办",), (), ()), "6月")
    ]


def test_text_and_tables_in_one_document() -> None:
    plan = read(
        "一、党建工程",
        "1.甲事。抓好学习。",
        "责任单位：党办",
        "二、教学工程",
        "2.乙事。",
        "责任单位：教研室",
        table(HEADER, ["3", "丙事", "电教馆", "6月"]),
    )
    assert titles(plan) == [(1, "党建工程", "甲事"), (2, "教学工程", "乙事"), (3, "教学工程", "丙事")]


def test_headings_with_units_or_dates_over_a_table_each() -> None:
    plan = read(
        "一、办学条件",
        "完成时限：11月底前",
        table(HEADER, ["1", "甲事", "装备中心", ""]),
        "二、教育督导（责任科室：督导室）",
        table(HEADER, ["2", "乙事", "", "6月"], no=2),
    )
    assert titles(plan) == [(1, "办学条件", "甲事"), (2, "教育督导", "乙事")]
    assert [(t.lead_units, t.due) for t in plan.tasks] == [
        (("装备中心",), date(2022, 11, 30)), (("督导室",), date(2022, 6, 30)),
    ]  # fmt: skip


def test_paragraphs_around_a_table_are_no_tasks() -> None:
    plan = read(
        "一、总体要求",
        "1.提高认识。各校要高度重视。",
        "二、重点任务",
        table(HEADER, ["1", "甲事", "党办", "6月"]),
        "三、工作要求",
        "1.加强领导。",
    )
    assert titles(plan) == [(1, "", "甲事")]


def test_an_attached_list_of_the_same_tasks_counts_once() -> None:
    plan = read(
        "1.甲事。抓好学习。", "责任单位：党办", "2.乙事。", "责任单位：工会", "某县教育局", "2022年3月1日",
        table(HEADER, ["1", "甲事。抓好学习。", "党办", "6月"], ["3", "丙事", "教研室", "6月"]),
    )  # fmt: skip
    assert [t[2] for t in titles(plan)] == ["甲事", "乙事", "丙事"]


def test_a_contact_table_is_passed_over() -> None:
    plan = read(
        table(HEADER, ["1", "甲事", "党办", "6月"]),
        table(["序号", "科室", "联系人", "电话"], ["1", "党办", "张三", "123"], no=2),
    )
    assert (len(plan.tasks), plan.review) == (1, ())


def test_a_second_table_of_tasks_without_a_header_that_does_not_fit_is_reported() -> None:
    plan = read(
        table(HEADER, ["1", "甲事", "党办", "6月"]),
        table(["2", "落实好各项重点工作任务", "6月"], no=2),
    )
    assert [n.code for n in plan.review] == ["not-read"]


def test_steps_by_quarter() -> None:
    plan = read(
        table(["序号", "工作任务", "责任单位", "一季度", "二季度", "三季度", "四季度"],
              ["1", "甲事", "党办", "定方案", "抓落实", "", ""])
    )  # fmt: skip
    (task,) = plan.tasks
    assert (task.title, task.due) == ("甲事", date(2022, 6, 30))
    assert task.body == "甲事\n一季度：定方案\n二季度：抓落实"
    assert [n.code for n in task.review] == ["due-of-steps"]
    assert "“一季度、二季度”" in task.review[0].note


def test_a_deadline_of_its_own_counts_before_the_quarters() -> None:
    plan = read(
        table(["序号", "工作任务", "责任单位", "一季度", "二季度", "完成时限"],
              ["1", "甲事", "党办", "定方案", "抓落实", "5月底"])
    )  # fmt: skip
    assert (plan.tasks[0].due, plan.tasks[0].review) == (date(2022, 5, 31), ())


def test_a_matrix_of_marks_says_what_to_do() -> None:
    rows = table(
        ["序号", "工作任务", "完成时限", "党办", "人事股", "教研室"],
        ["1", "甲事", "6月", "★", "○", ""],
        ["2", "乙事", "6月", "", "★", "○"],
    )
    with pytest.raises(PlanError, match="★") as error:
        read(rows)
    assert error.value.code == "unsupported"
    plan = read(rows, table(HEADER, ["1", "丙事", "党办", "6月"], no=2))
    assert ([t.title for t in plan.tasks], [n.code for n in plan.review]) == (["丙事"], ["not-read"])


def test_tables_without_tasks() -> None:
    with pytest.raises(PlanError) as error:
        read(table(HEADER, ["", "", "", ""]))
    assert error.value.code == "no-tasks"
    with pytest.raises(PlanError) as error:
        to_plan(table(HEADER, ["1", "甲事", "党办", "6月"]), "任务表.docx")
    assert error.value.code == "no-year"


def test_the_year_of_the_file_name_or_of_the_dates() -> None:
    assert to_plan(table(HEADER, ["1", "甲事", "党办", "6月"]), "2023年任务表.docx").year == 2023
    assert to_plan(table(HEADER, ["1", "甲事", "党办", "2024年6月"]), "任务表.docx").year == 2024


def test_thousands_of_rows() -> None:
    """Work that grows with the square of the rows would take minutes here."""
    rows = [
        [
            "党建" if i % 50 == 0 else "^",
            str(i + 1),
            f"第{i}件事。抓好落实，" + "做好工作，" * 20,
            "党办，各学区",
            "6月",
        ]
        for i in range(4000)
    ]
    assert len(read(table(["类别", *HEADER], *rows)).tasks) == 4000


def test_a_column_of_tasks_that_is_called_otherwise() -> None:
    """The header says nothing, but beside who and when it can be nothing else; a project column that groups is none."""
    rows = ["党建工程", "甲事。抓好学习。", "党办", "6月"], ["^", "乙事。做好宣传。", "教研室", "7月"]
    plan = read(table(["重点工程", "年度推进情况安排", "责任单位", "完成时限"], *rows))
    assert titles(plan) == [(1, "党建工程", "甲事"), (2, "党建工程", "乙事")]
    plan = read(
        table(["序号", "年度推进情况安排", "责任单位", "完成时限"], ["3", "甲事。抓好学习。", "党办", "6月"])
    )
    assert titles(plan) == [(3, "", "甲事")]


def test_a_column_of_progress_makes_no_form() -> None:
    plan = read(
        table(["序号", "工作任务", "责任单位", "完成时限", "完成进度"], ["1", "甲事", "党办", "6月", "30%"])
    )
    assert titles(plan) == [(1, "", "甲事")]


def test_keys_and_values_under_a_row_with_the_title() -> None:
    def block(name: str, no: int) -> list[Block]:
        return table(
            [name, "<"], ["工作内容", "抓好学习。"], ["责任单位", "党办"], ["完成时限", "6月"], no=no
        )  # fmt: skip

    plan = read("一、党建工程", block("1.甲事", 1), "二、教学工程", block("2.乙事", 2))
    assert titles(plan) == [(1, "党建工程", "甲事"), (2, "教学工程", "乙事")]
    assert plan.tasks[0].body == "抓好学习。"


def test_a_table_attached_to_the_text_names_its_tasks_by_title() -> None:
    plan = read(
        "一、党建工程", "1.甲事。抓好学习。", "责任单位：党办", "2.乙事。抓好宣传。", "责任单位：教研室",
        table(HEADER, ["1", "甲事", "党办", "6月"], ["2", "乙事", "教研室", "6月"]),
    )  # fmt: skip
    assert titles(plan) == [(1, "党建工程", "甲事"), (2, "党建工程", "乙事")]
