"""Web pages as bureaus publish them: the article is read, the page around it is not."""

from __future__ import annotations

from html import escape
from pathlib import Path

import pytest
from attrs import evolve

from eduxl.model import Plan
from eduxl.plan import read_plan
from eduxl.plan.blocks import Block, Cell, Heading, LabelLine, Paragraph, TableRow
from eduxl.plan.grammar import to_plan
from eduxl.plan.html import blocks
from tests.plan.builders import SEED, TITLE, seed_lines, units

#: What stands on every page of such a site.
SITE = """<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN" "http://www.w3.org/TR/xhtml1/DTD/x.dtd">
<html><head><meta http-equiv="Content-Type" content="text/html; charset={charset}">
<title>民乐县2022年教育工作要点-民乐县人民政府</title><style>p {{ margin: 0 }}</style></head><body>
<script>var a = "1.责任单位：脚本";</script>
<div class="top"><ul><li><a href="/">首页</a></li><li><a href="/a">1.政务公开、政策文件与工作要点汇编</a></li></ul></div>
<div class="nav"><p>责任单位：导航</p></div>
<div>您当前的位置：<a href="/">首页</a> &gt; <a href="/b">教育</a></div>
<div class="main"><h1>民乐县2022年教育工作要点</h1>
<div class="info">发布时间：2022-03-14 来源：民乐县教育局 字号：[<a>大</a> <a>中</a> <a>小</a>] 浏览次数：120</div>
<div id="zoom">{article}<p style="display:none">责任单位：隐藏</p></div>
<div>【<a href="#">打印本页</a>】【<a href="#">关闭窗口</a>】</div>
<div><p>上一篇：<a href="/1">民乐县2021年教育工作总结</a></p><p>下一篇：没有了</p></div>
<div><h3>相关阅读</h3><ul><li><a href="/2">2.关于印发民乐县2022年教育工作要点的通知</a></li></ul></div></div>
<div class="bottom"><p>主办单位：民乐县人民政府办公室&nbsp;承办单位：信息中心</p>
<p>陇ICP备05000001号 网站标识码：6207220001</p></div>
</body></html>"""


def page(article: str, charset: str = "utf-8") -> str:
    return SITE.format(article=article, charset=charset)


def paragraphs(lines: list[str]) -> str:
    return "\n".join(f"<p>&nbsp;&nbsp;<span>{escape(line)}</span></p>" for line in lines)


def read(body: str) -> list[Block]:
    return list(blocks(f"<html><body>{body}</body></html>".encode(), "要点.html"))


def texts(body: str) -> list[str]:
    return [b.text for b in read(body) if not isinstance(b, TableRow)]


@pytest.fixture(scope="module")
def seed() -> Plan:
    return read_plan(SEED)


ARTICLES = {
    "a paragraph a line": paragraphs(seed_lines()[1:]),
    "one element with line breaks": "<div>" + "<br/>\n".join(map(escape, seed_lines()[1:])) + "</div>",
    "title in the article too": paragraphs(seed_lines()),
    "layout table": f"<table><tr><td>&nbsp;</td><td>{paragraphs(seed_lines()[1:])}</td></tr></table>",
    "labels in bold": paragraphs(seed_lines()[1:])
    .replace("责任单位：", "<strong>责&nbsp;任 单\u3000位</strong>：")
    .replace("完成时间：", "<b>完成</b><b>时间</b>："),
}


@pytest.mark.parametrize("article", ARTICLES.values(), ids=ARTICLES)
def test_the_seed_as_a_web_page(tmp_path: Path, seed: Plan, article: str) -> None:
    path = tmp_path / "要点.html"
    path.write_text(page(article), "utf-8")
    assert evolve(read_plan(path), source=seed.source) == seed


@pytest.mark.parametrize(
    ("charset", "encoding"),
    [
        ("gb2312", "gb18030"),
        ("GBK", "gb18030"),
        ("utf-8", "utf-8"),
        ("gb2312", "utf-8-sig"),
        ("utf-8", "gb18030"),
        ("x-unknown", "gb18030"),
        ("unicode", "utf-16"),
    ],
)
def test_what_the_page_declares_may_be_wrong(tmp_path: Path, seed: Plan, charset: str, encoding: str) -> None:
    path = tmp_path / "要点.htm"
    path.write_bytes(page(ARTICLES["a paragraph a line"], charset).encode(encoding))
    assert evolve(read_plan(path), source=seed.source) == seed


def test_one_bad_byte_does_not_spoil_the_page() -> None:
    data = page("<p>1.甲。</p><p>责任单位：党办</p><p>尾</p>").encode().replace("尾".encode(), b"\xff\xfe")
    plan = to_plan(blocks(data, "要点.html"), "要点.html")
    assert [(t.title, t.lead_units) for t in plan.tasks] == [("甲", ("党办",))]


def test_the_name_of_the_page_serves_where_the_article_has_no_title() -> None:
    text = page("<p>1.甲。</p><p>责任单位：党办</p>").replace("<h1>民乐县2022年教育工作要点</h1>", "")
    assert to_plan(blocks(text.encode(), "a"), "a").title == "民乐县2022年教育工作要点"


def test_headings_of_the_plan_have_levels_and_its_title_has_none() -> None:
    found = read(
        f"<h1>{TITLE}</h1><h3>党建工程</h3><h4>加强党建</h4><p>抓好学习。</p><p>责任单位：党办</p>"
        "<h3>教学工程</h3><h4>加强教学</h4><p>责任单位：教研室</p>"
    )
    assert found[:4] == [
        Paragraph(TITLE, "第1段"), Heading("党建工程", 1, "第2段"), Heading("加强党建", 2, "第3段"),
        Paragraph("抓好学习。", "第4段"),
    ]  # fmt: skip
    assert isinstance(found[4], LabelLine)
    plan = to_plan(found, "a")
    assert [p.title for p in plan.projects] == ["党建工程", "教学工程"]
    assert [(t.title, t.project, units(t)[0]) for t in plan.tasks] == [
        ("加强党建", 1, ("党办",)),
        ("加强教学", 2, ("教研室",)),
    ]


