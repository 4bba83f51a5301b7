"""The set phrases around a plan's tasks, each known by its own text: notice, title, year, signature, page number.

Pure; knows texts only. The words themselves are in `words`, what follows from a phrase is the caller's.
"""

from __future__ import annotations

import re

from eduxl.numerals import date_digits, half_width
from eduxl.plan import words
from eduxl.plan.numbering import CHINESE

_NOISE = re.compile(r"[-—–－\s]*\d{1,4}[-—–－\s]*|第\s*\d+\s*页(?:[，,\s/]*共?\s*\d+\s*页)?|[-—=_*·.\s]+")
_NOTICE = re.compile(r"(?:关于)?.{0,80}(?:的通知|的函|的通告)$|关于(?:印发|下发|转发).*")
_TITLE_WORD = re.compile("|".join(sorted(words.TITLE_WORDS, key=len, reverse=True)))
_NO_TITLE = re.compile(r"[。；;，]|[：:]$")
_YEAR = re.compile(r"(?<!\d)((?:19|20)\d\d)(?!\d)")
_CN_DATE = rf"二[〇○零0][{CHINESE}〇○零]{{2}}年[{CHINESE}]{{1,2}}月[{CHINESE}]{{1,3}}日"
_DATE = rf"(?:(?:19|20)\d\d[-./年]\d{{1,2}}[-./月]\d{{1,2}}日?|{_CN_DATE})"
_SIGNED = re.compile(rf"[^，。；：、:;,\d]{{0,40}}?[\s（(]*{_DATE}[\s)）]*(?:印发)?")
_SIGNER = re.compile(r"[^，。；：、:;,\d]{2,30}(?:" + "|".join(words.SIGNER_ENDINGS) + ")")
_ATTACHED = re.compile(
    r"附\s*[件表录](?:\s*[\d一二三四五六七八九十]+)?\s*(?:[：:].*)?|抄送[：:].*|[（(]?此件.*公开.*"
)
_PAGE_TAIL = re.compile(rf"[\s【\[]*(?:{words.PAGE_TAIL})[\s】\]]*(?:[：:].*)?")
_DEFAULT_DUE = re.compile(
    r"(?:未|没有)(?:明确|注明|标明|列明|规定|写明|标注|注|写).{0,10}(?:时限|时间|期限).{0,40}(?:完成|前|底|止)"
)
_FRAME = re.compile("(?:{0})(?:[和与及、]?(?:{0}))*".format("|".join(words.FRAME_SECTIONS)))


def is_noise(text: str) -> bool:
    """True for a page number or a rule."""
    return _NOISE.fullmatch(text) is not None


def is_notice(text: str) -> bool:
    """True for the heading of a notice that sends the plan out: 关于印发…的通知."""
    return _NOTICE.fullmatch(text) is not None


def names_plan(text: str) -> bool:
    """True where a word of plans' titles is in the text: 工作要点."""
    return _TITLE_WORD.search(text) is not None


def is_title(text: str) -> bool:
    """True for a text that may be a plan's own title."""
    return len(text) <= 80 and not _NO_TITLE.search(text) and names_plan(text) and not is_notice(text)


def year_in(text: str) -> int | None:
    """The first year that a text names, in whatever digits."""
    match = _YEAR.search(date_digits(half_width(text)))
    return int(match[1]) if match else None


def is_signed(text: str) -> bool:
    """True for a date alone or with who signed in front: 县教育局2022年3月14日."""
    return _SIGNED.fullmatch(text) is not None


def is_signer(text: str) -> bool:
    """True for the name of a body that signs a plan: 县教育局."""
    return _SIGNER.fullmatch(text) is not None


def is_attachment(text: str) -> bool:
    """True for a list of attachments or of who gets a copy."""
    return _ATTACHED.fullmatch(text) is not None


def is_page_tail(text: str) -> bool:
    """True for what a web page puts behind its article: 相关链接：, 上一篇：…."""
    return _PAGE_TAIL.fullmatch(text) is not None


def is_default_due(text: str) -> bool:
    """True for a closing sentence that dates all tasks without a date."""
    return len(text) <= 120 and _DEFAULT_DUE.search(text) is not None


def is_frame_section(title: str) -> bool:
    """True for the heading of a section around the tasks: 总体要求, 组织保障和工作要求."""
    return _FRAME.fullmatch(title) is not None
