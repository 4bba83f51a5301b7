"""A merge that nothing has changed since is answered from its receipt: word for word what merging again would say."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import date as D
from datetime import timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from attrs import frozen
from click.testing import CliRunner

from eduxl import labels as L
from eduxl.cli import main
from eduxl.tracker import receipt
from eduxl.tracker.tracker import Tracker
from tests.builders import fill, small_plan, small_roster
from tests.tracker.test_lock import holder
from tests.tracker.test_tracker import ANSWER, DONE, type_into

DAY = "2022-06-26"
LATER = D(2022, 6, 27)
RUNS = int(os.environ.get("EDUXL_RECEIPTS", "2"))


@frozen
class Told:
    """What a command printed and how it ended."""

    stdout: str
    stderr: str
    code: int


class Today(D):
    """A date that knows another day as today."""

    shown = D(2022, 6, 26)

    @classmethod
    def today(cls) -> D:  # type: ignore[override]
        return cls.shown


class Desk:
    """A folder with a tracker and the returns that came, and a twin of it in which every merge is done."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder, self.returns = folder, folder / "收回"
        self.tracker = Tracker(folder / "总台账.xlsx")
        self.kept = self.tracker.memory / receipt.NAME
        self.patch = monkeypatch
        #: whether the last merge was answered from the receipt
        self.quick = False
        recall = receipt.recall

        def seen(*args: Any, **more: Any) -> receipt.Said | None:
            found = recall(*args, **more)
            self.quick = found is not None
            return found

        monkeypatch.setattr(receipt, "recall", seen)

    def run(self, *args: str, folder: Path | None = None) -> Told:
        self.patch.chdir(folder or self.folder)
        done = CliRunner().invoke(main, args)
        return Told(done.stdout, done.stderr, done.exit_code)

    def merge(self, *args: str) -> Told:
        """Merge, and compare with what a merge without any receipt says in the same state."""
        args = args or ("收回", "--as-of", DAY)
        twin = self.folder.with_name("双胞胎")
        shutil.rmtree(twin, ignore_errors=True)
        shutil.copytree(self.folder, twin, symlinks=True)
        receipt.discard(twin / self.tracker.memory.name)
        plain = self.run("merge", *args, folder=twin)
        told = self.run("merge", *args)
        assert told == plain
        assert (self.tracker.path.read_bytes() == (twin / "总台账.xlsx").read_bytes()) or not self.quick
        return told

    def answered(self, *args: str) -> bool:
        """Merge as above; True where that was answered from the receipt."""
        self.merge(*args)
        return self.quick

    def send(self, unit: str, name: str = "", answer: dict[str, Any] | None = None, day: int = 20) -> Path:
        target = self.returns / (name or f"{unit}.xlsx")
        return _filled(self.folder.with_name("forms"), unit, target, answer or ANSWER, day)

    def type(self, values: dict[str, object]) -> None:
        type_into(self.tracker, L.ENTRIES, {L.UNIT_CODE: "S001", L.TASK_NO: 1}, values)