def test_items_of_ordered_lists_have_their_number() -> None:
    assert texts(
        '<ol><li>甲。</li><li><p>乙。</p><p>责任单位：党办</p></li><li value="7">7.丙。</li><li>丁。</li></ol>'
        '<ol start="3" style="list-style-type: cjk-ideographic"><li>戊</li></ol>'
        '<ol type="a"><li>己</li></ol><ol style="list-style:none"><li>庚</li></ol><ul><li>辛</li></ul>'
    ) == ["1.甲。", "2.乙。", "责任单位：党办", "7.丙。", "8.丁。", "三、戊", "a.己", "庚", "辛"]


def test_lines_of_the_source_are_no_lines_of_the_page() -> None:
    assert texts("<p>落实立德\n   树人，推进\n信息化2.0 行动。<!-- 注 --></p>") == [
        "落实立德树人，推进信息化2.0 行动。"
    ]


def test_cells_over_rows_and_columns() -> None:
    table = """<table><tr><th rowspan="2">类别</th><th rowspan="2">任务</th><th colspan="2">责任分工</th></tr>
    <tr><td>牵头</td><td>配合</td></tr>
    <tr><td rowspan="0">党建</td><td><p>甲。</p><p>乙。</p></td><td>党办</td><td rowspan="2">人事股</td></tr>
    <tr><td>丙</td><td>教研室</td></tr></table>"""
    assert read(table) == [
        TableRow((Cell("类别", 0), Cell("任务", 1), Cell("责任分工", 2, 2)), 1, "表1第1行"),
        TableRow(
            (Cell("类别", 0, 1, True), Cell("任务", 1, 1, True), Cell("牵头", 2), Cell("配合", 3)),
            1,
            "表1第2行",
        ),
        TableRow((Cell("党建", 0), Cell("甲。\n乙。", 1), Cell("党办", 2), Cell("人事股", 3)), 1, "表1第3行"),
        TableRow(
            (Cell("党建", 0, 1, True), Cell("丙", 1), Cell("教研室", 2), Cell("人事股", 3, 1, True)),
            1,
            "表1第4行",
        ),
    ]


def test_the_table_of_properties_on_top_is_dropped() -> None:
    body = (
        "<table><tr><td>索引号</td><td>01-2022</td><td>主题分类</td><td>教育</td></tr>"
        "<tr><td>发布机构</td><td>县教育局</td><td>有效性</td><td>有效</td></tr></table>"
        f"<p>{TITLE}</p><p>1.甲。</p><p>责任单位：党办</p>"
    )
    assert texts(body) == [TITLE, "1.甲。", "责任单位：党办"]
    assert not any(isinstance(b, TableRow) for b in read(body))


def test_elements_that_never_end_and_deep_nests() -> None:
    assert texts("<p>1.甲。<p>责任单位：党办<td>") == ["1.甲。", "责任单位：党办"]
    assert len(texts("<div>" * 5000 + "1.甲。")) <= 1


def test_nothing_is_fetched_or_expanded(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("机密", "utf-8")
    page = (
        f'<?xml version="1.0"?><!DOCTYPE html [<!ENTITY x SYSTEM "{(tmp_path / "secret.txt").as_uri()}">]>'
        "<html><body><p>1.甲&x;。</p><p>责任单位：党办</p></body></html>"
    )
    assert "机密" not in str(list(blocks(page.encode(), "a.html")))


def test_links_numbered_like_tasks_behind_the_article() -> None:
    found = texts(
        "<div><p>一、强基工程</p><p>1.改善乡村学校办学条件。</p><p>责任科室：计财科</p></div>"
        "<p>扫一扫在手机打开当前页</p><p>相关链接：</p><p>1.某县教育局2021年工作总结及来年打算</p>"
    )
    assert found == ["一、强基工程", "1.改善乡村学校办学条件。", "责任科室：计财科"]


def test_words_like_those_behind_an_article_inside_it() -> None:
    lines = [
        "1.开展全民阅读活动，建设书香校园。",
        "推荐阅读书目100种。",
        "2.改善乡村学校办学条件，改造12所。",
    ]
    assert texts("".join(f"<p>{line}</p>" for line in [TITLE, *lines])) == [TITLE, *lines]


def test_a_title_in_the_cell_that_holds_the_table() -> None:
    plan = to_plan(
        read(
            "<table><tr><td><h3>信息公开</h3></td></tr><tr><td>"
            "<p align=center>某县教育局</p><p align=center>2023年重点工作推进表</p>"
            "<table><tr><td>序号</td><td>重点任务</td><td>责任单位</td></tr>"
            "<tr><td>1</td><td>甲事</td><td>党办</td></tr><tr><td>2</td><td>乙事</td><td>教研室</td></tr></table>"
            "</td></tr></table>"
        ),
        "要点.html",
    )
    assert (plan.title, plan.year, len(plan.tasks)) == ("某县教育局2023年重点工作推进表", 2023, 2)


def test_lines_that_wide_spaces_indent() -> None:
    body = "".join(f"<p>&emsp;&emsp;{line}</p>" for line in ("1.甲事。", "责任单位：党办", "完成时间：6月"))
    assert texts(body) == ["1.甲事。", "责任单位：党办", "完成时间：6月"]
    assert sum(isinstance(block, LabelLine) for block in read(body)) == 2
