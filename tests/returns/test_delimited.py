"""Tables saved as text: any encoding and separator that programs write, and quotes that never swallow a row."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from datetime import date
from io import BytesIO, StringIO
from pathlib import Path

import openpyxl
import pytest

from eduxl import labels as L
from eduxl.returns import delimited
from eduxl.returns.intake import collect
from eduxl.returns.reader import Reading
from eduxl.spreadsheet.sheets import Unreadable

from .files import TASKS, answered, listed, one, read

COLUMNS = (L.TASK_NO, L.TASK_TITLE, L.STATUS, L.PROGRESS, L.DONE_ON, L.REPORT, L.PHONE)
ROWS: tuple[tuple[str, ...], ...] = (
    ("单位：民乐县第一中学",),
    COLUMNS,
    (
        "1",
        TASKS[1].title,
        "推进中",
        "80%",
        "",
        "已制定方案,并动员部署；分三步\n第二步\t已完成",
        "0936-4421110",
    ),
    ("2", TASKS[2].title, "已完成", "1", "2022/6/15", '召开了“推进会”，印发"双减"方案', "013993600001"),
    ("3", TASKS[3].title, "推进中", "0.5", "", "正在排查问题，逐项整改", "13993600001"),
    ("4", TASKS[4].title, "未启动", "0", "", "", ""),
)


def written(rows: Sequence[Sequence[str]] = ROWS, separator: str = ",") -> str:
    """As Excel writes it: as many fields in every row, quotes where they are needed."""
    target = StringIO(newline="")
    width = max(map(len, rows))
    csv.writer(target, delimiter=separator).writerows([*row, *[""] * (width - len(row))] for row in rows)
    return target.getvalue()


def check_rows(content: bytes, path: str = "填报表.csv") -> None:
    item = one(content, path)
    assert item.unit == "S001"
    assert [entry.status for entry in item.entries] == ["推进中", "已完成", "推进中", "未启动"]
    assert [entry.progress for entry in item.entries] == [80, 100, 50, 0]
    assert item.entries[1].done_on == date(2022, 6, 15)
    assert [entry.report for entry in item.entries] == [row[5] for row in ROWS[2:]]
    assert [entry.phone for entry in item.entries] == [row[6] for row in ROWS[2:]]
    assert item.entries[0].cell == "文本!C3"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("separator", [",", "\t", ";"])
def test_encoding_and_separator_are_found_out(encoding: str, separator: str) -> None:
    check_rows(written(separator=separator).encode(encoding))


@pytest.mark.parametrize("separator", ["，", "；", "|"])
def test_separators_typed_by_hand_are_known_too(separator: str) -> None:
    check_rows(written(separator=separator).encode("gb18030"))


@pytest.mark.parametrize("name", ["一中.csv", "一中.txt", "一中.tsv", "一中.xls", "一中.xlsx", "一中"])
def test_a_table_is_a_return_under_any_name(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(written(separator="\t").encode("utf-16"))
    (source,) = collect([tmp_path]).sources
    check_rows(source.data, name)


def test_line_ends_of_any_system_are_the_same(tmp_path: Path) -> None:
    for end in ("\r", "\n"):
        check_rows(written().replace("\r\n", end).encode())


def test_the_line_that_names_the_separator_is_no_row() -> None:
    check_rows(("sep=;\r\n" + written(separator=";")).encode("utf-8-sig"))
    check_rows(('"sep=,"\n' + written()).encode())


def test_old_programs_end_a_file_with_more_than_its_end() -> None:
    check_rows((written() + "\x1a\0\0").encode("gb18030"))


def test_our_template_saved_as_text_is_read_like_the_workbook() -> None:
    book = openpyxl.load_workbook(BytesIO(_saved(answered())))
    rows = [
        ["" if cell is None else str(cell) for cell in row]
        for row in book[L.FORM].iter_rows(values_only=True)
    ]
    item, same = one(written(rows).encode("gb18030"), "S001_民乐县第一中学_2022-06.csv"), one(answered())
    assert item.unit == same.unit
    assert [(e.task, e.status, e.progress, e.report) for e in item.entries] == [
        (e.task, e.status, e.progress, e.report) for e in same.entries
    ]


def _saved(book: openpyxl.Workbook) -> bytes:
    target = BytesIO()
    book.save(target)
    return target.getvalue()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ('="0936"', "0936"),
        ('"=""0936"""', "0936"),
        ("'0936", "0936"),
        ("'=1+1", "=1+1"),
        ("'双减'工作", "'双减'工作"),
        ("0936", "0936"),
        ("1.39E+10", "1.39E+10"),
    ],
)
def test_guards_around_a_text_are_taken_off(field: str, value: str) -> None:
    content = f"{L.TASK_NO},{L.TASK_TITLE},{L.STATUS},{L.REPORT}\n1,甲,推进中,{field}\n"
    assert one(("单位：民乐一中\n" + content).encode()).entries[0].report == value


