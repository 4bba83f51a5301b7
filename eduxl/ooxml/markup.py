"""XML at the level of text: escaping, small edits that leave every other byte alone, and a sheet cut in three.

A worksheet is one big `sheetData` between a small head and a small tail. The rows are read as text, by patterns;
head and tail together are a small tree for lxml. `cut` brings any spelling that XML allows (another
encoding, CDATA, comments, prefixes are kept, single quotes) into the one that the patterns know.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from lxml import etree

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
STRICT_MAIN = "http://purl.oclc.org/ooxml/spreadsheetml/main"
XM = "http://schemas.microsoft.com/office/excel/2006/main"
_R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_STRICT_R = "http://purl.oclc.org/ooxml/officeDocument/relationships"

#: `r:id` in transitional and strict spelling.
R_IDS = (f"{{{_R}}}id", f"{{{_STRICT_R}}}id")
R_NAMESPACES = (_R, _STRICT_R)

Element = etree._Element

_DECLARATION = b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_ESCAPED_HEX = re.compile(r"_x([0-9A-Fa-f]{4})_")


def escape(text: str) -> str:
    """Text as element content."""
    if "&" in text:
        text = text.replace("&", "&amp;")
    if "<" in text:
        text = text.replace("<", "&lt;")
    if ">" in text:
        text = text.replace(">", "&gt;")
    return text


def escape_attribute(text: str) -> str:
    """Text as an attribute's value between double quotes."""
    return (
        escape(text)
        .replace('"', "&quot;")
        .replace("\n", "&#10;")
        .replace("\r", "&#13;")
        .replace("\t", "&#9;")
    )


_ENTITY = re.compile(r"&(?:#x([0-9A-Fa-f]+)|#(\d+)|(\w+));")
_NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"', "apos": "'"}


def unescape(text: str) -> str:
    """Element content or an attribute's value as text."""
    if "&" not in text:
        return text
    return _ENTITY.sub(_entity, text)


def _entity(found: re.Match[str]) -> str:
    hexadecimal, decimal, name = found.groups()
    if hexadecimal:
        return chr(int(hexadecimal, 16))
    return chr(int(decimal)) if decimal else _NAMED.get(name, found[0])


def cell_text(text: str) -> str:
    """Text as a cell's `t` element holds it: `_xHHHH_` for what XML cannot hold, and for what looks like it."""
    if "_x" in text:
        text = _ESCAPED_HEX.sub(r"_x005F_x\1_", text)
    if "\r" in text:
        text = text.replace("\r", "_x000D_")
    if not text.isprintable():
        text = _CONTROL.sub(lambda m: f"_x{ord(m[0]):04X}_" if ord(m[0]) < 0x20 else "", text)
    return escape(text)


def shown_text(text: str) -> str:
    """The reverse of `cell_text`."""
    text = unescape(text)
    return _ESCAPED_HEX.sub(lambda m: chr(int(m[1], 16)), text) if "_x" in text else text


_ATTRIBUTE = re.compile(r"""([\w:.-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')""")


def attributes(tag: str) -> dict[str, str]:
    """Attributes of a start tag, or of the inside of one, as text."""
    return {name: unescape(double or single) for name, double, single in _ATTRIBUTE.findall(tag)}


def set_attribute(tag: str, name: str, value: str | None) -> str:
    """The text of a start tag (or its inside) with one attribute set, added or (None) taken away."""
    pattern = re.compile(rf"""(\s+){re.escape(name)}\s*=\s*(?:"[^"]*"|'[^']*')""")
    if value is None:
        return pattern.sub("", tag, count=1)
    new = f'{name}="{escape_attribute(value)}"'
    if pattern.search(tag):
        return pattern.sub(lambda m: m[1] + new, tag, count=1)
    end = re.search(r"\s*/?>\s*$", tag)
    cut_at = end.start() if end else len(tag)
    return f"{tag[:cut_at]} {new}{tag[cut_at:]}"


class Cut(NamedTuple):
    """A worksheet: the tree of all but the rows, the rows' text, and the prefix (`x:` or "") of its elements."""

    tree: Element
    rows: str
    prefix: str


_OPEN = re.compile(rb"<((?:[\w.-]+:)?)sheetData\b[^>]*?(/?)>")
_ODD = re.compile(rb"<[^<>]*='")


