"""Where a unit's mail goes: the address that the roster gives, or why it gives none that can be used. Pure.

An address is never mended by itself: a message to the wrong one is not taken back.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from attrs import frozen

from eduxl import labels as L
from eduxl.mail.letter import ADDRESS
from eduxl.model import Unit
from eduxl.returns.named import label
from eduxl.roster.names import is_blank
from eduxl.summary import listed

#: Where the clerk mends it; completes every note.
FIX = f"请在总台账的“{L.ROSTER}”里改正这一行的“{L.EMAIL}”，保存后再运行一次。"

#: Domains that a school's address is likely to have, the commonest first; one letter off is taken for a slip.
COMMON = (
    "163.com", "qq.com", "126.com", "sina.com", "sina.cn", "foxmail.com", "aliyun.com", "sohu.com", "139.com", "189.cn",
    "yeah.net", "vip.163.com", "vip.126.com", "vip.qq.com", "vip.sina.com", "sina.com.cn", "21cn.com", "gmail.com",
    "outlook.com", "hotmail.com",
)  # fmt: skip
#: Domains with mailboxes of their own that are one letter off.
OTHERS = frozenset({"mail.com", "email.com", "ymail.com"})
#: Slips that are more than one letter off, and what was meant.
SLIPS = {
    f"{name}{ending}": f"{name}.com"
    for name in ("163", "126", "qq")
    for ending in (".cn", ".com.cn", ".net.cn")
}
#: Endings that do not exist, and what was meant.
_ENDINGS = {
    "con": "com", "cmo": "com", "ocm": "com", "comm": "com", "coom": "com", "vom": "com", "xom": "com", "cim": "com",
    "cpm": "com", "c0m": "com", "conm": "com", "nte": "net", "ent": "net", "nett": "net", "cnn": "cn", "ccn": "cn",
}  # fmt: skip
_BETWEEN = re.compile(r"[\s、，,；;/|]+")
_LABEL = re.compile(r"^(?:mailto|e-?mail|邮箱|电子邮箱|邮件)\s*[:：]\s*", re.IGNORECASE)
_LONGEST, _LONGEST_LOCAL = 254, 64


@frozen
class Address:
    """`text` is where to mail to; "" where nothing may be mailed, and then `note` says why and what to do."""

    text: str
    note: str = ""


def look(unit: Unit) -> Address:
    """The unit's address."""
    text = unit.email.strip()
    if is_blank(text):
        return Address("", f"名册里没有填“{L.EMAIL}”，没有发。{FIX.replace('改正', '填上')}")
    if text.count("@") + text.count("＠") > 1 and len(_BETWEEN.split(text)) > 1:
        return _refused(f"“{L.EMAIL}”一格里有两个地址（{_shown(text)}），一个单位只填一个，不知道发给哪一个")
    typed = _typed(text)
    if typed != text and _is_address(typed):
        return _refused(f"“{L.EMAIL}”里有全角或看不见的字符（{_shown(text)}），应为 {typed}")
    if not _is_address(text):
        bare = _LABEL.sub("", typed).strip("<>()（）。.，, ")
        meant = f"，应为 {bare}" if _is_address(bare) else ""
        return _refused(f"“{L.EMAIL}”不是一个完整的邮箱地址（{_shown(text)}）{meant}")
    local, _, domain = text.rpartition("@")
    if meant := slip(domain):
        return _refused(f"“{L.EMAIL}”（{text}）像是写错了，可能是 {local}@{meant}")
    return Address(text)


def slip(domain: str) -> str:
    """The domain that was probably meant; "" for one that is no likely slip."""
    domain = domain.lower()
    if domain in COMMON or domain in OTHERS:
        return ""
    stem, _, ending = domain.rpartition(".")
    if ending in _ENDINGS:
        return f"{stem}.{_ENDINGS[ending]}"
    if domain in SLIPS:
        return SLIPS[domain]
    from rapidfuzz.distance import OSA

    return next((known for known in COMMON if OSA.distance(domain, known, score_cutoff=1) <= 1), "")


def shared(units: Iterable[Unit]) -> dict[str, tuple[Unit, ...]]:
    """Usable addresses, in lower case, that several units have, with those units in their order."""
    by_address: dict[str, list[Unit]] = {}
    for unit in units:
        if address := look(unit).text:
            by_address.setdefault(address.lower(), []).append(unit)
    return {address: tuple(owners) for address, owners in by_address.items() if len(owners) > 1}


def shared_by(address: str, owners: Iterable[Unit]) -> str:
    """The sentence on an address that several units have."""
    names = listed(map(label, owners))
    return f"{names} 的邮箱都是 {address}，各发各的；如果填错了，请在“{L.ROSTER}”里改正。"


def given_up(unit: Unit, address: str, what: str) -> str:
    """The sentence on an address that nothing more goes to, after what its mail server did with the last message."""
    return f"上次发到 {address}，对方的邮箱{what}，没有再发。{FIX}地址没有错的，请加 --unit {unit.code}。"


def _refused(why: str) -> Address:
    return Address("", f"{why}，没有发。{FIX}")


def _is_address(text: str) -> bool:
    local, _, domain = text.rpartition("@")
    return (
        ADDRESS.fullmatch(text) is not None
        and "." in domain
        and not domain.rpartition(".")[2].isdigit()
        and len(text) <= _LONGEST
        and len(local) <= _LONGEST_LOCAL
    )


def _typed(text: str) -> str:
    """As it would have been typed on an English keyboard: full-width forms narrowed, invisible characters gone."""
    narrow = unicodedata.normalize("NFKC", text)
    return "".join(char for char in narrow if unicodedata.category(char) not in ("Cc", "Cf", "Zl", "Zp"))


def _shown(text: str) -> str:
    """With a mark for each character that cannot be seen."""
    return "".join("□" if unicodedata.category(char) in ("Cc", "Cf", "Zl", "Zp") else char for char in text)
