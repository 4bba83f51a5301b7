r"""Puts the ribbon into Excel for this user and takes it out again; needs no administrator.

Windows: the .xlam goes to %APPDATA%\Microsoft\AddIns and is named in `OPEN`, `OPEN1` … of each Excel's Options, which
is where Excel's own list of add-ins keeps its ticks; the program goes to where the macro's GetSetting reads. macOS: the
.xlam goes to the user's add-in folder, the tick is the user's. Elsewhere there is no Excel.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Literal

from attrs import frozen

from eduxl.addin import program
from eduxl.addin.registry import Registry
from eduxl.errors import EduxlError
from eduxl.files import explained
from eduxl.resources import workbook

XLAM = "教育台账.xlam"
System = Literal["windows", "macos", "other"]

_USER, _ALL = r"HKCU\Software\Microsoft\Office", r"HKLM\Software\Microsoft\Office"
#: Below this the file system of Windows keeps where a file came from: the Mark of the Web.
MARK = ":Zone.Identifier"
#: Of macOS: Office's folder for all of its programs.
_MAC_OFFICE = "Library/Group Containers/UBF8T346G9.Office"
_MAC_ADDINS = f"{_MAC_OFFICE}/User Content.localized/Add-Ins.localized"
#: Excel 2007, the first that opens .xlam.
_OLDEST = 12.0

STEPS_WINDOWS = (
    "打开 Excel，最上面一排应有“教育台账”选项卡。没有的话：文件－选项－加载项－"
    "下面“管理”选“Excel 加载项”－转到，勾选“教育台账”。",
    "点了按钮没有反应、或提示“宏已被禁用”：文件－选项－信任中心－信任中心设置－宏设置，选“禁用所有宏，并发出通知”，"
    "再到“受信任位置”把台账所在的文件夹加进去。",
    "总台账如果是从邮件、微信或网上收到的，Windows 会拦住里面的宏：右键点文件－属性－勾选“解除锁定”－确定，再打开。",
)
STEPS_MACOS = (
    "打开 Excel，点屏幕上方菜单“工具－Excel 加载项”，勾选“教育台账”，确定。",
    "提示要启用宏时点“启用宏”；提示“授予文件访问权限”时选台账所在的文件夹。",
)
HERE_ELSEWHERE = (
    "这台电脑上没有 Microsoft Excel，加载项只用于 Windows 和 macOS 的 Excel。在这里可以：",
    "用 LibreOffice 打开 总台账.xlsm，点“首页”上的按钮（先在 工具－选项－LibreOffice－安全－宏安全性 里，"
    "把台账所在的文件夹加进“可信来源－可信文件位置”）；",
    "运行 eduxl shortcut，在总台账旁边放一个“汇总”快捷方式；",
    "直接用命令，例如 eduxl merge 收回的文件夹。",
)


class AddinError(EduxlError):
    """The add-in cannot be put in or taken out (`excel-open`, `no-excel`, `store-python`, `no-appdata`)."""

    code = "no-excel"


@frozen
class Computer:
    """Where things are on a computer, and the few questions that are put to it.

    `environment` gives APPDATA and LOCALAPPDATA, `program` what a button is to start, `python` the folder that holds
    the Python itself. `in_code_page` tells whether GetSetting can give a text back unharmed.
    """

    system: System
    home: Path
    environment: Mapping[str, str]
    registry: Registry | None
    excel_runs: Callable[[], bool]
    program: str
    python: str
    in_code_page: Callable[[str], bool]

    @classmethod
    def this(cls) -> Computer:
        """The computer that this runs on."""
        system: System = "windows" if os.name == "nt" else "macos" if sys.platform == "darwin" else "other"
        return cls(
            system,
            Path.home(),
            dict(os.environ),
            Registry.of_this_machine(),
            _windows_excel_runs if system == "windows" else _mac_excel_runs,
            program.own(),
            sys.base_prefix,
            in_code_page,
        )


@frozen
class State:
    """How the add-in stands: the copy and whether it is this release's, and for Windows where it is registered.

    `versions` are the Excels of this user ("16.0"), `ticked` those that open the add-in, `blocked` those that have
    turned it off after a crash. `marked` is whether the copy carries the Mark of the Web, `setting` the program.
    """

    copy: Path
    there: bool
    current: bool
    versions: tuple[str, ...] = ()
    ticked: tuple[str, ...] = ()
    blocked: tuple[str, ...] = ()
    marked: bool = False
    setting: str = ""


def install(computer: Computer) -> list[str]:
    """Put the add-in in, or this release's in the place of an older; says what was done and what is left to do.

    Raises `AddinError`, before anything is changed, and `FileProblem`.
    """
    if computer.system == "other":
        raise AddinError("\n  ".join(HERE_ELSEWHERE))
    target = copy_of(computer)
    if computer.system == "macos":
        if not (computer.home / _MAC_OFFICE).is_dir():
            raise AddinError(
                "没有找到 Microsoft Excel，什么也没有做。请先装好 Excel 并打开过一次，再运行一次。"
            )
        _refuse_running(computer)
        _copy(target)
        return [f"已把加载项放到 {target}。", *STEPS_MACOS]
    registry = _registry(computer)
    versions = excels(registry)
    if not versions:
        raise AddinError(
            "没有找到 Microsoft Excel，什么也没有做。只有 WPS 的电脑不用装加载项：在总台账的“首页”上点按钮，"
            "或运行 eduxl shortcut 放一个“汇总”快捷方式。"
        )
    if is_store(computer.python):
        raise AddinError(
            "这个 Python 是从微软应用商店装的，它写的设置 Excel 看不到，什么也没有做。请从 Python 官网下载安装 Python，"
            "重新装 eduxl，再运行一次。",
            code="store-python",
        )
    _refuse_running(computer)
    _copy(target)
    with explained("登记加载项"):
        for version in versions:
            _register(registry, version, target)
        said = _write_program(computer, registry)
    names = "、".join(office_name(version) for version in versions)
    return [f"已把加载项放到 {target}，并在 {names} 里登记。", *said, *STEPS_WINDOWS]


def remove(computer: Computer) -> list[str]:
    """Take out everything that `install` put in. Raises `AddinError` while Excel runs, and `FileProblem`."""
    if computer.system == "other":
        return ["这台电脑上没有装过加载项，不用做什么。"]
    target = copy_of(computer)
    _refuse_running(computer)
    was = target.exists()
    with explained("取下加载项"):
        target.unlink(missing_ok=True)
        _prune_folder(target.parent)
        if computer.system == "macos":
            _prune_folder(target.parent.parent)
        if computer.system == "windows":
            registry = _registry(computer)
            for version in _keys_with_excel(registry):
                was |= _unregister(registry, version)
            was |= registry.value(program.SETTING_KEY, program.SETTING_NAME) is not None
            registry.delete(program.SETTING_KEY, program.SETTING_NAME)
            registry.prune(program.SETTING_KEY, r"HKCU\Software")
            _remove_launcher(computer)
    return ["已取下加载项，登记和设置也都删了。" if was else "没有装过加载项，不用做什么。"]


def state(computer: Computer) -> State:
    """How the add-in stands now. Raises `AddinError` (`no-appdata`) where Windows has no user folder."""
    target = copy_of(computer)
    there = target.is_file()
    current = there and target.read_bytes() == workbook("built", XLAM).read_bytes()
    if computer.registry is None or computer.system != "windows":
        return State(target, there, current)
    registry = computer.registry
    versions = tuple(excels(registry))
    return State(
        target,
        there,
        current,
        versions,
        tuple(version for version in versions if any(map(_is_ours, _opened(registry, version)))),
        tuple(version for version in versions if _is_blocked(registry, version)),
        Path(f"{target}{MARK}").exists(),
        str(registry.value(program.SETTING_KEY, program.SETTING_NAME) or ""),
    )


def state_lines(found: State, computer: Computer) -> list[str]:
    """The state in sentences for people."""
    if computer.system == "other":
        return list(HERE_ELSEWHERE)
    if not found.there:
        return ["没有装加载项。要装，请先关闭 Excel，再运行：eduxl addin install"]
    lines = [f"加载项在 {found.copy}。"]
    if not found.current:
        lines.append("它不是这一版 eduxl 带的。请关闭 Excel，运行：eduxl addin install")
    if found.marked:
        lines.append("它带着“来自网上”的记号，Excel 会拦住它。请关闭 Excel，运行：eduxl addin install")
    for version in found.versions:
        ticked, blocked = version in found.ticked, version in found.blocked
        how = "已登记" if ticked else "没有登记，请关闭 Excel，运行：eduxl addin install"
        if blocked:
            how += "，但被 Excel 停用：文件－选项－加载项－“管理”选“禁用项目”－转到，选中它，点“启用”"
        lines.append(f"{office_name(version)}：{how}。")
    if computer.system == "windows":
        lines.append(f"按钮启动的程序：{found.setting or '没有写明，会在别处找'}")
    else:
        lines.append(STEPS_MACOS[0])
    return lines


def copy_of(computer: Computer) -> Path:
    """Where the .xlam goes. Raises `AddinError` (`no-appdata`)."""
    if computer.system == "windows":
        return _folder(computer, "APPDATA") / "Microsoft" / "AddIns" / XLAM
    return computer.home / _MAC_ADDINS / XLAM


def excels(registry: Registry) -> list[str]:
    """The versions of Excel that this user has or has used, oldest first: ["15.0", "16.0"]."""
    found = set(_keys_with_excel(registry))
    for version in registry.keys(_ALL):
        if registry.value(rf"{_ALL}\{version}\Excel\InstallRoot", "Path"):
            found.add(version)
    if registry.value(rf"{_ALL}\ClickToRun\Configuration", "Platform"):
        found.add("16.0")
    return sorted((v for v in found if _is_version(v)), key=float)


def office_name(version: str) -> str:
    """A version of the registry as people know it."""
    years = {"12.0": "2007", "14.0": "2010", "15.0": "2013", "16.0": "2016 或更新版"}
    return f"Excel {years.get(version, version)}"


def in_code_page(text: str) -> bool:
    """Whether the code page of this Windows has all characters of a text; True elsewhere."""
    if sys.platform != "win32":
        return True
    # Not mbcs: it gives similar characters for missing ones and says nothing.
    import ctypes

    try:
        text.encode(f"cp{ctypes.windll.kernel32.GetACP()}")
    except UnicodeEncodeError:
        return False
    return True


# --- the copy ---


def _copy(target: Path) -> None:
    with explained("写加载项"):
        target.parent.mkdir(parents=True, exist_ok=True)
        # Its bytes, not the file: a copy of the file would take the Mark of the Web along.
        target.write_bytes(workbook("built", XLAM).read_bytes())
        Path(f"{target}{MARK}").unlink(missing_ok=True)


def _prune_folder(folder: Path) -> None:
    if folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()


def _folder(computer: Computer, variable: str) -> Path:
    value = computer.environment.get(variable, "")
    if not value:
        raise AddinError(
            f"找不到用户文件夹（环境变量 {variable} 是空的），什么也没有做。请用平常登录的账号打开命令提示符，再运行一次。",
            code="no-appdata",
        )
    return Path(value)


# --- Excel's list of add-ins ---


def _register(registry: Registry, version: str, target: Path) -> None:
    """One entry for ours, in the place of an older one if there is one; the others keep their order."""
    ours = f'"{target}"'
    entries = _opened(registry, version)
    old = [index for index, entry in enumerate(entries) if _is_ours(entry)]
    kept = [entry for entry in entries if not _is_ours(entry)]
    kept.insert(old[0] if old else len(kept), ours)
    _write_opened(registry, version, kept)
    # Where Excel notes the add-ins whose tick was taken away.
    _forget(registry, version)


def _unregister(registry: Registry, version: str) -> bool:
    """Whether there was something of ours."""
    entries = _opened(registry, version)
    kept = [entry for entry in entries if not _is_ours(entry)]
    if kept != entries:
        _write_opened(registry, version, kept)
    forgotten = _forget(registry, version)
    registry.prune(_options(version), _USER)
    return kept != entries or forgotten


def _opened(registry: Registry, version: str) -> list[str]:
    r"""Excel's entries in order: '"C:\…\a.xlam"', '/R "C:\…\b.xla"', '"c.xlam"'."""
    return [str(value) for _, _, value in sorted(_numbered(registry, version))]


