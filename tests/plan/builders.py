"""Small plans and Word documents for the tests, made with the calls a person's program would use."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from eduxl.model import Plan
from eduxl.plan.blocks import line_blocks
from eduxl.plan.grammar import to_plan

SEED = Path(__file__).parents[2] / "workbook" / "samples" / "minle-2022.txt"
TITLE = "某县2022年教育工作要点"


def seed_lines() -> list[str]:
    return [line for line in SEED.read_text("utf-8").splitlines() if line.strip()]


def plan_of(*lines: str, title: str | None = TITLE) -> Plan:
    """The plan that these lines state, below a title unless `title` is None."""
    shown = lines if title is None else (title, *lines)
    return to_plan((b for i, line in enumerate(shown, 1) for b in line_blocks(line, f"第{i}行")), "要点.txt")


def units(task: Any) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    return task.lead_units, task.support_units, task.school_groups


def save_docx(path: Path, paragraphs: Iterable[str]) -> Path:
    """A Word document with one paragraph for each text; a newline in it is a soft line break."""
    import docx

    document = docx.Document()
    for text in paragraphs:
        document.add_paragraph(text)
    document.save(str(path))
    return path
