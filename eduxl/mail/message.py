"""A mail as it arrived → what it says and holds. Pure; never raises, whatever the bytes are, and within bounds."""

from __future__ import annotations

import re
from datetime import datetime

from attrs import field, frozen

from eduxl.mail import headers, received
from eduxl.mail.attachments import Attached, Contents
from eduxl.mail.bounce import ANSWERED, Bounce, Notice, bounce_of
from eduxl.mail.charsets import decoded
from eduxl.mail.links import Link, links_in
from eduxl.mail.mime import Part
from eduxl.mail.plain import plain

#: Characters of the text that are kept, and of a web page that are read.
_LONGEST_TEXT, _LONGEST_PAGE = 100_000, 1 << 20
_MOST_RECIPIENTS, _MOST_PAGES = 500, 5
_READ = re.compile(
    r"\s*(?:已读(?:回执)?|阅读回执|read(?: receipt)?|return receipt(?: \(displayed\))?)\s*[:：]", re.I
)
_MESSAGE_ID = re.compile(r"<[^<>\s]{1,500}>")
_PROBLEMS = {
    "parts": "邮件里的部分太多，后面的没有看；请在邮箱里打开，把附件另存到 returns/轮次",
    "levels": "邮件一层套一层转发得太深，里层的没有看；请在邮箱里打开，把附件另存到 returns/轮次",
    "files": "附件太多，后面的没有取；请在邮箱里打开，把其余附件另存到 returns/轮次",
    "sealed": "邮件加密或签名封装（S/MIME），附件取不出来；请在邮箱里打开，把附件另存到 returns/轮次",
    "outlook": "附件里有 Outlook 存的邮件（.msg），里面的附件没有取；请打开它，把里面的附件另存到 returns/轮次",
    "split": "邮件被拆成几封寄来，附件不完整；请联系对方整封重发",
}


@frozen
class Message:
    """A mail. Texts are decoded, on one line (`text` apart, which is for hints) and "" where the mail has none.

    `message_id` with its angle brackets; `date` and `delivered` in local time: what the sender's program wrote, and
    what the last server on the way did. `sender` and `to` are addresses in lower case. `attachments` are all files,
    those of forwarded mails too; of a 退信 or a 已读回执 none that it returns. `links` lead to files that did not come
    with the mail. `auto_reply` is True for an 自动回复 and a 已读回执. `problems` are sentences for the clerk about
    what could not be looked at.
    """

    message_id: str
    date: datetime | None
    delivered: datetime | None
    sender: str
    sender_name: str
    to: tuple[str, ...]
    subject: str
    text: str = field(repr=False)
    attachments: tuple[Attached, ...]
    links: tuple[Link, ...]
    bounce: Bounce | None
    auto_reply: bool
    problems: tuple[str, ...]


def read(raw: bytes) -> Message:
    """The mail whose bytes a server gave, or which a file .eml holds."""
    contents = Contents.of(raw)
    top = contents.parts[0]
    sender, sender_name = _sender(top)
    to = tuple(headers.addresses_in(top.text("to"))[:_MOST_RECIPIENTS])
    subject = top.text("subject")
    text = _text(contents.texts)
    bounce = bounce_of(Notice(contents.parts, sender, to, subject, text))
    receipt = any(
        part.kind == "message/disposition-notification" for part in contents.parts if part.mail is top
    )
    files = () if bounce or receipt else tuple(contents.files)
    found_id = _MESSAGE_ID.search(top.text("message-id"))
    return Message(
        found_id[0] if found_id else "",
        received.moment(top.text("date")),
        _delivered(top),
        sender,
        sender_name,
        to,
        subject,
        text[:_LONGEST_TEXT],
        files,
        links_in(*(content for _, content in contents.texts + contents.forwarded), *_pages(contents.files)),
        bounce,
        bounce is None and (receipt or _is_automatic(top, subject)),
        tuple(sentence for key, sentence in _PROBLEMS.items() if key in contents.problems),
    )


def _sender(top: Part) -> tuple[str, str]:
    for name in ("from", "sender", "reply-to", "return-path"):
        address, shown = headers.address_of(top.get(name))
        if address:
            return address, shown
    return "", headers.address_of(top.get("from"))[1]


def _text(texts: list[tuple[str, str]]) -> str:
    """What the mail says: its plain texts, or its pages where there are none."""
    written = [text for kind, text in texts if kind != "text/html"]
    if not "".join(written).strip():
        written = [plain(text[:_LONGEST_PAGE]) for kind, text in texts if kind == "text/html"]
    return "\n".join(written).replace("\r\n", "\n").replace("\0", "").strip()


def _pages(files: list[Attached]) -> list[str]:
    """Attached web pages: some programs attach one with the links in place of what was too large."""
    pages = [file for file in files if file.name.lower().endswith((".htm", ".html"))]
    return [decoded(file.data[:_LONGEST_PAGE]) for file in pages[:_MOST_PAGES]]


def _delivered(top: Part) -> datetime | None:
    """The time in the uppermost Received field, which the last server wrote behind a semicolon."""
    return received.moment(top.text("received").rpartition(";")[2])


def _is_automatic(top: Part, subject: str) -> bool:
    if top.text("auto-submitted").lower().partition(";")[0].strip() not in ("", "no"):
        return True
    if top.get("x-autoreply") or top.get("x-autorespond") or top.text("precedence").lower() == "auto_reply":
        return True
    return bool(ANSWERED.match(subject) or _READ.match(subject))
