"""Word documents as people make them: bold labels, soft breaks, automatic numbers, tracked changes,
tables.
"""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import docx
import pytest
from attrs import evolve
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Pt

from eduxl.errors import PlanError
from eduxl.plan import read_plan
from eduxl.plan.blocks import Cell, Heading, LabelLine, Paragraph, TableRow
from eduxl.plan.docx import blocks
from tests.plan.builders import SEED, TITLE, save_docx, seed_lines, units
from tests.plan.test_grammar import NOTICE


def saved(document: Any, tmp_path: Path) -> Path:
    path = tmp_path / "要点.docx"
    document.save(str(path))
    return path


def texts(path: Path) -> list[str]:
    return [b.text for b in blocks(path.read_bytes(), path.name) if not isinstance(b, TableRow)]


def insert(paragraph: Any, xml: str) -> None:
    paragraph._p.append(parse_xml(xml.replace(">", f" {nsdecls('w')}>", 1)))


def test_labels_in_bold_and_a_notice_in_front(tmp_path: Path) -> None:
    document = docx.Document()
    for line in [*NOTICE, ""]:
        document.add_paragraph(line)
    for line in seed_lines():
        paragraph = document.add_paragraph("\u3000\u3000" if line[0].isdigit() else "")
        label, colon, value = line.partition("：")
        if colon and label in ("责任单位", "完成时间"):
            paragraph.add_run(label).bold = True
            paragraph.add_run("：")
            paragraph.add_run(value).font.size = Pt(16)
        else:
            paragraph.add_run(line)
    plan = read_plan(saved(document, tmp_path))
    seed = read_plan(SEED)
    assert evolve(plan, source=seed.source) == seed


def test_heading_and_title_styles(tmp_path: Path) -> None:
    document = docx.Document()
    document.add_heading(TITLE, 0)
    document.add_heading("党建工程", 1)
    document.add_heading("加强党建", 2)
    document.add_paragraph("抓好学习。")
    document.add_paragraph("责任单位：党办")
    document.add_paragraph("教学工程", style="Heading 1")
    document.add_heading("加强教学", 2)
    document.add_paragraph("责任单位：教研室")
    path = saved(document, tmp_path)
    found = list(blocks(path.read_bytes(), path.name))
    assert found[:4] == [
        Heading(TITLE, 0, "第1段"), Heading("党建工程", 1, "第2段"), Heading("加强党建", 2, "第3段"),
        Paragraph("抓好学习。", "第4段"),
    ]  # fmt: skip
    assert isinstance(found[4], LabelLine)
    plan = read_plan(path)
    assert plan.title == TITLE
    assert [p.title for p in plan.projects] == ["党建工程", "教学工程"]
    assert [(t.title, t.project, units(t)[0]) for t in plan.tasks] == [
        ("加强党建", 1, ("党办",)),
        ("加强教学", 2, ("教研室",)),
    ]


def test_an_outline_level_makes_a_heading(tmp_path: Path) -> None:
    document = docx.Document()
    paragraph = document.add_paragraph("党建工程")
    paragraph._p.get_or_add_pPr().append(parse_xml(f'<w:outlineLvl {nsdecls("w")} w:val="0"/>'))
    path = saved(document, tmp_path)
    assert list(blocks(path.read_bytes(), path.name)) == [Heading("党建工程", 1, "第1段")]


NUMBERING = """
<w:abstractNum w:abstractNumId="90">
<w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="{0}"/><w:lvlText w:val="{1}"/></w:lvl>
<w:lvl w:ilvl="1"><w:start w:val="1"/><w:numFmt w:val="{2}"/><w:lvlText w:val="{3}"/></w:lvl>
</w:abstractNum>
"""


def numbered(document: Any, levels: tuple[str, str, str, str]) -> None:
    """Adds list 90 with these two levels, and list 91 that starts it again at 5."""
    root = document.part.numbering_part.element
    abstract = (
        NUMBERING.format(*levels).strip().replace("<w:abstractNum ", f"<w:abstractNum {nsdecls('w')} ", 1)
    )
    root.insert(0, parse_xml(abstract))
    root.append(parse_xml(f'<w:num {nsdecls("w")} w:numId="90"><w:abstractNumId w:val="90"/></w:num>'))
    root.append(
        parse_xml(
            f'<w:num {nsdecls("w")} w:numId="91"><w:abstractNumId w:val="90"/>'
            '<w:lvlOverride w:ilvl="0"><w:startOverride w:val="5"/></w:lvlOverride></w:num>'
        )
    )


