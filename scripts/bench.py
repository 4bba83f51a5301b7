#!/usr/bin/env python3
"""Speed as a user feels it: whole processes on this machine, start-up included, medians of interleaved runs.

    python scripts/bench.py                     every recipe; the large merges take more than half an hour
    python scripts/bench.py startup --json      one of them, as JSON
    python scripts/bench.py merge --sizes 300   without the 3,000 returns
    python scripts/bench.py --profile full      where the time of a merge goes: full, new or same

Run it with the Python that eduxl is installed in (`scripts/dev.py bench` does). Commands that are compared
run in turn, which spreads a slow moment of the machine over all of them. What they read is made on the spot,
from invented text and always the same (benchdata.py, benchplans.py); what eduxl is compared with is in peers/.
eduxl does all its checks, keeps its ledger and archive and waits for the disk; no peer does any of that.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from compileall import compile_dir
from dataclasses import asdict, dataclass, field
from functools import partial
from itertools import pairwise
from math import isnan
from pathlib import Path
from tempfile import TemporaryDirectory, gettempdir

import benchdata
import benchlarge
import benchmail
import benchplans
from benchdata import Year, make_year, program
from benchforms import HEADER_ROW
from stopwatch import Contender, Taken, medians

from eduxl import labels

ROOT = Path(__file__).resolve().parent.parent
PEERS = Path(__file__).resolve().parent / "peers"
EDUXL, LOOP, FAST = "eduxl", "openpyxl loop", "calamine + XlsxWriter"
PEAK = "peak MiB"


@dataclass(frozen=True)
class Options:
    """`repeat` measured runs of each command, None: as many as the recipe takes. `sizes`: how many returns, None: the
    recipe's. `data`: where made files are kept for the next run. `picture`: where `curve` draws, None: nowhere."""

    repeat: int | None = None
    sizes: tuple[int, ...] | None = None
    data: Path = Path(gettempdir(), "eduxl-bench")
    picture: Path | None = None


@dataclass(frozen=True)
class Case:
    """What was measured of one case. A ratio is eduxl's wall time to that of the contender it is named after, unless
    its name says otherwise; `targets` has the most that ratios and the peak of eduxl's memory should be."""

    name: str
    taken: Mapping[str, Taken] = field(default_factory=dict)
    ratios: Mapping[str, float] = field(default_factory=dict)

    @property
    def targets(self) -> Mapping[str, float]:
        return TARGETS.get(self.name, {})


#: Case → the most a ratio, or the peak, should be.
TARGETS: dict[str, dict[str, float]] = {
    "300 returns, full merge": {LOOP: 0.20, FAST: 1.2, PEAK: 120},
    "3,000 returns, full merge": {LOOP: 0.20, FAST: 1.1, PEAK: 160},
    "3 new returns onto 300": {LOOP: 0.12, FAST: 0.7, PEAK: 120},
    "300 returns, nothing new": {LOOP: 0.07, FAST: 0.4, PEAK: 60},
    "two sheets of a large workbook": {"openpyxl load and save": 0.12, PEAK: 100},
    "300 templates": {"XlsxWriter loop": 1.3, PEAK: 100},
    "300 messages": {"smtplib loop": 5, PEAK: 70},
    "pace of 300 messages": {"time against 50 a second": 1},
    "memory of a batch": {"peak of 1,200 against 300": 1.15},
}


def compare(name: str, contenders: Mapping[str, Contender], repeat: int, *, warm_up: bool = True) -> Case:
    """Measure the contenders; the first one is eduxl and is compared with the others. One run alone is not warmed up."""
    say = print_progress if sys.stderr.isatty() else str
    taken = medians(
        contenders, repeat, warm_up=warm_up and repeat > 1, say=lambda text: say(f"{name}: {text}")
    )
    own, *others = contenders
    return Case(name, taken, {other: taken[own].wall / taken[other].wall for other in others})


def print_progress(text: str) -> None:
    print(f"\x1b[2K{text}", end="\r", file=sys.stderr, flush=True)


# --- recipes --------------------------------------------------------------------------------------
def startup(options: Options) -> Iterator[Case]:
    """`eduxl --help` against a Python that does nothing."""
    contenders = {
        "eduxl --help": Contender([program(), "--help"]),
        "python": Contender([sys.executable, "-c", "pass"]),
    }
    yield compare("start-up", contenders, options.repeat or 15)


