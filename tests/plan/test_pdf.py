"""PDF files as Word and LibreOffice print them: lines joined again, tables by their rules, scans refused."""

from __future__ import annotations

import time
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import docx
import pytest
from attrs import evolve
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_TAB_ALIGNMENT, WD_TAB_LEADER
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt

from eduxl.errors import PlanError
from eduxl.plan import pdf, read_plan
from eduxl.plan.blocks import Block, Cell, Heading, Paragraph, TableRow
from eduxl.plan.contents import parted
from eduxl.plan.grammar import to_plan
from eduxl.plan.pdf import PAGES, blocks
from eduxl.plan.pdf_layout import Char, Page, Rule, layout
from tests.plan.builders import SEED, TITLE, save_docx, seed_lines
from tests.plan.test_office import converted, needs_office

EM = 16.0


# --- pages by hand: what a line, a margin and a rule mean ------------------------------------------------
def line(text: str, left: float, top: float, size: float = EM) -> list[Char]:
    return [Char(c, left + i * size, top, left + (i + 1) * size, top + size) for i, c in enumerate(text)]


def page(lines: Sequence[tuple[str, float]], *more: Char, rules: Sequence[Rule] = ()) -> Page:
    """A page 600 points wide whose lines begin 3 em from the left, 28 of them from top to bottom."""
    chars = [c for i, (text, left) in enumerate(lines) for c in line(text, 48 + left * EM, 120 + 24 * i)]
    return Page(600, 842, [*chars, *more], rules)


def texts(*pages: Page) -> list[str]:
    return [b.text for b in layout(pages, "要点.pdf") if not isinstance(b, TableRow)]


FULL = "甲" * 30


def test_a_line_that_ends_before_the_margin_ends_the_paragraph() -> None:
    assert texts(page([(FULL, 0), ("乙" * 12, 0), ("丙" * 30, 0)])) == [FULL + "乙" * 12, "丙" * 30]


def test_an_indent_or_a_number_begins_one_although_the_line_before_is_full() -> None:
    lines = [(FULL, 0), ("乙" * 28, 2), ("丙" * 29 + "。", 0), ("2." + "丁" * 28, 0), ("责任单位：党办", 0)]
    assert texts(page(lines)) == [FULL, "乙" * 28 + "丙" * 29 + "。", "2." + "丁" * 28, "责任单位：党办"]


def test_a_number_within_a_sentence_begins_nothing() -> None:
    lines = [("1.甲。" + "乙" * 22 + "不低于第", 0), ("3、4名。", 0)]
    assert texts(page(lines)) == ["1.甲。" + "乙" * 22 + "不低于第3、4名。"]


def test_an_open_bracket_goes_on_over_a_label() -> None:
    first = "1.甲。" + "乙" * 16 + "（责任科室：基教股、"
    assert texts(page([(FULL, 0), (first, 0), ("完成时限：6月底前）", 0), ("2." + "丁" * 28, 0)])) == [
        FULL,
        first + "完成时限：6月底前）",
        "2." + "丁" * 28,
    ]


def test_a_bracket_that_nobody_closes_goes_on_over_nothing() -> None:
    lines = [FULL, "1.甲（" + "乙" * 26, "责任单位：党办", "2.丙（丁）"]
    assert texts(page([(text, 0) for text in lines])) == lines


def test_punctuation_may_hang_over_the_margin() -> None:
    lines = [(FULL + "，", 0), (FULL + "、", 0), (FULL + "。", 0), ("乙" * 28, 0), ("丙", 0)]
    assert texts(page(lines)) == [FULL + "，" + FULL + "、" + FULL + "。" + "乙" * 28 + "丙"]


def test_the_rest_of_a_centred_title() -> None:
    assert texts(page([("丁" * 30, 0), ("工作要点", 13), (FULL, 2), ("乙" * 29 + "。", 0), ("党建工程", 13)])) == [
        "丁" * 30 + "工作要点", FULL + "乙" * 29 + "。", "党建工程",
    ]  # fmt: skip


