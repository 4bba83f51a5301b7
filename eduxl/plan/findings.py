"""Indicators and checklist items that a task's text itself states; no number is better than a wrong one.

Pure. Taken are money to be spent (投资10256万元), rates to be reached (入园率达到95%以上), N个100%目标
behind a list, and things counted behind a verb of making (新建幼儿园3所); never years, document titles,
or what is past.
"""

from __future__ import annotations

import re

from eduxl.model import Indicator
from eduxl.numerals import half_width, number

_CLAUSE = re.compile(r"[^，。；;！？：:\n]+")
_PAST = re.compile(r"已经|已[投建完达实创]|去年|上年|往年|以来|累计|曾|截至|目前|现有|每|人均|生均|同比|环比")
_ANY_NUMBER = re.compile(r"\d|百分之")
_NUM = r"\d{1,3}(?:,\d{3}){1,3}(?:\.\d{1,6})?|\d{1,12}(?:\.\d{1,6})?"
#: Longer than any clause a person writes; keeps the patterns below from running long on odd input.
_LONGEST_CLAUSE = 200
_LEADING = re.compile(
    r"^(?:的?同时|并且?|且|力争|确保|努力|争取|全面|全县|使|把|将|实现|推动|推进|要|再|完成|预计|计划(?=新|改|建|招|培)|到20\d\d年底?|年内|今年|(?:20\d\d|本)年度?(?!计划|投|预))+"
)
_TRAILING = re.compile(
    r"(?:约|近|超过|超|不低于|不少于|不小于|不超过|控制在|保持在|稳定在|维持在|巩固在|达到|达|提高到|提升到|提高至|提升至|增加到|上升到|降低到|降至|为|到|至|在|共|共计|总计|合计|实现|力争|均|都|以上)+$"
)
_MONEY = re.compile(
    rf"(?P<name>.*?(?:投资|投入|资金|经费|预算|补助|筹资|筹措|安排|落实).*?)(?P<n>{_NUM})(?P<unit>亿元|万元|千元|元)(?!/)"
)
_RATE = re.compile(
    rf"(?P<name>.*?(?:率|比例|比重|占比|覆盖面|合格|达标|满意度).*?)(?:百分之(?P<cn>[一二三四五六七八九十百]+)|(?P<n>{_NUM})%)(?!-|—|至|~|的)"
)
_FULL = re.compile(r"(?P<name>.+?)(?P<n>100(?:\.0+)?)%(?:全?(?:覆盖|达标|合格|完成|配备|安装|到位))$")
_MANY = re.compile(
    r"(?P<list>[^，。；;：:]+?)等[^，。；;、]*?(?P<count>\d{1,2}|[一二三四五六七八九十])个(?:100%|百分之百)(?:目标|达标|要求|任务)?"
)
_MAKE = (
    r"新建|改扩建|改建|扩建|续建|新增|创建|建成|建设|建立|培训|招聘|招录|招考|引进|补充|选派|选聘|评选|培育|培养|打造|配备|购置|新购|开展|"
    r"举办|组织|完成|创评|认定|推出|录制|命名|表彰|发展"
)
_UNITS = r"平方米|公里|人次|场次|所|名|人|场|期|台|套|件|间|亩|册|辆|个|节|门|次|块|处|位|项"
_COUNT_AFTER = re.compile(
    rf"(?P<name>(?:{_MAKE})[^\d、]{{2,20}}?)(?P<n>{_NUM})(?P<unit>{_UNITS})(?:以上|左右)?$"
)
_COUNT_BEFORE = re.compile(
    rf"(?P<verb>{_MAKE})(?:不少于|约|近|各类)?(?P<n>{_NUM})(?P<unit>{_UNITS})(?P<noun>[^\d、和及与]{{2,20}})$"
)
_YEAR = re.compile(r"(?:19|20)\d\d年")
#: Also what is never closed, up to the end, so that it is looked at once and not from every 《 in it.
_QUOTED_TITLE = re.compile(r"《[^》]*(》|\Z)")


def _number(text: str) -> float:
    value = float(text.replace(",", ""))
    return int(value) if value.is_integer() else value


class _OneForOne(dict[int, str]):
    """Each character's half-width form; filled as characters occur, since most of a text is the same few hundred.

    Characters of which more than one would come stay, and Chinese punctuation does: clauses end at it.
    """

    def __missing__(self, code: int) -> str:
        char = chr(code)
        half = half_width(char)
        self[code] = half if len(half) == 1 and char not in "，；：！？（）" else char
        return self[code]