def decoded(data: bytes) -> str:
    """A part as text in whatever encoding it declares, without byte order mark."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16")
    head = re.match(rb"""(?:\xef\xbb\xbf)?<\?xml[^>]*encoding=["']([\w.-]+)["']""", data)
    encoding = head[1].decode() if head else "utf-8"
    return data.decode("utf-8-sig" if encoding.lower() in ("utf-8", "utf8") else encoding)


def cut(data: bytes) -> Cut | None:
    """Cut a worksheet part; None for a part that has no rows at all (a chart or dialog sheet).

    Raises lxml's XMLSyntaxError for what is no XML.
    """
    if not is_plain(data):
        data = plain(data)
    opened = _OPEN.search(data)
    if opened is None:
        return None
    prefix = opened[1].decode()
    close = b"</" + opened[1] + b"sheetData>"
    if opened[2]:
        begin = end = after = opened.end()
    else:
        begin, end = opened.end(), data.rindex(close)
        after = end + len(close)
    rows = data[begin:end].decode()
    hollow = data[: opened.start()] + b"<" + opened[1] + b"sheetData/>" + data[after:]
    return Cut(parse(hollow), rows, prefix)


def joined(part: Cut, rows: list[bytes]) -> list[bytes]:
    """The worksheet part with these rows, as pieces."""
    whole = serialised(part.tree)
    opened = _OPEN.search(whole)
    assert opened is not None
    name = f"{part.prefix}sheetData".encode()
    return [whole[: opened.start()], b"<" + name + b">", *rows, b"</" + name + b">", whole[opened.end() :]]


def is_plain(data: bytes) -> bool:
    """Whether the patterns can read it: UTF-8, no comments, CDATA or instructions, attributes in double quotes."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return False
    head = re.match(rb"""(?:\xef\xbb\xbf)?<\?xml[^>]*encoding=["']([\w.-]+)["']""", data)
    if head and head[1].lower() not in (b"utf-8", b"utf8", b"us-ascii"):
        return False
    body = data.find(b"<", head.end()) if head else 0
    # the second byte is rarer, and so the sooner found to be nowhere
    if any(data.find(mark[1:], body) >= 0 <= data.find(mark, body) for mark in (b"<!", b"<?")):
        return False
    return not (b"='" in data and _ODD.search(data, body))


def plain(data: bytes) -> bytes:
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        strip_cdata=True,
        remove_comments=True,
        remove_pis=True,
        huge_tree=True,
    )
    return serialised(etree.fromstring(data, parser))


def parse(data: bytes) -> Element:
    """A small part as a tree; no entities, no network."""
    return etree.fromstring(data, etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True))


def serialised(tree: Element) -> bytes:
    """The bytes of a part."""
    return _DECLARATION + etree.tostring(tree, encoding="UTF-8", xml_declaration=False)


def name(element: Element) -> str:
    """An element's name without namespace; "" for comments and instructions."""
    tag = element.tag
    return tag.rsplit("}", 1)[-1] if isinstance(tag, str) else ""


def qualified(parent: Element, local: str) -> str:
    """The name of a new child in its parent's namespace."""
    tag = str(parent.tag)
    return f"{{{tag[1:].split('}')[0]}}}{local}" if tag.startswith("{") else local


def r_id(element: Element) -> str | None:
    """The `r:id` attribute in transitional or strict spelling."""
    return element.get(R_IDS[0]) or element.get(R_IDS[1])


def r_id_name(tree: Element) -> str:
    """How `r:id` is spelled in this part."""
    strict = isinstance(tree.tag, str) and tree.tag.startswith(f"{{{STRICT_MAIN}}}")
    return R_IDS[strict]


def transplanted(element: Element, parent: Element) -> Element:
    """A copy of an element of the main namespace in that of `parent`, to be appended there; without extensions."""
    given = {str(key): str(value) for key, value in element.attrib.items()}
    copy = parent.makeelement(qualified(parent, name(element)), given)
    copy.text = element.text
    copy.extend(transplanted(child, parent) for child in element if name(child) not in ("", "extLst"))
    return copy


def strip_empty(element: Element, counts: Mapping[str, int] | None = None) -> None:
    """Take an element without children away from its parent, else set its `count` if it has one."""
    if len(element) == 0:
        parent = element.getparent()
        if parent is not None:
            remove(element)
    elif element.get("count") is not None:
        element.set("count", str(len(element)))
    for key, value in (counts or {}).items():
        if element.get(key) is not None:
            element.set(key, str(value))


def remove(element: Element) -> None:
    """Take an element out; the text after it stays."""
    parent = element.getparent()
    if parent is None:
        return
    tail = element.tail
    before = element.getprevious()
    parent.remove(element)
    if tail and tail.strip():
        if before is not None:
            before.tail = (before.tail or "") + tail
        else:
            parent.text = (parent.text or "") + tail