def _numbered(registry: Registry, version: str) -> Iterator[tuple[int, str, str]]:
    for name, value in registry.values(_options(version)).items():
        if found := re.fullmatch(r"OPEN(\d*)", name, re.IGNORECASE):
            yield int(found[1] or 0), name, str(value)


def _write_opened(registry: Registry, version: str, entries: list[str]) -> None:
    """The entries as OPEN, OPEN1, OPEN2 …, without a gap, which Excel would take for the end."""
    names = ["OPEN" + (str(index) if index else "") for index in range(len(entries))]
    for _, name, _ in list(_numbered(registry, version)):
        if name not in names:
            registry.delete(_options(version), name)
    for name, entry in zip(names, entries, strict=True):
        if registry.value(_options(version), name) != entry:
            registry.write(_options(version), name, entry)


def _is_ours(entry: str) -> bool:
    path = entry.rpartition(' "')[2].strip('" ') if entry.endswith('"') else entry
    return path.replace("\\", "/").rpartition("/")[2].casefold() == XLAM.casefold()


def _forget(registry: Registry, version: str) -> bool:
    key = rf"{_USER}\{version}\Excel\Add-in Manager"
    names = [name for name in registry.values(key) if _is_ours(name)]
    for name in names:
        registry.delete(key, name)
    return bool(names)


