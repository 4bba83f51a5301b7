"""The built Office files: what the sources give, readable by oletools, and fitting the workbooks they go into."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import zipfile
from io import BytesIO
from pathlib import Path
from xml.etree import ElementTree

import pytest

from eduxl.tracker.author import master_bytes
from eduxl.tracker.layout.sheets import CODE_NAMES

from ..scripts import SCRIPTS, script
from ..scripts.readers import VBA_Parser, modules
from ..tracker.masters import fake_master

ROOT = SCRIPTS.parent
SOURCES, RIBBONS, BUILT = (ROOT / "workbook" / name for name in ("vba", "ribbon", "built"))
PROJECT, ADDIN = BUILT / "vbaProject.bin", BUILT / "教育台账.xlam"
ACTIONS = ("merge", "templates", "send", "fetch", "remind", "refresh", "report", "doctor")
#: Texts of VBA as they were written and as they are built.
LITERAL = re.compile(r'"(?:[^"\n]|"")*"')
TEXT = re.compile(r'(?:"(?:[^"\n]|"")*"|ChrW\$\(\d+\))(?: & (?:_\n\s+)?(?:"(?:[^"\n]|"")*"|ChrW\$\(\d+\)))*')
TERM = re.compile(r'"((?:[^"]|"")*)"|ChrW\$\((\d+)\)')

build = script("build_addin")


@pytest.fixture(scope="module")
def master() -> bytes:
    return master_bytes(fake_master(8, 5), macros=True, vba_project=PROJECT)


@pytest.fixture(scope="module", params=[PROJECT, ADDIN], ids=["master", "addin"])
def built(request: pytest.FixtureRequest) -> dict[str, str]:
    """The modules of a built file."""
    path: Path = request.param
    return modules(path.name, path.read_bytes())


def parts(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(BytesIO(data)) as archive:
        return {info.filename: archive.read(info) for info in archive.infolist()}


def code_names(data: bytes) -> set[str]:
    """The code names of the workbook and its sheets."""
    found = {
        re.findall(rb'<(?:workbookPr|sheetPr)\b[^>]*\bcodeName="([^"]+)"', content)[0].decode()
        for name, content in parts(data).items()
        if re.fullmatch(r"xl/(?:workbook|worksheets/[^/]+)\.xml", name)
    }
    return found


def told(expression: str) -> str:
    """The text that literals and ChrW$ joined by `&` give."""
    return "".join(
        chr(int(number)) if number else text.replace('""', '"') for text, number in TERM.findall(expression)
    )


def sentences(source: str) -> list[str]:
    """The Chinese texts in a source as it was written or as it is built."""
    return [text for match in TEXT.finditer(source) if not (text := told(match[0])).isascii()]


# --- a rebuild --------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", ["vbaProject.bin", "教育台账.xlam", "SOURCES.sha256"])
def test_a_rebuild_gives_the_same_bytes(name: str) -> None:
    assert build.built()[name] == (BUILT / name).read_bytes()


def test_check_agrees_in_another_time_zone_and_with_another_order_of_hashes() -> None:
    run = subprocess.run(
        [sys.executable, SCRIPTS / "build_addin.py", "--check"],
        env=os.environ | {"PYTHONHASHSEED": "7", "TZ": "Asia/Shanghai", "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        encoding="utf-8",
    )
    assert (run.returncode, run.stdout, run.stderr) == (0, "", "")


def test_nothing_else_is_built_and_no_source_is_left_out() -> None:
    assert {path.name for path in BUILT.iterdir()} == set(build.built())
    listed = {
        line.split("  ")[1] for line in (BUILT / "SOURCES.sha256").read_text(encoding="utf-8").splitlines()
    }
    assert listed == {
        path.relative_to(ROOT).as_posix() for folder in (SOURCES, RIBBONS) for path in folder.iterdir()
    }
    used = {"ThisWorkbook", *build.MASTER_MODULES, *build.ADDIN_MODULES}
    assert {path.stem for path in SOURCES.iterdir()} == used


# --- the modules ----------------------------------------------------------------------------------
def test_olevba_reads_the_sources_but_for_the_spelling_of_chinese(built: dict[str, str]) -> None:
    for name, code in built.items():
        assert code.isascii()
        lines = [line for line in code.splitlines() if not line.startswith("Attribute ")]
        path = SOURCES / f"{name}{'.cls' if name == 'ThisWorkbook' else '.bas'}"
        source = path.read_text(encoding="utf-8") if path.is_file() else ""
        if source.isascii():
            assert lines == source.splitlines()
        written, made = sentences(source), sentences("\n".join(lines))
        assert made == written
        # Everything besides texts is as it was.
        assert TEXT.sub('""', "\n".join(lines)).split() == TEXT.sub('""', source).split()


def test_there_are_chinese_texts_at_all(built: dict[str, str]) -> None:
    texts = sentences(built["modLaunch"])
    assert len(texts) >= 7
    assert any(text.startswith("没有找到 eduxl") for text in texts)


def test_every_document_module_is_a_code_name_of_the_master_and_every_code_name_has_one(
    master: bytes,
) -> None:
    found = modules("master.xlsm", master)
    documents = {name for name, code in found.items() if "\nAttribute VB_Base = " in code}
    assert documents == code_names(master) == {"ThisWorkbook", *CODE_NAMES.values()}
    assert set(found) - documents == set(build.MASTER_MODULES)


def test_every_document_module_of_the_addin_is_a_code_name() -> None:
    found = modules(ADDIN.name, ADDIN.read_bytes())
    documents = {name for name, code in found.items() if "\nAttribute VB_Base = " in code}
    assert documents == code_names(ADDIN.read_bytes())
    assert set(found) - documents == set(build.ADDIN_MODULES)


def test_the_master_carries_the_project_byte_for_byte(master: bytes) -> None:
    assert parts(master)["xl/vbaProject.bin"] == PROJECT.read_bytes()


def test_names_of_modules_are_short_and_ascii(built: dict[str, str]) -> None:
    assert all(re.fullmatch(r"[A-Za-z][A-Za-z0-9]{1,21}", name) for name in built)


def test_there_is_a_macro_for_every_button_of_the_master() -> None:
    code = modules(PROJECT.name, PROJECT.read_bytes())["modEduxl"]
    subs = re.findall(r'^Public Sub (\w+)\(\)\n    EduxlRun "(\w+)"\nEnd Sub$', code, re.MULTILINE)
    assert subs == [(f"Eduxl{action.title()}", action) for action in ACTIONS]


def test_no_line_that_some_basics_do_not_understand(built: dict[str, str]) -> None:
    for code in built.values():
        assert not re.search(r"^\s*#|\bDeclare\b|^\s*\w+ \([^()]*\) &", code, re.MULTILINE)
        assert max(map(len, code.splitlines())) <= 1023


# --- what a virus scanner asks --------------------------------------------------------------------
@pytest.mark.parametrize("path", [PROJECT, ADDIN], ids=["master", "addin"])
def test_nothing_runs_by_itself_and_each_suspicious_word_is_explained(path: Path) -> None:
    parser = VBA_Parser(path.name, data=path.read_bytes())
    findings = {(kind, word) for kind, word, _ in parser.analyze_macros()}
    parser.close()
    assert {word for kind, word in findings if kind == "AutoExec"} == set()
    page = (ROOT / "docs" / "addin.md").read_text(encoding="utf-8")
    explained = set(re.findall(r"^\| `([^`]+)` \|", page, re.MULTILINE))
    assert {word for kind, word in findings if kind in ("Suspicious", "IOC")} <= explained


# --- the add-in -----------------------------------------------------------------------------------
def test_the_addin_says_that_it_is_one_and_its_root_leads_to_both_ribbons() -> None:
    found = parts(ADDIN.read_bytes())
    types = found["[Content_Types].xml"].decode()
    assert (
        'ContentType="application/vnd.ms-excel.addin.macroEnabled.main+xml" PartName="/xl/workbook.xml"'
        in (re.sub(r'(PartName="/xl/workbook.xml") (ContentType="[^"]+")', r"\2 \1", types))
    )
    relations = {
        element.get("Target"): element.get("Type") for element in ElementTree.fromstring(found["_rels/.rels"])
    }
    for name, kind in build.RIBBONS.items():
        assert relations[f"customUI/{name}"] == kind
        assert found[f"customUI/{name}"] == (RIBBONS / name).read_text(encoding="utf-8").encode()


@pytest.mark.parametrize(("name", "year"), [("customUI.xml", "2006/01"), ("customUI14.xml", "2009/07")])
def test_each_ribbon_is_sound_and_its_callbacks_exist(name: str, year: str) -> None:
    root = ElementTree.fromstring((RIBBONS / name).read_text(encoding="utf-8"))
    space = f"{{http://schemas.microsoft.com/office/{year}/customui}}"
    assert root.tag == f"{space}customUI"
    assert {element.tag for element in root.iter()} == {
        space + tag for tag in ("customUI", "ribbon", "tabs", "tab", "group", "button")
    }
    ids = [element.get("id") for element in root.iter() if element.get("id")]
    assert len(set(ids)) == len(ids)
    buttons = list(root.iter(f"{space}button"))
    assert [button.get("label") for button in buttons if not button.get("supertip")] == []
    keys = [str(button.get("keytip")) for button in buttons]
    assert len(set(keys)) == len(keys) == 11
    assert all(re.fullmatch("[A-Z]", key) for key in keys)
    code = (SOURCES / "modRibbon.bas").read_text(encoding="utf-8")
    callbacks = re.findall(r"^Public Sub (\w+)\(control As Object\)$", code, re.MULTILINE)
    assert sorted(callbacks) == sorted(str(button.get("onAction")) for button in buttons)


def test_both_ribbons_are_the_same_but_for_the_year() -> None:
    old, new = ((RIBBONS / name).read_text(encoding="utf-8") for name in build.RIBBONS)
    assert old.replace("2006/01", "2009/07") == new


def test_the_ribbon_has_the_eight_actions_and_the_three_of_its_own() -> None:
    code = (SOURCES / "modRibbon.bas").read_text(encoding="utf-8")
    assert set(re.findall(r'EduxlStart "(\w+)"', code)) == {*ACTIONS, "new", "sendbacks", "help"}


def test_the_addin_opens_as_a_workbook() -> None:
    openpyxl = pytest.importorskip("openpyxl")
    data = ADDIN.read_bytes()
    # openpyxl knows no add-ins; as a macro-enabled workbook the same parts must be sound.
    types = b"application/vnd.ms-excel.addin.macroEnabled.main+xml"
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in parts(data).items():
            archive.writestr(name, content.replace(types, types.replace(b"addin", b"sheet")))
    assert openpyxl.load_workbook(out).sheetnames == ["eduxl"]
