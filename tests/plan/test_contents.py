"""Tables of contents in front of a plan, in whatever file: left out, and said so."""

from __future__ import annotations

from pathlib import Path

import pytest

from eduxl.model import Passage, Plan
from eduxl.plan import read_plan
from tests.plan.builders import TITLE

BODY = (
    TITLE, "总体要求", "围绕中心，服务大局。",
    "一、党建工程", "1.加强党建。抓好落实。（责任科室：党办；完成时限：6月底前）",
    "二、教学工程（教研室）", "2.加强教学。（责任科室：教研室；完成时限：7月底前）",
)  # fmt: skip
ENTRIES = ("总体要求", "一、党建工程", "1.加强党建", "二、教学工程", "2.加强教学")


def read(tmp_path: Path, *lines: str) -> Plan:
    path = tmp_path / "要点.txt"
    path.write_text("\n".join(lines), encoding="utf-8")
    return read_plan(path)


@pytest.mark.parametrize("heading", ["目录", "目　　录", "【目录】", "目 次：", "Contents"])
@pytest.mark.parametrize(
    "end", ["", "……{}", ".........{}", " . . . . . {}", "·····（{}）", "\t{}", "      - {} -"]
)
def test_below_its_heading_with_and_without_page_numbers(tmp_path: Path, heading: str, end: str) -> None:
    listed = [heading, *(text + end.format(i) for i, text in enumerate(ENTRIES, 1))]
    plan = read(tmp_path, "某县教育局文件", *listed, *BODY)
    assert plan == read(tmp_path, *BODY)
    assert plan.left_out[:2] == (
        Passage("某县教育局文件", "第1行"),
        Passage("\n".join(text.strip() for text in listed), "第2行"),
    )


def test_dots_and_page_numbers_need_no_heading(tmp_path: Path) -> None:
    listed = [f"{text}......{i}" for i, text in enumerate(ENTRIES, 1)]
    assert read(tmp_path, *listed, *BODY) == read(tmp_path, *BODY)


def test_entries_that_no_longer_agree_with_the_plan(tmp_path: Path) -> None:
    listed = ["目录", "一、党的建设……1", "二、教学……2"]
    assert read(tmp_path, *listed, *BODY) == read(tmp_path, *BODY)


def test_an_entry_over_two_lines(tmp_path: Path) -> None:
    long = "一、坚持以高质量党建引领全县教育事业高质量发展，奋力谱写教育强县建设崭新篇章"
    body = [long if text == "一、党建工程" else text for text in BODY]
    listed = ["目录", long[:20], long[20:] + "……1", "二、教学工程……2"]
    assert read(tmp_path, *listed, *body) == read(tmp_path, *body)
    assert read(tmp_path, *[text.split("……")[0] for text in listed], *body) == read(tmp_path, *body)


def test_entries_that_are_called_alike(tmp_path: Path) -> None:
    body = [TITLE]
    listed = ["目录"]
    for i, name in enumerate(("一、党建工程", "二、教学工程")):
        listed += [name, "（一）重点任务", "（二）保障"]
        body += [
            name,
            "（一）重点任务",
            f"{i + 1}.任务{i}。（责任科室：党办；6月底前）",
            "（二）保障",
            f"{i + 3}.任务。（党办）",
        ]
    assert read(tmp_path, *listed, *body) == read(tmp_path, *body)


def test_the_title_among_the_entries_and_again_on_an_attachment(tmp_path: Path) -> None:
    body = (*BODY, "附件：任务分解表", TITLE)
    assert read(tmp_path, "目录", f"{TITLE}\t1", "一、党建工程\t1", *body) == read(tmp_path, *body)


def test_a_list_of_tasks_that_is_called_so_is_none(tmp_path: Path) -> None:
    plan = read(
        tmp_path,
        TITLE,
        "目录",
        "1.加强党建。（责任科室：党办；6月底前）",
        "2.加强教学。（责任科室：教研室；7月底前）",
    )
    assert [t.title for t in plan.tasks] == ["加强党建", "加强教学"]


def test_of_a_web_page_and_a_word_document(tmp_path: Path) -> None:
    import docx

    links = "".join(f"<li><a href='#{i}'>{text}</a></li>" for i, text in enumerate(ENTRIES))
    page = tmp_path / "要点.html"
    paragraphs = "".join(f"<p>{text}</p>" for text in BODY)
    page.write_text(
        f"<!DOCTYPE html><html><head><meta charset='utf-8'></head><body><p>目录</p><ul>{links}</ul>{paragraphs}</body></html>",
        encoding="utf-8",
    )
    document = docx.Document()
    document.add_paragraph("目录", style="Title")
    for i, text in enumerate(ENTRIES):
        document.add_paragraph(f"{text}\t{i}")
    for text in BODY:
        document.add_paragraph(text)
    document.save(str(tmp_path / "要点.docx"))
    wanted = read(tmp_path, *BODY)
    for path in (page, tmp_path / "要点.docx"):
        plan = read_plan(path)
        assert (plan.title, plan.projects) == (wanted.title, wanted.projects)
        assert [(t.no, t.title, t.lead_units, t.due) for t in plan.tasks] == [
            (t.no, t.title, t.lead_units, t.due) for t in wanted.tasks
        ]