def _is_blocked(registry: Registry, version: str) -> bool:
    """Whether Excel has turned the add-in off after a crash; it notes the path in UTF-16, in small letters."""
    values = registry.values(rf"{_USER}\{version}\Excel\Resiliency\DisabledItems").values()
    wanted = XLAM.casefold()
    return any(isinstance(v, bytes) and wanted in v.decode("utf-16-le", "replace").casefold() for v in values)


def _options(version: str) -> str:
    return rf"{_USER}\{version}\Excel\Options"


def _keys_with_excel(registry: Registry) -> list[str]:
    """The versions that have a key for Excel under this user."""
    found = registry.keys(_USER)
    return [
        v for v in found if _is_version(v) and "excel" in map(str.casefold, registry.keys(rf"{_USER}\{v}"))
    ]


def _is_version(name: str) -> bool:
    return bool(re.fullmatch(r"\d+\.\d", name)) and float(name) >= _OLDEST


# --- the program ---


def _write_program(computer: Computer, registry: Registry) -> list[str]:
    """Tell the macro what to start. What GetSetting would break goes to the macro's third place instead."""
    launcher = _launcher_copy(computer)
    if computer.in_code_page(computer.program):
        registry.write(program.SETTING_KEY, program.SETTING_NAME, computer.program)
        return [f"按钮启动的程序：{computer.program}"]
    registry.delete(program.SETTING_KEY, program.SETTING_NAME)
    if program.is_python(computer.program):
        return [
            f"按钮要启动的程序 {computer.program} 的路径里有这台 Windows 的代码页没有的文字，按钮可能找不到它。"
            "请在“系统属性－环境变量”里新建用户变量 EDUXL_EXE，值就写这个路径。"
        ]
    if Path(computer.program) != launcher:
        launcher.parent.mkdir(parents=True, exist_ok=True)
        # It names its Python by an absolute path, so it may stand anywhere.
        launcher.write_bytes(Path(computer.program).read_bytes())
    return [f"按钮启动的程序：{launcher}"]