def test_a_comma_keeps_the_digits_behind_it() -> None:
    label = "完成时限：" + "甲" * 20 + "启"
    assert texts(page([(FULL, 0), (label, 0), ("动，2023年底前完成", 0), (FULL, 0)])) == [
        FULL, label + "动，2023年底前完成", FULL,
    ]  # fmt: skip


def test_the_rest_of_a_date_goes_on_although_its_size_is_not_known() -> None:
    digits = [Char(c, 48 + 8 * i, 142, 56 + 8 * i, 164) for i, c in enumerate("12.30")]
    assert texts(page([("完成时限：" + "甲" * 23 + "于：", 0)], *digits)) == [
        "完成时限：" + "甲" * 23 + "于：12.30"
    ]


def test_a_label_line_at_the_foot_of_every_page_is_no_running_head() -> None:
    pages = [page([(f"{no}.加强党建。", 0)], *line("责任单位：党办", 48, 770)) for no in (1, 2)]
    assert texts(*pages) == ["1.加强党建。", "责任单位：党办", "2.加强党建。", "责任单位：党办"]


def test_a_number_without_a_point_keeps_its_space() -> None:
    lines = [
        (TITLE, 0),
        ("09 甲乙", 0),
        ("10 丙丁", 0),
        ("培训 12 人。", 0),
        ("12 月底前", 0),
        (FULL, 0),
        (FULL, 0),
    ]
    assert texts(page(lines)) == [TITLE, "09 甲乙", "10 丙丁", "培训12人。", "12月底前", FULL * 2]


def listed(entries: Sequence[str], dots: str) -> list[list[Char]]:
    """Lines of a table of contents with their page numbers at the right margin."""
    return [
        line(text + dots * (29 - len(text)), 48, 150 + 30 * i) + line(str(i), 48 + 29 * EM, 150 + 30 * i)
        for i, text in enumerate(entries, 1)
    ]


NOTICE = ("某县教育局文件", "某县教育局关于印发2022年工作要点的通知", "各学校：", "现将要点印发给你们。")


@pytest.mark.parametrize("dots", [".", "…", " "])
def test_a_table_of_contents_between_notice_and_plan(dots: str) -> None:
    entries = ["总体要求", "一、党建工程", "二、教学工程"]
    contents = [*line("目 录", 260, 110, 22), *(c for own in listed(entries, dots) for c in own)]
    body = page(
        [
            ("总体要求：" + "甲" * 20 + "。", 0), ("一、党建工程", 0), ("1.加强党建。（党办，6月底前）", 0),
            ("二、教学工程", 0), ("2.加强教学。（教研室，7月底前）", 0), (FULL, 0),
        ],
        *line(TITLE, 150, 60, 22),
    )  # fmt: skip
    pages = [page([(text, 0) for text in NOTICE]), Page(600, 842, contents), body]
    kept, passages = parted(layout(pages, "要点.pdf"))
    plan = to_plan(kept, "要点.pdf")
    assert plan.title == TITLE
    assert [p.title for p in plan.projects] == ["党建工程", "教学工程"]
    assert [t.title for t in plan.tasks] == ["加强党建", "加强教学"]
    assert [(len(p.text.splitlines()), p.position) for p in passages] == [(4, "第2页")]


def test_paragraphs_go_on_over_the_page_and_furniture_does_not() -> None:
    pages = []
    for i, lines in enumerate(
        ([(FULL, 0), (FULL, 0)], [("乙" * 9, 0), (FULL, 0)], [("丙" * 5, 0), ("丁", 0)]), 1
    ):
        foot = line(("— {} —", "第 {} 页 共 3 页", "{}")[i - 1].format(i), 250, 800, 12)
        pages.append(page(lines, *line("某县教育局文件", 200, 40, 12), *foot))
    assert texts(*pages) == [FULL * 2 + "乙" * 9, FULL + "丙" * 5, "丁"]


