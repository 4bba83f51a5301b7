"""The year again with a memory folder that goes before every command: the workbook alone must tell the same."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from . import desk
from .simulate import Year
from .test_year import (
    Product,
    compare,
    compare_files,
    compare_numbers,
    compare_rows,
    compare_templates,
    seed,
)

__all__ = ["seed"]


class Forgetful(Product):
    """Loses its memory folder before each step, that of a clerk at the open workbook apart."""

    def play(self, step: dict[str, Any]) -> Any:
        shutil.rmtree(Path(self.master).with_suffix(".eduxl"), ignore_errors=True)
        return super().play(step)


def test_year_without_memory(seed: int) -> None:
    year = Year(seed)
    product = Forgetful()
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
        where = f"step {number} {step['do']} {product.round} as of {step.get('as_of')}"
        trouble += [f"{where}: {text}" for text in found]
        assert len(trouble) < 60, "\n".join(trouble)
    assert not trouble, "\n".join(trouble)
