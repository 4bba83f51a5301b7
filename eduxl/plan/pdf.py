"""Adapter for .pdf with a text layer: its characters and drawn lines, which `pdf_layout` makes blocks of.

PDFium (pypdfium2) reads the file, in a process of its own: a damaged or hostile file costs that process, a
few seconds and no more memory than it may have.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from eduxl.errors import PlanError
from eduxl.plan.blocks import Block
from eduxl.plan.limits import LARGEST, too_large
from eduxl.plan.pdf_layout import Char, Page, Rule, layout

PAGES = 500
SECONDS = 8.0
#: Of address space, in which PDFium and Python themselves take some 150 MB.
_MEMORY = 400 * 2**20
#: A page with more characters or drawn objects is a map or an attack, no page of a plan.
_CHARACTERS, _OBJECTS = 50_000, 50_000
#: The same for the whole file.
_ALL_CHARACTERS, _ALL_RULES = 400_000, 20_000

_OTHER = "请用 Word 或 WPS 另存为 .docx，或向来文单位要 Word 版"
_BROKEN = f"打不开，可能已损坏；{_OTHER}。"


# --- what PDFium sees -----------------------------------------------------------------------------
def _read(data: bytes) -> Iterator[Page]:
    """The pages of a PDF, as PDFium gives them."""
    import pypdfium2  # type: ignore[import-untyped]
    import pypdfium2.raw as raw  # type: ignore[import-untyped]

    document = pypdfium2.PdfDocument(data)
    if len(document) > PAGES:
        raise ValueError("pages")
    characters = drawn = 0
    for page in document:
        width, height = raw.FPDF_GetPageWidthF(page), raw.FPDF_GetPageHeightF(page)
        turned = raw.FPDFPage_GetRotation(page) % 4
        box = page.get_cropbox()
        chars = list(_chars(page, raw, box, turned))
        rules: list[Rule] = []
        picture = 0.0
        for item in _objects(page, raw):
            kind = raw.FPDFPageObj_GetType(item)
            if kind == raw.FPDF_PAGEOBJ_PATH:
                rules += _rules(item, raw, box, turned, width, height)
            elif kind == raw.FPDF_PAGEOBJ_IMAGE:
                left, top, right, bottom = _bounds(item, raw)
                picture = max(picture, (right - left) * (bottom - top) / max(1.0, width * height))
        characters, drawn = characters + len(chars), drawn + len(rules)
        if characters > _ALL_CHARACTERS or drawn > _ALL_RULES:
            raise ValueError("objects")
        yield Page(width, height, chars, rules, picture)
        page.close()


def _shown(x: float, y: float, box: tuple[float, float, float, float], turned: int) -> tuple[float, float]:
    """A point of the page's own space (from the bottom left) as shown (from the top left)."""
    left, bottom, right, top = box
    return (
        (x - left, top - y),
        (y - bottom, x - left),
        (right - x, y - bottom),
        (top - y, right - x),
    )[turned]


def _chars(page: Any, raw: Any, box: tuple[float, float, float, float], turned: int) -> Iterator[Char]:
    from ctypes import byref

    text = page.get_textpage()
    count = text.count_chars()
    if count > _CHARACTERS:
        raise ValueError("characters")
    rect = raw.FS_RECTF()
    high = 0
    for i in range(count):
        code = raw.FPDFText_GetUnicode(text, i)
        if 0xD800 <= code < 0xDC00:
            high = code
            continue
        if 0xDC00 <= code < 0xE000 and high:
            code, high = 0x10000 + ((high - 0xD800) << 10) + code - 0xDC00, 0
        if raw.FPDFText_IsGenerated(text, i) == 1 or not raw.FPDFText_GetLooseCharBox(text, i, byref(rect)):
            continue
        x0, y0 = _shown(rect.left, rect.top, box, turned)
        x1, y1 = _shown(rect.right, rect.bottom, box, turned)
        yield Char(chr(code), min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1))


def _objects(page: Any, raw: Any) -> Iterator[Any]:
    count = raw.FPDFPage_CountObjects(page)
    if count > _OBJECTS:
        raise ValueError("objects")
    for i in range(count):
        item = raw.FPDFPage_GetObject(page, i)
        if item:
            yield item


def _bounds(item: Any, raw: Any) -> tuple[float, float, float, float]:
    from ctypes import byref, c_float

    left, bottom, right, top = c_float(), c_float(), c_float(), c_float()
    if not raw.FPDFPageObj_GetBounds(item, byref(left), byref(bottom), byref(right), byref(top)):
        return 0.0, 0.0, 0.0, 0.0
    return left.value, bottom.value, right.value, top.value


_THIN = 3.0


