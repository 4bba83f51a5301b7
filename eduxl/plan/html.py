"""Adapter for a saved web page of a bureau's site: the article's lines and tables, without the page around it.

The article is found by what it says: it is the innermost element that holds every label line and every
numbered paragraph outside links. What stands behind it is dropped, in front of it only titles stay.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING

from attrs import define, evolve, field

from eduxl.errors import PlanError
from eduxl.plan import text as plain
from eduxl.plan import words
from eduxl.plan.blocks import Block, Cell, TableRow, line_blocks
from eduxl.plan.labelled import brackets, label_line
from eduxl.plan.limits import LARGEST_TEXT, MOST_BLOCKS, MOST_CELLS, too_large
from eduxl.plan.numbering import printed_number
from eduxl.plan.phrases import is_page_tail

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_DECLARED = re.compile(rb"""charset\s*=\s*["']?\s*([A-Za-z0-9_-]{2,20})""", re.IGNORECASE)
#: What pages call GB2312 is what Windows wrote: a superset, of which GB18030 is one again.
_CHARSETS = {"gb2312": "gb18030", "gbk": "gb18030", "x-gbk": "gb18030", "gb_2312-80": "gb18030"}
#: More than any page of an article has; libxml2 takes some hundred bytes for each.
_MOST_TAGS = 300_000
#: A footer has fewer elements, a line of the page's own fewer characters, a style less to say.
_LARGEST_FOOTER, _LONGEST_FURNITURE, _LONGEST_STYLE = 500, 300, 500

_NEVER = {
    "script", "style", "noscript", "template", "head", "title", "meta", "link", "nav", "footer", "aside",
    "select", "button", "input", "textarea", "iframe", "object", "svg", "video", "audio", "map", "canvas",
}  # fmt: skip
_BLOCKS = {
    "p", "div", "section", "article", "main", "header", "body", "center", "blockquote", "dl", "dt", "dd", "ul",
    "ol", "li", "pre", "form", "fieldset", "figure", "figcaption", "address", "hr", "table", "tbody", "thead",
    "tfoot", "tr", "td", "th", "caption", "h1", "h2", "h3", "h4", "h5", "h6", "details", "summary", "ucapcontent",
}  # fmt: skip
_HEADINGS = {"h1": 1, "h2": 2, "h3": 3, "h4": 4, "h5": 5, "h6": 6}
#: Names of classes and ids of what is no article on government sites.
_FURNITURE = re.compile(
    r"(?:^|[\s_-])(?:nav|navbar|menu|crumbs?|breadcrumbs?|share|bdsharebuttonbox|foot|footer|copyright|friendlinks?"
    r"|related|xgyd|xgwz|dqwz|weizhi|toolbar|sidebar|login|printer|pagination)(?:$|[\s_-])",
    re.IGNORECASE,
)
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
#: Lines of the page's own around and inside the article.
_LINE_FURNITURE = re.compile(
    r"[\s【\[]*(?:(?:发布|发文|更新|录入|公开|成文)(?:时间|日期|人|机构)|(?:信息|文章|稿件)?来源|作者|编辑|责任编辑|责编|审核|校对"
    r"|浏览(?:次数|量)?|点击(?:数|量|次数)?|阅读(?:次数|量)?|访问量|字\s*[号体]|文字大小|字体大小|当前位置|您(?:的|当前的?|现在的)?位置"
    r"|索引号|信息索引|信息分类|主题分类|公开方式|有\s*效\s*性)\s*[：:].*"
    r"|[\s【\[「(（|]*(?:打印(?:本页|此页)?|关闭(?:窗口|本页|页面)?|收藏(?:本页)?|返回(?:顶部|首页|列表)?|分享到?|复制链接|下载|朗读|纠错)"
    r"(?:[\s】\]」)）|【\[「(（]+(?:打印(?:本页|此页)?|关闭(?:窗口|本页|页面)?|收藏(?:本页)?|返回(?:顶部|首页|列表)?|分享到?))*[\s】\]」)）|：:]*"
    r"|[\s【\[]*扫一扫.{0,30}|(?:[大中小]\s*){2,3}|首页(?:\s*[>＞»/|-].*)?"
)
#: From here on a page speaks of other things, once the plan's last line has passed.
_TAIL = re.compile(
    rf"[\s【\[]*(?:{words.PAGE_TAIL}|热点(?:推荐|新闻)|扫一扫|扫码|分享到|友情链接|版权所有|附件下载|您可能|猜你喜欢)"
)
_SITE = re.compile(r"ICP\s*备|公网安备|网站标识码|版权所有|Copyright", re.IGNORECASE)
_PROPERTIES = re.compile(r"索引号|信息索引|主题分类|公开方式|发布机构|信息分类|有效性")
_CJK = "\u3000-\u303f\u3400-\u9fff\uf900-\ufaff\uff00-\uffef"
_WRAPPED = re.compile(rf"(?<=[{_CJK}])[ \t]*[\r\n][ \t\r\n]*(?=[{_CJK}])")
_SPACE = re.compile(r"[ \t\r\n\f]+")
_TITLE_WORD = re.compile("|".join(words.TITLE_WORDS))
_SITE_PART = re.compile(r"\s*[-_|—–]+\s*[^-_|—–]{2,30}$")
_LONGEST_CELL = 1500


