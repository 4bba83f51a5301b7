"""Shows an answer and asks for a file, with what the system has for it. The thinnest edge: nothing is decided here.

Tried: the file of EDUXL_ANSWERS, standard output, tkinter. Not tried: Windows, macOS, zenity, kdialog, xmessage.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from eduxl.addin.answer import Answer

#: A file that answers are appended to, a line of JSON each, instead of being shown: for tests and remote desks.
ANSWERS = "EDUXL_ANSWERS"
_ICONS = {"done": 0x40, "look": 0x30, "failed": 0x10}  # MB_ICONINFORMATION, MB_ICONWARNING, MB_ICONERROR
_IN_FRONT = 0x10000 | 0x40000  # MB_SETFOREGROUND | MB_TOPMOST


def show(answer: Answer, *, window: int = 0, quietly: bool = False) -> None:
    """Tell the person, and return when she has read it.

    `window` is the window of Excel that the box belongs to; `quietly` prints where a terminal is looking.
    """
    if place := os.environ.get(ANSWERS):
        with suppress(OSError), open(place, "a", encoding="utf-8") as file:
            file.write(json.dumps(answer.to_json(), ensure_ascii=False) + "\n")
            return
    with suppress(Exception):
        if _in_a_box(answer, window, terminal=quietly and sys.stdout.isatty()):
            return
    print(f"{answer.title}\n{answer.shown}", flush=True)


def _in_a_box(answer: Answer, window: int, *, terminal: bool) -> bool:
    """False where no box could be shown. On Windows a console may be hidden, so there is always one."""
    if sys.platform == "win32":
        import ctypes

        style = _ICONS[answer.tone] | _IN_FRONT
        return bool(ctypes.windll.user32.MessageBoxW(window, answer.shown, answer.title, style))
    if terminal:
        return False
    if sys.platform == "darwin":
        script = 'on run {said, head}\ndisplay dialog said with title head buttons {"好"} default button 1\nend run'
        return _ran(["osascript", "-e", script, answer.shown, answer.title], (0, 1))
    if not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        return False
    kind = "info" if answer.tone == "done" else "warning"
    zenity = ["zenity", f"--{kind}", "--no-markup", f"--title={answer.title}", f"--text={answer.shown}"]
    kdialog = ["kdialog", "--title", answer.title, "--msgbox" if kind == "info" else "--sorry", answer.shown]
    if _ran(zenity, (0, 1)) or _ran(kdialog, (0, 1)):
        return True
    with suppress(Exception):
        import tkinter
        from tkinter import messagebox

        root = tkinter.Tk()
        root.withdraw()
        (messagebox.showinfo if kind == "info" else messagebox.showwarning)(answer.title, answer.shown)
        root.destroy()
        return True
    return _ran(["xmessage", "-center", f"{answer.title}\n\n{answer.shown}"], (0, 1))


def _ran(command: Sequence[str], fine: Sequence[int]) -> bool:
    program = shutil.which(command[0])
    if program is None:
        return False
    return subprocess.run([program, *command[1:]], capture_output=True).returncode in fine


def ask_file(title: str, endings: Sequence[str]) -> Path | None:
    """Let the person choose a file; None where she does not, or where no window can be shown."""
    with suppress(Exception):
        import tkinter
        from tkinter import filedialog

        root = tkinter.Tk()
        root.withdraw()
        root.attributes("-topmost", True)
        kinds = [(title, " ".join(f"*{ending}" for ending in endings))]
        chosen = filedialog.askopenfilename(parent=root, title=title, filetypes=kinds)
        root.destroy()
        return Path(chosen) if chosen else None
    return None


def reveal(path: Path) -> bool:
    """Open a file or folder in the system's program for it; False where that was not possible."""
    if os.environ.get(ANSWERS):
        return False
    with suppress(OSError):
        if sys.platform == "win32":
            os.startfile(path)
            return True
        opener = shutil.which("open" if sys.platform == "darwin" else "xdg-open")
        if opener:
            start([opener, str(path)])
            return True
    return False


def start(command: Sequence[str]) -> None:
    """Start a program that lives on after this one. Raises OSError."""
    subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