def _rules(
    item: Any, raw: Any, box: tuple[float, float, float, float], turned: int, width: float, height: float
) -> Iterator[Rule]:
    """The horizontal and vertical strokes of a path, and thin filled rectangles as one line each."""
    from ctypes import byref, c_float, c_int

    x0, y0, x1, y1 = _bounds(item, raw)
    (ax, ay), (bx, by) = _shown(x0, y0, box, turned), _shown(x1, y1, box, turned)
    left, right, top, bottom = min(ax, bx), max(ax, bx), min(ay, by), max(ay, by)
    if bottom - top <= _THIN or right - left <= _THIN:
        if right - left > bottom - top:
            yield Rule(True, (top + bottom) / 2, left, right)
        elif bottom > top:
            yield Rule(False, (left + right) / 2, top, bottom)
        return
    fill, stroke = c_int(), c_int()
    raw.FPDFPath_GetDrawMode(item, byref(fill), byref(stroke))
    whole = right - left > 0.97 * width and bottom - top > 0.97 * height
    count = raw.FPDFPath_CountSegments(item)
    if not stroke.value or whole or count > 2000:
        return
    matrix = raw.FS_MATRIX()
    raw.FPDFPageObj_GetMatrix(item, byref(matrix))
    start = last = (0.0, 0.0)
    x, y = c_float(), c_float()
    for i in range(count):
        segment = raw.FPDFPath_GetPathSegment(item, i)
        raw.FPDFPathSegment_GetPoint(segment, byref(x), byref(y))
        point = _shown(
            matrix.a * x.value + matrix.c * y.value + matrix.e,
            matrix.b * x.value + matrix.d * y.value + matrix.f,
            box,
            turned,
        )
        kind = raw.FPDFPathSegment_GetType(segment)
        if kind == raw.FPDF_SEGMENT_MOVETO:
            start = point
        elif kind == raw.FPDF_SEGMENT_LINETO:
            yield from _rule(last, point)
        if raw.FPDFPathSegment_GetClose(segment):
            yield from _rule(point, start)
        last = point


def _rule(a: tuple[float, float], b: tuple[float, float]) -> Iterator[Rule]:
    across, down = abs(a[0] - b[0]), abs(a[1] - b[1])
    if down <= 1 and across > _THIN:
        yield Rule(True, (a[1] + b[1]) / 2, min(a[0], b[0]), max(a[0], b[0]))
    elif across <= 1 and down > _THIN:
        yield Rule(False, (a[0] + b[0]) / 2, min(a[1], b[1]), max(a[1], b[1]))


# --- the process of its own -----------------------------------------------------------------------
def main() -> None:
    """Reads a PDF from standard input, writes its pages as JSON: `["ok", …]` or `["error", kind]`."""
    try:
        import resource
    except ImportError:  # Windows: the time limit alone holds
        pass
    else:
        with contextlib.suppress(ValueError, OSError):  # a lower limit is set already
            resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    for line in _answer(sys.stdin.buffer.read()):
        sys.stdout.write(json.dumps(line) + "\n")


def _answer(data: bytes) -> list[Any]:
    import pypdfium2
    import pypdfium2.raw as raw

    try:
        return ["ok", *(_packed(page) for page in _read(data))]
    except ValueError as error:
        return ["error", str(error)]
    except MemoryError:
        return ["error", "memory"]
    except pypdfium2.PdfiumError as error:
        password = getattr(error, "err_code", None) == raw.FPDF_ERR_PASSWORD or "assword" in str(error)
        return ["error", "password" if password else "broken"]


def _packed(page: Page) -> list[Any]:
    chars = [[c.text, *(round(v, 2) for v in (c.left, c.top, c.right, c.bottom))] for c in page.chars]
    rules = [[r.across, *(round(v, 2) for v in (r.at, r.start, r.end))] for r in page.rules]
    return [page.width, page.height, chars, rules, page.picture]


def _pages(data: bytes, source: str) -> list[Page]:
    if len(data) > LARGEST:
        raise too_large(source)
    answer: Iterator[Any]
    if getattr(sys, "frozen", False) or not sys.executable:
        answer = iter(_answer(data))
    else:
        # -P: the folder that the clerk works in is no place to import from.
        path = os.pathsep.join([str(Path(__file__).parents[2]), *(p for p in sys.path if p)])
        try:
            done = subprocess.run(
                [sys.executable, "-P", "-c", "from eduxl.plan.pdf import main; main()"],
                input=data,
                capture_output=True,
                timeout=SECONDS,
                env={**os.environ, "PYTHONPATH": path},
                check=False,
                creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
            )
            lines = done.stdout.splitlines() if done.returncode == 0 else []
            # One page at a time: as lists of lists a page takes several times the memory.
            answer = (json.loads(line) for line in lines or [b'"error"', b'"broken"'])
        except subprocess.TimeoutExpired:
            answer = iter(["error", "time"])
    if next(answer) == "error":
        raise _problem(next(answer), source)
    return [
        Page(width, height, [Char(*c) for c in chars], [Rule(*r) for r in rules], picture)
        for width, height, chars, rules, picture in answer
    ]


def _problem(kind: str, source: str) -> PlanError:
    said = {
        "pages": f"“{source}”超过 {PAGES} 页，不像工作要点；请只保留工作要点那几页再试。",
        "time": f"“{source}”太复杂，{SECONDS:.0f} 秒内没有读完；{_OTHER}。",
        "memory": f"“{source}”太复杂，读不了；{_OTHER}。",
        "characters": f"“{source}”太复杂，读不了；{_OTHER}。",
        "objects": f"“{source}”太复杂，读不了；{_OTHER}。",
    }
    if kind == "password":
        return PlanError(
            f"“{source}”设了打开密码；请去掉密码后另存一份再试，或向来文单位要 Word 版。", code="encrypted"
        )
    code = "not-a-plan" if kind == "pages" else "unreadable"
    return PlanError(said.get(kind, f"“{source}”{_BROKEN}"), code=code)


def blocks(data: bytes, source: str) -> Iterator[Block]:
    """The text and tables of a PDF as blocks.

    Raises PlanError `scan` where pages are pictures, `encrypted` where it has a password, `unreadable` where
    it is damaged or takes more than `SECONDS`, `not-a-plan` where it has more than `PAGES` pages.
    """
    yield from layout(_pages(data, source), source)