def test_larger_print_below_the_title_makes_headings() -> None:
    parts = [
        (TITLE, 30), ("党建工程", 20), ("1.加强党建。", EM), ("责任单位：党办", EM), ("教学工程", 20),
        ("2.加强教学。", EM), ("责任单位：教研室", EM), ("完成时间：6月", EM),
    ]  # fmt: skip
    chars = [c for i, (text, size) in enumerate(parts) for c in line(text, 48, 100 + 40 * i, size)]
    found = list(layout([Page(600, 842, chars)], "要点.pdf"))
    assert [(b.text, b.level) for b in found if isinstance(b, Heading)] == [("党建工程", 1), ("教学工程", 1)]
    assert found[0] == Paragraph(TITLE, "第1页")


def test_radicals_and_characters_printed_twice() -> None:
    chars = [*line("⻓⼯⺠作" + "甲" * 20, 48, 120), *line("作", 48.6 + 3 * EM, 120.4)]
    assert texts(Page(600, 842, chars)) == ["长工民作" + "甲" * 20]


def grid(
    xs: Sequence[float], ys: Sequence[float], without: Sequence[tuple[bool, int, int]] = ()
) -> list[Rule]:
    """The rules around every cell but those in `without`: (across, which line, which piece of it)."""
    across = [
        Rule(True, y, xs[c], xs[c + 1])
        for r, y in enumerate(ys)
        for c in range(len(xs) - 1)
        if (True, r, c) not in without
    ]
    down = [
        Rule(False, x, ys[r], ys[r + 1])
        for c, x in enumerate(xs)
        for r in range(len(ys) - 1)
        if (False, c, r) not in without
    ]
    return across + down


def rows(*pages: Page) -> list[TableRow]:
    return [b for b in layout(pages, "要点.pdf") if isinstance(b, TableRow)]


def test_rules_make_cells_and_missing_ones_merge_them() -> None:
    chars = [
        *line("类别", 52, 102), *line("责任", 152, 102), *line("党建", 52, 160), *line("工程", 52, 180),
        *line("党办", 152, 132), *line("6月", 252, 132), *line("人事股", 152, 202), *line("7月", 252, 202),
    ]  # fmt: skip
    rules = grid([50, 150, 250, 350], [100, 130, 190, 230], without=[(True, 2, 0), (False, 2, 0)])
    assert rows(Page(600, 842, chars, rules)) == [
        TableRow((Cell("类别", 0), Cell("责任", 1, 2)), 1, "表1第1行"),
        TableRow((Cell("党建工程", 0), Cell("党办", 1), Cell("6月", 2)), 1, "表1第2行"),
        TableRow((Cell("党建工程", 0, 1, True), Cell("人事股", 1), Cell("7月", 2)), 1, "表1第3行"),
    ]


def test_a_table_goes_on_over_the_page() -> None:
    """Its header is repeated, a merged cell and a row are cut in two."""
    xs, ys = [50, 150, 200, 500], [100, 130, 160, 190]
    heads = [*line("类别", 52, 102), *line("号", 152, 102), *line("任务", 202, 102)]
    upper = [*heads, *line("党建", 52, 132), *line("1", 152, 132), *line("甲。", 202, 132)]
    upper += [*line("2", 152, 162), *line("乙丙丁，", 202, 162)]
    lower = [*heads, *line("戊己。", 202, 132), *line("3", 152, 162), *line("庚。", 202, 162)]
    merged = grid(xs, ys, without=[(True, 2, 0)])
    found = rows(Page(600, 842, upper, merged), Page(600, 842, lower, merged))
    assert [[c.text for c in row.cells] for row in found] == [
        ["类别", "号", "任务"],
        ["党建", "1", "甲。"],
        ["党建", "2", "乙丙丁，戊己。"],
        ["党建", "3", "庚。"],
    ]
    assert {row.table for row in found} == {1}
    assert [row.cells[0].continued for row in found] == [False, False, True, True]


