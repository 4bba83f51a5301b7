"""What mail systems write by themselves: 退信 of all kinds, delays, automatic answers, receipts."""

from __future__ import annotations

from collections.abc import Iterator

from .letters import (
    DATE,
    NAME,
    OURS,
    SCHOOL,
    SUBJECT,
    Book,
    Held,
    Sample,
    Text,
    attached,
    b64,
    lines,
    mail,
    many,
    note,
    page,
    top,
    word,
)

LOST = "nobody@minle-school.cn"
FULL = "full@qq.com"
OUR_ID = "<3f2a.send@eduxl>"


def sent(book: Book, to: str = LOST) -> bytes:
    """A template as we sent it."""
    return mail(
        [
            f"From: {word('县教育局')} <{OURS}>",
            f"To: {word('洪水中学')} <{to}>",
            f"Subject: {word(SUBJECT)}",
            f"Date: {DATE}",
            f"Message-ID: {OUR_ID}",
            "MIME-Version: 1.0",
            'Content-Type: multipart/mixed; boundary="ours"',
        ],
        many("ours", note("请填报"), attached(book("blank"), NAME)),
    )


def _from(sender: str, subject: str, *more: Text) -> list[Text]:
    return [
        "Return-Path: <>",
        f"From: {sender}",
        f"To: {OURS}",
        f"Subject: {subject}",
        f"Date: {DATE}",
        "Message-ID: <bounce.1@mx.example>",
        "MIME-Version: 1.0",
        *more,
    ]


def _report(text: bytes, status: bytes, returned: bytes, kind: str = "message/rfc822") -> bytes:
    return many(
        "rep",
        text,
        mail(["Content-Description: Delivery report", "Content-Type: message/delivery-status"], status),
        mail([f"Content-Type: {kind}"], returned),
    )


REPORT = 'Content-Type: multipart/report; report-type=delivery-status; boundary="rep"'


def _per_recipient(address: str, action: str, status: str, words: str) -> bytes:
    return lines(
        "Reporting-MTA: dns; mx.example",
        "X-Postfix-Queue-ID: 4LRX2b",
        "",
        f"Final-Recipient: rfc822; {address}",
        f"Original-Recipient: rfc822;{address}",
        f"Action: {action}",
        f"Status: {status}",
        "Remote-MTA: dns; mx3.qq.com",
        f"Diagnostic-Code: smtp; {words}",
        "",
    )


