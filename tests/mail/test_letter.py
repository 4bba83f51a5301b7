"""Messages as they go over the wire, read back by the standard library and by a reader that forgives nothing."""

from __future__ import annotations

import email
import re
from base64 import b64decode
from datetime import UTC, datetime, timedelta, timezone
from email import policy
from email.header import decode_header, make_header
from pathlib import Path
from typing import Any
from urllib.parse import unquote_to_bytes

import pytest
from attrs import evolve, frozen
from hypothesis import given
from hypothesis import strategies as st

from eduxl.errors import FileProblem, MailError
from eduxl.mail.letter import Attachment, Letter, as_bytes, domain_of, key_of, message_id

FROM = "jyj@163.com"
BUREAU = "民乐县教育局"
NOON = datetime(2022, 6, 3, 12, tzinfo=UTC)
ROOT = [
    "date", "from", "to", "subject", "message-id", "mime-version", "content-type",
]  # fmt: skip


def make_letter(name: str = "S001_民乐县第一中学_2022-06.xlsx", data: bytes = b"PK", **more: Any) -> Letter:
    values: dict[str, Any] = {
        "unit": "S001",
        "label": "S001 民乐县第一中学",
        "to": "s001@qq.com",
        "kind": "模板",
        "subject": "请填报2022-06工作要点进展情况（民乐县第一中学），2022年6月25日前报送",
        "body": "民乐县第一中学：\n\n请填报。\n",
        "attachments": (Attachment(name, lambda: data),),
        "message_id": message_id("minle", "2022-06", "S001", "模板", 1, "ab" * 32, "163.com"),
        "key": key_of("2022-06", "S001", "模板"),
    }
    return Letter(**(values | more))


def built(letter: Letter, *, address: str = FROM, name: str = BUREAU, date: datetime = NOON) -> bytes:
    return as_bytes(letter, address, name, date)


# --- the strict reader ----------------------------------------------------------------------------
_WORKBOOK = b"Content-Type: application/vnd.openxmlformats-officedocument.spreadsheetml.sheet;"
_WORD = re.compile(r"=\?UTF-8\?B\?([A-Za-z0-9+/]+={0,2})\?=")


@frozen
class Part:
    """Headers by lower-case name, unfolded, and the decoded content."""

    headers: dict[str, str]
    content: bytes

    def text(self, header: str) -> str:
        return words(self.headers[header])

    def parameters(self, header: str) -> dict[str, str]:
        """The parameters as they stand, quotes taken off."""
        _, *rest = self.headers[header].split("; ")
        found = dict(each.split("=", 1) for each in rest)
        assert len(found) == len(rest), "a parameter is given twice"
        return {name: re.sub(r'^"([^"\\]*)"$', r"\1", value) for name, value in found.items()}


def words(value: str) -> str:
    """A header of encoded words only, or of plain ASCII (RFC 2047): every word whole in itself."""
    if "=?" not in value:
        return value
    text = ""
    for word in value.split(" "):
        found = _WORD.fullmatch(word)
        assert found and len(word) <= 75, word
        text += b64decode(found[1], validate=True).decode()
    return text


def file_name(parameters: dict[str, str]) -> str:
    """`filename`, `filename*` or `filename*0*` … (RFC 2231): in order, no gap, every piece whole in itself."""
    if plain := parameters.get("filename"):
        return plain
    pieces = {name: value for name, value in parameters.items() if name.startswith("filename*")}
    if list(pieces) != ["filename*"]:
        assert list(pieces) == [f"filename*{n}*" for n in range(len(pieces))]
    charset, language, first = next(iter(pieces.values())).split("'")
    assert (charset, language) == ("UTF-8", "")
    all_pieces = [first, *list(pieces.values())[1:]]
    assert all(re.fullmatch(r"(?:[A-Za-z0-9._~-]|%[0-9A-F]{2})+", piece) for piece in all_pieces)
    return "".join(unquote_to_bytes(piece).decode() for piece in all_pieces)


def read(raw: bytes, names: list[str] | None = None) -> Part:
    """Headers and raw content of an entity; `names` are the headers it must have, in order."""
    head, _, rest = raw.partition(b"\r\n\r\n")
    lines = re.sub(rb"\r\n[ \t]", b" ", head).decode("ascii").split("\r\n")
    found = [line.partition(": ") for line in lines]
    headers = {name.lower(): value for name, _, value in found}
    assert len(headers) == len(found)
    assert names is None or list(headers) == names
    return Part(headers, rest)


def parts_of(raw: bytes) -> tuple[Part, Part, list[Part]]:
    """The message, its body and its attachments."""
    assert re.search(rb"(?<!\r)\n|\r(?!\n)|[^\x09\x0a\x0d\x20-\x7e]", raw) is None
    lines = raw.split(b"\r\n")
    # the media type of a workbook and an id of a long domain have no place to be folded at
    assert all(len(line) <= 78 or line == _WORKBOOK or line.startswith(b"Message-ID: ") for line in lines)
    assert not any(line != b"" and line.isspace() for line in lines)
    root = read(raw, ROOT)
    boundary = root.parameters("content-type")["boundary"].encode()
    preamble, *pieces, end = root.content.split(b"--" + boundary)
    assert preamble == b"" and end == b"--\r\n"
    found = []
    for piece in pieces:
        part = read(piece.removeprefix(b"\r\n"))
        assert part.headers["content-transfer-encoding"] == "base64"
        body = part.content.split(b"\r\n")
        assert all(len(line) <= 76 for line in body)
        found.append(evolve(part, content=b64decode(b"".join(body), validate=True)))
    return root, found[0], found[1:]


