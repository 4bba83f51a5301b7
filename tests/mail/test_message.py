"""Each mail says what it holds, and nothing that can arrive makes the reader fail."""

from __future__ import annotations

import base64
import re
import tracemalloc
from collections.abc import Callable
from datetime import datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from eduxl.mail import letter, mime
from eduxl.mail.attachments import MOST_FILES
from eduxl.mail.message import Message, read

from .by_programs import tnef, tnef_file
from .letters import (
    NAME,
    OTHER,
    SCHOOL,
    Sample,
    attached,
    b64,
    lines,
    mail,
    many,
    note,
    samples,
    small,
    top,
    with_part,
    word,
)

SAMPLES = samples()
UNFIT = re.compile(r'[/\\<>:"|?*\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]')


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.title)
def test_a_mail_says_who_wrote_it_and_holds_its_files(sample: Sample) -> None:
    message = read(sample.raw)
    assert [(file.name, file.inline) for file in message.attachments] == [
        (file.name, file.inline) for file in sample.files
    ]
    assert [file.data for file in message.attachments] == [file.data for file in sample.files]
    assert (message.subject, message.sender) == (sample.subject, sample.sender)
    assert tuple(link.service for link in message.links) == sample.links
    assert message.auto_reply == sample.auto_reply
    assert (message.bounce is not None) == sample.is_bounce
    assert sample.says in message.text
    assert message.date == (sample.date and sample.date.astimezone().replace(tzinfo=None))
    assert message.problems == ()


def test_there_are_as_many_kinds_of_mails_as_really_arrive() -> None:
    assert len({sample.title for sample in SAMPLES}) == len(SAMPLES) >= 60


def test_mails_can_be_built_around_real_workbooks() -> None:
    built = samples(lambda key: small(key) + key.encode())
    assert any(file.data.endswith(b"blank") for sample in built for file in sample.files)
    assert all(
        read(sample.raw).attachments[0].data == sample.files[0].data for sample in built if sample.files
    )


def test_the_sender_of_a_forwarded_file_is_who_wrote_the_mail_in_which_it_lies() -> None:
    sample = next(sample for sample in SAMPLES if sample.title.startswith("forward: three deep"))
    assert [(file.name, file.sender) for file in read(sample.raw).attachments] == [
        (NAME, SCHOOL),
        (OTHER, "level1@qq.com"),
    ]


def test_recipients_and_identifier_are_read() -> None:
    message = read(with_part(attached(b"x", NAME), ident="4711"))
    assert (message.message_id, message.to, message.sender_name) == (
        "<4711.letters@qq.com>",
        ("minle_jyj@163.com",),
        "民乐一中",
    )


def test_links_say_where_they_lead() -> None:
    sample = next(sample for sample in SAMPLES if sample.links == ("QQ邮箱中转站",))
    (link,) = read(sample.raw).links
    assert link.url == "https://mail.qq.com/cgi-bin/ftnExs_download?k=3f6a&t=exs_ftn_download&code=9d2b"


def test_a_sealed_mail_is_told() -> None:
    sealed = mail(
        [
            "Content-Type: application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m",
            "Content-Transfer-Encoding: base64",
        ],
        b64(b"0\x80" + bytes(50)),
    )
    (problem,) = read(with_part(sealed)).problems
    assert "S/MIME" in problem and "returns/" in problem


def test_a_part_of_a_mail_is_told() -> None:
    raw = mail(top('Content-Type: message/partial; id="a@b"; number=1; total=3'), b64(small("S001")))
    message = read(raw)
    assert message.attachments == () and "拆成几封" in message.problems[0]


def test_a_mail_that_outlook_saved_stays_a_file_and_is_told() -> None:
    data = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(600) + "__properties_version1.0\0".encode("utf-16-le")
    message = read(with_part(attached(data, "转发.msg", "application/vnd.ms-outlook")))
    assert [(file.name, file.data) for file in message.attachments] == [("转发.msg", data)]
    assert ".msg" in message.problems[0]


