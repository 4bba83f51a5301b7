"""Mails by what people do: they forward, answer, send links, and their servers break things."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from .letters import (
    BLANK,
    CHINA,
    NAME,
    OTHER,
    SCHOOL,
    SENT,
    SUBJECT,
    Book,
    Held,
    Sample,
    attached,
    b64,
    cut,
    lines,
    mail,
    many,
    note,
    page,
    top,
    with_part,
    word,
)


def forwards(book: Book) -> Iterator[Sample]:
    """Forwards and answers."""
    data, other, blank = book("S001"), book("S002"), book("blank")
    yield Sample(
        "reply: our blank template quoted beside the filled one",
        with_part(attached(blank, BLANK), attached(data, NAME), subject="Re: " + word(SUBJECT)),
        (Held(BLANK, blank), Held(NAME, data)),
        subject="Re: " + SUBJECT,
    )
    letter = with_part(attached(data, NAME))
    for level in range(3):
        letter = mail(
            top(
                f'Content-Type: multipart/mixed; boundary="fw{level}"',
                sender=f"level{level}@qq.com",
                subject=f"Fw: {level}",
            ),
            many(
                f"fw{level}",
                note("转发"),
                mail(["Content-Type: message/rfc822", "Content-Disposition: attachment"], letter),
                *([attached(other, OTHER)] if level == 1 else []),
            ),
        )
    yield Sample(
        "forward: three deep as message/rfc822, another return on the way",
        letter,
        (Held(NAME, data), Held(OTHER, other)),
        subject="Fw: 2",
        sender="level2@qq.com",
    )
    inline = (
        '请查收\r\n\r\n------------------ 转发邮件 ------------------\r\n发件人: "洪水中学"<hszx@qq.com>;\r\n'
        f'收件人: "民乐一中"<{SCHOOL}>;\r\n主题: 填报表\r\n'
    )
    yield Sample(
        "forward: inline, as QQ does",
        mail(
            top('Content-Type: multipart/mixed; boundary="q"', subject=word("转发：填报表", "gb18030")),
            many("q", note(inline, "gb18030"), attached(other, OTHER)),
        ),
        (Held(OTHER, other),),
        subject="转发：填报表",
        says="hszx@qq.com",
    )
    saved = with_part(attached(data, NAME))
    yield Sample(
        "forward: a saved .eml as an ordinary file",
        with_part(attached(saved, "填报表.eml", "application/octet-stream")),
        (Held(NAME, data),),
    )
    yield Sample(
        "forward: message/rfc822 in base64, which is not allowed",
        with_part(mail(["Content-Type: message/rfc822", "Content-Transfer-Encoding: base64"], b64(saved))),
        (Held(NAME, data),),
    )
    digest = many(
        "d", lines("", with_part(attached(data, NAME))), lines("", with_part(attached(other, OTHER)))
    )
    yield Sample(
        "forward: a digest",
        with_part(mail(['Content-Type: multipart/digest; boundary="d"'], digest)),
        (Held(NAME, data), Held(OTHER, other)),
    )


def texts(book: Book) -> Iterator[Sample]:
    """Mails without a file."""
    yield Sample(
        "text: a question",
        mail(top("Content-Type: text/plain; charset=utf-8"), "报表在哪里下载？".encode()),
        says="在哪里下载",
    )
    yield Sample(
        "text: GB18030 without any header of MIME",
        lines(*top()[:-1], "", "请问".encode("gb18030")),
        says="请问",
    )
    yield Sample(
        "text: HTML alone, the charset wrong",
        mail(
            top("Content-Type: text/html; charset=us-ascii"), "<p>第一行<br>第二行&nbsp;完</p>".encode("gbk")
        ),
        says="第一行\n第二行 完",
    )
    yield Sample(
        "text: HZ",
        mail(top("Content-Type: text/plain; charset=HZ-GB-2312"), "已报".encode("hz")),
        says="已报",
    )
    yield Sample("text: nothing at all", mail(top(), b""))


def clouds(book: Book) -> Iterator[Sample]:
    """Files that did not come with the mail."""
    for service, url, says in (
        (
            "QQ邮箱中转站",
            "https://mail.qq.com/cgi-bin/ftnExs_download?k=3f6a&amp;t=exs_ftn_download&amp;code=9d2b",
            "从QQ邮箱发来的超大附件",
        ),
        (
            "QQ邮箱中转站",
            "https://wx.mail.qq.com/ftn/download?func=3&amp;key=a1b2&amp;code=c3",
            "从QQ邮箱发来的超大附件",
        ),
        (
            "腾讯企业邮箱中转站",
            "https://exmail.qq.com/cgi-bin/ftnExs_download?k=1&amp;t=exs_ftn_download",
            "从企业邮箱发来的超大附件",
        ),
        (
            "网易邮箱云附件",
            "https://mail.163.com/large-attachment-download/index.html?p=X-NETEASE-HUGE-ATTACHMENT&amp;file=1",
            "云附件",
        ),
        (
            "网易邮箱云附件",
            "http://fs.163.com/fs/display/?p=X-NETEASE-HUGE-ATTACHMENT&amp;file=AbC",
            "从网易163邮箱发来的云附件",
        ),
        ("WPS云文档", "https://www.kdocs.cn/l/cuXyZ123", "WPS云文档 分享"),
        ("腾讯文档", "https://docs.qq.com/sheet/DT0xYc?tab=BB08J2", "【腾讯文档】填报表"),
        ("百度网盘", "https://pan.baidu.com/s/1AbC?pwd=6666", "提取码"),
        ("邮箱的超大附件", "https://mail.minle.gov.cn/nf/download?id=7", "超大附件，点击下载"),
    ):
        yield Sample(
            f"cloud: {url[8:40]}",
            mail(
                top('Content-Type: multipart/alternative; boundary="c"'),
                many("c", note("见链接"), page(f'<b>{says}</b> <a href="{url}">填报表.xlsx (12.5M)</a>')),
            ),
            links=(service,),
        )
    link = b'<html><a href="https://docs.qq.com/sheet/DT0xYc">x</a></html>'
    yield Sample(
        "cloud: the links in an attached page",
        with_part(attached(link, "超大附件.html", "text/html")),
        (Held("超大附件.html", link),),
        links=("腾讯文档",),
    )
    inner = mail(top("Content-Type: text/plain"), b"https://www.kdocs.cn/l/cuXyZ123")
    yield Sample(
        "cloud: in a forwarded mail",
        with_part(mail(["Content-Type: message/rfc822"], inner)),
        links=("WPS云文档",),
    )
    yield Sample(
        "cloud: an advertisement of the mail program is no file",
        mail(
            top("Content-Type: text/html; charset=utf-8"),
            '<a href="https://dashi.163.com/projects/">发自网易邮箱大师</a>'.encode(),
        ),
    )


def headers(book: Book) -> Iterator[Sample]:
    """Headers."""
    data = book("S001")
    yield Sample(
        "header: subject in several words that cut characters",
        with_part(attached(data, NAME), subject=cut(SUBJECT, "gbk", 7)),
        (Held(NAME, data),),
    )
    raw = SUBJECT.encode("gb18030")
    kind = 'Content-Type: multipart/mixed; boundary="h"'
    body = many("h", note(), attached(data, NAME))
    yield Sample(
        "header: subject and sender raw in GB18030",
        mail(top(kind, subject=raw, sender='"民乐一中" <'.encode("gb18030") + f"{SCHOOL}>".encode()), body),
        (Held(NAME, data),),
    )
    yield Sample(
        "header: no Message-ID, no Date",
        mail([field for field in top(kind) if not str(field).startswith(("Message-ID", "Date"))], body),
        (Held(NAME, data),),
        date=None,
    )
    many_people = ",\r\n ".join(f"{word(f'学校{number}')} <s{number}@qq.com>" for number in range(2000))
    yield Sample(
        "header: a hundred kilobytes of recipients, folded",
        mail(
            top(
                f"Cc: {many_people}", "References: " + "\r\n ".join(f"<{n}@qq.com>" for n in range(500)), kind
            ),
            body,
        ),
        (Held(NAME, data),),
    )
    for written, date in (
        ("Mon, 20 Jun 2022 10:10:10 +0800 (CST)", SENT),
        ("Mon, 20 Jun 2022 10:10:10 CST", SENT),
        ("2022-06-20T02:10:10Z", SENT),
        ("周一, 20 6月 2022 10:10:10 +0800", SENT),
        ("Fri, 20 Jun 2036 10:10:10 +0800", datetime(2036, 6, 20, 10, 10, 10, tzinfo=CHINA)),
        ("Thu, 01 Jan 1970 00:00:00 +0000", None),
        ("Mon, 35 Jun 2022 10:10:10 +0800", None),
        ("today", None),
    ):
        yield Sample(
            f"header: dated {written}", mail(top(kind, date=written), body), (Held(NAME, data),), date=date
        )
    yield Sample(
        "header: the sender's address alone",
        mail(top(kind, sender=SCHOOL.upper()), body),
        (Held(NAME, data),),
    )


def broken(book: Book) -> Iterator[Sample]:
    """What servers and programs break."""
    data = book("S001")
    kind = 'Content-Type: multipart/mixed; boundary="b"'
    parts = (note(), attached(data, NAME))
    whole = mail(top(kind), many("b", *parts))
    yield Sample(
        "broken: the last boundary is missing",
        mail(top(kind), many("b", *parts, ended=False)),
        (Held(NAME, data),),
    )
    yield Sample("broken: no line break at the end", whole.rstrip(), (Held(NAME, data),))
    yield Sample("broken: LF only", whole.replace(b"\r\n", b"\n"), (Held(NAME, data),))
    yield Sample(
        "broken: the header names no boundary",
        mail(top("Content-Type: multipart/mixed"), many("b", *parts)),
        (Held(NAME, data),),
    )
    yield Sample(
        "broken: the header names another boundary",
        mail(top('Content-Type: multipart/mixed; boundary="x"'), many("b", *parts)),
        (Held(NAME, data),),
    )
    inner = mail(['Content-Type: multipart/alternative; boundary="b"'], many("b", note(), page("见附件")))
    yield Sample(
        "broken: one boundary for two levels",
        mail(top(kind), many("b", inner, attached(data, NAME))),
        (Held(NAME, data),),
    )
    yield Sample(
        "broken: an mbox line before the header",
        b"From yizhong@qq.com Mon Jun 20 10:10:10 2022\r\n" + whole,
        (Held(NAME, data),),
    )
    yield Sample(
        "broken: NULs in the text",
        mail(top(kind), many("b", mail(["Content-Type: text/plain"], b"a\0b"), attached(data, NAME))),
        (Held(NAME, data),),
        says="ab",
    )
