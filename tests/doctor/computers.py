"""Computers as their probes saw them: facts for the judging functions, and registries for the probes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from eduxl.addin.install import State
from eduxl.addin.program import FOLDER, SETTING, Finding, Place
from eduxl.doctor.facts import Facts, Folder, Macros, Mail, Office, Package, Packages, Python, Tracker

EXE = r"C:\Users\王芳\AppData\Local\Programs\Python\Python312\Scripts\eduxl.exe"
ADDIN = State(
    Path(r"C:\Users\王芳\AppData\Roaming\Microsoft\AddIns\教育台账.xlam"),
    True,
    True,
    ("16.0",),
    ("16.0",),
    (),
    False,
    EXE,
)
EXCEL = Office(
    "excel", "Excel 16.0.17328.20162", r"C:\Program Files\Microsoft Office\Root\Office16\EXCEL.EXE", 64
)
WPS = Office(
    "wps", "WPS Office", r"C:\Users\王芳\AppData\Local\Kingsoft\WPS Office\12.1.0\office6\et.exe", 32
)
LIBREOFFICE = Office("libreoffice", "LibreOffice", "/usr/bin/soffice")
ADDRESS = "mljyj@163.com"
DOCUMENTS = r"C:\Users\王芳\Documents\民乐县2022"
#: Microsoft 365 as it lies in the registry, with an administrator's policy for macros.
MICROSOFT_365: dict[str, dict[str, Any]] = {
    r"HKLM\Software\Microsoft\Office\ClickToRun\Configuration": {
        "Platform": "x64",
        "VersionToReport": "16.0.17328.20162",
    },
    r"HKLM\Software\Microsoft\Windows\CurrentVersion\App Paths\excel.exe": {
        "": r"C:\Program Files\Microsoft Office\Root\Office16\EXCEL.EXE"
    },
    r"HKCU\Software\Microsoft\Office\16.0\Excel\Options": {"Font": "宋体,11"},
}
POLICY = r"HKCU\Software\Policies\Microsoft\Office\16.0\Excel\Security"
SECURITY = r"HKCU\Software\Microsoft\Office\16.0\Excel\Security"


def packages(
    installed: str = "3.1.5", xlwings: str = "0.33.2", imap: str = "1.10.0", keyring: str = "25.6.0"
) -> Packages:
    """An eduxl that asks for openpyxl and attrs, for xlwings for Excel, and for two packages for mail."""
    return Packages(
        "0.1.0",
        False,
        (Package("openpyxl", "3.1.3", installed), Package("attrs", "23.2", "26.1.0")),
        {
            "excel": (Package("xlwings", "0.33", xlwings),),
            "mail": (Package("imap-tools", "1.7", imap), Package("keyring", "25.2", keyring)),
            "report": (),
        },
    )


def windows(**changes: Any) -> Facts:
    """A Windows with Excel on which everything is right."""
    facts: dict[str, Any] = {
        "system": "windows",
        "python": Python(
            (3, 12, 4), 64, r"C:\Users\王芳\AppData\Local\Programs\Python\Python312\python.exe", False
        ),
        "packages": packages(),
        "offices": (EXCEL,),
        "macros": (Macros("16.0", 2),),
        "addin": ADDIN,
        "setting_readable": True,
        "programs": (finding(SETTING, EXE),),
        "own": EXE,
        "tracker": tracker(),
        "fonts": ("微软雅黑", "宋体"),
        "mail": Mail(ADDRESS, keyring=True, variable=False, kept=True),
    }
    return Facts(**{**facts, **changes})


def linux(**changes: Any) -> Facts:
    """A Linux with LibreOffice on which everything is right."""
    facts: dict[str, Any] = {
        "system": "other",
        "python": Python((3, 11, 7), 64, "/usr/bin/python3", False),
        "offices": (LIBREOFFICE,),
        "macros": (Macros("", 1),),
        "addin": None,
        "programs": (finding(FOLDER, "/usr/bin/eduxl"),),
        "own": "/usr/bin/eduxl",
        "fonts": ("Noto Sans CJK SC",),
    }
    return windows(**{**facts, **changes})


def finding(place: Place, program: str, starts: bool = True) -> Finding:
    """What a place holds."""
    return Finding(place, program, starts)


def tracker(**changes: Any) -> Tracker:
    """A tracker in the user's documents."""
    facts: dict[str, Any] = {
        "problem": "",
        "named": False,
        "master": DOCUMENTS + r"\总台账.xlsm",
        "folders": (Folder("台账", DOCUMENTS, True), Folder("记录", DOCUMENTS + r"\总台账.eduxl", True)),
    }
    return Tracker(**{**facts, **changes})