def _decode(data: bytes) -> str | None:
    """The page's text by BOM, then by what it declares, then as any text; None where it is none."""
    declared = _DECLARED.search(data[:8192])
    if not data.startswith((codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) and declared:
        name = declared[1].decode("ascii").lower()
        encoding = _CHARSETS.get(name, name)
        try:
            return data.decode(encoding)
        except (UnicodeDecodeError, LookupError):
            pass
    found = plain.decode(data)
    if found is None and declared and b"\0" not in data:
        # One bad byte is no reason to refuse the page.
        return data.decode("gb18030" if declared[1].lower().startswith(b"gb") else "utf-8", "replace")
    return found


@define
class _Line:
    """One line of the page. `linked` is how much of its text is links; a table row has `cells` instead."""

    element: HtmlElement
    text: str = ""
    linked: int = 0
    heading: int = 0
    cells: tuple[Cell, ...] = ()
    table: int = 0
    row: int = 0

    @property
    def is_link(self) -> bool:
        return self.linked * 10 >= max(1, len(self.text)) * 7

    @property
    def speaks(self) -> bool:
        """True for what only the plan has: label lines, numbered sentences, rows of tables."""
        if self.cells:
            return True
        if self.is_link:
            return False
        long = len(self.text) >= 15 or self.text.endswith(("。", "；"))
        return bool(label_line(self.text)) or (long and printed_number(self.text) is not None)

    @property
    def states(self) -> bool:
        """True for what says who or when: label lines, closing brackets, rows of tables."""
        return bool(self.cells or label_line(self.text) or brackets(self.text))


@define
class _Page:
    source: str
    lines: list[_Line] = field(factory=list)
    parts: list[tuple[str, bool]] = field(factory=list)
    prefix: str = ""
    tables: int = 0
    #: cells of tables, each as often as it is merged downwards
    cells: int = 0
    #: ordered list → the number of its last item
    counts: dict[HtmlElement, int] = field(factory=dict)

    def flush(self, element: HtmlElement, heading: int = 0) -> None:
        """Ends the line that is being read."""
        text = _SPACE.sub(" ", _WRAPPED.sub("", "".join(t for t, _ in self.parts))).strip(" \u3000\u00a0")
        if text:
            if self.prefix and printed_number(text) is None:
                text = self.prefix + text
            self.prefix = ""
            linked = sum(len(t.strip()) for t, link in self.parts if link)
            self.lines.append(_Line(element, text, linked, heading))
            if len(self.lines) > MOST_BLOCKS:
                raise too_large(self.source)
        self.parts = []

    def walk(self, element: HtmlElement, link: bool = False, heading: int = 0) -> None:
        if element.text:
            self.parts.append((element.text, link))
        for child in element:
            tag = child.tag
            if isinstance(tag, str) and not _dropped(child):
                self.child(child, tag, element, link, heading)
            if child.tail:
                self.parts.append((child.tail, link))

    def child(self, child: HtmlElement, tag: str, parent: HtmlElement, link: bool, heading: int) -> None:
        if tag == "br":
            self.flush(parent, heading)
        elif tag == "table":
            self.flush(parent, heading)
            if not self.table(child):
                self.walk(child)
            self.flush(child)
        elif tag in _BLOCKS:
            self.flush(parent, heading)
            if tag == "li":
                self.prefix = self.list_number(child)
            self.walk(child, link, _HEADINGS.get(tag, heading))
            self.flush(child, _HEADINGS.get(tag, heading))
        else:
            self.walk(child, link or tag == "a", heading)

    def list_number(self, item: HtmlElement) -> str:
        """The number a browser prints before an item of an ordered list, "" for others."""
        ordered = item.getparent()
        if ordered is None or ordered.tag != "ol":
            return ""
        style = (
            f"{ordered.get('style', '')[:_LONGEST_STYLE]};{item.get('style', '')[:_LONGEST_STYLE]}".lower()
        )
        if re.search(r"list-style[\w-]*\s*:[^;]*none", style):
            return ""
        last = self.counts.get(ordered, _int(ordered.get("start"), 1) - 1)
        no = self.counts[ordered] = _int(item.get("value"), last + 1)
        if re.search(r"cjk-ideographic|simp-chinese", style):
            return f"{_chinese(no)}、"
        kind = ordered.get("type", "1")
        if kind in ("a", "A") and 1 <= no <= 26:
            return f"{chr(ord(kind) + no - 1)}."
        return f"{no}."

    def table(self, table: HtmlElement) -> bool:
        """Reads a table of data as rows; False for one that only lays out the page."""
        if next(table.iterdescendants("table"), None) is not None:
            return False
        rows = self.grid(table)
        if sum(sum(bool(c.text) for c in row) >= 2 for row in rows) < 2:
            return False
        if any(len(c.text) > _LONGEST_CELL for row in rows for c in row):
            return False
        shown = "".join(c.text for row in rows for c in row)
        if len(rows) <= 8 and len(_PROPERTIES.findall(shown)) >= 2:
            return True
        self.tables += 1
        self.lines += [
            _Line(table, cells=tuple(row), table=self.tables, row=i) for i, row in enumerate(rows, 1) if row
        ]
        return True

    def grid(self, table: HtmlElement) -> list[list[Cell]]:
        """The rows of a table; a cell merged downwards stands in every row it spans."""
        rows = [r for r in table.iter("tr") if next(r.iterancestors("table")) is table and not _dropped(r)]
        open_: dict[int, tuple[str, int, int]] = {}  # column → (text, span, rows left)
        grid: list[list[Cell]] = []
        for at, row in enumerate(rows):
            cells: list[Cell] = []
            below: dict[int, tuple[str, int, int]] = {}
            column = 0
            for cell in (c for c in row if c.tag in ("td", "th") and not _dropped(c)):
                column = _from_above(open_, column, cells)
                span = min(max(1, _int(cell.get("colspan"), 1)), 100)
                left = len(rows) - at
                down = _int(cell.get("rowspan"), 1)
                down = left if down == 0 else min(down, left)
                text = _cell_text(cell, self.source)
                cells.append(Cell(text, column, span))
                if down > 1:
                    below[column] = (text, span, down - 1)
                column += span
            for start in sorted(open_):
                if start >= column:
                    column = _from_above(open_, start, cells)
            open_ |= below
            grid.append(cells)
            self.cells += len(cells)
            if self.cells > MOST_CELLS:
                raise too_large(self.source)
        return grid


def _dropped(element: HtmlElement) -> bool:
    if element.tag in _NEVER or element.get("hidden") is not None or _HIDDEN.search(element.get("style", "")):
        return True
    name = f"{element.get('class', '')} {element.get('id', '')}"
    return _FURNITURE.search(name) is not None


def _chinese(value: int) -> str:
    tens, ones = divmod(value, 10)
    digits = "〇一二三四五六七八九"
    if value < 10 or value > 99:
        return digits[value] if value < 10 else str(value)
    return ("" if tens == 1 else digits[tens]) + "十" + (digits[ones] if ones else "")


def _int(text: str | None, default: int) -> int:
    digits = (text or "").strip()
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) <= 4 else default


