"""Looks at this computer and writes down what is there; judges nothing. Changes nothing that it doesn't put back."""

from __future__ import annotations

import os
import re
import shutil
import struct
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path, PureWindowsPath
from typing import Literal

from eduxl.addin import install, program
from eduxl.addin.registry import Registry
from eduxl.doctor import packages
from eduxl.doctor.facts import Facts, Folder, Kind, Macros, Mail, Office, Python, Tracker
from eduxl.doctor.places import bits_of, cloud_of, variables_in
from eduxl.errors import EduxlError
from eduxl.tracker import place

_APP_PATHS = r"Software\Microsoft\Windows\CurrentVersion\App Paths"
_MAC_APPS: tuple[tuple[Literal["excel", "wps", "libreoffice"], str, str], ...] = (
    ("excel", "Microsoft Excel", "Microsoft Excel.app"),
    ("wps", "WPS Office", "wpsoffice.app"),
    ("libreoffice", "LibreOffice", "LibreOffice.app"),
)
_WINDOWS_FONTS = {
    "msyh.ttc": "微软雅黑",
    "msyh.ttf": "微软雅黑",
    "simsun.ttc": "宋体",
    "simhei.ttf": "黑体",
    "Deng.ttf": "等线",
}
_NETWORK_SYSTEMS = {"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "fuse.sshfs", "davfs", "fuse.davfs2"}


def look(master: Path | None) -> Facts:
    """Everything about this computer, and about a tracker: the given one, else the one of the current folder."""
    computer = install.Computer.this()
    registry = computer.registry
    try:
        addin = install.state(computer) if computer.system != "other" else None
    except EduxlError:
        addin = None
    around = program.here(registry)
    found = tracker(master, dict(os.environ))
    return Facts(
        computer.system,
        _python(),
        packages.found(),
        offices(computer.system, registry, Path("/Applications")),
        macros(computer.system, registry, computer.home),
        addin,
        computer.in_code_page(around.setting),
        tuple(program.places(around)),
        computer.program,
        found,
        _fonts(computer.system),
        mail(place.memory_of(Path(found.master)) if found.master else None),
    )


def _python() -> Python:
    version = sys.version_info
    return Python(
        (version.major, version.minor, version.micro),
        struct.calcsize("P") * 8,
        sys.executable,
        install.is_store(sys.base_prefix),
    )


# --- office programs ---


def offices(system: install.System, registry: Registry | None, applications: Path) -> tuple[Office, ...]:
    """The spreadsheet programs of a computer; `applications` is macOS's folder of them."""
    if system == "macos":
        return tuple(
            Office(kind, name, str(applications / folder), 64)
            for kind, name, folder in _MAC_APPS
            if (applications / folder).exists()
        )
    if system == "windows" and registry is not None:
        return tuple(_windows_offices(registry))
    soffice = shutil.which("soffice") or shutil.which("libreoffice")
    wps = shutil.which("et")
    found = [Office("libreoffice", "LibreOffice", soffice)] if soffice else []
    return (*found, *([Office("wps", "WPS Office", wps)] if wps else []))


def _windows_offices(registry: Registry) -> Iterable[Office]:
    excel = _registered(registry, "excel.exe")
    # WPS may have put its own program there.
    if PureWindowsPath(excel).name.casefold() == "excel.exe":
        yield Office("excel", _excel_name(registry), excel, _bits(Path(excel)))
    kingsoft = r"Software\Kingsoft\Office\6.0\Common"
    if et := _registered(registry, "et.exe"):
        yield Office("wps", "WPS Office", et, _bits(Path(et)))
    elif root := _either(registry, kingsoft, "InstallRoot"):
        yield Office("wps", "WPS Office", root)
    if uno := _either(registry, r"Software\LibreOffice\UNO\InstallPath", ""):
        yield Office("libreoffice", "LibreOffice", uno, _bits(Path(uno) / "soffice.exe"))


def _registered(registry: Registry, exe: str) -> str:
    return _either(registry, rf"{_APP_PATHS}\{exe}", "").strip('"')


def _either(registry: Registry, key: str, name: str) -> str:
    """A text of this user, else of all users, else ""."""
    for hive in ("HKCU", "HKLM"):
        value = registry.value(rf"{hive}\{key}", name)
        if isinstance(value, str) and value:
            return value
    return ""


def _excel_name(registry: Registry) -> str:
    version = _either(registry, r"Software\Microsoft\Office\ClickToRun\Configuration", "VersionToReport")
    if version:
        return f"Excel {version}"
    versions = install.excels(registry)
    return install.office_name(versions[-1]) if versions else "Excel"


def _bits(path: Path) -> int:
    try:
        with path.open("rb") as file:
            return bits_of(file.read(4096))
    except OSError:
        return 0


# --- macro settings ---


def macros(system: install.System, registry: Registry | None, home: Path) -> tuple[Macros, ...]:
    """The settings for macros: of each Excel on Windows, of this user's LibreOffice elsewhere."""
    if system == "windows" and registry is not None:
        return tuple(_excel_macros(registry, version) for version in install.excels(registry))
    if system == "other":
        settings = home / ".config/libreoffice/4/user/registrymodifications.xcu"
        text = settings.read_text("utf-8", errors="replace") if settings.is_file() else ""
        return (Macros("", libreoffice_level(text)),)
    return ()


def _excel_macros(registry: Registry, version: str) -> Macros:
    tail = rf"Microsoft\Office\{version}\Excel\Security"
    policies = (rf"HKCU\Software\Policies\{tail}", rf"HKLM\Software\Policies\{tail}")
    user = rf"HKCU\Software\{tail}"
    level, by_policy = _first(registry, policies, user, "VBAWarnings")
    blocked, _ = _first(registry, policies, user, "BlockContentExecutionFromInternet")
    return Macros(
        version, 2 if level is None else level, by_policy, None if blocked is None else bool(blocked)
    )


def _first(registry: Registry, policies: Iterable[str], user: str, name: str) -> tuple[int | None, bool]:
    """A number, a policy's before the user's, and whether it was a policy's."""
    for key in policies:
        value = registry.value(key, name)
        if isinstance(value, int):
            return value, True
    value = registry.value(user, name)
    return (value if isinstance(value, int) else None), False


def libreoffice_level(settings: str) -> int:
    """MacroSecurityLevel in LibreOffice's registrymodifications.xcu; its default is 2."""
    found = re.search(r'oor:name="MacroSecurityLevel"[^>]*>\s*<value>(\d)</value>', settings)
    return int(found[1]) if found else 2


# --- the tracker ---


def tracker(master: Path | None, environment: Mapping[str, str]) -> Tracker:
    """Where the tracker and its folders are; makes and takes away a file in each to see if that is allowed."""
    named = master is not None
    try:
        path = (place.master_at(master) if master else place.master_in(Path())).absolute()
    except EduxlError as error:
        return Tracker(str(error), named)
    except ImportError as error:  # an installation that is not whole is what this is for, too
        return Tracker(f"缺程序包（{error.name}），读不了台账", named)
    folder = path.parent
    wanted = {"台账": folder, "记录": place.memory_of(path), "收件": folder / "returns"}
    return Tracker(
        "",
        named,
        str(path),
        tuple(Folder(use, str(at), _writable(at)) for use, at in wanted.items() if at.is_dir()),
        _kind(folder),
        cloud_of(folder, environment),
        Path(f"{path}{install.MARK}").exists(),
        variables_in(str(path), environment) if os.name == "nt" else (),
    )


def _writable(folder: Path) -> bool:
    try:
        with tempfile.NamedTemporaryFile(prefix=".eduxl-", dir=folder):
            return True
    except OSError:
        return False


def _kind(folder: Path) -> Kind:
    if sys.platform == "win32":
        import ctypes

        remote = 4  # DRIVE_REMOTE
        drive = folder.resolve().drive
        is_remote = drive.startswith("\\\\") or ctypes.windll.kernel32.GetDriveTypeW(f"{drive}\\") == remote
        return "network" if is_remote else "local"
    mounts = Path("/proc/mounts")
    return kind_by(folder.resolve(), mounts.read_text("utf-8", "replace") if mounts.is_file() else "")


def kind_by(folder: Path, mounts: str) -> Kind:
    """Whether a folder is on a network drive by the lines of /proc/mounts: device, place, kind of file system."""
    fitting = []
    for line in mounts.splitlines():
        _, at, system, *_ = [*line.split(" "), "", "", ""]
        at = re.sub(r"\\(\d{3})", lambda match: chr(int(match[1], 8)), at)
        if at and folder.is_relative_to(at):
            fitting.append((len(at), system))
    return "network" if fitting and max(fitting)[1] in _NETWORK_SYSTEMS else "local"


# --- mail ---


def mail(memory: Path | None) -> Mail:
    """The mailbox of the tracker with this memory folder, None for no tracker. Nothing is asked of a mail server."""
    from eduxl.mail import secret, settings

    address = problem = ""
    variable = False
    try:
        variable = secret.from_environment() is not None
        if memory is not None:
            address = settings.load(memory).address
    except EduxlError as error:
        problem = "" if error.code == "no-settings" else str(error)
    kept = bool(address) and (variable or secret.stored(address) is not None)
    return Mail(address, _has_keyring(), variable, kept, problem)


def _has_keyring() -> bool:
    """Whether keyring has found a place that keeps what it is given."""
    try:
        import keyring
        from keyring.backends import fail, null

        found = keyring.get_keyring()
    except Exception:  # its backends fail in ways of their own
        return False
    return not isinstance(found, fail.Keyring | null.Keyring)


# --- fonts ---


def _fonts(system: install.System) -> tuple[str, ...] | None:
    if system == "macos":
        return ("系统自带",)
    if system == "windows":
        folder = Path(os.environ.get("WINDIR", "C:/Windows")) / "Fonts"
        return tuple(dict.fromkeys(name for file, name in _WINDOWS_FONTS.items() if (folder / file).exists()))
    if not shutil.which("fc-list"):
        return None
    listed = subprocess.run(["fc-list", ":lang=zh-cn", "family"], capture_output=True, check=False).stdout
    families = listed.decode("utf-8", "replace").splitlines()
    names = {family.split(",")[0].strip() for family in families if family.strip()}
    # Those drawn for the mainland first: they are what a clerk sees.
    return tuple(sorted(names, key=lambda name: (" SC" not in name, name)))
