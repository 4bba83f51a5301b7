"""A button being pressed: its work, once at a time for each workbook, and every error put into a sentence."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from eduxl.addin import buttons, log, messages
from eduxl.addin.answer import Answer
from eduxl.addin.desk import Desk
from eduxl.addin.file_desk import FileDesk
from eduxl.addin.reopening import CLOSING, Opener, wait_until_closed
from eduxl.errors import EduxlError, TrackerError
from eduxl.files import explain


def press_file(
    action: str,
    path: Path | None,
    places: Sequence[Path] = (),
    *,
    reopen: bool = False,
    wait: float = CLOSING,
) -> None:
    """Do a button's work on a file and tell the person how it went.

    With `reopen` the workbook is being closed by its program: wait so many seconds for that, and show it again
    afterwards. A workbook that stays open is left alone.
    """
    title = buttons.TITLES[action]
    opener: Opener | None = None

    def work() -> Answer:
        nonlocal opener
        with _alone(path, title):
            if path and reopen:
                from eduxl.tracker.patch.buttons import mend_file

                found = Opener.of(path)
                wait_until_closed(path, wait)
                opener = found
                # what saved it may have lost the buttons, and not every button writes the workbook again
                mend_file(path)
            return pressed(action, FileDesk(path), places)

    messages.show(spoken(title, work), quietly=not reopen)
    if opener and path and not opener.open(path):
        messages.show(Answer(title, f"没能重新打开工作簿，请自己打开：\n{path}", tone="look"))


def press_open(action: str, path: Path | None, window: int, make: Callable[[Path, int], Desk]) -> None:
    """Do a button's work in the workbook that Excel has open, in its window, and tell the person how it went.

    `make` gives the desk of the workbook.
    """
    title = buttons.TITLES[action]

    def work() -> Answer:
        with _alone(path, title):
            return pressed(action, FileDesk(None) if path is None else make(path, window))

    messages.show(spoken(title, work), window=window)


def pressed(action: str, desk: Desk, places: Sequence[Path] = ()) -> Answer:
    """The answer of a button. Raises what the button raises."""
    work = partial(buttons.merge, places=places) if action == "merge" else buttons.BUTTONS[action]
    return work(desk)


def spoken(title: str, work: Callable[[], Answer]) -> Answer:
    """What the work answers, or in a sentence why it could not be done."""
    try:
        return work()
    except EduxlError as error:
        return Answer(title, f"没有做成：{error}", tone="failed")
    except Exception as error:
        place = log.record(title, error)
        problem = explain(error, title)
        said = (
            str(problem)
            if problem
            else (
                f"程序出错了（{type(error).__name__}）。请再点一次；仍不行，请把下面的记录文件发给维护人员。"
            )
        )
        return Answer(title, f"没有做成：{said}", place, "failed")


@contextmanager
def _alone(path: Path | None, title: str) -> Iterator[None]:
    """Keep a second button of the same workbook out. Raises `TrackerError` (`in-use`)."""
    if path is None:
        yield
        return
    import filelock

    # the home too: on a shared computer nobody may write to another's lock
    whose = f"{Path.home()} {path.resolve()}"
    name = hashlib.sha256(whose.encode("utf-8", "surrogateescape")).hexdigest()[:16]
    lock = filelock.FileLock(Path(tempfile.gettempdir()) / f"eduxl-button-{name}.lock")
    try:
        lock.acquire(timeout=0)
    except filelock.Timeout as error:
        raise TrackerError(
            f"{path.name} 的另一个按钮正在办理，请等它说完结果，再点“{title}”。", code="in-use"
        ) from error
    try:
        yield
    finally:
        lock.release()
