"""The corpus of plans in `tests/data/plans`: every form and kind of file, read and compared field by field.

The expected JSON beside each file is written by hand in `tests/data/make_plans.py`. The same files, damaged at
random, must still be read, or refused with a `PlanError`, and no task may vanish without a word.
"""

from __future__ import annotations

import io
import json
import os
import random
import re
import shutil
import zipfile
from collections import Counter
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from eduxl import read_plan
from eduxl.errors import PlanError
from eduxl.model import Plan, Task
from tests.data.make_more_plans import CASES as MORE
from tests.data.make_more_plans import WRITE
from tests.data.make_plans import CASES, OFFICE_KINDS, Case, write_all
from tests.data.make_third_plans import CASES as THIRD

FOLDER = Path(__file__).parent.parent / "data" / "plans"
FILES = sorted(p.name for p in FOLDER.iterdir() if p.suffix not in ("", ".json"))
W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
#: The second and the third set, which are written where they are read.
LATER = [case for case in (*MORE, *THIRD) if case.kind not in OFFICE_KINDS]
FIELDS = ("title", "project", "lead", "support", "schools", "due", "recurrence", "due_text")

#: Files that are not read without a fault today. Strict: a file that becomes right must leave this list.
KNOWN_OPEN: frozenset[str] = frozenset()


def expected(name: str, folder: Path = FOLDER) -> dict[str, Any]:
    return json.loads((folder / name).with_suffix(".json").read_text(encoding="utf-8"))


def compact(text: str) -> str:
    """Words without the white space and the closing stop that a container may add or take away."""
    return re.sub(r"\s", "", text).rstrip("。；;，,")


def wanted(task: dict[str, Any], projects: dict[int, str]) -> dict[str, Any]:
    values = {
        "title": task["title"],
        "project": projects.get(task["project"]),
        "lead": task["lead_units"],
        "support": task["support_units"],
        "schools": task["school_groups"],
        "due": task["due"],
        "recurrence": task["recurrence"],
        "due_text": None if task["due_text"] is None else compact(task["due_text"]),
    }
    return values


def found(task: Task, plan: Plan) -> dict[str, Any]:
    return {
        "title": task.title,
        "project": plan.project_title(task) or None,
        "lead": list(task.lead_units),
        "support": list(task.support_units),
        "schools": list(task.school_groups),
        "due": task.due.isoformat() if task.due else None,
        "recurrence": task.recurrence,
        "due_text": compact(task.due_text),
    }


def compare(name: str, folder: Path = FOLDER) -> tuple[dict[str, tuple[int, int]], list[str]]:
    """Right and counted per field, and a line per disagreement. Missing and extra tasks count as wrong in all."""
    want = expected(name, folder)
    projects = {p["no"]: p["title"] for p in want["projects"]}
    counts = dict.fromkeys(FIELDS, (0, 0))
    faults: list[str] = []
    try:
        plan = read_plan(folder / name)
    except PlanError as error:
        return dict.fromkeys(FIELDS, (0, len(want["tasks"]))), [f"{error.code}: {error}"]
    whole = {
        "plan title": (want["title"], plan.title),
        "year": (want["year"], plan.year),
        "projects": ([p["title"] for p in want["projects"]], [p.title for p in plan.projects]),
        "numbers": ([t["no"] for t in want["tasks"]], [t.no for t in plan.tasks]),
    }
    faults += [f"{key}: expected {a!r}, got {b!r}" for key, (a, b) in whole.items() if a != b]
    got = {task.no: task for task in plan.tasks}
    for task in want["tasks"]:
        values = wanted(task, projects)
        reading = found(got.pop(task["no"]), plan) if task["no"] in got else None
        for key in FIELDS:
            if values[key] is None and key == "due_text":
                continue
            right = reading is not None and reading[key] == values[key]
            counts[key] = (counts[key][0] + right, counts[key][1] + 1)
            if reading is not None and not right:
                faults.append(f"{task['no']} {key}: expected {values[key]!r}, got {reading[key]!r}")
    for no in got:
        counts = {key: (right, count + 1) for key, (right, count) in counts.items()}
        faults.append(f"{no}: a task that is none: {got[no].title!r}")
    return counts, faults


def marked(names: Iterable[str], known: frozenset[str]) -> list[Any]:
    """Parameters for pytest: those in `known` are expected to fail, old Word files need LibreOffice."""
    fault = pytest.mark.xfail(strict=True, raises=AssertionError, reason="a known fault of the reader")
    office = [
        pytest.mark.office,
        pytest.mark.skipif(shutil.which("soffice") is None, reason="needs LibreOffice (soffice)"),
    ]
    return [pytest.param(n, marks=[fault] * (n in known) + office * n.endswith(".doc"), id=n) for n in names]