def item(document: Any, text: str, level: int, num: int = 90) -> None:
    ppr = document.add_paragraph(text)._p.get_or_add_pPr()
    ppr.append(
        parse_xml(f'<w:numPr {nsdecls("w")}><w:ilvl w:val="{level}"/><w:numId w:val="{num}"/></w:numPr>')
    )


def test_automatic_numbers(tmp_path: Path) -> None:
    document = docx.Document()
    numbered(document, ("chineseCountingThousand", "%1、", "decimal", "%2."))
    document.add_paragraph(TITLE)
    for project, tasks in (("党建工程", ("甲", "乙")), ("教学工程", ("丙",))):
        item(document, project, 0)
        for task in tasks:
            item(document, task + "。", 1)
            item(document, "", 1)
            document.add_paragraph("责任单位：党办")
    plan = read_plan(saved(document, tmp_path))
    assert [p.title for p in plan.projects] == ["党建工程", "教学工程"]
    assert [(t.no, t.title) for t in plan.tasks] == [(1, "甲"), (2, "乙"), (3, "丙")]


@pytest.mark.parametrize(
    ("levels", "printed"),
    [
        (("decimal", "%1", "lowerLetter", "%2)"), ["1.甲", "a)乙", "2.丙", "5.丁"]),
        (("decimalZero", "%1", "decimalEnclosedCircle", "%2"), ["01.甲", "①.乙", "02.丙", "05.丁"]),
        (("chineseCounting", "%1", "decimal", "%1.%2"), ["一、甲", "一.1.乙", "二、丙", "五、丁"]),
        (("bullet", "", "upperLetter", "%2、"), ["甲", "A、乙", "丙", "丁"]),
        (("none", "", "decimal", "（%2）"), ["甲", "（1）乙", "丙", "丁"]),
    ],
)
def test_number_formats(tmp_path: Path, levels: tuple[str, str, str, str], printed: list[str]) -> None:
    document = docx.Document()
    numbered(document, levels)
    for text, level, num in (("甲", 0, 90), ("乙", 1, 90), ("丙", 0, 90), ("丁", 0, 91)):
        item(document, text, level, num)
    assert texts(saved(document, tmp_path)) == printed


def test_lists_of_styles_and_unknown_lists(tmp_path: Path) -> None:
    document = docx.Document()
    numbered(document, ("decimal", "%1.", "decimal", "%2."))
    style = document.styles.add_style("任务", docx.enum.style.WD_STYLE_TYPE.PARAGRAPH)
    style.element.get_or_add_pPr().append(
        parse_xml(f'<w:numPr {nsdecls("w")}><w:numId w:val="90"/></w:numPr>')
    )
    child = document.styles.add_style("任务二", docx.enum.style.WD_STYLE_TYPE.PARAGRAPH)
    child.base_style = style
    document.add_paragraph("甲", style="任务")
    document.add_paragraph("乙", style="任务二")
    item(document, "丙", 0, 0)
    item(document, "丁", 0, 77)
    item(document, "戊", 5, 90)
    assert texts(saved(document, tmp_path)) == ["1.甲", "2.乙", "丙", "丁", "戊"]


def test_tracked_changes_are_read_as_accepted(tmp_path: Path) -> None:
    document = docx.Document()
    paragraph = document.add_paragraph("责任单位：")
    insert(paragraph, '<w:del w:id="1" w:author="a"><w:r><w:delText>人事股</w:delText></w:r></w:del>')
    insert(paragraph, '<w:ins w:id="2" w:author="a"><w:r><w:t>党办</w:t></w:r></w:ins>')
    insert(paragraph, "<w:r><w:rPr><w:vanish/></w:rPr><w:t>隐藏</w:t></w:r>")
    insert(
        paragraph,
        '<w:r><w:rPr><w:vanish w:val="0"/></w:rPr><w:tab/><w:t>完成时间：6</w:t>'
        "<w:noBreakHyphen/><w:t>9月</w:t></w:r>",
    )
    insert(paragraph, "<w:hyperlink><w:r><w:t>底</w:t></w:r></w:hyperlink>")
    assert texts(saved(document, tmp_path)) == ["责任单位：党办\t完成时间：6-9月底"]


