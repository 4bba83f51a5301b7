"""A year through the command line, compared cell by cell with the reference after every command.

Each seed is another year: units late, silent, copying, contradicting themselves; a clerk who sends back,
extends, closes and changes his mind. EDUXL_YEARS=0,1,2 picks the seeds.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Iterator
from datetime import date
from itertools import permutations, takewhile
from pathlib import Path
from typing import Any

import pytest

from . import desk
from .reference import ANSWERS, Reference, Row
from .simulate import TASKS, Year, plan_text, split_names

SEEDS = [int(seed) for seed in os.environ.get("EDUXL_YEARS", "1").split(",")]
ABOUT = ["完成状态", "完成进度", "完成日期", "完成时限", "收到时间", "延期至", "预警"]
SHEETS = ("填报明细", "预警清单", "任务台账")


@pytest.fixture(params=SEEDS)
def seed(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[int]:
    """A folder of its own; odd years are lived in China, so that local time and UTC differ."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TZ", "Asia/Shanghai" if request.param % 2 else "UTC")
    time.tzset()
    yield request.param
    monkeypatch.undo()
    time.tzset()


class Product:
    """The real tracker in the current folder, driven as a clerk would."""

    def __init__(self, master: str = "总台账.xlsm") -> None:
        self.master = Path(master)
        self.templates: dict[str, Path] = {}
        self.carried: dict[str, dict[int, Row]] = {}
        self.sent: dict[int, bytes] = {}
        self.round = ""
        self.merges = 0
        Path("要点.txt").write_text(plan_text(), encoding="utf-8")
        desk.write_roster(Path("名册.xlsx"))
        self.plan = desk.run_json("plan", "要点.txt")
        desk.run("master", "要点.txt", "--roster", "名册.xlsx", "-o", master, "--as-of", "2022-01-01")

    def play(self, step: dict[str, Any]) -> Any:
        deed = step["do"]
        a = f"{step['as_of']}" if "as_of" in step else ""
        if deed == "open":
            self.round = step["round"]
            desk.run("round", "open", self.round, "--due", f"{step['due']}", "--as-of", a)
        elif deed == "close":
            desk.run("round", "close", "--as-of", a)
        elif deed == "templates":
            folder = Path("templates", self.round)
            desk.run("templates", "-o", str(folder), "--as-of", a)
            self.templates = {path.name.split("_")[0]: path for path in folder.glob("*.xlsx")}
            self.carried = {}
            for unit, path in self.templates.items():
                self.carried[unit] = {n: r for n, r in desk.read_template(path).items() if any(r.values())}
        elif deed == "type":
            desk.type_into(self.master, step["cells"])
        elif deed == "status":
            return desk.run_json("status", "--as-of", a)
        elif deed == "merge":
            self.merges += 1
            folder = Path("returns", self.round if step["pile"] else f"{self.round}_{self.merges}")
            self.mail_in(folder, step["files"])
            step["folder"] = folder
            return self.merge(folder, step["as_of"])
        return None

    def merge(self, folder: Path, as_of: date) -> Any:
        return desk.run_json("merge", str(folder), "--as-of", f"{as_of}")

    def mail_in(self, folder: Path, files: list[dict[str, Any]]) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        for spec in files:
            target = folder / spec["name"]
            if spec["ident"] in self.sent:
                target.write_bytes(self.sent[spec["ident"]])
                os.utime(target, (spec["received"].timestamp(),) * 2)
            else:
                unit = spec["unit"]
                desk.fill(self.templates[unit], target, {**spec, "round": self.round}, self.carried[unit])
                self.sent[spec["ident"]] = target.read_bytes()


def show(row: Row, columns: list[str]) -> str:
    return " ".join(f"{c}={row[c]}" for c in columns if row.get(c) is not None)


def compare_rows(title: str, keys: list[str], want: list[Row], have: list[Row]) -> list[str]:
    """Differences of two lists of rows, matched by their keys."""
    out = []
    wanted = {tuple(row[k] for k in keys): row for row in want}
    there = {tuple(row[k] for k in keys): row for row in have}
    if len(there) != len(have):
        out.append(f"{title}: keys that occur twice")
    for key in wanted.keys() - there.keys():
        out.append(f"{title} {key}: row missing")
    for key in there.keys() - wanted.keys():
        out.append(f"{title} {key}: row too many")
    for key in wanted.keys() & there.keys():
        for column, value in wanted[key].items():
            found = there[key].get(column)
            if column == "平均进度":
                if abs((found or 0) - value) > 1e-4:
                    out.append(f"{title} {key} {column}: {found!r}, expected {value!r}")
            elif found != value:
                about = show(wanted[key], ABOUT)
                out.append(f"{title} {key} {column}: {found!r}, expected {value!r}   [{about}]")
    return out