def test_a_merged_cell_whose_text_the_page_parts_is_whole_in_all_its_rows() -> None:
    xs, ys = [50, 150, 200, 500], [100, 130, 160, 190]
    upper = [*line("类别", 52, 102), *line("号", 152, 102), *line("任务", 202, 102), *line("党建", 52, 132)]
    upper += [*line("1", 152, 132), *line("甲。", 202, 132), *line("2", 152, 162), *line("乙丙，", 202, 162)]
    lower = [*line("工程", 52, 102), *line("丁。", 202, 102), *line("3", 152, 132), *line("戊。", 202, 132)]
    lower += [*line("安全", 52, 162), *line("4", 152, 162), *line("己。", 202, 162)]
    above, below = grid(xs, ys, without=[(True, 2, 0)]), grid(xs, ys, without=[(True, 1, 0)])
    found = rows(Page(600, 842, upper, above), Page(600, 842, lower, below))
    assert [row.cells[0].text for row in found[2:]] == ["党建工程", "党建工程", "安全"]


def test_a_box_around_the_text_is_no_table() -> None:
    boxed = Page(600, 842, line(FULL, 48, 120), grid([30, 570], [100, 200]))
    assert rows(boxed) == [] and texts(boxed) == [FULL]


# --- files -----------------------------------------------------------------------------------------------
def written(*objects: bytes, trailer: bytes = b"") -> bytes:
    """A PDF of these objects, the first of which is the catalogue."""
    data = b"%PDF-1.7\n"
    places = []
    for i, body in enumerate(objects, 1):
        places.append(len(data))
        data += b"%d 0 obj\n%s\nendobj\n" % (i, body)
    start = len(data)
    data += b"xref\n0 %d\n0000000000 65535 f \n" % (len(places) + 1)
    data += b"".join(b"%010d 00000 n \n" % place for place in places)
    return data + b"trailer\n<</Size %d/Root 1 0 R%s>>\nstartxref\n%d\n%%%%EOF" % (
        len(places) + 1,
        trailer,
        start,
    )


def stream(content: bytes, more: bytes = b"") -> bytes:
    return b"<<%s/Length %d>>\nstream\n%s\nendstream" % (more, len(content), content)


