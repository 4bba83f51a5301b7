"""What stands before the first project or task: the plan's own title and year, behind a notice where there is one.

Pure.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Sequence

from attrs import frozen

from eduxl.numerals import half_width
from eduxl.plan.lines import Line
from eduxl.plan.phrases import is_attachment, is_notice, is_signed, names_plan, year_in

#: A notice that is no nearer to the beginning is no notice in front of the plan.
_NOTICE_WITHIN = 15
_IN_QUOTES = re.compile(r"《([^《》]{4,60})》")
_SENT_OUT = re.compile(r"关于(?:印发|下发|转发)《?([^《》]{4,60}?)》?的通知")
_OUTER_TITLE = re.compile(r"^附\s*件\s*\d*\s*[：:]?\s*")
_TITLE_ENDS = "“”\"' \u3000"
_HALF_DIGITS = str.maketrans("０１２３４５６７８９", "0123456789")


@frozen
class Front:
    title: str
    year: int | None
    #: the first line behind the title
    start: int
    #: False where no line looked like a plan's title
    named: bool

    def repeats(self, line: Line) -> bool:
        """True for a line that the title was made of."""
        return _tidy(line.raw) in self.title


def read_front(lines: Sequence[Line]) -> Front:
    """Finds the plan's own title; `title` is empty where the plan begins with its first number."""
    attached = _attachments(lines)
    begin = _behind_notice(lines, attached)
    end = next(
        (i for i in range(begin, len(lines)) if i not in attached and _opens_plan(lines[i])), len(lines)
    )
    head = lines[:end]

    def front(title: str, start: int, named: bool) -> Front:
        return Front(title, year_in(title) or first_year(head), start, named)

    candidates = [i for i, line in enumerate(head) if line.title]
    candidates = candidates or [i for i in range(begin, end) if i not in attached and lines[i].could_be_title]
    if candidates:
        dated = [i for i in candidates if year_in(lines[i].raw)]
        return front(*_joined_title(head, (dated or candidates)[-1]), True)
    sent = next((title for line in head if (title := _sent_title(line.raw))), None)
    if sent is not None:
        return front(sent, end, True)
    first = lines[0].raw if lines and lines[0].style is None and not lines[0].statements else ""
    return front(first, end, is_notice(first))


def first_year(lines: Iterable[Line]) -> int | None:
    return next((year for line in lines if (year := year_in(line.raw)) is not None), None)


def _tidy(title: str) -> str:
    return title.strip(_TITLE_ENDS).translate(_HALF_DIGITS)


def _opens_plan(line: Line) -> bool:
    """True for a numbered line, or a table with tasks."""
    return (line.style is not None and not line.could_be_title) or line.has_tasks


_FIRST_ATTACHED = re.compile(r"附\s*件\s*[：:]\s*(?:[1１]\s*[.．、].*)?")


def _attachments(lines: Sequence[Line]) -> set[int]:
    """The lines of a list of attachments in a notice: 附件：1.重点项目清单 / 2.培训计划表, which are no tasks."""
    found: set[int] = set()
    for at, line in enumerate(lines[: 2 * _NOTICE_WITHIN]):
        if not _FIRST_ATTACHED.fullmatch(line.raw):
            continue
        named = line.raw[-1] not in "：:"
        end = at + 1
        while end < len(lines) and lines[end].no == end - at + named and _is_name(lines[end]):
            end += 1
        # A list that goes on in labels or tables is one of tasks.
        if named or (end < len(lines) and lines[end].style is None and not lines[end].speaks):
            found.update(range(at, end))
    return found


def _is_name(line: Line) -> bool:
    return line.style == "ar" and "。" not in line.raw and not line.speaks


def _behind_notice(lines: Sequence[Line], attached: Container[int]) -> int:
    """The line with the title of the plan that a notice sends out, 0 where there is no notice."""
    early = enumerate(lines[:_NOTICE_WITHIN])
    notice = next((i for i, line in early if line.style is None and is_notice(line.raw)), None)
    if notice is None:
        return 0
    later = [
        i
        for i in range(notice + 1, len(lines))
        if i not in attached and lines[i].could_be_title and year_in(lines[i].raw)
    ]
    plain = (i for i in later if lines[i].style is None or lines[i].title)
    return next(plain, later[0] if later else 0)


def _sent_title(text: str) -> str | None:
    """The title of the plan that a notice names."""
    quoted = next((title for title in _IN_QUOTES.findall(text) if names_plan(title)), None)
    if quoted is not None and is_notice(text):
        return str(quoted)
    sent = _SENT_OUT.search(text)
    return sent[1] if sent else None


# --- a title over several lines -------------------------------------------------------------------
_ISSUER = re.compile(r"(?:局|县|市|区|委|委员会|厅|办公室|小组|政府|学校|系统)$")
_YEAR_FIRST = re.compile(r"(?:关于)?(?:(?:19|20)\d\d年|二[〇○零])")
_PUNCTUATED = re.compile(r"[，。；：、:;,〔〕\[\]]")


def _joined_title(head: Sequence[Line], at: int) -> tuple[str, int]:
    """(the title with the lines it was broken over: 民乐县教育局 / 2022年工作要点, the first line behind it)."""
    title = _OUTER_TITLE.sub("", head[at].raw)
    for line in reversed(head[max(at - 2, 0) : at]):
        whole = year_in(title) is not None and not _YEAR_FIRST.match(half_width(title))
        if whole or not _may_be_part(line) or (year_in(line.raw) and names_plan(line.raw)):
            break  # the same title once more is no part of it
        if year_in(line.raw) or _ISSUER.search(line.raw):
            title = line.raw + title
    start = at + 1
    if start < len(head):
        text = head[start].raw
        if _may_be_part(head[start]) and names_plan(text) and not year_in(text) and len(text) <= 12:
            return _tidy(title + text), start + 1
    return _tidy(title), start


def _may_be_part(line: Line) -> bool:
    text = line.raw
    return (
        not line.statements
        and len(text) <= 30
        and not _PUNCTUATED.search(text)
        and not (is_signed(text) or is_notice(text) or is_attachment(text))
    )