@pytest.mark.parametrize("kind", ["text/plain", "application/octet-stream", "message/x-unknown"])
def test_a_saved_mail_is_opened_whatever_its_type_says(kind: str) -> None:
    saved = with_part(attached(small("S001"), NAME))
    for raw in (
        with_part(attached(saved, "a.eml", kind)),
        with_part(attached(tnef(tnef_file(saved, b"a.eml")), "winmail.dat")),
    ):
        assert [file.name for file in read(raw).attachments] == [NAME]


def test_files_in_one_winmail_dat_are_counted() -> None:
    stream = tnef(tnef_file(b"x", b"a.xlsx") * (MOST_FILES + 1))
    message = read(with_part(attached(stream, "winmail.dat")))
    assert len(message.attachments) == MOST_FILES and "附件太多" in message.problems[0]


def test_base64_between_lines_of_begin_and_end_is_a_file() -> None:
    data = small("S001")
    raw = lines(*top(), "", "附件如下", "begin-base64 644 a.xlsx", b64(data), "====", "end")
    assert [(file.name, file.data) for file in read(raw).attachments] == [("a.xlsx", data)]


@pytest.mark.parametrize(
    ("fields", "sender", "name"),
    [
        (["From: 王老师 <wang@qq.com>"], "wang@qq.com", "王老师"),
        (["From: wang@qq.com (王老师)"], "wang@qq.com", "王老师"),
        (['From: "wang@qq.com" <wang@qq.com>'], "wang@qq.com", "wang@qq.com"),
        (["From: 王老师", "Reply-To: wang@qq.com"], "wang@qq.com", ""),
        (["From: <>", "Sender: <wang@qq.com>"], "wang@qq.com", ""),
        (["Return-Path: <wang@qq.com>"], "wang@qq.com", ""),
        (["From: 王老师"], "", "王老师"),
        ([], "", ""),
    ],
)
def test_the_sender_is_found_where_one_is_told(fields: list[str], sender: str, name: str) -> None:
    message = read(lines(*fields, "", "x"))
    assert (message.sender, message.sender_name) == (sender, name)


@pytest.mark.parametrize(
    ("charset", "data", "text"),
    [
        ("utf-16", "已报".encode("utf-16"), "已报"),
        ("", b"\xef\xbb\xbf" + "已报".encode(), "已报"),
        ("", b"\xff\xfe" + "已报".encode("utf-16-le"), "已报"),
        ("big5", "已報".encode("big5"), "已報"),
        ("x-unknown", "已报".encode("gbk"), "已报"),
        ("gb2312", "已报送，镕".encode("gbk"), "已报送，镕"),
        ("gb2312", "已报送".encode(), "已报送"),
        ("utf-8", "已报送".encode("gbk"), "已报送"),
        ("zip", "已报".encode(), "已报"),
        ("校" * 50, "已报".encode(), "已报"),
        ("utf-8", "已报送".encode() + b"\xff" + "进展".encode(), "已报送\ufffd进展"),
        ("", "联通".encode("gbk"), "联通"),
    ],
)
def test_a_text_is_read_whatever_its_label_says(charset: str, data: bytes, text: str) -> None:
    kind = f'Content-Type: text/plain; charset="{charset}"' if charset else "Content-Type: text/plain"
    assert read(mail([*top()[:-1], kind, "Content-Transfer-Encoding: base64"], b64(data))).text == text


@pytest.mark.parametrize(
    ("page", "text"),
    [
        ("<p>一</p><p>二</p>", "一\n二"),
        ("<style>p{}</style><script>if (a<b) x()</script>一", "一"),
        ("<!-- 注 --><table><tr><td>一</td><td>二</td></tr></table>", "一 二"),
        ("一 < 二 &amp; &lt;三&gt;", "一 < 二 & <三>"),
    ],
)
def test_a_page_is_read_as_it_is_seen(page: str, text: str) -> None:
    assert read(mail([*top()[:-1], "Content-Type: text/html; charset=utf-8"], page.encode())).text == text


