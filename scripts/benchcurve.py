"""The curve of merge times as a picture: a native chart, printed by LibreOffice like the other pictures in docs/."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from docs import printed_box

_SHARP = 110  # dots per inch
_COLOURS = ("#1F4E79", "#A6A6A6")


def draw(target: Path, sizes: Sequence[int], series: Mapping[str, Sequence[float]]) -> None:
    """Draw seconds over the number of returns. `series` has name → seconds at each of `sizes`."""
    import xlsxwriter  # type: ignore[import-untyped]

    with tempfile.TemporaryDirectory() as folder:
        workbook = Path(folder, "curve.xlsx")
        with xlsxwriter.Workbook(workbook) as book:
            page = book.add_chartsheet("curve")
            data = book.add_worksheet("data")
            data.hide()
            chart = book.add_chart({"type": "scatter", "subtype": "straight_with_markers"})
            data.write_column(1, 0, sizes)
            for c, (name, seconds) in enumerate(series.items(), 1):
                data.write(0, c, name)
                data.write_column(1, c, seconds)
                colour = _COLOURS[(c - 1) % len(_COLOURS)]
                chart.add_series(
                    {
                        "name": ["data", 0, c],
                        "categories": ["data", 1, 0, len(sizes), 0],
                        "values": ["data", 1, c, len(sizes), c],
                        "line": {"color": colour, "width": 2.25},
                        "marker": {
                            "type": "circle",
                            "size": 7,
                            "fill": {"color": colour},
                            "border": {"color": colour},
                        },
                    }
                )
            axis = {
                "min": 0,
                "num_format": "#,##0",
                "major_gridlines": {"visible": True, "line": {"color": "#D9D9D9"}},
            }
            chart.set_title(
                {"name": "eduxl merge: processor time over the number of returns", "name_font": {"size": 14}}
            )
            chart.set_x_axis({**axis, "name": "returns (28 KB, 21 rows each)"})
            chart.set_y_axis({**axis, "name": "processor time, s"})
            chart.set_legend({"position": "bottom"})
            page.set_chart(chart)
            page.set_paper(11)  # A5
            page.set_landscape()
            page.set_margins(0.2, 0.2, 0.2, 0.2)
            page.activate()
        profile = Path(folder, "profile").as_uri()
        office = ["soffice", f"-env:UserInstallation={profile}", "--headless", "--convert-to", "pdf"]
        subprocess.run([*office, "--outdir", folder, workbook], check=True, stdout=subprocess.DEVNULL)
        page, pdf = ["pdftoppm", "-f", "1", "-singlefile"], workbook.with_suffix(".pdf")
        subprocess.run([*page, "-gray", "-r", str(_SHARP), pdf, Path(folder, "gray")], check=True)
        left, top, right, bottom = printed_box(Path(folder, "gray.pgm"))
        box = {"-x": left, "-y": top, "-W": right - left, "-H": bottom - top}
        crop = [word for option, dots in box.items() for word in (option, str(dots))]
        target.parent.mkdir(parents=True, exist_ok=True)
        subprocess.run([*page, "-png", "-r", str(_SHARP), *crop, pdf, target.with_suffix("")], check=True)
