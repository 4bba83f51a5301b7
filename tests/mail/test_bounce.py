"""退信 say which addresses were not reached; nothing else is one."""

from __future__ import annotations

import pytest

from eduxl.mail.bounce import Bounce, Failure
from eduxl.mail.message import read

from .letters import NAME, SUBJECT, Sample, attached, mail, samples, small, with_part, word
from .notices import DATE, LOST, OUR_ID, OURS, REPORT

BOUNCES = [sample for sample in samples() if sample.is_bounce]
#: 退信 that do not say which mail did not arrive.
SILENT = ("163", "Sina", "Coremail", "Exim")


def bounce_in(raw: bytes) -> Bounce:
    bounce = read(raw).bounce
    assert bounce is not None
    return bounce


@pytest.mark.parametrize("sample", BOUNCES, ids=lambda sample: sample.title)
def test_a_bounce_says_which_addresses_failed_and_which_wait(sample: Sample) -> None:
    bounce = bounce_in(sample.raw)
    assert tuple(failure.address for failure in bounce.failed) == sample.failed
    assert tuple(failure.address for failure in bounce.delayed) == sample.delayed


@pytest.mark.parametrize("sample", BOUNCES, ids=lambda sample: sample.title)
def test_a_bounce_says_which_mail_came_back(sample: Sample) -> None:
    bounce = bounce_in(sample.raw)
    told = not sample.title.startswith(tuple(f"退信: {name}" for name in SILENT))
    assert (bounce.message_id, bounce.subject) == ((OUR_ID, SUBJECT) if told else ("", ""))


def test_a_report_gives_status_and_words_of_the_server() -> None:
    sample = next(
        sample for sample in BOUNCES if sample.title == "退信: Postfix, two recipients, headers only"
    )
    assert bounce_in(sample.raw).failed == (
        Failure(LOST, "5.1.1", "550 User unknown"),
        Failure("full@qq.com", "5.2.2", "552 Mailbox full"),
    )


def test_a_bounce_in_chinese_gives_the_reason() -> None:
    sample = next(sample for sample in BOUNCES if sample.title.startswith("退信: 163"))
    (failure,) = bounce_in(sample.raw).failed
    assert failure == Failure(LOST, "5.1.1", "对方邮箱不存在 (550 5.1.1 No such user)")


def notice(sender: str, subject: str, text: str, *more: str) -> bytes:
    return mail(
        [
            f"From: {sender}",
            f"To: {OURS}",
            f"Subject: {word(subject)}",
            f"Date: {DATE}",
            *more,
            "Content-Type: text/plain; charset=utf-8",
        ],
        text.encode(),
    )


@pytest.mark.parametrize(
    ("sender", "subject", "more"),
    [
        ("yizhong@qq.com", "系统退信怎么办", ()),
        ("yizhong@qq.com", "回复：【退回】第2轮填报表", ("Return-Path: <yizhong@qq.com>",)),
        (
            "yizhong@qq.com",
            "自动回复：【退回】第2轮填报表",
            ("Return-Path: <>", "Auto-Submitted: auto-replied"),
        ),
        ("postmaster@yizhong.cn", "2022年填报表", ()),
        ("yizhong@qq.com", "回复：【退回】第2轮填报表", ("Return-Path: <>",)),
        ("noreply@qq.com", "邮箱容量提醒", ("Return-Path: <>",)),
    ],
)
def test_what_is_no_bounce_is_none(sender: str, subject: str, more: tuple[str, ...]) -> None:
    assert read(notice(sender, subject, f"收件人 {LOST} 不存在", *more)).bounce is None


def test_neither_our_own_address_nor_the_help_desk_failed() -> None:
    raw = notice(
        "postmaster@qq.com",
        "系统退信",
        f"发件人：{OURS}\n收件人：{LOST}\n退信原因：用户不存在\n如有疑问请联系客服 help@qq.com",
    )
    assert [failure.address for failure in bounce_in(raw).failed] == [LOST]


def test_a_bounce_that_names_nobody_is_one_all_the_same() -> None:
    assert bounce_in(notice("postmaster@qq.com", "系统退信", "您的邮件被退回")) == Bounce((), (), "", "")


def report(fields: str) -> bytes:
    recipient = f"Final-Recipient: rfc822; {LOST}\r\n"
    return f"--rep\r\nContent-Type: message/delivery-status\r\n\r\n{recipient}{fields}\r\n--rep--".encode()


@pytest.mark.parametrize(
    ("action", "status", "failed", "delayed"),
    [
        ("Action: failed\r\n", "4.4.7", 1, 0),
        ("Action: delayed\r\n", "4.4.1", 0, 1),
        ("", "5.1.1", 1, 0),
        ("", "4.2.2", 0, 1),
    ],
)
def test_the_action_counts_and_without_one_the_status(
    action: str, status: str, failed: int, delayed: int
) -> None:
    raw = mail(
        ["From: mailer-daemon@mx.example", f"To: {OURS}", "Subject: x", REPORT],
        report(f"{action}Status: {status}\r\n"),
    )
    bounce = bounce_in(raw)
    assert (len(bounce.failed), len(bounce.delayed)) == (failed, delayed)


@pytest.mark.parametrize("action", ["delivered", "relayed", "expanded"])
def test_a_report_that_it_arrived_is_no_bounce(action: str) -> None:
    raw = mail(
        ["From: mailer-daemon@mx.example", "Subject: Delivery Status Notification", REPORT],
        report(f"Action: {action}\r\nStatus: 2.0.0\r\n"),
    )
    assert read(raw).bounce is None


def test_a_bounce_that_speaks_of_earlier_tries_is_final() -> None:
    raw = notice("postmaster@qq.com", "系统退信", f"收件人：{LOST}\n对方服务器暂时无法连接，多次尝试后放弃")
    assert [failure.address for failure in bounce_in(raw).failed] == [LOST]


def test_a_report_among_the_attachments_of_a_person_is_no_bounce() -> None:
    status = mail(
        ["Content-Type: message/delivery-status"],
        f"Final-Recipient: rfc822; {LOST}\r\nAction: failed\r\n".encode(),
    )
    raw = with_part(status, attached(small("S001"), NAME))
    message = read(raw)
    assert message.bounce is None
    assert [file.name for file in message.attachments] == [NAME]


def test_a_report_within_what_a_gateway_wrapped_is_one() -> None:
    inner = mail([REPORT], report("Action: failed\r\nStatus: 5.1.1\r\n"))
    assert [failure.address for failure in bounce_in(with_part(inner)).failed] == [LOST]
