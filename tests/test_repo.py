"""Promises of the checkout itself: what the wheel carries, what start-up imports, what the papers say."""

from __future__ import annotations

import configparser
import email
import re
import runpy
import shutil
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

import eduxl
from eduxl import resources
from eduxl.cli import main as cli

ROOT = Path(__file__).resolve().parent.parent
MANUAL = (ROOT / "docs" / "用户手册.md").read_text(encoding="utf-8")
README = (ROOT / "README.md").read_text(encoding="utf-8")
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
#: What takes longer to import than `eduxl --help` may take.
HEAVY = {
    "docx", "lxml", "openpyxl", "pandas", "python_calamine", "rapidfuzz", "sqlalchemy", "xlsxwriter",
    "xlwings",
    "pypdfium2",
}  # fmt: skip


def commands(group: click.Group = cli, path: str = "eduxl") -> Iterator[tuple[str, click.Command]]:
    """Every command with the words that call it: ("eduxl roster check", …)."""
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands(command, f"{path} {name}")
        else:
            yield f"{path} {name}", command


COMMANDS = dict(commands())


def options(command: click.Command) -> list[click.Option]:
    return [option for option in command.params if isinstance(option, click.Option)]


def spellings(command: click.Command) -> set[str]:
    return {text for option in options(command) for text in (*option.opts, *option.secondary_opts)}


def files(folder: str) -> set[str]:
    """Every file below a folder of the checkout, as paths inside it, but for what Python caches there."""
    paths = (path for path in (ROOT / folder).rglob("*") if path.is_file())
    return {path.relative_to(ROOT / folder).as_posix() for path in paths if path.parent.name != "__pycache__"}


def section(heading: str) -> str:
    """The manual's section whose heading begins like this, up to the next heading."""
    found = re.search(rf"^#+ {re.escape(heading)}.*?(?=^#+ |\Z)", MANUAL, re.MULTILINE | re.DOTALL)
    assert found, f"the manual has no section {heading}"
    return found[0]


# --- the wheel ------------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel built from a copy of the sources, so that leftovers of earlier builds cannot get in."""
    source, target = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    for name in ("setup.cfg", "pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    for name in ("eduxl", "workbook"):
        shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
    build = [sys.executable, "-m", "pip", "wheel", "-qq", "--no-deps", "--no-build-isolation"]
    subprocess.run([*build, "--wheel-dir", target, source], check=True)
    (built,) = target.glob("*.whl")
    return built


def test_wheel_carries_every_file_of_the_package_and_of_workbook(wheel: Path) -> None:
    wanted = {f"eduxl/{name}" for name in files("eduxl")}
    wanted |= {f"eduxl/workbook/{name}" for name in files("workbook")}
    carried = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    assert carried == wanted


def test_wheel_finds_the_samples_from_any_folder(wheel: Path, tmp_path: Path) -> None:
    site = tmp_path / "site"
    zipfile.ZipFile(wheel).extractall(site)
    script = (
        f"import sys; sys.path.insert(0, {str(site)!r})\n"
        "from eduxl.resources import sample_plan, sample_roster\n"
        "with sample_plan() as plan, sample_roster() as roster:\n"
        "    print(plan, plan.stat().st_size, roster.stat().st_size)\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, capture_output=True, encoding="utf-8", check=True
    )
    with resources.sample_plan() as plan, resources.sample_roster() as roster:
        sizes = f"{plan.stat().st_size} {roster.stat().st_size}"
    assert run.stdout.startswith(str(site))
    assert run.stdout.endswith(f"{sizes}\n")


def test_wheel_metadata_has_the_version_of_the_package(wheel: Path) -> None:
    archive = zipfile.ZipFile(wheel)
    (name,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
    metadata = email.message_from_bytes(archive.read(name))
    assert (metadata["Name"], metadata["Version"]) == ("eduxl", eduxl.__version__)
    assert metadata["Requires-Python"] == ">=3.11"
    assert metadata["License"] == "MIT"
    assert "eduxl = eduxl.cli:main" in archive.read(name.replace("METADATA", "entry_points.txt")).decode()


def test_a_missing_resource_is_named() -> None:
    with pytest.raises(FileNotFoundError, match=r"no-such\.txt"):
        resources.workbook("samples", "no-such.txt")


# --- configuration --------------------------------------------------------------------------------
def test_the_version_and_the_metadata_stand_in_one_place_each() -> None:
    config = configparser.ConfigParser()
    config.read(ROOT / "setup.cfg", encoding="utf-8")
    assert config["metadata"]["version"] == "attr: eduxl.__version__"
    assert set(PYPROJECT) == {"build-system", "tool"}


def test_every_file_of_the_coverage_gate_exists() -> None:
    coverage = PYPROJECT["tool"]["coverage"]
    assert coverage["report"]["fail_under"] >= 95
    assert [pattern for pattern in coverage["run"]["include"] if not list(ROOT.glob(pattern))] == []


def test_no_file_names_a_machine_or_a_registry() -> None:
    # In pieces, so that this file does not find itself.
    private = re.compile("/ro" "ot/|/ho" "me/|/wo" "rk/|/tm" "p/|pypi" r"\.org")
    folders = [ROOT / name for name in ("eduxl", "scripts", "tests", "docs", "workbook", ".ci")]
    files = [*ROOT.glob("*.*"), *(path for folder in folders for path in folder.rglob("*"))]
    texts = {".py", ".md", ".cfg", ".toml", ".json", ".txt", ".xml", ".bas", ".cls", ""}
    found = [
        f"{path.relative_to(ROOT)}: {match[0]}"
        for path in files
        if path.is_file() and path.suffix in texts and path.name != ".coverage"
        for match in private.finditer(path.read_text(encoding="utf-8", errors="replace"))
    ]
    assert found == []


# --- start-up -------------------------------------------------------------------------------------
@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["merge", "--help"]], ids=" ".join)
def test_help_starts_without_the_heavy_libraries(arguments: list[str]) -> None:
    script = (
        "import sys\n"
        "from eduxl.cli import main\n"
        "try:\n"
        f"    main({arguments!r})\n"
        "except SystemExit as stop:\n"
        "    assert not stop.code, stop.code\n"
        f"print('heavy:', sorted({HEAVY!r} & sys.modules.keys()))\n"
    )
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, encoding="utf-8", check=True)
    assert run.stdout.splitlines()[-1] == "heavy: []"


