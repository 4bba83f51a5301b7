"""`xl/workbook.xml`: the sheets, the defined names, the date system and what is to be calculated on opening.

Edited as text, so that all that is not changed keeps its bytes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from eduxl.ooxml.markup import (
    R_NAMESPACES,
    STRICT_MAIN,
    attributes,
    decoded,
    escape,
    escape_attribute,
    set_attribute,
    unescape,
)
from eduxl.ooxml.moves import SheetMoves
from eduxl.ooxml.parts import declared_utf8
from eduxl.ooxml.references import moved

_SHEET = re.compile(r"<(?:[\w.-]+:)?sheet\s[^>]*>")
_NAME = re.compile(r"(<(?:[\w.-]+:)?definedName\s[^>]*(?<!/)>)(.*?)(</(?:[\w.-]+:)?definedName>)", re.DOTALL)
_NAME_TAG = re.compile(r"<(?:[\w.-]+:)?definedName\s[^>]*>")
_NO_NAMES = re.compile(r"<((?:[\w.-]+:)?definedNames)\s*/>")
_VIEW = re.compile(r"<(?:[\w.-]+:)?workbookView\s[^>]*>")
_MOST_SHEET_IDS = 65_534
_PROPERTIES = re.compile(r"<(?:[\w.-]+:)?workbookPr(?=[\s/>])[^>]*>")
_CALC = re.compile(r"<((?:[\w.-]+:)?)calcPr(?=[\s/>])[^>]*>")
_R_ID = re.compile(r"""\s[\w.-]+:id\s*=\s*["']([^"']*)["']""")
#: What may stand after `calcPr`.
_AFTER_CALC = (
    "oleSize", "customWorkbookViews", "pivotCaches", "smartTagPr", "smartTagTypes", "webPublishing",
    "fileRecoveryPr", "webPublishObjects", "extLst",
)  # fmt: skip


class SheetEntry(NamedTuple):
    """`state` is visible, hidden or veryHidden."""

    name: str
    r_id: str
    state: str


class DefinedName(NamedTuple):
    """`sheet` is the name of the sheet it belongs to ("" for one that is gone), None for the whole workbook."""

    name: str
    text: str
    sheet: str | None
    hidden: bool = False


class WorkbookPart:
    def __init__(self, data: bytes) -> None:
        self._text = self._old = _NO_NAMES.sub(r"<\1></\1>", decoded(data))
        self.sheets = [
            SheetEntry(
                given.get("name", ""), (_R_ID.search(tag) or ["", ""])[1], given.get("state", "visible")
            )
            for tag in _SHEET.findall(self._text)
            for given in (attributes(tag),)
        ]
        properties = _PROPERTIES.search(self._text)
        given = attributes(properties[0]) if properties else {}
        self.since_1904 = given.get("date1904") in ("1", "true")

    @property
    def defined_names(self) -> list[DefinedName]:
        found = []
        for opening, text, _ in _NAME.findall(self._text):
            given = attributes(opening)
            local = given.get("localSheetId")
            sheet = None
            if local is not None:
                at = int(local) if local.isdigit() else len(self.sheets)
                sheet = self.sheets[at].name if at < len(self.sheets) else ""
            hidden = given.get("hidden") in ("1", "true")
            found.append(DefinedName(given.get("name", ""), unescape(text), sheet, hidden))
        return found

    def rewrite_names(self, change: Callable[[DefinedName], str]) -> None:
        """Give each defined name the text that `change` answers."""
        known = iter(self.defined_names)

        def one(found: re.Match[str]) -> str:
            name = next(known)
            text = change(name)
            return found[0] if text == name.text else f"{found[1]}{escape(text)}{found[3]}"

        self._text = _NAME.sub(one, self._text)

    def set_name(self, name: str, text: str) -> None:
        """Give a name its text, or add it: one of the whole workbook, or of one sheet (`'数据'!名称`).

        Raises `ValueError` where there is no such sheet.
        """
        text = text.removeprefix("=")
        where, _, name = name.rpartition("!")
        sheet, local = None, ""
        if where:
            sheet = where.strip("'").replace("''", "'")
            local = f' localSheetId="{[entry.name for entry in self.sheets].index(sheet)}"'
        known = [
            item for item in self.defined_names if item.sheet == sheet and item.name.lower() == name.lower()
        ]
        if known:
            self.rewrite_names(lambda item: text if item == known[0] else item.text)
            return
        self._add_name(f'name="{escape_attribute(name)}"{local}', text)

    @property
    def _prefix(self) -> str:
        sheets = re.search(r"<((?:[\w.-]+:)?)sheets[\s>]", self._text)
        return sheets[1] if sheets else ""

    def _add_name(self, given: str, text: str) -> None:
        prefix = self._prefix
        new = f"<{prefix}definedName {given}>{escape(text)}</{prefix}definedName>"
        closing = re.search(rf"</{prefix}definedNames>", self._text)
        if closing is None:
            closing = re.search(
                rf"(?<=</{prefix}externalReferences>)|(?<=</{prefix}sheets>)(?!.*</{prefix}externalReferences>)",
                self._text,
                re.DOTALL,
            )
            new = f"<{prefix}definedNames>{new}</{prefix}definedNames>"
        assert closing is not None
        self._text = self._text[: closing.start()] + new + self._text[closing.start() :]

    def insert_sheet(self, entry: SheetEntry, at: int, names: Iterable[DefinedName]) -> None:
        """A further sheet, the `at`th (from 0), with names of its own; tabs and local names keep meaning what they did."""
        tags = list(_SHEET.finditer(self._text))
        ids = {int(attributes(tag[0]).get("sheetId", 0)) for tag in tags}
        number = max(ids) + 1
        if number > _MOST_SHEET_IDS:
            number = min(set(range(1, _MOST_SHEET_IDS)) - ids)
        p = self._prefix
        state = "" if entry.state == "visible" else f' state="{entry.state}"'
        new = (
            f'<{p}sheet xmlns:r="{R_NAMESPACES[self.strict]}" name="{escape_attribute(entry.name)}" sheetId="{number}"'
            f'{state} r:id="{entry.r_id}"/>'
        )
        place = tags[at].start() if at < len(tags) else self._text.index(f"</{p}sheets>")
        self._text = self._text[:place] + new + self._text[place:]
        self._text = _NAME_TAG.sub(lambda m: _further(m[0], "localSheetId", at), self._text)
        self._text = _VIEW.sub(lambda m: _further(m[0], "activeTab", at, 0), self._text)
        self._text = _VIEW.sub(lambda m: _further(m[0], "firstSheet", max(1, at)), self._text)
        self.sheets.insert(at, entry)
        for name in names:
            hidden = ' hidden="1"' if name.hidden else ""
            self._add_name(f'name="{escape_attribute(name.name)}" localSheetId="{at}"{hidden}', name.text)

    @property
    def strict(self) -> bool:
        """Whether the workbook is written in ISO 29500 strict."""
        return f'"{STRICT_MAIN}"' in self._text

    def follow(self, moves: Mapping[str, SheetMoves]) -> None:
        """Let the names' references follow moved rows; rows without `$` are relative and stay."""
        self.rewrite_names(lambda name: moved(name.text, name.sheet or "", moves, only_fixed=True))

    def calculate_on_load(self) -> None:
        found = _CALC.search(self._text)
        if found:
            self._text = (
                self._text[: found.start()]
                + set_attribute(found[0], "fullCalcOnLoad", "1")
                + self._text[found.end() :]
            )
            return
        follower = re.compile(rf"<((?:[\w.-]+:)?)(?:{'|'.join(_AFTER_CALC)})(?=[\s/>])")
        names = re.search(
            r"</(?:[\w.-]+:)?(?:definedNames|sheets)>(?!.*</(?:[\w.-]+:)?definedNames>)",
            self._text,
            re.DOTALL,
        )
        start = names.end() if names else 0
        next_ = follower.search(self._text, start) or re.search(r"</((?:[\w.-]+:)?)workbook>", self._text)
        assert next_ is not None
        prefix = next_[1]
        self._text = (
            self._text[: next_.start()]
            + f'<{prefix}calcPr fullCalcOnLoad="1"/>'
            + self._text[next_.start() :]
        )

    @property
    def changed(self) -> bool:
        return self._text != self._old

    def content(self) -> bytes:
        return declared_utf8(self._text)


def _further(tag: str, key: str, at: int, default: int = -1) -> str:
    """A start tag whose attribute counts sheets, one more where it counts the `at`th or a later one."""
    given = attributes(tag).get(key, "")
    number = int(given) if given.isdigit() else default
    return tag if number < at else set_attribute(tag, key, str(number + 1))
