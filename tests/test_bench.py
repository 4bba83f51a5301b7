"""What the speed recipes read is a plan as eduxl understands it, and the recipe runs."""

from __future__ import annotations

import importlib.util
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from eduxl import read_plan

SCRIPT = Path(__file__).resolve().parent.parent / "scripts" / "bench.py"


@pytest.fixture
def bench() -> ModuleType:
    spec = importlib.util.spec_from_file_location("bench", SCRIPT)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_document_is_a_plan_of_no_more_than_the_paragraphs_asked_for(
    bench: ModuleType, tmp_path: Path
) -> None:
    texts = list(bench.paragraphs(1_000))
    bench.write_document(tmp_path / "plan.docx", 1_000)
    plan = read_plan(tmp_path / "plan.docx")
    assert 990 <= len(texts) <= 1_000
    assert (plan.title, plan.year) == (bench.TITLE, 2022)
    assert len(plan.tasks) == sum(text.startswith("责任单位") for text in texts) == 247
    assert len(plan.projects) == 10
    assert not plan.review and not any(task.review for task in plan.tasks)
    assert [task.title for task in plan.tasks] == [bench.task(i)[0] for i in range(247)]


@pytest.mark.parametrize(("kind", "suffix"), [("write_table", ".docx"), ("write_sheet", ".xlsx")])
def test_every_row_of_a_table_is_a_task(bench: ModuleType, tmp_path: Path, kind: str, suffix: str) -> None:
    write: Callable[[Path, int], None] = getattr(bench, kind)
    path = (tmp_path / "table").with_suffix(suffix)
    write(path, 60)
    plan = read_plan(path)
    assert [task.title for task in plan.tasks] == [bench.task(i)[0] for i in range(60)]
    assert [task.project for task in plan.tasks] == [i // bench.TASKS + 1 for i in range(60)]
    assert all(task.lead_units and task.school_groups and task.due for task in plan.tasks)
    # The month that was typed, text in one and a real date in the other.
    assert [task.due.isoformat() for task in plan.tasks if task.due_text == "2022年9月" and task.due] == (
        ["2022-09-30"] * 9
    )


@pytest.mark.skipif(
    not shutil.which("eduxl", path=str(Path(sys.executable).parent)), reason="the command is not installed"
)
def test_plan_recipe_measures_every_size_beside_its_peer(
    bench: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bench, "PARAGRAPHS", (50, 100, 200))
    monkeypatch.setattr(bench, "ROWS", 5)
    figures = bench.plan(1)
    for name, peer in [
        ("50 paragraphs", "python-docx"),
        ("5 rows .docx", "python-docx"),
        ("5 rows .xlsx", "openpyxl"),
    ]:
        assert figures[name] > 0
        assert figures[f"{name}, ratio to {peer}"] == figures[name] / figures[f"{name}, {peer}"]
    assert {"a paragraph, 50 to 100", "a paragraph, 100 to 200"} <= figures.keys()
