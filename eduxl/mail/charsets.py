"""Bytes of a mail → text, whatever the mail says they are."""

from __future__ import annotations

import codecs
import re

#: Labels of Chinese that mean GB18030: each is a subset of it, and programs write characters outside of the subset.
_GB = frozenset({"gb2312", "gbk", "gb18030"})
_ALIASES = {
    "gb_2312-80": "gb18030", "gb2312-80": "gb18030", "gb_2312": "gb18030", "gb-2312": "gb18030",
    "csgb2312": "gb18030", "euc-cn": "gb18030", "euccn": "gb18030", "x-gbk": "gb18030", "cp936": "gb18030",
    "ms936": "gb18030", "936": "gb18030", "windows-936": "gb18030", "54936": "gb18030", "gb18030-2000": "gb18030",
    "x-euc-cn": "gb18030", "zh_cn.gbk": "gb18030", "chinese": "gb18030", "hz-gb-2312": "hz", "big5": "big5hkscs",
    "x-x-big5": "big5hkscs", "unicode-1-1-utf-7": "utf-7", "unicode-1-1-utf-8": "utf-8", "utf8": "utf-8", "65001": "utf-8",
}  # fmt: skip
#: Labels that say nothing: programs write them when they do not know.
_NOTHING = frozenset({"ascii", "iso8859-1", "cp1252"})
#: The codecs that are used. Python has others, whose time grows with the square of what they are given.
_KNOWN = re.compile(
    r"utf-(?:7|8|8-sig|16|16-le|16-be|32)|gb2312|gbk|gb18030|hz|big5|big5hkscs|cp950|iso8859-\d+|cp125\d|cp(?:437|850|866|949)|"
    r"koi8-[ru]|shift_jis|cp932|euc_jp|euc_kr|iso2022_(?:jp|kr)\w*|ascii|tis-620"
)


def codec_of(label: str) -> str:
    """The codec that a label means: "gb18030", "utf-8" …; "" where it means none, or may mean any."""
    name = label.strip().strip("\"'").lower()
    name = _ALIASES.get(name, name)
    if len(name) > 40 or not name.isascii():
        return ""
    try:
        name = codecs.lookup(name).name
    except (LookupError, ValueError):
        return ""
    if name in _GB:
        return "gb18030"
    return name if _KNOWN.fullmatch(name) and name not in _NOTHING else ""


def decoded(data: bytes, label: str = "") -> str:
    """The text, by its label where the bytes can be that. Never raises; no lone surrogates."""
    codec = codec_of(label)
    if not codec:
        return _guessed(data)
    if codec == "gb18030" and _is_plainly_utf8(data):
        return data.decode("utf-8")
    try:
        return _whole(data.decode(codec))
    except (UnicodeError, ValueError):
        pass
    if codec in ("utf-8", "gb18030"):
        return _guessed(data, first=codec)
    return _whole(data.decode(codec, "replace")) if codec != "hz" else _guessed(data)


def _is_plainly_utf8(data: bytes) -> bool:
    """True where nothing but UTF-8 can be meant: Chinese there has three bytes, and GB text hardly ever passes."""
    if data.isascii() or not any(lead in data for lead in _LEADS):
        return False
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


#: First bytes of characters of three and four bytes, as Chinese has in UTF-8.
_LEADS = tuple(bytes([byte]) for byte in range(0xE3, 0xF5))


def _guessed(data: bytes, first: str = "") -> str:
    for mark, codec in ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"), (b"\xef\xbb\xbf", "utf-8-sig")):
        if data.startswith(mark):
            return _whole(data.decode(codec, "replace"))
    if data.isascii():
        return data.decode("ascii")
    # Short words of two bytes a character can be either (联通); in UTF-8 Chinese always has three.
    order = ["utf-8", "gb18030"] if first == "utf-8" or _is_plainly_utf8(data) else ["gb18030", "utf-8"]
    for codec in order:
        try:
            return data.decode(codec)
        except UnicodeDecodeError:
            continue
    texts = [data.decode(codec, "replace") for codec in order]
    return _whole(min(texts, key=lambda text: text.count("\ufffd")))


def _whole(text: str) -> str:
    """Without lone surrogates, which UTF-7 and UTF-16 can bring in and nothing can write out again."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
