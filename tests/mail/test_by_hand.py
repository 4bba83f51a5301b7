"""Templates into a folder and returns out of one: real files, booked as mail is, and no unit's file in another's place."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from collections import Counter
from datetime import date, datetime
from pathlib import Path
from random import Random
from typing import Any

import openpyxl
import pytest
from attrs import evolve
from click.testing import CliRunner, Result
from hypothesis import given, settings
from hypothesis import strategies as st

from eduxl import Tracker
from eduxl import labels as L
from eduxl.cli import main
from eduxl.errors import FileProblem, MailError, RoundError
from eduxl.mail.mailroom import Mailroom
from eduxl.mail.texts import FOLDER as TEXTS
from eduxl.returns.identity import hidden_facts
from eduxl.returns.named import by_name
from eduxl.roster import Roster, shipped_rules
from eduxl.spreadsheet.sheets import open_book
from eduxl.tracker.records import Bounced, Fetched
from eduxl.tracker.state import State
from tests.builders import UNITS, fill, small_plan
from tests.mail import debtors
from tests.mail.smtp_server import SECRET, SmtpServer

OPENED, DUE, ROUND = date(2022, 6, 1), date(2022, 6, 25), "2022-06"
ASKED = {"G01", "G02", "S001", "S002", "S003", "S004"}
FOLDERS = {
    "G01": "局机关股室", "G02": "局机关股室", "S001": "县直", "S002": "洪水学区", "S003": "洪水学区", "S004": "县直",
}  # fmt: skip
LIST, WORDS = "发放名单.xlsx", "发群里的话.txt"
#: S003 has no address, S004 one that cannot be right.
NO_MAIL = {"S003": "", "S004": "一幼@示范"}

#: Hands out or takes in, and says after each file how far it is.
_RUN = """
import sys, time
from pathlib import Path
from eduxl import Tracker
from eduxl.mail.mailroom import Mailroom
room = Mailroom(Tracker.open(Path(sys.argv[2])))
def progress(done, total):
    print(done, flush=True)
    time.sleep(0.03)  # or it would be through before it is killed
