#!/usr/bin/env python3
"""Speed as a user feels it: whole processes on this machine, start-up included, medians of interleaved runs.

    python scripts/bench.py                 every recipe
    python scripts/bench.py startup --json  one of them, as JSON

Run it with the Python that eduxl is installed in (`scripts/dev.py bench` does). Commands that are compared
run in turn, which spreads a slow moment of the machine over all of them. What they read is made on the spot,
from invented text and always the same.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

Command = Sequence[str | Path]
#: Seconds, but for names that contain "ratio".
Figures = dict[str, float]


def wall(command: Command) -> float:
    """Seconds that the command takes; raises CalledProcessError when it fails, which is no figure."""
    start = time.perf_counter()
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start


def medians(commands: dict[str, Command], runs: int) -> Figures:
    """Median wall time of each command in seconds; one unmeasured run of each warms the disk cache first."""
    times: dict[str, list[float]] = {name: [] for name in commands}
    for turn in range(runs + 1):
        for name, command in commands.items():
            seconds = wall(command)
            if turn:
                times[name].append(seconds)
    return {name: median(all_times) for name, all_times in times.items()}


def program() -> Path:
    """The eduxl command beside the Python that runs this."""
    return Path(sys.executable).parent / ("eduxl.exe" if sys.platform == "win32" else "eduxl")


# --- recipes --------------------------------------------------------------------------------------
def startup(runs: int) -> Figures:
    """`eduxl --help` against a Python that does nothing: seconds each, and how many times longer it takes."""
    figures = medians({"python": [sys.executable, "-c", "pass"], "eduxl --help": [program(), "--help"]}, runs)
    return {**figures, "ratio": figures["eduxl --help"] / figures["python"]}


#: Paragraphs of the plans in text; 1,000 fill some 60 pages. Rows of the plans that are one table.
PARAGRAPHS = (1_000, 3_000, 10_000)
ROWS = 500
#: The peers only load the file and look at every text in it, which is where reading a plan begins.
LOAD_PARAGRAPHS = "import docx, sys; [p.text for p in docx.Document(sys.argv[1]).paragraphs]"
LOAD_TABLE = "import docx, sys; [c.text for r in docx.Document(sys.argv[1]).tables[0].rows for c in r.cells]"
LOAD_SHEET = "import openpyxl, sys; list(openpyxl.load_workbook(sys.argv[1]).active.values)"


def plan(runs: int) -> Figures:
    """`eduxl plan FILE --json` on plans in text and in tables, beside libraries that only load the same file.
    `reading` is without the start-up of `eduxl --help`, `ratio` is that of the whole processes."""
    cases: list[tuple[str, int, Callable[[Path, int], None], str, str]] = [
        *((f"{n} paragraphs", n, write_document, "python-docx", LOAD_PARAGRAPHS) for n in PARAGRAPHS),
        (f"{ROWS} rows .docx", ROWS, write_table, "python-docx", LOAD_TABLE),
        (f"{ROWS} rows .xlsx", ROWS, write_sheet, "openpyxl", LOAD_SHEET),
    ]
    commands: dict[str, Command] = {"eduxl --help": [program(), "--help"]}
    with TemporaryDirectory() as folder:
        for name, size, write, peer, code in cases:
            path = Path(folder, name.replace(" ", ""))
            write(path, size)
            commands[name] = [program(), "plan", path, "--json"]
            commands[f"{name}, {peer}"] = [sys.executable, "-c", code, path]
        times = medians(commands, runs)
    figures = {"eduxl --help": times["eduxl --help"]}
    for name, _, _, peer, _ in cases:
        own, other = times[name], times[f"{name}, {peer}"]
        figures |= {name: own, f"{name}, reading": own - times["eduxl --help"]}
        figures |= {f"{name}, {peer}": other, f"{name}, ratio to {peer}": own / other}
    # What each further paragraph takes: no fixed cost hides growth in it.
    few, some, many = PARAGRAPHS
    early = (figures[f"{some} paragraphs"] - figures[f"{few} paragraphs"]) / (some - few)
    late = (figures[f"{many} paragraphs"] - figures[f"{some} paragraphs"]) / (many - some)
    figures |= {f"a paragraph, {few} to {some}": early, f"a paragraph, {some} to {many}": late}
    return {**figures, "a paragraph, ratio late to early": late / early}


RECIPES: dict[str, Callable[[int], Figures]] = {"startup": startup, "plan": plan}


# --- what is read ---------------------------------------------------------------------------------
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


# --- the command ----------------------------------------------------------------------------------
def main() -> int:
    parser = argparse.ArgumentParser(prog="bench.py", description="Measure how fast eduxl is here.")
    parser.add_argument("recipes", nargs="*", metavar="RECIPE", help=f"{', '.join(RECIPES)} (default: all)")
    parser.add_argument("--runs", type=int, default=15, help="measured runs of each command (default 15)")
    parser.add_argument("--json", action="store_true", help="one JSON document: recipe → figure → number")
    options = parser.parse_args()
    unknown = sorted(set(options.recipes) - set(RECIPES))
    if unknown or options.runs < 1:
        parser.error(f"no such recipe: {', '.join(unknown)}" if unknown else "--runs must be at least 1")
    results = {name: RECIPES[name](options.runs) for name in options.recipes or RECIPES}
    if options.json:
        print(json.dumps(results, indent=2))
        return 0
    for name, figures in results.items():
        print(f"{name} ({' '.join((RECIPES[name].__doc__ or '').split())})")
        width = max(map(len, figures))
        for figure, number in figures.items():
            print(f"  {figure:{width}} {shown(figure, number)}")
    return 0


def shown(figure: str, number: float) -> str:
    if "ratio" in figure:
        return f"{number:8.2f} ×"
    return f"{number * 1000:8.0f} ms" if number >= 0.01 else f"{number * 1e6:8.0f} µs"


if __name__ == "__main__":
    raise SystemExit(main())
