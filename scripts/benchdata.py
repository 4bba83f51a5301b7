"""The invented year that scripts/bench.py has merged: a plan of 21 tasks, units, a tracker, filled-in returns.

All of it goes by seed, and is kept in a folder until eduxl's own sources change. Tracker and templates are made by
eduxl's own commands, and filled in by benchforms.py.
"""

from __future__ import annotations

import hashlib
import json
import random
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path

import benchwords as words
from benchforms import Form

import eduxl
from eduxl import labels as L

TITLE = "云川县2022年教育工作要点"
ROUND, OPENED, DUE, AS_OF = "2022-06", date(2022, 6, 10), date(2022, 6, 25), date(2022, 6, 24)
TASKS = 21
#: Units beyond the size asked for: their returns come later, onto a merged tracker.
LATER = 3
_EPOCH = date(1899, 12, 30)


# --- units and plan -------------------------------------------------------------------------------
@dataclass(frozen=True)
class School:
    number: int

    @property
    def code(self) -> str:
        return f"S{self.number:05d}"

    @property
    def town(self) -> str:
        return words.TOWNS[self.number % len(words.TOWNS)]

    @property
    def name(self) -> str:
        ordinal, size = self.number // len(words.TOWNS), len(words.VILLAGES)
        village = (
            words.VILLAGES[ordinal % size] + words.VILLAGES[(ordinal // size + ordinal % size + 1) % size]
        )
        return f"{self.town}镇{village}{words.SCHOOLS[self.number % len(words.SCHOOLS)][0]}"

    @property
    def stages(self) -> str:
        return words.SCHOOLS[self.number % len(words.SCHOOLS)][1]

    @property
    def contact(self) -> str:
        return _person(self.number * 0.618 % 1)

    @property
    def phone(self) -> str:
        return f"139{self.number:04d}{self.number * 7919 % 10000:04d}"

    @property
    def sent(self) -> datetime:
        """When its return was saved, in time."""
        days, hours = self.number % 9, 8 + self.number % 10
        return datetime(2022, 6, 13) + timedelta(days=days, hours=hours, minutes=self.number % 60)

    @property
    def file(self) -> str:
        return f"{self.code}_{self.name}_{ROUND}.xlsx"


def plan_text(schools: Sequence[School]) -> Iterator[str]:
    """The lines of the plan. All units have every task; the first lead one each, the last none."""
    yield TITLE
    share = -(-TASKS // len(words.PROJECTS))
    for i, work in enumerate(words.WORKS):
        if i % share == 0:
            at = i // share
            yield f"{'一二三四五'[at]}、{words.PROJECTS[at]}工程"
        lead = schools[i % leads(len(schools))].name
        due = _due(i)
        yield f"{i + 1}.扎实推进{work}工作。"
        yield (
            f"完善制度、明确责任，分阶段推进{work}，建立问题清单和整改台账，及时总结推广典型经验，做到有安排、有检查、有总结，"
            "切实提升全县教育质量。"
        )
        yield f"责任单位：{lead}，各中小学、幼儿园"
        yield f"完成时间：{due.year}年{due.month}月{due.day}日前"


def leads(units: int) -> int:
    """How many of the units lead a task."""
    return min(TASKS, units - 1)


def _due(task: int) -> date:
    return date(2022, 7 + task % 6, 28)


def write_roster(path: Path, schools: Sequence[School]) -> None:
    import xlsxwriter  # type: ignore[import-untyped]

    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet(L.ROSTER_SHEET)
        sheet.write_row(0, 0, L.ROSTER_COLUMNS)
        for r, s in enumerate(schools, 1):
            mail = f"{s.code.lower()}@163.com"
            row = (s.code, s.name, "", "学校", s.stages, "公办", f"{s.town}学区", s.contact, s.phone, mail)
            for c, text in enumerate(row):
                sheet.write_string(r, c, text)


def _person(share: float) -> str:
    """A name; shares from 0 to 1 go over all of them."""
    at = int(share * len(words.SURNAMES) * len(words.VILLAGES) ** 2)
    at, last = divmod(at, len(words.VILLAGES))
    return (
        words.SURNAMES[at // len(words.VILLAGES)]
        + words.VILLAGES[at % len(words.VILLAGES)]
        + words.VILLAGES[last]
    )


# --- answers --------------------------------------------------------------------------------------
def answers(school: School) -> Iterator[dict[str, str | float]]:
    """What a school fills in for each task: column → text, or number as a cell holds it (progress 0–1, date serial)."""
    rng = random.Random(school.number)
    for i, work in enumerate(words.WORKS):

        def text(choices: Sequence[str], work: str = work) -> str:
            day = {"month": rng.randint(3, 6), "day": rng.randint(1, 28)}
            people = {"who": _person(rng.random()), "other": _person(rng.random())}
            numbers = {"n": rng.randint(2, 29), "m": rng.randint(30, 999)}
            return rng.choice(choices).format(work=work, **day, **people, **numbers)

        row: dict[str, str | float] = {L.REPORT: "；".join(map(text, words.REPORTS)) + "。"}
        start = date(2022, 1, 1)
        gone = (DUE - start) / (_due(i) - start)
        if rng.random() < 0.25:
            done = DUE - timedelta(rng.randint(15, 70))
            row |= {L.STATUS: L.COMPLETED, L.PROGRESS: 1, L.DONE_ON: (done - _EPOCH).days}
        else:
            row |= {L.STATUS: L.UNDER_WAY, L.PROGRESS: round(min(0.95, gone * rng.uniform(0.75, 1.1)), 2)}
            row[L.NEXT_STEPS] = text(words.NEXT)
            if rng.random() < 0.4:
                row[L.PROBLEM] = text(words.PROBLEMS)
        yield row | {L.EVIDENCE: text(words.EVIDENCE), L.REPORTER: school.contact, L.PHONE: school.phone}


# --- the year on disk -----------------------------------------------------------------------------
@dataclass(frozen=True)
class Year:
    """A folder with a tracker, `returns/` of `size` units, and copies of the tracker to begin from again."""

    folder: Path
    size: int

    @property
    def master(self) -> Path:
        return self.folder / "tracker" / L.MASTER_NAME

    @property
    def returns(self) -> Path:
        return self.folder / "returns"

    @property
    def later(self) -> Path:
        """The returns of further units, not in `returns` until `arrange` puts them there."""
        return self.folder / "later"

    def merge(self) -> list[str | Path]:
        """The command that merges the returns."""
        return [program(), "merge", self.returns, "-m", self.master, "--as-of", str(AS_OF)]

    def templates(self, folder: Path, *units: str) -> list[str | Path]:
        """The command that writes the templates of all units, or of those named."""
        named = [word for code in units for word in ("--unit", code)]
        return [program(), "templates", "-m", self.master, "-o", folder, "--as-of", str(OPENED), *named]

    def save(self, state: str) -> None:
        _copy(self.master.parent, self.folder / "saved" / state)

    def saved(self, state: str) -> bool:
        return (self.folder / "saved" / state).is_dir()

    def arrange(self, state: str, *, later: bool = False) -> None:
        """Bring the tracker back to a saved state, with the later returns among the others or without them."""
        _copy(self.folder / "saved" / state, self.master.parent)
        for path in self.later.iterdir():
            target = self.returns / path.name
            if later:
                shutil.copy2(path, target)
            else:
                target.unlink(missing_ok=True)

    def write_cells(self) -> Path:
        """All cells of the last unit's template and the units' names, as `peers/xlsxwriter_loop.py` wants them."""
        from openpyxl import load_workbook

        schools = [School(number) for number in range(self.size + LATER)]
        sample = schools[-1]
        book = load_workbook(self.folder / "templates" / sample.file)
        sheets = {
            sheet.title: [
                (cell.row - 1, cell.column - 1, _plain(cell.value))
                for row in sheet.iter_rows()
                for cell in row
                if cell.value is not None
            ]
            for sheet in book.worksheets
        }
        target = self.folder / "cells.json"
        units = [(school.file, school.code, school.name) for school in schools]
        content = {"sample": (sample.code, sample.name), "units": units, "sheets": sheets}
        target.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
        return target

    def merged(self) -> None:
        """See to it that there is a state `merged`: the returns of `size` units are in the tracker."""
        if not self.saved("merged"):
            self.arrange("open")
            run(*self.merge())
            self.save("merged")


def make_year(folder: Path, size: int) -> Year:
    """The year of `size` units, and of `LATER` more whose returns come later; made unless it is there already."""
    year = Year(folder / f"{size}-units", size)
    stamp = year.folder / "stamp"
    if stamp.is_file() and stamp.read_text(encoding="utf-8") == _sources():
        return year
    shutil.rmtree(year.folder, ignore_errors=True)
    for made in (year.master.parent, year.returns, year.later):
        made.mkdir(parents=True)
    schools = [School(number) for number in range(size + LATER)]
    plan, roster = year.folder / "计划.txt", year.folder / "名册.xlsx"
    plan.write_text("\n".join(plan_text(schools)) + "\n", encoding="utf-8")
    write_roster(roster, schools)
    day = ("--as-of", str(OPENED))
    run(program(), "master", plan, "--roster", roster, "-o", year.master, *day)
    run(program(), "round", "open", ROUND, "--due", str(DUE), "-m", year.master, *day)
    year.save("open")
    forms = make_forms(year, schools)
    for school in schools:
        form = forms.get(school.code) or forms[schools[-1].code]
        target = (year.returns if school.number < size else year.later) / school.file
        form.fill(target, school.code, school.name, list(answers(school)), school.sent)
    stamp.write_text(_sources(), encoding="utf-8")
    return year


def make_forms(year: Year, schools: Sequence[School]) -> dict[str, Form]:
    """The templates of the units that lead a task, and of the last, which has the same rows as all others."""
    folder = year.folder / "templates"
    own = [*schools[: leads(len(schools))], schools[-1]]
    run(*year.templates(folder, *(school.code for school in own)))
    return {school.code: Form(folder / school.file, school.code, school.name) for school in own}


def _plain(value: object) -> object:
    """A cell's value as JSON has it: a date is a number."""
    return (value.date() - _EPOCH).days if isinstance(value, datetime) else value


def _copy(source: Path, target: Path) -> None:
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(source, target)


def program() -> Path:
    """The eduxl command beside the Python that runs this."""
    return Path(sys.executable).parent / ("eduxl.exe" if sys.platform == "win32" else "eduxl")


def run(*command: str | Path) -> None:
    """Run a command that has to succeed; raises SystemExit with its own words when it doesn't."""
    done = subprocess.run(command, capture_output=True, encoding="utf-8", errors="replace")
    if done.returncode:
        words = " ".join(map(str, command))
        raise SystemExit(f"{words}\nfailed ({done.returncode}):\n{done.stdout}{done.stderr}")


@cache
def _sources() -> str:
    """A digest of all that the data are made by."""
    files = [
        *sorted(Path(__file__).parent.glob("bench*.py")),
        *sorted(Path(eduxl.__file__).parent.rglob("*.py")),
    ]
    return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()
