"""Mails by the ways in which a file is named, typed and encoded."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator

from .letters import (
    DATE,
    NAME,
    OTHER,
    SCHOOL,
    SHEET,
    SUBJECT,
    Book,
    Held,
    Sample,
    Text,
    attached,
    b64,
    cut,
    gbk_zip,
    lines,
    mail,
    many,
    note,
    percent,
    top,
    with_part,
    word,
)


def names(book: Book) -> Iterator[Sample]:
    """The ways in which a name is written."""
    data = book("S001")
    encoded = percent(NAME)
    gb = percent(NAME, "gb18030")
    long = "S001 " + "民乐县第一中学关于落实教育工作要点情况的填报表" * 12 + ".xlsx"
    hidden = "S001\u202exslx\u200b.xlsx"
    rare = "S001 㙍镕䶮𠮷小学 填报表.xlsx"

    def named(title: str, disposition: Text, kind: Text = "", name: str = NAME) -> Sample:
        fields: list[Text] = [
            b"Content-Type: application/octet-stream" + (kind.encode() if isinstance(kind, str) else kind)
        ]
        fields.append("Content-Transfer-Encoding: base64")
        if disposition:
            fields.append(
                b"Content-Disposition: attachment"
                + (disposition if isinstance(disposition, bytes) else disposition.encode())
            )
        return Sample(f"name: {title}", with_part(mail(fields, b64(data))), (Held(name, data),))

    yield named(
        "RFC 2231 continued, charset on the first piece",
        f"; filename*0*=UTF-8''{encoded[:30]}; filename*1*={encoded[30:60]}; filename*2*={encoded[60:]}",
    )
    yield named(
        "RFC 2231 continued, a character cut between pieces",
        f"; filename*0*=gb18030''{gb[:18]};\r\n filename*1*={gb[18:]}",
    )
    yield named("RFC 2231 continued, no charset", f"; filename*0*={encoded[:30]}; filename*1*={encoded[30:]}")
    yield named(
        "RFC 2231 out of order",
        f"; filename*2*={encoded[60:]}; filename*0*=utf-8'zh-cn'{encoded[:30]}; filename*1*={encoded[30:60]}",
    )
    yield named(
        "RFC 2231 encoded and plain pieces mixed",
        f"; filename*0*=UTF-8''{percent('S001 民乐县第一中学 填报表')}; filename*1=\".xlsx\"",
    )
    yield named("RFC 2231 in quotation marks", f"; filename*=\"UTF-8''{encoded}\"")
    yield named(
        "RFC 2231 with encoded words for pieces",
        f'; filename*0="{word(NAME[:8])}"; filename*1="{word(NAME[8:])}"',
    )
    yield named("RFC 2231 in name* of Content-Type alone", "", f"; name*=UTF-8''{encoded}")
    yield named("several encoded words cutting characters, UTF-8", f'; filename="{cut(NAME, "utf-8", 10)}"')
    yield named("several encoded words cutting characters, GBK", f'; filename="{cut(NAME, "gbk", 8)}"')
    whole = base64.b64encode(NAME.encode("gbk")).decode()
    yield named("the base64 itself cut", f'; filename="=?gbk?B?{whole[:13]}?= =?gbk?B?{whole[13:]}?="')
    yield named("name of Content-Type alone", "", f'; name="{word(NAME)}"')
    yield named("raw GB18030", b'; filename="' + NAME.encode("gb18030") + b'"')
    yield named("raw UTF-8", f'; filename="{NAME}"')
    yield named(
        "raw GB18030, no quotation marks, blanks within",
        b"; filename=" + NAME.encode("gb18030") + b"; size=7",
    )
    yield named(
        "raw GBK with a backslash as second byte",
        b'; filename="' + "誠信小学 填报表.xlsx".encode("gbk") + b'"',
        name="誠信小学 填报表.xlsx",
    )
    label = base64.b64encode(rare.encode("gb18030")).decode()
    yield named("labelled GB2312, characters outside of it", f'; filename="=?gb2312?B?{label}?="', name=rare)
    mislabelled = base64.b64encode(NAME.encode()).decode()
    yield named("UTF-8 labelled GBK", f'; filename="=?gbk?B?{mislabelled}?="')
    mislabelled = base64.b64encode(NAME.encode("gbk")).decode()
    yield named("GBK labelled UTF-8", f'; filename="=?utf-8?B?{mislabelled}?="')
    yield named("GBK labelled ISO-8859-1", f'; filename="=?iso-8859-1?B?{mislabelled}?="')
    yield named(
        "quotation marks within",
        '; filename="S001 "六一"活动 填报表.xlsx"',
        name="S001 _六一_活动 填报表.xlsx",
    )
    yield named(
        "a path of Windows", '; filename="C:\\\\Users\\\\wang\\\\桌面\\\\S001.xlsx"', name="S001.xlsx"
    )
    yield named("a path that leads out", '; filename="../../../etc/S001.xlsx"', name="S001.xlsx")
    yield named(
        "marks of direction and invisible characters", f'; filename="{word(hidden)}"', name="S001xslx.xlsx"
    )
    yield named("a device of Windows", '; filename="con.xlsx"', name="_con.xlsx")
    yield named("an encoded word that is encoded again", f'; filename="{word(word(NAME))}"')
    yield named(
        "too long",
        f'; filename="{cut(long, "utf-8", 45)}"',
        name="S001 " + long[5:78] + ".xlsx",
    )
    yield Sample(
        "name: none, application/octet-stream",
        with_part(
            mail(["Content-Type: application/octet-stream", "Content-Transfer-Encoding: base64"], b64(data))
        ),
        (Held("附件1.xlsx", data),),
    )


def types(book: Book) -> Iterator[Sample]:
    """Types and transfer encodings that are wrong or rare."""
    data, other = book("S001"), book("S002")
    for kind in ("text/plain", "image/png", "message/octet", "audio/x-wav", "not a type"):
        yield Sample(
            f"type: a workbook as {kind}", with_part(attached(data, NAME, kind)), (Held(NAME, data),)
        )
    whole = gbk_zip({NAME: data, OTHER: other})
    yield Sample(
        "type: a zip with members named in GBK",
        with_part(attached(whole, "洪水学区.zip", "application/x-zip-compressed")),
        (Held("洪水学区.zip", whole),),
    )
    yield Sample(
        "type: two returns in one mail",
        with_part(attached(data, NAME), attached(other, OTHER)),
        (Held(NAME, data), Held(OTHER, other)),
    )
    yield Sample("type: an empty attachment", with_part(attached(b"", NAME)), (Held(NAME, b""),))
    uu = b"\r\n".join(
        binascii.b2a_uu(data[at : at + 45], backtick=True).rstrip(b"\n") for at in range(0, len(data), 45)
    )
    text = (
        "请查收附件".encode("gbk")
        + b"\r\n\r\nbegin 644 "
        + NAME.encode("gbk")
        + b"\r\n"
        + uu
        + b"\r\n`\r\nend\r\n"
    )
    yield Sample(
        "type: uuencoded in the text, everything in GBK, no MIME",
        lines(f"From: {SCHOOL}", b"Subject: " + SUBJECT.encode("gbk"), f"Date: {DATE}", "", text),
        (Held(NAME, data),),
        says="请查收附件",
    )
    yield Sample(
        "type: uuencoded as a part",
        with_part(
            mail(
                [
                    f'Content-Type: application/octet-stream; name="{word(NAME)}"',
                    "Content-Transfer-Encoding: x-uuencode",
                ],
                b"begin 666 a.xlsx\r\n" + uu + b"\r\n`\r\nend",
            )
        ),
        (Held(NAME, data),),
    )
    yield Sample(
        "type: quoted-printable workbook",
        with_part(
            mail(
                [
                    f'Content-Type: {SHEET}; name="{word(NAME)}"',
                    "Content-Transfer-Encoding: quoted-printable",
                ],
                binascii.b2a_qp(data, istext=False).replace(b"\n", b"\r\n"),
            )
        ),
        (Held(NAME, data),),
    )
    yield Sample(
        "type: base64 that does not say so",
        with_part(mail([f'Content-Type: {SHEET}; name="{word(NAME)}"'], b64(data))),
        (Held(NAME, data),),
    )
    yield Sample(
        "type: base64 with broken lines, blanks, no padding, and a notice of the server behind it",
        with_part(
            mail(
                [f'Content-Type: {SHEET}; name="{word(NAME)}"', "Content-Transfer-Encoding: base64"],
                b64(data, 61).replace(b"\r\n", b" \r\n\r\n ") + b"====\r\n-- \r\nScanned by MailGuard",
            )
        ),
        (Held(NAME, data),),
    )
    table = "序号,进展\r\n1,推进中\r\n".encode("gbk")
    nameless = mail(["Content-Type: text/csv; charset=gbk", "Content-Transfer-Encoding: base64"], b64(table))
    yield Sample("type: a table as text/csv without a name", with_part(nameless), (Held("附件1.txt", table),))
    invitation = b"BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nEND:VCALENDAR\r\n"
    calendar = mail(
        [
            'Content-Type: text/calendar; charset="utf-8"; method=REQUEST; name="invite.ics"',
            "Content-Transfer-Encoding: base64",
        ],
        b64(invitation),
    )
    yield Sample(
        "type: an invitation beside the return",
        with_part(calendar, attached(data, NAME)),
        (Held("invite.ics", invitation), Held(NAME, data)),
    )
    signature = mail(
        [
            'Content-Type: application/pkcs7-signature; name="smime.p7s"',
            "Content-Transfer-Encoding: base64",
            'Content-Disposition: attachment; filename="smime.p7s"',
        ],
        b64(b"0\x82\x0f\x1f" + bytes(200)),
    )
    inner = mail(['Content-Type: multipart/mixed; boundary="in"'], many("in", note(), attached(data, NAME)))
    yield Sample(
        "type: signed (S/MIME), the signature is no file",
        mail(
            top(
                'Content-Type: multipart/signed; protocol="application/pkcs7-signature"; micalg=sha-256; boundary="sg"'
            ),
            many("sg", inner, signature),
        ),
        (Held(NAME, data),),
    )