def _filled(forms: Path, unit: str, target: Path, answer: dict[str, Any], day: int) -> Path:
    return fill(next(forms.glob(f"{unit}_*")), target, {1: answer}, D(2022, 6, day))


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a tracker, the returns of three units and, beside it, all forms."""
    folder = tmp_path_factory.mktemp("receipt") / "台账"
    folder.mkdir()
    tracker = Tracker.create(small_plan(), small_roster(), folder / "总台账.xlsx", as_of=D(2022, 5, 1))
    tracker.open_round("2022-05", D(2022, 5, 25), as_of=D(2022, 5, 1))
    tracker.open_round("2022-06", D(2022, 6, 25), as_of=D(2022, 6, 1))
    forms, returns = folder.with_name("forms"), folder / "收回"
    tracker.write_templates(forms, as_of=D(2022, 6, 2))
    for unit, day in (
        ("S001", 20),
        ("S002", 26),
        ("S003", 28),
    ):  # the last after the day of the merge, which is said
        _filled(forms, unit, returns / f"{unit}.xlsx", ANSWER, day)
    (returns / "说明.txt").write_text("请查收", encoding="utf-8")
    return folder


@pytest.fixture
def desk(base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    shutil.copytree(base, tmp_path / "台账")
    shutil.copytree(base.with_name("forms"), tmp_path / "forms")
    return Desk(tmp_path / "台账", monkeypatch)


@pytest.fixture
def settled(desk: Desk) -> Desk:
    """A desk whose returns are merged."""
    assert desk.run("merge", "收回", "--as-of", DAY).code == 0
    assert not desk.quick and desk.kept.exists()
    return desk


# --- the same again -------------------------------------------------------------------------------
def test_the_same_again(settled: Desk) -> None:
    said = settled.merge()
    assert settled.quick and "没有新内容" in said.stdout and "有1个文件的时间晚于" in said.stderr
    assert settled.answered("收回", "--as-of", DAY, "--json")
    assert settled.answered("收回", "--as-of", "2022年6月26日", "-m", "总台账.xlsx")
    assert settled.answered(str(settled.returns), "--as-of", DAY, "-m", "总台账.eduxl")


def test_the_receipt_of_a_merge_is_that_of_its_repetition(settled: Desk) -> None:
    first = settled.kept.read_bytes()
    settled.kept.unlink()
    assert not settled.answered()
    assert settled.kept.read_bytes() == first


def test_refused_files_are_refused_again(desk: Desk) -> None:
    (desk.returns / "坏的.xlsx").write_bytes(b"not a workbook")
    desk.send("S003", "又一份.xlsx", DONE, day=22)
    first = desk.merge()
    again = desk.merge()
    assert desk.quick and first.code == again.code == 3
    assert "没读懂 坏的.xlsx" in again.stdout and "不计入" in again.stdout
    assert desk.answered("收回", "--as-of", DAY, "--json")


def test_copies_are_told_by_the_second_merge(desk: Desk) -> None:
    shutil.copy2(desk.returns / "S001.xlsx", desk.returns / "S001 - 副本.xlsx")
    assert [desk.answered() for _ in range(3)] == [False, False, True]


def test_the_default_folder(desk: Desk) -> None:
    shutil.copytree(desk.returns, desk.folder / "returns" / "2022-06")
    assert [desk.answered("--as-of", DAY) for _ in range(2)] == [False, True]
    desk.merge("--as-of", DAY, "--round", "2022-06")
    assert not desk.quick
    shutil.rmtree(desk.folder / "returns")
    desk.merge("--as-of", DAY)
    assert not desk.quick


def test_what_the_clerk_mistyped_is_said_again(settled: Desk) -> None:
    settled.type({L.REVIEW: "也许吧"})
    said = settled.merge()
    assert not settled.quick and "也许吧" in said.stderr
    again = settled.merge()
    assert settled.quick and "也许吧" in again.stderr


def test_a_day_before_the_last_one_is_said_again(settled: Desk) -> None:
    early = ("收回", "--as-of", "2022-06-25")
    assert "注意" in settled.merge(*early).stderr
    assert "注意" in settled.merge(*early).stderr and settled.quick


def test_a_workbook_saved_without_a_change(settled: Desk) -> None:
    book = openpyxl.load_workbook(settled.tracker.path)
    book.save(settled.tracker.path)
    assert [settled.answered() for _ in range(2)] == [False, True]


def test_progress_ends_where_it_would(settled: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    steps: list[tuple[int, int]] = []

    @contextmanager
    def progress(label: str) -> Iterator[Callable[[int, int], None]]:
        yield lambda done, total: steps.append((done, total))

    monkeypatch.setattr("eduxl.cli.progress", progress)
    assert settled.answered()
    *plain, last, quick = steps
    assert plain and last == quick == (3, 3)


def test_little_is_loaded(settled: Desk) -> None:
    program = (
        "import sys\n"
        "from eduxl.cli import main\n"
        "main(sys.argv[1:], standalone_mode=False)\n"
        "print(*sys.modules, file=sys.stderr)\n"
    )
    settled.merge()
    done = subprocess.run(
        [sys.executable, "-c", program, "merge", "收回", "--as-of", DAY],
        cwd=settled.folder, capture_output=True, encoding="utf-8", check=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(p or os.getcwd() for p in sys.path), "PYTHONUTF8": "1"},
    )  # fmt: skip
    assert "没有新内容" in done.stdout
    loaded = set(done.stderr.split())
    own = {name for name in loaded if name.startswith("eduxl.")}
    assert own == {
        "eduxl.cli", "eduxl.cli_addin", "eduxl.cli_doctor", "eduxl.cli_mail",
        "eduxl.cli_mailroom", "eduxl.console", "eduxl.errors", "eduxl.files", "eduxl.labels",
        "eduxl.lazy", "eduxl.returns", "eduxl.returns.walk", "eduxl.tracker", "eduxl.tracker.place", "eduxl.tracker.receipt",
    }  # fmt: skip
    assert not loaded & {"attr", "attrs", "sqlalchemy", "sqlite3", "filelock", "lxml", "zipfile"}


# --- something changed ----------------------------------------------------------------------------
def _rewrite(path: Path) -> None:
    """Another content of the same size under the same time."""
    info, data = path.stat(), path.read_bytes()
    path.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    os.utime(path, ns=(info.st_atime_ns, info.st_mtime_ns))


def _large(desk: Desk) -> None:
    """A large file, changed in its middle under the same time, where the system keeps another one."""
    path = desk.returns / "照片.jpg"
    path.write_bytes(b"\xff\xd8\xff" + bytes(3 << 20))
    desk.merge()
    desk.merge()
    info = path.stat()
    with path.open("r+b") as file:
        file.seek(1 << 20)
        file.write(b"x")
    os.utime(path, ns=(info.st_atime_ns, info.st_mtime_ns))


def _elsewhere(desk: Desk) -> None:
    """The returns now lie in another folder, to which the name leads."""
    desk.returns.rename(desk.folder / "收到")
    desk.returns.symlink_to("收到", target_is_directory=True)


def _old_ledger(desk: Desk) -> None:
    """A ledger of before the merge, from a backup, under the time of the present one."""
    ledger = desk.tracker.memory / "ledger.sqlite"
    moment = ledger.stat().st_mtime_ns
    desk.run("undo", "--as-of", DAY)
    desk.run("merge", "收回/S002.xlsx", "--as-of", DAY)
    shutil.copy(ledger, desk.folder.with_name("ledger"))
    desk.run("merge", "收回", "--as-of", DAY)
    shutil.copy(desk.folder.with_name("ledger"), ledger)
    os.utime(ledger, ns=(moment, moment))


def _killed(desk: Desk) -> None:
    """A merge that was killed after the workbook was replaced: its note stays, its receipt never came."""
    desk.kept.unlink()
    note = {"host": "h", "user": "u", "pid": 1, "time": "2022-06-26T10:00:00+08:00", "command": "汇总"}
    (desk.tracker.memory / "lock.json").write_text(json.dumps(note), encoding="utf-8")


def _note(desk: Desk) -> None:
    (desk.tracker.memory / "lock.json").write_text("{", encoding="utf-8")


def _other_program(desk: Desk) -> None:
    folder = desk.folder.with_name("bin")
    folder.mkdir(exist_ok=True)
    for name in ("7zz", "7zz.exe"):
        (folder / name).touch()
    desk.patch.setenv("PATH", str(folder), prepend=os.pathsep)


def _receipt(**changes: Any) -> Callable[[Desk], object]:
    def change(desk: Desk) -> None:
        found = json.loads(desk.kept.read_text(encoding="ascii"))
        desk.kept.write_text(json.dumps(found | changes), encoding="ascii")

    return change


def _other_version(desk: Desk) -> None:
    found = json.loads(desk.kept.read_text(encoding="ascii"))
    found["asked"]["eduxl"] = "0.0.9"
    desk.kept.write_text(json.dumps(found), encoding="ascii")


#: Changes after which a receipt says nothing any more.
CHANGES: dict[str, Callable[[Desk], object]] = {
    "undo": lambda d: d.run("undo", "--as-of", DAY),
    "new return": lambda d: d.send("G01"),
    "new file": lambda d: (d.returns / "新的.txt").write_text("新"),
    "new return in a folder": lambda d: d.send("G01", "股室/党办.xlsx"),
    "better return": lambda d: d.send("S001", "S001 改.xlsx", DONE, day=24),
    "changed file": lambda d: d.send("S001", answer=DONE),
    "changed under its time": lambda d: _rewrite(d.returns / "S001.xlsx"),
    "changed text": lambda d: (d.returns / "说明.txt").write_text("请查看", encoding="utf-8"),
    "changed large file": _large,
    "touched file": lambda d: os.utime(d.returns / "S002.xlsx", (1655000000, 1655000000)),
    "removed file": lambda d: (d.returns / "S002.xlsx").unlink(),
    "renamed file": lambda d: (d.returns / "S002.xlsx").rename(d.returns / "二.xlsx"),
    "removed folder": lambda d: shutil.rmtree(d.returns),
    "moved folder": _elsewhere,
    "link to a file": lambda d: (d.returns / "链.xlsx").symlink_to("S001.xlsx"),
    "dangling link": lambda d: (d.returns / "断.xlsx").symlink_to("没有.xlsx"),
    "review": lambda d: d.type({L.REVIEW: L.REVIEW_RESULTS[1], L.REVIEW_NOTE: "请补"}),
    "answer typed over": lambda d: d.type({L.REPORT: "改了"}),
    "no workbook": lambda d: d.tracker.path.unlink(),
    "ledger of before": _old_ledger,
    "no ledger": lambda d: (d.tracker.memory / "ledger.sqlite").unlink(),
    "no memory": lambda d: shutil.rmtree(d.tracker.memory),
    "open in LibreOffice": lambda d: (d.folder / ".~lock.总台账.xlsx#").touch(),
    "open in Excel": lambda d: (d.folder / "~$总台账.xlsx").touch(),
    "note of a dead command": _note,
    "killed before the receipt": _killed,
    "templates": lambda d: d.run("templates", "-o", "表", "--as-of", DAY),
    "round closed": lambda d: d.run("round", "close", "--as-of", DAY),
    "due date": lambda d: d.run("round", "open", "2022-06", "--due", "2022-06-28", "--as-of", DAY),
    "another merge": lambda d: d.run("merge", "收回/S001.xlsx", "--as-of", DAY),
    "merge of another day": lambda d: d.run("merge", "收回", "--as-of", "2022-06-27"),
    "program for archives": _other_program,
    "no receipt": lambda d: d.kept.unlink(),
    "torn receipt": lambda d: d.kept.write_bytes(d.kept.read_bytes()[:-20]),
    "empty receipt": lambda d: d.kept.write_bytes(b""),
    "binary receipt": lambda d: d.kept.write_bytes(b"\xff\x00"),
    "receipt of nothing": lambda d: d.kept.write_text("[]"),
    "receipt of null": lambda d: d.kept.write_text("null"),
    "receipt that says nothing": _receipt(said=[]),
    "receipt that says something else": _receipt(said={"lines": []}),
    "receipt of another version": _other_version,
    "receipt is a folder": lambda d: (d.kept.unlink(), d.kept.mkdir()),
}
if sys.platform == "win32":
    for name in ("moved folder", "link to a file", "dangling link", "changed large file"):
        del CHANGES[name]


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_is_met(settled: Desk, change: str) -> None:
    CHANGES[change](settled)
    assert not settled.answered()


def _brought_back(desk: Desk) -> None:
    """The tracker's files are copies of themselves, as a backup brings them back."""
    kept = desk.folder.with_name("备份")
    shutil.copytree(desk.tracker.memory, kept)
    shutil.rmtree(desk.tracker.memory)
    shutil.copytree(kept, desk.tracker.memory)


