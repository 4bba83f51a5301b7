"""Word documents with tables of tasks, as python-docx and people make them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import docx
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

from eduxl.model import Plan
from eduxl.plan import read_plan
from tests.plan.builders import TITLE, units
from tests.plan.test_docx import numbered

HEADER = ["序号", "工作任务", "责任单位", "完成时限"]


def add_table(document: Any, rows: Sequence[Sequence[str]]) -> Any:
    table = document.add_table(rows=len(rows), cols=len(rows[0]))
    for row, texts in zip(table.rows, rows, strict=True):
        for cell, text in zip(row.cells, texts, strict=True):
            cell.text = text
    return table


def read(document: Any, tmp_path: Path) -> Plan:
    path = tmp_path / "任务表.docx"
    document.save(str(path))
    return read_plan(path)


def merge(table: Any, first: tuple[int, int], last: tuple[int, int], text: str) -> None:
    table.cell(*first).merge(table.cell(*last)).text = text


def test_merged_projects_broken_one_word_per_line(tmp_path: Path) -> None:
    document = docx.Document()
    document.add_paragraph(TITLE)
    table = add_table(
        document,
        [["类别", *HEADER], ["", "1", "甲事", "党办", "6月"], ["", "2", "乙事", "工会", "7月"],
         ["教学", "3", "丙事", "教研室", "8月"]],
    )  # fmt: skip
    merge(table, (1, 0), (2, 0), "党\n建\n工\n程")
    plan = read(document, tmp_path)
    assert [p.title for p in plan.projects] == ["党建工程", "教学"]
    assert [(t.no, t.project, t.title) for t in plan.tasks] == [
        (1, 1, "甲事"),
        (2, 1, "乙事"),
        (3, 2, "丙事"),
    ]


def test_two_header_rows_and_section_rows(tmp_path: Path) -> None:
    document = docx.Document()
    document.add_paragraph(TITLE)
    table = add_table(
        document,
        [["序号", "重点任务", "", "", "时限"], ["", "", "牵头", "配合", ""], [""] * 5,
         ["1", "甲事", "党办", "工会、各学校", "6月"], [""] * 5, ["2", "乙事", "教研室", "", "全年"]],
    )  # fmt: skip
    merge(table, (0, 2), (0, 3), "责任分工")
    for column, text in ((0, "序号"), (1, "重点任务"), (4, "时限")):
        merge(table, (0, column), (1, column), text)
    merge(table, (2, 0), (2, 4), "一、党建工程")
    merge(table, (4, 0), (4, 4), "二、教学工程")
    plan = read(document, tmp_path)
    assert [p.title for p in plan.projects] == ["党建工程", "教学工程"]
    first, second = plan.tasks
    assert units(first) == (("党办",), ("工会",), ("各学校",))
    assert (second.due, second.recurrence, second.project) == (date(2022, 12, 31), "ongoing", 2)


def test_title_and_description_as_two_paragraphs_of_one_cell(tmp_path: Path) -> None:
    document = docx.Document()
    document.add_paragraph(TITLE)
    table = add_table(document, [HEADER, ["1", "加强党建", "党办", "6月"]])
    table.cell(1, 1).add_paragraph("抓好学习，抓好阵地。")
    (task,) = read(document, tmp_path).tasks
    assert (task.title, task.body) == ("加强党建", "加强党建\n抓好学习，抓好阵地。")


def test_a_column_of_automatic_numbers(tmp_path: Path) -> None:
    document = docx.Document()
    document.add_paragraph(TITLE)
    numbered(document, ("decimal", "%1", "decimal", "%2."))
    table = add_table(document, [HEADER, ["", "甲事", "党办", "6月"], ["", "乙事", "工会", "7月"]])
    for row in (1, 2):
        properties = table.cell(row, 0).paragraphs[0]._p.get_or_add_pPr()
        properties.append(
            parse_xml(f'<w:numPr {nsdecls("w")}><w:ilvl w:val="0"/><w:numId w:val="91"/></w:numPr>')
        )
    # List 91 starts at 5.
    assert [(t.no, t.title) for t in read(document, tmp_path).tasks] == [(5, "甲事"), (6, "乙事")]


def test_tracked_changes_and_links_in_cells(tmp_path: Path) -> None:
    document = docx.Document()
    document.add_paragraph(TITLE)
    table = add_table(document, [HEADER, ["1", "甲事", "", "6月"], ["2", "删去", "党办", "6月"]])
    for xml in (
        '<w:del w:id="1" w:author="a"><w:r><w:delText>人事股</w:delText></w:r></w:del>',
        '<w:ins w:id="2" w:author="a"><w:r><w:t>党办、</w:t></w:r></w:ins>',
        "<w:hyperlink><w:r><w:t>工会</w:t></w:r></w:hyperlink>",
    ):
        table.cell(1, 2).paragraphs[0]._p.append(parse_xml(xml.replace(">", f" {nsdecls('w')}>", 1)))
    table.rows[2]._tr.get_or_add_trPr().append(
        parse_xml(f'<w:del {nsdecls("w")} w:id="3" w:author="a"/>')
    )  # fmt: skip
    (task,) = read(document, tmp_path).tasks
    assert units(task) == (("党办", "工会"), (), ())


BOX = (
    "<w:r {ns}><mc:AlternateContent xmlns:mc='http://schemas.openxmlformats.org/markup-compatibility/2006'>"
    "<mc:Choice Requires='wps'><w:txbxContent><w:p><w:r><w:t>{text}</w:t></w:r></w:p></w:txbxContent></mc:Choice>"
    "<mc:Fallback><w:txbxContent><w:p><w:r><w:t>{text}</w:t></w:r></w:p></w:txbxContent></mc:Fallback>"
    "</mc:AlternateContent></w:r>"
)


def test_a_title_in_a_text_box(tmp_path: Path) -> None:
    document = docx.Document()
    document.add_paragraph()._p.append(parse_xml(BOX.format(ns=nsdecls("w"), text=TITLE)))
    add_table(document, [HEADER, ["1", "甲事", "党办", "6月"]])
    plan = read(document, tmp_path)
    assert (plan.title, len(plan.tasks)) == (TITLE, 1)


def test_a_table_inside_a_frame_of_one_cell(tmp_path: Path) -> None:
    document = docx.Document()
    frame = document.add_table(rows=1, cols=1).cell(0, 0)
    frame.text = TITLE
    inner = frame.add_table(rows=2, cols=4)
    for row, texts in zip(inner.rows, (HEADER, ["1", "甲事", "党办", "6月"]), strict=True):
        for cell, text in zip(row.cells, texts, strict=True):
            cell.text = text
    plan = read(document, tmp_path)
    assert (plan.title, [t.title for t in plan.tasks]) == (TITLE, ["甲事"])


def test_a_plan_of_paragraphs_in_a_frame(tmp_path: Path) -> None:
    document = docx.Document()
    frame = document.add_table(rows=1, cols=1).cell(0, 0)
    frame.text = "\n".join([TITLE, "1.甲事。", "责任单位：党办", "完成时间：6月"])
    assert [t.title for t in read(document, tmp_path).tasks] == ["甲事"]