#: Paragraphs of the plans in text; 1,000 fill some 60 pages. Rows of the plans that are one table.
PARAGRAPHS = (1_000, 3_000, 10_000)
ROWS = 500
#: The peers only load the file and look at every text in it, which is where reading a plan begins.
LOAD_PARAGRAPHS = "import docx, sys; [p.text for p in docx.Document(sys.argv[1]).paragraphs]"
LOAD_TABLE = "import docx, sys; [c.text for r in docx.Document(sys.argv[1]).tables[0].rows for c in r.cells]"
LOAD_SHEET = "import openpyxl, sys; list(openpyxl.load_workbook(sys.argv[1]).active.values)"


def plan(options: Options) -> Iterator[Case]:
    """`eduxl plan FILE --json` on plans in text and in tables, beside libraries that only load the same file."""
    cases: list[tuple[str, int, Callable[[Path, int], None], str, str]] = [
        *(
            (f"{n} paragraphs", n, benchplans.write_document, "python-docx", LOAD_PARAGRAPHS)
            for n in PARAGRAPHS
        ),
        (f"{ROWS} rows .docx", ROWS, benchplans.write_table, "python-docx", LOAD_TABLE),
        (f"{ROWS} rows .xlsx", ROWS, benchplans.write_sheet, "openpyxl", LOAD_SHEET),
    ]
    walls = []
    with TemporaryDirectory() as folder:
        for name, size, write, peer, code in cases:
            path = Path(folder, name.replace(" ", ""))
            write(path, size)
            contenders = {
                EDUXL: Contender([program(), "plan", path, "--json"]),
                peer: Contender([sys.executable, "-c", code, path]),
            }
            case = compare(name, contenders, options.repeat or 15)
            walls.append(case.taken[EDUXL].wall)
            yield case
    yield growth("paragraph", PARAGRAPHS, walls)


def growth(thing: str, sizes: tuple[int, ...], walls: Iterable[float]) -> Case:
    """What each further thing takes at the end of a series of sizes against its begin; no fixed cost hides growth in it."""
    points = list(zip(sizes, walls, strict=False))
    slopes = [(b[1] - a[1]) / (b[0] - a[0]) for a, b in pairwise(points)]
    ranges = [f"{a:,} to {b:,}" for a, b in pairwise(sizes)]
    ratios = {
        f"{last} against {ranges[0]}": slope / slopes[0]
        for last, slope in zip(ranges[1:], slopes[1:], strict=True)
    }
    return Case(f"time of a further {thing}", {}, ratios)


def merge(options: Options) -> Iterator[Case]:
    """`eduxl merge` on returns of 28 KB and 21 rows, beside scripts that only put all rows into one workbook."""
    sizes = options.sizes or (300, 3_000)
    for size in sizes:
        year = make_year(options.data, size)
        contenders = {EDUXL: Contender(year.merge(), partial(year.arrange, "open")), **merging_peers(year)}
        name = f"{size:,} returns, full merge"
        yield compare(name, contenders, turns(options, size), warm_up=warm(year))
    year = make_year(options.data, sizes[0])
    year.merged()
    for name, later in (
        (f"{benchdata.LATER} new returns onto {year.size:,}", True),
        (f"{year.size:,} returns, nothing new", False),
    ):
        arrange = partial(year.arrange, "merged", later=later)
        contenders = {EDUXL: Contender(year.merge(), arrange), **merging_peers(year)}
        yield compare(name, contenders, turns(options, year.size), warm_up=warm(year))


def merging_peers(year: Year) -> dict[str, Contender]:
    target = year.folder / "rows.xlsx"
    arguments = (year.returns, target, labels.FORM, str(HEADER_ROW + 1))
    return {
        LOOP: peer("openpyxl_loop", *arguments),
        "pandas + openpyxl": peer("pandas_concat", *arguments, "openpyxl", "openpyxl"),
        "pandas + calamine + XlsxWriter": peer("pandas_concat", *arguments, "calamine", "xlsxwriter"),
        FAST: peer("calamine_xlsxwriter", *arguments),
    }