#: What changes nothing that a merge would look at.
TRIFLES: dict[str, Callable[[Desk], object]] = {
    "look": lambda d: d.run("status", "--as-of", DAY),
    "history": lambda d: d.run("history"),
    "rounds": lambda d: d.run("round", "list"),
    "dry run": lambda d: d.run("merge", "收回", "--as-of", "2022-06-27", "--dry-run"),
    "refused command": lambda d: d.run("merge", "没有", "--as-of", DAY),
    "original gone": lambda d: [path.unlink() for path in d.tracker.memory.glob("archive/*/*")],
    "backup gone": lambda d: [path.unlink() for path in d.tracker.memory.glob("backups/*")],
    "empty folder": lambda d: (d.returns / "空").mkdir(exist_ok=True),
    "touched workbook": lambda d: os.utime(d.tracker.path),
    "tracker brought back": _brought_back,
}


@pytest.mark.parametrize("trifle", TRIFLES)
def test_a_trifle_is_none(settled: Desk, trifle: str) -> None:
    TRIFLES[trifle](settled)
    assert settled.answered()


@pytest.mark.parametrize(
    "question",
    [
        ("收回", "--as-of", "2022-06-27"),
        ("收回",),
        ("收回", "--as-of", DAY, "--round", "2022-06"),
        ("收回", "--as-of", DAY, "--round", "2022-05"),
        ("收回", "--as-of", DAY, "--received", "2022-06-20"),
        ("收回", "收回/S001.xlsx", "--as-of", DAY),
        ("收回/S001.xlsx", "收回", "--as-of", DAY),
        (".", "--as-of", DAY),
        ("没有的文件夹", "--as-of", DAY),
        ("--as-of", DAY),
        ("收回", "--as-of", DAY, "--dry-run"),
        ("收回", "--as-of", DAY, "-m", "别的.xlsx"),
    ],
    ids=" ".join,
)
def test_another_question_has_another_answer(settled: Desk, question: tuple[str, ...]) -> None:
    assert not settled.answered(*question)