def _remove_launcher(computer: Computer) -> None:
    """Take away what `_write_program` copied, never a program that somebody else installed there."""
    launcher, original = _launcher_copy(computer), Path(computer.program)
    if launcher == original or not (launcher.is_file() and original.is_file()):
        return
    if launcher.read_bytes() == original.read_bytes():
        launcher.unlink()
        _prune_folder(launcher.parent)


def _launcher_copy(computer: Computer) -> Path:
    return _folder(computer, "LOCALAPPDATA") / "eduxl" / "eduxl.exe"


def is_store(python: str) -> bool:
    """Python of the Microsoft Store: what it writes below AppData and to the registry goes to a private copy."""
    return "windowsapps" in python.replace("/", "\\").casefold().split("\\")


def _registry(computer: Computer) -> Registry:
    if computer.registry is None:
        raise AddinError("读不到 Windows 的注册表，什么也没有做。请用平常登录的账号再运行一次。")
    return computer.registry


# --- is Excel running ---


def _refuse_running(computer: Computer) -> None:
    if computer.excel_runs():
        raise AddinError(
            "Excel 正开着，它关闭时会改写加载项的登记，所以什么也没有做。请保存并关闭所有 Excel 窗口，再运行一次。"
            "看不到窗口的，重新启动电脑后再运行。",
            code="excel-open",
        )


def _windows_excel_runs() -> bool:
    command = ["tasklist", "/FI", "IMAGENAME eq EXCEL.EXE", "/NH", "/FO", "CSV"]
    try:
        done = subprocess.run(command, capture_output=True, check=False)
    except OSError:  # a Windows whose administrator has taken tasklist away
        return False
    return b"EXCEL.EXE" in done.stdout.upper()


def _mac_excel_runs() -> bool:
    return (
        subprocess.run(["pgrep", "-x", "Microsoft Excel"], capture_output=True, check=False).returncode == 0
    )
