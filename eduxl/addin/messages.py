"""Shows an answer, asks for a file or a line of text, with what the system has. The thinnest edge: nothing is decided here.

Tried: the files of EDUXL_ANSWERS and EDUXL_REPLIES, standard output, tkinter. Not tried: Windows, macOS, zenity, kdialog,
xmessage.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from eduxl.addin.answer import Answer

if TYPE_CHECKING:
    import tkinter

#: A file that answers are appended to, a line of JSON each, instead of being shown: for tests and remote desks.
ANSWERS = "EDUXL_ANSWERS"
#: A file whose lines are the person's replies, one for each question, instead of a dialog. With EDUXL_ANSWERS alone
#: every question is cancelled.
REPLIES = "EDUXL_REPLIES"
_ICONS = {"done": 0x40, "look": 0x30, "failed": 0x10}  # MB_ICONINFORMATION, MB_ICONWARNING, MB_ICONERROR
#: Replies by file that are no consent.
_NOS = frozenset(("", "n", "no", "0", "否", "不", "取消"))
_OK_CANCEL, _OK = 1, 1  # MB_OKCANCEL, IDOK
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
    if _unattended():
        chosen = _reply()
        return Path(chosen) if chosen else None
    with suppress(Exception):
        from tkinter import filedialog

        with _window() as root:
            kinds = [(title, " ".join(f"*{ending}" for ending in endings))]
            chosen = filedialog.askopenfilename(parent=root, title=title, filetypes=kinds)
        return Path(chosen) if chosen else None
    return None


def ask_text(title: str, prompt: str, default: str, *, hidden: bool = False) -> str | None:
    """Let the person write a line of text; None where she does not, or where no window can be shown.

    `hidden` shows dots for what she writes.
    """
    if _unattended():
        return _reply()
    if sys.platform not in ("win32", "darwin"):
        if not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
            return None
        zenity = ["zenity", "--entry", f"--title={title}", f"--text={prompt}", f"--entry-text={default}"]
        box = ["--password", prompt] if hidden else ["--inputbox", prompt, default]
        for command in (zenity + ["--hide-text"] * hidden, ["kdialog", "--title", title, *box]):
            if said := _asked(command, (0, 1)):
                return said[0]
    if sys.platform == "darwin":
        script = _APPLE.format(" with hidden answer" if hidden else "")
        if said := _asked(["osascript", "-e", script, prompt, title, default], (0, 1)):
            return said[0]
    with suppress(Exception):
        from tkinter import simpledialog

        with _window() as root:
            # its dialog belongs to a window that is not shown, so nothing brings it before the workbook
            root.after(200, _bring_forward, root)
            shown = {"show": "*"} if hidden else {}
            return simpledialog.askstring(title, prompt, initialvalue=default, parent=root, **shown)
    if sys.platform == "win32":
        own = {"EDUXL_ASKED": prompt, "EDUXL_TITLE": title, "EDUXL_TEXT": default}
        script = _POWERSHELL_HIDDEN if hidden else _POWERSHELL
        command = ["powershell", "-NoProfile", "-NonInteractive", "-Command", script]
        if said := _asked(command, (0, _CANCELLED) if hidden else (0,), own):
            return said[0]
    return None


def confirm(title: str, question: str) -> bool:
    """Let the person say yes; False where she does not, or where no window can be shown."""
    if _unattended():
        return (_reply() or "").strip().lower() not in _NOS
    if sys.platform == "win32":
        import ctypes

        style = _OK_CANCEL | _ICONS["look"] | _IN_FRONT
        return bool(ctypes.windll.user32.MessageBoxW(0, question, title, style) == _OK)
    if sys.platform == "darwin":
        script = "on run {asked, head}\ndisplay dialog asked with title head\nend run"  # its own buttons: 取消 and 好
        return _ran(["osascript", "-e", script, question, title], (0,))
    if not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        return False
    zenity = ["zenity", "--question", "--no-markup", f"--title={title}", f"--text={question}"]
    for command in (zenity, ["kdialog", "--title", title, "--yesno", question]):
        if shutil.which(command[0]):
            return _ran(command, (0,))
    with suppress(Exception):
        from tkinter import messagebox

        with _window() as root:
            root.after(200, _bring_forward, root)
            return messagebox.askokcancel(title, question, parent=root)
    return False


_APPLE = """on run {{asked, head, given}}
return text returned of (display dialog asked with title head default answer given{})
end run"""
# The texts come by the environment: nothing in them can be taken for a command.
_POWERSHELL = """[Console]::OutputEncoding = [Text.Encoding]::UTF8
Add-Type -AssemblyName Microsoft.VisualBasic
[Microsoft.VisualBasic.Interaction]::InputBox($env:EDUXL_ASKED, $env:EDUXL_TITLE, $env:EDUXL_TEXT)"""
_CANCELLED = 3
_POWERSHELL_HIDDEN = f"""[Console]::OutputEncoding = [Text.Encoding]::UTF8
Add-Type -AssemblyName System.Windows.Forms
$window = New-Object Windows.Forms.Form
$window.Text = $env:EDUXL_TITLE; $window.Width = 520; $window.Height = 320
$window.StartPosition = 'CenterScreen'; $window.TopMost = $true
$words = New-Object Windows.Forms.Label
$words.Text = $env:EDUXL_ASKED; $words.Dock = 'Fill'
$line = New-Object Windows.Forms.TextBox
$line.UseSystemPasswordChar = $true; $line.Dock = 'Bottom'
$button = New-Object Windows.Forms.Button
$button.Text = 'OK'; $button.DialogResult = 'OK'; $button.Dock = 'Bottom'
$window.Controls.AddRange(@($words, $line, $button))
$window.AcceptButton = $button
$window.Add_Shown({{ $window.Activate(); $line.Select() }})
if ($window.ShowDialog() -ne 'OK') {{ exit {_CANCELLED} }}
[Console]::Out.Write($line.Text)"""


def _asked(
    command: Sequence[str], fine: Sequence[int], own: dict[str, str] | None = None
) -> tuple[str | None] | None:
    """The line that a dialog of another program printed, None in it where she cancelled; None where it did not come up."""
    program = shutil.which(command[0])
    if program is None:
        return None
    hidden = getattr(subprocess, "CREATE_NO_WINDOW", 0)
    env = {**os.environ, **(own or {})}
    try:
        done = subprocess.run([program, *command[1:]], capture_output=True, env=env, creationflags=hidden)
    except OSError:
        return None
    if done.returncode not in fine:
        return None
    return (done.stdout.decode("utf-8", "replace").strip("\r\n") if done.returncode == 0 else None,)


@contextmanager
def _window() -> Iterator[tkinter.Tk]:
    """A window that is not shown, for a dialog to belong to. Raises where none can be."""
    import tkinter

    root = tkinter.Tk()
    try:
        root.withdraw()
        root.attributes("-topmost", True)
        yield root
    finally:
        root.destroy()


def _bring_forward(root: Any) -> None:
    for window in root.winfo_children():
        window.attributes("-topmost", True)


def _unattended() -> bool:
    """True where nobody sits before a screen: then no window may wait for her."""
    return bool(os.environ.get(ANSWERS) or os.environ.get(REPLIES))


def _reply() -> str | None:
    """The next line of the file of EDUXL_REPLIES, which it is taken out of; None where there is none."""
    place = os.environ.get(REPLIES)
    if not place:
        return None
    with suppress(OSError):
        path = Path(place)
        lines = path.read_text(encoding="utf-8").splitlines()
        path.write_text("".join(f"{line}\n" for line in lines[1:]), encoding="utf-8")
        return lines[0] if lines else None
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
