"""What servers say, in their own words, and what a clerk is told."""

from __future__ import annotations

import tomllib
import unicodedata
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eduxl.mail.words import KINDS, meaning, rules

_163 = "please see http://mail.163.com/help/help_spam_16.htm?ip=59.42.123.65&hostid=smtp10&time=1566221632"
_QQ = "http://service.mail.qq.com/cgi-bin/help?subtype=1&&id=28&&no=1001256"
SAID: list[tuple[str, int, str | bytes]] = [
    # 163 and 126
    ("login", 535, b"Error: authentication failed"),
    ("login", 550, b"User has no permission"),
    ("login", 553, b"authentication is required,163 smtp11,D8CowAC3XkffVJ1Z 1503483104"),
    ("login", 451, b"Requested mail action not taken: too much fail authentication"),
    ("login", 554, b"IP is rejected, smtp auth error limit exceed"),
    ("login", 0, "b'LOGIN Login error or password error'"),
    ("login", 0, "b'-ERR Unable to log on'"),
    ("unsafe-login", 0, "SELECT Unsafe Login. Please contact kefu@188.com for help"),
    ("unsafe-login", 0, "b'EXAMINE Unsafe Login. Please contact kefu@188.com for help'"),
    ("unsafe-login", 0, "NO [b'SELECT Unsafe Login. Please contact kefu@188.com for help']"),
    ("frequency", 451, f"MI:SFQ 163 smtp10,DsCowAA3D+JApVpd78gMKg--.16104S2 1566221632,{_163}"),
    ("frequency", 554, f"MI:SFQ 126 smtp2,DMmowAAnNDQz4zxdCk6LIw--.52838S2 1564271411,{_163}"),
    ("frequency", 450, f"MI:DMC 163 smtp12,EMCowACnzwc_BjhcKMZmAQ--.20404S2,{_163}"),
    ("frequency", 451, f"RP:QRC 163 smtp4,{_163}"),
    ("frequency", 421, f"HL:IFC 163 smtp4,{_163}"),
    ("frequency", 451, f"DT:SPM ,please try again 163 smtp10,{_163}"),
    ("quota", 554, f"MI:STC 163 smtp10,DsCowAA3D 1566221632,{_163}"),
    ("quota", 550, f"RP:TRC 163 smtp10,{_163}"),
    ("spam", 554, f"DT:SPM 163 smtp10,DsCowAA3D+JApVpd78gMKg--.16104S2 1566221632,{_163}"),
    ("spam", 554, f"HL:IHU 163 smtp10,{_163}"),
    ("other", 554, f"DT:SUM 163 smtp10,{_163}"),
    ("other", 553, b"Mail from must equal authorized user"),
    ("unknown-address", 550, b"Invalid User: zhang@163.com"),
    ("unknown-address", 550, b"User not found: zhang@163.com"),
    ("unknown-address", 550, b"User suspended"),
    ("temporary", 451, b"Requested action aborted: local error in processing"),
    # QQ and its mail for companies
    ("login", 535, f"Login Fail. Please enter your authorization code to login. More information in {_QQ}"),
    ("login", 535, f"Error: 请使用授权码登录。详情请看: {_QQ}".encode("gb18030")),
    ("login", 535, b"Login fail. Account is abnormal, service is not open, password is incorrect, login frequency "
                   b"limited, or system is busy. More information at https://help.mail.qq.com/detail/0/1010"),
    ("login", 0, "b'Login fail. Account is abnormal, service is not open, password is incorrect, login frequency limited, or system is busy.'"),  # noqa: E501
    ("login", 0, repr("-ERR 登录太频繁".encode("gb18030"))),
    ("login", 503, b"Error: need EHLO and AUTH first !"),
    ("frequency", 550, b"Connection frequency limited"),
    ("frequency", 550, "Sender frequency limited. http://service.mail.qq.com/cgi-bin/help?subtype=1&&id=20022&&no=1000725"),
    ("frequency", 550, b"Domain frequency limited"),
    ("spam", 550, b"Mail content denied. http://service.mail.qq.com/cgi-bin/help?subtype=1&&id=20022&&no=1000726"),
    ("spam", 550, b"Suspected spam ip"),
    ("spam", 550, b"2efb645ddd8af6f-15f8b Mail rejected"),
    ("temporary", 550, b"Mailbox unavailable or access denied"),
    ("unknown-address", 550, b"Mailbox not found. http://service.mail.qq.com/cgi-bin/help?subtype=1&&id=20022&&no=1000728"),
    ("unknown-address", 501, b"Bad address syntax. http://service.mail.qq.com/cgi-bin/help?id=20022"),
    ("unknown-address", 550, b"Requested action not taken: mailbox unavailable"),
    ("other", 501, b"mail from address must be same as authorization user."),
    ("quota", 550, "您的邮箱今日发信量超过上限".encode("gb18030")),
    # Sina
    ("login", 535, b"the server response: authentication failed"),
    ("login", 535, "请使用客户端授权码登录".encode()),
    ("unknown-address", 550, b"mailbox unavailable."),
    ("spam", 552, b"message rejected by anti-spam engine."),
    ("frequency", 552, b"too many same size mails."),
    ("too-large", 552, b"message is too long."),
    ("too-large", 554, b"attachment is too long."),
    # Aliyun
    ("login", 526, b"Authentication failure[0]"),
    ("login", 535, b"Authentication failed(ANTISPAM)"),
    ("other", 440, b"mail from account doesn't conform with authentication"),
    ("spam", 554, b"Reject by behaviour spam at Rcpt State(Connection IP address:1.2.3.4)ANTISPAM_BAT[01201311R1568S, x]"),
    ("frequency", 554, b"Reject by behaviour spamANTISPAM_BAT[01201311R196, c01a1]: too frequently sending"),
    ("frequency", 454, b"Transient reject by behaviour spam at Rcpt State: too frequently sendingCONTINUE"),
    # Exchange
    ("login", 535, b"5.7.139 Authentication unsuccessful, basic authentication is disabled. [BM1P287CA0015.PROD.OUTLOOK.COM]"),
    ("login", 535, b"5.7.3 Authentication unsuccessful"),
    ("login", 530, b"5.7.57 Client not authenticated to send mail."),
    ("other", 550, b"5.7.60 SMTP; Client does not have permissions to send as this sender"),
    ("other", 550, b"5.7.1 RESOLVER.RST.AuthRequired; authentication required"),
    ("frequency", 432, b"4.3.2 Concurrent connections limit exceeded. Visit https://aka.ms/concurrent_sending"),
    ("quota", 554, b"5.2.0 STOREDRV.Submission.Exception:SubmissionQuotaExceededException"),
    ("full", 452, b"4.2.2 The email account that you tried to reach is over quota"),
    ("full", 554, b"5.2.2 mailbox full"),
    ("full", 552, b"5.2.2 The recipient's mailbox is full"),
    ("unknown-address", 550, b"5.1.1 RESOLVER.ADR.RecipNotFound; not found"),
    ("unknown-address", 550, b"5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup"),
    ("too-large", 552, b"5.3.4 Message size exceeds fixed maximum message size"),
    ("spam", 550, b"5.7.708 Service unavailable. Access denied, traffic not accepted from this IP"),
    ("quota", 550, b"5.1.90 Your message can't be sent because you've reached your daily limit for message recipients"),
    # Others
    ("unknown-address", 550, b"5.1.1 <a@b.com>: Recipient address rejected: User unknown in local recipient table"),
    ("frequency", 450, b"4.7.1 <END-OF-MESSAGE>: End-of-data rejected: Sorry, too many requests per time unit"),
    ("frequency", 452, b"Too many recipients received this hour"),
    ("full", 452, b""),
    ("full", 552, b"Requested mail action aborted: exceeded storage allocation"),
    ("temporary", 452, b"4.3.1 Insufficient system storage"),
    ("too-large", 523, b""),
    ("temporary", 454, b"4.7.0 Temporary authentication failure"),
    ("temporary", 0, "[UNAVAILABLE] Account is temporarily unavailable."),
    ("login", 0, "[AUTHENTICATIONFAILED] Authentication failed."),
    ("login", 535, "随便什么"),
    ("temporary", 450, b"mailbox unavailable"),
    ("temporary", 421, b""),
    ("other", 554, b""),
    ("other", 0, b""),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "code", "said"), SAID)
