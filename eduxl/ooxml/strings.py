"""The shared string table: read by index, new texts appended, the entries of texts that nobody uses any more refilled."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from itertools import repeat

from eduxl.ooxml import markup
from eduxl.ooxml.markup import attributes, cell_text, set_attribute, shown_text
from eduxl.ooxml.refusal import Refused

#: So many new texts for a table of so many characters are worth looking through all sheets for entries that nobody uses.
_MANY, _LARGE = 512, 1 << 20
_SPACE = ' xml:space="preserve"'


class SharedStrings:
    """`xl/sharedStrings.xml` as text. Entries keep their index, whatever they hold (rich text, phonetics)."""

    def __init__(self, data: bytes) -> None:
        text = markup.decoded(data if markup.is_plain(data) else markup.plain(data))
        self._size = len(text)
        opened = re.search(r"<((?:[\w.-]+:)?)sst\b[^>]*>", text)
        if opened is None:
            raise Refused("工作簿的共享字符串表已损坏。请用 Excel 打开、存盘后再试。", code="damaged")
        p = self.prefix = opened[1]
        self._head, self._tag = text[: opened.start()], opened[0]
        self._raw = _items(text[opened.end() :], p)
        end = text.rfind(f"</{p}si>")
        self._tail = f"</{p}sst>"
        if self._tag.endswith("/>"):
            self._tag = self._tag[:-2].rstrip() + ">"
        elif end >= 0:
            self._tail = text[end + len(f"</{p}si>") :]
            if (rest := self._tail.find(f"<{p}si/>")) >= 0:
                self._tail = self._tail[rest:].replace(f"<{p}si/>", "")
        self._texts: dict[int, str] = {}
        self._by_raw: dict[str, int] = {}
        #: whether any entry says that its spaces matter
        self._spaced = False
        self._by_text: dict[str, int] = {}
        self._old_size = len(self._raw)
        #: answers with the entries that no cell uses; asked once, when many texts are new
        self.unused: Callable[[], Collection[int]] | None = None
        self._free: set[int] = set()
        self._count = 0
        self._refilled = False

    def __len__(self) -> int:
        return len(self._raw)

    def text(self, index: int) -> str:
        """The text of an entry, without phonetics; "" for an index that is not there."""
        known = self._texts.get(index)
        if known is None:
            raw = self._raw[index] if 0 <= index < len(self._raw) else ""
            known = self._texts[index] = item_text(raw, self.prefix)
        return known

    def index(self, text: str) -> int:
        """The index of a plain text, appended if it is new."""
        known = self._by_text.get(text)
        if known is None:
            known = self._by_text[text] = self._index(text)
        return known

    def raw(self, index: int) -> str:
        """What stands in an entry's `si` element."""
        return self._raw[index]

    def adopt(self, other: SharedStrings, index: int) -> int:
        """The index of an entry of another table, rich text and phonetics as they are; appended if it is new."""
        raw = respelled(other.raw(index), other.prefix, self.prefix)
        if raw.count("<") == 2:
            return self.index(item_text(raw, self.prefix))
        self._prepare()
        known = self._by_raw.get(raw)
        if known is None:
            known = self._by_raw[raw] = len(self._raw)
            self._raw.append(raw)
        self._free.discard(known)
        return known

    def _prepare(self) -> None:
        if not self._by_raw:
            self._by_raw = dict(zip(reversed(self._raw), range(len(self._raw) - 1, -1, -1), strict=True))
            spaced = f"<{self.prefix}t{_SPACE}>"
            self._spaced = any(raw.startswith(spaced) for raw in self._raw)

    def _spelled(self, text: str) -> str:
        p = self.prefix
        space = "" if text == text.strip() else _SPACE
        return f"<{p}t{space}>{cell_text(text)}</{p}t>"

    def _known(self, raw: str) -> int | None:
        """The index of an entry that is spelled so, or so but for what says that its spaces matter."""
        known = self._by_raw.get(raw)
        if known is None and self._spaced:
            start = len(self.prefix) + 2
            known = self._by_raw.get(f"{raw[:start]}{_SPACE}{raw[start:]}")
        return known

    def expect(self, texts: Collection[str], times: int = 1) -> None:
        """Texts to come, a sample of one in `times`: where many are new, unused entries are looked for to refill."""
        if self.unused is None or self._size < _LARGE:
            return
        self._prepare()
        if sum(self._known(self._spelled(text)) is None for text in texts) * times >= _MANY:
            self._free = set(self.unused()) - set(self._by_text.values())
            self.unused = None

    def _index(self, text: str) -> int:
        self._prepare()
        raw = self._spelled(text)
        known = self._known(raw)
        if known is not None:
            self._free.discard(known)
            return known
        if self._free:
            index = self._free.pop()
            if self._by_raw.get(self._raw[index]) == index:
                del self._by_raw[self._raw[index]]
            self._raw[index] = raw
            self._texts.pop(index, None)
            self._refilled = True
        else:
            index = len(self._raw)
            self._raw.append(raw)
        self._by_raw[raw] = index
        return index

    def counted(self, cells: int) -> None:
        """So many more (or fewer) cells refer to the table now."""
        self._count += cells

    @property
    def changed(self) -> bool:
        return self._count != 0 or len(self._raw) != self._old_size or self._refilled

    def __iter__(self) -> Iterator[bytes]:
        """The part as it stands now, in pieces."""
        tag = self._tag
        given = attributes(tag)
        if "count" in given:
            tag = set_attribute(tag, "count", str(max(0, int(given["count"]) + self._count)))
        if "uniqueCount" in given:
            tag = set_attribute(tag, "uniqueCount", str(len(self._raw)))
        p = self.prefix
        yield f"{self._head}{tag}".encode()
        step = 2000
        for at in range(0, len(self._raw), step):
            items = f"</{p}si><{p}si>".join(self._raw[at : at + step])
            yield f"<{p}si>{items}</{p}si>".encode()
        yield self._tail.encode()


def _items(text: str, prefix: str) -> list[str]:
    """What stands in each `si` element."""
    opening = f"<{prefix}si>"
    *pieces, rest = text.split(f"</{prefix}si>")
    if f"<{prefix}si" not in rest and all(map(str.startswith, pieces, repeat(opening))):
        return [piece[len(opening) :] for piece in pieces]
    items = re.compile(rf"<{prefix}si\b[^>]*?(?:/>|>(.*?)</{prefix}si>)", re.DOTALL)
    return items.findall(text)


def respelled(raw: str, prefix: str, other: str) -> str:
    """The inside of an `si` or `is` element with another prefix before its elements' names."""
    return raw if prefix == other else re.sub(rf"<(/?){prefix}(?=[A-Za-z])", rf"<\g<1>{other}", raw)


def item_text(raw: str, prefix: str) -> str:
    """The text inside an `si` or `is` element."""
    if f"<{prefix}rPh" in raw:
        raw = re.sub(rf"<{prefix}rPh\b.*?</{prefix}rPh>", "", raw, flags=re.DOTALL)
    found = re.findall(rf"<{prefix}t\b(?:[^>]*[^/>])?>(.*?)</{prefix}t>", raw, re.DOTALL)
    return "".join(shown_text(piece) for piece in found)
