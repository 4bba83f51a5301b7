"""Roster workbooks on disk: every type that offices save, files that are none, and the empty 名册.xlsx."""

from __future__ import annotations

import shutil
import subprocess
import zipfile
from datetime import date, datetime
from pathlib import Path

import pytest
from attrs import evolve
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from eduxl import labels as L
from eduxl.errors import FileProblem, RosterError
from eduxl.model import Unit
from eduxl.roster import (
    RULE_COLUMNS,
    GroupRule,
    Roster,
    check_roster,
    new_roster,
    read_roster,
    rule_rows,
    shipped_rules,
    write_roster,
)

CellValue = str | float | bool | date | None

SAMPLE = Path(__file__).parents[2] / "workbook" / "samples" / "roster-minle.xlsx"


def write(path: Path, *rows: tuple[CellValue, ...]) -> Path:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (L.ROSTER_COLUMNS, *rows):
        sheet.append(row)
    book.save(path)
    return path


# --- reading --------------------------------------------------------------------------------------
def test_the_sample() -> None:
    roster = read_roster(SAMPLE)
    assert len(roster.units) == 80
    assert check_roster(SAMPLE) == ()
    assert roster.unit("S003") == Unit(
        "S003", "民乐县思源实验学校", ("思源实验学校", "思源学校"), "学校", ("小学", "初中"), "公办", "县直",
        "联系人027", "0936-4400027", "s003@edu.example",
    )  # fmt: skip


def test_numbers_and_dates_read_as_they_look(tmp_path: Path) -> None:
    path = write(
        tmp_path / "名册.xlsx",
        (101, "东关小学", None, "学校", "小学", "公办", "县直", "张三", 13912345678.0, None),
        (7, "西关小学", None, "学校", "小学", "公办", "县直", 2.5, date(2022, 6, 1), None),
        (8, "南关小学", None, "学校", "小学", "公办", "县直", True, datetime(2022, 6, 1, 8), None),
    )
    book = load_workbook(path)
    book.worksheets[0]["A3"].number_format = "000"
    book.save(path)
    units = read_roster(path).units
    assert [unit.code for unit in units] == ["101", "007", "8"]
    assert [unit.phone for unit in units] == ["13912345678", "2022-06-01", "2022-06-01"]
    assert [unit.contact for unit in units] == ["张三", "2.5", "True"]


def test_a_value_merged_down_holds_for_each_unit(tmp_path: Path) -> None:
    path = write(
        tmp_path / "名册.xlsx",
        ("S1", "东关小学", None, "学校", "小学", "公办", "县直"),
        ("S2", "西关小学", None, None, "小学", "公办", None),
        ("S3", "南关小学", None, None, "小学", "公办", None),
    )
    book = load_workbook(path)
    for cells in ("D2:D4", "G2:G4", "A6:C6"):
        book.worksheets[0].merge_cells(cells)
    book.save(path)
    assert [(unit.kind, unit.district) for unit in read_roster(path).units] == [("学校", "县直")] * 3


def test_hidden_sheets_and_a_stray_format_far_below_do_not_matter(tmp_path: Path) -> None:
    path = write(tmp_path / "名册.xlsx", ("S1", "东关小学", None, "学校", "小学", "公办"))
    book = load_workbook(path)
    book.worksheets[0].cell(1_048_576, 3).number_format = "@"
    old = book.create_sheet("名册", 0)
    old.append(("单位编码", "单位名称"))
    old.sheet_state = "hidden"
    book.save(path)
    assert [unit.code for unit in read_roster(path).units] == ["S1"]


def repack(source: Path, target: Path, part: str, old: str, new: str) -> Path:
    """A copy of a workbook with one text of one part replaced."""
    with zipfile.ZipFile(source) as original, zipfile.ZipFile(target, "w") as copy:
        for name in original.namelist():
            content = original.read(name)
            if name == part:
                assert old.encode() in content
                content = content.replace(old.encode(), new.encode())
            copy.writestr(name, content)
    return target


def test_styles_that_openpyxl_refuses(tmp_path: Path) -> None:
    path = repack(
        SAMPLE, tmp_path / "名册.xlsx", "xl/styles.xml", 'patternType="gray125"', 'patternType="foo"'
    )
    with pytest.raises(ValueError):
        load_workbook(path)
    assert read_roster(path) == read_roster(SAMPLE)


@pytest.mark.office
@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed")
@pytest.mark.parametrize("kind", ["xls", "ods"])
def test_other_workbook_types(tmp_path: Path, kind: str) -> None:
    profile = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"
    command = ["soffice", profile, "--headless", "--convert-to", kind, "--outdir", str(tmp_path), str(SAMPLE)]
    subprocess.run(command, check=True, capture_output=True, timeout=180)
    # The type is told by the content: WPS names such files .et.
    path = (tmp_path / f"roster-minle.{kind}").rename(tmp_path / "名册.et")
    assert read_roster(path) == read_roster(SAMPLE)


