"""Chart parts that say what they leave to the reader, so that they look the same in a workbook of any program.

Where a chart does not say whether labels show their series, corners are round or lines smooth, Excel 2007 and XlsxWriter mean
no, ECMA-376 says yes; programs go by the version that the workbook declares, which is another one once the chart is moved.
"""

from __future__ import annotations

from typing import NamedTuple

from eduxl.ooxml.markup import Element, name, parse, qualified, serialised

_LABELS = ("showLegendKey", "showVal", "showCatName", "showSerName", "showPercent", "showBubbleSize")
_BEFORE_LABELS = ("idx", "dLbl", "delete", "layout", "tx", "numFmt", "spPr", "txPr", "dLblPos")
_BEFORE_LINES = (*_BEFORE_LABELS, *_LABELS, "separator")
_BEFORE_CROSSING = (
    "axId", "scaling", "delete", "axPos", "majorGridlines", "minorGridlines", "title", "numFmt", "majorTickMark",
    "minorTickMark", "tickLblPos", "spPr", "txPr", "crossAx", "crosses", "crossesAt", "auto", "lblAlgn", "lblOffset",
    "tickLblSkip", "tickMarkSkip",
)  # fmt: skip
_BEFORE_SERIES = ("barDir", "grouping", "scatterStyle", "radarStyle", "wireframe", "ofPieType")
_BEFORE_SMOOTH = (
    "idx", "order", "tx", "spPr", "marker", "dPt", "dLbls", "trendline", "errBars", "cat", "val", "xVal", "yVal",
)  # fmt: skip
_BEFORE_OVERLAY = ("tx", "legendPos", "legendEntry", "layout")


class _Default(NamedTuple):
    """What `child` of `parent` means where it is missing; `before` stands in front of it.

    `within` are the only charts that have it, () for all.
    """

    parent: str
    child: str
    value: str
    before: tuple[str, ...]
    within: tuple[str, ...] = ()


_BARS = ("barChart", "bar3DChart")
_PIES = ("pieChart", "pie3DChart", "doughnutChart", "ofPieChart")
_DEFAULTS = (
    _Default("chartSpace", "roundedCorners", "0", ("date1904", "lang")),
    _Default("chart", "autoTitleDeleted", "0", ("title",)),
    _Default(
        "chart",
        "dispBlanksAs",
        "gap",
        ("title", "autoTitleDeleted", "view3D", "floor", "sideWall", "backWall", "plotArea", "legend", "plotVisOnly"),
    ),
    _Default("title", "overlay", "0", _BEFORE_OVERLAY),
    _Default("legend", "overlay", "0", _BEFORE_OVERLAY),
    *(
        _Default(chart, "varyColors", "0", _BEFORE_SERIES)
        for chart in (*_BARS, *_PIES, "lineChart", "line3DChart", "areaChart", "area3DChart", "scatterChart", "radarChart")
    ),
    _Default("ser", "invertIfNegative", "0", ("idx", "order", "tx", "spPr"), _BARS),
    _Default("ser", "smooth", "0", _BEFORE_SMOOTH, ("lineChart", "scatterChart")),
    _Default("dPt", "invertIfNegative", "0", ("idx",), _BARS),
    _Default("dPt", "bubble3D", "0", ("idx", "invertIfNegative", "marker")),
    *(_Default("dLbls", flag, "0", (*_BEFORE_LABELS, *_LABELS[:i])) for i, flag in enumerate(_LABELS)),
    *(_Default("dLbl", flag, "0", (*_BEFORE_LABELS, *_LABELS[:i])) for i, flag in enumerate(_LABELS)),
    _Default("dLbls", "showLeaderLines", "0", _BEFORE_LINES, _PIES),
    *(_Default(axis, "delete", "0", ("axId", "scaling")) for axis in ("catAx", "valAx", "dateAx", "serAx")),
    _Default("catAx", "noMultiLvlLbl", "0", _BEFORE_CROSSING),
)  # fmt: skip


def explicit(data: bytes) -> bytes:
    """A chart part with all that Excel 2007 takes for granted written down."""
    tree = parse(data)
    parents: dict[str, list[Element]] = {}
    for element in tree.iter():
        parents.setdefault(name(element), []).append(element)
    for default in _DEFAULTS:
        for parent in parents.get(default.parent, ()):
            if not default.within or any(name(above) in default.within for above in parent.iterancestors()):
                _complete(parent, default)
    return serialised(tree)


def _complete(parent: Element, default: _Default) -> None:
    held = [name(child) for child in parent]
    # labels that are taken away have no flags
    if default.child in held or ("delete" in held and default.parent in ("dLbl", "dLbls")):
        return
    place = max((i for i, child in enumerate(held, 1) if child in default.before), default=0)
    parent.insert(place, parent.makeelement(qualified(parent, default.child), {"val": default.value}))