def compare(ref: Reference, a: date, master: Path) -> list[str]:
    sheets = desk.read_master(master, *SHEETS)
    out = compare_rows("填报明细", ["单位编码", "任务编号"], ref.rows(a), sheets["填报明细"])
    out += compare_rows("任务台账", ["任务编号"], ref.ledger(a), sheets["任务台账"])
    have = [(r["级别"], r["预警"], r["单位编码"], r["任务编号"]) for r in sheets["预警清单"]]
    want = ref.alerts(a)
    if set(have) != set(want) or len(have) != len(want):
        out += [f"预警清单: too many {alert}" for alert in set(have) - set(want)]
        out += [f"预警清单: missing {alert}" for alert in set(want) - set(have)]
        if len(have) != len(set(have)):
            out.append("预警清单: an alert stands there twice")
    elif have != want:
        at = next(n for n in range(len(have)) if have[n] != want[n])
        out.append(f"预警清单: order differs at {at}: {have[at]}, expected {want[at]}")
    for row in sheets["填报明细"]:
        note = row.get(desk.NOTE_COLUMN)
        if note is not None and note != f"{row['单位编码']}/{row['任务编号']}":
            out.append(f"填报明细 {row['单位编码']}/{row['任务编号']}: the clerk's note is of {note}")
    return out


def compare_numbers(ref: Reference, a: date, said: dict[str, Any], title: str) -> list[str]:
    out = []
    coverage = said.get("coverage", said)
    for name, value in ref.coverage(a).items():
        found = sorted(coverage[name]) if isinstance(value, list) else coverage[name]
        if found != value:
            out.append(f"{title} {name}: {found}, expected {value}")
    flags = {flag: number for flag, number in said["flags"].items() if number}
    if flags != ref.counts(a):
        out.append(f"{title} flags: {flags}, expected {ref.counts(a)}")
    if (said["round"], said["as_of"]) != (ref.rounds[-1]["id"], f"{a}"):
        out.append(f"{title}: round {said['round']}, as of {said['as_of']}")
    return out


def compare_files(ref: Reference, said: dict[str, Any], names: list[str]) -> list[str]:
    """Every file once; merged is what counts, everything else superseded by it."""
    files = said["files"]
    told = [item["path"] for item in files["merged"] + files["superseded"]]
    if sorted(told) != sorted(names) or files["rejected"] or files["ignored"]:
        return [f"files: {files}, expected each once of {sorted(names)}"]
    idents = {file["name"]: file["ident"] for file in ref.sent}
    twice = {i for i in idents.values() if list(idents.values()).count(i) > 1}
    out = []
    for file in ref.sent:
        if file["name"] not in names or file["ident"] in twice:
            continue
        winner = ref.winner(ref.rounds[-1]["id"], file["unit"])
        assert winner is not None
        merged = [item for item in files["merged"] if item["path"] == file["name"]]
        by = [item["by"] for item in files["superseded"] if item["path"] == file["name"]]
        if bool(merged) != (winner["ident"] == file["ident"]):
            out.append(f"{file['name']}: merged {bool(merged)}, but {winner['name']} counts")
        if by and winner["ident"] not in twice and by != [winner["name"]]:
            out.append(f"{file['name']}: superseded by {by}, but {winner['name']} counts")
        if merged:
            asked = [
                no for unit, no in ref.rounds[-1]["asked"] if unit == file["unit"] and no in file["rows"]
            ]
            label = f"{file['unit']} {ref.units[file['unit']]['name']}"
            found = merged[0]["unit"], merged[0]["entries"]
            if found != (label, len(asked)):
                out.append(f"{file['name']}: {found}, expected {label} {len(asked)}")
    return out


def compare_templates(ref: Reference, product: Product) -> list[str]:
    """Only what was done and not sent back comes filled in."""
    out = []
    columns = [c for c in ANSWERS if c not in ("填报人", "联系电话")]
    asked = {unit for unit, _ in ref.rounds[-1]["asked"]}
    if set(product.templates) != asked:
        out.append(f"templates for {sorted(product.templates)}, expected {sorted(asked)}")
    for unit in asked & set(product.templates):
        want = {
            n: {c: None if row.get(c) == "" else row.get(c) for c in columns}
            for n, row in ref.filled_in(unit).items()
        }
        for row in want.values():
            row["完成进度"] = row["完成进度"] if row["完成进度"] is None else float(row["完成进度"])
        have = {n: {c: row[c] for c in columns} for n, row in product.carried[unit].items()}
        for no in want.keys() | have.keys():
            if want.get(no) != have.get(no):
                out.append(f"template of {unit}, task {no}: {have.get(no)}, expected {want.get(no)}")
    return out


def test_plan_is_the_one_that_was_written(seed: int) -> None:
    product = Product()
    assert [t["no"] for t in product.plan["tasks"]] == [t[0] for t in TASKS]
    for got, want in zip(product.plan["tasks"], TASKS, strict=True):
        _, title, lead, support, schools, _, due, recurrence, _ = want
        assert (got["title"], got["lead_units"], got["support_units"]) == (title, lead, support)
        assert got["school_groups"] == split_names(schools)
        assert (got["due"], got["recurrence"]) == (f"{due}" if due else None, recurrence)


