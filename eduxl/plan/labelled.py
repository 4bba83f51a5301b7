"""Finds what a line says about units and dates: labels (责任单位：A) and closing brackets (（A牵头，B配合）).

Pure. It gives statements; which list a name goes to is decided in `units`, which day is meant in `deadlines`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

from attrs import frozen

from eduxl.plan import words
from eduxl.plan.deadlines import looks_like_deadline
from eduxl.plan.units import Statement, bracket_spans, kind_of, split_names, tokens
from eduxl.plan.words import LabelKind


def _vocabulary() -> dict[str, LabelKind]:
    labels: dict[str, LabelKind] = dict(words.BARE_LABELS)
    for kind, roles in words.ROLE_WORDS.items():
        for role in roles:
            labels |= {role + unit: kind for unit in words.UNIT_WORDS}
            labels |= {role + school: "schools" for school in words.SCHOOL_WORDS}
    labels |= {label: "people" for label in words.PEOPLE_LABELS}
    labels |= {label: "due" for label in words.DUE_LABELS}
    return labels


LABELS = _vocabulary()
_LONGEST = max(map(len, LABELS))
#: In front of a short label there must be one of these (or nothing), else 活动时间： would be a deadline.
_BOUNDARY = " \t\u3000\u00a0，,；;。、！!）)】]（(【["
_TRIM = " \t\r\n\u3000\u00a0，,；;、。：:"
_MARK = re.compile(r"[：:】\]]")


@frozen
class _Label:
    kind: LabelKind
    start: int
    value: int
    length: int


_REMARK = re.compile(r"[（(][^（）()]*[）)]")


def label_kind(text: str) -> LabelKind | None:
    """What a label or a header means; spaces and a bracket in it do not count: 责任单位（科室）, 责任处（科）室."""
    bare = re.sub(r"\s+", "", text).strip("：:【】[]")
    return LABELS.get(bare) or LABELS.get(_REMARK.sub("", bare))


def _label_before(text: str, end: int) -> tuple[LabelKind, int, int] | None:
    """The label that ends at `end`: (kind, start, length), found by looking back a dozen characters."""
    i = end - 1
    while i >= 0 and text[i].isspace():
        i -= 1
    if i >= 0 and text[i] in "）)":  # 责任单位（科室）：
        opened = max(text.rfind("（", max(0, i - 12), i), text.rfind("(", max(0, i - 12), i))
        if opened < 0:
            return None
        i = opened - 1
    letters: list[str] = []
    starts: list[int] = []
    while i >= 0 and len(letters) < _LONGEST and text[i] not in "：:。，,；;、（(【[）)】]":
        if not text[i].isspace():
            letters.append(text[i])
            starts.append(i)
        elif len(starts) and starts[-1] - i > 6:
            break
        i -= 1
    for length in range(len(letters), 1, -1):
        kind = LABELS.get("".join(reversed(letters[:length])))
        if kind is None:
            continue
        start = starts[length - 1]
        if length > 2 or start == 0 or text[start - 1] in _BOUNDARY:
            return kind, start, length
    return None


def _labels(text: str) -> list[_Label]:
    found: list[_Label] = []
    for match in _MARK.finditer(text):
        before = _label_before(text, match.start())
        if before is None:
            continue
        kind, start, length = before
        if found and start < found[-1].value:
            continue
        value = match.end()
        if match[0] in "】]":
            if start == 0 or text[start - 1] not in "【[":
                continue
            start -= 1
            if value < len(text) and text[value] in "：:":
                value += 1
        found.append(_Label(kind, start, value, length))
    return found


def _statements(text: str, labels: list[_Label]) -> tuple[Statement, ...]:
    ends = [label.start for label in labels[1:]] + [len(text)]
    return tuple(
        Statement(label.kind, text[label.value : end].strip(_TRIM))
        for label, end in zip(labels, ends, strict=True)
    )


def labels_in(text: str) -> Counter[LabelKind]:
    """How often a text has a label of each kind, wherever in it."""
    return Counter(label.kind for label in _labels(text))


def _spaced(line: str) -> tuple[Statement, ...]:
    """The statements of a line with white space for colons (责任单位 党办  完成时间 6月), () for others."""
    found: list[tuple[LabelKind, list[str]]] = []
    for word in line.split():
        kind = LABELS.get(word) if len(word) >= 4 else None
        if kind is not None:
            found.append((kind, []))
        elif found:
            found[-1][1].append(word)
        else:
            break
    if any(c in line for c in "：:。") or not all(said for _, said in found):
        return ()
    return tuple(Statement(kind, " ".join(said).strip(_TRIM)) for kind, said in found)


#: What may stand in front of a label: ▲责任单位：, ——完成时间：.
_POINTS = re.compile(rf"[{words.BULLETS}▲△※*＊·—–-]+\s*")
_WORD = re.compile(r"([\u4e00-\u9fff（）()、]{4,14}?)[ \t\u3000]*[：:；;]")
#: 责任单位及时限, 责任科室、单位: the first says what it is.
_AND = re.compile("[及和与、]")
_SECOND = {*words.UNIT_WORDS, "人员", "人"}


def _meant(word: str) -> LabelKind | None:
    """What a label of two means (责任单位及时限), or one with a bracket in it."""
    first, *others = _AND.split(_REMARK.sub("", word))
    known = all(o in _SECOND or o in LABELS for o in others)
    return LABELS.get(first) if known else None


def _mistyped(line: str) -> tuple[Statement, ...]:
    """The statements of a line whose label is no simple one, () for others.

    A label of two, one with a bracket in it, and, where the value can be nothing but units or a deadline, one with a
    wrong letter or mark or without a mark: 责任单立：A, 责任单位A.
    """
    word = _WORD.match(line)
    kind = _meant(word[1]) if word else None
    sure = kind is not None and word is not None and word[0][-1] in "：:"
    start = word.end() if word else next((n for n in range(_LONGEST, 3, -1) if line[:n] in LABELS), 0)
    if word and kind is None:
        kinds = {
            k for known, k in LABELS.items() if len(known) == len(word[1]) and _differ(known, word[1]) == 1
        }
        kind = kinds.pop() if len(kinds) == 1 else None
    elif start and not word:
        kind = LABELS[line[:start]]
    if kind is None or (kind == "people" and not sure):
        return ()
    labels = [label for label in _labels(line) if label.start >= start]
    value = line[start : labels[0].start if labels else len(line)].strip(_TRIM + "=→—")
    names = split_names(value)
    fits = looks_like_deadline(value) if kind == "due" else bool(names) and all(map(kind_of, names))
    if not (sure or (fits and "：" not in value)):
        return ()
    return (Statement(kind, value), *(_statements(line, labels) if labels else ()))


def _differ(one: str, other: str) -> int:
    return sum(a != b for a, b in zip(one, other, strict=True))


def label_line(line: str) -> tuple[Statement, ...]:
    """The statements of a line that begins with a label (also in brackets: 【责任单位】A), () for others."""
    line = line.lstrip(_TRIM).rstrip(_TRIM.replace("：:", ""))
    points = _POINTS.match(line)
    line = line[points.end() :] if points else line
    spans = bracket_spans(line)
    if spans and spans[0] == (0, len(line)):
        inside = label_line(line[1:-1].strip(_TRIM))
        if inside:
            return inside
    labels = _labels(line)
    if labels and labels[0].start == 0:
        return _statements(line, labels)
    return _spaced(line) or _mistyped(line)


def trailing_labels(line: str) -> tuple[str, tuple[Statement, ...]]:
    """Splits `…水平。责任单位：A 完成时间：12月` into the text and the statements behind it."""
    inside = bracket_spans(line)
    at = 0
    for i, label in enumerate(found := _labels(line)):
        while at < len(inside) and inside[at][1] <= label.start:
            at += 1
        bracketed = at < len(inside) and inside[at][0] < label.start
        if label.length < 4 or bracketed or line[label.start - 1] not in "。；;！!）)】] \t\u3000":
            continue
        return line[: label.start].rstrip(" \t\u3000"), _statements(line, found[i:])
    return line, ()


# --- brackets -------------------------------------------------------------------------------------
@frozen
class Bracket:
    """A bracket that states units or a date. `closing`: only punctuation and such brackets follow."""

    start: int
    end: int
    statements: tuple[Statement, ...]
    closing: bool


_ROLE_VERB = re.compile(
    r".{2,}(?:牵头|主办|承办|牵头负责|配合|协办|协助|协同配合)$|^由.{2,}负责$|.+[（(](?:牵头|配合)[）)]$"
)
#: Names that are a unit even where nothing else says so; 初中部 or 幼儿园 in a bracket is a remark.
_SURE = re.compile(
    r"(?:股|股室|科|科室|室|(?<![民公主承举兴协筹])办|办公室|局|中心|电教馆|装备站|教科院|进修学校|纪检组|妇委会|关工委|少工委|工会|团委|委员会|妇联|学区|专班)$|^(?:各|县直|局|机关|县|市).{2,}"
)
_SENTENCE_END = "。；;"
_SURE_DATE = re.compile(r"前|底|末|旬|完成|全年|每|长期|常|持续|季度|半年")


def _split_dates(text: str, kind: LabelKind) -> tuple[Statement, ...]:
    """A value with names and dates mixed, as statements; a date is a name that says nothing else."""
    names: list[str] = []
    dates: list[str] = []
    for name, before in tokens(text):
        target = dates if looks_like_deadline(name) else names
        target.append((before.strip() or "、" if target else "") + name)
    made = [Statement(kind, "".join(names))] if names else []
    return (*made, *([Statement("due", "".join(dates))] if dates else ()))


def separate_dates(statements: Iterable[Statement]) -> tuple[Statement, ...]:
    """Moves a date that stands among units (责任单位：A、B，9月底前) to a statement of its own."""
    result: list[Statement] = []
    for s in statements:
        result += [s] if s.kind in ("due", "people") else _split_dates(s.text, s.kind) or [s]
    return tuple(result)


_VERB_END = re.compile(
    "(?:" + "|".join(sorted((*words.VERBS, *words.DROPPED_ENDINGS), key=len, reverse=True)) + ")$"
)


def _does(name: str) -> bool:
    """True for a unit with what it does behind it: 教师进修学校负责."""
    verb = _VERB_END.search(name)
    return verb is not None and kind_of(name[: verb.start()]) is not None


def _unlabelled(content: str, closing: bool, apart: bool) -> tuple[Statement, ...]:
    """The statements of a bracket without labels, () where it is only a remark; `apart`: a sentence ends before it."""
    parts = _split_dates(content, "responsible")
    names = [name for s in parts if s.kind != "due" for name in split_names(s.text)]
    if not names:
        sure = closing or _SURE_DATE.search(content)
        return parts if sure and all(s.kind == "due" for s in parts) else ()
    if any(_ROLE_VERB.match(n) or _does(n) for n in names):
        return parts
    known = [n for n in names if kind_of(n)]
    if apart and known and any(names[-1].endswith(ending) for ending in words.DROPPED_ENDINGS):
        return parts
    sure_names = [n for n in known if _SURE.search(n)]
    dated = any(s.kind == "due" and _SURE_DATE.search(s.text) for s in parts)
    if apart and dated and len(known) * 2 >= len(names) and known:
        return parts
    if len(known) == len(names) and (len(sure_names) == len(names) if not apart else sure_names):
        return parts
    return ()


def brackets(text: str) -> list[Bracket]:
    """The brackets of a paragraph that state units or dates, from left to right.

    A labelled one counts anywhere; one without labels at the end of the paragraph or of a sentence.
    """
    found: list[Bracket] = []
    rest = len(text.rstrip(_TRIM))
    for start, end in reversed(bracket_spans(text)):
        if text[start] not in "（(【[［〔":
            continue
        closing = end >= rest
        content = text[start + 1 : end - 1].strip(_TRIM)
        statements = label_line(content)
        apart = start > 0 and text[start - 1] in _SENTENCE_END
        if not statements and (closing or apart or text[end] in _SENTENCE_END):
            statements = _unlabelled(content, closing, closing or apart)
        if statements:
            found.append(Bracket(start, end, statements, closing))
            if closing:
                rest = len(text[:start].rstrip(_TRIM))
    return found[::-1]