@pytest.mark.parametrize("name", marked(FILES, KNOWN_OPEN))
def test_every_field_is_read_as_expected(name: str, request: pytest.FixtureRequest) -> None:
    counts, faults = compare(name)
    if request.config.get_verbosity() >= 0:
        row = "  ".join(f"{key} {right}/{count}" for key, (right, count) in counts.items())
        with request.getfixturevalue("capsys").disabled():
            print(f"\n{name:36} {row}", *faults, sep="\n    ")
    assert not faults, f"{expected(name)['odd']}\n" + "\n".join(faults)


@pytest.mark.parametrize("case", LATER, ids=lambda case: case.file)
def test_every_field_of_the_later_sets(case: Case, tmp_path: Path) -> None:
    WRITE[case.kind](case, tmp_path / case.file)
    text = json.dumps(case.expected(), ensure_ascii=False)
    (tmp_path / f"{case.name}.json").write_text(text, encoding="utf-8")
    _, faults = compare(case.file, tmp_path)
    assert not faults, f"{case.odd}\n" + "\n".join(faults)


def test_the_corpus_is_whole() -> None:
    assert {case.file for case in CASES} == set(FILES)
    assert len(FILES) >= 40
    assert set(FILES) >= KNOWN_OPEN


def content(path: Path) -> dict[str, bytes]:
    parts = re.compile(r"word/(document|numbering)\.xml|xl/(worksheets/sheet\d+|sharedStrings|workbook)\.xml")
    with zipfile.ZipFile(path) as package:
        return {name: package.read(name) for name in package.namelist() if parts.fullmatch(name)}


def test_the_files_are_those_the_script_writes(tmp_path: Path) -> None:
    write_all(tmp_path)
    for path in sorted(tmp_path.iterdir()):
        made, kept = path.read_bytes(), (FOLDER / path.name).read_bytes()
        if path.suffix in (".docx", ".xlsx"):
            # What the document says; styles and compression are the libraries' own affair.
            assert content(path) == content(FOLDER / path.name), path.name
        else:
            assert made == kept, path.name


# --- damage ---------------------------------------------------------------------------------------
#: Edits per file without being told otherwise; EDUXL_MUTATIONS=200 is the full count.
MUTATIONS = int(os.environ.get("EDUXL_MUTATIONS", "0"))
DEFAULT_MUTATIONS = {".txt": 60, ".html": 40, ".docx": 25, ".xlsx": 20}


def notes(plan: Plan) -> Counter[tuple[str, str]]:
    """Code and sentence of every note, of the plan and of its tasks, and how often it stands there."""
    return Counter((n.code, n.note) for n in (*plan.review, *(n for task in plan.tasks for n in task.review)))


def edit_text(text: str, chance: random.Random) -> str:
    """One to three edits as hands and exports make them: characters lost or doubled, lines joined, emptied, cut."""
    for _ in range(chance.randint(1, 3)):
        lines = text.split("\n")
        row = chance.randrange(len(lines))
        at = chance.randrange(len(text) + 1)
        match chance.randrange(6):
            case 0:
                text = text[:at] + text[at + 1 :]
            case 1:
                text = text[:at] + text[at + chance.randint(2, 6) :]
            case 2:
                text = "\n".join([*lines[:row], "".join(lines[row : row + 2]), *lines[row + 2 :]])
            case 3:
                text = "\n".join([*lines[:row], "", *lines[row + 1 :]])
            case 4:
                text = text[:at] + "\n" + text[at:]
            case _:
                text = text[:at] + chance.choice(" 　。、（）：1一\t") + text[at:]
    return text


ENCODINGS = {case.file: case.encoding for case in (*CASES, *LATER)}


def damaged_text(path: Path, chance: random.Random) -> tuple[bytes, str]:
    encoding = ENCODINGS[path.name]
    text = edit_text(path.read_bytes().decode(encoding), chance)
    return text.encode(encoding), text


def damaged_html(path: Path, chance: random.Random) -> tuple[bytes, str]:
    """Damage to what the page says, and lines joined by a lost <br>; its markup stays sound."""
    encoding = ENCODINGS[path.name]
    page = path.read_bytes().decode(encoding)
    breaks = [m.span() for m in re.finditer("<br>", page)]
    if breaks and chance.random() < 0.3:
        start, end = chance.choice(breaks)
        page = page[:start] + page[end:]
    parts = re.split("(<[^>]*>)", page)
    at = chance.choice([i for i, part in enumerate(parts) if i % 2 == 0 and part.strip()])
    parts[at] = edit_text(parts[at], chance)
    return "".join(parts).encode(encoding), "".join(parts[::2])