def notices(book: Book) -> Iterator[Sample]:
    """退信, with the mail that did not arrive and its template inside."""

    def bounce(
        title: str,
        raw: bytes,
        subject: str,
        sender: str,
        failed: tuple[str, ...] = (LOST,),
        delayed: tuple[str, ...] = (),
    ) -> Sample:
        return Sample(f"退信: {title}", raw, (), subject, sender, True, failed, delayed)

    ours = sent(book)
    subject = "Undelivered Mail Returned to Sender"
    postfix = mail(
        ["Content-Description: Notification", "Content-Type: text/plain; charset=us-ascii"],
        b"This is the mail system at host mx.example.",
    )
    yield bounce(
        "Postfix",
        mail(
            _from(
                "MAILER-DAEMON@mx.example (Mail Delivery System)",
                subject,
                "Auto-Submitted: auto-replied",
                REPORT,
            ),
            _report(postfix, _per_recipient(LOST, "failed", "5.1.1", "550 5.1.1 User unknown"), ours),
        ),
        subject,
        "mailer-daemon@mx.example",
    )
    two = (
        _per_recipient(LOST, "failed", "5.1.1", "550 User unknown")
        + b"\r\n"
        + _per_recipient(FULL, "failed", "5.2.2", "552 Mailbox full").split(b"\r\n\r\n", 1)[1]
    )
    yield bounce(
        "Postfix, two recipients, headers only",
        mail(
            _from("MAILER-DAEMON@mx.example", subject, REPORT),
            _report(postfix, two, ours.split(b"\r\n\r\n")[0], "text/rfc822-headers"),
        ),
        subject,
        "mailer-daemon@mx.example",
        (LOST, FULL),
    )
    yield bounce(
        "Postfix, delayed",
        mail(
            _from("MAILER-DAEMON@mx.example", "Delayed Mail (still being retried)", REPORT),
            _report(
                postfix,
                _per_recipient(LOST, "delayed", "4.4.1", "connect: Connection timed out"),
                ours,
                "message/rfc822",
            ),
        ),
        "Delayed Mail (still being retried)",
        "mailer-daemon@mx.example",
        (),
        (LOST,),
    )
    subject = f"无法送达: {SUBJECT}"
    exchange = "MicrosoftExchange329e71ec88ae4615bbc36ab6ce41109e@minle.gov.cn"
    yield bounce(
        "Exchange in Chinese",
        mail(
            _from(f"Microsoft Outlook <{exchange}>", word(subject), REPORT, "X-MS-Exchange-Message-Is-Ndr:"),
            _report(
                page(f"<b>向这些收件人或组传递邮件失败:</b><p>{LOST}</p>"),
                _per_recipient(LOST, "failed", "5.1.10", "550 5.1.10 RESOLVER.ADR.RecipientNotFound"),
                ours,
            ),
        ),
        subject,
        exchange.lower(),
    )
    subject = f"已延迟: {SUBJECT}"
    yield bounce(
        "Exchange in Chinese, delayed",
        mail(
            _from(f"Microsoft Outlook <{exchange}>", word(subject), REPORT),
            _report(page("尚未送达"), _per_recipient(LOST, "delayed", "4.4.7", "#4.4.7"), ours),
        ),
        subject,
        exchange.lower(),
        (),
        (LOST,),
    )
    original = mail(
        ['Content-Type: message/rfc822; name="original.eml"', "Content-Disposition: attachment"], ours
    )
    kind = 'Content-Type: multipart/mixed; boundary="zh"'
    qq = (
        "很抱歉您的邮件被退回来了……<br>原邮件信息：<br>时　间： 2022-06-20 10:10:10<br>主　题： "
        + SUBJECT
        + f"<br>收件人： {LOST}<br>退信原因：<br>收件人邮件地址（{LOST}）不存在，邮件无法送达。<br>"
        "host mx.minle-school.cn[1.2.3.4] said: 550 Mailbox not found.<br>如有疑问请联系 service@qq.com"
    )
    yield bounce(
        "QQ, in Chinese, no report",
        mail(
            _from(f"{word('QQ邮箱')} <PostMaster@qq.com>", word("系统退信/Systems bounce", "gb18030"), kind),
            many("zh", page(qq, "gb18030"), original),
        ),
        "系统退信/Systems bounce",
        "postmaster@qq.com",
    )
    netease = (
        "抱歉，您的邮件被退回来了……\r\n\r\n"
        f"原邮件信息：\r\n时　间： 2022-06-20 10:10:10\r\n主　题： {SUBJECT}\r\n收件人： {LOST}\r\n"
        "退信原因： 对方邮箱不存在 (550 5.1.1 No such user)\r\n建议解决方案：请与收件人联系。\r\n"
    )
    yield bounce(
        "163, in Chinese, the mail itself not attached",
        mail(_from("Postmaster@163.com", word("系统退信", "GBK"), kind), many("zh", note(netease, "gbk"))),
        "系统退信",
        "postmaster@163.com",
    )
    yield bounce(
        "Sina, in Chinese",
        mail(
            _from(
                "MAILER-DAEMON@sina.com",
                word("退信通知：您的邮件未能送达", "gb2312"),
                "Content-Type: text/plain; charset=gb2312",
                "Content-Transfer-Encoding: base64",
            ),
            b64(f"您好：\r\n您发给 <{LOST}> 的邮件被退回。\r\n原因：用户不存在\r\n".encode("gb2312")),
        ),
        "退信通知：您的邮件未能送达",
        "mailer-daemon@sina.com",
    )
    yield bounce(
        "Coremail, in Chinese, raw GBK without MIME",
        lines(
            "From: postmaster@minle-school.cn",
            f"To: {OURS}",
            f"Date: {DATE}",
            b"Subject: " + "退信：无法投递".encode("gbk"),
            "",
            f"以下收件人的邮件无法投递：\r\n\r\n    {LOST}\r\n\r\n错误信息：550 User not found".encode("gbk"),
        ),
        "退信：无法投递",
        "postmaster@minle-school.cn",
    )
    yield bounce(
        "Coremail, in Chinese, delayed",
        mail(
            _from(
                "postmaster@minle-school.cn", word("邮件延迟通知"), "Content-Type: text/plain; charset=utf-8"
            ),
            f"您发给 {LOST} 的邮件暂时未能送达，系统将继续尝试投递，您无需重发。".encode(),
        ),
        "邮件延迟通知",
        "postmaster@minle-school.cn",
        (),
        (LOST,),
    )
    subject = "failure notice"
    yield bounce(
        "qmail",
        mail(
            _from("MAILER-DAEMON@mx.example", subject),
            lines(
                "Hi. This is the qmail-send program at mx.example.",
                "I'm afraid I wasn't able to deliver your message to the following addresses.",
                "",
                f"<{LOST}>:",
                "Sorry, no mailbox here by that name. (#5.1.1)",
                "",
                "--- Below this line is a copy of the message.",
                "",
                ours,
            ),
        ),
        subject,
        "mailer-daemon@mx.example",
    )
    subject = "Mail delivery failed: returning message to sender"
    yield bounce(
        "Exim, X-Failed-Recipients",
        mail(
            _from(
                "Mail Delivery System <Mailer-Daemon@mx.example>",
                subject,
                f"X-Failed-Recipients: {LOST}",
                "Auto-Submitted: auto-replied",
            ),
            b"This message was created automatically by mail delivery software.",
        ),
        subject,
        "mailer-daemon@mx.example",
    )


