"""The table of contents in front of a plan, taken out of the blocks: its lines name projects that only come behind it.

Pure, and the same for every kind of file. Known by the heading 目录 above it, or by dots that lead to page numbers.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from eduxl.model import Passage
from eduxl.plan.blocks import Block, TableRow
from eduxl.plan.numbering import printed_number
from eduxl.plan.wrapping import PAGE_NUMBER

_HEADING = re.compile(r"[【《]?\s*目\s*[录錄次]\s*[】》]?[：:]?|contents", re.IGNORECASE)
_PAGE = r"\s*[（(\-—]?\s*(?:\d{1,3}|[ivxIVX]{1,5})\s*[）)\-—]?$"
_LED = re.compile(r"(?:(?:[.．·•・‥_―—-][ \u3000]?){3,}|[…⋯]+)" + _PAGE)
_SET_APART = re.compile(r"(?:\t|[ \u3000]{2,})" + _PAGE)
_DIGITS = re.compile(r"\s*\d{1,3}$")
#: How far from its end a line's page number and the dots before it are looked for; the longest entry; how many lines
#: with dots need no 目录 above.
_TAIL, _LONGEST, _RUN = 200, 300, 3


def led(text: str) -> bool:
    """True for a line whose end dots lead to a page number: 一、党建工程……3."""
    return _LED.search(text, max(0, len(text) - _TAIL)) is not None


def _stem(text: str) -> tuple[str, bool]:
    """A line without its page number, and whether it had one."""
    for pattern in (_LED, _SET_APART):
        match = pattern.search(text, max(0, len(text) - _TAIL))
        if match and match.start():
            return text[: match.start()], True
    return text, False


def _keys(text: str) -> Iterator[str]:
    """What a heading may be listed as: without number, as a whole or up to a bracket or the end of a sentence."""
    marked = printed_number(text.strip())
    bare = re.sub(r"\s", "", marked[2] if marked else text).rstrip("。；：:")
    yield bare
    for end in "。（(【":
        head, found, _ = bare.partition(end)
        if found and head:
            yield head


class _Listed:
    """Where the headings stand that a table of contents may name."""

    def __init__(self, texts: Sequence[str]) -> None:
        self.texts = texts
        self.last = {key: i for i, text in enumerate(texts) for key in _keys(text)}

    def comes(self, text: str, behind: int) -> bool:
        """True where `text` (also without digits at its end) begins a block further on."""
        names = {next(_keys(text)), next(_keys(_DIGITS.sub("", text)))} - {""}
        return any(self.last.get(name, -1) > behind for name in names)

    def end(self, start: int) -> int:
        """The first line behind the table of contents that begins at `start`; `start` where there is none."""
        texts = self.texts
        first = ""
        end, paged_end, entries, paged, i = start, start, 0, 0, start
        while i < len(texts) and len(texts[i]) <= _LONGEST:
            stem, has_page = _stem(texts[i])
            key = next(_keys(stem))
            width = 1
            if not has_page and (not key or key == first):
                break  # The plan itself begins with what is listed first.
            if not (has_page or self.comes(stem, i)):
                if PAGE_NUMBER.fullmatch(stem):
                    i += 1
                    continue
                # A long entry is broken over two lines.
                stem, has_page = _stem("".join(texts[i : i + 2])[:_LONGEST])
                key, width = next(_keys(stem)), 2
                if i + 1 == len(texts) or not (has_page or self.comes(stem, i + 1)):
                    break
            first = first or (key if has_page else next(_keys(_DIGITS.sub("", stem))))
            i += width
            end, entries = i, entries + 1
            if has_page:
                paged_end, paged = i, paged + 1
        if paged * 2 >= entries > 0:
            return paged_end
        return end if entries > 1 else start

    def run(self, start: int) -> int:
        """The end of lines with dots and page numbers that nothing announces."""
        end = start
        while end < len(self.texts) and led(self.texts[end]):
            end += 1
        return end if end - start >= _RUN else start


def spans(texts: Sequence[str]) -> list[tuple[int, int]]:
    """(start, end) of each table of contents among the lines, its heading included; a table's row is an empty line."""
    listed = _Listed(texts)
    found: list[tuple[int, int]] = []
    i = 0
    while i < len(texts):
        announced = _HEADING.fullmatch(texts[i].strip()) is not None
        end = listed.end(i + 1) if announced else listed.run(i)
        if end > i + announced:
            found.append((i, end))
        i = max(end, i + 1)
    return found


def parted(blocks: Iterable[Block]) -> tuple[list[Block], list[Passage]]:
    """The blocks without tables of contents, and each of these as a passage."""
    kept = list(blocks)
    texts = ["" if isinstance(block, TableRow) else block.text for block in kept]
    passages: list[Passage] = []
    for start, end in reversed(spans(texts)):
        passages.insert(0, Passage("\n".join(filter(None, texts[start:end])), kept[start].where))
        del kept[start:end]
    return kept, passages