_HALF = _OneForOne()


def _masked(body: str) -> str:
    """Half-width text of the same length, document titles blanked: their numbers are no targets."""
    text = body.translate(_HALF)
    text = re.sub(r"(?<!\d),|,(?!\d)", "，", text)
    return _QUOTED_TITLE.sub(lambda m: "《" + "\0" * (len(m[0]) - 2) + "》" if m[1] else m[0], text)


def _name(original: str, start: int, end: int) -> str:
    name = _TRAILING.sub("", original[start:end].strip())
    return _LEADING.sub("", name).strip(" 、（(")


def indicators(body: str, year: int) -> tuple[Indicator, ...]:
    """The targets that `body` names, in order. `year` is the plan's; numbers of other years are past."""
    text = _masked(body)
    found: list[Indicator] = []
    for clause in _CLAUSE.finditer(text):
        part = clause[0]
        if len(part) > _LONGEST_CLAUSE or not _ANY_NUMBER.search(part):
            continue
        other_year = any(m[0] != f"{year}年" for m in _YEAR.finditer(part))
        if other_year or _PAST.search(part) or "\0" in part:
            continue
        found += _of_clause(body, part, clause.start())
    unique = {i.name: i for i in reversed(found)}
    return tuple(i for i in found if unique.pop(i.name, None) is not None)


def _of_clause(body: str, part: str, at: int) -> list[Indicator]:
    many = _MANY.search(part)
    if many:
        start = at + many.start("list")
        listed = [_name(body, s, e) for s, e in _list_spans(body, start, at + many.end("list"))]
        if len(listed) == number(many["count"]):
            return [Indicator(n, 100, "%") for n in listed if n]
        return []
    for pattern in (_MONEY, _RATE, _FULL):
        match = pattern.match(part)
        if match is None:
            continue
        name = _name(body, at + match.start("name"), at + match.end("name"))
        if not 2 <= len(name) <= 30 or any(c.isdigit() for c in name):
            return []
        groups = match.groupdict()
        if groups.get("cn"):
            value = number(groups["cn"])
            return [Indicator(name, value, "%")] if value is not None else []
        return [Indicator(name, _number(match["n"]), groups.get("unit") or "%")]
    match = _COUNT_AFTER.search(part)
    if match:
        name = _name(body, at + match.start("name"), at + match.end("name"))
        return [Indicator(name, _number(match["n"]), match["unit"])]
    match = _COUNT_BEFORE.search(part)
    if match and not part[: match.start()].endswith("第"):
        return [
            Indicator(match["verb"] + match["noun"].removeprefix("的"), _number(match["n"]), match["unit"])
        ]
    return []


def _list_spans(body: str, start: int, end: int) -> list[tuple[int, int]]:
    spans, begin = [], start
    for i in range(start, end):
        if body[i] == "、":
            spans.append((begin, i))
            begin = i + 1
    return [*spans, (begin, end)]


_QUOTED = re.compile(r"“([^“”]{4,120})”")
_STEP = re.compile(
    r"[①②③④⑤⑥⑦⑧⑨⑩]|(?:^|(?<=[。；;：:\n]))\s*(?:[（(]\d{1,2}[）)]|\d{1,2}[)）]|[一二三四五六七八九十]是|第[一二三四五六七八九十][，,])"
)
_STEP_END = re.compile(r"[。；;\n]")


def checklist(body: str) -> tuple[str, ...]:
    """The items a text lists to be ticked off: “一送、一请、…”, or its steps (1)(2), ①②, 一是二是."""
    for quoted in _QUOTED.finditer(body):
        items = [i.strip() for i in quoted[1].split("、")]
        if len(items) >= 3 and all(len(i) > 1 and i[0] == "一" for i in items):
            return tuple(dict.fromkeys(items))
    marks = list(_STEP.finditer(body))
    if len(marks) < 2:
        return ()
    steps = []
    for mark, after in zip(marks, [m.start() for m in marks[1:]] + [len(body)], strict=True):
        stop = _STEP_END.search(body, mark.end(), after)
        steps.append(body[mark.end() : stop.start() if stop else after].strip(" \t\u3000，,、"))
    return tuple(dict.fromkeys(s for s in steps if s))
