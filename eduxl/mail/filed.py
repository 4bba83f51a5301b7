"""The template files of a folder, each held against its own hidden sheet and its name. Reads files, sends nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

from attrs import frozen

from eduxl import files
from eduxl import labels as L
from eduxl.errors import FileProblem, MailError
from eduxl.mail.letter import Attachment
from eduxl.model import Unit
from eduxl.returns.identity import hidden_facts
from eduxl.returns.intake import is_junk
from eduxl.returns.named import by_name, label
from eduxl.roster import Roster
from eduxl.spreadsheet.sheets import Unreadable, check_size, open_book


@frozen
class Expected:
    """What the hidden sheet of a template to be sent must say; `version` is that of the templates now written."""

    tracker: str
    round: str
    version: str


@frozen
class Filed:
    """A file. `units` are the codes of those it seems to be for: one where `problem` is "", which is why it goes to nobody."""

    path: Path
    units: tuple[str, ...]
    problem: str = ""
    sha256: str = ""
    version: str = ""

    @property
    def sentence(self) -> str:
        """What is wrong with it."""
        return f"文件“{self.path.name}”{self.problem}。"

    @property
    def attachment(self) -> Attachment:
        """Read when it is sent, and held against what it was when it was planned."""
        return Attachment(self.path.name, _Unchanged(self.path, self.sha256))


@frozen
class _Unchanged:
    """The content of a file, if it is still that of then: a long batch takes hours, in which it may be written anew."""

    path: Path
    sha256: str

    def __call__(self) -> bytes:
        with files.explained(f"读附件“{self.path.name}”"):
            data = self.path.read_bytes()
        if hashlib.sha256(data).hexdigest() != self.sha256:
            raise MailError(
                f"“{self.path.name}”在发送期间被改动了，没有发。请再运行一次。", code="file-changed"
            )
        return data


def filed_in(folder: Path, roster: Roster, expected: Expected) -> list[Filed]:
    """The files that lie in the folder itself, by name. Raises `FileProblem` (`no-such-path`)."""
    if not folder.is_dir():
        raise FileProblem(
            f"文件夹 {folder} 不存在。请先运行“eduxl templates”生成模板，或写明模板在哪个文件夹里：eduxl send 文件夹。",
            code="no-such-path",
        )
    with files.explained("查看模板文件夹"):
        paths = sorted(path for path in folder.iterdir() if path.is_file() and not _is_hidden(path.name))
    return [_filed(path, roster, expected) for path in paths]


def _is_hidden(name: str) -> bool:
    return name.startswith(".") or is_junk(name)


def _filed(path: Path, roster: Roster, expected: Expected) -> Filed:
    by_its_name = by_name(path.name, roster)
    try:
        check_size(path.stat().st_size)
        data = path.read_bytes()
        book = open_book(data)
        hidden = hidden_facts(book)
    except OSError as error:
        why = f"打不开（{error.strerror}），没有发；请关闭占用它的程序再试"
        return Filed(path, _codes(by_its_name), why)
    except Unreadable:
        return Filed(path, _codes(by_its_name), "不是填报表，没有发")
    inside = roster.unit(hidden.get("unit", ""))
    problem = _origin(hidden, expected) or _owner(hidden, by_its_name, inside)
    if not problem and L.FORM_SENDBACK in book.names:
        problem = "是退回单，不是模板，没有发；要发退回单请用“eduxl remind --kind 退回”"
    if not problem and hidden.get("version") != expected.version:
        problem = "是计划调整以前生成的，没有发；请重新运行“eduxl templates”再发"
    sha256 = hashlib.sha256(data).hexdigest()
    return Filed(path, _codes(inside, by_its_name), problem, sha256, hidden.get("version", ""))


def _origin(hidden: Mapping[str, str], expected: Expected) -> str:
    """Why it is no template of this tracker and round, else ""."""
    if not hidden.get("unit") or not hidden.get("tracker"):
        return "里没有隐藏的单位信息，不是“eduxl templates”生成的填报表，没有发"
    if hidden["tracker"] != expected.tracker:
        return "是另一个台账的填报表，没有发"
    if hidden.get("round") != expected.round:
        return f"是 {hidden.get('round', '')} 轮的填报表，这次要发的是 {expected.round} 轮，没有发"
    return ""


def _owner(hidden: Mapping[str, str], by_its_name: Unit | None, inside: Unit | None) -> str:
    """Why it is not clear whose it is, else ""."""
    if inside is None:
        return f"是给单位编码“{hidden['unit']}”的，名册里没有这个编码，没有发"
    if by_its_name is None:
        return f"是给“{label(inside)}”的，但从文件名认不出这个单位，没有发；请改回原来的文件名"
    if by_its_name != inside:
        return (
            f"按文件名是“{label(by_its_name)}”的，里面却是“{label(inside)}”的填报表，没有发；"
            "请重新运行“eduxl templates”，或改正文件名"
        )
    return ""


def _codes(*units: Unit | None) -> tuple[str, ...]:
    return tuple(dict.fromkeys(unit.code for unit in units if unit))
