"""The commands doctor, addin and shortcut as people run them on this computer."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from eduxl.cli_doctor import addin, doctor, shortcut
from eduxl.console import Commands
from eduxl.mail.secret import VARIABLE
from eduxl.mail.settings import save
from eduxl.tracker.place import memory_of
from eduxl.tracker.tracker import Tracker
from tests.builders import small_plan, small_roster
from tests.mail.mailing import ADDRESS, settings
from tests.mail.smtp_server import SECRET

linux = pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="would change this user's Excel")


def run(*words: str, code: int = 0) -> Result:
    group = Commands("eduxl", commands=[doctor, addin, shortcut])
    result = CliRunner().invoke(group, list(words))
    assert result.exit_code == code, result.output
    return result


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "台账").mkdir()
    monkeypatch.chdir(tmp_path / "台账")
    Tracker.create(small_plan(), small_roster(), Path("总台账.xlsx"), as_of=date(2022, 6, 1))
    return tmp_path / "台账"


def test_doctor_tells_every_check_and_ends_well(folder: Path) -> None:
    said = run("doctor").stdout
    assert said.splitlines()[0].startswith("✓ Python：")
    assert str(folder / "总台账.xlsx") in said and "可以使用" in said


def test_doctor_gives_the_same_as_json(folder: Path) -> None:
    data = json.loads(run("doctor", "-m", "总台账.xlsx", "--json").stdout)
    assert {found["state"] for found in data["results"]} <= {"good", "warning"}
    assert {"python", "packages", "tracker", "place", "mail"} <= {found["check"] for found in data["results"]}


def test_doctor_names_the_mailbox_and_never_its_secret(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    assert "! 邮件：还没有设置邮箱" in run("doctor").stdout
    # a port where nobody answers: nothing is asked of a server
    save(settings(1), memory_of(folder / "总台账.xlsx"))
    monkeypatch.setenv(VARIABLE, SECRET)
    said, data = run("doctor").stdout, run("doctor", "--json").stdout
    assert f"✓ 邮件：邮箱 {ADDRESS}；授权码在环境变量" in said
    (mail,) = (found for found in json.loads(data)["results"] if found["check"] == "mail")
    assert mail["state"] == "good" and ADDRESS in mail["found"] and SECRET not in said + data


def test_doctor_ends_with_1_where_something_is_bad(folder: Path) -> None:
    said = run("doctor", "-m", "没有.xlsx", code=1).stdout
    assert "✗ 台账和文件夹：找不到总台账 没有.xlsx" in said


def test_doctor_needs_no_package_but_those_that_start_the_command(tmp_path: Path) -> None:
    """A computer on which the installation of the others broke off is one that doctor is for."""
    script = (
        "import sys\n"
        "missing = 'lxml openpyxl pandas python_calamine docx rapidfuzz sqlalchemy xlsxwriter xlwings'\n"
        "sys.modules |= dict.fromkeys([*missing.split(), 'filelock', 'imap_tools', 'keyring', 'pypdfium2'])\n"
        "from eduxl.cli_doctor import doctor\n"
        "doctor.main(['--json'])\n"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, capture_output=True, check=False)
    assert json.loads(done.stdout)["state"] in ("good", "warning"), done.stderr.decode()


def test_the_module_of_the_commands_imports_nothing_but_click() -> None:
    script = "import sys, eduxl.cli; before = set(sys.modules); import eduxl.cli_doctor; print(set(sys.modules) - before)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True, text=True)
    assert done.stdout.strip() in ("{'eduxl.cli_doctor'}", "set()")


@linux
def test_addin_says_what_works_here() -> None:
    assert "LibreOffice" in run("addin", "status").stdout
    assert "eduxl shortcut" in run("addin", "install", code=1).stderr
    assert "没有装过" in run("addin", "remove").stdout


def test_shortcut_writes_one_beside_the_master_and_says_how_to_use_it(folder: Path) -> None:
    said = run("shortcut").stdout
    assert list(folder.glob("汇总.*")) and str(folder / "汇总.") in said and "双击" in said
    assert "没有总台账" in run("shortcut", "-m", "..", code=1).stderr