def test_importing_the_package_is_as_light() -> None:
    script = f"import sys, eduxl; print(sorted({HEAVY!r} & sys.modules.keys()))"
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, encoding="utf-8", check=True)
    assert run.stdout == "[]\n"


# --- papers ---------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", COMMANDS)
def test_the_manual_has_a_section_with_an_example_and_every_option_of(name: str) -> None:
    text = section(f"`{name}`")
    assert re.search(rf"^ +{name}\b", text, re.MULTILINE), "no example"
    text += section("几条命令都有的选项")
    named = set(re.findall(r"(?<![\w-])--?[a-z][a-z0-9-]*", text))
    assert spellings(COMMANDS[name]) - named == set()


@pytest.mark.parametrize("name", COMMANDS)
def test_help_says_what_the_command_does_and_ends_in_an_example(name: str) -> None:
    text = COMMANDS[name].help or ""
    assert re.search(r"[\u4e00-\u9fff]", text), "no Chinese help"
    assert f"{name} " in text or text.rstrip().endswith(name), "no example"
    assert [option.opts for option in options(COMMANDS[name]) if not option.help] == []


@pytest.mark.parametrize("text", [MANUAL, README], ids=["manual", "readme"])
def test_the_papers_name_no_command_or_option_that_does_not_exist(text: str) -> None:
    calls = re.findall(r"^ +(eduxl [a-z].*)$", text, re.MULTILINE)
    calls += re.findall(r"`(eduxl [a-z][^`]*)`", text)
    assert calls
    for call in calls:
        words = call.split("#")[0].split()
        name = next((" ".join(words[:n]) for n in (3, 2) if " ".join(words[:n]) in COMMANDS), None)
        assert name or " ".join(words[:2]) in {path.rsplit(" ", 1)[0] for path in COMMANDS}, call
        used = {word for word in words if re.fullmatch(r"--?[a-z][a-z0-9-]*", word)}
        assert not name or used <= spellings(COMMANDS[name]) | {"--help", "--debug"}, call


def test_the_readme_gives_the_two_commands_and_its_pictures_exist() -> None:
    assert "python3 scripts/dev.py demo" in README
    assert "python3 scripts/dev.py test" in README
    for name, text in {"README.md": README, "docs/用户手册.md": MANUAL}.items():
        for target in re.findall(r"\]\(([^)#:]+)\)", text):
            assert ((ROOT / name).parent / target).is_file(), f"{name}: {target}"


def test_the_page_of_codes_is_the_one_that_the_code_makes() -> None:
    make_page = runpy.run_path(str(ROOT / "scripts" / "docs.py"))["codes_page"]
    assert (ROOT / "docs" / "codes.md").read_text(encoding="utf-8") == make_page()


def test_ci_runs_the_readme_test_command() -> None:
    assert "\npython3 scripts/dev.py test\n" in (ROOT / ".ci" / "run").read_text(encoding="utf-8")


def test_changelog_begins_with_this_version_and_the_licence_is_mit() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert re.findall(r"^## (\S+)", changelog, re.MULTILINE)[0] == eduxl.__version__
    assert (ROOT / "LICENSE").read_text(encoding="utf-8").startswith("MIT License\n")


# --- scripts --------------------------------------------------------------------------------------
def dev(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, ROOT / "scripts" / "dev.py", *arguments]
    return subprocess.run(command, capture_output=True, encoding="utf-8")


def test_dev_lists_its_recipes_and_refuses_others() -> None:
    listing = dev()
    assert listing.returncode == 0
    recipes = re.findall(r"^  (\w+) +[A-Z]", listing.stdout, re.MULTILINE)
    assert recipes == ["demo", "test", "lint", "bench", "docs"]
    assert dev("deploy").returncode == 2
