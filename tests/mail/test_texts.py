"""The clerk's texts: read in whatever way they were saved, refused as a whole where they would go out wrong."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eduxl.errors import MailError
from eduxl.mail import texts
from eduxl.mail.texts import (
    FIRM_REMINDER,
    FOLDER,
    NAMES,
    PLACEHOLDERS,
    RECEIPT,
    REMINDER,
    SENDBACK,
    TEMPLATE,
    Text,
)

WRITTEN = "主题：请填报（{单位}）\n\n{单位}：\n\n请于{截止日期}前报送“{附件}”。\n\n{局名}\n"
VALUES = {"单位": "民乐一中", "截止日期": "2022年6月25日", "附件": "民乐一中.xlsx", "局名": "民乐县教育局"}
READ = ("请填报（民乐一中）", "民乐一中：\n\n请于2022年6月25日前报送“民乐一中.xlsx”。\n\n民乐县教育局\n")


@pytest.fixture
def master(tmp_path: Path) -> Path:
    return tmp_path / "总台账.xlsm"


def save(master: Path, data: bytes | str, name: str = TEMPLATE) -> None:
    folder = master.parent / FOLDER
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.txt").write_bytes(data.encode() if isinstance(data, str) else data)


def values_of(name: str) -> dict[str, str]:
    return {word: f"〈{word}〉" for word in PLACEHOLDERS[name]}


# --- what is shipped ------------------------------------------------------------------------------
def test_all_texts_are_laid_beside_the_master_once(master: Path) -> None:
    assert [path.name for path in texts.ensure(master)] == [
        "发送模板.txt", "催报.txt", "催报（第三次起）.txt", "退回.txt", "回执.txt",
    ]  # fmt: skip
    assert all(path.parent == master.parent / "邮件文字" for path in (master.parent / "邮件文字").iterdir())
    assert texts.ensure(master) == []


def test_a_text_that_the_clerk_changed_is_kept_and_a_deleted_one_comes_back(master: Path) -> None:
    _, reminder, *_ = texts.ensure(master)
    save(master, WRITTEN)
    reminder.unlink()
    assert texts.ensure(master) == [reminder]
    assert Text.of(master, TEMPLATE).fill(**VALUES) == READ


def test_a_laid_text_opens_in_an_old_notepad(master: Path) -> None:
    for path in texts.ensure(master):
        data = path.read_bytes()
        assert data.startswith(b"\xef\xbb\xbf") and re.search(rb"(?<!\r)\n", data) is None


@pytest.mark.parametrize("name", NAMES)
def test_what_is_laid_says_what_is_shipped(name: str, master: Path) -> None:
    shipped = Text.of(master, name)
    texts.ensure(master)
    assert Text.of(master, name) == shipped
    assert list(master.parent.iterdir()) == [master.parent / FOLDER]


@pytest.mark.parametrize("name", NAMES)
def test_a_shipped_text_leaves_nothing_open(name: str, master: Path) -> None:
    subject, body = Text.of(master, name).fill(**values_of(name))
    assert not set("{}｛｝") & set(subject + body)
    assert "〈单位〉" in subject and "〈轮次〉" in subject
    assert body.startswith("〈单位〉：\n") and body.endswith("\n\n〈局名〉\n")
    assert "回复这封邮件" in body and "附件" in body and "〈截止日期〉" in body


@pytest.mark.parametrize(
    ("name", "words"),
    [
        (TEMPLATE, {"附件", "计划"}), (REMINDER, {"次数", "事项"}), (FIRM_REMINDER, {"次数", "事项"}),
        (SENDBACK, {"附件", "事项"}), (RECEIPT, {"文件", "收到时间", "事项"}),
    ],
)  # fmt: skip
def test_a_shipped_text_says_what_it_is_about(name: str, words: set[str], master: Path) -> None:
    _, body = Text.of(master, name).fill(**values_of(name))
    assert words <= {word for word in PLACEHOLDERS[name] if f"〈{word}〉" in body}


def test_the_third_reminder_is_the_first_firm_one() -> None:
    assert [texts.reminder(count) for count in (1, 2, 3, 4)] == [
        REMINDER,
        REMINDER,
        FIRM_REMINDER,
        FIRM_REMINDER,
    ]


def test_a_day_is_written_out() -> None:
    assert texts.day(date(2022, 6, 5)) == "2022年6月5日"


# --- reading --------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "gb18030", "gbk"]
)
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_text_is_read_however_it_was_saved(encoding: str, end: str, master: Path) -> None:
    save(master, WRITTEN.replace("\n", end).encode(encoding))
    assert Text.of(master, TEMPLATE).fill(**VALUES) == READ


@pytest.mark.parametrize(
    "written",
    [
        WRITTEN.replace("主题：", "主题: "),
        WRITTEN.replace("主题：", "　主 题 ： "),
        "\n\n" + WRITTEN,
        WRITTEN.replace("{", "｛").replace("}", "｝"),
        WRITTEN.replace("{", "{ ").replace("}", " }"),
        WRITTEN.rstrip("\n"),
        WRITTEN + "\n \n\n",
    ],
    ids=range(7),
)
def test_small_slips_of_typing_make_no_difference(written: str, master: Path) -> None:
    save(master, written)
    assert Text.of(master, TEMPLATE).fill(**VALUES) == READ


@pytest.mark.parametrize(
    ("written", "line", "why"),
    [
        ("", 1, "主题"),
        ("各单位：\n请填报。\n", 1, "主题"),
        ("主题：\n请填报。\n", 1, "没有写主题"),
        ("主题：请填报\n \n\n", 1, "没有正文"),
        ("主题：请填报\n\n{单位}：\n请于{截止日}前报送。\n", 4, "“{截止日}”.*{截止日期}（本轮的截止日期）"),
        ("主题：请填报{名称}\n\n{单位}：\n", 1, "“{名称}”.*{单位}"),
        ("主题：请填报\n\n{}：\n", 3, "“{}”"),
        ("主题：请填报\n\n{单位：\n请填报。\n", 3, "“{”没有配对"),
        ("主题：请填报\n\n单位}：\n请填报。\n", 3, "“}”没有配对"),
        ("主题：请填报\n\n{{单位}}：\n", 3, "没有配对"),
        ("主题：请填报\n\n{事项}\n", 3, "“{事项}”"),
    ],
)  # fmt: skip
def test_a_text_that_cannot_go_out_is_refused_with_its_line(
    written: str, line: int, why: str, master: Path
) -> None:
    save(master, written)
    with pytest.raises(
        MailError, match=f"邮件文字/发送模板.txt 第{line}行：.*{why}.*一封也没有发"
    ) as problem:
        Text.of(master, TEMPLATE)
    assert problem.value.code == "bad-text"


@pytest.mark.parametrize("data", [b"\xff\xff\xff\xfe", b"PK\x03\x04\x00\x01", b"\x89PNG\r\n\x1a\n"])
def test_a_file_that_is_no_text_is_refused(data: bytes, master: Path) -> None:
    save(master, data)
    with pytest.raises(MailError) as problem:
        Text.of(master, TEMPLATE)
    assert problem.value.code == "bad-text"


@pytest.mark.parametrize("name", NAMES)
def test_every_placeholder_may_be_used_everywhere_in_its_text(name: str, master: Path) -> None:
    words = "".join(f"{{{word}}}" for word in PLACEHOLDERS[name])
    save(master, f"主题：{words}\n{words}\n", name)
    told = "".join(values_of(name).values())
    assert Text.of(master, name).fill(**values_of(name)) == (told, f"{told}\n")


# --- filling --------------------------------------------------------------------------------------
def test_a_name_with_braces_is_not_looked_through_in_turn(master: Path) -> None:
    save(master, "主题：{单位}\n{单位}，{局名}\n")
    filled = Text.of(master, TEMPLATE).fill(单位="{局名}", 局名="{单位}")
    assert filled == ("{局名}", "{局名}，{单位}\n")


@given(st.text())
def test_a_subject_stays_one_line_whatever_is_put_in(value: str) -> None:
    text = texts.parsed(TEMPLATE, "主题：请{单位}填报\n{单位}\n")
    subject, body = text.fill(单位=value)
    assert len(subject.splitlines()) == 1 and subject.startswith("请") and subject.endswith("填报")
    assert body == f"{value}\n"