def damaged_docx(path: Path, chance: random.Random) -> tuple[bytes, str]:
    """Characters lost, runs emptied, paragraphs joined, cells emptied."""
    from docx import Document

    document = Document(str(path))
    body = document.element.body
    for _ in range(chance.randint(1, 3)):
        texts = [t for t in body.iter(f"{W}t") if t.text]
        node = chance.choice(texts)
        match chance.randrange(4):
            case 0:
                at = chance.randrange(len(node.text))
                node.text = node.text[:at] + node.text[at + chance.randint(1, 3) :]
            case 1:
                node.text = ""
            case 2:
                first = chance.choice([p for p in body.iter(f"{W}p") if len(p)])
                after = first.getnext()
                if after is not None and after.tag == first.tag:
                    for element in [e for e in after if e.tag != f"{W}pPr"]:
                        first.append(element)
                    after.getparent().remove(after)
            case _:
                if rows := list(body.iter(f"{W}tr")):
                    for empty in chance.choice(chance.choice(rows).findall(f"{W}tc")).iter(f"{W}t"):
                        empty.text = ""
    out = io.BytesIO()
    document.save(out)
    paragraphs = ("".join(t.text or "" for t in p.iter(f"{W}t")) for p in body.iter(f"{W}p"))
    return out.getvalue(), "\n".join(paragraphs)


def damaged_xlsx(path: Path, chance: random.Random) -> tuple[bytes, str]:
    """Cells emptied, swapped, with a character lost, or with a line break added."""
    from openpyxl import load_workbook

    book = load_workbook(path)
    sheet = next(s for s in reversed(book.worksheets) if s.sheet_state == "visible")
    for _ in range(chance.randint(1, 3)):
        cells = [c for row in sheet.iter_rows() for c in row if c.value is not None]
        cell = chance.choice(cells)
        match chance.randrange(4):
            case 0:
                cell.value = None
            case 1 if isinstance(cell.value, str):
                at = chance.randrange(len(cell.value))
                cell.value = cell.value[:at] + cell.value[at + 1 :]
            case 2:
                other = chance.choice(cells)
                other.value, cell.value = cell.value, other.value
            case 3 if isinstance(cell.value, str):
                cell.value += "\n"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue(), "\n".join(str(c.value) for row in sheet.iter_rows() for c in row if c.value)


DAMAGE = {".txt": damaged_text, ".html": damaged_html, ".docx": damaged_docx, ".xlsx": damaged_xlsx}


@cache
def sound(path: Path) -> Plan:
    return read_plan(path)


def silent_losses(path: Path, folder: Path, seeds: range) -> list[str]:
    """A line per damaged copy that lost a task whose title still stands in it, with no note that was not there before."""
    titles = [task.title for task in sound(path).tasks]
    silent = []
    for seed in seeds:
        copy = folder / f"{seed}{path.suffix}"
        data, text = DAMAGE[path.suffix](path, random.Random(f"{path.name} {seed}"))
        copy.write_bytes(data)
        try:
            plan = read_plan(copy)
        except PlanError:
            continue
        left = [title for title in titles if title in text]
        if len(plan.tasks) < len(left) and not notes(plan) - notes(sound(path)):
            read = {task.title for task in plan.tasks}
            silent.append(
                f"seed {seed}: lost without a note: {[title for title in left if title not in read]}"
            )
    return silent


DAMAGED = [name for name in FILES if Path(name).suffix in DAMAGE]


@pytest.mark.parametrize("name", DAMAGED)
def test_damage_is_never_silent(name: str, tmp_path: Path) -> None:
    count = MUTATIONS or DEFAULT_MUTATIONS[Path(name).suffix]
    assert not (silent := silent_losses(FOLDER / name, tmp_path, range(count))), "\n".join(silent)


@pytest.mark.parametrize(
    "case", [c for c in LATER if Path(c.file).suffix in DAMAGE], ids=lambda case: case.file
)
def test_damage_to_the_later_sets_is_never_silent(case: Case, tmp_path: Path) -> None:
    path = tmp_path / case.file
    WRITE[case.kind](case, path)
    count = MUTATIONS or DEFAULT_MUTATIONS[path.suffix] // 5
    copies = tmp_path / "copies"
    copies.mkdir()
    assert not (silent := silent_losses(path, copies, range(count))), "\n".join(silent)
