"""What the speed recipes read is what eduxl understands, contenders do the same work, and every recipe runs."""

from __future__ import annotations

import importlib
import json
import re
import shutil
import subprocess
import sys
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from python_calamine import CalamineWorkbook

from eduxl import Tracker, labels, read_plan
from tests.mail.smtp_server import SmtpServer

SCRIPTS = Path(__file__).resolve().parent.parent / "scripts"
SIZE = 3

needs_command = pytest.mark.skipif(
    not shutil.which("eduxl", path=str(Path(sys.executable).parent)), reason="the command is not installed"
)


@pytest.fixture(scope="module")
def scripts() -> Iterator[Callable[[str], ModuleType]]:
    sys.path.insert(0, str(SCRIPTS))
    yield importlib.import_module
    sys.path.remove(str(SCRIPTS))


@pytest.fixture(scope="module")
def bench(scripts: Callable[[str], ModuleType]) -> ModuleType:
    return scripts("bench")


@pytest.fixture(scope="module")
def plans(scripts: Callable[[str], ModuleType]) -> ModuleType:
    return scripts("benchplans")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("bench")


@pytest.fixture(scope="module")
def year(scripts: Callable[[str], ModuleType], data: Path) -> Any:
    return scripts("benchdata").make_year(data, SIZE)


def grid(path: Path, sheet: str, first: int = 0) -> list[list[Any]]:
    """The rows of a sheet from row `first` on, counted from 0."""
    with CalamineWorkbook.from_path(path) as book:
        return book.get_sheet_by_name(sheet).to_python(skip_empty_area=False)[first:]


# --- what is read ---------------------------------------------------------------------------------
def test_document_is_a_plan_of_no_more_than_the_paragraphs_asked_for(
    plans: ModuleType, tmp_path: Path
) -> None:
    texts = list(plans.paragraphs(1_000))
    plans.write_document(tmp_path / "plan.docx", 1_000)
    plan = read_plan(tmp_path / "plan.docx")
    assert 990 <= len(texts) <= 1_000
    assert (plan.title, plan.year) == (plans.TITLE, 2022)
    assert len(plan.tasks) == sum(text.startswith("责任单位") for text in texts) == 247
    assert len(plan.projects) == 10
    assert not plan.review and not any(task.review for task in plan.tasks)
    assert [task.title for task in plan.tasks] == [plans.task(i)[0] for i in range(247)]