ONE_PAGE = (b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[3 0 R]/Count 1>>")
SCAN = written(
    *ONE_PAGE,
    b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources<</XObject<</I 5 0 R>>>>/Contents 4 0 R>>",
    stream(b"q 595 0 0 842 0 0 cm /I Do Q"),
    stream(b"\x80", b"/Type/XObject/Subtype/Image/Width 1/Height 1/ColorSpace/DeviceGray/BitsPerComponent 8"),
)
PASSWORD = written(
    *ONE_PAGE,
    b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>",
    b"<</Filter/Standard/V 1/R 2/P -4/O<%s>/U<%s>>>" % (b"28" * 32, b"31" * 32),
    trailer=b"/Encrypt 4 0 R/ID[<00><00>]",
)
LOOP = written(ONE_PAGE[0], b"<</Type/Pages/Kids[2 0 R 2 0 R]/Count 2>>")
FORM_LOOP = written(
    *ONE_PAGE,
    b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources<</XObject<</F 4 0 R>>>>/Contents 5 0 R>>",
    stream(b"/F Do /F Do", b"/Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</F 4 0 R>>>>"),
    stream(b"/F Do"),
)
MANY = written(
    ONE_PAGE[0],
    b"<</Type/Pages/Kids[%s]/Count %d>>" % (b"3 0 R " * (PAGES + 1), PAGES + 1),
    b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>",
)
BOMB = written(
    *ONE_PAGE,
    b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R>>",
    stream(zlib.compress(b"0 0 m 9 9 l S " * 20_000_000, 9), b"/Filter/FlateDecode"),
)


@pytest.mark.parametrize(
    ("data", "codes"),
    [
        pytest.param(SCAN, {"scan"}, id="scan"),
        pytest.param(PASSWORD, {"encrypted"}, id="password"),
        pytest.param(b"%PDF-1.7\nbroken", {"unreadable"}, id="broken"),
        pytest.param(SCAN[:200], {"unreadable"}, id="cut off"),
        pytest.param(LOOP, {"unreadable", "scan"}, id="page tree in a loop"),
        pytest.param(FORM_LOOP, {"unreadable", "scan"}, id="drawing in a loop"),
        pytest.param(MANY, {"not-a-plan"}, id="too many pages"),
        pytest.param(BOMB, {"unreadable"}, id="far too much in one page"),
    ],
)
def test_what_cannot_be_read_is_said_soon(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, data: bytes, codes: set[str]
) -> None:
    if data in (FORM_LOOP, BOMB):
        monkeypatch.setattr(pdf, "SECONDS", 3.0)
    path = tmp_path / "要点.pdf"
    path.write_bytes(data)
    start = time.monotonic()
    with pytest.raises(PlanError) as error:
        read_plan(path)
    assert time.monotonic() - start < 12
    assert error.value.code in codes
    assert "要点.pdf" in str(error.value)
    if error.value.code in ("scan", "encrypted", "unreadable"):
        assert "Word 版" in str(error.value)


def test_a_file_may_be_opened_with_a_page_turned(tmp_path: Path) -> None:
    """Turned by 90 degrees, as wide tables are: read as it is shown."""
    font = b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"
    for turn, matrix in (
        (0, b"1 0 0 1 0 0"),
        (90, b"0 1 -1 0 595 0"),
        (180, b"-1 0 0 -1 595 842"),
        (270, b"0 -1 1 0 0 842"),
    ):
        content = b"q %s cm BT /F 12 Tf 50 500 Td (1. Alpha beta) Tj 0 -40 Td (2. Gamma) Tj ET Q" % matrix
        data = written(
            *ONE_PAGE,
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Rotate %d/Contents 4 0 R"
            b"/Resources<</Font<</F 5 0 R>>>>>>" % turn,
            stream(content),
            font,
        )
        assert [b.text for b in blocks(data, "a.pdf") if not isinstance(b, TableRow)] == [
            "1. Alpha beta",
            "2. Gamma",
        ]


def test_a_scanned_page_among_others_is_named() -> None:
    pages = [page([(FULL, 0)]), Page(600, 842, [], picture=0.9)]
    with pytest.raises(PlanError, match="第 2 页是扫描") as error:
        list(layout(pages, "要点.pdf"))
    assert error.value.code == "scan"


def test_text_without_a_meaning_is_as_good_as_none() -> None:
    with pytest.raises(PlanError, match="乱码"):
        list(layout([page([("\ue001" * 30, 0)])], "要点.pdf"))


def saved(document: Any, tmp_path: Path) -> Path:
    path = tmp_path / "plan.docx"
    document.save(str(path))
    return converted(path, "pdf")


def page_number(document: Any) -> None:
    """— 3 — in the footer, and a running head."""
    section = document.sections[0]
    section.header.paragraphs[0].text = "民乐县教育局文件"
    paragraph = section.footer.paragraphs[0]
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    paragraph.add_run("— ")
    run = paragraph.add_run()
    for kind, text in (("begin", None), (None, "PAGE"), ("end", None)):
        element = OxmlElement("w:fldChar" if kind else "w:instrText")
        if kind:
            element.set(qn("w:fldCharType"), kind)
        element.text = text
        run._r.append(element)
    paragraph.add_run(" —")


@pytest.mark.office
@needs_office
def test_the_seed_as_pdf(tmp_path: Path) -> None:
    path = converted(save_docx(tmp_path / "plan.docx", seed_lines()), "pdf")
    seed = read_plan(SEED)
    assert evolve(read_plan(path), source=seed.source) == seed


@pytest.mark.office
@needs_office
@pytest.mark.parametrize("aligned", [WD_ALIGN_PARAGRAPH.LEFT, WD_ALIGN_PARAGRAPH.JUSTIFY])
def test_the_seed_set_as_an_official_document(tmp_path: Path, aligned: Any) -> None:
    document = docx.Document()
    page_number(document)
    for i, text in enumerate(seed_lines()):
        paragraph = document.add_paragraph()
        run = paragraph.add_run(text)
        run.font.size = Pt(22 if i == 0 else 16)
        paragraph.alignment = aligned if i else WD_ALIGN_PARAGRAPH.CENTER
        paragraph.paragraph_format.line_spacing = Pt(28)
        paragraph.paragraph_format.space_after = Pt(0)
        if i:
            paragraph.paragraph_format.first_line_indent = Pt(32)
    path = saved(document, tmp_path)
    seed = read_plan(SEED)
    assert evolve(read_plan(path), source=seed.source) == seed


@pytest.mark.office
@needs_office
def test_the_seed_behind_a_notice_and_a_table_of_contents(tmp_path: Path) -> None:
    document = docx.Document()
    page_number(document)
    seed = read_plan(SEED)
    for text in ("民乐县教育局关于印发《2022年工作要点》的通知", "各学校：", "现将要点印发给你们。"):
        document.add_paragraph(text)
    document.add_page_break()
    document.add_paragraph("目  录")
    for i, text in enumerate((seed.title, *(t for t in seed_lines() if t[1:2] == "、"))):
        entry = document.add_paragraph(f"{text}\t{i // 3 + 3}")
        entry.paragraph_format.tab_stops.add_tab_stop(Cm(15), WD_TAB_ALIGNMENT.RIGHT, WD_TAB_LEADER.DOTS)
    document.add_page_break()
    for i, text in enumerate(seed_lines()):
        paragraph = document.add_paragraph()
        paragraph.add_run(text).font.size = Pt(22 if i == 0 else 16)
        paragraph.paragraph_format.first_line_indent = Pt(32 if i else 0)
    path = saved(document, tmp_path)
    assert evolve(read_plan(path), source=seed.source) == seed


@pytest.mark.office
@needs_office
def test_a_table_over_pages_with_merged_cells(tmp_path: Path) -> None:
    document = docx.Document()
    page_number(document)
    document.add_paragraph(TITLE)
    table = document.add_table(rows=1, cols=4, style="Table Grid")
    for cell, text in zip(table.rows[0].cells, ("类别", "序号", "重点任务", "责任科室"), strict=True):
        cell.text = text
    repeated = OxmlElement("w:tblHeader")
    table.rows[0]._tr.get_or_add_trPr().append(repeated)
    for no in range(1, 31):
        for cell, text in zip(
            table.add_row().cells[1:],
            (str(no), f"推进第{no}项工作，" + "落实立德树人根本任务" * 6 + "。", "基教股、教研室"),
            strict=True,
        ):
            cell.text = text
    for first, last, text in ((1, 15, "党建工程"), (16, 30, "教学工程")):
        table.cell(first, 0).merge(table.cell(last, 0)).text = text
    path = saved(document, tmp_path)
    found: list[Block] = list(blocks(path.read_bytes(), path.name))
    table_rows = [b for b in found if isinstance(b, TableRow)]
    assert [b.text for b in found if not isinstance(b, TableRow)] == [TITLE]
    assert [[c.text for c in row.cells] for row in table_rows[1:]] == [
        [
            "党建工程" if no <= 15 else "教学工程",
            str(no),
            f"推进第{no}项工作，" + "落实立德树人根本任务" * 6 + "。",
            "基教股、教研室",
        ]
        for no in range(1, 31)
    ]