def peer(name: str, *arguments: str | Path, before: Callable[[], object] | None = None) -> Contender:
    return Contender([sys.executable, PEERS / f"{name}.py", *arguments], before)


def turns(options: Options, size: int) -> int:
    return options.repeat or (5 if size < 1_000 else 3 if size < 10_000 else 1)


def warm(year: Year) -> bool:
    """Bring the returns into the disk's cache; True where that is not enough and a whole turn more is no matter."""
    for path in year.returns.iterdir():
        path.read_bytes()
    return year.size < 1_000


def patch(options: Options) -> Iterator[Case]:
    """eduxl's patcher gives two sheets of a 5 MB workbook new rows, beside openpyxl's load and save."""
    with TemporaryDirectory() as folder:
        book, changes = benchlarge.write(Path(folder), benchlarge.LARGE)
        arguments = (book, Path(folder, "patched.xlsx"), changes)
        contenders = {
            EDUXL: peer("eduxl_ooxml", *arguments),
            "openpyxl load and save": peer("openpyxl_load_save", *arguments),
        }
        yield compare("two sheets of a large workbook", contenders, options.repeat or 5)


def author(options: Options) -> Iterator[Case]:
    """`eduxl templates` for all units, beside a bare XlsxWriter loop that writes the same cells without formats."""
    for size in options.sizes or (300,):
        year = make_year(options.data, size)
        folder = year.folder / "written"

        def clear(year: Year = year, folder: Path = folder) -> None:
            year.arrange("open")
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()

        contenders = {
            EDUXL: Contender(year.templates(folder), clear),
            "XlsxWriter loop": peer("xlsxwriter_loop", folder, year.write_cells(), before=clear),
        }
        yield compare(f"{size:,} templates", contenders, turns(options, size))


#: How many messages are sent; the larger batch is there for its memory. The least that should go out in a second.
MESSAGES = (300, 1_200)
A_SECOND = 50


def mail(options: Options) -> Iterator[Case]:
    """Messages with attachments of 30 KB sent to a server on this machine, beside smtplib sending the same bytes."""
    sizes = tuple(sorted(options.sizes or MESSAGES))
    peaks = []
    with TemporaryDirectory() as place, benchmail.server() as port:
        for size in sizes:
            folder, memory = Path(place, str(size)), Path(place, "memory")
            letters, made = benchmail.write(folder, size)
            account = (benchmail.SENDER, benchmail.SECRET)
            fresh = partial(benchmail.empty_ledger, memory)
            contenders = {
                EDUXL: peer("eduxl_mail", str(port), letters, *account, memory, before=fresh),
                "smtplib loop": peer("smtplib_loop", str(port), made, *account),
            }
            case = compare(f"{size:,} messages", contenders, turns(options, size))
            peaks.append(case.taken[EDUXL].peak)
            yield case
            pace = case.taken[EDUXL].wall * A_SECOND / size
            yield Case(f"pace of {size:,} messages", {}, {f"time against {A_SECOND} a second": pace})
    if len(sizes) > 1:
        last, first = (f"{size:,}" for size in (sizes[-1], sizes[0]))
        yield Case("memory of a batch", {}, {f"peak of {last} against {first}": peaks[-1] / peaks[0]})


#: How many returns the curve goes over.
CURVE = (300, 1_000, 3_000, 10_000)


def curve(options: Options) -> Iterator[Case]:
    """The processor time of a full merge over the number of returns; drawn to docs/images/merge-curve.png."""
    sizes = tuple(sorted(options.sizes or CURVE))
    cases = []
    for size in sizes:
        year = make_year(options.data, size)
        contenders = {
            EDUXL: Contender(year.merge(), partial(year.arrange, "open")),
            FAST: merging_peers(year)[FAST],
        }
        case = compare(f"{size:,} returns", contenders, turns(options, size), warm_up=warm(year))
        cases.append(case)
        yield case
    if options.picture:
        from benchcurve import draw

        series = {name: [case.taken[name].cpu for case in cases] for name in (EDUXL, FAST)}
        draw(options.picture, sizes, series)
    if len(sizes) > 2:
        yield growth("return", sizes, [case.taken[EDUXL].cpu for case in cases])


