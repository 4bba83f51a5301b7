"""The year again with a memory folder that goes before every command: the workbook alone must tell the same."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from .simulate import Year
from .test_year import Product, play, seed

__all__ = ["seed"]


class Forgetful(Product):
    """Loses its memory folder before each step, that of a clerk at the open workbook apart."""

    def play(self, step: dict[str, Any]) -> Any:
        shutil.rmtree(Path(self.master).with_suffix(".eduxl"), ignore_errors=True)
        return super().play(step)


def test_year_without_memory(seed: int) -> None:
    play(Year(seed), Forgetful(), more=lambda number, step: [])
