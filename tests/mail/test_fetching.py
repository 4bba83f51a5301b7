"""Every return that lies in the mailbox lies in the folder in the end, once; everything else is listed with why."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime
from io import BytesIO
from pathlib import Path
from random import Random
from typing import Any
from zipfile import ZipFile, ZipInfo

import pytest

from eduxl import labels as L
from eduxl.errors import MailError
from eduxl.mail import fetching
from eduxl.mail.fetching import FetchResult
from eduxl.mail.inbox import Inbox
from eduxl.mail.incoming import open_box
from eduxl.mail.secret import Secret
from eduxl.mail.settings import Server, Settings
from eduxl.returns import archives
from eduxl.tracker.records import Bounced
from tests.mail.collecting import ADDRESSES, LABELS, ROUND, SENT, Desk, moment, sha, varied
from tests.mail.dovecot import CODE, Dovecot, dovecot, needs_dovecot
from tests.mail.letters import (
    NAME,
    OURS,
    PNG,
    SCHOOL,
    attached,
    mail,
    samples,
    top,
    with_part,
    word,
)
from tests.mail.notices import sent
from tests.mail.odd_servers import cut

pytestmark = needs_dovecot
KILLS = 12


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    return Desk.made(tmp_path_factory.mktemp("desk"))


@pytest.fixture
def desk(prepared: Desk, tmp_path: Path) -> Desk:
    return prepared.copied(tmp_path / "desk")


@pytest.fixture
def server() -> Iterator[Dovecot]:
    with dovecot() as made:
        yield made


def run(desk: Desk, server: Dovecot, protocol: Any = "imap", **other: Any) -> FetchResult:
    with server.open(protocol) as box:
        return desk.fetch(box, **other)


def letter(data: bytes, name: str = NAME, number: int = 1, **fields: Any) -> bytes:
    """A mail with one file."""
    return with_part(attached(data, name), ident=str(number), **fields)


def noted(desk: Desk) -> list[str]:
    """Keys of the mails that the inbox knows."""
    with Inbox(desk.tracker.memory, OURS) as inbox:
        return list(inbox.standing())


def notes(result: FetchResult) -> str:
    return "\n".join(mail.note for mail in result.ignored)


def anonymous(desk: Desk, text: str = "") -> bytes:
    """A form in which nothing tells whose it is."""
    import openpyxl

    book = openpyxl.load_workbook(BytesIO(desk.filled("S001", text)))
    del book[L.META]
    sheet = book[L.FORM]
    for row in sheet.iter_rows(max_row=6):
        for cell in row:
            if isinstance(cell.value, str) and ("民乐县第一中学" in cell.value or "S001" in cell.value):
                cell.value = None
    for property_ in ("title", "subject", "creator", "description", "keywords"):
        setattr(book.properties, property_, None)
    file = BytesIO()
    book.save(file)
    return file.getvalue()


# --- all kinds of mails ---------------------------------------------------------------------------
@pytest.mark.parametrize("protocol", ["imap", "pop3"])
def test_each_mail_of_each_program_is_taken_or_listed(desk: Desk, server: Dovecot, protocol: str) -> None:
    mails = samples(desk.book)
    server.deliver([(sample.raw, datetime(2022, 6, 20, 10, 11)) for sample in mails])
    result = run(desk, server, protocol)
    there = set(desk.files().values())
    held = [(sample, file) for sample in mails for file in sample.files if not file.inline]
    workbooks = [
        (sample, file) for sample, file in held if file.data[:2] == b"PK" and "空白" not in file.name
    ]
    assert len(workbooks) > 60
    assert [sample.title for sample, file in workbooks if sha(file.data) not in there] == []
    assert len(there) == len(desk.files()), "nothing lies there twice"
    assert result.notes == () and result.interrupted is None
    assert len(noted(desk)) == len(mails)
    assert all(mail.notes or mail.kept for mail in result.mails)
    whose = {file.unit for file in result.saved}
    assert whose == {LABELS["S001"], LABELS["S002"], f"{LABELS['S001']}、{LABELS['S002']}", ""}
    assert [file.path for file in result.saved if not file.unit] == [
        f"returns/{ROUND}/{NAME[:-5]}_{sha(b'')[:8]}.xlsx"
    ]
    assert server.unread() == len(mails)


def test_a_second_run_downloads_nothing_and_says_nothing(desk: Desk, server: Dovecot) -> None:
    server.deliver([(sample.raw, moment(20)) for sample in samples(desk.book)[:70]])
    before = server.contents()
    first = run(desk, server)
    files, downloads = desk.files(), server.downloads()
    assert downloads == 70 and first.saved and first.ignored
    again = run(desk, server)
    assert (again.saved, again.ignored, again.facts, again.mails) == ((), (), (), ())
    assert server.downloads() == downloads and desk.files() == files and server.contents() == before


def test_a_second_run_by_pop3_downloads_nothing(desk: Desk, server: Dovecot) -> None:
    old = letter(b"", number=2).replace(b"20 Jun 2022", b"20 May 2022")
    server.deliver([(letter(desk.filled("S001")), moment(20)), (old, moment(1))])
    assert len(run(desk, server, "pop3").saved) == 1
    assert run(desk, server, "pop3").mails == () and server.downloads() == 1
    assert len(run(desk, server, "pop3", since=date(2022, 5, 1)).saved) == 1


def test_what_was_fetched_is_merged_as_of_the_mails_date(desk: Desk, server: Dovecot) -> None:
    server.deliver([(letter(desk.filled("S001"), date="Mon, 20 Jun 2022 10:10:10 +0000"), moment(20, 11))])
    result = run(desk, server)
    came = result.saved[0].received
    assert came == datetime(2022, 6, 20, 10, 10, 10, tzinfo=UTC).astimezone().replace(tzinfo=None)
    file = desk.path.parent / result.saved[0].path
    assert datetime.fromtimestamp(file.stat().st_mtime) == came
    os.utime(file, (0, 0))
    desk.tracker.merge([desk.folder], as_of=date(2022, 6, 21))
    assert [found.received for found in desk.state.returns[ROUND, "S001"]] == [came]


def test_a_date_that_is_a_day_off_is_not_believed_and_that_is_explained(desk: Desk, server: Dovecot) -> None:
    server.deliver([(letter(desk.filled("S001"), date="Fri, 24 Jun 2022 10:10:10 +0000"), moment(28, 11))])
    result = run(desk, server)
    assert result.saved[0].received == moment(28, 11)
    merged = desk.tracker.merge([desk.folder], as_of=date(2022, 6, 29)).files.merged[0]
    assert "mail-date" in {warning.code for warning in merged.warnings}


# --- each content once ----------------------------------------------------------------------------
def test_the_same_mail_delivered_twice_is_saved_once_and_keeps_its_first_time(
    desk: Desk, server: Dovecot
) -> None:
    raw = letter(desk.filled("S001"))
    server.deliver(
        [(raw, moment(20)), (b"Received: by x; Mon, 20 Jun 2022 11:00:00 +0800\r\n" + raw, moment(20))]
    )
    result = run(desk, server)
    assert len(result.saved) == len(result.facts) == len(desk.files()) == 1
    assert "收到了两次" in notes(result)


def test_content_that_comes_again_later_keeps_its_first_time(desk: Desk, server: Dovecot) -> None:
    data = desk.filled("S001")
    server.deliver([(letter(data, number=1, date="Tue, 21 Jun 2022 10:00:00 +0000"), moment(21))])
    run(desk, server)
    server.deliver(
        [(letter(data, "改名.xlsx", number=2, date="Thu, 23 Jun 2022 10:00:00 +0000"), moment(23))]
    )
    later = run(desk, server)
    assert (later.saved, later.facts) == ((), ()) and "内容一样" in notes(later)
    server.deliver([(letter(data, number=3, date="Mon, 20 Jun 2022 10:00:00 +0000"), moment(20))])
    earlier = run(desk, server)
    assert earlier.saved == () and [
        fact.received.day for fact in earlier.facts if not isinstance(fact, Bounced)
    ] == [20]
    assert desk.state.fetched[sha(data)].received.day == 20


def test_a_file_that_was_taken_away_comes_again_until_it_was_merged(desk: Desk, server: Dovecot) -> None:
    server.deliver([(letter(desk.filled("S001")), moment(20))])
    path = desk.path.parent / run(desk, server).saved[0].path
    path.rename(path.with_name("改了名.xlsx"))
    assert run(desk, server).saved == () and server.downloads() == 1
    path.with_name("改了名.xlsx").unlink()
    assert (desk.path.parent / run(desk, server).saved[0].path) == path and path.exists()
    desk.tracker.merge([desk.folder], as_of=date(2022, 6, 21))
    path.unlink()
    downloads = server.downloads()
    assert run(desk, server).saved == () and not path.exists() and server.downloads() == downloads


def test_what_the_clerk_saved_by_hand_is_not_saved_again(desk: Desk, server: Dovecot) -> None:
    data = desk.filled("S001")
    desk.folder.mkdir(parents=True)
    (desk.folder / "手存.xlsx").write_bytes(data)
    server.deliver([(letter(data), moment(20))])
    result = run(desk, server)
    assert list(desk.files()) == ["手存.xlsx"] and "手存.xlsx" in notes(result)
    assert [fact.sha256 for fact in result.facts if not isinstance(fact, Bounced)] == [sha(data)]


def test_a_folder_of_the_server_made_anew_saves_nothing_twice(desk: Desk, server: Dovecot) -> None:
    server.deliver([(letter(desk.filled("S001")), moment(20)), (letter(PNG, "操场.png", 2), moment(20))])
    run(desk, server)
    server.renumber()
    again = run(desk, server)
    assert (again.saved, again.ignored, again.facts) == ((), (), ())
    assert len(desk.files()) == 1 and server.downloads() == 4
    run(desk, server)
    assert server.downloads() == 4
    next(iter(desk.folder.iterdir())).unlink()
    assert len(run(desk, server).saved) == 1


def test_another_content_under_the_same_name_is_never_written_over(desk: Desk, server: Dovecot) -> None:
    data = desk.filled("S001")
    desk.folder.mkdir(parents=True)
    taken = desk.folder / f"{NAME[:-5]}_{sha(data)[:8]}.xlsx"
    taken.write_bytes(b"mine")
    server.deliver([(letter(data), moment(20))])
    saved = run(desk, server).saved[0].path
    assert taken.read_bytes() == b"mine"
    assert (desk.path.parent / saved).read_bytes() == data


# --- which files ----------------------------------------------------------------------------------
def test_our_blank_template_is_saved_only_where_it_comes_alone(desk: Desk, server: Dovecot) -> None:
    blank, filled = desk.blank(), desk.filled("S001")
    beside = with_part(attached(blank, "空白.xlsx"), attached(filled, NAME), ident="1")
    server.deliver([(beside, moment(20)), (letter(desk.blank("S002"), "没填.xlsx", 2), moment(20))])
    result = run(desk, server)
    assert set(desk.files().values()) == {sha(filled), sha(desk.blank("S002"))}
    assert "“空白.xlsx”是我们发出的空白模板" in notes(result)


def test_pictures_and_texts_are_listed_by_name_and_not_saved(desk: Desk, server: Dovecot) -> None:
    shown = mail(
        ["Content-Type: image/png; name=logo.png", "Content-Disposition: inline", "Content-ID: <a>",
         "Content-Transfer-Encoding: base64"], b"iVBORw0KGgo=",
    )  # fmt: skip
    raw = with_part(attached(PNG, "操场.png", "image/png"), attached(b"%PDF-1.4 x", "总结.pdf"), shown)
    server.deliver([(raw, moment(20))])
    result = run(desk, server)
    assert (result.saved, result.facts, desk.files()) == ((), (), {})
    assert "“操场.png”是图片" in notes(result) and "“总结.pdf”是 PDF" in notes(result)
    assert "logo" not in notes(result)


def test_an_archive_is_saved_whole_where_a_return_is_in_it(desk: Desk, server: Dovecot) -> None:
    returns = {"一/S001.xlsx": desk.filled("S001"), "S002 说明.txt": b"a", "S002.xlsx": desk.filled("S002")}
    pictures = {"操场.png": PNG}
    server.deliver(
        [
            (letter(_zip(returns), "洪水学区.zip"), moment(20)),
            (letter(_zip(pictures), "照片.zip", 2), moment(20)),
        ]
    )
    result = run(desk, server)
    assert list(desk.files()) == [f"洪水学区_{sha(_zip(returns))[:8]}.zip"]
    assert "“照片.zip”里没有填报表（“操场.png”是图片" in notes(result)
    wanted = {sha(_zip(returns)), sha(returns["一/S001.xlsx"]), sha(returns["S002.xlsx"])}
    assert {fact.sha256 for fact in result.facts if not isinstance(fact, Bounced)} == wanted
    assert set(result.saved[0].unit.split("、")) == {LABELS["S001"], LABELS["S002"]}
    os.utime(desk.path.parent / result.saved[0].path, (0, 0))
    desk.tracker.merge([desk.folder], as_of=date(2022, 6, 21))
    came = result.saved[0].received
    assert {found.received for unit in ("S001", "S002") for found in desk.state.returns[ROUND, unit]} == {
        came
    }


def test_an_archive_that_nothing_here_opens_is_saved_for_the_clerk_to_unpack(
    desk: Desk, server: Dovecot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archives, "bsdtar", lambda: None)
    monkeypatch.setattr(archives, "seven_zip", lambda: None)
    rar = b"Rar!\x1a\x07\x01\x00" + bytes(500)
    server.deliver([(letter(rar, "洪水学区.rar"), moment(20))])
    result = run(desk, server)
    assert list(desk.files().values()) == [sha(rar)] and "“洪水学区.rar”是压缩包，请解压" in notes(result)
    assert run(desk, server).mails == ()


def _zip(files: dict[str, bytes]) -> bytes:
    packed = BytesIO()
    with ZipFile(packed, "w") as archive:
        for name, data in files.items():
            archive.writestr(ZipInfo(name), data)
    return packed.getvalue()


def test_mails_without_a_return_say_what_they_are(desk: Desk, server: Dovecot) -> None:
    ours = f"From: {OURS}\r\nSubject: a\r\nMessage-ID: {SENT}\r\n".encode()
    answer = mail(top("Auto-Submitted: auto-replied", subject=word("自动回复：通知")), b"on leave")
    link = mail(top("Content-Type: text/plain"), b"https://docs.qq.com/sheet/DT0x")
    copy = ours + letter(desk.blank())[letter(desk.blank()).index(b"MIME-Version") :]
    server.deliver([(raw, moment(20)) for raw in (copy, answer, link, mail(top(), b"hello"))])
    result = run(desk, server)
    said = [each.note for each in result.ignored]
    assert len(said) == 4 and result.saved == ()
    for phrase, words in zip(("本邮箱自己发出", "自动回复", "腾讯文档的链接", "没有附件"), said, strict=True):
        assert phrase in words


def test_a_mail_that_is_too_large_is_listed_and_not_downloaded(
    desk: Desk, server: Dovecot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetching, "LARGEST", 100_000)
    server.deliver(
        [
            (letter(varied(desk.filled("S001"), 1, 200_000)), moment(20)),
            (letter(desk.filled("S002"), number=2), moment(20)),
        ]
    )
    result = run(desk, server)
    assert [each.sender for each in result.ignored] == [SCHOOL] and "太大" in notes(result)
    assert len(result.saved) == 1 and server.downloads() == 1


# --- whose it is ----------------------------------------------------------------------------------
def units(desk: Desk, result: FetchResult) -> list[str]:
    """Codes that the mails tell."""
    return [fact.unit for fact in result.facts if not isinstance(fact, Bounced)]


def test_a_return_that_names_nobody_is_whose_the_subject_and_the_sender_both_say(
    desk: Desk, server: Dovecot
) -> None:
    server.deliver(
        [(letter(anonymous(desk), "填报表.xlsx", subject=word("民乐县第一中学的填报表")), moment(20))]
    )
    result = run(desk, server)
    assert units(desk, result) == ["S001"] and result.saved[0].unit == LABELS["S001"]
    merged = desk.tracker.merge([desk.folder], as_of=date(2022, 6, 21)).files.merged[0]
    assert merged.unit == LABELS["S001"] and "unit-by-mail" in {warning.code for warning in merged.warnings}


@pytest.mark.parametrize(
    ("subject", "sender"),
    [
        ("填报表", SCHOOL),
        ("洪水镇初级中学的填报表", SCHOOL),
        ("民乐县第一中学的填报表", "someone@qq.com"),
        ("洪水镇中心小学和民乐县第一幼儿园", ADDRESSES["S003"]),
    ],
)
def test_neither_the_sender_nor_the_subject_alone_tells_whose_it_is(
    desk: Desk, server: Dovecot, subject: str, sender: str
) -> None:
    server.deliver(
        [(letter(anonymous(desk), "填报表.xlsx", subject=word(subject), sender=sender), moment(20))]
    )
    result = run(desk, server)
    assert units(desk, result) == [""] and result.saved[0].unit == ""
    assert [
        file.code for file in desk.tracker.merge([desk.folder], as_of=date(2022, 6, 21)).files.rejected
    ] == ["unknown-unit"]


def test_what_a_return_says_of_itself_goes_before_what_the_mail_says(desk: Desk, server: Dovecot) -> None:
    server.deliver(
        [(letter(desk.filled("S002"), "表.xlsx", subject=word("民乐县第一中学的填报表")), moment(20))]
    )
    result = run(desk, server)
    assert units(desk, result) == [""] and result.saved[0].unit == LABELS["S002"]


def test_a_bounce_marks_each_unit_with_that_address_and_is_never_a_return(
    desk: Desk, server: Dovecot
) -> None:
    bounce = next(sample.raw for sample in samples(desk.book) if sample.title == "退信: Postfix")
    delay = next(sample.raw for sample in samples(desk.book) if sample.title == "退信: Postfix, delayed")
    assert sent(desk.book) in bounce
    shared = ADDRESSES["S003"].encode()
    server.deliver([(raw.replace(b"nobody@minle-school.cn", shared), moment(20)) for raw in (bounce, delay)])
    result = run(desk, server)
    assert [(fact.unit, fact.address) for fact in result.facts if isinstance(fact, Bounced)] == [
        ("S003", ADDRESSES["S003"]), ("S004", ADDRESSES["S003"]),
    ]  # fmt: skip
    assert result.saved == () and desk.files() == {} and set(desk.state.bounced) == {"S003", "S004"}
    assert LABELS["S003"] in notes(result) and "延迟" in notes(result)


# --- runs that break off --------------------------------------------------------------------------
def test_what_a_run_could_not_book_is_told_and_booked_by_the_next(desk: Desk, server: Dovecot) -> None:
    server.deliver([(letter(desk.filled("S001")), moment(20)), (mail(top(ident="2"), b"hello"), moment(20))])
    dead = run(desk, server, books=False)
    assert dead.saved and not desk.state.fetched
    next_ = run(desk, server)
    assert (next_.saved, next_.ignored, next_.facts) == (dead.saved, dead.ignored, dead.facts)
    assert len(desk.state.fetched) == 1 and server.downloads() == 2
    assert run(desk, server).mails == ()


def test_a_file_that_a_run_saved_and_could_not_note_is_not_doubled(desk: Desk, server: Dovecot) -> None:
    server.deliver([(letter(desk.filled("S001")), moment(20))])
    first = run(desk, server, books=False)
    with Inbox(desk.tracker.memory, OURS) as inbox:
        inbox._db.exec_driver_sql("DELETE FROM inbox")
    again = run(desk, server)
    assert (again.saved, again.ignored, again.facts) == (first.saved, (), first.facts)
    assert len(desk.files()) == 1


def test_a_cut_wire_keeps_what_was_fetched_and_the_next_run_goes_on(desk: Desk, server: Dovecot) -> None:
    data = desk.filled("S001")
    server.deliver([(letter(varied(data, n, 30_000), number=n), moment(20)) for n in range(8)])
    with cut(server.ports["imap"], 200_000) as port:
        where = Server("127.0.0.1", port)
        settings = Settings(OURS, "", "custom", where, where, "imap", "plain", "plain")
        with open_box(settings, Secret(CODE)) as box:
            first = desk.fetch(box)
    assert isinstance(first.interrupted, MailError) and first.interrupted.code == "connection-lost"
    assert 0 < len(first.saved) < 8 and len(first.facts) == len(first.saved) == len(desk.files())
    assert "再运行一次" in first.notes[0]
    second = run(desk, server)
    assert len(first.saved) + len(second.saved) == 8 and second.interrupted is None
    assert (
        {sha(varied(data, n, 30_000)) for n in range(8)}
        == set(desk.files().values())
        == set(desk.state.fetched)
    )


def test_a_run_killed_at_any_moment_loses_nothing_and_doubles_nothing(desk: Desk, server: Dovecot) -> None:
    chance, count = Random(8), 60
    data = desk.filled("S001")
    contents = [varied(data, number, 3_000) for number in range(count)]
    server.deliver([(letter(each, number=n), moment(20)) for n, each in enumerate(contents)])
    for _ in range(KILLS):
        process = child(desk, server)
        assert process.stdout
        for _ in range(chance.randrange(6)):
            process.stdout.readline()
        time.sleep(chance.uniform(0, 0.03))
        process.kill()
        process.wait()
        process.stdout.close()
    process = child(desk, server)
    output, _ = process.communicate()
    assert process.returncode == 0
    told = json.loads(output.splitlines()[-1])["saved"]
    assert len(told) == len({each["path"] for each in told})
    wanted = sorted(map(sha, contents))
    assert sorted(desk.files().values()) == wanted == sorted(desk.state.fetched)
    assert all(not name.startswith(".") for name in desk.files())
    assert run(desk, server).mails == ()


def child(desk: Desk, server: Dovecot) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.mail.collecting", str(desk.path), str(server.ports["imap"])]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


# --- what the server sees -------------------------------------------------------------------------
def test_only_mails_from_which_something_was_saved_are_marked(desk: Desk, server: Dovecot) -> None:
    server.deliver(
        [(mail(top(ident="1"), b"hello"), moment(20)), (letter(desk.filled("S001"), number=2), moment(20))]
    )
    run(desk, server, mark_seen=True)
    with server.client() as client:
        client.select(readonly=True)
        assert client.search(None, "SEEN")[1] == [b"2"]


def test_mails_from_before_the_day_are_left_alone_until_an_earlier_day_is_asked_for(
    desk: Desk, server: Dovecot
) -> None:
    raw = letter(desk.filled("S001"), date="Fri, 20 May 2022 10:00:00 +0000")
    server.deliver([(raw, datetime(2022, 5, 20))])
    assert run(desk, server).mails == () and desk.files() == {} and server.downloads() == 0
    assert len(run(desk, server, since=date(2022, 5, 1)).saved) == 1


# --- what the provider took for junk --------------------------------------------------------------
JUNK = "垃圾邮件"


def test_returns_among_junk_are_saved_and_strangers_get_no_word(desk: Desk, server: Dovecot) -> None:
    server.make(JUNK)
    server.deliver([(letter(desk.filled("S001")), moment(20)), (mail(top(ident="5"), b"hello"), moment(20))])
    stranger = "spam@example.com"
    junk = [
        letter(desk.filled("S002"), number=2, sender="teacher@sina.com"),
        letter(PNG, "广告.png", 3, sender=stranger),
        letter(PNG, "操场.png", 4),
        letter(anonymous(desk), "发票.xlsx", 6, sender=stranger),
    ]
    server.deliver([(raw, moment(20)) for raw in junk], JUNK)
    server.renumber()
    server.renumber(JUNK)
    result = run(desk, server, mark_seen=True)
    assert {file.unit for file in result.saved} == {LABELS["S001"], LABELS["S002"]}
    assert result.notes == (
        f"在邮箱的“{JUNK}”里也找到了1份填报表，已收下：{LABELS['S002']}（teacher@sina.com）；请把发件人加入白名单。",
    )
    said = {each.sender: each.note for each in result.ignored if JUNK in each.note}
    assert said.keys() == {SCHOOL, stranger} and len(result.ignored) == 3
    assert "操场.png" in said[SCHOOL] and "发票.xlsx" in said[stranger]
    assert len(desk.files()) == 2 and (server.unread(), server.unread(JUNK)) == (1, 3)
    downloads = server.downloads()
    assert run(desk, server).mails == () and server.downloads() == downloads == 6


def test_a_mail_that_is_moved_out_of_the_junk_is_looked_at_afresh(desk: Desk, server: Dovecot) -> None:
    server.make(JUNK)
    raw = letter(anonymous(desk), "填报表.xlsx", sender="someone@sina.com")
    server.deliver([(raw, moment(20))], JUNK)
    assert run(desk, server).saved == ()
    server.deliver([(raw, moment(20))])
    assert len(run(desk, server).saved) == len(desk.files()) == 1


def test_what_a_killed_run_took_from_the_junk_is_told_by_the_next(desk: Desk, server: Dovecot) -> None:
    server.make(JUNK)
    server.deliver([(letter(desk.filled("S001")), moment(20))], JUNK)
    dead = run(desk, server, books=False)
    assert dead.notes and run(desk, server).notes == dead.notes
    assert run(desk, server).mails == () and set(desk.state.fetched) == set(desk.files().values())


def test_a_junk_folder_that_cannot_be_opened_is_no_error(desk: Desk, server: Dovecot) -> None:
    server.make(JUNK)
    server.deliver([(letter(desk.filled("S001")), moment(20))])
    server.close(JUNK)
    result = run(desk, server)
    assert len(result.saved) == 1 and (result.notes, result.interrupted) == ((), None)
