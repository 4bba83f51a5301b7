"""Parts elsewhere that refer to moved or rewritten rows: other sheets' formulas, charts, controls, pivot caches.

A part is first searched for the sheet names as bytes; only one that mentions them is read.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping

from eduxl.ooxml.follower import Follower
from eduxl.ooxml.markup import (
    attributes,
    escape,
    escape_attribute,
    set_attribute,
    unescape,
)


class Needles:
    """Finds parts that may mention one of some sheets."""

    def __init__(self, names: Iterable[str]) -> None:
        spellings = set()
        for name in names:
            for text in (name, name.replace("'", "''")):
                spellings |= {
                    escape(text),
                    escape_attribute(text),
                    escape_attribute(text).replace("'", "&apos;"),
                }
        alternatives = "|".join(re.escape(text) for text in sorted(spellings, key=len, reverse=True))
        # a character reference may spell any name: such a part has to be read
        self._bytes = re.compile(rf"(?:{alternatives})(?:'|&apos;|&#39;)?!|&#".encode(), re.IGNORECASE)

    def refer(self, data: bytes) -> bool:
        """Whether the sheets are named as in a reference."""
        return data[:2] in (b"\xff\xfe", b"\xfe\xff") or self._bytes.search(data) is not None


_SERIES = re.compile(r"(<(?:[\w.-]+:)?f(?=[\s>])[^>]*>)([^<]*)(</(?:[\w.-]+:)?f>)")
_CACHE = re.compile(
    r"\s*<((?:[\w.-]+:)?(?:numCache|strCache|multiLvlStrCache|lvl))(?=[\s>]).*?</\1>", re.DOTALL
)
_REFERENCE = re.compile(
    r"<((?:[\w.-]+:)?(?:numRef|strRef|multiLvlStrRef|numDim|strDim))(?=[\s>]).*?</\1>", re.DOTALL
)


def follow_chart(text: str, follower: Follower) -> str:
    """A chart part: ranges follow; the caches of those that changed are dropped, and programs read the cells."""

    def block(found: re.Match[str]) -> str:
        new = _SERIES.sub(lambda m: _formula(m, follower.formula), found[0])
        return found[0] if new == found[0] else _CACHE.sub("", new)

    out, done = [], 0
    for found in _REFERENCE.finditer(text):
        out += [_outside(text[done : found.start()], follower), block(found)]
        done = found.end()
    return "".join([*out, _outside(text[done:], follower)])


def _outside(text: str, follower: Follower) -> str:
    return _SERIES.sub(lambda m: _formula(m, follower.formula), text)


def _formula(found: re.Match[str], change: Callable[[str], str]) -> str:
    old = unescape(found[2])
    new = change(old)
    return found[0] if new == old else f"{found[1]}{escape(new)}{found[3]}"


_CALCULATED = re.compile(
    r"(<(?:[\w.-]+:)?(?:calculatedColumnFormula|totalsRowFormula)(?=[\s>])[^>]*>)([^<]*)(</)"
)


def follow_table_formulas(text: str, follower: Follower) -> str:
    """A table on a sheet that does not move."""
    return _CALCULATED.sub(lambda m: _formula(m, follower.formula), text)


_LINKED = re.compile(
    r'(\s(?:textlink|fmlaLink|fmlaRange|fmlaTxbx|fmlaGroup|linkedCell|listFillRange)=")([^"]*)(")'
)
_LINKED_ELEMENT = re.compile(
    r"(<(?:[\w.-]+:)?(?:FmlaLink|FmlaRange|FmlaTxbx|FmlaGroup|FmlaPict|pic:f)>)([^<]*)(</)"
)


def follow_links(text: str, follower: Follower) -> str:
    """Drawings, VML and control properties: the cells that shapes and controls are linked with."""
    text = _LINKED.sub(lambda m: _attribute(m, follower.formula), text)
    return _LINKED_ELEMENT.sub(lambda m: _formula(m, follower.formula), text)


def _attribute(found: re.Match[str], change: Callable[[str], str]) -> str:
    old = unescape(found[2])
    new = change(old)
    return found[0] if new == old else f"{found[1]}{escape_attribute(new)}{found[3]}"


_ROOT = re.compile(r"<(?:[\w.-]+:)?pivotCacheDefinition(?=[\s>])[^>]*>")
_SOURCE = re.compile(r"<(?:[\w.-]+:)?worksheetSource(?=[\s/>])[^>]*>")


def follow_pivot_cache(text: str, followers: Mapping[str, Follower], tables: set[str]) -> str:
    """A pivot cache over one of the sheets or tables: its range follows, and it is refreshed on opening.

    `followers` has lower-case sheet names, `tables` lower-case table and defined names.
    """
    source = _SOURCE.search(text)
    if source is None:
        return text
    given = attributes(source[0])
    sheet = followers.get(given.get("sheet", "").lower())
    if sheet is None and given.get("name", "").lower() not in tables:
        return text
    tag = source[0]
    if sheet is not None and (ref := given.get("ref")):
        new = sheet.whole(ref)
        if new is not None and new != ref:
            tag = set_attribute(tag, "ref", new)
    text = text[: source.start()] + tag + text[source.end() :]
    root = _ROOT.search(text)
    assert root is not None
    return text[: root.start()] + set_attribute(root[0], "refreshOnLoad", "1") + text[root.end() :]