def test_the_folder_of_the_tracker_itself(settled: Desk) -> None:
    first, *more = [settled.merge(".", "--as-of", DAY) for _ in range(3)]
    assert not settled.quick and not settled.kept.exists()
    assert receipt.NAME not in first.stdout + "".join(said.stdout for said in more)


def test_the_next_day(settled: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("eduxl.cli.date", Today)
    monkeypatch.setattr("eduxl.tracker.tracker.date", Today)
    assert [settled.answered("收回") for _ in range(2)] == [False, True]
    monkeypatch.setattr(Today, "shown", LATER)
    assert [settled.answered("收回") for _ in range(2)] == [False, True]


def test_a_pinned_day_is_not_today(settled: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("eduxl.cli.date", Today)
    monkeypatch.setattr("eduxl.tracker.tracker.date", Today)
    assert not settled.answered("收回")
    assert not settled.answered()


@pytest.mark.skipif(not hasattr(time, "tzset"), reason="tzset")
def test_another_time_zone(settled: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as inner:
        inner.setenv("TZ", "Pacific/Kiritimati" if time.timezone > 0 else "Pacific/Honolulu")
        time.tzset()
        assert not settled.answered()
    time.tzset()


def test_another_command_is_at_work(settled: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("eduxl.tracker.lock.WAIT", 0.1)
    with holder(settled.tracker):
        said = settled.run("merge", "收回", "--as-of", DAY)
    assert not settled.quick and said.code == 1 and "另一个 eduxl" in said.stderr
    assert [settled.answered() for _ in range(2)] == [False, True]  # the other one died


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="nothing is read-only for root")
def test_a_folder_that_cannot_be_written(settled: Desk) -> None:
    settled.tracker.memory.chmod(0o500)
    try:
        said = settled.run("merge", "收回", "--as-of", DAY)
        assert not settled.quick and said.code == 1
    finally:
        settled.tracker.memory.chmod(0o700)


def test_a_folder_that_the_system_calls_read_only(settled: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda place, how: Path(place).suffix != L.MEMORY_SUFFIX)
    assert not settled.answered()


def test_a_receipt_that_cannot_be_left(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError

    with monkeypatch.context() as inner:
        inner.setattr("eduxl.tracker.receipt.files.replacing", refuse)
        assert desk.merge().code == 0
    assert not desk.kept.exists()
    assert [desk.answered() for _ in range(2)] == [False, True]


def test_a_workbook_saved_before_the_receipt(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the clerk saves between replacement and receipt is read by the next merge."""
    write = receipt.Receipt.write

    def typed(self: receipt.Receipt, master: Path, shown: str) -> None:
        desk.type({L.REVIEW: L.REVIEW_RESULTS[1]})
        write(self, master, shown)

    with monkeypatch.context() as inner:
        inner.setattr(receipt.Receipt, "write", typed)
        desk.run("merge", "收回", "--as-of", DAY)
    said = desk.merge()
    assert not desk.quick and "退回1" in said.stdout


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="mkfifo")
def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    before = receipt.of_files([tmp_path])
    os.mkfifo(tmp_path / "管.xlsx")
    assert receipt.of_files([tmp_path]) == receipt.of_files([tmp_path]) != before


# --- at random ------------------------------------------------------------------------------------
#: Left out: what only stands in the way until somebody takes it away, or ends the round.
_LASTING = sorted(
    set(CHANGES)
    - {
        "open in LibreOffice", "open in Excel", "round closed", "removed folder", "moved folder", "changed large file",
        "receipt is a folder", "no memory", "no ledger", "ledger of before", "program for archives",
    }
)  # fmt: skip


#: Raised by a change where what it changes is not there any more.
_GONE = (OSError, LookupError, ValueError, TypeError, AssertionError)


@pytest.mark.parametrize("seed", range(RUNS))
def test_any_sequence_of_changes(desk: Desk, seed: int) -> None:
    rng = random.Random(seed)
    questions = [
        ("收回", "--as-of", DAY),
        ("收回", "--as-of", DAY, "--json"),
        ("收回", "--as-of", str(D(2022, 6, 26) + timedelta(seed % 3))),
    ]
    desk.merge()
    for _ in range(8):
        if rng.random() < 0.7:
            act = (CHANGES | TRIFLES)[rng.choice([*_LASTING, *TRIFLES])]
            with suppress(*_GONE):
                act(desk)
        desk.merge(*rng.choice(questions))
    assert True in [desk.answered() for _ in range(3)]
