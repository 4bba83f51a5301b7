"""Which addresses of a roster are mailed to, and what the clerk is told of the others."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eduxl.mail.addresses import COMMON, look, shared, slip
from eduxl.mail.letter import ADDRESS
from eduxl.model import Unit


def unit(email: str, code: str = "S001") -> Unit:
    return Unit(code, f"第{code}小学", email=email)


@pytest.mark.parametrize(
    "address",
    [
        "s001@163.com", "S001@QQ.com", "13900001234@139.com", "a.b-c_d@vip.163.com", "xx@mle.edu.cn", "x@minle.gov.cn",
        "s001@school.test", "x@sina.com.cn", "x@example.com", "x@mail.com", "x@188.com", "x@tom.com", "x@263.net", "1@qq.com",
        "x@a-school.org.cn",
    ],
)  # fmt: skip
def test_an_ordinary_address_is_mailed_to_as_it_stands(address: str) -> None:
    assert look(unit(address)).text == address
    assert look(unit(f" {address}\n")).text == address
    assert look(unit(address)).note == ""


@pytest.mark.parametrize("domain", COMMON)
def test_no_common_domain_is_taken_for_a_slip_of_another(domain: str) -> None:
    assert slip(domain) == "" and slip(domain.upper()) == ""


_NONE, _NOT_ONE, _TWO = "没有填", "不是一个完整的邮箱地址", "两个地址"
REFUSED = {
    _NONE: ["", "  ", "无", "—"],
    _NOT_ONE: [
        "s001", "s001@", "@163.com", "s001@163com", "s001@localhost", "a b@163.com", "s001@10.0.0.1", "张三@163.com",
        "s001@@163.com", "s001@163..com", "x" * 65 + "@163.com", "s001@学校.com",
    ],
    _NOT_ONE + ".*应为 s001@163.com": ["邮箱：s001@163.com", "<s001@163.com>", "s001@163.com。", "mailto:s001@163.com"],
    _TWO: [
        "s001@163.com、s001@qq.com", "s001@163.com s001@qq.com", "s001@163.com\ns001@qq.com", "s001@163.com;s001@qq.com",
        "s001＠163.com，s001@qq.com", "s001@163.com\r\nBcc: x@y.com",
    ],
    "全角或看不见的字符.*应为 s001@163.com": ["ｓ001@163.com", "s001＠163．com", "s0\u200b01@163.com", "s001@163.com\ufeff"],
    "像是写错了，可能是 s001@163.com": ["s001@163.con", "s001@162.com", "s001@163.cn", "s001@1163.com"],
    "可能是 s001@qq.com": ["s001@qq.cm", "s001@qqq.com", "s001@QQ.CN", "s001@qq.co"],
    "可能是 s001@gmail.com": ["s001@gmial.com"],
    "可能是 s001@vip.163.com": ["s001@vip.163.co"],
    "可能是 s001@school.com": ["s001@school.con"],
    "可能是 s001@mle.edu.cn": ["s001@mle.edu.cnn"],
}  # fmt: skip


@pytest.mark.parametrize(
    ("email", "why"), [(email, why) for why, emails in REFUSED.items() for email in emails]
)
def test_any_other_is_not_mailed_to_and_the_clerk_is_told_what_to_do(email: str, why: str) -> None:
    found = look(unit(email))
    assert found.text == ""
    assert len(found.note.splitlines()) == 1
    assert re.search(
        f"{why}.*没有发。请在总台账的“单位名册”里(改正|填上)这一行的“邮箱”，保存后再运行一次。", found.note
    )


@given(
    st.text(max_size=40)
    | st.emails()
    | st.from_regex(r"[a-z0-9＠@.、 \n]{1,20}@(163|qq|school)\.(com|con|cn)")
)
def test_what_is_mailed_to_is_what_the_roster_says_and_nothing_else(email: str) -> None:
    found = look(unit(email))
    assert (found.text == "") == (found.note != "")
    if found.text:
        assert found.text == email.strip()
        assert ADDRESS.fullmatch(found.text) and found.text.count("@") == 1


def test_an_address_of_several_units_is_found_whatever_its_case() -> None:
    one, two, three, four = (
        unit("A@163.com", "S1"), unit("b@163.com", "S2"), unit("a@163.COM", "S3"), unit("a@163.com", "S4"),
    )  # fmt: skip
    assert shared([one, two, three, four]) == {"a@163.com": (one, three, four)}


def test_what_is_no_address_is_shared_by_nobody() -> None:
    assert shared([unit("", "S1"), unit("", "S2"), unit("a@163.con", "S3"), unit("a@163.con", "S4")]) == {}