def play(year: Year, product: Product, *, more: Callable[[int, dict[str, Any]], list[str]]) -> None:
    """Play the year and compare what the product says after each step with the reference.

    `more` answers what else is wrong after a step of that number.
    """
    ref = year.reference
    for task in product.plan["tasks"]:
        ref.tasks[task["no"]]["body"] = task["body"] or None
    trouble: list[str] = []
    for number, step in enumerate(year.steps()):
        said = product.play(step)
        found: list[str] = []
        if step["do"] == "templates":
            found += compare_templates(ref, product)
        if step["do"] in ("open", "merge", "close"):
            found += compare(ref, step["as_of"], product.master)
        if step["do"] == "merge":
            found += compare_files(ref, said, [path.name for path in step["folder"].iterdir()])
        if step["do"] in ("merge", "status"):
            found += compare_numbers(ref, step["as_of"], said, step["do"])
        if step["do"] in ("open", "close"):
            history = desk.read_master(product.master, "历次明细")["历次明细"]
            found += compare_rows("历次明细", ["轮次", "单位编码", "任务编号"], ref.history, history)
        found += more(number, step)
        where = f"step {number} {step['do']} {product.round} as of {step.get('as_of')}"
        trouble += [f"{where}: {text}" for text in found]
        assert len(trouble) < 60, "\n".join(trouble)
    assert not trouble, "\n".join(trouble)


def test_year(seed: int) -> None:
    product = Product("总台账.xlsx" if seed % 4 == 2 else "总台账.xlsm")

    def more(number: int, step: dict[str, Any]) -> list[str]:
        found: list[str] = []
        if step["do"] in ("open", "close"):
            found += desk.check_links(product.master)
        if step["do"] == "merge" and number % 3 == 0:
            before = product.master.read_bytes()
            again = product.merge(step["folder"], step["as_of"])
            if again["changed"] or product.master.read_bytes() != before:
                found.append("the same merge again changed something")
        return found

    play(Year(seed), product, more=more)


def test_looking_back(seed: int) -> None:
    """`master --as-of D -o F` shows the events up to D, in the round then current."""
    year = Year(seed)
    product = Product()
    for task in product.plan["tasks"]:
        year.reference.tasks[task["no"]]["body"] = task["body"] or None
    typed = None
    for step in year.steps():
        if step["do"] == "open" and step["round"] == "2022-05":
            break  # what was typed since the last command is left out: no command of those days read it
        if step["do"] == "type":
            typed = {"do": "type", "cells": [cell for cell in step["cells"] if cell[0] != "首页"]}
            continue
        if typed:
            product.play(typed)
            typed = None
        product.play(step)
    trouble = []
    pages = {as_of: page for as_of, page in year.reference.diary if as_of < date(2022, 5, 1)}
    for as_of in sorted(pages)[:: max(1, len(pages) // 6)]:
        then = year.reference.as_known_on(as_of)
        assert then is not None
        then.warn, then.lag = 15, 20
        trouble += compare_numbers(
            then, as_of, desk.run_json("status", "--as-of", f"{as_of}"), f"status of {as_of}"
        )
        desk.run("master", "--as-of", f"{as_of}", "-o", "当时.xlsx")
        trouble += [f"as of {as_of}: {text}" for text in compare(then, as_of, Path("当时.xlsx"))]
        Path("当时.xlsx").unlink()
    assert not trouble, "\n".join(trouble)


def first_round(seed: int) -> list[dict[str, Any]]:
    """January of a year in which there is something to merge."""
    for other in range(seed + 100, seed + 1000, 100):
        steps = list(takewhile(lambda s: s.get("round") != "2022-02", Year(other).steps()))
        if sum(len(step.get("files", [])) for step in steps) > 8:
            return steps
    raise AssertionError(f"no busy January for seed {seed}")


def test_any_split_and_order_of_merging(seed: int) -> None:
    """The files of a round, merged in whatever portions and order, give the same 填报明细."""
    product = Product()
    for step in first_round(seed):
        if step["do"] in ("open", "templates"):
            product.play(step)
    files = [file for step in first_round(seed) for file in step.get("files", [])]
    base = Path.cwd()
    for number, spec in enumerate(files):
        product.mail_in(base / "mail" / str(number), [spec])
    folders = [str(base / "mail" / str(number)) for number in range(len(files))]
    half = len(folders) // 2
    ways = [
        [folders],
        [folders[::-1]],
        [folders[half:], folders[:half]],
        [folders[::2] + folders[1::2]],
        [[folder] for folder in reversed(folders)],
        *[list(way) for way in list(permutations([folders[0::3], folders[1::3], folders[2::3]]))[1:]],
    ]
    results = []
    for number, way in enumerate(ways):
        copy = base.parent / f"{base.name}-{number}"
        copy.mkdir()
        for item in base.glob("总台账*"):
            (shutil.copytree if item.is_dir() else shutil.copy2)(item, copy / item.name)
        os.chdir(copy)
        for portion in way:
            desk.run("merge", *portion, "--as-of", "2022-02-10")
        sheets = desk.read_master(Path("总台账.xlsm"), *SHEETS)
        for row in sheets["预警清单"]:
            row.pop("定位")
        results.append(sheets)
    for number, result in enumerate(results[1:], 1):
        for name in SHEETS:
            assert result[name] == results[0][name], f"way {number}, sheet {name}"