RECIPES: dict[str, Callable[[Options], Iterator[Case]]] = {
    recipe.__name__: recipe for recipe in (startup, plan, merge, patch, author, mail, curve)
}


# --- the command ----------------------------------------------------------------------------------
def main() -> int:
    parser = argparse.ArgumentParser(prog="bench.py", description="Measure how fast eduxl is here.")
    parser.add_argument("recipes", nargs="*", metavar="RECIPE", help=f"{', '.join(RECIPES)} (default: all)")
    parser.add_argument(
        "--repeat", type=int, help="measured runs of each command (default: fewer for long ones)"
    )
    parser.add_argument(
        "--sizes",
        metavar="N,N…",
        help="returns to merge (merge, curve), templates to write (author), messages (mail)",
    )
    parser.add_argument("--data", type=Path, default=Options.data, help="folder where made data are kept")
    parser.add_argument(
        "--picture", type=Path, metavar="PNG", help="draw the curve there (default: in docs/images)"
    )
    parser.add_argument(
        "--profile", choices=["full", "new", "same"], help="only profile this merge, of the first size"
    )
    parser.add_argument(
        "--json", action="store_true", help="one JSON document: recipe → case → what was measured"
    )
    given = parser.parse_args()
    unknown = sorted(set(given.recipes) - set(RECIPES))
    sizes = (
        tuple(int(n) if n.strip().isdecimal() else 0 for n in given.sizes.split(",")) if given.sizes else None
    )
    if unknown or (given.repeat is not None and given.repeat < 1) or (sizes and min(sizes) < 2):
        parser.error(
            f"no such recipe: {', '.join(unknown)}" if unknown else "--repeat begins at 1, --sizes at 2"
        )
    # A part of the curve must not replace the whole one.
    picture = given.picture or (None if sizes else ROOT / "docs" / "images" / "merge-curve.png")
    options = Options(given.repeat, sizes, given.data.resolve(), picture)
    compile_package()
    if given.profile:
        from benchprofile import profile

        profile(make_year(options.data, (sizes or (300,))[0]), given.profile)
        return 0
    results: dict[str, dict[str, object]] = {}
    for name in given.recipes or RECIPES:
        if not given.json:
            print(f"{name}: {' '.join((RECIPES[name].__doc__ or '').split())}")
        for case in RECIPES[name](options):
            taken = {contender: known(figures) for contender, figures in case.taken.items()}
            figures = {"taken": taken, "ratios": case.ratios, "targets": case.targets}
            results.setdefault(name, {})[case.name] = figures
            if not given.json:
                show(case)
    if given.json:
        print(json.dumps(results, indent=2, ensure_ascii=False))
    return 0


def compile_package() -> None:
    """Have eduxl's bytecode ready, as pip leaves it, also where the environment forbids Python to write it."""
    import eduxl

    compile_dir(Path(eduxl.__file__).parent, quiet=2)


def known(taken: Taken) -> dict[str, float | None]:
    return {name: None if isnan(number) else number for name, number in asdict(taken).items()}


def show(case: Case) -> None:
    """Print a case as a table: seconds, MiB, how many times the contender's time eduxl takes, and what it should be."""
    width = max(map(len, [*case.taken, *case.ratios]), default=0)
    print(f"  {case.name}" if not case.taken else f"  {case.name}\n    {'':{width}}   wall s    cpu s    MiB")
    own = next(iter(case.taken), None)
    for name in case.taken or case.ratios:
        line = f"    {name:{width}}"
        if taken := case.taken.get(name):
            line += f" {taken.wall:8.3f} {taken.cpu:8.3f} {taken.peak:6.0f}"
            if name == own and PEAK in case.targets:
                line += verdict(taken.peak, case.targets[PEAK], ".0f")
        if name in case.ratios:
            line += f"   {case.ratios[name]:6.2f} ×"
        if name in case.targets:
            line += verdict(case.ratios[name], case.targets[name], ".2f")
        print(line)
    sys.stdout.flush()


def verdict(number: float, most: float, form: str) -> str:
    return f"  {'good' if number <= most else 'MISSED'}: at most {most:{form}}"


if __name__ == "__main__":
    raise SystemExit(main())
