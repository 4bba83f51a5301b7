"""How much of a file is read as a plan, and the sentences for files that are beyond that or have a password.

Far more than any plan has; a file that exceeds these is another one, or made to exhaust the computer.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from eduxl.errors import PlanError
from eduxl.plan.blocks import Block, TableRow

#: Bytes of a file of any kind, and of one that is text alone.
LARGEST, LARGEST_TEXT = 100 << 20, 10 << 20
#: Paragraphs and rows of tables, cells, and characters in all of them.
MOST_BLOCKS, MOST_CELLS, MOST_CHARACTERS = 15_000, 400_000, 6_000_000


def too_large(source: str, what: str = "") -> PlanError:
    """`what` says in words which bound was exceeded, and may say what to do about it."""
    said = f"（{what}）" if what else "，不像工作要点"
    return PlanError(f"“{source}”过大{said}；请核对是不是选错了文件。")


def encrypted_file(source: str) -> PlanError:
    return PlanError(f"“{source}”设了打开密码；请去掉密码后另存一份再试。", code="encrypted")


def bounded(blocks: Iterable[Block], source: str) -> Iterator[Block]:
    """The same blocks. Raises PlanError `not-a-plan` as soon as there are more than any plan has."""
    cells = characters = 0
    for count, block in enumerate(blocks, 1):
        if isinstance(block, TableRow):
            cells += len(block.cells)
            characters += sum(len(c.text) for c in block.cells)
        else:
            characters += len(block.text)
        if count > MOST_BLOCKS or cells > MOST_CELLS or characters > MOST_CHARACTERS:
            raise too_large(source)
        yield block
