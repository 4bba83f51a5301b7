"""The add-in in and out of Excel, on the files of a folder and a registry in memory."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve

from eduxl.addin.install import (
    MARK,
    XLAM,
    AddinError,
    Computer,
    install,
    is_store,
    office_name,
    remove,
    state,
    state_lines,
)
from eduxl.addin.program import SETTING_KEY
from eduxl.addin.registry import Registry
from eduxl.errors import FileProblem
from eduxl.resources import workbook

from .memory_winreg import MemoryWinreg

OFFICE = r"HKCU\Software\Microsoft\Office"
OPTIONS = rf"{OFFICE}\16.0\Excel\Options"
MANAGER = rf"{OFFICE}\16.0\Excel\Add-in Manager"
INSTALLED = {r"HKLM\Software\Microsoft\Office\16.0\Excel\InstallRoot": {"Path": r"C:\Office16"}}
SOLVER = r'/R "C:\Program Files\Office\Library\SOLVER.XLAM"'
FUNDS = '"funcres.xlam"'


class Machine:
    """A Windows computer in a folder."""

    def __init__(self, folder: Path, content: dict[str, dict[str, Any]], **changes: Any) -> None:
        self.winreg = MemoryWinreg(content)
        self.folder = folder
        script = folder / "Scripts" / "eduxl.exe"
        script.parent.mkdir(parents=True, exist_ok=True)
        script.write_bytes(b"MZ launcher")
        computer = Computer(
            "windows",
            folder,
            {"APPDATA": str(folder / "Roaming"), "LOCALAPPDATA": str(folder / "Local")},
            Registry(self.winreg),
            lambda: False,
            str(script),
            r"C:\Users\王芳\Python312",
            lambda text: True,
        )
        self.computer = evolve(computer, **changes)

    @property
    def copy(self) -> Path:
        return self.folder / "Roaming" / "Microsoft" / "AddIns" / XLAM

    @property
    def entry(self) -> str:
        return f'"{self.copy}"'

    def options(self, version: str = "16.0") -> dict[str, Any]:
        return self.winreg.dump().get(rf"{OFFICE}\{version}\Excel\Options", {})

    def files(self) -> list[str]:
        return sorted(
            str(p.relative_to(self.folder)) for p in self.folder.rglob("*") if p.parent.name != "Scripts"
        )


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path / "王 芳", INSTALLED)


# --- in ---


def test_install_copies_the_addin_registers_it_and_names_the_program(machine: Machine) -> None:
    said = install(machine.computer)
    assert machine.copy.read_bytes() == workbook("built", XLAM).read_bytes()
    assert machine.options() == {"OPEN": machine.entry}
    assert machine.winreg.dump()[SETTING_KEY] == {"Program": machine.computer.program}
    text = "".join(said)
    assert str(machine.copy) in text and machine.computer.program in text
    assert "信任中心" in text and "解除锁定" in text and "受信任位置" in text


def test_install_twice_is_install_once(machine: Machine) -> None:
    install(machine.computer)
    before = machine.winreg.dump(), machine.files()
    install(machine.computer)
    assert (machine.winreg.dump(), machine.files()) == before


def test_install_keeps_the_other_addins_and_takes_the_next_number(tmp_path: Path) -> None:
    options = {"OPEN": SOLVER, "OPEN1": FUNDS, "Options": 3, "Font": "宋体,11", "OpenXYZ": "x"}
    machine = Machine(tmp_path, {**INSTALLED, OPTIONS: options})
    install(machine.computer)
    assert machine.options() == {**options, "OPEN2": machine.entry}


@pytest.mark.parametrize("old", [f'"{XLAM}"', rf'/R "D:\旧 的\{XLAM}"', XLAM.upper()])
def test_install_takes_the_place_of_an_older_entry_wherever_it_pointed(tmp_path: Path, old: str) -> None:
    machine = Machine(tmp_path, {**INSTALLED, OPTIONS: {"OPEN": old, "OPEN1": SOLVER, "OPEN2": old}})
    install(machine.computer)
    assert machine.options() == {"OPEN": machine.entry, "OPEN1": SOLVER}


def test_install_ticks_again_what_was_unticked_in_excel(tmp_path: Path) -> None:
    other = r"C:\别的.xlam"
    machine = Machine(tmp_path, {**INSTALLED, MANAGER: {rf"C:\旧\{XLAM}": "", other: ""}})
    install(machine.computer)
    assert machine.options() == {"OPEN": machine.entry}
    assert machine.winreg.dump()[MANAGER] == {other: ""}


def test_install_registers_in_each_excel_there_is(tmp_path: Path) -> None:
    used = {rf"{OFFICE}\15.0\Excel\Options": {}, rf"{OFFICE}\11.0\Excel": {}, rf"{OFFICE}\14.0\Word": {}}
    click = {r"HKLM\Software\Microsoft\Office\ClickToRun\Configuration": {"Platform": "x64"}}
    machine = Machine(tmp_path, {**used, **click, rf"{OFFICE}\Common": {}})
    said = install(machine.computer)
    assert machine.options("15.0") == machine.options("16.0") == {"OPEN": machine.entry}
    assert not machine.options("14.0") and not machine.options("11.0")
    assert "Excel 2013" in said[0] and "2016" in said[0]


def test_install_finds_a_32_bit_office(tmp_path: Path) -> None:
    machine = Machine(tmp_path, {})
    computer = evolve(machine.computer, registry=Registry(MemoryWinreg(INSTALLED, old=True)))
    install(computer)
    assert state(computer).ticked == ("16.0",)


def test_install_takes_the_mark_of_the_web_off_its_copy(machine: Machine) -> None:
    machine.copy.parent.mkdir(parents=True)
    machine.copy.write_bytes(b"old")
    # A stream on Windows; elsewhere a file of that name.
    mark = Path(f"{machine.copy}{MARK}")
    mark.write_text("[ZoneTransfer]\nZoneId=3\n")
    assert state(machine.computer).marked
    install(machine.computer)
    assert not mark.exists() and not state(machine.computer).marked


# --- the program ---


def test_a_program_that_getsetting_would_break_is_copied_to_the_third_place(machine: Machine) -> None:
    computer = evolve(machine.computer, in_code_page=str.isascii)
    install(computer)
    copy = machine.folder / "Local" / "eduxl" / "eduxl.exe"
    assert copy.read_bytes() == b"MZ launcher"
    assert SETTING_KEY not in machine.winreg.dump()
    remove(computer)
    assert machine.files() == [name for name in machine.files() if "eduxl" not in name]


def test_a_python_that_getsetting_would_break_is_told(machine: Machine) -> None:
    computer = evolve(machine.computer, in_code_page=str.isascii, program=r"C:\王芳\python.exe")
    assert any("EDUXL_EXE" in line for line in install(computer))


def test_remove_leaves_a_program_that_it_did_not_copy(machine: Machine) -> None:
    there = machine.folder / "Local" / "eduxl" / "eduxl.exe"
    there.parent.mkdir(parents=True)
    there.write_bytes(b"MZ of an installer")
    install(machine.computer)
    remove(machine.computer)
    assert there.read_bytes() == b"MZ of an installer"
    computer = evolve(machine.computer, program=str(there), in_code_page=str.isascii)
    install(computer)
    remove(computer)
    assert there.exists()


# --- out ---


def test_remove_leaves_nothing_behind(tmp_path: Path) -> None:
    machine = Machine(tmp_path, INSTALLED)
    registry, files = machine.winreg.dump(), machine.files()
    install(machine.computer)
    said = remove(machine.computer)
    left = {key: values for key, values in machine.winreg.dump().items() if key not in registry}
    # Folders and keys that every Windows has are the user's own.
    assert set(left) <= {OFFICE, r"HKCU\Software\Microsoft", r"HKCU\Software"}
    assert not any(left.values())
    assert [name for name in machine.files() if name not in files] == ["Roaming", "Roaming/Microsoft"] or (
        sys.platform == "win32"
    )
    assert said == ["已取下加载项，登记和设置也都删了。"]
    assert remove(machine.computer) == ["没有装过加载项，不用做什么。"]


def test_remove_closes_the_gap_in_excels_list(tmp_path: Path) -> None:
    machine = Machine(
        tmp_path, {**INSTALLED, OPTIONS: {"OPEN": SOLVER, "OPEN1": f'"{XLAM}"', "OPEN2": FUNDS}}
    )
    remove(machine.computer)
    assert machine.options() == {"OPEN": SOLVER, "OPEN1": FUNDS}


def test_remove_keeps_the_list_in_order_beyond_ten(tmp_path: Path) -> None:
    entries = [f'"{n}.xlam"' for n in range(12)]
    options = {"OPEN" + (str(n) if n else ""): entry for n, entry in enumerate(entries)}
    machine = Machine(tmp_path, {**INSTALLED, OPTIONS: options})
    install(machine.computer)
    assert machine.options()["OPEN12"] == machine.entry
    remove(machine.computer)
    assert machine.options() == options


def test_remove_keeps_what_other_programs_have_in_the_same_keys(machine: Machine) -> None:
    other = r"HKCU\Software\VB and VBA Program Settings\别的\Addin"
    machine.computer.registry.write(other, "Program", "x")  # type: ignore[union-attr]
    neighbour = machine.copy.with_name("别的.xlam")
    neighbour.parent.mkdir(parents=True)
    neighbour.write_bytes(b"x")
    install(machine.computer)
    remove(machine.computer)
    assert machine.winreg.dump()[other] == {"Program": "x"}
    assert neighbour.exists() and not machine.copy.exists()


# --- refusals, which change nothing ---


@pytest.mark.parametrize("doing", [install, remove])
def test_nothing_is_done_while_excel_runs(machine: Machine, doing: Any) -> None:
    computer = evolve(machine.computer, excel_runs=lambda: True)
    before = machine.winreg.dump(), machine.files()
    with pytest.raises(AddinError, match="关闭所有 Excel 窗口") as error:
        doing(computer)
    assert error.value.code == "excel-open"
    assert (machine.winreg.dump(), machine.files()) == before


def test_without_excel_nothing_is_installed(tmp_path: Path) -> None:
    machine = Machine(tmp_path, {r"HKCU\Software\Kingsoft\Office\6.0\Common": {"InstallRoot": r"C:\WPS"}})
    with pytest.raises(AddinError, match="eduxl shortcut") as error:
        install(machine.computer)
    assert error.value.code == "no-excel"
    assert machine.files() == ["Scripts"]


def test_a_python_of_the_store_cannot_install(machine: Machine) -> None:
    store = r"C:\Program Files\WindowsApps\PythonSoftwareFoundation.Python.3.12_qbz5n2kfra8p0"
    with pytest.raises(AddinError, match="应用商店") as error:
        install(evolve(machine.computer, python=store))
    assert error.value.code == "store-python"
    assert is_store(store) and not is_store(r"C:\Users\王芳\AppData\Local\Python\pythoncore-3.14-64")


def test_a_windows_without_a_user_folder_is_told_so(machine: Machine) -> None:
    with pytest.raises(AddinError, match="APPDATA"):
        install(evolve(machine.computer, environment={}))


def test_a_registry_that_may_not_be_written_is_told_so(machine: Machine) -> None:
    machine.winreg.read_only.add(OPTIONS.partition("\\")[2])
    with pytest.raises(FileProblem, match="登记加载项"):
        install(machine.computer)


def test_a_windows_without_a_registry_is_told_so(machine: Machine) -> None:
    with pytest.raises(AddinError, match="注册表"):
        install(evolve(machine.computer, registry=None))


# --- status ---


def test_the_state_before_and_after(machine: Machine) -> None:
    found = state(machine.computer)
    assert not found.there and found.ticked == ()
    assert "没有装加载项" in state_lines(found, machine.computer)[0]
    install(machine.computer)
    found = state(machine.computer)
    assert found.there and found.current and found.ticked == found.versions == ("16.0",)
    assert found.setting == machine.computer.program
    assert not [line for line in state_lines(found, machine.computer) if "请" in line]


def test_the_state_tells_an_older_copy_an_absent_tick_and_a_block(machine: Machine) -> None:
    install(machine.computer)
    machine.copy.write_bytes(b"older")
    items = rf"{OFFICE}\16.0\Excel\Resiliency\DisabledItems"
    path = str(machine.copy).lower().encode("utf-16-le")
    machine.winreg.SetValueEx(
        machine.winreg.CreateKeyEx("HKCU", items[5:]), "1A2B", 0, 3, b"\2\0\0\0" + path + b"\0\0"
    )
    machine.computer.registry.delete(OPTIONS, "OPEN")  # type: ignore[union-attr]
    found = state(machine.computer)
    assert not found.current and found.ticked == () and found.blocked == ("16.0",)
    text = "".join(state_lines(found, machine.computer))
    assert "不是这一版" in text and "没有登记" in text and "禁用项目" in text


# --- other systems ---


def test_macos_gets_the_copy_and_is_told_what_to_click(tmp_path: Path) -> None:
    office = tmp_path / "Library" / "Group Containers" / "UBF8T346G9.Office"
    computer = Computer(
        "macos", tmp_path, {}, None, lambda: False, "/usr/local/bin/eduxl", "/usr", lambda t: True
    )
    with pytest.raises(AddinError, match="没有找到 Microsoft Excel"):
        install(computer)
    office.mkdir(parents=True)
    said = "".join(install(computer))
    copy = office / "User Content.localized" / "Add-Ins.localized" / XLAM
    assert copy.read_bytes() == workbook("built", XLAM).read_bytes()
    assert "Excel 加载项" in said
    assert state(computer).current and "Excel 加载项" in "".join(state_lines(state(computer), computer))
    with pytest.raises(AddinError, match="正开着"):
        remove(evolve(computer, excel_runs=lambda: True))
    remove(computer)
    assert list(office.iterdir()) == []


def test_linux_is_told_what_works_there(tmp_path: Path) -> None:
    computer = Computer("other", tmp_path, {}, None, lambda: False, "/usr/bin/eduxl", "/usr", lambda t: True)
    with pytest.raises(AddinError, match="LibreOffice"):
        install(computer)
    said = "".join(state_lines(state(computer), computer))
    assert "eduxl shortcut" in said and "eduxl merge" in said
    assert "没有装过" in remove(computer)[0]
    assert list(tmp_path.iterdir()) == []


def test_this_computer_can_be_described() -> None:
    computer = Computer.this()
    assert (computer.system == "windows") == (sys.platform == "win32")
    assert (computer.registry is None) == (sys.platform != "win32")
    assert computer.in_code_page("总台账") or sys.platform == "win32"


@pytest.mark.parametrize(("version", "name"), [("15.0", "Excel 2013"), ("17.0", "Excel 17.0")])
def test_versions_have_names(version: str, name: str) -> None:
    assert office_name(version) == name