# --- what cannot be read --------------------------------------------------------------------------
@pytest.mark.parametrize(
    "content",
    [
        b"",
        "单位编码,单位名称\nS1,东关小学\n".encode(),
        b"PK\x03\x04 broken off",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600),
    ],
    ids=["empty", "text", "zip", "ole"],
)
def test_no_workbook(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "名册.xlsx"
    path.write_bytes(content)
    for read in (read_roster, check_roster):
        with pytest.raises(RosterError, match=r"“名册.xlsx”不是 Excel 工作簿.*另存为") as caught:
            read(path)
        assert caught.value.code == "not-a-roster"


def test_a_zip_that_is_no_workbook(tmp_path: Path) -> None:
    path = tmp_path / "名册.xlsx"
    with zipfile.ZipFile(path, "w") as package:
        package.writestr("readme.txt", "no sheets here")
    with pytest.raises(RosterError, match="不是 Excel 工作簿"):
        read_roster(path)


def test_a_broken_part(tmp_path: Path) -> None:
    path = repack(SAMPLE, tmp_path / "名册.xlsx", "xl/workbook.xml", "<sheets>", "<sheets")
    with pytest.raises(RosterError, match="不是 Excel 工作簿"):
        read_roster(path)


def test_encrypted(tmp_path: Path) -> None:
    """Office keeps an encrypted workbook as two streams of an OLE file, named in its directory."""
    path = tmp_path / "名册.xlsx"
    names = "".join(("EncryptionInfo", "EncryptedPackage")).encode("utf-16-le")
    path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504) + names)
    with pytest.raises(RosterError, match="加了密码") as caught:
        read_roster(path)
    assert caught.value.code == "encrypted"


def test_a_file_that_unpacks_to_a_mountain(tmp_path: Path) -> None:
    path = tmp_path / "名册.xlsx"
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package,
        package.open("xl/workbook.xml", "w") as part,
    ):
        for _ in range(201):
            part.write(bytes(1024 * 1024))
    with pytest.raises(RosterError, match="展开后太大"):
        read_roster(path)


def test_a_file_larger_than_any_roster(tmp_path: Path) -> None:
    path = tmp_path / "名册.xlsx"
    with path.open("wb") as file:
        file.truncate(201 * 1024 * 1024)
    with pytest.raises(RosterError, match="太大"):
        read_roster(path)


def test_no_such_file(tmp_path: Path) -> None:
    with pytest.raises(FileProblem, match="找不到名册") as caught:
        read_roster(tmp_path / "名册.xlsx")
    assert caught.value.code == "no-such-path"
    with pytest.raises(FileProblem, match="是文件夹"):
        read_roster(tmp_path)
    with pytest.raises(FileProblem, match="读不了名册"):
        read_roster(tmp_path / ("长" * 200))


def test_all_errors_in_one_sentence(tmp_path: Path) -> None:
    path = write(
        tmp_path / "名册.xlsx",
        ("S1", "东关小学", None, "学校", "小学", "公办", None, None, None, "不是邮箱"),
        ("S1", "西关小学", None, "学校", "中学", "公办"),
    )
    with pytest.raises(RosterError) as caught:
        read_roster(path)
    assert caught.value.code == "bad-roster"
    assert str(caught.value) == (
        "名册“名册.xlsx”还不能用：Sheet!E3 学段“中学”不认识；Sheet!A3 单位编码“S1”重复，Sheet!A2 已经用了。"
        "请逐一改好后再用，运行 eduxl roster check 可以看到每一处的改法。"
    )


def test_a_single_error_says_its_remedy(tmp_path: Path) -> None:
    empty = write(tmp_path / "空.xlsx")
    with pytest.raises(RosterError, match="一个单位也没有。请从表头下一行起填写") as caught:
        read_roster(empty)
    assert caught.value.code == "empty-roster"
    book = Workbook()
    book.worksheets[0]["A1"] = "东关小学"
    book.save(tmp_path / "别的.xlsx")
    with pytest.raises(RosterError, match="找不到名册的表头") as caught:
        read_roster(tmp_path / "别的.xlsx")
    assert caught.value.code == "not-a-roster"


def test_hundreds_of_errors_stay_readable(tmp_path: Path) -> None:
    path = write(tmp_path / "名册.xlsx", *[(f"S{n}", f"第{n}小学", None, "小学") for n in range(200)])
    with pytest.raises(RosterError, match="共 200 处") as caught:
        read_roster(path)
    assert len(str(caught.value)) < 1000
    assert len([finding for finding in check_roster(path) if finding.level == "error"]) == 200


