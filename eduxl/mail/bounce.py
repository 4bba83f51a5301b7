"""退信: a mail that says that another one did not arrive, or not yet. Pure, and never raises.

A report by RFC 3464 is read as such. Most Chinese providers write a page of Chinese instead: there the sender and the
words of the subject make the 退信, and the addresses are those that stand beside words like 收件人.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from attrs import frozen

from eduxl.mail import headers
from eduxl.mail.charsets import decoded
from eduxl.mail.mime import Part

#: Names before the @ that are a mail system's own.
_DAEMON = re.compile(
    r"(?:mailer[-_.]?daemon|post-?master|mail[-_.]?daemon|mdaemon|daemon|microsoftexchange\w*)(?:\+.*)?"
)
_NOT_SENT = re.compile(
    r"退信|退回|退件|未送达|无法送达|无法投递|无法传递|未能送达|未能投递|不能投递|投递失败|发送失败|传递失败|传送失败|递送失败|"
    r"邮件延迟|已延迟|延迟送达|投递延迟|推迟|"
    r"undeliver|returned mail|returned to sender|returning message|failure notice|delivery[ -](?:status|"
    r"failure|failed|has failed|delay|incomplete|problem|report)|mail delivery|mail system error|could not be delivered|"
    r"could not send message|"
    r"(?:mail|message|delivery)\S* delayed|delayed mail|non[ -]?delivery|rejected|nondeliverable",
    re.I,
)
#: What an automatic answer begins with: the rest is our own subject, which may be about 退回.
ANSWERED = re.compile(
    r"\s*(?:自动回复|自动答复|自动应答|外出自动|"
    r"automatic reply|auto(?:matic)?[- ]?(?:reply|response)|auto:|out of (?:the )?office)",
    re.I,
)
#: What a person's answer begins with, also one to our own 退回.
_REPLY = re.compile(r"\s*(?:回复|答复|转发|re|fwd?)\s*[:：]", re.I)
_DELAYED = re.compile(
    r"延迟|延误|推迟|暂时(?:未能|无法|没有)|(?:继续|仍在|将会?)(?:继续)?(?:尝试|重试|重发)|delayed|"
    r"will (?:be retried|retry|continue|keep trying)|"
    r"still being retried|could not send message for past|not yet been delivered|warning message only|no action is required",
    re.I,
)
_FINAL = re.compile(r"退信|退回|失败|无法|undeliver|returned|returning|fail|rejected", re.I)
#: Words that tell whose address stands in a line, or behind a line that ends with a colon; and those of other lines.
_WHOSE = re.compile(
    r"收件人|收信人|您发[给往送]|你发[给往送]|发送给|发往|投递到|送达|无法投递|传递|不存在|地址|rcpt to|recipient|"
    r"following address|delivery to|addressed to|to:|mailbox|user|said:",
    re.I,
)
_NOT_WHOSE = re.compile(
    r"客服|联系|咨询|反馈|举报|管理员|发件人(?!.*收件人)|contact|help|support|questions|administrator", re.I
)
_TOLD = ("to", "subject", "message-id")
_COPIED = re.compile(r"^(To|Subject|Message-ID):[ \t]*([^\n]{0,1000})", re.M | re.I)
_REASON = re.compile(
    r"(?:退信原因|原因|错误信息|错误提示|诊断信息|said|reason|error)\s*[:：]\s*([^\n]{2,300})", re.I
)
_STATUS = re.compile(r"(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?![\d.])")
_CODE = re.compile(r"(?<![\d.])([45]\d\d)(?![\d.])")
_LONGEST_TEXT, _MOST_ADDRESSES, _LONGEST_WORDS = 100_000, 100, 300
_REPORTS = ("message/delivery-status", "message/global-delivery-status")


@frozen
class Failure:
    """What became of one `address` (lower case): `status` as 5.1.1 or 550, "" where none is given, and the server's
    `words`, on one line.
    """

    address: str
    status: str
    words: str


@frozen
class Bounce:
    """Which addresses were not reached (`failed`), and which not yet (`delayed`: nothing to do). `message_id` and
    `subject` are those of the mail that did not arrive, "" where the 退信 does not tell.
    """

    failed: tuple[Failure, ...]
    delayed: tuple[Failure, ...]
    message_id: str
    subject: str


@frozen
class Notice:
    """What a mail says that may be a 退信: its parts as `Walk` gives them, and what stands at its top."""

    parts: Sequence[Part]
    sender: str
    to: tuple[str, ...]
    subject: str
    text: str

    @property
    def top(self) -> Part:
        return self.parts[0]


def bounce_of(notice: Notice) -> Bounce | None:
    """The 退信; None for any other mail, also for a report that says that all went well, and for an 自动回复."""
    returned = _returned(notice)
    reported = _reported(notice)
    failed, delayed = reported.get("failed", ()), reported.get("delayed", ())
    if not failed and not delayed:
        if reported or not (notice.top.get("x-failed-recipients") or _is_notice(notice)):
            return None
        late = _is_late(notice)
        told = _told(notice, returned.get("to", ""))
        failed, delayed = ((), told) if late else (told, ())
    return Bounce(failed, delayed, returned.get("message-id", ""), returned.get("subject", ""))


def _is_notice(notice: Notice) -> bool:
    """True where a mail system wrote it, and says that something did not arrive."""
    subject = notice.subject
    if ANSWERED.match(subject) or _REPLY.match(subject) or not _NOT_SENT.search(subject):
        return False
    if _DAEMON.fullmatch(notice.sender.partition("@")[0]):
        return True
    top = notice.top
    if top.parameters.get("report-type", "").lower() == "delivery-status":
        return True
    # No address to answer to, as RFC 5321 asks of such mails.
    return top.text("return-path").replace(" ", "") == "<>"


def _is_late(notice: Notice) -> bool:
    """True where the mail system goes on trying. The subject decides: the text of a 退信 may speak of earlier tries."""
    if notice.top.get("x-failed-recipients"):
        return False
    if _DELAYED.search(notice.subject):
        return True
    return not _FINAL.search(notice.subject) and bool(_DELAYED.search(notice.text[:_LONGEST_TEXT]))


# --- RFC 3464 -------------------------------------------------------------------------------------
def _reported(notice: Notice) -> dict[str, tuple[Failure, ...]]:
    """By what was done ("failed", "delayed", "" for what arrived), the recipients that the report names."""
    found: dict[str, Failure] = {}
    done: dict[str, str] = {}
    by_system = bool(_DAEMON.fullmatch(notice.sender.partition("@")[0]))
    for part in notice.parts:
        if part.kind not in _REPORTS or part.mail is not notice.top:
            continue
        # A person who forwards a 退信 may have its pieces among the attachments.
        if part.within != "multipart/report" and not by_system:
            continue
        text = decoded(part.body[:_LONGEST_TEXT]).replace("\r\n", "\n")
        for block in re.split(r"\n[ \t]*\n", text):
            about = _block(block)
            address = _address(about.get("original-recipient", "")) or _address(
                about.get("final-recipient", "")
            )
            if not address or len(found) >= _MOST_ADDRESSES or done.get(address) == "failed":
                continue
            status = _STATUS.search(about.get("status", ""))
            words = about.get("diagnostic-code", "").partition(";")[2] or about.get("diagnostic-code", "")
            found[address] = Failure(address, status[1] if status else "", _line(words))
            done[address] = _done(about.get("action", "").lower(), found[address].status)
    return {
        kind: tuple(found[address] for address in found if done[address] == kind)
        for kind in set(done.values())
    }


def _done(action: str, status: str) -> str:
    for kind in ("failed", "delayed"):
        if action.startswith(kind):
            return kind
    return "" if action else {"4": "delayed", "5": "failed"}.get(status[:1], "")


def _block(text: str) -> dict[str, str]:
    fields: dict[str, str] = {}
    last = ""
    for line in text.split("\n")[:200]:
        if line[:1] in (" ", "\t") and last:
            fields[last] = f"{fields[last]} {line.strip()}"[:2000]
        elif ":" in line:
            name, _, value = line.partition(":")
            last = name.strip().lower()
            fields.setdefault(last, value.strip())
    return fields


def _address(recipient: str) -> str:
    kind, _, address = recipient.rpartition(";")
    found = headers.addresses_in(address)
    return found[0] if found and kind.strip().lower() in ("", "rfc822", "utf-8") else ""


# --- in words -------------------------------------------------------------------------------------
def _told(notice: Notice, to: str) -> tuple[Failure, ...]:
    text = notice.text[:_LONGEST_TEXT]
    named = headers.addresses_in(notice.top.text("x-failed-recipients")) or _beside(text, notice)
    originally = headers.addresses_in(to)
    both = [address for address in named if address in originally]
    addresses = both or named or originally
    status = _STATUS.search(text) or _CODE.search(text)
    reason = _REASON.search(text)
    words = _line(reason[1] if reason else "")
    return tuple(
        Failure(address, status[1] if status else "", words) for address in addresses[:_MOST_ADDRESSES]
    )


def _beside(text: str, notice: Notice) -> list[str]:
    """Addresses in lines that say whose they are, or behind such a line; neither ours nor the mail system's."""
    found: list[str] = []
    before = ""
    for line in text.split("\n")[:3000]:
        line = line.strip()[:2000]
        if not line:
            continue
        told = (
            _WHOSE.search(line)
            or line.startswith("<")
            or (before.endswith((":", "：")) and _WHOSE.search(before))
        )
        if "@" in line and told and not _NOT_WHOSE.search(line):
            found += headers.addresses_in(line)
        before = line
    own = {notice.sender, *notice.to}
    others = [
        address for address in found if address not in own and not _DAEMON.fullmatch(address.split("@")[0])
    ]
    return list(dict.fromkeys(others))


def _returned(notice: Notice) -> dict[str, str]:
    """To, Subject and Message-ID of the mail that did not arrive, as far as the 退信 has them."""
    for part in notice.parts:
        if part.kind in ("text/rfc822-headers", "message/global-headers") and part.mail is notice.top:
            about = _block(decoded(part.body[:_LONGEST_TEXT]).replace("\r\n", "\n"))
            return {
                "to": about.get("to", ""),
                "subject": headers.text_of(about.get("subject", "").encode()),
                "message-id": about.get("message-id", "").strip(),
            }
        if part.mail is not notice.top:
            break
    inner = next((part for part in notice.parts if part.within == "" and part is not notice.top), None)
    if inner is not None:
        return {name: inner.text(name) for name in _TOLD}
    # As qmail does it, a copy in the text.
    copied = {
        match[1].lower(): match[2] for match in reversed(list(_COPIED.finditer(notice.text[:_LONGEST_TEXT])))
    }
    return {name: headers.text_of(value.encode()) for name, value in copied.items()}


def _line(words: str) -> str:
    return headers.clean(words)[:_LONGEST_WORDS]
