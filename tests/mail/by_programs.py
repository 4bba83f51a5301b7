"""Mails by the programs that write them."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from .letters import (
    NAME,
    OTHER,
    PNG,
    SCHOOL,
    SHEET,
    SUBJECT,
    Book,
    Held,
    Sample,
    attached,
    b64,
    cut,
    mail,
    many,
    note,
    page,
    percent,
    top,
    with_part,
    word,
)


def outlook(book: Book) -> Iterator[Sample]:
    """Outlook, Foxmail, Exchange: nested parts, Content-ID on everything, GB2312."""
    data = book("S001")
    picture = mail(
        [
            'Content-Type: image/png; name="image001.png"',
            "Content-Description: image001.png",
            'Content-Disposition: inline; filename="image001.png"; size=70',
            "Content-ID: <image001.png@01D88494.5B3C1E20>",
            "Content-Transfer-Encoding: base64",
        ],
        b64(PNG),
    )
    alternative = mail(
        ['Content-Type: multipart/alternative; boundary="----=_NextPart_002_0003"'],
        many(
            "----=_NextPart_002_0003",
            note(charset="gb2312"),
            page('见附件。<img src="cid:image001.png@01D88494.5B3C1E20">', "gb2312"),
        ),
    )
    related = mail(
        ['Content-Type: multipart/related; type="multipart/alternative"; boundary="----=_NextPart_001_0002"'],
        many("----=_NextPart_001_0002", alternative, picture),
    )
    sheet = mail(
        [
            f'Content-Type: {SHEET};\r\n\tname="{word(NAME, "gb2312")}"',
            "Content-Transfer-Encoding: base64",
            f'Content-Disposition: attachment;\r\n\tfilename="{word(NAME, "gb2312")}"',
        ],
        b64(data),
    )
    body = b"This is a multi-part message in MIME format.\r\n\r\n" + many(
        "----=_NextPart_000_0001", related, sheet
    )
    yield Sample(
        "Outlook: mixed, related, alternative, a picture in the text",
        mail(
            top(
                'Content-Type: multipart/mixed;\r\n\tboundary="----=_NextPart_000_0001"',
                "X-Mailer: Microsoft Outlook 16.0",
                "Thread-Index: AdiElFs8HiBqk0JvTnmQ",
                "Content-Language: zh-cn",
                subject=word(SUBJECT, "gb2312"),
            ),
            body,
        ),
        (Held("image001.png", PNG, inline=True), Held(NAME, data)),
        says="附件是我校的填报表",
    )
    exchange = mail(
        [
            f'Content-Type: {SHEET};\r\n\tname="{word(NAME)}"',
            f"Content-Description: {word(NAME)}",
            f'Content-Disposition: attachment; filename="{word(NAME)}";\r\n\tsize={len(data)};'
            ' creation-date="Mon, 20 Jun 2022 02:10:10 GMT"',
            "Content-ID: <4C0A7C1B2E@apcprd04.prod.outlook.com>",
            "Content-Transfer-Encoding: base64",
        ],
        b64(data),
    )
    yield Sample(
        "Exchange: the workbook within related, with a Content-ID",
        mail(
            top(
                'Content-Type: multipart/related; boundary="_004_PS2PR04_"; type="text/html"',
                "X-MS-Has-Attach: yes",
            ),
            many("_004_PS2PR04_", page("见附件"), exchange),
        ),
        (Held(NAME, data),),
        says="见附件",
    )
    boundary = "----=_001_NextPart305572153312_=----"
    yield Sample(
        "Foxmail: GB2312, the name folded within its encoded words",
        mail(
            top(
                f'Content-Type: multipart/mixed;\r\n\tboundary="{boundary}"',
                "X-Mailer: Foxmail 7.2.23.121[cn]",
                "X-GUID: 8A2E7C5A-8BC0-4F1F-9DA2-C2F3D1A2B3C4",
                subject="Re: " + word(SUBJECT, "GB2312"),
                ident="2022062010101000000115@qq.com",
            ),
            many(
                boundary,
                note(charset="gb2312"),
                mail(
                    [
                        f'Content-Type: application/octet-stream;\r\n\tname="{cut(NAME, "GB2312", 15)}"',
                        "Content-Transfer-Encoding: base64",
                        f'Content-Disposition: attachment;\r\n\tfilename="{cut(NAME, "GB2312", 15)}"',
                    ],
                    b64(data),
                ),
            ),
        ),
        (Held(NAME, data),),
        subject="Re: " + SUBJECT,
    )
    yield Sample(
        "Gmail: filename in RFC 2231 only in a mixed with alternative",
        mail(
            top(
                'Content-Type: multipart/mixed; boundary="000000000000e1c5c405e1d7a1b2"',
                sender="Yi Zhong <yizhong@gmail.com>",
            ),
            many(
                "000000000000e1c5c405e1d7a1b2",
                mail(
                    ['Content-Type: multipart/alternative; boundary="000000000000e1c5c005e1d7a1b0"'],
                    many("000000000000e1c5c005e1d7a1b0", note(), page("请查收")),
                ),
                mail(
                    [
                        f'Content-Type: {SHEET}; \r\n\tname="{word(NAME)}"',
                        f"Content-Disposition: attachment; \r\n\tfilename*=UTF-8''{percent(NAME)}",
                        "Content-Transfer-Encoding: base64",
                        "Content-ID: <f_l4m2kz6q0>",
                        "X-Attachment-Id: f_l4m2kz6q0",
                    ],
                    b64(data),
                ),
            ),
        ),
        (Held(NAME, data),),
        sender="yizhong@gmail.com",
    )


# --- TNEF -----------------------------------------------------------------------------------------
def _attribute(level: int, name: int, data: bytes) -> bytes:
    return struct.pack("<BLL", level, name, len(data)) + data + struct.pack("<H", sum(data) & 0xFFFF)


def _property(kind: int, key: int, data: bytes) -> bytes:
    return struct.pack("<HHLL", kind, key, 1, len(data)) + data + bytes(-len(data) % 4)


def _properties(*properties: bytes) -> bytes:
    return _attribute(2, 0x0006_9005, struct.pack("<L", len(properties)) + b"".join(properties))


def _wide(key: int, text: str) -> bytes:
    return _property(0x1F, key, f"{text}\0".encode("utf-16-le"))


def tnef(*attachments: bytes, code_page: int = 936) -> bytes:
    """A winmail.dat with what `tnef_file` or `tnef_mail` give."""
    return (
        struct.pack("<LH", 0x223E_9F78, 1)
        + _attribute(1, 0x0008_9006, struct.pack("<L", 0x10000))
        + _attribute(1, 0x0006_9007, struct.pack("<LL", code_page, 0))
        + _attribute(1, 0x0007_8008, b"IPM.Microsoft Mail.Note\0")
        + _attribute(1, 0x0006_9003, struct.pack("<L", 1) + _wide(0x0037, SUBJECT))
        + b"".join(attachments)
    )


def tnef_file(data: bytes, title: bytes = b"", *properties: bytes, in_property: bool = False) -> bytes:
    """A file as attAttachData, or as a property; `title` as the old attribute gives it."""
    pieces = [_attribute(2, 0x0006_9002, b"\1\0" + b"\xff" * 4 + bytes(8))]
    if title:
        pieces.append(_attribute(2, 0x0001_8010, title + b"\0"))
    if in_property:
        properties = (*properties, _property(0x102, 0x3701, data))
    else:
        pieces.append(_attribute(2, 0x0006_800F, data))
    pieces.append(_properties(struct.pack("<HHL", 3, 0x3705, 1), *properties))
    return b"".join(pieces)


def tnef_mail(inner: bytes) -> bytes:
    """An attached mail, which is a stream of its own."""
    iid = bytes.fromhex("0703020000000000c000000000000046")
    return _attribute(2, 0x0006_9002, b"\1\0" + bytes(12)) + _properties(_property(0x0D, 0x3701, iid + inner))


def winmail(book: Book) -> Iterator[Sample]:
    """Outlook to a contact that is set to rich text."""
    data, other = book("S001"), book("S002")
    gbk = NAME.encode("gbk")
    for title, stream, files in (
        ("title in GBK alone", tnef(tnef_file(data, gbk)), (Held(NAME, data),)),
        (
            "short title, long Unicode name in the properties",
            tnef(tnef_file(data, b"S001~1.XLS", _wide(0x3707, NAME), _wide(0x3704, "S001~1.XLS"))),
            (Held(NAME, data),),
        ),
        (
            "data in a property, name in GBK there, no code page",
            tnef(tnef_file(data, b"", _property(0x1E, 0x3707, gbk + b"\0"), in_property=True), code_page=0),
            (Held(NAME, data),),
        ),
        (
            "two returns and a picture that the text shows, named properties between",
            tnef(
                tnef_file(data, gbk),
                tnef_file(other, b"a.xlsx", _wide(0x3707, OTHER)),
                tnef_file(
                    PNG,
                    b"image001.png",
                    struct.pack("<HH16sLLL", 3, 0x8001, bytes(16), 0, 0x8554, 7),
                    struct.pack("<HHLL", 0x1003, 0x0E01, 2, 9) + struct.pack("<L", 8),
                    _wide(0x3712, "image001.png@01D8"),
                ),
            ),
            (Held(NAME, data), Held(OTHER, other), Held("image001.png", PNG, inline=True)),
        ),
        ("a return in an attached mail", tnef(tnef_mail(tnef(tnef_file(data, gbk)))), (Held(NAME, data),)),
    ):
        yield Sample(
            f"winmail.dat: {title}",
            with_part(
                mail(
                    [
                        'Content-Type: application/ms-tnef; name="winmail.dat"',
                        "Content-Transfer-Encoding: base64",
                        'Content-Disposition: attachment; filename="winmail.dat"',
                    ],
                    b64(stream),
                )
            ),
            files,
        )
    yield Sample(
        "winmail.dat: as application/octet-stream under another name",
        with_part(attached(tnef(tnef_file(data, gbk)), "win.dat", "application/octet-stream")),
        (Held(NAME, data),),
    )


def web(book: Book) -> Iterator[Sample]:
    """Web pages of providers, and Chinese servers."""
    data = book("S001")
    boundary = "----=_NextPart_62AFD612_0F2B9C40_1C4A2D1E"
    octets = "application/octet-stream"
    yield Sample(
        "QQ web: GB18030 words, parts under alternative within mixed, ISO labels in lower case",
        mail(
            top(
                f'Content-Type: multipart/mixed;\r\n\tboundary="{boundary}"',
                "Content-Transfer-Encoding: 8Bit",
                "X-QQ-MIME: TCMime 1.0 by Tencent",
                "X-QQ-Mailer: QQMail 2.x",
                subject=word(SUBJECT, "gb18030"),
                sender=f'"{word("民乐一中", "gb18030")}" <{SCHOOL}>',
            ),
            b"This is a multi-part message in MIME format.\r\n\r\n"
            + many(
                boundary,
                mail(
                    ['Content-Type: multipart/alternative;\r\n\tboundary="----=_NextPart_62AFD612_A"'],
                    many("----=_NextPart_62AFD612_A", note(charset="gb18030"), page("请查收", "gb18030")),
                ),
                mail(
                    [
                        f'Content-Type: {octets};\r\n\tcharset="gb18030";\r\n\tname="{word(NAME, "gb18030")}"',
                        f'Content-Disposition: attachment; filename="{word(NAME, "gb18030")}"',
                        "Content-Transfer-Encoding: base64",
                    ],
                    b64(data),
                ),
            ),
        ),
        (Held(NAME, data),),
    )
    yield Sample(
        "163 web: GBK, the file before the text",
        mail(
            top(
                'Content-Type: multipart/mixed; \r\n\tboundary="----=_Part_103_1_1655691010"',
                "X-Mailer: Coremail Webmail Server Version XT5.0.13 build 20210622 163com",
                "X-CM-CTRLDATA: Z3f2",
                subject=word(SUBJECT, "GBK"),
                sender=f"{word('民乐一中', 'GBK')} <minle_yz@163.com>",
            ),
            many(
                "----=_Part_103_1_1655691010",
                mail(
                    [
                        f'Content-Type: {octets}; \r\n\tname="{word(NAME, "GBK")}"',
                        "Content-Transfer-Encoding: base64",
                        f'Content-Disposition: attachment; \r\n\tfilename="{word(NAME, "GBK")}"',
                    ],
                    b64(data),
                ),
                note(charset="GBK"),
            ),
        ),
        (Held(NAME, data),),
        sender="minle_yz@163.com",
    )
    yield Sample(
        "Aliyun web: UTF-8, the name in Q words",
        with_part(
            mail(
                [
                    f'Content-Type: {octets}; name="{word(NAME, how="Q")}"',
                    "Content-Transfer-Encoding: base64",
                    f'Content-Disposition: attachment; filename="{word(NAME, how="Q")}"',
                ],
                b64(data, 72),
            ),
            sender=f"{word('民乐一中')} <yizhong@aliyun.com>",
        ),
        (Held(NAME, data),),
        sender="yizhong@aliyun.com",
    )
    yield Sample(
        "Coremail of a bureau: RFC 2231 and 2047 side by side, the latter damaged",
        with_part(
            mail(
                [
                    f'Content-Type: {octets}; name="????????.xlsx"',
                    "Content-Transfer-Encoding: base64",
                    f"Content-Disposition: attachment; filename=\"????.xlsx\"; filename*=gbk''{percent(NAME, 'gbk')}",
                ],
                b64(data),
            )
        ),
        (Held(NAME, data),),
    )
    yield Sample(
        "WPS cloud: sent for a user, the name percent-encoded as in a browser",
        with_part(
            mail(
                [
                    f"Content-Type: {SHEET}; name={percent(NAME)}",
                    "Content-Transfer-Encoding: base64",
                    f'Content-Disposition: attachment; filename="{percent(NAME)}"',
                ],
                b64(data),
            ),
            sender=f"{word('WPS云文档')} <noreply@wps.cn>",
        ),
        (Held(NAME, data),),
        sender="noreply@wps.cn",
    )
    yield Sample(
        "Sina web: the charset in capitals, no quotation marks",
        with_part(
            mail(
                [
                    f"Content-Type: {octets}; name={word(NAME, 'GB2312')}",
                    "Content-Transfer-Encoding: BASE64",
                    f"Content-Disposition: ATTACHMENT; FILENAME={word(NAME, 'GB2312')}",
                ],
                b64(data),
            ),
            sender="yizhong@sina.com",
        ),
        (Held(NAME, data),),
        sender="yizhong@sina.com",
    )


def phones(book: Book) -> Iterator[Sample]:
    """Telephones."""
    data = book("S001")
    boundary = "Apple-Mail-2F7D1C0A-1B2C-4D3E-8F90-A1B2C3D4E5F6"
    photo = mail(
        [
            'Content-Type: image/png; name="IMG_0612.PNG"; x-apple-part-url="8A7B"',
            'Content-Disposition: inline; filename="IMG_0612.PNG"',
            "Content-Transfer-Encoding: base64",
        ],
        b64(PNG),
    )
    sheet = mail(
        [
            f"Content-Type: {SHEET};\r\n\tname*=utf-8''{percent(NAME)}",
            f"Content-Disposition: inline;\r\n\tfilename*=utf-8''{percent(NAME)}",
            "Content-Transfer-Encoding: base64",
        ],
        b64(data),
    )
    yield Sample(
        "iPhone: the workbook inline, text before and behind",
        mail(
            top(
                f"Content-Type: multipart/mixed; boundary={boundary}",
                "X-Mailer: iPhone Mail (19F77)",
                "Mime-Version: 1.0 (1.0)",
            ),
            many(boundary, note("报表"), photo, sheet, note("发自我的iPhone")),
        ),
        (Held("IMG_0612.PNG", PNG, inline=True), Held(NAME, data)),
        says="发自我的iPhone",
    )
    yield Sample(
        "Android: LF only, no text, the whole mail is the file",
        mail(
            top(
                f'Content-Type: application/octet-stream; name="{word(NAME)}"',
                "Content-Transfer-Encoding: base64",
                f'Content-Disposition: attachment; filename="{word(NAME)}"',
            ),
            b64(data),
        ).replace(b"\r\n", b"\n"),
        (Held(NAME, data),),
    )