getattr(room, sys.argv[1])(Path(sys.argv[3]), progress=progress)
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a tracker whose round is open and whose templates are written."""
    folder = tmp_path_factory.mktemp("made") / "台账"
    folder.mkdir()
    tracker = Tracker.create(small_plan(), debtors.roster(**NO_MAIL), folder / "总台账.xlsm", as_of=OPENED)
    tracker.open_round(ROUND, DUE, as_of=OPENED)
    tracker.write_templates(as_of=OPENED)
    return folder


@pytest.fixture
def tracker(made: Path, tmp_path: Path) -> Tracker:
    return copied(made, tmp_path)


def copied(made: Path, folder: Path) -> Tracker:
    shutil.copytree(made, folder / "台账")
    return Tracker.open(folder / "台账" / "总台账.xlsm")


@pytest.fixture
def stick(tmp_path: Path) -> Path:
    return tmp_path / "U盘"


def room(tracker: Tracker) -> Mailroom:
    return Mailroom(tracker)


def state(tracker: Tracker) -> State:
    with tracker.work("看", shows=False) as change:
        return change.state


def codes(items: Any) -> set[str]:
    return {item.unit.partition(" ")[0] for item in items}


def template(tracker: Tracker, unit: str) -> Path:
    return next((tracker.path.parent / "templates" / ROUND).glob(f"{unit}_*"))


def everything(folder: Path) -> dict[str, tuple[bytes, float]]:
    """Path → content and time of all that lies in a folder."""
    return {
        path.relative_to(folder).as_posix(): (path.read_bytes(), path.stat().st_mtime)
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def forms(folder: Path) -> dict[str, list[str]]:
    """Unit → the paths of the templates of it, as their hidden sheets say."""
    found: dict[str, list[str]] = {}
    for path, (data, _) in everything(folder).items():
        if path.endswith(".xlsx") and (unit := hidden_facts(open_book(data)).get("unit")):
            found.setdefault(unit, []).append(path)
    return found


def answered(
    tracker: Tracker, unit: str, target: Path, *, day: int = 10, text: str = "已经建好一间实验室"
) -> Path:
    rows = {no: {L.STATUS: L.UNDER_WAY, L.PROGRESS: 0.5, L.REPORT: text} for no in (1, 2)}
    return fill(template(tracker, unit), target, rows, datetime(2022, 6, day, 10, 30))


def run(tracker: Tracker, *args: str, code: int = 0) -> Result:
    result = CliRunner().invoke(main, [*args, "-m", str(tracker.path)])
    assert result.exit_code == code, result.output
    return result


def sent(tracker: Tracker) -> Counter[str]:
    """Unit → how many templates the tracker has booked as sent to it."""
    booked = state(tracker).mailed
    return Counter(
        unit for (_, unit, kind), facts in booked.items() if kind == L.MAIL_TEMPLATE for _ in facts
    )


# --- out ------------------------------------------------------------------------------------------
def test_every_unit_gets_its_own_template_under_its_district_whether_it_has_an_address_or_not(
    tracker: Tracker, stick: Path
) -> None:
    result = room(tracker).hand_out(stick)
    assert codes(result.sent) == ASKED and result.is_clean and not result.skipped
    assert {each.to for each in result.sent} == {"文件夹：U盘"}
    assert forms(stick) == {
        unit: [f"{folder}/{template(tracker, unit).name}"] for unit, folder in FOLDERS.items()
    }
    assert all(
        (stick / FOLDERS[unit] / template(tracker, unit).name).read_bytes()
        == template(tracker, unit).read_bytes()
        for unit in ASKED
    )
    assert sent(tracker) == Counter(ASKED)


def test_a_second_run_puts_nothing_there_again_even_where_the_files_were_moved_on(
    tracker: Tracker, stick: Path
) -> None:
    room(tracker).hand_out(stick)
    shutil.rmtree(stick / "县直")
    before = everything(stick)
    result = room(tracker).hand_out(stick)
    assert not result.sent and codes(result.skipped) == ASKED and all(each.done for each in result.skipped)
    assert everything(stick) == before and sent(tracker) == Counter(ASKED)


def test_a_unit_that_is_named_gets_its_file_again_where_it_is_gone(tracker: Tracker, stick: Path) -> None:
    room(tracker).hand_out(stick)
    assert not room(tracker).hand_out(stick, units=["S001"]).sent
    (lost,) = (stick / "县直").glob("S001*")
    lost.unlink()
    assert codes(room(tracker).hand_out(stick, units=["S001"]).sent) == {"S001"}
    assert lost.read_bytes() == template(tracker, "S001").read_bytes()


def test_what_was_handed_out_is_not_mailed_unless_a_unit_is_named(
    tmp_path: Path, stick: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EDUXL_MAIL_SECRET", SECRET)
    tracker = debtors.tracker(tmp_path)
    room(tracker).hand_out(stick, units=["S001", "S002"])
    with SmtpServer() as server:
        result = debtors.room(tracker, server).send(pace=False)
        assert codes(result.sent) == ASKED - {"S001", "S002"} and codes(result.skipped) == {"S001", "S002"}
        assert all("文件夹：U盘" in each.note for each in result.skipped)
        assert codes(debtors.room(tracker, server).send(units=["S001"], pace=False).sent) == {"S001"}
        assert Counter(to for message in server.record.messages for to in message.to) == Counter(
            f"{unit.lower()}@163.com" for unit in ASKED - {"S002"}
        )
    rest = room(tracker).hand_out(stick)
    assert not rest.sent and codes(rest.skipped) == ASKED


def test_a_unit_whose_mail_came_back_is_handed_its_template(
    tmp_path: Path, stick: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EDUXL_MAIL_SECRET", SECRET)
    tracker = debtors.tracker(tmp_path)
    with SmtpServer() as server:
        debtors.room(tracker, server).send(pace=False)
    with tracker.work("看", shows=False) as change:
        change.record("收取邮件", "", Bounced("S002", "s002@163.com", "no such user"))
    assert codes(room(tracker).hand_out(stick).sent) == {"S002"}
    assert codes(room(tracker).hand_out(stick).skipped) == ASKED
    assert set(forms(stick)) == {"S002"}


def test_a_dry_run_puts_nothing_anywhere(tracker: Tracker, stick: Path) -> None:
    result = room(tracker).hand_out(stick, dry_run=True)
    assert codes(result.sent) == ASKED
    assert not stick.exists() and not sent(tracker)


def test_a_template_under_a_neighbours_name_and_a_unit_without_one_are_told(
    tracker: Tracker, stick: Path
) -> None:
    template(tracker, "S001").replace(template(tracker, "S002"))
    result = room(tracker).hand_out(stick)
    assert codes(result.sent) == ASKED - {"S001", "S002"}
    assert codes(result.skipped) == {"S001", "S002"} and not any(each.done for each in result.skipped)
    assert set(forms(stick)) == ASKED - {"S001", "S002"}


@settings(max_examples=20, deadline=None)
@given(
    holders=st.permutations(sorted(ASKED)) | st.just(sorted(ASKED)),
    there=st.dictionaries(st.sampled_from(sorted(ASKED)), st.sampled_from([*sorted(ASKED), "别的"])),
)
def test_no_units_file_ever_takes_anothers_place(
    made: Path, tmp_path_factory: pytest.TempPathFactory, holders: list[str], there: dict[str, str]
) -> None:
    folder = tmp_path_factory.mktemp("mixed")
    tracker = copied(made, folder)
    names = {unit: template(tracker, unit).name for unit in ASKED}
    contents = {unit: template(tracker, unit).read_bytes() for unit in ASKED}
    source, stick = folder / "模板", folder / "U盘"
    source.mkdir()
    for unit, other in zip(sorted(ASKED), holders, strict=True):
        (source / names[unit]).write_bytes(contents[other])
    for unit, other in there.items():
        at = stick / FOLDERS[unit] / names[unit]
        at.parent.mkdir(parents=True, exist_ok=True)
        at.write_bytes(contents.get(other, b"somebody's"))
    before = everything(stick)
    result = room(tracker).hand_out(stick, source)
    right = {unit for unit, other in zip(sorted(ASKED), holders, strict=True) if unit == other}
    assert codes(result.sent) == right and codes(result.skipped) == ASKED - right
    now, roster = everything(stick), debtors.roster()
    for path, (data, _) in now.items():
        if path in before:
            assert data == before[path][0]
        elif path not in (LIST, WORDS):
            named = by_name(path, roster)
            assert named is not None and data == contents[named.code]
            assert path.startswith(f"{FOLDERS[named.code]}/")
    assert all(any(data == contents[unit] for data, _ in now.values()) for unit in right)
    shutil.rmtree(folder)


def test_districts_with_names_that_no_folder_can_have_stay_inside_the_folder(
    tmp_path: Path, stick: Path
) -> None:
    odd = {"S001": "县直/城区", "S002": "..", "S003": "CON", "S004": 'a:b*"'}
    units = tuple(evolve(unit, district=odd.get(unit.code, unit.district)) for unit in UNITS)
    (tmp_path / "台账").mkdir()
    tracker = Tracker.create(
        small_plan(), Roster(units, shipped_rules()), tmp_path / "台账" / "总台账.xlsm", as_of=OPENED
    )
    tracker.open_round(ROUND, DUE, as_of=OPENED)
    tracker.write_templates(as_of=OPENED)
    assert codes(room(tracker).hand_out(stick).sent) == ASKED
    assert {path.name for path in tmp_path.iterdir()} == {"台账", "U盘"}
    found = forms(stick)
    assert set(found) == ASKED and all(
        len(paths) == 1 and paths[0].count("/") == 1 for paths in found.values()
    )
    folders = {path.name for path in stick.iterdir() if path.is_dir()}
    assert "CON" not in folders and not any(set(name) & set('<>:"|?*') for name in folders)


def test_what_somebody_filled_in_stays_and_an_old_blank_one_is_replaced(
    tracker: Tracker, stick: Path
) -> None:
    room(tracker).hand_out(stick)
    mine = stick / "县直" / template(tracker, "S001").name
    old = stick / "县直" / template(tracker, "S004").name
    answered(tracker, "S001", mine)
    filled = mine.read_bytes()
    tracker.write_templates(as_of=date(2022, 6, 3))
    result = room(tracker).hand_out(stick, units=["S001", "S004"])
    assert codes(result.sent) == {"S001", "S004"}
    assert mine.read_bytes() == filled
    assert mine.with_name(f"{mine.stem}（2）.xlsx").read_bytes() == template(tracker, "S001").read_bytes()
    assert old.read_bytes() == template(tracker, "S004").read_bytes()
    assert not old.with_name(f"{old.stem}（2）.xlsx").exists()


def test_where_the_folder_takes_no_more_the_rest_is_told_and_the_next_run_goes_on(
    tracker: Tracker, stick: Path
) -> None:
    stick.mkdir()
    (stick / "洪水学区").write_text("a file, not a folder")
    result = room(tracker).hand_out(stick)
    failed = codes(result.failed)
    assert (
        result.stopped and failed and codes(result.sent) | failed == ASKED and not codes(result.sent) & failed
    )
    assert sent(tracker) == Counter(codes(result.sent))
    (stick / "洪水学区").unlink()
    assert codes(room(tracker).hand_out(stick).sent) == failed
    assert set(forms(stick)) == ASKED and sent(tracker) == Counter(ASKED)


@pytest.mark.parametrize("seed", range(6))
def test_a_run_killed_at_any_moment_leaves_whole_files_and_the_next_one_goes_on(
    tracker: Tracker, stick: Path, seed: int
) -> None:
    killed(Random(seed), "hand_out", tracker, stick)
    contents = {template(tracker, unit).name: template(tracker, unit).read_bytes() for unit in ASKED}
    for path, (data, _) in everything(stick).items() if stick.exists() else ():
        name = path.rpartition("/")[2]
        assert name.startswith(".~") or name in (LIST, WORDS) or data == contents[name]
    room(tracker).hand_out(stick)
    result = room(tracker).hand_out(stick)
    assert codes(result.skipped) == ASKED and not result.sent
    assert {unit: len(paths) for unit, paths in forms(stick).items()} == dict.fromkeys(ASKED, 1)
    assert not list(stick.rglob(".~*")) and sent(tracker) == Counter(ASKED)
    assert set(everything(stick)) >= {LIST, WORDS}


def killed(random: Random, what: str, tracker: Tracker, place: Path) -> None:
    """Run in a process that is killed around one of its files."""
    process = subprocess.Popen(
        [sys.executable, "-c", _RUN, what, str(tracker.path), str(place)], stdout=subprocess.PIPE, text=True
    )
    with process:
        assert process.stdout is not None
        for _ in range(random.randrange(6)):
            process.stdout.readline()
        time.sleep(random.random() * 0.04)
        process.kill()
    assert process.returncode in (-signal.SIGKILL, 0)


@pytest.mark.parametrize("name", ["templates", "returns/2022-06", "总台账.eduxl", "sendback"])
def test_the_trackers_own_folders_are_neither_filled_nor_taken_from(tracker: Tracker, name: str) -> None:
    place = tracker.path.parent / name
    place.mkdir(parents=True, exist_ok=True)
    before = everything(tracker.path.parent)
    for work in (room(tracker).hand_out, room(tracker).take_in):
        with pytest.raises(MailError) as refused:
            work(place)
        assert refused.value.code == "bad-folder"
    assert set(everything(tracker.path.parent)) == set(before)
    with pytest.raises(MailError):
        room(tracker).take_in(tracker.path.parent)


def test_a_template_that_changes_during_the_run_is_not_put_there_and_the_next_run_does(
    tracker: Tracker, stick: Path
) -> None:
    last = template(tracker, "S004")

    def progress(done: int, total: int) -> None:
        if done == 1:
            answered(tracker, "S004", last)

    result = room(tracker).hand_out(stick, progress=progress)
    assert codes(result.failed) == {"S004"} and codes(result.sent) == ASKED - {"S004"}
    assert not list(stick.rglob("S004*"))
    assert codes(room(tracker).hand_out(stick).sent) == {"S004"}


# --- the list and the words -----------------------------------------------------------------------
def test_the_list_names_contact_phone_and_file_by_district_and_prints_on_a4(
    tracker: Tracker, stick: Path
) -> None:
    room(tracker).hand_out(stick)
    sheet = openpyxl.load_workbook(stick / LIST).active
    assert sheet is not None
    rows = [row for row in sheet.iter_rows(values_only=True)]
    assert ROUND in rows[0][0] and rows[2] == ("学区", "单位", "联系人", "电话", "文件名", "签收")
    units = {unit.code: unit for unit in debtors.roster().units}
    order = ["G01", "G02", "S002", "S003", "S001", "S004"]
    assert rows[3:] == [
        (FOLDERS[c], units[c].name, units[c].contact, units[c].phone, template(tracker, c).name, None)
        for c in order
    ]
    assert (sheet.page_setup.paperSize, sheet.page_setup.fitToHeight, sheet.print_title_rows) == (
        9,
        0,
        "$3:$3",
    )


def test_a_list_grows_until_somebody_signs_on_it(tracker: Tracker, stick: Path) -> None:
    room(tracker).hand_out(stick, units=["S001"])
    room(tracker).hand_out(stick, units=["S002"])
    assert [path.name for path in stick.glob("发放名单*")] == [LIST]
    book = openpyxl.load_workbook(stick / LIST)
    assert book.active is not None and book.active.max_row == 5
    book.active["F5"] = "王老师"
    book.save(stick / LIST)
    signed = (stick / LIST).read_bytes()
    room(tracker).hand_out(stick)
    assert (stick / LIST).read_bytes() == signed
    longer = openpyxl.load_workbook(stick / "发放名单（2）.xlsx").active
    assert longer is not None and longer.max_row == 3 + len(ASKED)


def test_a_file_of_the_lists_name_that_is_no_list_stays(tracker: Tracker, stick: Path) -> None:
    stick.mkdir()
    (stick / LIST).write_bytes(b"something else")
    room(tracker).hand_out(stick)
    assert (stick / LIST).read_bytes() == b"something else" and (stick / "发放名单（2）.xlsx").exists()


def test_the_words_for_the_group_say_what_the_clerk_added_to_the_text_of_the_mail(
    tracker: Tracker, stick: Path
) -> None:
    room(tracker).hand_out(stick, units=["S001"])
    said = (stick / WORDS).read_text(encoding="utf-8-sig")
    assert "2022年6月25日" in said and "县直" in said and "邮件" not in said and "{" not in said
    (stick / WORDS).write_text("改成了我的话", encoding="utf-8")
    texts = tracker.path.parent / TEXTS
    texts.mkdir()
    mail = (
        "主题：{轮次}快报表啦\n\n{单位}：\n联系人李老师，{截止日期}前找她。\n请回复这封邮件，附件是{附件}。\n"
    )
    (texts / "发送模板.txt").write_text(mail, encoding="gb18030")
    room(tracker).hand_out(stick)
    assert (stick / WORDS).read_text(encoding="utf-8") == "改成了我的话"
    said = (stick / "发群里的话（2）.txt").read_text(encoding="utf-8-sig")
    assert "2022-06快报表啦" in said and "联系人李老师，2022年6月25日前找她。" in said and "邮件" not in said


# --- in -------------------------------------------------------------------------------------------
def collected(tracker: Tracker, stick: Path) -> None:
    """What gathers on a stick: returns in all shapes, and what is none."""
    answered(tracker, "S001", stick / "一中.xlsx", text="建了一间")
    nameless = openpyxl.load_workbook(
        answered(tracker, "S003", stick / "洪水镇中心小学" / "新建表格.xlsx", text="开了课")
    )
    del nameless[L.META]
    for row in nameless[L.FORM].iter_rows():
        for cell in row:
            if isinstance(cell.value, str) and "洪水镇中心小学" in cell.value:
                cell.value = None
    nameless.save(stick / "洪水镇中心小学" / "新建表格.xlsx")
    stamp(stick / "洪水镇中心小学" / "新建表格.xlsx", 12)
    inner = answered(tracker, "S004", stick / "inner.xlsx", text="衔接课程已经排好")
    with zipfile.ZipFile(stick / "一幼.zip", "w") as archive:
        archive.write(inner, "一幼.xlsx")
    inner.unlink()
    stamp(stick / "一幼.zip", 13)
    shutil.copy2(stick / "一中.xlsx", stick / "一中 (1).xlsx")
    stamp(stick / "一中 (1).xlsx", 15)
    (stick / "照片.jpg").write_bytes(b"\xff\xd8\xff\xe0" + b"x" * 300)
    (stick / "~$一中.xlsx").write_bytes(b"lock")
    with zipfile.ZipFile(stick / "照片.zip", "w") as archive:
        archive.write(stick / "照片.jpg", "照片.jpg")


def stamp(path: Path, day: int) -> None:
    moment = datetime(2022, 6, day, 8).timestamp()
    os.utime(path, (moment, moment))


def test_returns_are_copied_whole_and_all_else_is_told(tracker: Tracker, stick: Path) -> None:
    room(tracker).hand_out(stick)
    collected(tracker, stick)
    before = everything(stick)
    told = json.loads(run(tracker, "fetch", "--from", str(stick), "--json").stdout)
    assert everything(stick) == before
    saved = {item["subject"]: item for item in told["saved"]}
    assert {path: (item["unit"], item["received"]) for path, item in saved.items()} == {
        "一中.xlsx": ("S001 民乐县第一中学", "2022-06-10T10:30:00"),
        "洪水镇中心小学/新建表格.xlsx": ("S003 洪水镇中心小学", "2022-06-12T08:00:00"),
        "一幼.zip": ("S004 民乐县第一幼儿园", "2022-06-13T08:00:00"),
    }
    assert {item["from"] for item in told["saved"] + told["ignored"]} == {"文件夹"}
    for path, item in saved.items():
        copy = tracker.path.parent / item["path"]
        assert item["path"].startswith(f"returns/{ROUND}/")
        assert (copy.read_bytes(), copy.stat().st_mtime) == before[path]
        stem, _, extension = path.rpartition("/")[2].rpartition(".")
        assert copy.name.startswith(f"{stem}_") and len(copy.name) == len(stem) + 10 + len(extension)
    notes = {item["subject"]: item["note"] for item in told["ignored"]}
    assert set(saved) | set(notes) == set(before) and not set(saved) & set(notes) and all(notes.values())
    assert "图片" in notes["照片.jpg"] and "照片.jpg" in notes["照片.zip"] and "发放名单" in notes[LIST]
    assert "内容一样" in notes["一中 (1).xlsx"] and not state(tracker).fetched

    again = json.loads(run(tracker, "fetch", "--from", str(stick), "--json").stdout)
    assert again == {"saved": [], "ignored": []}
    run(tracker, "merge")
    received = {unit: r.received for (_, unit), r in state(tracker).winners.items()}
    assert received == {
        "S001": datetime(2022, 6, 10, 10, 30), "S003": datetime(2022, 6, 12, 8), "S004": datetime(2022, 6, 13, 8)
    }  # fmt: skip


def test_an_earlier_copy_of_what_was_merged_brings_its_time_and_is_not_saved_again(
    tracker: Tracker, stick: Path
) -> None:
    form = answered(tracker, "S001", stick / "一中.xlsx", day=20)
    room(tracker).take_in(stick)
    run(tracker, "merge")
    returns = set(everything(tracker.path.parent / "returns"))
    other = stick.with_name("另一个U盘")
    other.mkdir()
    shutil.copy(form, other / "第一稿.xlsx")
    stamp(other / "第一稿.xlsx", 11)
    result = room(tracker).take_in(other)
    assert not result.saved and "内容一样" in result.ignored[0].note
    assert [fact.received for fact in result.facts if isinstance(fact, Fetched)] == [datetime(2022, 6, 11, 8)]
    run(tracker, "merge")
    assert state(tracker).winners[ROUND, "S001"].received == datetime(2022, 6, 11, 8)
    assert set(everything(tracker.path.parent / "returns")) == returns
    stamp(other / "第一稿.xlsx", 25)
    assert not room(tracker).take_in(other).facts


def test_what_mail_brought_keeps_the_time_of_the_mail(tracker: Tracker, stick: Path) -> None:
    form = answered(tracker, "S001", stick / "一中.xlsx", day=9)
    shelf = tracker.path.parent / "returns" / ROUND
    shelf.mkdir(parents=True)
    shutil.copy(form, shelf / "一中_邮件.xlsx")
    stamp(shelf / "一中_邮件.xlsx", 14)
    sha256 = hashlib.sha256(form.read_bytes()).hexdigest()
    path, came = f"returns/{ROUND}/一中_邮件.xlsx", datetime(2022, 6, 14, 8)
    mail = Fetched(ROUND, sha256, path, "", "s001@163.com", "填报表", "<1@163.com>", came, "")
    with tracker.work("看", shows=False) as change:
        change.record("收取邮件", "", mail)
    result = room(tracker).take_in(stick)
    assert not result.saved and not result.facts
    assert state(tracker).fetched[mail.sha256] == mail


def test_what_was_merged_from_elsewhere_is_not_saved(tracker: Tracker, stick: Path) -> None:
    tracker.merge([answered(tracker, "S001", stick / "一中.xlsx")])
    result = room(tracker).take_in(stick)
    assert not result.saved and not result.facts and "已经汇总过" in result.ignored[0].note
    assert not (tracker.path.parent / "returns" / ROUND).exists()


def test_a_file_that_changes_while_it_is_taken_is_left_for_the_next_run(
    tracker: Tracker, stick: Path
) -> None:
    answered(tracker, "S001", stick / "一中.xlsx", day=8)
    late = answered(tracker, "S002", stick / "洪水中学.xlsx", day=9)

    def progress(done: int, total: int) -> None:
        if done == 1:
            answered(tracker, "S002", late, day=9, text="又改了一遍")

    result = room(tracker).take_in(stick, progress=progress)
    assert result.interrupted and [file.subject for file in result.saved] == ["一中.xlsx"]
    assert [file.subject for file in result.ignored] == ["洪水中学.xlsx"] and "再运行一次" in result.ignored[
        0
    ].note
    (saved,) = room(tracker).take_in(stick).saved
    assert (tracker.path.parent / saved.path).read_bytes() == late.read_bytes()


def test_a_round_that_is_closed_takes_and_gives_nothing(tracker: Tracker, stick: Path) -> None:
    answered(tracker, "S001", stick / "一中.xlsx")
    tracker.close_round(as_of=date(2022, 7, 1))
    before = everything(stick)
    for work in (room(tracker).hand_out, room(tracker).take_in):
        with pytest.raises(RoundError):
            work(stick)
    assert everything(stick) == before and not (tracker.path.parent / "returns" / ROUND).exists()


def test_a_return_that_was_saved_and_lost_is_taken_once_more(tracker: Tracker, stick: Path) -> None:
    answered(tracker, "S001", stick / "一中.xlsx")
    (saved,) = room(tracker).take_in(stick).saved
    (tracker.path.parent / saved.path).unlink()
    assert [each.path for each in room(tracker).take_in(stick).saved] == [saved.path]


@pytest.mark.parametrize("seed", range(4))
def test_what_a_killed_run_took_in_is_told_by_the_next_one(tracker: Tracker, stick: Path, seed: int) -> None:
    collected(tracker, stick)
    before = everything(stick)
    killed(Random(seed), "take_in", tracker, stick)
    result = room(tracker).take_in(stick)
    assert {file.subject for file in result.saved} | {file.subject for file in result.ignored} == set(before)
    assert {file.subject for file in result.saved} == {
        "一中.xlsx",
        "洪水镇中心小学/新建表格.xlsx",
        "一幼.zip",
    }
    held = everything(tracker.path.parent / "returns")
    assert sorted(data for data, _ in held.values()) == sorted(
        before[file.subject][0] for file in result.saved
    )
    assert everything(stick) == before


def test_a_folder_that_is_not_there_is_said(tracker: Tracker, stick: Path) -> None:
    with pytest.raises(FileProblem) as missing:
        room(tracker).take_in(stick)
    assert missing.value.code == "no-such-path"
    run(tracker, "fetch", "--from", str(stick), "--since", "2022-06-01", code=2)


# --- both -----------------------------------------------------------------------------------------
def test_a_round_goes_through_a_folder_by_the_commands(tracker: Tracker, stick: Path) -> None:
    assert "要发6封模板" in run(tracker, "send", "--to", str(stick), "--dry-run").output
    told = json.loads(run(tracker, "send", "--to", str(stick), "--json").stdout)
    assert set(told) == {"sent", "skipped", "unsure", "failed"}
    assert {(item["unit"][:3], item["to"]) for item in told["sent"]} >= {("G01", "文件夹：U盘")}
    for unit in ("S001", "S002"):
        answered(tracker, unit, stick / FOLDERS[unit] / template(tracker, unit).name, text=f"{unit}的进展")
    said = run(tracker, "fetch", "--from", str(stick)).output
    assert "收下2个文件" in said and "S001 民乐县第一中学" in said and "没有收的有6个文件" in said
    run(tracker, "merge")
    assert {unit for _, unit in state(tracker).winners} == {"S001", "S002"}
    said = run(tracker, "send", "--to", str(stick)).output
    assert "0个单位的填报表放进了" in said and "不用再发的有6个单位" in said
