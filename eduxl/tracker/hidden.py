"""The very hidden sheet `_eduxl`: what each of its cells holds. Both sinks write these cells.

Columns A and B: keys and values, `schema` first. D and E: the keys of settled and of extended assignments, which the
live lights look into. G: the seed, from which the ledger can be made again (see `seed`).
"""

from __future__ import annotations

from eduxl import labels as L
from eduxl.tracker.layout.placed import cell_name
from eduxl.tracker.tables import Master

#: Zero-based columns.
KEY, VALUE, SETTLED, EXTENDED, SEED = 0, 1, 3, 4, 6
#: Defined names of the lists in columns D and E.
SETTLED_NAME, EXTENDED_NAME = "eduxl_settled", "eduxl_extended"


def meta_cells(master: Master) -> dict[tuple[int, int], str]:
    """Zero-based row and column → text."""
    cells: dict[tuple[int, int], str] = {}
    for row, (key, value) in enumerate(sorted(master.meta.items(), key=lambda item: item[0] != "schema")):
        cells[row, KEY], cells[row, VALUE] = key, value
    for col, keys in ((SETTLED, master.settled), (EXTENDED, master.extended), (SEED, master.seed)):
        cells |= {(row, col): key for row, key in enumerate(keys)}
    return cells


def meta_names(master: Master) -> dict[str, str]:
    """Defined names → the cells they stand for. A name needs a cell, also when there is no key."""
    return {
        name: f"'{L.META}'!{cell_name(0, col, fixed=True)}:{cell_name(max(1, len(keys)) - 1, col, fixed=True)}"
        for name, col, keys in (
            (SETTLED_NAME, SETTLED, master.settled),
            (EXTENDED_NAME, EXTENDED, master.extended),
        )
    }