def names_of(part: Part) -> tuple[str, str]:
    """The attachment's name in Content-Type and in Content-Disposition."""
    return words(part.parameters("content-type")["name"]), file_name(part.parameters("content-disposition"))


def names_by_the_library(raw: bytes) -> tuple[str, str]:
    *_, part = email.message_from_bytes(raw).walk()
    value = part.get_param("name", header="content-type")
    assert isinstance(value, str)
    name = str(make_header(decode_header(value.replace("\r\n", ""))))
    *_, modern = email.message_from_bytes(raw, policy=policy.default).walk()
    found = modern.get_filename()
    assert found is not None
    return name, found


# --- attachments ----------------------------------------------------------------------------------
NAMES = [
    "表.xlsx",
    "民乐一中表.xlsx",
    "S001_民乐县第一中学_2022-06.xlsx",
    "民" * 5 + ".xlsx",
    "乐" * 40 + ".xlsx",
    "县" * 200 + ".xlsx",
    "form.xlsx",
    "a" * 300 + ".xlsx",
    "表😀𠮷👨‍👩‍👧.xlsx",
    "a\"b\\c;d=e'f*g%h.xlsx",
    "“引号”（全角）、第1份.xlsx",
    "=?UTF-8?B?YQ==?=.xlsx",
    "no suffix",
    ".xlsx",
    "-",
    "é ñ.xlsx",
]


@pytest.mark.parametrize("name", NAMES, ids=range(len(NAMES)))
def test_a_name_is_read_in_both_ways_by_the_library_and_by_the_rules(name: str) -> None:
    raw = built(make_letter(name))
    [part] = parts_of(raw)[2]
    assert names_of(part) == (name, name)
    assert names_by_the_library(raw) == (name, name)


@given(st.text(min_size=1, max_size=250))
def test_any_name_comes_out_as_it_was_but_for_white_space_and_controls(name: str) -> None:
    [part] = parts_of(built(make_letter(name)))[2]
    first, second = names_of(part)
    assert first == second
    shown = re.sub(r"[\x00-\x20\x7f-\x9f\u2028\u2029]", " ", name)
    assert first == (" ".join(shown.split()) or "attachment")


@pytest.mark.parametrize(
    "name", ["第一\r\nBcc: x@y.com\r\n\r\n中学.xlsx", "a\nb.xlsx", "a\0b.xlsx", "a\u2028b.xlsx"]
)
def test_a_line_end_in_a_name_ends_no_header(name: str) -> None:
    raw = built(make_letter(name))
    [part] = parts_of(raw)[2]
    assert list(part.headers) == ["content-type", "content-disposition", "content-transfer-encoding"]
    assert names_of(part)[0] == names_of(part)[1] == " ".join(re.split(r"[\r\n\0\u2028]+", name))
    assert "bcc" not in email.message_from_bytes(raw)


def test_half_a_character_of_a_damaged_name_becomes_a_question_mark() -> None:
    [part] = parts_of(built(make_letter("表\udce8.xlsx")))[2]
    assert names_of(part) == ("表?.xlsx", "表?.xlsx")


@given(st.binary(max_size=3000))
def test_the_content_arrives_byte_for_byte(data: bytes) -> None:
    raw = built(make_letter(data=data))
    [part] = parts_of(raw)[2]
    assert part.content == data
    *_, by_the_library = email.message_from_bytes(raw).walk()
    assert by_the_library.get_payload(decode=True) == data


def test_a_workbook_is_told_to_be_one() -> None:
    kinds = {
        ".xlsx": "spreadsheetml.sheet",
        ".XLSX": "spreadsheetml.sheet",
        ".zip": "application/zip",
        ".et": "octet-stream",
    }
    for suffix, kind in kinds.items():
        [part] = parts_of(built(make_letter(f"表{suffix}")))[2]
        assert part.headers["content-type"].split(";")[0].endswith(kind)


def test_an_attachment_is_read_when_the_message_is_built(tmp_path: Path) -> None:
    path = tmp_path / "表.xlsx"
    letter = make_letter(attachments=(Attachment("表.xlsx", path), Attachment("二.xlsx", lambda: b"2")))
    with pytest.raises(FileProblem, match=r"表\.xlsx"):
        built(letter)
    path.write_bytes(b"1")
    assert [part.content for part in parts_of(built(letter))[2]] == [b"1", b"2"]


def test_a_message_may_have_no_attachment() -> None:
    assert parts_of(built(make_letter(attachments=())))[2] == []


