"""What a web page says, as text. Linear in its length, and nothing raises."""

from __future__ import annotations

import html
import re

_TAG = re.compile(r"(<[^<>]*>)")
_NAME = re.compile(r"<\s*(/?)\s*([A-Za-z0-9]+)")
_UNSEEN = frozenset({"script", "style", "head", "title"})
_NEW_LINE = frozenset({"p", "div", "br", "tr", "li", "table", "h1", "h2", "h3", "h4", "hr", "blockquote"})
_BLANKS = re.compile(r"[ \t\r\f\v\u00a0\u3000]+")


def plain(page: str) -> str:
    """The text between the tags, a line for each paragraph, row and item; scripts and styles left out."""
    pieces: list[str] = []
    unseen = ""
    for piece in _TAG.split(page):
        tag = _NAME.match(piece) if piece.startswith("<") else None
        if tag is None:
            if not unseen and not piece.startswith("<!"):
                pieces.append(_BLANKS.sub(" ", piece.replace("\n", " ")))
            continue
        name = tag[2].lower()
        if unseen:
            unseen = "" if tag[1] and name == unseen else unseen
        elif name in _UNSEEN and not tag[1]:
            unseen = name
        elif name in _NEW_LINE:
            pieces.append("\n")
        elif name in ("td", "th"):
            pieces.append(" ")
    lines = html.unescape("".join(pieces)).split("\n")
    return "\n".join(line for line in (_BLANKS.sub(" ", line).strip() for line in lines) if line)