def test_what_we_send_ourselves_is_read_back() -> None:
    data = small("S001")
    name = "S001 " + "民乐县第一中学" * 9 + " 填报表.xlsx"
    ours = letter.Letter(
        "S001", "S001 民乐县第一中学", SCHOOL, "模板", "【填报】第2轮", "请于6月30日前报送。",
        (letter.Attachment(name, lambda: data),), "<4711@163.com>", "key",
    )  # fmt: skip
    message = read(letter.as_bytes(ours, "minle_jyj@163.com", "县教育局", datetime(2022, 6, 20, 12, 0)))
    assert (message.subject, message.text, message.to) == ("【填报】第2轮", "请于6月30日前报送。", (SCHOOL,))
    assert (message.message_id, message.date) == ("<4711@163.com>", datetime(2022, 6, 20, 12, 0))
    assert [(file.name, file.data) for file in message.attachments] == [(name, data)]


# --- hostile --------------------------------------------------------------------------------------
def is_sound(message: Message) -> bool:
    """What holds of every mail, whatever its bytes are."""
    for file in message.attachments:
        assert file.name.strip() == file.name != ""
        assert len(file.name) <= 200 and len(file.name.encode()) <= 230
        assert not UNFIT.search(file.name) and file.name not in (".", "..")
    for text in (
        message.subject,
        message.sender,
        message.sender_name,
        message.text,
        message.message_id,
        *message.to,
    ):
        assert "\0" not in text
        text.encode()  # no lone surrogates
    assert "\n" not in message.subject + message.sender_name + message.sender
    return True


MULTI = b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n'
PARTS = b"--b\r\nContent-Type: application/octet-stream; name=a.xlsx\r\n\r\nxx\r\n"