# --- headers and body -----------------------------------------------------------------------------
@given(st.text(max_size=300), st.text(max_size=100))
def test_subject_and_sender_come_out_as_they_were_and_add_no_header(subject: str, name: str) -> None:
    root, *_ = parts_of(built(make_letter(subject=subject), name=name))
    shown, called = (
        " ".join(re.sub(r"[\x00-\x20\x7f-\x9f\u2028\u2029]", " ", each).split()) for each in (subject, name)
    )
    assert root.text("subject") == shown
    if called:
        phrase, _, address = root.headers["from"].rpartition(" ")
        assert (words(phrase), address) == (called, f"<{FROM}>")
    else:
        assert root.headers["from"] == FROM


@given(st.text(max_size=500))
def test_the_body_keeps_its_words_and_ends_its_lines_by_the_rules(body: str) -> None:
    text = parts_of(built(make_letter(body=body)))[1].content.decode()
    assert text.split("\r\n") == [*(body.splitlines() or [""]), ""]


def test_the_library_shows_what_was_written() -> None:
    message = email.message_from_bytes(built(make_letter()), policy=policy.default)
    assert message["subject"] == make_letter().subject
    assert message["from"].addresses[0].display_name == BUREAU
    assert message["from"].addresses[0].addr_spec == FROM
    assert [each.addr_spec for each in message["to"].addresses] == ["s001@qq.com"]
    assert message["message-id"] == make_letter().message_id
    assert message["date"].datetime == NOON
    assert message.get_body().get_content() == "民乐县第一中学：\r\n\r\n请填报。\r\n"
    assert message.defects == []


def test_the_same_letter_gives_the_same_bytes() -> None:
    assert built(make_letter()) == built(make_letter())


def test_a_time_without_zone_is_local_time() -> None:
    local = datetime(2022, 6, 3, 12)
    root, *_ = parts_of(built(make_letter(), date=local))
    told = email.utils.parsedate_to_datetime(root.headers["date"])
    assert told == local.astimezone() and told.tzinfo is not None
    beijing = datetime(2022, 6, 3, 12, tzinfo=timezone(timedelta(hours=8)))
    root, *_ = parts_of(built(make_letter(), date=beijing))
    assert email.utils.parsedate_to_datetime(root.headers["date"]) == beijing


@pytest.mark.parametrize(
    "address",
    [
        "", "s001", "s001@", "@qq.com", "a b@qq.com", "a@qq.com\r\nBcc: x@y.com", "a@qq.com\n", "a@qq.com,b@qq.com", "<a@qq.com>",
        "a@qq..com", "a..b@qq.com", ".a@qq.com", "张@qq.com", "a@学校.com", "a＠qq.com", "a@-qq.com", "a" * 250 + "@qq.com",
    ],
)  # fmt: skip
def test_what_is_no_address_is_refused_on_either_side(address: str) -> None:
    for letter, sender in ((make_letter(to=address), FROM), (make_letter(), address)):
        with pytest.raises(MailError) as problem:
            built(letter, address=sender)
        assert problem.value.code == "bad-address"


@pytest.mark.parametrize(
    "address", ["a@qq.com", "A.b-c_d+e@vip.163.com", "s001@localhost", "13900001234@139.com"]
)
def test_an_address_stands_as_it_is_given(address: str) -> None:
    assert parts_of(built(make_letter(to=address), address=address, name=""))[0].headers["to"] == address


def test_an_id_that_would_end_its_header_is_a_mistake_of_the_program() -> None:
    with pytest.raises(ValueError, match="message id"):
        built(make_letter(message_id="<a@b>\r\nBcc: x@y.com"))


# --- ids ------------------------------------------------------------------------------------------
TOLD: dict[str, Any] = {
    "tracker": "minle-2022", "round_id": "2022-06", "unit": "S001", "kind": "模板", "count": 1, "sha256": "ab" * 32,
    "domain": "163.com",
}  # fmt: skip


def test_the_id_of_a_letter_never_changes_between_versions_of_the_program() -> None:
    assert message_id(**TOLD) == "<b3cdd5b15e0b32c713d65152d364c4ffee66d1c6@163.com>"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("tracker", "minle-2023"), ("round_id", "2022-07"), ("unit", "S002"), ("kind", "未报"), ("count", 2),
        ("sha256", "ac" * 32), ("domain", "qq.com"),
    ],
)  # fmt: skip
def test_letters_that_differ_have_different_ids(name: str, value: object) -> None:
    assert message_id(**TOLD) != message_id(**(TOLD | {name: value}))


def test_what_is_told_of_a_letter_does_not_run_together() -> None:
    assert message_id(**(TOLD | {"unit": "S0", "round_id": "2022-061"})) != message_id(
        **(TOLD | {"unit": "1S0", "round_id": "2022-06"})
    )


@given(st.text(max_size=30))
def test_any_domain_makes_an_id_that_a_header_can_hold(domain: str) -> None:
    made = message_id(**(TOLD | {"domain": domain}))
    assert re.fullmatch(r"<[0-9a-f]{40}@[A-Za-z0-9.-]+>", made)
    parts_of(built(make_letter(message_id=made)))


def test_the_domain_of_an_address_stands_behind_its_last_at() -> None:
    assert domain_of("jyj@vip.163.com") == "vip.163.com"