def answers(book: Book) -> Iterator[Sample]:
    """Automatic answers and receipts: no 退信, though some look like it; and reports that all went well."""
    data = book("S001")

    def automatic(
        title: str,
        fields: list[Text],
        body: bytes,
        subject: str,
        sender: str = SCHOOL,
        files: tuple[Held, ...] = (),
    ) -> Sample:
        return Sample(f"自动: {title}", mail(fields, body), files, subject, sender, auto_reply=True)

    subject = "自动回复：【退回】第2轮填报表需补正"
    yield automatic(
        "QQ, to our own 退回, no address to answer to",
        _from(
            SCHOOL, word(subject), "Content-Type: text/plain; charset=utf-8", "Auto-Submitted: auto-replied"
        ),
        "您好，我正在休假，邮件已收到。".encode(),
        subject,
    )
    subject = "Automatic reply: template"
    yield automatic(
        "Exchange", _from(SCHOOL, subject, "X-Auto-Response-Suppress: All"), b"I am out of office.", subject
    )
    subject = "已读: " + SUBJECT
    receipt = many(
        "rep",
        note("您的邮件已阅读"),
        mail(
            ["Content-Type: message/disposition-notification"],
            lines(
                f"Final-Recipient: rfc822;{SCHOOL}", "Disposition: manual-action/MDN-sent-manually; displayed"
            ),
        ),
        mail(["Content-Type: message/rfc822"], sent(book, SCHOOL)),
    )
    yield automatic(
        "receipt (MDN) with our template inside",
        _from(
            SCHOOL,
            word(subject),
            'Content-Type: multipart/report; report-type=disposition-notification; boundary="rep"',
        ),
        receipt,
        subject,
    )
    subject = "Successful Mail Delivery Report"
    yield automatic(
        "report that it was delivered",
        _from("MAILER-DAEMON@mx.example", subject, "Auto-Submitted: auto-replied", REPORT),
        _report(
            note("delivered"), _per_recipient(SCHOOL, "delivered", "2.0.0", "250 ok"), sent(book, SCHOOL)
        ),
        subject,
        "mailer-daemon@mx.example",
    )
    yield Sample(
        "自动: a person at postmaster@ who sends a return, and quotes our 退回",
        mail(
            top(
                'Content-Type: multipart/mixed; boundary="p"',
                sender="postmaster@yizhong.cn",
                subject=word("回复：填报表已修改"),
            ),
            many("p", note("已按要求修改"), attached(data, NAME)),
        ),
        (Held(NAME, data),),
        subject="回复：填报表已修改",
        sender="postmaster@yizhong.cn",
    )
    subject = "回复：【退回】第2轮填报表需补正"
    yield Sample(
        "自动: a school answers our 退回 with a return",
        mail(
            [
                f"Return-Path: <{SCHOOL}>",
                *top('Content-Type: multipart/mixed; boundary="p"', subject=word(subject)),
            ],
            many("p", note("已改"), attached(data, NAME)),
        ),
        (Held(NAME, data),),
        subject=subject,
    )
    forwarded = mail(
        _from("MAILER-DAEMON@mx.example", "failure notice", REPORT),
        _report(note("?"), _per_recipient(LOST, "failed", "5.1.1", "550"), sent(book)),
    )
    yield Sample(
        "自动: a person forwards a 退信 beside a return",
        mail(
            top('Content-Type: multipart/mixed; boundary="p"'),
            many(
                "p",
                note("这是怎么回事"),
                attached(data, "回报.xlsx"),
                mail(["Content-Type: message/rfc822"], forwarded),
            ),
        ),
        (Held("回报.xlsx", data),),
    )