def _cell_text(cell: HtmlElement, source: str) -> str:
    inside = _Page(source)
    inside.walk(cell)
    inside.flush(cell)
    return "\n".join(line.text for line in inside.lines)


def _from_above(open_: dict[int, tuple[str, int, int]], column: int, cells: list[Cell]) -> int:
    """Appends the cells merged downwards that begin at `column`; the first free column behind them."""
    while column in open_:
        text, span, left = open_[column]
        cells.append(Cell(text, column, span, True))
        if left == 1:
            del open_[column]
        else:
            open_[column] = (text, span, left - 1)
        column += span
    return column


def _drop_site(root: HtmlElement) -> None:
    """Takes out what tells who runs the site: 主办单位：… there is no unit of a task."""
    found = 0
    for element in list(root.iter("p", "div", "span", "td", "li", "center", "address", "font")):
        own = "".join([element.text or "", *(c.tail or "" for c in element)])
        if not _SITE.search(own) or element.getparent() is None:
            continue
        found += 1
        if found > 50:  # more than any site says of itself
            return
        top = element
        parent = top.getparent()
        while parent is not None and parent.tag not in ("body", "html"):
            if sum(1 for _ in islice(parent.iter(), _LARGEST_FOOTER)) == _LARGEST_FOOTER:
                break
            said = parent.text_content()
            if "。" in said or len(said) > 1000 or parent.find(".//h1") is not None:
                break
            top, parent = parent, parent.getparent()
        if parent is not None:
            top.drop_tree()