@pytest.mark.parametrize(("kind", "suffix"), [("write_table", ".docx"), ("write_sheet", ".xlsx")])
def test_every_row_of_a_table_is_a_task(plans: ModuleType, tmp_path: Path, kind: str, suffix: str) -> None:
    write: Callable[[Path, int], None] = getattr(plans, kind)
    path = (tmp_path / "table").with_suffix(suffix)
    write(path, 60)
    plan = read_plan(path)
    assert [task.title for task in plan.tasks] == [plans.task(i)[0] for i in range(60)]
    assert [task.project for task in plan.tasks] == [i // plans.TASKS + 1 for i in range(60)]
    assert all(task.lead_units and task.school_groups and task.due for task in plan.tasks)
    # The month that was typed, text in one and a real date in the other.
    assert [task.due.isoformat() for task in plan.tasks if task.due_text == "2022年9月" and task.due] == (
        ["2022-09-30"] * 9
    )


@needs_command
def test_returns_are_as_large_as_those_of_excel_and_nothing_in_them_is_doubtful(
    scripts: Callable[[str], ModuleType], year: Any, tmp_path: Path
) -> None:
    returns = sorted(year.returns.iterdir())
    assert len(returns) == SIZE
    assert all(24_000 < path.stat().st_size < 32_000 for path in returns)
    with zipfile.ZipFile(returns[0]) as package:
        assert {"xl/calcChain.xml", "xl/printerSettings/printerSettings1.bin"} <= set(package.namelist())
    shutil.copytree(year.folder / "saved" / "open", tmp_path / "tracker")
    data = scripts("benchdata")
    tracker = Tracker.open(tmp_path / "tracker" / labels.MASTER_NAME)
    result = tracker.merge([year.returns, year.later], as_of=data.AS_OF)
    assert [(item.entries, list(item.warnings)) for item in result.files.merged] == [(data.TASKS, [])] * 6
    assert not (result.files.rejected or result.files.superseded or result.files.ignored)
    counted = Counter({flag: n for flag, n in result.to_json()["flags"].items() if n})
    assert counted.keys() <= {"滞后"} and counted["滞后"] < 10
    # Both what is near its end and what is done is there, and every answer of the forms is filled in for some.
    entries = tracker.entries()
    assert {labels.COMPLETED, labels.UNDER_WAY} == set(entries[labels.STATUS])
    assert entries["progress"].notna().all()
    assert entries[[name for name in labels.ANSWER_COLUMNS if name in entries]].notna().any().all()


def test_schools_of_a_large_county_differ(scripts: Callable[[str], ModuleType]) -> None:
    data = scripts("benchdata")
    schools = [data.School(number) for number in range(10_003)]
    assert len({school.name for school in schools}) == len({school.code for school in schools}) == 10_003
    assert all(school.sent.date() < data.AS_OF - timedelta(days=2) for school in schools)
    reports = [row[labels.REPORT] for school in schools[:300] for row in data.answers(school)]
    assert len(set(reports)) == len(reports) == 300 * data.TASKS


# --- the recipes ----------------------------------------------------------------------------------
@needs_command
def test_plan_recipe_measures_every_size_beside_its_peer(
    bench: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bench, "PARAGRAPHS", (50, 100, 200))
    monkeypatch.setattr(bench, "ROWS", 5)
    cases = {case.name: case for case in bench.plan(bench.Options(repeat=1))}
    for name, peer in [
        ("50 paragraphs", "python-docx"),
        ("5 rows .docx", "python-docx"),
        ("5 rows .xlsx", "openpyxl"),
    ]:
        taken = cases[name].taken
        assert taken["eduxl"].wall > 0
        assert cases[name].ratios == {peer: taken["eduxl"].wall / taken[peer].wall}
    assert list(cases["time of a further paragraph"].ratios) == ["100 to 200 against 50 to 100"]


@needs_command
def test_merge_recipe_measures_full_small_and_empty_merges_beside_all_peers(
    bench: ModuleType, scripts: Callable[[str], ModuleType], year: Any, data: Path
) -> None:
    received = []
    rows = []
    for case in bench.merge(bench.Options(repeat=1, sizes=(SIZE,), data=data)):
        status = Tracker.open(year.master).status(as_of=scripts("benchdata").AS_OF)
        received.append((case.name, status.received))
        rows.append(len(grid(year.folder / "rows.xlsx", "Sheet1")))
        assert list(case.taken) == [
            "eduxl", "openpyxl loop", "pandas + openpyxl", "pandas + calamine + XlsxWriter", "calamine + XlsxWriter",
        ]  # fmt: skip
        assert list(case.ratios) == list(case.taken)[1:]
        assert case.ratios["openpyxl loop"] == case.taken["eduxl"].wall / case.taken["openpyxl loop"].wall
        if sys.platform != "win32":
            # Python alone takes several MiB, and none of these takes thousands.
            assert all(taken.cpu > 0 and 5 < taken.peak < 2_000 for name, taken in case.taken.items() if name)
    assert received == [
        ("3 returns, full merge", 3),
        ("3 new returns onto 3", 6),
        ("3 returns, nothing new", 3),
    ]
    assert rows == [3 * 21, 6 * 21, 3 * 21]


@needs_command
@pytest.mark.parametrize(
    ("peer", "sheet", "more"),
    [
        ("openpyxl_loop", "Sheet", ()),
        ("pandas_concat", "Sheet1", ("openpyxl", "openpyxl")),
        ("pandas_concat", "Sheet1", ("calamine", "xlsxwriter")),
    ],
)
def test_peers_of_a_merge_write_the_same_rows(
    bench: ModuleType, year: Any, tmp_path: Path, peer: str, sheet: str, more: tuple[str, ...]
) -> None:
    def rows(name: str, sheet: str, *more: str) -> list[list[str]]:
        target = tmp_path / f"{name}.xlsx"
        script = SCRIPTS / "peers" / f"{name}.py"
        subprocess.run(
            [sys.executable, script, year.returns, target, labels.FORM, str(bench.HEADER_ROW + 1), *more],
            check=True,
        )
        read = grid(target, sheet)
        # pandas has a header, makes numbers of telephone numbers and moments of dates.
        return [
            [re.sub(r"\.0$| 00:00:00$", "", str(cell)) for cell in row[:15]]
            for row in read
            if row[0] != "file"
        ]

    assert rows(peer, sheet, *more) == rows("calamine_xlsxwriter", "Sheet1")


def test_patch_recipe_and_both_patchers_make_the_same_sheets(
    bench: ModuleType,
    scripts: Callable[[str], ModuleType],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    large = scripts("benchlarge")
    shapes = {"明细": (30, 15, 2), "矩阵": (5, 40, 1)}
    book, changes = large.write(tmp_path, shapes)
    grids = []
    for name in ("eduxl_ooxml", "openpyxl_load_save"):
        target = tmp_path / f"{name}.xlsx"
        subprocess.run([sys.executable, SCRIPTS / "peers" / f"{name}.py", book, target, changes], check=True)
        grids.append([grid(target, sheet) for sheet in shapes])
    assert grids[0] == grids[1] != [grid(book, sheet) for sheet in shapes]
    monkeypatch.setattr(large, "LARGE", shapes)
    (case,) = bench.patch(bench.Options(repeat=1))
    assert list(case.taken) == ["eduxl", "openpyxl load and save"]
    assert case.targets == {"openpyxl load and save": 0.12, "peak MiB": 100}


@needs_command
def test_author_recipe_has_the_bare_loop_write_the_cells_of_the_templates(
    bench: ModuleType, year: Any, data: Path
) -> None:
    (case,) = bench.author(bench.Options(repeat=1, sizes=(SIZE,), data=data))
    assert (case.name, list(case.taken)) == ("3 templates", ["eduxl", "XlsxWriter loop"])
    written = sorted((year.folder / "written").iterdir())
    assert len(written) == 6  # with the units whose returns come later
    own = year.folder / "templates" / written[-1].name
    with CalamineWorkbook.from_path(own) as book:
        names = book.sheet_names
    for name in names:
        bare = [[str(cell) for cell in row] for row in grid(written[-1], name)]
        for r, row in enumerate(grid(own, name)):
            for c, value in enumerate(row):
                # Without formats a date is a number; a formula has no result until a program works it out.
                if isinstance(value, str) and value and not value.startswith("还有 "):
                    assert bare[r][c] == value


def test_mail_recipe_has_both_send_the_same_messages(
    bench: ModuleType, scripts: Callable[[str], ModuleType], tmp_path: Path
) -> None:
    mail, sent = scripts("benchmail"), []
    letters, made = mail.write(tmp_path / "batch", SIZE)
    memory = tmp_path / "memory"
    for name, more in (("eduxl_mail", [memory]), ("smtplib_loop", [])):
        mail.empty_ledger(memory)
        what = letters if more else made
        with SmtpServer(user=mail.SENDER, password=mail.SECRET) as server:
            program = [sys.executable, SCRIPTS / "peers" / f"{name}.py", str(server.port), what]
            subprocess.run([*program, mail.SENDER, server.password, *more], check=True)
        # the date says when it was sent
        dated = rb"(?m)^Date: .*\r\n"
        sent.append([(got.to, re.sub(dated, b"", got.content)) for got in server.record.messages])
    assert sent[0] == sent[1]
    assert len(sent[0]) == SIZE
    sizes = (SIZE, SIZE + 1)
    *cases, memory_case = bench.mail(bench.Options(repeat=1, sizes=sizes))
    assert [case.name for case in cases[::2]] == ["3 messages", "4 messages"]
    assert list(cases[0].ratios) == ["smtplib loop"]
    assert list(cases[1].ratios) == ["time against 50 a second"]
    assert list(memory_case.ratios) == ["peak of 4 against 3"]


@needs_command
def test_curve_recipe_goes_over_the_sizes(bench: ModuleType, data: Path) -> None:
    (case,) = bench.curve(bench.Options(repeat=1, sizes=(SIZE,), data=data))
    assert (case.name, set(case.taken)) == ("3 returns", {"eduxl", "calamine + XlsxWriter"})


def test_growth_compares_what_a_further_thing_takes(bench: ModuleType) -> None:
    case = bench.growth("return", (300, 1_000, 3_000), [1.0, 1.7, 5.7])
    assert case.name == "time of a further return"
    assert case.ratios == {"1,000 to 3,000 against 300 to 1,000": pytest.approx(2)}


@pytest.mark.office
@pytest.mark.skipif(not (shutil.which("soffice") and shutil.which("pdftoppm")), reason="no LibreOffice")
def test_curve_is_drawn(scripts: Callable[[str], ModuleType], tmp_path: Path) -> None:
    target = tmp_path / "curve.png"
    scripts("benchcurve").draw(target, (300, 1_000), {"eduxl": (1.0, 3.0), "other": (0.9, 2.9)})
    assert target.read_bytes().startswith(b"\x89PNG") and target.stat().st_size > 5_000


# --- the command ----------------------------------------------------------------------------------
def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, SCRIPTS / "bench.py", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, encoding="utf-8")


@needs_command
def test_json_has_each_recipe_and_case_and_the_table_the_same_in_words() -> None:
    measured = json.loads(run("startup", "--repeat", 1, "--json").stdout)["startup"]["start-up"]
    taken = measured["taken"]
    assert taken["eduxl --help"].keys() == {"wall", "cpu", "peak"}
    assert measured["ratios"] == {"python": taken["eduxl --help"]["wall"] / taken["python"]["wall"]}
    table = run("startup", "--repeat", 1).stdout
    assert "eduxl --help" in table and "wall s" in table and "×" in table


@needs_command
def test_profile_tells_imports_functions_and_modules(year: Any, data: Path) -> None:
    done = run("--profile", "new", "--sizes", SIZE, "--data", data)
    assert done.returncode == 0, done.stderr
    for words in ("imports, without the profiler", "by function", "by module", "cli", "sqlalchemy"):
        assert words in done.stdout


@pytest.mark.parametrize("arguments", [["nothing"], ["merge", "--sizes", "x"], ["startup", "--repeat", "0"]])
def test_what_cannot_be_is_refused(arguments: list[str]) -> None:
    assert run(*arguments).returncode == 2


def test_a_contender_that_fails_gives_no_figure(scripts: Callable[[str], ModuleType]) -> None:
    stopwatch = scripts("stopwatch")
    with pytest.raises(SystemExit, match="no good"):
        stopwatch.take(stopwatch.Contender([sys.executable, "-c", "import sys; sys.exit('this is no good')"]))
