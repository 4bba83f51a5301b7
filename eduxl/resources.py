"""The files of workbook/ (sample plan, sample roster …), wherever eduxl was installed.

A wheel carries them as the data-only package `eduxl.workbook`, that is as the folder `workbook` inside the
package; in a checkout, installed editable or not at all, they lie beside the package. Nothing here reads
them.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import as_file, files
from importlib.resources.abc import Traversable
from pathlib import Path

SAMPLE_PLAN = "minle-2022.txt"
SAMPLE_ROSTER = "roster-minle.xlsx"


def workbook(*parts: str) -> Traversable:
    """The folder workbook/ or something in it: `workbook("samples", "minle-2022.txt")`.

    Raises FileNotFoundError when the installation lacks it.
    """
    package = files("eduxl")
    inside = package.joinpath("workbook")
    # Only a checkout has no workbook/ inside the package; there it lies beside it.
    folder = inside if inside.is_dir() else Path(str(package)).parent / "workbook"
    found = folder.joinpath(*parts)
    if not (found.is_dir() or found.is_file()):
        raise FileNotFoundError(str(found))
    return found


@contextmanager
def sample_plan() -> Iterator[Path]:
    """The sample work plan as a real file, for the length of a `with` block."""
    with as_file(workbook("samples", SAMPLE_PLAN)) as path:
        yield path


@contextmanager
def sample_roster() -> Iterator[Path]:
    """The sample roster as a real file, for the length of a `with` block."""
    with as_file(workbook("samples", SAMPLE_ROSTER)) as path:
        yield path