def _article(lines: list[_Line]) -> HtmlElement | None:
    """The innermost element that holds everything that speaks, None where nothing does."""
    common: list[HtmlElement] | None = None
    for line in lines:
        if line.speaks:
            path = [*reversed(list(line.element.iterancestors())), line.element]
            if common is None:
                common = path
            else:
                same = [a for a, b in zip(common, path, strict=False) if a is b]
                common = same
    holders = [
        e for e in common or () if e.tag in ("div", "td", "article", "section", "main", "body", "html")
    ]
    return holders[-1] if holders else None


def _kept(lines: list[_Line]) -> list[_Line]:
    """The article's lines, and the titles above it."""
    article = _article(lines)
    if article is None:
        return [line for line in lines if not _is_furniture(line.text)]
    spoken = [i for i, line in enumerate(lines) if line.speaks]
    last = max((i for i in spoken if lines[i].states), default=spoken[0])
    kept: list[_Line] = []
    for i, line in enumerate(lines):
        if not line.cells and _is_furniture(line.text):
            continue
        if i > last and (_TAIL.match(line.text) if i > spoken[-1] else is_page_tail(line.text)):
            break
        inside = line.element is article or article in line.element.iterancestors()
        if not inside and (i > spoken[0] or not (line.heading or _is_title(line))):
            continue
        if line.is_link and not line.cells and not inside:
            continue
        # A heading of the page's own opens no project.
        kept.append(line if inside else evolve(line, heading=0))
    return kept


def _is_furniture(text: str) -> bool:
    return len(text) <= _LONGEST_FURNITURE and _LINE_FURNITURE.fullmatch(text) is not None


def _is_title(line: _Line) -> bool:
    return len(line.text) <= 80 and not line.is_link and _TITLE_WORD.search(line.text) is not None


def _page_title(root: HtmlElement) -> str:
    """What the page calls itself, without the site's name."""
    for meta in root.iter("meta"):
        if meta.get("name", "").lower() == "articletitle" and meta.get("content", "").strip():
            return str(meta.get("content")).strip()[:_LONGEST_FURNITURE]
    return _SITE_PART.sub("", (root.findtext(".//title") or "").strip()[:_LONGEST_FURNITURE]).strip()


def _levels(lines: list[_Line]) -> dict[int, int]:
    """Heading tag → level from 1; a tag in use once that titles the page, or above the plan, has none."""
    first = next((i for i, line in enumerate(lines) if line.speaks), len(lines))
    tags: dict[int, list[_Line]] = {}
    for i, line in enumerate(lines):
        if line.heading and (i >= first or not _is_title(line)):
            tags.setdefault(line.heading, []).append(line)
    used = [tag for tag, found in sorted(tags.items()) if len(found) > 1 or not _is_title(found[0])]
    return {tag: i for i, tag in enumerate(used, 1)}


def blocks(data: bytes, source: str) -> Iterator[Block]:
    """The article of a web page as blocks. Raises PlanError `not-a-plan` or `unreadable`."""
    from lxml import etree
    from lxml.html import HTMLParser, document_fromstring

    text = _decode(data) if len(data) <= LARGEST_TEXT else ""
    if text is None:
        raise PlanError(f"“{source}”不是能读的网页；请用浏览器重新保存，或复制到 Word 里另存为 .docx。")
    if len(data) > LARGEST_TEXT or text.count("<") > _MOST_TAGS or text.count("=") > 2 * _MOST_TAGS:
        raise too_large(source)
    parser = HTMLParser(
        encoding="utf-8", no_network=True, remove_comments=True, remove_pis=True, huge_tree=False
    )
    try:
        root = document_fromstring(text.replace("\0", "").encode("utf-8", "replace"), parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError, AssertionError) as error:
        raise PlanError(
            f"“{source}”里没有文字；请用浏览器重新保存网页，或复制到 Word 里另存为 .docx。", code="unreadable"
        ) from error
    body = root.find("body")
    page_title = _page_title(root)
    top = root if body is None else body
    _drop_site(top)
    page = _Page(source)
    page.walk(top)
    page.flush(top)
    lines = _kept(page.lines)
    first = next((i for i, line in enumerate(lines) if line.speaks), len(lines))
    if _TITLE_WORD.search(page_title) and not any(_is_title(line) for line in lines[:first]):
        yield from line_blocks(page_title, "网页标题")
    levels = _levels(lines)
    for i, line in enumerate(lines, 1):
        if line.cells:
            yield TableRow(line.cells, line.table, f"表{line.table}第{line.row}行")
        else:
            yield from line_blocks(line.text, f"第{i}段", levels.get(line.heading))
