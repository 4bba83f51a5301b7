"""The files of a mail: attached, forwarded, in a winmail.dat or uuencoded; a mail's signature and its text are none."""

from __future__ import annotations

from attrs import define, field, frozen

from eduxl.mail import filenames, headers, tnef, transfer
from eduxl.mail.charsets import decoded
from eduxl.mail.mime import Budget, Part, Walk
from eduxl.spreadsheet import kinds

#: Files of one mail that are taken: a 学区 forwards what 300 schools sent in one.
MOST_FILES = 1_000
#: Mails that are attached as files, within each other.
_MOST_MAILS = 10
#: Parts that are about the mail, and hold no file.
_ABOUT = frozenset(
    {
        "application/pkcs7-signature", "application/x-pkcs7-signature", "application/pgp-signature",
        "application/pgp-encrypted", "message/delivery-status", "message/global-delivery-status",
        "message/disposition-notification", "message/feedback-report", "message/external-body", "text/rfc822-headers",
        "message/global-headers", "message/partial",
    }
)  # fmt: skip
#: What a mail says, and what goes beside that for programs.
_TEXTS = frozenset({"text/plain", "text/html"})
_BESIDE = frozenset({"text/calendar", "text/enriched", "text/richtext", "text/x-amp-html", "text/watch-html"})
#: Texts of forwarded mails that are kept.
_MOST_TEXTS = 50
_EXTENSIONS = {
    "xlsx": ".xlsx", "xlsb": ".xlsb", "ods": ".ods", "xls": ".xls", "word": ".docx", "slides": ".pptx", "zip": ".zip",
    "pdf": ".pdf", "picture": ".jpg", "web": ".html", "mail": ".eml", "text": ".txt",
}  # fmt: skip
#: Content of these kinds is a document, whatever the mail calls it.
_DOCUMENTS = kinds.WORKBOOKS | kinds.UNREAD | kinds.ARCHIVES | {"word", "slides", "pdf", "mail"}


@frozen
class Attached:
    """A file: `name` fit for a folder, never empty. `inline` is True for a picture that the text shows. `sender` is
    the address of the mail in which it lies: of a forwarded one, who wrote that ("" where it does not tell).
    """

    name: str
    data: bytes = field(repr=False)
    inline: bool
    sender: str


@define
class Contents:
    """What a mail holds: `files`, its own texts and those of forwarded mails as (kind, text), the parts, and what could
    not be looked at: "parts", "levels", "files", "sealed" (S/MIME), "split" (message/partial), "outlook" (.msg).
    """

    _budget: Budget
    files: list[Attached] = field(factory=list)
    texts: list[tuple[str, str]] = field(factory=list)
    forwarded: list[tuple[str, str]] = field(factory=list)
    parts: list[Part] = field(factory=list)
    problems: set[str] = field(factory=set)

    @classmethod
    def of(cls, raw: bytes) -> Contents:
        """Never raises."""
        contents = cls(Budget.of(raw))
        contents._look(raw, 0)
        return contents

    def _look(self, raw: bytes, level: int) -> None:
        walk = Walk(raw, self._budget)
        for part in walk:
            if level == 0:
                self.parts.append(part)
            if part.kind == "message/partial":
                self.problems.add("split")
            if part.is_container or part.returned or part.kind in _ABOUT:
                continue
            if len(self.files) >= MOST_FILES:
                self.problems.add("files")
                break
            self._leaf(part, level)
        self.problems |= walk.problems

    def _leaf(self, part: Part, level: int) -> None:
        name, disposition = name_of(part)
        if not name and disposition != "attachment" and _is_said(part):
            body = part.body
            if not body.startswith(transfer.FILES):
                self._text(part, body, level)
                return
        data = transfer.content_of_file(part.raw[part.start : part.end], part.encoding)
        if not name and not data.strip():
            return
        if part.kind in ("application/pkcs7-mime", "application/x-pkcs7-mime"):
            self.problems.add("sealed")
        if tnef.is_tnef(data):
            for file in tnef.files(data):
                inline = bool(file.content_id) and _kind(file.data) == "picture"
                self._add(part, filenames.safe(file.name), file.data, inline, level)
        else:
            self._add(part, name, data, _is_shown(part, disposition, _kind(data)), level)

    def _text(self, part: Part, body: bytes, level: int) -> None:
        if part.kind == "text/plain":
            for written, data in transfer.uuencoded(body):
                self._add(part, filenames.safe(headers.words(written)), data, False, level)
            body = transfer.without_uuencoded(body)
        own = level == 0 and part.mail is self.parts[0]
        if part.kind in _TEXTS and (own or len(self.forwarded) < _MOST_TEXTS):
            text = (part.kind, decoded(body, part.parameters.get("charset", "")))
            (self.texts if own else self.forwarded).append(text)

    def _add(self, part: Part, name: str, data: bytes, inline: bool, level: int) -> None:
        kind = _kind(data)
        if len(self.files) >= MOST_FILES:
            self.problems.add("files")
            return
        if kind == "mail" and kinds.is_old_office(data):
            self.problems.add("outlook")
        elif kind == "mail" and level < _MOST_MAILS:
            self._look(data, level + 1)
            return
        name = name or f"附件{len(self.files) + 1}{_EXTENSIONS.get(kind, '.dat')}"
        sender = headers.address_of(part.mail.get("from"))[0]
        self.files.append(Attached(name, data, inline, sender))


def name_of(part: Part) -> tuple[str, str]:
    """(name fit for a folder or "", disposition in lower case). The name may stand in either field, in either way."""
    disposition, parameters = headers.parameters(part.get("content-disposition"))
    candidates = [
        *(parameters.get(key, "") for key in ("filename*", "filename", "name*", "name")),
        *(part.parameters.get(key, "") for key in ("name*", "name", "filename*", "filename")),
    ]
    return filenames.best(candidates), disposition


def _is_said(part: Part) -> bool:
    """True where a part without a name is the text of the mail; a table as text/csv is a file."""
    return part.kind in _TEXTS | _BESIDE or (
        part.kind.startswith("text/") and part.within == "multipart/alternative"
    )


def _kind(data: bytes) -> str:
    whole = kinds.is_zip(data) or kinds.is_old_office(data)
    return kinds.kind_of(data if whole else data[: kinds.HEAD])


def _is_shown(part: Part, disposition: str, kind: str) -> bool:
    """True for a picture that the text shows. Phones and Outlook call documents inline, too, and give them a
    Content-ID: those are none.
    """
    picture = kind == "picture" or (
        part.kind.startswith(("image/", "audio/", "video/")) and kind not in _DOCUMENTS
    )
    placed = part.within == "multipart/related" and part.position > 0
    return picture and (
        disposition == "inline" or placed or (disposition != "attachment" and bool(part.get("content-id")))
    )