def test_text_boxes_and_content_controls(tmp_path: Path) -> None:
    document = docx.Document()
    document.add_paragraph("甲")
    document.element.body.insert(
        0,
        parse_xml(
            f"<w:sdt {nsdecls('w')}><w:sdtContent><w:p><w:r><w:t>乙</w:t></w:r></w:p></w:sdtContent></w:sdt>"
        ),
    )
    assert texts(saved(document, tmp_path)) == ["乙", "甲"]


def test_merged_cells_are_read_once(tmp_path: Path) -> None:
    document = docx.Document()
    table = document.add_table(rows=3, cols=3)
    for r, row in enumerate(table.rows):
        for c, cell in enumerate(row.cells):
            cell.text = f"{r}{c}"
    table.cell(1, 0).merge(table.cell(2, 0)).text = "党建"
    table.cell(0, 1).merge(table.cell(0, 2)).text = "责任分工"
    path = saved(document, tmp_path)
    assert list(blocks(path.read_bytes(), path.name)) == [
        TableRow((Cell("00", 0), Cell("责任分工", 1, 2)), 1, "表1第1行"),
        TableRow((Cell("党建", 0), Cell("11", 1), Cell("12", 2)), 1, "表1第2行"),
        TableRow((Cell("党建", 0, 1, True), Cell("21", 1), Cell("22", 2)), 1, "表1第3行"),
    ]


def test_deleted_rows_and_tables_inside_tables(tmp_path: Path) -> None:
    document = docx.Document()
    table = document.add_table(rows=2, cols=1)
    table.cell(0, 0).text = "删去"
    properties = table.rows[0]._tr.get_or_add_trPr()
    properties.append(parse_xml(f'<w:del {nsdecls("w")} w:id="1" w:author="a"/>'))
    table.cell(1, 0).text = "留下"
    table.cell(1, 0).add_table(rows=1, cols=1).cell(0, 0).text = "里面"
    path = saved(document, tmp_path)
    rows = [b for b in blocks(path.read_bytes(), path.name) if isinstance(b, TableRow)]
    assert [(row.table, [c.text for c in row.cells]) for row in rows] == [(1, ["留下"]), (2, ["里面"])]


def test_a_plan_in_a_table_says_what_to_do(tmp_path: Path) -> None:
    document = docx.Document()
    document.add_paragraph(TITLE)
    document.add_table(rows=2, cols=2).cell(0, 0).text = "序号"
    with pytest.raises(PlanError, match="表格"):
        read_plan(saved(document, tmp_path))


def test_a_style_based_on_itself_does_no_harm(tmp_path: Path) -> None:
    document = docx.Document()
    style = document.styles.add_style("圈", docx.enum.style.WD_STYLE_TYPE.PARAGRAPH)
    style.element.find(qn("w:basedOn"))
    style.base_style = style
    document.add_paragraph("甲", style="圈")
    assert texts(saved(document, tmp_path)) == ["甲"]


def test_soft_breaks_make_lines(tmp_path: Path) -> None:
    path = save_docx(tmp_path / "要点.docx", [TITLE, "1.甲。\n责任单位：党办\n完成时间：6月"])
    plan = read_plan(path)
    assert units(plan.tasks[0]) == (("党办",), (), ())
    assert plan.tasks[0].body == "甲。"


# --- pictures -------------------------------------------------------------------------------------
#: The smallest PNG that is one: a single grey pixel.
PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108000000003a7e9b550000000a49444154789c63"
    "6c00000082008177cd72b60000000049454e44ae426082"
)


@pytest.mark.parametrize("lines", [[], [TITLE, "填报单位：教育局", "民乐县教育局2022-03-14"]])
def test_a_picture_of_a_plan_says_so(tmp_path: Path, lines: list[str]) -> None:
    document = docx.Document()
    for i, line in enumerate(lines):
        document.add_paragraph(line, style=None if i else "Title")
    document.add_picture(io.BytesIO(PIXEL))
    with pytest.raises(PlanError, match="图片") as error:
        read_plan(saved(document, tmp_path))
    assert error.value.code == "scan"
    assert "识别文字" in str(error.value) and "Word" in str(error.value)


def test_a_picture_beside_tasks_is_no_matter(tmp_path: Path) -> None:
    document = docx.Document()
    document.add_picture(io.BytesIO(PIXEL))
    for line in (TITLE, "1.甲事。", "责任单位：党办"):
        document.add_paragraph(line)
    assert [t.title for t in read_plan(saved(document, tmp_path)).tasks] == ["甲事"]
