"""What the probes see: of this computer, of registries in memory, of folders made for the purpose."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any

import keyring
import keyring.backends.fail
import keyring.backends.null
import pytest

from eduxl.addin.registry import Registry
from eduxl.doctor import packages, probe
from eduxl.doctor.facts import Macros, Mail
from eduxl.doctor.places import bits_of, cloud_of, variables_in
from eduxl.mail.secret import VARIABLE, Secret, keep
from eduxl.mail.settings import save
from eduxl.tracker.place import memory_of
from eduxl.tracker.tracker import Tracker
from tests.addin.memory_winreg import MemoryWinreg
from tests.builders import small_plan, small_roster
from tests.mail.mailing import ADDRESS, settings
from tests.mail.smtp_server import SECRET
from tests.mail.test_secret import Ring

from .computers import MICROSOFT_365, POLICY, SECURITY


def registry(*contents: dict[str, dict[str, Any]]) -> Registry:
    return Registry(MemoryWinreg({key: values for content in contents for key, values in content.items()}))


@pytest.fixture
def master(tmp_path: Path) -> Path:
    folder = tmp_path / "台 账"
    folder.mkdir()
    return Tracker.create(small_plan(), small_roster(), folder / "总台账.xlsx", as_of=date(2022, 6, 1)).path


# --- office programs ---


def test_excel_of_microsoft_365_is_found(tmp_path: Path) -> None:
    (found,) = probe.offices("windows", registry(MICROSOFT_365), tmp_path)
    assert (found.kind, found.name) == ("excel", "Excel 16.0.17328.20162")
    assert found.place.endswith("EXCEL.EXE")


def test_an_excel_from_a_disk_wps_and_libreoffice_are_found_with_their_bits(tmp_path: Path) -> None:
    for name, machine in {"EXCEL.EXE": 0x014C, "et.exe": 0x8664, "soffice.exe": 0xAA64}.items():
        (tmp_path / name).write_bytes(program(machine))
    paths = r"Software\Microsoft\Windows\CurrentVersion\App Paths"
    found = probe.offices(
        "windows",
        registry(
            {rf"HKLM\{paths}\excel.exe": {"": f'"{tmp_path / "EXCEL.EXE"}"'}},
            {rf"HKCU\{paths}\et.exe": {"": str(tmp_path / "et.exe")}},
            {r"HKLM\Software\LibreOffice\UNO\InstallPath": {"": str(tmp_path)}},
            {r"HKLM\Software\Microsoft\Office\14.0\Excel\InstallRoot": {"Path": str(tmp_path)}},
        ),
        tmp_path,
    )
    assert [(o.kind, o.name, o.bits) for o in found] == [
        ("excel", "Excel 2010", 32),
        ("wps", "WPS Office", 64),
        ("libreoffice", "LibreOffice", 64),
    ]


def test_wps_is_found_by_its_folder_too(tmp_path: Path) -> None:
    content = {r"HKCU\Software\Kingsoft\Office\6.0\Common": {"InstallRoot": r"C:\Kingsoft\12.1.0"}}
    (found,) = probe.offices("windows", registry(content), tmp_path)
    assert (found.kind, found.bits) == ("wps", 0)


def test_wps_in_the_place_of_excel_is_not_excel(tmp_path: Path) -> None:
    paths = r"HKLM\Software\Microsoft\Windows\CurrentVersion\App Paths"
    assert probe.offices("windows", registry({rf"{paths}\excel.exe": {"": r"C:\WPS\et.exe"}}), tmp_path) == ()


def test_no_office_is_found_in_an_empty_registry(tmp_path: Path) -> None:
    assert probe.offices("windows", registry(), tmp_path) == ()


def test_programs_of_macos_are_found_by_their_folders(tmp_path: Path) -> None:
    (tmp_path / "Microsoft Excel.app").mkdir()
    (tmp_path / "LibreOffice.app").mkdir()
    assert [o.kind for o in probe.offices("macos", None, tmp_path)] == ["excel", "libreoffice"]


# --- macro settings ---


def test_macros_ask_where_nothing_is_set() -> None:
    assert probe.macros("windows", registry(MICROSOFT_365), Path()) == (Macros("16.0", 2),)


def test_macros_as_the_user_set_them() -> None:
    user = {SECURITY: {"VBAWarnings": 4, "BlockContentExecutionFromInternet": 0}}
    assert probe.macros("windows", registry(MICROSOFT_365, user), Path()) == (
        Macros("16.0", 4, False, False),
    )


def test_a_policy_comes_before_the_user() -> None:
    both = {SECURITY: {"VBAWarnings": 1}, POLICY: {"vbawarnings": 3, "blockcontentexecutionfrominternet": 1}}
    assert probe.macros("windows", registry(MICROSOFT_365, both), Path()) == (Macros("16.0", 3, True, True),)


def test_macros_of_libreoffice(tmp_path: Path) -> None:
    assert probe.macros("other", None, tmp_path) == (Macros("", 2),)
    settings = tmp_path / ".config/libreoffice/4/user/registrymodifications.xcu"
    settings.parent.mkdir(parents=True)
    settings.write_text(
        '<item oor:path="/org.openoffice.Office.Common/Security/Scripting">'
        '<prop oor:name="MacroSecurityLevel" oor:op="fuse"><value>1</value></prop></item>'
    )
    assert probe.macros("other", None, tmp_path) == (Macros("", 1),)
    assert probe.macros("macos", None, tmp_path) == ()


# --- the tracker ---


def test_the_folders_of_a_tracker_are_tried_and_left_as_they_were(master: Path) -> None:
    (master.parent / "returns").mkdir()
    before = sorted(master.parent.rglob("*"))
    found = probe.tracker(master, {})
    assert (found.problem, found.master) == ("", str(master))
    assert [(f.use, f.writable) for f in found.folders] == [("台账", True), ("记录", True), ("收件", True)]
    assert sorted(master.parent.rglob("*")) == before


@pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="needs a folder in which not even root may write")
def test_a_folder_without_rights_is_seen(master: Path) -> None:
    (master.parent / "returns").symlink_to("/proc/self")
    assert [f.writable for f in probe.tracker(master, {}).folders] == [True, True, False]


def test_the_tracker_of_the_current_folder_is_looked_for(
    master: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(master.parent)
    assert probe.tracker(None, {}).master == str(master)
    monkeypatch.chdir(master.parent.parent)
    found = probe.tracker(None, {})
    assert "没有总台账" in found.problem and not found.named
    assert probe.tracker(master.with_name("别的.xlsx"), {}).named


def test_the_mark_of_the_web_and_the_cloud_are_seen(master: Path) -> None:
    Path(f"{master}:Zone.Identifier").write_text("[ZoneTransfer]\nZoneId=3\n")
    found = probe.tracker(master, {"OneDrive": str(master.parent.parent)})
    assert found.marked and found.cloud == "OneDrive"


MOUNTS = "/dev/sda1 / ext4 rw 0 0\nserver:/share /mnt/台\\040账 nfs4 rw 0 0\n/dev/sdb /mnt/台\\040账/local xfs rw 0 0\n"


@pytest.mark.parametrize(
    ("folder", "kind"), [("/srv/x", "local"), ("/mnt/台 账/2022", "network"), ("/mnt/台 账/local/x", "local")]
)
def test_network_drives_are_told_by_the_mounts(folder: str, kind: str) -> None:
    assert probe.kind_by(Path(folder), MOUNTS) == kind
    assert probe.kind_by(Path(folder), "") == "local"


# --- mail ---


@pytest.fixture
def ring(monkeypatch: pytest.MonkeyPatch) -> Iterator[Ring]:
    """A keyring of this test, and no variable."""
    monkeypatch.delenv(VARIABLE, raising=False)
    before, ring = keyring.get_keyring(), Ring()
    keyring.set_keyring(ring)
    yield ring
    keyring.set_keyring(before)


def test_without_a_tracker_or_a_mailbox_there_is_no_address(ring: Ring, master: Path) -> None:
    nothing = Mail("", keyring=True, variable=False, kept=False)
    assert probe.mail(None) == probe.mail(memory_of(master)) == nothing


def test_the_secret_of_a_mailbox_is_looked_for_and_not_told(ring: Ring, master: Path) -> None:
    mailbox = settings(1)
    save(mailbox, memory_of(master))
    assert probe.mail(memory_of(master)) == Mail(ADDRESS, True, False, False)
    keep(mailbox, Secret(SECRET))
    found = probe.look(master).mail
    assert found == Mail(ADDRESS, True, False, True) and SECRET not in repr(found)


@pytest.mark.parametrize("backend", [keyring.backends.fail.Keyring, keyring.backends.null.Keyring])
def test_a_keyring_that_keeps_nothing_is_none(
    ring: Ring, master: Path, backend: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    save(settings(1), memory_of(master))
    keyring.set_keyring(backend())
    assert probe.mail(memory_of(master)) == Mail(ADDRESS, False, False, False)
    monkeypatch.setenv(VARIABLE, SECRET)
    assert probe.mail(memory_of(master)) == Mail(ADDRESS, False, True, True)


def test_a_keyring_that_fails_when_it_is_asked_does_not_stop_the_look(ring: Ring, master: Path) -> None:
    save(settings(1), memory_of(master))
    ring.broken = RuntimeError
    assert probe.mail(memory_of(master)) == Mail(ADDRESS, True, False, False)


def test_settings_and_a_variable_that_cannot_be_used_are_a_problem(
    ring: Ring, master: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = save(settings(1), memory_of(master))
    place.write_text("address = 1", encoding="utf-8")
    found = probe.mail(memory_of(master))
    assert (found.address, found.kept) == ("", False) and "看不懂" in found.problem
    monkeypatch.setenv(VARIABLE, f"{SECRET}\nsecond line")
    found = probe.mail(memory_of(master))
    assert "重新复制" in found.problem and SECRET not in found.problem


# --- paths ---


@pytest.mark.parametrize(
    ("path", "service"),
    [
        (PureWindowsPath(r"C:\Users\王芳\OneDrive - 民乐县教育局\台账"), "OneDrive"),
        (PureWindowsPath(r"D:\我的坚果云\台账"), ""),
        (PureWindowsPath(r"D:\坚果云\台账"), "坚果云"),
        (PureWindowsPath(r"D:\WPS云盘\台账"), "WPS 云盘"),
        (PurePosixPath("/Users/w/Library/Mobile Documents/台账"), "iCloud"),
        (PureWindowsPath(r"D:\台账"), ""),
        (PureWindowsPath(r"E:\同步\台账"), "OneDrive"),
    ],
)
def test_services_that_synchronise_are_told_by_the_path(path: PureWindowsPath, service: str) -> None:
    assert cloud_of(path, {"OneDriveCommercial": r"E:\同步", "OneDrive": ""}) == service


def test_variables_in_a_path_are_those_that_exist() -> None:
    assert variables_in(r"D:\完成100%的%Temp%和%甲%", {"TEMP": "x"}) == ()
    assert variables_in(r"D:\%Temp%和%甲%", {"TEMP": "x"}) == ("%Temp%",)


def program(machine: int) -> bytes:
    """The beginning of a Windows program for a machine."""
    return (
        b"MZ"
        + bytes(58)
        + (128).to_bytes(4, "little")
        + bytes(64)
        + b"PE\0\0"
        + machine.to_bytes(2, "little")
    )


@pytest.mark.parametrize(
    ("head", "bits"),
    [
        (program(0x8664), 64),
        (program(0x014C), 32),
        (program(0x01C4), 0),
        (b"MZ", 0),
        (b"", 0),
        (b"#!/bin/sh\n", 0),
    ],
)
def test_bits_are_read_from_the_program(head: bytes, bits: int) -> None:
    assert bits_of(head) == bits


# --- packages ---


def test_requirements_are_sorted_by_the_part_that_asks_for_them() -> None:
    required, extras = packages.sort(
        ["attrs>=23.2", "click >= 8.4", 'xlwings>=0.33; extra == "excel"', "lxml"]
    )
    assert required == [("attrs", "23.2"), ("click", "8.4"), ("lxml", "")]
    assert extras == {"excel": [("xlwings", "0.33")]}
    with pytest.raises(ValueError, match="not a requirement"):
        packages.sort(["attrs<30"])


def test_the_packages_of_this_eduxl_are_those_of_setup_cfg() -> None:
    found = packages.found()
    root = Path(__file__).resolve().parents[2]
    required, extras = packages.sort(packages.asked_by_checkout(root / "setup.cfg"))
    assert [(p.name, p.least) for p in found.required] == required
    assert [(p.name, p.least) for p in found.extras["excel"]] == extras["excel"]
    assert all(map(packages.is_enough, found.required))


def test_without_metadata_the_checkout_says_what_it_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> list[str]:
        raise packages.metadata.PackageNotFoundError(name)

    installed = packages.found()
    monkeypatch.setattr(packages.metadata, "requires", missing)
    found = packages.found()
    assert found.source and found.required == installed.required


def test_a_package_that_is_missing_has_no_version() -> None:
    assert packages.package("no-such-package", "1").installed == ""


# --- this computer ---


def test_this_computer_is_looked_at(master: Path) -> None:
    facts = probe.look(master)
    assert facts.python.version == sys.version_info[:3] and facts.python.executable == sys.executable
    assert facts.tracker.master == str(master)
    assert facts.own and facts.programs
