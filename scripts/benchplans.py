"""The plans that scripts/bench.py has read: invented text, always the same, as large as asked for."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

TITLE = "某县2022年教育工作要点"
OFFICES = (
    "党办", "人事股", "基教股", "职成股", "教研室", "电教股", "计财股", "项目办", "教育发展中心", "教育考试中心",
    "体育运动中心",
)  # fmt: skip
SCHOOLS = ("各中小学、幼儿园", "各义务教育学校", "各幼儿园", "各学区", "各初级中学、县一中")
DUE = ("2022年6月底前", "2022年9月", "第三季度", "每月25日前", "持续推进", "6月30日前", "上半年")
SUBJECTS = (
    "校园安全", "教师培训", "课后服务", "作业管理", "实验教学", "幼小衔接", "劳动教育", "阅读活动", "数据报送",
    "经费监管", "营养改善", "控辍保学",
)  # fmt: skip
VERBS = ("深入推进", "持续加强", "规范开展", "全面落实", "统筹做好")
BODY = (
    "按照“双减”要求，依据《某县教育质量提升行动方案（试行）》，完善制度、明确责任，分阶段推进{subject}，建立问题清单"
    "和整改台账。全年组织专题培训{trainings}场，新建标准化教室{rooms}间，{subject}达标率达到{rate}%以上，"
    "及时总结推广典型经验，做到有安排、有检查、有总结，切实提升全县教育质量。"
)
#: Tasks of one project; their numbers begin anew in each.
TASKS = 25
CHINESE = ("", *"一二三四五六七八九")


def task(i: int) -> tuple[str, str, str, str]:
    """Title, body, units and deadline of the invented task `i`."""
    subject = SUBJECTS[i % len(SUBJECTS)]
    body = BODY.format(subject=subject, trainings=i % 9 + 2, rooms=i % 7 + 3, rate=80 + i % 20)
    units = f"{OFFICES[i % len(OFFICES)]}、{OFFICES[i * 3 % len(OFFICES) - 1]}，{SCHOOLS[i % len(SCHOOLS)]}"
    return f"{VERBS[i % len(VERBS)]}{subject}工作", body, units, DUE[i % len(DUE)]


def project(i: int) -> str:
    """The heading of the project that task `i` belongs to; the first hundred differ."""
    at = i // TASKS
    tens, ones = divmod(at + 1, 10)
    number = (CHINESE[tens] if tens > 1 else "") + ("十" if tens else "") + CHINESE[ones]
    kind = "工程" if at // (len(VERBS) * len(SUBJECTS)) % 2 == 0 else "行动"
    return f"{number}、{VERBS[at % len(VERBS)]}{SUBJECTS[at % len(SUBJECTS)]}{kind}"


def paragraphs(count: int) -> Iterator[str]:
    """A plan of at most `count` paragraphs: projects, and tasks of a title, a body, a unit and a date line each."""
    yield TITLE
    yield "2022年，全县教育工作坚持立德树人，围绕高质量发展，统筹实施各项工程。"
    for i in range((count - 2) * TASKS // (4 * TASKS + 1)):
        title, body, units, due = task(i)
        if i % TASKS == 0:
            yield project(i)
        yield f"{i % TASKS + 1}.{title}。"
        yield body
        yield f"责任单位：{units}"
        yield f"完成时间：{due}"


def table(rows: int) -> Iterator[tuple[str, ...]]:
    """The header and `rows` tasks of a plan that is one table."""
    yield "序号", "重点工程", "工作任务", "具体举措", "责任单位", "完成时限"
    for i in range(rows):
        yield str(i + 1), project(i), *task(i)


def write_document(path: Path, count: int) -> None:
    import docx

    document = docx.Document()
    for text in paragraphs(count):
        document.add_paragraph(text)
    document.save(str(path))


def write_table(path: Path, rows: int) -> None:
    import docx

    document = docx.Document()
    document.add_paragraph(TITLE)
    grid = document.add_table(0, len(next(table(0))))
    for texts in table(rows):
        for cell, text in zip(grid.add_row().cells, texts, strict=True):
            cell.text = text
    document.save(str(path))


def write_sheet(path: Path, rows: int) -> None:
    """As Excel has it: projects merged downwards, and the months that were typed are real dates."""
    import xlsxwriter  # type: ignore[import-untyped]

    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        month = book.add_format({"num_format": 'yyyy"年"m"月"'})
        sheet.merge_range("A1:F1", TITLE)
        for r, texts in enumerate(table(rows), 1):
            sheet.write_row(r, 0, texts)
            if texts[-1] == "2022年9月":
                sheet.write_datetime(r, len(texts) - 1, date(2022, 9, 1), month)
        for first in range(0, rows, TASKS):
            last = min(first + TASKS, rows) - 1
            if last > first:
                sheet.merge_range(first + 2, 1, last + 2, 1, project(first))
