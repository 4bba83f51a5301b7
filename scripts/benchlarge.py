"""A large workbook to patch, and what is to become of its rows."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Mapping
from pathlib import Path

import benchwords as words

#: Sheet → rows, columns, columns that are the key.
LARGE = {"明细": (12_000, 15, 2), "矩阵": (300, 40, 1)}


_CHARACTERS = sorted(
    set("".join([*words.WORKS, *words.EVIDENCE, *words.PROBLEMS, *map("".join, words.REPORTS)]))
)


def write(folder: Path, shapes: Mapping[str, tuple[int, int, int]]) -> tuple[Path, Path]:
    """A workbook of two tables, and new rows for both in another order, as JSON (`eduxl_ooxml.py` tells its shape)."""
    import xlsxwriter  # type: ignore[import-untyped]

    book_path, changes_path = folder / "large.xlsx", folder / "changes.json"
    changes: dict[str, dict[str, object]] = {}
    with xlsxwriter.Workbook(book_path) as book:
        bold, percent = book.add_format({"bold": True}), book.add_format({"num_format": "0%"})
        late = book.add_format({"bg_color": "#F8CBAD"})
        for name, (rows, columns, key_columns) in shapes.items():
            names = [f"{name}{c + 1}" for c in range(columns)]
            sheet = book.add_worksheet(name)
            sheet.freeze_panes(1, key_columns)
            sheet.set_column(0, columns - 1, 14)
            table = [{"header": header, "header_format": bold} for header in names]
            sheet.add_table(0, 0, rows, columns - 1, {"columns": table, "name": f"table_{len(changes)}"})
            for r, row in enumerate(rows_of(rows, columns, key_columns, 1), 1):
                for c, value in enumerate(row):
                    sheet.write(r, c, value, percent if isinstance(value, float) else None)
            sheet.conditional_format(
                1, 3, rows, 3, {"type": "cell", "criteria": "<", "value": 0.3, "format": late}
            )
            new = list(rows_of(rows, columns, key_columns, 2))
            random.Random(rows).shuffle(new)
            changes[name] = {"columns": names, "key_columns": key_columns, "rows": new}
        figures = book.add_worksheet("统计")
        for r, (name, (rows, *_)) in enumerate(shapes.items()):
            figures.write_row(r, 0, [name, f"=COUNTA('{name}'!$A$2:$A${rows + 1})"])
        chart = book.add_chart({"type": "column"})
        chart.add_series({"categories": "=统计!$A$1:$A$2", "values": "=统计!$B$1:$B$2"})
        figures.insert_chart("D2", chart)
    changes_path.write_text(json.dumps(changes, ensure_ascii=False), encoding="utf-8")
    return book_path, changes_path


def rows_of(rows: int, columns: int, key_columns: int, seed: int) -> Iterator[list[str | float]]:
    """Rows of a key, shares, short texts many cells have in common, and (half of the columns) texts of their own."""
    rng = random.Random(seed)
    for r in range(rows):
        key: list[str | float] = [f"S{r:05d}", r % 21 + 1]
        rest = (_cell(rng, c) for c in range(key_columns, columns))
        yield [*key[:key_columns], *rest]


def _cell(rng: random.Random, column: int) -> str | float:
    if column < 5:
        return rng.randint(0, 100) / 100
    if column % 2:
        return rng.choice(words.WORKS)
    # Drawn one by one from some hundred characters, a text packs about as well as what people write.
    return "".join(rng.choices(_CHARACTERS, k=rng.randint(20, 60)))