def test_the_words_of_a_server_have_their_kind(kind: str, code: int, said: str | bytes) -> None:
    assert meaning(code, said).kind == kind


@pytest.mark.parametrize(
    "local", ["author", "spam", "frequent", "user.unknown", "quota-exceeded", "too.large"]
)
def test_an_address_in_the_words_does_not_decide(local: str) -> None:
    assert meaning(550, f"5.1.1 <{local}@163.com>: no").kind == "unknown-address"
    assert meaning(501, f"5.1.3 {local}@login.cn has bad syntax").kind == "unknown-address"
    assert (
        meaning(550, f"host spam-filter.example.com[1.2.3.4] said: user unknown ({local}@b.cn)").kind
        == "unknown-address"
    )


def test_a_part_of_an_ip_address_is_no_status_code() -> None:
    assert meaning(554, "denied 115.1.1.3").kind == "other"
    assert meaning(554, "denied 5.1.1.3").kind == "other"


def test_blocked_passwords_are_told_apart_from_wrong_ones() -> None:
    blocked = meaning(
        535, "5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Tenant."
    )
    assert (
        "管理员" in blocked.sentence and "管理员" not in meaning(535, "Error: authentication failed").sentence
    )


def test_what_is_not_known_is_quoted_without_what_was_said_back() -> None:
    assert "nobody knows" in meaning(554, "nobody knows\r\n").sentence
    for echo in ("AUTH PLAIN AGEAc2VjcmV0", "auth login c2VjcmV0", 'LOGIN "a@b.c" "secret9"', "PASS secret9"):
        said = meaning(554, f"refused: {echo}").sentence
        assert "c2VjcmV0" not in said and "secret9" not in said


def test_every_rule_has_a_kind_a_source_and_is_reached_by_an_example() -> None:
    table = tomllib.loads(files("eduxl.mail").joinpath("data", "words.toml").read_text(encoding="utf-8"))
    assert {row["kind"] for row in table["rules"]} <= set(KINDS)
    assert all(rule.source.startswith("http") for rule in rules())
    sentences = {meaning(code, said).sentence for _, code, said in SAID}
    assert {rule.sentence for rule in rules()} <= sentences


@given(st.integers(0, 999), st.one_of(st.binary(max_size=3000), st.text(max_size=3000)))
def test_anything_gives_one_sentence(code: int, said: str | bytes) -> None:
    found = meaning(code, said)
    assert found.kind in KINDS
    assert "。" in found.sentence and len(found.sentence) < 400
    for text in (found.sentence, found.words):
        assert not any(unicodedata.category(char) in ("Cc", "Cs", "Zl", "Zp") for char in text)
    assert len(found.words) <= 1000


@given(st.sampled_from([said for said in SAID if said[2]]), st.integers(0, 60))
def test_what_stands_before_the_words_changes_nothing(
    example: tuple[str, int, str | bytes], blanks: int
) -> None:
    kind, code, said = example
    if isinstance(said, bytes):
        assert meaning(code, b" " * blanks + said + b"\r\n").kind == kind
