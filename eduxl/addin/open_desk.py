"""The desk where the workbook stays open: a button's work is done in the Excel that shows it, through xlwings.

Not tried: Excel itself, on Windows and macOS. What is tried runs against LibreOffice with the engine of `tests/office`.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from eduxl.addin import messages
from eduxl.errors import TrackerError

if TYPE_CHECKING:
    import xlwings as xw

    from eduxl.tracker.forms import Progress
    from eduxl.tracker.tracker import Tracker

#: Steps of a long job between two changes of the status bar.
_SHOWN_EVERY = 20
#: How often a call is tried while Excel is busy, where xlwings would do so for ever.
_ATTEMPTS = 300
_BY_FILE = "也可以保存并关闭总台账，再运行：eduxl button merge 总台账.xlsm"


class OpenDesk:
    """See `desk.Desk`. `path` is the file that the open workbook is saved as."""

    def __init__(self, book: xw.Book, path: Path) -> None:
        self.path: Path | None = path
        self._book, self._master = book, path

    def tracker(self) -> Tracker:
        """The tracker whose commands write to the open workbook."""
        from eduxl.addin.open_master import OpenMasterBook
        from eduxl.tracker.open_commit import OpenTracker
        from eduxl.tracker.tracker import Tracker

        path = Tracker.open(self._master).path
        return OpenTracker(path, OpenMasterBook(self._book, path))

    def save(self) -> None:
        """By the program itself."""
        from eduxl.addin.open_master import OpenMasterBook

        OpenMasterBook(self._book, self._master).save()

    @contextmanager
    def progress(self, doing: str) -> Iterator[Progress | None]:
        """In the status bar."""

        def said(text: str | bool) -> None:
            with suppress(Exception):  # a program without a status bar goes on without words
                self._book.app.status_bar = text

        def step(done: int, total: int) -> None:
            if done % _SHOWN_EVERY == 0 or done == total:
                said(f"eduxl 正在{doing}：{done}/{total}")

        said(f"eduxl 正在{doing}…")
        try:
            yield step
        finally:
            said(False)

    def ask_file(self, title: str, endings: Sequence[str]) -> Path | None:
        """By the system's dialog."""
        return messages.ask_file(title, endings)

    def ask_text(self, title: str, prompt: str, default: str, *, hidden: bool = False) -> str | None:
        """By the system's dialog."""
        return messages.ask_text(title, prompt, default, hidden=hidden)

    def confirm(self, title: str, question: str) -> bool:
        """By the system's dialog."""
        return messages.confirm(title, question)

    def show(self, path: Path) -> None:
        """By the system's program."""
        messages.reveal(path)


def open_desk(path: Path, window: int) -> OpenDesk:
    """The desk of the workbook that Excel has open as `path`; `window` is the number of Excel's window, 0 for any.

    Raises `TrackerError`: `no-xlwings`, `not-open`, `on-the-web`, `read-only`, `busy`.
    """
    try:
        import xlwings
    except ImportError as error:
        raise TrackerError(
            f"这里的 Python 没有装 xlwings，不能在打开的工作簿里办。请运行 pip install xlwings；{_BY_FILE}",
            code="no-xlwings",
        ) from error
    _patience(xlwings)
    on_the_web = _is_address(str(path))
    for book in _books(xlwings, window):
        place = _called(partial(_place, book))
        if _same_file(place, path):
            _check(book, path)
            return OpenDesk(book, path)
        on_the_web |= _is_address(place) and book.name == path.name
    if on_the_web:
        raise TrackerError(
            f"{path.name} 是从网上（OneDrive 或 SharePoint）打开的，eduxl 只处理本机文件夹里的工作簿。"
            "请用“文件－另存为”存到本机文件夹，打开那一份，再点一次。",
            code="on-the-web",
        )
    raise TrackerError(
        f"在打开的 Excel 里没有找到 {path.name}（是否在“受保护的视图”里？请点“启用编辑”，或另存到本机再打开）。{_BY_FILE}",
        code="not-open",
    )


# --- the edge to Excel --------------------------------------------------------------------------------
def _patience(xlwings: Any) -> None:
    """Let xlwings give up on an Excel that answers no call: a cell is being edited or a dialog is open."""
    if sys.platform == "win32" and hasattr(xlwings, "_xlwindows"):
        xlwings._xlwindows.N_COM_ATTEMPTS = _ATTEMPTS


def _apps(xlwings: Any, window: int) -> list[xw.App]:
    """The running programs, that of the window first."""
    with suppress(Exception):  # what xlwings raises where no engine is
        return sorted(xlwings.apps, key=lambda app: not window or app.hwnd != window)
    return []


def _books(xlwings: Any, window: int) -> Iterator[xw.Book]:
    for app in _apps(xlwings, window):
        yield from _called(lambda app=app: list(app.books))


def _place(book: xw.Book) -> str:
    """Where a workbook lies, in the program's own words: for one from the web xlwings seeks a folder, and may raise."""
    said = getattr(book.api, "FullName", None)
    return said if isinstance(said, str) else book.fullname


def _is_address(place: str) -> bool:
    """Whether it is an address in the web; a `Path` of one has lost a slash."""
    return re.search(r"https?:[/\\]", place) is not None


def _same_file(place: str, path: Path) -> bool:
    with suppress(OSError, ValueError):  # a new workbook has no file
        return os.path.samefile(place, path)
    return False


def _check(book: xw.Book, path: Path) -> None:
    """Raises `TrackerError` where the workbook cannot be written now."""
    if _called(lambda: getattr(book.api, "ReadOnly", False)) is True:
        raise TrackerError(
            f"{path.name} 是以“只读”方式打开的，不能写入。请关闭它，再从本机文件夹里直接打开。",
            code="read-only",
        )
    if _called(lambda: getattr(book.app.api, "Ready", True)) is False:
        raise _busy()


def _called(call: Any) -> Any:
    try:
        return call()
    except Exception as error:  # each system's xlwings has its own
        raise _busy() from error


def _busy() -> TrackerError:
    return TrackerError(
        "Excel 现在不答应：可能正在编辑一个单元格，或有对话框开着。请按 Enter 或 Esc 结束编辑、关掉对话框，再点一次。",
        code="busy",
    )