# --- quotes ---------------------------------------------------------------------------------------
HEADER = "任务编号\t任务名称\t完成状态\t完成进度\t进展情况\t下一步措施\n"


def rows_of(text: str) -> list[list[object]]:
    book = delimited.open_text(text.encode())
    assert book is not None
    return [list(row) for row in book.grid(book.names[0]).rows]


def lines(*reports: str) -> str:
    return HEADER + "".join(f"{n}\t任务{n}\t推进中\t50%\t{text}\t继续\n" for n, text in enumerate(reports, 1))


@pytest.mark.parametrize(
    "reports",
    [
        ('"双减"工作推进', "二", "三"),
        ('"没有收尾', "二", "三"),
        ('"没有收尾', "二", '收尾"'),
        ("一", "二", '"没有收尾'),
        ('5" 屏幕', '"', "三"),
    ],
)
def test_a_quote_without_a_partner_is_text_and_swallows_nothing(reports: tuple[str, ...]) -> None:
    assert [row[4] for row in rows_of(lines(*reports))[1:]] == list(reports)


def test_a_row_within_quotes_is_not_swallowed_in_silence() -> None:
    text = lines('"没有收尾', "二", '收尾"', '"有\n两行"')
    with pytest.raises(Unreadable, match="引号不成对") as error:
        rows_of(text)
    assert error.value.code == "not-a-workbook"


def test_a_row_with_more_fields_than_the_header_is_not_shifted_in_silence() -> None:
    text = lines("一", "二").replace("\t", ",") + "3,任务3,推进中,50%,做了一,二,三,继续\n"
    with pytest.raises(Unreadable, match=r"第4行.*没有加引号"):
        rows_of(text)
    assert len(rows_of(lines("一", "二").replace("\t", ",") + "3,任务3,推进中,50%,做了一,继续,,\n")) == 4


def test_an_ordinary_text_of_several_lines_stays_one_cell() -> None:
    report = '1\t任务\t推进中\n2,"引用",乙\n\n3'
    target = StringIO(newline="")
    csv.writer(target, delimiter="\t").writerow(["1", "任务1", "推进中", "50%", report, "继续"])
    assert rows_of(HEADER + target.getvalue())[1][4] == report


# --- what is no return, or too much of one --------------------------------------------------------
@pytest.mark.parametrize(
    "text",
    [
        "各学校：\n请填写任务编号、完成状态和进展情况，于6月25日前报送。\n",
        "工作进展，存在问题，下一步措施：\n一是加强领导，二是压实责任，三是强化督查。\n",
        "姓名,班级,成绩\n张三,一班,90\n",
        "任务编号,任务名称\n1,甲\n",
    ],
)
def test_a_text_without_our_table_is_ignored(tmp_path: Path, text: str) -> None:
    for encoding in ("utf-8", "gb18030", "utf-16"):
        (tmp_path / f"{encoding}.txt").write_bytes(text.encode(encoding))
    found = collect([tmp_path])
    assert found.sources == ()
    assert all("没有填报表的表头" in ignored.note for ignored in found.ignored) and len(found.ignored) == 3


def refused(reading: Reading) -> str:
    assert reading.rejected is not None
    return reading.rejected.code


@pytest.mark.parametrize("broken", [b"\xff", b"\x80\x80\x80", "完成".encode("gb18030") + b"\xff"])
def test_a_table_with_bytes_that_cannot_be_read_is_refused(tmp_path: Path, broken: bytes) -> None:
    content = written().encode().replace("逐项整改".encode(), broken)
    (tmp_path / "一中.csv").write_bytes(content)
    (source,) = collect([tmp_path]).sources
    reading = read(source.data)
    assert refused(reading) == "not-a-workbook"
    assert reading.rejected and "编码" in reading.rejected.note


def test_a_table_too_large_is_refused(tmp_path: Path) -> None:
    content = written().encode() + b",,,,,,\r\n" * (delimited.MAX_TEXT // 8)
    (tmp_path / "一中.csv").write_bytes(content)
    (source,) = collect([tmp_path]).sources
    assert refused(read(source.data)) == "too-large"


def test_cells_far_out_are_cut_off_and_named() -> None:
    rows = [*ROWS, *[("",)] * 10_000, ("9", "太远")]
    item = one(written(rows).encode())
    assert len(item.entries) == 4
    assert "A10007" in " ".join(warning.cell for warning in item.warnings)
    assert "unknown-task" in listed(item)
