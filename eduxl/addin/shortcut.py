"""The 汇总 shortcut beside a master: double-click merges the round's returns, dropping a folder merges that folder.

It is a small script that looks for eduxl and runs `eduxl merge ARGS -m MASTER`; it finds its master by where it lies
itself. The one for Windows has ASCII only, names no path, and looks in the macro's five places (`program.py`).
"""

from __future__ import annotations

import shlex
import stat
from pathlib import Path

from eduxl.addin.install import System
from eduxl.addin.program import SETTING_KEY
from eduxl.errors import FileProblem, TrackerError
from eduxl.files import write
from eduxl.tracker import place

NAME = "汇总"
_DOING = "写快捷方式"
#: In each of them, so that nobody else's file of this name is replaced.
_SIGN = "eduxl shortcut"

_CMD = rf"""@echo off
rem {_SIGN}: double-click, or drop folders and files of returns onto it
setlocal
chcp 65001 >nul
set "SELF=%~n0"
set "SETTING={SETTING_KEY}"
set "EDUXL="
if defined EDUXL_EXE call :try "%EDUXL_EXE%"
if not defined EDUXL for /f "tokens=2,*" %%a in ('reg query "%SETTING%" /v Program 2^>nul') do call :try "%%b"
if not defined EDUXL call :try "%LOCALAPPDATA%\eduxl\eduxl.exe"
if not defined EDUXL for %%p in (eduxl.exe) do call :try "%%~$PATH:p"
if not defined EDUXL call :launcher "%WINDIR%\py.exe"
if not defined EDUXL call :launcher "%LOCALAPPDATA%\Programs\Python\Launcher\py.exe"
if not defined EDUXL call :launcher "%LOCALAPPDATA%\Microsoft\WindowsApps\py.exe"
if not defined EDUXL (
  echo eduxl was not found. Install it first, then double-click this again.
  pause
  exit /b 1
)
"%EDUXL%" %MODULE% merge %* -m "{{master}}"
set "CODE=%ERRORLEVEL%"
echo.
pause
exit /b %CODE%

:try
set "MODULE="
if "%~1"=="" exit /b
if not exist "%~1" exit /b
set "NAME=%~n1"
if /i "%NAME:~0,6%"=="python" set "MODULE=-m eduxl"
if /i "%NAME%"=="py" set "MODULE=-m eduxl"
set "EDUXL=%~1"
exit /b

:launcher
if not exist "%~1" exit /b
"%~1" -c "import eduxl" >nul 2>nul && call :try "%~1"
exit /b
"""

_SH = f"""#!/bin/sh
# {_SIGN}: double-click, or drop folders and files of returns onto it
here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd) || exit 1
master=$here/{{master}}
run() {{{{
  case $(basename -- "$eduxl") in
    python*) "$eduxl" -m eduxl "$@" ;;
    *) "$eduxl" "$@" ;;
  esac
}}}}
eduxl=
for program in "$EDUXL_EXE" {{program}} "$(command -v eduxl)"; do
  if [ -x "$program" ] && [ -z "$eduxl" ]; then eduxl=$program; fi
done
if [ -z "$eduxl" ]; then
  echo "没有找到 eduxl，什么也没有做。请先安装 eduxl，再运行 eduxl shortcut。"
  code=1
else
{{merge}}
  code=$?
fi
if [ -t 0 ]; then
  echo
  printf '按回车键关闭。'
  read -r _
fi
exit $code
"""
_MERGE = '  run merge "$@" -m "$master"'
# Finder drops nothing onto a script, but a Terminal window takes what is dropped as text with the blanks escaped,
# which xargs undoes as a shell would, without running anything.
_MERGE_OR_ASK = """  if [ $# -eq 0 ] && [ -t 0 ]; then
    printf '请把收回的文件夹拖到这个窗口里，按回车键；直接按回车键，就汇总 returns 文件夹里这一轮的：'
    read -r dropped
    case $eduxl in */python*) set -- -m eduxl ;; esac
    if [ -n "$dropped" ]; then
      printf '%s\\n' "$dropped" | xargs "$eduxl" "$@" merge -m "$master"
    else
      run merge -m "$master"
    fi
  else
    run merge "$@" -m "$master"
  fi"""

_DESKTOP = """[Desktop Entry]
# eduxl shortcut
Type=Application
Name={name}
Comment=汇总收回的填报表
Exec=/bin/sh {script} %F
Icon=x-office-spreadsheet
Terminal=true
"""


def write_shortcut(master: Path, system: System, program: str) -> list[Path]:
    """Write the shortcut of a system beside a master and return its files, the one to click first.

    `program` is what the scripts of macOS and Linux try before the PATH. Where the folder has several masters, the
    shortcut carries the master's name. Raises `FileProblem` (`exists` where a file of that name is not eduxl's).
    """
    folder = master.absolute().parent
    alone = _is_alone(folder)
    name = NAME if alone else f"{NAME}-{master.stem}"
    if system == "windows":
        # The folder is enough to name its only master; %~dp0 ends in a backslash, which must not escape the quote.
        named = "%~dp0." if alone else "%~dp0%SELF:~" + str(len(NAME) + 1) + f"%{master.suffix}"
        return [_put(folder / f"{name}.cmd", _CMD.format(master=named).replace("\n", "\r\n"))]
    if system == "macos":
        return [_put(folder / f"{name}.command", _script(master, program, _MERGE_OR_ASK))]
    script = _put(folder / f"{name}.sh", _script(master, program, _MERGE))
    return [_put(folder / f"{name}.desktop", _DESKTOP.format(name=name, script=_exec(script))), script]


def told(files: list[Path], system: System) -> list[str]:
    """What a clerk does with the shortcut."""
    lines = [f"已写 {files[0]}。"]
    if system == "windows":
        lines.append(
            "双击它，汇总 returns 文件夹里这一轮的填报表；把收回的文件夹（或几份填报表）拖到它上面，就汇总拖来的。"
        )
        lines.append("文件夹改了名、换了地方也能用，只要它一直和总台账放在一起。")
    elif system == "macos":
        lines.append("双击它，再按窗口里说的做。第一次打不开时，按住 Control 点它，选“打开”。")
    else:
        lines.append(
            "双击它，汇总 returns 文件夹里这一轮的填报表；把收回的文件夹拖到它上面，就汇总拖来的。"
            f"桌面不认它时，在终端里运行 {files[1].name}。"
        )
        lines.append("文件夹换了地方，请再运行一次 eduxl shortcut。")
    return lines


def _is_alone(folder: Path) -> bool:
    """Whether the folder has one master only, so that the folder names it."""
    try:
        place.master_in(folder)
    except TrackerError:
        return False
    return True


def _script(master: Path, program: str, merge: str) -> str:
    return _SH.format(master=shlex.quote(master.name), program=shlex.quote(program), merge=merge)


def _put(path: Path, text: str) -> Path:
    if path.exists() and _SIGN.encode() not in path.read_bytes():
        raise FileProblem(
            f"{path} 已经有了，不是 eduxl 写的，没有动它。请把它改名或移走，再运行一次。", code="exists"
        )
    write(path, text.encode(), _DOING)
    if path.suffix != ".cmd":
        path.chmod(path.stat().st_mode | stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH)
    return path


def _exec(script: Path) -> str:
    """A path as an argument of Exec: quoted by the Desktop Entry Specification, then escaped as its strings are.

    As its program it would not do: that may have no = by the specification, and no % by GLib.
    """
    quoted = str(script)
    for special in '\\"`$':
        quoted = quoted.replace(special, "\\" + special)
    return '"' + quoted.replace("\\", "\\\\").replace("%", "%%") + '"'
