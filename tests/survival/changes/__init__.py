"""The kinds of change a clerk makes to a master, each a named object."""

from __future__ import annotations

from tests.survival.changes import cells, columns, marks, objects, rows, workbook
from tests.survival.changes.kinds import Kind

_MODULES = (cells, columns, marks, objects, rows, workbook)

#: In the order in which they are made.
KINDS: tuple[Kind, ...] = tuple(
    found()
    for module in _MODULES
    for found in vars(module).values()
    if isinstance(found, type)
    and issubclass(found, Kind)
    and found.__module__ == module.__name__
    and not found.__name__.startswith("_")
    and found not in (cells.Texts, cells.Filled)
)


def kinds(group: str, route: str) -> list[Kind]:
    """Those of a group that a route can make."""
    return [kind for kind in KINDS if kind.group == group and route in kind.routes()]
