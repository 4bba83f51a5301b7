"""What a unit gets for a round: the workbook 填报表, without macros, to be filled in and sent back, or to be mended.

`Form` says what goes in, `write_form` and `write_forms` make the files. `schema` says what an answer may be.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from eduxl.template.form import Form, FormRow, Mend, Sendback, form_filename

__all__ = [
    "Form",
    "FormRow",
    "Mend",
    "Sendback",
    "form_bytes",
    "form_filename",
    "write_form",
    "write_forms",
]


def form_bytes(form: Form) -> bytes:
    """The template of one unit as the bytes of an .xlsx file."""
    from eduxl.template import writer  # XlsxWriter is loaded by whoever writes, not by `eduxl --help`

    return writer.form_bytes(form)


def write_form(form: Form, path: Path) -> None:
    """Write one template to `path`, whole or not at all. Raises FileProblem when the file system says no."""
    from eduxl.template import writer

    writer.write_form(form, path)


def write_forms(
    forms: Iterable[Form], folder: Path, progress: Callable[[int], None] | None = None
) -> list[Path]:
    """Write every form into `folder` (made if needed) as `form_filename` says and return the paths in order.

    `progress` is called after each file with the number written so far. Raises FileProblem; what was written
    before it stays.
    """
    from eduxl.template import writer

    return writer.write_forms(forms, folder, progress)