@pytest.mark.parametrize(
    ("raw", "problem"),
    [
        (
            b"".join(
                b'Content-Type: multipart/mixed; boundary="b%d"\r\n\r\n--b%d\r\n' % (n, n)
                for n in range(1000)
            ),
            "太深",
        ),
        (b"Content-Type: message/rfc822\r\n\r\n" * 10_000, "太深"),
        (b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\n' * 20_000, "太多"),
        (MULTI + b"--b\r\n\r\nx\r\n" * 20_000, "太多"),
        (MULTI + PARTS * (MOST_FILES + 1), "附件太多"),
    ],
    ids=[
        "parts 1000 deep",
        "mails 10,000 deep",
        "one boundary for all levels",
        "20,000 parts",
        "a file too many",
    ],
)
def test_what_is_not_looked_at_is_told(raw: bytes, problem: str) -> None:
    message = read(raw)
    assert is_sound(message)
    assert any(problem in sentence for sentence in message.problems)


def test_levels_and_parts_that_a_mail_can_have_are_all_looked_at() -> None:
    inner = with_part(attached(b"PK\3\4", NAME))
    for level in range(10):
        inner = mail(
            top(f'Content-Type: multipart/mixed; boundary="n{level}"'),
            many(f"n{level}", mail(["Content-Type: message/rfc822"], inner)),
        )
    message = read(inner)
    assert [file.name for file in message.attachments] == [NAME]
    assert read(MULTI + PARTS * MOST_FILES).problems == ()


def nested_eml(levels: int) -> bytes:
    """Mails attached as files, without an encoding that would make the inner ones smaller."""
    raw = b"Subject: x\r\nMIME-Version: 1.0\r\n\r\n" + b"--b\n" * 50_000
    for _ in range(levels):
        raw = (
            b"Subject: x\r\nMIME-Version: 1.0\r\nContent-Type: application/octet-stream; name=a.eml\r\n\r\n"
            + raw
        )
    return raw


ENCODED = (
    MULTI
    + b"--b\r\nContent-Type: application/octet-stream; name=a.xlsx\r\nContent-Transfer-Encoding: base64\r\n\r\n"
)
PRINTABLE = b"Content-Type: text/plain\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
HOSTILE = {
    "nothing": b"",
    "line breaks": b"\n" * 100_000,
    "NULs": b"\0" * 100_000,
    "0xFF": b"\xff" * 100_000,
    "a header of 5 MB in one line": b"Subject: " + b"x" * 5_000_000,
    "a header of 5 MB, folded": b"Subject: " + b"x\r\n " * 1_700_000,
    "a million header fields": b"a:\r\n" * 1_000_000,
    "encoded words": b"Subject: " + b"=?utf-8?B?5Lit?= " * 100_000,
    "beginnings of encoded words": b"Subject: " + b"=?" * 30_000,
    "padding": ENCODED + b"=" * 3_000_000,
    "padding everywhere": ENCODED + b"AA= " * 1_000_000,
    "soft line breaks": PRINTABLE + b"=\r\n" * 2_000_000,
    "equals signs": PRINTABLE + b"=" * 3_000_000,
    "boundaries within a line": MULTI + b"--b " * 1_000_000,
    "what could be boundaries": b"Content-Type: multipart/mixed\r\n\r\n" + (b"--a" + b" " * 69 + b"\n") * 50_000,
    "tags": b"Content-Type: text/html\r\n\r\n" + b"<" * 1_000_000,
    "scripts": b"Content-Type: text/html\r\n\r\n" + b"<script>" * 200_000,
    "links": b"Content-Type: text/html\r\n\r\n" + b"https://mail.qq.com/" * 100_000,
    "uuencoded": b"Content-Type: text/plain\r\n\r\n" + b"begin 644 a\nend\n" * 50_000,
    "uuencoded lines": b"Content-Type: text/plain\r\n\r\nbegin 644 a\n" + b"!!!!!\n" * 100_000,
    "surrogates": b"Content-Type: text/plain; charset=utf-7\r\nSubject: =?utf-7?Q?+2AA-?=\r\n\r\n" + b"+2AA-" * 100_000,
    "a codec of quadratic time": b"Subject: =?idna?Q?" + b"a" * 60_000 + b"?=\r\n"
    b"Content-Type: text/plain; charset=punycode\r\n\r\n" + b"a" * 500_000,
    "mails as files": nested_eml(50),
    **{
        f"parameters {junk!r}": b"Content-Disposition: attachment; filename=" + junk * (60_000 // len(junk)) + b"\r\n\r\nx"
        for junk in (b";", b'"', b"\\", b"=", b" ", b"a ", b'a="', b'";', b"*0*=a;", b"'", b"%", b'\\"', b"a*1=;")
    },
    **{
        f"退信 of {junk!r}": "From: postmaster@qq.com\r\nSubject: 系统退信\r\n\r\n".encode() + junk * (1_000_000 // len(junk))
        for junk in (b"a", b"a@", b"a@a.", b"<", b" ", b"reason ", "收件人 a@b.c\n".encode(), "继续".encode())
    },
}  # fmt: skip


@pytest.mark.parametrize("raw", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_bytes_are_read_without_failing(raw: bytes) -> None:
    assert is_sound(read(raw))


def test_a_large_attachment_takes_a_few_times_its_size_in_memory() -> None:
    raw = with_part(attached(b"\x07" * 8_000_000, NAME))
    tracemalloc.start()
    message = read(raw)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(message.attachments[0].data) == 8_000_000
    assert peak < 6 * len(raw)


def test_the_bytes_are_not_copied_for_each_level() -> None:
    raw = attached(b"\x07" * 2_000_000, NAME)
    for level in range(mime.MOST_LEVELS - 2):
        raw = mail([f'Content-Type: multipart/mixed; boundary="n{level}"'], many(f"n{level}", raw))
    tracemalloc.start()
    message = read(raw)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 8 * len(raw)
    assert message.problems or len(message.attachments) == 1


def test_a_winmail_dat_that_claims_more_than_it_has_gives_what_it_has() -> None:
    data = small("S001")
    stream = tnef(tnef_file(data, NAME.encode("gbk")))
    for claim in (b"\xff\xff\xff\xff", b"\xff\xff\xff\x7f", bytes(4)):
        for at in range(6, len(stream) - 4, 5):
            damaged = stream[:at] + claim + stream[at + 4 :]
            assert is_sound(read(with_part(attached(damaged, "winmail.dat", "application/ms-tnef"))))
    assert [file.name for file in read(with_part(attached(stream[:-30], "winmail.dat"))).attachments] == [
        NAME
    ]


# --- mutated --------------------------------------------------------------------------------------
PIECES = (
    b"\r\n", b"\n", b"\r\n\r\n", b"\0", b"\xff", b"--", b'"', b";", b"=", b"=?gbk?B?", b"?=", b"*0*=", b"''", b"\x81", b"%E5",
    b"boundary=", b"filename*=", b"Content-Type: multipart/mixed\r\n",
    b"Content-Type: message/rfc822\r\n", b"base64", b"\xed\xa0\x80",
    b"begin 644 a\n", b"\x78\x9f\x3e\x22", b" ", b"\t", b"<", b">", b"\\", "收件人".encode("gbk"), b"charset=utf-7", b"+2AA-",
)  # fmt: skip


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """A mail in which some bytes are gone, doubled, changed, or others stand."""
    raw = bytearray(draw(st.sampled_from(SAMPLES)).raw)
    for _ in range(draw(st.integers(1, 8))):
        at = draw(st.integers(0, len(raw)))
        length = draw(st.integers(0, 60))
        piece = draw(
            st.one_of(
                st.sampled_from(PIECES),
                st.binary(max_size=8),
                st.just(b""),
                st.just(bytes(raw[at : at + length]) * 2),
            )
        )
        raw[at : at + length] = piece
    return bytes(raw)


@settings(
    max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
@given(mutated())
def test_a_mutated_mail_is_read_without_failing(raw: bytes) -> None:
    assert is_sound(read(raw))


ANYWHERE: dict[str, Callable[[bytes], bytes]] = {
    "header": lambda junk: lines(
        b"Subject: " + junk, b"From: " + junk, b"Date: " + junk, b"Received: ;" + junk, "", junk
    ),
    "name": lambda junk: lines(b'Content-Disposition: attachment; filename="' + junk + b'"', "", "x"),
    "name*": lambda junk: lines(
        b"Content-Disposition: attachment; filename*0*=" + junk + b"; filename*1*=" + junk, "", "x"
    ),
    "text": lambda junk: lines("Content-Type: text/html; charset=gbk", "", junk),
    "tnef": lambda junk: attached(b"\x78\x9f\x3e\x22\1\0\2" + junk, "winmail.dat", "application/ms-tnef"),
}


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=400), st.sampled_from(sorted(ANYWHERE)))
def test_any_bytes_may_stand_anywhere(junk: bytes, place: str) -> None:
    assert is_sound(read(ANYWHERE[place](junk)))


@settings(max_examples=200, deadline=None)
@given(
    st.text(
        st.characters(codec="utf-8", exclude_categories=["C", "Z"], exclude_characters='/\\<>:"|?*%=.'),
        min_size=1,
        max_size=40,
    ),
    st.sampled_from(["utf-8", "gb18030"]),
    st.integers(1, 20),
)
def test_a_name_survives_however_its_encoded_words_are_cut(stem: str, charset: str, size: int) -> None:
    from eduxl.mail.headers import clean

    name = f"中{stem}.xlsx"
    data = name.encode(charset)
    pieces = " ".join(
        f"=?{charset}?B?{base64.b64encode(data[at : at + size]).decode()}?="
        for at in range(0, len(data), size)
    )
    raw = mail([f'Content-Disposition: attachment; filename="{pieces}"'], b"x")
    assert read(raw).attachments[0].name == clean(name)


def test_a_text_in_a_word_is_one_line() -> None:
    message = read(with_part(note(), subject=word("第一行\r\nBcc: a@b.c")))
    assert message.subject == "第一行 Bcc: a@b.c"