# --- writing --------------------------------------------------------------------------------------
def test_a_new_roster_is_never_written_over_another(tmp_path: Path) -> None:
    path = tmp_path / "名册.xlsx"
    path.write_bytes(b"somebody's work")
    with pytest.raises(FileProblem, match="已经存在") as caught:
        new_roster(path)
    assert caught.value.code == "exists"
    assert path.read_bytes() == b"somebody's work"


def test_what_a_clerk_finds_in_a_new_roster(tmp_path: Path) -> None:
    path = tmp_path / "名册.xlsx"
    new_roster(path)
    assert [(finding.code, finding.cell) for finding in check_roster(path)] == [("empty-roster", "名册!A1")]
    book = load_workbook(path)
    assert book.sheetnames == ["名册", "分组规则", "填写说明"]
    units, rules = book["名册"], book["分组规则"]
    assert tuple(cell.value for cell in units[1]) == L.ROSTER_COLUMNS
    assert all(cell.comment is not None for cell in units[1])
    assert units.freeze_panes == "C2"
    assert (units.page_setup.paperSize, units.page_setup.orientation) == (9, "landscape")
    texts = {letter: units.column_dimensions[letter].number_format for letter in "AI"}
    assert texts == {"A": "@", "I": "@"}
    assert {one.type for cells in units.conditional_formatting for one in cells.rules} == {
        "duplicateValues",
        "expression",
    }
    assert tuple(cell.value for cell in rules[1]) == RULE_COLUMNS
    assert rules.max_row == 1 + len(shipped_rules())


def test_every_value_that_a_drop_down_offers_is_read(tmp_path: Path) -> None:
    path = tmp_path / "名册.xlsx"
    new_roster(path)
    book = load_workbook(path)
    sheet = book["名册"]
    offered = {
        str(one.sqref)[0]: one.formula1.strip('"').split(",")
        for one in sheet.data_validations.dataValidation
        if one.type == "list"
    }
    assert offered == {"D": list(L.KINDS), "F": list(L.OWNERSHIPS)}
    rows = [(kind, ownership) for kind in offered["D"] for ownership in offered["F"]]
    for place, (kind, ownership) in enumerate(rows, start=2):
        for letter, value in zip(
            "ABDEFG", (f"U{place}", f"单位{place}", kind, "小学", ownership, "县直"), strict=True
        ):
            sheet[f"{letter}{place}"] = value
    book.save(path)
    assert check_roster(path) == ()
    assert [(unit.kind, unit.ownership) for unit in read_roster(path).units] == rows
    assert read_roster(path).rules == shipped_rules()


def test_the_sample_comes_back_unchanged(tmp_path: Path) -> None:
    roster = read_roster(SAMPLE)
    own = GroupRule(("试点学校",), units=("S001", "县一小"), excluded=("S014",), note="局办公会定")
    roster = evolve(roster, rules=(own, *roster.rules))
    path = tmp_path / "名册.xlsx"
    write_roster(roster, path)
    assert read_roster(path) == roster
    assert check_roster(path) == ()
    assert rule_rows(roster)[0] == ("试点学校", "", "", "", "", "", "", "S001、县一小", "S014", "局办公会定")


CHARS = "甲乙丙丁ABab01"
WORD = st.text(CHARS, min_size=2, max_size=6)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    words=st.lists(WORD, min_size=2, max_size=12, unique_by=str.casefold),
    kinds=st.lists(st.sampled_from(L.KINDS), min_size=6, max_size=6),
    stages=st.lists(st.sets(st.sampled_from(L.STAGE_NAMES)), min_size=6, max_size=6),
    phones=st.lists(st.sampled_from(["", "013912345678", "0936-1", "=1+1", "1e5"]), min_size=6, max_size=6),
)
def test_any_roster_comes_back_unchanged(
    tmp_path: Path, words: list[str], kinds: list[str], stages: list[set[str]], phones: list[str]
) -> None:
    units = tuple(
        Unit(
            code=f"{place:03}",
            name=words[2 * place] + "校",
            aliases=(words[2 * place + 1] + "分校",),
            kind=kinds[place],
            stages=tuple(stage for stage in L.STAGE_NAMES if stage in stages[place]),
            ownership="民办",
            phone=phones[place],
        )
        for place in range(len(words) // 2)
    )
    write_roster(Roster(units), tmp_path / "名册.xlsx")
    assert read_roster(tmp_path / "名册.xlsx") == Roster(units)


def test_places_that_cannot_be_written(tmp_path: Path) -> None:
    roster = read_roster(SAMPLE)
    with pytest.raises(FileProblem, match="不存在") as caught:
        write_roster(roster, tmp_path / "没有" / "名册.xlsx")
    assert caught.value.code == "no-such-path"
    (tmp_path / "名册.xlsx").mkdir()
    with pytest.raises(FileProblem, match="是一个文件夹") as caught:
        write_roster(roster, tmp_path / "名册.xlsx")
    assert caught.value.code == "no-such-path"
    assert [path.name for path in tmp_path.iterdir()] == ["名册.xlsx"]
