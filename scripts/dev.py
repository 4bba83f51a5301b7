#!/usr/bin/env python3
"""One-word recipes for working on eduxl; the first one that runs also sets the checkout up.

    python3 scripts/dev.py            list the recipes
    python3 scripts/dev.py test       run one

Needs only Python 3.11 or newer: this file uses the standard library alone. Set-up makes .venv, installs the
package into it with its extras and, as root on Debian, the Debian packages that the tests need.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import IO

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
PYTHON = BIN / ("python.exe" if os.name == "nt" else "python")
#: Written last, so that a .venv without it is known to be half made.
STAMP = VENV / "eduxl-stamp"
OLDEST = (3, 11)
EXTRAS = "excel,mail,report,scale,test"
#: Tests that the coverage of the pure core does without, in two heaps of about the same time. They run beside the others:
#: those of the second wait for LibreOffice and for servers much of the time.
APART = (
    (
        "tests/ooxml", "tests/returns/test_archives.py", "tests/returns/test_conservation.py",
        "tests/returns/test_habits.py", "tests/returns/test_hostile.py", "tests/returns/test_intake.py",
        "tests/returns/test_office.py", "tests/scripts", "tests/simulation", "tests/spreadsheet", "tests/survival",
        "tests/template",
    ),
    ("tests/addin", "tests/doctor", "tests/mail", "tests/office", "tests/test_bench.py"),
)  # fmt: skip
#: What the tests marked `office` and the docs' pictures need: package → a program it brings, if any.
DEBIAN = {
    "libreoffice-calc": "soffice",
    "libreoffice-writer": None,
    "python3-uno": None,
    "fonts-noto-cjk": None,
    "poppler-utils": "pdftoppm",
    "libarchive-tools": "bsdtar",
    "7zip": "7zz",
    "xvfb": "Xvfb",
    "xdotool": "xdotool",
    "openbox": "openbox",
    "dovecot-imapd": "dovecot",
    "dovecot-pop3d": None,
}


# --- recipes --------------------------------------------------------------------------------------
def demo(args: list[str]) -> int:
    """Run the whole year on the sample plan, into demo/ or the folder given, and say what to open."""
    set_up()
    program = BIN / ("eduxl.exe" if os.name == "nt" else "eduxl")
    return run(program, "demo", *(args or [str(ROOT / "demo")]), cwd=None)


def test(args: list[str]) -> int:
    """Run all tests, then check the coverage of the pure core; with arguments, run pytest on them only."""
    set_up()
    set_up_debian()
    if args:
        return run(PYTHON, "-m", "pytest", *args)
    # Which files are the core, and how much of them must be covered, stands in pyproject.toml.
    ignored = [f"--ignore={place}" for heap in APART for place in heap]
    counted = [PYTHON, "-m", "coverage", "run", "-m", "pytest", *ignored]
    code = beside([[PYTHON, "-m", "pytest", "-p", "no:cacheprovider", *heap] for heap in APART], counted)
    return code or run(PYTHON, "-m", "coverage", "report")


def lint(args: list[str]) -> int:
    """Check style, formatting and types (ruff, mypy); `lint --fix` mends what ruff can mend."""
    set_up()
    mend = args == ["--fix"]
    steps = (
        ["ruff", "check", *(["--fix"] if mend else []), "."],
        ["ruff", "format", *([] if mend else ["--check"]), "."],
        ["mypy"],
    )
    # All of them run, so that one round shows everything there is to mend.
    return max([run(PYTHON, "-m", *step) for step in steps])


def bench(args: list[str]) -> int:
    """Measure speed (scripts/bench.py): `bench`, or `bench startup --json`."""
    set_up()
    return run(PYTHON, ROOT / "scripts" / "bench.py", *args)


def docs(args: list[str]) -> int:
    """Make the generated documentation again (scripts/docs.py): the pictures and docs/codes.md."""
    set_up()
    set_up_debian()
    return run(PYTHON, ROOT / "scripts" / "docs.py", *args)


RECIPES = (demo, test, lint, bench, docs)


# --- set-up ---------------------------------------------------------------------------------------
def set_up() -> None:
    """Make or mend .venv. Fast when nothing changed: reads one stamp and starts its Python once."""
    if sys.version_info < OLDEST:
        oldest = ".".join(map(str, OLDEST))
        stop(f"eduxl needs Python {oldest} or newer; this is {sys.version.split()[0]} ({sys.executable}).")
    place, needs = _place(), _needs()
    have = STAMP.read_text(encoding="utf-8").split("\n") if STAMP.is_file() else []
    sound = have[:1] == [place] and PYTHON.exists() and run(PYTHON, "-c", "import pip", quiet=True) == 0
    if sound and have[1:2] == [needs]:
        return
    if not sound:
        _make_venv()
    STAMP.unlink(missing_ok=True)
    say("installing eduxl and what it needs into .venv (the first time takes a few minutes) …")
    pip = [PYTHON, "-m", "pip", "install", "--disable-pip-version-check", "-qq"]
    if run(*pip, "--editable", f".[{EXTRAS}]") != 0:
        stop("pip could not install the package; its message stands above.")
    STAMP.write_text(f"{place}\n{needs}\n", encoding="utf-8")


def set_up_debian() -> None:
    """Install the Debian packages that are missing, as root; otherwise say what is missing."""
    if shutil.which("dpkg-query") is None:
        missing = [name for name, program in DEBIAN.items() if program and shutil.which(program) is None]
    else:
        missing = [name for name in DEBIAN if not _debian_has(name)]
    if missing and not _apt_install(missing):
        names = " ".join(missing)
        hint = f" (apt-get install {names})" if shutil.which("apt-get") else ""
        say(f"missing: {names}{hint}; what needs them is skipped by name.")


def _make_venv() -> None:
    if VENV.exists():
        if Path(sys.prefix) == VENV:
            stop("the active environment .venv must be made again: run this with the Python outside it.")
        say("the folder .venv is half made, broken or from elsewhere; making it again …")
        shutil.rmtree(VENV)
    if importlib.util.find_spec("ensurepip") is None and not _apt_install(["python3-venv"]):
        stop("this Python cannot make virtual environments; on Debian: apt-get install python3-venv")
    if run(sys.executable, "-m", "venv", VENV) != 0:
        stop("could not make .venv; the message stands above.")


def _place() -> str:
    """Which Python made .venv, and where: a moved checkout or another Python needs a new one."""
    return f"{sys.version.split()[0]} {sys.base_prefix} {ROOT}"


def _needs() -> str:
    text = b"".join((ROOT / name).read_bytes() for name in ("setup.cfg", "pyproject.toml"))
    return hashlib.sha256(text + EXTRAS.encode()).hexdigest()


def _debian_has(package: str) -> bool:
    query = ["dpkg-query", "--show", "--showformat=${db:Status-Status}", package]
    return subprocess.run(query, capture_output=True, text=True).stdout == "installed"


def _apt_install(packages: list[str]) -> bool:
    """True when the packages were installed; False where that is not ours to do or failed."""
    if shutil.which("apt-get") is None or not hasattr(os, "geteuid") or os.geteuid() != 0:
        return False
    say(f"installing Debian packages: {' '.join(packages)} …")
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    apt = ["apt-get", "-qq", "-o", "DPkg::Lock::Timeout=300"]
    install = ["install", "--yes", "--no-install-recommends", *packages]
    # apt-get update may fail for one source of several, so only the installation is asked whether it worked.
    run(*apt, "update", env=env)
    return run(*apt, *install, env=env, quiet=True) == 0


# --- small things ---------------------------------------------------------------------------------
def run(
    *command: object, cwd: Path | None = ROOT, env: dict[str, str] | None = None, quiet: bool = False
) -> int:
    """Run a command, in the checkout unless told otherwise, and return its exit code."""
    out = subprocess.DEVNULL if quiet else None
    return subprocess.run([str(word) for word in command], cwd=cwd, env=env, stdout=out).returncode


def beside(quiet: Sequence[Sequence[object]], loud: Sequence[object]) -> int:
    """Run commands at a time; what those of `quiet` say is shown when all have ended. Returns the first code that is not 0."""
    with ExitStack() as held:
        others: list[tuple[subprocess.Popen[bytes], IO[bytes]]] = []
        for command in quiet:
            said: IO[bytes] = held.enter_context(tempfile.TemporaryFile())
            words = [str(word) for word in command]
            process = subprocess.Popen(words, cwd=ROOT, stdout=said, stderr=subprocess.STDOUT)
            others.append((process, said))
        try:
            code = run(*loud)
            codes = [process.wait() for process, _ in others]
        except BaseException:
            for process, _ in others:
                process.terminate()
                process.wait()
            raise
        for _, heard in others:
            heard.seek(0)
            sys.stdout.flush()
            sys.stdout.buffer.write(heard.read())
            sys.stdout.flush()
    return next((found for found in (code, *codes) if found), 0)


def say(text: str) -> None:
    print(f"dev.py: {text}", file=sys.stderr, flush=True)


def stop(text: str) -> None:
    say(text)
    raise SystemExit(1)


def main(argv: list[str]) -> int:
    recipes = {recipe.__name__: recipe for recipe in RECIPES}
    if argv and argv[0] in recipes:
        return recipes[argv[0]](argv[1:])
    print("python3 scripts/dev.py RECIPE [ARGUMENTS]\n")
    for name, recipe in recipes.items():
        print(f"  {name:6} {recipe.__doc__}")
    return 0 if not argv or argv[0] in ("help", "-h", "--help") else 2


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
