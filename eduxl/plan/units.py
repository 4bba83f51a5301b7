"""Unit names of a task: how a line splits into names, which of them are schools, and which list each goes to.

Pure. Names stay as written; whom a name means is the roster's business. The rules are those of docs on
plan formats: separators never split inside brackets, a school goes to the schools whatever label it
stands under, and 牵头 beside 责任 makes 责任 support.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Literal

from attrs import frozen

from eduxl.plan import words
from eduxl.plan.words import LabelKind

Kind = Literal["school", "office"]


@frozen
class Statement:
    """A label (or what stands for one) with its value: who or, for `due`, when."""

    kind: LabelKind
    text: str


@frozen
class UnitLists:
    """The three lists of a task, each name once over all of them, in order of appearance."""

    lead: tuple[str, ...] = ()
    support: tuple[str, ...] = ()
    schools: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.lead or self.support or self.schools)

    @property
    def all(self) -> tuple[str, ...]:
        return self.lead + self.support + self.schools


# --- splitting ------------------------------------------------------------------------------------
_OPEN = {"（": 0, "(": 0, "【": 1, "[": 1, "［": 1, "〔": 2, "「": 3, "《": 4, "“": 5}
_CLOSE = {"）": 0, ")": 0, "】": 1, "]": 1, "］": 1, "〕": 2, "」": 3, "》": 4, "”": 5}
_BRACKET = re.compile("[" + re.escape("".join([*_OPEN, *_CLOSE])) + "]")
_SEPARATORS = "、，,；;/／"
#: White space inside a date: 12 月 25 日前.
_SPACED_DATE = re.compile(
    r"(?<=\d)[ \u3000]+(?=[年月日号]|季度)|(?<=[年月日号底末])[ \u3000]+(?=[底末初前]|[上中下]旬)|(?<=[年月])[ \u3000]+(?=\d)"
)
#: The slash of 2022/6/30 parts no names.
_DATE_SLASH = re.compile(r"(?<=\d)/(?=\d)")
#: White space between single characters: 体 卫 艺 科 is one name.
_SPACED = re.compile(
    r"(?<=(?<![^\s、，,；;/／])[\u4e00-\u9fff])[ \u3000]+(?=[\u4e00-\u9fff](?![^\s、，,；;/／。]))"
)
#: Separators between offices and schools.
_SIDES = "，,；;"


def bracket_spans(text: str) -> list[tuple[int, int]]:
    """(start, end) of the outermost brackets, `end` behind the closing one. Unclosed ones do not count."""
    stack: list[tuple[int, int]] = []
    spans: list[tuple[int, int]] = []
    for match in _BRACKET.finditer(text):
        char = match[0]
        if char in _OPEN:
            stack.append((_OPEN[char], match.start()))
        elif stack and stack[-1][0] == _CLOSE[char]:
            start = stack.pop()[1]
            while spans and spans[-1][0] > start:
                spans.pop()
            spans.append((start, match.end()))
    return spans


def tokens(text: str) -> Iterator[tuple[str, str]]:
    """(name, separators before it). White space before a bracket joins: 各中小学 （幼儿园） is one name."""
    text = _SPACED_DATE.sub("", _SPACED.sub("", text))
    spans = iter([*bracket_spans(text), (len(text), len(text))])
    start, end = next(spans)
    name: list[str] = []
    before, pending = "", ""
    i = 0
    while i < len(text):
        if i == start:
            if name and pending and not pending.isspace():
                yield "".join(name), before
                name, before = [], pending
            elif pending and not name:
                before += pending
            pending = ""
            name.append(text[start:end])
            i = end
            start, end = next(spans)
            continue
        char = text[i]
        if (char in _SEPARATORS or char.isspace()) and not _DATE_SLASH.match(text, i):
            pending += char
        else:
            if pending:
                if name:
                    yield "".join(name), before
                    name, before = [], pending
                else:
                    before += pending
                pending = ""
            name.append(char)
        i += 1
    if name:
        yield "".join(name), before


def split_names(text: str) -> tuple[str, ...]:
    """The names of `text`, split at 、，；/ and white space but never inside brackets."""
    names = (_clean(name) for name, _ in tokens(text))
    return tuple(dict.fromkeys(n for n in names if n not in words.EMPTY_VALUES))


_ETC = re.compile(r"(?<![初中高同平])等(?:有关|相关|各)?(?:单位|部门|科室|股室|处室|学校)?$")
#: The longest text that `_ETC` matches: 等有关单位.
_ETC_LENGTH = 5
_OUTER = " \t\r\n\u3000。．.：:·"


def _clean(name: str) -> str:
    """A name without outer punctuation and a final 等; cleaning twice changes nothing."""
    start, end = 0, len(name)
    while True:
        while start < end and name[end - 1] in _OUTER:
            end -= 1
        while start < end and name[start] in _OUTER:
            start += 1
        etc = _ETC.search(name, max(start, end - _ETC_LENGTH), end)
        if etc is None:
            return name[start:end]
        end = etc.start()


# --- kinds ----------------------------------------------------------------------------------------
def _endings(words_: Iterable[str]) -> re.Pattern[str]:
    return re.compile("(?:" + "|".join(sorted(map(re.escape, words_), key=len, reverse=True)) + ")$")


_TRAINING = re.compile("|".join(words.TRAINING_OFFICES))
_TEACHING = re.compile("|".join(words.TEACHING_WORDS))
_SCHOOL = _endings(words.SCHOOL_ENDINGS)
_OFFICE = _endings(words.OFFICE_ENDINGS)
#: 党办, 项目办; not 民办, 主办.
_BUREAU = re.compile(r"[^民公主承举兴协筹]办$")
_KINDERGARTEN = re.compile(r"(?:" + "|".join(words.KINDERGARTEN_MARKS) + r").{0,4}园$|^园$")
#: 二中, 三小, 一幼, 民乐一中, 第二中.
_SHORT = re.compile(r"[一二三四五六七八九十\d](?:中|小|幼|高|职中|完小)$")
_SCHOOL_BODY = re.compile(
    r"^各.*(?:学校|小学|中学|初中|高中|幼儿园|校).{0,4}(?:党组织|党支部|党总支|支部|少先队|团支部|班级|年级|校长|园长)$"
)
#: A bracket of these kinds at the end of a name says nothing about its kind.
_REMARK_OPEN, _REMARK_CLOSE = "（(【[〔", "）)】]〕"


def _without_remarks(name: str) -> str:
    """A name without the brackets at its end; one that is nothing but a bracket keeps it."""
    end = len(name)
    while end and name[end - 1] in _REMARK_CLOSE:
        start = end - 2
        while start > 0 and name[start] not in _REMARK_OPEN + _REMARK_CLOSE:
            start -= 1
        if start <= 0 or name[start] not in _REMARK_OPEN:
            break
        end = len(name[:start].rstrip())
    return name[:end]


@lru_cache(maxsize=1024)  # a plan names the same few dozen units in all its tasks
def kind_of(name: str) -> Kind | None:
    """`school` or `office` by the words of a name, None where they do not say.

    The last word decides (学校管理股 is an office), a trailing bracket does not count (各幼儿园（含民办）).
    """
    bare = _without_remarks(name.strip())
    if _TRAINING.search(bare):
        return "office"
    if _TEACHING.search(bare) and not re.search(r"(?:股|科|办|办公室)$", bare):
        return "school"
    if _SCHOOL_BODY.search(bare):
        return "school"
    if _SCHOOL.search(bare) or _SHORT.search(bare) or _KINDERGARTEN.search(bare) or bare in ("校", "学校"):
        return "school"
    return "office" if _OFFICE.search(bare) or _BUREAU.search(bare) else None


_VAGUE = re.compile(r"^(?:各|县直|局属|局机关|县级|直属|其他|机关|县)*(?:相关|有关)[^（(、]{0,6}$")


def is_vague(name: str) -> bool:
    """True for 各相关学校, 有关单位 and the like, which name nobody."""
    return _VAGUE.match(name) is not None


# --- lists ----------------------------------------------------------------------------------------
_VERB = re.compile(
    "(?:" + "|".join(sorted((*words.VERBS, *words.DROPPED_ENDINGS), key=len, reverse=True)) + ")[。；;]*$"
)
_VERB_BRACKET = re.compile(
    r"[（(]\s*(" + "|".join(sorted(words.VERBS, key=len, reverse=True)) + r")\s*[)）]$"
)
_BY = re.compile(r"^(?:由|主要由)(?=.{2})")
_WITH = re.compile(r"(?<=.)会同(?=.{2})|^(?:会同|联合)(?=.{2})")


@frozen
class _Named:
    name: str
    kind: Kind | None
    #: what a verb made of it, None where only the label speaks
    verb: LabelKind | None
    side: int


def _read(text: str) -> list[_Named]:
    """The names of one value with the verbs behind them."""
    found: list[_Named] = []
    open_from = 0  # names since the last verb: the next verb holds for them too
    side = 0
    with_others = False

    def add(name: str, verb: LabelKind | None) -> None:
        name = _clean(name)
        if name and name not in words.EMPTY_VALUES:
            found.append(_Named(name, kind_of(name), verb, side))

    for raw, before in tokens(text):
        if any(c in _SIDES for c in before):
            side += 1
        token = _BY.sub("", raw.strip(" 。；;"))
        own = _VERB_BRACKET.search(token)
        if own:
            add(token[: own.start()], words.VERBS[own[1]])
            continue
        verb_match = _VERB.search(token)
        verb = None
        stem = token[: verb_match.start()] if verb_match else token
        if verb_match and (kind_of(token) is None or _TRAINING.search(stem) or _TEACHING.search(stem)):
            token = stem
            verb = words.VERBS.get(verb_match[0].strip("。；;"))
            ended = True
        else:
            ended = False
        joint = _WITH.search(token)
        if joint:
            add(token[: joint.start()], verb or "lead")
            found[open_from:] = [_with_verb(n, "lead") for n in found[open_from:]]
            open_from, with_others = len(found), True
            token = token[joint.end() :]
        add(token, None)
        if ended:
            if verb is not None or with_others:
                found[open_from:] = [
                    _with_verb(n, "support" if with_others else verb) for n in found[open_from:]
                ]
            open_from, with_others = len(found), False
    if with_others:
        found[open_from:] = [_with_verb(n, "support") for n in found[open_from:]]
    return found


def _with_verb(named: _Named, verb: LabelKind | None) -> _Named:
    return _Named(named.name, named.kind, named.verb or verb, named.side)


def _by_side(names: list[_Named]) -> list[_Named]:
    """Gives names of no kind that of their side in `offices，schools`, where the line tells."""
    if all(n.kind for n in names):
        return names
    kinds: dict[int, set[Kind]] = {}
    for n in names:
        kinds.setdefault(n.side, set()).update({n.kind} if n.kind else set())
    if len(kinds) < 2:
        return names
    first, last = min(kinds), max(kinds)
    schools_from = min((side for side, own in kinds.items() if own == {"school"}), default=last)
    known_to = max((side for side, own in kinds.items() if own), default=first)

    def side_kind(side: int) -> Kind | None:
        own = kinds[side]
        if own:
            return next(iter(own)) if len(own) == 1 else None
        if side > schools_from:
            return "school"
        if side < known_to:
            return "office"
        # Only the last side of two is where the schools stand: A、B，C.
        return "school" if len(kinds) == 2 and side == last and kinds[first] == {"office"} else None

    sides = {side: side_kind(side) for side in kinds}
    return [_Named(n.name, n.kind or sides[n.side], n.verb, n.side) for n in names]


def assign(statements: Iterable[Statement]) -> UnitLists:
    """The three lists from all statements of a task; `people` and `due` are passed over."""
    read: list[tuple[LabelKind, _Named]] = []
    for statement in statements:
        if statement.kind not in ("people", "due"):
            read += [(statement.kind, n) for n in _by_side(_read(statement.text))]
    led = any((n.verb or kind) == "lead" and n.kind != "school" for kind, n in read)
    lead: list[str] = []
    support: list[str] = []
    schools: list[str] = []
    seen: set[str] = set()
    for kind, n in read:
        if n.name in seen:
            continue
        seen.add(n.name)
        role = n.verb or kind
        if n.kind == "school" or (n.kind is None and role == "schools"):
            schools.append(n.name)
        elif role == "lead" or (role == "responsible" and not led):
            lead.append(n.name)
        else:
            support.append(n.name)
    return UnitLists(tuple(lead), tuple(support), tuple(schools))
